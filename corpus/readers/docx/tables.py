"""Rows, merges and purpose of Word tables; what stands in their cells is read by :mod:`corpus.readers.docx.body`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from corpus.readers.docx.package import W
from corpus.readers.docx.styles import on
from corpus.readers.grids import GridData, split_grid
from corpus.readers.spans import MAX_COLUMNS
from corpus.types import Block, Grid, GridCell, Paragraph


def table_blocks(cells: Sequence[GridCell], nested: Sequence[Block], long: Sequence[bool]) -> list[Block]:
    """The grid; or, where the table only holds the page (one column, prose in cells), its texts as paragraphs."""
    filled = [c for c in cells if c.text]
    width = max((c.column + c.column_span for c in cells), default=0)
    held = sum(len(c.text) for c in filled)
    inside = sum(len(c.text) for b in nested if isinstance(b, Grid) for c in b.cells)
    short = sum(1 for c in filled if len(c.text) <= 50)
    layout = (
        width < 2
        or len({c.column for c in cells}) < 2
        or (any(long) and short < 12)
        or (nested and (len(filled) < 4 or held < inside))
    )
    if not layout:
        return [*(block for block, _ in split_grid(GridData(Grid(tuple(cells), exact=True), {}))), *nested]
    out: list[Block] = []
    for cell in filled:
        out += [Paragraph(text) for text in cell.text.split("\n")]
    return [*out, *nested]


def children(parent: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Elements of a tag right in ``parent``, through content controls, custom markup and accepted insertions."""
    for el in parent:
        if el.tag == wanted:
            yield el
        elif el.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            yield from children(el, wanted)


def rows(table: etree._Element) -> Iterator[etree._Element]:
    """The shown rows of a table; deleted ones (a tracked change) are gone."""
    for row in children(table, f"{W}tr"):
        trpr = row.find(f"{W}trPr")
        if trpr is None or (trpr.find(f"{W}del") is None and not on(trpr, "hidden")):
            yield row


def _count(el: etree._Element | None, default: int) -> int:
    value = (el.get(f"{W}val") or "") if el is not None else ""
    return int(value) if value.isdecimal() and len(value) <= 5 else default


def grid_span(tcpr: etree._Element | None) -> int:
    """Columns that a cell takes, at least 1."""
    return max(1, _count(tcpr.find(f"{W}gridSpan"), 1)) if tcpr is not None else 1


def grid_skip(row: etree._Element) -> int:
    """Columns left free before the first cell of a row."""
    trpr = row.find(f"{W}trPr")
    return min(_count(trpr.find(f"{W}gridBefore"), 0), MAX_COLUMNS) if trpr is not None else 0


def v_merge(tcpr: etree._Element | None) -> str:
    """``restart``, ``continue`` or, for a cell that is not merged downwards, ``""``."""
    el = tcpr.find(f"{W}vMerge") if tcpr is not None else None
    return "" if el is None else (el.get(f"{W}val") or "continue")


def h_merged(tcpr: etree._Element | None) -> bool:
    """Whether the cell continues the one before it (the old way of merging, before ``gridSpan``)."""
    el = tcpr.find(f"{W}hMerge") if tcpr is not None else None
    return el is not None and (el.get(f"{W}val") or "continue") == "continue"
