"""Measures and prints; see the package."""

from __future__ import annotations

import argparse
import csv
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.errors import GongkaiError
from models.linear import Encoder
from models.taxonomy import Taxonomy, load_taxonomy
from training.engines.hybrid import source_of
from training.engines.linear_fit import LinearSettings, fit
from training.engines.sentence_vectors import CachedEncoder, prepare
from training.measure.learning_curve import CurvePoint, expected_accuracy
from training.passages import TrainingPassage, as_report, by_voice
from training.voices import reworded

HERE = Path(__file__).resolve().parent
TAXONOMIES = ("channel", "actor", "evidence")
SIZES = (50, 100, 200, 400)
DRAWS = 8
BEGIN, END = "<!-- written by python -m benchmarks.own_codes -->", "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Cell:
    """One engine with one number of passages: accuracy of each draw, mean macro-F1."""

    accuracies: tuple[float, ...]
    macro_f1: float

    @property
    def mean(self) -> float:
        return float(np.mean(self.accuracies))

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({min(self.accuracies):.3f}–{max(self.accuracies):.3f})"


def coded(name: str) -> list[TrainingPassage]:
    """The coded passages with the labels of one taxonomy, each voice's in order."""
    known = {(p.voice, p.order): p for p in reworded()}
    with (HERE / "codes.csv").open(encoding="utf-8", newline="") as rows:
        return [
            replace(known[row["voice"], int(row["order"])], label=row[name], also=(), facets=()) for row in csv.DictReader(rows)
        ]


def judged(truth: Sequence[str], found: Sequence[str]) -> tuple[float, float]:
    """(accuracy, macro-F1 over the labels that the truth holds)."""
    f1 = []
    for label in set(truth):
        both = sum(t == f == label for t, f in zip(truth, found, strict=True))
        f1.append(2 * both / (truth.count(label) + list(found).count(label)))
    return sum(t == f for t, f in zip(truth, found, strict=True)) / len(truth), float(np.mean(f1))


def one(learn: Sequence[TrainingPassage], test: Sequence[TrainingPassage], t: Taxonomy, encoder: Encoder | None) -> list[str]:
    """What a model of ``learn`` says of ``test``."""
    model = fit(learn, t, LinearSettings(), encoder=encoder).classifier
    return [q.label for own in by_voice(test).values() for q in model.predict(as_report(own))]


def curve(name: str, encoder: Encoder | None) -> dict[tuple[str, int], Cell]:
    """Cells by engine and number of passages."""
    taxonomy, voices = load_taxonomy(HERE / f"{name}.toml"), list(by_voice(coded(name)).values())
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(voices)).tolist()
        cut = len(voices) // 3
        test = [p for i in order[:cut] for p in voices[i]]
        rest = [p for i in order[cut:] for p in voices[i]]
        truth = [p.label for own in by_voice(test).values() for p in own]
        for size in SIZES:
            learn = rest[:size]
            commonest = max(taxonomy.labels, key=[p.label for p in learn].count)
            said = {"commonest label": [commonest] * len(truth), "linear": one(learn, test, taxonomy, None)}
            if encoder is not None:
                said["hybrid"] = one(learn, test, taxonomy, encoder)
            for engine, labels in said.items():
                found.setdefault((engine, size), []).append(judged(truth, labels))
        print(f"{name}: draw {draw + 1} of {DRAWS}", file=sys.stderr, flush=True)
    return {k: Cell(tuple(a for a, _ in v), float(np.mean([f for _, f in v]))) for k, v in found.items()}


def tables(curves: dict[str, dict[tuple[str, int], Cell]]) -> str:
    """The text for the page."""
    engines = list(dict.fromkeys(e for cells in curves.values() for e, _ in cells))
    lines = [
        "| codes | engine | " + " | ".join(f"{n} passages" for n in SIZES) + " | macro-F1 at 50 … 400 | foreseen at 400 |",
        "|---|---|" + "---:|" * (len(SIZES) + 2),
    ]
    for name, cells in curves.items():
        for engine in engines:
            own = [cells[engine, n] for n in SIZES]
            points = [CurvePoint(n, c.mean) for n, c in zip(SIZES[:-1], own[:-1], strict=True)]
            foreseen = "–" if engine.startswith("commonest") else f"{expected_accuracy(points, SIZES[-1]):.3f}"
            f1 = " ".join(f"{c.macro_f1:.2f}" for c in own)
            lines.append(f"| `{name}` | {engine} | {' | '.join(map(str, own))} | {f1} | {foreseen} |")
    return "\n".join(lines)


def main() -> int:
    """Prints the tables, and writes them where asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_codes", description="Accuracy over coded passages.")
    parser.add_argument("--encoder", type=Path, help="folder of an encoder; adds the engine hybrid")
    parser.add_argument("--out", type=Path, help="a page with the marks")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*failed to converge")
    try:
        encoder = None
        if options.encoder:
            source = source_of({"encoder": str(options.encoder)})
            prepare(source, [p.text for p in coded("actor")], print)
            encoder = CachedEncoder(source, lambda line: print(line, file=sys.stderr))
        text = tables({name: curve(name, encoder) for name in TAXONOMIES})
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    print(text)
    if options.out:
        before, _, rest = options.out.read_text(encoding="utf-8").partition(BEGIN)
        options.out.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
