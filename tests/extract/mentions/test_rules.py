"""Every rule of ``extract/data`` on its own examples, and what the loader refuses."""

from __future__ import annotations

import re

import pytest

from corpus.codebook import codebook
from corpus.errors import DataError
from corpus.text.normalise import normalise
from extract.mentions.context import part_kind
from extract.mentions.mentions import find_mentions
from extract.mentions.needs import begins, ends, guarded, needed
from extract.mentions.quantities import find_quantities
from extract.mentions.rule_index import number_index
from extract.mentions.rules import (
    Example,
    IndicatorRule,
    NumberRule,
    PartKind,
    SpanRule,
    ZeroRule,
    blocking,
    context_rules,
    indicator_rules,
    load,
    parse_blocking,
    parse_indicators,
    part_rules,
    units,
    zero_rules,
)
from extract.types import Mention
from models.base import Passage


def mentions_of(sentence: str) -> tuple[Mention, ...]:
    return find_mentions([Passage(0, len(sentence), sentence, "s1", ("一、总体情况",))], weighed=False)


def at(example: Example) -> list[Mention]:
    return [m for m in mentions_of(example.sentence) if m.start < example.end and example.start < m.end]


@pytest.mark.parametrize("rule", indicator_rules(), ids=lambda r: r.id)
def test_indicator_rule(rule: IndicatorRule) -> None:
    assert len(rule.yes) >= 3, "three positive examples in different wordings"
    assert rule.no, "one near miss"
    for example in rule.yes:
        assert [m.indicator for m in at(example)] == [rule.indicator], example.sentence
    for example in rule.no:
        found = at(example)
        if rule.indicator:
            assert rule.indicator not in {m.indicator for m in found}, example.sentence
        else:
            assert found, example.sentence
            assert "" not in {m.indicator for m in found}, example.sentence


@pytest.mark.parametrize("rule", zero_rules(), ids=lambda r: r.id)
def test_zero_rule(rule: ZeroRule) -> None:
    assert len(rule.yes) >= 3
    assert rule.no
    for example in rule.yes:
        found = at(example)
        assert [m.indicator for m in found] == list(rule.indicators), example.sentence
        assert {m.value for m in found} == {0}
        assert found[0].text == example.sentence[example.start : example.end]
    for example in rule.no:
        assert 0 not in {m.value for m in mentions_of(example.sentence)}, example.sentence


@pytest.mark.parametrize("rule", [*blocking().spans, *blocking().numbers], ids=lambda r: r.id)
def test_blocking_rule(rule: SpanRule | NumberRule) -> None:
    assert len(rule.yes) >= 3
    assert rule.no
    for sentence in rule.yes:
        assert not find_quantities(normalise(sentence).text), sentence
    for sentence in rule.no:
        marked = re.search(r"\{(.*?)\}", sentence)
        assert marked is not None
        text = normalise(re.sub(r"[{}]", "", sentence)).text
        assert marked[1] in [text[q.start : q.end] for q in find_quantities(text)], sentence


# what a context pattern is seen by: the mention's field and the value it gives
CONTEXT = {
    "at-least-before": ("qualifier", "at_least"), "at-least-after": ("qualifier", "at_least"),
    "about-before": ("qualifier", "about"), "about-after": ("qualifier", "about"),
    "at-most-before": ("qualifier", "at_most"), "at-most-after": ("qualifier", "at_most"),
    "prior": ("period", "prior"), "cumulative": ("period", "cumulative"), "plan": ("period", "other"),
    "less-than-a-year": ("period", "other"), "years": ("period", "cumulative"),
}  # fmt: skip


@pytest.mark.parametrize("entry", load("context.toml")["pattern"], ids=lambda e: e["id"])
def test_context_pattern(entry: dict[str, object]) -> None:
    yes, no = entry["yes"], entry["no"]
    assert isinstance(yes, list)
    assert isinstance(no, list)
    assert len(yes) >= 3
    assert no
    if entry["id"] not in CONTEXT:
        return
    field, value = CONTEXT[str(entry["id"])]
    for sentences, wanted in ((yes, True), (no, False)):
        for marked in sentences:
            start, end = marked.index("{"), marked.index("}") - 1
            plain = re.sub(r"[{}]", "", marked)
            found = [m for m in mentions_of(plain) if m.start < end and start < m.end]
            assert found, marked
            assert (getattr(found[0], field) == value) is wanted, marked


@pytest.mark.parametrize("kind", part_rules().kinds, ids=lambda k: k.by)
def test_part_kind(kind: PartKind) -> None:
    assert len(kind.yes) >= 3
    assert {part_kind(words) for words in kind.yes} == {kind.by}
    assert kind.by not in {part_kind(words) for words in kind.no}


CONTEXT_SENTENCES = [
    s
    for e in load("context.toml")["pattern"]
    if e["id"] in {"prior", "cumulative", "plan", "less-than-a-year", "years"}
    for s in e["yes"]
]
SENTENCES = [e.sentence for r in [*indicator_rules(), *zero_rules()] for e in (*r.yes, *r.no)]


