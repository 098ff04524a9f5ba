"""Which stated problems meet a measure, and which come back in the agency's next report.

A problem is answered where the same report has a measure of the same facet, or one in much the same words.  Wording is compared by
the cosine of character bigrams weighted by rarity (G. Salton, C. Buckley (1988), Information Processing & Management 24, 513-523), so
that what all measures say (加强, 进一步, 公开) counts little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.text.normalise import squeeze
from gongkai.compare.frame import Ints, Study
from gongkai.compare.groups import FEW, keyed, table_of
from gongkai.compare.panel import agency_years
from gongkai.compare.statistics import LEVEL, cluster_sums, estimates, sample
from gongkai.store_access import Store

#: a measure in words at least so near answers a problem of another facet: no problem and measure of different facets of the
#: planted corpus come so near (benchmarks/compare_planted.py prints the cosines)
NEAR = 0.35
#: a problem of the next year in words at least so near is the same one, not only of the same facet
SAME = 0.5
_PAIRS = 200_000
#: points of a report that others are put before; a text with more is no report, and all pairs of it would fill the memory
_POINTS = 400


@dataclass(frozen=True, slots=True)
class CountedPoints:
    """Points as arrays: ``report`` is the number of the report in the study, −1 for one that does not count; ``problem`` and ``measure``
    mark those that name a facet, the general one apart."""

    report: Ints
    facet: Any
    problem: Any
    measure: Any
    counted: frozenset[int]


def counted_points(study: Study, points: pa.Table) -> CountedPoints:
    """The points of the reports that count: one whose section 五 was not read says nothing of problems, and answers none."""
    index = study.index()
    counted = frozenset(study.counted(np.arange(len(study.report_ids))).tolist())
    places = (index.get(r, -1) for r in points["report_id"].to_pylist())
    report = np.array([i if i in counted else -1 for i in places], dtype=np.int64)
    facet = np.array(points["facet"].to_pylist(), dtype=object)
    is_problem = np.array([v is not None for v in points["locus"].to_pylist()], dtype=np.bool_)
    named = (report >= 0) & (facet != study.codes.general)
    return CountedPoints(report, facet, named & is_problem, named & ~is_problem, counted)


class Wording:
    """Character bigrams of clauses as rows of a sparse matrix, of length 1.

    Args:
        texts: the clauses.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from scipy.sparse import csr_matrix

        codes = [np.frombuffer(squeeze(t).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64) for t in texts]
        grams = [c[:-1] << 21 | c[1:] for c in codes]
        rows = np.repeat(np.arange(len(texts)), [len(g) for g in grams])
        keys, columns = np.unique(np.concatenate(grams) if grams else np.zeros(0, dtype=np.int64), return_inverse=True)
        matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(keys)))
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        frequency = np.bincount(matrix.indices, minlength=len(keys))
        matrix.data = np.log((1.0 + len(texts)) / (1.0 + frequency[matrix.indices])) + 1e-9
        length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(matrix.indptr))
        self._matrix = matrix

    def cosine(self, left: Ints, right: Ints) -> NDArray[np.float64]:
        """Cosine of each pair of clauses, by their places."""
        found = np.zeros(len(left))
        for at in range(0, len(left), _PAIRS):
            a, b = self._matrix[left[at : at + _PAIRS]], self._matrix[right[at : at + _PAIRS]]
            found[at : at + _PAIRS] = np.asarray(a.multiply(b).sum(axis=1)).ravel()
        return found


def clause_texts(store: Store, points: pa.Table) -> list[str]:
    """The words of each point."""
    passages = store.sql("SELECT passage_id, start, text FROM passages WHERE label IN ('problem', 'improvement')")
    held = {p: (s, t) for p, s, t in zip(*(passages[c].to_pylist() for c in passages.column_names), strict=True)}
    out = []
    for passage, start, end in zip(*(points[c].to_pylist() for c in ("passage_id", "start", "end")), strict=True):
        at, text = held[passage]
        out.append(text[start - at : end - at])
    return out


def _ranges(number: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """(order, first, last) of rows sorted by a number of 0…count−1."""
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(count + 1))
    return order, edges[:-1], edges[1:]


def cross_pairs(left: Ints, of: Ints, right: tuple[Ints, Ints, Ints]) -> tuple[Ints, Ints]:
    """All pairs of ``left[i]`` with the rows of number ``of[i]``; −1 has none."""
    order, first, last = right
    size = np.where(of >= 0, last[of] - first[of], 0)
    pairs = np.repeat(np.arange(len(left)), size)
    within = np.arange(len(pairs)) - np.repeat(np.cumsum(size) - size, size)
    return left[pairs], order[first[of[pairs]] + within]


