"""The OFD reader on files written by :mod:`tests.support.ofd_writer`."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

import gongkai
from corpus.errors import ReadError
from corpus.readers import known_suffixes, read_bytes, sniff
from corpus.types import Document, Grid, Paragraph
from tests.corpus.readers.test_pdf_reader import _check
from tests.support.ofd_writer import OfdPage, to_ofd, write_ofd
from training.samples.build import build, load

IN_PROCESS = True


def read(*pages: OfdPage, **more: object) -> Document:
    return read_bytes(write_ofd(pages, **more), "x.ofd")  # type: ignore[arg-type]


def prose(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Paragraph)]


def page_of(*texts: str) -> OfdPage:
    page = OfdPage()
    for n, text in enumerate(texts):
        page.text(30, 50 + 9 * n, text)
    return page


def test_bundled_reports_are_read_without_an_error(tmp_path: Path) -> None:
    build(tmp_path, [])
    paths = []
    for narrative in load():
        paths.append(tmp_path / f"{narrative.id}.ofd")
        paths[-1].write_bytes(to_ofd(narrative))
    _check(paths, tmp_path)


@pytest.mark.parametrize("bars", [False, True])
def test_lines_and_bars_make_grids(bars: bool) -> None:
    page = OfdPage()
    draw = page.bar if bars else page.line
    for y in (40, 50, 60):
        draw(30, y, 110, y)
    for x in (30, 70, 110):
        draw(x, 40, x, 60)
    for row in range(2):
        for column in range(2):
            page.text(35 + 40 * column, 47 + 10 * row, f"第{row}{column}格")
    document = read(page)
    (grid,) = [b for b in document.blocks if isinstance(b, Grid)]
    assert [(c.row, c.column, c.text) for c in grid.cells] == [
        (0, 0, "第00格"), (0, 1, "第01格"), (1, 0, "第10格"), (1, 1, "第11格"),
    ]  # fmt: skip
    box = grid.cells[0].place.bbox
    assert box is not None
    assert [round(v * 25.4 / 72) for v in box] == [30, 40, 70, 50]


@pytest.mark.parametrize(
    ("codes", "extra"),
    [
        ('X="0" Y="4.2" DeltaX="g 9 4.2"', ""),
        ('X="0" Y="4.2" DeltaX="4.2"', ""),
        ('X="0" Y="4.2"', ""),
        ('X="0" Y="2.1" DeltaX="g 9 2.1"', 'CTM="2 0 0 2 0 0"'),
    ],
    ids=["run", "last step goes on", "no steps", "scaled"],
)
def test_steps_between_characters(codes: str, extra: str) -> None:
    page = OfdPage()
    page.text(30, 50, "全年主动公开信息十条", codes=codes, extra=extra)
    page.text(30, 60, "全年收到申请二十件整", codes=codes, extra=extra)
    assert "全年主动公开信息十条" in "".join(prose(read(page)))


def test_templates_and_composite_units_are_part_of_the_page() -> None:
    template = page_of("某某市民政局文件")
    page = OfdPage(template="7")
    page.text(30, 90, "一、总体情况")
    page.objects.append('<ofd:CompositeObject Boundary="0 0 200 20" CTM="1 0 0 1 0 100" ResourceID="3"/>')
    inner = OfdPage()
    inner.text(30, 10, "全年公开信息四十条。")
    unit = f'<ofd:CompositeGraphicUnit ID="3"><ofd:Content>{"".join(inner.objects)}</ofd:Content></ofd:CompositeGraphicUnit>'
    text = "\n".join(prose(read(page, templates={"7": template}, units=unit)))
    assert text.index("某某市民政局文件") < text.index("一、总体情况") < text.index("全年公开信息四十条。")


@pytest.mark.parametrize(
    ("colour", "extra"),
    [
        ("220 220 220", ""),
        ("", 'Alpha="60"'),
        ("", 'CTM="0.7 0.7 -0.7 0.7 0 0"'),
        ("", 'Visible="false"'),
        ("", 'Fill="false"'),
    ],
    ids=["pale", "transparent", "slanted", "invisible", "unpainted"],
)
def test_watermarks_and_hidden_text_are_not_read(colour: str, extra: str) -> None:
    page = page_of("一、总体情况", "全年公开信息40条。")
    page.text(60, 150, "内部资料", colour=colour, extra=extra)
    assert "内部资料" not in "".join(prose(read(page)))


def test_names_that_lead_to_a_part_only_with_good_will() -> None:
    page = page_of("一、总体情况", "全年公开信息40条。").content()
    parts = {
        "Doc_0\\Pages\\Page_0\\content.xml": page,
        "Doc_0/Document.xml": '<Document><CommonData/><Pages><Page ID="1" BaseLoc="/Doc_0/pages/page_0/Content.xml"/></Pages></Document>',
    }
    assert "全年公开信息40条。" in "".join(prose(read(parts=parts)))


def test_the_bytes_say_that_it_is_an_ofd_whatever_its_name() -> None:
    data = write_ofd([page_of("一、总体情况", "全年公开信息40条。")])
    for name in ("下载.docx", "下载.pdf", "下载", "下载.html", "下载.txt"):
        assert read_bytes(data, name).reader == "ofd"
    assert ".ofd" in known_suffixes()
    docx = BytesIO()
    with zipfile.ZipFile(docx, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert sniff(docx.getvalue(), ".ofd") == ".docx"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%OFD", "no OFD"),
        (write_ofd([OfdPage()]), "no text on its 1 pages"),
        (write_ofd([], parts={"OFD.xml": "<!DOCTYPE x><x/>"}), "document type"),
        (write_ofd([], parts={"OFD.xml": "<OFD/>"}), "no document"),
        (write_ofd([page_of("一、总体情况")])[:-40], "damaged"),
        (write_ofd([], parts={"Doc_0/Document.xml": ""}), "no"),
    ],
    ids=["other", "empty", "doctype", "nothing", "cut", "empty part"],
)
def test_what_cannot_be_read_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message) as error:
        read_bytes(data, "x.ofd", reader="ofd")
    assert error.value.remedy


def test_a_missing_page_is_said_and_the_others_are_read() -> None:
    pages = [page_of("一、总体情况", "全年公开信息40条。"), page_of("其他")]
    document = read(*pages, parts={"Doc_0/Pages/Page_1/Content.xml": ""})
    assert "全年公开信息40条。" in "".join(prose(document))
    assert [(i.code, i.page) for i in document.issues] == [("page_unreadable", 2)]


def test_a_folder_of_ofd_is_tagged(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ofd").write_bytes(to_ofd(load()[0]))
    assert gongkai.tag(folder, tmp_path / "out", workers=1).readers == {"ofd": 1}
