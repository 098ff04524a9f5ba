"""The wide table: one row per agency and year, one column per variable of :mod:`gongkai.export.names`.

- ``cell_…``: the cell's value; why there is none (blank, dash, unreadable, absent, not on this form) stands in a second table of the
  same shape.
- ``ind_…``: the value of the mention that the join compared, else of the first mention of the indicator with scope ``total`` and
  period ``year``.
- ``label_…_share``: share of the narrative's characters in passages of that label.
- ``meta_…``: columns of ``--metadata`` that the store has no column for; numbers where all values are.
- ``facet_…_problem``, ``facet_…_measure``: whether a problem (a measure) of that facet is stated.

- what stands in section 五 is known only of reports whose section was read: in a report whose section is missing or could not be read
  (``s5`` is ``absent`` or ``unread``) facets are null, never 0; shares of labels are null where it is ``unread``.

Of several reports of one agency and year the one published last gives the row; the others are listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.codebook import FORM_NAMES, codebook, form_cells
from gongkai.codes import check_codes, is_own
from gongkai.compare.one_report import chosen
from gongkai.export.names import Variable, facet_kinds, meta_variables, of_kind, variables_of
from gongkai.further_columns import as_arrays
from gongkai.store_access import Store

#: why a cell has no value, beside the states of cells
ABSENT, NOT_ON_FORM = "absent", "not_on_form"


@dataclass(frozen=True, slots=True)
class Wide:
    """``values``: one row per agency and year; ``states``: the same rows, the state of each cell; ``left_out``: other reports;
    ``metadata``: variables of the user's own columns, behind all others in ``values``."""

    values: pa.Table
    states: pa.Table
    left_out: pa.Table
    metadata: tuple[Variable, ...] = ()


#: the rows of one table that the wide one takes, as (row, col, value): the row of the report, the column among those of its kind
_CELLS = """
SELECT head.row, codes.col, cells.value, cells.state FROM cells JOIN head USING (report_id)
JOIN codes ON codes.kind = 'cell' AND codes.code = cells.code
"""
_INDICATORS = """
SELECT row, col, arg_min(value, rank) AS value FROM (
  SELECT head.row, codes.col, value, start + (CASE WHEN mention_id IN (
    SELECT DISTINCT mention_id FROM joins WHERE verdict IN ('agrees', 'disagrees')) THEN 0 ELSE 1000000000 END) AS rank
  FROM mentions JOIN head USING (report_id) JOIN codes ON codes.kind = 'indicator' AND codes.code = mentions.indicator
  WHERE scope = 'total' AND period = 'year'
) GROUP BY row, col
"""
# a share is of all text: labels that have no column (col is null) count in the whole
_SHARES = """
SELECT row, col, n / sum(n) OVER (PARTITION BY row) AS value FROM (
  SELECT head.row, label, sum("end" - start) AS n FROM passages JOIN head USING (report_id) GROUP BY head.row, label
) LEFT JOIN codes ON codes.kind = 'label' AND codes.code = label
"""
_FACETS = """
SELECT DISTINCT row, kind, col, CAST(1 AS INTEGER) AS value FROM (
  SELECT head.row, kinds.kind, unnest(facets) AS code
  FROM passages JOIN head USING (report_id) JOIN kinds USING (label)
) JOIN codes USING (kind, code)
"""


def _codes(some: Sequence[Variable]) -> pa.Table:
    """Every code of the wide table, and the number of its column among those of its kind."""
    rows = [(v.kind, v.code, i) for kind in dict.fromkeys(v.kind for v in some) for i, v in enumerate(_of(some, kind))]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(("kind", "code", "col"))})


def _of(some: Sequence[Variable], kind: str) -> tuple[Variable, ...]:
    return tuple(v for v in some if v.kind == kind)


