"""Tables whose rows are lines: cells apart by TABs or by pipes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from corpus.datafile import later
from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label, is_label_start
from corpus.readers.plain.lines import Line, is_page_number
from corpus.readers.plain.repeated_merges import read_repeated
from corpus.text.headings import section_heading
from corpus.text.normalise import squeeze
from corpus.types import Grid, GridCell, Place

_RULER = later(r"^[\s|:+\-=]+$")
_GRID_RULER = later(r"^\s*\+(?:[-=: ]+\+)+\s*$")
_GLUED = later(r"\s*\d+(?:[ \u3000\xa0]+\d+)+\s*")
_TAB = later("\t")
_THOUSANDS = later(r"(?<!\d)[1-9]\d{0,2},\d{3}(?!\d)")
_PIPE = later(r"(?<!\\)[|｜]")
_SENTENCE = later(r"[。；！？]")
#: a cell of prose; the longest label of the forms has 34 characters, a remark of the agency may be longer
_PROSE_CELL = 60
_GAP = 4
#: a piece of a wrapped heading, with the spaces around it
_SCRAP = 10
_FEWEST_ROWS = 3
_FEWEST_VALUES = 5
_WIDEST = 400


@dataclass(frozen=True, slots=True)
class RowRun:
    """Lines ``first:last`` are rows of one table, its cells apart by ``mark`` (TAB, ``|`` or ``,``)."""

    first: int
    last: int
    mark: str

    @property
    def pipes(self) -> bool:
        """Whether the rows are Markdown."""
        return self.mark == "|"


def is_pipe_row(text: str) -> bool:
    """Whether a line is a Markdown table row (``| a | b |`` or ``a | b | c``)."""
    stripped = text.strip()
    count = stripped.count("|") + stripped.count("｜")
    return count >= 2 or (count == 1 and stripped[:1] in "|｜" and len(stripped) > 1)


def is_tab_row(text: str) -> bool:
    """Whether a line holds several cells apart by TABs.  A TAB before a single text is an indent or a cell of another layout."""
    return text.count("\t") >= 2 or "\t" in text.strip()


def _is_prose(text: str) -> bool:
    return len(text) > 20 and any(len(c) > _PROSE_CELL or _SENTENCE.search(c) for c in text.split("\t") if len(c) > 20)


def row_runs(lines: Sequence[Line]) -> list[RowRun]:
    """Runs of row lines, with the empty lines, page numbers and broken-off labels between their rows."""
    runs: list[RowRun] = []
    at = 0
    while at < len(lines):
        mark = _mark(lines[at].text)
        if not mark:
            at += 1
            continue
        last = _run_end(lines, at, mark)
        runs.append(RowRun(_run_start(lines, at, runs[-1].last if runs else 0), last, mark))
        at = last
    return [run for run in runs if _is_real(lines, run)]


def _run_start(lines: Sequence[Line], at: int, floor: int) -> int:
    # a heading over the whole table (第二十条第（一）项, 行政复议) has one cell and therefore no TAB
    first = at
    for probe in range(at - 1, max(floor, at - _GAP) - 1, -1):
        text = lines[probe].text
        if not text.strip():
            continue
        hit = exact_label(text)
        if hit is None or lines[probe].level or hit.of("row") is not None:
            break
        first = probe
    return first


def _mark(text: str, width: int = 0) -> str:
    """What keeps the cells of a row line apart, or nothing where it is no row."""
    if text.lstrip()[:1] == "+" and _GRID_RULER.match(text):
        return "|"
    if ("|" in text or "｜" in text) and (is_pipe_row(text) or _is_pipe_pair(text)):
        return "|"
    if "\t" in text and text.strip() and (is_tab_row(text) or _is_blank_row(text)) and not _is_prose(text):
        return "\t"
    if "," in text and _is_comma_row(text, width):
        return ","
    return ""


def _fields(text: str, mark: str) -> list[str]:
    """Cells of a line; ``"规章","0","1,024"`` has three."""
    if mark == "," and text.lstrip()[:1] == '"' and "\n" not in text:
        with suppress(csv.Error):  # a field of more than 131,072 characters
            return next(csv.reader([text.strip()]))
    return text.split(mark)


def _is_pipe_pair(text: str) -> bool:
    # `行政复议 | 行政诉讼`, `行政处罚 | 1207`, and the ruler `---|---` under them: rows of two cells without pipes around them
    left, _, right = text.replace("｜", "|").partition("|")
    if _RULER.match(text):
        return "--" in left and "--" in right
    if len(right) <= _SCRAP and len(left) <= _SCRAP and is_label_start(right):
        return True  # `企业 | 科研`: the end of one wrapped heading and the beginning of the next
    return exact_label(left) is not None and (is_value(right.strip()) or exact_label(right) is not None)


def _is_blank_row(text: str) -> bool:
    # `行政事业性收费<TAB><NBSP>`: the only cell of the row is blank
    hit = exact_label(text) if "\t" in text.lstrip() else None
    return hit is not None and hit.of("row") is not None and hit.of("column") is None


def _is_comma_row(text: str, width: int) -> bool:
    """``规章,0,0,0``: every field a label, a value or empty.

    ``行政许可,1,024`` is none (1,024 may be one number) unless it has as many fields as the rows before it.
    """
    fields = [field.strip() for field in _fields(text, ",")]
    if len(text) > _WIDEST or len(fields) < 2 or (_THOUSANDS.search(text) and len(fields) != width):
        return False
    known = False
    for field in fields:
        if field and not is_value(field):
            if exact_label(field) is None:
                return False
            known = True
    return known or len(fields) == width


def _run_end(lines: Sequence[Line], at: int, mark: str) -> int:
    end = at + 1
    probe = end
    width = len(_fields(lines[at].text, ",")) if mark == "," else 0
    while probe < len(lines) and probe - end <= _GAP:
        text = lines[probe].text
        if text.strip() and _mark(text, width) == mark:
            end = probe + 1
        elif text.strip() and not _may_stand_between(text):
            break
        probe += 1
    return end


def _may_stand_between(text: str) -> bool:
    """Page numbers and pieces of labels inside a table, but never a heading or prose."""
    squeezed = squeeze(text)
    if is_page_number(squeezed):
        return True
    return exact_label(text) is not None or (len(squeezed) <= 12 and is_label_start(text) and section_heading(text) is None)


def _is_real(lines: Sequence[Line], run: RowRun) -> bool:
    # one line with a TAB (落款\t2021年1月, an enumerator with a tab stop) is no table unless it holds a label of the forms
    rows = [lines[i].text for i in range(run.first, run.last) if lines[i].text.strip()]
    if run.mark == ",":
        return len(rows) >= _FEWEST_ROWS
    split = _PIPE if run.mark == "|" else _TAB
    if any(sum(len(c.split()) for c in split.split(row) if is_value(c.strip())) >= _FEWEST_VALUES for row in rows):
        return True  # a row that a converter tore from its table
    return len(rows) >= _FEWEST_ROWS or any(exact_label(c) is not None for row in rows for c in split.split(row) if c.strip())


def _unglued(texts: list[str]) -> list[str]:
    """The cells of a row, with several values in one cell (``1119 32``) apart where the sum of the row says so."""
    if not any(len(text) > 2 and text.lstrip()[:1].isdecimal() and _GLUED.fullmatch(text) for text in texts):
        return texts
    apart = [part for text in texts for part in (text.split() if _GLUED.fullmatch(text) else [text])]
    values = [int(t) for t in apart if t.strip().isdigit()]
    first = next(i for i, t in enumerate(apart) if t.strip().isdigit())
    tail = [t for t in apart[first:] if t.strip()]
    if len(values) not in (7, 15) or len(tail) != len(values):
        return texts
    groups = [values] if len(values) == 7 else [values[i : i + 5] for i in (0, 5, 10)]
    return [*apart[:first], *tail] if all(sum(g[:-1]) == g[-1] for g in groups) else texts


def _grid(rows: Sequence[tuple[Line, list[str]]]) -> Grid:
    rows = [(line, _unglued(texts)) for line, texts in rows]
    repeated = read_repeated([(line.number, texts) for line, texts in rows])
    if repeated is not None:
        return repeated
    cells: list[GridCell] = []
    for row, (line, texts) in enumerate(rows):
        place = Place(line=line.number)
        first = next((text.strip() for text in texts if text.strip()), "")
        leading = not (
            first and is_value(first)
        )  # the row of table 4 has no label: blank cells in front of its values are cells
        for column, text in enumerate(texts):
            stripped = text.strip()
            leading = leading and not stripped
            # nothing can be a cell before the first label of a row: the layout repeats a merged cell there
            merged = not stripped and leading
            cells.append(GridCell(row, column, stripped, 1, 1, place, merged))
    return Grid(tuple(cells), exact=False)


def read_rows(lines: Sequence[Line], mark: str) -> Grid:
    """The grid of lines whose cells are apart by ``mark``."""
    return read_pipe_rows(lines) if mark == "|" else read_tab_rows(lines, mark)


def read_tab_rows(lines: Sequence[Line], mark: str = "\t") -> Grid:
    """The grid of tab-separated lines.  Lone page numbers between rows are dropped; a label piece is a row of its own."""
    rows: list[tuple[Line, list[str]]] = []
    for line in lines:
        if not line.text.strip():
            continue
        if mark not in line.text and is_page_number(squeeze(line.text)):
            continue
        rows.append((line, _fields(line.text, mark)))
    return _grid(rows)


def read_pipe_rows(lines: Sequence[Line]) -> Grid:
    """The grid of Markdown rows; the ruler (``|---|---|``) is left out, a row of dashes (``| - | - |``) further down is not.

    It is never ``exact``: converters that drop spans fill up the row at its end and so shift its values."""
    if sum(1 for line in lines if _GRID_RULER.match(line.text)) > 1:
        return _grid(_grid_rows(lines))
    starts = [line.text.lstrip()[:1] in "|｜" for line in lines if _PIPE.search(line.text)]
    framed = 2 * sum(starts) >= len(starts)
    wrapped, last = False, 0
    rows: list[tuple[Line, list[str]]] = []
    bare: tuple[Line, str] | None = None  # a line without pipes, which may be the beginning of a wrapped heading
    for line in lines:
        text = line.text.strip()
        if not _PIPE.search(text):
            bare = (line, text) if text else bare
            if text and not framed and rows and rows[-1][1] and not rows[-1][1][-1].strip() and line.number == last + 1:
                wrapped = True  # `… | 12 |` and its last cell on the next line, or a page
            continue
        follows, last = line.number == last + 1, line.number
        if _RULER.match(text) and ("--" in text or (len(rows) == 1 and "-" in text)):
            continue
        cells = _pipe_cells(text, framed=framed)
        if follows and not framed and rows and not rows[-1][1][-1].strip() and is_value(cells[0].strip()):
            wrapped = True
            rows[-1][1][-1:] = cells  # a row without a label goes on with the one above, wrapped after a pipe
        elif bare is not None and _goes_on(bare[1], cells):
            rows.append((bare[0], [bare[1] + cells[0].strip(), *cells[1:]]))
        elif rows and text[0] not in "|｜" and _goes_on(rows[-1][1][-1], cells):
            rows[-1][1][-1] = rows[-1][1][-1].strip() + cells[0].strip()
            rows[-1][1].extend(cells[1:])
        elif rows and (whole := _wrapped_headings(rows[-1][1], cells)) is not None:
            rows[-1] = (rows[-1][0], whole)
        else:
            rows.append((line, cells))
        bare = None
    if wrapped:  # lines end where they are full: a pipe at the end of one is not surely a blank cell
        rows = [(line, cells if cells[-1].strip() else cells[:-1]) for line, cells in rows]
    return _grid(rows)


def _pipe_cells(text: str, *, framed: bool = True) -> list[str]:
    """Cells of a line; ``framed``: rows begin and end with a pipe, else ``规章 | 0 |`` has a blank cell at its end."""
    parts = _PIPE.split(text)
    if not framed:
        return [p.replace("\\|", "|") for p in parts]
    if not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip() and text[-1] in "|｜":
        parts = parts[:-1]
    return [p.replace("\\|", "|") for p in parts]


def _wrapped(above: str, below: str) -> str:
    # two numbers under each other are not one: 5 over 3 stays `5 3`, which reads as no number
    return f"{above} {below}" if above[-1:].isascii() and below[:1].isascii() and above and below else above + below


def _grid_rows(lines: Sequence[Line]) -> list[tuple[Line, list[str]]]:
    """Rows of a grid table (``+---+---+`` above and below each): texts wrapped over several lines are one cell."""
    rows: list[tuple[Line, list[str]]] = []
    fresh = True
    for line in lines:
        text = line.text.strip()
        if _RULER.match(text) and ("--" in text or "==" in text):
            fresh = True
        elif _PIPE.search(text):
            cells = _pipe_cells(text)
            if fresh or len(rows[-1][1]) != len(cells):
                rows.append((line, cells))
            else:
                rows[-1] = (rows[-1][0], [_wrapped(a.strip(), b.strip()) for a, b in zip(rows[-1][1], cells, strict=True)])
            fresh = False
    return rows


def _goes_on(end: str, cells: Sequence[str]) -> bool:
    """Whether a heading broken by a line end goes on in the next line: ``… | 科研`` and ``机构 | 社会公益组织``."""
    start, rest = end.strip(), cells[0].strip() if cells else ""
    if not start or not rest or not is_label_start(start) or exact_label(start) is not None or exact_label(rest) is not None:
        return False
    return exact_label(start + rest) is not None


def _wrapped_headings(above: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Headings that stand in two rows (``商业 | 科研 | 其他`` over ``企业 | 机构 |``), or ``None`` where these are two rows."""
    if len(above) != len(below) or any(len(text) > _SCRAP + 4 for text in below):
        return None
    pairs = [(a.strip(), b.strip()) for a, b in zip(above, below, strict=True)]
    broken = [(a, b) for a, b in pairs if b]
    if len(broken) < 2 or not all(a and exact_label(b) is None and exact_label(a + b) is not None for a, b in broken):
        return None
    return [a + b for a, b in pairs]
