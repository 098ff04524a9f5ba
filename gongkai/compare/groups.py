"""Shares by group: problems and measures by facet, text by label, distributions of indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.codebook import codebook
from corpus.errors import UsageError
from gongkai.codes import name_of
from gongkai.compare.frame import COVERAGES, Ints, Study
from gongkai.compare.naming import what_zh
from gongkai.compare.outcomes import outcomes, stated
from gongkai.compare.statistics import FEW_CLUSTERS, LEVEL, Estimate, means, weighted_quantile
from gongkai.store_access import Store

#: groups of fewer reports are marked `few`
FEW = 30
_ESTIMATE = (("share", pa.float64()), ("low", pa.float64()), ("high", pa.float64()))
_COUNTS = (
    ("reports", pa.int64()),
    ("unread", pa.int64()),
    ("absent", pa.int64()),
    ("clusters", pa.int64()),
    ("few_clusters", pa.bool_()),
    ("method", pa.string()),
    ("few", pa.bool_()),
    ("forms", pa.string()),
)


def counts_fields() -> tuple[tuple[str, pa.DataType], ...]:
    """The columns behind each estimate: of how many reports it is, and how it was made."""
    return _COUNTS


def table_of(study: Study, fields: Sequence[tuple[str, pa.DataType]], rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table: the grouping keys, then ``fields``.

    Raises:
        UsageError: a column of the user's own is called like a column of the table.
    """
    if alike := {n for n, _ in fields} & set(study.by):
        raise UsageError(
            f"cannot group by {min(alike)}: tables have columns of that name",
            remedy="name the column otherwise with --metadata",
        )
    return pa.Table.from_pylist(list(rows), schema=pa.schema([(k, pa.string()) for k in study.by] + list(fields)))


def keyed(study: Study, values: Sequence[str]) -> dict[str, Any]:
    """The grouping keys of a row."""
    return dict(zip(study.by, values, strict=True))


