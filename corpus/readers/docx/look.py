"""How runs look: bold, hidden, struck out, raised; by their own properties and by the styles of run and paragraph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from corpus.readers.docx.package import W
from corpus.readers.docx.styles import Style, on

#: the text before a raised figure that is a power: m², 10⁴
_POWER = re.compile(r"[A-Za-zΩμ㎡]\s*$|(?:[×xX*]\s*|^)10\s*$")
#: in half points: how much higher a mark of a note stands, and the size of text that states none; no size has so many digits
_HIGHER, _USUAL, _DIGITS = 4, 20, 5
#: in half points: nobody reads type of 1 point
_TINY = 2
#: 1 | [1] | （注2） | ① | * | 注
_NOTE = re.compile(r"[\[(（【〔]?(?:注\s*)?(?:\d{1,2}|[①-⑳⑴-⒇*＊※†‡#])?(?:\s*[,，、]\s*\d{1,2})*[\])）】〕]?")


@dataclass(frozen=True, slots=True)
class Look:
    """``raised`` text is set as a superscript; ``white`` says that its colour is the paper's, or that it is too small to be seen."""

    bold: bool = False
    hidden: bool = False
    struck: bool = False
    raised: bool = False
    white: bool = False

    @property
    def gone(self) -> str:
        """Why the run's text is not read (``hidden``, ``struck``), or nothing."""
        return "hidden" if self.hidden else "struck" if self.struck else ""


def look_of(style: Style) -> Look:
    """How the text of a paragraph of this style looks."""
    return Look(style.bold, style.hidden, style.struck, style.raised)


def run_look(properties: etree._Element | None, around: Look, styles: Mapping[str, Style]) -> Look:
    """How a run with these properties looks, in a paragraph that looks ``around``."""
    if properties is None or not len(properties):
        return around
    look = around
    named = properties.find(f"{W}rStyle")
    style = styles.get(named.get(f"{W}val") or "") if named is not None else None
    if style is not None:
        look = Look(
            look.bold or style.bold, look.hidden or style.hidden, look.struck or style.struck, look.raised or style.raised
        )
    bold, hidden = on(properties, "b"), on(properties, "vanish")
    struck, twice = on(properties, "strike"), on(properties, "dstrike")
    raised = is_raised(properties)
    if struck is not None or twice is not None:
        look = replace(look, struck=bool(struck) or bool(twice))
    return replace(
        look,
        bold=look.bold if bold is None else bold,
        hidden=look.hidden if hidden is None else hidden,
        raised=look.raised if raised is None else raised,
        white=(is_white(properties.find(f"{W}color")) and not is_filled(properties)) or is_tiny(properties.find(f"{W}sz")),
    )


def is_white(color: etree._Element | None) -> bool:
    """Whether text of this colour is not seen on paper."""
    return color is not None and (color.get(f"{W}val") or "").upper() == "FFFFFF"


def is_tiny(size: etree._Element | None) -> bool:
    """Whether text of this size is not seen."""
    value = (size.get(f"{W}val") or "") if size is not None else ""
    return value.isascii() and value.isdigit() and len(value) < _DIGITS and int(value) <= _TINY


def is_filled(properties: etree._Element | None) -> bool:
    """Whether properties, or any of a table style, set something else than paper behind the text."""
    if properties is None:
        return False
    return any((el.get(f"{W}fill") or "").upper() not in ("", "AUTO", "FFFFFF") for el in properties.iter(f"{W}shd")) or (
        properties.find(f"{W}highlight") is not None
    )


def is_raised(properties: etree._Element | None) -> bool | None:
    """Whether properties raise their text as a superscript; ``None`` where they do not say."""
    el = properties.find(f"{W}vertAlign") if properties is not None else None
    if el is not None:
        return bool(el.get(f"{W}val") == "superscript")
    return True if properties is not None and _stands_higher(properties) else None


def _stands_higher(properties: etree._Element) -> bool:
    """Whether a run is moved up by hand (``position``), in smaller type than a run before it that is not."""
    height, size = _half_points(properties, "position"), _half_points(properties, "sz")
    run = properties.getparent()
    if not height or height < _HIGHER or not size or run is None:
        return False
    for before in run.itersiblings(f"{W}r", preceding=True):
        own = before.find(f"{W}rPr")
        if (_half_points(own, "position") or 0) <= height - _HIGHER and (_half_points(own, "sz") or _USUAL) > size:
            return True
    return False


def _half_points(properties: etree._Element | None, name: str) -> int | None:
    el = properties.find(f"{W}{name}") if properties is not None else None
    value = (el.get(f"{W}val") or "") if el is not None else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < _DIGITS else None


def is_note(text: str, before: str) -> bool:
    """Whether raised ``text`` after ``before`` is the mark of a note, or a piece of one.

    >>> is_note("1", "2346"), is_note("2", "20km"), is_note("th", "5")
    (True, False, False)
    """
    mark = text.strip()
    return bool(mark) and _NOTE.fullmatch(mark) is not None and bool(before.strip()) and _POWER.search(before) is None
