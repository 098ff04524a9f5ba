"""Pseudo-outcomes for regressions elsewhere, region codes for merging, and the user's own columns in groupings and wide tables."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gongkai import compare
from gongkai.commands.compare import run
from gongkai.compare.corrected import moment_fit
from gongkai.compare.passage_sheet import draw_sheet, read_sheet
from gongkai.compare.pseudo_outcomes import from_reports, from_sheet, r_example, stata_example
from gongkai.compare.tables import write_csv
from gongkai.export.wide import wide
from gongkai.further_columns import meta_names, region_code
from gongkai.store_access import Store
from tests.gongkai.compare.test_passage_sheet import coded, write
from tests.support.compare_store import DULL, LATE, Rows


def store_of(folder: Path) -> Store:
    """Eight agencies of two cities, four of them treated; the model finds lateness in all."""
    rows = Rows()
    for k in range(8):
        rows.report(
            f"r{k}", [(LATE[0], f"{LATE[1]}{k}", LATE[2])], agency_id=f"a{k}", division_code=f"3201{k + 1:02}" if k < 4 else "320800",
            metadata=json.dumps({"treated": str(k % 2), "地区": "苏北" if k >= 4 else "苏南", "code": f"0{k}"}, ensure_ascii=False),
        )  # fmt: skip
    rows.report("last", [DULL], agency_id="a9", s5="unread")
    return rows.store(folder)


def outcomes(folder: Path) -> tuple[Store, pa.Table]:
    """Four of eight drawn; people find that the first of those drawn is about format."""
    store = store_of(folder / "s")
    rows = draw_sheet(store, 4, seed=2)
    first = min(r["report_id"] for r in rows)
    path = write(
        folder / "sheet.csv", coded(rows, lambda r: ("problem", "format" if r["report_id"] == first else "timeliness"))
    )
    study = compare.study(store, by=("prefecture_code",))
    return store, from_sheet(study, store, read_sheet(path, store, study))


def test_pseudo_outcomes_by_hand(tmp_path: Path) -> None:
    _, table = outcomes(tmp_path)
    rows = table.to_pylist()
    assert len(rows) == 8  # of the ninth nothing is known
    assert {r["m_problem_timeliness"] for r in rows} == {1.0}
    # e = −1, 0, 0, 0 and their mean −1/4: those not coded have 1 − 1/4, of those coded 1 − 1/4 + 2 (e + 1/4)
    assert [r["y_problem_timeliness"] for r in rows if not r["coded"]] == [0.75] * 4
    assert sorted(r["y_problem_timeliness"] for r in rows if r["coded"]) == [-0.75, 1.25, 1.25, 1.25]
    assert sorted(r["t_problem_timeliness"] for r in rows if r["coded"]) == [0.0, 1.0, 1.0, 1.0]
    assert {r["t_problem_timeliness"] for r in rows if not r["coded"]} == {None}
    assert {r["sample_prob"] for r in rows} == {0.5}  # known of those that were not drawn, too
    assert np.mean([r["y_problem_timeliness"] for r in rows]) == 0.75  # what people say of those drawn


def test_outcomes_can_be_merged_with_yearbooks(tmp_path: Path) -> None:
    _, table = outcomes(tmp_path)
    rows = {r["report_id"]: r for r in table.to_pylist()}
    assert [rows["r0"][k] for k in ("province_code", "prefecture_code", "county_code", "year")] == [
        "320000",
        "320100",
        "320101",
        2022,
    ]
    assert rows["r7"]["county_code"] is None  # a city's own report lies in no county
    assert (rows["r1"]["meta_treated"], rows["r1"]["meta_地区"], rows["r1"]["meta_code"]) == (1.0, "苏南", "01")


@pytest.mark.parametrize(
    ("division", "key", "code"),
    [
        ("320813", "province_code", "320000"), ("320813", "prefecture_code", "320800"), ("320813", "county_code", "320813"),
        ("320800", "county_code", None), ("310000", "prefecture_code", None), ("429004", "prefecture_code", "429000"), (None, "province_code", None),
    ],
)  # fmt: skip
def test_region_codes(division: str | None, key: str, code: str | None) -> None:
    assert region_code(division, key) == code


def test_the_scripts_name_columns_that_are_there(tmp_path: Path) -> None:
    _, table = outcomes(tmp_path)
    for text in (r_example(table), stata_example(table)):
        assert "y_problem_timeliness" in text  # the outcome that varies; all others are the same in all reports
        assert "meta_code" in text
        assert text.count("(") == text.count(")")
    places = stata_example(table).partition("stringcols(")[2].partition(")")[0].split()
    assert "report_id" in {table.column_names[int(p) - 1] for p in places}


def test_the_do_file_names_variables_that_are_there(tmp_path: Path) -> None:
    _, table = outcomes(tmp_path)
    lines = [x for x in stata_example(table).splitlines() if x and not x.startswith(("*", "version", "set ", "import"))]
    made, syntax = {"agency_number", "x"}, {"encode", "generate", "regress", "pweight", "vce", "cluster", "i"}
    assert set(re.findall(r"[A-Za-z_]\w*", " ".join(lines))) <= {*table.column_names, *made, *syntax}
    assert max(map(len, table.column_names)) <= 32


def test_r_computes_what_gongkai_does(tmp_path: Path) -> None:
    """Runs the script where R is installed: its estimates and errors are those of the regression on the pseudo-outcomes here."""
    if not (r := shutil.which("Rscript")):
        pytest.skip("R is not installed")
    _, table = outcomes(tmp_path)
    write_csv(table, tmp_path / "outcomes.csv")
    text = r_example(table).replace("meta_code", "meta_treated")
    (tmp_path / "regression.R").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [r, "regression.R"], cwd=tmp_path, capture_output=True, encoding="utf-8", env={**os.environ, "LC_ALL": "C.UTF-8"}, check=True
    )  # fmt: skip
    got = np.array([line.split()[1:3] for line in done.stdout.splitlines() if line.startswith(("(Intercept)", "meta_"))][:2])
    y, x = table["y_problem_timeliness"].to_numpy(), table["meta_treated"].to_numpy()
    fit = moment_fit(np.stack([np.ones(8), x], axis=1), y, np.arange(8), np.ones(8))
    assert got.astype(float)[:, 0] == pytest.approx(fit.coefficients, rel=1e-5)
    assert got.astype(float)[:, 1] == pytest.approx(fit.errors, rel=1e-5)


def test_what_dsl_takes_is_the_chance_of_every_report_or_nothing(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s")
    study = compare.study(store, by=())
    for design, chances, told in (("simple", (0.5,) * 4, {0.5}), ("stratified", (0.5, 0.5, 0.25, 0.25), {0.5, 0.25, None})):
        lines = [f"r{k},{p},{design},{k % 2}" for k, p in enumerate(chances)]
        (tmp_path / "coded.csv").write_text(
            "\n".join(["report_id,probability,design,problem.timeliness", *lines]), encoding="utf-8"
        )
        table = from_reports(study, store, compare.points(store), compare.read_coded(tmp_path / "coded.csv", study))
        assert set(table["sample_prob"].to_pylist()) == told
    assert "!anyNA(d$sample_prob)" in r_example(table)


def test_columns_of_the_users_own_group_and_stand_in_the_wide_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_of(tmp_path / "s")
    found = wide(store)
    assert [v.name for v in found.metadata] == ["meta_code", "meta_treated", "meta_地区"]
    assert found.values["meta_treated"].to_pylist()[:3] == [0.0, 1.0, 0.0]
    assert found.values.column_names[-1] == "meta_地区"
    assert max(map(len, meta_names(["x" * 40, "x" * 41]).values())) == 32
    run(tmp_path / "s", tmp_path / "out", "地区,prefecture_code")
    assert "prefecture_code (GB/T 2260, as of the report's year) is unknown of 1 reports" in capsys.readouterr().out
    with (tmp_path / "out" / "problems.csv").open(encoding="utf-8-sig", newline="") as f:
        assert {(r["地区"], r["prefecture_code"]) for r in csv.DictReader(f)} == {
            ("苏南", "320100"),
            ("苏北", "320800"),
            ("unknown", "unknown"),
        }
