"""The join of prose with table cells (codebook, section 3).

``join_report`` gives one row for every mention of a class B indicator, compared where it is comparable (scope ``total``, period
``year``, no range), and one for each of the four counts that a table shows above zero while the narrative is silent.

Decisions where the codebook leaves room:

- Rows ``prose_only`` exist for mentions whose indicator is of class B.  An indicator of class C has no counterpart in any
  form, so that a row for each of its mentions would say nothing.
- A dash is, like white space, no value: a row of dashes is left out of a sum.  An ``unreadable`` cell hides a value, so that
  with one in the sum there is no comparison.
- ``one_row`` and ``other_row`` are asked only of values other than 0, because some row almost always has a total of 0;
  ``other_row`` only of results and their total, because 收到 or 结转 are no results that could have been entered one row lower.
- ``pending`` is asked of reviews, lawsuits and their sum: only table 4 counts cases pending.
- ``prose_value`` is in the unit of the cells: `2510元` beside a column of 万元 is 0.251.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from corpus.codebook import APPLICANTS, all_cells
from corpus.records import quick_init
from corpus.types import Cell
from extract.types import ExplainedBy, Join, Mention

CellMap = Mapping[str, Cell]
RowState = Literal["value", "empty", "unreadable", "absent"]

# indicator -> rows of table 3 whose totals are added
_ROWS: dict[str, tuple[str, ...]] = {
    "request.answered": ("t3.total",),
    "request.granted": ("t3.granted",),
    "request.partial": ("t3.partial",),
    "request.denied": (
        "t3.denied_secret",
        "t3.denied_law",
        "t3.denied_security",
        "t3.denied_third_party",
        "t3.denied_internal",
        "t3.denied_process",
        "t3.denied_enforcement",
        "t3.denied_inquiry",
    ),
    "request.unavailable": ("t3.unavailable_not_held", "t3.unavailable_needs_creation", "t3.unavailable_unclear"),
    "request.rejected": (
        "t3.rejected_petition",
        "t3.rejected_repeat",
        "t3.rejected_publication",
        "t3.rejected_excessive",
        "t3.rejected_confirm",
    ),
    "request.disclosed": ("t3.granted", "t3.partial"),
    "request.carried_in": ("t3.carried_in",),
    "request.carried_out": ("t3.carried_out",),
}
_OTHER_2019 = ("t3.other",)
_OTHER_2021 = ("t3.other_uncorrected", "t3.other_unpaid", "t3.other_misc")
_RESULTS: tuple[str, ...] = (
    *_ROWS["request.granted"],
    *_ROWS["request.partial"],
    *_ROWS["request.denied"],
    *_ROWS["request.unavailable"],
    *_ROWS["request.rejected"],
    *_OTHER_2019,
    *_OTHER_2021,
)
# the results of requests and their sums: what may have been entered in another result row
_OUTCOMES = frozenset(
    f"request.{outcome}"
    for outcome in ("answered", "granted", "partial", "disclosed", "denied", "unavailable", "rejected", "other")
)
# indicator -> the cells that may hold it, one for each form; the first that stands in the file is taken
_SINGLE: dict[str, tuple[str, ...]] = {
    "normative.made": ("t2.normative.made", "t2.normative.issued"),
    "normative.disclosed": ("t2.normative.disclosed",),
    "normative.repealed": ("t2.normative.repealed",),
    "normative.effective": ("t2.normative.effective",),
    "regulation.made": ("t2.regulation.made", "t2.regulation.issued"),
    "decision.licence": ("t2.licence.decisions",),
    "decision.penalty": ("t2.penalty.decisions",),
    "decision.coercion": ("t2.coercion.decisions",),
    "fee.administrative": ("t2.fee.amount",),
}
_SUITS = ("suit_direct", "suit_after_review")
# a count without a mention of its own -> the sums of which it is a member
_TABLE_ONLY: dict[str, tuple[str, ...]] = {
    "request.received": (),
    "request.granted": ("request.disclosed",),
    "review.total": ("dispute.total",),
    "litigation.total": ("dispute.total",),
}
_DISPUTE = ("total", "upheld", "corrected", "other", "pending")
# the indicators of class B in the order of the rows
COMPARABLE: tuple[str, ...] = (
    *_SINGLE,
    "request.received",
    "request.answered",
    "request.granted",
    "request.partial",
    "request.disclosed",
    "request.denied",
    "request.unavailable",
    "request.rejected",
    "request.other",
    "request.carried_in",
    "request.carried_out",
    *(f"review.{outcome}" for outcome in _DISPUTE),
    *(f"litigation.{outcome}" for outcome in _DISPUTE),
    "dispute.total",
)
_YUAN = {"元": Decimal(1), "万元": Decimal(10_000)}


@quick_init
@dataclass(frozen=True, slots=True)
class Sum:
    """What the tables say of an indicator: ``value`` is the sum of ``codes``; ``derived`` as in :class:`Join`."""

    codes: tuple[str, ...]
    value: Decimal
    derived: bool

    @property
    def expression(self) -> str:
        """``t3.new.total + t3.carried_in.total``."""
        return " + ".join(self.codes)


def cells_by_code(cells: Iterable[Cell]) -> dict[str, Cell]:
    """Cells by code; of two cells with one code the first stands."""
    found: dict[str, Cell] = {}
    for cell in cells:
        found.setdefault(cell.code, cell)
    return found


def row_total(cells: CellMap, row: str) -> tuple[RowState, Sum]:
    """Total of a row of table 3, with its state.

    A blank total is replaced by the sum of the applicant values printed in the row.  ``empty``: nothing is printed in the row
    (the sum is then 0 over no cells).
    """
    code = f"{row}.total"
    cell = cells.get(code)
    nothing = Sum((), Decimal(0), True)
    if cell is None:
        return "absent", nothing
    if cell.state == "value" and cell.value is not None:
        return "value", Sum((code,), cell.value, False)
    if cell.state == "unreadable":
        return "unreadable", nothing
    codes: list[str] = []
    value = Decimal(0)
    for applicant in APPLICANTS:
        part = cells.get(f"{row}.{applicant}")
        if part is None:
            continue
        if part.state == "unreadable":
            return "unreadable", nothing
        if part.value is not None:
            codes.append(part.code)
            value += part.value
    if not codes:
        return "empty", nothing
    return "value", Sum(tuple(codes), value, True)


def _plain_cell(cells: CellMap, code: str) -> tuple[RowState, Sum]:
    """A cell outside table 3: there are no applicant values that could stand for it."""
    nothing = Sum((), Decimal(0), True)
    cell = cells.get(code)
    if cell is None:
        return "absent", nothing
    if cell.value is not None:
        return "value", Sum((code,), cell.value, False)
    return ("unreadable" if cell.state == "unreadable" else "empty"), nothing


def _add(parts: Iterable[tuple[RowState, Sum]]) -> Sum | None:
    """Sum of rows; ``None`` where a row is absent or unreadable, or where no row has a value."""
    codes: tuple[str, ...] = ()
    value = Decimal(0)
    derived = False
    for state, part in parts:
        if state in ("absent", "unreadable"):
            return None
        codes += part.codes
        value += part.value
        derived = derived or part.derived
    return Sum(codes, value, derived) if codes else None


def table_value(cells: CellMap, indicator: str) -> Sum | None:
    """What the tables say of a class B indicator, or ``None`` where they say nothing that can be compared.

    For ``request.received`` this is the first expression, ``t3.new.total``.
    """
    if indicator == "request.received":
        return _add([row_total(cells, "t3.new")])
    if indicator == "request.other":
        rows: tuple[str, ...] = _OTHER_2021 if any(f"{row}.total" in cells for row in _OTHER_2021) else _OTHER_2019
        return _add(row_total(cells, row) for row in rows)
    if indicator in _ROWS:
        return _add(row_total(cells, row) for row in _ROWS[indicator])
    if indicator in _SINGLE:
        code = next((c for c in _SINGLE[indicator] if c in cells), None)
        return None if code is None else _add([_plain_cell(cells, code)])
    family, _, outcome = indicator.partition(".")
    rows = {"review": ("review",), "litigation": _SUITS, "dispute": ("review", *_SUITS)}.get(family, ())
    return _add(_plain_cell(cells, f"t4.{row}.{outcome}") for row in rows) if rows else None


def fits(mention: Mention, value: Decimal, text: str = "") -> bool:
    """Whether a printed quantity, read with its qualifier, allows ``value``.

    ``text`` is the canonical text: the word 近 stands before the span (近200件).  Without it 近 and 约 are not told apart, and
    what either allows fits.

    With the step 10000, 14万余 allows 140000 to 149999; 超14万 allows 140000 and more; 近14万 allows 130000 to 140000.
    """
    printed = mention.value
    match mention.qualifier:
        case "exact":
            return value == printed
        case "range":
            return mention.value_to is not None and printed <= value <= mention.value_to
        case "at_most":
            return value <= printed
        case "at_least":
            if "余" in mention.text or "多" in mention.text:
                return printed <= value < printed + mention.step
            return value >= printed
        case "about":
            below = printed - mention.step <= value <= printed
            around = abs(value - printed) <= abs(printed) / 20
            if not text:
                return below or around
            return below if "近" in text[max(0, mention.start - 2) : mention.start] or "近" in mention.text else around


def comparable(mention: Mention) -> bool:
    """Whether a mention is compared with cells at all."""
    return mention.scope == "total" and mention.period == "year" and mention.qualifier != "range"


def _in_unit_of(mention: Mention, codes: Sequence[str]) -> Mention:
    """A mention of money in the unit of the cells it is compared with; any other as it is."""
    unit = _YUAN.get(all_cells()[codes[0]].unit) if codes and mention.unit in _YUAN else None
    if unit is None:
        return mention
    factor = _YUAN[mention.unit] / unit
    return replace(mention, value=mention.value * factor, step=mention.step * factor)


def _explain(cells: CellMap, indicator: str, prose: Decimal, table: Sum, others: Iterable[Join]) -> ExplainedBy:
    """The first explanation that fits a value that the tables contradict; ``others``: further rows of the indicator."""
    requests = indicator.startswith("request.")
    state, carried = row_total(cells, "t3.carried_in") if requests else ("absent", table)
    if state == "value" and carried.value > 0 and abs(prose - table.value) == carried.value:
        return "carried_in"
    own = dict.fromkeys(code.rsplit(".", 1)[0] for code in table.codes)
    if prose != 0 and len(own) > 1 and any(_row_value(cells, row, indicator) == prose for row in own):
        return "one_row"
    elsewhere = (row for row in _RESULTS if row not in own)
    if indicator in _OUTCOMES and prose != 0 and any(_row_value(cells, row, indicator) == prose for row in elsewhere):
        return "other_row"
    if any(join.verdict == "agrees" for join in others):
        return "other_mention"
    pending = (
        table_value(cells, f"{indicator.split('.')[0]}.pending") if not requests and indicator.endswith(".total") else None
    )
    if pending is not None and pending.value > 0 and abs(prose - table.value) == pending.value:
        return "pending"
    return "none"


def _row_value(cells: CellMap, row: str, indicator: str) -> Decimal | None:
    if row.startswith("t4."):
        cell = cells.get(f"{row}.{indicator.split('.')[1]}")
        return None if cell is None else cell.value
    state, total = row_total(cells, row)
    return total.value if state == "value" else None


def _expressions(cells: CellMap, indicator: str) -> list[Sum]:
    """The sums that a mention may agree with, the first being the one that a disagreement is measured against."""
    first = table_value(cells, indicator)
    if first is None:
        return []
    if indicator == "request.received":
        # 收办总数: what was carried over from last year is often counted as received
        second = _add([row_total(cells, "t3.new"), row_total(cells, "t3.carried_in")])
        if second is not None and second.value != first.value:
            return [first, second]
    return [first]


def _compare(mention: Mention, tables: Sequence[Sum], text: str) -> Join:
    """The comparison of one mention; a disagreement is explained later, when all of its indicator are known."""
    chosen = next((t for t in tables if fits(_in_unit_of(mention, t.codes), t.value, text)), None)
    table = chosen or tables[0]
    value = _in_unit_of(mention, table.codes).value
    return Join(
        mention.indicator, mention.key, value, table.codes, table.expression, table.value, table.derived,
        "agrees" if chosen else "disagrees",
    )  # fmt: skip


def _rows_of(cells: CellMap, indicator: str, found: Sequence[Mention], text: str) -> list[Join]:
    """The rows of one indicator: comparisons in text order, then what is not compared."""
    tables = _expressions(cells, indicator)
    compared = [_compare(m, tables, text) for m in found if tables and comparable(m)]
    rows = [
        j
        if j.verdict == "agrees" or j.prose_value is None
        else replace(j, explained_by=_explain(cells, indicator, j.prose_value, tables[0], compared))
        for j in compared
    ]
    rest = [m for m in found if not (tables and comparable(m))]
    return rows + [Join(indicator, m.key, m.value, (), "", None, False, "prose_only") for m in rest]


def join_report(mentions: Sequence[Mention], cells: Sequence[Cell], text: str = "") -> tuple[Join, ...]:
    """All rows of the join of one report, by indicator in the order of :data:`COMPARABLE`, comparisons first.

    Args:
        mentions: all mentions of the report, in text order.
        cells: all cells that stand in the file.  Which of them an indicator is compared with follows from the cells themselves,
            because a report of the form ``mixed`` takes each table from another year.
        text: canonical text, to read the word 近 that stands before a span; may be left out (see :func:`fits`).
    """
    by_code = cells_by_code(cells)
    by_indicator: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_indicator.setdefault(mention.indicator, []).append(mention)
    joins: list[Join] = []
    for indicator in COMPARABLE:
        if indicator in by_indicator:
            joins += _rows_of(by_code, indicator, by_indicator[indicator], text)
        members = _TABLE_ONLY.get(indicator)
        if members is None or any(comparable(m) for code in (indicator, *members) for m in by_indicator.get(code, ())):
            continue
        table = table_value(by_code, indicator)
        if table is not None and table.value > 0:
            joins.append(Join(indicator, None, None, table.codes, table.expression, table.value, table.derived, "table_only"))
    return tuple(joins)
