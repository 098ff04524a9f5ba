"""Trained models beside a linear one of the same voices: ``python -m training.shipped.engines_report --model FOLDER [--gold DIR]``.

Prints for every model (engines ``transformer`` and ``cascade``, whose folders name the voices they were trained on) and for a linear
model trained here on those voices alone:

- accuracy, macro-F1, F1 of single labels, facet and also micro-F1, calibration error on the voices that no model saw, and on truth
  files given with ``--gold``;
- the same accuracy without own headings, without neighbours, and of the text alone: what context brings;
- the size of the files and passages a second of CPU time on one core;
- for a cascade, what each threshold costs and brings.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.codebook import codebook
from corpus.errors import DataError, GongkaiError
from models.base import Classifier, Passage, Prediction
from models.folder import read_info
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import Taxonomy
from training.coding.dataset import load_coded
from training.engines.registry import trainer
from training.measure.compare_models import compare, format_comparison
from training.measure.gold import load_gold
from training.measure.gold_items import gold_passages
from training.measure.heldout import items_of
from training.measure.quality import JudgedPassage, Quality, measure
from training.passages import TrainingPassage, as_report, by_voice
from training.voices import shipped

LINEAR = "linear, same voices"
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A classifier that sees passages otherwise than they are, for what context brings."""

    inner: Classifier
    change: Callable[[Passage], Passage]
    together: bool = True

    @property
    def model_id(self) -> str:
        return self.inner.model_id

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """As the inner one says of the changed passages; one by one if they are not shown together."""
        changed = [self.change(p) for p in passages]
        return self.inner.predict(changed) if self.together else [self.inner.predict([p])[0] for p in changed]


def _bare(p: Passage) -> Passage:
    return replace(p, heading_path=p.heading_path[:1])


def _nowhere(p: Passage) -> Passage:
    return replace(p, section=None, heading_path=(), index=0, position=0, paragraph=0)


def views(model: Classifier) -> dict[str, Classifier]:
    """The model with all context, and with less of it."""
    return {
        "all context": model,
        "no own headings": Shown(model, _bare),
        "no neighbours": Shown(model, lambda p: p, together=False),
        "section alone": Shown(model, _bare, together=False),
        "text alone": Shown(model, _nowhere, together=False),
    }


def quality_line(name: str, q: Quality) -> str:
    """The figures of a model in one line."""
    single = "  ".join(f"{c} {q.label_f1[c].value:.3f}" for c in codebook().coded if c in q.label_f1)
    facets = f"  facets {q.facet_f1.value:.3f}" if q.facet_f1 else ""
    also = "" if q.also_f1 is None else f"  also {q.also_f1:.3f}"
    ece = "" if q.ece is None else f"  ece {q.ece:.3f}"
    return f"  {name:<22} accuracy {q.accuracy}  macro-F1 {q.macro_f1.value:.3f}  {single}{facets}{also}{ece}"


def gold_of(model: Classifier, folder: Path) -> list[JudgedPassage]:
    """The passages of truth files beside what a model says of them, boundaries and sections given."""
    items = []
    for gold in load_gold(folder).values():
        for g, q in zip(gold.passages, model.predict(gold_passages(gold)), strict=True):
            path = (g.heading,) if g.heading else ()
            items.append(
                JudgedPassage(
                    gold.stem,
                    g.text,
                    g.label,
                    q.label,
                    g.section,
                    path,
                    g.also,
                    q.also,
                    g.facets,
                    q.facets,
                    q.score,
                    q.abstained,
                )
            )
    return items


def speed(model: Classifier, reports: Sequence[Sequence[Passage]]) -> float:
    """Passages a second of CPU time of this process, the best of three rounds."""
    count = sum(map(len, reports))
    best = 0.0
    for _ in range(_ROUNDS):
        start = time.process_time()
        for report in reports:
            model.predict(report)
        best = max(best, count / max(1e-9, time.process_time() - start))
    return best


