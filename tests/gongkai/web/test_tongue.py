"""Both languages are whole, and everything that is said is used."""

from __future__ import annotations

import re

import pytest

from corpus.codebook import FORM_NAMES, form_cells
from corpus.store import schema
from gongkai.pages.words import form_table
from gongkai.web.tongue import TONGUES, wording
from tests.conftest import ROOT

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def test_every_text_is_in_both_languages_with_the_same_values() -> None:
    for key, text in wording()["texts"].items():
        assert set(text) <= {"zh", "en", "one"}, key
        assert _CHINESE.search(text["zh"]) or not _CHINESE.search(text["en"]), key
        assert not _CHINESE.search(text["en"] + text.get("one", "")), key
        assert set(_PLACEHOLDER.findall(text["zh"])) == set(_PLACEHOLDER.findall(text["en"])), key


def test_every_text_is_said_somewhere() -> None:
    said = "".join(
        p.read_text(encoding="utf-8") for folder in ("gongkai/web", "gongkai/templates/web") for p in sorted((ROOT / folder).rglob("*.*"))
        if p.suffix in {".py", ".j2"}
    )  # fmt: skip
    quoted = set(re.findall(r"['\"](\w+)['\"]", said))
    built = re.compile(
        r"(filter|col|total|table|nav|fault|words|field|why|correct|design|about|indicators|numbers|allocation)_\w+"
    )
    assert [k for k in wording()["texts"] if k not in quoted and not built.fullmatch(k)] == []


def test_codes_named_in_english_are_codes() -> None:
    lists = {
        "form": schema.FORMS, "coverage": schema.COVERAGES, "text": schema.TEXT_KINDS, "s5": schema.SECTION_FIVE, "basis": schema.BASES,
        "state": schema.STATES, "by": schema.BYS, "scope": schema.SCOPES, "period": schema.PERIODS, "outcome": schema.CHECKS,
        "verdict": schema.VERDICTS, "explained": schema.EXPLAINED, "locus": schema.LOCI,
    }  # fmt: skip
    for kind, names in wording()["codes"].items():
        assert set(names) <= {code for code, _ in lists[kind]}, kind


@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("table", ["t2", "t3", "t4"])
def test_every_heading_of_the_forms_has_an_english_name(form: str, table: str) -> None:
    layout = form_table(table, form)  # type: ignore[arg-type]
    heads = [h for row in (*layout.top, *(r.heads for r in layout.body)) for h in row]
    english = [TONGUES["en"].head(h.text) for h in heads if h.text]
    assert [e for e in english if _CHINESE.search(e)] == []
    assert not any(_CHINESE.search(TONGUES["en"].cell(code)) for code in form_cells(form))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "check", ["balance.natural", "results.total", "row.granted", "rate", "sum", "repeat", "review", "suit_direct", "row.nope"]
)
def test_checks_have_names_in_both_languages(check: str) -> None:
    assert _CHINESE.search(TONGUES["zh"].check(check))
    assert not _CHINESE.search(TONGUES["en"].check(check))
