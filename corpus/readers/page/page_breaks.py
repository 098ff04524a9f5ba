"""Tables that a page break has cut, as one table again.

The pieces of a table agree in their outer edges and in their columns.  The break may fall between two rows or into a row, so that
the first row of the next page is the rest of the last one (``（四）无`` | ``法提供``); a repeated heading is left out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label, is_label_start
from corpus.readers.page.lines import TextLine
from corpus.types import Grid, GridCell

_SAME = 3.0
_STARTS = re.compile(r"[（(]?[一二三四五六七八九十]{1,2}[）)、.．]|[（(]?\d{1,2}[）)、]|\d{1,2}[.．](?!\d)|[①-⑳]")
_SLIVER = 1.2


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of one page with its column edges (x in points) and row edges (y); ``em`` is the width of its type.

    ``loose`` are its lines of text where it is a table only as the piece of one: a frame around text looks like a single row.
    """

    grid: Grid
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    em: float = 10.0
    loose: tuple[TextLine, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.ys) - 1


def fits(above: PageTable, below: PageTable) -> bool:
    """Whether ``below``, first on its page, may be the rest of ``above``, last on the page before."""
    a, b = above.xs, below.xs
    if abs(a[0] - b[0]) > _SAME or abs(a[-1] - b[-1]) > _SAME:
        return False
    only_a = sum(1 for x in a if _index(b, x) is None)
    only_b = sum(1 for x in b if _index(a, x) is None)
    # a piece may hold only rows that do without some column; most columns are then common
    return min(only_a, only_b) == 0 or (max(only_a, only_b) <= 1 and min(len(a), len(b)) >= 6)


def join(above: PageTable, below: PageTable) -> PageTable:
    """The two pieces as one table, with the columns of both."""
    xs = tuple(sorted((*above.xs, *(x for x in below.xs if _index(above.xs, x) is None))))
    first = _spread(above, xs)
    second = _spread(below, xs)
    second, dropped = _without_repeated_heading(first, second)
    if not second:
        return replace(above, grid=Grid(tuple(first), exact=True), xs=xs)
    last = [c for c in first if c.row + c.row_span == above.rows]
    top = [c for c in second if c.row == 0]
    height = below.ys[dropped + 1] - below.ys[dropped] if dropped + 1 < len(below.ys) else 0.0
    goes_on = _row_goes_on(last, top, height < _SLIVER * below.em)
    shift = above.rows - (1 if goes_on else 0)
    merged: dict[int, GridCell] = {}
    rest: list[GridCell] = []
    for cell in second:
        above_it = _over(cell, last) if cell.row == 0 else None
        if above_it is not None and (goes_on or _label_goes_on(above_it, cell)):
            merged[id(above_it)] = _glued(above_it, cell, grown=cell.row_span - (1 if goes_on else 0))
        else:
            rest.append(_moved(cell, shift))
    cells = [merged.get(id(c), c) for c in first] + rest
    # page after page the y begin anew: only their number and the heights of the last piece are asked for
    ys = above.ys + tuple(above.ys[-1] + y - below.ys[dropped] for y in below.ys[dropped + 1 + (1 if goes_on else 0) :])
    loose = (*above.loose, *below.loose) if above.loose and below.loose else ()
    return PageTable(Grid(tuple(cells), exact=True), xs, ys, below.em, loose)


def _moved(c: GridCell, rows: int) -> GridCell:
    return GridCell(c.row + rows, c.column, c.text, c.row_span, c.column_span, c.place, c.merged, c.confidence)


def _index(xs: Sequence[float], x: float) -> int | None:
    best = _nearest(xs, x)
    return best if abs(xs[best] - x) <= _SAME else None


def _nearest(xs: Sequence[float], x: float) -> int:
    """Index of the edge that is nearest to a place; edges are in order."""
    at = bisect_left(xs, x)
    return at - 1 if at == len(xs) or (at and x - xs[at - 1] <= xs[at] - x) else at


