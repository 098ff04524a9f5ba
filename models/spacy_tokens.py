"""How a passage with its surroundings becomes a spaCy ``Doc``: its words, and those around it marked by where they stand.

The passage is handed to spaCy as one string whose fields are separated by :data:`FIELD`, so that ``spacy train`` and a saved
pipeline see exactly what the engine sees::

    s5␟存在的主要问题␟1␟<passage before>␟<passage after>␟更新不够及时。
    -> S:s5 H:存在 H:的 H:主要 H:问题 Q:1 B:… N:… 更新 不够 及时 。 c:更新 c:新不 …

Entry points make the tokenizer known wherever gongkai is installed; no ``--code`` is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from models.base import Passage
from models.features import clean, clean_heading
from models.words import word_segmenter

FIELD = "\x1f"
#: words of a neighbour that are seen: its beginning says most of what it is
_NEIGHBOUR = 8
_MARKS = ("S:", "H:", "Q:", "B:", "N:")


def encode(passages: Sequence[Passage]) -> list[str]:
    """One string for each passage of a report, in order."""
    texts = [clean(p.text).replace(FIELD, "") for p in passages]
    found = []
    for i, p in enumerate(passages):
        path = p.heading_path if p.section in {None, "preamble"} else p.heading_path[1:]
        headings = " ".join(map(clean_heading, path)).replace(FIELD, "")
        before = texts[i - 1] if i and passages[i - 1].section == p.section else ""
        after = texts[i + 1] if i + 1 < len(passages) and passages[i + 1].section == p.section else ""
        found.append(FIELD.join((p.section or "none", headings, str(min(p.position, 6)), before, after, texts[i])))
    return found


class PassageTokenizer:
    """Callable that spaCy uses as a pipeline's tokenizer.

    Args:
        vocab: the pipeline's vocabulary.
        grams: whether character pairs of the passage follow its words, as ``c:更新``.
    """

    def __init__(self, vocab: Any, *, grams: bool = True) -> None:
        self.vocab = vocab
        self.grams = grams
        self._segmenter = word_segmenter("auto")

    def words(self, text: str) -> list[str]:
        """The marked words of an encoded passage; text without fields is taken as a passage alone."""
        section, headings, position, before, after, own = (
            text.split(FIELD) if text.count(FIELD) == 5 else ("", "", "", "", "", text)
        )
        words: list[str] = []
        for mark, field in zip(_MARKS, (section, headings, position, before, after), strict=True):
            if mark in {"S:", "Q:"}:
                words += [mark + field] if field else []
            elif field:
                cut = [w for w in self._segmenter.cut(field) if not w.isspace()]
                words += [mark + w for w in (cut if mark == "H:" else cut[:_NEIGHBOUR])]
        words += self._segmenter.cut(own)
        if self.grams:
            words += ["c:" + own[i : i + 2] for i in range(len(own) - 1)]
        return words or [" "]

    def __call__(self, text: str) -> Any:
        from spacy.tokens import Doc

        words = self.words(text)
        # spaces stay unknown: where they are known, spaCy's corpus reader cuts the text anew, and the marks are not in it
        return Doc(self.vocab, words=words)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterable[Any]:
        """Docs of many texts, in order."""
        return map(self, texts)

    # spaCy stores a tokenizer through these; all there is to store stands in the pipeline's config
    def to_bytes(self, **kwargs: Any) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> PassageTokenizer:
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        return None

    def from_disk(self, path: str | Path, **kwargs: Any) -> PassageTokenizer:
        return self


def create_tokenizer(grams: bool = True) -> Callable[[Any], PassageTokenizer]:
    """What the entry point ``gongkai.PassageTokenizer.v1`` names."""

    def make(nlp: Any) -> PassageTokenizer:
        return PassageTokenizer(nlp.vocab, grams=grams)

    return make
