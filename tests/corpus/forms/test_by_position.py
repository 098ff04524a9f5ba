"""Tables whose layout fixes columns: headings that are lost, spans that are too wide, columns that are no one's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from corpus.types import Grid, GridCell
from tests.support.helpers_tables import read_grids

_HEADS = "|自然人|商业企业|科研机构|社会公益组织|法律服务机构|其他|总计"
_NEW, _BEFORE = "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量"
_LEAVES = "结果维持|结果纠正|其他结果|尚未审结|总计"
_COLUMNS = dict(zip("nbrplxT", ("natural", "business", "research", "nonprofit", "legal", "other", "total"), strict=True))  # fmt: skip


def table(*rows: str) -> Grid:
    """Rows of cells divided by bars; ``行政复议*5`` spans five columns, ``*`` alone is merged."""
    cells = []
    for n, row in enumerate(rows):
        column = 0
        for part in row.split("|"):
            text, _, span = part.partition("*")
            width = int(span) if span else 1
            cells.append(GridCell(n, column, text, 1, width, merged=part == "*"))
            column += width
    return Grid(tuple(cells), exact=True)


def read(*grids: Grid) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Cells by code, and issues but for tables and rows that are not there."""
    reading = read_grids(grids)
    said = [(i.code, i.message) for i in reading.issues if i.code not in {"table_missing", "rows_missing"}]
    return {c.code: c.raw for c in reading.cells}, said


def new(values: str, columns: str = "nbrplxT", row: str = "new") -> dict[str, str]:
    """Cells of a row of table 3: one letter for each column, one figure for each value."""
    return {f"t3.{row}.{_COLUMNS[c]}": v for c, v in zip(columns, values, strict=True)}


_NO_BUSINESS = "t3: no heading for business: their cells are not claimed; check the headings"


@pytest.mark.parametrize(
    ("rows", "cells", "said"),
    [
        ((_HEADS, f"{_NEW}|1|2|3|4|5|6|21"), {**new("123456", "nbrplx"), "t3.new.total": "21"}, ()),
        ((_HEADS.replace("商业企业", ""), f"{_NEW}|1|2|3|4|5|6|7", f"{_BEFORE}|0|0|0|0|0|0|0"), {**new("134567", "nrplxT"), **new("000000", "nrplxT", "carried_in")}, (_NO_BUSINESS,)),
        ((_HEADS + "|备注", f"{_NEW}|1|2|3|4|5|6|7|8", f"{_BEFORE}|0|0|0|0|0|0|0|"), {**new("1234567"), **new("0000000", row="carried_in")}, ("row t3.new: no heading over column 9: its cells are not claimed; check the heading",)),
        # a label that spans one column too many moves its values: as many as there are columns are read in their order
        ((_HEADS, f"{_NEW}*2|1|2|3|4|5|6|7"), new("1234567"), ()),
        ((_HEADS, f"{_NEW}*3|1|2|3|4|5|6|7"), new("1234567"), ()),
        ((_HEADS, f"{_NEW}|1|2|3|4|5|6|7*2"), new("1234567"), ()),
        ((_HEADS, f"{_NEW}*2|1|2|3|4|5|6"), new("123456", "brplxT"), ("t3: no heading for natural: their cells are not claimed; check the headings",)),
        ((_HEADS.replace("自然人", "自然人*2"), f"{_NEW}|1*2|2|3|4|5|6|7"), new("1234567"), ()),
        ((_HEADS, f"{_NEW}|1|*|3|4|5|6|7"), new("134567", "nrplxT"), (_NO_BUSINESS,)),
        # headings of another grid are not over these columns
        ((f"{_NEW}|1|2|3|4|5|6|7",), {}, ("row t3.new: its column headings are not all known; check “一、本年新收政府信息公开申请数量 1 2 3 4 5 6 7” in the source",)),
        # table 2
        (("信息内容|本年制发件数|本年废止件数|现行有效件数", "规章|1|2|3"), {"t2.regulation.issued": "1", "t2.regulation.repealed": "2", "t2.regulation.effective": "3"}, ()),
        (("信息内容|本年制发件数||现行有效件数", "规章|1|2|3"), {"t2.regulation.issued": "1", "t2.regulation.effective": "3"}, ("t2: no heading for repealed: their cells are not claimed; check the headings",)),
        (("信息内容|本年制发件数|本年废止件数|现行有效件数|甲", "规章|1|2|3|4"), {"t2.regulation.issued": "1", "t2.regulation.repealed": "2", "t2.regulation.effective": "3"}, ("row t2.regulation: no heading over column 5: its cells are not claimed; check the heading",)),
        # table 4
        (("行政复议*5|行政诉讼*10", "||||" + "|未经复议直接起诉*5|复议后起诉*5", "|".join([_LEAVES] * 3), "1|2|3|4|10|1|0|0|0|1|0|2|0|0|2"), dict(zip([f"t4.{g}.{leaf}" for g in ("review", "suit_direct", "suit_after_review") for leaf in ("upheld", "corrected", "other", "pending", "total")], ["1", "2", "3", "4", "10", "1", "0", "0", "0", "1", "0", "2", "0", "0", "2"], strict=True)), ()),
        (("行政复议*5|未经复议直接起诉*5", "|".join([_LEAVES] * 2), "1|2|3|4|10|1|0|0|0|1"), {}, ("row t4: its column headings are not all known; check “1 2 3 4 10 1 0 0 0 1” in the source",)),
    ],
)  # fmt: skip
def test_cells_under_their_headings(rows: Sequence[str], cells: dict[str, str], said: Sequence[str]) -> None:
    got, issues = read(table(*rows))
    assert got == cells
    assert issues == [("column_unlabelled", message) for message in said]


