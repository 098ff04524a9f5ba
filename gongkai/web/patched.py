"""A snapshot whose corrections are others: made of the one before, the rows of the reports that are corrected otherwise taken out and put in anew.

What a large store takes a minute to open for, one correction takes less than a second for; a test holds it against a snapshot that is opened anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.corrections import Correction
from gongkai.web.corrected import Touched, changed_reports, corrected_index
from gongkai.web.held import Held, order_of, report_db
from gongkai.web.kept_shown import touched_of
from gongkai.web.points import PointBook
from gongkai.web.report_rows import COLUMNS, MARKED, REPORTS, all_marks, counted_rows

#: in :attr:`Held.made`: a queue, and the reports whose lines in it are to be made anew
QUEUE_BEFORE = "queue before"


#: what the rows of all reports are made of
_ROWS = {"marks": MARKED.names, "reports": COLUMNS}


def patched(held: Held, corrections: Sequence[Correction], signature: tuple[str, str]) -> Held:
    """The snapshot with these corrections in place of its own.

    Args:
        held: the snapshot that stands.
        corrections: those that stand now.
        signature: what the new one is made of.
    """
    store = replace(held.store, corrections=tuple(corrections))
    changed = changed_reports(held.store.corrections, corrections) & set(held.batches)
    if not changed:
        return replace(held, store=store, signature=signature)
    fresh = touched_of(store, held.plain_index.folder, held.batches, changed)
    reports, marks = _rows(held, fresh)
    numbers = np.array(sorted(held.numbers[i] for i in changed), np.int64)
    corrected = {c.report_id for c in store.corrections}
    some = [t.without(changed) for t in held.touched] + [t.without(changed - corrected) for t in fresh]
    touched = tuple(t for t in some if t.report_ids)
    rows = (row for t in touched for row in t.shown("passages").to_pylist())
    index = corrected_index(held.plain_index, rows, held.numbers)
    db = report_db(reports)
    before = {c for c in (*held.store.corrections, *store.corrections) if c.report_id in changed}
    studies = {} if any(c.table == "reports" for c in before) else held.book.studies()
    book = PointBook(index, held.numbers, held.book.plain, touched, studies)
    return Held(
        store, signature, db, held.marks.replaced(numbers, marks), held.own, held.files, held.batches, touched, index, order_of(db),
        held.numbers, book, held.estimates.after(store, book.table, book.study), held.plain_index, held.pin,
        made=_made(held, changed, fresh),
    )  # fmt: skip


def _rows(held: Held, fresh: Sequence[Touched]) -> tuple[pa.Table, list[tuple[str, str, int]]]:
    """The rows of all reports, and the marks of the changed ones."""
    marked, some = (pa.concat_tables([t.shown(name).select(columns) for t in fresh]) for name, columns in _ROWS.items())
    rows = [{"n": held.numbers[r["report_id"]], "batch": held.batches[r["report_id"]], **r} for r in counted_rows(some, marked)]
    marks = all_marks(rows, marked).to_pylist()
    cursor = held.db.cursor()
    try:
        stands = cursor.sql("SELECT * FROM reports").to_arrow_table().cast(REPORTS)
    finally:
        cursor.close()
    gone = pc.is_in(stands["n"], value_set=pa.array([r["n"] for r in rows], pa.int32()))
    whole = pa.concat_tables([stands.filter(pc.invert(gone)), pa.Table.from_pylist(rows, schema=REPORTS)])
    found = [(str(m["kind"]), str(m["code"]), held.numbers[str(m["report_id"])]) for m in marks]
    return whole.sort_by("n"), found


def _made(held: Held, changed: frozenset[str], fresh: Sequence[Touched]) -> dict[str, Any]:
    """The queue of the snapshot before, if somebody looked at it, and the reports whose lines are others now."""
    if "queue" in held.made:
        return {QUEUE_BEFORE: (held.made["queue"][0], tuple(fresh))}
    queue, some = held.made.get(QUEUE_BEFORE, (None, ()))
    return {} if queue is None else {QUEUE_BEFORE: (queue, (*(t.without(changed) for t in some), *fresh))}
