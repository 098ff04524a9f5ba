"""A bundle holds everything to repeat an analysis, opens as a store, and tells no contacts."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest

import gongkai
from corpus.errors import DataError, StoreError, UsageError
from corpus.store.verify import verify_store
from gongkai.bundle import bundle, read_queries
from tests.support.factories import sample_text

IN_PROCESS = True

CONTACT = "本报告电子版可下载，联系人：李明，电话：0571-88001234，邮箱xxgk@lake.gov.cn。"


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two reports in ``in`` and their results in ``results``, tagged once."""
    home = tmp_path_factory.mktemp("tagged")
    (home / "in").mkdir()
    (home / "in" / "a.txt").write_text(sample_text() + "\n" + CONTACT + "\n", encoding="utf-8")
    (home / "in" / "b.txt").write_text(sample_text("临江区民政局"), encoding="utf-8")
    gongkai.tag(home / "in", home / "results")
    return home


@pytest.fixture
def store(tagged: Path, tmp_path: Path) -> gongkai.Store:
    shutil.copytree(tagged, tmp_path, dirs_exist_ok=True)
    return gongkai.load(tmp_path / "results")


def test_everything_is_there_and_checks(store: gongkai.Store, tmp_path: Path) -> None:
    folder = bundle(
        store, tmp_path / "b", queries={"by_label": "SELECT label, count(*) AS n FROM passages GROUP BY label ORDER BY label"}
    )
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    names = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()}
    assert {"METHODS.md", "environment.json", "queries/by_label.sql", "queries/by_label.csv", "store/manifest.sqlite"} <= names
    copy = gongkai.load(folder / "store")
    for name in store.tables:
        assert copy.table(name).to_pylist() == store.table(name).to_pylist()
    assert json.loads((folder / "environment.json").read_text(encoding="utf-8"))["store"]["model_id"] == store.meta["model_id"]
    text = (folder / "METHODS.md").read_text(encoding="utf-8")
    assert "2 annual reports" in text
    assert "2个机关" in text
    assert "of 0 it is not known (of 2 it is presumed" in text
    assert "The fifth section of 0 reports could not be read" in text


def test_no_path_of_this_machine_is_told(store: gongkai.Store, tmp_path: Path) -> None:
    folder = bundle(store, tmp_path / "b")
    for path in folder.rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path


def test_contacts_are_masked_and_offsets_stay_true(store: gongkai.Store, tmp_path: Path) -> None:
    copy = gongkai.load(bundle(store, tmp_path / "b", hide_contacts=True) / "store")
    texts = {r["report_id"]: r["text"] for r in copy.table("documents").to_pylist()}
    whole = "".join(texts.values())
    assert "李明" not in whole
    assert "88001234" not in whole
    assert "@" not in whole
    for name, column in (("passages", "text"), ("mentions", "text"), ("cells", "raw")):
        rows = copy.table(name).to_pylist()
        assert rows
        assert all(texts[r["report_id"]][r["start"] : r["end"]] == r[column] for r in rows)
    for r in copy.table("documents").to_pylist():
        assert hashlib.sha256(r["text"].encode()).hexdigest() == r["text_sha256"]


def test_corrections_go_along(store: gongkai.Store, tmp_path: Path) -> None:
    row = store.rows("passages", [("label", "=", "disclosure")])[0]
    line = [
        row["report_id"],
        "passages",
        row["start"],
        row["end"],
        row["text"],
        "label",
        "disclosure",
        "platform",
        "李",
        "2024-01-01",
        "重读",
    ]
    from gongkai.corrections import COLUMNS

    (store.folder / "corrections.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(map(str, line)) + "\n", encoding="utf-8")
    copy = gongkai.load(bundle(gongkai.load(store.folder), tmp_path / "b") / "store")
    assert copy.rows("passages", [("passage_id", "=", row["passage_id"])])[0]["label"] == "platform"


def test_archive_and_refusals(store: gongkai.Store, tmp_path: Path) -> None:
    path = bundle(store, tmp_path / "mine.zip")
    assert zipfile.ZipFile(path).testzip() is None
    assert "mine/METHODS.md" in zipfile.ZipFile(path).namelist()
    with pytest.raises(StoreError, match="exists already"):
        bundle(store, tmp_path / "mine.zip")
    with pytest.raises(UsageError, match="no name for a query"):
        bundle(store, tmp_path / "c", queries={"../x": "SELECT 1"})
    with pytest.raises(UsageError, match="the query failed"):
        bundle(store, tmp_path / "d", queries={"x": "SELECT nothing"})
    assert {p.name for p in tmp_path.iterdir()} == {"in", "results", "mine.zip"}, "what failed leaves nothing behind"


@pytest.mark.parametrize("hide", [False, True])
def test_a_bundled_store_is_whole(store: gongkai.Store, tmp_path: Path, hide: bool) -> None:
    found = verify_store(bundle(store, tmp_path / "b", hide_contacts=hide) / "store")
    assert found.problems == ()
    assert found.rows["reports"] == store.table("reports").num_rows > 0


@pytest.mark.parametrize("data", ["SELECT '文' AS 列".encode("gbk"), "\ufeffSELECT '文' AS 列".encode()])
def test_queries_as_windows_saves_them(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "q.sql").write_bytes(data)
    assert read_queries(tmp_path / "q.sql") == {"q": "SELECT '文' AS 列"}
    (tmp_path / "q.sql").write_bytes(b"\xff\xff\xff")
    with pytest.raises(DataError, match="neither UTF-8"):
        read_queries(tmp_path)


def test_results_are_bundled_into_a_file_of_their_name(store: gongkai.Store) -> None:
    before = sorted(p.name for p in store.folder.iterdir())
    made = bundle(store, store.folder.with_suffix(".zip"))
    assert {n.split("/")[0] for n in zipfile.ZipFile(made).namelist()} == {store.folder.name}
    assert sorted(p.name for p in store.folder.iterdir()) == before
    with pytest.raises(StoreError, match="exists already"):
        bundle(store, made)
