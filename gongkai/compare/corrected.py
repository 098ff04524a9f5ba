"""Shares and regressions corrected for the classifier's errors with a probability sample that people coded.

Every report gets the outcome ``ŷ + R/π · (y − ŷ)``: what the model says, and for the reports that people coded (R = 1, drawn with
probability π) the error, standing for the reports that were not drawn.  Its mean is right whatever the model's errors are.  That is
design-based supervised learning (N. Egami, M. Hinck, B. M. Stewart, H. Wei (2023), Using Imperfect Surrogates for Downstream Inference,
NeurIPS 36), and for a simple draw prediction-powered inference (A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic
(2023), Science 382, 669-674).  The model must not have been trained on the coded reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from corpus.errors import DataError, UsageError
from corpus.sheets import read_sheet
from gongkai.compare.frame import Floats, Ints, Study
from gongkai.compare.groups import keyed, table_of
from gongkai.compare.outcomes import ANY, OutcomeColumn, outcomes, stated
from gongkai.compare.statistics import FEW_CLUSTERS, FEWEST, LEVEL, cluster_sums
from models.seed import SEED
from models.taxonomy import Taxonomy

DESIGNS = ("simple", "stratified")
_FIXED = ("report_id", "probability", "design")
#: columns of a sheet that are told to the coder and not read back
_TOLD = ("stratum", "group", "source", "note", "coder", "draw", "seed")
#: no interval where people found the model wrong, or right, on fewer reports
LEAST_ERRORS = 5
Link = Literal["linear", "logit"]


def sheet_columns(codes: Taxonomy) -> tuple[str, ...]:
    """The outcomes that a sheet may code: ``problem.<facet>``, ``measure.<facet>`` (own codes: ``<label>.<facet>``), 1 if stated, else 0."""
    return tuple(f"{o.what}.{o.facet}" for o in outcomes(codes) if o.dimension == "all")


@dataclass(frozen=True, slots=True)
class CodedReports:
    """Reports that people coded: places in the study, probabilities of being drawn, and (report, column) 0/1 outcomes."""

    rows: Ints
    probability: Floats
    columns: tuple[str, ...]
    truth: Floats


def draw_reports(study: Study, n: int, *, seed: int = SEED, stratified: bool = False) -> list[dict[str, object]]:
    """Draws reports to code, without replacement.

    Args:
        n: how many in all, at least 2 for each stratum.
        stratified: the same number from each group, else every report alike.

    Returns:
        Rows of a sheet: ``report_id``, ``group``, ``probability``, ``design`` and an empty cell for each facet of problems and measures.

    Raises:
        UsageError: fewer reports than ``n``, or fewer than two for each group.
    """
    # a report whose section 五 was not read cannot be coded, and has no part in the shares that the sheet corrects
    everyone = study.counted(np.arange(len(study.report_ids)))
    strata = [everyone] if not stratified else [m for _, some in study.members() if len(m := study.counted(some))]
    if n > len(everyone) or n < 2 * len(strata):
        raise UsageError(
            f"cannot draw {n} of {len(everyone)} reports in {len(strata)} strata",
            remedy=f"draw at least {2 * len(strata)} (2 of each stratum) and at most {len(everyone)}",
        )
    rng = np.random.default_rng(seed)
    size = [min(len(s), n // len(strata)) for s in strata]
    out: list[dict[str, object]] = []
    bare = not study.codes.facets
    for members, take in zip(strata, size, strict=True):
        for i in sorted(rng.choice(members, size=take, replace=False).tolist()):
            out.append(
                {
                    "report_id": study.report_ids[i], "group": ",".join(study.groups[study.group[i]]),
                    "probability": take / len(members), "design": "stratified" if stratified else "simple",
                    **dict.fromkeys((c for c in sheet_columns(study.codes) if bare or not c.endswith(ANY)), ""),
                }
            )  # fmt: skip
    return out


def read_coded(path: str | Path, study: Study) -> CodedReports:
    """A coded sheet: CSV with ``report_id``, ``probability``, ``design`` and 0/1 columns named as :func:`sheet_columns`.

    Raises:
        UsageError: it cannot be read.
        DataError: the sheet cannot be used: rows drawn by uncertainty or without probability (they say nothing of the other reports),
            an unknown column or report, a report twice, or a cell that is not 0 or 1.
    """
    source = str(path)
    sheet = read_sheet(Path(path))
    rows, names = [r.values for r in sheet.rows], sheet.columns
    if missing := [c for c in _FIXED if c not in names]:
        raise DataError(
            f"no column {', '.join(missing)}: without the probability of each draw no share can be estimated", source=source,
            remedy="code a sheet of draw_reports, or add the inclusion probabilities of your sample",
        )  # fmt: skip
    columns = [c for c in names if c not in _FIXED + _TOLD]
    if wrong := [c for c in columns if c not in sheet_columns(study.codes)]:
        raise DataError(f"unknown columns {wrong}", source=source, remedy="name outcomes problem.<facet> or measure.<facet>")
    columns = [c for c in columns if any(r[c] for r in rows)]
    if not rows or not columns:
        raise DataError("nothing is coded", source=source, remedy="fill the columns of outcomes with 1 or 0")
    index = study.index()
    places, probability, truth = [], [], []
    for found in sheet.rows:
        row, at = found.values, f"{source}, line {found.line}"
        design = row["design"]
        if design not in DESIGNS:
            raise DataError(
                f"drawn by {design or 'an unknown design'}: only a probability sample stands for the reports that were not coded",
                source=at, remedy=f"use a draw by {' or '.join(DESIGNS)}; draws by uncertainty serve training alone",
            )  # fmt: skip
        if row["report_id"] not in index or index[row["report_id"]] in places:
            raise DataError(f"report {row['report_id']!r} is not in the store, or twice", source=at, remedy="remove the line")
        places.append(index[row["report_id"]])
        probability.append(_probability(row["probability"], at))
        values = [row[c] for c in columns]
        if any(v not in {"0", "1"} for v in values):
            bad = next((c, v) for c, v in zip(columns, values, strict=True) if v not in {"0", "1"})
            raise DataError(f"{bad[0]} is {bad[1]!r}", source=at, remedy="write 1 or 0 in every cell of a coded column")
        truth.append([float(v) for v in values])
    return CodedReports(np.array(places, dtype=np.int64), np.array(probability), tuple(columns), np.array(truth))


def _probability(raw: str | None, place: str) -> float:
    try:
        value = float(raw or "")
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise DataError(f"probability is {raw!r}", source=place, remedy="give the chance of being drawn, above 0 and at most 1")
    return value


def pseudo_outcomes(predicted: Floats, rows: Ints, probability: Floats, truth: Floats) -> Floats:
    """``ŷ + R/π · (y − ŷ)`` for every report.

    Args:
        predicted: (report,) what the model says.
        rows: places of the coded reports.
        probability: (coded,) of being drawn.
        truth: (coded,) what people say.
    """
    found = predicted.astype(np.float64).copy()
    found[rows] += (truth - predicted[rows]) / probability
    return found


def _unseen(wrong: Floats) -> float:
    """What one pseudo-error each way adds to the variance of the mean error.

    >>> round(_unseen(np.zeros(48)), 6)
    0.000816
    """
    n = len(wrong)
    more = np.append(wrong, [1.0, -1.0])
    return max(0.0, float(more.var(ddof=1)) / (n + 2) - (float(wrong.var(ddof=1)) / n if n > 1 else 0.0))


def corrected_shares(study: Study, points: pa.Table, coded: CodedReports, *, level: float = LEVEL) -> pa.Table:
    """Shares of reports that state a problem or measure of each coded facet, corrected; of reports whose section 五 was read.

    Returns:
        One row for each group, ``what`` and ``facet``: ``model`` is the uncorrected share, ``coded_share`` that of the coded reports alone
        (weighted by 1/π), ``share`` the corrected one with its interval, made from the variance between clusters; ``coded`` reports,
        of which the model is wrong on ``errors``, ``few_clusters``: of under ten agencies.  No interval under five agencies, or where the model is wrong, or right, on
        fewer than five of the coded reports: what it rests on cannot be seen in them.  The variance of the errors has one pseudo-error
        each way (D. G. Bonett, R. M. Price (2012), J. Educational and Behavioral Statistics 37, 479-488).
    """
    from scipy.stats import t

    places = {o: k for k, o in enumerate(outcomes(study.codes))}
    states = stated(study, points).astype(np.float64)
    rows = []
    for j, name in enumerate(coded.columns):
        what, facet = name.split(".")
        predicted = states[:, places[OutcomeColumn(what, facet, "all", "all")]]
        pseudo = pseudo_outcomes(predicted, coded.rows, coded.probability, coded.truth[:, j])
        for values, some in study.members():
            members = study.counted(some)
            w = study.weight[members]
            inside = np.isin(coded.rows, members)
            inverse = study.weight[coded.rows[inside]] / coded.probability[inside]
            agencies = len(np.unique(study.cluster[coded.rows[inside]]))
            row = {
                **keyed(study, values), "what": what, "facet": facet, "reports": len(members), "coded": int(inside.sum()),
                "clusters": len(np.unique(study.cluster[members])), "coded_clusters": agencies, "few_clusters": agencies < FEW_CLUSTERS,
                "errors": int((predicted[coded.rows[inside]] != coded.truth[inside, j]).sum()),
                "model": float(w @ predicted[members] / w.sum()) if w.sum() else None,
                "coded_share": float(inverse @ coded.truth[inside, j] / inverse.sum()) if inverse.sum() else None,
            }  # fmt: skip
            if inside.sum() >= 2 and w.sum():
                share = float(w @ pseudo[members] / w.sum())
                sums = cluster_sums(w[:, None] * (pseudo[members] - share)[:, None] / w.sum(), study.cluster[members])
                wrong = coded.truth[inside, j] - predicted[coded.rows[inside]]
                least = min(int((wrong != 0).sum()), int((wrong == 0).sum()))
                if len(sums) >= FEWEST and least >= LEAST_ERRORS:
                    variance = len(sums) / (len(sums) - 1) * float((sums**2).sum()) + _unseen(wrong)
                    # the errors are known of the agencies that were coded, however many the model labelled
                    half = float(t.ppf(0.5 + level / 2, max(1, agencies - 1))) * float(np.sqrt(variance))
                    row |= {"low": max(0.0, share - half), "high": min(1.0, share + half)}
                row["share"] = min(1.0, max(0.0, share))
            rows.append(row)
    strings = (("what", pa.string()), ("facet", pa.string()))
    numbers = [(n, pa.float64()) for n in ("share", "low", "high", "model", "coded_share")]
    counts = ((n, pa.int64()) for n in ("reports", "coded", "errors", "clusters", "coded_clusters"))
    return table_of(study, (*strings, *numbers, *counts, ("few_clusters", pa.bool_())), rows)


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the columns, with cluster-robust standard errors and the number of clusters."""

    coefficients: Floats
    errors: Floats
    clusters: int


