"""How certain a figure is: intervals and paired tests in which whole reports, not single passages, are drawn.

Passages of one report share its author, agency and layout, so that a report with many errors adds many errors at once; an interval
that took passages as independent would be too narrow (A. C. Davison, D. V. Hinkley (1997), Bootstrap methods and their application,
section 3.8, on clustered data).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.seed import SEED

Counts = NDArray[np.float64]

DRAWS = 2000
#: up to so many clusters all sign changes are tried, not a sample of them: 2 ** 14 are 16,384
_EXACT = 14


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % percentile interval; ``clusters`` were drawn."""

    low: float
    high: float
    clusters: int

    def __str__(self) -> str:
        return f"{self.low:.3f}–{self.high:.3f}"


def cluster_interval(
    counts: Counts, measure: Callable[[Counts], NDArray[Any]], *, draws: int = DRAWS, seed: int = SEED
) -> Interval | None:
    """A bootstrap interval of a figure that follows from sums over clusters.

    Args:
        counts: (cluster, count): what is summed, e.g. right and judged passages of each report.
        measure: (draw, count) sums → (draw,) figures.
        draws: number of resamples.
        seed: of the random numbers; the same seed gives the same interval.

    Returns:
        The 2.5th and 97.5th percentile, or ``None`` with fewer than two clusters, which say nothing of how clusters differ.
    """
    clusters = len(counts)
    if clusters < 2:
        return None
    weights = np.random.default_rng(seed).multinomial(clusters, np.full(clusters, 1 / clusters), size=draws)
    figures = measure(weights.astype(np.float64) @ counts)
    figures = figures[~np.isnan(figures)]
    if not len(figures):
        return None
    low, high = np.percentile(figures, [2.5, 97.5])
    return Interval(float(low), float(high), clusters)


def share(sums: Counts) -> NDArray[Any]:
    """A measure: column 0 over column 1; NaN where there is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[:, 1] > 0, sums[:, 0] / sums[:, 1], np.nan)


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p of McNemar's test: are A and B right equally often?

    Under the hypothesis each passage that just one of them has right is as likely A's as B's: a binomial with 1/2 (Q. McNemar (1947),
    Psychometrika 12, 153-157, in its exact form).

    Args:
        only_a: passages that A alone has right.
        only_b: passages that B alone has right.
    """
    n = only_a + only_b
    tail = sum(comb(n, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / float(2**n))


def sign_flip(differences: Sequence[float], *, draws: int = 10_000, seed: int = SEED) -> float:
    """Two-sided p of a paired permutation test by report: would the sum be as far from 0 if A and B were swapped at random?

    Args:
        differences: A's right passages less B's, for each report.
        draws: sign changes that are sampled where there are too many reports to try them all.
        seed: of that sample.

    Returns:
        The share of sign changes whose sum is at least as far from 0; one that was sampled counts the observed one in.
    """
    given = np.array(differences, dtype=np.float64)
    observed = abs(given.sum()) - 1e-9
    if len(given) <= _EXACT:
        signs = np.array(list(product((-1.0, 1.0), repeat=len(given)))).reshape(-1, len(given))
        return float(np.mean(np.abs(signs @ given) >= observed))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, len(given)))
    return float((1 + np.sum(np.abs(signs @ given) >= observed)) / (1 + draws))
