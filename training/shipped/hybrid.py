"""Builds the engines ``hybrid`` and ``cascade`` on the shipped passages: ``python -m training.shipped.hybrid --out models``.

Writes ``models/e5`` (the encoder, by :mod:`training.shipped.convert_e5`, unless it is there already), ``models/hybrid`` and
``models/cascade``.  The first run downloads 95 MB and encodes ten thousand passages; later ones take the vectors from
``models/e5/gongkai``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from corpus.errors import GongkaiError
from models.folder import write_info
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import codebook_taxonomy
from training.engines import cascade, hybrid
from training.engines.hybrid import source_of
from training.engines.linear import SHIPPED_SETTINGS
from training.engines.sentence_vectors import CachedEncoder, prepare
from training.shipped import convert_e5
from training.voices import like_reports, shipped


def build(out: Path, encoder: Path) -> None:
    """Trains both engines with an encoder's folder; their ``model.json`` says how many seconds that took, encoding apart.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
    """
    passages, codes = shipped(), codebook_taxonomy()
    own = {**SHIPPED_SETTINGS, "encoder": str(encoder)}
    texts = [p.text for p in passages]
    started = perf_counter()
    prepare(source_of(own), texts, _say)
    CachedEncoder(source_of(own), _say).vectors(texts)
    encoded = perf_counter() - started
    made = (("hybrid", hybrid.train, own), ("cascade", cascade.train, {**own, "linear": dict(SHIPPED_SETTINGS)}))
    for engine, make, settings in made:
        started = perf_counter()
        info = make(passages, codes, out / engine, seed=SEED, settings=settings, log=_say, typical=like_reports(passages))
        seconds = {"encoding": round(encoded, 1), "fitting": round(perf_counter() - started, 1)}
        write_info(out / engine, replace(info, metrics={**info.metrics, "seconds": seconds}), list(info.files))


def _say(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds what is missing and says what it is called."""
    parser = argparse.ArgumentParser(prog="python -m training.shipped.hybrid", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--encoder", type=Path, help="folder of an encoder for transformers, if not OUT/e5")
    options = parser.parse_args(arguments)
    encoder = options.encoder or options.out / "e5"
    try:
        if not (encoder / "config.json").is_file() and (failed := convert_e5.main(["--out", str(encoder)])):
            return failed
        build(options.out, encoder)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    for name in ("hybrid", "cascade"):
        print(f"{classifier(options.out / name).model_id} -> {options.out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
