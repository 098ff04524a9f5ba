"""The picture of a page made ready for reading: ink, skew, ruling lines, lines of text.

All functions take and give numpy arrays of pixels; ``scale`` is pixels a point.  Nothing here recognises characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corpus.readers.page.content import Rule
from corpus.readers.page.ruled_tables import merge_rules

#: pages turned further than this (degrees) are no careless scans
MAX_SKEW = 6.0
#: a ruling line is at least this long (points): longer than a stroke of the type that stands beside it
MIN_ACROSS, MIN_DOWN = 22.0, 13.5
#: lines from this length on (points, horizontal and vertical) are taken as they are; ends of others must touch such a one
LONG = (60.0, 30.0)
_TOUCH = 2.5
_MOST_HUNG = 0.25
#: a ruling line is at most this thick (points)
MAX_THICK = 4.0
#: lower rows of ink are dust (points); 一 and - are not much higher
MIN_INK = 0.7
#: higher ones are pictures
MAX_TEXT = 60.0
#: pieces of one line that stand further apart than this many times its height are read apart
WORD_GAP = 2.2

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page set straight: ``gray`` without its paper's shade (0 ink … 255 paper), ``ink`` (255 where text or lines are).

    ``back`` is the 2 × 3 matrix from its pixels to those of the picture it was made of.
    """

    gray: Any
    ink: Any
    faint: Any
    back: Any
    scale: float


def flatten(image: Any) -> Any:
    """Gray picture of an RGB one in which coloured ink (seals, marks) and the paper's shade are white."""
    import cv2
    import numpy as np

    bright = image.max(axis=2) if image.ndim == 3 else image
    small = cv2.resize(bright, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 25)
    paper = cv2.resize(paper, (bright.shape[1], bright.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(bright, np.maximum(paper, 60), scale=255)


def skew(gray: Any) -> float:
    """Degrees by which the lines of a page fall to the right: the angle at which its rows of ink stand out most."""
    import cv2
    import numpy as np

    factor = min(1.0, 900 / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ink = (small < 170).astype(np.float32)
    h, w = ink.shape
    if ink.sum() < 50:
        return 0.0

    def sharpness(angle: float) -> float:
        turned = cv2.warpAffine(ink, cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0), (w, h), flags=cv2.INTER_LINEAR)
        rows = turned.sum(axis=1)
        return float(((rows[1:] - rows[:-1]) ** 2).sum())

    best = 0.0
    for step, reach in ((0.5, MAX_SKEW), (0.1, 0.5), (0.02, 0.1)):
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=sharpness))
    return best if abs(best) >= 0.04 else 0.0


def straighten(image: Any, scale: float) -> Picture:
    """The page set straight, with its ink."""
    import cv2
    import numpy as np

    gray = flatten(image)
    angle = skew(gray)
    h, w = gray.shape
    back = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    if angle:
        matrix = cv2.getRotationMatrix2D((w / 2, h / 2), angle, 1.0)
        gray = cv2.warpAffine(gray, matrix, (w, h), flags=cv2.INTER_CUBIC, borderValue=255)
        back = cv2.invertAffineTransform(matrix)
    _blank_edges(gray, scale)
    soft = cv2.GaussianBlur(gray, (3, 3), 0)
    threshold, _ = (
        cv2.threshold(soft[soft < 235].reshape(1, -1), 0, 255, cv2.THRESH_OTSU) if (soft < 235).any() else (128, None)
    )
    level = float(np.clip(threshold + 20, 130, 200))
    ink = np.where(soft < level, np.uint8(255), np.uint8(0))
    faint = np.where(soft < max(level, 205.0), np.uint8(255), np.uint8(0))
    return Picture(gray, ink, faint, back, scale)


def _blank_edges(gray: Any, scale: float) -> None:
    # scanners leave a black rim where the sheet ended
    rim = max(1, round(3 * scale))
    gray[:rim], gray[-rim:], gray[:, :rim], gray[:, -rim:] = 255, 255, 255, 255


