"""Derived rates, answered problems, corrected shares, and the command that writes all of them."""

from __future__ import annotations

import copy
import csv
import pkgutil
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from corpus.codebook import all_cells
from corpus.errors import DataError, UsageError
from gongkai import compare
from gongkai.commands.app import app
from gongkai.commands.compare import run
from gongkai.compare.corrected import read_coded, sheet_columns
from gongkai.compare.derived import derived_definitions, parse_definitions
from gongkai.compare.tables import write_csv
from tests.conftest import ROOT
from tests.support.compare_store import DULL, FASTER, LATE, LEAD, Rows

TABLE3 = {"t3.total.total": 40, "t3.granted.total": 10, "t3.partial.total": 2, "t3.new.total": 40, "t3.carried_in.total": 0}


def rate(table: Any, report_id: str, indicator: str) -> dict[str, Any]:
    return next(r for r in table.to_pylist() if (r["report_id"], r["indicator"]) == (report_id, indicator))


def rates(folder: Path, **cells: object) -> Any:
    """Derived rates of one report with table 3 as above, but for ``cells`` (`granted_total=…`)."""
    given = {**TABLE3, **{f"t3.{k.replace('_total', '.total').replace('_natural', '.natural')}": v for k, v in cells.items()}}
    store = Rows().report("r1", cells={k: v for k, v in given.items() if v is not None}).store(folder)
    return compare.derived_rates(compare.study(store, by=()), store)


def test_a_rate_by_hand(tmp_path: Path) -> None:
    found = rate(rates(tmp_path), "r1", "granted_rate")
    assert (found["numerator"], found["denominator"], found["rate"], found["state"]) == (10.0, 40.0, 0.25, "ok")
    assert (found["derived"], found["small"], found["rank"], found["coverage"], found["year"]) == (False, False, 1, "own", 2022)


@pytest.mark.parametrize(
    ("cells", "indicator", "state", "value"),
    [
        ({"granted_total": None}, "granted_rate", "absent", None),
        ({"granted_total": "blank"}, "granted_rate", "blank", None),
        ({"granted_total": "dash"}, "granted_rate", "blank", None),
        ({"granted_total": "unreadable"}, "granted_rate", "unreadable", None),
        ({"granted_total": 0}, "granted_rate", "ok", 0.0),
        ({"total_total": 0, "granted_total": 0}, "granted_rate", "zero_denominator", None),
        ({"total_total": 0}, "granted_rate", "contradiction", None),
        ({"granted_total": 41}, "granted_rate", "contradiction", None),
        # a blank row is left out of a sum that has a value
        ({"partial_total": "blank"}, "disclosed_rate", "ok", 0.25),
        ({"partial_total": None}, "disclosed_rate", "absent", None),
    ],
)
def test_states_of_cells_are_respected(
    tmp_path: Path, cells: dict[str, object], indicator: str, state: str, value: float | None
) -> None:
    found = rate(rates(tmp_path, **cells), "r1", indicator)
    assert (found["state"], found["rate"]) == (state, value)
    assert found["rank"] is None or state == "ok"


def test_applicants_stand_for_a_blank_total(tmp_path: Path) -> None:
    found = rate(rates(tmp_path, granted_total="blank", granted_natural=8), "r1", "granted_rate")
    assert (found["rate"], found["derived"], found["state"]) == (0.2, True, "ok")
    hidden = rate(rates(tmp_path / "b", granted_total="blank", granted_natural="unreadable"), "r1", "granted_rate")
    assert hidden["state"] == "unreadable"


