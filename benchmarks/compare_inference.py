"""Do printed intervals hold the truth as often as they say, and do tests find what is not there?

``python -m benchmarks.compare_inference [--seed S] [--rounds N]`` prints the table of ``docs/comparing.md``.

Agencies lean one way or the other (beta-binomial, intra-class correlation 0.3); groups have 2 to 100 agencies, 1 to 15 years each or
unequal numbers of years; shares run from 0.02 to 0.5.  An interval is judged where it is printed: under five agencies there is none.
Rates are sums of cases over sums of cases, of agencies that differ in size (log-normal, σ = 1.2, 20 cases in the middle) and in how they decide
(intra-class correlation 0.1, or 0.3: "in full"); ratios may exceed 1; text is the share of the narrative that a label takes, of 30 passages a report.
``--odds`` draws rates, ratios and text otherwise: agencies' odds are log-normal (σ of 0.8, in full 1.6, of text 0.6), a third of the agencies have 3 cases a
report, a third 30, the others 20 and more (Pareto's law, exponent 1.8).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from gongkai.compare.statistics import (
    FEWEST,
    Estimate,
    cluster_sums,
    clustered_difference,
    estimates,
    log_ratios,
    means,
    sample,
    two_proportions,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHARES = (0.02, 0.05, 0.1, 0.2, 0.5)
AGENCIES = (2, 5, 10, 20, 50, 100)
CORRELATION = 0.3


def years_of(rng: np.random.Generator, agencies: int, years: int) -> Ints:
    """The agency of each report; ``years`` 0: between 1 and 15, as it comes."""
    each = rng.integers(1, 16, size=agencies) if years == 0 else np.full(agencies, years)
    return np.repeat(np.arange(agencies), each)


def states(rng: np.random.Generator, cluster: Ints, share: float, columns: int, lean: Floats | None = None) -> Floats:
    """(report, column) of 0 and 1."""
    return (
        rng.random((len(cluster), columns))
        < (leaning(rng, cluster.max() + 1, share, columns) if lean is None else lean)[cluster]
    ).astype(np.float64)


def leaning(rng: np.random.Generator, agencies: int, share: float, columns: int) -> Floats:
    """How often each agency states it."""
    spread = 1 / CORRELATION - 1
    return rng.beta(share * spread, (1 - share) * spread, size=(agencies, columns))


def shares(rng: np.random.Generator, agencies: int, years: int, share: float, rounds: int) -> float | None:
    """How often the interval of a share holds it; ``None`` where none is printed."""
    if agencies < FEWEST:
        return None
    held = []
    for _ in range(max(1, rounds // 100)):
        cluster = years_of(rng, agencies, years)
        outcome = states(rng, cluster, share, 100)
        for e in means(outcome, np.ones(len(cluster)), cluster, independent=years == 1):
            if e.low is not None and e.high is not None:
                held.append(e.low <= share <= e.high)
    return float(np.mean(held)) if held else None


def between(rng: np.random.Generator, a: int, b: int, years: int, share: float, rounds: int) -> tuple[float | None, float]:
    """(coverage, false findings at 5 %) of the difference of two groups of different agencies that do not differ."""
    held, false = [], []
    for _ in range(max(1, rounds // 100)):
        cluster_a, cluster_b = years_of(rng, a, years), years_of(rng, b, years)
        x, y = states(rng, cluster_a, share, 100), states(rng, cluster_b, share, 100)
        if years == 1:
            found = [two_proportions(int(i), a, int(j), b) for i, j in zip(x.sum(axis=0), y.sum(axis=0), strict=True)]
        else:
            found = clustered_difference(x, np.ones(len(x)), cluster_a, y, np.ones(len(y)), cluster_b + a)
        held += [d.low <= 0 <= d.high for d in found if d.low is not None and d.high is not None]
        false += [d.p is not None and d.p < 0.05 for d in found]
    return (float(np.mean(held)) if held else None), float(np.mean(false))


def within(rng: np.random.Generator, agencies: int, years: int, share: float, rounds: int) -> tuple[float | None, float]:
    """The same of two spells of the same agencies."""
    held, false = [], []
    for _ in range(max(1, rounds // 100)):
        lean = leaning(rng, agencies, share, 100)
        cluster_a, cluster_b = years_of(rng, agencies, years), years_of(rng, agencies, years)
        x, y = states(rng, cluster_a, share, 100, lean), states(rng, cluster_b, share, 100, lean)
        found = clustered_difference(x, np.ones(len(x)), cluster_a, y, np.ones(len(y)), cluster_b)
        held += [d.low <= 0 <= d.high for d in found if d.low is not None and d.high is not None]
        false += [d.p is not None and d.p < 0.05 for d in found]
    return (float(np.mean(held)) if held else None), float(np.mean(false))


def by_odds(rng: np.random.Generator, agencies: int, rate: float, sigma: float) -> Floats:
    """(agency, 100) rates with the mean ``rate`` whose odds are log-normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def mean(shift: float) -> float:
        return float((weights / (1 + np.exp(-shift - sigma * nodes))).sum() - rate)

    shift = brentq(mean, -30.0, 30.0)
    return np.asarray(1 / (1 + np.exp(-shift - rng.normal(0, sigma, size=(agencies, 100)))))


