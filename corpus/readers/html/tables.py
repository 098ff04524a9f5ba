"""Tables of a page: rows with their spans to exact grids; tables that only hold the page are told apart.

``<div>`` elements that are shown as a table (``display: table-row``, classes ``tr`` and ``td``) become grids whose columns are
ranks, because they print no spans.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from corpus.readers.grids import GridData, is_prose
from corpus.readers.html.style import BLOCKS, DROPPED, display, hidden
from corpus.readers.prose import plain
from corpus.readers.spans import SpannedCell, place_rows
from corpus.types import Grid, GridCell, Place

_DATA_CELLS = 12
_MAX_CELLS = 60_000
_ROW_WORDS = re.compile(r"(?:^|[\s_-])(?:tr|trow|table-?row|tablerow|t-?row|grid-?row|row)(?:[\s_-]|$)", re.IGNORECASE)
_CELL_WORDS = re.compile(r"(?:^|[\s_-])(?:td|th|tcell|table-?cell|tablecell|t-?cell|cell|col)(?:[\s_-]|\d|$)", re.IGNORECASE)


@dataclass(slots=True)
class RowElement:
    """A row with its shown cells."""

    cells: list[etree._Element]


@dataclass(slots=True)
class TableElements:
    """Rows in printed order; ``captions``; ``stray``: what stands in the table outside of any cell."""

    rows: list[RowElement] = field(default_factory=list)
    captions: list[etree._Element] = field(default_factory=list)
    stray: list[etree._Element] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DivTable:
    """A table made of ``div`` elements."""

    grid: Grid
    linked: int


def row_elements(table: etree._Element) -> TableElements:
    """The rows that belong to ``table`` itself, through ``tbody``, ``form`` and whatever else stands between; ``tfoot`` last."""
    found = TableElements()
    last: list[RowElement] = []
    _collect(table, found, found.rows, last)
    found.rows += last
    return found


def _collect(el: etree._Element, found: TableElements, rows: list[RowElement], last: list[RowElement]) -> None:
    loose: list[etree._Element] = []
    for child in el:
        tag = child.tag
        if not isinstance(tag, str) or tag in DROPPED or hidden(child, child.get("style")):
            continue
        if tag == "tr":
            rows.append(RowElement(_cells(child)))
            nested = [row for row in child if row.tag == "tr"]
            for row in nested:  # a row that was not closed
                rows.append(RowElement(_cells(row)))
        elif tag in ("td", "th"):
            loose.append(child)
        elif tag == "caption":
            found.captions.append(child)
        elif tag == "tfoot":
            _collect(child, found, last, last)
        elif tag in ("thead", "tbody", "form", "center") and (tag != "center" or child.find(".//tr") is not None):
            _collect(child, found, rows, last)
        else:
            found.stray.append(child)
    if loose:
        rows.append(RowElement(loose))


def _cells(row: etree._Element) -> list[etree._Element]:
    out: list[etree._Element] = []
    for child in row:
        tag = child.tag
        if tag in ("td", "th"):
            if not hidden(child, child.get("style")):
                out.append(child)
        elif tag in ("form", "font", "span", "center", "b", "strong"):
            out += _cells(child)
    return out


def _gather(el: etree._Element, out: list[str], linked: list[int], link: bool) -> None:
    """Text that ``el`` prints, blocks and line breaks as newlines."""
    if el.text:
        out.append(el.text)
        if link:
            linked[0] += len(el.text)
    for child in el:
        tag = child.tag
        if isinstance(tag, str) and tag not in DROPPED:
            style = child.get("style")
            if not hidden(child, style):
                if tag == "br":
                    out.append("\v")
                elif tag in BLOCKS or (style and display(style)):
                    out.append("\v")
                    _gather(child, out, linked, link)
                    out.append("\v")
                else:
                    _gather(child, out, linked, link or (tag == "a" and child.get("href") is not None))
        if child.tail:
            out.append(child.tail)
            if link:
                linked[0] += len(child.tail)


def cell_text(el: etree._Element) -> tuple[str, int]:
    """Printed text of a cell, a newline between its paragraphs, and how many of its characters are links."""
    if len(el) == 0:
        return plain(el.text or ""), 0
    out: list[str] = []
    linked = [0]
    _gather(el, out, linked, False)
    whole = "".join(out)
    if "\v" not in whole:
        return plain(whole), linked[0]
    return "\n".join(p for part in whole.split("\v") if (p := plain(part))), linked[0]


def read_rows(rows: Sequence[RowElement], *, nested: bool) -> GridData | None:
    """The exact grid of a table's rows, or ``None`` where the table only holds the page.

    Such a table has one column, or prose in its cells, or (``nested``: there are tables in it) nearly all of its text stands in
    tables inside it.
    """
    if not rows or max(len(r.cells) for r in rows) < 2:
        return None
    if nested and _holds_tables(rows):
        return None
    printed: list[list[SpannedCell]] = []
    links: list[int] = []
    short = prose = 0
    for row in rows:
        cells: list[SpannedCell] = []
        for el in row.cells:
            text, count = cell_text(el)
            if text:
                if len(text) > 50 and len(row.cells) > 1 and is_prose(text):
                    prose += 1
                else:
                    short += 1
            links.append(count)
            # most cells have no attributes at all
            high, wide = (_span(el.get("rowspan")), max(1, _span(el.get("colspan")))) if el.attrib else (1, 1)
            cells.append(SpannedCell(text, high, wide, Place(line=el.sourceline)))
        printed.append(cells)
        if len(links) > _MAX_CELLS:
            break
    if (len(rows) == 1 and short + prose < 3) or (prose and short < _DATA_CELLS):
        return None
    placed = place_rows(printed)
    by_cell = {id(c): n for c, n in zip(placed, links, strict=True) if n} if len(placed) == len(links) else {}
    return GridData(Grid(placed, exact=True), by_cell)


def _holds_tables(rows: Sequence[RowElement]) -> bool:
    """Whether tables inside the cells have most of the text."""
    own = inside = filled = 0
    for row in rows:
        for cell in row.cells:
            length = sum(len(t.strip()) for t in cell.itertext())
            if len(cell) and cell.find(".//table") is not None:
                inside += length
            elif length:
                own += length
                filled += 1
    return inside > 0 and (filled < 4 or own < inside)


def _span(value: str | None) -> int:
    if value is None:
        return 1
    text = value.strip()
    return int(text[:6]) if text.isascii() and text.isdigit() else 1


def div_table(el: etree._Element, tag: str, shown: str) -> DivTable | None:
    """The grid of an element whose children are shown as rows of cells, or ``None``.

    Three rows of two short cells at least: ``row`` and ``col`` also name the columns of a page.
    """
    if tag not in ("div", "section", "ul", "dl") and shown != "table":
        return None
    rows = _div_rows(el)
    if len(rows) < 3 or sum(len(r) >= 2 for r in rows) < 3:
        return None
    cells: list[GridCell] = []
    linked = 0
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            text, count = cell_text(cell)
            if is_prose(text) or "。" in text:
                return None
            linked += count
            cells.append(GridCell(r, c, text, place=Place(line=cell.sourceline)))
    return DivTable(Grid(tuple(cells)), linked)


def _div_rows(el: etree._Element) -> list[list[etree._Element]]:
    rows: list[list[etree._Element]] = []
    for child in el:
        if not isinstance(child.tag, str) or child.tag in DROPPED:
            continue
        kind = _div_kind(child, _ROW_WORDS, "table-row")
        if kind:
            rows.append([c for c in child if isinstance(c.tag, str) and _div_kind(c, _CELL_WORDS, "table-cell")])
        elif len(child) and _div_kind(child[0], _ROW_WORDS, "table-row") and child.tag == "div":
            rows += _div_rows(child)  # a body between table and rows
        elif child.tag not in ("br",):
            return []
    return rows


def _div_kind(el: etree._Element, words: re.Pattern[str], shown: str) -> bool:
    if not isinstance(el.tag, str) or el.tag not in ("div", "span", "li", "ul", "dl", "dt", "dd", "p"):
        return False
    style, name = el.get("style"), el.get("class")
    return bool((style and display(style) == shown) or (name and words.search(name)))
