"""What a pattern cannot match without: characters read off it once, so that most searches need not be made.

Works on the subset of regular expressions that the data files use; whatever it does not know counts as *anything*, so that a
filter made of it never hides a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from corpus.datafile import later

_QUANTIFIER = later(r"(?:[*+?]|\{(\d+)?(,)?(\d+)?\})[?+]?")
_GROUP = later(r"\((?:\?(?::|P<\w+>|=|!|<=|<!))?")
_CLASS = later(r"\[(\^?)((?:\\.|[^\]\\])+)\]", flags=re.DOTALL)
#: a set this large says nothing
_MANY = 400


@dataclass(frozen=True, slots=True)
class _Part:
    """``needs``: every match holds one of these (``None``: unknown).  ``first``: every match begins with one of them.

    ``last``: every match ends with one of them.  ``empty``: may match nothing; ``width`` is ``False`` for lookarounds and anchors, which say nothing of their surroundings here.
    """

    needs: frozenset[str] | None
    first: frozenset[str] | None
    empty: bool
    width: bool = True
    last: frozenset[str] | None = None


_ANY = _Part(None, None, empty=False)
_NOTHING = _Part(None, frozenset(), empty=True, width=False, last=frozenset())


@cache
def _literal(character: str) -> _Part:
    one = frozenset(character)
    return _Part(one, one, empty=False, last=one)


@dataclass(slots=True)
class _Reader:
    """Reads a pattern; without ``edges`` nothing is said of how a match begins and ends, in half the time."""

    pattern: str
    weights: Mapping[str, int]
    edges: bool = True
    at: int = 0

    def alternatives(self) -> _Part:
        branches = [self.sequence()]
        while self.at < len(self.pattern) and self.pattern[self.at] == "|":
            self.at += 1
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        needs = _union(b.needs for b in branches)
        first, last = (_union(b.first for b in branches), _union(b.last for b in branches)) if self.edges else (None, None)
        return _Part(needs, first, any(b.empty for b in branches), last=last)

    def sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self.quantified(self.item()))
        known = [p.needs for p in parts if p.needs and not p.empty]
        needs = min(known, key=self.weight) if len(known) > 1 else known[0] if known else None
        if not self.edges:
            return _Part(needs, None, all(p.empty for p in parts))
        solid = [i for i, p in enumerate(parts) if not p.empty]
        first = _union(p.first for p in parts[: solid[0] + 1 if solid else None])
        last = _union(p.last for p in parts[solid[-1] if solid else 0 :])
        return _Part(needs, first, not solid, last=last)

    def weight(self, characters: frozenset[str]) -> int:
        return sum(self.weights.get(c, 0) + 1 for c in characters)

    def item(self) -> _Part:
        found = _GROUP.match(self.pattern, self.at)
        if found:
            self.at = found.end()
            inner = self.alternatives()
            self.at += 1
            return inner if found[0][-1] in "(:>" else _NOTHING
        found = _CLASS.match(self.pattern, self.at)
        if found:
            self.at = found.end()
            negated, body = found.groups()
            if negated or "\\" in body or "-" in body[1:-1] or len(body) > _MANY:
                return _ANY
            return _Part(frozenset(body), frozenset(body), empty=False, last=frozenset(body))
        character = self.pattern[self.at]
        self.at += 1
        if character == "\\":
            self.at += 1
            return _NOTHING if self.pattern[self.at - 1] in "bB" else _ANY
        if character in "^$":
            return _NOTHING
        if character in ".#":  # `#` stands in every field that is searched
            end = None if character == "." else frozenset("#")
            return _Part(None, end, empty=False, last=end)
        return _literal(character)

    def quantified(self, part: _Part) -> _Part:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if not found:
            return part
        self.at = found.end()
        least = 1 if found[0][0] == "+" else 0 if found[0][0] in "*?" else int(found[1] or 0)
        return part if least else _Part(None, part.first, empty=True, last=part.last)


def _union(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """All characters of several sets, unknown if one of them is."""
    known = list(sets)
    return None if None in known else frozenset[str]().union(*(s for s in known if s))


def needed(pattern: str, weights: Mapping[str, int]) -> frozenset[str] | None:
    """Characters of which every match holds one, those of small ``weights`` preferred; ``None`` if no such set is known.

    >>> sorted(needed("(?:办结|办完)[^#]{0,4}#", {"办": 9}))
    ['完', '结']
    """
    return _Reader(pattern, weights, edges=False).alternatives().needs


def begins(pattern: str) -> frozenset[str] | None:
    """Characters with one of which every match begins; ``None`` if they are not known or a match may be empty."""
    part = _Reader(pattern, {}).alternatives()
    return None if part.empty else part.first


def ends(pattern: str) -> frozenset[str] | None:
    """Characters with one of which every match ends; ``None`` if they are not known or a match may be empty."""
    part = _Reader(pattern, {}).alternatives()
    return None if part.empty else part.last


@cache
def quick(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern that is searched in every sentence, behind a look at its first character."""
    return re.compile(guarded(pattern.pattern))


def guarded(pattern: str) -> str:
    """The pattern behind a look at its first character: the same matches, found sooner in text that holds few of them."""
    first = begins(pattern)
    if not first:
        return pattern
    return f"(?=[{''.join(re.escape(c) for c in sorted(first))}])(?:{pattern})"
