"""Analysis of distinct reports in several layouts and formats: ``python -m benchmarks.distinct [--before OLD] [--folder FOLDER …]``.

Every report is analysed once in each process, so that nothing remembered of a text flatters it: the processes are warmed up with others.
This checkout, another one (``--before``) and one plain jieba pass take each report in turns, in processes of their own; CPU.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.make_corpus import files

HERE = Path(__file__).resolve().parent.parent
#: name, kind of file, layout
GROUPS = (
    ("rows with tabs", "txt", "tab-rows"), ("a cell a line", "txt", "lines"), ("a cell a line, tabs", "txt", "tabbed-lines"),
    ("Markdown", "txt", "markdown"), ("columns by spaces", "txt", "spaces"), ("HTML, cluttered", "html", ""), ("DOCX", "docx", ""),
    ("PDF, Chromium", "pdf", ""),
)  # fmt: skip
_ANALYSE = """
import sys, time
from pathlib import Path
from corpus.errors import GongkaiError
from extract.pipeline import analyze_bytes
from extract.runs.process import rare_collection
def text_of(path):
    try:
        return analyze_bytes(Path(path).read_bytes(), path).text
    except GongkaiError:
        return ""
"""
_JIEBA = """
import jieba, sys, time
from pathlib import Path
jieba.setLogLevel(40)
jieba.initialize()
from contextlib import nullcontext as rare_collection
def text_of(path):
    list(jieba.cut(open(path, encoding="utf-8").read()))
    return ""
"""
_RJIEBA = "import rjieba\n" + _JIEBA.replace("jieba.cut", "rjieba.cut")
_SERVE = """
with rare_collection():
    for line in sys.stdin:
        path, _, out = line.rstrip("\\n").partition("\\t")
        before = time.process_time()
        text = text_of(path)
        seconds = time.process_time() - before
        if out:
            Path(out).write_text(text, encoding="utf-8")
        print(seconds, flush=True)
"""


@dataclass(slots=True)
class _Side:
    """A process that analyses the files that it is told."""

    name: str
    process: subprocess.Popen[str]

    def seconds(self, path: Path, out: Path | None = None) -> float:
        """CPU for one file; its canonical text is written to ``out``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{path}\t{out or ''}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def _start(name: str, code: str, checkout: Path) -> _Side:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code + _SERVE]
    return _Side(
        name, subprocess.Popen(command, cwd=checkout, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    )


def _written(folder: Path, n: int, seed: int, kind: str, layout: str) -> Iterator[Path]:
    for name, data in files(n, seed, kind, layout):
        path = folder / name.replace("/", "-")
        path.write_bytes(data)
        yield path


def _line(name: str, paths: list[Path], sides: list[_Side], home: Path) -> str:
    """A row of the table: milliseconds a report on each side, and how often the first stands in the others' time."""
    spent = dict.fromkeys((side.name for side in sides), 0.0)
    text = home / "canonical.txt"
    for number, path in enumerate(paths):
        analysing = [s for s in sides if "jieba" not in s.name]
        for side in analysing if number % 2 else reversed(analysing):
            spent[side.name] += side.seconds(path, text if side.name == "after" else None)
        for side in sides:
            if "jieba" in side.name:
                spent[side.name] += side.seconds(text)
    each = " | ".join(f"{spent[side.name] / len(paths) * 1000:.1f}" for side in sides)
    ratios = " | ".join(f"{spent['after'] / max(spent[s.name], 1e-9):.2f}" for s in sides if s.name != "after")
    return f"| {name} | {len(paths)} | {each} | {ratios} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="Another checkout.")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="Files of your own, besides; may be repeated.")
    parser.add_argument("--n", type=int, default=100, help="Reports of each group.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[name for name, _, _ in GROUPS], help="Groups; default is all.")
    parser.add_argument("--rjieba", action="store_true", help="One rjieba pass beside it (pip install rjieba).")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        sides = [_start("after", _ANALYSE, HERE), _start("jieba", _JIEBA, HERE)]
        sides += [_start("before", _ANALYSE, options.before.resolve())] if options.before else []
        sides += [_start("rjieba", _RJIEBA, HERE)] if options.rjieba else []
        for side in sides:
            stack.callback(side.process.terminate)
        groups = [g for g in GROUPS if not options.only or g[0] in options.only]
        names = [s.name for s in sides]
        print("| reports | number |" + "".join(f" {n}, ms |" for n in names) + "".join(f" to {n} |" for n in names[1:]))
        print("|---" * (2 * len(names) + 1) + "|")
        _line("", [p for _, kind, layout in groups for p in _written(home, 3, options.seed + 1000, kind, layout)], sides, home)
        for number, (name, kind, layout) in enumerate(groups):
            # other reports in every group, too: sentences of one may be remembered when they come in another layout
            paths = list(_written(home, options.n, options.seed + number, kind, layout))
            print(_line(name, paths, sides, home), flush=True)
        for own in options.folder:
            print(_line(own.name, sorted(p for p in own.rglob("*") if p.is_file()), sides, home), flush=True)


if __name__ == "__main__":
    main()
