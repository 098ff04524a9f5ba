"""Fits the linear model with scikit-learn.  Two stages, as ``models/linear.py`` describes them; same data, same bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from corpus.codebook import CODEBOOK_VERSION, codebook
from models.base import Passage, WordSegmenter
from models.features import KINDS, MAX_ALPHABET, Encoder, Floats, clean, clean_heading, flag_names, lexicon
from models.linear import (
    CODED,
    FORMAT,
    LinearClassifier,
    Weights,
    dump,
    flags_hash,
    parse,
    softmax,
    surroundings,
)
from models.weigher import Vocabulary, Weigher
from models.words import word_segmenter
from training.corpus import TrainingPassage, as_report, by_voice

#: an n-gram of a heading, of the text: up to so many characters
_LONGEST = {"gram": 4, "heading": 3}
_ITEM = re.compile(r"^(?:[一二三四五六七八九十]是|[（(][一二三四五六七八九十\d][）)]|\d[.、．]|[一二三四五六七八九十]、)")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is chosen before fitting.

    ``c`` and ``facet_c`` are inverse strengths of regularisation of the first stage, ``stack_c`` of the second.  A feature is kept
    if it stands in ``min_voices`` voices: what only one author writes teaches nothing about others.  ``scales`` as in
    :class:`models.linear.Vocabulary`.  ``bare`` is the share of weight of the copy of each passage without its headings, so that the
    model does not lean on headings that real reports often lack.  ``facet_term`` is how much more the classes of terms weigh for
    facets than for labels.  ``folds`` voices are left out in turn for the second stage.
    """

    c: float = 10.0
    facet_c: float = 10.0
    facet_term: float = 1.7
    stack_c: float = 0.3
    min_voices: int = 4
    scales: Mapping[str, float] = field(
        default_factory=lambda: {"gram": 1.0, "word": 1.2, "pair": 0.5, "heading": 0.5, "flag": 0.12}
    )
    bare: float = 0.5
    decay: float = 0.6
    facet_threshold: float = 0.4
    also_threshold: float = 0.5
    folds: int = 5
    max_iter: int = 400
    seed: int = 20240501


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted scikit-learn estimators and the classifier made of them."""

    weigher: Weigher
    first: LogisticRegression
    facets: list[LogisticRegression | None]
    also: list[LogisticRegression | None]
    stack: LogisticRegression
    classifier: LinearClassifier
    files: dict[str, bytes]


def build_vocabulary(
    passages: Sequence[TrainingPassage], settings: Settings, segmenter: WordSegmenter
) -> tuple[Vocabulary, Floats]:
    """Features that stand in at least ``min_voices`` voices, and their weights of rarity in order of their keys.

    The weight is log((1 + voices) / (1 + voices with it)) + 1, over voices and not passages.
    """
    found: dict[str, Counter[str]] = {k: Counter() for k in KINDS}
    voices = by_voice(passages)
    for own in voices.values():
        grams: set[str] = set()
        headings: set[str] = set()
        words: set[str] = set()
        pairs: set[str] = set()
        for p in own:
            text = f"\x01{clean(p.text)}\x02"
            grams.update(text[i : i + n] for n in range(1, _LONGEST["gram"] + 1) for i in range(len(text) - n + 1))
            cut = segmenter.cut(text[1:-1])
            words.update(cut)
            pairs.update(f"{a}\t{b}" for a, b in pairwise(cut))
            path = p.heading_path if p.section in {None, "preamble"} else p.heading_path[1:]
            title = "\x01" + "\x02\x01".join(map(clean_heading, path)) + "\x02"
            headings.update(title[i : i + n] for n in range(1, _LONGEST["heading"] + 1) for i in range(len(title) - n + 1))
        for kind, names in (("gram", grams), ("word", words), ("pair", pairs), ("heading", headings)):
            found[kind].update(names)
    kept = {k: {n for n, c in names.items() if c >= settings.min_voices} for k, names in found.items()}
    singles = Counter({n: c for n, c in found["gram"].items() if len(n) == 1 and "\x02" < n <= "\uffff"})
    for term in lexicon().terms:
        singles.update(dict.fromkeys(term, len(voices)))
    alphabet = "".join(sorted(c for c, _ in sorted(singles.items(), key=lambda kv: (-kv[1], kv[0]))[:MAX_ALPHABET]))
    # a word of one character is the character again
    kept["word"] = {w for w in kept["word"] if len(w) > 1}
    vocabulary_words = sorted(kept["word"] | {w for p in kept["pair"] for w in p.split("\t")})
    kept["flag"] = set(flag_names())
    encoder = Encoder(alphabet, vocabulary_words, segmenter)
    chosen = {k: tuple(sorted(n for n in kept[k] if encoder.key(k, n) >= 0)) for k in KINDS}
    keyed = sorted((encoder.key(k, n), k, n) for k in KINDS for n in chosen[k])
    total = 1 + len(voices)
    idf = [1.0 if k == "flag" else np.log(total / (1 + found[k][n])) + 1.0 for _, k, n in keyed]
    vocabulary = Vocabulary(alphabet, tuple(vocabulary_words), chosen, dict(settings.scales))
    return vocabulary, np.array(idf, dtype=np.float32)


def matrix(weigher: Weigher, reports: Sequence[Sequence[Passage]]) -> csr_matrix:
    """The first step of the pipeline: one row for each passage of the reports."""
    parts = []
    for report in reports:
        s = weigher.weigh(report)
        parts.append(csr_matrix((s.values, s.ids, s.starts), shape=(len(report), len(weigher.keys))))
    return vstack(parts, format="csr")


def text_matrix(weigher: Weigher, texts: Sequence[str]) -> csr_matrix:
    """As :func:`matrix`, of texts alone: what facets are judged by."""
    s = weigher.weigh_texts([clean(t) for t in texts])
    return csr_matrix((s.values, s.ids, s.starts), shape=(len(texts), len(weigher.keys)))


def facet_scale(weigher: Weigher, settings: Settings) -> Floats:
    """Factor of each feature for facets: 0 for headings, place and neighbours, which say what a passage is, not its topic."""
    factor = {"gram": 1.0, "word": 1.0, "pair": 1.0, "heading": 0.0, "flag": 0.0}
    return np.array([settings.facet_term if n.startswith("term:") else factor[k] for k, n in weigher.names], dtype=np.float32)


def joined_passages(own: Sequence[TrainingPassage], seed: int) -> list[TrainingPassage]:
    """Passages of one voice run together two to four at a time, with the facets of all: half as many as there are.

    Real reports often put all their problems into one sentence; authored voices rarely do.
    """
    random = np.random.default_rng(seed)
    joined = []
    for label in CODED:
        concrete = [p for p in own if p.label == label and p.facets != ("general",)]
        for _ in range(len(concrete) // 2):
            count = min(int(random.integers(2, 5)), len(concrete))
            picked = [concrete[i] for i in random.choice(len(concrete), count, replace=False).tolist()]
            text = ""
            for p in picked:
                bare = _ITEM.sub("", p.text).rstrip("。；，;,.")
                text += bare if not text else ("，", "；", "、")[int(random.integers(3))] + bare
            facets = tuple(dict.fromkeys(f for p in picked for f in p.facets))
            joined.append(replace(picked[0], text=f"{text}。", facets=facets))
    return joined


def _logistic(c: float, settings: Settings) -> LogisticRegression:
    return LogisticRegression(C=c, max_iter=settings.max_iter, random_state=settings.seed, tol=1e-4)


def _one_by_one(
    x: csr_matrix, truth: Sequence[Sequence[str]], codes: Sequence[str], c: float, settings: Settings, weight: Floats
) -> list[LogisticRegression | None]:
    """One yes-no model for each code; ``None`` for a code with fewer than three examples."""
    models: list[LogisticRegression | None] = []
    for code in codes:
        y = np.array([code in t for t in truth])
        models.append(_logistic(c, settings).fit(x, y, sample_weight=weight) if 3 <= y.sum() < len(y) else None)
    return models


def stack_features(first: Floats, sections: Sequence[str | None], decay: float) -> Floats:
    """Input of the second stage for the passages of one report."""
    return np.concatenate([first, surroundings(softmax(first), sections, decay)], axis=1)


def fit(passages: Sequence[TrainingPassage], settings: Settings, provenance: Mapping[str, Any] | None = None) -> Fitted:
    """Fits everything on ``passages`` (whole voices).

    Args:
        passages: the training passages.
        settings: see :class:`Settings`.
        provenance: ``data_hash`` and ``metrics``, kept in the model's config.
    """
    segmenter = word_segmenter("auto")
    codes = codebook()
    labels, facets = tuple(codes.labels), tuple(codes.facets)
    vocabulary, idf = build_vocabulary(passages, settings, segmenter)
    weigher = Weigher(vocabulary, idf, segmenter)
    groups = list(by_voice(passages).values())
    flat = [p for own in groups for p in own]
    x = vstack([matrix(weigher, [as_report(own, headings=h) for own in groups]) for h in (True, False)], format="csr")
    weight = np.repeat([1.0 - settings.bare, settings.bare], len(flat)).astype(np.float32)
    y = np.array([labels.index(p.label) for p in flat] * 2)
    voice = np.array([p.voice for p in flat] * 2)

    first = _logistic(settings.c, settings).fit(x, y, sample_weight=weight)
    coded = [p for p in flat if p.label in CODED]
    coded += [p for i, own in enumerate(groups) for p in joined_passages(own, settings.seed + i)]
    scale = facet_scale(weigher, settings)
    facet_x = text_matrix(weigher, [p.text for p in coded]) @ diags(scale)
    ones = np.ones(len(coded), dtype=np.float32)
    facet_models = _one_by_one(facet_x.tocsr(), [p.facets for p in coded], facets, settings.facet_c, settings, ones)
    also_models = _one_by_one(x, [p.also for p in flat] * 2, labels, settings.c, settings, weight)

    # the second stage learns from scores of voices that the first has not seen
    unseen = np.zeros((len(y), len(labels)), dtype=np.float32)
    for train, test in GroupKFold(settings.folds).split(x, y, voice):
        part = _logistic(settings.c, settings).fit(x[train], y[train], sample_weight=weight[train])
        unseen[np.ix_(test, part.classes_)] = part.decision_function(x[test])
    second = []
    at = 0
    for own in groups * 2:
        second.append(stack_features(unseen[at : at + len(own)], [p.section for p in own], settings.decay))
        at += len(own)
    stack = _logistic(settings.stack_c, settings).fit(np.concatenate(second), y, sample_weight=weight)

    config = _config(settings, segmenter, labels, facets, provenance or {})
    weights = _weights(idf, first, facet_models, also_models, stack, scale)
    files = dump(config, vocabulary, weights)
    return Fitted(weigher, first, facet_models, also_models, stack, parse(files, "the model just fitted"), files)


def _weights(
    idf: Floats,
    first: LogisticRegression,
    facets: Sequence[LogisticRegression | None],
    also: Sequence[LogisticRegression | None],
    stack: LogisticRegression,
    facet_factor: Floats,
) -> Weights:
    labels = len(also)
    width = first.coef_.shape[1]
    own = np.zeros((width, labels + len(facets) + len(also)), dtype=np.float32)
    bias = np.full(own.shape[1], -9.0, dtype=np.float32)  # a code without examples is never chosen
    own[:, first.classes_] = first.coef_.T
    bias[first.classes_] = first.intercept_
    for i, model in enumerate([*facets, *also], labels):
        if model is not None:
            factor = facet_factor if i < labels + len(facets) else 1.0
            own[:, i], bias[i] = model.coef_[0] * factor, model.intercept_[0]
    mixed = np.zeros((4 * labels, labels), dtype=np.float32)
    mixed_bias = np.full(labels, -9.0, dtype=np.float32)
    mixed[:, stack.classes_] = stack.coef_.T
    mixed_bias[stack.classes_] = stack.intercept_
    return Weights(idf, own, bias, mixed, mixed_bias)


def _config(
    settings: Settings, segmenter: WordSegmenter, labels: Sequence[str], facets: Sequence[str], provenance: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "codebook_version": CODEBOOK_VERSION,
        "labels": list(labels),
        "facets": list(facets),
        "scales": dict(settings.scales),
        "facet_threshold": settings.facet_threshold,
        "also_threshold": settings.also_threshold,
        "decay": settings.decay,
        "segmenter": segmenter.name,
        "flags_hash": flags_hash(),
        "data_hash": provenance.get("data_hash", ""),
        "seed": settings.seed,
        "settings": asdict(settings),
        "metrics": provenance.get("metrics", {}),
    }
