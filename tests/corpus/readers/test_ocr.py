"""Scans: the picture set straight, its lines and rows; what the models read; when they are asked; the cache; what is flagged."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import ReadError
from corpus.readers import read_bytes
from corpus.readers.ocr import engine as ocr_engine
from corpus.readers.ocr.scans import SCALE, is_garbage, is_scan, placed_back, regions
from corpus.readers.page.blocks import Page
from corpus.readers.page.content import Char, PageContent
from corpus.readers.page.lines import TextLine
from corpus.readers.page.page_breaks import PageTable
from corpus.readers.pdf.pdfium import PdfFile
from corpus.types import Document, Grid, GridCell, Paragraph, Place
from extract.against_tables.recognised import recognition_issues
from tests.support import factories
from tests.support.pdf_writer import PdfPage, ruled, write_pdf

needs_models = pytest.mark.skipif(not ocr_engine.available(), reason="the extra ocr is not installed")
TEXTS = {
    (0, 0): "信息内容", (0, 1): "本年制发件数", (0, 2): "现行有效件数",
    (1, 0): "规章", (1, 1): "0", (1, 2): "17",
    (2, 0): "行政规范性文件", (2, 1): "4", (2, 2): "2095",
}  # fmt: skip
PROSE = ("二、主动公开政府信息情况", "全年通过各种渠道公开政府信息1260条，比上年增长5%。", "办理建议提案38件，办结率为100%。")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GONGKAI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GONGKAI_OCR", raising=False)
    return tmp_path / "cache"


def written() -> PdfPage:
    page = PdfPage()
    for n, line in enumerate(PROSE):
        page.text(72, 90 + 28 * n, line, 14)
    ruled(page, [72, 220, 340, 460], [200, 224, 248, 272], TEXTS, size=10.5)
    return page


def picture(scale: float = SCALE) -> Any:
    with PdfFile(write_pdf([written()]), "a.pdf") as file:
        image = file.image(0, scale)
    if image.min() > 200:
        pytest.skip("no font that draws ideographs is installed")
    return image


def as_pdf(*images: Any, dpi: float = 200) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    first, *rest = (Image.fromarray(i).convert("L") for i in images)
    first.save(out, "PDF", resolution=dpi, save_all=True, append_images=rest, quality=90)
    return out.getvalue()


def turned(image: Any, degrees: float) -> Any:
    from PIL import Image

    return np.asarray(Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255)))


def cells(document: Document) -> dict[tuple[int, int], str]:
    return {(c.row, c.column): c.text for b in document.blocks if isinstance(b, Grid) for c in b.cells}


def prose(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Paragraph)]


# the picture of a page


@needs_models
@pytest.mark.parametrize("degrees", [-2.0, -0.7, 0.0, 1.3, 4.0])
def test_a_page_is_set_straight(degrees: float) -> None:
    from corpus.readers.ocr.picture import flatten, skew

    # the angle by which it must be turned back
    assert skew(flatten(turned(picture(), degrees))) == pytest.approx(-degrees, abs=0.12)


@needs_models
def test_ruling_lines_are_found_and_strokes_of_type_are_not() -> None:
    from corpus.readers.ocr.picture import find_rules, straighten

    horizontal, vertical, mask = find_rules(straighten(picture(), SCALE))
    assert sorted({round(r.at / 4) for r in horizontal}) == [50, 56, 62, 68]
    assert sorted({round(r.at / 4) for r in vertical if r.end - r.start > 60}) == [18, 55, 85, 115]
    assert mask[: round(190 * SCALE)].max() == 0


@needs_models
def test_coloured_ink_and_shade_are_taken_off() -> None:
    from corpus.readers.ocr.picture import flatten

    image = np.full((200, 200, 3), 215, np.uint8)
    image[40:60, 40:160] = (200, 30, 30)  # a seal
    image[100:104, 20:180] = 40
    flat = flatten(image)
    assert flat[50, 100] > 200
    assert flat[101, 100] < 90
    assert flat[150, 100] > 245


def test_rows_and_pieces_of_ink() -> None:
    from corpus.readers.ocr.picture import pieces, rows_of_ink, text_rows

    ink = np.zeros((100, 200), np.uint8)
    ink[10:14, 5:30] = ink[20:28, 5:30] = 255  # 二
    ink[50:70, 5:30] = ink[50:70, 120:140] = 255
    bands = rows_of_ink(ink)
    assert bands == [(10, 14), (20, 28), (50, 70)]
    assert text_rows(bands, 20, 2.8) == [(10, 28), (50, 70)]
    assert pieces(ink, 50, 70, 40) == [(5, 30), (120, 140)]
    assert pieces(ink, 50, 70, 400) == [(5, 140)]
    assert pieces(ink, 80, 90, 10) == []


@pytest.mark.parametrize(
    ("rows", "width", "expected"),
    [
        # the two halves of a large 告; two characters under one another; two lines of small type
        ([(10, 32), (36, 58)], 46, [(10, 58)]),
        ([(10, 32), (40, 62)], 24, [(10, 32), (40, 62)]),
        ([(10, 32), (36, 58)], 400, [(10, 32), (36, 58)]),
    ],
)
def test_halves_of_one_character_are_put_together(
    rows: list[tuple[int, int]], width: int, expected: list[tuple[int, int]]
) -> None:
    from corpus.readers.ocr.picture import whole_characters

    ink = np.zeros((100, 500), np.uint8)
    for top, bottom in rows:
        ink[top:bottom, 20 : 20 + width] = 255
    assert whole_characters(ink, rows) == expected


def test_a_row_alone_on_a_page_is_a_table_still() -> None:
    from corpus.readers.ocr.read_page import _large

    row = (76.0, 70.0, 518.0, 88.0)
    assert _large(row, 15)
    assert _large(row, 2)
    assert not _large((76.0, 70.0, 200.0, 88.0), 2)
    assert not _large((76.0, 70.0, 150.0, 88.0), 15)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("(一) 主动公开", "（一）主动公开"),
        ("电话:0399-6612366)。", "电话：0399-6612366）。"),
        ("Web site 公开 3 件", "Web site公开3件"),
        ("增加2,095件;其中", "增加2,095件；其中"),
    ],
)
def test_punctuation_is_that_of_print(raw: str, text: str) -> None:
    from corpus.readers.ocr.read_page import tidy

    assert tidy(raw) == text


# what the models read


@needs_models
@pytest.mark.parametrize("degrees", [0.0, 1.5])
def test_a_scan_is_the_same_document_as_the_file_it_was_printed_from(degrees: float) -> None:
    truth = read_bytes(write_pdf([written()]), "a.pdf")
    document = read_bytes(as_pdf(turned(picture(), degrees)), "a.pdf")
    assert document.reader == "pdf-ocr"
    assert cells(document) == cells(truth) == TEXTS
    assert prose(document) == prose(truth) == list(PROSE)
    for block, printed in zip(document.blocks, truth.blocks, strict=True):
        if isinstance(block, Grid) and isinstance(printed, Grid):
            for a, b in zip(block.cells, printed.cells, strict=True):
                assert a.confidence is not None
                assert b.confidence is None
                assert a.place.page == 1
                assert a.place.bbox is not None
                assert b.place.bbox is not None
                # a box on a page that was turned is the one around it
                assert a.place.bbox == pytest.approx(b.place.bbox, abs=2.0 if degrees == 0 else 14.0)


@needs_models
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_on_its_side_or_head_is_turned(turns: int) -> None:
    document = read_bytes(as_pdf(np.rot90(picture(), turns)), "a.pdf")
    assert cells(document) == TEXTS
    box = next(c.place.bbox for b in document.blocks if isinstance(b, Grid) for c in b.cells if c.text == "2095")
    assert box is not None
    x, y = {1: (260, 195), 2: (195, 582), 3: (582, 400)}[turns]
    assert ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) == pytest.approx((x, y), abs=3)


@needs_models
def test_pages_of_text_and_of_pictures_in_one_file() -> None:
    """A page of text, one with its table as a picture, and a scanned one."""
    import pypdfium2 as pdfium

    text, with_picture = PdfPage(), PdfPage()
    text.text(72, 90, "一、总体情况")
    with_picture.text(72, 90, "二、主动公开政府信息情况")
    file = pdfium.PdfDocument(write_pdf([text, with_picture]))
    scan = pdfium.PdfDocument(as_pdf(picture()[round(190 * SCALE) : round(280 * SCALE)]))
    whole = pdfium.PdfDocument(as_pdf(picture()))
    image = next(iter(scan[0].get_objects()))
    bitmap = pdfium.PdfImage.new(file)
    bitmap.set_bitmap(image.get_bitmap())
    bitmap.set_matrix(pdfium.PdfMatrix().scale(595, 90).translate(0, 842 - 280))
    page = file[1]
    page.insert_obj(bitmap)
    page.gen_content()
    file.import_pages(whole)
    out = io.BytesIO()
    file.save(out)
    document = read_bytes(out.getvalue(), "a.pdf")
    assert prose(document)[:2] == ["一、总体情况", "二、主动公开政府信息情况"]
    grids = [b for b in document.blocks if isinstance(b, Grid)]
    assert [{c.place.page for c in g.cells} for g in grids] == [{2}, {3}]
    assert [[c.text for c in g.cells] for g in grids] == [list(TEXTS.values())] * 2


@needs_models
@pytest.mark.parametrize(("kind", "pages"), [("PNG", 1), ("JPEG", 1), ("TIFF", 2)])
def test_pictures_are_reports_too(kind: str, pages: int) -> None:
    from PIL import Image

    out = io.BytesIO()
    image = Image.fromarray(picture())
    more = {"save_all": True, "append_images": [image] * (pages - 1)} if pages > 1 else {}
    image.save(out, kind, **more)
    document = read_bytes(out.getvalue(), "下载.bin" if kind == "PNG" else "a.jpg")
    assert document.reader == "image"
    # what stands at the same height on both pages of the TIFF is taken for their header
    assert prose(document) == (list(PROSE) if pages == 1 else [*PROSE[1:]] * 2)
    assert {c.place.page for b in document.blocks if isinstance(b, Grid) for c in b.cells} == set(range(1, pages + 1))


@needs_models
def test_every_page_may_be_recognised_on_demand() -> None:
    picture()
    document = read_bytes(write_pdf([written()]), "a.pdf", reader="pdf-ocr")
    assert document.reader == "pdf-ocr"
    assert cells(document) == TEXTS


# when they are asked


def content(text: str = "", **other: Any) -> PageContent:
    chars = tuple(Char(c, 12.0 * n, 100.0, 12.0 * n, 12.0 * n + 11, 95.0) for n, c in enumerate(text))
    return PageContent(1, 595.0, 842.0, chars, (), (), **other)


def test_which_pages_are_scans() -> None:
    assert is_scan(content(picture=0.9))
    assert is_scan(content("第3页", picture=0.4))
    assert not is_scan(content("全年公开政府信息1260条，" * 4, picture=0.9))
    assert is_scan(content("全年公开政府信息1260条，" * 4, picture=0.9, hidden=True))
    assert not is_scan(content())


def test_text_that_says_nothing() -> None:
    good = "全年通过门户网站公开政府信息1260条，比上年增长百分之五，办理公众的来信来电和在线咨询。" * 4
    assert not is_garbage(content(good).chars)
    assert is_garbage(content("\ue001\ue002公开\ue003" * 30).chars)
    assert is_garbage(content("犇骉麤羴鱻淼焱垚" * 30).chars)
    assert not is_garbage(content("犇骉").chars)
    assert not is_garbage(content("0 1 2 " * 60).chars)


def test_pictures_that_may_hold_text() -> None:
    boxes = ((100.0, 300.0, 500.0, 500.0), (0.0, 0.0, 60.0, 60.0), (0.0, 90.0, 595.0, 290.0))
    assert regions(content("全年公开政府信息1260条，比上年增长百分之五", pictures=boxes)) == [boxes[0]]


def test_without_the_extra_a_picture_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "_NEEDED", ("a_package_that_is_not_there",))
    for name, reader in (("a.png", None), ("a.pdf", "pdf-ocr")):
        with pytest.raises(ReadError, match="a_package_that_is_not_there") as error:
            read_bytes(b"\x89PNG" if reader is None else write_pdf([PdfPage()]), name, reader=reader)
        assert "gongkai[ocr]" in error.value.remedy


def test_reading_pictures_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_OCR", "off")
    with pytest.raises(ReadError, match="switched off"):
        read_bytes(b"\x89PNG", "a.png")


# the cache


def recognised() -> Any:
    from corpus.readers.ocr.read_page import Recognised

    cell = GridCell(0, 0, "17", place=Place(page=1, bbox=(1.0, 2.0, 3.0, 4.0)), confidence=0.9)
    table = PageTable(Grid((cell,), exact=True), (0.0, 9.0), (0.0, 9.0))
    page = Page(1, 595.0, 842.0, (TextLine("公开", 1, 1.0, 2.0, 3.0, 12.0),), (table,))
    return Recognised(page, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), 0, 1)


@needs_models
def test_a_page_is_read_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.readers.ocr.cache import cached

    image, page, calls = np.zeros((4, 4, 3), np.uint8), recognised(), []

    def read() -> Any:
        calls.append(1)
        return page

    assert [cached(image, 2.0, 1, read) for _ in range(3)] == [page] * 3
    assert len(calls) == 1
    cached(image, 2.5, 1, read)
    assert len(calls) == 2
    (file, other) = sorted(cache.rglob("*.json"))
    for damage in (b"", b"{", json.dumps({"page": {}}).encode(), b"\xff"):
        for path in (file, other):
            path.write_bytes(damage)
        assert cached(image, 2.0, 1, read) == page
    assert len(calls) == 6
    monkeypatch.setenv("GONGKAI_CACHE", "off")
    cached(image, 2.0, 1, read)
    assert len(calls) == 7


@needs_models
def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.readers.ocr.cache import cached

    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GONGKAI_CACHE", str(tmp_path / "file"))
    assert cached(np.zeros((4, 4, 3), np.uint8), 2.0, 1, recognised) == recognised()


def test_places_lead_back_to_the_page_as_it_is() -> None:
    blocks = (
        Paragraph("公开", ((0, Place(page=2, bbox=(10.0, 20.0, 30.0, 40.0))),)),
        Paragraph("x", ((0, Place(page=1, bbox=(1.0, 1.0, 2.0, 2.0))),)),
    )
    moved = placed_back(blocks, {2: (0.0, -1.0, 100.0, 1.0, 0.0, 0.0)})
    assert isinstance(moved[0], Paragraph)
    assert moved[0].places == ((0, Place(page=2, bbox=(60.0, 10.0, 80.0, 30.0))),)
    assert moved[1] == blocks[1]


# what is flagged


def _cell(code: str, value: int, confidence: float | None = 0.99) -> Any:
    return replace(factories.cell(code, value), confidence=confidence, page=3)


def test_uncertain_cells_and_crossing_sums_are_flagged() -> None:
    codes = ("t3.new.total", "t3.new.natural", "t3.granted.natural")
    found = [_cell(codes[0], 8), _cell(codes[1], 3), _cell(codes[2], 5, 0.4)]
    row = factories.check("row.new", 8, 3, evidence=codes[:2], expression="8 = 3")
    column = factories.check("balance.natural", 3, 5, evidence=codes[1:], expression="3 = 5")
    issues = recognition_issues(found, [row, column])
    assert [i.message.split(":")[0] for i in issues] == [codes[1], codes[2]]
    assert "sums that do not hold: row.new (8 = 3); balance.natural" in issues[0].message
    assert "confidence 0.40" in issues[1].message
    assert {(i.code, i.page) for i in issues} == {("low_confidence", 3)}
    assert found[0].value == Decimal(8)


def test_of_a_single_failing_sum_the_least_certain_cell_is_flagged() -> None:
    found = [_cell("t4.review.total", 8), _cell("t4.review.upheld", 3, 0.85)]
    issues = recognition_issues(found, [factories.check("review", 8, 3, evidence=tuple(c.code for c in found))])
    assert [i.message.split(":")[0] for i in issues] == ["t4.review.upheld"]


def test_cells_of_files_with_text_are_never_flagged() -> None:
    found = [_cell("t4.review.total", 8, None), _cell("t4.review.upheld", 3, None)]
    assert recognition_issues(found, [factories.check("review", 8, 3, evidence=tuple(c.code for c in found))]) == ()
