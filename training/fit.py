"""Measures on voices left out, then fits on all and writes the shipped model: ``python -m training.fit``.

Prints, for ``keywords`` and ``linear``: accuracy, macro-F1, F1 of problem and improvement, facet micro-F1 and also micro-F1 over
voices that the model was not trained on (and over kinds of agency left out, with ``--kinds``), with headings and without; then the
same on the bundled narratives, and on truth files given with ``--gold``, which are never trained on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus.codebook import codebook
from corpus.errors import GongkaiError
from models.base import Classifier, Passage, Prediction
from models.keywords import KeywordClassifier
from models.linear import CODED, SHIPPED
from training.corpus import DATA, TrainingPassage, as_report, by_voice, data_hash, load
from training.gold import load_gold
from training.import_voices import load_voices
from training.learn import Settings, fit

NARRATIVES = Path(__file__).parent / "samples" / "narratives"
BINS = 15


@dataclass(frozen=True, slots=True)
class Truth:
    """What a passage should be given; ``also`` is ``None`` where the truth does not say."""

    label: str
    facets: tuple[str, ...]
    also: tuple[str, ...] | None


Judged = list[tuple[Truth, Prediction]]


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one engine on one set of passages, 0…1; ``ece`` is the expected calibration error over 15 equal-mass bins."""

    passages: int
    accuracy: float
    macro_f1: float
    problem_f1: float
    improvement_f1: float
    facet_f1: float
    also_f1: float | None
    ece: float | None

    def line(self) -> str:
        """The figures in one line."""
        also = "" if self.also_f1 is None else f"  also {self.also_f1:.3f}"
        ece = "" if self.ece is None else f"  ece {self.ece:.3f}"
        return (
            f"n {self.passages:5d}  accuracy {self.accuracy:.3f}  macro-F1 {self.macro_f1:.3f}  problem {self.problem_f1:.3f}  "
            f"improvement {self.improvement_f1:.3f}  facets {self.facet_f1:.3f}{also}{ece}"
        )


