"""Segments: the rows of some units on their way into a part, in one file each; they survive the process that made them.

File format: one Arrow stream per table, one behind another; then a JSON index of them and of what became of the files; its length
in 8 bytes; the sha256 of everything before.  A segment is named after what it was made from and how, so that a run that resumes
another can take what is whole and make the rest again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.store.manifest import Part
from corpus.store.schema import tables
from extract.runs.open_store import write_tables
from extract.runs.same_bytes import Unit

#: units in one segment at most: what is done again when a worker dies
SEGMENT = 64
_DIGEST = 32
_LENGTH = 8


def cut(units: Sequence[Unit], workers: int, least: int) -> list[Sequence[Unit]]:
    """Units in runs, small enough that each worker gets several, and of ``least`` units at least."""
    size = max(least, min(SEGMENT, -(-len(units) // (4 * workers))))
    return [units[at : at + size] for at in range(0, len(units), size)]


def segment_name(units: Iterable[Unit], settings: Mapping[str, str]) -> str:
    """File name of the segment of ``units``, made with ``settings`` (versions, model, rules)."""
    made_from = [[u.key, [[m.source.name, m.present, sorted(m.given.items())] for m in u.members], u.quarantine] for u in units]
    text = json.dumps([made_from, sorted(settings.items())])
    return f"{hashlib.sha256(text.encode('ascii')).hexdigest()[:24]}.seg"


def write_segment(path: Path, rows: Mapping[str, pa.Table], items: Sequence[Any]) -> None:
    """Write the rows of each table, and ``items``, what became of each unit.

    Raises:
        OSError: the file cannot be written.
    """
    digest = hashlib.sha256()
    # a process whose parent was killed may still be writing the same segment
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as f:
        at = 0
        where: dict[str, tuple[int, int]] = {}
        for name, table in rows.items():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            data = sink.getvalue()
            where[name] = (at, data.size)
            at += data.size
            digest.update(data)
            f.write(data)
        index = json.dumps({"tables": where, "items": items}).encode("ascii")
        tail = index + len(index).to_bytes(_LENGTH, "big")
        digest.update(tail)
        f.write(tail + digest.digest())
    temporary.replace(path)


def whole(path: Path) -> list[Any] | None:
    """The items of a segment, or ``None`` if it is missing or not as it was written."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < _DIGEST + _LENGTH or hashlib.sha256(data[:-_DIGEST]).digest() != data[-_DIGEST:]:
        return None
    items: list[Any] = _index(data)["items"]
    return items


def _index(data: bytes) -> dict[str, Any]:
    end = len(data) - _DIGEST - _LENGTH
    size = int.from_bytes(data[end : end + _LENGTH], "big")
    index: dict[str, Any] = json.loads(data[end - size : end])
    return index


def _where(path: Path) -> dict[str, tuple[int, int]]:
    with path.open("rb") as f:
        f.seek(-(_DIGEST + _LENGTH), os.SEEK_END)
        size = int.from_bytes(f.read(_LENGTH), "big")
        f.seek(-(_DIGEST + _LENGTH + size), os.SEEK_END)
        where: dict[str, tuple[int, int]] = json.loads(f.read(size))["tables"]
        return where


def merge_segments(
    paths: Sequence[Path], into: Path, batch: int, versions: Mapping[str, str]
) -> tuple[list[Part], dict[str, Any]]:
    """Write the parts of a batch from its segments into the folder ``into``, and count what they hold.

    Only one table is in memory at a time.

    Raises:
        OSError: the parts cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    places = [(path, _where(path)) for path in paths]

    def rows_of(table: str) -> pa.Table | None:
        found = [_read(path, *where[table]) for path, where in places if table in where]
        return pa.concat_tables(found) if found else None

    return write_tables(((table, rows_of(table)) for table in tables()), into, batch, versions)


def _read(path: Path, at: int, size: int) -> pa.Table:
    with path.open("rb") as f:
        f.seek(at)
        with pa.ipc.open_stream(f.read(size)) as stream:
            return stream.read_all()


__all__ = ["SEGMENT", "cut", "merge_segments", "segment_name", "whole", "write_segment"]
