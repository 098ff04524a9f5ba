"""The last word on what a quantity counts: the rules' answer and the words around it, weighed.

Rules name the indicator of four quantities in five of a report that nobody wrote them for.  A linear model over the rules' answer,
the answers beside it and the characters around the number corrects them; it was fitted on sentences reworded from real reports
(``training/shipped/metric_model.py``), and its weights, few and signed, are data: a line of JSON and three columns (``data/indicator_weights.xz``).
"""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from corpus.datafile import later
from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import Normalised, normalise
from extract.mentions.grams import SIZES, WITH_UNIT, GramTable, grams
from extract.mentions.indicators import CHANGE
from extract.mentions.members import LEAST, agree
from extract.mentions.needs import quick
from extract.types import Mention
from models.base import Passage

#: features by group, which their names begin with
Groups = list[tuple[str, Sequence[str]]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DATA = "indicator_weights.xz"
#: by how much another code must outweigh the rules' answer (chosen with the strength of the penalty: training/shipped/metric_model.py);
#: more where one of the two is a count that the statutory tables hold too, of which the rules know more than the voices
MARGIN, MARGIN_OF_CELLS = 0.0, 1.0
_CELLS = ("request.", "review.", "litigation.", "dispute.", "normative.", "regulation.", "decision.", "fee.")
#: so many units are remembered
_UNITS = 512
# the group of a feature, if a colon ends it
_BEGIN = itemgetter(slice(2))
_DIGITS = later(r"\d[\d.,]*")
# all before the last clause or sentence, and the first words behind a number
_BEFORE_CLAUSE = later(r".*[,;。:!?()]", flags=re.DOTALL)
_BEFORE_SENTENCE = later(r".*[;。!?]", flags=re.DOTALL)
_RIGHT = later(r"[^,;。:!?()、]{0,14}")
_OPENED = pattern("extract/mentions", "weighed_opens")
_KIND = pattern("extract/mentions", "weighed_kind")
_PLACES = pattern("extract/mentions", "weighed_places")


@dataclass(slots=True)
class Features:
    """What is known of a quantity: names of features by group, for each of :data:`SIZES` the text whose n-grams are names, the unit, the headings."""

    names: Groups
    texts: Sequence[str] = ("",) * len(SIZES)
    unit: str = ""
    headings: tuple[str, ...] = ()

    def named(self) -> Groups:
        """All names by group, but for n-grams."""
        return [*self.names, *_heading_grams(self.headings)]


class IndicatorWeights:
    """The weights that speak for each code.

    Args:
        codes: what a quantity can count (``""``: none of the indicators).
        bias: what each of ``codes`` starts from.
        names: of the features, in order.
        columns: what :func:`packed` made of them.
        units: the units that each code was counted in where the weights were learnt.
    """

    def __init__(
        self,
        codes: Sequence[str],
        bias: Sequence[float],
        names: Sequence[str],
        columns: bytes,
        units: Sequence[Collection[str]],
    ) -> None:
        # the last in order of the codes first: it is taken where two weigh the same
        order = sorted(range(len(codes)), key=codes.__getitem__, reverse=True)
        self.codes = tuple(codes[n] for n in order)
        self._number = {code: n for n, code in enumerate(self.codes)}
        self._units = [frozenset(units[n]) for n in order]
        self._allowed: dict[str, Bools] = {}
        #: by group, the row of each feature; row 0 is the bias
        self.features: dict[str, dict[str, int]] = {}
        blocks, row = [], 1
        for group, block in groupby(names, _BEGIN):
            some = list(block)
            if group in SIZES:
                blocks.append((group, [name[2:] for name in some], row))
            elif group[1:] == ":":
                self.features.setdefault(group, {}).update(
                    zip([name[2:] for name in some], range(row, row + len(some)), strict=True)
                )
            else:
                self.features.setdefault("", {}).update(zip(some, range(row, row + len(some)), strict=True))
            row += len(some)
        self._grams = GramTable(blocks)
        self._of_headings = lru_cache(maxsize=1 << 10)(lambda path: self._rows(_heading_grams(path)))
        many, their_codes, weights = unpacked(len(names), columns)
        self._many = np.concatenate([[len(codes)], many])
        self._starts = np.cumsum(self._many) - self._many
        self._codes = np.argsort(order)[np.concatenate([np.arange(len(codes)), their_codes])]
        self._weights = np.concatenate([bias, weights])

    def best(self, asked: Sequence[tuple[Features, str]]) -> list[str]:
        """For each quantity, by its features and what the rules say of it, the code with the highest sum of weights.

        A code must be counted in the unit (17家 is no piece of information).  What the rules say stands unless another code, or none, is better
        by :data:`MARGIN` (:data:`MARGIN_OF_CELLS`).
        """
        if not asked:
            return []
        every, numbers = np.arange(len(asked)), [self._number.get(said, -1) for _, said in asked]
        scores = self._scores([features for features, _ in asked])
        stands = scores[every, numbers]
        allowed = np.concatenate([self._allowed_in(features.unit) for features, _ in asked]).reshape(scores.shape)
        fitting = np.where(allowed, scores, -np.inf)
        fitting[every, numbers] = stands
        firsts = fitting.argmax(axis=1)
        better = (fitting[every, firsts] - stands).tolist()
        found = []
        for (_, said), number, first, by in zip(asked, numbers, firsts.tolist(), better, strict=True):
            code = self.codes[first]
            margin = MARGIN_OF_CELLS if said.startswith(_CELLS) or code.startswith(_CELLS) else MARGIN
            found.append(code if by > 0 and by >= margin and number >= 0 else said)  # number < 0: a code that no example has
        return found

    def _allowed_in(self, unit: str) -> Bools:
        known = self._allowed.get(unit)
        if known is None:
            known = np.array([code == "" or unit in units for code, units in zip(self.codes, self._units, strict=True)])
            if len(self._allowed) < _UNITS:
                self._allowed[unit] = known
        return known

    def _rows(self, groups: Groups) -> list[int]:
        """The rows of names that are known."""
        rows: list[int] = []
        for group, names in groups:
            if known := self.features.get(group):
                rows += filter(None, map(known.get, names))
        return rows

    def _known(self, asked: Sequence[Features]) -> tuple[Ints, Ints]:
        """(numbers of quantities, rows of their features that are known): in order, and each once."""
        named, many, texts, kinds = list[int](), list[int](), list[str](), list[int]()
        kinds_of = cache(self._grams.kinds)
        for features in asked:
            rows = [0, *self._rows(features.names), *self._of_headings(features.headings)]
            named += rows
            many.append(len(rows))
            texts += features.texts
            kinds += kinds_of(features.unit)
        found, gram_rows = self._grams.find(texts, kinds)
        height = len(self._many)
        own = np.repeat(np.arange(len(asked)), many) * height + np.array(named, dtype=np.int64)
        pairs = np.concatenate([own, found // len(SIZES) * height + gram_rows])
        pairs.sort()
        return np.divmod(pairs[np.diff(pairs, prepend=-1) != 0], height)

    def _scores(self, asked: Sequence[Features]) -> Floats:
        """(quantity, code): the sums of weights, always added in one order, so that they are equal to the last digit."""
        width = len(self.codes)
        numbers, rows = self._known(asked)
        many = self._many.take(rows)
        ends = np.cumsum(many)
        place = np.repeat(self._starts.take(rows) - (ends - many), many)
        place += np.arange(len(place))
        slots = np.repeat(numbers * width, many)
        slots += self._codes.take(place)
        sums = np.bincount(slots, self._weights.take(place), len(asked) * width)
        return cast("Floats", sums.reshape(-1, width))


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
    return IndicatorWeights(raw["codes"], raw["bias"], raw["features"], columns, raw["units"])


def packed(features: Mapping[str, Mapping[int, int]]) -> bytes:
    """How many codes each feature speaks of, the numbers of these codes, and the weights in thousandths, as columns of bytes.

    They are pressed to four fifths of what pairs take.
    """
    codes = [code for some in features.values() for code in some]
    weights = np.array([weight for some in features.values() for weight in some.values()], "<i2")
    return bytes(map(len, features.values())) + bytes(codes) + weights.tobytes()


def unpacked(features: int, columns: bytes) -> tuple[Ints, Ints, Floats]:
    """What :func:`packed` made of so many features: how many codes each speaks of, their numbers, and the weights."""
    many = np.frombuffer(columns, np.uint8, features).astype(np.int64)
    pairs = int(many.sum())
    codes = np.frombuffer(columns, np.uint8, pairs, features).astype(np.int64)
    return many, codes, np.frombuffer(columns, "<i2", pairs, features + pairs) / 1000


def _heading_grams(path: tuple[str, ...]) -> Groups:
    return [("h:", grams("/".join(path[1:]), 2, 3)), ("t:", grams(path[0] if path else "", 2))]


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
) -> Features:
    """What is known of a mention at ``span`` of the normalised passage; ``gap``: the text back to the mention before."""
    left = _DIGITS.sub("0", CHANGE.sub("", text[max(0, span[0] - 160) : span[0]]))
    right = _DIGITS.sub("0", text[span[1] : span[1] + 60])
    own, sentence = _behind(_BEFORE_CLAUSE, left)[-30:], _behind(_BEFORE_SENTENCE, left)[-80:]
    behind = cast("re.Match[str]", _RIGHT.match(right))[0]
    code, unit, answered = mention.indicator, mention.unit, _answer(before)
    found = [
        f"R={code}", f"RU={code},{unit}", f"RS={code},{mention.scope}", f"U={unit}", f"S={passage.section}", f"Z={mention.value == 0}",
        f"P={answered}", f"N={_answer(after)}", f"PR={answered},{code}",
        f"PU={answered},{before is not None and before.unit == unit},{_DIGITS.sub('0', gap, count=2)[:2]}",
    ]  # fmt: skip
    ends = [own[-n:] for n in range(1, min(6, len(own)) + 1)]
    texts = ("^" + left[-10:], "^" + own, sentence, f"^{behind}$", right[:24], own)
    return Features([("", found), ("e:", ends)], texts, unit, passage.heading_path)


def _behind(before: re.Pattern[str], text: str) -> str:
    found = before.match(text)
    return text[found.end() :] if found else text


def _surroundings(text: str, spans: Sequence[tuple[int, int]], mentions: Sequence[Mention], i: int) -> list[str]:
    """What the sentence says of mention ``i``: where it is published, and how it stands to the first mention of the passage."""
    mention, start = mentions[i], spans[i][0]
    left = text[max(0, start - 160) : start]
    own, sentence = _behind(_BEFORE_CLAUSE, left), _behind(_BEFORE_SENTENCE, left)
    own_start = len(sentence) - len(own)
    place = own_place = "-"
    in_sentence, summed = set[str](), False
    for match in quick(_PLACES).finditer(sentence):  # none reaches from one clause into the next
        name, in_own = match.lastgroup or "", match.start() >= own_start
        in_sentence.add(name)
        if name == "sum":
            summed = summed or in_own
        else:
            place = name
            own_place = name if in_own else own_place
    several = ",".join(sorted(in_sentence - {"sum"}))
    first = mentions[0].indicator if i else "-"
    opened = bool(i and _OPENED.search(text, spans[0][1], start))
    code = mention.indicator
    return [
        f"p={place}", f"po={own_place}", f"pa={several}", f"ps={'sum' in in_sentence}", f"pR={code},{place}", f"poR={code},{own_place}",
        f"psR={code},{summed},{several}", f"f={first}", f"fo={first},{opened},{place}", f"fR={code},{first},{opened}",
        f"o={opened}", f"i={min(i, 3)}", f"le={i > 0 and mention.value <= mentions[0].value}",
        f"PP={_answer(mentions[i - 2] if i > 1 else None)}", f"b={mention.scope},{mention.by}", f"k={bool(_KIND.search(own[-12:]))},{code}",
    ]  # fmt: skip


def _spans(passage: Passage, normal: Normalised, mentions: Sequence[Mention]) -> list[tuple[int, int]]:
    """The places of mentions in the normalised text."""
    return [normal.place(m.start - passage.start, m.end - passage.start) for m in mentions]


def described(
    passage: Passage, normal: Normalised, mentions: Sequence[Mention], asked: Collection[int] | None = None
) -> list[Features]:
    """The features of each mention of a passage, or of those with the numbers ``asked``."""
    spans = _spans(passage, normal, mentions)
    result: list[Features] = []
    for i, (mention, span) in enumerate(zip(mentions, spans, strict=True)):
        if asked is not None and i not in asked:
            continue
        before = mentions[i - 1] if i else None
        after = mentions[i + 1] if i + 1 < len(mentions) else None
        gap = normal.text[spans[i - 1][1] : span[0]] if i else ""
        words = features_of(normal.text, span, mention, before, after, passage, gap)
        words.names.append(("", _surroundings(normal.text, spans, mentions, i)))
        result.append(words)
    return result


def names_of(features: Features) -> set[str]:
    """The names of features, under which weights are learnt."""
    names = {group + name for group, names in features.named() for name in names}
    for group, text in zip(SIZES, features.texts, strict=True):
        unit = features.unit if group == WITH_UNIT else ""
        names.update(group + gram + unit for gram in grams(text, *SIZES[group]))
    return names


def _outweighed(mention: Mention, code: str) -> Mention:
    """The mention with another code; what an earlier year had (比2021年的2019条多3条) is no increase of this one."""
    if code == mention.indicator or (mention.period == "prior" and code.endswith(".increase")):
        return mention
    return replace(mention, indicator=code)


@dataclass(frozen=True, slots=True)
class Said:
    """The mentions of a passage as the rules code them.

    Those that start at one of ``final`` keep their code.  Parts that start at one of ``unnamed`` have no words that say what they
    count: they count what their whole counts.
    """

    passage: Passage
    normal: Normalised
    mentions: Sequence[Mention]
    final: Collection[int] = frozenset()
    unnamed: Collection[int] = frozenset()


def weigh(said: Sequence[Said]) -> list[list[Mention]]:
    """The mentions of each passage of a report with the indicator of the highest weight.

    One span that says two things (`复议、诉讼0件`) keeps what the rules say of each.
    """
    known = weights()
    if known is None:
        return [list(one.mentions) for one in said]
    asked = [_asked(one) for one in said]
    questions = [
        (features, one.mentions[i].indicator)
        for one, own in zip(said, asked, strict=True)
        for i, features in zip(own, described(one.passage, one.normal, one.mentions, own), strict=True)
    ]
    answers = iter(known.best(questions))
    return [_weighed(one, dict(zip(own, answers, strict=False))) for one, own in zip(said, asked, strict=True)]


def _asked(said: Said) -> list[int]:
    """The numbers of the mentions that may get another code."""
    spans = [(m.start, m.end) for m in said.mentions]
    at = Counter(spans) if len(set(spans)) < len(spans) else {}
    return [i for i, span in enumerate(spans) if span[0] not in said.final and at.get(span, 1) == 1]


def _weighed(said: Said, codes: Mapping[int, str]) -> list[Mention]:
    """The mentions of a passage with new ``codes`` by number, and what follows from them for rows and parts."""
    mentions = said.mentions
    weighed = [_outweighed(m, codes[i]) if i in codes else m for i, m in enumerate(mentions)]
    if len(mentions) >= LEAST:
        spans = _spans(said.passage, said.normal, mentions)
        weighed = agree(said.normal.text, spans, mentions, weighed, said.final)
    parts = [i for i, m in enumerate(mentions) if m.scope == "part" and m.start in said.unnamed]
    if parts:
        before, after = {m.key: m for m in mentions}, {m.key: m for m in weighed}
        for i in parts:
            whole = mentions[i].whole
            if whole in before and before[whole].indicator == mentions[i].indicator:
                weighed[i] = replace(weighed[i], indicator=after[whole].indicator)
    return weighed


__all__ = ["DATA", "IndicatorWeights", "Said", "described", "names_of", "normalise", "weigh", "weights"]
