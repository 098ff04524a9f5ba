"""Passages of a store as tasks for people to code: with their neighbours, their report, and the model's suggestion if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpus.errors import StoreError, UsageError
from gongkai.compare.keys import with_names
from gongkai.store_access import Row, Store
from training.coding.annotation import CodingTask
from training.coding.dataset import UNCERTAINTY
from training.coding.sampling import Drawn, check, draw_name, no_scores, plan

#: columns by which a draw can be stratified: those of the report, and these of the passage
OF_PASSAGE = ("section", "label", "abstained", "classifier")
OF_REPORT = ("year", "level", "kind", "province", "prefecture", "county", "division_code", "form", "coverage", "host")
#: reports whose passages are read at once
_AT_ONCE = 500


def _stratum(strata: Sequence[str]) -> str:
    """SQL for the stratum of a passage ``p`` of a report ``r``: ``2023/county``, with ``-`` for what is not known.

    Raises:
        UsageError: a column by which one cannot stratify.
    """
    known = (*OF_REPORT, *OF_PASSAGE)
    if wrong := [c for c in strata if c not in known]:
        raise UsageError(f"cannot stratify by {', '.join(wrong)}", remedy=f"use some of {with_names(known)}")
    columns = [f"coalesce(nullif(CAST({'p' if c in OF_PASSAGE else 'r'}.{c} AS VARCHAR), ''), '-')" for c in strata]
    return f"concat_ws('/', {', '.join(columns)})" if columns else "''"


def draw_from(
    store: Store, n: int, *, by: str, strata: Sequence[str], allocate: str, seed: int
) -> tuple[list[Drawn], dict[str, int]]:
    """A draw from a store as :func:`training.coding.sampling.draw` makes it, without reading all passages; and the sizes of the strata.

    Raises:
        UsageError: as that function, or a column by which one cannot stratify.
    """
    stratum = _stratum(strata)
    both = "passages p JOIN reports r USING (report_id)"
    sizes = {
        r["s"]: r["n"]
        for r in store.sql(f"SELECT {stratum} AS s, count(*) AS n FROM {both} GROUP BY ALL ORDER BY 1").to_pylist()
    }
    total = sum(sizes.values())
    check(n, by, allocate, total)
    name = draw_name(n, by, allocate, seed, total, f"{store.meta.get('model_id', '')}/{','.join(strata)}")
    if by == UNCERTAINTY:
        query = f"SELECT p.passage_id FROM {both} WHERE p.score IS NOT NULL ORDER BY p.score, p.passage_id LIMIT {n}"
        least = store.sql(query).to_pylist()
        if not least:
            raise no_scores()
        return [Drawn(r["passage_id"], "", None, by, seed, name) for r in least], sizes
    chosen = plan(sizes, n, allocate, seed)
    names = list(chosen)
    wanted = ", ".join(f"({at}, {i})" for at, s in enumerate(names) for i in chosen[s])
    listed = ", ".join(f"({at}, '{s.replace(chr(39), chr(39) * 2)}')" for at, s in enumerate(names))
    rows = store.sql(
        f"WITH placed AS (SELECT p.passage_id, {stratum} AS s, row_number() OVER (PARTITION BY {stratum} ORDER BY p.passage_id) - 1 AS k "
        f"FROM {both}), wanted(n, k) AS (VALUES {wanted}), named(n, s) AS (VALUES {listed}) "
        "SELECT passage_id, s FROM placed JOIN named USING (s) JOIN wanted USING (n, k) ORDER BY passage_id"
    ).to_pylist()
    return [Drawn(r["passage_id"], r["s"], len(chosen[r["s"]]) / sizes[r["s"]], by, seed, name) for r in rows], sizes


def tasks_of(store: Store, drawn: Sequence[Drawn], *, suggest: bool) -> list[CodingTask]:
    """Tasks of drawn passages, in their order.

    Args:
        store: the store they were drawn from.
        drawn: passages with their draw.
        suggest: whether to tell the coder what the model says; suggestions pull coders towards them.

    Raises:
        StoreError: a passage is not in the store.
    """
    made: dict[str, CodingTask] = {}
    wanted = {d.passage_id: d for d in drawn}
    reports = sorted({i.rpartition(".p")[0] for i in wanted})
    for at in range(0, len(reports), _AT_ONCE):
        few = reports[at : at + _AT_ONCE]
        about = {r["report_id"]: r for r in store.rows("reports", [("report_id", "in", few)], ["report_id", "agency", "year"])}
        rows = store.rows("passages", [("report_id", "in", few)])
        for i, row in enumerate(rows):
            if row["passage_id"] in wanted:
                neighbours = tuple(
                    rows[k]["text"] if 0 <= k < len(rows) and rows[k]["report_id"] == row["report_id"] else ""
                    for k in (i - 1, i + 1)
                )
                made[row["passage_id"]] = _task(row, about[row["report_id"]], neighbours, wanted[row["passage_id"]], suggest)
    if lost := [d.passage_id for d in drawn if d.passage_id not in made]:
        raise StoreError(
            f"{len(lost)} passages are not in these results, e.g. {lost[0]}",
            source=str(store.folder),
            remedy="name the results that the passages were drawn from",
        )
    return [made[d.passage_id] for d in drawn]


def _task(row: Row, report: Row, neighbours: Sequence[str], drawn: Drawn, suggest: bool) -> CodingTask:
    suggestion: dict[str, Any] = {}
    if suggest:
        suggestion = {
            "suggested_label": row["label"], "suggested_also": tuple(row["also"]), "suggested_facets": tuple(row["facets"]),
            "score": row["score"], "classifier": row["classifier"],
        }  # fmt: skip
    return CodingTask(
        row["passage_id"], row["report_id"], row["start"], row["end"], row["text"], row["section"] or "", tuple(row["heading_path"]),
        neighbours[0], neighbours[1], report["agency"] or "", report["year"], draw=drawn.draw, design=drawn.design,
        stratum=drawn.stratum, inclusion_probability=drawn.probability, seed=drawn.seed, **suggestion,
    )  # fmt: skip


def all_passages(store: Store) -> list[Drawn]:
    """Every passage of a store, as a draw that takes them all."""
    name = f"all-{store.meta.get('model_id', '')}"
    rows = store.sql("SELECT passage_id FROM passages ORDER BY passage_id").to_pylist()
    return [Drawn(r["passage_id"], "", 1.0, "simple", 0, name) for r in rows]
