"""Tagging a corpus: same rows whatever the order and the number of workers; updates; twins; files of bad names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import gongkai
from corpus.errors import StoreError, UsageError
from corpus.store.schema import tables
from corpus.store.verify import Verification, verify_store
from extract.runs.compact import FEW
from extract.runs.options import TagOptions
from extract.runs.process import Bench
from extract.runs.run import Inline, Job, Summary, code_id, tag_corpus
from extract.runs.sources import find_sources, stored_name
from models.registry import default_classifier
from tests.conftest import ROOT
from tests.support.factories import sample_text


class Quick:
    """The runner in this process: everything but the supervision is as in workers."""

    def __init__(self, work: Path) -> None:
        self.inline = Inline(Bench(default_classifier()))

    def __enter__(self) -> Inline:
        return self.inline

    def __exit__(self, *_: object) -> None:
        return None


def tag(folder: Path, out: Path, *, batch_size: int = 4, url: str = "", **options: Any) -> Summary:
    """A run in this process with small batches."""
    job = Job([folder], out, "test-0", gongkai.__version__, TagOptions(**options), batch_size, url)
    return tag_corpus(job, Quick, least=2)


def whole(out: Path) -> Verification:
    """The store, found to be whole and finished."""
    found = verify_store(out)
    assert found.problems == ()
    assert found.finished
    return found


def rows(out: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    found = gongkai.load(out).table(table).select(list(columns)).to_pylist()
    return sorted(tuple(r[c] for c in columns) for r in found)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Eleven files: eight reports, a twin of one, an empty file, a file of no known kind."""
    folder = tmp_path / "corpus"
    for n in range(8):
        file = folder / f"{n % 3}" / f"r{n}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sample_text(year=2021 + n % 3, received=n), encoding="utf-8")
    shutil.copy(folder / "1" / "r4.txt", folder / "zz.txt")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "notes.xyz").write_bytes(b"?")
    return folder


def test_batches_do_not_show_in_the_rows(corpus: Path, tmp_path: Path) -> None:
    digests = []
    for n, size in enumerate((1, 3, 100)):
        summary = tag(corpus, tmp_path / f"out{n}", batch_size=size)
        assert summary.statuses == {"ok": 9, "failed": 1, "skipped": 1}
        assert (summary.reports, summary.cells, summary.tagged, summary.unchanged) == (8, 1600, 11, 0)
        assert summary.issues["duplicate_bytes"] == 1
        digests.append(whole(tmp_path / f"out{n}").digests)
    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests[0].values())) == len(tables()), "grids are empty and all tables differ"


def test_order_of_paths_does_not_matter(corpus: Path, tmp_path: Path) -> None:
    paths = [corpus / "0", corpus / "1", corpus / "2", corpus / "zz.txt", corpus / "none.txt"]
    for n, some in enumerate((paths, paths[::-1], [*paths[2:], *paths])):
        tag_corpus(Job(some, tmp_path / f"out{n}", "test-0", "0", batch_size=3), Quick)
    first = whole(tmp_path / "out0").digests
    assert first == whole(tmp_path / "out1").digests == whole(tmp_path / "out2").digests


