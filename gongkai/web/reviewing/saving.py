"""Corrections written from the browser: into ``corrections.csv``, which everything reads, under the lock of the log of who wrote when.

Inside the lock it is looked again at what stands: a value that somebody else has set since the form was opened refuses the form, and so
does a line that would not apply.  File and log change together; a process that is ended between the two leaves a line in the file, which
says itself who wrote it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from corpus.errors import DataError, UsageError
from gongkai.correction_file import Line, add_lines, line_key, read_lines, take_line
from gongkai.corrections import FILE, Correction, located, parse_line, read_corrections
from gongkai.web.held import Held
from gongkai.web.reviewing.things import Thing, find_thing, place_of
from gongkai.web.tongue import Tongue
from gongkai.web.writing.forms import RefusedError
from gongkai.web.writing.people import ActKind, People, Written

CORRECTION = ActKind("correction")
#: the file as it was read last: every page of a report asks for it
_READ: dict[tuple[object, ...], tuple[Correction, ...]] = {}
_LOCK = threading.Lock()


def current(folder: Path, held: Held) -> tuple[Correction, ...]:
    """The corrections that stand now.

    Raises:
        UsageError, DataError: the file cannot be read.
    """
    path = folder / FILE
    try:
        stat = path.stat()
    except OSError:
        return ()
    key = (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, held.signature)
    with _LOCK:
        if key not in _READ:
            found = read_corrections(path)
            sources: dict[str, str] = {}
            if any(c.source for c in found):
                sources = {r["report_id"]: r["source"] for r in held.rows("SELECT report_id, source FROM reports")}
            _READ.clear()
            _READ[key] = located(found, sources) if sources else tuple(found)
        return _READ[key]


def same(a: str, b: str) -> bool:
    """Whether two values are one; the order of codes says nothing."""
    return sorted(a.split(";")) == sorted(b.split(";"))


def save(
    people: People, held: Held, thing: Thing, changes: Mapping[str, tuple[str, str]], who: str, note: str, tongue: Tongue
) -> None:
    """Write corrections of one thing: all or none.

    Args:
        people: the log.
        held: the snapshot.
        thing: what is corrected.
        changes: field -> what stood when the form was opened, what shall stand.
        who: by whom.
        note: why.
        tongue: the language of refusals.

    Raises:
        RefusedError: somebody else set a field since, the file of corrections cannot be read, or they would not apply.
    """
    folder = held.store.folder
    day = datetime.now().astimezone().date().isoformat()
    lines = [thing.line(name, old, new, who, day, note) for name, (old, new) in changes.items()]

    def write() -> None:
        known = {line_key(line) for line in read_lines(folder)[1]}
        added = [line for line in lines if line_key(line) not in known]  # a form sent twice counts once
        stand = current(folder, held)
        _look_again(held, stand, thing, [line for line in added if not same(line["old"], line["new"])], tongue)
        _would_apply(held, stand, thing.report_id, added)
        if added:
            add_lines(folder, added)

    written = [Written(_name(line), line) for line in lines]
    try:
        people.write(who, CORRECTION, "", written, beside=write)
    except UnicodeEncodeError as error:  # half a pair of surrogates, which no file can hold
        raise RefusedError(400, "fault_not_applied", why="UTF-8") from error
    except (UsageError, DataError) as error:
        raise RefusedError(409, "fault_corrections", why=error.message) from error


def _name(line: Line) -> str:
    """The thing and its field, as the log names them."""
    c = parse_line({**line, "coder": line["coder"] or "-"}, 0)
    return f"{line['report_id']} {place_of(c) if c else ''} {line['field']}"


def _look_again(held: Held, stand: tuple[Correction, ...], thing: Thing, lines: Sequence[Line], tongue: Tongue) -> None:
    """Raises RefusedError where what stands is no longer what the form showed."""
    store = held.one(thing.report_id, stand)
    now = find_thing(store, thing.report_id, thing.at, tongue) if store is not None else None
    for line in lines:
        stands = now.values[line["field"]] if now is not None else ""
        if now is None or not same(stands, line["old"]):
            raise RefusedError(409, "fault_changed_since", field=tongue(f"field_{line['field']}"), value=stands)


def _would_apply(held: Held, stand: tuple[Correction, ...], report_id: str, lines: Sequence[Line]) -> None:
    """Raises RefusedError where a line would not apply, by what applies corrections everywhere."""
    added = [c for n, line in enumerate(lines) if (c := parse_line(line, -1 - n)) is not None]
    store = held.one(report_id, (*stand, *added))
    if store is None or len(added) < len(lines):
        raise RefusedError(409, "fault_not_applied", why=report_id)
    why = [c.fault for c in added if c.fault]
    for table in {c.table for c in added}:
        why += [o.why for o in store.corrected(table)[1] if o.correction.line < 0 and not o.applied]
    if why:
        raise RefusedError(400, "fault_not_applied", why="; ".join(why))


def undo(people: People, held: Held, key: str, who: str) -> Line:
    """Take one line of the corrections away; the log keeps it.

    Raises:
        RefusedError: it is not there any more, or the file cannot be read.
    """
    folder = held.store.folder

    def write() -> None:
        if take_line(folder, key) is None:
            raise RefusedError(409, "fault_undone")

    try:
        line = next((x for x in read_lines(folder)[1] if line_key(x) == key), None)
        if line is None:
            raise RefusedError(409, "fault_undone")
        people.write(who, CORRECTION, "", [Written(_name(line), {"undone": dict(line)})], beside=write)
    except (UsageError, DataError) as error:
        raise RefusedError(409, "fault_corrections", why=error.message) from error
    return line


__all__ = ["CORRECTION", "current", "same", "save", "undo"]
