"""What the sections of the comparison's page are made of: listings, pictures, and how figures are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.codebook import codebook
from corpus.errors import UsageError
from gongkai import plots

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


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def group_of(row: Mapping[str, Any], by: Sequence[str]) -> str:
    return plots.group_name(by, [str(row[k]) for k in by])


def shortened(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG] + "…"


def facet_of(row: Mapping[str, Any]) -> str:
    """The Chinese name of the facet of a row, its own codes' where it has them."""
    code = str(row["facet"])
    known = codebook().facets
    return "任一方面" if code == "any" else str(row.get("facet_zh") or (known[code].zh if code in known else code))


def pictures(makers: Sequence[tuple[Callable[[], Any], str]]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Those figures that can be drawn, and why others cannot."""
    drawn, notes = [], []
    for make, what in makers:
        try:
            drawn.append((plots.svg(make()), what))
        except UsageError as error:
            notes.append(f"{what}: {error.message}")
    return tuple(drawn), tuple(notes)


def estimate(row: Mapping[str, Any] | None, *, few: bool = True) -> str:
    """A share with its interval, in per cent; a star on those of few cases."""
    if row is None or row["share"] is None:
        return "–"
    interval = "no interval" if row["low"] is None else f"{percent(row['low'])} … {percent(row['high'])}"
    return f"{percent(row['share'])}{'*' if few and row['few'] else ''} ({interval})"
