"""The user's own columns of ``--metadata``, and region codes, as columns of tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from gongkai.store_access import Store

#: region codes of GB/T 2260 by how many of the six digits they keep, 0 behind them
REGION_CODES = {"province_code": 2, "prefecture_code": 4, "county_code": 6}
#: Stata allows no longer names of variables
_LONGEST = 32
_STRANGE = re.compile(r"[^0-9A-Za-z_\u4e00-\u9fff]+")


def region_code(division: str | None, key: str) -> str | None:
    """The code of the province, prefecture or county that a division belongs to; none where it lies above.

    Counties that stand directly under a province keep its two digits and `90`, as the standard has them.

    >>> region_code("320813", "prefecture_code"), region_code("320813", "province_code"), region_code("320800", "county_code")
    ('320800', '320000', None)
    """
    kept = REGION_CODES[key]
    if not division or division[kept - 2 : kept] == "00":
        return None
    return division[:kept].ljust(6, "0")


def meta_names(columns: Sequence[str]) -> dict[str, str]:
    """Names of variables for columns of metadata: ``meta_`` before them, at most 32 characters, each once.

    >>> meta_names(["region", "资金（万元）"])
    {'region': 'meta_region', '资金（万元）': 'meta_资金_万元'}
    """
    found: dict[str, str] = {}
    for column in columns:
        stem = "meta_" + _STRANGE.sub("_", column).strip("_")
        name, n = stem[:_LONGEST], 1
        while name in found.values():
            n += 1
            name = f"{stem[: _LONGEST - len(str(n)) - 1]}_{n}"
        found[column] = name
    return found


def _number(text: str) -> float | None:
    # `0571` is a code, and what float() takes beside digits (`nan`, `1_000`) is none
    return float(text) if re.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", text) else None


def metadata_columns(store: Store) -> dict[str, Mapping[str, Any]]:
    """Every further column of ``--metadata`` with its values by report; numbers where all its values are."""
    held: dict[str, dict[str, Any]] = {}
    reports = store.table("reports").select(["report_id", "metadata"])
    for report_id, text in zip(reports["report_id"].to_pylist(), reports["metadata"].to_pylist(), strict=True):
        for column, value in (json.loads(text) if text else {}).items():
            held.setdefault(column, {})[report_id] = value
    for column, values in held.items():
        numbers = {r: _number(str(v)) for r, v in values.items()}
        held[column] = numbers if None not in numbers.values() else {r: str(v) for r, v in values.items()}
    return dict(sorted(held.items()))


def as_arrays(store: Store, ids: Sequence[str]) -> dict[str, tuple[str, pa.Array]]:
    """The columns of metadata of some reports: name of the variable -> (name as given, values)."""
    found = metadata_columns(store)
    names = meta_names(list(found))
    out = {}
    for column, values in found.items():
        numeric = all(isinstance(v, float) for v in values.values())
        out[names[column]] = column, pa.array([values.get(r) for r in ids], pa.float64() if numeric else pa.string())
    return out


__all__ = ["REGION_CODES", "as_arrays", "meta_names", "metadata_columns", "region_code"]
