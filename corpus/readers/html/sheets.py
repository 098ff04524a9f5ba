"""The page's own style sheet: what it hides, strikes out or sets as a superscript is written into the elements' own styles.

``<style>.gx{display:none}</style> … <span class="gx">9</span>846条`` prints 846. Sheets of other files are not fetched.  A site
hides an article until its script has run, so what holds much of the page's text counts as shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tinycss2
from cssselect import HTMLTranslator, SelectorError, parse
from lxml import etree

_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_CUE = re.compile(r"display|visibility|text-decoration|vertical-align|mso-hide", re.IGNORECASE)
_PROPERTIES = frozenset({"display", "visibility", "text-decoration", "text-decoration-line", "vertical-align", "mso-hide"})
_HIDES = re.compile(r"display:none|visibility:(?:hidden|collapse)|mso-hide:all")
_MEDIA = frozenset({"", "all", "screen"})
#: a sheet of Word has some hundred rules; more, or longer ones, are not looked at
_MAX_SHEET, _MAX_RULES, _MAX_MATCHES = 400_000, 600, 20_000
#: of the page's text, so much may be hidden by a sheet in one element
_MOST_HIDDEN, _SMALL = 0.3, 60


_TRANSLATOR = HTMLTranslator()


@dataclass(frozen=True, slots=True)
class _Rule:
    selector: str
    declarations: tuple[tuple[str, str, bool], ...]  # name, value, important


@dataclass(slots=True)
class _Won:
    """The declaration that wins so far, with its rank."""

    value: str
    rank: tuple[bool, tuple[int, int, int], int]


def apply_sheets(root: etree._Element, source: str) -> None:
    """Write what the ``<style>`` elements of ``source`` say of hiding, striking and raising into the ``style`` attributes."""
    sheet = "\n".join(_STYLE.findall(source))
    if not _CUE.search(sheet) or len(sheet) > _MAX_SHEET:
        return
    won: dict[etree._Element, dict[str, _Won]] = {}
    matches = 0
    for number, rule in enumerate(_rules(sheet)):
        if number >= _MAX_RULES or matches > _MAX_MATCHES:
            break
        for path, specificity in _paths(rule.selector):
            for el in root.xpath(path):
                matches += 1
                for name, value, important in rule.declarations:
                    rank = (important, specificity, number)
                    last = won.setdefault(el, {}).get(name)
                    if last is None or rank >= last.rank:
                        won[el][name] = _Won(value, rank)
    _write(root, won)


def _rules(sheet: str) -> Iterator[_Rule]:
    for node in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            if tinycss2.serialize(node.prelude).strip().lower() in _MEDIA:
                yield from _qualified(tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True))
        else:
            yield from _qualified([node])


def _qualified(nodes: list[tinycss2.ast.Node]) -> Iterator[_Rule]:
    for node in nodes:
        if node.type != "qualified-rule":
            continue
        found = tuple(
            (d.lower_name, re.sub(r"\s+", " ", tinycss2.serialize(d.value)).strip().lower(), d.important)
            for d in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            if d.type == "declaration" and d.lower_name in _PROPERTIES
        )
        if found:
            yield _Rule(tinycss2.serialize(node.prelude).strip(), found)


def _paths(selector: str) -> list[tuple[str, tuple[int, int, int]]]:
    """XPath and specificity of each selector; those for pseudo-elements and ones that are not understood match nothing."""
    if len(selector) > 1000:
        return []
    try:
        found = [s for s in parse(selector) if s.pseudo_element is None]
        return [(_TRANSLATOR.selector_to_xpath(s), s.specificity()) for s in found]
    except (SelectorError, RecursionError):
        return []


def _write(root: etree._Element, won: dict[etree._Element, dict[str, _Won]]) -> None:
    whole: int | None = None
    for el, names in won.items():
        css = ";".join(f"{name}:{w.value}" for name, w in names.items())
        if _HIDES.search(css):
            own = len("".join(el.itertext()))
            if own > _SMALL:
                whole = len("".join(root.itertext())) if whole is None else whole
                if own > _MOST_HIDDEN * whole:
                    continue
        inline = el.get("style") or ""
        forced = ";".join(f"{name}:{w.value}" for name, w in names.items() if w.rank[0])
        # the element's own style is the last word, but for !important
        kept = [d for d in css.split(";") if d.split(":")[0] not in inline.lower()]
        el.set("style", ";".join(part for part in (inline, *kept, forced) if part))
