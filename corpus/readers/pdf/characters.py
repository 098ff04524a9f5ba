"""The characters of a PDF page, by PDFium's text page: code, place, advance and size of type.

An ideograph takes the place up to the next one of its line; of ideographs, or digits, that stand side by side the first and the last
one say where all are.  Only where that is not known PDFium is asked for a character's advance, which costs as much as all else.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import NamedTuple

from corpus.readers.page.content import Char, Matrix
from corpus.readers.pdf import calls
from corpus.readers.pdf.calls import Returned
from corpus.text.normalise import fold

MAX_CHARS = 60_000

#: what PDFium says for a printed hyphen that ends a line
_LINE_END_HYPHEN = frozenset("\x02\ufffe")
_INVISIBLE = frozenset(
    map(chr, (0xFFFF, 0xFEFF, 0xAD, 0x7F, *range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060))
)
_RUN = re.compile(r"[\u4e00-\u9fff]{3,}|[0-9]{3,}")
#: text at another angle than a quarter turn (in quarters) is a watermark
_ASKEW = 0.05
#: a box further from its origin than this (points) is misplaced
ASTRAY = 40.0
#: no page is larger (points)
FAR = 20_000.0

# radicals that fonts map to in place of ideographs; those of the Kangxi block are folded by number, these have no rule
_RADICALS = dict(
    zip(
        "⺟⺠⺩⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳⺁⺄⺇⺈⺊⺌⺍⺕⺗⺛⺝⺡⺣⺤⺥⺨⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺻⺽⺾⺿⻀⻂⻃⻈⻊⻌⻍⻎⻏⻐⻖⻗",
        "母民王虎西见角贝车長镸长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙龟厂乙几刀卜小小彐心旡月氵灬爫爫犭疋罒示礻竹糸纟罓罓网网网羊羊羊老聿臼艹艹艹衤覀讠足辶辶辶邑钅阜雨",
        strict=True,
    )
)


Placing = Callable[[float, float], tuple[float, float]]
Frame = tuple[float, float, float, float]


def placing(turns: int, box: Frame) -> Placing:
    """From page space (y upwards) to points from the top left corner of ``box``, ``turns`` quarter turns clockwise."""
    left, bottom, right, top = box
    if turns == 1:
        return lambda x, y: (y - bottom, x - left)
    if turns == 2:
        return lambda x, y: (right - x, y - bottom)
    if turns == 3:
        return lambda x, y: (top - y, right - x)
    return lambda x, y: (x - left, top - y)


def text_of(text: int, count: int) -> str | None:
    """All characters of a page by their index; ``None`` where index and character do not agree (no code, beyond the BMP)."""
    buffer = ctypes.create_string_buffer(2 * (count + 1))
    if calls.FPDFText_GetText(text, 0, count, buffer) != count + 1:
        return None
    found = buffer.raw.decode("utf-16-le", "surrogatepass")[:-1]
    return found if len(found) == count else None


_origin, _rectangle, _box, _matrix = Returned("d", 2), Returned("f", 4), Returned("d", 4), Returned("f", 6)


class CharReader:
    """Reads the characters of one page; ``text`` is PDFium's text page with ``count`` characters, ``skip`` are not read.

    ``unnamed`` tells after reading that a line begins with a character whose font does not say what it is.
    """

    def __init__(self, text: int, count: int, skip: Collection[int] = ()) -> None:
        self._text, self._count = text, min(count, MAX_CHARS)
        self._skip = skip
        self.unnamed = False

    def upright(self, left: float, top: float) -> list[Char] | None:
        """Characters of a page whose text is not turned, or ``None`` where some is."""
        whole = text_of(self._text, self._count)
        if whole is None:
            return None
        if self._skip:
            whole = "".join("\0" if k in self._skip else c for k, c in enumerate(whole))
        text, origin, (x_, y_) = self._text, _origin.read, _origin.at
        get_origin, get_angle, generated = calls.FPDFText_GetCharOrigin, calls.FPDFText_GetCharAngle, calls.FPDFText_IsGenerated
        found: list[Char] = []
        add = found.append
        new = tuple.__new__  # a named tuple's own constructor takes twice the time
        # what is known of the character before: baseline, place, kind (ideograph, digit), advance and size
        last_y, last_x, kind, advance, size = -1e9, 0.0, "", 0.0, 10.0
        runs = {m.start(): m.end() for m in _RUN.finditer(whole)}
        skip = 0
        for k, c in enumerate(whole):
            if k < skip:
                continue
            if c < "\u2e80":
                if c <= " " or c == "\xa0":
                    # spaces that the file holds are kept, those that PDFium puts where letters stand apart are not
                    if c in _LINE_END_HYPHEN:
                        c = "-"
                    elif c not in " \xa0" or generated(text, k) == 1:
                        if "\0" < c < " " and not self.unnamed:
                            if generated(text, k) == 1:
                                skip = k + 2 if whole[k : k + 2] == "\r\n" else k  # PDFium ends a line by both
                            else:
                                # the digits of a font without names are the numbers of its glyphs: 19 … 28 in many
                                self.unnamed = calls.FPDFText_HasUnicodeMapError(text, k) == 1
                        continue
                    else:
                        c = " "
                elif c > "~" and c in _INVISIBLE:
                    continue
                mine = "digit" if "0" <= c <= "9" else ""
            elif c >= "\ud800":
                if c in _LINE_END_HYPHEN:
                    c = "-"
                elif c < "\ue000":
                    return None
                elif c in _INVISIBLE:
                    continue
                mine = ""
            else:
                c = c if c >= "\u2fe0" else ideograph(c)
                mine = "wide" if c >= "\u3400" else ""
            get_origin(text, k, x_, y_)
            x, y = origin()
            if y != last_y:
                if not -FAR < y < FAR:
                    continue  # a damaged position, maybe no number at all
                if 0.02 < get_angle(text, k) < 6.26:
                    return None
                if c > "~" and not self.unnamed:
                    self.unnamed = calls.FPDFText_HasUnicodeMapError(text, k) == 1
                known = False
            else:
                known = mine != "" and mine == kind and -0.04 * advance < x - last_x - advance < 0.04 * advance
            if not known:
                advance, size = _advance(text, k, x, size)
            last_y, last_x, kind = y, x, mine
            if k in runs:
                end = runs[k]
                get_origin(text, k + 1, x_, y_)
                second, level = origin()
                step = second - x
                if 0.8 * advance < step < 1.2 * advance and level == y:
                    get_origin(text, end - 1, x_, y_)
                    last, level = origin()
                    # no more room than for the characters themselves: two cells may stand in one run
                    if level == y and -0.3 * advance < last - x - (end - 1 - k) * step < 0.3 * advance:
                        width, base, middle = advance, top - y, top - y - 0.35 * size
                        x -= left
                        found += [
                            new(Char, (ch, at := x + n * step, base, at, at + width, middle, size))
                            for n, ch in enumerate(whole[k:end])
                        ]
                        last_x, skip = last, end
                        continue
            add(new(Char, (c, x - left, top - y, x - left, x + advance - left, top - y - 0.35 * size, size)))
        return found


_loose_box, _read_rectangle, _at_rectangle = calls.FPDFText_GetLooseCharBox, _rectangle.read, _rectangle.at[0]


def _advance(text: int, k: int, x: float, before: float) -> tuple[float, float]:
    """Advance and size of character ``k``; of some Type 3 fonts PDFium misplaces the box, not the origin."""
    if _loose_box(text, k, _at_rectangle):
        left, top, right, bottom = _read_rectangle()
        size, advance = top - bottom, right - x
        if -ASTRAY < left - x < ASTRAY and 0.0 < advance < 2 * ASTRAY and 0.5 < size < 4 * ASTRAY:
            return advance, size
    return before / 2, before


class TurnedChar(NamedTuple):
    """A character in page space (y upwards): origin, box, size of type."""

    text: str
    x: float
    y: float
    x0: float
    y0: float
    x1: float
    y1: float
    size: float


def turned_chars(
    text: int, count: int, skip: Collection[int] = (), spoken: Collection[int] = ()
) -> tuple[list[TurnedChar], int | None]:
    """Characters of a page in page space, and the quarter turns their text is read in.

    Text at an angle (a watermark) and text turned otherwise than most of the page is left out.  ``spoken``: see :func:`spoken_chars`.
    """
    found: list[tuple[TurnedChar, int]] = []
    turns: Counter[int] = Counter()
    high = 0
    for k in range(min(count, MAX_CHARS)):
        if k in skip:
            continue
        code = calls.FPDFText_GetUnicode(text, k)
        if chr(code) in _LINE_END_HYPHEN:
            code = 0x2D
        elif code <= 0x20 or code == 0xA0:
            if code not in (0x20, 0xA0) or calls.FPDFText_IsGenerated(text, k) == 1:
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
        calls.FPDFText_GetCharOrigin(text, k, *_origin.at)
        x, y = _origin.read()
        if not (-FAR < x < FAR and -FAR < y < FAR):
            continue
        quarter = calls.FPDFText_GetCharAngle(text, k) / (math.pi / 2)
        turn = -round(quarter) % 4  # PDFium counts clockwise
        if abs(quarter - round(quarter)) > _ASKEW:
            continue
        turns[turn] += code != 0x20
        calls.FPDFText_GetMatrix(text, k, _matrix.at[0])
        matrix = Matrix(*_matrix.read())
        size = calls.FPDFText_GetFontSize(text, k) * math.hypot(matrix.c, matrix.d) or 10.0
        c = ideograph(chr(code)) if 0x2E80 <= code < 0x2FE0 else chr(code)
        if k in spoken:
            found.append((_spoken(c, matrix, size), turn))
        else:
            found.append((TurnedChar(c, x, y, *_advance_box(text, k, (x, y), turn, size), size), turn))
    if not turns:
        return [], None
    main = turns.most_common(1)[0][0]
    return [char for char, turn in found if turn == main], main


def _advance_box(text: int, k: int, origin: tuple[float, float], turn: int, size: float) -> tuple[float, float, float, float]:
    """The box of character ``k`` with its advance where that begins at its origin, else its ink."""
    box = char_box(text, k)
    at, start, end = (origin[1], box[1], box[3]) if turn % 2 else (origin[0], box[0], box[2])
    if min(abs(start - at), abs(end - at)) < 0.15 * size < end - start < 2 * size:
        return box
    return char_box(text, k, upright=False)


def spoken_chars(text: int, count: int, objects: Collection[int]) -> frozenset[int]:
    """Indices of the characters that stand for a whole text object of a form: what the file says that it reads as.

    PDFium leaves these where the form has them and not where the page has the form: the 月 of ``1月`` on a sheet of two pages.
    """
    if not objects:
        return frozenset()
    found = ((k, calls.FPDFText_GetTextObject(text, k)) for k in range(min(count, MAX_CHARS)))
    return frozenset(k for k, item in found if item in objects)


def _spoken(c: str, m: Matrix, size: float) -> TurnedChar:
    """A character of which the matrix of its text tells the place."""
    wide = size if c > "\u2e7f" else size / 2
    right, up = math.hypot(m.a, m.b) or 1.0, math.hypot(m.c, m.d) or 1.0
    ax, ay = -0.12 * size * m.c / up, -0.12 * size * m.d / up
    bx, by = wide * m.a / right + 0.88 * size * m.c / up, wide * m.b / right + 0.88 * size * m.d / up
    return TurnedChar(c, m.e, m.f, m.e + min(ax, bx), m.f + min(ay, by), m.e + max(ax, bx), m.f + max(ay, by), size)


def char_box(text: int, k: int, *, upright: bool = True) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of character ``k`` in page space: its advance and size, or its ink where text is turned."""
    if upright and calls.FPDFText_GetLooseCharBox(text, k, _rectangle.at[0]):
        left, top, right, bottom = _rectangle.read()
    else:
        calls.FPDFText_GetCharBox(text, k, *_box.at)
        left, right, bottom, top = _box.read()
    return left, bottom, right, top


def ideograph(c: str) -> str:
    """The ideograph that a font means with a radical."""
    return _RADICALS.get(c) or fold(c)
