"""Reader of web pages, and of the single-file pages (MHTML) that Word and browsers save."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.errors import MessageError

from corpus.errors import ReadError
from corpus.readers import foreign
from corpus.readers.html.article import article
from corpus.readers.html.blocks import read_pieces
from corpus.readers.html.meta import host, metas, published, title
from corpus.readers.html.parse import parse_page
from corpus.readers.prose import finish
from corpus.readers.traditional import script_issues
from corpus.text.headings import is_title
from corpus.types import Document, Paragraph

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
        page = parse_page(data, name)
        pieces, boxes = read_pieces(page.root)
        kept, rest = article(pieces, boxes)
        found = metas(page.root)
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
            (*page.issues, *script_issues(blocks)),
        )


def is_mhtml(data: bytes) -> bool:
    """Whether the bytes are a page saved with its pictures as one MIME message."""
    return data[:400].lstrip().lower().startswith(_MIME_START)


def mhtml_page(data: bytes, name: str) -> bytes:
    """The HTML part of an MHTML file.

    Raises:
        ReadError: the message is damaged or holds no HTML.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        for part in message.walk():
            if part.get_content_type() == "text/html":
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes) and payload.strip():
                    return payload
    except (MessageError, ValueError, LookupError) as error:
        raise ReadError(f"is a damaged MHTML file: {error}", remedy="save the page again as HTML", source=name) from error
    raise ReadError("is an MHTML file without an HTML part", remedy="save the page again as HTML", source=name)
