"""Two reports side by side as a page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html as lxml_html
from typer.testing import CliRunner

import gongkai
from extract.pipeline import analyze_bytes
from gongkai.commands.app import app
from tests.support.factories import sample_text

pytest.importorskip("rapidfuzz")
from gongkai.compare.pairing import SideBySide, side_by_side
from gongkai.pages.pair_page import render_pair

IN_PROCESS = True


def _found(more: str = "本机关新设政策问答专栏一个。") -> SideBySide:
    text = sample_text(year=2023, received=15, said=15).replace("一、总体情况", f"一、总体情况\n{more}")
    first = sample_text(year=2022, received=12, said=12)
    return side_by_side(analyze_bytes(first.encode(), "a.txt"), analyze_bytes(text.encode(), "<b>.txt"))


@pytest.mark.parametrize(
    ("lang", "shown", "hidden"),
    [
        ("zh", ["两份报告对照", "表格单元格", "前者无此段"], ["Two reports", "not in the first"]),
        ("en", ["Two reports side by side", "Cells of the tables", "not in the first"], ["两份报告对照"]),
        ("both", ["Two reports side by side", "两份报告对照"], []),
    ],
)
def test_the_page_speaks_the_readers_language(lang: str, shown: list[str], hidden: list[str]) -> None:
    page = render_pair(_found(), lang)
    assert [w for w in shown if w not in page] == []
    assert [w for w in hidden if w in page] == []
    assert f'data-language="{lang}"' in page


def test_values_changes_and_passages_stand_beside_each_other() -> None:
    page = lxml_html.fromstring(render_pair(_found(), "zh"))
    rows = [[" ".join(c.text_content().split()) for c in row] for row in page.iter("tr")]
    assert any(row[1:] == ["12", "15", "+3"] for row in rows)
    assert "新设政策问答专栏" in " ".join(p.text_content() for p in page.find_class("passage"))
    assert {m.text_content() for m in page.iter("mark")} >= {"5"}


def test_what_differs_in_coverage_is_not_subtracted() -> None:
    page = render_pair(_found("全县各单位情况汇总如下。本报告汇总全县行政机关数据。"), "zh")
    assert ("统计范围不同" in page) == ("范围不同</td>" in page)


@pytest.mark.parametrize(("lang", "foreign"), [("zh", r"[A-Za-z]"), ("en", r"[一-鿿]")])
def test_what_stands_in_the_way_is_told_in_the_readers_language(lang: str, foreign: str) -> None:
    found = _found()
    a = replace(
        found.a.identity, coverage="own", agency="青河县教育局", form="2019", period_start="2022-01-01", period_end="2022-06-30"
    )
    b = replace(found.b.identity, coverage="consolidated", agency="青河县水利局", form="2021")
    told = side_by_side(*(replace(r, identity=i, agency=None) for r, i in ((found.a, a), (found.b, b))))
    page = lxml_html.fromstring(render_pair(told, lang))
    notes = [p.text_content() for p in page.find_class("note")]
    assert len(notes) == len(told.notes) == 4
    assert [n for n in notes if re.search(foreign, n)] == []


def test_text_of_a_report_is_never_code() -> None:
    page = render_pair(_found("<script>alert(1)</script>新设专栏一个。"), "en")
    assert "<script>" not in page
    assert "&lt;b&gt;.txt" in page


def test_the_command_writes_it(tmp_path: Path) -> None:
    for name, year, received in (("a.txt", 2022, 12), ("b.txt", 2023, 15)):
        (tmp_path / name).write_text(sample_text(year=year, received=received), encoding="utf-8")
    gongkai.tag(tmp_path, tmp_path / "out", workers=1)
    page = tmp_path / "pair.html"
    done = CliRunner().invoke(app, ["compare", str(tmp_path / "out"), "a.txt", "b.txt", "--html", str(page), "--lang", "zh"])
    assert (done.exit_code, "pair.html" in done.output) == (0, True)
    assert "两份报告对照" in page.read_text(encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", str(tmp_path / "out"), "a.txt", "b.txt", "--out", str(tmp_path / "pair")])
    assert sorted(p.name for p in (tmp_path / "pair").iterdir()) == [
        "cells.csv",
        "codebook.csv",
        "indicators.csv",
        "passages.csv",
        "report.html",
    ]
