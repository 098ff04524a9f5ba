"""Numbers of paragraphs that Word prints but does not store in the text (``一、``, ``（一）``, ``1.``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from corpus.readers.docx.package import W
from corpus.text.numerals import format_chinese

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: first number, format, text with ``%1`` … ``%9``; ``restart`` 0 = never starts again."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    legal: bool = False
    restart: int = -1


@dataclass(slots=True)
class Numbering:
    """Definitions by list number, and the counters as the paragraphs are met in order."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    abstract: dict[str, str] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    by_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _overridden: set[tuple[str, int]] = field(default_factory=set)

    def next(self, number: str, level: int) -> str:
        """Printed number of the next paragraph of list ``number`` on ``level``, or ``""`` (bullets, unknown lists)."""
        levels = self.levels.get(number)
        here = levels.get(level) if levels else None
        if levels is None or here is None:
            return ""
        # lists of one abstract definition go on counting each other
        counts = self._counts.setdefault(self.abstract.get(number, number), [None] * _LEVELS)
        override = self.starts.get((number, level))
        if override is not None and (number, level) not in self._overridden:
            self._overridden.add((number, level))
            counts[level] = override
        else:
            current = counts[level]
            counts[level] = here.start if current is None else current + 1
        for deeper in range(level + 1, _LEVELS):
            lower = levels.get(deeper)
            if lower is None or lower.restart != 0:
                counts[deeper] = None
        if here.format in ("bullet", "none") and "%" not in here.text:
            return ""
        text = _PLACE.sub(lambda m: self._count(levels, counts, int(m[1]) - 1, here), here.text)
        if not text.strip():
            return ""
        return text + " " if text[-1].isalnum() and text[-1].isascii() else text

    @staticmethod
    def _count(levels: dict[int, Level], counts: list[int | None], at: int, here: Level) -> str:
        level = levels.get(at, Level())
        n = counts[at]
        return format_number(level.start if n is None else n, "decimal" if here.legal else level.format)


def format_number(n: int, style: str) -> str:
    """``n`` as Word prints it in a number format.

    >>> format_number(12, "chineseCountingThousand"), format_number(3, "decimalEnclosedCircle")
    ('十二', '③')
    """
    if style in (
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
    ):
        return format_chinese(n) if 0 <= n < 100 else str(n)
    if style in ("ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "koreanDigital2"):
        return "".join("〇一二三四五六七八九"[int(d)] for d in str(n)) if n >= 0 else str(n)
    if style in ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"):
        return _FORMAL[n] if 0 <= n < 10 else str(n)
    if style in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese"):
        return chr(0x2460 + n - 1) if 1 <= n <= 20 else str(n)
    if style == "decimalEnclosedParen":
        return chr(0x2474 + n - 1) if 1 <= n <= 20 else f"({n})"
    if style == "decimalEnclosedFullstop":
        return chr(0x2488 + n - 1) if 1 <= n <= 20 else f"{n}."
    if style == "decimalZero":
        return f"{n:02d}"
    if style in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(0xFF10 + int(d)) for d in str(abs(n)))
    if style in ("upperLetter", "lowerLetter") and n >= 1:
        letter = chr((65 if style == "upperLetter" else 97) + (n - 1) % 26)
        return letter * min(1 + (n - 1) // 26, 5)
    if style in ("upperRoman", "lowerRoman") and 1 <= n < 4000:
        out = ""
        for value, sign in _ROMAN:
            out += sign * (n // value)
            n %= value
        return out.upper() if style == "upperRoman" else out
    if style == "ideographTraditional" and n >= 1:
        return _STEMS[(n - 1) % 10]
    if style == "ideographZodiac" and n >= 1:
        return _BRANCHES[(n - 1) % 12]
    if style == "none":
        return ""
    return str(n)


def _value(el: etree._Element | None, default: str = "") -> str:
    return default if el is None else el.get(f"{W}val") or default


def _int(text: str | None, default: int) -> int:
    t = (text or "").strip()
    return int(t) if t.isascii() and t.lstrip("-").isdigit() and len(t) <= 6 else default


def _level(el: etree._Element) -> Level:
    return Level(
        _int(_value(el.find(f"{W}start")), 1) if el.find(f"{W}start") is not None else 0,
        _number_format(el),
        _value(el.find(f"{W}lvlText")),
        _value(el.find(f"{W}suff"), "tab"),
        el.find(f"{W}isLgl") is not None and _value(el.find(f"{W}isLgl"), "1") not in ("0", "false"),
        _int(_value(el.find(f"{W}lvlRestart")), -1),
    )


def _number_format(el: etree._Element) -> str:
    found = el.find(f"{W}numFmt")
    if found is None:
        found = el.find(f"*/{W}numFmt")  # Word 2010 wraps formats of its own in mc:AlternateContent
    return _value(found, "decimal")


def read_numbering(root: etree._Element | None) -> Numbering:
    """Definitions of ``numbering.xml``."""
    out = Numbering()
    if root is None:
        return out
    abstracts: dict[str, dict[int, Level]] = {}
    links: dict[str, str] = {}
    named: dict[str, str] = {}
    styles: dict[str, list[tuple[str, int]]] = {}
    for el in root.iterfind(f"{W}abstractNum"):
        key = el.get(f"{W}abstractNumId") or ""
        abstracts[key] = {}
        for lvl in el.iterfind(f"{W}lvl"):
            at = _int(lvl.get(f"{W}ilvl"), 0)
            if 0 <= at < _LEVELS:
                abstracts[key][at] = _level(lvl)
                if style := _value(lvl.find(f"{W}pStyle")):
                    styles.setdefault(key, []).append((style, at))
        if link := _value(el.find(f"{W}numStyleLink")):
            links[key] = link
        if name := _value(el.find(f"{W}styleLink")):
            named[name] = key
    for el in root.iterfind(f"{W}num"):
        number = el.get(f"{W}numId") or ""
        key = _value(el.find(f"{W}abstractNumId"))
        key = named.get(links.get(key, ""), key)
        levels = dict(abstracts.get(key, {}))
        out.abstract[number] = key
        for override in el.iterfind(f"{W}lvlOverride"):
            at = _int(override.get(f"{W}ilvl"), 0)
            if (lvl_override := override.find(f"{W}lvl")) is not None:
                levels[at] = _level(lvl_override)
            if (start := override.find(f"{W}startOverride")) is not None:
                out.starts[(number, at)] = _int(_value(start), 1)
        out.levels[number] = levels
        for style, at in styles.get(key, ()):
            out.by_style.setdefault(style, (number, at))
    return out
