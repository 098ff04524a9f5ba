"""Time of loading and of queries on a large store, with parts hashed at first touch and without: ``python -m benchmarks.store_reads --n 100000``.

One report is analysed; its rows stand for every report, under new ids, with texts and numbers at random so that parts are as large as those of
real reports or larger.  Seconds of the clock, each in a process of its own, by turns, with the files in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import gongkai
from corpus.codebook import CODEBOOK_VERSION, SCHEMA_VERSION
from corpus.store import manifest
from corpus.store.folder import StoreWriter
from corpus.store.parts import write_part
from models.keywords import KeywordClassifier
from tests.support.factories import sample_text

HERE = Path(__file__).resolve().parent.parent
BATCH = 2_000
_VERSIONS = {"gongkai_version": gongkai.__version__, "model_id": "benchmark"}
#: columns that begin with the report's id
_IDS = ("report_id", "passage_id", "mention_id", "whole")
_QUERIES = {
    "count reports": "SELECT count(*) FROM reports",
    "sum of cells by code": "SELECT code, sum(value) FROM cells GROUP BY code",
    "passages of one label": "SELECT count(*) FROM passages WHERE label = 'problem'",
    "cells of one report": "SELECT count(*) FROM cells WHERE report_id = '0000000000000007'",
}
_RUN = """
import json, sys, time
from pathlib import Path
from corpus.store import snapshot
import gongkai
folder, checked, queries = sys.argv[1], sys.argv[2] == "1", json.loads(sys.argv[3])
if not checked:
    snapshot._check = snapshot._signature
found = {}
def take(name, doing):
    began = time.perf_counter()
    result = doing()
    found[name] = time.perf_counter() - began
    return result
store = take("load", lambda: gongkai.load(folder))
for again in ("", ", again"):
    for name, sql in queries.items():
        take(name + again, lambda: store.sql(sql))
print(json.dumps(found))
"""


def _renamed(rows: pa.Table, ids: list[str], rng: np.random.Generator) -> pa.Table:
    count = rows.num_rows
    new = pa.array([i for i in ids for _ in range(count)], pa.string())
    many = pa.concat_tables([rows] * len(ids)).combine_chunks()
    for name in many.column_names:
        if name in _IDS:
            rest = pc.utf8_slice_codeunits(many[name], 16).combine_chunks()
            named = pc.binary_join_element_wise(new, rest, "")
            many = many.set_column(many.column_names.index(name), many.schema.field(name), named)
        elif name == "source":
            many = many.set_column(
                many.column_names.index(name), many.schema.field(name), pc.binary_join_element_wise(new, ".txt", "")
            )
        elif name in _RANDOM:
            field = many.schema.field(name)
            many = many.set_column(many.column_names.index(name), field, _RANDOM[name](len(many), rng).cast(field.type))
    return many


def _texts(length: int) -> Callable[[int, np.random.Generator], pa.Array]:
    """Chinese characters at random: what compresses no better than a text, and stands once."""

    def make(count: int, rng: np.random.Generator) -> pa.Array:
        codes = (0x4E00 + rng.integers(0, 800, (count, length), dtype=np.uint32)).view(f"U{length}")
        return pa.array(codes.ravel(), pa.string())

    return make


def _numbers(count: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(rng.integers(0, 3_000, count))


_RANDOM: dict[str, Callable[[int, np.random.Generator], pa.Array]] = {
    "text": _texts(40), "value": _numbers, "start": _numbers, "end": _numbers,
}  # fmt: skip


def make_store(folder: Path, n: int) -> None:
    """A store of ``n`` reports."""
    with tempfile.TemporaryDirectory() as home:
        file, one = Path(home) / "a.txt", Path(home) / "one"
        file.write_text(sample_text(received=3), encoding="utf-8")
        gongkai.tag([file], one, classifier=KeywordClassifier())
        store = gongkai.load(one)
        rows = {name: found for name in store.tables if (found := store.table(name)).num_rows}
    writer = StoreWriter(folder, _VERSIONS)
    work = folder / manifest.WORK
    work.mkdir()
    versions = {"schema_version": SCHEMA_VERSION, "codebook_version": CODEBOOK_VERSION, **_VERSIONS}
    for batch, first in enumerate(range(0, n, BATCH)):
        ids = [f"{k:016d}" for k in range(first, min(n, first + BATCH))]
        parts = [
            write_part(work, name, batch, _renamed(some, ids, np.random.default_rng(first)), versions)
            for name, some in rows.items()
        ]
        with manifest.connect(folder) as db:
            manifest.commit_batch(db, folder, work, batch, parts, json.dumps({p.table: p.rows for p in parts}))
    writer.finish()


def main() -> None:
    """Make a store and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="Of which the medians are printed.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "store"
        began = time.perf_counter()
        make_store(folder, options.n)
        size = sum(p.stat().st_size for p in folder.rglob("*.parquet"))
        print(f"{options.n:,} reports, {size / 1e6:,.0f} MB of parts, made in {time.perf_counter() - began:.0f} s\n")
        took: dict[str, dict[str, list[float]]] = {"0": {}, "1": {}}
        for turn in range(options.rounds + 1):
            for checked, held in took.items():
                command = [sys.executable, "-c", _RUN, str(folder), checked, json.dumps(_QUERIES)]
                done = subprocess.run(command, cwd=HERE, capture_output=True, encoding="utf-8", check=True)
                for name, seconds in (
                    json.loads(done.stdout.splitlines()[-1]).items() if turn else ()
                ):  # the first warms the system's cache
                    held.setdefault(name, []).append(seconds)
    print("| | unchecked | checked |\n|---|---:|---:|")
    for name in took["0"]:
        print(f"| {name} | {statistics.median(took['0'][name]):.2f} s | {statistics.median(took['1'][name]):.2f} s |")


if __name__ == "__main__":
    main()
