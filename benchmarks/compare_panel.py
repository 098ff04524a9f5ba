"""Planted breaks and errors of a panel found again: ``python -m benchmarks.compare_panel [--agency-years N]``.

Agencies report for years with full tables that fit together: what is carried out comes in again the year after, totals are the sums of
their applicants, the parts of a sum of the new form add up.  Requests grow by some 15 % up or down a year.  Into these go, each into
an agency of its own: a wrong number carried in, a value ten or a hundred times too large, two columns exchanged for a year, another
coverage, a year without a report, a rename and a merger of 2018.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.agencies.divisions import gazetteer
from corpus.codebook import APPLICANTS, form_cells
from corpus.store import manifest
from corpus.store.folder import StoreWriter, store_versions
from corpus.store.parts import to_arrow, write_part
from corpus.store.schema import tables
from gongkai.compare.changes import checks_across_years, concordance, growth, jumps
from gongkai.compare.panel import agency_years
from gongkai.store_access import Store, load

YEARS = (2019, 2020, 2021, 2022, 2023)
#: before the form of 2019 no cell has a statutory code
EARLY = (2016, 2017, 2018)
#: kinds that no reform of the table of reforms has touched
KINDS = ("education", "audit", "water", "justice", "housing", "sports", "statistics", "police", "transport", "commerce")
PLANTS = ("carried", "factor_10", "factor_100", "swapped", "coverage", "missing", "rename", "merger")
_VERSIONS = {"gongkai_version": "planted", "model_id": "none"}
_A = (*APPLICANTS, "total")


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency: ``plant`` of :data:`PLANTS` or empty, the year in which it shows, and of a slip the cell."""

    id: str
    plant: str = ""
    year: int = 0
    code: str = ""


def agencies(count: int, share: float, seed: int) -> list[Agency]:
    """So many agencies of counties; ``share`` of them get each plant."""
    rng = random.Random(seed)
    places = sorted(c for c, d in gazetteer().by_code.items() if not c.endswith("00") and not d[-1].until)
    names = [f"{place}.{kind}" for kind in KINDS for place in places]
    if count > len(names):
        raise SystemExit(f"at most {len(names)} agencies")
    each = max(1, round(share * count))
    free = [p for p in PLANTS for _ in range(each)]
    out = []
    for name, plant in zip(rng.sample(names, count), free + [""] * (count - len(free)), strict=False):
        place = name.partition(".")[0]
        year = rng.choice(YEARS[1:])
        if plant in {"missing", "swapped"}:
            year = rng.choice(YEARS[1:-1])
        code = rng.choice(("t3.new.total", "t3.granted.total", "t3.total.total")) if plant.startswith("factor") else ""
        out.append(Agency({"rename": f"{place}.ecology", "merger": f"{place}.market"}.get(plant, name), plant, year, code))
    return out


def values(some: Sequence[Agency], rng: np.random.Generator) -> dict[int, dict[str, NDArray[np.float64]]]:
    """Cells by year and code for some agencies, errors included; entry ``i`` is agency ``i``."""
    n = len(some)
    size = rng.lognormal(2.5, 1.2, size=(n, 1)) * rng.dirichlet([6, 2, 0.3, 0.3, 0.3, 0.3], size=n)
    swap = np.array([a.plant == "swapped" for a in some])
    # columns that can be told apart: forty against twelve and more
    size[swap, 0], size[swap, 1] = rng.uniform(60, 300, swap.sum()), rng.uniform(5, 12, swap.sum())
    slip = np.array([a.plant.startswith("factor") for a in some])
    size[slip, 0] = rng.uniform(60, 300, slip.sum())
    carried = np.zeros((n, 6))
    effective = {row: rng.poisson(12, n).astype(float) for row in ("regulation", "normative")}
    found = {}
    for year in YEARS:
        size = size * rng.lognormal(0, 0.15, size=(n, 1))
        form = "2019" if year <= 2020 else "2021"
        cells = {code: np.zeros(n) for code in form_cells("2019" if form == "2019" else "2021")}
        rows: dict[str, NDArray[np.float64]] = {"new": rng.poisson(size).astype(float), "carried_in": carried}
        out = rng.binomial((rows["new"] + carried).astype(int), 0.06).astype(float)
        left = rows["total"] = rows["new"] + carried - out
        rows["carried_out"] = carried = out
        others = ["other"] if form == "2019" else ["other_uncorrected", "other_unpaid", "other_misc"]
        for name, part in (("granted", 0.55), ("partial", 0.2), ("unavailable_not_held", 0.5), *((o, 0.3) for o in others)):
            rows[name] = rng.binomial(left.astype(int), part).astype(float)
            left = left - rows[name]
        rows["rejected_repeat"] = left
        for name, table in rows.items():
            for k, applicant in enumerate(APPLICANTS):
                cells[f"t3.{name}.{applicant}"] = table[:, k].copy()
            cells[f"t3.{name}.total"] = table.sum(axis=1)
        for row in effective:
            issued, repealed = rng.poisson(2, n).astype(float), rng.binomial(effective[row].astype(int), 0.1).astype(float)
            effective[row] = effective[row] + issued - repealed
            if form == "2021":
                cells |= {
                    f"t2.{row}.issued": issued,
                    f"t2.{row}.repealed": repealed,
                    f"t2.{row}.effective": effective[row].copy(),
                }
            else:
                cells |= {
                    f"t2.{row}.made": issued,
                    f"t2.{row}.disclosed": issued.copy(),
                    f"t2.{row}.public_total": effective[row].copy(),
                }
        for i, a in enumerate(some):
            _spoil(cells, i, a, year, rows)
        found[year] = cells
    return found