def test_small_numbers_are_marked_and_never_ranked(tmp_path: Path) -> None:
    rows = Rows()
    for k, (total, granted, coverage) in enumerate(
        ((29, 29, "own"), (30, 3, "own"), (50, 20, "own"), (60, 6, "consolidated"), (90, 9, "own"))
    ):
        rows.report(
            f"r{k}",
            cells={**TABLE3, "t3.total.total": total, "t3.granted.total": granted},
            coverage=coverage,
            agency_id=f"a{k}",
        )
    store = rows.store(tmp_path)
    table = compare.derived_rates(compare.study(store, by=("year",)), store)
    found = [rate(table, f"r{k}", "granted_rate") for k in range(5)]
    assert [f["small"] for f in found] == [True, False, False, False, False]
    assert [f["rank"] for f in found] == [None, 2, 1, 1, 2]
    pooled = [
        r
        for r in compare.derived_by_group(compare.study(store, by=("year",)), store).to_pylist()
        if r["indicator"] == "granted_rate"
    ]
    assert [(r["coverage"], r["numerator"], r["denominator"], r["known"]) for r in pooled] == [
        ("own", 61.0, 199.0, 4),
        ("consolidated", 6.0, 60.0, 1),
    ]
    assert pooled[0]["rate"] == pytest.approx(61 / 199)
    assert pooled[0]["median"] == pytest.approx(0.1)
    assert pooled[0]["low"] is None  # of four agencies
    assert pooled[1]["method"] == "under five agencies"


def test_forms_without_the_cell_and_concluded_reviews(tmp_path: Path) -> None:
    review = {"t4.review.total": 50, "t4.review.pending": 10, "t4.review.corrected": 4}
    rows = (
        Rows()
        .report("r1", form="2019", year=2020, cells=review)
        .report("r2", cells=review)
        .report("r3", form="mixed", cells=review)
    )
    store = rows.store(tmp_path)
    table = compare.derived_rates(compare.study(store), store)
    assert [rate(table, r, "review_corrected_rate")["rate"] for r in ("r1", "r2", "r3")] == [0.1, 0.1, None]
    states = [rate(table, r, "normative_repealed_per_issued")["state"] for r in ("r1", "r2", "r3")]
    assert states == ["not_on_form", "absent", "not_on_form"]


def test_definitions_name_cells_and_sources() -> None:
    found = derived_definitions()
    assert len({d.code for d in found}) == len(found) >= 20
    assert all(d.source and d.zh and d.en and d.n_min == 30 for d in found)
    terms = [c for d in found for _, c in (*d.numerator, *d.denominator)]
    assert all("*" in c or c in all_cells() for c in terms)
    assert (
        next(d for d in found if d.code == "review_corrected_rate").formula
        == "t4.review.corrected / (t4.review.total − t4.review.pending)"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["indicator"][0].update(colour=1), "colour"),
        (lambda r: r["indicator"][0].update(kind="sum"), "kind 'sum'"),
        (lambda r: r["indicator"][0].update(numerator=["t3.granted"]), "t3.granted"),
        (lambda r: r["indicator"][0].update(denominator=[]), "no list"),
        (lambda r: r["indicator"].append(r["indicator"][0]), "used twice"),
        (lambda r: r.update(more=1), "more"),
    ],
)
def test_broken_definitions_are_refused(change: Any, message: str) -> None:
    raw = copy.deepcopy(tomllib.loads(files("gongkai.compare").joinpath("data/derived.toml").read_text(encoding="utf-8")))
    change(raw)
    with pytest.raises(DataError, match=message):
        parse_definitions(raw)


