"""Workers forked from a nursery: they start ready, their ends are told, and they outlive it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from extract.runs.nursery import Nursery
from extract.runs.pool import Spec, _search_path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


def test_workers_of_a_nursery(tmp_path: Path) -> None:
    nursery = Nursery(asdict(Spec(analyser="tests.support.poison:analyze")), _search_path(), tmp_path / "nursery.log")
    try:
        killed, calm, left = (nursery.fork(tmp_path / f"{n}.log") for n in range(3))
        assert killed is not None
        assert calm is not None
        assert left is not None
        for worker in (killed, calm, left):
            assert json.loads(worker.stdout.readline()) == ["ready"]
        killed.kill()
        assert killed.wait() == -9
        calm.stdin.close()  # as when who started it ends
        assert calm.wait() == 0
        psutil.Process(psutil.Process(left.pid).ppid()).kill()  # the nursery itself
        left.stdin.write(json.dumps({"kind": "hash", "sources": [], "skip": {}}).encode() + b"\n")
        left.stdin.flush()
        assert json.loads(left.stdout.readline()) == ["done", None]
        assert nursery.fork(tmp_path / "none.log") is None
        left.kill()
        assert left.wait() == -9
    finally:
        nursery.close()


def test_what_cannot_be_loaded_leaves_no_nursery(tmp_path: Path) -> None:
    nursery = Nursery(asdict(Spec(analyser="tests.nowhere:analyze")), _search_path(), tmp_path / "nursery.log")
    assert nursery.fork(tmp_path / "none.log") is None
    nursery.close()
    assert "nowhere" in (tmp_path / "nursery.log").read_text(encoding="utf-8")