def _spoil(cells: dict[str, NDArray[np.float64]], i: int, a: Agency, year: int, rows: dict[str, NDArray[np.float64]]) -> None:
    if a.plant == "coverage" and year >= a.year:
        for code in cells:
            cells[code][i] *= 3
    if a.year != year:
        return
    if a.plant == "carried":
        for column in ("natural", "total"):
            cells[f"t3.carried_in.{column}"][i] += 2
    elif a.plant.startswith("factor"):
        cells[a.code][i] *= int(a.plant.removeprefix("factor_"))
    elif a.plant == "swapped":
        for name in rows:
            one, two = cells[f"t3.{name}.natural"], cells[f"t3.{name}.business"]
            one[i], two[i] = two[i], one[i]


def heads(a: Agency) -> Iterator[dict[str, Any]]:
    """Rows of ``reports`` of an agency."""
    place = a.id.partition(".")[0]
    early = {"rename": ("environment",), "merger": ("industry_commerce", "quality")}.get(a.plant, ())
    if early:
        yield from (_head(f"{place}.{kind}", year, "pre2019") for kind in early for year in EARLY[:-1])
        yield _head(a.id, EARLY[-1], "pre2019")
    for year in YEARS:
        if a.plant == "missing" and year == a.year:
            continue
        coverage = "consolidated" if a.plant == "coverage" and year >= a.year else "own"
        yield _head(a.id, year, "2019" if year <= 2020 else "2021", coverage)


def _head(agency_id: str, year: int, form: str, coverage: str = "own") -> dict[str, Any]:
    report = f"{agency_id}/{year}"
    return {
        "report_id": report, "source": f"{report}.txt", "agency": agency_id, "agency_id": agency_id, "year": year, "form": form,
        "coverage": coverage, "sections_found": [], "n_passages": 1, "n_mentions": 0, "n_cells": 0 if form == "pre2019" else 200,
    }  # fmt: skip


def write(folder: Path, all_of_them: Sequence[Agency], seed: int) -> Store:
    """The panel as a store, some hundred agencies at a time."""
    writer = StoreWriter(folder, _VERSIONS)
    rng = np.random.default_rng(seed)
    schema = tables()["cells"].arrow()
    for batch, at in enumerate(range(0, len(all_of_them), 1000)):
        some = all_of_them[at : at + 1000]
        parts = []
        for year, cells in values(some, rng).items():
            there = np.array([i for i, a in enumerate(some) if not (a.plant == "missing" and a.year == year)])
            ids = pa.array([f"{some[i].id}/{year}" for i in there])
            rows = len(there) * len(cells)
            columns: dict[str, Any] = {
                "report_id": pc.take(ids, pa.array(np.tile(np.arange(len(there)), len(cells)))),
                "code": pc.take(pa.array(list(cells)), pa.array(np.repeat(np.arange(len(cells)), len(there)))),
                "raw": pa.repeat("", rows), "state": pa.repeat("value", rows), "basis": pa.repeat("label", rows), "value": np.concatenate([v[there] for v in cells.values()]),
                "start": np.zeros(rows, np.int64), "end": np.zeros(rows, np.int64),
            }  # fmt: skip
            parts.append(pa.table([columns.get(f.name, pa.nulls(rows, f.type)) for f in schema], schema=schema))
        _commit(
            writer,
            batch,
            {"reports": to_arrow("reports", [h for a in some for h in heads(a)]), "cells": pa.concat_tables(parts)},
        )
    writer.finish()
    return load(folder)


