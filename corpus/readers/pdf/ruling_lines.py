"""What is drawn on a PDF page: ruling lines from its path objects, pictures, and text objects that may not be seen.

Borders come as stroked lines, as thin filled rectangles (Word, browsers), as one path with many pieces, or inside form XObjects.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from corpus.readers.page.content import Matrix
from corpus.readers.pdf import calls
from corpus.readers.pdf.calls import Returned, address
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
#: of the second one only the outlines are painted
_FILLED, _STROKED = 0, 1
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
        self.invisible: list[int] = []
        self.pale: list[int] = []
        self.covered: list[int] = []
        self.spoken: set[int] = set()
        self._layered = layered
        # text objects with the matrix that places them; areas painted later, with the number of texts before them
        self._texts: list[tuple[int, Matrix]] = []
        self._areas: list[tuple[BBox, int]] = []
        self.crowded = False
        self._seen = 0
        self._segments = 0

    def walk_page(self, page: Any) -> None:
        """Take up all objects of a page."""
        page = address(page)
        self._walk(page, calls.FPDFPage_CountObjects(page), calls.FPDFPage_GetObject, _IDENTITY, 0)
        if self._areas:
            self.covered += _covered(self._texts, self._areas)

    def _walk(
        self, container: int, count: int, get: Callable[[int, int], int], matrix: Matrix, depth: int, *, faint: bool = False
    ) -> None:
        """Take up the ``count`` objects that ``get`` gives, placed by ``matrix``, painted as a whole so that they are ``faint``."""
        plain = matrix == _IDENTITY
        odd = faint or not plain or self._layered
        texts, found = self._texts, self.found
        items = list(map(get, repeat(container), range(min(count, MAX_OBJECTS + 1))))
        for item, mode in zip(items, map(_mode_of, items), strict=True):
            self._seen += 1
            if self._seen > MAX_OBJECTS or len(found) > MAX_RULES:
                self.crowded = True
                return
            if mode >= 0:  # most objects are text, and most text is filled with a dark colour: only of others more is asked
                if odd or mode != _FILLED or _count_clips(_clip_of(item)) > 0 or _is_pale(item, _fill_of):
                    self._text(item, mode, depth, faint=faint, plain=plain)
                texts.append((item, matrix))
                continue
            kind = _kind_of(item)
            if kind in (_PATH, _IMAGE):
                if not _bounds_of(item, *_bounds.at):
                    continue
                x0, y0, x1, y1 = _bounds.read()
                if not plain:
                    x0, y0, x1, y1 = _placed_box(matrix, x0, y0, x1, y1)
                if y0 < self._low or y1 > self._high:
                    y0, y1 = self._clipped(item, matrix, y0, y1)
                width, height = x1 - x0, y1 - y0
                if kind == _IMAGE and len(self.pictures) < _MAX_PICTURES:
                    self.pictures.append((x0, y0, x1, y1))
                if height > MAX_THICKNESS < width:
                    if texts and (kind == _IMAGE or _is_filled(item)):
                        self._areas.append(((x0, y0, x1, y1), len(texts)))
                    if kind == _PATH:
                        self._path(item, matrix)
                elif height <= MAX_THICKNESS and width > MIN_LENGTH and width > height:
                    middle = (y0 + y1) / 2
                    found.append((x0, middle, x1, middle))
                elif width <= MAX_THICKNESS and height > MIN_LENGTH:
                    middle = (x0 + x1) / 2
                    found.append((middle, y0, middle, y1))
            elif kind == _FORM and depth < _MAX_DEPTH:
                inner = matrix.after(_matrix_of(item))
                weak = faint or _is_transparent(item)
                self._walk(
                    item, calls.FPDFFormObj_CountObjects(item), calls.FPDFFormObj_GetObject, inner, depth + 1, faint=weak
                )

    def _text(self, item: int, mode: int, depth: int, *, faint: bool, plain: bool) -> None:
        if not self._texts:
            self.scanned = mode in _UNPAINTED
        if not plain and _reads_as(item):
            self.spoken.add(item)
        if mode in _UNPAINTED or (_count_clips(_clip_of(item)) > 0 and _is_clipped_off(item)):
            self.invisible.append(item)
        elif faint or _is_pale(item, _stroke_of if mode == _STROKED else _fill_of):
            self.pale.append(item)
        elif self._layered and (depth or _in_layer(item)):  # a whole form may be of a layer
            self.covered.append(item)

    def _clipped(self, item: int, matrix: Matrix, y0: float, y1: float) -> tuple[float, float]:
        """``y0``…``y1`` as far as the object's clip path lets them be seen."""
        clip = _clip_of(item)
        for n in range(min(_count_clips(clip), _MOST_CLIPS)):
            points = [matrix.apply(x, y)[1] for x, y in _clip_points(clip, n)]
            if len(points) > 2:
                y0, y1 = max(y0, min(points)), min(y1, max(points))
        return y0, max(y0, y1)

    def _path(self, item: int, matrix: Matrix) -> None:
        """The straight pieces of a path that is larger than a line: a drawn rectangle, or many lines in one path."""
        if not calls.FPDFPath_GetDrawMode(item, *_mode.at) or not any(_mode.read()):
            return
        _, stroke = _mode.read()
        count = calls.FPDFPath_CountSegments(item)
        if not stroke and count <= 5:
            return  # one filled area
        self._segments += count
        if self._segments > _MAX_SEGMENTS:
            self.crowded = True
            return
        whole = matrix.after(_matrix_of(item))
        for points, straight in _subpaths(item, count, whole):
            if stroke:
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


