"""Pictures of pages: only files of the results, in the folders given, with the bytes that were read."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from starlette.testclient import TestClient

import gongkai
from corpus.types import Place, SourceRange
from gongkai.web.application import create_app
from gongkai.web.reviewing.pictures import Pictures
from tests.gongkai.test_store_access import write
from tests.support.explorer import HOME, three_reports, tree
from tests.support.factories import full_report


def pdf(width: float = 200, height: float = 300) -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(width, height)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_files_are_found_only_where_they_may_be(tmp_path: Path) -> None:
    data = pdf()
    known = hashlib.sha256(data).hexdigest()
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "x.pdf").write_bytes(data)
    (tmp_path / "secret.pdf").write_bytes(data)
    (tmp_path / "in" / "out.pdf").symlink_to(tmp_path / "secret.pdf")
    found = Pictures([tmp_path / "in"])
    assert found.content("a/x.pdf", known) == data
    for source in ("../secret.pdf", str(tmp_path / "secret.pdf"), "out.pdf", "a", "", "nope.pdf", "a\0b", "x" * 5000):
        assert found.content(source, known) == "file_gone", source
    assert found.content("a/x.pdf", "0" * 64) == "file_changed"
    assert Pictures().content("a/x.pdf", known) == "no_files_given"


def test_pages_are_drawn_within_limits() -> None:
    found = Pictures()
    data = pdf(20_000, 300)
    png = found.png(data, "a", 1)
    assert png is not None
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") <= 3001
    assert found.png(data, "a", 1) is png
    assert found.png(data, "a", 2) is None
    assert found.png(b"%PDF-1.4 broken", "b", 1) is None
    assert found.size(b"", 1) is None


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, Path, str]:
    """A report that says that it was read from ``甲.pdf``."""
    base = tmp_path_factory.mktemp("pictures")
    (base / "in").mkdir()
    (base / "in" / "甲.pdf").write_bytes(pdf())
    report = full_report(year=2022, source="甲.pdf")
    write(base / "s", report)
    app = create_app(base / "s", files=[base / "in"])
    return TestClient(app, base_url=HOME, follow_redirects=False), base, report.report_id


def test_a_file_with_other_bytes_is_not_shown(opened: tuple[TestClient, Path, str]) -> None:
    browser, _, report_id = opened
    assert browser.get(f"/picture/{report_id}/1").status_code == 404


@pytest.mark.parametrize("path", ["/picture/nope/1", "/picture/{id}/0", "/picture/{id}/x", "/picture/{id}/..%2f..%2fetc", "/picture/{id}/99999999", "/picture/%2e%2e/1"])  # fmt: skip
def test_addresses_of_pictures_reach_no_file(opened: tuple[TestClient, Path, str], path: str) -> None:
    assert opened[0].get(path.format(id=opened[2])).status_code == 404


def test_the_page_of_a_metric_is_shown_with_its_box(tmp_path: Path) -> None:
    data = pdf()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "甲.pdf").write_bytes(data)
    report = full_report(year=2022, source="甲.pdf")
    place = SourceRange(0, len(report.text), Place(None, 1, (10.0, 20.0, 110.0, 40.0)))
    known = hashlib.sha256(data).hexdigest()
    write(tmp_path / "s", replace(report, sha256=known, canonical=replace(report.canonical, source_map=(place,))))
    app = create_app(tmp_path / "s", files=[tmp_path / "in"])
    browser = TestClient(app, base_url=HOME)
    key = report.mentions[0].key
    page = tree(browser.get(f"/review/{report.report_id}/{key}").text)
    (box,) = page.xpath("//*[contains(@class, 'box')]")
    assert [box.get(k) for k in ("x", "y", "width", "height")] == ["8.0", "18.0", "104.0", "24.0"]
    (href,) = page.xpath("//image/@href")
    answer = browser.get(href)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    (tmp_path / "in" / "甲.pdf").write_bytes(data + b" ")
    page = tree(browser.get(f"/review/{report.report_id}/{key}").text)
    assert "内容已改变" in page.xpath("string(//section[@id='picture'])")
    assert browser.get(href).status_code == 404


def test_a_report_without_pages_has_no_picture(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    browser = TestClient(create_app(tmp_path / "s"), base_url=HOME)
    cell = gongkai.load(tmp_path / "s").rows("cells", [])[0]
    page = tree(browser.get(f"/review/{cell['report_id']}/c-{cell['code']}").text)
    assert not page.xpath("//section[@id='picture']")