def _commit(writer: StoreWriter, batch: int, found: dict[str, pa.Table]) -> None:
    # as StoreWriter.write_batch, which takes rows one by one
    work = writer.folder / manifest.WORK
    work.mkdir(exist_ok=True)
    parts = [write_part(work, name, batch, table, store_versions(_VERSIONS)) for name, table in found.items()]
    with manifest.connect(writer.folder) as db:
        manifest.commit_batch(db, writer.folder, work, batch, parts, "{}")
    manifest.remove(work)


def breaks(store: Store, all_of_them: Sequence[Agency]) -> list[str]:
    """Planted breaks of series against those of the panel, and breaks where none was planted."""
    wanted: dict[tuple[str, int], str] = {}
    for a in all_of_them:
        if a.plant in {"coverage", "missing"}:
            wanted[a.id, a.year + (a.plant == "missing")] = f"{a.plant}_{'year' if a.plant == 'missing' else 'changed'}"
    out = []
    for identity in ("entity", "lineage", "function"):
        rows = agency_years(store, identity=identity).to_pylist()
        found = {(r["series"], r["year"]): r["break_before"] for r in rows if r["break_before"]}
        expected = dict(wanted)
        for a in all_of_them:
            # the reform of 2018 reached the agencies until 2019
            if a.plant == "merger":
                expected |= {(a.id, 2019): "agency_changed"} | (
                    {(a.id, 2018): "agency_changed"} if identity == "function" else {}
                )
        right = sum(found.get(k) == v for k, v in expected.items())
        out.append(
            f"breaks, {identity:8}  {right} of {len(expected)} found with their reason, {len(found.keys() - expected.keys())} where none is"
        )
        years: dict[str, set[int]] = {}
        for r in rows:
            years.setdefault(r["series"], set()).add(r["year"])
        for plant in ("rename", "merger"):
            ids = [a.id for a in all_of_them if a.plant == plant]
            whole = sum(set(EARLY) | set(YEARS) == years.get(i, set()) for i in ids)
            out.append(f"  {plant:7} {whole} of {len(ids)} are one series from {EARLY[0]} to {YEARS[-1]}")
    return out


def checked(store: Store, panel: pa.Table, all_of_them: Sequence[Agency]) -> list[str]:
    """Wrong numbers carried in, and checks that fail where nothing was planted."""
    plants = {a.id: a for a in all_of_them}
    rows = checks_across_years(store, panel)
    some = rows.filter(pc.equal(rows["verdict"], "unexplained_change")).to_pylist()
    failed = {(r["series"], r["year"], r["check"]) for r in some}
    wanted = {(a.id, a.year, f"carried.{c}") for a in all_of_them if a.plant == "carried" for c in ("natural", "total")}
    # two columns exchanged also break the checks of that year and of the next
    alarms = {f for f in failed - wanted if plants[f[0]].plant != "swapped"}
    verdicts = {v["values"]: v["counts"] for v in rows["verdict"].value_counts().to_pylist()}
    return [
        f"carried in        {len(failed & wanted)} of {len(wanted)} wrong numbers found, {len(alarms)} false alarms in {verdicts['holds'] + len(alarms):,} "
        f"checks that should hold ({verdicts.get('not_checkable', 0):,} not checkable)"
    ]


