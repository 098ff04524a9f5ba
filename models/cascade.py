"""Two engines in a row: a quick one for every passage, a slow one for those that the quick one is unsure of.

A folder holds the two models, ``quick/`` and ``slow/``, each a model by itself, and ``config.json``.  A passage whose label the quick
engine gives at least the probability ``threshold`` is done.  Of the others both are asked, and their probabilities are averaged::

    probability(label) ∝ ((1 − weight) · quick + weight · slow) ** (1 / temperature)
    facet, also         = (1 − weight) · quick + weight · slow          with a weight of its own for facets

Slow is ``hybrid``, whose encoder is then asked about those passages alone, or ``transformer``.

Mixing two models that err differently is better than either (linear opinion pool: M. Stone 1961, The opinion pool); the average is
less sure than it should be, which the temperature mends.  All numbers were chosen on reports that neither model was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from corpus.errors import DataError
from models.base import Passage, Prediction
from models.familiarity import Strangeness, strangeness
from models.folder import ModelInfo, listed, read_config, read_info
from models.linear import LinearClassifier
from models.shapes import shape_of
from models.taxonomy import Taxonomy
from models.transformer import Floats, Probabilities, choose

FORMAT = 1
CONFIG = "config.json"
QUICK, SLOW = "quick", "slow"


class Quick(Protocol):
    """An engine that gives probabilities of all codes."""

    @property
    def model_id(self) -> str: ...

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]: ...

    def scores(self, passages: Sequence[Passage]) -> Probabilities:
        """(passage, code) probabilities of labels, facets, further labels, in the order of the taxonomy."""
        ...


class Slow(Protocol):
    """An engine that can be asked about some passages of a report."""

    @property
    def model_id(self) -> str: ...

    def scores(self, passages: Sequence[Passage], rows: Sequence[int] | None = None) -> Probabilities:
        """As :meth:`Quick.scores`, of ``rows`` alone if they are given; the other passages still are their context."""
        ...


@dataclass(frozen=True, slots=True)
class CascadeConfig:
    """What ``config.json`` holds; see the module's text.

    ``every_coded``: the slow engine is also asked for every passage whose label takes facets, however sure the quick one is.
    """

    threshold: float
    weight: float = 0.5
    temperature: float = 1.0
    facet_weight: float = 0.5
    facet_threshold: float = 0.5
    also_threshold: float = 0.5
    every_coded: bool = False

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def load_config(path: Path) -> CascadeConfig:
    """The config of a cascade; errors as :func:`models.folder.read_config`."""
    raw = read_config(path, FORMAT, shape_of(CascadeConfig))
    return CascadeConfig(**raw)


def uncertain(found: Sequence[Prediction], config: CascadeConfig, coded: Sequence[str]) -> list[int]:
    """Numbers of the passages that the slow engine is asked about."""
    return [
        i
        for i, p in enumerate(found)
        if p.score is None or p.score < config.threshold or (config.every_coded and p.label in coded)
    ]


def mix(quick: Probabilities, slow: Probabilities, config: CascadeConfig) -> Probabilities:
    """Probabilities of both engines as one; see the module's text."""

    def average(k: int, weight: float) -> Floats:
        return np.asarray((1 - weight) * quick[k] + weight * slow[k], dtype=np.float32)

    return sharpened(average(0, config.weight), config.temperature), average(1, config.facet_weight), average(2, config.weight)


def sharpened(probabilities: Floats, temperature: float) -> Floats:
    """Rows of probabilities to the power 1 / temperature, summing to 1 again; a temperature under 1 makes them surer.

    >>> sharpened(np.array([[0.6, 0.3, 0.1]], dtype=np.float32), 0.5).round(3).tolist()
    [[0.7829999923706055, 0.19599999487400055, 0.02199999988079071]]
    """
    raised = np.maximum(probabilities.astype(np.float64), 1e-12) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def decide(
    taxonomy: Taxonomy, quick: Quick | None, mixed: Probabilities, config: CascadeConfig, min_confidence: float | None
) -> list[Prediction]:
    """Predictions of mixed probabilities; facets that are the quick engine's alone are given by its own thresholds."""
    if config.facet_weight == 0 and isinstance(quick, LinearClassifier):
        return quick.decide(mixed[0], mixed[1], min_confidence)
    thresholds = {"facet_threshold": config.facet_threshold, "also_threshold": config.also_threshold}
    return list(choose(taxonomy, mixed, **thresholds, min_confidence=min_confidence))


