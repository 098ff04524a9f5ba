"""Plans a run: which files are new or changed, which belong together, and which batch each goes to.

Works on two tables of one connection: ``scan.source``, what was found now, and ``files`` of the manifest, what is stored.  A *unit* is
all files of equal bytes; it is stored in one batch as a whole, and done anew as a whole when a file joins, leaves or changes.
A file's ``batch`` in the manifest is ``NULL`` from the moment its rows are dropped until it is planned again, so that a run
that was killed in between plans it once more.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.store import manifest
from corpus.store.manifest import sealed, transaction
from extract.runs.open_store import OpenStore
from extract.runs.options import Metadata, TagOptions
from extract.runs.same_bytes import Member, Unit
from extract.runs.sources import Source, given_for, list_sources


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to tag in this run, files that stay as they are, and files that are gone: their rows kept, or dropped."""

    todo: int
    unchanged: int
    gone: int
    pruned: int


def note_metadata(db: sqlite3.Connection, metadata: Metadata) -> None:
    """Note of each source found what metadata say of it: other metadata count as a change."""
    if not metadata:
        return
    noted = ((_fingerprint(given), s.name) for s in list(list_sources(db)) if (given := given_for(s, metadata)))
    with transaction(db):
        db.executemany("UPDATE scan.source SET given = ? WHERE name = ?", noted)


def _fingerprint(given: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(given), sort_keys=True).encode("utf-8")).hexdigest()[:16]


def carry_over(db: sqlite3.Connection) -> int:
    """Take the hashes of files of unchanged size and time from the manifest; tells how many files are left to hash."""
    with transaction(db):
        db.execute(
            "UPDATE scan.source AS s SET sha256 = f.sha256 FROM files AS f"
            " WHERE f.source = s.name AND f.size = s.size AND f.mtime_ns = s.mtime_ns AND f.sha256 IS NOT NULL"
        )
    return int(
        db.execute("SELECT count(*) FROM scan.source WHERE sha256 IS NULL AND NOT skipped AND size IS NOT NULL").fetchone()[0]
    )


