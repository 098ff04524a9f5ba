"""Word files: the text as printed, spans, numbers that are not in the text, boxes once, changes accepted; damage is said."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from corpus.errors import ReadError
from corpus.readers import read_bytes
from corpus.readers.docx.numbering import format_number
from corpus.text.canonical import build
from corpus.text.normalise import squeeze
from corpus.types import Document, Grid, Paragraph, TextBlock
from extract.pipeline import analyze_bytes
from tests.corpus.readers.test_html_reader import expected, grids, texts
from tests.support.exporters import words
from tests.support.exporters.words import package, wrap
from training.samples.build import load

NARRATIVES = load()


def read(body: str, **parts: str) -> Document:
    return read_bytes(package(wrap(body), **parts), "a.docx")


def p(text: str, properties: str = "", run: str = "") -> str:
    rpr = f"<w:rPr>{run}</w:rPr>" if run else ""
    ppr = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{ppr}<w:r>{rpr}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def listed(text: str, level: int, number: int = 7) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


@pytest.mark.parametrize("number", range(len(NARRATIVES)), ids=[n.id for n in NARRATIVES])
def test_samples_come_back_whole(number: int) -> None:
    narrative = NARRATIVES[number]
    data = words.docx(narrative, number)
    document = read_bytes(data, "a.docx")
    paragraphs, cells = expected(narrative)
    canonical = build(document)
    assert [squeeze(canonical.text[b.start : b.end]) for b in canonical.blocks if isinstance(b, TextBlock)] == paragraphs
    got = [sorted((c.row, c.column, squeeze(c.text), c.row_span, c.column_span) for c in g.cells) for g in grids(document)]
    assert got == cells
    if number % 4 == 0:
        found = {c.code: (c.value, c.state) for c in analyze_bytes(data, "a.docx").cells}
        assert found == {k: (c.value, c.state) for k, c in narrative.cells.items()}


# numbers that Word prints


@pytest.mark.parametrize(
    ("n", "style", "printed"),
    [
        (1, "decimal", "1"), (12, "chineseCountingThousand", "十二"), (20, "japaneseCounting", "二十"), (10, "chineseCounting", "十"),
        (3, "decimalEnclosedCircle", "③"), (4, "decimalEnclosedParen", "⑷"), (2, "decimalZero", "02"), (5, "decimalFullWidth", "５"),
        (14, "lowerRoman", "xiv"), (4, "upperRoman", "IV"), (3, "upperLetter", "C"), (28, "lowerLetter", "bb"), (2, "ideographTraditional", "乙"),
        (3, "chineseLegalSimplified", "叁"), (7, "none", ""), (9, "someNewStyle", "9"),
    ],
)  # fmt: skip
def test_number_formats(n: int, style: str, printed: str) -> None:
    assert format_number(n, style) == printed


def test_lists_count_and_restart() -> None:
    body = (
        listed("甲", 0)
        + listed("乙", 1)
        + listed("丙", 1)
        + p("正文。")
        + listed("丁", 0)
        + listed("戊", 1)
        + listed("三、己", 0)
        + listed("无号", 0, 0)
    )
    assert texts(read(body)) == ["一、甲", "（一）乙", "（二）丙", "正文。", "二、丁", "（一）戊", "三、己", "无号"]


def test_numbers_from_styles_overrides_and_multilevel_texts() -> None:
    numbering = words._NUMBERING.replace(
        "</w:numbering>",
        '<w:abstractNum w:abstractNumId="6"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="s"/><w:lvlText w:val="%1.%2"/></w:lvl>'
        '<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="\uf06c"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="8"><w:abstractNumId w:val="6"/></w:num>'
        '<w:num w:numId="9"><w:abstractNumId w:val="6"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num></w:numbering>',
    )
    styles = words._STYLES.replace(
        "</w:styles>",
        '<w:style w:type="paragraph" w:styleId="s"><w:name w:val="My"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="8"/></w:numPr></w:pPr></w:style></w:styles>',
    )
    body = (
        listed("甲", 0, 8)
        + p("乙", '<w:pStyle w:val="s"/>')
        + p("丙", '<w:pStyle w:val="s"/>')
        + listed("点", 2, 8)
        + listed("丁", 0, 9)
    )
    body += p("撤", '<w:pStyle w:val="s"/><w:numPr><w:numId w:val="0"/></w:numPr>') + listed("未定义", 0, 77)
    document = read(body, numbering=numbering, styles=styles)
    assert texts(document) == ["1.甲", "1.1 乙", "1.2 丙", "点", "5.丁", "撤", "未定义"]


# runs


def test_changes_are_accepted_and_marks_are_not_text() -> None:
    body = (
        '<w:p><w:r><w:t>公开</w:t></w:r><w:del w:id="1"><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins w:id="2"><w:r><w:t>12</w:t></w:r></w:ins>'
        '<w:moveFrom w:id="3"><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:moveTo w:id="4"><w:r><w:t>条</w:t></w:r></w:moveTo>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:smartTag><w:r><w:t>，其中</w:t></w:r></w:smartTag>"
        "<w:sdt><w:sdtContent><w:r><w:t>微博3条</w:t></w:r></w:sdtContent></w:sdt><w:r><w:noBreakHyphen/><w:softHyphen/></w:r>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>9</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "x" </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>网站</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        "<w:r><w:ruby><w:rt><w:r><w:t>lu</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>泸</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>"
    )
    assert texts(read(body)) == ["公开12条，其中微博3条-☑网站泸"]


def test_soft_breaks_tabs_notes_and_headings() -> None:
    notes = f'<w:footnotes {words._NS}><w:footnote w:type="separator" w:id="0"/><w:footnote w:id="2">{p("注：统计至年底。")}</w:footnote></w:footnotes>'
    body = (
        p("某某局2021年政府信息公开工作年度报告", '<w:pStyle w:val="t"/>')
        + "<w:p><w:r><w:t>　　全年公开信息40条，</w:t><w:br/><w:t>办理提案3件。</w:t><w:br/><w:t>　　另起一段。</w:t></w:r></w:p>"
        + '<w:p><w:r><w:tab/><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        + p("一、总体情况", '<w:pStyle w:val="1"/>')
        + p("（一）主动公开", "", "<w:b/>")
        + p("（二）依申请", '<w:outlineLvl w:val="2"/>')
        + p("目录一、总体情况\t1", '<w:pStyle w:val="toc"/>')
    )
    styles = words._STYLES.replace(
        "</w:styles>", '<w:style w:type="paragraph" w:styleId="toc"><w:name w:val="toc 1"/></w:style></w:styles>'
    )
    document = read(body, footnotes=notes, styles=styles)
    found = build(document)
    assert found.text.split("\n")[1:-1] == [
        "全年公开信息40条，办理提案3件。", "另起一段。", "甲 乙", "注：统计至年底。", "一、总体情况", "（一）主动公开", "（二）依申请",
    ]  # fmt: skip
    assert [b.level for b in document.blocks if isinstance(b, Paragraph)][-3:] == [1, 2, 3]


def test_text_boxes_once_and_contents_not_at_all() -> None:
    box = words._text_box(
        p("框里的话。") + f"<w:tbl><w:tr>{cell('甲')}{cell('1')}</w:tr><w:tr>{cell('乙')}{cell('2')}</w:tr></w:tbl>"
    )
    toc = f'<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>{p("目录")}</w:sdtContent></w:sdt>'
    document = read(
        toc
        + f"<w:p><w:r><w:t>前文。</w:t></w:r>{box}</w:p>"
        + f"<w:sdt><w:sdtContent>{p('控件里的话。')}</w:sdtContent></w:sdt>"
    )
    assert texts(document) == ["前文。", "框里的话。", "控件里的话。"]
    assert [[c.text for c in row] for g in grids(document) for row in g.rows()] == [["甲", "1"], ["乙", "2"]]


# tables


def cell(text: str, properties: str = "", inner: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text) if text else '<w:p/>'}{inner}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def places(grid: Grid) -> list[tuple[int, int, str, int, int]]:
    return [(c.row, c.column, c.text, c.row_span, c.column_span) for c in grid.cells]


def test_merges() -> None:
    restart, go_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = table(
        cell("甲", '<w:gridSpan w:val="2"/>' + restart) + cell("乙"),
        cell("", '<w:gridSpan w:val="2"/>' + go_on) + cell("1"),
        cell("丙") + cell("丁", '<w:hMerge w:val="restart"/>') + cell("", '<w:hMerge w:val="continue"/>'),
        cell("", go_on) + cell("断", restart) + cell("2"),
    )
    (grid,) = grids(read(body))
    assert places(grid) == [
        (0, 0, "甲", 2, 2), (0, 2, "乙", 1, 1), (1, 2, "1", 1, 1), (2, 0, "丙", 1, 1), (2, 1, "丁", 1, 2), (3, 0, "", 1, 1),
        (3, 1, "断", 1, 1), (3, 2, "2", 1, 1),
    ]  # fmt: skip


def test_rows_that_are_deleted_set_in_or_wrapped() -> None:
    body = (
        f"<w:tbl><w:tr>{cell('甲')}{cell('1')}</w:tr><w:tr><w:trPr><w:del w:id='1'/></w:trPr>{cell('删')}{cell('9')}</w:tr>"
        f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{cell("2")}</w:tr><w:sdt><w:sdtContent><w:tr>{cell("乙")}<w:sdt><w:sdtContent>{cell("3")}'
        "</w:sdtContent></w:sdt></w:tr></w:sdtContent></w:sdt></w:tbl>"
    )
    (grid,) = grids(read(body))
    assert [(c.row, c.column, c.text) for c in grid.cells] == [
        (0, 0, "甲"),
        (0, 1, "1"),
        (1, 1, "2"),
        (2, 0, "乙"),
        (2, 1, "3"),
    ]


def test_nested_and_layout_tables() -> None:
    inner = table(cell("项") + cell("数"), cell("甲") + cell("1"))
    document = read(table(cell("一、总体情况") + cell("", "", inner + "<w:p/>")))
    assert (texts(document), len(grids(document))) == (["一、总体情况"], 1)
    prose = "全年公开信息40条，办理提案3件，按期办结率100%。" * 8
    assert texts(read(table(cell("一、总体情况") + cell(prose), cell("二、其他") + cell("无。")))) == [
        "一、总体情况",
        prose,
        "二、其他",
        "无。",
    ]
    assert texts(read(table(cell("只有一列"), cell("的表")))) == ["只有一列", "的表"]


def test_tables_printed_with_tabs() -> None:
    lines = ("信息内容\t本年制发件数\t本年废止件数\t现行有效件数", "规章\t0\t0\t0", "行政规范性文件\t1\t2\t3")
    body = p("二、主动公开政府信息情况") + "".join(
        "<w:p>" + "<w:r><w:tab/></w:r>".join(f"<w:r><w:t>{t}</w:t></w:r>" for t in line.split("\t")) + "</w:p>"
        for line in lines
    )
    report = analyze_bytes(package(wrap(p("某某局2021年政府信息公开工作年度报告") + body)), "a.docx")
    assert {c.code: c.value for c in report.cells}["t2.normative.effective"] == 3


# damage


def zipped(**files: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


GOOD = package(wrap(p("一、总体情况")))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04", "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (zipped(**{"xl/workbook.xml": "<x/>"}), "no Word document"),
        (package("<w:document"), "well-formed"),
        (package("<html/>"), "not a Word document"),
        (package(f"<!DOCTYPE x [<!ENTITY a 'b'>]>{wrap(p('&a;'))}"), "document type"),
        (package(wrap("<w:tbl><w:tr><w:tc>" * 2_000)), "well-formed"),
        (package(wrap("<w:p>" * 5_000 + "</w:p>" * 5_000)), "well-formed"),
        (package(wrap(" " * 45_000_000)), "unpacks to more"),
        (package(wrap("<w:p/>" * 4_000_000)), "elements"),
        (b"%PDF-1.4", "PDF file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "LibreOffice"),
        ("一、总体情况".encode(), "no DOCX"),
    ],
    ids=[
        "header",
        "truncated",
        "xlsx",
        "xml",
        "html",
        "entities",
        "tables",
        "paragraphs",
        "bomb",
        "elements",
        "pdf",
        "doc",
        "text",
    ],
)
def test_damage_is_said(data: bytes, message: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ReadError, match=message):
        read_bytes(data, "a.docx")
    assert time.perf_counter() - started < 20


def test_a_docx_under_another_name() -> None:
    for name in ("a.txt", "a.html", "a.pdf", "a.doc", "下载"):
        document = read_bytes(GOOD, name)
        assert texts(document) == ["一、总体情况"]
        assert document.reader == "docx"
    with pytest.raises(ReadError, match="ZIP container"):
        read_bytes(GOOD, "a.txt", reader="text")
    with pytest.raises(ReadError, match="encrypted"):
        read_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx")