@pytest.mark.parametrize(
    "pattern",
    [
        *(p for r in indicator_rules() for _, p in r.tests),
        *(r.pattern for r in zero_rules()),
        *(r.pattern for r in blocking().spans),
        *context_rules().values(),
    ],
    ids=lambda p: p.pattern[:30],
)
def test_filters_hide_no_match(pattern: re.Pattern[str]) -> None:
    """What a pattern is said to need stands in all that it matches, and the guarded pattern finds the same."""
    needs, guard = needed(pattern.pattern, {}), re.compile(guarded(pattern.pattern))
    for sentence in SENTENCES:
        text = normalise(sentence).text.replace("{", "#")
        found = [m.span() for m in pattern.finditer(text)]
        assert found == [m.span() for m in guard.finditer(text)], text
        assert not needs or all(needs & set(text[first:last]) for first, last in found), text


@pytest.mark.parametrize(
    ("pattern", "needs", "first"),
    [
        ("办结|办完", "办", "办"),
        ("(?:受理|收到)[^#]{0,4}申请", "申", "受收"),
        ("(?<!不)予以(?:公开)?", "予", "予"),
        ("[甲乙]{2}丙", "丙", "甲乙"),
        ("(?:无|没有)?诉讼", "诉", "无没诉"),
        (r"\d+件", "件", None),
        ("(?:上年)?", None, None),
        ("^(?:共|计)*#", None, "共计#"),
    ],
)
def test_needs(pattern: str, needs: str | None, first: str | None) -> None:
    assert needed(pattern, {"请": 5, "以": 5, "公": 5, "结": 5, "完": 5, "讼": 5}) == (frozenset(needs) if needs else None)
    assert begins(pattern) == (frozenset(first) if first else None)


@pytest.mark.parametrize(
    ("pattern", "last"),
    [
        ("(?:办结|办完)(?:了)?", "结完了"),
        ("第|排名", "第名"),
        ("甲(?=乙)", "甲"),
        ("[甲乙]{2}", "甲乙"),
        (r"(?:年满)\D{0,3}", None),
        ("(?:^|[。;])", None),
        ("每?(?:年|月)?", None),
    ],
)
def test_ends(pattern: str, last: str | None) -> None:
    assert ends(pattern) == (frozenset(last) if last else None)


@pytest.mark.parametrize("chinese", [True, False])
def test_the_index_of_numbers_loses_no_rule(chinese: bool) -> None:
    """Every rule stands where its number is looked up: by the character before it, behind it, behind its unit, or anywhere."""
    index = number_index(chinese)
    kept = {r.id for table in (index.before, index.after, index.behind) for rules in table.values() for r in rules}
    kept |= {r.id for _, r in index.anywhere}
    assert kept == {r.id for r in blocking().numbers if r.numeral in {"any", "chinese" if chinese else "arabic"}}


def test_a_sentence_of_another_period_holds_a_timed_word() -> None:
    """Where ``timed`` finds nothing no pattern may set another period than the year."""
    asked = 0
    for rule in CONTEXT_SENTENCES:
        text = normalise(re.sub(r"[{}]", "", rule)).text
        if any(m.period != "year" for m in mentions_of(text)):
            asked += 1
            assert context_rules()["timed"].search(text), text
    assert asked > 8


WITHOUT_RULES = {
    "request.disclosed", "request.timely_rate", "dispute.total", "regulation.made", "decision.licence", "decision.penalty",
    "decision.coercion", "fee.administrative", "disclosure.othermedia", "interpretation.opinions", "platform.followers",
}  # fmt: skip


def test_every_indicator_is_reachable() -> None:
    reached = {rule.indicator for rule in indicator_rules()}
    assert set(codebook().indicators) - reached <= WITHOUT_RULES


def test_every_context_pattern_is_used() -> None:
    assert set(CONTEXT) <= set(context_rules())


def test_unit_groups_name_known_units() -> None:
    raw = load("units.toml")
    known = {*raw["words"], *raw["arabic"], *raw["percent"], "", "万元"}
    for name, group in units().groups.items():
        assert group <= known, name


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "x", "indicator": "no.such", "units": ["件"]},
        {"id": "x", "indicator": "growth", "units": ["@nogroup"]},
        {"id": "x", "indicator": "growth", "units": ["%"], "topic": ["weather"]},
        {"id": "x", "indicator": "growth", "units": ["%"], "colour": "red"},
        {"id": "x", "indicator": "growth", "units": ["%"], "own": "("},
        {"id": "x", "indicator": "growth", "units": ["%"], "own": "<nowords>"},
        {"id": "x", "indicator": "growth", "units": ["%"], "yes": ["无标记。"]},
    ],
)
def test_bad_rules_are_refused(entry: dict[str, object]) -> None:
    def used() -> None:
        (rule,) = parse_indicators({"rule": [entry]}, "test.toml", units().groups)
        rule.tests[0][1].search("")  # compiled when it is first asked

    with pytest.raises(DataError, match=r"x"):
        used()


def test_unknown_keys_of_blocking_are_refused() -> None:
    with pytest.raises(DataError, match="colour"):
        parse_blocking({"span": [{"id": "x", "pattern": "a", "colour": 1}]}, "test.toml")
