"""The rules of ``data/points.toml``: where a clause ends, which facet it shows, whose problem it is, how far a measure has come."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from corpus.codebook import codebook
from corpus.datafile import enough_examples, expect_keys, load_toml, one_of, pattern_of
from corpus.errors import DataError

Status = Literal["done", "ongoing", "planned"]
Locus = Literal["self", "subordinate", "public", "upstream", "unstated"]

_SOURCE = "points.toml"
LABELS = codebook().coded
STATUSES = ("done", "ongoing", "planned")
LOCI = ("self", "subordinate", "public", "upstream", "unstated")
_WHATS = ("figure", "frequency", "date", "column", "document", "unit", "case")
#: sections of rules with the key that names what a rule finds, and the values it may take
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "predicate": ("label", LABELS),
    "background": ("label", LABELS),
    "facet": ("facet", ()),
    "locus": ("locus", LOCI[:-1]),
    "status": ("status", STATUSES),
    "concrete": ("what", _WHATS),
}


@dataclass(frozen=True, slots=True)
class PointRule:
    """A pattern searched in a folded clause that says ``finds``; ``yes`` clauses it must find, ``no`` ones it must not."""

    section: str
    finds: str
    pattern: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointRules:
    """All rules in file order.

    ``inherited`` are the loci that a clause takes over from the one before it, unless it begins as ``breaks`` says, or with one of
    ``topics`` while the clause before it does not name an ``agency``.
    """

    predicate: Mapping[str, re.Pattern[str]]
    background: Mapping[str, re.Pattern[str]]
    facets: Mapping[str, re.Pattern[str]]
    locus: tuple[tuple[Locus, re.Pattern[str]], ...]
    status: tuple[tuple[Status, re.Pattern[str]], ...]
    concrete: re.Pattern[str]
    inherited: frozenset[str]
    breaks: re.Pattern[str]
    topics: re.Pattern[str]
    agency: re.Pattern[str]
    all: tuple[PointRule, ...]


def _rule(section: str, number: int, raw: Mapping[str, Any]) -> PointRule:
    name, values = _SECTIONS[section]
    place = f"{_SOURCE}, {section} {number}"
    expect_keys(raw, place, (name, "pattern", "yes", "no"))
    one_of(raw[name], values or tuple(codebook().facets), name, place)
    enough_examples(raw, place)
    return PointRule(section, raw[name], pattern_of(raw["pattern"], place), tuple(raw["yes"]), tuple(raw["no"]))


def parse_rules(raw: Mapping[str, Any]) -> PointRules:
    """Rules from the parsed TOML.

    Raises:
        DataError: an unknown key or code, a pattern that does not compile, too few examples, or a facet without a rule.
    """
    expect_keys(raw, _SOURCE, (*_SECTIONS, "inherited"))
    rules = [_rule(section, n, entry) for section in _SECTIONS for n, entry in enumerate(raw[section], 1)]
    merged = {s: _merged([r for r in rules if r.section == s]) for s in ("predicate", "background", "facet")}
    if missing := sorted(set(codebook().facets) - set(merged["facet"])):
        raise DataError(f"facets without a rule: {missing}", source=_SOURCE, remedy="give each facet a [[facet]]")
    inherited = raw["inherited"]
    if set(inherited) != {"locus", "breaks", "topics", "agency"} or set(inherited["locus"]) - set(LOCI):
        raise DataError(
            f"[inherited] is {inherited}", source=_SOURCE, remedy=f"give locus, of {', '.join(LOCI)}, breaks, topics, agency"
        )
    concrete = "|".join(f"(?:{r.pattern.pattern})" for r in rules if r.section == "concrete")
    return PointRules(
        merged["predicate"],
        merged["background"],
        merged["facet"],
        tuple((r.finds, r.pattern) for r in rules if r.section == "locus"),  # type: ignore[misc]
        tuple((r.finds, r.pattern) for r in rules if r.section == "status"),  # type: ignore[misc]
        pattern_of(concrete, f"{_SOURCE}, concrete"),
        frozenset(inherited["locus"]),
        pattern_of(inherited["breaks"], f"{_SOURCE}, inherited breaks"),
        pattern_of(inherited["topics"], f"{_SOURCE}, inherited topics"),
        pattern_of(inherited["agency"], f"{_SOURCE}, inherited agency"),
        tuple(rules),
    )


def _merged(rules: Sequence[PointRule]) -> dict[str, re.Pattern[str]]:
    found: dict[str, list[str]] = {}
    for rule in rules:
        found.setdefault(rule.finds, []).append(f"(?:{rule.pattern.pattern})")
    return {name: re.compile("|".join(patterns)) for name, patterns in found.items()}


@cache
def point_rules() -> PointRules:
    """The rules of ``extract/data/points.toml``."""
    return parse_rules(load_toml("extract", f"data/{_SOURCE}"))
