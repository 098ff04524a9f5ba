"""Findings in words, on the page and as JSON."""

from __future__ import annotations

import json
import re

import pytest
from lxml import html as lxml_html
from rich.console import Console

from extract.checking.check import CheckedReport, check_one
from extract.checking.findings import finding, kinds, quote
from gongkai.pages.check_page import LISTED, print_checked, render_checked
from gongkai.pages.check_words import as_json, message_en, message_zh
from tests.support.factories import full_report, report

#: a value for every field that a message may name
VALUES = {
    "check": "balance.natural", "left": "15", "right": "0", "expression": "15 = 0", "indicator": "request.received", "prose": "12件", "table": "t3",
    "cells": "t3.new.total,t3.new.natural", "why": "pending", "first": "1件", "second": "2件", "year": "2023", "other": "2022", "period": "2022年",
    "date": "2023-01-20", "value": "2", "section": "s5", "sections": "s5,s6", "number": "四", "expected": "五", "count": "2", "cell": "t3.new.total", "raw": "8/9",
    "what": "t3.new.total", "form": "2019", "word": "的的", "before": "3",
}  # fmt: skip
CODE = re.compile(r"\b(?:t[234]|s[1-6]|request|balance|pending)\b[.\w]*")


@pytest.mark.parametrize("kind", list(kinds()))
def test_messages_name_codes_in_both_languages(kind: str) -> None:
    found = finding(kind, values={name: VALUES[name] for name in kinds()[kind].fields})
    assert not CODE.search(message_zh(found)), message_zh(found)
    assert "{" not in message_zh(found) + message_en(found)
    assert not re.search(r"request\.|balance\.|t3\.", message_en(found))


def _one() -> CheckedReport:
    return check_one(full_report())


def test_terminal_shows_each_finding_with_its_places() -> None:
    console = Console(width=200, highlight=False, record=True)
    found = _one()
    print_checked([found], console)
    shown = console.export_text()
    assert all(kinds()[f.kind].zh in shown and kinds()[f.kind].en in shown for f in found.findings)
    assert all(f"[{q.start}:{q.end}]" in shown for f in found.findings for q in f.quotes)
    assert "【12件】" in shown


def test_of_many_reports_the_terminal_gives_counts() -> None:
    console = Console(width=200, highlight=False, record=True)
    print_checked([_one()] * (LISTED + 1), console)
    shown = console.export_text()
    assert "【12件】" not in shown
    assert "--html" in shown


def test_page_runs_nothing_and_escapes() -> None:
    text = "<script>alert(1)</script>公开信息8条"
    bad = CheckedReport(report(text=text), (finding("doubled_word", quote(text, 0, 8), word="<b>的的</b>"),))
    page = render_checked([bad, _one()])
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Content-Security-Policy" in page
    assert page.count("<h2 ") == 2


def test_numbers_beside_one_another_stay_apart() -> None:
    text = "予以公开 252\t12 \t1"
    page = render_checked([CheckedReport(report(text=text), (finding("doubled_word", quote(text, 9, 11), word="x"),))], "en")
    assert "252 <mark>12</mark> 1" in page


def test_the_page_is_in_the_language_asked_for() -> None:
    english, chinese = (render_checked([_one()], lang) for lang in ("en", "zh"))
    assert "prose against table" in english
    assert "正文与表格不符" not in english
    assert "正文与表格不符" in chinese
    assert "prose against table" not in chinese
    tree = lxml_html.fromstring(english)
    for gone in tree.xpath('//*[@lang="zh-CN"] | //style'):
        gone.drop_tree()
    # messages quote the report and the headings of the form
    said = [x for x in tree.xpath("//text()") if not re.search("12件|no heading of section", x)]
    assert [x for x in said if re.search(r"[\u3400-\u9fff]", x)] == []


def test_json_holds_what_the_page_shows() -> None:
    (one,) = json.loads(json.dumps(as_json([_one()]), ensure_ascii=False))
    assert one["agency"] == "临江区教育局"
    assert {f["kind"] for f in one["findings"]} >= {"prose_table", "table_sum"}
    assert all(f["message_zh"] and f["message_en"] and f["places"] for f in one["findings"])
    place = next(f for f in one["findings"] if f["kind"] == "prose_table")["places"][1]
    assert (place["cell"], place["text"]) == ("t3.new.total", "14")


def test_the_page_of_many_reports_lists_those_with_findings() -> None:
    page = render_checked([_one(), *[CheckedReport(report(text="无"), ())] * LISTED])
    assert page.count("<h2 ") == 1
    assert f"{LISTED + 1} reports" in page
