"""Titles on several lines, and the offsets of the canonical text: paragraphs, rows, cells, lines and pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.canonical import build, join_title
from corpus.types import Block, Document, Grid, GridCell, Paragraph, Place, SourceRange, TableBlock, TextBlock

_ONE = Grid((GridCell(0, 0, "甲"),))


def lines(*texts: str) -> list[Paragraph]:
    """Lines as a reader of texts gives them."""
    return [Paragraph(text, ((0, Place(line=n)),), joinable=True) for n, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        # how many of the lines, the last ones, are the title
        (("澜江市民政局2021年政府信", "息公开工作年度报告"), 2),
        (("澜江市民政局2021年", "政府信息公开工作年度报告"), 2),
        (("澜江市民政局二〇二一年", "政府信息公开工作年度报告"), 2),
        (("澜江市民政局二○二一年", "政府信息公开工作年度报告"), 2),
        (("澜江市民政局", "2021年政府信息公开工作年度报告"), 1),
        (("澜江市民政局", "政府信息公开工作年度报告"), 1),
        (("澜江市民政局", "2021年", "政府信息公开工作年度报告"), 2),
        (("澜江市民政局2021年", "政府信息公开工作", "年度报告"), 3),
        (("澜江市民政局", "政府信息公开工作", "年度报告"), 2),
        (("澜江市", "民政局2021年", "政府信息公开工作", "年度报告"), 3),
        (("澜江市民政局2020年", "澜江市民政局2021年", "政府信息公开工作年度报告"), 2),
        (("澜江市民政局2021年年报", "政府信息公开工作年度报告"), 1),
        # what no title holds parts it
        (("目录：", "澜江市民政局2021年政府信", "息公开工作年度报告"), 2),
        (("澜江市民政局2021年政府信，", "息公开工作年度报告"), 1),
        (("澜江市民政局2021年政府信", "一、总体情况", "息公开工作年度报告"), 1),
        (("澜江市民政局2021年政府信", "2022年1月20日", "息公开工作年度报告"), 1),
        # lines of at most 45 characters, among the first 16
        (("澜" * 40 + "2021年", "政府信息公开工作年度报告"), 2),
        (("澜" * 41 + "2021年", "政府信息公开工作年度报告"), 1),
        ((*["导航"] * 14, "澜江市民政局2021年政府信", "息公开工作年度报告"), 2),
        ((*["导航"] * 15, "澜江市民政局2021年政府信", "息公开工作年度报告"), 1),
    ],
)  # fmt: skip
def test_lines_of_a_title(parts: tuple[str, ...], count: int) -> None:
    before, title = parts[: len(parts) - count], parts[len(parts) - count :]
    got = [b.text for b in join_title(lines(*parts, "正文")) if isinstance(b, Paragraph)]
    assert got[-1] == "正文"
    assert "".join(got[len(before) : -1]) == "".join(title)
    assert len(got) == len(before) + 2


def test_a_title_ends_at_a_table() -> None:
    first, second = lines("澜江市民政局2021年政府信", "息公开工作年度报告")
    assert list(join_title([first, _ONE, second])) == [first, _ONE, second]
    assert list(join_title([_ONE, first, second])) == [_ONE, first, second]
    assert [type(b) for b in join_title([first, second, _ONE])] == [Paragraph, Grid]


def test_blanks_around_the_lines_of_a_title_are_no_part_of_what_tells_it() -> None:
    assert len(join_title(lines(" 澜江市民政局2021年 ", " 政府信息公开工作年度报告 "))) == 1
    assert len(join_title(lines("澜江市民政局2021年", " ", "政府信息公开工作年度报告"))) == 1


def _cell(row: int, column: int, text: str, **place: object) -> GridCell:
    return GridCell(row, column, text, place=Place(**place))  # type: ignore[arg-type]


def test_rows_of_a_text_have_their_line_and_cells_of_pages_their_box() -> None:
    by_line = Grid((_cell(0, 0, "甲", line=3), _cell(0, 1, "", line=3), _cell(1, 0, "乙丙", line=4), _cell(1, 1, "7", line=4)))
    got = build(Document((*lines("前"), by_line), "test", "1"))
    assert got.text == "前\n甲\t\n乙丙\t7\n"
    assert got.source_map == (
        SourceRange(0, 1, Place(line=1)), SourceRange(2, 4, Place(line=3)), SourceRange(5, 9, Place(line=4)),
    )  # fmt: skip
    box = (1.0, 2.0, 3.0, 4.0)
    by_page = Grid((_cell(0, 0, "甲", page=2), _cell(0, 1, "7", bbox=box), _cell(1, 0, "乙")), exact=True)
    got = build(Document((by_page,), "test", "1"))
    assert got.text == "甲\t7\n乙\n"
    assert got.source_map == (SourceRange(0, 1, Place(page=2)), SourceRange(2, 3, Place(bbox=box)))
    (table,) = got.blocks
    assert isinstance(table, TableBlock)
    assert table.grid.exact
    assert (table.start, table.end) == (0, 5)


def test_cells_given_out_of_order_are_printed_in_order_and_keep_what_they_are() -> None:
    cells = (
        GridCell(1, 0, "丙", 1, 2, Place(line=9), True, 0.5),
        GridCell(0, 1, "乙\n丁\t戊\r"),
        GridCell(0, 0, "甲"),
    )
    got = build(Document((Grid(cells),), "test", "1"))
    assert got.text == "甲\t乙丁戊\n丙\n"  # a line break inside a cell is layout
    (table,) = got.blocks
    assert isinstance(table, TableBlock)
    assert table.grid.cells == (
        GridCell(1, 0, "丙", 1, 2, Place(line=9), True, 0.5, (6, 7)),
        GridCell(0, 1, "乙\n丁\t戊\r", span=(2, 5)),
        GridCell(0, 0, "甲", span=(0, 1)),
    )


def test_what_is_empty() -> None:
    got = build(Document((Paragraph(""), Grid(()), *lines("乙")), "test", "1"))
    assert got.text == "乙\n"
    assert got.blocks == (TableBlock(0, 0, Grid(())), TextBlock(0, 1, 0))
    assert build(Document((), "test", "1")).text == ""


_TEXT = st.text("甲乙3。一、 ", min_size=1, max_size=12).filter(str.strip)
_CELLS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.text("甲乙3\n\t", max_size=6)), min_size=1, max_size=9)


@given(st.lists(_TEXT | _CELLS, max_size=6))
def test_every_block_cell_and_place_has_its_range(content: list[str | list[tuple[int, int, str]]]) -> None:
    blocks: list[Block] = []
    for n, one in enumerate(content, 1):
        if isinstance(one, str):
            blocks.append(Paragraph(one, ((0, Place(line=n)),), level=n % 3))
        else:
            blocks.append(Grid(tuple(GridCell(r, c, t, place=Place(line=n, page=n)) for r, c, t in one)))
    got = build(Document(tuple(blocks), "test", "1"))
    ends = [0, *(b.end + 1 for b in got.blocks)]
    assert [b.start for b in got.blocks] == ends[:-1]
    assert ends[-1] == len(got.text)
    for block in got.blocks:
        assert got.text[block.end] == "\n"
        if isinstance(block, TableBlock):
            for cell in block.grid.cells:
                apart = re.sub(r"(?<=\d)[\n\t]+(?=\d)", " ", cell.text)
                assert got.text[slice(*cell.span)] == apart.replace("\n", "").replace("\t", "")
                assert block.start <= cell.span[0] <= cell.span[1] <= block.end
    texts = [(b.start, b.end, b.level) for b in got.blocks if isinstance(b, TextBlock)]
    for start, end, level in texts:
        (found,) = [s for s in got.source_map if s.start == start and s.place.page is None]
        assert (found.end, level) == (end, found.place.line % 3 if found.place.line else None)
