"""The wide table: one row per agency and year, one column per variable of :mod:`gongkai.export.names`.

- ``cell_…``: the cell's value; why there is none (blank, dash, unreadable, absent, not on this form) stands in a second table of the
  same shape.
- ``ind_…``: the value of the mention that the join compared, else of the first mention of the indicator with scope ``total`` and
  period ``year``; none, state ``conflict``, where the report prints totals that differ (a check ``repeat`` that fails; codebook, M18).
- ``label_…_share``: share of the narrative's characters in passages of that label.
- ``meta_…``: columns of ``--metadata`` that the store has no column for; numbers where all values are.
- ``facet_…_problem``, ``facet_…_measure``: whether a problem (a measure) of that facet is stated.

- what stands in section 五 is known only of reports whose section was read: in a report whose section is missing or could not be read
  (``s5`` is ``absent`` or ``unread``) facets are null, never 0; shares of labels are null where it is ``unread``.

Of several reports of one agency and year the one published last gives the row; the others are listed.
"""

from __future__ import annotations

import math
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.codebook import FORM_NAMES, codebook, form_cells
from corpus.store.schema import tables
from gongkai.codes import check_codes, is_own
from gongkai.compare.one_report import chosen
from gongkai.export.names import Variable, facet_kinds, meta_variables, of_kind, variables_of
from gongkai.further_columns import as_arrays
from gongkai.store_access import Store

