"""Tables that users give: every kind that Excel saves is read alike, and what is none is refused with the remedy."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from corpus import sheets
from corpus.errors import UsageError
from corpus.sheets import as_date, read_sheet

HEADINGS = {"path": ("路径",), "year": ("年度", "年份")}
LINES = ["路径,年度,主题", "a.html,2022,水", ",,", "b.html,,"]
WANTED = [(2, {"path": "a.html", "year": "2022", "主题": "水"}), (4, {"path": "b.html", "year": "", "主题": ""})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize(("delimiter", "first"), [(",", ""), (";", ""), ("\t", ""), ("，", ""), ("|", "sep=|")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_to_save_a_csv(tmp_path: Path, encoding: str, delimiter: str, first: str, end: str) -> None:
    lines = [first] * bool(first) + [line.replace(",", delimiter) for line in LINES]
    file = tmp_path / "t.csv"
    file.write_bytes(end.join(lines).encode(encoding))
    found = read_sheet(file, HEADINGS)
    assert found.columns == ("path", "year", "主题")
    assert [r.values for r in found.rows] == [w for _, w in WANTED]
    assert [r.line for r in found.rows] == [n + bool(first) for n, _ in WANTED]


def test_a_workbook_as_excel_saves_it(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["路径", "年度", "发布日期", "空", "比率"])
    sheet.append(["a.html", 2022, date(2023, 1, 31), None, 0.5])
    sheet.append([None, None, None, None, None])
    sheet.append(["b.html", 2021.0, datetime(2022, 3, 1, 8, 30), "无", True])
    book.create_sheet("other").append(["nothing of this is read"])
    book.save(tmp_path / "t.xlsx")
    found = read_sheet(tmp_path / "t.xlsx", HEADINGS)
    assert [(r.line, *r.values.values()) for r in found.rows] == [
        (2, "a.html", "2022", "2023-01-31", "", "0.5"), (4, "b.html", "2021", "2022-03-01", "无", "1"),
    ]  # fmt: skip


def test_a_cell_far_to_the_right_does_not_widen_the_rows(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for n in range(1, 4):
        sheet.cell(n, 1, "path" if n == 1 else f"{n}.txt")
        sheet.cell(n, 16_000, "note" if n == 1 else n)
        sheet.cell(n, 16_384, " " if n == 1 else "under no heading")
    book.save(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        rows = list(sheets._first_sheet(archive))
    assert rows == [(1, ["path", "note"]), (2, ["2.txt", "2"]), (3, ["3.txt", "3"])]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xd0\xcf\x11\xe0rest", "old kind"),
        (b"PK\x03\x04 no archive", "cannot be read as a workbook"),
        (b"path\n\xff\xff\xff", "neither UTF-8, UTF-16 nor GBK"),
        ("路径,path\na,b\n".encode(), "two columns mean `path`: 路径, path"),
        (",".join(f"c{n}" for n in range(2_000)).encode() + b"\n1\n", "has 2,000 columns; a table of at most 1,000 is read"),
        (b"a\n" + b"x" * 200_000, "is no CSV"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=says) as found:
        read_sheet(file, HEADINGS)
    assert str(file) in str(found.value)
    assert found.value.remedy


def test_missing_a_folder_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_sheet(tmp_path / "t.csv")
    with pytest.raises(UsageError, match="is a folder"):
        read_sheet(tmp_path)
    with (tmp_path / "big.csv").open("wb") as f:
        f.truncate(1_000_000_000)  # takes no room on disk
    with pytest.raises(UsageError, match="holds 1,000 MB"):
        read_sheet(tmp_path / "big.csv")
    with zipfile.ZipFile(tmp_path / "big.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b" " * 2000)
    monkeypatch.setattr(sheets, "LARGEST", 1000)
    with pytest.raises(UsageError, match="more than 256 MB unpacked"):
        read_sheet(tmp_path / "big.xlsx")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", ""),
        ("2020-70-56", ""),
        ("2024.3.1", "2024-03-01"),
        ("31/1/2024", ""),
        ("", ""),
    ],
)
def test_days_of_the_calendar(text: str, day: str) -> None:
    assert as_date(text) == day
