"""Two reports side by side: alignment, cells, indicators, and what stands in the way."""

from __future__ import annotations

import doctest
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from corpus.errors import UsageError
from extract.pipeline import analyze_bytes
from tests.support.factories import full_report, passage, prediction, sample_text

pytest.importorskip("rapidfuzz")
from gongkai.compare import pairing as module
from gongkai.compare.comparable import own_definition
from gongkai.compare.pairing import find_pair, find_report, pair_tables, side_by_side, summary

IN_PROCESS = True


@pytest.fixture(scope="module")
def two() -> Any:
    a = analyze_bytes(sample_text(year=2022, received=12, said=12).encode(), "a.txt")
    text = sample_text(year=2023, received=15, said=15).replace(
        "一、总体情况", "一、总体情况\n本机关新设政策问答专栏一个，集中答复群众来信。"
    )
    return side_by_side(a, analyze_bytes(text.encode(), "b.txt"))


def test_every_passage_stands_once_and_in_order(two: Any) -> None:
    assert [p.a[0].start for p in two.pairs if p.a] == [p.start for p in two.a.passages]
    assert sorted(p.b[0].start for p in two.pairs if p.b) == [p.start for p in two.b.passages]
    new = [p.b[0].text for p in two.pairs if p.a is None]
    assert new == ["本机关新设政策问答专栏一个，集中答复群众来信。"]


def test_a_sentence_with_other_numbers_is_the_same_sentence(two: Any) -> None:
    pair = next(p for p in two.pairs if p.a and p.b and "12件" in p.a[0].text)
    assert "15件" in pair.b[0].text
    assert pair.similarity == 1
    counts = summary(two)
    assert counts["only_b"] == 1
    assert counts["same"] == len(two.a.passages)


def test_cells_and_indicators_change(two: Any) -> None:
    cell = next(c for c in two.cells if c.code == "t3.new.total")
    assert (cell.a, cell.b, cell.difference) == (12, 15, 3)
    indicator = next(c for c in two.indicators if c.code == "request.received")
    assert indicator.difference == 3


def test_other_coverage_and_form_are_said(two: Any) -> None:
    assert two.notes == ()
    old = analyze_bytes(
        sample_text(year=2019)
        .replace("2019年政府信息公开工作年度报告", "2019年政府信息公开工作年度报告\n本报告数据涵盖所属部门和乡镇。")
        .encode(),
        "c.txt",
    )
    found = side_by_side(old, two.a)
    assert (old.identity.coverage != two.a.identity.coverage) == any("coverage" in n.en for n in found.notes)


def test_pieces_of_a_change() -> None:
    assert doctest.testmod(module).failed == 0


