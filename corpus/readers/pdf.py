"""Reader of PDF files that hold text: paragraphs from lines, tables from ruling lines.

Characters inside a ruled table belong to its cells, all others to lines of prose.  A table or sentence that a page break has cut
is put together again; page numbers and repeated headers are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import monotonic

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
    sound,
    to_lines,
)
from corpus.readers.pdf_objects import Char, PageContent, PdfFile
from corpus.types import Block, Document, Grid, GridCell, Place

MAX_PAGES = 500
#: seconds for one file; a page of a real report takes some milliseconds
MAX_SECONDS = 120.0
_HEADER_BYTES = 1024
#: a page of which a picture covers this much and that holds next to no text is a scan
_SCAN_SHARE = 0.3
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
                message = f"page {index + 1} holds too many drawing objects; its tables may be incomplete: print it to a new PDF"
                issues.append(Issue("page_crowded", "warning", message, page=index + 1))
            pages.append(take_apart(content))
        count = len(file)
    if not any(page.lines or page.tables for page in pages):
        if empty:
            message = f"holds pictures of {len(empty)} pages and no text (a scan)"
            raise ReadError(message, remedy="install the extra that recognises characters: pip install 'gongkai[ocr]'", source=name)
        raise ReadError(f"holds no text on its {count} pages", remedy="download or export the report again", source=name)
    for number in empty:
        message = f"page {number} is a picture without text and was not read; pip install 'gongkai[ocr]' recognises characters"
        issues.append(Issue("page_without_text", "error", message, page=number))
    return pages, issues


def take_apart(content: PageContent) -> _Page:
    """Lines and tables of one page."""
    em = full_width(content.chars) or _fallback_em(content.chars)
    chars = sound(content.chars, em)
    inside: list[dict[int, list[Char]]] = []
    tables = find_tables(content.horizontal, content.vertical) if content.horizontal and content.vertical else []
    inside = [{} for _ in tables]
    outside: list[Char] = []
    for char in chars:
        x, y = (char.x0 + char.x1) / 2, char.middle
        for table, cells in zip(tables, inside, strict=True):
            found = table.cell_at(x, y)
            if found is not None:
                cells.setdefault(found, []).append(char)
                break
        else:
            outside.append(char)
    kept: list[PageTable] = []
    for table, cells in zip(tables, inside, strict=True):
        if _is_table(table, cells):
            kept.append(_page_table(table, cells, content.number, em))
        else:
            outside += [c for part in cells.values() for c in part]
    lines = to_lines(outside, content.number, em)
    return _Page(content.number, content.width, content.height, tuple(lines), tuple(kept))


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
    out = []
    sizes = []
    for i, cell in enumerate(table.cells):
        chars = cells.get(i, [])
        own = full_width(chars)
        if own is not None:
            sizes.append(own)
        text = cell_text(chars, own or em * 0.8) if chars else ""
        place = Place(page=page, bbox=rounded(cell.box))
        out.append(GridCell(cell.row, cell.column, text, cell.row_span, cell.column_span, place))
    return PageTable(Grid(tuple(out), exact=True), table.xs, table.ys, median(sizes) if sizes else em)


def _blocks(pages: Sequence[_Page]) -> tuple[Block, ...]:
    """Paragraphs and tables of all pages in reading order, mended over page ends."""
    repeated = furniture([p.lines for p in pages], [p.height for p in pages])
    kept = [
        replace(page, lines=tuple(line for i, line in enumerate(page.lines) if (p, i) not in repeated)) for p, page in enumerate(pages)
    ]
    columns = _columns(kept)
    order: list[TextLine | PageTable] = []
    for page in kept:
        first = True
        items: list[tuple[float, TextLine | PageTable]] = [(line.y, line) for line in page.lines]
        items += [(table.ys[0], table) for table in page.tables]
        for _, item in sorted(items, key=lambda pair: pair[0]):
            last = order[-1] if order else None
            if first and isinstance(item, PageTable) and isinstance(last, PageTable) and fits(last, item):
                order[-1] = join(last, item)
            else:
                order.append(item)
            first = False
    blocks: list[Block] = []
    lines: list[TextLine] = []
    for item in order:
        if isinstance(item, TextLine):
            lines.append(item)
            continue
        blocks += paragraphs(lines, columns)
        lines = []
        blocks.append(item.grid)
    blocks += paragraphs(lines, columns)
    return tuple(blocks)


def _columns(pages: Sequence[_Page]) -> dict[int, Column]:
    """The text column of each page, read from all pages of its width."""
    by_width: dict[int, list[TextLine]] = {}
    for page in pages:
        by_width.setdefault(round(page.width / 5), []).extend(page.lines)
    found = {key: column_of(lines, key * 5.0) for key, lines in by_width.items()}
    return {page.number: replace(found[round(page.width / 5)], width=page.width) for page in pages}
