"""What a transformer reads of a passage: the passage itself, and a second segment with its section, headings and what stands before.

``<s> query: 更新不够及时。 </s> 存在的主要问题及改进情况；公开内容方面。上文：…… </s>`` in the notation of XLM-R's tokenizer; the tokenizer of the
base model puts its own marks.  Training and serving use the functions of this module alone, so that both see the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from corpus.codebook import SECTIONS
from corpus.extras import install_remedy
from models.base import Passage
from models.shapes import expect, shape_of

Ints = NDArray[np.int64]
_SPACE_IN_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])")
_NUMBERED = re.compile(r"^(?:[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|第[一二三四五六七八九十]+[章节部分、，]*) *")


@dataclass(frozen=True, slots=True)
class InputSettings:
    """How passages are written for the model.

    ``prefix`` is put before the passage (e5 models were trained with ``query: ``).  ``max_length`` counts pieces, marks included;
    what is longer is cut at the end.  ``heading_chars`` and ``before_chars`` limit each heading and the passage before, in
    characters; 0 leaves it out.
    """

    prefix: str = ""
    max_length: int = 128
    heading_chars: int = 30
    before_chars: int = 40

    def to_json(self) -> dict[str, Any]:
        """JSON values by field."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: object, source: str) -> InputSettings:
        """The settings that :meth:`to_json` gave.

        Raises:
            DataError: other keys.
        """
        expect(raw, shape_of(cls), source, "input")
        return cls(**cast("dict[str, Any]", raw))


def plain(text: str) -> str:
    """Text in one line, without the spaces that layouts put between Chinese characters.

    >>> plain("受理 23 件，\\n均已 answered in time")
    '受理23件，均已answered in time'
    """
    return _SPACE_IN_CHINESE.sub("", " ".join(text.split()))


def names(passage: Passage, limit: int) -> list[str]:
    """Name of the statutory section, then the headings below it without their numbers, each cut to ``limit`` characters.

    The section's own printed heading says no more than the section; where the section is unknown (a user's own texts) every
    heading counts.
    """
    known = passage.section in SECTIONS
    path = passage.heading_path[1:] if known and passage.section != "preamble" else passage.heading_path
    own = [SECTIONS[passage.section][0]] if passage.section is not None and known else []
    return own + [h for h in (_NUMBERED.sub("", plain(h))[:limit] for h in path) if h] if limit else own


def pairs(passages: Sequence[Passage], settings: InputSettings) -> list[tuple[str, str]]:
    """(passage, context) of every passage of one report, in order; the context is empty where nothing is known.

    >>> from models.base import Passage
    >>> pairs([Passage(0, 5, "一是慢。", "s5", ("五、问题", "（一）不足"))], InputSettings())
    [('一是慢。', '存在的主要问题及改进情况；不足。')]
    """
    found = []
    texts = [plain(p.text) for p in passages]
    for i, p in enumerate(passages):
        context = "；".join(names(p, settings.heading_chars))
        context += "。" if context else ""
        # what another section ends with says nothing of this one
        if i and settings.before_chars and passages[i - 1].section == p.section:
            context += f"上文：{texts[i - 1][: settings.before_chars]}"
        found.append((settings.prefix + texts[i], context))
    return found


@dataclass(frozen=True, slots=True)
class Encoded:
    """One passage as numbers of pieces; ``types`` tells the segments apart (0, 1) where the base model does."""

    ids: tuple[int, ...]
    types: tuple[int, ...]


def import_tokenizers() -> Any:
    """The package ``tokenizers``.

    Raises:
        UsageError: it is not installed.
    """
    from corpus.errors import UsageError

    try:
        import tokenizers
    except ImportError as error:
        raise UsageError("the transformer needs the package tokenizers", remedy=install_remedy("transformers")) from error
    return tokenizers


def open_tokenizer(content: str, settings: InputSettings) -> Any:
    """A tokenizer of the text of a ``tokenizer.json``, set to cut at ``max_length`` and never to pad."""
    tokenizer = import_tokenizers().Tokenizer.from_str(content)
    tokenizer.no_padding()
    tokenizer.enable_truncation(settings.max_length)
    return tokenizer


def encode(tokenizer: Any, inputs: Sequence[tuple[str, str]]) -> list[Encoded]:
    """Passages and contexts as pieces; a passage without context is one segment."""
    if not inputs:
        return []
    found = tokenizer.encode_batch([pair if pair[1] else pair[0] for pair in inputs])
    return [Encoded(tuple(e.ids), tuple(e.type_ids)) for e in found]


def padded(batch: Sequence[Encoded], pad: int) -> tuple[Ints, Ints, Ints]:
    """(ids, mask, types), each (passage, longest of the batch), int64; ``pad`` is the number of the padding piece."""
    width = max(len(e.ids) for e in batch)
    ids = np.full((len(batch), width), pad, dtype=np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for row, e in enumerate(batch):
        ids[row, : len(e.ids)] = e.ids
        mask[row, : len(e.ids)] = 1
        types[row, : len(e.types)] = e.types
    return ids, mask, types


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Numbers of the items in batches of at most ``size``, items of like length together, shortest first.

    >>> list(batches([9, 2, 8, 3], 2))
    [[1, 3], [2, 0]]
    """
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    for at in range(0, len(order), size):
        yield order[at : at + size]
