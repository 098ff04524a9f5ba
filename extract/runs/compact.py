"""Joins the small batches that many updates leave: a reader opens every part, and small parts make it slow."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.store import manifest
from corpus.store.parts import write_part
from corpus.store.schema import tables
from extract.runs.remote import Shelf
from extract.runs.same_bytes import count_rows, failed_sources

#: so many small batches may stay
FEW = 8


def compact(db: sqlite3.Connection, folder: Path, shelf: Shelf, work: Path, versions: Mapping[str, str], size: int) -> int:
    """Join batches of less than a quarter of ``size`` files if there are more than :data:`FEW`; tells how many were joined.

    Each joined batch is swapped for the ones it is made of in one transaction, as everything else.
    """
    small = db.execute(
        "SELECT batch, count(*) FROM files JOIN batches AS b USING (batch) WHERE b.done GROUP BY batch HAVING count(*) * 4 < ? ORDER BY batch",
        (size,),
    ).fetchall()
    if len(small) <= FEW:
        return 0
    joined = 0
    for group in _groups(small, size):
        _join(db, folder, shelf, work, versions, group)
        joined += len(group)
    return joined


def _groups(small: Sequence[tuple[int, int]], size: int) -> Iterator[list[int]]:
    group: list[int] = []
    files = 0
    for batch, count in small:
        if files + count > size and len(group) > 1:
            yield group
            group, files = [], 0
        group.append(batch)
        files += count
    if len(group) > 1:
        yield group


def _join(
    db: sqlite3.Connection, folder: Path, shelf: Shelf, work: Path, versions: Mapping[str, str], group: Sequence[int]
) -> None:
    first = group[0]
    revision = int(db.execute("SELECT revision FROM batches WHERE batch = ?", (first,)).fetchone()[0]) + 1
    files: dict[str, list[str]] = {}
    for batch in group:
        for table, file in db.execute("SELECT table_name, file FROM parts WHERE batch = ?", (batch,)):
            files.setdefault(table, []).append(file)
    parts: list[manifest.Part] = []
    counts: dict[str, Any] = {}
    failed: list[str] = []
    for table in tables():
        if table not in files:
            continue
        rows = pa.concat_tables([pq.read_table(shelf.get(file), partitioning=None) for file in files[table]])
        if table == "sources":
            failed = failed_sources(rows)
        parts.append(write_part(work, table, first, rows, versions, revision))
        counts |= count_rows(table, rows, failed)
    for part in parts if not shelf.local else ():
        shelf.put(work / part.made_as, part.file)
    manifest.commit_batch(
        db, folder, work, first, parts, json.dumps(counts), revision=revision, absorbed=group[1:], move=shelf.local
    )


__all__ = ["FEW", "compact"]
