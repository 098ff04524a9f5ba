"""Blank cells of tables in columns of spaces: what is white space in a column that other rows fill.

``pdftotext -layout`` prints a blank cell as nothing but keeps the columns::

    一、本年新收政府信息公开申请数量    5    1    0    0         0    6
    二、上年结转政府信息公开申请数量    0    0    0    0    0    0    0

Programs differ in how wide they count a Chinese character, so that positions are taken in several measures; a row is filled up
only where every measure that fits the full rows says the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.labels import LabelHit, exact_label
from corpus.readers.assemble import FlowRow, Piece

_WIDE = re.compile(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]")
_WIDE_OR_AMBIGUOUS = re.compile(r"[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦“”‘’—…·×÷±−①-⑳]")
_T3_COLUMNS = 7
_T4_COLUMNS = 15
#: full rows that show where the columns of table 3 stand
_FULL_ROWS = 3

Range = tuple[int, int]
Measure = re.Pattern[str] | None
_MEASURES: tuple[Measure, ...] = (None, _WIDE, _WIDE_OR_AMBIGUOUS)


@dataclass(slots=True)
class _Table:
    """Columns of the table that is being read, one list of ranges for each measure (``None`` where they do not fit)."""

    name: str
    columns: list[list[Range] | None]


def fill_blanks(rows: Sequence[FlowRow], texts: Mapping[int, str]) -> list[FlowRow]:
    """The rows, with empty cells where the columns show them.

    Args:
        rows: rows as :func:`corpus.readers.assemble.assemble` gives them.
        texts: printed lines of the region by number.
    """
    third = _third(rows, texts)
    table: _Table | None = None
    out: list[FlowRow] = []
    for n, row in enumerate(rows):
        values = [p for p in row.cells if p.value]
        labels = [p for p in row.cells if not p.value]
        hit = exact_label(labels[-1].text) if labels else None
        if not values and not _is_row(hit):
            table = _header(table, row, rows, n, texts)
            out.append(row)
            continue
        columns = third if hit is not None and hit.of("row", "t3") else table.columns if table else None
        if hit is None and (table is None or table.name != "t4"):
            columns = None
        filled = _filled(row, labels, values, columns, texts) if columns else None
        if not values and n + 1 < len(rows) and all(p.value for p in rows[n + 1].cells):
            filled = None  # the values stand on the next line
        out.append(filled or row)
    return out


def _is_row(hit: LabelHit | None) -> bool:
    return hit is not None and hit.of("row") is not None and hit.of("column") is None and hit.of("row", "t3.other") is None


def _ranges(pieces: Sequence[Piece], texts: Mapping[int, str], measure: Measure) -> list[Range] | None:
    """Where pieces stand in their lines, in order; ``None`` where a piece is not printed as it is (joined from several)."""
    found: list[Range] = []
    line, at = -1, 0
    for piece in pieces:
        text = texts.get(piece.line, "")
        if piece.line != line:
            line, at = piece.line, 0
        start = text.find(piece.text, at)
        while start > 0 and not text[start - 1].isspace():
            start = text.find(piece.text, start + 1)
        if start < 0:
            return None
        at = start + len(piece.text)
        extra = 0 if measure is None else len(measure.findall(text, 0, start))
        width = len(piece.text) + (0 if measure is None else len(measure.findall(piece.text)))
        found.append((start + extra, start + extra + width))
    return found


def _third(rows: Sequence[FlowRow], texts: Mapping[int, str]) -> list[list[Range] | None] | None:
    """Columns of table 3, from the rows that print all seven values on the line of one piece of their label or alone."""
    full: list[list[Piece]] = []
    for row in rows:
        values = [p for p in row.cells if p.value]
        label = next((p for p in reversed(row.cells) if not p.value), None)
        hit = exact_label(label.text) if label is not None else None
        if len(values) == _T3_COLUMNS and hit is not None and hit.of("row", "t3") and len({p.line for p in values}) == 1:
            full.append(values)
    if len(full) < _FULL_ROWS:
        return None
    columns: list[list[Range] | None] = []
    for measure in _MEASURES:
        placed = [_ranges(values, texts, measure) for values in full]
        known = [p for p in placed if p is not None]
        joined = [(min(p[i][0] for p in known), max(p[i][1] for p in known)) for i in range(_T3_COLUMNS)] if known else []
        columns.append(joined if len(known) >= _FULL_ROWS and _apart(joined) else None)
    return columns if any(columns) else None


def _apart(columns: Sequence[Range]) -> bool:
    return all(a[1] < b[0] for a, b in zip(columns, columns[1:], strict=False))


def _header(table: _Table | None, row: FlowRow, rows: Sequence[FlowRow], at: int, texts: Mapping[int, str]) -> _Table | None:
    """The table after a row of headings: a block of table 2 or table 4 with the places of its headings."""
    hits = [(p, hit) for p in row.cells if (hit := exact_label(p.text)) is not None]
    if any(label.code == "item" for _, hit in hits for label in hit.labels):
        heads = [p for p, hit in hits if hit.of("column", "t2")]
        return _Table("t2", _heading_columns(heads, texts)) if heads else None
    if any(hit.of("group", "t2") for _, hit in hits):
        return None
    if any(hit.of("column", "t4") and not hit.of("column", "t3") for _, hit in hits):
        # headings of table 4 stand on two lines or more; those of every row so far count together
        heads = [
            p for r in rows[: at + 1] for p in r.cells if not p.value and (h := exact_label(p.text)) is not None and h.of("column", "t4")
        ]
        first = next((i for i, r in enumerate(rows) if any(_is_review(p) for p in r.cells)), 0)
        heads = [p for r in rows[first : at + 1] for p in r.cells if p in heads]
        if len(heads) == _T4_COLUMNS:
            return _Table("t4", _heading_columns(heads, texts))
        return None
    return table


def _is_review(piece: Piece) -> bool:
    hit = exact_label(piece.text)
    return hit is not None and hit.of("group", "t4") is not None


def _heading_columns(heads: Sequence[Piece], texts: Mapping[int, str]) -> list[list[Range] | None]:
    columns: list[list[Range] | None] = []
    for measure in _MEASURES:
        found: list[Range] = []
        for head in heads:
            # a heading wrapped over lines is as wide as its first piece
            first = _first_piece(head, texts)
            places = _ranges([first], texts, measure) if first is not None else None
            if places is None:
                break
            found += places
        columns.append(found if len(found) == len(heads) else None)
    return _distinct(columns, heads, texts)


def _distinct(
    columns: list[list[Range] | None], heads: Sequence[Piece], texts: Mapping[int, str]
) -> list[list[Range] | None]:
    """Headings of equal wording on one line (结果维持 twice) get the places of their own, from left to right."""
    out: list[list[Range] | None] = []
    for measure, found in zip(_MEASURES, columns, strict=True):
        if found is None:
            out.append(None)
            continue
        by_line: dict[int, list[Piece]] = {}
        for head in heads:
            first = _first_piece(head, texts)
            if first is not None:
                by_line.setdefault(head.line, []).append(first)
        placed: list[Range] = []
        for pieces in by_line.values():
            placed += _ranges(pieces, texts, measure) or []
        placed.sort()
        out.append(placed if len(placed) == len(heads) and _apart(placed) else None)
    return out


def _first_piece(head: Piece, texts: Mapping[int, str]) -> Piece | None:
    text = texts.get(head.line, "")
    for length in range(len(head.text), 0, -1):
        if head.text[:length] in text:
            return Piece(head.text[:length], head.line)
    return None


def _filled(
    row: FlowRow,
    labels: Sequence[Piece],
    values: Sequence[Piece],
    columns: Sequence[list[Range] | None],
    texts: Mapping[int, str],
) -> FlowRow | None:
    """The row with its blank cells, or ``None`` where it has none or their places are not certain."""
    counts = {len(c) for c in columns if c is not None}
    if len(counts) != 1 or len({p.line for p in values}) > 1:
        return None
    n = counts.pop()
    if len(values) >= n:
        return None
    answers: set[tuple[int, ...]] = set()
    for measure, places in zip(_MEASURES, columns, strict=True):
        if places is None:
            continue
        found = _ranges(values, texts, measure)
        answer = _placed(found, places) if found is not None else None
        if answer is None or not _left_free(labels, values, places, texts, measure):
            return None
        answers.add(answer)
    if len(answers) != 1:
        return None
    line = values[0].line if values else labels[-1].line
    at = dict(zip(answers.pop(), values, strict=True))
    return FlowRow((*labels, *(at.get(i, Piece("", line, value=True)) for i in range(n))))


def _placed(found: Sequence[Range], places: Sequence[Range]) -> tuple[int, ...] | None:
    """The column of each value: the only one it stands under; ``None`` where a value stands under none or two."""
    out: list[int] = []
    for start, end in found:
        under = [i for i, (a, b) in enumerate(places) if start < b and a < end]
        if len(under) != 1 or (out and under[0] <= out[-1]):
            return None
        out.append(under[0])
    return tuple(out)


def _left_free(
    labels: Sequence[Piece], values: Sequence[Piece], places: Sequence[Range], texts: Mapping[int, str], measure: Measure
) -> bool:
    """Whether the text before the values ends left of the first column, so that it has not pushed them to the right."""
    if not values:
        return bool(labels)
    text = texts.get(values[0].line, "")
    found = _ranges(values[:1], texts, None)
    if found is None:
        return False
    before = text[: found[0][0]].rstrip()
    return len(before) + (0 if measure is None else len(measure.findall(before))) <= places[0][0]