def test_reports_are_found_by_agency_and_year(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for year in (2022, 2023):
        (tmp_path / "in" / f"{year}.txt").write_text(sample_text(year=year), encoding="utf-8")
    (tmp_path / "in" / "again.txt").write_text(sample_text(year=2023) + "\n", encoding="utf-8")
    gongkai.tag(tmp_path / "in", tmp_path / "out")
    store = gongkai.load(tmp_path / "out")
    assert find_report(store, "临江区教育局/2022").source == "2022.txt"
    assert find_report(store, "2022.txt").identity.year == 2022
    with pytest.raises(UsageError, match="2 reports"):
        find_report(store, "临江区教育局/2023")
    with pytest.raises(UsageError, match="no report"):
        find_report(store, "临江区教育局/2020")


def test_tables_hold_both_sides(two: Any) -> None:
    tables = pair_tables(two)
    assert tables["passages"].num_rows == len(two.pairs)
    new = [r for r in tables["passages"].to_pylist() if r["text_a"] is None]
    assert [(r["text_b"], r["label_a"], r["start_a"]) for r in new] == [
        ("本机关新设政策问答专栏一个，集中答复群众来信。", None, None)
    ]
    assert two.b.text[new[0]["start_b"] : new[0]["end_b"]] == new[0]["text_b"]
    received = next(r for r in tables["cells"].to_pylist() if r["code"] == "t3.new.total")
    assert (received["a"], received["b"], received["change"]) == (12, 15, 3)
    said = next(r for r in tables["indicators"].to_pylist() if r["code"] == "request.received")
    assert (said["a"], said["b"], said["change"]) == (12, 15, 3)


def test_two_names_are_two_reports(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for agency, years in (("临江区民政局", (2021, 2022, 2023)), ("临江区教育局", (2021, 2022)), ("临江区司法局", (2019,))):
        for year in years:
            (tmp_path / "in" / f"{agency}{year}.txt").write_text(sample_text(agency, year=year), encoding="utf-8")
    gongkai.tag(tmp_path / "in", tmp_path / "out", workers=1)
    store = gongkai.load(tmp_path / "out")

    def found(a: str, b: str) -> list[str]:
        return [f"{r.identity.agency}{r.identity.year}" for r in find_pair(store, a, b)]

    assert found("临江区民政局", "临江区教育局") == ["临江区民政局2022", "临江区教育局2022"]
    assert found("临江区民政局/2021", "临江区教育局") == ["临江区民政局2021", "临江区教育局2021"]
    assert found("临江区教育局", "临江区民政局2021.txt") == ["临江区教育局2021", "临江区民政局2021"]
    assert found("临江区民政局/2021", "临江区民政局/2023") == ["临江区民政局2021", "临江区民政局2023"]
    with pytest.raises(
        UsageError, match=r"no year has a report of both \(临江区民政局: 2021, 2022, 2023; 临江区司法局: 2019\)"
    ):
        found("临江区民政局", "临江区司法局")
    with pytest.raises(UsageError, match="are years, and the store is of 3 agencies"):
        found("2021", "2022")
    with pytest.raises(UsageError, match="no report"):
        found("临江区教育局", "临江区民政局/2019")
    one = tmp_path / "one"
    gongkai.tag([tmp_path / "in" / f"临江区民政局{y}.txt" for y in (2021, 2022)], one, workers=1)
    assert [r.identity.year for r in find_pair(gongkai.load(one), "2021", "2022")] == [2021, 2022]


def _other(two: Any, which: str, **identity: Any) -> Any:
    found = getattr(two, which)
    return replace(found, identity=replace(found.identity, **identity))


@pytest.mark.parametrize(
    ("identity", "why", "said"),
    [
        ({}, "", ""),
        ({"coverage": "consolidated"}, "coverage", "统计范围不同"),
        ({"coverage": "unknown"}, "coverage", "统计范围不同或不明"),
        ({"period_start": "2023-01-01", "period_end": "2023-09-30"}, "period", "统计期限不同"),
        ({"period_start": "2023-01-01", "period_end": "2023-12-31"}, "", ""),
    ],
)
def test_counts_of_other_bodies_or_months_are_not_subtracted(two: Any, identity: Any, why: str, said: str) -> None:
    a = _other(two, "a", coverage="own")
    found = side_by_side(a, _other(two, "b", **{"coverage": "own", **identity}))
    cell = next(c for c in found.cells if c.code == "t3.new.total")
    assert (cell.a, cell.b, cell.why_not, cell.difference) == (12, 15, why, None if why else 3)
    assert [n for n in found.notes if said in n.zh] == list(found.notes)
    assert bool(found.notes) == bool(said)
    assert summary(found)["cells_changed"] == summary(two)["cells_changed"]
    row = next(r for r in pair_tables(found)["cells"].to_pylist() if r["code"] == "t3.new.total")
    assert (row["change"], row["why_no_change"]) == (None if why else 3.0, why or None)


def test_across_forms_only_what_the_concordance_links_is_subtracted() -> None:
    old = full_report(form="2019")
    new = full_report(form="2021")
    for a, b in ((old, new), (new, old)):
        cells = {c.code: c for c in side_by_side(_own(a), _own(b)).cells}
        assert cells["t2.normative.made"].why_not == ""  # 制作 continues as 制发
        parts = {c.code: c.value for c in new.cells if c.code.startswith("t3.other_") and c.code.endswith(".natural")}
        summed = cells["t3.other.natural"]
        assert sum(v for v in parts.values() if v is not None) in (summed.a, summed.b)
        assert cells["t2.normative.public_total"].why_not == "form"
        assert cells["t2.normative.effective"].why_not == "form"  # all that is open against what is in force
        assert not {"t3.other_misc.natural", "t2.normative.issued"} & set(cells)  # stand in their sum, or under the older name


def _own(found: Any) -> Any:
    return replace(found, identity=replace(found.identity, coverage="own"))


def test_rows_of_table_four_name_their_group() -> None:
    names = {c.code: c.zh for c in side_by_side(full_report(form="2021"), full_report(form="2021")).cells}
    assert names["t4.review.total"] == "行政复议 总计"
    assert names["t4.suit_direct.upheld"] == "行政诉讼 未经复议直接起诉 结果维持"
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("青河县教育局", "青河县水利局", "类型"),
        ("江苏省教育厅", "南京市教育局", "层级"),
        ("南京市教育局", "苏州市教育局", ""),
        ("南京市人民政府", "南京市教育局", "类型"),
    ],
)
def test_agencies_of_another_kind_or_level_are_told(two: Any, first: str, second: str, said: str) -> None:
    def of(name: str) -> Any:
        return replace(_other(two, "a", coverage="own", agency=name), agency=None)

    notes = side_by_side(of(first), of(second)).notes
    assert [n for n in notes if "机关不同类" in n.zh and said in n.zh] == list(notes)
    assert bool(notes) == bool(said)


