"""Text that a page holds and does not show, otherwise than by ``display`` or ``visibility``.

Pages mix such text into their numbers against copying, or for the readers of screens: set at size 0, fully transparent, cut away,
moved out of the page, or white beside text that is not::

    <td>1204<span style="font-size:0">7</span></td>
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

#: longer text is an article that a script lets appear
_LONGEST = 60
_UNSEEN = re.compile(
    r"opacity\s*:\s*0(?:\.0+)?\s*(?:!|;|$)"
    r"|(?:^|;)\s*color\s*:\s*(?:transparent|rgba\([^)]*,\s*0?\.?0+\s*\))"
    r"|^(?=.*overflow\s*:\s*hidden).*(?<!line-)height\s*:\s*0(?:px|pt|em|%)?\s*(?:!|;|$)"
    r"|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)"
    r"|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)"
    r"|(?:text-indent|left|right|top|margin-left)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:!|;|$)", re.IGNORECASE)
_WHITE = re.compile(r"(?:^|;)\s*color\s*:\s*(?:#fff(?:fff)?|white|rgba?\(\s*255\s*,\s*255\s*,\s*255)", re.IGNORECASE)
_WHITE_FONT = re.compile(r"#?fff(?:fff)?|white", re.IGNORECASE)
_GROUND = re.compile(
    r"background(?:-color|-image)?\s*:\s*(?!\s*(?:none|transparent|#fff\b|#ffffff|white|inherit))", re.IGNORECASE
)
#: a style must hold one of these for its element not to be seen
UNSEEN = (_UNSEEN, _NO_SIZE, _WHITE)
_INLINE = frozenset({"span", "font", "b", "i", "em", "strong", "u", "a", "small", "big", "label"})
_HOLDERS = frozenset({"td", "th", "p", "li", "div"})


def unseen(el: etree._Element) -> bool:
    """Whether an element prints short text that nobody sees."""
    style = el.get("style")
    if not (style and _is_odd(style)) and el.tag != "font":
        return False
    text = "".join(el.itertext()).strip()
    if not text or len(text) > _LONGEST:
        return False
    if style and (_UNSEEN.search(style) or (len(el) == 0 and _NO_SIZE.search(style))):
        return True
    white = (style and _WHITE.search(style)) or (el.tag == "font" and _WHITE_FONT.fullmatch((el.get("color") or "").strip()))
    return bool(white) and el.tag in _INLINE and _on_plain_ground(el, len(text))


@lru_cache(maxsize=4096)  # the cells of a page have few styles
def _is_odd(style: str) -> bool:
    return any(pattern.search(style) for pattern in UNSEEN)


def _on_plain_ground(el: etree._Element, own: int) -> bool:
    """Whether nothing around the element has a ground of its own, and other text stands beside it in its paragraph or cell."""
    beside = False
    at: etree._Element | None = el
    while at is not None:
        if at.get("bgcolor") or at.get("background") or _GROUND.search(at.get("style") or ""):
            return False
        if at.tag in _HOLDERS and not beside:
            if len("".join(at.itertext()).strip()) <= own:
                return False
            beside = True
        at = at.getparent()
    return beside
