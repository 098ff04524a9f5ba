"""What stands on a page of a PDF file: characters and ruling lines, in points from the page's top left corner.

The modules of this folder talk to PDFium, nothing else does.  Its raw interface is used: one call a
character or path instead of objects for each, which is most of the time a page takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.errors import ReadError
from corpus.readers.page.content import Char, PageContent, Rule, Unread
from corpus.readers.pdf.annotations import take_in
from corpus.readers.pdf.calls import address
from corpus.readers.pdf.characters import FAR, CharReader, Frame, Placing, TurnedChar, placing, spoken_chars, turned_chars
from corpus.readers.pdf.ruling_lines import PageWalker
from corpus.readers.pdf.visibility import has_layers, unnamed_chars, unread_texts, unseen_chars
from corpus.types import BBox

#: text of which not even this much (points) lies on the page is not shown
_EDGE = 2.0
#: text that paints nothing is that of a scan if pictures cover this share of the page
_SCAN = 0.3


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
        self._layered = has_layers(data)
        self._watermarks: set[str] = set()
        if raw.FPDF_GetFormType(self._document.raw) != raw.FORMTYPE_NONE:
            self._document.init_forms()  # fields without an appearance are given one when their page is loaded

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
        again, words = take_in(page.raw)
        if again:
            page.close()
            page = self._document[index]
        try:
            return _content(page, index + 1, words, self._watermarks, layered=self._layered)
        finally:
            page.close()

    def image(self, index: int, scale: float) -> Any:
        """Page ``index`` as a numpy array (height, width, 3), ``scale`` pixels a point."""
        page = self._document[index]
        try:
            return page.render(scale=scale, rev_byteorder=True).to_numpy()[..., :3].copy()
        finally:
            page.close()


def _content(page: Any, number: int, words: Sequence[TurnedChar], watermarks: set[str], *, layered: bool) -> PageContent:
    """Page ``number``; ``watermarks``: pale words of the pages before that ran across other text, to which those of this one are added."""
    box = _frame(page)
    left, bottom, right, top = box
    turns = page.get_rotation() // 90 % 4
    walker = PageWalker(bottom, top, layered=layered)
    walker.walk_page(page.raw)
    textpage = page.get_textpage()
    try:
        text, count = address(textpage.raw), textpage.count_chars()
        pictured = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in walker.pictures)
        over_scan = walker.scanned and pictured > _SCAN * (right - left) * (top - bottom)
        unseen = unseen_chars(page, text, count, walker, watermarks, over_scan=over_scan)
        reader = CharReader(text, count, unseen)
        chars = reader.upright(left, top)
        if reader.unnamed or chars is None:
            unseen = unseen | unnamed_chars(text, count, unseen)
            chars = CharReader(text, count, unseen).upright(left, top) if chars is not None else None
        spoken = spoken_chars(text, count, walker.spoken)
        if chars is None or turns or spoken:
            found, text_turns = turned_chars(text, count, unseen, spoken)
            turns = text_turns if text_turns is not None else turns
            # lines and characters are turned so that the text runs from left to right, whatever the page says of itself
            chars = [_placed(c, placing(turns, box)) for c in found]
        place = placing(turns, box)
        chars += [_placed(c, place) for c in words]
        unread = unread_texts(text, unseen, place)
    finally:
        textpage.close()
    width, height = (right - left, top - bottom) if turns % 2 == 0 else (top - bottom, right - left)
    chars, outside = _inside(chars, width, height)
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    rule = tuple.__new__  # a named tuple's own constructor takes twice the time
    for x0, y0, x1, y1 in walker.found:
        ax, ay = place(x0, y0)
        bx, by = place(x1, y1)
        if abs(ax - bx) >= abs(ay - by):
            horizontal.append(rule(Rule, ((ay + by) / 2, ax, bx) if ax < bx else ((ay + by) / 2, bx, ax)))
        else:
            vertical.append(rule(Rule, ((ax + bx) / 2, ay, by) if ay < by else ((ax + bx) / 2, by, ay)))
    pictures = _pictures(walker.pictures, place, width, height)
    # strips of one scan count together; pictures that overlap count for no more than the page
    picture = min(1.0, sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in pictures) / max(1.0, width * height))
    return PageContent(
        number, width, height, tuple(chars), tuple(horizontal), tuple(vertical), picture, walker.crowded, pictures,
        walker.scanned, (*unread, *outside),
    )  # fmt: skip


def _frame(page: Any) -> Frame:
    """The part of a page that is shown: its crop box as far as it lies in the page."""
    left, bottom, right, top = page.get_cropbox()
    x0, y0, x1, y1 = page.get_mediabox()
    within = max(left, x0), max(bottom, y0), min(right, x1), min(top, y1)
    for a, b, c, d in (within, (left, bottom, right, top)):
        if -FAR < a < c < FAR and -FAR < b < d < FAR:
            return a, b, c, d
    return 0.0, 0.0, 595.0, 842.0


def _placed(c: TurnedChar, place: Placing) -> Char:
    ax, ay = place(c.x0, c.y0)
    bx, by = place(c.x1, c.y1)
    x, y = place(c.x, c.y)
    return Char(c.text, x, y, min(ax, bx), max(ax, bx), (ay + by) / 2, c.size)


def _inside(chars: list[Char], width: float, height: float) -> tuple[list[Char], list[Unread]]:
    """The characters that stand on the page, and the text that stands outside of what is shown."""
    for _, x, _, _, _, middle, _ in chars:
        if not (-_EDGE < x < width and 0.0 < middle < height):
            break
    else:
        return chars, []
    kept: list[Char] = []
    beyond: list[Char] = []
    for c in chars:
        # what is cut by the edge is shown in part, and read
        (kept if c.x1 > 0.0 and c.x < width and -_EDGE < c.middle < height + _EDGE else beyond).append(c)
    if not beyond:
        return kept, []
    box = (min(c.x0 for c in beyond), min(c.middle for c in beyond), max(c.x1 for c in beyond), max(c.y for c in beyond))
    return kept, [Unread("outside", "".join(c.text for c in beyond), box)]


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
