"""The commands that analyse a store, as a user types them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

import gongkai
from tests.support.in_process import Run
from training.samples.build import build

pytest.importorskip("matplotlib")
pytest.importorskip("rensa")


IN_PROCESS = True


Said = Callable[..., str]


@pytest.fixture
def said(run: Run) -> Said:
    """What ``gongkai ARGS`` prints; what it says went wrong where it ``fails`` with that exit code."""

    def call(*arguments: object, fails: int = 0) -> str:
        done = run(*arguments)
        assert done.code == fails, done.err
        return done.err if fails else done.out

    return call


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("analysis")
    build(root / "samples", ["tab-rows"])
    gongkai.tag(root / "samples" / "tab-rows", root / "out")
    return root / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def test_compare_writes_tables_and_a_page_that_loads_nothing(
    said: Said, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    out = said("compare", store, "--by", "year", "--out", tmp_path / "c")
    assert "17 of 17 agencies in 7 groups" in out
    assert "form of 2019; --across-forms" in out
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml") >= 4
    assert "存在问题" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert {r["year"] for r in rows(tmp_path / "c" / "labels.csv")} == {"2021", "2022", "2023", "2024", "2025"}
    assert len(rows(tmp_path / "c" / "panel.csv")) == 17
    marked = said("compare", store, "--by", "year", "--out", tmp_path / "d", "--across-forms")
    assert "--across-forms" not in marked
    assert {r["forms"] for r in rows(tmp_path / "d" / "labels.csv") if r["year"] == "2019"} == {"2019"}


def test_two_reports_side_by_side(said: Said, store: Path, tmp_path: Path) -> None:
    assert "are one report" in said("compare", store, "tax-county-2022.txt", "国家税务总局云岭县税务局/2022", fails=2)
    out = said("compare", store, "国家税务总局云岭县税务局/2022", "market-county-2022.txt")
    assert "the same but for numbers" in out
    assert "with a value in both differ" in out
    assert "no report '无此局/2022'" in said("compare", store, "tax-county-2022.txt", "无此局/2022", fails=2)
    assert "1 name is given" in said("compare", store, "tax-county-2022.txt", fails=2)
    printed = said("compare", store, "tax-county-2022.txt", "market-county-2022.txt", "--out", tmp_path / "pair")
    assert "cells.csv" in printed
    assert {p.name for p in (tmp_path / "pair").iterdir()} == {
        "passages.csv",
        "cells.csv",
        "indicators.csv",
        "codebook.csv",
        "report.html",
    }
    assert rows(tmp_path / "pair" / "cells.csv")
    assert "no folder for the tables" in said("compare", store, fails=2)


def test_keywords_in_context(said: Said, store: Path) -> None:
    out = said("kwic", store, "培训", "--format", "csv", "--label", "supervision")
    assert said("kwic", store, "培训", "--format", "csv", "--label", "监督保障") == out, "a label is named in Chinese as well"
    found = list(csv.DictReader(out.splitlines()))
    assert found
    assert all(r["hit"] == "培训" and r["label"] == "supervision" for r in found)


def test_coverage(said: Said, store: Path, tmp_path: Path) -> None:
    frame = tmp_path / "frame.csv"
    frame.write_text("year,agency\n2022,国家税务总局云岭县税务局\n2022,无此局\n", encoding="utf-8")
    said("coverage", store, "--frame", frame, "--out", tmp_path / "found.csv")
    assert [r["status"] for r in rows(tmp_path / "found.csv")][:2] == ["found", "missing"]
    assert "exists already" in said("coverage", store, "--frame", frame, "--out", tmp_path / "found.csv", fails=2)


def test_export_corrections_bundle(said: Said, store: Path, tmp_path: Path) -> None:
    said("export", store, "--to", "csv", "--out", tmp_path / "csv", "--only", "wide")
    assert len(rows(tmp_path / "csv" / "wide.csv")) == 17
    assert "has no corrections" in said("corrections", store)
    assert "unknown format" in said("export", store, "--to", "sav", "--out", tmp_path / "x", fails=2)
    queries = tmp_path / "q.sql"
    queries.write_text("SELECT count(*) AS n FROM reports", encoding="utf-8")
    said("bundle", store, "--out", tmp_path / "b", "--queries", queries, "--redact", "contacts")
    assert rows(tmp_path / "b" / "queries" / "q.csv") == [{"n": "17"}]
    assert "cannot redact" in said("bundle", store, "--out", tmp_path / "b2", "--redact", "all", fails=2)
