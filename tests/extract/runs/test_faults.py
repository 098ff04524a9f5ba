"""What breaks beside a run: kills inside a transaction, flipped bits, links, equal names, folders that are away."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import gongkai
from corpus.errors import GongkaiError
from corpus.store.verify import verify_store
from gongkai.bundle import bundle
from gongkai.corrections import COLUMNS
from tests.support.factories import sample_text

IN_PROCESS = True

_DIE = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 2")
db.execute("BEGIN IMMEDIATE")
rows = [("x%d" % i * 20, "0" * 64, 1, 1, "", "u", None) for i in range(5000)]
db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    return folder


def _failed(out: Path) -> set[str]:
    rows = gongkai.load(out).table("sources").to_pylist()
    return {r["source"] for r in rows if r["status"] == "failed"}


def names(out: Path) -> set[str]:
    return set(gongkai.load(out).table("sources")["source"].to_pylist())


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: SIGKILL")
def test_killed_inside_a_transaction(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    gongkai.tag([corpus], out, workers=1)
    subprocess.run([sys.executable, "-c", _DIE, str(out / "manifest.sqlite")], check=False)
    assert (out / "manifest.sqlite-journal").stat().st_size
    assert len(gongkai.load(out).table("reports")) == 3
    assert gongkai.tag([corpus], out, workers=1).reports == 3
    assert not verify_store(out).problems


def _bundled(corpus: Path, out: Path) -> None:
    bundle(gongkai.load(out), out.parent / "bundle")


def _updated(corpus: Path, out: Path) -> None:
    (corpus / "0.txt").write_text(sample_text(received=9), encoding="utf-8")
    gongkai.tag([corpus], out, workers=1)


def _queried(corpus: Path, out: Path) -> None:
    gongkai.load(out).sql("SELECT sum(value) FROM cells")


def _read(corpus: Path, out: Path) -> None:
    gongkai.load(out).counts("cells", "code")


@pytest.mark.parametrize("use", [_bundled, _updated, _queried, _read])
def test_a_flipped_bit_is_refused(corpus: Path, tmp_path: Path, use: Callable[[Path, Path], None]) -> None:
    out = tmp_path / "out"
    gongkai.tag([corpus], out, workers=1)
    part = next((out / "cells").glob("*.parquet"))
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 4
    part.write_bytes(data)
    with pytest.raises(GongkaiError, match=r"cells/part-000000\.parquet is damaged"):
        use(corpus, out)
    assert verify_store(out).problems


def test_a_store_is_read_as_it_was_when_it_was_opened(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    gongkai.tag([corpus], out, workers=1)
    store = gongkai.load(out)
    before = set(store.table("reports")["report_id"].to_pylist())
    (corpus / "0.txt").write_text(sample_text(received=9), encoding="utf-8")
    gongkai.tag([corpus], out, workers=1)
    assert set(store.table("passages")["report_id"].to_pylist()) == before
    assert not verify_store(out).problems


@pytest.mark.parametrize("folder", ["res[1]", "a*b", "o'clock", "new\nline", "q?x"])
@pytest.mark.skipif(os.name == "nt", reason="POSIX only: names")
def test_sql_takes_the_name_of_a_folder_as_it_is(corpus: Path, tmp_path: Path, folder: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "1.txt").write_text(sample_text(received=7), encoding="utf-8")
    gongkai.tag([corpus], tmp_path / folder, workers=1)
    twin = folder.translate({ord(c): None for c in "[]*?"})
    if twin != folder:
        gongkai.tag([tmp_path / "one"], tmp_path / twin, workers=1)
    assert gongkai.load(tmp_path / folder).sql("SELECT count(*) AS n FROM sources").to_pylist() == [{"n": 3}]


@pytest.mark.parametrize(
    "sql", ["COPY (SELECT 1) TO '{}/w.csv'", "SELECT * FROM read_text('{}/in/0.txt')", "ATTACH '{}/x.db'", "SET enable_external_access = true"]
)  # fmt: skip
def test_sql_reaches_nothing_but_the_store(corpus: Path, tmp_path: Path, sql: str) -> None:
    gongkai.tag([corpus], tmp_path / "out", workers=1)
    store = gongkai.load(tmp_path / "out")
    with pytest.raises(GongkaiError, match="the query failed"):
        store.sql(sql.format(tmp_path))


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{}' (FORMAT csv, USE_TMP_FILE false)", "SELECT 1; COPY (SELECT 1) TO '{}' (FORMAT csv, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{}' (FORMAT csv, USE_TMP_FILE false)", "PREPARE p AS COPY (SELECT 1) TO '{}'", "ATTACH '{}' AS x",
    ],
)  # fmt: skip
def test_sql_does_not_write_over_the_store(corpus: Path, tmp_path: Path, sql: str) -> None:
    out = tmp_path / "out"
    gongkai.tag([corpus], out, workers=1)
    part = next((out / "passages").glob("*.parquet"))
    store = gongkai.load(out)
    with pytest.raises(GongkaiError, match="the query failed"):
        store.sql(sql.format(part.as_posix()))
    with pytest.raises(GongkaiError, match="the query failed"):
        bundle(store, tmp_path / "bundle", queries={"q": sql.format(part.as_posix())})
    assert not verify_store(out).problems
    assert store.sql("PIVOT passages ON label USING count(*)").num_rows > 0


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: links")
def test_links_and_equal_names_have_rows(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "e.txt").write_text(sample_text(received=5), encoding="utf-8")
    (corpus / "2023").symlink_to(other)
    (other / "loop").symlink_to(corpus)
    (corpus / "broken.txt").symlink_to(tmp_path / "nothing.txt")
    with zipfile.ZipFile(corpus / "x.zip", "w") as z:
        z.writestr("a.txt", sample_text(received=6))
        with pytest.warns(UserWarning, match="Duplicate name"):
            z.writestr("a.txt", sample_text(received=7))
    (corpus / "x.zip!").mkdir()
    (corpus / "x.zip!" / "a.txt").write_text(sample_text(received=8), encoding="utf-8")
    gongkai.tag([corpus], tmp_path / "out", workers=1)
    found = names(tmp_path / "out")
    assert {"2023/e.txt", "broken.txt", "x.zip!/a.txt", "x.zip!/a (2).txt", "x.zip!/a (3).txt"} <= found
    assert len(found) == 8
    assert _failed(tmp_path / "out") == {"broken.txt"}


@pytest.mark.parametrize("empty", [False, True])
def test_what_is_away_is_not_pruned(corpus: Path, tmp_path: Path, empty: bool) -> None:
    out = tmp_path / "out"
    gongkai.tag([corpus], out, workers=1)
    corpus.rename(tmp_path / "away")
    if empty:
        corpus.mkdir()
    with suppress(GongkaiError):
        gongkai.tag([corpus], out, prune=True, workers=1)
    assert len(gongkai.load(out).table("reports")) == 3


@pytest.mark.parametrize("number", ["1亿亿亿亿", "九" * 5000, "9" * 5000, "3万亿亿亿亿", "1" + "0" * 400 + ".5"])
def test_an_absurd_number_counts_nothing(tmp_path: Path, number: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text() + f"全年收到申请{number}件。\n", encoding="utf-8")
    assert all(m.value < 10**18 for m in gongkai.analyze(file).mentions)


def test_redaction_reaches_corrections_and_names_of_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = sample_text() + "联系电话：13912345678。\n"
    (tmp_path / "in" / "联系13900000002.txt").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    gongkai.tag(tmp_path / "in", out, workers=1)
    row = next(r for r in gongkai.load(out).table("passages").to_pylist() if "13912345678" in r["text"])
    line = [row["report_id"], "passages", row["start"], row["end"], row["text"], "label", row["label"], "problem", "me", "", ""]
    (out / "corrections.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(map(str, line)) + "\n", encoding="utf-8")
    made = bundle(gongkai.load(out), tmp_path / "b", hide_contacts=True) / "store"
    assert "13912345678" not in (made / "corrections.csv").read_text(encoding="utf-8")
    assert "13900000002" not in str(gongkai.load(made).table("sources")["source"].to_pylist())
    assert gongkai.load(made).corrected("passages")[1][0].applied
