"""Corrections in the browser: written to the one file that everything reads, undone, refused with the reason, and none lost."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import gongkai
from gongkai.correcting import template
from gongkai.correction_file import add_lines, read_lines
from gongkai.corrections import COLUMNS, FURTHER
from gongkai.export import export
from gongkai.web.reviewing import pages
from gongkai.web.reviewing.saving import CORRECTION
from gongkai.web.writing.people import People, Written
from tests.support.explorer import HOME, SCRIPT, client, three_reports, tree

IN_PROCESS = True

HERE = {"origin": HOME, "sec-fetch-site": "same-origin"}


@pytest.fixture
def opened(tmp_path: Path) -> tuple[TestClient, Path]:
    """The explorer of three reports; 张三 writes."""
    three_reports(tmp_path / "s")
    return signed(client(tmp_path / "s")), tmp_path / "s"


def signed(browser: TestClient, name: str = "张三") -> TestClient:
    token = tree(browser.get("/name").text).xpath("//input[@name='form_token']/@value")[0]
    sent = browser.post("/write/name", data={"form_token": token, "who": "", "name": name, "back": "/"}, headers=HERE)
    assert sent.status_code == 303
    return browser


def form(browser: TestClient, path: str, action: str = "/write/correct") -> dict[str, str | list[str]]:
    """The fields of the form of a page, as they stand."""
    page = tree(browser.get(path).text)
    (found,) = page.xpath(f"//form[@action='{action}']")[:1]
    fields: dict[str, str | list[str]] = {
        i.get("name"): i.get("value", "") for i in found.xpath(".//input[not(@type='checkbox')]")
    }
    for box in found.xpath(".//input[@type='checkbox'][@checked]"):
        fields.setdefault(box.get("name"), [])
        fields[box.get("name")].append(box.get("value"))  # type: ignore[union-attr]
    fields |= {a.get("name"): a.text or "" for a in found.xpath(".//textarea")}
    fields |= {s.get("name"): s.xpath("string(./option[@selected]/@value)") for s in found.xpath(".//select")}
    return fields


def send(browser: TestClient, path: str, changes: Mapping[str, object], action: str = "/write/correct") -> int:
    return browser.post(action, data={**form(browser, path, action), **changes}, headers=HERE).status_code


def passage(folder: Path, label: str = "problem") -> dict[str, object]:
    return dict(gongkai.load(folder, corrections=False).rows("passages", [("label", "=", label)])[0])


def test_a_label_overrides_the_model_everywhere_and_is_undone(opened: tuple[TestClient, Path], tmp_path: Path) -> None:
    browser, folder = opened
    row = passage(folder)
    path = f"/review/{row['report_id']}/p{row['start']}"
    answer = browser.post(
        "/write/correct",
        data={**form(browser, path), "new.label": "platform", "new.facets": [], "note": "见原文"},
        headers=HERE,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/report/{row['report_id']}#p{row['start']}"
    report = tree(browser.get(f"/report/{row['report_id']}").text)
    (shown,) = report.xpath(f"//div[@id='p{row['start']}']")
    assert shown.get("data-label") == "platform"
    assert shown.xpath(".//span[@class='v v-human']")
    now = gongkai.load(folder)
    (read,) = [r for r in now.table("passages").to_pylist() if r["human"]]
    assert (read["label"], read["classifier"], sorted(read["human"])) == (
        "platform",
        "human",
        ["facets", "label"] if row["facets"] else ["label"],
    )
    export(now, "csv", tmp_path / "out", only=["passages"])
    assert ",human" in (tmp_path / "out" / "passages.csv").read_text(encoding="utf-8-sig")
    # the snapshot follows: search and filters count it as corrected
    assert browser.get("/search?label=platform&q=").status_code == 200
    assert tree(browser.get("/corrections").text).xpath("//span[@class='v v-holds']")
    lines = read_lines(folder)[1]
    assert {(x["coder"], x["reason"], x["source"]) for x in lines} == {
        ("张三", "见原文", now.report(str(row["report_id"])).source)
    }
    for _ in lines:
        assert send(browser, "/corrections", {}, "/write/undo") == 303
    assert read_lines(folder)[1] == []
    history = People(folder).history(CORRECTION)
    assert len(history) == 2 * len(lines)
    assert all("undone" in a.value for a in history[: len(lines)])
    text = tree(browser.get("/corrections").text).xpath("string(//section[@id='history'])")
    assert "已撤销" in text
    assert "见原文" in text


def test_joins_and_checks_follow_a_corrected_metric(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    join = gongkai.load(folder).rows("joins", [("verdict", "=", "disagrees")])[0]
    key = join["mention_id"].removeprefix(f"{join['report_id']}.")
    queue = tree(browser.get("/review?why=disagrees").text)
    assert queue.xpath(f"//table//a[@href='/review/{join['report_id']}/{key}']")
    assert send(browser, f"/review/{join['report_id']}/{key}", {"new.value": f"{join['table_value']:.0f}．０"}) == 303
    where = [("report_id", "=", join["report_id"]), ("indicator", "=", join["indicator"])]
    assert "disagrees" not in [j["verdict"] for j in gongkai.load(folder).rows("joins", where)]
    queue = tree(browser.get("/review?why=disagrees").text)
    assert not queue.xpath(f"//table//a[@href='/review/{join['report_id']}/{key}']")
    sentence = tree(browser.get(f"/report/{join['report_id']}").text)
    assert sentence.xpath(f"//a[@id='{key}']/following-sibling::*[1][@class='v v-human']"), "said where it stands"
    assert len(sentence.xpath("//section[@id='narrative']//p[@lang]/span[@class='v v-human']")) == 1


def test_a_paragraph_that_is_cut_says_so(opened: tuple[TestClient, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    browser, folder = opened
    m = next(m for m in gongkai.load(folder).rows("mentions", []) if m["start"] > 100)
    path = f"/review/{m['report_id']}/{m['mention_id'].removeprefix(m['report_id'] + '.')}"
    whole = tree(browser.get(path).text).xpath("string(//blockquote)")
    monkeypatch.setattr(pages, "_AROUND", 2)
    cut = tree(browser.get(path).text).xpath("string(//blockquote)")
    assert "…" not in whole
    before, _, behind = whole.partition(m["text"])
    assert cut == f"{'…' * (len(before) > 2)}{before[-2:]}{m['text']}{behind[:2]}{'…' * (len(behind) > 2)}"
    assert "…" in cut


def test_what_is_right_leaves_the_queue(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    join = gongkai.load(folder).rows("joins", [("verdict", "=", "disagrees")])[0]
    path = f"/review/{join['report_id']}/{join['mention_id'].removeprefix(join['report_id'] + '.')}"
    assert send(browser, path, {"confirm": "1"}) == 303
    assert send(browser, path, {"confirm": "1"}) == 303
    assert len(read_lines(folder)[1]) == 1  # sent twice, written once
    assert not tree(browser.get("/review?why=disagrees").text).xpath(f"//table//a[@href='{path}']")
    assert tree(browser.get("/review?state=done").text).xpath(f"//table//a[@href='{path}']")
    assert gongkai.load(folder).rows("joins", [("verdict", "=", "disagrees")])


def test_a_cell_of_a_table_as_printed_is_corrected(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(
        "# 临江市民政局2015年政府信息公开工作年度报告\n\n一、概述\n\n2015年，我局主动公开信息12条。\n\n"
        "|指标|数量|\n|---|---|\n|主动公开|l2|\n|其他||\n",
        encoding="utf-8",
    )
    gongkai.tag(tmp_path / "in", tmp_path / "s")
    browser = signed(client(tmp_path / "s"))
    wrong, blank = (r for r in gongkai.load(tmp_path / "s").rows("grids", []) if r["text"] in ("l2", ""))
    rid, at = wrong["report_id"], f"g{wrong['start']}.r{wrong['row']}c1"
    path = f"/review/{rid}/{at}"
    assert tree(browser.get(f"/report/{rid}").text).xpath(f"//td[@id='{at}']/a[@href='{path}']/text()") == ["l2"]
    assert send(browser, path, {"new.text": "12"}) == 303
    assert send(browser, path, {"new.text": " 1\r\n2=A1 "}) == 303  # corrected again: the quote is still what is printed
    assert send(browser, f"/review/{rid}/g{blank['start']}.r{blank['row']}c1", {"new.text": "0"}) == 303
    assert send(browser, f"/review/{rid}/g{blank['start']}.r{blank['row']}c1", {"new.text": ""}) == 303
    assert [(x["table"], x["quote"], x["old"], x["new"], x["item"]) for x in read_lines(tmp_path / "s")[1]] == [
        ("grids", "l2", "l2", "12", f"r{wrong['row']}c1"), ("grids", "l2", "12", "1\n2=A1", f"r{wrong['row']}c1"),
        ("grids", "", "", "0", f"r{blank['row']}c1"), ("grids", "", "0", "", f"r{blank['row']}c1"),
    ]  # fmt: skip
    for again in (False, True):  # tagged again it stands as well
        if again:
            gongkai.tag(tmp_path / "in", tmp_path / "s", overwrite=True)
        now = gongkai.load(tmp_path / "s")
        assert [r["text"] for r in now.rows("grids", []) if r["human"]] == ["1\n2=A1", ""]
        assert all(o.applied for o in now.corrected("grids")[1])
    (shown,) = tree(client(tmp_path / "s").get(f"/report/{rid}").text).xpath(f"//td[@id='{at}']")
    assert "1\n2=A1" in shown.text_content()
    assert shown.xpath(".//span[@class='v v-human']")
    listed = tree(browser.get("/corrections").text)
    assert len(listed.xpath("//span[@class='v v-holds']")) == 4
    assert listed.xpath(f"//table//a[@href='{path}']")
    assert f",grids,{wrong['start']},{wrong['end']},l2,text," in template(now, rid)


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("passages", {"new.label": "nonsense"}, "不在可选范围"),
        ("passages", {"new.label": "disclosure", "new.facets": ["timeliness"]}, "不相配"),
        ("passages", {"new.facets": ["timeliness", "timeliness", "general"]}, "不相配"),
        ("passages", {}, "没有改动"),
        ("mentions", {"new.value": "十二"}, "不是数字"),
        ("mentions", {"new.value": "nan"}, "不是数字"),
        ("mentions", {"new.value": "1e999"}, "不是数字"),
        ("mentions", {"new.value": ""}, "不能为空"),
        ("mentions", {"new.scope": "half"}, "不在可选范围"),
        ("mentions", {"new.value_to": "-5"}, "区间上限"),
        ("mentions", {"new.indicator": SCRIPT}, "不在可选范围"),
        ("cells", {"new.value": ""}, "有数值"),
        ("cells", {"new.state": "dash"}, "有数值"),
        ("reports", {"new.year": "20222"}, "不合理"),
        ("reports", {"new.year": "二〇二二"}, "不是数字"),
        ("reports", {"new.agency": " "}, "不能为空"),
    ],
)  # fmt: skip
def test_inadmissible_values_are_refused_with_the_reason(
    shared: tuple[TestClient, Path], kind: str, changes: dict[str, object], said: str
) -> None:
    browser, folder = shared
    store = gongkai.load(folder)
    rows = store.rows(
        kind, [("state", "=", "value")] if kind == "cells" else [("label", "=", "problem")] if kind == "passages" else []
    )
    row = rows[0]
    at = {
        "passages": f"p{row.get('start')}", "mentions": str(row.get("mention_id")).removeprefix(f"{row['report_id']}."),
        "cells": f"c-{row.get('code')}", "reports": "report",
    }[kind]  # fmt: skip
    path = f"/review/{row['report_id']}/{at}"
    answer = browser.post("/write/correct", data={**form(browser, path), **changes}, headers=HERE)
    assert answer.status_code == 400
    page = tree(answer.text)
    assert said in page.xpath("string(//div[@role='alert'])")
    assert not page.xpath("//img | //script[not(@src)]")
    assert not (folder / "corrections.csv").exists()
    assert People(folder).history(CORRECTION) == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, Path]:
    """An explorer whose results nobody corrects."""
    folder = tmp_path_factory.mktemp("refused") / "s"
    three_reports(folder)
    return signed(client(folder)), folder


@pytest.mark.parametrize(
    "path",
    [
        "/review/nope/p0",
        "/review/nope/report",
        "/review/{id}/p999999",
        "/review/{id}/c-t9.x",
        "/review/{id}/%2e%2e%2fx",
        "/review/{id}/c-../../x",
    ],
)
def test_things_that_are_not_there(shared: tuple[TestClient, Path], path: str) -> None:
    browser, folder = shared
    report_id = gongkai.load(folder).rows("reports", [])[0]["report_id"]
    assert browser.get(path.format(id=report_id)).status_code == 404


def test_who_comes_second_is_told_what_stands(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    row = passage(folder)
    path = f"/review/{row['report_id']}/p{row['start']}"
    first, second = form(browser, path), form(browser, path)
    assert (
        browser.post("/write/correct", data={**first, "new.label": "other", "new.facets": []}, headers=HERE).status_code == 303
    )
    late = browser.post("/write/correct", data={**second, "new.label": "service", "new.facets": []}, headers=HERE)
    assert late.status_code == 409
    assert "other" in late.text
    # a browser says which page the form was on; one of another site is no place to go back to
    for referer, back in ((f"{HOME}{path}?lang=zh", [f"{path}?lang=zh"]), (f"http://evil.example{path}", [])):
        refused = browser.post(
            "/write/correct", data={**second, "new.label": "service", "new.facets": []}, headers={**HERE, "referer": referer}
        )
        assert tree(refused.text).xpath("//a[text()='返回填写的表单']/@href") == back
    assert {x["new"] for x in read_lines(folder)[1] if x["field"] == "label"} == {"other"}


def test_many_tabs_lose_nothing(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    rows = gongkai.load(folder).rows("passages", [("label", "=", "disclosure")])[:4]
    forms = [form(browser, f"/review/{r['report_id']}/p{r['start']}") for r in rows]
    cookies = dict(browser.cookies)
    said = []

    def post(fields: dict[str, str | list[str]]) -> None:
        other = TestClient(browser.app, base_url=HOME, follow_redirects=False, cookies=cookies)
        said.append(other.post("/write/correct", data={**fields, "new.label": "service"}, headers=HERE).status_code)

    threads = [threading.Thread(target=post, args=(f,)) for f in forms]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert said == [303] * len(rows)
    assert len(read_lines(folder)[1]) == len(rows) == len(People(folder).history(CORRECTION))


def _add(folder: Path, who: str, times: int) -> None:
    people = People(folder)
    for n in range(times):
        line = {**dict.fromkeys((*COLUMNS, *FURTHER), ""), "report_id": f"{who}{n}", "coder": who, "new": "x"}
        people.write(who, CORRECTION, "", [Written(f"{who}{n}", line)], beside=lambda line=line: add_lines(folder, [line]))  # type: ignore[misc]


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "corrections.csv").write_text(
        "report_id,table,start,end,quote,field,old,new,coder,date,reason,备注\nown,,,,,,,x,李,,,=1\n", encoding="gb18030"
    )
    processes = [multiprocessing.get_context("spawn").Process(target=_add, args=(tmp_path, f"w{k}", 5)) for k in range(3)]
    for p in processes:
        p.start()
    for p in processes:
        p.join(60)
    columns, lines = read_lines(tmp_path)
    assert {x["report_id"] for x in lines} == {"own", *(f"w{k}{n}" for k in range(3) for n in range(5))}
    assert len(People(tmp_path).history(CORRECTION)) == 15
    # what a person made is kept: the column of one's own, and the file as it was
    assert "备注" in columns
    assert next(x for x in lines if x["report_id"] == "own")["备注"] == "=1"
    assert len(list((tmp_path / "explorer").glob("corrections-*.csv"))) >= 1


def test_one_that_no_longer_fits_is_listed_not_lost(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    row = passage(folder)
    line = {
        **dict.fromkeys((*COLUMNS, *FURTHER), ""), "report_id": str(row["report_id"]), "table": "passages", "start": "3", "end": "9",
        "quote": "没有写过的一句。", "field": "label", "old": "problem", "new": "other", "coder": SCRIPT, "reason": SCRIPT,
    }  # fmt: skip
    add_lines(folder, [line, {**line, "report_id": "0" * 16, "source": "x/../y.pdf"}])
    page = tree(browser.get("/corrections").text)
    assert len(page.xpath("//span[@class='v v-fails']")) == 2
    assert "已没有这段引文" in page.text_content()
    assert "没有这份报告" in page.text_content()
    assert not page.xpath("//img | //script[not(@src)]")
    assert SCRIPT in page.text_content()


def test_without_a_name_or_token_nothing_is_written(opened: tuple[TestClient, Path]) -> None:
    browser, folder = opened
    row = passage(folder)
    fields = {**form(browser, f"/review/{row['report_id']}/p{row['start']}"), "new.label": "other", "new.facets": []}
    assert browser.post("/write/correct", data={**fields, "form_token": "0" * 64}, headers=HERE).status_code == 403
    assert browser.post("/write/correct", data=fields, headers={"origin": "http://evil.example"}).status_code == 403
    assert browser.post("/write/correct", data={**fields, "who": "李四"}, headers=HERE).status_code == 409
    stranger = client(folder)
    assert stranger.post("/write/correct", data=fields, headers=HERE).status_code == 403
    assert not (folder / "corrections.csv").exists()
