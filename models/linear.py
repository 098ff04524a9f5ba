"""The linear classifier: one sparse product for the labels, facets and further labels of a whole report, in numpy alone.

``probability(label) = softmax(stack · [own scores, neighbours' probabilities])``: the first stage looks at each passage, the second
corrects and calibrates it with what the first says of the passages around it.  A facet is judged twice, by the whole passage and by
its clauses one by one (a point is a facet with the clause that shows it), and the two are averaged.  Trained by ``python -m
training.fit`` with scikit-learn, which is not imported here; equality with the fitted pipeline is tested.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as write_tensors

from corpus.codebook import CODEBOOK_VERSION, codebook
from corpus.errors import DataError
from models.base import Passage, Prediction
from models.features import Floats, Ints, clean_all, flag_names, lexicon
from models.weigher import Cut, Seen, Vocabulary, Weigher
from models.words import word_segmenter

FORMAT = 1
SHIPPED = Path(__file__).parent / "data" / "linear"
_FILES = ("config.json", "vocabulary.json", "weights.safetensors")
_CONFIG = {
    "format", "codebook_version", "labels", "facets", "scales", "facet_threshold", "also_threshold", "decay", "segmenter",
    "flags_hash", "data_hash", "seed", "settings", "metrics",
}  # fmt: skip
CODED = ("problem", "improvement")
_CLAUSE = re.compile(r".{5,}?(?:[,;。]|$)|.+$", re.DOTALL)


def clauses(text: str) -> list[str]:
    """A cleaned text cut after commas, semicolons and full stops, no piece but the last under six characters.

    >>> clauses("一是,更新不够及时,形式单一。")
    ['一是,更新不够及时,', '形式单一。']
    """
    return _CLAUSE.findall(text)



def softmax(scores: Floats) -> Floats:
    """Rows of scores as probabilities."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return cast("Floats", e / e.sum(axis=1, keepdims=True))


def sigmoid(scores: Floats) -> Floats:
    """Scores as independent probabilities."""
    return cast("Floats", 1.0 / (1.0 + np.exp(-scores)))


def surroundings(probabilities: Floats, sections: Sequence[str | None], decay: float) -> Floats:
    """What the first stage says around each passage, within its section.

    Returns:
        (passage, 3 × labels): the passage before, the one after, and the mean of all before, nearer ones weighing more (each step
        away counts ``decay`` as much).  Zeros where there is none.
    """
    count, labels = probabilities.shape
    found = np.zeros((count, 3, labels), dtype=np.float32)
    if count < 2:
        return found.reshape(count, -1)
    same = [a == b for a, b in pairwise(sections)]
    joined = np.array(same)[:, None]
    np.multiply(probabilities[:-1], joined, out=found[1:, 0])
    np.multiply(probabilities[1:], joined, out=found[:-1, 1])
    before, mean = found[:, 0], found[:, 2]
    weights = np.ones((count, 1), dtype=np.float32)
    weight = 0.0
    for i, goes_on in enumerate(same, 1):
        if not goes_on:
            weight = 0.0
            continue
        if weight:
            np.multiply(mean[i - 1], decay, out=mean[i])
        mean[i] += before[i]
        weight = decay * weight + 1.0
        weights[i] = weight
    mean /= weights
    return found.reshape(count, -1)


@dataclass(frozen=True, slots=True)
class Weights:
    """All numbers of a model.

    ``own`` is (feature, labels + facets + labels): scores of the labels, of the facets, of further labels (``also``), with
    ``bias``; ``stack`` is (4 × labels, labels) over [own scores, before, after, mean before], with ``stack_bias``.
    """

    idf: Floats
    own: Floats
    bias: Floats
    stack: Floats
    stack_bias: Floats


