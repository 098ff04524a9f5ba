"""Workbooks are read back by openpyxl as they were given."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from corpus.errors import UsageError
from corpus.spreadsheets import typed
from gongkai.export import sheets
from gongkai.export.excel import write_book

TEXTS = [
    "=SUM(A1)", "+1", "@x", " 前后有空格 ", "两\n行", "a\tb", "回\r车", "回\r\n车", "<b>&amp;\"'", "_X000A_", "", None, "公开", "公开",
    "长" * 32_767,
]  # fmt: skip


def test_values_are_read_back(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    columns = {
        "text": TEXTS,
        "number": [0.5, 3.0, None, -2.25, 1e20, 1e-7, *[0.1] * 9],
        "count": [None, 0, 2**40, *range(12)],
        "flag": [True, False, None, *[True] * 12],
        "list": [["a", "b"], [], None, *[["=c"]] * 12],
    }
    write_book(tmp_path / "a.xlsx", {"all & sundry": pa.table(columns), "empty": pa.table({"x": pa.array([], pa.string())})})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["all & sundry", "empty"]
    sheet = book["all & sundry"]
    assert (sheet.freeze_panes, sheet["A1"].font.bold, sheet["A2"].font.bold) == ("A2", True, False)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    header, *rows = sheet.iter_rows(values_only=True)
    assert list(header) == list(columns)
    read = dict(zip(header, zip(*rows, strict=True), strict=True))
    # an empty text is an empty cell, as none is
    assert [typed(v) if v else None for v in read["text"]] == [v or None for v in TEXTS]
    assert [list(read[k]) for k in ("number", "count", "flag")] == [columns[k] for k in ("number", "count", "flag")]
    assert [v or None for v in read["list"]] == ["a; b", None, None, *["'=c"] * 12]


def test_what_xml_cannot_hold_is_marked(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    write_book(tmp_path / "a.xlsx", {"t": pa.table({"x": ["a\x00b\x1fc\ufffe"]})})
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["t"]["A2"].value == "a\ufffdb\ufffdc\ufffd"


def test_a_long_table_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.setattr(sheets, "ROWS", 3)
    write_book(tmp_path / "a.xlsx", {"t": pa.table({"n": [1, 2, 3, 4, 5]})})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert {s.title: [r[0] for r in s.iter_rows(values_only=True)] for s in book} == {
        "t": ["n", 1, 2], "t_2": ["n", 3, 4], "t_3": ["n", 5],
    }  # fmt: skip


def test_a_text_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"32,768 characters"):
        write_book(tmp_path / "a.xlsx", {"t": pa.table({"x": ["长" * 32_768]})})
    assert list(tmp_path.iterdir()) == []  # nothing half-written is left
