"""Parquet parts: rows to Arrow, and Arrow to a sorted file that is safely on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.store.manifest import Part
from corpus.store.schema import tables


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def part_name(table: str, batch: int, revision: int = 0) -> str:
    """``cells/part-000012.parquet``; parts that were written again have ``-r1``, ``-r2`` … behind the batch."""
    return f"{table}/part-{batch:06d}{f'-r{revision}' if revision else ''}.parquet"


def to_arrow(name: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows of a table; they may leave out what is null."""
    return columns_to_arrow(name, {column.name: _column(rows, column.name) for column in tables()[name].columns})


def columns_to_arrow(name: str, columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """The rows of a table, given by column."""
    schema = tables()[name].arrow()
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _column(rows: Sequence[Mapping[str, object]], name: str) -> list[object]:
    try:
        return list(map(itemgetter(name), rows))
    except KeyError:  # rows may leave out what is null
        return [row.get(name) for row in rows]


def write_part(work: Path, name: str, batch: int, rows: pa.Table, versions: Mapping[str, str], revision: int = 0) -> Part:
    """Write the rows of a batch, sorted by key, into the folder ``work`` and flush them to disk.

    Equal rows give equal bytes.  The file is named ``<table>-…`` in ``work`` until it is moved to its place in the store.
    """
    table = tables()[name]
    # one chunk a column: how the rows came together must not show in the file
    whole = rows.sort_by([(k, "ascending") for k in table.key]).combine_chunks().replace_schema_metadata(dict(versions))
    file = part_name(name, batch, revision)
    path = work / Path(file).name.replace("part-", f"{name}-")
    pq.write_table(whole, path, compression="zstd")
    with path.open("rb+") as f:
        os.fsync(f.fileno())
    return Part(file, name, whole.num_rows, file_sha256(path))


__all__ = ["columns_to_arrow", "file_sha256", "part_name", "to_arrow", "write_part"]
