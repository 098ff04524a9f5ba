"""Reader of web pages, and of the single-file pages (MHTML) that Word and browsers save."""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from dataclasses import dataclass, replace
from email.errors import MessageError

from corpus.errors import Issue, ReadError
from corpus.readers import foreign
from corpus.readers.html.article import article
from corpus.readers.html.blocks import read_pieces
from corpus.readers.html.embedded import Embedded, elsewhere, embedded_report, evidence, is_data, shows_markup
from corpus.readers.html.marks import settle_marks
from corpus.readers.html.meta import address, host, metas, published, title
from corpus.readers.html.panes import show_panes
from corpus.readers.html.parse import WebPage, decode_page, parse_page
from corpus.readers.html.sheets import apply_sheets
from corpus.readers.prose import finish
from corpus.readers.traditional import script_issues
from corpus.text.furniture import furniture_line
from corpus.text.headings import is_title
from corpus.types import Block, Document, Dropped, Grid, Paragraph

#: marks of a report that a page must hold to be read as one
_FEWEST = 2
#: pages inside pages
_DEEPEST = 2
_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>(.*?)(?:</body\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_MIME_START = (b"mime-version:", b"from: <saved by", b"content-type: multipart/")


@dataclass(frozen=True, slots=True)
class HtmlReader:
    """Reads the article of a page: its paragraphs, and its tables as exact grids."""

    name: str = "html"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document of the page in ``data``; host and date of publication are kept where the page gives them.

        Raises:
            ReadError: no HTML, undecodable, too large or nested too deeply.
        """
        if (found_kind := foreign(data)) is not None:
            raise ReadError(f"is {found_kind[0]}, not a web page", remedy=f"rename it to *{found_kind[1]}", source=name)
        if is_mhtml(data):
            data = mhtml_page(data, name)
        return self._page(data, name)

    def _page(self, data: bytes, name: str, inside: int = 0) -> Document:
        page = parse_page(data, name)
        if any(m.get("content", "").startswith("gongkai ") for m in page.root.iter("meta") if m.get("name") == "generator"):
            raise ReadError(
                "is a page that gongkai wrote, not a report", remedy="keep results outside the folder of reports", source=name
            )
        apply_sheets(page.root, page.source)
        show_panes(page.root)
        hidden = settle_marks(page.root)
        pieces, boxes = read_pieces(page.root)
        kept, rest = article(pieces, boxes)
        found = metas(page.root)
        text = "\n".join(_text(b) for b in kept)
        held = 0 if shows_markup(text) or is_data(page.source) else evidence(text)
        issues = page.issues
        if held < _FEWEST and inside < _DEEPEST and (inner := embedded_report(page.root, page.source)) is not None:
            return self._inner(inner, page, found, name, inside)
        if held < _FEWEST or not any(isinstance(b, Grid) for b in kept):
            issues = (*issues, *elsewhere(page.root, page.source, prose=held >= _FEWEST))
        if not any(isinstance(b, Paragraph) and is_title(b.text) for b in kept[:12]) and (heading := title(page.root, found)):
            kept.insert(0, Paragraph(heading, level=1))
        blocks = finish(kept, name)
        return Document(
            blocks,
            self.name,
            self.version,
            page.encoding,
            host(page.root, found, page.source),
            published(page.root, found, page.source, rest, kept),
            (*issues, *script_issues(blocks)),
            (*hidden, *(_left_out(b) for b in rest if _text(b).strip())),
            address(page.root, found, page.source),
        )

    def _inner(self, inner: Embedded, page: WebPage, found: dict[str, str], name: str, inside: int) -> Document:
        """The document of a page that stands inside ``page``, with what the outer page tells."""
        document = self._page(codecs.BOM_UTF8 + inner.markup.encode("utf-8", "ignore"), name, inside + 1)
        note = f"the page prints the report only when its scripts run; it was read from {inner.where} of the file"
        return replace(
            document,
            encoding=page.encoding,
            host=document.host or host(page.root, found, page.source),
            address=document.address or address(page.root, found, page.source),
            published=document.published or published(page.root, found, page.source, (), ()),
            issues=(*page.issues, Issue("embedded", "info", note), *document.issues),
        )


def _left_out(block: Block) -> Dropped:
    text = _text(block)
    rule = furniture_line(text)
    place = block.places[0][1] if isinstance(block, Paragraph) else block.cells[0].place
    return Dropped(rule.id if rule is not None else "navigation", text, place)


def _text(block: Block) -> str:
    return block.text if isinstance(block, Paragraph) else "\n".join(c.text for c in block.cells)


def is_mhtml(data: bytes) -> bool:
    """Whether the bytes are a page saved with its pictures as one MIME message."""
    return data[:400].lstrip().lower().startswith(_MIME_START)


def mhtml_page(data: bytes, name: str) -> bytes:
    """The HTML parts of an MHTML file as one page: Excel saves a frameset first and each sheet in a part of its own.

    Raises:
        ReadError: the message is damaged or holds no HTML.
    """
    pages: list[str] = []
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        for part in message.walk():
            if part.get_content_type() == "text/html":
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes) and payload.strip():
                    pages.append(decode_page(payload, name)[0])
    except (MessageError, ValueError, LookupError) as error:
        raise ReadError(f"is a damaged MHTML file: {error}", remedy="save the page again as HTML", source=name) from error
    if not pages:
        raise ReadError("is an MHTML file without an HTML part", remedy="save the page again as HTML", source=name)
    shown = [p for p in pages if not _FRAMESET.search(p)] if _FRAMESET.search(pages[0]) else pages[:1]
    first, *others = shown or pages[:1]
    bodies = "".join(f"<div>{m[1] if (m := _BODY.search(p)) else p}</div>" for p in others)
    end = first.lower().rfind("</body")
    whole = first[:end] + bodies + first[end:] if end >= 0 else first + bodies
    return codecs.BOM_UTF8 + whole.encode("utf-8", "ignore")
