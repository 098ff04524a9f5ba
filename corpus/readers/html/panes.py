"""Panes of tabs: parts of a report that a page shows one at a time, the others hidden until they are chosen.

A hidden pane is read if it goes on with what its neighbours hold: its sections are none of theirs.  A pane that repeats them is another report, or
the same for another screen, and stays hidden.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from corpus.readers.html.style import HIDDEN, hidden
from corpus.text.headings import section_heading

_SHORTEST = 30
_LINES = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "span", "li", "td")
_LONGEST_HEADING = 60


def show_panes(root: etree._Element) -> None:
    """Take the hiding off panes that hold sections of their own beside shown ones of the same kind."""
    for pane in [el for el in root.iter("div", "section", "li", "dd") if _hides(el)]:
        parent = pane.getparent()
        if parent is None:
            continue
        shown = [el for el in parent if el.tag == pane.tag and el is not pane and not _hides(el) and _alike(el, pane)]
        own = set(_sections(pane)) if shown else set[str]()
        if own and not any(own & set(_sections(el)) for el in shown) and any(True for el in shown for _ in _sections(el)):
            pane.set("style", HIDDEN.sub("", pane.get("style") or ""))
            pane.attrib.pop("hidden", None)


def _hides(el: etree._Element) -> bool:
    return (el.get("style") is not None or el.get("hidden") is not None) and hidden(el, el.get("style")) and _long(el)


def _long(el: etree._Element) -> bool:
    return sum(len(text) for text in el.itertext()) >= _SHORTEST


def _alike(shown: etree._Element, pane: etree._Element) -> bool:
    """Whether two boxes have the same names, but for those that say which is shown (``tab-pane active``)."""
    a, b = set((shown.get("class") or "").split()), set((pane.get("class") or "").split())
    return a >= b or len(a & b) >= max(len(a), len(b)) - 1


def _sections(el: etree._Element) -> Iterator[str]:
    for line in el.iter(*_LINES):
        text = (line.text or "").strip()
        if 0 < len(text) <= _LONGEST_HEADING and (found := section_heading(text)) is not None:
            yield found.code
