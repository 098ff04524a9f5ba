"""Consolidated reports against their members: generated trees with planted gaps, and the single rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import DataError
from extract.checking.hierarchy import MemberReport, Residual, residuals, tree

CODES = ("t2.licence.decisions", "t3.new.total", "t4.review.total")
NUMBERS = st.integers(0, 40)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[tuple[str, str]], dict[str, MemberReport]]:
    """A frame of up to 14 bodies, and reports that add up: a body with members is consolidated or gives its own numbers."""
    size = draw(st.integers(2, 14))
    parents = [draw(st.integers(0, n - 1)) for n in range(1, size)]
    pairs = [("0", ""), *((str(n), str(parents[n - 1])) for n in range(1, size))]
    below: dict[int, list[int]] = {n: [] for n in range(size)}
    for n, parent in enumerate(parents, 1):
        below[parent].append(n)
    sums: dict[int, dict[str, int]] = {}
    reports: dict[str, MemberReport] = {}
    for n in reversed(range(size)):  # members before those they report to
        consolidated = bool(below[n]) and (n == 0 or draw(st.booleans()))
        own = {code: 0 if consolidated else draw(NUMBERS) for code in CODES}
        sums[n] = {code: own[code] + sum(sums[m][code] for m in below[n]) for code in CODES}
        printed = sums[n] if consolidated else own
        reports[str(n)] = MemberReport(consolidated, {code: Decimal(printed[code]) for code in CODES})
    return pairs, reports


def _changed(report: MemberReport, code: str, value: Decimal | None) -> MemberReport:
    return MemberReport(report.consolidated, {**report.cells, code: value})


def _check(pairs: list[tuple[str, str]], reports: dict[str, MemberReport]) -> dict[tuple[str, str], Residual]:
    return {(r.agency, r.code): r for r in residuals(tree(pairs), reports, 2023)}


@settings(max_examples=1000, deadline=None)
@given(data=st.data(), grown=trees())
def test_planted_gaps_are_found_and_nothing_else(
    data: st.DataObject, grown: tuple[list[tuple[str, str]], dict[str, MemberReport]]
) -> None:
    pairs, reports = grown
    sound = _check(pairs, reports)
    assert {r.verdict for r in sound.values()} == {"holds"}
    agency, code = data.draw(st.sampled_from(sorted(sound)))
    value = reports[agency].cells[code]
    assert value is not None
    gap = data.draw(st.integers(1, 30))
    found = _check(pairs, {**reports, agency: _changed(reports[agency], code, value + gap)})
    above = _consolidated_above(agency, pairs, reports)
    # the body's own cell, and that of the consolidated report it is counted in
    assert {k for k, r in found.items() if r.verdict == "fails"} == {(agency, code), *((a, code) for a in above)}
    assert found[agency, code].residual == gap


@settings(max_examples=200, deadline=None)
@given(data=st.data(), grown=trees())
def test_a_member_without_a_report_is_named(
    data: st.DataObject, grown: tuple[list[tuple[str, str]], dict[str, MemberReport]]
) -> None:
    pairs, reports = grown
    gone = data.draw(st.sampled_from([agency for agency, to in pairs if to]))
    found = _check(pairs, {name: r for name, r in reports.items() if name != gone})
    for r in found.values():
        assert (r.verdict == "not_checkable") == bool(r.missing)
        assert set(r.missing) <= {gone}
    assert any(gone in r.missing for r in found.values())


def _consolidated_above(agency: str, pairs: list[tuple[str, str]], reports: dict[str, MemberReport]) -> list[str]:
    above = dict(pairs)
    at = above[agency]
    while at and not reports[at].consolidated:
        at = above[at]
    return [at] if at else []


FRAME = [("市", ""), ("局", "市"), ("县", "市"), ("县局", "县")]


def _of(consolidated: bool, value: int | None) -> MemberReport:
    return MemberReport(consolidated, {"t3.new.total": None if value is None else Decimal(value)})


@pytest.mark.parametrize(
    ("reports", "verdict", "members", "missing"),
    [
        ({"市": _of(True, 9), "局": _of(False, 4), "县": _of(True, 5)}, "holds", 4 + 5, ()),
        ({"市": _of(True, 9), "局": _of(False, 4), "县": _of(False, 3), "县局": _of(False, 2)}, "holds", 9, ()),
        ({"市": _of(True, 10), "局": _of(False, 4), "县": _of(True, 5)}, "fails", 9, ()),
        ({"市": _of(True, 9), "县": _of(True, 5)}, "not_checkable", 5, ("局",)),
        ({"市": _of(True, 9), "局": _of(False, None), "县": _of(True, 5)}, "not_checkable", 5, ("局",)),
        ({"市": _of(True, 9), "局": _of(False, 4)}, "not_checkable", 4, ("县", "县局")),
        ({"市": _of(True, 3), "县": _of(True, 5)}, "fails", 5, ("局",)),
        ({"市": _of(True, None), "局": _of(False, 4), "县": _of(True, 5)}, "not_checkable", 9, ()),
    ],
)
def test_rules(reports: dict[str, MemberReport], verdict: str, members: int, missing: tuple[str, ...]) -> None:
    found = next(r for r in residuals(tree(FRAME), reports, 2023) if r.agency == "市")
    assert (found.verdict, found.members, found.missing) == (verdict, members, missing)


def test_a_report_of_its_own_body_alone_is_not_compared() -> None:
    assert list(residuals(tree(FRAME), {"市": _of(False, 9), "局": _of(False, 4)}, 2023)) == []


@pytest.mark.parametrize(
    ("pairs", "said"), [([("甲", "乙"), ("乙", "甲")], "by way of"), ([("甲", "乙"), ("甲", "丙")], "listed twice")]
)
def test_frames_that_cannot_be(pairs: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        tree(pairs, "frame.csv")
