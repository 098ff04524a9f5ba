"""Blank cells of tables in columns of spaces: what is white space in a column that other rows fill.

``pdftotext -layout`` prints a blank cell as nothing but keeps the columns::

    一、本年新收政府信息公开申请数量    5    1    0    0         0    6
    （一）予以公开                      0    0    0    0    0    0    0

Other programs put the same few spaces between all values, so that a blank cell leaves no trace.  A row is filled up only where
rows with labels of different lengths prove that there are columns, and each of its values stands exactly in one of them.
Programs also differ in how wide they count a Chinese character: positions are taken in several measures, and all that fit the
full rows must say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.datafile import later
from corpus.forms.wordings import LabelHit, LabelMemo
from corpus.readers.plain.assemble import CellPiece, FlowRow

_WIDE = later(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]", "blank_columns.py: wide")
_WIDE_OR_AMBIGUOUS = later(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦“”‘’—…·×÷±−①-⑳]", "blank_columns.py: ambiguous")
_T3_COLUMNS = 7
_T4_COLUMNS = 15
#: rows with all values, and different lengths of their labels, that prove columns: table 2, table 3
_PROOF = {"t2": (2, 2), "t3": (3, 3)}
#: labels of 10, 11 and 12 characters prove nothing: values at a fixed distance from them stand in columns within the tolerance
_SPREAD = 5
#: values of table 4 that must stand under headings, there being one row only
_T4_VALUES = 5

Range = tuple[int, int]
Measure = re.Pattern[str] | None
_MEASURES: tuple[Measure, ...] = (None, _WIDE, _WIDE_OR_AMBIGUOUS)
#: how values stand in their column: (weight of start, weight of end, tolerance)
_MODES: dict[str, tuple[int, int, int]] = {"left": (1, 0, 0), "right": (0, 1, 0), "centre": (1, 1, 2)}
#: measure and mode
_Way = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with its values and what stands over them: ``heads`` are the headings of its block of table 2 or of table 4."""

    at: int
    table: str
    labels: tuple[CellPiece, ...]
    values: tuple[CellPiece, ...]
    heads: tuple[CellPiece, ...]


def fill_blanks(rows: Sequence[FlowRow], texts: Mapping[int, str], memo: LabelMemo, *, at_end: bool) -> list[FlowRow]:
    """The rows, with empty cells where the columns show them.

    Args:
        rows: rows as :func:`corpus.readers.plain.assemble.assemble` gives them.
        texts: printed lines of the region by number.
        memo: the labels of this reading.
        at_end: nothing follows the region in the file, which may be cut off inside the last row.
    """
    known = _known_rows(rows, memo)
    wanted = {r.at for r in known if len(r.values) < _size(r)}
    if not wanted:
        return list(rows)
    third = _third_anchors([r for r in known if r.table == "t3"], texts)
    second = _second_ways([r for r in known if r.table == "t2"], texts)
    out = list(rows)
    for row in known:
        if row.at not in wanted or (not row.values and (at_end and row.at == len(rows) - 1)):
            continue
        if row.at + 1 < len(rows) and all(p.value for p in rows[row.at + 1].cells):
            continue  # the values stand on the next line, or some of them
        if not row.values and row.labels[-1].text.count("（") > row.labels[-1].text.count("）"):
            continue  # the rest of the label, and its values, stand elsewhere
        if any(_is_lone(texts.get(p.line + n, "")) for p in (row.values or row.labels)[-1:] for n in (-1, 1)):
            continue  # a number right above or below may be one of its values, printed out of line
        if not row.values:
            answer: tuple[int, ...] | None = () if (third if row.table == "t3" else row.table == "t2") else None
        elif row.table == "t3":
            answer = _placed_all(row, third, texts)
        else:
            ways = second if row.table == "t2" else {(m, mode) for m in range(len(_MEASURES)) for mode in _MODES}
            answer = _placed_all(row, _head_anchors(row.heads, ways, texts), texts)
            if row.table == "t4" and answer is not None and not _inner_blanks(answer):
                answer = None
        if answer is not None:
            line = row.values[0].line if row.values else row.labels[-1].line
            at = dict(zip(answer, row.values, strict=True))
            out[row.at] = FlowRow((*row.labels, *(at.get(i, CellPiece("", line, value=True)) for i in range(_size(row)))))
    return out


