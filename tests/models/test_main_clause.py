"""The main clause of a passage: what its rules match, and what is left."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.features import clean
from models.main_clause import LONGEST_CLAUSE, clause_rules, main_clause

RULES = clause_rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_rules_match_their_examples_and_no_near_miss(rule) -> None:  # type: ignore[no-untyped-def]
    found = re.compile(rule.pattern)
    assert len(rule.yes) >= 3
    assert [c for c in rule.yes if not found.match(c)] == []
    assert [c for c in rule.no if found.match(c)] == []


def test_ids_are_distinct() -> None:
    assert len({r.id for r in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是拓宽公开渠道。", "拓宽公开渠道"),
        ("根据《条例》要求，在县委领导下，我局更新公开指南。", "更新公开指南"),
        ("依托政府网站，新设“惠企”专栏，发布文件30份。", '新设"惠企"专栏'),
        ("2023年，我局通过门户网站主动公开信息80条。", "公开信息0条"),
        ("召开推进会2次，部署工作。", "召开推进会0次"),
        ("按照要求", "按照要求"),
        ("坚持公开为常态，不公开为例外。", "不公开为例外"),
        ("。", "。"),
    ],
)
def test_main_clause(text: str, expected: str) -> None:
    assert main_clause(clean(text)) == expected


@given(st.text(alphabet="一是根据要求，；。（）《》“”通过网站公开0条我局", max_size=60))
def test_main_clause_is_short_and_never_fails(text: str) -> None:
    assert len(main_clause(clean(text))) <= LONGEST_CLAUSE
