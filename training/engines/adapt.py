"""Adapts a model to a corpus that nobody coded (``gongkai train --on STORE``).

Three kinds of evidence vote on every passage: headings and wording (:mod:`training.coding.labelling`) and the model that is there already.  How
far each is to be believed is estimated from how they agree (:mod:`training.coding.dawid_skene`).  Passages that at least two voters label alike
and of which the estimate is nearly sure are trained on beside the coded ones, with the further labels and facets that the model gives
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.base import Classifier, Passage, Prediction
from models.seed import SEED
from models.taxonomy import Taxonomy
from training.coding.dawid_skene import counts_of, estimate
from training.coding.labelling import Function, votes
from training.passages import TrainingPassage

#: the voter that is the model itself
MODEL = "model"
Method = Literal["dawid-skene", "agreement"]
METHODS: tuple[Method, ...] = ("dawid-skene", "agreement")


@dataclass(frozen=True, slots=True)
class Uncoded:
    """The passages of one report, in order."""

    report_id: str
    passages: tuple[Passage, ...]
    kind: str = ""
    year: int = 0


@dataclass(frozen=True, slots=True)
class Voter:
    """What was estimated of one voter: share of passages it voted on, share of these it had right."""

    name: str
    coverage: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Weak:
    """Passages with labels that voters gave them: ``chosen`` of ``passages``, by label in ``counts``."""

    chosen: tuple[TrainingPassage, ...]
    passages: int
    voters: tuple[Voter, ...]
    counts: Counter[str]


def weak_labels(
    reports: Sequence[Uncoded],
    functions: Sequence[Function],
    model: Classifier | None,
    taxonomy: Taxonomy,
    *,
    method: Method = "dawid-skene",
    sure: float = 0.95,
    most: int = 3000,
    per_label: int | None = None,
    seed: int = SEED,
) -> Weak:
    """Passages that several kinds of evidence label alike.

    Args:
        reports: what nobody coded.
        functions: the labelling functions.
        model: the classifier that is there already; ``None`` to do without it.
        taxonomy: the codes.
        method: ``dawid-skene`` estimates how far each voter is right; ``agreement`` takes all alike and lets none disagree.
        sure: least probability of the label, for ``dawid-skene``.
        most: at most so many passages in all.
        per_label: at most so many of one label; a tenth of ``most`` if left out, so that the commonest do not drown the others.
        seed: of the choice where there are more.
    """
    names = [*dict.fromkeys(f.voter for f in functions), *([MODEL] if model is not None else [])]
    labels = list(taxonomy.labels)
    flat: list[tuple[int, int]] = []
    said: list[dict[str, str]] = []
    predictions: list[list[Prediction]] = []
    for r, report in enumerate(reports):
        predicted = model.predict(report.passages) if model is not None else []
        predictions.append(predicted)
        for i, found in enumerate(votes(functions, report.passages)):
            if model is not None and not predicted[i].abstained:
                found[MODEL] = predicted[i].label
            flat.append((r, i))
            said.append(found)
    if not flat:
        return Weak((), 0, (), Counter())
    answers = np.array([[labels.index(s[n]) if n in s else len(labels) for n in names] for s in said], dtype=np.int64).reshape(
        -1, len(names)
    )
    result = estimate(counts_of(answers, len(labels) + 1), len(labels))
    best = result.posterior.argmax(axis=1)
    candidates = []
    for at, (votes_of, label) in enumerate(zip(said, best.tolist(), strict=True)):
        given = Counter(votes_of.values())
        if method == "agreement":
            keep = len(given) == 1 and given.total() >= 2
            label = labels.index(next(iter(given))) if keep else label
        else:
            keep = given[labels[label]] >= 2 and result.posterior[at, label] >= sure
        if keep:
            candidates.append((at, labels[label]))
    chosen = _capped(candidates, most, per_label or max(1, most // 10), seed)
    made = [_passage(reports[flat[at][0]], flat[at][1], label, predictions, flat[at][0], taxonomy) for at, label in chosen]
    weak = tuple(p for p in made if p is not None)
    voters = tuple(_voter(n, answers[:, k], best, len(labels)) for k, n in enumerate(names))
    return Weak(weak, len(flat), voters, Counter(p.label for p in weak))


def _voter(
    name: str, answers: np.ndarray[tuple[int], np.dtype[np.int64]], best: np.ndarray[tuple[int], np.dtype[np.int64]], none: int
) -> Voter:
    spoke = answers != none
    right = float((answers[spoke] == best[spoke]).mean()) if spoke.any() else 0.0
    return Voter(name, float(spoke.mean()) if len(answers) else 0.0, right)


def _capped(candidates: Sequence[tuple[int, str]], most: int, per_label: int, seed: int) -> list[tuple[int, str]]:
    order = np.random.default_rng(seed).permutation(len(candidates)).tolist()
    taken: Counter[str] = Counter()
    kept: list[tuple[int, str]] = []
    for k in order:
        label = candidates[k][1]
        if taken[label] < per_label and len(kept) < most:
            taken[label] += 1
            kept.append(candidates[k])
    return sorted(kept)


def _passage(
    report: Uncoded, at: int, label: str, predictions: Sequence[Sequence[Prediction]], number: int, taxonomy: Taxonomy
) -> TrainingPassage | None:
    """The passage as training data; ``None`` for one that takes facets of which the model has none to give."""
    p = report.passages[at]
    predicted = predictions[number][at] if predictions[number] else None
    facets: tuple[str, ...] = ()
    if label in taxonomy.coded and taxonomy.facets:
        facets = predicted.facets if predicted is not None and predicted.label in taxonomy.coded else ()
        if not facets:
            return None
    also = tuple(c for c in predicted.also if c != label) if predicted is not None else ()
    return TrainingPassage(
        p.text, label, also, facets, p.section, p.heading_path, f"uncoded-{report.report_id}", report.kind, "county", report.year, at,
        p.position, p.paragraph,
    )  # fmt: skip


def renumbered(passages: Sequence[TrainingPassage]) -> list[TrainingPassage]:
    """The passages of each voice numbered from 0, as trainers expect them: those left out in between are gone."""
    seen: Counter[str] = Counter()
    found = []
    for p in passages:
        found.append(_with_order(p, seen[p.voice]))
        seen[p.voice] += 1
    return found


def _with_order(p: TrainingPassage, order: int) -> TrainingPassage:
    return TrainingPassage(
        p.text,
        p.label,
        p.also,
        p.facets,
        p.section,
        p.heading_path,
        p.voice,
        p.kind,
        p.level,
        p.year,
        order,
        p.position,
        p.paragraph,
    )