def _spread(table: PageTable, xs: Sequence[float]) -> list[GridCell]:
    """Cells with the columns that ``xs`` give them."""
    if len(xs) == len(table.xs):
        return list(table.grid.cells)
    place = [_nearest(xs, x) for x in table.xs]
    return [
        replace(c, column=place[c.column], column_span=max(1, place[c.column + c.column_span] - place[c.column]))
        for c in table.grid.cells
    ]


def _row_texts(cells: Sequence[GridCell], row: int) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((c.column, c.text) for c in cells if c.row == row))


def _without_repeated_heading(first: Sequence[GridCell], second: list[GridCell]) -> tuple[list[GridCell], int]:
    """The second piece without the heading rows of the first that it repeats, and how many they were."""
    same = 0
    rows = 1 + max(c.row for c in second)
    while same < min(rows, 5):
        texts = _row_texts(first, same)
        if texts != _row_texts(second, same) or not any(t for _, t in texts) or any(is_value(t) for _, t in texts if t):
            break
        same += 1
    # a heading cell that reaches further down would be cut
    if not same or any(c.row < same < c.row + c.row_span for c in second):
        return second, 0
    return [replace(c, row=c.row - same) for c in second if c.row >= same], same


def _over(cell: GridCell, last: Sequence[GridCell]) -> GridCell | None:
    return next((c for c in last if c.column == cell.column and c.column_span == cell.column_span), None)


def _is_number(text: str) -> bool:
    return bool(text) and is_value(text)


def _row_goes_on(last: Sequence[GridCell], top: Sequence[GridCell], sliver: bool) -> bool:
    """Whether the first row of a page is the rest of the last row before it."""
    pairs = [(above, cell) for cell in top if (above := _over(cell, last)) is not None]
    if not pairs:
        return False
    if all(not cell.text for cell in top):
        # a row of the form always prints its label: under one with values this is the empty rest of its cells
        return sliver or any(_is_number(above.text) for above, _ in pairs)
    if any(_is_number(cell.text) and above.text for above, cell in pairs):
        return _digits_go_on(pairs)
    texts = [(above.text, cell.text) for above, cell in pairs if cell.text]
    for printed, below in texts:
        if _is_number(below) or (printed and _completes(printed, below)):
            continue
        if exact_label(below) is not None or _STARTS.match(below):
            return False
    uncovered = [cell for cell in top if cell.text and _over(cell, last) is None]
    if uncovered:
        return False
    # numbers in the middle of a tall row may have come to stand on the next page; then no label is beside them
    labels = [(a, b) for a, b in texts if not _is_number(b)]
    return all(not a or _completes(a, b) or not _whole(a) for a, b in labels)


def _digits_go_on(pairs: Sequence[tuple[GridCell, GridCell]]) -> bool:
    """Whether the row below holds nothing but the last digits of numbers that were wrapped in their cells (``11`` | ``19``)."""
    below = [(above, cell) for above, cell in pairs if cell.text]
    wrapped = all(_is_number(cell.text) and _is_number(above.text) and len(above.text) > 1 for above, cell in below)
    return wrapped and len(below) < sum(_is_number(above.text) for above, _ in pairs)


def _completes(above: str, below: str) -> bool:
    """Whether two pieces of text are one label, or the beginning of one."""
    if _STARTS.match(below):
        return False
    joined = above + below
    if exact_label(joined) is not None:
        return True
    return exact_label(above) is None and is_label_start(joined)


def _whole(text: str) -> bool:
    return exact_label(text) is not None


def _label_goes_on(above: GridCell, below: GridCell) -> bool:
    """Whether the cell of a group (三、本年度办理结果) goes on on the next page beside new rows."""
    if not above.text or _is_number(above.text) or _is_number(below.text):
        return False
    if below.text:
        return _completes(above.text, below.text)
    return below.row_span > 1 or above.row_span > 1


def _glued(above: GridCell, below: GridCell, *, grown: int) -> GridCell:
    sure = above.confidence
    if sure is not None and below.confidence is not None:
        sure = min(sure, below.confidence)
    # whether the digits of two lines are one number is proved by sums, or not at all
    apart = " " if _is_number(above.text) and _is_number(below.text) else ""
    return replace(above, text=above.text + apart + below.text, row_span=above.row_span + max(0, grown), confidence=sure)
