"""The body of a DOCX to blocks: paragraphs with their printed numbers, tables with spans, text boxes and notes in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from corpus.errors import GongkaiError, Issue
from corpus.readers.docx.fields import unclosed_fields
from corpus.readers.docx.look import Look, is_filled, is_note, is_tiny, is_white, look_of, run_look
from corpus.readers.docx.numbering import Numbering, read_numbering
from corpus.readers.docx.package import MC, DocxPackage, M, W
from corpus.readers.docx.styles import Style, indent, list_of, outline_level, read_styles
from corpus.readers.docx.tables import children, grid_skip, grid_span, h_merged, rows, table_blocks, v_merge
from corpus.readers.grids import is_prose
from corpus.readers.prose import heading_mark, plain
from corpus.readers.spans import MAX_COLUMNS
from corpus.text.headings import enumerator
from corpus.types import Block, Dropped, GridCell, Paragraph, Place

P, TBL, TR, TC, R, T = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc", f"{W}r", f"{W}t"
ALT = f"{W}altChunk"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
#: files inside files inside files
_INSIDE, _MAX_DEPTH = " > ", 3
#: elements that are not there once changes are accepted, or that print nothing
_GONE = frozenset(
    f"{W}{t}"
    for t in (
        "del", "moveFrom", "delText", "delInstrText", "instrText", "pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr",
        "sectPr", "rt", "commentReference", "annotationRef", "fldData", "customXmlPr", "smartTagPr",
    )
)  # fmt: skip
_EMPTY = frozenset(
    f"{W}{t}" for t in ("bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd", "lastRenderedPageBreak")
)
_BOX = f"{W}txbxContent"
_DROPPED_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF")
_BREAK = "\v"
#: properties of a run that change nothing of what it says
_PLAIN_LOOK = frozenset(
    f"{W}{t}"
    for t in (
        "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs", "kern", "lang", "spacing", "w", "u", "shd", "highlight", "snapToGrid",
    )
)  # fmt: skip
_MAX_CELLS = 60_000
# Wingdings and Symbol characters that documents print as text; bullets and arrows say nothing
_SYMBOLS = {
    "F0FE": "☑",
    "F052": "☑",
    "F0FC": "√",
    "F0D6": "√",
    "F0A3": "□",
    "F0A8": "□",
    "F06F": "□",
    "F0B3": "≥",
    "F0B1": "±",
    "F0B4": "×",
}


@dataclass(slots=True)
class _Text:
    """What a paragraph prints; ``after`` are blocks anchored in it: text boxes and notes."""

    parts: list[str] = field(default_factory=list)
    bold: int = 0
    total: int = 0
    after: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Body:
    """Reads the body once, in order, because list numbers depend on the paragraphs before."""

    package: DocxPackage
    styles: dict[str, Style]
    default_style: str
    numbering: Numbering
    footnotes: dict[str, etree._Element]
    name: str = ""
    blocks: list[Block] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    left_out: list[Dropped] = field(default_factory=list)
    _fields: list[str] = field(default_factory=list)
    _styled: bool = False
    #: marks of fields that are begun and never ended
    _open: frozenset[etree._Element] = frozenset()
    #: white or tiny text stands somewhere; styles of tables that fill cells; whether the cell read now is filled, and how deep it stands.
    #: Outside of cells a picture or shape may lie behind white text.
    _white: bool = False
    _filling: frozenset[str] = frozenset()
    _filled: bool = False
    _deep: int = 0

    @classmethod
    def of(cls, package: DocxPackage, name: str = "") -> Body:
        """A reader of ``package``; ``name`` is that of its file."""
        styles, default = read_styles(package.styles)
        notes: dict[str, etree._Element] = {}
        for kind, root in (("footnote", package.footnotes), ("endnote", package.endnotes)):
            for el in root.iterfind(f"{W}{kind}") if root is not None else ():
                if el.get(f"{W}type") in (None, "normal"):
                    notes[f"{kind}{el.get(f'{W}id')}"] = el
        body = cls(package, styles, default, read_numbering(package.numbering), notes, name)
        # a style may number, hide, strike or raise the paragraphs of cells
        body._styled = any((s.list is not None and not s.level) or s.hidden or s.struck or s.raised for s in styles.values())
        body._open = unclosed_fields(package.document)
        body._white = any(map(is_white, package.document.iter(f"{W}color"))) or any(
            map(is_tiny, package.document.iter(f"{W}sz"))
        )
        if body._white and package.styles is not None:
            of_tables = package.styles.iterfind(f"{W}style[@{W}type='table']")
            body._filling = frozenset(el.get(f"{W}styleId") or "" for el in of_tables if is_filled(el))
        return body

    def read(self) -> None:
        """Fill ``blocks``."""
        body = self.package.document.find(f"{W}body")
        if body is not None:
            self.blocks = self._story(body)

    def _story(self, parent: etree._Element) -> list[Block]:
        out: list[Block] = []
        open_: list[etree._Element] = []  # paragraphs whose end a tracked change deleted: they go on in the next one
        for el in _flow(parent):
            if el.tag == P:
                if _end_deleted(el):
                    open_.append(el)
                    continue
                out += self._paragraph(el, open_)
            else:
                if open_:
                    out += self._paragraph(open_[-1], open_[:-1])
                out += self._table(el) if el.tag == TBL else self._chunk(el)
            open_ = []
        if open_:
            out += self._paragraph(open_[-1], open_[:-1])
        return out

    def _chunk(self, el: etree._Element) -> list[Block]:
        """The blocks of a file that stands in the text as it is (``altChunk``)."""
        from corpus.readers import read_bytes  # the chunk may be of any format

        part, data = self.package.chunks.get(el.get(f"{_R}id") or "", ("", b""))
        name = f"{self.name}{_INSIDE}{part}"
        if not data.strip() or name.count(_INSIDE) > _MAX_DEPTH:
            return []
        try:
            document = read_bytes(data, name)
        except GongkaiError as error:
            message = f"a file inside the document could not be read: {error}"
            self.issues.append(Issue("part_unreadable", "error", message))
            return []
        self.issues += document.issues
        self.left_out += document.dropped
        return list(document.blocks)

    # paragraphs

    def _paragraph(self, el: etree._Element, before: Sequence[etree._Element] = ()) -> list[Block]:
        ppr = el.find(f"{W}pPr")
        named = ppr.find(f"{W}pStyle") if ppr is not None else None
        key = (named.get(f"{W}val") or "") if named is not None else self.default_style
        style = self.styles.get(key, Style())
        found = _Text()
        for part in (*before, el):
            self._runs(part, found, look_of(style))
        notes = [b for note in found.notes for b in self._note(note)]
        if self._deep:  # a note to a value is no part of it
            self.left_out += [Dropped("note", b.text) for b in notes if isinstance(b, Paragraph)]
            notes = []
        number = self._number(ppr, key, style) if found.total or found.parts else ""
        if style.contents:
            return found.after
        level = outline_level(ppr)
        level = style.level if level is None else level
        if not level and found.total and found.bold >= 0.9 * found.total:
            level = 2
        pieces = "".join(found.parts).split(_BREAK)
        first_indent = indent(ppr) or style.indented
        out: list[Block] = []
        for raw in pieces:
            # TABs inside are kept for now: rows of a table may be printed so
            text = "\t".join(plain(part) for part in raw.split("\t")) if "\t" in raw.strip() else plain(raw)
            if not text.strip():
                continue
            if number:
                text = number + text if enumerator(text) is None else text
                number = ""
            inset = (first_indent and not out) or raw.startswith(("\u3000", "  ", "\u00a0\u00a0"))
            several = len(pieces) > 1
            out.append(Paragraph(text, ((0, Place()),), heading_mark(text, level), several, inset and several))
        if not out:
            out = [Paragraph("\u00a0")]
        return [*out, *found.after, *notes]

    def _number(self, ppr: etree._Element | None, key: str, style: Style) -> str:
        listed = list_of(ppr)
        if listed is None:
            listed = style.list
            if listed is not None and key in self.numbering.by_style:
                linked = self.numbering.by_style[key]
                listed = linked if linked[0] == listed[0] or not listed[0] else (listed[0], max(listed[1], linked[1]))
        elif not listed[0] and style.list is not None:
            listed = (style.list[0], listed[1])
        if listed is None or listed[0] in ("", "0"):
            return ""
        return self.numbering.next(*listed)

    def _note(self, key: str) -> list[Block]:
        el = self.footnotes.pop(key, None)  # once, even if referred to twice
        return [b for b in self._story(el) if not isinstance(b, Paragraph) or b.text.strip()] if el is not None else []

    def _runs(self, parent: etree._Element, out: _Text, look: Look) -> None:
        for el in parent:
            tag = el.tag
            if tag == R:
                self._run(el, out, look)
            elif tag in _GONE or not isinstance(tag, str):
                continue
            elif tag == f"{W}fldSimple":
                if not (el.get(f"{W}instr") or "").strip().upper().startswith(_DROPPED_FIELDS):
                    self._runs(el, out, look)
            elif tag == f"{MC}AlternateContent":
                self._alternate(el, out, look)
            elif tag == f"{M}t":
                self._add(out, el.text or "", look)
            elif len(el):  # hyperlinks, insertions, content controls, smart tags
                self._runs(el, out, look)

    def _run(self, run: etree._Element, out: _Text, look: Look) -> None:
        look = run_look(run.find(f"{W}rPr"), look, self.styles)
        for el in run:
            tag = el.tag
            if tag == T:
                if not self._in_dropped_field():
                    self._add(out, el.text or "", look)
            elif tag == f"{W}instrText":
                if self._fields:
                    self._fields[-1] += el.text or ""
            elif tag == f"{W}fldChar":
                if el not in self._open:
                    self._field(el.get(f"{W}fldCharType") or "")
            elif tag in _GONE:
                continue
            elif tag == f"{MC}AlternateContent":
                self._alternate(el, out, look)
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self._boxes(el, out)
            elif not look.hidden:
                self._special(el, out, look)

    def _add(self, out: _Text, text: str, look: Look) -> None:
        gone = (
            look.gone
            or ("hidden" if look.white and self._deep and not self._filled else "")
            or ("note" if look.raised and is_note(text, "".join(out.parts[-3:])) else "")
        )
        if gone:
            if text.strip():
                self.left_out.append(Dropped(gone, text.strip()))
            return
        out.parts.append(text)
        length = len("".join(text.split()))
        out.total += length
        out.bold += length if look.bold else 0

    def _special(self, el: etree._Element, out: _Text, look: Look) -> None:
        tag = el.tag
        if tag == f"{W}tab" or tag == f"{W}ptab":
            out.parts.append("\t")
        elif tag in (f"{W}br", f"{W}cr"):
            out.parts.append(_BREAK)
        elif tag == f"{W}noBreakHyphen":
            self._add(out, "-", look)
        elif tag == f"{W}sym":
            self._add(out, _symbol(el), look)
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            kind = "footnote" if tag == f"{W}footnoteReference" else "endnote"
            out.notes.append(f"{kind}{el.get(f'{W}id')}")
        elif tag == f"{W}ruby":
            base = el.find(f"{W}rubyBase")
            if base is not None:
                self._runs(base, out, look)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append("")
        elif kind == "separate" and self._fields:
            self._fields[-1] += "\x00"
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _in_dropped_field(self) -> bool:
        return any("\x00" not in f or f.strip().upper().startswith(_DROPPED_FIELDS) for f in self._fields)

    def _alternate(self, el: etree._Element, out: _Text, look: Look) -> None:
        """One branch only: a text box stands in ``Choice`` and again, for old Word, in ``Fallback``."""
        branches = [b for b in el if b.tag in (f"{MC}Choice", f"{MC}Fallback")]
        with_text = [b for b in branches if next(b.iter(_BOX, T), None) is not None]
        if with_text:
            chosen = with_text[0]
            if next(chosen.iter(_BOX), None) is not None:
                self._boxes(chosen, out)
            elif any(child.tag == R for child in chosen):
                self._runs(chosen, out, look)
            else:
                holder = etree.Element(R)
                holder.extend(list(chosen))
                self._run(holder, out, look)

    def _boxes(self, el: etree._Element, out: _Text) -> None:
        for box in _outer(el, _BOX):
            out.after += [b for b in self._story(box) if not isinstance(b, Paragraph) or b.text.strip()]

    # tables

    def _table(self, table: etree._Element) -> list[Block]:
        cells: list[GridCell] = []
        open_cells: dict[int, int] = {}  # first column -> index of the cell that is merged downwards
        nested: list[Block] = []
        long: list[bool] = []
        r = 0
        for row in rows(table):
            column = grid_skip(row)
            seen: set[int] = set()
            for cell in children(row, TC):
                tcpr = cell.find(f"{W}tcPr")
                wide = grid_span(tcpr)
                if column + wide > MAX_COLUMNS or len(cells) >= _MAX_CELLS:
                    break
                merge = v_merge(tcpr)
                if merge == "continue" and column in open_cells:
                    anchor = cells[open_cells[column]]
                    if anchor.row + anchor.row_span == r:
                        cells[open_cells[column]] = GridCell(
                            anchor.row, anchor.column, anchor.text, anchor.row_span + 1, anchor.column_span, anchor.place
                        )
                        seen.add(column)
                        column += wide
                        continue
                if h_merged(tcpr) and cells and cells[-1].row == r:
                    last = cells[-1]
                    cells[-1] = GridCell(last.row, last.column, last.text, last.row_span, last.column_span + wide, last.place)
                    column += wide
                    continue
                text, inner, prose = self._cell(cell)
                nested += inner
                long.append(prose)
                cells.append(GridCell(r, column, text, 1, wide))
                if merge:
                    open_cells[column] = len(cells) - 1
                    seen.add(column)
                column += wide
            open_cells = {c: i for c, i in open_cells.items() if c in seen}
            r += 1
        return table_blocks(cells, nested, long)

    def _cell(self, cell: etree._Element) -> tuple[str, list[Block], bool]:
        """Text of a cell, the tables inside it, and whether it holds prose."""
        quick = self._plain_cell(cell)
        if quick is not None:
            return quick, [], len(quick) > 50 and is_prose(quick)
        texts: list[str] = []
        inner: list[Block] = []
        filled, self._filled = self._filled, self._white and (self._filled or self._fills(cell))
        self._deep += 1
        story = self._story(cell)
        self._filled, self._deep = filled, self._deep - 1
        for block in story:
            if isinstance(block, Paragraph):
                if text := " ".join(block.text.split("\t")).strip(" \u00a0\u3000"):
                    texts.append(text)
            else:
                inner.append(block)
        text = "\n".join(texts)
        return text, inner, is_prose(text)

    def _fills(self, cell: etree._Element) -> bool:
        """Whether a cell, a paragraph in it, or the style of its table sets something behind its text."""
        if any(is_filled(el) for el in (cell.find(f"{W}tcPr"), *cell.iterfind(f"{W}p/{W}pPr"))):
            return True
        table = next(cell.iterancestors(TBL))
        style = table.find(f"{W}tblPr/{W}tblStyle")
        return is_filled(table.find(f"{W}tblPr")) or (style is not None and style.get(f"{W}val") in self._filling)

    def _plain_cell(self, cell: etree._Element) -> str | None:
        """Text of a cell of plain runs, which nearly all are; ``None`` where anything else stands in it."""
        texts: list[str] = []
        for p in cell:
            if p.tag != P:
                if p.tag != f"{W}tcPr":
                    return None
                continue
            parts: list[str] = []
            for el in p:
                tag = el.tag
                if tag == R:
                    for x in el:
                        if x.tag == T:
                            parts.append(x.text or "")
                        elif x.tag != f"{W}rPr" or (len(x) and (self._white or not _PLAIN_LOOK.issuperset(y.tag for y in x))):
                            return None
                elif tag == f"{W}pPr":
                    if self._styled or self._white or el.find(f"{W}numPr") is not None or el.find(f"{W}rPr/{W}del") is not None:
                        return None
                elif tag not in _EMPTY:
                    return None
            if text := plain("".join(parts)):
                texts.append(text)
        return "\n".join(texts) if not self._fields else None


def _symbol(el: etree._Element) -> str:
    code = (el.get(f"{W}char") or "").upper()
    if code in _SYMBOLS:
        return _SYMBOLS[code]
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    if 0xF020 <= value <= 0xF07E and (el.get(f"{W}font") or "").lower() == "symbol":
        return chr(value - 0xF000)
    return chr(value) if 0x20 <= value < 0xD800 else ""


def _flow(parent: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables of a story, through content controls, insertions and custom markup; printed contents left out."""
    for el in parent:
        tag = el.tag
        if tag in (P, TBL, ALT):
            yield el
        elif tag == f"{W}sdt":
            gallery = el.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
            if gallery is not None and (gallery.get(f"{W}val") or "") == "Table of Contents":
                continue
            content = el.find(f"{W}sdtContent")
            if content is not None:
                yield from _flow(content)
        elif tag in (f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag", f"{MC}Choice"):
            yield from _flow(el)
        elif tag == f"{MC}AlternateContent":
            choice = next((b for b in el if b.tag in (f"{MC}Choice", f"{MC}Fallback")), None)
            if choice is not None:
                yield from _flow(choice)


def _end_deleted(paragraph: etree._Element) -> bool:
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None or paragraph.find(f"{W}pPr/{W}rPr/{W}moveFrom") is not None


def _outer(el: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Elements of a tag inside ``el``, those inside one of them not counted, nor what ``Fallback`` repeats."""
    for child in el:
        if child.tag == wanted:
            yield child
        elif child.tag == f"{MC}AlternateContent":
            branch = next((b for b in child if next(b.iter(wanted), None) is not None), None)
            if branch is not None:
                yield from _outer(branch, wanted)
        else:
            yield from _outer(child, wanted)


__all__ = ["Body"]
