"""``STORE/explorer/people.sqlite``: what people wrote in the browser, as a log of acts to which is only ever added.

An act says who gave which thing which value, when, and what stood there before; what stands is the last act.  gongkai never deletes the
file; it survives ``tag --overwrite`` and goes wherever the folder of results goes.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.errors import StoreError

HOME, FILE = "explorer", "people.sqlite"
#: of the tables; a file of a later one is refused
VERSION = 1
#: SQLite waits so long for another writer
_WAIT = 30.0
#: what was written is on the disk before the page says so
SYNC = "FULL"
_DDL = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS acts (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, thing TEXT NOT NULL,
    value TEXT, before TEXT
);
CREATE INDEX IF NOT EXISTS acts_on ON acts (kind, scope, thing, who, n);
CREATE TRIGGER IF NOT EXISTS acts_unchanged BEFORE UPDATE ON acts BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END;
CREATE TRIGGER IF NOT EXISTS acts_kept BEFORE DELETE ON acts BEGIN SELECT RAISE(ABORT, 'acts are never deleted'); END;
PRAGMA user_version = {VERSION};
COMMIT;
"""
_COLUMNS = "n, at, who, kind, scope, thing, value, before"


@dataclass(frozen=True, slots=True)
class ActKind:
    """A kind of act: of an ``own`` one everybody has a value of their own for a thing (a code); of others all share one (a decision)."""

    name: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written about one thing; ``None`` takes back what stood.

    ``seen`` is the number of the act that stood when the writer looked (0: none); a later one refuses the whole.  ``None`` asks for nothing.
    """

    thing: str
    value: Any
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the log; ``value`` and ``before`` are JSON values, ``None`` where nothing stands."""

    n: int
    at: str
    who: str
    kind: str
    scope: str
    thing: str
    value: Any
    before: Any


class OvertakenError(Exception):
    """Somebody else wrote after the writer looked: ``act`` is what stands now."""

    def __init__(self, act: Act) -> None:
        super().__init__(f"{act.who} wrote {act.thing} at {act.at}")
        self.act = act