def test_twins_are_one_report_under_the_smallest_name(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag(corpus, out, batch_size=1)
    by_name = dict(rows(out, "sources", "source", "report_id"))
    assert by_name["zz.txt"] == by_name["1/r4.txt"]
    assert ("1/r4.txt",) in rows(out, "reports", "source")
    # a smaller name comes later, in another run
    shutil.copy(corpus / "zz.txt", corpus / "0" / "a.txt")
    summary = tag(corpus, out, batch_size=1)
    assert (summary.tagged, summary.unchanged, summary.reports) == (3, 9, 8)
    assert ("0/a.txt",) in rows(out, "reports", "source")
    assert ("1/r4.txt",) not in rows(out, "reports", "source")
    fresh = tmp_path / "fresh"
    tag(corpus, fresh)
    assert whole(out).digests == whole(fresh).digests
    # and goes
    (corpus / "0" / "a.txt").unlink()
    assert tag(corpus, out, batch_size=1, prune=True).pruned == 1
    assert ("1/r4.txt",) in rows(out, "reports", "source")
    whole(out)


def test_twin_that_can_be_read_gives_the_report(tmp_path: Path) -> None:
    # a.docx is no Word file; the same bytes under another name are a report
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("a.docx", "b.docx", "c.txt", "d.md"):
        (folder / name).write_text(sample_text(), encoding="utf-16")
    summary = tag(folder, tmp_path / "out")
    found = dict(rows(tmp_path / "out", "sources", "source", "status"))
    assert found == {"a.docx": "failed", "b.docx": "failed", "c.txt": "ok", "d.md": "ok"}
    assert rows(tmp_path / "out", "reports", "source") == [("c.txt",)]
    assert summary.reports == 1
    whole(tmp_path / "out")


def test_many_copies_of_an_unreadable_file_are_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n}.txt").write_text("页面不存在", encoding="utf-8")
    assert tag(folder, tmp_path / "out").statuses == {"failed": 5}
    issues = rows(tmp_path / "out", "issues", "source", "code", "message")
    assert {code for _, code, _ in issues} == {"not_a_report"}
    assert all("same bytes as 0.txt" in message for name, _, message in issues if name != "0.txt")


