"""Shares of passages and of reports corrected with one coded sheet (:mod:`gongkai.compare.passage_sheet`), by group, with differences.

Every figure is a ratio of two sums over the reports of a group, each corrected as ``Σ (ŷ + ē) + Σ_drawn (e − ē)/π``: what the model expects, the
mean error ē of the report's stratum, and what a coded report's error e = y − ŷ differs from it.  That is the difference estimator of a
two-phase sample by stratum (C.-E. Särndal, B. Swensson, J. Wretman (1992), Model assisted survey sampling, chapter 9); its variance is that
of these pseudo-values between agencies.  Half of the reports of a sheet may be wrong without any share being biased.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.codes import is_own, name_of
from gongkai.compare import frame
from gongkai.compare.differences import pairs_of
from gongkai.compare.frame import COUNTED, Floats, Ints, Study
from gongkai.compare.groups import keyed, table_of
from gongkai.compare.outcomes import ANY
from gongkai.compare.passage_sheet import JUNK, PassageSheet
from gongkai.compare.statistics import FEW_CLUSTERS, FEWEST, LEVEL, benjamini_hochberg, cluster_sums, holm
from gongkai.store_access import Store
from models.taxonomy import Taxonomy
from training.measure.agreement import krippendorff_alpha

#: no interval where people found the model wrong, or right, fewer times
LEAST_ERRORS = 5
_WHAT = {"problem": "problem", "improvement": "measure"}


@dataclass(frozen=True, slots=True)
class Target:
    """A share: of ``unit`` (passages, reports), ``what`` (label, or what states the facet) and its code (a label, a facet, ``any``)."""

    unit: str
    what: str
    code: str
    label: str


def targets(codes: Taxonomy) -> tuple[Target, ...]:
    """Every share that a sheet corrects: labels of passages; facets of passages of a label; reports that state a facet."""
    found = [Target("passage", "label", c, c) for c in codes.labels]
    for label in codes.coded or codes.labels:
        what = label if is_own(codes) else _WHAT[label]
        facets = codes.facets if codes.coded else ()
        found += [Target("passage", what, f, label) for f in facets]
        found += [Target("report", what, f, label) for f in (ANY, *facets)]
    return tuple(found)


def _shows(label: str, facets: Sequence[str], some: Sequence[Target], general: str) -> tuple[Floats, Floats]:
    """Whether one passage counts in the numerator, and in the denominator, of each share of passages; of reports: whether it states it."""
    named = [f for f in facets if f != general] or ([""] if not facets else [])
    top = [
        label == t.code if t.what == "label" else label == t.label and (bool(named) if t.code == ANY else t.code in facets)
        for t in some
    ]
    below = [label != JUNK if t.what == "label" else label == t.label for t in some]
    return np.array(top, dtype=np.float64), np.array(below, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Sums:
    """(report, share): numerators and denominators."""

    top: Floats
    below: Floats


def _sums(study: Study, rows: Sequence[tuple[str, str, Sequence[str]]], some: Sequence[Target]) -> _Sums:
    """Sums by report of (report_id, label, facets); a report states what any of its passages states."""
    from scipy.sparse import coo_array

    index, general = study.index(), study.codes.general
    kinds: dict[tuple[str, tuple[str, ...]], int] = {}
    known = [(index[r], kinds.setdefault((label, tuple(facets)), len(kinds))) for r, label, facets in rows if r in index]
    at, kind = np.array(known, dtype=np.int64).reshape(-1, 2).T
    # how many passages of each kind a report has, by what one of the kind counts
    count = coo_array((np.ones(len(at)), (at, kind)), shape=(len(index), len(kinds))).tocsr()
    shown = [_shows(label, facets, some, general) for label, facets in kinds]
    top, below = (
        (count @ np.array(side).reshape(-1, len(some)) for side in zip(*shown, strict=True))
        if shown
        else (np.zeros((len(index), len(some))) for _ in range(2))
    )
    reports = np.array([t.unit == "report" for t in some])
    top[:, reports] = np.minimum(top[:, reports], 1.0)
    below[:, reports] = 1.0
    return _Sums(top, below)


def _halfway(hard: _Sums, study: Study, stored: pa.Table, some: Sequence[Target]) -> Floats:
    """Numerators as the model expects them: of facets half what it decides and half how probable it finds them.

    What it decides throws away how near it was, and the probabilities alone are too low where it is right: their mean is nearest to what
    people code.  A report states a facet as probably as its surest passage does.

    Args:
        stored: passages with ``report_id``, ``label`` and ``facet_scores``, those of a report in a row.
    """
    index, codes = study.index(), study.codes
    at = {(t.unit, t.label, t.code): k for k, t in enumerate(some) if t.what != "label" and t.code in codes.facets}
    lengths = pc.list_value_length(stored["facet_scores"]).fill_null(0).to_numpy()
    report = np.array([index.get(r, -1) for r in stored["report_id"].to_pylist()], dtype=np.int64)
    label = np.array(stored["label"].to_pylist(), dtype=object)
    found = hard.top.copy()
    for code in codes.coded if codes.facets else ():
        mine = np.flatnonzero((label == code) & (lengths == len(codes.facets)) & (report >= 0))
        if not len(mine):
            continue
        probable = stored["facet_scores"].take(mine).combine_chunks().flatten().to_numpy().reshape(len(mine), -1) / 255
        first = np.flatnonzero(np.diff(report[mine], prepend=-1))
        here = report[mine][first]
        for unit, soft in (("passage", np.add.reduceat(probable, first)), ("report", np.maximum.reduceat(probable, first))):
            which = np.ix_(here, np.array([at[unit, code, f] for f in codes.facets], dtype=np.int64))
            found[which] = (hard.top[which] + soft) / 2
    return found


def pseudo(predicted: Floats, rows: Ints, truth: Floats, chance: Floats, stratum: Ints, of_all: Ints) -> Floats:
    """Pseudo-values of every report: ``ŷ + ē + R/π (e − ē)``, ē the mean error of the stratum weighted by 1/π.

    Args:
        predicted: (report, share).
        rows: places of the coded reports; ``truth``, ``chance`` and ``stratum`` are theirs.
        of_all: stratum of every report.
    """
    wrong = truth - predicted[rows]
    found = predicted.copy()
    for s in np.unique(stratum):
        here = stratum == s
        weight = 1 / chance[here]
        mean = weight @ wrong[here] / weight.sum()
        found[of_all == s] += mean
        found[rows[here]] += weight[:, None] * (wrong[here] - mean)
    return found


def _unseen(wrong: Floats, below: float) -> float:
    """What a mean error lacks to the variance of one pseudo-error each way (Bonett and Price 2012), for ``below`` units a report.

    It is a floor and not added to errors that were seen: where five were, which every interval needs, it would widen intervals by a tenth.
    """
    n = len(wrong)
    least = np.append(np.zeros(n), [1.0, -1.0])
    seen = float(wrong.var(ddof=1)) / n if n > 1 else 0.0
    return max(0.0, float(least.var(ddof=1)) / (n + 2) - seen) / max(below, 1e-9) ** 2


@dataclass(frozen=True, slots=True)
class MadeShares:
    """All that the shares of any group are made from."""

    some: tuple[Target, ...]
    model: _Sums
    expected: _Sums
    pseudo: _Sums
    truth: _Sums
    rows: Ints
    chance: Floats
    wrong: Floats
    right: Floats
    of: Ints
    strata: tuple[str, ...]


def made_for(study: Study, store: Store, sheet: PassageSheet) -> MadeShares:
    """Sums, errors and pseudo-values of every report for every share that a sheet corrects."""
    some = targets(study.codes)
    stored = store.sql(
        "SELECT passage_id, report_id, label, facets, facet_scores FROM passages WHERE section = 's5' ORDER BY report_id, start"
    )
    ids_of = [stored[name].to_pylist() for name in ("report_id", "label", "facets")]
    model = _sums(study, list(zip(*ids_of, strict=True)), some)
    expected = _Sums(_halfway(model, study, stored, some), model.below)
    coded = sheet.main()
    truth = _sums(study, [(p.report_id, p.label, p.facets) for p in coded.values()], some)
    index = study.index()
    ids = sorted(sheet.chance)
    rows = np.array([index[r] for r in ids], dtype=np.int64)
    reports = np.array([t.unit == "report" for t in some])
    for r, state in sheet.state.items():  # a section that is not there, or was not read, is in no denominator
        if r in index and state not in COUNTED:
            truth.top[index[r]] = truth.below[index[r]] = 0.0
    strata = {s: k for k, s in enumerate(sorted(set(sheet.stratum.values())))}
    at = np.array([strata[sheet.stratum[r]] for r in ids], dtype=np.int64)
    names = _strata_of(study, store, sheet.strata)
    everyone = np.array([strata.get(s, -1) for s in names], dtype=np.int64)
    chance = np.array([sheet.chance[r] for r in ids])
    made = _Sums(
        *(pseudo(m, rows, t[rows], chance, at, everyone) for m, t in ((expected.top, truth.top), (expected.below, truth.below)))
    )
    met = np.flatnonzero(pc.is_in(stored["passage_id"], pa.array(list(coded), pa.string())).to_numpy(zero_copy_only=False))
    said = {p["passage_id"]: p for p in stored.take(met).to_pylist()}
    of, wrong, right = [], [], []
    for p in coded.values():
        if p.report_id in index:
            a, _ = _shows(said[p.passage_id]["label"], said[p.passage_id]["facets"], some, study.codes.general)
            b, _ = _shows(p.label, p.facets, some, study.codes.general)
            of.append(index[p.report_id])
            wrong.append((a != b) & ~reports)
            right.append((a == b) & ~reports)
    for i in rows.tolist():
        differs = model.top[i] != truth.top[i]
        of.append(i)
        wrong.append(differs & reports)
        right.append(~differs & reports)
    return MadeShares(
        some, model, expected, made, truth, rows, chance, np.array(wrong), np.array(right), np.array(of, dtype=np.int64), names
    )


@dataclass(frozen=True, slots=True)
class GroupSums:
    """What the figures of every share of one group are made from: its reports, those that are coded, and by share what they sum up to."""

    members: Ints
    coded: Ints
    clusters: int
    coded_clusters: int
    inverse: Floats
    errors: Ints
    agreeing: Ints
    model: _Sums
    pseudo: _Sums


def group_sums(study: Study, made: MadeShares, members: Ints) -> GroupSums:
    """The sums of some reports."""
    w = study.weight[members]
    inside = np.isin(made.rows, members)
    coded = made.rows[inside]
    here = np.isin(made.of, coded)
    errors, agreeing = (seen[here].sum(axis=0) for seen in (made.wrong, made.right))
    model, pseudo_values = (_Sums(w @ s.top[members], w @ s.below[members]) for s in (made.model, made.pseudo))
    clusters, coded_clusters = (len(np.unique(study.cluster[x])) for x in (members, coded))
    return GroupSums(
        members,
        coded,
        clusters,
        coded_clusters,
        study.weight[coded] / made.chance[inside],
        errors,
        agreeing,
        model,
        pseudo_values,
    )


def _strata_of(study: Study, store: Store, strata: Sequence[str]) -> tuple[str, ...]:
    """The stratum of each report, as the sheet names it."""
    if not strata:
        return ("",) * len(study.report_ids)
    by = frame.study(store, strata)
    known = {r: ",".join(by.groups[g]) for r, g in zip(by.report_ids, by.group.tolist(), strict=True)}
    return tuple(known.get(r, "") for r in study.report_ids)


_Figures = tuple[dict[str, Any], Floats | None, float]


def _share(study: Study, made: MadeShares, k: int, group: GroupSums) -> _Figures:
    """The figures of one share of one group, its influence by report, and what unseen errors add to its variance."""
    members, some = group.members, group.coded
    row: dict[str, Any] = {
        "reports": len(members), "coded": len(some), "errors": int(group.errors[k]), "agreeing": int(group.agreeing[k])
    }  # fmt: skip
    if below := float(group.model.below[k]):
        row["model"] = float(group.model.top[k]) / below
    if below := float(group.inverse @ made.truth.below[some, k]):
        row["coded_share"] = float(group.inverse @ made.truth.top[some, k]) / below
    below = float(group.pseudo.below[k])
    if len(some) < 2 or below <= 0:
        return row, None, 0.0
    share = float(group.pseudo.top[k]) / below
    w = study.weight[members]
    influence = np.zeros(len(study.report_ids))
    influence[members] = w * (made.pseudo.top[members, k] - share * made.pseudo.below[members, k]) / below
    (top, expected), (beneath, supposed) = (
        (people[some, k], model[some, k])
        for people, model in ((made.truth.top, made.expected.top), (made.truth.below, made.expected.below))
    )
    wrong = top - expected - share * (beneath - supposed)
    row["share"] = min(1.0, max(0.0, share))
    return row, influence, _unseen(wrong, below / float(w.sum()))


def _half(
    study: Study, influence: Floats, members: Ints, coded: Ints, unseen: float, level: float
) -> tuple[float, float] | None:
    """(standard error, half width) of a figure between the agencies of its reports; nothing under five agencies."""
    from scipy.stats import t

    sums = cluster_sums(influence[members][:, None], study.cluster[members])
    free = min(len(sums), len(np.unique(study.cluster[coded]))) - 1
    if len(sums) < FEWEST or free < 1:
        return None
    error = float(np.sqrt(len(sums) / (len(sums) - 1) * float((sums**2).sum()) + unseen))
    return error, float(t.ppf(0.5 + level / 2, free)) * error


def _enough(row: Mapping[str, Any]) -> bool:
    return bool(min(row["errors"], row["agreeing"]) >= LEAST_ERRORS)


def alphas(sheet: PassageSheet, some: Sequence[Target], general: str) -> dict[Target, float | None]:
    """Krippendorff's α of each share over the passages that several people coded; none where nobody did."""
    coded = [p for p in sheet.passages if not p.decided]
    times = Counter(p.passage_id for p in coded)
    held: dict[str, list[Floats]] = defaultdict(list)
    for p in coded:
        if times[p.passage_id] > 1:
            held[p.passage_id].append(_shows(p.label, p.facets, some, general)[0])
    if not held:
        return dict.fromkeys(some, None)
    return {t: krippendorff_alpha([[str(v[k]) for v in codings] for codings in held.values()]) for k, t in enumerate(some)}