class LinearClassifier:
    """Labels the passages of a report.

    Args:
        config: labels, facets, thresholds and provenance (see :func:`load`).
        weigher: makes the features.
        weights: what was learnt.
        digest: hash of the model's files, part of ``model_id``.
        min_confidence: below this probability a label is ``abstained``.
    """

    def __init__(
        self, config: Mapping[str, Any], weigher: Weigher, weights: Weights, digest: str, *, min_confidence: float | None = None
    ) -> None:
        self.config = config
        self.labels: tuple[str, ...] = tuple(config["labels"])
        self.facets: tuple[str, ...] = tuple(config["facets"])
        self.weigher = weigher
        self.weights = weights
        self.min_confidence = min_confidence
        self._digest = digest
        n, m = len(self.labels), len(self.facets)
        others = [*range(n), *range(n + m, n + m + n)]
        self._label_columns, self._label_bias = weigher.columns(weights.own[:, others]), weights.bias[others]
        self._facet_columns, self._facet_bias = weigher.columns(weights.own[:, n : n + m]), weights.bias[n : n + m]
        self._is_coded = np.array([label in CODED for label in self.labels])

    @property
    def model_id(self) -> str:
        return f"linear-{self._digest}+{self.weigher.encoder.segmenter.name}"

    def scores(self, passages: Sequence[Passage]) -> tuple[Floats, Floats, Floats]:
        """(label probabilities, facet probabilities, probabilities of a further label), one row for each passage of a report."""
        if not passages:
            n = len(self.labels)
            return tuple(np.zeros((0, k), dtype=np.float32) for k in (n, len(self.facets), n))  # type: ignore[return-value]
        cut, seen = self._look(passages)
        labels, also = self._labels(passages, seen)
        facets = self._facets(seen)
        coded = self._coded(labels)
        self._by_clause(cut, coded, facets, coded)
        return labels, facets, also

    def _look(self, passages: Sequence[Passage]) -> tuple[Cut, Seen]:
        cut = self.weigher.cut(clean_all([p.text for p in passages]))
        return cut, self.weigher.see(passages, cut)

    def _labels(self, passages: Sequence[Passage], seen: Seen) -> tuple[Floats, Floats]:
        n, w = len(self.labels), self.weights
        own = self.weigher.scores(seen, self._label_columns) + self._label_bias
        first = own[:, :n]
        around = surroundings(softmax(first), [p.section for p in passages], self.config["decay"])
        return softmax(np.concatenate([first, around], axis=1) @ w.stack + w.stack_bias), sigmoid(own[:, n:])

    def _coded(self, labels: Floats) -> Ints:
        return np.flatnonzero(self._is_coded[labels.argmax(axis=1)])

    def _facets(self, seen: Seen, chosen: Ints | None = None) -> Floats:
        return sigmoid(self.weigher.scores(seen, self._facet_columns, chosen) + self._facet_bias)

    def _by_clause(self, cut: Cut, passages: Ints, facets: Floats, rows: Ints) -> None:
        """Averages the facets of ``passages``, which stand in ``rows`` of ``facets``, with the strongest of their clauses, in place.

        ``general`` stays as it is: that a clause names no topic says nothing of the passage.
        """
        pieces = [list(map(len, clauses(cut.texts[i]))) for i in passages.tolist()]
        several = [k for k, lengths in enumerate(pieces) if len(lengths) > 1]
        if not several:
            return
        chosen = [pieces[k] for k in several]
        own = self._facets(self.weigher.see_pieces(cut, passages[several].tolist(), chosen))
        ends = np.cumsum([len(lengths) for lengths in chosen])
        best = np.maximum.reduceat(own, [0, *ends[:-1].tolist()], axis=0)
        rows = rows[several]
        general = self.facets.index("general")
        best[:, general] = facets[rows, general]
        facets[rows] = (facets[rows] + best) / 2

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        if not passages:
            return []
        cut, seen = self._look(passages)
        probabilities, also = self._labels(passages, seen)
        coded = self._coded(probabilities)
        facets = self._facets(seen, coded)
        self._by_clause(cut, coded, facets, np.arange(len(coded)))
        chosen = dict(zip(coded.tolist(), self._choose(facets), strict=True))
        best = probabilities.argmax(axis=1)
        scores = probabilities[np.arange(len(best)), best].tolist()
        further: dict[int, list[str]] = {}
        for i, k in np.argwhere(also >= self.config["also_threshold"]).tolist():
            further.setdefault(i, []).append(self.labels[k])
        least = self.min_confidence
        found = []
        for i, (k, score) in enumerate(zip(best.tolist(), scores, strict=True)):
            label = self.labels[k]
            more = tuple(c for c in further[i] if c != label) if i in further else ()
            found.append(Prediction(label, more, chosen.get(i, ()), round(score, 4), least is not None and score < least))
        return found

    def _choose(self, probabilities: Floats) -> Iterator[tuple[str, ...]]:
        """Facets over the threshold, else the likeliest; ``general`` stands alone or not at all (codebook, section 1)."""
        general = self.facets.index("general")
        over = (probabilities >= self.config["facet_threshold"]).tolist()
        for row, values in zip(over, probabilities.tolist(), strict=True):
            chosen = [k for k, yes in enumerate(row) if yes] or [values.index(max(values))]
            if general in chosen and len(chosen) > 1:
                others = [k for k in chosen if k != general]
                chosen = [general] if values[general] > max(values[k] for k in others) else others
            yield tuple(self.facets[k] for k in chosen)

    def explain(self, passages: Sequence[Passage], index: int, *, top: int = 8) -> list[tuple[str, float]]:
        """Which features spoke for the predicted label of a passage, in the first stage: (feature, weight), strongest first."""
        sparse = self.weigher.weigh(passages)
        here = slice(int(sparse.starts[index]), int(sparse.starts[index + 1]))
        label = self.labels.index(self.predict(passages)[index].label)
        own = self.weights.own[sparse.ids[here], : len(self.labels)]
        share = (own[:, label] - own.mean(axis=1)) * sparse.values[here]
        order = np.argsort(-share, kind="stable")[:top].tolist()
        return [(":".join(self.weigher.names[int(sparse.ids[here][i])]), round(float(share[i]), 3)) for i in order]


