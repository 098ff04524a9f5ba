"""Stata: the wide table as ``wide.dta`` with Chinese labels, and the long tables.

Extended missing values say why a cell has no number: ``.a`` blank, ``.b`` absent from the file, ``.c`` unreadable, ``.d`` not on this
form, ``.e`` a dash.  ``.`` is left for what has no such reason (an indicator that the prose does not give).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.store.schema import tables
from gongkai.codes import codes_of
from gongkai.export.names import facet_kinds, of_kind, variables_of
from gongkai.export.scripts import do_file
from gongkai.export.text_files import LIST
from gongkai.export.wide import ABSENT, NOT_ON_FORM, wide
from gongkai.store_access import Store

MISSING = {"blank": "a", ABSENT: "b", "unreadable": "c", NOT_ON_FORM: "d", "dash": "e"}
MISSING_ZH = {"a": "空白", "b": "文件中没有", "c": "无法识读", "d": "本表式无此项", "e": "横线或“无”"}
_LABEL = 80
_DEFAULT = ("wide", "reports", "passages", "mentions", "cells", "joins", "checks")


def _modules() -> tuple[Any, Any]:
    try:
        import pandas
        import pyreadstat
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed", remedy=install_remedy("export")) from error
    return pandas, pyreadstat


def _save(pyreadstat: Any, frame: Any, path: Path, **given: Any) -> None:
    try:
        pyreadstat.write_dta(frame, path, **given)
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        raise OSError(f"{path.name}: {error}") from error  # its errors for a full disk are its own


def _label(text: str) -> str:
    # Stata keeps 80 characters of a variable's label
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def write(store: Store, out: Path, to: str, names: Sequence[str] | None) -> list[Path]:
    """Writes ``<table>.dta`` and ``read.do``.

    Raises:
        UsageError: pandas or pyreadstat is not installed.
    """
    pandas, pyreadstat = _modules()
    written = []
    for name in names or _DEFAULT:
        path = out / f"{name}.dta"
        if name == "wide":
            _wide(store, path, pandas, pyreadstat)
        else:
            _long(store, name, path, pandas, pyreadstat)
        written.append(path)
    script = out / "read.do"
    script.write_text(do_file([p.stem for p in written]), encoding="utf-8", newline="\n")
    return [*written, script]


def _strings(table: pa.Table, column: str) -> list[str]:
    # readstat cannot write a null beside a long string; Stata's missing string is the empty one anyway
    return [LIST.join(v) if isinstance(v, list) else str(v) if v is not None else "" for v in table[column].to_pylist()]


def _numbers(pandas: Any, table: pa.Table, column: str) -> Any:
    # a column of nothing but nulls would be one of strings, and its value labels refused
    return pandas.Series([None if x is None else float(x) for x in table[column].to_pylist()], dtype="float64")


def _wide(store: Store, path: Path, pandas: Any, pyreadstat: Any) -> None:
    found = wide(store)
    codes = codes_of(store)
    every = (*variables_of(codes), *found.metadata)
    columns: dict[str, Any] = {}
    for v in every:
        kind = found.values.schema.field(v.name).type
        if v.kind == "cell":
            states = found.states[v.name].to_pylist()
            values = found.values[v.name].to_pylist()
            columns[v.name] = [MISSING[s] if x is None else x for x, s in zip(values, states, strict=True)]
        elif pa.types.is_string(kind):
            columns[v.name] = _strings(found.values, v.name)
        else:
            columns[v.name] = _numbers(pandas, found.values, v.name)
    cells = [v.name for v in of_kind("cell")]
    yes_no = {v.name: {0.0: "否", 1.0: "是"} for v in every if v.kind in facet_kinds(codes)}
    frame = pandas.DataFrame({k: pandas.Series(v, dtype=object) if k in cells else v for k, v in columns.items()})
    _save(
        pyreadstat,
        frame,
        path,
        file_label="gongkai: one row per agency and year",
        column_labels={v.name: _label(f"{v.zh}（{v.unit}）" if v.unit else v.zh) for v in every},
        variable_value_labels={**{c: dict(MISSING_ZH) for c in cells}, **yes_no},
        missing_user_values={c: sorted(MISSING.values()) for c in cells},
    )


def _long(store: Store, name: str, path: Path, pandas: Any, pyreadstat: Any) -> None:
    table = store.table(name)
    columns: dict[str, Any] = {}
    for field in table.schema:
        if pa.types.is_boolean(field.type) or pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
            columns[field.name] = _numbers(pandas, table, field.name)
        elif pa.types.is_list(field.type):
            columns[field.name] = [LIST.join(map(str, x)) if x is not None else "" for x in table[field.name].to_pylist()]
        else:
            columns[field.name] = _strings(table, field.name)
    labels = {c.name: _label(c.zh) for c in tables()[name].columns}
    frame = pandas.DataFrame(columns)
    _save(pyreadstat, frame, path, file_label=f"gongkai: {name}", column_labels=labels)
