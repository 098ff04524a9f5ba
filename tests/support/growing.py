"""Hostile input of any size: what costs a reader or a rule more than its share shows when the size is multiplied."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.factories import sample_text
from tests.support.ofd_writer import OfdPage, write_ofd
from tests.support.pdf_writer import PdfPage, write_pdf


@dataclass(frozen=True, slots=True)
class Growing:
    """``make(n)`` gives the bytes of the file ``name``, ``n`` times what it repeats; ``size`` is a usual ``n``."""

    name: str
    size: int
    make: Callable[[int], bytes]


def report_with(body: str) -> bytes:
    """A report whose second section ends with ``body``."""
    before, mark, after = sample_text().partition("\n三、")
    assert mark
    return f"{before}\n{body}\n{mark.lstrip()}{after}".encode()


def _text(size: int, piece: Callable[[int], str]) -> Growing:
    return Growing("a.txt", size, lambda n: report_with(piece(n)))


def _page(size: int, piece: Callable[[int], str]) -> Growing:
    head = "<html><body><h1>云岭县水务局2021年政府信息公开工作年度报告</h1><p>一、总体情况</p>"
    return Growing("a.html", size, lambda n: f"{head}{piece(n)}<p>全年公开信息40条。</p></body></html>".encode())


_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _docx(size: int, piece: Callable[[int], str]) -> Growing:
    def make(n: int) -> bytes:
        title = "<w:p><w:r><w:t>云岭县水务局2021年政府信息公开工作年度报告</w:t></w:r></w:p>"
        part = f'<w:document xmlns:w="{_NAMESPACE}"><w:body>{title}{piece(n)}</w:body></w:document>'
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("word/document.xml", part)
        return out.getvalue()

    return Growing("a.docx", size, make)


def _pdf(size: int, content: Callable[[int], list[str]], pages: Callable[[int], int] = lambda n: 1) -> Growing:
    def make(n: int) -> bytes:
        made = []
        for _ in range(pages(n)):
            page = PdfPage()
            page.text(60, 100, "全年公开信息40条。")
            page.operators += content(n)
            made.append(page)
        return write_pdf(made)

    return Growing("a.pdf", size, make)


def _glyphs(n: int) -> bytes:
    page = PdfPage()
    for k in range(0, n, 40):
        page.text(40 + k % 7, 60 + k / 40 % 700, "公开信息" * 10, 4)
    return write_pdf([page])


def _ofd(n: int) -> bytes:
    page = OfdPage()
    for k in range(n):
        page.text(20, 20 + k % 250, "全年公开信息40条。")
    return write_ofd([page])


def _packed(n: int) -> bytes:
    """A DOCX among many other members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{_NAMESPACE}"><w:body><w:p><w:r><w:t>公开</w:t></w:r></w:p></w:body></w:document>',
        )
        for k in range(n):
            archive.writestr(f"word/media/{k}.bin", b"1")
    return out.getvalue()


def _mail(n: int) -> bytes:
    part = '--x\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n<html><body><p>公开</p></body></html>\r\n'
    return ('MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n' + part * n + "--x--\r\n").encode()


def _table(rows: int, columns: int) -> str:
    return "<table>" + f"<tr>{'<td>1</td>' * columns}</tr>" * rows + "</table>"


