"""One report: every mark leads somewhere, both forms are laid out, neighbours are found, both languages are whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.codebook import codebook
from extract.types import Report
from gongkai.web.report_view import ReportPage
from gongkai.web.tongue import TONGUES
from tests.support.explorer import client, tree
from tests.support.small_store import full, small_store
from tests.support.small_store import report as report_row

_CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize("which", [0, 2])
@pytest.mark.parametrize("lang", list(TONGUES))
def test_every_link_of_the_page_leads_somewhere(browser: TestClient, reports: list[Report], which: int, lang: str) -> None:
    found = reports[which]
    text = browser.get(f"/report/{found.report_id}?lang={lang}").text
    page = tree(text)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    links = [h[1:] for h in page.xpath("//a/@href") if h.startswith("#")]
    assert set(links) <= set(ids)
    assert {m.key for m in found.mentions} | {f"x-{m.key}" for m in found.mentions} <= set(ids)
    assert {f"c-{c.code}" for c in found.cells} <= set(ids)
    assert {f"p{p.start}" for p in found.passages} <= set(ids)


def test_the_colours_of_pages_are_those_of_the_explorer(browser: TestClient) -> None:
    style = browser.get("/static/explorer.css").text
    assert all(f".{kind}-{label}{{" in style for label in codebook().labels for kind in "lbf")


def test_the_text_of_a_passage_is_whole(browser: TestClient, reports: list[Report]) -> None:
    page = tree(browser.get(f"/report/{reports[0].report_id}").text)
    for p in reports[0].passages:
        assert page.xpath(f"string(//div[@id='p{p.start}']/p[1])") == p.text


def test_a_contradicted_cell_leads_to_the_sentence_and_back(browser: TestClient, reports: list[Report]) -> None:
    page = tree(browser.get(f"/report/{reports[0].report_id}").text)
    (cell,) = page.xpath("//td[@id='c-t3.new.total']")
    assert "c-disagrees" in cell.get("class")
    (href,) = cell.xpath("./small//a/@href")
    (mark,) = page.xpath(f"//a[@id='{href[1:]}']")
    assert mark.text == "12件"
    (row,) = page.xpath(f"//tr[@id='{mark.get('href')[1:]}']")
    assert "#c-t3.new.total" in row.xpath(".//a/@href")
    assert "收到申请数" in mark.get("title")


@pytest.mark.parametrize(
    ("codes", "said"), [(("t3.granted.total",), "正文：12"), (("t3.granted.natural", "t3.granted.business"), "正文合计：12")]
)
def test_a_cell_that_is_added_up_is_not_said_to_be_the_sum(reports: list[Report], codes: tuple[str, ...], said: str) -> None:
    join = next(j for j in reports[0].joins if j.verdict == "disagrees")
    found = replace(reports[0], joins=(replace(join, cell_codes=codes),))
    cells = {c.anchor: c for s in ReportPage(found, TONGUES["zh"]).sheets() for line in s.lines for c in line.cells}
    assert [[n.text for n in cells[f"c-{code}"].notes if n.text.startswith("正文")] for code in codes] == [[said]] * len(codes)


def test_a_failing_check_is_marked_at_its_cell(browser: TestClient, reports: list[Report]) -> None:
    page = tree(browser.get(f"/report/{reports[0].report_id}").text)
    marked = page.xpath("//td[contains(@class, 'c-fails')]")
    assert marked
    for cell in marked:
        for href in cell.xpath(".//small[@class='note']/a/@href"):
            (row,) = page.xpath(f"//tr[@id='{href[1:]}']")
            assert "不成立" in row.text_content()


def test_states_of_cells_are_said(browser: TestClient, reports: list[Report]) -> None:
    page = tree(browser.get(f"/report/{reports[0].report_id}").text)
    for c in reports[0].cells:
        (cell,) = page.xpath(f"//td[@id='c-{c.code}']")
        assert c.state in cell.get("class").split()
        if c.state != "value":
            assert TONGUES["zh"].name("state", c.state) in cell.text_content()


def test_years_of_the_agency(browser: TestClient, reports: list[Report]) -> None:
    first = tree(browser.get(f"/report/{reports[0].report_id}").text)
    assert first.xpath("//a[@rel='next']/@href") == [f"/report/{reports[1].report_id}"]
    assert not first.xpath("//a[@rel='prev']")
    second = tree(browser.get(f"/report/{reports[1].report_id}?lang=en").text)
    assert second.xpath("//a[@rel='prev']/@href") == [f"/report/{reports[0].report_id}?lang=en"]


_PAGES = [
    "/", "/report/{}", "/report/nope", "/search", "/problems", "/problems?by=nope", "/review", "/corrections", "/coding", "/name",
    "/review/{}/report", "/search?q=(",
]  # fmt: skip


@pytest.mark.parametrize("path", _PAGES)
def test_in_chinese_there_is_no_english_sentence(browser: TestClient, reports: list[Report], path: str) -> None:
    page = tree(browser.get(path.format(reports[0].report_id)).text)
    # the issues of these reports are made up
    for code in page.xpath("//code|//script|//*[@class='brand']|//section[@id='issues']//td[@class='pre']"):
        code.getparent().remove(code)
    said = page.text_content() + " ".join(page.xpath("//@title|//@aria-label|//@placeholder"))
    assert re.findall(r"[A-Za-z]{2,} +[a-z]{2,}", said) == []


@pytest.mark.parametrize("path", _PAGES)
def test_in_english_nothing_but_the_reports_is_chinese(browser: TestClient, reports: list[Report], path: str) -> None:
    page = tree(browser.get(f"{path}{'&' if '?' in path else '?'}lang=en".format(reports[0].report_id)).text)
    for part in page.xpath("//*[@lang='zh-CN']|//footer//b|//td[@class='file']|//dl[@class='facts']//dd|//title"):
        part.text = ""
        for child in list(part):
            part.remove(child)
    # what a report is of, and its places, have no English name
    for part in page.xpath("//details[@class='group'][summary='province' or summary='prefecture' or summary='county']"):
        part.getparent().remove(part)
    said = page.text_content() + " ".join(page.xpath("//@title|//@aria-label"))
    left = set(re.findall(r"\S*[\u3400-\u9fff]\S*", said))
    printed = {m.text for m in reports[0].mentions} | {m.unit for m in reports[0].mentions}
    assert {w for w in left if not any(p in w for p in printed if p)} == set()


def test_tables_before_2019_are_shown_as_printed(tmp_path: Path) -> None:
    rid = "0123456789abcdef"
    grid = [
        full(
            "grids",
            {
                "report_id": rid,
                "grid_id": f"{rid}.g5",
                "row": n // 2,
                "column": n % 2,
                "text": t,
                "row_span": 1,
                "column_span": 1,
            },
        )
        for n, t in enumerate(["指标", "数量", "<b>主动公开</b>", "12"])
    ]
    documents = [full("documents", {"report_id": rid, "text": "x", "source_map": "[]"})]
    small_store(
        tmp_path / "s",
        reports=[report_row("110105.land", 2015, report_id=rid, form="pre2019")],
        documents=documents,
        grids=grid,
    )
    page = tree(client(tmp_path / "s").get(f"/report/{rid}").text)
    assert [td.text_content() for td in page.xpath("//table[contains(@class, 'grid')]//td")] == [
        "指标",
        "数量",
        "<b>主动公开</b>",
        "12",
    ]
