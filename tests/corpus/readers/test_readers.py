"""Readers: encodings, registry, what is refused, and how lines become paragraphs and grids."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import GongkaiError, ReadError, UnknownFormat
from corpus.forms.read import read_tables
from corpus.readers import get_reader, read_bytes, read_document, reader_names
from corpus.readers.encoding import decode
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from corpus.types import Document, Grid, Paragraph

PROSE = "本年度，我局公开的政府信息在网站上有目录，工作人员为群众和企业解答了疑问，是一年中较好的。"
TRADITIONAL = "本年度政府資訊公開工作的情況：在網站上公開了和人民有關的資訊，一年中對各項工作不斷改進，是為民服務的重要工作。"


def paragraphs(text: str, name: str = "a.txt") -> list[str]:
    return [b.text for b in read_bytes(text.encode(), name).blocks if isinstance(b, Paragraph)]


def grids(text: str) -> list[Grid]:
    return [b for b in read_bytes(text.encode(), "a.txt").blocks if isinstance(b, Grid)]


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "bom", "expected"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("gb18030", b"", "gb18030"),
        ("gbk", b"", "gb18030"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, bom: bytes, expected: str, end: str) -> None:
    document = read_bytes(bom + f"{PROSE}{end}{end}第二段。{end}".encode(encoding), "a.txt")
    assert document.encoding == expected
    assert [b.text for b in document.blocks if isinstance(b, Paragraph)] == [PROSE, "第二段。"]


def test_big5_is_named_and_never_read_as_gb18030() -> None:
    with pytest.raises(ReadError, match="Big5"):
        decode((TRADITIONAL * 2).encode("big5"))


def test_traditional_characters_in_gb18030_are_read() -> None:
    assert decode((TRADITIONAL * 2).encode("gb18030"))[1] == "gb18030"


def test_short_gb18030_is_read() -> None:
    assert decode("无。".encode("gb18030")) == ("无。", "gb18030")


def test_undecodable_bytes_are_named_with_offset_and_byte() -> None:
    with pytest.raises(ReadError, match=r"0xFF at offset 6") as caught:
        decode("公开".encode() + b"\xff\xff\x80")
    assert caught.value.remedy


def test_broken_utf16_is_an_error() -> None:
    with pytest.raises(ReadError, match="byte order mark"):
        decode(codecs.BOM_UTF16_LE + b"\x00\xd8\x41")


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "Office"),
        (b"{\\rtf1 abc}", "RTF"),
        (b"\x89PNG\r\n", "PNG"),
        (b"abc\x00def", "0x00 at offset 3"),
    ],
)
def test_foreign_files_are_refused_with_a_remedy(data: bytes, word: str) -> None:
    with pytest.raises(ReadError, match=word) as caught:
        read_bytes(data, "report.txt", reader="text")
    assert caught.value.source == "report.txt"
    assert caught.value.remedy


def test_unknown_suffix_and_reader_list_what_is_known() -> None:
    with pytest.raises(UnknownFormat, match=r"\.markdown.*markdown"):
        read_bytes(b"x", "report.xyz")
    with pytest.raises(UnknownFormat, match=r"markdown.*text"):
        read_bytes(b"x", "report.txt", reader="telepathy")


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(ReadError):
            read_document(path)


def test_registry_is_frozen_by_name() -> None:
    assert {"text", "markdown"} <= set(reader_names())
    assert [get_reader(n).name for n in ("text", "markdown")] == ["text", "markdown"]


# ---------------------------------------------------------------- prose


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("**一是**完善制度。", "一是完善制度。"),
        ("[bookmark: _Toc1]（一）公开目录。", "（一）公开目录。"),
        ("详见[本局网站](http://a.example/x?y=1)首页。", "详见本局网站首页。"),
        ("![图](a.png)另附说明。", "另附说明。"),
        ("> 引文一则。", "引文一则。"),
        ("- 一是完善制度。", "一是完善制度。"),
        ("共&nbsp;3&nbsp;件&lt;含转办&gt;。", "共\xa03\xa0件<含转办>。"),
        ("<u>重点</u>工作<br>推进。", "重点工作推进。"),
        ("公开率达 100\\%，\\*号为新增。", "公开率达 100\\%，*号为新增。"),
        ("5 * 3 * 2 = 30", "5 * 3 * 2 = 30"),
        ("\ufeff零宽\u200b字符。", "零宽字符。"),
        ("\t一、总体情况", "一、总体情况"),
        ("落款\t2023年1月9日", "落款 2023年1月9日"),
    ],
)
def test_markup_is_stripped(line: str, text: str) -> None:
    assert paragraphs(line) == [text]


def test_heading_levels_indents_and_places() -> None:
    blocks = read_bytes("# 年度报告\n\n##一、总体情况 ##\n　　本局认真工作。\n### **（一）主动公开**\n".encode(), "a.md").blocks
    found = [(b.text, b.level, b.indented, b.places[0][1].line) for b in blocks if isinstance(b, Paragraph)]
    assert found == [
        ("年度报告", 1, False, 1),
        ("一、总体情况", 2, False, 3),
        ("本局认真工作。", 0, True, 4),
        ("（一）主动公开", 3, False, 5),
    ]
    assert all(b.joinable for b in blocks if isinstance(b, Paragraph))


@pytest.mark.parametrize(
    "mark", ["- 3 -", "—3—", "－ 12 －", "第3页", "第 3 页 共 5 页", "共5页第3页", "Page 3 of 5", "---", "***", "3", "\f3"]
)
def test_page_marks_are_dropped(mark: str) -> None:
    assert paragraphs(f"前一段。\n\n{mark}\n\n后一段。") == ["前一段。", "后一段。"]


def test_a_number_inside_a_broken_sentence_is_kept() -> None:
    assert paragraphs("全年共收到申请\n23\n件，均已答复。") == ["全年共收到申请23件，均已答复。"]


def test_labels_used_as_headings_of_prose_make_no_table() -> None:
    text = "四、行政复议、行政诉讼情况\n（一）行政复议\n无。\n（二）行政诉讼\n未发生。\n（三）其他\n全年办理行政许可35件。\n"
    assert not grids(text)
    assert len(paragraphs(text)) == 7


# ---------------------------------------------------------------- tables


def test_blank_and_merged_cells_of_tabbed_lines() -> None:
    rows = "\t信息内容\n\t本年制发件数\n\t本年废止件数\n\t现行有效件数\n\n\t规章\n\t1\n\t\xa0\n\t3\n\n\t\n\t行政规范性文件\n\t4\n\t5\n\t6\n"
    (grid,) = grids(f"\t第二十条第（一）项\n\n{rows}")
    assert not grid.exact
    assert [[c.text for c in row] for row in grid.rows()][2:] == [["规章", "1", "", "3"], ["", "行政规范性文件", "4", "5", "6"]]
    assert [c.merged for c in grid.rows()[3]] == [True, False, False, False, False]
    assert grid.rows()[2][2].merged is False
    assert grid.rows()[2][3].place.line == 11


def test_a_table_ends_where_prose_begins() -> None:
    text = (
        "信息内容\n本年处理决定数量\n行政处罚\n5\n行政强制\n0\n以上数据由各科室统计，已经核对。\n五、存在的主要问题及改进情况\n"
    )
    assert len(grids(text)) == 1
    assert paragraphs(text) == ["以上数据由各科室统计，已经核对。", "五、存在的主要问题及改进情况"]


def test_markdown_rulers_and_dash_rows() -> None:
    (grid,) = grids("| 信息内容 | 上一年项目数量 | 本年增/减 |\n|:---|---|---|\n| 行政事业性收费 | - | &nbsp; |\n")
    assert [[c.text for c in row] for row in grid.rows()] == [
        ["信息内容", "上一年项目数量", "本年增/减"],
        ["行政事业性收费", "-", ""],
    ]


def test_html_tables_inside_markdown_are_exact() -> None:
    html = '<table><tr><td rowspan="2">a</td><td colspan="2">b</td></tr>\n<tr><td>c</td><td>d &amp; e</td></tr></table>'
    blocks = read_bytes(f"前文。\n{html}\n后文。".encode(), "a.md").blocks
    assert isinstance(blocks[1], Grid)
    assert blocks[1].exact
    assert [(c.text, c.row, c.column, c.row_span, c.column_span) for c in blocks[1].cells] == [
        ("a", 0, 0, 2, 1),
        ("b", 0, 1, 1, 2),
        ("c", 1, 1, 1, 1),
        ("d & e", 1, 2, 1, 1),
    ]
    assert isinstance(blocks[2], Paragraph)
    assert blocks[2].places[0][1].line == 4


# ---------------------------------------------------------------- anything at all

_SCRAPS = [
    "行政许可",
    "\t",
    "\n",
    "0",
    "|",
    "信息内容",
    "总计",
    "<table",
    "<td>",
    "</table>",
    "自然人",
    "  ",
    "12",
    "\f",
    "、",
    "其他",
    ",",
    "**",
]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_SCRAPS), max_size=60).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    _no_other_error(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _no_other_error(data)


def _no_other_error(data: bytes) -> None:
    for name in ("a.txt", "a.md"):
        try:
            document: Document = read_bytes(data, name)
        except GongkaiError:
            continue
        canonical = build(document)
        for cell in read_tables(canonical, ()).cells:
            assert canonical.text[cell.start : cell.end] == cell.raw


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("0123456789 \t|-/。、abc公开\n", max_size=30), max_size=30))
def test_garbage_gives_no_cells(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    if data.strip():
        assert not read_tables(build(read_bytes(data, "a.txt")), ()).cells


def test_headings_and_a_signature_between_blanks_are_lines_of_their_own() -> None:
    lines = [
        "现将2009年度政府信息公开工作情况报告如下： 一、概述 2009年，柳湾街道设立了查阅点。共发放指南三百份。",
        "二、主动公开政府信息情况",
        "三、依申请公开政府信息情况 六、政府信息公开工作存在的主要问题 渠道窄。今后将拓宽渠道。 青禾区柳湾街道办事处 二○一○年三月二日 |",
    ]
    texts = paragraphs("\n".join(lines))
    assert texts == [
        "现将2009年度政府信息公开工作情况报告如下：",
        "一、概述 2009年，柳湾街道设立了查阅点。共发放指南三百份。",
        "二、主动公开政府信息情况",
        "三、依申请公开政府信息情况",
        "六、政府信息公开工作存在的主要问题 渠道窄。今后将拓宽渠道。",
        "青禾区柳湾街道办事处 二○一○年三月二日 |",
    ]


def test_a_contents_list_on_one_line_stays_one() -> None:
    line = "一、总体情况 二、主动公开政府信息情况 三、收到和处理政府信息公开申请情况 四、政府信息公开行政复议、行政诉讼情况"
    assert paragraphs(line + "\n全年公开信息40条。")[0] == line


def test_empty_cells_of_a_page_laid_out_as_one_table_are_no_text() -> None:
    many = "|" * 40
    text = f"柳湾镇2022年政府信息公开工作年度报告 |\n{many}\n来源： 时间：2023-01-28 | {many}\n一、总体情况 2022年，公开信息90条。 | {many}"
    assert [t for t in paragraphs(text) if "|" in t.rstrip(" |")] == []
    assert paragraphs(text)[-1] == "一、总体情况 2022年，公开信息90条。"


def test_the_margin_of_wrapped_prose_is_no_indent() -> None:
    sentence = "全县各级行政机关通过政府网站、政务新媒体和查阅点公开政府信息，并按季度核对公开目录，做到应公开尽公开。"
    wrapped = "\n".join("  " + (sentence * 6)[i : i + 38] for i in range(0, len(sentence) * 6, 38))
    assert build(read_bytes(wrapped.encode(), "a.txt")).text.strip() == sentence * 6
    indented = "\n".join(["  " + sentence] * 8)
    assert build(read_bytes(indented.encode(), "a.txt")).text.split() == [sentence] * 8


@pytest.mark.parametrize("ruler", ["| --- | --- | --- | --- | ", ""])
def test_a_table_inside_a_cell_that_became_one_row(ruler: str) -> None:
    line = (
        f"| 第二十条第（一）项 | {ruler}| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 | | 规章 | 0 | 0 | 2 | | 行政规范性文件 | 11 | 7 | 133 |"
        " | 第二十条第（五）项 | | 信息内容 | 本年处理决定数量 | | 行政许可 | 948 | | 第二十条第（六）项 | | 信息内容 | 本年处理决定数量 |"
        " | 行政处罚 | 6 | | 行政强制 | 0 |  三、收到和处理政府信息公开申请情况 |"
    )
    canonical = build(read_bytes(f"二、主动公开政府信息情况\n{line}\n".encode(), "a.md"))
    cells = {c.code: str(c.value) for c in read_tables(canonical, split_sections(canonical)[0]).cells}
    assert cells == {
        "t2.regulation.issued": "0", "t2.regulation.repealed": "0", "t2.regulation.effective": "2",
        "t2.normative.issued": "11", "t2.normative.repealed": "7", "t2.normative.effective": "133",
        "t2.licence.decisions": "948", "t2.penalty.decisions": "6", "t2.coercion.decisions": "0",
    }  # fmt: skip
    assert "三、收到和处理政府信息公开申请情况" in canonical.text.split("\n")


def test_a_report_on_one_line_has_its_title_and_its_last_section() -> None:
    line = (
        "云岭县水务局2023年政府信息公开工作年度报告 根据条例规定，现公布年报。 一、总体情况 2023年，我局公开信息40条。 "
        "五、存在的主要问题及改进情况 存在更新不及时的问题。 六、其他需要报告的事项 无"
    )
    text = build(read_bytes(line.encode(), "a.txt")).text.split("\n")
    assert text[0] == "云岭县水务局2023年政府信息公开工作年度报告"
    assert text[-2] == "六、其他需要报告的事项 无"


T3_HEAD = "申请人情况\n\n自然人\n法人或其他组织\n总计\n\n\n商业企业\n科研机构\n社会公益组织\n法律服务机构\n其他\n\n"


@pytest.mark.parametrize(
    ("second", "cells"),
    [
        # LibreOffice prints a cell a line, and NBSP where it is blank
        (("18", "\xa0", "\xa0", "\xa0", "\xa0", "\xa0", "18"), [18, None, None, None, None, None, 18]),
        # a row without one of its cells: where they stand is not known
        (("18", "\xa0", "\xa0", "\xa0", "\xa0", "18"), None),
    ],
)
def test_a_line_of_hard_space_is_a_blank_cell_where_all_rows_are_full(
    second: tuple[str, ...], cells: list[int | None] | None
) -> None:
    first = ("8", "3", "\xa0", "\xa0", "2", "1", "14")
    rows = zip(("一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量"), (first, second), strict=True)
    text = (
        "三、收到和处理政府信息公开申请情况\n" + T3_HEAD + "".join(f"{label}\n" + "\n".join(row) + "\n" for label, row in rows)
    )
    found = {c.code: c.value for c in read_tables(build(read_bytes(text.encode(), "a.txt"))).cells}
    read = [
        found.get(f"t3.carried_in.{c}", "absent")
        for c in ("natural", "business", "research", "nonprofit", "legal", "other", "total")
    ]
    if cells is None:
        assert not {v for v in read if v not in (None, "absent")} - {18}
    else:
        assert read == cells
