"""Draws passages for people to code, and keeps with each how likely it was to be drawn.

A passage drawn with probability π stands for 1/π of them, so that shares and errors of the whole store can be estimated from what was
coded (D. G. Horvitz, D. J. Thompson (1952), JASA 47, 663-685).  A draw by uncertainty has no such probability: it serves to train and
never to estimate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.errors import UsageError
from training.coding.dataset import UNCERTAINTY

DESIGNS = ("simple", "stratified", UNCERTAINTY)
ALLOCATIONS = ("proportional", "equal")
#: passages taken from every stratum that has so many: one alone says nothing of how its stratum varies
_LEAST = 2


@dataclass(frozen=True, slots=True)
class DrawablePassage:
    """A passage that may be drawn: its id, its stratum, and the model's probability, if it has one."""

    passage_id: str
    stratum: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A passage that was drawn; ``probability`` of being drawn is ``None`` in a draw by uncertainty.

    ``draw`` names the draw: rows of different draws cannot be weighed together.
    """

    passage_id: str
    stratum: str
    probability: float | None
    design: str
    seed: int
    draw: str


def check(n: int, by: str, allocate: str, population: int) -> None:
    """Whether such a draw can be made.

    Raises:
        UsageError: nothing to draw, or an unknown design.
    """
    if by not in DESIGNS or allocate not in ALLOCATIONS:
        raise UsageError(f"unknown design {by!r}, {allocate!r}", remedy=f"use {', '.join(DESIGNS)}; {', '.join(ALLOCATIONS)}")
    if n < 1 or not population:
        raise UsageError(
            f"{n} of {population} passages cannot be drawn", remedy="ask for at least one, of results that hold passages"
        )


def draw_name(n: int, by: str, allocate: str, seed: int, size: int, population: str) -> str:
    """The name of a draw: two draws of one name drew the same passages of the same population."""
    digest = hashlib.sha256(repr((population, size, n, by, allocate, seed)).encode()).hexdigest()[:8]
    return f"{by}-{min(n, size)}-{seed}-{digest}"


def plan(sizes: dict[str, int], n: int, allocate: str, seed: int) -> dict[str, list[int]]:
    """Which passages to draw from each stratum, as places (from 0) in the order of their ids.

    Args:
        sizes: passages of each stratum; one stratum alone is a simple draw.
        n: how many in all.
        allocate: as for :func:`allocation`.
        seed: of the random numbers.

    Raises:
        UsageError: more strata than passages wanted.
    """
    random = np.random.default_rng(seed)
    ordered = dict(sorted(sizes.items()))
    # Generator.choice without replacement needs no list of all places, so that millions of passages cost nothing
    return {
        s: sorted(random.choice(ordered[s], k, replace=False).tolist()) for s, k in allocation(ordered, n, allocate).items()
    }


def draw(
    units: Sequence[DrawablePassage],
    n: int,
    *,
    by: str = "simple",
    allocate: str = "proportional",
    seed: int,
    population: str = "",
) -> list[Drawn]:
    """Draws ``n`` of the units without replacement.

    Args:
        units: all passages that may be drawn; their order does not matter.
        n: how many; all if there are fewer.
        by: ``simple`` (each passage equally likely), ``stratified`` (from every stratum), ``uncertainty`` (the least probable labels).
        allocate: of a stratified draw, ``proportional`` to the size of the strata (at least two each), or ``equal``.
        seed: of the random numbers; same units, same seed, same draw.
        population: what the units are from, part of the name of the draw.

    Returns:
        The drawn passages in order of their ids; by uncertainty, the least certain first.

    Raises:
        UsageError: nothing to draw, more strata than passages wanted, no probabilities to be uncertain by, unknown design.
    """
    check(n, by, allocate, len(units))
    name = draw_name(n, by, allocate, seed, len(units), population)
    if by == UNCERTAINTY:
        scored = [u for u in units if u.score is not None]
        if not scored:
            raise no_scores()
        least = sorted(scored, key=lambda u: (u.score, u.passage_id))[:n]
        return [Drawn(u.passage_id, u.stratum, None, by, seed, name) for u in least]
    strata: dict[str, list[DrawablePassage]] = {}
    for u in sorted(units, key=lambda u: u.passage_id):
        strata.setdefault(u.stratum if by == "stratified" else "", []).append(u)
    chosen = plan({s: len(own) for s, own in strata.items()}, n, allocate, seed)
    drawn = [
        Drawn(strata[s][i].passage_id, s, len(places) / len(strata[s]), by, seed, name)
        for s, places in chosen.items()
        for i in places
    ]
    return sorted(drawn, key=lambda d: d.passage_id)


def no_scores() -> UsageError:
    """The error for results that no draw by uncertainty can be made of."""
    return UsageError("these results have no probabilities", remedy="tag with an engine that gives them, e.g. linear")


def allocation(sizes: dict[str, int], n: int, how: str) -> dict[str, int]:
    """How many to draw from each stratum, ``min(n, all)`` in sum.

    Proportional shares are rounded by largest remainders after every stratum got its least; a stratum that is too small for its
    share gives all it has, and the rest goes to the others.

    Raises:
        UsageError: more strata than ``n``.
    """
    wanted = min(n, sum(sizes.values()))
    if len(sizes) > wanted:
        raise UsageError(
            f"{len(sizes)} strata for {wanted} passages",
            remedy="draw more, or stratify by fewer columns, so that each stratum gives some",
        )
    least = _LEAST if len(sizes) * _LEAST <= wanted else 1
    found = {s: min(size, least) for s, size in sizes.items()}
    while (rest := wanted - sum(found.values())) > 0:
        room = {s: sizes[s] - found[s] for s in sizes if sizes[s] > found[s]}
        if how == "equal":
            ideal = {s: rest / len(room) for s in room}
        else:
            # what a stratum lacks of its proportional share; strata above it already get nothing more
            lack = {s: max(0.0, wanted * sizes[s] / sum(sizes.values()) - found[s]) for s in room}
            total = sum(lack.values())
            ideal = {s: rest * v / total if total else rest / len(room) for s, v in lack.items()}
        whole = {s: int(v) for s, v in ideal.items()}
        by_remainder = sorted(ideal, key=lambda s: (whole[s] - ideal[s], s))
        for s in by_remainder[: rest - sum(whole.values())]:
            whole[s] += 1
        for s, v in whole.items():
            found[s] += min(v, room[s])
    return found
