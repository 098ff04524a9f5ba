"""Every export is read back with the library that it is meant for."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import gongkai
from corpus.codebook import all_cells, codebook
from corpus.errors import StoreError, UsageError
from gongkai.export import FORMATS, export
from gongkai.export.names import of_kind, variables
from models.keywords import KeywordClassifier
from tests.support.factories import sample_text
from training.samples.build import build

IN_PROCESS = True


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> gongkai.Store:
    root = tmp_path_factory.mktemp("export")
    build(root / "samples", ["tab-rows"])
    (root / "samples" / "tab-rows" / "twin.txt").write_text(sample_text(), encoding="utf-8")
    (root / "samples" / "tab-rows" / "twin-again.txt").write_text(sample_text() + "\n附记：=SUM(A1)。", encoding="utf-8")
    gongkai.tag(root / "samples" / "tab-rows", root / "out")
    return gongkai.load(root / "out")


def wide_rows(store: gongkai.Store) -> list[dict[str, Any]]:
    from gongkai.export.wide import wide

    rows: list[dict[str, Any]] = wide(store).values.to_pylist()
    return rows


def test_variables_cover_every_code() -> None:
    assert {v.code for v in of_kind("cell")} == set(all_cells())
    assert {v.code for v in of_kind("indicator")} == set(codebook().indicators)
    assert {v.code for v in of_kind("label")} == set(codebook().labels)
    for kind in ("problem", "measure"):
        assert {v.code for v in of_kind(kind)} == set(codebook().facets)
    assert max(len(v.name) for v in variables()) <= 32
    assert all(v.zh for v in variables())


def test_wide_is_one_row_per_agency_and_year(store: gongkai.Store) -> None:
    from gongkai.export.wide import wide

    found = wide(store)
    rows = found.values.to_pylist()
    keys = [(r["agency_id"] or r["agency"], r["year"]) for r in rows]
    assert len(keys) == len(set(keys))
    twin = next(r for r in rows if r["agency"] == "临江区教育局")
    assert twin["n_reports"] == 2
    assert [r["agency"] for r in found.left_out.to_pylist()] == ["临江区教育局"]
    assert len(rows) + len(found.left_out) == len(store.table("reports"))


def test_wide_holds_what_the_tables_hold(store: gongkai.Store) -> None:
    from gongkai.export.wide import wide

    found = wide(store)
    cells = {(r["report_id"], r["code"]): r for r in store.table("cells").to_pylist()}
    text: dict[str, int] = {}
    by_label: dict[tuple[str, str], int] = {}
    for p in store.table("passages").to_pylist():
        text[p["report_id"]] = text.get(p["report_id"], 0) + p["end"] - p["start"]
        by_label[p["report_id"], p["label"]] = by_label.get((p["report_id"], p["label"]), 0) + p["end"] - p["start"]
    for row, states in zip(found.values.to_pylist(), found.states.to_pylist(), strict=True):
        rid = row["report_id"]
        assert states["report_id"] == rid
        for v in of_kind("cell"):
            cell = cells.get((rid, v.code))
            assert row[v.name] == (cell["value"] if cell else None)
            assert states[v.name] == (cell["state"] if cell else states[v.name])
            assert cell is not None or states[v.name] in {"absent", "not_on_form"}
        if row["s5"] == "unread":
            assert {row[v.name] for v in of_kind("label")} == {None}
            continue
        assert sum(row[v.name] for v in of_kind("label")) == pytest.approx(1)
        for v in of_kind("label"):
            assert row[v.name] == pytest.approx(by_label.get((rid, v.code), 0) / text[rid])
    joined = {
        r["report_id"]: r["prose_value"]
        for r in store.table("joins").to_pylist()
        if r["indicator"] == "request.received" and r["verdict"] in {"agrees", "disagrees"}
    }
    assert joined
    assert {
        r["report_id"]: r["ind_request_received"] for r in found.values.to_pylist() if r["report_id"] in joined
    }.items() <= joined.items()


def test_csv_opens_in_pandas_and_excel_runs_nothing(store: gongkai.Store, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    export(store, "csv", tmp_path / "csv", codebook=True)
    with (tmp_path / "csv" / "codebook.csv").open(
        encoding="utf-8-sig", newline=""
    ) as f:  # what codes mean, not what columns are
        assert {"definition", "examples", "family_zh"} <= set(next(csv.DictReader(f)))
    assert (tmp_path / "csv" / "passages.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in store.tables:
        back = pandas.read_csv(tmp_path / "csv" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert len(back) == len(store.table(name)), name
        for column in back:
            assert not back[column].str.match(r"[=+@\t\r]").any(), (name, column)
    wide = pandas.read_csv(tmp_path / "csv" / "wide.csv", dtype={"report_id": str})
    assert wide["cell_t3_new_total"].tolist() == pytest.approx(
        [float("nan") if r["cell_t3_new_total"] is None else r["cell_t3_new_total"] for r in wide_rows(store)], nan_ok=True
    )
    with (tmp_path / "csv" / "columns.csv").open(encoding="utf-8-sig", newline="") as f:
        codes = {(r["table"], r["column"]) for r in csv.DictReader(f)}
    assert ("wide", "cell_t3_new_total") in codes


def test_jsonl_and_parquet_lose_nothing(store: gongkai.Store, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    export(store, "jsonl", tmp_path / "j")
    export(store, "parquet", tmp_path / "p")
    for name in store.tables:
        rows = store.table(name).to_pylist()
        assert [
            json.loads(line) for line in (tmp_path / "j" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        ] == rows
        assert pq.read_table(tmp_path / "p" / f"{name}.parquet").to_pylist() == rows


def test_excel_workbook(store: gongkai.Store, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    (path,) = export(store, "xlsx", tmp_path / "x", only=["all"])
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames[0] == "codebook"
    assert "wide" in book.sheetnames
    rows = list(book["passages"].iter_rows(values_only=True))
    wanted = store.table("passages").to_pylist()
    assert [dict(zip(rows[0], r, strict=True))["text"] for r in rows[1:]] == [p["text"] for p in wanted]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_stata_tells_blank_from_absent(store: gongkai.Store, tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    from gongkai.export.stata import MISSING
    from gongkai.export.wide import wide

    export(store, "dta", tmp_path / "d", only=["wide", "passages"])
    frame, meta = pyreadstat.read_dta(tmp_path / "d" / "wide.dta", user_missing=True)
    found = wide(store)
    states = found.states.to_pylist()
    seen = set()
    for v in of_kind("cell"):
        for value, row, state in zip(frame[v.name], found.values.to_pylist(), states, strict=True):
            assert value == (MISSING[state[v.name]] if row[v.name] is None else row[v.name])
            seen.add(value if isinstance(value, str) else "number")
    assert {"a", "b", "d", "number"} <= seen
    assert meta.column_names_to_labels["cell_t3_new_total"].startswith("一、本年新收政府信息公开申请数量")
    assert meta.variable_value_labels["cell_t3_new_total"]["a"] == "空白"
    passages, _ = pyreadstat.read_dta(tmp_path / "d" / "passages.dta")
    assert passages["text"].tolist() == [p["text"] for p in store.table("passages").to_pylist()]
    assert 'use "wide.dta"' in (tmp_path / "d" / "read.do").read_text(encoding="utf-8")


def test_stata_takes_columns_of_nothing_but_missing_values(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    (tmp_path / "a.txt").write_text("云岭县水务局2021年政府信息公开工作年度报告\n一、总体情况\n公开40条。\n", encoding="utf-8")
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out", classifier=KeywordClassifier())
    export(gongkai.load(tmp_path / "out"), "dta", tmp_path / "d", only=["wide", "cells"])
    frame, meta = pyreadstat.read_dta(tmp_path / "d" / "wide.dta", user_missing=True)
    facets = [c for c in frame.columns if c.startswith("facet_")]
    assert facets
    assert frame[facets].isna().all(axis=None)
    assert {meta.readstat_variable_types[c] for c in facets} == {"int8"}
    assert meta.readstat_variable_types["cell_t3_new_total"] == "int8"
    cells, meta = pyreadstat.read_dta(tmp_path / "d" / "cells.dta")
    assert len(cells) == meta.number_rows


def test_spacy_documents(store: gongkai.Store, tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    (path,) = export(store, "spacy", tmp_path / "s")
    found = list(spacy.tokens.DocBin().from_disk(path).get_docs(spacy.blank("zh").vocab))
    texts = {r["report_id"]: r["text"] for r in store.table("documents").to_pylist()}
    assert {d._.gongkai["report_id"]: d.text for d in found} == texts
    passages = sum(len(d.spans["passages"]) for d in found)
    assert passages == len(store.table("passages"))


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_script_reads_the_csv(store: gongkai.Store, tmp_path: Path) -> None:
    export(store, "csv", tmp_path / "csv")
    done = subprocess.run(
        ["Rscript", "read.R"], cwd=tmp_path / "csv", capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert f"passages {len(store.table('passages'))} rows" in done.stdout
    assert f"wide {len(wide_rows(store))} rows" in done.stdout


def test_tables_are_known_by_their_chinese_names(store: gongkai.Store, tmp_path: Path) -> None:
    written = export(store, "csv", tmp_path / "a", only=["表格单元格", "joins", "cells"])
    assert [p.name for p in written if p.suffix == ".csv"] == ["cells.csv", "joins.csv", "columns.csv"]


def test_refusals(store: gongkai.Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown format"):
        export(store, "sav", tmp_path / "a")
    with pytest.raises(UsageError, match="no table named nothing"):
        export(store, "csv", tmp_path / "a", only=["nothing"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="not empty"):
        export(store, "csv", tmp_path / "full")
    assert set(FORMATS) == {"csv", "jsonl", "parquet", "xlsx", "dta", "spacy"}
