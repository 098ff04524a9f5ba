"""Where points stand among the passages of the index: what a figure counts is a mask over its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from gongkai.compare.outcomes import ANY, GENERAL
from gongkai.web.textindex import Bools, Ints, TextIndex


@dataclass(frozen=True)
class PointPlaces:
    """Where the points stand: for each shard rows of passages, whether a measure, and the facet's number in ``facets``.

    ``report`` is the number of the report of each.
    """

    rows: tuple[Ints, ...] = field(repr=False)
    measure: tuple[Bools, ...] = field(repr=False)
    facet: tuple[Ints, ...] = field(repr=False)
    report: tuple[Ints, ...] = field(repr=False)
    facets: tuple[str, ...]

    def wanted(self, shard: int, what: str, facet: str) -> Bools:
        """Which points of a shard are of a facet; ``any`` is of any but the general one."""
        here = self.measure[shard] == (what == "measure")
        if facet == ANY:
            return np.asarray(here & (self.facet[shard] != self._number(GENERAL)))
        return np.asarray(here & (self.facet[shard] == self._number(facet)))

    def _number(self, facet: str) -> int:
        return self.facets.index(facet) if facet in self.facets else -1


def places_of(table: pa.Table, index: TextIndex, numbers: Mapping[str, int], facets: Sequence[str] = ()) -> PointPlaces:
    """Where points stand in the index; ``facets`` are those that have a number already."""
    report = np.array([numbers[i] for i in table["report_id"].to_pylist()], np.int64)
    # passage_id is <report_id>.p<start>
    start = np.array([int(i.rpartition(".p")[2]) for i in table["passage_id"].to_pylist()], np.int64)
    wanted = report << 32 | start
    measure = np.array([s is not None for s in table["status"].to_pylist()], np.bool_)
    known = {f: n for n, f in enumerate(facets)}
    facet = np.array([known.setdefault(f, len(known)) for f in table["facet"].to_pylist()], np.int64)
    rows: list[Ints] = []
    measures: list[Bools] = []
    kinds: list[Ints] = []
    reports: list[Ints] = []
    for shard in index.shards:
        if not len(wanted) or not len(shard.report) or report.max() < shard.report[0] or report.min() > shard.report[-1]:
            for some in (rows, measures, kinds, reports):
                some.append(np.zeros(0, np.bool_ if some is measures else np.int64))
            continue
        keys = shard.report.astype(np.int64) << 32 | shard.offset.astype(np.int64)
        order = np.argsort(keys, kind="stable")
        at = np.searchsorted(keys[order], wanted)
        here = at < len(keys)
        here[here] = keys[order][at[here]] == wanted[here]
        rows.append(order[at[here]])
        measures.append(measure[here])
        kinds.append(facet[here])
        reports.append(report[here])
    return PointPlaces(tuple(rows), tuple(measures), tuple(kinds), tuple(reports), tuple(known))


def passages_by_group(places: PointPlaces, group_of: Ints, what: str, facet: str, groups: int) -> Ints:
    """How many passages of each group have a point of a facet; ``group_of`` is the group of each report number, −1 for none."""
    found = np.zeros(groups, np.int64)
    for n, rows in enumerate(places.rows):
        here = places.wanted(n, what, facet)
        passages, first = np.unique(rows[here], return_index=True)
        of = group_of[places.report[n][here][first]] if len(passages) else np.zeros(0, np.int64)
        found += np.bincount(of[of >= 0], minlength=groups)
    return found


def replaced_places(places: PointPlaces, reports: Ints, fresh: PointPlaces) -> PointPlaces:
    """The places with those of some reports taken out and others put in, whose facets are numbered alike."""
    kept = [~np.isin(some, reports) for some in places.report]

    def both(name: str) -> tuple[Any, ...]:
        pairs = zip(getattr(places, name), kept, getattr(fresh, name), strict=True)
        return tuple(np.concatenate([old[some], new]) for old, some, new in pairs)

    return PointPlaces(both("rows"), both("measure"), both("facet"), both("report"), fresh.facets)
