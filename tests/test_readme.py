"""Every command and every block of Python of both READMEs runs, in their order, on the files that they speak of."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import gongkai
from gongkai.corrections import COLUMNS
from tests.conftest import ROOT
from tests.support.exporters import words
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


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from gongkai.commands.app import main; main()"
    start = [sys.executable, "-c", code] if arguments[0] == "gongkai" else [sys.executable]
    return subprocess.run(
        [*start, *arguments[1:]], capture_output=True, text=True, encoding="utf-8", check=False, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def _codes(arguments: list[str]) -> tuple[int, ...]:
    """`check` says by its exit code that something is to be mended, as in the bundled reports."""
    return (0, 1) if arguments[:2] == ["gongkai", "check"] else (0,)


def test_commands_and_python_run(folder: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    given = [c for c in commands(text) if not c.startswith(NOT_HERE)]
    assert len(given) >= 15
    for command in given:
        if command.startswith("gongkai corrections"):
            correct_one(folder / "results")
        arguments = shlex.split(command, comments=True)
        done = run(arguments, folder)
        # results of the tour are in the way of the same folder's next use, as they would be for a user
        if done.returncode == 2 and "--overwrite" in done.stderr:
            done = run([*arguments, "--overwrite"], folder)
        assert done.returncode in _codes(arguments), (command, done.stderr[-500:])
    for block in blocks(text):
        path = folder / "block.py"
        path.write_text(f"if __name__ == '__main__':\n{re.sub('^', '    ', block, flags=re.MULTILINE)}", encoding="utf-8")
        done = run(["python", str(path)], folder)
        assert done.returncode == 0, (block, done.stderr[-500:])


def test_the_chinese_readme_has_the_same_commands_and_python(folder: Path) -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    run_already = {tuple(shlex.split(c, comments=True)) for c in commands(english)}
    own = [a for c in commands(chinese) if (a := shlex.split(c, comments=True)) and tuple(a) not in run_already]
    assert blocks(chinese) == blocks(english)
    if own:
        run(["gongkai", "tag", "samples/tab-rows", "--out", "results", "--overwrite"], folder)
    for arguments in own:
        assert run(arguments, folder).returncode in _codes(arguments), arguments
