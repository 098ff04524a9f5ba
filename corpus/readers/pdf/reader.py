"""Reader of PDF files: paragraphs from lines, tables from ruling lines, both from the picture of a page where it is a scan.

Characters inside a ruled table belong to its cells, all others to lines of prose.  A table or sentence that a page break has cut
is put together again; page numbers and repeated headers are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from corpus.errors import Issue, ReadError
from corpus.readers.ocr.engine import REMEDY, available, require
from corpus.readers.ocr.scans import (
    MAX_SCANNED,
    MAX_SIDE,
    OCR_NAME,
    SCALE,
    Scanned,
    is_garbage,
    is_scan,
    placed_back,
    recognise,
    recognise_regions,
    regions,
)
from corpus.readers.page.apart import take_apart
from corpus.readers.page.blocks import Page, blocks_of, is_thin, left_out, more_named
from corpus.readers.page.content import PageContent
from corpus.readers.page.halves import halves
from corpus.readers.pdf.pdfium import PdfFile
from corpus.types import Document

MAX_PAGES = 500
#: seconds for one file without those for pictures; a page of a real report takes some milliseconds
MAX_SECONDS = 120.0
_HEADER_BYTES = 1024


@dataclass(frozen=True, slots=True)
class PdfReader:
    """Reads PDF files: their text, and with the extra ``ocr`` their scanned pages.

    As ``pdf-ocr`` it recognises every page from its picture, whatever text the file holds.
    """

    name: str = "pdf"
    version: str = "2"

    def read(self, data: bytes, name: str) -> Document:
        """The document of ``data``; its reader is ``pdf-ocr`` where a page was recognised.

        Raises:
            ReadError: no PDF file, damaged, encrypted, too long, without text, or a scan while the extra is missing.
        """
        if b"%PDF-" not in data[:_HEADER_BYTES]:
            raise ReadError("is no PDF file, whatever its name says", remedy="rename it to what it is", source=name)
        if self.name == OCR_NAME:
            require(name)
        run = _Run(name, every=self.name == OCR_NAME)
        run.read(data)
        blocks = blocks_of(run.pages)
        if run.scanned:
            blocks = placed_back(blocks, run.back)
        elif is_thin(blocks):
            plain = _Run(name, every=False, ruled=False)
            plain.read(data)
            if not plain.scanned and more_named(found := blocks_of(plain.pages), blocks):
                run, blocks = plain, found
        return Document(
            blocks, OCR_NAME if run.scanned else self.name, self.version, issues=tuple(run.issues), dropped=left_out(run.pages)
        )


@dataclass(slots=True)
class _Run:
    """The work on one file; ``every`` page is recognised, or those that need it; ``ruled`` as in :func:`take_apart`.

    ``back`` as in :func:`placed_back`.
    """

    name: str
    every: bool
    ruled: bool = True
    pages: list[Page] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    back: dict[int, tuple[float, ...]] = field(default_factory=dict)
    scanned: int = 0
    columns: bool = False

    def read(self, data: bytes) -> None:
        """Take up all pages.

        Raises:
            ReadError: as :meth:`PdfReader.read`.
        """
        seconds = 0.0
        with PdfFile(data, self.name) as file:
            count = len(file)
            if count > MAX_PAGES:
                raise ReadError(
                    f"has {count} pages, more than {MAX_PAGES}", remedy="give one report per file", source=self.name
                )
            for index in range(count):
                began, scanned = monotonic(), self.scanned
                self._page(file, index)
                if scanned == self.scanned:  # recognising has its own limit
                    seconds += monotonic() - began
                if seconds > MAX_SECONDS and index + 1 < count:
                    message = f"takes more than {MAX_SECONDS:.0f} seconds: stopped at page {index + 1} of {count}"
                    raise ReadError(message, remedy="print it to a new PDF file", source=self.name)
        if not any(page.lines or page.tables for page in self.pages):
            if self.unread:
                require(self.name)
            what = (
                f"holds pictures of {len(self.unread)} pages and no text"
                if self.unread
                else f"holds no text on its {count} pages"
            )
            raise ReadError(what, remedy="download or export the report again", source=self.name)
        for number in self.unread:
            message = f"page {number} is a picture without text, or its text says nothing, and was not read; {REMEDY}"
            self.issues.append(Issue("page_without_text", "error", message, page=number))

    def _page(self, file: PdfFile, index: int) -> None:
        content = file.page(index)
        if content is None:
            message = f"page {index + 1} is damaged and was not read; download the file again"
            self.issues.append(Issue("page_unreadable", "error", message, page=index + 1))
            return
        if content.crowded:
            message = f"page {index + 1} holds too many drawing objects; its tables may be incomplete: print it to a new PDF"
            self.issues.append(Issue("page_crowded", "warning", message, page=index + 1))
        garbage = is_garbage(content.chars)
        if self.every or garbage or is_scan(content):
            image, scale = self._image(file, content)
            if image is not None:
                self._add(recognise(image, index + 1, scale))
                return
            self.unread.append(index + 1)
            if garbage:
                return
        upright = content.width < content.height
        *first, content = halves(content, columns=self.columns)
        self.columns = upright and bool(first)
        self.pages += [take_apart(half, ruled=self.ruled) for half in first]
        page = take_apart(content, ruled=self.ruled)
        boxes = regions(content) if content.pictures else []
        unnamed = [u.box for u in content.unread if u.kind == "undecodable"]
        if unnamed:
            message = (
                f"page {index + 1}: the fonts of {len(unnamed)} pieces of text do not say which characters they print; "
                "these pieces were not read: print the report to a new PDF, or scan it"
            )
            self.issues.append(Issue("text_undecodable", "error", message, page=index + 1))
        if boxes:
            image, scale = self._image(file, content)
            found = recognise_regions(image, content, page, boxes, scale) if image is not None else None
            if found is not None:
                self._add(found)
                return
        self.pages.append(page)

    def _image(self, file: PdfFile, content: PageContent) -> tuple[Any, float]:
        """The page as a picture and its pixels a point; no picture where it cannot or may not be recognised."""
        if not available() or self.scanned >= MAX_SCANNED:
            return None, 1.0
        scale = min(SCALE, MAX_SIDE / max(content.width, content.height))
        return file.image(content.number - 1, scale), scale

    def _add(self, found: Scanned) -> None:
        self.scanned += 1
        self.pages.append(found.page)
        self.issues += found.issues
        self.back[found.page.number] = found.back
