"""Whether probabilities mean what they say: reliability, calibration error, coverage against accuracy, thresholds for abstention.

``scores`` are the probabilities (0…1) that a model gave its label, ``right`` whether that label was right.
Sources: C. Guo et al. (2017), On calibration of modern neural networks, ICML (expected calibration error, temperature); Y. Geifman,
R. El-Yaniv (2017), Selective classification for deep neural networks, NeurIPS (risk and coverage).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 15
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Bin:
    """Passages of neighbouring scores: how many, their mean score, and the share that was right."""

    low: float
    high: float
    count: int
    score: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ThresholdPoint:
    """What happens if labels under ``threshold`` are not used: share of passages kept, and share of these that is right."""

    threshold: float
    coverage: float
    accuracy: float


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Bins of equal mass (numbers of passages differ by at most one), lowest scores first; fewer bins than asked for if there are
    fewer passages."""
    order = np.argsort(np.asarray(scores, dtype=float), kind="stable")
    score, hit = np.asarray(scores, dtype=float)[order], np.asarray(right, dtype=float)[order]
    parts = [p for p in np.array_split(np.arange(len(order)), bins) if len(p)]
    return [Bin(float(score[p[0]]), float(score[p[-1]]), len(p), float(score[p].mean()), float(hit[p].mean())) for p in parts]


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: mean distance of score from share right over bins of equal mass; 0 where there is nothing."""
    found = reliability(scores, right, bins)
    total = sum(b.count for b in found)
    return sum(b.count * abs(b.score - b.accuracy) for b in found) / total if total else 0.0


def coverage_curve(scores: Sequence[float], right: Sequence[bool]) -> list[ThresholdPoint]:
    """One point for each distinct score, lowest threshold (all passages) first."""
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    score, hit = np.asarray(scores, dtype=float)[order], np.asarray(right, dtype=float)[order]
    kept = np.arange(1, len(order) + 1)
    accuracy = np.cumsum(hit) / kept if len(order) else hit
    # passages of one score are kept or dropped together
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(order) else np.arange(0)
    return [ThresholdPoint(float(score[i]), float(kept[i] / len(order)), float(accuracy[i])) for i in last[::-1]]


def coverage_at(scores: Sequence[float], right: Sequence[bool], accuracy: float) -> ThresholdPoint | None:
    """The lowest threshold at which the labels that are kept reach ``accuracy``; ``None`` if none does."""
    return next((p for p in coverage_curve(scores, right) if p.accuracy >= accuracy), None)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A proposed ``--min-confidence``.

    ``error`` is the share of wrong labels among those kept, ``bound`` its 95 % upper bound (Clopper-Pearson, one-sided), as if
    passages were independent.
    """

    risk: float
    threshold: float
    coverage: float
    kept: int
    error: float
    bound: float


def threshold_at_risk(scores: Sequence[float], right: Sequence[bool], risk: float) -> Threshold | None:
    """The lowest threshold under which the labels kept are wrong at most at the rate ``risk`` (0…1); ``None`` if none is."""
    from scipy.stats import beta

    point = coverage_at(scores, right, 1 - risk - 1e-12)
    if point is None:
        return None
    kept = round(point.coverage * len(scores))
    wrong = round((1 - point.accuracy) * kept)
    bound = float(beta.ppf(0.95, wrong + 1, kept - wrong)) if wrong < kept else 1.0
    # stored scores have four places; a threshold rounded up would drop passages that it was measured with
    return Threshold(risk, np.floor(point.threshold * 1e4) / 1e4, point.coverage, kept, 1 - point.accuracy, bound)


# ---- recalibration ---------------------------------------------------------------------------------------------------
Calibrator = Callable[[Floats], Floats]


def _logit(scores: Floats) -> Floats:
    clipped = np.clip(scores, _EPSILON, 1 - _EPSILON)
    return np.asarray(np.log(clipped / (1 - clipped)))


def fit_temperature(scores: Sequence[float], right: Sequence[bool]) -> Calibrator:
    """Divides the log-odds of the scores by the number T that makes what was observed likeliest (one parameter)."""
    from scipy.optimize import minimize_scalar

    odds, hit = _logit(np.asarray(scores, dtype=float)), np.asarray(right, dtype=float)

    def loss(log_t: float) -> float:
        z = odds / np.exp(log_t)
        return float(np.sum(np.logaddexp(0.0, z) - hit * z))

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))
    return lambda s: 1.0 / (1.0 + np.exp(-_logit(s) / temperature))


def fit_isotonic(scores: Sequence[float], right: Sequence[bool]) -> Calibrator:
    """The rising step function nearest to what was observed (scikit-learn's isotonic regression); needs some hundred passages."""
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
        np.asarray(scores, dtype=float), np.asarray(right, dtype=float)
    )
    return lambda s: np.asarray(model.predict(s), dtype=float)


CALIBRATORS: dict[str, Callable[[Sequence[float], Sequence[bool]], Calibrator]] = {
    "temperature": fit_temperature,
    "isotonic": fit_isotonic,
}


def cross_fitted(scores: Sequence[float], right: Sequence[bool], fold: Sequence[int], method: str) -> Floats:
    """Scores recalibrated by what was fitted on the other folds, so that nothing is measured on what it was fitted on.

    Args:
        scores: of all passages.
        right: whether their labels were right.
        fold: number of the fold of each passage; passages of one report or voice belong into one fold.
        method: a key of :data:`CALIBRATORS`.
    """
    given, hit, of = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool), np.asarray(fold)
    found = given.copy()
    for k in np.unique(of):
        rest, here = of != k, of == k
        if rest.any():
            found[here] = CALIBRATORS[method](given[rest].tolist(), hit[rest].tolist())(given[here])
    return found
