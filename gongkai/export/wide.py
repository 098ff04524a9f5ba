"""The wide table: one row per agency and year, one column per variable of :mod:`gongkai.export.names`.

- ``cell_…``: the cell's value; why there is none (blank, dash, unreadable, absent, not on this form) stands in a second table of the
  same shape.
- ``ind_…``: the value of the mention that the join compared, else of the first mention of the indicator with scope ``total`` and
  period ``year``.
- ``label_…_share``: share of the narrative's characters in passages of that label.
- ``facet_…_problem``, ``facet_…_measure``: whether a problem (a measure) of that facet is stated.

- what stands in section 五 is known only of reports whose section was read: in a report whose section is missing or could not be read
  (``s5`` is ``absent`` or ``unread``) facets are null, never 0; shares of labels are null where it is ``unread``.

Of several reports of one agency and year the one published last gives the row; the others are listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from corpus.codebook import FORM_NAMES, form_cells
from gongkai.compare.one_report import chosen
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
    # of a report whose section was not read nothing is known: null, not 0
    known = {"label": "s5 <> 'unread'", "facet": "s5 IN ('read', 'nothing')"}
    columns = [f"CASE WHEN {known['label']} THEN {v.name} END AS {v.name}" for v in of_kind("label")]
    columns += [
        f"CASE WHEN {known['facet']} THEN {v.name} END AS {v.name}" for kind in ("problem", "measure") for v in of_kind(kind)
    ]
    made = _per_report([*shares, *facets], "passages")
    return f"SELECT report_id, {', '.join(columns)} FROM ({made}) JOIN states USING (report_id)"


def wide(store: Store, *, doubtful: bool = False) -> Wide:
    """The wide table of a store, corrections applied; ``doubtful`` keeps texts that may be no report, else they are left out."""
    ids = [v.code for v in of_kind("id") if v.code != "n_reports"]
    reports = store.table("reports").select(["report_id", "s5"])
    held = set(store.sql("SELECT DISTINCT report_id FROM passages WHERE section = 's5'")["report_id"].to_pylist())
    told = zip(reports["report_id"].to_pylist(), reports["s5"].to_pylist(), strict=True)
    s5 = {r: state or ("read" if r in held else "unread") for r, state in told}
    own = {
        "chosen": chosen(store, doubtful=doubtful),
        "states": pa.table({"report_id": pa.array(list(s5), pa.string()), "s5": pa.array(list(s5.values()), pa.string())}),
    }
    wanted = ", ".join("states.s5" if c == "s5" else f"reports.{c}" if c == "report_id" else c for c in ids)
    head = f"SELECT {wanted}, n_reports FROM reports JOIN chosen USING (report_id) JOIN states USING (report_id)"
    joined = "".join(f" LEFT JOIN ({part}) USING (report_id)" for part in (_cells("value"), _indicators(), _passages()))
    order = " ORDER BY agency, year, report_id"
    values = store.sql(f"SELECT * FROM ({head}){joined}{order}", own).select([v.name for v in variables()])
    states = store.sql(
        f"SELECT {', '.join(['report_id', *_states()])} FROM ({head}) LEFT JOIN ({_cells('state')}) USING (report_id){order}",
        own,
    )
    left_out = store.sql(
        f"SELECT report_id, source, agency, year, n_cells, n_passages FROM reports ANTI JOIN chosen USING (report_id){order}",
        own,
    )
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
