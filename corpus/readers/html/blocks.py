"""The element tree of a page to pieces in reading order: paragraphs and grids, with the boxes they stand in.

Nothing is judged here: menus and footers are pieces too.  :mod:`corpus.readers.html.article` chooses among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from corpus.readers.grids import split_grid
from corpus.readers.html.furniture import furniture_box
from corpus.readers.html.style import BLOCKS, BOXES, DROPPED, bold_change, display, hidden
from corpus.readers.html.tables import DivTable, RowElement, div_table, read_rows, row_elements
from corpus.readers.prose import heading_mark, plain
from corpus.text.headings import enumerator
from corpus.text.numerals import format_chinese
from corpus.types import Block, Paragraph, Place

_TEXT_INDENT = re.compile(r"text-indent\s*:\s*(?:[1-9]|0?\.[1-9])")
_LIST_NUMBER = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)")
_HAN = "零一二三四五六七八九"


@dataclass(slots=True)
class Box:
    """A container element: index of the one around it (-1 for none), and whether its name says that it is page furniture."""

    parent: int
    furniture: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A block with its box; ``linked`` of its characters are link text.  An empty paragraph prints an empty line."""

    block: Block
    box: int
    linked: int = 0


@dataclass(slots=True)
class _List:
    number: int
    style: str


@dataclass(slots=True)
class Walker:
    """Walks the tree once; the result is in ``pieces`` and ``boxes``."""

    pieces: list[Piece] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=lambda: [Box(-1)])
    _box: int = 0
    _parts: list[str] = field(default_factory=list)
    _bold: int = 0
    _bolded: int = 0
    _linked: int = 0
    _link: bool = False
    _level: int = 0
    _line: int | None = None
    _indented: bool = False
    _broken: bool = False
    _fresh: bool = False
    _lists: list[_List] = field(default_factory=list)
    _prefix: str = ""

    def text(self, text: str) -> None:
        self._parts.append(text)
        if self._link or self._bold > 0:
            length = len("".join(text.split()))
            if self._link:
                self._linked += length
            if self._bold > 0:
                self._bolded += length

    def flush(self, *, broken: bool = False) -> None:
        """End the paragraph; ``broken``: by a line break, after which the sentence may go on."""
        parts, self._parts = self._parts, []
        linked, bolded = self._linked, self._bolded
        self._linked = self._bolded = 0
        was_broken, self._broken = self._broken, broken
        raw = "".join(parts)
        text = plain(raw)
        if not text:
            # <br><br> ends a paragraph
            self._fresh = was_broken and broken
            if not raw:
                return
            if not raw.isspace() or any(c in raw for c in "\u00a0\u3000"):
                self.pieces.append(Piece(Paragraph("\u00a0", ((0, Place(line=self._line)),)), self._box))
            return
        if self._prefix:
            if enumerator(text) is None:
                text = self._prefix + text
            self._prefix = ""
        level = self._level
        if not level and bolded and bolded >= 0.9 * len("".join(text.split())):
            level = 2
        joinable = broken or was_broken
        indented = self._indented or self._fresh or raw.lstrip("\r\n\t ")[:2].strip("\u3000\u00a0") == ""
        self._fresh = False
        place = Place(line=self._line)
        paragraph = Paragraph(text, ((0, place),), heading_mark(text, level), joinable, indented and joinable)
        self.pieces.append(Piece(paragraph, self._box, min(linked, len(text))))

    def walk(self, el: etree._Element) -> None:
        """Add what ``el`` prints, its tail not included."""
        tag = el.tag
        if not isinstance(tag, str) or tag in DROPPED:
            return
        style = el.get("style")
        if hidden(el, style):
            return
        if tag == "br":
            self.flush(broken=True)
            return
        shown = display(style) if style else ""
        if tag not in BLOCKS and not shown:
            self._inline(el, tag, style)
            return
        self.flush()
        if tag == "table":
            self._table(el)
        elif tag == "hr":
            return
        elif (found := div_table(el, tag, shown)) is not None:
            self._div_table(el, found)
        elif tag in BOXES:
            self._boxed(el, tag, style)
        else:
            self._paragraph(el, tag, style)
        self.flush()

    def _children(self, el: etree._Element) -> None:
        if el.text:
            self.text(el.text)
        for child in el:
            self.walk(child)
            if child.tail:
                self.text(child.tail)

    def _inline(self, el: etree._Element, tag: str, style: str | None) -> None:
        bold = bold_change(tag, style, self._bold > 0)
        link = tag == "a" and el.get("href") is not None
        before = self._bold
        self._bold += bold
        outer, self._link = self._link, self._link or link
        self._children(el)
        self._link = outer
        self._bold = before

    def _paragraph(self, el: etree._Element, tag: str, style: str | None) -> None:
        before, outer_line, bold = self._level, self._line, self._bold
        self._line = el.sourceline
        self._indented = bool(style and _TEXT_INDENT.search(style))
        if len(tag) == 2 and tag[0] == "h":
            self._level = int(tag[1])
        self._bold += bold_change(tag, style, bold > 0)
        if tag == "li" and self._lists:
            self._prefix = _list_prefix(self._lists[-1], el)
        if tag == "pre":
            self._preformatted(el)
        else:
            self._children(el)
        self.flush()
        self._prefix = "" if tag == "li" else self._prefix
        self._level, self._line, self._bold = before, outer_line, bold
        self._indented = self._broken = False

    def _preformatted(self, el: etree._Element) -> None:
        text = "".join(el.itertext())
        for n, line in enumerate(text.split("\n")):
            if line.strip():
                place = Place(line=(el.sourceline or 1) + n)
                indented = line.startswith(("\u3000", "  ", "\t"))
                # TABs are kept: rows of a table may be printed so
                inner = line.strip("\r ") if "\t" in line.strip() else line.strip()
                self.pieces.append(Piece(Paragraph(inner, ((0, place),), 0, True, indented), self._box))

    def _boxed(self, el: etree._Element, tag: str, style: str | None) -> None:
        outer, bold, line = self._box, self._bold, self._line
        self._line = el.sourceline
        self._indented = False
        self._bold += bold_change(tag, style, bold > 0)
        self._enter(furniture_box(tag, el.get("class"), el.get("id")))
        if tag in ("ol", "ul"):
            self._lists.append(_new_list(el, tag, style))
        self._children(el)
        self.flush()
        if tag in ("ol", "ul"):
            self._lists.pop()
        self._box, self._bold, self._line = outer, bold, line

    def _enter(self, furniture: bool) -> None:
        self.boxes.append(Box(self._box, furniture))
        self._box = len(self.boxes) - 1

    def _table(self, el: etree._Element) -> None:
        outer, line = self._box, self._line
        lists, self._lists = self._lists, []
        self._enter(furniture_box("table", el.get("class"), el.get("id")))
        found = row_elements(el)
        for caption in found.captions:
            self._paragraph(caption, "p", None)
        data = read_rows(found.rows, nested=el.find(".//table") is not None)
        if data is None:
            for row in found.rows:
                self._cells_as_boxes(row)
        else:
            for block, linked in split_grid(data):
                self.pieces.append(Piece(block, self._box, linked))
        for stray in found.stray:
            self.walk(stray)
            self.flush()
        self._box, self._line, self._lists = outer, line, lists

    def _cells_as_boxes(self, row: RowElement) -> None:
        outer = self._box
        for cell in row.cells:
            self._line = cell.sourceline
            self._enter(False)
            self._children(cell)
            self.flush()
            self._box = outer

    def _div_table(self, el: etree._Element, table: DivTable) -> None:
        outer = self._box
        self._enter(furniture_box("table", el.get("class"), el.get("id")))
        self.pieces.append(Piece(table.grid, self._box, table.linked))
        self._box = outer


