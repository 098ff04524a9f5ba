"""What people coded of a draw, beside what the model says of the same passages: agreement and shares, weighted by the draw.

Each passage counts by the inverse of its probability of being drawn.  Shares of labels are estimated twice: from the coded passages
alone (Hájek's ratio), and by the model's share in the whole store plus the weighted mean of human less model, which is never biased and
is more precise the better the model is (C.-E. Särndal, B. Swensson, J. Wretman (1992), Model assisted survey sampling, section 6.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError
from models.seed import SEED
from training.coding.dataset import UNCERTAINTY
from training.measure.agreement import cohen_kappa, krippendorff_alpha
from training.measure.bootstrap import DRAWS, cluster_interval, share
from training.measure.quality import CodeRow, Figure


@dataclass(frozen=True, slots=True)
class CodedRow:
    """One passage as one person coded it."""

    passage_id: str
    report_id: str
    text: str
    label: str
    coder: str
    stratum: str
    design: str
    draw: str
    probability: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Share of one label: by the people's codes alone, by the model in the whole store, and by both together."""

    label: str
    coded: Figure
    model: float
    corrected: Figure


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures of one draw.  ``pairs`` gives κ and the number of passages for each two coders; ``alpha`` is over all coders."""

    passages: int
    uncoded: int
    population: int
    draw: str
    accuracy: Figure
    kappa: float | None
    labels: tuple[CodeRow, ...]
    prevalence: tuple[Prevalence, ...]
    confusions: tuple[tuple[str, str, int], ...]
    coders: tuple[str, ...]
    pairs: tuple[tuple[str, str, float | None, int], ...]
    alpha: float | None


def check_draw(rows: Sequence[CodedRow], source: str) -> str:
    """The name of the one draw that all rows are from.

    Raises:
        DataError: drawn by uncertainty, without probabilities, or of several draws.
    """
    for r in rows:
        if r.design == UNCERTAINTY:
            raise DataError(
                "was drawn by uncertainty: the passages a model is least sure of stand for no others",
                source=r.source,
                remedy="use these to train; code a simple or stratified draw (gongkai sample) to evaluate",
            )
        if r.probability is None or not 0 < r.probability <= 1:
            raise DataError(
                f"inclusion_probability is {r.probability}",
                source=r.source,
                remedy="keep the columns that `gongkai sample` wrote; a hand-picked passage stands for no others",
            )
    names = sorted({r.draw for r in rows})
    if len(names) > 1:
        raise DataError(
            f"holds passages of {len(names)} draws: {', '.join(names[:3])}", source=source, remedy="evaluate each draw alone"
        )
    return names[0]


def agree(
    rows: Sequence[CodedRow],
    model: Mapping[str, str],
    model_shares: Mapping[str, float],
    population: int,
    labels: Sequence[str],
    source: str,
    *,
    uncoded: int = 0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Agreement:
    """Figures of the coded rows.

    Args:
        rows: what was coded, at least one row; a passage coded by several people has a row for each, which share its weight.
        model: label that the model gives each passage.
        model_shares: share of each label among all passages of the store.
        population: how many these are.
        labels: codes in their order.
        source: the file, for messages.
        uncoded: rows that nobody coded.
        draws: resamples of reports for the intervals.
        seed: of these.

    Raises:
        DataError: as :func:`check_draw`.
    """
    name = check_draw(rows, source)
    times = Counter(r.passage_id for r in rows)
    weights = [1 / ((r.probability or 1) * times[r.passage_id]) for r in rows]
    pairs = [(r.label, model[r.passage_id]) for r in rows]
    order = [*labels, *sorted({c for pair in pairs for c in pair} - set(labels))]
    clusters = {c: i for i, c in enumerate(dict.fromkeys(r.report_id for r in rows))}
    at = np.array([clusters[r.report_id] for r in rows])

    def sums(values: Sequence[float]) -> NDArray[Any]:
        """(report, 2): weighted sum of the values, and of the weights."""
        found = np.zeros((len(clusters), 2))
        np.add.at(found, at, np.column_stack([np.multiply(values, weights), weights]))
        return found

    def figure(values: Sequence[float], base: float = 0.0) -> Figure:
        counts = sums(values)
        interval = cluster_interval(counts, lambda s: base + share(s), draws=draws, seed=seed)
        if interval is not None and interval.low == interval.high:
            interval = None  # all alike in the draw: resampling it cannot show how others may differ
        return Figure(base + float(share(counts.sum(axis=0, keepdims=True))[0]), interval)

    prevalence = []
    for c in order:
        human = [float(g == c) for g, _ in pairs]
        apart = [float(g == c) - float(m == c) for g, m in pairs]
        if any(human) or model_shares.get(c):
            base = model_shares.get(c, 0.0)
            prevalence.append(Prevalence(c, figure(human), base, figure(apart, base)))
    confused = Counter((g, m) for g, m in pairs if g != m)
    coders = tuple(sorted({r.coder for r in rows}))
    return Agreement(
        len(times), uncoded, population, name, figure([float(g == m) for g, m in pairs]), cohen_kappa(pairs, weights),
        _weighted_rows(pairs, weights, order), tuple(prevalence),
        tuple((g, m, n) for (g, m), n in sorted(confused.items(), key=lambda kv: (-kv[1], kv[0]))), coders, *_between(rows, coders),
    )  # fmt: skip


def _weighted_rows(pairs: Sequence[tuple[str, str]], weights: Sequence[float], labels: Sequence[str]) -> tuple[CodeRow, ...]:
    rows = []
    for c in labels:
        gold = sum(w for (g, _), w in zip(pairs, weights, strict=True) if g == c)
        found = sum(w for (_, m), w in zip(pairs, weights, strict=True) if m == c)
        right = sum(w for (g, m), w in zip(pairs, weights, strict=True) if g == m == c)
        support = sum(g == c for g, _ in pairs)
        if gold or found:
            precision, recall = right / found if found else 0.0, right / gold if gold else 0.0
            rows.append(CodeRow(c, precision, recall, 2 * right / (gold + found), support, sum(m == c for _, m in pairs)))
    return tuple(rows)


def _between(
    rows: Sequence[CodedRow], coders: Sequence[str]
) -> tuple[tuple[tuple[str, str, float | None, int], ...], float | None]:
    """κ of each two coders over the passages that both coded, and α of all; passages count alike."""
    codes: dict[str, dict[str, str]] = {}
    for r in rows:
        codes.setdefault(r.passage_id, {})[r.coder] = r.label
    found = []
    for a, b in combinations(coders, 2):
        both = [(c[a], c[b]) for c in codes.values() if a in c and b in c]
        found.append((a, b, cohen_kappa(both), len(both)))
    return tuple(found), krippendorff_alpha([list(c.values()) for c in codes.values()]) if len(coders) > 1 else None


def format_agreement(a: Agreement, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The figures as plain text; ``names`` are those of the labels in Chinese."""
    lines = [
        f"{a.passages} passages of the draw {a.draw}, out of {a.population:,}"
        + (f"; {a.uncoded} of the draw are not coded and left out, as if they were like the others" if a.uncoded else ""),
        "weighted by 1 / inclusion probability; intervals are 95 %, by bootstrap over reports",
        f"  {'agreement with model':<22} {a.accuracy}",
        f"  {'Cohen κ':<22} {'–' if a.kappa is None else f'{a.kappa:.3f}'}",
        "",
        "labels, model against people",
        f"  {'':<18} {'precision':>9} {'recall':>7} {'F1':>6} {'coded':>6}",
        *(
            f"  {r.code:<18} {r.precision:>9.3f} {r.recall:>7.3f} {r.f1:>6.3f} {r.support:>6d}  {names.get(r.code, '')}".rstrip()
            for r in a.labels
        ),
        "",
        "share of all passages: by people's codes alone, by the model alone, by the model corrected by people",
        *(
            f"  {p.label:<18} {p.coded!s:<22} {p.model:.3f}   {p.corrected!s:<22}  {names.get(p.label, '')}".rstrip()
            for p in a.prevalence
        ),
    ]
    if a.confusions:
        lines += ["", "confusions (people -> model)", *(f"  {n:>4}  {g} -> {m}" for g, m, n in a.confusions[:12])]
    if len(a.coders) > 1:
        lines += ["", f"between {len(a.coders)} coders: Krippendorff α {'–' if a.alpha is None else f'{a.alpha:.3f}'}"]
        lines += [f"  {x} and {y}: Cohen κ {'–' if k is None else f'{k:.3f}'} on {n} passages" for x, y, k, n in a.pairs]
    return "\n".join(lines) + "\n"
