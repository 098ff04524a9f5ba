"""Cost of exports for each report: ``python -m benchmarks.exports [--n 2000] [--before FOLDER]``.

With ``--before``, another checkout of the project, the same exports run from there too, in turn with this one, and the ratios are printed.
Seconds of CPU of a process of its own, without its start; the smallest of the rounds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.make_corpus import write_corpus
from gongkai.api import tag

HERE = Path(__file__).resolve().parent.parent
KINDS = ("wide", "csv", "xlsx")
_RUN = """
import sys, time
import gongkai
from gongkai.export import export
from gongkai.export.wide import wide
kind, folder, out = sys.argv[1:]
store = gongkai.load(folder)
began = time.process_time()
wide(store) if kind == "wide" else export(store, kind, out, overwrite=True)
print(time.process_time() - began)
"""


def _seconds(tree: Path, kind: str, store: Path, out: Path) -> float:
    command = [sys.executable, "-c", _RUN, kind, str(store), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, encoding="utf-8", check=True)
    # DuckDB draws a bar of its progress before it
    return float(done.stdout.split()[-1])


def main() -> int:
    """Print milliseconds a report, and the ratio where there is another checkout."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--n", type=int, default=2000, help="generated reports")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--before", type=Path, help="another checkout to compare with")
    asked = parser.parse_args()
    trees = [HERE] if asked.before is None else [asked.before.resolve(), HERE]
    with tempfile.TemporaryDirectory(prefix="gongkai-exports-") as folder:
        root = Path(folder)
        write_corpus(root / "corpus", asked.n, 1, "txt")
        tag(root / "corpus", root / "out")
        for kind in KINDS:
            rounds = [[_seconds(t, kind, root / "out", root / "exported") for t in trees] for _ in range(asked.rounds)]
            best = [min(r[i] for r in rounds) for i in range(len(trees))]
            shown = " -> ".join(f"{s / asked.n * 1000:.2f}" for s in best)
            print(f"{kind:5} {shown} ms a report" + (f", ratio {best[0] / best[-1]:.1f}" if len(best) > 1 else ""), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
