"""Table 2 whose values stand behind their own headings, in rows or under each other."""

from __future__ import annotations

import pytest

from corpus.types import Grid, GridCell
from tests.support.helpers_tables import issue_codes, read_grids

MADE = "规章|本年制发件数|4|本年废止件数|0|现行有效件数|19"
DECIDED = "行政许可|本年处理决定数量|812"
READ = {"t2.regulation.issued": "4", "t2.regulation.repealed": "0", "t2.regulation.effective": "19"}


def _grid(rows: list[str], *, exact: bool) -> Grid:
    return Grid(tuple(GridCell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row.split("|"))), exact=exact)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ([MADE, DECIDED], {**READ, "t2.licence.decisions": "812"}),
        (["1|" + MADE, "2|" + DECIDED + "||"], {**READ, "t2.licence.decisions": "812"}),
        (["规章|本年制发件数|4", "本年废止件数|0", "现行有效件数|19"], READ),
        (["第二十条第（一）项|规章|本年制发件数|4", "|本年废止件数|0", "|现行有效件数|19", DECIDED], {**READ, "t2.licence.decisions": "812"}),
        (["行政事业性收费|本年收费金额（单位：元）|30000", DECIDED], {"t2.fee.amount": "30000", "t2.licence.decisions": "812"}),
        (["规章|本年制发件数||本年废止件数|0|现行有效件数|19", DECIDED], {**READ, "t2.regulation.issued": "", "t2.licence.decisions": "812"}),
        # whose headings they are is not said
        (["本年制发件数|4", "本年废止件数|0", "现行有效件数|19"], {}),
        # 规章 has no such column
        (["规章|本年处理决定数量|4", DECIDED], {}),
        # a note of its own between label and headings
        (["规章|说明|本年制发件数|4", "规章|说明|本年废止件数|0"], {}),
    ],
)  # fmt: skip
def test_values_behind_their_headings(rows: list[str], read: dict[str, str], exact: bool) -> None:
    reading = read_grids([_grid(rows, exact=exact)])
    assert {c.code: c.raw for c in reading.cells} == read
    if read:
        assert issue_codes(reading) & {"column_unlabelled", "cells_unassigned"} == set()
        assert reading.forms["t2"] == "2021"


def test_the_rest_of_the_grid_is_read_as_ever() -> None:
    rows = [MADE, DECIDED, "信息内容|本年处理决定数量", "行政处罚|7", "行政强制|2"]
    cells = {c.code: c.raw for c in read_grids([_grid(rows, exact=True)]).cells}
    assert cells == {**READ, "t2.licence.decisions": "812", "t2.penalty.decisions": "7", "t2.coercion.decisions": "2"}
