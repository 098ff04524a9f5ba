"""Sections, headings and passages of reports that are built in other ways than the form prescribes."""

from __future__ import annotations

import pytest

from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from models.base import Passage
from models.segment import segment

HEAD = "一、总体情况\n全年公开8条。\n"
TABLES = (
    "二、主动公开政府信息情况\n信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n规章\t0\t0\t0\n行政规范性文件\t1\t0\t3\n"
    "三、收到和处理政府信息公开申请情况\n四、政府信息公开行政复议、行政诉讼情况\n行政复议\t行政诉讼\n"
)
TAIL = "六、其他需要报告的事项\n无。\n"


def cut(text: str) -> list[Passage]:
    canonical = build(read_bytes(text.encode(), "a.txt"))
    return list(segment(canonical, split_sections(canonical)[0]))


def of(text: str, section: str) -> list[tuple[str, str]]:
    """(last heading, passage) of a section."""
    return [(p.heading_path[-1] if p.heading_path else "", p.text) for p in cut(text) if p.section == section]


@pytest.mark.parametrize(
    ("lost", "heading", "first"),
    [
        ("（一）主要问题\n更新慢。\n（二）改进情况\n将加强培训。\n", "（一）主要问题", "更新慢。"),
        ("1.存在的问题和不足\n更新慢。\n2.下一步\n将加强培训。\n", "1.存在的问题和不足", "更新慢。"),
        ("虽有成效，但还存在一些不足：一是更新慢；二是人手少。\n", "", "虽有成效，但还存在一些不足："),
        ("2023年，我局公开工作存在以下主要问题。更新慢。\n", "", "2023年，我局公开工作存在以下主要问题。"),
    ],
)
def test_section_five_without_its_heading(lost: str, heading: str, first: str) -> None:
    assert of(HEAD + TABLES + lost + TAIL, "s5")[0] == (heading, first)
    assert of(HEAD + TABLES + lost + TAIL, "s6") == [("六、其他需要报告的事项", "无。")]


def test_nothing_is_section_five_where_no_problem_is_named() -> None:
    assert of(HEAD + TABLES + "本年度未发生复议、诉讼。\n" + TAIL, "s5") == []
    assert of(HEAD + TABLES + "工作中不存在应公开未公开的问题。\n" + TAIL, "s5") == []


@pytest.mark.parametrize(
    "mark", ["Ⅰ、|Ⅱ、|Ⅲ、|Ⅳ、|Ⅴ、|Ⅵ、", "I. |II. |III. |IV. |V. |VI. ", "【一】|【二】|【三】|【四】|【五】|【六】", "||||| "]
)
def test_numbers_of_sections(mark: str) -> None:
    text = HEAD + TABLES + "五、存在的主要问题及改进情况\n更新慢。\n" + TAIL
    for old, new in zip("一二三四五六", mark.split("|"), strict=True):
        text = text.replace(f"\n{old}、", f"\n{new}") if old != "一" else text.replace("一、", new, 1)
    assert {p.section for p in cut(text)} == {"s1", "s5", "s6"}


def test_sections_in_another_order() -> None:
    text = (
        TABLES.replace("二、", "一、").replace("\n三、", "\n二、").replace("\n四、", "\n三、")
        + HEAD.replace("一、", "四、")
        + TAIL
    )
    assert [(p.section, p.text) for p in cut(text)] == [("s1", "全年公开8条。"), ("s6", "无。")]


def test_headings_of_the_narrative_before_the_tables() -> None:
    text = HEAD + "二、工作机制\n设立小组。\n三、平台建设\n网站改版。\n" + TABLES.replace("二、", "一、", 1) + TAIL
    assert of(text, "s1") == [("一、总体情况", "全年公开8条。"), ("二、工作机制", "设立小组。"), ("三、平台建设", "网站改版。")]
    assert [len(p.heading_path) for p in cut(text)][:3] == [1, 1, 1]


def test_narrative_under_headings_of_its_own_is_section_one() -> None:
    text = "根据条例编制。\n一、强化机制\n设立小组。\n" + TABLES + TAIL
    assert of(text, "s1") == [("一、强化机制", "设立小组。")]


