"""Reader of plain text and Markdown: prose lines become paragraphs, table regions grids.

Text has no table marks of its own.  Rows with TABs or pipes are taken as they stand (:mod:`corpus.readers.plain.delimited`); other tables
(one cell a line, cells apart by spaces) are found where lines are known labels and values (:mod:`corpus.readers.plain.regions`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.datafile import later
from corpus.errors import ReadError
from corpus.forms.wordings import LabelMemo
from corpus.readers.encoding import decode
from corpus.readers.plain.delimited import read_rows, row_runs
from corpus.readers.plain.frames import without_frames
from corpus.readers.plain.inline_html import TABLE, framed_lines, is_frame, read_html_table
from corpus.readers.plain.latex import without_latex
from corpus.readers.plain.lines import Line, clean_lines, is_page_number, plain
from corpus.readers.plain.markup import without_markup
from corpus.readers.plain.narrow_labels import mend_narrow_labels
from corpus.readers.plain.odd_lines import broken_at_headings, join_headings, lost_breaks, rows_on_one_line, undo
from corpus.readers.plain.page_numbers import PageSeen, page_seen, pages_at_breaks
from corpus.readers.plain.regions import Region, find_regions, read_region
from corpus.readers.plain.torn_columns import mend_column_headings
from corpus.readers.plain.torn_headings import mend_outcome_headings
from corpus.readers.plain.torn_numbers import join_at_numbers
from corpus.readers.prose import check_size
from corpus.text.normalise import squeeze
from corpus.types import Block, Document, Dropped, Grid, Paragraph, Place

_NUMBERS = later(r"\d+")
_WORDS = later(r"[\u4e00-\u9fff]+")
#: marks between cells
_MARKS = later(r"[|｜\t]|\\(?=[|])")
_SENTENCE_ENDS = ("。", "；", "！", "？", "：")
_LONGEST_PAGE = 12
#: tables in columns of spaces make long texts, but a text of this size is a data dump
_MAX_CHARACTERS = 3_000_000
#: one cell a line, with empty lines between, a report has some thousands
_MAX_LINES = 60_000
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
#: lines of a table drawn with box characters: │ 规章 │ 0 │
_BOX_LINE = later(r"^.*[│┃║].*[│┃║].*$|^[ \t]*[─━═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╞╡╪╟╢╫]{3,}[ \t]*$", flags=re.MULTILINE)
_BOX = {ord(c): "|" for c in "│┃║"} | {ord(c): "-" for c in "─━═"} | {ord(c): "+" for c in "┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋╞╡╪╟╢╫"}
_INDENTS = ("\u3000", "  ", "\t", "\xa0\xa0")


@dataclass(frozen=True, slots=True)
class TextReader:
    """Reads text files; ``name`` is ``text`` or ``markdown`` (the marks of Markdown are understood in both)."""

    name: str
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document of ``data``.

        Raises:
            ReadError: the bytes are no text of a supported encoding, or hold more than reports do.
        """
        text, encoding = decode(data, source=name)
        if len(text) > _MAX_CHARACTERS:
            raise ReadError(
                f"holds {len(text)} characters, more than {_MAX_CHARACTERS}", remedy="give one report per file", source=name
            )
        if (lines := sum(map(text.count, _LINE_ENDS)) - text.count("\r\n")) > _MAX_LINES:
            raise ReadError(f"holds {lines} lines, more than {_MAX_LINES}", remedy="give one report per file", source=name)
        dropped: list[Dropped] = []
        blocks = read_blocks(text, dropped)
        check_size(blocks, name)
        return Document(blocks, self.name, self.version, encoding, issues=lost_breaks(text), dropped=tuple(dropped))


def read_blocks(text: str, dropped: list[Dropped] | None = None) -> tuple[Block, ...]:
    """Paragraphs and grids of a decoded text, in order; a paragraph is one source line.  What is left out is added to ``dropped``."""
    dropped = [] if dropped is None else dropped
    text = undo(without_markup(without_frames(plain(text), dropped), dropped))
    if "│" in text or "┃" in text or "║" in text:
        text = _BOX_LINE.sub(lambda m: m.group().translate(_BOX), text)
    if "\\begin{" in text:
        text = without_latex(text)
    if "<table" not in text and "<TABLE" not in text:
        return tuple(_read_lines(clean_lines(text, 1, dropped), dropped))
    blocks: list[Block] = []
    at, line = 0, 1
    for table in TABLE.finditer(text):
        before = text[at : table.start()]
        blocks += _read_lines(_around(before, line, dropped), dropped)
        line += before.count("\n")
        if is_frame(table.group()):
            blocks += _read_lines(_around(table.group(), line, dropped), dropped)
        elif (grid := read_html_table(table.group(), line)).cells:
            blocks.append(grid)
        line += table.group().count("\n")
        at = table.end()
    return (*blocks, *_read_lines(_around(text[at:], line, dropped), dropped))


