"""Cost of the whole path against one plain jieba pass over the same texts: ``make bench``.

Timed from finding the files to Parquet rows written, hashing, labels and facets included, in one process; the yardstick is one
``list(jieba.cut(text))`` per canonical text with its dictionary loaded beforehand.  CPU time, the two alternating; medians.
"""

from __future__ import annotations

import argparse
import logging
import platform
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import jieba

from benchmarks.make_corpus import texts
from extract.pipeline import analyze, analyze_bytes
from extract.runs.options import TagOptions
from extract.runs.process import rare_collection
from extract.runs.run import Job, Source, find_sources, inline, tag_corpus
from gongkai import __version__
from models.registry import default_classifier


def _path_seconds(corpus: Path, out: Path) -> float:
    model = default_classifier()
    start = time.process_time()
    tag_corpus(Job([corpus], out, model.model_id, __version__, TagOptions(overwrite=True)), inline(model))
    return time.process_time() - start


def _jieba_seconds(canonical: list[str]) -> float:
    start = time.process_time()
    for text in canonical:
        list(jieba.cut(text))
    return time.process_time() - start


def _steps(sources: list[Source]) -> tuple[Counter[str], float]:
    """Time by step (of the wall: shares only), and CPU seconds of the whole analysis."""
    spent: Counter[str] = Counter()
    start = time.process_time()

    def clock(step: str, seconds: float) -> None:
        spent[step] += seconds  # type: ignore[assignment]

    with rare_collection():
        for source in sources:
            analyze_bytes(source.path.read_bytes(), source.name, clock=clock)
    return spent, time.process_time() - start


def measure(n: int, seed: int, rounds: int, layout: str) -> list[str]:
    """Lines of the result table."""
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in texts(n, seed, layout):
            path = root / "corpus" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        sources = find_sources([root / "corpus"])
        size = sum(s.path.stat().st_size for s in sources)
        canonical = [analyze(s.path).text for s in sources]
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_path_seconds(root / "corpus", root / "out"))
            theirs.append(_jieba_seconds(canonical))
        steps, analysis = _steps(sources)
    path, yardstick = statistics.median(ours), statistics.median(theirs)
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    total = sum(steps.values())
    return [
        f"{n} reports ({layout}), {size / 1e6:.2f} MB, {sum(map(len, canonical)):,} canonical characters, seed {seed}, "
        f"Python {platform.python_version()}, one process",
        f"whole path, file to rows written : {path:.2f} s CPU, {n / path:.0f} reports/s, {size / 1e6 / path:.2f} MB/s",
        f"one plain jieba pass             : {yardstick:.2f} s CPU, {n / yardstick:.0f} reports/s",
        f"ratio                            : {statistics.median(ratios):.2f} (median of {rounds}; {ratios[0]:.2f} to {ratios[-1]:.2f})",
        "share of analysis by step        : " + ", ".join(f"{k} {v / total:.0%}" for k, v in steps.most_common()),
        f"hashing, rows and Parquet        : {max(0.0, path - analysis) / path:.0%} of the whole path",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--layout", default="tab-rows")
    args = parser.parse_args()
    for line in measure(args.n, args.seed, args.rounds, args.layout):
        print(line)


if __name__ == "__main__":
    main()
