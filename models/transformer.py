"""The fine-tuned transformer, served by ONNX Runtime in int8: no torch, nothing pickled.

A folder holds ``model.onnx``, ``tokenizer.json`` and ``config.json``; labels and facets are in ``model.json``.  The network gives
one score for each label, each facet and each further label::

    probability(label) = softmax(scores / temperature)      facet, also: sigmoid(score)

``temperature`` and the thresholds were chosen on the served model, on reports that it was not trained on (Guo et al. 2017, On
calibration of modern neural networks, ICML).  Passages are run one by one: in int8 the range of a batch is shared, so that a
passage's scores would depend on what happens to stand beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError, UsageError
from corpus.extras import install_remedy
from models.base import Passage, Prediction
from models.features import in_octets
from models.folder import ModelInfo, listed, read_config
from models.shapes import shape_of
from models.taxonomy import Taxonomy
from models.transformer_input import Encoded, InputSettings, encode, open_tokenizer, padded, pairs

Floats = NDArray[np.float32]
FORMAT = 1
FILES = ("config.json", "model.onnx", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """What ``config.json`` holds.

    ``pad`` is the number of the padding piece, ``temperature`` divides the scores of labels, facets and further labels at least as
    probable as their thresholds are given.
    """

    input: InputSettings
    pad: int
    temperature: float = 1.0
    facet_threshold: float = 0.5
    also_threshold: float = 0.5

    def to_json(self) -> str:
        """The text of the file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


def load_config(path: Path) -> TransformerConfig:
    """The config of a model; errors as :func:`models.folder.read_config`."""
    raw = read_config(path, FORMAT, shape_of(TransformerConfig) | {"input": dict})
    return TransformerConfig(input=InputSettings.from_json(raw.pop("input"), str(path)), **raw)


def import_runtime() -> Any:
    """The package ``onnxruntime``.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UsageError("the transformer needs the package onnxruntime", remedy=install_remedy("transformers")) from error
    return onnxruntime


class Session:
    """A network that ONNX Runtime runs.

    Args:
        content: the bytes of the ONNX file.
        source: its name, for errors.
        pad: number of the padding piece.
        threads: how many threads one passage may use; 1 where reports are spread over processes.
    """

    def __init__(self, content: bytes, source: str, pad: int, *, threads: int = 1) -> None:
        runtime = import_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except runtime.capi.onnxruntime_pybind11_state.Fail as error:
            raise DataError(f"is no ONNX network ({error})", source=source, remedy="copy the folder again") from error
        except runtime.capi.onnxruntime_pybind11_state.InvalidProtobuf as error:
            raise DataError(f"is no ONNX network ({error})", source=source, remedy="copy the folder again") from error
        self._names = {i.name for i in self._session.get_inputs()}
        self.outputs = int(self._session.get_outputs()[0].shape[1])
        self._pad = pad

    def scores(self, encoded: Sequence[Encoded]) -> Floats:
        """(passage, output) scores, each passage run by itself."""
        found = np.empty((len(encoded), self.outputs), dtype=np.float32)
        for row, e in enumerate(encoded):
            ids, mask, types = padded([e], self._pad)
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
            found[row] = self._session.run(None, {k: v for k, v in given.items() if k in self._names})[0][0]
        return found


def softmax(scores: Floats, temperature: float = 1.0) -> Floats:
    """Rows of scores as probabilities; a temperature over 1 makes them less sure."""
    scaled = scores / np.float32(temperature)
    e = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)


def sigmoid(scores: Floats) -> Floats:
    """Scores as independent probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)


#: (passage, code) probabilities of the passages of a report: labels (sum 1), facets, further labels (each 0…1 by itself)
Probabilities = tuple[Floats, Floats, Floats]


def choose(
    taxonomy: Taxonomy, found: Probabilities, *, facet_threshold: float, also_threshold: float, min_confidence: float | None
) -> Iterator[Prediction]:
    """Predictions of probabilities.

    Facets over the threshold, else the likeliest, for labels that take facets; the taxonomy's ``general`` facet stands alone or not
    at all (codebook, section 1).  Probabilities are rounded to four places before they are compared with ``min_confidence``.
    """
    for labels, facets, also in zip(*(part.tolist() for part in found), strict=True):
        best = labels.index(max(labels))
        score = round(labels[best], 4)
        label = taxonomy.labels[best]
        chosen = choose_facets(taxonomy, facets, facet_threshold) if label in taxonomy.coded else ()
        more = tuple(c for c, v in zip(taxonomy.labels, also, strict=True) if v >= also_threshold and c != label)
        told = tuple(in_octets(facets)) if label in taxonomy.coded else ()
        yield Prediction(label, more, chosen, score, min_confidence is not None and score < min_confidence, facet_scores=told)


