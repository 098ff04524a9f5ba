"""Every heading rule on its own examples, and the headings that must not be taken for sections."""

import tomllib
from importlib.resources import files

import pytest

from corpus.text.headings import (
    enumerator,
    is_title,
    no_narrative,
    run_in_heading,
    section_heading,
    standalone_heading,
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
