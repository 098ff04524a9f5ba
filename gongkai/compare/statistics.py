"""Intervals, tests and corrections for many comparisons; plain functions of numbers, each with its source.

Checked against statsmodels, scipy and cases worked by hand (``tests/gongkai/compare/test_compare_statistics.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVEL = 0.95
#: permutations
DRAWS = 1000
#: under so many expected cases in a cell of a 2 × 2 table Fisher's exact test stands for the score test
_EXPECTED = 5.0
#: no interval of fewer agencies, and a mark on those of fewer than ten
FEWEST, FEW_CLUSTERS = 5, 10
TOO_FEW = "under five agencies"
#: shares of cases under it, or as near to 1, are told from 0 by few agencies
RARE = 0.05
#: degrees of freedom for each cluster that a variance rests on
_CARRIED = 1.5
#: so few changes of paired reports are tested exactly
_CHANGES = 25


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share or mean with its interval; ``method`` names how the interval was made, ``clusters`` how many units it rests on."""

    value: float | None
    low: float | None
    high: float | None
    clusters: int
    method: str

    @property
    def few_clusters(self) -> bool:
        """Whether it rests on so few agencies that its interval is to be read with care."""
        return self.clusters < FEW_CLUSTERS


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares or means, its interval, and the p value of no difference (``None`` where it has no test)."""

    value: float | None
    low: float | None
    high: float | None
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


def jeffreys(share: Floats, size: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Jeffreys' interval of shares on samples of any, also fractional, size; exact at 0 and 1 (L. D. Brown, T. T. Cai, A. DasGupta
    (2001), Statistical Science 16, 101-133, section 3.1 and modification 4.1.2).

    >>> low, high = jeffreys(np.array([0.4]), np.array([10.0]), np.array([0.95]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.1531, 0.6963)
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    hits = share * size
    low = betaincinv(hits + 0.5, size - hits + 0.5, tail)
    high = betaincinv(hits + 0.5, size - hits + 0.5, 1 - tail)
    edge = 1 - tail ** (1 / np.maximum(size, 1e-9))
    low = np.where(hits < 1e-9, 0.0, np.where(size - hits < 1e-9, 1 - edge, low))
    high = np.where(size - hits < 1e-9, 1.0, np.where(hits < 1e-9, edge, high))
    return np.asarray(np.minimum(low, share)), np.asarray(np.maximum(high, share))


def clopper_pearson(share: Floats, size: Floats, level: Floats, *, whole: bool = True) -> tuple[Floats, Floats]:
    """The exact interval of shares (C. J. Clopper, E. S. Pearson (1934), Biometrika 26, 404-413): never under its level, for few reports;
    if not ``whole``, of samples of a fractional size.

    >>> low, high = clopper_pearson(np.array([0.2]), np.array([5.0]), np.array([0.95]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0051, 0.7164)
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    hits = np.rint(share * size) if whole else share * size
    low = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-9), size - hits + 1, tail), 0.0)
    high = np.where(hits < size, betaincinv(hits + 1, np.maximum(size - hits, 1e-9), 1 - tail), 1.0)
    return np.asarray(low), np.asarray(high)


def _alike(above: Floats, below: Floats, cases: Floats) -> Floats:
    """Variance of a pooled rate if agencies differ alike, whatever their size: p(1−p)(ρ Σm²/M² + (1−ρ)/M), with the intra-class correlation
    ρ by moments in which every agency counts as one (J. C. Kleinman (1973), JASA 68, 46-54).

    Args:
        cases: number of cases of all agencies, which is not the sum of ``below`` where that is weighted.

    >>> _alike(np.array([[0.0], [1.0], [1.0]]), np.array([[98.0], [1.0], [1.0]]), np.array([100.0])).round(4)
    array([0.0188])
    """
    on = below > 0
    clusters, total = on.sum(axis=0), below.sum(axis=0)
    pooled = above.sum(axis=0) / total
    rates = np.where(on, above / below, 0.0)
    mean = rates.sum(axis=0) / clusters
    spread = (np.where(on, rates - mean, 0.0) ** 2).sum(axis=0) * clusters / (clusters - 1) / (mean * (1 - mean))
    chance = np.where(on, total / (below * cases), 0.0).sum(axis=0)
    alike = np.clip(np.nan_to_num((spread - chance) / (clusters - chance), posinf=0.0, neginf=0.0), 0.0, 1.0)
    found = pooled * (1 - pooled) * (alike * (below**2).sum(axis=0) / total**2 + (1 - alike) / cases)
    return np.asarray(np.nan_to_num(found, posinf=0.0, neginf=0.0))


