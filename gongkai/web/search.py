"""Search over passages: which passages hold what is looked for, where, and a page of it with what stands around."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from gongkai.web.search_words import Looked, holds, shown_words
from gongkai.web.textindex import Bools, Ints, Shard, TextIndex

#: characters on each side of a place
AROUND = 24
#: places that are put in order by what stands beside them
MOST_SORTED = 200_000
_BESIDE = 8
#: results that are kept for further pages, and places of all of them
_KEPT, _KEPT_PLACES = 6, 20_000_000


@dataclass(frozen=True)
class FoundPlaces:
    """Places found: for each shard where they are in its text, how long, and in which passage; ``of`` counts them by report number."""

    places: tuple[Ints, ...] = field(repr=False)
    lengths: tuple[Ints, ...] = field(repr=False)
    rows: tuple[Ints, ...] = field(repr=False)
    of: Ints = field(repr=False)
    passages: int
    labels: Ints = field(repr=False)

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


def find(index: TextIndex, looked: Looked | None, reports: Bools, keep: Sequence[Bools | None]) -> FoundPlaces:
    """Every place in the passages of some reports where the words stand that are looked for.

    Args:
        index: the index.
        looked: what is looked for; nothing gives every passage, as does what is only negative.
        reports: by report number, whether it is searched.
        keep: for each shard which passages are searched; ``None`` for all.
    """
    words = shown_words(looked)
    everywhere = bool(reports.all())
    places, lengths, rows = [], [], []
    of = np.zeros(len(reports), np.int64)
    labels = np.zeros(max(1, len(index.labels)), np.int64)
    passages = 0
    for shard, some in zip(index.shards, keep, strict=True):
        allowed = reports[shard.report] if not everywhere else np.ones(len(shard.report), np.bool_)
        if some is not None:
            allowed = allowed & some
        at, long, row, inside = _in_shard(shard, looked, words, allowed)
        places.append(at)
        lengths.append(long)
        rows.append(row)
        of += np.bincount(shard.report[row], minlength=len(of))
        labels += np.bincount(shard.label[inside], minlength=len(labels))
        passages += int(inside.sum())
    return FoundPlaces(tuple(places), tuple(lengths), tuple(rows), of, passages, labels)


def _in_shard(shard: Shard, looked: Looked | None, words: Sequence[str], allowed: Bools) -> tuple[Ints, Ints, Ints, Bools]:
    known: dict[str, tuple[Ints, Ints]] = {}

    def places(word: str) -> tuple[Ints, Ints]:
        if word not in known:
            at = shard.places(word)
            known[word] = at, shard.rows(at)
        return known[word]

    def inside(word: str) -> Bools:
        mask = np.zeros(len(allowed), np.bool_)
        mask[places(word)[1]] = True
        return mask

    if looked is not None and allowed.any():
        allowed = allowed & holds(looked, inside, np.logical_not, np.logical_and, np.logical_or)
    if not words:
        row = np.flatnonzero(allowed)
        return shard.passage[row].astype(np.int64), np.zeros(len(row), np.int64), row, allowed
    parts: list[tuple[Ints, Ints, Ints]] = []
    for word in words if allowed.any() else ():
        here, of = places(word)
        kept = allowed[of]
        parts.append((here[kept], np.full(int(kept.sum()), len(word), np.int64), of[kept]))
    if len(parts) == 1:
        return *parts[0], allowed
    none = np.zeros(0, np.int64)
    at, long, row = (np.concatenate([none, *(p[k] for p in parts)]) for k in range(3))
    order = np.lexsort((long, at))
    return at[order], long[order], row[order], allowed


def page_of(index: TextIndex, found: FoundPlaces, order: Ints, first: int, last: int, beside: str = "") -> list[Occurrence]:
    """The places ``first`` … ``last`` in order.

    Args:
        order: report numbers in the order wanted.
        beside: ``left`` or ``right`` puts them in the order of what stands on that side, if they are not too many.
    """
    if beside and found.count <= MOST_SORTED:
        return _sorted_page(index, found, beside, first, last)
    counts = np.cumsum(found.of[order])
    begin, end = np.searchsorted(counts, [first, last - 1], side="right")
    wanted = order[begin : end + 1]
    skipped = int(counts[begin - 1]) if begin else 0
    found_here = list(_of_reports(index, found, wanted))
    return found_here[first - skipped : last - skipped]


def _of_reports(index: TextIndex, found: FoundPlaces, wanted: Ints) -> Iterator[Occurrence]:
    """The places of some reports, report after report."""
    held: dict[int, list[Occurrence]] = {}
    for n in wanted.tolist():
        for shard, places, lengths, rows in zip(index.shards, found.places, found.lengths, found.rows, strict=True):
            if not len(shard.report) or not shard.report[0] <= n <= shard.report[-1]:
                continue
            # passages stand in the order of their reports, places in that of their passages
            first, last = np.searchsorted(rows, np.searchsorted(shard.report, [n, n + 1]))
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
    keys, which = [], []
    for n, (shard, places, lengths, rows) in enumerate(zip(index.shards, found.places, found.lengths, found.rows, strict=True)):
        step = np.arange(_BESIDE)
        begins = shard.passage[rows].astype(np.int64)
        ends = np.append(shard.passage[1:], len(shard.text)).astype(np.int64)[rows] - 1
        at = (places + lengths)[:, None] + step if side == "right" else places[:, None] - 1 - step
        inside = (at >= begins[:, None]) & (at < ends[:, None])
        codes = (
            np.where(inside, shard.text[np.clip(at, 0, max(0, len(shard.text) - 1))], 0)
            if len(at)
            else np.zeros((0, _BESIDE), np.int64)
        )
        keys.append(codes.astype(np.int64))
        which.append(np.stack([np.full(len(places), n), np.arange(len(places))], axis=1))
    codes, place = np.concatenate(keys), np.concatenate(which)
    order = np.lexsort(codes.T[::-1])[first:last]
    shown = []
    for n, k in place[order].tolist():
        shown.append(_place(index, index.shards[n], int(found.places[n][k]), int(found.lengths[n][k]), int(found.rows[n][k])))
    return shown


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
