"""LibreOffice ends with the process that started it, whatever ends that, and leaves no copy of the file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from corpus.errors import ReadError
from corpus.readers.office import convert
from corpus.readers.office_home import PREFIX, office_home, sweep
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX only: signals")
#: as soffice does: a script that starts the program, which starts others
_SOFFICE = """#!/bin/sh
sleep 300 &
echo $! > {0}.new
(sleep 300; true) &
echo $! >> {0}.new
echo $$ >> {0}.new
mv {0}.new {0}
sleep 300
"""
#: a program started in the background of a shell, or under nohup, would ignore these
_PARENT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from corpus.readers.office import convert
convert(b"x", ".doc", "a.doc")
"""


@pytest.fixture
def soffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LibreOffice that never ends; gives the file where it writes the numbers of its processes."""
    program, pids, temporary = tmp_path / "soffice", tmp_path / "pids", tmp_path / "tmp"
    temporary.mkdir()
    program.write_text(_SOFFICE.format(pids), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("GONGKAI_SOFFICE", str(program))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return pids


def started(pids: Path) -> list[psutil.Process]:
    until = time.monotonic() + 60
    while not pids.exists() and time.monotonic() < until:
        time.sleep(0.02)
    numbers = [int(n) for n in pids.read_text(encoding="utf-8").split()]
    assert len(numbers) == 3
    return [psutil.Process(n) for n in numbers if psutil.pid_exists(n)]


def left(folder: Path) -> list[str]:
    until = time.monotonic() + 20
    while (found := [p.name for p in folder.iterdir()]) and time.monotonic() < until:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGKILL", "SIGHUP"])
def test_it_ends_with_its_parent(soffice: Path, number: str) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], cwd=ROOT, stderr=subprocess.DEVNULL) as parent:
        processes = started(soffice)
        parent.send_signal(getattr(signal, number))
        parent.wait(30)
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
    assert left(soffice.parent / "tmp") == []


def test_it_ends_when_it_takes_too_long(soffice: Path) -> None:
    with pytest.raises(ReadError, match=r"took longer than 1\.5 s"):
        convert(b"x", ".doc", "a.doc", timeout=1.5)
    _, alive = psutil.wait_procs(started(soffice), timeout=20)
    assert alive == []
    assert left(soffice.parent / "tmp") == []


def test_the_next_start_cleans_what_a_killed_one_left(soffice: Path) -> None:
    temporary = soffice.parent / "tmp"
    held = "import time; from corpus.readers.office_home import office_home\nwith office_home() as h: print(h, flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", held], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with office_home() as ours:
            assert {theirs, ours} == set(temporary.iterdir()), "a folder in use stays"
        other.kill()
    new, foreign = temporary / f"{PREFIX}new", temporary / "other"
    new.mkdir()
    foreign.mkdir()
    sweep(temporary)
    assert set(temporary.iterdir()) == {new, foreign}, "one may be about to be locked"
    os.utime(new, (1, 1))
    with office_home():
        assert not new.exists()
    assert list(temporary.iterdir()) == [foreign]
