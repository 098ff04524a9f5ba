"""Peak memory of ``gongkai tag``, the whole process tree: ``python -m benchmarks.memory --sizes 1000 10000``.

PSS (shared pages counted once) where the system tells it (Linux), else USS.  Sampled five times a second from outside.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.make_corpus import write_corpus

_PAUSE = 0.2


def _tree(root: psutil.Process) -> tuple[float, float]:
    """Megabytes of the process itself and of its children."""
    sizes = []
    for process in [root, *root.children(recursive=True)]:
        try:
            info = process.memory_full_info()
        except psutil.Error:
            continue
        sizes.append(getattr(info, "pss", info.uss) / 1e6)
    return (sizes[0], sum(sizes[1:])) if sizes else (0.0, 0.0)


def peak(corpus: Path, out: Path, workers: int) -> tuple[float, float, float, float]:
    """Peak of the tree, of the parent, and of all workers together in megabytes; and seconds."""
    command = [sys.executable, "-m", "gongkai", "tag", str(corpus), "--out", str(out), "--workers", str(workers)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    whole = parent = children = 0.0
    while process.poll() is None:
        try:
            own, others = _tree(watched)
        except psutil.Error:
            break
        whole, parent, children = max(whole, own + others), max(parent, own), max(children, others)
        time.sleep(_PAUSE)
    if process.wait():
        raise SystemExit(f"the run ended with {process.returncode}")
    return whole, parent, children, time.monotonic() - began


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for n in args.sizes:
        with tempfile.TemporaryDirectory(prefix="gongkai-memory-") as folder:
            write_corpus(Path(folder) / "corpus", n, args.seed)
            whole, parent, children, seconds = peak(Path(folder) / "corpus", Path(folder) / "out", args.workers)
        print(
            f"{n:8,} reports, {args.workers} workers: peak {whole:6.0f} MB (parent {parent:.0f}, workers {children:.0f}) in {seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
