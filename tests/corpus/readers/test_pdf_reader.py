"""The PDF reader on files written by :mod:`tests.support.pdf_writer`, and on narratives printed by Chromium and LibreOffice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.errors import GongkaiError, ReadError
from corpus.readers import read_bytes
from corpus.readers.ocr import engine as ocr_engine
from corpus.text.canonical import build as build_text
from corpus.types import Document, Grid, Paragraph
from extract.pipeline import analyze, analyze_bytes
from models.base import Passage, Prediction
from tests.support.exporters_pdf import STYLES, chromium, libreoffice, print_chromium, print_libreoffice, to_html
from tests.support.pdf_writer import PdfPage, ruled, write_pdf
from training.measure.evaluate import result_of, score
from training.measure.gold import load_gold
from training.samples.build import build, load


def read(*pages: PdfPage) -> Document:
    return read_bytes(write_pdf(pages), "x.pdf")


def grids(document: Document) -> list[list[tuple[int, int, int, int, str]]]:
    return [
        [(c.row, c.column, c.row_span, c.column_span, c.text) for row in block.rows() for c in row]
        for block in document.blocks
        if isinstance(block, Grid)
    ]


def prose(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def lines(page: PdfPage, texts: list[str], y: float = 100.0, x: float = 60.0, size: float = 12.0) -> None:
    for n, text in enumerate(texts):
        page.text(x, y + 20 * n, text, size)


@pytest.mark.parametrize("bars", [False, True])
def test_a_ruled_table_is_a_grid_with_places(bars: bool) -> None:
    page = PdfPage()
    texts = {(0, 0): "行政复议", (0, 1): "结果维持", (1, 0): "本级", (1, 1): "96171.6"}
    ruled(page, [60, 160, 260], [200, 220, 240], texts, bars=bars)
    document = read(page)
    assert grids(document) == [
        [(0, 0, 1, 1, "行政复议"), (0, 1, 1, 1, "结果维持"), (1, 0, 1, 1, "本级"), (1, 1, 1, 1, "96171.6")]
    ]
    (grid,) = [b for b in document.blocks if isinstance(b, Grid)]
    assert grid.exact
    assert grid.cells[0].place.page == 1
    box = grid.cells[0].place.bbox
    assert box is not None
    assert box == pytest.approx((60, 200, 160, 220), abs=1)


def test_missing_edges_are_spans_and_cells_may_hold_several_lines() -> None:
    page = PdfPage()
    texts = {(0, 0): "三、本年\n度办理结\n果", (0, 1): "总计", (1, 1): "12", (1, 2): "3"}
    ruled(page, [60, 120, 180, 240], [200, 230, 260], texts, missing=[("h", 1, 0), ("v", 0, 2)])
    assert grids(read(page)) == [
        [(0, 0, 2, 1, "三、本年度办理结果"), (0, 1, 1, 2, "总计"), (1, 1, 1, 1, "12"), (1, 2, 1, 1, "3")]
    ]


def test_lines_in_a_form_object_stand_where_its_matrix_puts_them() -> None:
    page = PdfPage(form=["0.5 w"], form_matrix=(2, 0, 0, 2, 60, 600))
    # a table of 200 × 40 points, drawn at half size
    for x in (0, 50, 100):
        page.form.append(f"{x} 0 m {x} 20 l S")
    page.form += [f"0 {y} m 100 {y} l S" for y in (0, 10, 20)]
    for x, y, text in ((65, 215, "规章"), (165, 215, "数量"), (65, 235, "件数"), (165, 235, "7")):
        page.text(x, y, text, 9)
    assert grids(read(page)) == [[(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "数量"), (1, 0, 1, 1, "件数"), (1, 1, 1, 1, "7")]]


def test_one_path_may_hold_the_whole_grid() -> None:
    page = PdfPage()
    page.operators.append("0.5 w 60 600 200 40 re 160 600 m 160 640 l 60 620 m 260 620 l S")
    for x, y, text in ((65, 215, "甲"), (165, 215, "乙"), (65, 235, "丙"), (165, 235, "丁")):
        page.text(x, y, text, 9)
    assert [len(g) for g in grids(read(page))] == [4]


def test_a_table_without_lines_is_read_by_its_columns() -> None:
    page = PdfPage()
    heads = ["申请人情况", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    rows = [["一、本年新收政府信息公开申请数量", *"2000002"], ["二、上年结转政府信息公开申请数量", *"1000001"]]
    for n, row in enumerate([heads, *rows]):
        for c, text in enumerate(row):
            page.text((40, 210, 250, 300, 350, 420, 490, 530)[c], 200 + 20 * n, text, 9)
    document = read(page)
    (grid,) = [b for b in document.blocks if isinstance(b, Grid)]
    assert [c.text for c in grid.rows()[1]] == rows[0]
    assert grid.rows()[1][1].place.page == 1


def test_a_frame_around_text_is_no_table() -> None:
    page = PdfPage()
    page.box(50, 80, 500, 150)
    lines(page, ["本机关办公地址为长河路十一号，欢迎来信来电。"], 110)
    document = read(page)
    assert grids(document) == []
    assert prose(document) == ["本机关办公地址为长河路十一号，欢迎来信来电。"]


def test_a_page_on_its_side_reads_the_same() -> None:
    page = PdfPage(width=842, height=595, rotate=0)
    ruled(page, [60, 160, 260], [200, 220, 240], {(0, 0): "甲项", (0, 1): "乙项", (1, 0): "丙项", (1, 1): "31"})
    upright = grids(read(page))
    turned = PdfPage(width=595, height=842, rotate=90)
    turned.operators = ["q 0 1 -1 0 595 0 cm", *page.operators, "Q"]
    assert grids(read(turned)) == upright


ROW = {1: "0", 2: "0", 3: "5"}


def broken(first: dict[tuple[int, int], str], second: dict[tuple[int, int], str], rows: tuple[int, int] = (2, 2)) -> Document:
    """A table of four columns at the foot of one page, and one at the head of the next."""
    a, b = PdfPage(), PdfPage()
    xs = [60, 200, 280, 360, 440]
    ruled(a, xs, [700 + 40 * n for n in range(rows[0] + 1)], first)
    ruled(b, xs, [60 + 40 * n for n in range(rows[1] + 1)], second)
    return read(a, b)


def test_a_table_goes_on_on_the_next_page() -> None:
    first = {
        (0, 0): "1.重复申请",
        **{(0, c): t for c, t in ROW.items()},
        (1, 0): "2.属于国家秘密",
        (1, 1): "0",
        (1, 2): "0",
        (1, 3): "1",
    }
    second = {(0, 0): "3.补正后申请内容仍不明确", (0, 1): "2", (0, 2): "0", (0, 3): "2", (1, 0): "（七）总计", (1, 3): "9"}
    (grid,) = grids(broken(first, second))
    assert [t for *_, t in grid if not t.isdigit()] == [
        "1.重复申请",
        "2.属于国家秘密",
        "3.补正后申请内容仍不明确",
        "（七）总计",
        "",
        "",
    ]
    assert max(r for r, *_ in grid) == 3


def test_a_row_cut_by_the_page_is_one_row() -> None:
    first = {
        (0, 0): "1.重复申请",
        **{(0, c): t for c, t in ROW.items()},
        (1, 0): "2.没有现成信",
        (1, 1): "4",
        (1, 2): "0",
        (1, 3): "4",
    }
    second = {(0, 0): "息需要另行制作", (1, 0): "（七）总计", (1, 1): "4", (1, 2): "0", (1, 3): "9"}
    (grid,) = grids(broken(first, second))
    assert [t for r, *_, t in grid if r == 1] == ["2.没有现成信息需要另行制作", "4", "0", "4"]
    assert max(r for r, *_ in grid) == 2


def test_a_repeated_heading_is_left_out() -> None:
    head = {(0, 0): "申请人情况", (0, 1): "自然人", (0, 2): "商业企业", (0, 3): "总计"}
    first = {**head, (1, 0): "1.重复申请", (1, 1): "0", (1, 2): "0", (1, 3): "0"}
    second = {**head, (1, 0): "（七）总计", (1, 1): "4", (1, 2): "0", (1, 3): "4"}
    (grid,) = grids(broken(first, second))
    assert [t for *_, t in grid].count("自然人") == 1
    assert max(r for r, *_ in grid) == 2


def test_tables_with_prose_between_them_stay_two() -> None:
    a, b = PdfPage(), PdfPage()
    ruled(a, [60, 200, 340], [700, 720, 740], {(0, 0): "甲项", (0, 1): "1", (1, 0): "乙项", (1, 1): "2"})
    lines(b, ["四、行政复议和行政诉讼"], 70)
    ruled(b, [60, 200, 340], [100, 120, 140], {(0, 0): "丙项", (0, 1): "1", (1, 0): "丁项", (1, 1): "2"})
    assert len(grids(read(a, b))) == 2


SENTENCE = "我办全年通过门户网站和政务新媒体两个渠道持续向社会发布各类与群众生活有关的政务信息内容并及时回应大家的关切问题"


def test_lines_and_pages_do_not_break_a_sentence() -> None:
    a, b = PdfPage(), PdfPage()
    lines(a, ["　　" + SENTENCE[:37], SENTENCE[:39], SENTENCE[:39], SENTENCE[:39]], 100)
    a.text(290, 800, "- 1 -", 10)
    lines(b, [SENTENCE[:39], SENTENCE[:20] + "。"], 100)
    lines(b, ["　　" + SENTENCE[:20] + "。"], 140)
    b.text(290, 800, "- 2 -", 10)
    text = build_text(read(a, b)).text
    paragraphs = [t.strip("　") for t in text.strip().split("\n")]
    assert paragraphs == [SENTENCE[:37] + SENTENCE[:39] * 4 + SENTENCE[:20] + "。", SENTENCE[:20] + "。"]


def test_what_every_page_repeats_is_left_out_and_page_numbers_too() -> None:
    pages = []
    for n in range(3):
        page = PdfPage()
        page.text(60, 40, "长河区某某局年度报告", 9)
        lines(page, [f"这是第{'一二三'[n]}页上的文字，写到这里为止。"], 200)
        page.text(280, 810, f"第 {n + 1} 页 共 3 页", 9)
        pages.append(page)
    assert prose(read(*pages)) == [f"这是第{c}页上的文字，写到这里为止。" for c in "一二三"]


def test_paragraphs_know_their_page_and_box() -> None:
    page = PdfPage()
    lines(page, ["本报告由某某局编制。"])
    (paragraph,) = [b for b in read(page).blocks if isinstance(b, Paragraph)]
    ((offset, place),) = paragraph.places
    assert (offset, place.page) == (0, 1)
    assert place.bbox is not None
    assert place.bbox[0] == pytest.approx(60, abs=2)
    assert place.bbox[1] < 100 < place.bbox[3]


def test_text_printed_twice_for_weight_counts_once() -> None:
    page = PdfPage()
    page.text(60, 100, "收到申请11件。", 12)
    page.text(60.3, 100, "收到申请11件。", 12)
    assert prose(read(page)) == ["收到申请11件。"]


def test_lines_of_two_sizes_of_type_and_nothing_else_are_read() -> None:
    page = PdfPage()
    lines(page, ["甲乙丙丁"], 100, size=24)
    lines(page, ["戊己庚辛"], 200, size=9)
    assert prose(read(page)) == ["甲乙丙丁", "戊己庚辛"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("一、总体情况".encode(), "no PDF file"),
        (b"%PDF-1.7\nnothing of a PDF follows", "damaged or truncated"),
        (write_pdf([PdfPage()]), "no text"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message) as error:
        read_bytes(data, "x.pdf")
    assert error.value.remedy
    assert "x.pdf" in str(error.value)


def test_an_encrypted_file_asks_for_a_copy_without_password() -> None:
    page = PdfPage()
    lines(page, ["内容"])
    key = "<" + "41" * 32 + ">"
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> /ID [{key} {key}]"
    with pytest.raises(ReadError, match="encrypted"):
        read_bytes(write_pdf([page], trailer=lock), "x.pdf")


def test_a_picture_without_text_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "_NEEDED", ("a_package_that_is_not_there",))
    page = PdfPage()
    image = "q 500 0 0 700 40 60 cm BI /W 2 /H 2 /CS /G /BPC 8 /F /AHx ID 00FF00FF> EI Q"
    page.operators.append(image)
    with pytest.raises(ReadError, match="scan") as error:
        read_bytes(write_pdf([page]), "x.pdf")
    assert "gongkai[ocr]" in error.value.remedy
    text = PdfPage()
    lines(text, ["本报告由某某局编制，供公众查阅。"])
    document = read(text, page)
    assert [(i.code, i.page) for i in document.issues] == [("page_without_text", 2)]


def test_a_million_lines_end_in_bounded_time() -> None:
    page = PdfPage()
    lines(page, ["本报告由某某局编制，供公众查阅。"])
    page.operators += [f"{n % 500} {n % 800} m {n % 500 + 9} {n % 800} l S" for n in range(1_000_000)]
    data = write_pdf([page])
    start = time.perf_counter()
    document = read_bytes(data, "x.pdf")
    assert time.perf_counter() - start < 60
    assert [i.code for i in document.issues] == ["page_crowded"]
    assert prose(document)


def test_a_truncated_file_gives_an_error_or_less_never_a_crash() -> None:
    page = PdfPage()
    ruled(page, [60, 160, 260], [200, 220, 240], {(0, 0): "甲项", (0, 1): "乙项", (1, 0): "丙项", (1, 1): "31"})
    data = write_pdf([page, page])
    seen = ["an empty file"]
    for cut in range(0, len(data), 97):
        try:
            analyze_bytes(data[:cut], "x.pdf", classifier=Unlabelled())
        except GongkaiError as error:
            seen.append(error.message)
    assert all(seen)


class Unlabelled:
    """Labels are no matter of the reader."""

    model_id = "none"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


def _check(paths: list[Path], folder: Path) -> None:
    gold = load_gold(folder / "gold")
    titles = {n.id: n.title for n in load()}
    for path in paths:
        report = analyze(path, classifier=Unlabelled())
        assert report.identity.title == titles[path.stem]
        found = score(gold[path.stem], result_of(report))
        assert found.cells.wrong == found.cells.missing == found.cells.extra == 0, found.errors
        assert found.boundaries.right == found.boundaries.gold == found.boundaries.predicted, found.errors


@pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")
@pytest.mark.parametrize("style", list(STYLES))
def test_what_chromium_prints_is_read_without_an_error(tmp_path: Path, style: str) -> None:
    build(tmp_path, [])
    chosen = load()[list(STYLES).index(style) :: 6]
    paths = print_chromium({n.id: to_html(n, style) for n in chosen}, tmp_path / "pdf", headers=style == "headers")
    _check(paths, tmp_path)


@pytest.mark.skipif(libreoffice() is None, reason="LibreOffice is not installed")
def test_what_libreoffice_prints_is_read_without_an_error(tmp_path: Path) -> None:
    build(tmp_path, [])
    _check(print_libreoffice({n.id: to_html(n) for n in load()}, tmp_path / "pdf"), tmp_path)
