"""What stands before every page: Host, method, length, token, headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from corpus.errors import UsageError
from gongkai.web.guard import Door, host_name
from gongkai.web.serving import door_for, is_loopback
from tests.support.explorer import client, three_reports


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:8765", 200),
        ("attacker.example", 421), ("127.0.0.1.attacker.example:8765", 421), ("localhost.attacker.example", 421), ("192.168.1.7", 421),
        ("localhost@attacker.example", 421), ("127.0.0.1:8765:1", 421), ("", 421), ("[::1", 421), ("localhost/", 421), ("127.0.0.1:x", 421),
    ],
)  # fmt: skip
def test_only_a_host_of_this_machine_is_answered(browser: TestClient, host: str, status: int) -> None:
    assert browser.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/report/x", "/static/explorer.css"])
def test_nothing_but_reading_is_answered(browser: TestClient, method: str, path: str) -> None:
    found = browser.request(method, path)
    assert found.status_code == 405
    assert found.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/nope", "/report/nope", "/static/explorer.css", "/static/nope", "/?page=0"])
def test_every_answer_has_the_policy(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_an_internal_fault_has_the_policy_and_says_nothing_of_the_machine(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    found = client(tmp_path / "s")
    found.app.app.state.keeper = None  # type: ignore[attr-defined]
    answer = found.get("/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert str(tmp_path) not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("address", ["/?q=" + "x" * 5000, "/" + "x" * 600, "/report/" + "%41" * 300])
def test_what_is_too_long_is_refused(browser: TestClient, address: str) -> None:
    assert browser.get(address).status_code == 414


def test_a_token_is_asked_for_once_and_leaves_the_address(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    token = "a" * 30
    found = client(tmp_path / "s", Door(token=token))
    for wrong in ("/", "/?token=", "/?token=" + "a" * 29, "/static/explorer.css", "/?token=é", "/report/x?token=wrong"):
        assert found.get(wrong).status_code == 403, wrong
    let_in = found.get(f"//evil.example/?token={token}&lang=en")
    assert let_in.status_code == 303
    assert let_in.headers["location"] == "/?lang=en"
    cookie = let_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert found.get("/").status_code == 200


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.9.9.9", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_another_address_than_loopback_has_a_token(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    door = door_for(host)
    assert (door.token is None) is loopback
    assert door.knows_host("attacker.example") is False
    assert door.knows_host("203.0.113.9:8765") is not loopback


@pytest.mark.parametrize(
    "token", ["short", "with space and more than sixteen", "semi;colon-semi;colon", "中文中文中文中文中文中文中文中文"]
)
def test_a_token_that_is_weak_or_no_cookie_is_refused(token: str) -> None:
    with pytest.raises(UsageError):
        door_for("0.0.0.0", token)


@given(st.text(max_size=40))
def test_a_host_name_is_a_name(text: str) -> None:
    name = host_name(text)
    assert name is None or (name == name.lower() and not set(name) & set("/@ \\?#"))
    assert Door().knows_host(text) <= (name in {"localhost", "127.0.0.1", "::1"})
