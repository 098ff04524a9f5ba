"""``gongkai check``: files, a store, its exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from gongkai.compare.hierarchy import read_hierarchy
from tests.support.factories import sample_text
from tests.support.in_process import Run
from tests.support.small_store import cells, report, small_store

IN_PROCESS = True


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two years of one agency; the later report contradicts its table."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "2021.txt").write_text(sample_text("海湾市财政局", 2021), encoding="utf-8")
    (folder / "2022.txt").write_text(sample_text("海湾市财政局", 2022, received=14), encoding="utf-8")
    return folder


def test_files_of_one_agency_are_checked_beside_each_other(run: Run, files: Path) -> None:
    code, out, err = run("check", files / "2021.txt", files / "2022.txt", "--json")
    before, now = json.loads(out)
    assert (code, err) == (1, "")
    assert (before["beside"], now["beside"]) == (None, "2021.txt")
    assert [f["kind"] for f in now["findings"]].count("prose_table") == 1
    assert "prose_table" not in [f["kind"] for f in before["findings"]]


def test_a_store_gives_what_its_files_give(run: Run, files: Path, tmp_path: Path) -> None:
    assert run("tag", files, "--out", tmp_path / "results")[0] == 0
    stored = json.loads(run("check", tmp_path / "results", "--json")[1])
    read = json.loads(run("check", files, "--json")[1])
    said = [[(f["kind"], f["message_zh"], f["places"]) for f in r["findings"]] for r in stored]
    assert said == [[(f["kind"], f["message_zh"], f["places"]) for f in r["findings"]] for r in read]


def test_page(run: Run, files: Path, tmp_path: Path) -> None:
    code, out, _ = run("check", files, "--html", tmp_path / "check.html", "--lang", "zh")
    assert code == 1
    assert "正文与表格不符" in out
    assert "正文与表格不符" in (tmp_path / "check.html").read_text(encoding="utf-8")


def test_misuse_and_files_that_are_no_report(run: Run, files: Path, tmp_path: Path) -> None:
    (tmp_path / "foreign.txt").write_text("今天天气不错，适合散步。", encoding="utf-8")
    code, _, err = run("check", tmp_path / "foreign.txt")
    assert code == 1
    assert "foreign.txt" in err
    code, _, err = run("check", tmp_path / "missing.txt")
    assert code == 1
    assert "missing.txt" in err
    assert run("check")[0] == 2
    assert run("tag", files, "--out", tmp_path / "results")[0] == 0
    code, _, err = run("check", tmp_path / "results", files / "2021.txt")
    assert code == 2
    assert "folder of results" in err


def _hierarchy(folder: Path, county: int) -> Path:
    """A store of a county's consolidated report and those of two departments, by their requests received."""
    bodies = (("云岭县人民政府", "consolidated", county), ("云岭县水务局", "own", 4), ("云岭县教育局", "own", 5))
    rows = [report(name, 2023, coverage=coverage, n_cells=1) for name, coverage, _ in bodies]
    cells_of = [row for name, _, value in bodies for row in cells(f"{name}/2023", {"t3.new.total": value})]
    small_store(folder, reports=rows, cells=cells_of)
    frame = folder.parent / "frame.csv"
    frame.write_text("agency,reports_to\n云岭县水务局,云岭县人民政府\n云岭县教育局,云岭县人民政府\n", encoding="utf-8")
    return frame


@pytest.mark.parametrize(("county", "code", "residual"), [(9, 0, "0"), (11, 1, "2")])
def test_hierarchy(run: Run, tmp_path: Path, county: int, code: int, residual: str) -> None:
    frame = _hierarchy(tmp_path / "results", county)
    out = tmp_path / "residuals.csv"
    got, said, err = run("check", tmp_path / "results", "--hierarchy", frame, "--residuals", out)
    assert (got, err) == (code, "")
    assert "云岭县人民政府" in said
    with out.open(encoding="utf-8-sig", newline="") as f:
        (row,) = csv.DictReader(f)
    assert (row["code"], row["value"], row["members"], row["residual"]) == ("t3.new.total", str(county), "9", residual)


def test_hierarchy_names_who_is_missing(run: Run, tmp_path: Path) -> None:
    frame = _hierarchy(tmp_path / "results", 9)
    frame.write_text(frame.read_text(encoding="utf-8") + "云岭县交通局,云岭县人民政府\n", encoding="utf-8")
    code, out, _ = run("check", tmp_path / "results", "--hierarchy", frame, "--json")
    (row,) = json.loads(out)
    assert (code, row["verdict"], row["missing"]) == (0, "not_checkable", "云岭县交通局")


def test_a_frame_from_a_chinese_excel(tmp_path: Path) -> None:
    frame = tmp_path / "名单.csv"
    frame.write_bytes("机关,上级机关\r\n云岭县 水务局,云岭县人民政府\r\n,,\r\n".encode("gbk"))
    assert read_hierarchy(frame) == [("云岭县水务局", "云岭县人民政府")]


def test_hierarchy_misused(run: Run, files: Path, tmp_path: Path) -> None:
    frame = _hierarchy(tmp_path / "results", 9)
    assert run("check", files, "--hierarchy", frame)[0] == 2
    assert run("check", files, "--residuals", tmp_path / "r.csv")[0] == 2
    frame.write_text("name,above\n", encoding="utf-8")
    code, _, err = run("check", tmp_path / "results", "--hierarchy", frame)
    assert code == 2
    assert "reports_to" in err
