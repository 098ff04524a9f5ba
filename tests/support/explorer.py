"""The explorer of a store, asked as a browser asks it."""

from __future__ import annotations

from pathlib import Path

from lxml import html as lxml_html
from starlette.testclient import TestClient

from extract.types import Report
from gongkai.web.application import create_app
from gongkai.web.guard import Door
from tests.gongkai.test_store_access import write
from tests.support.factories import full_report

HOME = "http://127.0.0.1:8765"
#: runs if it is ever put into a page as it stands
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"


def client(folder: Path, door: Door | None = None) -> TestClient:
    """A browser on this machine."""
    return TestClient(create_app(folder, door), base_url=HOME, raise_server_exceptions=False, follow_redirects=False)


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
