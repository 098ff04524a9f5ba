"""Characters that stand on a page and do not count: large words across the text, marks of notes set high beside a word or number, and
text that is struck out.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from statistics import median

from corpus.readers.page.content import Char, Rule, Unread

#: type of a word across the text is at least so large (points), and so many times the page's type
_LARGE, _LARGER = 24.0, 2.2
#: a mark is at most, and at least, this large, beside the type that it stands at
_SMALLER, _SMALLEST = 0.92, 0.3
#: its baseline is raised by these shares of the size of that type
_LEAST_RAISED, _MOST_RAISED = 0.12, 0.75
#: or lowered by so much at a digit, if it is so much smaller (letters have indices: PM2.5)
_MOST_LOWERED, _MUCH_SMALLER = -0.4, 0.75
#: it begins at most so far (in sizes of that type) from the end of its word
_BESIDE_BEFORE, _BESIDE_AFTER = -0.35, 0.45
_MARK = re.compile(r"[0-9a-z*※#†‡①-⑳⑴-⒇❶-❿【】〔〕（）()\[\],，、注 ]")
#: raised figures after letters are powers (km²), not notes
_UNIT = re.compile(r"[A-Za-z]")
#: a line strikes text if it runs between these heights above its baseline, in sizes of the type
_LOWEST, _HIGHEST = 0.12, 0.62
#: it begins and ends near a character's edge (in sizes of the type), as no border of a table does
_END = 0.3
_CROSSES = 1.5

_baseline, _size, _type = itemgetter(2), itemgetter(6), itemgetter(2, 6)


#: a baseline and a size of type that stands on it
Type = tuple[float, float]


def types_of(chars: Iterable[Char]) -> set[Type]:
    """The types that stand on a page: some hundred, where its characters are some hundreds."""
    return set(map(_type, chars))


def without_large_words(chars: Sequence[Char], types: Iterable[Type]) -> tuple[Sequence[Char], list[Unread]]:
    """The characters without the lines of much larger type that run across the text, in whatever colour (样本, 传阅)."""
    largest = max((size for _, size in types), default=0.0)
    if largest < _LARGE or largest < _LARGER * (usual := median(c.size for c in chars)):
        return chars, []
    words: dict[tuple[float, float], list[int]] = {}
    for i, c in enumerate(chars):
        if c.size > max(_LARGE, _LARGER * usual) and c.text != " ":
            words.setdefault((round(c.y), round(c.size)), []).append(i)
    small = sorted((c for c in chars if c.size < 0.7 * _LARGE and c.text != " "), key=_baseline)
    heights = [c.y for c in small]
    found = [i for indices in words.values() if any(_holds(chars[i], small, heights) for i in indices) for i in indices]
    gone = set(found)
    return [c for i, c in enumerate(chars) if i not in gone], unread("watermark", [chars[i] for i in found])


def _holds(large: Char, small: Sequence[Char], heights: Sequence[float]) -> bool:
    """Whether other characters stand inside of a large one."""
    first, last = bisect_left(heights, large.y - 0.7 * large.size), bisect_right(heights, large.y)
    return any(large.x0 < (c.x0 + c.x1) / 2 < large.x1 for c in small[first:last])


def without_notes(chars: Sequence[Char], types: Iterable[Type]) -> tuple[Sequence[Char], list[Unread]]:
    """The characters without the marks of notes: ``846①条`` and ``2346¹`` are 846 and 2346; ``km²`` is put on one line."""
    beside = _beside_larger(types)
    if not beside:
        return chars, []
    largest = max(map(_size, chars))

    def may_be_mark(c: Char) -> bool:
        return c.size < _SMALLER * largest and c.text != " " and _MARK.match(c.text) is not None

    small: dict[int, list[int]] = {}  # by size in half points
    for i, c in enumerate(chars):
        if _type(c) in beside and may_be_mark(c):
            small.setdefault(round(2 * c.size), []).append(i)
    if not small:
        return chars, []
    ordered = sorted((c for c in chars if c.text != " "), key=_baseline)
    marks: set[int] = set()
    powers: dict[int, Char] = {}
    for size, indices in small.items():
        bases = [c for c in ordered if _SMALLER * c.size > 0.5 * size]
        heights = [c.y for c in bases]
        # by height and size: the digits of a line have the same beside them
        near: dict[tuple[float, float], Sequence[Char]] = {}
        for i in indices:
            place = chars[i].y, chars[i].size
            if place not in near:
                near[place] = _near(*place, bases, heights)
            if not near[place]:
                continue
            base = _base(chars[i], near[place])
            if base is None and _base(chars[i], near[place], before=True) is not None:
                marks.add(i)
            if base is not None and _UNIT.match(base.text):
                powers[i] = chars[i]._replace(y=base.y, middle=base.middle)
            elif base is not None:
                marks.add(i)
    if not marks and not powers:
        return chars, []
    for i, c in enumerate(chars):
        # the second figure of a mark stands beside the first
        before = chars[i - 1] if i - 1 in marks else None
        if before is not None and may_be_mark(c) and abs(before.y - c.y) < 0.1 * before.size and _beside(before, c):
            marks.add(i)
    found = [chars[i] for i in sorted(marks)]
    return [powers.get(i, c) for i, c in enumerate(chars) if i not in marks], unread("note", found)


def _beside_larger(types: Iterable[Type]) -> set[Type]:
    """The types that are raised or lowered beside larger type."""
    sizes: dict[float, list[float]] = {}
    for y, size in types:
        sizes.setdefault(y, []).append(size)
    heights = sorted(sizes)
    tops = {y: max(at_y) for y, at_y in sizes.items()}
    largest = max(tops.values(), default=0.0)
    found: set[Type] = set()
    for y in heights:
        least = 0.5 * round(2 * min(sizes[y]))
        if least < _SMALLER * largest:
            first, last = bisect_left(heights, y + _MOST_LOWERED * largest), bisect_right(heights, y + _MOST_RAISED * largest)
            near = [(at, of) for at in heights[first:last] if at != y and least < _SMALLER * tops[at] for of in sizes[at]]
            for size in sizes[y] if near else ():
                rounded = 0.5 * round(2 * size)
                if any(rounded < _SMALLER * of and _raised(y, size, at, of) for at, of in near):
                    found.add((y, size))
    return found


def _raised(y: float, size: float, at: float, of: float) -> bool:
    """Whether type at height ``y`` is raised or lowered beside that of size ``of`` at height ``at``, as marks and indices are."""
    by = (at - y) / of
    return size >= _SMALLEST * of and (
        _LEAST_RAISED < by < _MOST_RAISED or (_MOST_LOWERED < by < -_LEAST_RAISED / 2 and size < _MUCH_SMALLER * of)
    )


def _beside(base: Char, c: Char) -> bool:
    return _BESIDE_BEFORE * base.size < c.x - base.x1 < _BESIDE_AFTER * base.size


def _near(y: float, size: float, bases: Sequence[Char], heights: Sequence[float]) -> list[Char]:
    """The characters that are large enough, and at the height, to have a mark of that size beside them, by ``heights``."""
    return [
        base
        for base in bases[bisect_left(heights, y - size) : bisect_right(heights, y + 3 * size)]
        if _raised(y, size, base.y, base.size) and (base.y > y or base.text.isdigit())
    ]


def _base(mark: Char, near: Sequence[Char], *, before: bool = False) -> Char | None:
    """The character at whose end ``mark`` is raised, the digit at which it is lowered, or that it stands ``before``, if any."""
    for base in near:
        if (base.text.isdigit() and _before(base, mark)) if before else _beside(base, mark):
            return base
    return None


def _before(base: Char, mark: Char) -> bool:
    return _BESIDE_BEFORE * base.size < base.x0 - mark.x1 < _BESIDE_AFTER * base.size / 2


def without_struck(
    chars: Sequence[Char], types: Iterable[Type], horizontal: Sequence[Rule], vertical: Sequence[Rule]
) -> tuple[Sequence[Char], tuple[Rule, ...], list[Unread]]:
    """The characters that no line strikes out, and the lines that strike none."""
    if not horizontal or not chars:
        return chars, tuple(horizontal), []
    highest: dict[float, float] = {}
    for y, size in types:
        highest[y] = max(_HIGHEST * size, highest.get(y, 0.0))
    heights = sorted(highest)
    reach = max(highest.values())
    lines = {
        at
        for at in {rule.at for rule in horizontal}
        if any(y - at < highest[y] for y in heights[bisect_left(heights, at) : bisect_right(heights, at + reach)])
    }
    if not lines:
        return chars, tuple(horizontal), []  # as in a table: the lines run above and below its text
    order = sorted(range(len(chars)), key=[*map(_baseline, chars)].__getitem__)
    heights = [chars[i].y for i in order]
    struck: set[int] = set()
    borders: list[Rule] = []
    for rule in horizontal:
        within = order[bisect_left(heights, rule.at) : bisect_right(heights, rule.at + reach)] if rule.at in lines else ()
        covered = [i for i in within if _strikes(rule, chars[i])]
        if covered and _ends_at_text(rule, [chars[i] for i in covered]) and not _is_border(rule, vertical):
            struck.update(i for i in covered if chars[i].text != " ")
        else:
            borders.append(rule)
    if not struck:
        return chars, tuple(horizontal), []
    found = [chars[i] for i in sorted(struck)]
    return [c for i, c in enumerate(chars) if i not in struck], tuple(borders), unread("struck", found)


def _strikes(rule: Rule, c: Char) -> bool:
    raised = c.y - rule.at
    overlap = min(rule.end, c.x1) - max(rule.start, c.x0)
    return _LOWEST * c.size < raised < _HIGHEST * c.size and overlap > 0.5 * (c.x1 - c.x0)


def _ends_at_text(rule: Rule, covered: Sequence[Char]) -> bool:
    near = _END * max(c.size for c in covered)
    return rule.start > min(c.x0 for c in covered) - near and rule.end < max(c.x1 for c in covered) + near


def _is_border(rule: Rule, vertical: Sequence[Rule]) -> bool:
    """Whether a vertical line ends or crosses at an end of the line, as in a table; text may run over its cell."""
    return any(
        v.start - _CROSSES <= rule.at <= v.end + _CROSSES
        and (abs(v.at - rule.start) <= _CROSSES or abs(v.at - rule.end) <= _CROSSES)
        for v in vertical
    )


def unread(kind: str, chars: Sequence[Char]) -> list[Unread]:
    """What was taken off, run by run."""
    out: list[Unread] = []
    last: Char | None = None
    for c in chars:
        box = (c.x0, c.y - 0.88 * c.size, c.x1, c.y + 0.12 * c.size)
        if last is not None and abs(last.y - c.y) < 1 and -c.size < c.x - last.x1 < c.size:
            a = out[-1].box
            whole = min(a[0], box[0]), min(a[1], box[1]), max(a[2], box[2]), max(a[3], box[3])
            out[-1] = Unread(kind, out[-1].text + c.text, whole)
        else:
            out.append(Unread(kind, c.text, box))
        last = c
    return out