def test_answers_and_returns(tmp_path: Path) -> None:
    retyped = ("problem", "网站栏目更新不及时。", ("timeliness",))
    rows = Rows()
    rows.report("r1", [LEAD, LATE, DULL, FASTER], agency_id="a", year=2022)
    rows.report("r2", [retyped], agency_id="a", year=2023)
    rows.report(
        "r3",
        [("problem", "网站检索功能差。", ("platform",)), ("improvement", "改进网站检索功能。", ("format",))],
        agency_id="b",
        year=2022,
    )
    store = rows.store(tmp_path)
    study, points = compare.study(store, by=()), compare.points(store)
    table = compare.answers(study, store, points)
    found = {(r["report_id"], r["facet"]): r for r in table.to_pylist()}
    late = found["r1", "timeliness"]
    place = sum(len(words[1]) + 1 for words in (LEAD, LATE, DULL))
    assert (late["answer"], late["measure"], late["measure_passage"]) == ("facet", "下一步做到及时更新", f"r1.p{place}")
    assert (late["next_report"], late["returns"], late["next_problem"]) == ("r2", "wording", "网站栏目更新不及时")
    dull = found["r1", "format"]
    assert (dull["answer"], dull["returns"], dull["next_problem"]) == ("none", "no", None)
    assert (found["r2", "timeliness"]["returns"], found["r2", "timeliness"]["next_report"]) == (None, None)
    other = found["r3", "platform"]
    assert (other["answer"], other["measure"]) == ("wording", "改进网站检索功能")
    assert compare.answers(study, store, points, near=0.99).to_pylist()[-1]["answer"] == "none"
    shares = {(r["facet"], r["measure"]): r["share"] for r in compare.answered_by_group(study, table).to_pylist()}
    assert shares["any", "answered"] == 0.5
    assert shares["timeliness", "answered"] == 0.5
    assert shares["any", "returns"] == 0.5
    assert shares["timeliness", "returns_in_words"] == 1.0
    assert ("platform", "returns") not in shares


