"""Workers under attack: crashes, hangs, memory, kills of workers and of the parent, a full disk."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

import gongkai
from corpus.errors import GongkaiError, UsageError
from corpus.store.verify import verify_store
from extract.runs.pool import Pool, Task, default_workers
from extract.runs.run import Job, Limits, Spec, Summary, pool, tag_corpus
from tests import kill_test
from tests.support import poison
from tests.support.factories import sample_text


def tag(corpus: Path, out: Path) -> Summary:
    spec = Spec(analyser="tests.support.poison:analyze")
    job = Job([corpus], out, "test-0", gongkai.__version__, batch_size=10)
    return tag_corpus(job, pool(spec, 2, Limits(timeout=8, memory=600)), workers=2)


def test_poison_is_set_aside_and_the_rest_is_done(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for n in range(14):
        (corpus / f"r{n:02d}.txt").write_text(sample_text(received=n), encoding="utf-8")
    texts = {"hang": poison.HANG, "crash": poison.CRASH, "swell": poison.SWELL, "fault": poison.RAISE}
    for name, word in texts.items():
        (corpus / f"r05-{name}.txt").write_text(f"{word} 政府信息公开", encoding="utf-8")
    # not to blame: its worker dies with it once
    (corpus / "r09.txt").write_text(sample_text(received=9) + f"\n{poison.ONCE}{tmp_path / 'mark'}\n", encoding="utf-8")
    summary = tag(corpus, tmp_path / "out")
    assert summary.statuses["failed"] == 4
    assert summary.reports == 14
    issues = gongkai.load(tmp_path / "out").rows("issues", [("severity", "=", "error")])
    found = {r["source"]: (r["code"], r["message"]) for r in issues}
    assert {name: code for name, (code, _) in found.items()} == {
        "r05-hang.txt": "timed_out", "r05-crash.txt": "crashed", "r05-swell.txt": "out_of_memory", "r05-fault.txt": "internal",
    }  # fmt: skip
    assert "--timeout" in found["r05-hang.txt"][1]
    assert "--memory" in found["r05-swell.txt"][1]
    assert "a fault of ours" in found["r05-fault.txt"][1]
    assert "3 times" in found["r05-crash.txt"][1]
    assert verify_store(tmp_path / "out").problems == ()


def test_workers_that_do_not_start_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.runs.pool._STILLBORN", 2)
    with (
        Pool(Spec(analyser="tests.nowhere:analyze"), 1, Limits(), tmp_path) as doing,
        pytest.raises(GongkaiError, match=r"do not start.*nowhere"),
    ):
        list(doing.run(iter([Task({"kind": "hash", "sources": []}, 0)])))
    with pytest.raises(UsageError, match="0 workers"):
        Pool(Spec(), 0, Limits(), tmp_path)
    assert default_workers() >= 1


def test_killed_runs_end_like_an_undisturbed_one(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    kill_test.make_corpus(corpus, 120, 3, 0)
    kill_test.undisturbed(corpus, tmp_path / "calm", 2, 40)
    done = kill_test.disturbed(corpus, tmp_path / "killed", 2, 40, 4, 2.5, random.Random(3))
    assert done.workers + done.parents == 4
    found = kill_test.compare(tmp_path / "calm", tmp_path / "killed", 0)
    assert found.rows["reports"] == 120


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "fork"), reason="needs a limit on the size of files")
def test_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    kill_test.make_corpus(corpus, 60, 5, 0)
    kill_test.undisturbed(corpus, tmp_path / "calm", 1, 30)
    assert kill_test.full_disk(corpus, tmp_path / "filled", 1, 30, 1)
    assert kill_test.compare(tmp_path / "calm", tmp_path / "filled", 0).rows["reports"] == 60
