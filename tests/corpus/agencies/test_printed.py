"""Names in running text: every formula on its examples, and where a name begins and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.agencies.printed import Formula, formulas, is_name, names_in, tidy
from corpus.agencies.resolve import resolve_agency
from corpus.text.normalise import normalise


@pytest.mark.parametrize("formula", formulas(), ids=lambda f: f.id)
def test_formulas_find_their_examples_and_nothing_else(formula: Formula) -> None:
    def found(text: str) -> list[str]:
        return [p.name for p in names_in(normalise(text), formula.where) if p.formula == formula.id]

    for text, name in formula.yes:
        assert name in found(text), text
    for text in formula.no:
        assert found(text) == [], text


@pytest.mark.parametrize(
    ("raw", "office", "name", "cut"),
    [
        ("现公布云岭县水务局", False, "云岭县水务局", ""),
        ("云岭县水务局办公室", True, "云岭县水务局", "办公室"),
        ("云岭县水务局政务公开办公室", True, "云岭县水务局", "政务公开办公室"),
        ("青田县人民政府信息公开工作领导小组办公室", True, "青田县人民政府", "信息公开工作领导小组办公室"),
        ("云岭县公安局指挥中心办公室", True, "云岭县公安局", "指挥中心办公室"),
        # an office that is an agency of its own keeps its name
        ("青田县人民政府外事办公室", True, "青田县人民政府外事办公室", ""),
        ("青田县金融工作办公室", True, "青田县金融工作办公室", ""),
    ],
)
def test_names_are_cut_free(raw: str, office: bool, name: str, cut: str) -> None:
    found = tidy(raw, office=office)
    assert found is not None
    assert (found[0], found[3]) == (name, cut)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("和平县教育局", True), ("县教育局", True), ("青田县", True), ("云岭县", True), ("大港头镇", True), ("开发区管委会", True),
        ("和教育局", False), ("我局", False), ("本分局", False), ("管委会", False), ("各乡镇", False), ("市人民", False), ("县政府", False),
        ("有关部门", False), ("中华人民共和国", False), ("全县", False),
    ],
)  # fmt: skip
def test_what_is_a_name(words: str, expected: bool) -> None:
    assert is_name(words) is expected


@pytest.mark.parametrize(
    ("text", "where", "names"),
    [
        ("现公布教育部2014年政府信息公开工作年度报告。", "preamble", ["教育部"]),
        ("现公布宣传部2014年政府信息公开工作年度报告。", "preamble", []),
        ("2014年,教育部高度重视政府信息公开工作。", "narrative", []),
    ],
)
def test_ministries_are_named_without_the_state_in_their_own_reports(text: str, where: str, names: list[str]) -> None:
    assert [p.name for p in names_in(normalise(text), where)] == names


@given(st.text(alphabet="由请与现将公布联系云岭县水务局政府办公室信息开年度报告编制，。（）《》2021 ", max_size=60))
def test_names_stand_where_they_are_said_to(text: str) -> None:
    for where in ("line", "preamble", "narrative"):
        for p in names_in(normalise(text), where):
            assert normalise(text[p.start : p.end]).text == p.name
            assert not p.name.endswith("人民")


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("沐阳县人民政府", ["沭阳县"]),
        ("毫州市教育局", ["亳州市"]),
        ("肃宁裕固族自治县人民政府", ["肃南裕固族自治县"]),
        ("云岭县水务局", []),
    ],
)
def test_a_slip_in_a_place_gives_candidates_and_no_certainty(name: str, candidates: list[str]) -> None:
    agency = resolve_agency(name)
    assert agency.certainty == "open"
    assert [c.county or c.prefecture for c in agency.candidates] == candidates


def test_places_in_parentheses_leave_it_open() -> None:
    agency = resolve_agency("北京大兴国际机场临空经济区（廊坊）管理委员会")
    assert (agency.certainty, agency.kind) == ("open", "zone")
    assert {c.division_code for c in agency.candidates} == {"110000", "131000"}
