"""CSV, JSON lines and Parquet: one file per table, and the wide table.

CSV is UTF-8 with a byte order mark, so that Excel shows Chinese; lists are joined by ``; ``; no cell is run as a formula
(:mod:`corpus.spreadsheets`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.spreadsheets import number, write_csv
from corpus.store.schema import tables
from gongkai.codes import codes_of, is_own, name_of
from gongkai.export.names import meta_variables, variables_of
from gongkai.export.wide import WIDE, WideRows
from gongkai.store_access import Store

LIST = "; "
#: rows turned into Python at a time
_CHUNK = 20_000


class Watch:
    """What is told while tables are written; nothing listens here."""

    def part(self, name: str, done: int, total: int) -> None:
        """So many batches of a table are done."""

    def note(self, text: str) -> None:
        """What whoever opens the files should know."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A table to be written, of which only a part is in memory."""

    name: str
    schema: pa.Schema
    parts: Iterable[pa.Table]


def cell(value: Any) -> Any:
    """A value as it is written in a CSV or a spreadsheet: whole numbers without ``.0``, null as nothing."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return LIST.join("" if v is None else str(cell(v)) for v in value)
    return number(value)


def _cells(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return values if pa.types.is_string(column.type) or pa.types.is_integer(column.type) else list(map(cell, values))


def rows_of(parts: Iterable[pa.Table]) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as they are written in a CSV, a few in memory at a time."""
    for table in parts:
        for batch in table.to_batches(max_chunksize=_CHUNK):
            yield from zip(*map(_cells, batch.columns), strict=True)


def stored(store: Store, name: str, watch: Watch) -> Stream:
    """A table of the store, batch by batch."""
    batches = list(store.batches())
    first = batches[0] if batches else store

    def parts() -> Iterator[pa.Table]:
        for done, batch in enumerate(batches):
            watch.part(name, done, len(batches))
            yield batch.table(name)
        watch.part(name, len(batches), len(batches))

    return Stream(name, first.table(name).schema.remove_metadata(), parts())


def selection(store: Store, names: Sequence[str], watch: Watch) -> Iterator[Stream]:
    """The tables to write; ``wide`` comes with ``wide_states`` and, where reports were left out, ``wide_left_out``."""
    for name in names:
        if name == WIDE:
            rows = WideRows(store, on_batch=partial(watch.part, WIDE))
            yield Stream(WIDE, rows.schema(), rows.values())
            yield Stream("wide_states", rows.states_schema(), rows.states())
            if len(rows.left_out):
                yield Stream("wide_left_out", rows.left_out.schema, [rows.left_out])
        else:
            yield stored(store, name, watch)


def codebook_rows(store: Store) -> list[tuple[str, str, str, str, str]]:
    """(table, column, code, Chinese, English or unit) of every column, code and variable that is exported."""
    rows: list[tuple[str, str, str, str, str]] = []
    codes = codes_of(store)
    labels = [(c, name_of(codes, c, "label")) for c in codes.labels]
    own = {"label": labels, "also": labels, "facets": [(c, name_of(codes, c)) for c in codes.facets]} if is_own(codes) else {}
    for t in tables().values():
        rows.append((t.name, "", "", t.zh, t.en))
        for c in t.columns:
            rows.append((t.name, c.name, "", c.zh, c.en))
            named = own[c.name] if t.name == "passages" and c.name in own else c.codes
            rows += [(t.name, c.name, code, zh, "") for code, zh in named]
    rows += [("wide", v.name, v.code, v.zh, v.unit) for v in (*variables_of(codes), *meta_variables(store))]
    return rows


def write(store: Store, out: Path, to: str, names: Sequence[str], watch: Watch) -> list[Path]:
    """Writes ``<table>.csv`` (and ``columns.csv``, ``read.R``), ``.jsonl`` or ``.parquet`` into ``out``."""
    written: list[Path] = []
    for stream in selection(store, names, watch):
        path = out / f"{stream.name}.{to}"
        if to == "parquet":
            with pq.ParquetWriter(path, stream.schema, compression="zstd") as file:
                for table in stream.parts:
                    file.write_table(table.cast(stream.schema))
        elif to == "jsonl":
            with path.open("w", encoding="utf-8", newline="\n") as f:
                for table in stream.parts:
                    for batch in table.to_batches(max_chunksize=_CHUNK):
                        f.writelines(
                            json.dumps({k: number(v) for k, v in row.items()}, ensure_ascii=False) + "\n"
                            for row in batch.to_pylist()
                        )
        else:
            write_csv(path, stream.schema.names, rows_of(stream.parts))
        written.append(path)
    if to == "csv":
        from gongkai.export.scripts import r_script

        book = out / "columns.csv"
        write_csv(book, ["table", "column", "code", "zh", "en_or_unit"], codebook_rows(store))
        script = out / "read.R"
        script.write_text(r_script([p.stem for p in written]), encoding="utf-8", newline="\n")
        written += [book, script]
    return written
