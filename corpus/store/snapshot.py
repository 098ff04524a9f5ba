"""What a store holds at one moment, and its parts read only if they are what was written.

The manifest knows the sha256 of every part.  A part is hashed when it is first touched, and again once its file has changed: a bit
that flips on a disk can turn a cell of 27 into 1974 without any error of Parquet.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.codebook import SCHEMA_VERSION
from corpus.errors import StoreError
from corpus.store import manifest
from corpus.store.manifest import Part
from corpus.store.parts import file_sha256
from corpus.store.row_types import expect_types
from corpus.store.schema import tables

#: values that a filter looks for without the module of pyarrow that large stores need
_FEW = 20
_NAME = re.compile(r"(?P<table>[a-z]+)/part-\d{6,12}(?:-r\d{1,9})?\.parquet")
#: a file touched so many seconds ago may be touched again without a new time
_SETTLED = 2.0

_Signature = tuple[int, int, int, int, int]
#: path and sha256 of parts that were found to be what was written -> what their files were then
_known: dict[tuple[str, str], _Signature] = {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The manifest at one moment: ``meta``, and the parts of each table in batch order, with their batches.

    ``finished`` of ``meta`` is ``1`` only if every batch is done, too.
    """

    folder: Path
    meta: Mapping[str, str]
    parts: Mapping[str, tuple[tuple[Part, int], ...]]

    def paths(self, table: str) -> list[Path]:
        """Part files of a table.

        Raises:
            StoreError: one is missing.
        """
        found = [self.folder / part.file for part, _ in self.parts[table]]
        for path in found:
            if not path.is_file():
                raise _missing(self.folder, path.relative_to(self.folder).as_posix())
        return found

    @contextmanager
    def checked(self, names: Sequence[str]) -> Iterator[None]:
        """While it lasts, the parts of these tables are what was written.

        Raises:
            StoreError: one is missing, damaged, or was replaced meanwhile.
        """
        found = [part for name in names for part, _ in self.parts[name]]
        before = [_check(self.folder, part) for part in found]
        yield
        for part, signature in zip(found, before, strict=True):
            _unchanged(self.folder, part, signature)

    def read(
        self, table: str, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
    ) -> list[pa.Table]:
        """The parts of a table, each checked, in batch order.

        Raises:
            StoreError: as :meth:`checked`.
        """
        return [read_part(self.folder, part, columns, filters) for part, _ in self.parts[table]]

    def table(self, name: str) -> pa.Table:
        """A whole table; empty with the right columns if no part has rows."""
        found = self.read(name)
        return pa.concat_tables(found) if found else tables()[name].arrow().empty_table()


def read_part(
    folder: Path, part: Part, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
) -> pa.Table:
    """The rows of one part.

    Raises:
        StoreError: it is missing, or not what was written.
    """
    signature = _check(folder, part)
    try:
        rows = _read_file(folder / part.file, None if columns is None else list(columns), list(filters or ()))
    except FileNotFoundError as error:
        raise _missing(folder, part.file) from error
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise StoreError(f"part {part.file} cannot be read ({error})", source=str(folder), remedy=_again(folder)) from error
    _unchanged(folder, part, signature)
    return rows


def _read_file(path: Path, columns: list[str] | None, filters: list[tuple[str, str, Any]]) -> pa.Table:
    texts = [(name, [value] if op == "=" else list(value) if op == "in" else []) for name, op, value in filters]
    if any(not 0 < len(values) <= _FEW or not all(isinstance(v, str) for v in values) for _, values in texts):
        return pq.read_table(path, partitioning=None, columns=columns, filters=filters)
    # read_table loads pyarrow.dataset, and that pandas: a quarter of the time that `gongkai show` takes
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        if columns is not None and set(columns) - set(names):
            raise pa.ArrowInvalid(f"no column {', '.join(sorted(set(columns) - set(names)))}")
        groups = [g for g in range(file.num_row_groups) if all(_may_hold(file, g, *text) for text in texts)]
        wanted = None if columns is None else list(dict.fromkeys([*columns, *(name for name, _ in texts)]))
        found = file.read_row_groups(groups, wanted)
    import pyarrow.compute as pc  # and with it the documentation of its functions, which no worker needs

    for name, values in texts:
        # a pattern, for every value that pyarrow is given loads pandas, too
        found = found.filter(pc.match_substring_regex(found[name], rf"\A(?:{'|'.join(map(re.escape, values))})\z"))
    return found if columns is None else found.select(columns)


def _may_hold(file: pq.ParquetFile, group: int, name: str, values: list[str]) -> bool:
    """Whether a row group may hold one of the texts in a column, by what Parquet notes of it."""
    column = file.metadata.row_group(group).column(file.schema_arrow.names.index(name))
    known = column.statistics if column.path_in_schema == name else None
    return known is None or not known.has_min_max or any(known.min <= v <= known.max for v in values)


