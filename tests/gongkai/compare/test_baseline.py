"""Answers and returns against what another report of the same kind and year would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gongkai import compare
from gongkai.compare.baseline import answers_baseline, others
from tests.support.compare_store import DULL, FASTER, LATE, LEAD, Rows, Words

#: a measure of format in words that are near to none of the problems
NICER: Words = ("improvement", "制作视频、图解。", ("format",))


def found(rows: Rows, folder: Path, by: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    store = rows.store(folder)
    table = answers_baseline(compare.study(store, by=by), store, compare.points(store), near=0.9)
    return {r["measure"]: r for r in table.to_pylist()}


def test_a_measure_of_another_report_answers_as_well(tmp_path: Path) -> None:
    rows = Rows().report("a", [LEAD, LATE, FASTER], kind="x").report("b", [DULL, FASTER], kind="x")
    rows.report("c", [LATE, FASTER], kind="y")  # the only one of its kind: nobody to compare it with
    row = found(rows, tmp_path)["answered"]
    # a answers itself, b does not; b's measure answers a's problem, a's does not answer b's; the general problem is none
    assert (row["own"], row["other"], row["difference"]) == (0.5, 0.5, 0.0)
    assert (row["problems"], row["without_other"], row["clusters"]) == (2, 1, 2)
    assert row["low"] is None  # two agencies


def test_the_own_report_can_add_something(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(12):
        rows.report(f"r{k}", [LATE, FASTER] if k % 2 else [DULL, NICER], agency_id=f"a{k}", kind="x")
    row = found(rows, tmp_path)["answered"]
    assert row["own"] == 1.0
    assert 0.2 < row["other"] < 0.7  # five of eleven others fit
    assert row["low"] is not None
    assert 0 < row["low"] < row["difference"] == pytest.approx(row["own"] - row["other"])
    assert row["p"] < 0.01


def test_later_answers_and_returns_stay_in_unbroken_segments(tmp_path: Path) -> None:
    rows = Rows()
    for agency in ("a", "b"):
        for year, own in ((2021, [LATE, NICER]), (2022, [LATE, FASTER]), (2024, [LATE, NICER])):
            rows.report(f"{agency}{year}", own, agency_id=agency, year=year, kind="x")
    every = found(rows, tmp_path)
    # only 2021 is followed by the next year's report: 2023 is missing
    assert [every[m]["problems"] for m in ("answered", "answered_later", "returns")] == [6, 2, 2]
    assert (every["answered"]["own"], every["answered_later"]["own"]) == (pytest.approx(1 / 3), 1.0)
    assert (every["returns"]["own"], every["returns"]["other"]) == (1.0, 1.0)


def test_nothing_comes_back_across_a_break_between_years_that_follow_each_other(tmp_path: Path) -> None:
    for coverage, followed in (("own", 2), ("consolidated", 0)):
        rows = Rows()
        for agency in ("a", "b"):
            rows.report(f"{agency}1", [LATE, NICER], agency_id=agency, year=2021, kind="x")
            rows.report(f"{agency}2", [LATE, FASTER], agency_id=agency, year=2022, kind="x", coverage=coverage)
        store = rows.store(tmp_path / coverage)
        points = compare.points(store)
        every = {r["measure"]: r for r in answers_baseline(compare.study(store, by=()), store, points).to_pylist()}
        assert [every[m]["problems"] for m in ("answered_later", "returns")] == [followed, followed]
        said = [
            r["returns"] for r in compare.answers(compare.study(store), store, points).to_pylist() if r["report_id"] == "a1"
        ]
        assert said == ["wording" if followed else None]


def test_another_report_is_of_the_same_stratum_and_of_another_agency() -> None:
    rng = np.random.default_rng(1)
    stratum = np.array([0, 0, 0, 1, 1, 2])
    cluster = np.array([0, 1, 1, 2, 2, 3])
    for _ in range(20):
        donor = others(stratum, cluster, rng)
        assert donor[3:].tolist() == [-1, -1, -1]
        assert set(donor[1:3]) == {0}
        assert donor[0] in {1, 2}


def test_where_measures_have_nothing_to_do_with_problems_no_difference_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    said = []
    for n in range(20):
        rows = Rows()
        for k in range(40):
            problem, measure = (LATE, DULL)[rng.integers(2)], (FASTER, NICER)[rng.integers(2)]
            rows.report(f"r{k}", [problem, measure], agency_id=f"a{k}", kind="x")
        row = found(rows, tmp_path / str(n))["answered"]
        said.append(row["low"] <= 0 <= row["high"])
    assert sum(said) >= 17
