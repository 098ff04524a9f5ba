"""Forms: forged, broken and oversized ones change nothing; a name is asked for and kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from gongkai.web.guard import Door
from gongkai.web.writing.forms import (
    LONGEST_FIELD,
    MOST_BYTES,
    MOST_FIELDS,
    Form,
    FormError,
    Seal,
    checked_name,
    decode,
    local_address,
    pen_of,
)
from tests.support.explorer import HOME, client, three_reports, tree

HOST = HOME.removeprefix("http://")
HERE = {"origin": HOME, "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("forms") / "s"
    three_reports(folder)
    return client(folder)


def token(pages: TestClient) -> str:
    """The token of a form that this browser has open."""
    return str(tree(pages.get("/name").text).xpath("//input[@name='form_token']/@value")[0])


def fields(pages: TestClient, **changes: str) -> dict[str, str]:
    return {"form_token": token(pages), "who": "", "lang": "zh", "name": "张三", "back": "/search?q=公开", **changes}


def test_a_name_is_kept_and_the_browser_sent_back(pages: TestClient) -> None:
    pages.cookies.clear()
    sent = pages.post("/write/name", data=fields(pages), headers=HERE)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/search?q=%E5%85%AC%E5%BC%80"
    cookie = sent.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert tree(pages.get("/name").text).xpath("//input[@name='name']/@value") == ["张三"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403), ({"sec-fetch-site": "same-origin"}, 403), ({"origin": "null", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, 403), ({"origin": "https://evil.example"}, 403),
        ({"origin": HOME, "sec-fetch-site": "cross-site"}, 403), ({"origin": HOME, "sec-fetch-site": "same-site"}, 403),
        ({"origin": HOME, "sec-fetch-site": "none"}, 403), ({"origin": "http://127.0.0.1:9999"}, 403), ({"origin": "http://localhost:8765"}, 403),
        ({"origin": f"ftp://{HOST}"}, 403), ({"origin": f"{HOME}.evil.example"}, 403), ({"origin": f"http://evil@{HOST}"}, 403),
        # a name of another site that resolves to this machine: its own pages are same-origin to it
        ({"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 421),
        ({"host": "localhost:8765", "origin": "http://localhost:8765", "sec-fetch-site": "same-origin"}, 303), ({"origin": HOME}, 303),
    ],
)  # fmt: skip
def test_a_form_from_elsewhere_is_refused(pages: TestClient, headers: dict[str, str], status: int) -> None:
    sent = pages.post("/write/name", data=fields(pages), headers={**headers, "cookie": session(pages)})
    assert sent.status_code == status
    assert ("gongkai_name" in sent.headers.get("set-cookie", "")) is (status == 303)
    assert "default-src 'none'" in sent.headers["content-security-policy"]


def session(pages: TestClient) -> str:
    """The session's cookie, which a browser would send to any name of this machine that it was given for."""
    return "gongkai_session=" + str(pages.cookies["gongkai_session"])


@pytest.mark.parametrize("wrong", ["", "0" * 64, "é", "of another session", None])
def test_a_form_without_the_token_of_its_session_is_refused(pages: TestClient, wrong: str | None) -> None:
    given = fields(pages)
    if wrong is None:
        del given["form_token"]
    elif wrong == "of another session":
        pages.cookies.delete("gongkai_session")
    else:
        given["form_token"] = wrong
    assert pages.post("/write/name", data=given, headers=HERE).status_code == (400 if wrong is None else 403)


