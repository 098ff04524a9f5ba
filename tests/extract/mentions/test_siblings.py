"""Counts of one code beside each other without a sum are parts."""

from __future__ import annotations

import re

import pytest

from extract.mentions.mentions import find_mentions
from extract.mentions.rules import SiblingRule, sibling_rules
from models.base import Passage


def scopes_of(sentence: str, rule: SiblingRule) -> tuple[list[tuple[str, str]], int]:
    """Text and scope of the mentions of the rule's code, and how many are marked in the sentence."""
    plain = re.sub(r"[{}]", "", sentence)
    path = ("一、总体情况", "（一）主动公开情况")
    found = find_mentions([Passage(0, len(plain), plain, "s1", path, 0, 0, 0)])
    return [(m.text, m.scope) for m in found if m.indicator == rule.indicator], sentence.count("{")


@pytest.mark.parametrize("rule", sibling_rules(), ids=lambda r: r.indicator)
def test_examples(rule: SiblingRule) -> None:
    assert len(rule.yes) >= 3
    assert rule.no
    for sentence in rule.yes:
        found, marked = scopes_of(sentence, rule)
        assert [scope for _, scope in found] == ["part"] * marked, (sentence, found)
    for sentence in rule.no:
        found, _ = scopes_of(sentence, rule)
        assert all(scope == "total" for _, scope in found), (sentence, found)


@pytest.mark.parametrize(
    "sentence",
    [
        "全年在市政府网站公开信息48条，在镇门户网站公开7条，门户网站合计公开55条。",
        "通过门户网站公开政府信息48条，比上年门户网站公开的50条减少2条。",
        "在县政府网站公开信息48条。县政府网站公开信息48条。",
    ],
)
def test_sums_comparisons_and_restatements_are_no_siblings(sentence: str) -> None:
    found = find_mentions([Passage(0, len(sentence), sentence, "s1", ("一、总体情况", "（一）主动公开情况"), 0, 0, 0)])
    assert any(m.scope == "total" and m.indicator == "disclosure.website" for m in found), [
        (m.text, m.indicator, m.scope) for m in found
    ]


@pytest.mark.parametrize(
    ("sentence", "scopes"),
    [
        ("上年结转申请5件，均已办结，其中予以公开3件，不予公开2件。", "total part part"),
        ("上年度结转的5件申请中，予以公开3件、无法提供2件。", "total part part"),
        ("全年新收申请30件，上年结转5件（予以公开3件、无法提供2件）。", "total total part part"),
        ("收到申请30件，上年结转5件，答复33件，其中予以公开20件，不予公开13件。", "total total total total total"),
        ("收到申请30件，上年结转5件，其中予以公开4件，结转下年4件。", "total total total total"),
        ("上年结转申请5件，其中予以公开20件。", "total total"),
    ],
)
def test_outcomes_of_requests_carried_over_are_no_totals(sentence: str, scopes: str) -> None:
    found = find_mentions([Passage(0, len(sentence), sentence, "s1", ("一、总体情况", "（二）依申请公开情况"), 0, 0, 0)])
    assert " ".join(m.scope for m in found) == scopes
    assert {m.whole for m in found if m.scope == "part"} <= {m.key for m in found if m.indicator == "request.carried_in"}
