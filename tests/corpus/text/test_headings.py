"""Every heading rule on its own examples, and the headings that must not be taken for sections."""

import tomllib
from importlib.resources import files

import pytest

from corpus.text.headings import (
    SectionHeading,
    enumerator,
    is_title,
    no_narrative,
    opens_problems,
    run_in_heading,
    section_heading,
    section_starts,
    standalone_heading,
    torn_heading,
)

RULES = tomllib.loads(files("corpus").joinpath("data/headings.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("code", "text"), [(r["code"], t) for r in RULES["section"] for t in r["yes"]])
def test_section_rule_fires(code: str, text: str) -> None:
    found = section_heading(text.lstrip("# "))
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(("code", "text"), [(r["code"], t) for r in RULES["section"] for t in r["no"]])
def test_section_rule_stays_silent(code: str, text: str) -> None:
    found = section_heading(text)
    assert found is None or found.code != code


@pytest.mark.parametrize(("rule", "text"), [(r["id"], t) for r in RULES["line"] for t in r["yes"]])
def test_line_rule_fires(rule: str, text: str) -> None:
    assert no_narrative(text) == rule


@pytest.mark.parametrize(("rule", "text"), [(r["id"], t) for r in RULES["line"] for t in r["no"]])
def test_line_rule_stays_silent(rule: str, text: str) -> None:
    assert no_narrative(text) != rule


@pytest.mark.parametrize("text", [t for r in RULES["run_in"] for t in r["yes"]])
def test_heading_without_its_full_stop(text: str) -> None:
    """`（一）主动公开情况2022年，…`: the heading ends where the sentence begins."""
    length = run_in_heading(text)
    assert length is not None
    assert text[length - 2 : length] in {"公开", "情况", "保障", "管理"}


@pytest.mark.parametrize("text", [t for r in RULES["run_in"] for t in r["no"]])
def test_run_in_rule_stays_silent(text: str) -> None:
    length = run_in_heading(text)
    assert length is None or text[length] in "。："


@pytest.mark.parametrize(
    ("text", "code", "body"),
    [
        ("六、其他需要报告的事项：无。", "s6", "无。"),
        ("六、其他需要报告的事项。 本年度未收取信息处理费。", "s6", "本年度未收取信息处理费。"),
        ("一、总体情况 2022年，我镇认真落实条例。", "s1", "2022年，我镇认真落实条例。"),
    ],
)
def test_prose_run_into_a_section_heading(text: str, code: str, body: str) -> None:
    found = section_heading(text)
    assert found is not None
    assert (found.code, text[found.body :].strip()) == (code, body)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("（二）2023年重点任务落实情况。对照要点逐项推进。", "（二）2023年重点任务落实情况"),
        ("（一）建章立制，压实责任。我街道党工委定期听取汇报。", "（一）建章立制，压实责任"),
        ("(二) 抓好学习。干部每季度集中研读条例。", "(二) 抓好学习"),
        ("1.主动公开情况。全年发布信息四百条。", "1.主动公开情况"),
        ("（三）全年共收到申请5件。均已答复。", None),
        ("1、加大政策宣传力度。我局将组织宣讲。", None),
        ("（二）拓宽征集民意的渠道，在出台重大决策之前依托网站、座谈会、上门走访等方式听取各界意见，并将采纳情况公布。", None),
        ("（一）主动公开情况。", None),
    ],
)
def test_run_in_heading(text: str, heading: str | None) -> None:
    length = run_in_heading(text)
    assert (None if length is None else text[:length]) == heading


@pytest.mark.parametrize(
    ("text", "level", "expected"),
    [
        ("（一）主动公开情况", 0, 2),
        ("1. 组织领导", 0, 3),
        ("政策解读", 2, 2),
        ("政策解读", 0, None),
        ("（一）我局业务能力不强；", 0, None),
        ("（一）全年受理12件。", 0, None),
    ],
)
def test_standalone_heading(text: str, level: int, expected: int | None) -> None:
    assert standalone_heading(text, level) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("（一）甲", (2, 3)), ("1.5万件", None), ("12. 乙", (3, 3)), ("三、丙", (1, 2)), ("（ 2 ）丁", (4, 5)), ("一是戊", None)],
)
def test_enumerator(text: str, expected: tuple[int, int] | None) -> None:
    assert enumerator(text) == expected


def test_titles() -> None:
    assert is_title("澜江市民政局2021年政府信息公开工作年度报告")
    assert is_title("政府信息公开年报（2020年）")
    assert not is_title("根据条例要求，现公布2021年政府信息公开工作年度报告。")


