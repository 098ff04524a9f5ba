"""The snapshot that pages are made from: one row for each report and which codes it has, in memory; the rest is read where it lies.

Rows of a report stand in the parts of one batch, so that a report is read from one part of each table however large the store is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from corpus.store.manifest import MANIFEST
from gongkai.codes import codes_of, is_own
from gongkai.corrections import FILE, Correction
from gongkai.store_access import Store
from gongkai.web.address import KINDS, AddressError
from gongkai.web.corrected import Touched, of_reports
from gongkai.web.estimates import Estimates
from gongkai.web.marks import Marks
from gongkai.web.pinned import Pin
from gongkai.web.points import PointBook
from gongkai.web.search import Kept
from gongkai.web.textindex import Bools, Ints, TextIndex
from gongkai.web.tongue import TONGUES, Tongue


@dataclass(frozen=True)
class Held:
    """An opened store: ``db`` holds ``reports`` (with their number ``n``, and counts), ``marks`` which code each has.

    ``order`` are the numbers of the reports by agency and year, ``kept`` what was searched for last.
    """

    store: Store
    signature: tuple[str, str]
    db: Any = field(repr=False)
    marks: Marks
    own: tuple[str, ...]
    files: dict[str, int]
    batches: dict[str, int] = field(repr=False)
    touched: Sequence[Touched] = field(repr=False)
    index: TextIndex
    order: Ints = field(repr=False)
    numbers: Mapping[str, int] = field(repr=False)
    book: PointBook = field(repr=False)
    estimates: Estimates = field(repr=False)
    #: the index of the results as they were tagged
    plain_index: TextIndex = field(repr=False)
    #: keeps the parts where they are as long as a snapshot reads them
    pin: Pin | None = field(repr=False, default=None)
    kept: Kept = field(repr=False, default_factory=Kept)
    #: what other pages have made of this snapshot
    made: dict[str, Any] = field(repr=False, default_factory=dict)

    def tongue(self, language: str) -> Tongue:
        """A language with the names of the codes that these results have."""
        codes = codes_of(self.store)
        return Tongue(language, codes.zh) if is_own(codes) else TONGUES[language]

    def rows(
        self, query: str, values: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of a query over ``reports`` and further tables; values are bound, never written into it."""
        cursor = self.db.cursor()
        try:
            for name, table in (tables or {}).items():
                cursor.register(name, table)
            cursor.execute(query, list(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def named(self, words: Sequence[str]) -> Ints:
        """Numbers of the reports whose agency, title or file has all the words."""
        condition = " AND ".join(["contains(concat_ws(' ', agency, title, source), ?)"] * len(words))
        cursor = self.db.cursor()
        try:
            return np.asarray(
                cursor.execute(f"SELECT n FROM reports WHERE {condition}", list(words)).fetchnumpy()["n"], np.int64
            )
        finally:
            cursor.close()

    def by_number(self, numbers: Ints, columns: Sequence[str] = ("*",)) -> dict[int, dict[str, Any]]:
        """Rows of ``reports`` by their numbers; ``n`` is among the columns."""
        # a list that is bound goes by the index of numbers, a table that is joined reads every report
        query = f"SELECT {', '.join(columns)} FROM reports WHERE n IN (SELECT unnest(?::INT[]))"
        return {r["n"]: r for r in self.rows(query, [numbers.tolist()])}

    def one(self, report_id: str, corrections: Sequence[Correction] | None = None) -> Store | None:
        """The store as if it held this report alone; ``None`` if there is no such report.

        Args:
            report_id: the report.
            corrections: those that stand now, where they are later than the snapshot.
        """
        batch = self.batches.get(report_id)
        if batch is None:
            return None
        store = self.store if corrections is None else replace(self.store, corrections=tuple(corrections))
        return of_reports(store, batch, {report_id})


def order_of(db: duckdb.DuckDBPyConnection) -> Ints:
    """Numbers of the reports by agency and year."""
    return np.array([n for (n,) in db.execute(_ORDER).fetchall()], np.int64)


_ORDER = "SELECT n FROM reports ORDER BY agency NULLS LAST, year DESC NULLS LAST, n"


def report_db(reports: pa.Table) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds ``reports`` and reaches nothing else."""
    db = duckdb.connect(":memory:")
    db.register("given_reports", reports)
    db.execute("CREATE TABLE reports AS SELECT * FROM given_reports")
    db.unregister("given_reports")
    db.execute("CREATE UNIQUE INDEX by_number ON reports (n)")  # else the rows of a page read all columns of all reports
    db.execute("SET python_enable_replacements = false")
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    return db


def chosen(held: Held, filters: Mapping[str, tuple[str, ...]], who: str = "") -> Bools:
    """The reports that filters and words of the name choose, by number.

    Raises:
        AddressError: a column of one's own that this store does not have.
    """
    for kind, some in filters.items():
        if kind not in KINDS and kind not in held.own:
            raise AddressError(kind, "".join(some[:1]))
    found = held.marks.chosen(filters)
    words = who.split()
    if words:
        named = np.zeros(len(found), np.bool_)
        named[held.named(words)] = True
        found &= named
    return found


def numbers_table(numbers: Ints) -> pa.Table:
    """Report numbers as a table that a query may name."""
    return pa.table({"n": pa.array(numbers, pa.int32())})


def signature_of(folder: Path) -> tuple[str, str]:
    """What changes when a store does, and what when its corrections do."""
    return _stat_of(folder / MANIFEST), _stat_of(folder / FILE)


def _stat_of(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
