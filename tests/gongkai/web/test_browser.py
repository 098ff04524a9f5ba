"""The explorer in headless Chromium: every flow, by keyboard too, wide and narrow; nothing on the console, nothing from outside."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright import sync_api as playwright

from tests.gongkai.test_store_access import write
from tests.support.explorer import AXE, SCRIPT, listening, three_reports
from tests.support.factories import full_report

WIDTHS = (1280, 390)
#: a browser of the system, where there is one: `.ci/run` installs it
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The explorer, listening on this machine."""
    folder = tmp_path_factory.mktemp("browser") / "s"
    three_reports(folder)
    hostile = full_report(agency=SCRIPT, year=2021, source=f"{SCRIPT}.txt".replace("/", "_"), prefix=SCRIPT)
    write(folder.parent / "hostile", hostile)
    with listening(folder) as first, listening(folder.parent / "hostile") as second:
        yield f"{first} {second}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, or a skip by name where none can be started."""
    with playwright.sync_playwright() as play:
        try:
            browser = play.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"] if os.name == "posix" and os.getuid() == 0 else []
            )
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


class Watched:
    """A page that remembers what went wrong on it."""

    def __init__(self, browser: Any, width: int, home: str) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.home = home
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("dialog", lambda d: (self.wrong.append(f"dialog {d.message}"), d.dismiss()))
        self.page.on("request", lambda r: None if r.url.startswith(home) else self.wrong.append(r.url))
        # what the browser itself gives up, as the icon of a page that is left at once, has not gone wrong
        self.page.on(
            "requestfailed",
            lambda r: None if r.failure == "net::ERR_ABORTED" else self.wrong.append(f"failed {r.url}: {r.failure}"),
        )

    def open(self, path: str) -> Any:
        """The page at a path."""
        self.page.goto(self.home + path)
        return self.page


@pytest.fixture(params=WIDTHS)
def watched(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Watched]:
    found = Watched(chromium, request.param, address.split()[0])
    yield found
    found.context.close()
    assert found.wrong == []


