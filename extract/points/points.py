"""Points: the clauses of a problem or measure, each with the facet that it shows (codebook, section 1).

``能力有待提高，形式不够丰富、内容不够全面，时效性有待提高`` is four points of one passage.  The facets of a passage are its classifier's
and stay as they are; here each is led to the clauses that show it, by cues (``data/points.toml``) and, where no cue is found, by the
clause scores of a linear model.  So the facets of a passage's points are exactly the facets of the passage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.patterns import pattern
from corpus.text.normalise import Normalised, normalise
from extract.points.rules import LABELS, Locus, PointRules, Status, point_rules
from models.features import clean_all
from models.linear import LinearClassifier

GENERAL = "general"
_HARD = re.compile(r"[,;。!?:]+")
_ENUMERATOR = pattern("extract", "enumerator")
#: a piece shorter than this says nothing alone, unless it has a predicate (`业务不熟`): it goes with the next one, as do adverbs
_SHORT = 4
_LONGEST_ADVERB = 7
_ADVERB = pattern("extract", "adverb")


@dataclass(frozen=True, slots=True)
class Coded:
    """A passage with its codes, as :mod:`extract.points.points` needs it; ``start`` is its canonical offset."""

    report_id: str
    start: int
    text: str
    label: str
    facets: tuple[str, ...]
    heading_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a passage: canonical offsets, and its folded text for matching."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """One facet with the clause that shows it.

    ``passage`` is the place of its passage in the list that was given.  ``status`` is set for measures and ``locus`` for problems,
    the other is ``None``.  ``concrete``: the clause names a unit, column, case, figure or date.
    """

    passage: int
    facet: str
    start: int
    end: int
    status: Status | None
    locus: Locus | None
    concrete: bool


class ClauseScorer(Protocol):
    """Says how well clauses show facets."""

    def __call__(self, clauses: Sequence[str], facets: Sequence[str]) -> NDArray[np.float32]:
        """(clause, facet) scores."""
        ...


class LinearScorer:
    """Scores clauses, each on its own, with the facet weights of a linear model.

    Args:
        model: the classifier, e.g. `models.linear_folder.load()`.
    """

    def __init__(self, model: LinearClassifier) -> None:
        self._model = model
        self._facets = {f: i for i, f in enumerate(model.facets)}

    def __call__(self, clauses: Sequence[str], facets: Sequence[str]) -> NDArray[np.float32]:
        """(clause, facet) scores; a facet that the model does not know scores 0."""
        found = np.zeros((len(clauses), len(facets)), dtype=np.float32)
        known = [(k, self._facets[f]) for k, f in enumerate(facets) if f in self._facets]
        for at in range(0, len(clauses), 2000):
            scores = self._model.facet_scores(clean_all(clauses[at : at + 2000]))
            for k, column in known:
                found[at : at + 2000, k] = scores[:, column]
        return found


def clauses_of(text: str, start: int, label: str, rules: PointRules | None = None) -> list[Clause]:
    """The clauses of a passage, without enumerators, in order; at least one unless the text has no words.

    >>> [c.text for c in clauses_of("一是形式不够丰富、内容不够全面，时效性有待提高。", 0, "problem")]
    ['形式不够丰富', '内容不够全面', '时效性有待提高']
    """
    rules = rules or point_rules()
    folded = normalise(text)
    pieces: list[tuple[int, int]] = []
    at = 0
    # of an odd number of marks one belongs to another sentence: what stands inside cannot be told
    quoted = (folded.text.count('"') % 2 == 0 and '"' in folded.text) or "《" in folded.text
    for stop in _HARD.finditer(folded.text):
        if quoted and _inside(folded.text, stop.start()):
            continue
        pieces += _listed(folded.text, at, stop.start(), rules.predicate[label])
        at = stop.end()
    pieces += _listed(folded.text, at, len(folded.text), rules.predicate[label])
    found: list[Clause] = []
    waiting: int | None = None
    for begin, end in pieces:
        first = _skip(folded.text, begin, end)
        if folded.text[first:end].count('"') % 2 and folded.text.startswith('"', first, end):
            first += 1  # the end of a quotation that began in another sentence
        if not any(map(str.isalnum, folded.text[first:end])):
            continue  # nothing, or what a cut through a quotation left: `…为什么？”`
        if (
            end - first <= _LONGEST_ADVERB
            and (begin, end) != pieces[-1]
            and _says_nothing(folded.text[first:end], label, rules)
        ):
            waiting = first if waiting is None else waiting
            continue
        found.append(_clause(folded, first if waiting is None else waiting, end, start))
        waiting = None
    if waiting is not None:
        found.append(_clause(folded, waiting, len(folded.text.rstrip(",;。!?:")), start))
    return found


def _says_nothing(piece: str, label: str, rules: PointRules) -> bool:
    return _ADVERB.fullmatch(piece) is not None or (len(piece) < _SHORT and not rules.predicate[label].search(piece))


def _clause(folded: Normalised, begin: int, end: int, start: int) -> Clause:
    a, b = folded.span(begin, end)
    return Clause(start + a, start + b, folded.text[begin:end])


def _inside(text: str, at: int) -> bool:
    """Whether a stop stands inside quotation marks or a title (`“先审查，后公开”`): those do not cut."""
    return (text.count('"', 0, at) % 2 == 1 and text.count('"') % 2 == 0) or text.count("《", 0, at) > text.count("》", 0, at)


def _skip(text: str, begin: int, end: int) -> int:
    found = _ENUMERATOR.match(text, begin, end)
    return found.end() if found else begin


def _listed(text: str, begin: int, end: int, predicate: re.Pattern[str]) -> list[tuple[int, int]]:
    """A stretch between stops, cut at `、` where both sides say something."""
    if text.find("、", begin, end) < 0:
        return [(begin, end)]
    begin = _skip(text, begin, end)
    found = [(begin, begin)]
    for piece in text[begin:end].split("、"):
        first = found[-1][1] + (1 if found[-1][1] > begin else 0)
        last = first + len(piece)
        held = text[found[-1][0] : found[-1][1]]
        if found[-1][1] > begin and predicate.search(held) and predicate.search(piece):
            found.append((first, last))
        else:
            found[-1] = (found[-1][0], last)
    return found


def points_of(passages: Sequence[Coded], scorer: ClauseScorer | None = None, rules: PointRules | None = None) -> list[Point]:
    """The points of passages, which stand in the order of their reports.

    Args:
        passages: problem and improvement passages of one or many reports; others are passed over.  Passages without facets (from
            a classifier that gives none) get those that cues show.
        scorer: decides where no cue shows which clause a facet belongs to; without it the longest clause that shows nothing else.

    Returns:
        Points by passage, then by start, then by facet; each facet of a passage at least once.
    """
    rules = rules or point_rules()
    found: list[Point] = []
    open_: list[tuple[int, str, list[Clause], list[int]]] = []
    states: dict[int, tuple[list[Status | None], list[Locus | None]]] = {}
    carried = _Carry()
    for number, passage in enumerate(passages):
        if passage.label not in LABELS:
            continue
        clauses = clauses_of(passage.text, passage.start, passage.label, rules)
        if not clauses:
            continue
        if passage.label == "problem":
            states[number] = [None] * len(clauses), _loci(passage.text, passage.start, clauses, rules)
        else:
            states[number] = _statuses(clauses, carried.before(passage), rules), [None] * len(clauses)
            carried.after(passage, states[number][0])
        shown, candidates = _shown(passage, clauses, rules)
        for facet, places in shown.items():
            if places:
                found += [_point(number, facet, clauses[k], k, states[number], rules) for k in places]
            else:
                open_.append((number, facet, clauses, candidates))
    for (number, facet, clauses, candidates), k in zip(open_, _settle(open_, scorer), strict=True):
        found.append(_point(number, facet, clauses[candidates[k]], candidates[k], states[number], rules))
    return sorted(found, key=lambda p: (p.passage, p.start, p.end, p.facet))


def _point(
    passage: int, facet: str, clause: Clause, at: int, states: tuple[list[Status | None], list[Locus | None]], rules: PointRules
) -> Point:
    named = rules.concrete.search(clause.text) is not None
    return Point(passage, facet, clause.start, clause.end, states[0][at], states[1][at], named)


def _shown(passage: Coded, clauses: Sequence[Clause], rules: PointRules) -> tuple[dict[str, list[int]], list[int]]:
    """For each facet of the passage the clauses whose cues show it, and the clauses that may show one without a cue."""
    background = rules.background[passage.label]
    front = [k for k, c in enumerate(clauses) if not background.search(c.text)] or list(range(len(clauses)))
    facets: Iterable[str] = passage.facets
    if not passage.facets:
        facets = [f for f, p in rules.facets.items() if f != GENERAL and any(p.search(clauses[k].text) for k in front)] or [
            GENERAL
        ]
    shown: dict[str, list[int]] = {}
    for facet in facets:
        pattern = rules.facets.get(facet)
        places = [k for k in front if pattern is not None and pattern.search(clauses[k].text)]
        if facet == GENERAL:  # a lead-in is one point, and what it leads to stands in its last words
            shown[facet] = places[-1:] or front[-1:]
            continue
        if not places:  # `针对更新不及时的问题，我局将认真整改`
            places = [k for k in range(len(clauses)) if pattern is not None and pattern.search(clauses[k].text)]
        shown[facet] = places
    _yield_clauses(shown)
    taken = {k for places in shown.values() for k in places}
    return shown, [k for k in front if k not in taken] or front


def _yield_clauses(shown: dict[str, list[int]]) -> None:
    """Takes from a facet with a clause of its own those clauses that are the only ones of another facet, in place.

    In `内容不够全面，政策解读质量不高` the second clause shows the interpretation; that 质量 is a cue of the content, too, adds no point.
    """
    holders = Counter(k for places in shown.values() for k in places)
    only = {places[0]: facet for facet, places in shown.items() if len(places) == 1}
    for facet, places in shown.items():
        if any(holders[k] == 1 for k in places):
            shown[facet] = [k for k in places if only.get(k, facet) == facet]


def _settle(open_: Sequence[tuple[int, str, list[Clause], list[int]]], scorer: ClauseScorer | None) -> list[int]:
    """For each facet without a cue the place, among its candidates, of the clause that shows it best."""
    if scorer is None:
        return [max(range(len(c)), key=lambda k, c=c, t=t: len(t[c[k]].text)) for _, _, t, c in open_]  # type: ignore[misc]
    texts = [clauses[k].text for _, _, clauses, candidates in open_ for k in candidates]
    if not texts:
        return []
    names = sorted({facet for _, facet, _, _ in open_})
    scores = scorer(texts, names)
    found, at = [], 0
    for _, facet, _, candidates in open_:
        found.append(int(scores[at : at + len(candidates), names.index(facet)].argmax()))
        at += len(candidates)
    return found


def _loci(text: str, start: int, clauses: Sequence[Clause], rules: PointRules) -> list[Locus | None]:
    found: list[Locus | None] = []
    for k, clause in enumerate(clauses):
        own: Locus = next((locus for locus, pattern in rules.locus if pattern.search(clause.text)), "unstated")
        if own == "unstated" and k and found[-1] in rules.inherited and _goes_on(text, start, clauses[k - 1], clause, rules):
            own = found[-1]
        found.append(own)
    return found


def _goes_on(text: str, start: int, before: Clause, clause: Clause, rules: PointRules) -> bool:
    """Whether a clause speaks of whom the one before it named."""
    if set(text[before.end - start : clause.start - start]) & set("；;。：:！？") or rules.breaks.search(clause.text):
        return False
    return not rules.topics.search(clause.text) or rules.agency.search(before.text) is not None


def _statuses(clauses: Sequence[Clause], before: Status | None, rules: PointRules) -> list[Status | None]:
    """Each clause's own marker, else that of the clause before it or of the lead-in; a measure without any is a plan."""
    found: list[Status | None] = []
    current: Status = before or "planned"
    for clause in clauses:
        current = next((status for status, pattern in rules.status if pattern.search(clause.text)), current)
        found.append(current)
    return found


class _Carry:
    """The status that a lead-in (`一年来，我局采取了以下措施：`) gives to the items behind it, until the next heading or lead-in."""

    def __init__(self) -> None:
        self._report = ""
        self._path: tuple[str, ...] = ()
        self._status: Status | None = None

    def before(self, passage: Coded) -> Status | None:
        if (passage.report_id, passage.heading_path) != (self._report, self._path):
            self._report, self._path, self._status = passage.report_id, passage.heading_path, None
        return self._status

    def after(self, passage: Coded, statuses: Sequence[Status | None]) -> None:
        if passage.text.rstrip().endswith((":", "：")):
            self._status = statuses[-1]


__all__ = ["Clause", "ClauseScorer", "Coded", "LinearScorer", "Point", "clauses_of", "points_of"]
