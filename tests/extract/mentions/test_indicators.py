"""Sentences of ``tests/data/sentences.txt`` with every field of their mentions, and what holds across passages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.mentions.mentions import find_mentions
from models.base import Passage

SENTENCES = Path(__file__).resolve().parents[2] / "data" / "sentences.txt"


@dataclass(frozen=True, slots=True)
class Truth:
    start: int
    end: int
    value: Decimal
    unit: str
    indicator: str
    qualifier: str
    scope: str
    by: str | None
    period: str


def read_marks(line: str) -> tuple[str, list[Truth]]:
    text, truths, last = "", [], 0
    for mark in re.finditer(r"\{([^}]*)\}", line):
        text += line[last : mark.start()]
        last = mark.end()
        quote, indicators, *pairs = mark[1].split("|")
        fields = dict(pair.split("=", 1) for pair in pairs)
        number = re.match(r"[\d.,]+", quote)
        digits = number[0] if number else ""
        for indicator in indicators.split(" & "):
            truths.append(
                Truth(
                    len(text),
                    len(text) + len(quote),
                    Decimal(fields.get("value", digits.replace(",", ""))),
                    fields.get("unit", quote[len(digits) :]),
                    indicator,
                    fields.get("qualifier", "exact"),
                    fields.get("scope", "total"),
                    fields.get("by"),
                    fields.get("period", "year"),
                )
            )
        text += quote
    return text + line[last:], truths


def passage(text: str, *, start: int = 0, index: int = 0, section: str = "s1", headings: tuple[str, ...] = ()) -> Passage:
    return Passage(start, start + len(text), text, section, ("一、总体情况", *headings), index)


LINES = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_sentence(line: str) -> None:
    heading, _, marked = line.rpartition(" | ")
    text, truths = read_marks(marked)
    found = [
        Truth(m.start, m.end, m.value, m.unit, m.indicator, m.qualifier, m.scope, m.by if m.scope == "part" else None, m.period)
        for m in find_mentions([passage(text, headings=(heading,) if heading else ())], weighed=False)
    ]
    assert found == truths


def test_offsets_are_canonical() -> None:
    text = "全年收到公开申请 12 件。"
    (mention,) = find_mentions([passage(text, start=500, index=7)], weighed=False)
    assert (mention.start, mention.end, mention.text, mention.passage) == (509, 513, "12 件", 7)
    assert mention.key == "m509"


def test_line_break_inside() -> None:
    (mention,) = find_mentions([passage("全年收到公开申请1\n2件。")], weighed=False)
    assert (mention.text, mention.value) == ("1\n2件", Decimal(12))


def test_two_subjects_of_one_span() -> None:
    first, second = find_mentions([passage("热线工单按时办结率和群众满意率都为100%。")], weighed=False)
    assert (first.start, first.end) == (second.start, second.end)
    assert (first.key, second.key) == (f"m{first.start}", f"m{first.start}.2")
    assert [m.indicator for m in (first, second)] == ["hotline.completion_rate", "hotline.satisfaction_rate"]


@pytest.mark.parametrize(
    ("text", "step"),
    [("公开信息14万余条。", "10000"), ("公开信息1400余条。", "100"), ("公开信息近3.5万条。", "1000"), ("公开信息388条。", "1")],
)
def test_step(text: str, step: str) -> None:
    (mention,) = find_mentions([passage(text)], weighed=False)
    assert mention.step == Decimal(step)


def test_parts_name_their_whole() -> None:
    whole, first, second = find_mentions([passage("全年收到公开申请12件（网络8件、信函4件）。")], weighed=False)
    assert {first.whole, second.whole} == {whole.key}
    assert {first.scope, second.scope} == {"part"}


def test_parts_that_exceed_their_whole_stay_parts() -> None:
    mentions = find_mentions([passage("全年收到公开申请12件（自然人10件、商业企业5件）。")], weighed=False)
    assert [m.scope for m in mentions] == ["total", "part", "part"]


def test_of_which_goes_back_to_the_passage_before() -> None:
    first, second = "全年受理热线诉求900件。", "其中涉及物业的诉求300件。"
    whole, part = find_mentions([passage(first), passage(second, start=len(first), index=1)], weighed=False)
    assert (part.indicator, part.scope, part.whole) == ("hotline.accepted", "part", whole.key)


def test_of_which_passes_over_a_rate() -> None:
    """收到40件，同比增长5%。其中，网上30件、信函10件: parts of the forty, not of the rate."""
    first = passage("全年收到公开申请40件，同比增长5%。")
    second = passage("其中，网上申请30件、信函申请10件。", start=first.end, index=1)
    whole, _, *parts = find_mentions([first, second], weighed=False)
    assert [(p.scope, p.by, p.whole) for p in parts] == [("part", "channel", whole.key)] * 2


def test_a_message_board_is_not_the_hotline_of_the_passage_before() -> None:
    first = passage("12345热线受理诉求40件。")
    second = passage("网上留言板回复网民留言18条，回复率100%。", start=first.end, index=1)
    assert [m.indicator for m in find_mentions([first, second], weighed=False)] == ["hotline.accepted", "mail.handled", ""]


def test_topic_goes_on_in_the_next_passage() -> None:
    first, second = "全年收到政府信息公开申请9件。", "其中，予以公开5件、部分公开4件。"
    _, *results = find_mentions([passage(first), passage(second, start=len(first), index=1)], weighed=False)
    assert [(m.indicator, m.scope) for m in results] == [("request.granted", "total"), ("request.partial", "total")]


def test_heading_sets_the_topic() -> None:
    (rate,) = find_mentions([passage("按时办结率达99.2%。", headings=("（四）12345热线办理情况",))], weighed=False)
    assert rate.indicator == "hotline.completion_rate"
    (rate,) = find_mentions([passage("按时办结率达99.2%。", headings=("（四）建议提案办理情况",))], weighed=False)
    assert rate.indicator == "proposal.completion_rate"


def test_disputes_of_another_trade() -> None:
    mentions = find_mentions([passage("市复议局履行行政复议职责，受理行政复议案件268件，维持120件。")], weighed=False)
    assert not [m for m in mentions if m.indicator.startswith("review")]


def test_plans_are_of_another_period() -> None:
    lead, plan = "下一步，我局将从以下方面改进：", "（二）举办业务培训4次；"
    (mention,) = find_mentions(
        [passage(lead, section="s5"), passage(plan, start=len(lead), index=1, section="s5")], weighed=False
    )
    assert mention.period == "other"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(
            alphabet="0123456789一二两十百千万亿.,，。；（）《》“”%件条次申请公开其中未无收到信息分别和率为年 \n第", max_size=40
        ),
        max_size=4,
    )
)
def test_any_text(texts: list[str]) -> None:
    passages, start = [], 0
    for index, text in enumerate(texts):
        passages.append(passage(text, start=start, index=index))
        start += len(text) + 1
    canonical = "\n".join(texts)
    keys = [m.key for m in find_mentions(passages)]
    assert len(keys) == len(set(keys))
    for mention in find_mentions(passages):
        assert canonical[mention.start : mention.end] == mention.text
        assert mention.step > 0


@pytest.mark.parametrize(
    ("heading", "text", "indicator"),
    [
        ("（一）网站主动公开情况", "全年发布各类信息247条。", "disclosure.website"),
        ("1.网站信息公开情况", "2022年我局主动公开信息共计126条。", "disclosure.website"),
        ("（二）网站、微信信息发布情况", "全年发布各类信息247条。", "disclosure.total"),
        ("（一）主动公开情况", "全年发布各类信息247条。", "disclosure.total"),
    ],
)
def test_only_channel_of_a_heading(heading: str, text: str, indicator: str) -> None:
    (mention,) = find_mentions([passage(text, headings=(heading,))], weighed=False)
    assert mention.indicator == indicator
