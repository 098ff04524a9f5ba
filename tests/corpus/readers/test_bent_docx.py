"""Word files that bend one thing each give the text that Word shows and the cells that stand in it."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from corpus.errors import GongkaiError
from corpus.readers import office, read_bytes
from corpus.text.canonical import build
from corpus.types import Document, Grid
from extract.pipeline import analyze
from tests.corpus.readers.test_bent_pdf import PROSE, Unlabelled
from tests.support.bent import FOLDER, truth
from tests.support.exporters import words
from tests.support.exporters.words import package, wrap


def read(body: str, **parts: str) -> Document:
    return read_bytes(package(wrap(body), **parts), "a.docx")


def lines(document: Document) -> list[str]:
    return build(document).text.split("\n")[:-1]


def r(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def cell(content: str) -> str:
    return f"<w:tc>{content}</w:tc>"


def table(*cells: str) -> str:
    return f"<w:tbl><w:tr>{cell(p(r('规章')))}{''.join(map(cell, cells))}</w:tr></w:tbl>"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.docx")), ids=lambda path: path.name)
def test_cases(path: Path) -> None:
    report = analyze(path, classifier=Unlabelled())
    assert {c.code: c.value for c in report.cells} == {code: Decimal(value) for code, value in truth().items()}
    assert len(report.passages) == 7
    assert sorted(str(m.value) for m in report.mentions) == sorted(PROSE)


STYLES = words._STYLES.replace(
    "</w:styles>",
    '<w:style w:type="character" w:styleId="gone"><w:name w:val="gone"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="old"><w:name w:val="old"/><w:rPr><w:dstrike/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="note"><w:name w:val="footnote"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="ps"><w:name w:val="struck"/><w:rPr><w:strike/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="ph"><w:name w:val="hidden"/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>',
)


@pytest.mark.parametrize(
    ("run", "printed"),
    [
        (r("12", "<w:strike/>"), "公开846条"),
        (r("12", "<w:dstrike/>"), "公开846条"),
        (r("12", '<w:strike w:val="0"/>'), "公开84612条"),
        (r("12", "<w:vanish/>"), "公开846条"),
        (r("12", '<w:rStyle w:val="gone"/>'), "公开846条"),
        (r("12", '<w:rStyle w:val="gone"/><w:vanish w:val="0"/>'), "公开84612条"),
        (r("12", '<w:rStyle w:val="old"/>'), "公开846条"),
        (r("1", '<w:rStyle w:val="note"/>'), "公开846条"),
        (r("①", '<w:vertAlign w:val="superscript"/>'), "公开846条"),
        (r("[", '<w:vertAlign w:val="superscript"/>') + r("2]", '<w:vertAlign w:val="superscript"/>'), "公开846条"),
        (r("2", '<w:vertAlign w:val="baseline"/>'), "公开8462条"),
        (r("2", '<w:position w:val="12"/><w:sz w:val="12"/>'), "公开846条"),
        (
            r("[", '<w:position w:val="8"/><w:sz w:val="14"/>') + r("1]", '<w:position w:val="8"/><w:sz w:val="14"/>'),
            "公开846条",
        ),
        (r("2", '<w:position w:val="12"/>'), "公开8462条"),
        (r("2", '<w:position w:val="2"/><w:sz w:val="12"/>'), "公开8462条"),
        (r("2", '<w:position w:val="-6"/><w:sz w:val="12"/>'), "公开8462条"),
        (r("2", '<w:vertAlign w:val="subscript"/>'), "公开8462条"),
    ],
)
def test_runs_that_are_not_text(run: str, printed: str) -> None:
    document = read(p(r("公开846"), run, r("条")) + table(p(r("846"), run)), styles=STYLES)
    assert lines(document)[0] == printed
    (grid,) = [b for b in document.blocks if isinstance(b, Grid)]
    assert grid.cells[1].text == printed.removeprefix("公开").removesuffix("条")


def test_what_is_not_read_is_accounted_for() -> None:
    body = p(r("公开846"), r("12", "<w:strike/>"), r("1", '<w:vertAlign w:val="superscript"/>'), r("旧", "<w:vanish/>"))
    assert [(d.kind, d.text) for d in read(body).dropped] == [("struck", "12"), ("note", "1"), ("hidden", "旧")]


def test_digits_that_all_stand_higher_are_no_notes() -> None:
    high = '<w:position w:val="8"/><w:sz w:val="16"/>'
    assert lines(read(table(p(r("1", high), r("2", high))))) == ["规章\t12"]
    assert lines(read(table(p(r("12"), r("2", high))))) == ["规章\t12"]


def test_powers_stay() -> None:
    assert lines(read(p(r("面积20km"), r("2", '<w:vertAlign w:val="superscript"/>')))) == ["面积20km2"]


@pytest.mark.parametrize("style", ["ps", "ph"])
def test_paragraphs_and_cells_of_a_style_that_prints_nothing(style: str) -> None:
    named = f'<w:pStyle w:val="{style}"/>'
    document = read(
        p(r("旧文"), properties=named) + p(r("新文")) + table(p(r("99"), properties=named) + p(r("7"))), styles=STYLES
    )
    assert lines(document) == ["新文", "规章\t7"]


DELETED = '<w:rPr><w:del w:id="9" w:author="x"/></w:rPr>'


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        (p(r("信息8"), properties=DELETED) + p(r("46条。")), ["信息846条。"]),
        (p(r("一"), properties=DELETED) + p(r("二"), properties=DELETED) + p(r("三。")), ["一二三。"]),
        (p(r("末。"), properties=DELETED), ["末。"]),
        (p(r("前。"), properties=DELETED) + table(p(r("7"))), ["前。", "规章\t7"]),
        (table(p(r("8"), properties=DELETED) + p(r("46"))), ["规章\t846"]),
    ],
)
def test_a_deleted_paragraph_end_joins_two_paragraphs(body: str, printed: list[str]) -> None:
    assert lines(read(body)) == printed


def field(code: str, *, end: bool = True, separate: bool = True) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    return (
        mark.format("begin")
        + f"<w:r><w:instrText> {code} </w:instrText></w:r>"
        + (mark.format("separate") if separate else "")
        + (mark.format("end") if end else "")
    )


@pytest.mark.parametrize(
    "unclosed", [field("REF x", end=False), field("PAGE", end=False, separate=False), field("TOC", end=False)]
)
def test_a_field_without_end_takes_nothing_with_it(unclosed: str) -> None:
    body = p(unclosed, r("公开846条，")) + p(field("PAGE"), r("办结7件。")) + table(p(r("9")))
    assert lines(read(body)) == ["公开846条，", "办结7件。", "规章\t9"]


CHUNK = '<w:altChunk r:id="c1"/>'
HTML = "<html><body><p>公开846条。</p><table><tr><td>规章</td><td>3</td></tr><tr><td>行政许可</td><td>4</td></tr></table></body></html>"


def with_chunk(data: bytes, target: str) -> bytes:
    body = package(wrap(p(r("前言。")) + CHUNK + p(r("后记。"))))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            part = old.read(info)
            if info.filename.endswith("document.xml.rels"):
                rel = f'<Relationship Id="c1" Type="{words._REL}/aFChunk" Target="{target}"/></Relationships>'
                part = part.replace(b"</Relationships>", rel.encode())
            new.writestr(info.filename, part)
        new.writestr(f"word/{target}", data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "target"),
    [(HTML.encode(), "afchunk.htm"), (HTML.encode(), "chunk.dat"), ("公开846条。\n\n规章\t3\n行政许可\t4\n".encode(), "c.txt")],
)
def test_files_inside_stand_where_they_are_put(data: bytes, target: str) -> None:
    assert lines(read_bytes(with_chunk(data, target), "a.docx")) == [
        "前言。",
        "公开846条。",
        "规章\t3",
        "行政许可\t4",
        "后记。",
    ]


def test_documents_inside_documents() -> None:
    inner = package(wrap(p(r("公开846条。"))))
    twice = with_chunk(with_chunk(inner, "b.docx"), "c.docx")
    assert lines(read_bytes(twice, "a.docx")) == ["前言。", "前言。", "公开846条。", "后记。", "后记。"]


def test_a_file_inside_that_cannot_be_read_is_said() -> None:
    document = read_bytes(with_chunk(b"PK\x03\x04 cut off", "b.docx"), "a.docx")
    assert lines(document) == ["前言。", "后记。"]
    assert [i.code for i in document.issues] == ["part_unreadable"]


def rebuilt(data: bytes, rename: str = "", encode: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            part = old.read(info)
            if encode and info.filename.endswith((".xml", ".rels")):
                part = part.decode().replace("UTF-8", "UTF-16").encode(encode)
            name = info.filename.replace("/", rename) if rename else info.filename
            entry = zipfile.ZipInfo()
            entry.filename = name
            new.writestr(entry, part)
    return out.getvalue()


@pytest.mark.parametrize(("rename", "encode"), [("\\", ""), ("", "utf-16"), ("", "utf-16-be"), ("\\", "utf-16-le")])
def test_packages_of_other_makers(rename: str, encode: str) -> None:
    data = rebuilt(package(wrap(p(r("公开846条。")))), rename, encode)
    assert lines(read_bytes(data, "a.docx")) == ["公开846条。"]


def test_a_document_type_in_utf_16_is_refused_as_in_utf_8() -> None:
    data = package(wrap(p(r("公开。"))).replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1))
    for bent in (data, rebuilt(data, "", "utf-16")):
        with pytest.raises(GongkaiError, match="document type"):
            read_bytes(bent, "a.docx")


@pytest.mark.skipif(office.find_soffice() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(
    ("to", "name"), [("fodt", "a.fodt"), ("xml:MS Word 2003 XML", "a.xml"), ("xml:MS Word 2003 XML", "a.doc")]
)
def test_documents_in_one_xml_file(to: str, name: str) -> None:
    source = package(wrap(p(r("公开846条。")) + table(p(r("7")))))
    data = office.convert(source, ".docx", "a.docx", to=to)
    document = read_bytes(data, name)
    assert document.reader == "office"
    assert lines(document) == ["公开846条。", "规章\t7"]


def test_other_xml_files_are_refused() -> None:
    with pytest.raises(GongkaiError, match="no Office file"):
        read_bytes(b'<?xml version="1.0"?><feed><entry/></feed>', "a.xml")


WHITE = '<w:color w:val="FFFFFF"/>'
TINY = '<w:sz w:val="2"/>'
BLUE = '<w:tcPr><w:shd w:val="clear" w:fill="1F4E79"/></w:tcPr>'


@pytest.mark.parametrize(
    ("content", "printed"),
    [
        (p(r("7"), r("9", WHITE)), "规章\t7"),
        (f"<w:p>{r('7')}{r('9', WHITE)}</w:p>", "规章\t7"),
        (f"<w:p>{r('7')}{r('9', TINY)}</w:p>", "规章\t7"),
        (p(r("9", WHITE)), "规章\t"),
        (BLUE + p(r("7", WHITE)), "规章\t7"),
        (p(r("7", WHITE + '<w:shd w:val="clear" w:fill="000000"/>')), "规章\t7"),
        (p(r("7", WHITE), properties='<w:shd w:val="clear" w:fill="333333"/>'), "规章\t7"),
    ],
)
def test_text_that_is_not_seen_is_not_printed_in_cells_of_white_paper(content: str, printed: str) -> None:
    assert build(read(p(r("标题", WHITE)) + table(content))).text == f"标题\n{printed}\n"


def test_a_note_to_a_value_is_no_part_of_it() -> None:
    note = f'<w:footnote w:id="2">{p(r("含转办1件"))}</w:footnote>'
    document = read(
        table(p(r("13"), '<w:r><w:footnoteReference w:id="2"/></w:r>')),
        footnotes=f"{words._HEAD}<w:footnotes {words._NS}>{note}</w:footnotes>",
    )
    assert lines(document) == ["规章\t13"]
    assert [(d.kind, d.text) for d in document.dropped] == [("note", "含转办1件")]
