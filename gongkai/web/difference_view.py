"""Differences of two groups on the problems page: which two, each facet's shares, difference, test, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.errors import UsageError
from gongkai.web.address import Asked
from gongkai.web.held import Held
from gongkai.web.points import MOST_GROUPS
from gongkai.web.problems_page import ShareFigure, group_names, share_figures
from gongkai.web.tongue import Tongue

#: groups that are offered in a list; of more one writes the name
MOST_LISTED = MOST_GROUPS


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One facet: ``a`` and ``b`` are the shares, ``row`` is compare's difference of them, ``corrected`` that of corrected shares."""

    facet: str
    a: ShareFigure
    b: ShareFigure
    row: Mapping[str, Any]
    corrected: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """The section: ``groups`` are (value, name) to choose from, ``None`` where there are too many; ``fault`` says why there are no lines."""

    groups: Sequence[tuple[str, str]] | None
    a: str = ""
    b: str = ""
    name_a: str = ""
    name_b: str = ""
    lines: Sequence[DifferenceLine] = ()
    tested: int = 0
    whole: bool = True
    fault: str = ""


def value_of(group: Sequence[str]) -> str:
    """A group as an address names it: as in ``differences.csv``."""
    return ",".join(group)


def difference_view(held: Held, asked: Asked, what: str, a: str, b: str, tongue: Tongue) -> DifferenceView | None:
    """Two groups of the grouping compared; ``None`` where nothing is grouped or nothing can be.

    Args:
        held: the snapshot.
        asked: the address; its grouping.
        what: ``problem`` or ``measure``.
        a: a group: its values joined by commas, or its name or a part of it that no other has.
        b: the group that is taken away.
        tongue: the language.
    """
    if not asked.by or not held.book.ready:
        return None
    try:
        names = group_names(held, asked.by, tongue)
    except UsageError:
        return None  # the page says why
    if len(names) < 2:
        return None
    listed = [(value_of(g), n) for g, n in names.items()] if len(names) <= MOST_LISTED else None
    if not a and not b:
        return DifferenceView(listed)
    one, other = _group(names, a), _group(names, b)
    if len(one) != 1 or len(other) != 1 or one == other:
        wrong = a if len(one) != 1 else b
        found = one if len(one) != 1 else other
        key = "same_group" if len(found) == 1 else "several_groups" if found else "no_group"
        few = "、".join(names[g] for g in found[:5])
        return DifferenceView(listed, a, b, fault=tongue(key, name=wrong, few=few))
    return _compared(held, asked, what, (one[0], other[0]), names, listed, tongue)


def _compared(
    held: Held, asked: Asked, what: str, pair: tuple[tuple[str, ...], tuple[str, ...]], names: Mapping[tuple[str, ...], str],
    listed: Sequence[tuple[str, str]] | None, tongue: Tongue,
) -> DifferenceView:  # fmt: skip
    one, other = pair
    found = held.estimates.differences(asked.by, one, other)
    figures = share_figures(held, asked.by, what, pair, tongue)
    lines = [
        DifferenceLine(facet, figures[0][facet], figures[1][facet], row, found.corrected.get((what, facet)))
        for (kind, facet), row in found.rows.items()
        if kind == what
    ]
    return DifferenceView(listed, value_of(one), value_of(other), names[one], names[other], lines, found.tested, found.whole)


def _group(names: Mapping[tuple[str, ...], str], asked: str) -> list[tuple[str, ...]]:
    """The groups that are meant: by values, else by name, else by part of the name."""
    for fits in (
        [g for g in names if value_of(g) == asked],
        [g for g, name in names.items() if name == asked],
        [g for g, name in names.items() if asked and asked in name],
    ):
        if fits:
            return fits
    return []


__all__ = ["DifferenceLine", "DifferenceView", "difference_view", "value_of"]
