"""The measurements behind ``docs/accuracy.md``; :mod:`training.shipped.report_accuracy` writes them down.

Each is a function of plain arguments, so that two can run side by side in processes of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from corpus.errors import UsageError
from extract.pipeline import analyze_bytes
from extract.runs.run import find_sources, read_source
from extract.types import Report
from models.base import Classifier
from models.familiarity import strangeness_of
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
from training.passages import TrainingPassage, as_report, by_voice, load
from training.shipped.adapt_trial import Trial
from training.shipped.adapt_trial import run as run_trials
from training.shipped.engines_report import speed
from training.voices import held, load_voices, reworded, shipped

#: held voices that engines are timed on
_TIMED = 40
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
    def trained_in(self) -> dict[str, float]:
        """Seconds of its training by step (``encoding``, ``fitting``), as its folder says; empty where it does not."""
        folder = Path(self.source)
        seconds: dict[str, float] = read_info(folder, verify=False).metrics.get("seconds", {}) if is_model(folder) else {}
        return seconds

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
    """One set of reports read from their files: scores of everything, items by engine, and how many are said to be unfamiliar."""

    name: str
    evaluation: Evaluation
    items: dict[str, list[JudgedPassage]]
    unfamiliar: int = 0


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
    warned = sum(any(i.code == "unfamiliar_text" for i in r.issues) for r in coded)
    return Measured(name, evaluate(coded, gold), items, warned)


def unfamiliar_held(model: Classifier) -> tuple[int, int]:
    """Of how many held voices it is said that they are unlike the training texts, and of how many something is said at all."""
    reports = [as_report(own) for own in by_voice(held()).values()]
    found = [s for r in reports if (s := strangeness_of(model, r, model.predict(r))) is not None]
    return sum(s.over for s in found), len(found)


@dataclass(frozen=True, slots=True)
class Ablation:
    """What the linear model says of the held voices when something is left out of its training, which took ``seconds``."""

    name: str
    passages: int
    items: tuple[JudgedPassage, ...]
    seconds: float = 0.0


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
    started = perf_counter()
    model = fit(passages, codebook_taxonomy(), settings).classifier
    seconds = perf_counter() - started
    return Ablation(name, len(passages), on_held(model), seconds)


def speeds(engines: Sequence[Engine]) -> dict[str, float]:
    """Passages a second of CPU time on one core, by engine, on some of the held voices."""
    some = [as_report(own) for own in list(by_voice(held()).values())[:_TIMED]]
    return {e.name: speed(e.load(), some) for e in engines}


def samples() -> list[TrainingPassage]:
    """The coded passages of the bundled samples."""
    return list(load_voices(NARRATIVES))


def trials(voices: Sequence[int], seed: int) -> list[Trial]:
    """Adaptation to the samples (:mod:`training.shipped.adapt_trial`)."""
    return run_trials(shipped(), samples(), voices=voices, seed=seed, log=lambda line: print(line, flush=True))
