"""A page taken apart: characters inside ruled tables belong to their cells, all others to lines of prose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from math import nan
from statistics import median

from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label
from corpus.readers.page.aside import Beside, crowded, without_asides
from corpus.readers.page.blocks import Page
from corpus.readers.page.boxes import without_boxes
from corpus.readers.page.content import Char, PageContent, Unread
from corpus.readers.page.lines import TextLine, cell_text, full_width, to_lines
from corpus.readers.page.marks import types_of, without_large_words, without_notes, without_struck
from corpus.readers.page.page_breaks import PageTable
from corpus.readers.page.ruled_tables import RuledTable, find_tables
from corpus.types import Grid, GridCell, Place

#: characters from which the size of a page's type is taken
_SAMPLE = 200
#: so many values in a line are a row of a table
_ROW = 3


def take_apart(content: PageContent, *, ruled: bool = True) -> Page:
    """Lines and tables of one page; all text as lines unless its ruling lines are to be looked at (``ruled``)."""
    types = types_of(content.chars)
    chars, large = without_large_words(content.chars, types)
    types = types_of(chars) if large else types
    chars, notes = without_notes(chars, types)
    chars, horizontal, struck = without_struck(chars, types, content.horizontal, content.vertical)
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
    marks = _undecodable(content.unread)
    for table, cells in zip(tables, inside, strict=True):
        if not cells:
            continue
        if _is_table(table, cells):
            marks = _put(marks, table, cells)
            kept.append(_page_table(table, cells, content, em))
        elif len(table.ys) > 3 or any(_encloses(table, other) for other in tables if other is not table):
            outside += [c for part in cells.values() for c in part]
        else:
            loose = to_lines((c for part in cells.values() for c in part), content.number, em, left_edge)
            kept.append(replace(_page_table(table, cells, content, em), loose=tuple(loose)))
    lines = to_lines([*outside, *marks], content.number, em, left_edge)
    if marks:
        lines = [line for line in map(_without_marks, lines) if line.text]
    asides = without_asides(outside, em) if crowded(lines) else Beside(outside)
    if asides.entries:
        lines = to_lines(asides.chars, content.number, em, left_edge)
    unread = (*content.unread, *large, *notes, *struck, *asides.entries)
    return Page(content.number, content.width, content.height, tuple(lines), tuple(kept), unread, left_edge, asides.margins)


def _undecodable(unread: Iterable[Unread]) -> list[Char]:
    """A mark for each piece of text that cannot be decoded: where values are expected it is one, not a blank."""
    return [
        Char("\ufffd", x0, y1, x0, x1, (y0 + y1) / 2, y1 - y0) for kind, _, (x0, y0, x1, y1) in unread if kind == "undecodable"
    ]


def _put(marks: Sequence[Char], table: RuledTable, cells: dict[int, list[Char]]) -> list[Char]:
    """Put the marks that stand in a table into its cells; those that do not are given back."""
    rest: list[Char] = []
    for mark in marks:
        found = table.cell_at((mark.x0 + mark.x1) / 2, mark.middle)
        (rest if found is None else cells.setdefault(found, [])).append(mark)
    return rest


def _without_marks(line: TextLine) -> TextLine:
    """A line as it is if it is a row of values, else without its marks."""
    if "\ufffd" not in line.text:
        return line
    texts = [text for text, _, _ in line.parts]
    values = sum(map(is_value, texts))
    if values >= _ROW or (values == 1 and len(texts) == 2 and (hit := exact_label(texts[0])) is not None and hit.of("row")):
        return line
    pieces = tuple((bare, x0, x1) for text, x0, x1 in line.pieces if (bare := text.replace("\ufffd", "").strip()))
    return replace(line, text=line.text.replace("\ufffd", "").strip(), pieces=pieces if len(pieces) > 1 else ())


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
    filled = (part for part in cells.values() if any(c.text != " " for c in part))
    return len(list(islice(filled, 2))) == 2


def _page_table(table: RuledTable, cells: dict[int, list[Char]], content: PageContent, em: float) -> PageTable:
    words = [c for part in cells.values() if len(part) > 3 for c in part]
    size = full_width(words) or em
    out = []
    # edges are shared by many cells: each is rounded once
    xs, ys = [round(x + content.left, 1) for x in table.xs], [round(y, 1) for y in table.ys]
    for i, (row, column, rows, columns, _) in enumerate(table.cells):
        chars = cells.get(i, ())
        text = cell_text(chars, size) if len(chars) > 1 else chars[0].text.strip() if chars else ""
        place = Place(None, content.number, (xs[column], ys[row], xs[column + columns], ys[row + rows]))
        out.append(GridCell(row, column, text, rows, columns, place))
    return PageTable(Grid(tuple(out), exact=True), table.xs, table.ys, size)
