"""The index finds what a plain scan finds, no more and no less: words of any length, over shards and passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.web import textindex
from gongkai.web.search import Occurrence, every_place, find, label_counts, narrowed, page_of
from gongkai.web.search_words import MOST_TERMS, Looked, Term, Together, Without, WordsError, holds, read_words, shown_words
from gongkai.web.textindex import Batch, Shard, TextIndex, open_index

#: few characters, so that strings repeat and overlap; some outside the basic plane, some that mean something to the parser
_ALPHABET = '公开更新aA 　"-()“”|\n\U00020000\ufffd\uffff0'
_TEXT = st.text(_ALPHABET, min_size=1, max_size=12)
_PASSAGES = st.lists(_TEXT, min_size=1, max_size=12)


def batches(texts: Sequence[str], each: int = 5) -> Iterator[Batch]:
    """Passages as the store gives them: each report has two; labels and facets by turns."""
    for at in range(0, len(texts), each):
        some = texts[at : at + each]
        rows = range(at, at + len(some))
        yield [n // 2 for n in rows], pa.table({
            "text": pa.array(some, pa.string()), "start": [(n % 2) * 100 + 7 for n in rows], "label": ["ab"[n % 2] for n in rows],
            "facets": pa.array([["x"] if n % 3 == 0 else [] for n in rows], pa.list_(pa.string())),
        })  # fmt: skip


def made(folder: Path, texts: Sequence[str], monkeypatch: pytest.MonkeyPatch | None = None) -> TextIndex:
    if monkeypatch is not None:
        monkeypatch.setattr(textindex, "SHARD", 20)
    return open_index(folder, "k", lambda: batches(texts))


def scan(texts: Sequence[str], word: str) -> list[tuple[int, int]]:
    """(passage, place in it) of every occurrence, overlapping ones too."""
    return [(n, k) for n, t in enumerate(texts) for k in range(len(t)) if t.startswith(word, k)]


def all_places(index: TextIndex, looked: Looked | None, reports: int) -> list[Occurrence]:
    found = find(index, looked, np.ones(reports, np.bool_), [None] * len(index.shards))
    return list(every_place(index, found, np.arange(reports)))


@settings(max_examples=150, deadline=None)
@given(_PASSAGES, st.text(_ALPHABET, min_size=1, max_size=5), st.sampled_from([20, 10**6]), st.data())
def test_every_place_of_a_plain_scan_is_found(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], word: str, shard: int, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):  # a word that stands there
        text = data.draw(st.sampled_from(texts))
        begin = data.draw(st.integers(0, len(text) - 1))
        word = text[begin : data.draw(st.integers(begin + 1, len(text)))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textindex, "SHARD", shard)
        index = open_index(tmp_path_factory.mktemp("i"), "k", lambda: batches(texts))
    found = [(p.report * 2 + (p.passage == 107), p.start - p.passage) for p in all_places(index, Term(word), len(texts))]
    assert found == scan(texts, word)
    shown = all_places(index, Term(word), len(texts))
    assert all(p.hit == word for p in shown)
    for p in shown:
        text = texts[p.report * 2 + (p.passage == 107)]
        at = p.start - p.passage
        assert text[:at].endswith(p.left)
        assert text[at + len(word) :].startswith(p.right)
        assert (p.more_left, p.more_right) == (text[:at] != p.left, text[at + len(word) :] != p.right)


@settings(max_examples=150, deadline=None)
@given(_PASSAGES, st.text(_ALPHABET + "ORANDT", max_size=20))
def test_conditions_hold_as_in_python(tmp_path_factory: pytest.TempPathFactory, texts: list[str], line: str) -> None:
    try:
        looked = read_words(line)
    except WordsError:
        return
    index = made(tmp_path_factory.mktemp("i"), texts)
    found = find(index, looked, np.ones(len(texts), np.bool_), [None] * len(index.shards))
    wanted = [
        looked is None or holds(looked, lambda w, t=t: w in t, lambda a: not a, lambda a, b: a and b, lambda a, b: a or b)
        for t in texts
    ]
    assert found.passages == sum(wanted)
    words = shown_words(looked)
    places = sum(len(scan([t], w)) for t, ok in zip(texts, wanted, strict=True) if ok for w in words)
    assert found.count == (places if words else sum(wanted))


@pytest.mark.parametrize(
    ("line", "looked"),
    [
        ("", None), ("  ", None), ('""', None),
        ("更新", Term("更新")), ("更", Term("更")), ('"更新 及时"', Term("更新 及时")), ("“更新 及时”", Term("更新 及时")), ('"a""b"', Term('a"b')),
        ("更新 及时", Together((Term("更新"), Term("及时")), every=True)),
        ("更新 AND 及时", Together((Term("更新"), Term("及时")), every=True)),
        ("更新 且 及时", Together((Term("更新"), Term("及时")), every=True)),
        ("更新 或 滞后", Together((Term("更新"), Term("滞后")), every=False)),
        ("a b OR c", Together((Together((Term("a"), Term("b")), every=True), Term("c")), every=False)),
        ("a (b OR c)", Together((Term("a"), Together((Term("b"), Term("c")), every=False)), every=True)),
        ("更新 -及时", Together((Term("更新"), Without(Term("及时"))), every=True)),
        ('更新 -"及 时"', Together((Term("更新"), Without(Term("及 时"))), every=True)),
        ("非 及时", Without(Term("及时"))), ("NOT NOT a", Without(Without(Term("a")))), ("-(a b)", Without(Together((Term("a"), Term("b")), every=True))),
        ("-", Term("-")), ("非常 或者", Together((Term("非常"), Term("或者")), every=True)), ("（一）", Term("（一）")), ('"OR"', Term("OR")),
    ],
)  # fmt: skip
def test_words_are_read(line: str, looked: Looked | None) -> None:
    assert read_words(line) == looked


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('"更新', "quotes"), ("更新”", "quotes"), ("(更新", "parentheses"), ("更新)", "parentheses"), ("a OR", "operator"), ("AND a", "operator"),
        ("NOT", "operator"), ("()", "operator"), (" ".join("a" * (MOST_TERMS + 1)), "too_many"), ("(" * 60 + "a" + ")" * 60, "too_deep"),
        ("NOT " * 60 + "a", "too_deep"), ("-(" * 30 + "a" + ")" * 30, "too_deep"),
    ],
)  # fmt: skip
def test_words_that_cannot_be_read_say_why(line: str, key: str) -> None:
    with pytest.raises(WordsError) as caught:
        read_words(line)
    assert caught.value.key == key


@given(st.text(max_size=60) | st.text(_ALPHABET + "ORANDT", max_size=60))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        looked = read_words(line)
    except WordsError:
        return
    assert (looked is None) == (not line.replace('""', "").replace("“”", "").strip()), "only an empty line looks for nothing"


def test_pages_put_together_are_all_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"公开{n}公开" for n in range(40)]
    index = made(tmp_path, texts, monkeypatch)
    assert len(index.shards) > 3
    order = np.arange(20)[::-1].copy()
    found = find(index, Term("公"), np.ones(20, np.bool_), [None] * len(index.shards))
    whole = list(every_place(index, found, order))
    assert len(whole) == found.count == 80
    paged = [p for at in range(0, 80, 7) for p in page_of(index, found, order, at, min(80, at + 7))]
    assert paged == whole
    right = page_of(index, found, order, 0, 80, "right")
    assert [p.right[:8] for p in right] == sorted(p.right[:8] for p in right)
    left = page_of(index, found, order, 0, 80, "left")
    assert [p.left[::-1][:8] for p in left] == sorted(p.left[::-1][:8] for p in left)


@settings(max_examples=100, deadline=None)
@given(_PASSAGES, st.sampled_from("公开更a\U00020000"), st.sampled_from(["left", "right"]))
def test_pages_in_order_of_what_stands_beside_are_pieces_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], word: str, side: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        index = made(tmp_path_factory.mktemp("i"), texts, patch)
    every = np.arange(len(texts))
    found = find(index, Term(word), every >= 0, [None] * len(index.shards))
    placed = list(every_place(index, found, every))
    whole = sorted(placed, key=lambda p: p.right[:8] if side == "right" else p.left[::-1][:8])
    paged = [p for at in range(0, found.count, 3) for p in page_of(index, found, every, at, min(found.count, at + 3), side)]
    assert paged == whole


@settings(max_examples=100, deadline=None)
@given(_PASSAGES, st.sampled_from(["公", "开更", "公 开", "公 -开", "公 OR 更", "-公", "公 OR -开", ""]), st.data())
def test_what_is_found_is_narrowed_to_what_is_found_in_some_reports(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], line: str, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        index = made(tmp_path_factory.mktemp("i"), texts, patch)
    every = np.arange(len(texts))
    some = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))), np.bool_)
    keep = [shard.label == 0 for shard in index.shards]
    narrow = narrowed(index, find(index, read_words(line), every >= 0, keep), some)
    at_once = find(index, read_words(line), some, keep)
    assert list(every_place(index, narrow, every)) == list(every_place(index, at_once, every))
    assert (narrow.passages, narrow.of.tolist()) == (at_once.passages, at_once.of.tolist())
    assert label_counts(index, narrow) == label_counts(index, at_once) == [narrow.passages, 0][: len(index.labels)]


def test_a_page_looks_at_no_report_without_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = made(tmp_path, ["公开", *["更新"] * 200, "公开"], monkeypatch)
    looked_at: list[int] = []
    rows_of = Shard.rows_of
    monkeypatch.setattr(Shard, "rows_of", lambda shard, n: looked_at.append(n) or rows_of(shard, n))
    every = np.arange(101)
    found = find(index, Term("公"), every >= 0, [None] * len(index.shards))
    assert [p.report for p in page_of(index, found, every, 0, 2)] == [0, 100]
    assert set(looked_at) == {0, 100}


def test_an_index_is_made_once_and_again_where_it_is_damaged(tmp_path: Path) -> None:
    first = made(tmp_path, ["公开"])
    again = open_index(tmp_path, "k", lambda: pytest.fail("made again"))
    assert again.size == first.size
    (part,) = (tmp_path / "explorer" / "index-k").glob("*-order.npy")
    part.write_bytes(part.read_bytes()[:-1])
    assert all_places(made(tmp_path, ["公开"]), Term("开"), 1)
    open_index(tmp_path, "other", lambda: batches(["新"]))
    assert [p.name for p in (tmp_path / "explorer").iterdir()] == ["index-other"]


@pytest.mark.parametrize("name", ["index.json", *(f"*-{name}.npy" for name in textindex._ARRAYS)])
def test_no_damaged_byte_of_an_index_is_read(tmp_path: Path, name: str) -> None:
    texts = ["公开更新", "更新公开0", "及时"]
    first = all_places(made(tmp_path, texts), Term("更"), 2)
    (part,) = (tmp_path / "explorer" / "index-k").glob(name)
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    times: list[int] = []
    index = open_index(tmp_path, "k", lambda: times.append(1) or batches(texts))
    assert times, "made anew"
    assert all_places(index, Term("更"), 2) == first
    assert part.read_bytes() == whole


def test_nothing_is_left_of_an_index_that_failed(tmp_path: Path) -> None:
    def broken() -> Iterator[Batch]:
        yield from batches(["公开"])
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        open_index(tmp_path, "k", broken)
    assert list((tmp_path / "explorer").iterdir()) == []
