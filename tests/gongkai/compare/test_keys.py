"""What people call the grouping keys."""

from __future__ import annotations

from pathlib import Path

import pytest

import gongkai
from corpus.errors import UsageError
from gongkai.compare import study
from gongkai.compare.frame import check_by
from gongkai.compare.keys import keys_of, split_names, with_names
from tests.support.factories import sample_text

IN_PROCESS = True


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("year,level", ["year", "level"]),
        ("年度，层级", ["年度", "层级"]),
        ("年度、 层级,", ["年度", "层级"]),
        ("a b", ["a b"]),
        (" ", []),
    ],
)
def test_names_stand_between_commas_of_either_kind(text: str, names: list[str]) -> None:
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("names", "own", "keys"),
    [
        (["年度"], (), ("year",)),
        (["层级", "年份", "year"], (), ("level", "year")),
        (["机关类型", "省", "市", "县"], (), ("kind", "province", "prefecture", "county")),
        (["市"], ("市",), ("市",)),
        (["主题"], (), ("主题",)),
    ],
)
def test_chinese_names_stand_for_keys_unless_a_column_has_them(
    names: list[str], own: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    assert keys_of(names, own) == keys


def test_a_column_of_the_tables_is_refused_by_its_chinese_name_too() -> None:
    with pytest.raises(UsageError, match="tables have columns of that name"):
        check_by(["统计范围"])


def test_remedies_say_both_names() -> None:
    assert with_names(["year", "host"]) == "year 年度, host"


def test_a_study_by_chinese_names(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(year=2022), encoding="utf-8")
    (tmp_path / "b.txt").write_text(sample_text(year=2023), encoding="utf-8")
    gongkai.tag(tmp_path, tmp_path / "out", workers=1, metadata={"a.txt": {"县": "甲"}, "b.txt": {"县": "乙"}})
    store = gongkai.load(tmp_path / "out")
    found = study(store, ["年度", "县"])
    assert found.by == ("year", "县")
    assert found.groups == (("2022", "甲"), ("2023", "乙"))
