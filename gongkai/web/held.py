"""The snapshot that pages are made from: one row for each report and which codes it has, in memory; the rest is read where it lies.

Rows of a report stand in the parts of one batch, so that a report is read from one part of each table however large the store is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from corpus.store.manifest import MANIFEST
from gongkai.codes import codes_of, is_own
from gongkai.corrections import FILE, Correction
from gongkai.store_access import Store, load
from gongkai.web.address import KINDS, OWN, AddressError
from gongkai.web.corrected import Touched, corrected_index, corrected_rows, laid_over, of_batch, of_reports, touched_batches
from gongkai.web.estimates import Estimates
from gongkai.web.marks import Marks
from gongkai.web.pinned import Pin, pin_parts
from gongkai.web.points import PlainPoints, PointBook
from gongkai.web.search import Kept
from gongkai.web.textindex import Batch, Bools, Ints, TextIndex, index_key, open_index
from gongkai.web.tongue import TONGUES, Tongue

#: which report has which code: a row (report_id, kind, code) for each; the columns of ``reports`` follow in :func:`of_columns`
MARKS = """
SELECT DISTINCT report_id, 'label' AS kind, label AS code FROM passages
UNION ALL SELECT DISTINCT report_id, 'facet', unnest(facets) FROM passages
UNION ALL SELECT DISTINCT report_id, 'verdict', verdict FROM joins
UNION ALL SELECT DISTINCT report_id, 'check', split_part("check", '.', 1) FROM checks WHERE verdict = 'fails'
UNION ALL SELECT DISTINCT report_id, 'issue', code FROM issues WHERE report_id IS NOT NULL
"""
COUNTS = """
SELECT r.report_id, coalesce(j.n, 0)::BIGINT AS disagrees, coalesce(c.n, 0)::BIGINT AS fails, coalesce(i.n, 0)::BIGINT AS issues
FROM reports r
LEFT JOIN (SELECT report_id, count(*) AS n FROM joins WHERE verdict = 'disagrees' GROUP BY ALL) j USING (report_id)
LEFT JOIN (SELECT report_id, count(*) AS n FROM checks WHERE verdict = 'fails' GROUP BY ALL) c USING (report_id)
LEFT JOIN (SELECT report_id, count(*) AS n FROM issues GROUP BY ALL) i USING (report_id)
"""
COLUMNS = (
    "report_id", "source", "title", "agency", "agency_id", "year", "level", "kind", "province", "prefecture", "county", "form", "coverage",
    "kind_of_text", "s5", "n_passages", "n_mentions", "n_cells", "metadata",
)  # fmt: skip
_PLACES = ("province", "prefecture", "county")


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
    store = replace(store, snapshot=snapshot)
    # what stands in the parts is looked at as it is; what people corrected is laid over it, report by report
    plain = replace(store, corrections=())
    batches: dict[str, int] = {}
    for (_, batch), table in zip(store.snapshot.parts["reports"], store.snapshot.read("reports", ["report_id"]), strict=True):
        batches.update(dict.fromkeys(table["report_id"].to_pylist(), batch))
    touched = touched_batches(store, batches)
    counts = {r["report_id"]: r for r in laid_over(plain, touched, COUNTS).to_pylist()}
    rows = [plain.table("reports"), *(t.rows(t.store.table("reports")) for t in touched)]
    corrected = {r["report_id"]: r for some in rows for r in some.select(COLUMNS).to_pylist()}
    # in the order of the batches, as passages are numbered too
    reports = [{"n": n, **corrected[i], **counts[i]} for n, i in enumerate(batches)]
    marks = [m for r in reports for m in of_columns(r)]
    found = pa.concat_tables([laid_over(plain, touched, MARKS).cast(MARKED), pa.Table.from_pylist(marks, schema=MARKED)])
    own = tuple(sorted({m["kind"] for m in marks if m["kind"].startswith(OWN)}))
    numbers = {r["report_id"]: r["n"] for r in reports}
    plain_index = open_index(folder, _key(store), lambda: _passages(plain, batches, numbers))
    index = corrected_index(plain_index, corrected_rows(touched, "passages", ("start", "label", "facets")), numbers)
    db = report_db(pa.Table.from_pylist(reports, schema=REPORTS))
    points = PlainPoints(plain, plain_index, numbers, lambda: _batches(plain, batches), len(set(batches.values())))
    book = PointBook(index, numbers, points, touched)
    book.start()
    return Held(
        store, signature, db, _marks(db, found, len(reports)), own, store.counts("sources", "status"), batches, touched, index,
        order_of(db), numbers, book, Estimates(store, coded, book.table, book.study), plain_index, pin,
    )  # fmt: skip


def order_of(db: duckdb.DuckDBPyConnection) -> Ints:
    """Numbers of the reports by agency and year."""
    return np.array([n for (n,) in db.execute(_ORDER).fetchall()], np.int64)


_ORDER = "SELECT n FROM reports ORDER BY agency NULLS LAST, year DESC NULLS LAST, n"


def _key(store: Store) -> str:
    parts = [p.sha256 for name in ("reports", "passages") for p, _ in store.snapshot.parts[name]]
    return index_key(parts)


def _passages(store: Store, batches: Mapping[str, int], numbers: Mapping[str, int]) -> Iterator[Batch]:
    for part in _batches(store, batches):
        table = part.table("passages")
        yield [numbers[i] for i in table["report_id"].to_pylist()], table.select(["text", "start", "label", "facets"])


def _batches(store: Store, batches: Mapping[str, int]) -> Iterator[Store]:
    """The store batch by batch, in the order in which reports are numbered."""
    of: dict[int, list[str]] = {}
    for report_id, batch in batches.items():
        of.setdefault(batch, []).append(report_id)
    for batch, report_ids in of.items():
        yield of_batch(store, batch, set(report_ids))


REPORTS = pa.schema(
    [("n", pa.int32())]
    + [(c, pa.int64() if c == "year" or c.startswith("n_") else pa.string()) for c in COLUMNS]
    + [(c, pa.int64()) for c in ("disagrees", "fails", "issues")]
)
MARKED = pa.schema([("report_id", pa.string()), ("kind", pa.string()), ("code", pa.string())])


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


def _marks(db: duckdb.DuckDBPyConnection, marks: pa.Table, size: int) -> Marks:
    db.register("given_marks", marks)
    db.execute(
        "CREATE TABLE marks AS SELECT r.n, m.kind, m.code FROM given_marks m JOIN reports r USING (report_id) "
        "WHERE m.code IS NOT NULL AND m.code <> ''"
    )
    keys = db.execute("SELECT kind, code, count(*) FROM marks GROUP BY ALL ORDER BY kind, code").fetchall()
    number = db.execute("SELECT n FROM marks ORDER BY kind, code, n").fetchnumpy()["n"]
    db.execute("DROP TABLE marks")
    db.unregister("given_marks")
    starts = np.cumsum([0, *(n for _, _, n in keys)])
    return Marks(size, tuple((k, c) for k, c, _ in keys), starts.astype(np.int64), np.asarray(number, np.int32))


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
        condition = " AND ".join(["contains(concat_ws(' ', agency, title, source), ?)"] * len(words))
        named = np.zeros(len(found), np.bool_)
        named[[r["n"] for r in held.rows(f"SELECT n FROM reports WHERE {condition}", words)]] = True
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
