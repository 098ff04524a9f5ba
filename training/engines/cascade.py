"""Trains the engine ``cascade``: the linear model for every passage, a slower engine for those that it is unsure of.

Both learn from the same voices; when the slow one is asked, and how the two are mixed, is chosen on voices left out of both.  With the
engine ``hybrid`` both are then trained again on all voices, which takes minutes.  A transformer takes hours: there the voices left out
stay left out (``dev_share``), and what comes of it is measured on others (``test_share``).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from corpus.errors import DataError, UsageError
from models.base import Prediction
from models.cascade import CONFIG, QUICK, SLOW, CascadeConfig, Quick, Slow, decide, mix, sharpened, uncertain
from models.folder import ModelInfo, data_digest, read_info, write_info
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import Taxonomy
from models.transformer import Floats, Probabilities
from training.engines import hybrid, linear
from training.engines.registry import trainer
from training.engines.transformer import Split, Voices, best_threshold, check_fits, micro_f1, parse_settings, split_voices
from training.passages import TrainingPassage, as_report, by_voice

Log = Callable[[str], None]
#: thresholds tried: 0 never asks the transformer, 1.01 always
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)
_WEIGHTS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)
_OWN = {"transformer", "linear", "threshold", "slow"}
#: share of the voices on which a cascade with a hybrid is tuned
_TUNED_ON = 0.2
#: voices that are enough to tune on
_ENOUGH = 20
#: share of what asking about every passage wins in log loss that a threshold must win, and accuracy that it may lose.  Accuracy alone
#: stops too early: with some 700 passages it is the best from a threshold on that asks about 3 in 100, while on other reports the
#: log loss, and with it accuracy, still gains (docs/transformer.md)
_GAINED = 0.5
_SLACK = 0.002
#: draws of voices by which it is told whether mixed facets are better beyond chance
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Step:
    """What a threshold brings: share of passages that the slow engine is asked about, accuracy, micro-F1 of facets, log loss.

    The log loss is the mean of −ln of the probability that the true label was given, a natural logarithm per passage.
    """

    threshold: float
    asked: float
    accuracy: float
    facet_f1: float
    log_loss: float

    def to_json(self) -> dict[str, float]:
        """JSON values, four places."""
        return {k: round(getattr(self, k), 4) for k in ("threshold", "asked", "accuracy", "facet_f1", "log_loss")}


@dataclass(frozen=True, slots=True)
class BothPredictions:
    """What both engines say of coded passages, in one order: truth, predictions of the quick one, probabilities of both.

    ``model`` is the quick engine, whose thresholds decide where facets are its alone.
    """

    truth: tuple[TrainingPassage, ...]
    found: tuple[Prediction, ...]
    quick: Probabilities
    slow: Probabilities
    model: Quick | None = None


def see(quick: Quick, slow: Slow, voices: Voices) -> BothPredictions:
    """Asks both engines about whole voices."""
    reports = [as_report(own) for own in voices]

    def joined(parts: Sequence[Probabilities]) -> Probabilities:
        labels, facets, also = (np.concatenate([p[k] for p in parts]) for k in range(3))
        return labels, facets, also

    return BothPredictions(
        tuple(p for own in voices for p in own),
        tuple(q for report in reports for q in quick.predict(report)),
        joined([quick.scores(r) for r in reports]),
        joined([slow.scores(r) for r in reports]),
        quick,
    )


def outcome(seen: BothPredictions, config: CascadeConfig, t: Taxonomy) -> tuple[list[Prediction], Floats, list[int]]:
    """What the cascade says of passages that both engines have seen, its (passage, label) probabilities, and the rows it asks about."""
    found, labels = list(seen.found), seen.quick[0].copy()
    rows = uncertain(found, config, t.coded)
    mixed = mix(_rows(seen.quick, rows), _rows(seen.slow, rows), config)
    labels[rows] = mixed[0]
    for row, p in zip(rows, decide(t, seen.model, mixed, config, None), strict=True):
        found[row] = p
    return found, labels, rows


def _rows(p: Probabilities, rows: Sequence[int]) -> Probabilities:
    labels, facets, also = (part[list(rows)] for part in p)
    return labels, facets, also


def step(seen: BothPredictions, config: CascadeConfig, t: Taxonomy) -> Step:
    """What the config's threshold brings."""
    found, labels, rows = outcome(seen, config, t)
    size = max(1, len(found))
    right = sum(p.label == q.label for p, q in zip(seen.truth, found, strict=True))
    both, sizes = _facet_counts(seen.truth, found, t).sum(axis=0).tolist()
    loss = _log_loss(labels, seen.truth, t)
    return Step(config.threshold, len(rows) / size, right / size, 2 * both / sizes if sizes else 1.0, loss)


