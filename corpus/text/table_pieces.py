"""Pieces of statutory tables that stand as paragraphs beside their tables: made rows of a table, whatever reader gave them.

A converter leaves labels between the rows that it tore apart, form feeds leave a page number there, headings of narrow columns
are printed above the table as scraps.  None of this is narrative.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.forms.cellvalue import spaced_values
from corpus.forms.shreds import is_shred
from corpus.text.headings import SectionHeading, enumerator, is_title, section_heading, torn_heading
from corpus.types import Block, Grid, GridCell, Paragraph

_TABLE_SECTIONS = frozenset({"s2", "s3", "s4"})
#: pieces between two headings without any table that show a table whose rows were all torn
_FEWEST_ALONE = 3


def take_pieces(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with runs of table pieces beside a table as grids of one row each."""
    if not any(isinstance(b, Grid) for b in blocks):
        return list(blocks)
    headings = [section_heading(b.text) if isinstance(b, Paragraph) else None for b in blocks]
    out: list[Block] = []
    at = 0
    while at < len(blocks):
        end = at
        while end < len(blocks) and _is_piece(blocks[end], headings[end]) and not _ends_heading(blocks, headings, end):
            end += 1
        if end == at:
            out.append(blocks[at])
            at += 1
            continue
        taken = _taken(blocks, headings, at, end)
        out += [_row(b) if at <= i < taken and isinstance(b, Paragraph) else b for i, b in enumerate(blocks[at:end], at)]
        at = end
    return out


def _is_piece(block: Block, heading: SectionHeading | None) -> bool:
    return isinstance(block, Paragraph) and heading is None and not is_title(block.text) and is_shred(block.text)


def _ends_heading(blocks: Sequence[Block], headings: Sequence[SectionHeading | None], at: int) -> bool:
    """Whether the piece is the rest of a section heading: 四、…复议、提起 | 行政诉讼情况."""
    above, block = blocks[at - 1] if at else None, blocks[at]
    if not isinstance(above, Paragraph) or not isinstance(block, Paragraph) or headings[at - 1] is not None:
        return False
    return torn_heading((above.text, block.text))


def _taken(blocks: Sequence[Block], headings: Sequence[SectionHeading | None], first: int, last: int) -> int:
    """End of the part of the run ``first:last`` that belongs to a table; ``first`` where none does."""
    before, after = blocks[first - 1] if first else None, blocks[last] if last < len(blocks) else None
    head = headings[first - 1] if first else None
    beside = isinstance(before, Grid) or isinstance(after, Grid)
    if not beside:
        alone = last - first >= _FEWEST_ALONE and head is not None and head.code in _TABLE_SECTIONS
        closed = after is None or headings[last] is not None
        return last if alone and closed else first
    if isinstance(after, Paragraph) and headings[last] is None:
        # （一）行政复议情况 over a paragraph is its heading
        final = blocks[last - 1]
        if isinstance(final, Paragraph) and (final.level or enumerator(final.text) is not None):
            return last - 1
    return last


def _row(paragraph: Paragraph) -> Grid:
    head, values = spaced_values(paragraph.text)
    texts = [*([head] if head else []), *values]
    place = paragraph.places[0][1]
    return Grid(tuple([GridCell(0, n, text, place=place) for n, text in enumerate(texts)]))
