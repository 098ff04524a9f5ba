"""The frame of a comparison: which reports, in which groups, of which agencies, with which weights."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import UsageError
from gongkai.codes import check_codes
from gongkai.compare.keys import BY, keys_of, with_names
from gongkai.compare.one_report import agency_of, chosen
from gongkai.further_columns import REGION_CODES, region_code
from gongkai.store_access import Store
from models.taxonomy import Taxonomy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

COVERAGES = ("own", "consolidated", "unknown")
UNKNOWN = "unknown"
#: columns of the tables, which no grouping key may be called
RESERVED = frozenset((
    "report_id", "what", "facet", "dimension", "value", "share", "low", "high", "reports", "clusters", "method", "label", "measure",
    "coverage", "indicator", "group", "other", "term", "metadata", "forms", "stating", "unit", "code", "model", "codebook", "corrected", "share_corrected", "basis", "share_band", "coded", "errors",
))  # fmt: skip
_COLUMNS = (
    "report_id",
    "agency",
    "agency_id",
    "host",
    "year",
    "level",
    "kind",
    "province",
    "prefecture",
    "county",
    "form",
    "coverage",
    "coverage_basis",
    "division_code",
    "kind_of_text",
    "n_passages",
    "n_cells",
    "s5",
    "metadata",
)
#: columns that values of the keys of :data:`BY` are made of, and the user's own
_KEYED = (
    "agency_id", "agency", "division_code", "province", "prefecture", "county", "year", "level", "kind", "form", "coverage", "metadata",
)  # fmt: skip
#: states of section 五 of which shares of problems and measures are (codebook, D1)
COUNTED = ("read", "nothing")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Study:
    """Reports that are compared; entry ``i`` of every array is report ``report_ids[i]``.

    ``group`` counts ``groups``, the values of ``by`` in sorted order (``unknown`` where the store has none).  ``cluster`` counts
    ``clusters`` (agencies, unless another column was named), which are what a bootstrap draws.  ``year`` is −1 where it is not known.
    ``weight`` is 1 unless ``weighted``.  ``excluded`` says how many reports of the store are left out, by reason; ``codes`` are those of
    the model that tagged it.
    """

    report_ids: tuple[str, ...]
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    group: Ints
    clusters: tuple[str, ...]
    cluster: Ints
    year: Ints
    coverage: tuple[str, ...]
    basis: tuple[str, ...]
    level: tuple[str, ...]
    s5: tuple[str, ...]
    form: tuple[str, ...]
    weight: Floats
    weighted: bool
    excluded: Mapping[str, int]
    codes: Taxonomy

    def index(self) -> dict[str, int]:
        """Place of each report."""
        return {r: i for i, r in enumerate(self.report_ids)}

    def members(self) -> Iterator[tuple[tuple[str, ...], Ints]]:
        """(values of ``by``, places of the reports) of each group."""
        order = np.argsort(self.group, kind="stable")
        ends = np.searchsorted(self.group[order], np.arange(len(self.groups) + 1))
        for g, values in enumerate(self.groups):
            yield values, order[ends[g] : ends[g + 1]]

    def counted(self, rows: Ints) -> Ints:
        """Those of some reports whose section 五 was read, or says that there is nothing: others have no part in shares of problems."""
        return rows[np.array([self.s5[i] in COUNTED for i in rows.tolist()], dtype=np.bool_)]

    def narrated(self, rows: Ints) -> Ints:
        """Those of some reports whose narrative was read as far as is known: ``unread`` ones lack their section 五."""
        return rows[np.array([self.s5[i] != "unread" for i in rows.tolist()], dtype=np.bool_)]

    def independent(self, rows: Ints) -> bool:
        """Whether reports can be taken as independent draws: of one known year, of one weight, no cluster twice."""
        years = {*self.year[rows].tolist()}
        if not len(rows) or self.weighted or len(years) > 1 or -1 in years:
            return False
        return len(np.unique(self.cluster[rows])) == len(rows)

    def forms_of(self, rows: Ints) -> str:
        """The forms of some reports, joined by `+`: a group that mixes them is compared with care."""
        return "+".join(sorted({self.form[i] for i in rows.tolist()}))


def _text(value: object) -> str:
    return UNKNOWN if value is None or value == "" else str(value)


def _value(row: Mapping[str, Any], key: str) -> str:
    """One grouping value; places carry those above them, for names such as 鼓楼区 are many."""
    if key == "agency":
        return _text(row["agency_id"] or row["agency"])
    if key in REGION_CODES:
        return _text(region_code(row["division_code"], key))
    if key == "prefecture":
        return _text("".join(row[k] or "" for k in ("province", "prefecture")) if row["prefecture"] else None)
    if key == "county":
        return _text("".join(row[k] or "" for k in ("province", "prefecture", "county")) if row["county"] else None)
    return _text(_further(row, key))


def _further(row: Mapping[str, Any], name: str) -> object:
    """A column of ``reports`` or of the user's own metadata."""
    if name in row and name != "metadata":
        return row[name]
    metadata = json.loads(row["metadata"]) if row["metadata"] else {}
    return metadata.get(name)