def _facet_counts(truth: Sequence[TrainingPassage], found: Sequence[Prediction], t: Taxonomy) -> npt.NDArray[np.int64]:
    """(passage, 2): facets that are right, and facets of truth and prediction together; micro-F1 is 2 · right / together."""
    counts = [
        (len({*p.facets} & {*q.facets}), len(p.facets) + len(q.facets)) if p.label in t.coded else (0, 0)
        for p, q in zip(truth, found, strict=True)
    ]
    return np.array(counts, dtype=np.int64).reshape(-1, 2)


def _facets_gain(seen: BothPredictions, plain: CascadeConfig, better: CascadeConfig, threshold: float, t: Taxonomy) -> bool:
    """Whether facets by the second config are better in 97.5 % of draws of voices with replacement (percentile bootstrap)."""
    tried = (outcome(seen, replace(c, threshold=threshold), t)[0] for c in (plain, better))
    by_config = [_facet_counts(seen.truth, found, t) for found in tried]
    names = sorted({p.voice for p in seen.truth})
    own = np.array([names.index(p.voice) for p in seen.truth], dtype=np.int64)
    sums = [np.stack([np.bincount(own, c[:, k], len(names)) for k in (0, 1)]) for c in by_config]
    drawn = np.random.default_rng(SEED).integers(len(names), size=(_DRAWS, len(names)))
    f1 = [2 * right[drawn].sum(axis=1) / np.maximum(1, together[drawn].sum(axis=1)) for right, together in sums]
    return bool((f1[1] > f1[0]).mean() >= 0.975)


def _log_loss(labels: Floats, truth: Sequence[TrainingPassage], t: Taxonomy) -> float:
    columns = [t.labels.index(p.label) for p in truth]
    return float(-np.log(np.maximum(labels[np.arange(len(columns)), columns], 1e-12)).mean()) if columns else 0.0


def _mixing(seen: BothPredictions, t: Taxonomy) -> CascadeConfig:
    """Weights, temperature and thresholds under which the truth is likeliest (labels), or micro-F1 greatest (the rest)."""

    def loss(weight: float, temperature: float) -> float:
        mixed = (1 - weight) * seen.quick[0] + weight * seen.slow[0]
        return _log_loss(sharpened(mixed, temperature), seen.truth, t)

    grid = [(w, temperature) for w in _WEIGHTS for temperature in np.arange(0.4, 1.61, 0.05).round(2).tolist()]
    weight, temperature = min(grid, key=lambda g: loss(*g))
    coded = [i for i, p in enumerate(seen.truth) if p.label in t.coded]
    facets = np.array([[f in seen.truth[i].facets for f in t.facets] for i in coded], dtype=np.float32).reshape(
        len(coded), len(t.facets)
    )
    best, facet_weight, facet_threshold = -1.0, 0.5, 0.5
    for w in _WEIGHTS:
        mixed: Floats = np.asarray((1 - w) * seen.quick[1][coded] + w * seen.slow[1][coded], dtype=np.float32)
        threshold = best_threshold(mixed, facets, 0.5)
        if (found := micro_f1(mixed, facets, threshold)) > best:
            best, facet_weight, facet_threshold = found, w, threshold
    also = np.array([[c in p.also for c in t.labels] for p in seen.truth], dtype=np.float32)
    mixed = np.asarray((1 - weight) * seen.quick[2] + weight * seen.slow[2], dtype=np.float32)
    return CascadeConfig(0.0, weight, temperature, facet_weight, facet_threshold, best_threshold(mixed, also, 0.5))


