"""Files that hold more than one report: the first is read, the others are named.

Sites put the reports of all departments on one page, agencies append the report of the year before.  A second title with the
headings of a whole report behind it begins another one; a page header or a list of contents does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.errors import Issue
from corpus.text.headings import is_title, section_heading
from corpus.text.normalise import squeeze
from corpus.types import NOWHERE, Block, Document, Dropped, Grid, Paragraph

#: headings of sections that both reports must have
_FEWEST = 3
#: a list of contents has headings, but no prose
_LEAST_PROSE = 80


def first_report(document: Document) -> Document:
    """``document`` without what stands from the title of a second report on, and an issue that names it."""
    blocks = document.blocks
    titles = [i for i, b in enumerate(blocks) if i and isinstance(b, Paragraph) and is_title(b.text)]
    if not titles:
        return document
    codes = [_code(b) for b in blocks]
    for at in titles:
        before, after = set(codes[:at]) - {""}, set(codes[at:]) - {""}
        if len(before & after) < _FEWEST or not _is_whole(blocks[:at], blocks[at:]):
            continue
        title = blocks[at]
        assert isinstance(title, Paragraph)
        line = title.places[0][1].line
        where = f" (line {line})" if line is not None else ""
        message = (
            f"the file holds another report, {title.text.strip()!r}{where}, behind the first; "
            "it was not read, give each report a file of its own"
        )
        rest = tuple(_dropped(b) for b in blocks[at:])
        issue = Issue("several_reports", "warning", message)
        return replace(document, blocks=blocks[:at], issues=(*document.issues, issue), dropped=(*document.dropped, *rest))
    return _without_running_titles(document, titles)


def _without_running_titles(document: Document, titles: Sequence[int]) -> Document:
    """``document`` without the lines that repeat its title below a section heading: the heads of its pages."""
    printed = {i: b for i, b in enumerate(document.blocks) if isinstance(b, Paragraph) and (i in titles or not i)}
    headed = next((i for i, b in enumerate(document.blocks) if _code(b)), len(document.blocks))
    own = {squeeze(b.text) for i, b in printed.items() if i < headed and is_title(b.text)}
    again = {i: b for i, b in printed.items() if i > headed and squeeze(b.text) in own}
    if not again:
        return document
    dropped = tuple([Dropped("page_header", b.text, b.places[0][1]) for b in again.values()])
    blocks = tuple([b for i, b in enumerate(document.blocks) if i not in again])
    return replace(document, blocks=blocks, dropped=(*document.dropped, *dropped))


def _dropped(block: Block) -> Dropped:
    if isinstance(block, Paragraph):
        return Dropped("other_report", block.text, block.places[0][1])
    return Dropped("other_report", "\t".join(c.text for c in block.cells), block.cells[0].place if block.cells else NOWHERE)


def _code(block: Block) -> str:
    if not isinstance(block, Paragraph):
        return ""
    heading = section_heading(block.text)
    return heading.code if heading is not None else ""


def _is_whole(before: Sequence[Block], after: Sequence[Block]) -> bool:
    prose = sum(len(b.text) for b in before if isinstance(b, Paragraph) and "。" in b.text)
    tables = any(isinstance(b, Grid) for b in after)
    return prose >= _LEAST_PROSE and (not tables or any(isinstance(b, Grid) for b in before))
