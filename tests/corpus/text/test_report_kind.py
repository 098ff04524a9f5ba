"""Reports told from plans, notices, guides, templates, news, lists and other reports."""

import pytest

from corpus.forms.read import read_tables
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.report_kind import KindRule, TextVerdict, kind_of_text, kind_rules
from corpus.text.sections import split_sections
from tests.corpus.text.test_openings import rows, whole


def verdict(text: str) -> TextVerdict:
    canonical = build(read_bytes(text.encode(), "text.md"))
    sections = split_sections(canonical)[0]
    found = kind_of_text(canonical, sections, read_tables(canonical, sections).cells)
    assert found.evidence
    assert found.span is None or 0 <= found.span[0] < found.span[1] <= len(canonical.text)
    return found


@pytest.mark.parametrize("rule", kind_rules(), ids=lambda r: r.id)
def test_rules_on_their_examples(rule: KindRule) -> None:
    assert [y for y in rule.yes if not rule.pattern.search(y)] == []
    assert [n for n in rule.no if rule.pattern.search(n)] == []


@pytest.mark.parametrize("part", ["dev", "held"])
def test_what_is_no_report_is_told(part: str) -> None:
    texts = [r for r in rows("no_reports.tsv") if r["set"] == part]
    taken = [r["text"][:40] for r in texts if verdict(r["text"].replace("⏎", "\n")).kind == "report"]
    assert len(texts) >= 12
    assert len(taken) <= 0.05 * len(texts), taken


def test_no_real_report_is_doubted() -> None:
    assert [r["text"][:40] for r in rows("openings.tsv") if verdict(whole(r)).kind == "doubtful"] == []


def test_a_notice_that_passes_the_report_on_is_one() -> None:
    text = """云岭市人民政府办公室关于公布2009年度政府信息公开工作年度报告的通知
各县（区）人民政府，市直各单位：
现予公布。
云岭市2009年度政府信息公开工作年度报告
根据条例要求，特编制本年度报告。
一、概述
2009年，我市开展公开工作。
二、主动公开政府信息情况
全年主动公开信息300条。
三、依申请公开政府信息情况
收到申请2件。
四、存在的主要问题和改进措施
更新不够及时。"""
    assert verdict(text).kind == "report"


def test_a_template_with_tables_is_none() -> None:
    table = "第二十条第（一）项\n| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |\n|---|---|---|---|\n| 规章 | 0 | 0 | 0 |\n"
    text = f"XX局2022年政府信息公开工作年度报告\n一、总体情况\n主动公开信息××条。\n二、主动公开政府信息情况\n{table}"
    assert verdict(text).kind == "doubtful"
    assert verdict(text.replace("XX", "云岭县水务").replace("××", "20")).kind == "report"
