"""What a printed web page sets beside its text in a PDF: navigation and news are left out, side heads and notes are not."""

from __future__ import annotations

import pytest

from corpus.readers import read_bytes
from corpus.types import Document, Paragraph
from tests.support.pdf_writer import PdfPage, write_pdf

PROSE = (
    "根据条例的要求编制本报告，所列数据期限为全",
    "年，报告的电子版可以在我局的网站上查阅和下载。",
    "本年度通过网站发布水情信息三百二十条，通过",
    "公众号发布四十条，全部经过三级审核才公开发布。",
)
TEXT = ["".join(PROSE[:2]), "".join(PROSE[2:])]
MENU = ("机构概况", "领导信息", "政策文件", "公开指南", "公开年报", "互动交流")
NEWS = ("我局召开防汛会议", "河道清淤进展顺利", "夏季供水安排", "水费缴纳须知", "节水宣传周启动")


def page(side: tuple[str, ...], x: float, text_x: float, step: float = 17.0) -> Document:
    sheet = PdfPage()
    sheet.text(40, 60, "云岭县人民政府门户网站欢迎您的访问", 10)
    for n, line in enumerate(PROSE):
        sheet.text(text_x + (0, 24)[n % 2 == 0], 104 + 22 * n, line, 12)
    for n, entry in enumerate(side):
        sheet.text(x, 98 + step * n, entry, 10)
    return read_bytes(write_pdf([sheet]), "x.pdf")


def prose(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Paragraph)][1:]


@pytest.mark.parametrize(
    ("side", "x", "text_x", "step"),
    [
        (MENU, 40, 150, 17.0),  # to the left, between the lines and on them
        (MENU, 40, 150, 22.0),
        (MENU, 40, 112, 12.5),  # near the text, set narrowly
        (NEWS, 430, 60, 17.0),  # to the right
    ],
)
def test_a_column_of_entries_beside_the_text_is_left_out(side: tuple[str, ...], x: float, text_x: float, step: float) -> None:
    document = page(side, x, text_x, step)
    assert prose(document) == TEXT
    assert [d.text for d in document.dropped if d.kind == "navigation"] == list(side)


@pytest.mark.parametrize(
    "side",
    [
        ("一、总体情况", "二、主动公开", "三、依申请公开", "四、行政复议"),  # side heads of a report
        ("重点工作，", "本年措施；", "下年打算；", "保障情况。"),  # pieces of sentences
        ("机构概况", "领导信息"),  # too few to be a column
        ("12", "34", "56", "78", "90"),  # numbers are no entries
    ],
)
def test_anything_else_beside_the_text_is_kept(side: tuple[str, ...]) -> None:
    document = page(side, 40, 150)
    assert not [d for d in document.dropped if d.kind == "navigation"]
    everything = "".join(b.text for b in document.blocks if isinstance(b, Paragraph))
    assert all(entry in everything for entry in side)
