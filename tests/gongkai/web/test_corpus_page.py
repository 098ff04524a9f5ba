"""The corpus: filters, counts, order, pages; hostile names stay text; another run is noticed."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from extract.types import Report
from gongkai.corrections import COLUMNS
from tests.gongkai.test_store_access import write
from tests.support.explorer import SCRIPT, client, three_reports, tree
from tests.support.factories import full_report, report
from tests.support.small_store import report as report_row
from tests.support.small_store import small_store


def listed(text: str) -> list[str]:
    """Agency and year of each row."""
    return [
        " ".join(td.text_content().strip() for td in row.xpath("./td")[:2]) for row in tree(text).xpath("//table//tbody/tr")
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["临江区教育局 2023", "临江区教育局 2022", "海湾市财政局 2020"]),
        ("year=2022&year=2020", ["临江区教育局 2022", "海湾市财政局 2020"]),
        ("year=2022&form=2019", []),
        ("form=2019", ["海湾市财政局 2020"]),
        ("who=财政", ["海湾市财政局 2020"]),
        ("who=%25", []),
        ("label=problem&verdict=disagrees&check=results&year=2023", ["临江区教育局 2023"]),
        ("label=nothing", []),
        ("sort=year", ["海湾市财政局 2020", "临江区教育局 2022", "临江区教育局 2023"]),
        ("sort=-year&lang=en", ["临江区教育局 2023", "临江区教育局 2022", "海湾市财政局 2020"]),
        ("page=9", ["临江区教育局 2023", "临江区教育局 2022", "海湾市财政局 2020"]),
    ],
)
def test_filters_and_order(browser: TestClient, query: str, found: list[str]) -> None:
    answer = browser.get(f"/?{query}")
    assert answer.status_code == 200
    assert listed(answer.text) == found


def test_counts_of_a_filter_that_is_set_are_as_if_it_were_not(browser: TestClient) -> None:
    page = tree(browser.get("/?year=2022").text)
    values = {
        a.xpath("string(.//span[@class='fname'])").strip(): a.xpath("string(.//span[@class='fn'])")
        for a in page.xpath("//details[@class='group'][summary='年度']//a")
    }
    assert values == {"2023": "1", "✓ 2022": "1", "2020": "1"}
    assert page.xpath("string(//h1)") == "1份报告"


def test_a_filter_value_is_a_link_that_sets_it(browser: TestClient) -> None:
    (href,) = tree(browser.get("/?lang=en").text).xpath("//a[.//span[@class='fname'][normalize-space()='2022']]/@href")
    assert listed(browser.get(href).text) == ["临江区教育局 2022"]
    assert "lang=en" in href


def test_own_columns_are_filters(tmp_path: Path) -> None:
    rows = [
        report_row("110105.land", 2020 + n, metadata=f'{{"批次": "{"甲乙"[n % 2]}", "note\\"x": "{n}"}}', kind_evidence=[])
        for n in range(3)
    ]
    small_store(tmp_path / "s", reports=rows)
    found = client(tmp_path / "s")
    assert len(listed(found.get("/?own.批次=甲").text)) == 2
    assert len(listed(found.get('/?own.note"x=1').text)) == 1
    assert found.get("/?own.没有=甲").status_code == 400


def test_reports_are_paged(tmp_path: Path) -> None:
    small_store(tmp_path / "s", reports=[report_row(f"{n:06}.land", 2020) for n in range(120)])
    found = client(tmp_path / "s")
    pages = [listed(found.get(f"/?page={n}").text) for n in (1, 2, 3)]
    assert [len(p) for p in pages] == [50, 50, 20]
    assert len({row for p in pages for row in p}) == 120


def test_an_empty_store_has_a_page(tmp_path: Path) -> None:
    small_store(tmp_path / "s")
    assert "0份报告" in client(tmp_path / "s").get("/").text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    hostile = full_report(agency=SCRIPT, source=f"{SCRIPT}.txt")
    meta = report(text="甲", source="乙.txt", identity=replace(hostile.identity, title=SCRIPT, url=f"javascript:{SCRIPT}"))
    write(tmp_path / "s", hostile, meta)
    found = client(tmp_path / "s")
    for path in (
        "/",
        "/?who=" + SCRIPT,
        f"/?year={SCRIPT}",
        f"/report/{hostile.report_id}",
        f"/report/{meta.report_id}",
        "/report/" + SCRIPT,
    ):
        page = tree(found.get(path).text)
        assert [s.get("src") for s in page.xpath("//script")] == ["/static/explorer.js"], path
        assert not page.xpath(
            "//*[@onerror or @onload or @style]|//img|//svg[@onload]|//a[starts-with(@href, 'javascript')]"
        ), path
    assert SCRIPT in tree(found.get("/").text).text_content()


def test_a_correction_is_respected(tmp_path: Path) -> None:
    (first, *_) = three_reports(tmp_path / "s")
    passage = first.passages[0]
    assert "service" not in {p.label for p in first.predictions}
    line = dict.fromkeys(COLUMNS, "") | {
        "report_id": first.report_id, "table": "passages", "start": str(passage.start), "end": str(passage.end), "quote": passage.text,
        "field": "label", "old": first.predictions[0].label, "new": "service", "coder": "甲", "date": "2026-01-01",
    }  # fmt: skip
    with (tmp_path / "s" / "corrections.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        writer.writerow(line)
    found = client(tmp_path / "s")
    assert len(listed(found.get("/?label=service").text)) == 1
    (block,) = tree(found.get(f"/report/{first.report_id}").text).xpath(f"//div[@id='p{passage.start}']")
    assert block.get("data-label") == "service"


def test_another_run_is_noticed_and_takes_the_place(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    found = client(tmp_path / "s")
    assert 'role="status"' not in found.get("/").text
    write_again(tmp_path / "s", full_report(agency="新区水务局", source="新.txt"))
    first = found.get("/").text
    assert 'role="status"' in first or "新区水务局" in first
    until = time.monotonic() + 30
    while "新区水务局" not in (text := found.get("/").text) and time.monotonic() < until:
        time.sleep(0.05)
    assert "新区水务局" in text
    assert 'role="status"' not in text


def test_a_page_that_comes_too_late_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", no_links)
    (first, *_) = three_reports(tmp_path / "s")
    found = client(tmp_path / "s")
    for part in (tmp_path / "s" / "cells").glob("*.parquet"):
        part.unlink()
    answer = found.get(f"/report/{first.report_id}")
    assert answer.status_code == 503
    assert "结果暂时无法读取" in answer.text
    assert str(tmp_path) not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert found.get("/").status_code == 200


def test_a_report_that_is_not_read_again_yet_says_so(tmp_path: Path) -> None:
    from corpus.store.folder import StoreWriter

    (first, *_) = three_reports(tmp_path / "s")
    StoreWriter(tmp_path / "s", {"gongkai_version": "0", "model_id": "test-1"}, overwrite=True)  # a run that has just begun
    answer = client(tmp_path / "s").get(f"/report/{first.report_id}")
    assert answer.status_code == 404
    assert "尚未结束" in answer.text


def write_again(folder: Path, *reports: Report) -> None:
    from corpus.store.folder import StoreWriter
    from extract.rows import report_rows, source_row, status

    writer = StoreWriter(folder, {"gongkai_version": "0", "model_id": "test-1"}, overwrite=True)
    for n, r in enumerate(reports):
        writer.write_batch(n, {"sources": [source_row(r.source, status(r), r)], **report_rows(r, r.source)})
    writer.finish()