def cases_of(rng: np.random.Generator, agencies: int, *, odds: bool) -> Floats:
    """(agency, 100) cases a report to expect."""
    if not odds:
        return np.asarray(np.exp(rng.normal(np.log(20), 1.2, size=(agencies, 100))))
    kind = rng.integers(0, 3, size=(agencies, 100))
    return np.where(kind == 0, 3.0, np.where(kind == 1, 30.0, 20 * (rng.pareto(1.8, size=(agencies, 100)) + 1)))


def rates(
    rng: np.random.Generator,
    agencies: int,
    years: int,
    rate: float,
    rounds: int,
    *,
    ratio: bool = False,
    correlation: float = 0.1,
    odds: bool = False,
) -> float | None:
    """How often the interval of a pooled rate, or of a ratio of two counts, holds it."""
    held: list[bool] = []
    spread, truth = 1 / correlation - 1, 2 * rate if ratio else rate
    for _ in range(max(1, rounds // 100)):
        cluster = years_of(rng, agencies, years)
        if odds:
            lean = by_odds(rng, agencies, rate, 1.6 if correlation == CORRELATION else 0.8)[cluster]
        else:
            lean = rng.beta(rate * spread, (1 - rate) * spread, size=(agencies, 100))[cluster]
        cases = rng.poisson(cases_of(rng, agencies, odds=odds)[cluster])
        above = rng.poisson(cases * lean * 2) if ratio else rng.binomial(cases, lean)
        sums = [cluster_sums(x.astype(np.float64), cluster) for x in (above, cases)]
        made = sample(sums[0], sums[1], cases.sum(axis=0).astype(np.float64), pooled=True)
        held += _held(log_ratios(made) if ratio else estimates(made), truth)
    return float(np.mean(held)) if held else None


def texts(
    rng: np.random.Generator, agencies: int, years: int, share: float, rounds: int, *, odds: bool = False
) -> float | None:
    """How often the interval of a mean share of text holds it."""
    held: list[bool] = []
    for _ in range(max(1, rounds // 100)):
        cluster = years_of(rng, agencies, years)
        drawn = by_odds(rng, agencies, share, 0.6) if odds else rng.beta(share * 20, (1 - share) * 20, size=(agencies, 100))
        lean = drawn[cluster]
        own = rng.beta(lean * 30 + 1e-6, (1 - lean) * 30 + 1e-6)
        held += _held(means(own, np.ones(len(cluster)), cluster, independent=years == 1, most=30.0 * len(cluster)), share)
    return float(np.mean(held)) if held else None


def _held(found: Sequence[Estimate], truth: float) -> list[bool]:
    return [e.low <= truth <= e.high for e in found if e.low is not None and e.high is not None]


def _figure(x: float | None) -> str:
    return "  –  " if x is None else f"{x:.3f}"


def _line(name: str, values: Sequence[float | None]) -> str:
    return f"| {name} | " + " ".join(map(_figure, values)) + " |"


def lines(rng: np.random.Generator, rounds: int) -> Iterator[str]:
    """The lines of the table."""
    spells = ((1, "one year"), (3, "3 years"), (15, "15 years"), (0, "1–15 years"))
    yield f"| | shares {' '.join(map(str, SHARES))} |"
    yield "|---|---|"
    for agencies in AGENCIES[1:]:
        for years, words in spells:
            yield _line(f"share, {agencies} agencies, {words}", [shares(rng, agencies, years, s, rounds) for s in SHARES])
    for a, b in ((2, 100), (5, 100), (5, 5), (10, 10), (10, 100), (20, 20), (50, 50), (100, 100)):
        for years, words in spells:
            found = [between(rng, a, b, years, s, rounds) for s in SHARES]
            yield _line(f"difference, {a} and {b} agencies, {words}: coverage", [f[0] for f in found])
            yield _line(f"difference, {a} and {b} agencies, {words}: false findings", [f[1] for f in found])
    for agencies in AGENCIES:
        for years, words in spells:
            found = [within(rng, agencies, years, s, rounds) for s in SHARES]
            yield _line(f"two spells of {agencies} agencies, {words}: coverage", [f[0] for f in found])
            yield _line(f"two spells of {agencies} agencies, {words}: false findings", [f[1] for f in found])


def other_lines(rng: np.random.Generator, rounds: int, *, odds: bool) -> Iterator[str]:
    """Intervals of what is no share of reports."""
    for agencies in AGENCIES[1:]:
        for years, words in ((1, "one year"), (3, "3 years"), (0, "1–15 years")):
            every: tuple[tuple[str, Callable[[float], float | None]], ...] = (
                ("rate of cases", partial(rates, rng, agencies, years, rounds=rounds, odds=odds)),
                (
                    "rate of cases in full",
                    partial(rates, rng, agencies, years, rounds=rounds, correlation=CORRELATION, odds=odds),
                ),
                ("ratio of counts", partial(rates, rng, agencies, years, rounds=rounds, ratio=True, odds=odds)),
                ("share of text", partial(texts, rng, agencies, years, rounds=rounds, odds=odds)),
            )
            for name, coverage in every:
                yield _line(f"{name}, {agencies} agencies, {words}", [coverage(s) for s in SHARES])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--cases-only", action="store_true", help="rates, ratios and text alone")
    parser.add_argument("--odds", action="store_true", help="rates, ratios and text of agencies whose odds are log-normal")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    for line in chain(() if args.cases_only else lines(rng, args.rounds), other_lines(rng, args.rounds, odds=args.odds)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