def slips(store: Store, panel: pa.Table, all_of_them: Sequence[Agency]) -> list[str]:
    """Slips and exchanged columns, and jumps where nothing was planted."""
    rows = jumps(store, panel).to_pylist()
    out = []
    plants = {a.id: a for a in all_of_them}
    for kind in ("factor_10", "factor_100", "swapped"):
        own = [a for a in all_of_them if a.plant == kind]
        hits: dict[str, list[bool | None]] = {}
        for r in rows:
            a = plants[r["series"]]
            if r["kind"] == kind and a.plant == kind and r["year"] == a.year and (kind == "swapped" or r["code"] == a.code):
                hits.setdefault(a.id, []).append(r["returns"])
        known = [h for h in hits.values() if h[0] is not None]
        alarms = {
            (r["series"], r["year"], r["code"]) for r in rows
            # the way back of a slip is a jump too
            if r["kind"] == kind and not (plants[r["series"]].plant in {"factor_10", "factor_100", "swapped"} and plants[r["series"]].year <= r["year"] <= plants[r["series"]].year + 1)
        }  # fmt: skip
        returning = sum(any(h) for h in known)
        out.append(
            f"{kind:17} {len(hits)} of {len(own)} found, {returning} of the {len(known)} with a year after are said to return, {len(alarms)} false alarms"
        )
    return out


def grown(store: Store, panel: pa.Table, all_of_them: Sequence[Agency]) -> list[str]:
    """Growth across the form change: only where the concordance goes on; none across a planted break."""
    found = growth(store, panel)
    across = found.filter(pc.equal(found["across_forms"], True))
    ok = across.filter(pc.equal(across["status"], "ok"))
    goes_on = {r["code"] for r in concordance().to_pylist() if r["form_from"] == "2019" and r["form_to"] == "2021"}
    given = set(ok["code"].unique().to_pylist())
    sums = ok.filter(pc.match_substring_regex(ok["code"], r"^t3\.other\.")).to_pylist()
    printed = store.sql("SELECT report_id, code, value FROM cells WHERE starts_with(code, 't3.other')")
    total: Counter[tuple[str, str]] = Counter()
    for report, code, value in zip(*(printed[c].to_pylist() for c in ("report_id", "code", "value")), strict=True):
        total[report, f"t3.other.{code.rpartition('.')[2]}"] += value
    exact = sum(
        r["value_to"] == total[f"{r['series']}/2021", r["code"]] and r["value_from"] == total[f"{r['series']}/2020", r["code"]]
        for r in sums
    )
    bad = {(a.id, a.year + (a.plant == "missing")) for a in all_of_them if a.plant in {"coverage", "missing"}}
    broken = (
        found.filter(pc.equal(found["status"], "ok"))
        .select(["series", "year_to"])
        .group_by(["series", "year_to"])
        .aggregate([])
        .to_pylist()
    )
    leaked = sum((r["series"], r["year_to"]) in bad for r in broken)
    return [
        f"growth 2020/21    {len(given & goes_on)} of {len(goes_on)} cells that go on do so, {len(given - goes_on)} others; {exact} of {len(sums)} sums exact",
        f"growth            {leaked} of {len(bad)} planted breaks crossed",
    ]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--agency-years", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.02, help="share of agencies with each plant")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    planted = agencies(args.agency_years // len(YEARS), args.share, args.seed)
    with tempfile.TemporaryDirectory() as folder:
        store = write(Path(folder) / "store", planted, args.seed)
        count = store.sql(
            "SELECT (SELECT count(*) FROM reports) AS reports, (SELECT count(*) FROM cells) AS cells"
        ).to_pylist()[0]
        print(f"{count['reports']:,} agency-years of {len(planted):,} agencies, {count['cells']:,} cells, seed {args.seed}")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, start = perf_counter(), process_time()
        store.sql("SELECT code, sum(value) FROM cells GROUP BY code")
        unit, unit_wall = process_time() - start, perf_counter() - wall
        print(f"one sum over all cells by code: {unit_wall:.1f} s on the clock, {unit:.1f} s of CPU time")
        panel = agency_years(store)
        lines = []
        steps: list[tuple[str, Callable[[], list[str]]]] = [
            ("agency_years ×3", lambda: breaks(store, planted)),
            ("checks", lambda: checked(store, panel, planted)),
            ("jumps", lambda: slips(store, panel, planted)),
            ("growth", lambda: grown(store, panel, planted)),
        ]
        for name, make in steps:
            wall, start = perf_counter(), process_time()
            lines += make()
            cpu, most = process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{name:16} {perf_counter() - wall:7.1f} s on the clock, {cpu:7.1f} s of CPU time, {cpu / unit:5.1f} ×, memory at most {most:,.0f} MB ({before:,.0f} before)"
            )
        print("\n".join(lines))


if __name__ == "__main__":
    main()
