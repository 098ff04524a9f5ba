"""Stores of rows written by hand: for what works on tables and needs no report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gongkai
from corpus.codebook import form_cells
from corpus.store.folder import StoreWriter
from corpus.store.schema import tables

_EMPTY = {"string": "", "int": 0, "float": 0.0, "bool": False, "strings": [], "floats": [], "octets": []}


def full(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every column: those not given are null, or empty where they may not be."""
    columns = tables()[table].columns
    assert set(row) <= {c.name for c in columns}, set(row) - {c.name for c in columns}
    return {c.name: row.get(c.name, None if c.nullable else _EMPTY[c.type]) for c in columns}


def report(agency_id: str, year: int, **other: Any) -> dict[str, Any]:
    """A row of ``reports`` named ``<agency_id>/<year>``, own coverage, with the form of its year."""
    rid = f"{agency_id}/{year}"
    base = {
        "report_id": rid, "source": f"{rid}.txt", "agency": agency_id, "agency_id": agency_id, "year": year, "coverage": "own", "kind_of_text": "report",
        "form": "2019" if year <= 2020 else "2021", "n_passages": 1, "n_cells": 1,
    }  # fmt: skip
    return {**base, **other}


def cells(rid: str, values: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """Rows of ``cells``; ``None`` is a blank."""
    return [
        {"report_id": rid, "code": c, "value": v, "state": "blank" if v is None else "value", "basis": "label"}
        for c, v in values.items()
    ]


def all_cells_of(form: str, value: float) -> dict[str, float | None]:
    """Every cell of a form with one value."""
    return dict.fromkeys(form_cells("2019" if form == "2019" else "2021"), value)


def small_store(folder: Path, **rows: Sequence[Mapping[str, Any]]) -> gongkai.Store:
    """A store with these rows, by table."""
    writer = StoreWriter(folder, {"gongkai_version": "0", "model_id": "test-0"})
    writer.write_batch(0, {name: [full(name, r) for r in some] for name, some in rows.items()})
    writer.finish()
    return gongkai.load(folder)
