"""What people corrected, laid over what was made from the results as they were tagged.

Index and points of a large store take minutes to make; a correction touches one report.  So they are made of the parts alone, and the rows of
the few reports with corrections are read anew and put in their place when the store is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.corrections import CorrectionOutcome
from gongkai.some_reports import SomeReports, only
from gongkai.store_access import Store
from gongkai.web.textindex import Shard, TextIndex


@dataclass(frozen=True)
class Touched:
    """Reports of one batch that have corrections; ``store`` is as if it held them alone."""

    report_ids: frozenset[str]
    store: Store = field(repr=False)


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


def of_reports(store: Store, batch: int, report_ids: Collection[str]) -> Store:
    """A store as if it held these reports of one batch alone, with their corrections."""
    found = of_batch(store, batch, report_ids)
    return KeptStore(found.folder, found.meta, found.corrections, only(found.snapshot, report_ids), found.derive)


def touched_batches(store: Store, batches: Mapping[str, int]) -> tuple[Touched, ...]:
    """The reports with corrections, batch by batch."""
    of: dict[int, set[str]] = {}
    for report_id in {c.report_id for c in store.corrections} & set(batches):
        of.setdefault(batches[report_id], set()).add(report_id)
    return tuple(Touched(frozenset(some), of_reports(store, batch, some)) for batch, some in sorted(of.items()))


def _only(table: pa.Table, report_ids: Collection[str]) -> pa.Array:
    return pc.is_in(table["report_id"], value_set=pa.array(sorted(report_ids), pa.string()))


def laid_over(plain: Store, touched: Sequence[Touched], query: str) -> pa.Table:
    """The rows of a query with a column ``report_id``, those of reports with corrections as they are corrected."""
    found = plain.sql(query)
    if not touched:
        return found
    every = frozenset().union(*(t.report_ids for t in touched))
    parts = [found.filter(pc.invert(_only(found, every)))]
    for t in touched:
        some = t.store.sql(query)
        parts.append(some.filter(_only(some, t.report_ids)).cast(found.schema))
    return pa.concat_tables(parts)


def corrected_rows(touched: Sequence[Touched], name: str, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
    """Rows of a table that a person set something in."""
    for t in touched:
        table = t.store.table(name)
        if "human" not in table.column_names:
            continue
        yield from table.filter(pc.greater(pc.list_value_length(table["human"]), 0)).select(["report_id", *columns]).to_pylist()


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


def corrected_points(table: pa.Table, touched: Sequence[Touched], points: Callable[[Store], pa.Table]) -> pa.Table:
    """The points, those of reports with corrected passages computed anew."""
    for t in touched:
        if not any(c.table == "passages" for c in t.store.corrections):
            continue
        some = points(t.store)
        rest = table.filter(pc.invert(_only(table, t.report_ids)))
        fresh = some.filter(_only(some, t.report_ids)).cast(rest.schema)
        table = pa.concat_tables([rest, fresh]).sort_by(
            [("report_id", "ascending"), ("start", "ascending"), ("end", "ascending"), ("facet", "ascending")]
        )
    return table


__all__ = [
    "Touched",
    "corrected_index",
    "corrected_points",
    "corrected_rows",
    "laid_over",
    "of_batch",
    "of_reports",
    "touched_batches",
]
