"""Fits the shipped model and measures it: ``python -m training.shipped.build``.

Prints, for ``keywords`` and ``linear``: accuracy, macro-F1, F1 of problem and improvement, facet micro-F1 and also micro-F1 on the
voices reworded from real reports that are held out, on the bundled narratives, and on truth files given with ``--gold``, which are never
trained on; with ``--folds`` also over voices left out in turn, with headings and without (with ``--kinds`` over kinds of agency).
``--ablate`` prints instead what is lost on voices left out where a group of features is not used, ``--raises`` what raising the thresholds
of facets does to the shipped model; neither writes anything.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus.codebook import codebook
from corpus.errors import GongkaiError
from models.base import Classifier, Prediction
from models.familiarity import LIMIT
from models.folder import read_info, write_info
from models.keywords import KeywordClassifier
from models.linear_folder import FILES, SHIPPED, parse
from models.registry import classifier
from models.taxonomy import codebook_taxonomy
from training.engines.linear import SHIPPED_SETTINGS, train
from training.engines.linear_fit import GROUPS, LinearSettings, fit
from training.measure.gold import load_gold
from training.measure.gold_items import gold_passages
from training.passages import TrainingPassage, as_report, by_voice, load
from training.voices import held, like_reports, load_voices, shipped

NARRATIVES = Path(__file__).resolve().parents[1] / "samples" / "narratives"
BINS = 15
CODED = codebook_taxonomy().coded


@dataclass(frozen=True, slots=True)
class Truth:
    """What a passage should be given; ``also`` is ``None`` where the truth does not say."""

    label: str
    facets: tuple[str, ...]
    also: tuple[str, ...] | None


Judged = list[tuple[Truth, Prediction]]


@dataclass(frozen=True, slots=True)
class EngineFigures:
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


def judge(judged: Judged) -> EngineFigures:
    """Figures of predictions beside their truth; macro-F1 over the labels that the truth holds."""
    gold, found = Counter(t.label for t, _ in judged), Counter(p.label for _, p in judged)
    hits = Counter(t.label for t, p in judged if t.label == p.label)
    f1 = {c: 2 * hits[c] / (gold[c] + found[c]) for c in codebook().labels if gold[c]}
    scored = [(p.score, t.label == p.label) for t, p in judged if p.score is not None]
    return EngineFigures(
        len(judged),
        sum(hits.values()) / len(judged),
        sum(f1.values()) / len(f1),
        f1.get("problem", 1.0),
        f1.get("improvement", 1.0),
        _micro((t.facets, p.facets) for t, p in judged if t.label in CODED or p.label in CODED),
        _micro((t.also, p.also) for t, p in judged if t.also is not None)
        if any(t.also is not None for t, _ in judged)
        else None,
        calibration_error([s for s, _ in scored], [r for _, r in scored]) if scored else None,
    )


def predictions(model: Classifier, voices: Iterable[Sequence[TrainingPassage]], *, headings: bool = True) -> Judged:
    """Truth and prediction of every passage of whole voices."""
    judged: Judged = []
    for own in voices:
        found = model.predict(as_report(own, headings=headings))
        judged += [(Truth(p.label, p.facets, p.also), q) for p, q in zip(own, found, strict=True)]
    return judged


def gold_predictions(model: Classifier, folder: Path) -> Judged:
    """Truth and prediction of the passages of a folder of truth files, with their sections and headings."""
    judged: Judged = []
    for report in load_gold(folder).values():
        found = model.predict(gold_passages(report))
        judged += [(Truth(g.label, g.facets, g.also), q) for g, q in zip(report.passages, found, strict=True)]
    return judged


def _dealt(
    passages: Sequence[TrainingPassage], seed: int, group: Callable[[TrainingPassage], str], folds: int
) -> tuple[list[list[TrainingPassage]], dict[str, int]]:
    """Voices, and the fold of each: voices of one group are in one fold."""
    voices = list(by_voice(passages).values())
    groups = sorted({group(own[0]) for own in voices})
    shuffled = np.random.default_rng(seed).permutation(len(groups)).tolist()
    fold = {groups[g]: at % folds for at, g in enumerate(shuffled)}
    return voices, {own[0].voice: fold[group(own[0])] for own in voices}


def _flat(passages: Sequence[TrainingPassage], settings: LinearSettings, folds: int) -> list[TrainingPassage]:
    """The passages in the order in which :func:`left_out` judges them, voices left out."""
    voices, fold = _dealt(passages, settings.seed, lambda p: p.voice, folds)
    return [p for k in range(folds) for own in voices if fold[own[0].voice] == k for p in own]


def left_out(
    passages: Sequence[TrainingPassage], settings: LinearSettings, group: Callable[[TrainingPassage], str], folds: int
) -> tuple[Judged, Judged]:
    """Predictions for voices whose group was left out of the training: (with headings, without)."""
    voices, fold = _dealt(passages, settings.seed, group, folds)
    with_headings: Judged = []
    without: Judged = []
    for k in range(folds):
        seen = [p for own in voices if fold[own[0].voice] != k for p in own]
        test = [own for own in voices if fold[own[0].voice] == k]
        model = fit(seen, codebook_taxonomy(), settings).classifier
        with_headings += predictions(model, test)
        without += predictions(model, test, headings=False)
    return with_headings, without


def _confusions(judged: Judged) -> str:
    wrong = Counter(f"{t.label}>{p.label}" for t, p in judged if t.label != p.label)
    return ", ".join(f"{name} {n}" for name, n in wrong.most_common(8))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurements and writes the model."""
    parser = argparse.ArgumentParser(
        prog="python -m training.shipped.build", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--data", type=Path, help="a file of passages instead of the shipped data")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--folds", type=int, default=0, help="also leave out voices, in so many parts")
    parser.add_argument("--kinds", action="store_true", help="also leave out whole kinds of agency")
    parser.add_argument("--ablate", action="store_true", help="print what each group of features brings, and write nothing")
    parser.add_argument("--raises", action="store_true", help="what raising the thresholds of facets does")
    parser.add_argument("--gold", type=Path, action="append", default=[], help="truth files to measure on, never trained on")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except GongkaiError as e:
        print(e, file=sys.stderr)
        return 1


