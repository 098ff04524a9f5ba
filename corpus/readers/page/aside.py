"""Columns of short entries beside the text of a printed web page: the navigation of a site, its latest news.

Read line by line they would stand in the middle of sentences: ``按时 | 政策文件 | 答复申请``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from corpus.readers.page.content import Char, Unread
from corpus.readers.page.lines import TextLine
from corpus.text.headings import enumerator

#: so many lines of text of so many characters, and so many entries beside them, of which so many share an edge
_PROSE_LINES, _PROSE, _ENTRIES, _IN_LINE = 3, 15, 4, 0.7
#: characters of an entry at most; no entry ends like a sentence or like the name of a value
_LONGEST = 30
_NO_ENTRY = frozenset("。；;，,")


class Beside(NamedTuple):
    """Characters of a page without those of the columns beside its text, these by entry, and where the text begins and ends."""

    chars: Sequence[Char]
    entries: tuple[Unread, ...] = ()
    margins: tuple[float, float] | None = None


class _Run(NamedTuple):
    """Characters of one baseline without a gap, by their index."""

    x0: float
    x1: float
    y: float
    text: str
    members: tuple[int, ...]


def crowded(lines: Sequence[TextLine]) -> bool:
    """Whether the lines of a page may hold two columns: some are set in pieces, or nearer to each other than lines are."""
    odd = sum(len(line.pieces) > 1 for line in lines) + sum(b.y - a.y < 0.9 * a.em for a, b in pairwise(lines))
    return odd >= 2


def without_asides(chars: Sequence[Char], em: float) -> Beside:
    """The characters without the columns of entries beside the text."""
    runs = _runs(chars, em)
    prose = [r for r in runs if len(r.text) >= _PROSE]
    if len(prose) < _PROSE_LINES:
        return Beside(chars)
    main = _margin(prose)
    # most lines may be the first of their paragraph, indented by two characters
    left = min([main, *(r.x0 for r in prose if 1.8 * em < main - r.x0 < 2.2 * em)])
    right = max(r.x1 for r in prose if left - 1 <= r.x0 <= left + 3 * em)
    found = [e for side in (_before(runs, left), _behind(runs, right)) for e in side]
    gone = {i for entry in found for i in entry.members}
    if not gone:
        return Beside(chars)
    found.sort(key=itemgetter(2))
    entries = tuple(Unread("navigation", e.text, (e.x0, e.y - 0.88 * em, e.x1, e.y + 0.12 * em)) for e in found)
    return Beside([c for i, c in enumerate(chars) if i not in gone], entries, (left, right))


def _margin(prose: Sequence[_Run]) -> float:
    """Where most of the text begins: a heading across the page, or entries of some length, hold less of it."""
    held: Counter[int] = Counter()
    for run in prose:
        held[round(run.x0 / 3)] += len(run.text)
    (place, _), *_ = held.most_common(1)
    return max(r.x0 for r in prose if round(r.x0 / 3) == place)


def _runs(chars: Sequence[Char], em: float) -> list[_Run]:
    by_line: dict[int, list[int]] = {}
    for i, c in enumerate(chars):
        by_line.setdefault(round(5 * c.y), []).append(i)
    runs = []
    for indices in by_line.values():
        indices.sort(key=lambda i: chars[i].x)
        start = 0
        for n in range(1, len(indices) + 1):
            if n == len(indices) or chars[indices[n]].x0 - chars[indices[n - 1]].x1 > 0.55 * em:
                members = tuple(indices[start:n])
                text = "".join(chars[i].text for i in members).strip()
                if text:
                    first, last = chars[members[0]], chars[members[-1]]
                    runs.append(_Run(first.x0, last.x1, first.y, text, members))
                start = n
    return sorted(runs, key=itemgetter(2))


def _before(runs: Sequence[_Run], edge: float) -> list[_Run]:
    return _column(runs, [r for r in runs if r.x1 < edge - 2], [r for r in runs if r.x0 < edge - 2 and r.x1 > edge], edge)


def _behind(runs: Sequence[_Run], edge: float) -> list[_Run]:
    return _column(runs, [r for r in runs if r.x0 > edge + 2], [r for r in runs if r.x1 > edge + 2 and r.x0 < edge], edge)


def _column(runs: Sequence[_Run], beside: list[_Run], across: list[_Run], edge: float) -> list[_Run]:
    """The entries of a column with nothing across its inner edge between them, empty where it may be anything else."""
    parts: list[list[_Run]] = [[]]
    cuts = sorted(r.y for r in across)
    for entry in beside:
        while cuts and cuts[0] <= entry.y:
            cuts.pop(0)
            parts.append([])
        parts[-1].append(entry)
    return [entry for part in parts if _entries(part, runs) for entry in part]


def _entries(part: Sequence[_Run], runs: Sequence[_Run]) -> bool:
    words = [r for r in part if sum("\u4e00" <= c <= "\u9fff" for c in r.text) >= 2]
    if len(words) < _ENTRIES or len(words) < _IN_LINE * len(part):
        return False
    # side heads of a report are headings
    if any(len(r.text) > _LONGEST or r.text[-1] in _NO_ENTRY or enumerator(r.text) is not None for r in part):
        return False
    begin, middle = median(r.x0 for r in words), median((r.x0 + r.x1) / 2 for r in words)
    edge = max(sum(abs(r.x0 - begin) < 4 for r in words), sum(abs((r.x0 + r.x1) / 2 - middle) < 4 for r in words))
    top, bottom = part[0].y, part[-1].y
    own = set(part)
    text = sum(len(r.text) >= _PROSE for r in runs if r not in own and top - 20 < r.y < bottom + 20)
    return edge >= _IN_LINE * len(words) and text >= 2
