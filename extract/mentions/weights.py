"""The last word on what a quantity counts: the rules' answer and the words around it, weighed.

Rules name the indicator of four quantities in five of a report that nobody wrote them for.  A linear model over the rules' answer,
the answers beside it and the characters around the number corrects them; it was fitted on sentences reworded from real reports
(``training/shipped/metric_model.py``), and its weights, few and signed, are data: a line of JSON and three columns (``data/indicator_weights.xz``).
"""

from __future__ import annotations

import json
import lzma
import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

import numpy as np

from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import Normalised, normalise
from extract.mentions.indicators import CHANGE
from extract.mentions.members import LEAST, agree
from extract.types import Mention
from models.base import Passage

DATA = "indicator_weights.xz"
#: by how much another code must outweigh the rules' answer (chosen with the strength of the penalty: training/shipped/metric_model.py);
#: more where one of the two is a count that the statutory tables hold too, of which the rules know more than the voices
MARGIN, MARGIN_OF_CELLS = 0.0, 1.0
_CELLS = ("request.", "review.", "litigation.", "dispute.", "normative.", "regulation.", "decision.", "fee.")
_DIGITS = re.compile(r"\d[\d.,]*")
_CLAUSE = re.compile(r"[,;。:!?()]")
_SENTENCE = re.compile(r"[;。!?]")
_RIGHT = re.compile(r"[,;。:!?()、]")
_OPENED = pattern("extract/mentions", "weighed_opens")
_KIND = pattern("extract/mentions", "weighed_kind")
_PLACES = pattern("extract/mentions", "weighed_places")


class _Packed(dict[str, bytes]):
    """By feature, its (number of the code, weight) in a row, as bytes, which are joined sooner than they are added one by one."""

    def __init__(self, features: Mapping[str, Mapping[int, float]]) -> None:
        super().__init__()
        self._features = features

    def __missing__(self, feature: str) -> bytes:
        pairs = self._features[feature].items()
        packed = self[feature] = array("d", [x for code, weight in pairs for x in (float(code), weight)]).tobytes()
        return packed


class IndicatorWeights:
    """The weights that speak for each code.

    Args:
        codes: what a quantity can count (``""``: none of the indicators).
        bias: what each of ``codes`` starts from.
        features: for each feature the weight by the number of the code.
        units: the units that each code was counted in where the weights were learnt.
    """

    def __init__(
        self,
        codes: Sequence[str],
        bias: Sequence[float],
        features: Mapping[str, Mapping[int, float]],
        units: Sequence[Collection[str]],
    ) -> None:
        self.codes, self.bias, self.features = tuple(codes), tuple(bias), features
        self._start = array("d", [x for pair in enumerate(bias) for x in pair]).tobytes()
        self._packed = _Packed(features)
        # the last in order of the codes first: it is taken where two weigh the same
        self._units = sorted(zip(codes, map(frozenset, units), range(len(codes)), strict=True), reverse=True)

    def best(self, features: Set[str], unit: str, said: str) -> str:
        """The code with the highest sum of weights, of those that are counted in the unit (17家 is no piece of information).

        ``said``: what the rules say; it stands unless another code, or none, is better by :data:`MARGIN` (:data:`MARGIN_OF_CELLS`).
        """
        if said not in self.codes:  # a code that no example has
            return said
        # always added in one order, so that sums are equal to the last digit
        known = map(self._packed.__getitem__, sorted(self.features.keys() & features))
        pairs = np.frombuffer(b"".join((self._start, *known))).reshape(-1, 2)
        scores = np.bincount(pairs[:, 0].astype(np.int64), pairs[:, 1]).tolist()
        allowed = [n for code, units, n in self._units if code in {"", said} or unit in units]
        first = max(allowed, key=scores.__getitem__)
        code = self.codes[first]
        margin = MARGIN_OF_CELLS if said.startswith(_CELLS) or code.startswith(_CELLS) else MARGIN
        better = scores[first] - scores[self.codes.index(said)]
        return code if better > 0 and better >= margin else said


