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
    bounds,
    cluster_sums,
    clustered_difference,
    estimates,
    holm,
    jeffreys,
    mcnemar,
    means,
    sample,
    sampled,
    two_proportions,
    weighted_median,
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


@pytest.mark.parametrize(("k", "n"), [(1, 10), (3, 25), (37, 412)])
def test_jeffreys_is_that_of_statsmodels(k: int, n: int) -> None:
    low, high = jeffreys(np.array([k / n]), np.array([float(n)]), np.array([0.95]))
    assert (low[0], high[0]) == pytest.approx(proportion_confint(k, n, method="jeffreys"), abs=1e-9)


def test_jeffreys_is_exact_where_nothing_or_all_is_stated() -> None:
    low, high = jeffreys(np.array([0.0, 1.0]), np.array([20.0, 20.0]), np.array([0.95, 0.95]))
    assert (low[0], high[0]) == pytest.approx(proportion_confint(0, 20, method="beta"), abs=1e-9)
    assert (low[1], high[1]) == pytest.approx(proportion_confint(20, 20, method="beta"), abs=1e-9)


def test_variance_of_a_clustered_share_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(40), 4)
    outcome = (rng.normal(size=40)[cluster] + rng.normal(size=160) > 0).astype(float)
    weight = rng.random(160) + 0.5
    fit = sm.WLS(outcome, np.ones((160, 1)), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    found = sampled(outcome[:, None], weight, cluster)
    assert found.value[0] == pytest.approx(fit.params[0])
    assert found.variance[0] == pytest.approx(fit.bse[0] ** 2 * 40 / 39)


def test_rare_statements_rest_on_the_agencies_that_make_them() -> None:
    # 3 of 50 agencies state it in all four years: e = 4·0.94 thrice and 4·(−0.06) else, so that (Σe²)²/Σe⁴ ≈ 3.4, and half of it again
    outcome = (np.repeat(np.arange(50), 4) < 3).astype(float)[:, None]
    found = sampled(outcome, np.ones(200), np.repeat(np.arange(50), 4))
    assert found.freedom[0] == pytest.approx(1.5 * (3 * 0.94**2 + 47 * 0.06**2) ** 2 / (3 * 0.94**4 + 47 * 0.06**4))


def test_rare_rates_of_cases_have_no_freedom_beyond_the_agencies_that_have_them() -> None:
    # 2 of 40 agencies have 10 cases of 20 each with the outcome (2.5 %: rare); the same in 8 of 40 is 10 % and no rare rate
    below = np.full((40, 1), 20.0)
    for having, factor in ((2, 1.0), (8, 1.5)):
        above = 10.0 * (np.arange(40) < having)[:, None]
        e = above - above.sum() / below.sum() * below
        resting = float((e**2).sum() ** 2 / (e**4).sum())
        assert sample(above, below, np.array(800.0), pooled=True).freedom[0] == pytest.approx(factor * resting)


def test_no_interval_is_wider_than_that_of_as_many_reports_as_agencies() -> None:
    # 1 of 11 agencies states it in all three years: a variance that rests on one agency says nothing, but it cannot be above p(1−p)/11
    outcome = (np.repeat(np.arange(11), 3) < 1).astype(float)[:, None]
    (e,) = means(outcome, np.ones(33), np.repeat(np.arange(11), 3), independent=False)
    assert (e.low, e.high) == pytest.approx(proportion_confint(1, 11, method="jeffreys"), abs=1e-9)
    found = sampled(outcome, np.ones(33), np.repeat(np.arange(11), 3))
    low, high = bounds(found, np.array(0.95), floor=False)
    assert high[0] - low[0] > 0.75
    # of two spells of the same agencies the correlation is as uncertain: no floor there
    ids = np.arange(11)
    up = clustered_difference(outcome[::3], np.ones(11), ids, np.zeros((11, 1)), np.ones(11), ids)[0]
    apart = clustered_difference(outcome[::3], np.ones(11), ids, np.zeros((11, 1)), np.ones(11), ids + 11)[0]
    assert up.high is not None and apart.high is not None and up.high - apart.high > 0.3  # noqa: PT018


def test_no_interval_under_five_agencies_and_a_mark_under_ten() -> None:
    for n, few in ((4, True), (5, True), (9, True), (10, False)):
        outcome = (np.arange(2 * n) < n).astype(float)[:, None]
        for independent, cluster in ((True, np.arange(2 * n)[: 2 * n]), (False, np.tile(np.arange(n), 2))):
            kept = slice(0, n) if independent else slice(0, 2 * n)
            e = means(outcome[kept], np.ones(2 * n)[kept], cluster[kept], independent=independent)[0]
            assert (e.clusters, e.few_clusters, e.low is None) == (n, few, n < 5)


def test_clusters_without_a_denominator_do_not_count() -> None:
    below = np.stack([np.ones(30), np.arange(30) < 5], axis=1).astype(float)
    assert sample(np.zeros((30, 2)), below).clusters.tolist() == [30, 5]


@pytest.mark.parametrize(("up", "down"), [(6, 0), (8, 1), (5, 12), (3, 4)])
def test_mcnemar_is_half_of_what_is_observed_below_the_exact_test(up: int, down: int) -> None:
    exact = stats.binomtest(up, up + down).pvalue
    assert mcnemar(up, down) == pytest.approx(exact - stats.binom.pmf(min(up, down), up + down, 0.5))


def test_where_every_agency_changes_there_is_a_p_value() -> None:
    # today's strongest difference: none of 12 agencies in one year, all of them in the next
    ids, ones = np.arange(12), np.ones(12)
    d = clustered_difference(np.ones((12, 1)), ones, ids, np.zeros((12, 1)), ones, ids)[0]
    assert (d.value, d.method) == (1.0, "mcnemar mid-p")
    assert d.p == pytest.approx(0.5**12)
    assert d.low is not None and d.high is not None and d.low > 0.5 and d.high == 1.0  # noqa: PT018


def test_two_agencies_against_a_hundred_are_two() -> None:
    a, b = np.repeat(np.arange(2), 3), np.repeat(np.arange(2, 102), 3)
    y = (np.random.default_rng(1).random((300, 1)) < 0.5).astype(float)
    d = clustered_difference(np.ones((6, 1)), np.ones(6), a, y, np.ones(300), b)[0]
    assert (d.low, d.high) == (None, None)
    assert d.p is not None and d.p > 0.1  # noqa: PT018


def test_many_clusters_give_the_t_test_of_the_regression() -> None:
    rng = np.random.default_rng(9)
    cluster = np.repeat(np.arange(600), 4)
    group = np.tile([0, 0, 1, 1], 600)
    outcome = (rng.normal(size=600)[cluster] + group * 0.1 + rng.normal(size=2400) > 0).astype(float)
    fit = sm.OLS(outcome, sm.add_constant(group)).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    one, two = group == 1, group == 0
    d = clustered_difference(
        outcome[one][:, None], np.ones(1200), cluster[one], outcome[two][:, None], np.ones(1200), cluster[two]
    )[0]
    assert d.value == pytest.approx(fit.params[1])
    assert (d.low, d.high) == pytest.approx(fit.conf_int()[1].tolist(), abs=2e-3)
    assert d.p == pytest.approx(fit.pvalues[1], rel=0.15)


def test_weighted_medians_by_hand() -> None:
    assert weighted_median(np.array([3.0, 1.0]), np.ones(2)) == 2.0
    assert weighted_median(np.array([3.0, 1.0]), np.array([1.0, 3.0])) == 1.0
    assert weighted_median(np.zeros(0), np.zeros(0)) is None


def test_cluster_sums_by_hand() -> None:
    found = cluster_sums(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7, 2, 7]))
    assert found.tolist() == [[3.0, 4.0], [6.0, 8.0]]


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


