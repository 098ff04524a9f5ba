"""Metadata as Excel and other programs write them."""

from pathlib import Path

import pytest

from corpus.errors import UsageError
from extract.runs.metadata import columns_of, load_metadata

ENGLISH = "path,agency,year,url,theme\na.html,云岭县水务局,2022,http://x.gov.cn/1,水\nb.html,,,,\n"
CHINESE = "路径,机关,年度,网址,theme\na.html,云岭县水务局,2022年,http://x.gov.cn/1,水\nb.html,,,,\n"
WANTED = {
    "a.html": {"agency": "云岭县水务局", "year": "2022", "url": "http://x.gov.cn/1", "theme": "水"},
    "b.html": {"agency": "", "year": "", "url": "", "theme": ""},
}


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        CHINESE,
        CHINESE.replace(",", ";"),
        CHINESE.replace(",", "\t"),
        "sep=;\n" + CHINESE.replace(",", ";"),
        CHINESE + ",,,,\n\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_programs_write(tmp_path: Path, text: str, encoding: str, newline: str) -> None:
    file = tmp_path / "metadata.csv"
    file.write_bytes(text.replace("\n", newline).encode(encoding))
    assert load_metadata(file) == WANTED


def test_paths_of_windows(tmp_path: Path) -> None:
    file = tmp_path / "metadata.csv"
    file.write_text("文件路径;年份\nx\\a.html;2021.0\n", encoding="utf-8")
    assert load_metadata(file) == {"x/a.html": {"year": "2021"}}


@pytest.mark.parametrize("written", ["2024/1/31", "2024-1-31", "2024年1月31日", "2024-01-31 08:30:00"])
def test_days_as_excel_writes_them(tmp_path: Path, written: str) -> None:
    file = tmp_path / "metadata.csv"
    file.write_text(f"路径,发布日期\na.html,{written}\n", encoding="gbk")
    assert load_metadata(file) == {"a.html": {"published": "2024-01-31"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("名称,年度\na,2022\n", "no column `path`"),
        ("", "no column `path`"),
        ("path,年度,年份\na,2022,2022\n", "two columns mean `year`"),
        ("path,year\na,2022\na,2023\n", "given twice"),
        ("path,published\na,2020-70-56\n", "line 2: published '2020-70-56' is no day"),
        ("path,采集日期\na,昨天\n", "retrieved '昨天' is no day"),
        ("path,year\na,20222\n", "year '20222' is no year"),
        ("path,层级\na,高\n", "line 2: level '高' is none of central "),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "metadata.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        load_metadata(file)


@pytest.mark.parametrize("written", ["county_department", "县级部门"])
def test_levels_by_code_or_name(tmp_path: Path, written: str) -> None:
    file = tmp_path / "metadata.csv"
    file.write_text(f"路径,层级\na.html,{written}\n", encoding="utf-8")
    assert load_metadata(file) == {"a.html": {"level": "county_department"}}


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "metadata.csv"
    file.write_bytes(b"path\n\xff\xff\xff")
    with pytest.raises(UsageError, match="neither UTF-8"):
        load_metadata(file)


def test_columns_that_say_something() -> None:
    assert columns_of(WANTED) == {"agency", "year", "url", "theme"}
    assert columns_of({"a": {"x": ""}}) == set()