def _is_lone(line: str) -> bool:
    return line.strip().isdigit()


def _inner_blanks(answer: Sequence[int]) -> bool:
    # without other rows only a gap between two values is proof: values apart by a fixed number of spaces leave none
    return len(answer) >= _T4_VALUES and answer[0] == 0 and answer[-1] == _T4_COLUMNS - 1


def _size(row: _Row) -> int:
    return _T3_COLUMNS if row.table == "t3" else len(row.heads)


def _is_row(hit: LabelHit | None, table: str) -> bool:
    return hit is not None and hit.of("row", table) is not None and (hit.enumerated or hit.of("column") is None)


def _known_rows(rows: Sequence[FlowRow], memo: LabelMemo) -> list[_Row]:
    """Rows of which the table and the columns are known, in order."""
    known: list[_Row] = []
    heads: tuple[CellPiece, ...] = ()
    fourth: list[CellPiece] = []
    in_fourth = False
    for at, row in enumerate(rows):
        values = tuple(p for p in row.cells if p.value)
        labels = tuple(p for p in row.cells if not p.value)
        hits = [(p, hit) for p in labels if (hit := memo[p.text]) is not None]
        last = hits[-1][1] if hits and hits[-1][0] is labels[-1] else None
        if _is_row(last, "t3"):
            if values or not _may_be_group(memo[labels[-1].text]):
                known.append(_Row(at, "t3", labels, values, ()))
        elif _is_row(last, "t2"):
            if heads:
                known.append(_Row(at, "t2", labels, values, heads))
        elif not values:
            if any(label.code == "item" for _, hit in hits for label in hit.labels):
                heads = tuple(p for p, hit in hits if hit.of("column", "t2"))
            elif any(hit.of("group", "t2") for _, hit in hits):
                heads = ()
            in_fourth = in_fourth or any(hit.of("group", "t4") for _, hit in hits)
            if in_fourth:
                fourth += [p for p, hit in hits if hit.of("column", "t4")]
        elif in_fourth and not labels and len(fourth) == _T4_COLUMNS:
            known.append(_Row(at, "t4", labels, values, tuple(fourth)))
    return known


def _may_be_group(hit: LabelHit | None) -> bool:
    return hit is None or any(label.code == "t3.other" for label in hit.labels)


def _ranges(pieces: Sequence[CellPiece], texts: Mapping[int, str], measure: Measure) -> list[Range] | None:
    """Where pieces stand in their lines, in order; ``None`` where a piece is not printed as it is (joined from several)."""
    found: list[Range] = []
    line, at = -1, 0
    for piece in pieces:
        text = texts.get(piece.line, "")
        if piece.line != line:
            line, at = piece.line, 0
        start = text.find(piece.text, at)
        while start >= 0 and not _stands_alone(text, start, start + len(piece.text)):
            start = text.find(piece.text, start + 1)
        if start < 0:
            return None
        at = start + len(piece.text)
        extra = 0 if measure is None else len(measure.findall(text, 0, start))
        width = len(piece.text) + (0 if measure is None else len(measure.findall(piece.text)))
        found.append((start + extra, start + extra + width))
    return found


def _stands_alone(text: str, start: int, end: int) -> bool:
    # the value 1 is not the 1 of `1.属于国家秘密`
    return (start == 0 or text[start - 1].isspace()) and (end == len(text) or text[end].isspace())


def _anchors(ranges: Sequence[Range], mode: str) -> list[int]:
    start, end, _ = _MODES[mode]
    return [start * a + end * b for a, b in ranges]


def _same(a: Sequence[int], b: Sequence[int], mode: str) -> bool:
    return all(abs(x - y) <= _MODES[mode][2] for x, y in zip(a, b, strict=True))


