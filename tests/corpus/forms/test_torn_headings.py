"""Headings of table 4 that a converter tore, and lines of prose that end where no line of a paragraph would."""

from __future__ import annotations

import pytest

from corpus.readers.plain.lines import Line
from corpus.readers.plain.torn_headings import mend_outcome_headings
from corpus.text.canonical import mend
from corpus.types import Paragraph, Place
from tests.support.helpers_tables import cells

VALUES = "7 2 1 0 10 2 0 0 1 3 4 0 0 0 4"
EXPECTED = dict(
    zip(
        (
            f"t4.{suit}.{leaf}"
            for suit in ("review", "suit_direct", "suit_after_review")
            for leaf in ("upheld", "corrected", "other", "pending", "total")
        ),
        VALUES.split(),
        strict=True,
    )
)
TORN = {
    "two by two": """行政复议 行政诉讼
结果 结果 其他 尚未 总计 未经 复议
维持 纠正 结果 审结 复议直接起诉 后起诉
结果 结果 其他 尚未 总计 结果 结果 其他 尚未 总计
维持 纠正 结果 审结 维持 纠正 结果 审结""",
    "a scrap a line": (
        "行政复议 行政诉讼 结果 维持 结果 纠正 其他 结果 尚未 审结 总计 未经复议 直接起诉 复议后 起诉 "
        "结果 维持 结果 纠正 其他 结果 尚未 审结 总计 结果 维持 结果 纠正 其他 结果 尚未 审结 总计"
    ).replace(" ", "\n"),
    "three characters a line": """行政复议   行政诉讼
结果维 结果纠 其他结 尚未审 总计 未经复议直接起诉 复议后起诉
持 正 果 结
结果维 结果纠 其他结 尚未审 总计 结果维 结果纠 其他结 尚未审 总计
持 正 果 结 持 正 果 结""",
}


def report(headings: str, between: str = "") -> str:
    return f"青禾县水利局2023年政府信息公开工作年度报告\n四、政府信息公开行政复议、行政诉讼情况\n{headings}\n{between}{VALUES}\n五、存在的主要问题及改进情况\n更新偏慢。\n"


@pytest.mark.parametrize(
    "between", ["", "\n— 4 —\n\n", "\n- 4 -\n", "\n\n\n\n\n4\n"], ids=["together", "page", "dashes", "gap"]
)
@pytest.mark.parametrize("headings", TORN.values(), ids=TORN)
def test_torn_headings_of_outcomes_are_put_together(headings: str, between: str) -> None:
    assert cells(report(headings, between)) == EXPECTED


@pytest.mark.parametrize(
    "headings",
    [
        TORN["two by two"].replace("尚未 总计 未经", "总计 未经"),  # 尚未 is missing once
        TORN["two by two"].replace("行政诉讼", "行政诉讼 件数"),
        TORN["two by two"].replace("其他", "其它"),
    ],
    ids=["one less", "one more", "another word"],
)
def test_headings_with_other_characters_stay_as_they_are(headings: str) -> None:
    lines = [Line(n, text) for n, text in enumerate([*headings.split("\n"), VALUES], 1)]
    assert mend_outcome_headings(list(lines)) == lines


def test_whole_headings_stay_as_they_are() -> None:
    rows = (
        "行政复议 行政诉讼",
        "结果维持 结果纠正 其他结果 尚未审结 总计 未经复议直接起诉 复议后起诉",
        "结果维持 结果纠正 其他结果 尚未审结 总计 " * 2,
    )
    lines = [Line(n, text) for n, text in enumerate([*rows, VALUES], 1)]
    assert mend_outcome_headings(list(lines)) == lines


WRAPPED = (
    "我局在开展这一项工作的过程中还有若干不足之处需要逐一加以解决，",
    "一些栏目的负责同志对有关的要求理解得不深不透，执行起来打了折扣",
    "又因为年内岗位调整频繁而缺少熟悉流程的人员，工作衔接出现了空档",
    "同时公众查找所需内容时仍然要经过多个页面才能到达，便利程度偏低",
    "以上各点在第三方机构所做的年中测评里都有反映，须列入下一步安排",
    "办公室为此已把任务逐条分解到各科室并定下了完成的时限和责任人员",
    "还要求每季度向分管负责同志书面说明进展情况，确保件件有着落。另",
)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("各科室对照清单逐项自查并于年底前全部完成了整改任务的销号。3.", "把解读材料做得通俗一些，方便办事群众理解。", True),
        (
            "各科室全年通过门户网站向社会主动公开各类信息共四百条，其中：",
            "政策文件九条，工作动态二百一十条，其余为公示。",
            True,
        ),
        ("各科室全年通过门户网站向社会主动公开各类信息共四百条，其中：", "（一）政策文件九条，工作动态二百一十条。", False),
        ("全年公开信息的主要情况如下：", "政策文件九条，工作动态二百一十条，其余为公示。", False),
    ],
    ids=["enumerator left behind", "colon at the margin", "item after a colon", "short line with a colon"],
)
def test_a_wrapped_line_may_end_at_an_enumerator_or_a_colon(first: str, second: str, joined: bool) -> None:
    lines = [Paragraph(t, ((0, Place(line=n)),), 0, joinable=True) for n, t in enumerate((*WRAPPED, first, second), 1)]
    texts = [b.text for b in mend(lines) if isinstance(b, Paragraph)]
    assert (texts[-1] != second) is joined
    assert texts[-1].endswith(second)


def test_headings_of_one_width_are_no_wrapped_prose() -> None:
    headings = ("（一）紧盯主责主业，做实主动公开", "（二）坚持依法依规，办好依申请件", "（三）严把审核关口，管好存量信息",
                "（四）整合各类渠道，建强公开平台", "（五）健全工作机制，压实监督责任", "（六）及时回应关切，做好政策解读")  # fmt: skip
    lines = [
        t
        for n, heading in enumerate(headings, 1)
        for t in (heading, f"全年第{n}项工作按计划推进，各科室分工配合，没有出现延误。")
    ]
    texts = [
        b.text
        for b in mend([Paragraph(t, ((0, Place(line=n)),), 0, joinable=True) for n, t in enumerate(lines, 1)])
        if isinstance(b, Paragraph)
    ]
    assert texts == lines
