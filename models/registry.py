"""Classifiers by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

from corpus.errors import DataError, GongkaiError, UsageError
from models.base import Classifier, Passage

DEFAULT = "linear"


def _keywords(min_confidence: float | None) -> Classifier:
    from models.keywords import KeywordClassifier

    return KeywordClassifier()


def _linear(min_confidence: float | None) -> Classifier:
    from models import linear_folder

    return linear_folder.load(min_confidence=min_confidence)


#: each loads its engine when it is asked for: `gongkai --help` needs the names alone
_FACTORIES: dict[str, Callable[[float | None], Classifier]] = {"keywords": _keywords, "linear": _linear}

#: engine -> module with ``load_model(folder, info, *, min_confidence)``; imported when a folder of that engine is opened
_ENGINES = {
    "linear": "models.linear_folder",
    "hybrid": "models.linear_folder",
    "spacy": "models.spacy_engine",
    "transformer": "models.transformer",
    "cascade": "models.cascade",
}
#: a model that fails does so when it is opened, not in the middle of a run
_TRIAL = (Passage(0, 5, "一是慢。", "s5", ("五、存在的主要问题及改进情况",)), Passage(6, 18, "全年公开信息40条。", "s1", ()))


def classifier_names() -> tuple[str, ...]:
    """Names that :func:`classifier` knows."""
    return tuple(sorted(_FACTORIES))


def classifier(name: str | Path = DEFAULT, *, min_confidence: float | None = None) -> Classifier:
    """A classifier by name, or from the folder of a trained model.

    Args:
        name: one of :func:`classifier_names`, or a folder that ``gongkai train --out`` wrote.
        min_confidence: passages whose label is less probable (0…1) are marked ``abstained``; an engine without probabilities
            never abstains.

    Raises:
        UsageError: neither a known name nor a model's folder, a confidence outside 0…1, or an extra that is not installed.
        DataError: the model does not fit this code.
    """
    if min_confidence is not None and not 0 <= min_confidence <= 1:
        raise UsageError(f"min_confidence {min_confidence} is no probability", remedy="Give a number from 0 to 1.")
    if isinstance(name, str) and name in _FACTORIES:
        return _FACTORIES[name](min_confidence)
    from models.folder import is_model, read_info

    folder = Path(name)
    if not is_model(folder):
        raise UsageError(
            f"unknown classifier {str(name)!r}", remedy=f"use {', '.join(classifier_names())}, or the folder of a trained model"
        )
    info = read_info(folder)
    if info.engine not in _ENGINES:
        raise DataError(f"was trained with the engine {info.engine!r}", source=str(folder), remedy="update gongkai")
    try:
        made: Classifier = import_module(_ENGINES[info.engine]).load_model(folder, info, min_confidence=min_confidence)
        made.predict(_TRIAL)
    except GongkaiError:
        raise
    except Exception as error:  # what opens networks and pipelines fails in every way on files that it did not write
        raise DataError(
            f"the model cannot be used ({type(error).__name__}: {str(error)[:300]})", source=str(folder),
            remedy="copy the whole folder again, or train the model again",
        ) from error  # fmt: skip
    return made


@cache
def default_classifier() -> Classifier:
    """The shipped linear model, loaded once per process."""
    return classifier()