def _around(text: str, first: int, dropped: list[Dropped]) -> list[Line]:
    """The lines between tables of HTML; a frame around them (``<td><p>…``) breaks lines where its tags do."""
    if "<td" not in text and "</td" not in text:
        return clean_lines(text, first, dropped)
    return [line for number, part in framed_lines(text, first) for line in clean_lines(part, number, dropped)]


def _read_lines(lines: list[Line], dropped: list[Dropped]) -> list[Block]:
    known = LabelMemo()
    lines = mend_outcome_headings(join_headings(broken_at_headings(rows_on_one_line(join_at_numbers(lines)))))
    lines = mend_narrow_labels(mend_column_headings(lines, known), known)
    blocks: list[Block] = []
    tabular = row_runs(lines)
    claimed: set[int] = set()
    for run in tabular:
        claimed.update(range(run.first, run.last))
    regions = find_regions(lines, claimed, known)
    starts = {run.first: run for run in tabular}
    flow_starts = {region.first: region for region in regions}
    pages = _pages(lines, regions) if regions else []
    breaks = pages_at_breaks(lines) if regions else frozenset()
    at = 0
    while at < len(lines):
        if at in starts:
            run = starts[at]
            grid = read_rows(lines[run.first : run.last], run.mark)
            blocks += _with_rest(grid, lines[run.first : run.last], dropped)
            at = run.last
        elif at in flow_starts:
            region = flow_starts[at]
            grid = read_region(region, known, pages, breaks)
            blocks += _with_rest(grid, lines[region.first : region.last], dropped)
            at = region.last
        else:
            paragraph = _paragraph(lines, at)
            if paragraph is not None:
                blocks.append(paragraph)
            elif lines[at].text.strip():
                dropped.append(Dropped("page_number", lines[at].text.strip(), Place(line=lines[at].number)))
            at += 1
    return blocks


def _with_rest(grid: Grid, lines: Sequence[Line], dropped: list[Dropped]) -> list[Block]:
    """The grid, and what its lines print that is in none of its cells: rulers and page numbers left out, all else as paragraphs."""
    blocks: list[Block] = [grid] if grid.cells else []
    held = squeeze("".join([c.text for c in grid.cells]))
    numbers = Counter(_NUMBERS.findall("\n".join([c.text for c in grid.cells])))
    # lines that are nothing but a number come last: a page is what no cell shows when all others have their numbers
    for line in sorted(lines, key=lambda line: line.text.strip().isdigit()):
        text = line.text.strip()
        if not text:
            continue
        lost = [n for n in _NUMBERS.findall(text) if not _taken(numbers, n)]
        words = [w for w in _WORDS.findall(text) if squeeze(w) not in held]
        if words:
            blocks.append(Paragraph(_MARKS.sub(" ", text).strip(), ((0, Place(line=line.number)),)))
        elif lost and text.isdigit():
            dropped.append(Dropped("page_number", text, Place(line=line.number)))
        elif not _WORDS.search(text) and not _NUMBERS.search(text) and squeeze(_MARKS.sub("", text)) not in held:
            dropped.append(Dropped("ruler", text, Place(line=line.number)))
    return blocks


def _taken(numbers: Counter[str], number: str) -> bool:
    numbers[number] -= 1
    return numbers[number] >= 0


def _pages(lines: list[Line], regions: list[Region]) -> list[PageSeen]:
    """Page numbers that stand between the paragraphs, in order."""
    inside = {i for region in regions for i in range(region.first, region.last)}
    found: list[PageSeen] = []
    for at, line in enumerate(lines):
        if 0 < len(line.text) <= _LONGEST_PAGE and at not in inside and (page := page_seen(line.text, line.number)) is not None:
            before = lines[at - 1].text.rstrip() if at else ""
            if _is_page_number(lines, at, line.text.strip()) or before.endswith(_SENTENCE_ENDS):
                found.append(page)
    return found


def _paragraph(lines: list[Line], at: int) -> Paragraph | None:
    line = lines[at]
    text = " ".join(line.text.split("\t")).strip() if "\t" in line.text else line.text.strip()
    if not text or _is_page_number(lines, at, text):
        return None
    return Paragraph(text, ((0, Place(line=line.number)),), line.level, joinable=True, indented=line.text.startswith(_INDENTS))


def _is_page_number(lines: list[Line], at: int, text: str) -> bool:
    # a bare number (`5`, `5/8`, `- 5`) is a page number where it stands apart from the text; 共受理 / 23 / 件 is prose broken by a converter
    if len(text) > 9 or not is_page_number(squeeze(text).removeprefix("-")):
        return False
    before = at == 0 or not lines[at - 1].text.strip() or lines[at].page_break
    after = at + 1 == len(lines) or not lines[at + 1].text.strip() or lines[at + 1].page_break
    return before or after