def _label_end(row: _Row, texts: Mapping[int, str], measure: Measure) -> int:
    """Where the text before the values ends."""
    text = texts.get(row.values[0].line, "")
    first = _ranges(row.values[:1], texts, None)
    before = text[: first[0][0]].rstrip() if first else ""
    return len(before) + (0 if measure is None else len(measure.findall(before)))


def _proved(rows: Sequence[_Row], table: str, texts: Mapping[int, str], measure: Measure) -> bool:
    count, lengths = _PROOF[table]
    ends = {_label_end(r, texts, measure) for r in rows}
    return len(rows) >= count and len(ends) >= lengths and max(ends) - min(ends) >= _SPREAD


def _third_anchors(rows: Sequence[_Row], texts: Mapping[int, str]) -> dict[_Way, list[int]]:
    """Places of the columns of table 3 in every measure and mode in which all full rows agree."""
    full = [r for r in rows if len(r.values) == _T3_COLUMNS and len({p.line for p in r.values}) == 1]
    out: dict[_Way, list[int]] = {}
    for m, measure in enumerate(_MEASURES):
        placed = [p for r in full if (p := _ranges(r.values, texts, measure)) is not None]
        if len(placed) < len(full) or not _proved(full, "t3", texts, measure):
            continue
        for mode in _MODES:
            anchors = [_anchors(p, mode) for p in placed]
            if all(_same(anchors[0], other, mode) for other in anchors):
                out[(m, mode)] = anchors[0]
    return out


def _second_ways(rows: Sequence[_Row], texts: Mapping[int, str]) -> set[_Way]:
    """Measures and modes in which the values of every full row of table 2 stand under their headings."""
    full = [r for r in rows if len(r.values) == len(r.heads) > 1 and len({p.line for p in r.values}) == 1]
    ways: set[_Way] = set()
    for m, measure in enumerate(_MEASURES):
        if not _proved(full, "t2", texts, measure):
            continue
        for mode in _MODES:
            good = True
            for row in full:
                places = _ranges(row.values, texts, measure)
                heads = _head_anchors(row.heads, {(m, mode)}, texts).get((m, mode))
                good = good and places is not None and heads is not None and _same(_anchors(places, mode), heads, mode)
            if good:
                ways.add((m, mode))
    return ways


def _head_anchors(heads: Sequence[CellPiece], ways: set[_Way], texts: Mapping[int, str]) -> dict[_Way, list[int]]:
    """Places of headings, from left to right; one wrapped over lines stands where its first line does."""
    first: list[CellPiece] = []
    for head in heads:
        text = texts.get(head.line, "")
        length = next((n for n in range(len(head.text), 0, -1) if head.text[:n] in text), 0)
        first.append(CellPiece(head.text[:length], head.line))
    first.sort(key=lambda p: p.line)
    out: dict[_Way, list[int]] = {}
    for m, mode in ways:
        ranges = _ranges(first, texts, _MEASURES[m])
        if ranges is not None:
            ranges.sort()
            if all(a[1] < b[0] for a, b in pairwise(ranges)):
                out[(m, mode)] = _anchors(ranges, mode)
    return out


def _placed_all(row: _Row, anchors: Mapping[_Way, Sequence[int]], texts: Mapping[int, str]) -> tuple[int, ...] | None:
    """Columns of the row's values, if every way that can place them gives the same."""
    answers: set[tuple[int, ...]] = set()
    if len({p.line for p in row.values}) != 1:
        return None
    for (m, mode), columns in anchors.items():
        ranges = _ranges(row.values, texts, _MEASURES[m])
        answer = _placed(_anchors(ranges, mode), columns, mode) if ranges is not None else None
        if answer is not None:
            answers.add(answer)
    return answers.pop() if len(answers) == 1 else None


def _placed(values: Sequence[int], columns: Sequence[int], mode: str) -> tuple[int, ...] | None:
    out: list[int] = []
    for value in values:
        under = [i for i, column in enumerate(columns) if abs(value - column) <= _MODES[mode][2]]
        if len(under) != 1 or (out and under[0] <= out[-1]):
            return None
        out.append(under[0])
    return tuple(out)
