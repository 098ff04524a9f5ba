"""Fits the linear model with scikit-learn.  Two stages, as ``models/linear.py`` describes them; same data, same bytes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from corpus.errors import DataError
from models.base import Passage
from models.familiarity import LEAST_PAIRS, LEAST_PASSAGES, pairs_of_texts
from models.features import FIRST, LAST, Floats, clean, clean_heading, flag_names, lexicon, own_headings
from models.linear import (
    Encoder,
    LinearClassifier,
    Thresholds,
    Weights,
    choose_facets,
    clause_texts,
    sigmoid,
    softmax,
    surroundings,
)
from models.linear_folder import dump, parse
from models.lookup import MAX_ALPHABET
from models.main_clause import main_clause
from models.seed import SEED
from models.taxonomy import Taxonomy
from models.weigher import LONGEST_FEATURE, Sparse, Vocabulary, Weigher
from training.passages import TrainingPassage, as_report, by_voice

#: scores of a code that the training data has no example of: it is never chosen
NEVER = -9.0
#: further labels are given only if at least this F1 is reached on voices left out; no probability reaches ``NEVER_ALSO``
LEAST_ALSO_F1, NEVER_ALSO = 0.5, 1.1
_THRESHOLDS = np.arange(0.1, 0.61, 0.025)
_HIGHEST = 0.95
_FEWEST = 3
#: the limit of strangeness: share of voices below it, and the fewest voices from which it is chosen
_LIMIT, _LEAST_VOICES = 0.98, 20
Bools = NDArray[np.bool_]
#: groups of features by the beginnings of their names, and what is no feature by itself: the passages around
GROUPS: Mapping[str, tuple[str, ...]] = {
    "text": ("text:",),
    "main clause": ("clause:",),
    "headings": ("heading:", "flag:heading:", "flag:first-under-heading", "flag:no-heading"),
    "section": ("flag:section=", "flag:mode=s5", "flag:third="),
    "position": ("flag:third=", "flag:first", "flag:last", "flag:only"),
    "neighbours": ("flag:before:", "flag:after:", "flag:mode="),
    "terms": ("flag:term:",),
    "shape": ("flag:enumerator=", "flag:end=", "flag:length=", "flag:numbers=", "flag:percent", "flag:book"),
}


@dataclass(frozen=True, slots=True)
class LinearSettings:
    """What is chosen before fitting.

    ``c`` and ``facet_c`` are inverse strengths of regularisation of the first stage, ``stack_c`` of the second.  An n-gram is a feature if
    it stands in ``min_voices`` voices: what only one author writes teaches nothing about others; one of three characters also needs
    ``min_passages`` passages.  ``scales`` as in :class:`models.weigher.Vocabulary`.  ``bare`` is the share of weight of the copy of each
    passage without its headings, so that the model does not lean on headings that real reports often lack.  ``decay`` as in
    :func:`models.linear.surroundings`.  Voices are left out in ``folds`` parts for the second stage and the thresholds.  The thresholds of
    facets are multiplied by ``facet_raise``: where passages to learn from were written to show facets, those of whole reports show fewer
    with the same scores.  Weights nearer to 0 than ``least_weight`` are left out of the files, which then pack a third smaller.
    """

    c: float = 10.0
    facet_c: float = 10.0
    stack_c: float = 0.3
    min_voices: int = 4
    min_passages: int = 8
    scales: Mapping[str, float] = field(
        default_factory=lambda: {"text": 1.5, "heading": 0.5, "clause": 1.5, "flag": 0.15, "term": 0.1}
    )
    bare: float = 0.5
    decay: float = 0.6
    facet_raise: float = 1.0
    least_weight: float = 0.0
    vector: float = 0.05
    folds: int = 3
    max_iter: int = 400
    seed: int = SEED
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of each number of the training passages' vectors, both empty without an encoder.

    Vectors of e5 models lie close together in one direction; standardised they tell sentences apart.
    """

    centre: Floats
    each: Floats

    @classmethod
    def of(cls, encoder: Encoder | None, texts: Sequence[str]) -> Spread:
        """Of the vectors of texts."""
        if encoder is None:
            return cls(np.zeros(0, dtype=np.float32), np.ones(0, dtype=np.float32))
        found = encoder.vectors(texts)
        return cls(found.mean(axis=0), found.std(axis=0) + np.float32(1e-6))

    def applied(self, vectors: Floats, scale: float) -> Floats:
        """Vectors as they are learnt from."""
        return np.asarray((vectors - self.centre) / self.each * np.float32(scale), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted scikit-learn estimators (``None`` for a code without examples), the classifier made of them, and how strange each voice is
    to the others (:mod:`models.familiarity`), voices of which nothing can be said left out."""

    weigher: Weigher
    first: list[LogisticRegression | None]
    facets: list[LogisticRegression | None]
    stack: LogisticRegression
    classifier: LinearClassifier
    files: dict[str, bytes]
    strange: Mapping[str, float]


def build_vocabulary(passages: Sequence[TrainingPassage], settings: LinearSettings) -> tuple[Vocabulary, Floats]:
    """N-grams that stand in enough voices, and their weights of rarity, in the order of :class:`models.weigher.Vocabulary`.

    The weight is log((1 + voices) / (1 + voices with it)) + 1, over voices and not passages.
    """
    voices = by_voice(passages)
    texts: Counter[str] = Counter()
    headings: Counter[str] = Counter()
    main: Counter[str] = Counter()
    passages_with: Counter[str] = Counter()
    for own in voices.values():
        in_texts: set[str] = set()
        in_headings: set[str] = set()
        in_main: set[str] = set()
        for p in as_report(own):
            text = clean(p.text)
            grams = _grams(text)
            passages_with.update(grams)
            in_texts |= grams
            in_main |= _grams(main_clause(text))
            in_headings |= _grams(f"{LAST}{FIRST}".join(map(clean_heading, own_headings(p))))
        texts.update(in_texts)
        headings.update(in_headings)
        main.update(in_main)
    least = min(settings.min_voices, max(1, len(voices) // 2))
    for gram in [
        g for g, n in texts.items() if n < least or (len(g) == LONGEST_FEATURE and passages_with[g] < settings.min_passages)
    ]:
        del texts[gram]
    headings = Counter({g: n for g, n in headings.items() if n >= least})
    main = Counter({g: n for g, n in main.items() if n >= least})
    ranked = sorted((g for g in texts if len(g) == 1 and LAST < g <= "\uffff"), key=lambda g: (-texts[g], g))
    terms = {c for term in lexicon().terms for c in term}
    alphabet = sorted([*terms, *[c for c in ranked if c not in terms][: MAX_ALPHABET - 2 - len(terms)]])
    known = {FIRST, LAST, *alphabet}
    chosen = [tuple(sorted(g for g in found if set(g) <= known)) for found in (texts, headings, main)]
    counts = [found[g] for found, names in zip((texts, headings, main), chosen, strict=True) for g in names]
    idf = np.log((1 + len(voices)) / (1 + np.array(counts, dtype=np.float64))) + 1.0
    return Vocabulary("".join(alphabet), chosen[0], chosen[1], chosen[2], dict(settings.scales)), idf.astype(np.float32)


def _grams(text: str) -> set[str]:
    edged = f"{FIRST}{text}{LAST}"
    return {edged[i : i + n] for n in range(1, LONGEST_FEATURE + 1) for i in range(len(edged) - n + 1)}


def _csr(sparse: Sparse, width: int) -> csr_matrix:
    made = csr_matrix((sparse.values, sparse.ids, sparse.starts), shape=(len(sparse.starts) - 1, width))
    made.sum_duplicates()
    return made


def matrix(weigher: Weigher, reports: Sequence[Sequence[Passage]]) -> csr_matrix:
    """The first step of the pipeline for labels: one row for each passage of the reports."""
    width = weigher.grams + len(flag_names())
    return vstack([_csr(weigher.weigh(report), width) for report in reports], format="csr")


def text_matrix(weigher: Weigher, texts: Sequence[str]) -> csr_matrix:
    """The first step of the pipeline for facets: cleaned texts alone, as headings and place say what a passage is, not its topic."""
    return _csr(weigher.weigh_texts(texts), weigher.texts + len(lexicon().classes))


def _used(weigher: Weigher, without: Sequence[str]) -> Floats:
    """1 for each feature that is used, 0 for one of the groups ``without``."""
    left = tuple(begin for group in without for begin in GROUPS[group])
    names = [weigher.name(i) for i in range(weigher.grams + len(flag_names()))]
    return np.array([not name.startswith(left) for name in names], dtype=np.float32)


def _one_by_one(
    x: csr_matrix, truth: Bools, c: float, settings: LinearSettings, weight: Floats
) -> list[LogisticRegression | None]:
    """One yes-no model for each column of ``truth``; ``None`` for a code with fewer than three examples."""
    models: list[LogisticRegression | None] = []
    for y in truth.T:
        model = LogisticRegression(C=c, max_iter=settings.max_iter, random_state=settings.seed, solver="liblinear", tol=1e-3)
        enough = _FEWEST <= y.sum() < len(y)
        models.append(model.fit(x, y, sample_weight=weight) if enough else None)
    return models


def decisions(models: Sequence[LogisticRegression | None], x: csr_matrix) -> Floats:
    """(row, model) scores."""
    found = np.full((x.shape[0], len(models)), NEVER, dtype=np.float32)
    for k, model in enumerate(models):
        if model is not None:
            found[:, k] = model.decision_function(x)
    return found


def stack_features(first: Floats, sections: Sequence[str | None], decay: float) -> Floats:
    """Input of the second stage for the passages of one report."""
    return np.concatenate([first, surroundings(softmax(first), sections, decay)], axis=1)


def _second(scores: Floats, groups: Sequence[Sequence[TrainingPassage]], decay: float) -> Floats:
    parts, at = [], 0
    for own in groups:
        parts.append(stack_features(scores[at : at + len(own)], [p.section for p in own], decay))
        at += len(own)
    return np.concatenate(parts)


def facet_probabilities(
    models: Sequence[LogisticRegression | None], weigher: Weigher, texts: Sequence[str], general: int | None
) -> Floats:
    """(text, facet) probabilities of cleaned texts as the classifier makes them, but with clauses as texts of their own."""
    whole = sigmoid(decisions(models, text_matrix(weigher, texts)))
    pieces = [clause_texts(t) for t in texts]
    own = sigmoid(decisions(models, text_matrix(weigher, [c for cut in pieces for c in cut])))
    best = np.maximum.reduceat(own, np.cumsum([0, *map(len, pieces)])[:-1], axis=0)
    if general is not None:
        best[:, general] = whole[:, general]
    return np.asarray((whole + best) / 2, dtype=np.float32)


def choose_thresholds(probabilities: Floats, truth: Bools, general: int | None) -> tuple[float, ...]:
    """The threshold of each facet: half way between the one with the best micro-F1 for all, and the facet's own, the others fixed.

    A facet's own alone would follow the chance of some dozen examples.
    """

    def f1(least: Floats) -> float:
        over = choose_facets(probabilities, least, general)
        return float(2 * (over & truth).sum() / max(1, over.sum() + truth.sum()))

    every = np.ones(truth.shape[1], dtype=np.float32)
    common = max((np.float32(t) for t in _THRESHOLDS), key=lambda t: f1(every * t))
    own = every * common
    for k in range(len(own)):
        tried = [np.where(np.arange(len(own)) == k, np.float32(t), own) for t in _THRESHOLDS]
        own = max(tried, key=lambda least, k=k: (f1(least), -abs(float(least[k] - common))))  # type: ignore[misc]
    return tuple(round(float(common + t) / 2, 4) for t in own)


def also_threshold(probabilities: Floats, truth: Bools, labels: NDArray[np.int64]) -> float:
    """The probability from which a label that is not the likeliest is given as a further one: that of the best F1, at least 0.1.

    ``NEVER_ALSO`` where even the best F1 is under ``LEAST_ALSO_F1``: further labels that are wrong more often than right help nobody.
    """
    others = probabilities.copy()
    others[np.arange(len(others)), labels] = 0.0
    best = [(2 * ((others >= t) & truth).sum() / max(1, (others >= t).sum() + truth.sum()), -t) for t in _THRESHOLDS]
    f1, threshold = max(best)
    return round(float(-threshold), 4) if f1 >= LEAST_ALSO_F1 else NEVER_ALSO


def fit(
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    settings: LinearSettings,
    log: Callable[[str], None] = lambda line: None,
    encoder: Encoder | None = None,
) -> Fitted:
    """Fits everything on ``passages`` (whole voices), with the vectors of an encoder if one is given.

    Raises:
        DataError: fewer voices or labels than it takes.
    """
    groups = list(by_voice(passages).values())
    if len(groups) < 2 or len({p.label for p in passages}) < 2:
        raise DataError(
            f"{len(passages)} passages of {len(groups)} voices with {len({p.label for p in passages})} labels",
            remedy="give at least two voices (reports) and two labels",
        )
    vocabulary, idf = build_vocabulary(passages, settings)
    weigher = Weigher(vocabulary, idf)
    log(f"{len(vocabulary.text)} n-grams of texts, {len(vocabulary.heading)} of headings")
    flat = [p for own in groups for p in own]
    x = vstack([matrix(weigher, [as_report(own, headings=h) for own in groups]) for h in (True, False)], format="csr")
    weight = np.repeat([1.0 - settings.bare, settings.bare], len(flat)).astype(np.float32)
    y = np.array([taxonomy.labels.index(p.label) for p in flat] * 2)
    truth = np.eye(len(taxonomy.labels), dtype=np.bool_)[y]
    voice = np.array([p.voice for p in flat])
    if settings.without:
        x = (x @ diags(_used(weigher, settings.without))).tocsr()
    spread = Spread.of(encoder, [p.text for p in flat])
    if encoder is not None:
        own_vectors = csr_matrix(spread.applied(encoder.vectors([p.text for p in flat]), settings.vector))
        x = hstack([x, vstack([own_vectors, own_vectors])], format="csr")
    # a passage without headings of its own is the same twice: it is learnt from once, with the weight of both
    same = np.array([not own_headings(q) for own in groups for q in as_report(own)])
    used = np.concatenate([np.ones(len(flat), dtype=np.bool_), ~same])
    once = weight + np.concatenate([same * settings.bare, np.zeros(len(flat))]).astype(np.float32)
    first = _one_by_one(x[used], truth[used], settings.c, settings, once[used])
    log("first stage fitted")

    coded = np.flatnonzero([bool(taxonomy.facets) and p.label in taxonomy.coded for p in flat])
    texts = [clean(flat[i].text) for i in coded]
    shown = np.array([[f in flat[i].facets for f in taxonomy.facets] for i in coded], dtype=np.bool_)
    shown = shown.reshape(len(coded), len(taxonomy.facets))
    facet_x = text_matrix(weigher, texts) if len(coded) else csr_matrix((0, weigher.texts + len(lexicon().classes)))
    ones = np.ones(len(coded), dtype=np.float32)
    facets = _one_by_one(facet_x, shown, settings.facet_c, settings, ones) if len(coded) else [None] * len(taxonomy.facets)

    # the second stage and the thresholds learn from scores of voices that the first stage has not seen
    unseen = np.zeros(truth.shape, dtype=np.float32)
    unseen_facets = np.zeros(shown.shape, dtype=np.float32)
    general = taxonomy.facets.index(taxonomy.general) if taxonomy.general else None
    for train, test in GroupKFold(min(settings.folds, len(groups))).split(x, y, np.tile(voice, 2)):
        some = train[used[train]]
        unseen[test] = decisions(_one_by_one(x[some], truth[some], settings.c, settings, once[some]), x[test])
        left = np.flatnonzero(np.isin(voice[coded], voice[test[test < len(flat)]]))
        if len(left) and len(left) < len(coded):
            kept = np.setdiff1d(np.arange(len(coded)), left)
            part = _one_by_one(facet_x[kept], shown[kept], settings.facet_c, settings, ones[kept])
            unseen_facets[left] = facet_probabilities(part, weigher, [texts[i] for i in left], general)
    second = _second(unseen, [*groups, *groups], settings.decay)
    if "neighbours" in settings.without:
        second[:, len(taxonomy.labels) :] = 0.0
    stack = LogisticRegression(C=settings.stack_c, max_iter=settings.max_iter, random_state=settings.seed, tol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said below in words that whoever trains can use
        stack.fit(second, y, sample_weight=weight)
    stopped = stack.n_iter_.max() >= settings.max_iter
    log(
        "second stage fitted" + (f" (stopped after {settings.max_iter} rounds; --set max_iter=N gives more)" if stopped else "")
    )

    probabilities = np.zeros(truth.shape, dtype=np.float32)
    probabilities[:, stack.classes_] = stack.predict_proba(second)
    also = np.array([[c in p.also for c in taxonomy.labels] for p in flat])
    thresholds = Thresholds(
        tuple(round(min(_HIGHEST, settings.facet_raise * t), 4) for t in choose_thresholds(unseen_facets, shown, general))
        if len(coded)
        else tuple(0.5 for _ in taxonomy.facets),
        also_threshold(probabilities[: len(flat)], also, probabilities[: len(flat)].argmax(axis=1))
        if also.any()
        else NEVER_ALSO,
        settings.decay,
    )
    weights = _weights(weigher, first, facets, stack, spread, settings.vector)
    for some in (weights.own, weights.facets):
        some[np.abs(some) < settings.least_weight] = 0.0
    files = dump(vocabulary, idf, weights, thresholds)
    served = parse(files, taxonomy, "fitted", "the model just fitted", encoder=encoder)
    surest = probabilities[: len(flat)].max(axis=1)
    strange = strange_voices(groups, surest, min(settings.min_voices, max(1, len(groups) // 2)))
    return Fitted(weigher, first, facets, stack, served, files, strange)


def strange_voices(groups: Sequence[Sequence[TrainingPassage]], surest: Floats, least: int) -> dict[str, float]:
    """How strange each voice is to a model of the others: a pair of characters is known if ``least`` others hold it.

    Args:
        groups: passages by voice.
        surest: probability of the likeliest label of each passage, by a model that has not seen its voice.
        least: as of the vocabulary.
    """
    pairs = [pairs_of_texts([p.text for p in own]) for own in groups]
    known, voices = np.unique(np.concatenate([np.unique(p) for p in pairs]), return_counts=True)
    found, at = {}, 0
    for own, mine in zip(groups, pairs, strict=True):
        doubt = 1.0 - float(surest[at : at + len(own)].mean())
        at += len(own)
        if len(own) >= LEAST_PASSAGES and len(mine) >= LEAST_PAIRS:
            found[own[0].voice] = float((voices[np.searchsorted(known, mine)] - 1 < least).mean()) + doubt
    return found


def strangeness_limit(strange: Mapping[str, float], typical: Collection[str] | None = None) -> float | None:
    """What only one voice in fifty is above; of the voices ``typical`` if they are given.  ``None`` of fewer than 20."""
    values = [v for name, v in strange.items() if typical is None or name in typical]
    return round(float(np.quantile(values, _LIMIT)), 4) if len(values) >= _LEAST_VOICES else None


def _weights(
    weigher: Weigher,
    first: Sequence[LogisticRegression | None],
    facets: Sequence[LogisticRegression | None],
    stack: LogisticRegression,
    spread: Spread,
    scale: float,
) -> Weights:
    sparse = weigher.grams + len(flag_names())
    both, bias = _dense(first, sparse + len(spread.centre))
    own, vector = both[:sparse], both[sparse:] * (np.float32(scale) / spread.each)[:, None]
    facet, facet_bias = _dense(facets, weigher.texts + len(lexicon().classes))
    labels = len(first)
    mixed = np.zeros((4 * labels, labels), dtype=np.float32)
    mixed_bias = np.full(labels, NEVER, dtype=np.float32)
    if len(stack.classes_) == 2:  # one row of weights says both
        mixed[:, stack.classes_] = np.stack([-stack.coef_[0] / 2, stack.coef_[0] / 2], axis=1)
        mixed_bias[stack.classes_] = [-stack.intercept_[0] / 2, stack.intercept_[0] / 2]
    else:
        mixed[:, stack.classes_] = stack.coef_.T
        mixed_bias[stack.classes_] = stack.intercept_
    return Weights(own, bias, facet, facet_bias, mixed, mixed_bias, vector, spread.centre)


def _dense(models: Sequence[LogisticRegression | None], width: int) -> tuple[Floats, Floats]:
    weights = np.zeros((width, len(models)), dtype=np.float32)
    bias = np.full(len(models), NEVER, dtype=np.float32)
    for k, model in enumerate(models):
        if model is not None:
            weights[:, k], bias[k] = model.coef_[0], model.intercept_[0]
    return weights, bias


def settings_of(given: Mapping[str, Any], seed: int, without: Sequence[str] = ("vector",)) -> LinearSettings:
    """Settings from names and values; those in ``without`` are not for the engine that asks.

    Raises:
        DataError: an unknown name, or a value of another kind.
    """
    default = LinearSettings()
    known = {name: getattr(default, name) for name in LinearSettings.__slots__ if name not in {"seed", "without", *without}}
    for name, value in given.items():
        if name not in known:
            raise DataError(f"the linear engine has no setting {name!r}", remedy=f"use one of {', '.join(known)}")
        number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        if name == "scales":
            if not isinstance(value, dict) or set(value) != set(default.scales):
                raise DataError(f"scales {value!r}", remedy=f"give a number for each of {', '.join(default.scales)}")
        elif not number or (isinstance(known[name], int) and not isinstance(value, int)):
            raise DataError(f"setting {name} is {value!r}", remedy=f"give a number above 0 like {known[name]}")
    return LinearSettings(**{**known, **given}, seed=seed)