def find_rules(picture: Picture) -> tuple[list[Rule], list[Rule], Any]:
    """Horizontal and vertical ruling lines in points, and the mask of their pixels.

    Strokes of bold type that touch each other make short lines too.  A short line is taken only if both of its ends touch a long
    one of the other direction, and if next to nothing hangs on it from end to end.
    """
    import numpy as np

    across, down = _candidates(picture, vertical=False), _candidates(picture, vertical=True)
    long = [
        [r for r in merge_rules(c.rule for c in found) if r.end - r.start >= LONG[i]] for i, found in enumerate((across, down))
    ]
    mask = np.zeros_like(picture.ink)
    kept: tuple[list[Rule], list[Rule]] = ([], [])
    for i, found in enumerate((across, down)):
        whole = merge_rules(c.rule for c in found)
        for candidate in found:
            line = next(
                (
                    w
                    for w in whole
                    if abs(w.at - candidate.rule.at) <= 2.5
                    and w.start <= candidate.rule.start + 0.1
                    and w.end >= candidate.rule.end - 0.1
                ),
                candidate.rule,
            )
            short = line.end - line.start < LONG[i]
            if short and (
                candidate.hung > _MOST_HUNG
                or not (_touches(line, line.start, long[1 - i]) and _touches(line, line.end, long[1 - i]))
            ):
                continue
            kept[i].append(candidate.rule)
            x, y, pixels = candidate.x, candidate.y, candidate.pixels
            part = mask[y : y + pixels.shape[0], x : x + pixels.shape[1]]
            part[pixels] = 255
    return kept[0], kept[1], mask


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A long thin run of ink: as a rule in points, its pixels at (x, y), and the share of its length on which something hangs."""

    rule: Rule
    x: int
    y: int
    pixels: Any
    hung: float


def _touches(line: Rule, end: float, others: list[Rule]) -> bool:
    return any(abs(o.at - end) <= _TOUCH and o.start - _TOUCH <= line.at <= o.end + _TOUCH for o in others)


def _candidates(picture: Picture, *, vertical: bool) -> list[_Candidate]:
    import cv2
    import numpy as np

    scale = picture.scale
    length = round((MIN_DOWN if vertical else MIN_ACROSS) * scale)
    # a line that is not quite straight steps from one row of pixels to the next: made thicker it does not break
    thick = cv2.dilate(picture.faint, np.ones((1, 3) if vertical else (3, 1), np.uint8))
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((3, 1) if vertical else (1, 3), np.uint8))
    lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((length, 1) if vertical else (1, length), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(lines, connectivity=8)
    ink = picture.ink.T if vertical else picture.ink
    out = []
    for k in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[k])
        run, across = (h, w) if vertical else (w, h)
        if run < length or area / run > MAX_THICK * scale + 2 or across > max(MAX_THICK * scale + 2, 0.02 * run):
            continue
        at = float(centres[k][0] if vertical else centres[k][1]) + 0.5
        start, side = (y, x) if vertical else (x, y)
        beside = [
            ink[max(0, side - 2) : side, start : start + run],
            ink[side + across : side + across + 2, start : start + run],
        ]
        hung = max((float(strip.any(axis=0).mean()) for strip in beside if strip.size), default=0.0)
        pixels = labels[y : y + h, x : x + w] == k
        out.append(_Candidate(Rule(at / scale, start / scale, (start + run) / scale), x, y, pixels, hung))
    return out


def rows_of_ink(ink: Any) -> list[tuple[int, int]]:
    """Top and bottom of each band of rows that hold ink, in a mask without ruling lines."""
    import numpy as np

    filled = ink.any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], filled.view(np.uint8), [0])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def text_rows(bands: list[tuple[int, int]], height: float, scale: float) -> list[tuple[int, int]]:
    """Bands put together to lines of text of about ``height`` pixels.

    The two strokes of 二, the faint middle of a 5 and the dot of an i leave rows without ink inside of a line.
    """
    out: list[tuple[int, int]] = []
    for top, bottom in bands:
        if out and (top - out[-1][1] <= 0.5 * scale or bottom - out[-1][0] <= 1.08 * height):
            out[-1] = (out[-1][0], bottom)
        else:
            out.append((top, bottom))
    return [(a, b) for a, b in out if b - a >= MIN_INK * scale]


def whole_characters(ink: Any, rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rows of text, two of them put together where they are the halves of one large character.

    A title that is a little too long leaves 告 to a line of its own: 生 and 口 have a free row between them, and neither is as high as
    the lines of the page, which says how high a row may become before that.
    """
    import numpy as np

    out: list[tuple[int, int]] = []
    for top, bottom in rows:
        if out and top - out[-1][1] <= 0.2 * (bottom - out[-1][0]):
            high = bottom - out[-1][0]
            columns = np.flatnonzero(ink[out[-1][0] : bottom].any(axis=0))
            if 0.7 * high <= columns[-1] + 1 - columns[0] <= 1.4 * high:
                out[-1] = (out[-1][0], bottom)
                continue
        out.append((top, bottom))
    return out


def pieces(ink: Any, top: int, bottom: int, gap: float) -> list[tuple[int, int]]:
    """Left and right end of what stands in a line, cut where more than ``gap`` pixels are free."""
    import numpy as np

    columns = np.flatnonzero(ink[top:bottom].any(axis=0))
    if not columns.size:
        return []
    cuts = np.flatnonzero(np.diff(columns) > gap)
    starts = [int(columns[0]), *(int(columns[i + 1]) for i in cuts)]
    ends = [*(int(columns[i]) + 1 for i in cuts), int(columns[-1]) + 1]
    return list(zip(starts, ends, strict=True))


def without_dust(ink: Any, scale: float) -> Any:
    """Ink without specks (smaller than a printed point of 9-point type) and without what is too large to be text."""
    import cv2
    import numpy as np

    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    speck = (area < max(3.0, 0.35 * scale * scale)) | (np.maximum(width, height) < max(2.0, 0.7 * scale))
    keep = ~speck & (height <= MAX_TEXT * scale) & (width <= 4 * MAX_TEXT * scale)
    keep[0] = False
    return np.where(keep[labels], np.uint8(255), np.uint8(0)) if count else ink
