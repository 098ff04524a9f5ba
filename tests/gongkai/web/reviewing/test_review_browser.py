"""Review in headless Chromium: from the queue to a correction and back by keyboard, on a wide and a narrow screen, for screen readers too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


from gongkai.correction_file import read_lines
from tests.gongkai.web import test_browser as shared
from tests.support.explorer import AXE, listening, tab_to, three_reports

chromium = shared.chromium


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The explorer of three reports, listening on this machine."""
    folder = tmp_path_factory.mktemp("review") / "s"
    three_reports(folder)
    with listening(folder) as home:
        yield home, folder


@pytest.mark.parametrize("width", shared.WIDTHS)
def test_a_contradiction_is_corrected_and_undone_by_keyboard(chromium: Any, served: tuple[str, Path], width: int) -> None:
    home, folder = served
    seen = shared.Watched(chromium, width, home)
    page = seen.open("/review?why=disagrees")
    assert shared.fits(page)
    before = page.locator("table.queue tbody tr").count()
    tab_to(page, "table.queue td:last-child a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/*/m*")
    tab_to(page, "#name")
    page.keyboard.type("张三")
    page.keyboard.press("Enter")
    page.wait_for_selector("form.correct")
    assert shared.fits(page)
    tab_to(page, "#f-value")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("不是数字")
    page.keyboard.press("Enter")
    page.wait_for_selector("div[role=alert]")
    assert page.locator("#f-value").input_value() == "不是数字"
    seen.wrong = [w for w in seen.wrong if "400" not in w]
    page.locator("#f-value").fill("99")
    page.locator("#note").fill("试改")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/*#m*")
    page.goto(f"{home}/corrections")
    assert shared.fits(page)
    assert page.locator("table.corrections tbody tr").count() == 1
    tab_to(page, "table.corrections button")
    page.keyboard.press("Enter")
    page.wait_for_selector("p.none")
    assert read_lines(folder)[1] == []
    page.goto(f"{home}/review?why=disagrees")
    assert page.locator("table.queue tbody tr").count() == before
    seen.context.close()
    assert [w for w in seen.wrong if "explorer.svg" not in w] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(chromium: Any, served: tuple[str, Path], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    (script,) = Path(axe.__file__).parent.glob("axe.min.js")
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    home, _ = served
    page.goto(f"{home}/name")
    page.locator("#name").fill("张三")
    page.locator("form.who-form button").click()
    page.goto(f"{home}/")
    report = page.locator("table.list a[href^='/report/']").first.get_attribute("href")
    forms = [report.replace("/report/", "/review/") + at for at in ("/report", "/c-t3.new.total")]
    page.goto(home + report)
    forms.append(page.locator(".tags a.fix").first.get_attribute("href"))
    for path in ("/review", "/review?why=unsure&lang=en", "/corrections", *forms, "/problems?by=year&a=2022&b=2023"):
        page.goto(home + path)
        page.evaluate(script.read_text(encoding="utf-8"))
        found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(AXE[scheme])}}})")
        assert len(found["passes"]) > (20 if scheme == "light" else 0), path
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
    context.close()
