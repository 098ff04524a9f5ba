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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as write_tensors

from corpus.codebook import CODEBOOK_VERSION, codebook
from corpus.errors import DataError
from models.base import Passage, Prediction, WordSegmenter
from models.features import KINDS, Encoder, Floats, Ints, clean, flag_names, lexicon
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



@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features that a model knows: names by kind (a pair of words has a TAB in it), and their weights of rarity.

    ``idf[i]`` belongs to the ``i``-th key in sorted order; ``scales`` are the lengths given to each kind's part of a passage.
    """

    alphabet: str
    words: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    scales: dict[str, float]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Features of passages, sorted by passage: ``ids[starts[i]:starts[i + 1]]`` are those of passage ``i``, with ``values``."""

    starts: Ints
    ids: Ints
    values: Floats


class Weigher:
    """Turns passages into weighted features: the first step of the pipeline, shared by training and inference."""

    def __init__(self, vocabulary: Vocabulary, idf: Floats, segmenter: WordSegmenter) -> None:
        self.vocabulary = vocabulary
        self.encoder = Encoder(vocabulary.alphabet, vocabulary.words, segmenter)
        keyed = [(self.encoder.key(kind, n), kind, n) for kind in KINDS for n in vocabulary.names[kind]]
        lost = [n for key, _, n in keyed if key < 0]
        keyed.sort()
        if lost or len({k for k, _, _ in keyed}) < len(keyed) or len(keyed) != len(idf):
            raise DataError(f"vocabulary does not fit this code: {lost[:3]}", remedy="Train again: python -m training.fit.")
        self.names = tuple((kind, n) for _, kind, n in keyed)
        self.keys = np.array([k for k, _, _ in keyed], dtype=np.int64)
        self.kind = np.array([KINDS.index(kind) for _, kind, _ in keyed], dtype=np.int64)
        self.idf = idf
        self._scale = np.array([vocabulary.scales[kind] for kind in KINDS], dtype=np.float32)

    def weigh(self, passages: Sequence[Passage]) -> Sparse:
        """Features of the passages of one report; each kind but the flags has the length that ``scales`` gives it."""
        return self._weigh(*self.encoder.encode(passages), len(passages))

    def weigh_texts(self, texts: Sequence[str]) -> Sparse:
        """As :meth:`weigh`, of cleaned texts alone: nothing of headings, place and neighbours."""
        return self._weigh(*self.encoder.encode_texts(texts), len(texts))

    def _weigh(self, rows: Ints, keys: Ints, count: int) -> Sparse:
        width, kinds = len(self.keys), len(KINDS)
        at = np.minimum(np.searchsorted(self.keys, keys), width - 1)
        hit = self.keys[at] == keys
        packed = np.sort(rows[hit] * width + at[hit])
        packed = packed[np.append(True, packed[1:] != packed[:-1])] if len(packed) else packed
        row, ids = np.divmod(packed, width)
        values = self.idf[ids]
        part = row * kinds + self.kind[ids]
        length = np.sqrt(np.bincount(part, values * values, minlength=count * kinds))
        length.reshape(count, kinds)[:, KINDS.index("flag")] = 1.0
        weighted = values * self._scale[self.kind[ids]] / length[part]
        starts = np.searchsorted(row, np.arange(count + 1))
        return Sparse(starts, ids, weighted.astype(np.float32))


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
    found = np.zeros((count, 3 * labels), dtype=np.float32)
    mean = np.zeros(labels, dtype=np.float32)
    weight = 0.0
    for i in range(count):
        if i and sections[i] == sections[i - 1]:
            found[i, :labels] = probabilities[i - 1]
            found[i - 1, labels : 2 * labels] = probabilities[i]
            mean = decay * mean + probabilities[i - 1]
            weight = decay * weight + 1.0
            found[i, 2 * labels :] = mean / weight
        else:
            mean = np.zeros(labels, dtype=np.float32)
            weight = 0.0
    return found


