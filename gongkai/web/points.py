"""The points of a store for the explorer: computed once, batch after batch, beside the index; and shares by group, kept.

The numbers are :mod:`gongkai.compare`'s; here they are only kept, and led back to the passages that they count.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.codebook import codebook
from corpus.errors import GongkaiError
from gongkai.codes import codes_of, is_own
from gongkai.compare.frame import Study, study
from gongkai.compare.groups import facet_shares
from gongkai.compare.outcomes import ANY, GENERAL
from gongkai.compare.pointing import points
from gongkai.store_access import Store
from gongkai.web.corrected import Touched, corrected_points
from gongkai.web.textindex import Bools, Ints, TextIndex
from gongkai.web.tongue import WHAT
from models.linear_folder import load as load_linear

#: more groups than this make a page that nobody reads
MOST_GROUPS = 300
#: groupings that are made before anybody asks
_FIRST: tuple[tuple[str, ...], ...] = ((), ("year",))


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


_OWN = (
    "these results are coded with a codebook of their own, which knows no problems and measures; "
    "Remedy: gongkai compare STORE --by year --out comparison counts its labels and facets"
)


@dataclass(frozen=True)
class Shares:
    """A grouping: the reports that are compared, the table of :func:`gongkai.compare.facet_shares`, and how many passages of each group
    have a problem or measure of each facet."""

    study: Study
    table: pa.Table
    passages: Mapping[tuple[str, str], Ints]


class PointBook:
    """Points and shares of one snapshot; ``done`` of ``batches`` are computed, ``error`` is what stopped it."""

    def __init__(
        self,
        store: Store,
        index: TextIndex,
        numbers: Mapping[str, int],
        batches: Callable[[], Iterator[Store]],
        count: int,
        touched: Sequence[Touched] = (),
    ) -> None:
        self.done, self.batches, self.error = 0, count, ""
        self.places: PointPlaces | None = None
        self._store, self._index, self._numbers, self._parts = store, index, numbers, batches
        self._home = index.folder
        self._touched = touched
        self._table: pa.Table | None = None
        self._shares: dict[tuple[str, ...], Shares] = {}
        self._studies: dict[tuple[str, ...], Study] = {}
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._compute, daemon=True)

    def start(self) -> None:
        """Begin to compute, in a thread of its own."""
        self._thread.start()

    def wait(self) -> None:
        """Until the points are there, or cannot be computed."""
        self._thread.join()

    @property
    def ready(self) -> bool:
        """Whether shares can be asked for."""
        return self.places is not None

    def table(self) -> pa.Table:
        """The points.

        Raises:
            RuntimeError: they are not computed yet.
        """
        if self._table is None or self.places is None:
            raise RuntimeError("asked for before the points are computed")
        return self._table

    def study(self, by: tuple[str, ...]) -> Study:
        """The reports that are compared, grouped.

        Raises:
            UsageError: as :func:`gongkai.compare.study`.
        """
        with self._lock:
            if by not in self._studies:
                self._studies[by] = study(self._store, by)
            return self._studies[by]

    def shares(self, by: tuple[str, ...]) -> Shares:
        """Shares by group; computed when they are first asked for.

        Raises:
            UsageError: as :func:`gongkai.compare.study`.
        """
        with self._lock:
            if by not in self._shares:
                self._shares[by] = self.shares_of(self.study(by))
            return self._shares[by]

    def shares_of(self, found: Study) -> Shares:
        """Shares by the groups of a study of these reports; not kept."""
        table, places = self.table(), self.places
        assert places is not None
        of = group_numbers(found, self._numbers)
        passages = {
            (what, facet): passages_by_group(places, of, what, facet, len(found.groups))
            for what in WHAT for facet in (ANY, *codebook().facets)
        }  # fmt: skip
        return Shares(found, facet_shares(found, table), passages)

    def counted(self, by: tuple[str, ...] = (), values: tuple[str, ...] = ()) -> Ints:
        """Numbers of the reports of a group whose section 五 counts.

        Raises:
            UsageError: as :func:`gongkai.compare.study`.
        """
        found = self.study(by)
        for group, members in found.members():
            if group == values:
                return np.array([self._numbers[found.report_ids[i]] for i in found.counted(members).tolist()], np.int64)
        return np.zeros(0, np.int64)

    def _compute(self) -> None:
        try:
            if is_own(codes_of(self._store)):
                self.error = _OWN
                return
            file = self._home / f"points-{_made_by()}.parquet"
            made = self._read(file)
            self._table = corrected_points(self._write(file) if made is None else made, self._touched, points)
            self.places = places_of(self._table, self._index, self._numbers)
            for by in _FIRST:
                self.shares(by)
        except (GongkaiError, OSError, pa.ArrowException) as error:
            self.error = str(error)

    def _read(self, file: Path) -> pa.Table | None:
        try:
            found = pq.read_table(file)
        except (OSError, pa.ArrowException):
            return None
        self.done = self.batches
        return found

    def _write(self, file: Path) -> pa.Table:
        tables = []
        for part in self._parts():
            tables.append(points(part))
            self.done += 1
        found = pa.concat_tables(tables) if tables else points(self._store)
        work = file.with_suffix(".new")
        try:
            pq.write_table(found, work, compression="zstd")
            work.replace(file)
        except OSError:
            work.unlink(missing_ok=True)  # a full disk: they are computed anew next time
        return found


def places_of(table: pa.Table, index: TextIndex, numbers: Mapping[str, int]) -> PointPlaces:
    """Where points stand in the index."""
    report = np.array([numbers[i] for i in table["report_id"].to_pylist()], np.int64)
    # passage_id is <report_id>.p<start>
    start = np.array([int(i.rpartition(".p")[2]) for i in table["passage_id"].to_pylist()], np.int64)
    wanted = report << 32 | start
    measure = np.array([s is not None for s in table["status"].to_pylist()], np.bool_)
    facets: dict[str, int] = {}
    facet = np.array([facets.setdefault(f, len(facets)) for f in table["facet"].to_pylist()], np.int64)
    rows, measures, kinds, reports = [], [], [], []
    for shard in index.shards:
        keys = shard.report.astype(np.int64) << 32 | shard.offset.astype(np.int64)
        order = np.argsort(keys, kind="stable")
        at = np.searchsorted(keys[order], wanted)
        here = at < len(keys)
        here[here] = keys[order][at[here]] == wanted[here]
        rows.append(order[at[here]])
        measures.append(measure[here])
        kinds.append(facet[here])
        reports.append(report[here])
    return PointPlaces(tuple(rows), tuple(measures), tuple(kinds), tuple(reports), tuple(facets))


def passages_by_group(places: PointPlaces, group_of: Ints, what: str, facet: str, groups: int) -> Ints:
    """How many passages of each group have a point of a facet; ``group_of`` is the group of each report number, −1 for none."""
    found = np.zeros(groups, np.int64)
    for n, rows in enumerate(places.rows):
        here = places.wanted(n, what, facet)
        passages, first = np.unique(rows[here], return_index=True)
        of = group_of[places.report[n][here][first]] if len(passages) else np.zeros(0, np.int64)
        found += np.bincount(of[of >= 0], minlength=groups)
    return found


def group_numbers(found: Study, numbers: Mapping[str, int]) -> Ints:
    """The group of each report number among the reports that count; −1 for others."""
    out = np.full(len(numbers), -1, np.int64)
    for g, (_, members) in enumerate(found.members()):
        kept: Sequence[int] = found.counted(members).tolist()
        out[[numbers[found.report_ids[i]] for i in kept]] = g
    return out


def _made_by() -> str:
    """What points are computed with: the rules and the model."""
    seen = hashlib.sha256(load_linear().model_id.encode())
    for name in ("points/points.py", "points/rules.py", "data/points.toml"):
        seen.update(files("extract").joinpath(name).read_bytes())
    return seen.hexdigest()[:12]
