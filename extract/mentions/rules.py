"""Rules and lexicons as data: the TOML files of ``extract/data`` read into frozen types, and compiled once.

Unknown keys, unknown codes and patterns that do not compile are errors that name the file, the rule and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from corpus import datafile
from corpus.codebook import codebook
from corpus.errors import DataError
from extract.mentions.needs import guarded
from extract.types import By

Pattern = re.Pattern[str]

TOPICS = frozenset(
    [
        "request",
        "review",
        "litigation",
        "proposal",
        "hotline",
        "mail",
        "normative",
        "fee",
        "disclosure",
        "interpretation",
        "platform",
        "supervision",
        "service",
    ]
)


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of a rule; the quantity meant stands between braces (``收到申请{12件}。``)."""

    sentence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Units:
    """Measure words by first character, one pattern each and one table per kind of numeral, and the groups that rules name."""

    after_arabic: Mapping[str, Pattern]
    after_chinese: Mapping[str, Pattern]
    groups: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class SpanRule:
    """No number inside a match of ``pattern`` is a quantity (``《…30条》``).

    The pattern is looked for in a sentence that holds a character of ``needs`` (empty: in every one); with ``at_number`` it is
    matched where a number begins (``2022年5月1日``).
    """

    id: str
    pattern: Pattern
    needs: str
    at_number: bool
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A number is no quantity where every given part matches (``第`` before it; ``分之`` after it)."""

    id: str
    numeral: str
    before: Pattern | None
    exception: Pattern | None
    number: Pattern | None
    after: Pattern | None
    behind: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blocking:
    """What is never a quantity."""

    spans: tuple[SpanRule, ...]
    numbers: tuple[NumberRule, ...]


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """Gives ``indicator`` (``""``: none, and no later rule is asked) to a quantity whose surroundings fit.

    ``units`` are the measure words allowed; ``topic`` the topics it may stand under (empty: any).  ``own`` is searched in the
    words before the number back to the last boundary, with ``#`` for the number at their end; ``right`` matches at the words
    behind the unit; ``phrase`` is searched in ``own#right``; ``lead`` in the sentence before ``own``; ``tail`` in all that
    follows the unit; ``context`` in the whole sentence with its headings.  The ``not_`` fields veto.  ``part``: such a quantity
    is by its words a part (of kind ``part``) of a total that need not be printed.  ``final``: the weights have no say.
    """

    id: str
    indicator: str
    units: frozenset[str]
    topic: frozenset[str]
    tests: tuple[tuple[str, Pattern], ...]
    vetoes: tuple[tuple[str, Pattern], ...]
    priority: int
    part: str
    final: bool
    yes: tuple[Example, ...]
    no: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class TopicCue:
    """Words that set the topic from where they stand on; a ``weak`` cue does not replace a topic set in the same sentence."""

    topic: str
    pattern: str
    weak: bool


@dataclass(frozen=True, slots=True)
class ZeroRule:
    """An event that is said not to have happened: a mention of 0 on group ``q`` for each of ``indicators``.

    ``context`` must be found in the sentence with its headings, or ``topic`` be the topic in force.
    """

    id: str
    pattern: Pattern
    indicators: tuple[str, ...]
    unit: str
    topic: frozenset[str]
    context: Pattern | None
    yes: tuple[Example, ...]
    no: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class PartKind:
    """What distinguishes parts (codebook ``by``), read off the words that name them (``信函`` → ``channel``)."""

    by: By
    pattern: Pattern
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartRules:
    """``kinds`` in order of precedence; ``inherited`` are the indicators whose unnamed parts count by the same indicator."""

    kinds: tuple[PartKind, ...]
    inherited: frozenset[str]


@dataclass(frozen=True, slots=True)
class SiblingRule:
    """Counts of ``indicator`` with different ``name`` beside each other, and no sum, are parts by ``by``.

    ``name`` is looked for in ``reach`` characters behind the unit, then between the number and the one before it, with ``far`` back to
    the beginning of its clause (`公众号发布90条，粉丝462人`).
    """

    indicator: str
    by: By
    name: Pattern
    reach: int
    far: bool
    yes: tuple[str, ...]
    no: tuple[str, ...]


def load(name: str) -> dict[str, Any]:
    """The content of ``extract/data/<name>``."""
    return datafile.load_toml("extract", f"data/{name}")


def expect_keys(entry: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """Refuse keys that nothing reads.

    Raises:
        DataError: naming the key and those allowed.
    """
    datafile.expect_keys(entry, where, optional=tuple(allowed))


compile_pattern = datafile.later


def read_example(text: str, where: str) -> Example:
    """``收到申请{12件}。`` as sentence and span."""
    start, end = text.find("{"), text.find("}")
    if start < 0 or end < start:
        raise DataError(f"example marks no quantity: {text}", remedy="put it between braces", source=where)
    return Example(text[:start] + text[start + 1 : end] + text[end + 1 :], start, end - 1)


def _unit_patterns(words: list[str], guards: Mapping[str, str]) -> dict[str, Pattern]:
    alternatives: dict[str, list[str]] = {}
    for word in sorted(dict.fromkeys(words), key=len, reverse=True):
        guard = guards.get(word, "")
        alternatives.setdefault(word[0], []).append(re.escape(word) + (f"(?!{guard})" if guard else ""))
    return {first: compile_pattern("|".join(several), "units.toml") for first, several in alternatives.items()}


@cache
def units() -> Units:
    """``units.toml``."""
    raw = load("units.toml")
    expect_keys(raw, ("words", "arabic", "percent", "periods", "guards", "groups"), "units.toml")
    # periods are matched as units, so that `3个月` is not read as `3个`, and then dropped
    common = raw["words"] + raw["percent"] + raw["periods"]
    guards = raw["guards"]
    return Units(
        after_arabic=_unit_patterns(common + raw["arabic"], guards),
        after_chinese=_unit_patterns(common, guards),
        groups={k: frozenset(v) for k, v in raw["groups"].items()},
    )


@cache
def periods() -> frozenset[str]:
    """Measure words of time."""
    return frozenset(load("units.toml")["periods"])


def parse_blocking(raw: Mapping[str, Any], source: str) -> Blocking:
    """Blocking rules from the content of a TOML file."""
    expect_keys(raw, ("span", "number"), source)
    spans = []
    for entry in raw.get("span", ()):
        where = f"{source}: {entry.get('id')}"
        expect_keys(entry, ("id", "pattern", "needs", "at", "yes", "no"), where)
        pattern = compile_pattern(entry["pattern"], where)
        examples = tuple(entry.get("yes", ())), tuple(entry.get("no", ()))
        spans.append(SpanRule(entry["id"], pattern, entry.get("needs", ""), entry.get("at") == "number", *examples))
    numbers = []
    for entry in raw.get("number", ()):
        where = f"{source}: {entry.get('id')}"
        expect_keys(entry, ("id", "numeral", "before", "except", "number", "after", "behind", "yes", "no"), where)
        before, after, exception, number = (entry.get(k) for k in ("before", "after", "except", "number"))
        numbers.append(
            NumberRule(
                entry["id"],
                entry.get("numeral", "any"),
                compile_pattern(f"(?:{before})$", where) if before else None,
                compile_pattern(exception, where) if exception else None,
                compile_pattern(number, where) if number else None,
                compile_pattern(after, where) if after else None,
                entry.get("behind", "number"),
                tuple(entry.get("yes", ())),
                tuple(entry.get("no", ())),
            )
        )
    return Blocking(tuple(spans), tuple(numbers))


@cache
def blocking() -> Blocking:
    """``blocking.toml``."""
    return parse_blocking(load("blocking.toml"), "blocking.toml")


_FIELDS = ("own", "right", "phrase", "lead", "tail", "context")


def parse_indicators(raw: Mapping[str, Any], source: str, groups: Mapping[str, frozenset[str]]) -> list[IndicatorRule]:
    """Indicator rules from the content of a TOML file; ``groups`` resolves units such as ``@case``."""
    expect_keys(raw, ("rule", "words"), source)
    words = raw.get("words", {})
    rules = []
    for entry in raw.get("rule", ()):
        where = f"{source}: {entry.get('id')}"
        allowed = (
            "id",
            "indicator",
            "units",
            "topic",
            "priority",
            "part",
            "final",
            "yes",
            "no",
            *_FIELDS,
            *(f"not_{f}" for f in _FIELDS),
        )
        expect_keys(entry, allowed, where)
        if entry["indicator"] and entry["indicator"] not in codebook().indicators:
            raise DataError(f"no such indicator: {entry['indicator']}", remedy="use a code of the codebook", source=where)
        topic = frozenset(entry.get("topic", ()))
        if topic - TOPICS:
            raise DataError(f"no such topic: {sorted(topic - TOPICS)[0]}", remedy=f"use: {sorted(TOPICS)}", source=where)
        allowed_units: set[str] = set()
        for unit in entry["units"]:
            if unit.startswith("@") and unit[1:] not in groups:
                raise DataError(f"no such unit group: {unit}", remedy="define it in units.toml", source=where)
            allowed_units |= groups[unit[1:]] if unit.startswith("@") else {unit}
        tests: list[tuple[str, Pattern]] = []
        vetoes: list[tuple[str, Pattern]] = []
        for field in _FIELDS:
            for target, key in ((tests, field), (vetoes, f"not_{field}")):
                if key in entry:
                    target.append((field, compile_pattern(expand_words(entry[key], words, where), where)))
        rules.append(
            IndicatorRule(
                entry["id"],
                entry["indicator"],
                frozenset(allowed_units),
                topic,
                tuple(tests),
                tuple(vetoes),
                entry.get("priority", 50),
                entry.get("part", ""),
                entry.get("final", False),
                tuple(read_example(e, where) for e in entry.get("yes", ())),
                tuple(read_example(e, where) for e in entry.get("no", ())),
            )
        )
    return rules


def expand_words(pattern: str, words: Mapping[str, str], where: str) -> str:
    """Put in the word lists of the file: ``<publish>`` → ``(?:公开|发布|…)``."""

    def replace(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise DataError(f"no such word list: {found[0]}", remedy="define it under [words]", source=where)
        return f"(?:{words[found[1]]})"

    return re.sub(r"(?<!\?P)<([a-z_]+)>", replace, pattern)


INDICATOR_FILES = ("requests.toml", "publication.toml", "services.toml", "governance.toml", "general.toml")


@cache
def indicator_rules() -> tuple[IndicatorRule, ...]:
    """All indicator rules, highest priority first, file order within one priority."""
    rules: list[IndicatorRule] = []
    seen: set[str] = set()
    for name in INDICATOR_FILES:
        for rule in parse_indicators(load(name), name, units().groups):
            if rule.id in seen:
                raise DataError(f"rule id used twice: {rule.id}", remedy="rename one", source=name)
            seen.add(rule.id)
            rules.append(rule)
    return tuple(sorted(rules, key=lambda r: -r.priority))


@cache
def rules_for_unit(unit: str) -> tuple[IndicatorRule, ...]:
    """The rules that allow a unit, highest priority first (a unit in no group gets those of ``个``-less rules: none)."""
    # `8场(次)` is counted in 场次 or 场
    names = {unit.replace("(", "").replace(")", ""), unit.partition("(")[0]} if "(" in unit else {unit}
    return tuple(rule for rule in indicator_rules() if names & rule.units)


@cache
def topic_cues() -> tuple[Pattern, tuple[TopicCue, ...]]:
    """``topics.toml`` as one pattern whose ``lastindex`` is 1 + the number of the cue."""
    raw = load("topics.toml")
    expect_keys(raw, ("cue",), "topics.toml")
    cues = []
    for entry in raw["cue"]:
        expect_keys(entry, ("topic", "pattern", "weak"), "topics.toml")
        if entry["topic"] not in TOPICS:
            raise DataError(f"no such topic: {entry['topic']}", remedy=f"use: {sorted(TOPICS)}", source="topics.toml")
        cues.append(TopicCue(entry["topic"], entry["pattern"], entry.get("weak", False)))
    # each with its mark behind it: where a cue begins with a group, :mod:`re` does not look at its first character before it tries it
    return compile_pattern(guarded("|".join(f"(?:{c.pattern})()" for c in cues)), "topics.toml"), tuple(cues)


@cache
def zeros_file() -> dict[str, Any]:
    """The content of ``zeros.toml``."""
    raw = load("zeros.toml")
    expect_keys(raw, ("rule", "words", "denial", "subject"), "zeros.toml")
    return raw


@cache
def zero_rules() -> tuple[ZeroRule, ...]:
    """``zeros.toml``."""
    raw = zeros_file()
    rules = []
    for entry in raw["rule"]:
        where = f"zeros.toml: {entry.get('id')}"
        expect_keys(entry, ("id", "pattern", "indicators", "unit", "topic", "context", "yes", "no"), where)
        for indicator in entry["indicators"]:
            if indicator and indicator not in codebook().indicators:
                raise DataError(f"no such indicator: {indicator}", remedy="use a code of the codebook", source=where)
        rules.append(
            ZeroRule(
                entry["id"],
                compile_pattern(expand_words(entry["pattern"], raw.get("words", {}), where), where),
                tuple(entry["indicators"]),
                entry["unit"],
                frozenset(entry.get("topic", ())),
                compile_pattern(entry["context"], where) if "context" in entry else None,
                tuple(read_example(e, where) for e in entry.get("yes", ())),
                tuple(read_example(e, where) for e in entry.get("no", ())),
            )
        )
    return tuple(rules)


@cache
def context_rules() -> Mapping[str, Pattern]:
    """``context.toml``: pattern by id."""
    raw = load("context.toml")
    expect_keys(raw, ("pattern", "part", "sibling", "inherited"), "context.toml")
    found = {}
    for entry in raw["pattern"]:
        where = f"context.toml: {entry.get('id')}"
        expect_keys(entry, ("id", "pattern", "yes", "no"), where)
        found[entry["id"]] = compile_pattern(entry["pattern"], where)
    return found


@cache
def part_rules() -> PartRules:
    """The kinds of parts of ``context.toml``."""
    raw = load("context.toml")
    unknown = [code for code in raw["inherited"] if code not in codebook().indicators]
    if unknown:
        raise DataError(f"no such indicator: {unknown[0]}", remedy="use a code of the codebook", source="context.toml")
    kinds = []
    for entry in raw["part"]:
        where = f"context.toml: {entry.get('by')}"
        expect_keys(entry, ("by", "pattern", "yes", "no"), where)
        if entry["by"] not in get_args(By):
            raise DataError(f"no such kind of part: {entry['by']}", remedy=f"use: {', '.join(get_args(By))}", source=where)
        kinds.append(PartKind(entry["by"], compile_pattern(entry["pattern"], where), tuple(entry["yes"]), tuple(entry["no"])))
    return PartRules(tuple(kinds), frozenset(raw["inherited"]))


@cache
def sibling_rules() -> tuple[SiblingRule, ...]:
    """What tells counts of one code apart that stand beside each other, of ``context.toml``."""
    found = []
    for entry in load("context.toml")["sibling"]:
        where = f"context.toml: sibling {entry.get('indicator')}"
        expect_keys(entry, ("indicator", "by", "name", "reach", "far", "yes", "no"), where)
        if entry["indicator"] not in codebook().indicators or entry["by"] not in get_args(By):
            raise DataError("no such indicator or kind of part", remedy="use codes of the codebook", source=where)
        name = compile_pattern(entry["name"], where)
        reach, far = entry.get("reach", 0), entry.get("far", False)
        found.append(SiblingRule(entry["indicator"], entry["by"], name, reach, far, tuple(entry["yes"]), tuple(entry["no"])))
    return tuple(found)
