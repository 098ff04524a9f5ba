"""Size and speed of the engines that label passages, in one table: ``python -m benchmarks.engines [--model NAME=FOLDER]``.

Passages a second of CPU time of one process on the narratives of the bundled samples, boundaries given; best of the rounds, the
engines alternating.  ``linear`` and ``keywords`` are always there, trained ones (``gongkai train``) are given by folder.  The last column
is what labelling a report costs as a multiple of one plain jieba pass over the same passages.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence

import jieba

from corpus.errors import GongkaiError
from models.base import Passage
from training.passages import as_report, by_voice
from training.shipped.accuracy_runs import NARRATIVES, Engine, engines_of
from training.voices import load_voices


def measure(engines: Sequence[Engine], reports: Sequence[Sequence[Passage]], rounds: int) -> dict[str, float]:
    """Best CPU seconds of each engine over all reports, and of ``jieba``."""

    def cut() -> None:
        for report in reports:
            for passage in report:
                list(jieba.cut(passage.text))

    def labelling(engine: Engine) -> Callable[[], None]:
        model = engine.load()

        def run() -> None:
            for report in reports:
                model.predict(report)

        return run

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    jobs = {engine.name: labelling(engine) for engine in engines} | {"jieba": cut}
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(rounds):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            best[name] = min(best[name], time.process_time() - start)
    return best


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    try:
        engines = engines_of(options.model)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 2
    reports = [as_report(own) for own in by_voice(list(load_voices(NARRATIVES))).values()]
    count = sum(map(len, reports))
    best = measure(engines, reports, options.rounds)
    print(f"{count} passages of {len(reports)} reports, best of {options.rounds}\n")
    print("| engine | MB | passages/s, one core | multiple of jieba |\n|---|---:|---:|---:|")
    for engine in engines:
        size = "–" if engine.size is None else f"{engine.size / 1e6:.1f}"
        print(f"| `{engine.name}` | {size} | {count / best[engine.name]:,.0f} | {best[engine.name] / best['jieba']:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
