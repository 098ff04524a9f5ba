"""Checks a store against itself: manifest and checksums; on request keys, references, offsets, and digests that make two stores comparable.

A part whose bytes have the sha256 of the manifest holds the rows that were written; looking into the rows finds what was written wrongly.
Works through one batch at a time; what must hold across batches is kept in a temporary database on disk.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpus.codebook import SCHEMA_VERSION
from corpus.errors import StoreError
from corpus.store import manifest
from corpus.store.folder import manifest_meta
from corpus.store.manifest import Part
from corpus.store.parts import file_sha256
from corpus.store.row_types import expect_types
from corpus.store.schema import Table, tables
from corpus.store.snapshot import check_name, part_rows

#: problems listed in full; of further ones only the number is kept
SHOWN = 50
#: (table, columns it refers from, table, column): every value that is not null stands in the column referred to
_REFERENCES = (
    ("sources", "report_id", "reports", "report_id"),
    ("reports", "report_id", "documents", "report_id"),
    ("documents", "report_id", "reports", "report_id"),
    ("reports", "source", "sources", "source"),
    ("issues", "source", "sources", "source"),
    ("issues", "report_id", "reports", "report_id"),
    *((name, "report_id", "reports", "report_id") for name in ("passages", "mentions", "cells", "grids", "joins", "checks")),
    ("mentions", "passage_id", "passages", "passage_id"),
    ("mentions", "whole", "mentions", "mention_id"),
    ("joins", "mention_id", "mentions", "mention_id"),
)
#: (table, column that holds what stands at start:end)
_QUOTES = (("passages", "text"), ("mentions", "text"), ("cells", "raw"), ("grids", "text"))

Columns = Mapping[str, Mapping[str, list[Any]]]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: problems (the first of them, and how many), rows by table, parts, whether the store is finished.

    ``digests`` holds one hex sha256 for each table over its sorted rows; equal digests are equal results, however the rows are
    spread over parts.  There are none where the rows were not looked into.
    """

    problems: tuple[str, ...]
    count: int
    rows: Mapping[str, int]
    parts: int
    finished: bool
    digests: Mapping[str, str]


def verify_store(
    folder: Path, on_batch: Callable[[int, int], None] = lambda done, total: None, *, rows: bool = True
) -> Verification:
    """Check everything about a store that can be checked without the files it was made from.

    Args:
        folder: the store.
        on_batch: told how many batches are done, of how many.
        rows: look into every row; else manifest and parts alone are checked, their bytes, columns and numbers of rows.

    Raises:
        StoreError: no store, a damaged manifest, or another schema version.
    """
    return _Check(folder, rows).run(on_batch)