@dataclass(frozen=True, slots=True)
class Sample:
    """Shares of clustered reports, an entry for each column: the estimate, its variance between clusters, how many clusters have a part
    in it, the degrees of freedom of the variance, and the least and greatest size of a simple sample that it can be worth; ``pooled``:
    of cases of clusters that differ in size, not of reports."""

    value: Floats
    variance: Floats
    clusters: Ints
    freedom: Floats
    least: Floats
    most: Floats
    parts: Floats
    pooled: bool = False


def sample(above: Floats, below: Floats, most: Floats | None = None, *, pooled: bool = False) -> Sample:
    """Ratios of sums over clusters, with the linearised variance times G/(G−1) (W. G. Cochran (1977), Sampling Techniques, chapter 6),
    or, if ``pooled``, the jackknife's, where that is greater: a cluster with half of the cases pulls the ratio to itself, so that its
    own residual looks small (R. M. Bell, D. F. McCaffrey (2002), Survey Methodology 28, 169-181).  Rates under 5 % or over 95 % have at
    least the variance of agencies that differ alike (of ten effective agencies and more the geometric mean of both).

    Clusters of unequal size are worth fewer of equal size: degrees of freedom are (Σm)²/Σm² − 1 (L. Kish (1965), Survey Sampling), and
    at most (Σe²)²/Σe⁴, the number of clusters that the variance rests on, and half of it again: of normal residuals it is a third of
    the clusters, as their fourth moment is 3σ⁴, of a rare statement, whose residuals are few and alike, all that make it.  The half was
    chosen by ``benchmarks.compare_inference``; rare rates of cases have none, for they hold too little with it.

    Args:
        above: (cluster, column) sums of the numerators.
        below: (cluster, 1) or (cluster, column) sums of the denominators; where 0, the cluster has no part in that column.
        most: size of the sample if reports were independent; without it nothing bounds it.
    """
    below = np.broadcast_to(below, above.shape)
    total, clusters = below.sum(axis=0), (below > 0).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = above.sum(axis=0) / total
        parts = (above - value * below) / total
        worth = total**2 / (below**2).sum(axis=0)
        square = parts**2
        squares = square.sum(axis=0)
        rare = pooled & (np.minimum(value, 1 - value) < RARE)
        variance = clusters / (clusters - 1) * squares
        if pooled:
            without = np.nan_to_num(parts / (1 - below / total), posinf=0.0, neginf=0.0)
            variance = np.maximum(variance, (clusters - 1) / clusters * (without**2).sum(axis=0))
            # of one case in 50 the large agencies seen often have none: how much the small ones vary says what the large may do
            alike = np.maximum(variance, _alike(above, below, total if most is None else most))
            variance = np.where(rare, np.where(worth < FEW_CLUSTERS, alike, np.sqrt(variance * alike)), variance)
        # a rare statement rests on the few agencies that make it: as many degrees of freedom has its variance
        carried = np.where(squares > 1e-18, squares**2 / np.maximum((square**2).sum(axis=0), 1e-300), np.inf)
        carried = carried * np.where(rare, 1.0, _CARRIED)
    bound = np.full(len(value), np.inf) if most is None else np.broadcast_to(most, value.shape)
    return Sample(value, variance, clusters, np.maximum(np.minimum(worth - 1, carried), 0.5), worth, bound, parts, pooled)