def test_under_ten_reports_intervals_are_exact() -> None:
    """Every share is held by at least 95 % of the samples of five, as no interval of fewer steps can promise."""
    from scipy.stats import binom

    held = {}
    for hits in range(6):
        outcome = np.array([[1.0]] * hits + [[0.0]] * (5 - hits))
        (e,) = means(outcome, np.ones(5), np.arange(5), independent=True)
        assert e.method == "clopper-pearson"
        held[hits] = (e.low, e.high)
    for share in np.linspace(0.01, 0.99, 99):
        inside = [k for k, (low, high) in held.items() if low is not None and high is not None and low <= share <= high]
        assert binom.pmf(inside, 5, share).sum() >= 0.95
    many = means(np.array([[1.0]] * 4 + [[0.0]] * 6), np.ones(10), np.arange(10), independent=True)
    assert many[0].method == "jeffreys"


# one agency has half of the cases: without it the rate is 2 of 50
_ABOVE, _BELOW = (
    np.array([[8.0], [1.0], [0.0], [0.0], [1.0], [0.0]]),
    np.array([[50.0], [10.0], [10.0], [10.0], [10.0], [10.0]]),
)


def test_pooled_rates_have_the_variance_of_leaving_out_an_agency() -> None:
    without = (_ABOVE.sum() - _ABOVE) / (_BELOW.sum() - _BELOW)
    by_hand = 5 / 6 * ((without - 0.1) ** 2).sum()
    pooled, linear = (sample(_ABOVE, _BELOW, np.array([100.0]), pooled=p) for p in (True, False))
    assert pooled.variance[0] == pytest.approx(by_hand)
    assert pooled.variance[0] > 1.5 * linear.variance[0]
    even = (np.array([[1.0], [0.0], [2.0], [0.0], [1.0]]), np.full((5, 1), 10.0))
    assert sample(*even, pooled=True).variance[0] == pytest.approx(sample(*even).variance[0])


