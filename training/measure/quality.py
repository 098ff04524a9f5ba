"""Figures of labels and facets: precision, recall, F1 by code, agreement, intervals by report, confusions.

Everything is counted first, by report, and figures follow from sums of counts, so that an interval only draws reports anew and sums
again (:mod:`training.measure.bootstrap`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.seed import SEED
from models.taxonomy import Taxonomy
from training.measure.agreement import cohen_kappa, krippendorff_alpha
from training.measure.bootstrap import DRAWS, Counts, Interval, cluster_interval, share
from training.measure.calibration import calibration_error

NO_LABEL = "(none)"


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """One coded passage beside what a model says of it.

    ``report`` is the cluster it belongs to.  ``gold_also`` is ``None`` where the truth does not say.  ``found`` is ``(none)`` where the
    result has no passage there.  ``score`` is ``None`` for engines without probabilities.  ``reason`` says what spoke for ``found``.
    """

    report: str
    text: str
    gold: str
    found: str
    section: str | None = None
    heading_path: tuple[str, ...] = ()
    gold_also: tuple[str, ...] | None = None
    found_also: tuple[str, ...] = ()
    gold_facets: tuple[str, ...] = ()
    found_facets: tuple[str, ...] = ()
    score: float | None = None
    abstained: bool = False
    reason: str = ""

    @property
    def right(self) -> bool:
        """Whether the label is the truth's."""
        return self.gold == self.found


@dataclass(frozen=True, slots=True)
class CodeRow:
    """Figures of one code: ``support`` passages have it in the truth, ``predicted`` in the result."""

    code: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int
    zh: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure 0…1 with its interval, if there are reports enough for one."""

    value: float
    interval: Interval | None = None

    def __str__(self) -> str:
        return f"{self.value:.3f}" + (f" ({self.interval})" if self.interval else "")


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one model on coded passages.

    ``label_f1`` gives the F1 of single labels with intervals.  ``facets`` counts passages whose gold label takes facets, as
    :mod:`training.measure.evaluate` does.  ``also_f1`` and ``ece`` are ``None`` where truth or scores are missing.
    """

    items: int
    reports: int
    accuracy: Figure
    macro_f1: Figure
    label_f1: dict[str, Figure]
    labels: tuple[CodeRow, ...]
    facet_f1: Figure | None
    facets: tuple[CodeRow, ...]
    also_f1: float | None
    kappa: float | None
    alpha: float | None
    ece: float | None
    confusions: tuple[tuple[str, str, int], ...]


def _counts(item: JudgedPassage, labels: Sequence[str], facets: Sequence[str], coded: Sequence[str]) -> NDArray[Any]:
    """[right, judged | per label: right, predicted, gold | per facet: right, predicted, gold]."""
    row = np.zeros(2 + 3 * (len(labels) + len(facets)))
    row[0], row[1] = item.right, 1
    for code, column in ((item.found, 1), (item.gold, 2)):
        if code in labels:
            row[2 + 3 * labels.index(code) + column] += 1
    if item.right and item.gold in labels:
        row[2 + 3 * labels.index(item.gold)] += 1
    if item.gold in coded:
        base = 2 + 3 * len(labels)
        gold, found = set(item.gold_facets), set(item.found_facets)
        for i, code in enumerate(facets):
            row[base + 3 * i : base + 3 * i + 3] = (code in gold & found, code in found, code in gold)
    return row


def _f1(right: NDArray[Any], predicted: NDArray[Any], gold: NDArray[Any]) -> NDArray[Any]:
    """F1 where there is something to find or something was found, else NaN."""
    size = predicted + gold
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(size > 0, 2 * right / size, np.nan)


