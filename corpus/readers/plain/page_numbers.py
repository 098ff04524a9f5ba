"""Page numbers among the values of tables that print one cell a line.

A number between two rows looks like a value of the row above::

    5.属于三类内部事务信息
    0 0 0 0 0 0        (one a line; the last cell was lost)
    5                  (the page)
    6.属于四类过程性信息

What is one value too many is dropped where it is a page by its place in the rising numbers of the document.  What would complete
a row but is the page that is missing between two others is dropped too, and so is ``5/8`` or ``- 5`` anywhere in a row: the row is
then one short and nothing of it is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpus.datafile import later
from corpus.forms.wordings import LabelMemo
from corpus.readers.plain.assemble import CellPiece, FlowRow
from corpus.readers.plain.lines import Line

_T3_COLUMNS = 7
_T4_COLUMNS = 15
#: `- 5`, `5/8`, `5 / 8`: no cell of these tables is printed so
_MARKED = later(r"-[ \xa0]\d{1,3}|\d{1,3} ?[/／] ?\d{1,3}")
_PAGE = later(r"(?:-[ \xa0])?([1-9]\d{0,2})(?: ?[/／] ?\d{1,3})?")
#: pages between two numbers that were seen; some are lost with the text around them
_GAP = 3
#: part of a page by which a page may be shorter or longer than those beside it
_EARLY = 0.4
#: pages without a number in front of the first, or left out of the file
_COVER = 2
#: the longest reports have so many pages
_LAST = 60


class PageSeen(NamedTuple):
    """A page number that stands on a line of its own: 1-based line of the file, and the number."""

    line: int
    number: int


def page_seen(text: str, line: int) -> PageSeen | None:
    """The page number that ``text`` may be."""
    found = _PAGE.fullmatch(text.strip())
    return PageSeen(line, int(found[1])) if found else None


def is_marked_page(text: str) -> bool:
    """Whether a line is a page number by its form (``- 5``, ``5/8``)."""
    return _MARKED.fullmatch(text) is not None


def pages_at_breaks(lines: Sequence[Line]) -> frozenset[int]:
    """Source lines of bare numbers beside a form feed that may be the number of that page.

    The n-th form feed ends page n, give or take a cover; where there is one only, any page may have ended there.
    """
    breaks = [i for i, line in enumerate(lines) if line.page_break]
    found: set[int] = set()
    for n, at in enumerate(breaks, 1):
        before = next((i for i in range(at - 1, -1, -1) if lines[i].text.strip()), None)
        for i, page in ((before, n), (at, n + 1)):
            seen = page_seen(lines[i].text, lines[i].number) if i is not None else None
            if seen is not None and (abs(seen.number - page) <= _COVER or (len(breaks) == 1 and seen.number <= _LAST)):
                found.add(seen.line)
    return frozenset(found)


def drop_page_numbers(rows: Sequence[FlowRow], known: LabelMemo, seen: Sequence[PageSeen]) -> list[FlowRow]:
    """The rows without values at their end that are page numbers, or may be.

    Args:
        rows: rows as :func:`corpus.readers.plain.assemble.assemble` gives them.
        known: labels of this reading.
        seen: page numbers of the document outside its tables, in order.
    """
    out = list(rows)
    sizes = [_size(row, known) for row in rows]
    extra: list[PageSeen] = []
    for n, row in enumerate(rows):
        if not sizes[n] or not row.cells or not row.cells[-1].value:
            continue
        if any(p.value and is_marked_page(p.text) for p in row.cells):
            out[n] = FlowRow(tuple([p for p in row.cells if not (p.value and is_marked_page(p.text))]))
        elif _count(row) == sizes[n] + 1 and (page := page_seen(row.cells[-1].text, row.cells[-1].line)) is not None:
            extra.append(page)
    pages = sorted({*seen, *extra})
    for n, row in enumerate(out):
        if not sizes[n] or not row.cells or not row.cells[-1].value:
            continue
        page = page_seen(row.cells[-1].text, row.cells[-1].line)
        if page is not None and (
            (_count(row) == sizes[n] + 1 and _rises(page, pages)) or (_count(row) == sizes[n] and _is_missing(page, pages))
        ):
            out[n] = FlowRow(row.cells[:-1])
        elif _count(row) == sizes[n] and (inner := _inner_page(row, pages)) is not None:
            out[n] = FlowRow(tuple([p for p in row.cells if p is not inner]))
    return out


def _inner_page(row: FlowRow, pages: Sequence[PageSeen]) -> CellPiece | None:
    """The value that is the page missing between two others, and stands about where that page ends."""
    for piece in row.cells:
        page = page_seen(piece.text, piece.line) if piece.value else None
        if page is None or not _is_missing(page, pages):
            continue
        before, after = _around(page, pages)
        if before is not None and after is not None:
            length = (after.line - before.line) / (after.number - before.number)
            if abs(page.line - before.line - length * (page.number - before.number)) <= _EARLY * length:
                return piece
    return None


def _size(row: FlowRow, known: LabelMemo) -> int:
    """Number of columns of a row of table 3 or of the row of table 4, else 0."""
    labels = [p for p in row.cells if not p.value]
    if not labels:
        return _T4_COLUMNS if len(row.cells) > _T4_COLUMNS else 0
    hit = known[labels[-1].text]
    return _T3_COLUMNS if hit is not None and hit.of("row", "t3") is not None else 0


def _count(row: FlowRow) -> int:
    return sum(1 for p in row.cells if p.value)


def _around(page: PageSeen, pages: Sequence[PageSeen]) -> tuple[PageSeen | None, PageSeen | None]:
    before = [p for p in pages if p.line < page.line]
    after = [p for p in pages if p.line > page.line]
    return (before[-1] if before else None), (after[0] if after else None)


def _rises(page: PageSeen, pages: Sequence[PageSeen]) -> bool:
    """Whether the number follows the page before it and comes before the next one, at least one of which was seen."""
    before, after = _around(page, pages)
    if before is None and after is None:
        return False
    low = before is None or 0 < page.number - before.number <= _GAP
    return low and (after is None or 0 < after.number - page.number <= _GAP)


def _is_missing(page: PageSeen, pages: Sequence[PageSeen]) -> bool:
    """Whether the number lies between those of the pages before and after it, and was not seen itself."""
    before, after = _around(page, pages)
    return (
        before is not None
        and after is not None
        and before.number < page.number < after.number
        and after.number - before.number <= _GAP
    )


def joined_page(values: Sequence[CellPiece]) -> list[CellPiece]:
    """The values of a line of its own; ``5 / 8`` is one piece."""
    text = " ".join(p.text for p in values)
    return [CellPiece(text, values[0].line, value=True)] if len(values) == 3 and is_marked_page(text) else list(values)
