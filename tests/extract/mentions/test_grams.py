"""N-grams that are features: the table finds what their names say, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.mentions.grams import SIZES, WITH_UNIT, GramTable, grams

NAMES = [
    ("l:", "公"),
    ("l:", "公开"),
    ("l:", "公开信息"),
    ("o:", "公开"),
    ("o:", "^公开"),
    ("r:", "率$"),
    ("u:", "公开条"),
    ("u:", "公开人次"),
]
TABLE = GramTable((group, [name], row) for row, (group, name) in enumerate(NAMES, 1))


def _kind(group: str, unit: str) -> int:
    return dict(zip(SIZES, TABLE.kinds(unit), strict=True))[group]


@pytest.mark.parametrize(
    ("group", "text", "unit", "expected"),
    [
        ("l:", "公开信息", "件", [1, 2, 3]),
        ("l:", "公公", "件", [1, 1]),  # one for each place
        ("l:", "公𫖯开", "件", [1]),  # a character of no feature
        ("o:", "^公开", "件", [4, 5]),
        ("r:", "率", "件", []),
        ("u:", "公开", "条", [7]),  # a unit is part of the feature
        ("u:", "公开", "人次", [8]),
        ("u:", "公开", "人", []),
        ("a:", "公开", "件", []),  # a group of which nothing is known
        ("l:", "", "件", []),
    ],
)
def test_features_are_found_by_group_characters_and_unit(group: str, text: str, unit: str, expected: list[int]) -> None:
    assert sorted(TABLE.find([text], [_kind(group, unit)])[1].tolist()) == expected


_WORDS = st.text("公开信息^𫖯\x00件", max_size=9)


@given(st.lists(st.tuples(st.sampled_from(sorted(SIZES)), _WORDS, st.sampled_from(["条", "人次"])), max_size=6))
def test_the_table_finds_what_names_say(asked: list[tuple[str, str, str]]) -> None:
    rows = {group + name: row for row, (group, name) in enumerate(NAMES, 1)}
    expected = [
        (number, rows[name])
        for number, (group, text, unit) in enumerate(asked)
        for gram in grams(text, *SIZES[group])
        if (name := group + gram + (unit if group == WITH_UNIT else "")) in rows
    ]
    found = TABLE.find([text for _, text, _ in asked], [_kind(group, unit) for group, _, unit in asked])
    assert sorted(zip(*(part.tolist() for part in found), strict=True)) == sorted(expected)
