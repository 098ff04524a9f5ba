"""Tables as browsers and converters print them; page numbers and form feeds among the values of one cell a line."""

from __future__ import annotations

import random

import pytest

from corpus.errors import ReadError
from corpus.readers import read_bytes
from tests.support.helpers_tables import cells, issue_codes, read
from tests.support.layouts import WRITERS, codes, lines_a, report, tables
from tests.support.layouts_converters import CONVERTERS

FORMS = ("2019", "2021")


#: a blank cell prints a pipe as those between rows do
_NO_TRACE_OF_BLANKS = {"opened-rows", "pipes-behind-cells", "pipes-between"}


def _truth(form: str, seed: int, blanks: float = 0.0) -> dict[str, str]:
    rnd = random.Random(seed)
    return {c: "" if rnd.random() < blanks else str(rnd.randrange(100, 999)) for c in codes(form)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", CONVERTERS)
def test_every_cell_of_every_converter(form: str, layout: str) -> None:
    truth = _truth(form, 31)
    reading = read(report(tables(form, truth), CONVERTERS[layout]))[1]
    assert {c.code: c.raw for c in reading.cells} == truth
    assert reading.forms == {"t2": form, "t3": form, "t4": form}
    assert not reading.issues


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", CONVERTERS)
def test_tables_that_print_few_values(form: str, layout: str) -> None:
    """Nine cells of ten blank: every row of table 3 and 4 has its cells, none in another place."""
    truth = _truth(form, 32, blanks=0.9)
    found = cells(report(tables(form, truth), CONVERTERS[layout]))
    assert found.items() <= truth.items()
    if layout not in _NO_TRACE_OF_BLANKS:
        assert {c for c in truth if c.startswith("t3")} <= found.keys()


@pytest.mark.parametrize("layout", ["repeated-tabs", "repeated-pipes", "grid"])
def test_equal_values_side_by_side_are_cells_of_their_own(layout: str) -> None:
    truth = dict.fromkeys(codes("2021"), "7")
    assert cells(report(tables("2021", truth), CONVERTERS[layout])) == truth


def test_a_value_repeated_under_one_heading_is_one_cell() -> None:
    text = "信息内容\t本年处理决定数量\t本年处理决定数量\t本年处理决定数量\n行政处罚\t{}\t{}\t{}\n行政强制\t0\t0\t0\n第二十条第（六）项\t第二十条第（六）项\t第二十条第（六）项\t第二十条第（六）项\n"
    assert cells(text.format(12, 12, 12)) == {"t2.penalty.decisions": "12", "t2.coercion.decisions": "0"}


def test_a_pipe_alone_among_cells_is_a_blank_cell_and_opens_no_row() -> None:
    truth = _truth("2021", 36) | {
        f"t3.granted.{a}": "" for a in ("natural", "business", "research", "nonprofit", "legal", "other")
    }
    rows = report(tables("2021", truth), CONVERTERS["browser"]).split("\n")
    lines = [line for row in rows for line in ([f"{c} |".lstrip() for c in row.split("\t")] if "\t" in row else [row])]
    assert lines.count("|") >= 5
    found = cells("\n".join(lines))
    assert found.items() <= truth.items()
    assert {c for c in truth if c.startswith("t3.") and "granted" not in c} <= found.keys()


def test_headings_cut_off_behind_their_first_line() -> None:
    """本年新<br>制作数量 and 本年新<br>公开数量 of which a converter kept the first line: the order of the form says which is which."""
    text = "信息内容 |\n{}对外公开总数量 | |\n规章 |\n0 |\n1 |\n2 | |\n规范性文件 |\n13 |\n11 |\n12 | |\n"
    whole = cells(text.format("本年新 |\n本年新 |\n"))
    assert [whole[f"t2.normative.{c}"] for c in ("made", "disclosed", "public_total")] == ["13", "11", "12"]
    assert set(cells(text.format("本年新 |\n"))) <= {"t2.regulation.public_total", "t2.normative.public_total"}


def test_two_numbers_in_one_cell_of_a_grid_are_not_one_number() -> None:
    text = "+------+------+\n| 信息内容 | 本年处理决定数量 |\n+------+------+\n| 行政处罚 | 5 |\n|      | 3 |\n+------+------+\n| 行政强制 | 0 |\n+------+------+\n"
    states = {c.code: (c.raw, c.state) for c in read(text)[1].cells}
    assert states == {"t2.penalty.decisions": ("5 3", "unreadable"), "t2.coercion.decisions": ("0", "value")}


def test_a_row_wrapped_after_a_pipe() -> None:
    truth = _truth("2021", 33)
    lines = report(tables("2021", truth), CONVERTERS["html2text"]).split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("4.保护"))
    head, tail = lines[at].rsplit(" | ", 3)[0], lines[at].split(" | ")[-3:]
    lines[at : at + 1] = [head + " |", " | ".join(tail)]
    assert cells("\n".join(lines)) == truth
    # the last cell alone on its line may be a page number: the row is refused
    lines[at : at + 2] = [" | ".join([head, *tail[:2]]) + " |", tail[2]]
    found = cells("\n".join(lines))
    assert found == {c: v for c, v in truth.items() if not c.startswith("t3.denied_third_party")}


