"""The table ``points`` of a store: computed when asked for, and written as one Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.files import replacing
from corpus.store.folder import store_versions
from corpus.store.schema import derived_tables
from extract.points.points import ClauseScorer, Coded, LinearScorer, points_of
from gongkai.codes import codes_of, is_own
from gongkai.store_access import Store
from models.taxonomy import Taxonomy

#: passages that are worked on at once
_CHUNK = 20_000
_QUERY = """
SELECT report_id, passage_id, start, text, label, facets, heading_path FROM passages
WHERE label IN ('problem', 'improvement') ORDER BY report_id, start
"""


_OWN = """
SELECT report_id, passage_id, label, unnest(if(len(facets) > 0, facets, [NULL])) AS facet, start, "end" FROM passages
ORDER BY report_id, start, facet
"""


def _own_points(store: Store, codes: Taxonomy) -> pa.Table:
    """With a user's codes a point is a passage under one of its facets: rules for clauses are the codebook's alone.

    The further column ``label`` says of which label; ``facet`` is null where the passage has none.
    """
    found: pa.Table = store.sql(_OWN)
    wanted = pa.array(codes.coded or codes.labels, pa.string())
    return found.filter(pc.is_in(found["label"], value_set=wanted))


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    """Slices of some thousand passages that never cut a report, whose lead-ins concern what follows them."""
    ids = table["report_id"].to_numpy(zero_copy_only=False)
    begin = 0
    while begin < len(ids):
        end = min(begin + _CHUNK, len(ids))
        while end < len(ids) and ids[end] == ids[end - 1]:
            end += 1
        yield table.slice(begin, end - begin)
        begin = end


def points(store: Store, scorer: ClauseScorer | None = None) -> pa.Table:
    """The points of all problem and improvement passages, as ``gongkai schema points`` describes them.

    Args:
        store: an opened store; corrections beside it are respected.
        scorer: decides which clause shows a facet for which no cue is found; default is the shipped linear model.

    Returns:
        Rows sorted by report, start, end and facet; problems have a ``locus``, measures a ``status``.  Of a store tagged with a user's
        codes, a row for each facet of a passage, with its ``label``.
    """
    if is_own(codes := codes_of(store)):
        return _own_points(store, codes)
    schema = (
        derived_tables()["points"]
        .arrow()
        .with_metadata(store_versions({k: store.meta.get(k, "") for k in ("gongkai_version", "model_id")}))
    )
    if scorer is None:
        from models.linear_folder import load

        scorer = LinearScorer(load())
    found = [_points(chunk, scorer, schema) for chunk in _chunks(store.sql(_QUERY))]
    return pa.concat_tables(found) if found else schema.empty_table()


def _points(chunk: pa.Table, scorer: ClauseScorer, schema: pa.Schema) -> pa.Table:
    columns = {name: chunk[name].to_pylist() for name in chunk.column_names}
    passages = [
        Coded(report_id, start, text, label, tuple(facets), tuple(path))
        for report_id, start, text, label, facets, path in zip(
            columns["report_id"], columns["start"], columns["text"], columns["label"], columns["facets"], columns["heading_path"],
            strict=True,
        )
    ]  # fmt: skip
    some = points_of(passages, scorer)
    values: dict[str, list[Any]] = {
        "report_id": [columns["report_id"][p.passage] for p in some],
        "passage_id": [columns["passage_id"][p.passage] for p in some],
        "facet": [p.facet for p in some],
        "start": [p.start for p in some],
        "end": [p.end for p in some],
        "status": [p.status for p in some],
        "locus": [p.locus for p in some],
        "concrete": [p.concrete for p in some],
    }
    return pa.Table.from_pydict(values, schema=schema)


def write_points(store: Store, path: str | Path) -> pa.Table:
    """Compute the points of a store and write them to a Parquet file; returns them."""
    table = points(store)
    with replacing(Path(path)) as made:
        pq.write_table(table, made, compression="zstd")
    return table
