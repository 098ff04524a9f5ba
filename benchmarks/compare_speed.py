"""Time and memory of a comparison: ``python -m benchmarks.compare_speed --reports 20000``.

Some hundred distinct reports are read; their rows are repeated under other ids, agencies and years (nothing in a comparison remembers
a text), so that a large store costs no hours to make.  Every step is timed (CPU time of all threads), and told as a multiple of one ``SELECT`` that reads the
words of all problem and improvement passages.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any

import duckdb

from benchmarks.make_corpus import texts
from corpus.store.folder import StoreWriter
from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from gongkai import compare
from gongkai.store_access import Store, load

TABLES = ("reports", "passages", "cells", "mentions")
_KEYED = {"passages": ", concat(n, '_', passage_id) AS passage_id", "mentions": ", concat(n, '_', passage_id) AS passage_id"}


@dataclass(frozen=True, slots=True)
class Repeated(Store):
    """A store whose tables are Parquet files of repeated rows."""

    def sql(self, query: str, tables: Mapping[str, Any] | None = None) -> Any:
        """As :meth:`gongkai.store_access.Store.sql`."""
        with duckdb.connect(":memory:") as connection:
            for name, table in (tables or {}).items():
                connection.register(name, table)
            for name in TABLES:
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{self.folder / name}.parquet')")
            return connection.sql(query).to_arrow_table()

    def table(self, name: str) -> Any:
        """As :meth:`gongkai.store_access.Store.table`."""
        return self.sql(f"SELECT * FROM {name}")


def base(n: int, seed: int, folder: Path) -> Store:
    """``n`` distinct reports, read."""
    rows: dict[str, list[dict[str, object]]] = {}
    for name, text in texts(n, seed):
        found = analyze_bytes(text.encode("utf-8"), name)
        for table, some in report_rows(found, name).items():
            rows.setdefault(table, []).extend(some)
    writer = StoreWriter(folder, {"gongkai_version": "speed", "model_id": found.classifier})
    writer.write_batch(0, rows)
    writer.finish()
    return load(folder)


def repeat(store: Store, times: int, folder: Path) -> Repeated:
    """The rows of a store so many times, each time of other agencies."""
    with duckdb.connect(":memory:") as connection:
        for name in TABLES:
            table = store.table(name)
            connection.register("base", table)
            plain = [c for c in table.column_names if c not in {"report_id", "passage_id", "agency_id"}]
            columns = ", ".join(f'"{c}"' for c in plain)
            agency = ", concat(agency, n // 4) AS agency_id" if name == "reports" else ""
            if name == "reports":
                columns = columns.replace('"year"', "(2021 + n % 4)::BIGINT AS year")
            target = folder / f"{name}.parquet"
            connection.execute(
                f"COPY (SELECT concat(n, '_', report_id) AS report_id{_KEYED.get(name, '')}, {columns}{agency} "
                f"FROM base, range({times}) AS r(n)) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
    return Repeated(folder, store.meta)


def make(folder: Path, distinct: int, times: int) -> dict[str, str]:
    """Makes the tables in ``folder``; returns the versions of the store."""
    return dict(repeat(base(distinct, 3, folder / "base"), times, folder).meta)


def main() -> None:
    """Print CPU seconds and multiples by step, and the memory that the process took at most."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--distinct", type=int, default=400)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # in a process of its own, so that the memory told below is that of the comparison
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            meta = pool.submit(make, folder, args.distinct, max(1, args.reports // args.distinct)).result()
        store = Repeated(folder, meta)
        start = process_time()
        read = store.sql("SELECT text FROM passages WHERE label IN ('problem', 'improvement')")
        unit = process_time() - start
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{store.table('reports').num_rows} reports, {read.num_rows} problem and improvement passages, read in {unit:.2f} s of CPU time"
        )
        frame = compare.study(store, by=("year",))
        found: dict[str, Any] = {}

        def timed(step: str, make: Callable[[], Any]) -> None:
            start = process_time()
            found[step] = make()
            seconds = process_time() - start
            rows = found[step].num_rows
            print(f"{step:28} {seconds:8.2f} s  {seconds / unit:8.1f} ×  {rows:>10,} rows")

        timed("points", lambda: compare.points(store))
        timed("facet_shares", lambda: compare.facet_shares(frame, found["points"]))
        timed("facet_differences", lambda: compare.facet_differences(frame, found["points"]))
        timed("label_shares", lambda: compare.label_shares(frame, store))
        timed("indicator_distribution", lambda: compare.indicator_distribution(frame, store))
        timed("indicator_within_agency", lambda: compare.indicator_within_agency(frame, store))
        timed("answers", lambda: compare.answers(frame, store, found["points"]))
        timed("answered_by_group", lambda: compare.answered_by_group(frame, found["answers"]))
        timed("derived_rates", lambda: compare.derived_rates(frame, store))
        timed("derived_by_group", lambda: compare.derived_by_group(frame, store))
        timed("distinctive_words", lambda: compare.distinctive_words(store, frame))
        timed("quotations of a facet", lambda: compare.quotations(store, frame, found["points"], "capacity"))
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"memory at most {most:,.0f} MB, {before:,.0f} MB before the comparison")


if __name__ == "__main__":
    main()
