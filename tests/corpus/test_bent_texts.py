"""The report of ``test_bent_reports`` as text that programs have bent: wrapped, numbered, torn, run together."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from corpus.forms.shreds import is_shred
from tests.corpus.test_bent_reports import PASSAGES, analysed, assert_right, wrong_cells
from tests.support.bent import FOLDER, TITLE


def plain() -> str:
    """The report with TABs between cells."""
    return (FOLDER / "s01_txt_shy_a.txt").read_text(encoding="utf-8").replace("\u00ad", "")


@pytest.mark.parametrize(
    "name",
    ["n03_markitdown_pdf.md", "n10c_pdftotext_raw.txt", "s01_txt_shy_a.txt", "s01_txt_shy_d.md", "s03_line_numbers.txt"],
)
def test_texts(name: str) -> None:
    report = analysed((FOLDER / name).read_bytes(), name)
    assert wrong_cells(report) == {}
    assert len(report.passages) == len(PASSAGES)
    if not name.startswith("n03"):  # it prints Kangxi radicals
        assert_right(report)


def test_columns_that_were_torn_apart_give_no_passages_and_no_wrong_cells() -> None:
    report = analysed((FOLDER / "n10_pdftotext.txt").read_bytes(), "a.txt")
    assert [p.text for p in report.passages] == list(PASSAGES)
    assert set(wrong_cells(report).values()) <= {"absent"}


def test_numbers_are_put_together_across_lines() -> None:
    report = analysed((FOLDER / "s05_wrapped_17.txt").read_bytes(), "a.txt")
    assert wrong_cells(report) == {}
    assert [p.text for p in report.passages][2] == "2023年，我局主动公开政府信息12846条，通过门户网站公开5305条。"
    assert len(report.passages) == len(PASSAGES)


def test_headings_whose_tables_were_stripped_are_no_contents_list() -> None:
    report = analysed((FOLDER / "y01_tables_stripped.txt").read_bytes(), "a.txt")
    assert [(p.section, p.text) for p in report.passages if p.section == "s5"] == [
        ("s5", "一是信息更新不够及时。"), ("s5", "二是政策解读形式单一。"), ("s5", "一是加强培训。"), ("s5", "二是丰富解读形式。"),
    ]  # fmt: skip


def test_one_cell_a_line_with_its_pipe() -> None:
    report = analysed((FOLDER / "y02_cell_a_line_pipe.txt").read_bytes(), "a.txt")
    assert {c.code: c.raw for c in report.cells} == {
        "t2.regulation.issued": "0", "t2.regulation.repealed": "0", "t2.regulation.effective": "0", "t2.normative.issued": "3",
        "t2.normative.repealed": "1", "t2.normative.effective": "7", "t2.licence.decisions": "12",
    }  # fmt: skip
    assert [p.text for p in report.passages] == ["根据条例,本报告数据统计期限为2022年1月1日至12月31日。", "2022年公开40条。"]


def _cut(length: int) -> Callable[[str], str]:
    def lines(text: str) -> str:
        return "\n".join(
            "\n".join(line[i : i + length] for i in range(0, len(line), length)) if "。" in line else line
            for line in text.split("\n")
        )

    return lines


TEXTS: dict[str, Callable[[str], str]] = {
    "cut after 13": _cut(13),
    "cut after 22": _cut(22),
    "cut, with empty lines": lambda t: re.sub(r"(?<=[^\n\t])\n(?=[^\n])", "\n\n", _cut(16)(t)),
    "numbers with a colon": lambda t: "\n".join(f"{n}: {line}" for n, line in enumerate(t.split("\n"), 1)),
    "numbers with a bar": lambda t: "\n".join(f"{n:03}| {line}" for n, line in enumerate(t.split("\n"), 1)),
    "a cell a line, pipes": lambda t: "\n".join(
        line.replace("\t", " |\n") + " |" if "\t" in line else line for line in t.split("\n")
    ),
    "a cell a line, wide pipes": lambda t: "\n".join(
        line.replace("\t", "｜\n") + "｜" if "\t" in line else line for line in t.split("\n")
    ),
    "rows with pipes and none in front": lambda t: "\n".join(
        " | ".join(line.split("\t")) + " |" if "\t" in line else line for line in t.split("\n")
    ),
    "soft hyphens between characters": lambda t: "\u00ad".join(t),
    "one line": lambda t: " ".join(t.split()),
    "one line, wide blanks": lambda t: "\u3000".join(t.split()),
}


@pytest.mark.parametrize("name", TEXTS)
def test_further_texts(name: str) -> None:
    report = analysed(TEXTS[name](plain()).encode(), "a.txt")
    assert set(wrong_cells(report).values()) <= {"absent"}
    assert len(wrong_cells(report)) <= (1 if name.startswith("one line") else 0)
    assert [p.text for p in report.passages] == list(PASSAGES)
    assert report.identity.title == TITLE
    assert any(i.code == "line_breaks_lost" for i in report.issues) == name.startswith("one line")


def test_a_text_without_any_break_or_blank_keeps_its_sections_and_says_what_is_wrong() -> None:
    report = analysed("".join(plain().split()).encode(), "a.txt")
    assert [p.text for p in report.passages] == list(PASSAGES)
    assert [s.code for s in report.sections] == ["preamble", "s1", "s2", "s3", "s4", "s5", "s6"]
    assert [i.code for i in report.issues].count("line_breaks_lost") == 1


def test_an_old_report_whose_breaks_are_blanks_keeps_its_headings() -> None:
    text = (
        "根据条例的有关要求，我乡紧紧围绕重点工作，推进重点领域信息公开，加强信息发布、解读和回应工作，不断扩大公开范围，细化公开内容，增强公开时效，"
        "现将2017年政府信息公开工作报告如下： 一、2017年政务公开工作完成情况及成效 （一）机构建设方面。建立了主要领导亲自抓、分管领导具体抓、"
        "职能部门抓落实的工作机制，成立了由乡长任组长、副乡长任副组长的领导小组，全面负责政府信息公开工作。 （二）信息公开方面。 "
        "1、主动公开情况。我乡共主动公开政府信息260余条，微信公众号公开政府工作情况70余条。 2、依申请公开情况。全年未收到公众的申请，也没有不予公开的政府信息。"
        " 二、存在的问题 公开不够及时，内容还不够丰富。"
    )
    report = analysed(text.encode(), "a.txt")
    assert [(p.text[:8], p.heading_path) for p in report.passages[1:]] == [
        ("建立了主要领导亲", ("一、2017年政务公开工作完成情况及成效", "（一）机构建设方面")),
        ("我乡共主动公开政", ("一、2017年政务公开工作完成情况及成效", "（二）信息公开方面", "1、主动公开情况")),
        ("全年未收到公众的", ("一、2017年政务公开工作完成情况及成效", "（二）信息公开方面", "2、依申请公开情况")),
        ("公开不够及时，内", ("二、存在的问题",)),
    ]


@pytest.mark.parametrize(
    ("text", "shred"),
    [
        ("（三）不", True), ("予公开 5.属于三", True), ("维持纠正结果审结", True), ("0 |", True), ("结果", True), ("度办理结", True),
        ("申请 45 3 0 4 4 4 60", True), ("本年度未发生行政复议、行政诉讼", False), ("没有收到申请", False), ("我局", False),
        ("下一步工作打算", False), ("", False), ("行政复议0件。", False), ("公开内容不够全面", False),
    ],
)  # fmt: skip
def test_pieces_of_tables(text: str, shred: bool) -> None:
    assert is_shred(text) is shred
