"""Files and folders come into being whole, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus import files
from corpus.errors import StoreError
from corpus.files import filling, replacing, workspace, write_text, written


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_text_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "一\n")
    write_text(path, "二\n")
    assert path.read_bytes() == "二\n".encode()
    assert names(tmp_path) == {"new", "new/a.txt"}


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("there", [False, True])
def test_a_failure_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, there: bool) -> None:
    path = tmp_path / "a.txt"
    if there:
        path.write_text("old", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync") if name == "fsync" else (Path, "replace")), full)
        with pytest.raises(StoreError, match=r"a\.txt: cannot be written \(No space left on device\).*same command works"):
            write_text(path, "new")
    assert names(tmp_path) == ({"a.txt"} if there else set())
    assert not there or path.read_text(encoding="utf-8") == "old"
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"


def half_written(path: Path) -> None:
    with written(path) as stream:
        stream.write("half")
        stream.flush()
        raise ZeroDivisionError


def half_filled(path: Path) -> None:
    with filling(path) as folder:
        (folder / "half").write_text("half", encoding="utf-8")
        raise ZeroDivisionError


@pytest.mark.parametrize("how", [half_written, half_filled])
def test_an_error_of_the_writer_leaves_nothing(tmp_path: Path, how: Callable[[Path], None]) -> None:
    with pytest.raises(ZeroDivisionError):
        how(tmp_path / "a")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("before", [None, (), ("b", "c")])
@pytest.mark.parametrize("anew", [False, True])
def test_a_folder_is_filled(tmp_path: Path, before: tuple[str, ...] | None, anew: bool) -> None:
    out = tmp_path / "out"
    if before is not None:
        out.mkdir()
        for name in before:
            (out / name).write_text("old", encoding="utf-8")
    with filling(out, anew=anew) as made:
        (made / "sub").mkdir()
        for name in ("a", "b", "sub/d"):
            (made / name).write_text("new", encoding="utf-8")
        assert not (out / "a").exists()
    assert names(tmp_path / "out") == {"a", "b", "sub", "sub/d"} | ({"c"} if before and not anew else set())
    assert (out / "b").read_text(encoding="utf-8") == "new"
    assert {p.name for p in tmp_path.iterdir()} == {"out"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="is a file"), filling(tmp_path / "out"):
        pass
    with pytest.raises(StoreError, match="a part of the path is a file"), replacing(tmp_path / "out" / "a"):
        pass
    with pytest.raises(StoreError, match="a part of the path is a file"), workspace(tmp_path / "out" / "a"):
        pass


_DIE = """
import os, sys
from pathlib import Path
from corpus.files import {how}
with {how}(Path(sys.argv[1])) as made:
    (made / "half" if {how}.__name__ == "filling" else made).write_text("half")
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: SIGKILL")
@pytest.mark.parametrize("how", [filling, replacing])
def test_what_a_killed_process_left_is_removed(tmp_path: Path, how: Callable[[Path], object]) -> None:
    name = getattr(how, "__name__", "")
    subprocess.run([sys.executable, "-c", _DIE.format(how=name), str(tmp_path / "out")], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".out.part-")
    living = tmp_path / f".out.part-{os.getppid()}"
    living.write_text("of a process that lives", encoding="utf-8")
    write_text(tmp_path / "out", "whole")
    assert {p.name for p in tmp_path.iterdir()} == {"out", living.name}


def test_names_with_signs_of_patterns(tmp_path: Path) -> None:
    write_text(tmp_path / "a[1].*.txt", "x")
    assert files.failed(tmp_path / "x", OSError(13, "Permission denied")).remedy
    assert names(tmp_path) == {"a[1].*.txt"}