@cache
def weights() -> IndicatorWeights | None:
    """The shipped weights; ``None`` where there are none yet (they are being fitted).

    Raises:
        DataError: the file is of another format.
    """
    path = files("extract").joinpath("data", DATA)
    if not path.is_file():
        return None
    head, _, columns = lzma.decompress(path.read_bytes()).partition(b"\n")
    raw = json.loads(head)
    if set(raw) != {"format", "codes", "bias", "features", "units", "voices"} or raw["format"] != 4:
        raise DataError("is of another format", source=DATA, remedy="fit it again: python -m training.shipped.metric_model")
    return IndicatorWeights(raw["codes"], raw["bias"], unpacked(raw["features"], columns), raw["units"])


def packed(features: Mapping[str, Mapping[int, int]]) -> bytes:
    """How many codes each feature speaks of, the numbers of these codes, and the weights in thousandths, as columns of bytes.

    They are pressed to four fifths of what pairs take.
    """
    codes = [code for some in features.values() for code in some]
    weights = np.array([weight for some in features.values() for weight in some.values()], "<i2")
    return bytes(map(len, features.values())) + bytes(codes) + weights.tobytes()


def unpacked(names: Sequence[str], columns: bytes) -> dict[str, dict[int, float]]:
    """For each feature the weight by the number of the code: what :func:`packed` made of thousandths."""
    codes = iter(columns[len(names) :])
    weights = iter((np.frombuffer(columns[len(names) + sum(columns[: len(names)]) :], "<i2") / 1000).tolist())
    return {name: {code: next(weights) for code in islice(codes, many)} for name, many in zip(names, columns, strict=False)}


def _grams(prefix: str, text: str, *sizes: int) -> list[str]:
    return [prefix + text[i : i + n] for n in sizes for i in range(len(text) - n + 1)]


@lru_cache(maxsize=1024)
def _heading_grams(path: tuple[str, ...]) -> frozenset[str]:
    return frozenset((*_grams("h:", "/".join(path[1:]), 2, 3), *_grams("t:", path[0] if path else "", 2)))


def _answer(mention: Mention | None) -> str:
    return "-" if mention is None else mention.indicator


def features_of(
    text: str,
    span: tuple[int, int],
    mention: Mention,
    before: Mention | None,
    after: Mention | None,
    passage: Passage,
    gap: str,
) -> set[str]:
    """What is known of a mention at ``span`` of the normalised passage; ``gap``: the text back to the mention before."""
    left = _DIGITS.sub("0", CHANGE.sub("", text[max(0, span[0] - 160) : span[0]]))
    right = _DIGITS.sub("0", text[span[1] : span[1] + 60])
    own = _CLAUSE.split(left)[-1][-30:]
    sentence = _SENTENCE.split(left)[-1][-80:]
    behind = _RIGHT.split(right, maxsplit=1)[0][:14]
    code, unit = mention.indicator, mention.unit
    found = {
        f"R={code}", f"RU={code},{unit}", f"RS={code},{mention.scope}", f"U={unit}", f"S={passage.section}", f"Z={mention.value == 0}",
        f"P={_answer(before)}", f"N={_answer(after)}", f"PR={_answer(before)},{code}",
        f"PU={_answer(before)},{before is not None and before.unit == unit},{_DIGITS.sub('0', gap)[:2]}",
    }  # fmt: skip
    found.update(_grams("l:", "^" + left[-10:], 1, 2, 3, 4))
    found.update([f"e:{own[-n:]}" for n in range(1, 7) if len(own) >= n])
    found.update(_grams("o:", "^" + own, 2, 3))
    found.update(_grams("s:", sentence, 2))
    found.update(_grams("r:", f"^{behind}$", 1, 2, 3))
    found.update(_grams("a:", right[:24], 2))
    found |= _heading_grams(passage.heading_path)
    found.update([g + unit for g in _grams("u:", own, 2)])
    return found


def _places_of(text: str) -> list[str]:
    return [match.lastgroup or "" for match in _PLACES.finditer(text)]