def _macro(labels: int) -> Callable[[Counts], NDArray[Any]]:
    def measure(sums: Counts) -> NDArray[Any]:
        part = sums[:, 2 : 2 + 3 * labels].reshape(len(sums), labels, 3)
        f1 = np.where(part[:, :, 2] > 0, _f1(part[:, :, 0], part[:, :, 1], part[:, :, 2]), np.nan)
        held = ~np.isnan(f1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(held.any(axis=1), np.nansum(f1, axis=1) / held.sum(axis=1), np.nan)

    return measure


def _one(at: int) -> Callable[[Counts], NDArray[Any]]:
    return lambda sums: _f1(sums[:, at], sums[:, at + 1], sums[:, at + 2])


def _micro(first: int) -> Callable[[Counts], NDArray[Any]]:
    return lambda sums: _f1(*(sums[:, first + k :: 3].sum(axis=1) for k in range(3)))


def _rows(sums: Counts, first: int, codes: Sequence[str], names: Sequence[str]) -> tuple[CodeRow, ...]:
    rows = []
    for i, code in enumerate(codes):
        right, predicted, gold = sums[first + 3 * i : first + 3 * i + 3].tolist()
        precision = right / predicted if predicted else float(gold == 0)
        recall = right / gold if gold else float(predicted == 0)
        f1 = 2 * right / (predicted + gold) if predicted + gold else 1.0
        rows.append(CodeRow(code, precision, recall, f1, int(gold), int(predicted), names[i]))
    return tuple(r for r in rows if r.support or r.predicted)


def by_report(items: Sequence[JudgedPassage]) -> dict[str, list[JudgedPassage]]:
    """Items grouped by report, in order of their names: whatever the order of the files, intervals are the same."""
    groups: dict[str, list[JudgedPassage]] = {}
    for item in items:
        groups.setdefault(item.report, []).append(item)
    return dict(sorted(groups.items()))


def count_by_report(items: Sequence[JudgedPassage], taxonomy: Taxonomy) -> Counts:
    """(report, count): what accuracy, macro-F1 and facet F1 follow from, reports in order of their names."""
    labels, facets = list(taxonomy.labels), list(taxonomy.facets)
    return np.array([sum(_counts(i, labels, facets, taxonomy.coded) for i in own) for own in by_report(items).values()])


def measures(taxonomy: Taxonomy) -> dict[str, Callable[[Counts], NDArray[Any]]]:
    """Figures of sums of :func:`count_by_report`: accuracy, macro-F1, and facet micro-F1 where there are facets."""
    labels = len(taxonomy.labels)
    found: dict[str, Callable[[Counts], NDArray[Any]]] = {"accuracy": share, "macro-F1": _macro(labels)}
    return found | ({"facets (micro-F1)": _micro(2 + 3 * labels)} if taxonomy.facets else {})


def measure(items: Sequence[JudgedPassage], taxonomy: Taxonomy, *, draws: int = DRAWS, seed: int = SEED) -> Quality:
    """All figures of the items; macro-F1 is the mean over the labels that the truth holds.

    Args:
        items: coded passages beside predictions, at least one.
        taxonomy: the codes.
        draws: resamples for the intervals; 0 for none.
        seed: of these.
    """
    labels, facets = list(taxonomy.labels), list(taxonomy.facets)
    counts = count_by_report(items, taxonomy)
    total = counts.sum(axis=0)
    facet_base = 2 + 3 * len(labels)

    def figure(of: Callable[[Counts], NDArray[Any]]) -> Figure:
        value = float(of(total[None, :])[0])
        return Figure(value, cluster_interval(counts, of, draws=draws, seed=seed) if draws else None)

    rows = _rows(total, 2, labels, [taxonomy.zh.get(c, "") for c in labels])
    has_facets = bool(total[facet_base:].sum())
    scored = [(i.score, i.right) for i in items if i.score is not None]
    pairs = [(i.gold, i.found) for i in items]
    confused = Counter((i.gold, i.found) for i in items if not i.right)
    return Quality(
        len(items),
        len(counts),
        figure(share),
        figure(_macro(len(labels))),
        {r.code: figure(_one(2 + 3 * labels.index(r.code))) for r in rows if r.support},
        rows,
        figure(_micro(facet_base)) if has_facets else None,
        _rows(total, facet_base, facets, [taxonomy.zh.get(f"facet:{c}", "") for c in facets]),
        _also(items),
        cohen_kappa(pairs),
        krippendorff_alpha(pairs),
        calibration_error([s for s, _ in scored], [r for _, r in scored]) if scored else None,
        tuple((g, f, n) for (g, f), n in sorted(confused.items(), key=lambda kv: (-kv[1], kv[0]))),
    )


def _also(items: Sequence[JudgedPassage]) -> float | None:
    given = [(set(i.gold_also), set(i.found_also)) for i in items if i.gold_also is not None]
    size = sum(len(a) + len(b) for a, b in given)
    return 2 * sum(len(a & b) for a, b in given) / size if size else None
