"""How commands end that are stopped from outside (Ctrl-C, a pipe that nobody reads on from), and how their lines do."""

from __future__ import annotations

import io
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gongkai
from gongkai.commands.app import main
from gongkai.commands.check import run as check
from gongkai.commands.faults import CLOSED_PIPE, guarded, interruptible, press_once, printed_last
from gongkai.store_access import load
from tests.support.factories import sample_text

IN_PROCESS = True

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ending")
    (folder / "a.txt").write_text(sample_text(), encoding="utf-8")
    gongkai.tag(folder / "a.txt", folder / "results", workers=1)
    return folder / "results"


def interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_is_told_by_the_command_line_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    for module, *command in (
        ("opening.open_store", "query", "r", "SELECT 1"), ("tag.run", "tag", "a b", "--out", "r"),
        ("export.run_export", "export", "r", "--to", "csv", "--out", "e"),
    ):  # fmt: skip
        with monkeypatch.context() as patched:  # undone before another module is imported, which would keep it
            patched.setattr(f"gongkai.commands.{module}", interrupted)
            patched.setattr(sys, "argv", ["gongkai", *command])
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr().err
        assert ended.value.code == 130
        assert said.count("\n") == 1
        assert said.endswith(f"{shlex.join(['gongkai', *command])}\n")
        signal.signal(signal.SIGINT, before)


def query_interrupted(*_: Any) -> None:
    raise RuntimeError("Query interrupted")


def test_ctrl_c_in_a_query_is_no_fault_of_the_query(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongkai.store_access.view_sql", query_interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(store).sql("SELECT 1")


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: signals of a terminal")
def test_ctrl_c_ends_a_query_that_does_not_look_up() -> None:
    """A library that computes in C and does not return to Python, as DuckDB in one huge step: here a key derived in a billion rounds."""
    code = """
import hashlib, os, signal, sys, threading
from gongkai.commands.faults import interruptible
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["gongkai", "query", "r", "SELECT 1"]
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
with interruptible(0.2):
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, cwd=ROOT)
    assert done.returncode == 130
    assert (
        done.stderr
        == "gongkai: interrupted; nothing of it was written, what was there is as it was. Start again: gongkai query r 'SELECT 1'\n"
    )


def test_a_query_that_looks_up_is_interrupted_as_ever() -> None:
    before = signal.set_wakeup_fd(-1)
    with pytest.raises(KeyboardInterrupt), interruptible(30):
        raise KeyboardInterrupt
    assert signal.set_wakeup_fd(before) == -1, "nobody is told of signals any more"


@pytest.mark.skipif(os.name == "nt", reason="POSIX only: SIGPIPE")
@pytest.mark.parametrize(
    "command", [["--help"], ["schema"], ["kwic", "公开"], ["query", "SELECT text FROM passages", "--format", "csv"]]
)
def test_nobody_reads_on(store: Path, command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    if command[0] in {"kwic", "query"}:
        command = [command[0], str(store), *command[1:]]
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "gongkai", *command],
            stdout=closed,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
            check=False,
        )
    assert (done.returncode, done.stderr) == (CLOSED_PIPE, "")


def closed(*_: Any, **__: Any) -> None:
    raise BrokenPipeError


def test_the_page_is_written_whoever_reads_on(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongkai.commands.check.print_checked", closed)
    with pytest.raises(BrokenPipeError):
        check([str(store)], tmp_path / "page.html", lang="en")
    assert (tmp_path / "page.html").is_file()


def test_no_standard_output(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (["schema"], ["show", str(store)]):
        monkeypatch.setattr(sys, "argv", ["gongkai", *command])
        monkeypatch.setattr(sys, "stdout", None)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0


def test_the_next_command_names_a_file_whose_name_is_like_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "-a b.txt").write_text(sample_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["gongkai", "tag", "in", "--out", "out", "--workers", "1"])
    with pytest.raises(SystemExit):
        main()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("next")]
    monkeypatch.setattr(sys, "argv", shlex.split(line.removeprefix("next")))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


def test_what_is_printed_comes_after_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with printed_last():
        print("figures")
        assert out.getvalue() == ""
    assert out.getvalue() == "figures\n"


def test_ctrl_c_pressed_twice_counts_once() -> None:
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    now = [0.0]
    try:
        press_once(clock=lambda: now[0])
        pressed = signal.getsignal(signal.SIGINT)
        press_once()
        assert signal.getsignal(signal.SIGINT) is pressed
        told = []
        for at in (1.0, 1.1, 5.9, 6.1):  # impatience while it tidies up, and then in earnest
            now[0] = at
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                told.append(at)
        assert told == [1.0, 6.1]
    finally:
        signal.signal(signal.SIGINT, earlier)


def test_a_class_that_is_interrupted_in_the_making(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)

    def load_modules() -> None:
        try:
            interrupted()
        except KeyboardInterrupt as cause:
            raise RuntimeError("Error calling __set_name__") from cause

    with pytest.raises(SystemExit) as ended:
        guarded(load_modules)
    signal.signal(signal.SIGINT, before)
    assert (ended.value.code, "interrupted" in capsys.readouterr().err) == (130, True)
    with pytest.raises(RuntimeError, match="ours"):
        guarded(failing)


def failing() -> None:
    raise RuntimeError("a fault of ours")


def test_no_line_ends_with_blanks(store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for command in (
        ["show", str(store)],
        ["check", str(store)],
        ["query", str(store), "SELECT agency, label FROM reports, passages"],
    ):
        monkeypatch.setattr(sys, "argv", ["gongkai", *command])
        with pytest.raises(SystemExit):
            main()
        lines = capsys.readouterr().out.split("\n")
        assert len(lines) > 2
        assert [line for line in lines if line.endswith(" ")] == []


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [("serve s --port 0", "starlette", "web"), ("evaluate --data coded.jsonl --plot x.svg", "matplotlib", "plots")],
)
def test_an_extra_that_is_not_installed_is_told_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, missing: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # what is so marked is as good as not installed
    monkeypatch.setattr(sys, "argv", ["gongkai", *shlex.split(arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert f"needs {missing}, not installed. Remedy: " in err
    assert f"[{extra}]" in err
