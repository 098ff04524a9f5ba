"""A folder of results: Parquet parts, and a SQLite manifest that says which of them count.

Layout::

    DIR/manifest.sqlite
    DIR/<table>/part-<batch>.parquet
    DIR/views.sql

A part is written under a temporary name, flushed and renamed; then one transaction of the manifest names all parts of the
batch.  A reader takes the parts from the manifest and never from a listing of the folder, so that it sees whole batches only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.codebook import CODEBOOK_VERSION, SCHEMA_VERSION
from corpus.errors import StoreError
from corpus.schema import tables

MANIFEST = "manifest.sqlite"
VIEWS = "views.sql"

_DDL = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
    file TEXT PRIMARY KEY, table_name TEXT NOT NULL, batch INTEGER NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL
);
"""


def is_store(folder: Path) -> bool:
    """Whether ``folder`` holds a store (finished or not)."""
    return (folder / MANIFEST).is_file()


def _fsync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself is durable enough
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


class StoreWriter:
    """Writes batches of rows; use as a context manager.

    Args:
        folder: where to; created if missing.
        versions: ``gongkai_version`` and ``model_id``, kept in the metadata of every part.
        overwrite: replace an existing store instead of raising.

    Raises:
        StoreError: the folder holds results (without ``overwrite``) or files that are not a store's.
    """

    def __init__(self, folder: Path, versions: Mapping[str, str], *, overwrite: bool = False) -> None:
        self.folder = folder
        self.versions = {"schema_version": SCHEMA_VERSION, "codebook_version": CODEBOOK_VERSION, **versions}
        _prepare(folder, overwrite=overwrite)
        with _connect(folder / MANIFEST) as db:
            db.executescript(_DDL)
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", [*self.versions.items(), ("finished", "0")])
            db.commit()

    def write_batch(self, batch: int, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Write one part per table that has rows, then name them all in the manifest."""
        parts = []
        for name, table in tables().items():
            some = rows.get(name, ())
            if not some:
                continue
            relative = f"{name}/part-{batch:06d}.parquet"
            path = self.folder / relative
            path.parent.mkdir(exist_ok=True)
            schema = table.arrow().with_metadata(self.versions)
            temporary = path.with_suffix(".tmp")
            columns = [pa.array(_column(some, f.name), f.type) for f in schema]
            unsorted = pa.Table.from_arrays(columns, schema=schema)
            order = pc.sort_indices(unsorted, sort_keys=[(k, "ascending") for k in table.key])
            pq.write_table(unsorted.take(order), temporary, compression="zstd")
            with temporary.open("rb+") as f:
                os.fsync(f.fileno())
            temporary.replace(path)
            _fsync_folder(path.parent)
            parts.append((relative, name, batch, len(some), file_sha256(path)))
        with _connect(self.folder / MANIFEST) as db:
            db.executemany("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?)", parts)
            db.commit()

    def finish(self) -> None:
        """Mark the store as finished and write ``views.sql``."""
        with _connect(self.folder / MANIFEST) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('finished', '1')")
            db.commit()
        (self.folder / VIEWS).write_text(views_sql(self.folder), encoding="utf-8")


def _column(rows: Sequence[Mapping[str, object]], name: str) -> list[object]:
    try:
        return list(map(itemgetter(name), rows))
    except KeyError:  # rows may leave out what is null
        return [row.get(name) for row in rows]


def _prepare(folder: Path, *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreError("is a file, not a folder", source=str(folder), remedy="name another --out folder")
    if is_store(folder):
        if not overwrite:
            raise StoreError(
                "holds results already", source=str(folder), remedy="name another --out folder, or replace them with --overwrite"
            )
        for name in (*tables(), MANIFEST, VIEWS):
            target = folder / name
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
    elif folder.is_dir() and any(folder.iterdir()):
        raise StoreError(
            "is not empty and holds no gongkai results", source=str(folder), remedy="name a new or empty --out folder"
        )
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _connect(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as db:
        yield db


def _read_manifest(folder: Path, query: str) -> list[tuple[str, ...]]:
    if not is_store(folder):
        raise StoreError(
            f"holds no {MANIFEST}", source=str(folder), remedy="name the folder that was given to `gongkai tag --out`"
        )
    try:
        with closing(sqlite3.connect(f"{(folder / MANIFEST).resolve().as_uri()}?mode=ro", uri=True)) as db:
            return db.execute(query).fetchall()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{MANIFEST} cannot be read ({error})", source=str(folder), remedy="tag the corpus again") from error


def manifest_meta(folder: Path) -> dict[str, str]:
    """Versions and state of a store."""
    meta = {str(k): str(v) for k, v in _read_manifest(folder, "SELECT key, value FROM meta")}
    if meta.get("schema_version") != SCHEMA_VERSION:
        raise StoreError(
            f"was written with schema version {meta.get('schema_version')}, this gongkai reads {SCHEMA_VERSION}",
            source=str(folder),
            remedy="tag the corpus again, or install the version that wrote it",
        )
    return meta


def parts(folder: Path, table: str) -> list[Path]:
    """Part files of a table, in batch order.

    Raises:
        StoreError: no store, or a part that the manifest names is missing.
    """
    found = [
        folder / str(file)
        for file, name in _read_manifest(folder, "SELECT file, table_name FROM parts ORDER BY batch, file")
        if name == table
    ]
    for path in found:
        if not path.is_file():
            raise StoreError(
                f"part {path.relative_to(folder)} is named in the manifest but missing",
                source=str(folder),
                remedy="copy the whole folder, or tag the corpus again",
            )
    return found


def read_table(folder: Path, table: str) -> pa.Table:
    """A whole table; empty with the right columns if no part has rows."""
    manifest_meta(folder)
    files = parts(folder, table)
    schema = tables()[table].arrow()
    if not files:
        return schema.empty_table()
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files])


def views_sql(folder: Path, *, absolute: bool = False) -> str:
    """SQL that defines one view per table for DuckDB.

    With relative paths it runs from inside the folder (``cd DIR && duckdb -init views.sql``), or from anywhere after
    ``SET file_search_path = 'DIR'``.
    """
    lines = ["-- Views over a gongkai store for DuckDB. Run from inside this folder, or first: SET file_search_path = '<this folder>';"]
    for name, table in tables().items():
        files = [p.resolve().as_posix() if absolute else p.relative_to(folder).as_posix() for p in parts(folder, name)]
        if files:
            listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
            lines.append(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{listed}]);")
        else:
            columns = ", ".join(f"NULL::{_SQL[c.type]} AS \"{c.name}\"" for c in table.columns)
            lines.append(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} WHERE false;")
    return "\n".join(lines) + "\n"


_SQL = {"string": "VARCHAR", "int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN", "strings": "VARCHAR[]", "floats": "DOUBLE[]"}
