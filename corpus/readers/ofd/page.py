"""What stands on a page of an OFD file: characters and ruling lines, in points from the page's top left corner.

An object has a ``Boundary`` on the page and, inside it, its own coordinates, turned into the page's by ``CTM``.  A text object
gives the place of its first character and the steps to the others; a path is ``M x y L x y … C``.  Everything is in millimetres.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from lxml import etree

from corpus.readers.ofd.package import child, children, local
from corpus.readers.page.content import Char, Matrix, PageContent, Rule, Unread
from corpus.types import BBox

POINTS = 72 / 25.4
#: millimetres; A4, where a file gives no size
DEFAULT_BOX = (0.0, 0.0, 210.0, 297.0)
#: a border is at most this thick; what is thicker is a filled area (points)
MAX_THICKNESS = 3.5
MIN_LENGTH = 2.5
MAX_OBJECTS = 60_000
MAX_CHARS = 200_000
_MAX_DEPTH = 16
#: text lighter than this (0 … 255), or more transparent, is a watermark or not to be seen
_LIGHT, _TRANSPARENT = 150, 140
#: numbers that follow a command of a path
_TAKES = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def numbers(text: str | None) -> list[float]:
    """The numbers of an attribute; those that are none, or not finite, end it.

    >>> numbers("0 10 20.5 x 3")
    [0.0, 10.0, 20.5]
    """
    out: list[float] = []
    for word in (text or "").replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            break
        if not math.isfinite(value):
            break
        out.append(value)
    return out


def steps(text: str | None, count: int) -> list[float]:
    """``DeltaX`` or ``DeltaY`` for ``count`` steps; ``g 3 5`` stands for ``5 5 5``, the last step goes on.

    >>> steps("g 2 5 4", 4)
    [5.0, 5.0, 4.0, 4.0]
    >>> steps(None, 2)
    []
    """
    words = (text or "").replace(",", " ").split()
    out: list[float] = []
    at = 0
    while at < len(words) and len(out) < count:
        run = words[at : at + 3] if words[at] == "g" else ["g", "1", words[at]]
        at += 3 if words[at] == "g" else 1
        values = numbers(" ".join(run[1:]))
        if len(values) < 2:
            break
        out += [values[1]] * min(max(0, int(values[0])), count - len(out))
    return out + [out[-1]] * (count - len(out)) if out else []


def box_of(text: str | None) -> BBox | None:
    """x, y, width and height of a ``Boundary`` or ``PhysicalBox``."""
    found = numbers(text)
    return (found[0], found[1], found[2], found[3]) if len(found) >= 4 else None


class PageReader:
    """Collects what stands on one page; ``units`` are composite graphic units by ID."""

    def __init__(self, number: int, box: BBox, units: Mapping[str, etree._Element]) -> None:
        self._number, self._box, self._units = number, box, units
        self._page = Matrix(POINTS, 0, 0, POINTS, -box[0] * POINTS, -box[1] * POINTS)
        self._chars: list[Char] = []
        self._rules: tuple[list[Rule], list[Rule]] = ([], [])
        self._pictures: list[BBox] = []
        self._unread: list[Unread] = []
        self._seen = 0
        self._crowded = False

    def take(self, root: etree._Element) -> None:
        """Take up the objects of a page, or of a template that lies under it."""
        for layer in children(child(root, "Content"), "Layer"):
            self._walk(layer, self._page, 0)

    def content(self) -> PageContent:
        """Everything that was taken up."""
        width, height = self._box[2] * POINTS, self._box[3] * POINTS
        covered = sum(max(0.0, x1 - x0) * max(0.0, y1 - y0) for x0, y0, x1, y1 in self._pictures)
        seen = [c for c in self._chars if -1 <= c.x0 <= width + 1 and -1 <= c.y <= height + 1]
        return PageContent(
            self._number, width, height, tuple(seen), tuple(self._rules[0]), tuple(self._rules[1]),
            min(1.0, covered / (width * height)) if width * height else 0.0, self._crowded, tuple(self._pictures),
            unread=tuple(self._unread),
        )  # fmt: skip

    def _walk(self, parent: Iterable[etree._Element], matrix: Matrix, depth: int) -> None:
        for element in parent:
            self._seen += 1
            if self._seen > MAX_OBJECTS or len(self._chars) > MAX_CHARS:
                self._crowded = True
                return
            kind = local(element)
            if element.get("Visible", "").strip().lower() == "false":
                continue
            if kind == "PageBlock" and depth < _MAX_DEPTH:
                self._walk(element, matrix, depth + 1)
            elif kind in {"TextObject", "PathObject", "ImageObject", "CompositeObject"}:
                self._object(kind, element, matrix, depth)

    def _object(self, kind: str, element: etree._Element, matrix: Matrix, depth: int) -> None:
        boundary = box_of(element.get("Boundary")) or (0.0, 0.0, 0.0, 0.0)
        own = numbers(element.get("CTM"))
        inner = Matrix(*own[:6]) if len(own) >= 6 else Matrix()
        inner = matrix.after(inner._replace(e=inner.e + boundary[0], f=inner.f + boundary[1]))
        if kind == "TextObject":
            self._text(element, inner)
        elif kind == "PathObject":
            self._path(element, inner)
        elif kind == "ImageObject":
            x0, y0 = matrix.apply(boundary[0], boundary[1])
            x1, y1 = matrix.apply(boundary[0] + boundary[2], boundary[1] + boundary[3])
            self._pictures.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        elif depth < _MAX_DEPTH:
            inside = child(self._units.get(element.get("ResourceID", "").strip()), "Content")
            self._walk(inside if inside is not None else (), inner, depth + 1)

    def _text(self, element: etree._Element, matrix: Matrix) -> None:
        size = next(iter(numbers(element.get("Size"))), 3.5)
        stretch = next(iter(numbers(element.get("HScale"))), 1.0)
        across, slope = math.hypot(matrix.a, matrix.b), min(abs(matrix.a), abs(matrix.b))
        pale, turned = _is_pale(element), across > 0 and slope / across > 0.1
        x = y = 0.0
        for code in children(element, "TextCode"):
            text = code.text or ""
            # a piece without its own place begins where the one before it did
            x, y = next(iter(numbers(code.get("X"))), x), next(iter(numbers(code.get("Y"))), y)
            at_x, at_y = x, y
            right, down = steps(code.get("DeltaX"), len(text) - 1), steps(code.get("DeltaY"), len(text) - 1)
            chars: list[Char] = []
            for i, c in enumerate(text):
                advance = _advance(c, size * stretch)
                step = right[i] if i < len(right) else 0.0 if down else advance
                if unicodedata.category(c) != "Cc":
                    chars.append(_placed(c, matrix, at_x, at_y, advance if step <= 0 else min(advance, step), size))
                at_x, at_y = at_x + step, at_y + (down[i] if i < len(down) else 0.0)
            if pale or turned:
                self._unread += [Unread("watermark", text, _around(chars))] if chars else []
            else:
                self._chars += chars

    def _path(self, element: etree._Element, matrix: Matrix) -> None:
        stroke = element.get("Stroke", "true").strip().lower() != "false"
        fill = element.get("Fill", "false").strip().lower() == "true"
        if not (stroke or fill):
            return
        data = child(element, "AbbreviatedData")
        for points in subpaths(data.text if data is not None else ""):
            placed = [matrix.apply(x, y) for x, y in points]
            xs, ys = [p[0] for p in placed], [p[1] for p in placed]
            width, height = max(xs) - min(xs), max(ys) - min(ys)
            if min(width, height) <= MAX_THICKNESS and len(placed) > 2:  # a border painted as a thin area
                middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
                flat = width >= height
                self._line(
                    (min(xs), middle[1]) if flat else (middle[0], min(ys)),
                    (max(xs), middle[1]) if flat else (middle[0], max(ys)),
                )
            elif stroke:
                for start, end in pairwise(placed):
                    self._line(start, end)

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        across, down = abs(start[0] - end[0]), abs(start[1] - end[1])
        if max(across, down) <= MIN_LENGTH or min(across, down) > 1:
            return
        flat = across >= down
        at, a, b = ((start[1] + end[1]) / 2, start[0], end[0]) if flat else ((start[0] + end[0]) / 2, start[1], end[1])
        self._rules[0 if flat else 1].append(Rule(at, min(a, b), max(a, b)))


def subpaths(text: str | None) -> list[list[tuple[float, float]]]:
    """Points of each subpath; a curve counts as the straight line to its end, which draws no border.

    >>> subpaths("M 0 0 L 10 0 L 10 5 C M 1 1 L 2 1")
    [[(0.0, 0.0), (10.0, 0.0), (10.0, 5.0), (0.0, 0.0)], [(1.0, 1.0), (2.0, 1.0)]]
    """
    words = (text or "").replace(",", " ").split()
    out: list[list[tuple[float, float]]] = []
    at = 0
    while at < len(words):
        command, takes = words[at], _TAKES.get(words[at])
        if takes is None:
            at += 1
            continue
        values = numbers(" ".join(words[at + 1 : at + 1 + takes]))
        at += 1 + takes
        if len(values) < takes:
            break
        if command == "C":
            if out and out[-1][0] != out[-1][-1]:
                out[-1].append(out[-1][0])
        elif command in "SM" or not out:
            out.append([(values[-2], values[-1])])
        elif command == "L":
            out[-1].append((values[0], values[1]))
        else:
            out.append([(values[-2], values[-1])])
    return [points for points in out if len(points) > 1]


def _is_pale(element: etree._Element) -> bool:
    """Whether text is not filled, nearly transparent, or as light as a watermark."""
    if element.get("Fill", "true").strip().lower() == "false" and element.get("Stroke", "false").strip().lower() != "true":
        return True
    colour = child(element, "FillColor")
    alpha = next(iter(numbers(element.get("Alpha"))), 255.0)
    if colour is None:
        return alpha < _TRANSPARENT
    alpha = min(alpha, next(iter(numbers(colour.get("Alpha"))), 255.0))
    value = numbers(colour.get("Value"))
    # one value is grey, three are red, green and blue; four are inks, where little ink is light
    light = all(v >= _LIGHT for v in value) if len(value) in {1, 3} else len(value) == 4 and sum(value) < 4 * (255 - _LIGHT) / 2
    return alpha < _TRANSPARENT or (bool(value) and light and not (len(value) == 4 and max(value) > 255 - _LIGHT))


def _advance(c: str, size: float) -> float:
    return size if unicodedata.east_asian_width(c) in "WFA" else size / 2


def _placed(c: str, matrix: Matrix, x: float, y: float, advance: float, size: float) -> Char:
    x0, y0 = matrix.apply(x, y)
    x1, _ = matrix.apply(x + advance, y)
    _, middle = matrix.apply(x, y - 0.38 * size)
    tall = size * math.hypot(matrix.c, matrix.d)
    return Char(c, x0, y0, min(x0, x1), max(x0, x1), middle, tall)


def _around(chars: Sequence[Char]) -> BBox:
    return min(c.x0 for c in chars), min(c.y - c.size for c in chars), max(c.x1 for c in chars), max(c.y for c in chars)