_PROSE = "做好各项服务的同时把群众关心的事项逐一梳理并按照目录及时发布到各镇街道和村组里" * 3
_APPLIED = "全年接到申请10件，已经全部按时办结答复。"


@pytest.mark.parametrize(
    ("text", "code", "length", "body", "style"),
    [
        ("六、其他需要报告的事项：无。", "s6", 11, 12, "top"),
        ("六、其他需要报告的事项 无。", "s6", 11, 12, "top"),
        ("六、其他需要报告的事项。  无。", "s6", 11, 14, "top"),
        ("其他需要报告的事项", "s6", 9, 9, "none"),
        ("（六） 其他需要报告的事项", "s6", 13, 13, "paren"),
        ("6.其他需要报告的事项", "s6", 11, 11, "digit"),
        ("总体情况。", "s1", 4, 5, "none"),
        ("#一、总体情况：", "s1", 7, 8, "top"),
        ("一、总体情况 " + _PROSE, "s1", 6, 7, "top"),
        # the blanks of a line that was laid out reach behind what is looked at
        ("一、总体情况" + " " * 60 + "平稳。", "s1", 6, 60, "top"),
        ("一、总体情况：" + " " * 60 + "平稳。", "s1", 6, 60, "top"),
        ("总体情况" + " " * 55, "s1", 4, 59, "none"),
    ],
)
def test_what_a_section_heading_says(text: str, code: str, length: int, body: int, style: str) -> None:
    assert section_heading(text) == SectionHeading(code, length, body, style)


@pytest.mark.parametrize(
    "text",
    [
        "六、其他需要报告的事项无。",
        "其他需要报告的事项：无。",
        "（六）其他需要报告的事项：无",
        "6.其他需要报告的事项：无",
        "一、总体情况" + _PROSE,
        "总体情况，主动公开政府信息情况",
        "总体情况" + " " * 58,
    ],
)
def test_no_section_heading(text: str) -> None:
    assert section_heading(text) is None


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("【平台建设】网站改版。", "【平台建设】"),
        ("【平台建设】 ", None),
        ("【平】网站改版。", None),
        (f"【{_PROSE[:16]}】网站", f"【{_PROSE[:16]}】"),
        (f"【{_PROSE[:17]}】网站", None),
        ("【2021建设】网站", None),
        ("甲乙丙。丁", None),
        # two to 36 characters, 24 behind 一、, a noun of at most 12 behind 1.
        ("（一）甲。乙", None),
        ("（一）甲乙。丙", "（一）甲乙"),
        (f"（一）{_PROSE[:36]}。甲", f"（一）{_PROSE[:36]}"),
        (f"（一）{_PROSE[:37]}。甲", None),
        (f"一、{_PROSE[:24]}。甲", f"一、{_PROSE[:24]}"),
        (f"一、{_PROSE[:25]}。甲", None),
        (f"1.{_PROSE[:8]}公开情况。甲", f"1.{_PROSE[:8]}公开情况"),
        (f"1.{_PROSE[:9]}公开情况。甲", None),
        ("1.抓好落实。甲", None),
        ("（1）公开情况。甲", "（1）公开情况"),
        ("①公开情况。甲", "①公开情况"),
        # a colon stands behind a noun only, and not behind 1.
        ("（一）公开情况：甲", "（一）公开情况"),
        ("（一）公开情况:甲", "（一）公开情况"),
        ("（一）抓好落实：甲", None),
        ("1.公开情况：甲", None),
        ("（一）甲乙。 ", None),
        ("（一）甲乙\n丙丁。戊", None),
        ("（一）甲" + " " * 57 + "乙。丙", "（一）甲" + " " * 57 + "乙"),
        ("（一）甲" + " " * 58 + "乙。丙", None),
        # items of a list, with nothing beneath the first
        ("（一）更新慢。（二）人手少。", None),
        ("（一）更新慢。1.人手少。", "（一）更新慢"),
        # a statement, unless only its year or whose work it is says so
        ("（一）我局公开情况。甲", "（一）我局公开情况"),
        ("（一）我局抓落实。甲", None),
        ("（一）2022年公开情况。甲", "（一）2022年公开情况"),
        ("（一）2022年抓落实。甲", None),
        ("（一）3项抓落实。甲", None),
        # behind a blank
        ("（一）认真对待每一份申请 " + _APPLIED, "（一）认真对待每一份申请"),
        ("（一）认真对待每一份申请 2022年" + _APPLIED, "（一）认真对待每一份申请"),
        ("（十三）、认真对待每一份申请 " + _APPLIED, "（十三）、认真对待每一份申请"),
        ("一、认真对待每一份申请 " + _APPLIED, None),
        ("（一）认真对待每一份申请 1. " + _APPLIED, None),
        ("（一）认真 " + _APPLIED, None),
        ("（一）认真对 " + _APPLIED, "（一）认真对"),
        (f"（一）{_PROSE[:24]} {_APPLIED}", f"（一）{_PROSE[:24]}"),
        (f"（一）{_PROSE[:25]} {_APPLIED}", None),
        ("（一）认真对待每份10件 " + _APPLIED, None),
        ("（一）认真对待每一份申请 " + _PROSE[:19], "（一）认真对待每一份申请"),
        ("（一）认真对待每一份申请 " + _PROSE[:18], None),
        # without any mark: a standard heading and more than eight characters of a sentence
        ("（一）主动公开2022年，公开40条", "（一）主动公开"),
        ("1.主动公开2022年，公开40条", "1.主动公开"),
        ("（一）主动公开2022年公开了", None),
        ("（一）主动公开2022年公开了些", "（一）主动公开"),
        ("（一）主动公开 甲乙丙丁戊己庚辛", "（一）主动公开"),
        ("（一）主动公开甲乙丙丁戊己庚辛壬", None),
        ("（一）主动公开情况，2022年公开信息40条", None),
    ],
)
def test_how_long_a_heading_that_is_run_in_may_be(text: str, heading: str | None) -> None:
    length = run_in_heading(text)
    assert (None if length is None else text[:length]) == heading


