"""A folder of results: Parquet parts, and a SQLite manifest that says which of them count.

Layout::

    DIR/manifest.sqlite
    DIR/<table>/part-<batch>.parquet
    DIR/views.sql

A part is written elsewhere, flushed and moved into place; then one transaction of the manifest names all parts of the batch.  A
reader takes the parts from the manifest and never from a listing of the folder, so that it sees whole batches only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.codebook import CODEBOOK_VERSION, SCHEMA_VERSION
from corpus.errors import StoreError
from corpus.store import manifest
from corpus.store.manifest import MANIFEST, VIEWS, is_store
from corpus.store.parts import file_sha256, to_arrow, write_part
from corpus.store.schema import tables


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
        manifest.prepare(folder)
        manifest.wipe(folder)
        manifest.create(folder, {**self.versions, "finished": "0"})

    def write_batch(self, batch: int, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Write one part per table that has rows, then name them all in the manifest."""
        work = self.folder / manifest.WORK
        work.mkdir(exist_ok=True)
        some = {name: rows[name] for name in tables() if rows.get(name)}
        parts = [write_part(work, name, batch, to_arrow(name, found), self.versions) for name, found in some.items()]
        with manifest.connect(self.folder) as db:
            manifest.commit_batch(db, self.folder, work, batch, parts, "{}")
        manifest.remove(work)

    def finish(self) -> None:
        """Mark the store as finished and write ``views.sql``."""
        with manifest.connect(self.folder) as db:
            manifest.set_meta(db, {"finished": "1"})
        (self.folder / VIEWS).write_text(views_sql(self.folder), encoding="utf-8")


def manifest_meta(folder: Path) -> dict[str, str]:
    """Versions and state of a store.

    Raises:
        StoreError: no store, a damaged manifest, or another schema version.
    """
    meta = {str(k): str(v) for k, v in manifest.read(folder, "SELECT key, value FROM meta")}
    if meta.get("schema_version") != SCHEMA_VERSION:
        raise StoreError(
            f"was written with schema version {meta.get('schema_version')}, this gongkai reads {SCHEMA_VERSION}",
            source=str(folder),
            remedy="tag the corpus again, or install the version that wrote it",
        )
    return meta


def parts(folder: Path, table: str, *, there: bool = True) -> list[Path]:
    """Part files of a table, in batch order; ``there``: make sure that they are.

    Raises:
        StoreError: no store, or a part that the manifest names is missing.
    """
    found = [
        folder / str(file)
        for (file,) in manifest.read(folder, "SELECT file FROM parts WHERE table_name = ? ORDER BY batch, file", (table,))
    ]
    for path in found:
        if there and not path.is_file():
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
    lines = [
        "-- Views over a gongkai store for DuckDB. Run from inside this folder, or first: SET file_search_path = '<this folder>';"
    ]
    for name, table in tables().items():
        files = [
            p.resolve().as_posix() if absolute else p.relative_to(folder).as_posix()
            for p in parts(folder, name, there=absolute)
        ]
        if files:
            listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
            lines.append(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet([{listed}]);")
        else:
            columns = ", ".join(f'NULL::{_SQL[c.type]} AS "{c.name}"' for c in table.columns)
            lines.append(f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} WHERE false;")
    return "\n".join(lines) + "\n"


_SQL = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "strings": "VARCHAR[]",
    "floats": "DOUBLE[]",
}


__all__ = [
    "MANIFEST", "VIEWS", "StoreWriter", "file_sha256", "is_store", "manifest_meta", "parts", "read_table", "store_versions", "views_sql",
]  # fmt: skip
