"""What tags and inline styles say about how an element is printed."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: never printed, or no text of the page
DROPPED = _words(
    "script style noscript template iframe frame frameset object embed applet svg math canvas select option optgroup button input "
    "textarea audio video map area head title link meta base xml datalist colgroup col del param source "
    "track progress meter rp rt noframes"
)
#: containers: a page is cut into these
BOXES = _words(
    "html body div section article main header nav footer aside dialog form center ul ol dl fieldset blockquote details td th tr tbody thead tfoot "
    "figure hgroup marquee"
)
BLOCKS = BOXES | _words("table p h1 h2 h3 h4 h5 h6 li dt dd pre address caption hr figcaption summary legend listing dir")

HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all", re.IGNORECASE)
_BOLD = re.compile(r"font-weight\s*:\s*(bold|[1-9]00|normal)", re.IGNORECASE)
_DISPLAY = re.compile(r"display\s*:\s*(block|flex|grid|list-item|table-row-group|table-row|table-cell|table)\b", re.IGNORECASE)
_BOLD_TAGS = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"})


def hidden(el: etree._Element, style: str | None) -> bool:
    """Whether the element is not shown (its own ``hidden`` attribute or inline style; style sheets are not read)."""
    if style and _hides(style):
        # WeChat hides the article itself until its script has run
        return bool(el.get("id") != "js_content")
    return el.get("hidden") is not None


@lru_cache(maxsize=4096)  # the cells of a page have few styles
def _hides(style: str) -> bool:
    return HIDDEN.search(style) is not None


@lru_cache(maxsize=4096)
def display(style: str) -> str:
    """A ``display`` that makes a block or a part of a table, or ``""``."""
    found = _DISPLAY.search(style)
    return found[1].lower() if found else ""


def bold_change(tag: str, style: str | None, bold: bool) -> int:
    """Change of the bold depth inside the element: a large negative number where it switches bold type off."""
    found = _BOLD.search(style) if style and "font-weight" in style.lower() else None
    if found is not None:
        weight = found[1].lower()
        if weight == "bold" or (weight >= "600" and weight[0].isdigit()):
            return 1
        return -100 if bold or tag in _BOLD_TAGS else 0
    return 1 if tag in _BOLD_TAGS else 0
