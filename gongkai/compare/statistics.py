"""Intervals, tests and corrections for many comparisons; plain functions of numbers, each with its source.

Checked against statsmodels, scipy and cases worked by hand (``tests/gongkai/compare/test_compare_statistics.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray

from models.seed import SEED

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVEL = 0.95
DRAWS = 1000
#: under so many expected cases in a cell of a 2 × 2 table Fisher's exact test stands for the score test
_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or mean with its interval; ``method`` names how the interval was made, ``clusters`` how many units it rests on."""

    value: float
    low: float
    high: float
    clusters: int
    method: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares or means, its interval, and the p value of no difference (``None`` where it has no test)."""

    value: float
    low: float
    high: float
    p: float | None
    method: str


def _z(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(successes: float, trials: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a proportion (E. B. Wilson (1927), JASA 22, 209-212).

    >>> [round(x, 4) for x in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if trials <= 0:
        return 0.0, 1.0
    z, p = _z(level), successes / trials
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == trials else middle + half)


def cluster_sums(values: Floats, clusters: Ints) -> Floats:
    """(cluster, column) sums of (row, column) values, one row for each cluster that occurs, in rising order of its number."""
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(clusters[order]) != 0))
    return cast("Floats", np.add.reduceat(values[order], starts, axis=0))


def expanded(level: float, clusters: int) -> float:
    """Tail probability of a percentile interval widened for few clusters: Φ(√(n/(n−1)) · t), t of n−1 degrees of freedom.

    T. C. Hesterberg (2015), What Teachers Should Know About the Bootstrap, The American Statistician 69, section 5.3.1.
    """
    from scipy.stats import t

    return NormalDist().cdf(sqrt(clusters / (clusters - 1)) * float(t.ppf((1 - level) / 2, clusters - 1)))


def bootstrap_ratios(
    above: Floats, below: Floats, *, draws: int = DRAWS, seed: int = SEED, level: float = LEVEL, shares: bool = True
) -> list[Estimate]:
    """Ratios of sums with percentile intervals in which whole clusters are drawn (A. C. Davison, D. V. Hinkley (1997), section 3.8).

    Args:
        above: (cluster, column) sums of the numerators.
        below: (cluster, 1) or (cluster, column) sums of the denominators, of at least 0; where 0, the cluster has no part in that column.
        draws: number of resamples.
        seed: of the random numbers; same seed, same interval.
        level: coverage asked for; the percentiles are widened as :func:`expanded` says.
        shares: the ratios are shares of 0…1; one whose draws do not vary (all 0 or all 1) gets Wilson's interval with the clusters
            as trials, for a bootstrap of nothing but zeros would claim certainty.

    Returns:
        One estimate for each column; ``nan`` where the denominator is 0.
    """
    clusters, columns = above.shape
    below = np.broadcast_to(below, above.shape)
    held = (below > 0).sum(axis=0).tolist()
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (above.sum(axis=0) / below.sum(axis=0)).tolist()
    found = np.empty((draws, columns))
    if max(held, default=0) > 1:
        rng = np.random.default_rng(seed)
        both = np.concatenate([above, below], axis=1)
        for at in range(0, draws, 50):
            size = min(50, draws - at)
            counts = np.stack([np.bincount(rng.integers(clusters, size=clusters), minlength=clusters) for _ in range(size)])
            sums = counts.astype(np.float64) @ both
            with np.errstate(divide="ignore", invalid="ignore"):
                found[at : at + size] = sums[:, :columns] / sums[:, columns:]
    return [_interval(v, found[:, k], n, level, shares) for k, (v, n) in enumerate(zip(values, held, strict=True))]


def _interval(value: float, found: Floats, clusters: int, level: float, shares: bool) -> Estimate:
    """The percentile interval of one ratio; only clusters with something in the denominator count."""
    nothing = float("nan")
    if value != value or not clusters:
        return Estimate(nothing, nothing, nothing, clusters, "none")
    if clusters < 2:
        low, high = wilson(value, 1, level) if shares else (nothing, nothing)
        return Estimate(value, low, high, clusters, "one cluster")
    drawn = found[~np.isnan(found)]  # a resample may miss the few clusters that have anything
    if shares and float(np.ptp(drawn)) < 1e-12:
        return Estimate(value, *wilson(value * clusters, clusters, level), clusters, "wilson over clusters")
    tail = expanded(level, clusters)
    low, high = np.quantile(drawn, [tail, 1 - tail]).tolist()
    return Estimate(value, low, high, clusters, "cluster bootstrap")


def means(
    outcomes: Floats, weights: Floats, clusters: Ints, *, independent: bool, binary: bool = True,
    draws: int = DRAWS, seed: int = SEED, level: float = LEVEL,
) -> list[Estimate]:  # fmt: skip
    """Weighted means of (row, column) outcomes with intervals.

    Args:
        outcomes: 0/1, or shares of 0…1 if not ``binary``.
        weights: (row,) of at least 0.
        clusters: (row,) number of the cluster of each row.
        independent: rows are independent and of one weight: Wilson's interval for binary outcomes, else clusters are drawn.
    """
    if independent and binary:
        n, hits = len(outcomes), outcomes.sum(axis=0).tolist()
        return [Estimate(k / n, *wilson(k, n, level), n, "wilson") for k in hits]
    sums = cluster_sums(np.concatenate([outcomes * weights[:, None], weights[:, None]], axis=1), clusters)
    return bootstrap_ratios(sums[:, :-1], sums[:, -1:], draws=draws, seed=seed, level=level)


def two_proportions(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = LEVEL) -> Difference:
    """a − b of independent proportions: Newcombe's hybrid score interval (R. G. Newcombe (1998), Statistics in Medicine 17, 873-890,
    method 10), and Pearson's score test, or Fisher's exact test where fewer than five cases are expected in a cell."""
    from scipy.stats import chi2, fisher_exact

    a, b = hits_a / n_a, hits_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, level), wilson(hits_b, n_b, level)
    low = a - b - sqrt((a - low_a) ** 2 + (high_b - b) ** 2)
    high = a - b + sqrt((high_a - a) ** 2 + (b - low_b) ** 2)
    pooled = (hits_a + hits_b) / (n_a + n_b)
    least = min(n_a, n_b) * min(pooled, 1 - pooled)
    if pooled in (0.0, 1.0):
        return Difference(a - b, low, high, None, "no variation")
    if least < _EXPECTED:
        p = float(fisher_exact([[hits_a, n_a - hits_a], [hits_b, n_b - hits_b]])[1])
        return Difference(a - b, low, high, min(p, 1.0), "fisher")
    z = (a - b) / sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return Difference(a - b, low, high, float(chi2.sf(z * z, 1)), "score")


def clustered_difference(
    outcome_a: Floats,
    weight_a: Floats,
    cluster_a: Ints,
    outcome_b: Floats,
    weight_b: Floats,
    cluster_b: Ints,
    level: float = LEVEL,
) -> list[Difference]:
    """a − b of weighted means, one for each column, where clusters may stand in both groups.

    The variance is the linearised one of a difference of ratio means, summed by cluster with the factor G/(G−1); the test is Student's
    t with G−1 degrees of freedom (W. G. Cochran (1977), Sampling Techniques, chapter 11; K.-Y. Liang, S. L. Zeger (1986), Biometrika
    73, 13-22).  It equals a weighted regression on the group with cluster-robust errors.
    """
    from scipy.stats import t

    total_a, total_b = weight_a.sum(), weight_b.sum()
    mean_a, mean_b = weight_a @ outcome_a / total_a, weight_b @ outcome_b / total_b
    parts = np.concatenate(
        [weight_a[:, None] * (outcome_a - mean_a) / total_a, -weight_b[:, None] * (outcome_b - mean_b) / total_b]
    )
    sums = cluster_sums(parts, np.concatenate([cluster_a, cluster_b]))
    count = len(sums)
    values = (mean_a - mean_b).tolist()
    if count < 2:
        return [Difference(v, float("nan"), float("nan"), None, "one cluster") for v in values]
    errors = np.sqrt(count / (count - 1) * (sums**2).sum(axis=0))
    wide = float(t.ppf(0.5 + level / 2, count - 1))
    out = []
    for v, e in zip(values, errors.tolist(), strict=True):
        if e < 1e-12:
            out.append(Difference(v, float("nan"), float("nan"), None, "no variation"))
        else:
            out.append(Difference(v, v - wide * e, v + wide * e, float(2 * t.sf(abs(v) / e, count - 1)), "cluster t"))
    return out


def holm(p: Sequence[float]) -> list[float]:
    """p values adjusted so that the chance of any false finding stays below the level (S. Holm (1979), Scand. J. Statistics 6, 65-70).

    >>> [round(x, 3) for x in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p)), key=p.__getitem__)
    found, highest = [0.0] * len(p), 0.0
    for rank, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[k]))
        found[k] = highest
    return found


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """p values adjusted so that the expected share of false findings stays below the level (Y. Benjamini, Y. Hochberg (1995),
    J. Royal Statistical Society B 57, 289-300).

    >>> [round(x, 3) for x in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    order = sorted(range(len(p)), key=p.__getitem__, reverse=True)
    found, lowest = [0.0] * len(p), 1.0
    for rank, k in enumerate(order):
        lowest = min(lowest, len(p) / (len(p) - rank) * p[k])
        found[k] = lowest
    return found
