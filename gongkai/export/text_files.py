"""CSV, JSON lines and Parquet: one file per table, and the wide table.

CSV is UTF-8 with a byte order mark, so that Excel shows Chinese; lists are joined by ``; ``; no cell is run as a formula
(:mod:`corpus.spreadsheets`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.spreadsheets import write_csv
from corpus.store.schema import tables
from gongkai.codes import codes_of, is_own, name_of
from gongkai.export.names import meta_variables, variables_of
from gongkai.export.wide import Wide, wide
from gongkai.store_access import Store

LIST = "; "
#: rows turned into Python at a time
_CHUNK = 20_000


def cell(value: Any) -> Any:
    """A value as it is written in a CSV or a spreadsheet: whole numbers without ``.0``, null as nothing."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return LIST.join("" if v is None else str(cell(v)) for v in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def chunks(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table as dictionaries, a few at a time."""
    for batch in table.to_batches(max_chunksize=_CHUNK):
        yield batch.to_pylist()


def selection(store: Store, names: Sequence[str] | None, default: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """Names and tables to write; ``wide`` comes with ``wide_states`` and, where reports were left out, ``wide_left_out``."""
    for name in names or default:
        if name == "wide":
            found: Wide = wide(store)
            yield "wide", found.values
            yield "wide_states", found.states
            if len(found.left_out):
                yield "wide_left_out", found.left_out
        else:
            yield name, store.table(name)


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


def write(store: Store, out: Path, to: str, names: Sequence[str] | None) -> list[Path]:
    """Writes ``<table>.csv`` (and ``columns.csv``, ``read.R``), ``.jsonl`` or ``.parquet`` into ``out``."""
    written: list[Path] = []
    for name, table in selection(store, names, [*store.tables, "wide"]):
        path = out / f"{name}.{to}"
        if to == "parquet":
            pq.write_table(table, path, compression="zstd")
        elif to == "jsonl":
            with path.open("w", encoding="utf-8", newline="\n") as f:
                for rows in chunks(table):
                    f.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        else:
            rows_of = (map(cell, row.values()) for rows in chunks(table) for row in rows)
            write_csv(path, table.column_names, rows_of)
        written.append(path)
    if to == "csv":
        from gongkai.export.scripts import r_script

        book = out / "columns.csv"
        write_csv(book, ["table", "column", "code", "zh", "en_or_unit"], codebook_rows(store))
        script = out / "read.R"
        script.write_text(r_script([p.stem for p in written]), encoding="utf-8", newline="\n")
        written += [book, script]
    return written
