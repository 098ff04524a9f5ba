"""Throughput of ``gongkai tag`` with supervised workers: ``python -m benchmarks.scale WHAT``.

- ``formats``: reports and megabytes a second for TXT, HTML, DOCX and PDF with one worker and with two;
- ``again``: a second run with nothing changed;
- ``ray``: this machine's workers against Ray on the same files, and whether the digests are equal;
- ``sizes``: time and peak memory of the whole process tree (:mod:`benchmarks.memory`) against the number of reports, kept in
  ``benchmarks/results/scaling.json``;
- ``figure``: that file as ``docs/scaling.svg``.

Wall time of whole runs in this process and its workers, from finding the files to the finished store; the time to load the
model and start the workers is part of it and printed on its own.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.make_corpus import KINDS, write_corpus
from benchmarks.memory import peak
from corpus.store.verify import verify_store
from extract.runs.pool import default_workers
from gongkai.api import tag
from models.registry import default_classifier

RESULTS = Path(__file__).resolve().parent / "results" / "scaling.json"
FIGURE = RESULTS.parent.parent.parent / "docs" / "scaling.svg"
#: files of a kind in a quick measurement; Chromium prints about one PDF a second
_SOME = {"txt": 2000, "html": 2000, "docx": 2000, "pdf": 60}


@contextmanager
def _corpus(n: int, kind: str = "txt", seed: int = 1) -> Iterator[tuple[Path, float]]:
    with tempfile.TemporaryDirectory(prefix="gongkai-scale-") as folder:
        size = write_corpus(Path(folder) / "corpus", n, seed, kind)
        yield Path(folder), size / 1e6


def _seconds(root: Path, out: str, **options: Any) -> float:
    began = time.perf_counter()
    summary = tag(root / "corpus", root / out, **options)
    took = time.perf_counter() - began
    if summary.statuses.get("failed"):
        raise SystemExit(f"files failed: {summary.failures[:3]}")
    return took


def _starting(workers: int) -> float:
    """Seconds of a run over two files: what a run costs before it is at work."""
    with _corpus(2 * workers) as (root, _):
        return _seconds(root, "out", workers=workers)


def formats(n: int | None, kinds: list[str]) -> None:
    """Print the table of formats."""
    start = {w: _starting(w) for w in (1, 2)}
    print(f"starting: {start[1]:.1f} s with one worker, {start[2]:.1f} s with two")
    print("kind  reports     MB   1 worker: s  reports/s  MB/s   2 workers: s  reports/s  MB/s   gain")
    for kind in kinds:
        count = n or _SOME[kind]
        with _corpus(count, kind) as (root, size):
            one, two = (_seconds(root, f"out{w}", workers=w) for w in (1, 2))
            print(
                f"{kind:5} {count:7,} {size:6.1f} {one:14.1f} {count / one:10.0f} {size / one:5.2f} {two:14.1f} {count / two:10.0f}"
                f" {size / two:5.2f} {one / two:6.2f}",
                flush=True,
            )


def again(n: int) -> None:
    """Print the cost of a second run."""
    with _corpus(n) as (root, _):
        first = _seconds(root, "out")
        second = _seconds(root, "out")
        print(
            f"{n:,} reports: first run {first:.1f} s, again with nothing changed {second:.2f} s ({second / n * 1e6:.0f} µs a file, 1/{first / second:.0f})"
        )


def ray(n: int) -> None:
    """Print both engines on the same files."""
    with _corpus(n) as (root, _):
        workers = default_workers()
        local, cluster = _seconds(root, "local", workers=workers), _seconds(root, "ray", workers=workers, cluster="ray")
        same = verify_store(root / "local").digests == verify_store(root / "ray").digests
        print(
            f"{n:,} reports, {workers} workers: here {local:.1f} s, Ray {cluster:.1f} s, ratio {cluster / local:.2f}, digests {'equal' if same else 'DIFFER'}"
        )


def sizes(counts: list[int]) -> None:
    """Measure and keep time and memory against corpus size."""
    rows = []
    for n in counts:
        with _corpus(n) as (root, size):
            whole, parent, workers, seconds = peak(root / "corpus", root / "out", default_workers())
        rows.append({"reports": n, "megabytes": round(size, 1), "seconds": round(seconds, 1), "peak_mb": round(whole)})
        print(
            f"{n:8,} reports {size:8.1f} MB {seconds:8.1f} s {n / seconds:6.0f} reports/s  peak {whole:5.0f} MB (parent {parent:.0f},"
            f" workers {workers:.0f})",
            flush=True,
        )
    about = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "workers": default_workers(),
        "model": default_classifier().model_id,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")


def figure() -> None:
    """Draw the kept measurements."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gongkai"
    from matplotlib import pyplot as plt

    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    reports = [r["reports"] for r in found["rows"]]
    seconds = [r["seconds"] for r in found["rows"]]
    fig, (ax, below) = plt.subplots(2, 1, figsize=(6, 5.5), height_ratios=(3, 1), sharex=True, layout="constrained")
    ax.loglog(reports, seconds, "o-", color="#1f5a94")
    rate = reports[-1] / seconds[-1]
    ax.loglog(reports, [n / rate for n in reports], "--", color="#777777", label=f"{rate:.0f} reports a second")
    ax.set_ylabel("seconds, files to finished store")
    ax.set_title(f"gongkai tag, {found['workers']} workers, text files")
    ax.legend(frameon=False)
    below.semilogx(reports, [r["peak_mb"] for r in found["rows"]], "s-", color="#8a4b00")
    below.set_ylim(0, 1.25 * max(r["peak_mb"] for r in found["rows"]))
    below.set_ylabel("peak MB, all processes")
    below.set_xlabel("reports")
    for axes in (ax, below):
        axes.grid(which="major", color="#e6e6e6")
    fig.savefig(FIGURE, metadata={"Date": None})
    print(FIGURE)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("formats", "again", "ray", "sizes", "figure"))
    parser.add_argument("--n", type=int, help="reports")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000, 10_000, 30_000, 100_000])
    args = parser.parse_args()
    if args.what == "formats":
        formats(args.n, args.kinds)
    elif args.what == "again":
        again(args.n or 2000)
    elif args.what == "ray":
        ray(args.n or 4000)
    elif args.what == "sizes":
        sizes(args.sizes)
    else:
        figure()


if __name__ == "__main__":
    main()
