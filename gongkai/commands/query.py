"""Rows of a query as a table for the terminal, CSV or JSON."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.spreadsheets import write_rows
from gongkai.pages.console import standard_output
from gongkai.pages.words import clean

#: rows that a terminal is given; CSV and JSON are never cut
SHOWN = 200
#: columns of the terminal that a long text needs to be read in a table
_FOLDED = 30
_NUMERIC = ("int", "double", "float", "decimal", "uint", "hugeint")


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
    """Print the first rows of a ``pyarrow.Table`` and say how many there are.

    As columns where they fit the terminal, else row by row with one column a line.
    """
    console = console or standard_output()
    rows = [[_text(v) for v in row.values()] for row in table.slice(0, SHOWN).to_pylist()]
    names = [clean(name) for name in table.column_names]
    least = [
        min(_FOLDED, max((t.cell_len for t in (Text(name), *(r[n] for r in rows))), default=0)) for n, name in enumerate(names)
    ]
    if not names:
        pass
    elif sum(least) + 2 * (len(names) - 1) <= console.width:
        console.print(_columns(table, names, rows))
    elif not rows:
        console.print(Text(", ".join(names), "bold"), soft_wrap=True)
    else:
        for number, row in enumerate(rows, start=1):
            console.print(Text(f"row {number}", "dim"))
            console.print(_record(names, row))
    console.print(Text(note(table.num_rows), "dim"))


def note(count: int) -> str:
    """How many rows there are, and that not all are printed."""
    rest = count - SHOWN
    return f"{count:,} row{'' if count == 1 else 's'}" + (f"; {rest:,} not shown, use --format csv" if rest > 0 else "")


def _columns(table: Any, names: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for n, (name, kind) in enumerate(zip(names, table.schema.types, strict=True)):
        right = str(kind).startswith(_NUMERIC)
        short = max((t.cell_len for t in (Text(name), *(r[n] for r in rows))), default=0) <= _FOLDED
        shown.add_column(Text(name), justify="right" if right else "left", overflow="fold", no_wrap=short)
    for row in rows:
        shown.add_row(*row)
    return shown


def _record(names: Sequence[str], row: Sequence[Text]) -> Table:
    shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column(style="bold", no_wrap=True, overflow="ellipsis", max_width=28)
    shown.add_column(overflow="fold")
    for name, value in zip(names, row, strict=True):
        shown.add_row(Text(name), value)
    return shown


def _text(value: object) -> Text:
    if value is None:
        return Text("null", "dim")
    if isinstance(value, float):
        return Text(f"{value:.10g}")
    if isinstance(value, list):
        return Text(clean(", ".join(map(str, value))))
    return Text(clean(str(value)))
