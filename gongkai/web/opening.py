"""Opening a store: what takes long (index, rows of reports, their codes, points) is made once for these results and kept beside the index.

It is made of the results as they were tagged; what people corrected is patched in, as it is while the store is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa

from gongkai.store_access import Store, load
from gongkai.web.address import OWN
from gongkai.web.background import begin, ending
from gongkai.web.beside import kept_table, results_key
from gongkai.web.estimates import Estimates
from gongkai.web.held import Held, order_of, report_db, signature_of
from gongkai.web.marks import marks_of, marks_table, table_marks
from gongkai.web.patched import patched
from gongkai.web.pinned import Pin, pin_parts
from gongkai.web.points import PlainPoints, PointBook
from gongkai.web.report_rows import MARKS, REPORTS, all_marks, counted_rows
from gongkai.web.textindex import Batch, index_key, open_index


def hold(folder: Path, coded: Path | None = None, *, pinned: bool = False) -> Held:
    """Open a store for the explorer.

    Args:
        folder: a folder of results.
        coded: a coded sheet to correct shares with.
        pinned: keep the parts of this snapshot until nobody reads it, whatever is tagged meanwhile.

    Raises:
        StoreError: as :func:`gongkai.load`.
    """
    signature = signature_of(folder)
    store = load(folder)
    snapshot, pin = pin_parts(store.snapshot) if pinned else (store.snapshot, None)
    plain = _plain(replace(store, snapshot=snapshot, corrections=()), signature, coded, pin)
    held = patched(plain, store.corrections, signature)
    held.book.start()
    begin(held.index.ready)
    begin(_corrected, held.book, held.estimates)
    return held


def _corrected(book: PointBook, estimates: Estimates) -> None:
    """What all shares that a coded sheet corrects are made from: of a large store nobody waits for it.

    It is not given the snapshot, whose parts would stay as long as this takes.
    """
    book.wait()
    if book.ready and not ending():
        estimates.corrected(())


def _plain(store: Store, signature: tuple[str, str], coded: Path | None, pin: Pin | None) -> Held:
    """The results as they were tagged."""
    parts = [part.sha256 for name in ("reports", "passages") for part, _ in store.snapshot.parts[name]]
    index = open_index(store.folder, index_key(parts), lambda: _passages(store))
    marked = cache(lambda: store.sql(MARKS))
    key = results_key(store) + MARKS
    reports = kept_table(index.folder / "reports", f"{key}{REPORTS}", lambda: _reports(store, marked()))
    numbers = dict(zip(reports["report_id"].to_pylist(), reports["n"].to_pylist(), strict=True))
    batches = dict(zip(numbers, reports["batch"].to_pylist(), strict=True))

    def made_marks() -> pa.Table:
        return marks_table(marks_of(all_marks(reports.to_pylist(), marked()), reports["report_id"]))

    marks = table_marks(kept_table(index.folder / "marks", key, made_marks), len(numbers))
    db = report_db(reports)
    points = PlainPoints(store, index, numbers, lambda: _batches(store), len(set(batches.values())))
    book = PointBook(index, numbers, points)
    own = tuple(sorted(kind for kind in marks.kinds() if kind.startswith(OWN)))
    return Held(
        store, signature, db, marks, own, store.counts("sources", "status"), batches, (), index, order_of(db), numbers, book,
        Estimates(store, coded, book.table, book.study), index, pin,
    )  # fmt: skip


def _batches(store: Store) -> Iterator[Store]:
    """The store batch by batch, in the order in which reports are numbered; without batches in which nothing could be read."""
    return (part for part in store.batches() if part.snapshot.parts["reports"])


def _passages(store: Store) -> Iterator[Batch]:
    first = 0
    for part in _batches(store):
        numbers = {report_id: n for n, report_id in enumerate(part.table("reports")["report_id"].to_pylist(), first)}
        table = part.table("passages")
        yield [numbers[i] for i in table["report_id"].to_pylist()], table.select(["text", "start", "label", "facets"])
        first += len(numbers)


def _reports(store: Store, marked: pa.Table) -> pa.Table:
    """The rows of all reports, numbered batch after batch, as passages are."""
    batches = [batch for part, batch in store.snapshot.parts["reports"] for _ in range(part.rows)]
    rows = zip(batches, counted_rows(store.table("reports"), marked), strict=True)
    return pa.Table.from_pylist([{"n": n, "batch": batch, **row} for n, (batch, row) in enumerate(rows)], schema=REPORTS)


__all__ = ["hold"]
