"""Tables that users give: CSV as Excel and other programs write it, and .xlsx itself; one reader for all of them.

UTF-8 and UTF-16 with their marks, GBK; commas, semicolons or tabs (in full width, too); a first line ``sep=;``; headings in English or
Chinese.  A cell of a workbook is given as text: a date as ``2024-01-31``, 2023.0 as ``2023``.  The apostrophe by which a cell that we wrote was
kept from being a formula is taken off.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from corpus.spreadsheets import typed

#: a row for each of a million files fits ten times
LARGEST = 256 * 1024 * 1024
#: every row has a field for each: a wide table of short rows would cost its length many times over
MOST_COLUMNS = 1_000
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
#: numbers of formats that Excel has built in for dates; its Chinese ones are 27–36 and 50–58
_DATES = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
#: the day whose number is 0, and those of a workbook that counts from 1904
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Fields by column name, without what stands around them; ``line`` is the number in the file."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: names of its columns (``columns``), and what stands in each row that is not empty."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(path: Path, headings: Mapping[str, Iterable[str]] | None = None, *, strip: bool = True) -> Sheet:
    """A user's table.

    Args:
        path: a CSV file or a workbook (.xlsx, its first sheet).
        headings: other words for a column, by its name: ``{"year": ("年度", "年份")}``.
        strip: whether to drop the blanks around a field.

    Raises:
        UsageError: missing, unreadable, too large, of another kind, or two columns of one meaning.
    """
    return sheet_of(_bytes(path), str(path), headings, strip=strip)


def sheet_of(data: bytes, source: str, headings: Mapping[str, Iterable[str]] | None = None, *, strip: bool = True) -> Sheet:
    """The table in the bytes of a file; ``source`` names it in messages.  Otherwise as :func:`read_sheet`."""
    if source.lower().endswith(".xlsx") and not data.startswith((_ZIP, _OLE)):
        raise UsageError(
            "is no workbook, whatever its name says", source=source, remedy="save it from Excel as .xlsx or CSV UTF-8"
        )
    try:
        lines = list(_workbook(data, source) if data.startswith(_ZIP) else _csv(_text(data, source), source))
    except csv.Error as error:
        raise UsageError(
            f"is no CSV ({error})", source=source, remedy="save it as CSV UTF-8, with quotes around a field of several lines"
        ) from error
    known = {w.lower(): name for name, words in (headings or {}).items() for w in (name, *words)}
    number, first = lines[0] if lines else (1, [])
    names = [known.get(h.strip().lower(), h.strip()) for h in first]
    for line, fields in lines[1:]:
        if any(f.strip() for f in fields[len(first) :]):  # a comma in a name without quotes moves all that follows
            raise UsageError(
                f"has {len(fields)} fields under {len(first)} headings", source=f"{source}, line {line}",
                remedy="put quotation marks around a field that holds the comma, or give each field a heading",
            )  # fmt: skip
    if len(named := [n for n in names if n]) > MOST_COLUMNS:
        raise UsageError(
            f"has {len(named):,} columns; a table of at most {MOST_COLUMNS:,} is read",
            source=f"{source}, line {number}",
            remedy="keep the columns that are needed",
        )
    if twice := sorted(n for n, count in Counter(named).items() if count > 1):
        both = ", ".join(h.strip() for h, n in zip(first, names, strict=True) if n == twice[0])
        raise UsageError(f"two columns mean `{twice[0]}`: {both}", source=f"{source}, line {number}", remedy="keep one of them")
    rows = []
    for line, fields in lines[1:]:
        values = {n: typed(v.strip() if strip else v) for n, v in zip(names, fields, strict=False) if n}
        if any(v.strip() for v in values.values()):  # Excel keeps emptied rows: ,,,
            rows.append(SheetRow(line, {n: values.get(n, "") for n in named}))
    return Sheet(tuple(named), tuple(rows))


def real_date(text: str) -> bool:
    """Whether the text is a day of the calendar, as ``2024-01-31``.

    >>> real_date("2024-01-31"), real_date("2020-70-56"), real_date("2024/1/31")
    (True, False, False)
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?Z?)?")


