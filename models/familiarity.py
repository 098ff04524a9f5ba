"""How far a text is from what a model learnt from: pairs of characters that it does not know, labels that it expects to be wrong.

``strangeness = share of pairs of Chinese characters that too few training reports hold + mean of (1 − probability of the label)``.

Both rise where a text is of another kind than the training reports, and either may rise alone: a news report is full of unknown words, a
plan for disclosure is written in known ones but the model hesitates.  The limit is chosen where the model is fitted, from reports left out
(``training/engines/linear_fit.py``); it stands in ``model.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Passage, Prediction
from models.features import clean_all

Pairs = NDArray[np.uint64]
#: its name among the metrics of a model
LIMIT = "strangeness limit"
_HAN = (0x4E00, 0x9FFF)
#: of fewer passages, or fewer pairs, nothing is said
LEAST_PASSAGES, LEAST_PAIRS = 5, 100


def pairs_of(cleaned: str) -> Pairs:
    """Neighbouring Chinese characters of a cleaned text, as numbers.

    >>> [f"{int(p):x}" for p in pairs_of("公开0条")]
    ['516c00005f00']
    """
    codes = np.frombuffer(cleaned.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    han = (codes >= _HAN[0]) & (codes <= _HAN[1])
    both = han[1:] & han[:-1]
    return np.asarray(((codes[:-1] << np.uint64(32)) | codes[1:])[both], dtype=np.uint64)


def pairs_of_texts(texts: Sequence[str]) -> Pairs:
    """Pairs of the texts of one report; none reaches from one text into the next."""
    return pairs_of("\0".join(clean_all(texts)))


class KnownPairs:
    """The pairs that a model knows.

    Args:
        grams: n-grams of its vocabulary; those of two Chinese characters count.
    """

    def __init__(self, grams: Iterable[str]) -> None:
        # not np.unique, which loads masked arrays: twice knows no more than once
        self._known = np.sort(pairs_of("\0".join(g for g in grams if len(g) == 2)))

    def unknown_share(self, texts: Sequence[str]) -> float | None:
        """Share of the pairs of a report's texts that are not known; ``None`` where there are too few."""
        pairs = pairs_of_texts(texts)
        if len(pairs) < LEAST_PAIRS or not len(self._known):
            return None
        pairs.sort()  # in order they are found faster
        at = np.minimum(np.searchsorted(self._known, pairs), len(self._known) - 1)
        return float((self._known[at] != pairs).mean())


@dataclass(frozen=True, slots=True)
class Strangeness:
    """How strange a report is to a model: share of pairs it does not know, share of labels it expects to be wrong, ``limit`` of their sum."""

    unknown: float
    doubt: float
    limit: float

    @property
    def over(self) -> bool:
        """Whether the report is stranger than all but one in fifty that the model was fitted on."""
        return self.unknown + self.doubt > self.limit


def strangeness_of(classifier: object, passages: Sequence[Passage], predictions: Sequence[Prediction]) -> Strangeness | None:
    """What a classifier says of a report's strangeness; ``None`` of an engine that says nothing of it."""
    say = getattr(classifier, "strangeness", None)
    found: Strangeness | None = None if say is None else say(passages, predictions)
    return found


def strangeness(
    known: KnownPairs, texts: Sequence[str], predictions: Sequence[Prediction], limit: float | None
) -> Strangeness | None:
    """How strange a report is; ``None`` where there are too few passages or pairs, no probabilities, or the model has no limit."""
    scores = [p.score for p in predictions if p.score is not None]
    if limit is None or len(scores) < LEAST_PASSAGES:
        return None
    unknown = known.unknown_share(texts)
    return None if unknown is None else Strangeness(unknown, 1.0 - sum(scores) / len(scores), limit)