def _new_list(el: etree._Element, tag: str, style: str | None) -> _List:
    if tag == "ul":
        return _List(0, "none")
    found = _LIST_NUMBER.search(style) if style else None
    kind = (
        found[1]
        if found
        else {"a": "lower-alpha", "A": "upper-alpha", "i": "roman", "I": "roman"}.get(el.get("type") or "1", "decimal")
    )
    return _List(_integer(el.get("start"), 1) - 1, kind)


def _integer(value: str | None, default: int) -> int:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) <= 6 else default


def _list_prefix(of: _List, el: etree._Element) -> str:
    """The number that a browser prints before a list item (``1.``), empty for bullets."""
    of.number = _integer(el.get("value"), of.number + 1)
    n = of.number
    if of.style == "decimal" or (of.style.startswith("decimal") and n > 0):
        return f"{n}."
    if of.style in ("cjk-ideographic", "simp-chinese-informal", "trad-chinese-informal") and 0 < n < 100:
        return f"{format_chinese(n)}、"
    if of.style.endswith(("alpha", "latin")) and 0 < n <= 26:
        return chr((64 if of.style.startswith("upper") else 96) + n) + "."
    return ""


def read_pieces(root: etree._Element) -> tuple[Sequence[Piece], Sequence[Box]]:
    """All pieces of a page in reading order, and the boxes that their ``box`` indexes."""
    walker = Walker()
    walker.walk(root)
    walker.flush()
    return walker.pieces, walker.boxes


__all__ = ["Box", "Piece", "Walker", "read_pieces"]