# ---------------------------------------------------------------- page numbers


def _one_a_line(short: bool) -> tuple[dict[str, str], list[str], int]:
    """Lines of a report, and the place after row 5 of （三）, which is one value short on demand."""
    truth = _truth("2021", 34)
    lines = report(tables("2021", truth), lines_a).split("\n")
    at = lines.index("6.属于四类过程性信息")
    if short:
        del lines[at - 1]
    return truth, lines, at - short


@pytest.mark.parametrize("mark", ["- 5 -", "5/8", "5 / 8", "5／8", "- 5", "第5页", "—5—"])
@pytest.mark.parametrize("back", [0, 3])
def test_a_page_mark_never_completes_a_row(mark: str, back: int) -> None:
    truth, lines, at = _one_a_line(short=True)
    lines.insert(at - back, mark)
    reading = read("\n".join(lines))[1]
    assert {c.code: c.raw for c in reading.cells} == {c: v for c, v in truth.items() if not c.startswith("t3.denied_internal")}
    assert "cells_unassigned" in issue_codes(reading)
    truth, lines, at = _one_a_line(short=False)
    lines.insert(at - back, mark)
    assert cells("\n".join(lines)) == truth


@pytest.mark.parametrize("feed", [["5", "\f"], ["5", "", "\f"], ["\f5"]])
def test_a_number_at_a_form_feed_never_completes_a_row(feed: list[str]) -> None:
    truth, lines, at = _one_a_line(short=True)
    lines[at:at] = feed
    assert cells("\n".join(lines)) == {c: v for c, v in truth.items() if not c.startswith("t3.denied_internal")}


def test_a_value_right_before_a_form_feed_stays() -> None:
    truth, lines, at = _one_a_line(short=False)
    lines.insert(at, "\f")
    assert cells("\n".join(lines)) == truth


def test_a_row_label_without_value_is_an_issue() -> None:
    truth = _truth("2021", 35) | {"t2.licence.decisions": ""}
    for printed in ("", "详见附件", "12件；"):
        text = report(tables("2021", truth), lines_a).replace(
            "行政许可\n", f"行政许可\n{printed}\n" if printed else "行政许可\n"
        )
        reading = read(text)[1]
        assert "t2.licence.decisions" not in {c.code for c in reading.cells}
        assert any(i.code == "cells_unassigned" and "t2.licence" in i.message for i in reading.issues)


def test_rows_run_together_keep_their_own_values() -> None:
    truth = _truth("2021", 36)
    lines = report(tables("2021", truth), WRITERS["e-wide"]).split("\n")
    at = next(i for i, line in enumerate(lines) if "上年结转" in line)
    lines[at : at + 2] = [lines[at] + lines[at + 1]]
    assert cells("\n".join(lines)) == truth
    lines[at] = lines[at].replace(f"      {truth['t3.carried_in.total']}", "", 1)
    found = cells("\n".join(lines))
    assert found.items() <= truth.items()
    assert not any(c.startswith("t3.carried_in") for c in found)


@pytest.mark.parametrize("text", ["公开政府信息" * 30_000, "公开政府信息12条。\n" * 70_000, "规章\t0\t" * 700_000])
def test_what_is_no_report_is_refused_early(text: str) -> None:
    with pytest.raises(ReadError, match="one report per file"):
        read_bytes(text.encode(), "dump.txt")


def test_a_whole_heading_leaves_the_piece_below_to_one_that_needs_it() -> None:
    truth = {c: v for c, v in _truth("2021", 37).items() if c.startswith("t3.new")}
    heads = "          自然人   商业企业   科研机构   社会公益   法律服务   其他   总计\n                                        组织       机构\n"
    values = "   ".join(truth.values())
    text = f"申请人情况\n{heads}一、本年新收政府信息公开申请数量   {values}\n二、上年结转政府信息公开申请数量   0   0   0   0   0   0   0\n"
    found = cells(text)
    assert {c: v for c, v in found.items() if c.startswith("t3.new")} == truth
