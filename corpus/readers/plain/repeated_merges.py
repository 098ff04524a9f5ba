"""Tables of a converter that repeats a merged cell in every place it covers (pandas, python-docx).

Such a table says in which column each cell stands, so its spans can be found again::

    行政复议,行政复议,行政复议,行政复议,行政复议,行政诉讼,…
    结果维持,结果纠正,其他结果,尚未审结,总计,未经复议直接起诉,…
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label
from corpus.types import Grid, GridCell, Place

#: known labels that stand twice side by side; one may be a slip
_FEWEST = 3


class _Cell(NamedTuple):
    """Columns ``first:last`` of a row hold one text."""

    first: int
    last: int
    text: str


def read_repeated(rows: Sequence[tuple[int, Sequence[str]]]) -> Grid | None:
    """The exact grid of rows (source line, texts), or ``None`` where no labels are repeated or rows differ in length.

    A value is one with the same value before it only where one heading spans both: two equal counts side by side are two cells.
    """
    width = len(rows[0][1]) if rows else 0
    if width < 2 or any(len(texts) != width for _, texts in rows):
        return None
    stripped = [[text.strip() for text in texts] for _, texts in rows]
    twice = sum(
        1 for texts in stripped for a, b in pairwise(texts) if a and a == b and not is_value(a) and exact_label(a) is not None
    )
    if twice < _FEWEST:
        return None
    spans: list[list[_Cell]] = []
    heads: list[_Cell | None] = [None] * width
    for texts in stripped:
        cells = _joined(texts, heads)
        spans.append(cells)
        for cell in cells:
            if cell.text and not is_value(cell.text):
                heads[cell.first : cell.last] = [cell] * (cell.last - cell.first)
    return Grid(tuple(_placed(spans, [line for line, _ in rows])), exact=True)


def _joined(texts: Sequence[str], heads: Sequence[_Cell | None]) -> list[_Cell]:
    cells: list[_Cell] = []
    for column, text in enumerate(texts):
        last = cells[-1] if cells else None
        if last is not None and text and text == last.text:
            head = heads[column]
            if not is_value(text) or (head is not None and head.first <= last.first):
                cells[-1] = _Cell(last.first, column + 1, text)
                continue
        cells.append(_Cell(column, column + 1, text))
    return cells


def _placed(spans: Sequence[Sequence[_Cell]], lines: Sequence[int]) -> list[GridCell]:
    out: list[GridCell] = []
    above: dict[_Cell, int] = {}  # labels of the row above, and the place of their cell in ``out``
    for row, cells in enumerate(spans):
        here: dict[_Cell, int] = {}
        for cell in cells:
            label = bool(cell.text) and not is_value(cell.text)
            at = above.get(cell) if label else None
            if at is None:
                at = len(out)
                out.append(GridCell(row, cell.first, cell.text, 1, cell.last - cell.first, Place(lines[row])))
            else:
                old = out[at]
                out[at] = GridCell(old.row, old.column, old.text, old.row_span + 1, old.column_span, old.place)
            if label:
                here[cell] = at
        above = here
    return out
