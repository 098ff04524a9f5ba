"""Which report has which code, in memory: filters are masks over the reports, and their counts sums over the masks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongkai.web.textindex import Bools, Ints

#: where a code is rarer, its reports are counted one by one; a bit for each report would take more room than their numbers
_RARE = 32


@dataclass(frozen=True)
class Marks:
    """``number`` are report numbers, those of one (kind, code) after those of another; ``starts`` where each begins, and the end."""

    size: int
    keys: tuple[tuple[str, str], ...] = field(repr=False)
    starts: Ints = field(repr=False)
    number: NDArray[np.int32] = field(repr=False)

    @cached_property
    def _frequent(self) -> tuple[Ints, NDArray[np.uint8]]:
        """The codes that more reports have than one in ``_RARE``, and for each a bit by report."""
        places = np.flatnonzero(np.diff(self.starts) * _RARE > self.size)
        bits = np.zeros((len(places), self.size), np.bool_)
        for row, place in enumerate(places.tolist()):
            bits[row, self.number[self.starts[place] : self.starts[place + 1]]] = True
        return places, np.packbits(bits, axis=1)

    @cached_property
    def _rare(self) -> list[int]:
        return np.flatnonzero(np.diff(self.starts) * _RARE <= self.size).tolist()

    def kinds(self) -> frozenset[str]:
        """Kinds that some report has a code of."""
        return frozenset(kind for kind, _ in self.keys)

    def having(self, kind: str, codes: Sequence[str]) -> Bools:
        """Reports that have one of these codes."""
        found = np.zeros(self.size, np.bool_)
        wanted = {(kind, code) for code in codes}
        for place, key in enumerate(self.keys):
            if key in wanted:
                found[self.number[self.starts[place] : self.starts[place + 1]]] = True
        return found

    def chosen(self, filters: Mapping[str, Sequence[str]]) -> Bools:
        """Reports that all filters choose."""
        found = np.ones(self.size, np.bool_)
        for kind, codes in filters.items():
            found &= self.having(kind, codes)
        return found

    def counts(self, among: Bools) -> dict[str, dict[str, int]]:
        """How many of some reports have each code, by kind; codes that none has are left out."""
        found: dict[str, dict[str, int]] = {}
        if not self.keys:
            return found
        sums = np.zeros(len(self.keys), np.int64)
        places, bits = self._frequent
        sums[places] = np.bitwise_count(bits & np.packbits(among)).sum(axis=1, dtype=np.int64)
        for place in self._rare:
            sums[place] = np.count_nonzero(among[self.number[self.starts[place] : self.starts[place + 1]]])
        for place in np.flatnonzero(sums).tolist():
            kind, code = self.keys[place]
            found.setdefault(kind, {})[code] = int(sums[place])
        return found

    def replaced(self, numbers: Ints, fresh: Collection[tuple[str, str, int]]) -> Marks:
        """The marks with those of some reports taken out and others, (kind, code, number), put in."""
        gone = np.zeros(self.size, np.bool_)
        gone[numbers] = True
        kept = ~gone[self.number]
        of = np.repeat(np.arange(len(self.keys)), np.diff(self.starts))[kept]
        left = np.flatnonzero(np.bincount(of, minlength=len(self.keys))).tolist()
        keys = tuple(sorted({*(self.keys[k] for k in left), *((kind, code) for kind, code, _ in fresh)}))
        place = {key: n for n, key in enumerate(keys)}
        now = np.array([place.get(key, -1) for key in self.keys], np.int64)
        # both are in order already: what is new is put between
        there = now[of] * self.size + self.number[kept]
        new = np.array(sorted({place[kind, code] * self.size + n for kind, code, n in fresh}), np.int64)
        whole = np.insert(there, np.searchsorted(there, new), new)
        starts = np.searchsorted(whole, np.arange(len(keys) + 1) * self.size)
        return Marks(self.size, keys, starts.astype(np.int64), (whole % max(1, self.size)).astype(np.int32))


def marks_of(found: pa.Table, report_ids: pa.ChunkedArray) -> Marks:
    """The marks that a table (report_id, kind, code) has; the place of a report in ``report_ids`` is its number."""
    number = pc.index_in(found["report_id"], value_set=report_ids).to_numpy()
    coded = pc.binary_join_element_wise(found["kind"], found["code"], "\0").combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=lambda k: names[k].split("\0"))
    place = np.argsort(order)[coded.indices.to_numpy()]
    starts = np.cumsum([0, *np.bincount(place, minlength=len(names))])
    keys = tuple((kind, code) for kind, _, code in (names[k].partition("\0") for k in order))
    return Marks(len(report_ids), keys, starts.astype(np.int64), number[np.lexsort((number, place))].astype(np.int32))


def marks_table(marks: Marks) -> pa.Table:
    """The marks as a table: a row (kind, code, reports) for each code."""
    numbers = pa.ListArray.from_arrays(pa.array(marks.starts, pa.int32()), pa.array(marks.number))
    return pa.table({"kind": [k for k, _ in marks.keys], "code": [c for _, c in marks.keys], "reports": numbers})


def table_marks(table: pa.Table, size: int) -> Marks:
    """The marks of a table as :func:`marks_table` makes it."""
    numbers = table["reports"].combine_chunks()
    keys = tuple(zip(table["kind"].to_pylist(), table["code"].to_pylist(), strict=True))
    return Marks(size, keys, numbers.offsets.to_numpy().astype(np.int64), numbers.values.to_numpy())
