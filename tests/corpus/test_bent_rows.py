"""Tables of a report as rows with TABs or pipes, with what sheets, converters and agencies do to their cells."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from corpus.readers.plain.reader import read_blocks
from corpus.types import Dropped, Grid, Paragraph
from tests.corpus.test_bent_reports import analysed, wrong_cells
from tests.support.bent import report, t3_rows, t4_values

HEAD = "\t自然人\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\t总计\n"
OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
GROUPS = ("行政复议", "未经复议直接起诉", "复议后起诉")


def tabbed() -> str:
    """The report with a row of each table a line; table 4 by rows."""
    t3 = HEAD + "\n".join("\t".join([label, *values]) for _, label, values in t3_rows())
    t4 = "\n".join(
        "\t".join(row) for row in [["类别", *OUTCOMES], *([g, *v] for g, v in zip(GROUPS, t4_values(), strict=True))]
    )
    return report(t3, t4)


def piped(text: str) -> str:
    return re.sub(r"(?m)^.*\t.*$", lambda m: "| " + m.group().replace("\t", " | ") + " |", text)


BENT: dict[str, Callable[[str], str]] = {
    "table 4 by rows": lambda t: t,
    "lawsuits named": lambda t: t.replace("\n未经复议", "\n行政诉讼\t未经复议"),
    "outcomes in another order": lambda t: re.sub(
        r"(?m)^(类别|行政复议|未经复议直接起诉|复议后起诉)\t(\S+)\t(\S+)\t", r"\1\t\3\t\2\t", t
    ),
    "pipes": piped,
    "line breaks in quoted cells": lambda t: re.sub(r"(?m)^([^\t\n]{3})([^\t\n]{4,})(?=\t\d+\t)", '"\\1\n\\2"', t),
    "marks of notes": lambda t: t.replace("\t1339", "\t1339[^1]").replace("\t1343", "\t1343[1]").replace("\t1113", "\t1113[[2]](#note-2)"),
    "a frame around each paragraph": lambda t: re.sub(
        r"(?m)^([^\t\n|]+)$", r"|  |\n| --- |\n| \1 |\n", piped(t).replace("更新不及时。", "更新不及时。\n人员少。")
    ),
}  # fmt: skip


NAMES = HEAD.strip().split("\t")


def _told(pair: str, between: str, label: str) -> Callable[[str], str]:
    """Table 3 with each value behind the name of its column."""

    def bend(text: str) -> str:
        def row(m: re.Match[str]) -> str:
            values = between.join(pair.format(*p) for p in zip(NAMES, m[2].split("\t"), strict=True))
            return label.format(m[1], values)

        return re.sub(r"(?m)^([^\t\n]+)\t((?:\d+\t){6}\d+)$", row, text.replace(HEAD, "\n"))

    return bend


BENT |= {
    "values behind their columns": _told("{}：{}", "；", "{}：{}"),
    "items with values behind their columns": _told("{} {}", "，", "- 三、本年度办理结果 / {}：{}"),
    "values behind their columns, labels above": _told("{}: {}", "; ", "**{}**\n{}\n"),
}


@pytest.mark.parametrize("name", BENT)
def test_rows(name: str) -> None:
    found = analysed(BENT[name](tabbed()).encode(), "a.md")
    assert {code for code in wrong_cells(found) if not code.startswith("t2.")} == set()
    assert [p.text for p in found.passages if p.section == "s1"] == ["2023年，我局主动公开政府信息846条。"]
    assert found.identity.year == 2023


@pytest.mark.parametrize(
    "bend",
    [
        lambda t: t.replace("\n复议后起诉\t", "\n其他\t"),  # a group without name
        lambda t: t.replace("\t尚未审结\t", "\t其他结果\t"),  # two outcomes of one name
        lambda t: re.sub(r"(?m)^(行政复议\t\S+)\t\S+", r"\1", t),  # a value is lost
    ],
)
def test_rows_of_table_4_that_do_not_say_all_are_not_claimed(bend: Callable[[str], str]) -> None:
    assert bend(tabbed()) != tabbed()
    wrong = {code: value for code, value in wrong_cells(analysed(bend(tabbed()).encode(), "a.md")).items() if code[:2] == "t4"}
    assert set(wrong.values()) == {"absent"}


@pytest.mark.parametrize(
    "bend",
    [
        lambda t: t.replace("自然人：", "个体：", 1),  # a column without name
        lambda t: t.replace("法律服务机构：", "其他：", 1),  # two columns of one name
    ],
)
def test_rows_that_name_other_columns_are_not_claimed(bend: Callable[[str], str]) -> None:
    told = _told("{}：{}", "；", "{}：{}")(tabbed())
    wrong = {code: value for code, value in wrong_cells(analysed(bend(told).encode(), "a.md")).items() if code[:2] == "t3"}
    assert set(wrong.values()) <= {"absent"}


def test_marks_of_notes_are_in_the_ledger_and_numbers_of_documents_in_the_text() -> None:
    found: list[Dropped] = []
    blocks = read_blocks("根据市政办发2023[12]号文件，公开信息12[1]条。\n网站公开9条[^1]。\n自然人\t35[1]\t4\n", found)
    shown = [b.text for b in blocks if isinstance(b, Paragraph)] + [
        c.text for b in blocks if isinstance(b, Grid) for c in b.cells
    ]
    assert "根据市政办发2023[12]号文件，公开信息12[1]条。" in shown
    assert "网站公开9条。" in shown
    assert [d.text for d in found if d.kind == "note"] == ["[^1]", "[1]"]
    assert not any("35[1]" in text for text in shown)
