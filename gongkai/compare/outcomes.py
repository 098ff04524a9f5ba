"""What each report states, as columns of 0 and 1: the facets of its problems and measures, by locus, status and concreteness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from extract.points.rules import LOCI, STATUSES
from gongkai.codes import is_own
from gongkai.compare.frame import Study
from models.taxonomy import Taxonomy

#: `any` counts reports with a point of any facet but the general one, which names nothing
ANY = "any"
GENERAL = "general"


@dataclass(frozen=True, slots=True)
class OutcomeColumn:
    """One column: reports with a ``what`` (problem, measure; with own codes a label) of ``facet`` whose ``dimension`` has ``value`` (``all``: any)."""

    what: str
    facet: str
    dimension: str
    value: str


def outcomes(codes: Taxonomy) -> tuple[OutcomeColumn, ...]:
    """All columns, in the order of :func:`stated`."""
    return _own(codes.coded or codes.labels, codes.facets if codes.coded else ()) if is_own(codes) else _codebook(codes.facets)


@cache
def _own(labels: tuple[str, ...], facets: tuple[str, ...]) -> tuple[OutcomeColumn, ...]:
    return tuple(OutcomeColumn(label, facet, "all", "all") for label in labels for facet in (ANY, *facets))


@cache
def _codebook(facets: tuple[str, ...]) -> tuple[OutcomeColumn, ...]:
    found = []
    for what, dimension, values in (("problem", "locus", LOCI), ("measure", "status", STATUSES)):
        for facet in (ANY, *facets):
            found.append(OutcomeColumn(what, facet, "all", "all"))
            found += [OutcomeColumn(what, facet, dimension, v) for v in values]
            found += [OutcomeColumn(what, facet, "concrete", v) for v in ("yes", "no")]
    return tuple(found)


def stated(study: Study, points: pa.Table) -> NDArray[np.bool_]:
    """(report, outcome) whether the report states it; points of reports outside the study are passed over."""
    columns = {o: k for k, o in enumerate(outcomes(study.codes))}
    index = study.index()
    found = np.zeros((len(study.report_ids), len(columns)), dtype=np.bool_)
    if is_own(study.codes):
        for report_id, label, facet in zip(*(points[c].to_pylist() for c in ("report_id", "label", "facet")), strict=True):
            if report_id in index:
                for name in (facet,) if facet == study.codes.general and facet else (facet, ANY):
                    if name is not None:
                        found[index[report_id], columns[OutcomeColumn(label, name, "all", "all")]] = True
        return found
    row = pc.index_in(points["report_id"], value_set=pa.array(study.report_ids, pa.string())).fill_null(-1).to_numpy()
    # points come in few kinds: look up the columns of each kind once
    coded = [points[c].combine_chunks().dictionary_encode() for c in ("facet", "locus", "status", "concrete")]
    kind = np.zeros(len(row), np.int64)
    for some in coded:
        size = len(some.dictionary)
        kind = kind * (size + 1) + some.indices.fill_null(size).to_numpy()
    for which, first in zip(*np.unique(kind, return_index=True), strict=True):
        facet, locus, status, concrete = (some[int(first)].as_py() for some in coded)
        wanted = _columns(columns, facet, locus, status, concrete, study.codes.general)
        found[np.ix_(row[(kind == which) & (row >= 0)], wanted)] = True
    return found


def _columns(
    columns: dict[OutcomeColumn, int], facet: str, locus: str | None, status: str | None, concrete: bool, general: str
) -> list[int]:
    what, dimension, value = ("problem", "locus", locus) if locus is not None else ("measure", "status", status)
    out = []
    for name in (facet,) if facet == general else (facet, ANY):
        out.append(columns[OutcomeColumn(what, name, "all", "all")])
        out.append(columns[OutcomeColumn(what, name, dimension, str(value))])
        out.append(columns[OutcomeColumn(what, name, "concrete", "yes" if concrete else "no")])
    return out
