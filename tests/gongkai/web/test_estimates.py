"""Differences and corrected shares on the problems page are compare's, say what they rest on, and say so where a group is small."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

import gongkai
from gongkai import compare
from gongkai.compare.corrected_passages import corrected_differences, corrected_from_passages, made_for
from gongkai.compare.passage_sheet import draw_sheet, read_sheet
from gongkai.corrections import COLUMNS
from gongkai.web import estimates
from gongkai.web.held import Held
from gongkai.web.opening import hold
from tests.gongkai.compare.test_passage_sheet import coded, every_fourth_is_wrong, store_of, write
from tests.support.explorer import SCRIPT, client, tree


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, Path]:
    """Eighty reports of two kinds, each of an agency of its own, and half of them coded."""
    folder = tmp_path_factory.mktemp("estimates") / "s"
    store = store_of(folder)
    write(folder / "coded.csv", coded(draw_sheet(store, 40, seed=1), every_fourth_is_wrong))
    found = client(folder)
    held(found).book.wait()
    return found, folder


def held(browser: TestClient) -> Held:
    snapshot: Held = browser.app.app.state.keeper.now()[0]  # type: ignore[attr-defined]
    return snapshot


def lines(page: lxml_html.HtmlElement) -> dict[str, list[str]]:
    """Facet → the cells behind its two shares."""
    return {
        r.xpath("string(./th)"): [" ".join(td.text_content().split()) for td in r.xpath("./td")[2:]]
        for r in page.xpath("//table[contains(@class, 'differences')]/tbody/tr")
    }


@pytest.mark.parametrize(("a", "b"), [("x", "y"), ("y", "x")])
def test_differences_are_those_of_compare(opened: tuple[TestClient, Path], a: str, b: str) -> None:
    browser, folder = opened
    store = gongkai.load(folder)
    study = compare.study(store, ("kind",))
    table = compare.facet_differences(study, compare.points(store)).to_pylist()
    sign = 1 if (table[0]["group"], table[0]["other"]) == (a, b) else -1
    wanted = {r["facet"]: r for r in table if r["what"] == "problem"}
    shown = lines(tree(browser.get(f"/problems?by=kind&lang=en&a={a}&b={b}").text))
    assert len(shown) == len(wanted)
    row = wanted["timeliness"]
    bounds = sorted(f"{sign * 100 * row[k]:+.1f}" for k in ("low", "high"))
    assert shown["timeliness"][0].startswith(f"{sign * 100 * row['difference']:+.1f} ")
    assert all(x in shown["timeliness"][0] for x in bounds)
    p = "<0.001" if row["p_holm"] < 0.001 else f"{row['p_holm']:.3f}"
    assert shown["timeliness"][2] == p
    assert "40 and 40 agencies" in shown["timeliness"][0]


@pytest.mark.parametrize(("a", "b"), [("x", "y"), ("y", "x")])
def test_no_difference_has_no_sign(opened: tuple[TestClient, Path], a: str, b: str) -> None:
    shown = lines(tree(opened[0].get(f"/problems?by=kind&lang=en&a={a}&b={b}").text))
    assert shown["uneven development"][0].startswith("0.0 ")


def test_corrected_stands_beside_uncorrected_and_says_what_it_rests_on(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    store = gongkai.load(folder)
    study = compare.study(store, ("kind",))
    sheet = read_sheet(folder / "coded.csv", store, study)
    rows = [r for r in corrected_from_passages(study, store, sheet).to_pylist() if r["unit"] == "report"]
    (x,) = (r for r in rows if (r["kind"], r["what"], r["code"]) == ("x", "problem", "timeliness"))
    page = tree(browser.get("/problems?by=kind&lang=en&a=x&b=y").text)
    (row,) = page.xpath("(//table)[1]/tbody/tr[th='timeliness']")
    heads = [th.xpath("string(./a)") for th in page.xpath("(//table)[1]/thead//th")]
    cell = " ".join(row.xpath("./td")[heads.index("x") - 1].text_content().split())
    assert f"{100 * x['model']:.1f}%" in cell
    assert f"corrected {100 * x['share']:.1f}%" in cell
    text = " ".join(page.text_content().split())
    assert "Rests on model test, codebook" in text
    assert f"1 coder(s), {len(sheet.main())} passages of 40 reports" in text
    assert sheet.population in text
    found = [r for r in corrected_differences(study, store, sheet).to_pylist() if r["unit"] == "report"]
    (d,) = (r for r in found if (r["what"], r["code"]) == ("problem", "timeliness"))
    value = d["difference"] if d["group"] == "x" else -d["difference"]
    assert f"corrected {100 * value:+.1f}" in lines(page)["timeliness"][0]


def test_small_groups_say_so_instead_of_an_interval(opened: tuple[TestClient, Path]) -> None:
    browser, _ = opened
    # two agencies among eighty: named in part, compared alone
    page = tree(browser.get("/problems?by=agency&lang=en&a=x&b=y2").text)
    assert "may be several groups" in page.text_content()
    page = tree(browser.get("/problems?by=agency&lang=en&a=x12&b=y12").text)
    assert set(lines(page)) >= {"any particular facet", "timeliness"}
    assert all("under five agencies: no interval" in cells[0] for cells in lines(page).values())
    assert "only these two are compared" in page.text_content()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("by=kind&a=x&b=x", "two different groups"),
        ("by=kind&a=x&b=nope", "no group nope"),
        (f"by=kind&a={SCRIPT}&b=y", "no group"),
        ("by=kind&a=x", "no group"),
    ],
)
def test_groups_that_cannot_be_compared_are_named(opened: tuple[TestClient, Path], query: str, said: str) -> None:
    answer = opened[0].get(f"/problems?lang=en&{query}")
    assert answer.status_code == 200
    page = tree(answer.text)
    assert said in page.xpath("string(//section[@id='difference']//p[@role='alert'])")
    assert not page.xpath("//img | //script[not(@src)]")


def test_a_sheet_that_does_not_fit_is_refused_with_the_reason(tmp_path: Path) -> None:
    store = store_of(tmp_path / "s", n=8)
    rows = coded(draw_sheet(store, 8, seed=1), every_fourth_is_wrong)
    write(tmp_path / "s" / "coded.csv", rows[1:])
    browser = client(tmp_path / "s")
    held(browser).book.wait()
    text = tree(browser.get("/problems?lang=en").text).text_content()
    assert "The coded sheet coded.csv cannot correct these shares" in text
    assert "rows of coded reports are missing" in text


def test_corrections_of_passages_are_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    store = store_of(folder, n=8)
    rows = coded(draw_sheet(store, 16, seed=1), every_fourth_is_wrong)
    write(folder / "coded.csv", rows)
    one = rows[0]
    line = {
        "report_id": one["report_id"], "table": "passages", "start": one["start"], "end": one["end"], "quote": one["text"], "field": "label",
        "old": "problem", "new": "disclosure", "coder": "李", "date": "2024-05-01",
    }  # fmt: skip
    text = ",".join(COLUMNS) + "\n" + ",".join(str(line.get(c, "")) for c in COLUMNS) + "\n"
    (folder / "corrections.csv").write_text(text, encoding="utf-8")
    browser = client(folder)
    held(browser).book.wait()
    page = tree(browser.get("/problems?lang=en").text)
    assert "1 corrections by people are set aside" in page.text_content()
    assert page.xpath("//small[@class='corrected']")


def test_a_sheet_is_worked_out_once_for_every_grouping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(tmp_path / "s", n=8)
    write(tmp_path / "s" / "coded.csv", coded(draw_sheet(store, 8, seed=1), every_fourth_is_wrong))
    times: list[int] = []
    monkeypatch.setattr(estimates, "made_for", lambda *given: times.append(1) or made_for(*given))
    pairs: list[int] = []
    monkeypatch.setattr(
        estimates, "corrected_differences", lambda *given, **more: pairs.append(1) or corrected_differences(*given, **more)
    )
    opened = hold(tmp_path / "s")
    opened.book.wait()
    for by in ((), ("kind",), ("year",)):
        found = opened.estimates.corrected(by)
        assert found is not None
        assert found.rows
    for a, b in ((("x",), ("y",)), (("y",), ("x",))):
        assert opened.estimates.differences(("kind",), a, b).corrected
    assert (len(times), len(pairs)) == (1, 1)


def test_a_sheet_that_lacks_a_column_is_refused_by_its_name(tmp_path: Path) -> None:
    store_of(tmp_path / "s", n=8)
    (tmp_path / "s" / "coded.csv").write_text("passage_id,population\na.p1,reports=8\n", encoding="utf-8")
    browser = client(tmp_path / "s")
    held(browser).book.wait()
    text = tree(browser.get("/problems").text).text_content()
    assert "没有列report_id" in text
