"""Cells that hold several lines: rows printed as one, one number wrapped, two numbers that nothing tells apart."""

from __future__ import annotations

import pytest

from corpus.readers.stacked import unstacked
from corpus.types import GridCell
from tests.corpus.test_bent_reports import analysed

HEAD = "<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
FRAME = "<h1>云岭县水务局2023年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>公开信息12条。</p><p>二、主动公开政府信息情况</p>{}"
BOTH = {"regulation": (14, 3, 5), "normative": (2, 1, 6)}
ONE = {"normative": (14, 3, 5)}


def _values(page: str, name: str) -> dict[str, tuple[int | None, ...]]:
    cells = {c.code: c.value for c in analysed(page.encode(), name).cells}
    read = {
        row: tuple(cells.get(f"t2.{row}.{c}") for c in ("issued", "repealed", "effective"))
        for row in ("regulation", "normative")
    }
    return {row: tuple(None if v is None else int(v) for v in values) for row, values in read.items() if any(values)}


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (("规章<br>行政规范性文件", "14<br>2", "3<br>1", "5<br>6"), BOTH),
        (("规章<br>行政规<br>范性文件", "14<br>2", "3<br>1", "5<br>6"), BOTH),
        (("行政规<br>范性文件", "14", "3", "5"), ONE),
        (("行政规范性文件", "14", "3<br>1", "5"), {"normative": (14, None, 5)}),  # 3 and 1, or 31
        (("规章<br>行政规范性文件", "14<br>2", "3", "5<br>6"), {}),  # whose is the 3?
    ],
)
@pytest.mark.parametrize("form", ["page", "HTML in Markdown", "pipes"])
def test_lines_in_cells(cells: tuple[str, ...], read: dict[str, tuple[int | None, ...]], form: str) -> None:
    row = "<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"
    table = f"<table>{HEAD}{row}</table>"
    page = FRAME.format(table + "<p>六、其他需要报告的事项</p>")
    text = page.replace("<h1>", "# ").replace("<p>", "\n\n").replace("</h1>", "").replace("</p>", "\n\n")
    if form == "pipes":
        text = text.replace("<table>", "").replace("</table>", "").replace("<tr>", "").replace("</tr>", "|\n")
        text = text.replace("<td>", "|").replace("</td>", "")
    assert _values(page if form == "page" else text, "a.html" if form == "page" else "a.md") == read


def test_values_merged_over_the_rows_of_their_labels() -> None:
    found = unstacked(
        (GridCell(0, 0, "规章"), GridCell(0, 1, "14\n2", 2), GridCell(1, 0, "行政规范性文件"), GridCell(2, 0, "行政许可"))
    )
    assert [(c.row, c.column, c.row_span, c.text) for c in found] == [
        (0, 0, 1, "规章"), (0, 1, 1, "14"), (1, 0, 1, "行政规范性文件"), (1, 1, 1, "2"), (2, 0, 1, "行政许可"),
    ]  # fmt: skip


def test_what_stands_beside_rows_told_apart_spans_them() -> None:
    found = unstacked(
        (GridCell(0, 0, "本年度办理结果", 3), GridCell(0, 1, "规章"), GridCell(1, 1, "规章\n行政许可"), GridCell(1, 2, "4\n5"), GridCell(2, 1, "行政强制"))
    )  # fmt: skip
    assert [(c.row, c.column, c.row_span, c.text) for c in found] == [
        (0, 0, 4, "本年度办理结果"), (0, 1, 1, "规章"), (1, 1, 1, "规章"), (1, 2, 1, "4"), (2, 1, 1, "行政许可"), (2, 2, 1, "5"), (3, 1, 1, "行政强制"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("一、总体情况<br>公开信息12条。<br/>公开公报3期。", ["公开信息12条。", "公开公报3期。"]),
        ("**一、总体情况**<br>全年公开<br>信息12条。", ["全年公开信息12条。"]),
    ],
)
def test_breaks_in_a_line_of_markdown(line: str, read: list[str]) -> None:
    text = f"云岭县水务局2023年政府信息公开工作年度报告\n\n{line}\n\n六、其他需要报告的事项\n\n无。\n"
    assert [p.text for p in analysed(text.encode(), "a.md").passages if p.section == "s1"] == read
