"""Calibration as text, and as a picture (extra ``plots``)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import UsageError
from corpus.extras import install_remedy
from models.seed import SEED
from training.engines.splits import group_folds
from training.measure.calibration import (
    CALIBRATORS,
    calibration_error,
    coverage_at,
    coverage_curve,
    cross_fitted,
    reliability,
    threshold_at_risk,
)
from training.measure.quality import JudgedPassage

_FOLDS = 5


def scored(items: Sequence[JudgedPassage]) -> tuple[list[float], list[bool], list[str]]:
    """Scores, whether the label was right, and reports of the items that have a score."""
    chosen = [i for i in items if i.score is not None]
    return [i.score or 0.0 for i in chosen], [i.right for i in chosen], [i.report for i in chosen]


def recalibrated(items: Sequence[JudgedPassage], seed: int = SEED) -> dict[str, float]:
    """Calibration error as it is, and after each recalibration, fitted on other reports than those it is measured on."""
    scores, right, reports = scored(items)
    found = {"as it is": calibration_error(scores, right)}
    fold = group_folds(reports, _FOLDS, seed)
    if len(set(fold)) > 1:
        found |= {m: calibration_error(cross_fitted(scores, right, fold, m).tolist(), right) for m in CALIBRATORS}
    return found


def format_calibration(items: Sequence[JudgedPassage], risk: float) -> str:
    """Reliability, what recalibration would bring, coverage against accuracy, and the threshold proposed for a risk.

    The threshold is chosen on all items; how it would do on others is shown by choosing it on one half of the reports and judging it
    on the other.
    """
    scores, right, reports = scored(items)
    if not scores:
        return "no probabilities: this engine cannot abstain\n"
    lines = ["calibration", f"  {'probability':<14} {'passages':>8} {'mean':>6} {'right':>6}"]
    lines += [
        f"  {b.low:.3f}–{b.high:.3f}    {b.count:>8} {b.score:>6.3f} {b.accuracy:>6.3f}" for b in reliability(scores, right)
    ]
    errors = recalibrated(items)
    lines.append("  calibration error " + ", ".join(f"{name} {e:.3f}" for name, e in errors.items()))
    for accuracy in (0.9, 0.95, 0.98):
        p = coverage_at(scores, right, accuracy)
        found = "never" if p is None else f"for {p.coverage:.1%} of the passages (probability ≥ {p.threshold:.4f})"
        lines.append(f"  {accuracy:.0%} right {found}")
    t = threshold_at_risk(scores, right, risk)
    if t is None:
        return "\n".join([*lines, f"  no --min-confidence keeps errors at {risk:.1%}"]) + "\n"
    lines.append(
        f"  --min-confidence {t.threshold:.4f} keeps {t.coverage:.1%} with {t.error:.1%} wrong; at most {t.bound:.1%} with 95 % certainty"
    )
    lines += _checked(scores, right, reports, risk)
    return "\n".join(lines) + "\n"


def _checked(scores: Sequence[float], right: Sequence[bool], reports: Sequence[str], risk: float) -> list[str]:
    half = group_folds(reports, 2, SEED)
    if len(set(half)) < 2:
        return []
    kept = wrong = 0
    for k in (0, 1):
        chosen_on = [(s, r) for s, r, h in zip(scores, right, half, strict=True) if h != k]
        t = threshold_at_risk([s for s, _ in chosen_on], [r for _, r in chosen_on], risk)
        if t is not None:
            here = [r for s, r, h in zip(scores, right, half, strict=True) if h == k and s >= t.threshold]
            kept, wrong = kept + len(here), wrong + here.count(False)
    if not kept:
        return []
    share = wrong / kept
    return [
        f"  checked: chosen on one half of the reports, it keeps {kept / len(scores):.1%} of the other with {share:.1%} wrong"
    ]


def check_picture(path: Path) -> None:
    """Refuse a name that no picture has, before anything is measured.

    Raises:
        UsageError: the suffix is of no picture.
    """
    if path.suffix.lower() not in {".svg", ".png", ".pdf"}:
        raise UsageError(
            f"{path.suffix or 'no suffix'!r} names no picture", source=str(path), remedy="end the name in .svg, .png or .pdf"
        )


def plot(items: Sequence[JudgedPassage], path: Path, title: str) -> None:
    """Draws reliability, and accuracy against coverage, side by side; the suffix (.svg, .png, .pdf) chooses the format.

    Raises:
        UsageError: matplotlib is not installed, or the suffix is of no picture.
    """
    check_picture(path)
    scores, right, _ = scored(items)
    if not scores:
        raise UsageError("this engine gives no probabilities to plot", remedy="use linear or a trained model")
    try:
        figure_module, canvas = import_module("matplotlib.figure"), import_module("matplotlib.backends.backend_agg")
    except ImportError as error:
        raise UsageError("matplotlib is not installed", remedy=install_remedy("plots")) from error
    figure: Any = figure_module.Figure(figsize=(9, 4), layout="constrained")
    canvas.FigureCanvasAgg(figure)
    left, other = figure.subplots(1, 2)
    bins = reliability(scores, right)
    left.plot([0, 1], [0, 1], color="0.7", linewidth=1, zorder=0)
    # an error bar is the binomial standard error of a bin's share
    bars = [np.sqrt(b.accuracy * (1 - b.accuracy) / b.count) for b in bins]
    left.errorbar(
        [b.score for b in bins], [b.accuracy for b in bins], yerr=bars, marker="o", markersize=4, capsize=2, linewidth=1
    )
    left.set(
        xlabel="probability",
        ylabel="share right",
        xlim=(0, 1.02),
        ylim=(0, 1.02),
        title=f"calibration error {calibration_error(scores, right):.3f}",
    )
    curve = coverage_curve(scores, right)
    other.plot([p.coverage for p in curve], [p.accuracy for p in curve], linewidth=1.2)
    other.axhline(0.95, color="0.7", linewidth=1)
    other.set(xlabel="share of passages kept", ylabel="share right among them", xlim=(0, 1.02), title=f"{len(scores)} passages")
    figure.suptitle(title, fontsize=10)
    # no date in the file: same measurements, same bytes
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else {}
    with import_module("matplotlib").rc_context({"svg.hashsalt": "gongkai", "svg.fonttype": "none"}):
        figure.savefig(path, metadata=metadata)