# what is asked of each object of a page
_kind_of, _bounds_of, _mode_of = calls.FPDFPageObj_GetType, calls.FPDFPageObj_GetBounds, calls.FPDFTextObj_GetTextRenderMode
_fill_of, _stroke_of = calls.FPDFPageObj_GetFillColor, calls.FPDFPageObj_GetStrokeColor
_clip_of, _count_clips = calls.FPDFPageObj_GetClipPath, calls.FPDFClipPath_CountPaths  # none: 0 or less
_bounds, _colour, _point, _mode = Returned("f", 4), Returned("I", 4), Returned("f", 2), Returned("i", 2)
_matrix, _length, _name = Returned("f", 6), Returned("L", 1), Returned("H", 4)


def _in_layer(item: int) -> bool:
    for n in range(calls.FPDFPageObj_CountMarks(item)):
        mark = calls.FPDFPageObj_GetMark(item, n)
        # `OC` in UTF-16 with its end
        if calls.FPDFPageObjMark_GetName(mark, _name.at[0], 8, _length.at[0]) and _length.read() == [6]:
            first, second, *_ = _name.read()
            if (first, second) == (79, 67):
                return True
    return False


def _reads_as(item: int) -> bool:
    """Whether a text object stands for a text that the file gives beside it (``ActualText``)."""
    return any(
        calls.FPDFPageObjMark_GetParamValueType(calls.FPDFPageObj_GetMark(item, n), b"ActualText") == calls.FPDF_OBJECT_STRING
        for n in range(calls.FPDFPageObj_CountMarks(item))
    )


def _is_pale(item: int, colour_of: Callable[..., int]) -> bool:
    if not colour_of(item, *_colour.at):
        return False
    red, green, blue, alpha = _colour.read()
    pale: bool = alpha < _TRANSPARENT or (red >= _LIGHT and green >= _LIGHT and blue >= _LIGHT)
    return pale


def _is_clipped_off(item: int) -> bool:
    """Whether a text lies outside of what its clip path lets be seen."""
    clip = _clip_of(item)
    count = _count_clips(clip)
    if count <= 0 or not _bounds_of(item, *_bounds.at):
        return False
    left, bottom, right, top = _bounds.read()
    m = _matrix_of(item)  # PDFium misplaces the bounds of some fonts, not their origin
    left, bottom, right, top = min(left, m.e), min(bottom, m.f), max(right, m.e), max(top, m.f)
    for n in range(min(count, _MOST_CLIPS)):
        points = _clip_points(clip, n)
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if len(points) > 2 and (max(xs) <= left or right <= min(xs) or max(ys) <= bottom or top <= min(ys)):
            return True
    return False


def _clip_points(clip: int, n: int) -> list[tuple[float, float]]:
    """The points of path ``n`` of a clip path."""
    points = []
    for i in range(min(calls.FPDFClipPath_CountPathSegments(clip, n), 50)):
        segment = calls.FPDFClipPath_GetPathSegment(clip, n, i)
        if calls.FPDFPathSegment_GetPoint(segment, *_point.at):
            x, y = _point.read()
            points.append((x, y))
    return points


def _is_transparent(item: int) -> bool:
    return bool(calls.FPDFPageObj_GetFillColor(item, *_colour.at)) and _colour.read()[3] < _TRANSPARENT


def _is_filled(item: int) -> bool:
    return bool(calls.FPDFPath_GetDrawMode(item, *_mode.at) and _mode.read()[0])


def _covered(texts: Sequence[tuple[int, Matrix]], areas: Sequence[tuple[BBox, int]]) -> list[int]:
    """The text objects over whose middle an area is painted that comes after them."""
    last = max(count for _, count in areas)
    middles: list[tuple[float, float, int]] = []
    for n, (item, matrix) in enumerate(texts[:last]):
        if _bounds_of(item, *_bounds.at):
            left, bottom, right, top = _bounds.read()
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


def _matrix_of(item: int) -> Matrix:
    return Matrix(*_matrix.read()) if calls.FPDFPageObj_GetMatrix(item, _matrix.at[0]) else _IDENTITY


def _subpaths(item: int, count: int, matrix: Matrix) -> list[tuple[list[tuple[float, float]], list[bool]]]:
    """Points of each subpath in page space, and for each step whether it is straight."""
    out: list[tuple[list[tuple[float, float]], list[bool]]] = []
    for i in range(count):
        segment = calls.FPDFPath_GetPathSegment(item, i)
        kind = calls.FPDFPathSegment_GetType(segment)
        if not calls.FPDFPathSegment_GetPoint(segment, *_point.at):
            continue
        point = matrix.apply(*_point.read())
        if kind == _MOVETO or not out:
            out.append(([point], []))
        else:
            out[-1][0].append(point)
            out[-1][1].append(kind == _LINETO)
        if calls.FPDFPathSegment_GetClose(segment) and out[-1][0][0] != point:
            out[-1][0].append(out[-1][0][0])
            out[-1][1].append(True)
    return out
