"""Finds the files to tag: in folders, by name, by glob, inside archives; any number of them, without a list in memory."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from corpus import archives
from corpus.errors import GongkaiError, ReadError, UsageError
from corpus.readers import known_suffixes, read_file_bytes
from corpus.store.manifest import MANIFEST


@dataclass(frozen=True, slots=True)
class Source:
    """A file to tag: ``path`` to open, ``name`` as stored (relative to the root given), ``named`` on the command line itself.

    ``member`` is the name inside the archive at ``path``; the stored name is then ``archive.zip!/member``.
    """

    path: Path
    name: str
    named: bool
    member: str = ""

    @property
    def suffix(self) -> str:
        """Lower-case suffix that chooses the reader."""
        return Path(self.member or self.path).suffix.lower()

    @property
    def skipped(self) -> bool:
        """Whether it is of a kind that no reader reads, and was only met in a folder."""
        return self.suffix not in known_suffixes() and self.suffix != archives.SUFFIX and not self.named

    def to_json(self) -> list[str | bool]:
        """For another process; a path that is no UTF-8 survives."""
        return [str(self.path.absolute()), self.name, self.named, self.member]

    @staticmethod
    def from_json(value: Sequence[Any]) -> Source:
        """The source that :meth:`to_json` wrote."""
        path, name, named, member = value
        return Source(Path(path), name, named, member)

    @staticmethod
    def from_row(name: str, path: bytes, member: str, named: int) -> Source:
        """The source of a row of ``scan.source``."""
        return Source(Path(os.fsdecode(path)), name, bool(named), member)


def read_source(source: Source) -> bytes:
    """The bytes of a source.

    Raises:
        ReadError: the file or the archive around it cannot be read.
    """
    if source.member:
        return archives.read_member(source.path, source.member)
    if source.suffix == archives.SUFFIX:
        names = archives.member_names(source.path)
        if not names:
            raise ReadError("is an archive without files", remedy="pack or download it again", source=source.name)
        raise ReadError(
            f"is an archive of {len(names)} files, not a report", remedy="give it to find_sources", source=source.name
        )
    if source.path.exists() and not source.path.is_file():
        raise ReadError("is no file (a pipe, a device or a folder)", remedy="name the files in it", source=source.name)
    return read_file_bytes(source.path)


#: of every file once: the path opened, its name, whether it was named itself, size, time
_SCAN = """
CREATE TABLE scan.unlisted (prefix TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE scan.found (
    real BLOB PRIMARY KEY, path BLOB NOT NULL, name TEXT NOT NULL, named INTEGER NOT NULL, size INTEGER, mtime_ns INTEGER
) WITHOUT ROWID;
CREATE TABLE scan.source (
    name TEXT PRIMARY KEY, path BLOB NOT NULL, member TEXT NOT NULL, named INTEGER NOT NULL, size INTEGER, mtime_ns INTEGER,
    skipped INTEGER NOT NULL, given TEXT NOT NULL DEFAULT '', sha256 TEXT, unit TEXT, problem TEXT
) WITHOUT ROWID;
"""
_FOUND = """
INSERT INTO scan.found VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (real) DO UPDATE SET named = named OR excluded.named
"""
# two files of one name in different folders are kept apart by their paths as given, or by their full paths
_LISTED = """
INSERT OR IGNORE INTO scan.source (name, path, member, named, size, mtime_ns, skipped) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_NAMED = """
WITH once AS (
    SELECT real, path, named, size, mtime_ns, name, count(*) OVER (PARTITION BY name) AS same FROM scan.found
)
SELECT CASE WHEN same = 1 THEN name ELSE '' END, path, real, named, size, mtime_ns FROM once ORDER BY real
"""


def scan_sources(db: sqlite3.Connection, paths: Sequence[str | Path], without: Path | None = None) -> int:
    """Find all files and list them in the table ``scan.source``, in a database on disk that lasts as long as the connection.

    What is found does not depend on the order of ``paths``.

    Args:
        db: a connection; the database ``scan`` is attached to it.
        paths: files, folders (searched recursively) and globs.
        without: a folder of results, which is not searched.

    Returns:
        How many there are.

    Raises:
        UsageError: a glob matches nothing.
    """
    db.execute("ATTACH DATABASE '' AS scan")
    db.executescript(_SCAN)
    db.execute("BEGIN")
    unlisted: set[str] = set()
    for path in sorted(set(map(str, paths))):
        db.executemany(_FOUND, _find(path, without.resolve() if without is not None and without.is_dir() else None, unlisted))
    for row in _named(db, unlisted):
        # two names that are stored alike: each file has a row
        for name in _variants(row[0], row[1]):
            if db.execute(_LISTED, (name, *row[1:])).rowcount:
                break
    db.executemany("INSERT OR IGNORE INTO scan.unlisted VALUES (?)", ((prefix,) for prefix in unlisted))
    db.execute("COMMIT")
    return int(db.execute("SELECT count(*) FROM scan.source").fetchone()[0])


def list_sources(db: sqlite3.Connection) -> Iterator[Source]:
    """The sources of ``scan.source``, sorted by name."""
    for row in db.execute("SELECT name, path, member, named FROM scan.source ORDER BY name"):
        yield Source.from_row(*row)


def find_sources(paths: Sequence[str | Path]) -> list[Source]:
    """Files named, in folders named (recursively), or matched by globs; sorted by stored name, each once.

    A folder's files are stored relative to it, a named file under its own name, or its path where that name is taken.  A file
    that does not exist is kept, to fail when it is read.  A ZIP archive gives its members; one that cannot be listed is kept.

    Raises:
        UsageError: a glob matches nothing.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        scan_sources(db, paths)
        return list(list_sources(db))


def stored_name(name: str) -> str:
    """``name`` as it can be stored: file names that are no UTF-8 (from an archive made in China) are read as GB18030.

    >>> stored_name(os.fsdecode("报告.txt".encode("gb18030"))) if os.name == "posix" else "报告.txt"
    '报告.txt'
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", "backslashreplace")
    return name


_Found = tuple[bytes, bytes, str, bool, int | None, int | None]


def _variants(name: str, path: bytes) -> Iterator[str]:
    yield name
    try:
        path.decode("utf-8")
    except UnicodeDecodeError:
        yield path.decode("utf-8", "backslashreplace")
    yield from (archives.numbered(name, n) for n in count(2))


def _find(item: str, without: Path | None, unlisted: set[str]) -> Iterator[_Found]:
    path = Path(item)
    if path.is_dir():
        yield from _tree(path, without, unlisted)
    elif path.exists() or path.is_symlink() or not glob.has_magic(item):
        # reading a missing one fails with the reason, and the run goes on to the others
        if not path.exists():
            unlisted.add("")
        yield _row(path, _real(path), path.name, True)
    else:
        hits = [Path(h) for h in glob.glob(item, recursive=True) if Path(h).is_file()]
        if not hits:
            raise UsageError("the pattern matches no file", source=item, remedy="quote the pattern and check the folder")
        for hit in hits:
            yield _row(hit, hit.resolve(), hit.name, True)


def _real(path: Path) -> Path:
    """Where a link leads; links that lead to each other stand for themselves, and fail when they are read."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # pathlib says RuntimeError before Python 3.13
        return path.absolute()


def _tree(root: Path, without: Path | None, unlisted: set[str]) -> Iterator[_Found]:
    """The files of a folder; linked folders behind all others, each folder once, so that no loop is endless."""
    seen: set[Path] = set()
    links: list[tuple[Path, str]] = [(root, "")]
    for folder, name in links:
        yield from _walk(folder, folder.resolve(), name, without, unlisted, seen, links)


def _walk(
    folder: Path,
    real: Path,
    name: str,
    without: Path | None,
    unlisted: set[str],
    seen: set[Path],
    links: list[tuple[Path, str]],
) -> Iterator[_Found]:
    if real == without or real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda e: os.fsencode(e.name))
    except OSError:
        # a folder that cannot be listed must not vanish from the results: reading it fails with the reason
        unlisted.add(f"{stored_name(name)}/" if name else "")
        yield _row(folder, real, name or folder.name, True)
        return
    if any(e.name == MANIFEST for e in entries):
        return  # results of an earlier run are no reports
    if not entries:
        # where a disk is mounted there is an empty folder while it is not
        unlisted.add(f"{stored_name(name)}/" if name else "")
    for entry in entries:
        if entry.name.startswith((".", "~$")):
            continue
        inner = f"{name}/{entry.name}" if name else entry.name
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, real / entry.name, inner, without, unlisted, seen, links)
        elif entry.is_symlink() and path.is_dir():
            links.append((path, inner))
        else:
            if entry.is_symlink() and not path.exists():
                unlisted.add(f"{stored_name(inner)}/")
            # a broken link, a pipe: reading it fails with the reason
            yield _row(path, path.resolve() if entry.is_symlink() and path.exists() else real / entry.name, inner, False)


def _row(path: Path, real: Path, name: str, named: bool) -> _Found:
    try:
        stat = path.stat()
    except OSError:
        return os.fsencode(real), os.fsencode(path), stored_name(name), named, None, None
    return os.fsencode(real), os.fsencode(path), stored_name(name), named, stat.st_size, stat.st_mtime_ns


def _named(db: sqlite3.Connection, unlisted: set[str]) -> Iterator[tuple[str, bytes, str, bool, int | None, int | None, bool]]:
    taken: set[str] = set()
    for name, path, real, named, size, mtime in db.execute(_NAMED).fetchall():
        if not name:
            name = stored_name(Path(os.fsdecode(path)).as_posix())
            if name in taken:
                name = stored_name(Path(os.fsdecode(real)).as_posix())
            taken.add(name)
        file = Path(os.fsdecode(path))
        if file.suffix.lower() == archives.SUFFIX:
            sources = [Source(file, n, bool(named and not member), member) for n, member in _members(file, name, unlisted)]
        else:
            sources = [Source(file, name, bool(named))]
        yield from ((s.name, path, s.member, s.named, size, mtime, s.skipped) for s in sources)


def _members(file: Path, name: str, unlisted: set[str]) -> Iterator[tuple[str, str]]:
    try:
        members = archives.member_names(file)
    except GongkaiError:
        # reading it fails with the reason, and the run goes on to the others
        unlisted.add(f"{name}{archives.SEPARATOR}")
        yield name, ""
        return
    if not members:  # it has a row, too: reading it fails with the reason
        yield name, ""
    for member in dict.fromkeys(members):
        yield f"{name}{archives.SEPARATOR}{stored_name(member)}", member


def given_for(source: Source, metadata: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """The row of metadata for a source: by its stored name, else by the name of its file."""
    return metadata.get(source.name) or metadata.get(stored_name(source.path.name)) or {}


def unmatched(sources: Iterable[Source], keys: Iterable[str]) -> list[str]:
    """Keys of metadata that belong to none of the sources, in order: probably misspelt."""
    known: set[str] = set()
    for source in sources:
        known.update((source.name, stored_name(source.path.name)))
    return [k for k in keys if k not in known]


__all__ = [
    "Source",
    "find_sources",
    "given_for",
    "list_sources",
    "read_source",
    "scan_sources",
    "stored_name",
    "unmatched",
]
