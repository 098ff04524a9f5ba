"""From the characters of a page to lines and paragraphs, without what every page repeats.

Lines are grouped by their baseline and ordered by where characters begin: by their ink the point of ``96171.6`` would stand on a
line of its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from statistics import median, median_low

from corpus.readers.page.content import Char
from corpus.readers.plain.lines import is_page_mark, is_page_number
from corpus.records import quick_init
from corpus.text.headings import enumerator, section_heading
from corpus.text.normalise import squeeze
from corpus.types import BBox, Paragraph, Place

#: header and footer stand in these shares of the page's height
_TOP, _BOTTOM = 0.12, 0.88
_FEW = 8
#: longer lines without a gap are prose; pieces of others are this far apart (in ems)
_SHORT, _PARTED, _TOUCHING = 30, 0.55, 0.06
#: characters from which the size of type of a line is taken
_LINE_SAMPLE = 16
#: stands in a line where words are set apart; tables without ruling lines are read by it
GAP = "   "
_DIGITS = re.compile(r"\d+")
_FIRST_WORD = re.compile(r"[0-9A-Za-z.%,:/]+|.[，。、；：！？）》”’]*")
#: full-width punctuation with its ink in the left or the right half: `，“` leaves more than a full width without ink
_LEFT_HALF, _RIGHT_HALF = frozenset("，。、；：！？）》〉】』」”’"), frozenset("（《〈【『「“‘")
_ASCII_WORD = re.compile(r"[A-Za-z0-9\ufffd]")


#: text, left end, right end
Piece = tuple[str, float, float]


@quick_init
@dataclass(frozen=True, slots=True)
class TextLine:
    """A printed line: text, page (1-based), left and right end, baseline, and the width ``em`` of a full-width character.

    ``left`` is where the half of the sheet begins that the line stands on; ends and baseline are counted from there.
    ``pieces`` are its texts with their left and right ends where it leaves room between them.
    """

    text: str
    page: int
    x0: float
    x1: float
    y: float
    em: float
    left: float = 0.0
    pieces: tuple[Piece, ...] = ()

    @property
    def parts(self) -> tuple[Piece, ...]:
        """Its pieces, or the line as a whole."""
        return self.pieces or ((self.text, self.x0, self.x1),)

    @property
    def place(self) -> Place:
        """Page and box, from the top of its characters to below its baseline."""
        return Place(
            page=self.page,
            bbox=rounded((self.left + self.x0, self.y - 0.88 * self.em, self.left + self.x1, self.y + 0.12 * self.em)),
        )


def rounded(box: BBox) -> BBox:
    """A box with coordinates of a tenth of a point."""
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


_origin, _baseline, _end = itemgetter(1), itemgetter(2), itemgetter(4)


def full_width(chars: Sequence[Char]) -> float | None:
    """Median distance between full-width neighbours of one line, in points; ``None`` without such a pair."""
    steps: list[float] = []
    start = baseline = math.nan
    for text, x, y, _, _, _, _ in chars:
        if text <= "\u2e7f":
            start = math.nan
            continue
        if 3.0 < x - start < 72.0 and (y == baseline or abs(y - baseline) < 0.5):
            steps.append(x - start)
        start, baseline = x, y
    return median(steps) if steps else None


def group_lines(chars: Iterable[Char], em: float) -> list[list[Char]]:
    """Characters by line from the top down, each line from left to right, spaces at its ends left out."""
    lines: list[list[Char]] = []
    line: list[Char] = []
    first = last = math.nan
    step, height = 0.3 * em, 0.6 * em
    for c in sorted(chars, key=_baseline):
        y = c.y
        if y == last or (y - last <= step and y - first <= height):
            line.append(c)
        else:
            line = [c]
            lines.append(line)
            first = y
        last = y
    out = []
    for line in lines:
        line.sort(key=_origin)
        while line and line[-1].text == " ":
            line.pop()
        start = 0
        while start < len(line) and line[start].text == " ":
            start += 1
        if start < len(line):
            out.append(line[start:])
    return out


def line_text(line: Sequence[Char], em: float, gap: str = "") -> str:
    """Text of one line.

    A character printed twice for weight counts once; a space is put where two Latin words stand apart, and ``gap`` where
    the line leaves more than a full width free.
    """
    parts: list[str] = []
    little = 0.22 * em
    before, start, left, right = "", 0.0, 0.0, 0.0
    for text, x, _, x0, x1, _, _ in line:
        if text == before and text != " " and x - start < 0.3 * (right - left):
            continue
        if x0 - right > little and before and text != " " and before != " ":
            if gap and x0 - right > _room(before, text) * em:
                parts.append(gap)
            elif _ASCII_WORD.match(text) and _ASCII_WORD.match(before):
                parts.append(" ")
        parts.append(text)
        before, start, left, right = text, x, x0, x1
    return "".join(parts)


def to_lines(chars: Iterable[Char], page: int, em: float, left: float = 0.0) -> list[TextLine]:
    """The printed lines of the characters, from the top down; ``left`` as in :class:`TextLine`."""
    out = []
    for line in group_lines(chars, em):
        own = full_width(line[:_LINE_SAMPLE]) or _ink_em(line, em)
        text = line_text(line, own, GAP)
        out.append(TextLine(text, page, line[0].x0, max(map(_end, line)), line[0].y, own, left, _pieces(line, text, own)))
    return out


def _pieces(line: Sequence[Char], text: str, em: float) -> tuple[Piece, ...]:
    """The pieces of a line that leaves room between them."""
    if GAP not in text and len(line) > _SHORT:
        return ()
    groups: list[list[Char]] = []
    for c in line:
        if c.text == " ":
            continue
        if groups and not _parted(groups[-1][-1], c, em):
            groups[-1].append(c)
        else:
            groups.append([c])
    return tuple((line_text(g, em), g[0].x0, max(c.x1 for c in g)) for g in groups) if len(groups) > 1 else ()


def _parted(a: Char, b: Char, em: float) -> bool:
    """Whether two characters belong to two pieces: labels of neighbouring columns stand nearer to each other than words do.

    A label is set against its value with hardly any room where cells have no border: `行政规范性文件7`; no label ends in a digit.
    """
    free = b.x0 - a.x1
    if free > _PARTED * em:
        return True
    if "\u4e00" <= a.text <= "\u9fff" and b.text > "\u2e7f":
        return b.x - a.x > (1 + _TOUCHING) * em
    return b.text.isdigit() and ((a.text in _LEFT_HALF and free > -0.1 * em) or (a.text > "\u2e7f" and free > _TOUCHING * em))


def _room(before: str, text: str) -> float:
    """How far apart two characters stand (in ems) between which a line leaves room."""
    return 1.2 + 0.5 * (before in _LEFT_HALF) + 0.5 * (text in _RIGHT_HALF)


def _ink_em(line: Sequence[Char], em: float) -> float:
    """Full width of a line with a single ideograph (the last one of a wrapped title), by its ink."""
    widths = [c.x1 - c.x0 for c in line if "\u4e00" <= c.text <= "\u9fff"]
    return max(widths) / 0.93 if widths else em


def cell_text(chars: Iterable[Char], em: float) -> str:
    """Text of a cell: its lines put together as they were before they were wrapped."""
    text = ""
    for line in group_lines(chars, em):
        piece = line_text(line, em) if len(line) > 1 else line[0].text
        if text and _ASCII_WORD.match(text[-1]) and piece[0].isalpha() and piece[0].isascii():
            text += " "
        text += piece
    return text


def furniture(pages: Sequence[Sequence[TextLine]], heights: Sequence[float]) -> set[tuple[int, int]]:
    """Lines that belong to the page and not to the report, as (page index, line index).

    Page numbers in the margins, and lines of the margins that return at the same height on several pages with nothing but
    their digits changed.
    """
    seen: Counter[tuple[str, int]] = Counter()
    margins: list[tuple[int, int, str, int]] = []
    for p, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        keys = set()
        for i, line in enumerate(lines):
            if _TOP * height < line.y - 0.4 * line.em < _BOTTOM * height:
                continue
            squeezed = squeeze(line.text)
            key = (_DIGITS.sub("#", squeezed), round(line.y / 4))
            margins.append((p, i, squeezed, key[1]))
            keys.add(key)
        seen.update(keys)
    needed = max(2, 0.4 * len(pages))
    found = set()
    for p, i, squeezed, band in margins:
        outer = i == 0 or i == len(pages[p]) - 1
        repeats = max(seen[_DIGITS.sub("#", squeezed), band + shift] for shift in (-1, 0, 1))
        if repeats >= needed or is_page_mark(squeezed) or (outer and is_page_number(squeezed)):
            found.add((p, i))
    return found


#: number of a page, and where the half of the sheet begins that is meant
Sheet = tuple[int, float]


@dataclass(frozen=True, slots=True)
class TypeArea:
    """Where the text of a page stands: left and right margin, line distance, full width of its type, width of the page."""

    left: float
    right: float
    pitch: float
    em: float
    width: float


def column_of(lines: Sequence[TextLine], width: float) -> TypeArea:
    """The text column of pages of one width, from all their lines; of few lines the outermost ends count."""
    body = [line for line in lines if len(line.text) >= 12] or list(lines)
    if not body:
        return TypeArea(0.0, width, 20.0, 12.0, width)
    em = median_low(line.em for line in body)
    body = [line for line in body if abs(line.em - em) <= 0.15 * em]
    lefts = sorted(line.x0 for line in body)
    rights = sorted(line.x1 for line in body)
    steps = [b.y - a.y for a, b in pairwise(body) if a.page == b.page and 0.9 * em < b.y - a.y < 4 * em]
    left, right = lefts[len(lefts) // 10], rights[int(len(rights) * 0.9)]
    if len(body) < _FEW:
        right = max(rights[-1], width - left)  # none of a few lines may be full: the margins are taken to be equal
    return TypeArea(left, right, median(steps) if steps else 1.6 * em, em, width)


def _follows(a: TextLine, b: TextLine, columns: Mapping[Sheet, TypeArea]) -> bool:
    """Whether the second line goes on with the paragraph of the first one."""
    above, below = columns[a.page, a.left], columns[b.page, b.left]
    if abs(a.em - b.em) > 0.15 * above.em or b.x0 - below.left > 0.8 * below.em:
        return False
    # lines of a title in larger type are further apart
    pitch = above.pitch * max(1.0, a.em / above.em)
    if a.page == b.page and a.left == b.left and not 0 < b.y - a.y < 1.4 * pitch:
        return False
    if section_heading(b.text) is not None or (enumerator(b.text) is not None and a.text[-1] in "。；：！？;:"):
        return False
    # a number, or a character with the punctuation that may not begin a line, did not fit on the line above
    word = _FIRST_WORD.match(b.text)
    kept = word.group() if word else ""
    slack = sum(above.em if c > "\u2e7f" else 0.6 * above.em for c in kept)
    return above.right - a.x1 < max(1.3, 0.6 + slack / above.em) * above.em


def _title_goes_on(a: TextLine, b: TextLine, column: TypeArea) -> bool:
    """Whether two lines are one title over two lines: larger than the text, of one size, both centred.

    Titles that only their words tell are put together for all formats by :func:`corpus.text.canonical.join_title`.
    """
    same = 0.15 if len(b.text) <= 2 else 0.06
    if a.page != b.page or a.em < 1.15 * column.em or abs(a.em - b.em) > same * a.em or b.y - a.y > 2.2 * a.em:
        return False
    return all(abs((line.x0 + line.x1) / 2 - column.width / 2) < 1.5 * line.em for line in (a, b))


def paragraphs(lines: Sequence[TextLine], columns: Mapping[Sheet, TypeArea]) -> list[Paragraph]:
    """Paragraphs of consecutive lines; ``columns`` by page number (1-based) and place on the sheet."""
    groups: list[list[TextLine]] = []
    for line in lines:
        last = groups[-1][-1] if groups else None
        if last is not None and (_follows(last, line, columns) or _title_goes_on(last, line, columns[line.page, line.left])):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_paragraph(group, columns[group[0].page, group[0].left]) for group in groups]


def _paragraph(lines: Sequence[TextLine], column: TypeArea) -> Paragraph:
    text = ""
    places: list[tuple[int, Place]] = []
    for line in lines:
        if text and text[-1].isascii() and text[-1].isalnum() and line.text[0].isascii() and line.text[0].isalpha():
            text += " "
        places.append((len(text), line.place))
        text += line.text.replace(GAP, " ")
    return Paragraph(text, tuple(places), joinable=True, indented=lines[0].x0 - column.left > 1.2 * column.em)
