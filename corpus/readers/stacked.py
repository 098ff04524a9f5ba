"""Rows of a table that a page prints as one: labels under each other in one cell, and in each cell beside it the values under each other.

``1.重复申请<br>2.…`` beside ``0<br>14`` and ``3<br>0`` are two rows.  They are told apart only where every label and every value has its
line: a cell that holds fewer says nothing about which row lacks one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import match_label
from corpus.types import GridCell

_MOST = 12
_PLACE = attrgetter("row", "column")


def stacked(cells: Sequence[str]) -> int:
    """How many rows the texts of one printed row hold, their lines apart by newlines; 1 where they are one row.

    >>> stacked(["规章\\n行政规范性文件", "14\\n2", "3\\n1"]), stacked(["本年新收\\n申请数量", "11\\n19"]), stacked(["规章\\n行政规范性文件", "14"])
    (2, 1, 1)
    """
    counts = {text.count("\n") + 1 for text in cells if text and _is_values(text)}
    if len(counts) != 1 or not 1 < (rows := counts.pop()) <= _MOST:
        return 1
    return rows if any(_labels(text, rows) for text in cells if text) else 1


def pieces(text: str, rows: int) -> tuple[str, ...]:
    """The texts of a cell in each of the ``rows``; one text where the cell stands beside all of them, none (blank) in every row."""
    if rows == 1:
        return (text,)
    if not text:
        return ("",) * rows
    return tuple(text.split("\n")) if _is_values(text) else _labels(text, rows) or (text,)


def _is_values(text: str) -> bool:
    return all(map(is_value, text.split("\n")))


def _labels(text: str, rows: int) -> tuple[str, ...]:
    """The row labels that a cell holds under each other, if it holds so many; a label may go on in the next line."""
    found: list[str] = []
    for line in text.split("\n"):
        if found and not _is_row(found[-1]):
            found[-1] += line
        else:
            found.append(line)
    return tuple(found) if len(found) == rows and all(map(_is_row, found)) else ()


def _is_row(text: str) -> bool:
    hit = match_label(text)
    return hit is not None and hit.of("row") is not None


def unstacked(cells: tuple[GridCell, ...]) -> tuple[GridCell, ...]:
    """The cells of an exact grid, with rows that are printed as one told apart."""
    if not any("\n" in c.text and _is_values(c.text) for c in cells):
        return cells
    printed = sorted((part for cell in cells for part in _down(cell)), key=_PLACE)
    by_row = [(row, [*of]) for row, of in groupby(printed, key=attrgetter("row"))]
    more = {row: rows for row, of in by_row if (rows := stacked([c.text for c in of if c.row_span == 1])) > 1}
    return tuple(sorted((part for cell in printed for part in _moved(cell, more)), key=_PLACE)) if more else tuple(printed)


def _down(cell: GridCell) -> Iterator[GridCell]:
    """A cell that is merged over as many rows as it holds values: one cell for each row."""
    lines = cell.text.split("\n")
    if cell.row_span == len(lines) > 1 and _is_values(cell.text):
        yield from (replace(cell, row=cell.row + n, row_span=1, text=text) for n, text in enumerate(lines))
    else:
        yield cell


def _moved(cell: GridCell, more: Mapping[int, int]) -> Iterator[GridCell]:
    """The cell where its row stands now; ``more``: how many rows each row of that kind becomes."""
    row = cell.row + sum(rows - 1 for above, rows in more.items() if above < cell.row)
    parts = pieces(cell.text, more.get(cell.row, 1)) if cell.row_span == 1 else (cell.text,)
    if len(parts) > 1:
        yield from (replace(cell, row=row + n, text=text) for n, text in enumerate(parts))
    else:
        high = cell.row_span + sum(rows - 1 for r, rows in more.items() if cell.row <= r < cell.row + cell.row_span)
        yield replace(cell, row=row, row_span=high)
