"""Corrections by people, kept beside a store and applied when it is read.

``corrections.csv`` in the store's folder, or a file of your own given to :func:`gongkai.load`, has the columns ``report_id``,
``table``, ``start``, ``end``, ``quote``, ``field``, ``old``, ``new``, ``coder``, ``date``, ``reason``, and may have ``source`` (the path
of the report's file, by which it is found where its bytes are others now) and ``item`` (the code of a cell, its row and column in a table as
printed, the number of a metric, where several stand in one place).  The Parquet files are never changed: tagging the corpus again keeps the corrections.  A correction is looked up by
the text that it quotes, and refused, with the reason, where that is gone.  It says what a person read in that text, so that it holds
whatever a later model makes of it; ``old`` decides only where several rows stand there, or an earlier line has corrected the field.

Corrected rows carry the field's name in a further column ``human`` (a list; empty for other rows); a passage whose label a person
set has ``human`` as its ``classifier`` and no score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.codebook import codebook
from corpus.errors import DataError
from corpus.sheets import as_date, read_sheet
from corpus.spreadsheets import write_csv
from corpus.store.schema import Column, tables
from models.taxonomy import Taxonomy

FILE = "corrections.csv"
COLUMNS = ("report_id", "table", "start", "end", "quote", "field", "old", "new", "coder", "date", "reason")
#: columns that a file may lack
FURTHER = ("source", "item")
#: what people may correct; identity, places and the text itself are not among it
FIELDS: Mapping[str, tuple[str, ...]] = {
    "passages": ("label", "also", "facets"),
    "mentions": ("value", "value_to", "unit", "qualifier", "scope", "by", "period", "subject", "indicator"),
    "cells": ("value", "state"),
    "grids": ("text",),
    "reports": ("title", "agency", "year", "period_start", "period_end", "coverage", "agency_id", "published"),
}
#: tables that follow from others
DERIVED = ("joins", "checks")
#: Chinese headings of the columns
HEADINGS = {
    "report_id": ("报告编号",), "table": ("表",), "start": ("起",), "end": ("止",), "quote": ("引文",), "field": ("字段",),
    "old": ("原值",), "new": ("新值", "改为"), "coder": ("修改人", "编码员"), "date": ("日期",), "reason": ("理由", "原因"), "source": ("来源文件",), "item": ("项目",),
}  # fmt: skip
_LIST = ";"


@dataclass(frozen=True, slots=True)
class Correction:
    """One line: ``line`` is its number in the file; ``start`` and ``end`` are ``None`` for a field of the report itself.

    ``fault`` says why the line cannot be applied, whatever the store holds.
    """

    line: int
    report_id: str
    table: str
    start: int | None
    end: int | None
    quote: str
    field: str
    old: str
    new: str
    coder: str
    date: str
    reason: str
    fault: str = ""
    source: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionOutcome:
    """What became of a correction: ``applied``, or why it was refused; ``moved`` says that the quote stands elsewhere now, ``stood`` what
    it overrides where that is no longer ``old``."""

    correction: Correction
    applied: bool
    why: str = ""
    moved: bool = False
    stood: str | None = None


def read_corrections(path: Path) -> list[Correction]:
    """The lines of a table (CSV or .xlsx, as :func:`corpus.sheets.read_sheet` reads it); empty lines of a template are left out.

    A line that cannot be applied has its ``fault``: a table or field that cannot be corrected, a new value that is no code, a place
    that is no number.  The others apply.

    Raises:
        UsageError: unreadable.
        DataError: other columns.
    """
    sheet = read_sheet(path, HEADINGS, strip=False)
    if lost := [c for c in COLUMNS if c not in sheet.columns]:
        raise DataError(
            f"has no column {', '.join(lost)}",
            source=str(path),
            remedy=f"give {', '.join(COLUMNS)}; `gongkai corrections STORE --template FILE.csv` writes them",
        )
    return [c for row in sheet.rows if (c := parse_line(row.values, row.line)) is not None]


def write_corrections(path: Path, corrections: Sequence[Correction]) -> None:
    """Writes corrections as :func:`read_corrections` reads them."""
    names = (*COLUMNS, *FURTHER) if any(c.source or c.item for c in corrections) else COLUMNS
    write_csv(path, names, ([getattr(c, n) for n in names] for c in corrections))


def parse_line(row: Mapping[str, str], line: int) -> Correction | None:
    """One line, by column; ``None`` for one of a template that nobody filled in."""
    values = {k: row[k] if k == "quote" else row[k].strip() for k in COLUMNS}
    if not values["coder"] and values["new"] == "":
        return None  # a line of the template that nobody filled in
    table, field, fault = values["table"], values["field"], ""
    start, end = _offset(values["start"]), _offset(values["end"])
    if field not in FIELDS.get(table, ()):
        known = "; ".join(f"{t}: {', '.join(f)}" for t, f in FIELDS.items())
        fault = f"{table}.{field} cannot be corrected; use one of {known}"
    elif table != "reports" and (start is None or end is None):
        fault = f"start {values['start']!r}, end {values['end']!r} are no offsets; copy them from the table"
    elif not values["new"] and _column(table, field).codes:
        fault = f"new is empty, and {field} always has one of {', '.join(c for c, _ in _column(table, field).codes)}"
    elif not values["new"] and field == "label":
        fault = "new is empty, and every passage has a label"
    elif not values["coder"]:
        fault = "has no coder; say who corrected it"
    elif values["date"] and not as_date(values["date"]):
        fault = f"date {values['date']!r} is no day; write it as 2024-01-31, or leave it empty"
    else:
        try:
            parse_value(table, field, values["new"], "")
        except DataError as error:
            fault = f"{error.message}; {error.remedy}"
    if table == "reports":
        start = end = None
    rest = {k: values[k] for k in ("report_id", "table", "quote", "field", "old", "new", "coder", "date", "reason")}
    rest |= {k: row.get(k, "").strip() for k in FURTHER}
    return Correction(line=line, start=start, end=end, fault=fault, **rest)


def _offset(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _column(table: str, field: str) -> Column:
    return next(c for c in tables()[table].columns if c.name == field)


def parse_value(table: str, field: str, text: str, source: str) -> Any:
    """A value as it is written in the CSV: lists separated by ``;``, an empty text for null (or an empty list).

    Raises:
        DataError: no number, or a code that the column does not know.
    """
    column = _column(table, field)
    if column.type in {"strings", "floats", "octets"}:
        parts = [p.strip() for p in text.split(_LIST) if p.strip()]
        _known(column, parts, source)
        return parts
    if column.type in {"int", "float"}:
        try:
            number = None if not text else int(text) if column.type == "int" else _finite(text)
        except ValueError as error:
            raise DataError(
                f"{field} {text!r} is no number", source=source, remedy="write digits, or nothing for no value"
            ) from error
        return number
    _known(column, [text] if text else [], source)
    return text or (None if column.nullable else "")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _known(column: Column, values: Sequence[str], source: str) -> None:
    codes = [code for code, _ in column.codes]
    if codes and (unknown := [v for v in values if v not in codes]):
        raise DataError(
            f"{column.name} {', '.join(unknown)!r} is no code", source=source, remedy=f"use one of {', '.join(codes)}"
        )


def show_value(value: Any) -> str:
    """A stored value as the CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return _LIST.join(map(str, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _same(a: str, b: str) -> bool:
    return a == b or (_LIST in a + b and sorted(a.split(_LIST)) == sorted(b.split(_LIST)))


def anchor(text: str, start: int, end: int, quote: str) -> tuple[int, int] | None:
    """Where a quote stands now: at its old place, or at its only other one; ``None`` where it is gone or stands several times.

    >>> anchor("甲。乙。", 2, 4, "乙。"), anchor("新。甲。乙。", 2, 4, "乙。"), anchor("甲。甲。", 8, 10, "甲。")
    ((2, 4), (4, 6), None)
    """
    if text[start:end] == quote:
        return start, end
    if not quote or text.count(quote) != 1:
        return None
    at = text.index(quote)
    return at, at + len(quote)


def apply(
    table: pa.Table, name: str, corrections: Sequence[Correction], texts: Mapping[str, str], codes: Taxonomy | None = None
) -> tuple[pa.Table, list[CorrectionOutcome]]:
    """A table with its corrections.

    Args:
        table: rows of the store's table ``name``, with at least the columns of its key and places.
        texts: canonical text by report_id, of the reports that are corrected.
        codes: those of the store, which may be set beside the codebook's and those that the rows hold.

    Returns:
        The table, sorted by its key, with the further column ``human``; and what became of each correction of this table.
    """
    own = [c for c in corrections if c.table == name and not c.fault]
    empty = pa.array([[]] * len(table), pa.list_(pa.string()))
    marked = table.append_column("human", empty)
    if not own:
        return marked, []
    wanted = pa.array(sorted({c.report_id for c in own}), pa.string())
    mask = pc.is_in(marked["report_id"], value_set=wanted)
    closed = ("label", "also", "facets", "indicator")
    known: dict[str, frozenset[str]] = {f: _codes_of(marked, f, codes) for f in closed if f in FIELDS[name]}
    rows: list[dict[str, Any]] = marked.filter(mask).to_pylist()
    by_report: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_report.setdefault(row["report_id"], []).append(row)
    verdicts = [_apply_one(c, by_report.get(c.report_id, []), texts.get(c.report_id), known.get(c.field)) for c in own]
    changed = pa.Table.from_pylist(rows, schema=marked.schema)
    whole = pa.concat_tables([marked.filter(pc.invert(mask)), changed])
    order = pc.sort_indices(whole, sort_keys=[(k, "ascending") for k in tables()[name].key])
    return whole.take(order), verdicts


def _codes_of(table: pa.Table, field: str, own: Taxonomy | None) -> frozenset[str]:
    """Codes that a field may take: the codebook's, the store's, and what the rows hold (a classifier of the user's own has its own codes)."""
    codes = codebook()
    if field == "indicator":
        return frozenset(codes.indicators) | {""}
    if field == "facets":
        held = pc.unique(pc.list_flatten(table["facets"])).to_pylist()
        return frozenset((*codes.facets, *held, *(own.facets if own else ())))
    return frozenset((*codes.labels, *pc.unique(table["label"]).to_pylist(), *(own.labels if own else ())))


def no_report(c: Correction) -> str:
    """Why a correction of a report that is not there is refused."""
    return f"no report {c.report_id} in this store; its file may have changed"


def _no_code(field: str, unknown: Sequence[str]) -> str:
    """Why values are refused; who wrote a Chinese name, as the pages show it, is told its code."""
    book = codebook()
    name = "indicators" if field == "indicator" else "facets" if field == "facets" else "labels"
    codes: Mapping[str, Any] = {"indicators": book.indicators, "facets": book.facets, "labels": book.labels}[name]
    meant = [code for code, entry in codes.items() if entry.zh in unknown]
    remedy = f"write {', '.join(meant)}" if meant else f"`gongkai schema {name}` lists those that there are"
    return f"{', '.join(unknown)} is no code of {field}; {remedy}"


def _apply_one(
    c: Correction, rows: Sequence[dict[str, Any]], text: str | None, known: frozenset[str] | None
) -> CorrectionOutcome:
    if known is not None and (unknown := [v for v in c.new.split(_LIST) if v.strip() and v.strip() not in known]):
        return CorrectionOutcome(c, False, _no_code(c.field, [v.strip() for v in unknown]))
    if text is None or (c.table == "reports" and not rows):
        return CorrectionOutcome(c, False, no_report(c))
    moved = False
    if c.start is not None and c.end is not None:
        place = anchor(text, c.start, c.end, c.quote)
        if place is None:
            return CorrectionOutcome(
                c,
                False,
                f"the quote {c.quote[:30]!r} stands {text.count(c.quote) if c.quote else 0} times in the text, and not at {c.start}",
            )
        moved = place != (c.start, c.end)
        rows = [r for r in rows if (r["start"], r["end"]) == place]
    if not rows:
        return CorrectionOutcome(c, False, f"no row of {c.table} stands exactly there; the text may be cut in another way now")
    if c.item and len(rows) > 1:
        rows = [r for r in rows if item_of(c.table, r) == c.item] or rows
    fits = [r for r in rows if _same(show_value(r[c.field]), c.old)]
    if len(rows) == 1 and c.field not in rows[0]["human"]:
        fits = list(rows)  # what a model says now may be anything: a person has read the same text
    if len(fits) != 1:
        now = ", ".join(show_value(r[c.field]) or "nothing" for r in rows)
        why = "; a line before this one says so, keep one of them" if len(rows) == 1 else ""
        return CorrectionOutcome(c, False, f"old is {c.old!r}, but {c.field} is {now}{why}")
    row = fits[0]
    stood = show_value(row[c.field])
    row[c.field] = parse_value(c.table, c.field, c.new, f"line {c.line}")
    row["human"] = [*row["human"], *([c.field] if c.field not in row["human"] else [])]
    if c.table == "passages" and c.field == "label":
        row.update(classifier="human", score=None, abstained=False)
    if c.table == "passages" and c.field == "facets":
        row["facets_guessed"] = False
    return CorrectionOutcome(c, True, moved=moved, stood=None if _same(stood, c.old) else stood)


def item_of(table: str, row: Mapping[str, Any]) -> str:
    """What tells a row from others in the same place: the code of a cell (of a table as printed: ``r2c10``), the number of a metric among those of one word."""
    if table == "cells":
        return str(row["code"])
    if table == "grids":
        return f"r{row['row']}c{row['column']}"
    return (str(row["mention_id"]).rpartition(".m")[2].partition(".")[2] or "1") if table == "mentions" else ""


def located(corrections: Sequence[Correction], sources: Mapping[str, str]) -> tuple[Correction, ...]:
    """Corrections with the report that now has the file of theirs, where their own is gone.

    Args:
        corrections: as they were read.
        sources: report_id -> path of every report of the store.
    """
    if not any(c.source and c.report_id not in sources for c in corrections):
        return tuple(corrections)
    of: dict[str, list[str]] = {}
    for report_id, source in sources.items():
        of.setdefault(source, []).append(report_id)
    found = []
    for c in corrections:
        now = of.get(c.source, ()) if c.source and c.report_id not in sources else ()
        found.append(replace(c, report_id=now[0]) if len(now) == 1 else c)
    return tuple(found)
