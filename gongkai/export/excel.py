"""An Excel workbook: one sheet per table, the wide table, and a codebook sheet that names every column and code in Chinese.

Every text is an inline string, so that none is taken for a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from gongkai.export.sheets import save
from gongkai.export.text_files import codebook_rows, selection
from gongkai.store_access import Store

FILE = "gongkai.xlsx"
#: the texts of whole reports do not fit into cells; they are in the other formats
_DEFAULT = ("reports", "sources", "passages", "mentions", "cells", "joins", "checks", "issues", "grids", "wide")
_CODEBOOK = ("table", "column", "code", "zh", "en_or_unit")


def _codebook(store: Store) -> pa.Table:
    return pa.table(dict(zip(_CODEBOOK, map(pa.array, zip(*codebook_rows(store), strict=True)), strict=True)))


def write(store: Store, out: Path, to: str, names: Sequence[str] | None) -> list[Path]:
    """Writes ``gongkai.xlsx``; tables longer than a sheet go on in ``name_2``, ``name_3`` …

    Raises:
        UsageError: a text is longer than a cell can be.
    """
    path = out / FILE
    save(path, _sheets(store, names))
    return [path]


def _sheets(store: Store, names: Sequence[str] | None) -> Iterable[tuple[str, pa.Table]]:
    yield "codebook", _codebook(store)
    yield from selection(store, names, _DEFAULT)


def write_book(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Any tables as one workbook, a sheet for each.

    Raises:
        UsageError: a text is longer than a cell can be.
    """
    save(path, tables.items())
