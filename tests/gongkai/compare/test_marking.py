"""What every figure of a comparison is: corrected, or the model's own with a band from its measured errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import DataError
from gongkai import compare
from gongkai.compare import band as bands
from gongkai.compare.marking import BASES, marked, notes_of
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from gongkai.pages.compare_page import render
from tests.support.compare_store import DULL, LATE, Rows


def file_of(reports: list[dict[str, list[int]]], **changed: object) -> str:
    raw = {
        "source": "by hand",
        "model": "m",
        "codebook": "2",
        "columns": ["hit", "missed", "false", "neither"],
        "reports": reports,
    }
    return json.dumps({**raw, **changed})


def test_sensitivity_and_specificity_by_hand() -> None:
    found = bands.parse(file_of([{"problem": [8, 2, 1, 9]}, {"problem": [8, 2, 1, 9]}]))
    errors = found.errors["problem"]
    assert (errors.sensitivity, errors.specificity) == (bands.MeasuredShare(0.8, 20.0), bands.MeasuredShare(0.9, 20.0))
    # reports that differ are fewer than their facets: (0.9 + 0.7) / 2, variance (0.1² + 0.1²) / 2² · 2 = 0.01, 0.16 / 0.01 units
    found = bands.parse(file_of([{"problem": [9, 1, 1, 9]}, {"problem": [7, 3, 1, 9]}]))
    assert found.errors["problem"].sensitivity.size == pytest.approx(16.0)
    assert bands.parse(file_of([{"problem": [8, 2, 0, 5]}])).errors == {}  # too few to say anything


def test_files_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match="other keys"):
        bands.parse(json.dumps({"reports": []}))


def test_the_band_is_the_estimate_of_rogan_and_gladen_and_holds_it() -> None:
    errors = bands.ModelErrors(bands.MeasuredShare(0.8, 80), bands.MeasuredShare(0.9, 120), 12)
    share, low, high = bands.band(0.38, 60, errors) or (0, 0, 0)
    assert share == pytest.approx((0.38 + 0.9 - 1) / (0.8 + 0.9 - 1))
    assert low < share < high
    few = bands.band(0.38, 60, bands.ModelErrors(bands.MeasuredShare(0.8, 8), bands.MeasuredShare(0.9, 12), 12)) or (0, 0, 0)
    assert few[2] - few[1] > high - low  # fewer real reports leave more open
    assert bands.band(0.38, 4, errors) is None  # under five agencies
    assert (
        bands.band(0.38, 60, bands.ModelErrors(bands.MeasuredShare(0.5, 80), bands.MeasuredShare(0.4, 80), 12)) is None
    )  # worse than chance


def test_bands_hold_the_truth() -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(400):
        hit, right = rng.binomial(60, 0.8), rng.binomial(120, 0.95)
        errors = bands.ModelErrors(bands.MeasuredShare(hit / 60, 60), bands.MeasuredShare(right / 120, 120), 200)
        p = rng.binomial(100, 0.3 * 0.8 + 0.7 * 0.05) / 100
        found = bands.band(p, 100, errors)
        held.append(found is not None and found[1] <= 0.3 <= found[2])
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(("model", "basis"), [("known", "band"), ("other", "uncorrected")])
def test_shares_say_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, basis: str) -> None:
    known = bands.parse(file_of([{"problem": [8, 2, 1, 9]}, {"problem": [8, 2, 1, 9]}] * 3, model="known"))
    monkeypatch.setattr("gongkai.compare.marking.confusions", lambda: known)
    rows = Rows()
    for k in range(10):
        rows.report(f"r{k}", [LATE if k < 4 else DULL], agency_id=f"a{k}")
    store = rows.store(tmp_path, model_id=model)
    study = compare.study(store)
    found = {
        (r["facet"], r["dimension"], r["value"]): r
        for r in marked(study, store, compare.facet_shares(study, compare.points(store)), None).to_pylist()
        if r["what"] == "problem"
    }
    row = found["timeliness", "all", "all"]
    assert (row["corrected"], row["basis"], row["basis_zh"], row["model"]) == (False, basis, BASES[basis], model)
    assert row["codebook"] == "gongkai 2"
    if basis == "band":
        assert row["share_band"] == pytest.approx((0.4 + 0.9 - 1) / 0.7)
        assert row["band_low"] < row["share_band"] < row["band_high"]
    # `any` and what is split are no single facet: nothing was measured of them
    assert {found["any", "all", "all"]["basis"], found["timeliness", "locus", "self"]["basis"]} == {"uncorrected"}
    assert ("by hand" in notes_of(study, store, sheet=False)[0]) == (basis == "band")


def test_the_page_hatches_what_is_not_corrected_and_leads_to_the_clauses(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(6):
        rows.report(f"r{k}", [LATE if k < 4 else DULL], agency_id=f"a{k}")
    store = rows.store(tmp_path)
    found = compare_all(store, CompareOptions(by=("year",)))
    points = found.points.filter([f == "timeliness" for f in found.points["facet"].to_pylist()])
    quoted = compare.quotations(store, found.study, points, "timeliness")
    for name in ("facet", "label"):
        quoted = quoted.append_column(name, [["timeliness" if name == "facet" else "problem"] * len(quoted)])
    page = render(store, {**found.tables, "quotations": quoted}, ("year",), found.study.groups, found.notes)
    assert "▨66.7 (" in page
    assert " 4/6" in page
    assert BASES["uncorrected"] in page
    assert 'href="#said-problem-timeliness"' in page
    assert 'id="said-problem-timeliness"' in page
    for name in ("differences", "labels", "answers_by_group"):
        if name in found.tables:
            assert set(found.tables[name]["corrected"].to_pylist()) <= {False}
