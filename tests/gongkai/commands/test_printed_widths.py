"""What is printed fits the terminal it is printed in: records, keywords in context, names of a user's own codes."""

from __future__ import annotations

import io
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from extract.checking.check import CheckedReport
from extract.runs.options import TagOptions
from gongkai.commands import show
from gongkai.commands.app import app
from gongkai.commands.kwic import print_hits
from gongkai.commands.query import print_rows
from gongkai.commands.tag import ProgressLines, print_entries
from gongkai.commands.tag import run as tag
from gongkai.pages.check_page import print_checked
from gongkai.pages.store_page import render_store
from gongkai.pages.terminal import print_report
from gongkai.store_access import load
from models.base import Passage, Prediction
from models.taxonomy import Taxonomy, codebook_taxonomy
from tests.support.factories import cell, full_report, passage, prediction, report, sample_text

IN_PROCESS = True

OWN = Taxonomy(
    "blame", "1", ("lack", "none"), ("staff",), ("lack",), "", {"lack": "不足", "none": "其他", "facet:staff": "人手"}
)
CODE = "t3.unavailable_needs_creation.business"
HITS = [
    ("淮安市洪泽区人民政府", 2024, "platform", "对未及时", "更新", "的栏目 and mixed text 1,725 条"),
    ("宿迁市", 2023, "management", "", "更新", "。"),
    ("", None, "boilerplate", "Ａ①，ﾊﾝ", "更新与更新", ""),
]


class Lacking:
    """A model of a user's own codes that finds the same everywhere."""

    model_id = "lacking-1"
    taxonomy = OWN

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [prediction("lack", facets=("staff",)) for _ in passages]


def console(width: int) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=width, highlight=False), out


def hits(rows: list[tuple[str, int | None, str, str, str, str]]) -> pa.Table:
    names = ("agency", "year", "label", "left", "hit", "right")
    return pa.Table.from_pylist([dict(zip(names, r, strict=True)) for r in rows])


@pytest.mark.parametrize(
    ("row", "width", "as_columns"),
    [
        ({"agency": "岚东省教育厅", "year": 2023}, 40, True),
        ({"agency": "岚东省教育厅", "text": "受理申请。" * 40}, 60, True),  # a long text is folded
        ({"agency": "岚东省教育厅", "text": "受理申请。" * 40}, 40, False),
        ({f"column_{n}": CODE for n in range(9)}, 80, False),
        ({f"column_{n}": CODE for n in range(9)}, 400, True),
    ],
)
def test_rows_are_columns_where_they_fit_and_records_where_not(row: dict[str, object], width: int, as_columns: bool) -> None:
    screen, out = console(width)
    print_rows(pa.Table.from_pylist([row, row]), screen)
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert ("row 2" in lines) is not as_columns
    assert all(name in out.getvalue() for name in row)
    if not as_columns and width >= 60:
        assert out.getvalue().count(CODE) == 2 * len(row)  # a code is never broken to fit a column
    assert lines[-1].strip() == "2 rows"


PATH = "年报/国家税务总局云岭县税务局2022年政府信息公开工作年度报告（终稿 修改版 2023年1月 '最终' 100%）.txt"


@pytest.mark.parametrize("width", [40, 80, 400])
@pytest.mark.parametrize(("column", "path"), [("source", PATH), ("page", f"/home/甲 乙/{PATH}"), ("page", f"D:\\{PATH}")])
def test_a_path_is_whole_wherever_it_is_printed(width: int, column: str, path: str) -> None:
    screen, out = console(width)
    print_rows(pa.Table.from_pylist([{column: path, "year": 2022}]), screen)
    print_report(full_report(source=path), screen)
    print_checked([CheckedReport(full_report(source=path), ())], screen)
    assert out.getvalue().count(path) == 3


@pytest.mark.parametrize("width", [30, 60, 80, 120])
@pytest.mark.parametrize("value", ["14", "8/9", 1_234_567])
def test_no_number_of_a_table_is_cut(width: int, value: int | str) -> None:
    cells = [
        cell(
            f"t3.{row}.{who}",
            value if isinstance(value, int) else None,
            raw=str(value),
            state="value" if isinstance(value, int) else "unreadable",
        )
        for row in ("new", "total")
        for who in ("natural", "business", "research", "nonprofit", "legal", "other", "total")
    ]
    screen, out = console(width)
    print_report(replace(full_report(), cells=tuple(cells)), screen)
    shown = out.getvalue()[: out.getvalue().index("Prose against tables")]
    assert shown.count(f"{value:,}" if isinstance(value, int) else f"{value}?") == len(cells)


def test_two_reports_have_whole_labels_and_numbers_with_their_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, received in (("a", 12), ("b", 14)):
        said = sample_text("海湾市财政局", 2010 + received, received=received).replace("12件", f"{received}件")
        (tmp_path / f"{name}.txt").write_text(said, encoding="utf-8")
    tag([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], tmp_path / "s", TagOptions())
    capsys.readouterr()
    done = CliRunner().invoke(app, ["compare", str(tmp_path / "s"), "a.txt", "b.txt"], env={"COLUMNS": "80"})
    assert "│ 依申请公开 │" in done.output
    assert "own 仅本机关" in done.output
    assert "t3.new.total" in done.output
    assert "+0" not in done.output
    assert "all passages are the same" not in done.output


