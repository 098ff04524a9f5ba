"""What happens to files between the moment they are hashed and the moment they are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import gongkai
from corpus.store.verify import verify_store
from extract.runs.run import Job, tag_corpus
from tests.extract.runs.test_batch import Quick, rows
from tests.support.factories import sample_text


def _away(path: Path) -> None:
    path.rename(path.with_name(".away"))


def _changed(path: Path) -> None:
    path.with_name(".away").write_bytes(path.read_bytes())
    os.utime(path.with_name(".away"), ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    path.write_text(sample_text(received=77), encoding="utf-8")


def _folder(path: Path) -> None:
    _away(path)
    path.mkdir()


def _back(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.with_name(".away").replace(path)


@pytest.mark.parametrize("harm", [_away, _changed, _folder])
@pytest.mark.parametrize("twin", [False, True])
def test_what_was_away_when_it_was_read_is_read_by_the_next_run(
    tmp_path: Path, harm: Callable[[Path], None], twin: bool
) -> None:
    corpus, out = tmp_path / "in", tmp_path / "out"
    corpus.mkdir()
    for n in range(3):
        (corpus / f"{n}.txt").write_text(sample_text(received=n), encoding="utf-8")
    if twin:
        (corpus / "9.txt").write_bytes((corpus / "1.txt").read_bytes())

    def tag(harmed: bool) -> int:
        def phase(name: str, done: int, total: int) -> None:
            if name == "tagging" and harmed:
                harm(corpus / "1.txt")

        return tag_corpus(Job([corpus], out, "test-0", gongkai.__version__), Quick, on_phase=phase).tagged

    tag(harmed=True)
    stored = dict(rows(out, "sources", "source", "status"))
    assert stored["1.txt"] == "failed"
    assert not twin or stored["9.txt"] == "ok"
    assert not verify_store(out).problems
    _back(corpus / "1.txt")
    assert tag(harmed=False) == 1 + twin
    assert {status for _, status in rows(out, "sources", "source", "status")} == {"ok"}
    assert len(rows(out, "reports", "report_id")) == 3
    assert not verify_store(out).problems
    assert tag(harmed=False) == 0
