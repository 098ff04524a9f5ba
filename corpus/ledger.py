"""What became of each piece of a file: in the canonical text, left out as furniture of page or site, or not shown at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.types import CanonicalText, Dropped, TableBlock

#: kinds of what a file holds but does not show
NOT_SHOWN = frozenset({"hidden", "struck", "note", "control"})


@dataclass(frozen=True, slots=True)
class Ledger:
    """Pieces of a file (paragraphs, cells with text, lines) by what became of them; ``kinds`` counts those left out."""

    kept: int
    furniture: int
    hidden: int
    kinds: dict[str, int] = field(default_factory=dict)


def take_stock(canonical: CanonicalText, dropped: Sequence[Dropped]) -> Ledger:
    """Count the pieces of the canonical text and those left out."""
    kept = 0
    for block in canonical.blocks:
        kept += sum(1 for c in block.grid.cells if c.text) if isinstance(block, TableBlock) else 1
    kinds = Counter(d.kind for d in dropped)
    hidden = sum(n for kind, n in kinds.items() if kind in NOT_SHOWN)
    return Ledger(kept, kinds.total() - hidden, hidden, dict(sorted(kinds.items())))