def _surroundings(text: str, spans: Sequence[tuple[int, int]], mentions: Sequence[Mention], i: int) -> set[str]:
    """What the sentence says of mention ``i``: where it is published, and how it stands to the first mention of the passage."""
    mention, start = mentions[i], spans[i][0]
    left = text[max(0, start - 160) : start]
    own = _CLAUSE.split(left)[-1]
    in_sentence, in_own = _places_of(_SENTENCE.split(left)[-1]), _places_of(own)
    place = next((p for p in reversed(in_sentence) if p != "sum"), "-")
    own_place = next((p for p in reversed(in_own) if p != "sum"), "-")
    several = ",".join(sorted(set(in_sentence) - {"sum"}))
    first = mentions[0].indicator if i else "-"
    opened = bool(i and _OPENED.search(text, spans[0][1], start))
    code, summed = mention.indicator, "sum" in in_own
    return {
        f"p={place}", f"po={own_place}", f"pa={several}", f"ps={'sum' in in_sentence}", f"pR={code},{place}", f"poR={code},{own_place}",
        f"psR={code},{summed},{several}", f"f={first}", f"fo={first},{opened},{place}", f"fR={code},{first},{opened}",
        f"o={opened}", f"i={min(i, 3)}", f"le={i > 0 and mention.value <= mentions[0].value}",
        f"PP={_answer(mentions[i - 2] if i > 1 else None)}", f"b={mention.scope},{mention.by}", f"k={bool(_KIND.search(own[-12:]))},{code}",
    }  # fmt: skip


def _spans(passage: Passage, normal: Normalised, mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    """The places of mentions in the normalised text."""
    offsets = normal.offsets
    return [(bisect_left(offsets, m.start - passage.start), bisect_left(offsets, m.end - passage.start)) for m in mentions]


def described(passage: Passage, normal: Normalised, mentions: Sequence[Mention]) -> list[set[str]]:
    """The features of each mention of a passage."""
    spans = _spans(passage, normal, mentions)
    result = []
    for i, (mention, span) in enumerate(zip(mentions, spans, strict=True)):
        before = mentions[i - 1] if i else None
        after = mentions[i + 1] if i + 1 < len(mentions) else None
        gap = normal.text[spans[i - 1][1] : span[0]] if i else ""
        words = features_of(normal.text, span, mention, before, after, passage, gap)
        result.append(words | _surroundings(normal.text, spans, mentions, i))
    return result


def _outweighed(mention: Mention, code: str) -> Mention:
    """The mention with another code; what an earlier year had (比2021年的2019条多3条) is no increase of this one."""
    return mention if mention.period == "prior" and code.endswith(".increase") else replace(mention, indicator=code)


def weigh(
    passage: Passage,
    normal: Normalised,
    mentions: Sequence[Mention],
    final: Collection[int] = frozenset(),
    unnamed: Collection[int] = frozenset(),
) -> list[Mention]:
    """The mentions of a passage with the indicator of the highest weight, but for those that start at one of ``final``.

    One span that says two things (`复议、诉讼0件`) keeps what the rules say of each.  Parts that start at one of ``unnamed`` have no
    words that say what they count: they count what their whole counts.
    """
    known = weights()
    if known is None or not mentions:
        return list(mentions)
    said = Counter((m.start, m.end) for m in mentions)
    weighed = [
        m if m.start in final or said[m.start, m.end] > 1 else _outweighed(m, known.best(features, m.unit, m.indicator))
        for m, features in zip(mentions, described(passage, normal, mentions), strict=True)
    ]
    if len(mentions) >= LEAST:
        weighed = agree(normal.text, _spans(passage, normal, mentions), mentions, weighed, final)
    before = {m.key: m for m in mentions}
    after = {m.key: m for m in weighed}
    return [
        replace(w, indicator=after[m.whole].indicator)
        if m.start in unnamed and m.scope == "part" and m.whole in before and before[m.whole].indicator == m.indicator
        else w
        for m, w in zip(mentions, weighed, strict=True)
    ]


__all__ = ["DATA", "IndicatorWeights", "described", "normalise", "weigh", "weights"]