def check_by(by: Sequence[str], own: Collection[str] = ()) -> tuple[str, ...]:
    """Grouping keys, each once: those of :data:`BY`, by their Chinese names too, and any column (``own``) that was given with ``--metadata``.

    Raises:
        UsageError: a key that no column can have, or that would be mistaken for a column of the tables.
    """
    keys = keys_of(by, own)
    if wrong := [k for k in keys if k in RESERVED]:
        raise UsageError(
            f"cannot group by {', '.join(wrong)}: tables have columns of that name",
            remedy=f"name the column otherwise with --metadata, or use {with_names(BY)}",
        )
    return keys


def study(
    store: Store,
    by: Sequence[str] = ("year",),
    *,
    weights: str | None = None,
    cluster: str | None = None,
    doubtful: bool = False,
) -> Study:
    """The reports of a store, grouped.

    Args:
        store: an opened store.
        by: grouping keys, any combination: those of :data:`BY`, columns of ``reports``, columns given with ``--metadata``; none makes
            one group of all.
        weights: column that holds each report's weight: of ``reports``, or one that was given with ``--metadata``.
        cluster: column whose values are drawn together; default is the agency (its id, else its printed name, else the report).
        doubtful: keep texts that may be no report (``kind_of_text``); left out, they are counted in ``excluded``.

    Raises:
        UsageError: an unknown key or column, a weight that is missing, negative or no number, or a store without usable reports.
    """
    codes = check_codes(store)
    reports = store.table("reports")
    further = [c for c in (weights, cluster, *keys_of(by)) if c is not None and c in reports.column_names]
    rows = reports.select(list(dict.fromkeys([*_COLUMNS, *further]))).to_pylist()
    keys = _keys(rows, by)
    stand = set(chosen(store, doubtful=doubtful)["report_id"].to_pylist())
    empty = [r for r in rows if not r["n_passages"] and not r["n_cells"]]
    excluded = Counter({"no narrative was read": len(empty)} if empty else {})
    held = [r for r in rows if r["n_passages"] or r["n_cells"]]
    if doubted := 0 if doubtful else sum(r["kind_of_text"] == "doubtful" for r in held):
        excluded["it is doubtful that they are reports (kind_of_text; --doubtful keeps them)"] = doubted
    if others := sum(r["report_id"] not in stand for r in held) - doubted:
        excluded["another version of the same agency and year stands (versions.csv)"] = others
    rows = [r for r in held if r["report_id"] in stand]
    rows.sort(key=lambda r: r["report_id"])
    if not rows:
        raise UsageError(
            f"holds no report with narrative ({len(empty)} without)",
            source=str(store.folder),
            remedy="tag reports first",
        )
    groups, group = _grouped(rows, keys)
    if cluster is None:
        # a bare name (`财政局`) of several hosts is several agencies; where no host tells, it counts as one: found late is better than false
        names = [agency_of(r) or r["agency"] or r["report_id"] for r in rows]
    else:
        given = [_value(r, cluster) if cluster in BY else _text(_further(r, cluster)) for r in rows]
        if all(g == UNKNOWN for g in given):
            raise UsageError(
                f"no report has a value of {cluster!r} to cluster by",
                remedy="name a column of reports (`gongkai schema reports`), or one given with --metadata",
            )
        names = [r["report_id"] if g == UNKNOWN else g for g, r in zip(given, rows, strict=True)]
    clusters = sorted(set(names))
    place = {c: i for i, c in enumerate(clusters)}
    return Study(
        tuple(r["report_id"] for r in rows),
        keys,
        groups,
        group,
        tuple(clusters),
        np.array([place[n] for n in names], dtype=np.int64),
        np.array([-1 if r["year"] is None else r["year"] for r in rows], dtype=np.int64),
        tuple(r["coverage"] for r in rows),
        tuple(_text(r["coverage_basis"]) for r in rows),
        tuple(_text(r["level"]) for r in rows),
        _sections(store, rows),
        tuple(r["form"] for r in rows),
        np.ones(len(rows)) if weights is None else _weights(rows, weights),
        weights is not None,
        dict(excluded),
        codes,
    )


