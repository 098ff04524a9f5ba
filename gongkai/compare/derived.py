"""Indicators derived from the statutory cells: rates with their definition, states of cells respected, small numbers marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.codebook import APPLICANTS, FORM_NAMES, all_cells, form_cells
from corpus.datafile import entries, expect_keys, load_toml, one_of
from corpus.errors import DataError
from gongkai.compare.frame import COVERAGES, Floats, Ints, Study
from gongkai.compare.groups import keyed, table_of
from gongkai.compare.statistics import LEVEL, Estimate, cluster_sums, estimates, log_ratios, sample, weighted_median
from gongkai.store_access import Store

_SOURCE = "gongkai/compare/data/derived.toml"
_KEYS = {"code", "zh", "en", "kind", "numerator", "denominator", "source"}
#: why a rate is there or not, in the order of their numbers
STATES = ("ok", "absent", "unreadable", "blank", "zero_denominator", "contradiction", "not_on_form")
_OK, _ABSENT, _UNREADABLE, _BLANK, _ZERO, _CONTRADICTION, _NOT_ON_FORM = range(len(STATES))
_HAS, _EMPTY, _HIDDEN, _DERIVED = 1, 2, 3, 4  # state of a cell; 0: absent


@dataclass(frozen=True, slots=True)
class Derived:
    """Definition of a derived indicator; terms are (sign, cell code, where `*` stands for several rows)."""

    code: str
    zh: str
    en: str
    kind: str
    numerator: tuple[tuple[int, str], ...]
    denominator: tuple[tuple[int, str], ...]
    source: str
    n_min: int

    @property
    def formula(self) -> str:
        """``t3.granted.total / t3.total.total``."""
        return f"{_written(self.numerator)} / {_written(self.denominator)}"


def _written(terms: Sequence[tuple[int, str]]) -> str:
    text = " + ".join(c if sign > 0 else f"−{c}" for sign, c in terms).replace("+ −", "− ")
    return f"({text})" if len(terms) > 1 else text


def _terms(raw: object, place: str) -> tuple[tuple[int, str], ...]:
    if not isinstance(raw, list) or not raw:
        raise DataError(f"{raw!r} is no list of cells", source=place, remedy="give at least one cell code")
    found = []
    for text in raw:
        sign, code = (-1, text[1:]) if text.startswith("-") else (1, text)
        if not _cells(code, all_cells()):
            raise DataError(f"no cell is called {code!r}", source=place, remedy="`gongkai schema cells_2021` lists them")
        found.append((sign, code))
    return tuple(found)


def _cells(code: str, known: Mapping[str, object]) -> list[str]:
    if "*" not in code:
        return [code] if code in known else []
    before, after = code.split("*")
    return [c for c in known if c.startswith(before) and c.endswith(after)]


def parse_definitions(raw: Mapping[str, Any]) -> tuple[Derived, ...]:
    """Definitions from the parsed TOML.

    Raises:
        DataError: an unknown key, kind or cell, or a code given twice.
    """
    expect_keys(raw, _SOURCE, ("n_min", "indicator"))
    found: dict[str, Derived] = {}
    for number, entry in enumerate(entries(raw, "indicator", _SOURCE, _KEYS, ("n_min",), key="code"), 1):
        place = f"{_SOURCE}, indicator {number}"
        one_of(entry["kind"], ("share", "ratio"), "kind", place)
        found[entry["code"]] = Derived(
            entry["code"], entry["zh"], entry["en"], entry["kind"], _terms(entry["numerator"], place),
            _terms(entry["denominator"], place), entry["source"], int(entry.get("n_min", raw["n_min"])),
        )  # fmt: skip
    return tuple(found.values())


@cache
def derived_definitions() -> tuple[Derived, ...]:
    """The definitions of ``data/derived.toml``: code, names, formula over cell codes, source, least number of cases."""
    return parse_definitions(load_toml("gongkai.compare", "data/derived.toml"))


@dataclass(frozen=True, slots=True)
class _Cells:
    """(report, code) values and states of the cells that definitions use."""

    place: Mapping[str, int]
    value: Floats
    state: NDArray[np.int8]


def _read(study: Study, store: Store) -> _Cells:
    codes = sorted(
        {c for d in derived_definitions() for _, t in (*d.numerator, *d.denominator) for c in _cells(t, all_cells())}
    )
    place = {c: k for k, c in enumerate(codes)}
    index = study.index()
    value = np.zeros((len(study.report_ids), len(codes)))
    state = np.zeros((len(study.report_ids), len(codes)), dtype=np.int8)
    names = ", ".join(f"'{c}'" for c in codes)
    table = store.sql(f"SELECT report_id, code, value, state FROM cells WHERE code IN ({names})")
    kinds = {"value": _HAS, "blank": _EMPTY, "dash": _EMPTY, "unreadable": _HIDDEN}
    for batch in table.to_batches(max_chunksize=200_000):
        rows = np.array([index.get(r, -1) for r in batch["report_id"].to_pylist()])
        columns = np.array([place[c] for c in batch["code"].to_pylist()])
        kept = rows >= 0
        values = np.nan_to_num(batch["value"].to_numpy(zero_copy_only=False).astype(np.float64))
        states = np.array([kinds[s] for s in batch["state"].to_pylist()], dtype=np.int8)
        value[rows[kept], columns[kept]] = values[kept]
        state[rows[kept], columns[kept]] = states[kept]
    _derive_totals(study, store, codes, value, state)
    return _Cells(place, value, state)


def _derive_totals(study: Study, store: Store, codes: Sequence[str], value: Floats, state: NDArray[np.int8]) -> None:
    """Where the total of a row of table 3 is blank, the sum of its printed applicants stands for it (codebook, section 3)."""
    totals = [k for k, c in enumerate(codes) if c.startswith("t3.") and c.endswith(".total")]
    lacking = [(i, k) for k in totals for i in np.flatnonzero(state[:, k] == _EMPTY).tolist()]
    if not lacking:
        return
    wanted = pa.table(
        {
            "report_id": [study.report_ids[i] for i, _ in lacking for _ in APPLICANTS],
            "code": [f"{codes[k].removesuffix('.total')}.{a}" for _, k in lacking for a in APPLICANTS],
        }
    )
    found = store.sql(
        "SELECT report_id, regexp_replace(code, '[.][a-z]+$', '.total') AS code, sum(value) AS value, "
        "bool_or(state = 'unreadable') AS hidden FROM cells JOIN wanted USING (report_id, code) GROUP BY ALL",
        {"wanted": wanted},
    )
    index, place = study.index(), {c: k for k, c in enumerate(codes)}
    for report_id, code, total, hidden in zip(*(found[c].to_pylist() for c in found.column_names), strict=True):
        at = index[report_id], place[code]
        if hidden:
            state[at] = _HIDDEN
        elif total is not None:
            value[at], state[at] = total, _DERIVED


def _sum(cells: _Cells, terms: Sequence[tuple[int, str]], rows: Ints, form: str) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """(sum, state number, derived) of terms for reports of one form."""
    total, known = np.zeros(len(rows)), form_cells("2019" if form == "2019" else "2021")
    lists = [(sign, _cells(t, known)) for sign, t in terms]
    if not all(found for _, found in lists):
        return total, np.full(len(rows), _NOT_ON_FORM), np.zeros(len(rows), dtype=np.bool_)
    columns = [(sign, cells.place[c]) for sign, found in lists for c in found]
    states = cells.state[rows][:, [k for _, k in columns]]
    for sign, k in columns:
        total += sign * np.where(np.isin(cells.state[rows, k], (_HAS, _DERIVED)), cells.value[rows, k], 0.0)
    outcome: Ints = np.full(len(rows), _OK)
    outcome[(states == _EMPTY).all(axis=1)] = _BLANK
    outcome[(states == _HIDDEN).any(axis=1)] = _UNREADABLE
    outcome[(states == 0).any(axis=1)] = _ABSENT
    left_out: NDArray[np.bool_] = np.asarray(np.isin(states, (_EMPTY, _DERIVED)).any(axis=1))
    return total, outcome, left_out


@dataclass(frozen=True, slots=True)
class _Rates:
    above: Floats
    below: Floats
    state: Ints
    derived: NDArray[np.bool_]


def _rates(study: Study, cells: _Cells, d: Derived) -> _Rates:
    count = len(study.report_ids)
    out = _Rates(np.zeros(count), np.zeros(count), np.full(count, _NOT_ON_FORM), np.zeros(count, dtype=np.bool_))
    forms = np.array(study.form)
    for form in FORM_NAMES:
        rows = np.flatnonzero(forms == form)
        if not len(rows):
            continue
        above, state_above, derived_above = _sum(cells, d.numerator, rows, form)
        below, state_below, derived_below = _sum(cells, d.denominator, rows, form)
        state = np.maximum(state_above, state_below)
        fine = state == _OK
        state[fine & (below <= 0)] = _ZERO
        state[fine & ((above < 0) | ((above > below) if d.kind == "share" else False))] = _CONTRADICTION
        out.above[rows], out.below[rows], out.state[rows] = above, below, state
        out.derived[rows] = derived_above | derived_below
    return out


def derived_rates(study: Study, store: Store) -> pa.Table:
    """Derived indicators of each report.

    Returns:
        One row for each report and indicator: ``numerator``, ``denominator``, ``rate`` (1 = 100 %; null unless ``state`` is ok), ``state``
        (:data:`STATES`: a cell of the sum is absent, unreadable, all are blank, the denominator is 0, a part exceeds its whole, or the
        form has no such cell), ``derived`` (blank cells were left out, or applicants stand for a blank total), ``small`` (fewer cases than
        the definition's ``n_min``) and ``rank``, from the highest rate, among the reports of one year and coverage that are not small;
        reports of form ``mixed``, ``pre2019`` or ``unknown`` have the state ``not_on_form``.
    """
    cells = _read(study, store)
    found = []
    coverage = np.array([COVERAGES.index(c) for c in study.coverage])
    for d in derived_definitions():
        r = _rates(study, cells, d)
        fine = r.state == _OK
        rate = np.divide(r.above, r.below, out=np.full(len(fine), np.nan), where=fine)
        small = r.below < d.n_min
        rank = _ranks(rate, fine & ~small, study.year * len(COVERAGES) + coverage)
        known = np.isin(r.state, (_OK, _ZERO, _CONTRADICTION))
        found.append(
            pa.table(
                {
                    "report_id": pa.array(study.report_ids),
                    "indicator": pa.array([d.code] * len(fine)),
                    "numerator": pa.array(r.above, mask=~known),
                    "denominator": pa.array(r.below, mask=~known),
                    "rate": pa.array(rate, mask=~fine),
                    "state": pa.array([STATES[s] for s in r.state.tolist()]),
                    "derived": pa.array(r.derived & known),
                    "small": pa.array(small, mask=~fine),
                    "rank": pa.array(rank, mask=rank == 0),
                    "coverage": pa.array(study.coverage),
                    "year": pa.array(study.year, mask=study.year < 0),
                }
            )
        )
    return pa.concat_tables(found)


def _ranks(rate: Floats, ranked: NDArray[np.bool_], family: Ints) -> Ints:
    """Rank from the highest rate within each family; equal rates share the better rank; 0: not ranked."""
    found = np.zeros(len(rate), dtype=np.int64)
    for f in np.unique(family[ranked]).tolist():
        rows = np.flatnonzero(ranked & (family == f))
        values = np.sort(-rate[rows])
        found[rows] = np.searchsorted(values, -rate[rows], side="left") + 1
    return found


def derived_by_group(study: Study, store: Store, *, level: float = LEVEL) -> pa.Table:
    """Derived indicators of groups; reports of different coverage are never summed together.

    Returns:
        One row for each group, ``coverage``, ``level`` (of government, where figures are consolidated or may be: a county's are part of
        its city's; else ``all``) and ``indicator``: ``rate`` is the sum of numerators over the sum of denominators (each
        report by its weight) with an interval that draws agencies; ``median`` is that of the rates of the ``median_of`` reports that are not small, by weight;
        ``known`` of ``reports`` have a rate, ``contradictions`` have a part above its whole and are left out; ``small``: the summed
        denominator is under the definition's ``n_min``, the rate is then not to be ranked.
    """
    cells = _read(study, store)
    rates = [(d, _rates(study, cells, d)) for d in derived_definitions()]
    # figures of a county are part of its city's: what is consolidated is summed at one level of government only (codebook, D3)
    family = np.array([f"{c}|{'all' if c == 'own' else v}" for c, v in zip(study.coverage, study.level, strict=True)])
    rows = []
    for values, members in study.members():
        for both in sorted(set(family[members].tolist()), key=lambda f: (COVERAGES.index(f.partition("|")[0]), f)):
            name, _, government = both.partition("|")
            some = members[family[members] == both]
            for (d, r), e in zip(rates, _pooled(study, rates, some, level), strict=True):
                fine = some[r.state[some] == _OK]
                if not len(fine) and (r.state[some] == _NOT_ON_FORM).all():
                    continue
                large = fine[r.below[fine] >= d.n_min]
                row: dict[str, Any] = {
                    **keyed(study, values), "coverage": name, "government_level": government, "indicator": d.code, "reports": len(some),
                    "coverage_basis": "+".join(sorted({study.basis[i] for i in some.tolist()})), "known": len(fine),
                    "contradictions": int((r.state[some] == _CONTRADICTION).sum()), "numerator": float(r.above[fine].sum()),
                    "denominator": float(r.below[fine].sum()), "small": bool(r.below[fine].sum() < d.n_min),
                    "clusters": e.clusters, "few_clusters": e.few_clusters, "method": e.method, "median_of": len(large),
                    "median": weighted_median(r.above[large] / r.below[large], study.weight[large]),
                }  # fmt: skip
                if e.method != "none":
                    row |= {"rate": e.value, "low": e.low, "high": e.high}
                rows.append(row)
    strings = tuple((n, pa.string()) for n in ("coverage", "coverage_basis", "government_level", "indicator"))
    numbers = [(n, pa.float64()) for n in ("rate", "low", "high", "median", "numerator", "denominator")]
    counts = [(n, pa.int64()) for n in ("reports", "known", "median_of", "contradictions", "clusters")]
    marks = (("few_clusters", pa.bool_()), ("small", pa.bool_()), ("method", pa.string()))
    return table_of(study, (*strings, *numbers, *counts, *marks), rows)


def _pooled(study: Study, rates: Sequence[tuple[Derived, _Rates]], some: Ints, level: float) -> list[Estimate]:
    """Sums over sums of all indicators, drawn together; reports without a rate have no part in it."""
    found: list[Estimate | None] = [None] * len(rates)
    for kind in ("share", "ratio"):
        places = [k for k, (d, _) in enumerate(rates) if d.kind == kind]
        fine = np.stack([rates[k][1].state[some] == _OK for k in places], axis=1) * study.weight[some][:, None]
        above = fine * np.stack([rates[k][1].above[some] for k in places], axis=1)
        below = fine * np.stack([rates[k][1].below[some] for k in places], axis=1)
        cases = np.array([rates[k][1].below[some][rates[k][1].state[some] == _OK].sum() for k in places])
        sums = cluster_sums(np.concatenate([above, below], axis=1), study.cluster[some])
        ratios = sample(sums[:, : len(places)], sums[:, len(places) :], cases, pooled=True)
        for k, e in zip(places, estimates(ratios, level) if kind == "share" else log_ratios(ratios, level), strict=True):
            found[k] = e
    return [e for e in found if e is not None]
