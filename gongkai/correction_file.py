"""``corrections.csv`` as it is added to by a program: one truth that everything reads, whoever wrote it.

Whoever calls this holds a lock that every other program holds, too (:meth:`gongkai.web.writing.people.People.write`); the file has its new
content at one moment.  Columns and lines of others are kept as they are; a file that a person made is copied aside first.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.errors import DataError
from corpus.files import replacing
from corpus.sheets import read_sheet
from corpus.spreadsheets import write_csv
from gongkai.corrections import COLUMNS, FILE, FURTHER, HEADINGS

Line = Mapping[str, str]
_ALL = (*COLUMNS, *FURTHER)


def line_key(line: Line) -> str:
    """What names a line in an address: a hash of what it says."""
    values = [line.get(c, "") for c in _ALL]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def read_lines(folder: Path) -> tuple[tuple[str, ...], list[Line]]:
    """Columns and lines of the file in a store, as they are; those of an empty one where there is none.

    Raises:
        UsageError: unreadable.
        DataError: other columns.
    """
    path = folder / FILE
    if not path.exists():
        return _ALL, []
    sheet = read_sheet(path, HEADINGS, strip=False)
    if lost := [c for c in COLUMNS if c not in sheet.columns]:
        raise DataError(f"has no column {', '.join(lost)}", source=FILE, remedy=f"give {', '.join(COLUMNS)}")
    return sheet.columns, [row.values for row in sheet.rows]


def write_lines(folder: Path, columns: Sequence[str], lines: Sequence[Line]) -> None:
    """Give the file this content.

    Raises:
        StoreError: it cannot be written.
        UnicodeEncodeError: a text that no file can hold.
    """
    path = folder / FILE
    names = (*columns, *(c for c in _ALL if c not in columns))
    if path.exists() and tuple(columns) != _ALL:
        aside = folder / "explorer" / f"corrections-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}.csv"
        with replacing(aside) as made:
            shutil.copyfile(path, made)
    write_csv(path, names, ([line.get(c, "") for c in names] for line in lines))


def add_lines(folder: Path, added: Sequence[Line]) -> None:
    """Lines behind those that are there.

    Raises:
        UsageError, DataError, StoreError: as :func:`read_lines` and :func:`write_lines`.
    """
    columns, lines = read_lines(folder)
    write_lines(folder, columns, [*lines, *added])


def take_line(folder: Path, key: str) -> Line | None:
    """Take a line away; gives back what it said, ``None`` where there is none of that key.

    Raises:
        UsageError, DataError, StoreError: as :func:`read_lines` and :func:`write_lines`.
    """
    columns, lines = read_lines(folder)
    for n in reversed(range(len(lines))):
        if line_key(lines[n]) == key:
            write_lines(folder, columns, [*lines[:n], *lines[n + 1 :]])
            return lines[n]
    return None


__all__ = ["Line", "add_lines", "line_key", "read_lines", "take_line", "write_lines"]