class People:
    """The log of one store.  Each call opens the file, so that threads and processes share it and a closed one is whole without a journal."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / HOME / FILE

    def write(
        self, who: str, kind: ActKind, scope: str, written: Sequence[Written], *, beside: Callable[[], None] | None = None
    ) -> list[Act]:
        """Add acts of one kind, as :meth:`write_all`."""
        return self.write_all(who, scope, [(kind, one) for one in written], beside=beside)

    def write_all(
        self, who: str, scope: str, written: Sequence[tuple[ActKind, Written]], *, beside: Callable[[], None] | None = None
    ) -> list[Act]:
        """Add acts: all or none.  One that says what stands already adds nothing, so that a form sent twice counts once.

        Args:
            who: by whom.
            scope: where they belong.
            written: what is written, each with its kind.
            beside: what else is written while no other process writes; if it raises, no act is added.

        Raises:
            OvertakenError: a thing was written to after it was ``seen``.
            StoreError: the folder cannot be written to, the disk is full, or the file is none of this version.
        """
        with self._writing() as db:
            made = [self._add(db, who, scope, kind, one) for kind, one in written]
            if beside is not None:
                beside()
        return [act for act in made if act is not None]

    def _add(self, db: sqlite3.Connection, who: str, scope: str, kind: ActKind, one: Written) -> Act | None:
        stood = self._last(db, kind, scope, one.thing, who)
        before = stood.value if stood else None
        if before == one.value:
            return None
        # what was taken back stands no more: a page that was opened then has seen nothing
        stands = stood.n if stood is not None and stood.value is not None else 0
        if one.seen is not None and stood is not None and one.seen != stands:
            raise OvertakenError(stood)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = (at, who, kind.name, scope, one.thing, _text(one.value), _text(before))
        query = "INSERT INTO acts (at, who, kind, scope, thing, value, before) VALUES (?, ?, ?, ?, ?, ?, ?)"
        n = db.execute(query, values).lastrowid
        return Act(n or 0, at, who, kind.name, scope, one.thing, one.value, before)

    def standing(self, kind: ActKind, scope: str = "", *, who: str | None = None) -> dict[tuple[str, str], Act]:
        """What stands, by thing and person (of a kind that all share the person is empty); what was taken back is not in it.

        Args:
            who: this person's alone.
        """
        by = "thing, who" if kind.own else "thing"
        one = " AND who = ?" if who is not None and kind.own else ""
        query = f"SELECT {_COLUMNS} FROM acts WHERE n IN (SELECT max(n) FROM acts WHERE kind = ? AND scope = ?{one} GROUP BY {by}) ORDER BY n"
        values = [kind.name, scope, *([who] if one else [])]
        found = {(a.thing, a.who if kind.own else ""): a for a in self._read(query, values)}
        return {k: a for k, a in found.items() if a.value is not None}

    def scopes(self, kind: ActKind) -> list[str]:
        """Scopes that have an act of a kind, in the order of the first."""
        with self._reading() as db:
            if db is None:
                return []
            rows = db.execute("SELECT scope FROM acts WHERE kind = ? GROUP BY scope ORDER BY min(n)", [kind.name])
            return [scope for (scope,) in rows]

    def history(
        self, kind: ActKind, scope: str = "", thing: str | None = None, *, who: str | None = None, most: int = 1000
    ) -> list[Act]:
        """The last acts of a kind, the latest first; of one thing or person alone if wanted."""
        wanted = [(column, value) for column, value in (("thing", thing), ("who", who)) if value is not None]
        more = "".join(f" AND {column} = ?" for column, _ in wanted)
        query = f"SELECT {_COLUMNS} FROM acts WHERE kind = ? AND scope = ?{more} ORDER BY n DESC LIMIT ?"
        return self._read(query, [kind.name, scope, *(value for _, value in wanted), most])

    def _last(self, db: sqlite3.Connection, kind: ActKind, scope: str, thing: str, who: str) -> Act | None:
        one = " AND who = ?" if kind.own else ""
        query = f"SELECT {_COLUMNS} FROM acts WHERE kind = ? AND scope = ? AND thing = ?{one} ORDER BY n DESC LIMIT 1"
        row = db.execute(query, [kind.name, scope, thing, *([who] if one else [])]).fetchone()
        return None if row is None else _act(row)

    def _read(self, query: str, values: Sequence[object]) -> list[Act]:
        with self._reading() as db:
            return [] if db is None else [_act(row) for row in db.execute(query, values)]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        if not self.path.is_file():
            yield None
            return
        with self._faults(), closing(self._connect_to_read()) as db:
            _check_version(db, self.path)
            # a process that was ended, or a disk that was full, while the file was made leaves one without tables: nobody has written yet
            begun = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            yield db if begun else None

    def _connect_to_read(self) -> sqlite3.Connection:
        address = self.path.resolve().as_uri()
        # opened for writing, the last one to close it takes the journal away; a folder that cannot be written to has no room for the
        # files by which readers and writers agree, and nobody writes there
        for mode in ("?mode=rw", "?mode=ro", "?mode=ro&immutable=1"):
            db = sqlite3.connect(address + mode, uri=True, timeout=_WAIT, isolation_level=None)
            try:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
                db.execute("PRAGMA query_only = ON")
            except sqlite3.OperationalError as error:
                db.close()
                if "locked" in str(error):
                    raise
                failed = error
            else:
                return db
        raise failed

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._faults():
            self.path.parent.mkdir(exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)) as db:
                self._prepare(db)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    if db.in_transaction:  # SQLite has rolled back already where the disk is full
                        db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.execute(f"PRAGMA synchronous = {SYNC}")
        until = time.monotonic() + _WAIT
        while True:
            try:
                if db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                    return
                _check_version(db, self.path)
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_DDL)
            except sqlite3.OperationalError as error:
                # the change to WAL asks for the file alone and does not wait by itself
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                if db.in_transaction:
                    db.execute("ROLLBACK")
                time.sleep(0.02)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        name = f"{HOME}/{FILE}"
        try:
            yield
        except sqlite3.OperationalError as error:
            said = str(error)
            if "readonly" in said or "unable to open" in said:
                raise _read_only(name) from error
            raise StoreError(
                f"cannot be written or read just now ({said})", source=name, remedy="try again; free disk space"
            ) from error
        except sqlite3.DatabaseError as error:
            remedy = "put back a copy of it, or move it away to begin a new one"
            raise StoreError(f"is damaged or no file of the explorer ({error})", source=name, remedy=remedy) from error
        except OSError as error:
            raise _read_only(name) from error


class ReadOnlyError(StoreError):
    """The folder of results cannot be written to."""

    code = "store"


def _read_only(name: str) -> ReadOnlyError:
    return ReadOnlyError("cannot be written to", source=name, remedy="copy the folder of results to where you may write")


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise StoreError(
            f"was written by a later gongkai (version {found}, this one knows {VERSION})",
            source=f"{HOME}/{path.name}",
            remedy="update gongkai",
        )


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _act(row: Sequence[Any]) -> Act:
    n, at, who, kind, scope, thing, value, before = row
    return Act(n, at, who, kind, scope, thing, *(None if v is None else json.loads(v) for v in (value, before)))


def values_of(standing: Mapping[tuple[str, str], Act]) -> dict[str, Any]:
    """Things with their values, of a kind that all share."""
    return {thing: act.value for (thing, _), act in standing.items()}


__all__ = ["FILE", "HOME", "VERSION", "Act", "ActKind", "OvertakenError", "People", "ReadOnlyError", "Written", "values_of"]
