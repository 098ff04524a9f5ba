"""Which groups differ in the share of reports that state something: differences, tests, correction for many comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.errors import UsageError
from gongkai.codes import name_of
from gongkai.compare.frame import Ints, Study
from gongkai.compare.naming import what_zh
from gongkai.compare.omnibus import omnibus_p
from gongkai.compare.outcomes import outcomes, stated
from gongkai.compare.statistics import (
    FEW_CLUSTERS,
    LEVEL,
    Difference,
    benjamini_hochberg,
    clustered_difference,
    holm,
    two_proportions,
)  # fmt: skip

#: without a reference every two groups are compared, up to so many groups
MOST_GROUPS = 20


def pairs_of(study: Study, reference: Sequence[str] | None) -> list[tuple[int, int]]:
    """The groups that are compared, as (group, other): each with the reference, or every two.

    Raises:
        UsageError: an unknown reference group, or too many groups to compare every two.
    """
    if reference is not None:
        wanted = tuple(reference)
        if wanted not in study.groups:
            few = "; ".join(",".join(g) for g in study.groups[:8])
            raise UsageError(f"no group {','.join(wanted)!r}", remedy=f"name one of the {len(study.groups)} groups: {few}")
        base = study.groups.index(wanted)
        return [(g, base) for g in range(len(study.groups)) if g != base]
    if len(study.groups) > MOST_GROUPS:
        raise UsageError(
            f"{len(study.groups)} groups give {len(study.groups) * (len(study.groups) - 1) // 2} pairs",
            remedy="name a reference group that the others are compared with",
        )
    return [(b, a) for a, b in combinations(range(len(study.groups)), 2)]


def facet_differences(
    study: Study, points: pa.Table, *, reference: Sequence[str] | None = None, level: float = LEVEL, dimensions: bool = False
) -> pa.Table:
    """Differences between groups in the share of reports that state a problem or measure of each facet.

    Args:
        study: the reports and their groups.
        points: of the same store.
        reference: values of ``study.by`` of the group that the others are compared with; every two groups if ``None``.
        level: coverage of the intervals (each on its own, not corrected).
        dimensions: compare by locus, status and concreteness too.

    Returns:
        One row for each pair (``group`` less ``other``), ``what``, ``facet``, ``dimension``, ``value``: ``difference`` of the shares with
        its interval (none under five agencies on a side), ``p``, ``p_holm`` and ``q_bh`` (corrected over all rows of the table that have a
        test), ``p_omnibus`` (of more than two groups: whether they differ at all), ``method``.  Reports that are independent draws are
        compared by score or exact test, others as :func:`~gongkai.compare.statistics.clustered_difference` says.

    Raises:
        UsageError: an unknown reference group, or too many groups to compare every two.
    """
    states = stated(study, points)
    kept = [k for k, o in enumerate(outcomes(study.codes)) if dimensions or o.dimension == "all"]
    members = [study.counted(m) for _, m in study.members()]
    whole = dict(zip(kept, omnibus_p(study, states[:, kept], members), strict=True)) if len(members) > 2 else {}
    clusters = [len(np.unique(study.cluster[m])) for m in members]
    rows: list[dict[str, Any]] = []
    for a, b in pairs_of(study, reference):
        for k, d in zip(kept, _compare(study, states[:, kept], members[a], members[b], level), strict=True):
            o = outcomes(study.codes)[k]
            rows.append(
                {
                    "group": ",".join(study.groups[a]), "other": ",".join(study.groups[b]), "what": o.what, "facet": o.facet,
                    "what_zh": what_zh(study.codes, o.what), "facet_zh": name_of(study.codes, o.facet),
                    "dimension": o.dimension, "value": o.value, "difference": d.value, "low": d.low, "high": d.high, "p": d.p,
                    "p_omnibus": whole.get(k), "reports": len(members[a]), "other_reports": len(members[b]),
                    "clusters": clusters[a], "other_clusters": clusters[b],
                    "method": d.method,
                }
            )  # fmt: skip
    for row in rows:
        row["few_clusters"] = min(row["clusters"], row["other_clusters"]) < FEW_CLUSTERS
    tested = [r for r in rows if r["p"] is not None]
    ps = [r["p"] for r in tested]
    for row, p, q in zip(tested, holm(ps), benjamini_hochberg(ps), strict=True):
        row["p_holm"], row["q_bh"] = p, q
    names = ("group", "other", "what", "facet", "what_zh", "facet_zh", "dimension", "value")
    numbers = ("difference", "low", "high", "p", "p_holm", "q_bh", "p_omnibus")
    counts = ("reports", "other_reports", "clusters", "other_clusters")
    fields = [(n, pa.string()) for n in names] + [(n, pa.float64()) for n in numbers] + [(n, pa.int64()) for n in counts]
    return pa.Table.from_pylist(rows, schema=pa.schema([*fields, ("few_clusters", pa.bool_()), ("method", pa.string())]))


def _compare(study: Study, states: Any, a: Ints, b: Ints, level: float) -> list[Difference]:
    if not len(a) or not len(b):
        return [Difference(None, None, None, None, "no report")] * states.shape[1]
    both = np.concatenate([a, b])
    # two groups of different years have each agency twice: then clusters count, even where each group alone has it once
    if not study.weighted and len(np.unique(study.cluster[both])) == len(both):
        hits_a, hits_b = states[a].sum(axis=0).tolist(), states[b].sum(axis=0).tolist()
        return [two_proportions(x, len(a), y, len(b), level) for x, y in zip(hits_a, hits_b, strict=True)]
    if not study.weight[a].sum() or not study.weight[b].sum():
        nothing = Difference(None, None, None, None, "weight 0")
        return [nothing] * states.shape[1]
    return clustered_difference(
        states[a].astype(np.float64), study.weight[a], study.cluster[a],
        states[b].astype(np.float64), study.weight[b], study.cluster[b], level,
    )  # fmt: skip
