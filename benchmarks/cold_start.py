"""What starting costs: ``python -m benchmarks.cold_start --before OLD [--file FILE] [--rounds 9]``.

Seconds of user CPU until ``gongkai show`` ends, of a file and of a store, and until one worker and four are ready, in processes of their own,
this checkout and another by turns, with compiled bytecode as an installation has it, and with what the first start keeps.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.factories import sample_text

HERE = Path(__file__).resolve().parent.parent
_WORKER = """
from extract.runs.process import Bench
Bench.from_json({"engine": "linear", "min_confidence": None, "analyser": "", "readers": []})
"""
_WORKERS = """
import sys, tempfile
from pathlib import Path
from extract.runs.pool import Limits, Pool, Spec, Task
with tempfile.TemporaryDirectory() as logs, Pool(Spec(), 4, Limits(), Path(logs)) as pool:
    list(pool.run(iter([Task({"kind": "hash", "sources": []}, 0) for _ in range(4)])))
"""


def user_seconds(command: list[str], checkout: Path, home: Path) -> float:
    """User CPU of one process that runs in a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": str(home), "OMP_NUM_THREADS": "1"}
    environment["GONGKAI_CACHE"] = str(home / "cache")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = os.times().children_user
    subprocess.run([sys.executable, *command], cwd=checkout, env=environment, stdout=subprocess.DEVNULL, check=True)
    return os.times().children_user - before


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="Another checkout.")
    parser.add_argument("--file", type=Path, help="A report; default is a short one.")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        short = Path(home) / "a.txt"
        short.write_text(sample_text(), encoding="utf-8")
        file = (options.file or short).absolute()
        store = str(Path(home) / "store")
        subprocess.run(
            [sys.executable, "-m", "gongkai", "tag", str(file), "--out", store], cwd=HERE, check=True, capture_output=True
        )
        commands = {
            "show FILE": ["-m", "gongkai", "show", str(file)],
            "show STORE": ["-m", "gongkai", "show", store],
            "a worker": ["-c", _WORKER],
            "four workers": ["-c", _WORKERS],
            "import gongkai.api": ["-c", "import gongkai.api"],
        }
        print("| | before | after | ratio |\n|---|---:|---:|---:|")
        for name, command in commands.items():
            took: tuple[list[float], list[float]] = ([], [])
            for turn in range(options.rounds + 1):
                for which, checkout in enumerate((options.before.resolve(), HERE)):
                    seconds = user_seconds(command, checkout, Path(home) / str(which))
                    if turn:  # the first compiles
                        took[which].append(seconds)
            before, after = map(statistics.median, took)
            print(f"| {name} | {before:.2f} s | {after:.2f} s | {before / after:.2f} |", flush=True)


if __name__ == "__main__":
    main()