def test_a_name_that_two_agencies_share_is_not_followed(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("r1", [LATE], agency="东区人民政府", year=2022).report("r2", [LATE], agency="东区人民政府", year=2023)
    rows.report("r3", [DULL], agency="东区人民政府", year=2023).report("r4", [DULL], agency="东区人民政府", year=2024)
    store = rows.store(tmp_path)
    study = compare.study(store, by=())
    assert set(compare.answers(study, store, compare.points(store))["next_report"].to_pylist()) == {None}


def test_tables_that_nobody_reads_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twenty(tmp_path / "s")
    monkeypatch.setattr("gongkai.compare.tables._MOST", 10)
    with pytest.raises(UsageError, match="20 groups by agency"):
        run(tmp_path / "s", tmp_path / "out", "agency")


def test_answers_of_a_store_without_problems(tmp_path: Path) -> None:
    store = Rows().report("r1").store(tmp_path)
    study = compare.study(store, by=())
    table = compare.answers(study, store, compare.points(store))
    assert table.num_rows == 0
    assert compare.answered_by_group(study, table).num_rows == 0


SHEET = "report_id,probability,design,problem.timeliness,problem.format\n"


def twenty(folder: Path) -> Any:
    rows = Rows()
    for k in range(20):
        rows.report(f"r{k:02}", [LATE if k < 8 else DULL], agency_id=f"a{k}")
    return rows.store(folder)


def test_corrected_shares_by_hand(tmp_path: Path) -> None:
    store = twenty(tmp_path / "s")
    study, points = compare.study(store, by=()), compare.points(store)
    # of four coded reports, each standing for five, the model is wrong on one that is not late
    coded = "".join(f"r{k:02},0.2,simple,{late},0\n" for k, late in ((0, 1), (1, 0), (10, 0), (11, 0)))
    (tmp_path / "c.csv").write_text(SHEET + coded, encoding="utf-8-sig")
    table = compare.corrected_shares(study, points, read_coded(tmp_path / "c.csv", study)).to_pylist()
    late = next(r for r in table if r["facet"] == "timeliness")
    assert (late["model"], late["coded_share"], late["coded"], late["errors"]) == (0.4, 0.25, 4, 1)
    assert late["share"] == pytest.approx((8 - 1 / 0.2) / 20)
    # one error was seen: what the other reports hold cannot be told from it
    assert (late["low"], late["high"]) == (None, None)


def test_regression_on_groups_is_the_difference_of_corrected_shares(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(40):
        rows.report(f"r{k:02}", [LATE if k % 4 == 0 else DULL], agency_id=f"a{k}", kind="water" if k % 2 else "education")
    store = rows.store(tmp_path / "s")
    study, points = compare.study(store, by=("kind",)), compare.points(store)
    coded = "".join(f"r{k:02},0.5,simple,{int(k % 4 == 0 or k == 5)},0\n" for k in range(20))
    (tmp_path / "c.csv").write_text(SHEET + coded, encoding="utf-8")
    sheet = read_coded(tmp_path / "c.csv", study)
    shares = {
        r["kind"]: r["share"] for r in compare.corrected_shares(study, points, sheet).to_pylist() if r["facet"] == "timeliness"
    }
    fit = {r["term"]: r for r in compare.corrected_regression(study, points, sheet, "problem.timeliness").to_pylist()}
    assert fit["kind=water"]["estimate"] == pytest.approx(shares["water"] - shares["education"])
    assert fit["kind=water"]["model"] == pytest.approx(-0.5)
    assert fit["(intercept)"]["estimate"] == pytest.approx(shares["education"])
    with pytest.raises(UsageError, match="was not coded"):
        compare.corrected_regression(study, points, sheet, "measure.format")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("report_id,design,problem.format\nr00,simple,1\n", "no column probability"),
        (SHEET + "r00,0.5,uncertainty,1,0\n", "drawn by uncertainty"),
        (SHEET + "r00,0.5,,1,0\n", "unknown design"),
        (SHEET + "r00,0,simple,1,0\n", "probability is '0'"),
        (SHEET + "r00,,simple,1,0\n", "probability is ''"),
        (SHEET + "r00,1.5,simple,1,0\n", "probability is '1.5'"),
        (SHEET + "r99,0.5,simple,1,0\n", "'r99' is not in the store"),
        (SHEET + "r00,0.5,simple,1,0\nr00,0.5,simple,1,0\n", "or twice"),
        (SHEET + "r00,0.5,simple,yes,0\n", "problem.timeliness is 'yes'"),
        (SHEET + "r00,0.5,simple,,1\n", "problem.timeliness is ''|nothing"),
        (SHEET.replace("format", "speed") + "r00,0.5,simple,1,1\n", "problem.speed"),
        (SHEET, "nothing is coded"),
    ],
)
def test_sheets_that_stand_for_nothing_are_refused(tmp_path: Path, text: str, message: str) -> None:
    store = twenty(tmp_path / "s")
    (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    study = compare.study(store, by=())
    if message.endswith("|nothing"):  # a column that is wholly empty was not coded; the other one counts
        assert read_coded(tmp_path / "c.csv", study).columns == ("problem.format",)
        return
    with pytest.raises(DataError, match=message):
        read_coded(tmp_path / "c.csv", study)


def test_a_drawn_sheet_says_how_it_was_drawn(tmp_path: Path) -> None:
    study = compare.study(twenty(tmp_path), by=("agency",))
    one = compare.draw_reports(compare.study(twenty(tmp_path / "b"), by=()), 5, seed=1)
    assert [r["probability"] for r in one] == [0.25] * 5
    assert [r["report_id"] for r in one] == [
        r["report_id"] for r in compare.draw_reports(compare.study(twenty(tmp_path / "c"), by=()), 5, seed=1)
    ]
    assert set(one[0]) - {"report_id", "group", "probability", "design"} < set(sheet_columns(study.codes))
    with pytest.raises(UsageError, match="20 strata"):
        compare.draw_reports(study, 30, stratified=True)


def test_a_simple_draw_gives_the_estimate_of_prediction_powered_inference(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = Rows()
    truth = rng.random(400) < 0.4
    said = np.where(rng.random(400) < 0.85, truth, ~truth)
    for k in range(400):
        rows.report(f"r{k:03}", [LATE if said[k] else DULL], agency_id=f"a{k:03}")
    store = rows.store(tmp_path)
    study, points = compare.study(store, by=()), compare.points(store)
    drawn = np.sort(rng.choice(400, 60, replace=False))
    lines = "".join(f"r{k:03},0.15,simple,{int(truth[k])},0\n" for k in drawn.tolist())
    (tmp_path / "c.csv").write_text(SHEET + lines, encoding="utf-8-sig")
    row = next(
        r
        for r in compare.corrected_shares(study, points, read_coded(tmp_path / "c.csv", study)).to_pylist()
        if r["facet"] == "timeliness"
    )
    # Angelopoulos et al. 2023, algorithm 1: mean of the predictions plus the mean error of the coded ones, their variances added
    predicted, error = said.astype(float), truth[drawn].astype(float) - said[drawn]
    assert row["share"] == pytest.approx(predicted.mean() + error.mean(), abs=1e-12)
    half = stats.norm.ppf(0.975) * np.sqrt(predicted.var(ddof=1) / 400 + error.var(ddof=1) / 60)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=0.1)
    assert row["errors"] == int((error != 0).sum()) > 0


def test_the_command_writes_tables_that_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twenty(tmp_path / "s")
    run(tmp_path / "s", tmp_path / "out", "year, form")
    said = capsys.readouterr().out
    assert "reports   20 of 20 agencies in 1 group\n" in said
    assert "coverage of the reports: own 20" in said
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {
        "points.parquet",
        "problems.csv",
        "measures.csv",
        "labels.csv",
        "answers.csv",
        "derived.csv",
        "derived_definitions.csv",
    } <= names
    assert "corrected.csv" not in names
    with (tmp_path / "out" / "problems.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["facet"] == "timeliness" and r["dimension"] == "all"]
    assert [(r["year"], r["form"], r["share"]) for r in rows] == [("2022", "2021", "0.4")]


def test_the_command_is_there(tmp_path: Path) -> None:
    twenty(tmp_path / "s")
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "s"), "--by", "kind", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert (tmp_path / "out" / "answers_by_group.csv").is_file()


def test_drawing_coding_and_correcting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twenty(tmp_path / "s")
    run(tmp_path / "s", tmp_path / "out", "year", draw=10, seed=3)
    path = tmp_path / "out" / "to_code.csv"
    with path.open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        row["problem.timeliness"] = "1" if row["report_id"] < "r08" else "0"
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(UsageError, match="there already"):
        run(tmp_path / "s", tmp_path / "out", "year", draw=10)
    run(tmp_path / "s", tmp_path / "out", "year", coded=path)
    with (tmp_path / "out" / "corrected.csv").open(encoding="utf-8-sig", newline="") as f:
        found = list(csv.DictReader(f))
    assert [(r["facet"], r["share"], r["errors"]) for r in found] == [("timeliness", "0.4", "0")]
    assert "10 reports to code" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "colour"}, "colour"),
        ({"by": "year,form", "reference": "2022"}, "1 values"),
        ({"by": "year", "reference": "1999"}, "no group"),
    ],
)
def test_the_command_refuses(tmp_path: Path, arguments: dict[str, str], message: str) -> None:
    rows = Rows().report("r1", year=2021).report("r2", agency_id="b")
    rows.store(tmp_path / "s")
    with pytest.raises(UsageError, match=message):
        run(tmp_path / "s", tmp_path / "out", arguments.pop("by"), **arguments)  # type: ignore[arg-type]


def test_no_cell_of_a_table_runs_as_a_formula(tmp_path: Path) -> None:
    import pyarrow as pa

    write_csv(pa.table({"text": ["=1+1", "-8", "更新慢", None], "n": [-1.5, 2.0, None, 0.0]}), tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["text,n", "'=1+1,-1.5", "'-8,2", "更新慢,", ",0"]


def test_names_are_functions_whatever_was_imported_before() -> None:
    # a module of the same name would hide the function once anything imports it
    assert compare.__all__ == sorted(compare.__all__)
    for module in pkgutil.iter_modules(compare.__path__):
        import_module(f"gongkai.compare.{module.name}")
    assert not [n for n in compare.__all__ if isinstance(getattr(compare, n), ModuleType)]


def test_comparison_is_imported_when_it_is_used() -> None:
    code = "import sys, gongkai.compare; print([m for m in ('duckdb', 'scipy', 'pyarrow', 'numpy', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
