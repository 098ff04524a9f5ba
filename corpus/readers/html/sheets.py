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
#: what is looked for, by what a sheet must hold for it: most sheets set sizes and colours that hide nothing
_WANTED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"display|visibility|text-decoration|vertical-align|mso-hide"),
        frozenset({"display", "visibility", "text-decoration", "text-decoration-line", "vertical-align", "mso-hide"}),
    ),
    (re.compile(r"opacity\s*:\s*0(?:\.0+)?\s*[;}!]"), frozenset({"opacity"})),
    (re.compile(r"clip(?:-path)?\s*:\s*(?:rect|inset|circle)"), frozenset({"clip", "clip-path"})),
    (re.compile(r"text-indent\s*:\s*-\d{3}"), frozenset({"text-indent"})),
    (re.compile(r"font-size\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*[;}!]"), frozenset({"font-size"})),
)
_WHITE = re.compile(r"(?:#fff(?:fff)?|white|rgba?\(255, ?255, ?255.*)")
#: what the ground of white text is told by; looked for only where words inside a line are white
_COLOURS = frozenset({"color", "background", "background-color", "background-image"})
_WORDS = frozenset({"span", "font", "b", "i", "em", "strong", "u", "a", "small", "label"})
#: a wide screen fulfils it: screen and (min-width: 768px)
_WIDE_ENOUGH = re.compile(r"(?:(?:only )?(?:screen|all) and )?\(\s*min-width\s*:\s*(\d{1,4})px\s*\)")
_SCREEN = 1280
_ALL = _COLOURS.union(*(names for _, names in _WANTED))
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
    if len(sheet) > _MAX_SHEET:
        return
    low = sheet.lower()
    wanted = frozenset[str]().union(*(names for cue, names in _WANTED if cue.search(low)))
    white = "#fff" in low or "white" in low or "255" in low
    if not wanted and not white:
        return
    rules = list(_rules(sheet))
    won: dict[etree._Element, dict[str, _Won]] = {}
    _match(root, rules, wanted, won)
    if white and _whitens_words(root, rules):
        _match(root, rules, _COLOURS, won)
    _write(root, won)


def _match(
    root: etree._Element, rules: list[_Rule], wanted: frozenset[str], won: dict[etree._Element, dict[str, _Won]]
) -> None:
    """Add the declarations of the ``wanted`` properties that win on each element."""
    matches = looked_at = 0
    for number, rule in enumerate(rules):
        declarations = [d for d in rule.declarations if d[0] in wanted]
        if not declarations:
            continue
        looked_at += 1
        if looked_at > _MAX_RULES or matches > _MAX_MATCHES:
            return
        for path, specificity in _paths(rule.selector):
            for el in root.xpath(path):
                matches += 1
                for name, value, important in declarations:
                    rank = (important, specificity, number)
                    last = won.setdefault(el, {}).get(name)
                    if last is None or rank >= last.rank:
                        won[el][name] = _Won(value, rank)


def _whitens_words(root: etree._Element, rules: list[_Rule]) -> bool:
    """Whether a rule makes short words inside a line white."""
    looked_at = 0
    for rule in rules:
        if any(name == "color" and _WHITE.fullmatch(value) for name, value, _ in rule.declarations):
            looked_at += 1
            for path, _ in _paths(rule.selector) if looked_at <= _MAX_RULES else ():
                if any(
                    el.tag in _WORDS and any(a.tag in ("td", "th", "p") for a in el.iterancestors()) for el in root.xpath(path)
                ):
                    return True
    return False


def _rules(sheet: str) -> Iterator[_Rule]:
    for node in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        if node.type == "at-rule" and node.lower_at_keyword == "media" and node.content is not None:
            medium = tinycss2.serialize(node.prelude).strip().lower()
            wide = _WIDE_ENOUGH.fullmatch(medium)
            if medium in _MEDIA or (wide is not None and int(wide[1]) <= _SCREEN):
                inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from _qualified(inner)
        else:
            yield from _qualified([node])


def _qualified(nodes: list[tinycss2.ast.Node]) -> Iterator[_Rule]:
    for node in nodes:
        if node.type != "qualified-rule":
            continue
        found = tuple(
            (d.lower_name, re.sub(r"\s+", " ", tinycss2.serialize(d.value)).strip().lower(), d.important)
            for d in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            if d.type == "declaration" and d.lower_name in _ALL
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
