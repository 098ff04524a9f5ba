"""A small share of ``make attack``: kills, full disks, damage, reads beside a writer, fuzzed files over the whole path."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import gongkai
from corpus.errors import StoreError
from corpus.store.verify import verify_store
from extract.runs.process import Bench
from extract.runs.run import Inline, Task
from gongkai.store_access import Store
from models.keywords import KeywordClassifier
from tests.attack.damage import damage, make_store, read_beside_writer
from tests.attack.kills import can_attack, run
from tests.attack.whole_path import whole_path
from tests.support.failures import FAILURES


@pytest.fixture(autouse=True)
def _environment_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack sets these for its process, which is that of later tests here."""
    monkeypatch.setenv("GONGKAI_OCR", "off")
    monkeypatch.setenv("GONGKAI_CACHE", "off")


@pytest.mark.skipif(not can_attack(), reason="Linux with a C compiler")
@pytest.mark.parametrize("operation", ["update", "bundle"])
def test_killed_at_any_call_or_with_a_full_disk_the_same_command_ends_as_if_nothing_had_been(operation: str) -> None:
    killed, full = run(operation, 3)
    assert killed.found == full.found == []
    assert killed.calls > 100
    assert killed.ends["killed"] >= 2
    assert full.points


def test_no_damage_of_a_store_is_silent(tmp_path: Path) -> None:
    made = damage(tmp_path, 20, seed=5)
    assert made.found == []
    assert made.ends["named by an error"] > 8


def test_no_reading_beside_a_writer_is_torn(tmp_path: Path) -> None:
    made = read_beside_writer(tmp_path, 25)
    assert made.found == []
    assert made.ends["of one moment"] > 5


def test_what_ever_failed_and_fuzzed_files_go_the_whole_path() -> None:
    made = whole_path(len(FAILURES) + 9, 5, {"failures": len(FAILURES), "text": 3, "html": 2, "growing": 4}, at_once=200)
    assert made.found == []
    assert sum(made.ends.values()) > len(FAILURES) + 9
    assert made.ends["ok"] + made.ends["partial"] > 40


def test_the_whole_path_sees_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(of: object) -> str:
        raise KeyError(of)

    monkeypatch.setattr("tests.attack.whole_path._steps", lambda store, home: iter([("page", lambda: broken(store))]))
    monkeypatch.setattr("tests.attack.whole_path._alone", broken)
    made = whole_path(1, 5, {"growing": 1})
    assert [f.partition(":")[0] for f in made.found] == ["growing 0, alone", "from 0, page"]


def test_a_task_that_is_pushed_while_the_last_is_taken_is_done() -> None:
    """A batch whose segments a killed run left whole has nothing but its merge to do."""
    runner = Inline(Bench(KeywordClassifier()))

    def tasks() -> object:
        runner.push(Task({"kind": "hash", "sources": []}, 0))
        yield from ()

    assert [item for _, item, _ in runner.run(tasks())] == [-1]  # type: ignore[arg-type]


def test_no_reports_are_asked_of_a_store_of_failures(tmp_path: Path) -> None:
    store: Store = gongkai.load(make_store(tmp_path))
    assert store.reports([]) == []
    with pytest.raises(StoreError, match="no report"):
        store.report("nothing")


def test_verify_survives_versions_that_are_no_text(tmp_path: Path) -> None:
    folder = make_store(tmp_path)
    for part in sorted((folder / "cells").glob("*.parquet")):
        pq.write_table(pq.read_table(part, partitioning=None).replace_schema_metadata({b"schema_version": b"\xa8"}), part)
    assert any("schema_version \ufffd" in p for p in verify_store(folder).problems)
