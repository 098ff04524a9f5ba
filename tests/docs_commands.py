"""The commands that the pages of docs name, played in their order by an installed gongkai in a folder of a user's files.

``python -m tests.docs_commands`` plays them with the environment at hand; `make wheel-test` with the wheel.
"""

from __future__ import annotations

import csv
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import test_readme
from tests.conftest import ROOT

#: pages with commands, in the order in which a user comes by them
PAGES = ("checking", "comparing", "explorer", "exports", "own-codes", "scaling", "transformer")
#: commands that cannot be played, by their beginning, and why
NOT_PLAYED = {
    "pip install": "installs",
    "gongkai check report.pdf": "no PDF without the writers of the test suite; report.docx stands for it",
    "gongkai export results --to spacy": "needs the extra spacy",
    "gongkai compare results --by year --draw 200": "the bundled reports are 17; comparing with fewer is tested in tests/gongkai",
    "gongkai compare results --by year --coded": "needs a sheet that people coded",
    "gongkai sample results --by reports --n 50": "the bundled reports are 17",
    "gongkai evaluate --coded": "needs a draw that people coded",
    "gongkai annotate import draw.csv": "needs a draw that people coded",
    "gongkai evaluate --gold truth": "needs files of truth",
    "gongkai tag /shared/reports": "needs Ray and a cluster",
    "gongkai compare STORE": "needs what people coded in the browser",
    "gongkai train --data STORE": "needs what people coded in the browser",
    "sqlite3": "another program",
    "python -m training.shipped": "downloads or measures pretrained encoders",
    "gongkai tag reports --out results --engine models/": "needs an encoder",
    "gongkai train --data my": "needs an encoder",
}


def commands_of(page: str) -> list[str]:
    """The commands of a page of docs."""
    return test_readme.commands((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))


def played(page: str) -> Iterator[list[str]]:
    """Those that are played, as arguments."""
    for command in commands_of(page):
        if not command.startswith(tuple(NOT_PLAYED)):
            arguments = shlex.split(command, comments=True)
            arguments = arguments[: arguments.index(">")] if ">" in arguments else arguments
            yield [*arguments, "--folds", "0"] if "--on" in arguments else arguments  # five measurements of all that is shipped


def prepare(folder: Path) -> None:
    """The files that the pages speak of, beside those of the READMEs."""
    test_readme.prepare(folder)
    words = (folder / "report.docx").read_bytes()
    for year in (2022, 2023):
        (folder / f"report-{year}.docx").write_bytes(words)
    with (folder / "who-reports-to-whom.csv").open("w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([("agency", "reports_to"), ("云岭县教育局", "云岭县人民政府")])
    (folder / "blame.toml").write_text((folder / "my-codebook.toml").read_text(encoding="utf-8"), encoding="utf-8")


def play(page: str, start: Sequence[str], folder: Path, env: Mapping[str, str]) -> tuple[int, list[str]]:
    """Play a page in a folder of its own: how many commands, and what went wrong."""
    folder.mkdir()
    prepare(folder)
    tag = ["tag", "reports", "--out", "results"]
    wrong, count = [], 0
    for arguments in (["gongkai", *tag], *played(page)):
        done = _run([*start, *arguments[1:]], folder, env)
        if done.returncode == 2 and "--overwrite" in done.stderr:  # pages make the same folders twice
            done = _run([*start, *arguments[1:], "--overwrite"], folder, env)
        count += 1
        if done.returncode not in ((0, 1) if arguments[1] == "check" else (0,)) or "Traceback" in done.stderr:
            wrong.append(f"docs/{page}.md: {shlex.join(arguments)}: exit {done.returncode}\n{done.stderr[-600:]}")
    return count - 1, wrong


def _run(command: list[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**env, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}, check=False, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip


def play_docs(python: Path, work: Path, env: Mapping[str, str]) -> None:
    """Every page of docs, two at a time; ends the process with what went wrong."""
    start = [str(python), "-m", "gongkai"]
    with ThreadPoolExecutor(2) as two:
        found = list(two.map(lambda page: play(page, start, work / f"docs-{page}", env), PAGES))
    if wrong := [w for _, some in found for w in some]:
        sys.exit("\n".join(wrong))
    print(f"docs: {sum(n for n, _ in found)} commands, {len(NOT_PLAYED)} kinds of commands not played")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as there:
        play_docs(Path(sys.executable), Path(there), {**os.environ, "PYTHONPATH": str(ROOT)})