def _said(study: Study, t: Target) -> dict[str, Any]:
    what = "标签" if t.what == "label" else name_of(study.codes, t.label, "label")
    zh = name_of(study.codes, t.code, "label" if t.what == "label" else "facet")
    return {"unit": t.unit, "what": t.what, "code": t.code, "what_zh": what, "code_zh": zh}


_STRINGS = ("unit", "what", "code", "what_zh", "code_zh")


def corrected_from_passages(
    study: Study, store: Store, sheet: PassageSheet, *, level: float = LEVEL, made: MadeShares | None = None
) -> pa.Table:
    """Corrected shares by group.

    Args:
        study: the reports and their groups.
        store: that they are of.
        sheet: read for them.
        level: coverage of the intervals.
        made: :func:`made_for` these reports, in whatever groups, where it is known.

    Returns:
        A row for each group, ``unit`` (passage, report), ``what`` (``label``, problem, measure) and ``code`` (label, facet, ``any``):
        ``share`` of section 五 with its interval, ``model`` (uncorrected), ``coded_share`` (people alone), ``reports``, ``coded`` of them,
        ``errors`` and ``agreeing`` codings of the model (passages, or reports), ``clusters`` agencies (``coded_clusters`` of them coded),
        ``few_clusters`` (under ten coded), ``alpha`` between coders, ``population``.
        Shares of passages are of those that are passages at all, facets of passages of those with the label.  No interval under
        five agencies, nor where the model is wrong, or right, fewer than five times.
    """
    made = made or made_for(study, store, sheet)
    agreed = alphas(sheet, made.some, study.codes.general)
    rows = []
    for values, all_members in study.members():
        group = group_sums(study, made, study.counted(all_members))
        agencies = _agencies(group)
        for k, t in enumerate(made.some):
            row, influence, unseen = _share(study, made, k, group)
            row |= {**keyed(study, values), **_said(study, t), "alpha": agreed[t], "population": sheet.population, **agencies}
            half = None
            if influence is not None and _enough(row):
                half = _half(study, influence, group.members, group.coded, unseen, level)
            if half:
                row |= {"low": max(0.0, row["share"] - half[1]), "high": min(1.0, row["share"] + half[1])}
            rows.append(row)
    numbers = [(n, pa.float64()) for n in ("share", "low", "high", "model", "coded_share", "alpha")]
    counts = [(n, pa.int64()) for n in ("reports", "coded", "errors", "agreeing", "clusters", "coded_clusters")]
    marks = [("few_clusters", pa.bool_()), ("population", pa.string())]
    return table_of(study, [*((n, pa.string()) for n in _STRINGS), *numbers, *counts, *marks], rows)