def test_counts_that_each_agency_defines_are_subtracted_within_one_only(two: Any) -> None:
    assert own_definition("disclosure.website", two.a, two.b) is False
    other = replace(_other(two, "b", agency="苏州市教育局"), agency=None)
    assert own_definition("disclosure.website", two.a, other) is True
    assert own_definition("request.received", two.a, other) is False


def test_thousands_of_passages_that_are_all_alike_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    seen = []

    def watched(left: list[str], right: list[str], **given: Any) -> Any:
        seen.append(len(left) * len(right))
        return cdist(left, right, **given)

    monkeypatch.setattr(module, "_STRIP", 10_000)
    left = [f"公开栏目更新不够及时第{'甲' * (k % 7)}乙{chr(0x4E00 + k)}" for k in range(300)]
    right = [f"公开栏目更新不够及时第{'甲' * (k % 5)}丙{chr(0x4E00 + k)}" for k in range(300)]
    found = module._matched(left, right, watched, Indel.normalized_similarity)
    assert len(found) == len({j for j, _ in found.values()}) == 300  # each with one of its own
    assert max(seen) <= 10_000
    assert [module._matched(["甲乙丙", "甲乙丙"], ["甲乙丙", "甲乙丙"], watched, Indel.normalized_similarity)] == [
        {0: (0, 1.0), 1: (1, 1.0)}
    ]


def test_twice_the_passages_are_twice_the_likenesses(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    seen = []

    def watched(left: list[str], right: list[str], **given: Any) -> Any:
        seen.append(len(left) * len(right))
        return cdist(left, right, **given)

    monkeypatch.setattr(module, "_STRIP", 10_000)
    monkeypatch.setattr(module, "_AROUND", 50)
    work = []
    for size in (400, 800):
        seen.clear()
        left, right = ([f"公开栏目更新{side}及时第{chr(0x4E00 + k)}{chr(0x5E00 + k)}" for k in range(size)] for side in "甲乙")
        assert len(module._matched(left, right, watched, Indel.normalized_similarity)) > 0.8 * size
        work.append(seen[0] * len(seen))
    assert work[1] < 2.5 * work[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=9), st.lists(st.integers(0, 9), max_size=6, unique=True))
def test_what_stands_alone_is_put_behind_what_comes_before_it(paired: list[int | None], alone: list[int]) -> None:
    def pair(start: int | None) -> Any:
        return module.Pair(None, None if start is None else (passage(start=start), prediction()), 0.0)

    wanted = [pair(s) for s in paired]
    for start in sorted(alone):
        at = max((i for i, p in enumerate(wanted) if p.b is not None and p.b[0].start < start), default=-1)
        wanted.insert(at + 1, pair(start))
    assert module._put_in([pair(s) for s in paired], [pair(s) for s in sorted(alone)]) == wanted
