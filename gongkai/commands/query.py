"""Rows of a query as a table for the terminal, CSV or JSON."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from corpus.spreadsheets import number, write_rows
from gongkai.pages.console import standard_output, unbroken
from gongkai.pages.words import clean

#: rows that a terminal is given; CSV and JSON are never cut
SHOWN = 200
#: columns of the terminal that a long text needs to be read in a table
_FOLDED = 30
#: columns of the terminal for the names of columns before the values of a row
_NAME = 28
#: columns that hold paths, and what a path or an address of a page begins with
_PATHS = ("source", "path", "file", "url")
_PATH = re.compile(r"/|[A-Za-z]:[\\/]|\w+://")
_NUMERIC = ("int", "double", "float", "decimal", "uint", "hugeint")


def format_rows(table: Any, fmt: str) -> str:
    """The rows of a ``pyarrow.Table`` as ``csv`` (lists as JSON, null empty) or ``json`` (a list of objects)."""
    rows = table.to_pylist()
    if fmt == "json":
        return json.dumps([_numbers(row) for row in rows], ensure_ascii=False, indent=1, default=str) + "\n"
    out = io.StringIO()
    write_rows(out, table.column_names, ([_plain(v) for v in row.values()] for row in rows), end="\n")
    return out.getvalue()


def _plain(value: object) -> object:
    return json.dumps(_numbers(value), ensure_ascii=False, default=str) if isinstance(value, list | dict) else value


def _numbers(value: object) -> object:
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    return [_numbers(v) for v in value] if isinstance(value, list) else number(value)


def print_rows(table: Any, console: Console | None = None) -> None:
    """Print the first rows of a ``pyarrow.Table`` and say how many there are.

    As columns where they fit the terminal, else row by row with one column a line.
    """
    console = console or standard_output()
    rows = [[_text(v) for v in row.values()] for row in table.slice(0, SHOWN).to_pylist()]
    names = [clean(name) for name in table.column_names]
    least = [_least(name, [r[n] for r in rows]) for n, name in enumerate(names)]
    if not names:
        pass
    elif sum(least) + 2 * (len(names) - 1) <= console.width:
        console.print(_columns(table, names, rows))
    elif not rows:
        console.print(Text(", ".join(names), "bold"), soft_wrap=True)
    else:
        for number, row in enumerate(rows, start=1):
            console.print(Text(f"row {number}", "dim"))
            for line in _record(names, row):
                console.print(line, crop=False)
    console.print(Text(note(table.num_rows), "dim"))


def note(count: int) -> str:
    """How many rows there are, and that not all are printed."""
    rest = count - SHOWN
    return f"{count:,} row{'' if count == 1 else 's'}" + (f"; {rest:,} not shown, use --format csv" if rest > 0 else "")


def _columns(table: Any, names: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for n, (name, kind) in enumerate(zip(names, table.schema.types, strict=True)):
        right = str(kind).startswith(_NUMERIC)
        texts = [r[n] for r in rows]
        short = _longest(name, texts) == _least(name, texts)
        shown.add_column(Text(name), justify="right" if right else "left", overflow="fold", no_wrap=short)
    for row in rows:
        shown.add_row(*row)
    return shown


def _longest(name: str, values: Sequence[Text]) -> int:
    return max(t.cell_len for t in (Text(name), *values))


def _least(name: str, values: Sequence[Text]) -> int:
    """Columns of the terminal that a column needs: a long text is folded, a path is not, for it is there to be copied."""
    longest = _longest(name, values)
    return longest if any(_PATH.match(v.plain) for v in values) or name in _PATHS else min(_FOLDED, longest)


def _record(names: Sequence[str], row: Sequence[Text]) -> Iterator[RenderableType]:
    width = min(_NAME, max(map(cell_len, names)))
    for name, value in zip(names, row, strict=True):
        head = set_cell_size(name if cell_len(name) <= width else set_cell_size(name, width - 1) + "…", width + 2)
        if _PATH.match(value.plain) or name in _PATHS:
            yield unbroken(Text.assemble((head, "bold"), value))
            continue
        shown = Table(box=None, show_header=False, pad_edge=False, padding=0)
        shown.add_column(style="bold", no_wrap=True, width=width + 2)
        shown.add_column(overflow="fold")
        shown.add_row(Text(head), value)
        yield shown


def _text(value: object) -> Text:
    if value is None:
        return Text("null", "dim")
    if isinstance(value, float):
        return Text(f"{value:.10g}")
    if isinstance(value, list):
        return Text(clean(", ".join(map(str, value))))
    return Text(clean(str(value)))
