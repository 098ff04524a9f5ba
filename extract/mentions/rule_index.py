"""The rules made ready for asking: by unit and topic, and behind the characters that a match needs.

Of some hundred rules a handful can fit a site.  The rest is left out without a search: rules of other units and topics by a table,
rules whose words do not occur near the number by one ``&`` of bit sets.  A *mask* is the bit set of what may match in a text, by its
characters; a *filter* is the bit of a pattern in it (all bits where nothing is known that it needs).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_

from corpus.kept import kept
from extract.mentions.needs import __file__ as needs_file
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
_NEAR, _FAR = frozenset({"own", "right", "phrase"}), frozenset({"lead", "tail", "context"})
#: what stands behind a number is matched from its beginning, the others are searched
RIGHT = FIELDS.index("right")

#: all bits: the filter of a pattern of which nothing is known
ANYTHING = -1


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


def _filtered() -> list[Pattern]:
    """The patterns that stand behind a filter."""
    patterns = [rule.pattern for rule in blocking().spans] + [rule.before for rule in blocking().numbers if rule.before]
    return patterns + [rule.pattern for rule in zero_rules()] + list(context_rules().values())


@cache
def _all_needs() -> dict[str, frozenset[str] | None]:
    """What each pattern needs, of all that are asked for it."""
    asked = [*_filtered(), *(pattern for rule in indicator_rules() for _, pattern in rule.tests)]
    patterns, weights = sorted({pattern.pattern for pattern in asked}), _weights()

    def read_off() -> list[str]:
        return ["".join(sorted(needed(pattern, weights) or ())) for pattern in patterns]

    found = kept("needs", repr((patterns, sorted(weights.items()))).encode(), read_off, code=needs_file)
    return {pattern: frozenset(characters) or None for pattern, characters in zip(patterns, found, strict=True)}


def _needs(pattern: Pattern) -> frozenset[str] | None:
    return _all_needs()[pattern.pattern]


@cache
def _filters() -> dict[frozenset[str], int]:
    """The bit of each set of characters that patterns need; the bits before them are those of the indicator rules."""
    wanted = dict.fromkeys(needs for pattern in _filtered() if (needs := _needs(pattern)))
    return {needs: 1 << number for number, needs in enumerate(wanted, len(indicator_rules()))}


@cache
def _bits() -> tuple[_Bits, int]:
    """What each character may be a match of, and the bits that every mask has: rules that ask nothing of the rest of a sentence."""
    found, every = _Bits(), 0
    for needs, bit in _filters().items():
        for character in needs:
            found[character] |= bit
    for number, rule in enumerate(indicator_rules()):
        rarest = _rarest(rule, _FAR)
        for character in rarest or ():
            found[character] |= 1 << number
        every |= 0 if rarest else 1 << number
    return found, every


# both who looks for quantities and who says what they count asks for the passages of a report
@lru_cache(maxsize=1 << 10)
def mask_of(text: str) -> int:
    """What may match in ``text``: patterns by their filters, and rules, by number, that ask anything of a sentence with its headings."""
    bits, every = _bits()
    return reduce(or_, map(bits.__getitem__, text), every)


def filter_of(pattern: Pattern | None) -> int:
    """The filter of a pattern of the rules: ``filter & mask_of(text)`` is 0 only where it cannot match."""
    needs = _needs(pattern) if pattern is not None else None
    return _filters()[needs] if needs else ANYTHING


def _rarest(rule: IndicatorRule, fields: frozenset[str]) -> frozenset[str] | None:
    """The rarest characters of which a match in some of the fields holds one."""
    needs = [n for name, pattern in rule.tests if name in fields and (n := _needs(pattern))]
    return min(needs, key=lambda n: sum(_weights()[c] + 1 for c in n), default=None)


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
    whole = "|".join(f"(?:{rule.pattern.pattern})" for rule in blocking().spans if rule.at_number)
    return compile_pattern(whole, "blocking.toml")


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
        rarest = _rarest(rule, _NEAR)
        for character in rarest or ():
            by_character[character] |= 1 << number
        always |= 0 if rarest else 1 << number
    return Index(tuple(ready), by_character, always)


@cache
def allowed(unit: str, topics: frozenset[str]) -> int:
    """The rules that allow a unit under one of the topics."""
    names = {rule.id for rule in rules_for_unit(unit) if not rule.topic or rule.topic & topics}
    return sum(1 << number for number, rule in enumerate(indicator_rules()) if rule.id in names)
