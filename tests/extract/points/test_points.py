"""Points: every rule on its own examples, clauses and their offsets, states, and how well the coded passages are met."""

from __future__ import annotations

import copy
import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from corpus.errors import DataError
from corpus.text.normalise import normalise
from extract.points.points import Coded, LinearScorer, clauses_of, points_of
from extract.points.rules import PointRule, parse_rules, point_rules
from models.linear_folder import load
from training.shipped.points_eval import DATA, ItemScore, gold_facets, load_points, pairs, parse_line, predicted

RULES = point_rules().all


def clause(text: str) -> str:
    return normalise(text).text


def first(rule: PointRule, text: str) -> str | None:
    """What the ordered rules of a section say of a clause."""
    return next((r.finds for r in RULES if r.section == rule.section and r.pattern.search(clause(text))), None)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r.section}-{r.finds}-{r.yes[0]}")
def test_rule_on_its_examples(rule: PointRule) -> None:
    for text in rule.yes:
        assert rule.pattern.search(clause(text)), text
    if rule.section in {"locus", "status"}:  # the first rule that is found decides
        assert [first(rule, t) for t in rule.yes] == [rule.finds] * len(rule.yes)
        assert rule.finds not in [first(rule, t) for t in rule.no]
    else:
        assert not [t for t in rule.no if rule.pattern.search(clause(t))]


def raw_rules() -> dict[str, Any]:
    return tomllib.loads(files("extract").joinpath("data/points.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(colour=[]), "colour"),
        (lambda r: r["facet"][0].update(weight=2), "weight"),
        (lambda r: r["facet"][0].update(facet="speed"), "speed"),
        (lambda r: r["status"][0].update(pattern="("), "compile"),
        (lambda r: r["locus"][0].update(yes=["一", "二"]), "examples"),
        (lambda r: r["facet"].pop(), "general"),
        (lambda r: r["inherited"].update(locus=["nobody"]), "nobody"),
    ],
)
def test_broken_rules_are_refused(change: Any, message: str) -> None:
    raw = copy.deepcopy(raw_rules())
    change(raw)
    with pytest.raises(DataError, match=message):
        parse_rules(raw)


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("problem", "一是能力有待提高，形式不够丰富、内容不够全面。", ["能力有待提高", "形式不够丰富", "内容不够全面"]),
        ("problem", "群众常问这张表给谁看？”解读还不够通俗，更新慢。", ["群众常问这张表给谁看", "解读还不够通俗", "更新慢"]),
        ("problem", "存在“先审查、后公开”把关不严，“一发了之。", ['存在"先审查、后公开"把关不严', "一发了之"]),
        ("problem", "……”", []),
        ("problem", "公开的广度、深度和形式不够。", ["公开的广度、深度和形式不够"]),
        ("improvement", "（1）丰富内容、拓宽渠道；2、完善制度。", ["丰富内容", "拓宽渠道", "完善制度"]),
        ("problem", "同时，更新不及时。", ["同时,更新不及时"]),
        ("improvement", "坚持“先审查，后公开”，防止泄密。", ['坚持"先审查,后公开"', "防止泄密"]),
        ("problem", "更新不及时", ["更新不及时"]),
        ("problem", "。", []),
    ],
)
def test_clauses(label: str, text: str, expected: list[str]) -> None:
    found = clauses_of(text, 100, label)
    assert [c.text for c in found] == expected
    for c in found:
        assert clause(text[c.start - 100 : c.end - 100]) == c.text


def coded(
    text: str, *facets: str, label: str = "problem", start: int = 0, report: str = "r", path: tuple[str, ...] = ()
) -> Coded:
    return Coded(report, start, text, label, facets, path)


def shown(passages: list[Coded]) -> list[tuple[str, str, str, bool]]:
    out = []
    for p in points_of(passages):
        own = passages[p.passage]
        out.append((p.facet, own.text[p.start - own.start : p.end - own.start], str(p.locus or p.status), p.concrete))
    return out


def test_example_of_the_codebook_gives_four_points() -> None:
    text = "能力有待提高，形式不够丰富、内容不够全面，时效性有待提高"
    assert shown([coded(text, "capacity", "format", "content", "timeliness")]) == [
        ("capacity", "能力有待提高", "unstated", False),
        ("format", "形式不够丰富", "unstated", False),
        ("content", "内容不够全面", "unstated", False),
        ("timeliness", "时效性有待提高", "unstated", False),
    ]


def test_two_facets_of_one_clause_and_one_facet_of_two() -> None:
    assert [(f, c) for f, c, _, _ in shown([coded("公开内容、形式还不够丰富。", "content", "format")])] == [
        ("content", "公开内容、形式还不够丰富"),
        ("format", "公开内容、形式还不够丰富"),
    ]
    assert [c for _, c, _, _ in shown([coded("思想认识不够，主动公开意识不强。", "awareness")])] == [
        "思想认识不够",
        "主动公开意识不强",
    ]


def test_offsets_are_those_of_the_report() -> None:
    found = points_of([coded("一是更新不及时。", "timeliness", start=40)])
    assert [(p.start, p.end) for p in found] == [(42, 47)]


def test_passages_of_other_labels_have_no_points() -> None:
    assert points_of([coded("全年更新信息80条。", label="disclosure")]) == []


def test_concession_and_what_is_answered_show_nothing_beside_other_clauses() -> None:
    assert [c for _, c, _, _ in shown([coded("虽然内容有所丰富，但公开内容仍不够全面。", "content")])] == [
        "但公开内容仍不够全面"
    ]
    found = shown([coded("针对更新不及时的问题，安排专人负责。", "timeliness", "capacity", label="improvement")])
    assert [(f, c) for f, c, _, _ in found] == [("timeliness", "针对更新不及时的问题"), ("capacity", "安排专人负责")]


