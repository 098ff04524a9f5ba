"""Trainers by name of their engine, imported when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import UsageError
from models.folder import ModelInfo
from models.taxonomy import Taxonomy
from training.passages import TrainingPassage

Log = Callable[[str], None]

#: engine -> module with a function ``train`` as :class:`Trainer` describes it
_MODULES = {
    "linear": "training.engines.linear",
    "hybrid": "training.engines.hybrid",
    "spacy": "training.engines.spacy",
    "transformer": "training.engines.transformer",
    "cascade": "training.engines.cascade",
}


class Trainer(Protocol):
    """Trains one engine: writes its files and ``model.json`` into ``out`` and returns what that says."""

    def __call__(
        self,
        passages: Sequence[TrainingPassage],
        taxonomy: Taxonomy,
        out: Path,
        *,
        seed: int,
        settings: Mapping[str, Any],
        log: Log,
    ) -> ModelInfo: ...


def trainer_names() -> tuple[str, ...]:
    """Engines that can be trained."""
    return tuple(_MODULES)


def trainer(engine: str) -> Trainer:
    """The trainer of an engine.

    Raises:
        UsageError: unknown engine (``keywords`` is a data file and not trained), or an extra that is not installed.
    """
    if engine not in _MODULES:
        raise UsageError(f"no engine {engine!r} can be trained", remedy=f"use one of {', '.join(_MODULES)}")
    found: Trainer = import_module(_MODULES[engine]).train
    return found


def parse_settings(given: Sequence[str]) -> dict[str, Any]:
    """``--set key=value`` options: values are JSON where they can be (``0.5``, ``true``, ``[1, 2]``), else text.

    Raises:
        UsageError: no ``=``, or a key given twice.
    """
    settings: dict[str, Any] = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key.strip() or key.strip() in settings:
            raise UsageError(
                f"--set {item!r} is not key=value, or its key is given twice", remedy="write for example --set c=3.0"
            )
        try:
            settings[key.strip()] = json.loads(value)
        except json.JSONDecodeError:
            settings[key.strip()] = value
    return settings
