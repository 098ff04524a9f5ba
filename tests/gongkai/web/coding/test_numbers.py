"""Numbers are found without the rules that are judged, coded blind, and tell how metrics are read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import UsageError
from gongkai.commands.evaluate import run as evaluate
from gongkai.web.coding.codings import codings
from gongkai.web.coding.handed_on import coded_codes, coded_sheet
from gongkai.web.coding.number_figures import model_numbers, number_figures
from gongkai.web.coding.numbers import NOT_READ, READ, numbers_in
from gongkai.web.writing import people as people_module
from models.taxonomy import codebook_taxonomy
from tests.support.coders import Coder, drawn, explorer
from tests.support.compare_store import Rows


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("公开1,234条、５.５万次", ["1234", "55000"]), ("2023年5月31日，第3批、第二十三条", []), ("三件、两次，一是二是", ["3", "2"]),
        ("3亿元、占100%", ["300000000", "100"]), ("下降-3.2个百分点", ["-3.2"]), ("发改〔2019〕5号、A4纸、1.2.3", []), ("", []), ("5人、20余件", ["5", "20"]),
    ],
)  # fmt: skip
def test_what_a_reader_sees_as_a_number(text: str, values: list[str]) -> None:
    found = list(numbers_in(text))
    assert [n.value for n in found] == values
    assert all(text[n.start : n.end].strip() for n in found)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Four metrics of which one has the wrong value and one the wrong indicator; two numbers that are none, one of them read as one; one missed."""
    rows = Rows()
    texts = ("收到申请7件，", "办结6件，", "热线5个，", "公开4条，", "拨打12345，", "培训3次。")
    text = "".join(texts)
    read = {
        0: ("request.received", 7.0),
        1: ("request.answered", 60.0),
        2: ("hotline.accepted", 5.0),
        3: ("disclosure.weibo", 4.0),
    }
    rows.report("r1", [("request", text)], agency_id="a", mentions=list(read.values()))
    for n, row in zip(read, rows.rows["mentions"], strict=True):
        start = len("".join(texts[: n + 1])) - 3
        row.update(start=start, end=start + 2, text=text[start : start + 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people_module, "SYNC", "OFF")
        folder = tmp_path_factory.mktemp("numbers") / "s"
        rows.store(folder)
        yield explorer(folder)


TRUTH = {
    "7": ("request.received", "7"), "6": ("request.answered", "6"), "5": ("x", "5"), "4": ("disclosure.total", "4"), "12345": ("x", "12345"),
    "3": ("supervision.trainings", "3"),
}  # fmt: skip


def test_a_draw_of_numbers_measures_how_metrics_are_read(app: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = Coder(app, "甲"), Coder(app, "乙")
    draw = one.draw(by="numbers", n="6", seed="1")
    rows = drawn(one.people, draw).rows
    assert sorted((r["printed"], r["stratum"], r["inclusion_probability"]) for r in rows) == [
        ("12345", NOT_READ, 1.0), ("3", NOT_READ, 1.0), ("4", READ, 1.0), ("5", READ, 1.0), ("6", READ, 1.0), ("7", READ, 1.0),
    ]  # fmt: skip
    for coder in (one, two):
        page = coder.open(f"/coding/{draw}")
        assert READ not in page.xpath("string(//main)")
        for n in range(6):
            printed = coder.page.xpath("//input[@name='value']/@value")[0]
            assert coder.text() == printed
            label, value = TRUTH[printed]
            wrong = coder is two and n == 0
            coder.send("/write/coding/code", label=label, value="9" if wrong else value)
    found = codings(one.people, drawn(one.people, draw))
    assert len(found.differing()) == 1
    two.open(f"/coding/{draw}/differences")
    two.send("/write/coding/decide", take="甲")
    store = app.app.state.keeper.now()[0].store
    figures = number_figures(codings(one.people, drawn(one.people, draw)), model_numbers(store, rows))
    assert (figures.n, figures.metrics) == (6, 4)
    # three of four that were read are metrics, three of four metrics were read; of these one value and one indicator are wrong
    assert figures.precision == figures.recall == 0.75
    assert figures.values == figures.indicators == pytest.approx(2 / 3)
    assert figures.both == pytest.approx(1 / 3)
    text = two.open(f"/coding/{draw}/agreement?lang=en").text_content()
    assert "Of 4 to which both gave a value, 3 have the same." in text
    assert "0.750" in text
    folder = app.app.state.keeper.folder
    evaluate([], None, store=folder, coded=Path(f"browser:{draw}"))
    assert "(recall)          0.750" in capsys.readouterr().out
    # no passages to learn from, and none that correct shares
    with pytest.raises(UsageError, match="is of numbers"), coded_sheet(Path(f"browser:{draw}"), folder, of_reports=True):
        pass
    assert coded_codes(folder) == codebook_taxonomy()
    sheet = list(csv.DictReader(one.pages.get(f"/coding/{draw}/sheet.csv").text.lstrip("\ufeff").splitlines()))
    assert len(sheet) == 13
    assert {r["quote"] for r in sheet} == set(TRUTH)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"label": "request.received", "value": ""}, 400), ({"label": "request.received", "value": "三件"}, 400), ({"label": "nope", "value": "1"}, 400),
     ({"label": "", "value": "1"}, 400), ({"label": "request.received", "value": "1e999"}, 400), ({"label": "x", "value": "anything"}, 303)],
)  # fmt: skip
def test_what_is_no_value_is_refused(app: Any, changes: dict[str, Any], status: int) -> None:
    one = Coder(app, "丁")
    draw = one.draw(by="numbers", n="3", seed="2")
    one.open(f"/coding/{draw}")
    assert one.post("/write/coding/code", **changes).status_code == status