def estimate_row(
    study: Study, e: Estimate, forms: str, reports: int, members: Ints, states: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """The columns of an estimate of ``reports`` of a group's ``members``; ``states`` is :func:`_states`, where it is known."""
    states = _states(study, members) if states is None else states
    return {
        "share": e.value, "low": e.low, "high": e.high, "reports": reports, "unread": states["unread"],
        "absent": states["absent"], "clusters": e.clusters, "few_clusters": e.few_clusters, "method": e.method,
        "few": reports < FEW, "forms": forms,
    }  # fmt: skip


def _states(study: Study, members: Ints) -> Counter[str]:
    """How many of the reports have each state of section 五."""
    return Counter(study.s5[i] for i in members.tolist())


def facet_shares(study: Study, points: pa.Table, *, level: float = LEVEL, states: NDArray[np.bool_] | None = None) -> pa.Table:
    """Share of reports that state a problem, or a measure, of each facet.

    Args:
        study: the reports and their groups.
        points: of the same store (:func:`gongkai.compare.points`).
        level: coverage of the intervals.
        states: :func:`gongkai.compare.outcomes.stated` of both, where it is known.

    Returns:
        One row for each group, ``what`` (problem, measure), ``facet`` (and ``any``: a facet other than general), ``dimension`` (all;
        locus of problems, status of measures, concrete) and its ``value``: ``share`` of reports (weighted if the study is) with its
        interval ``low``…``high`` (none under five agencies), ``stating`` reports out of ``reports``, those whose section 五 was read or says
        that there is nothing; ``unread`` and ``absent`` ones count in none; ``clusters`` and ``method`` of the interval, ``few_clusters``
        (under ten), ``few`` (under 30 reports), ``forms`` in the group.  Values of a dimension need not add up: a report may state several.
    """
    states = stated(study, points) if states is None else states
    rows = []
    for values, all_members in study.members():
        members = study.counted(all_members)
        some = states[members]
        found = means(
            some.astype(np.float64),
            study.weight[members],
            study.cluster[members],
            independent=study.independent(members),
            level=level,
        )
        forms, count, sections = study.forms_of(members), some.sum(axis=0).tolist(), _states(study, all_members)
        for o, e, k in zip(outcomes(study.codes), found, count, strict=True):
            rows.append(
                {
                    **keyed(study, values), "what": o.what, "facet": o.facet, "what_zh": what_zh(study.codes, o.what),
                    "facet_zh": name_of(study.codes, o.facet), "dimension": o.dimension, "value": o.value, "stating": k,
                    **estimate_row(study, e, forms, len(members), all_members, sections),
                }
            )  # fmt: skip
    strings = [(n, pa.string()) for n in ("what", "facet", "what_zh", "facet_zh", "dimension", "value")]
    return table_of(study, (*strings, *_ESTIMATE, ("stating", pa.int64()), *_COUNTS), rows)


def section_shares(study: Study, *, level: float = LEVEL) -> pa.Table:
    """The state of section 五 by group: how many reports of each, and the share that has no such section.

    Returns:
        One row for each group: ``read``, ``nothing``, ``absent``, ``unread`` reports; ``share`` is of ``absent`` ones among those that
        were read, for what an unread file holds is not known.
    """
    rows = []
    for values, all_members in study.members():
        states = [study.s5[i] for i in all_members.tolist()]
        members = study.narrated(all_members)
        absent = np.array([[float(study.s5[i] == "absent")] for i in members.tolist()]).reshape(-1, 1)
        e = means(absent, study.weight[members], study.cluster[members], independent=study.independent(members), level=level)[0]
        counts = {s: states.count(s) for s in ("read", "nothing", "absent", "unread")}
        rows.append({
            **keyed(study, values), **counts, "share": e.value, "low": e.low, "high": e.high, "reports": len(members),
            "clusters": e.clusters, "few_clusters": e.clusters < FEW_CLUSTERS, "method": e.method,
        })  # fmt: skip
    states_of = tuple((s, pa.int64()) for s in ("read", "nothing", "absent", "unread"))
    counts_of = (("reports", pa.int64()), ("clusters", pa.int64()), ("few_clusters", pa.bool_()), ("method", pa.string()))
    return table_of(study, (*states_of, *_ESTIMATE, *counts_of), rows)


_LABELS = """
SELECT report_id, label, sum("end" - start)::BIGINT AS characters, count(*) AS passages FROM passages GROUP BY ALL
"""


def label_shares(study: Study, store: Store, *, level: float = LEVEL) -> pa.Table:
    """How much of the narrative each label takes.

    Returns:
        One row for each group, ``label`` and ``measure``: ``text`` is the mean over reports of the label's share of the narrative's
        characters (each report counts alike, or by its weight), ``incidence`` the share of reports with a passage of that label; with
        intervals as :func:`facet_shares`.  Reports whose section 五 is ``unread`` have no part, those where it is ``absent`` none in
        problem and improvement.
    """
    labels = list(study.codes.labels)
    found = store.sql(_LABELS)
    index = study.index()
    characters = np.zeros((len(study.report_ids), len(labels)))
    passages = np.zeros(len(characters))
    for report_id, label, n, some in zip(*(found[c].to_pylist() for c in found.column_names), strict=True):
        if report_id in index and label in labels:
            characters[index[report_id], labels.index(label)] = n
            passages[index[report_id]] += some
    text = characters / np.maximum(characters.sum(axis=1, keepdims=True), 1)
    rows = []
    told = np.array([c in study.codes.coded for c in labels])
    written = characters.sum(axis=1) > 0
    for values, all_members in study.members():
        for measure, outcome in (("text", text), ("incidence", (characters > 0).astype(np.float64))):
            held: dict[str, dict[str, Any]] = {}
            for some, kept in ((told, study.counted(all_members)), (~told, study.narrated(all_members))):
                members = kept[written[kept]]
                forms = study.forms_of(members)
                here = means(
                    outcome[members][:, some], study.weight[members], study.cluster[members],
                    independent=study.independent(members), most=passages[members].sum() if measure == "text" else None, level=level,
                )  # fmt: skip
                for label, e in zip(np.array(labels)[some].tolist(), here, strict=True):
                    held[label] = estimate_row(study, e, forms, len(members), all_members)
            rows += [
                {
                    **keyed(study, values),
                    "label": c,
                    "label_zh": name_of(study.codes, c, "label"),
                    "measure": measure,
                    **held[c],
                }
                for c in labels
            ]
    return table_of(
        study, (("label", pa.string()), ("label_zh", pa.string()), ("measure", pa.string()), *_ESTIMATE, *_COUNTS), rows
    )


# counts printed exactly stand before `200余件`; two that differ say nothing of which is meant
_INDICATORS = """
SELECT report_id, indicator, CASE WHEN least = most THEN least END AS value FROM (
  SELECT report_id, indicator, coalesce(min(value) FILTER (qualifier = 'exact'), min(value)) AS least,
    coalesce(max(value) FILTER (qualifier = 'exact'), max(value)) AS most
  FROM mentions WHERE scope = 'total' AND period = 'year' AND indicator <> '' AND qualifier <> 'range' AND value IS NOT NULL GROUP BY ALL
) ORDER BY report_id, indicator
"""


def _values(study: Study, store: Store) -> list[tuple[int, str, float | None]]:
    """(report, indicator, value) of scope total and of the report's year, as the codebook compares them; ``None`` where a report
    prints several that differ (codebook, M18)."""
    found = store.sql(_INDICATORS)
    index = study.index()
    return [
        (index[r], indicator, value)
        for r, indicator, value in zip(*(found[c].to_pylist() for c in found.column_names), strict=True)
        if r in index
    ]


def indicator_distribution(study: Study, store: Store, indicators: Sequence[str] | None = None) -> pa.Table:
    """Distribution over reports of prose counts that a statutory cell also counts (class B).

    Reports of different coverage are never put together: each row is of one ``coverage`` (own, consolidated, unknown).

    Args:
        indicators: codes wanted; all of class B if ``None``.

    Returns:
        One row for each group, coverage and indicator: quartiles, median and mean by the study's weights, of ``reports`` with one value,
        of ``clusters`` agencies; ``conflicts`` print several that differ and count in none; ``of`` is how many the group has.

    Raises:
        UsageError: an unknown code, or one of class C: what an agency counts there is its own definition, so that values of different
            agencies are not of one kind; :func:`indicator_within_agency` gives them.
    """
    known = codebook().indicators
    wanted = [c for c, spec in known.items() if spec.cls == "B"] if indicators is None else list(indicators)
    if wrong := [c for c in wanted if c not in known]:
        raise UsageError(f"no such indicator: {', '.join(wrong)}", remedy="`gongkai schema indicators` lists them")
    if own := [c for c in wanted if known[c].cls == "C"]:
        raise UsageError(
            f"{', '.join(own)}: self-defined counts (class C) are not comparable between agencies",
            remedy="use indicator_within_agency, or an indicator of class B",
        )
    held: dict[tuple[int, str, str], list[tuple[int, float | None]]] = {}
    for i, code, value in _values(study, store):
        if code in wanted:
            held.setdefault((int(study.group[i]), study.coverage[i], code), []).append((i, value))
    all_of = Counter(zip(study.group.tolist(), study.coverage, strict=True))
    rows = []
    for (g, coverage, code), both in sorted(held.items()):
        single = [(i, v) for i, v in both if v is not None]
        places, values = np.array([i for i, _ in single], dtype=np.int64), np.array([v for _, v in single])
        row: dict[str, Any] = {
            **keyed(study, study.groups[g]), "coverage": coverage, "indicator": code, "reports": len(values), "few": len(values) < FEW,
            "of": all_of[g, coverage], "conflicts": len(both) - len(values), "clusters": len(np.unique(study.cluster[places])),
        }  # fmt: skip
        weight = study.weight[places]
        if weight.sum() > 0:
            some = zip(("quarter", "median", "three_quarters"), (0.25, 0.5, 0.75), strict=True)
            row |= {n: weighted_quantile(values, weight, q) for n, q in some}
            row |= {"least": values.min(), "most": values.max(), "mean": float(weight @ values / weight.sum())}
        rows.append(row)
    numbers = [(n, pa.float64()) for n in ("least", "quarter", "median", "three_quarters", "most", "mean")]
    counts = [(n, pa.int64()) for n in ("of", "conflicts", "clusters")]
    strings = (("coverage", pa.string()), ("indicator", pa.string()))
    return table_of(study, (*strings, ("reports", pa.int64()), ("few", pa.bool_()), *counts, *numbers), rows)


def indicator_within_agency(study: Study, store: Store) -> pa.Table:
    """Every prose indicator (classes B and C) of each agency over its years, for agencies with two years or more.

    Returns:
        One row for each agency (cluster), ``coverage`` and ``indicator``: ``years``, their least, median and greatest value, and those of
        the ``first`` and ``last`` year.  Years of different coverage are kept apart, so that no change of coverage looks like growth.
    """
    held: dict[tuple[int, str, str], dict[int, float]] = {}
    for i, code, value in _values(study, store):
        if study.year[i] >= 0 and value is not None:
            held.setdefault((int(study.cluster[i]), study.coverage[i], code), {}).setdefault(int(study.year[i]), value)
    rows = []
    for (c, coverage, code), by_year in sorted(held.items()):
        if len(by_year) < 2:
            continue
        years, values = sorted(by_year), list(by_year.values())
        rows.append(
            {
                "agency": study.clusters[c], "coverage": coverage, "indicator": code, "class": codebook().indicators[code].cls,
                "years": len(years), "first_year": years[0], "last_year": years[-1], "first": by_year[years[0]],
                "last": by_year[years[-1]], "least": min(values), "median": float(np.median(values)), "most": max(values),
            }
        )  # fmt: skip
    strings = [(n, pa.string()) for n in ("agency", "coverage", "indicator", "class")]
    counts = [(n, pa.int64()) for n in ("years", "first_year", "last_year")]
    numbers = [(n, pa.float64()) for n in ("first", "last", "least", "median", "most")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*strings, *counts, *numbers]))


__all__ = [
    "COVERAGES",
    "FEW",
    "counts_fields",
    "estimate_row",
    "facet_shares",
    "indicator_distribution",
    "indicator_within_agency",
    "keyed",
    "label_shares",
    "section_shares",
    "table_of",
]
