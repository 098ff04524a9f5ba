"""Reading results: tables, SQL and whole reports, also after the folder was moved."""

from __future__ import annotations

import builtins
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

import gongkai
from corpus.errors import StoreError, UsageError
from corpus.store.folder import StoreWriter
from corpus.store.schema import tables
from extract.rows import issue_rows, report_rows, source_row, status
from extract.types import Report
from gongkai.store_access import Store
from tests.support.factories import full_report, sample_text
from tests.support.small_store import report as report_row
from tests.support.small_store import small_store

IN_PROCESS = True


def write(folder: Path, *reports: Report, batch: int = 1) -> Store:
    """A store of ready-made reports, ``batch`` of them in a part."""
    writer = StoreWriter(folder, {"gongkai_version": "0", "model_id": "test-0"})
    for n in range(0, max(len(reports), 1), batch):
        rows: dict[str, list[Any]] = {}
        for r in reports[n : n + batch]:
            more = {
                "sources": [source_row(r.source, status(r), r)],
                "issues": issue_rows(r.source, r.report_id, r.issues),
                **report_rows(r, r.source),
            }
            for name, some in more.items():
                rows.setdefault(name, []).extend(some)
        writer.write_batch(n, rows)
    writer.finish()
    return gongkai.load(folder)


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A folder of two real reports in two parts, written elsewhere and moved to a name with a quote in it."""
    for n in range(2):
        (tmp_path / f"{n}.txt").write_text(sample_text(year=2022 + n, received=12 + 2 * n), encoding="utf-8")
    gongkai.tag([tmp_path / "0.txt", tmp_path / "1.txt"], tmp_path / "first")
    target = tmp_path / "moved" / "研究者's 结果"
    target.parent.mkdir()
    (tmp_path / "first").rename(target)
    return target


def listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(p.relative_to(folder)), p.stat().st_size) for p in folder.rglob("*"))


def test_moved_folder_reads_everywhere(moved: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    before = listing(moved)
    store = gongkai.load(os.path.relpath(moved))
    assert store.tables == tuple(tables())
    assert store.meta["gongkai_version"] == gongkai.__version__
    for name in store.tables:
        rows = store.table(name).num_rows
        assert store.table(name).column_names == [c.name for c in tables()[name].columns]
        assert len(store.pandas(name)) == len(store.polars(name)) == rows
        assert store.sql(f"SELECT * FROM {name}").num_rows == rows
        plain = sum(len(pd.read_parquet(p)) for p in store.parts(name))
        assert plain == sum(len(pl.read_parquet(p)) for p in store.parts(name)) == rows
    assert store.table("reports").num_rows == 2
    assert listing(moved) == before, "reading writes nothing"


def test_views_sql_from_elsewhere(moved: Path) -> None:
    connection = duckdb.connect(":memory:")
    quoted = str(moved).replace("'", "''")
    connection.execute(f"SET file_search_path = '{quoted}'").fetchall()
    for line in (moved / "views.sql").read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            connection.execute(line).fetchall()
    query = "SELECT count(*), sum(n_cells) FROM reports JOIN cells USING (report_id)"
    assert connection.execute(query).fetchall() == [(400, 80000)]
    assert connection.execute("SELECT count(*) FROM joins WHERE verdict = 'disagrees'").fetchall() == [(1,)]


def test_reading_is_no_obstacle_to_another_reader(moved: Path) -> None:
    first, second = gongkai.load(moved), gongkai.load(moved)
    assert first.sql("SELECT 1 AS one").to_pylist() == second.sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_whole_report_comes_back(tmp_path: Path) -> None:
    report = full_report()
    other = full_report(agency="海湾市财政局", year=2020, form="2019", source="b.txt")
    store = write(tmp_path / "s", report, other)
    found = store.report(report.report_id)
    blocks = [p.paragraph for p in found.passages]
    assert len(set(blocks)) == len(blocks), "every passage stands in a line of its own"
    passages = tuple(
        replace(p, paragraph=q.paragraph, position=q.position) for p, q in zip(found.passages, report.passages, strict=True)
    )
    assert passages == report.passages
    assert found.predictions == report.predictions
    assert found.cells == report.cells
    assert found.mentions == report.mentions
    assert sorted(found.joins, key=lambda j: j.indicator) == sorted(report.joins, key=lambda j: j.indicator)
    assert found.checks == report.checks
    assert found.issues == report.issues
    assert (found.text, found.sha256, found.reader, found.encoding) == (report.text, report.sha256, "text", "utf-8")
    assert found.canonical.source_map == report.canonical.source_map
    assert replace(found.identity, evidence={}) == report.identity
    assert store.report("b.txt").report_id == store.report(other.report_id[:6]).report_id == other.report_id
    assert [r.report_id for r in store.reports([other.report_id, "0" * 16, report.report_id])] == [
        other.report_id,
        report.report_id,
    ]


def test_real_report_comes_back_alike(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text(received=14), encoding="utf-8")
    gongkai.tag(file, tmp_path / "out")
    direct, stored = gongkai.analyze(file), gongkai.load(tmp_path / "out").report("a.txt")
    assert stored.cells == tuple(sorted(direct.cells, key=lambda c: (c.start, c.end)))
    assert stored.checks == direct.checks
    # the unit of the last printed digit is needed for the join only, and not stored
    assert stored.mentions == tuple(replace(m, step=stored.mentions[0].step) for m in direct.mentions)
    assert [p.position for p in stored.passages] == [p.position for p in direct.passages]


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    report = full_report()
    store = write(tmp_path / "s", report)
    with pytest.raises(UsageError, match="no table named 'metrics'"):
        store.table("metrics")
    with pytest.raises(StoreError, match="no report 'zzzz'"):
        store.report("zzzz")
    with pytest.raises(StoreError, match="no report"):
        store.report(report.report_id[:3])
    with pytest.raises(UsageError, match="query failed"):
        store.sql("SELECT nothing FROM nowhere")


def test_empty_store(tmp_path: Path) -> None:
    store = write(tmp_path / "s")
    assert store.sql("SELECT count(*) AS n FROM cells").to_pylist() == [{"n": 0}]
    assert store.table("joins").num_rows == 0
    assert store.counts("passages", "label") == {}
    assert store.reports([]) == []


def test_counts_and_rows(tmp_path: Path) -> None:
    store = write(tmp_path / "s", full_report(), full_report(year=2022, source="b.txt"))
    assert store.counts("joins", "verdict") == {"agrees": 2, "disagrees": 2, "table_only": 2}
    assert len(store.rows("checks", [("verdict", "=", "fails")])) == 2


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    store = write(tmp_path / "s", full_report())
    real = builtins.__import__
    monkeypatch.delitem(sys.modules, package, raising=False)

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr("gongkai.store_access.import_module", lambda n: refuse(n) if n == package else import_module(n))
    with pytest.raises(UsageError, match=f"{package} is not installed") as caught:
        getattr(store, package)("cells")
    assert caught.value.remedy == f"pip install {package}"


def test_what_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no manifest"):
        gongkai.load(tmp_path)
    (tmp_path / "manifest.sqlite").write_bytes(b"not a database, but long enough to be taken for one" * 40)
    with pytest.raises(StoreError, match="cannot be read"):
        gongkai.load(tmp_path)


def test_missing_part_and_other_schema_are_named(tmp_path: Path) -> None:
    store = write(tmp_path / "s", full_report())
    store.parts("cells")[0].unlink()
    with pytest.raises(StoreError, match=r"cells.part-000000\.parquet is named in the manifest but missing"):
        store.table("cells")
    db = sqlite3.connect(tmp_path / "s" / "manifest.sqlite")
    db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    db.commit()
    db.close()
    with pytest.raises(StoreError, match="schema version 99"):
        gongkai.load(tmp_path / "s")


def test_a_report_by_the_last_parts_of_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        report_row("甲县", 2022, source="2022/甲.txt"),
        report_row("甲县", 2023, source="2023/甲.txt"),
        report_row("乙县", 2023, source="2023/乙.txt"),
    ]
    store = small_store(tmp_path / "s", reports=rows)
    monkeypatch.setattr(Store, "reports", lambda self, ids: list(ids))
    for name in ("乙.txt", "2023\\乙.txt", "2023/乙.txt"):
        assert store.report(name) == "乙县/2023"  # type: ignore[comparison-overlap]
    for name, says in (("甲.txt", "2 reports are called"), (".txt", "no report"), ("", "no report"), ("3/乙.txt", "no report")):
        with pytest.raises(StoreError, match=says):
            store.report(name)


def test_queries_of_one_store_leave_nothing_behind(tmp_path: Path) -> None:
    store = write(tmp_path / "s", full_report())
    passages = store.sql("SELECT count(*) AS n FROM passages").to_pylist()
    assert store.sql("SELECT sum(x) AS n FROM own", {"own": pd.DataFrame({"x": [1, 2]})}).to_pylist() == [{"n": 3}]
    store.sql("CREATE TABLE own AS SELECT 1 AS x; DROP VIEW passages; CREATE TABLE passages AS SELECT 1 AS x")
    with pytest.raises(UsageError, match="own does not exist"):
        store.sql("SELECT * FROM own")
    assert store.sql("SELECT count(*) AS n FROM passages").to_pylist() == passages


def test_queries_side_by_side_see_their_own_tables(tmp_path: Path) -> None:
    store = write(tmp_path / "s", full_report())

    def total(n: int) -> int:
        return int(store.sql("SELECT sum(x) AS n FROM own", {"own": pd.DataFrame({"x": range(n)})}).to_pylist()[0]["n"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(1, 40))) == [n * (n - 1) // 2 for n in range(1, 40)]
