"""Patterns of words and lists of words, kept as data: each has an id, what it means, examples and a near miss, and is found by its id.

A home keeps them in its ``patterns.toml``: ``corpus`` in ``corpus/data/patterns.toml``, ``corpus/agencies`` in
``corpus/data/agencies/patterns.toml``::

    [fragments]
    year = '20\\d\\d年'             # put where a pattern says {{year}}

    [[words]]                    # {{shortcomings}} puts them as alternatives
    id = "shortcomings"
    means = "words that name a shortcoming"
    words = ["不够", "不足", "不及时"]
    no = ["足额"]                 # a word that looks like one and is none

    [[pattern]]
    id = "shortcoming"
    means = "a sentence that names a shortcoming"
    how = "search"               # or match, fullmatch: how the code asks
    pattern = '{{shortcomings}}'
    yes = ["公开不够及时", "解读数量不足", "更新不及时"]
    no = ["足额保障经费"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from corpus.datafile import enough_examples, entries, expect_keys, later, load_toml, one_of
from corpus.errors import DataError

FILE = "patterns.toml"
#: where patterns are kept, by what uses them
HOMES = ("corpus", "corpus/agencies", "corpus/forms", "corpus/readers", "models", "extract", "extract/mentions", "gongkai")
_FRAGMENT = re.compile(r"\{\{([a-z_]+)\}\}")


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


@dataclass(frozen=True, slots=True)
class WordHome:
    """The patterns and the lists of words of a home, by id."""

    patterns: Mapping[str, WordPattern]
    words: Mapping[str, tuple[str, ...]]


@cache
def word_home(home: str) -> WordHome:
    """What a home keeps.

    Raises:
        DataError: a key unknown or missing, an id used twice, a pattern that does not compile, a list whose near miss is one of its
            words, too few examples.
    """
    package, _, room = home.partition("/")
    file = f"data/{room}/{FILE}" if room else f"data/{FILE}"
    raw = load_toml(package, file)
    expect_keys(raw, f"{package}/{file}", (), ("pattern", "fragments", "words"))
    lists: dict[str, tuple[str, ...]] = {}
    for entry in entries(raw, "words", file, ("id", "means", "words", "no")):
        where = f"{package}/{file}: {entry['id']}"
        enough_examples({"yes": entry["words"], "no": entry["no"]}, where)
        if both := set(entry["words"]) & set(entry["no"]):
            raise DataError(f"{both.pop()!r} is a word and a near miss", source=where, remedy="leave it out of one of them")
        lists[entry["id"]] = tuple(entry["words"])
    fragments = raw.get("fragments", {}) | {name: "|".join(listed) for name, listed in lists.items()}
    found: dict[str, WordPattern] = {}
    for entry in entries(raw, "pattern", file, ("id", "means", "how", "pattern", "yes", "no")):
        where = f"{package}/{file}: {entry['id']}"
        one_of(entry["how"], ("search", "match", "fullmatch"), "how", where)
        enough_examples(entry, where)
        found[entry["id"]] = WordPattern(
            entry["id"],
            entry["means"],
            entry["how"],
            later(_whole(entry["pattern"], fragments, where), where),
            tuple(entry["yes"]),
            tuple(entry["no"]),
        )
    return WordHome(found, lists)


def _whole(text: str, fragments: Mapping[str, str], where: str) -> str:
    """A pattern with the fragments and words that it names."""
    if "{{" not in text:
        return text
    for name in _FRAGMENT.findall(text):
        if name not in fragments:
            raise DataError(f"unknown fragment {name!r}", source=where, remedy=f"use one of {', '.join(sorted(fragments))}")
        text = text.replace("{{" + name + "}}", fragments[name])
    return text


def pattern(home: str, id: str) -> re.Pattern[str]:
    """One pattern."""
    return word_home(home).patterns[id].pattern


def words(home: str, id: str) -> tuple[str, ...]:
    """One list of words."""
    return word_home(home).words[id]


__all__ = ["FILE", "HOMES", "WordHome", "WordPattern", "pattern", "word_home", "words"]