def test_a_token_of_another_process_is_none(tmp_path: Path) -> None:
    assert not Seal().knows("session-of-twenty-characters", Seal().token("session-of-twenty-characters"))
    assert not Seal().knows("", Seal().token(""))


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", FORM, 400), (b"no form", FORM, 400), (b"form_token", FORM, 400), (b"name=%ff%fe", FORM, 400), ("name=张".encode(), FORM, 400),
        (b"name=%00", FORM, 400), (b"a=1&" * MOST_FIELDS + b"a=1", FORM, 400), (b"a=" + b"x" * (LONGEST_FIELD + 1), FORM, 400),
        (b"a=" + b"x" * MOST_BYTES, FORM, 413), (b"{}", "application/json", 415), (b"a=1", "text/plain", 415), (b"a=1", "", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(pages: TestClient, body: bytes, kind: str, status: int) -> None:
    headers = {**HERE, **({"content-type": kind} if kind else {})}
    token(pages)
    assert pages.post("/write/name", content=body, headers=headers).status_code == status


def test_a_body_without_a_length_is_limited_too(pages: TestClient) -> None:
    token(pages)
    endless = (b"x" * 10_000 for _ in range(1_000))
    sent = pages.post("/write/name", content=endless, headers={**HERE, "content-type": FORM})
    assert sent.status_code == 413


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 41, "a;b", "a,b", "<script>", '"', "=1+1", "@x", "-x", "\u202etxt", "\u200b", "a|b", "\ufeff"]
)
def test_a_name_that_a_sheet_cannot_hold_is_refused(pages: TestClient, name: str) -> None:
    sent = pages.post("/write/name", data=fields(pages, name=name), headers=HERE)
    assert sent.status_code == 400
    assert "set-cookie" not in sent.headers or "gongkai_name" not in sent.headers["set-cookie"]
    assert pages.get("/name", headers={"cookie": f"gongkai_name={urlencode({'': name})[1:]}"}).status_code == 200


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "x", "/a\nb: c"]
)
def test_a_form_leads_back_into_the_explorer_only(pages: TestClient, back: str) -> None:
    sent = pages.post("/write/name", data=fields(pages, back=back), headers=HERE)
    where = sent.headers["location"]
    assert where.startswith("/")
    assert where[1:2] not in ("/", "\\")
    assert "\n" not in where


@pytest.mark.parametrize(("path", "status"), [("/write/", 404), ("/write/nope", 404), ("/write/../name", 405), ("/name", 405)])
def test_only_addresses_for_forms_take_forms(pages: TestClient, path: str, status: int) -> None:
    assert pages.post(path, data=fields(pages), headers=HERE).status_code == status


def test_forms_are_no_pages(pages: TestClient) -> None:
    assert pages.get("/write/name").status_code == 405


def test_the_token_of_the_door_is_asked_for_before_any_form(tmp_path: Path) -> None:
    three_reports(tmp_path / "s")
    found = client(tmp_path / "s", Door(token="a" * 30))
    assert found.post("/write/name", data={"name": "张三"}, headers=HERE).status_code == 403
    found.get("/?token=" + "a" * 30)
    assert found.post("/write/name", data=fields(found), headers=HERE).status_code == 303


@given(st.binary(max_size=200))
def test_any_body_is_a_form_or_refused(body: bytes) -> None:
    try:
        form = decode(body)
    except FormError:
        return
    assert bool(form.fields) is bool(body)
    assert not any("\0" in v for _, v in form.fields)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine draws texts slowly
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20),
        st.text(st.characters(exclude_categories=["C"]), max_size=50),
        min_size=1,
    )
)
def test_what_a_browser_encodes_is_decoded(sent: dict[str, str]) -> None:
    assert dict(decode(urlencode(sent).encode()).fields) == sent


@given(st.text(max_size=60))
def test_names_and_addresses_are_refused_or_safe(text: str) -> None:
    with suppress(FormError):
        assert checked_name(checked_name(text)) == checked_name(text)
    where = local_address(text, "/")
    assert where.isascii()
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_a_field_that_should_stand_once_does() -> None:
    form = Form((("a", "1"), ("b", "2"), ("b", "3"), ("c", "x" * 401)))
    assert form.one("a") == "1"
    assert form.one("d", "4") == "4"
    assert form.all("b") == ("2", "3")
    for name in ("b", "c", "d"):
        with pytest.raises(FormError):
            form.one(name)


@pytest.mark.parametrize("given", ["", "short", "x" * 80, "a b" * 10, '"><script>'])
def test_a_session_that_is_none_begins_anew(given: str) -> None:
    assert pen_of({"gongkai_session": given}, Seal()).session != given
