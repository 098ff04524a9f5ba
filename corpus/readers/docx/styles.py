"""What styles say: heading level, list, bold type, hidden, struck and raised text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from corpus.readers.docx.package import W

_HEADING = re.compile(r"(?:heading|标题|toc heading)\s*([1-9])$", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录)\s*[1-9]$", re.IGNORECASE)
_FALSE = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True, slots=True)
class Style:
    """Resolved through ``basedOn``; ``level`` 0 = body; ``list`` is (list number, level) or ``None``."""

    level: int = 0
    list: tuple[str, int] | None = None
    bold: bool = False
    hidden: bool = False
    struck: bool = False
    raised: bool = False
    contents: bool = False
    indented: bool = False


def on(properties: etree._Element | None, tag: str) -> bool | None:
    """A toggle of run or paragraph properties: ``None`` where it is not given."""
    el = properties.find(f"{W}{tag}") if properties is not None else None
    return None if el is None else (el.get(f"{W}val") or "1").lower() not in _FALSE


def list_of(properties: etree._Element | None) -> tuple[str, int] | None:
    """(list number, level) of paragraph properties; list ``0`` means "none, whatever the style says"."""
    found = properties.find(f"{W}numPr") if properties is not None else None
    if found is None:
        return None
    number, level = found.find(f"{W}numId"), found.find(f"{W}ilvl")
    at = (level.get(f"{W}val") or "0") if level is not None else "0"
    return (number.get(f"{W}val") or "" if number is not None else ""), int(at) if at.isdecimal() and len(at) < 3 else 0


def outline_level(properties: etree._Element | None) -> int | None:
    """Heading level 1 … 9 of paragraph properties, 0 for body text, ``None`` where it is not given."""
    found = properties.find(f"{W}outlineLvl") if properties is not None else None
    if found is None:
        return None
    value = found.get(f"{W}val") or ""
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else 0


def indent(properties: etree._Element | None) -> bool:
    """Whether the first line is set in."""
    found = properties.find(f"{W}ind") if properties is not None else None
    if found is None:
        return False
    return any((found.get(f"{W}{key}") or "0").lstrip("-") not in ("0", "") for key in ("firstLine", "firstLineChars"))


def read_styles(root: etree._Element | None) -> tuple[dict[str, Style], str]:
    """Styles by id, and the id of the default paragraph style."""
    if root is None:
        return {}, ""
    elements = {el.get(f"{W}styleId") or "": el for el in root.iterfind(f"{W}style")}
    default = next(
        (i for i, el in elements.items() if el.get(f"{W}type") == "paragraph" and (el.get(f"{W}default") or "0") not in _FALSE),
        "",
    )
    found: dict[str, Style] = {}
    for key in elements:
        _resolve(key, elements, found)
    return found, default


def _resolve(key: str, elements: dict[str, etree._Element], found: dict[str, Style]) -> Style:
    chain: list[str] = []
    while key and key in elements and key not in found and key not in chain:
        chain.append(key)
        base = elements[key].find(f"{W}basedOn")
        key = (base.get(f"{W}val") or "") if base is not None else ""
    style = found.get(key, Style())
    for k in reversed(chain):
        style = found[k] = _own(elements[k], style)
    return style


def _own(el: etree._Element, base: Style) -> Style:
    name = el.find(f"{W}name")
    printed = (name.get(f"{W}val") or "").strip() if name is not None else ""
    ppr, rpr = el.find(f"{W}pPr"), el.find(f"{W}rPr")
    level = outline_level(ppr)
    if level is None:
        heading = _HEADING.match(printed)
        level = int(heading[1]) if heading else 1 if printed.lower() in ("title", "标题") else base.level
    bold, hidden = on(rpr, "b"), on(rpr, "vanish")
    struck, twice = on(rpr, "strike"), on(rpr, "dstrike")
    raised = rpr.find(f"{W}vertAlign") if rpr is not None else None
    listed = list_of(ppr)
    if listed is not None and not listed[0] and base.list is not None:
        listed = (base.list[0], listed[1])
    return replace(
        base,
        level=level,
        list=listed if listed is not None else base.list,
        bold=base.bold if bold is None else bold,
        hidden=base.hidden if hidden is None else hidden,
        struck=base.struck if struck is None and twice is None else bool(struck) or bool(twice),
        raised=base.raised if raised is None else raised.get(f"{W}val") == "superscript",
        contents=_CONTENTS.match(printed) is not None,
        indented=indent(ppr) or base.indented,
    )