@pytest.mark.parametrize(
    ("text", "level", "expected"),
    [
        (f"（一）{_PROSE[:37]}", 0, 2),
        (f"（一）{_PROSE[:38]}", 0, None),
        ("", 2, None),
        ("  ", 2, None),
        ("甲", 1, 2),
        ("甲。乙", 2, None),
        ("甲；2乙", 2, None),
        ("甲。", 2, None),
        ("甲，乙", 2, 2),
        ("（一）甲，", 2, None),
        ("（一）甲！乙", 0, None),
        ("（一）甲!", 0, 2),
        ("【平台建设】", 0, 2),
        (" 【平台建设】 ", 0, 2),
        ("【平台建设】网", 0, None),
        ("（一）抓落实。", 0, 2),
        ("（一）我局抓落实", 0, None),
        ("（一）我局抓落实", 1, 2),
        ("（一）我局公开情况", 0, 2),
        ("（一）2022年存在的主要问题", 0, 2),
        ("（一）公开3次", 0, None),
        ("（一）公开情况：", 0, 2),
        ("（一）抓落实：", 0, None),
        ("（一）抓落实:", 2, None),
        ("（一）受理申请的数量（含2017年度及历年累计数量）。", 0, 2),
        ("一、抓落实", 0, 1),
        ("1.1抓落实", 0, 4),
        ("①抓落实", 0, 4),
    ],
)
def test_a_heading_on_its_own_line(text: str, level: int, expected: int | None) -> None:
    assert standalone_heading(text, level) == expected


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("一、", 1), ("二十一、", 1), ("一.", 1), ("一,", 1), ("一：", 1), ("第一部分、", 1), ("第一章", 1), ("[一]", 1), ("Ⅰ、", 1), ("IV、", 1),
        ("I.", 1), ("  一、", 1), ("（一）", 2), ("(一)、", 2), ("㈠", 2), ("1、", 3), ("12.", 3), ("1)", 3), ("⒈", 3), ("1.1", 4), ("1.1.2", 4),
        ("（1）", 4), ("（12）、", 4), ("⑴", 4), ("①", 4), ("⑳", 4),
    ],
)  # fmt: skip
def test_every_kind_of_number(number: str, level: int) -> None:
    assert enumerator(number + "甲") == (level, len(number))


@pytest.mark.parametrize(
    "text", ["", "IV甲", "123.甲", "1.12条", "1.5 万件", "## 一、甲", "一是甲", "【甲】", "甲一、", "（壹）甲"]
)
def test_no_number(text: str) -> None:
    assert enumerator(text) is None


