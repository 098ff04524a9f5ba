"""Finds thousands of 64-bit keys in a fixed set with a few numpy calls: a hash table, where a binary search would cost most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: spreads keys that differ in few bits
_EMPTY = -1
_MARK = np.uint64(16)


class KeyTable:
    """A set of distinct keys ≥ 0; a key is known by its place in ``keys``.

    The hash of a key names a bucket and a mark of 32 bits; all buckets are as wide as the fullest, so that one comparison with the
    marks of a bucket finds the one key that may be meant.  Marks and places are small enough to stay in the processor's cache.
    """

    def __init__(self, keys: Ints) -> None:
        count = len(keys)
        self._shift = np.uint64(64 - max(4, (2 * count).bit_length()))  # 2 to 4 buckets for each key
        self._keys = np.append(np.asarray(keys, dtype=np.int64), _EMPTY)
        buckets, marks = self._hash(self._keys[:-1])
        order = np.argsort(buckets, kind="stable")
        sizes = np.bincount(buckets, minlength=1 << (64 - int(self._shift)))
        within = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._width = int(sizes.max(initial=1))
        self._marks = np.zeros((len(sizes), self._width), dtype=np.uint32)
        self._places = np.full((len(sizes), self._width), count, dtype=np.int32)
        self._marks[buckets[order], within] = marks[order]
        self._places[buckets[order], within] = order

    def _hash(self, keys: Ints) -> tuple[Ints, NDArray[np.uint32]]:
        hashes = keys.view(np.uint64) * _FACTOR
        return (hashes >> self._shift).view(np.int64), (hashes >> _MARK).astype(np.uint32)

    def find(self, keys: Ints) -> tuple[Ints, NDArray[np.int32]]:
        """(which of ``keys`` are in the set, their places there), in the order of ``keys``.

        >>> table = KeyTable(np.array([5, 70, 12]))
        >>> [a.tolist() for a in table.find(np.array([12, 13, 5]))]
        [[0, 2], [2, 0]]
        """
        buckets, marks = self._hash(keys)
        hit = np.flatnonzero(self._marks.take(buckets, axis=0) == marks[:, None])
        at, within = np.divmod(hit, self._width)
        places = self._places.take(buckets.take(at) * self._width + within)
        sure = np.flatnonzero(self._keys.take(places) == keys.take(at))  # two keys may share a mark
        return at.take(sure), places.take(sure)


class GramTable:
    """The n-grams that mean something: features of a vocabulary, terms of classes, or both; one look-up finds either.

    Args:
        features: keys of the features.
        first: number of the first of them; the others follow it in their order.
        terms: (key, class) of the terms; a term of several classes stands several times.
    """

    def __init__(self, features: Ints, first: int, terms: Sequence[tuple[int, int]]) -> None:
        keys = np.union1d(features, np.array([k for k, _ in terms], dtype=np.int64)).astype(np.int64)
        self._table = KeyTable(keys)
        self._feature = np.full(len(keys), -1, dtype=np.int64)
        self._feature[np.searchsorted(keys, features)] = first + np.arange(len(features))
        classes: dict[int, list[int]] = {}
        for key, number in terms:
            classes.setdefault(int(np.searchsorted(keys, key)), []).append(number)
        most = max(map(len, classes.values()), default=1)
        self._classes = np.full((len(keys), most), -1, dtype=np.int64)
        for place, numbers in classes.items():
            self._classes[place, : len(numbers)] = numbers
        self._is_term = self._classes[:, 0] >= 0

    def find(self, rows: Ints, keys: Ints, present: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """(row, number) of the features among ``keys``, which stand in ``rows``; repeats included.

        In ``present``, (row, class) is set where a term of the class was found.
        """
        at, places = self._table.find(keys)
        rows = rows.take(at)
        term = np.flatnonzero(self._is_term.take(places))
        for classes in self._classes.take(places.take(term), axis=0).T:
            several = np.flatnonzero(classes >= 0)
            present[rows.take(term.take(several)), classes.take(several)] = True
        numbers = self._feature.take(places)
        known = np.flatnonzero(numbers >= 0)
        return rows.take(known), numbers.take(known)