def as_date(text: str) -> str:
    """A day as Excel and people write it, as ``2024-01-31``; empty where it is none.

    >>> as_date("2024/1/31"), as_date("2024年1月31日"), as_date("2024-01-31 08:30"), as_date("2020-70-56")
    ('2024-01-31', '2024-01-31', '2024-01-31', '')
    """
    found = _DAY.fullmatch(text.strip())
    made = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else ""
    return made if made and real_date(made) else ""


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UsageError(
                f"holds {size / 1e6:,.0f} MB; a table of at most {LARGEST / 1e6:,.0f} MB is read",
                source=str(path),
                remedy="keep the columns that are needed, or give the files in several runs with a table each",
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError("there is no such file", source=str(path), remedy="check the path") from error
    except IsADirectoryError as error:
        raise UsageError("is a folder", source=str(path), remedy="name the file in it") from error
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", source=str(path), remedy="check your rights to it") from error


def _text(data: bytes, source: str) -> str:
    if data.startswith(_OLE):
        raise UsageError("is a workbook of the old kind (.xls)", source=source, remedy="save it as .xlsx or as CSV UTF-8")
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError("is neither UTF-8, UTF-16 nor GBK", source=source, remedy="save it as CSV UTF-8")


def _csv(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line, the headings first."""
    head = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0].strip()
    said = re.fullmatch(r"sep=(.)", head)  # what Excel is told, and keeps
    delimiter = said[1] if said else max(",;\t；，", key=head.count)
    _check_quotes(text, delimiter, source)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for n, row in enumerate(reader):
        if row and not (said and n == 0):
            yield reader.line_num, row


def _check_quotes(text: str, delimiter: str, source: str) -> None:
    """Refuse a quotation mark that nothing closes: every row behind it would be read as one field."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise UsageError(
                "a quotation mark is not closed",
                source=f"{source}, line {line}",
                remedy='write "" for a " in a field, and close it',
            ) from error


# ---- workbooks -------------------------------------------------------------------------------------------------------
def _workbook(data: bytes, source: str) -> Iterator[tuple[int, list[str]]]:
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            too_large = sum(i.file_size for i in book.infolist()) > LARGEST
            if not too_large:
                return iter(list(_first_sheet(book)))
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        OSError,
        RuntimeError,
        NotImplementedError,
        etree.XMLSyntaxError,
    ) as error:
        raise UsageError(
            f"cannot be read as a workbook ({error})", source=source, remedy="open it in Excel and save it as CSV UTF-8"
        ) from error
    raise UsageError("is a workbook of more than 256 MB unpacked", source=source, remedy="keep the columns that are needed")


def _xml(book: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    return etree.fromstring(book.read(name), etree.XMLParser(resolve_entities=False, no_network=True))


def _first_sheet(book: zipfile.ZipFile) -> Iterator[tuple[int, list[str]]]:
    names = set(book.namelist())
    workbook = _xml(book, "xl/workbook.xml")
    rel = next(workbook.iter(f"{_MAIN}sheet")).get(_ID)
    targets = {r.get("Id"): r.get("Target", "") for r in _xml(book, "xl/_rels/workbook.xml.rels")}
    target = targets[rel]
    about = next(workbook.iter(f"{_MAIN}workbookPr"), None)
    epoch = _EPOCHS[about is not None and about.get("date1904") in ("1", "true")]
    shared = [_joined(i) for i in _xml(book, "xl/sharedStrings.xml")] if "xl/sharedStrings.xml" in names else []
    dates = _date_styles(_xml(book, "xl/styles.xml")) if "xl/styles.xml" in names else frozenset()
    sheet = _xml(book, target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    named: list[int] | None = None
    for at, row in enumerate(sheet.iter(f"{_MAIN}row"), 1):
        held: dict[int, str] = {}
        column = -1
        for cell in row.iter(f"{_MAIN}c"):
            column = _column(cell.get("r", ""), column + 1)
            held[column] = _cell(cell, shared, dates, epoch)
        if not any(held.values()):
            continue
        if named is None:  # a cell far to the right must not make every row as wide
            named = [c for c, heading in held.items() if heading.strip()]
        yield int(row.get("r", at)), [held.get(c, "") for c in named]


def _joined(element: Any) -> str:
    # the reading aid of East Asian text (rPh) is no text
    return "".join(t.text or "" for t in element.iter(f"{_MAIN}t") if t.getparent().tag != f"{_MAIN}rPh")


def _column(place: str, after: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", place)
    if letters is None:
        return after
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return max(number - 1, after)


def _cell(cell: Any, shared: list[str], dates: frozenset[int], epoch: date) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _joined(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return shared[int(value)]
    if kind != "n" or not value:
        return "" if kind == "e" else value
    number = float(value)
    if int(cell.get("s", "0")) in dates and 1 <= number < 2_958_466:
        return (epoch + timedelta(days=int(number))).isoformat()
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else value


def _date_styles(styles: Any) -> frozenset[int]:
    """Numbers of the styles that show a number as a day."""
    own = {
        int(f.get("numFmtId", "-1"))
        for f in styles.iter(f"{_MAIN}numFmt")
        if re.search(r"[yd]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", f.get("formatCode", "").lower()))
    }
    formats = styles.find(f"{_MAIN}cellXfs")
    found = () if formats is None else (int(x.get("numFmtId", "0")) for x in formats)
    return frozenset(n for n, fmt in enumerate(found) if fmt in _DATES or fmt in own)


__all__ = ["LARGEST", "Sheet", "SheetRow", "as_date", "read_sheet", "real_date", "sheet_of"]