def flags_hash() -> str:
    """Hash of the flags and term classes: a model fits only those it was trained with."""
    return hashlib.sha256(repr((flag_names(), sorted(lexicon().terms.items()))).encode("utf-8")).hexdigest()[:16]


def dump(config: Mapping[str, Any], vocabulary: Vocabulary, weights: Weights) -> dict[str, bytes]:
    """The three files of a model; same input, same bytes.  Weights are kept in half precision, biases and ``idf`` in single."""
    names = {k: list(v) for k, v in vocabulary.names.items()}
    words = {"alphabet": vocabulary.alphabet, "words": list(vocabulary.words), "names": names}
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "idf": weights.idf.astype(np.float32),
        "own": np.ascontiguousarray(weights.own.astype(np.float16)),
        "bias": weights.bias.astype(np.float32),
        "stack": np.ascontiguousarray(weights.stack.astype(np.float32)),
        "stack_bias": weights.stack_bias.astype(np.float32),
    }
    settings = {**config, "scales": vocabulary.scales}
    return {
        "config.json": (json.dumps(settings, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8"),
        "vocabulary.json": (json.dumps(words, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8"),
        "weights.safetensors": write_tensors(tensors),
    }


def load(folder: Path = SHIPPED, *, min_confidence: float | None = None) -> LinearClassifier:
    """A stored model.

    Raises:
        DataError: a file is missing or broken, or the model is of another format or codebook or was trained with other flags.
    """
    source = str(folder)
    remedy = "Train again: python -m training.fit."
    try:
        content = {name: (folder / name).read_bytes() for name in _FILES}
    except OSError as e:
        raise DataError(f"model file cannot be read: {e}", source=source, remedy=remedy) from e
    return parse(content, source, min_confidence=min_confidence)


def parse(content: Mapping[str, bytes], source: str, *, min_confidence: float | None = None) -> LinearClassifier:
    """As :func:`load`, of the files' bytes by name."""
    remedy = "Train again: python -m training.fit."
    try:
        config: dict[str, Any] = json.loads(content["config.json"])
        words = json.loads(content["vocabulary.json"])
        tensors = read_tensors(content["weights.safetensors"])
    except ValueError as e:
        raise DataError(f"model file is broken: {e}", source=source, remedy=remedy) from e
    if set(config) != _CONFIG or config["format"] != FORMAT:
        raise DataError(f"model of another format: keys {sorted(config)}", source=source, remedy=remedy)
    if config["codebook_version"] != CODEBOOK_VERSION or config["labels"] != list(codebook().labels):
        raise DataError(f"model for codebook {config['codebook_version']}, this is {CODEBOOK_VERSION}", source=source, remedy=remedy)
    if config["flags_hash"] != flags_hash():
        raise DataError("model was trained with another lexicon or other flags", source=source, remedy=remedy)
    names = {k: tuple(v) for k, v in words["names"].items()}
    vocabulary = Vocabulary(words["alphabet"], tuple(words["words"]), names, config["scales"])
    weights = Weights(
        tensors["idf"], tensors["own"].astype(np.float32), tensors["bias"], tensors["stack"], tensors["stack_bias"]
    )
    segmenter = word_segmenter("auto")
    # a model trained with other domain words would see other words
    if segmenter.name.rpartition("+")[2] != config["segmenter"].rpartition("+")[2]:
        raise DataError(f"model was trained with words {config['segmenter']}", source=source, remedy=remedy)
    digest = hashlib.sha256(b"".join(content[name] for name in _FILES)).hexdigest()[:12]
    return LinearClassifier(config, Weigher(vocabulary, weights.idf, segmenter), weights, digest, min_confidence=min_confidence)