def to_hash(db: sqlite3.Connection, size: int) -> Iterator[list[Source]]:
    """The files to hash, ``size`` at a time."""
    last = ""
    while True:
        rows = db.execute(
            "SELECT name, path, member, named FROM scan.source"
            " WHERE sha256 IS NULL AND NOT skipped AND size IS NOT NULL AND name > ? ORDER BY name LIMIT ?",
            (last, size),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [Source.from_row(*row) for row in rows]


def note_hash(db: sqlite3.Connection, name: str, sha256: str | None, problem: tuple[str, str] | None) -> None:
    """Note the hash of a file, or why there is none."""
    db.execute(
        "UPDATE scan.source SET sha256 = ?, problem = ? WHERE name = ?",
        (sha256, json.dumps(problem) if problem else None, name),
    )


_CHANGED = """
UPDATE scan.source SET unit = coalesce(sha256, 'name:' || name);
CREATE INDEX scan.source_unit ON source (unit);
CREATE TABLE scan.changed (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE scan.gone (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE scan.affected (unit TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE scan.assigned (unit TEXT PRIMARY KEY, batch INTEGER) WITHOUT ROWID;
INSERT INTO scan.changed
    SELECT s.name FROM scan.source AS s LEFT JOIN files AS f ON f.source = s.name LEFT JOIN batches AS b USING (batch)
    WHERE f.source IS NULL OR f.batch IS NULL OR f.unit != s.unit OR f.given != s.given
        OR (f.sha256 IS NULL AND s.sha256 IS NOT NULL)
        OR (s.sha256 IS NULL AND NOT s.skipped AND s.size IS NOT NULL AND b.done);
INSERT INTO scan.gone SELECT source FROM files WHERE NOT EXISTS (SELECT 1 FROM scan.source AS s WHERE s.name = files.source);
CREATE TABLE scan.away (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO scan.away SELECT name FROM scan.gone JOIN scan.unlisted ON substr(name, 1, length(prefix)) = prefix GROUP BY name;
"""
_AFFECTED = (
    """
INSERT OR IGNORE INTO scan.affected SELECT s.unit FROM scan.source AS s JOIN scan.changed USING (name)
""",
    """
INSERT OR IGNORE INTO scan.affected SELECT f.unit FROM files AS f JOIN scan.changed AS c ON c.name = f.source
""",
    """
INSERT OR IGNORE INTO scan.affected SELECT f.unit FROM files AS f JOIN scan.gone AS g ON g.name = f.source
    WHERE (:prune AND f.source NOT IN (SELECT name FROM scan.away)) OR (NOT EXISTS (SELECT 1 FROM batches AS b WHERE b.batch = f.batch AND b.done)
        AND NOT EXISTS (SELECT 1 FROM scan.source AS s WHERE s.unit = f.unit))
""",
)
_STORED = """
SELECT f.batch, f.source, f.sha256 FROM files AS f JOIN scan.affected USING (unit) JOIN batches AS b USING (batch) WHERE b.done
"""
# what cannot be listed now is away, not gone: an unmounted disk, a folder without rights
# a file that is gone keeps its row beside a file of the same bytes; alone, once its rows are dropped, it has none
_FORGET = """
DELETE FROM files WHERE source IN (SELECT name FROM scan.gone)
    AND ((:prune AND source NOT IN (SELECT name FROM scan.away)) OR (batch IS NULL AND unit NOT IN (SELECT unit FROM scan.source)))
"""
_ASSIGN = """
INSERT INTO scan.assigned
    SELECT unit, :first + (row_number() OVER (ORDER BY min(source)) - 1) / :size FROM files WHERE batch IS NULL GROUP BY unit
"""


def make_plan(store: OpenStore, options: TagOptions, size: int) -> Plan:
    """Drop the rows of units that changed, and give every unit without a batch one.

    Args:
        store: its manifest, with all hashes noted.
        options: whether to ``prune`` files that are gone, and to ``retry`` failed ones.
        size: units in a batch.
    """
    db, prune = store.db, options.prune
    db.executescript(_CHANGED)
    if options.retry:
        db.executemany("INSERT OR IGNORE INTO scan.changed SELECT name FROM scan.source WHERE name = ?", _failed(store))
    for statement in _AFFECTED:
        db.execute(statement, {"prune": prune} if ":prune" in statement else {})
    before = int(db.execute("SELECT count(*) FROM files").fetchone()[0])
    if db.execute("SELECT EXISTS (SELECT 1 FROM scan.affected)").fetchone()[0]:
        manifest.set_meta(db, {"finished": "0"})
        _drop(store)
    with sealed(db):
        db.execute(
            "UPDATE files SET batch = NULL WHERE unit IN (SELECT unit FROM scan.affected)"
            " AND batch IN (SELECT batch FROM batches WHERE NOT done)"
        )
        pruned = db.execute(_FORGET, {"prune": prune}).rowcount
        db.execute(
            "INSERT OR REPLACE INTO files SELECT name, sha256, size, mtime_ns, given, unit, NULL"
            " FROM scan.source JOIN scan.changed USING (name)"
        )
        # touched, but of the same bytes
        db.execute(
            "UPDATE files SET size = s.size, mtime_ns = s.mtime_ns FROM scan.source AS s"
            " WHERE s.name = files.source AND s.mtime_ns IS NOT files.mtime_ns"
        )
        # a part that was replaced may still be read: its name is not given to another
        used = "SELECT coalesce(max(batch), -1) + 1 FROM (SELECT batch FROM batches UNION ALL SELECT batch FROM retired)"
        first = int(db.execute(used).fetchone()[0])
        db.execute(_ASSIGN, {"first": first, "size": size})
        db.execute("UPDATE files SET batch = a.batch FROM scan.assigned AS a WHERE a.unit = files.unit AND files.batch IS NULL")
        db.execute("INSERT INTO batches (batch) SELECT DISTINCT batch FROM scan.assigned")
        db.execute("DELETE FROM batches WHERE batch NOT IN (SELECT batch FROM files WHERE batch IS NOT NULL)")
    todo, stored = db.execute(
        "SELECT count(*) FILTER (WHERE NOT b.done), count(*) FILTER (WHERE b.done) FROM files JOIN batches AS b USING (batch)"
    ).fetchone()
    gone = int(db.execute("SELECT count(*) FROM scan.gone JOIN files ON source = name").fetchone()[0])
    if todo or before == 0:
        manifest.set_meta(db, {"finished": "0"})
    return Plan(todo, stored - gone, gone, pruned)


def _failed(store: OpenStore) -> Iterator[tuple[str]]:
    files = [str(file) for (file,) in store.db.execute("SELECT file FROM parts WHERE table_name = 'sources'")]
    for file in files:
        rows = store.read(file, ["source", "status"])
        yield from ((name,) for name in rows.filter(pc.field("status") == "failed")["source"].to_pylist())


def _drop(store: OpenStore) -> None:
    """Write the batches that hold rows of affected units again without them."""
    stored: dict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for batch, source, sha256 in store.db.execute(_STORED):
        stored[batch].append((source, sha256))
    for batch, files in sorted(stored.items()):
        sources = pa.array([source for source, _ in files], pa.string())
        reports = pa.array(sorted({sha256[:16] for _, sha256 in files if sha256}), pa.string())
        named = dict(store.db.execute("SELECT table_name, file FROM parts WHERE batch = ?", (batch,)).fetchall())

        def left(
            table: str, named: Mapping[str, str] = named, sources: pa.Array = sources, reports: pa.Array = reports
        ) -> pa.Table | None:
            if table not in named:
                return None
            rows = store.read(named[table])
            column, values = ("source", sources) if table in {"sources", "issues"} else ("report_id", reports)
            return rows.filter(pc.invert(pc.is_in(rows[column], value_set=values)))

        store.rewrite(batch, left, dropped=[source for source, _ in files])


def open_batches(db: sqlite3.Connection) -> list[int]:
    """Batches that are planned and not done."""
    return [int(batch) for (batch,) in db.execute("SELECT batch FROM batches WHERE NOT done ORDER BY batch")]


def units_of(db: sqlite3.Connection, batch: int, metadata: Metadata) -> list[Unit]:
    """The units of a batch, by their smallest names."""
    members: dict[str, list[Member]] = {}
    facts: dict[str, tuple[str | None, tuple[str, str] | None]] = {}
    for name, sha256, unit, path, member, named, problem in db.execute(
        "SELECT f.source, f.sha256, f.unit, s.path, s.member, s.named, s.problem FROM files AS f"
        " LEFT JOIN scan.source AS s ON s.name = f.source WHERE f.batch = ? ORDER BY f.source",
        (batch,),
    ):
        if path is None:
            found = Member(Source(Path(name), name, False), {}, present=False)
        else:
            source = Source.from_row(name, path, member, named)
            found = Member(source, given_for(source, metadata))
        members.setdefault(unit, []).append(found)
        reason = json.loads(problem) if problem else None
        facts[unit] = (sha256, (reason[0], reason[1]) if reason else None)
    return [Unit(unit, facts[unit][0], tuple(some), facts[unit][1]) for unit, some in members.items()]


def total_counts(db: sqlite3.Connection) -> dict[str, Any]:
    """The counts of all batches, added up."""
    total: dict[str, Any] = {"failures": []}
    for (text,) in db.execute("SELECT counts FROM batches ORDER BY batch"):
        for key, value in json.loads(text).items():
            if isinstance(value, dict):
                into = total.setdefault(key, {})
                for name, count in value.items():
                    into[name] = into.get(name, 0) + count
            elif isinstance(value, list):
                total[key] += value
            else:
                total[key] = total.get(key, 0) + value
    return total


__all__ = [
    "Plan", "carry_over", "make_plan", "note_hash", "note_metadata", "open_batches", "to_hash", "total_counts", "units_of",
]  # fmt: skip