def moment_fit(x: Floats, outcome: Floats, clusters: Ints, weights: Floats, link: Link = "linear") -> Fit:
    """Solves ``Σ w x (y − g(xβ)) = 0``, which needs no 0/1 outcome: least squares, or the score equation of the logit.

    Errors are the sandwich summed by cluster with the factor G/(G−1) (Liang and Zeger (1986)).

    Raises:
        UsageError: columns that depend on each other, or a logit that does not converge (an outcome that a group never or always has).
    """
    beta = np.zeros(x.shape[1])
    if np.linalg.matrix_rank(x * np.sqrt(weights)[:, None]) < x.shape[1]:
        raise UsageError(
            "the columns of the regression depend on each other", remedy="group by keys that do not imply each other"
        )
    for _ in range(1 if link == "linear" else 60):
        fitted = x @ beta
        mean = fitted if link == "linear" else 1 / (1 + np.exp(-np.clip(fitted, -30, 30)))
        slope = np.ones(len(x)) if link == "linear" else np.maximum(mean * (1 - mean), 1e-12)
        step = np.linalg.solve((x * (weights * slope)[:, None]).T @ x, x.T @ (weights * (outcome - mean)))
        beta = beta + step
        if link == "linear" or float(np.abs(step).max()) < 1e-10:
            break
    if link == "logit" and (float(np.abs(beta).max()) > 25 or float(np.abs(step).max()) >= 1e-6):
        raise UsageError(
            "the logit does not converge", remedy="use link='linear', or merge groups that never or always state it"
        )
    fitted = x @ beta
    mean = fitted if link == "linear" else 1 / (1 + np.exp(-fitted))
    slope = np.ones(len(x)) if link == "linear" else mean * (1 - mean)
    bread = np.linalg.inv((x * (weights * slope)[:, None]).T @ x)
    sums = cluster_sums(x * (weights * (outcome - mean))[:, None], clusters)
    count = len(sums)
    meat = sums.T @ sums * (count / (count - 1) if count > 1 else np.nan)
    return Fit(beta, np.sqrt(np.diag(bread @ meat @ bread)), count)


