"""Reads what is known of the files from a table as Excel and other programs write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from corpus.errors import UsageError
from corpus.patterns import words
from corpus.sheets import as_date, read_sheet
from corpus.store.schema import LEVELS

#: Chinese headings of columns by the names that gongkai knows; any other heading is kept as it is
HEADINGS = {
    "path": words("extract", "column.path"),
    "agency": words("extract", "column.agency"),
    "year": words("extract", "column.year"),
    "url": words("extract", "column.url"),
    "retrieved": words("extract", "column.retrieved"),
    "published": words("extract", "column.published"),
    "level": words("extract", "column.level"),
}
_YEAR = re.compile(r"(20\d\d)(?:\.0|年度?)?")
#: columns of days: the text's own are compared with them
_DAYS = ("retrieved", "published")


def load_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a metadata table (CSV or .xlsx) by ``path`` (as stored in ``sources.source``, or the file's name).

    As :func:`corpus.sheets.read_sheet` reads it; English or Chinese headings (:data:`HEADINGS`).

    Raises:
        UsageError: unreadable, no ``path`` column, two columns of one meaning, a path given twice, or a day or year that is none.
    """
    sheet = read_sheet(path, HEADINGS)
    if "path" not in sheet.columns:
        raise UsageError(
            f"metadata have no column `path` (columns: {', '.join(sheet.columns) or 'none'})",
            source=str(path),
            remedy="add a column `path` (or 路径) with each file's path relative to the folder that is tagged",
        )
    rows: dict[str, dict[str, str]] = {}
    for line, found in ((r.line, dict(r.values)) for r in sheet.rows):
        key = found.pop("path").replace("\\", "/")
        if key in rows:
            raise UsageError(f"path {key!r} is given twice", source=f"{path}, line {line}", remedy="keep one row per file")
        rows[key] = _checked(found, f"{path}, line {line}")
    return rows


def _checked(row: dict[str, str], where: str) -> dict[str, str]:
    if year := _YEAR.fullmatch(row.get("year", "")):
        row["year"] = year[1]
    elif row.get("year"):
        raise UsageError(
            f"year {row['year']!r} is no year", source=where, remedy="write four digits, as 2023, or leave it empty"
        )
    if level := row.get("level"):
        row["level"] = {zh: code for code, zh in LEVELS}.get(level, level)
        if row["level"] not in dict(LEVELS):
            raise UsageError(
                f"level {level!r} is none of {', '.join(f'{code} ({zh})' for code, zh in LEVELS)}",
                source=where,
                remedy="write one of these, or name the column otherwise",
            )
    for name in _DAYS:
        if row.get(name):
            day = as_date(row[name])
            if not day:
                raise UsageError(
                    f"{name} {row[name]!r} is no day", source=where, remedy="write it as 2024-01-31, or leave it empty"
                )
            row[name] = day
    return row


def columns_of(rows: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Names of the columns in which a row says anything."""
    return {name for row in rows.values() for name, value in row.items() if value}


__all__ = ["HEADINGS", "columns_of", "load_metadata"]
