"""The measurements behind ``docs/accuracy.md``; :mod:`training.shipped.report_accuracy` writes them down.

Each is a function of plain arguments, so that two can run side by side in processes of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.errors import UsageError
from extract.pipeline import analyze_bytes
from extract.runs.run import find_sources, read_source
from extract.types import Report
from models.base import Classifier
from models.folder import is_model, read_info
from models.linear_folder import SHIPPED
from models.registry import classifier
from models.taxonomy import codebook_taxonomy
from training.engines.linear import SHIPPED_SETTINGS
from training.engines.linear_fit import LinearSettings, fit
from training.measure.evaluate import evaluate
from training.measure.gold import load_gold
from training.measure.gold_items import gold_items, stem
from training.measure.heldout import items_of
from training.measure.quality import JudgedPassage
from training.measure.scores import Evaluation
from training.passages import TrainingPassage, load
from training.shipped.adapt_trial import Trial
from training.shipped.adapt_trial import run as run_trials
from training.voices import held, load_voices, reworded, shipped

NARRATIVES = Path(__file__).resolve().parents[1] / "samples" / "narratives"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine to measure: a name for the table, and what :func:`models.registry.classifier` takes."""

    name: str
    source: str

    def load(self) -> Classifier:
        """The classifier."""
        return classifier(self.source)

    @property
    def size(self) -> int | None:
        """Bytes of its files; ``None`` for a data file of rules."""
        folder = SHIPPED if self.source == "linear" else Path(self.source)
        return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else None

    @property
    def data(self) -> str:
        """Beginning of the hash of the data it was trained on; empty for a data file of rules."""
        folder = SHIPPED if self.source == "linear" else Path(self.source)
        return read_info(folder, verify=False).data_hash[:8] if is_model(folder) else ""

    @property
    def held_out(self) -> dict[str, object]:
        """What ``gongkai train`` measured on voices left out, as its folder says; empty where it does not."""
        if not is_model(Path(self.source)):
            return {}
        found: dict[str, object] = read_info(Path(self.source), verify=False).metrics.get("held_out", {})
        return found


def engines_of(given: Sequence[str]) -> list[Engine]:
    """``linear`` and ``keywords``, and the trained ones of ``--model NAME=FOLDER``.

    Raises:
        UsageError: an item names no folder.
    """
    engines = [Engine("linear", "linear"), Engine("keywords", "keywords")]
    for item in given:
        name, equals, folder = item.partition("=")
        if not equals or not Path(folder).is_dir():
            raise UsageError(f"--model {item!r} names no folder", remedy="write for example --model transformer=models/e5")
        engines.append(Engine(name, folder))
    return engines


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of reports read from their files: scores of everything, and items by engine."""

    name: str
    evaluation: Evaluation
    items: dict[str, list[JudgedPassage]]


def read_set(name: str, reports: Path, gold: Path, engines: Sequence[Engine]) -> Measured:
    """Reads the reports once, with the first engine, and lets the others label the same passages."""
    truth = load_gold(gold)
    models = {e.name: e.load() for e in engines}
    first = next(iter(models.values()))
    found: list[Report] = [analyze_bytes(read_source(s), s.name, classifier=first) for s in find_sources([reports])]
    coded = [r for r in found if stem(r.source) in truth]
    items = {
        engine: [i for r in coded for i in gold_items(truth[stem(r.source)], r, list(model.predict(r.passages)))]
        for engine, model in models.items()
    }
    return Measured(name, evaluate(coded, gold), items)


@dataclass(frozen=True, slots=True)
class Ablation:
    """What the linear model says of the held voices when something is left out of its training."""

    name: str
    passages: int
    items: tuple[JudgedPassage, ...]


def on_held(model: Classifier, *, headings: bool = True) -> tuple[JudgedPassage, ...]:
    """An engine on the held voices, which nothing was trained on."""
    return tuple(items_of(model, held(), headings=headings))


def ablations(seed: int) -> list[Ablation]:
    """The linear model trained with other data or without a group of features, on the held voices."""
    sets = {"reworded and authored voices": shipped(), "reworded voices alone": reworded(), "authored voices alone": load()}
    settings = LinearSettings(**SHIPPED_SETTINGS, seed=seed)
    found = []
    for name, passages in sets.items():
        found.append(_trained(name, passages, settings))
    for group in ("main clause", "headings", "neighbours", "section", "terms"):
        found.append(_trained(f"without {group}", sets["reworded and authored voices"], replace(settings, without=(group,))))
    return found


def _trained(name: str, passages: Sequence[TrainingPassage], settings: LinearSettings) -> Ablation:
    print(f"ablation: {name}", flush=True)
    return Ablation(name, len(passages), on_held(fit(passages, codebook_taxonomy(), settings).classifier))


def samples() -> list[TrainingPassage]:
    """The coded passages of the bundled samples."""
    return list(load_voices(NARRATIVES))


def trials(voices: Sequence[int], seed: int) -> list[Trial]:
    """Adaptation to the samples (:mod:`training.shipped.adapt_trial`)."""
    return run_trials(shipped(), samples(), voices=voices, seed=seed, log=lambda line: print(line, flush=True))
