"""Whatever is asked, of any address and with any form: an answer with a status that says what is wrong, never a fault of gongkai."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from extract.types import Report
from gongkai.web.address import KINDS
from tests.support.explorer import HOME, SCRIPT, client, three_reports, tree

#: 307: an empty part of an address leaves a slash at its end (/coding/)
_EXPECTED = {200, 303, 307, 400, 403, 404, 405, 409, 413, 414, 415, 421}
_NAMES = (
    *KINDS, "q", "who", "sort", "page", "lang", "by", "point", "in.year", "in.nope", "own.x", "own.", "what", "a", "b", "why", "state", "back", "token",
    "at",
)  # fmt: skip
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "", "0", "-1", "1e9", "9" * 40, "１２", "nan", "problem", "problem.timeliness", "measure.any", "year", "level", "agency", "-share", "g0", "left",
            "zh", "en", "xx", "done", "disagrees", "公开", '"', "((", "a AND", "OR", "-", "' OR 1=1 --", "%", "_", "\\", "../../etc/passwd", "c-t3.new.total",
            "p0", "m0.2", "report", SCRIPT, "x" * 201, "\u202e", "\ufeff", "🀄", "\U0010ffff",
        ]
    ),
)  # fmt: skip
_PAIRS = st.lists(st.tuples(st.one_of(st.sampled_from(_NAMES), st.text(max_size=12)), _VALUES), max_size=6)
#: percent signs and bytes that are no UTF-8 as an address may have them, too
_RAW = st.one_of(
    st.just(""),
    st.binary(max_size=20).map(lambda b: "&" + quote(b)),
    st.sampled_from(["&%", "&%zz=%ff", "&q=%00", "&;=;", "&q=%ed%a0%80"]),
)


def routes(browser: TestClient) -> list[Route]:
    inner = browser.app.app  # type: ignore[attr-defined]
    assert isinstance(inner, Starlette)
    return [r for r in inner.routes if isinstance(r, Route)]


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, list[Report]]:
    """An explorer of its own, for forms may be accepted, once its points are there: pages that say that they are computed are no test."""
    folder = tmp_path_factory.mktemp("any") / "s"
    reports = three_reports(folder)
    browser = client(folder)
    browser.app.app.state.keeper.now()[0].book.wait()  # type: ignore[attr-defined]
    return browser, reports


def _fill(path: str, reports: list[Report], draw: st.DataObject) -> str:
    """A path with something in its places, right and wrong."""
    known = {
        "report_id": [r.report_id for r in reports],
        "at": ["report", "c-t3.new.total", "p0"],
        "name": ["explorer.css"],
        "page": ["1", "0"],
    }
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        value = draw.draw(st.one_of(st.sampled_from(known.get(name.partition(":")[0], ["x"])), _VALUES))
        path = before + quote(value, safe="") + after
    return path


def _sound(status: int, text: str, told: object) -> None:
    assert status in _EXPECTED, (status, told)
    assert "Traceback" not in text, told
    assert SCRIPT not in text, told


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), pairs=_PAIRS, raw=_RAW)
def test_no_address_is_a_fault(
    settled: tuple[TestClient, list[Report]], data: st.DataObject, pairs: list[tuple[str, str]], raw: str
) -> None:
    browser, reports = settled
    route = data.draw(st.sampled_from([r for r in routes(browser) if "GET" in (r.methods or ())]), label="route")
    address = f"{_fill(route.path, reports, data)}?{urlencode(pairs, errors='surrogatepass')}{raw}"
    answer = browser.get(address)
    _sound(answer.status_code, answer.text, address)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), pairs=_PAIRS, signed=st.booleans(), raw=_RAW)
def test_no_form_is_a_fault(
    settled: tuple[TestClient, list[Report]], data: st.DataObject, pairs: list[tuple[str, str]], signed: bool, raw: str
) -> None:
    browser, reports = settled
    path = data.draw(st.sampled_from([r.path for r in routes(browser) if "POST" in (r.methods or ())]), label="route")
    names = st.sampled_from(
        [
            "report_id",
            "at",
            "new.label",
            "old.label",
            "new.value",
            "old.value",
            "note",
            "confirm",
            "key",
            "name",
            "back",
            "n",
            "draw",
            "seed",
        ]
    )
    more = data.draw(st.lists(st.tuples(names, _VALUES), max_size=5))
    if data.draw(st.booleans()):
        more = [("report_id", reports[0].report_id), ("at", "report"), *[p for p in more if p[0] not in ("report_id", "at")]]
    page = tree(browser.get("/name").text)
    fields = {n: page.xpath(f"//input[@name='{n}']/@value")[0] for n in ("form_token", "who", "lang")}
    browser.cookies.set("gongkai_name", quote("某人") if signed else "")
    body = (
        urlencode(
            [("form_token", fields["form_token"]), ("who", "某人" if signed else ""), *more, *pairs], errors="surrogatepass"
        )
        + raw
    )
    headers = {"origin": HOME, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    answer = browser.post(path, content=body.encode(), headers=headers)
    _sound(answer.status_code, answer.text, (path, body))
