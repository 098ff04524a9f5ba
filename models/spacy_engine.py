"""The engine ``spacy``: two text classifiers of spaCy, one for the label, one for facets and further labels.

A model folder holds two pipelines that ``spacy.load`` opens by themselves, ``labels`` (component ``textcat``, exactly one of
``label_<code>``) and ``topics`` (``textcat_multilabel``: ``facet_<code>`` and ``also_<code>``).  The probability of the label is
calibrated by a temperature (Guo et al. 2017, On Calibration of Modern Neural Networks).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError, UsageError
from corpus.extras import install_remedy
from models.base import Passage, Prediction
from models.features import in_octets
from models.folder import INFO, ModelInfo
from models.shapes import expect
from models.spacy_tokens import encode
from models.taxonomy import Taxonomy

LABELS, TOPICS = "labels", "topics"
_SETTINGS = {"temperature", "facet_threshold", "also_threshold"}
Floats = NDArray[np.float64]


def import_spacy() -> Any:
    """The package, loaded when it is first needed.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import spacy
    except ImportError as error:
        raise UsageError("the engine spacy needs the package spaCy", remedy=install_remedy("spacy")) from error
    return spacy


def cooled(probabilities: Floats, temperature: float) -> Floats:
    """Rows of probabilities at another temperature: ``p ** (1 / T)``, normalised."""
    logits = np.log(np.clip(probabilities, 1e-9, 1.0)) / temperature
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def choose_facets(values: Sequence[float], taxonomy: Taxonomy, threshold: float) -> tuple[str, ...]:
    """Facets over the threshold, else the likeliest; the general one stands alone or not at all.

    >>> from models.taxonomy import codebook_taxonomy
    >>> t = codebook_taxonomy()
    >>> choose_facets([0.9 if f in {"general", "content"} else 0.0 for f in t.facets], t, 0.5)
    ('content',)
    """
    chosen = [k for k, v in enumerate(values) if v >= threshold] or [int(np.argmax(values))]
    general = taxonomy.facets.index(taxonomy.general) if taxonomy.general else -1
    if general in chosen and len(chosen) > 1:
        others = [k for k in chosen if k != general]
        chosen = [general] if values[general] > max(values[k] for k in others) else others
    return tuple(taxonomy.facets[k] for k in chosen)


class SpacyClassifier:
    """Labels passages with two spaCy pipelines.

    Args:
        labels: pipeline whose ``doc.cats`` hold ``label_<code>``.
        topics: pipeline whose ``doc.cats`` hold ``facet_<code>`` and ``also_<code>``; ``None`` where the taxonomy has no facets
            and the training data no further labels.
        info: the model folder's info.
    """

    def __init__(self, labels: Any, topics: Any | None, info: ModelInfo, *, min_confidence: float | None = None) -> None:
        if missing := _SETTINGS - set(info.settings):
            raise DataError(f"the model's settings lack {sorted(missing)}", remedy="train the model again")
        expect({name: info.settings[name] for name in _SETTINGS}, dict.fromkeys(_SETTINGS, float), INFO, "settings")
        self.info = info
        self.taxonomy = info.taxonomy
        self.min_confidence = min_confidence
        self._labels, self._topics = labels, topics

    @property
    def model_id(self) -> str:
        return f"spacy-{self.info.digest}"

    def scores(self, passages: Sequence[Passage]) -> tuple[Floats, Floats, Floats]:
        """(label probabilities, facet probabilities, probabilities of a further label), one row for each passage of a report."""
        t = self.taxonomy
        texts = encode(passages)
        raw = _cats(self._labels, texts, [f"label_{c}" for c in t.labels])
        labels = cooled(raw, self.info.settings["temperature"]) if len(raw) else raw
        if self._topics is None:
            return labels, np.zeros((len(texts), len(t.facets))), np.zeros((len(texts), len(t.labels)))
        topics = _cats(self._topics, texts, [f"facet_{c}" for c in t.facets] + [f"also_{c}" for c in t.labels])
        return labels, topics[:, : len(t.facets)], topics[:, len(t.facets) :]

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        if not passages:
            return []
        t, settings, least = self.taxonomy, self.info.settings, self.min_confidence
        labels, facets, also = self.scores(passages)
        found = []
        for i, k in enumerate(labels.argmax(axis=1).tolist()):
            label, score = t.labels[k], float(labels[i, k])
            more = tuple(c for c, p in zip(t.labels, also[i], strict=True) if p >= settings["also_threshold"] and c != label)
            chosen = choose_facets(facets[i].tolist(), t, settings["facet_threshold"]) if label in t.coded and t.facets else ()
            told = tuple(in_octets(facets[i])) if chosen else ()
            found.append(
                Prediction(label, more, chosen, round(score, 4), least is not None and score < least, facet_scores=told)
            )
        return found


def _cats(nlp: Any, texts: Sequence[str], names: Sequence[str]) -> Floats:
    rows = [[doc.cats.get(name, 0.0) for name in names] for doc in nlp.pipe(texts)]
    return np.array(rows, dtype=np.float64).reshape(len(texts), len(names))


def load_model(folder: Path, info: ModelInfo, *, min_confidence: float | None = None) -> SpacyClassifier:
    """Opens a model folder.

    Raises:
        UsageError: spaCy is not installed.
        DataError: the pipelines were made by a spaCy that this one cannot read.
    """
    spacy = import_spacy()
    try:
        labels = spacy.load(folder / LABELS)
        topics = spacy.load(folder / TOPICS) if (folder / TOPICS).is_dir() else None
    except (OSError, ValueError) as error:
        raise DataError(
            f"spaCy {spacy.__version__} cannot open the pipeline ({error})", source=str(folder), remedy="train it again"
        ) from error
    return SpacyClassifier(labels, topics, info, min_confidence=min_confidence)