class _Check:
    def __init__(self, folder: Path, look: bool) -> None:
        self._folder = folder
        self._look = look
        with manifest.reading(folder) as db:
            expect_types(db)
            self._meta = manifest.get_meta(db)
            self._parts = part_rows(db)
            self._sealed = self._meta.get(manifest.SEAL) == manifest.seal_of(db)
            self._batches = [
                (int(batch), bool(done), str(counts))
                for batch, done, counts in db.execute("SELECT batch, done, counts FROM batches")
            ]
            has_retired = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'retired'").fetchone()[0]
            self._retired = {str(f) for (f,) in db.execute("SELECT file FROM retired")} if has_retired else set()
            self._unsound = [str(line) for (line,) in db.execute("PRAGMA integrity_check(3)") if line != "ok"]
        if self._meta.get("schema_version") != SCHEMA_VERSION:
            manifest_meta(folder)  # says so
        self._problems: list[str] = []
        self._count = 0
        self._rows: dict[str, int] = dict.fromkeys(tables(), 0)

    def run(self, on_batch: Callable[[int, int], None]) -> Verification:
        parts: dict[int, list[Part]] = defaultdict(list)
        for part, batch in self._parts:
            try:
                check_name(self._folder, part)
            except StoreError as error:
                self._say(error.message)
                continue
            parts[batch].append(part)
        with closing(sqlite3.connect("", isolation_level=None)) as seen:
            seen.execute("CREATE TABLE seen (name TEXT, key TEXT, digest BLOB, PRIMARY KEY (name, key)) WITHOUT ROWID")
            for done, (batch, found) in enumerate(sorted(parts.items())):
                on_batch(done, len(parts))
                sound = [p for p in found if self._part(p)]
                if not self._look:
                    continue
                columns = {p.table: read for p in sound if (read := self._columns(p)) is not None}
                try:
                    self._keys(columns, batch)
                    self._references(columns, batch)
                    self._offsets(columns)
                    self._files(columns, batch)
                    self._remember(seen, columns, batch)
                except Exception as error:  # noqa: BLE001 - rows that no run wrote: nulls in keys, texts cut in a character
                    self._say(f"batch {batch}: its rows cannot be checked ({type(error).__name__}: {error})")
                    if seen.in_transaction:
                        seen.execute("ROLLBACK")
            self._missing_tables({batch: {p.table for p in found} for batch, found in parts.items()})
            self._unnamed({part.file for part, _ in self._parts} | self._retired)
            for line in self._unsound:
                self._say(f"{manifest.MANIFEST}: {line}")
            if not self._sealed:
                self._say(f"{manifest.MANIFEST}: versions, settings, parts or batches are not those that were written")
            digests = {name: _total(seen, name) for name in tables()} if self._look else {}
        return Verification(
            tuple(self._problems),
            self._count,
            self._rows,
            sum(map(len, parts.values())),
            self._meta.get("finished") == "1" and all(done for _, done, _ in self._batches),
            digests,
        )

    def _say(self, problem: str) -> None:
        self._count += 1
        if len(self._problems) < SHOWN:
            self._problems.append(problem)

    def _part(self, part: Part) -> bool:
        """Whether the file of a part can be read: it is there, with the columns of its table."""
        path = self._folder / part.file
        if not path.is_file():
            self._say(f"{part.file}: named in the manifest but missing")
            return False
        if file_sha256(path) != part.sha256:
            self._say(f"{part.file}: its bytes are not those that were written (sha256 differs)")
        try:
            with pq.ParquetFile(path) as read:
                schema, count = read.schema_arrow, read.metadata.num_rows
        except Exception as error:  # noqa: BLE001 - damaged Parquet ends in errors of every kind
            self._say(f"{part.file}: cannot be read ({type(error).__name__}: {error})")
            return False
        if not schema.equals(tables()[part.table].arrow()):
            self._say(f"{part.file}: columns are not those of `gongkai schema {part.table}`")
            return False
        if count != part.rows:
            self._say(f"{part.file}: {count} rows, the manifest says {part.rows}")
        noted = {k.decode("utf-8", "replace"): v.decode("utf-8", "replace") for k, v in (schema.metadata or {}).items()}
        for key in ("schema_version", "codebook_version", "gongkai_version", "model_id"):
            if noted.get(key) != self._meta.get(key):
                self._say(f"{part.file}: {key} {noted.get(key)}, the manifest says {self._meta.get(key)}")
        self._rows[part.table] += count
        return True

    def _columns(self, part: Part) -> dict[str, list[Any]] | None:
        try:
            read = pq.read_table(self._folder / part.file, partitioning=None)
            return {name: read[name].to_pylist() for name in read.column_names}
        except Exception as error:  # noqa: BLE001 - damaged Parquet ends in errors of every kind
            self._say(f"{part.file}: cannot be read ({type(error).__name__}: {error})")
            return None

    def _missing_tables(self, found: Mapping[int, set[str]]) -> None:
        for batch, done, counts in self._batches:
            try:
                expected = {name for name, rows in json.loads(counts).items() if name in tables() and rows}
            except (ValueError, AttributeError):
                self._say(f"batch {batch}: its counts cannot be read")
                continue
            for name in sorted(expected - found.get(batch, set())) if done else ():
                self._say(f"{name}, batch {batch}: its part is not named in the manifest")

    def _keys(self, columns: Columns, batch: int) -> None:
        for name, some in columns.items():
            keys = list(zip(*(some[k] for k in tables()[name].key), strict=True))
            for before, after in pairwise(keys):
                if before >= after:
                    self._say(
                        f"{name}, batch {batch}: key {after} {'is there twice' if before == after else 'is out of order'}"
                    )

    def _references(self, columns: Columns, batch: int) -> None:
        known: dict[tuple[str, str], set[Any]] = {}
        for name, column, other, key in _REFERENCES:
            if name not in columns:
                continue
            if (other, key) not in known:
                known[other, key] = set(columns[other][key]) if other in columns else set()
            lost = {v for v in columns[name][column] if v is not None} - known[other, key]
            for value in sorted(lost)[:3]:
                self._say(f"{name}, batch {batch}: {column} {value!r} stands in no row of {other}")
            self._count += max(0, len(lost) - 3)

    def _offsets(self, columns: Columns) -> None:
        if "documents" not in columns:
            return
        texts = dict(zip(columns["documents"]["report_id"], columns["documents"]["text"], strict=True))
        for report_id, digest in zip(columns["documents"]["report_id"], columns["documents"]["text_sha256"], strict=True):
            if hashlib.sha256(texts[report_id].encode("utf-8", "surrogatepass")).hexdigest() != digest:
                self._say(f"documents: text of {report_id} is not that of its text_sha256")
        for name, column in _QUOTES:
            some = columns.get(name)
            if some is None:
                continue
            for report_id, start, end, quote in zip(some["report_id"], some["start"], some["end"], some[column], strict=True):
                if texts.get(report_id, "")[start:end] != quote:
                    self._say(f"{name}: {report_id} [{start}:{end}] does not read {quote[:40]!r}")

    def _files(self, columns: Columns, batch: int) -> None:
        if "roots" not in self._meta:
            return  # made of ready-made rows, not of files
        found = manifest.read(self._folder, "SELECT source FROM files WHERE batch = ?", (batch,))
        listed, stored = {str(source) for (source,) in found}, set(columns.get("sources", {}).get("source", ()))
        for source in sorted(listed - stored)[:3]:
            self._say(f"batch {batch}: {source} is listed in the manifest but has no row")
        for source in sorted(stored - listed)[:3]:
            self._say(f"batch {batch}: {source} has a row but is not listed in the manifest")

    def _remember(self, seen: sqlite3.Connection, columns: Columns, batch: int) -> None:
        seen.execute("BEGIN")
        for name, some in columns.items():
            for key, digest in _row_digests(tables()[name], some):
                try:
                    seen.execute("INSERT INTO seen VALUES (?, ?, ?)", (name, key, digest))
                except sqlite3.IntegrityError:
                    self._say(f"{name}: {key} stands in batch {batch} and in another batch")
        seen.execute("COMMIT")

    def _unnamed(self, named: set[str]) -> None:
        if self._meta.get("finished") != "1":
            return
        for table in tables():
            for path in sorted((self._folder / table).glob("*.parquet")):
                if path.relative_to(self._folder).as_posix() not in named:
                    self._say(f"{table}/{path.name}: not named in the manifest; it does not count")


def _row_digests(table: Table, columns: Mapping[str, list[Any]]) -> Iterable[tuple[str, bytes]]:
    """(first key column, sha256 of all rows that share it): a part is sorted, and a report stands in one part."""
    first = columns[table.key[0]]
    for key, run in groupby(enumerate(first), key=itemgetter(1)):
        at = [n for n, _ in run]
        digest = hashlib.sha256()
        for column in table.columns:
            some = columns[column.name][at[0] : at[-1] + 1]
            digest.update(json.dumps([column.name, some], ensure_ascii=True).encode("ascii") + b"\n")
        yield str(key), digest.digest()


def _total(seen: sqlite3.Connection, name: str) -> str:
    digest = hashlib.sha256()
    for key, one in seen.execute("SELECT key, digest FROM seen WHERE name = ? ORDER BY key", (name,)):
        digest.update(key.encode("utf-8") + b"\0" + one)
    return digest.hexdigest()


__all__ = ["SHOWN", "Verification", "verify_store"]