class CascadeClassifier:
    """Labels the passages of a report.

    Args:
        taxonomy: the codes of both engines.
        config: when the slow engine is asked, and how the two are mixed.
        quick: sees every passage.
        slow: sees the uncertain ones, with all others as their context.
        digest: hash of the model's files, part of ``model_id``.
        min_confidence: below this probability a label is ``abstained``.
    """

    def __init__(
        self, taxonomy: Taxonomy, config: CascadeConfig, quick: Quick, slow: Slow, digest: str,
        *, min_confidence: float | None = None,
    ) -> None:  # fmt: skip
        self.taxonomy = taxonomy
        self.config = config
        self.quick = quick
        self.slow = slow
        self.min_confidence = min_confidence
        self._digest = digest

    @property
    def model_id(self) -> str:
        # the quick engine's id tells the segmenter, on which its predictions depend
        return f"cascade-{self._digest}+{self.quick.model_id.partition('+')[2]}".rstrip("+")

    def asked(self, passages: Sequence[Passage]) -> list[int]:
        """Numbers of the passages of a report that the slow engine is asked about: what the cascade costs."""
        return uncertain(self.quick.predict(passages), self.config, self.taxonomy.coded)

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        found = [self._abstaining(p) for p in self.quick.predict(passages)]
        rows = uncertain(found, self.config, self.taxonomy.coded)
        if not rows:
            return found
        labels, facets, also = (part[rows] for part in self.quick.scores(passages))
        mixed = mix((labels, facets, also), self.slow.scores(passages, rows), self.config)
        for row, better in zip(rows, decide(self.taxonomy, self.quick, mixed, self.config, self.min_confidence), strict=True):
            found[row] = better
        return found

    def strangeness(self, passages: Sequence[Passage], predictions: Sequence[Prediction]) -> Strangeness | None:
        """How far a report is from the training reports; ``None`` where that cannot be said."""
        if not isinstance(self.quick, LinearClassifier):
            return None
        return strangeness(self.quick.known, [p.text for p in passages], predictions, self.quick.limit)

    def _abstaining(self, p: Prediction) -> Prediction:
        low = self.min_confidence is not None and p.score is not None and p.score < self.min_confidence
        return replace(p, abstained=low)


def load_model(folder: Path, info: ModelInfo, *, min_confidence: float | None = None) -> CascadeClassifier:
    """The cascade of a folder.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
        DataError: a part is missing, broken, or of other codes than the cascade.
    """
    from models.registry import classifier

    listed(folder, info, [CONFIG])
    config = load_config(folder / CONFIG)
    for part in (QUICK, SLOW):
        found = read_info(folder / part)
        if found.engine == "cascade":  # a folder that leads to itself has no end
            raise DataError(f"{part} model is a cascade itself", source=str(folder / part), remedy="train the cascade again")
        if found.taxonomy.digest != info.taxonomy.digest:
            raise DataError(f"{part} model is of other codes", source=str(folder / part), remedy="copy the whole folder again")
    quick, slow = (classifier(folder / part) for part in (QUICK, SLOW))
    if not hasattr(slow, "scores") or not hasattr(quick, "scores"):
        raise DataError(f"parts are {quick.model_id} and {slow.model_id}", source=str(folder), remedy="train the cascade again")
    both = cast("Quick", quick), cast("Slow", slow)
    return CascadeClassifier(info.taxonomy, config, *both, info.digest, min_confidence=min_confidence)