def choose_facets(taxonomy: Taxonomy, probabilities: Sequence[float], threshold: float) -> tuple[str, ...]:
    """Facets of one passage whose label takes them.

    >>> from models.taxonomy import codebook_taxonomy
    >>> t = codebook_taxonomy()
    >>> choose_facets(t, [0.9 if f in ("content", "timeliness", "general") else 0.0 for f in t.facets], 0.5)
    ('content', 'timeliness')
    """
    if not probabilities:
        return ()
    chosen = [k for k, v in enumerate(probabilities) if v >= threshold] or [
        max(range(len(probabilities)), key=probabilities.__getitem__)
    ]
    if taxonomy.general and len(chosen) > 1:
        general = taxonomy.facets.index(taxonomy.general)
        others = [k for k in chosen if k != general]
        if general in chosen:
            chosen = [general] if probabilities[general] > max(probabilities[k] for k in others) else others
    return tuple(taxonomy.facets[k] for k in chosen)


class TransformerClassifier:
    """Labels the passages of a report.

    Args:
        taxonomy: the codes that the network was trained for, in the order of its outputs.
        config: how passages are written for it, its temperature and thresholds.
        session: the network.
        tokenizer: of the package ``tokenizers``.
        digest: hash of the model's files, part of ``model_id``.
        min_confidence: below this probability a label is ``abstained``.

    Raises:
        DataError: the network has another number of outputs than the taxonomy asks for.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        config: TransformerConfig,
        session: Session,
        tokenizer: Any,
        digest: str,
        *,
        min_confidence: float | None = None,
    ) -> None:
        wanted = 2 * len(taxonomy.labels) + len(taxonomy.facets)
        if session.outputs != wanted:
            raise DataError(
                f"the network has {session.outputs} outputs, {taxonomy.name} needs {wanted}",
                source="model.onnx", remedy="train the model again",
            )  # fmt: skip
        self.taxonomy = taxonomy
        self.config = config
        self.min_confidence = min_confidence
        self._session = session
        self._tokenizer = tokenizer
        self._digest = digest

    @property
    def model_id(self) -> str:
        return f"transformer-{self._digest}"

    def raw_scores(self, passages: Sequence[Passage], rows: Sequence[int] | None = None) -> Floats:
        """What the network says, (passage, labels + facets + labels), before temperature.

        Args:
            passages: those of one report.
            rows: the passages to look at, all if not given; the others still are their context.
        """
        inputs = pairs(passages, self.config.input)
        chosen = inputs if rows is None else [inputs[i] for i in rows]
        return self._session.scores(encode(self._tokenizer, chosen))

    def scores(self, passages: Sequence[Passage], rows: Sequence[int] | None = None) -> Probabilities:
        """Calibrated probabilities of the passages of one report, or of ``rows`` of them in that order."""
        scores = self.raw_scores(passages, rows)
        n, m = len(self.taxonomy.labels), len(self.taxonomy.facets)
        return softmax(scores[:, :n], self.config.temperature), sigmoid(scores[:, n : n + m]), sigmoid(scores[:, n + m :])

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        """One prediction for each passage of one report, same order and length."""
        c = self.config
        found = self.scores(passages)
        thresholds = {"facet_threshold": c.facet_threshold, "also_threshold": c.also_threshold}
        return list(choose(self.taxonomy, found, **thresholds, min_confidence=self.min_confidence))


def load_model(
    folder: Path, info: ModelInfo, *, min_confidence: float | None = None, threads: int = 1
) -> TransformerClassifier:
    """The model of a folder.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
        DataError: a file is missing or broken, or does not fit the taxonomy.
    """
    listed(folder, info, FILES)
    config = load_config(folder / "config.json")
    session = Session((folder / "model.onnx").read_bytes(), str(folder / "model.onnx"), config.pad, threads=threads)
    tokenizer = open_tokenizer((folder / "tokenizer.json").read_text(encoding="utf-8"), config.input)
    return TransformerClassifier(info.taxonomy, config, session, tokenizer, info.digest, min_confidence=min_confidence)
