"""Scripted coders in the explorer: they open pages, fill in the forms that stand there, and send them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lxml import html as lxml_html
from starlette.testclient import TestClient

from gongkai.store_access import Store
from gongkai.web.application import create_app
from gongkai.web.coding.codings import codings
from gongkai.web.coding.draws import Draw, one_draw
from gongkai.web.writing.people import People
from tests.support.compare_store import Rows
from tests.support.explorer import HOME, tree
from training.voices import shipped

HERE = {"origin": HOME, "sec-fetch-site": "same-origin"}
#: label and facets that a coder gives a text
Opinion = Callable[[str], tuple[str, list[str]]]


class Coder:
    """A person with a browser: no redirect is followed unseen, no field is made up that the page does not have."""

    def __init__(self, app: Any, name: str) -> None:
        self.people: People = app.app.state.people
        self.pages = TestClient(app, base_url=HOME, raise_server_exceptions=False, follow_redirects=False)
        self.name = name
        self.open("/name")
        self.send("/write/name", name=name, back="/coding")

    def open(self, path: str) -> lxml_html.HtmlElement:
        """A page, which becomes the one that is open."""
        answer = self.pages.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        self.page = tree(answer.text)
        return self.page

    def form(self, action: str) -> lxml_html.FormElement:
        """The form of the open page that is sent there."""
        found: list[lxml_html.FormElement] = [f for f in self.page.forms if f.action == action]
        assert found, action
        return found[0]

    def post(self, action: str, **values: Any) -> Any:
        """Send a form of the open page with some fields filled in; the answer as it comes."""
        fields: dict[str, Any] = {}
        for name, value in self.form(action).form_values():
            fields.setdefault(name, []).append(value)
        return self.pages.post(action, data={**fields, **values}, headers=HERE)

    def send(self, action: str, **values: Any) -> str:
        """Send a form that must be accepted, and open the page that follows; its address."""
        answer = self.post(action, **values)
        assert answer.status_code == 303, (action, answer.status_code, answer.text[:1500])
        where = str(answer.headers["location"])
        self.open(where)
        return where

    def draw(self, **wish: Any) -> str:
        """Draw a sample; its name."""
        self.open("/coding")
        return self.send("/write/coding/draw", **wish).rpartition("/")[2]

    def code_all(self, draw: str, opinion: Opinion, *, opened: int = 5) -> None:
        """Code a draw to its end: the first passages page by page, as they follow, the others by the same form without looking at the pages."""
        self.open(f"/coding/{draw}")
        for _ in range(opened):
            label, facets = opinion(self.text())
            self.send("/write/coding/code", label=label, facet=facets)
        done = codings(self.people, drawn(self.people, draw)).codes
        for row in drawn(self.people, draw).rows:
            if self.name in done.get(row["passage_id"], {}):
                continue
            label, facets = opinion(row["text"])
            answer = self.post("/write/coding/code", passage=row["passage_id"], seen="0", label=label, facet=facets)
            assert answer.status_code == 303, answer.text
        self.open(str(answer.headers["location"]))

    def text(self) -> str:
        """The passage that the open page asks to code."""
        return str(self.page.xpath("//mark")[0].text_content())


def study_store(folder: Path, reports: int = 60) -> Store:
    """Reports of the passages that gongkai is trained on, four each, two years an agency; the model is wrong on every ninth."""
    short = [p for p in shipped() if 10 < len(p.text) < 90 and not p.also]
    kinds = [[p for p in short if p.label == label] for label in ("problem", "improvement", "problem", "disclosure")]
    kinds[2] = kinds[2][reports:]
    texts = [p for some in zip(*kinds, strict=False) for p in some]
    rows = Rows()
    for n in range(reports):
        some = texts[n * 4 : n * 4 + 4]
        said = [("other", f"{p.text}", ()) if (n * 4 + k) % 9 == 0 else (p.label, p.text, p.facets) for k, p in enumerate(some)]
        rows.report(f"r{n:03}", said, agency=f"第{n % 30}局", agency_id=f"a{n % 30}", year=2022 + n // 30)
    return rows.store(folder)


def truth() -> Mapping[str, tuple[str, list[str]]]:
    """What the passages of :func:`study_store` really are, by text."""
    return {p.text: (p.label, list(p.facets)) for p in shipped()}


def explorer(folder: Path) -> Any:
    """The explorer of a store, for several people."""
    return create_app(folder)


def drawn(people: People, name: str) -> Draw:
    """A draw that is there."""
    found = one_draw(people, name)
    assert found is not None
    return found
