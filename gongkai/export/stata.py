"""Stata: the wide table as ``wide.dta`` with Chinese labels, and the long tables.

Extended missing values say why a cell has no number: ``.a`` blank, ``.b`` absent from the file, ``.c`` unreadable, ``.d`` not on this
form, ``.e`` a dash.  ``.`` is left for what has no such reason (an indicator that the prose does not give).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.store.schema import tables
from gongkai.codes import codes_of
from gongkai.export import dta
from gongkai.export.names import facet_kinds, variables_of
from gongkai.export.scripts import do_file
from gongkai.export.text_files import LIST, Watch, stored
from gongkai.export.wide import ABSENT, CONFLICT, NOT_ON_FORM, WIDE, Floats, WideRows
from gongkai.store_access import Store

MISSING = {"blank": "a", ABSENT: "b", "unreadable": "c", NOT_ON_FORM: "d", "dash": "e", CONFLICT: "f"}
MISSING_ZH: dict[int | str, str] = {
    "a": "空白",
    "b": "文件中没有",
    "c": "无法识读",
    "d": "本表式无此项",
    "e": "横线或“无”",
    "f": "文中数值前后不一",
}
_LABEL = 80
_VALUE_LABELS: dict[str, dict[int | str, str]] = {"states": MISSING_ZH, "yes_no": {0: "否", 1: "是"}}


def _label(text: str) -> str:
    # Stata keeps 80 characters of a variable's label
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def write(store: Store, out: Path, to: str, names: Sequence[str], watch: Watch) -> list[Path]:
    """Writes ``<table>.dta`` and ``read.do``."""
    written = []
    for name in names:
        path = out / f"{name}.dta"
        if name == WIDE:
            _wide(store, path, watch)
        else:
            _long(store, name, path, watch)
        written.append(path)
    script = out / "read.do"
    script.write_text(do_file([p.stem for p in written]), encoding="utf-8", newline="\n")
    return [*written, script]


def _columns(table: pa.Table) -> dict[str, pa.Array | Floats]:
    """Columns as Stata can hold them: numbers, and texts of which none is null (its missing text is the empty one)."""
    found: dict[str, pa.Array | Floats] = {}
    for name, column in zip(table.column_names, table.combine_chunks().columns, strict=True):
        kind = column.type
        if pa.types.is_list(kind):
            joined = [None if x is None else LIST.join(map(str, x)) for x in column.to_pylist()]
            column = pa.chunked_array([pa.array(joined, pa.string())])
        if pa.types.is_string(column.type):
            filled = pc.fill_null(column, "")
            found[name] = pa.concat_arrays(filled.chunks) if filled.num_chunks else pa.array([], pa.string())
        else:
            found[name] = column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
    return found


def _wide(store: Store, path: Path, watch: Watch) -> None:
    rows = WideRows(store, on_batch=lambda done, total: watch.part(WIDE, done, total))
    kinds = {"cell": "states", "indicator": "states", **dict.fromkeys(facet_kinds(codes_of(store)), "yes_no")}
    every = (*variables_of(codes_of(store)), *rows.metadata)
    variables = [
        dta.StataColumn(
            v.name, _label(f"{v.zh}（{v.unit}）" if v.unit else v.zh), kinds.get(v.kind, ""),
            pa.types.is_string(rows.schema().field(v.name).type),
        )
        for v in every
    ]  # fmt: skip
    cells = [v.name for v in every if v.kind in ("cell", "indicator")]

    def blocks() -> Iterator[dta.StataRows]:
        for values, states in zip(rows.values(), rows.states(), strict=True):
            letters = {c: np.array([MISSING.get(s, "") for s in states[c].to_pylist()]) for c in cells}
            yield dta.StataRows(_columns(values), letters)

    dta.write(path, variables, blocks, label="gongkai: one row per agency and year", value_labels=_VALUE_LABELS)


def _long(store: Store, name: str, path: Path, watch: Watch) -> None:
    labels = {c.name: _label(c.zh) for c in tables()[name].columns}
    schema = stored(store, name, watch).schema
    texts = [pa.types.is_string(f.type) or pa.types.is_list(f.type) for f in schema]
    variables = [dta.StataColumn(f.name, labels.get(f.name, ""), "", text) for f, text in zip(schema, texts, strict=True)]
    dta.write(
        path, variables, lambda: (dta.StataRows(_columns(t)) for t in stored(store, name, watch).parts),
        label=f"gongkai: {name}", value_labels={},
    )  # fmt: skip
