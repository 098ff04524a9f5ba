"""PDF files that bend one thing each give the cells and the passages that a reader sees on their pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from corpus.readers import read_bytes
from extract.pipeline import analyze, analyze_bytes
from extract.types import Report
from models.base import Passage, Prediction
from tests.support.bent import FOLDER, truth
from tests.support.bent_pdf import Sheet
from tests.support.pdf_writer import PdfPage, write_pdf

PROSE = ("530", "846", "1339", "1343", "28", "0")


class Unlabelled:
    """Labels are no matter of the reader."""

    model_id = "none"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


def read(pages: Sequence[PdfPage], **catalog: str) -> Report:
    return analyze_bytes(write_pdf(pages, **catalog), "x.pdf", classifier=Unlabelled())


def check(report: Report, *, known: bool = True) -> None:
    assert {c.code: c.value for c in report.cells} == {code: Decimal(value) for code, value in truth().items()}
    assert len(report.passages) == 7
    if known:
        assert sorted(str(m.value) for m in report.mentions) == sorted(PROSE)


# the files of the issue
@pytest.mark.parametrize("name", sorted(p.name for p in FOLDER.glob("*.pdf")))
def test_cases(name: str) -> None:
    check(analyze(FOLDER / name, classifier=Unlabelled()))


@pytest.mark.acceptance
def test_cases_beside_the_checkout(shared: Path) -> None:
    for path in sorted((shared / "cases").glob("*.pdf")):
        report = analyze(path, classifier=Unlabelled())
        found = {c.code: c.value for c in report.cells}
        assert (path.name, found) == (path.name, {code: Decimal(value) for code, value in truth().items()})
        assert (path.name, len(report.passages)) == (path.name, 7)


# how tables are ruled and set
@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(),
        Sheet(value_size=12, size=8),
        Sheet(value_size=7, size=10),
        Sheet(letter=3.0),
        Sheet(letter=5.0, value_size=8),
        Sheet(size=7, value_size=10, borders="none"),
        Sheet(borders="none"),
        Sheet(borders="none", align="left", middle=False),
        Sheet(borders="none", align="right"),
        Sheet(borders="none", bottom=500),
        Sheet(borders="across"),
        Sheet(borders="down"),
        Sheet(borders="dotted"),
        Sheet(borders="book"),
        Sheet(borders="book", align="left", middle=False),
        Sheet(borders="label"),
        Sheet(bare=("t3", "t4")),
        Sheet(bare=("t2",)),
    ],
    ids=[
        "ruled",
        "large digits",
        "small digits",
        "set apart",
        "set far apart",
        "small labels",
        "unruled",
        "unruled at the top",
        "unruled at the right",
        "unruled on short pages",
        "across",
        "down",
        "dotted",
        "book",
        "book at the top",
        "across and behind the labels",
        "only table 2 ruled",
        "only table 2 not ruled",
    ],
)
def test_tables(sheet: Sheet) -> None:
    check(read(sheet.report()))


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(borders="none", align="left", middle=False, size=11, value_size=11),
        Sheet(borders="none", align="right", middle=False, size=11, value_size=11, margin=90),
        Sheet(borders="none", align="left", size=9, value_size=9, margin=110),
        Sheet(borders="none", align="centre", middle=False, size=10, value_size=10, margin=110),
    ],
    ids=["large type", "large type at the right", "narrow columns", "narrow columns, 10 points"],
)
def test_labels_that_touch_their_neighbours_or_values_without_rules(sheet: Sheet) -> None:
    report = read(sheet.report())
    found = {c.code: c.value for c in report.cells}
    assert found.items() <= {code: Decimal(value) for code, value in truth().items()}.items()
    assert len(found) >= 193
    assert len(report.passages) == 7


@pytest.mark.parametrize(("room", "values"), [(1.5, ""), (3.0, ""), (2.0, "02468")], ids=["tight", "wide", "some cells"])
def test_frames_of_fields_cut_no_cells(room: float, values: str) -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if not values or value[-1] in values:
            left, right, top, bottom = x - room, x + 0.5 * size * len(line) + room, y - size, y + 2.0
            for x0, y0, x1, y1 in (
                (left, top, right, top),
                (left, bottom, right, bottom),
                (left, top, left, bottom),
                (right, top, right, bottom),
            ):
                page.line(x0, y0, x1, y1)

    check(read(Sheet(extra=extra).report()))


def beside(draw: str, size: float = 6.0, raise_by: float = 4.0, dx: float = 0.0) -> Sheet:
    """A sheet with ``draw`` beside the value 83."""

    def extra(page: PdfPage, value: str, x: float, y: float, line: str, of: float) -> None:
        if value in ("83", "2346"):
            page.text(x + 0.5 * of * len(line) + dx, y - raise_by, draw, size)

    return Sheet(extra=extra)


@pytest.mark.parametrize("mark", ["1", "①", "12", "*", "[1]"])
@pytest.mark.parametrize(("size", "raise_by"), [(6.0, 4.0), (5.0, 3.0), (4.5, 5.0), (5.0, -1.5)])
def test_marks_of_notes_are_no_digits(mark: str, size: float, raise_by: float) -> None:
    check(read(beside(mark, size, raise_by).report()))


@pytest.mark.parametrize("mark", ["1", "①", "*"])
def test_marks_of_notes_before_a_number_are_no_digits(mark: str) -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346"):
            page.text(x - 6.0 * (0.5 if mark.isascii() else 1.0), y - 4, mark, 6)

    check(read(Sheet(extra=extra).report()))


def test_marks_of_notes_in_prose_are_no_digits_but_units_stay() -> None:
    page = PdfPage()
    page.text(60, 100, "全年主动公开信息846条，绿地面积20km", 12)
    page.text(60 + 12 * 8 + 18, 95, "②", 7)
    page.text(60 + 12 * 14 + 6 * 7, 95, "2", 7)
    (block,) = [b for b in analyze_bytes(write_pdf([page]), "x.pdf", classifier=Unlabelled()).text.split("\n") if b]
    assert block == "全年主动公开信息846条，绿地面积20km2"


@pytest.mark.parametrize("lines", [(3.0,), (2.4, 3.6)])
def test_struck_numbers_do_not_count(lines: tuple[float, ...]) -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346"):
            page.text(x - 15, y, "591", size)
            for up in lines:
                page.line(x - 15, y - up, x - 1.5, y - up)

    check(read(Sheet(extra=extra).report()))


@pytest.mark.parametrize(
    ("before", "after"),
    [("3 Tr", "0 Tr"), ("1 g", "0 g"), ("1 1 1 rg", "0 g"), ("7 Tr", "0 Tr"), ("0 0 0 0 k", "0 g")],
    ids=["invisible", "white", "white rgb", "clip", "white cmyk"],
)
def test_text_that_is_not_painted_is_not_read(before: str, after: str) -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346", "1339"):
            page.operators.append(f"q {before}")
            page.text(x + 0.5 * size * len(line), y, "99", size)
            page.operators.append(f"{after} Q")

    check(read(Sheet(extra=extra).report()))


def test_white_text_on_a_dark_ground_is_read() -> None:
    page = PdfPage()
    page.operators.append("0.1 0.2 0.5 rg 50 700 400 40 re f 1 g")
    page.text(60, 842 - 715, "我局全年主动公开政府信息846条。", 12)
    assert "846条" in read([page]).text


def test_text_under_an_area_and_text_of_a_form_that_is_hardly_painted_are_not_read() -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        x += 0.5 * size * len(line)
        if value in ("83", "2346"):
            page.text(x, y, "99", size)
            page.operators.append(f"1 g {x} {page.height - y - 2:.2f} {size} {size} re f 0 g")
        if value in ("28", "1339"):
            unseen = PdfPage()
            unseen.text(x, y, "77", size)
            page.form += unseen.operators

    pages = Sheet(extra=extra).report()
    for page in pages:
        page.operators.append("/Faint gs")
    check(read(pages))


def test_text_on_an_area_and_under_a_frame_is_read() -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346"):
            page.box(x - 2, y - size, x + 0.5 * size * len(line) + 2, y + 2)

    pages = Sheet(extra=extra).report()
    for page in pages:
        page.operators.insert(0, "0.9 g 40 40 500 780 re f 0 g")
    check(read(pages))


@pytest.mark.parametrize("borders", ["all", "none"])
def test_values_in_comments_without_an_appearance_are_read(borders: str) -> None:
    check(read(Sheet(borders=borders, comments="369").report()))


@pytest.mark.parametrize(
    ("size", "paint"),
    [
        (40.0, "0.85 g"),
        (28.0, "0.7 g"),
        (15.0, "0.8 g"),
        (9.0, "0.62 0.75 1 rg"),
        (40.0, "1 Tr 0.7 G"),
        (56.0, "0.3 g"),
        (56.0, "1 0 0 rg"),
    ],
    ids=["pale", "pale grey", "small", "as the text, blue", "outlines", "dark and large", "red and large"],
)
def test_watermarks_are_not_read(size: float, paint: str) -> None:
    pages = Sheet().report()
    for page in pages:
        page.operators.append(paint)
        page.text(120, 300, "内部资料2023", size)
        page.text(150, 520, "888", size)
        page.operators.append("0 Tr 0 g")
    check(read(pages))


def test_text_outside_of_the_page_is_not_read() -> None:
    pages = Sheet().report()
    pages[0].text(-200, 300, "废止件数99件", 9)
    pages[0].text(300, 900, "共公开信息77条。", 12)
    check(read(pages))


@pytest.mark.parametrize("borders", ["all", "none", "across", "frame"])
@pytest.mark.parametrize("nameless", ["147", "0123456789"], ids=["some", "all"])
def test_digits_that_cannot_be_decoded_are_not_blank(borders: str, nameless: str) -> None:
    """As of a font whose glyphs have numbers and no names: each cell says that something stands there."""
    report = read(Sheet(borders=borders, nameless=nameless).report())
    known = {code: Decimal(value) for code, value in truth().items() if str(value)[-1] not in nameless}
    assert {c.code: c.value for c in report.cells if c.state != "unreadable"} == known
    assert len(report.passages) == 7
    assert "text_undecodable" in {issue.code for issue in report.issues}


def spoken(page: PdfPage) -> PdfPage:
    """The page with all its text in a form, the characters 1, 月, 一 and 人 each with the text beside it that browsers give."""
    operators = []
    for operator in page.operators:
        found = re.fullmatch(r"(BT /F1 \S+ Tf 1 0 0 1) (\S+) (\S+) Tm <(\w+)> Tj ET", operator)
        if found is None:
            operators.append(operator)
            continue
        size, x = float(operator.split()[2]), float(found[2])
        for code in re.findall("....", found[4]):
            shown = f"{found[1]} {x:.2f} {found[3]} Tm <{code}> Tj ET"
            marked = code in ("0031", "6708", "4e00", "4eba")
            operators.append(f"/Span << /ActualText <feff{code}> >> BDC {shown} EMC" if marked else shown)
            x += size * (0.5 if code < "0080" else 1.0)
    return replace(page, form=operators)


@pytest.mark.parametrize(
    ("matrix", "width", "height"),
    [((1, 0, 0, 1, 40, 30), 660, 900), ((0.7, 0, 0, 0.7, 20, 0), 595, 842), ((0, 1, -1, 0, 842, 0), 842, 595)],
    ids=["moved", "smaller", "turned"],
)
def test_text_that_stands_in_a_form_is_read_where_the_page_has_it(
    matrix: tuple[float, ...], width: float, height: float
) -> None:
    """As two pages on a sheet, a turned page, a page with a stamp: other programs put the page of a browser into a form."""
    placed = f"{' '.join(map(str, matrix))} cm"
    check(read([replace(spoken(p), operators=[placed], width=width, height=height) for p in Sheet().report()]))


def test_a_frame_around_a_table_that_ends_on_the_next_page_hides_nothing_of_it() -> None:
    pages = Sheet(borders="frame").report()
    said, other = ("，结转下年度", "，留到下一年")
    for page in pages:  # no words of table 3 in the prose
        page.operators = [o.replace(said.encode("utf-16-be").hex(), other.encode("utf-16-be").hex()) for o in page.operators]
    report = read(pages)
    assert {c.code: c.value for c in report.cells} == {code: Decimal(value) for code, value in truth().items()}
    assert len(report.passages) == 7


# columns of a sheet, ends of pages
def test_a_table_goes_on_in_the_second_column_of_a_sheet() -> None:
    first, *rest = Sheet(bottom=760.0).report()
    sheets = []
    pages = [first, *rest]
    for n in range(0, len(pages), 2):
        sheet = PdfPage(width=1190.0)
        sheet.operators += pages[n].operators
        if n + 1 < len(pages):
            sheet.operators += ["q 1 0 0 1 595 0 cm", *pages[n + 1].operators, "Q"]
        sheets.append(sheet)
    check(read(sheets))


@pytest.mark.parametrize("starts", [(0, 298), (15, 283)], ids=["wide gutter", "a gutter of an em"])
@pytest.mark.parametrize("titled", [False, True])
def test_two_columns_on_an_upright_page(titled: bool, starts: tuple[int, int]) -> None:
    """As a style sheet with two columns is printed; ``titled``: a line of the site runs across above them."""
    columns = Sheet(width=297.0, margin=20.0, size=6.0, value_size=6.0).report()
    sheets = []
    for n in range(0, len(columns), 2):
        sheet = PdfPage()
        if titled and not n:
            sheet.text(200, 40, "云岭县人民政府门户网站政府信息公开专栏", 12)
        for start, column in zip(starts, columns[n : n + 2], strict=False):
            sheet.operators += [f"q 1 0 0 1 {start} 0 cm", *column.operators, "Q"]
        sheets.append(sheet)
    check(read(sheets))


def test_places_on_the_second_half_of_a_sheet_are_those_of_the_sheet() -> None:
    sheet = PdfPage(width=1190.0)
    sheet.text(60, 100, "我局全年主动公开政府信息八百四十六条。", 12)
    sheet.text(655, 100, "我局全年办理政府信息公开申请十三件。", 12)
    report = read([sheet])
    assert report.text == "我局全年主动公开政府信息八百四十六条。\n我局全年办理政府信息公开申请十三件。\n"
    boxes = [s.place.bbox for s in report.canonical.source_map]
    assert [round(b[0]) for b in boxes if b is not None] == [60, 655]


def test_what_is_not_read_is_accounted_for() -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value == "2346":
            page.text(x + 0.5 * size * len(line), y - 4, "①", 6)
        if value == "1339":
            page.operators.append("q 3 Tr")
            page.text(x + 0.5 * size * len(line), y, "99", size)
            page.operators.append("0 Tr Q")

    pages = Sheet(extra=extra).report()
    for n, page in enumerate(pages, 1):
        page.text(280, 820, f"- {n} -", 9)
    dropped = read_bytes(write_pdf(pages), "x.pdf").dropped
    assert sorted((d.kind, d.text) for d in dropped if d.kind != "page_mark") == [("hidden", "99"), ("note", "①")]
    assert [d.text for d in dropped if d.kind == "page_mark"] == [f"- {n} -" for n in range(1, len(pages) + 1)]
    assert all(d.place.page and d.place.bbox for d in dropped)


def test_text_that_its_clip_path_cuts_off_is_not_read() -> None:
    """As of what overflows its box on a web page."""

    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346", "28"):
            page.operators.append(f"q {x - 100:.2f} {page.height - y - 2:.2f} {100 + 0.5 * size * len(line):.2f} {size} re W n")
            page.text(x + 0.5 * size * len(line) + 1, y, "99", size)
            page.operators.append("Q")

    check(read(Sheet(extra=extra).report()))


def test_white_text_that_runs_into_a_line_is_not_read() -> None:
    def extra(page: PdfPage, value: str, x: float, y: float, line: str, size: float) -> None:
        if value in ("83", "2346", "28"):
            page.operators.append("1 g")
            page.text(x + 0.5 * size * len(line), y, "47", 2.1 * size)
            page.operators.append("0 g")

    check(read(Sheet(extra=extra).report()))


def test_digits_of_turned_text_stand_as_far_apart_as_their_advances() -> None:
    """Only the ink of a 1 is narrow: ``1 11`` would be read by it."""
    pages = Sheet(value_size=12, size=8).report()
    for page in pages:  # digits of a font with narrow ones
        page.operators = [
            re.sub("00(3[0-9])", r"\1", o).replace("/F1", "/F3") if re.search("<(003[0-9])+>", o) else o for o in page.operators
        ]
    turned = [replace(page, rotate=90) for page in pages]
    drawn = [replace(p, operators=["0 1 -1 0 842 0 cm", *p.operators], width=842.0, height=595.0) for p in pages]
    for sheets in (turned, drawn):
        check(read(sheets))
