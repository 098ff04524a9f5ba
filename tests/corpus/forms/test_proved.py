"""Cells whose labels are lost: claimed where the sums prove them, and never otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.forms.read import read_tables
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from corpus.types import TableReading
from tests.support.bent import report, t3_rows, t4_values, truth

_T3 = {code: value for code, value in truth().items() if code.startswith("t3.")}
_T4 = {code: value for code, value in truth().items() if code.startswith("t4.")}


def _reading(text: str, name: str = "a.md") -> TableReading:
    canonical = build(read_bytes(text.encode(), name))
    return read_tables(canonical, split_sections(canonical)[0])


def _found(reading: TableReading, table: str) -> dict[str, int]:
    return {c.code: int(c.value) for c in reading.cells if c.code.startswith(table) and c.value is not None}


def _pipes(texts: list[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _own_table(texts: list[str]) -> str:
    return f"{_pipes(texts)}\n{_pipes(['---'] * len(texts))}\n"


def _torn(lost: set[int], shred: str = "申请内容仍不") -> str:
    """Table 3 as a converter tears it: rows without their label, pieces of labels between them, no headings."""
    lines = []
    for n, (_, label, values) in enumerate(t3_rows()):
        lines += [shred, _own_table(values)] if n in lost else [_own_table([label, *values])]
    return "\n".join(lines)


_T4_LINE = _own_table([v for group in t4_values() for v in group])


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 24)))
def test_rows_without_labels_are_known_by_their_order(lost: set[int]) -> None:
    reading = _reading(report(_torn(lost), _T4_LINE))
    assert _found(reading, "t3") == _T3
    assert _found(reading, "t4") == _T4
    assert all(c.basis == "proved" for c in reading.cells)  # no column has a heading
    assert not reading.issues or {i.code for i in reading.issues} == {"table_missing"}  # table 2 is not there


@pytest.mark.parametrize("name", ["placeholder", "spaces", "lines"])
def test_words_of_a_converter_over_the_columns(name: str) -> None:
    rows = []
    for _, label, values in t3_rows():
        if name == "placeholder":
            heads = ["类别", *(f"数据{n}" for n in range(1, 7)), "总计"]
            rows += [f"### {label}", _own_table(heads) + _pipes([label, *values]) + "\n"]
        elif name == "spaces":
            rows.append(f"{label}  {'  '.join(values)}")
        else:
            rows.append("\n".join([label, *values]))
    heads = [] if name == "placeholder" else ["栏1 栏2 栏3"]
    assert _found(_reading(report("\n".join([*heads, *rows]), _T4_LINE)), "t3") == _T3


@pytest.mark.parametrize("at", [0, 1, 2, 9, 23, 24])
def test_nothing_is_proved_by_a_table_that_contradicts_itself(at: int) -> None:
    rows = t3_rows()
    rows[at][2][6] = str(int(rows[at][2][6]) + 1)
    text = "\n".join(_own_table(values) for _, _, values in rows)
    assert _found(_reading(report(text, _T4_LINE)), "t3") == {}


@pytest.mark.parametrize("at", [0, 3, 12, 24])
def test_a_missing_row_leaves_more_than_one_place(at: int) -> None:
    rows = [values for n, (_, _, values) in enumerate(t3_rows()) if n != at]
    text = "\n".join(_own_table(values) for values in rows)
    assert _found(_reading(report(text, _T4_LINE)), "t3") == {}


def test_a_label_in_another_place_contradicts() -> None:
    lines = [_own_table([label if n == 8 else "", *values]) for n, (_, label, values) in enumerate(t3_rows())]
    lines[8], lines[9] = lines[9], lines[8]
    assert _found(_reading(report("\n".join(lines), _T4_LINE)), "t3") == {}


@pytest.mark.parametrize("name", ["one row", "three blocks", "one a line", "spaces"])
def test_table_4_without_headings(name: str) -> None:
    groups = t4_values()
    whole = [v for group in groups for v in group]
    text = {
        "one row": _own_table(whole),
        "three blocks": "\n\n".join(f"### 第{n}组\n\n{_own_table(group)}" for n, group in enumerate(groups, 1)),
        "one a line": "结果 维持\n尚未 审结\n总计\n" + "\n".join(_pipes(group) for group in groups),
        "spaces": "结果\n维持\n审结\n" + " ".join(whole),
    }[name]
    assert _found(_reading(report(_torn(set()), text)), "t4") == _T4


def test_table_4_that_contradicts_itself() -> None:
    groups = t4_values()
    groups[1][4] = "99"
    text = _own_table([v for group in groups for v in group])
    assert _found(_reading(report(_torn(set()), text)), "t4") == {}


def test_labels_are_believed_where_their_sums_hold() -> None:
    """Headings in an order of the agency's own: its sums hold as well, so nothing is moved."""
    heads = ["", "自然人", "科研机构", "商业企业", "社会公益组织", "法律服务机构", "其他", "总计"]
    lines = [_pipes(heads), _pipes(["---"] * 8)] + [_pipes([label, *values]) for _, label, values in t3_rows()]
    found = _found(_reading(report("\n".join(lines), _T4_LINE)), "t3")
    assert found["t3.new.research"] == truth()["t3.new.business"]
    assert found["t3.new.total"] == truth()["t3.new.total"]


def test_spans_that_move_the_last_columns() -> None:
    spans = {"法人或其他组织": 4}
    head = (
        '<tr><td rowspan="3" colspan="3">本列数据</td><td colspan="7">申请人情况</td></tr>'
        f'<tr><td rowspan="2">自然人</td><td colspan="{spans["法人或其他组织"]}">法人或其他组织</td><td rowspan="2">总计</td></tr>'
        "<tr>" + "".join(f"<td>{t}</td>" for t in ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")) + "</tr>"
    )
    rows = "".join(
        f'<tr><td colspan="3">{label}</td>' + "".join(f"<td>{v}</td>" for v in values) + "</tr>"
        for _, label, values in t3_rows()
    )
    page = f"<html><body><p>三、收到和处理政府信息公开申请情况</p><table>{head}{rows}</table></body></html>"
    assert _found(_reading(page, "a.html"), "t3") == _T3