def bounds(s: Sample, level: Floats, *, floor: bool = True) -> tuple[Floats, Floats]:
    """Intervals of shares: Jeffreys' on the effective size of the sample, p(1−p)/v, lessened for few clusters by (z/t)² (E. L. Korn,
    B. I. Graubard (1998), Survey Methodology 24, 193-201).  Where clusters do not vary, each counts as one report.

    Of pooled cases the size is bounded by their number, and shares under 5 % or over 95 % have Clopper and Pearson's interval on it,
    which is theirs, too (R's ``survey::svyciprop(method = "beta")``), for Jeffreys' holds too little there: ``benchmarks.compare_inference``.  N.
    Dean, M. Pagano (2015), Journal of Survey Statistics and Methodology 3, 484-503, compare such intervals.

    Args:
        floor: no interval is wider than that of a sample of as many reports as there are clusters, of equal size: what a cluster
            states lies between none and all, so that its share varies by p(1−p) at most, however few clusters the estimate of its
            variance rests on.  One of 11 agencies with three reports each is 1 … 35 % so, and 0.1 … 95 % without.
    """
    from scipy.special import ndtri, stdtrit

    level = np.broadcast_to(level, s.value.shape)
    mixed = (s.value > 1e-12) & (s.value < 1 - 1e-12) & (s.variance > 1e-18)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(mixed, s.value * (1 - s.value) / s.variance, s.least)
    most = np.maximum(s.most, s.least)
    size = size if s.pooled else np.minimum(size, most)
    half = np.maximum(0.5 + level / 2, 0.5 + 1e-6)
    lessened = np.maximum(size * (ndtri(half) / stdtrit(s.freedom, half)) ** 2, s.least if floor else 1e-3)
    share, size = np.clip(s.value, 0.0, 1.0), np.where(mixed, np.minimum(lessened, most), size)
    low, high = jeffreys(share, size, level)
    if s.pooled:
        rare = mixed & (np.minimum(share, 1 - share) < RARE)
        exact = clopper_pearson(share, size, level, whole=False)
        low, high = np.where(rare, exact[0], low), np.where(rare, exact[1], high)
    return low, high


def estimates(s: Sample, level: float = LEVEL, *, method: str = "effective sample") -> list[Estimate]:
    """The shares with their intervals; none (null) of fewer than five clusters."""
    with np.errstate(invalid="ignore"):
        low, high = bounds(s, np.array(level))
    out = []
    for v, lo, hi, n in zip(s.value.tolist(), low.tolist(), high.tolist(), s.clusters.tolist(), strict=True):
        if v != v or not n:
            out.append(Estimate(None, None, None, n, "none"))
        elif n < FEWEST:
            out.append(Estimate(v, None, None, n, TOO_FEW))
        else:
            out.append(Estimate(v, lo, hi, n, method))
    return out


def log_ratios(s: Sample, level: float = LEVEL) -> list[Estimate]:
    """Ratios above 0 that may exceed 1, with Student's intervals of their logarithms."""
    from scipy.special import stdtrit

    with np.errstate(divide="ignore", invalid="ignore"):
        reach = stdtrit(s.freedom, 0.5 + level / 2) * np.sqrt(s.variance) / s.value
    out = []
    for v, r, n in zip(s.value.tolist(), reach.tolist(), s.clusters.tolist(), strict=True):
        if v != v or not n:
            out.append(Estimate(None, None, None, n, "none"))
        elif n < FEWEST or not 0 < r < 50:
            out.append(Estimate(v, None, None, n, TOO_FEW if n < FEWEST else "no variation"))
        else:
            out.append(Estimate(v, v * exp(-r), v * exp(r), n, "log ratio t"))
    return out


def weighted_quantile(values: Floats, weights: Floats, q: float) -> float | None:
    """The value below which stands a share ``q`` of the weight; of two such values their mean.

    >>> weighted_quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4), 0.25)
    1.5
    """
    kept = weights > 0
    if not kept.any():
        return None
    order = np.argsort(values[kept], kind="stable")
    value, weight = values[kept][order], weights[kept][order]
    below = np.cumsum(weight) / weight.sum()
    k = int(np.searchsorted(below, q - 1e-12))
    return float((value[k] + value[k + 1]) / 2) if abs(below[k] - q) < 1e-12 and k + 1 < len(value) else float(value[k])


def weighted_median(values: Floats, weights: Floats) -> float | None:
    """The value on both sides of which stands half of the weight; of two such values their mean.

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 3.0]))
    9.0
    """
    return weighted_quantile(values, weights, 0.5)


