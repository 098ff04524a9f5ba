"""Every command and every block of Python of both READMEs runs, in their order, on the files that they speak of."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gongkai
from gongkai.corrections import COLUMNS
from tests.conftest import ROOT
from tests.support.exporters import words
from tests.support.in_process import Result, call_gongkai
from training.samples import build
from training.samples.build import load

#: these install, build, or run until they are ended; CI, `make demo` and tests/gongkai/web run them
NOT_HERE = ("pip install", "make ", "gongkai serve")
_LABELS = '[[label]]\ncode = "praise"\nzh = "表扬"\n\n[[label]]\ncode = "blame"\nzh = "批评"\n'


def commands(text: str) -> list[str]:
    """Commands of console blocks; a line that ends inside quotation marks goes on."""
    found: list[str] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = iter(block.splitlines())
        for line in lines:
            if line.startswith("$ "):
                command = line[2:]
                while command.split(" #")[0].count('"') % 2:
                    command += "\n" + next(lines)
                found.append(command)
    return found


def blocks(text: str) -> list[str]:
    """Blocks of Python."""
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a user's files."""
    root = tmp_path_factory.mktemp("readme")
    prepare(root)
    return root


def prepare(root: Path) -> None:
    """The files that the READMEs speak of."""
    build(root / "samples", ["tab-rows"])
    (root / "reports").mkdir()
    for path in (root / "samples" / "tab-rows").glob("*.txt"):
        (root / "reports" / path.name).write_bytes(path.read_bytes())
    (root / "report.docx").write_bytes(words.docx(load()[0], 0))
    (root / "expected.csv").write_text("agency,year\n国家税务总局云岭县税务局,2022\n", encoding="utf-8")
    (root / "my-codebook.toml").write_text(_LABELS, encoding="utf-8")
    said = [("窗口态度很好，值得表扬", "praise"), ("办事太慢，很不满意", "blame")]
    lines = [
        {"text": f"{t}，第{n}封。", "label": c, "group": f"letter-{n}", "order": o}
        for n in range(8)
        for o, (t, c) in enumerate(said)
    ]
    (root / "coded.jsonl").write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), encoding="utf-8")


def correct_one(results: Path) -> None:
    """A person's correction of one label."""
    row = gongkai.load(results, corrections=False).rows("passages", [("label", "=", "disclosure")])[0]
    given = {"report_id": row["report_id"], "table": "passages", "start": row["start"], "end": row["end"], "quote": row["text"]}
    with (results / "corrections.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        writer.writerow(
            {**given, "field": "label", "old": "disclosure", "new": "platform", "coder": "李", "date": "2024-05-01"}
        )


Play = Callable[[list[str]], Result]


@pytest.fixture
def play(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Play:
    """Runs a command in ``folder``: ``gongkai`` in this process (``make wheel-test`` starts each anew), Python in one of its own."""
    monkeypatch.chdir(folder)

    def call(arguments: list[str]) -> Result:
        if arguments[0] == "gongkai":
            return call_gongkai(capsys, *arguments[1:])
        done = subprocess.run(
            [sys.executable, *arguments[1:]], capture_output=True, text=True, encoding="utf-8", check=False, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)

    return call


def _codes(arguments: list[str]) -> tuple[int, ...]:
    """`check` says by its exit code that something is to be mended, as in the bundled reports."""
    return (0, 1) if arguments[:2] == ["gongkai", "check"] else (0,)


def test_commands_and_python_run(folder: Path, play: Play) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    given = [c for c in commands(text) if not c.startswith(NOT_HERE)]
    assert len(given) >= 15
    for command in given:
        if command.startswith("gongkai corrections"):
            correct_one(folder / "results")
        arguments = shlex.split(command, comments=True)
        done = play(arguments)
        # results of the tour are in the way of the same folder's next use, as they would be for a user
        if done.code == 2 and "--overwrite" in done.err:
            done = play([*arguments, "--overwrite"])
        assert done.code in _codes(arguments), (command, done.err[-500:])
    for block in blocks(text):
        path = folder / "block.py"
        path.write_text(f"if __name__ == '__main__':\n{re.sub('^', '    ', block, flags=re.MULTILINE)}", encoding="utf-8")
        done = play(["python", str(path)])
        assert done.code == 0, (block, done.err[-500:])


def test_the_chinese_readme_has_the_same_commands_and_python(play: Play) -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    run_already = {tuple(shlex.split(c, comments=True)) for c in commands(english)}
    own = [a for c in commands(chinese) if (a := shlex.split(c, comments=True)) and tuple(a) not in run_already]
    assert blocks(chinese) == blocks(english)
    if own:
        play(["gongkai", "tag", "samples/tab-rows", "--out", "results", "--overwrite"])
    for arguments in own:
        assert play(arguments).code in _codes(arguments), arguments
