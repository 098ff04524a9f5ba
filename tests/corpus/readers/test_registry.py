"""Readers as plug-ins: registered while the program runs, or found as entry points, in this process and in workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import gongkai
from corpus.errors import ReadError, UsageError
from corpus.readers import ReaderEntry, foreign, known_suffixes, read_bytes, reader_names, register
from corpus.readers.registry import added, registered_while_running, unregister
from tests.conftest import ROOT
from tests.support import boxed_reader
from tests.support.boxed_reader import boxed
from tests.support.factories import sample_text


@pytest.fixture
def mine() -> Iterator[ReaderEntry]:
    register(boxed_reader.ENTRY)
    yield boxed_reader.ENTRY
    unregister("boxed")


def test_names_of_own_readers_stay() -> None:
    # results name the reader that was used: a name that is gone would make them unreadable as new ones
    assert {"docx", "office", "html", "image", "ofd", "pdf", "pdf-ocr", "text", "markdown"} <= set(reader_names())


def test_every_folder_of_a_reader_states_it() -> None:
    stated = {p.parent.name for p in (ROOT / "corpus/readers").glob("*/reader.py")}
    assert {p.parent.name for p in (ROOT / "corpus/readers").glob("*/entry.py")} == stated


def test_no_reader_may_use_another() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [c for c in pyproject["tool"]["importlinter"]["contracts"] if c["name"].startswith("readers.")]
    forbidden = {source: {*c["forbidden_modules"]} for c in contracts for source in c["source_modules"]}
    rooms = {f"corpus.readers.{p.parent.name}" for p in (ROOT / "corpus/readers").glob("*/entry.py")}
    for room in sorted(rooms):
        # scanned pages of a PDF are recognised
        may = {room} | ({"corpus.readers.ocr"} if room == "corpus.readers.pdf" else set())
        missing = rooms - may - forbidden.get(room, set())
        assert not missing, f"pyproject.toml, import contract of {room}: {sorted(missing)} not forbidden"


def test_the_page_on_formats_has_every_suffix_and_reader() -> None:
    head = (ROOT / "docs/formats.md").read_text(encoding="utf-8").partition("\n## ")[0]
    printed = set(re.findall(r"[`\s](\.\w+)", head)) | set(re.findall(r"`([\w-]+)`", head))
    assert not {*known_suffixes(), *reader_names()} - printed, "docs/formats.md: a row of its first table"


@pytest.mark.parametrize(("name", "heading"), [("README.md", "What it reads"), ("README.zh-CN.md", "能读什么")])
def test_both_readmes_name_every_suffix(name: str, heading: str) -> None:
    part = (ROOT / name).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    printed = {suffix for listed in re.findall(r"`(\.[^`]+)`", part) for suffix in listed.split()}
    assert printed == {*known_suffixes(), ".zip"}, f"{name}: the suffixes of its part on what is read"


def test_suffixes_and_names_belong_to_one_reader(mine: ReaderEntry) -> None:
    assert ".boxed" in known_suffixes()
    with pytest.raises(ReadError, match="registered already"):
        register(mine)
    with pytest.raises(ReadError, match=r"suffixes \['.txt'\] belong to other readers"):
        register(ReaderEntry("else", boxed_reader.make, (".txt",)))
    assert "else" not in reader_names()


@pytest.mark.parametrize("name", ["a.boxed", "a.docx", "a", "a.pdf"])
def test_a_reader_of_zip_files_is_not_mistaken_for_docx(mine: ReaderEntry, name: str) -> None:
    assert read_bytes(boxed(sample_text()), name).reader == "boxed"
    assert foreign(boxed("")) == ("a boxed text", ".boxed")


def test_a_reader_that_states_no_beginning_has_its_suffix(mine: ReaderEntry) -> None:
    register(ReaderEntry("quiet", boxed_reader.make, (".quiet",)))
    try:
        assert read_bytes(boxed(sample_text()).replace(b"PK\x03\x04", b"PK\x03\x04"), "a.quiet").reader == "boxed"
    finally:
        unregister("quiet")


def test_registered_readers_work_in_workers(mine: ReaderEntry, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.boxed").write_bytes(boxed(sample_text()))
    summary = gongkai.tag(tmp_path / "in", tmp_path / "out", workers=1)
    assert summary.readers == {"boxed": 1}
    assert [e.name for e in added()] == ["boxed"], "results depend on it"


def test_a_reader_that_workers_cannot_load_is_refused(mine: ReaderEntry, tmp_path: Path) -> None:
    register(ReaderEntry("here", lambda: boxed_reader.BoxedReader(), (".here",)))
    (tmp_path / "a.here").write_bytes(boxed(sample_text()))
    try:
        with pytest.raises(UsageError, match=r"'here' cannot be loaded in worker processes.*gongkai\.readers"):
            gongkai.tag(tmp_path / "a.here", tmp_path / "out")
    finally:
        unregister("here")
    assert registered_while_running() == ("tests.support.boxed_reader:ENTRY",)


def installed(folder: Path, entry: str) -> dict[str, str]:
    """The environment of a program that finds a package with this entry point installed."""
    info = folder / "boxes-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boxes\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[gongkai.readers]\nboxed = {entry}\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gongkai", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=ROOT, env=env)


def test_readers_of_installed_packages_are_found_in_workers_too(tmp_path: Path) -> None:
    env = installed(tmp_path / "site", "tests.support.boxed_reader:ENTRY")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.boxed").write_bytes(boxed(sample_text()))
    done = run(["tag", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workers", "1"], env)
    assert done.returncode == 0, done.stderr
    assert gongkai.load(tmp_path / "out").table("sources")["reader"].to_pylist() == ["boxed"]


def test_an_entry_point_that_is_no_reader_is_named(tmp_path: Path) -> None:
    env = installed(tmp_path / "site", "tests.support.boxed_reader:make")
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    done = run(["read", str(tmp_path / "a.txt")], env)
    assert done.returncode == 2
    assert "entry point 'boxed' of gongkai.readers is function, no ReaderEntry" in done.stderr
