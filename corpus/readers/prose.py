"""What the readers of marked-up formats (HTML, DOCX) share: text of a paragraph, heading marks, tables printed as paragraphs.

A page or document may print a statutory table without any table element: one cell a paragraph, or cells apart by TABs.  Such
runs are given to the rules of the text reader; everything else stays as the source marks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.datafile import later
from corpus.errors import ReadError
from corpus.forms.wordings import LabelMemo
from corpus.patterns import pattern
from corpus.readers.plain.delimited import read_rows, row_runs
from corpus.readers.plain.lines import Line
from corpus.readers.plain.regions import find_regions, read_region
from corpus.text.headings import enumerator
from corpus.types import Block, Grid, GridCell, Paragraph

_INVISIBLE = later(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
# a line end in the source file between two Chinese characters prints nothing, between Latin words a space
_SOURCE_BREAK = later(r"(?<=[^\x00-\x7f])[ \t]*[\r\n\f]+[ \t\r\n\f]*(?=[^\x00-\x7f])")
_SPACES = later(r"[ \t\r\n\f]+")
_BLANK = " \t\r\n\f\v\u00a0\u3000\u2002\u2003\u2009"
_NO_HEADING = later(r"[。；;！!？?].|[；;，,、：:]$")
_ENDS = later(r"[。！？!?；;：:…][”’」』）)》\"']*$")
_TABLE_LABEL = pattern("corpus/readers", "table_label")
_MAX_HEADING = 40
#: lines of prose that must be looked at before a source is said to give lines and not paragraphs
_MIN_LINES = 8
#: a report of 60,000 characters on 2,000 printed lines is long
MAX_TEXT = 600_000
MAX_PARAGRAPH = 100_000
_MAX_LINES = 4_000


def drop_invisible(text: str) -> str:
    """``text`` without control, zero-width and direction characters and lone surrogates."""
    return _INVISIBLE.sub("", text) if not text.isprintable() else text


def plain(text: str) -> str:
    """The text of a paragraph as it is printed: source line ends and runs of spaces collapsed, outer white space removed.

    >>> plain("  本年度\\n  公开 12 条 ")
    '本年度公开 12 条'
    """
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
        text = _SPACES.sub(" ", _SOURCE_BREAK.sub("", text))
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip(_BLANK)


def heading_mark(text: str, level: int) -> int:
    """``level`` if a paragraph that the source marks so (style, tag, bold type) may be a heading, else 0.

    Authors set whole paragraphs in bold or in a heading style; a heading is short and holds no sentence.
    """
    if not level or len(text) > _MAX_HEADING or _NO_HEADING.search(text):
        return 0
    # （一）高度重视，建立机制。 is a heading, 全年公开8条。 is a sentence
    return 0 if text.endswith(("。", "！", "？")) and enumerator(text) is None else level


def mark_lines(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with paragraphs ``joinable`` if the source gives printed lines (pasted from a PDF) instead of paragraphs."""
    prose = [b for b in blocks if isinstance(b, Paragraph) and not b.level and len(b.text) >= 18]
    broken = sum(1 for b in prose if not _ENDS.search(b.text))
    if len(prose) < _MIN_LINES or 2 * broken < len(prose):
        return list(blocks)
    return [replace(b, joinable=True) if isinstance(b, Paragraph) else b for b in blocks]


def printed_tables(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with tables that are printed as paragraphs made grids, and empty paragraphs left out.

    An empty paragraph inside such a table (``text`` is white space) is a blank cell or the end of a row.
    """
    if not _prints_table(blocks):
        return [b if isinstance(b, Grid) else _untabbed(b) for b in blocks if isinstance(b, Grid) or b.text.strip(_BLANK)]
    out: list[Block] = []
    run: list[Paragraph] = []
    for block in blocks:
        if isinstance(block, Grid):
            out += _read_run(run)
            run = []
            out.append(block)
        else:
            run.append(block)
    return out + _read_run(run)


def _prints_table(blocks: Sequence[Block]) -> bool:
    labels = 0
    for b in blocks:
        if isinstance(b, Paragraph) and (len(b.text) < 60 or "\t" in b.text):
            labels += sum(1 for cell in b.text.split("\t") if _TABLE_LABEL.match(cell))
            if labels > 1:
                return True
    return False


def _read_run(run: Sequence[Paragraph]) -> list[Block]:
    lines = [Line(p.places[0][1].line or n, p.text, p.level) for n, p in enumerate(run, 1)]
    known = LabelMemo()
    rows = row_runs(lines)
    starts: dict[int, tuple[int, Grid]] = {}
    claimed: set[int] = set()
    for r in rows:
        starts[r.first] = (r.last, read_rows(lines[r.first : r.last], r.mark))
        claimed.update(range(r.first, r.last))
    for region in find_regions(lines, claimed, known):
        starts[region.first] = (region.last, read_region(region, known))
    out: list[Block] = []
    at = 0
    while at < len(run):
        if at in starts:
            at, grid = starts[at]
            if grid.cells:
                out.append(grid)
            continue
        if run[at].text.strip(_BLANK):
            out.append(_untabbed(run[at]))
        at += 1
    return out


def _untabbed(paragraph: Paragraph) -> Paragraph:
    # a TAB in running text is a space; in the canonical text it stands between cells only
    if "\t" not in paragraph.text:
        return paragraph
    return replace(paragraph, text=" ".join(paragraph.text.split("\t")).strip(_BLANK), places=paragraph.places[:1])


def join_fragments(blocks: Sequence[Block]) -> list[Block]:
    """Exact grids of one width that follow each other directly are one table, broken by a page of the original."""
    out: list[Block] = []
    for block in blocks:
        last = out[-1] if out else None
        if (
            isinstance(block, Grid)
            and isinstance(last, Grid)
            and block.exact
            and last.exact
            and _width(block) == _width(last) > 1
        ):
            shift = 1 + max(c.row + c.row_span - 1 for c in last.cells)
            out[-1] = Grid(last.cells + tuple(_lowered(c, shift) for c in block.cells), exact=True)
        else:
            out.append(block)
    return out


def _width(grid: Grid) -> int:
    return max((c.column + c.column_span for c in grid.cells), default=0)


def _lowered(cell: GridCell, shift: int) -> GridCell:
    return replace(cell, row=cell.row + shift)


def check_size(blocks: Sequence[Block], name: str) -> None:
    """Refuse what is no single report.

    Raises:
        ReadError: the document ``name`` holds more prose than reports do.
    """
    prose = [b for b in blocks if isinstance(b, Paragraph)]
    longest, total = max((len(b.text) for b in prose), default=0), sum(len(b.text) for b in prose)
    if total > MAX_TEXT or longest > MAX_PARAGRAPH:
        what = f"{total} characters of prose" if total > MAX_TEXT else f"a paragraph of {longest} characters"
        bound = MAX_TEXT if total > MAX_TEXT else MAX_PARAGRAPH
        raise ReadError(f"holds {what}, more than {bound}", remedy="give one report per file", source=name)


def finish(blocks: Sequence[Block], name: str) -> tuple[Block, ...]:
    """The last steps of a reader of marked-up text: see the functions of this module.

    Raises:
        ReadError: the document ``name`` holds more prose than reports do.
    """
    check_size(blocks, name)
    done = mark_lines(join_fragments(printed_tables(blocks)))
    if sum(1 for b in done if isinstance(b, Paragraph) and b.joinable) > _MAX_LINES:
        done = [replace(b, joinable=False) if isinstance(b, Paragraph) else b for b in done]
    return tuple(done)
