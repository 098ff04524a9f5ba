"""Shares of the codebook's families of labels and facets, where single codes are too few or too uncertain to compare."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.codebook import Code, codebook
from gongkai.codes import is_own
from gongkai.compare.frame import Study
from gongkai.compare.groups import counts_fields, estimate_row, keyed, table_of
from gongkai.compare.naming import what_zh
from gongkai.compare.outcomes import OutcomeColumn, outcomes, stated
from gongkai.compare.statistics import LEVEL, means
from gongkai.store_access import Store

_LABELS = "SELECT DISTINCT report_id, label FROM passages"


def family_shares(study: Study, store: Store, points: pa.Table, *, level: float = LEVEL) -> pa.Table:
    """Share of reports that state a problem, or a measure, of a family of facets, or have a passage of a family of labels.

    Returns:
        One row for each group, ``what`` (problem, measure, label) and ``family``, with its members and the columns of
        :func:`gongkai.compare.facet_shares`; no rows with codes of one's own, which have no families.
    """
    rows = []
    for values, all_members in study.members() if not is_own(study.codes) else ():
        for what, columns in _outcomes(study, store, points).items():
            members = study.narrated(all_members) if what == "label" else study.counted(all_members)
            book = codebook().label_families if what == "label" else codebook().facet_families
            matrix = columns[members]
            found = means(
                matrix.astype(np.float64), study.weight[members], study.cluster[members], independent=study.independent(members), level=level,
            )  # fmt: skip
            count = matrix.sum(axis=0).tolist()
            for family, e, k in zip(book.values(), found, count, strict=True):
                named = {
                    "what": what,
                    "what_zh": "类别" if what == "label" else what_zh(study.codes, what),
                    "family": family.code,
                    "family_zh": family.zh,
                }
                held = {"members": ";".join(members_of(what, family.code)), "stating": k}
                row = estimate_row(study, e, study.forms_of(members), len(members), all_members)
                rows.append({**keyed(study, values), **named, **held, **row})
    strings = [(n, pa.string()) for n in ("what", "what_zh", "family", "family_zh", "members")]
    estimate = (("share", pa.float64()), ("low", pa.float64()), ("high", pa.float64()))
    return table_of(study, (*strings, *estimate, ("stating", pa.int64()), *counts_fields()), rows)


def members_of(what: str, family: str) -> list[str]:
    """The codes of a family, in the order of the codebook."""
    book = codebook()
    codes: Iterable[Code] = (book.labels if what == "label" else book.facets).values()
    return [c.code for c in codes if c.family == family]


def _outcomes(study: Study, store: Store, points: pa.Table) -> dict[str, NDArray[np.bool_]]:
    """(report, family) whether the report has any code of it."""
    place = {o: k for k, o in enumerate(outcomes(study.codes))}
    facets = stated(study, points)
    found = {}
    for what in ("problem", "measure"):
        some = [[place[OutcomeColumn(what, f, "all", "all")] for f in members_of(what, c)] for c in codebook().facet_families]
        found[what] = np.stack([facets[:, k].any(axis=1) for k in some], axis=1)
    index, families = study.index(), list(codebook().label_families)
    of = {c.code: families.index(c.family) for c in codebook().labels.values() if c.family}
    labels = np.zeros((len(study.report_ids), len(families)), dtype=np.bool_)
    said = store.sql(_LABELS)
    for report_id, label in zip(said["report_id"].to_pylist(), said["label"].to_pylist(), strict=True):
        if report_id in index and label in of:
            labels[index[report_id], of[label]] = True
    return {**found, "label": labels}


__all__ = ["family_shares", "members_of"]
