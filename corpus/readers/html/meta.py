"""Host, publication date and title that a page gives outside of the article."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml import etree

from corpus.patterns import pattern
from corpus.text.headings import is_title
from corpus.types import Block, Grid, Paragraph

_DATE = r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
_ISO = re.compile(_DATE)
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)")
# the date of publication before the date of drafting
_LABELLED = (
    pattern("corpus/readers", "published"),
    pattern("corpus/readers", "published_bare"),
    pattern("corpus/readers", "written"),
)
# 2022-01-20 10:10 | 2022-01-20 来源：… under the title; a date alone may belong to a list of news or to a signature
_BARE = pattern("corpus/readers", "dated_line")
# the standard names of government pages, and what common site builders write
_DATE_NAMES = (
    "pubdate", "publishdate", "publish_date", "article:published_time", "publishtime", "firstpublishedtime", "og:published_time",
    "datepublished", "date", "dc.date", "createdate", "others",
)  # fmt: skip
#: elements that print nothing but the date of publication (WeChat, and builders that follow it)
_DATE_IDS = frozenset({"publish_time", "publishtime", "pubtime", "publish-time", "pubdate"})
_NAMED = etree.XPath("descendant-or-self::*[@id][self::em or self::span or self::div or self::p]")
_HOST_NAMES = ("sitedomain", "og:url", "url", "twitter:url")
_TITLE_NAMES = ("articletitle", "og:title", "title", "dc.title")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)\s*(\S+?)\s*-->", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z]{2,10}$")


def metas(root: etree._Element) -> dict[str, str]:
    """``meta`` contents by lower-case name or property, the first of each name."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _host_of(address: str) -> str:
    text = address.strip().lower()
    try:
        host = (urlsplit(text if "//" in text else f"//{text}").hostname or "").rstrip(".")
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def host(root: etree._Element, found: dict[str, str], source: str) -> str:
    """Host of the page: canonical link, base, the address it was saved from, then meta tags; ``""`` if none says."""
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and (name := _host_of(link.get("href") or "")):
            return name
    saved = _SAVED_FROM.search(source[:4000])
    candidates = [saved[1] if saved else "", *(base.get("href") or "" for base in root.iter("base"))]
    candidates += [found.get(name, "") for name in _HOST_NAMES]
    return next((name for c in candidates if c and (name := _host_of(c))), "")


def address(root: etree._Element, found: dict[str, str], source: str) -> str:
    """Address of the page as it gives it itself: where it was saved from, canonical link, meta tags; ``""`` if none says."""
    saved = _SAVED_FROM.search(source[:4000])
    links = [link.get("href") or "" for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    candidates = [saved[1] if saved else "", *links, found.get("og:url", ""), found.get("url", "")]
    return next((c.strip() for c in candidates if c.strip().lower().startswith(("http://", "https://")) and _host_of(c)), "")


def _iso(year: str, month: str, day: str) -> str:
    m, d = int(month), int(day)
    return f"{year}-{m:02d}-{d:02d}" if 1 <= m <= 12 and 1 <= d <= 31 else ""


def _first_date(text: str) -> str:
    m = _ISO.search(text) or _COMPACT.match(text.strip())
    return _iso(m[1], m[2], m[3]) if m else ""


def published(root: etree._Element, found: dict[str, str], source: str, rest: Sequence[Block], kept: Sequence[Block]) -> str:
    """Date of publication as ``YYYY-MM-DD``, or ``""``: the page's own words, then meta tags, then structured data.

    What the page prints comes first: a site that moved to another system gives its pages the date of the move.
    """
    texts = [_printed(b) for b in (*rest, *kept[:6])]
    printed = [(words.search(text)) for words in _LABELLED[:-1] for text in texts]
    printed += [_BARE.match(text) for text in texts]
    for m in printed:
        if m is not None and (date := _iso(m[1], m[2], m[3])):
            return date
    for name in _DATE_NAMES:
        if name in found and (date := _first_date(found[name])):
            return date
    for text in texts:
        if (m := _LABELLED[-1].search(text)) and (date := _iso(m[1], m[2], m[3])):
            return date
    for element in _NAMED(root):
        if element.get("id").lower() in _DATE_IDS and (date := _first_date("".join(element.itertext())[:60])):
            return date
    for time in root.iter("time"):
        if date := _first_date(time.get("datetime") or "".join(time.itertext())):
            return date
    return _structured_date(source)


def _printed(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text[:400]
    assert isinstance(block, Grid)
    return " ".join(c.text for c in block.cells[:60])


def _structured_date(source: str) -> str:
    at = source.find('"datePublished"')
    if at < 0:
        return ""
    m = re.match(r'"datePublished"\s*:\s*("[^"]{0,60}")', source[at : at + 120])
    try:
        return _first_date(json.loads(m[1])) if m else ""
    except json.JSONDecodeError:
        return ""


def title(root: etree._Element, found: dict[str, str]) -> str:
    """The report's title from meta tags or ``<title>`` (site names cut off), or ``""`` if these name no report."""
    names = [found.get(name, "") for name in _TITLE_NAMES]
    names += ["".join(t.itertext()) for t in root.iter("title")]
    for name in names:
        for part in (name, *re.split(r"\s*[-_|—–－·>»]+\s*", name)):
            text = " ".join(part.split())
            if text and is_title(text) and not re.search(r"[-_|>»]", text):
                return text
    return ""
