"""Classifiers by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from corpus.errors import UsageError
from models import linear
from models.base import Classifier
from models.keywords import KeywordClassifier

DEFAULT = "linear"

_FACTORIES: dict[str, Callable[[float | None], Classifier]] = {
    "keywords": lambda min_confidence: KeywordClassifier(),
    "linear": lambda min_confidence: linear.load(min_confidence=min_confidence),
}


def classifier_names() -> tuple[str, ...]:
    """Names that :func:`classifier` knows."""
    return tuple(sorted(_FACTORIES))


def classifier(name: str = DEFAULT, *, min_confidence: float | None = None) -> Classifier:
    """A classifier by name.

    Args:
        name: one of :func:`classifier_names`.
        min_confidence: passages whose label is less probable (0…1) are marked ``abstained``; an engine without probabilities
            never abstains.

    Raises:
        UsageError: unknown name, or a confidence outside 0…1.
        DataError: the engine's model does not fit this code.
    """
    if name not in _FACTORIES:
        raise UsageError(f"unknown classifier {name!r}", remedy=f"Known are {', '.join(classifier_names())}.")
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise UsageError(f"min_confidence {min_confidence} is no probability", remedy="Give a number from 0 to 1.")
    return _FACTORIES[name](min_confidence)


@cache
def default_classifier() -> Classifier:
    """The shipped linear model, loaded once per process."""
    return classifier()
