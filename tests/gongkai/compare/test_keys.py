"""What people call the grouping keys."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import gongkai
from corpus.errors import UsageError
from gongkai.compare import study
from gongkai.compare.frame import check_by, regrouped
from gongkai.compare.keys import keys_of, split_names, with_names
from tests.support.compare_store import Rows
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


@pytest.mark.parametrize(
    "by", [(), ("year",), ("省", "市", "county"), ("agency", "level"), ("county_code", "kind"), ("区域",), ("host", "form")]
)
def test_reports_grouped_otherwise_are_those_of_a_study_of_its_own(tmp_path: Path, by: tuple[str, ...]) -> None:
    rows = Rows()
    for k in range(6):
        place = {"province": "江南省", "prefecture": f"临{k % 2}市", "county": f"第{k}区", "division_code": f"32010{k}"}
        further = {"metadata": f'{{"区域": "{"东西"[k % 2]}"}}', "host": f"www.{k % 3}.cn", "year": 2020 + k % 3}
        rows.report(
            f"r{k}",
            [("problem", f"更新不及时{k}", ["timeliness"])],
            agency_id=f"a{k % 4}",
            kind="xy"[k % 2],
            **place,
            **further,
        )
    store = rows.store(tmp_path / "s")
    one, other = study(store, by), regrouped(study(store, ("year",)), store, by)
    for field in fields(one):
        assert np.all(getattr(one, field.name) == getattr(other, field.name)), field.name


def test_reports_cannot_be_grouped_otherwise_by_what_none_has(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("r", [("problem", "更新不及时", ["timeliness"])])
    store = rows.store(tmp_path / "s")
    with pytest.raises(UsageError, match="no report has a value of it"):
        regrouped(study(store, ()), store, ("区域",))
