"""What the sections of the comparison's page are made of: listings, pictures, and how figures are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corpus.codebook import codebook
from corpus.errors import UsageError
from gongkai import plots
from gongkai.plots.language import say, sentence
from gongkai.web.messages import in_chinese

# "own earlier 本机关往年", "Reworded 改写实例": the English first, then the Chinese
_BOTH = re.compile(r"([ -~→]*[A-Za-z][ -~→]*) ([\u3400-\u9fff].*)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NARROW = str.maketrans({"（": " (", "）": ")", "：": ": "})
#: rows of a table that the page shows
SHOWN = 15
#: quotations of a facet that the page shows, and characters of each
QUOTES, LONG = 12, 120
#: groups that fit beside one another as columns of a table
ACROSS = 8


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of the page: ``numeric`` says which columns are set to the right; ``id`` is its anchor, ``links`` lead from the first column of
    each row to others."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    id: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageSection:
    """A section of the page; ``images`` are (SVG text, what it shows), ``csv`` the files that hold all rows (Parquet if very long)."""

    id: str
    zh: str
    en: str
    text: str
    images: tuple[tuple[str, str], ...] = ()
    tables: tuple[Listing, ...] = ()
    csv: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def picked(text: str, lang: str) -> str:
    """``group 分组`` in one language; a text that is in one only, or a name, stays.

    >>> picked("most often 最常提到", "en"), picked("group 分组", "zh"), picked("p", "zh"), picked("2024（n=3）", "en")
    ('most often', '分组', 'p', '2024 (n=3)')
    """
    found = _BOTH.fullmatch(text)
    return _in_width(text if lang == "both" or not found else found[1 if lang == "en" else 2], lang)


def _in_width(text: str, lang: str) -> str:
    """English with narrow brackets and colons."""
    return text.translate(_NARROW).strip() if lang == "en" and not _HAN.search(text) else text


def in_language(section: PageSection, lang: str) -> PageSection:
    """A section whose headings and captions are in one language."""
    tables = tuple(
        replace(
            t, caption=picked(t.caption, lang), header=tuple(picked(h, lang) for h in t.header),
            rows=tuple((_in_width(r[0], lang), *r[1:]) for r in t.rows),
        )
        for t in section.tables
    )  # fmt: skip
    return replace(section, tables=tables)


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def group_of(row: Mapping[str, Any], by: Sequence[str]) -> str:
    return plots.group_name(by, [str(row[k]) for k in by])


def shortened(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG] + "…"


def facet_of(row: Mapping[str, Any]) -> str:
    """The name of the facet of a row, its own codes' where it has them."""
    code = str(row["facet"])
    known = codebook().facets
    if code == "any":
        return say("any facet", "任一方面")
    own = row.get("facet_zh")
    if code in known and own in (None, known[code].zh):
        return say(known[code].en, known[code].zh)
    return str(own or code)


def pictures(makers: Sequence[tuple[Callable[[], Any], str]]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Those figures that can be drawn, and why others cannot."""
    drawn, notes = [], []
    for make, what in makers:
        try:
            drawn.append((plots.svg(make()), what))
        except UsageError as error:
            notes.append(what + say(f": {error.message}", f"：{in_chinese(error.message)}"))
    return tuple(drawn), tuple(notes)


def estimate(row: Mapping[str, Any] | None, *, few: bool = True) -> str:
    """A share with its interval, in per cent; a star on those of few cases."""
    if row is None or row["share"] is None:
        return "–"
    interval = sentence("no interval", "无区间") if row["low"] is None else f"{percent(row['low'])} … {percent(row['high'])}"
    return f"{percent(row['share'])}{'*' if few and row['few'] else ''} ({interval})"
