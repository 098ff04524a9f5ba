"""Reads the picture of a page: paragraphs and ruled tables, with the confidence of every cell.

The picture is set straight, its ruling lines give the same tables as the lines of a PDF (:mod:`corpus.readers.page.ruled_tables`), and
what stands in a cell or line is recognised piece by piece.  A number is read twice, from the page as it is and from its
black and white copy: where the two differ, or a character is uncertain, the cell's confidence says so.  No value is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from corpus.readers.ocr import engine as ocr_engine
from corpus.readers.ocr.picture import (
    WORD_GAP,
    find_rules,
    pieces,
    rows_of_ink,
    straighten,
    text_rows,
    whole_characters,
    without_dust,
)
from corpus.readers.page.blocks import Page
from corpus.readers.page.lines import GAP, TextLine, rounded
from corpus.readers.page.page_breaks import PageTable
from corpus.readers.page.ruled_tables import RuledTable, find_tables
from corpus.types import BBox, Grid, GridCell, Place

#: changes whenever equal pictures may give another page; part of the key of the cache
VERSION = "5"
#: lines under this are no text (a picture, a seal, a signature)
MIN_LINE = 0.45
#: two readings of one number that differ count for no more than this
DIFFERENT = 0.5
_SNAP = 2.5
_TABLE_WIDTH, _TABLE_HEIGHT = 100.0, 20.0
#: one row that the end of a page parted from its table is as high as its type, but has several cells or the width of the text
_ROW_HEIGHT, _ROW_CELLS, _ROW_WIDTH = 11.0, 4, 200.0
_HAN = re.compile(r"[㐀-鿿]")
_HALF = str.maketrans({"(": "（", ")": "）", ",": "，", ":": "：", ";": "；", "?": "？", "!": "！"})
_BESIDE_HAN = re.compile(r"(?<=[㐀-鿿“”《》（）。，；：、])[(),:;?!]|[(),:;?!](?=[㐀-鿿“《（。，；：、）])")
_SPACE = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
_VALUE_LIKE = re.compile(r"[^㐀-鿿]*|[〇口日一二]|-?[\d.,]+万?元?")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page read from its picture: ``page`` in points of the picture set straight, ``back`` leads to the picture as it is.

    ``back`` is (a, b, c, d, e, f): x' = a x + b y + c, y' = d x + e y + f.  ``doubtful`` counts the lines of prose of low confidence.
    """

    page: Page
    back: tuple[float, ...]
    doubtful: int
    lines: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """One line of text to be recognised: of a table's cell (``table``, ``cell``) or of prose (-1), with its box in pixels."""

    table: int
    cell: int
    row: int
    box: tuple[int, int, int, int]


def tidy(text: str) -> str:
    """Recognised text with the punctuation that is printed: full-width beside ideographs, no spaces but between Latin words."""
    text = _SPACE.sub("", text.strip())
    return _BESIDE_HAN.sub(lambda m: m.group().translate(_HALF), text)


def read_page(image: Any, number: int, scale: float, threshold: float) -> Recognised:
    """A page from its picture.

    Args:
        image: numpy array (height, width, 3) of the page, ``scale`` pixels a point.
        number: its number, 1-based.
        threshold: lines under this confidence are counted as doubtful.
    """
    best = _read_upright(image, number, scale, threshold)
    if _mean_confidence(best[1]) >= 0.75 or not best[1]:
        return best[0]
    import numpy as np

    # little can be read: the page may lie on its side or stand on its head
    turned = [(turns, _read_upright(np.rot90(image, turns).copy(), number, scale, threshold)) for turns in (1, 2, 3)]
    turns, found = max(turned, key=lambda t: (_mean_confidence(t[1][1]), -t[0]))
    if _mean_confidence(found[1]) < _mean_confidence(best[1]) + 0.1:
        return best[0]
    height, width = image.shape[0] / scale, image.shape[1] / scale
    back = {1: (0, -1, width, 1, 0, 0), 2: (-1, 0, width, 0, -1, height), 3: (0, 1, 0, -1, 0, height)}[turns]
    return replace(found[0], back=_after(found[0].back, back))


def _mean_confidence(readings: Sequence[ocr_engine.Reading]) -> float:
    weights = [(len(r.text), sum(r.sure) / len(r.sure)) for r in readings if r.sure]
    total = sum(w for w, _ in weights)
    return sum(w * c for w, c in weights) / total if total else 0.0


