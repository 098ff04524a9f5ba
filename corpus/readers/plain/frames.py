"""Pages that a site lays out as a table and a program draws with that table: ``| 首页 | 一、总体情况 |`` line after line.

The column that holds the report is kept, without the drawing; what stands beside it (columns of the site) is said to be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.datafile import later
from corpus.readers.plain.lines import printed_places
from corpus.readers.plain.rewrapped import put_together
from corpus.text.headings import enumerator, is_title, section_heading
from corpus.types import Dropped, Place

_DRAWN = later(r"[ \t]*[|+].*[|+][ \t]*")
_ONE_CELL = later(r"[ \t]*\+[-=]{30,}\+[ \t]*")
_RULER = later(r"[ \t]*[|+][-=+:|]{30,}[|+][ \t]*")
_LINE = later(r" {0,8}[|+]")
_SENTENCE = later(r"[。；]")
_FEWEST_SENTENCES, _FEWEST_HEADINGS, _FEWEST_LINES = 3, 2, 12
#: columns of a page, and how deep such tables stand in each other
_MOST_COLUMNS, _DEPTH = 5, 4


def without_frames(text: str, dropped: list[Dropped]) -> str:
    """``text`` with each page that is drawn as a table as the lines of its main column; the number of lines stays."""
    if text.count("|\n") < _FEWEST_LINES:
        return text
    lines = text.split("\n")
    for _ in range(_DEPTH):
        found = [kept for first, last in _blocks(lines) if (kept := _unframed(lines, first, last, dropped))]
        if not found:
            break
        for first, bare in found:
            lines[first : first + len(bare)] = bare
    return "\n".join(lines)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last line (exclusive) of what is drawn between pipes without a gap."""
    first = None
    for n, line in enumerate([*lines, ""]):
        if ("|" not in line and "+" not in line) or _DRAWN.fullmatch(line) is None:
            if first is not None and n - first >= _FEWEST_LINES:
                yield first, n
            first = None
        elif first is None:
            first = n


def _unframed(lines: Sequence[str], first: int, last: int, dropped: list[Dropped]) -> tuple[int, list[str]] | None:
    """Where the block begins, and its lines without the frame; ``None`` where it is no page."""
    places = [_places(line) for line in lines[first:last]]
    common = set(places[0])
    for here in places:
        common &= here.keys()
    bounds = sorted(common)
    if len(bounds) < 2 and _ONE_CELL.fullmatch(lines[first]) and _ONE_CELL.fullmatch(lines[last - 1]):
        bounds, places = [0, 1], [{0: min(here.values()), 1: max(here.values())} for here in places]  # not set to one width
    if not 2 <= len(bounds) <= _MOST_COLUMNS + 1:
        return None
    columns = [
        [line[here[a] + 1 : here[b]] for line, here in zip(lines[first:last], places, strict=True)] for a, b in pairwise(bounds)
    ]
    told = [sum(1 for cell in column if _SENTENCE.search(cell)) for column in columns]
    main = told.index(max(told))
    if told[main] < _FEWEST_SENTENCES or sum(told) > told[main]:
        return None
    if sum(1 for cell in columns[main] if _heads(cell.strip())) < _FEWEST_HEADINGS:
        return None
    kept = list(_kept(lines[first:last], columns, main, first, dropped))
    return first, put_together(_close(kept), bounds[main + 1] - bounds[main] - 3)


def _heads(cell: str) -> bool:
    bare = cell.strip("*=| ")
    return 0 < len(bare) < 60 and (section_heading(bare) is not None or is_title(bare) or (enumerator(bare) or (0,))[0] == 1)


def _kept(
    lines: Sequence[str], columns: Sequence[Sequence[str]], main: int, first: int, dropped: list[Dropped]
) -> Iterator[str]:
    """The main column line by line; above its first words what stands in the others, the page's head."""
    begun = False
    for n, line in enumerate(lines):
        # | +----+----+ | is the ruler of a table in the column, +------+ that of the frame
        if _RULER.fullmatch(line) and not columns[main][n].startswith(" "):
            yield ""
            continue
        cells = [column[n].removeprefix(" ").rstrip() for column in columns]
        beside = " ".join(cell.strip() for at, cell in enumerate(cells) if at != main and cell.strip())
        begun = begun or bool(cells[main].strip())
        if beside and begun:
            dropped.append(Dropped("navigation", beside, Place(line=first + n + 1)))
        yield cells[main] if begun else beside


def _close(lines: list[str]) -> list[str]:
    """The lines, with those of a table that was drawn with an empty line after each (reStructuredText) right under each other."""
    out = list(lines)
    at = 0
    while at < len(out):
        end = at
        while end + 2 < len(out) and _LINE.match(out[end]) and not out[end + 1] and _LINE.match(out[end + 2]):
            end += 2
        if end > at:
            kept = out[at : end + 1 : 2]
            out[at : end + 1] = [*kept, *[""] * (end + 1 - at - len(kept))]
        at = end + 1
    return out


def _places(line: str) -> dict[int, int]:
    """Where in print the marks of a frame stand: place -> index."""
    return {at: n for n, (c, at) in enumerate(zip(line, printed_places(line), strict=False)) if c in "|+"}
