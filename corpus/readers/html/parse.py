"""Bytes of a web page to an element tree: encoding, bounds, parser."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from corpus.errors import Issue, ReadError
from corpus.readers.encoding import decode
from corpus.readers.html.attributes import without_surplus

#: a long report of Word markup has 30,000 tags and 200,000 characters
MAX_TAGS = 600_000
MAX_CHARS = 20_000_000
#: of a page cut by a download, or with one broken character, so many bytes may fail to decode
_MAX_BAD = 12

_DATA_URI = re.compile(r"data:[\w/+.-]{3,60};base64,[A-Za-z0-9+/=\s]*")
# their content is no markup for the parser, and much of what a page weighs
_RAW = re.compile(r"<(script|style|noscript|svg|template|xml)\b", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:span|font|b|strong|i|em|u|s|small|big|center|o:p|ins|sup|sub|label|a)\b[^>]*>", re.IGNORECASE)
_CUT_TAG = re.compile(r"<[^<>]{0,300}\Z")
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|div|p|table|span|br|meta|h[1-6]|font|section|article|td|a)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A parsed page; ``source`` is its decoded text, ``root`` the ``html`` element."""

    root: etree._Element
    source: str
    encoding: str
    issues: tuple[Issue, ...] = ()


def decode_page(data: bytes, name: str) -> tuple[str, str, tuple[Issue, ...]]:
    """Text and encoding of a page, whatever its meta tag says: BOM, UTF-16 by its zero bytes, strict UTF-8, strict GB18030.

    A page with a few undecodable bytes (cut in the middle of a character) is read with U+FFFD in their place, and an issue.

    Raises:
        ReadError: neither fits, or the page is in Big5.
    """
    if not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = _with_mark(data)
    try:
        text, encoding = decode(data, source=name)
    except ReadError as error:
        if "Big5" in error.message:
            raise
        found = _nearly(data)
        if found is None:
            raise
        text, encoding, bad = found
        note = f"{bad} bytes do not fit {encoding} and read as U+FFFD; download the page again if a value is hit"
        return text, encoding, (Issue("encoding_guessed", "warning", note),)
    return text, encoding, ()


def _with_mark(data: bytes) -> bytes:
    """UTF-16 without a byte order mark shows in the zero bytes beside ``<`` and ``>``; it gets its mark."""
    head = data[:2000]
    for opening, closing, mark in ((b"<\x00", b">\x00", codecs.BOM_UTF16_LE), (b"\x00<", b"\x00>", codecs.BOM_UTF16_BE)):
        at = head.find(opening)
        if at >= 0 and at % 2 == 0 and closing in head:
            return mark + data[: len(data) // 2 * 2]
    return data


def _nearly(data: bytes) -> tuple[str, str, int] | None:
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "replace")
        bad = text.count("\ufffd")
        if bad <= _MAX_BAD and bad * 200 <= len(text):
            return text, encoding, bad
    return None


def parse_page(data: bytes, name: str) -> WebPage:
    """The element tree of a page.

    Raises:
        ReadError: undecodable, no markup, too large, or nested too deeply to be a page.
    """
    source, encoding, issues = decode_page(data, name)
    # a download that broke off ends inside a tag
    text = _CUT_TAG.sub("", source.replace("\x00", ""))
    if not _MARKUP.search(text):
        raise ReadError(
            "holds no HTML markup", remedy="rename it to *.txt if it is plain text, or download the page again", source=name
        )
    text = _without_raw(_DATA_URI.sub("", text) if ";base64," in text else text)
    _bound(text, name)
    text = without_surplus(text)
    root = _parse(text)
    if root is None:
        # unclosed <font> or <span> in every paragraph nest hundreds deep without meaning anything
        root = _parse(_INLINE.sub("", text))
    if root is None:
        raise ReadError("is nested more than 250 elements deep", remedy="save the page again from a browser", source=name)
    return WebPage(root, source, encoding, issues)


def _without_raw(text: str) -> str:
    """``text`` without scripts, styles and XML islands; one that is never closed is left to the parser."""
    out: list[str] = []
    closers: dict[str, re.Pattern[str]] = {}
    unclosed: set[str] = set()
    kept = at = 0
    while (m := _RAW.search(text, at)) is not None:
        tag = m[1].lower()
        at = m.end()
        if tag in unclosed:
            continue
        closer = closers.setdefault(tag, re.compile(rf"</{tag}\s{{0,20}}>", re.IGNORECASE)).search(text, at)
        if closer is None:
            unclosed.add(tag)
            continue
        out.append(text[kept : m.start()])
        kept = at = closer.end()
    out.append(text[kept:])
    return "".join(out)


def _bound(text: str, name: str) -> None:
    if len(text) > MAX_CHARS:
        raise ReadError(
            f"has {len(text)} characters of markup, more than {MAX_CHARS}", remedy="give one report per file", source=name
        )
    tags = text.count("<")
    if tags > MAX_TAGS:
        raise ReadError(f"has {tags} tags, more than {MAX_TAGS}", remedy="give one report per file", source=name)


def _parse(text: str) -> etree._Element | None:
    """The tree, or ``None`` where the parser gave up at its depth limit and lost what follows."""
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "ignore"), parser)
    except etree.ParserError:
        return None
    except etree.XMLSyntaxError:
        return None
    if root is None or any("depth" in entry.message.lower() for entry in parser.error_log):
        return None
    return root
