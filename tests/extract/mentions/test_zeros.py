"""What is denied counts 0, each subject its own; names of statutory rows, powers, faults and plans count nothing (``tests/data/denials.tsv``)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.mentions.mentions import find_mentions
from extract.mentions.zero_subjects import Subject, subjects
from extract.types import Mention
from models.base import Passage

ROWS = [
    line.split("\t")
    for line in (Path(__file__).resolve().parents[2] / "data" / "denials.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def found(sentence: str, *, weighed: bool = True) -> tuple[Mention, ...]:
    heading, _, text = sentence.rpartition(" | ")
    path = ("一、总体情况", heading) if heading else ("一、总体情况",)
    return find_mentions([Passage(0, len(text), text, "s6" if heading.startswith("六") else "s1", path, 0)], weighed=weighed)


def told(mentions: tuple[Mention, ...]) -> str:
    return "; ".join(f"{m.value.normalize():f} {m.indicator or '-'}" for m in mentions)


@pytest.mark.parametrize(("sentence", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_row(sentence: str, expected: str) -> None:
    assert told(found(sentence)) == expected


def test_there_are_enough_rows() -> None:
    assert len({sentence for sentence, _ in ROWS}) >= 200


@pytest.mark.parametrize("subject", subjects(), ids=lambda s: s.id)
def test_subject(subject: Subject) -> None:
    assert len(subject.yes) >= 3, "three positive examples in different wordings"
    assert subject.no, "one near miss"
    for example in subject.yes:
        denied = [m for m in found(example.sentence, weighed=False) if m.value == 0 and m.start == example.start]
        assert subject.indicator in {m.indicator for m in denied}, example.sentence
        assert {m.text for m in denied} == {example.sentence[example.start : example.end]}
    for example in subject.no:
        assert 0 not in {m.value for m in found(example.sentence, weighed=False)}, example.sentence


@given(st.lists(st.sampled_from(["信息公开申请", "行政复议", "行政诉讼"]), unique=True, min_size=1), st.booleans())
def test_each_subject_has_its_own_zero(named: list[str], behind: bool) -> None:
    codes = {"信息公开申请": "request.received", "行政复议": "review.total", "行政诉讼": "litigation.total"}
    words = "、".join(named)
    zeros = found(f"本年度{words}均为零。" if behind else f"本年度没有收到{words}。")
    assert [(m.value, m.indicator, m.number) for m in zeros] == [(0, codes[w], i) for i, w in enumerate(named, 1)]
    assert len({m.key for m in zeros}) == len(named)


def test_a_denial_counts_in_the_measure_word_of_the_letters_before_it() -> None:
    *_, zero = found("全年受理电话咨询198次，未收到网上咨询。")
    assert (zero.value, zero.unit, zero.indicator) == (0, "次", "mail.handled")
    *_, zero = found("行政处罚作出2宗；未作出行政强制。")
    assert (zero.value, zero.unit, zero.indicator) == (0, "宗", "decision.coercion")
