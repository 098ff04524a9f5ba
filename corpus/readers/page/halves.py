"""Two columns of text, or two pages, side by side on one sheet (A3): read one after the other, as pages of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.readers.page.content import Char, PageContent, Rule

#: only sheets that are wider than high are looked at
_LANDSCAPE = 1.15
#: the gutter lies in the middle of the sheet, and is so wide (points)
_MIDDLE, _GUTTER = (0.4, 0.6), 14.0
#: on smaller sheets (A4 on its side) both sides must hold so many lines of prose
_LARGE_SHEET, _PROSE_LINES, _PROSE_CHARS = 1000.0, 2, 15


def halves(content: PageContent) -> tuple[PageContent, ...]:
    """The sheet, or its left and its right half where nothing stands or runs across the middle."""
    if content.width < _LANDSCAPE * content.height or not content.chars:
        return (content,)
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


def _gutter(content: PageContent) -> float | None:
    """A place in the middle of the sheet where no character and no horizontal line stands, or ``None``."""
    low, high = (share * content.width for share in _MIDDLE)
    spans = [(c.x0, c.x1) for c in content.chars if c.text.strip()] + [(r.start, r.end) for r in content.horizontal]
    best, found, end = _GUTTER, None, 0.0
    for start, stop in [*sorted(spans), (content.width, content.width)]:
        free = min(start, high) - max(end, low)
        if free >= best:
            # the middle of the sheet, or the nearest place to it where nothing is cut
            best, found = free, min(max(content.width / 2, end + _GUTTER / 2), start - _GUTTER / 2)
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
    return replace(content, left=content.left + left, pictures=(), width=right - left, chars=chars, horizontal=across, vertical=down,
                   unread=content.unread if not left else ())  # fmt: skip


def _prose_lines(chars: Sequence[Char]) -> int:
    lines: dict[float, int] = {}
    for c in chars:
        if c.text > "\u2e7f":
            lines[c.y] = lines.get(c.y, 0) + 1
    return sum(n >= _PROSE_CHARS for n in lines.values())
