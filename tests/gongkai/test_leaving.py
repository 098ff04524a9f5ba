"""What leaves the machine: no formula in any cell, and whole files or none, whatever breaks."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow as pa
import pytest

import gongkai
from corpus.errors import StoreError
from gongkai.bundle import bundle
from gongkai.commands import annotate, sample
from gongkai.commands.compare import run as compare
from gongkai.commands.query import format_rows
from gongkai.commands.train import TrainOptions
from gongkai.commands.train import run as train
from gongkai.export import export
from tests.support.factories import sample_text
from training.coding.annotation import read_csv, read_text, write_csv

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
    (book,) = export(store, "xlsx", tmp_path / "xlsx")
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


def _bundled(results: Path, out: Path) -> None:
    bundle(gongkai.load(results), out / "b.zip", hide_contacts=True)


def _exported(to: str) -> Callable[[Path, Path], None]:
    def run(results: Path, out: Path) -> None:
        if to == "dta":
            pytest.importorskip("pyreadstat")
        export(gongkai.load(results), to, out / to)

    return run


def _compared(results: Path, out: Path) -> None:
    compare(results, out / "c", "year")


def _sampled(results: Path, out: Path) -> None:
    sample.run(results, out / "s.csv", n=9, by="simple", strata=(), allocate="proportional", seed=1)


def _annotated(results: Path, out: Path) -> None:
    annotate.run_export(results, "doccano", out / "a.jsonl", sample=None, labels=None, suggest=True, overwrite=False)


def _trained(results: Path, out: Path) -> None:
    train(results.parent / "coded.jsonl", None, TrainOptions(out / "model", folds=0))


_ALL = [_bundled, *map(_exported, ("csv", "xlsx", "jsonl", "parquet", "dta")), _compared, _sampled, _annotated, _trained]


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """While it lasts no file of this process grows beyond ``size`` bytes: what a full disk does, at any stage."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _error_of(command: Callable[[Path, Path], None], results: Path, out: Path, size: int) -> StoreError | None:
    try:
        # what is printed goes to no file: the limit is for what the command writes
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), disk_of(size):
            command(results, out)
    except StoreError as error:
        return error
    return None


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: limits of files")
@pytest.mark.parametrize("size", [0, 6_000])
@pytest.mark.parametrize(
    "command", _ALL, ids=["bundle", "csv", "xlsx", "jsonl", "parquet", "dta", "compare", "sample", "annotate", "train"]
)
def test_a_full_disk_leaves_nothing_and_the_same_command_works(
    results: Path, tmp_path: Path, command: Callable[[Path, Path], None], size: int
) -> None:
    out = tmp_path / "place"
    out.mkdir()
    error = _error_of(command, results, out, size)
    if error is None:
        assert size > 0
    else:
        assert "cannot be written" in error.message
        assert str(out) in error.source
        assert "the same command works" in error.remedy
        assert list(out.iterdir()) == []
        command(results, out)
    assert list(out.iterdir())
    assert [p.name for p in out.rglob("*.part-*")] == []


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