def means(
    outcomes: Floats, weights: Floats, clusters: Ints, *, independent: bool, most: float | None = None, level: float = LEVEL
) -> list[Estimate]:
    """Weighted means of (row, column) outcomes with intervals.

    Args:
        outcomes: 0/1, or shares of 0…1 with ``most``.
        weights: (row,) of at least 0.
        clusters: (row,) number of the cluster of each row.
        independent: rows are independent and of one weight: Jeffreys' interval for binary outcomes, else clusters vary.
        most: outcomes are shares of so many units (passages) in all.
    """
    if not len(outcomes):
        return [Estimate(None, None, None, 0, "none")] * outcomes.shape[1]
    if independent and most is None:
        n = np.full(outcomes.shape[1], float(len(outcomes)))
        share = outcomes.mean(axis=0)
        few, exact = len(outcomes) < FEWEST, len(outcomes) < FEW_CLUSTERS
        low, high = (clopper_pearson if exact else jeffreys)(share, n, np.full(len(n), level))
        method = "clopper-pearson" if exact else "jeffreys"
        return [
            Estimate(v, None, None, len(outcomes), TOO_FEW) if few else Estimate(v, lo, hi, len(outcomes), method)
            for v, lo, hi in zip(share.tolist(), low.tolist(), high.tolist(), strict=True)
        ]
    return estimates(sampled(outcomes, weights, clusters, most=most), level)


def sampled(outcomes: Floats, weights: Floats, clusters: Ints, *, most: float | None = None) -> Sample:
    """The shares of (row, column) outcomes as a clustered sample."""
    sums = cluster_sums(np.concatenate([outcomes * weights[:, None], weights[:, None]], axis=1), clusters)
    squares = float((weights**2).sum())
    reports = float(weights.sum()) ** 2 / squares if squares else 0.0
    return sample(sums[:, :-1], sums[:, -1:], np.array(reports if most is None else most), pooled=most is not None)


def two_proportions(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = LEVEL) -> Difference:
    """a − b of independent proportions: Newcombe's hybrid score interval (R. G. Newcombe (1998), Statistics in Medicine 17, 873-890,
    method 10), and Pearson's score test, or Fisher's exact test where fewer than five cases are expected in a cell."""
    from scipy.stats import chi2, fisher_exact

    a, b = hits_a / n_a, hits_b / n_b
    low: float | None
    high: float | None
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, level), wilson(hits_b, n_b, level)
    low = a - b - sqrt((a - low_a) ** 2 + (high_b - b) ** 2)
    high = a - b + sqrt((high_a - a) ** 2 + (b - low_b) ** 2)
    if min(n_a, n_b) < FEWEST:
        low = high = None
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
    outcome_a: Floats, weight_a: Floats, cluster_a: Ints, outcome_b: Floats, weight_b: Floats, cluster_b: Ints, level: float = LEVEL,
) -> list[Difference]:  # fmt: skip
    """a − b of weighted means of 0…1, one for each column, where clusters may repeat, and stand in both groups.

    Interval and test come from the intervals of both shares (variance recovery, G. Y. Zou, A. Donner (2008), Statistics in Medicine 27,
    1693-1702), with the correlation that clusters of both groups give them (R. G. Newcombe (1998), Statistics in Medicine 17,
    2635-2650); p is the level at which the interval meets 0.  Each share's interval has the degrees of freedom of its own group, so
    that two agencies against a hundred count as two.  Where all clusters stand in both groups and few of them change, or all that
    change change one way, the test is the mid-p sign test of changes (McNemar's; M. W. Fagerland, S. Lydersen, P. Laake (2013), BMC
    Medical Research Methodology 13, 91).
    """
    a, b = sampled(outcome_a, weight_a, cluster_a), sampled(outcome_b, weight_b, cluster_b)
    correlation = _correlation(a, b, np.unique(cluster_a), np.unique(cluster_b))
    both = np.intersect1d(cluster_a, cluster_b)
    paired = len(both) == len(np.unique(cluster_a)) == len(np.unique(cluster_b))
    # a correlation of few clusters is as uncertain as their variance: then the intervals have no floor
    floor = not len(both)
    low, high = _recovered(a, b, correlation, np.array(level), floor)
    p = _inverted(a, b, correlation, floor)
    up, down = _changes(outcome_a, weight_a, cluster_a, outcome_b, weight_b, cluster_b) if paired else (None, None)
    few = min(len(np.unique(cluster_a)), len(np.unique(cluster_b))) < FEWEST
    out = []
    for k, (x, y) in enumerate(zip(a.value.tolist(), b.value.tolist(), strict=True)):
        lo, hi = (None, None) if few else (float(low[k]), float(high[k]))
        if x == y and x in (0.0, 1.0):
            out.append(Difference(x - y, lo, hi, None, "no variation"))
        elif up is not None and down is not None and (up[k] + down[k] < _CHANGES or min(up[k], down[k]) == 0):
            out.append(Difference(x - y, lo, hi, mcnemar(int(up[k]), int(down[k])), "mcnemar mid-p"))
        else:
            out.append(Difference(x - y, lo, hi, min(1.0, float(p[k])), "variance recovery"))
    return out


