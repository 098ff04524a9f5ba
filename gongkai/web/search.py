"""Search over passages: which passages hold what is looked for, where, and a page of it with what stands around."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from gongkai.web.search_words import Looked, Term, holds, shown_words
from gongkai.web.textindex import Bools, Ints, Shard, TextIndex

#: characters on each side of a place
AROUND = 24
#: places that are put in order by what stands beside them
MOST_SORTED = 200_000
_BESIDE = 8
#: characters that decide for most places, and bits of one: together they are one number
_NEAR, _BITS = 3, 21
#: results that are kept for further pages, and places of all of them
_KEPT, _KEPT_PLACES = 6, 20_000_000
#: shards are searched side by side: what takes long there holds no other thread up
_SHARDS = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="search")


@dataclass(frozen=True)
class FoundPlaces:
    """Places found: for each shard where they are in its text, how long, and in which passage; and all passages for which the words hold,
    those too that have no place to show.  ``of`` counts the places by report number."""

    places: tuple[Ints, ...] = field(repr=False)
    lengths: tuple[Ints, ...] = field(repr=False)
    rows: tuple[Ints, ...] = field(repr=False)
    inside: tuple[Ints, ...] = field(repr=False)
    of: Ints = field(repr=False)

    @property
    def passages(self) -> int:
        """How many passages."""
        return sum(map(len, self.inside))

    @property
    def count(self) -> int:
        """How many places."""
        return int(self.of.sum())


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place: report number, where its passage begins and what it says, and what stands around; ``start`` … ``end`` are offsets in
    the report."""

    report: int
    passage: int
    start: int
    end: int
    label: str
    left: str
    hit: str
    right: str
    text: str

    @property
    def more_left(self) -> bool:
        """Whether the passage says more before what stands on the left."""
        return self.start - self.passage > len(self.left)

    @property
    def more_right(self) -> bool:
        """Whether the passage says more behind what stands on the right."""
        return self.end - self.passage + len(self.right) < len(self.text)


def find(index: TextIndex, looked: Looked | None, reports: Bools, keep: Sequence[Bools | None]) -> FoundPlaces:
    """Every place in the passages of some reports where the words stand that are looked for.

    Args:
        index: the index.
        looked: what is looked for; nothing gives every passage, as does what is only negative.
        reports: by report number, whether it is searched.
        keep: for each shard which passages are searched; ``None`` for all.
    """
    everywhere = bool(reports.all())

    def here(shard: Shard, some: Bools | None) -> _Here:
        allowed = None if everywhere else shard.of_reports(reports)
        if some is not None:
            allowed = some if allowed is None else allowed & some
        return _NOTHING if allowed is not None and not allowed.any() else _in_shard(shard, looked, allowed)

    return _together(index, list(_SHARDS.map(here, index.shards, keep)), len(reports))


def narrowed(index: TextIndex, found: FoundPlaces, reports: Bools) -> FoundPlaces:
    """The places of some reports: what :func:`find` finds in them, without looking for the words again."""
    some = []
    for shard, at, long, row, inside in zip(index.shards, found.places, found.lengths, found.rows, found.inside, strict=True):
        allowed = shard.of_reports(reports)
        kept = np.flatnonzero(allowed[row])
        some.append((at[kept], long[kept], row[kept], inside[allowed[inside]]))
    return _together(index, some, len(reports))


def label_counts(index: TextIndex, found: FoundPlaces) -> list[int]:
    """How many of the passages have each label of the index."""
    counts = np.zeros(len(index.labels), np.int64)
    for shard, inside in zip(index.shards, found.inside, strict=True):
        counts += np.bincount(shard.label[inside], minlength=len(counts))
    return counts.tolist()


def facet_counts(index: TextIndex, found: FoundPlaces) -> list[int]:
    """How many of the passages have each facet of the index; a passage may have several."""
    counts = np.zeros(len(index.facets), np.int64)
    for shard, inside in zip(index.shards, found.inside, strict=True):
        held = np.zeros(len(shard.label), np.bool_)
        held[inside] = True
        counts += np.bincount(shard.facet_code[held[shard.facet_row]], minlength=len(counts))
    return counts.tolist()


#: what is found in a shard, as :class:`FoundPlaces` has it of each: places, lengths, rows, inside
_Here = tuple[Ints, Ints, Ints, Ints]
_NONE = np.zeros(0, np.int64)
_NOTHING: _Here = (_NONE, _NONE, _NONE, _NONE)


def _together(index: TextIndex, found: Sequence[_Here], reports: int) -> FoundPlaces:
    of = np.zeros(reports, np.int64)
    for shard, (_, _, row, _) in zip(index.shards, found, strict=True):
        here = of[shard.reports.start : shard.reports.stop]
        here += np.bincount(shard.report[row] - shard.reports.start, minlength=len(here))
    places, lengths, rows, inside = (tuple(part[k] for part in found) for k in range(4))
    return FoundPlaces(places, lengths, rows, inside, of)


