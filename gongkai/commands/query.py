"""Rows of a query as a table for the terminal, CSV or JSON."""

from __future__ import annotations

import io
import json
import math
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.spreadsheets import write_rows
from gongkai.pages.words import clean

#: rows that a terminal is given; CSV and JSON are never cut
SHOWN = 200


def format_rows(table: Any, fmt: str) -> str:
    """The rows of a ``pyarrow.Table`` as ``csv`` (lists as JSON, null empty) or ``json`` (a list of objects)."""
    rows = table.to_pylist()
    if fmt == "json":
        # JSON has no NaN and no infinity
        finite = [{k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()} for row in rows]
        return json.dumps(finite, ensure_ascii=False, indent=1, default=str) + "\n"
    out = io.StringIO()
    write_rows(out, table.column_names, ([_plain(v) for v in row.values()] for row in rows), end="\n")
    return out.getvalue()


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value


def print_rows(table: Any, console: Console | None = None) -> None:
    """Print the first rows of a ``pyarrow.Table`` and say how many there are."""
    console = console or Console(highlight=False)
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    numeric = [str(f.type).startswith(("int", "double", "float", "decimal", "uint", "hugeint")) for f in table.schema]
    for name, right in zip(table.column_names, numeric, strict=True):
        shown.add_column(Text(clean(name)), justify="right" if right else "left", overflow="fold")
    for row in table.slice(0, SHOWN).to_pylist():
        shown.add_row(*(_text(v) for v in row.values()))
    if table.num_columns:
        console.print(shown)
    rest = table.num_rows - SHOWN
    note = f"{table.num_rows} row{'' if table.num_rows == 1 else 's'}"
    console.print(Text(f"{note}; {rest} not shown, use --format csv" if rest > 0 else note, "dim"))


def _text(value: object) -> Text:
    if value is None:
        return Text("null", "dim")
    if isinstance(value, float):
        return Text(f"{value:.10g}")
    if isinstance(value, list):
        return Text(clean(", ".join(map(str, value))))
    return Text(clean(str(value)))