def copy_part(folder: Path, part: Part, target: Path) -> None:
    """Copy the file of a part.

    Raises:
        StoreError: it is missing, or not what was written.
    """
    if not (folder / part.file).is_file():
        raise _missing(folder, part.file)
    shutil.copyfile(folder / part.file, target)
    if file_sha256(target) != part.sha256:
        raise _damaged(folder, part)


def take_snapshot(folder: Path) -> Snapshot:
    """Read the manifest of a store.

    Raises:
        StoreError: no store, a damaged manifest, one that names files elsewhere, or another schema version.
    """
    with manifest.reading(folder) as db:
        expect_types(db)
        meta = manifest.get_meta(db)
        if meta.get("schema_version") != SCHEMA_VERSION:
            raise StoreError(
                f"was written with schema version {meta.get('schema_version')}, this gongkai reads {SCHEMA_VERSION}",
                source=str(folder),
                remedy="tag the corpus again with --overwrite, or install the version that wrote it",
            )
        if meta.get(manifest.SEAL) != manifest.seal_of(db):
            raise StoreError(
                f"{manifest.MANIFEST} is damaged: it is not what was written", source=str(folder), remedy=_again(folder)
            )
        rows = part_rows(db)
        if db.execute("SELECT EXISTS (SELECT 1 FROM batches WHERE NOT done)").fetchone()[0]:
            meta["finished"] = "0"
    found: dict[str, list[tuple[Part, int]]] = {name: [] for name in tables()}
    for part, batch in rows:
        check_name(folder, part)
        found[part.table].append((part, batch))
    return Snapshot(folder, meta, {name: tuple(some) for name, some in found.items()})


def part_rows(db: sqlite3.Connection, where: str = "", values: Sequence[object] = ()) -> list[tuple[Part, int]]:
    """The parts that a manifest names, with their batches, in batch order."""
    query = f"SELECT file, table_name, rows, sha256, batch FROM parts {where} ORDER BY batch, file"
    rows = db.execute(query, tuple(values)).fetchall()
    return [(Part(str(file), str(table), int(count), str(sha256)), int(batch)) for file, table, count, sha256, batch in rows]


def check_name(folder: Path, part: Part) -> None:
    """Refuse a part that is not in the folder of its table.

    Raises:
        StoreError: a path that leads elsewhere, or an unknown table.
    """
    name = _NAME.fullmatch(part.file)
    if name is None or name["table"] != part.table or part.table not in tables():
        raise StoreError(
            f"{manifest.MANIFEST} names {part.file[:120]!r} as a part of {part.table[:40]!r}", source=str(folder),
            remedy="a part is <table>/part-000000.parquet; do not use this folder unless you trust who made it",
        )  # fmt: skip
    path = folder / part.file
    if (path.is_symlink() or path.parent.is_symlink()) and not path.resolve().is_relative_to(folder.resolve()):
        raise StoreError(
            f"{part.file} is a link that leads out of the results", source=str(folder),
            remedy="copy the file itself into the folder, if you trust who made it",
        )  # fmt: skip


def _check(folder: Path, part: Part) -> _Signature:
    path = folder / part.file
    key = (str(path.absolute()), part.sha256)
    signature = _signature(folder, part)
    if _known.get(key) == signature:
        return signature
    if file_sha256(path) != part.sha256:
        raise _damaged(folder, part)
    if time.time() - max(signature[3:]) / 1e9 > _SETTLED:
        _known[key] = signature
    return signature


def _unchanged(folder: Path, part: Part, signature: _Signature) -> None:
    now = _signature(folder, part)
    # a further name (a hard link) or other rights change the last alone: the bytes tell
    if now != signature and (now[:4] != signature[:4] or file_sha256(folder / part.file) != part.sha256):
        raise StoreError(
            f"part {part.file} was replaced while it was read", source=str(folder), remedy="load the results again"
        )


def _signature(folder: Path, part: Part) -> _Signature:
    try:
        stat = (folder / part.file).stat()
    except OSError as error:
        raise _missing(folder, part.file) from error
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _damaged(folder: Path, part: Part) -> StoreError:
    what = f"part {part.file} is damaged: its bytes are not those that were written"
    return StoreError(what, source=str(folder), remedy=_again(folder))


def _again(folder: Path) -> str:
    return f"`gongkai verify {quote(str(folder))}` names all that is damaged; copy the whole folder again, or replace the results with `gongkai tag --overwrite`"


def _missing(folder: Path, file: str) -> StoreError:
    return StoreError(
        f"part {file} is named in the manifest but missing", source=str(folder),
        remedy="load the results again if they were tagged meanwhile; else copy the whole folder, or tag the corpus again with --overwrite",
    )  # fmt: skip


__all__ = ["Snapshot", "check_name", "copy_part", "part_rows", "read_part", "take_snapshot"]