GROWING: dict[str, Growing] = {
    # numbers
    "九": _text(5_000, lambda n: f"全年收到申请{'九' * n}件。"),
    "九成": _text(5_000, lambda n: "九成" * n),
    "1亿亿…件": _text(5_000, lambda n: f"全年收到申请1{'亿' * n}件。"),
    "9…件": _text(5_000, lambda n: f"全年收到申请{'9' * n}件。"),
    "1,000,…件": _text(3_000, lambda n: f"全年收到申请1{',000' * n}件。"),
    "1.1.1…": _text(5_000, lambda n: "1." * n),
    "一千零…": _text(3_000, lambda n: "全年收到申请" + "一千零" * n + "件。"),
    "12件": _text(3_000, lambda n: "12件" * n),
    "12件,": _text(3_000, lambda n: "12件，" * n),
    "申请12件、": _text(2_000, lambda n: "受理申请12件、" * n),
    "其中12件": _text(2_000, lambda n: "其中依申请公开12件，" * n),
    "2021年": _text(3_000, lambda n: "2021年" * n),
    "%": _text(5_000, lambda n: "%" * n),
    "5%—": _text(3_000, lambda n: "5%—" * n),
    "分别为": _text(1_000, lambda n: "受理、" * n + "分别为" + "12件、" * n),
    "百分之": _text(3_000, lambda n: "百分之" * n),
    "百分之五": _text(3_000, lambda n: "百分之五" * n),
    "一亿": _text(3_000, lambda n: "一亿" * n),
    "1/2": _text(3_000, lambda n: "1/2" * n),
    "12—13件": _text(2_000, lambda n: "12—13件、" * n),
    "dates": _text(2_000, lambda n: "2021年1月2日、" * n),
    "telephones": _text(2_000, lambda n: "0515-12345678 " * n),
    "of these": _text(1_000, lambda n: "其中：" * n + "12件。"),
    "0件": _text(2_000, lambda n: "行政复议0件、行政诉讼0件，" * n),
    "没有": _text(2_000, lambda n: "没有收到申请，" * n),
    "未发生": _text(1_000, lambda n: "行政复议、行政诉讼、" * n + "均未发生。"),
    "sentences of numbers": _text(500, lambda n: "收到申请12件，其中自然人8件、法人4件。" * n),
    "problems": _text(300, lambda n: "一是公开不够及时；二是解读不够多；三是队伍不够强。" * n),
    # marks
    "[]": _text(3_000, lambda n: "[]" * n),
    "《》": _text(2_000, lambda n: "《公开条例》" * n),
    "《《…》》": _text(3_000, lambda n: "《" * n + "》" * n),
    "““…””": _text(3_000, lambda n: "“" * n + "”" * n),
    "（公开）": _text(2_000, lambda n: "（公开）" * n),
    "：": _text(5_000, lambda n: "：" * n),
    "/": _text(5_000, lambda n: "/" * n),
    "；": _text(3_000, lambda n: "公开；" * n),
    "（一）": _text(2_000, lambda n: "（一）公开" * n),
    "1.": _text(2_000, lambda n: "".join(f"{k}.公开" for k in range(n))),
    "第一": _text(2_000, lambda n: "第一，公开。" * n),
    "combining marks": _text(5_000, lambda n: "e\u0301" * n),
    "zero-width": _text(10_000, lambda n: "公\u200b" * n),
    "surrogates": Growing("a.txt", 5_000, lambda n: ("公开" + "\ud800" * n).encode("utf-16-le", "surrogatepass")),
    "broken UTF-8": Growing("a.txt", 5_000, lambda n: report_with("公开") + "公".encode()[:2] * n),
    "（": _text(5_000, lambda n: "（" * n),
    "）": _text(5_000, lambda n: "）" * n),
    "（（…））": _text(3_000, lambda n: "（" * n + "）" * n),
    "《": _text(5_000, lambda n: "《" * n),
    "“": _text(5_000, lambda n: "“" * n),
    "、": _text(5_000, lambda n: "、" * n),
    "公开、": _text(3_000, lambda n: "信息公开、" * n),
    "。": _text(5_000, lambda n: "。" * n),
    "，": _text(5_000, lambda n: "，" * n),
    "一是": _text(3_000, lambda n: "一是" * n),
    "一是公开；": _text(2_000, lambda n: "一是公开不够；" * n),
    "spaces": _text(20_000, lambda n: "公开" + " " * n + "信息"),
    "full-width spaces": _text(20_000, lambda n: "公开" + "　" * n + "信息"),
    "tabs": _text(10_000, lambda n: "公开" + "\t" * n + "信息"),
    "dots": _text(10_000, lambda n: "公开" + "." * n + "信息"),
    "dashes": _text(10_000, lambda n: "公开" + "-" * n + "信息"),
    "underscores": _text(10_000, lambda n: "公开" + "_" * n + "信息"),
    "letters": _text(20_000, lambda n: "a" * n),
    "an address": _text(20_000, lambda n: "http://a.b/" + "a." * n),
    "mail": _text(10_000, lambda n: "a@" * n),
    "a line of prose": _text(3_000, lambda n: "全年公开信息40条，比上年增加" * n),
    "区县局": _text(5_000, lambda n: "云岭县水务局" * n),
    "县": _text(5_000, lambda n: "县" * n),
    # lines
    "lines of prose": _text(500, lambda n: "全年公开信息40条，比上年增长5%。\n" * n),
    "short lines": _text(3_000, lambda n: "公开\n" * n),
    "empty lines": _text(10_000, lambda n: "\n" * n),
    "headings": _text(1_000, lambda n: "二、主动公开政府信息情况\n" * n),
    "headings in order": _text(
        300,
        lambda n: "".join(
            f"{'一二三四五六'[k % 6]}、{['总体情况', '主动公开', '收到申请', '复议诉讼', '存在问题', '其他事项'][k % 6]}\n"
            for k in range(n)
        ),
    ),
    "agencies": _text(
        500, lambda n: "".join(f"云岭县水务{k}局2021年政府信息公开工作年度报告\n公开{k}条。\n" for k in range(n))
    ),
    "lists of lines": _text(500, lambda n: "一是公开不够及时。\n" * n),
    "a sentence a line": _text(1_000, lambda n: "全年公开\n信息40条\n，" * n),
    "colons and lines": _text(1_000, lambda n: "公开：\n" * n),
    "words beside numbers": _text(1_000, lambda n: "行政许可 12\n" * n),
    "headings with text": _text(500, lambda n: "二、主动公开政府信息情况\n全年公开信息40条。\n" * n),
    "subheadings": _text(1_000, lambda n: "（一）主动公开\n" * n),
    "numbered lines": _text(1_000, lambda n: "".join(f"{k}.公开\n" for k in range(1, n + 1))),
    "all sections again": _text(
        50, lambda n: "一、总体情况\n无。\n二、主动公开政府信息情况\n无。\n三、收到和处理政府信息公开申请情况\n无。\n" * n
    ),
    "titles": _text(500, lambda n: "云岭县水务局2021年政府信息公开工作年度报告\n" * n),
    "page numbers": _text(2_000, lambda n: "".join(f"- {k} -\n公开\n" for k in range(1, n + 1))),
    "lines of |": _text(2_000, lambda n: "|\n" * n),
    "lines of | |": _text(1_000, lambda n: "| 1 | 2 |\n" * n),
    "| in a line": _text(5_000, lambda n: "|" * n),
    "a table of tabs": _text(1_000, lambda n: "行政许可\t12\t3\n" * n),
    "many columns": _text(1_000, lambda n: ("\t".join(["1"] * n) + "\n") * 3),
    "columns of spaces": _text(1_000, lambda n: "行政许可     12     3\n" * n),
    "the form again": _text(5, lambda n: sample_text().partition("\n")[2] * n),
    "single characters": _text(1_000, lambda n: "公\n开\n信\n息\n" * n),
    "quotes": _text(3_000, lambda n: '"公开",' * n),
    "torn words": _text(2_000, lambda n: "公 开 信 息 " * n),
    "Markdown marks": _text(3_000, lambda n: "**" * n),
    "Markdown links": _text(3_000, lambda n: "[" * n),
    "tags in text": _text(3_000, lambda n: "<b>" * n),
    "entities in text": _text(3_000, lambda n: "&nbsp;" * n),
    # web pages
    "attributes": _page(10_000, lambda n: f"<p {' '.join(f'a{k}=1' for k in range(n))}>公开</p>"),
    "equal attributes": _page(10_000, lambda n: f"<p {'a=1 ' * n}>公开</p>"),
    "style declarations": _page(10_000, lambda n: f'<p style="{"color:red;" * n}">公开</p>'),
    "classes": _page(10_000, lambda n: f'<p class="{"a " * n}">公开</p>'),
    "nested tags": _page(60, lambda n: "<div>" * n + "公开" + "</div>" * n),
    "open tags": _page(3_000, lambda n: "<b>公开" * n),
    "closing tags": _page(5_000, lambda n: "</b>" * n),
    "nested tables": _page(10, lambda n: "<table><tr><td>1" * n + "</table>" * n),
    "nested lists": _page(60, lambda n: "<ul><li>公开" * n),
    "list items": _page(2_000, lambda n: "<ul>" + "<li>公开信息" * n + "</ul>"),
    "tables": _page(300, lambda n: "<table><tr><td>1</td></tr></table>" * n),
    "rows": _page(1_000, lambda n: _table(n, 3)),
    "columns": _page(300, lambda n: _table(3, n)),
    "spans": _page(300, lambda n: "<table>" + "<tr><td rowspan=9 colspan=9>1</td></tr>" * n + "</table>"),
    "paragraphs": _page(2_000, lambda n: "<p>公开信息</p>" * n),
    "breaks": _page(5_000, lambda n: "公开<br>" * n),
    "scripts": _page(2_000, lambda n: "<script>a</script>" * n),
    "comments": _page(5_000, lambda n: "<!-- a -->" * n),
    "open comments": _page(5_000, lambda n: "<!--" * n),
    "links": _page(2_000, lambda n: '<a href="/a.html">公开</a>' * n),
    "pictures": _page(2_000, lambda n: '<img src="a.png" alt="公开">' * n),
    "metas": _page(3_000, lambda n: '<meta name="PubDate" content="2021-01-01">' * n),
    "entities": _page(20_000, lambda n: "<p>" + "&amp;" * n + "</p>"),
    "iframes": _page(2_000, lambda n: "<iframe srcdoc='公开'></iframe>" * n),
    "<": _page(20_000, lambda n: "<" * n),
    "sheets": _page(2_000, lambda n: "<style>.a{display:none}</style>" * n),
    "rules of a sheet": _page(2_000, lambda n: "<style>" + ".a{display:none}" * n + "</style><p class=a>公</p>"),
    "form rows": _page(300, lambda n: "<table>" + "<tr><td>行政许可</td><td>12</td><td>3</td><td>4</td></tr>" * n + "</table>"),
    "wide spans": _page(300, lambda n: "<table>" + "<tr><td colspan=1000>1</td></tr>" * n + "</table>"),
    "tall spans": _page(
        300, lambda n: "<table><tr>" + "<td rowspan=60000>1</td>" * n + "</tr>" + "<tr><td>2</td></tr>" * n + "</table>"
    ),
    "headings of a page": _page(1_000, lambda n: "<h2>二、主动公开政府信息情况</h2>" * n),
    "bold lines": _page(1_000, lambda n: "<p><b>（一）主动公开</b></p>" * n),
    "spans of text": _page(5_000, lambda n: "<p>" + "<span>公开</span>" * n + "</p>"),
    "hidden parts": _page(2_000, lambda n: "<p style='display:none'>公开</p>" * n),
    "many sheets": _page(
        1_000,
        lambda n: (
            "<style>"
            + "".join(f".a{k}{{display:none}}" for k in range(n))
            + "</style>"
            + "".join(f"<p class=a{k}>公</p>" for k in range(n))
        ),
    ),
    "definition lists": _page(2_000, lambda n: "<dl>" + "<dt>公开<dd>信息" * n + "</dl>"),
    "names of entities": _page(5_000, lambda n: "<p>" + "&abc" * n + "</p>"),
    "parts of an MHT": Growing("a.mht", 500, _mail),
    # DOCX
    "members beside it": Growing("a.docx", 1_000, _packed),
    "nested tables and rows": _docx(
        100,
        lambda n: (
            "<w:tbl><w:tr><w:tc>" + "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>" * n + "<w:p/></w:tc></w:tr></w:tbl>"
        ),
    ),
    "cells of a row": _docx(
        500, lambda n: f"<w:tbl><w:tr>{'<w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc>' * n}</w:tr></w:tbl>"
    ),
    "tall cells": _docx(
        300,
        lambda n: (
            "<w:tbl>"
            + '<w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p/></w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>'
            * n
            + "</w:tbl>"
        ),
    ),
    "text boxes": _docx(
        500,
        lambda n: (
            "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>公开</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>" * n
        ),
    ),
    # OFD
    "texts of an OFD": Growing("a.ofd", 500, _ofd),
    "empty runs": _docx(20_000, lambda n: f"<w:p>{'<w:r/>' * n}</w:p>"),
    "runs": _docx(10_000, lambda n: f"<w:p>{'<w:r><w:t>公</w:t></w:r>' * n}</w:p>"),
    "empty paragraphs": _docx(10_000, lambda n: "<w:p/>" * n),
    "paragraphs of a DOCX": _docx(2_000, lambda n: "<w:p><w:r><w:t>公开</w:t></w:r></w:p>" * n),
    "nested tables of a DOCX": _docx(10, lambda n: "<w:tbl><w:tr><w:tc>" * n + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * n),
    "rows of a DOCX": _docx(
        500, lambda n: f"<w:tbl>{'<w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr>' * n}</w:tbl>"
    ),
    "tables of a DOCX": _docx(300, lambda n: "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>" * n),
    "grid of a DOCX": _docx(
        2_000, lambda n: f"<w:tbl><w:tblGrid>{'<w:gridCol/>' * n}</w:tblGrid><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    ),
    "merged cells": _docx(
        300,
        lambda n: (
            "<w:tbl>" + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="60"/><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>' * n + "</w:tbl>"
        ),
    ),
    "fields": _docx(3_000, lambda n: "<w:p>" + '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * n + "</w:p>"),
    # PDF
    "pages": _pdf(50, lambda n: [], lambda n: n),
    "glyphs": Growing("a.pdf", 4_000, _glyphs),
    "texts of a PDF": _pdf(500, lambda n: ["BT /F1 4 Tf 1 0 0 1 60 60 Tm <516C> Tj ET"] * n),
    "dotted lines": _pdf(2_000, lambda n: [f"{k % 500} 100 m {k % 500 + 1} 100 l S" for k in range(n)]),
    "forms of a PDF": _pdf(2_000, lambda n: ["q 1 0 0 1 1 1 cm Q"] * n),
    "lines of a PDF": _pdf(2_000, lambda n: [f"{k % 500} {k % 800} m {k % 500 + 9} {k % 800} l S" for k in range(n)]),
    "rectangles": _pdf(2_000, lambda n: [f"{k % 500} {k % 800} 9 9 re S" for k in range(n)]),
    "grids of lines": _pdf(
        100,
        lambda n: (
            [f"60 {60 + 3 * k} m 500 {60 + 3 * k} l S" for k in range(n)]
            + [f"{60 + 30 * k} 60 m {60 + 30 * k} 500 l S" for k in range(9)]
        ),
    ),
    "states": _pdf(10_000, lambda n: ["q"] * n),
    # text with commas
    "a field of CSV": Growing("a.csv", 300_000, lambda n: f"项目,数量\n{'公开' * n},1\n".encode()),
    "fields of CSV": Growing("a.csv", 2_000, lambda n: f"{','.join(['公开'] * n)}\n".encode() * 3),
    "rows of CSV": Growing("a.csv", 3_000, lambda n: "公开,1\n".encode() * n),
    "quotes of CSV": Growing("a.csv", 5_000, lambda n: b'"a","",' * n),
    "a long line": Growing("a.txt", 400_000, lambda n: "公开".encode() * n),
    "a long line of a page": Growing("a.html", 400_000, lambda n: b"<p>" + "公开".encode() * n),
}


__all__ = ["GROWING", "Growing", "report_with"]