@pytest.mark.parametrize(
    ("parts", "torn"),
    [
        (["二、主动公开政", "府信息情况"], True),
        (["二、", "主动公开政府信息情况"], True),
        (["二、主动公开", "政府信息", "情况"], True),
        ([" 二、主动公开政 ", " 府信息情况： "], True),
        (["第二部分 主动公开政", "府信息情况"], True),
        (["二、主动公开政府信息情况"], False),
        (["主动公开政", "府信息情况"], False),
        (["（二）主动公开政", "府信息情况"], False),
        (["二、", ""], False),
        (["二、", "一、主动公开政府信息情况"], False),
        (["二、主动公开政府信息情况", "三、收到和处理"], False),
        (["二、主动公开政府信息情况", "甲"], False),
        (["二、主动公开政。", "府信息情况"], False),
        (["二、主动公开政", "府信息情况：无"], False),
        (["一、政府信息公开工作", "总体情况"], False),
        (["一、", "政府信息公开工作", "总体情况"], True),
        (["二、" + _PROSE[:40], "主动公开政府信息情况"], False),
    ],
)
def test_torn_headings(parts: list[str], torn: bool) -> None:
    assert torn_heading(parts) == torn


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("（一）主要问题", True),
        ("1.存在的问题和不足", True),
        ("主要问题：", True),
        ("问题主要有更新慢。", True),
        ("存在以下问题", False),
        ("不存在以下问题：", False),
        ("虽取得成效。还存在以下问题：", False),
        ("虽" + _PROSE[:83] + "还存在问题：", True),  # 90 characters
        ("虽" + _PROSE[:84] + "还存在问题：", False),
        ("虽 " + _PROSE[:83] + "还存在问题：", True),  # blanks not counted
    ],
)
def test_what_opens_the_section_of_problems(text: str, opens: bool) -> None:
    assert opens_problems(text) == opens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲。一、总体情况 乙。二、主动公开政府信息情况 丙 三、收到和处理政府信息公开申请情况 丁", ["一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"]),
        ("甲 三、收到和处理政府信息公开申请情况 乙 二、主动公开政府信息情况 丙 四、行政复议、行政诉讼情况", ["三、收到和处理政府信息公开申请情况", "四、行政复议、行政诉讼情况"]),
        ("甲 一、总体情况 乙。二、总体情况 丙。", ["一、总体情况"]),
        ("甲。 一 、总体情况 乙", ["一 、总体情况"]),
        ("甲一．政府信息公开工作总体情况乙", ["一．政府信息公开工作总体情况"]),
        ("7一.总体情况 乙", ["一.总体情况"]),
        ("，一、总体情况 乙", []),
        ("一、总体情况 乙", []),
        ("甲 （一）总体情况 乙", []),
        ("甲 一、平稳。二、更好。", []),
    ],
)  # fmt: skip
def test_headings_within_a_text_without_lines(text: str, expected: list[str]) -> None:
    found = section_starts(text)
    assert [text[a:b] for a, b, _ in found] == expected
    for heading, (_, _, code) in zip(expected, found, strict=True):
        alone = section_heading(heading)
        assert alone is not None
        assert alone.code == code


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("2021年报", True),
        ("局年度报告", False),  # five characters
        ("澜" * 65 + "2021年政府信息公开年度报告", True),  # 80
        ("澜" * 66 + "2021年政府信息公开年度报告", False),
        ("云岭县水务局年报（2013年度）", True),
        ("根据2021年政府信息公开年度报告", False),
        ("2021年政府信息公开年度报告;", False),
        ("云岭县水务局2023年政府信息公开工作告年度报", True),
        ("云岭县水务局2023年政府信息公开工作", False),
    ],
)
def test_how_long_a_title_may_be(text: str, title: bool) -> None:
    assert is_title(text) == title


def test_a_line_that_is_no_narrative_is_short_and_may_have_a_bullet() -> None:
    assert no_narrative("第3页" + " " * 117) == "page-number"
    assert no_narrative("第3页" + " " * 118) is None
    assert no_narrative("• 发布时间：2023年1月12日") is not None
    assert no_narrative("公开40条。") is None


@pytest.mark.parametrize(
    ("line", "code", "printed"),
    [
        ("■ 总体情况", "s1", "■ 总体情况"), ("——主动公开政府信息情况——", "s2", "——主动公开政府信息情况"), ("● 二、主动公开情况", "s2", "● 二、主动公开情况"),
        ("— 总体情况良好 —", "", ""), ("-3", "", ""), ("——", "", ""),
    ],
)  # fmt: skip
def test_headings_between_marks(line: str, code: str, printed: str) -> None:
    found = section_heading(line)
    assert (found.code, line[: found.length]) == (code, printed) if found is not None else not code
