"""The command line: exit codes, one-line errors, and what each command prints."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import gongkai
from corpus.codebook import all_cells, codebook
from corpus.store import schema
from gongkai.commands.query import SHOWN, format_rows, print_rows
from gongkai.pages.terminal import LABEL_STYLES, print_report
from gongkai.schema_text import LISTS, pad, schema_dict, schema_text, width
from tests.conftest import ROOT
from tests.support.factories import cell, full_report, passage, prediction, report, sample_text
from tests.support.in_process import Run

IN_PROCESS = True


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two reports, the second with a contradiction."""
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.txt").write_text(sample_text(), encoding="utf-8")
    (folder / "b.txt").write_text(sample_text("海湾市财政局", 2022, received=14), encoding="utf-8")
    return folder


def test_tag_prints_a_summary(run: Run, corpus: Path, tmp_path: Path) -> None:
    r = run("tag", corpus, "--out", tmp_path / "out", "--html")
    assert (r.code, r.err) == (0, "")
    assert "成功 ok 2" in r.out
    assert "不一致 disagrees 1" in r.out
    assert "成立 holds" in r.out
    assert "存在问题 problem" in r.out
    assert str(tmp_path / "out" / "report.html") in r.out
    assert "gongkai query" in r.out
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_the_commands_that_a_summary_suggests_run(run: Run, corpus: Path, tmp_path: Path) -> None:
    (corpus / "c.txt").write_text(sample_text("某某区教育局", 2021), encoding="utf-8")
    said = run("tag", corpus, "--out", tmp_path / "out").out
    suggested = re.findall(r"^(?:next)? +gongkai (.*)$", said, re.MULTILINE)
    assert len(suggested) == 5
    for command in suggested:
        assert run(*shlex.split(command)).code in ((0, 1) if command.startswith("check") else (0,)), command


