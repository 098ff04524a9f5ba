"""Joins and checks computed anew from what people corrected: a cell that was read wrongly no longer contradicts the prose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.store.parts import to_arrow
from corpus.store.schema import tables
from extract.against_tables.join import join_report
from extract.against_tables.table_checks import check_report
from extract.rows import report_rows
from gongkai.rederived import changed_coverage

if TYPE_CHECKING:
    from gongkai.store_access import Store

#: the corrected tables that ``joins`` and ``checks`` follow from
_FROM = ("mentions", "cells")


def recomputed(store: Store, name: str, stored: pa.Table) -> pa.Table:
    """The rows of ``joins`` or ``checks``, those of reports with corrected mentions or cells computed anew.

    Args:
        store: with its corrections.
        name: one of :data:`gongkai.corrections.DERIVED`.
        stored: the table as the run wrote it.
    """
    touched = sorted(
        {v.correction.report_id for table in _FROM for v in store.corrected(table)[1] if v.applied}
        | set(changed_coverage(store))
    )
    if not touched:
        return stored
    rows: list[dict[str, Any]] = []
    for report in replace(store, derive=False).reports(touched):
        joins = join_report(report.mentions, report.cells, report.text)
        checks = check_report(report.mentions, report.cells, report.identity.form, report.text)
        rows += report_rows(replace(report, joins=joins, checks=checks), report.source)[name]
    others = stored.filter(pc.invert(pc.is_in(stored["report_id"], value_set=pa.array(touched, pa.string()))))
    whole = pa.concat_tables(
        [others.replace_schema_metadata(), to_arrow(name, rows).cast(others.schema).replace_schema_metadata()]
    )
    order = pc.sort_indices(whole, sort_keys=[(k, "ascending") for k in tables()[name].key])
    return whole.take(order).replace_schema_metadata(stored.schema.metadata)


__all__ = ["recomputed"]
