"""Pages that a site lays out as a table and a converter draws with that table, and what the converter cut to the width of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

import pytest

from corpus.readers.plain.frames import without_frames
from corpus.readers.plain.rewrapped import put_together
from corpus.types import Dropped
from tests.support.bent import TITLE

PROSE = (
    TITLE,
    "一、总体情况",
    "（一）主动公开情况。2023年，全县主动公开政府信息1240条，其中政府文件36条。",
    "（二）依申请公开情况。收到申请12件，均在法定期限内办结，没有行政复议和行政诉讼。",
    "五、存在的主要问题及改进情况",
    "公开的及时性还不够，1+X平台更新较慢。下一步将加强培训，完善制度。",
)
SIDE = ("首页", "政务公开", "办事服务")
GRID = (
    "+----------------+--------+--------+--------+",
    "| 信息内容       | 制发   | 废止   | 有效   |",
    "+----------------+--------+--------+--------+",
    "| 规章           | 2      |        | 12     |",
    "+----------------+--------+--------+--------+",
    "| 行政规范性文件 | 50     | 227    | 420    |",
    "+----------------+--------+--------+--------+",
)
RULED = (
    "  ---------------- -------- -------- --------",
    "  信息内容         制发     废止     有效",
    "  规章             2                 12",
    "  行政规范性文件   50       227      420",
    "  ---------------- -------- -------- --------",
)


def wide(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def cut(line: str, width: int) -> list[str]:
    """A line in pieces of the column's width, counted from its end, as pandoc cuts what does not fit."""
    pieces: list[str] = []
    while wide(line) > width:
        at = len(line)
        while wide(line[at - 1 :]) <= width:
            at -= 1
        pieces.insert(0, line[at:])
        line = line[:at]
    return [line, *pieces]


def drawn(blocks: Sequence[Sequence[str]], *, width: int = 34, side: Sequence[str] = SIDE) -> str:
    """A page of two columns, the report on the right; ``blocks`` have empty lines between them."""
    right = [piece for block in blocks for line in (*block, "") for piece in cut(line, width)]
    left = [*side, *[""] * (len(right) - len(side))]
    ruler = f"+{'-' * 20}+{'-' * (width + 2)}+"
    rows = [f"| {a}{' ' * (18 - wide(a))} | {b}{' ' * (width - wide(b))} |" for a, b in zip(left, right, strict=True)]
    return "\n".join([ruler, *rows, ruler])


def blocks_with(table: Sequence[str]) -> list[Sequence[str]]:
    return [*([line] for line in PROSE[:4]), table, *([line] for line in PROSE[4:])]


@pytest.mark.parametrize(("table", "width"), [(GRID, 21), (GRID, 34), (GRID, 60), (RULED, 34), (RULED, 36), (RULED, 60)])
def test_the_main_column_is_what_it_was(table: Sequence[str], width: int) -> None:
    dropped: list[Dropped] = []
    source = drawn(blocks_with(table), width=width)
    found = without_frames(source, dropped)
    assert found.count("\n") == source.count("\n")
    assert [line for line in found.split("\n") if line.strip()] == [line for block in blocks_with(table) for line in block]
    assert [d.text for d in dropped] == list(SIDE)


def test_the_head_of_the_page_beside_an_empty_column_stays() -> None:
    source = drawn([[""], *blocks_with(GRID)], side=(TITLE[:9], "首页"))
    assert without_frames(source, []).split("\n")[1] == TITLE[:9]


@pytest.mark.parametrize(
    "page",
    [
        "\n".join(GRID),
        # a table of problems and what is done: both columns hold sentences
        drawn(blocks_with(GRID), side=("一、更新慢。", "二、人手少。", *SIDE)),
        drawn([["公开不及时。", "内容不全。", "形式单一。"] * 5]),
    ],
    ids=["a table", "two columns of sentences", "no headings"],
)
def test_what_is_no_page(page: str) -> None:
    assert without_frames(page, []) == page


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        # the text of a row stands under no column of its ruler
        (["  ----", "---- --------", "  规", "章 2      12", "  ----", "---- --------"], 13),
        # its last cell does not end where the line does
        (["  --- --", "- --- --- ---", "", "   12", "  --- --", "- --- --- ---"], 13),
        (["+---+-", "--+---+", "| 甲 ", "  | 乙", "+---+-", "--+---+"], 7),
    ],
)
def test_a_table_that_fits_in_no_way_or_in_several_is_left_alone(lines: list[str], width: int) -> None:
    assert put_together(lines, width) == lines


def test_paragraphs_that_were_not_cut_are_left_alone() -> None:
    lines = ["来源：政府办公室", "浏览次数：12", "", "一、总体情况", "平稳。"]
    assert put_together(lines, 34) == lines
