"""Which headings open sections: styles of numbers, contents lists, strays, repeated captions, headings that were lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.codebook import SECTIONS
from corpus.errors import Issue
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from corpus.types import CanonicalText, Document, Grid, GridCell, Paragraph, Place, Section

#: stands for a table among lines
TABLE = "<table>"
_WORDS = [zh for code, (zh, _) in SECTIONS.items() if code != "preamble"]
TOP = dict(enumerate((f"{'一二三四五六'[i]}、{words}" for i, words in enumerate(_WORDS)), 1))
BARE = dict(enumerate(_WORDS, 1))
PAREN = dict(enumerate((f"（{'一二三四五六'[i]}）{words}" for i, words in enumerate(_WORDS)), 1))
DIGIT = dict(enumerate((f"{i}.{words}" for i, words in enumerate(_WORDS, 1)), 1))


def split(lines: Sequence[str]) -> tuple[CanonicalText, tuple[Section, ...], tuple[Issue, ...]]:
    """The sections of a report given as paragraphs and tables."""
    grid = Grid((GridCell(0, 0, "甲"), GridCell(0, 1, "1")))
    blocks = tuple(grid if text == TABLE else Paragraph(text, ((0, Place(line=n)),)) for n, text in enumerate(lines, 1))
    canonical = build(Document(blocks, "test", "1"))
    return canonical, *split_sections(canonical)


def drawn(lines: Sequence[str]) -> str:
    """Where sections begin, among the lines: ``_ 1 _ 2 _``; a ``*`` before what is in the preamble."""
    _, sections, _ = split(lines)
    marks = {s.first: s.code[1] for s in sections[1:]}
    return "".join("*" if n < sections[0].last else marks.get(n, "_") for n in range(len(lines)))


def full(headings: dict[int, str], *codes: int) -> list[str]:
    """Headings with a paragraph under each."""
    return [line for code in codes for line in (headings[code], "平稳。")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ""),
        (["甲。", "乙。"], "**"),
        (["题目", *full(TOP, 1, 2, 3, 4, 5, 6)], "*1_2_3_4_5_6_"),
        (["题目", *full(BARE, 1, 2, 3, 4, 5, 6)], "*1_2_3_4_5_6_"),
        (["题目", *full(PAREN, 1, 2, 3, 4, 5, 6)], "*1_2_3_4_5_6_"),
        (["题目", *full(DIGIT, 1, 2, 3, 4, 5, 6)], "*1_2_3_4_5_6_"),
        # the style of most sections counts, of equal ones that of 一、; one without number fills the gaps of the numbered, no other does
        ([*full(TOP, 1), *full(BARE, 2), *full(TOP, 3), *full(BARE, 6)], "1_2_3_6_"),
        ([*full(BARE, 1, 2, 3), *full(TOP, 5)], "1_2_3_5_"),
        ([*full(TOP, 1, 3), *full(PAREN, 4), *full(DIGIT, 6)], "1_3_____"),
        ([*full(PAREN, 1), *full(TOP, 2)], "**2_"),
        ([*full(PAREN, 1, 3), *full(TOP, 2)], "1_3___"),
        ([*full(DIGIT, 1, 3), *full(TOP, 2)], "1_3___"),
        ([*full(DIGIT, 1), *full(PAREN, 2)], "**2_"),
        ([*full(TOP, 1), *full(BARE, 1), *full(TOP, 2)], "1___2_"),
        ([*full(BARE, 1, 2), *full(TOP, 2, 3)], "1___2_3_"),
        # a list of contents: three or more in a row that come again, with or without number
        ([TOP[1], TOP[2], TOP[3], *full(TOP, 1, 2, 3)], "***1_2_3_"),
        ([BARE[1], BARE[2], BARE[3], "前言", *full(TOP, 1, 2, 3)], "****1_2_3_"),
        ([TOP[1], TOP[2], TOP[3], "前言", *full(TOP, 1, 2)], "**3_1_2_"),
        ([TOP[1], TOP[2], TOP[3], "平稳。"], "123_"),
        ([TOP[1], TOP[2], *full(TOP, 1, 2)], "12____"),
        ([TOP[1], TOP[5], TOP[6], "平稳。", *full(PAREN, 5)], "156___"),
        ([TOP[1], "前言", TOP[2], TOP[3], *full(TOP, 1, 2, 3)], "1_23______"),
        ([TOP[2], TOP[1], TOP[3], *full(TOP, 1, 2, 3)], "*1___2_3_"),
        # printed order: the longest chain, of equal ones the earliest headings; what stands out of order is taken where it stands
        ([*full(TOP, 2, 3, 4), *full(TOP, 1)], "2_3_4_1_"),
        ([*full(TOP, 5, 1, 2, 3)], "5_1_2_3_"),
        ([*full(TOP, 1, 2), *full(TOP, 2, 3)], "1_2___3_"),
        ([*full(TOP, 3, 1, 2, 3)], "**1_2_3_"),
        ([*full(TOP, 1, 3, 2, 3, 4)], "1___2_3_4_"),
    ],
)  # fmt: skip
def test_headings_that_open_sections(lines: list[str], expected: str) -> None:
    assert drawn(lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # the report's own first heading is section one
        (["题目", "一、强化领导", "甲。", *full(TOP, 2)], "*1_2_"),
        (["一、强化领导", "甲。", "二、健全机制", "乙。", *full(TOP, 2)], "1___2_"),
        (["题目", "一、我局共计三次", "甲。", *full(TOP, 2)], "*1_2_"),
        (["一、强化领导", *full(TOP, 2)], "*2_"),
        (["题目", "（一）强化领导", "甲。", *full(TOP, 2)], "***2_"),
        (["题目", "一、强化领导。抓好落实。", "甲。", *full(TOP, 2)], "***2_"),
        (["一、澜江市民政局2021年政府信息公开工作年度报告", "甲。", *full(TOP, 2)], "**2_"),
        ([TABLE, "一、强化领导", "甲。", *full(TOP, 2)], "***2_"),
        (["一、强化领导", "甲。", *full(TOP, 1, 2)], "**1_2_"),
        (["一、强化领导", "甲。"], "**"),
        # section five begins at a sub-heading or sentence of problems behind table 4
        ([*full(TOP, 1, 4), TABLE, "（一）主要问题", "更新慢。", *full(TOP, 6)], "1_4__5_6_"),
        ([*full(TOP, 1, 4), TABLE, "虽有成效，但还存在一些不足：一是更新慢。", *full(TOP, 6)], "1_4__56_"),
        ([*full(TOP, 1, 4), TABLE, "甲。", "（一）主要问题", "更新慢。"], "1_4___5_"),
        ([*full(TOP, 1, 4), "（一）主要问题", "更新慢。"], "1_4_5_"),
        ([*full(TOP, 1, 2), TABLE, "（一）主要问题", "更新慢。"], "1_2__5_"),
        ([*full(TOP, 1, 6), *full(TOP, 4), TABLE, "（一）主要问题", "更新慢。"], "1_6_4__5_"),
        ([*full(TOP, 1, 4), TABLE, *full(TOP, 6), "（一）主要问题", "更新慢。"], "1_4__6___"),
        ([*full(TOP, 1), "（一）主要问题", "甲。", *full(TOP, 4), TABLE, "更新慢。"], "1___4___"),
        ([*full(TOP, 1, 4), "（一）主要问题", TABLE, "更新慢。"], "1_4____"),
        ([*full(TOP, 1, 2), "（一）主要问题", "更新慢。", *full(TOP, 6)], "1_2___6_"),
        ([*full(TOP, 1, 4), TABLE, "（一）主要问题", "甲。", *full(TOP, 5)], "1_4____5_"),
    ],
)  # fmt: skip
def test_headings_that_were_lost(lines: list[str], expected: str) -> None:
    assert drawn(lines) == expected


def test_what_a_section_says_of_its_heading() -> None:
    canonical, sections, issues = split(["题目", "一、总体情况", "平稳。", " 六、其他需要报告的事项：无。"])
    assert issues == tuple(
        Issue("section_missing", "warning", f"section {c} ({SECTIONS[c][0]}) was not found; its passages, if any, are counted to the section before it")
        for c in ("s2", "s3", "s4", "s5")
    )  # fmt: skip
    assert [(s.code, s.heading, s.first, s.last) for s in sections] == [
        ("preamble", "", 0, 1), ("s1", "一、总体情况", 1, 3), ("s6", "六、其他需要报告的事项", 3, 4),
    ]  # fmt: skip
    assert [(s.start, s.end, s.body_start) for s in sections] == [(0, 0, 0), (3, 9, 9), (14, 26, 27)]
    assert canonical.text[27:].strip() == "无。"
    _, _, missing = split(["甲。", "乙。"])
    assert [(i.code, i.start, i.end) for i in missing] == [("section_missing", 5, 5)] * 6
    assert [i.start for i in split([])[2]] == [0] * 6


_LINES = st.sampled_from([*TOP.values(), *BARE.values(), *PAREN.values(), "一、强化领导", "（一）主要问题", "平稳。", TABLE])


@given(st.lists(_LINES, max_size=16))
def test_sections_follow_each_other_and_hold_all_blocks(lines: list[str]) -> None:
    canonical, sections, issues = split(lines)
    assert sections[0].code == "preamble"
    assert [s.first for s in sections] == [0, *(s.last for s in sections[:-1])]
    assert sections[-1].last == len(canonical.blocks)
    codes = [s.code for s in sections]
    assert len(set(codes)) == len(codes)
    assert {*codes, *(i.message.split()[1] for i in issues)} == set(SECTIONS)
    assert all(canonical.text[s.start : s.end].strip() == s.heading for s in sections[1:])
