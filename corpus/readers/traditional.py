"""Traditional characters: recognised, and converted for matching; the text itself stays as printed.

The rules are written for the simplified characters of the mainland.  A document in traditional ones is analysed through a copy of the
same length (``公開`` read as ``公开``), so that every offset found there is one of the printed text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from corpus.datafile import later
from corpus.errors import Issue
from corpus.types import Block, Document, Grid, Paragraph

if TYPE_CHECKING:
    from opencc import OpenCC

# frequent in any report, and different in the two scripts
_TRADITIONAL = later("[開務報個這來對時實現發與為業會辦處應當據條數類無轉導機關規範資訊請學區縣鎮鄉]")
_SIMPLIFIED = later("[开务报个这来对时实现发与为业会办处应当据条数类无转导机关规范资讯请学区县镇乡]")
_MIN = 20
#: markup and furniture between two characters of the text
_AHEAD, _ASCII = 20_000, 127


def is_traditional(blocks: Sequence[Block]) -> bool:
    """Whether the prose is in traditional characters."""
    text = "".join(b.text for b in blocks[:200] if isinstance(b, Paragraph))[:20_000]
    traditional = len(_TRADITIONAL.findall(text))
    return traditional >= _MIN and traditional > 3 * len(_SIMPLIFIED.findall(text))


def script_issues(blocks: Sequence[Block]) -> tuple[Issue, ...]:
    """An issue if the prose is in traditional characters."""
    return (script_issue(),) if is_traditional(blocks) else ()


def script_issue() -> Issue:
    """The issue that says so."""
    note = (
        "the text is in traditional characters: it was converted to simplified ones for matching; text and offsets are as printed, "
        "title, agency, headings and subjects are given in simplified characters"
    )
    return Issue("traditional_script", "info", note)


@cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # loads dictionaries; few texts need them

    return OpenCC("t2s")


def simplify(text: str) -> str:
    """``text`` in simplified characters, of the same length.

    >>> simplify("政府信息公開")
    '政府信息公开'
    """
    convert = _converter().convert
    made = convert(text)
    if len(made) != len(text):
        made = "".join(one if len(one := convert(c)) == 1 else c for c in text)
    return made.replace("资讯", "信息").replace("网路", "网络")  # sites that convert themselves change these words, too


def simplified(document: Document) -> Document:
    """The document with every text in simplified characters."""
    return replace(document, blocks=tuple(_simplified(b) for b in document.blocks))


def _simplified(block: Block) -> Block:
    if isinstance(block, Grid):
        return replace(block, cells=tuple(replace(c, text=simplify(c.text)) for c in block.cells))
    return replace(block, text=simplify(block.text))


def words(document: Document) -> str:
    """All texts of a document in order: what :func:`as_printed` goes along where the bytes are no text."""
    return "".join(
        b.text if isinstance(b, Paragraph) else "".join(c.text for row in b.rows() for c in row) for b in document.blocks
    )


def as_printed(text: str, source: str) -> str:
    """Canonical text that was made through simplified characters, back in those of ``source``; same length.

    The canonical text takes the characters of the source in order, leaves some out (markup, furniture) and adds white space, so each
    is found by going forward.
    """
    plain = simplify(source)
    found: list[str] = []
    at = 0
    for c in text:
        here = plain.find(c, at, at + _AHEAD) if ord(c) > _ASCII else -1
        found.append(source[here] if here >= 0 else c)
        at = here + 1 if here >= 0 else at
    made = "".join(found)
    return made if simplify(made) == text else text