def test_second_run_does_what_changed(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag(corpus, out)
    before = {p: p.read_bytes() for p in sorted(out.rglob("*.parquet"))}
    summary = tag(corpus, out)
    assert (summary.tagged, summary.unchanged, summary.gone) == (0, 11, 0)
    assert {p: p.read_bytes() for p in sorted(out.rglob("*.parquet"))} == before
    os.utime(corpus / "0" / "r0.txt", ns=(1, 1))
    assert tag(corpus, out).tagged == 0, "touched, but of the same bytes"
    (corpus / "0" / "r3.txt").write_text(sample_text(year=2020, received=99), encoding="utf-8")
    (corpus / "2" / "new.txt").write_text(sample_text(year=2019, received=7), encoding="utf-8")
    (corpus / "1" / "r1.txt").unlink()
    summary = tag(corpus, out)
    assert (summary.tagged, summary.unchanged, summary.gone, summary.pruned) == (2, 9, 1, 0)
    assert summary.reports == 9
    found = whole(out)
    assert "1/r1.txt" in dict(rows(out, "sources", "source", "status"))
    assert tag(corpus, out).tagged == 0
    summary = tag(corpus, out, prune=True)
    assert (summary.tagged, summary.pruned, summary.reports) == (0, 1, 8)
    assert tag(corpus, tmp_path / "fresh").reports == 8
    assert found.digests != whole(out).digests == whole(tmp_path / "fresh").digests
    assert not [p for p in out.rglob("*") if p.name.startswith(".work")]
    assert verify_store(out).rows["sources"] == 11


def test_many_small_updates_leave_few_parts(tmp_path: Path) -> None:
    folder, out = tmp_path / "corpus", tmp_path / "out"
    folder.mkdir()
    for n in range(FEW + 1):
        (folder / f"r{n}.txt").write_text("页面不存在" if n == 3 else sample_text(received=n), encoding="utf-8")
        summary = tag(folder, out, batch_size=100)
        assert summary.statuses == ({"ok": n, "failed": 1} if n >= 3 else {"ok": n + 1})
    assert len(gongkai.load(out).parts("reports")) == 1
    assert summary.failures[0][0] == "r3.txt"
    assert summary.reports == FEW
    tag(folder, tmp_path / "fresh", batch_size=100)
    assert whole(out).digests == whole(tmp_path / "fresh").digests
    assert tag(folder, out, batch_size=100).tagged == 0


def test_other_metadata_are_a_change(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag(corpus, out, metadata={"0/r0.txt": {"url": "https://example.org/0"}, "nobody.txt": {}})
    summary = tag(corpus, out, metadata={"0/r0.txt": {"url": "https://example.org/0"}})
    assert summary.tagged == 0
    summary = tag(
        corpus, out, metadata={"0/r0.txt": {"url": "https://example.org/1"}, "r5.txt": {"url": "u"}, "nobody.txt": {"url": "u"}}
    )
    assert (summary.tagged, summary.unmatched) == (2, ("nobody.txt",))
    assert ("0/r0.txt", "https://example.org/1") in rows(out, "reports", "source", "url")
    whole(out)


def test_failed_files_are_tried_again_when_asked(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag(corpus, out)
    assert tag(corpus, out).tagged == 0
    summary = tag(corpus, out, retry=True)
    assert (summary.tagged, summary.statuses["failed"]) == (1, 1)
    whole(out)


def test_results_made_otherwise_are_refused(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    tag(corpus, out)
    with pytest.raises(StoreError, match="made with min_confidence"):
        tag(corpus, out, min_confidence=0.5)
    with pytest.raises(StoreError, match="made from other paths"):
        tag(corpus / "0", out)
    with monkeypatch.context() as patch:
        patch.setattr("extract.runs.run.code_id", lambda: "other")
        with pytest.raises(StoreError, match="other rules or code") as caught:
            tag(corpus, out)
    assert "--overwrite" in caught.value.remedy
    whole(out)
    assert tag(corpus / "0", out, overwrite=True).reports == 3
    whole(out)
    assert len(code_id()) == 12


def test_only_one_run_at_a_time(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    tag(corpus, out)
    with closing(sqlite3.connect(out / ".lock", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="another `gongkai tag`"):
            tag(corpus, out)
    assert tag(corpus, out).tagged == 0


def test_what_a_run_killed_at_its_start_leaves_is_no_obstacle(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    left = (".lock", ".lock-journal", "manifest.new", "manifest.new-journal", "manifest.sqlite-journal", "views.sql")
    for name in left:
        (out / name).write_bytes(b"")
    (out / "cells").mkdir()
    assert tag(corpus, out).reports == 8
    found = whole(out)
    # a journal of a transaction that was cut short is not played back into the store that replaces it
    with closing(sqlite3.connect(out / "manifest.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN")
        db.execute("UPDATE files SET given = zeroblob(5000)")
        journal = (out / "manifest.sqlite-journal").read_bytes()
        assert journal
        db.execute("ROLLBACK")
    (out / "manifest.sqlite-journal").write_bytes(journal)
    assert tag(corpus, out, overwrite=True).tagged == 11
    assert whole(out).digests == found.digests


def test_parts_whose_manifest_is_gone_are_replaced_only_where_that_was_asked_for(corpus: Path, tmp_path: Path) -> None:
    # a copy that missed one file, or a run with --overwrite that was killed while it removed what was there
    out = tmp_path / "out"
    tag(corpus, out)
    before = whole(out)
    (out / "manifest.sqlite").unlink()
    parts = sorted(out.rglob("part-*"))
    with pytest.raises(StoreError, match=r"whose manifest\.sqlite is gone"):
        tag(corpus, out)
    assert sorted(out.rglob("part-*")) == parts
    assert tag(corpus, out, overwrite=True).reports == 8
    assert whole(out).digests == before.digests


def test_own_folder_of_reports_is_never_taken_for_parts(tmp_path: Path) -> None:
    # `cd project; gongkai tag reports --out .`: a table of a store is called `reports`, too
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.txt").write_text(sample_text(), encoding="utf-8")
    for overwrite in (False, True):
        with pytest.raises(StoreError, match="not empty"):
            tag(tmp_path / "reports", tmp_path, overwrite=overwrite)
    assert (tmp_path / "reports" / "a.txt").exists()


def test_a_file_that_changes_meanwhile_is_said(corpus: Path, tmp_path: Path) -> None:
    class Meddling(Quick):
        def __enter__(self) -> Inline:
            perform = self.inline._bench.perform

            def late(task: Any, on_item: Any) -> Any:
                if task["kind"] == "tag":
                    (corpus / "0" / "r0.txt").write_text(sample_text(received=55), encoding="utf-8")
                return perform(task, on_item)

            self.inline._bench.perform = late  # type: ignore[method-assign]
            return self.inline

    out = tmp_path / "out"
    summary = tag_corpus(Job([corpus], out, "test-0", gongkai.__version__, batch_size=4), Meddling)
    assert any("0/r0.txt" in reason and "changed while" in reason for _, reason in summary.failures)
    assert tag(corpus, out).tagged == 1
    tag(corpus, tmp_path / "fresh")
    assert whole(out).digests == whole(tmp_path / "fresh").digests


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no file names that are no UTF-8")
def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    name = os.fsdecode("云岭县.txt".encode("gb18030"))
    (folder / name).write_text(sample_text(), encoding="utf-8")
    (source,) = find_sources([folder])
    assert source.name == "云岭县.txt" == stored_name(name)
    summary = gongkai.tag(folder, tmp_path / "out", workers=1)
    assert summary.statuses == {"ok": 1}
    assert rows(tmp_path / "out", "sources", "source") == [("云岭县.txt",)]


def test_found_files(tmp_path: Path) -> None:
    for name in ("a/x.txt", "b/x.txt", "a/y.txt", "a/.hidden/z.txt", "b/~$open.docx"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert [s.name for s in find_sources([tmp_path])] == ["a/x.txt", "a/y.txt", "b/x.txt"]
    both = find_sources([tmp_path / "b", tmp_path / "a", tmp_path / "a" / "y.txt"])
    assert [(s.name, s.named) for s in both] == [
        ((tmp_path / "a/x.txt").as_posix(), False), ((tmp_path / "b/x.txt").as_posix(), False), ("y.txt", True),
    ]  # fmt: skip
    assert [s.name for s in find_sources([tmp_path / "a" / "*.txt"])] == ["x.txt", "y.txt"]


def test_a_store_on_another_file_system(corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    url, far = (tmp_path / "far").as_uri(), tmp_path / "far"

    def run(number: int, **options: Any) -> Summary:
        # a new stage each time: another machine may go on
        stage = tmp_path / f"stage{number}"
        stage.mkdir()
        return tag(corpus, stage, url=url, **options)

    assert run(0).reports == 8
    tag(corpus, tmp_path / "near")
    assert whole(far).digests == whole(tmp_path / "near").digests
    assert run(1).tagged == 0
    (corpus / "0" / "r0.txt").write_text(sample_text(received=41), encoding="utf-8")
    (corpus / "0" / "r3.txt").unlink()
    summary = run(2, prune=True)
    assert (summary.tagged, summary.pruned) == (1, 1)
    tag(corpus, tmp_path / "fresh")
    assert whole(far).digests == whole(tmp_path / "fresh").digests
    with pytest.raises(StoreError, match="made with min_confidence"):
        run(3, min_confidence=0.1)
    assert run(4, overwrite=True, batch_size=2).tagged == 10
    assert whole(far).digests == whole(tmp_path / "fresh").digests
    with pytest.raises(UsageError, match="cannot be opened"):
        gongkai.tag(corpus, "nowhere://x/y", classifier=default_classifier())
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "a.doc").write_bytes(b"x")
    with pytest.raises(StoreError, match="no gongkai results"):
        gongkai.tag(corpus, (tmp_path / "thesis").as_uri(), classifier=default_classifier())


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A corpus, tagged by two workers."""
    root = tmp_path_factory.mktemp("two")
    (root / "corpus").mkdir()
    for n in range(12):
        (root / "corpus" / f"r{n}.txt").write_text(sample_text(year=2021 + n % 3, received=n), encoding="utf-8")
    summary = gongkai.tag(root / "corpus", root / "out", workers=2)
    assert summary.statuses == {"ok": 12}
    return root / "corpus", root / "out"


def test_workers_give_what_one_process_gives(two_workers: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, out = two_workers
    gongkai.tag(corpus, tmp_path / "one", classifier=default_classifier())
    assert whole(out).digests == whole(tmp_path / "one").digests


def test_a_script_needs_no_main_guard(two_workers: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, out = two_workers
    script = tmp_path / "script.py"
    # and a user's own module of a common name in the same folder does no harm to the workers
    (tmp_path / "queue.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    script.write_text(
        f"import sys; sys.path.remove({str(tmp_path)!r}); sys.path.append({str(ROOT)!r})\nimport gongkai\n"
        f"print(dict(gongkai.tag({str(corpus)!r}, {str(tmp_path / 'out')!r}, workers=1).statuses))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, timeout=120, check=False
    )
    assert done.stdout.strip() == "{'ok': 12}", done.stderr
    assert whole(tmp_path / "out").digests == whole(out).digests
