"""An Excel workbook: one sheet per table, the wide table, and a codebook sheet that names every column and code in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.errors import UsageError
from gongkai.export.text_files import LIST, chunks, codebook_rows, selection
from gongkai.store_access import Store

FILE = "gongkai.xlsx"
#: limits of the format
_ROWS, _TEXT = 1_048_576, 32_767
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
#: the texts of whole reports do not fit into cells; they are in the other formats
_DEFAULT = ("reports", "sources", "passages", "mentions", "cells", "joins", "checks", "issues", "grids", "wide")


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise UsageError("openpyxl is not installed", remedy="pip install 'gongkai[export]'") from error
    return openpyxl


def _shown(value: Any, where: str) -> Any:
    if isinstance(value, list):
        value = LIST.join(map(str, value))
    if isinstance(value, str):
        value = _CONTROL.sub("\ufffd", value)
        if len(value) > _TEXT:
            raise UsageError(
                f"a text of {len(value):,} characters does not fit into a cell of Excel",
                source=where,
                remedy="export this table as csv or parquet",
            )
    return value


def write(store: Store, out: Path, to: str, names: Sequence[str] | None) -> list[Path]:
    """Writes ``gongkai.xlsx``; tables longer than a sheet go on in ``name_2``, ``name_3`` …

    Raises:
        UsageError: openpyxl is not installed, or a text is longer than a cell can be.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook(write_only=True)
    _sheet(openpyxl, book, "codebook", ["table", "column", "code", "zh", "en_or_unit"], codebook_rows())
    for name, table in selection(store, names, _DEFAULT):
        rows = (tuple(row.values()) for some in chunks(table) for row in some)
        _sheet(openpyxl, book, name, table.column_names, rows)
    path = out / FILE
    book.save(path)
    return [path]


def write_book(path: Path, tables: Mapping[str, pa.Table]) -> None:
    """Any tables as one workbook, a sheet for each.

    Raises:
        UsageError: openpyxl is not installed, or a text is longer than a cell can be.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook(write_only=True)
    for name, table in tables.items():
        _sheet(openpyxl, book, name, table.column_names, (tuple(row.values()) for some in chunks(table) for row in some))
    book.save(path)


def _sheet(openpyxl: Any, book: Any, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet, used, number = _begin(openpyxl, book, name, header), 1, 1
    for row in rows:
        if used == _ROWS:
            number += 1
            sheet, used = _begin(openpyxl, book, f"{name}_{number}", header), 1
        sheet.append([_cell(openpyxl, sheet, _shown(v, f"{name}.{h}")) for h, v in zip(header, row, strict=True)])
        used += 1


def _begin(openpyxl: Any, book: Any, name: str, header: Sequence[str]) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    bold = openpyxl.styles.Font(bold=True)
    cells = []
    for h in header:
        made = openpyxl.cell.WriteOnlyCell(sheet, value=h)
        made.font = bold
        cells.append(made)
    sheet.append(cells)
    return sheet


def _cell(openpyxl: Any, sheet: Any, value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("="):
        return value
    # openpyxl takes a text that begins with `=` for a formula
    made = openpyxl.cell.WriteOnlyCell(sheet, value=value)
    made.data_type = "s"
    return made