def tune(seen: BothPredictions, t: Taxonomy, threshold: float | None = None) -> tuple[CascadeConfig, list[Step]]:
    """The config for passages that neither engine was trained on, and what each threshold brings with it.

    Unless a threshold is given, the cheapest is taken that wins half of the log loss that asking about every passage wins,
    and whose accuracy is within 0.002 of the best.  Facets are the quick engine's own unless mixing is better beyond chance.
    """
    mixing = _mixing(seen, t)
    if t.facets and t.coded:
        every, own = replace(mixing, every_coded=True), replace(mixing, facet_weight=0.0)
        if not _facets_gain(seen, own, mixing, 1.01, t):
            mixing = own
        elif _facets_gain(seen, mixing, every, 0.8, t):
            mixing = every
    steps = [step(seen, replace(mixing, threshold=x), t) for x in THRESHOLDS]
    best, alone = max(s.accuracy for s in steps), steps[0].log_loss
    won = alone - steps[-1].log_loss if mixing.weight else 0.0  # without a share of the slow engine only the temperature wins
    enough = alone - _GAINED * max(0.0, won)
    good = (s.threshold for s in steps if s.accuracy >= best - _SLACK and s.log_loss <= enough)
    chosen = next(good, steps[-1].threshold) if threshold is None else threshold
    return replace(mixing, threshold=chosen), steps


def train(
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    out: Path,
    *,
    seed: int,
    settings: Mapping[str, Any],
    log: Callable[[str], None],
    typical: Collection[str] | None = None,
) -> ModelInfo:
    """Trains both engines, tunes the cascade and writes its folder.

    Args:
        passages: whole voices, in order.
        taxonomy: the codes to choose from.
        out: the folder to write, made if it is not there.
        seed: of the split and of both trainings.
        settings: ``slow``, ``hybrid`` or ``transformer``, and its settings; instead of the ``base`` of a transformer ``transformer``, the
            folder of one that was trained on the same passages (then it is copied, and its split is used); ``linear``, a mapping of
            that engine's settings; ``threshold`` (0…1), to choose it oneself.  Without ``slow`` what is given decides: ``base`` or
            ``transformer`` ask for a transformer, else it is the hybrid.
        log: told of each step.
        typical: voices by which the limit of strangeness is chosen, if not by all.

    Raises:
        UsageError: unknown or contradictory settings, or the extra ``transformers`` is not installed.
        DataError: codes outside the taxonomy, or a transformer that was trained on other passages.
    """
    own = {k: settings[k] for k in _OWN & set(settings)}
    rest = {k: v for k, v in settings.items() if k not in _OWN}
    threshold = own.get("threshold")
    if threshold is not None and not (isinstance(threshold, int | float) and 0 <= threshold <= 1):
        raise UsageError(f"threshold {threshold!r} is no probability", remedy="give a number from 0 to 1, or leave it out")
    if not isinstance(own.get("linear", {}), Mapping):
        raise UsageError(f"linear is {own['linear']!r}", remedy='give a mapping, for example {"c": 3.0}')
    slow = own.get("slow", "transformer" if {"transformer", "base"} & {*settings} else "hybrid")
    if slow not in {"hybrid", "transformer"}:
        raise UsageError(f"slow is {slow!r}", remedy="use hybrid or transformer")
    check_fits(passages, taxonomy)
    out.mkdir(parents=True, exist_ok=True)
    parts = _Parts(passages, taxonomy, out, seed, own, rest, threshold, typical, log)
    config, metrics, kept = parts.with_hybrid() if slow == "hybrid" else parts.with_transformer()
    (out / CONFIG).write_text(config.to_json(), encoding="utf-8", newline="\n")
    names = [CONFIG, *(f"{part}/{name}" for part in (QUICK, SLOW) for name in ("model.json", *read_info(out / part).files))]
    kept = {**kept, **{k: v for k, v in own.items() if k != "transformer"}}
    lines = [p.to_json() for p in passages]
    digest = data_digest(lines if slow == "hybrid" else sorted(lines))
    return write_info(out, ModelInfo("cascade", taxonomy, digest, seed, kept, metrics), names)


def _tuned(config: CascadeConfig, steps: Sequence[Step], log: Log) -> dict[str, Any]:
    log(f"threshold {config.threshold}, weight of the slow engine {config.weight}, for facets {config.facet_weight}")
    return {"calibration voices, by threshold": [s.to_json() for s in steps]}