def _micro(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    both = sizes = 0
    for gold, found in pairs:
        both += len(set(gold) & set(found))
        sizes += len(gold) + len(found)
    return 2 * both / sizes if sizes else 1.0


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """Mean distance of probability from share right, over bins of equal size."""
    order = np.argsort(np.array(scores), kind="stable")
    parts = [p for p in np.array_split(order, bins) if len(p)]
    score, hit = np.array(scores), np.array(right, dtype=float)
    return float(sum(len(p) * abs(score[p].mean() - hit[p].mean()) for p in parts) / len(order))


def judge(judged: Judged) -> Quality:
    """Figures of predictions beside their truth; macro-F1 over the labels that the truth holds."""
    gold, found = Counter(t.label for t, _ in judged), Counter(p.label for _, p in judged)
    hits = Counter(t.label for t, p in judged if t.label == p.label)
    f1 = {c: 2 * hits[c] / (gold[c] + found[c]) for c in codebook().labels if gold[c]}
    scored = [(p.score, t.label == p.label) for t, p in judged if p.score is not None]
    return Quality(
        len(judged),
        sum(hits.values()) / len(judged),
        sum(f1.values()) / len(f1),
        f1.get("problem", 1.0),
        f1.get("improvement", 1.0),
        _micro((t.facets, p.facets) for t, p in judged if t.label in CODED or p.label in CODED),
        _micro((t.also, p.also) for t, p in judged if t.also is not None) if any(t.also is not None for t, _ in judged) else None,
        calibration_error([s for s, _ in scored], [r for _, r in scored]) if scored else None,
    )


def predictions(classifier: Classifier, voices: Iterable[Sequence[TrainingPassage]], *, headings: bool = True) -> Judged:
    """Truth and prediction of every passage of whole voices."""
    judged: Judged = []
    for own in voices:
        found = classifier.predict(as_report(own, headings=headings))
        judged += [(Truth(p.label, p.facets, p.also), q) for p, q in zip(own, found, strict=True)]
    return judged


def gold_predictions(classifier: Classifier, folder: Path) -> Judged:
    """Truth and prediction of the passages of a folder of truth files, with their sections and headings."""
    judged: Judged = []
    for report in load_gold(folder).values():
        passages: list[Passage] = []
        position, last = 0, ("", "")
        for i, g in enumerate(report.passages):
            position = position + 1 if (g.section or "", g.heading) == last else 0
            last = (g.section or "", g.heading)
            own = ("",) if g.section not in {None, "preamble"} else ()
            path = (*own, g.heading) if g.heading else own
            passages.append(Passage(0, len(g.text), g.text, g.section, path, i, position))
        found = classifier.predict(passages)
        judged += [(Truth(g.label, g.facets, g.also), q) for g, q in zip(report.passages, found, strict=True)]
    return judged


def left_out(
    passages: Sequence[TrainingPassage], settings: Settings, group: Callable[[TrainingPassage], str], folds: int
) -> tuple[Judged, Judged]:
    """Predictions for voices whose group was left out of the training: (with headings, without)."""
    voices = list(by_voice(passages).values())
    groups = sorted({group(own[0]) for own in voices})
    shuffled = np.random.default_rng(settings.seed).permutation(len(groups)).tolist()
    fold = {groups[g]: at % folds for at, g in enumerate(shuffled)}
    with_headings: Judged = []
    without: Judged = []
    for k in range(folds):
        train = [p for own in voices if fold[group(own[0])] != k for p in own]
        test = [own for own in voices if fold[group(own[0])] == k]
        model = fit(train, settings).classifier
        with_headings += predictions(model, test)
        without += predictions(model, test, headings=False)
    return with_headings, without


def _confusions(judged: Judged) -> str:
    wrong = Counter(f"{t.label}>{p.label}" for t, p in judged if t.label != p.label)
    return ", ".join(f"{name} {n}" for name, n in wrong.most_common(8))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurements and writes the model."""
    parser = argparse.ArgumentParser(prog="python -m training.fit", description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--kinds", action="store_true", help="also leave out whole kinds of agency")
    parser.add_argument("--choose", action="store_true", help="choose the regularisation by the voices left out")
    parser.add_argument("--gold", type=Path, action="append", default=[], help="truth files to measure on, never trained on")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except GongkaiError as e:
        print(e, file=sys.stderr)
        return 1


def _choose(passages: Sequence[TrainingPassage], folds: int) -> Settings:
    scored: list[tuple[float, Settings]] = []
    for c in (3.0, 10.0, 30.0):
        settings = replace(Settings(), c=c)
        accuracy = judge(left_out(passages, settings, lambda p: p.voice, folds)[1]).accuracy
        print(f"C = {c:g}: accuracy without headings {accuracy:.4f}")
        scored.append((accuracy, settings))
    return max(scored, key=lambda s: s[0])[1]


def _run(options: argparse.Namespace) -> int:
    passages = load(options.data)
    voices = list(by_voice(passages).values())
    settings = _choose(passages, options.folds) if options.choose else Settings()
    metrics: dict[str, Any] = {}

    def report(name: str, judged: Judged) -> None:
        quality = judge(judged)
        metrics[name] = {k: round(getattr(quality, k), 4) for k in ("accuracy", "macro_f1", "facet_f1")}
        print(f"{name:36s} {quality.line()}")

    keywords = KeywordClassifier()
    print(f"{len(passages)} passages of {len(voices)} voices")
    report("keywords, voices", predictions(keywords, voices))
    seen, bare = left_out(passages, settings, lambda p: p.voice, options.folds)
    report("linear, voices left out", seen)
    print(f"{'':36s} {_confusions(seen)}")
    report("linear, same without headings", bare)
    if options.kinds:
        report("linear, kinds left out", left_out(passages, settings, lambda p: p.kind, options.folds)[0])
    fitted = fit(passages, settings, {"data_hash": data_hash(options.data), "metrics": metrics})
    narratives = list(by_voice(load_voices(NARRATIVES)).values())
    for name, engine in (("keywords", keywords), ("linear", fitted.classifier)):
        print(f"{name + ', bundled narratives':36s} {judge(predictions(engine, narratives)).line()}")
        for folder in options.gold:
            print(f"{name + f', {folder}':36s} {judge(gold_predictions(engine, folder)).line()}")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in fitted.files.items():
        (options.out / name).write_bytes(content)
    size = sum(map(len, fitted.files.values())) / 1e6
    print(f"{fitted.classifier.model_id} ({size:.2f} MB) -> {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
