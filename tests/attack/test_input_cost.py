"""Hostile input costs no more than its length: counted in steps of the program, so that no clock decides."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from corpus.errors import GongkaiError, ReadError
from corpus.readers import MAX_BYTES, read_bytes, read_file_bytes
from corpus.readers.html.attributes import KEPT, without_surplus
from corpus.readers.html.parse import parse_page
from corpus.text.headings import SectionHeading
from corpus.text.sections import _Candidate, _increasing
from extract.pipeline import analyze_bytes
from extract.runs.metadata import load_metadata
from gongkai.compare.expected import read_frame
from gongkai.corrections import read_corrections
from models.segment import LONGEST, cut_sentences
from tests.attack.work import MOST, counted, growth, whole_way
from tests.support.growing import GROWING
from training.coding.annotation import read_csv

#: (kind, its number): those that once grew with the square, and their neighbours
_GREW = [
    ("九成", 40),
    ("其中12件", 10),
    ("分别为", 15),
    ("headings", 40),
    ("headings of a page", 50),
    ("spans", 30),
]


@pytest.mark.parametrize(("kind", "size"), _GREW)
def test_each_doubling_of_the_length_adds_about_twice_the_calls(kind: str, size: int) -> None:
    whole_way(GROWING[kind].make(size), GROWING[kind].name)  # rules are loaded
    assert growth(counted(kind, size)) < MOST


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ((100, 200, 400, 800), 0),
        ((10_000, 20_000, 40_000, 80_000), 2),
        ((1_000, 4_000, 16_000, 64_000), 4),
        ((1, 2, 4, 90_000), 2),
    ],
)
def test_growth_of_squares_lines_and_bounds(counts: tuple[int, int, int, int], wanted: float) -> None:
    assert growth(counts) == pytest.approx(wanted)


@pytest.mark.parametrize("kind", list(GROWING))
def test_hostile_input_of_every_kind_ends_well(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_OCR", "off")
    data = GROWING[kind].make(max(2, GROWING[kind].size // 50))
    try:
        report = analyze_bytes(data, GROWING[kind].name)
    except GongkaiError:
        return
    assert all(p.text == report.canonical.text[p.start : p.end] and len(p.text) <= LONGEST for p in report.passages)


@pytest.mark.parametrize("text", ["九成" * 3_000, "受理12件、" * 900, "公" * 4_000, "公开 " * 2_000, "，" * 5_000 + "公开"])
def test_a_sentence_without_end_is_cut_behind_commas(text: str) -> None:
    pieces = [text[a:b] for a, b in cut_sentences(text)]
    assert all(0 < len(p) <= LONGEST and p == p.strip() for p in pieces)
    assert "".join(pieces).replace("，", "") == text.replace("，", "").replace(" ", "") or " " in text
    if "、" in text:
        assert all(p.endswith("、") for p in pieces)


def _chains(codes: list[str]) -> list[list[int]]:
    ordered = [c for n in range(len(codes), 0, -1) for c in combinations(range(len(codes)), n)]
    rising = [list(c) for c in ordered if all(codes[a] < codes[b] for a, b in pairwise(c))]
    return [c for c in rising if len(c) == len(rising[0])] if rising else [[]]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"]), max_size=8))
def test_the_chain_of_headings_is_a_longest_one_with_the_earliest_last(codes: list[str]) -> None:
    found = [c.block for c in _increasing([_Candidate(i, SectionHeading(c, 0, 0, "top")) for i, c in enumerate(codes)])]  # type: ignore[arg-type]
    longest = _chains(codes)
    assert found in longest
    assert not found or found[-1] == min(c[-1] for c in longest)


@pytest.mark.parametrize("form", ["a{}=1", "a{}='>'", "a{}=\"<p x='1'>\"", "a{}", "a{} < b{}", "a{} = 1"])
def test_a_tag_keeps_its_first_attributes_and_what_follows_it(form: str) -> None:
    tag = " ".join(form.replace("{}", str(n)) for n in range(3_000))
    cut = without_surplus(f"<html><body><p {tag}>公开</p><p class='b'>信息</p></body></html>")
    assert cut.endswith(">公开</p><p class='b'>信息</p></body></html>")
    page = parse_page(f"<html><body><p {tag}>公开</p><p>信息</p></body></html>".encode(), "a.html")
    assert [p.text for p in page.root.iter("p")] == ["公开", "信息"]
    assert len(page.root.find(".//p").attrib) <= KEPT + 1


@pytest.mark.parametrize("text", ["<p title='a>b' class=c>公开</p>", "<p " + "x" * 9_000, "<p>" + "公开" * 9_000])
def test_a_page_without_such_tags_is_left_as_it_is(text: str) -> None:
    assert without_surplus(text) == text


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    with pytest.raises(ReadError, match=r"holds \d+ (lines|paragraphs|blocks)"):
        read_bytes(f"公开{end}".encode() * 70_000, "a.txt")


def test_size_is_asked_before_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    with file.open("wb") as f:
        f.truncate(MAX_BYTES * 40)
    monkeypatch.setattr(Path, "open", lambda *a, **k: pytest.fail("it was opened"))
    with pytest.raises(ReadError, match="bytes, more than"):
        read_file_bytes(file)


_FIELD = "公" * 140_000


@pytest.mark.parametrize(
    "read",
    [
        lambda p: load_metadata(p), lambda p: read_frame(p), lambda p: read_corrections(p),
        lambda p: read_csv(p.read_text(encoding="utf-8"), "a.csv"), lambda p: gongkai.analyze(p),
    ],
)  # fmt: skip
def test_a_field_beyond_what_csv_takes_is_an_error_of_ours(read: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f'"path","year"\n"{_FIELD}","1"\n', encoding="utf-8")
    with pytest.raises(GongkaiError) as caught:
        read(file)
    assert caught.value.message
