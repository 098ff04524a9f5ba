"""Families of codes as rows, and names of codes in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.codebook import codebook
from gongkai import compare
from gongkai.compare.families import family_shares, members_of
from gongkai.compare.naming import english_name, in_both_languages, what_zh
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from models.taxonomy import Taxonomy, codebook_taxonomy, to_text
from tests.support.compare_store import DULL, FASTER, LATE, Rows


def test_a_report_states_a_family_if_it_states_any_of_its_facets(tmp_path: Path) -> None:
    rows = Rows()
    other = ("problem", "公开内容不全面。", ("content",))
    # timeliness and content are of one family: two of four reports state it, one of them twice; format is of another
    for n, said in enumerate(([LATE, other], [other], [DULL], [FASTER])):
        rows.report(f"r{n}", said, agency_id=f"a{n}")
    rows.report("lost", [LATE], agency_id="a9", s5="unread")
    store = rows.store(tmp_path / "s")
    study = compare.study(store, ("year",))
    found = {(r["what"], r["family"]): r for r in family_shares(study, store, compare.points(store)).to_pylist()}
    information = codebook().facets["timeliness"].family
    assert "content" in members_of("problem", information)
    row = found["problem", information]
    assert (row["share"], row["stating"], row["reports"], row["unread"]) == (0.5, 2, 4, 1)
    assert (row["low"], row["method"]) == (None, "under five agencies")
    assert found["measure", information]["share"] == 0.25
    assert found["problem", codebook().facets["format"].family]["share"] == 0.25
    assert found["label", "improvement"]["share"] == 0.25
    # every facet and label but the general one is in exactly one family
    for what, codes in (("problem", codebook().facets), ("label", codebook().labels)):
        families = {f for w, f in found if w == what}
        assert sorted(c for f in families for c in members_of(what, f)) == sorted(c for c in codes if c != "general")


def test_every_table_names_its_codes_in_both_languages(tmp_path: Path) -> None:
    rows = Rows()
    for n in range(6):
        rows.report(f"r{n}", [LATE, FASTER], agency_id=f"a{n}", mentions=[("request.received", 3.0)], year=2022 + n % 2)
    found = compare_all(rows.store(tmp_path / "s"), CompareOptions(by=("year",))).tables
    for name, table in found.items():
        chinese = {c for c in table.column_names if c.endswith("_zh")}
        assert {c.replace("_zh", "_en") for c in chinese} <= set(table.column_names), name
    measure = found["measures"].to_pylist()[0]
    assert (measure["what_zh"], measure["what_en"], measure["facet_en"]) == (
        "改进措施",
        "measures and plans",
        "any particular facet",
    )
    assert found["indicators"].to_pylist()[0]["indicator_en"] == "requests received"


@pytest.mark.parametrize(
    ("column", "code", "name"),
    [("label", "platform", codebook().labels["platform"].en), ("facet", "platform", codebook().facets["platform"].en), ("family", "people", "people"),
     ("what", "measure", "measures and plans"), ("label", "mine", "mine"), ("facet", None, None)],
)  # fmt: skip
def test_names_are_of_the_column(column: str, code: str | None, name: str | None) -> None:
    assert english_name(codebook_taxonomy(), column, code) == name


def test_own_codes_stand_for_themselves_in_english(tmp_path: Path) -> None:
    own = Taxonomy(
        "mine",
        "1",
        ("problem", "fine"),
        ("staff",),
        ("problem",),
        "",
        {"problem": "不足", "fine": "其余", "facet:staff": "人员"},
    )
    assert (english_name(own, "label", "problem"), what_zh(own, "problem")) == ("problem", "不足")
    rows = Rows().report("r1", [("problem", "人手不足。", ("staff",))]).report("r2", [("fine", "公开五条。")])
    store = rows.store(tmp_path / "s", codes=to_text(own))
    study = compare.study(store, ("year",))
    assert len(family_shares(study, store, compare.points(store))) == 0
    shares = in_both_languages(own, compare.facet_shares(study, compare.points(store))).to_pylist()
    assert ("staff", "人员", "staff") in {(r["facet"], r["facet_zh"], r["facet_en"]) for r in shares}
