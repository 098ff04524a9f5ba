"""The vectors that a hybrid model learns from: an encoder made ready once, and each text's vector kept by its hash.

Both lie in a folder: the encoder in int8 (:mod:`models.sentence_encoder`) and ``vectors.npz``, so that a second training computes the
vectors of new texts alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.errors import UsageError
from corpus.extras import install_remedy
from models.features import Floats
from models.sentence_encoder import CONFIG, FILES, EncoderConfig, load_encoder
from models.transformer_input import InputSettings, encode, open_tokenizer, plain

Log = Callable[[str], None]
CACHE = "vectors.npz"
#: texts by which the ranges of int8 are chosen
_PROBES = 60
_STEP = 1000


@dataclass(frozen=True, slots=True)
class VectorSource:
    """What encodes: ``base``, a folder or hub name for ``transformers``, its ``prefix`` and ``max_length``, and the ``cache`` folder."""

    base: str
    prefix: str
    max_length: int
    cache: Path


def prepare(source: VectorSource, texts: Sequence[str], log: Log) -> None:
    """Exports the encoder into the cache folder, unless it lies there already.

    Raises:
        UsageError: the extra ``transformers`` is not installed, the base cannot be loaded, or the folder holds another encoder.
        DataError: the encoder cannot be exported.
    """
    # a folder may be moved with its cache
    name = Path(source.base).name if Path(source.base).is_dir() else source.base
    origin = {"base": name, "prefix": source.prefix, "max_length": source.max_length}
    note = source.cache / "origin.json"
    if all((source.cache / name).is_file() for name in (*FILES, note.name)):
        found = json.loads(note.read_text(encoding="utf-8"))
        if found != origin:
            raise UsageError(
                f"holds an encoder made of {found}, asked for is {origin}",
                source=str(source.cache), remedy="delete that folder, or set cache to another one",
            )  # fmt: skip
        return
    try:
        from training.engines import transformer_net as nets
    except ImportError as error:
        raise UsageError(
            f"exporting an encoder needs the package {error.name}", remedy=install_remedy("transformers")
        ) from error
    log(f"exporting {source.base} to int8")
    encoder, tokenizer_text, pad = nets.load_base(source.base)
    config = EncoderConfig(source.prefix, source.max_length, pad)
    tokenizer = open_tokenizer(tokenizer_text, InputSettings(max_length=source.max_length))
    distinct = sorted(set(texts))
    probes = [(source.prefix + plain(t), "") for t in distinct[:: max(1, len(distinct) // _PROBES)]]
    source.cache.mkdir(parents=True, exist_ok=True)
    same = nets.export_encoder(encoder, encode(tokenizer, probes), pad, source.cache / "encoder.onnx")
    log(f"int8 vectors: mean cosine {same:.4f} to those of the encoder itself")
    (source.cache / "tokenizer.json").write_text(tokenizer_text, encoding="utf-8", newline="\n")
    (source.cache / CONFIG).write_text(config.to_json(), encoding="utf-8", newline="\n")
    note.write_text(json.dumps(origin) + "\n", encoding="utf-8", newline="\n")
    (source.cache / CACHE).unlink(missing_ok=True)


class CachedEncoder:
    """An encoder that :func:`prepare` made ready; vectors of texts seen before are taken from the cache.

    Args:
        source: where it lies.
        log: told how many texts have to be encoded.
    """

    def __init__(self, source: VectorSource, log: Log) -> None:
        self._encoder = load_encoder(source.cache)
        self._path = source.cache / CACHE
        self._known = _read(self._path, self._encoder.size)
        self._log = log

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return self._encoder.size

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(text, size), repeats included."""
        keys = [_key(t) for t in texts]
        new = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._known}
        if new:
            self._log(f"{len(new)} texts to encode")
            self._encode(list(new), list(new.values()))
        return np.stack([self._known[k] for k in keys]) if keys else np.zeros((0, self.size), dtype=np.float32)

    def _encode(self, keys: Sequence[str], texts: Sequence[str]) -> None:
        for at in range(0, len(keys), _STEP):
            self._known.update(zip(keys[at : at + _STEP], self._encoder.vectors(texts[at : at + _STEP]), strict=True))
            self._log(f"  {min(at + _STEP, len(keys))} of {len(keys)}")
        # a folder that cannot be written to costs time, not the training
        with contextlib.suppress(OSError):
            part = self._path.with_suffix(".part")
            with part.open("wb") as out:
                np.savez(out, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
            part.replace(self._path)


def _key(text: str) -> str:
    return hashlib.sha256(plain(text).encode("utf-8")).hexdigest()[:24]


def _read(path: Path, size: int) -> dict[str, Floats]:
    try:
        with np.load(path) as content:
            keys, found = content["keys"].tolist(), content["vectors"]
    except (OSError, ValueError, KeyError):
        return {}  # not there, or cut off
    return dict(zip(keys, found, strict=True)) if found.ndim == 2 and found.shape[1] == size else {}
