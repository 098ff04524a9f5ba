"""Agencies over years: who is the same agency, and between which years it can be compared with itself.

Three identities:

- ``entity``: an agency is the same while its ``agency_id`` is (its printed name, where it has none).
- ``lineage``: renamed agencies go on (环境保护 → 生态环境, and a county whose code changed with its name).
- ``function``: merged agencies go on as what they became (工商, 质监 and 食药 as 市场监管), several agencies in one year together.

A **segment** is a run of consecutive years that can be compared: it ends where a year is missing, the coverage changes, another set
of agencies stands behind the series, or a merger or split touches the agency's kind.  Reforms reach the local agencies up to a year
after the central decision, so a reform of year *t* ends the segment between *t*−1 and *t* and between *t* and *t*+1.  A transfer of
some duties (老龄工作 from health to civil affairs in 2023) ends none: the agency stays, and half of all kinds were touched by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.agencies.divisions import gazetteer, successors
from corpus.agencies.kinds import LineageEvent, lineage
from corpus.errors import UsageError
from gongkai.compare.one_report import agency_of, chosen
from gongkai.store_access import Store

IDENTITIES = ("entity", "lineage", "function")
#: why two years of a series are not compared
BREAKS = (
    ("missing_year", "缺少年度"), ("agency_changed", "机关变动"), ("coverage_changed", "统计范围变动"), ("coverage_unknown", "统计范围不明"),
)  # fmt: skip
_REFORMS = frozenset({"merge", "split"})
SCHEMA = pa.schema([
    pa.field("series", pa.string()), pa.field("year", pa.int64()), pa.field("report_id", pa.string()), pa.field("agency", pa.string()),
    pa.field("agency_id", pa.string()), pa.field("form", pa.string()), pa.field("coverage", pa.string()), pa.field("n_reports", pa.int64()),
    pa.field("segment", pa.int64()), pa.field("break_before", pa.string()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Series:
    """Rules of an identity, from the reforms: ``follow`` maps a kind (or an agency id) to what it became, ``renames`` by renaming alone."""

    identity: str
    follow: Mapping[str, str]
    renames: Mapping[str, str]
    reforms: Mapping[str, tuple[int, ...]]

    def name(self, agency_id: str | None, agency: str) -> str:
        if agency_id is None:
            return f"name:{agency}"
        return agency_id if self.identity == "entity" else _followed(agency_id, self.follow)

    def members(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Who stands behind a year of the series; one that was renamed is still the same."""
        return {_followed(r["agency_id"], self.renames) if r["agency_id"] else r["agency"] for r in rows}

    def reformed(self, series: str, ids: Sequence[str | None], year: int) -> bool:
        """Whether a reform lies between the year before and ``year``, or may still have been under way."""
        kinds = {i.partition(".")[2].partition(":")[0] for i in (*ids, series) if i and "." in i}
        touched = [y for ref in (*kinds, *(i for i in ids if i)) for y in self.reforms.get(ref, ())]
        return any(year - 1 <= y <= year for y in touched)


def _followed(agency_id: str, follow: Mapping[str, str]) -> str:
    """What an agency, its kind and its division became."""
    code, dot, rest = _end(agency_id, follow).partition(".")
    if not dot:
        return code
    kind, colon, tail = rest.partition(":")
    return f"{_division(code)}.{_end(kind, follow)}{colon}{tail}"


def _end(ref: str, follow: Mapping[str, str]) -> str:
    seen = {ref}
    while (following := follow.get(ref, ref)) not in seen:
        ref = following
        seen.add(ref)
    return ref


@cache
def _predecessors() -> Counter[str]:
    """How many divisions of other codes each division of today was made of."""
    found: Counter[str] = Counter()
    for code, divisions in gazetteer().by_code.items():
        found.update({s.code for d in divisions for s in successors(d)} - {code})
    return found


@cache
def _division(code: str) -> str:
    """The code a division has today, where it became exactly one other, and that one was made of it alone.

    A county that became a district goes on; two that were put together do not.
    """
    division = gazetteer().at(code)
    now = {s.code for s in successors(division)} if division is not None else set()
    return now.pop() if len(now) == 1 and _predecessors()[next(iter(now))] == 1 else code


