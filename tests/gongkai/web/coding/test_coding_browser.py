"""Coding in headless Chromium: by keyboard alone, without scripts, for a screen reader; nothing on the console, nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


import gongkai
from gongkai.web.coding.codings import CODE, codings, given_code
from gongkai.web.coding.draws import Wish, draws, make_draw, one_draw
from gongkai.web.writing.people import People, Written
from tests.gongkai.web.test_browser import WIDTHS, Watched, chromium, fits
from tests.support.coders import study_store
from tests.support.explorer import AXE, listening, tab_to

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The explorer of six reports, listening on this machine; its address and folder."""
    folder = tmp_path_factory.mktemp("coding") / "s"
    store, people = study_store(folder, 6), People(folder)
    draw = one_draw(people, make_draw(store, people, "甲", Wish("reports", 2, seed=99)))
    assert draw is not None
    for who, label in (("甲", "problem"), ("乙", "other")):
        coded = [Written(r["passage_id"], {"label": label, "facets": []}) for r in draw.rows]
        people.write(who, CODE, draw.name, coded)
    with listening(folder) as home:
        yield home, folder


def named(browser: Any, width: int, home: str, name: str) -> Watched:
    """A browser in which a name was typed."""
    found = Watched(browser, width, home)
    page = found.open("/coding")
    tab_to(page, "#name")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".signed")
    return found


def code(page: Any, keys: str) -> None:
    """Press keys and save; the next page is there."""
    for key in keys:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_study_by_keyboard_alone(chromium: Any, served: tuple[str, Path], width: int) -> None:
    home, folder = served
    one = named(chromium, width, home, f"甲{width}")
    page = one.page
    tab_to(page, "input[name=n]")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    tab_to(page, "input[name=seed]")
    page.keyboard.press("Control+a")
    page.keyboard.type(str(width))
    page.keyboard.press("Enter")
    page.wait_for_url("**/coding/reports-2-*")
    draw = page.url.rpartition("/")[2]
    assert fits(page)
    # digits choose labels, letters facets that the label takes, Enter saves, z takes back, brackets move
    page.keyboard.press("Shift+Digit3")
    code(page, "1da")
    code(page, "3d")
    code(page, "x")
    assert "at=4" in page.url
    with page.expect_navigation():
        page.keyboard.press("z")
    assert "at=3" in page.url
    with page.expect_navigation():
        page.keyboard.press("[")
    assert page.locator("input[name=label]:checked").get_attribute("value") == "disclosure"
    with page.expect_navigation():
        page.keyboard.press("]")
    for _ in range(6):
        code(page, "-")
    page.wait_for_url("**/coding#*")
    two = named(chromium, width, home, f"乙{width}")
    two.open(f"/coding/{draw}")
    for _ in range(8):
        code(two.page, "-")
    page = two.open(f"/coding/{draw}/differences")
    assert fits(page)
    code(page, "2d")
    tab_to(page, "button[name=take]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    people = People(folder)
    found = codings(people, draws(people)[draw])
    assert found.open() == 0
    first = given_code(found.codes[found.draw.rows[0]["passage_id"]][f"甲{width}"])
    assert first.says == ("problem", ("awareness", "timeliness"), ("disclosure",), "")
    assert {a.who for a in found.decided.values()} == {f"乙{width}"}
    assert given_code(next(iter(found.decided.values()))).says == ("improvement", ("timeliness",), (), "")
    page = two.open(f"/coding/{draw}/agreement?lang=en")
    assert fits(page)
    assert page.locator("h1").inner_text() == "Agreement"
    for coder in (one, two):
        coder.context.close()
        # whoever codes quickly leaves a page before its icon has come
        assert [w for w in coder.wrong if not w.endswith("/static/explorer.svg")] == []


def test_numbers_by_keyboard_alone(chromium: Any, served: tuple[str, Path]) -> None:
    home, folder = served
    people = People(folder)
    name = make_draw(gongkai.load(folder), people, "甲", Wish("numbers", 2, seed=5))
    one = named(chromium, 390, home, "数")
    page = one.open(f"/coding/{name}")
    assert fits(page)
    # a letter opens a group, a digit chooses in it; v goes to the value, from which Enter saves
    page.keyboard.press("a")
    assert page.locator(".choices-of.open").count() == 1
    page.keyboard.press("2")
    page.keyboard.press("v")
    page.keyboard.type("１，２３４")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    code(page, "x")
    page.wait_for_url("**/coding#*")
    coded = [given_code(a["数"]) for a in codings(people, draws(people)[name]).codes.values()]
    assert sorted((c.label, c.value) for c in coded) == [("request.answered", "1234"), ("x", "")]
    one.context.close()


def test_one_codes_without_scripts(chromium: Any, served: tuple[str, Path]) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served[0]}/coding?lang=en")
    page.locator("#name").fill("丙")
    page.locator("form.who-form button").click()
    page.locator("input[name=by][value=simple]").check()
    page.locator("input[name=n]").fill("2")
    page.locator("form.drawing button.main").click()
    for facet in ("format", "content"):
        page.locator("input[name=label][value=problem]").check()
        page.locator(f"input[name=facet][value={facet}]").check()
        page.locator("form.coding button.main").click()
    assert page.locator(".draw progress").first.get_attribute("value") == "2"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader_while_coding(
    chromium: Any, served: tuple[str, Path], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    (script,) = Path(axe.__file__).parent.glob("axe.min.js")
    home, folder = served
    people = People(folder)
    name = next((n for n, d in draws(people).items() if codings(people, d).differing()), "")
    assert name, "a draw that two people coded differently"
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{home}/name?back=/coding")
    page.locator("#name").fill("丁")
    page.keyboard.press("Enter")
    page.wait_for_selector(".signed")
    numbers = make_draw(gongkai.load(folder), people, "甲", Wish("numbers", 2, seed=5))
    paths = (
        "/coding",
        f"/coding/{numbers}",
        f"/coding/{name}",
        f"/coding/{name}/agreement",
        f"/coding/{name}/differences",
        "/name",
    )
    for path in [p + more for p in paths for more in ("", "?lang=en")]:
        page.goto(home + path)
        page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true; })")
        page.evaluate(script.read_text(encoding="utf-8"))
        found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(AXE[scheme])}}})")
        assert len(found["passes"]) > (15 if scheme == "light" else 0), path
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
    context.close()
