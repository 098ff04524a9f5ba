"""``gongkai verify`` finds what is wrong with a store; digests do not depend on parts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gongkai
from corpus.store.parts import file_sha256
from corpus.store.verify import verify_store
from extract.runs.process import Bench
from extract.runs.run import Inline, Job, tag_corpus
from extract.runs.same_bytes import Member, Unit, tag_units
from extract.runs.sources import Source
from extract.runs.spool import cut, segment_name, whole, write_segment
from gongkai.commands import verify as cli_verify
from models.registry import default_classifier
from tests.support.factories import sample_text


class Quick:
    def __init__(self, work: Path) -> None:
        self.inline = Inline(Bench(default_classifier()))

    def __enter__(self) -> Inline:
        return self.inline

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Four reports in two batches."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for n in range(4):
        (folder / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    tag_corpus(Job([folder], tmp_path / "out", "test-0", gongkai.__version__, batch_size=2), Quick)
    return tmp_path / "out"


def rewrite(store: Path, file: str, change: Callable[[pa.Table], pa.Table], *, note: bool = True) -> None:
    """Change a part, and the manifest with it, as a faulty program would."""
    path = store / file
    table = pq.read_table(path, partitioning=None)
    changed = change(table)
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path)
    if note:
        execute(store, "UPDATE parts SET sha256 = ?, rows = ? WHERE file = ?", file_sha256(path), changed.num_rows, file)


def execute(store: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(store / "manifest.sqlite", isolation_level=None)) as db:
        db.execute(statement, values)


def setting(column: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = table[column].to_pylist()
        values[row] = value
        at = table.column_names.index(column)
        return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))

    return change


def test_whole_store(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = verify_store(store)
    assert (found.problems, found.count, found.finished) == ((), 0, True)
    assert found.rows["reports"] == 4
    assert cli_verify.run(store)
    assert "problems  none" in capsys.readouterr().out
    assert cli_verify.run(store, digest=True)
    lines = capsys.readouterr().out.splitlines()
    assert dict(reversed(line.split("  ")) for line in lines) == dict(found.digests)


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("cells/part-000000.parquet", setting("raw", 3, "999"), "does not read '999'"),
        ("mentions/part-000001.parquet", setting("start", 0, 5), "does not read"),
        ("passages/part-000000.parquet", setting("text", 0, "别的话"), "passages: "),
        ("documents/part-000000.parquet", setting("text_sha256", 0, "0" * 64), "is not that of its text_sha256"),
        ("checks/part-000000.parquet", setting("report_id", 0, "0" * 16), "stands in no row of reports"),
        ("mentions/part-000000.parquet", setting("passage_id", 0, "p"), "passage_id 'p' stands in no row of passages"),
        ("joins/part-000000.parquet", lambda t: t.take([0, *range(t.num_rows)]), "is there twice"),
        ("cells/part-000000.parquet", lambda t: t.take([1, 0, *range(2, t.num_rows)]), "is out of order"),
        ("sources/part-000000.parquet", lambda t: t.slice(1), "listed in the manifest but has no row"),
        ("joins/part-000000.parquet", lambda t: t.drop_columns(["derived"]), "columns are not those"),
    ],
)
def test_wrong_rows_are_found(store: Path, file: str, change: Callable[[pa.Table], pa.Table], says: str) -> None:
    rewrite(store, file, change)
    found = verify_store(store)
    assert found.count
    assert any(says in problem for problem in found.problems), found.problems


def test_wrong_parts_are_found(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests = verify_store(store).digests
    rewrite(store, "cells/part-000000.parquet", setting("value", 0, 7.0), note=False)
    assert "sha256 differs" in verify_store(store).problems[0]
    assert verify_store(store).digests["cells"] != digests["cells"]
    (store / "checks" / "part-000001.parquet").unlink()
    (store / "joins" / "part-000009.parquet").write_bytes(b"PAR1")
    (store / "issues" / "part-000000.parquet").write_bytes(b"not Parquet")
    execute(store, "UPDATE parts SET rows = 1 WHERE file = 'passages/part-000001.parquet'")
    problems = "\n".join(verify_store(store).problems)
    for wanted in ("named in the manifest but missing", "not named in the manifest", "cannot be read", "the manifest says 1"):
        assert wanted in problems
    assert not cli_verify.run(store)
    assert "problems" in capsys.readouterr().out


def test_a_report_in_two_batches_is_found(store: Path) -> None:
    with closing(sqlite3.connect(store / "manifest.sqlite", isolation_level=None)) as db:
        found = db.execute("SELECT file, table_name, batch, rows, sha256 FROM parts WHERE batch = 0").fetchall()
        for file, table, _, rows, sha256 in found:
            copy = file.replace("000000", "000007")
            (store / copy).write_bytes((store / file).read_bytes())
            db.execute("INSERT INTO parts VALUES (?, ?, 7, ?, ?)", (copy, table, rows, sha256))
    assert any("and in another batch" in p for p in verify_store(store).problems)


def test_segments_are_taken_only_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text(), encoding="utf-8")
    unit = Unit("u", None, (Member(Source(file, "a.txt", False)),))
    path = tmp_path / segment_name([unit], {"code": "1"})
    assert whole(path) is None
    write_segment(path, tag_units([unit], default_classifier()), [["a.txt", "ok"]])
    assert whole(path) == [["a.txt", "ok"]]
    data = path.read_bytes()
    for broken in (data[:-1], data[: len(data) // 2], b"", data[:100] + b"x" + data[101:]):
        path.write_bytes(broken)
        assert whole(path) is None
    others = {
        segment_name([unit], {"code": "2"}),
        segment_name([Unit("v", None, unit.members)], {"code": "1"}),
        segment_name([unit, unit], {}),
    }
    assert len({path.name} | others) == 4
    assert [len(s) for s in cut([unit] * 10, 2, 4)] == [4, 4, 2]
    assert [len(s) for s in cut([unit] * 600, 1, 4)] == [64] * 9 + [24]
    assert Unit.from_json(json.loads(json.dumps(unit.to_json()))) == unit


def test_rows_are_looked_into_on_request(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli_verify.run(store)
    assert "--rows looks into every row" in capsys.readouterr().out
    assert cli_verify.run(store, rows=True)
    assert "offsets hold" in capsys.readouterr().out
    rewrite(store, "cells/part-000000.parquet", setting("raw", 3, "999"))
    assert "does not read" not in "".join(verify_store(store, rows=False).problems)
    assert not cli_verify.run(store, rows=True)
    assert "does not read '999'" in capsys.readouterr().out
    rewrite(store, "mentions/part-000000.parquet", setting("value", 0, 7.0), note=False)
    found = verify_store(store, rows=False)
    assert "sha256 differs" in found.problems[0]
    assert found.rows["reports"] == 4
    assert not found.digests
