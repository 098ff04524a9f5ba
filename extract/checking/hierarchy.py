"""A consolidated report against the reports of those who report to it, cell by cell.

A report stands for itself and, where it is consolidated, for all below it.  What a body adds to the one above is its own report and,
unless that is consolidated, what those below it add.  A member without a report, or whose report lacks the cell, makes the cell
``not_checkable``; yet counts are never negative, so that a consolidated value under the sum of what is known ``fails`` all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from corpus.codebook import all_cells
from corpus.errors import DataError
from extract.types import CheckVerdict

#: changes may be negative, so that nothing follows from what is known of them
_MAY_FALL = "_change"


@dataclass(frozen=True, slots=True)
class MemberReport:
    """What one body's report of a year holds: ``cells`` by code (``None``: printed without a value)."""

    consolidated: bool
    cells: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Residual:
    """One cell of a consolidated report beside its members: ``value`` − ``members`` = ``residual``.

    ``members`` is the sum of what is known.  ``missing`` names the members without a report, or whose report has no value for the cell.
    """

    agency: str
    year: int
    code: str
    value: Decimal | None
    members: Decimal
    missing: tuple[str, ...]
    verdict: CheckVerdict

    @property
    def residual(self) -> Decimal | None:
        """What the members do not account for; ``None`` where that cannot be told."""
        return None if self.value is None or self.missing else self.value - self.members


Reports = Mapping[str, MemberReport]


def tree(pairs: Sequence[tuple[str, str]], source: str = "") -> dict[str, tuple[str, ...]]:
    """Those who report to each body, by its name; from (agency, reports_to), ``reports_to`` empty at the top.

    Raises:
        DataError: an agency is listed twice, or bodies report to each other in a circle.
    """
    above: dict[str, str] = {}
    for agency, to in pairs:
        if agency in above:
            raise DataError(f"{agency} is listed twice", source=source, remedy="give each agency one row")
        above[agency] = to
    for agency in above:
        seen = {agency}
        at = above[agency]
        while at:
            if at in seen:
                raise DataError(f"{agency} reports to itself by way of {at}", source=source, remedy="break the circle")
            seen.add(at)
            at = above.get(at, "")
    below: dict[str, list[str]] = {}
    for agency, to in above.items():
        if to:
            below.setdefault(to, []).append(agency)
    return {agency: tuple(members) for agency, members in below.items()}


def residuals(below: Mapping[str, Sequence[str]], reports: Reports, year: int) -> Iterator[Residual]:
    """Every cell of every consolidated report that has members, in the order of the frame and of the form."""
    order = {code: n for n, code in enumerate(all_cells())}
    for agency in below:
        own = reports.get(agency)
        if own is None or not own.consolidated:
            continue
        for code in sorted(own.cells, key=lambda c: order.get(c, len(order))):
            known, missing = _members(agency, code, below, reports)
            yield Residual(agency, year, code, own.cells[code], known, missing, _verdict(own.cells[code], known, missing, code))


def _members(agency: str, code: str, below: Mapping[str, Sequence[str]], reports: Reports) -> tuple[Decimal, tuple[str, ...]]:
    """The sum of a cell over the members of a body, and the members that it is not known of."""
    known, missing = Decimal(0), []
    todo = list(reversed(below.get(agency, ())))
    while todo:
        member = todo.pop()
        report = reports.get(member)
        value = None if report is None else report.cells.get(code)
        if value is None:
            missing.append(member)
        else:
            known += value
        if report is None or not report.consolidated:
            todo += reversed(below.get(member, ()))
    return known, tuple(missing)


def _verdict(value: Decimal | None, known: Decimal, missing: Sequence[str], code: str) -> CheckVerdict:
    if value is None:
        return "not_checkable"
    if missing:
        return "fails" if known > value and not code.endswith(_MAY_FALL) else "not_checkable"
    return "holds" if value == known else "fails"


__all__ = ["MemberReport", "Reports", "Residual", "residuals", "tree"]