def test_tag_goes_on_after_bad_files(run: Run, corpus: Path, tmp_path: Path) -> None:
    bad = {
        "empty.txt": b"",
        "binary.txt": b"\x00\x01\x02" * 50,
        "foreign.txt": "今天天气不错，适合散步。".encode(),
        "photo.svg": b"<svg/>",
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    r = run("tag", corpus, *(tmp_path / n for n in bad), tmp_path / "missing.txt", "--out", tmp_path / "out")
    assert r.code == 1
    assert "成功 ok 2" in r.out
    assert "5 failed:" in r.out
    for name in (*bad, "missing.txt"):
        (line,) = [x for x in r.out.splitlines() if x.startswith("  ") and name in x]
        assert len(line) > len(name) + 20, "says why"
    # the same picture met in a folder is only skipped
    (corpus / "photo.svg").write_bytes(b"<svg/>")
    r = run("tag", corpus, "--out", tmp_path / "out2")
    assert r.code == 0
    assert "跳过 skipped 1" in r.out


def test_tag_refuses_with_exit_code_2(run: Run, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("tag", corpus, "--out", out).code == 0
    r = run("tag", corpus, "--out", out)
    assert r.code == 0
    assert "0 tagged, 2 unchanged" in r.out
    r = run("tag", corpus / "a.txt", "--out", out)
    assert r.code == 2
    assert "made from other paths" in r.err
    assert r.err.count("\n") == 1
    assert "--overwrite" in r.err
    assert "Traceback" not in r.err
    assert run("tag", corpus, "--out", out, "--overwrite").code == 0
    assert run("tag", corpus).code == 2
    assert run("tag", corpus, "--out", tmp_path / "x", "--engine", "oracle").code == 2
    assert run("tag", corpus, "--out", tmp_path / "x", "--min-confidence", "2").code == 2
    assert run("tag", corpus, "--out", tmp_path / "x", "--metadata", tmp_path / "none.csv").code == 2
    assert run("tag", tmp_path / "*.nothing", "--out", tmp_path / "x").code == 2


def test_tag_with_metadata_names_lost_rows(run: Run, corpus: Path, tmp_path: Path) -> None:
    meta = tmp_path / "meta.csv"
    meta.write_text("path,url\na.txt,https://example.org\nzzz.txt,https://example.org/z\n", encoding="utf-8")
    r = run("tag", corpus, "--out", tmp_path / "out", "--metadata", meta)
    assert r.code == 0
    assert (
        "rows of the metadata that belong to no file (a path in the folder, or a file's name, is looked for): 1: zzz.txt"
        in r.out
    )


def test_show_file_and_stored_report(run: Run, corpus: Path, tmp_path: Path) -> None:
    direct = run("show", corpus / "b.txt")
    assert direct.code == 0
    for wanted in (
        "海湾市财政局",
        "2022",
        "request.received",
        "不一致",
        "disagrees",
        "改进措施",
        "一、本年新收政府信息公开申请数量",
        "checks hold",
    ):
        assert wanted in direct.out
    assert "rows of zeros not shown" in direct.out
    assert "rows of zeros not shown" not in run("show", corpus / "b.txt", "--all").out
    run("tag", corpus, "--out", tmp_path / "out")
    stored = run("show", tmp_path / "out", "b.txt")
    tail = direct.out.index("Narrative")
    assert stored.out[stored.out.index("Narrative") :] == direct.out[tail:]
    several = run("show", tmp_path / "out")
    assert several.code == 2
    assert "holds 2 reports" in several.err
    assert run("show", tmp_path / "out", "nobody").code == 2


def test_show_what_is_no_report(run: Run, tmp_path: Path) -> None:
    r = run("show", tmp_path / "none.txt")
    assert r.code == 1
    assert r.err.startswith("gongkai: ")
    assert "none.txt" in r.err
    assert "Remedy: " in r.err
    (tmp_path / "walk.txt").write_text("今天天气不错，适合散步。", encoding="utf-8")
    r = run("show", tmp_path / "walk.txt")
    assert r.code == 1
    assert "not_a_report" in r.out


def printed(found: gongkai.Report, **options: bool) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    print_report(found, console, **options)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_show_every_state_and_verdict() -> None:
    out = printed(full_report())
    for wanted in (
        "rows of the form that are not in the file: 1",
        "blank",
        "8/9?",
        "无法核对 not_checkable",
        "不成立 fails",
        "13 ≠ 14",
        "table_only",
        "＋政务服务",
        "时效性 形式渠道",
    ):
        assert wanted in out
    assert "‹收到申请数›" in out
    assert "成立 holds" not in out
    everything = printed(full_report(), all_rows=True)
    assert "成立 holds" in everything
    assert everything.count("absent") == 7


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_show_lays_out_all_cells(form: str) -> None:
    found = full_report(form=form)  # type: ignore[arg-type]
    out = printed(found, all_rows=True)
    for code, spec in all_cells().items():
        if code in {c.code for c in found.cells} and spec.row:
            assert spec.row[:6] in out


def test_show_empty_report_and_every_label() -> None:
    assert "nothing to compare" in printed(report())
    assert set(LABEL_STYLES) == set(codebook().labels)


def test_show_prints_no_control_characters() -> None:
    evil = "清屏\x1b[2J标题\x1b]0;x\x07[bold]括号[/bold]\u202e反转。"
    found = report(
        passages=(passage(evil),),
        predictions=(prediction(),),
        cells=(cell("t3.new.total", None, state="unreadable", raw=evil),),
    )
    out = printed(found)
    assert not set(out) & set("\x1b\x07\u202e")
    assert "[bold]括号[/bold]" in out


def test_query_formats(run: Run, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("tag", corpus, "--out", out)
    sql = "SELECT r.agency, j.prose_value, j.cell_codes, j.mention_id IS NULL AS silent FROM joins j JOIN reports r USING (report_id) WHERE verdict = 'disagrees'"
    row = {"agency": "海湾市财政局", "prose_value": 12.0, "cell_codes": ["t3.new.total"], "silent": False}
    assert json.loads(run("query", out, sql, "--format", "json").out) == [row]
    header, *rows = csv.reader(io.StringIO(run("query", out, sql, "--format", "csv").out))
    assert header == list(row)
    assert rows == [["海湾市财政局", "12", '["t3.new.total"]', "False"]]
    table = run("query", out, sql)
    assert "海湾市财政局" in table.out
    assert "1 row" in table.out
    r = run("query", out, "SELEC 1")
    assert r.code == 2
    assert r.err.count("\n") == 1
    assert "Parser Error" in r.err
    assert run("query", corpus, "SELECT 1").code == 2


def test_query_cuts_only_the_printed_table() -> None:
    import pyarrow as pa

    table = pa.table({"n": list(range(SHOWN + 3))})
    console = Console(file=io.StringIO(), width=80)
    print_rows(table, console)
    assert isinstance(console.file, io.StringIO)
    assert f"{SHOWN + 3} rows; 3 not shown" in console.file.getvalue()
    assert format_rows(table, "csv").count("\n") == SHOWN + 4


@pytest.mark.parametrize("fmt", ["text", "markdown"])
def test_schema_names_everything(run: Run, fmt: str) -> None:
    out = run("schema", "--format", fmt).out
    book = codebook()
    for table in schema.tables().values():
        assert table.zh in out
        for column in table.columns:
            assert column.name in out
            assert column.zh in out
            assert all(code in out and zh in out for code, zh in column.codes)
    for code in (*book.labels.values(), *book.facets.values(), *book.indicators.values()):
        assert code.code in out
        assert code.zh in out
    for spec in all_cells().values():
        assert spec.code in out
        assert spec.column in out


def test_schema_of_one_table_and_as_json(run: Run) -> None:
    data = json.loads(run("schema", "--format", "json").out)
    assert list(data["tables"]) == list(schema.tables())
    assert data == schema_dict()
    one = schema_dict("passages")
    assert list(one["tables"]) == ["passages"]
    assert set(one["codes"]) == {"sections", "labels", "facets"}
    assert list(schema_dict("cells_2019")["codes"]["cells_2019"]["codes"][0]) == ["code", "zh", "en", "unit"]
    assert len(schema_dict("cells_2019")["codes"]["cells_2019"]["codes"]) == 198
    assert len(schema_dict("cells_2021")["codes"]["cells_2021"]["codes"]) == 200
    assert run("schema", "tables").code == 2
    # every column that a list claims to describe exists
    for _, _, uses in LISTS.values():
        for use in uses:
            table, column = use.split(".")
            assert column in [c.name for c in schema.tables()[table].columns]


@pytest.mark.parametrize(
    ("name", "tables", "codes"),
    [
        ("段落", ["passages"], ["labels", "facets", "sections"]),
        ("类别", [], ["labels"]),
        ("问题提示", ["issues"], ["issue_codes"]),
        ("存在问题", [], ["labels"]),
        ("problem", [], ["labels"]),
        ("t3.new.total", [], ["cells_2019", "cells_2021"]),
        ("不一致", ["joins"], []),
        ("verdict", ["joins", "checks"], []),
        ("一致", ["joins"], []),
    ],
)
def test_schema_finds_tables_columns_and_codes_by_either_name(name: str, tables: list[str], codes: list[str]) -> None:
    found = schema_dict(name)
    assert (list(found["tables"]), sorted(found["codes"])) == (tables, sorted(codes))


def test_schema_of_a_code_says_what_it_means() -> None:
    said = schema_text("存在问题")
    assert [c["code"] for c in schema_dict("存在问题")["codes"]["labels"]["codes"]] == ["problem"]
    assert codebook().labels["problem"].definition_zh in said
    assert said == schema_text("problem")


def test_text_columns_line_up() -> None:
    assert width("类别 label") == 10
    assert pad("类别", 6) == "类别  "
    lines = [x for x in schema_text("labels").splitlines() if x.startswith("  ")]
    assert {width(x[: x.index(c.en)]) for x, c in zip(lines, codebook().labels.values(), strict=True)} == {34}


def test_read_prints_blocks(run: Run, corpus: Path) -> None:
    r = run("read", corpus / "a.txt")
    assert r.code == 0
    assert "s5 五、存在的主要问题及改进情况" in r.out
    assert "line 1" in r.out
    assert "table, columns by rank" in r.out
    assert run("read", corpus / "a.txt", "--reader", "runes").code == 1


def test_evaluate_needs_one_source(run: Run, corpus: Path, tmp_path: Path) -> None:
    assert run("evaluate", "--gold", tmp_path).code == 2
    assert run("evaluate", "--gold", tmp_path, corpus, "--store", tmp_path).code == 2
    r = run("evaluate", "--gold", tmp_path, corpus)
    assert r.code == 2
    assert r.err.count("\n") == 1


@pytest.mark.acceptance
def test_evaluate_files_and_store_alike(run: Run, shared: Path, tmp_path: Path) -> None:
    run("tag", shared / "reports", "--out", tmp_path / "out")
    stored = run("evaluate", "--gold", shared / "gold2", "--store", tmp_path / "out", "--json", tmp_path / "scores.json")
    direct = run("evaluate", "--gold", shared / "gold2", shared / "reports")
    assert stored.code == direct.code == 0
    assert stored.out == direct.out
    assert json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"gongkai {gongkai.__version__}\n"
    r = run("--help")
    assert all(command in r.out for command in ("tag", "show", "query", "schema", "evaluate", "read"))
    assert run("nonsense").code == 2


def test_module_prints_utf8_whatever_the_locale(corpus: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "LC_ALL": "C"}
    r = subprocess.run(
        [sys.executable, "-m", "gongkai", "show", str(corpus / "a.txt")],
        cwd=ROOT,
        env=env,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert r.returncode == 0, r.stderr.decode()
    assert "临江区教育局" in r.stdout.decode("utf-8")
