"""A folder of results: Parquet parts, and a SQLite manifest that says which of them count.

Layout::

    DIR/manifest.sqlite
    DIR/<table>/part-<batch>.parquet
    DIR/views.sql

A part is written elsewhere, flushed and moved into place; then one transaction of the manifest names all parts of the batch.  A
reader takes the parts from the manifest and never from a listing of the folder, so that it sees whole batches only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from corpus.codebook import CODEBOOK_VERSION, SCHEMA_VERSION
from corpus.errors import StoreError
from corpus.store import manifest
from corpus.store.manifest import MANIFEST, VIEWS, is_store
from corpus.store.parts import file_sha256, to_arrow, write_part
from corpus.store.schema import tables
from corpus.store.snapshot import Snapshot, take_snapshot


def store_versions(versions: Mapping[str, str]) -> dict[str, str]:
    """The metadata of every part: versions of schema and codebook, and ``versions`` (``gongkai_version``, ``model_id``)."""
    return {"schema_version": SCHEMA_VERSION, "codebook_version": CODEBOOK_VERSION, **versions}


class StoreWriter:
    """Writes batches of ready-made rows, one process, one batch at a time.

    Args:
        folder: where to; created if missing.
        versions: ``gongkai_version`` and ``model_id``, kept in the metadata of every part.
        overwrite: replace an existing store instead of raising.

    Raises:
        StoreError: the folder holds results (without ``overwrite``) or files that are not a store's.
    """

    def __init__(self, folder: Path, versions: Mapping[str, str], *, overwrite: bool = False) -> None:
        self.folder = folder
        self.versions = store_versions(versions)
        if is_store(folder) and not overwrite:
            raise StoreError(
                "holds results already",
                source=str(folder),
                remedy="name another --out folder, or replace them with --overwrite",
            )
        manifest.prepare(folder, overwrite=overwrite)
        manifest.wipe(folder)
        manifest.create(folder, {**self.versions, "finished": "0"})

    def write_batch(self, batch: int, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Write one part per table that has rows, then name them all in the manifest."""
        work = self.folder / manifest.WORK
        work.mkdir(exist_ok=True)
        some = {name: rows[name] for name in tables() if rows.get(name)}
        parts = [write_part(work, name, batch, to_arrow(name, found), self.versions) for name, found in some.items()]
        with manifest.connect(self.folder) as db:
            counts = json.dumps({part.table: part.rows for part in parts})
            manifest.commit_batch(db, self.folder, work, batch, parts, counts)
        manifest.remove(work)

    def finish(self) -> None:
        """Mark the store as finished and write ``views.sql``."""
        with manifest.connect(self.folder) as db:
            manifest.set_meta(db, {"finished": "1"})
        (self.folder / VIEWS).write_text(views_sql(take_snapshot(self.folder)), encoding="utf-8", newline="\n")


def manifest_meta(folder: Path) -> dict[str, str]:
    """Versions and state of a store.

    Raises:
        StoreError: no store, a damaged manifest, or another schema version.
    """
    return dict(take_snapshot(folder).meta)


def parts(folder: Path, table: str) -> list[Path]:
    """Part files of a table, in batch order.

    Raises:
        StoreError: no store, or a part that the manifest names is missing.
    """
    return take_snapshot(folder).paths(table)


def read_table(folder: Path, table: str) -> pa.Table:
    """A whole table; empty with the right columns if no part has rows.

    Raises:
        StoreError: no store, or a part that is missing or damaged.
    """
    return take_snapshot(folder).table(table)


def views_sql(snapshot: Snapshot) -> str:
    """SQL that defines one view per table for DuckDB.

    It runs from inside the folder (``cd DIR && duckdb -init views.sql``), or from anywhere after ``SET file_search_path = 'DIR'``.
    """
    lines = [
        "-- Views over a gongkai store for DuckDB. Run from inside this folder, or first: SET file_search_path = '<this folder>';"
    ]
    for name in tables():
        lines.append(view_sql(name, [part.file for part, _ in snapshot.parts[name]]))
    return "\n".join(lines) + "\n"


def view_sql(name: str, files: Sequence[str], table: str = "") -> str:
    """The statement that defines the view of a table over the Parquet files named (DuckDB takes these names for patterns).

    Args:
        name: of the view.
        files: the parts.
        table: whose columns an empty one has, where the view has another name.
    """
    if files:
        listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
        return f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{listed}]);"
    columns = ", ".join(f'NULL::{_SQL[c.type]} AS "{c.name}"' for c in tables()[table or name].columns)
    return f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} WHERE false;"


_SQL = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "strings": "VARCHAR[]",
    "floats": "DOUBLE[]",
    "octets": "UTINYINT[]",
}


__all__ = [
    "MANIFEST", "VIEWS", "StoreWriter", "file_sha256", "is_store", "manifest_meta", "parts", "read_table", "store_versions", "view_sql", "views_sql",
]  # fmt: skip
