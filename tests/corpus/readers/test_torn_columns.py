"""Headings of tables 2 and 3 that narrow columns tore or ran together stand over the columns that the form gives them."""

from __future__ import annotations

import pytest

from corpus.readers.plain.narrow_labels import holds_headings
from tests.support.helpers_tables import cells

ROWS = "规章 1 2 13\n行政规范性文件 7 4 58\n"
EXPECTED = dict(
    zip(
        (f"t2.{row}.{leaf}" for row in ("regulation", "normative") for leaf in ("issued", "repealed", "effective")),
        ("1", "2", "13", "7", "4", "58"),
        strict=True,
    )
)


@pytest.mark.parametrize(
    "headings",
    [
        "本年废止件\n信息内容 本年制发件数 现行有效件数\n数\n",
        "本年制发 本年废止\n信息内容 现行有效件数\n件数 件数\n",
        "现行有效\n信息内容 本年制发件数 本年废止件数\n件数\n",
        "信息内容 本年制发件数 本年废止件数 现行有效件数\n",
        "信息内容\n本年制发件数\n本年废止件数\n现行有效件数\n",
    ],
)
def test_a_wrapped_heading_of_table_2_is_no_other_column(headings: str) -> None:
    found = cells(
        f"青禾县水利局2023年政府信息公开工作年度报告\n二、主动公开政府信息情况\n第二十条第（一）项\n{headings}{ROWS}三、其他\n"
    )
    assert {code: found.get(code) for code in EXPECTED} == EXPECTED


@pytest.mark.parametrize(
    ("rows", "held"),
    [
        ([["自然"], ["人", "总计"], ["商业科研社会公法律服其"], ["企业机构益组织务机构他"]], True),
        ([["自然人", "法人或其他组织总计"], ["商业企业", "科研机构", "社会公益组织法律服务机构", "其他"]], True),
        ([["自然人商业企业科研机构社会公益组织法律服务机构其他总计"]], True),
        ([["总计"], ["自然人", "商业企业", "科研机构"], ["社会公益组织", "法律服务机构", "其他"]], True),
        ([["商业企业", "自然人", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]], False),
        ([["自然人", "商业企业", "科研机构", "社会公益组织", "其他", "总计"]], False),
    ],
)
def test_headings_that_run_into_each_other(rows: list[list[str]], held: bool) -> None:
    assert holds_headings(rows) is held
