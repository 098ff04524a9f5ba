"""Pages that are pictures: which pages of a PDF these are, and what stands on them.

Reading a picture needs the extra ``ocr``; without it such pages are refused or left out with an issue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from corpus.errors import Issue
from corpus.readers.page.blocks import Page
from corpus.readers.page.content import Char, PageContent
from corpus.readers.page.lines import rounded
from corpus.types import BBox, Block, Grid, Place

#: the reader's name where pages were recognised
OCR_NAME = "pdf-ocr"
#: pixels a point at which pages are drawn (200 dots an inch), and the longest side that is drawn (A2)
SCALE = 200 / 72
MAX_SIDE = 4_700
#: a cell or line recognised with less certainty is flagged
LOW = 0.8
#: a page of which pictures cover this much and that holds next to no text is a scan
SCAN_SHARE = 0.3
SCAN_CHARS = 20
#: a picture of at least this share of a page that holds text may hold more of it, or a table
REGION_SHARE = 0.05
_REGION_SIDE = 60.0
#: pages of one file that are recognised; each takes seconds
MAX_SCANNED = 60
_GARBAGE = 0.15
_COMMON = "的是在有和一不了为中大人公开政府信息工作年度行时间于对及"
_HAN = re.compile(r"[一-鿿]")
_NAMELESS = re.compile("[\ue000-\uf8ff\ufffd\x00-\x1f]")
_ENOUGH = 60

_text = itemgetter(0)
Matrix = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A page with what was recognised on it, the way back to the page as it is, and issues."""

    page: Page
    back: Matrix
    issues: tuple[Issue, ...]


def is_scan(content: PageContent) -> bool:
    """Whether a page is a picture with next to no text, or with a hidden text that another program recognised."""
    if content.picture < SCAN_SHARE:
        return False
    printed = sum(1 for c in content.chars if c.text != " ")
    return printed <= SCAN_CHARS or (content.hidden and content.picture >= 0.6)


def is_garbage(chars: Sequence[Char]) -> bool:
    """Whether the text of a page says nothing: its fonts name no characters, or the wrong ones."""
    text = "".join(map(_text, chars))
    if len(text) < _ENOUGH:
        return False
    if len(_NAMELESS.findall(text)) > _GARBAGE * len(text):
        return True
    common = 0
    for c in _COMMON:
        common += text.count(c)
        if common >= 0.012 * len(text):
            return False  # prose is full of these, a page of table or of names has some
    han = len(_HAN.findall(text))
    return han >= 2 * _ENOUGH and common < 0.012 * han


def regions(content: PageContent) -> list[BBox]:
    """Pictures of a page that may hold text of the report: large, with no text printed over them."""
    found = []
    for x0, y0, x1, y1 in content.pictures:
        if min(x1 - x0, y1 - y0) < _REGION_SIDE or (x1 - x0) * (y1 - y0) < REGION_SHARE * content.width * content.height:
            continue
        over = sum(1 for c in content.chars if x0 < c.x < x1 and y0 < c.middle < y1)
        if over <= SCAN_CHARS:
            found.append((x0, y0, x1, y1))
    return found


def recognise(image: Any, number: int, scale: float) -> Scanned:
    """A page from its picture (height, width, 3), ``scale`` pixels a point; from the cache if it was read before."""
    from corpus.readers.ocr.cache import cached
    from corpus.readers.ocr.read_page import read_page

    found = cached(image, scale, number, lambda: read_page(image, number, scale, LOW))
    issues: tuple[Issue, ...] = ()
    if found.doubtful:
        message = (
            f"page {number}: {found.doubtful} of {found.lines} lines of text were recognised with a confidence under {LOW}; "
            "compare them with the page"
        )
        issues = (Issue("low_confidence", "info", message, page=number),)
    return Scanned(found.page, found.back, issues)


def recognise_regions(image: Any, content: PageContent, page: Page, boxes: Sequence[BBox], scale: float) -> Scanned | None:
    """``page`` with what stands in its pictures added, or ``None`` where they hold no table and no text."""
    import numpy as np

    only = np.full_like(image, 255)
    for x0, y0, x1, y1 in boxes:
        here = slice(max(0, round(y0 * scale)), round(y1 * scale)), slice(max(0, round(x0 * scale)), round(x1 * scale))
        only[here] = image[here]
    found = recognise(only, content.number, scale)
    if not found.page.tables and len(found.page.lines) < 3:
        return None  # a photograph, a seal, a logo
    lines = sorted((*page.lines, *found.page.lines), key=lambda line: line.y)
    tables = sorted((*page.tables, *found.page.tables), key=lambda table: table.ys[0])
    # the page's own text stands as it is; its pictures were hardly ever turned
    return Scanned(replace(page, lines=tuple(lines), tables=tuple(tables)), (1, 0, 0, 0, 1, 0), found.issues)


def placed_back(blocks: Sequence[Block], matrices: Mapping[int, Matrix]) -> tuple[Block, ...]:
    """Blocks with the places on recognised pages as they are in the file, and not as the page was set straight."""

    def back(place: Place) -> Place:
        matrix = matrices.get(place.page) if place.page is not None else None
        if matrix is None or place.bbox is None:
            return place
        a, b, c, d, e, f = matrix
        x0, y0, x1, y1 = place.bbox
        points = [(a * x + b * y + c, d * x + e * y + f) for x in (x0, x1) for y in (y0, y1)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return replace(place, bbox=rounded((min(xs), min(ys), max(xs), max(ys))))

    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Grid):
            out.append(replace(block, cells=tuple(replace(cell, place=back(cell.place)) for cell in block.cells)))
        else:
            out.append(replace(block, places=tuple((at, back(place)) for at, place in block.places)))
    return tuple(out)
