"""The linear model as files: ``linear.json`` (thresholds, scales), ``vocabulary.json`` and ``weights.safetensors`` beside ``model.json``.

The engine ``hybrid`` has the same files and those of its encoder (:mod:`models.sentence_encoder`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as write_tensors

from corpus.errors import DataError
from models.familiarity import LIMIT
from models.features import Floats, flag_names, flags_hash, lexicon
from models.folder import INFO, ModelInfo, listed, read_info
from models.linear import Encoder, LinearClassifier, Thresholds, Weights
from models.shapes import Shape, expect, parse_json
from models.taxonomy import Taxonomy
from models.weigher import Vocabulary, Weigher

FORMAT = 3
SHIPPED = Path(__file__).parent / "data" / "linear"
FILES = ("linear.json", "vocabulary.json", "weights.safetensors")
_CONFIG: Shape = {
    "format": int, "flags_hash": str, "scales": dict.fromkeys(("text", "heading", "clause", "flag", "term"), float),
    "facet_thresholds": [float], "also_threshold": float, "decay": float,
}  # fmt: skip
_WORDS: Shape = {"alphabet": str, "text": [str], "heading": [str], "clause": [str]}
_MATRICES = {"own", "facets", "stack"}
_VECTOR = ("vector", "centre")
_REMEDY = "train the model again: gongkai train --engine linear"


#: bits of the mantissa that weights of words are kept with: an error below 1.6 % of each weight, which no label notices, and files that
#: compress to three quarters of what all ten bits of half precision take
_MANTISSA = 5


def _short(weights: Floats) -> np.ndarray[Any, Any]:
    """Weights in half precision, rounded to so many bits of the mantissa."""
    fraction, exponent = np.frexp(weights)
    step = 2.0 ** (_MANTISSA + 1)
    return np.ascontiguousarray(np.ldexp(np.round(fraction * step) / step, exponent).astype(np.float16))


def dump(vocabulary: Vocabulary, idf: Floats, weights: Weights, thresholds: Thresholds) -> dict[str, bytes]:
    """The files of a model by name; same input, same bytes.  Weights of words and ``idf`` are kept in half precision, all else in single."""
    config = {
        "format": FORMAT, "flags_hash": flags_hash(), "scales": vocabulary.scales,
        "facet_thresholds": list(thresholds.facets), "also_threshold": thresholds.also, "decay": thresholds.decay,
    }  # fmt: skip
    words = {"alphabet": vocabulary.alphabet, "text": list(vocabulary.text), "heading": list(vocabulary.heading)}
    words["clause"] = list(vocabulary.clause)
    single = {k: getattr(weights, k) for k in ("bias", "facet_bias", "stack", "stack_bias")}
    if len(weights.vector):
        single |= {k: getattr(weights, k) for k in _VECTOR}
    tensors = {
        "own": _short(weights.own),
        "facets": _short(weights.facets),
        "idf": np.ascontiguousarray(idf.astype(np.float16)),
    }
    tensors |= {k: np.ascontiguousarray(v.astype(np.float32)) for k, v in single.items()}
    return {
        "linear.json": (json.dumps(config, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8"),
        "vocabulary.json": (json.dumps(words, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8"),
        "weights.safetensors": write_tensors(tensors),
    }


def parse(
    content: Mapping[str, bytes], taxonomy: Taxonomy, digest: str, source: str,
    *, encoder: Encoder | None = None, limit: float | None = None, min_confidence: float | None = None,
) -> LinearClassifier:  # fmt: skip
    """A classifier from the bytes of its files, with its encoder if it learnt from vectors, and its limit of strangeness.

    Raises:
        DataError: a file is broken or of another format, of another size than the codes need, or was trained with other flags.
    """
    try:
        tensors = {k: v.astype(np.float32) for k, v in read_tensors(content["weights.safetensors"]).items()}
    except (ValueError, TypeError, KeyError, SafetensorError) as e:
        raise DataError(f"model file is broken: {e}", source=source, remedy=_REMEDY) from e
    config, words = _settings(content, source)
    if config["flags_hash"] != flags_hash():
        raise DataError("model was trained with another lexicon or other flags", source=source, remedy=_REMEDY)
    labels, facets = len(taxonomy.labels), len(taxonomy.facets)
    vector, centre = (tensors.pop(k, None) for k in _VECTOR)
    vector = np.zeros((0, labels), dtype=np.float32) if vector is None else vector
    centre = np.zeros(0, dtype=np.float32) if centre is None else centre
    width = 0 if encoder is None else encoder.size
    if vector.shape != (width, labels) or centre.shape != (width,):
        raise DataError(
            f"weights are for vectors of {vector.shape}, the encoder gives {width} numbers", source=source, remedy=_REMEDY
        )
    sizes = {k: v.shape[-1] for k, v in tensors.items() if k != "idf" and v.ndim == (2 if k in _MATRICES else 1)}
    wanted = dict.fromkeys(("own", "bias", "stack", "stack_bias"), labels) | {"facets": facets, "facet_bias": facets}
    if (
        sizes != wanted
        or tensors["stack"].shape[0] != 4 * labels
        or tensors.get("idf", vector).ndim != 1
        or len(config["facet_thresholds"]) != facets
    ):
        raise DataError(f"weights are for {sizes}, the codes need {wanted}", source=source, remedy=_REMEDY)
    grams = len(words["text"]) + len(words["heading"]) + len(words["clause"])
    rows = (
        tensors["own"].shape[0] - len(flag_names()),
        tensors["facets"].shape[0] - len(lexicon().classes),
        len(tensors["idf"]),
    )
    if rows != (grams, len(words["text"]), grams):
        raise DataError(f"weights of {rows} n-grams, the vocabulary has {grams}", source=source, remedy=_REMEDY)
    vocabulary = Vocabulary(
        words["alphabet"], tuple(words["text"]), tuple(words["heading"]), tuple(words["clause"]), config["scales"]
    )
    weigher = Weigher(vocabulary, tensors.pop("idf"))
    thresholds = Thresholds(tuple(config["facet_thresholds"]), config["also_threshold"], config["decay"])
    weights = Weights(**tensors, vector=vector, centre=centre)
    more = {"limit": limit, "min_confidence": min_confidence}
    return LinearClassifier(taxonomy, weigher, weights, thresholds, digest, encoder=encoder, **more)


def _settings(content: Mapping[str, bytes], source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    config = parse_json(content["linear.json"], f"{source}: linear.json", _REMEDY)
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise DataError("linear.json is of another format", source=source, remedy=_REMEDY)
    expect(config, _CONFIG, f"{source}: linear.json")
    words = parse_json(content["vocabulary.json"], f"{source}: vocabulary.json", _REMEDY)
    expect(words, _WORDS, f"{source}: vocabulary.json")
    return config, words


def load_model(folder: Path, info: ModelInfo, *, min_confidence: float | None = None) -> LinearClassifier:
    """The model of a folder, of the engine ``linear`` or ``hybrid``.

    Raises:
        UsageError: a hybrid model without the extra ``transformers``.
        DataError: a file is missing, or as :func:`parse`.
    """
    listed(folder, info, FILES)
    try:
        content = {name: (folder / name).read_bytes() for name in FILES}
    except OSError as e:
        raise DataError(f"model file cannot be read: {e}", source=str(folder), remedy=_REMEDY) from e
    encoder = None
    if info.engine == "hybrid":
        from models.sentence_encoder import FILES as ENCODER_FILES
        from models.sentence_encoder import load_encoder

        listed(folder, info, ENCODER_FILES)
        encoder = load_encoder(folder)
    limit = info.metrics.get(LIMIT)
    if limit is not None:
        expect(limit, float, str(folder / INFO), f"metrics.{LIMIT}")
    more = {"limit": limit, "min_confidence": min_confidence}
    return parse(content, info.taxonomy, info.digest, str(folder), encoder=encoder, **more)


def load(folder: Path = SHIPPED, *, min_confidence: float | None = None) -> LinearClassifier:
    """The model that comes with gongkai, or another linear one; files of the first are not hashed again, being part of the program.

    Raises:
        DataError: no model there, or as :func:`load_model`.
    """
    return load_model(folder, read_info(folder, verify=folder != SHIPPED), min_confidence=min_confidence)
