"""The explorer of a store, asked as a browser asks it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from lxml import html as lxml_html
from starlette.testclient import TestClient

from extract.types import Report
from gongkai.web.application import create_app
from gongkai.web.guard import Door
from tests.gongkai.test_store_access import write
from tests.support.factories import full_report

#: what axe asks of a page; by night only the colours are others
AXE = {"light": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"], "dark": {"type": "rule", "values": ["color-contrast"]}}
HOME = "http://127.0.0.1:8765"
#: runs if it is ever put into a page as it stands
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"


def client(folder: Path, door: Door | None = None) -> TestClient:
    """A browser on this machine."""
    return TestClient(create_app(folder, door), base_url=HOME, raise_server_exceptions=False, follow_redirects=False)


@contextmanager
def listening(folder: Path) -> Iterator[str]:
    """The address of the explorer of a store, listening on this machine; its points are computed."""
    app = create_app(folder)
    app.app.state.keeper.now()[0].book.wait()  # type: ignore[attr-defined]
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def tab_to(page: Any, wanted: str) -> None:
    """Press Tab until what a selector names has the focus."""
    for _ in range(120):
        if page.evaluate("s => document.activeElement !== null && document.activeElement.matches(s)", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {wanted} by Tab")


def three_reports(folder: Path) -> list[Report]:
    """A store of three reports: an agency with two years, and another of the earlier form."""
    found = [
        full_report(year=2022, source="一.txt"), full_report(year=2023, source="二.txt"),
        full_report(agency="海湾市财政局", year=2020, form="2019", source="三.txt"),
    ]  # fmt: skip
    write(folder, *found, batch=2)
    return found


def tree(text: str) -> lxml_html.HtmlElement:
    """A page as a tree."""
    return lxml_html.fromstring(text)
