"""What a count is part of: over sentence ends, in parentheses in parentheses, lists that exhaust their whole; and what is no part."""

from __future__ import annotations

import pytest

from extract.mentions.context import part_kind
from extract.mentions.mentions import find_mentions
from models.base import Passage

# passages joined by `⏎`, and for each mention `text > whole` (nothing behind `>` where it is no part)
ROWS = [
    ("全年收到公开申请40件。⏎其中，网上申请30件、信函申请10件。", ["40件 >", "30件 > 40件", "10件 > 40件"]),
    ("收到公开申请40件，同比增长5%。⏎其中，自然人30件、企业10件。", ["40件 >", "5% >", "30件 > 40件", "10件 > 40件"]),
    ("主动公开政府信息2139条。⏎其中，网站公开1200条，微信公开960条。", ["2139条 >", "1200条 > 2139条", "960条 > 2139条"]),
    ("全年收到公开申请23件，已答复23件。", ["23件 >", "23件 >"]),
    ("办结公开申请40件（含上年结转5件）。", ["40件 >", "5件 >"]),
    ("受理公开申请60件，办结52件、结转8件。", ["60件 >", "52件 > 60件", "8件 > 60件"]),
    ("受理公开申请300件（甲县（市）120件、乙区180件）。", ["300件 >", "120件 > 300件", "180件 > 300件"]),
    ("公开信息960条（县政府办310条（含政策文件40条）、水务局650条）。", ["960条 >", "310条 > 960条", "40条 > 310条", "650条 > 960条"]),
    ("收到人大建议12件、政协提案30件，共42件。", ["12件 > 42件", "30件 > 42件", "42件 >"]),
    ("公开信息43条，包括财政信息6条，征收与补偿领域信息20条，住房信息17条。", ["43条 >", "6条 > 43条", "20条 > 43条", "17条 > 43条"]),
    ("办结公开申请，其中予以公开或部分公开59件、占45%；不予公开32件、占25%。", ["59件 >", "45% >", "32件 >", "25% >"]),
    ("收到公开申请120件，网上70件（58.3%），当面50件（41.7%）。", ["120件 >", "70件 > 120件", "58.3% >", "50件 > 120件", "41.7% >"]),
    # a sentence of its own whose counts make up the total before it, or which says that it takes that apart
    ("全年主动公开政府信息75条。⏎网站公开60条，公众号公开15条。", ["75条 >", "60条 > 75条", "15条 > 75条"]),
    ("全年主动公开政府信息75条。⏎网站公开60条，公众号公开16条。", ["75条 >", "60条 >", "16条 >"]),
    ("公开政府信息90条。⏎在主动公开的信息中，机构职能类14条，通知公告类30条。", ["90条 >", "14条 > 90条", "30条 > 90条"]),
    ("公开政府信息90条。⏎分平台来看，政府网站60条，微信公众号20条。", ["90条 >", "60条 > 90条", "20条 > 90条"]),
    # shares tell whose they are, also over a sentence; two that fit or one of two decimals
    (
        "公开信息80条，目前总计公开3000条。⏎栏目更新及时。⏎政策法规类12条，占总体的15%；规划计划类4条，占5%。",
        ["80条 >", "3000条 >", "12条 > 80条", "15% >", "4条 > 80条", "5% >"],
    ),
    ("办理公开申请106件，均按时答复。⏎予以公开和部分公开45件，占42.45%。", ["106件 >", "45件 > 106件", "42.45% >"]),
    ("办理公开申请106件，均按时答复。⏎予以公开和部分公开45件，占42%。", ["106件 >", "45件 >", "42% >"]),
    ("办理公开申请106件，均按时答复。⏎予以公开和部分公开45件，占61.35%。", ["106件 >", "45件 >", "61.35% >"]),
    # of two counts before a list the one that it makes up
    ("公开信息75条，制发文件90条。⏎其中，网站公开60条，公众号公开15条。", ["75条 >", "90条 >", "60条 > 75条", "15条 > 75条"]),
    # what was answered, and in parentheses what was not yet
    ("受理公开申请60件，期限内答复52件（结转下年度8件）。", ["60件 >", "52件 > 60件", "8件 > 60件"]),
    ("2024年度受理公开申请60件，期限内答复52件（结转到2025年8件）。", ["60件 >", "52件 > 60件", "8件 > 60件"]),
    # outcomes of what came in and what was carried over together are part of neither
    ("新收公开申请30件，上年结转5件。⏎其中，予以公开20件，不予公开15件。", ["30件 >", "5件 >", "20件 >", "15件 >"]),
    # more than both together is no sum of both, but one that fails
    ("新收公开申请30件，上年结转2件。⏎其中，予以公开20件，不予公开15件。", ["30件 >", "2件 >", "20件 > 30件", "15件 > 30件"]),
    ("收到公开申请30件，其中予以公开20件，不予公开15件。", ["30件 >", "20件 > 30件", "15件 > 30件"]),
    ("新收公开申请36件，上年结转5件。⏎其中，予以公开20件，不予公开15件。", ["36件 >", "5件 >", "20件 > 36件", "15件 > 36件"]),
    ("受理公开申请60件，期限内答复52件（结转下年度9件）。", ["60件 >", "52件 >", "9件 >"]),
    # two disputes side by side, each with its own outcomes
    (
        "因信息公开引发行政复议50件、行政诉讼20件，其中维持的有30件行政复议、9件行政诉讼，纠正的有2件行政复议。",
        ["50件 >", "20件 >", "30件 > 50件", "9件 > 20件", "2件 > 50件"],
    ),
    # a total of its own, and another thing counted, are no whole
    ("村级公开信息82条。⏎在主动公开的信息中，累计公开政府信息32条，规划计划类4条。", ["82条 >", "32条 >", "4条 >"]),
    ("政务微博公开信息26条，抖音号公开信息8条，今日头条公开信息18条。", ["26条 >", "8条 >", "18条 >"]),
    ("网站全年浏览量12984人次。⏎公开类型包括：规划计划类8条，行政处罚类9条。", ["12984人次 >", "8条 >", "9条 >"]),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_whole(texts: str, expected: list[str]) -> None:
    passages: list[Passage] = []
    at = 0
    for i, text in enumerate(texts.split("⏎")):
        passages.append(Passage(at, at + len(text), text, "s1", ("一、总体情况",), i, i, 1))
        at += len(text) + 1
    mentions = find_mentions(passages)
    printed = {m.key: m.text for m in mentions}
    assert [f"{m.text} > {printed[m.whole] if m.whole else ''}".strip() for m in mentions] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # each kind of information is a total of its kind, also within a wider kind; of one code only bodies and the like are parts
        (
            "全年公开重点领域信息80条，其中教育类信息30条、医疗类信息50条。",
            ["80条 total", "30条 total topic", "50条 total topic"],
        ),
        ("公开行政执法信息80条（县水务局30条、县林业局50条）。", ["80条 total", "30条 part body", "50条 part body"]),
        ("全年收到公开申请40件，其中网上申请30件、信函申请10件。", ["40件 total", "30件 part channel", "10件 part channel"]),
        # where no word tells what they are parts by, the whole does
        ("全年办理答复公开申请61件，其中发出告知书59件，撤件2件。", ["61件 total", "59件 part outcome", "2件 part outcome"]),
        ("在媒体刊登新闻15条，其中《江南日报》9条、人民网6条。", ["15条 total", "9条 part channel", "6条 part channel"]),
        ("受理网民来信50件，其中省长信箱30件、厅长信箱20件。", ["50件 total", "30件 part channel", "20件 part channel"]),
        # of a sum over years what is new is of this year, and its total
        ("历年累计公开政府信息900条（2022年新增40条）。", ["900条 total", "40条 total topic"]),
    ],
)
def test_scope_of_kinds(text: str, expected: list[str]) -> None:
    found = find_mentions([Passage(0, len(text), text, "s1", ("一、总体情况",), 0, 0, 1)])
    assert [" ".join(filter(None, (m.text, m.scope, m.by))) for m in found] == expected


def test_a_rate_behind_a_count_is_its_share() -> None:
    text = "收到公开申请120件，其中网上申请70件（58.3%）。"
    found = find_mentions([Passage(0, len(text), text, "s1")])
    assert [m.indicator for m in found if m.unit == "%"] == ["share"]


@pytest.mark.parametrize("words", ["甲县(市)", "各县(市、区)", "乙区"])
def test_a_county_with_its_other_name_is_a_body(words: str) -> None:
    assert part_kind(words) == "body"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "因信息公开引发行政复议50件、行政诉讼20件，其中9件行政复议、8件行政诉讼还没有审结。",
            "review.pending litigation.pending",
        ),
        ("因信息公开引发行政复议50件、行政诉讼20件，其中维持的有9件行政复议、8件行政诉讼。", "review.upheld litigation.upheld"),
        ("因信息公开引发行政复议50件、行政诉讼20件，其中9件行政复议、8件行政诉讼已经审结。", "review.total litigation.total"),
    ],
)
def test_what_became_of_disputes_named_together(text: str, expected: str) -> None:
    found = find_mentions([Passage(0, len(text), text, "s4", ("四、行政复议、行政诉讼情况",), 0, 0, 1)])
    assert " ".join(m.indicator for m in found[2:]) == expected
