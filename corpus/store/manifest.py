"""The manifest of a store: which parts count, which batches are done, and which files they were made from.

One process writes it at a time (:func:`locked`); it may be read at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import StoreError
from corpus.store.schema import tables

MANIFEST = "manifest.sqlite"
VIEWS = "views.sql"
LOCK = ".lock"
#: unfinished work; nothing in it counts
WORK = ".work"
_NEW = "manifest.new"
#: key of the hash by which a damaged manifest is known; what changes it keeps it true
SEAL = "seal"
#: SQLite waits so long for a reader that holds the manifest
_WAIT = 60.0

_DDL = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
    file TEXT PRIMARY KEY, table_name TEXT NOT NULL, batch INTEGER NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS batches (
    batch INTEGER PRIMARY KEY, done INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 0, counts TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, sha256 TEXT, size INTEGER, mtime_ns INTEGER, given TEXT NOT NULL, unit TEXT NOT NULL, batch INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retired (file TEXT PRIMARY KEY, batch INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS files_unit ON files (unit);
CREATE INDEX IF NOT EXISTS files_batch ON files (batch);
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: its path relative to the store, table, rows, and the sha256 of its bytes."""

    file: str
    table: str
    rows: int
    sha256: str

    @property
    def made_as(self) -> str:
        """Its name in the folder where it is made."""
        return Path(self.file).name.replace("part-", f"{self.table}-")


def is_store(folder: Path) -> bool:
    """Whether ``folder`` holds a store (finished or not)."""
    return (folder / MANIFEST).is_file()


def create(folder: Path, meta: Mapping[str, str]) -> None:
    """Make the manifest of a new store, with ``meta``; it is there as a whole or not at all."""
    made = folder / _NEW
    _unlink(made)
    with closing(sqlite3.connect(made, isolation_level=None)) as db:
        db.executescript(_DDL)
        set_meta(db, meta)
    # a journal that a killed process left would be played back into the new one
    _unlink(folder / MANIFEST)
    made.replace(folder / MANIFEST)
    fsync_folder(folder)


