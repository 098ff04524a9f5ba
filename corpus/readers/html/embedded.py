"""A report that a page holds as data and prints only when its scripts run: in a script, JSON, a frame, a text field, escaped.

It is read where its text stands in the file itself.  Nothing is run and nothing is fetched; what stands elsewhere is named.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree

from corpus.errors import Issue
from corpus.patterns import pattern
from corpus.text.normalise import squeeze

_EVIDENCE = pattern("corpus/readers", "report_evidence")
#: so many different ones make a report
_FEWEST = 3
_FEWEST_TAGS = 8
_SCRIPT = re.compile(r"<(script|template|noscript|xml)\b([^>]*)>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\\n]|\\.|\\\n)*)\'|`((?:[^`\\]|\\.)*)`', re.DOTALL)
_JS_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r?\n)|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "\n", "v": "\n", "0": ""}
_TAG = re.compile(r"</?(?:p|div|table|tr|td|span|h[1-6]|br|section|html|body)\b", re.IGNORECASE)
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|table|tr|td|span|h[1-6]|br|html)\b", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]")
#: unescape("%u4E91…"), decodeURIComponent("%E4%BA%91…"), atob("5LqR…")
_PERCENT, _PERCENT_U = re.compile(r"%[0-9A-Fa-f]{2}|%u[0-9A-Fa-f]{4}"), re.compile(r"%u([0-9A-Fa-f]{4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")
#: {"content": …} | callback({…})
_DATA = re.compile(r"\ufeff?\s*(?:[\w.$]{1,60}\s*\(\s*)?[{\[]\s*[\"{\[]")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_LONG = 200
_ATTACHED = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|ofd|rar|zip)(?:[?#].*)?$", re.IGNORECASE)
_MAX_SOURCE, _MAX_SCRIPT, _MAX_NAMED = 20_000_000, 4_000_000, 5


class Embedded(NamedTuple):
    """Markup of a page inside the page, and where it stands."""

    where: str
    markup: str


def evidence(text: str) -> int:
    """How many different marks of a report a text holds."""
    return len(set(_EVIDENCE.findall(squeeze(text))))


def embedded_report(root: etree._Element, source: str) -> Embedded | None:
    """The embedded text with most marks of a report, if one has enough of them."""
    if len(source) > _MAX_SOURCE:
        return None
    best: tuple[int, int, Embedded] | None = None
    for number, found in enumerate(_candidates(root, source)):
        marks = evidence(found.markup)
        if marks >= _FEWEST and (best is None or (marks, -number) > best[:2]):
            best = (marks, -number, Embedded(found.where, _as_markup(found.markup)))
    return best[2] if best is not None else None


def shows_markup(text: str) -> bool:
    """Whether a text prints tags: the page was escaped once too often."""
    return len(_TAG.findall(text)) >= _FEWEST_TAGS


def _candidates(root: etree._Element, source: str) -> Iterator[Embedded]:
    for frame in root.iter("iframe"):
        if frame.get("srcdoc"):
            yield Embedded("a frame (iframe srcdoc)", frame.get("srcdoc") or "")
    for area in root.iter("textarea", "xmp", "plaintext"):
        yield Embedded("a text field (textarea)", "".join(area.itertext()))
    for el in root.iter(etree.Element):
        for name, value in el.items():
            if len(value) > _LONG and ((el.tag == "input" and name == "value") or name.startswith(("data-", "v-"))):
                yield Embedded(f"an attribute ({name}) of a {el.tag} element", value)
    for m in _SCRIPT.finditer(source):
        tag, attributes, body = m[1].lower(), m[2].lower(), m[3]
        if tag != "script" or any(kind in attributes for kind in ("template", "text/html", "text/xml")):
            yield Embedded(f"a {tag} element that is not shown", _CDATA.sub("", body))
        elif len(body) <= _MAX_SCRIPT and (_HAN.search(body) or any(sign in body for sign in ("\\u", "%", "atob"))):
            yield from _of_script(body)
    if is_data(source) and len(source) <= _MAX_SCRIPT:
        yield from _of_script(source)
    escaped = [t for t in _texts(root) if _TAG.search(t)]
    if escaped:
        yield Embedded("escaped markup (&lt;p&gt;)", "\n".join(escaped))


def _texts(root: etree._Element) -> Iterator[str]:
    for el in root.iter():
        if isinstance(el.tag, str):
            if el.text:
                yield el.text
            if el.tail:
                yield el.tail


def _of_script(body: str, *, nested: bool = False) -> Iterator[Embedded]:
    literals = [_decoded(_unescaped(m[1] or m[2] or m[3] or "")) for m in _LITERAL.finditer(body)]
    where = "a script (document.write)" if "document.write" in body else "a script or JSON"
    for literal in literals:
        if len(literal) > _LONG:
            yield Embedded(where, literal)
            if literal[:1] in "{[" and not nested:  # JSON.parse("{\\"content\\": \\"<p>…\\"}")
                yield from _of_script(literal, nested=True)
    pieces = [t for t in literals if _HAN.search(t) or "<" in t]
    if len(pieces) > 1:
        yield Embedded(where, "\n".join(pieces) if not any("<" in t for t in pieces) else "".join(pieces))


def _unescaped(literal: str) -> str:
    def one(m: re.Match[str]) -> str:
        code = m[1] or m[2] or m[3]
        if code:
            number = int(code, 16)
            return chr(number) if number < 0x110000 else ""
        return "" if m[4] else _SIMPLE.get(m[5], m[5])

    return _JS_ESCAPE.sub(one, literal) if "\\" in literal else literal


def _decoded(literal: str) -> str:
    """What ``unescape``, ``decodeURIComponent`` or ``atob`` make of a long literal that holds no text as it stands."""
    if len(literal) <= _LONG or _HAN.search(literal):
        return literal
    if _PERCENT.search(literal):
        return unquote(_PERCENT_U.sub(lambda m: chr(int(m[1], 16)), literal))
    if _BASE64.fullmatch(literal):
        try:
            return base64.b64decode(literal).decode()
        except (binascii.Error, UnicodeDecodeError):
            return literal
    return literal


def is_data(source: str) -> bool:
    """Whether a file is JSON, or a call with JSON, and no page.

    >>> is_data('callback({"content": "<p>"})'), is_data("<p>{}</p>")
    (True, False)
    """
    return _DATA.match(source) is not None


def _as_markup(text: str) -> str:
    """``text`` as a page: escaped markup unescaped, plain lines as paragraphs."""
    for _ in range(2):
        if _TAG.search(text) or not _ESCAPED_TAG.search(text):
            break
        text = html.unescape(text)
    if _TAG.search(text):
        return text
    return (
        "<html><body>" + "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip()) + "</body></html>"
    )


def elsewhere(root: etree._Element, source: str, *, prose: bool) -> tuple[Issue, ...]:
    """What the page shows from other files, as one issue: frames, attachments, or a script that loads the report.

    ``prose``: the page holds the narrative itself, so that only tables are missing.
    """
    frames = [el.get("src") or "" for el in root.iter("iframe", "frame", "embed") if el.get("src")]
    frames += [el.get("data") or "" for el in root.iter("object") if el.get("data")]
    links = [el.get("href") or "" for el in root.iter("a") if _ATTACHED.search(el.get("href") or "")]
    what = "its tables" if prose else "the report"
    if links:
        named = ", ".join(dict.fromkeys(links[:_MAX_NAMED]))
        message = f"the page does not hold {what}, but links to attachments: {named}; download and read these"
    elif frames and not prose:
        message = f"the page does not hold the report: it shows another file in a frame ({', '.join(frames[:_MAX_NAMED])}); save that one"
    elif not prose and "<script" in source.lower():
        message = "the page does not hold the report: its scripts load it; save the page from a browser after it is shown"
    else:
        return ()
    return (Issue("elsewhere", "warning", message),)
