"""What stands on a page of a PDF file: characters and ruling lines, in points from the page's top left corner.

This module and :mod:`corpus.readers.pdf.ruling_lines` talk to PDFium, nothing else does.  Its raw interface is used: one call a
character or path instead of objects for each, which is most of the time a page takes.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.errors import ReadError
from corpus.readers.page.content import Char, PageContent, Rule
from corpus.readers.pdf.ruling_lines import RuleFinder
from corpus.text.normalise import fold
from corpus.types import BBox

MAX_CHARS = 60_000

# radicals that fonts map to in place of ideographs; those of the Kangxi block are folded by number, these have no rule
_RADICALS = dict(
    zip(
        "⺟⺠⺩⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳⺁⺄⺇⺈⺊⺌⺍⺕⺗⺛⺝⺡⺣⺤⺥⺨⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺻⺽⺾⺿⻀⻂⻃⻈⻊⻌⻍⻎⻏⻐⻖⻗",
        "母民王虎西见角贝车長镸长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟厂乙几刀卜小小彐心旡月氵灬爫爫犭疋罒示礻竹糸纟罓罓网网网羊羊羊老聿臼艹艹艹衤覀讠足辶辶辶邑钅阜雨",
        strict=True,
    )
)


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
    if not (-_FAR < left < right < _FAR and -_FAR < bottom < top < _FAR):
        left, bottom, right, top = 0.0, 0.0, 595.0, 842.0
    turns = page.get_rotation() // 90 % 4
    rules = RuleFinder(bottom, top)
    rules.walk_page(page.raw)
    box = (left, bottom, right, top)
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        chars = _upright_chars(textpage.raw, count, left, top)
        if chars is None or turns:
            found, text_turns = _turned_chars(textpage.raw, count)
            turns = text_turns if text_turns is not None else turns
            # lines and characters are turned so that the text runs from left to right, whatever the page says of itself
            turned = _placing(turns, box)
            chars = [Char(t, *turned(x, y), *_ink(turned, x0, x1, y0, y1)) for t, x, y, x0, x1, y0, y1 in found]
    finally:
        textpage.close()
    place = _placing(turns, box)
    width, height = (right - left, top - bottom) if turns % 2 == 0 else (top - bottom, right - left)
    horizontal, vertical = [], []
    for x0, y0, x1, y1 in rules.found:
        ax, ay = place(x0, y0)
        bx, by = place(x1, y1)
        if abs(ax - bx) >= abs(ay - by):
            horizontal.append(Rule((ay + by) / 2, ax, bx) if ax < bx else Rule((ay + by) / 2, bx, ax))
        else:
            vertical.append(Rule((ax + bx) / 2, ay, by) if ay < by else Rule((ax + bx) / 2, by, ay))
    pictures = _pictures(rules.pictures, place, width, height)
    # strips of one scan count together; pictures that overlap count for no more than the page
    picture = min(1.0, sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in pictures) / max(1.0, width * height))
    return PageContent(
        number, width, height, tuple(chars), tuple(horizontal), tuple(vertical), picture, rules.crowded, pictures, rules.hidden
    )


def _pictures(found: Sequence[BBox], place: Placing, width: float, height: float) -> tuple[BBox, ...]:
    """Boxes of pictures as far as they are on the page; neighbours that touch over their whole side (strips) are one."""
    boxes: list[BBox] = []
    for x0, y0, x1, y1 in found:
        ax, ay = place(x0, y0)
        bx, by = place(x1, y1)
        left, right = max(0.0, min(ax, bx)), min(width, max(ax, bx))
        top, bottom = max(0.0, min(ay, by)), min(height, max(ay, by))
        if right - left < 1 or bottom - top < 1:
            continue
        last = boxes[-1] if boxes else None
        if (
            last
            and abs(last[0] - left) < 1
            and abs(last[2] - right) < 1
            and (abs(last[3] - top) < 1 or abs(last[1] - bottom) < 1)
        ):
            boxes[-1] = (left, min(last[1], top), right, max(last[3], bottom))
        else:
            boxes.append((left, top, right, bottom))
    return tuple(boxes)


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


def _text(text: Any, count: int) -> str | None:
    """All characters of a page by their index; ``None`` where index and character do not agree (no code, beyond the BMP)."""
    buffer = (ctypes.c_ushort * (count + 1))()
    if raw.FPDFText_GetText(text, 0, count, buffer) != count + 1:
        return None
    found = bytes(buffer).decode("utf-16-le", "surrogatepass")[:-1]
    return found if len(found) == count else None


def _upright_chars(text: Any, count: int, left: float, top: float) -> list[Char] | None:
    """Characters of a page whose text is not turned, or ``None`` where some is.

    An ideograph takes the place up to the next one of its line and a digit half of it; only where that is not known, and for
    other characters, PDFium is asked for the ink, which costs as much as all else.
    """
    whole = _text(text, min(count, MAX_CHARS))
    if whole is None:
        return None
    values = (ctypes.c_double * 6)()
    x0_, x1_, y0_, y1_, x_, y_ = _pointers(values, ctypes.c_double)
    get_box, get_origin, get_angle = raw.FPDFText_GetCharBox, raw.FPDFText_GetCharOrigin, raw.FPDFText_GetCharAngle
    generated = raw.FPDFText_IsGenerated
    found: list[Char] = []
    add = found.append
    last_y, size = -1e9, 0.0
    waiting, wx, wy, wk = "", 0.0, 0.0, 0

    def inked(c: str, x: float, y: float, k: int) -> float:
        """Add character ``k`` by its ink and return its width; of some Type 3 fonts PDFium misplaces the ink, not the origin."""
        get_box(text, k, x0_, x1_, y0_, y1_)
        x0, x1, y0, y1, _, _ = values
        middle = (y0 + y1) / 2
        if -_ASTRAY < x0 - x < _ASTRAY and x1 - x < 2 * _ASTRAY and -_ASTRAY < middle - y < _ASTRAY:
            add(Char(c, x - left, top - y, x0 - left, x1 - left, top - middle))
        else:
            width = size or 9.0
            add(Char(c, x - left, top - y, x - left, x + width / 2 - left, top - y - 0.35 * width))
        return x1 - x0

    def settle(x: float, y: float) -> None:
        """Add the ideograph that waits to learn where the next character stands."""
        nonlocal size
        step = x - wx
        if y == wy and 0.8 * size < step < 1.2 * size:
            add(Char(waiting, wx - left, top - wy, wx - left, wx + size - left, top - wy - 0.35 * size))
        else:
            width = inked(waiting, wx, wy, wk)
            if y == wy and 3.0 < step < 72.0 and step < 1.35 * width:
                size = step

    new = tuple.__new__  # a named tuple's own constructor takes twice the time
    runs = {m.start(): m.end() for m in _RUN.finditer(whole)}
    skip = 0
    for k, c in enumerate(whole):
        if k < skip:
            continue
        if size and k in runs:
            # of ideographs, or digits, that stand side by side the first and the last one say where all are
            end = runs[k]
            get_origin(text, k, x_, y_)
            x, y = values[4], values[5]
            get_origin(text, k + 1, x_, y_)
            step, full = values[4] - x, size if c > "9" else 0.5 * size
            if 0.8 * full < step < 1.2 * full and -_FAR < y < _FAR and (y == last_y or get_angle(text, k) % _FULL_TURN < 0.02):
                get_origin(text, end - 1, x_, y_)
                # no more room than for the characters themselves: two cells may stand in one run
                if values[5] == y and -0.3 * full < values[4] - x - (end - 1 - k) * step < 0.3 * full:
                    if waiting:
                        settle(x, y)
                        waiting = ""
                    width, base, middle = full if c <= "9" else step, top - y, top - y - 0.35 * size
                    x -= left
                    found += [
                        new(Char, (ch, x + n * step, base, x + n * step, x + n * step + width, middle))
                        for n, ch in enumerate(whole[k:end])
                    ]
                    last_y, skip = y, end
                    continue
        if c < "\u2e80":
            if c <= " " or c == "\xa0":
                # spaces that the file holds are kept, those that PDFium puts where letters stand apart are not
                if c in _LINE_END_HYPHEN:
                    c = "-"
                elif c not in " \xa0" or generated(text, k) == 1:
                    continue
                else:
                    c = " "
            elif c > "~" and c in _INVISIBLE:
                continue
        elif c >= "\ud800":
            if c in _LINE_END_HYPHEN:
                c = "-"
            elif c < "\ue000":
                return None
            elif c in _INVISIBLE:
                continue
        get_origin(text, k, x_, y_)
        x, y = values[4], values[5]
        if waiting:
            settle(x, y)
            waiting = ""
        if y != last_y:
            if not -_FAR < y < _FAR:
                continue  # a damaged position, maybe no number at all
            if 0.02 < get_angle(text, k) < 6.26:
                return None
            last_y = y
        if "\u2e7f" < c < "\uff01" and c not in "，。、；：":
            waiting, wx, wy, wk = (c if c >= "\u2fe0" else _ideograph(c)), x, y, k
        elif size and "0" <= c <= "9":
            add(Char(c, x - left, top - y, x - left, x + 0.5 * size - left, top - y - 0.35 * size))
        else:
            inked(c, x, y, k)
    if waiting:
        inked(waiting, wx, wy, wk)
    return found


def _pointers(values: Any, kind: Any) -> list[Any]:
    """A pointer to each member of an array, for functions that return values by reference."""
    start, pointer = ctypes.addressof(values), ctypes.POINTER(kind)
    return [ctypes.cast(start + i * ctypes.sizeof(kind), pointer) for i in range(len(values))]


RawChar = tuple[str, float, float, float, float, float, float]


def _turned_chars(text: Any, count: int) -> tuple[list[RawChar], int | None]:
    """Characters in page space (origin x, y, ink left, right, bottom, top), and the quarter turns their text is read in.

    Text at an angle (a watermark) and text turned otherwise than most of the page is left out.
    """
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    l_, r_, b_, t_, x_, y_ = (ctypes.byref(v) for v in (left, right, bottom, top, x, y))
    found: list[tuple[RawChar, int]] = []
    turns: Counter[int] = Counter()
    high = 0
    for k in range(min(count, MAX_CHARS)):
        code = raw.FPDFText_GetUnicode(text, k)
        if chr(code) in _LINE_END_HYPHEN:
            code = 0x2D
        elif code <= 0x20 or code == 0xA0:
            if code not in (0x20, 0xA0) or raw.FPDFText_IsGenerated(text, k) == 1:
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
        elif chr(code) in _INVISIBLE:
            continue
        raw.FPDFText_GetCharBox(text, k, l_, r_, b_, t_)
        raw.FPDFText_GetCharOrigin(text, k, x_, y_)
        if not (-_FAR < x.value < _FAR and -_FAR < y.value < _FAR):
            continue
        quarter = raw.FPDFText_GetCharAngle(text, k) / (math.pi / 2)
        turn = -round(quarter) % 4  # PDFium counts clockwise
        if abs(quarter - round(quarter)) > 0.05:
            continue
        turns[turn] += code != 0x20
        c = _ideograph(chr(code)) if 0x2E80 <= code < 0x2FE0 else chr(code)
        found.append(((c, x.value, y.value, left.value, right.value, bottom.value, top.value), turn))
    if not turns:
        return [], None
    main = turns.most_common(1)[0][0]
    return [char for char, turn in found if turn == main], main


#: what PDFium says for a printed hyphen that ends a line
_LINE_END_HYPHEN = frozenset("\x02\ufffe")
_INVISIBLE = frozenset(
    map(chr, (0xFFFF, 0xFEFF, 0xAD, 0x7F, *range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060))
)
_RUN = re.compile(r"[\u4e00-\u9fff]{3,}|[0-9]{3,}")
_FULL_TURN = 2 * math.pi
#: ink further from its origin than this (points) is misplaced
_ASTRAY = 40.0
#: no page is larger (points)
_FAR = 20_000.0


def _ideograph(c: str) -> str:
    return _RADICALS.get(c) or fold(c)