def _after(first: Sequence[float], then: Sequence[float]) -> tuple[float, ...]:
    """The matrix that applies ``first`` and then ``then``."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u)


def _read_upright(image: Any, number: int, scale: float, threshold: float) -> tuple[Recognised, list[ocr_engine.Reading]]:
    import cv2
    import numpy as np

    picture = straighten(image, scale)
    horizontal, vertical, mask = find_rules(picture)
    tables = [t for t in find_tables(horizontal, vertical, _SNAP) if len(t.cells) > 1 and _large(t.box, len(t.cells))]
    _only_inside(mask, [_pixels(table.box, scale) for table in tables], round(3 * scale))
    lines_out = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    ink = without_dust(cv2.bitwise_and(picture.ink, cv2.bitwise_not(lines_out)), scale)
    gray = np.where(lines_out > 0, np.uint8(255), picture.gray)
    found = [p for i, table in enumerate(tables) for p in _cell_pieces(ink, table, i, scale)]
    outside = ink.copy()
    for table in tables:
        x0, y0, x1, y1 = _pixels(table.box, scale)
        outside[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = 0
    found += _prose_pieces(outside, scale)
    readings = ocr_engine.recognise([_crop(gray, p.box) for p in found])
    numbers = [
        i for i, (p, r) in enumerate(zip(found, readings, strict=True)) if p.table >= 0 and _VALUE_LIKE.fullmatch(r.text)
    ]
    plain = np.where(picture.ink > 0, np.uint8(0), np.uint8(255))
    plain[lines_out > 0] = 255
    again = dict(zip(numbers, ocr_engine.recognise([_crop(plain, found[i].box, wider=True) for i in numbers]), strict=True))
    kept = _page_tables(tables, found, readings, again, number, scale)
    lines, doubtful, count = _text_lines(found, readings, number, scale, threshold)
    height, width = picture.gray.shape
    m = picture.back
    back = (m[0, 0], m[0, 1], m[0, 2] / scale, m[1, 0], m[1, 1], m[1, 2] / scale)
    page = Page(number, width / scale, height / scale, tuple(lines), tuple(kept))
    return Recognised(page, tuple(float(v) for v in back), doubtful, count), readings


def _only_inside(mask: Any, boxes: Sequence[tuple[int, int, int, int]], margin: int) -> None:
    """Leave in ``mask`` only what stands in one of ``boxes``: long strokes of bold type elsewhere are no ruling lines."""
    kept = mask.copy()
    mask[:] = 0
    for x0, y0, x1, y1 in boxes:
        here = slice(max(0, y0 - margin), y1 + margin), slice(max(0, x0 - margin), x1 + margin)
        mask[here] = kept[here]


def _large(box: BBox, cells: int) -> bool:
    """Whether a box may be a table: strokes of bold type that touch enclose small ones."""
    least = _ROW_HEIGHT if cells >= _ROW_CELLS or box[2] - box[0] >= _ROW_WIDTH else _TABLE_HEIGHT
    return box[2] - box[0] >= _TABLE_WIDTH and box[3] - box[1] >= least


def _pixels(box: BBox, scale: float) -> tuple[int, int, int, int]:
    return round(box[0] * scale), round(box[1] * scale), round(box[2] * scale), round(box[3] * scale)


def _cell_pieces(ink: Any, table: RuledTable, index: int, scale: float) -> list[_Piece]:
    """The lines of text of each cell of a table."""
    margin = max(1, round(0.8 * scale))
    bands: list[tuple[int, int, int, Any, list[tuple[int, int]]]] = []
    for i, cell in enumerate(table.cells):
        x0, y0, x1, y1 = _pixels(cell.box, scale)
        part = ink[y0 + margin : y1 - margin, x0 + margin : x1 - margin]
        if part.size:
            bands.append((i, x0 + margin, y0 + margin, part, rows_of_ink(part)))
    # digits and ideographs of one size: the taller bands show how high a line of this table is
    heights = sorted(b - a for *_, rows in bands for a, b in rows if b - a > 3 * scale)
    height = heights[int(0.85 * (len(heights) - 1))] if heights else 9 * scale
    out = []
    for i, left, top, part, rows in bands:
        for row, (a, b) in enumerate(text_rows(rows, height, scale)):
            for x, end in pieces(part, a, b, 3 * height):
                out.append(_Piece(index, i, row, (left + x, top + a, left + end, top + b)))
    return out


def _prose_pieces(ink: Any, scale: float) -> list[_Piece]:
    bands = rows_of_ink(ink)
    heights = sorted(b - a for a, b in bands if b - a > 6 * scale)
    height = heights[len(heights) // 2] if heights else 12 * scale
    out = []
    for row, (a, b) in enumerate(whole_characters(ink, text_rows(bands, height, scale))):
        for x, end in pieces(ink, a, b, WORD_GAP * (b - a)):
            rows = rows_of_ink(ink[a:b, x:end])
            top, bottom = a + rows[0][0], a + rows[-1][1]
            if bottom - top >= 2 * scale or end - x >= 3 * scale:
                out.append(_Piece(-1, -1, row, (x, top, end, bottom)))
    return out


def _crop(gray: Any, box: tuple[int, int, int, int], *, wider: bool = False) -> Any:
    """A line with a little paper around it; a thin one (一, -) with as much as a whole line has."""
    x0, y0, x1, y1 = box
    height = max(y1 - y0, round(0.35 * min(x1 - x0, 3 * (y1 - y0) + 12)))
    pad = max(2, round((0.28 if wider else 0.16) * height)) + (height - (y1 - y0)) // 2
    side = max(2, round((0.5 if wider else 0.3) * height))
    return gray[max(0, y0 - pad) : y1 + pad, max(0, x0 - side) : x1 + side]


def _page_tables(
    tables: Sequence[RuledTable],
    found: Sequence[_Piece],
    readings: Sequence[ocr_engine.Reading],
    again: dict[int, ocr_engine.Reading],
    number: int,
    scale: float,
) -> list[PageTable]:
    texts: dict[tuple[int, int], list[tuple[str, float]]] = {}
    heights: dict[int, list[int]] = {}
    for i, (piece, reading) in enumerate(zip(found, readings, strict=True)):
        if piece.table < 0:
            continue
        texts.setdefault((piece.table, piece.cell), []).append(_cell_line(reading, again.get(i)))
        heights.setdefault(piece.table, []).append(piece.box[3] - piece.box[1])
    out = []
    for n, table in enumerate(tables):
        if not any((n, i) in texts for i in range(len(table.cells))):
            continue
        cells = []
        for i, cell in enumerate(table.cells):
            parts = texts.get((n, i), [])
            text = tidy("".join(t for t, _ in parts))
            sure = min((c for _, c in parts), default=1.0)
            place = Place(page=number, bbox=rounded(cell.box))
            cells.append(
                GridCell(cell.row, cell.column, text, cell.row_span, cell.column_span, place, confidence=round(sure, 3))
            )
        em = sorted(heights[n])[len(heights[n]) // 2] / scale * 1.08
        out.append(PageTable(Grid(tuple(cells), exact=True), table.xs, table.ys, em))
    return out


def _cell_line(first: ocr_engine.Reading, second: ocr_engine.Reading | None) -> tuple[str, float]:
    """Text of one line of a cell and its confidence; ``second`` is the other reading of what looks like a number."""
    if second is None:
        return first.text, first.confidence
    if first.value and first.value_confidence >= 0.5 * first.confidence:
        if first.value == second.value:  # two pictures of it say the same: the clearer one counts
            return first.value, max(first.value_confidence, second.value_confidence)
        return first.value, min(first.value_confidence, DIFFERENT)
    if second.value and second.value_confidence > 0.5:
        return second.value, min(DIFFERENT, second.value_confidence)
    return first.text, min(first.confidence, DIFFERENT if first.text != second.text else 1.0)


def _text_lines(
    found: Sequence[_Piece], readings: Sequence[ocr_engine.Reading], number: int, scale: float, threshold: float
) -> tuple[list[TextLine], int, int]:
    """Lines of prose, how many of them are doubtful, how many there are."""
    rows: dict[int, list[tuple[_Piece, ocr_engine.Reading]]] = {}
    for piece, reading in zip(found, readings, strict=True):
        if piece.table < 0 and reading.sure and sum(reading.sure) / len(reading.sure) >= MIN_LINE:
            rows.setdefault(piece.row, []).append((piece, reading))
    out: list[TextLine] = []
    doubtful = 0
    for parts in rows.values():
        text = GAP.join(t for _, r in parts if (t := tidy(r.text)))
        if not text:
            continue
        left, right = parts[0][0].box[0], parts[-1][0].box[2]
        top, bottom = min(p.box[1] for p, _ in parts), max(p.box[3] for p, _ in parts)
        em = _em(text, (right - left) / scale, (bottom - top) / scale)
        sure = [s for _, r in parts for s in r.sure]
        doubtful += sum(sure) / len(sure) < threshold
        out.append(TextLine(text, number, left / scale, right / scale, (top + bottom) / 2 / scale + 0.38 * em, em))
    return _even(out), doubtful, len(out)


def _em(text: str, width: float, height: float) -> float:
    """Width of a full-width character of a line: by its length where it has several, else by its height (points)."""
    wide = len(_HAN.findall(text))
    full = wide + 0.5 * sum(c.isascii() for c in text) + 0.8 * sum(not c.isascii() and not _HAN.match(c) for c in text)
    return width / full if wide >= 6 and GAP not in text else height * 1.08


def _even(lines: Iterable[TextLine]) -> list[TextLine]:
    """Lines whose sizes of type differ by less than measuring does are of one size."""
    ordered = list(lines)
    sizes = sorted(line.em for line in ordered if len(line.text) >= 12)
    if not sizes:
        return ordered
    usual = sizes[len(sizes) // 2]
    return [replace(line, em=usual) if abs(line.em - usual) <= 0.14 * usual else line for line in ordered]
