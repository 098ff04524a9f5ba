"""Arithmetic checks inside one report (codebook, section 3): the identities of tables 3 and 4.

A check that needs a cell without a value is ``not_checkable``: a blank cell is never read as 0.  The checks of prose stand in
:mod:`extract.against_tables.prose_checks`; :func:`check_report` gives both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from corpus.codebook import APPLICANTS, FORM_NAMES, OUTCOMES, FormName, form_cells, result_rows
from corpus.types import Cell
from extract.against_tables.join import cells_by_code
from extract.against_tables.prose_checks import check_prose, plain
from extract.types import Check, CheckVerdict, Mention

CellMap = Mapping[str, Cell]


def table_form(cells: CellMap, form: str) -> FormName | None:
    """The form whose identities hold for tables 3 and 4, or ``None`` without any cell.

    The rows of table 3 decide, because a report of the form ``mixed`` may take table 2 from another year; where they are cut
    off, the form of the report, and at last the columns of table 2.
    """
    if not cells:
        return None
    if any(code.startswith("t3.other_") for code in cells):
        return "2021"
    if folded(cells):
        return "2021" if form == "2021" else "2019"
    if form == "2019":
        return "2019"
    if form == "2021":
        return "2021"
    only: dict[FormName, int] = {name: sum(code in form_cells(name) for code in cells) for name in FORM_NAMES}
    return max(FORM_NAMES, key=lambda name: (only[name], name))


def folded(cells: CellMap) -> bool:
    """Whether 其他处理 stands as one row: that of the form of 2019, which agencies still print in the form of 2021."""
    return any(code.startswith("t3.other.") for code in cells) and not any(code.startswith("t3.other_") for code in cells)


@dataclass(frozen=True, slots=True)
class _Identity:
    """Cells of ``left`` and cells of ``right`` have the same sum; ``zeros`` is the expression where every cell is 0."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    codes: tuple[str, ...]
    cells: frozenset[str]
    zeros: str


@cache
def _identities(form: FormName, one_row: bool = False) -> tuple[_Identity, ...]:
    """All identities of tables 3 and 4 of a form, in the order of the checks.

    ``one_row``: the three rows of 其他处理 stand as one, which takes their place in the sums and has a check of its own.
    """

    def identity(name: str, left: tuple[str, ...], right: tuple[str, ...]) -> _Identity:
        zeros = f"{_terms([Decimal(0)] * len(left))} = {_terms([Decimal(0)] * len(right))}"
        return _Identity(name, left, right, (*left, *right), frozenset((*left, *right)), zeros)

    columns = (*APPLICANTS, "total")
    results = result_rows(form)
    summed = (*(r for r in results if not r.startswith("t3.other_")), "t3.other") if one_row else results
    rows = ("t3.new", "t3.carried_in", *results, *(("t3.other",) if one_row else ()), "t3.total", "t3.carried_out")
    return (
        *(
            identity(
                f"balance.{column}",
                (f"t3.new.{column}", f"t3.carried_in.{column}"),
                (f"t3.total.{column}", f"t3.carried_out.{column}"),
            )
            for column in columns
        ),
        *(
            identity(f"results.{column}", (f"t3.total.{column}",), tuple(f"{row}.{column}" for row in summed))
            for column in columns
        ),
        *(
            identity(f"row.{row.removeprefix('t3.')}", (f"{row}.total",), tuple(f"{row}.{a}" for a in APPLICANTS))
            for row in rows
        ),
        *(
            identity(row, (f"t4.{row}.total",), tuple(f"t4.{row}.{outcome}" for outcome in OUTCOMES))
            for row in ("review", "suit_direct", "suit_after_review")
        ),
    )


def _terms(values: Sequence[Decimal | None]) -> str:
    """``14 + 3 + ?``: zero terms are left out of long sums, ``?`` stands for a cell without value."""
    shown = [v for v in values if v or v is None] if len(values) > 2 else values
    return " + ".join(["?" if v is None else plain(v) for v in shown]) or "0"


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [v for v in values if v is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def check_tables(cells: Sequence[Cell], form: str) -> tuple[Check, ...]:
    """Every table check of the report's form, in the order balance, results, rows, table 4; empty without any cell."""
    by_code = cells_by_code(cells)
    name = table_form(by_code, form)
    if name is None:
        return ()
    values = {code: cell.value for code, cell in by_code.items() if cell.state == "value" and cell.value is not None}
    others = {code for code, value in values.items() if value}
    zero = Decimal(0)
    checks = []
    for identity in _identities(name, name == "2021" and folded(by_code)):
        if others.isdisjoint(identity.codes) and values.keys() >= identity.cells:  # most rows of most reports
            checks.append(Check(identity.name, identity.zeros, zero, zero, "holds", identity.codes))
            continue
        a, b = list(map(values.get, identity.left)), list(map(values.get, identity.right))
        sum_a, sum_b = _sum(a), _sum(b)
        verdict: CheckVerdict
        if sum_a is None or sum_b is None:
            verdict = "not_checkable"
            evidence = tuple([code for code in identity.codes if code in by_code])
        else:  # every cell has a value, so that every cell stands in the file
            verdict = "holds" if sum_a == sum_b else "fails"
            evidence = identity.codes
        checks.append(Check(identity.name, f"{_terms(a)} = {_terms(b)}", sum_a, sum_b, verdict, evidence))
    return tuple(checks)


def check_report(mentions: Sequence[Mention], cells: Sequence[Cell], form: str, text: str) -> tuple[Check, ...]:
    """Table checks, then prose checks in text order.

    Args:
        mentions: all mentions of the report, in text order.
        cells: all cells that stand in the file.
        form: form of the report.
        text: canonical text that the offsets of ``mentions`` refer to.
    """
    return (*check_tables(cells, form), *check_prose(mentions, text))
