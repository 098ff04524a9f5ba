"""The weights that correct what the rules say: their file, what they may say of a unit, and when the rules stand."""

from __future__ import annotations

import json
import lzma
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.codebook import codebook
from extract.mentions.mentions import find_mentions
from extract.mentions.weights import DATA, Features, IndicatorWeights, packed, unpacked, weights
from models.base import Passage
from training.shipped.metric_model import voices_digest

_HEAD, _, _COLUMNS = lzma.decompress(files("extract").joinpath("data", DATA).read_bytes()).partition(b"\n")
RAW = json.loads(_HEAD)
RAW_COLUMNS = unpacked(len(RAW["features"]), _COLUMNS)


def test_weights_are_of_the_voices_of_this_tree() -> None:
    assert RAW["voices"] == voices_digest(), "run python -m training.shipped.metric_model"


def test_weights_name_codes_of_the_codebook_alone() -> None:
    shipped = weights()
    assert shipped is not None
    assert {c for c in shipped.codes if c} <= set(codebook().indicators)
    assert len(RAW["bias"]) == len(shipped.codes)
    assert max(RAW_COLUMNS[1]) < len(shipped.codes)


MADE = IndicatorWeights(
    ("", "growth", "request.received", "service.accepted"), (0.0,) * 4, ("a", "b", "c"),
    packed({"a": {3: 1000}, "b": {1: 9000}, "c": {0: 1000}}), tuple(map(frozenset, ([], ["%"], ["件"], ["件", "次"]))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("features", "unit", "said", "expected"),
    [
        ({"a"}, "件", "request.received", "service.accepted"),
        (set(), "件", "request.received", "request.received"),  # nothing speaks against the rules
        ({"b"}, "件", "request.received", "request.received"),  # a count is no rate, however much speaks for it
        ({"b"}, "%", "", "growth"),
        ({"c"}, "件", "request.received", ""),  # none fits any unit
        ({"a"}, "家", "request.received", "request.received"),  # a unit that the other code was never counted in
        ({"a"}, "件", "platform.visits", "platform.visits"),  # a code that nothing was learnt of
        ({"unknown"}, "件", "", ""),
    ],
)
def test_rules_stand_unless_outweighed_by_a_code_of_the_unit(features: set[str], unit: str, said: str, expected: str) -> None:
    other = Features([("", ["b"])], unit="%"), ""
    # l:a is another feature; what is said twice counts once
    asked = Features([("", []), ("e:", ["a"]), ("", sorted(features) * 2)], ("a", *[""] * 5), unit)
    assert MADE.best([other, (asked, said), other]) == ["growth", expected, "growth"]


def test_what_is_shipped_corrects_the_rules() -> None:
    text = "今年以来受理群众通过县长信箱反映的问题230件。"
    passages = [Passage(0, len(text), text, "s1", ("一、总体情况", "（四）平台建设"), 0)]
    (found,) = find_mentions(passages)
    assert (found.value, found.indicator) == (230, "mail.handled")


@given(
    st.dictionaries(
        st.text(max_size=4), st.dictionaries(st.integers(0, 255), st.integers(-32768, 32767), max_size=8), max_size=6
    )
)
def test_weights_come_back_from_their_columns(features: dict[str, dict[int, int]]) -> None:
    many, codes, weights = unpacked(len(features), packed(features))
    assert many.tolist() == list(map(len, features.values()))
    pairs = [(code, weight / 1000) for some in features.values() for code, weight in some.items()]
    assert list(zip(codes.tolist(), weights.tolist(), strict=True)) == pairs
