"""The report of ``test_bent_reports`` as text that programs have bent: wrapped, numbered, torn, run together."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from corpus.forms.shreds import is_shred
from corpus.text.headings import torn_heading
from tests.corpus.test_bent_reports import PASSAGES, analysed, assert_right, page, wrong_cells
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


def _continued(text: str, mark: str) -> str:
    """Table 3 cut in two, ``mark`` between."""
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if "重复申请" in line)
    return "\n".join([*lines[:at], mark, *lines[at:]])


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
    "continued under a caption": lambda t: _continued(t, "（续表）"),
    "continued with its number": lambda t: _continued(t, "表3（续）"),
    "continued under its title": lambda t: _continued(t, "续表：收到和处理政府信息公开申请情况"),
    "underlined headings": lambda t: re.sub(
        "(?m)^([一二三四五六]、[^\\t\\n]*情况)$", r"__\1__", re.sub("(?m)^(（.）[^\\t。\\n]*)$", r"_\1_", t)
    ),
    "headings of AsciiDoc": lambda t: re.sub("(?m)^([一二三四五六]、[^\\t\\n]*)$", r"== \1", f"= {t}"),
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


def test_what_notes_say_and_where_links_lead_is_no_narrative() -> None:
    text = (
        plain()
        .replace("一、总体情况", "一、总体情况[^1]", 1)
        .replace("\n五、", "\n[^b-2]: 不含咨询类来件。\n    同一来件只计一次。\n[3]: https://example.cn/a\n五、", 1)
    )
    report = analysed(f"{text}\n[^1]: 数据来源于后台统计。\n\n    附件随文发布。\n".encode(), "a.md")
    assert [p.text for p in report.passages] == [*PASSAGES, "附件随文发布。"]
    assert wrong_cells(report) == {}
    assert [(d.kind, d.text) for d in report.dropped if d.kind in ("note", "markup")] == [
        ("note", "[^1]"), ("note", "[^b-2]: 不含咨询类来件。"), ("note", "同一来件只计一次。"), ("markup", "[3]: https://example.cn/a"),
        ("note", "[^1]: 数据来源于后台统计。"),
    ]  # fmt: skip


@pytest.mark.parametrize("frame", ["drawn", "a cell of HTML", "around tables of HTML"])
def test_a_page_set_in_a_frame(frame: str) -> None:
    text = plain()
    if frame == "drawn":
        ruler = f"+{'-' * 60}+"
        text = "\n".join([ruler, *(f"| {line:<56} |" for line in text.split("\n")), ruler])
    elif frame == "a cell of HTML":
        text = f"<table><tbody><tr><td>{text}</td></tr></tbody></table>"
    else:
        table = "<table><tr><td>信息内容</td><td>本年收费金额</td></tr><tr><td>行政事业性收费</td><td>613</td></tr></table>"
        text = text.replace("信息内容\n本年收费金额（单位：万元）\n行政事业性收费\n613", table)
        assert table in text
        text = f"<table><tr>\n<td><p>{text.replace(chr(10) * 2, '</p><p>')}</p></td></tr>\n</table>"
    report = analysed(text.encode(), "a.md")
    assert [p.text for p in report.passages] == list(PASSAGES)
    assert report.identity.title == TITLE
    assert wrong_cells(report) == {}


def test_names_masked_with_stars_are_no_bold_type() -> None:
    report = analysed(plain().replace("云岭县水务局", "**县**局").encode(), "a.txt")
    assert report.identity.title.startswith("**县**局2023年")
    assert report.identity.agency == ""
    assert report.kind_of_text == "doubtful"


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


@pytest.mark.parametrize("row", ["{} | ||", "| {} | | |", "| {} |||||", "|\n{}\n|", "{}\t\t"])
def test_a_title_that_stands_alone_in_a_row_of_a_table(row: str) -> None:
    text = plain().replace(TITLE, row.format(TITLE) + "\n发布单位: | 云岭县水务局 ||\n公开日期: | 2024-01-20 ||", 1)
    report = analysed(text.encode(), "a.md")
    assert (report.identity.title, report.identity.agency) == (TITLE, "云岭县水务局")


def _heads(cut: Callable[[str], str]) -> Callable[[str], str]:
    return lambda t: re.sub(
        r"(?m)^[一二三四五六]、.{4,24}$", lambda m: cut(m[0]) if re.match(r".、(?:本年|上年|结转)", m[0]) is None else m[0], t
    )


def rows() -> str:
    """The report with one row of a table a line, TABs between its cells."""
    body = re.sub(r"(?s).*<body>|</body>.*|<tr>|</?table[^>]*>|</?div[^>]*>", "", page())
    body = re.sub(r"</t[dh]>\s*<t[dh][^>]*>", "\t", body)
    return "\n".join(line for line in re.sub(r"<[^>]+>", "", body).split("\n") if line.strip()) + "\n"


def _told(text: str) -> str:
    """Rows as `label：value、value`, the columns of table 4 under each other below the name of their group."""
    head, rest = text.split("行政复议\t行政诉讼\n")
    *_, values, after = rest.split("\n", 3)
    groups, numbers = ("行政复议", "未经复议直接起诉", "复议后起诉"), values.split("\t")
    leaves = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    told = [
        [name, *(f"{leaf}：{v}" for leaf, v in zip(leaves, numbers[5 * n : 5 * n + 5], strict=True))]
        for n, name in enumerate(groups)
    ]
    listed = re.sub(
        r"(?m)^(?:[^\d\t\n]+\t)*?([^\t\n]+)\t((?:\d+\t)*\d+)$", lambda m: f"{m[1]}：{m[2].replace(chr(9), '、')}", head
    )
    return listed + "\n".join("\n".join(lines) for lines in told) + "\n" + after


def _sheet(text: str, field: str) -> str:
    lines = [[*line.split("\t"), *[""] * 15][:15] for line in text.rstrip("\n").split("\n")]
    return "\n".join(",".join(field.format(cell) for cell in line) for line in lines) + "\n"


ROWS: dict[str, Callable[[str], str]] = {
    "semicolons": lambda t: t.replace("\t", ";"),
    "semicolons with blanks": lambda t: t.replace("\t", " ; "),
    "a sheet with commas": lambda t: _sheet(t, "{}"),
    "a sheet with commas, quoted": lambda t: _sheet(t, '"{}"'),
    "told as lists": _told,
    "told with commas": lambda t: re.sub(r"(?<=\d)、(?=\d)", "，", _told(t)),
    "cells as items": lambda t: "\n".join(
        "\n".join(f"- {c}" for c in line.split("\t")) if "\t" in line else line for line in t.split("\n")
    ),
    "cells as items of another mark": lambda t: "\n".join(
        "\n".join(f"• {c}" for c in line.split("\t")) if "\t" in line else line for line in t.split("\n")
    ),
    "pipes on one line": lambda t: " ".join(t.replace("\t", " | ").split()),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_with_marks_of_their_own(name: str) -> None:
    assert rows().count("\t") > 100
    report = analysed(ROWS[name](rows()).encode(), "a.txt")
    assert wrong_cells(report) == {}
    assert [p.text for p in report.passages] == list(PASSAGES)


MENDED: dict[str, Callable[[str], str]] = {
    # a heading over two lines
    "number on a line of its own": _heads(lambda h: f"{h[:2]}\n{h[2:]}"),
    "heading cut in a word": _heads(lambda h: f"{h[:6]}\n{h[6:]}"),
    "heading cut by an empty line": _heads(lambda h: f"{h[: len(h) // 2]}\n\n{h[len(h) // 2 :]}"),
    # lines cut after so many characters, paragraphs indented
    "cut after 20, indented": lambda t: "\n".join(
        "\n".join(f"　　{line}"[i : i + 20] for i in range(0, len(line) + 2, 20)) if "。" in line else line for line in t.split("\n")
    ),
    "cut after 15, indented": lambda t: "\n".join(
        "\n".join(f"　　{line}"[i : i + 15] for i in range(0, len(line) + 2, 15)) if "。" in line else line for line in t.split("\n")
    ),
    # one line
    "breaks spelt out": lambda t: t.replace("\n", "\\n").replace("\t", "\\t"),
    "breaks of Windows spelt out": lambda t: t.replace("\n", "\\r\\n").replace("\t", "\\t"),
    # a blank behind each character
    "blanks between characters of prose": lambda t: "\n".join(" ".join(line) if "\t" not in line and len(line) > 8 else line for line in t.split("\n")),
    "breaks of HTML": lambda t: t.replace("\n", "<br/>"),
    "a string with its quotation marks": lambda t: json.dumps(t, ensure_ascii=False),
    # the head of each page
    "title on each page": lambda t: re.sub(r"(?m)^(?=[三四五]、[^\t\n]*情况$)", f"第 2 页 共 5 页\n{TITLE}\n", t),
    # numbers
    "strokes typed for commas": _heads(lambda h: h.replace("、", "丶", 1)),
    "numbers before dashes": _heads(lambda h: h.replace("、", "——", 1)),
    "numbers of two digits": _heads(lambda h: f"0{'一二三四五六'.index(h[0]) + 1} {h[2:]}"),
    "numbers behind a word": _heads(lambda h: f"PART 0{'一二三四五六'.index(h[0]) + 1} {h[2:]}"),
    "numbers in brackets": _heads(lambda h: f"〈{h[0]}〉{h[2:]}"),
    "numbers twice": _heads(lambda h: h[:2] + h),
    "numbers of prose on lines of their own": lambda t: "\n".join(re.sub(r"(?<=\D)(\d+)", r"\n\1\n", line) if "。" in line else line for line in t.split("\n")),
    # lists of contents
    "contents on one line": lambda t: t.replace("\n", "\n目录：" + " ".join(re.findall(r"(?m)^[一二三四五六]、[^\t\n]*情况$", t)) + "\n", 1),
    # placeholders of tables
    "sheets": lambda t: re.sub(r"(?m)^(三|四)、(.*情况)$", r"\1、\2\nSheet2", t),
    "tables named by placeholders": lambda t: re.sub(r"(?m)^(三|四)、(.*情况)$", r"\1、\2\n表格1", t),
}  # fmt: skip


@pytest.mark.parametrize("name", MENDED)
def test_more_that_programs_make_of_a_report(name: str) -> None:
    bent = MENDED[name](plain())
    assert bent != plain()
    report = analysed(bent.encode(), "a.txt")
    assert set(wrong_cells(report).values()) <= {"absent"}
    assert len(wrong_cells(report)) <= (1 if name.startswith("one line") else 0)
    assert [p.text for p in report.passages] == list(PASSAGES)
    assert report.identity.title == TITLE


def test_a_number_below_a_heading_begins_the_sentence_under_it() -> None:
    text = f"{TITLE}\n一、概述\n2023\n年以来，我局公开信息\n846\n条。\n（一）公开数量\n2023\n年度公开文件\n12\n件，\n均按时公开。\n规章\n0\n0\n"
    assert [(p.text, p.heading_path) for p in analysed(text.encode(), "a.txt").passages][:2] == [
        ("2023年以来，我局公开信息846条。", ("一、概述",)),
        ("2023年度公开文件12件，均按时公开。", ("一、概述", "（一）公开数量")),
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read(encoding: str) -> None:
    assert_right(analysed(plain().encode(encoding), "a.txt"))


@pytest.mark.parametrize(
    ("parts", "one"),
    [
        (["三、收到和处理政府信息", "公开申请情况"], True), (["五、", "存在的主要问题及改进情况"], True), (["六、其他需要", "报告的", "事项"], True),
        (["一、总体情况", "二、主动公开政府信息情况"], False), (["一、总体情况", "全年公开12条。"], False), (["三、本年度", "办理结果"], False),
    ],
)  # fmt: skip
def test_torn_section_headings(parts: list[str], one: bool) -> None:
    assert torn_heading(parts) is one