def next_year(study: Study, store: Store) -> Ints:
    """For each report the place of the same agency's report of the next year, in the same unbroken segment of
    :mod:`gongkai.compare.panel`; −1 if there is none: an agency that was merged, or has no name of its own, is not followed."""
    index = study.index()
    panel = agency_years(store)
    rows = zip(
        *(panel[c].to_pylist() for c in ("report_id", "series", "segment", "year", "agency_id", "n_reports")), strict=True
    )
    # a printed name that several reports of a year have may be that of several agencies
    keys = [((s, g, y), index[r]) for r, s, g, y, agency_id, n in rows if r in index and (agency_id or n == 1)]
    count = Counter(key for key, _ in keys)
    at = {key: i for key, i in keys if count[key] == 1}
    found = np.full(len(study.report_ids), -1, dtype=np.int64)
    for (series, segment, year), i in at.items():
        found[i] = at.get((series, segment, year + 1), -1)
    return found


def _best(count: int, left: Ints, right: Ints, score: NDArray[np.float64]) -> tuple[Ints, NDArray[np.float64]]:
    """For each of ``count`` rows the pair partner with the highest score (−1 if none) and that score; of equals the first."""
    partner, top = np.full(count, -1), np.zeros(count)
    order = np.lexsort((right, -score, left))
    rows = left[order]
    first = np.flatnonzero(np.append(True, rows[1:] != rows[:-1])) if len(rows) else np.zeros(0, dtype=np.int64)
    partner[rows[first]], top[rows[first]] = right[order][first], score[order][first]
    return partner, top


def answers(study: Study, store: Store, points: pa.Table, *, near: float = NEAR, same: float = SAME) -> pa.Table:
    """Each stated problem (general ones left out) with the measure that answers it, and whether it comes back.

    Args:
        study: the reports; clusters are what is followed into the next year.
        store: holds the words.
        points: of the same store.
        near: cosine from which a measure of another facet answers the problem.
        same: cosine from which a problem of the next year is the same in wording.

    Returns:
        One row for each problem point: ``answer`` is ``facet`` (a measure of its facet), ``wording`` (one of another facet, in near words)
        or ``none``; ``measure`` and its ``similarity`` give the nearest measure of that kind, or the nearest of all if there is none
        (null where no measure shares a bigram with it).
        ``next_report`` is the agency's report of the next year, if the store has it; then ``returns`` is ``wording`` (a problem of the
        same facet in much the same words), ``facet`` (of the same facet) or ``no``, else null.
    """
    known = counted_points(study, points)
    report, facets, counted = known.report, known.facet, known.counted
    problems, measures = np.flatnonzero(known.problem), np.flatnonzero(known.measure)
    texts = clause_texts(store, points)
    wording = Wording(texts)
    count = len(study.report_ids)
    own = cross_pairs(problems, report[problems], rows_of_reports(measures, report, count))
    score = wording.cosine(*own)
    alike = facets[own[0]] == facets[own[1]]
    facet_partner, facet_score = _best(len(texts), own[0][alike], own[1][alike], score[alike])
    any_partner, any_score = _best(len(texts), *own, score)
    following = next_year(study, store)
    following[~np.isin(following, list(counted))] = -1
    later = cross_pairs(problems, following[report[problems]], rows_of_reports(problems, report, count))
    alike = facets[later[0]] == facets[later[1]]
    later_partner, later_score = _best(
        len(texts), later[0][alike], later[1][alike], wording.cosine(later[0][alike], later[1][alike])
    )
    answered_by = np.where(facet_partner >= 0, "facet", np.where(any_score >= near, "wording", "none"))
    partner = np.where(facet_partner >= 0, facet_partner, np.where(any_score > 0, any_partner, -1))[problems].tolist()
    similarity = np.where(facet_partner >= 0, facet_score, any_score)[problems].tolist()
    successor = later_partner[problems].tolist()
    after = following[report[problems]].tolist()
    back = np.where(later_partner < 0, "no", np.where(later_score >= same, "wording", "facet"))[problems].tolist()
    kept = points.take(pa.array(problems))
    passages = points["passage_id"].to_pylist()
    columns = {c: kept[c] for c in ("report_id", "passage_id", "facet", "start", "end", "concrete", "locus")} | {
        "text": [texts[k] for k in problems.tolist()],
        "answer": answered_by[problems].tolist(),
        "measure": [texts[m] if m >= 0 else None for m in partner],
        "measure_passage": [passages[m] if m >= 0 else None for m in partner],
        "similarity": [c if m >= 0 else None for m, c in zip(partner, similarity, strict=True)],
        "next_report": [study.report_ids[i] if i >= 0 else None for i in after],
        "returns": [how if i >= 0 else None for i, how in zip(after, back, strict=True)],
        "next_problem": [texts[m] if m >= 0 else None for m in successor],
        "next_similarity": [c if m >= 0 else None for m, c in zip(successor, later_score[problems].tolist(), strict=True)],
    }
    return pa.Table.from_pydict(columns, schema=_SCHEMA)


