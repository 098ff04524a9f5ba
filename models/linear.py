"""The linear classifier: one sparse product for the labels and facets of a whole report, in numpy alone.

The engine ``hybrid`` is the same classifier with a pretrained encoder: the first stage adds what the vector of the sentence says of its
label.

``probability(label) = softmax(stack · [own scores, neighbours' probabilities])``: the first stage looks at each passage, the second
corrects and calibrates it with what the first says of the passages around it.  A facet is judged twice, by the whole passage and by
its clauses one by one (a point is a facet with the clause that shows it), and the two are averaged.  A further label (``also``) is
one that is itself probable enough.  Trained with scikit-learn (``training/engines/linear_fit.py``), which is not imported here; equality with the
fitted pipeline is tested.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from corpus.datafile import later
from models.base import Passage, Prediction
from models.familiarity import KnownPairs, Strangeness, strangeness
from models.features import Floats, Ints, in_octets, runs
from models.taxonomy import Taxonomy
from models.weigher import Seen, Weigher

_CLAUSE = later(r".{5,}?(?:[,;。]|$)|.+$", flags=re.DOTALL)


def clauses(text: str) -> list[str]:
    """A cleaned text cut after commas, semicolons and full stops, no piece but the last under six characters.

    >>> clauses("一是,更新不够及时,形式单一。")
    ['一是,更新不够及时,', '形式单一。']
    """
    return _CLAUSE.findall(text)


def clause_starts(text: str) -> list[int]:
    """Where the clauses of a cleaned text begin, first 0.

    >>> clause_starts("一是,更新不够及时,形式单一。")
    [0, 10]
    """
    return [m.start() for m in _CLAUSE.finditer(text)] or [0]


def softmax(scores: Floats) -> Floats:
    """Rows of scores as probabilities."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cast("Floats", e / e.sum(axis=1, keepdims=True))


def sigmoid(scores: Floats) -> Floats:
    """Scores as independent probabilities."""
    return cast("Floats", 1.0 / (1.0 + np.exp(-scores)))


def surroundings(probabilities: Floats, sections: Sequence[str | None], decay: float) -> Floats:
    """What the first stage says around each passage, within its section.

    Returns:
        (passage, 3 × labels): the passage before, the one after, and the mean of all before, nearer ones weighing more (each step
        away counts ``decay`` as much).  Zeros where there is none.
    """
    count, labels = probabilities.shape
    found = np.zeros((count, 3, labels), dtype=np.float32)
    if count < 2:
        return found.reshape(count, -1)
    here = np.arange(count) - runs(sections)[0]
    goes_on = (here[1:] > 0)[:, None]
    np.multiply(probabilities[:-1], goes_on, out=found[1:, 0])
    np.multiply(probabilities[1:], goes_on, out=found[:-1, 1])
    # sums with weights 1, d, d², … over all before: what is summed over 2k passages is what is summed over the k nearest, and d^k
    # times what the passage k before has (W. D. Hillis, G. L. Steele 1986, Data parallel algorithms)
    mean = np.zeros((count, labels + 1), dtype=np.float32)
    mean[:, :labels] = found[:, 0]
    mean[1:, labels] = goes_on[:, 0]
    step, longest = 1, int(here.max())
    while step < longest:
        mean[step:] += np.float32(decay**step) * mean[:-step] * (here[step:] >= step)[:, None]
        step *= 2
    found[:, 2] = mean[:, :labels] / np.maximum(mean[:, labels:], np.float32(1e-9))
    return found.reshape(count, -1)


def choose_facets(probabilities: Floats, least: Floats, general: int | None) -> NDArray[np.bool_]:
    """(passage, facet): those over their thresholds ``least``, else the likeliest; ``general`` alone or not at all (codebook, section 1).

    >>> choose_facets(np.array([[0.5, 0.6, 0.2], [0.1, 0.2, 0.3]]), np.array([0.4, 0.4, 0.4]), 0).astype(int).tolist()
    [[0, 1, 0], [0, 0, 1]]
    """
    chosen: NDArray[np.bool_] = probabilities >= least
    if not chosen.size:
        return chosen
    none = np.flatnonzero(~chosen.any(axis=1))
    chosen[none, probabilities[none].argmax(axis=1)] = True
    if general is not None:
        several = chosen[:, general] & (chosen.sum(axis=1) > 1)
        others = np.where(chosen, probabilities, 0.0)
        others[:, general] = 0.0
        alone = several & (probabilities[:, general] > others.max(axis=1))
        chosen[several, general] = False
        chosen[alone] = False
        chosen[alone, general] = True
    return chosen


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``facets``: probability from which each facet is given; ``also``: that from which a label is a further one; ``decay``: see
    :func:`surroundings`."""

    facets: tuple[float, ...]
    also: float
    decay: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt, besides the features' weights of rarity.

    ``own`` is (n-gram or flag, label), ``facets`` (n-gram of texts or class of terms, facet), ``stack`` (4 × labels, label) over [own
    scores, before, after, mean before]; each with a ``bias``.  ``vector`` is (number of a sentence vector, label), over vectors less their mean ``centre``; empty without encoder.
    """

    own: Floats
    bias: Floats
    facets: Floats
    facet_bias: Floats
    stack: Floats
    stack_bias: Floats
    vector: Floats
    centre: Floats


