"""The wide table: one row per agency and year, one column per variable of :mod:`gongkai.export.names`.

- ``cell_…``: the cell's value; why there is none (blank, dash, unreadable, absent, not on this form) stands in a second table of the
  same shape.
- ``ind_…``: the value of the mention that the join compared, else of the first mention of the indicator with scope ``total`` and
  period ``year``.
- ``label_…_share``: share of the narrative's characters in passages of that label.
- ``facet_…_problem``, ``facet_…_measure``: whether a problem (a measure) of that facet is stated.

Of several reports of one agency and year the one with most cells (then most passages, then the smaller path) gives the row; the
others are listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from corpus.codebook import FORM_NAMES, form_cells
from gongkai.export.names import of_kind, variables
from gongkai.store_access import Store

#: why a cell has no value, beside the states of cells
ABSENT, NOT_ON_FORM = "absent", "not_on_form"


@dataclass(frozen=True, slots=True)
class Wide:
    """``values``: one row per agency and year; ``states``: the same rows, the state of each cell; ``left_out``: other reports."""

    values: pa.Table
    states: pa.Table
    left_out: pa.Table


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _chosen() -> str:
    # NULL agency or year cannot be matched with another report: such a report is a row of its own
    return (
        "SELECT *, CASE WHEN year IS NULL OR coalesce(agency_id, agency) IS NULL THEN report_id "
        "ELSE coalesce(agency_id, agency) || '/' || year END AS unit FROM reports"
    )


def _per_report(columns: Iterable[str], source: str) -> str:
    return f"SELECT report_id, {', '.join(columns)} FROM {source} GROUP BY report_id"


def _cells(column: str) -> str:
    return _per_report((f"any_value({column}) FILTER (code = {_quote(v.code)}) AS {v.name}" for v in of_kind("cell")), "cells")


def _indicators() -> str:
    joined = "SELECT DISTINCT mention_id FROM joins WHERE verdict IN ('agrees', 'disagrees')"
    ranked = (
        "SELECT report_id, indicator, value, start + (CASE WHEN mention_id IN ("
        + joined
        + ") THEN 0 ELSE 1000000000 END) AS rank "
        "FROM mentions WHERE scope = 'total' AND period = 'year' AND indicator <> ''"
    )
    return _per_report(
        (f"arg_min(value, rank) FILTER (indicator = {_quote(v.code)}) AS {v.name}" for v in of_kind("indicator")), f"({ranked})"
    )


def _passages() -> str:
    # a share is of all text, 0 where the report has text but none of that label
    shares = [
        f'coalesce(sum("end" - start) FILTER (label = {_quote(v.code)}), 0) / sum("end" - start) AS {v.name}'
        for v in of_kind("label")
    ]
    facets = [
        f"CAST(coalesce(bool_or(list_contains(facets, {_quote(v.code)})) FILTER (label = {_quote(label)}), false) AS INTEGER) AS {v.name}"
        for kind, label in (("problem", "problem"), ("measure", "improvement"))
        for v in of_kind(kind)
    ]
    return _per_report([*shares, *facets], "passages")


def wide(store: Store) -> Wide:
    """The wide table of a store, corrections applied."""
    ids = [v.code for v in of_kind("id") if v.code != "n_reports"]
    ranked = (
        f"SELECT *, count(*) OVER (PARTITION BY unit) AS n_reports, row_number() OVER (PARTITION BY unit "
        f"ORDER BY n_cells DESC, n_passages DESC, source) AS place FROM ({_chosen()})"
    )
    head = f"SELECT {', '.join(ids)}, n_reports FROM ({ranked}) WHERE place = 1"
    joined = "".join(f" LEFT JOIN ({part}) USING (report_id)" for part in (_cells("value"), _indicators(), _passages()))
    order = " ORDER BY agency, year, report_id"
    values = store.sql(f"SELECT * FROM ({head}){joined}{order}").select([v.name for v in variables()])
    states = store.sql(
        f"SELECT {', '.join(['report_id', *_states()])} FROM ({head}) LEFT JOIN ({_cells('state')}) USING (report_id){order}"
    )
    left_out = store.sql(f"SELECT report_id, source, agency, year, n_cells, n_passages FROM ({ranked}) WHERE place > 1{order}")
    return Wide(values, states, left_out)


def _states() -> list[str]:
    """Columns of the states: where a cell has none, whether its form has it at all."""
    found = []
    for v in of_kind("cell"):
        # which form a mixed or unknown report follows is not known: a cell that is not there is absent
        lacking = [_quote(form) for form in FORM_NAMES if v.code not in form_cells(form)]
        none = (
            f"CASE WHEN form IN ({', '.join(lacking)}) THEN {_quote(NOT_ON_FORM)} ELSE {_quote(ABSENT)} END"
            if lacking
            else _quote(ABSENT)
        )
        found.append(f"coalesce({v.name}, {none}) AS {v.name}")
    return found
