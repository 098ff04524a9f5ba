"""What the readers of marked-up formats (HTML, DOCX) share of tables: prose in cells, grids cut at their headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.forms.wordings import match_label
from corpus.readers.stacked import unstacked
from corpus.text.headings import is_title, section_heading
from corpus.types import Block, Grid, GridCell, Paragraph

#: longer texts, or those of two sentences, are prose: the longest label of the forms has 36 characters
_PROSE_CHARS = 150


@dataclass(frozen=True, slots=True)
class GridData:
    """A grid, and how many characters of a cell (by ``id``) are links."""

    grid: Grid
    linked: dict[int, int]  # id of a cell -> characters that are links


def is_prose(text: str) -> bool:
    """Whether the text of a cell is prose and no label, name or number."""
    return len(text) > _PROSE_CHARS or (len(text) > 50 and text.count("。") >= 2)


def split_grid(data: GridData) -> Iterator[tuple[Block, int]]:
    """The grid, cut at rows of one cell over the whole width that are a section heading or prose: these are paragraphs.

    Agencies paste a whole report into one table: a row ``二、主动公开政府信息情况``, the rows of table 2, a row of prose, …
    """
    grid = Grid(unstacked(data.grid.cells), exact=True)
    rows = grid.rows()
    width = max((c.column + c.column_span for c in grid.cells), default=0)
    piece: list[GridCell] = []
    first = 0
    wide = [_alone(row, width) for row in rows]
    whole = any(c is not None and section_heading(c.text.replace("\n", "")) for c in wide)
    for row, alone in zip(rows, wide, strict=True):
        if alone is not None and _is_text(alone.text, whole=whole):
            yield from _part(piece, first, data)
            piece, first = [], row[0].row + 1
            for text in alone.text.split("\n"):
                yield Paragraph(text, ((0, alone.place),)), 0
        else:
            piece += row
    yield from _part(piece, first, data)


def _alone(row: Sequence[GridCell], width: int) -> GridCell | None:
    """The only text of a row, if its cell takes the whole width and this row alone."""
    texts = [c for c in row if c.text]
    found = len(texts) == 1 and texts[0].row_span == 1 and (texts[0].column_span >= width or len(row) == 1)
    return texts[0] if found else None


def _is_text(text: str, *, whole: bool) -> bool:
    """Whether a row over the whole width is text; ``whole``: the table holds section headings, so that its text stands in rows."""
    line = text.replace("\n", "")
    return is_prose(text) or section_heading(line) is not None or is_title(line) or (whole and match_label(line) is None)


def _part(cells: list[GridCell], first: int, data: GridData) -> Iterator[tuple[Block, int]]:
    if not any(c.text for c in cells):
        return
    linked = sum(data.linked.get(id(c), 0) for c in cells)
    moved = cells if not first else [replace(c, row=c.row - first) for c in cells]
    yield Grid(tuple(moved), exact=True), linked
