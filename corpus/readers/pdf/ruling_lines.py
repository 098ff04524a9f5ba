"""What is drawn on a PDF page: ruling lines from its path objects, pictures, and text objects that may not be seen.

Borders come as stroked lines, as thin filled rectangles (Word, browsers), as one path with many pieces, or inside form XObjects.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import pypdfium2.raw as raw

from corpus.readers.page.content import Matrix
from corpus.readers.pdf.characters import address
from corpus.types import BBox

#: a border is at most this thick; what is thicker is a filled area
MAX_THICKNESS = 3.5
#: shorter pieces are the corners that Word paints between the pieces of a border
MIN_LENGTH = 2.5
MAX_OBJECTS = 60_000
MAX_RULES = 30_000
_MAX_DEPTH = 8
_MAX_SEGMENTS = 20_000
_MAX_PICTURES = 2_000
_MOST_CLIPS = 8
#: render modes of text that paints nothing, as it lies over a scan, put there by the program that recognised it
_UNPAINTED = frozenset({3, 7})
#: of this one only the outlines are painted
_STROKED = 1
#: text lighter than this (0 … 255), or more transparent, is a watermark or not to be seen
_LIGHT, _TRANSPARENT = 150, 140
_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5
_LINETO, _BEZIERTO, _MOVETO = 0, 1, 2


_IDENTITY = Matrix()


class PageWalker:
    """Collects ruling lines as (x0, y0, x1, y1) in page space, and text objects.

    ``invisible`` are the text objects that paint nothing, ``pale`` those that paint little, ``covered`` those over which an area or a
    picture is painted and, if the file is ``layered``, those of a layer; ``spoken`` those of forms for which the file says what they
    read as.  ``scanned``: the first text is invisible, as recognised text lies over a scan.
    """

    def __init__(self, bottom: float, top: float, *, layered: bool = False) -> None:
        # browsers draw cells that go on over the page's end in full length and clip them
        margin = 0.07 * (top - bottom)
        self._low, self._high = bottom + margin, top - margin
        self.found: list[tuple[float, float, float, float]] = []
        self.pictures: list[tuple[float, float, float, float]] = []
        self.scanned = False
        self.invisible: list[Any] = []
        self.pale: list[Any] = []
        self.covered: list[Any] = []
        self.spoken: set[int] = set()
        self._layered = layered
        # text objects with the matrix that places them; areas painted later, with the number of texts before them
        self._texts: list[tuple[Any, Matrix]] = []
        self._areas: list[tuple[BBox, int]] = []
        self.crowded = False
        self._seen = 0
        self._segments = 0

    def walk_page(self, page: Any) -> None:
        """Take up all objects of a page."""
        self._walk(page, raw.FPDFPage_CountObjects(page), raw.FPDFPage_GetObject, _IDENTITY, 0)
        if self._areas:
            self.covered += _covered(self._texts, self._areas)

    def _walk(
        self, container: Any, count: int, get: Callable[[Any, int], Any], matrix: Matrix, depth: int, *, faint: bool = False
    ) -> None:
        """Take up the ``count`` objects that ``get`` gives, placed by ``matrix``, painted as a whole so that they are ``faint``."""
        kind_of, bounds_of = raw.FPDFPageObj_GetType, raw.FPDFPageObj_GetBounds
        values = (ctypes.c_float * 4)()
        start, pointer = ctypes.addressof(values), ctypes.POINTER(ctypes.c_float)
        l_, b_, r_, t_ = (ctypes.cast(start + 4 * n, pointer) for n in range(4))
        plain = matrix == _IDENTITY
        for i in range(count):
            self._seen += 1
            if self._seen > MAX_OBJECTS or len(self.found) > MAX_RULES:
                self.crowded = True
                return
            item = get(container, i)
            kind = kind_of(item)
            if kind == _TEXT:
                self._text(item, depth, matrix, faint=faint)
                continue
            if kind in (_PATH, _IMAGE):
                if not bounds_of(item, l_, b_, r_, t_):
                    continue
                x0, y0, x1, y1 = values
                if not plain:
                    x0, y0, x1, y1 = _placed_box(matrix, x0, y0, x1, y1)
                if y0 < self._low or y1 > self._high:
                    y0, y1 = self._clipped(item, matrix, y0, y1)
                width, height = x1 - x0, y1 - y0
                if self._texts and min(width, height) > MAX_THICKNESS and (kind == _IMAGE or _is_filled(item)):
                    self._areas.append(((x0, y0, x1, y1), len(self._texts)))
                if kind == _IMAGE:
                    if len(self.pictures) < _MAX_PICTURES:
                        self.pictures.append((x0, y0, x1, y1))
                    if min(width, height) > MAX_THICKNESS:
                        continue
                if height <= MAX_THICKNESS and width > MIN_LENGTH and width > height:
                    middle = (y0 + y1) / 2
                    self.found.append((x0, middle, x1, middle))
                elif width <= MAX_THICKNESS and height > MIN_LENGTH:
                    middle = (x0 + x1) / 2
                    self.found.append((middle, y0, middle, y1))
                elif kind == _PATH and min(width, height) > MAX_THICKNESS:
                    self._path(item, matrix)
            elif kind == _FORM and depth < _MAX_DEPTH:
                inner = matrix.after(_matrix_of(item))
                weak = faint or _is_transparent(item)
                self._walk(item, raw.FPDFFormObj_CountObjects(item), raw.FPDFFormObj_GetObject, inner, depth + 1, faint=weak)

    def _text(self, item: Any, depth: int, matrix: Matrix, *, faint: bool) -> None:
        mode = raw.FPDFTextObj_GetTextRenderMode(item)
        if not self._texts:
            self.scanned = mode in _UNPAINTED
        if matrix != _IDENTITY and _reads_as(item):
            self.spoken.add(address(item))
        if mode in _UNPAINTED or _is_clipped_off(item):
            self.invisible.append(item)
        elif faint or _is_pale(item, raw.FPDFPageObj_GetStrokeColor if mode == _STROKED else raw.FPDFPageObj_GetFillColor):
            self.pale.append(item)
        elif self._layered and (depth or _in_layer(item)):  # a whole form may be of a layer
            self.covered.append(item)
        self._texts.append((item, matrix))

    def _clipped(self, item: Any, matrix: Matrix, y0: float, y1: float) -> tuple[float, float]:
        """``y0``…``y1`` as far as the object's clip path lets them be seen."""
        clip = raw.FPDFPageObj_GetClipPath(item)
        count = raw.FPDFClipPath_CountPaths(clip) if clip else 0
        for n in range(min(max(count, 0), _MOST_CLIPS)):
            points = [matrix.apply(x, y)[1] for x, y in _clip_points(clip, n)]
            if len(points) > 2:
                y0, y1 = max(y0, min(points)), min(y1, max(points))
        return y0, max(y0, y1)

    def _path(self, item: Any, matrix: Matrix) -> None:
        """The straight pieces of a path that is larger than a line: a drawn rectangle, or many lines in one path."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        if not raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke)) or not (fill.value or stroke.value):
            return
        count = raw.FPDFPath_CountSegments(item)
        if not stroke.value and count <= 5:
            return  # one filled area
        self._segments += count
        if self._segments > _MAX_SEGMENTS:
            self.crowded = True
            return
        whole = matrix.after(_matrix_of(item))
        for points, straight in _subpaths(item, count, whole):
            if stroke.value:
                for (ax, ay), (bx, by), is_line in zip(points, points[1:], straight, strict=False):
                    dx, dy = abs(ax - bx), abs(ay - by)
                    if is_line and min(dx, dy) <= 1 and max(dx, dy) > MIN_LENGTH:
                        self.found.append((ax, ay, bx, by))
            elif all(straight):
                xs, ys = [p[0] for p in points], [p[1] for p in points]
                width, height = max(xs) - min(xs), max(ys) - min(ys)
                if min(width, height) <= MAX_THICKNESS and max(width, height) > MIN_LENGTH:
                    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
                    self.found.append((min(xs), y, max(xs), y) if width > height else (x, min(ys), x, max(ys)))


_bounds = (ctypes.c_float * 4)()
_bounds_ = [ctypes.cast(ctypes.addressof(_bounds) + 4 * n, ctypes.POINTER(ctypes.c_float)) for n in range(4)]
_colour = (ctypes.c_uint * 4)()
_colour_ = [ctypes.cast(ctypes.addressof(_colour) + 4 * n, ctypes.POINTER(ctypes.c_uint)) for n in range(4)]


def _in_layer(item: Any) -> bool:
    name, length = (ctypes.c_ushort * 4)(), ctypes.c_ulong()
    for n in range(raw.FPDFPageObj_CountMarks(item)):
        mark = raw.FPDFPageObj_GetMark(item, n)
        # `OC` in UTF-16 with its end
        if (
            raw.FPDFPageObjMark_GetName(mark, name, 8, ctypes.byref(length))
            and length.value == 6
            and name[0] == 79
            and name[1] == 67
        ):
            return True
    return False


def _reads_as(item: Any) -> bool:
    """Whether a text object stands for a text that the file gives beside it (``ActualText``)."""
    return any(
        raw.FPDFPageObjMark_GetParamValueType(raw.FPDFPageObj_GetMark(item, n), b"ActualText") == raw.FPDF_OBJECT_STRING
        for n in range(raw.FPDFPageObj_CountMarks(item))
    )


def _is_pale(item: Any, colour_of: Callable[..., Any]) -> bool:
    if not colour_of(item, *_colour_):
        return False
    red, green, blue, alpha = _colour
    return bool(alpha < _TRANSPARENT or (red >= _LIGHT and green >= _LIGHT and blue >= _LIGHT))


def _is_clipped_off(item: Any) -> bool:
    """Whether a text lies outside of what its clip path lets be seen."""
    clip = raw.FPDFPageObj_GetClipPath(item)
    count = raw.FPDFClipPath_CountPaths(clip) if clip else 0
    if count <= 0 or not raw.FPDFPageObj_GetBounds(item, *_bounds_):
        return False
    left, bottom, right, top = _bounds
    m = _matrix_of(item)  # PDFium misplaces the bounds of some fonts, not their origin
    left, bottom, right, top = min(left, m.e), min(bottom, m.f), max(right, m.e), max(top, m.f)
    for n in range(min(count, _MOST_CLIPS)):
        points = _clip_points(clip, n)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if len(points) > 2 and (max(xs) <= left or right <= min(xs) or max(ys) <= bottom or top <= min(ys)):
            return True
    return False


def _clip_points(clip: Any, n: int) -> list[tuple[float, float]]:
    """The points of path ``n`` of a clip path."""
    points = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(min(raw.FPDFClipPath_CountPathSegments(clip, n), 50)):
        segment = raw.FPDFClipPath_GetPathSegment(clip, n, i)
        if raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            points.append((x.value, y.value))
    return points


def _is_transparent(item: Any) -> bool:
    return bool(raw.FPDFPageObj_GetFillColor(item, *_colour_)) and _colour[3] < _TRANSPARENT


def _is_filled(item: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke)) and fill.value)


def _covered(texts: Sequence[tuple[Any, Matrix]], areas: Sequence[tuple[BBox, int]]) -> list[Any]:
    """The text objects over whose middle an area is painted that comes after them."""
    last = max(count for _, count in areas)
    middles: list[tuple[float, float, int]] = []
    for n, (item, matrix) in enumerate(texts[:last]):
        if raw.FPDFPageObj_GetBounds(item, *_bounds_):
            left, bottom, right, top = _bounds
            x, y = matrix.apply((left + right) / 2, (bottom + top) / 2)
            middles.append((y, x, n))
    middles.sort()
    found: set[int] = set()
    for (x0, y0, x1, y1), count in areas:
        for n in range(bisect_left(middles, (y0,)), bisect_right(middles, (y1,))):
            _, x, text = middles[n]
            if text < count and x0 < x < x1:
                found.add(text)
    return [texts[n][0] for n in sorted(found)]


def _placed_box(m: Matrix, x0: float, y0: float, x1: float, y1: float) -> BBox:
    corners = [m.apply(x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [c[0] for c in corners], [c[1] for c in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _matrix_of(item: Any) -> Matrix:
    m = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(m)):
        return _IDENTITY
    return Matrix(m.a, m.b, m.c, m.d, m.e, m.f)


def _subpaths(item: Any, count: int, matrix: Matrix) -> list[tuple[list[tuple[float, float]], list[bool]]]:
    """Points of each subpath in page space, and for each step whether it is straight."""
    x, y = ctypes.c_float(), ctypes.c_float()
    x_, y_ = ctypes.byref(x), ctypes.byref(y)
    out: list[tuple[list[tuple[float, float]], list[bool]]] = []
    for i in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, i)
        kind = raw.FPDFPathSegment_GetType(segment)
        if not raw.FPDFPathSegment_GetPoint(segment, x_, y_):
            continue
        point = matrix.apply(x.value, y.value)
        if kind == _MOVETO or not out:
            out.append(([point], []))
        else:
            out[-1][0].append(point)
            out[-1][1].append(kind == _LINETO)
        if raw.FPDFPathSegment_GetClose(segment) and out[-1][0][0] != point:
            out[-1][0].append(out[-1][0][0])
            out[-1][1].append(True)
    return out
