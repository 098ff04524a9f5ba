"""What a page prints otherwise than as its text: struck text, note marks, values of form fields.

Struck text and note marks are hidden, fields replaced by what they show, before the tree is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml import etree

from corpus.forms.cellvalue import is_value
from corpus.readers.html.style import HIDDEN, hidden
from corpus.readers.html.unseen import UNSEEN, unseen
from corpus.readers.prose import plain
from corpus.text.headings import is_title, section_heading
from corpus.types import Dropped, Place

_SENTENCE = re.compile(r"[。；！？]")
_STRUCK_TAGS = frozenset({"s", "strike", "del"})
_STRUCK = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_RAISED = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
#: position:relative;top:-5.0pt;mso-text-raise:5.0pt
_MOVED_UP = re.compile(
    r"^(?=.*position\s*:\s*relative).*(?<![\w-])top\s*:\s*-(?:[3-9]|\d\d|0?\.[3-9])|mso-text-raise\s*:\s*[3-9]", re.IGNORECASE
)
#: what holds the text of notes: <div id="ftn1"> (Word), <div id="sdfootnote1"> (LibreOffice), <section class="footnotes"> (pandoc)
_NOTES = re.compile(r"(?:_?ftn|_?edn|sd(?:foot|end)note|(?:foot|end)note)s?-?\d{0,3}")
_NAMED_NOTE = etree.XPath(
    "//*[self::div or self::section or self::aside or self::ol or self::li]"
    "[contains(concat(@id, ' ', @class), 'note') or contains(@id, 'ftn') or contains(@id, 'edn')]"
)
#: 1 | [1] | （注2） | ① | * | 注
_NOTE = re.compile(r"[\[(（【〔]?(?:注\s*)?(?:\d{1,2}|[①-⑳⑴-⒇*＊※†‡#])(?:\s*[,，、]\s*\d{1,2})*[\])）】〕]?|注")
#: m², 10⁴: a power and no note
_POWER = re.compile(r"[A-Za-zΩμ㎡]\s*$|(?:[×xX*]\s*|^)10\s*$")
_FIELD_TYPES = frozenset({"", "text", "number", "tel", "hidden"})
_HIDDEN = "display:none"
#: attribute of the elements that were hidden here
_SETTLED = "data-hidden-as"
_CONTROLS = frozenset({"select", "option", "optgroup", "button", "textarea", "datalist"})
_NEVER = frozenset({"script", "style", "head", "noscript", "template", "svg", "iframe", "object", "embed", "math"})
#: what the elements may be that are hidden here, or told
_TAGS = _STRUCK_TAGS | _CONTROLS | {"sup", "font"}
_HAS_HIDDEN = etree.XPath("descendant-or-self::*[@hidden]")
#: more of the page than this is never struck out or raised: a tag was left open
_MOST = 0.3
_MAX_FIELD = 40


def settle_marks(root: etree._Element) -> list[Dropped]:
    """Hide struck text and note marks of ``root``, write the values of its fields into it, and tell what it does not show."""
    marks: list[Dropped] = []
    elements = _elements(root)
    struck = [el for el in elements if el.tag in _STRUCK_TAGS or _styled(el.get("style"), _STRUCK)]
    raised = [el for el in elements if _is_raised(el) and _is_note(el)]
    notes = [el for el in _NAMED_NOTE(root) if any(map(_NOTES.fullmatch, f"{el.get('id')} {el.get('class')}".split()))]
    whole = len("".join(root.itertext())) if struck or notes else 0
    for some, kind in ((struck, "struck"), (notes, "note")):
        if sum(len("".join(el.itertext())) for el in some) <= _MOST * whole:
            for el in some:
                _hide(el, kind, marks)
    for el in raised:
        _hide(el, "note", marks)
    for el in [el for el in elements if unseen(el)]:
        _hide(el, "hidden", marks)
    for el in list(root.iter("caption", "figcaption")):
        text = plain("".join(el.itertext()))
        if text and not _SENTENCE.search(text) and section_heading(text) is None and not is_title(text):
            _hide(el, "caption", marks)
    for el in list(root.iter("input", "textarea", "select")):
        _show_field(el)
    _not_shown(root, elements, marks)
    return marks


def _elements(root: etree._Element) -> list[etree._Element]:
    """The elements that may be marked or hidden: thousands share a few styles, most of which do neither."""
    everything = list(root.iter(etree.Element))
    styles = [el.get("style") for el in everything]
    odd = {style for style in set(styles) if style and _is_odd(style)}
    told = {*root.iter(*_TAGS), *_HAS_HIDDEN(root)}
    return [el for el, style in zip(everything, styles, strict=True) if style in odd or el in told] if odd or told else []


@lru_cache(maxsize=4096)  # pages of one site have the same
def _is_odd(style: str) -> bool:
    return any(pattern.search(style) for pattern in (_STRUCK, _RAISED, _MOVED_UP, HIDDEN, *UNSEEN))


def _not_shown(root: etree._Element, elements: Sequence[etree._Element], marks: list[Dropped]) -> None:
    """Add the outermost of the elements that are hidden, and the words of controls, the last of the page first."""
    found: dict[etree._Element, str] = {}
    for el in elements:
        if kind := "control" if el.tag in _CONTROLS else "hidden" if hidden(el, el.get("style")) else "":
            around = (el, *el.iterancestors())
            if around[-1] is root and not any(a in found or a.tag in _NEVER or a.get(_SETTLED) is not None for a in around):
                found[el] = kind
    for el, kind in reversed(found.items()):
        if text := plain("".join(el.itertext())):
            marks.append(Dropped(kind, text, Place(line=el.sourceline)))


@lru_cache(maxsize=4096)  # the cells of a page have few styles
def _styled(style: str | None, how: re.Pattern[str]) -> bool:
    return bool(style) and how.search(style or "") is not None


def _is_raised(el: etree._Element) -> bool:
    """Whether an element stands higher than what is before it."""
    style = el.get("style")
    if el.tag == "sup" or _styled(style, _RAISED):
        return True
    if not _styled(style, _MOVED_UP):
        return False
    before = el.getprevious()
    return before is None or not _styled(before.get("style"), _MOVED_UP)


def _is_note(el: etree._Element) -> bool:
    text = "".join(el.itertext()).strip()
    if len(text) > 12 or _NOTE.fullmatch(text) is None:
        return False
    before = _before(el)
    return bool(before.strip()) and _POWER.search(before) is None


def _before(el: etree._Element) -> str:
    """Some text right before the element in its paragraph or cell."""
    at: etree._Element | None = el
    while at is not None and at.tag not in ("p", "td", "th", "li", "div", "body"):
        previous = at.getprevious()
        if previous is not None:
            return "".join(previous.itertext()) + (previous.tail or "")
        parent = at.getparent()
        if parent is not None and (parent.text or "").strip():
            return str(parent.text)
        at = parent
    return ""


def _hide(el: etree._Element, kind: str, marks: list[Dropped]) -> None:
    el.set("style", f"{el.get('style') or ''};{_HIDDEN}")
    el.set(_SETTLED, kind)
    if text := plain("".join(el.itertext())):
        marks.append(Dropped(kind, text, Place(line=el.sourceline)))


def _show_field(el: etree._Element) -> None:
    """Put a value that a field shows in a cell or paragraph in the place of the field; search boxes show words, no values."""
    holder = next((a for a in el.iterancestors() if a.tag in ("td", "th", "p", "li")), None)
    if holder is None:
        return
    if el.tag == "input":
        shown = (el.get("value") or "") if (el.get("type") or "").lower() in _FIELD_TYPES - {"hidden"} else ""
    elif el.tag == "textarea":
        shown = "".join(el.itertext())
    else:
        options = list(el.iter("option"))
        chosen = next((o for o in options if o.get("selected") is not None), options[0] if options else None)
        shown = "".join(chosen.itertext()) if chosen is not None else ""
    shown = shown.strip()
    if not shown or len(shown) > _MAX_FIELD or not is_value(shown):
        return
    for child in list(el):
        el.remove(child)
    el.tag, el.text = "span", shown
    for name in ("style", "hidden"):
        if name in el.attrib:
            del el.attrib[name]