def fits(page: Any) -> bool:
    """Whether the page is no wider than the window: what is wide scrolls in its own box."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_fit_and_nothing_goes_wrong(watched: Watched, lang: str) -> None:
    paths = [
        "/",
        "/search",
        "/search?q=公开",
        "/search?q=公开&sort=right&label=problem",
        "/problems",
        "/problems?by=year&what=measure",
        "/nope?x=1",
    ]
    for path in paths[:-1]:
        page = watched.open(path + ("&" if "?" in path else "?") + f"lang={lang}")
        assert fits(page), path
        assert page.locator("h1").is_visible()


def test_what_is_printed_is_whole(chromium: Any, address: str) -> None:
    found = Watched(chromium, 700, address.split()[0])  # as wide as a page of A4 without its margins
    found.page.emulate_media(media="print")
    page = found.open("/search?q=公开")
    years = page.locator("td.num").all()
    assert years
    assert all(year.bounding_box()["height"] < 30 for year in years)
    page.set_viewport_size({"width": 480, "height": 900})  # four groups there are eight on a page
    page = found.open("/problems?by=year")
    assert page.evaluate("(({scrollWidth, clientWidth}) => scrollWidth <= clientWidth)(document.querySelector('.scroll'))")
    found.context.close()


def test_from_the_corpus_to_a_contradiction_and_back(watched: Watched) -> None:
    page = watched.open("/")
    if page.locator("details.filters").get_attribute("open") is None:
        page.locator("details.filters > summary").click()
    page.locator("details.group a", has_text="2022").first.click()
    assert "year=2022" in page.url
    assert page.locator("h1").inner_text() == "1份报告"
    page.locator("table.list a", has_text="临江区教育局").click()
    assert page.locator("h1").inner_text().split() == ["临江区教育局", "2022"]
    assert fits(page)
    # 更正 is not broken over two lines
    assert all(box.bounding_box()["height"] < 30 for box in page.locator("#metrics td:last-child a.fix").all())
    page.locator("td.c-disagrees small.note a").first.click()
    mark = page.locator(":target")
    assert mark.inner_text() == "12件"
    mark.click()
    assert "不一致" in page.locator("tr:target").inner_text()
    page.locator("nav.years a[rel=next]").click()
    assert page.locator("h1").inner_text().endswith("2023")
    page.locator("a.switch").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h2").first.inner_text() == "Narrative"


def test_labels_are_hidden_and_shown(watched: Watched) -> None:
    page = watched.open("/")
    page.locator("table.list a", has_text="海湾市财政局").click()
    problems = page.locator(".p[data-label=problem]")
    assert problems.first.is_visible()
    page.locator(".legend input[value=problem]").uncheck()
    assert not problems.first.is_visible()
    page.locator(".legend input[value=problem]").check()
    assert problems.first.is_visible()


def test_search_by_keyboard_alone(watched: Watched) -> None:
    page = watched.open("/search")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("公开 -没有")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    rows = page.locator("table.kwic tbody tr")
    assert rows.count() > 0
    # one character is under another: keywords line up
    boxes = [rows.nth(n).locator("td.kh").bounding_box() for n in range(min(3, rows.count()))]
    assert len({round(b["x"]) for b in boxes if b}) == 1
    # what is too long ends in an ellipsis at the far side, and a field stands beside its name
    for side, direction in (("kl", "rtl"), ("kr", "ltr")):
        style = page.evaluate(f"getComputedStyle(document.querySelector('td.{side} div'))")
        assert (style["textOverflow"], style["direction"]) == ("ellipsis", direction)
    name, field = (page.locator(s).bounding_box() for s in ("label[for=sort]", "#sort"))
    assert field["y"] < name["y"] + name["height"] / 2 < field["y"] + field["height"]
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('td.agency') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/**#p*")
    assert "公开" in page.locator(":target").inner_text()


def test_the_download_is_a_file(watched: Watched) -> None:
    page = watched.open("/search?q=公开")
    with page.expect_download() as download:
        page.locator("a[download]").click()
    path = download.value.path()
    watched.wrong = [w for w in watched.wrong if "places.csv" not in w and "search.csv" not in w]  # a download ends its request
    assert Path(path).read_bytes().startswith(b"\xef\xbb\xbfreport_id")


def test_a_figure_opens_its_passages(watched: Watched) -> None:
    page = watched.open("/problems")
    page.locator("#by0").select_option("year")
    page.locator("form.search button").click()
    page.wait_for_url("**by=year**")
    figure = page.locator("td.figure a", has_text="100.0%").first
    figure.click()
    page.wait_for_url("**/search?**point=problem.**")
    assert page.locator("table.kwic tbody tr").count() > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(chromium: Any, address: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    (script,) = Path(axe.__file__).parent.glob("axe.min.js")
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    home = address.split()[0]
    page.goto(home)
    report = page.locator("table.list a[href^='/report/']").first.get_attribute("href")
    for path in ("/", "/search", "/search?q=公开&lang=en", "/problems?by=year", report, f"{report}?lang=en"):
        page.goto(home + path)
        page.evaluate(script.read_text(encoding="utf-8"))
        found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(AXE[scheme])}}})")
        assert len(found["passes"]) > (20 if scheme == "light" else 0), path
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
    context.close()


def test_without_scripts_everything_is_there(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address.split()[0] + "/")
    page.locator("table.list a", has_text="海湾市财政局").click()
    assert page.locator(".p").count() > 3
    assert not page.locator(".legend input").first.is_visible()
    context.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/?who=<script>alert(1)</script>", "/search?q=script", "/search?q=alert", "/problems?by=<script>alert(1)</script>"],
)
def test_hostile_text_never_runs(chromium: Any, address: str, path: str) -> None:
    found = Watched(chromium, 1280, address.split()[1])
    page = found.open(path)
    for link in page.locator("a[href^='/report/']").all()[:1]:
        link.click()
        assert SCRIPT in page.locator("body").inner_text()
    found.context.close()
    assert found.wrong == []