def mcnemar(up: int, down: int) -> float:
    """Mid-p of the exact test that as many change one way as the other; 1 where nothing changes.

    >>> round(mcnemar(6, 0), 5), mcnemar(0, 0), mcnemar(3, 3)
    (0.01562, 1.0, 1.0)
    """
    from scipy.stats import binom

    n = up + down
    if up == down:
        return 1.0
    least = min(up, down)
    return min(1.0, float(2 * binom.cdf(least, n, 0.5) - binom.pmf(least, n, 0.5)))


def _correlation(a: Sample, b: Sample, ids_a: Ints, ids_b: Ints) -> Floats:
    """Correlation of two estimates that share clusters."""
    _, at_a, at_b = np.intersect1d(ids_a, ids_b, return_indices=True)
    if len(at_a) < 2:
        return np.zeros(len(a.value))
    shared = len(at_a) / (len(at_a) - 1) * (a.parts[at_a] * b.parts[at_b]).sum(axis=0)
    scale = np.sqrt(a.variance * b.variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(scale > 1e-18, shared / scale, 0.0)
    return np.asarray(np.clip(np.nan_to_num(found), -1.0, 1.0))


def _recovered(a: Sample, b: Sample, correlation: Floats, level: Floats, floor: bool) -> tuple[Floats, Floats]:
    (low_a, high_a), (low_b, high_b) = (bounds(s, level, floor=floor) for s in (a, b))
    d = a.value - b.value

    def reach(x: Floats, y: Floats) -> Floats:
        return np.asarray(np.sqrt(np.maximum(x * x + y * y - 2 * correlation * x * y, 0.0)))

    low = d - reach(a.value - low_a, high_b - b.value)
    high = d + reach(high_a - a.value, b.value - low_b)
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def _inverted(a: Sample, b: Sample, correlation: Floats, floor: bool) -> Floats:
    """The least p whose interval of level 1 − p holds no 0, by halving on its logarithm; down to 1e-12."""
    d = a.value - b.value
    least, most = np.full(len(d), -12.0), np.zeros(len(d))
    for _ in range(40):
        middle = (least + most) / 2
        low, high = _recovered(a, b, correlation, np.minimum(1 - 10.0**middle, 1 - 1e-12), floor)
        holds = np.where(d > 0, low <= 0, high >= 0)
        most, least = np.where(holds, most, middle), np.where(holds, middle, least)
    return np.where(np.abs(d) < 1e-12, 1.0, 10.0 ** ((least + most) / 2))


def _changes(
    outcome_a: Floats, weight_a: Floats, cluster_a: Ints, outcome_b: Floats, weight_b: Floats, cluster_b: Ints
) -> tuple[Ints, Ints]:
    """Clusters whose mean is higher in the first group, and lower, of those in both."""

    def mean(outcome: Floats, weight: Floats, cluster: Ints) -> Floats:
        sums = cluster_sums(np.concatenate([outcome * weight[:, None], weight[:, None]], axis=1), cluster)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(sums[:, :-1] / sums[:, -1:])

    change = mean(outcome_a, weight_a, cluster_a) - mean(outcome_b, weight_b, cluster_b)
    return (change > 1e-12).sum(axis=0), (change < -1e-12).sum(axis=0)


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
