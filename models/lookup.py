"""Finds the n-grams of a vocabulary in a text with a few numpy calls: no Python loop over characters, no search in a large table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError

Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]

#: longest n-gram
LONGEST = 4
#: most characters that n-grams may hold: the table of pairs grows with the square
MAX_ALPHABET = 2_500

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

    def find(self, keys: Ints) -> tuple[Ints, Nodes]:
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


class GramTree:
    """N-grams of 1 to 4 characters, numbered: the number of a gram is its *node*, 0 means none.

    A gram of three characters is looked for only where its first two were found, and so on: most of a text is never looked up
    further than a pair, and pairs stand in a plain table.

    Args:
        alphabet: the characters that grams may hold, each once.
        grams: the grams; what they begin with becomes a node too.

    Raises:
        DataError: too many characters, one outside the basic plane, or a gram that is too long or holds another character.
    """

    def __init__(self, alphabet: str, grams: Iterable[str]) -> None:
        if len(alphabet) > MAX_ALPHABET or any(c > "\uffff" for c in alphabet):
            raise DataError(f"alphabet of {len(alphabet)} characters", remedy=f"use at most {MAX_ALPHABET} of the basic plane")
        wanted, letters = set(grams), set(alphabet)
        if wrong := [g for g in wanted if not 1 <= len(g) <= LONGEST or not letters.issuperset(g)]:
            raise DataError(f"no n-grams of this alphabet: {wrong[:3]}", remedy="train the model again")
        wanted.update([g[:n] for g in wanted for n in range(1, len(g))])
        longer = [g for length in range(2, LONGEST + 1) for g in sorted(g for g in wanted if len(g) == length)]
        #: node of each gram
        self.nodes = {g: i for i, g in enumerate([*alphabet, *longer], 1)}
        self._char = np.zeros(0x10000, dtype=np.int64)
        self._char[[ord(c) for c in alphabet]] = np.arange(1, len(alphabet) + 1)
        size = self._size = len(alphabet) + 1
        self._two = np.zeros(size * size, dtype=np.int32)
        self._parent = np.zeros(len(self.nodes) + 1, dtype=np.bool_)
        keys: list[int] = []
        for gram in longer:
            parent, code = self.nodes[gram[:-1]], self.nodes[gram[-1]]
            if len(gram) == 2:
                self._two[parent * size + code] = self.nodes[gram]
            else:
                self._parent[parent] = True
                keys.append(parent * size + code)
        # the nodes of grams of three and four characters follow each other
        self._first = len(self.nodes) + 1 - len(keys)
        self._more = KeyTable(np.array(keys, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.nodes) + 1

    def codes(self, text: str) -> Ints:
        """Codes of the characters of a text; 0 for one outside the alphabet."""
        return self._char.take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4"), mode="clip")

    def find(self, codes: Ints) -> Nodes:
        """(character, 4): the nodes of the grams of one to four characters that end at each character.

        >>> tree = GramTree("信息公开", ["信息", "信息公开", "公开"])
        >>> [g for n in tree.find(tree.codes("信息公开"))[3] for g, k in tree.nodes.items() if k == n]
        ['开', '公开', '信息公开']
        """
        nodes = np.zeros((len(codes), LONGEST), dtype=np.int32)
        if not len(codes):
            return nodes
        nodes[:, 0] = codes
        found = self._two.take(codes[:-1] * self._size + codes[1:])
        nodes[1:, 1] = found
        ends = np.arange(1, len(codes))
        for length in range(2, LONGEST):
            further = np.flatnonzero(self._parent.take(found))
            if len(further) and ends[further[-1]] + 1 == len(codes):
                further = further[:-1]
            ends = ends.take(further) + 1
            hit, places = self._more.find(found.take(further) * np.int64(self._size) + codes.take(ends))
            ends, found = ends.take(hit), places + np.int32(self._first)
            nodes[ends, length] = found
        return nodes
