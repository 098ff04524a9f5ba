"""Tables whose columns a line of dashes rules, above their rows and below them: written anew as rows of pipes.

A program that lays text out so says where each column stands, blank cells included, which spaces alone would not::

      ---------- ------ ------
      规章       3
      规范性文件        12
      ---------- ------ ------
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.datafile import later
from corpus.readers.plain.lines import printed_places

_RULER = later(r"[ \t]*-{3,}(?: -{3,})+[ \t]*")
_DASHES = later(r"-+")
_MOST_ROWS = 200


def with_ruled_columns(lines: list[str]) -> list[str]:
    """``lines`` with the rows between two equal rulers as rows of pipes; a table with text in a gap between columns stays as it is.

    >>> with_ruled_columns(["  ---- --- ---", "  规章     12", "  ---- --- ---"])
    ['', '| 规章 |  | 12 |', '']
    """
    rulers = [n for n, line in enumerate(lines) if "--- -" in line and _RULER.fullmatch(line)]
    out, done = list(lines), -1
    for first in rulers:
        if first <= done:
            continue
        ruler = lines[first].rstrip()
        last = next((n for n in rulers if first < n <= first + _MOST_ROWS and lines[n].rstrip() == ruler), None)
        if last is None:
            continue
        columns = [m.span() for m in _DASHES.finditer(ruler)]
        rows = [_cells(line, columns) if line.strip() else [] for line in lines[first + 1 : last]]
        if None not in rows:
            out[first : last + 1] = ["", *(f"| {' | '.join(row)} |" if row else "" for row in rows), ""]
            done = last
    return out


def _cells(line: str, columns: Sequence[tuple[int, int]]) -> list[str] | None:
    """What stands under each column, a wide character taking two places; ``None`` where text stands under none."""
    cells = [""] * len(columns)
    for c, at in zip(line.rstrip(), printed_places(line), strict=False):
        under = next((n for n, (start, end) in enumerate(columns) if start <= at < end), None)
        if under is not None:
            cells[under] += "\\|" if c == "|" else c
        elif not c.isspace():
            return None
    return [cell.strip() for cell in cells]
