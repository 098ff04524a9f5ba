"""Which report of a store a name stands for."""

from __future__ import annotations

from corpus.errors import StoreError, UsageError
from extract.types import Report
from gongkai.store_access import Store


def find_report(store: Store, name: str) -> Report:
    """The report that a name stands for.

    Raises:
        UsageError: the name fits no report or several.
        StoreError: a part is missing or damaged.
    """
    agency, slash, year = name.replace("／", "/").rpartition("/")
    if slash and year.isdecimal() and len(year) == 4:
        rows = store.table("reports").select(["report_id", "agency", "agency_id", "year", "source"]).to_pylist()
        own = [r for r in rows if r["year"] == int(year) and agency in (r["agency"], r["agency_id"])]
        if len(own) == 1:
            return store.report(own[0]["report_id"])
        if len(own) > 1:
            few = ", ".join(f"{r['report_id']} ({r['source']})" for r in own[:5])
            raise UsageError(f"{len(own)} reports are of {name!r}", remedy=f"name one by its report_id: {few}")
    try:
        known = store.report_id(name)
    except StoreError as error:
        raise UsageError(error.message, source=error.source, remedy=f"{error.remedy}; or AGENCY/YEAR") from error
    return store.reports([known])[0]
