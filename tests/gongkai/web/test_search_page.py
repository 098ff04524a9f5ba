"""The search page and its CSV: what is found, filters of passage and report, hostile words."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from extract.types import Report
from tests.support.compare_store import LATE, Rows
from tests.support.explorer import SCRIPT, client, tree


def exported(browser: TestClient, query: str) -> list[dict[str, str]]:
    answer = browser.get(f"/search.csv?{query}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("word", ["更", "公开", "政府信息公开", "1", "。", "没有这个词"])
def test_hits_are_those_of_a_plain_scan(browser: TestClient, reports: list[Report], word: str) -> None:
    wanted = sorted(
        (r.report_id, p.start + k)
        for r in reports
        for p in r.passages
        for k in range(len(p.text))
        if p.text.startswith(word, k)
    )
    rows = exported(browser, f"q={quote(word)}")
    assert sorted((r["report_id"], int(r["start"])) for r in rows) == wanted
    texts = {r.report_id: r.text for r in reports}
    assert all(texts[r["report_id"]][int(r["start"]) : int(r["end"])] == word == r["hit"] for r in rows)
    assert all(r["passage"] in texts[r["report_id"]] for r in rows)
    page = tree(browser.get(f"/search?q={quote(word)}").text)
    assert page.xpath("string(//h1)").startswith(f"{len(wanted)}处")
    assert len(page.xpath("//table[@class='kwic']/tbody/tr")) == min(50, len(wanted))


def test_a_hit_leads_to_its_passage(browser: TestClient) -> None:
    page = tree(browser.get("/search?q=公开&lang=en").text)
    (href, *_) = page.xpath("//table[@class='kwic']//td[@class='agency']/a/@href")
    path, _, anchor = href.partition("#")
    assert tree(browser.get(path).text).xpath(f"//div[@id='{anchor}']")


def test_label_and_facet_are_of_the_passage_other_filters_of_the_report(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("a" * 16, [LATE, ("disclosure", "公开更新。")], year=2021)
    rows.report("b" * 16, [("improvement", "及时更新。", ("timeliness",)), ("problem", "更新少。", ("content",))], year=2022)
    rows.store(tmp_path / "s")
    found = client(tmp_path / "s")
    assert len(exported(found, "q=更新")) == 4
    assert [r["label"] for r in exported(found, "q=更新&label=problem")] == ["problem", "problem"]
    assert [r["report_id"][0] for r in exported(found, "q=更新&facet=timeliness&label=problem")] == ["a"]
    assert {r["report_id"][0] for r in exported(found, "q=更新&year=2022")} == {"b"}
    assert [r["passage"] for r in exported(found, "facet=content")] == ["更新少。"]
    page = tree(found.get("/search?q=更新&label=problem").text)
    assert page.xpath("string(//h1)") == "2处，2个段落，2份报告"
    years = page.xpath("//details[@class='group'][summary='年度']//span[@class='fname']/text()")
    assert [y.strip() for y in years] == ["2022", "2021"]
    assert [p.xpath("string(.)") for p in page.xpath("//td[@class='kh']")] == ["更新", "更新"]

    def counts(query: str, group: str) -> list[tuple[str, int]]:
        values = tree(found.get(f"/search?{query}").text).xpath(f"//details[@class='group'][summary='{group}']//li")
        names = [v.xpath("string(.//span[@class='fname'])").strip("✓ ") for v in values]
        return sorted(zip(names, [int(v.xpath("string(.//span[@class='fn'])")) for v in values], strict=True))

    # the values of one filter are alternatives: choosing one hides no other, nor its count
    for group, chosen in (("类别", "label=problem"), ("方面", "facet=timeliness")):
        whole = counts("q=更新", group)
        assert len(whole) > 1
        assert all(n > 0 for _, n in whole), whole
        assert counts(f"q=更新&{chosen}", group) == whole


@pytest.mark.parametrize(("line", "said"), [('"a', "引号"), ("(a", "括号"), ("a OR", "缺少词")])
def test_what_is_wrong_with_the_words_is_said(browser: TestClient, line: str, said: str) -> None:
    page = tree(browser.get("/search", params={"q": line}).text)
    assert said in page.xpath("string(//p[@role='alert'])")
    assert page.xpath("//p[@role='alert']/following::details[@class='help']"), "above the help, which fills a narrow screen"
    assert browser.get("/search.csv", params={"q": line}).status_code == 400


def test_the_empty_search_helps(browser: TestClient) -> None:
    page = tree(browser.get("/search?lang=en").text)
    assert not page.xpath("//table")
    for href in page.xpath("//dl[@class='help']//a/@href"):
        assert browser.get(href).status_code == 200


def test_hostile_words_and_text_stay_text(tmp_path: Path) -> None:
    rows = Rows().report("c" * 16, [("other", f"{SCRIPT}=1+1")], agency_id="=cmd|' /C calc'!A0")
    rows.store(tmp_path / "s")
    found = client(tmp_path / "s")
    for path in (
        "/search?q=" + quote('"<script>alert(1)"'),
        "/search?q=" + quote(SCRIPT),
        f"/search?label={quote(SCRIPT)}",
        "/search?q=alert",
    ):
        page = tree(found.get(path).text)
        assert [s.get("src") for s in page.xpath("//script")] == ["/static/explorer.js"], path
        assert not page.xpath("//*[@onerror or @onload or @style]|//img"), path
    (row, *_) = exported(found, "q=1%2B1")
    assert row["agency"].startswith("'=")
    assert row["passage"] == f"{SCRIPT}=1+1"
