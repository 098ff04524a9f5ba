"""From ruling lines to tables: which cells a page's lines enclose.

Pieces of one line are merged, lines that touch make a table, and two neighbouring places between its lines are one cell where
the edge between them is not ruled.  Pure geometry, in points with y downwards; scans use it with lines found in the picture.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from corpus.readers.page.content import Rule
from corpus.types import BBox

SNAP = 2.0
#: borders are painted in pieces from cell to cell, with the thickness of the crossing line between them
_GAP = 3.5
_RULED = 0.6
#: lines that go on this far beyond the last crossing line enclose cells that are open to the side
_OPEN = 8.0
_MAX_EDGES = 400
#: an outer line that no row edge touches stands this near to the table
_BESIDE = 150.0

Group = tuple[list[Rule], list[Rule]]

_start = itemgetter(1)


class RuledCell(NamedTuple):
    """A cell between ruling lines, 0-based, with its box on the page."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: BBox


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table of a page: the x of its column edges, the y of its row edges (one more than columns and rows), its cells.

    ``owner[row][column]`` is the index in ``cells`` of the cell that covers this place.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[RuledCell, ...]
    owner: tuple[tuple[int, ...], ...]

    @property
    def box(self) -> BBox:
        """Outer edges."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def cell_at(self, x: float, y: float) -> int | None:
        """Index of the cell that encloses a point, or ``None`` outside the table."""
        if not (self.xs[0] <= x < self.xs[-1] and self.ys[0] <= y < self.ys[-1]):
            return None
        return self.owner[bisect_right(self.ys, y) - 1][bisect_right(self.xs, x) - 1]


def merge_rules(rules: Iterable[Rule], snap: float = SNAP) -> list[Rule]:
    """Collinear pieces (within ``snap``) that touch or nearly touch, as one line each."""
    out: list[Rule] = []
    group: list[Rule] = []
    first = -math.inf
    for rule in sorted(rules):
        if rule.at - first > snap:
            _merge_group(group, out)
            group = []
            first = rule.at
        group.append(rule)
    _merge_group(group, out)
    return out


def _merge_group(group: list[Rule], out: list[Rule]) -> None:
    if not group:
        return
    group.sort(key=_start)
    total = weight = 0.0
    _, start, end = group[0]
    for at, first, last in group:
        if first - end > _GAP:
            out.append(Rule(total / weight, start, end))
            total = weight = 0.0
            start, end = first, last
        length = max(last - first, 0.1)
        total += at * length
        weight += length
        end = max(end, last)
    out.append(Rule(total / weight, start, end))


def find_tables(horizontal: Iterable[Rule], vertical: Iterable[Rule], snap: float = SNAP) -> list[RuledTable]:
    """All tables that the lines of a page enclose, from the top down.

    A table inside another one's cell is left out (its text belongs to the cell), a frame of one cell hides none.
    """
    across = merge_rules(horizontal, snap)
    down = merge_rules(vertical, snap)
    tables = []
    for h, v in _with_sides(_groups(across, down, snap + 1.0)):
        table = _table(h, v, snap)
        if table is not None:
            tables.append(table)
    tables.sort(key=lambda t: (t.ys[0], t.xs[0]))
    return [t for t in tables if not any(_inside(t.box, other.box) for other in tables if len(other.cells) > 1)]


def _inside(a: BBox, b: BBox) -> bool:
    return a != b and a[0] >= b[0] - 1 and a[1] >= b[1] - 1 and a[2] <= b[2] + 1 and a[3] <= b[3] + 1


def _groups(across: Sequence[Rule], down: Sequence[Rule], reach: float) -> list[Group]:
    """Lines that cross or touch each other, by connected group."""
    parent = list(range(len(across) + len(down)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    across = sorted(across)  # a vertical line meets only the horizontal ones of its height
    heights = [rule.at for rule in across]
    for j, (x, y0, y1) in enumerate(down, len(across)):
        mine = j
        for i in range(bisect_left(heights, y0 - reach), bisect_right(heights, y1 + reach)):
            _, x0, x1 = across[i]
            if x0 - reach <= x <= x1 + reach and (root := find(i)) != mine:
                parent[mine] = mine = root
    groups: dict[int, Group] = {}
    for i, rule in enumerate(across):
        groups.setdefault(find(i), ([], []))[0].append(rule)
    for j, rule in enumerate(down, len(across)):
        groups.setdefault(find(j), ([], []))[1].append(rule)
    return list(groups.values())


def _with_sides(groups: list[Group]) -> list[Group]:
    """Groups that can be tables, each with the lines of its height that stand alone beside it.

    Where a cell of the first column reaches over the whole page, no row edge touches the outer line.
    """
    tables = [(h, v) for h, v in groups if len(h) >= 2 and len(v) >= 2]
    alone = [rule for h, v in groups if not h for rule in v]
    for _, v in tables if alone else ():
        top, bottom = min(r.start for r in v), max(r.end for r in v)
        left, right = min(r.at for r in v), max(r.at for r in v)
        for rule in alone:
            beside = not left < rule.at < right and min(abs(rule.at - left), abs(rule.at - right)) < _BESIDE
            within = rule.start > top - _OPEN and rule.end < bottom + _OPEN
            if beside and within and rule.end - rule.start > _RULED * (bottom - top):
                v.append(rule)
    return tables


def _edges(rules: Sequence[Rule], others: Sequence[Rule], snap: float) -> list[float]:
    """Positions of ``rules``, snapped; with the ends of the crossing lines where these go on well beyond."""
    edges: list[list[float]] = []
    for at in sorted(r.at for r in rules):
        if edges and at - edges[-1][0] <= snap:
            edges[-1].append(at)
        else:
            edges.append([at])
    found = [sum(e) / len(e) for e in edges]
    # most lines end where the open side is; one may be clipped by the page and go on unseen
    before = [r.start for r in others if found[0] - r.start > _OPEN]
    after = [r.end for r in others if r.end - found[-1] > _OPEN]
    if before:
        found.insert(0, median(before))
    if after:
        found.append(median(after))
    return found


def _covered(rules: Iterable[Rule], start: float, end: float) -> float:
    """Length of ``start``…``end`` that the lines cover (merged lines of one position overlap little)."""
    length = 0.0
    for _, first, last in rules:
        if first < end and last > start:
            length += (last if last < end else end) - (first if first > start else start)
    return length


def _along(edges: Iterable[float], rules: Iterable[Rule], near: float) -> list[list[Rule]]:
    """For each edge the lines that run there."""
    rules = sorted(rules)
    places = [rule.at for rule in rules]
    return [rules[bisect_left(places, at - near) : bisect_right(places, at + near)] for at in edges]


def _table(across: list[Rule], down: list[Rule], snap: float) -> RuledTable | None:
    xs, ys = _edges(down, across, snap), _edges(across, down, snap)
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 1 or rows < 1 or columns > _MAX_EDGES or rows > _MAX_EDGES:
        return None
    near = snap + 0.5
    at_x, at_y = _along(xs, down, near), _along(ys, across, near)
    # most edges are ruled from end to end: nothing to measure there
    open_x = {n for n in range(1, columns) if not any(r.start <= ys[0] + near and r.end >= ys[-1] - near for r in at_x[n])}
    open_y = {n for n in range(1, rows) if not any(r.start <= xs[0] + near and r.end >= xs[-1] - near for r in at_y[n])}
    parent = list(range(rows * columns))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, c in ((r * columns + c, c) for c in open_x for r in range(rows)):
        top, bottom = ys[i // columns], ys[i // columns + 1]
        if _covered(at_x[c], top, bottom) < _RULED * (bottom - top):
            parent[find(i)] = find(i - 1)
    for i, r in ((r * columns + c, r) for r in open_y for c in range(columns)):
        left, right = xs[i % columns], xs[i % columns + 1]
        if _covered(at_y[r], left, right) < _RULED * (right - left):
            parent[find(i)] = find(i - columns)
    members: dict[int, list[int]] = {}  # in reading order of their first places
    for i, above in enumerate(parent):
        members.setdefault(above if parent[above] == above else find(i), []).append(i)
    cells: list[RuledCell] = []
    new = tuple.__new__  # a named tuple's own constructor takes twice the time
    owner = [[0] * columns for _ in range(rows)]
    for places in members.values():
        for part in _rectangles(places, columns):
            r0, c0 = r1, c1 = divmod(part[0], columns)
            if len(part) == 1:
                owner[r0][c0] = len(cells)
            else:
                r1, c1 = divmod(part[-1], columns)
                for i in part:
                    owner[i // columns][i % columns] = len(cells)
            box = xs[c0], ys[r0], xs[c1 + 1], ys[r1 + 1]
            cells.append(new(RuledCell, (r0, c0, r1 - r0 + 1, c1 - c0 + 1, box)))
    return RuledTable(tuple(xs), tuple(ys), tuple(cells), tuple(map(tuple, owner)))


def _rectangles(places: list[int], columns: int) -> list[list[int]]:
    """The places of one cell; cut into the runs of each row where they form no rectangle (a line is missing)."""
    if len(places) == 1:
        return [places]
    rows = sorted({i // columns for i in places})
    cols = sorted({i % columns for i in places})
    whole = len(places) == (rows[-1] - rows[0] + 1) * (cols[-1] - cols[0] + 1)
    if whole:
        return [places]
    runs: list[list[int]] = []
    for i in places:
        if runs and runs[-1][-1] == i - 1 and i % columns:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
