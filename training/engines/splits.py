"""Splits by group: passages of one voice, report or kind of agency never stand on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def group_folds(groups: Sequence[str], folds: int, seed: int) -> list[int]:
    """Number of the fold (0 … ``folds`` − 1) of each passage; groups are dealt out at random, so that folds have equally many.

    Args:
        groups: the group of each passage.
        folds: how many folds; as many as there are groups if these are fewer.
        seed: of the order in which groups are dealt out.
    """
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names)).tolist()
    number = {names[g]: at % max(1, min(folds, len(names))) for at, g in enumerate(order)}
    return [number[g] for g in groups]