def size_mb(folder: Path) -> float:
    """Size of a model's files in MB (10⁶ bytes)."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def split_of(
    folders: Sequence[Path], passages: Sequence[TrainingPassage]
) -> tuple[list[TrainingPassage], list[TrainingPassage]]:
    """(passages that all models were trained on, passages that none saw), as their folders say.

    Raises:
        DataError: a folder names no split, the models have different ones, or the data is not what they were trained on.
    """
    splits = []
    for folder in folders:
        voices: Any = read_info(folder).settings.get("voices")
        if not isinstance(voices, dict) or not voices.get("test"):
            raise DataError(
                "names no voices left out", source=str(folder), remedy="train a transformer or cascade with test_share over 0"
            )
        splits.append((tuple(voices["train"]), tuple(voices["test"])))
    if len(set(splits)) > 1:
        raise DataError("models were trained on different voices", source=str(folders[1]), remedy="give models of one split")
    known = by_voice(passages)
    if missing := [v for part in splits[0] for v in part if v not in known]:
        raise DataError(f"voices {missing[:3]} are not in the data", source=str(folders[0]), remedy="give its data with --data")
    train, test = ([p for v in part for p in known[v]] for part in splits[0])
    return train, test


def report(folders: Sequence[Path], passages: Sequence[TrainingPassage], gold: Sequence[Path], seed: int) -> int:
    """Prints everything; see the module's text."""
    train, test = split_of(folders, passages)
    taxonomy = read_info(folders[0]).taxonomy
    with tempfile.TemporaryDirectory(prefix="gongkai-linear-") as name:
        linear = Path(name)
        trainer("linear")(train, taxonomy, linear, seed=seed, settings={}, log=lambda _: None)
        named = {LINEAR: linear} | {f"{read_info(f).engine} {f.name}": f for f in folders}
        models = {name: classifier(folder) for name, folder in named.items()}
        for name, folder in named.items():
            print(f"{name}: {models[name].model_id}, {size_mb(folder):.1f} MB")
        print(f"trained on {len(train)} passages of {len(by_voice(train))} voices")
        _compare("voices left out", {n: items_of(m, test) for n, m in models.items()}, taxonomy)
        for folder in gold:
            _compare(f"truth files in {folder.name}", {n: gold_of(m, folder) for n, m in models.items()}, taxonomy)
        print("\nwhat context brings: accuracy on voices left out")
        for name, model in models.items():
            shown = {view: measure(items_of(m, test), taxonomy, draws=0) for view, m in views(model).items()}
            print(f"  {name:<22} " + "  ".join(f"{view} {q.accuracy.value:.3f}" for view, q in shown.items()))
        print("\nspeed: passages a second of CPU time on one core, on voices left out")
        reports = _reports(test)
        for name, model in models.items():
            print(f"  {name:<22} {speed(model, reports):.0f}")
    for folder in folders:
        if read_info(folder).engine == "cascade":
            _thresholds(folder)
    return 0


def _reports(passages: Sequence[TrainingPassage]) -> list[list[Passage]]:
    return [as_report(own) for own in by_voice(passages).values()]


def _compare(where: str, items: dict[str, list[JudgedPassage]], taxonomy: Taxonomy) -> None:
    first = next(iter(items.values()))
    print(f"\n{where}: {len(first)} passages; in brackets 95 % intervals by report")
    for name, own in items.items():
        print(quality_line(name, measure(own, taxonomy)))
    for name, own in items.items():
        if name != LINEAR:
            print(format_comparison(compare(own, items[LINEAR], taxonomy), name, LINEAR))


def _thresholds(folder: Path) -> None:
    metrics = read_info(folder).metrics
    for where in ("calibration voices, by threshold", "voices left out, by threshold"):
        print(f"\n{folder.name}: {where}")
        for s in metrics.get(where, ()):
            print(
                f"  under {s['threshold']:<5} asked {s['asked']:6.1%}  accuracy {s['accuracy']:.4f}  facets {s['facet_f1']:.4f}"
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the arguments and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m training.shipped.engines_report", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--model", type=Path, action="append", required=True, help="folder of a transformer or cascade; repeatable"
    )
    parser.add_argument("--data", type=Path, help="the coded passages they were trained on, if not the shipped ones")
    parser.add_argument("--gold", type=Path, action="append", default=[], help="folder of truth files, never trained on")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    try:
        taxonomy = read_info(options.model[0]).taxonomy
        passages = shipped() if options.data is None else load_coded(options.data, taxonomy).passages
        return report(options.model, passages, options.gold, options.seed)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
