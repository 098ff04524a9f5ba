"""The points of a store for the explorer: computed once, batch after batch, beside the index; and shares by group, kept.

The numbers are :mod:`gongkai.compare`'s; here they are only kept, and led back to the passages that they count.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.codebook import codebook
from corpus.errors import GongkaiError, UsageError
from gongkai.codes import codes_of, is_own
from gongkai.compare.frame import Study, regrouped, study
from gongkai.compare.groups import facet_shares
from gongkai.compare.outcomes import ANY, stated
from gongkai.compare.pointing import points
from gongkai.store_access import Store
from gongkai.web.background import begin, ending
from gongkai.web.beside import kept_table
from gongkai.web.corrected import LaidStore, Touched, fresh_points, laid_store
from gongkai.web.point_places import PointPlaces, passages_by_group, places_of, replaced_places
from gongkai.web.textindex import Ints, TextIndex
from gongkai.web.tongue import WHAT
from models.linear_folder import load as load_linear

#: more groups than this make a page that nobody reads
MOST_GROUPS = 300
#: groupings that are made before anybody asks
_FIRST: tuple[tuple[str, ...], ...] = ((), ("year",))


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


class PlainPoints:
    """The points of the results as they were tagged, computed once whatever people correct meanwhile; ``done`` of ``batches`` are, ``error``
    is what stopped it."""

    def __init__(
        self, store: Store, index: TextIndex, numbers: Mapping[str, int], parts: Callable[[], Iterator[Store]], batches: int
    ) -> None:
        self.done, self.batches, self.error = 0, batches, ""
        self.table: pa.Table | None = None
        self.places: PointPlaces | None = None
        self.store, self._index, self._numbers, self._parts = store, index, numbers, parts
        #: what was asked of the results as they were tagged
        self.made: dict[object, Any] = {}
        self._stated: NDArray[np.bool_] | None = None
        self._lock = threading.Lock()
        self.over = threading.Event()

    def compute(self) -> None:
        """Compute them, or read what was computed before."""
        try:
            if is_own(codes_of(self.store)):
                self.error = _OWN
                return
            self.table = kept_table(self._index.folder / "points", f"{self._index.folder.name} {_made_by()}", self._points)
            self.done = self.batches
            self.places = places_of(self.table, self._index, self._numbers)
        except (GongkaiError, OSError, pa.ArrowException) as error:
            self.error = str(error)
        finally:
            self.over.set()

    def stated(self, found: Study) -> NDArray[np.bool_]:
        """(report number, outcome) whether the report states it, of every report, in the study or not."""
        with self._lock:
            if self._stated is None:
                self._stated = stated_by_number(found, self.table, self._numbers)
            return self._stated

    def _points(self) -> pa.Table:
        tables = []
        for part in self._parts():
            if ending():
                raise UsageError("the explorer is being closed", remedy="open it again")
            tables.append(points(part))
            self.done += 1
        return pa.concat_tables(tables) if tables else points(self.store)


def stated_by_number(found: Study, table: pa.Table | None, numbers: Mapping[str, int]) -> NDArray[np.bool_]:
    """:func:`gongkai.compare.outcomes.stated` of the reports that have numbers, in their order."""
    return stated(replace(found, report_ids=tuple(numbers)), table)


class PointBook:
    """Points and shares of one snapshot: the plain ones, with those of corrected passages in their place.

    Args:
        index: of the same snapshot.
        numbers: number of each report.
        plain: the points as they were tagged.
        touched: reports with corrections.
        studies: of an earlier snapshot, where no report is another.
    """

    def __init__(
        self, index: TextIndex, numbers: Mapping[str, int], plain: PlainPoints, touched: Sequence[Touched] = (),
        studies: Mapping[tuple[str, ...], Study] | None = None,
    ) -> None:  # fmt: skip
        self._index, self._numbers, self.plain, self._touched = index, numbers, plain, touched
        self._store: LaidStore | None = None
        self._laid: tuple[pa.Table, PointPlaces] | None = None
        self._fresh: tuple[Ints, pa.Table] | None = None
        self._fault = ""
        self._states: NDArray[np.bool_] | None = None
        self._shares: dict[tuple[str, ...], Shares] = {}
        self._studies: dict[tuple[str, ...], Study] = dict(studies or {})
        #: group of each report, by what they are grouped: every search that a figure leads to asks for them
        self._of: dict[tuple[str, ...], Ints] = {}
        self._lock = threading.RLock()

    def start(self) -> None:
        """Begin to compute the plain points, in a thread of its own, and what is asked for first."""
        begin(self._first)

    def _first(self) -> None:
        self.plain.compute()
        try:
            for by in _FIRST:
                if self.ready and not ending():
                    self.shares(by)
        except (GongkaiError, OSError, pa.ArrowException) as error:
            self._fault = str(error)

    def wait(self) -> None:
        """Until the points are there, or cannot be computed."""
        self.plain.over.wait()

    @property
    def done(self) -> int:
        """Batches whose points are computed."""
        return self.plain.done

    @property
    def batches(self) -> int:
        """Batches of the store."""
        return self.plain.batches

    @property
    def error(self) -> str:
        """Why there are no points."""
        return self._fault or self.plain.error

    @property
    def ready(self) -> bool:
        """Whether shares can be asked for."""
        return self.places is not None

    @property
    def places(self) -> PointPlaces | None:
        """Where the points stand; ``None`` until they are computed."""
        found = self._lay()
        return None if found is None else found[1]

    def table(self) -> pa.Table:
        """The points, those of reports with corrected passages last.

        Raises:
            RuntimeError: they are not computed yet.
        """
        found = self._lay()
        if found is None:
            raise RuntimeError("asked for before the points are computed")
        return found[0]

    def studies(self) -> dict[tuple[str, ...], Study]:
        """The studies that were asked for."""
        with self._lock:
            return dict(self._studies)

    def _lay(self) -> tuple[pa.Table, PointPlaces] | None:
        """The plain points with those of corrected passages laid over them; when they are first asked for."""
        with self._lock:
            table, places = self.plain.table, self.plain.places
            if self._laid is None and table is not None and places is not None and not self.error:
                try:
                    self._laid = self._over(table, places)
                except (GongkaiError, OSError, pa.ArrowException) as error:
                    self._fault = str(error)
            return self._laid if not self.error else None

    def _over(self, table: pa.Table, places: PointPlaces) -> tuple[pa.Table, PointPlaces]:
        replaced, fresh = fresh_points(self._touched, points)
        if not replaced:
            return table, places
        some = pa.concat_tables([t.cast(table.schema) for t in fresh])
        of = np.array(sorted(self._numbers[i] for i in replaced), np.int64)
        rest = table.filter(pc.invert(pc.is_in(table["report_id"], value_set=pa.array(sorted(replaced), pa.string()))))
        there = places_of(some, self._index, self._numbers, places.facets)
        self._fresh = of, some
        return pa.concat_tables([rest, some]), replaced_places(places, of, there)

    def _stated(self, found: Study) -> NDArray[np.bool_]:
        """(report, outcome) whether it states it, of the reports of a study."""
        if self._states is None:
            states = self.plain.stated(found)
            if self._fresh is not None:
                of, some = self._fresh
                states = states.copy()
                states[of] = stated_by_number(found, some, self._numbers)[of]
            self._states = states
        return np.asarray(self._states[[self._numbers[i] for i in found.report_ids]])

    def study(self, by: tuple[str, ...]) -> Study:
        """The reports that are compared, grouped.

        Raises:
            UsageError: as :func:`gongkai.compare.study`.
        """
        with self._lock:
            if by not in self._studies:
                self._studies[by] = regrouped(self.study(()), self._reports(), by) if by else study(self._reports(), by)
            return self._studies[by]

    def _reports(self) -> LaidStore:
        if self._store is None:
            self._store = laid_store(self.plain.store, self._touched, self.plain.made)
        return self._store

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
        places = self.places
        if places is None:
            raise RuntimeError("asked for before the points are computed")
        of = group_numbers(found, self._numbers)
        passages = {
            (what, facet): passages_by_group(places, of, what, facet, len(found.groups))
            for what in WHAT for facet in (ANY, *codebook().facets)
        }  # fmt: skip
        return Shares(found, facet_shares(found, self.table(), states=self._stated(found)), passages)

    def counted(self, by: tuple[str, ...] = (), values: tuple[str, ...] = ()) -> Ints:
        """Numbers of the reports of a group whose section 五 counts.

        Raises:
            UsageError: as :func:`gongkai.compare.study`.
        """
        found = self.study(by)
        with self._lock:
            if by not in self._of:
                self._of[by] = group_numbers(found, self._numbers)
            of = self._of[by]
        return np.flatnonzero(of == found.groups.index(values)) if values in found.groups else np.zeros(0, np.int64)


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
