"""The keyword baseline: every rule finds its own examples, and predictions name their reasons."""

from __future__ import annotations

import pytest

from corpus.codebook import codebook
from corpus.errors import DataError
from models.base import Passage
from models.features import clean, clean_heading
from models.keywords import KeywordClassifier, KeywordRule, _rule, keyword_rules


@pytest.mark.parametrize("rule", keyword_rules(), ids=lambda r: r.id)
def test_rule_finds_its_examples(rule: KeywordRule) -> None:
    see = clean if rule.where == "text" else clean_heading
    assert rule.yes
    assert rule.no
    assert all(rule.cue.search(see(t)) for t in rule.yes)
    assert not any(rule.cue.search(see(t)) for t in rule.no)


def test_every_label_and_every_concrete_facet_has_a_rule() -> None:
    assert {r.label for r in keyword_rules()} - {""} == set(codebook().labels)
    assert {r.facet for r in keyword_rules()} - {""} == set(codebook().facets) - {"general"}


def passage(text: str, section: str | None = "s1", *headings: str) -> Passage:
    own = ("一、总体情况",) if section not in {None, "preamble"} else ()
    return Passage(0, len(text), text, section, own + headings)


@pytest.mark.parametrize(
    ("given", "label", "facets"),
    [
        (passage("全年主动公开各类信息６１０条。"), "disclosure", ()),
        (passage("共收到信息公开申请7件，均已答复。"), "request", ()),
        (passage("修订公开指南和目录。"), "management", ()),
        (passage("公开形式比较单一，更新不及时。", "s5"), "problem", {"format", "timeliness"}),
        (passage("下一步将加强业务培训。", "s5"), "improvement", {"capacity"}),
        (passage("还有一些不足。", "s5"), "problem", {"general"}),
        (passage("无。", "s6"), "other", ()),
        (passage("按照有关规定编制本报告。", "preamble"), "boilerplate", ()),
    ],
)
def test_labels(given: Passage, label: str, facets: object) -> None:
    (found,) = KeywordClassifier().predict([given])
    assert found.label == label
    assert set(found.facets) == set(facets or ())  # type: ignore[call-overload]
    assert found.score is None
    assert not found.abstained


def test_reasons_name_rule_and_words() -> None:
    reasons = KeywordClassifier().explain(passage("举办业务培训两次。"))
    assert ("supervision-words", "培训") in [(r.rule, r.words) for r in reasons]


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "x", "label": "disclosure", "cue": "a", "yes": [], "no": [], "wieght": 2},
        {"id": "x", "label": "nonsense", "cue": "a", "yes": [], "no": []},
        {"id": "x", "label": "disclosure", "facet": "content", "cue": "a", "yes": [], "no": []},
        {"id": "x", "label": "disclosure", "cue": "(", "yes": [], "no": []},
        {"id": "x", "label": "disclosure", "cue": "a", "section": ["s9"], "yes": [], "no": []},
    ],
)
def test_broken_rules_are_refused(broken: dict[str, object]) -> None:
    with pytest.raises(DataError):
        _rule(broken)
