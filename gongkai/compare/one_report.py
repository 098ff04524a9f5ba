"""One report of an agency and year: of several versions the one published last, and how the others differ from it.

Where dates do not decide (a version has none), the one with most cells stands, then with most passages, then the smaller path.  An
agency is its ``agency_id``, else its printed name; a bare name that names no place (`财政局`) may be that of many agencies, so that two
such reports are versions of one only where they come from the same host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from corpus.patterns import pattern
from gongkai.store_access import Store

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_PLACE = pattern("gongkai", "names_place")
_COLUMNS = (
    "report_id", "source", "agency", "agency_id", "year", "published", "host", "n_cells", "n_passages",
)  # fmt: skip
SCHEMA = pa.schema([
    ("report_id", pa.string()), ("source", pa.string()), ("agency", pa.string()), ("agency_id", pa.string()), ("year", pa.int64()),
    ("published", pa.string()), ("n_cells", pa.int64()), ("n_passages", pa.int64()), ("chosen_report_id", pa.string()),
    ("chosen_published", pa.string()), ("why", pa.string()), ("cells_compared", pa.int64()), ("cells_differ", pa.int64()),
    ("cells_only_here", pa.int64()), ("cells_only_chosen", pa.int64()), ("passages_only_here", pa.int64()),
    ("passages_only_chosen", pa.int64()),
])  # fmt: skip


def agency_of(row: Mapping[str, Any]) -> str | None:
    """What makes two reports those of one agency, or ``None`` where that is not known.

    >>> agency_of({"agency_id": None, "agency": "云岭县水务局", "host": None})
    '云岭县水务局'
    >>> agency_of({"agency_id": None, "agency": "水务局", "host": None}) is None
    True
    """
    if row["agency_id"]:
        return str(row["agency_id"])
    name = row["agency"]
    if not name:
        return None
    if _CHINESE.search(name) and not _PLACE.search(name):
        return f"{name}@{row['host']}" if row.get("host") else None
    return str(name)


def _date(row: Mapping[str, Any]) -> str:
    found = _DATE.match(row["published"] or "")
    return found[0] if found else ""


def ordered(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """Versions of one report, the one that stands first, and why it does: ``published_last`` or ``most_cells``."""
    by_cells = sorted(rows, key=lambda r: (-r["n_cells"], -r["n_passages"], r["source"]))
    dates = [_date(r) for r in rows]
    if not all(dates) or len(set(dates)) == 1:
        return by_cells, "most_cells"
    return sorted(by_cells, key=_date, reverse=True), "published_last"


def units(store: Store, *, doubtful: bool = False) -> list[tuple[list[Mapping[str, Any]], str]]:
    """Every report of the store in lists of the versions of one agency and year, the version that stands first.

    Texts that may be no report (``kind_of_text``) are left out unless ``doubtful`` asks for them: a plan is no version of a report.
    """
    held: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in store.table("reports").select([*_COLUMNS, "kind_of_text"]).to_pylist():
        if row["kind_of_text"] == "doubtful" and not doubtful:
            continue
        agency = agency_of(row)
        alone = agency is None or row["year"] is None
        held.setdefault((row["report_id"],) if alone else (agency, row["year"]), []).append(row)
    return [ordered(rows) for rows in held.values()]


def chosen(store: Store, *, doubtful: bool = False) -> pa.Table:
    """The reports that stand in statistics: report_id, and ``n_reports``, how many versions the store has of it; as :func:`units`."""
    found = units(store, doubtful=doubtful)
    return pa.table({
        "report_id": pa.array([rows[0]["report_id"] for rows, _ in found], pa.string()),
        "n_reports": pa.array([len(rows) for rows, _ in found], pa.int64()),
    })  # fmt: skip


_COMPARED = """
SELECT v.report_id, count(a.code) FILTER (b.code IS NOT NULL) AS cells_compared,
  count(*) FILTER (a.code IS NOT NULL AND b.code IS NOT NULL AND (a.state <> b.state OR a.value IS DISTINCT FROM b.value)) AS cells_differ,
  count(a.code) FILTER (b.code IS NULL) AS cells_only_here, count(b.code) FILTER (a.code IS NULL) AS cells_only_chosen
FROM pairs v JOIN (SELECT DISTINCT v.report_id, c.code FROM pairs v JOIN cells c ON c.report_id IN (v.report_id, v.chosen_report_id)) k
  ON k.report_id = v.report_id
LEFT JOIN cells a ON a.report_id = v.report_id AND a.code = k.code
LEFT JOIN cells b ON b.report_id = v.chosen_report_id AND b.code = k.code GROUP BY v.report_id
"""
_TEXTS = """
SELECT p.report_id, list(DISTINCT p.text) AS texts FROM passages p
WHERE p.report_id IN (SELECT report_id FROM pairs UNION SELECT chosen_report_id FROM pairs) GROUP BY p.report_id
"""


def versions(store: Store) -> pa.Table:
    """The reports that another version of the same agency and year stands for, compared with it.

    Returns:
        One row for each report left out: ``chosen_report_id`` and ``why`` that one stands (``published_last``; ``most_cells`` where dates
        do not decide), cells that both hold and how many of these differ, cells and passages that only one of the two has.
    """
    rows = [
        {
            **{k: r[k] for k in _COLUMNS if k != "host"}, "chosen_report_id": first["report_id"],
            "chosen_published": first["published"], "why": why,
        }
        for (first, *others), why in units(store) for r in others
    ]  # fmt: skip
    if not rows:
        return SCHEMA.empty_table()
    rows.sort(key=lambda r: (str(r["agency_id"] or r["agency"]), r["year"], r["report_id"]))
    pairs = pa.table({k: pa.array([r[k] for r in rows], pa.string()) for k in ("report_id", "chosen_report_id")})
    cells = {r["report_id"]: r for r in store.sql(_COMPARED, {"pairs": pairs}).to_pylist()}
    texts = {r["report_id"]: set(r["texts"]) for r in store.sql(_TEXTS, {"pairs": pairs}).to_pylist()}
    nothing = dict.fromkeys(("cells_compared", "cells_differ", "cells_only_here", "cells_only_chosen"), 0)
    for row in rows:
        row |= cells.get(row["report_id"], nothing)
        here, there = texts.get(row["report_id"], set()), texts.get(row["chosen_report_id"], set())
        row |= {"passages_only_here": len(here - there), "passages_only_chosen": len(there - here)}
    return pa.Table.from_pylist(rows, schema=SCHEMA)
