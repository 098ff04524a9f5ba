"""Problems and measures: the numbers are compare's, every figure opens the passages that it counts, small groups say so."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import gongkai
from gongkai import compare
from tests.gongkai.compare.test_own_codes import store_of
from tests.support.compare_store import DULL, FASTER, LATE, LEAD, Rows
from tests.support.explorer import SCRIPT, client, tree


def store(folder: Path) -> TestClient:
    """Forty reports of two years and levels, a doubtful one, one whose section could not be read; opened when the points are there."""
    rows = Rows()
    for n in range(40):
        passages = [LEAD, *([LATE] if n % 2 else []), *([DULL, DULL] if n % 3 == 0 else []), *([FASTER] if n % 4 == 0 else [])]
        rows.report(
            f"{n:016x}", passages, agency_id=f"1101{n // 2:02}.land", year=2021 + n % 2, level="county" if n < 30 else "township",
            metadata=json.dumps({"批次": "甲乙"[n % 2] + (SCRIPT if n > 36 else "")}),
        )  # fmt: skip
    rows.report("e" * 16, [LATE], kind_of_text="doubtful", agency_id="110199.land", year=2021)
    rows.report("f" * 16, [LATE], s5="unread", agency_id="110198.land", year=2021)
    rows.store(folder)
    found = client(folder)
    found.app.app.state.keeper.now()[0].book.wait()  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, Path]:
    folder = tmp_path_factory.mktemp("problems") / "s"
    return store(folder), folder


def figures(text: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """(facet, column) → (share, what else is said, address)."""
    page = tree(text)
    columns = [th.xpath("string(./a)").rstrip(" ↓↑") for th in page.xpath("//table/thead//th")[1:]]
    found = {}
    for row in page.xpath("//table/tbody/tr"):
        for name, td in zip(columns, row.xpath("./td"), strict=True):
            if td.xpath("./a"):
                said = " ".join(" ".join(s.itertext()) for s in td.xpath("./small"))
                found[row.xpath("string(./th)"), name] = (td.xpath("string(./a)"), said, td.xpath("./a/@href")[0])
    return found


@pytest.mark.parametrize("by", [(), ("year",), ("level", "year"), ("批次",), ("agency",)])
@pytest.mark.parametrize("what", ["problem", "measure"])
def test_numbers_are_those_of_compare(browser: tuple[TestClient, Path], by: tuple[str, ...], what: str) -> None:
    found, folder = browser
    opened = gongkai.load(folder)
    study = compare.study(opened, by)
    table = compare.facet_shares(study, compare.points(opened)).to_pylist()
    wanted = {
        ("any" if r["facet"] == "any" else r["facet"], tuple(r[k] for k in by)): r
        for r in table if r["what"] == what and r["dimension"] == "all"
    }  # fmt: skip
    answer = found.get("/problems", params=[("what", what), ("lang", "en"), *(("by", k) for k in by)])
    shown = figures(answer.text)
    groups = {values for (_, values), r in wanted.items() if r["share"] is not None}
    assert len({column for _, column in shown}) == min(12, len(groups) + bool(by))
    if len(groups) < 11:
        every = compare.facet_shares(compare.study(opened, ()), compare.points(opened)).to_pylist() if by else []
        every = [r for r in every if r["what"] == what and r["dimension"] == "all"]
        assert sorted(share for share, _, _ in shown.values()) == sorted(
            f"{100 * r['share']:.1f}%" for r in (*wanted.values(), *every) if r["share"] is not None
        )
    rows = csv.DictReader(io.StringIO(found.get("/problems.csv", params=[("by", k) for k in by]).content.decode("utf-8-sig")))
    exported = {
        (r["facet"], tuple(r[k].removeprefix("'") for k in by)): r
        for r in rows
        if r["what"] == what and r["dimension"] == "all"
    }
    assert {k: float(r["share"]) if r["share"] else None for k, r in exported.items()} == {
        k: r["share"] for k, r in wanted.items()
    }


@pytest.mark.parametrize("query", ["by=year", "by=level&what=measure", "by=year&by=level", "by=批次"])
def test_every_figure_opens_what_it_counts(browser: tuple[TestClient, Path], query: str) -> None:
    found, _ = browser
    shown = figures(found.get(f"/problems?lang=en&{query}").text)
    assert shown
    for (facet, column), (_, said, href) in shown.items():
        stating, reports, passages = re.search(r"(\d+) of (\d+) · (\d+) passages?", said).groups()  # type: ignore[union-attr]
        page = tree(found.get(href).text)
        assert int(stating) <= int(reports)
        heading = page.xpath("string(//h1)")
        if passages == "0":
            assert heading.startswith("0 places")
            continue
        assert re.fullmatch(rf"{passages} places? in {passages} passages of {stating} reports", heading), (
            facet,
            column,
            heading,
        )
        assert page.xpath("//table[@class='kwic']//td[@class='agency']")


def test_shares_intervals_and_small_groups(browser: tuple[TestClient, Path]) -> None:
    found, _ = browser
    shown = figures(found.get("/problems?by=agency&lang=en").text)
    assert all("under five agencies: no interval" in said for (_, column), (_, said, _) in shown.items() if column != "all")
    shown = figures(found.get("/problems?by=level&lang=en").text)
    assert "under 30" in shown["timeliness", "township"][1]
    assert shown["timeliness", "all"][0] == "50.0%"
    assert "20 of 40" in shown["timeliness", "all"][1]


def test_what_is_left_out_is_said(browser: tuple[TestClient, Path]) -> None:
    found, _ = browser
    page = tree(found.get("/problems").text)
    assert "未计入1份：是否年报存疑" in page.text_content()
    assert "未能读取1份" in page.text_content()


def test_rows_are_sorted(browser: tuple[TestClient, Path]) -> None:
    found, _ = browser
    rows = tree(found.get("/problems?sort=-share&lang=en").text).xpath("//tbody/tr/th/text()")
    assert rows[0] == "any particular facet"
    shares = [float(a.rstrip("%")) for a in tree(found.get("/problems?sort=-share").text).xpath("//tbody/tr/td/a/b/text()")][1:]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("by=nope", 200),
        ("by=coverage", 200),
        ("what=x", 400),
        ("sort=g99", 400),
        ("by=a&by=b&by=c&by=d&by=e", 400),
        ("by=" + SCRIPT, 200),
    ],
)
def test_what_cannot_be_compared_is_said(browser: tuple[TestClient, Path], query: str, status: int) -> None:
    answer = browser[0].get(f"/problems?{query}")
    assert answer.status_code == status
    page = tree(answer.text)
    assert [s.get("src") for s in page.xpath("//script")] == ["/static/explorer.js"]
    if status == 200:
        assert page.xpath("//p[@role='alert']")
        assert browser[0].get(f"/problems.csv?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["point=x", "point=nope.timeliness", "in.nope=1", "in.coverage=own", "q=更新&in.year=1999&in.x=2"]
)
def test_filters_of_figures_that_cannot_be_read(browser: tuple[TestClient, Path], query: str) -> None:
    assert browser[0].get(f"/search?{query}").status_code == 400


def test_points_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path / "s")
    monkeypatch.setattr("gongkai.web.points.points", lambda *_: pytest.fail("computed again"))
    again = client(tmp_path / "s")
    book = again.app.app.state.keeper.now()[0].book  # type: ignore[attr-defined]
    book.wait()
    assert book.error == ""
    assert book.ready


def test_results_with_codes_of_their_own_have_their_names_and_say_why_there_is_no_table(tmp_path: Path) -> None:
    store_of(tmp_path)
    found = client(tmp_path)
    assert "不足" in tree(found.get("/").text).xpath("//a[@href='/?label=shortcoming']/span/text()")
    assert "shortcoming" in tree(found.get("/?lang=en").text).xpath("//a/span/text()")
    found.get("/")
    found.app.app.state.keeper.now()[0].book.wait()  # type: ignore[attr-defined]
    assert "codebook of their own" in tree(found.get("/problems?lang=en").text).xpath("string(//p[@role='alert'])")
    assert "自定编码表" in tree(found.get("/problems").text).xpath("string(//p[@role='alert'])")
