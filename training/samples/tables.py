"""The statutory tables of a narrative as rows of printed cells, before any layout is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.samples.narrative import APPLICANTS, Narrative, form

NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
# headings that the form prints with their unit
_PRINTED = {"本年收费金额": "本年收费金额（单位：万元）"}


@dataclass(frozen=True, slots=True)
class SampleCell:
    """One printed cell.

    ``blank`` is a value that is white space; ``merged`` a place taken by the cell above or before it, where nothing is printed.
    """

    text: str
    kind: Literal["label", "value", "blank", "merged"] = "label"


Row = tuple[SampleCell, ...]
MERGED = SampleCell("", "merged")


def _label(narrative: Narrative, text: str) -> SampleCell:
    return SampleCell(narrative.labels.get(text, _PRINTED.get(text, text)))


def _value(narrative: Narrative, code: str) -> SampleCell:
    cell = narrative.cells[code]
    return SampleCell(cell.printed, "value") if cell.printed else SampleCell("", "blank")


def table_2(narrative: Narrative) -> list[Row]:
    """One to four columns: label and values; a heading over each group.  Ends at the row where the file is cut."""
    rows: list[Row] = []
    last: tuple[str, tuple[str, ...]] = ("", ())
    grouped: dict[str, list[dict[str, str]]] = {}
    for cell in form(narrative.form)["t2"]:
        grouped.setdefault(cell["code"].rsplit(".", 1)[0], []).append(cell)
    for cells in grouped.values():
        if cells[0]["code"] not in narrative.cells:
            break
        columns = tuple(c["column"] for c in cells)
        if (cells[0]["group"], columns) != last:
            last = (cells[0]["group"], columns)
            rows.append((_label(narrative, cells[0]["group"]), *(MERGED for _ in columns)))
            rows.append((_label(narrative, "信息内容"), *(_label(narrative, c) for c in columns)))
        rows.append((_label(narrative, cells[0]["row"]), *(_value(narrative, c["code"]) for c in cells)))
    return rows


def table_3(narrative: Narrative) -> list[Row]:
    """Ten columns: group, subgroup, label, six applicants and the total."""

    def label(text: str) -> SampleCell:
        return _label(narrative, text)

    blank = [MERGED]
    persons = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    rows: list[Row] = [
        (SampleCell(NOTE), *blank * 2, label("申请人情况"), *blank * 6),
        (*blank * 3, label("自然人"), label("法人或其他组织"), *blank * 4, label("总计")),
        (*blank * 4, *(label(p) for p in persons), MERGED),
    ]
    group = subgroup = ""
    for cell in form(narrative.form)["t3"][:: len(APPLICANTS) + 1]:
        row = cell["code"].rsplit(".", 1)[0]
        if cell["code"] not in narrative.cells:
            break
        values = tuple(_value(narrative, f"{row}.{a}") for a in (*APPLICANTS, "total"))
        if not cell["group"]:
            labels: Row = (label(cell["row"]), MERGED, MERGED)
        else:
            first = label(cell["group"]) if cell["group"] != group else MERGED
            if not cell["subgroup"]:
                labels = (first, label(cell["row"]), MERGED)
            else:
                second = label(cell["subgroup"]) if cell["subgroup"] != subgroup else MERGED
                labels = (first, second, label(cell["row"]))
        group, subgroup = cell["group"], cell["subgroup"]
        rows.append((*labels, *values))
    return rows


def table_4(narrative: Narrative) -> list[Row]:
    """Three rows of headings over fifteen columns, and one row of values."""
    outcomes = [_label(narrative, o) for o in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")]
    return [
        (_label(narrative, "行政复议"), *[MERGED] * 4, _label(narrative, "行政诉讼"), *[MERGED] * 9),
        (*outcomes, _label(narrative, "未经复议直接起诉"), *[MERGED] * 4, _label(narrative, "复议后起诉"), *[MERGED] * 4),
        (*[MERGED] * 5, *outcomes, *outcomes),
        tuple(_value(narrative, c["code"]) for c in form(narrative.form)["t4"]),
    ]


def table(narrative: Narrative, section: str) -> list[Row]:
    """The table of section ``s2``, ``s3`` or ``s4``; empty where the file ends before it."""
    if not any(code.startswith(f"t{section[1]}.") for code in narrative.cells):
        return []
    return {"s2": table_2, "s3": table_3, "s4": table_4}[section](narrative)
