"""Distinctive words against a hand-worked case, names left out, keywords in context, quotations."""

from __future__ import annotations

import doctest
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpus.errors import UsageError
from gongkai.compare import words
from gongkai.compare.frame import study
from gongkai.compare.words import distinctive_words, fighting_words, keyword_in_context, quotations, stop_words, terms
from tests.support.compare_store import Rows
from tests.support.small_store import report, small_store


def passage(rid: str, text: str, start: int = 0, label: str = "problem") -> dict[str, Any]:
    return {
        "report_id": rid,
        "passage_id": f"{rid}.p{start}",
        "text": text,
        "start": start,
        "end": start + len(text),
        "label": label,
    }


@pytest.fixture
def store(tmp_path: Path) -> Any:
    reports = [report(f"{code}.education", year) for year in (2022, 2023) for code in ("110101", "110102", "110105", "110106")]
    rows = []
    for r in reports:
        own = "信息更新不及时，栏目维护慢。" if r["year"] == 2022 else "业务培训偏少，人员变动频繁。"
        rows += [passage(r["report_id"], own), passage(r["report_id"], "公开内容有待丰富。", 40)]
    rows.append(passage("110101.education/2022", "下一步加强培训。", 80, "improvement"))
    return small_store(tmp_path / "s", reports=reports, passages=rows)


def test_hand_worked_log_odds() -> None:
    # two groups, two words: y = [[3, 1], [1, 5]], prior of 10 words shared as 4 : 6
    delta, z = fighting_words([[3, 1], [1, 5]], 10)
    expected = math.log((3 + 4) / (4 + 10 - 3 - 4)) - math.log((1 + 4) / (6 + 10 - 1 - 4))
    assert delta[0, 0] == pytest.approx(expected)
    assert z[0, 0] == pytest.approx(expected / math.sqrt(1 / 7 + 1 / 5))
    assert delta[1, 0] == pytest.approx(-delta[0, 0])
    assert delta[0, 1] == pytest.approx(math.log((1 + 6) / (14 - 7)) - math.log((5 + 6) / (16 - 11)))


def test_groups_are_told_apart_by_their_words(store: Any) -> None:
    rows = distinctive_words(store, study(store, ("year",)), top=20).to_pylist()
    of = {year: {r["term"] for r in rows if r["year"] == year} for year in ("2022", "2023")}
    assert "栏目" in of["2022"]
    assert "业务培训" in of["2023"]
    assert not of["2022"] & of["2023"]
    row = next(r for r in rows if r["term"] == "栏目")
    assert (row["count"], row["reports"], row["clusters"], row["share_others"]) == (4, 4, 4, 0)


def test_one_agencys_wording_is_no_groups(store: Any) -> None:
    with pytest.raises(UsageError, match="no group holds 5 agencies"):
        distinctive_words(store, study(store, ("year",)), least=5)


def test_one_group_is_not_compared(store: Any) -> None:
    with pytest.raises(UsageError, match="1 group"):
        distinctive_words(store, study(store, ()))
    with pytest.raises(UsageError, match="not above 0"):
        distinctive_words(store, study(store, ("year",)), prior=0)


def test_names_digits_and_stop_words_are_left_out() -> None:
    assert doctest.testmod(words).failed == 0
    assert "不及时" in set(terms("信息更新不及时"))
    found = set(terms("2023年我们进一步加强信息更新12次"))
    assert "信息" in found
    assert not found & stop_words()
    assert not any(c.isdigit() for t in found for c in t)


def test_keyword_in_context(store: Any) -> None:
    rows = keyword_in_context(store, "培训", width=2).to_pylist()
    assert [(r["left"], r["hit"], r["right"], r["label"]) for r in rows if r["year"] == 2022] == [
        ("加强", "培训", "。", "improvement")
    ]
    assert len(rows) == 5
    first = rows[0]
    assert first["end"] - first["start"] == 2
    assert keyword_in_context(store, "培训|栏目", regex=True, labels=["problem"]).num_rows == 8
    with pytest.raises(UsageError, match="regular expression"):
        keyword_in_context(store, "(", regex=True)


def test_quotations_take_turns_between_agencies(store: Any) -> None:
    texts = {p["passage_id"]: p for p in store.table("passages").to_pylist()}
    rows = [
        {"report_id": p["report_id"], "passage_id": p["passage_id"], "facet": "content", "start": p["start"], "end": p["end"]}
        for p in texts.values() if p["text"].startswith("公开内容")
    ]  # fmt: skip
    twice = [{**rows[0], "end": rows[0]["end"] - 1}]
    found = quotations(store, study(store, ("year",)), pa.Table.from_pylist(rows + twice), "content", each=4).to_pylist()
    assert len(found) == 8
    for year in ("2022", "2023"):
        assert len({r["agency_name"] for r in found if r["year"] == year}) == 4
    assert all(texts[r["passage_id"]]["text"].startswith(r["quote"]) for r in found)
    assert quotations(store, study(store, ("agency",)), pa.Table.from_pylist(rows), "content", each=1).column_names[:2] == [
        "agency",
        "agency_name",
    ]


def test_a_passage_that_several_reports_have_is_one_wording(tmp_path: Path) -> None:
    rows = Rows()
    same = "公开栏目的维护机制还不够健全和完善，栏目更新慢。"
    for k in range(4):
        rows.report(f"a{k}", [("problem", same)], agency_id=f"a{k}", kind="x")
        rows.report(
            f"b{k}", [("problem", f"办理{'流程' * (k + 1)}的能力还不够强，培训偏少，业务生疏。")], agency_id=f"b{k}", kind="y"
        )
    store = rows.store(tmp_path)
    found = distinctive_words(store, study(store, ("kind",)), phrases=False).to_pylist()
    assert {r["kind"] for r in found} == {"y"}  # four agencies of x have one passage
    assert {r["clusters"] for r in found if r["term"] == "培训"} == {4}


def test_terms_of_three_reports_an_agency_are_judged_by_agencies(tmp_path: Path) -> None:
    """Each agency says its own words in all its years; groups do not differ, and no term sets them apart more than chance."""
    rng = np.random.default_rng(4)
    words = ["栏目", "培训", "流程", "渠道", "解读", "考核", "平台", "档案"]
    said = []
    for n in range(8):
        rows = Rows()
        for k in range(12):
            own = rng.choice(words, 2, replace=False)
            for year in (2021, 2022, 2023):
                text = f"{own[0]}不足，{own[1]}不足。"
                rows.report(f"r{k}-{year}", [("problem", text)], agency_id=f"a{k}", kind="xy"[k % 2], year=year)
        store = rows.store(tmp_path / str(n))
        found = distinctive_words(store, study(store, ("kind",)), phrases=False).to_pylist()
        said.append(min((r["p_family"] for r in found), default=1.0))
        assert all(0 < r["p"] <= r["p_family"] <= 1 for r in found)
    assert sum(p < 0.05 for p in said) <= 2
    assert max(said) > 0.2
