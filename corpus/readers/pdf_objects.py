"""What stands on a page of a PDF file: characters and ruling lines, in points from the page's top left corner.

This module and :mod:`corpus.readers.pdf_rules` talk to PDFium, nothing else does.  Its raw interface is used: one call a
character or path instead of objects for each, which is most of the time a page takes.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.errors import ReadError
from corpus.normalise import fold
from corpus.readers.pdf_rules import RuleFinder

MAX_CHARS = 60_000

# radicals that fonts map to in place of ideographs; those of the Kangxi block are folded by number, these have no rule
_RADICALS = dict(
    zip(
        "⺟⺠⺩⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳⺁⺄⺇⺈⺊⺌⺍⺕⺗⺛⺝⺡⺣⺤⺥⺨⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺻⺽⺾⺿⻀⻂⻃⻈⻊⻌⻍⻎⻏⻐⻖⻗",
        "母民王虎西见角贝车長镸长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟厂乙几刀卜小小彐心旡月氵灬爫爫犭疋罒示礻竹糸纟罓罓网网网羊羊羊老聿臼艹艹艹衤覀讠足辶辶辶邑钅阜雨",
        strict=True,
    )
)


class Char(NamedTuple):
    """One printed character: ``x`` origin, ``y`` baseline, ``x0``/``x1`` and ``middle`` of its ink (points, y downwards)."""

    text: str
    x: float
    y: float
    x0: float
    x1: float
    middle: float


class Rule(NamedTuple):
    """A horizontal (``at`` is its y, from x ``start`` to ``end``) or vertical (``at`` is its x) ruling line."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PageContent:
    """Characters and lines of one page.

    ``picture`` is the share of the page (0…1) that its largest picture covers; ``crowded`` says that the page holds more drawing
    objects than are looked at, so that its lines are not complete.
    """

    number: int
    width: float
    height: float
    chars: tuple[Char, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    picture: float = 0.0
    crowded: bool = False


class PdfFile:
    """An open PDF file; use it as a context manager."""

    def __init__(self, data: bytes, name: str) -> None:
        """Open ``data``.

        Raises:
            ReadError: encrypted, or no readable PDF file.
        """
        try:
            self._document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
                message, remedy = "is encrypted: it opens only with a password", "save a copy without a password"
            else:
                message, remedy = f"is a damaged or truncated PDF file ({error})", "download it again"
            raise ReadError(message, remedy=remedy, source=name) from error
        self._name = name

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def __len__(self) -> int:
        return len(self._document)

    def page(self, index: int) -> PageContent | None:
        """Page ``index`` (0-based), or ``None`` where the file is damaged there."""
        try:
            page = self._document[index]
        except pdfium.PdfiumError:
            return None
        try:
            return _content(page, index + 1)
        finally:
            page.close()

    def image(self, index: int, scale: float) -> Any:
        """Page ``index`` as a numpy array (height, width, 3), ``scale`` pixels a point."""
        page = self._document[index]
        try:
            return page.render(scale=scale, rev_byteorder=True).to_numpy()[..., :3].copy()
        finally:
            page.close()


def _content(page: Any, number: int) -> PageContent:
    left, bottom, right, top = page.get_cropbox()
    turns = page.get_rotation() // 90 % 4
    rules = RuleFinder(bottom, top)
    rules.walk_page(page.raw)
    textpage = page.get_textpage()
    try:
        chars, text_turns = _chars(textpage.raw, textpage.count_chars())
    finally:
        textpage.close()
    turns = text_turns if text_turns is not None else turns
    box = (left, bottom, right, top)
    width, height = (right - left, top - bottom) if turns % 2 == 0 else (top - bottom, right - left)
    # lines and characters are turned so that the text runs from left to right, whatever the page says of itself
    place = _placing(turns, box)
    if turns == 0:
        placed = tuple(
            Char(t, x - left, top - y, x0 - left, x1 - left, top - (y0 + y1) / 2) for t, x, y, x0, x1, y0, y1 in chars
        )
    else:
        placed = tuple(Char(t, *place(x, y), *_ink(place, x0, x1, y0, y1)) for t, x, y, x0, x1, y0, y1 in chars)
    horizontal, vertical = [], []
    for x0, y0, x1, y1 in rules.found:
        ax, ay = place(x0, y0)
        bx, by = place(x1, y1)
        if abs(ax - bx) >= abs(ay - by):
            horizontal.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
        else:
            vertical.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))
    picture = min(1.0, rules.picture / max(1.0, width * height))
    return PageContent(number, width, height, placed, tuple(horizontal), tuple(vertical), picture, rules.crowded)


Placing = Callable[[float, float], tuple[float, float]]


def _placing(turns: int, box: tuple[float, float, float, float]) -> Placing:
    left, bottom, right, top = box
    if turns == 1:
        return lambda x, y: (y - bottom, x - left)
    if turns == 2:
        return lambda x, y: (right - x, y - bottom)
    if turns == 3:
        return lambda x, y: (top - y, right - x)
    return lambda x, y: (x - left, top - y)


def _ink(place: Placing, x0: float, x1: float, y0: float, y1: float) -> tuple[float, float, float]:
    ax, ay = place(x0, y0)
    bx, by = place(x1, y1)
    return min(ax, bx), max(ax, bx), (ay + by) / 2


RawChar = tuple[str, float, float, float, float, float, float]


def _chars(text: Any, count: int) -> tuple[list[RawChar], int | None]:
    """Characters in page space (origin x, y, ink left, right, bottom, top), and the quarter turns their text is read in."""
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    refs = [ctypes.byref(v) for v in (left, right, bottom, top, x, y)]
    l_, r_, b_, t_, x_, y_ = refs
    get_unicode, get_box, get_origin = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox, raw.FPDFText_GetCharOrigin
    get_angle, generated = raw.FPDFText_GetCharAngle, raw.FPDFText_IsGenerated
    found: list[tuple[RawChar, int]] = []
    turns: Counter[int] = Counter()
    high = 0
    for k in range(min(count, MAX_CHARS)):
        code = get_unicode(text, k)
        if code in _LINE_END_HYPHEN:
            code = 0x2D
        elif code <= 0x20 or code == 0xA0:
            # spaces that the file holds are kept, those that PDFium puts where letters stand apart are not
            if code not in (0x20, 0xA0) or generated(text, k) == 1:
                continue
            code = 0x20
        elif 0xD800 <= code < 0xDC00:
            high = code
            continue
        elif 0xDC00 <= code < 0xE000:
            if not high:
                continue
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
            high = 0
        elif code in _INVISIBLE:
            continue
        get_box(text, k, l_, r_, b_, t_)
        get_origin(text, k, x_, y_)
        angle = get_angle(text, k)
        if angle < 0.02 or angle > 6.26:
            turn = 0
        else:
            quarter = angle / (math.pi / 2)
            turn = round(quarter) % 4
            if abs(quarter - round(quarter)) > 0.05:
                continue  # a watermark across the page
        turns[turn] += code != 0x20
        c = chr(code)
        if 0x2E80 <= code < 0x2FE0:
            c = _ideograph(c)
        found.append(((c, x.value, y.value, left.value, right.value, bottom.value, top.value), turn))
    if not turns:
        return [], None
    main = turns.most_common(1)[0][0]
    return [char for char, turn in found if turn == main], main


#: what PDFium says for a printed hyphen that ends a line
_LINE_END_HYPHEN = frozenset({0x02, 0xFFFE})
_INVISIBLE = frozenset({0xFFFF, 0xFEFF, 0xAD, 0x7F, *range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060})


def _ideograph(c: str) -> str:
    return _RADICALS.get(c) or fold(c)