def _rules(identity: str, events: Sequence[LineageEvent]) -> _Series:
    if identity not in IDENTITIES:
        raise UsageError(f"unknown identity {identity!r}", remedy=f"use one of {', '.join(IDENTITIES)}")
    wanted = {"entity": set(), "lineage": {"rename"}, "function": {"rename", "merge"}}[identity]
    follow = {e.origin: e.target for e in events if e.change in wanted and e.origin != e.target}
    renames = {e.origin: e.target for e in events if e.change == "rename" and e.origin != e.target}
    reforms: dict[str, list[int]] = {}
    for e in events:
        if e.change in _REFORMS:
            for ref in (e.origin, e.target):
                reforms.setdefault(ref, []).append(int(e.date[:4]))
    return _Series(identity, follow, renames, {k: tuple(v) for k, v in reforms.items()})


def check_identity(identity: str, extra: Path | None = None) -> None:
    """Reads the reforms, so that what is wrong with them is said before a long comparison.

    Raises:
        UsageError: an unknown identity.
        DataError: reforms that cannot be used.
    """
    _rules(identity, lineage(extra))


def agency_years(store: Store, *, identity: str = "entity", extra: Path | None = None) -> pa.Table:
    """One row per agency and year, with its series and segment.

    Args:
        identity: one of :data:`IDENTITIES`.
        extra: a CSV of further reforms in the columns of ``lineage.csv`` (date, from, to, change, source).

    Returns:
        Columns of :data:`SCHEMA`, sorted by series, year and agency; ``n_reports`` counts the reports of that agency and year, of
        which the one published last stands (:mod:`gongkai.compare.one_report`).  ``break_before`` says why the segment
        before ended (empty inside a segment and for the first).  Reports without agency or year, or with a bare name that many agencies have, are left out.

    Raises:
        UsageError: an unknown identity.
        DataError: reforms that cannot be used.
    """
    rules = _rules(identity, lineage(extra))
    found: list[dict[str, Any]] = store.sql(
        "SELECT report_id, agency, agency_id, year, form, coverage, host, n_reports FROM reports JOIN chosen USING (report_id) "
        "WHERE year IS NOT NULL AND coalesce(agency_id, agency) IS NOT NULL",
        {"chosen": chosen(store)},
    ).to_pylist()
    rows = []
    for row in found:
        agency = agency_of(row)
        if agency is None:
            continue  # a bare name may be that of many agencies
        rows.append(row)
        row["series"] = rules.name(row["agency_id"], agency)
    rows.sort(key=lambda r: (r["series"], r["year"], r["agency_id"] or "", r["agency"], r["report_id"]))
    for series, own in groupby(rows, key=itemgetter("series")):
        _segments(series, [list(g) for _, g in groupby(own, key=itemgetter("year"))], rules)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _segments(series: str, years: Sequence[list[dict[str, Any]]], rules: _Series) -> None:
    segment, before = 0, None
    for members in years:
        why = "" if before is None else _why(series, before, members, rules)
        segment += bool(why)
        for row in members:
            row.update(segment=segment, break_before=why)
        before = members


def _why(series: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], rules: _Series) -> str:
    if now[0]["year"] != before[0]["year"] + 1:
        return "missing_year"
    ids = [r["agency_id"] for r in (*before, *now)]
    # under `lineage` and `function` a rename is no change; under `function` other members are one
    if len(before) != len(now) or (rules.identity == "function" and rules.members(before) != rules.members(now)):
        return "agency_changed"
    if rules.reformed(series, ids, now[0]["year"]):
        return "agency_changed"
    coverages = {r["coverage"] for r in (*before, *now)}
    if len(coverages) > 1:
        return "coverage_changed"
    # one agency that never says whose work it covers is compared with itself; several are not added up
    if "unknown" in coverages and len(now) > 1:
        return "coverage_unknown"
    return ""
