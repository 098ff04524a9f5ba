"""Frames of the fields of a form inside the cells of a ruled table: browsers print the box of an input with its value in it.

Taken for ruling lines they would cut each cell into a field and blank slivers around it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice, pairwise

from corpus.readers.page.content import Rule
from corpus.readers.page.ruled_tables import find_tables
from corpus.types import BBox

#: sides of a frame end so near to each other; frames are so high
_CORNER, _LOWEST, _HIGHEST = 2.5, 6.0, 40.0
#: so many frames, and this share of them in a cell of its own
_FEWEST, _SHARE = 3, 0.9

#: height and place of the end of a line, in whole points
_End = tuple[int, int]
_Frame = tuple[BBox, frozenset[Rule], frozenset[Rule]]


def without_boxes(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """The ruling lines without the frames that stand inside the cells of the other lines, one in each."""
    if sum(end - start <= _HIGHEST + 2 * _CORNER for _, start, end in vertical) < 2 * _FEWEST:
        return horizontal, vertical
    places = [*map(_ends, horizontal)]
    ends = Counter(chain.from_iterable(places))
    alone = (pair for pair in places if not _goes_on(pair, ends))
    if len(list(islice(alone, 2 * _FEWEST))) < 2 * _FEWEST:
        return horizontal, vertical
    frames = _alone(_frames(horizontal, vertical), ends)
    if len(frames) < _FEWEST:
        return horizontal, vertical
    across = frozenset[Rule]().union(*(frame[1] for frame in frames))
    down = frozenset[Rule]().union(*(frame[2] for frame in frames))
    rest_across, rest_down = [r for r in horizontal if r not in across], [r for r in vertical if r not in down]
    if not rest_across or not rest_down:
        return horizontal, vertical
    held: set[tuple[int, int]] = set()
    tables = find_tables(rest_across, rest_down)
    for (x0, y0, x1, y1), _, _ in frames:
        for n, table in enumerate(tables):
            at = table.cell_at((x0 + x1) / 2, (y0 + y1) / 2)
            if at is not None:
                left, top, right, bottom = table.cells[at].box
                if left < x0 and top < y0 and x1 < right and y1 < bottom:
                    held.add((n, at))
                break
    return (rest_across, rest_down) if len(held) >= max(_FEWEST, _SHARE * len(frames)) else (horizontal, vertical)


def _frames(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[_Frame]:
    """Rectangles of four lines that end at each other."""
    by_span: defaultdict[tuple[int, int], list[Rule]] = defaultdict(list)
    for rule in horizontal:
        by_span[round(rule.start), round(rule.end)].append(rule)
    by_place: defaultdict[int, list[Rule]] = defaultdict(list)
    for rule in vertical:
        by_place[round(rule.at)].append(rule)
    found: list[_Frame] = []
    for rules in by_span.values():
        if len(rules) < 2:
            continue
        for upper, lower in pairwise(sorted(rules)):
            if _LOWEST <= lower.at - upper.at <= _HIGHEST:
                left, right = _side(by_place, upper.start, upper, lower), _side(by_place, upper.end, upper, lower)
                if left is not None and right is not None and left != right:
                    found.append(((left.at, upper.at, right.at, lower.at), frozenset({upper, lower}), frozenset({left, right})))
    return found


def _alone(frames: list[_Frame], ends: Counter[_End]) -> list[_Frame]:
    """The frames that share no side with another, and from whose corners no line goes on: cells of a table do both."""
    if len(frames) < _FEWEST:
        return []
    used = Counter(rule for _, across, down in frames for rule in (*across, *down))
    return [
        (box, across, down)
        for box, across, down in frames
        if all(used[rule] == 1 for rule in (*across, *down)) and not any(_goes_on(_ends(rule), ends) for rule in across)
    ]


def _ends(rule: Rule) -> tuple[_End, _End]:
    y, left, right = map(round, rule)
    return (y, left), (y, right)


def _goes_on(places: Iterable[_End], ends: Counter[_End]) -> bool:
    """Whether another line begins or ends where one does that ends at these places."""
    # in a table it does at the very place
    return any(ends[place] > 1 for place in places) or any(
        sum(ends[y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)) > 1 for y, x in places
    )


def _side(by_place: defaultdict[int, list[Rule]], x: float, upper: Rule, lower: Rule) -> Rule | None:
    """The line that goes down from one end of ``upper`` to that of ``lower``, and no further."""
    for at in range(round(x - _CORNER), round(x + _CORNER) + 1):
        for rule in by_place.get(at, ()):
            if abs(rule.start - upper.at) <= _CORNER and abs(rule.end - lower.at) <= _CORNER:
                return rule
    return None
