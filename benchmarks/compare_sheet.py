"""Do the intervals of shares corrected with a coded sheet hold the truth?

``python -m benchmarks.compare_sheet [--seed S] [--rounds N]`` prints the table of ``docs/comparing.md``.  Each round makes a store of 300 reports
(of one agency each, or of 60 agencies with five years), lets a model with the errors on real reports say what they state, draws 50 of
them (simple, by two strata, or active), and corrects.  Coverage is of the share in all such stores, which the interval is about, and of the
share in this very store, whose chance is not in play any more.  No interval is printed under five errors or five agreements.  Below it two
groups of 150 reports that do not differ, half of them drawn from each: the share of one, and the difference of both.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from gongkai.compare.band import confusions
from gongkai.compare.corrected_passages import (
    GroupSums,
    MadeShares,
    Target,
    _enough,
    _half,
    _share,
    _Sums,
    difference_of,
    group_sums,
    pseudo,
)
from gongkai.compare.frame import Floats, Ints, Study

REPORTS, CODED = 300, 50
DESIGNS = ("simple", "stratified", "active")
SHARES = (0.1, 0.2, 0.5)


def _chances(
    design: str, doubt: Floats, rng: np.random.Generator, coded: int, by_group: bool = False
) -> tuple[Ints, Floats, Ints]:
    """Which reports are drawn, their chances, and the stratum of every report."""
    stratum = np.zeros(REPORTS, dtype=np.int64)
    if design == "stratified":
        stratum[: REPORTS // (2 if by_group else 3)] = 1
        rows = np.sort(np.concatenate([rng.choice(np.flatnonzero(stratum == s), coded // 2, replace=False) for s in (0, 1)]))
        sizes = np.bincount(stratum)
        return rows, (coded // 2) / sizes[stratum[rows]], stratum
    if design == "simple":
        return np.sort(rng.choice(REPORTS, coded, replace=False)), np.full(coded, coded / REPORTS), stratum
    chance = coded * (0.5 / REPORTS + 0.5 * doubt / doubt.sum())
    order = rng.permutation(REPORTS)
    at = np.floor(np.concatenate([[0.0], np.cumsum(chance[order])]) + rng.random())
    rows = np.sort(order[np.diff(at) > 0])
    return rows, chance[rows], stratum


def _made(rng: np.random.Generator, design: str, share: float, years: int, coded: int) -> tuple[Study, MadeShares, Floats]:
    """A store, what the model says of it, and what people coded of a draw; and the truth of every report."""
    agencies = REPORTS // years
    cluster = np.repeat(np.arange(agencies), years)
    lean = rng.beta(share * 7 / 3, (1 - share) * 7 / 3, size=agencies) if years > 1 else np.full(agencies, share)
    truth = (rng.random(REPORTS) < lean[cluster]).astype(float)
    errors = confusions().errors["problem"]
    right = np.where(truth > 0, errors.sensitivity.share, min(errors.specificity.share, 0.95))
    wrong = rng.random(REPORTS) > right
    model = np.where(wrong, 1 - truth, truth)
    doubt = np.where(wrong, rng.beta(3, 3, REPORTS), rng.beta(2, 6, REPORTS))
    rows, chance, stratum = _chances(design, doubt, rng, coded, by_group=coded != CODED)
    one = np.ones((REPORTS, 1))
    said, people = _Sums(model[:, None], one), _Sums(truth[:, None], one)
    made = _Sums(pseudo(said.top, rows, people.top[rows], chance, stratum[rows], stratum), one)
    differs = (model != truth)[rows][:, None]
    study = cast(Study, SimpleNamespace(weight=np.ones(REPORTS), report_ids=range(REPORTS), cluster=cluster))
    return study, MadeShares(
        (Target("report", "problem", "any", "problem"),), said, said, made, people, rows, chance, differs, ~differs, rows, ()
    ), truth  # fmt: skip


def _interval(study: Study, every: MadeShares, group: GroupSums) -> tuple[float, float] | None:
    row, influence, unseen = _share(study, every, 0, group)
    if influence is None or not _enough(row):
        return None
    half = _half(study, influence, group.members, group.coded, unseen, 0.95)
    return None if half is None else (max(0.0, row["share"] - half[1]), min(1.0, row["share"] + half[1]))


def once(rng: np.random.Generator, design: str, share: float, years: int) -> tuple[bool, bool, float] | None:
    """(share of all such stores held, share of this store held, width), or ``None`` where no interval is printed."""
    study, every, truth = _made(rng, design, share, years, CODED)
    found = _interval(study, every, group_sums(study, every, np.arange(REPORTS)))
    return found and (found[0] <= share <= found[1], found[0] <= truth.mean() <= found[1], found[1] - found[0])


def two_groups(rng: np.random.Generator, design: str, share: float, years: int, coded: int) -> tuple[float, ...]:
    """Share of one group held, difference of 0 held, difference found at 5 %; NaN where nothing is printed."""
    study, every, _ = _made(rng, design, share, years, coded)
    places = np.arange(REPORTS // 2), np.arange(REPORTS // 2, REPORTS)
    groups = group_sums(study, every, places[0]), group_sums(study, every, places[1])
    one = _interval(study, every, groups[0])
    row = difference_of(study, _share(study, every, 0, groups[0]), _share(study, every, 0, groups[1]), groups)
    difference = (row["low"] <= 0 <= row["high"], row["p"] < 0.05) if "p" in row else (np.nan, np.nan)
    return (np.nan if one is None else float(one[0] <= share <= one[1])), *map(float, difference)


def lines(rng: np.random.Generator, rounds: int) -> Iterator[str]:
    """The lines of the table."""
    yield "| draw of 50 of 300 reports | share | printed | holds the share of all such stores | … of this store | width |"
    yield "|---|---:|---:|---:|---:|---:|"
    for years in (1, 5):
        for design in DESIGNS:
            for share in SHARES:
                found: list[Any] = [once(rng, design, share, years) for _ in range(rounds)]
                kept = np.array([f for f in found if f is not None], dtype=float)
                name = f"{design}, {'one report an agency' if years == 1 else 'five years an agency'}"
                figures = " | ".join(f"{x:.3f}" for x in kept.mean(axis=0)) if len(kept) else "– | – | –"
                yield f"| {name} | {share} | {len(kept) / rounds:.2f} | {figures} |"


def group_lines(rng: np.random.Generator, rounds: int) -> Iterator[str]:
    """The lines of the table of two groups."""
    yield "| draw of 60 or 100 of 2 × 150 reports | share | of a group: printed | holds | difference: printed | holds | false findings |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for years in (1, 5):
        for coded in (60, 100):
            for design in DESIGNS:
                for share in SHARES:
                    found = np.array([two_groups(rng, design, share, years, coded) for _ in range(rounds)])
                    printed = (~np.isnan(found)).mean(axis=0)
                    # of fewer than a hundred nothing can be said
                    held = [f"{np.nanmean(c):.3f}" if p * rounds >= 100 else "–" for c, p in zip(found.T, printed, strict=True)]
                    name = f"{design}, {coded}, {'one report an agency' if years == 1 else 'five years an agency'}"
                    yield f"| {name} | {share} | {printed[0]:.2f} | {held[0]} | {printed[1]:.2f} | {held[1]} | {held[2]} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1000)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    for line in chain(lines(rng, args.rounds), group_lines(rng, args.rounds)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
