"""The rules made ready for asking: by unit and topic, and behind the characters that a match needs.

Of some hundred rules a handful can fit a site.  The rest is left out without a search: rules of other units and topics by a table,
rules whose words do not occur near the number by one ``&`` of bit sets.  A *mask* is the bit set of the characters of a text, a
*filter* that of the characters of which a match holds one (all bits where none is known).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from extract.mentions.needs import begins, ends, guarded, needed
from extract.mentions.rules import (
    IndicatorRule,
    NumberRule,
    Pattern,
    ZeroRule,
    blocking,
    compile_pattern,
    context_rules,
    indicator_rules,
    rules_for_unit,
    zero_rules,
)

#: order of the texts that a rule looks at
FIELDS = ("own", "right", "phrase", "lead", "tail", "context")
_NEAR = frozenset({"own", "right", "phrase"})
#: what stands behind a number is matched from its beginning, the others are searched
RIGHT = FIELDS.index("right")

#: all bits: the filter of a pattern of which nothing is known
ANYTHING = -1
# a bit that every mask has, so that ``ANYTHING`` lets even a text without a needed character through
_ALWAYS = 1


class _Bits(dict[str, int]):
    def __missing__(self, character: str) -> int:
        self[character] = 0  # kept, so that the next look needs no call; there are only so many characters
        return 0


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule with its patterns by field number."""

    rule: IndicatorRule
    tests: tuple[tuple[int, Pattern], ...]
    vetoes: tuple[tuple[int, Pattern], ...]


@cache
def _weights() -> Counter[str]:
    """How often a character stands in the rules' own examples: the rarer it is, the more it says."""
    return Counter(c for rule in indicator_rules() for example in (*rule.yes, *rule.no) for c in set(example.sentence))


@cache
def _needs(pattern: Pattern) -> frozenset[str] | None:
    return needed(pattern.pattern, _weights())


@cache
def bits() -> _Bits:
    """The bit of every character that some rule needs, 0 for every other."""
    patterns = [rule.pattern for rule in blocking().spans] + [rule.before for rule in blocking().numbers if rule.before]
    patterns += [rule.pattern for rule in zero_rules()] + list(context_rules().values())
    wanted = {character for pattern in patterns for character in _needs(pattern) or ()}
    return _Bits({character: 2 << i for i, character in enumerate(sorted(wanted))})


def mask_of(text: str) -> int:
    """The bit set of the characters of ``text``."""
    return reduce(or_, map(bits().__getitem__, text), _ALWAYS)


def filter_of(pattern: Pattern | None) -> int:
    """The filter of a pattern: ``filter & mask_of(text)`` is 0 only where it cannot match."""
    needs = _needs(pattern) if pattern is not None else None
    return mask_of("".join(needs)) & ~_ALWAYS if needs else ANYTHING


@cache
def context_filters() -> dict[str, int]:
    """Filters of the patterns of ``context.toml``."""
    return {name: filter_of(pattern) for name, pattern in context_rules().items()}


@cache
def filtered_zeros() -> tuple[tuple[int, ZeroRule], ...]:
    """The rules of ``zeros.toml``, each behind its filter."""
    return tuple((filter_of(rule.pattern), rule) for rule in zero_rules())


@cache
def filtered_spans() -> tuple[tuple[int, Pattern], ...]:
    """Spans in which no number counts, each behind its filter."""
    return tuple(
        (filter_of(rule.pattern), compile_pattern(guarded(rule.pattern.pattern), "blocking.toml"))
        for rule in blocking().spans
        if not rule.at_number
    )


@cache
def start_pattern() -> Pattern:
    """What begins with a number that is no quantity (dates, telephone numbers), as one pattern."""
    return re.compile("|".join(f"(?:{rule.pattern.pattern})" for rule in blocking().spans if rule.at_number))


@dataclass(frozen=True, slots=True)
class NumberIndex:
    """Rules on numbers of one kind of numeral by a character that must stand beside the number.

    ``before``: the character before it; ``after``: the one behind it; ``behind``: the one behind its unit; ``anywhere``: rules of
    which no such character is known, each behind the filter of the sentence.
    """

    before: Mapping[str, tuple[NumberRule, ...]]
    after: Mapping[str, tuple[NumberRule, ...]]
    behind: Mapping[str, tuple[NumberRule, ...]]
    anywhere: tuple[tuple[int, NumberRule], ...]


@cache
def number_index(chinese: bool) -> NumberIndex:
    """The index of the rules on numbers of ``blocking.toml``."""
    before: dict[str, tuple[NumberRule, ...]] = {}
    after: dict[str, tuple[NumberRule, ...]] = {}
    behind: dict[str, tuple[NumberRule, ...]] = {}
    anywhere: list[tuple[int, NumberRule]] = []
    for rule in blocking().numbers:
        if rule.numeral not in {"any", "chinese" if chinese else "arabic"}:
            continue
        left = ends(rule.before.pattern) if rule.before else None
        right = begins(rule.after.pattern) if rule.after else None
        table = before if left else behind if rule.behind == "unit" else after
        for character in left or right or ():
            table[character] = (*table.get(character, ()), rule)
        if not left and not right:
            anywhere.append((filter_of(rule.before), rule))
    return NumberIndex(before, after, behind, tuple(anywhere))


def _numbered(patterns: Iterable[tuple[str, Pattern]]) -> tuple[tuple[int, Pattern], ...]:
    return tuple((FIELDS.index(name), pattern) for name, pattern in patterns)


@dataclass(frozen=True, slots=True)
class Index:
    """All indicator rules, highest priority first; a set of them is an integer in which the first rule is the lowest bit.

    ``by_character`` gives the rules that a character may fit, ``always`` those that need none of those known.
    """

    rules: tuple[Ready, ...]
    by_character: _Bits
    always: int


@cache
def index() -> Index:
    """The index of ``extract/data``."""
    ready, always = [], 0
    by_character = _Bits()
    for number, rule in enumerate(indicator_rules()):
        ready.append(Ready(rule, _numbered(rule.tests), _numbered(rule.vetoes)))
        needs = [n for name, pattern in rule.tests if name in _NEAR and (n := _needs(pattern))]
        if not needs:
            always |= 1 << number
            continue
        for character in min(needs, key=lambda n: sum(_weights()[c] + 1 for c in n)):
            by_character[character] |= 1 << number
    return Index(tuple(ready), by_character, always)


@cache
def allowed(unit: str, topics: frozenset[str]) -> int:
    """The rules that allow a unit under one of the topics."""
    names = {rule.id for rule in rules_for_unit(unit) if not rule.topic or rule.topic & topics}
    return sum(1 << number for number, rule in enumerate(indicator_rules()) if rule.id in names)
