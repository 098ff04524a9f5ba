"""What reports show as they are corrected, kept beside the index: the next opening reads no part for them.

A report is found again by its corrections: one that is corrected otherwise is made anew, the others stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gongkai.corrections import Correction
from gongkai.store_access import Store
from gongkai.web.beside import read_kept, results_key, write_kept
from gongkai.web.corrected import SHOWN, Touched, by_report, touched_batches

_FILE = "corrected"


def touched_of(store: Store, folder: Path, batches: Mapping[str, int], report_ids: Collection[str]) -> tuple[Touched, ...]:
    """Some reports as they are corrected, batch by batch; what they show is read where it was kept.

    Args:
        store: with all corrections.
        folder: that of the index.
        batches: the batch of each report.
        report_ids: the reports wanted.
    """
    of = _made_of(store.corrections)
    if not of:
        return touched_batches(store, batches, report_ids)
    key = _key(store)
    kept = read_kept(folder / _FILE, key)
    if kept is not None:
        now = pa.array([f"{i} {made_of}" for i, made_of in of.items()], pa.string())
        kept = kept.filter(pc.is_in(pc.binary_join_element_wise(kept["report_id"], kept["made_of"], " "), value_set=now))
    there = set() if kept is None else set(kept["report_id"].to_pylist()) & set(report_ids)
    fresh = touched_batches(store, batches, set(report_ids) - there)
    if made := [_rows(t, of) for t in fresh if t.report_ids & of.keys()]:
        write_kept(folder / _FILE, key, pa.concat_tables([*([] if kept is None else [kept]), *made]))
    if kept is None or not there:
        return fresh
    known = {name: kept[name].combine_chunks().flatten() for name in SHOWN}
    tables = {name: pa.Table.from_batches([pa.RecordBatch.from_struct_array(rows)]) for name, rows in known.items()}
    return (*fresh, *(Touched(t.report_ids, t.store, tables) for t in touched_batches(store, batches, there)))


def _rows(touched: Touched, of: Mapping[str, str]) -> pa.Table:
    """A row for each report: by what it is found again, and a list of the rows of each of :data:`SHOWN`."""
    ids = sorted(touched.report_ids & of.keys())
    found = {"report_id": pa.array(ids, pa.string()), "made_of": pa.array([of[i] for i in ids], pa.string())}
    for name in SHOWN:
        table = touched.shown(name)
        of_report: dict[str, list[object]] = {i: [] for i in ids}
        for row in table.to_pylist():
            of_report[row["report_id"]].append(row)
        found[name] = pa.array(list(of_report.values()), pa.list_(pa.struct(list(table.schema))))
    return pa.table(found)


def _made_of(corrections: Sequence[Correction]) -> dict[str, str]:
    """What tells one way to correct a report from another."""
    return {i: hashlib.sha256(repr(some).encode()).hexdigest()[:16] for i, some in by_report(corrections).items()}


def _key(store: Store) -> str:
    return f"{results_key(store)} {json.dumps(dict(store.meta), sort_keys=True)} {_program()}"


@cache
def _program() -> str:
    """What follows from a correction is what this program makes of it: its modules and rules."""
    seen = hashlib.sha256()

    def read(place: Traversable) -> None:
        for some in sorted(place.iterdir(), key=lambda p: p.name):
            if some.is_dir():
                read(some)
            elif some.name.endswith((".py", ".toml")):
                seen.update(some.read_bytes())

    for name in ("corpus", "models", "extract", "gongkai"):
        read(files(name))
    return seen.hexdigest()[:16]


__all__ = ["touched_of"]
