"""Passages, predictions, and the protocols that segmenters and classifiers fulfil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.records import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence or enumerated item of the narrative (codebook, section 1).

    ``text`` is ``canonical[start:end]``.  ``section`` is ``preamble``, ``s1`` … ``s6`` or ``None`` (form pre2019).
    ``heading_path`` holds the printed headings above it, the section's own first, without their final punctuation.
    ``index`` counts the passages of the report, ``position`` those since the last heading (both from 0).
    ``paragraph`` is the number of the block it stands in; passages of one paragraph share it.
    """

    start: int
    end: int
    text: str
    section: str | None
    heading_path: tuple[str, ...] = ()
    index: int = 0
    position: int = 0
    paragraph: int = 0


@quick_init
@dataclass(frozen=True, slots=True)
class Prediction:
    """What a classifier says of one passage.

    ``label`` is always the best guess; ``score`` its probability (``None`` where the engine has none); ``abstained`` says that
    the score lies under the threshold asked for; ``facets_guessed`` that no facet reached its threshold, so that the likeliest was given,
    as a coded label needs one; ``facet_scores`` are the probabilities of all facets in 255ths, in the order of the codes (empty for labels
    without facets, and where the engine has none).
    """

    label: str
    also: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    score: float | None = None
    abstained: bool = False
    facets_guessed: bool = False
    facet_scores: tuple[int, ...] = ()


class Classifier(Protocol):
    """Labels the passages of one report, in order, so that neighbours are at hand."""

    @property
    def model_id(self) -> str:
        """Name and content hash: two classifiers with one id give equal predictions."""
        ...

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        ...


class WordSegmenter(Protocol):
    """Cuts text into words."""

    @property
    def name(self) -> str: ...

    def cut(self, text: str) -> list[str]:
        """Words of ``text`` in order; joined they are ``text`` again."""
        ...
