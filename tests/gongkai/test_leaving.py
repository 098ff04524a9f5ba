"""What leaves the machine: no formula in any cell, and whole files or none, whatever breaks."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import gongkai
from gongkai.commands import annotate, sample
from gongkai.commands.compare import run as compare
from gongkai.commands.query import format_rows
from gongkai.export import export
from tests.support.factories import sample_text
from training.coding.annotation import read_csv, read_text, write_csv

IN_PROCESS = True

BEGINS = re.compile(r"[=+\-@\t\r\n＝＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("leaving")
    (root / "in").mkdir()
    for n in range(6):
        formulas = "\n".join(f"{sign}SUM(A{n})为全年公开信息{n + 3}条的合计公式。" for sign in ("=", "+", "-", "@"))
        (root / "in" / f"=a{n}.txt").write_text(f"{sample_text(received=n + 2)}\n{formulas}\n", encoding="utf-8")
    gongkai.tag(root / "in", root / "out", workers=1)
    rows = [
        f'{{"text": "公开信息{n}条", "label": "disclosure"}}\n{{"text": "收到申请{n}件", "label": "request"}}' for n in range(9)
    ]
    (root / "coded.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return root / "out"


def cells(text: str) -> list[str]:
    return [c for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) for c in row]


def formulas(found: list[str]) -> list[str]:
    return [c for c in found if BEGINS.match(c) and not NUMBER.fullmatch(c)]


def test_no_cell_of_an_export_begins_a_formula(results: Path, tmp_path: Path) -> None:
    store = gongkai.load(results)
    assert any(p["text"].startswith("=SUM") for p in store.table("passages").to_pylist())
    for path in export(store, "csv", tmp_path / "csv"):
        if path.suffix == ".csv":
            assert formulas(cells(path.read_text(encoding="utf-8"))) == [], path.name
    openpyxl = pytest.importorskip("openpyxl")
    (book,) = export(store, "xlsx", tmp_path / "xlsx", only=["all"])
    found = [c for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in found} <= {"s", "n", "b", "inlineStr"}
    assert formulas([c.value for c in found if isinstance(c.value, str)]) == []


def test_no_cell_of_a_query_a_comparison_or_a_draw_begins_a_formula(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {"=1": ["=1", "-x", None], "b": [float("nan"), float("-inf"), -2.5], "c": [["=1"], [], None]}
    assert cells(format_rows(pa.table(odd), "csv"))[:6] == ["'=1", "b", "c", "'=1", "", '["=1"]']
    assert "NaN" not in format_rows(pa.table(odd), "json")
    compare(results, tmp_path / "c", "year")
    sample.run(results, tmp_path / "s.csv", n=20, by="simple", strata=(), allocate="proportional", seed=1)
    annotate.run_export(results, "csv", tmp_path / "a.csv", sample=None, labels=None, suggest=True, overwrite=False)
    capsys.readouterr()
    paths = [*(tmp_path / "c").glob("*.csv"), tmp_path / "s.csv", tmp_path / "a.csv"]
    assert len(paths) > 10
    for path in paths:
        assert formulas(cells(path.read_text(encoding="utf-8"))) == [], path.name


def test_coded_samples_come_back_as_they_were(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    annotate.run_export(results, "csv", tmp_path / "a.csv", sample=None, labels=None, suggest=True, overwrite=False)
    capsys.readouterr()
    tasks = read_csv(read_text(tmp_path / "a.csv"), "a.csv")
    texts = {p["passage_id"]: p["text"] for p in gongkai.load(results).table("passages").to_pylist()}
    assert {t.passage_id: t.text for t in tasks} == texts
    assert read_csv(write_csv(tasks), "again") == tasks


def test_a_quote_copied_from_an_export_is_found(results: Path, tmp_path: Path) -> None:
    row = next(p for p in gongkai.load(results).table("passages").to_pylist() if p["text"].startswith("=SUM"))
    head = "report_id,table,start,end,quote,field,old,new,coder,date,reason"
    line = [
        row["report_id"],
        "passages",
        row["start"],
        row["end"],
        "'" + row["text"],
        "label",
        row["label"],
        "problem",
        "me",
        "",
        "",
    ]
    (tmp_path / "c.csv").write_text(f"{head}\n{','.join(map(str, line))}\n", encoding="utf-8")
    assert gongkai.load(results, corrections=tmp_path / "c.csv").corrected("passages")[1][0].applied


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_workbook_opens_in_calc(results: Path, tmp_path: Path) -> None:
    from gongkai.export.excel import write_book

    odd = pa.table({"=h": ["=1+1", "一<&>\x07", None], "n": [float("nan"), float("inf"), -1.5], "i": [1, None, 3]})
    write_book(tmp_path / "odd.xlsx", {"odd": odd})
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",
        "--outdir",
        str(tmp_path),
    ]
    done = subprocess.run(
        [*command, str(tmp_path / "odd.xlsx")], capture_output=True, encoding="utf-8", timeout=180, check=False
    )
    if not (tmp_path / "odd.csv").exists():
        pytest.skip(f"LibreOffice Calc is not installed: {done.stderr[-200:]}")
    lines = (tmp_path / "odd.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[:1] == ["'=h,n,i"]
    assert [line.split(",")[1:] for line in lines[1:4]] == [["", "1"], ["", ""], ["-1.5", "3"]]
    assert lines[1].startswith("'=1+1")


_KILLED = """
import os, sys
import gongkai
from gongkai.export import export
count = 0
def flush(fd):
    global count
    count += 1
    if count == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
os.fsync = flush
export(gongkai.load(sys.argv[1]), "csv", sys.argv[2])
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: SIGKILL")
@pytest.mark.parametrize("at", [1, 9, 14, 20])
def test_a_killed_export_leaves_no_final_name_and_works_again(results: Path, tmp_path: Path, at: int) -> None:
    out = tmp_path / "place" / "csv"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(results), str(out), str(at)], check=False)
    assert done.returncode == -9
    assert not out.exists()
    written = export(gongkai.load(results), "csv", out)
    assert all(p.is_file() for p in written)
    assert [p.name for p in out.parent.iterdir()] == ["csv"]