def rows_of_reports(rows: Ints, report: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Some points by report, as :func:`cross_pairs` takes them."""
    order, first, last = _ranges(report[rows], count)
    return rows[order], first, np.minimum(last, first + _POINTS)


_STRINGS = ("locus", "text", "answer", "measure", "measure_passage")
_SCHEMA = pa.schema(
    [("report_id", pa.string()), ("passage_id", pa.string()), ("facet", pa.string()), ("start", pa.int64()), ("end", pa.int64())]
    + [("concrete", pa.bool_())] + [(n, pa.string()) for n in _STRINGS] + [("similarity", pa.float64())]
    + [("next_report", pa.string()), ("returns", pa.string()), ("next_problem", pa.string()), ("next_similarity", pa.float64())]
)  # fmt: skip


def answered_by_group(study: Study, found: pa.Table, *, level: float = LEVEL) -> pa.Table:
    """Share of problems that are answered, and that come back, by group and facet (``any``: all facets together).

    Args:
        study: the reports and their groups.
        found: what :func:`answers` returned for them.

    Returns:
        One row for each group, ``facet`` and ``measure``: ``answered`` (of problems), ``returns`` and ``returns_in_words`` (of problems of
        reports whose successor is in the store), with an interval that draws agencies, for problems of one report are no
        independent draws.
    """
    index = study.index()
    columns: Mapping[str, Sequence[Any]] = {c: found[c].to_pylist() for c in ("report_id", "facet", "answer", "returns")}
    report = np.array([index[r] for r in columns["report_id"]], dtype=np.int64)
    facet = np.array(columns["facet"], dtype=object)
    answered = np.array([a != "none" for a in columns["answer"]], dtype=np.bool_)
    followed = np.array([r is not None for r in columns["returns"]], dtype=np.bool_)
    back = np.array([r in {"facet", "wording"} for r in columns["returns"]], dtype=np.bool_)
    worded = np.array([r == "wording" for r in columns["returns"]], dtype=np.bool_)
    rows = []
    for g, values in enumerate(study.groups):
        here = study.group[report] == g
        columns_of: list[tuple[str, str, Any, Any]] = []
        for name in ("any", *sorted(set(facet[here]))):
            mine = here & ((facet == name) | (name == "any"))
            columns_of.append((name, "answered", answered, mine))
            columns_of.append((name, "returns", back, mine & followed))
            columns_of.append((name, "returns_in_words", worded, mine & followed))
        columns_of = [c for c in columns_of if study.weight[report[c[3]]].sum() > 0]
        if not columns_of:
            continue
        weight = study.weight[report[here]][:, None]
        below = weight * np.stack([of[here] for _, _, _, of in columns_of], axis=1)
        above = below * np.stack([outcome[here] for _, _, outcome, _ in columns_of], axis=1)
        cluster, width = study.cluster[report[here]], len(columns_of)
        sums = cluster_sums(np.concatenate([above, below], axis=1), cluster)
        problems = np.array([float(of.sum()) for _, _, _, of in columns_of])
        shares = sample(sums[:, :width], sums[:, width:], problems, pooled=True)
        for (name, measure, _, of), e in zip(columns_of, estimates(shares, level), strict=True):
            rows.append(
                {
                    **keyed(study, values), "facet": name, "measure": measure, "share": e.value, "low": e.low, "high": e.high,
                    "problems": int(of.sum()), "clusters": e.clusters, "few_clusters": e.few_clusters, "method": e.method, "few": int(of.sum()) < FEW,
                }
            )  # fmt: skip
    strings = (("facet", pa.string()), ("measure", pa.string()))
    numbers = [(n, pa.float64()) for n in ("share", "low", "high")]
    counts = (
        ("problems", pa.int64()),
        ("clusters", pa.int64()),
        ("few_clusters", pa.bool_()),
        ("method", pa.string()),
        ("few", pa.bool_()),
    )
    return table_of(study, (*strings, *numbers, *counts), rows)
