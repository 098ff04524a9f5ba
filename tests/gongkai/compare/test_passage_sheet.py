"""One sheet of whole sections 五: drawn with known chances, coded by passage, and what it corrects; refusals where it does not fit."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import DataError, UsageError
from corpus.spreadsheets import write_csv
from gongkai import compare
from gongkai.commands.compare import run as run_compare
from gongkai.commands.sample import run as sample
from gongkai.compare.corrected_passages import _unseen, corrected_differences, corrected_from_passages
from gongkai.compare.passage_sheet import JUNK, SHEET_COLUMNS, check_sheet, draw_sheet, is_passage_sheet, read_sheet, sheet_text
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from gongkai.store_access import Store, load
from models.taxonomy import codebook_taxonomy
from tests.support.compare_store import DULL, FASTER, LATE, Rows

Row = dict[str, Any]
#: truth of a passage by what the store says of it
Truth = Callable[[Row], tuple[str, str]]


def store_of(folder: Path, n: int = 40, model: str = "test", more: int = 0) -> Store:
    """Of kind x 30 in 40 reports state that they are late, of kind y 10 in 40; every one has a measure, and one odd passage."""
    rows = Rows()
    for k in range(n + more):
        for kind, late in (("x", 3), ("y", 1)):
            first = LATE if k % 4 < late else DULL
            # text is the key of a passage's truth in these tests
            passages = [(first[0], f"{first[1]}{kind}{k}", first[2]), FASTER, ("disclosure", f"全年公开{k}条。")]
            rows.report(f"{kind}{k:03}", passages, agency_id=f"{kind}{k}", kind=kind)
    return rows.store(folder, model_id=model)


def as_the_model(row: Row) -> tuple[str, str]:
    if "更新不及时" in row["text"] or "形式单一" in row["text"]:
        return "problem", "timeliness" if "更新不及时" in row["text"] else "format"
    return ("improvement", "timeliness") if "下一步" in row["text"] else ("disclosure", "")


def every_fourth_is_wrong(row: Row) -> tuple[str, str]:
    """The model finds lateness where it is format, in each report whose number 8 divides: 30 of 40 become 25 of 40 in x, 10 become 5 in y."""
    label, facet = as_the_model(row)
    return (
        (label, "format")
        if facet == "timeliness" and label == "problem" and int(row["report_id"][1:]) % 8 == 0
        else (label, facet)
    )


def coded(rows: list[Row], truth: Truth) -> list[Row]:
    return [{**r, "label": truth(r)[0], "facets": truth(r)[1]} for r in rows]


def write(path: Path, rows: list[Row]) -> Path:
    path.write_text(sheet_text(rows), encoding="utf-8", newline="")
    return path


def found(
    store: Store, path: Path, by: tuple[str, ...] = ("kind",), code: str = "timeliness", unit: str = "report"
) -> dict[str, Row]:
    study = compare.study(store, by=by)
    table = corrected_from_passages(study, store, read_sheet(path, store, study)).to_pylist()
    return {",".join(r[k] for k in by): r for r in table if (r["unit"], r["what"], r["code"]) == (unit, "problem", code)}


def test_all_reports_coded_give_the_truth_exactly(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    path = write(tmp_path / "sheet.csv", coded(draw_sheet(store, 80, seed=1), every_fourth_is_wrong))
    assert is_passage_sheet(path)
    shares = found(store, path)
    assert (shares["x"]["model"], shares["x"]["share"], shares["x"]["errors"], shares["x"]["agreeing"]) == (0.75, 0.625, 5, 35)
    assert (shares["y"]["model"], shares["y"]["share"]) == (0.25, 0.125)
    passages = found(store, path, unit="passage")
    assert passages["x"]["share"] == pytest.approx(0.625)
    study = compare.study(store, by=("kind",))
    rows = corrected_differences(study, store, read_sheet(path, store, study)).to_pylist()
    row = next(r for r in rows if (r["unit"], r["what"], r["code"]) == ("report", "problem", "timeliness"))
    assert (row["group"], row["other"], row["difference"]) == ("y", "x", pytest.approx(-0.5))
    assert row["low"] < -0.5 < row["high"] < 0
    assert row["p"] < 0.001
    assert (row["clusters"], row["other_clusters"], row["few_clusters"]) == (40, 40, False)
    tested = [r for r in rows if r["p"] is not None]
    assert [r["p_holm"] is not None and r["p"] <= r["q_bh"] <= r["p_holm"] for r in tested] == [True] * len(tested)


def test_no_interval_under_five_errors(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    path = write(tmp_path / "sheet.csv", coded(draw_sheet(store, 30, strata=("kind",), seed=3), every_fourth_is_wrong))
    for row in found(store, path).values():
        assert row["share"] is not None
        assert row["errors"] < 5
        assert row["low"] is None


def test_a_difference_rests_on_the_errors_of_both_groups(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    study = compare.study(store, by=("kind",))
    for wrong, printed in ((2, False), (3, True)):  # the model is wrong on so many reports of each group

        def few(row: Row, wrong: int = wrong) -> tuple[str, str]:
            said = as_the_model(row)
            # the first of each group that the model finds late: numbers 0, 4, 8
            late = said == ("problem", "timeliness") and int(row["report_id"][1:]) in range(0, 4 * wrong, 4)
            return ("problem", "format") if late else said

        path = write(tmp_path / f"{wrong}.csv", coded(draw_sheet(store, 80, seed=1), few))
        assert {r["low"] for r in found(store, path).values()} == {None}
        rows = corrected_differences(study, store, read_sheet(path, store, study)).to_pylist()
        row = next(r for r in rows if (r["unit"], r["what"], r["code"]) == ("report", "problem", "timeliness"))
        assert (row["errors"], row["p"] is not None) == (2 * wrong, printed)


@pytest.mark.parametrize("how", ["reports", "stratified", "active"])
def test_corrected_shares_hold_the_truth(tmp_path: Path, how: str) -> None:
    store = store_of(tmp_path / "s", 120)
    errors, held = [], 0
    for seed in range(15):
        rows = draw_sheet(store, 80, strata=("kind",) if how == "stratified" else (), active=how == "active", seed=seed)
        assert len({r["report_id"] for r in rows}) == 80
        row = found(store, write(tmp_path / "sheet.csv", coded(rows, every_fourth_is_wrong)), by=())[""]
        errors.append(row["share"] - 0.375)
        held += row["low"] <= 0.375 <= row["high"]
    assert abs(np.mean(errors)) < 0.015  # the model alone is off by 0.125
    assert held >= 13


def test_what_is_no_passage_and_a_section_that_is_not_there_leave_the_denominators(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    rows = coded(draw_sheet(store, 80, seed=1), as_the_model)
    for r in rows:
        if r["text"].startswith("全年公开"):
            r["label"], r["facets"] = JUNK, ""
        if r["report_id"] in {"x000", "x001"}:
            r["s5_state"] = "absent"
    path = write(tmp_path / "sheet.csv", rows)
    study = compare.study(store, by=("kind",))
    table = corrected_from_passages(study, store, read_sheet(path, store, study)).to_pylist()
    labels = {r["code"]: r["share"] for r in table if (r["kind"], r["what"]) == ("y", "label")}
    assert (labels["problem"], labels["improvement"], labels["disclosure"]) == (pytest.approx(0.5), pytest.approx(0.5), 0)
    assert found(store, path)["x"]["share"] == pytest.approx(28 / 38)


def test_alpha_stands_beside_the_shares_of_what_two_people_coded(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    rows = [{**r, "coder": "a"} for r in coded(draw_sheet(store, 80, seed=1), as_the_model)]
    twice = [{**r, "coder": "b"} for r in rows[:60]]
    alike = write(tmp_path / "alike.csv", rows + twice)
    assert found(store, alike)["x"]["alpha"] == 1.0
    twice[0]["facets"] = "format" if twice[0]["facets"] == "timeliness" else "timeliness"
    assert found(store, write(tmp_path / "apart.csv", rows + twice))["x"]["alpha"] < 1.0
    assert found(store, write(tmp_path / "one.csv", rows))["x"]["alpha"] is None


def test_a_sheet_that_fits_no_longer_is_refused_or_weighted_anew_and_said(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    rows = coded(draw_sheet(store, 40, strata=("kind",), seed=1), as_the_model)
    study = compare.study(store, by=("kind",))
    assert read_sheet(write(tmp_path / "a.csv", rows), store, study).notes == ()
    lost = next(r["report_id"] for r in rows)
    fewer = read_sheet(write(tmp_path / "b.csv", [r for r in rows if r["report_id"] != lost]), store, study)
    assert "1 drawn reports are not coded" in fewer.notes[0]
    assert sorted({round(p, 4) for p in fewer.chance.values()}) == [19 / 40, 0.5]
    grown = store_of(tmp_path / "grown", more=10)
    anew = read_sheet(tmp_path / "a.csv", grown, compare.study(grown))
    assert "weighted anew" in anew.notes[0]
    assert set(anew.chance.values()) == {0.4}
    other = store_of(tmp_path / "other", model="better")
    assert "of the model test" in read_sheet(tmp_path / "a.csv", other, compare.study(other)).notes[0]


def test_refusals_name_the_row(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    study = compare.study(store)
    rows = coded(draw_sheet(store, 40, seed=1), as_the_model)
    for changed, says in (
        (rows[1:], "rows of coded reports are missing"),
        ([{**rows[0], "label": ""}, *rows[1:]], "is not coded, but other passages"),
        ([{**rows[0], "label": "nonsense"}, *rows[1:]], "nonsense"),
        ([{**rows[0], "s5_state": "gone"}, *rows[1:]], "s5_state is 'gone'"),
        ([{**r, "population": r["population"].replace("gongkai ", "blame ")} for r in rows], "was coded by the codebook"),
        ([{**r, "draw": str(k)} for k, r in enumerate(rows)], "several draws"),
        ([{**r, "label": ""} for r in rows], "nothing is coded"),
    ):
        with pytest.raises(DataError, match=says):
            read_sheet(write(tmp_path / "bad.csv", changed), store, study)
    (tmp_path / "s" / "corrections.csv").write_text(
        "report_id,table,key,field,old,new,start,end,quote,by,date,reason\n", encoding="utf-8"
    )
    some = replace(store, corrections=(type("C", (), {"table": "passages"})(),))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="corrections of passages are mixed"):
        read_sheet(write(tmp_path / "good.csv", rows), some, study)


def test_from_the_draw_to_the_corrected_difference_by_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store_of(tmp_path / "s")
    path = tmp_path / "sheet.csv"
    sample(tmp_path / "s", path, n=80, by="reports", strata=("kind",), allocate="equal", seed=1)
    assert "population  reports=80; drawn=80; model=test" in capsys.readouterr().out
    with path.open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    write(path, coded(rows, every_fourth_is_wrong))
    run_compare(tmp_path / "s", tmp_path / "out", "kind", coded=path, lang="en")
    with (tmp_path / "out" / "corrected.csv").open(encoding="utf-8-sig", newline="") as f:
        shares = {(r["kind"], r["unit"], r["what"], r["code"]): float(r["share"]) for r in csv.DictReader(f) if r["share"]}
    assert shares["x", "report", "problem", "timeliness"] == pytest.approx(0.625)
    assert (tmp_path / "out" / "corrected_differences.csv").is_file()
    with (tmp_path / "out" / "problems.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = [r for r in csv.DictReader(f) if (r["kind"], r["facet"]) == ("x", "timeliness")]
    whole = next(r for r in rows if r["dimension"] == "all")
    assert (whole["share"], whole["corrected"], whole["share_corrected"]) == ("0.75", "True", "0.625")
    assert float(whole["corrected_low"]) < 0.625 < float(whole["corrected_high"])
    assert (whole["model"], whole["codebook"], whole["coded"], whole["reports"]) == ("test", "gongkai 2", "40", "40")
    assert int(whole["errors"]) >= 5
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "n reports coded of how many" in page
    assert re.search(r"62\.5 \(\d+\.\d … \d+\.\d\) n=40/40", page)
    assert {(r["corrected"], r["share_corrected"]) for r in rows if r["dimension"] != "all"} == {("False", "")}
    with pytest.raises(UsageError, match="does not show its codes"):
        sample(tmp_path / "s", tmp_path / "b.csv", n=8, by="reports", strata=(), allocate="equal", seed=1, suggest=True)
    assert load(tmp_path / "s").finished


def in_doubt(folder: Path, doubt: int | None) -> Store:
    """40 reports that state lateness by the model: it is sure of 30, and gives the last ten ``doubt`` 255ths; ``None``: no probabilities."""
    rows = Rows()
    facets = codebook_taxonomy().facets
    for k in range(40):
        rows.report(f"r{k:03}", [(LATE[0], f"{LATE[1]}{k}", LATE[2])], agency_id=f"a{k}")
        if doubt is not None:
            shown = [0] * len(facets)
            shown[facets.index("timeliness")] = 255 if k < 30 else doubt
            rows.rows["passages"][-1]["facet_scores"] = shown
    return rows.store(folder)


def test_probabilities_of_facets_narrow_corrected_shares_and_lead_an_active_draw(tmp_path: Path) -> None:
    def doubted_are_wrong(row: Row) -> tuple[str, str]:
        return "problem", "format" if int(row["report_id"][1:]) >= 30 else "timeliness"

    widths = []
    for doubt in (None, 26):
        store = in_doubt(tmp_path / str(doubt), doubt)
        rows = draw_sheet(store, 24, seed=5)
        row = found(store, write(tmp_path / f"{doubt}.csv", coded(rows, doubted_are_wrong)), by=("form",))["2021"]
        assert row["model"] == 1.0  # what is decided stays as it is
        widths.append(row["high"] - row["low"])
    assert widths[1] < 0.95 * widths[0]
    chance = {r["report_id"]: r["inclusion_probability"] for r in draw_sheet(store, 20, active=True, seed=5)}
    assert min(v for r, v in chance.items() if r >= "r030") > 2 * max(v for r, v in chance.items() if r < "r030")


def test_one_pseudo_error_each_way_is_a_floor() -> None:
    seen = np.array([1.0] * 5 + [0.0] * 45)
    assert _unseen(seen, 1.0) == 0.0
    # none seen: 50 times 0 with 1 and -1 have a variance of 2/51, of the mean 2/51/52; of half a unit a report four times that
    assert _unseen(np.zeros(50), 1.0) == pytest.approx(2 / 51 / 52)
    assert _unseen(np.zeros(50), 0.5) == pytest.approx(8 / 51 / 52)


def test_every_table_with_an_interval_says_of_how_many_agencies(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    sheet = write(tmp_path / "sheet.csv", coded(draw_sheet(store, 60, seed=1), every_fourth_is_wrong))
    drawn = compare.draw_reports(compare.study(store, by=("kind",)), 60)
    few = tmp_path / "reports.csv"
    lines = [f"{r['report_id']},{r['probability']},simple,{k % 2}" for k, r in enumerate(drawn)]
    few.write_text("\n".join(["report_id,probability,design,problem.timeliness", *lines]), encoding="utf-8")
    seen = set()
    for given in (sheet, few):
        found = compare_all(store, CompareOptions(by=("kind",), coded=given)).tables
        for name, table in found.items():
            if "low" in table.column_names:
                seen.add(name)
                assert {"clusters", "few_clusters"} <= set(table.column_names), name
                assert {"other_clusters"} <= set(table.column_names) or "difference" not in name, name
                few_ones = [r for r in table.to_pylist() if r["low"] is not None and r["clusters"] < 5]
                assert not few_ones, name
    assert {"problems", "corrected", "corrected_differences", "differences", "answers_baseline", "derived_by_group"} <= seen


@pytest.mark.parametrize("column", ["label", "facets", "coder", "s5_state", "inclusion_probability", "population"])
def test_a_sheet_that_lacks_a_column_is_refused_by_its_name(tmp_path: Path, column: str) -> None:
    store = store_of(tmp_path / "s", n=8)
    rows = coded(draw_sheet(store, 8, seed=1), every_fourth_is_wrong)
    path = tmp_path / "sheet.csv"
    names = [c for c in SHEET_COLUMNS if c != column]
    write_csv(path, names, ([r.get(c, "") for c in names] for r in rows))
    with pytest.raises(DataError, match=f"sheet.csv.*has no column {column}.*gongkai sample --by reports"):
        check_sheet(path)
    with pytest.raises(DataError, match=f"has no column {column}"):
        read_sheet(path, store, compare.study(store, ()))
