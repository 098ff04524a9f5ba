"""Reader of PDF files that hold text: paragraphs from lines, tables from ruling lines.

Characters inside a ruled table belong to its cells, all others to lines of prose.  A table or sentence that a page break has cut
is put together again; page numbers and repeated headers are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import monotonic

from corpus.cellvalue import is_value
from corpus.errors import Issue, ReadError
from corpus.readers.pdf_grid import RuledTable, find_tables
from corpus.readers.pdf_join import PageTable, fits, join
from corpus.readers.pdf_lines import (
    Column,
    TextLine,
    cell_text,
    column_of,
    full_width,
    furniture,
    paragraphs,
    rounded,
    to_lines,
)
from corpus.readers.pdf_objects import Char, PageContent, PdfFile
from corpus.readers.text import read_blocks
from corpus.types import Block, Document, Grid, GridCell, Place

MAX_PAGES = 500
#: seconds for one file; a page of a real report takes some milliseconds
MAX_SECONDS = 120.0
_HEADER_BYTES = 1024
#: characters from which the size of a page's type is taken
_SAMPLE = 400
#: a page of which a picture covers this much and that holds next to no text is a scan
_SCAN_SHARE = 0.3
_OCR = "recognise its characters with an OCR program and give the searchable PDF (the extra gongkai[ocr] reads no pages yet)"
_SCAN_CHARS = 20


@dataclass(frozen=True, slots=True)
class _Page:
    """A page taken apart: its lines of prose, its tables, both from the top down."""

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...]
    tables: tuple[PageTable, ...]


@dataclass(frozen=True, slots=True)
class PdfReader:
    """Reads PDF files with text."""

    name: str = "pdf"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document of ``data``.

        Raises:
            ReadError: no PDF file, damaged, encrypted, without text (a scan), too long.
        """
        if b"%PDF-" not in data[:_HEADER_BYTES]:
            raise ReadError("is no PDF file, whatever its name says", remedy="rename it to what it is", source=name)
        pages, issues = _read_pages(data, name)
        return Document(_blocks(pages), self.name, self.version, issues=tuple(issues))


def _read_pages(data: bytes, name: str) -> tuple[list[_Page], list[Issue]]:
    pages: list[_Page] = []
    issues: list[Issue] = []
    empty: list[int] = []
    deadline = monotonic() + MAX_SECONDS
    with PdfFile(data, name) as file:
        if len(file) > MAX_PAGES:
            raise ReadError(f"has {len(file)} pages, more than {MAX_PAGES}", remedy="give one report per file", source=name)
        for index in range(len(file)):
            if monotonic() > deadline:
                message = f"takes more than {MAX_SECONDS:.0f} seconds: stopped at page {index + 1} of {len(file)}"
                raise ReadError(message, remedy="print it to a new PDF file", source=name)
            content = file.page(index)
            if content is None:
                message = f"page {index + 1} is damaged and was not read; download the file again"
                issues.append(Issue("page_unreadable", "error", message, page=index + 1))
                continue
            printed = sum(1 for c in content.chars if c.text != " ")
            if printed <= _SCAN_CHARS and content.picture >= _SCAN_SHARE:
                empty.append(index + 1)
            if content.crowded:
                message = (
                    f"page {index + 1} holds too many drawing objects; its tables may be incomplete: print it to a new PDF"
                )
                issues.append(Issue("page_crowded", "warning", message, page=index + 1))
            pages.append(take_apart(content))
        count = len(file)
    if not any(page.lines or page.tables for page in pages):
        if empty:
            message = f"holds pictures of {len(empty)} pages and no text (a scan)"
            raise ReadError(message, remedy=_OCR, source=name)

        raise ReadError(f"holds no text on its {count} pages", remedy="download or export the report again", source=name)
    for number in empty:
        message = f"page {number} is a picture without text and was not read; {_OCR}"
        issues.append(Issue("page_without_text", "error", message, page=number))
    return pages, issues


def take_apart(content: PageContent) -> _Page:
    """Lines and tables of one page."""
    em = full_width(content.chars[:_SAMPLE]) or _fallback_em(content.chars)
    tables = find_tables(content.horizontal, content.vertical) if content.horizontal and content.vertical else []
    # a frame around the page or around a table takes only what no table takes
    tables.sort(key=lambda t: (len(t.cells) == 1, t.ys[0]))
    inside: list[dict[int, list[Char]]] = [{} for _ in tables]
    outside: list[Char] = []
    for char in content.chars if tables else ():
        x, y = (char.x0 + char.x1) / 2, char.middle
        for table, cells in zip(tables, inside, strict=True):
            if table.ys[0] <= y < table.ys[-1]:
                found = table.cell_at(x, y)
                if found is not None:
                    cells.setdefault(found, []).append(char)
                    break
        else:
            outside.append(char)
    if not tables:
        outside += content.chars
    kept: list[PageTable] = []
    for table, cells in zip(tables, inside, strict=True):
        if not cells:
            continue
        if _is_table(table, cells):
            kept.append(_page_table(table, cells, content.number, em))
        elif len(table.ys) > 3 or any(_encloses(table, other) for other in tables if other is not table):
            outside += [c for part in cells.values() for c in part]
        else:
            loose = to_lines((c for part in cells.values() for c in part), content.number, em)
            kept.append(replace(_page_table(table, cells, content.number, em), loose=tuple(loose)))
    lines = to_lines(outside, content.number, em)
    return _Page(content.number, content.width, content.height, tuple(lines), tuple(kept))


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


