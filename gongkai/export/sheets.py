"""Tables as the sheets of an ``.xlsx`` file (ECMA-376), written by columns and streamed row by row into the archive.

A library that makes an object of every cell takes four times as long as tagging the reports.  Texts are inline strings: they need no
table of all texts in memory, and none can begin a formula; they are guarded as in CSV all the same (:mod:`corpus.spreadsheets`), for sheets are
saved as CSV by others.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from corpus.errors import UsageError
from corpus.files import replacing
from corpus.spreadsheets import safe
from gongkai.export.text_files import LIST, Stream

#: limits of the format: rows of a sheet, characters of a cell
ROWS, _TEXT = 1_048_576, 32_767
#: rows turned into XML at a time, and short texts kept because they come again
_CHUNK, _KEPT, _SHORT = 5_000, 200_000, 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]")
#: `_x000A_` is an escaped character in this format: one that stands in a text is escaped itself
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
#: format 0 is plain, 1 bold
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class _Texts(dict[str, str]):
    """The cell of each short text that was written, so that codes and names are escaped once."""

    def __missing__(self, text: str) -> str:
        made = _text(text)
        if len(text) < _SHORT and len(self) < _KEPT:
            self[text] = made
        return made


def _text(text: str, style: str = "") -> str:
    """A text as a cell.

    >>> _text("=1<2")
    '<c t="inlineStr"><is><t xml:space="preserve">=1&lt;2</t></is></c>'
    >>> "_x005F_x000A_" in _text("_x000A_")
    True
    """
    shown = escape(_ESCAPED.sub("_x005F_", _CONTROL.sub("\ufffd", text)), {"\r": "&#13;"})
    return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "<c/>"  # the format has no such number, and Excel refuses a book that holds one
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return f"<c><v>{int(value) if whole else repr(value)}</v></c>"


def _cells(name: str, column: pa.Array, texts: _Texts) -> list[str]:
    """The XML of a column's cells."""
    kind, values = column.type, column.to_pylist()
    if pa.types.is_boolean(kind):
        return ["<c/>" if v is None else f'<c t="b"><v>{int(v)}</v></c>' for v in values]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return ["<c/>" if v is None else _number(v) for v in values]
    if pa.types.is_list(kind):
        values = [None if v is None else LIST.join(map(str, v)) for v in values]
    shown = [None if v is None else safe(str(v)) for v in values]
    longest = max((len(v) for v in shown if v is not None), default=0)
    if longest > _TEXT:
        raise UsageError(
            f"a text of {longest:,} characters does not fit into a cell of Excel",
            source=name,
            remedy="export this table as csv or parquet",
        )
    return [texts[v] if v else "<c/>" for v in shown]


def _rows(table: Stream, texts: _Texts) -> Iterator[str]:
    """The rows of a table as XML."""
    for part in table.parts:
        for batch in part.to_batches(max_chunksize=_CHUNK):
            columns = [_cells(f"{table.name}.{h}", c, texts) for h, c in zip(table.schema.names, batch.columns, strict=True)]
            yield from [f"<row>{''.join(row)}</row>" for row in zip(*columns, strict=True)]


def save(path: Path, tables: Iterable[Stream]) -> list[str]:
    """Write a workbook; a table longer than a sheet goes on in ``name_2``, ``name_3`` …

    Returns:
        The names of the sheets.

    Raises:
        UsageError: a text is longer than a cell can be.
    """
    names: list[str] = []
    texts = _Texts()
    with replacing(path) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for table in tables:
            head = "".join(_text(safe(h), ' s="1"') for h in table.schema.names)
            rows, part = _rows(table, texts), 0
            first = next(rows, "")
            while first or not part:
                part += 1
                names.append(table.name if part == 1 else f"{table.name}_{part}")
                with book.open(f"xl/worksheets/sheet{len(names)}.xml", "w", force_zip64=True) as sheet:
                    sheet.write(f"{_SHEET}<row>{head}</row>{first}".encode())
                    some = islice(rows, ROWS - 2)
                    sheet.writelines(text.encode() for text in iter(lambda: "".join(islice(some, _CHUNK)), ""))  # noqa: B023
                    sheet.write(b"</sheetData></worksheet>")
                first = next(rows, "")
        for name, text in _frame(names).items():
            book.writestr(name, text)
    return names


def _frame(names: list[str]) -> dict[str, str]:
    """The files of a workbook beside its sheets."""
    numbered = list(enumerate(names, 1))
    sheets = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="rId{i}"/>' for i, n in numbered)
    parts = [("workbook", "sheet.main"), ("styles", "styles"), *((f"worksheets/sheet{i}", "worksheet") for i, _ in numbered)]
    types = "".join(f'<Override PartName="/xl/{p}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for p, kind in parts)
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{i}.xml") for i, _ in numbered), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
    }


def _relations(targets: list[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'
