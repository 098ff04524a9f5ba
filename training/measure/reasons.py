"""Why a model chose a label, in words, for engines that can say: rules of the keywords, features of the linear model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from models.base import Classifier, Passage
from models.keywords import KeywordClassifier

#: reasons named for one label
_NAMED = 5


def reason(model: Classifier, passages: Sequence[Passage], index: int) -> str:
    """What spoke for the label of ``passages[index]``, strongest first; empty for engines that cannot say.

    Args:
        model: the classifier.
        passages: those of one report.
        index: which of them.
    """
    if isinstance(model, KeywordClassifier):
        found = sorted(model.explain(passages[index]), key=lambda r: -r.weight)[:_NAMED]
        return "; ".join(f"{r.rule} {r.words} {r.weight:g}" for r in found)
    explain = getattr(model, "explain", None)
    if explain is None:
        return ""
    # engines that explain themselves do so as the linear one does: (feature, weight), strongest first
    named = cast("Sequence[tuple[str, float]]", cast("Any", explain)(passages, index, top=_NAMED))
    return "; ".join(f"{_plain(name)} {weight:+.2f}" for name, weight in named)


#: kinds of features of the linear model, and what they are called in a reason
_KINDS = (
    ("flag:term:", "words of "),
    ("flag:heading:", "heading has words of "),
    ("flag:before:", "passage before has words of "),
    ("flag:after:", "passage after has words of "),
    ("flag:", ""),
    ("heading:", "heading "),
    ("text:", ""),
)


def _plain(feature: str) -> str:
    """A feature for people: ``text:屏。`` → ``屏。``, ``flag:after:manage`` → ``passage after has words of manage``."""
    kind, said = next(((k, s) for k, s in _KINDS if feature.startswith(k)), ("", ""))
    # edges of a text and the space between two words are control characters in a vocabulary
    return said + feature.removeprefix(kind).replace("\x01", "^").replace("\x02", "$").replace("\t", "+")
