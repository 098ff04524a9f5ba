"""Trains the engine ``hybrid``: the linear model with the sentence vectors of a pretrained encoder beside its n-grams.

The encoder is frozen: it is exported once to int8 and its vectors are kept by the hash of each text, so that training again takes minutes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.errors import UsageError
from models import linear_folder, sentence_encoder
from models.familiarity import LIMIT
from models.folder import ModelInfo, data_digest, write_info
from models.taxonomy import Taxonomy
from training.engines.linear_fit import LinearSettings, fit, settings_of, strangeness_limit
from training.engines.sentence_vectors import CachedEncoder, VectorSource, prepare
from training.passages import TrainingPassage

FILES = (*linear_folder.FILES, *sentence_encoder.FILES)
_OWN: Mapping[str, type] = {"encoder": str, "prefix": str, "max_length": int, "cache": str}


def source_of(given: Mapping[str, Any]) -> VectorSource:
    """The encoder that settings name.

    Raises:
        UsageError: none is named, a value is of a wrong type, or a name on a hub is given without a folder for the cache.
    """
    if wrong := {k: v for k, v in given.items() if k in _OWN and type(v) is not _OWN[k]}:
        raise UsageError(f"settings {wrong} are of the wrong type", remedy="give texts; for max_length a whole number")
    base = str(given.get("encoder", ""))
    if not base:
        raise UsageError(
            "the engine hybrid needs an encoder",
            remedy="build it once with python -m training.shipped.convert_e5 --out models/e5, then --set encoder=models/e5",
        )
    if not Path(base).is_dir() and "cache" not in given:
        raise UsageError(
            f"there is no folder {base!r} to keep the encoder's vectors in",
            remedy="build it with python -m training.shipped.convert_e5 --out "
            f"{base}; or, if this is a name on a model hub, name a folder: --set cache=models/cache",
        )
    # E5 models were trained with this prefix; without it all vectors move
    prefix = str(given.get("prefix", "query: "))
    return VectorSource(base, prefix, int(given.get("max_length", 128)), Path(given.get("cache", Path(base) / "gongkai")))


def train(
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    out: Path,
    *,
    seed: int,
    settings: Mapping[str, Any],
    log: Callable[[str], None],
    typical: Collection[str] | None = None,
) -> ModelInfo:
    """Fits the model on whole voices and writes it, with its encoder, into ``out``.

    Args:
        passages: the training passages.
        taxonomy: the codes.
        out: the folder, made if it is not there.
        seed: of every choice at random.
        settings: ``encoder``, a folder or hub name of an encoder for ``transformers``; ``prefix`` (``query: ``) put before each sentence,
            ``max_length`` in pieces (128), ``cache``, a folder for the exported encoder and its vectors (``gongkai`` in that of the
            encoder); all others as of :class:`training.engines.linear_fit.LinearSettings`.
        log: told what is done.
        typical: voices by which the limit of strangeness is chosen, if not by all.

    Raises:
        UsageError: no encoder, or the extra ``transformers`` is not installed.
        DataError: a setting that the engine does not have, or too few voices or labels.
    """
    source = source_of(settings)
    chosen: LinearSettings = settings_of({k: v for k, v in settings.items() if k not in _OWN}, seed, ())
    prepare(source, [p.text for p in passages], log)
    fitted = fit(passages, taxonomy, chosen, log, CachedEncoder(source, log))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in fitted.files.items():
        (out / name).write_bytes(content)
    for name in sentence_encoder.FILES:
        shutil.copyfile(source.cache / name, out / name)
    log(f"a model of {sum((out / name).stat().st_size for name in FILES) / 1e6:.1f} MB")
    kept = {**asdict(chosen), "encoder": Path(source.base).name, "prefix": source.prefix, "max_length": source.max_length}
    metrics = {LIMIT: strangeness_limit(fitted.strange, typical)}
    info = ModelInfo("hybrid", taxonomy, data_digest([p.to_json() for p in passages]), seed, kept, metrics)
    return write_info(out, info, FILES)