def regrouped(found: Study, store: Store, by: Sequence[str]) -> Study:
    """The same reports in other groups, as :func:`study` makes them of the same store, without choosing them again.

    Raises:
        UsageError: an unknown key.
    """
    reports = store.table("reports")
    columns = ("report_id", *_KEYED, *(k for k in keys_of(by) if k in reports.column_names))
    rows = reports.select(list(dict.fromkeys(columns))).to_pylist()
    keys = _keys(rows, by)
    by_id = {r["report_id"]: r for r in rows}
    groups, group = _grouped([by_id[i] for i in found.report_ids], keys)
    return replace(found, by=keys, groups=groups, group=group)


def _keys(rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> tuple[str, ...]:
    return check_by(by, {k for k in by if any(_further(r, k) is not None for r in rows)})


def _grouped(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], Ints]:
    """The groups of some reports, and that of each."""
    for key in (k for k in keys if k not in BY):
        if all(_further(r, key) is None for r in rows):
            raise UsageError(
                f"cannot group by {key}: no report has a value of it",
                remedy=f"use one or more of {with_names(BY)}, a column of reports, or one given with `gongkai tag --metadata`",
            )
    values = [tuple(_value(r, k) for k in keys) for r in rows]
    groups = sorted(set(values))
    number = {g: i for i, g in enumerate(groups)}
    return tuple(groups), np.array([number[v] for v in values], dtype=np.int64)


def _sections(store: Store, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The state of section 五 of each report; where a store does not say it, what its passages show."""
    if all(r["s5"] for r in rows):
        return tuple(r["s5"] for r in rows)
    held = set(store.sql("SELECT DISTINCT report_id FROM passages WHERE section = 's5'")["report_id"].to_pylist())
    return tuple(r["s5"] or ("read" if r["report_id"] in held else "unread") for r in rows)


def _weights(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    found = []
    if all(_further(r, name) is None for r in rows):
        raise UsageError(
            f"no report has a weight {name!r}",
            remedy="name a column of reports (`gongkai schema reports`), or one given with --metadata",
        )
    for row in rows:
        raw = _further(row, name)
        try:
            weight = float(str(raw))
        except ValueError as error:
            raise UsageError(
                f"weight {name!r} of report {row['report_id']} is {raw!r}", remedy="give every report a number with --metadata"
            ) from error
        if not 0 <= weight < float("inf"):
            raise UsageError(
                f"weight {name!r} of report {row['report_id']} is {raw!r}", remedy="give a finite number of at least 0"
            )
        found.append(weight)
    if not sum(found):
        raise UsageError(f"all weights {name!r} are 0", remedy="give at least one report a weight above 0")
    return np.array(found)
