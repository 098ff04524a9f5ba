"""Tables 2 and 4 whose values stand beside, over or under labels of their own."""

from __future__ import annotations

import pytest

from corpus.types import Grid, GridCell
from tests.support.helpers_tables import issue_codes, read_grids

_DOCUMENTS = "本年制发件数|本年废止件数|现行有效件数"
_ISSUED = {"regulation": ("3", "0", "12"), "normative": ("7", "4", "58")}
_T2 = {f"t2.{row}.{c}": v for row, vs in _ISSUED.items() for c, v in zip(("issued", "repealed", "effective"), vs, strict=True)}
_T2 |= {"t2.licence.decisions": "120", "t2.penalty.decisions": "35", "t2.coercion.decisions": "9", "t2.fee.amount": "61.5"}
_BESIDE = (
    "第二十条第（一）项",
    "规章",
    "本年制发件数|3|本年废止件数|0|现行有效件数|12",
    "行政规范性文件|本年制发件数|7|本年废止件数|4|现行有效件数|58",
    "第二十条第（五）项",
    "行政许可|本年处理决定数量|120",
    "第二十条第（六）项",
    "行政处罚|本年处理决定数量|35|行政强制|本年处理决定数量|9",
    "第二十条第（八）项",
    "行政事业性收费|本年收费金额（单位：万元）|61.5",
)
_BELOW = (
    "规章", _DOCUMENTS, "3|0|12", "行政规范性文件", _DOCUMENTS, "7|4|58",
    "第二十条第（五）项", "行政许可", "本年处理决定数量", "120",
    "第二十条第（六）项", "行政处罚|行政强制", "本年处理决定数量|本年处理决定数量", "35|9",
    "第二十条第（八）项", "行政事业性收费", "本年收费金额（单位：万元）", "61.5",
)  # fmt: skip
_ABOVE = (
    "规章", "3|0|12", _DOCUMENTS, "行政规范性文件|7|4|58", _DOCUMENTS,
    "第二十条第（五）项", "行政许可|120", "本年处理决定数量",
    "第二十条第（六）项", "行政处罚", "行政强制|35|9", "本年处理决定数量|本年处理决定数量",
    "第二十条第（八）项", "行政事业性收费", "61.5", "本年收费金额（单位：万元）",
)  # fmt: skip
_IN_ONE_CELL = (
    "第二十条第（一）项",
    "规章本年制发件数3|规章本年废止件数0|规章 现行有效件数：12",
    "行政规范性文件本年制发件数7|行政规范性文件本年废止件数4|行政规范性文件现行有效件数58",
    "行政许可本年处理决定数量120|行政处罚本年处理决定数量35|行政强制本年处理决定数量9",
    "行政事业性收费本年收费金额（单位：万元）61.5",
)
_STANDARD_ABOVE = (
    "第二十条第（一）项",
    "信息内容|本年制发件数|本年废止件数|现行有效件数",
    "规章|3|0|12",
    "行政规范性文件|7|4|58",
)

_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
_T4_VALUES = {"review": "41|12|6|5|64", "suit_direct": "13|2|0|1|16", "suit_after_review": "3|0|0|0|3"}
_LEAVES = ("upheld", "corrected", "other", "pending", "total")
_T4 = {f"t4.{g}.{leaf}": v for g, vs in _T4_VALUES.items() for leaf, v in zip(_LEAVES, vs.split("|"), strict=True)}
_GROUPS = "行政复议|未经复议直接起诉|复议后起诉"


def _pairs(values: str) -> list[tuple[str, str]]:
    return list(zip(_OUTCOMES, values.split("|"), strict=True))


_PAIRS = tuple(
    "|".join(f"{name}|{values[n]}" for values in (v.split("|") for v in _T4_VALUES.values()))
    for n, name in enumerate(_OUTCOMES)
)
_T4_IN_CELLS = "|".join("".join(name + value for name, value in _pairs(values)) for values in _T4_VALUES.values())
_T4_LIST = tuple(
    line
    for name, values in zip(_GROUPS.split("|"), _T4_VALUES.values(), strict=True)
    for line in (name, *("|".join(pair) for pair in _pairs(values)))
)


def grid(rows: tuple[str, ...], *, exact: bool) -> Grid:
    """Rows with their cells between bars."""
    cells = [GridCell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row.split("|"))]
    return Grid(tuple(cells), exact=exact)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("rows", "right"),
    [
        (_BESIDE, _T2),
        (_BELOW, _T2),
        (_ABOVE, _T2),
        (_IN_ONE_CELL, _T2),
        ((*_STANDARD_ABOVE, *_BESIDE[4:]), _T2),
        ((_GROUPS, *_PAIRS), _T4),
        (("行政复议|行政诉讼", "未经复议直接起诉|复议后起诉", *_PAIRS), _T4),
        ((_GROUPS, _T4_IN_CELLS), _T4),
        (_T4_LIST, _T4),
    ],
    ids=["beside", "below", "above", "in one cell", "some beside", "pairs", "pairs, two lines", "outcomes in a cell", "list"],
)
def test_values_at_their_own_labels(rows: tuple[str, ...], right: dict[str, str], exact: bool) -> None:
    reading = read_grids([grid(rows, exact=exact)])
    assert {c.code: str(c.value) for c in reading.cells} == right
    assert not issue_codes(reading) & {"cells_unassigned", "column_unlabelled", "cell_unreadable"}


@pytest.mark.parametrize(
    "rows",
    [
        ("3|0|12", _DOCUMENTS, "规章", "7|4|58", _DOCUMENTS, "行政规范性文件"),  # the label under its block
        ("规章", "3|0", _DOCUMENTS, "行政规范性文件", "7|4|58", _DOCUMENTS),  # a value is missing
        ("规章|行政规范性文件", _DOCUMENTS, "3|0|12"),
        ("规章", "本年制发件数|3|0|现行有效件数|12"),
        ("规章", "本年制发件数|3|本年处理决定数量|0"),  # no such cell
        ("行政许可本年处理决定数量120", "行政处罚本年处理决定数量35件次以上9"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_blocks_in_which_a_value_has_no_label_give_nothing(rows: tuple[str, ...], exact: bool) -> None:
    right = {"t2.regulation.issued": "3", "t2.regulation.repealed": "0", "t2.regulation.effective": "12"}
    found = {c.code: str(c.value) for c in read_grids([grid(rows, exact=exact)]).cells if c.value is not None}
    assert found.items() <= right.items()


@pytest.mark.parametrize(
    "rows",
    [
        (_GROUPS, *_PAIRS[:4]),  # an outcome is missing
        ("行政复议|复议后起诉", *_PAIRS),
        (_GROUPS, *_PAIRS[:4], "总计|64|16|3"),
    ],
)
def test_table_4_in_blocks_is_whole_or_not_read(rows: tuple[str, ...]) -> None:
    assert read_grids([grid(rows, exact=True)]).cells == ()
