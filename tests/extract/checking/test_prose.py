"""What the narrative says against the tables: sentences put beside tables whose cells are given.  One row a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from corpus.codebook import form_cells
from extract.against_tables.join import join_report
from extract.checking.check import check_one
from extract.checking.findings import CheckFinding
from extract.pipeline import analyze_bytes
from tests.support.factories import cell

#: 26 new requests and 25 answered, one of them by another office; one carried over, no review, no lawsuit
_CELLS = {
    "t3.new.total": 26, "t3.granted.total": 14, "t3.partial.total": 3, "t3.unavailable_not_held.total": 6, "t3.rejected_petition.total": 2,
    "t3.total.total": 25, "t3.carried_out.total": 1, "t2.licence.decisions": 310,
}  # fmt: skip
_KINDS = ("prose_table", "other_row", "other_counting", "repeat", "all_done")


def found(body: str, cells: Mapping[str, int], section_six: str = "无。") -> list[CheckFinding]:
    """Findings that compare numbers, of a report whose section on requests has these sentences."""
    text = (
        f"清河市水务局2022年政府信息公开工作年度报告\n一、总体情况\n2022年，我局公开信息。\n（二）依申请公开情况\n{body}\n"
        "二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n四、政府信息公开行政复议、行政诉讼情况\n"
        f"五、存在的主要问题及改进情况\n一是更新不够及时。下一步，将建立台账。\n六、其他需要报告的事项\n{section_six}\n"
    )
    read = analyze_bytes(text.encode(), "a.txt")
    values = {**dict.fromkeys(form_cells("2021"), 0), **_CELLS, **cells}
    given = tuple(cell(code, value, raw="") for code, value in values.items())
    beside = replace(read, cells=given, joins=join_report(read.mentions, given, read.text))
    return [f for f in check_one(beside).findings if f.kind in _KINDS]


@pytest.mark.parametrize(
    ("body", "cells", "wanted"),
    [
        # what is denied is never a matter of counting
        ("全年没有因信息公开被申请行政复议。", {"t4.review.pending": 2, "t4.review.total": 2}, ["prose_table"]),
        ("我局未发生涉及信息公开的行政诉讼。", {"t4.suit_direct.pending": 1, "t4.suit_direct.total": 1}, ["prose_table"]),
        ("因信息公开引发的行政复议0件。", {"t4.review.pending": 1, "t4.review.total": 1}, ["prose_table"]),
        ("全年未收到政府信息公开申请。", {"t3.new.total": 4, "t3.carried_in.total": 4}, ["prose_table"]),
        ("因信息公开引发的行政复议3件。", {"t4.review.pending": 2, "t4.review.total": 5}, ["other_counting"]),
        ("全年没有因信息公开被申请行政复议。", {}, []),
        # last year's, and then this one's
        ("上年度收到信息公开申请31件，予以公开20件。", {}, []),
        ("2022年，我局收到信息公开申请26件。2021年收到信息公开申请31件，予以公开20件。", {}, []),
        ("去年收到申请31件，今年收到申请28件。", {}, ["prose_table"]),
        ("全年收到信息公开申请31件。", {}, ["prose_table"]),
        # other bodies
        ("区县局共收到申请140件，结转9件。", {}, []),
        ("局属各单位共受理信息公开申请7件，予以公开5件。", {}, []),
        ("所属单位未收到申请，我局收到信息公开申请27件。", {}, ["prose_table"]),
        ("市水务局收到信息公开申请27件。", {}, ["prose_table"]),
        # one source of several
        ("省厅转来申请4件，我局直接受理22件。", {}, []),
        ("收到上级交办的申请4件，其余途径收到申请22件。", {}, []),
        ("全年收到申请24件，移送其他机关2件。", {}, ["prose_table"]),
        # counted over years
        ("自机构改革以来，累计受理申请302件，办结299件，予以公开150件。", {}, []),
        ("今年以来，累计受理申请27件。", {}, ["prose_table"]),
        # disputes over other things
        ("以我局为被告的行政诉讼案件7件，均与政府信息公开无关。", {}, []),
        ("全年发生行政复议7件，都不涉及信息公开。", {}, []),
        ("因征地补偿被申请行政复议6件，维持5件。", {}, []),
        ("我局收到取水许可类行政复议2件。", {}, []),
        ("全年受理行政复议案件44件，审结40件。", {}, []),
        ("因信息公开被申请行政复议6件，审结5件。", {}, ["prose_table"]),
        ("因征地补偿信息公开引发行政复议6件。", {}, ["prose_table"]),
        # all concluded
        ("受理水权登记信息查询申请1300件，全部办结。", {}, []),
        ("26件申请中，25件已全部办结，1件延期。", {}, []),
        ("收到申请二十六件，其中二十五件均已全部办结。", {}, []),
        ("办结申请25件，已全部办结归档。", {}, []),
        ("收到申请26件，已全部办结。", {}, ["all_done"]),
        ("去年收到申请31件，已全部办结。", {}, []),
        # carried over, in a sentence that names the ways of applying
        ("开通网上、传真、当面等申请渠道2022年共收到申请26件，3件结转下一年继续办理外，其余均已答复。", {}, ["prose_table"]),
        ("我局设立申请受理窗口，全年收到申请26件，转下一年继续办理4件。", {}, ["prose_table"]),
        ("我局设立申请受理窗口，全年收到申请26件，转下一年继续办理1件。", {}, []),
        ("通过网上渠道收到申请9件，3件结转下一年继续办理。", {}, []),
        # numbers with a cell of their own
        ("未经复议直接起诉1件，复议后起诉2件。", {"t4.suit_direct.total": 1}, ["prose_table"]),
        ("因信息公开发生行政诉讼3件，其中未经复议直接向法院起诉2件，经复议后提起诉讼1件。",
         {"t4.suit_direct.total": 1, "t4.suit_after_review.total": 2}, ["prose_table", "prose_table"]),
        ("因信息公开发生行政诉讼3件，其中未经复议直接起诉2件，复议后起诉1件。",
         {"t4.suit_direct.total": 2, "t4.suit_after_review.total": 1}, []),
        ("因征地补偿复议后起诉4件。", {}, []),
        ("信访举报类申请3件，不予处理。", {}, ["prose_table"]),
        ("信访举报类申请2件，不予处理。", {}, []),
        ("重复申请4件不予处理。", {}, ["prose_table"]),
        ("重复申请2件不予处理。", {"t3.rejected_repeat.total": 2}, []),
        ("收到信访举报3件，均已办结。", {}, []),
        # a single digit is found in some row by chance
        ("不予公开2件。", {"t3.denied_law.total": 2, "t3.denied_process.total": 1}, ["prose_table"]),
        ("因涉及商业秘密不予公开2件。", {"t3.denied_law.total": 2, "t3.denied_process.total": 1}, ["other_counting"]),
        ("不予公开2件（属于过程性信息）。", {"t3.denied_law.total": 1, "t3.denied_process.total": 2}, ["other_counting"]),
        ("不予公开42件。", {"t3.denied_law.total": 42, "t3.denied_process.total": 1}, ["other_counting"]),
        ("收到申请26件，答复6件。", {"t3.total.total": 8, "t3.carried_out.total": 18}, ["prose_table"]),
        ("无法提供6件。", {"t3.unavailable_not_held.total": 0, "t3.other_misc.total": 6}, ["other_row"]),
        # of two numbers for one count the table contradicts the second, or the first
        ("全年收到信息公开申请26件。收到信息公开申请29件，均已登记。", {}, ["prose_table", "repeat"]),
        ("全年收到信息公开申请29件。收到信息公开申请26件，均已登记。", {}, ["prose_table", "repeat"]),
        ("全年收到信息公开申请29件。收到信息公开申请28件，均已登记。", {}, ["prose_table", "repeat"]),
        # what is granted may hold what is granted in part, and what is received what is concluded
        ("同意公开17件。", {}, ["other_counting"]),
        ("同意公开18件。", {}, ["prose_table"]),
        ("予以公开17件。", {}, ["prose_table"]),
        ("收到处理依申请公开件26件。", {}, []),
        ("收到处理依申请公开件25件。", {}, []),
        ("收到处理依申请公开件29件。", {}, ["prose_table"]),
    ],
)  # fmt: skip
def test_prose_beside_tables(body: str, cells: Mapping[str, int], wanted: list[str]) -> None:
    assert [f.kind for f in found(body, cells)] == wanted
