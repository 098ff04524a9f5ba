"""Every kind of arithmetic check has a name wherever checks are shown."""

from __future__ import annotations

import re

import pytest

from corpus.codebook import FORM_NAMES
from corpus.store.schema import tables
from extract.against_tables.table_checks import check_report
from extract.checking.findings import kinds
from extract.checking.prose import TOLD
from gongkai.pages.check_words import check_name_en
from gongkai.pages.words import check_name
from gongkai.web.tongue import wording
from tests.conftest import ROOT
from tests.extract.against_tables.test_checks import full

PROSE = set(re.findall(r'Check\("(\w+)"', (ROOT / "extract/against_tables/prose_checks.py").read_text(encoding="utf-8")))
CHECKS = sorted({c.check for form in FORM_NAMES for c in check_report([], full(form), form, "")} | PROSE)
KINDS = sorted({check.partition(".")[0] for check in CHECKS})


def test_there_are_kinds_of_both_sorts() -> None:
    assert {"balance", "results", "row", "review", "suit_direct", "rate", "sum", "repeat"} <= set(KINDS)


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_has_names(check: str) -> None:
    kind = check.partition(".")[0]
    assert re.search(r"[\u3400-\u9fff]", check_name(check)), f"gongkai/pages/words.py: check_name has no case for {kind}"
    if kind not in PROSE:  # a finding of these has words of its own
        assert check_name_en(check) != check, f"gongkai/pages/check_words.py: check_name_en has none for {kind}"


@pytest.mark.parametrize("kind", sorted(PROSE))
def test_a_failed_check_of_prose_is_told_in_its_own_words(kind: str) -> None:
    assert kind in TOLD, f"extract/checking/prose.py: TOLD names no finding for {kind}, so that gongkai check is silent on it"
    assert TOLD[kind] in kinds(), f"extract/data/findings.toml: no finding {TOLD[kind]}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_names_in_the_explorer_and_in_the_schema(kind: str) -> None:
    for part in ("checks", "families"):
        assert kind in wording()[part], f"gongkai/data/explorer.toml, [{part}]: {kind} is missing"
    (column,) = [c for c in tables()["checks"].columns if c.name == "check"]
    known = column.en
    assert kind in known or (kind.startswith("suit_") and "suit_" in known), f"corpus/store/schema.py, checks.check: {kind}"


def test_an_unknown_check_is_not_called_something_else() -> None:
    assert check_name("brandnew.total") == check_name_en("brandnew.total") == "brandnew.total"
