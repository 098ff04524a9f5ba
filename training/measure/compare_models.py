"""Two models on the same coded passages: which is better, and whether the difference could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.errors import DataError
from models.seed import SEED
from models.taxonomy import Taxonomy
from training.measure.bootstrap import DRAWS, Interval, cluster_interval, mcnemar, sign_flip
from training.measure.quality import JudgedPassage, by_report, count_by_report, measures


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """A figure of A and of B, and A − B with its 95 % interval by report."""

    name: str
    a: float
    b: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """``only_a`` passages only A has right, ``only_b`` only B.  ``p_passages`` is McNemar's exact test, which takes passages as
    independent; ``p_reports`` swaps A and B report by report and is the one to rely on."""

    passages: int
    reports: int
    differences: tuple[FigureDifference, ...]
    both: int
    only_a: int
    only_b: int
    p_passages: float
    p_reports: float


def compare(
    a: Sequence[JudgedPassage], b: Sequence[JudgedPassage], taxonomy: Taxonomy, *, draws: int = DRAWS, seed: int = SEED
) -> ModelComparison:
    """Paired figures and tests.

    Args:
        a: items of the one model.
        b: items of the other, of the same passages in the same order.
        taxonomy: the codes.
        draws: resamples of the reports.
        seed: of these.

    Raises:
        DataError: the two do not judge the same passages.
    """
    if [(x.report, x.text, x.gold) for x in a] != [(x.report, x.text, x.gold) for x in b]:
        raise DataError("the two results judge different passages", remedy="compare models on the same reports")
    both = np.concatenate([left := count_by_report(a, taxonomy), count_by_report(b, taxonomy)], axis=1)
    width = left.shape[1]
    differences = []
    for name, of in measures(taxonomy).items():
        total = both.sum(axis=0, keepdims=True)
        value_a, value_b = float(of(total[:, :width])[0]), float(of(total[:, width:])[0])
        if np.isnan(value_a) or np.isnan(value_b):
            continue  # no passage takes facets

        def apart(sums: Any, of: Any = of) -> Any:
            return of(sums[:, :width]) - of(sums[:, width:])

        differences.append(FigureDifference(name, value_a, value_b, cluster_interval(both, apart, draws=draws, seed=seed)))
    pairs = list(zip(a, b, strict=True))
    only_a, only_b = sum(x.right and not y.right for x, y in pairs), sum(y.right and not x.right for x, y in pairs)
    by_cluster = (both[:, 0] - both[:, width]).tolist()
    return ModelComparison(
        len(a), len(by_report(a)), tuple(differences), sum(x.right and y.right for x, y in pairs), only_a, only_b,
        mcnemar(only_a, only_b), sign_flip(by_cluster, seed=seed),
    )  # fmt: skip


def _p(value: float) -> str:
    return f"p = {value:.4f}" if value >= 0.00005 else "p < 0.0001"


def format_comparison(c: ModelComparison, a: str, b: str) -> str:
    """The comparison as plain text; A is the first that was named."""
    lines = [
        f"A {a}",
        f"B {b}",
        f"on {c.passages} passages of {c.reports} reports",
        f"  {'':<20} {'A':>6} {'B':>6} {'A − B':>7}",
    ]
    for d in c.differences:
        interval = f"  ({d.interval.low:+.3f} to {d.interval.high:+.3f})" if d.interval else ""
        lines.append(f"  {d.name:<20} {d.a:>6.3f} {d.b:>6.3f} {d.a - d.b:>+7.3f}{interval}")
    lines += [
        f"  right in both {c.both}, in A alone {c.only_a}, in B alone {c.only_b}, in neither {c.passages - c.both - c.only_a - c.only_b}",
        f"  McNemar, exact, by passage         {_p(c.p_passages)}",
        f"  permutation of A and B by report   {_p(c.p_reports)}",
    ]
    if c.reports < 6:
        least = 2 / 2**c.reports
        lines.append(f"  with {c.reports} reports no p by report can be under {least:.3f}")
    return "\n".join(lines) + "\n"


def comparison_to_dict(c: ModelComparison) -> dict[str, Any]:
    """The comparison as JSON values."""
    return {
        "passages": c.passages, "reports": c.reports, "right_in_both": c.both, "right_in_a_alone": c.only_a,
        "right_in_b_alone": c.only_b, "mcnemar_p": c.p_passages, "permutation_by_report_p": c.p_reports,
        "figures": [
            {
                "name": d.name, "a": round(d.a, 4), "b": round(d.b, 4),
                "interval_95": None if d.interval is None else [round(d.interval.low, 4), round(d.interval.high, 4)],
            }
            for d in c.differences
        ],
    }  # fmt: skip