def _in_shard(shard: Shard, looked: Looked | None, allowed: Bools | None) -> _Here:
    known: dict[str, tuple[Ints, Ints]] = {}

    def places(word: str) -> tuple[Ints, Ints]:
        if word not in known:
            at = shard.places(word)
            known[word] = at, shard.rows(at)
        return known[word]

    def holding(word: str) -> Bools:
        mask = np.zeros(len(shard.report), np.bool_)
        mask[places(word)[1]] = True
        return mask

    if looked is not None and not isinstance(looked, Term):  # every place of a single word is in a passage that has it
        those = holds(looked, holding, np.logical_not, np.logical_and, np.logical_or)
        allowed = those if allowed is None else allowed & those
    parts: list[tuple[Ints, Ints, Ints]] = []
    for word in shown_words(looked):
        at, row = places(word)
        if allowed is not None:
            kept = np.flatnonzero(allowed[row])
            at, row = at[kept], row[kept]
        parts.append((at, np.broadcast_to(np.int64(len(word)), len(at)), row))
    if isinstance(looked, Term):
        row = parts[0][2]
        return *parts[0], row[np.append(True, row[1:] != row[:-1])] if len(row) else row
    inside = np.arange(len(shard.report)) if allowed is None else np.flatnonzero(allowed)
    if not parts:
        return shard.passage[inside].astype(np.int64), np.zeros(len(inside), np.int64), inside, inside
    if len(parts) == 1:
        return *parts[0], inside
    at, long, row = (np.concatenate([p[k] for p in parts]) for k in range(3))
    order = np.lexsort((long, at))
    return at[order], long[order], row[order], inside


def page_of(index: TextIndex, found: FoundPlaces, order: Ints, first: int, last: int, beside: str = "") -> list[Occurrence]:
    """The places ``first`` … ``last`` in order.

    Args:
        order: report numbers in the order wanted.
        beside: ``left`` or ``right`` puts them in the order of what stands on that side, if they are not too many.
    """
    if beside and found.count <= MOST_SORTED:
        return _sorted_page(index, found, beside, first, last)
    having = order[found.of[order] > 0]  # between two reports with a place may lie thousands without
    counts = np.cumsum(found.of[having])
    begin, end = np.searchsorted(counts, [first, last - 1], side="right")
    wanted = having[begin : end + 1]
    skipped = int(counts[begin - 1]) if begin else 0
    found_here = list(_of_reports(index, found, wanted))
    return found_here[first - skipped : last - skipped]


def _of_reports(index: TextIndex, found: FoundPlaces, wanted: Ints) -> Iterator[Occurrence]:
    """The places of some reports, report after report."""
    held: dict[int, list[Occurrence]] = {}
    for n in wanted.tolist():
        for shard, places, lengths, rows in zip(index.shards, found.places, found.lengths, found.rows, strict=True):
            if n not in shard.reports:
                continue
            # passages stand in the order of their reports, places in that of their passages
            first, last = np.searchsorted(rows, shard.rows_of(n))
            for k in range(int(first), int(last)):
                held.setdefault(n, []).append(_place(index, shard, int(places[k]), int(lengths[k]), int(rows[k])))
    for n in wanted.tolist():
        yield from held.get(n, [])


def every_place(index: TextIndex, found: FoundPlaces, order: Ints) -> Iterator[Occurrence]:
    """All places, report after report; only those of some reports are held at once."""
    having = order[found.of[order] > 0]
    for at in range(0, len(having), 500):
        yield from _of_reports(index, found, having[at : at + 500])


def _place(index: TextIndex, shard: Shard, at: int, length: int, row: int) -> Occurrence:
    begin, end = int(shard.passage[row]), shard.end(row)
    offset = int(shard.offset[row])
    return Occurrence(
        int(shard.report[row]), offset, offset + at - begin, offset + at - begin + length, index.labels[int(shard.label[row])],
        shard.slice(max(begin, at - AROUND), at), shard.slice(at, at + length),
        shard.slice(at + length, min(end, at + length + (AROUND if length else 3 * AROUND))), shard.slice(begin, end),
    )  # fmt: skip


def _sorted_page(index: TextIndex, found: FoundPlaces, side: str, first: int, last: int) -> list[Occurrence]:
    every = [np.arange(len(at)) for at in found.places]
    near = [_beside(index, found, n, some, side, _NEAR) @ (1 << _BITS * np.arange(_NEAR)[::-1]) for n, some in enumerate(every)]
    keys = np.concatenate([*near, _NONE])
    # what comes behind the last line of this page need not be put in order
    most = np.partition(keys, last - 1)[last - 1] if 0 < last <= len(keys) else 0
    few = [np.flatnonzero(some <= most) for some in near]
    place = [(n, k) for n, some in enumerate(few) for k in some.tolist()]
    codes = np.concatenate([_beside(index, found, n, some, side, _BESIDE) for n, some in enumerate(few)])
    shown = [place[k] for k in np.lexsort(codes.T[::-1])[first:last].tolist()]
    return [
        _place(index, index.shards[n], int(found.places[n][k]), int(found.lengths[n][k]), int(found.rows[n][k]))
        for n, k in shown
    ]


def _beside(index: TextIndex, found: FoundPlaces, n: int, some: Ints, side: str, width: int) -> Ints:
    """The codes of the characters that stand on one side of some places of a shard, nearest first; 0 behind the end of the passage."""
    shard, at, rows = index.shards[n], found.places[n][some], found.rows[n][some]
    step = np.arange(width)
    beside = (at + found.lengths[n][some])[:, None] + step if side == "right" else at[:, None] - 1 - step
    inside = (beside >= shard.passage[rows][:, None]) & (beside < shard.ends[rows][:, None] - 1)
    return np.where(inside, shard.text.take(beside, mode="clip"), 0).astype(np.int64)


class Kept:
    """Keeps the last results, so that a further page is not searched for again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, FoundPlaces] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> FoundPlaces | None:
        """What was found for a key."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: object, found: FoundPlaces) -> None:
        """Keep what was found, and forget what was longest not asked for."""
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT or sum(f.count for f in self._kept.values()) > _KEPT_PLACES:
                self._kept.popitem(last=False)
