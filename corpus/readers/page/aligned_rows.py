"""Rows of table 3 where no line rules it: values stand in seven columns, labels are wrapped beside them.

A label may begin on the line of its values (text set at the top of its cell), stand around it or end on it::

    3.要求    43   0   1   3   4   0   51
    提供公
    开出版物

Where each piece begins says to which label it belongs; nothing is taken unless every row of values then has one known label, no two
rows have the same, and every column has its heading.  The rows are given on as lines with TABs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.forms.cellvalue import is_value
from corpus.forms.columns import T3_COLUMNS
from corpus.forms.wordings import exact_label, is_label_start
from corpus.readers.page.lines import GAP, Piece, TextLine
from corpus.readers.plain.narrow_labels import HEADINGS, holds_headings, stands_above
from corpus.text.headings import enumerator, section_heading

_WIDTH = len(T3_COLUMNS)
#: rows with all their values that show where the columns stand
_FEWEST_ROWS = 6
#: headings stand on so many lines over the first row
_HEADING_LINES = 9
#: stands for a label that is lost
_UNNAMED = "…"
#: pieces of one label begin, or have their middle, within so many ems of each other
_SAME = 0.9

Span = tuple[float, float]


@dataclass(slots=True)
class _Label:
    """A label put together from the pieces of lines ``first`` to ``last``."""

    text: str
    first: int
    last: int
    x0: float
    middle: float


def align_rows(lines: Sequence[TextLine], unnamed: int = 0) -> list[TextLine] | None:
    """The lines, with those of table 3 as one line of TAB-separated cells a row; ``None`` where that is not certain.

    ``unnamed``: of so many rows the label may be lost.
    """
    full = [n for n, line in enumerate(lines) if _all_values(line)]
    if len(full) < _FEWEST_ROWS:
        return None
    columns = _columns(lines, full)
    if columns is None:
        return None
    top = full[0]
    end = _end(lines, full[-1])
    labels, rows = _labels(lines, top, end, columns)
    placed: dict[int, _Label] = {}
    for n in rows:
        around = [label for label in labels if label.first <= n <= label.last and _is_row(label.text)]
        if around:
            placed[n] = max(around, key=lambda label: label.x0)
    if len(rows) - len(placed) > unnamed:
        return None
    if len({label.text for label in placed.values()}) < len(placed):
        return None
    heading = _heading(lines, top, columns)
    if heading is None:
        return None
    first, texts, rest = heading
    out = [*lines[:first], *rest, _line(lines[top - 1], ["", *texts])]
    used = {id(label) for label in placed.values()}
    for n in range(top, end):
        for label in labels:
            if label.first == n and id(label) not in used:
                # a row whose cells are all blank, or a group of rows; no row is blank while values have no label
                blank = len(placed) == len(rows) and _is_row(label.text) and label.last < end and not _names_group(label.text)
                out.append(_line(lines[n], [label.text, *([""] * _WIDTH)] if blank else [label.text]))
        if n in rows:
            # the sums of the table may prove a row whose label could not be put together
            out.append(_line(lines[n], [placed[n].text if n in placed else _UNNAMED, *rows[n]]))
    return [*out, *lines[end:]]


def label_apart(line: TextLine) -> TextLine:
    """A row whose label stands so near to its first value that they read as one (`行政规范性文件7`), with room between them."""
    label, *values = [text for text, _, _ in line.parts]
    hit = exact_label(label) if values and all(map(is_value, values)) else None
    return replace(line, text=GAP.join((label, *values))) if hit is not None and hit.of("row") is not None else line


def _line(line: TextLine, cells: Sequence[str]) -> TextLine:
    return replace(line, text="\t".join(cells), pieces=())


def _parts(line: TextLine) -> list[Piece]:
    """The pieces of a line, numbers apart that stand nearer to each other than words do (`35 1339`)."""
    out: list[Piece] = []
    for text, x0, x1 in line.parts:
        tokens = text.split(" ")
        if len(tokens) < 2 or not all(map(is_value, tokens)):
            out.append((text, x0, x1))
            continue
        step, at = (x1 - x0) / len(text), 0
        for token in tokens:
            out.append((token, x0 + at * step, x0 + (at + len(token)) * step))
            at += len(token) + 1
    return out


def _all_values(line: TextLine) -> bool:
    parts = _parts(line)
    values = [text for text, _, _ in parts if is_value(text)]
    return len(values) == _WIDTH and all(is_value(text) for text, _, _ in parts[-_WIDTH:])


def _columns(lines: Sequence[TextLine], full: Sequence[int]) -> list[Span] | None:
    """The seven columns, as the ranges that their values take in all full rows; ``None`` where they overlap."""
    spans = [(1e9, -1e9)] * _WIDTH
    for n in full:
        for k, (_, x0, x1) in enumerate(_parts(lines[n])[-_WIDTH:]):
            spans[k] = min(spans[k][0], x0), max(spans[k][1], x1)
    return spans if all(a[1] < b[0] for a, b in pairwise(spans)) else None


def _end(lines: Sequence[TextLine], last: int) -> int:
    """Where the lines of the table end: after the rest of the last label."""
    end = last + 1
    text = "".join(t for t, _, _ in lines[last].parts[:-_WIDTH][-1:])
    while end < len(lines) and end - last < 4:
        piece = lines[end].text
        if section_heading(piece) is not None or not (is_label_start(text + piece) or exact_label(text + piece) is not None):
            break
        text += piece
        end += 1
    return end


def _labels(
    lines: Sequence[TextLine], top: int, end: int, columns: Sequence[Span]
) -> tuple[list[_Label], dict[int, list[str]]]:
    """The labels of the table, and the values of each row by its line."""
    labels: list[_Label] = []
    rows: dict[int, list[str]] = {}
    start = max(0, top - 3)  # the label of the first row may begin above its values
    for n in range(start, end):
        values = [""] * _WIDTH
        for text, x0, x1 in _parts(lines[n]):
            k = next((k for k, (a, b) in enumerate(columns) if x0 < b + 1 and x1 > a - 1), None)
            if k is not None and is_value(text) and n >= top:
                values[k] = text
            elif x1 <= columns[0][0] + 1:
                _take(labels, text, n, x0, (x0 + x1) / 2, lines[n].em)
        if any(values):
            rows[n] = values
    return [label for label in labels if label.last >= top], rows


def _take(labels: list[_Label], text: str, n: int, x0: float, middle: float, em: float) -> None:
    """Put a piece to the label above it, or begin a new one."""
    near = [
        label
        for label in labels
        if 0 < n - label.last <= 3 and (abs(label.x0 - x0) < _SAME * em or abs(label.middle - middle) < _SAME * em)
    ]
    above = max(near, key=lambda label: label.last, default=None)
    begins = enumerator(text) is not None or exact_label(text) is not None
    if above is not None and not begins and (is_label_start(above.text + text) or exact_label(above.text + text) is not None):
        above.text += text
        above.last = n
    else:
        labels.append(_Label(text, n, n, x0, middle))


def _is_row(text: str) -> bool:
    hit = exact_label(text)
    return hit is not None and hit.of("row", "t3") is not None


def _names_group(text: str) -> bool:
    """Whether a row label of one form is the name of a group in the other (（六）其他处理), or may be a heading."""
    hit = exact_label(text)
    return hit is None or hit.of("group") is not None or hit.of("column") is not None or hit.labels[0].code == "t3.other"


def _heading(lines: Sequence[TextLine], top: int, columns: Sequence[Span]) -> tuple[int, list[str], list[TextLine]] | None:
    """First line of the headings, their texts by column, and the lines without them; ``None`` unless all seven are known."""
    middles = [(a + b) / 2 for a, b in columns]
    step = (middles[-1] - middles[0]) / (_WIDTH - 1)
    texts = [""] * _WIDTH
    rest: list[TextLine] = []
    for n in range(top - 1, max(-1, top - 1 - _HEADING_LINES), -1):
        line = lines[n]
        if section_heading(line.text) is not None:
            break
        kept: list[tuple[str, float, float]] = []
        for text, x0, x1 in line.parts:
            k = next((k for k, (a, b) in enumerate(columns) if x0 < b + 1 and x1 > a - 1), None)
            if k is not None and x1 - x0 < 1.4 * step and not is_value(text) and not _is_group(text):
                texts[k] = text + texts[k]
            else:
                kept.append((text, x0, x1))
        rest += [_line(line, [text]) for text, _, _ in reversed(kept)]
        if all(map(_is_column, texts)):
            above = lines[n - 1] if n else None
            goes_on = above is not None and section_heading(above.text) is None and not above.text.endswith(("。", "："))
            if not goes_on or n <= top - _HEADING_LINES:
                return n, texts, rest[::-1]
            first = n
            # lines above that hold nothing but the group headings and the note belong to the table too
            while first and section_heading(lines[first - 1].text) is None and top - first < _HEADING_LINES:
                if not all(_is_group(t) or is_label_start(t) for t, _, _ in lines[first - 1].parts):
                    break
                first -= 1
            return first, texts, [*(_line(x, [t]) for x in lines[first:n] for t, _, _ in x.parts), *rest[::-1]]
    return _torn_heading(lines, top)


def _torn_heading(lines: Sequence[TextLine], top: int) -> tuple[int, list[str], list[TextLine]] | None:
    """As :func:`_heading`, where narrow columns run into each other (`商业科研社会公`): their characters are those of the form."""
    first = top
    while first and top - first < _HEADING_LINES + 3 and section_heading(lines[first - 1].text) is None:
        first -= 1
    own: list[list[str]] = []
    rest: list[TextLine] = []
    for line in lines[first:top]:
        parts = [text for text, _, _ in line.parts]
        above = [text for text in parts if stands_above(text)]
        label = [text for text in parts if text not in above and is_label_start(text) and enumerator(text) is not None]
        own.append([text for text in parts if text not in above and text not in label])
        rest += [_line(line, [text]) for text in above]
    return (first, list(HEADINGS), rest) if holds_headings(own) else None


def _is_column(text: str) -> bool:
    hit = exact_label(text) if text else None
    return hit is not None and hit.of("column", "t3") is not None


def _is_group(text: str) -> bool:
    hit = exact_label(text)
    return hit is not None and hit.of("column") is None and hit.of("row") is None
