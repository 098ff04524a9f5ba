"""Do the intervals hold the truth as often as they say?  ``python -m benchmarks.compare_coverage [--seed S]``.

Data are drawn from known shares; printed is how often the 95 % intervals of ``gongkai.compare`` hold them, and how often its tests find
a difference where there is none.  Agencies differ from one another (beta-binomial, intra-class correlation 0.3), three years each.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from gongkai.compare.corrected import pseudo_outcomes
from gongkai.compare.statistics import (
    bootstrap_ratios,
    cluster_sums,
    clustered_difference,
    holm,
    two_proportions,
    wilson,
)

Floats = NDArray[np.float64]
SHARES = (0.05, 0.2, 0.5)
YEARS = 3
CORRELATION = 0.3
#: outcomes drawn at once for one set of clusters, and how often
COLUMNS, ROUNDS = 100, 10


def clustered(rng: np.random.Generator, clusters: int, share: float, columns: int) -> Floats:
    """(clusters × years, columns) 0/1 outcomes whose agencies lean one way or the other."""
    spread = 1 / CORRELATION - 1
    leaning = rng.beta(share * spread, (1 - share) * spread, size=(clusters, columns))
    return (rng.random((YEARS, clusters, columns)) < leaning).reshape(-1, columns).astype(np.float64)


def one_year(rng: np.random.Generator, n: int, share: float) -> float:
    """Coverage of Wilson's interval."""
    hits = rng.binomial(n, share, size=5000).tolist()
    return float(np.mean([low <= share <= high for low, high in (wilson(k, n) for k in hits)]))


def panel(rng: np.random.Generator, clusters: int, share: float) -> float:
    """Coverage of the cluster bootstrap."""
    held = []
    for number in range(ROUNDS):
        outcome = clustered(rng, clusters, share, COLUMNS)
        sums = cluster_sums(outcome, np.tile(np.arange(clusters), YEARS))
        found = bootstrap_ratios(sums, np.full((clusters, 1), float(YEARS)), draws=400, seed=number)
        held += [e.low <= share <= e.high for e in found]
    return float(np.mean(held))


def naive(rng: np.random.Generator, clusters: int, share: float) -> float:
    """Coverage of Wilson's interval if reports of one agency were taken as independent: what the bootstrap is for."""
    outcome = clustered(rng, clusters, share, 1000)
    bounds = [wilson(k, len(outcome)) for k in outcome.sum(axis=0).tolist()]
    return float(np.mean([low <= share <= high for low, high in bounds]))


def difference(rng: np.random.Generator, clusters: int, share: float) -> tuple[float, float]:
    """(coverage, false findings at 5 %) of the difference of two years of the same agencies, where there is none."""
    outcome = clustered(rng, clusters, share, 1000).reshape(YEARS, clusters, -1)
    ids, ones = np.arange(clusters), np.ones(clusters)
    found = clustered_difference(outcome[0], ones, ids, outcome[1], ones, ids)
    tested = [d for d in found if d.p is not None]
    return float(np.mean([d.low <= 0 <= d.high for d in tested])), float(np.mean([(d.p or 0) < 0.05 for d in tested]))


def proportions(rng: np.random.Generator, n: int, share: float) -> tuple[float, float]:
    """(coverage, false findings at 5 %) of the difference of two independent groups."""
    a, b = rng.binomial(n, share, size=2000).tolist(), rng.binomial(n, share, size=2000).tolist()
    found = [two_proportions(x, n, y, n) for x, y in zip(a, b, strict=True)]
    return float(np.mean([d.low <= 0 <= d.high for d in found])), float(
        np.mean([d.p is not None and d.p < 0.05 for d in found])
    )


def family(rng: np.random.Generator, n: int, tests: int) -> tuple[float, float]:
    """Chance of any false finding among so many true null hypotheses: (uncorrected, Holm)."""
    plain, corrected = [], []
    for _ in range(300):
        ps = [
            p for x, y in zip(rng.binomial(n, 0.3, size=tests).tolist(), rng.binomial(n, 0.3, size=tests).tolist(), strict=True)
            if (p := two_proportions(x, n, y, n).p) is not None
        ]  # fmt: skip
        plain.append(min(ps) < 0.05)
        corrected.append(min(holm(ps)) < 0.05)
    return float(np.mean(plain)), float(np.mean(corrected))


def coded(rng: np.random.Generator, share: float, sample: int, reports: int = 2000) -> tuple[float, float, float]:
    """(bias of the model's share, bias of the corrected one, coverage of its interval); the model finds 80 %, and 4 % wrongly."""
    model, better, held = [], [], []
    for _ in range(1000):
        truth = (rng.random(reports) < share).astype(np.float64)
        predicted = np.where(truth > 0, rng.random(reports) < 0.8, rng.random(reports) < 0.04).astype(np.float64)
        rows = rng.choice(reports, size=sample, replace=False)
        pseudo = pseudo_outcomes(predicted, rows, np.full(sample, sample / reports), truth[rows])
        estimate, error = pseudo.mean(), pseudo.std(ddof=1) / np.sqrt(reports)
        model.append(predicted.mean() - share)
        better.append(estimate - share)
        held.append(abs(estimate - share) <= 1.96 * error)
    return float(np.mean(model)), float(np.mean(better)), float(np.mean(held))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=5)
    rng = np.random.default_rng(parser.parse_args().seed)
    print("coverage of 95 % intervals at shares " + ", ".join(map(str, SHARES)))
    for n in (20, 50, 200):
        print(f"wilson, one year, {n} reports              {'  '.join(f'{one_year(rng, n, s):.3f}' for s in SHARES)}")
    for n in (20, 60, 200):
        print(f"cluster bootstrap, {n} agencies × 3 years  {'  '.join(f'{panel(rng, n, s):.3f}' for s in SHARES)}")
        print(f"  wilson as if independent                {'  '.join(f'{naive(rng, n, s):.3f}' for s in SHARES)}")
    print("differences where there are none: coverage / false findings at 5 %")
    for n in (20, 60, 200):
        print(
            f"two years of {n} agencies, cluster t  {'  '.join('{:.3f}/{:.3f}'.format(*difference(rng, n, s)) for s in SHARES)}"
        )
        print(
            f"two groups of {n} reports, score/exact {'  '.join('{:.3f}/{:.3f}'.format(*proportions(rng, n, s)) for s in SHARES)}"
        )
    plain, corrected = family(rng, 100, 32)
    print(f"any false finding among 32 tests: uncorrected {plain:.3f}, holm {corrected:.3f}")
    for sample in (100, 200):
        found = "  ".join("{:+.3f}/{:+.3f}/{:.3f}".format(*coded(rng, s, sample)) for s in SHARES)
        print(f"{sample} of 2000 reports coded: bias of the model / corrected / coverage  {found}")


if __name__ == "__main__":
    main()