@dataclass(frozen=True, slots=True)
class _Parts:
    """Trains both engines into ``out`` and chooses the config; arguments as of :func:`train`, settings in two."""

    passages: Sequence[TrainingPassage]
    taxonomy: Taxonomy
    out: Path
    seed: int
    own: Mapping[str, Any]
    rest: Mapping[str, Any]
    threshold: float | None
    typical: Collection[str] | None
    log: Log

    def with_hybrid(self) -> tuple[CascadeConfig, dict[str, Any], dict[str, Any]]:
        """Config, metrics, settings: tuned on a fifth of the voices, then both engines are trained on all."""
        hybrid.source_of(self.rest)  # a missing encoder is said before the first engine is trained
        split = split_voices(self.passages, _TUNED_ON, 0.0, self.seed)
        with tempfile.TemporaryDirectory(prefix="gongkai-cascade-") as name:
            quick, slow = self._both([p for own in split.train for p in own], Path(name))
            config, steps = tune(see(quick, slow, self._tuned_on(split.dev)), self.taxonomy, self.threshold)
        metrics = _tuned(config, steps, self.log)
        self._both(self.passages, self.out)
        return config, metrics, dict(read_info(self.out / SLOW).settings)

    def _both(self, passages: Sequence[TrainingPassage], out: Path) -> tuple[Quick, Slow]:
        made = ((QUICK, linear.train, self.own.get("linear", {})), (SLOW, hybrid.train, self.rest))
        for part, make, settings in made:
            (out / part).mkdir(exist_ok=True)
            make(
                passages, self.taxonomy, out / part, seed=self.seed, settings=settings, log=self.log, typical=self.typical
            )  # fmt: skip
        return cast("Quick", classifier(out / QUICK)), cast("Slow", classifier(out / SLOW))

    def _tuned_on(self, left_out: Voices) -> Voices:
        """Of the voices left out those that are like what the model will meet, if they are enough to tell anything by."""
        like = [own for own in left_out if self.typical is None or own[0].voice in self.typical]
        return like if len(like) >= _ENOUGH else left_out

    def with_transformer(self) -> tuple[CascadeConfig, dict[str, Any], dict[str, Any]]:
        """Config, metrics, settings: the linear model learns from the voices that the transformer learns from."""
        digest = data_digest(sorted(p.to_json() for p in self.passages))
        if "transformer" in self.own:
            if self.rest:
                raise UsageError(
                    f"settings {sorted(self.rest)} beside a trained transformer", remedy="leave them or `transformer` out"
                )
            folder = Path(str(self.own["transformer"]))
            split = _reuse(folder, self.passages, self.taxonomy, digest, self.out / SLOW)
        else:
            shares = parse_settings(self.rest)
            split = split_voices(self.passages, shares.dev_share, shares.test_share, self.seed)
            trainer("transformer")(
                self.passages, self.taxonomy, self.out / SLOW, seed=self.seed, settings=self.rest, log=self.log
            )
        flat = [p for voice in split.train for p in voice]
        (self.out / QUICK).mkdir(exist_ok=True)
        settings = self.own.get("linear", {})
        linear.train(
            flat, self.taxonomy, self.out / QUICK, seed=self.seed, settings=settings, log=self.log, typical=self.typical
        )  # fmt: skip
        quick, slow = cast("Quick", classifier(self.out / QUICK)), cast("Slow", classifier(self.out / SLOW))
        config, steps = tune(see(quick, slow, self._tuned_on(split.dev)), self.taxonomy, self.threshold)
        metrics = _tuned(config, steps, self.log)
        if split.test:
            test = see(quick, slow, split.test)
            tried = [step(test, replace(config, threshold=x), self.taxonomy).to_json() for x in THRESHOLDS]
            metrics["voices left out, by threshold"] = tried
            found = {"passages": len(test.truth), **step(test, config, self.taxonomy).to_json()}
            metrics["voices left out"] = found
            self.log(f"voices left out: {found}")
        return config, metrics, dict(read_info(self.out / SLOW).settings)


def _reuse(folder: Path, passages: Sequence[TrainingPassage], t: Taxonomy, digest: str, target: Path) -> Split:
    """Copies a trained transformer and returns the split that it was trained with."""
    info = read_info(folder)
    if info.engine != "transformer" or info.data_hash != digest or info.taxonomy.digest != t.digest:
        raise DataError(
            f"is a {info.engine} trained on data {info.data_hash}, not a transformer trained on {digest} for {t.name}",
            source=str(folder), remedy="train the transformer on the same passages, or give a base instead",
        )  # fmt: skip
    if target.exists():
        shutil.rmtree(target)
    target.mkdir()
    for name in ("model.json", *info.files):
        shutil.copyfile(folder / name, target / name)
    voices = by_voice(passages)
    train_part, dev, test = ([voices[v] for v in info.settings["voices"][part]] for part in ("train", "dev", "test"))
    return Split(train_part, dev, test)
