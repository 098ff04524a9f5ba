"""A page taken apart: characters inside ruled tables belong to their cells, all others to lines of prose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from statistics import median

from corpus.readers.page.aside import Beside, crowded, without_asides
from corpus.readers.page.blocks import Page
from corpus.readers.page.boxes import without_boxes
from corpus.readers.page.content import Char, PageContent
from corpus.readers.page.lines import cell_text, full_width, to_lines
from corpus.readers.page.marks import without_notes, without_struck
from corpus.readers.page.page_breaks import PageTable
from corpus.readers.page.ruled_tables import RuledTable, find_tables
from corpus.types import Grid, GridCell, Place

#: characters from which the size of a page's type is taken
_SAMPLE = 200


def take_apart(content: PageContent, *, ruled: bool = True) -> Page:
    """Lines and tables of one page; all text as lines unless its ruling lines are to be looked at (``ruled``)."""
    chars, notes = without_notes(content.chars)
    chars, horizontal, struck = without_struck(chars, content.horizontal, content.vertical)
    left_edge = content.left
    em = full_width(chars[:_SAMPLE]) or _fallback_em(chars)
    across, down = without_boxes(horizontal, content.vertical)
    tables = find_tables(across, down) if ruled and across and down else []
    # a frame around the page or around a table takes only what no table takes
    tables.sort(key=lambda t: (len(t.cells) == 1, t.ys[0]))
    inside: list[dict[int, list[Char]]] = [{} for _ in tables]
    outside: list[Char] = []
    add = outside.append
    left = right = upper = lower = quiet = nan
    for char in chars if tables else ():
        _, _, _, x0, x1, y, _ = char
        x = (x0 + x1) / 2
        if upper <= y < lower and left <= x < right:
            add(char)  # most characters stand in the cell of the one before them
        elif y == quiet:
            outside.append(char)
        else:
            beside = True
            for table, cells in zip(tables, inside, strict=True):
                if table.ys[0] <= y < table.ys[-1]:
                    beside = False
                    if (found := table.cell_at(x, y)) is not None:
                        add = cells.setdefault(found, []).append
                        add(char)
                        # in a frame another table may stand
                        left, upper, right, lower = table.cells[found].box if len(table.cells) > 1 else (nan, nan, nan, nan)
                        break
            else:
                outside.append(char)
                quiet = y if beside else nan
    if not tables:
        outside += chars
    kept: list[PageTable] = []
    for table, cells in zip(tables, inside, strict=True):
        if not cells:
            continue
        if _is_table(table, cells):
            kept.append(_page_table(table, cells, content, em))
        elif len(table.ys) > 3 or any(_encloses(table, other) for other in tables if other is not table):
            outside += [c for part in cells.values() for c in part]
        else:
            loose = to_lines((c for part in cells.values() for c in part), content.number, em, left_edge)
            kept.append(replace(_page_table(table, cells, content, em), loose=tuple(loose)))
    lines = to_lines(outside, content.number, em, left_edge)
    asides = without_asides(outside, em) if crowded(lines) else Beside(outside)
    if asides.entries:
        lines = to_lines(asides.chars, content.number, em, left_edge)
    unread = (*content.unread, *notes, *struck, *asides.entries)
    return Page(content.number, content.width, content.height, tuple(lines), tuple(kept), unread, left_edge, asides.margins)


def _encloses(table: RuledTable, other: RuledTable) -> bool:
    return table.box[1] < other.box[3] and table.box[3] > other.box[1]


def _fallback_em(chars: Sequence[Char]) -> float:
    """Size of type of a page without Chinese words, from the width of its digits."""
    widths = [c.x1 - c.x0 for c in chars if c.text.isalnum()]
    return max(4.0, 2.2 * median(widths)) if widths else 10.0


def _is_table(table: RuledTable, cells: dict[int, list[Char]]) -> bool:
    """Whether lines enclose a table and no frame, chart or underlined text."""
    if len(table.xs) < 3:
        return False
    filled = sum(1 for chars in cells.values() if any(c.text != " " for c in chars))
    return filled >= 2


def _page_table(table: RuledTable, cells: dict[int, list[Char]], content: PageContent, em: float) -> PageTable:
    words = [c for part in cells.values() if len(part) > 3 for c in part]
    size = full_width(words) or em
    out = []
    # edges are shared by many cells: each is rounded once
    xs, ys = [round(x + content.left, 1) for x in table.xs], [round(y, 1) for y in table.ys]
    for i, (row, column, rows, columns, _) in enumerate(table.cells):
        chars = cells.get(i, ())
        text = cell_text(chars, size) if len(chars) > 1 else chars[0].text.strip() if chars else ""
        place = Place(page=content.number, bbox=(xs[column], ys[row], xs[column + columns], ys[row + rows]))
        out.append(GridCell(row, column, text, rows, columns, place))
    return PageTable(Grid(tuple(out), exact=True), table.xs, table.ys, size)