def test_a_rare_rate_that_no_large_agency_has_is_less_certain_than_its_residuals_say() -> None:
    cases = np.array([[400.0], *[[5.0]] * 8])
    above = np.array([[0.0], [5.0], *[[0.0]] * 7])  # one small agency has the outcome in full, so any large one may
    (seen,) = sample(above, cases, cases.sum(axis=0), pooled=True).variance
    (apart,) = sample(above, cases).variance
    assert seen > 3 * apart
    # what is not rare keeps the variance of leaving out an agency, as do ratios over 1
    for often in (np.array([[200.0], *[[2.0]] * 8]), cases * np.linspace(1.1, 1.9, 9)[:, None]):
        share = often.sum() / cases.sum()
        without = (often.sum() - often) / (cases.sum() - cases)
        by_hand = max(8 / 9 * ((without - share) ** 2).sum(), float(sample(often, cases).variance[0]))
        assert sample(often, cases, cases.sum(axis=0), pooled=True).variance[0] == pytest.approx(by_hand)


def test_a_rare_rate_has_the_interval_of_svyciprop_beta_on_no_more_than_its_cases() -> None:
    rare = sample(_ABOVE / 8, _BELOW, np.array([100.0]), pooled=True)
    (e,) = estimates(rare)
    share = float(rare.value[0])
    size = share * (1 - share) / rare.variance[0] * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, rare.freedom[0])) ** 2
    size = max(min(size, 100.0), float(rare.least[0]))
    hits = share * size
    assert share < 0.05
    assert e.low == pytest.approx(stats.beta.ppf(0.025, hits, size - hits + 1))
    assert e.high == pytest.approx(stats.beta.ppf(0.975, hits + 1, size - hits))
    # agencies that by chance say the same do not make more cases of them
    alike = sample(np.full((40, 1), 3.0), np.append(np.full(39, 100.0), 101.0)[:, None], np.array([4001.0]), pooled=True)
    (e,) = estimates(alike)
    assert e.low == pytest.approx(stats.beta.ppf(0.025, 120, 4001 - 120 + 1), rel=1e-3)


def test_two_per_cent_of_cases_of_uneven_agencies_are_held() -> None:
    """20 agencies, sizes log-normal (σ = 1.2): the linearised variance with Jeffreys' interval held 0.90 to 0.94."""
    rng = np.random.default_rng(3)
    cases = rng.poisson(np.exp(rng.normal(np.log(60), 1.2, size=(20, 1000)))).astype(float)
    above = rng.binomial(cases.astype(int), rng.beta(0.18, 8.82, size=cases.shape)).astype(float)
    found = estimates(sample(above, cases, cases.sum(axis=0), pooled=True))
    held = np.mean([e.low <= 0.02 <= e.high for e in found if e.low is not None and e.high is not None])
    assert 0.93 <= held <= 0.98
