"""The row of each report, and which codes it has: of a whole store, or of a few reports as they are corrected."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gongkai.web.address import OWN

#: which report has which code, and how often; the codes that stand in the row of a report itself follow in :func:`of_columns`
MARKS = """
SELECT report_id, 'label' AS kind, label AS code, count(*) AS n FROM passages GROUP BY ALL
UNION ALL SELECT report_id, 'facet', code, count(*) FROM (SELECT report_id, unnest(facets) AS code FROM passages) GROUP BY ALL
UNION ALL SELECT report_id, 'verdict', verdict, count(*) FROM joins GROUP BY ALL
UNION ALL SELECT report_id, 'check', split_part("check", '.', 1) AS code, count(*) FROM checks WHERE verdict = 'fails' GROUP BY ALL
UNION ALL SELECT report_id, 'issue', code, count(*) FROM issues WHERE report_id IS NOT NULL GROUP BY ALL
"""
MARKED = pa.schema([("report_id", pa.string()), ("kind", pa.string()), ("code", pa.string()), ("n", pa.int64())])
#: counts in the row of a report: of all codes of a kind, or of one
_COUNTS = {"disagrees": ("verdict", "disagrees"), "fails": ("check", None), "issues": ("issue", None)}
COLUMNS = (
    "report_id", "source", "title", "agency", "agency_id", "year", "level", "kind", "province", "prefecture", "county", "form", "coverage",
    "kind_of_text", "s5", "n_passages", "n_mentions", "n_cells", "metadata",
)  # fmt: skip
REPORTS = pa.schema(
    [("n", pa.int32()), ("batch", pa.int64())]
    + [(c, pa.int64() if c == "year" or c.startswith("n_") else pa.string()) for c in COLUMNS]
    + [(c, pa.int64()) for c in _COUNTS]
)
_PLACES = ("province", "prefecture", "county")


def counted_rows(reports: pa.Table, marked: pa.Table) -> list[dict[str, Any]]:
    """The rows of ``reports`` with their counts, from what ``marked`` says of them."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    for name, (kind, code) in _COUNTS.items():
        some = marked.filter(pc.equal(marked["kind"], kind))
        some = some if code is None else some.filter(pc.equal(some["code"], code))
        for report_id, n in zip(some["report_id"].to_pylist(), some["n"].to_pylist(), strict=True):
            counts[report_id][name] += n
    return [{**r, **counts[r["report_id"]]} for r in reports.select(COLUMNS).to_pylist()]


def all_marks(rows: Sequence[dict[str, Any]], marked: pa.Table) -> pa.Table:
    """(report_id, kind, code) of what ``marked`` says, and of what stands in the rows themselves."""
    found = pa.concat_tables(
        [marked.cast(MARKED), pa.Table.from_pylist([m for r in rows for m in of_columns(r)], schema=MARKED)]
    )
    return found.filter(pc.not_equal(pc.fill_null(found["code"], ""), "")).select(["report_id", "kind", "code"])


def of_columns(row: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The marks that stand in the row of a report itself."""
    values: dict[str, object] = {k: row[k] for k in ("year", "level", "kind", "form", "coverage", "s5")}
    values["text"] = row["kind_of_text"]
    for n, name in enumerate(_PLACES):
        # 鼓楼区 are many: a place carries those above it
        values[name] = "".join(row[k] or "" for k in _PLACES[: n + 1]) if row[name] else None
    further = json.loads(row["metadata"]) if row["metadata"] else {}
    values |= {OWN + str(k): v for k, v in further.items()}
    for kind, value in values.items():
        if value is not None and value != "":
            yield {"report_id": row["report_id"], "kind": kind, "code": str(value)}


__all__ = ["COLUMNS", "MARKED", "MARKS", "REPORTS", "all_marks", "counted_rows"]
