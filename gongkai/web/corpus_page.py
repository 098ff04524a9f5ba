"""The corpus: reports that filters choose, how many have which code, and a page of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.codebook import codebook
from corpus.store import schema
from gongkai.pages.words import clean
from gongkai.web.address import KINDS, OWN, ROWS, Asked, link
from gongkai.web.held import Held, chosen, numbers_table
from gongkai.web.textindex import Bools
from gongkai.web.tongue import Tongue

#: orders of the list, by the column that they read
SORTS = {
    "agency": "agency", "year": "year", "passages": "n_passages", "mentions": "n_mentions", "cells": "n_cells",
    "disagrees": "disagrees", "fails": "fails", "issues": "issues",
}  # fmt: skip
#: values of a filter that are listed at once, and at all
SHOWN, LISTED = 8, 100
_ROWS = "SELECT * FROM reports WHERE n IN (SELECT n FROM chosen)"
_TOTALS = (
    "SELECT count(*) AS reports, sum(n_passages)::BIGINT AS passages, sum(n_mentions)::BIGINT AS mentions, sum(n_cells)::BIGINT AS cells, "
    "sum(disagrees)::BIGINT AS disagrees, sum(fails)::BIGINT AS fails, sum(issues)::BIGINT AS issues, "
    "count(DISTINCT coalesce(agency_id, agency)) AS agencies, count_if(s5 IN ('read', 'nothing')) AS told "
    "FROM reports WHERE n IN (SELECT n FROM chosen)"
)


@dataclass(frozen=True, slots=True)
class FilterValue:
    """One value of a filter with the reports that have it, and the address that sets or takes it."""

    code: str
    name: str
    n: int
    on: bool
    href: str


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter with its values; ``most`` is the greatest count, ``left`` how many values are not listed."""

    kind: str
    name: str
    values: tuple[FilterValue, ...]
    on: bool
    most: int
    left: int


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """What the page shows: totals of the chosen reports, the filters, and one page of rows."""

    totals: Mapping[str, int]
    groups: tuple[FilterGroup, ...]
    rows: Sequence[dict[str, Any]]
    pages: int


def report_name(row: Mapping[str, Any]) -> str:
    """Agency as printed, else what names the report."""
    return clean(row["agency"] or row["title"] or row["source"])


def corpus_page(held: Held, asked: Asked, tongue: Tongue) -> CorpusPage:
    """The page that an address asks for.

    Raises:
        AddressError: a column that this store does not have.
    """
    found = chosen(held, asked.filters, asked.who)
    numbers = np.flatnonzero(found)
    totals = {k: v or 0 for k, v in held.rows(_TOTALS, (), {"chosen": numbers_table(numbers)})[0].items()}
    pages = max(1, -(-len(numbers) // ROWS))
    first = (min(asked.page, pages) - 1) * ROWS
    sort = asked.sort.removeprefix("-")
    if sort:
        order = f"{SORTS[sort]} {'DESC' if asked.sort.startswith('-') else 'ASC'} NULLS LAST, agency NULLS LAST, year DESC NULLS LAST, n"
        rows = held.rows(f"{_ROWS} ORDER BY {order} LIMIT {ROWS} OFFSET ?", [first], {"chosen": numbers_table(numbers)})
    else:
        shown = held.order[found[held.order]][first : first + ROWS]
        by_number = held.by_number(shown)
        rows = [by_number[n] for n in shown.tolist()]
    return CorpusPage(totals, tuple(filter_groups(held, asked, tongue, "/")), rows, pages)


def filter_groups(
    held: Held, asked: Asked, tongue: Tongue, path: str, among: Bools | None = None, beside: Asked | None = None
) -> list[FilterGroup]:
    """Every filter whose values some report has; a filter that is set counts as if it were not, for its values are alternatives.

    Args:
        among: the reports that count, by number; all if ``None``.
        beside: what the links change, where the page has more filters than these.
    """
    counts = _counts(held, asked, among)
    for kind in asked.filters:
        counts[kind] = _counts(held, asked.without(kind), among).get(kind, {})
    groups = []
    for kind in (*KINDS, *held.own):
        on = asked.filters.get(kind, ())
        some = {**dict.fromkeys(on, 0), **counts.get(kind, {})}
        if not some:
            continue
        ranks = {c: _rank(kind, c, n) for c, n in some.items()}
        order = sorted(some, key=ranks.__getitem__)
        kept = [c for place, c in enumerate(order) if place < LISTED or c in on]
        shown = tuple(
            FilterValue(c, tongue.name(kind, c), some[c], c in on, link(path, (beside or asked).toggled(kind, c))) for c in kept
        )
        name = clean(kind.removeprefix(OWN)) if kind.startswith(OWN) else tongue(f"filter_{kind}")
        groups.append(FilterGroup(kind, name, shown, bool(on), max(some.values()) or 1, len(order) - len(kept)))
    return groups


def _counts(held: Held, asked: Asked, among: Bools | None) -> dict[str, dict[str, int]]:
    found = chosen(held, asked.filters, asked.who)
    return held.marks.counts(found if among is None else found & among)


def _rank(kind: str, code: str, n: int) -> tuple[int, str]:
    """Years and codes of closed lists in their own order, others by how many reports have them."""
    if kind == "year":
        return (-int(code) if code.lstrip("-").isdigit() else 0, code)
    order = _ORDERS.get(kind)
    if order is not None:
        return (order.index(code) if code in order else len(order), code)
    return (-n, code)


_ORDERS: dict[str, list[str]] = {
    "level": [c for c, _ in schema.LEVELS],
    "form": [c for c, _ in schema.FORMS],
    "coverage": [c for c, _ in schema.COVERAGES],
    "text": [c for c, _ in schema.TEXT_KINDS],
    "s5": [c for c, _ in schema.SECTION_FIVE],
    "verdict": [c for c, _ in schema.VERDICTS],
    "label": list(codebook().labels),
    "facet": list(codebook().facets),
}
