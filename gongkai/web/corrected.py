"""What people corrected, laid over what was made from the results as they were tagged.

Index and points of a large store take minutes to make; a correction touches one report.  So they are made of the parts alone, and the rows of
the few reports with corrections are read anew and put in their place when the store is opened.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.corrections import Correction, CorrectionOutcome
from gongkai.some_reports import SomeReports, only
from gongkai.store_access import Store
from gongkai.web.report_rows import MARKED, MARKS
from gongkai.web.textindex import Shard, TextIndex


@cache
def _memory() -> duckdb.DuckDBPyConnection:
    """Where few rows are asked: what a cursor of it is given, only that one sees."""
    atexit.register(_memory.cache_clear)
    return duckdb.connect(":memory:", config={"threads": 1, "python_enable_replacements": False})


def of_batch(store: Store, batch: int, report_ids: Collection[str]) -> Store:
    """A store as if it held one batch alone, with the corrections of these reports."""
    parts = {name: tuple(p for p in some if p[1] == batch) for name, some in store.snapshot.parts.items()}
    corrections = tuple(c for c in store.corrections if c.report_id in report_ids)
    return replace(store, snapshot=replace(store.snapshot, parts=parts), corrections=corrections)


@dataclass(frozen=True, slots=True)
class KeptStore(Store):
    """A store of few reports that corrects each table once: metrics follow from reports, joins from metrics, and pages ask for all of them."""

    made: dict[object, tuple[Any, list[CorrectionOutcome]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def _corrected_ids(self) -> frozenset[str]:
        return self.snapshot.report_ids if isinstance(self.snapshot, SomeReports) else frozenset()

    def _few(self) -> Store:
        return self

    def corrected(self, name: str) -> tuple[Any, list[CorrectionOutcome]]:
        """As :meth:`Store.corrected`."""
        key = (name, self.derive, self.corrections)
        if key not in self.made:
            self.made[key] = Store.corrected(self, name)
        return self.made[key]

    def sql(self, query: str, tables: Mapping[str, Any] | None = None, *, unsafe: bool = False) -> Any:
        """As :meth:`Store.sql`, over the rows of these reports: a query of one report never reads the thousand beside it."""
        with _memory().cursor() as db:
            for name in set(re.findall(r"\w+", query)).intersection(self.tables):  # a name too many does no harm
                db.register(name, self.table(name))
            return db.sql(query).to_arrow_table()


@dataclass(frozen=True)
class Touched:
    """Reports of one batch that have corrections; ``store`` is as if it held them alone, and those that were corrected otherwise since."""

    report_ids: frozenset[str]
    store: KeptStore = field(repr=False)
    #: what was made of :data:`SHOWN`
    made: dict[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)

    def shown(self, name: str) -> pa.Table:
        """The rows of these reports in one of :data:`SHOWN`."""
        if name not in self.made:
            self.made[name] = SHOWN[name](self.store)
        return self.rows(self.made[name])

    def rows(self, table: pa.Table) -> pa.Table:
        """The rows of these reports."""
        return table.filter(_only(table, self.report_ids))

    def without(self, report_ids: Collection[str]) -> Touched:
        """The same of fewer reports."""
        return replace(self, report_ids=self.report_ids - frozenset(report_ids))


def of_reports(store: Store, batch: int, report_ids: Collection[str]) -> KeptStore:
    """A store as if it held these reports of one batch alone, with their corrections."""
    found = of_batch(store, batch, report_ids)
    return KeptStore(found.folder, found.meta, found.corrections, only(found.snapshot, report_ids), found.derive)


def touched_batches(store: Store, batches: Mapping[str, int], report_ids: Collection[str] | None = None) -> tuple[Touched, ...]:
    """The reports with corrections, or those that are named, batch by batch."""
    of: dict[int, set[str]] = {}
    for report_id in {c.report_id for c in store.corrections} & set(batches) if report_ids is None else report_ids:
        of.setdefault(batches[report_id], set()).add(report_id)
    return tuple(Touched(frozenset(some), of_reports(store, batch, some)) for batch, some in sorted(of.items()))


def by_report(corrections: Sequence[Correction]) -> dict[str, tuple[Correction, ...]]:
    """The corrections of each report, wherever they stand in the file."""
    found: dict[str, list[Correction]] = {}
    for c in corrections:
        found.setdefault(c.report_id, []).append(replace(c, line=0))
    return {report_id: tuple(some) for report_id, some in found.items()}


def changed_reports(before: Sequence[Correction], now: Sequence[Correction]) -> frozenset[str]:
    """Reports that are corrected otherwise than before."""
    was, stands = by_report(before), by_report(now)
    return frozenset(i for i in {*was, *stands} if was.get(i) != stands.get(i))


def _only(table: pa.Table, report_ids: Collection[str]) -> pa.Array:
    return pc.is_in(table["report_id"], value_set=pa.array(sorted(report_ids), pa.string()))


def others(found: pa.Table, touched: Sequence[Touched]) -> pa.Table:
    """The rows that are not of these reports."""
    return found.filter(pc.invert(_only(found, frozenset().union(*(t.report_ids for t in touched)))))


def of_touched(touched: Sequence[Touched], query: str, schema: pa.Schema) -> pa.Table:
    """The rows of a query that are of these reports, as they are corrected."""
    some = [t.rows(t.store.sql(query)).select(schema.names).cast(schema) for t in touched if t.report_ids]
    return pa.concat_tables(some) if some else schema.empty_table()


@dataclass(frozen=True, slots=True)
class LaidStore(Store):
    """The results as they were tagged, but for the reports as they are corrected; what is asked again is kept in ``made``."""

    laid: pa.Table = field(default=None, repr=False, compare=False)
    made: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> Any:
        """As :meth:`Store.table`."""
        return self.laid if name == "reports" else Store.table(self, name)

    def sql(self, query: str, tables: Mapping[str, Any] | None = None, *, unsafe: bool = False) -> Any:
        """As :meth:`Store.sql`, of tables that nobody corrected here."""
        if query not in self.made:
            self.made[query] = Store.sql(self, query, tables, unsafe=unsafe)
        return self.made[query]

    def counts(self, name: str, column: str) -> dict[str, int]:
        """As :meth:`Store.counts`."""
        if (name, column) not in self.made:
            self.made[name, column] = Store.counts(self, name, column)
        found: dict[str, int] = self.made[name, column]
        return found


def laid_store(plain: Store, touched: Sequence[Touched], made: dict[object, Any]) -> LaidStore:
    """A store for what is asked of reports alone: groups, agencies, versions."""
    found = plain.table("reports")
    some = [t.shown("reports").select(found.column_names).cast(found.schema) for t in touched]
    laid = pa.concat_tables([others(found, touched), *some]) if touched else found
    return LaidStore(plain.folder, plain.meta, (), plain.snapshot, plain.derive, laid, made)


def _set_passages(store: Store) -> pa.Table:
    """Passages in which a person set something."""
    table = store.table("passages")
    columns = ["report_id", "start", "label", "facets"]
    if "human" not in table.column_names:
        return table.select(columns).slice(0, 0)
    return table.filter(pc.greater(pc.list_value_length(table["human"]), 0)).select(columns)


#: what every page needs of a corrected report, by name
SHOWN: Mapping[str, Callable[[Store], pa.Table]] = {
    "reports": lambda store: store.table("reports"),
    "marks": lambda store: store.sql(MARKS).select(MARKED.names).cast(MARKED),
    "passages": _set_passages,
}


def corrected_index(index: TextIndex, rows: Iterator[Mapping[str, object]], numbers: Mapping[str, int]) -> TextIndex:
    """The index with labels and facets of passages as they are corrected; the text is the same."""
    labels, facets = list(index.labels), list(index.facets)

    def number(codes: list[str], code: str) -> int:
        if code not in codes:
            codes.append(code)
        return codes.index(code)

    wanted = {
        (numbers[str(r["report_id"])], int(str(r["start"]))): (
            number(labels, str(r["label"])), [number(facets, str(f)) for f in list(r["facets"])],  # type: ignore[call-overload]
        )
        for r in rows
    }  # fmt: skip
    if not wanted:
        return index
    shards = tuple(_corrected_shard(s, wanted) for s in index.shards)
    return replace(index, shards=shards, labels=tuple(labels), facets=tuple(facets))


def _corrected_shard(shard: Shard, wanted: Mapping[tuple[int, int], tuple[int, list[int]]]) -> Shard:
    of = np.isin(shard.report, np.array(sorted({report for report, _ in wanted}), np.int64))
    places = {(int(shard.report[k]), int(shard.offset[k])): k for k in np.flatnonzero(of).tolist()}
    rows = {places[key]: value for key, value in wanted.items() if key in places}
    if not rows:
        return shard
    label = np.array(shard.label)
    for row, (number, _) in rows.items():
        label[row] = number
    kept = ~np.isin(shard.facet_row, np.array(sorted(rows), np.int64))
    new_rows = np.array([k for k, (_, some) in rows.items() for _ in some], np.uint32)
    new_codes = np.array([c for _, some in rows.values() for c in some], np.uint16)
    facet_row = np.concatenate([shard.facet_row[kept], new_rows])
    order = np.argsort(facet_row, kind="stable")
    return replace(
        shard, label=label, facet_row=facet_row[order], facet_code=np.concatenate([shard.facet_code[kept], new_codes])[order]
    )


def fresh_points(touched: Sequence[Touched], points: Callable[[Store], pa.Table]) -> tuple[frozenset[str], list[pa.Table]]:
    """Reports with corrected passages, and their points, computed once for each of :class:`Touched`."""
    replaced: set[str] = set()
    found = []
    for t in touched:
        of = {c.report_id for c in t.store.corrections if c.table == "passages"}
        if not of & t.report_ids:
            continue
        if "points" not in t.store.made:
            store = KeptStore(t.store.folder, t.store.meta, t.store.corrections, only(t.store.snapshot, of), t.store.derive)
            t.store.made["points"] = points(store), []
        some = t.store.made["points"][0]
        found.append(some.filter(_only(some, of & t.report_ids)))
        replaced |= of & t.report_ids
    return frozenset(replaced), found


__all__ = [
    "SHOWN",
    "KeptStore",
    "LaidStore",
    "Touched",
    "by_report",
    "changed_reports",
    "corrected_index",
    "fresh_points",
    "laid_store",
    "of_batch",
    "of_reports",
    "of_touched",
    "others",
    "touched_batches",
]
