"""Parameters of an address: read, refused, written again."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gongkai.web.address import KINDS, AddressError, Asked, link, read_address
from gongkai.web.corpus_page import SORTS

_NAMES = st.sampled_from([*KINDS, "own.批次", "own.", "page", "sort", "lang", "who", "q", "by", "x", ""])
_PAIRS = st.lists(
    st.tuples(_NAMES, st.text(max_size=30) | st.sampled_from(["1", "2023", "en", "-fails", "problem", "0", "9" * 20])),
    max_size=12,
)


@pytest.mark.parametrize(
    ("pairs", "name"),
    [
        ([("page", "0")], "page"), ([("page", "-1")], "page"), ([("page", "x")], "page"), ([("page", "٣")], "page"), ([("page", "9" * 30)], "page"),
        ([("lang", "fr")], "lang"), ([("sort", "source; DROP")], "sort"), ([("label", "x" * 201)], "label"), ([("q", "a\x00b")], "q"),
        ([("year", str(n)) for n in range(100)], "…"), ([("by", str(n)) for n in range(9)], "…"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(pairs: list[tuple[str, str]], name: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(pairs, tuple(SORTS))
    assert caught.value.name == name


def test_a_filter_is_set_and_taken_away() -> None:
    asked = Asked({}, page=3)
    once = asked.toggled("label", "problem")
    assert once.filters == {"label": ("problem",)}
    assert once.page == 1
    assert once.toggled("label", "other").filters == {"label": ("problem", "other")}
    assert once.toggled("label", "problem").filters == {}


@given(_PAIRS)
def test_an_address_leads_to_itself(pairs: list[tuple[str, str]]) -> None:
    try:
        asked = read_address(pairs, tuple(SORTS))
    except AddressError:
        return
    again = read_address(parse_qsl(urlsplit(link("/", asked)).query, keep_blank_values=True), tuple(SORTS))
    assert again == asked


@settings(max_examples=60, deadline=None)
@given(_PAIRS, st.sampled_from(["/", "/report/x"]))
def test_no_parameter_makes_a_fault(browser: TestClient, pairs: list[tuple[str, str]], path: str) -> None:
    params = [(k, v) for k, v in pairs if v.isprintable() or "\x00" in v]
    found = browser.get(path, params=[(k, v.encode("utf-8", "replace").decode()) for k, v in params])
    assert found.status_code in {200, 400, 404, 414}
    assert "default-src 'none'" in found.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../application.py", "/static/%2e%2e%2fapplication.py", "/static/..%5cx", "/static//etc/passwd", "/static/%2fetc%2fpasswd",
        "/report/..%2f..%2fetc%2fpasswd", "/report/%00", "/report/'%20OR%201=1--", "/report/manifest.sqlite", "/static/explorer.css%00", "/../etc/passwd",
    ],
)  # fmt: skip
def test_no_address_leads_to_a_file(browser: TestClient, path: str) -> None:
    found = browser.get(path)
    assert found.status_code == 404
    assert "root:" not in found.text
