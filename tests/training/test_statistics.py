"""Agreement, intervals, paired tests and calibration, against values worked by hand or printed in the literature."""

from __future__ import annotations

import numpy as np
import pytest

from training.engines.splits import group_folds
from training.measure.agreement import cohen_kappa, krippendorff_alpha
from training.measure.bootstrap import cluster_interval, mcnemar, share, sign_flip
from training.measure.calibration import (
    CALIBRATORS,
    calibration_error,
    coverage_at,
    coverage_curve,
    cross_fitted,
    reliability,
    threshold_at_risk,
)

# Krippendorff (2011), section C: 12 units, 4 coders, missing values
FOUR_CODERS = [
    "123321412...",
    "1233224125.3",
    ".3332342251.",
    "12332441251.",
]


def test_kappa_of_a_worked_table() -> None:
    # 50 proposals, two readers: 20 both yes, 15 both no, 5 and 10 apart; p_o = 0.7, p_e = 0.5*0.6 + 0.5*0.4 = 0.5
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa(pairs, [2.0] * 50) == pytest.approx(0.4)
    # a unit of weight 2 is two units
    assert cohen_kappa(pairs[:49], [1.0] * 48 + [2.0]) == pytest.approx(cohen_kappa(pairs))  # type: ignore[arg-type]


def test_kappa_where_it_is_not_defined() -> None:
    assert cohen_kappa([]) is None
    assert cohen_kappa([("a", "a")] * 3) is None
    assert cohen_kappa([("a", "b"), ("b", "a")]) == pytest.approx(-1.0)


def test_alpha_of_the_literature() -> None:
    units = list(zip(*([None if c == "." else c for c in row] for row in FOUR_CODERS), strict=True))
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)
    # the same paper's section A: ten binary units, two coders
    first, second = "0100000010", "1110010000"
    assert krippendorff_alpha(list(zip(first, second, strict=True))) == pytest.approx(0.095, abs=5e-4)


def test_alpha_where_it_is_not_defined() -> None:
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([("a", None), ("b",)]) is None
    assert krippendorff_alpha([("a", "a"), ("a", "a")]) is None


def test_mcnemar_exact() -> None:
    # 2 * (C(12,0) + C(12,1) + C(12,2)) / 2^12 = 158 / 4096
    assert mcnemar(10, 2) == mcnemar(2, 10) == pytest.approx(158 / 4096)
    assert mcnemar(0, 0) == 1
    assert mcnemar(3, 3) == 1


def test_sign_flips() -> None:
    # of the 8 sign changes of (1, 2, 3) only +++ and --- reach a sum of 6
    assert sign_flip([1, 2, 3]) == pytest.approx(2 / 8)
    assert sign_flip([0, 0]) == 1
    assert sign_flip([1.0] * 20, draws=999) == pytest.approx(1 / 1000)
    assert sign_flip([1.0, -1.0] * 10) > 0.5


def test_intervals_draw_whole_clusters() -> None:
    # all errors in one of four reports: single passages would give a narrow interval, reports give a wide one
    counts = np.array([[0, 25], [25, 25], [25, 25], [25, 25]], dtype=float)
    found = cluster_interval(counts, share)
    assert found is not None
    assert found == cluster_interval(counts, share)
    assert (found.low, found.high, found.clusters) == (0.25, 1.0, 4)
    assert cluster_interval(counts[:1], share) is None
    alike = cluster_interval(np.array([[9, 10]] * 6, dtype=float), share)
    assert alike is not None
    assert (alike.low, alike.high) == pytest.approx((0.9, 0.9))


def test_reliability_and_calibration_error() -> None:
    scores = [0.9] * 10 + [0.6] * 10
    right = [True] * 8 + [False] * 2 + [True] * 6 + [False] * 4
    bins = reliability(scores, right, 2)
    assert [(b.count, b.score, b.accuracy) for b in bins] == [(10, pytest.approx(0.6), 0.6), (10, pytest.approx(0.9), 0.8)]
    assert calibration_error(scores, right, 2) == pytest.approx(0.05)
    assert calibration_error([], []) == 0
    assert [b.count for b in reliability([0.1, 0.2, 0.3], [True] * 3)] == [1, 1, 1]
    sizes = [b.count for b in reliability(np.linspace(0, 1, 100).tolist(), [True] * 100)]
    assert len(sizes) == 15
    assert max(sizes) - min(sizes) <= 1


def test_coverage_against_accuracy() -> None:
    scores, right = [0.9, 0.8, 0.8, 0.5], [True, True, False, False]
    curve = coverage_curve(scores, right)
    assert [(p.threshold, p.coverage, round(p.accuracy, 3)) for p in curve] == [
        (0.5, 1.0, 0.5),
        (0.8, 0.75, 0.667),
        (0.9, 0.25, 1.0),
    ]
    best = coverage_at(scores, right, 0.66)
    assert best is not None
    assert best.threshold == 0.8
    assert coverage_at([0.9], [False], 0.5) is None
    assert coverage_curve([], []) == []


def test_threshold_at_a_risk() -> None:
    scores = [0.99] * 80 + [0.95] * 20 + [0.5] * 10
    right = [True] * 80 + [True] * 16 + [False] * 4 + [False] * 10
    found = threshold_at_risk(scores, right, 0.05)
    assert found is not None
    assert (found.threshold, found.kept, found.error) == (0.95, 100, pytest.approx(0.04))
    # upper bound of 4 in 100: Clopper-Pearson 0.0892
    assert found.bound == pytest.approx(0.0892, abs=5e-4)
    assert threshold_at_risk([0.9] * 3, [False] * 3, 0.05) is None
    rounded = threshold_at_risk([0.12345, 0.1], [True, False], 0.0)
    assert rounded is not None
    assert rounded.threshold == 0.1234


@pytest.mark.parametrize("method", list(CALIBRATORS))
def test_recalibration_mends_overconfidence(method: str) -> None:
    random = np.random.default_rng(7)
    true = random.uniform(0.4, 0.98, 3000)
    right = (random.uniform(size=3000) < true).tolist()
    odds = np.log(true / (1 - true))
    sure = (1 / (1 + np.exp(-2.5 * odds))).tolist()  # log-odds two and a half times too large
    fold = (np.arange(3000) % 5).tolist()
    mended = cross_fitted(sure, right, fold, method)
    assert calibration_error(sure, right) > 0.08
    assert calibration_error(mended.tolist(), right) < 0.03
    # nothing is fitted on what it is measured on: other outcomes of a fold do not change its scores
    other = [not r if k == 0 else r for r, k in zip(right, fold, strict=True)]
    np.testing.assert_allclose(cross_fitted(sure, other, fold, method)[::5], mended[::5])


def test_folds_keep_groups_together() -> None:
    groups = [f"v{i // 3}" for i in range(30)]
    folds = group_folds(groups, 5, seed=1)
    assert folds == group_folds(groups, 5, seed=1)
    assert folds != group_folds(groups, 5, seed=2)
    assert all(len({f for f, g in zip(folds, groups, strict=True) if g == name}) == 1 for name in set(groups))
    assert sorted(folds.count(k) for k in range(5)) == [6] * 5
    assert set(group_folds(["a", "b"], 5, seed=1)) == {0, 1}
