"""Issues on a Chinese page: every code has a Chinese text, and the values and places of the English message stand in it."""

from __future__ import annotations

import re

import pytest

from corpus.datafile import load_toml
from corpus.store.schema import ISSUES
from extract.pipeline import analyze_bytes
from gongkai.pages.issue_words import issue_zh
from gongkai.pages.language import Language
from gongkai.web.tongue import Tongue
from tests.support.factories import sample_text


def test_every_code_has_a_text_whose_patterns_hold_what_it_names() -> None:
    said = load_toml("gongkai", "data/issues.toml")
    assert set(said) == set(ISSUES)
    for code, rows in said.items():
        for pattern, text in rows:
            named = {int(n) for n in re.findall(r"\{(\d)\}", text)}
            assert named <= set(range(re.compile(pattern).groups)), (code, text)


@pytest.mark.parametrize(
    ("code", "message", "chinese"),
    [
        ("agency_open", "'沐阳县人民政府' is not certainly one agency; it may be 321322.government 江苏省宿迁市沭阳县. Give the full name with --metadata to settle it", "“沐阳县人民政府”可能指321322.government 江苏省宿迁市沭阳县，未能确定；请以 --metadata 给出全称"),
        ("agency_open", "'青槐县水务局' is not certainly one agency; no division of that name is known for that year. Give the full name with --metadata to settle it", "“青槐县水务局”未能确定为某一机关，当年没有同名区划；请以 --metadata 给出全称"),
        ("section_missing", "section s4 (政府信息公开行政复议、行政诉讼情况) was not found; its passages, if any, are counted to the section before it", "未找到“政府信息公开行政复议、行政诉讼情况”部分，其内容（如有）计入前一部分"),
        ("rows_missing", "rows not found in table t3: t3.rejected_repeat, t3.total; they may lie behind the end of the file", "表中缺少以下各行：2.重复申请, （七）总计；可能在文件末尾之后"),
        ("cell_unreadable", "t2.penalty.items_change: “增加2/5” is no number of its column; its text is kept, its value is empty", "行政处罚 · 本年增/减：“增加2/5”不是该列的数值，保留原文，数值为空"),
        ("suspicion_prose_count", "cell t3.total.total has the value 41 that the narrative gives for review.total", "（七）总计 · 总计填写的41与正文中“行政复议件数”的数值相同，疑似误填"),
        ("several_reports", "the file holds another report, '乙县2020年报告' (line 9), behind the first; it was not read, give each report a file of its own", "文件中还有另一份报告“乙县2020年报告”，未读取；请每份报告存为一个文件"),
        ("low_confidence", "page 3: 2 of 9 lines of text were recognised with a confidence under 0.8; compare them with the page", "第3页9行文字中有2行识别置信度低，请与原页核对"),
        ("read_failed", "a.pdf: is empty", "文件无法读取，原因及办法：a.pdf: is empty"),
        ("of_another_version", "what it says", "what it says"),
    ],
)  # fmt: skip
def test_values_and_places_stand_in_the_chinese(code: str, message: str, chinese: str) -> None:
    assert issue_zh(code, message) == chinese


def test_what_a_reader_says_today_is_said_in_chinese() -> None:
    whole = sample_text("青槐县水务局", 2022).replace("一、本年新收政府信息公开申请数量", "一、某数量")
    texts = (
        whole,
        whole[: whole.index("三、")],
        whole.replace("2022年", "2031年", 1),
        "青槐县公开信息2条。",
        whole + "\n" + whole,
    )
    found = {(i.code, i.message) for text in texts for i in analyze_bytes(text.encode(), "a.txt").issues}
    assert len({code for code, _ in found}) > 4
    for code, message in sorted(found):
        assert re.findall(r"[A-Za-z]{3,}", issue_zh(code, message).replace("--metadata", "")) == [], (code, message)


def test_each_language_says_it() -> None:
    code, message = "page_unreadable", "page 3 is damaged <and> was not read; download the file again"
    assert Language("zh").issue(code, message) == "第3页损坏，未读取；请重新下载"
    assert Language("en").issue(code, message) == f'<span lang="en">{message.replace("<and>", "&lt;and&gt;")}</span>'
    assert str(Language("both").issue(code, message)).startswith("第3页损坏，未读取；请重新下载 <span")
    assert Language("both").issue("internal2", message).count("page 3") == 1
    assert (Tongue("zh").issue(code, message), Tongue("en").issue(code, message)) == ("第3页损坏，未读取；请重新下载", message)
