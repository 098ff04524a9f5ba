"""Rows of statutory tables that people and programs write with marks of their own, given on as rows with TABs.

``规章;0;0;0`` (a sheet saved with semicolons) · ``规章：0、0、0`` and ``结果维持：1`` (a table told as a list) · ``- 规章`` / ``- 0`` (one cell an
item) · ``全 年 公 开`` (a blank behind every character).  Each is told by many lines of the text; the number of lines stays.
"""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import suppress

from corpus.datafile import later
from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label
from corpus.readers.plain.told_columns import told_columns

_FEWEST, _FEWEST_ITEMS = 5, 12
_LONGEST = 300
#: a line of a sheet that holds a report has more fields, and nearly all of its lines have as many
_FEWEST_FIELDS, _SHEET_SHARE = 3, 0.9
#: a cell whose quote is open at the end of the line, its end, and a whole one; lines of one cell
_OPENED, _CLOSED = later(r'(?:^|\t)"[^"\t]*$'), later(r'[^"\t]*"(?:\t|$)')
_QUOTED = later(r'(?:(?<=\t)|^)"([^"\t]*)"(?=\t|$)')
_FEWEST_QUOTED, _MOST_LINES = 2, 6
_LIST_ROW = later(r"\s*([^：:;；]{2,60})[：:]\s*([^：:;；。]{1,80})[;；。]?\s*")
_LIST_MARK = later(r"[、,，\s]+")
_ITEM = later(r"^(\s*)[-*•·]\s+(?=\S)")
_ITEM_VALUE = later(r"^\s*[-*•·]\s+\d{1,9}(?:\.\d+)?\s*$")
#: characters with one blank between all of them
_SPACED = later(r"\s*[^\s](?: [^\s]){5,}\s*")
_HAN = later(r"[\u4e00-\u9fff]")
_BLANK = later(r"(?<=\S) (?=\S)")


def written_rows(lines: list[str]) -> list[str]:
    """``lines`` with rows that are written with semicolons, as lists or as items, as rows with TABs or cells without marks.

    >>> written_rows(["规章;1;2;13"] * 5)[0].split("\\t")
    ['规章', '1', '2', '13']
    """
    return _listed(_semicolons(_items(_spaced(told_columns(_unquoted(_comma_separated(lines)))))))


def _comma_separated(lines: list[str]) -> list[str]:
    """A whole page that a sheet exported as CSV: each line has as many fields, prose stands in the first of them."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < _FEWEST_ITEMS or sum(1 for line in filled if line.count(",") >= _FEWEST_FIELDS) < _SHEET_SHARE * len(
        filled
    ):
        return lines
    rows = [_fields_of(line) for line in lines]
    width, count = Counter(len(row) for row, line in zip(rows, lines, strict=True) if line.strip()).most_common(1)[0]
    if width <= _FEWEST_FIELDS or count < _SHEET_SHARE * len(filled):
        return lines
    return [_of_sheet(row) if len(row) == width else line for row, line in zip(rows, lines, strict=True)]


def _fields_of(line: str) -> list[str]:
    with suppress(csv.Error):  # a field of more than 131,072 characters
        return next(csv.reader([line]), [])
    return []


def _of_sheet(row: list[str]) -> str:
    texts = [field for field in row if field.strip()]
    return texts[0] if len(texts) == 1 else "\t".join(row) if texts else ""


def _unquoted(lines: list[str]) -> list[str]:
    """Cells that hold a line break stand in quotes where a sheet is copied: ``"行政`` / ``许可"<TAB>36`` is one row."""
    if sum(1 for line in lines if '"' in line and _OPENED.search(line)) < _FEWEST_QUOTED:
        return lines
    out = list(lines)
    for n, line in enumerate(lines):
        if not _OPENED.search(out[n]):
            continue
        for end in range(n + 1, min(n + _MOST_LINES, len(lines))):
            line += lines[end]
            closed = _CLOSED.match(lines[end])
            if closed is None and '"' in lines[end]:
                break
            if closed is not None and not _OPENED.search(lines[end]):
                out[n : end + 1] = [_QUOTED.sub(r"\1", line), *[""] * (end - n)]
                break
    return out


def _spaced(lines: list[str]) -> list[str]:
    spaced = [bool(_SPACED.fullmatch(line)) and len(_HAN.findall(line)) >= 4 for line in lines]
    if sum(spaced) < _FEWEST:
        return lines
    return [
        _BLANK.sub("", line) if own and not is_value(line.split()[-1]) else line
        for line, own in zip(lines, spaced, strict=True)
    ]


def _items(lines: list[str]) -> list[str]:
    if sum(1 for line in lines if _ITEM_VALUE.match(line)) < _FEWEST_ITEMS:
        return lines
    return [_ITEM.sub(r"\1", line) for line in lines]


def _semicolons(lines: list[str]) -> list[str]:
    rows = {n: row for n, line in enumerate(lines) if ";" in line and (row := _row(line.split(";"))) is not None}
    if len(rows) < _FEWEST:
        return lines
    for n, line in enumerate(lines):
        fields = line.split(";")  # the values of table 4 have no label
        if n - 1 in rows and n not in rows and len(fields) > 2 and all(is_value(f.strip()) for f in fields):
            rows[n] = "\t".join(f.strip() for f in fields)
    return [rows.get(n, line) for n, line in enumerate(lines)]


def _row(fields: list[str]) -> str | None:
    """The fields as a row with TABs, if each is a label of the forms, a value or empty, and not all are values."""
    fields = [field.strip() for field in fields]
    if sum(map(len, fields)) > _LONGEST:
        return None
    labels = [field for field in fields if field and not is_value(field)]
    return "\t".join(fields) if labels and all(exact_label(label) is not None for label in labels) else None


def _listed(lines: list[str]) -> list[str]:
    """Rows told as `label：value、value`; of columns told so under each other the first line gets the labels, the second the values."""
    found: dict[int, tuple[str, list[str]]] = {}
    for n, line in enumerate(lines):
        if ("：" in line or ":" in line) and "\t" not in line and (m := _LIST_ROW.fullmatch(line)) is not None:
            values = _LIST_MARK.split(m[2].strip())
            if all(map(is_value, values)) and exact_label(m[1]) is not None:
                found[n] = m[1].strip(), values
    if len(found) < _FEWEST:
        return lines
    out = list(lines)
    n = 0
    while n < len(lines):
        end = n
        while end in found and len(found[end][1]) == 1 and _is_column(found[end][0]):
            end += 1
        if end - n > 1:
            out[n] = "\t".join(found[k][0] for k in range(n, end))
            out[n + 1] = "\t".join(found[k][1][0] for k in range(n, end))
            out[n + 2 : end] = [""] * (end - n - 2)
            n = end
            continue
        if n in found:
            out[n] = "\t".join((found[n][0], *found[n][1]))
        n += 1
    return out


def _is_column(label: str) -> bool:
    hit = exact_label(label)
    return hit is not None and hit.of("column", "t4") is not None