@contextmanager
def connect(folder: Path) -> Iterator[sqlite3.Connection]:
    """The manifest for writing; statements commit by themselves outside :func:`transaction`."""
    with closing(sqlite3.connect(folder / MANIFEST, timeout=_WAIT, isolation_level=None)) as db:
        yield db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All statements inside count, or none."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # SQLite has rolled back already where the disk is full
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other writers out; the lock ends with the process, however that ends.

    Raises:
        StoreError: another process writes into the folder.
    """
    # an exclusive transaction on an empty database is a file lock that works alike on every system
    with closing(sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise StoreError(
                "another `gongkai tag` is writing into this folder",
                source=str(folder),
                remedy="wait for it, or name another --out",
            ) from error
        yield


@contextmanager
def sealed(db: sqlite3.Connection) -> Iterator[None]:
    """A :func:`transaction` that changes what :func:`seal_of` covers."""
    with transaction(db):
        yield
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SEAL, seal_of(db)))


def seal_of(db: sqlite3.Connection) -> str:
    """Hash of what a manifest says of versions, settings, parts and batches; a flipped bit must not pass for another part."""
    digest = hashlib.sha256()
    for query in (
        f"SELECT key, value FROM meta WHERE key NOT IN ('{SEAL}', 'finished') ORDER BY key",
        "SELECT file, table_name, batch, rows, sha256 FROM parts ORDER BY file",
        "SELECT batch, done, revision, counts FROM batches ORDER BY batch",
    ):
        for row in db.execute(query):
            digest.update(json.dumps(row).encode("ascii") + b"\n")
    return digest.hexdigest()


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """The manifest for reading, as it is at one moment.

    What a process that was killed inside a transaction left is undone first: in place, or in a copy where the folder cannot be written.

    Raises:
        StoreError: no manifest, or a damaged one.
    """
    if not is_store(folder):
        raise StoreError(
            f"holds no {MANIFEST}", source=str(folder), remedy="name the folder that was given to `gongkai tag --out`"
        )
    try:
        with (
            tempfile.TemporaryDirectory(prefix="gongkai-", ignore_cleanup_errors=True) as aside,
            closing(_healed(folder, aside)) as db,
        ):
            yield db
    except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        remedy = (
            "wait for the process that writes it"
            if "locked" in str(error)
            else "copy the folder again, or tag the corpus again with --overwrite"
        )
        raise StoreError(f"{MANIFEST} cannot be read ({error})", source=str(folder), remedy=remedy) from error
    except OSError as error:
        raise StoreError(f"{MANIFEST} cannot be read ({error})", source=str(folder), remedy="check disk and rights") from error


def _healed(folder: Path, aside: str) -> sqlite3.Connection:
    file = folder / MANIFEST
    try:
        return _begin(file, "ro")
    except sqlite3.OperationalError:
        # a journal that waits to be played back: no connection for reading only can do that
        if not _journal(file).exists():
            raise
    try:
        return _begin(file, "rw")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise
    copy = Path(aside) / MANIFEST
    for original in (_journal(file), file):
        shutil.copyfile(original, copy.with_name(original.name))
    return _begin(copy, "rw")


def _begin(file: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None)
    try:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def read(folder: Path, query: str, arguments: Iterable[object] = ()) -> list[tuple[object, ...]]:
    """Rows of a query to the manifest, opened for reading.

    Raises:
        StoreError: no manifest, or a damaged one.
    """
    with reading(folder) as db:
        return db.execute(query, tuple(arguments)).fetchall()


def prepare(folder: Path, *, overwrite: bool = False) -> None:
    """Make sure that ``folder`` is there and may hold a store.

    Raises:
        StoreError: a file of that name, a folder with files that are not a store's, or parts whose manifest is gone (without ``overwrite``).
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError("is a file, not a folder", source=str(folder), remedy="name another --out folder")
    if not is_store(folder) and folder.is_dir() and any(not _ours(p) for p in folder.iterdir()):
        raise StoreError(
            "is not empty and holds no gongkai results", source=str(folder), remedy="name a new or empty --out folder"
        )
    if not is_store(folder) and not overwrite and any(_part_files(folder)):
        # a copy that missed one file: the reports may be gone, and the parts all that is left of them
        raise StoreError(
            f"holds parts of results whose {MANIFEST} is gone", source=str(folder),
            remedy=f"copy {MANIFEST} there again, name another --out folder, or replace the parts with --overwrite",
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)


def wipe(folder: Path) -> None:
    """Delete a store, or what is left of one; files that are not a store's stay."""
    # the manifest goes first: without it nothing else counts, so that a run killed here leaves no half of a store
    _unlink(folder / MANIFEST)
    for part in _part_files(folder):
        part.unlink()
    (folder / VIEWS).unlink(missing_ok=True)
    remove(folder / WORK)


def _unlink(database: Path) -> None:
    # a journal that a killed process left would be played back into the next database of that name
    database.unlink(missing_ok=True)
    _journal(database).unlink(missing_ok=True)


def forget_journal(folder: Path) -> None:
    """Delete the journal that a killed process left, before another manifest takes the place of the one it belongs to."""
    _journal(folder / MANIFEST).unlink(missing_ok=True)


def _journal(database: Path) -> Path:
    return database.with_name(f"{database.name}-journal")


def _ours(path: Path) -> bool:
    # what a run that was killed before its manifest stood may have left; a user's own folder may be called `reports`, too
    if path.name in tables():
        return path.is_dir() and all(_is_part(f) for f in path.iterdir())
    return path.name in {LOCK, VIEWS, WORK, _NEW} or path.name in {f"{name}-journal" for name in (LOCK, _NEW, MANIFEST)}


def _is_part(path: Path) -> bool:
    return path.name.startswith("part-") and path.suffix in {".parquet", ".tmp"}


