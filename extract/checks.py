"""Arithmetic checks inside one report (codebook, section 3): the identities of tables 3 and 4.

A check that needs a cell without a value is ``not_checkable``: a blank cell is never read as 0.  The checks of prose stand in
:mod:`extract.prose_checks`; :func:`check_report` gives both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from corpus.codebook import APPLICANTS, FORM_NAMES, OUTCOMES, FormName, form_cells, result_rows
from corpus.types import Cell
from extract.join import cells_by_code
from extract.prose_checks import check_prose, plain
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
    if any(code.startswith("t3.other.") for code in cells):
        return "2019"
    if form == "2019":
        return "2019"
    if form == "2021":
        return "2021"
    only: dict[FormName, int] = {name: sum(code in form_cells(name) for code in cells) for name in FORM_NAMES}
    return max(FORM_NAMES, key=lambda name: (only[name], name))


def _value(cells: CellMap, code: str) -> Decimal | None:
    cell = cells.get(code)
    return cell.value if cell is not None and cell.state == "value" else None


def _terms(values: Sequence[Decimal | None]) -> str:
    """``14 + 3 + ?``: zero terms are left out of long sums, ``?`` stands for a cell without value."""
    shown = [v for v in values if v != 0] if len(values) > 2 else list(values)
    return " + ".join("?" if v is None else plain(v) for v in shown) or "0"


def _identity(cells: CellMap, name: str, left: Sequence[str], right: Sequence[str]) -> Check:
    """The check that the cells of ``left`` and those of ``right`` have the same sum."""
    a = [_value(cells, code) for code in left]
    b = [_value(cells, code) for code in right]
    printed_a, printed_b = [v for v in a if v is not None], [v for v in b if v is not None]
    sum_a = sum(printed_a, Decimal(0)) if len(printed_a) == len(a) else None
    sum_b = sum(printed_b, Decimal(0)) if len(printed_b) == len(b) else None
    verdict: CheckVerdict = "not_checkable"
    if sum_a is not None and sum_b is not None:
        verdict = "holds" if sum_a == sum_b else "fails"
    evidence = tuple(code for code in (*left, *right) if code in cells)
    return Check(name, f"{_terms(a)} = {_terms(b)}", sum_a, sum_b, verdict, evidence)


def check_tables(cells: Sequence[Cell], form: str) -> tuple[Check, ...]:
    """Every table check of the report's form, in the order balance, results, rows, table 4; empty without any cell."""
    by_code = cells_by_code(cells)
    name = table_form(by_code, form)
    if name is None:
        return ()
    columns = (*APPLICANTS, "total")
    results = result_rows(name)
    checks = [
        _identity(
            by_code,
            f"balance.{column}",
            (f"t3.new.{column}", f"t3.carried_in.{column}"),
            (f"t3.total.{column}", f"t3.carried_out.{column}"),
        )
        for column in columns
    ]
    checks += [
        _identity(by_code, f"results.{column}", (f"t3.total.{column}",), tuple(f"{row}.{column}" for row in results))
        for column in columns
    ]
    checks += [
        _identity(by_code, f"row.{row.removeprefix('t3.')}", (f"{row}.total",), tuple(f"{row}.{a}" for a in APPLICANTS))
        for row in ("t3.new", "t3.carried_in", *results, "t3.total", "t3.carried_out")
    ]
    checks += [
        _identity(by_code, row, (f"t4.{row}.total",), tuple(f"t4.{row}.{outcome}" for outcome in OUTCOMES))
        for row in ("review", "suit_direct", "suit_after_review")
    ]
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
