"""Checks that the rows of a manifest are of the types that a run writes: SQLite lets any value stand in any column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

#: table -> column -> types, as ``typeof`` of SQLite names them
_TYPES = {
    "meta": {"key": "text", "value": "text"},
    "parts": {"file": "text", "table_name": "text", "batch": "integer", "rows": "integer", "sha256": "text"},
    "batches": {"batch": "integer", "done": "integer", "revision": "integer", "counts": "text"},
    "files": {
        "source": "text", "sha256": "text null", "size": "integer null", "mtime_ns": "integer null", "given": "text", "unit": "text",
        "batch": "integer null",
    },
}  # fmt: skip
#: numbers of batches stand in file names; revisions and rows are counted
_MOST = {"batch": 10**12, "rows": 10**12, "revision": 10**9, "done": 2}


def expect_types(db: sqlite3.Connection, names: Sequence[str] = ("meta", "parts", "batches")) -> None:
    """Refuse a manifest whose tables ``names`` hold values of other types, or counts of another shape.

    Raises:
        ValueError: naming the first such value; :func:`corpus.store.manifest.reading` makes a coded error of it.
    """
    for name in names:
        for column, types in _TYPES[name].items():
            listed = ", ".join(f"'{t}'" for t in types.split())
            wrong = f"typeof({column}) NOT IN ({listed})"
            if column in _MOST:
                wrong += f" OR ({column} IS NOT NULL AND {column} NOT BETWEEN 0 AND {_MOST[column]})"
            found = db.execute(f"SELECT substr(quote({column}), 1, 60) FROM {name} WHERE {wrong} LIMIT 1").fetchone()
            if found:
                raise ValueError(f"{name}.{column} is {found[0]}")
    if "batches" in names:
        for batch, counts in db.execute("SELECT batch, counts FROM batches"):
            if not _are_counts(counts):
                raise ValueError(f"counts of batch {batch} are {counts[:60]!r}")


def _are_counts(text: str) -> bool:
    try:
        counts = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(counts, dict) and all(_is_count(*item) for item in counts.items())


def _is_count(key: str, value: object) -> bool:
    """Rows of a table, rows by value of a column (``cells.code``), or pairs of texts (files that failed, and why)."""
    if key == "failures":
        pairs = value if isinstance(value, list) else [value]
        return all(isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair) for pair in pairs)
    if "." in key:
        return isinstance(value, dict) and all(type(count) is int for count in value.values())
    return type(value) is int


__all__ = ["expect_types"]
