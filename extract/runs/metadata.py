"""Reads what is known of the files from a CSV file as Excel and other programs write it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpus.errors import UsageError

#: Chinese headings of columns by the names that gongkai knows; any other heading is kept as it is
HEADINGS = {
    "path": ("路径", "文件", "文件名", "文件名称", "文件路径", "相对路径"),
    "agency": ("机关", "机关名称", "行政机关", "发布机关", "发布机构", "单位", "单位名称", "部门", "机构", "机构名称"),
    "year": ("年度", "年份", "报告年度", "年"),
    "url": ("网址", "链接", "来源网址", "网页地址", "URL"),
    "retrieved": ("采集日期", "采集时间", "下载日期", "抓取日期", "抓取时间"),
    "published": ("发布日期", "公开日期", "发布时间", "公布日期"),
}
_NAMES = {zh.lower(): name for name, words in HEADINGS.items() for zh in (name, *words)}
#: Excel saves CSV UTF-8 with a mark, Unicode text as UTF-16 with tabs, and plain CSV on a Chinese Windows in GBK
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_YEAR = re.compile(r"(20\d\d)(?:\.0|年度?)?")


def load_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a metadata CSV by ``path`` (as stored in ``sources.source``, or the file's name).

    UTF-8, UTF-16 or GBK; commas, semicolons or tabs; English or Chinese headings (:data:`HEADINGS`).

    Raises:
        UsageError: unreadable, no ``path`` column, two columns of one meaning, or a path given twice.
    """
    lines = _lines(_text(path))
    rows: dict[str, dict[str, str]] = {}
    number, first = next(lines, (1, []))
    names = [_NAMES.get(h.strip().lower(), h.strip()) for h in first]
    if "path" not in names:
        raise UsageError(
            f"metadata have no column `path` (columns: {', '.join(h.strip() for h in first) or 'none'})",
            source=str(path),
            remedy="add a column `path` (or 路径) with each file's path relative to the folder that is tagged",
        )
    if twice := sorted({n for n in names if n and names.count(n) > 1}):
        raise UsageError(
            f"two columns mean `{twice[0]}`: {', '.join(h.strip() for h, n in zip(first, names, strict=True) if n == twice[0])}",
            source=f"{path}, line {number}",
            remedy="keep one of them",
        )
    for line, values in lines:
        row = {n: v.strip() for n, v in zip(names, values, strict=False) if n}
        if not any(row.values()):
            continue  # Excel keeps emptied rows: ,,,
        key = row.pop("path", "").replace("\\", "/")
        if key in rows:
            raise UsageError(f"path {key!r} is given twice", source=f"{path}, line {line}", remedy="keep one row per file")
        if "year" in row and (year := _YEAR.fullmatch(row["year"])):
            row["year"] = year[1]
        rows[key] = {n: row.get(n, "") for n in names if n and n != "path"}
    return rows


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"metadata cannot be read ({error})", source=str(path), remedy="check the path") from error
    marked = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "")
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError("metadata are neither UTF-8, UTF-16 nor GBK", source=str(path), remedy="save it as CSV in UTF-8")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line, the headings first."""
    head = text.lstrip("\r\n").split("\n", 1)[0].strip()
    said = re.fullmatch(r"sep=(.)", head)  # what Excel is told, and keeps
    delimiter = said[1] if said else max(",;\t；，", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for n, row in enumerate(reader):
        if row and not (said and n == 0):
            yield reader.line_num, row


def columns_of(rows: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Names of the columns in which a row says anything."""
    return {name for row in rows.values() for name, value in row.items() if value}


__all__ = ["HEADINGS", "columns_of", "load_metadata"]