def test_money_has_the_unit_of_the_heading_over_it() -> None:
    heads = "信息内容|采购项目数量|采购总金额（元）"
    for rows in ((heads, "政府集中采购|7|251000"), (heads, "政府集中采购*2|7|251000")):
        reading = read_grids([table(*rows)])
        assert {c.code: str(c.value) for c in reading.cells} == {"t2.procurement.items": "7", "t2.procurement.amount": "25.1"}


def test_the_same_table_twice_is_one() -> None:
    rows = (_HEADS, f"{_NEW}|1|2|3|4|5|6|7")
    assert read(table(*rows), table(*rows)) == (new("1234567"), [])
    got, issues = read(table(*rows), table(_HEADS, f"{_NEW}|1|2|3|4|5|6|8"))
    assert got == new("123456", "nbrplx")
    assert issues == [
        ("cell_conflict", "t3.new.total stands 2 times with different values: 7 / 8; none is claimed, compare the tables")
    ]


@pytest.mark.parametrize("between", ["、", "/", " "])
def test_one_heading_that_names_the_columns_under_it(between: str) -> None:
    heads = f"本年制发件数{between}本年废止件数{between}现行有效件数"
    found, said = read(table("信息内容|" + heads + "*3", "规章|3|0|12"))
    assert found == {"t2.regulation.issued": "3", "t2.regulation.repealed": "0", "t2.regulation.effective": "12"}
    assert not said


def test_one_heading_over_more_columns_than_it_names_says_nothing_of_them() -> None:
    found, said = read(table("信息内容|本年制发件数、本年废止件数*3", "规章|3|0|12"))
    assert found == {}
    assert [code for code, _ in said] == ["column_unlabelled"]


_BLOCK = ("第二十条第（五）项||||", "信息内容|上一年项目数量|本年增/减||处理决定数量")


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("rows", "cells"),
    [  # a converter drops the spans of merged cells: a value behind an empty cell is still under the heading before it
        ((*_BLOCK, "行政许可|7||-2|31"), {"items_before": "7", "items_change": "-2", "decisions": "31"}),
        ((*_BLOCK, "行政许可|7|-2||31"), {"items_before": "7", "items_change": "-2", "decisions": "31"}),
        ((*_BLOCK, "行政许可|7|||31"), {"items_before": "7", "items_change": "", "decisions": "31"}),
    ],
)
def test_a_value_behind_the_empty_half_of_its_column(rows: Sequence[str], cells: dict[str, str], exact: bool) -> None:
    found, _ = read(replace(table(*rows), exact=exact))
    assert {c.removeprefix("t2.licence."): v for c, v in found.items()} == cells


def test_a_lost_heading_gives_no_value_away() -> None:
    heads = _HEADS.replace("商业企业", "")
    found, said = read(table(heads, f"{_NEW}||2|3|4|5|6|20"))
    assert found["t3.new.natural"] == ""
    assert said[0][0] == "column_unlabelled"


def test_headings_in_two_lines_stand_in_the_order_of_their_columns() -> None:
    rows = ("第二十条第（一）项||||", "信息内容|本年新|本年新||对外公开总数量", "|制作数量|公开数量||", "规章|14|12||530")
    found, _ = read(replace(table(*rows), exact=False))
    assert found == {"t2.regulation.made": "14", "t2.regulation.disclosed": "12", "t2.regulation.public_total": "530"}