def _page_table(table: RuledTable, cells: dict[int, list[Char]], page: int, em: float) -> PageTable:
    words = [c for part in cells.values() if len(part) > 3 for c in part]
    size = full_width(words) or em
    out = []
    for i, cell in enumerate(table.cells):
        chars = cells.get(i, ())
        text = cell_text(chars, size) if len(chars) > 1 else "".join(c.text for c in chars).strip()
        place = Place(page=page, bbox=rounded(cell.box))
        out.append(GridCell(cell.row, cell.column, text, cell.row_span, cell.column_span, place))
    return PageTable(Grid(tuple(out), exact=True), table.xs, table.ys, size)


def _blocks(pages: Sequence[_Page]) -> tuple[Block, ...]:
    """Paragraphs and tables of all pages in reading order, mended over page ends."""
    repeated = furniture([p.lines for p in pages], [p.height for p in pages])
    kept = [
        replace(page, lines=tuple(line for i, line in enumerate(page.lines) if (p, i) not in repeated))
        for p, page in enumerate(pages)
    ]
    columns = _columns(kept)
    order: list[TextLine | PageTable] = []
    arranged = [_in_order(page) for page in kept]
    for n, items in enumerate(arranged):
        following = next(iter(arranged[n + 1]), None) if n + 1 < len(arranged) else None
        if isinstance(following, PageTable):
            items = _with_overflow(items, following)
        for i, item in enumerate(items):
            last = order[-1] if order else None
            if i == 0 and isinstance(item, PageTable) and isinstance(last, PageTable) and fits(last, item):
                order[-1] = join(last, item)
            else:
                order.append(item)
    if not any(isinstance(item, PageTable) and not item.loose for item in order):
        unruled = _unruled([item for item in order if isinstance(item, TextLine)])
        if unruled:
            return unruled
    blocks: list[Block] = []
    lines: list[TextLine] = []
    for item in order:
        if isinstance(item, TextLine):
            lines.append(item)
            continue
        if item.loose:
            lines += item.loose
            continue
        blocks += paragraphs(lines, columns)
        lines = []
        blocks.append(item.grid)
    blocks += paragraphs(lines, columns)
    return tuple(blocks)


def _unruled(lines: Sequence[TextLine]) -> tuple[Block, ...]:
    """The blocks of a report whose tables have no ruling lines, read as text in columns; empty if it holds no such table."""
    blocks = read_blocks("\n".join(line.text for line in lines))
    if not any(isinstance(block, Grid) for block in blocks):
        return ()

    def place(of: Place) -> Place:
        return lines[of.line - 1].place if of.line is not None and of.line <= len(lines) else of

    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Grid):
            out.append(replace(block, cells=tuple(replace(cell, place=place(cell.place)) for cell in block.cells)))
        else:
            out.append(replace(block, places=tuple((at, place(of)) for at, of in block.places)))
    return tuple(out)


def _with_overflow(items: list[TextLine | PageTable], following: PageTable) -> list[TextLine | PageTable]:
    """The items of a page, with text that runs out of a last row cut by the page's end put back into its cell.

    A label over many rows is printed in full at the bottom of the page, though only its first row still has lines there.
    """
    at = len(items)
    while at and isinstance(items[at - 1], TextLine):
        at -= 1
    table = items[at - 1] if at else None
    below = [i for i in items[at:] if isinstance(i, TextLine)]
    if not below or not isinstance(table, PageTable) or not fits(table, following):
        return items
    texts: dict[int, str] = {}
    bottom = table.ys[-1]
    for line in below:
        if line.y - bottom > 2.2 * line.em:
            return items
        bottom = line.y
        middle = (line.x0 + line.x1) / 2
        for i, cell in enumerate(table.grid.cells):
            left, right = table.xs[cell.column], table.xs[cell.column + cell.column_span]
            last = cell.row + cell.row_span == table.rows
            if (
                last
                and left < middle < right
                and line.x0 > left - 1
                and line.x1 < right + 1
                and cell.text
                and not is_value(cell.text)
            ):
                texts[i] = texts.get(i, cell.text) + line.text
                break
        else:
            return items
    cells = tuple(replace(c, text=texts[i]) if i in texts else c for i, c in enumerate(table.grid.cells))
    return [*items[: at - 1], replace(table, grid=Grid(cells, exact=True))]


def _in_order(page: _Page) -> list[TextLine | PageTable]:
    """Lines and tables from the top down; framed text is a piece of a table only at the edge of the page."""

    def top(item: TextLine | PageTable) -> float:
        return item.y if isinstance(item, TextLine) else item.ys[0]

    everything: list[TextLine | PageTable] = [*page.lines, *page.tables]
    items = sorted(everything, key=top)
    framed = [t for t in items[1:-1] if isinstance(t, PageTable) and t.loose]
    if framed:
        loose = [line for table in framed for line in table.loose]
        others = [i for i in items if all(i is not t for t in framed)]
        items = sorted([*others, *loose], key=top)
    return items


def _columns(pages: Sequence[_Page]) -> dict[int, Column]:
    """The text column of each page, read from all pages of its width."""
    by_width: dict[int, list[TextLine]] = {}
    for page in pages:
        by_width.setdefault(round(page.width / 5), []).extend(page.lines)
    found = {key: column_of(lines, key * 5.0) for key, lines in by_width.items()}
    return {page.number: replace(found[round(page.width / 5)], width=page.width) for page in pages}