#: what the table is called beside those of the store
WIDE = "wide"
#: why a cell has no value, beside the states of cells
ABSENT, NOT_ON_FORM = "absent", "not_on_form"
#: what becomes of an indicator, beside ``value``
NOT_STATED, CONFLICT = "not_stated", "conflict"
#: rows that are in memory at a time
_BLOCK = 2_000
OnBatch = Callable[[int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wide:
    """``values``: one row per agency and year; ``states``: the same rows, the state of each cell and indicator; ``left_out``: other reports;
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
SELECT row, col, CASE WHEN bool_or(differs) THEN 'conflict' ELSE 'value' END AS state, CASE WHEN NOT bool_or(differs) THEN arg_min(value, rank) END AS value FROM (
  SELECT head.row, codes.col, value, start + (CASE WHEN mention_id IN (
    SELECT DISTINCT mention_id FROM joins WHERE verdict IN ('agrees', 'disagrees')) THEN 0 ELSE 1000000000 END) AS rank,
    mention_id IN (SELECT unnest(evidence) FROM checks WHERE "check" = 'repeat' AND verdict = 'fails') AS differs
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


_PLACE = """
SELECT report_id, n_reports, row_number() OVER (ORDER BY agency, year, report_id) - 1 AS row FROM reports JOIN chosen USING (report_id)
"""
_LEFT_OUT = """
SELECT report_id, source, agency, year, n_cells, n_passages FROM reports ANTI JOIN chosen USING (report_id)
ORDER BY agency, year, report_id
"""


def _codes(some: Sequence[Variable]) -> pa.Table:
    """Every code of the wide table, and the number of its column among those of its kind."""
    seen: Counter[str] = Counter()
    rows = []
    for v in some:
        rows.append((v.kind, v.code, seen[v.kind]))
        seen[v.kind] += 1
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(("kind", "code", "col"))})


def _spread(found: pa.Table, count: int, n: int, default: float = math.nan) -> Floats:
    """An array (row, column) from (row, col, value); of several values for one place the first."""
    found = found.filter(pc.and_(pc.is_valid(found["col"]), pc.is_valid(found["value"])))
    grid = np.full((n, count), default)
    # of several values for one place numpy keeps the last
    grid[found["row"].to_numpy()[::-1], found["col"].to_numpy()[::-1]] = found["value"].to_numpy()[::-1]
    return grid


@dataclass(frozen=True, slots=True)
class _Layout:
    """What stands in a row: variables in order, the codes with their columns, which label has the facets of which kind."""

    every: tuple[Variable, ...]
    codes: pa.Table
    kinds: pa.Table
    #: name of each state -> its number; those of the form are known before
    states: dict[str, int]

    def of(self, kind: str) -> tuple[Variable, ...]:
        return tuple(v for v in self.every if v.kind == kind)

    @property
    def facets(self) -> list[str]:
        return list(map(str, self.kinds["kind"].to_pylist()))

    @property
    def numbers(self) -> list[Variable]:
        """The variables that are no columns of ``reports``, by kind."""
        return [v for kind in ("cell", "indicator", "label", *self.facets) for v in self.of(kind)]


def _layout(store: Store) -> _Layout:
    codes = check_codes(store)
    every, kinds = variables_of(codes), facet_kinds(codes)
    labels = codes.coded if is_own(codes) else codebook().coded
    return _Layout(
        every, _codes(every), pa.table({"label": pa.array(labels, pa.string()), "kind": pa.array(kinds, pa.string())}),
        {ABSENT: 0, NOT_ON_FORM: 1, NOT_STATED: 2, CONFLICT: 3, "value": 4},
    )  # fmt: skip


def _heads(part: Store, place: pa.Table, layout: _Layout) -> pa.Table:
    """The columns of ``reports`` that stand in a row, of the reports of a batch that have one, by its number ``row``."""
    reports = part.table("reports").select(["report_id", "s5"])
    held = set(part.sql("SELECT DISTINCT report_id FROM passages WHERE section = 's5'")["report_id"].to_pylist())
    told = zip(reports["report_id"].to_pylist(), reports["s5"].to_pylist(), strict=True)
    s5 = {r: state or ("read" if r in held else "unread") for r, state in told}
    states = pa.table({"report_id": pa.array(list(s5), pa.string()), "s5": pa.array(list(s5.values()), pa.string())})
    qualified = {"s5": "states.s5", "report_id": "reports.report_id"}
    wanted = ", ".join(qualified.get(v.code, v.code) for v in layout.of("id"))
    return part.sql(
        f"SELECT row, {wanted} FROM reports JOIN place USING (report_id) JOIN states USING (report_id) ORDER BY row",
        {"place": place, "states": states},
    )


def _of_batch(part: Store, place: pa.Table, layout: _Layout) -> tuple[pa.Table, Floats, NDArray[np.uint8]]:
    """The rows of one batch: their heads, their numbers (row, variable), NaN where there is none, and the states of the cells and indicators."""
    heads = _heads(part, place, layout)
    n = len(heads)
    at = {
        "head": pa.table({"report_id": heads["report_id"], "row": np.arange(n)}),
        "codes": layout.codes,
        "kinds": layout.kinds,
    }
    cells, indicators, shares, facets = (part.sql(query, at) for query in (_CELLS, _INDICATORS, _SHARES, _FACETS))
    state = heads["s5"].to_numpy()
    written = np.zeros(n, dtype=bool)
    written[shares["row"].filter(pc.is_valid(shares["value"])).to_numpy()] = True
    # of a report whose section was not read nothing is known: null, not 0
    read = written & np.isin(state, ("read", "nothing"))
    label = _spread(shares, len(layout.of("label")), n, 0.0)
    label[~(written & (state != "unread"))] = math.nan
    numbers = [
        _spread(cells, len(layout.of("cell")), n), _spread(indicators, len(layout.of("indicator")), n), label,
    ]  # fmt: skip
    for kind in layout.facets:
        stated = _spread(facets.filter(pc.equal(facets["kind"], kind)), len(layout.of(kind)), n, 0.0)
        stated[~read] = math.nan
        numbers.append(stated)
    numbered = [layout.states[s] for s in indicators["state"].to_pylist()]
    told = pa.table({"row": indicators["row"], "col": indicators["col"], "value": pa.array(numbered, pa.float64())})
    of_indicators = _spread(told, len(layout.of("indicator")), n, layout.states[NOT_STATED]).astype(np.uint8)
    return heads, np.hstack(numbers), np.hstack([_states(cells, heads["form"], layout), of_indicators])


def _states(cells: pa.Table, form: pa.ChunkedArray, layout: _Layout) -> NDArray[np.uint8]:
    """The numbers of the states of the cells; where a report has none, whether its form has the cell at all."""
    lacking = {f: [float(v.code not in form_cells(f)) for v in of_kind("cell")] for f in FORM_NAMES}
    # which form a mixed or unknown report follows is not known: a cell that is not there is absent
    every = [0.0] * len(of_kind("cell"))
    states = np.array([lacking.get(f, every) for f in form.to_pylist()]).reshape(-1, len(every))
    known = cells["state"].combine_chunks().dictionary_encode()
    number = np.array([layout.states.setdefault(s, len(layout.states)) for s in known.dictionary.to_pylist()], np.int64)
    found = pa.table({"row": cells["row"], "col": cells["col"], "value": pa.array(number[known.indices.to_numpy()])})
    told = _spread(found, len(every), len(form))
    return np.where(np.isnan(told), states, told).astype(np.uint8)


class WideRows:
    """The rows of the wide table of a store, by agency and year, some thousand at a time, from a temporary file.

    Rows are made batch by batch, in whose order agencies are mixed; so they are kept on disk, and only their order is in memory.

    Args:
        doubtful: keeps texts that may be no report, else they are left out.
        on_batch: told how many batches are done, of how many.
    """

    def __init__(self, store: Store, *, doubtful: bool = False, on_batch: OnBatch = lambda done, total: None) -> None:
        self._layout = _layout(store)
        own = {"chosen": chosen(store, doubtful=doubtful)}
        place = store.sql(_PLACE, own)
        self.left_out: pa.Table = store.sql(_LEFT_OUT, own)
        self.metadata = meta_variables(store)
        ids_in_order = place.sort_by("row")["report_id"].to_pylist() if self.metadata else []
        self._further = {name: array for name, (_, array) in as_arrays(store, ids_in_order).items()} if self.metadata else {}
        self._rows = sqlite3.connect("", isolation_level=None)
        ids = "".join(f", {v.code}" for v in self._layout.of("id"))
        self._rows.execute(f"CREATE TABLE wide (row INTEGER PRIMARY KEY{ids}, numbers BLOB)")
        parts = list(store.batches())
        for done, part in enumerate(parts):
            on_batch(done, len(parts))
            self._keep(*_of_batch(part, place, self._layout))
        on_batch(len(parts), len(parts))

    def _keep(self, heads: pa.Table, numbers: Floats, states: NDArray[np.uint8]) -> None:
        packed = (zlib.compress(n.tobytes() + s.tobytes(), 1) for n, s in zip(numbers, states, strict=True))
        rows = zip(*(heads[c].to_pylist() for c in heads.column_names), packed, strict=True)
        self._rows.execute("BEGIN")
        self._rows.executemany(f"INSERT INTO wide VALUES ({'?, ' * len(heads.column_names)}?)", rows)
        self._rows.execute("COMMIT")

    def _blocks(self) -> Iterator[tuple[list[tuple[Any, ...]], Floats, NDArray[np.uint8]]]:
        wide = 8 * len(self._layout.numbers)
        found = self._rows.execute("SELECT * FROM wide ORDER BY row")
        while rows := found.fetchmany(_BLOCK):
            held = np.frombuffer(b"".join(zlib.decompress(r[-1]) for r in rows), np.uint8).reshape(len(rows), -1)
            yield list(zip(*rows, strict=True))[1:-1], held[:, :wide].copy().view(np.float64), held[:, wide:]

    def values(self) -> Iterator[pa.Table]:
        """A column for each variable."""
        schema = self.schema()
        first = 0
        for ids, numbers, _ in self._blocks():
            columns: dict[str, Any] = dict(zip((v.name for v in self._layout.of("id")), ids, strict=True))
            columns |= {v.name: numbers[:, i] for i, v in enumerate(self._layout.numbers)}
            made = [
                pa.array(columns[v.name], schema.field(v.name).type, from_pandas=True, safe=False) for v in self._layout.every
            ]
            made += [array.slice(first, len(numbers)) for array in self._further.values()]
            yield pa.Table.from_arrays(made, schema=schema)
            first += len(numbers)

    def states(self) -> Iterator[pa.Table]:
        """The report and the state of each cell and indicator."""
        names = pa.array(self._layout.states, pa.string())
        schema = self.states_schema()
        for ids, _, states in self._blocks():
            cells = [names.take(pa.array(states[:, i])) for i in range(states.shape[1])]
            yield pa.Table.from_arrays([pa.array(ids[0], pa.string()), *cells], schema=schema)

    def schema(self) -> pa.Schema:
        """The columns of :meth:`values`."""
        reports = tables()["reports"].arrow()
        count = pa.int64()
        ids = [(v.name, count if v.code == "n_reports" else reports.field(v.code).type) for v in self._layout.of("id")]
        facets = self._layout.facets
        kinds = dict(ids) | {v.name: pa.int32() if v.kind in facets else pa.float64() for v in self._layout.numbers}
        further = [(name, array.type) for name, array in self._further.items()]
        return pa.schema([*((v.name, kinds[v.name]) for v in self._layout.every), *further])

    def states_schema(self) -> pa.Schema:
        """The columns of :meth:`states`."""
        told = (v.name for kind in ("cell", "indicator") for v in self._layout.of(kind))
        return pa.schema([(n, pa.string()) for n in ("report_id", *told)])


def wide(store: Store, *, doubtful: bool = False) -> Wide:
    """The whole wide table of a store, corrections applied; ``doubtful`` keeps texts that may be no report, else they are left out."""
    rows = WideRows(store, doubtful=doubtful)
    values, states = rows.schema().empty_table(), rows.states_schema().empty_table()
    return Wide(
        pa.concat_tables([values, *rows.values()]), pa.concat_tables([states, *rows.states()]), rows.left_out, rows.metadata
    )
