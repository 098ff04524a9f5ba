"""Every command that writes, on a full disk, where nothing can be written, and when it is killed: whole files or none, one error, and it works again."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gongkai
from corpus.errors import GongkaiError, StoreError
from models.keywords import KeywordClassifier
from tests.attack.commands import COMMANDS, SLOW, again, finals, make_results, quietly
from tests.attack.kills import can_attack, run
from tests.support.factories import sample_text


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_results(tmp_path_factory.mktemp("commands"))


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """While it lasts no file of this process grows beyond ``size`` bytes: what a full disk does, at any stage."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: limits of files")
@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_full_disk_leaves_nothing_and_the_same_command_works(name: str, results: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written") as caught, disk_of(0):
        quietly(COMMANDS[name], results, tmp_path)
    assert str(tmp_path) in caught.value.source
    assert "the same command works" in caught.value.remedy
    # of two files beside each other the first may be there, whole
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    quietly(COMMANDS[name], results, tmp_path)
    whole = finals(tmp_path)
    assert whole
    if name not in SLOW:
        again(COMMANDS[name], results, tmp_path, whole)


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: limits of files")
@pytest.mark.parametrize("name", ["bundle", "export csv", "export dta", "annotate labelstudio", "plot png", "points"])
def test_a_disk_that_fills_up_midway_leaves_nothing_under_a_final_name(name: str, results: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"), disk_of(1_500):
        quietly(COMMANDS[name], results, tmp_path)
    assert all(len(p.read_bytes()) < 1_500 for p in tmp_path.rglob("*") if p.is_file())
    assert not [p for p in tmp_path.rglob("*") if ".part-" in p.name]


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="Linux only: a folder where nobody can make a file")
@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"train"}))  # which trains before it writes
def test_a_place_that_cannot_be_written_is_one_error_with_its_remedy(name: str, results: Path) -> None:
    with pytest.raises(GongkaiError) as caught:
        quietly(COMMANDS[name], results, Path("/sys/kernel"))
    assert caught.value.remedy
    assert "/sys/kernel" in caught.value.source


def test_a_page_of_results_is_whole_or_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out", classifier=KeywordClassifier(), html=True)
    before = (tmp_path / "out" / "report.html").read_bytes()
    (tmp_path / "a.txt").write_text(sample_text(received=9), encoding="utf-8")

    def full(made: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("corpus.files.place", full)
        with pytest.raises(StoreError, match="cannot be written"):
            gongkai.tag(tmp_path / "a.txt", tmp_path / "out", classifier=KeywordClassifier(), html=True)
    assert (tmp_path / "out" / "report.html").read_bytes() == before
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out", classifier=KeywordClassifier(), html=True)
    assert (tmp_path / "out" / "report.html").read_bytes() != before
    assert not [p for p in (tmp_path / "out").iterdir() if ".part-" in p.name]


@pytest.mark.skipif(not can_attack() or sys.platform != "linux", reason="Linux with a C compiler")
@pytest.mark.parametrize("name", ["annotate labelstudio", "serve"])
def test_a_command_killed_at_any_call_leaves_no_half_and_works_again(name: str) -> None:
    killed, full = run(name, 8)
    assert killed.found == full.found == []
    assert killed.ends["killed"] >= 6
    assert full.ends["error of ours"] >= 1
