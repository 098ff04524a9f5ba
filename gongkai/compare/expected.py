"""What a corpus should hold and what it holds: expected, found, late, unreadable, duplicate, missing reports.

The frame is a CSV with a row for each report that should exist: ``year``, and one or more of ``agency_id``, ``agency`` (as printed)
and ``path`` (as in ``sources.source``).  ``due`` (ISO date) says until when it had to be published; without it the day of the
Regulation on Open Government Information in the year after: from report year 2019 on the 31st of January for departments, the 31st of
March for people's governments of county level and above (as amended in 2019, articles 49 and 50); to 2018 the 31st of March for all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.errors import DataError
from corpus.patterns import pattern, words
from corpus.sheets import as_date, read_sheet
from corpus.text.normalise import squeeze
from extract.runs.metadata import HEADINGS as METADATA_HEADINGS
from gongkai.compare.one_report import ordered
from gongkai.store_access import Store

STATUSES = (
    ("found", "已有"), ("late", "逾期发布"), ("duplicate", "重复"), ("unreadable", "无法读取"), ("missing", "缺失"), ("unexpected", "不在名单"),
)  # fmt: skip
_KNOWN = ("agency_id", "agency", "path")
#: Chinese headings of a frame
HEADINGS = {
    "year": METADATA_HEADINGS["year"],
    "agency": METADATA_HEADINGS["agency"],
    "agency_id": words("gongkai", "column.agency_id"),
    "path": METADATA_HEADINGS["path"],
    "due": words("gongkai", "column.due"),
}
_YEAR = re.compile(r"(\d{4})(?:\.0|年度?)?")
DEPARTMENTS, GOVERNMENTS = "01-31", "03-31"
_GOVERNMENT = frozenset({"central", "province", "prefecture", "county"})
_GOVERNMENT_NAME = pattern("gongkai", "government_name")
SCHEMA = pa.schema([
    pa.field("line", pa.int64()), pa.field("year", pa.int64()), pa.field("agency", pa.string()), pa.field("agency_id", pa.string()),
    pa.field("path", pa.string()), pa.field("due", pa.string()), pa.field("status", pa.string()), pa.field("report_id", pa.string()),
    pa.field("published", pa.string()), pa.field("others", pa.list_(pa.string())), pa.field("why", pa.string()),
])  # fmt: skip


def read_frame(path: Path) -> list[dict[str, Any]]:
    """Rows of a frame.

    CSV or .xlsx, as :func:`corpus.sheets.read_sheet` reads it.

    Raises:
        UsageError: unreadable.
        DataError: no ``year`` or nothing to find a report by, a year or date that is none; with the line.
    """
    sheet = read_sheet(path, HEADINGS)
    if "year" not in sheet.columns or not set(sheet.columns) & set(_KNOWN):
        raise DataError(
            f"columns are {', '.join(sheet.columns) or 'none'}",
            source=str(path),
            remedy=f"give `year` (年度) and one of {', '.join(_KNOWN)} (机关代码, 机关, 路径)",
        )
    rows = []
    seen: dict[tuple[object, ...], int] = {}
    for row in sheet.rows:
        where = f"{path}, line {row.line}"
        values = {k: row.values.get(k, "") for k in ("year", "due", *_KNOWN)}
        values["path"] = values["path"].replace("\\", "/")  # as Windows writes it
        year = _YEAR.fullmatch(values["year"])
        if year is None:
            raise DataError(f"year {values['year']!r} is no year", source=where, remedy="write four digits")
        if values["due"]:
            due = as_date(values["due"])
            if not due:
                raise DataError(f"due {values['due']!r} is no date", source=where, remedy="write it as 2024-01-31")
            values["due"] = due
        if not any(values[k] for k in _KNOWN):
            raise DataError("names no report", source=where, remedy=f"fill one of {', '.join(_KNOWN)}")
        expected = (int(year[1]), *(values[k] for k in _KNOWN))
        if (first := seen.setdefault(expected, row.line)) != row.line:
            raise DataError(
                f"expects the same report as line {first}",
                source=where,
                remedy="keep one of them: each row counts as one report",
            )
        rows.append({**values, "line": row.line, "year": int(year[1])})
    return rows


def coverage(store: Store, frame: Sequence[Mapping[str, Any]]) -> pa.Table:
    """What became of every report that a frame expects, and the reports that it does not.

    Args:
        frame: from :func:`read_frame`.

    Returns:
        Columns of :data:`SCHEMA`: the rows of the frame in order, then one row for each report of the store that none of them
        names (``unexpected``).  ``others`` are further reports of that agency and year (then the status is ``duplicate``, unless it
        is ``late``); ``why`` is the reason of an unreadable file.
    """
    reports = (
        store.table("reports")
        .select(["report_id", "source", "agency", "agency_id", "year", "published", "level", "n_cells", "n_passages"])
        .to_pylist()
    )
    failed = {r["source"]: r["source"] for r in store.table("sources").to_pylist() if r["status"] == "failed"}
    reasons = {
        i["source"]: i["message"]
        for i in store.table("issues").to_pylist()
        if i["source"] in failed and i["severity"] == "error"
    }
    by: dict[tuple[str, Any, Any], list[dict[str, Any]]] = {}
    for r in ordered_by_date(reports):
        keys = {
            ("path", r["source"], None),
            ("agency_id", r["agency_id"], r["year"]),
            ("agency", squeeze(r["agency"] or ""), r["year"]),
        }
        for key in keys:
            if key[1]:
                by.setdefault(key, []).append(r)
    paths = {r["source"]: r["report_id"] for r in store.table("sources").to_pylist()}
    out, seen = [], set()
    for row in frame:
        own = next((f for key in _keys(row, paths) if (f := by.get(key))), [])
        seen |= {r["report_id"] for r in own}
        out.append(_judge(row, own, failed, reasons))
    for r in reports:
        if r["report_id"] not in seen:
            rest = {"line": None, "path": r["source"], "due": None, "status": "unexpected", "others": [], "why": None}
            out.append({**{k: r[k] for k in ("year", "agency", "agency_id", "report_id", "published")}, **rest})
    return pa.Table.from_pylist(out, schema=SCHEMA)


def ordered_by_date(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reports so that of each agency and year the version that stands comes first, those after it in the order of their rank."""
    held: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for r in reports:
        held.setdefault((r["agency_id"] or r["agency"], r["year"]), []).append(r)
    return [dict(r) for own in held.values() for r in ordered(own)[0]]


