"""Pages stay with the results that were whole while others are being made, and follow when those are done."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import gongkai
from corpus.store import manifest
from corpus.store.folder import StoreWriter
from extract.rows import issue_rows, report_rows, source_row, status
from extract.types import Report
from gongkai.correction_file import add_lines
from gongkai.corrections import COLUMNS, FURTHER
from gongkai.web.keeper import MAKING, Keeper
from tests.support.explorer import client, three_reports, tree
from tests.support.factories import full_report

posix = pytest.mark.skipif(os.name != "posix", reason="links of open files")


def batch(report: Report) -> dict[str, Any]:
    """The rows of a report."""
    more = {
        "sources": [source_row(report.source, status(report), report)],
        "issues": issue_rows(report.source, report.report_id, report.issues),
    }
    return {**more, **report_rows(report, report.source)}


def settled(browser: TestClient) -> Keeper:
    """What answers, once it has looked at the store as it is."""
    keeper: Keeper = browser.app.app.state.keeper  # type: ignore[attr-defined]
    keeper.settle(60)
    return keeper


def overwritten(folder: Path) -> Callable[[], None]:
    """As ``tag --overwrite``: one batch of two is done; gives what ends the run."""
    writer = StoreWriter(folder, {"gongkai_version": "0", "model_id": "test-0"}, overwrite=True)
    writer.write_batch(0, batch(full_report(year=2022, source="一.txt")))

    def end() -> None:
        writer.write_batch(1, batch(full_report(agency="新来县教育局", year=2024, source="四.txt")))
        writer.finish()

    return end


def updated(folder: Path) -> Callable[[], None]:
    """As ``tag`` of a folder with a further file: the old batches stay until the run ends."""
    with manifest.connect(folder) as db:
        manifest.set_meta(db, {"finished": "0"})
    writer = StoreWriter.__new__(StoreWriter)
    writer.folder, writer.versions = folder, dict(gongkai.load(folder).meta)
    writer.write_batch(1, batch(full_report(year=2021, source="五.txt")))

    def end() -> None:
        writer.write_batch(2, batch(full_report(agency="新来县教育局", year=2024, source="四.txt")))
        writer.finish()

    return end


@posix
@pytest.mark.parametrize("run", [overwritten, updated])
def test_pages_show_the_whole_results_until_a_run_is_done(tmp_path: Path, run: Callable[[Path], Callable[[], None]]) -> None:
    folder = tmp_path / "s"
    reports = three_reports(folder)
    browser = client(folder)
    gone = reports[2].report_id
    end = run(folder)
    keeper = settled(browser)
    assert keeper.now()[1] == MAKING
    for path in ("/", "/search?q=更新", f"/report/{gone}", "/problems", "/review"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "结果正在重新生成" in tree(answer.text).xpath("string(//p[@role='status'])")
    assert "being made anew" in browser.get("/?lang=en").text
    assert len(keeper.now()[0].batches) == 3
    # what people correct meanwhile is seen
    line = {
        **dict.fromkeys((*COLUMNS, *FURTHER), ""),
        "report_id": gone,
        "table": "reports",
        "field": "agency",
        "new": "某某局",
        "coder": "李",
    }
    add_lines(folder, [line])
    assert settled(browser).now()[1] == MAKING
    assert "某某局" in browser.get("/").text
    end()
    held, why = settled(browser).now()
    assert why == ""
    page = browser.get("/").text
    assert "新来县教育局" in page
    assert "结果正在重新生成" not in page
    assert sorted(held.batches) == sorted(gongkai.load(folder).table("reports")["report_id"].to_pylist())


@posix
def test_parts_of_old_results_go_with_the_last_page_that_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    three_reports(folder)

    def pinned() -> list[Path]:
        return sorted((folder / "explorer").glob(".parts-*"))

    keeper = Keeper(folder)
    (first,) = pinned()
    dead = first.with_name(first.name.replace(f"-{os.getpid()}-", "-999999999-"))
    dead.mkdir()
    overwritten(folder)()
    keeper.settle(60)
    assert keeper.now()[1] == ""
    gc.collect()
    assert len(pinned()) == 1
    assert first not in pinned(), "of the snapshot before"
    assert dead not in pinned(), "of a process that was killed"


@posix
def test_nothing_is_left_when_the_process_ends(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    code = "import sys; from pathlib import Path; from gongkai.web.keeper import Keeper; k = Keeper(Path(sys.argv[1])); k.now()"
    subprocess.run([sys.executable, "-c", code, tmp_path / "s"], check=True, timeout=120)
    assert not list((tmp_path / "s" / "explorer").glob(".*"))


def test_a_run_that_was_never_done_before_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    end = overwritten(folder)
    browser = client(folder)
    assert "尚未结束" in browser.get("/").text
    end()
    assert settled(browser).now()[1] == ""
    assert "尚未结束" not in browser.get("/").text
