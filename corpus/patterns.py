"""Patterns of words, kept as data: each has an id, what it means, three examples and a near miss, and is found by its id.

A package keeps them in ``data/patterns.toml``::

    [[pattern]]
    id = "shortcoming"
    means = "words that name a shortcoming"
    how = "search"               # or match, fullmatch: how the code asks
    pattern = '不够|不足'
    yes = ["公开不够及时", "解读数量不足", "更新不够快"]
    no = ["足额保障经费"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from corpus.datafile import enough_examples, entries, later, load_toml, one_of

FILE = "data/patterns.toml"
#: packages that have such a file
HOMES = ("corpus", "models", "extract")


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A pattern with its examples; ``how`` is the method by which the code asks (search, match, fullmatch)."""

    id: str
    means: str
    how: str
    pattern: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]

    def found(self, text: str) -> bool:
        """Whether it is found in ``text`` as the code asks."""
        return getattr(self.pattern, self.how)(text) is not None


@cache
def patterns(package: str) -> Mapping[str, WordPattern]:
    """The patterns of a package by id.

    Raises:
        DataError: a key unknown or missing, an id used twice, a pattern that does not compile, too few examples.
    """
    found: dict[str, WordPattern] = {}
    for entry in entries(load_toml(package, FILE), "pattern", FILE, ("id", "means", "how", "pattern", "yes", "no")):
        where = f"{package}/{FILE}: {entry['id']}"
        one_of(entry["how"], ("search", "match", "fullmatch"), "how", where)
        enough_examples(entry, where)
        found[entry["id"]] = WordPattern(
            entry["id"],
            entry["means"],
            entry["how"],
            later(entry["pattern"], where),
            tuple(entry["yes"]),
            tuple(entry["no"]),
        )
    return found


def pattern(package: str, id: str) -> re.Pattern[str]:
    """One pattern."""
    return patterns(package)[id].pattern


__all__ = ["HOMES", "WordPattern", "pattern", "patterns"]