def _design(study: Study) -> tuple[Floats, list[str]]:
    columns, names = [np.ones(len(study.report_ids))], ["(intercept)"]
    for k, key in enumerate(study.by):
        levels = sorted({g[k] for g in study.groups})
        value = np.array([study.groups[g][k] for g in study.group.tolist()], dtype=object)
        for level in levels[1:]:
            columns.append((value == level).astype(np.float64))
            names.append(f"{key}={level}")
    return np.stack(columns, axis=1), names


def corrected_regression(
    study: Study, points: pa.Table, coded: CodedReports, outcome: str, *, link: Link = "linear", level: float = LEVEL
) -> pa.Table:
    """Regression of whether a report states something on the grouping keys (each as indicator columns, the first value left out).

    Args:
        outcome: ``problem.<facet>`` or ``measure.<facet>``, a column that was coded.
        link: ``linear`` (differences of shares) or ``logit`` (log odds).

    Returns:
        One row for each ``term``: corrected ``estimate`` with ``error``, interval and ``p`` (Student's t over clusters), and the ``model``'s own
        uncorrected estimate.

    Raises:
        UsageError: the outcome was not coded; as :func:`moment_fit`.
    """
    from scipy.stats import t

    if outcome not in coded.columns:
        raise UsageError(f"{outcome!r} was not coded", remedy=f"use one of {', '.join(coded.columns)}")
    what, facet = outcome.split(".")
    predicted = stated(study, points)[:, outcomes(study.codes).index(OutcomeColumn(what, facet, "all", "all"))].astype(
        np.float64
    )
    pseudo = pseudo_outcomes(predicted, coded.rows, coded.probability, coded.truth[:, coded.columns.index(outcome)])
    x, names = _design(study)
    fit = moment_fit(x, pseudo, study.cluster, study.weight, link)
    plain = moment_fit(x, predicted, study.cluster, study.weight, link)
    wide = float(t.ppf(0.5 + level / 2, fit.clusters - 1))
    rows = [
        {
            "term": name, "estimate": b, "error": e, "low": b - wide * e, "high": b + wide * e,
            "p": float(2 * t.sf(abs(b) / e, fit.clusters - 1)) if e else None, "model": m,
        }
        for name, b, e, m in zip(names, fit.coefficients.tolist(), fit.errors.tolist(), plain.coefficients.tolist(), strict=True)
    ]  # fmt: skip
    numbers = [(n, pa.float64()) for n in ("estimate", "error", "low", "high", "p", "model")]
    return pa.Table.from_pylist(rows, schema=pa.schema([("term", pa.string()), *numbers]))


__all__ = [
    "CodedReports",
    "corrected_regression",
    "corrected_shares",
    "draw_reports",
    "moment_fit",
    "pseudo_outcomes",
    "read_coded",
    "sheet_columns",
]
