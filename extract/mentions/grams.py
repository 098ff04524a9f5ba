"""Features that are n-grams of the words around a number, looked up for all numbers of a report with a few numpy calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import add

import numpy as np
from numpy.typing import NDArray

from models.lookup import KeyTable

Ints = NDArray[np.int64]
#: lengths of the n-grams that are features, by group
SIZES: Mapping[str, tuple[int, ...]] = {"l:": (1, 2, 3, 4), "o:": (2, 3), "s:": (2,), "r:": (1, 2, 3), "a:": (2,), "u:": (2,)}
#: the group whose n-grams stand with the unit of the number: `公开条`, for 公开 before 12条
WITH_UNIT = "u:"
_ALL_SIZES = range(1, 5)
# codes of characters: with 0 公 and 0公 would be one number; 1 is what no feature holds, such as the character between texts
_UNKNOWN, _FIRST = 1, 2
_BETWEEN = "\x00"


def grams(text: str, *sizes: int) -> list[str]:
    """The n-grams of a text, the shorter ones first.

    >>> grams("公开率", 1, 2)
    ['公', '开', '率', '公开', '开率']
    """
    found: list[str] = []
    some: Sequence[str] = text
    for size in range(1, sizes[-1] + 1):
        if size > 1:
            some = list(map(add, some, text[size - 1 :]))  # one character longer each
        if size in sizes:
            found += some
    return found


class GramTable:
    """Features that are n-grams, each with its row.

    An n-gram and its *kind*, which is its group and unit, are kept as one number, whose digits are the characters and the kind.

    Args:
        blocks: names of features of a group, and the row of the first; those of the others follow.
    """

    def __init__(self, blocks: Iterable[tuple[str, Sequence[str], int]]) -> None:
        self._kinds: dict[tuple[str, str], int] = {}
        names, kinds, rows = list[str](), list[int](), list[int]()
        for group, some, first in blocks:
            rows += range(first, first + len(some))
            if group == WITH_UNIT:
                longest = SIZES[group][-1]
                names += [name[:longest] for name in some]
                kinds += [self._kinds.setdefault((group, name[longest:]), len(self._kinds)) for name in some]
            else:
                names += some
                kinds += [self._kinds.setdefault((group, ""), len(self._kinds))] * len(some)
        self._rows = np.array(rows, dtype=np.int64)
        text = "".join(names)
        alphabet = sorted(set(text))
        self._codes = np.full(0x10000, _UNKNOWN, dtype=np.int64)
        self._codes[list(map(ord, alphabet))] = range(_FIRST, _FIRST + len(alphabet))
        self._base = _FIRST + len(alphabet)
        # and one kind more, which has no features
        self._none = len(self._kinds)
        self._asked = [np.array([size in SIZES[group] for group, _ in self._kinds] + [False]) for size in _ALL_SIZES]
        lengths = np.array(list(map(len, names)), dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        keys = np.array(kinds, dtype=np.int64)
        for size, numbers in zip(_ALL_SIZES, self._numbers(text), strict=True):
            of_size = np.flatnonzero(lengths == size)
            keys[of_size] += numbers.take(starts.take(of_size))
        self._table = KeyTable(keys)

    def _numbers(self, text: str) -> list[Ints]:
        """The n-grams that begin at each character, by their length, as numbers whose last digit is free for the kind."""
        codes = self._codes.take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4"), mode="clip")
        numbers, found = codes, [codes * len(self._kinds)]
        for size in _ALL_SIZES[1:]:
            numbers = numbers[:-1] * self._base + codes[size - 1 :]
            found.append(numbers * len(self._kinds))
        return found

    def kinds(self, unit: str) -> list[int]:
        """The number of each group's kind, for a unit."""
        return [self._kinds.get((group, unit if group == WITH_UNIT else ""), self._none) for group in SIZES]

    def find(self, texts: Sequence[str], kinds: Sequence[int]) -> tuple[Ints, Ints]:
        """(numbers of the texts, rows), one pair for each place of a text where a feature of its kind begins."""
        text_of = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
        kind_of = np.array(kinds, dtype=np.int64).take(text_of)
        at, keys = [], []
        for asked, numbers in zip(self._asked, self._numbers(_BETWEEN.join((*texts, ""))), strict=True):
            begins = np.flatnonzero(asked.take(kind_of[: len(numbers)]))
            at.append(begins)
            keys.append(numbers.take(begins) + kind_of.take(begins))
        hit, places = self._table.find(np.concatenate(keys))
        return text_of.take(np.concatenate(at).take(hit)), self._rows.take(places)
