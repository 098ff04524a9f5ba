"""Two columns of text, or two pages, side by side on one sheet (A3): read one after the other, as pages of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.readers.page.content import Char, PageContent, Rule

#: sheets wider than high; others (a page whose style sets two columns, printed) only where the middle is free and both sides are full
_LANDSCAPE = 1.15
_FREE, _FULL_LINES, _FULL_RULES = 4.0, 3, 6
#: what runs across above the columns ends so high
_HEAD = 0.3
#: the gutter lies in the middle of the sheet, and is so wide (points)
_MIDDLE, _GUTTER = (0.4, 0.6), 14.0
#: between columns of a style sheet: one em (12 points), less where the page was shrunk to fit
_COLUMN_GUTTER = 8.0
#: on smaller sheets (A4 on its side) both sides must hold so many lines of prose
_LARGE_SHEET, _PROSE_LINES, _PROSE_CHARS = 1000.0, 2, 15


def halves(content: PageContent, *, columns: bool = False) -> tuple[PageContent, ...]:
    """The sheet, or its left and its right half where nothing stands or runs across the middle; ``columns``: the sheet before had two.

    Of a sheet that is no wider than high, what runs across above the columns (the title) comes first.
    """
    if not content.chars:
        return (content,)
    if content.width < _LANDSCAPE * content.height:
        return _columns(content, columns)
    at = _gutter(content)
    if at is None:
        return (content,)
    left = _part(content, 0.0, at)
    right = _part(content, at, content.width)
    if not left.chars or not right.chars:
        return (content,)
    if content.width < _LARGE_SHEET and min(_prose_lines(left.chars), _prose_lines(right.chars)) < _PROSE_LINES:
        return (content,)
    return left, right


def _columns(content: PageContent, before: bool) -> tuple[PageContent, ...]:
    middle = content.width / 2
    head = _HEAD * content.height
    across = -1.0
    for text, _, y, x0, x1, _, size in content.chars:
        if x0 < middle + _FREE and x1 > middle - _FREE and text.strip():
            if y > head:
                return (content,)
            across = max(across, y + size / 4)
    if any(r.at >= across and _runs_across(r, content.width) for r in content.horizontal):
        return (content,)
    below = _between(content, across, content.height) if across > 0 else content
    at = _gutter(below, _COLUMN_GUTTER)
    if at is None:
        return (content,)
    parts = _part(below, 0.0, at), _part(below, at, content.width)
    full = [_prose_lines(part.chars) >= _FULL_LINES for part in parts]
    tables = [len(part.horizontal) >= _FULL_RULES for part in parts]
    if not all(part.chars for part in parts) or not (before or (any(full) and all(map(max, full, tables)))):
        return (content,)
    return parts if below is content else (_between(content, 0.0, across), *parts)


def _between(content: PageContent, top: float, bottom: float) -> PageContent:
    """What stands between two heights of the sheet."""
    return replace(
        content,
        pictures=(),
        chars=tuple(c for c in content.chars if top <= c.y < bottom),
        horizontal=tuple(r for r in content.horizontal if top <= r.at < bottom),
        unread=content.unread if not top else (),
    )


def _runs_across(rule: Rule, width: float) -> bool:
    """Whether a line runs all across the middle, as those of most tables do: no gutter is there."""
    return rule.start <= _MIDDLE[0] * width and rule.end >= _MIDDLE[1] * width


def _gutter(content: PageContent, least: float = _GUTTER) -> float | None:
    """A place in the middle of the sheet, ``least`` points wide, where no character and no horizontal line stands, or ``None``."""
    low, high = (share * content.width for share in _MIDDLE)
    spans = [(c.x0, c.x1) for c in content.chars if c.text.strip()] + [(r.start, r.end) for r in content.horizontal]
    best, found, end = least, None, 0.0
    for start, stop in [*sorted(spans), (content.width, content.width)]:
        free = min(start, high) - max(end, low)
        if free >= best:
            # the middle of the sheet, or the nearest place to it where nothing is cut
            best, found = free, min(max(content.width / 2, end + least / 2), start - least / 2)
        end = max(end, stop)
    return found


def _part(content: PageContent, left: float, right: float) -> PageContent:
    chars = tuple(
        c._replace(x=c.x - left, x0=c.x0 - left, x1=c.x1 - left) for c in content.chars if left <= (c.x0 + c.x1) / 2 < right
    )
    across = tuple(
        Rule(r.at, r.start - left, r.end - left) for r in content.horizontal if left <= (r.start + r.end) / 2 < right
    )
    down = tuple(Rule(r.at - left, r.start, r.end) for r in content.vertical if left <= r.at < right)
    unread = tuple(
        u._replace(box=(u.box[0] - left, u.box[1], u.box[2] - left, u.box[3]))
        for u in content.unread
        if (not left or left <= (u.box[0] + u.box[2]) / 2) and (right == content.width or (u.box[0] + u.box[2]) / 2 < right)
    )
    return replace(content, left=content.left + left, pictures=(), width=right - left, chars=chars, horizontal=across, vertical=down,
                   unread=unread)  # fmt: skip


def _prose_lines(chars: Sequence[Char]) -> int:
    lines: dict[float, int] = {}
    for c in chars:
        if c.text > "\u2e7f":
            lines[c.y] = lines.get(c.y, 0) + 1
    return sum(n >= _PROSE_CHARS for n in lines.values())