def _keys(row: Mapping[str, Any], paths: Mapping[str, str | None]) -> list[tuple[str, Any, Any]]:
    keys = [("agency_id", row["agency_id"], row["year"])] if row["agency_id"] else []
    if row["path"] and paths.get(row["path"]):
        keys.append(("path", row["path"], None))
    if row["agency"]:
        keys.append(("agency", squeeze(row["agency"]), row["year"]))
    return keys


def due_date(year: int, agency: str | None, level: str | None) -> str:
    """Until when a report had to be published (codebook, D4).

    >>> due_date(2022, "云岭县水务局", None), due_date(2022, "云岭县人民政府", None), due_date(2017, "云岭县水务局", None)
    ('2023-01-31', '2023-03-31', '2018-03-31')
    """
    governs = level in _GOVERNMENT if level and level != "unknown" else bool(_GOVERNMENT_NAME.search(squeeze(agency or "")))
    return f"{year + 1}-{GOVERNMENTS if year < 2019 or governs else DEPARTMENTS}"


def _judge(
    row: Mapping[str, Any], own: Sequence[Mapping[str, Any]], failed: Mapping[str, str], reasons: Mapping[str, str]
) -> dict[str, Any]:
    status, why = "missing", None
    first: Mapping[str, Any] = own[0] if own else {}
    due = row["due"] or due_date(row["year"], row["agency"] or first.get("agency"), first.get("level"))
    if own:
        late = first["published"] is not None and first["published"] > due
        status = "late" if late else "duplicate" if len(own) > 1 else "found"
    elif row["path"] in failed:
        status, why = "unreadable", reasons.get(row["path"])
    return {
        "line": row["line"], "year": row["year"], "agency": row["agency"] or first.get("agency"), "agency_id": row["agency_id"] or first.get("agency_id"),
        "path": row["path"] or first.get("source"), "due": due, "status": status, "report_id": first.get("report_id"),
        "published": first.get("published"), "others": [r["report_id"] for r in own[1:]], "why": why,
    }  # fmt: skip


def coverage_counts(found: pa.Table) -> pa.Table:
    """Reports by year and status: (year, expected, found, late, duplicate, unreadable, missing, unexpected)."""
    years: dict[Any, dict[str, int]] = {}
    for year, status in zip(found["year"].to_pylist(), found["status"].to_pylist(), strict=True):
        counts = years.setdefault(year, dict.fromkeys([s for s, _ in STATUSES], 0))
        counts[status] += 1
    rows = [
        {"year": y, "expected": sum(n for s, n in c.items() if s != "unexpected"), **c}
        for y, c in sorted(years.items(), key=lambda kv: (kv[0] is None, kv[0]))
    ]
    names = ["year", "expected", *(s for s, _ in STATUSES)]
    return pa.Table.from_pylist(rows, schema=pa.schema([pa.field(n, pa.int64()) for n in names]))