def ablate(passages: Sequence[TrainingPassage], settings: LinearSettings, folds: int) -> None:
    """Prints the figures on voices left out, with all features and without each group, and without headings in what is judged."""
    for name in ((), *((g,) for g in GROUPS), ("headings", "section", "position", "neighbours")):
        # two inner folds save a third of the time
        seen, bare = left_out(passages, replace(settings, without=name, folds=2), lambda p: p.voice, folds)
        informative = [j for j, p in zip(seen, _flat(passages, settings, folds), strict=True) if len(p.heading_path) > 1]
        print(f"{('without ' + ', '.join(name)) if name else 'all features':58s} {judge(seen).line()}")
        print(f"{'  headings hidden from what is judged':58s} {judge(bare).line()}")
        if not name:
            print(f"{'  passages under a heading of their own':58s} {judge(informative).line()}")
            rest = [j for j, p in zip(seen, _flat(passages, settings, folds), strict=True) if len(p.heading_path) < 2]
            print(f"{'  passages without one':58s} {judge(rest).line()}")


def raises(gold: Sequence[Path]) -> None:
    """Prints facet F1 of the shipped model by factor on the thresholds that were chosen on its training voices."""
    info = read_info(SHIPPED)
    narratives = list(by_voice(load_voices(NARRATIVES)).values())
    unseen = list(by_voice(held()).values())
    files = {name: (SHIPPED / name).read_bytes() for name in FILES}
    config = json.loads(files["linear.json"])
    chosen = [t / info.settings["facet_raise"] for t in config["facet_thresholds"]]
    for factor in (1.0, 1.2, 1.4, 1.6, 1.8):
        changed = files | {"linear.json": json.dumps(config | {"facet_thresholds": [factor * t for t in chosen]}).encode()}
        model = parse(changed, info.taxonomy, "raised", "the shipped model")
        found = [
            judge(predictions(model, unseen)),
            judge(predictions(model, narratives)),
            *(judge(gold_predictions(model, folder)) for folder in gold),
        ]
        print(f"thresholds × {factor}: facets " + ", ".join(f"{q.facet_f1:.3f}" for q in found))


def _run(options: argparse.Namespace) -> int:
    passages = load(options.data) if options.data else shipped()
    voices = list(by_voice(passages).values())
    settings = LinearSettings(**SHIPPED_SETTINGS)
    if options.raises:
        raises(options.gold)
        return 0
    if options.ablate:
        ablate(passages, settings, options.folds or 5)
        return 0
    metrics: dict[str, Any] = {}

    def report(name: str, judged: Judged) -> None:
        quality = judge(judged)
        metrics[name] = {k: round(getattr(quality, k), 4) for k in ("accuracy", "macro_f1", "facet_f1")}
        print(f"{name:36s} {quality.line()}")

    print(f"{len(passages)} passages of {len(voices)} voices")
    if options.folds:
        seen, bare = left_out(passages, settings, lambda p: p.voice, options.folds)
        report("linear, voices left out", seen)
        print(f"{'':36s} {_confusions(seen)}")
        report("linear, same without headings", bare)
    if options.kinds:
        report("linear, kinds left out", left_out(passages, settings, lambda p: p.kind, max(2, options.folds))[0])
    info = train(
        passages, codebook_taxonomy(), options.out, seed=settings.seed, settings=SHIPPED_SETTINGS, log=lambda line: None,
        typical=like_reports(passages),
    )  # fmt: skip
    metrics[LIMIT] = info.metrics[LIMIT]
    model = classifier(options.out)
    for name, engine in (("keywords", KeywordClassifier()), ("linear", model)):
        for half, own in (("held", held()), ("bundled narratives", load_voices(NARRATIVES))):
            report(f"{name}, {half}", predictions(engine, by_voice(own).values()))
        for folder in options.gold:
            print(f"{name + f', {folder}':36s} {judge(gold_predictions(engine, folder)).line()}")
    write_info(options.out, replace(info, metrics=metrics), FILES)
    size = sum(f.stat().st_size for f in options.out.iterdir()) / 1e6
    print(f"{model.model_id} ({size:.2f} MB) -> {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
