"""A store of several batches is exported a part at a time, to the same rows as one of a single batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import gongkai
from corpus.store.folder import StoreWriter
from corpus.store.schema import tables
from gongkai.corrections import Correction, write_corrections
from gongkai.export import export
from gongkai.export import sheets as sheet_files
from gongkai.export.text_files import Watch
from gongkai.export.wide import wide
from gongkai.store_access import Store
from models.keywords import KeywordClassifier
from training.samples.build import build

IN_PROCESS = True


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Store]:
    """The same rows in one batch and in three."""
    root = tmp_path_factory.mktemp("parts")
    build(root / "samples", ["tab-rows"])
    gongkai.tag(root / "samples" / "tab-rows", root / "one", classifier=KeywordClassifier())
    whole = gongkai.load(root / "one")
    writer = StoreWriter(root / "three", {k: whole.meta[k] for k in ("gongkai_version", "model_id")})
    sources = dict(zip(*(whole.table("reports")[c].to_pylist() for c in ("source", "report_id")), strict=True))
    for batch in range(3):
        own = {i for n, i in enumerate(sorted(sources.values())) if n % 3 == batch}
        rows = {
            name: [r for r in whole.table(name).to_pylist() if (r.get("report_id") or sources.get(r.get("source"))) in own]
            for name in tables()
        }
        writer.write_batch(batch, rows)
    writer.finish()
    return whole, gongkai.load(root / "three")


def _sorted(table: pa.Table, key: tuple[str, ...]) -> pa.Table:
    return table.take(pc.sort_indices(table, sort_keys=[(k, "ascending") for k in key]))


def test_batches_hold_every_row_once(stores: tuple[Store, Store]) -> None:
    whole, parts = stores
    assert len(list(parts.batches())) == 3
    for name, table in tables().items():
        found = pa.concat_tables([b.table(name) for b in parts.batches()])
        assert _sorted(found, table.key).equals(_sorted(whole.table(name), table.key)), name


def test_the_wide_table_does_not_show_the_batches(stores: tuple[Store, Store]) -> None:
    one, three = (wide(s) for s in stores)
    assert len(one.values) > 3
    assert three.values.equals(one.values)
    assert three.states.equals(one.states)
    assert three.left_out.equals(one.left_out)


def _correction(store: Store, table: str, field: str, row: dict[str, object], quote: str, new: str) -> Correction:
    return Correction(
        2,
        str(row["report_id"]),
        table,
        int(str(row["start"])),
        int(str(row["end"])),
        quote,
        field,
        str(row[field]),
        new,
        "李",
        "",
        "",
    )


def test_corrections_apply_in_every_part(stores: tuple[Store, Store], tmp_path: Path) -> None:
    _, parts = stores
    passage = parts.rows("passages", [("label", "=", "disclosure")])[0]
    cell = next(c for c in parts.rows("cells", [("state", "=", "value")]) if c["code"] == "t3.new.total")
    text = parts.rows("documents", [("report_id", "=", cell["report_id"])])[0]["text"]
    quote = text[cell["start"] : cell["end"]]
    cell |= {"value": str(int(cell["value"]))}
    write_corrections(
        tmp_path / "c.csv",
        [
            _correction(parts, "passages", "label", passage, passage["text"], "platform"),
            _correction(parts, "cells", "value", cell, quote, "99999"),
        ],
    )
    store = gongkai.load(parts.folder, corrections=tmp_path / "c.csv")
    for name in ("passages", "cells", "checks"):
        wanted = store.table(name)
        found = pa.concat_tables([b.table(name) for b in store.batches()])
        assert _sorted(found, tables()[name].key).equals(_sorted(wanted, tables()[name].key)), name
    assert not store.table("checks").equals(parts.table("checks"))
    export(store, "csv", tmp_path / "out", only=["passages"])
    assert "human" in (tmp_path / "out" / "passages.csv").read_text(encoding="utf-8").split("\n")[0]


def _csv(store: Store, out: Path) -> list[str]:
    export(store, "csv", out, only=["reports", "mentions", "wide"])
    return [
        f"{p.name}: {line}" for p in sorted(out.glob("*.csv")) for line in sorted(p.read_text(encoding="utf-8").splitlines())
    ]


def _dta(store: Store, out: Path) -> list[str]:
    pyreadstat = pytest.importorskip("pyreadstat")
    export(store, "dta", out, only=["wide", "mentions"])
    frames = {p.name: pyreadstat.read_dta(p, user_missing=True)[0] for p in sorted(out.glob("*.dta"))}
    return [f"{name}: {row!r}" for name, frame in frames.items() for row in sorted(map(str, frame.values.tolist()))]


@pytest.mark.parametrize("written", [_csv, _dta])
def test_every_file_holds_the_same_rows(
    stores: tuple[Store, Store], tmp_path: Path, written: Callable[[Store, Path], list[str]]
) -> None:
    one, three = (written(s, tmp_path / str(n)) for n, s in enumerate(stores))
    assert len(one) > 500
    assert three == one


def test_stata_reads_texts_of_any_length(stores: tuple[Store, Store], tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    export(stores[1], "dta", tmp_path / "d", only=["documents", "reports"])
    frame = pandas.read_stata(tmp_path / "d" / "documents.dta")
    texts = [t for b in stores[1].batches() for t in b.table("documents")["text"].to_pylist()]
    assert frame["text"].tolist() == texts
    assert max(map(len, texts)) > 2045  # longer than a text of fixed width can be
    years = pandas.read_stata(tmp_path / "d" / "reports.dta", convert_missing=False)["year"]
    assert str(years.dtype) in {"int16", "float64"}


class _Told(Watch):
    def __init__(self) -> None:
        self.parts: list[tuple[str, int, int]] = []
        self.notes: list[str] = []

    def part(self, name: str, done: int, total: int) -> None:
        self.parts.append((name, done, total))
        if name == "sources":
            raise RuntimeError("stop")

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_a_workbook_says_where_a_table_goes_on(
    stores: tuple[Store, Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.setattr(sheet_files, "ROWS", 1000)
    told = _Told()
    (path,) = export(stores[1], "xlsx", tmp_path / "x", only=["cells"], watch=told)
    names = openpyxl.load_workbook(path, read_only=True).sheetnames
    assert names[-2:] == [f"cells_{len(names) - 2}", f"cells_{len(names) - 1}"] or names[-1] == "cells_2"
    assert told.notes == [n for n in told.notes if n.startswith("cells goes on in cells_2")]
    assert told.parts[0] == ("cells", 0, 3)
    assert told.parts[-1] == ("cells", 3, 3)


def test_what_is_written_when_no_table_is_named(stores: tuple[Store, Store], tmp_path: Path) -> None:
    assert {p.name for p in export(stores[0], "dta", tmp_path / "d")} == {"wide.dta", "read.do"}
    told = _Told()
    with pytest.raises(RuntimeError, match="stop"):
        export(stores[0], "xlsx", tmp_path / "x", only=["all"], watch=told)
    assert told.notes == ["documents is not in it: whole texts do not fit into cells; export it as csv, parquet or jsonl"]