def test_contents_list_and_headings_in_a_row() -> None:
    listed = "一、总体情况\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
    text = listed + HEAD + TABLES + TAIL
    assert [p.text for p in cut(text)] == ["全年公开8条。", "无。"]
    stripped = (
        HEAD
        + "二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n更新慢。\n"
    )
    assert of(stripped + TAIL, "s5") == [("五、存在的主要问题及改进情况", "更新慢。")]


def test_years_in_headings() -> None:
    text = (
        HEAD
        + TABLES
        + "五、存在的主要问题及改进情况\n（一）2021年问题整改情况\n已整改。\n（二）2022年存在的主要问题\n更新慢。\n"
        + TAIL
    )
    assert of(text, "s5") == [("（一）2021年问题整改情况", "已整改。"), ("（二）2022年存在的主要问题", "更新慢。")]


@pytest.mark.parametrize("last", ["3.队伍能力不足。人员变动大。", "3.人员变动大。", "3.监督保障情况。每季通报。"])
def test_siblings_are_judged_alike(last: str) -> None:
    items = f"1.公开意识不强。部分科室重视不够。\n2.公开内容不全。重点领域少。\n{last}\n"
    found = of(HEAD + TABLES + f"五、存在的主要问题及改进情况\n{items}" + TAIL, "s5")
    assert found[0][1] == "1.公开意识不强。"
    assert {heading for heading, _ in found} == {"五、存在的主要问题及改进情况"}


def test_siblings_that_all_have_headings() -> None:
    text = "一、总体情况\n1.主动公开情况。全年公开8条。\n2.依申请公开情况。未收到申请。\n" + TAIL
    assert of(text, "s1") == [("1.主动公开情况", "全年公开8条。"), ("2.依申请公开情况", "未收到申请。")]


def test_numbers_that_stand_over_parentheses() -> None:
    text = (
        "一、总体情况\n1、主动公开\n（一）网站公开\n公开4条。\n（二）微信公开\n公开5条。\n2、依申请公开\n（一）受理情况\n受理3件。\n"
        + TAIL
    )
    assert [p.heading_path[1:] for p in cut(text) if p.section == "s1"] == [
        ("1、主动公开", "（一）网站公开"), ("1、主动公开", "（二）微信公开"), ("2、依申请公开", "（一）受理情况"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["引言", "2023年统计表.xls", "图1 公开信息分类", "注：本表数据为本机关数据", "[TABLE]", "长按识别二维码关注我们", "字号：", "表二：主动公开政府信息情况",
     "一、总体情况…………1"],
)  # fmt: skip
def test_never_passages(line: str) -> None:
    assert line not in [p.text for p in cut(HEAD + line + "\n全年培训3次。\n" + TAIL)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('已发布。"云岭发布"粉丝8万。"水务"粉丝2万。', ["已发布。", '"云岭发布"粉丝8万。', '"水务"粉丝2万。']),
        ('他说："已发布。"大家同意。', ['他说："已发布。"大家同意。']),
        ("公开力度加大，一是发布8条，二是解读3篇。", ["公开力度加大，", "一是发布8条，", "二是解读3篇。"]),
        ("具体情况如下；（一）公开8条。（二）培训3次。", ["具体情况如下；", "（一）公开8条。", "（二）培训3次。"]),
        ("印发《做好公开。不留死角！》通知。", ["印发《做好公开。不留死角！》通知。"]),
    ],
)
def test_cuts(text: str, pieces: list[str]) -> None:
    assert [p.text for p in cut(HEAD + text + "\n" + TAIL) if p.section == "s1"][1:] == pieces


@pytest.mark.parametrize(
    "line",
    [
        "（一）信息公开有亮点 全年接到申请10件，均已办结，没有复议和诉讼发生。",
        "（一）主动公开 2023年全年公开信息40条，较上年增加3条，增长8%。",
    ],
)
def test_a_blank_behind_a_heading(line: str) -> None:
    heading, rest = line.split(" ")
    assert of(f"一、总体情况\n{line}\n" + TAIL, "s1") == [(heading, rest)]