def product(sparse: Sparse, weights: Floats) -> Floats:
    """Features times weights: one row for each passage."""
    result = np.zeros((len(sparse.starts) - 1, weights.shape[1]), dtype=np.float32)
    filled = np.flatnonzero(sparse.starts[1:] > sparse.starts[:-1])  # reduceat would copy a neighbour into an empty row
    if len(filled):
        parts = weights[sparse.ids] * sparse.values[:, None]
        result[filled] = np.add.reduceat(parts, sparse.starts[filled], axis=0)
    return result


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

    @property
    def model_id(self) -> str:
        return f"linear-{self._digest}+{self.weigher.encoder.segmenter.name}"

    def scores(self, passages: Sequence[Passage]) -> tuple[Floats, Floats, Floats]:
        """(label probabilities, facet probabilities, probabilities of a further label), one row for each passage of a report."""
        n, m = len(self.labels), len(self.facets)
        if not passages:
            return tuple(np.zeros((0, k), dtype=np.float32) for k in (n, m, n))  # type: ignore[return-value]
        w = self.weights
        own = product(self.weigher.weigh(passages), w.own) + w.bias
        first = own[:, :n]
        around = surroundings(softmax(first), [p.section for p in passages], self.config["decay"])
        labels = softmax(np.concatenate([first, around], axis=1) @ w.stack + w.stack_bias)
        facets = sigmoid(own[:, n : n + m])
        coded = np.flatnonzero(np.isin(labels.argmax(axis=1), [self.labels.index(c) for c in CODED]))
        self._by_clause(passages, coded, facets)
        return labels, facets, sigmoid(own[:, n + m :])

    def _by_clause(self, passages: Sequence[Passage], coded: Ints, facets: Floats) -> None:
        """Averages the facets of the passages ``coded`` with the strongest of their clauses, in place.

        ``general`` stays as it is: that a clause names no topic says nothing of the passage.
        """
        cut = [clauses(clean(passages[i].text)) for i in coded.tolist()]
        several = [(i, parts) for i, parts in zip(coded.tolist(), cut, strict=True) if len(parts) > 1]
        if not several:
            return
        n, m = len(self.labels), len(self.facets)
        own = product(self.weigher.weigh_texts([c for _, parts in several for c in parts]), self.weights.own[:, n : n + m])
        starts = np.cumsum([0, *(len(parts) for _, parts in several[:-1])])
        best = np.maximum.reduceat(sigmoid(own + self.weights.bias[n : n + m]), starts, axis=0)
        rows = np.array([i for i, _ in several])
        general = self.facets.index("general")
        best[:, general] = facets[rows, general]
        facets[rows] = (facets[rows] + best) / 2

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        labels, facets, also = self.scores(passages)
        found = []
        for i, best in enumerate(labels.argmax(axis=1).tolist()):
            label, score = self.labels[best], float(labels[i, best])
            further = also[i] >= self.config["also_threshold"]
            found.append(
                Prediction(
                    label,
                    tuple(c for c, yes in zip(self.labels, further.tolist(), strict=True) if yes and c != label),
                    self._choose(facets[i]) if label in CODED else (),
                    round(score, 4),
                    self.min_confidence is not None and score < self.min_confidence,
                )
            )
        return found

    def _choose(self, probabilities: Floats) -> tuple[str, ...]:
        """Facets over the threshold, else the likeliest; ``general`` stands alone or not at all (codebook, section 1)."""
        general = self.facets.index("general")
        chosen: list[int] = np.flatnonzero(probabilities >= self.config["facet_threshold"]).tolist()
        if not chosen:
            chosen = [int(probabilities.argmax())]
        if general in chosen and len(chosen) > 1:
            others = [i for i in chosen if i != general]
            chosen = [general] if probabilities[general] > probabilities[others].max() else others
        return tuple(self.facets[i] for i in chosen)

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