class Encoder(Protocol):
    """Turns sentences into vectors of ``size`` numbers: :class:`models.sentence_encoder.SentenceEncoder`."""

    @property
    def size(self) -> int: ...

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(text, size)."""
        ...


class LinearClassifier:
    """Labels the passages of a report: the engine ``linear``, and with an encoder the engine ``hybrid``.

    Args:
        taxonomy: the codes.
        weigher: makes the features.
        weights: what was learnt.
        thresholds: from which probability a code is given.
        digest: hash of the model's files, part of ``model_id``.
        encoder: makes the vectors that ``weights.vector`` weighs.
        limit: of :class:`models.familiarity.Strangeness`, if the model has one.
        min_confidence: below this probability a label is ``abstained``.
    """

    def __init__(
        self, taxonomy: Taxonomy, weigher: Weigher, weights: Weights, thresholds: Thresholds, digest: str,
        *, encoder: Encoder | None = None, limit: float | None = None, min_confidence: float | None = None,
    ) -> None:  # fmt: skip
        self.taxonomy = taxonomy
        self.labels, self.facets = taxonomy.labels, taxonomy.facets
        self.weigher = weigher
        self.weights = weights
        self.thresholds = thresholds
        self.encoder = encoder
        self.limit = limit
        self.min_confidence = min_confidence
        self._digest = digest
        self._label_columns = weigher.columns(weights.own)
        self._facet_columns = weigher.text_columns(weights.facets)
        self._is_coded = np.array([bool(self.facets) and label in taxonomy.coded for label in self.labels])
        self._least = np.array(thresholds.facets, dtype=np.float32)
        self._general = self.facets.index(taxonomy.general) if taxonomy.general in self.facets else None

    @property
    def model_id(self) -> str:
        return f"{'hybrid' if self.encoder else 'linear'}-{self._digest}"

    @cached_property
    def known(self) -> KnownPairs:
        """The pairs of characters that training texts of several reports hold."""
        return KnownPairs(self.weigher.vocabulary.text)

    def strangeness(self, passages: Sequence[Passage], predictions: Sequence[Prediction]) -> Strangeness | None:
        """How far a report is from the training reports; ``None`` where that cannot be said."""
        return strangeness(self.known, [p.text for p in passages], predictions, self.limit)

    def scores(self, passages: Sequence[Passage], rows: Sequence[int] | None = None) -> tuple[Floats, Floats, Floats]:
        """(passage, code) probabilities of labels, of facets, and of further labels (those of the labels), for one report.

        Args:
            passages: those of one report.
            rows: the passages to look at, all if not given.  The encoder is asked about these alone; the others are their neighbours
                by their n-grams, as if their vectors were average.
        """
        if not passages:
            n = len(self.labels)
            return tuple(np.zeros((0, k), dtype=np.float32) for k in (n, len(self.facets), n))  # type: ignore[return-value]
        chosen = np.arange(len(passages)) if rows is None else np.array(rows, dtype=np.int64)
        seen = self.weigher.see(passages)
        labels = self._labels(passages, seen, chosen)[chosen]
        order = np.argsort(chosen)
        facets = np.zeros((len(chosen), len(self.facets)), dtype=np.float32)
        facets[order] = self._facets(seen, chosen[order])
        return labels, facets, labels

    def facet_scores(self, texts: Sequence[str]) -> Floats:
        """(text, facet) log-odds of cleaned texts, each judged as a whole and on its own: for clauses."""
        if not texts:
            return np.zeros((0, len(self.facets)), dtype=np.float32)
        seen = self.weigher.see_texts(texts)
        whole, _, _ = self.weigher.text_scores(seen, self._facet_columns, np.arange(len(texts)), [[0]] * len(texts))
        return whole + self.weights.facet_bias

    def _labels(self, passages: Sequence[Passage], seen: Seen, rows: Ints) -> Floats:
        w = self.weights
        first = self.weigher.scores(seen, self._label_columns) + w.bias
        if self.encoder is not None and len(rows):
            first[rows] += (self.encoder.vectors([passages[i].text for i in rows.tolist()]) - w.centre) @ w.vector
        around = surroundings(softmax(first), [p.section for p in passages], self.thresholds.decay)
        return softmax(np.concatenate([first, around], axis=1) @ w.stack + w.stack_bias)

    def _facets(self, seen: Seen, rows: Ints) -> Floats:
        """Mean of the probability by the whole passage and of the highest by one of its clauses.

        ``general`` is judged by the whole: that a clause names no topic says nothing of the passage.
        """
        if not len(rows) or not self.facets:
            return np.zeros((len(rows), len(self.facets)), dtype=np.float32)
        cuts = [clause_starts(seen.texts[i]) for i in rows.tolist()]
        whole, pieces, first = self.weigher.text_scores(seen, self._facet_columns, rows, cuts)
        best = np.maximum.reduceat(pieces, first, axis=0)
        if self._general is not None:
            best[:, self._general] = whole[:, self._general]
        bias = self.weights.facet_bias
        return cast("Floats", (sigmoid(whole + bias) + sigmoid(best + bias)) / 2)

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        if not passages:
            return []
        seen = self.weigher.see(passages)
        probabilities = self._labels(passages, seen, np.arange(len(passages)))
        coded = np.flatnonzero(self._is_coded[probabilities.argmax(axis=1)])
        facets = np.zeros((len(passages), len(self.facets)), dtype=np.float32)
        facets[coded] = self._facets(seen, coded)
        return self.decide(probabilities, facets, self.min_confidence)

    def decide(self, probabilities: Floats, shown: Floats, min_confidence: float | None) -> list[Prediction]:
        """Predictions of (passage, code) probabilities of labels and of facets, by this model's thresholds."""
        best = probabilities.argmax(axis=1)
        coded = np.flatnonzero(self._is_coded[best])
        given: dict[int, list[str]] = {i: [] for i in coded.tolist()}
        guessed = set(coded[(shown[coded] < self._least).all(axis=1)].tolist()) if self.facets else set()
        for row, k in np.argwhere(choose_facets(shown[coded], self._least, self._general)).tolist():
            given[int(coded[row])].append(self.facets[k])
        scores = probabilities[np.arange(len(best)), best].tolist()
        further: dict[int, tuple[str, ...]] = {}
        for i, k in np.argwhere(probabilities >= self.thresholds.also).tolist():
            if k != best[i]:
                further[i] = (*further.get(i, ()), self.labels[k])
        least = min_confidence if min_confidence is not None else 0.0
        told = dict(zip(coded.tolist(), map(tuple, in_octets(shown[coded])), strict=True)) if self.facets else {}
        return [
            Prediction(
                self.labels[k],
                further.get(i, ()),
                tuple(given.get(i, ())),
                round(score, 4),
                score < least,
                i in guessed,
                told.get(i, ()),
            )
            for i, (k, score) in enumerate(zip(best.tolist(), scores, strict=True))
        ]

    def explain(self, passages: Sequence[Passage], index: int, *, top: int = 8) -> list[tuple[str, float]]:
        """Which features spoke for the predicted label of a passage, in the first stage: (feature, weight), strongest first."""
        sparse = self.weigher.weigh(passages)
        here = slice(int(sparse.starts[index]), int(sparse.starts[index + 1]))
        label = self.labels.index(self.predict(passages)[index].label)
        own = self.weights.own[sparse.ids[here]]
        share: dict[int, float] = {}
        values = (own[:, label] - own.mean(axis=1)) * sparse.values[here]
        for feature, value in zip(sparse.ids[here].tolist(), values.tolist(), strict=True):
            share[feature] = share.get(feature, 0.0) + value  # an n-gram may occur twice
        strongest = sorted(share.items(), key=lambda item: -item[1])[:top]
        return [(self.weigher.name(feature), round(value, 3)) for feature, value in strongest]


def clause_texts(text: str) -> list[str]:
    """The clauses of a cleaned text, as :func:`clause_starts` cuts it."""
    return [text[a:b] for a, b in pairwise([*clause_starts(text), len(text)])]
