"""The join of prose with table cells (codebook, section 3).

``join_report`` gives one row for every comparison, for every further mention of a comparable indicator, and for the four
counts that a table shows above zero while the narrative is silent.

Decisions where the codebook leaves room:

- Rows ``prose_only`` exist for mentions whose indicator is of class B.  An indicator of class C has no counterpart in any
  form, so that a row for each of its mentions would say nothing.
- A dash is, like white space, no value: a row of dashes is left out of a sum.  An ``unreadable`` cell hides a value, so that
  with one in the sum there is no comparison.
- ``other_row`` is asked only of values other than 0, because some result row almost always has a total of 0, and only for
  results and their total, because 收到 or 结转 are no results that could have been entered one row lower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from corpus.codebook import APPLICANTS
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
_OUTCOMES = frozenset(
    {
        "request.answered",
        "request.granted",
        "request.partial",
        "request.denied",
        "request.unavailable",
        "request.rejected",
        "request.other",
    }
)
# indicator -> the cells that may hold it, one for each form; the first that stands in the file is taken
_NORMATIVE: dict[str, tuple[str, ...]] = {
    "normative.made": ("t2.normative.made", "t2.normative.issued"),
    "normative.disclosed": ("t2.normative.disclosed",),
    "normative.repealed": ("t2.normative.repealed",),
    "normative.effective": ("t2.normative.effective",),
}
_TABLE_ONLY = frozenset({"request.received", "request.granted", "review.total", "litigation.total"})
_DISPUTE = ("total", "upheld", "corrected", "other", "pending")
# the indicators of class B in the codebook's order, which is that of the rows
COMPARABLE: tuple[str, ...] = (
    *_NORMATIVE,
    "request.received",
    "request.answered",
    "request.granted",
    "request.partial",
    "request.denied",
    "request.unavailable",
    "request.rejected",
    "request.other",
    "request.carried_in",
    "request.carried_out",
    *(f"review.{outcome}" for outcome in _DISPUTE),
    *(f"litigation.{outcome}" for outcome in _DISPUTE),
)


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
        rows = _OTHER_2021 if any(f"{row}.total" in cells for row in _OTHER_2021) else _OTHER_2019
        return _add(row_total(cells, row) for row in rows)
    if indicator in _ROWS:
        return _add(row_total(cells, row) for row in _ROWS[indicator])
    if indicator in _NORMATIVE:
        code = next((c for c in _NORMATIVE[indicator] if c in cells), None)
        return None if code is None else _add([_plain_cell(cells, code)])
    family, _, outcome = indicator.partition(".")
    if family == "review":
        return _add([_plain_cell(cells, f"t4.review.{outcome}")])
    if family == "litigation":
        return _add(_plain_cell(cells, f"t4.{row}.{outcome}") for row in ("suit_direct", "suit_after_review"))
    return None


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


def _explain(cells: CellMap, indicator: str, prose: Decimal, table: Sum) -> ExplainedBy:
    if not indicator.startswith("request."):
        return "none"
    state, carried = row_total(cells, "t3.carried_in")
    if state == "value" and carried.value != 0 and abs(prose - table.value) == carried.value:
        return "carried_in"
    if indicator in _OUTCOMES and prose != 0:
        own = {code.rsplit(".", 1)[0] for code in table.codes}
        for row in _RESULTS:
            if row not in own:
                state, other = row_total(cells, row)
                if state == "value" and other.value == prose:
                    return "other_row"
    return "none"


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


def _prose_only(mention: Mention, table: Sum | None) -> Join:
    return Join(
        mention.indicator,
        mention.key,
        mention.value,
        table.codes if table else (),
        table.expression if table else "",
        table.value if table else None,
        table.derived if table else False,
        "prose_only",
    )


def _compare(
    cells: CellMap, indicator: str, mentions: Sequence[Mention], allows: Callable[[Mention, Decimal], bool]
) -> tuple[Mention, Join] | None:
    """The one comparison of an indicator, with the mention that it is made with."""
    tables = _expressions(cells, indicator)
    if not tables or not mentions:
        return None
    for table in tables:
        for mention in mentions:
            if allows(mention, table.value):
                return mention, Join(
                    indicator,
                    mention.key,
                    mention.value,
                    table.codes,
                    table.expression,
                    table.value,
                    table.derived,
                    "agrees",
                )
    mention, table = mentions[0], tables[0]
    why = _explain(cells, indicator, mention.value, table)
    return mention, Join(
        indicator,
        mention.key,
        mention.value,
        table.codes,
        table.expression,
        table.value,
        table.derived,
        "disagrees",
        why,
    )


def join_report(mentions: Sequence[Mention], cells: Sequence[Cell], form: str, text: str = "") -> tuple[Join, ...]:
    """All rows of the join of one report, in the codebook's order of indicators, the comparison first.

    Args:
        mentions: all mentions of the report, in text order.
        cells: all cells that stand in the file.
        form: form of the report.  Which cell an indicator is compared with follows from the cells themselves, because a
            report of the form ``mixed`` takes each table from another year; the argument is kept for callers and for
            forms to come.
        text: canonical text, to read the word 近 that stands before a span; may be left out (see :func:`fits`).
    """
    by_code = cells_by_code(cells)
    by_indicator: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_indicator.setdefault(mention.indicator, []).append(mention)
    joins: list[Join] = []
    for indicator in COMPARABLE:
        found = by_indicator.get(indicator, [])
        if not found:
            table = table_value(by_code, indicator) if indicator in _TABLE_ONLY else None
            if table is not None and table.value > 0:
                joins.append(
                    Join(indicator, None, None, table.codes, table.expression, table.value, table.derived, "table_only")
                )
            continue
        comparable = [m for m in found if m.scope == "total" and m.period == "year"]
        compared = _compare(by_code, indicator, comparable, lambda m, value: fits(m, value, text))
        chosen = None
        if compared is not None:
            chosen, join = compared
            joins.append(join)
        table = table_value(by_code, indicator)
        joins.extend(_prose_only(m, table if m in comparable else None) for m in found if m is not chosen)
    return tuple(joins)
