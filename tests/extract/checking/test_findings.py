"""Kinds of findings, and the rules of words that decide whether something is one: every example of the data files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from corpus.codebook import all_cells
from corpus.datafile import load_toml
from corpus.errors import DataError
from corpus.text.normalise import squeeze
from extract.checking import claims, findings, leftovers, wording
from tests.conftest import ROOT
from tests.support.factories import mention, passage, report

CLAIMS = [
    pytest.param(entry["id"], before, behind, wanted, id=f"{entry['id']}-{before}")
    for entry in load_toml("extract", claims.FILE)["claim"]
    for key, wanted in (("yes", True), ("no", False))
    for before, behind in entry[key]
]
#: sentences up to a number, and their rest, that set the number apart from the year's and the agency's own
ELSEWHERE = [
    pytest.param(entry["indicators"][0], before, behind, key == "yes", id=f"{entry['id']}-{before}")
    for kind in ("frame", "apart")
    for entry in load_toml("extract", claims.FILE)[kind]
    for key in ("yes", "no")
    for before, behind in entry[key]
]
OWN_CELLS = [
    pytest.param(own, text, key == "yes", id=text)
    for own, entry in zip(claims.own_cells(), load_toml("extract", claims.FILE)["own_cell"], strict=True)
    for key in ("yes", "no")
    for text in entry[key]
]
DOUBLED = [
    pytest.param(rule, text, wanted, id=text)
    for rule in wording.doubled_rules()
    for texts, wanted in ((rule.yes, True), (rule.no, False))
    for text in texts
]
LEFTOVERS = [
    pytest.param(rule, text, wanted, id=text)
    for rule in leftovers.leftover_rules()
    for texts, wanted in ((rule.yes, True), (rule.no, False))
    for text in texts
]


def test_every_kind_is_made_somewhere_and_every_kind_made_is_known() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "extract" / "checking").rglob("*.py"))
    assert [kind for kind in findings.kinds() if f'"{kind}"' not in code and "doubled_{kind}" not in code] == []


def test_the_page_on_checking_has_every_kind() -> None:
    page = (ROOT / "docs/checking.md").read_text(encoding="utf-8")
    assert [kind for kind in findings.kinds() if f"`{kind}`" not in page] == [], "docs/checking.md, Kinds"


def test_kinds_have_names_and_messages_in_both_languages() -> None:
    for kind in findings.kinds().values():
        assert re.search("[\u4e00-\u9fff]", kind.zh)
        assert kind.en.isascii()
        assert not re.search("[\u4e00-\u9fff]", kind.say_en.replace("其他处理", ""))


def test_a_finding_names_just_the_values_of_its_kind() -> None:
    with pytest.raises(DataError, match="cell_unreadable"):
        findings.finding("cell_unreadable", cell="t3.new.total")


def test_a_quote_keeps_to_its_line() -> None:
    text = "一、总体情况\n全年公开信息8条。\n六、其他"
    found = findings.quote(text, text.index("8条"), text.index("8条") + 2)
    assert (found.before, found.text, found.after) == ("全年公开信息", "8条", "。")


@pytest.mark.parametrize(("rule", "before", "behind", "wanted"), CLAIMS)
def test_claims(rule: str, before: str, behind: str, wanted: bool) -> None:
    indicator = next(r for r in claims.claim_rules() if r.id == rule).indicators[0]
    number = re.match(r"[\d.]+万?|未", behind)
    assert number is not None
    text = before + behind
    m = mention(number.group(), len(before), indicator=indicator + "total" if indicator.endswith(".") else indicator)
    found = report(text=text, passages=(passage(text),), mentions=(m,))
    assert claims.claims(found, m) is wanted
    assert squeeze(text)


@pytest.mark.parametrize(("indicator", "before", "behind", "wanted"), ELSEWHERE)
def test_numbers_of_another_year_body_or_thing(indicator: str, before: str, behind: str, wanted: bool) -> None:
    one, other = passage(before + behind), passage("2021年收到申请。2021年公开信息。", start=len(before + behind))
    found = report(text=one.text + other.text, passages=(one, other))
    assert claims.elsewhere(found, one, len(before), indicator + "total") is wanted


@pytest.mark.parametrize(("own", "text", "wanted"), OWN_CELLS)
def test_numbers_with_a_cell_of_their_own(own: claims.OwnCell, text: str, wanted: bool) -> None:
    number = list(re.finditer(r"\d+件", text))[-1]
    assert (own.said.search(f"{text[: number.start()]}#{text[number.end() :]}") is not None) is wanted
    assert own.cell in all_cells()


def test_every_frame_has_examples() -> None:
    entries = load_toml("extract", claims.FILE)
    assert [e["id"] for kind in ("frame", "apart", "own_cell") for e in entries[kind] if len(e["yes"]) < 3 or not e["no"]] == []


def test_indicators_without_a_rule_are_taken_as_read() -> None:
    m = mention("8条", 6, indicator="disclosure.website")
    assert claims.claims(report(text="全年公开信息8条。", mentions=(m,)), m)


@pytest.mark.parametrize(("rule", "text", "wanted"), DOUBLED)
def test_doubled(rule: wording.DoubledRule, text: str, wanted: bool) -> None:
    assert (rule.pattern.search(text) is not None) is wanted


def test_what_is_quoted_may_be_doubled() -> None:
    assert list(wording.doubled("印发《关于关于做好年报工作的通知》，栏目名为“的的”。")) == []


@pytest.mark.parametrize(("rule", "text", "wanted"), LEFTOVERS)
def test_leftovers(rule: leftovers.LeftoverRule, text: str, wanted: bool) -> None:
    assert (rule.pattern.search(text) is not None) is wanted


def test_data_files_are_in_the_package() -> None:
    assert all((Path(ROOT) / "extract" / name).is_file() for name in (findings.FILE, claims.FILE, leftovers.FILE, wording.FILE))
