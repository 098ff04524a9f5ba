"""Grouping keys and what people call them: `--by 年度，层级` means `--by year,level`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

#: grouping keys with what they are called in the explorer, in tables and in metadata; the first name is shown
NAMES: Mapping[str, tuple[str, ...]] = {
    "year": ("年度", "年份"),
    "level": ("层级", "级别"),
    "kind": ("机关类型", "机关类别"),
    "province": ("省", "省份"),
    "prefecture": ("市", "地市"),
    "county": ("县", "区县"),
    "agency": ("机关", "机关名称"),
    "form": ("表格式样", "式样"),
    "province_code": ("省代码",),
    "prefecture_code": ("市代码",),
    "county_code": ("县代码",),
}
#: further columns by which passages are drawn
_OF_DRAWS: Mapping[str, tuple[str, ...]] = {
    "coverage": ("统计范围",), "division_code": ("区划代码",), "section": ("部分",), "label": ("类别", "标签"),
    "abstained": ("模型未判",), "classifier": ("分类器",),
}  # fmt: skip
_KEYS = {name: key for names in (NAMES, _OF_DRAWS) for key, some in names.items() for name in some}
BY = tuple(NAMES)


def split_names(text: str) -> list[str]:
    """Names between commas, the Chinese ones among them, which an input method writes.

    >>> split_names("年度，level、省")
    ['年度', 'level', '省']
    """
    return [name for part in re.split("[,，、]", text) if (name := part.strip())]


def keys_of(names: Iterable[str], own: Collection[str] = ()) -> tuple[str, ...]:
    """The keys that names stand for, each once; a column of one's own (``own``) stands for itself.

    >>> keys_of(["年度", "year", "主题", "省"], own={"省"})
    ('year', '主题', '省')
    """
    return tuple(dict.fromkeys(n if n in own else _KEYS.get(n, n) for n in names))


def with_names(keys: Iterable[str]) -> str:
    """Keys with their Chinese names, for a remedy.

    >>> with_names(["year", "host"])
    'year 年度, host'
    """
    names = {**NAMES, **_OF_DRAWS}
    return ", ".join(f"{k} {names[k][0]}" if k in names else k for k in keys)


__all__ = ["BY", "NAMES", "keys_of", "split_names", "with_names"]
