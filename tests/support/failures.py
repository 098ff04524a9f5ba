"""What ever failed, as small files: each once ended a run, lost a report, cost more than its share or was read for something else.

Fuzzing takes them as they are, and then mutated (``failures`` in :mod:`tests.attack.whole_path`).
"""

from __future__ import annotations

import base64
import csv
import io
import warnings
import zipfile
from collections.abc import Callable

from tests.support.factories import sample_text
from tests.support.pdf_writer import PdfPage, write_pdf

_TITLE = "云岭县水务局2021年政府信息公开工作年度报告"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _text(body: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: f"{sample_text()}{body}\n".encode(encoding)


def _page(body: str) -> Callable[[], bytes]:
    return lambda: f"<html><body><h1>{_TITLE}</h1><p>一、总体情况</p>{body}".encode()


def _package(part: bytes, name: str = "word/document.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, part)
    return out.getvalue()


def _docx(body: str) -> Callable[[], bytes]:
    title = f"<w:p><w:r><w:t>{_TITLE}</w:t></w:r></w:p>"
    return lambda: _package(f'<w:document xmlns:w="{_WORD}"><w:body>{title}{body}</w:body></w:document>'.encode())


def _archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> Callable[[], bytes]:
    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # equal names are meant
            for name, data in members:
                archive.writestr(zipfile.ZipInfo(name), data, method)
        return out.getvalue()

    return make


def _harmed(make: Callable[[], bytes], at: int, byte: int = 0xFF) -> Callable[[], bytes]:
    """A good file with a stretch of it overwritten."""

    def harm() -> bytes:
        data = make()
        return data[:at] + bytes([byte]) * 16 + data[at + 16 :]

    return harm


def _pdf(*operators: str, rotate: int = 0) -> Callable[[], bytes]:
    def make() -> bytes:
        page = PdfPage(rotate=rotate)
        page.text(60, 100, "全年公开信息40条。")
        page.operators += operators
        return write_pdf([page])

    return make


def _sheet(*rows: list[str]) -> Callable[[], bytes]:
    def make() -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue().encode()

    return make


_REPORT = sample_text().encode()

#: what it was -> name and bytes of a file
FAILURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    # archives
    "a member without a name": ("a.zip", lambda: base64.b85decode(
        'P)h>@6aWAK005P}dtD89X}5j=004df000F5004L{ba-^<nZ4$)wB?S!=9QV~g0khYfHE*LGv&Fo=9ItXx}4;{q2__F<%O)}ynyAmrR2Sw<+-%wx~ArerR9-|3goze<A8'
        'zYfV<?qljehk<%YEi<%Ou_xwPeltmV9b<iDZjfv+{@ouTi%jOLWK<%qE7l(Xosw>9Luw&Q?;3Q$V}1QY-O0001$y?b2{jbj3S0001f0000500000E_8Tw=b63cu(ailz'
        'vi&C<%*%@v4Ao#GBf45wC0q*<+_~YzoF)VujPfT<-CC9x25F0oaMQ+<+`Tkilya|iVEbofa8FH=7788y_4pHh2@5|3gv~U<+-%wg{<YgfaJfS=7Fy^=AEJMyo~0Qw&jS'
        'h=ajSPueUbjySC$if(lSe0Rj{Q6aWAK005P}dtD89X}5j=004df000F50000000000004ji00000crJ8!bWlqH0u%!j000000F}LaT@a090)7Ah0Db@f00jU500000000'
        '000Du9Z00000E_8TwP)h{{000000ssO4W&i*HLID5(000')),
    "a damaged LZMA member inside of an archive": ("a.zip", lambda: base64.b85decode(
        'P)h>@KL7#%4gi3?dtL9T+%mxc008O$000R9003!jZe?;VdTDS81O)(H004jh04Nf?I&#gAGJ$k?Z|Xd2IYsn;srJ<PX-g~Hx&R73%q9CSx;2X`>o*VrP{CTDw=HQ|r`f'
        'n<-08}N3l;~x=O*4a%pz4^y-mcT9ygbxCBR1C)=sKw9-R}EyzTgOzEJ>j5xf%m4z8(byZiSn#AuY8V!<VmwxuE`c3FI~z13>%mbmO5cn->o<%_lFaLkEfdggu)gHxN{)'
        'jIT*%QixmLWdUH_+&CE$ARVvBpUz!&8_YLP)h*<KLbAi0ssyGfW3QN@2T7}!2kdN>Hq)$2><{90000000000fB^si003!jZe?;VdTDS_O9ci1000010096u0002!00000'
        '00')),
    "equal members": ("a.zip", _archive(("a.txt", _REPORT), ("a.txt", _REPORT.replace(b"2022", b"2023")))),
    "a member named as one inside of another": ("a.zip", _archive(("b.zip", _archive(("a.txt", _REPORT))()), ("b.zip!", _REPORT))),
    "members that lead out": ("a.zip", _archive(*((n, _REPORT) for n in ("../a.txt", "/a.txt", "C:\\a.txt", "a!/b.txt")))),
    "names of members with signs": ("a.zip", _archive(*((n, _REPORT) for n in ("a\nb.txt", "'a'.txt", '[a]*"?.txt', " .txt", "=1+1.txt")))),
    "a member without a closing checksum": ("a.zip", _harmed(_archive(("a.txt", _REPORT), method=zipfile.ZIP_DEFLATED), 60)),
    "a damaged directory": ("a.zip", lambda: _archive(("a.txt", _REPORT))().replace(b"PK\x01\x02", b"PK\x01\xff")),
    "an archive in an archive in an archive in an archive": (
        "a.zip", lambda: _archive(("a.zip", _archive(("a.zip", _archive(("a.zip", _archive(("a.txt", _REPORT))()))()))()))()),
    # numbers
    "a number of many 亿": ("a.txt", _text("收到申请1亿亿亿亿件。")),
    "a number of many 九": ("a.txt", _text(f"收到申请{'九' * 5_000}件。")),
    "digits without end": ("a.txt", _text(f"收到申请{'9' * 5_000}件。")),
    "a number beyond counting": ("a.txt", _text("收到申请1e400件，收费1E+999元，同比增长∞%，NaN件。")),
    "digits of other scripts": ("a.txt", _text("收到申请１２²³件、٣٤件、①②件、𝟗件、〇件、⑴件。")),
    "shares in a row": ("a.txt", _text("九成" * 600)),
    "a range to nowhere": ("a.txt", _text("公开1-件、-2件、3—4—5件、至6件、7至件、8%至件。")),
    "a year of nothing": ("a.txt", _text("0000年、99999年、2021年0月、2021年13月32日、公元前221年公开信息3条。")),
    "a form with absurd cells": (
        "a.txt", lambda: sample_text().replace("\t1\t", f"\t{'9' * 400}\t").replace("\t0\t", "\t-0.0e9\t", 9).encode()),
    # text
    "a lone surrogate in UTF-16": ("a.txt", lambda: "公开".encode("utf-16") + b"\x00\xd8a\x00" + _REPORT.decode().encode("utf-16-le")),
    "bytes of no encoding": ("a.txt", lambda: _REPORT + b"\xff\xff\x80"),
    "half a character at the end": ("a.txt", lambda: _REPORT[:-2]),
    "GBK with a euro": ("a.txt", lambda: sample_text().encode("gb18030") + b"\x80\n"),
    "controls in the text": ("a.txt", _text("公开\x00\x01\x0b\x0c\x1b[2J\x85\x9b信息\ufeff\u200b\u202e\u2028\ufffd\ufffe12件。")),
    "a private character": ("a.txt", _text("公开\ue000信息\U000f0000\U0010ffff12件。")),
    "lines ended by everything": ("a.txt", lambda: sample_text().replace("\n", "\x85").encode()),
    "lines ended by returns": ("a.txt", lambda: sample_text().replace("\n", "\r").encode()),
    "headings again and again": ("a.txt", _text("二、主动公开政府信息情况\n" * 60)),
    "the report twice": ("a.txt", lambda: _REPORT * 2),
    "a heading alone": ("a.txt", lambda: f"{_TITLE}\n五、".encode()),
    "a title without end": ("a.txt", lambda: ("云岭县" * 3_000 + "水务局2021年政府信息公开工作年度报告\n一、总体情况\n").encode()),
    "a name that begins a formula": ("=1+1.txt", lambda: f"=cmd|' /C calc'!A0局2021年政府信息公开工作年度报告\n{sample_text()}".encode()),
    "markup in a title": ("a.txt", lambda: f"<script>alert(1)</script>{_TITLE}{{{{7*7}}}}\n{sample_text()}".encode()),
    "marks of terminals": ("a.txt", lambda: f"[bold]{_TITLE}[/]\n[/x] [link=a]公开[/link] [red]12件\n{sample_text()}".encode()),
    "brackets nested": ("a.md", _text("[（《" * 900)),
    "a table in Markdown without a line": ("a.md", lambda: f"# {_TITLE}\n|||\n|---|\n|a|b|c|\n| \\| |\n".encode()),
    "rows of every length": ("a.txt", _text("\n".join("\t".join("1" * n) for n in range(40)))),
    # text with commas
    "a field beyond the limit": ("a.csv", _sheet(["项目", "数量"], ["公" * 140_000, "1"])),
    "a quote without end": ("a.csv", lambda: '项目,数量\n"公开,1\n'.encode() * 40),
    "a NUL in a field": ("a.csv", lambda: b"a,b\n\x00,1\n"),
    # pages
    "attributes without end": ("a.html", _page(f"<p {' '.join(f'a{k}=1' for k in range(4_000))}>公开")),
    "a page nested deep": ("a.html", _page("<div>" * 2_000 + "公开")),
    "tables nested deep": ("a.html", _page("<table><tr><td>" * 300 + "1")),
    "absurd spans": ("a.html", _page("<table><tr>" + "<td rowspan=65000 colspan=-1>1<td colspan=99999999999999999999>2" * 9)),
    "a table of headings only": ("a.html", _page("<table><thead><tr><th></table><table></table><table><tr></table>")),
    "a style of nothing": ("a.html", _page("<style>{}.a{{}@media{.b{display:none</style><p style='display:'>公开")),
    "references to nothing": ("a.html", _page("<p>&#0;&#xD800;&#x110000;&#99999999999;&bogus;&#x80;公开")),
    "frames in frames": ("a.html", _page('<iframe srcdoc="<iframe srcdoc=\'公开\'>">' * 20)),
    "a page in JSON": ("a.html", lambda: '<script>var a = {"content": "<p>一、总体情况</p>\\ud800"}</script>'.encode()),
    "an encoding that is none": ("a.html", lambda: f'<meta charset="x-none"><h1>{_TITLE}</h1><p>一、总体情况'.encode()),
    "a declaration in UTF-16": ("a.html", lambda: f'<?xml version="1.0" encoding="utf-16"?><h1>{_TITLE}</h1>'.encode()),
    "frames of a saved page": ("a.mht", lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n"
                               b"Content-Transfer-Encoding: base64\n\n%%%%\n--x\nContent-Type: text/html; charset=none\n\n<p>a\n"),
    # DOCX
    "a field without end": ("a.docx", _docx('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t>公开</w:t></w:r></w:p>')),
    "styles in a circle": ("a.docx", _docx('<w:p><w:pPr><w:pStyle w:val="a"/><w:numPr><w:numId w:val="x"/></w:numPr></w:pPr></w:p>')),
    "spans of a word": ("a.docx", _docx(
        '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/><w:vMerge w:val="?"/></w:tcPr><w:p/></w:tc></w:tr><w:tr/></w:tbl>')),
    "a part in UTF-16": ("a.docx", lambda: _package(f'<w:document xmlns:w="{_WORD}"><w:body/></w:document>'.encode("utf-16"))),
    "a part elsewhere": ("a.docx", lambda: _package(b"<x/>", "word\\document.xml")),
    "entities in a part": ("a.docx", lambda: _package(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')),
    "a package of something else": ("a.docx", _archive(("xl/workbook.xml", b"<x/>"))),
    # PDF
    "states without end": ("a.pdf", _pdf(*["q"] * 3_000)),
    "states never begun": ("a.pdf", _pdf(*["Q"] * 50, "ET", "ET", "0 0 0 0 0 0 cm", "1 0 0 1 1e30 nan cm", "60 100 m 9 l S")),
    "a page turned by nothing": ("a.pdf", _pdf(rotate=45)),
    "a PDF cut off": ("a.pdf", lambda: _pdf()()[:-200]),
    "a PDF without pages": ("a.pdf", lambda: _pdf()().replace(b"/Kids", b"/Kidz")),
    "pages that hold themselves": ("a.pdf", lambda: _pdf()().replace(b"/Type /Page ", b"/Type /Pages /Kids [1 0 R 2 0 R 3 0 R] ")),
    "a PDF that claims to be locked": ("a.pdf", lambda: write_pdf([PdfPage()], trailer="/Encrypt 1 0 R")),
    # nothing of a kind
    "an old Office file of nothing": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "a picture of nothing": ("a.png", lambda: b"\x89PNG\r\n\x1a\n"),
    "an OFD of nothing": ("a.ofd", _archive(("OFD.xml", b"<x/>"))),
    "no bytes": ("a.txt", lambda: b""),
    "one byte": ("a.html", lambda: b"<"),
    "a file of marks of order": ("a.txt", lambda: b"\xef\xbb\xbf" * 3),
}  # fmt: skip


__all__ = ["FAILURES"]
