"""Which report has which code, in memory: filters are masks over the reports, and their counts sums over the masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gongkai.web.textindex import Bools, Ints


@dataclass(frozen=True)
class Marks:
    """``number`` are report numbers, those of one (kind, code) after those of another; ``starts`` where each begins, and the end."""

    size: int
    keys: tuple[tuple[str, str], ...] = field(repr=False)
    starts: Ints = field(repr=False)
    number: NDArray[np.int32] = field(repr=False)

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
        sums = np.add.reduceat(among[self.number].astype(np.int64), self.starts[:-1])
        for place in np.flatnonzero(sums).tolist():
            kind, code = self.keys[place]
            found.setdefault(kind, {})[code] = int(sums[place])
        return found
