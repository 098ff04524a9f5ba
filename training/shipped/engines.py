"""Builds the engines ``hybrid``, ``transformer`` and ``cascade`` on the shipped passages: ``python -m training.shipped.engines --out models``.

Writes ``models/e5`` (the encoder, by :mod:`training.shipped.convert_e5`, unless it is there already), ``models/hybrid`` (its vectors,
frozen), ``models/transformer`` (the encoder, fine-tuned) and ``models/cascade`` (``linear``, and the fine-tuned encoder where it is unsure:
the best of the four for labels).  The first run downloads 95 MB and encodes ten thousand passages; later ones take the vectors from
``models/e5/gongkai``.  Fine-tuning takes a quarter of an hour on two cores; ``--frozen`` leaves it out, and the cascade asks ``hybrid``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from corpus.errors import GongkaiError
from models.folder import write_info
from models.registry import classifier
from models.seed import SEED
from models.taxonomy import codebook_taxonomy
from training.engines import cascade, hybrid
from training.engines.hybrid import source_of
from training.engines.linear import SHIPPED_SETTINGS
from training.engines.registry import Trainer, trainer
from training.engines.sentence_vectors import CachedEncoder, prepare
from training.shipped import convert_e5
from training.voices import like_reports, shipped

#: what was compared on the shipped passages (docs/transformer.md)
FINE_TUNING: Final = {"prefix": "query: ", "epochs": 1, "dev_share": 0.06, "test_share": 0.0}


def build(out: Path, encoder: Path, *, fine_tune: bool = True) -> list[str]:
    """Trains the engines with an encoder's folder and names their folders; ``model.json`` says how many seconds each took, encoding apart.

    Raises:
        UsageError: the extra ``transformers`` is not installed.
    """
    passages, codes = shipped(), codebook_taxonomy()
    own: dict[str, Any] = {**SHIPPED_SETTINGS, "encoder": str(encoder)}
    texts = [p.text for p in passages]
    started = perf_counter()
    prepare(source_of(own), texts, _say)
    CachedEncoder(source_of(own), _say).vectors(texts)
    encoded = perf_counter() - started
    quick = {"linear": dict(SHIPPED_SETTINGS)}
    like = like_reports(passages)
    made: list[tuple[str, Trainer, dict[str, Any]]] = [("hybrid", partial(hybrid.train, typical=like), own)]
    both = partial(cascade.train, typical=like)
    if fine_tune:
        made.append(("transformer", trainer("transformer"), {**FINE_TUNING, **_at_hand(), "base": str(encoder)}))
        made.append(("cascade", both, {**quick, "transformer": str(out / "transformer")}))
    else:
        made.append(("cascade", both, {**quick, **own}))
    for engine, make, settings in made:
        started = perf_counter()
        (out / engine).mkdir(parents=True, exist_ok=True)
        info = make(passages, codes, out / engine, seed=SEED, settings=settings, log=_say)
        seconds = {"encoding": round(encoded, 1), "fitting": round(perf_counter() - started, 1)}
        write_info(out / engine, replace(info, metrics={**info.metrics, "seconds": seconds}), list(info.files))
    return [engine for engine, _, _ in made]


def _at_hand() -> dict[str, Any]:
    """Settings by the processor: half precision where it has the instructions for it, as many threads as cores."""
    listed = Path("/proc/cpuinfo")
    flags = listed.read_text(encoding="utf-8", errors="replace").split() if listed.is_file() else []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {"bf16": bool({"avx512_bf16", "amx_bf16"} & {*flags}), "threads": cores}


def _say(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds what is missing and says what it is called."""
    parser = argparse.ArgumentParser(prog="python -m training.shipped.engines", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--encoder", type=Path, help="folder of an encoder for transformers, if not OUT/e5")
    parser.add_argument("--frozen", action="store_true", help="no fine-tuning: minutes instead of a quarter of an hour")
    options = parser.parse_args(arguments)
    encoder = options.encoder or options.out / "e5"
    try:
        if not (encoder / "config.json").is_file() and (failed := convert_e5.main(["--out", str(encoder)])):
            return failed
        names = build(options.out, encoder, fine_tune=not options.frozen)
    except GongkaiError as error:
        print(error, file=sys.stderr)
        return 1
    for name in names:
        print(f"{classifier(options.out / name).model_id} -> {options.out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
