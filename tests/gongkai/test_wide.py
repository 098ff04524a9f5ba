"""The wide table against one that asks DuckDB an aggregate for each variable: slow, and plain to read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

import gongkai
from corpus.codebook import FORM_NAMES, form_cells
from gongkai.compare.one_report import chosen
from gongkai.corrections import COLUMNS
from gongkai.export import export
from gongkai.export.names import of_kind, variables
from gongkai.export.wide import ABSENT, CONFLICT, NOT_ON_FORM, NOT_STATED, Wide, wide
from gongkai.store_access import Store
from tests.support.factories import sample_text
from training.samples.build import build

IN_PROCESS = True


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _per_report(columns: Iterable[str], source: str) -> str:
    return f"SELECT report_id, {', '.join(columns)} FROM {source} GROUP BY report_id"


def _cells(column: str) -> str:
    return _per_report((f"any_value({column}) FILTER (code = {_quote(v.code)}) AS {v.name}" for v in of_kind("cell")), "cells")


def _indicators(*, states: bool = False) -> str:
    joined = "SELECT DISTINCT mention_id FROM joins WHERE verdict IN ('agrees', 'disagrees')"
    differ = "SELECT unnest(evidence) FROM checks WHERE \"check\" = 'repeat' AND verdict = 'fails'"
    ranked = (
        "SELECT report_id, indicator, value, start + (CASE WHEN mention_id IN ("
        + joined
        + f") THEN 0 ELSE 1000000000 END) AS rank, bool_or(mention_id IN ({differ})) OVER (PARTITION BY report_id, indicator) AS differs "
        "FROM mentions WHERE scope = 'total' AND period = 'year' AND indicator <> ''"
    )
    asked = (
        "arg_min(value, rank) FILTER (NOT differs AND"
        if not states
        else "max(CASE WHEN differs THEN 'conflict' ELSE 'value' END) FILTER ("
    )
    return _per_report((f"{asked} indicator = {_quote(v.code)}) AS {v.name}" for v in of_kind("indicator")), f"({ranked})")


def _passages() -> str:
    # a share is of all text, 0 where the report has text but none of that label
    shares = [
        f'coalesce(sum("end" - start) FILTER (label = {_quote(v.code)}), 0) / sum("end" - start) AS {v.name}'
        for v in of_kind("label")
    ]
    facets = [
        f"CAST(coalesce(bool_or(list_contains(facets, {_quote(v.code)})) FILTER (label = {_quote(label)}), false) AS INTEGER) AS {v.name}"
        for kind, label in (("problem", "problem"), ("measure", "improvement"))
        for v in of_kind(kind)
    ]
    # of a report whose section was not read nothing is known: null, not 0
    known = {"label": "s5 <> 'unread'", "facet": "s5 IN ('read', 'nothing')"}
    columns = [f"CASE WHEN {known['label']} THEN {v.name} END AS {v.name}" for v in of_kind("label")]
    columns += [
        f"CASE WHEN {known['facet']} THEN {v.name} END AS {v.name}" for kind in ("problem", "measure") for v in of_kind(kind)
    ]
    made = _per_report([*shares, *facets], "passages")
    return f"SELECT report_id, {', '.join(columns)} FROM ({made}) JOIN states USING (report_id)"


def slow(store: Store, *, doubtful: bool = False) -> Wide:
    """The wide table, one aggregate with a filter for each variable and cell."""
    ids = [v.code for v in of_kind("id") if v.code != "n_reports"]
    reports = store.table("reports").select(["report_id", "s5"])
    held = set(store.sql("SELECT DISTINCT report_id FROM passages WHERE section = 's5'")["report_id"].to_pylist())
    told = zip(reports["report_id"].to_pylist(), reports["s5"].to_pylist(), strict=True)
    s5 = {r: state or ("read" if r in held else "unread") for r, state in told}
    own = {
        "chosen": chosen(store, doubtful=doubtful),
        "states": pa.table({"report_id": pa.array(list(s5), pa.string()), "s5": pa.array(list(s5.values()), pa.string())}),
    }
    wanted = ", ".join("states.s5" if c == "s5" else f"reports.{c}" if c == "report_id" else c for c in ids)
    head = f"SELECT {wanted}, n_reports FROM reports JOIN chosen USING (report_id) JOIN states USING (report_id)"
    joined = "".join(f" LEFT JOIN ({part}) USING (report_id)" for part in (_cells("value"), _indicators(), _passages()))
    order = " ORDER BY agency, year, report_id"
    values = store.sql(f"SELECT * FROM ({head}){joined}{order}", own).select([v.name for v in variables()])
    states = store.sql(
        f"SELECT {', '.join(['report_id', *_states()])} FROM ({head}) LEFT JOIN ({_cells('state')}) USING (report_id) "
        f"LEFT JOIN ({_indicators(states=True)}) USING (report_id){order}",
        own,
    )
    left_out = store.sql(
        f"SELECT report_id, source, agency, year, n_cells, n_passages FROM reports ANTI JOIN chosen USING (report_id){order}",
        own,
    )
    return Wide(values, states, left_out)


def _states() -> list[str]:
    """Columns of the states: where a cell has none, whether its form has it at all."""
    found = []
    for v in of_kind("cell"):
        # which form a mixed or unknown report follows is not known: a cell that is not there is absent
        lacking = [_quote(form) for form in FORM_NAMES if v.code not in form_cells(form)]
        none = (
            f"CASE WHEN form IN ({', '.join(lacking)}) THEN {_quote(NOT_ON_FORM)} ELSE {_quote(ABSENT)} END"
            if lacking
            else _quote(ABSENT)
        )
        found.append(f"coalesce({v.name}, {none}) AS {v.name}")
    return [*found, *(f"coalesce({v.name}, {_quote(NOT_STATED)}) AS {v.name}" for v in of_kind("indicator"))]


LAYOUTS = ("tab-rows", "markdown", "lines")


@pytest.fixture(scope="module", params=LAYOUTS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wide")
    build(root / "samples", [request.param])
    odd = {
        "twin.txt": sample_text(),
        "twin-again.txt": sample_text() + "\n附记：又一份。",
        "no-fifth.txt": sample_text().split("五、")[0],
        "plan.txt": "明年工作打算。\n一、加强学习。",
    }
    for name, text in odd.items():
        (root / "samples" / name).write_text(text, encoding="utf-8")
    gongkai.tag(root / "samples", root / "out")
    return root / "out"


@pytest.mark.parametrize("doubtful", [False, True])
def test_the_wide_table_is_that_of_single_aggregates(folder: Path, doubtful: bool) -> None:
    store = gongkai.load(folder)
    made, wanted = wide(store, doubtful=doubtful), slow(store, doubtful=doubtful)
    assert len(made.values) > 2
    for mine, other in ((made.values, wanted.values), (made.states, wanted.states), (made.left_out, wanted.left_out)):
        assert mine.schema == other.schema
        assert [c for c in other.column_names if mine[c].to_pylist() != other[c].to_pylist()] == []


def test_a_corrected_label_stands_in_the_wide_table(folder: Path, tmp_path: Path) -> None:
    store = gongkai.load(folder)
    rows = wide(store).values["report_id"].to_pylist()
    passage = next(p for p in store.rows("passages", [("label", "=", "disclosure")]) if p["report_id"] in rows)
    file = tmp_path / "corrections.csv"
    line = {
        "report_id": passage["report_id"], "table": "passages", "start": passage["start"], "end": passage["end"],
        "quote": passage["text"], "field": "label", "old": "disclosure", "new": "platform", "coder": "李", "date": "2024-05-01",
    }  # fmt: skip
    with file.open("w", encoding="utf-8-sig", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        writer.writerow(line | {"reason": "重新判读"})
    corrected = gongkai.load(folder, corrections=file)
    made = wide(corrected)
    assert made.values.equals(slow(corrected).values)
    assert not made.values.equals(wide(store).values)


@pytest.mark.parametrize(("second", "value", "state"), [("12", None, CONFLICT), ("9", 9.0, "value")])
def test_a_total_that_is_stated_twice_with_different_values_has_none(
    tmp_path: Path, second: str, value: float | None, state: str
) -> None:
    (tmp_path / "a.txt").write_text(
        "云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n全年共收到政府信息公开申请9件。\n主动公开信息40条。\n"
        f"（二）依申请公开情况\n2021年共收到政府信息公开申请{second}件，均已答复。\n",
        encoding="utf-8",
    )
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out", workers=1)
    store = gongkai.load(tmp_path / "out")
    made = wide(store)
    name = next(v.name for v in of_kind("indicator") if v.code == "request.received")
    other = next(v.name for v in of_kind("indicator") if v.code == "request.granted")
    assert (made.values[name].to_pylist(), made.states[name].to_pylist()) == ([value], [state])
    assert (made.values[other].to_pylist(), made.states[other].to_pylist()) == ([None], [NOT_STATED])
    assert len(store.rows("mentions", [("indicator", "=", "request.received")])) == 2
    pyreadstat = pytest.importorskip("pyreadstat")
    export(store, "dta", tmp_path / "d")
    frame, meta = pyreadstat.read_dta(tmp_path / "d" / "wide.dta", user_missing=True)
    assert frame[name].tolist() == (["f"] if value is None else [9])
    assert meta.variable_value_labels[name]["f"] == "文中数值前后不一"
