"""Table 3 with columns so narrow that labels and headings wrap, as pdftotext prints it with ``-layout`` and ``-raw``."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.forms.wordings import LabelMemo
from corpus.readers.plain.lines import Line
from corpus.readers.plain.narrow_labels import mend_narrow_labels
from tests.support.helpers_tables import cells
from tests.support.layouts import Matrix, by_row, codes, lines_c, report, tables


def _wrapped(text: str, width: int) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), width)]


def _rows(matrix: Matrix) -> list[tuple[str, str, list[str]]]:
    """(label of the group that begins here, own label, seven values) of each row of table 3 below its headings."""
    out = []
    for row in by_row(matrix):
        values = [c.text for c in row if c.code]
        if values:
            *groups, label = [c.text for c in row if not c.code and c.text]
            out.append((groups[-1] if groups else "", label, values))
    return out


def _head() -> list[str]:
    return [
        "                申请人情况",
        "                  法人或其他组织",
        "自然人 商业企业 科研机构 社会公益 法律服务 其他 总计",
        "                  组织 机构",
    ]


def _layout(matrix: Matrix, width: int) -> list[str]:
    """Values beside the middle line of their label, the label of a group beside the middle of its rows."""
    lines: list[list[str]] = []
    spans: list[tuple[str, int]] = []
    for group, label, values in _rows(matrix):
        if group:
            spans.append((group, len(lines)))
        parts = _wrapped(label, width)
        lines += [[part, "   ".join(values) if i == len(parts) // 2 else ""] for i, part in enumerate(parts)]
    beside = [""] * len(lines)
    for (group, first), last in zip(spans, [*[s for _, s in spans[1:]], len(lines)], strict=True):
        parts = _wrapped(group, 4)
        at = max(first, (first + last - len(parts)) // 2)
        for i, part in enumerate(parts):
            if at + i < last:
                beside[at + i] = part
    return [*_head(), *(f"  {b} {part:　<12} {values}".rstrip() for b, (part, values) in zip(beside, lines, strict=True))]


def _raw(matrix: Matrix, width: int) -> list[str]:
    """Cell after cell: the label of the group, the label of the row, its values on a line of their own."""
    lines = _head()
    for group, label, values in _rows(matrix):
        lines += [*(_wrapped(group, 4) if group else []), *_wrapped(label, width), " ".join(values)]
    return lines


def _piped(matrix: Matrix, width: int) -> list[str]:
    """The same, with the values as tables of one row, as programs print it that find tables by where text stands."""
    ruler = "| " + " | ".join(["---"] * 9) + " |"
    lines = [
        "申请人情况",
        "|     | 自然人 |      |      |      |      |     | 总计  |",
        "| --- | ---- | ---- | ---- | ---- | ---- | --- | --- |",
        "|     |      |      |      | 社会公益 | 法律服务 |     |     |",
        "|     |      | 商业企业 | 科研机构 |      |      | 其他  |     |",
        "|     |      |      |      | 组织   | 机构   |     |     |",
    ]
    for group, label, values in _rows(matrix):
        parts = _wrapped(label, width)
        middle = max(1, len(parts) // 2)
        lines += [*(_wrapped(group, 4) if group else []), *parts[:middle]]
        lines += [f"|     | {values[0]} {values[1]} | " + " | ".join(values[2:]) + " |", ruler, *parts[middle:]]
    return lines


@pytest.mark.parametrize("form", ["2019", "2021"])
@pytest.mark.parametrize("width", [4, 5, 6, 8, 10])
@pytest.mark.parametrize("printed", [_layout, _raw, _piped])
def test_every_cell_stands_at_its_row(form: str, width: int, printed: object) -> None:
    assert callable(printed)
    truth = {code: str(100 + i) for i, code in enumerate(codes(form))}
    t2, t3, t4 = tables(form, truth)
    text = report((t2, t3, t4), lambda m: printed(m, width) if m is t3 else lines_c(m))
    found = cells(text)
    assert {c: v for c, v in found.items() if v != truth[c]} == {}
    assert set(truth) - set(found) == set()


def _mended(texts: Sequence[str]) -> list[str]:
    return [line.text for line in mend_narrow_labels([Line(i, t) for i, t in enumerate(texts, 1)], LabelMemo())]


@pytest.mark.parametrize(
    "texts",
    [
        # whole labels, and prose beneath them
        ["一、本年新收政府信息公开申请数量 5 0 0 0 0 0 5", "1.属于国家秘密 0 0 0 0 0 0 0", "五、存在的主要问题", "1.更新慢。"],
        # a label that no form has
        ["一、本年新收政府信息公开申请数量 5 0 0 0 0 0 5", "1.属于个", "人秘密 0 0 0 0 0 0 0"],
        # two lines of values, of which neither is certainly its own
        ["一、本年新收政府信息公开申请数量 5 0 0 0 0 0 5", "1.属于国 0 0 0 0 0 0 0", "家秘密 0 0 0 0 0 0 0"],
        # no table at all
        ["1.属于国", "家秘密 0 0 0 0 0 0 0"],
    ],
)
def test_what_is_not_certain_stays(texts: list[str]) -> None:
    assert _mended(texts) == texts


def test_whole_headings_each_on_a_line_of_its_own_stay() -> None:
    names = ["自然人", "法人或其他组织", "总计", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
    texts = ["申请人情况", *names, "一、本年新收政府信息公开申请数量", *"1000001"]
    assert _mended(texts) == texts
