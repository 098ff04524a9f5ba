"""Rows of cells with row and column spans, placed on a grid as browsers place them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.records import quick_init
from corpus.types import GridCell, Place

MAX_COLUMNS = 400
MAX_ROW_SPAN = 2000


@quick_init
@dataclass(frozen=True, slots=True)
class SpannedCell:
    """One cell of a row before it has a column: text, spans (1 or more; ``rows`` 0 = down to the last row), place."""

    text: str
    rows: int
    columns: int
    place: Place


def place_rows(rows: Sequence[Iterable[SpannedCell]]) -> tuple[GridCell, ...]:
    """Anchored cells in printed order.

    A cell takes the first column that no cell above reaches into; spans that lead out of the table end at its edge, and columns
    from ``MAX_COLUMNS`` on are cut off (``colspan="1000000"`` reserves nothing).
    """
    height = len(rows)
    cells: list[GridCell] = []
    taken: dict[int, int] = {}  # column -> first row that is free again
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            while taken.get(column, 0) > r:
                column += 1
            if column >= MAX_COLUMNS:
                break
            wide = min(max(1, cell.columns), MAX_COLUMNS - column)
            high = height - r if cell.rows == 0 else min(max(1, cell.rows), height - r, MAX_ROW_SPAN)
            cells.append(GridCell(r, column, cell.text, high, wide, cell.place))
            if high > 1:
                taken.update(dict.fromkeys(range(column, column + wide), r + high))
            column += wide
    return tuple(cells)
