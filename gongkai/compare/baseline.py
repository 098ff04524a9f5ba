"""Whether an agency's measures answer its own problems better than anybody's would, and whether problems come back more than anybody's do.

Agencies of one kind and year name much the same problems and measures, so that a measure of another report answers nearly as many problems.
Each problem is therefore also put before the measures of other reports of the same kind and year, of other agencies, drawn at random
(permutations within kind and year); what an agency's own report adds is the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from gongkai.compare.answering import NEAR, Wording, clause_texts, counted_points, cross_pairs, next_year, rows_of_reports
from gongkai.compare.frame import Floats, Ints, Study
from gongkai.compare.groups import keyed, table_of
from gongkai.compare.statistics import FEW_CLUSTERS, FEWEST, LEVEL, cluster_sums, sample
from gongkai.store_access import Store
from models.seed import SEED

#: other reports that each report's problems are put before
DRAWS = 5
#: of more problems those of some reports are drawn: the difference is as certain by then as it will be
_MOST = 50_000
#: how far along a permutation a report of another agency is looked for
_STEPS = 6
MEASURES = {"answered": "同一报告的措施回应", "answered_later": "次年报告的措施回应", "returns": "次年再次提出"}


def others(stratum: Ints, cluster: Ints, rng: np.random.Generator) -> Ints:
    """For each report another one of the same stratum and of another cluster, at random; −1 where none is found."""
    order = np.lexsort((rng.random(len(stratum)), stratum))
    runs = stratum[order]
    first = np.searchsorted(runs, runs, side="left")
    size = np.searchsorted(runs, runs, side="right") - first
    place = np.arange(len(order)) - first
    found = np.full(len(stratum), -1, dtype=np.int64)
    for step in range(1, _STEPS):
        other = order[first + (place + step) % size]
        fits = (cluster[other] != cluster[order]) & (found[order] < 0)
        found[order[fits]] = other[fits]
    return found


@dataclass(frozen=True, slots=True)
class _Stated:
    """Points of the study by row: their report (−1: none that counts), facet, and words."""

    report: Ints
    facet: Any
    wording: Wording


def _hits(s: _Stated, problems: Ints, target: Ints, pool: tuple[Ints, Ints, Ints], near: float | None) -> Floats:
    """1 for each problem that a point of the pool in its target report matches: of its facet, or in near words."""
    left, right = cross_pairs(np.arange(len(problems)), target, pool)
    hit = s.facet[problems[left]] == s.facet[right]
    if near is not None:
        open_ = np.flatnonzero(~hit)
        hit[open_] = s.wording.cosine(problems[left[open_]], right[open_]) >= near
    found = np.zeros(len(problems))
    np.maximum.at(found, left, hit.astype(np.float64))
    return found


def _strata(study: Study, store: Store) -> Ints:
    """Kind and year of each report as a number; a kind that is not known is one of its own."""
    kinds = dict(zip(*(store.table("reports")[c].to_pylist() for c in ("report_id", "kind")), strict=True))
    keys = [(kinds.get(r) or "", y) for r, y in zip(study.report_ids, study.year.tolist(), strict=True)]
    number = {k: n for n, k in enumerate(dict.fromkeys(keys))}
    return np.array([number[k] for k in keys], dtype=np.int64)


def _some(study: Study, report: Ints, problems: Ints, rng: np.random.Generator) -> Ints:
    """The problems of so many reports that there are not too many."""
    if len(problems) <= _MOST:
        return problems
    turn = rng.permutation(len(study.report_ids))
    kept = problems[np.argsort(turn[report[problems]], kind="stable")][:_MOST]
    return np.sort(kept)


def answers_baseline(
    study: Study,
    store: Store,
    points: pa.Table,
    *,
    near: float = NEAR,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = LEVEL,
) -> pa.Table:
    """Shares of problems that the own report answers (and that its agency's next report answers or names again), and that another does.

    Args:
        study: the reports and their groups.
        points: of the same store; general ones are left out.
        near: cosine from which a measure of another facet answers.
        draws: other reports for each.

    Returns:
        One row for each group and ``measure`` (:data:`MEASURES`): ``own`` and ``other`` shares, their ``difference`` with interval and ``p``
        (Student's t between agencies, none under five), ``problems``, and ``without_other``: problems of reports whose kind and year no
        other agency has, which have no part.  What is later stands in the same unbroken segment of the agency, else it has no part.
    """
    known = counted_points(study, points)
    report, counted = known.report, known.counted
    stated = _Stated(report, known.facet, Wording(clause_texts(store, points)))
    rng = np.random.default_rng(seed)
    problems = _some(study, report, np.flatnonzero(known.problem), rng)
    following = next_year(study, store)
    following[~np.isin(following, list(counted))] = -1
    same = np.arange(len(study.report_ids))
    count = len(study.report_ids)
    measures = rows_of_reports(np.flatnonzero(known.measure), report, count)
    again = rows_of_reports(np.flatnonzero(known.problem), report, count)
    stratum = np.where(np.isin(same, list(counted)), _strata(study, store), -1)
    donors = [others(stratum, study.cluster, rng) for _ in range(draws)]
    rows: list[dict[str, Any]] = []
    for measure, target, pool, least in (
        ("answered", same, measures, near), ("answered_later", following, measures, near), ("returns", following, again, None),
    ):  # fmt: skip
        at = target[report[problems]]
        kept = problems[at >= 0]
        at = at[at >= 0]
        own = _hits(stated, kept, at, pool, least)
        other = [_hits(stated, kept, donor[at], pool, least) for donor in donors]
        alone = donors[0][at] < 0 if donors else np.ones(len(at), dtype=np.bool_)
        mean = np.mean(other, axis=0) if other else np.zeros(len(kept))
        rows += _rows(study, report[kept], measure, own, mean, alone, level)
    order = {g: n for n, g in enumerate(study.groups)}
    rows.sort(key=lambda r: order[tuple(r[k] for k in study.by)])
    numbers = [(n, pa.float64()) for n in ("own", "other", "difference", "low", "high", "p")]
    counts = [(n, pa.int64()) for n in ("problems", "without_other", "clusters")]
    strings = (("measure", pa.string()), ("measure_zh", pa.string()))
    return table_of(study, (*strings, *numbers, *counts, ("few_clusters", pa.bool_())), rows)


def _rows(
    study: Study, report: Ints, measure: str, own: Floats, other: Floats, alone: Any, level: float
) -> list[dict[str, Any]]:
    found = []
    for g, values in enumerate(study.groups):
        here = study.group[report] == g
        some = here & ~alone
        row = {**keyed(study, values), "measure": measure, "measure_zh": MEASURES[measure], "problems": int(some.sum())}
        row |= {"without_other": int((here & alone).sum()), "clusters": 0, "few_clusters": True}
        weight = study.weight[report[some]]
        if weight.sum() > 0:
            row |= _difference(own[some], other[some], weight, study.cluster[report[some]], level)
        found.append(row)
    return found


def _difference(own: Floats, other: Floats, weight: Floats, cluster: Ints, level: float) -> dict[str, Any]:
    from scipy.stats import t

    columns = np.stack([own, other, own - other], axis=1) * weight[:, None]
    sums = cluster_sums(np.concatenate([columns, weight[:, None]], axis=1), cluster)
    s = sample(sums[:, :3], sums[:, 3:])
    clusters = int(s.clusters[2])
    shares = dict(zip(("own", "other", "difference"), s.value.tolist(), strict=True))
    row: dict[str, Any] = {**shares, "clusters": clusters, "few_clusters": clusters < FEW_CLUSTERS}
    error = float(np.sqrt(s.variance[2])) if clusters > 1 else 0.0
    if clusters >= FEWEST and error > 0:
        free = float(s.freedom[2])
        half = float(t.ppf(0.5 + level / 2, free)) * error
        row |= {
            "low": max(-1.0, row["difference"] - half), "high": min(1.0, row["difference"] + half),
            "p": 2 * float(t.sf(abs(row["difference"]) / error, free)),
        }  # fmt: skip
    return row


__all__ = ["DRAWS", "MEASURES", "answers_baseline", "others"]
