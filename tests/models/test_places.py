"""Sections that headings stand for in reports of a time without statutory sections."""

from dataclasses import replace

import pytest

from models.base import Passage
from models.places import placed


def _passages(*paths: tuple[str, ...], section: str | None = None) -> list[Passage]:
    return [Passage(i, i + 1, "字", section, path, i, 0, i) for i, path in enumerate(paths)]


@pytest.mark.parametrize(
    ("path", "section", "rest"),
    [
        (("五、存在的主要问题和改进措施",), "s5", ("五、存在的主要问题和改进措施",)),
        (("六、下步工作打算", "（一）加强培训"), "s5", ("六、下步工作打算", "（一）加强培训")),
        (("一、工作情况", "（四）存在的不足"), "s5", ("（四）存在的不足",)),
        (("二、依申请公开情况",), "s1", ("", "二、依申请公开情况")),
        (("二、主动公开情况", "（一）改进工作方式"), "s1", ("", "二、主动公开情况", "（一）改进工作方式")),
        (("七、其他需要说明的事项",), "s6", ("七、其他需要说明的事项",)),
        (("引 言",), "preamble", ("引 言",)),
    ],
)
def test_headings_say_the_section(path: tuple[str, ...], section: str, rest: tuple[str, ...]) -> None:
    (found,) = placed(_passages(path))
    assert (found.section, found.heading_path) == (section, rest)


def test_what_stands_before_the_first_heading_is_the_preamble() -> None:
    found = placed(_passages((), (), ("一、概述",), ("五、不足之处",)))
    assert [p.section for p in found] == ["preamble", "preamble", "s1", "s5"]


def test_statutory_sections_and_texts_without_headings_stay_as_they_are() -> None:
    known = _passages(("一、总体情况",), ("五、存在的主要问题及改进情况",), section="s1")
    assert placed(known) == known
    bare = _passages((), ())
    assert placed(bare) == bare
    mixed = [replace(known[0]), replace(known[1], section=None)]
    assert [p.section for p in placed(mixed)] == ["s1", "s5"]
