"""An Excel workbook: one sheet per table, the wide table, and a codebook sheet that names every column and code in Chinese.

Every text is an inline string, so that none is taken for a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import pyarrow as pa

from gongkai.export.sheets import ROWS, save
from gongkai.export.text_files import Stream, Watch, codebook_rows, selection
from gongkai.store_access import Store

FILE = "gongkai.xlsx"
_CODEBOOK = ("table", "column", "code", "zh", "en_or_unit")


def _codebook(store: Store) -> Stream:
    table = pa.table(dict(zip(_CODEBOOK, map(pa.array, zip(*codebook_rows(store), strict=True)), strict=True)))
    return Stream("codebook", table.schema, [table])


def write(store: Store, out: Path, to: str, names: Sequence[str], watch: Watch) -> list[Path]:
    """Writes ``gongkai.xlsx``; tables longer than a sheet go on in ``name_2``, ``name_3`` …

    Raises:
        UsageError: a text is longer than a cell can be.
    """
    path = out / FILE
    sheets = save(path, chain([_codebook(store)], selection(store, names, watch)))
    for name in sheets:
        if further := [s for s in sheets if s.rpartition("_")[0] == name and s.rpartition("_")[2].isdigit()]:
            watch.note(f"{name} goes on in {', '.join(further)}: a sheet of Excel holds {ROWS:,} rows")
    return [path]


def write_book(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Any tables as one workbook, a sheet for each.

    Raises:
        UsageError: a text is longer than a cell can be.
    """
    save(path, (Stream(name, table.schema, [table]) for name, table in tables.items()))
