"""Grids printed alike are understood once: agencies of one region fill in one form, and a program prints one form in one way.

Of a count nothing here looks at more than that it is one, so that grids with the same labels at the same places say the same of their
cells, whatever is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from corpus.forms.by_order import read_text_grid
from corpus.forms.by_position import read_exact_grid
from corpus.forms.claims import Claim, GridReading
from corpus.forms.scanner import Scanner
from corpus.types import GridCell

_PLACE = attrgetter("row", "column", "row_span", "column_span", "merged")
#: longer runs of digits are no counts
_LONGEST_COUNT = 15


class _Understood(NamedTuple):
    """A grid without its values: ``claims`` by the number of their cell, the reading without any, and what is known after it."""

    claims: tuple[tuple[str, int, str], ...]
    reading: GridReading
    after: Scanner


_KNOWN: dict[object, _Understood] = {}
_MOST_KNOWN = 128


def read_grid(rows: Sequence[Sequence[GridCell]], scanner: Scanner, *, exact: bool) -> tuple[GridReading, Scanner]:
    """What the rows of one grid say, and what is known after them; ``exact`` as in :class:`corpus.types.Grid`."""
    cells = [cell for row in rows for cell in row]
    key = (exact, scanner, tuple(map(_PLACE, cells)), tuple([None if _is_count(c.text) else c.text for c in cells]))
    known = _KNOWN.get(key)
    if known is not None:
        claims = tuple([Claim(code, cells[n], unit) for code, n, unit in known.claims])
        return replace(known.reading, claims=claims), known.after
    read = read_exact_grid(rows, scanner) if exact else None
    reading, after = read or read_text_grid(rows, scanner)
    numbers = {id(cell): n for n, cell in enumerate(cells)}
    if not reading.findings and all(id(claim.cell) in numbers for claim in reading.claims):  # findings quote values
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        places = tuple([(claim.code, numbers[id(claim.cell)], claim.printed_unit) for claim in reading.claims])
        _KNOWN[key] = _Understood(places, replace(reading, claims=()), after)
    return reading, after


def _is_count(text: str) -> bool:
    return text.isdigit() and text.isascii() and len(text) <= _LONGEST_COUNT


__all__ = ["read_grid"]