@pytest.mark.parametrize("width", [40, 80, 400])
def test_no_row_is_printed_with_whole_headings(width: int) -> None:
    screen, out = console(width)
    names = [f"column_number_{n}" for n in range(20)]
    print_rows(pa.table({n: pa.array([], pa.string()) for n in names}), screen)
    assert [n for n in names if n not in out.getvalue()] == []
    assert out.getvalue().splitlines()[-1].strip() == "0 rows"


@given(st.integers(min_value=24, max_value=160))
@settings(max_examples=40, deadline=None)
def test_hits_stand_under_one_another_at_any_width(width: int) -> None:
    screen, out = console(width)
    print_hits(hits(HITS), codebook_taxonomy(), screen)
    lines = out.getvalue().splitlines()[: len(HITS)]
    assert all(cell_len(line) <= width for line in lines)
    columns = {
        cell_len(line[: line.rindex("更新") if "更新与更新" not in line else line.index("更新")])
        for line in lines
        if "更新" in line
    }
    assert len(columns) == 1


def test_contexts_are_whole_where_there_is_room_and_said_to_be_cut_where_not() -> None:
    screen, out = console(200)
    print_hits(hits(HITS), codebook_taxonomy(), screen)
    assert "of" not in out.getvalue().splitlines()[-1]
    assert "…" not in out.getvalue()
    assert "平台建设" in out.getvalue()
    screen, out = console(60)
    print_hits(hits(HITS), codebook_taxonomy(), screen)
    assert "cut to fit 60 columns" in out.getvalue()
    assert " 2024 平台建设" in out.getvalue()  # the agency is cut, not what the hit belongs to


def test_the_summary_is_broken_between_entries_on_a_terminal_and_nowhere_else() -> None:
    said = "存在问题 problem 1,200, 主动公开 disclosure 97, 依申请公开 request 88, 改进措施 improvement 79"
    out = io.StringIO()
    print_entries(Console(file=out, width=40, highlight=False), "passages", said)
    assert out.getvalue() == f"passages  {said}\n"
    out = io.StringIO()
    print_entries(Console(file=out, width=40, highlight=False, force_terminal=True, color_system=None), "passages", said)
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= 40 and line == line.rstrip() for line in lines)
    assert " ".join(line[10:] for line in lines) == said
    assert all(line.endswith(",") for line in lines[:-1])


def test_a_log_is_told_of_progress_now_and_then() -> None:
    times = iter([0.0, 1.0, 40.0, 41.0, 80.0])
    told: list[str] = []
    lines = ProgressLines(told.append, lambda: next(times))
    for done in (10, 400, 410, 800):
        lines(done, 9_000, done // 400)
    assert told == ["400 of 9,000 files, 10/s, 1 failed", "800 of 9,000 files, 10/s, 2 failed"]


def test_an_issue_of_one_file_is_printed_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(sample_text("浙江省教育厅"), encoding="utf-8")
    (tmp_path / "b.txt").write_text(sample_text("某某区教育局", 2022), encoding="utf-8")
    tag([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], tmp_path / "s", TagOptions())
    said = capsys.readouterr().out
    assert "agency_open 1 (b.txt)" in said
    assert "SELECT source, code, message FROM issues" in said


@pytest.mark.parametrize("command", [[], ["annotate"]])
def test_help_says_all_of_each_command(command: list[str]) -> None:
    said = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).output
    assert "..." not in said.split("Commands:")[1]
    assert all(cell_len(line) <= 80 for line in said.splitlines())


def test_own_codes_have_their_names_in_the_terminal_and_on_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen, out = console(100)
    found = report(passages=(passage("人员不足。"),), predictions=(prediction("lack", facets=("staff",)),))
    print_report(found, screen, codes=OWN)
    assert "不足 lack 1" in out.getvalue()
    assert "人手" in out.getvalue()
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    tag([str(tmp_path / "a.txt")], tmp_path / "s", TagOptions(), classifier=Lacking())
    said = capsys.readouterr().out
    assert "不足 lack" in said
    assert "s a.txt\n" in said  # a report that is there
    store = load(tmp_path / "s")
    page = render_store(store)
    assert ">不足</span>" in page
    assert ">人手</span>" in page
    show.run(str(store.folder), None, all_rows=False, ledger=False, engine="linear", min_confidence=None)
    assert "不足 lack" in capsys.readouterr().out


def test_the_commands_that_are_suggested_can_be_pasted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    folder, draw = tmp_path / "结果 '终稿'", tmp_path / "抽样 1.csv"
    tag([str(tmp_path / "a.txt")], folder, TagOptions())
    for command in (["sample", str(folder), "--n", "2", "--out", str(draw)], ["corrections", str(folder)]):
        said = CliRunner().invoke(app, command).output
        assert shlex.quote(str(folder)) in said
    assert (
        f"import {shlex.quote(str(draw))} --from"
        in CliRunner().invoke(app, ["sample", str(folder), "--n", "2", "--out", str(draw), "--overwrite"]).output
    )


def test_strata_and_labels_have_their_chinese_names(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    tag([str(tmp_path / "a.txt")], tmp_path / "s", TagOptions())
    draw = shlex.split(f"sample {tmp_path}/s --n 5 --by stratified --stratum label,county --out {tmp_path}/d.csv")
    assert "主动公开 不明" in CliRunner().invoke(app, draw).output