def _part_files(folder: Path) -> Iterator[Path]:
    for table in tables():
        yield from (p for p in (folder / table).glob("part-*") if _is_part(p))


def remove(folder: Path) -> None:
    """Delete a folder if it is there; what another process holds open stays (Windows)."""
    shutil.rmtree(folder, ignore_errors=True)


def clean(db: sqlite3.Connection, folder: Path, *, retired: bool = False) -> None:
    """Delete what no finished batch names: parts that were not committed; and, if ``retired``, those that an earlier run replaced.

    What a run replaces stays until the next one begins, because a reader may have begun before.
    """
    if retired:
        with transaction(db):
            db.execute("DELETE FROM retired")
    named = {str(file) for (file,) in db.execute("SELECT file FROM parts UNION SELECT file FROM retired")}
    for path in _part_files(folder):
        if path.relative_to(folder).as_posix() not in named:
            path.unlink()


def set_meta(db: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Set keys of ``meta``."""
    with sealed(db):
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def get_meta(db: sqlite3.Connection) -> dict[str, str]:
    """All keys of ``meta``."""
    return {str(k): str(v) for k, v in db.execute("SELECT key, value FROM meta")}


_UNKNOWN = "UPDATE files SET sha256 = NULL, size = NULL, mtime_ns = NULL WHERE source = ?"


def commit_batch(
    db: sqlite3.Connection,
    folder: Path,
    work: Path,
    batch: int,
    parts: Iterable[Part],
    counts: str,
    *,
    revision: int = 0,
    dropped: Iterable[str] = (),
    absorbed: Iterable[int] = (),
    unread: Iterable[str] = (),
    move: bool = True,
) -> None:
    """Move the parts of a batch from ``work`` into place, then name them in one transaction instead of those it had.

    Args:
        db: the manifest.
        folder: the store.
        work: where :func:`corpus.store.parts.write_part` left them.
        batch: which.
        parts: its parts.
        counts: what they hold, as JSON, for the summary.
        revision: how often the batch was written before.
        dropped: sources whose rows the batch no longer holds.
        absorbed: other batches whose files and rows it holds from now on.
        unread: sources whose bytes could not be read as they were hashed; what is known of their files is forgotten.
        move: ``False`` if the parts were brought to their place otherwise.
    """
    parts = list(parts)
    moved: set[Path] = set()
    for part in parts if move else ():
        target = folder / part.file
        target.parent.mkdir(exist_ok=True)
        (work / part.made_as).replace(target)
        moved.add(target.parent)
    for where in moved:
        fsync_folder(where)
    retire = "INSERT OR IGNORE INTO retired SELECT file, batch FROM parts WHERE batch = ?"
    with sealed(db):
        db.execute(retire, (batch,))
        db.execute("DELETE FROM parts WHERE batch = ?", (batch,))
        db.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", [(p.file, p.table, batch, p.rows, p.sha256) for p in parts])
        db.execute("INSERT OR REPLACE INTO batches VALUES (?, 1, ?, ?)", (batch, revision, counts))
        db.executemany("UPDATE files SET batch = NULL WHERE source = ?", [(source,) for source in dropped])
        for other in absorbed:
            db.execute("UPDATE files SET batch = ? WHERE batch = ?", (batch, other))
            db.execute(retire, (other,))
            db.execute("DELETE FROM parts WHERE batch = ?", (other,))
            db.execute("DELETE FROM batches WHERE batch = ?", (other,))
        db.executemany(_UNKNOWN, [(source,) for source in unread])


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    # Windows cannot open a folder; there the rename itself is durable enough
    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


__all__ = [
    "LOCK", "MANIFEST", "SEAL", "VIEWS", "WORK", "Part", "clean", "commit_batch", "connect", "create", "forget_journal", "fsync_folder", "get_meta", "is_store", "locked",
    "prepare", "read", "reading", "remove", "seal_of", "sealed", "set_meta", "transaction", "wipe",
]  # fmt: skip
