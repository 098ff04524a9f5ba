"""Whether groups differ at all, before any two of them are compared: a permutation test over agencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gongkai.compare.frame import Ints, Study
from gongkai.compare.statistics import DRAWS
from models.seed import SEED

#: permutations are fewer where there are many reports
_CELLS = 400_000_000


def permuted(group: Ints, cluster: Ints, rng: np.random.Generator) -> Ints:
    """Groups given to other reports as if they did not matter: among the reports of an agency where agencies have several groups,
    among whole agencies where each has one.

    Whole agencies change places with all their reports, so that reports of one agency stay together.
    """
    agencies, at = np.unique(cluster, return_inverse=True)
    first = np.full(len(agencies), -1, dtype=np.int64)
    first[at] = group
    if (first[at] == group).all():
        return np.asarray(rng.permutation(first)[at])
    order = np.lexsort((rng.random(len(group)), cluster))
    held = np.argsort(cluster, kind="stable")
    found = np.empty_like(group)
    found[held] = group[order]
    return found


def _spread(states: Any, weight: Any, group: Ints, count: int) -> Any:
    """Weighted squares of the groups' shares about the common share, one for each column."""
    sums = np.zeros((count, states.shape[1]))
    np.add.at(sums, group, states * weight[:, None])
    total = np.bincount(group, weight, minlength=count)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(total > 0, sums / total, 0.0)
    common = (states * weight[:, None]).sum(axis=0) / weight.sum()
    return (total * (shares - common) ** 2).sum(axis=0)


def omnibus_p(
    study: Study, states: Any, members: Sequence[Ints], *, draws: int = DRAWS, seed: int = SEED
) -> list[float | None]:
    """p of no difference between any groups, for each column; ``None`` where nothing varies.

    Args:
        states: (report, column) 0/1.
        members: places of the reports of each group.
    """
    rows = np.concatenate(list(members)) if members else np.zeros(0, dtype=np.int64)
    if not len(rows) or not study.weight[rows].sum():
        return [None] * states.shape[1]
    group = np.repeat(np.arange(len(members)), [len(m) for m in members])
    some, weight, cluster = states[rows].astype(np.float64), study.weight[rows], study.cluster[rows]
    count = int(min(draws, max(99, _CELLS // some.size)))
    rng = np.random.default_rng(seed)
    own = _spread(some, weight, group, len(members))
    above = np.zeros(some.shape[1])
    for _ in range(count):
        above += _spread(some, weight, permuted(group, cluster, rng), len(members)) >= own - 1e-9
    varies = (some.min(axis=0) < some.max(axis=0)).tolist()
    return [(1 + k) / (count + 1) if v else None for k, v in zip(above.tolist(), varies, strict=True)]
