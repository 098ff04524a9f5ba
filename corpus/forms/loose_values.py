"""Table 3 from its numbers alone, where a converter printed them apart from their labels (codebook, section 3, ``basis``).

``pdftotext`` and pdfminer print the numbers of a page row after row, or in blocks of several rows whose columns stand apart: the totals
behind the other six, column after column, the first column with the labels.  A layout is believed if every row has its sum and every
column its balance, and if no other one with as few blocks does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cache

Row = tuple[int, ...]
Values = tuple[tuple[Decimal, ...], ...]

_WIDTH = 7
#: blocks whose columns stand apart, at most: a table has three or four pages
_MOST_BLOCKS = 4
#: more tables with as few blocks than this are too many to choose from
_MOST_WAYS = 400
#: columns that are printed together: neighbours, in at most three groups, or every column apart
_MOST_GROUPS = 3
#: rows with a number in them that a layout in blocks must explain
_FEWEST_FILLED = 3


@cache
def _groups() -> tuple[Row, ...]:
    """Ways to cut seven columns into neighbours: (6, 1), (1, 5, 1) … and (1, 1, 1, 1, 1, 1, 1)."""
    two = [(a, _WIDTH - a) for a in range(1, _WIDTH)]
    three = [(a, b, _WIDTH - a - b) for a in range(1, _WIDTH - 1) for b in range(1, _WIDTH - a)]
    return (*two, *three, (1,) * _WIDTH)


def lay_out(numbers: Sequence[Decimal], rows: int, holds: Callable[[Values], bool]) -> tuple[Row, ...] | None:
    """For each row of the table the places of its seven numbers in printed order, or ``None`` where that is not certain.

    ``holds`` says of the rows of a whole table whether its columns balance.

    >>> lay_out([Decimal(n) for n in (3, 1, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 2)], 2, lambda table: True)
    ((0, 1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12, 13))
    """
    if len(numbers) != rows * _WIDTH:
        return None
    blocks = _Blocks(numbers)
    for most in range(_MOST_BLOCKS + 1):
        found = blocks.tables(rows, most)
        if found is None:
            return None
        ways = [(values, laid) for values, laid in found.items() if holds(values)]
        if ways:
            filled = sum(1 for row in ways[0][0] if row[-1])
            return ways[0][1] if len(ways) == 1 and (not most or filled >= _FEWEST_FILLED) else None
    return None


class _Blocks:
    """The blocks of rows that begin at each row of seven numbers, found once."""

    def __init__(self, numbers: Sequence[Decimal]) -> None:
        self._numbers = numbers
        self._found: dict[tuple[int, int], tuple[tuple[Values, tuple[Row, ...]], ...]] = {}

    def tables(self, rows: int, most: int) -> dict[Values, tuple[Row, ...]] | None:
        """The tables with at most so many blocks, ways with equal values once; ``None`` where there are too many."""
        # below[first]: what the rows from there on can be, with the blocks that it takes
        below: list[dict[Values, tuple[int, tuple[Row, ...]]]] = [{} for _ in range(rows + 1)]
        below[rows][()] = (0, ())
        for first in range(rows - 1, -1, -1):
            here = below[first]
            for count in range(1, rows - first + 1):
                tails = below[first + count]
                if not tails or (count > 1 and not most):
                    continue
                for values, laid in self._at(first * _WIDTH, count):
                    for tail, (used, rest) in tails.items():
                        blocks = used + (count > 1)
                        whole = (*values, *tail)
                        if blocks <= most and (whole not in here or blocks < here[whole][0]):
                            here[whole] = (blocks, (*laid, *rest))
            if len(here) > _MOST_WAYS:
                return None
        return {values: laid for values, (_, laid) in below[0].items()}

    def _at(self, at: int, count: int) -> tuple[tuple[Values, tuple[Row, ...]], ...]:
        if (at, count) not in self._found:
            distinct: dict[Values, tuple[Row, ...]] = {}
            for groups in _groups() if count > 1 else ((_WIDTH,),):
                laid = tuple(self._rows(at, count, groups))
                if len(laid) == count:
                    distinct.setdefault(tuple(tuple(self._numbers[i] for i in row) for row in laid), laid)
            self._found[at, count] = tuple(distinct.items())
        return self._found[at, count]

    def _rows(self, at: int, count: int, groups: Row) -> Iterator[Row]:
        """The rows of a block up to the first that has not its sum."""
        for row in range(count):
            places: list[int] = []
            start = at
            for width in groups:
                places += range(start + row * width, start + (row + 1) * width)
                start += width * count
            if sum((self._numbers[i] for i in places[:-1]), Decimal(0)) != self._numbers[places[-1]]:
                return
            yield tuple(places)
