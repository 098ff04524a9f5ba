"""Coding pages: what coders see and what they do not, what is refused, what is taken back; nothing of a report ever runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gongkai.store_access import Store
from gongkai.web.coding.codings import CODE, codings, given_code, training_lines
from gongkai.web.coding.draws import DESIGNS, draws
from gongkai.web.coding.handed_on import coded_sheet, sheet_of_browser
from gongkai.web.writing import people as people_module
from gongkai.web.writing.people import People
from tests.support.coders import HERE, Coder, drawn, explorer, study_store
from tests.support.compare_store import LATE, Rows
from tests.support.explorer import SCRIPT, tree


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """What is written need not be on the disk in a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people_module, "SYNC", "OFF")
        yield


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The explorer of twelve reports of four passages; a test draws with its own seed and so has its own sample."""
    folder = tmp_path_factory.mktemp("coding") / "s"
    study_store(folder, 12)
    return explorer(folder)


def facts(coder: Coder, draw: str) -> dict[str, str]:
    """Labels by place (from 1) as this coder gave them."""
    found = codings(coder.people, drawn(coder.people, draw))
    places = found.draw.places
    return {str(places[i] + 1): given_code(by[coder.name]).label for i, by in found.codes.items() if coder.name in by}


def test_one_goes_back_changes_and_takes_back(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="3", seed="1")
    one.open(f"/coding/{draw}")
    for label in ("problem", "x", "other"):
        where = one.send("/write/coding/code", label=label)
    assert where.endswith("at=4")
    one.open(f"/coding/{draw}?at=2")
    assert one.page.xpath("//input[@name='label' and @checked]/@value") == ["x"]
    one.send("/write/coding/code", label="request", comment="再看")
    assert facts(one, draw) == {"1": "problem", "2": "request", "3": "other"}
    where = one.send("/write/coding/undo")
    assert where.endswith("at=2")
    assert facts(one, draw)["2"] == "x"
    assert [a.value["label"] for a in one.people.history(CODE, draw) if a.before] == ["x", "request"]
    assert "3 / 12" in one.page.text_content()


def test_facets_go_with_the_labels_that_take_them(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="simple", n="5", seed="2")
    one.send("/write/coding/code", label="problem", facet=["timeliness", "capacity"])
    one.send("/write/coding/code", label="disclosure", facet=["timeliness"])
    by = [given_code(a["甲"]) for a in codings(one.people, drawn(one.people, draw)).codes.values()]
    assert [c.says for c in by] == [("problem", ("capacity", "timeliness"), (), ""), ("disclosure", (), (), "")]


def test_further_labels_bring_facets_and_reach_the_sheet_and_the_training(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="simple", n="5", seed="21")
    one.send("/write/coding/code", label="disclosure", also=["problem", "disclosure"], facet=["timeliness"])
    one.send("/write/coding/code", label="x", also=["problem"], facet=["timeliness"])
    found = codings(one.people, drawn(one.people, draw))
    by = [given_code(a["甲"]).says for a in found.codes.values()]
    assert by == [("disclosure", ("timeliness",), ("problem",), ""), ("x", (), (), "")]
    assert [r["also"] for r in found.sheet() if r["label"]] == ["problem", ""]
    assert [(t.also, t.facets) for t in found.tasks()] == [(("problem",), ("timeliness",))]
    assert '"also": ["problem"]' in training_lines(one.people, {draw: found.draw}).lines[0]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"label": "nope"}, 400), ({"label": "problem", "facet": ["nope"]}, 400), ({"label": "problem", "also": ["nope"]}, 400), ({"label": "problem", "facet": ["general", "format"]}, 400),
        ({}, 400), ({"label": ["problem", "other"]}, 400), ({"label": "problem", "comment": "x" * 2001}, 400), ({"label": "problem", "seen": "-1"}, 400),
        ({"label": "problem", "passage": "r000.p9999"}, 400), ({"label": "problem", "draw": "nope"}, 400), ({"label": "problem", "draw": "../../x"}, 400),
        ({"label": "problem", "state": "nope"}, 400), ({"label": "problem", "who": "乙"}, 409), ({"label": "problem", "form_token": "x"}, 403),
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused_and_nothing_kept(app: Any, changes: dict[str, Any], status: int) -> None:
    one = Coder(app, "丁")
    draw = one.draw(by="reports", n="2", seed="3")
    assert one.post("/write/coding/code", **changes).status_code == status
    assert facts(one, draw) == {}


def test_nobody_writes_without_a_name(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="2", seed="4")
    form = dict(one.form("/write/coding/code").form_values())
    del one.pages.cookies["gongkai_name"]
    assert one.pages.post("/write/coding/code", data={**form, "label": "other"}, headers=HERE).status_code == 403
    page = one.open(f"/coding/{draw}")
    assert [f.action for f in page.forms] == ["/write/name"]


def test_the_model_is_read_once_for_a_draw(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="2", seed="31")
    one.code_all(draw, lambda text: ("supervision", []))
    first = one.open(f"/coding/{draw}/agreement").text_content()
    monkeypatch.setattr(Store, "rows", lambda *_: pytest.fail("read again"))
    assert one.open(f"/coding/{draw}/agreement").text_content() == first


def test_two_tabs_of_one_coder_do_not_overwrite_each_other_unseen(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="2", seed="5")
    assert one.post("/write/coding/code", label="problem").status_code == 303
    assert one.post("/write/coding/code", label="problem").status_code == 303, "the same once more"
    late = one.post("/write/coding/code", label="other")
    assert late.status_code == 409
    assert "甲" in late.text
    assert facts(one, draw) == {"1": "problem"}


def test_coders_are_blind_to_each_other_and_to_the_model(app: Any) -> None:
    one, two = Coder(app, "甲"), Coder(app, "乙")
    draw = one.draw(by="reports", n="2", seed="6")
    one.code_all(draw, lambda text: ("supervision", []), opened=1)
    page = two.open(f"/coding/{draw}")
    assert page.xpath("//input[@checked]") == []
    assert "/report/" not in "".join(page.xpath("//main//a/@href"))
    two.send("/write/coding/code", label="other")
    for path in ("agreement", "differences", "sheet.csv"):
        refused = two.pages.get(f"/coding/{draw}/{path}")
        assert refused.status_code == 403
        assert "7段" in refused.text
        assert one.pages.get(f"/coding/{draw}/{path}").status_code == 200
    assert two.post("/write/coding/code", label="other").status_code == 303


def test_differences_of_sections_are_settled_too_and_a_decision_is_not_overwritten_unseen(app: Any) -> None:
    one, two, three = Coder(app, "甲"), Coder(app, "乙"), Coder(app, "丙")
    draw = one.draw(by="reports", n="2", seed="8")
    for coder, state in ((one, "absent"), (two, "")):
        coder.open(f"/coding/{draw}")
        for _ in range(8):
            coder.send("/write/coding/code", label="other", state=state)
    found = codings(one.people, drawn(one.people, draw))
    assert found.differing() == []
    assert len(found.states_differing()) == 2
    three.open(f"/coding/{draw}/differences")
    one.open(f"/coding/{draw}/differences")
    three.send("/write/coding/decide", take="甲")
    assert one.post("/write/coding/decide", take="乙").status_code == 409
    three.send("/write/coding/decide", take="", state="nothing")
    found = codings(one.people, drawn(one.people, draw))
    assert found.open() == 0
    assert sorted({r["s5_state"] for r in found.sheet()}) == ["absent", "nothing"]
    assert "丙" in three.page.text_content()


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_is_drawn_once_and_coded(app: Any, design: str) -> None:
    one = Coder(app, "甲")
    wish = {"by": design, "n": "6", "seed": "9", "stratum": ["year"] if design == "stratified" else []}
    draw = one.draw(**wish)
    assert one.draw(**wish) == draw
    assert draw in draws(one.people)
    rows = drawn(one.people, draw).rows
    assert all((r["inclusion_probability"] == "") is (design == "uncertainty") for r in rows)
    assert not any(r["suggested_label"] for r in rows)
    page = one.open("/coding")
    assert len(page.xpath(f"//section[@id='{draw}']")) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"by": "reports", "n": "1"}, {"by": "reports", "n": "13"}, {"by": "simple", "n": "0"}, {"by": "simple", "n": "2001"},
        {"by": "stratified", "n": "6", "stratum": []}, {"by": "simple", "n": "6", "stratum": ["year"]}, {"by": "stratified", "n": "6", "stratum": ["nope; DROP"]},
        {"by": "active", "n": "4", "stratum": ["year"]}, {"by": "nope", "n": "4"}, {"by": "simple", "n": "x"}, {"by": "simple", "n": "4", "allocate": "nope"},
    ],
)  # fmt: skip
def test_a_draw_that_cannot_be_made_is_refused_with_why(app: Any, wish: dict[str, Any]) -> None:
    one = Coder(app, "甲")
    one.open("/coding")
    before = set(draws(one.people))
    answer = one.post("/write/coding/draw", seed="10", **wish)
    assert answer.status_code == 400
    said = tree(answer.text).xpath("string(//main)")
    assert "nope" in str(wish) or re.findall(r"[A-Za-z]{2,} +[a-z]{2,}", said) == []
    assert set(draws(one.people)) == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/coding/nope", 404), ("/coding/nope/agreement", 404), ("/coding/nope/differences", 404), ("/coding/nope/sheet.csv", 404),
        ("/coding/%2e%2e%2f%2e%2e", 404), ("/coding?lang=xx", 400), ("/coding/{}?at=0", 400), ("/coding/{}?at=99", 400), ("/coding/{}?at=x", 400),
        ("/coding/{}?at=9", 400), ("/coding/{}?at=8&lang=en", 200),
    ],
)  # fmt: skip
def test_addresses_of_nothing(app: Any, path: str, status: int) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="2", seed="11")
    assert one.pages.get(path.format(draw)).status_code == status


def test_a_half_coded_report_counts_as_not_coded_and_half_a_draw_corrects_no_page(app: Any) -> None:
    one = Coder(app, "甲")
    draw = one.draw(by="reports", n="3", seed="12")
    one.open(f"/coding/{draw}")
    for _ in range(6):
        one.send("/write/coding/code", label="other")
    rows = codings(one.people, drawn(one.people, draw)).sheet()
    assert [bool(r["label"]) for r in rows] == [True] * 4 + [False] * 8
    assert draw not in str(sheet_of_browser(app.app.state.keeper.folder))
    one.code_all(draw, lambda text: ("problem", ["format"]), opened=0)
    path = sheet_of_browser(app.app.state.keeper.folder)
    assert path is not None
    assert path.name == f"{draw}.csv"
    stamp = path.stat().st_mtime_ns
    assert sheet_of_browser(app.app.state.keeper.folder) == path
    assert path.stat().st_mtime_ns == stamp, "written anew only when something was coded"


def test_single_passages_are_evaluated_by_what_was_settled(app: Any) -> None:
    one, two = Coder(app, "甲"), Coder(app, "乙")
    draw = one.draw(by="simple", n="4", seed="13")
    one.code_all(draw, lambda text: ("other", []), opened=0)
    two.code_all(draw, lambda text: ("x", []), opened=0)
    two.open(f"/coding/{draw}/differences")
    for label in ("problem", "x"):
        two.send("/write/coding/decide", take="", label=label)
    with coded_sheet(Path(f"browser:{draw}"), app.app.state.keeper.folder, of_reports=False) as path:
        assert path is not None
        text = path.read_text(encoding="utf-8-sig")
    assert text.count(",problem,") == 1
    assert text.count(",other,") == 2
    assert ",x," not in text
    lines = training_lines(one.people, {draw: drawn(one.people, draw)})
    # of two coders who differ nobody is right until it is settled; what is no passage is never learnt
    assert sorted('"problem"' in line for line in lines.lines) == [False, False, True]


def test_an_empty_section_and_hostile_text(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("r1", [("problem", SCRIPT, ("format",)), ("other", "=1+1")], agency=SCRIPT, agency_id="a")
    rows.report("r2", [LATE], agency_id="b")
    rows.report("r3", [], cells={"t3.new.natural": 1}, agency_id="c", s5="nothing")
    rows.store(tmp_path / "s")
    one = Coder(explorer(tmp_path / "s"), "甲")
    draw = one.draw(by="reports", n="3", seed="1")
    texts = []
    for _ in range(4):
        html = one.pages.get(f"/coding/{draw}?at={len(texts) + 1}").text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        texts.append(html)
        empty = not one.page.xpath("//input[@name='label']")
        one.send("/write/coding/code", **({"state": "absent"} if empty else {"label": "problem", "facet": ["format"]}))
    found = codings(one.people, drawn(one.people, draw))
    assert found.finished("甲")
    assert found.state_of("r3") == "absent"
    with coded_sheet(Path("browser"), tmp_path / "s", of_reports=True) as path:
        assert path is not None
        assert "'=1+1" in path.read_text(encoding="utf-8-sig")
    assert [t.report_id for t in found.tasks()] == ["r1", "r1", "r2"]


def test_what_people_wrote_outlives_the_results(tmp_path: Path) -> None:
    study_store(tmp_path / "s", 4)
    one = Coder(explorer(tmp_path / "s"), "甲")
    draw = one.draw(by="reports", n="2", seed="1")
    one.code_all(draw, lambda text: ("other", []), opened=0)
    for path in (tmp_path / "s").iterdir():
        if path.name != "explorer":
            path.rename(tmp_path / path.name)
    assert len(training_lines(People(tmp_path / "s"), draws(People(tmp_path / "s"))).lines) == 8