def _spread(found: pa.Table, own: Sequence[Variable], n: int, default: Any = None, known: Any = True) -> dict[str, pa.Array]:
    """The columns of a kind, ``n`` rows long, from (row, col, value); of several values for one place the first.

    Args:
        default: what stands where there is no value; null if it is not given.
        known: for each row whether anything is known of it; where nothing is, all is null.
    """
    found = found.filter(pc.and_(pc.is_valid(found["col"]), pc.is_valid(found["value"])))
    # of several values for one place numpy keeps the last
    at = (found["col"].to_numpy()[::-1], found["row"].to_numpy()[::-1])
    values = found["value"].to_numpy()[::-1]
    grid = np.full((len(own), n), 0 if default is None else default, dtype=values.dtype)
    grid[at] = values
    told = np.full(grid.shape, default is not None)
    told[at] = True
    told &= known
    kind_of_value = found.schema.field("value").type
    return {v.name: pa.array(grid[i], kind_of_value, mask=~told[i]) for i, v in enumerate(own)}


def _states(cells: pa.Table, form: pa.ChunkedArray) -> dict[str, pa.Array]:
    """The states of the cells; where a report has none, whether its form has the cell at all."""
    state = cells["state"].combine_chunks().dictionary_encode()
    names = [*state.dictionary.to_pylist(), ABSENT, NOT_ON_FORM]
    absent, not_on_form = len(names) - 2, len(names) - 1
    lacking = {f: np.array([v.code not in form_cells(f) for v in of_kind("cell")]) for f in FORM_NAMES}
    # which form a mixed or unknown report follows is not known: a cell that is not there is absent
    every = np.zeros(len(of_kind("cell")), dtype=bool)
    off = np.array([lacking.get(f, every) for f in form.to_pylist()], dtype=bool).reshape(-1, len(every)).T
    found = pa.table({"row": cells["row"], "col": cells["col"], "value": state.indices})
    numbers = _spread(found, of_kind("cell"), len(form), np.where(off, not_on_form, absent))
    return {name: pa.DictionaryArray.from_arrays(at, names).cast(pa.string()) for name, at in numbers.items()}


def wide(store: Store, *, doubtful: bool = False) -> Wide:
    """The wide table of a store, corrections applied; ``doubtful`` keeps texts that may be no report, else they are left out."""
    codes = check_codes(store)
    every = variables_of(codes)
    labels = codes.coded if is_own(codes) else codebook().coded
    kinds = pa.table({"label": pa.array(labels, pa.string()), "kind": pa.array(facet_kinds(codes), pa.string())})
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
    order = " ORDER BY agency, year, report_id"
    heads = store.sql(
        f"SELECT {wanted}, n_reports FROM reports JOIN chosen USING (report_id) JOIN states USING (report_id){order}",
        own,
    )
    n = len(heads)
    at = {"head": pa.table({"report_id": heads["report_id"], "row": np.arange(n)}), "codes": _codes(every), "kinds": kinds}
    cells = store.sql(_CELLS, at)
    shares, facets = store.sql(_SHARES, at), store.sql(_FACETS, at)
    state = heads["s5"].to_numpy()
    written = np.zeros(n, dtype=bool)
    written[shares["row"].filter(pc.is_valid(shares["value"])).to_numpy()] = True
    # of a report whose section was not read nothing is known: null, not 0
    read = written & np.isin(state, ("read", "nothing"))
    columns = {
        **{v.name: heads[v.code] for v in of_kind("id")},
        **_spread(cells.select(["row", "col", "value"]), of_kind("cell"), n),
        **_spread(store.sql(_INDICATORS, at), of_kind("indicator"), n),
        **_spread(shares, _of(every, "label"), n, 0, written & (state != "unread")),
    }
    for kind in facet_kinds(codes):
        columns |= _spread(facets.filter(pc.equal(facets["kind"], kind)), _of(every, kind), n, 0, read)
    left_out = store.sql(
        f"SELECT report_id, source, agency, year, n_cells, n_passages FROM reports ANTI JOIN chosen USING (report_id){order}",
        own,
    )
    states = {"report_id": heads["report_id"], **_states(cells, heads["form"])}
    further = as_arrays(store, heads["report_id"].to_pylist())
    values = {v.name: columns[v.name] for v in every} | {name: array for name, (_, array) in further.items()}
    return Wide(pa.table(values), pa.table(states), left_out, meta_variables(store))
