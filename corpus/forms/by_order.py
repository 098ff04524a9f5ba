"""Cells of grids whose layout does not fix columns: headings in order, and the window of each row's values.

A row is claimed only if its window is certain: the values fill it, or rows printed alike, or the headings, show where it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from corpus.forms.cellvalue import UNITS, heading_money_unit, is_value
from corpus.forms.claims import Claim, Finding, GridReading, grid_reading
from corpus.forms.columns import (
    T3_COLUMNS,
    Columns,
    Heading,
    money_cells,
    row_codes,
    t2_columns,
    t3_columns,
    t3_first_field,
    t4_columns,
)
from corpus.forms.scanner import RowView, Scanner, Segment
from corpus.forms.wordings import match_label
from corpus.types import GridCell

_MAIN = frozenset({"t3.new", "t3.carried_in", "t3.carried_out"})
#: rows with their label right before the first column that show that the fields of headings and rows are the same
_FEWEST_ALIKE = 3
_RESULTS = frozenset({"t3.granted", "t3.partial", "t3.other", "t3.total"})


class _Pending(NamedTuple):
    """A row whose cells are assigned once all rows of the grid are known."""

    table: str
    row: str
    label: GridCell | None
    slots: tuple[GridCell, ...]
    width: int
    headings: tuple[Heading, ...]
    item_column: int | None


class _Bare(NamedTuple):
    """A column of ``table`` that has no heading, and a row that has a cell in it."""

    table: str
    column: str
    row: str


_Said = list[Claim | Finding | _Bare]


def read_text_grid(rows: Sequence[Sequence[GridCell]], scanner: Scanner) -> tuple[GridReading, Scanner]:
    """What the rows of one grid say, and what is known after them."""
    pending: list[_Pending] = []
    views: list[tuple[str, RowView]] = []
    findings: list[Claim | Finding] = []
    for cells in rows:
        view, scanner = scanner.read(cells)
        views.append((scanner.table, view))
        if view.kind == "data":
            pending += [_pend(view, segment, scanner) for segment in view.segments]
        elif view.kind == "values" and scanner.table == "t4":
            pending.append(_outcome_row(view, scanner))
            scanner = scanner.below_header()
        elif view.kind == "values" and scanner.table and sum(bool(c.text) for c in view.cells) >= 3:
            findings.append(_unlabelled_values(view, scanner.table))
    return grid_reading(views, [*findings, *_assigned(pending)]), scanner


def _quote(cells: Sequence[GridCell]) -> str:
    text = " ".join(c.text for c in cells if c.text)
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _unlabelled_values(view: RowView, table: str) -> Finding:
    """What is the matter with values in a row without a row label."""
    label = next((c.text for c in view.cells if c.text and not is_value(c.text)), "")
    hit = match_label(label) if label else None
    values = _quote(view.cells)
    if not label:
        message = f"{table}: the values {values} stand without a row label; they are not claimed, check the row in the source"
    elif hit is not None and hit.of("group", table) is not None:
        message = f"{table}: {values} gives values to a group of rows, which has no cells in the form; they are not claimed"
    else:
        message = f"{table}: “{label[:40]}” is no known row label; the values after it in {values} are not claimed"
    return Finding("cells_unassigned", message, view.cells, table=table)


def _pend(view: RowView, segment: Segment, scanner: Scanner) -> _Pending:
    headings = scanner.headings
    of_t2 = segment.label.tables[0] == "t2"
    items = [h for h in headings if h.label.code == "item"] if of_t2 or len(view.segments) > 1 else []
    item = items[0] if items else None
    if len(view.segments) > 1 and len(items) == len(view.segments):
        # blocks side by side: 信息内容 begins the headings of each
        item = items[segment.number]
        first = headings.index(item)
        after = [headings.index(i) for i in items if headings.index(i) > first]
        headings = headings[first : after[0] if after else len(headings)]
    label = view.cells[segment.at]
    return _Pending(
        segment.label.tables[0],
        segment.label.code,
        label,
        _without_unit(tuple([view.cells[i] for i in segment.slots])),
        len(view.cells),
        headings if segment.label.tables[0] == scanner.table else (),
        item.column if item is not None and item.column == label.column else None,
    )


def _without_unit(slots: tuple[GridCell, ...]) -> tuple[GridCell, ...]:
    """The slots without a unit (件, 项, 万元) that stands in a column of its own after the values."""
    last = next((i for i in range(len(slots) - 1, 0, -1) if slots[i].text), 0)
    return slots[:last] if slots and slots[last].text in UNITS and slots[last - 1].text else slots


def _outcome_row(view: RowView, scanner: Scanner) -> _Pending:
    cells = list(view.cells)
    first = next((i for i, c in enumerate(cells) if c.text), 0)
    if not any(ch.isdigit() for ch in cells[first].text) and len(cells[first].text) > 1 and not _is_dash(cells[first].text):
        cells = cells[first + 1 :]  # 数量 or 件数 before the values
    return _Pending("t4", "t4", None, tuple(cells), len(view.cells), scanner.headings, None)


def _is_dash(text: str) -> bool:
    return not any(c.isalnum() for c in text) or text == "无"


def window(slots: Sequence[GridCell], n: int, start: int | None, *, whole: bool = False) -> int | None:
    """Where the ``n`` values begin among ``slots``, or ``None`` where that is not certain.

    Args:
        slots: the cells after the row label, empty ones included.
        n: number of columns.
        start: where they begin in rows printed alike, or under the headings.
        whole: the slots are the whole printed row, so that ``n`` of them are all there is.
    """
    if len(slots) == n and n and slots[0].text and slots[-1].text:
        return 0
    filled = [i for i, c in enumerate(slots) if c.text]
    if filled:
        first, last = filled[0], filled[-1]
        if last - first + 1 == n:
            return first
        if last - first + 1 > n:
            return None
    else:
        first, last = len(slots), 0
    lowest, highest = max(0, last - n + 1), min(first, len(slots) - n)
    if start is not None:
        return start if lowest <= start <= highest else None
    return 0 if whole and len(slots) == n else None


def _full_at(slots: Sequence[GridCell], n: int) -> int | None:
    """Where the texts begin, if the first and the last of them are ``n`` places apart."""
    if len(slots) < n:
        return None
    if len(slots) == n:
        return 0 if slots[0].text and slots[-1].text else None
    filled = [i for i, c in enumerate(slots) if c.text]
    return filled[0] if filled and filled[-1] - filled[0] + 1 == n else None


def _level(row: str) -> int:
    return 0 if row in _MAIN else 1 if row in _RESULTS else 2


def _key(row: _Pending) -> tuple[int, int, int]:
    return _level(row.row), row.label.column if row.label else -1, row.width


def _assigned(pending: Sequence[_Pending]) -> list[Claim | Finding]:
    starts: dict[tuple[int, int, int], set[int]] = {}
    for row in pending:
        if row.table == "t3" and (first := _full_at(row.slots, len(T3_COLUMNS))) is not None:
            starts.setdefault(_key(row), set()).add(first)
    said: _Said = []
    fields_of: dict[tuple[Heading, ...], tuple[int, int] | None] = {}
    bare: bool | None = None  # whether nothing but values stands after the labels of table 3; found out when first asked for
    columns_of: dict[tuple[Heading, ...], Columns | None] = {}  # the rows under one header share them
    for row in pending:
        if not row.slots:
            if row.row != "t3.other":  # （六）其他处理 is a group of rows in the form since 2021
                said.append(_unassigned(row, "no value stands after its label"))
            continue
        if row.table == "t2":
            said += _of_t2(row)
            continue
        key = row.headings
        if key not in columns_of:
            columns_of[key] = t3_columns(row.headings) if row.table == "t3" else t4_columns(row.headings)
        columns = columns_of[key]
        if columns is None:
            said.append(_unassigned(row, "its column headings are not all known", code="column_unlabelled"))
            continue
        alike = starts.get(_key(row), set())
        start = columns.start if row.table == "t4" else next(iter(alike)) if len(alike) == 1 else None
        if start is None and row.table == "t3" and not alike and bare is None:
            bare = _only_values(pending)
        if start is None and row.table == "t3" and not alike and bare:
            start = 0
        if start is None and row.table == "t3" and not alike:
            if key not in fields_of:
                fields_of[key] = _same_fields(row.headings, pending)
            start = _field_start(row, fields_of[key])
        at = window(row.slots, len(columns.codes), start, whole=row.table == "t4")
        said += _claimed(row, columns, at)
    unlabelled: dict[tuple[str, str], list[str]] = {}
    for bare_column in said:
        if isinstance(bare_column, _Bare):
            unlabelled.setdefault((bare_column.table, bare_column.column), []).append(bare_column.row)
    found: list[Claim | Finding] = [s for s in said if not isinstance(s, _Bare)]
    for (table, column), rows in unlabelled.items():
        message = (
            f"column {column} of {table} has no heading: its cells in {len(rows)} row(s) are not claimed; check the heading"
        )
        why = f"column {column} of {table} has no heading, so that its cells are not claimed; check the heading"
        found.append(Finding("column_unlabelled", message, (), tuple(rows), why, table))
    return found


def _only_values(pending: Sequence[_Pending]) -> bool:
    """Whether every row of table 3 has exactly its columns after the label, so that no filler can stand among them.

    Labels of all levels must be among them: where each merged cell is printed once (as browsers copy tables), 一、本年新收…, （一）予以公开
    and 1.属于国家秘密 have one, two and three cells in front and seven after them.  Layouts that fill up rows, or cut off blank cells
    at their end, give rows of other lengths.
    """
    rows = [r for r in pending if r.table == "t3" and r.row != "t3.other"]
    ends_blank = any(r.slots and not r.slots[-1].text for r in rows)
    return (
        ends_blank
        and all(len(r.slots) == len(T3_COLUMNS) for r in rows)
        and all(sum(_level(r.row) == level for r in rows) >= 2 for level in (0, 1, 2))
    )


def _same_fields(headings: Sequence[Heading], pending: Sequence[_Pending]) -> tuple[int, int] | None:
    """First field of the values and number of fields, where headings and most rows have the same fields."""
    fields = t3_first_field(headings)
    if fields is None:
        return None
    rows = [r for r in pending if r.table == "t3" and r.headings == headings]
    next_to = sum(1 for r in rows if r.label is not None and r.width == fields[1] and r.label.column == fields[0] - 1)
    return fields if next_to >= _FEWEST_ALIKE and 2 * sum(r.width == fields[1] for r in rows) > len(rows) else None


def _field_start(row: _Pending, fields: tuple[int, int] | None) -> int | None:
    """Where the values of ``row`` begin among its slots, by the fields of the headings."""
    if fields is None or row.label is None or row.width != fields[1] or not row.slots:
        return None
    first, _ = fields
    if row.label.column != first - 1:
        # after a page break the merged cells in front may be gone and the row filled up at its end: `1.` in the field of （四）
        level = _level(row.row)
        if level == 2 or row.label.column != level:
            return None
    start = first - row.slots[0].column
    return start if start >= 0 and row.slots[-1].column == row.slots[0].column + len(row.slots) - 1 else None


def _of_t2(row: _Pending) -> _Said:
    first = next((h for h in row.headings if h.label.kind == "column"), None)
    after: int | None = None
    if row.item_column is not None and first is not None:
        item = next(h for h in row.headings if h.label.code == "item")
        after = first.column - row.item_column - 1 if item.row == first.row else None
    fits = t2_columns(row.row, row.headings, after)
    if not fits:
        return [_unassigned(row, "no heading of its columns is known", code="column_unlabelled")]
    under = _under_headings(row, fits[0][1]) if len(fits) == 1 else None
    if under is not None:
        return _claimed(row._replace(slots=under), fits[0][1], 0)
    sure = [(columns, at) for _, columns in fits if (at := window(row.slots, len(columns.codes), columns.start)) is not None]
    if len(sure) == 1:
        return _claimed(row, sure[0][0], sure[0][1])
    return _claimed(row, fits[0][1], None)


def _under_headings(row: _Pending, columns: Columns) -> tuple[GridCell, ...] | None:
    """The cell of each column, where a heading stands over several fields and one of these at most has a value.

    `本年增/减 |  | 处理决定数量` over `0 |  | 0 | 0`: what a converter leaves of merged cells, so that values do not stand side by side.
    """
    heads = sorted(
        (h for h in row.headings if h.label.kind == "column" and h.label.code in columns.codes), key=lambda h: h.column
    )
    if columns.missing or tuple(h.label.code for h in heads) != columns.codes or {h.width for h in heads} != {row.width}:
        return None
    ends = [*(min(h.column + h.span, after.column) for h, after in pairwise(heads)), heads[-1].column + heads[-1].span]
    if all(end - h.column == 1 for h, end in zip(heads, ends, strict=True)):
        return None
    fields = [[c for c in row.slots if h.column <= c.column < end] for h, end in zip(heads, ends, strict=True)]
    filled = [[c for c in some if c.text] for some in fields]
    if (
        not all(fields)
        or any(len(some) > 1 for some in filled)
        or sum(map(len, filled)) != sum(bool(c.text) for c in row.slots)
    ):
        return None
    return tuple((some or fields[k])[0] for k, some in enumerate(filled))


def _claimed(row: _Pending, columns: Columns, at: int | None) -> _Said:
    if at is None and not columns.missing:
        filled_slots = tuple(c for c in row.slots if c.text)
        if len(filled_slots) == len(columns.codes) > 1:
            # a value for each heading; the empty cells between them are what a converter left of merged ones
            row, at = row._replace(slots=filled_slots), 0
    if at is None:
        filled = sum(1 for c in row.slots if c.text)
        if filled or row.table != "t3":
            return [_unassigned(row, f"{filled} values for {len(columns.codes)} columns, and no certain place for them")]
        return []
    said: _Said = [_Bare(row.table, name, row.row) for name in columns.missing]
    codes, money = row_codes(row.row), money_cells()
    for column, cell in zip(columns.codes, row.slots[at:], strict=False):
        code = codes.get(column) if column is not None else None
        if code is not None and not cell.merged:
            said.append(Claim(code, cell, _money_unit(row.headings, column) if code in money else ""))
    return said


def _money_unit(headings: Sequence[Heading], column: str | None) -> str:
    texts = {h.label.code: h.text for h in headings}
    return heading_money_unit(texts.get(column or "", ""))


def _unassigned(row: _Pending, why: str, *, code: str = "cells_unassigned") -> Finding:
    cells = tuple(c for c in (row.label, *row.slots) if c is not None)
    message = f"row {row.row}: {why}; check {_quote(cells)} in the source"
    return Finding(code, message, cells, (row.row,), f"{row.table}: {why}", row.table)
