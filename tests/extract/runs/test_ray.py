"""Ray gives the rows that the workers of one machine give."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import gongkai
from corpus.errors import UsageError
from corpus.store.verify import verify_store
from extract.runs import ray_cluster as ray_engine
from extract.runs.run import Job, Limits, Spec, tag_corpus
from tests.support import poison
from tests.support.factories import sample_text


def test_missing_ray_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match="Ray is not installed") as caught:
        ray_engine.ray_runner(Spec(), 1, Limits())
    assert "[ray]" in caught.value.remedy


@pytest.mark.heavy
def test_same_digests(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for n in range(9):
        (corpus / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    (corpus / "crash.txt").write_text(f"{poison.CRASH} 政府信息公开", encoding="utf-8")
    (corpus / "twin.txt").write_bytes((corpus / "3.txt").read_bytes())
    spec, limits = Spec(analyser="tests.support.poison:analyze"), Limits(60, 900)
    runner = ray_engine.ray_runner(spec, 1, limits)
    job = Job([corpus], tmp_path / "ray", "test-0", gongkai.__version__, batch_size=4)
    summary = tag_corpus(job, runner)
    assert summary.statuses == {"ok": 10, "failed": 1}
    assert summary.issues["crashed"] == 1
    from extract.runs.run import pool

    tag_corpus(Job([corpus], tmp_path / "local", "test-0", gongkai.__version__, batch_size=4), pool(spec, 1, limits))
    found = verify_store(tmp_path / "ray")
    assert found.problems == ()
    assert found.digests == verify_store(tmp_path / "local").digests
    far = tmp_path / "far"
    job = replace(job, folder=tmp_path / "stage", url=far.as_uri())
    job.folder.mkdir()
    tag_corpus(job, runner)
    assert verify_store(far).digests == found.digests
    (corpus / "new.txt").write_text(sample_text(received=77), encoding="utf-8")
    assert tag_corpus(job, runner).tagged == 1
