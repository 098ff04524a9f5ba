"""Table reading on small tables: states and units of cells, odd layouts, and what must not be claimed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.forms.cellvalue import heading_money_unit, is_value, read_cell
from corpus.types import Grid, GridCell
from tests.support.helpers_tables import cells, exact_grid, issue_codes, read, read_grids
from tests.support.layouts import HEADS, WRITERS, Matrix, by_row, codes, expanded, lines_a, lines_b, lines_c, report, tables

FORMS = ("2019", "2021")


def _numbered(form: str) -> dict[str, str]:
    return {code: str(100 + i) for i, code in enumerate(codes(form))}


# ---------------------------------------------------------------- one cell


@pytest.mark.parametrize(
    ("raw", "unit", "state", "value"),
    [
        ("0", "件", "value", "0"),
        ("016", "件", "value", "16"),
        ("-16", "项", "value", "-16"),
        ("－16", "项", "value", "-16"),
        ("−16", "项", "value", "-16"),
        ("+5", "项", "value", "5"),
        ("增加5", "项", "value", "5"),
        ("增加0", "项", "value", "0"),
        ("减少3", "项", "value", "-3"),
        ("减 3", "项", "value", "-3"),
        ("↓2", "项", "value", "-2"),
        ("增加8/9", "项", "unreadable", None),
        ("减少-3", "项", "unreadable", None),
        ("613.64万元", "万元", "value", "613.64"),
        ("251000元", "万元", "value", "25.1"),
        ("1.2亿元", "万元", "value", "12000"),
        ("251000元", "件", "unreadable", None),
        ("1,234", "件", "value", "1234"),
        ("１２", "件", "value", "12"),
        ("0.00", "万元", "value", "0"),
        ("90件", "件", "value", "90"),
        ("90 件", "件", "value", "90"),
        ("5（件）", "件", "value", "5"),
        ("十二", "件", "value", "12"),
        ("5 3", "件", "unreadable", None),
        ("5、3", "件", "unreadable", None),
        ("详见附件", "件", "unreadable", None),
        ("/", "件", "dash", None),
        ("-", "件", "dash", None),
        ("—", "件", "dash", None),
        ("——", "件", "dash", None),
        ("无", "件", "dash", None),
        ("不适用", "件", "dash", None),
        ("", "件", "blank", None),
        ("\xa0", "件", "blank", None),
    ],
)
def test_states_and_values(raw: str, unit: str, state: str, value: str | None) -> None:
    read = read_cell(raw, unit=unit)
    assert (read.state, read.value) == (state, None if value is None else Decimal(value))


def test_unit_of_the_heading() -> None:
    assert heading_money_unit("采购总金额（单位：元）") == "元"
    assert heading_money_unit("本年收费金额(万元)") == "万元"
    assert heading_money_unit("处理决定数量") == ""
    assert read_cell("251000", unit="万元", printed_unit="元").value == Decimal("25.1")
    assert read_cell("3万元", unit="万元", printed_unit="元").value == Decimal(3)


@pytest.mark.parametrize("text", ["1.属于国家秘密", "三、", "本年", "一", "第二十条", "2023年"])
def test_no_values(text: str) -> None:
    assert not is_value(text)


# ---------------------------------------------------------------- odd layouts


def _rows(matrix: Matrix) -> list[tuple[list[str], list[str]]]:
    return [([c.text for c in row if not c.code], [c.text for c in row if c.code]) for row in by_row(matrix)]


def row_a_line(matrix: Matrix) -> list[str]:
    return [" ".join([*labels, *values]) for labels, values in _rows(matrix)]


def label_line_then_values(matrix: Matrix) -> list[str]:
    return [line for labels, values in _rows(matrix) for line in [*labels, " ".join(values)] if line]


def tabs_without_row_ends(matrix: Matrix) -> list[str]:
    return [line for line in lines_b(matrix) if line]


def tabs_with_gaps(matrix: Matrix) -> list[str]:
    return [part for line in lines_b(matrix) if line for part in (line, "")]


def commas(matrix: Matrix) -> list[str]:
    return [",".join(text for text, _ in row) for row in expanded(matrix)]


def html(matrix: Matrix) -> list[str]:
    rows = [
        "<tr>" + "".join(f'<td rowspan="{c.rs}" colspan="{c.cs}">{c.text}</td>' for c in row) + "</tr>"
        for row in by_row(matrix)
    ]
    return ["<table>", *rows, "</table>"]


def html_without_spans(matrix: Matrix) -> list[str]:
    return [
        "<table>" + "".join("<tr>" + "".join(f"<td>{c.text}</td>" for c in r) + "</tr>" for r in by_row(matrix)) + "</table>"
    ]


def wrapped_cells(matrix: Matrix) -> list[str]:
    """One cell a line, longer cells broken over lines, as text extracted from a PDF."""
    return [c.text[i : i + 8] for c in matrix for i in range(0, max(1, len(c.text)), 8)]


ODD = (
    row_a_line,
    label_line_then_values,
    tabs_without_row_ends,
    tabs_with_gaps,
    commas,
    html,
    html_without_spans,
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("writer", ODD, ids=lambda w: w.__name__)
def test_odd_layouts(form: str, writer: object) -> None:
    truth = _numbered(form)
    assert callable(writer)
    assert cells(report(tables(form, truth), writer)) == truth


@pytest.mark.parametrize("form", FORMS)
def test_wrapped_cells_are_right_or_absent(form: str) -> None:
    truth = _numbered(form)
    found = cells(report(tables(form, truth), wrapped_cells))
    assert found.items() <= truth.items()
    assert len(found) > len(truth) * 0.9


@pytest.mark.parametrize("form", FORMS)
def test_values_out_of_row_order_are_not_claimed(form: str) -> None:
    truth = _numbered(form)
    matrices = tables(form, truth)

    def values_first(m: Matrix) -> list[str]:
        return [line for labels, values in _rows(m) for line in [" ".join(values), *labels] if line]

    def labels_then_rows(m: Matrix) -> list[str]:
        return [x for labels, _ in _rows(m) for x in labels] + [" ".join(v) for _, v in _rows(m) if v]

    def by_column(m: Matrix) -> list[str]:
        return [c.text for c in m if not c.code] + [c.text for c in sorted(m, key=lambda c: (c.col, c.row)) if c.code]

    for writer in (values_first, labels_then_rows, by_column):
        found = cells(report(matrices, writer))
        assert found.items() <= truth.items(), writer.__name__


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", ["a", "b", "c", "d", "e-wide"])
def test_label_variants(form: str, layout: str) -> None:
    truth = _numbered(form)
    text = report(tables(form, truth), WRITERS[layout])
    for printed, variant in (
        ("社会公益组织", "社会组织"),
        ("行政规范性文件", "规范性文件"),
        ("本年增/减", "本年增减"),
        ("（七）", "(七) "),
        ("1.", "1、"),
        ("2.", "2. "),
        ("（区分处理的，只计这一情形，不计其他情形）", ""),
        ("本年度办理结果", "本 年 度 办 理 结 果"),
        ("不再处理", "不在处理"),
        ("（单位：万元，保留4位小数）", "(万元)"),
        ("申请人情况", ""),
        ("法人或其他组织", "法人和其他组织"),
        ("第二十条第", "第二十条 第"),
    ):
        text = text.replace(printed, variant)
    assert cells(text) == truth


def test_group_and_row_in_one_cell() -> None:
    truth = _numbered("2019")
    text = report(tables("2019", truth), lines_a)
    for group, row in (
        ("（三）不予公开", "1.属于国家秘密"),
        ("（四）无法提供", "1.本机关不掌握"),
        ("三、本年度办理结果", "（一）予以公开"),
    ):
        text = text.replace(f"{group}\n{row}", group + row)
    assert cells(text) == truth


@pytest.mark.parametrize("layout", ["b", "c", "d", "e"])
def test_tables_without_section_headings(layout: str) -> None:
    truth = _numbered("2021")
    text = report(tables("2021", truth), WRITERS[layout])
    for head in HEADS:
        text = text.replace(head, "")
    assert cells(text) == truth


@pytest.mark.parametrize("mark", ["- 3 -", "第3页 共9页", "\f"])
def test_page_marks_inside_tables(mark: str) -> None:
    truth = _numbered("2021")
    lines = report(tables("2021", truth), lines_a).split("\n")
    for at in range(len(lines) - 40, 40, -35):
        lines[at:at] = [mark]
    assert cells("\n".join(lines)) == truth


@pytest.mark.parametrize("layout", ["b", "c", "d", "e-wide"])
def test_page_numbers_between_rows(layout: str) -> None:
    truth = _numbered("2019")
    lines = report(tables("2019", truth), WRITERS[layout]).split("\n")
    blank = [i for i, line in enumerate(lines) if not line and 30 < i < len(lines) - 30] if layout == "b" else range(14, 45, 9)
    for at in sorted(blank, reverse=True)[::3]:
        lines[at:at] = ["", "7"]
    assert cells("\n".join(lines)) == truth


@pytest.mark.parametrize("form", FORMS)
def test_header_repeated_on_the_next_page(form: str) -> None:
    truth = _numbered(form)

    def repeated(matrix: Matrix) -> list[str]:
        rows = lines_c(matrix)
        return [*rows[:12], *rows[:3], *rows[12:]] if len(rows) > 20 else rows

    found = cells(report(tables(form, truth), repeated))
    assert found == truth


def test_table_split_over_two_grids() -> None:
    truth = _numbered("2019")
    second = tables("2019", truth)[1]
    head = Grid(tuple(GridCell(c.row, c.col, c.text, c.rs, c.cs) for c in second if c.row < 9), exact=False)
    rest = Grid(tuple(GridCell(c.row - 9, c.col, c.text, c.rs, c.cs) for c in second if c.row >= 9), exact=False)
    found = {c.code: c.raw for c in read_grids([head, rest]).cells}
    assert found == {code: raw for code, raw in truth.items() if code.startswith("t3.")}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cut", range(1, 14))
def test_table_2_split_between_any_rows(form: str, cut: int) -> None:
    truth = {code: raw for code, raw in _numbered(form).items() if code.startswith("t2.")}
    first = tables(form, _numbered(form))[0]
    parts = [[c for c in first if c.row < cut], [c for c in first if c.row >= cut]]
    grids = [
        Grid(tuple(GridCell(c.row - n * cut, c.col, c.text, c.rs, c.cs) for c in part), exact=True)
        for n, part in enumerate(parts)
        if part
    ]
    found = {c.code: c.raw for c in read_grids(grids).cells}
    assert found.items() <= truth.items()
    assert form == "2019" or found == truth


def test_exact_table_split_over_two_grids_keeps_its_columns() -> None:
    truth = _numbered("2019")
    second = tables("2019", truth)[1]
    head = Grid(tuple(GridCell(c.row, c.col, c.text, c.rs, c.cs) for c in second if c.row < 9), exact=True)
    rest = Grid(tuple(GridCell(c.row - 9, c.col, c.text, c.rs, c.cs) for c in second if c.row >= 9), exact=True)
    found = {c.code: c.raw for c in read_grids([head, rest]).cells}
    assert found == {code: raw for code, raw in truth.items() if code.startswith("t3.")}


def test_blocks_of_table_two_side_by_side() -> None:
    text = "信息内容\t上一年项目数量\t本年增/减\t信息内容\t采购项目数量\t采购总金额（元）\n行政事业性收费\t4\t-1\t政府集中采购\t12\t251000\n"
    reading = read(text)[1]
    assert {c.code: str(c.value) for c in reading.cells} == {
        "t2.fee.items_before": "4",
        "t2.fee.items_change": "-1",
        "t2.procurement.items": "12",
        "t2.procurement.amount": "25.1",
    }


def test_table_four_in_three_parts() -> None:
    leaves = "结果维持\t结果纠正\t其他结果\t尚未审结\t总计"
    text = f"行政复议\n{leaves}\n1\t2\t3\t4\t10\n行政诉讼\n未经复议直接起诉\n{leaves}\n5\t6\t7\t8\t26\n"
    found = cells(text)
    assert {k: v for k, v in found.items() if k.startswith("t4.review")} == dict(
        zip(
            (f"t4.review.{leaf}" for leaf in ("upheld", "corrected", "other", "pending", "total")),
            ("1", "2", "3", "4", "10"),
            strict=True,
        )
    )
    assert all(v in {"5", "6", "7", "8", "26"} for k, v in found.items() if "suit" in k)


def test_unit_column_and_remark_between_label_and_values() -> None:
    truth = _numbered("2019")
    text = report(tables("2019", truth), WRITERS["c-short"]).replace("数量\t\t", "数量\t件\t")
    assert cells(text) == truth


# ---------------------------------------------------------------- what must not be claimed


def test_tables_of_earlier_years_give_nothing() -> None:
    text = (
        "统计指标\t单位\t统计数\n一、主动公开情况\t——\t\n（一）主动公开政府信息数\t条\t512\n其中：主动公开规范性文件数\t条\t3\n"
        "二、依申请公开情况\t——\t\n（一）收到申请数\t件\t6\n1.当面申请数\t件\t2\n（二）申请办结数\t件\t6\n1.属于已主动公开范围数\t件\t1\n"
        "2.同意公开答复数\t件\t4\n四、行政复议数量\t件\t1\n1.维持具体行政行为数\t件\t1\n五、行政诉讼数量\t件\t0\n总计\t件\t9\n其他\t件\t9\n"
    )
    reading = read(text)[1]
    assert not reading.cells
    assert issue_codes(reading) == {"table_missing"}


def test_a_row_of_another_name_is_not_claimed() -> None:
    truth = _numbered("2019")
    for layout in ("a", "b", "c", "d", "e"):
        text = report(tables("2019", truth), WRITERS[layout]).replace("2.重复申请", "2.其中网上申请")
        found = cells(text)
        assert found.items() <= truth.items()
        assert not any("rejected_repeat" in code for code in found)


def test_values_more_than_columns_are_an_issue() -> None:
    truth = _numbered("2019")
    text = report(tables("2019", truth), lines_a).replace("2.重复申请\n", "2.重复申请\n5\n")
    reading = read(text)[1]
    assert not any("rejected_repeat" in c.code for c in reading.cells)
    assert "cells_unassigned" in issue_codes(reading)


def test_a_table_twice_with_other_values_is_a_conflict() -> None:
    table = "信息内容\t本年处理决定数量\n行政处罚\t{}\n行政强制\t0\n"
    reading = read(table.format(5) + "\n说明：下表为修订数。\n\n" + table.format(6))[1]
    assert [c.code for c in reading.cells] == ["t2.coercion.decisions"]
    assert "cell_conflict" in issue_codes(reading)
    assert [c.raw for c in read(table.format(5) + "\n重复如下。\n\n" + table.format(5))[1].cells] == ["5", "0"]


def test_missing_rows_are_listed_once() -> None:
    truth = _numbered("2021")
    lines = report(tables("2021", truth), lines_c).split("\n")
    kept = [line for line in lines if "重复申请" not in line and "信访举报" not in line]
    issues = [i for i in read("\n".join(kept))[1].issues if i.code == "rows_missing"]
    assert len(issues) == 1
    assert "t3.rejected_petition, t3.rejected_repeat" in issues[0].message


def test_values_beside_other_handling_in_the_newer_form_are_no_cell() -> None:
    truth = _numbered("2021")
    text = report(tables("2021", truth), lines_a).replace("（六）其他处理\n", "（六）其他处理\n1\n2\n3\n4\n5\n6\n7\n")
    assert cells(text) == truth


def test_mixed_form_of_table_two() -> None:
    text = (
        "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量\n规章\t0\t0\t0\n规范性文件\t1\t1\t9\n"
        "信息内容\t本年收费金额（单位：万元）\n行政事业性收费\t2.5\n"
    )
    assert read(text)[1].forms["t2"] == "mixed"


def test_digits_set_far_apart_are_no_row_of_another_form() -> None:
    """Under 本年处理决定数量 stands one value; three would be a row of 2019, whose heading has other words."""
    text = "信息内容\t{}处理决定数量\n行政处罚\t1\t8\t7\n行政强制\t9\n"
    assert cells(text.format("本年")) == {"t2.coercion.decisions": "9"}
    assert cells(text.format("")) == {"t2.penalty.decisions": "7", "t2.coercion.decisions": "9"}


def test_unreadable_cells_keep_their_text() -> None:
    text = "信息内容\t上一年项目数量\t本年增/减\t处理决定数量\n行政许可\t154\t增加8/9\t52\n行政处罚\t无变化\t/\t\n"
    reading = read(text)[1]
    states = {c.code: (c.state, c.raw) for c in reading.cells}
    assert states["t2.licence.items_change"] == ("unreadable", "增加8/9")
    assert states["t2.penalty.items_before"] == ("unreadable", "无变化")
    assert states["t2.penalty.items_change"] == ("dash", "/")
    assert states["t2.penalty.decisions"] == ("blank", "")
    assert [i.code for i in reading.issues if i.code == "cell_unreadable"] == ["cell_unreadable"] * 2


def test_exact_grid_filler_columns_are_no_issue() -> None:
    truth = _numbered("2021")
    matrix = tables("2021", truth)[0]
    assert {c.code: c.raw for c in read_grids([exact_grid(matrix)]).cells} == {
        k: v for k, v in truth.items() if k.startswith("t2.")
    }
