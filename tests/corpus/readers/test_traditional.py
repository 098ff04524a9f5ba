"""Texts in traditional characters are analysed through simplified ones; offsets and texts are those of the file."""

import opencc
import pytest

from corpus.readers.traditional import as_printed, simplify
from extract.pipeline import analyze_bytes
from models.keywords import KeywordClassifier

REPORT = """云岭县公安局2022年政府信息公开工作年度报告
根据《中华人民共和国政府信息公开条例》规定，编制本报告。
一、总体情况
2022年，我局认真贯彻条例，对各类会议、学习、培训的记录及时发布，机关规范办事。全年主动公开政府信息120条，收到申请3件。
二、主动公开政府信息情况
第二十条第（一）项
| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |
|---|---|---|---|
| 规章 | 0 | 0 | 0 |
| 行政规范性文件 | 1 | 0 | 3 |
五、存在的主要问题及改进情况
公开的及时性还不够，业务学习不够深入。下一步将加强学习，对应当公开的信息实行台账管理。
六、其他需要报告的事项
无。"""


@pytest.mark.parametrize("name", ["report.md", "report.txt", "report.html"])
def test_a_traditional_report_gives_what_the_simplified_one_gives(name: str) -> None:
    def source(text: str) -> bytes:
        if name.endswith("html"):
            text = "<html><body>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</body></html>"
        return text.encode()

    engine = KeywordClassifier()
    plain = analyze_bytes(source(REPORT), name, classifier=engine)
    printed = opencc.OpenCC("s2t").convert(REPORT)
    found = analyze_bytes(source(printed), name, classifier=engine)
    assert [i.code for i in found.issues if i.code == "traditional_script"] == ["traditional_script"]
    assert simplify(found.text) == plain.text
    assert "政府信息公開工作年度報告" in found.text
    assert [(c.code, c.value) for c in found.cells] == [(c.code, c.value) for c in plain.cells]
    assert [(p.start, p.end, q.label) for p, q in zip(found.passages, found.predictions, strict=True)] == [
        (p.start, p.end, q.label) for p, q in zip(plain.passages, plain.predictions, strict=True)
    ]
    for p in found.passages:
        assert p.text == found.text[p.start : p.end]
    for m in found.mentions:
        assert m.text == found.text[m.start : m.end]
    assert (found.identity.agency, found.identity.year) == ("云岭县公安局", 2022)


def test_simplified_texts_are_left_alone() -> None:
    found = analyze_bytes(REPORT.encode(), "report.md", classifier=KeywordClassifier())
    assert [i.code for i in found.issues if i.code == "traditional_script"] == []


@pytest.mark.parametrize("text", ["政府信息公開", "頭髮與發展", "乾縣、乾淨", "臺賬𠮷", ""])
def test_length_is_kept_and_the_way_back_is_found(text: str) -> None:
    assert len(simplify(text)) == len(text)
    assert as_printed(simplify(text), text) == text


def test_words_that_sites_change_with_the_script_are_read() -> None:
    assert simplify("主動公開政府資訊情況，網路公開") == "主动公开政府信息情况，网络公开"