def _agencies(group: GroupSums) -> dict[str, Any]:
    """How many agencies a corrected figure rests on."""
    few = group.coded_clusters < FEW_CLUSTERS
    return {"clusters": group.clusters, "coded_clusters": group.coded_clusters, "few_clusters": few}


def difference_of(
    study: Study, a: _Figures, b: _Figures, groups: tuple[GroupSums, GroupSums], level: float = LEVEL
) -> dict[str, Any]:
    """a − b with interval and p, of the figures of one share in two groups of reports.

    It rests on the errors that people found in both: five of them together are enough, where each group's own share needs its own five.
    """
    from scipy.stats import t as student

    (row, one, more), (other, two, further) = a, b
    if one is None or two is None:
        return {}
    found = {"difference": row["share"] - other["share"]}
    seen = {k: row[k] + other[k] for k in ("errors", "agreeing")}
    if not _enough(seen) or min(g.clusters for g in groups) < FEWEST:
        return found | seen
    members, coded = (np.concatenate([getattr(g, name) for g in groups]) for name in ("members", "coded"))
    half = _half(study, one - two, members, coded, more + further, level)
    if half and half[0] > 0:
        free = min(g.coded_clusters for g in groups) - 1
        width = half[0] * float(student.ppf(0.5 + level / 2, max(1, free)))
        found |= {
            "low": max(-1.0, found["difference"] - width), "high": min(1.0, found["difference"] + width),
            "p": 2 * float(student.sf(abs(found["difference"]) / half[0], max(1, free))),
        }  # fmt: skip
    return found | seen