def test_a_clause_that_alone_shows_another_facet_is_left_to_it() -> None:
    found = shown([coded("内容不够全面，政策解读质量不高。", "content", "interpretation")])
    assert [(f, c) for f, c, _, _ in found] == [("content", "内容不够全面"), ("interpretation", "政策解读质量不高")]


def test_facets_without_a_classifier_are_those_of_cues() -> None:
    assert {f for f, _, _, _ in shown([coded("热线接通率不高。")])} == {"service"}
    assert {f for f, _, _, _ in shown([coded("工作仍有一些不足。")])} == {"general"}


def test_facet_without_cue_goes_to_the_clause_that_shows_nothing_else() -> None:
    found = shown([coded("人手不足，干活全凭一腔热乎劲儿。", "capacity", "platform")])
    assert ("platform", "干活全凭一腔热乎劲儿", "unstated", False) in found


def test_facet_without_cue_goes_where_the_model_says() -> None:
    passage = coded("这里说的是天气，这里说的是收文。", "request")

    def scorer(clauses: Any, facets: Any) -> Any:
        import numpy as np

        assert facets == ["request"]
        return np.array([[1.0 if "收文" in c else 0.0] for c in clauses], dtype=np.float32)

    assert [(p.start, p.end) for p in points_of([passage], scorer)] == [(8, 15)]


@pytest.mark.parametrize(
    ("text", "loci"),
    [
        ("部分乡镇人员更换频繁，能力不足。", ["subordinate", "subordinate"]),
        ("部分乡镇人员更换频繁；能力不足。", ["subordinate", "unstated"]),
        ("群众参与度不高，业务人员能力不足。", ["self"]),
        ("我局人手不足，同时能力不足。", ["self", "unstated"]),
        ("民警能力不足，内容生疏。", ["self", "unstated"]),
        ("我局能力不足，内容生疏。", ["self", "self"]),
    ],
)
def test_locus_of_a_clause_that_names_nobody(text: str, loci: list[str]) -> None:
    assert [x for f, _, x, _ in shown([coded(text, "capacity")]) if f == "capacity"] == loci


def test_status_is_carried_by_lead_ins_and_ends_with_the_heading() -> None:
    lead = coded("全年，我局开展了以下整改：", "general", label="improvement", path=("改进情况",))
    item = coded("一是加强培训；", "capacity", label="improvement", start=20, path=("改进情况",))
    other = coded("二是加强培训。", "capacity", label="improvement", start=40, path=("下一步打算",))
    assert [s for _, _, s, _ in shown([lead, item, other])] == ["done", "done", "planned"]
    assert [s for _, _, s, _ in shown([lead, coded("加强培训。", "capacity", label="improvement", report="s")])] == [
        "done",
        "planned",
    ]


def test_status_marker_of_a_clause_wins() -> None:
    text = "已修复链接，下一步优化栏目，目前正在改版。"
    assert [s for _, _, s, _ in shown([coded(text, "platform", label="improvement")])] == ["done", "planned", "ongoing"]


@pytest.mark.parametrize("part", ["dev", "held"])
def test_coded_passages_are_met(part: str) -> None:
    truth = load_points(DATA / f"points_{part}.txt")
    assert len(truth.passages) >= 80
    model = load()
    scorer = LinearScorer(model)
    given = points_of(truth.passages, scorer)
    for number, passage in enumerate(truth.passages):
        own = [p for p in given if p.passage == number]
        assert {p.facet for p in own} == set(passage.facets), passage.text
        assert all(passage.start <= p.start < p.end <= passage.start + len(passage.text) for p in own)
        assert all(
            (p.locus is None) == (passage.label == "improvement") and (p.status is None) == (p.locus is not None) for p in own
        )
    assert ItemScore(len(pairs(given, truth.points)), len(given), len(truth.points)).f1 > 0.88
    found = points_of(predicted(truth.passages, model), scorer)
    assert ItemScore(len(pairs(found, truth.points)), len(found), len(truth.points)).f1 > 0.75


def test_widths_and_spaces_change_nothing() -> None:
    truth = load_points(DATA / "points_dev.txt")
    folded = [Coded(p.report_id, 0, p.text, p.label, p.facets, p.heading_path) for p in truth.passages]
    spaced = [
        Coded(
            p.report_id,
            0,
            re.sub(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", " ", p.text).translate({0xFF0C: ","}),
            p.label,
            p.facets,
            p.heading_path,
        )
        for p in truth.passages
    ]
    a, b = points_of(folded), points_of(spaced)
    assert [(p.passage, p.facet, p.status, p.locus, p.concrete) for p in a] == [
        (p.passage, p.facet, p.status, p.locus, p.concrete) for p in b
    ]
    assert [clause(folded[p.passage].text[p.start : p.end]) for p in a] == [
        clause(spaced[p.passage].text[p.start : p.end]) for p in b
    ]


@pytest.mark.parametrize(
    "line", ["X 更新慢", "P {speed self|更新慢}", "P {timeliness done|更新慢}", "I {timeliness done|更新", "P 更新慢"]
)
def test_broken_truth_is_refused(line: str) -> None:
    with pytest.raises(DataError, match="here"):
        parse_line(line, "here")


def test_facets_of_the_gold_are_kept(shared: Any) -> None:
    said: list[str] = []
    gold_facets(shared / "gold", load(), said.append)
    assert "F1 1.000" in said[-1]
