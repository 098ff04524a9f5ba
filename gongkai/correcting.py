"""A table to correct results in: what stands now beside an empty cell for what should stand."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpus.spreadsheets import MARK, write_rows
from gongkai.corrections import COLUMNS, FIELDS, show_value
from gongkai.store_access import Store

#: a passage whose label is less probable is worth a look
DOUBTFUL = 0.6
#: fields that a template asks for; the others can be added by hand
_ASKED = {
    "passages": ("label", "facets"),
    "mentions": ("value", "indicator"),
    "cells": ("value",),
    "grids": ("text",),
    "reports": ("agency", "year"),
}
_QUOTED = {"passages": "text", "mentions": "text", "cells": "raw", "grids": "text"}

Row = Mapping[str, Any]


def template(store: Store, report_id: str | None = None) -> str:
    """Lines of corrections to fill in, as CSV that Excel opens.

    Args:
        report_id: every passage, metric and cell of this report; without it what looks doubtful in all of them: both sides of joins that
            disagree, labels whose probability is below :data:`DOUBTFUL`, agencies and years that were not found.
    """
    lines = list(_of_report(store, report_id) if report_id is not None else _doubtful(store))
    out = io.StringIO()
    write_rows(out, COLUMNS, ([row.get(c) for c in COLUMNS] for row in lines))
    return MARK + out.getvalue()


def _of_report(store: Store, report_id: str) -> Iterator[dict[str, object]]:
    where = [("report_id", "=", report_id)]
    for table, fields in _ASKED.items():
        rows = store.rows(table, where)
        # of what is printed the quote is that, also where a person has corrected it
        text = store.rows("documents", where)[0]["text"] if rows and "text" in fields else None
        for row in rows:
            quote = {} if text is None else {"quote": text[row["start"] : row["end"]]}
            yield from ({**line, **quote} for line in _lines(table, row, fields, ""))


def _doubtful(store: Store) -> Iterator[dict[str, object]]:
    for row in store.rows("reports", []):
        missing = [f for f in _ASKED["reports"] if row[f] is None]
        yield from _lines("reports", row, missing, "not found in the text")
    wrong = store.rows("joins", [("verdict", "=", "disagrees")])
    mentions = {r["mention_id"]: r for r in store.rows("mentions", [("mention_id", "in", [j["mention_id"] for j in wrong])])}
    codes = sorted({c for j in wrong for c in j["cell_codes"]})
    cells = {(r["report_id"], r["code"]): r for r in store.rows("cells", [("code", "in", codes)])}
    for join in wrong:
        why = f"{join['indicator']}: prose {show_value(join['prose_value'])}, table {show_value(join['table_value'])}"
        if join["mention_id"] in mentions:
            yield from _lines("mentions", mentions[join["mention_id"]], _ASKED["mentions"], why)
        for code in join["cell_codes"]:
            if (join["report_id"], code) in cells:
                yield from _lines("cells", cells[join["report_id"], code], ("value",), f"{why} ({code})")
    for row in store.rows("passages", [("score", "<", DOUBTFUL)]):
        yield from _lines("passages", row, ("label",), f"probability {row['score']:.2f}")


def _lines(table: str, row: Row, fields: Sequence[str], why: str) -> Iterator[dict[str, object]]:
    place = {} if table == "reports" else {"start": row["start"], "end": row["end"], "quote": row[_QUOTED[table]]}
    for field in fields:
        assert field in FIELDS[table]
        yield {
            "report_id": row["report_id"],
            "table": table,
            **place,
            "field": field,
            "old": show_value(row[field]),
            "reason": why,
        }


__all__ = ["DOUBTFUL", "template"]
