"""What queries over a store's tables may do, and the database that they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from corpus.errors import UsageError

#: statements that are about files, or run others that no one has looked at
_OF_FILES = frozenset(("COPY", "COPY_DATABASE", "EXPORT", "ATTACH", "DETACH", "LOAD", "EXTENSION", "PREPARE", "EXECUTE"))

#: corrected rows in the place of those that stand in the parts
OVER = """CREATE OR REPLACE VIEW {name} AS SELECT *{human} FROM _parts_{name} WHERE report_id NOT IN ({ids})
UNION ALL SELECT * FROM _{name}"""
_LOCKS = "SET temp_directory = ''; SET python_enable_replacements = false; SET enable_external_access = false"
#: what DuckDB takes for a pattern in the name of a file
_PATTERN = re.compile(r"[\[*?]")
#: functions that read a table whose name is a value
_BY_NAME = re.compile(r"\bquery(?:_table)?\s*\(", re.IGNORECASE)


class SharedDatabase:
    """The database of the SELECTs of one opened store: to make one costs 20 ms, ten times what most queries do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._database: Any = None

    def cursor(self, make: Callable[[], Any]) -> Any:
        """A connection to it; what is registered with one is not seen by others."""
        with self._lock:
            if self._database is None:
                self._database = make()
            return self._database.cursor()


def patterns(paths: Sequence[Path]) -> list[str]:
    """Files as patterns that DuckDB takes for these files alone: results[1] would be read from results1."""
    return [_PATTERN.sub(r"[\g<0>]", _posix(path)) for path in paths]


def locks(paths: Sequence[Path]) -> str:
    """The statements after which SQL reaches no other file."""
    allowed = {*map(_posix, paths), *patterns(paths)}
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in sorted(allowed))
    return f"SET allowed_paths = [{listed}]; {_LOCKS}"


def _posix(path: Path) -> str:
    return path.absolute().as_posix()


def tables_named(connection: Any, query: str, known: Sequence[str]) -> list[str]:
    """The tables that a query reads; all of them where DuckDB does not say."""
    try:
        found = {str(name).casefold() for name in connection.get_table_names(query)}
    except Exception:  # noqa: BLE001 - several statements, or a fault that the query itself will tell
        return list(known)
    return list(known) if _BY_NAME.search(query) else [name for name in known if name in found]


def remedy_of(message: str) -> str:
    """What helps against what DuckDB says."""
    if "disabled by configuration" in message or "locked" in message:
        return "a query reads the store and nothing else; --unsafe lets SQL of your own reach other files"
    return "`gongkai schema` lists tables and columns"


def refuse_files(connection: Any, query: str) -> set[str]:
    """The kinds of the statements; refuses those that reach files."""
    # the paths that DuckDB may read it may write, too: COPY … (USE_TMP_FILE false) would go over a part of the store
    each = [statement.type.name for statement in connection.extract_statements(query)]
    if each.count("SELECT") > 1:
        raise UsageError(
            f"the query holds {each.count('SELECT')} SELECTs, and the rows of the last alone would be given",
            remedy="give each a query of its own",
        )
    kinds = set(each)
    explained = "EXPLAIN" in kinds and re.search(r"\bcopy\b|\bexport\b", query, re.IGNORECASE)
    for kind in sorted(kinds):
        if kind in _OF_FILES or (kind == "EXPLAIN" and explained):
            raise UsageError(
                f"the query failed: {kind} reads or writes files", remedy="--unsafe allows it, for SQL of your own"
            )
    return kinds
