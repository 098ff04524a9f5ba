"""Folders that may not be written to: each command that writes says so in one line before its work, with the remedy, and leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gongkai
from tests.support.factories import sample_text

ROOT = Path(__file__).parents[3]
COMMANDS = """
tag in --out new
tag in --out results --overwrite
tag in --out results
export results --to csv --out new
export results --to xlsx --out new
corrections results --template new.csv
bundle results --out new.zip
compare results --out new
compare results a.txt b.txt --out new
compare results --draw 2 --out new
coverage results --frame frame.csv --out new.csv
sample results --out new.csv
annotate export results --to csv --out new.csv
check results --html new.html
check results --hierarchy tree.csv --residuals new.csv
train --data coded.jsonl --out new
evaluate --data coded.jsonl --json new.json
evaluate --data coded.jsonl --errors-to new
"""
#: plays commands in one process, which is quicker than one each
PLAY = (
    """
import contextlib, io, json, sys
from gongkai.__main__ main
""".replace("__main__ main", "__main__ import main")
    + """
for line in sys.stdin.read().split("\\n"):
    sys.argv = ["gongkai", *line.split()]
    said, code = io.StringIO(), None
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    print(json.dumps([line, code, said.getvalue()]))
"""
)


def powerless() -> list[str]:
    """What is put before a command so that it may not do more than its user: root may write everywhere."""
    if not hasattr(os, "geteuid"):
        pytest.skip("POSIX only: rights of folders")
    if os.geteuid():
        return []
    if (found := shutil.which("setpriv")) is None:
        pytest.skip("root may write everywhere, and there is no setpriv")
    return [found, "--bounding-set=-all", "--inh-caps=-all"]


def test_folders_that_may_not_be_written_to(tmp_path: Path) -> None:
    before = powerless()
    (tmp_path / "in").mkdir()
    for n, name in enumerate("ab"):
        (tmp_path / "in" / f"{name}.txt").write_text(sample_text(received=n + 2), encoding="utf-8")
    gongkai.tag(tmp_path / "in", tmp_path / "results", workers=1)
    (tmp_path / "in" / "c.txt").write_text(sample_text(received=9), encoding="utf-8")
    (tmp_path / "frame.csv").write_text("year,path\n2021,a.txt\n", encoding="utf-8")
    (tmp_path / "tree.csv").write_text("agency,reports_to\n甲县司法局,甲县\n", encoding="utf-8")
    rows = [{"text": f"公开信息{n}条", "label": label} for n in range(3) for label in ("disclosure", "request")]
    (tmp_path / "coded.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    folders = [tmp_path, *(p for p in tmp_path.rglob("*") if p.is_dir())]
    there = sorted(tmp_path.rglob("*"))
    for path in (*there, tmp_path):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = subprocess.run(
            [*before, sys.executable, "-c", PLAY], cwd=tmp_path, input=COMMANDS.strip(), capture_output=True, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    finally:
        for folder in folders:
            folder.chmod(0o755)
    played = [json.loads(line) for line in done.stdout.splitlines()]
    assert [p[0] for p in played] == COMMANDS.strip().splitlines(), done.stderr
    for command, code, said in played:
        line = said.strip().splitlines()[-1]
        assert (code, "check your rights to it, or name a folder of your own" in line) == (2, True), (command, code, said)
        assert said.count("\n") == 1, (command, said)
    assert sorted(tmp_path.rglob("*")) == there