def corrected_differences(
    study: Study, store: Store, sheet: PassageSheet, *, reference: Sequence[str] | None = None, level: float = LEVEL,
    made: MadeShares | None = None,
) -> pa.Table:  # fmt: skip
    """Differences between groups of the shares of :func:`corrected_from_passages`, with interval and ``p``; agencies of both groups count once.

    No interval under five agencies in a group, nor where people found the model wrong, or right, fewer than five times in both together
    (``errors``, ``agreeing``).  ``p_holm`` and ``q_bh`` are corrected over all rows of the table that have a test.
    """
    made = made or made_for(study, store, sheet)
    groups = [group_sums(study, made, study.counted(m)) for _, m in study.members()]
    agencies = [_agencies(g) for g in groups]
    rows = []
    shares = [[_share(study, made, k, g) for k in range(len(made.some))] for g in groups]
    for a, b in pairs_of(study, reference):
        for k, t in enumerate(made.some):
            row, other = shares[a][k][0], shares[b][k][0]
            found = {**_said(study, t), "group": ",".join(study.groups[a]), "other": ",".join(study.groups[b])}
            found |= {"coded": row["coded"], "other_coded": other["coded"]}
            sides = agencies[a], agencies[b]
            found |= {"clusters": sides[0]["clusters"], "other_clusters": sides[1]["clusters"]}
            found["few_clusters"] = any(s["few_clusters"] for s in sides)
            found |= difference_of(study, shares[a][k], shares[b][k], (groups[a], groups[b]), level)
            rows.append(found)
    tested = [r for r in rows if "p" in r]
    ps = [r["p"] for r in tested]
    for row, p, q in zip(tested, holm(ps), benjamini_hochberg(ps), strict=True):
        row |= {"p_holm": p, "q_bh": q}
    names = [(n, pa.string()) for n in ("group", "other", *_STRINGS)]
    numbers = [(n, pa.float64()) for n in ("difference", "low", "high", "p", "p_holm", "q_bh")]
    counts = [(n, pa.int64()) for n in ("coded", "other_coded", "errors", "agreeing", "clusters", "other_clusters")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*names, *numbers, *counts, ("few_clusters", pa.bool_())]))
