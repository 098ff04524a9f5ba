"""Tables whose rows are lines: cells apart by TABs or by pipes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.cellvalue import is_value
from corpus.headings import section_heading
from corpus.labels import exact_label, is_label_start
from corpus.normalise import squeeze
from corpus.readers.markup import Line, is_page_number
from corpus.types import Grid, GridCell, Place

_RULER = re.compile(r"^[\s|:+\-=]+$")
_PIPE = re.compile(r"(?<!\\)[|｜]")
_SENTENCE = re.compile(r"[。；！？]")
#: a cell of prose; the longest label of the forms has 34 characters, a remark of the agency may be longer
_PROSE_CELL = 60
_GAP = 4


@dataclass(frozen=True, slots=True)
class RowRun:
    """Lines ``first:last`` are rows of one table; ``pipes``: Markdown."""

    first: int
    last: int
    pipes: bool


def is_pipe_row(text: str) -> bool:
    """Whether a line is a Markdown table row (``| a | b |`` or ``a | b | c``)."""
    stripped = text.strip()
    count = stripped.count("|") + stripped.count("｜")
    return count >= 2 or (count == 1 and stripped[:1] in "|｜" and len(stripped) > 1)


def is_tab_row(text: str) -> bool:
    """Whether a line holds several cells apart by TABs.  A TAB before a single text is an indent or a cell of another layout."""
    return text.count("\t") >= 2 or "\t" in text.strip()


def _is_prose(text: str) -> bool:
    return any(len(cell) > _PROSE_CELL or (len(cell) > 20 and _SENTENCE.search(cell)) for cell in text.split("\t"))


def row_runs(lines: Sequence[Line]) -> list[RowRun]:
    """Runs of row lines, with the empty lines, page numbers and broken-off labels between their rows."""
    runs: list[RowRun] = []
    at = 0
    while at < len(lines):
        text = lines[at].text
        pipes = "|" in text or "｜" in text
        if not ((pipes and is_pipe_row(text)) or ("\t" in text and _tab_start(lines, at))):
            at += 1
            continue
        pipes = pipes and is_pipe_row(text)
        last = _run_end(lines, at, pipes=pipes)
        runs.append(RowRun(at, last, pipes))
        at = last
    return _real(lines, runs)


def _tab_start(lines: Sequence[Line], at: int) -> bool:
    text = lines[at].text
    return bool(text.strip()) and is_tab_row(text) and not _is_prose(text)


def _run_end(lines: Sequence[Line], at: int, *, pipes: bool) -> int:
    end = at + 1
    probe = end
    while probe < len(lines) and probe - end <= _GAP:
        text = lines[probe].text
        row = is_pipe_row(text) if pipes else (is_tab_row(text) and not _is_prose(text) and bool(text.strip()))
        if row:
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


def _real(lines: Sequence[Line], runs: list[RowRun]) -> list[RowRun]:
    # one line with a TAB (落款\t2021年1月, an enumerator with a tab stop) is no table unless it holds a label of the forms
    real = []
    for run in runs:
        rows = [lines[i].text for i in range(run.first, run.last) if lines[i].text.strip()]
        split = _PIPE if run.pipes else re.compile("\t")
        if len(rows) >= 3 or any(exact_label(c) is not None for row in rows for c in split.split(row) if c.strip()):
            real.append(run)
    return real


def _grid(rows: Sequence[tuple[Line, list[str]]], *, exact: bool) -> Grid:
    cells: list[GridCell] = []
    for row, (line, texts) in enumerate(rows):
        place = Place(line=line.number)
        leading = True
        for column, text in enumerate(texts):
            stripped = text.strip()
            leading = leading and not stripped
            # nothing can be a cell before the first label of a row: the layout repeats a merged cell there
            merged = not stripped and leading and not exact
            cells.append(GridCell(row, column, stripped, place=place, merged=merged))
    return Grid(tuple(cells), exact)


def read_tab_rows(lines: Sequence[Line]) -> Grid:
    """The grid of tab-separated lines.  Lone page numbers between rows are dropped; a label piece is a row of its own."""
    rows: list[tuple[Line, list[str]]] = []
    for line in lines:
        if not line.text.strip():
            continue
        if "\t" not in line.text and is_page_number(squeeze(line.text)):
            continue
        rows.append((line, line.text.rstrip("\n").split("\t")))
    return _grid(rows, exact=False)


def read_pipe_rows(lines: Sequence[Line]) -> Grid:
    """The grid of Markdown rows; the ruler (``|---|---|``) is left out, a row of dashes (``| - | - |``) further down is not.

    It is never ``exact``: converters that drop spans fill up the row at its end and so shift its values."""
    rows: list[tuple[Line, list[str]]] = []
    for line in lines:
        text = line.text.strip()
        if not _PIPE.search(text) or (_RULER.match(text) and ("--" in text or (len(rows) == 1 and "-" in text))):
            continue
        parts = _PIPE.split(text)
        if not parts[0].strip():
            parts = parts[1:]
        if parts and not parts[-1].strip() and text[-1] in "|｜":
            parts = parts[:-1]
        rows.append((line, [p.replace("\\|", "|") for p in parts]))
    return _grid(rows, exact=False)


def spaced_values(text: str) -> tuple[str, list[str]]:
    """``text`` cut into what stands before its final run of values, and the values.

    >>> spaced_values("（一） 予以公开   9 0 0")
    ('（一） 予以公开', ['9', '0', '0'])
    """
    tokens = text.split()
    n = len(tokens)
    while n and is_value(tokens[n - 1]):
        n -= 1
    if n == len(tokens):
        return text.strip(), []
    if n == 0:
        return "", tokens
    head = text
    for token in reversed(tokens[n:]):
        head = head.rstrip()[: -len(token)]
    return head.strip(), tokens[n:]
