"""Builds the engines ``hybrid`` and ``cascade`` on the shipped passages: ``python -m training.shipped.hybrid --out models``.

Writes ``models/e5`` (the encoder, by :mod:`training.shipped.convert_e5`, unless it is there already), ``models/cascade``, and its slow
half by itself, ``models/hybrid``.  The first run downloads 95 MB and encodes ten thousand passages; later ones take the vectors from
``models/e5/gongkai``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from corpus.errors import GongkaiError
from models.cascade import SLOW
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import codebook_taxonomy
from training.engines.cascade import train
from training.engines.linear import SHIPPED_SETTINGS
from training.shipped import convert_e5
from training.voices import shipped


def build(out: Path, encoder: Path) -> None:
    """Trains both engines with an encoder's folder.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
    """
    settings = {**SHIPPED_SETTINGS, "encoder": str(encoder), "linear": dict(SHIPPED_SETTINGS)}
    train(
        shipped(), codebook_taxonomy(), out / "cascade", seed=SEED, settings=settings, log=lambda line: print(line, flush=True)
    )
    shutil.rmtree(out / "hybrid", ignore_errors=True)
    shutil.copytree(out / "cascade" / SLOW, out / "hybrid")


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
