"""Cells whose label was lost: claimed where the sums of the table leave one place for them (codebook, section 3, ``basis``).

Converters tear a table into pieces and print its labels apart from its values, or put words of their own over the columns
(``数据1``)::

    | 9 | 0 | 0 | 0 | 0 | 0 | 9 |
    （二）部分公开（区分处理的，只
    | 0 | 0 | 0 | 0 | 0 | 0 | 0 |

Rows of table 3 are in the order of the form.  An unlabelled row is the only one that it can be where between two rows with
labels stand as many rows as the form has there; seven values whose last is the sum of the others show the columns.  All of this
counts only if every sum of the whole table holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from corpus.codebook import APPLICANTS, FormName, result_rows
from corpus.forms.cellvalue import is_value, read_cell
from corpus.forms.claims import Claim, GridReading
from corpus.forms.columns import T3_COLUMNS, T4_GROUPS, T4_LEAVES
from corpus.forms.loose_values import lay_out
from corpus.forms.wordings import LabelMemo
from corpus.types import GridCell

_WIDTH = len(T3_COLUMNS)
_FIVE = len(T4_LEAVES)
_GROUPS = len(T4_GROUPS)
#: labels that mean a column as well as a row unless their number stands with them
_OPEN = frozenset({"t3.other_misc", "t3.total"})


class ValueRow(NamedTuple):
    """Values that stand in one printed row, and the code of the row label beside them, if any was read."""

    label: str
    cells: tuple[GridCell, ...]


class Rows(NamedTuple):
    """The rows of values of tables 3 and 4 in printed order, and the numbers of table 3 whatever stands beside them."""

    t3: tuple[ValueRow, ...]
    t4: tuple[ValueRow, ...]
    loose: tuple[GridCell, ...]


def rows_of_values(printed: Iterable[tuple[str, Sequence[GridCell]]], labels: LabelMemo) -> Rows:
    """The printed rows that hold values and may be rows of the table that is given beside each."""
    t3: list[ValueRow] = []
    t4: list[ValueRow] = []
    loose: list[GridCell] = []
    for table, cells in printed:
        if table == "t3":
            loose += [c for c in cells if c.text and not c.merged and is_value(c.text)]
            found = _value_row(cells, labels)
            if found is not None:
                t3.append(found)
        elif table == "t4":
            values = _strip([c for c in cells if not c.merged])
            if values and all(c.text and is_value(c.text) for c in values):
                t4.append(ValueRow("", tuple(values)))
    return Rows(tuple(t3), tuple(t4), tuple(loose))


def _value_row(cells: Sequence[GridCell], labels: LabelMemo) -> ValueRow | None:
    label = ""
    after = 0
    for i, cell in enumerate(cells):
        if cell.text and not is_value(cell.text):
            after = i + 1
            hit = labels[cell.text]
            row = hit.of("row", "t3") if hit is not None else None
            label = row.code if row is not None and hit is not None and (hit.enumerated or row.code not in _OPEN) else ""
    slots = [c for c in cells[after:] if not c.merged]
    if not any(c.text for c in slots):
        return None
    if after == 0 or not slots[0].text:
        slots = _strip(slots)
    elif len(slots) > _WIDTH and not any(c.text for c in slots[_WIDTH:]):
        slots = slots[:_WIDTH]
    return ValueRow(label, tuple(slots))


def _strip(cells: Sequence[GridCell]) -> list[GridCell]:
    filled = [i for i, c in enumerate(cells) if c.text]
    return list(cells[filled[0] : filled[-1] + 1]) if filled else []


def prove(rows: Rows, reading: GridReading) -> tuple[GridReading, frozenset[str]]:
    """The reading with the claims that the sums of tables 3 and 4 prove, and the codes of these cells.

    Nothing is added for a table that contradicts itself, or whose labels say otherwise.
    """
    claims = reading.claims
    t3, wrong = _prove_t3(rows.t3, claims)
    claims = tuple(claim for claim in claims if claim.code not in wrong)
    if not t3 and not any(claim.code.startswith("t3.") for claim in claims):
        t3 = _prove_loose(rows.loose)
        if not _labels_agree(rows.t3, t3):
            t3 = {}
    t4, wrong = _prove_t4(rows.t4, claims)
    found = {**t3, **t4}
    tables = {code[:2] for code in found}
    settled = ("cells_unassigned", "column_unlabelled")
    more = replace(
        reading,
        claims=(*(c for c in claims if c.code not in wrong), *(Claim(code, cell) for code, cell in found.items())),
        rows=reading.rows.union(code.rsplit(".", 1)[0] for code in t3),
        tables=reading.tables | tables,
        findings=tuple(f for f in reading.findings if f.table not in tables or f.code not in settled),
    )
    return more, frozenset(found)


#: cells that the sums prove, and the codes of claims by labels that they prove wrong
_Proved = tuple[dict[str, GridCell], frozenset[str]]
_NOTHING: _Proved = ({}, frozenset())


def _all_claimed(found: Mapping[str, GridCell], claims: Sequence[Claim]) -> bool:
    """Whether labels claim every one of the cells as what it was found to be, and nothing twice: mostly nothing is lost."""
    claimed = {claim.code: claim.cell for claim in claims}
    once = len({id(claim.cell) for claim in claims}) == len(claims) == len(claimed)
    return once and all(claimed.get(code) is cell for code, cell in found.items())


def _new(found: dict[str, GridCell], claims: Sequence[Claim], holds: Callable[[Mapping[str, GridCell]], bool]) -> _Proved:
    """The cells that labels do not claim, or claim wrongly, if the sums hold.

    Labels that name other cells are believed, and nothing is proved, unless by them the sums fail: a heading over fewer columns
    than it prints (``colspan="4"`` over five) moves those behind it.
    """
    if _all_claimed(found, claims) or not holds(found):
        return _NOTHING
    claimed: dict[str, GridCell] = {claim.code: claim.cell for claim in claims}
    places = {claim.cell: claim.code for claim in claims}
    other = frozenset(c for c, cell in found.items() if claimed.get(c, cell) != cell or places.get(cell, c) != c)
    if other and (not found.keys() <= claimed.keys() or holds(claimed)):
        return _NOTHING
    return {code: cell for code, cell in found.items() if code not in claimed or code in other}, other


# ---- table 3 -----------------------------------------------------------------------------------------------------------
def _prove_t3(rows: Sequence[ValueRow], claims: Sequence[Claim]) -> _Proved:
    rows = [r for r in rows if r.label or len(r.cells) == _WIDTH]
    if any(len(r.cells) != _WIDTH for r in rows) or not rows:
        return _NOTHING
    for form in _forms(rows):
        codes = _codes(form)
        placed = _placed(rows, codes)
        if placed is None:
            continue
        found = {
            f"{code}.{column}": cell for code, row in placed.items() for column, cell in zip(T3_COLUMNS, row.cells, strict=True)
        }
        return _new(found, claims, partial(_t3_holds, codes=codes, form=form))
    return _NOTHING


def _prove_loose(cells: Sequence[GridCell]) -> dict[str, GridCell]:
    """The cells of a table 3 whose numbers were printed apart from all labels: claimed if they can be one table only."""
    forms: tuple[FormName, ...] = ("2021", "2019")
    numbers = [n for c in cells if (n := read_cell(c.text).value) is not None and n >= 0]
    for form in forms:
        codes = _codes(form)
        if len(cells) != len(numbers) or len(numbers) != len(codes) * _WIDTH:
            continue
        laid = lay_out(numbers, len(codes), partial(_balanced, codes=codes, form=form))
        if laid is not None:
            return {
                f"{code}.{column}": cells[i]
                for code, row in zip(codes, laid, strict=True)
                for column, i in zip(T3_COLUMNS, row, strict=True)
            }
    return {}


def _labels_agree(rows: Sequence[ValueRow], found: Mapping[str, GridCell]) -> bool:
    """Whether each row label that was read stands before the first number of its row; before a whole page of numbers it says nothing."""
    return all(not row.label or len(row.cells) > _WIDTH or found.get(f"{row.label}.natural") == row.cells[0] for row in rows)


def _balanced(table: Sequence[Sequence[Decimal]], codes: Sequence[str], form: FormName) -> bool:
    """Whether in every column the results add up to the total, and what came in to what went out."""
    rows = dict(zip(codes, table, strict=True))
    for column in range(_WIDTH):
        results = sum((rows[code][column] for code in result_rows(form)), Decimal(0))
        new, before, total, after = (rows[f"t3.{name}"][column] for name in ("new", "carried_in", "total", "carried_out"))
        if results != total or new + before != total + after:
            return False
    return True


def _codes(form: FormName) -> tuple[str, ...]:
    """Codes of the rows of table 3 in the order of the form."""
    return ("t3.new", "t3.carried_in", *result_rows(form), "t3.total", "t3.carried_out")


def _forms(rows: Sequence[ValueRow]) -> tuple[FormName, ...]:
    labels = {r.label for r in rows}
    if labels & {"t3.other_uncorrected", "t3.other_unpaid", "t3.other_misc"}:
        return ("2021",)
    return ("2019",) if "t3.other" in labels else ("2021", "2019")


def _placed(rows: Sequence[ValueRow], codes: Sequence[str]) -> dict[str, ValueRow] | None:
    """The rows by code, where there is one way: as many rows as the form has, labels at their places."""
    if len(rows) != len(codes) or any(row.label and row.label != code for row, code in zip(rows, codes, strict=True)):
        return None
    return dict(zip(codes, rows, strict=True))


def _t3_holds(cells: Mapping[str, GridCell], codes: Sequence[str], form: FormName) -> bool:
    """Whether every sum of the table holds, and enough of them can be taken."""
    values = {code: [read_cell(cells[f"{code}.{column}"].text).value for column in T3_COLUMNS] for code in codes}
    checked = 0
    for row in values.values():
        whole = _sum(row[: len(APPLICANTS)])
        if whole is None or row[-1] is None:
            continue
        if whole != row[-1]:
            return False
        checked += 1
    for column in range(_WIDTH):
        results = _sum([values[code][column] for code in result_rows(form)])
        total, new, carried_in, carried_out = (
            values[f"t3.{name}"][column] for name in ("total", "new", "carried_in", "carried_out")
        )
        if results is not None and total is not None and results != total:
            return False
        if None not in (new, carried_in, total, carried_out) and _sum([new, carried_in]) != _sum([total, carried_out]):
            return False
    return 5 * checked >= 4 * len(values)


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total


# ---- table 4 -----------------------------------------------------------------------------------------------------------
def _prove_t4(rows: Sequence[ValueRow], claims: Sequence[Claim]) -> _Proved:
    cells = [c for row in rows for c in row.cells]
    whole = (
        len(rows) in (1, _GROUPS)
        and len(cells) == _GROUPS * _FIVE
        and all(len(r.cells) * len(rows) == len(cells) for r in rows)
    )
    if not whole:
        return _NOTHING
    codes = [f"t4.{group}.{leaf}" for group in T4_GROUPS for leaf in T4_LEAVES]
    found = dict(zip(codes, cells, strict=True))
    return _new(found, claims, _t4_holds)


def _t4_holds(cells: Mapping[str, GridCell]) -> bool:
    for group in T4_GROUPS:
        *parts, total = [read_cell(cells[f"t4.{group}.{leaf}"].text).value for leaf in T4_LEAVES]
        if total is None or _sum(parts) != total:
            return False
    return True
