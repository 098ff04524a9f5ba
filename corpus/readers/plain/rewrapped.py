"""Tables and paragraphs that a program laid out wider than the column they stand in, and whose every line it then cut: put together again.

Lines were cut from their end into pieces of the column's width, so that the first piece is what was left::

    +-------+----
    ---+-------+
    | 规章  |
       | 12    |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from corpus.datafile import later
from corpus.readers.plain.lines import printed_places

_GRID, _GRID_ON = later(r" *\+[-=+]*"), later(r"[-=][-=+]*")
_DASHES, _DASHES_ON = later(r" *-+(?: -+)*"), later(r"-+(?: -+)*")
_WORD = later(r"(?<!\S)\S+")
#: what a line of prose never holds: marks of a table, its gaps, an item of a list
_NO_PROSE = later(r"[|]|^\+|\S {2,}\S|^ *-")
#: between paragraphs: nothing, the fences of a box (::: foot, <div>), the line under a title
_EMPTY = later(r"\s*(?::{3,}.*|</?div\b[^>]*>|[=~]{3,})?\s*")
_MOST_PIECES, _MOST_LINES, _MOST_UNSURE = 24, 3000, 6
#: wider columns cut nothing; a table that does not fit fails again at each of its rulers
_WIDEST, _MOST_FAILED = 200, 60


def put_together(lines: Sequence[str], width: int) -> list[str]:
    """``lines`` of a column that is ``width`` wide, with its cut tables whole; empty lines keep their number.

    A table is left as it is unless all its lines fit the columns of its ruler in one way alone.
    """
    out = list(lines)
    at, failed = 0, 0
    while at < len(out) and width <= _WIDEST and failed <= _MOST_FAILED:
        if (end := _paragraph(out, at, width)) > at + 1:
            out[at:end] = ["".join(out[at:end]), *[""] * (end - at - 1)]
            at = end
            continue
        pieces = _ruler(out, at)
        found = _table(out, at, pieces, width) if pieces > 1 else None
        if found is None:
            failed += pieces > 1
            at += 1
            continue
        rows, end = found
        out[at:end] = [*rows, *[""] * (end - at - len(rows))]
        at = end
    return out


def _paragraph(lines: Sequence[str], at: int, width: int) -> int:
    """Where the paragraph ends that begins in a line, if it was cut so: all its lines but the first are full; else ``at``."""
    if at and not _EMPTY.fullmatch(lines[at - 1]):
        return at
    end = at
    while end < len(lines) and not _EMPTY.fullmatch(lines[end]) and _NO_PROSE.search(lines[end]) is None:
        if end > at and not width - 1 <= _wide(lines[end]) <= width:
            return at
        end += 1
    return end if end == len(lines) or _EMPTY.fullmatch(lines[end]) else at


def _ruler(lines: Sequence[str], at: int) -> int:
    """Of how many pieces the ruler is that begins in a line; 0 if none does."""
    line = lines[at]
    go_on = _GRID_ON if _GRID.fullmatch(line) else _DASHES_ON if _DASHES.fullmatch(line) else None
    if go_on is None:
        return 0
    count = 1
    while count <= _MOST_PIECES and at + count < len(lines) and go_on.fullmatch(lines[at + count]):
        count += 1
    return count


def _table(lines: Sequence[str], at: int, pieces: int, width: int) -> tuple[list[str], int] | None:
    """The rows of the table whose ruler begins in a line, rulers included, and where it ends."""
    grid = lines[at].lstrip().startswith("+")
    ruler = _padded(lines[at : at + pieces], [len(lines[at]), *[width] * (pieces - 1)])
    stops = {n for n, c in enumerate(ruler) if c == "+"} if grid else {m.start() for m in re.finditer(r"-+", ruler)}
    rows: list[str] = []
    for first in range(at, min(len(lines), at + _MOST_LINES) - pieces + 1, pieces):
        group = lines[first : first + pieces]
        if grid and not group[0].lstrip().startswith(("|", "+")):
            break
        ends = group == lines[at : at + pieces]
        whole = (
            ruler
            if ends
            else _grid_row(group, ruler, stops, width)
            if grid
            else _spaced_row(group, len(lines[at]), stops, width)
        )
        if whole is None:
            return None
        rows.append(whole)
        if ends and not grid and first > at:
            return rows, first + pieces
    return (rows, at + len(rows) * pieces) if grid and len(rows) > 2 and rows[-1] == ruler else None


def _grid_row(group: Sequence[str], ruler: str, stops: set[int], width: int) -> str | None:
    found: set[str] = set()
    for widths in _widths(group, width):
        row = _padded(group, [len(ruler) - sum(widths), *widths]).rstrip()
        if {at for c, at in zip(row, printed_places(row), strict=False) if c in "|+"} == stops:
            found.add(row)
    return found.pop() if len(found) == 1 else None


def _spaced_row(group: Sequence[str], most: int, stops: set[int], width: int) -> str | None:
    """The row whose words all begin where a column does, and which ends with its last cell: where that begins if it is blank.

    ``None`` where the first piece (at most ``most`` wide) fits in several ways.
    """
    if not any(piece.strip() for piece in group):
        return ""
    found: set[str] = set()
    for widths in _widths(group, width):
        for first in range(_wide(group[0]), most + 1):
            row = _padded(group, [first, *widths]).rstrip()
            places = printed_places(row)
            words = {places[m.start()] for m in _WORD.finditer(row)}
            end = first + sum(widths)
            if words <= stops and (end == max(stops) or (max(stops) in words and places[-1] == end)):
                found.add(row)
    return found.pop() if len(found) == 1 else None


def _widths(group: Sequence[str], width: int) -> Iterator[tuple[int, ...]]:
    """How wide the pieces behind the first may be: one less where a wide character before them did not fit."""
    ways = [(width, width - 1) if before and _wide(before[-1]) == 2 else (width,) for before in group[:-1]]
    return product(*ways) if sum(map(len, ways)) <= len(ways) + _MOST_UNSURE else iter(())


def _padded(group: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(piece + " " * (width - _wide(piece)) for piece, width in zip(group, widths, strict=True))


def _wide(text: str) -> int:
    return printed_places(text)[-1]
