"""Intervals, tests and corrections against statsmodels, scipy and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from gongkai.compare.corrected import moment_fit, pseudo_outcomes
from gongkai.compare.statistics import (
    benjamini_hochberg,
    bootstrap_ratios,
    cluster_sums,
    clustered_difference,
    expanded,
    holm,
    means,
    two_proportions,
    wilson,
)

RNG = np.random.default_rng(1)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (8, 10), (10, 10), (37, 412), (1, 3000)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_wilson_is_that_of_statsmodels(k: int, n: int, level: float) -> None:
    assert wilson(k, n, level) == pytest.approx(proportion_confint(k, n, alpha=1 - level, method="wilson"), abs=1e-12)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("a", "n", "b", "m"), [(30, 100, 18, 120), (7, 20, 9, 25), (55, 60, 40, 60)])
def test_difference_of_proportions_is_that_of_statsmodels_and_scipy(a: int, n: int, b: int, m: int) -> None:
    found = two_proportions(a, n, b, m)
    assert (found.low, found.high) == pytest.approx(
        confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff"), abs=1e-12
    )
    assert found.method == "score"
    assert found.p == pytest.approx(stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False)[1], abs=1e-12)


def test_few_expected_cases_are_tested_exactly() -> None:
    found = two_proportions(3, 10, 0, 12)
    assert found.method == "fisher"
    assert found.p == pytest.approx(stats.fisher_exact([[3, 7], [0, 12]])[1])
    # worked by hand: both tables with three hits that are as unlikely: C(10,3)/C(22,3) and nothing else below it
    assert found.p == pytest.approx(120 / 1540, abs=1e-12)


def test_equal_constants_have_no_test() -> None:
    assert two_proportions(0, 10, 0, 12).p is None


@pytest.mark.parametrize("seed", range(5))
def test_corrections_are_those_of_statsmodels(seed: int) -> None:
    p = np.random.default_rng(seed).random(20) ** 3
    assert holm(p.tolist()) == pytest.approx(multipletests(p, method="holm")[1].tolist(), abs=1e-12)
    assert benjamini_hochberg(p.tolist()) == pytest.approx(multipletests(p, method="fdr_bh")[1].tolist(), abs=1e-12)
    assert holm([]) == benjamini_hochberg([]) == []


def clustered(weighted: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    cluster = np.repeat(np.arange(40), 4)
    group = np.tile([0, 0, 1, 1], 40)
    lean = np.random.default_rng(3).normal(size=40)[cluster]
    outcome = (lean + group * 0.4 + RNG.normal(size=160) > 0).astype(float)
    return outcome, RNG.random(160) + 0.5 if weighted else np.ones(160), cluster, group


@pytest.mark.parametrize("weighted", [False, True])
def test_clustered_difference_is_weighted_least_squares_with_cluster_robust_errors(weighted: bool) -> None:
    outcome, weight, cluster, group = clustered(weighted)
    a, b = group == 1, group == 0
    found = clustered_difference(outcome[a, None], weight[a], cluster[a], outcome[b, None], weight[b], cluster[b])[0]
    fit = sm.WLS(outcome, sm.add_constant(group), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}, use_t=True
    )
    assert found.value == pytest.approx(fit.params[1])
    # statsmodels without correction has no factor G/(G−1)
    half = float(stats.t.ppf(0.975, 39)) * fit.bse[1] * np.sqrt(40 / 39)
    assert (found.low, found.high) == pytest.approx((fit.params[1] - half, fit.params[1] + half))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(fit.params[1]) / (fit.bse[1] * np.sqrt(40 / 39)), 39))


def test_clustered_difference_of_constants_and_of_one_cluster_has_no_test() -> None:
    ones, ids = np.ones(3), np.arange(3)
    same = clustered_difference(np.ones((3, 1)), ones, ids, np.ones((3, 1)), ones, ids)[0]
    assert (same.value, same.p, same.method) == (0.0, None, "no variation")
    one = clustered_difference(
        np.array([[1.0], [0.0]]), np.ones(2), np.zeros(2, int), np.array([[0.0]]), np.ones(1), np.zeros(1, int)
    )[0]
    assert (one.value, one.p, one.method) == (0.5, None, "one cluster")


def test_cluster_sums_by_hand() -> None:
    found = cluster_sums(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7, 2, 7]))
    assert found.tolist() == [[3.0, 4.0], [6.0, 8.0]]


def test_bootstrap_agrees_with_scipy_and_with_the_normal_interval() -> None:
    above, below = RNG.poisson(4, size=(150, 1)).astype(float), RNG.poisson(9, size=(150, 1)).astype(float) + 1
    found = bootstrap_ratios(above, below, draws=4000, shares=False)[0]
    other = stats.bootstrap(
        (above[:, 0], below[:, 0]), lambda x, y: x.sum() / y.sum(), paired=True, method="percentile", n_resamples=4000, vectorized=False,
        rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    width = other.high - other.low
    assert found.low == pytest.approx(other.low, abs=0.06 * width)
    assert found.high == pytest.approx(other.high, abs=0.06 * width)
    assert found.value == pytest.approx(float(above.sum() / below.sum()))


def test_bootstrap_is_the_same_with_the_same_seed() -> None:
    above, below = RNG.random((20, 3)), np.ones((20, 1))
    assert bootstrap_ratios(above, below, seed=4) == bootstrap_ratios(above, below, seed=4)
    assert bootstrap_ratios(above, below, seed=4) != bootstrap_ratios(above, below, seed=5)


def test_bootstrap_of_nothing_but_zeros_claims_no_certainty() -> None:
    found = bootstrap_ratios(np.zeros((12, 1)), np.ones((12, 1)))[0]
    assert (found.value, found.low, found.method) == (0.0, 0.0, "wilson over clusters")
    assert found.high == pytest.approx(wilson(0, 12)[1])


def test_clusters_without_a_denominator_do_not_count() -> None:
    above = np.zeros((30, 2))
    below = np.stack([np.ones(30), np.arange(30) < 5], axis=1).astype(float)
    found = bootstrap_ratios(above, below)
    assert [e.clusters for e in found] == [30, 5]
    assert found[1].high == pytest.approx(wilson(0, 5)[1])


def test_one_cluster_and_empty_denominators_are_named() -> None:
    assert bootstrap_ratios(np.ones((1, 1)), np.ones((1, 1)))[0].method == "one cluster"
    empty = bootstrap_ratios(np.zeros((3, 1)), np.zeros((3, 1)))[0]
    assert empty.method == "none"
    assert np.isnan(empty.value)


def test_percentiles_are_widened_for_few_clusters() -> None:
    # by hand for n = 10: t(0.025, 9) = −2.262157, times √(10/9) = −2.384524, Φ = 0.00855
    assert expanded(0.95, 10) == pytest.approx(0.00855, abs=1e-5)
    assert expanded(0.95, 100_000) == pytest.approx(0.025, abs=1e-4)


def test_means_of_independent_reports_are_wilsons() -> None:
    outcome = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    found = means(outcome, np.ones(4), np.arange(4), independent=True)
    assert [(e.value, e.low, e.high, e.method) for e in found] == [
        (0.75, *wilson(3, 4), "wilson"),
        (0.25, *wilson(1, 4), "wilson"),
    ]
    weighed = means(outcome, np.array([1.0, 1.0, 1.0, 3.0]), np.arange(4), independent=False)
    assert weighed[1].value == pytest.approx(0.5)


def design(rows: int) -> np.ndarray:
    return np.stack([np.ones(rows), RNG.normal(size=rows), RNG.random(rows) < 0.4], axis=1).astype(float)


def test_moment_fit_is_least_squares_and_logit_of_statsmodels() -> None:
    x, cluster = design(300), np.repeat(np.arange(60), 5)
    y = (RNG.random(300) < 1 / (1 + np.exp(-(x @ [0.2, 0.8, -0.6])))).astype(float)
    for link, family in (("linear", sm.families.Gaussian()), ("logit", sm.families.Binomial())):
        fit = sm.GLM(y, x, family=family).fit(cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
        found = moment_fit(x, y, cluster, np.ones(300), link)  # type: ignore[arg-type]
        assert found.coefficients == pytest.approx(fit.params, abs=1e-7)
        assert found.errors == pytest.approx(fit.bse * np.sqrt(60 / 59), rel=1e-6)


def test_pseudo_outcomes_by_hand() -> None:
    # of four reports two are coded, each standing for two: the model is wrong on the second, which weighs twice
    found = pseudo_outcomes(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0, 1]), np.array([0.5, 0.5]), np.array([1.0, 1.0]))
    assert found.tolist() == [1.0, 2.0, 1.0, 0.0]


def test_corrected_mean_is_unbiased_under_unequal_probabilities() -> None:
    rng = np.random.default_rng(8)
    truth = (rng.random(400) < 0.3).astype(float)
    predicted = np.where(truth > 0, rng.random(400) < 0.6, rng.random(400) < 0.2).astype(float)
    probability = np.where(predicted > 0, 0.5, 0.1)
    drawn = []
    for _ in range(3000):
        rows = np.flatnonzero(rng.random(400) < probability)
        drawn.append(pseudo_outcomes(predicted, rows, probability[rows], truth[rows]).mean())
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - truth.mean()) < 3 * error
    assert abs(predicted.mean() - truth.mean()) > 10 * error
