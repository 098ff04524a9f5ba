"""Measures everything that ``docs/accuracy.md`` says, prints it and writes it: ``python -m training.shipped.report_accuracy``.

``--model NAME=FOLDER`` (repeatable) adds a model that ``gongkai train`` wrote to the table of engines.  ``--real DIR`` is a folder with
``real/reports``, ``real/gold``, ``reports`` and ``gold2``; real reports are measured on and never trained on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from time import perf_counter

from corpus.codebook import CODEBOOK_VERSION
from corpus.errors import GongkaiError
from models.folder import data_digest
from models.registry import default_classifier
from models.seed import SEED
from models.taxonomy import codebook_taxonomy
from training.samples import build
from training.samples.layouts import LAYOUTS
from training.shipped import confusions
from training.shipped.accuracy_runs import (
    Engine,
    Measured,
    ablations,
    engines_of,
    on_held,
    read_set,
    speeds,
    trials,
    unfamiliar_held,
)
from training.shipped.accuracy_text import Everything, render
from training.voices import shipped

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "accuracy.md"
REAL = ROOT.parent / "shared"
#: sizes of the base models that adaptation is tried with
BASES = (6, 20, 1000)


def _pool(jobs: int) -> Executor:
    if jobs == 0:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))


def measure_all(engines: Sequence[Engine], real: Path | None, *, jobs: int, seed: int = SEED) -> Everything:
    """All measurements; those that train run beside each other in ``jobs`` processes.

    Args:
        engines: the first one is the default and reads the reports; all label them.
        real: folder of real reports, if there is one.
        jobs: processes; 0 for none beside this one.
        seed: of everything drawn.
    """
    began = perf_counter()
    with _pool(jobs) as pool:
        ablated = pool.submit(ablations, seed)
        adapted = pool.submit(trials, BASES, seed)
        sets: list[Measured] = []
        with tempfile.TemporaryDirectory(prefix="gongkai-samples-") as name:
            build(Path(name), list(LAYOUTS))
            for layout in LAYOUTS:
                sets.append(read_set(layout, Path(name) / layout, Path(name) / "gold", engines if not sets else engines[:1]))
        actual = [
            read_set(title, real / reports, real / gold, engines)
            for title, reports, gold in confusions.REAL_SETS
            if real is not None and (real / gold).is_dir()
        ]
        default = default_classifier()
        passages = shipped()
        return Everything(
            date.today().isoformat(), default.model_id, CODEBOOK_VERSION, data_digest([p.to_json() for p in passages]),
            len(passages), len({p.voice for p in passages}), seed, tuple(engines), tuple(sets), tuple(actual),
            {e.name: on_held(e.load()) for e in engines}, on_held(default, headings=False),
            tuple(ablated.result()), tuple(adapted.result()), codebook_taxonomy(), speeds(engines), unfamiliar_held(default),
            perf_counter() - began,
        )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(
        prog="python -m training.shipped.report_accuracy", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument(
        "--real", type=Path, default=REAL, help="folder of real reports and their truth; left out where it is not there"
    )
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME=FOLDER", help="a trained model for the table of engines"
    )
    parser.add_argument("--confusions", type=Path, default=confusions.OUT, help="file of the errors on real reports")
    parser.add_argument("--jobs", type=int, default=2, help="processes that train; 0: none beside this one")
    options = parser.parse_args(arguments)
    try:
        real = options.real if options.real.is_dir() else None
        found = measure_all(engines_of(options.model), real, jobs=options.jobs)
        text = render(found)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.write(text)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(f"-> {options.out}", file=sys.stderr)
    if found.real:  # what comparisons without a coded sheet take their bands from
        items = [i for s in found.real for i in s.items[found.engines[0].name]]
        options.confusions.write_text(confusions.to_text(items, found.model_id, found.day), encoding="utf-8", newline="\n")
        print(f"-> {options.confusions}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
