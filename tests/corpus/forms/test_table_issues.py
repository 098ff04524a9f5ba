"""What is said of cells that are not claimed, word for word, with the place it is about; the form of each table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.forms.by_order import window
from corpus.types import GridCell
from tests.support.helpers_tables import read

_T3 = "三、收到和处理政府信息公开申请情况\n自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n一、本年新收政府信息公开申请数量\t1\t2\t0\t0\t0\t0\t3\n"
_T2 = "二、主动公开政府信息情况\n"
_OLD, _OLD_ITEMS = (
    "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n",
    "信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n",
)
_NEW = "信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n"


def issues(text: str) -> list[tuple[str, str, str]]:
    """Code, message and what the issue is about, of all issues but tables and rows that are not there at all."""
    canonical, reading = read(text)
    return [
        (i.code, i.message, canonical.text[i.start : i.end].strip() if i.start is not None else "")
        for i in reading.issues
        if i.code not in {"table_missing", "rows_missing"}
    ]


@pytest.mark.parametrize(
    ("text", "code", "message", "about"),
    [
        (
            _T3 + "1\t2\t0\t0\t0\t0\t3\n", "cells_unassigned",
            "t3: the values “1 2 0 0 0 0 3” stand without a row label; they are not claimed, check the row in the source", "1\t2\t0\t0\t0\t0\t3",
        ),
        (
            _T3 + "（三）不予公开\t1\t2\t0\t0\t0\t0\t3\n", "cells_unassigned",
            "t3: “（三）不予公开 1 2 0 0 0 0 3” gives values to a group of rows, which has no cells in the form; they are not claimed",
            "（三）不予公开\t1\t2\t0\t0\t0\t0\t3",
        ),
        (
            _T3 + "另行统计的数量\t1\t2\t0\t0\t0\t0\t3\n", "cells_unassigned",
            "t3: “另行统计的数量” is no known row label; the values after it in “另行统计的数量 1 2 0 0 0 0 3” are not claimed",
            "另行统计的数量\t1\t2\t0\t0\t0\t0\t3",
        ),
        (
            _T3 + "二、上年结转政府信息公开申请数量\t1\t2\n", "cells_unassigned",
            "row t3.carried_in: 2 values for 7 columns, and no certain place for them; check “二、上年结转政府信息公开申请数量 1 2” in the source",
            "二、上年结转政府信息公开申请数量\t1\t2",
        ),
        (
            _T3 + "二、上年结转政府信息公开申请数量\t1\t2\n（一）予以公开\t4\t5\n", "cells_unassigned",
            "t3: 2 values for 7 columns, and no certain place for them; 2 row(s): t3.carried_in, t3.granted",
            "二、上年结转政府信息公开申请数量\t1\t2\n（一）予以公开\t4\t5",
        ),
        (_T3 + "（一）予以公开\n", "cells_unassigned", "row t3.granted: no value stands after its label; check “（一）予以公开” in the source", "（一）予以公开"),
        (
            "三、收到和处理政府信息公开申请情况\n商业企业\t科研机构\n一、本年新收政府信息公开申请数量\t1\t2\n二、上年结转政府信息公开申请数量\t1\t2\n", "column_unlabelled",
            "t3: its column headings are not all known; 2 row(s): t3.new, t3.carried_in", "一、本年新收政府信息公开申请数量\t1\t2\n二、上年结转政府信息公开申请数量\t1\t2",
        ),
        (_T2 + "信息内容\t甲\n规章\t1\t2\t3\n", "column_unlabelled", "row t2.regulation: no heading of its columns is known; check “规章 1 2 3” in the source", "规章\t1\t2\t3"),
        (
            _T2 + "信息内容\t本年新制作数量\t对外公开总数量\n规章\t1\t2\t3\n", "column_unlabelled",
            "column disclosed of t2 has no heading: its cells in 1 row(s) are not claimed; check the heading", "",
        ),
        (
            _T3 + "一、本年新收政府信息公开申请数量\t1\t2\t0\t0\t0\t0\t4\n", "cell_conflict",
            "t3.new.total stands 2 times with different values: 3 / 4; none is claimed, compare the tables", "3",
        ),
        (
            _T3 + "（一）予以公开\t0\t0\t0\t0\t0\t-3\t1\n", "cell_unreadable",
            "t3.granted.other: “-3” is no number of its column; its text is kept, its value is empty", "-3",
        ),
        (
            _T3 + "（一）予以公开\t0\t0\t0\t0\t0\t1\t详见\n", "cell_unreadable",
            "t3.granted.total: “详见” is no number of its column; its text is kept, its value is empty", "详见",
        ),
        (
            _T2 + "信息内容\t上一年项目数量\t本年增/减\n行政事业性收费\t-1\t减少3\n", "cell_unreadable",
            "t2.fee.items_before: “-1” is no number of its column; its text is kept, its value is empty", "-1",
        ),
    ],
)  # fmt: skip
def test_issues_of_rows_and_cells(text: str, code: str, message: str, about: str) -> None:
    assert issues(text) == [(code, message, about)]


def test_a_long_row_is_quoted_by_its_beginning() -> None:
    (_, message, _), *_ = issues(_T3 + "1234567890\t" * 6 + "1\n")
    assert message.startswith("t3: the values “1234567890 1234567890 1234567890 1234567…” stand without")


def test_a_cell_that_is_unreadable_keeps_its_text_and_one_printed_twice_alike_is_claimed_once() -> None:
    _, reading = read(_T3 + "一、本年新收政府信息公开申请数量\t01\t2\t0\t0\t0\t0\t3\n（一）予以公开\t0\t0\t0\t0\t0\t一\t详见\n")
    found = {c.code: (c.raw, c.state, c.value) for c in reading.cells}
    assert found["t3.new.natural"] == ("1", "value", Decimal(1))
    assert found["t3.granted.other"] == ("一", "dash", None)
    assert found["t3.granted.total"] == ("详见", "unreadable", None)
    _, reading = read(_T3 + "（一）予以公开\t0\t0\t0\t0\t0\t一\t三\n")
    assert {c.code: c.value for c in reading.cells}["t3.granted.other"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲。\n", {"t2": "was not found", "t3": "was not found", "t4": "was not found"}),
        (_T2 + "信息内容\t甲\n规章\t1\n", {"t2": "has headings but no cell that could be read", "t3": "was not found", "t4": "was not found"}),
    ],
)  # fmt: skip
def test_tables_that_are_not_there(text: str, said: dict[str, str]) -> None:
    names = {"t2": "二、主动公开政府信息情况", "t3": "三、收到和处理政府信息公开申请情况", "t4": "四、行政复议、行政诉讼情况"}
    got = [(i.code, i.severity, i.message, i.start) for i in read(text)[1].issues if i.code == "table_missing"]
    assert got == [
        ("table_missing", "warning", f"table {names[table]} {what}; see whether the file holds it", None)
        for table, what in said.items()
    ]


@pytest.mark.parametrize(
    ("text", "form", "absent"),
    [
        (_OLD + "规章\t1\t2\t3\n", "2019", "t2.normative, t2.licence, t2.service, t2.penalty, t2.coercion, t2.fee, t2.procurement"),
        (_NEW + "规章\t1\t2\t3\n行政规范性文件\t1\t2\t3\n", "2021", "t2.licence, t2.penalty, t2.coercion, t2.fee"),
        (_NEW + "规章\t1\t2\t3\n" + _OLD_ITEMS + "行政许可\t1\t-2\t3\n", "mixed", ""),
        # 处理决定数量 and 本年处理决定数量 differ little: weak evidence, which any other outweighs
        ("信息内容\t本年处理决定数量\n行政许可\t1\n", "2021", "t2.regulation, t2.normative, t2.penalty, t2.coercion, t2.fee"),
        ("信息内容\t处理决定数量\n行政许可\t1\n", "2019", "t2.regulation, t2.normative, t2.service, t2.penalty, t2.coercion, t2.fee, t2.procurement"),
        (_NEW + "规章\t1\t2\t3\n信息内容\t处理决定数量\n行政许可\t1\n", "2021", "t2.normative, t2.penalty, t2.coercion, t2.fee"),
        ("信息内容\t本年处理决定数量\n行政许可\t1\n信息内容\t处理决定数量\n行政处罚\t1\n", "unknown", ""),
        ("信息内容\t本年处理决定数量\n其他对外管理服务事项\t1\n", "2019", "t2.regulation, t2.normative, t2.licence, t2.penalty, t2.coercion, t2.fee, t2.procurement"),
    ],
)  # fmt: skip
def test_form_of_table_2_and_its_rows_that_are_absent(text: str, form: str, absent: str) -> None:
    _, reading = read(_T2 + text)
    assert reading.forms == {"t2": form}
    found = [(i.severity, i.message) for i in reading.issues if i.code == "rows_missing"]
    said = f"rows not found in table t2: {absent}; they may lie behind the end of the file"
    assert found == ([("warning", said)] if absent else [])


@pytest.mark.parametrize(
    ("rows", "before", "form"),
    [
        ("（六）其他处理\t0\t0\t0\t0\t0\t0\t0\n", "", "2019"),
        ("3.其他\t0\t0\t0\t0\t0\t0\t0\n", "", "2021"),
        ("（六）其他处理\n1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请\t0\t0\t0\t0\t0\t0\t0\n", "", "2021"),
        ("（一）予以公开\t0\t0\t0\t0\t0\t0\t0\n", "", "unknown"),
        ("（一）予以公开\t0\t0\t0\t0\t0\t0\t0\n", _T2 + _NEW + "规章\t1\t2\t3\n", "2021"),
        ("（六）其他处理\t0\t0\t0\t0\t0\t0\t0\n", _T2 + _NEW + "规章\t1\t2\t3\n", "2019"),
    ],
)
def test_form_of_table_3_by_its_rows_or_by_table_2(rows: str, before: str, form: str) -> None:
    assert read(before + _T3 + rows)[1].forms["t3"] == form


def test_the_form_of_table_4_is_that_of_its_neighbours() -> None:
    review = "四、政府信息公开行政复议、行政诉讼情况\n行政复议\n结果维持\t结果纠正\t其他结果\t尚未审结\t总计\n1\t2\t0\t0\t3\n"
    assert read(review)[1].forms == {"t4": "unknown"}
    assert read(_T3 + "（六）其他处理\t0\t0\t0\t0\t0\t0\t0\n" + review)[1].forms["t4"] == "2019"
    assert read(_T2 + _NEW + "规章\t1\t2\t3\n" + _T3 + review)[1].forms == {"t2": "2021", "t3": "2021", "t4": "2021"}


def test_money_is_read_in_the_unit_of_its_heading_or_cell() -> None:
    text = _T2 + "信息内容\t采购项目数量\t采购总金额（元）\n政府集中采购\t7\t251000\n"
    assert {c.code: c.value for c in read(text)[1].cells} == {
        "t2.procurement.items": 7,
        "t2.procurement.amount": Decimal("25.1"),
    }
    text = _T2 + "信息内容\t采购项目数量\t采购总金额（元）\n政府集中采购\t7\t500\n"
    assert {c.code: c.value for c in read(text)[1].cells}["t2.procurement.amount"] == Decimal("0.05")
    text = _T2 + "信息内容\t本年收费金额（单位：万元）\n行政事业性收费\t3元\n"
    assert {c.code: c.value for c in read(text)[1].cells} == {"t2.fee.amount": Decimal("0.0003")}


@pytest.mark.parametrize(
    ("slots", "n", "start", "whole", "expected"),
    [
        ("123", 3, None, False, 0),
        ("1.3", 3, None, False, 0),
        (".123.", 3, None, False, 1),
        (".1.3.", 3, None, False, 1),
        ("1..4", 3, None, False, None),  # more places than columns
        ("1..4", 3, 0, False, None),
        (".12.", 3, None, False, None),
        (".12.", 3, 0, False, 0),
        (".12.", 3, 1, False, 1),
        (".12.", 3, 2, False, None),  # the first value would stand outside
        ("..12", 3, 0, False, None),
        ("..12", 3, 1, False, 1),
        ("12.", 3, None, True, 0),
        ("12.", 3, None, False, None),
        ("12..", 3, None, True, None),
        ("...", 3, 0, False, 0),
        ("...", 3, None, True, 0),
        ("....", 3, 1, False, 1),
        ("....", 3, 2, False, None),
        ("", 0, None, False, None),
        ("12", 3, 0, False, None),
    ],
)  # fmt: skip
def test_window_of_a_row(slots: str, n: int, start: int | None, whole: bool, expected: int | None) -> None:
    cells = [GridCell(0, i, "" if c == "." else c) for i, c in enumerate(slots)]
    assert window(cells, n, start, whole=whole) == expected
