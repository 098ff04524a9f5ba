"""From the lines and tables of pages to the blocks of a document, mended over the ends of pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.forms.cellvalue import is_value
from corpus.forms.columns import T3_COLUMNS
from corpus.forms.wordings import exact_label
from corpus.readers.page.aligned_rows import align_rows, label_apart
from corpus.readers.page.content import Unread
from corpus.readers.page.lines import Sheet, TextLine, TypeArea, column_of, furniture, paragraphs, rounded
from corpus.readers.page.page_breaks import PageTable, fits, join
from corpus.readers.plain.reader import read_blocks
from corpus.types import Block, Dropped, Grid, Place

#: rows without ruling lines whose labels may be lost
_MOST_UNNAMED = 3
#: so many lines in pieces may be a table
_FEWEST_PARTED = 4
#: rows of table 3 that are enough to trust its ruling lines; the words of its last one
_MOST_ROWS, _LAST_ROW = 22, "结转下年度"
#: values of several cells in one
_SEVERAL = re.compile(r"\d+(?: \d+){4}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart: its lines of prose, its tables, both from the top down; width and height in points.

    ``unread`` is text that the file holds there and that is not read; ``left`` is where it begins on its sheet; ``margins`` are known
    where something else stands beside its text.
    """

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...]
    tables: tuple[PageTable, ...]
    unread: tuple[Unread, ...] = ()
    left: float = 0.0
    margins: tuple[float, float] | None = None


def blocks_of(pages: Sequence[Page]) -> tuple[Block, ...]:
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
    # a frame may stand around a whole table that has no other lines
    flat = [x for item in order for x in (item.loose if isinstance(item, PageTable) and item.loose else (item,))]
    if not any(isinstance(item, PageTable) for item in flat):
        unruled = _unruled([item for item in flat if isinstance(item, TextLine)])
        if unruled:
            return unruled
    blocks: list[Block] = []
    lines: list[TextLine] = []
    for item in flat:
        if isinstance(item, TextLine):
            lines.append(item)
            continue
        blocks += _beside_tables(lines, columns)
        lines = []
        blocks.append(item.grid)
    blocks += _beside_tables(lines, columns)
    return tuple(blocks)


def is_thin(blocks: Sequence[Block]) -> bool:
    """Whether most of table 3 is not read though it is there: it may be ruled in part, so that its lines say little of its cells."""
    texts = [c.text for b in blocks for c in (b.cells if isinstance(b, Grid) else (b,))]
    if _named_rows(blocks) >= _MOST_ROWS:
        return any(_SEVERAL.search(text) for text in texts)
    return any(_LAST_ROW in text for text in texts)


def more_named(found: Sequence[Block], than: Sequence[Block]) -> bool:
    """Whether a reading names clearly more rows of table 3 than another one."""
    return _named_rows(found) > _named_rows(than) + 1


def _beside_tables(lines: Sequence[TextLine], columns: Mapping[Sheet, TypeArea]) -> Sequence[Block]:
    """The blocks of lines between ruled tables, among which another table without ruling lines may stand."""
    if sum(len(line.pieces) > 1 for line in lines) >= _FEWEST_PARTED and any(map(_may_be_row, lines)):
        unruled = _unruled(lines)
        if unruled:
            return unruled
    return paragraphs(lines, columns)


def _may_be_row(line: TextLine) -> bool:
    """Whether a value or a label stands in a line for itself; numbers part the lines of prose, too."""
    return any(is_value(text) or exact_label(text) is not None for text, _, _ in line.parts)


def left_out(pages: Sequence[Page]) -> tuple[Dropped, ...]:
    """What the pages hold and the blocks do not: what every page repeats, and text that is not shown or cannot be read."""
    out = []
    repeated = furniture([p.lines for p in pages], [p.height for p in pages])
    for n, page in enumerate(pages):
        out += [Dropped("page_mark", line.text, line.place) for i, line in enumerate(page.lines) if (n, i) in repeated]
        for kind, text, (x0, y0, x1, y1) in page.unread:
            box = rounded((page.left + x0, y0, page.left + x1, y1))
            out.append(Dropped("hidden" if kind == "outside" else kind, text.strip(), Place(page=page.number, bbox=box)))
    return tuple(out)


def _unruled(lines: Sequence[TextLine]) -> tuple[Block, ...]:
    """The blocks of a report whose tables have no ruling lines, read as text in columns; empty if it holds no such table."""
    certain = align_rows(lines)
    if certain is not None:
        return _as_text(certain)
    blocks = _as_text(lines)
    some = align_rows(lines, _MOST_UNNAMED)
    # rows that the text reader cannot name are proved by their sums more often than a few that are not named here
    if some is not None and _named_rows(named := _as_text(some)) > _named_rows(blocks) + 1:
        return named
    return blocks


def _named_rows(blocks: Sequence[Block]) -> int:
    """Rows of table 3 with a known label and all their values."""
    count = 0
    for grid in blocks:
        rows: dict[int, list[str]] = {}
        for cell in grid.cells if isinstance(grid, Grid) else ():
            rows.setdefault(cell.row, []).append(cell.text)
        for texts in rows.values():
            if sum(map(is_value, texts)) == len(T3_COLUMNS):
                hits = [hit for text in texts if not is_value(text) and (hit := exact_label(text)) is not None]
                count += any(hit.of("row", "t3") for hit in hits)
    return count


def _as_text(lines: Sequence[TextLine]) -> tuple[Block, ...]:
    """The blocks of lines read as a text file; empty without a table."""
    lines = [label_apart(line) for line in lines]
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


def _in_order(page: Page) -> list[TextLine | PageTable]:
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


def _columns(pages: Sequence[Page]) -> dict[Sheet, TypeArea]:
    """The text column of each page, read from all pages of its width and place on the sheet."""
    by_width: dict[tuple[int, int], list[TextLine]] = {}
    for page in pages:
        by_width.setdefault((round(page.width / 5), round(page.left / 5)), []).extend(page.lines)
    found = {key: column_of(lines, key[0] * 5.0) for key, lines in by_width.items()}
    areas = {}
    margins: tuple[float, float] | None = None
    for page in pages:
        area = replace(found[round(page.width / 5), round(page.left / 5)], width=page.width)
        # the text stays where it is on the pages behind the end of what stands beside it
        margins = page.margins or margins
        if margins is not None and (page.margins or all(margins[0] - 2 <= n.x0 and n.x1 <= margins[1] + 2 for n in page.lines)):
            area = replace(area, left=margins[0], right=margins[1])
        areas[page.number, page.left] = area
    return areas
