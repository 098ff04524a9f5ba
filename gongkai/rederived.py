"""What follows from a corrected agency, year or coverage: who the agency is, what its report counts, whose its metrics are.

``level``, ``kind``, ``agency_id`` and the places are those that the name resolves to, as if the file had printed it; a presumed coverage is
presumed anew from it; and metrics whose scope hangs on the coverage get theirs anew.  What a person set stays as it was set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.agencies.coverage import presumed_coverage
from corpus.agencies.resolve import resolve_agency
from corpus.store.schema import tables
from extract.mentions.bodies import scopes_by_body
from extract.mentions.mentions import find_mentions
from extract.pipeline import AGENCY_TEXT
from extract.rows import agency_columns
from models.places import placed

if TYPE_CHECKING:
    from gongkai.corrections import CorrectionOutcome
    from gongkai.store_access import Store

#: fields of a report from which others follow
SOURCES = ("agency", "year", "coverage")


def changed_identities(verdicts: Iterable[CorrectionOutcome]) -> list[str]:
    """Reports of which such a field was corrected."""
    return sorted({v.correction.report_id for v in verdicts if v.applied and v.correction.field in SOURCES})


def rederived(table: pa.Table, touched: Sequence[str], texts: Mapping[str, str]) -> pa.Table:
    """The corrected table of reports with what follows for these."""
    return _with_rows(table, "reports", touched, lambda row: _identity(row, texts.get(row["report_id"], "")))


def _identity(row: dict[str, Any], text: str) -> dict[str, Any]:
    human = set(row["human"])
    if not human & set(SOURCES):
        return row
    name, host = row["agency"], row["host"] or ""
    agency = resolve_agency(name, text=text[:AGENCY_TEXT], host=host, year=row["year"]) if name else None
    if "agency" in human or "year" in human:
        columns = agency_columns(agency, host)
        row = {**row, **{k: None for k in _OF_AGENCY if k not in human}, **{k: v for k, v in columns.items() if k not in human}}
    if "coverage" in human:
        return {**row, "coverage_basis": None if row["coverage"] == "unknown" else "printed"}
    if row["coverage_basis"] != "printed" and "agency" in human:
        presumed = presumed_coverage(agency, text)
        row = {**row, "coverage": presumed, "coverage_basis": None if presumed == "unknown" else "presumed"}
    return row


_OF_AGENCY = ("agency_id", "kind", "level", "division_code", "province", "prefecture", "county")


def changed_coverage(store: Store) -> dict[str, tuple[str, bool]]:
    """Reports whose coverage is another now, or that are a government's now or no longer: both as they are now."""
    touched = changed_identities(store.corrected("reports")[1])
    if not touched:
        return {}
    columns, wanted = ["report_id", "coverage", "kind"], [("report_id", "in", touched)]
    was, now = (
        {r["report_id"]: (r["coverage"], r["kind"] == "government") for r in s.rows("reports", wanted, columns)}
        for s in (replace(store, corrections=()), store)
    )
    return {i: v for i, v in now.items() if was[i] != v}


def rescoped(store: Store, table: pa.Table) -> pa.Table:
    """The table of metrics, those of reports whose coverage is another now with the scopes that follow from it."""
    now = changed_coverage(store)
    scopes: dict[str, tuple[str, str | None]] = {}
    for report in replace(store, corrections=()).reports(list(now)):
        coverage, government = now[report.report_id]
        found = scopes_by_body(find_mentions(placed(report.passages)), report.passages, coverage, government=government)
        scopes |= {f"{report.report_id}.{m.key}": (m.scope, m.by) for m in found}

    def scope(row: dict[str, Any]) -> dict[str, Any]:
        if row["mention_id"] not in scopes or {"scope", "by"} & set(row["human"]):
            return row
        return {**row, **dict(zip(("scope", "by"), scopes[row["mention_id"]], strict=True))}

    return _with_rows(table, "mentions", list(now), scope) if scopes else table


def _with_rows(table: pa.Table, name: str, touched: Sequence[str], change: Any) -> pa.Table:
    if not touched:
        return table
    mask = pc.is_in(table["report_id"], value_set=pa.array(touched, pa.string()))
    rows = [change(row) for row in table.filter(mask).to_pylist()]
    whole = pa.concat_tables([table.filter(pc.invert(mask)), pa.Table.from_pylist(rows, schema=table.schema)])
    return whole.take(pc.sort_indices(whole, sort_keys=[(k, "ascending") for k in tables()[name].key]))


__all__ = ["changed_coverage", "changed_identities", "rederived", "rescoped"]
