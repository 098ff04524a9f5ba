"""Trains the engine ``spacy``: ``gongkai train --engine spacy``, or by hand with ``spacy train``.

``python -m training.engines.spacy --prepare DIR`` writes the corpora (``*.spacy``) and configs that ``spacy train`` reads.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import DataError, GongkaiError, UsageError
from models.folder import ModelInfo, data_digest, write_info
from models.seed import SEED
from models.spacy_engine import LABELS, TOPICS, Floats, SpacyClassifier, choose_facets, cooled, import_spacy, load_model
from models.spacy_tokens import encode
from models.taxonomy import Taxonomy, codebook_taxonomy
from training.passages import TrainingPassage, as_report, by_voice, load

#: settings and what they are by default; ``architecture`` is ``bow`` or ``ensemble`` (bag of words beside a convolutional network)
DEFAULTS: Mapping[str, Any] = {
    "architecture": "bow",
    "grams": True,
    "epochs": 15,
    "dev_share": 0.12,
    "length": 131072,
    "learn_rate": 0.001,
}
_ENSEMBLE = {
    "components.textcat.model": {
        "@architectures": "spacy.TextCatEnsemble.v2",
        "linear_model": {
            "@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": True, "ngram_size": 1, "no_output_layer": False,
            "length": 131072,
        },
        "tok2vec": {
            "@architectures": "spacy.Tok2Vec.v2",
            "embed": {
                "@architectures": "spacy.MultiHashEmbed.v2", "width": 64, "rows": [4000], "attrs": ["ORTH"],
                "include_static_vectors": False,
            },
            "encode": {
                "@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 64, "window_size": 1, "maxout_pieces": 3, "depth": 2,
            },
        },
    }
}  # fmt: skip

Log = Callable[[str], None]


def split_voices(
    passages: Sequence[TrainingPassage], share: float, seed: int
) -> tuple[list[list[TrainingPassage]], list[list[TrainingPassage]]]:
    """Whole voices for training and for stopping and calibration; at least one each.

    Raises:
        DataError: fewer than two voices.
    """
    voices = list(by_voice(passages).values())
    if len(voices) < 2:
        raise DataError(
            f"the passages come from {len(voices)} report(s)", remedy="give passages of at least two reports (column `voice`)"
        )
    order = np.random.default_rng(seed).permutation(len(voices)).tolist()
    count = min(max(1, round(share * len(voices))), len(voices) - 1)
    dev = set(order[:count])
    return [v for i, v in enumerate(voices) if i not in dev], [v for i, v in enumerate(voices) if i in dev]


def label_cats(p: TrainingPassage, t: Taxonomy) -> dict[str, float]:
    """One 1 and else 0, for the exclusive classifier."""
    return {f"label_{c}": float(c == p.label) for c in t.labels}


def topic_cats(p: TrainingPassage, t: Taxonomy) -> dict[str, float]:
    """Facets only where the label takes them (else unknown, and not learnt from), further labels always."""
    found = {f"also_{c}": float(c in p.also) for c in t.labels}
    if p.label in t.coded:
        found |= {f"facet_{c}": float(c in p.facets) for c in t.facets}
    return found


def write_docs(
    voices: Sequence[Sequence[TrainingPassage]], cats: Callable[[TrainingPassage], dict[str, float]], path: Path, *, grams: bool
) -> int:
    """A ``DocBin`` of the passages, each with its headings and once more without those below the section's own.

    Returns:
        Number of documents.
    """
    spacy = import_spacy()
    from models.spacy_tokens import PassageTokenizer

    tokenizer = PassageTokenizer(spacy.blank("zh").vocab, grams=grams)
    bin_ = spacy.tokens.DocBin()
    for own in voices:
        for headings in (True, False):
            for text, p in zip(encode(as_report(own, headings=headings)), own, strict=True):
                doc = tokenizer(text)
                doc.cats = cats(p)
                bin_.add(doc)
    bin_.to_disk(path)
    return len(bin_)


def config(kind: str, settings: Mapping[str, Any], seed: int) -> Any:
    """The spaCy config of one of the two pipelines."""
    from thinc.api import Config

    made = Config().from_str(files("models").joinpath("data/spacy/textcat.cfg").read_text(encoding="utf-8"), interpolate=False)
    made["system"]["seed"] = seed
    made["nlp"]["tokenizer"]["grams"] = settings["grams"]
    made["training"]["max_epochs"] = settings["epochs"]
    made["training"]["optimizer"]["learn_rate"] = settings["learn_rate"]
    component = made["components"]["textcat"]
    if settings["architecture"] == "ensemble":
        component["model"] = Config(_ENSEMBLE["components.textcat.model"])
        linear = component["model"]["linear_model"]
    else:
        linear = component["model"]
    linear["length"] = settings["length"]
    if kind == TOPICS:
        linear["exclusive_classes"] = False
        component["factory"] = "textcat_multilabel"
        component["threshold"] = 0.4
        made["training"]["score_weights"] = {"cats_micro_f": 1.0}
    return made


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(given) - set(DEFAULTS):
        raise UsageError(f"unknown settings {sorted(unknown)}", remedy=f"known are {', '.join(DEFAULTS)}")
    merged = {**DEFAULTS, **given}
    if merged["architecture"] not in {"bow", "ensemble"}:
        raise UsageError(f"unknown architecture {merged['architecture']!r}", remedy="use bow or ensemble")
    return merged


def prepare(
    passages: Sequence[TrainingPassage], taxonomy: Taxonomy, folder: Path, *, seed: int, settings: Mapping[str, Any]
) -> list[str]:
    """Writes ``<kind>.cfg``, ``<kind>-train.spacy`` and ``<kind>-dev.spacy``; returns the kinds (``topics`` only where needed)."""
    chosen = _settings(settings)
    train_voices, dev_voices = split_voices(passages, chosen["dev_share"], seed)
    kinds = [LABELS]
    if taxonomy.facets or any(p.also for p in passages):
        kinds.append(TOPICS)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        cats = label_cats if kind == LABELS else topic_cats
        for name, voices in (("train", train_voices), ("dev", dev_voices)):
            write_docs(voices, lambda p, cats=cats: cats(p, taxonomy), folder / f"{kind}-{name}.spacy", grams=chosen["grams"])  # type: ignore[misc]
        config(kind, chosen, seed).to_disk(folder / f"{kind}.cfg")
    return kinds


def train(
    passages: Sequence[TrainingPassage], taxonomy: Taxonomy, out: Path, *, seed: int, settings: Mapping[str, Any], log: Log
) -> ModelInfo:
    """Trains both pipelines with spaCy's own training loop and writes a model folder.

    A share of the voices (``dev_share``) is kept for early stopping, the temperature and the thresholds; figures must come from
    voices that were not given at all.

    Raises:
        UsageError: spaCy is not installed, or an unknown setting.
        DataError: fewer than two voices.
    """
    import_spacy()
    from spacy.cli.train import train as spacy_train

    chosen = _settings(settings)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for kind in prepare(passages, taxonomy, work, seed=seed, settings=settings):
            log(f"spacy: training {kind}")
            overrides = {"paths.train": str(work / f"{kind}-train.spacy"), "paths.dev": str(work / f"{kind}-dev.spacy")}
            with contextlib.redirect_stdout(io.StringIO()):  # its progress table
                spacy_train(work / f"{kind}.cfg", work / f"out-{kind}", overrides=overrides)
            shutil.rmtree(out / kind, ignore_errors=True)
            shutil.copytree(work / f"out-{kind}" / "model-best", out / kind)
    names = [p.relative_to(out).as_posix() for kind in (LABELS, TOPICS) for p in sorted((out / kind).rglob("*")) if p.is_file()]
    data = data_digest([p.to_json() for p in passages])
    neutral = {**chosen, "temperature": 1.0, "facet_threshold": 0.5, "also_threshold": 0.5}
    info = write_info(out, ModelInfo("spacy", taxonomy, data, seed, neutral), names)
    dev = split_voices(passages, chosen["dev_share"], seed)[1]
    tuned = {**neutral, **calibrate(load_model(out, info), dev)}
    log("spacy: " + ", ".join(f"{k} {tuned[k]:g}" for k in ("temperature", "facet_threshold", "also_threshold")))
    return write_info(out, ModelInfo("spacy", taxonomy, data, seed, tuned), names)


def calibrate(model: SpacyClassifier, voices: Sequence[Sequence[TrainingPassage]]) -> dict[str, float]:
    """Temperature with the least log loss, and thresholds with the best micro-F1, on voices not trained on."""
    t = model.taxonomy
    parts = [model.scores(as_report(own)) for own in voices]
    flat = [p for own in voices for p in own]
    raw, facets, also = (np.concatenate([part[k] for part in parts]) for k in range(3))
    truth = np.array([t.labels.index(p.label) for p in flat])

    def loss(temperature: float) -> float:
        return float(-np.log(np.clip(cooled(raw, temperature)[np.arange(len(truth)), truth], 1e-9, 1)).mean())

    found = {"temperature": float(min(np.arange(0.2, 4.01, 0.1).round(2), key=loss))}
    coded = [i for i, p in enumerate(flat) if p.label in t.coded]
    steps = np.arange(0.15, 0.71, 0.05).round(2).tolist()
    if coded and t.facets:
        chosen = {s: [choose_facets(facets[i].tolist(), t, s) for i in coded] for s in steps}
        found["facet_threshold"] = max(steps, key=lambda s: _micro([flat[i].facets for i in coded], chosen[s]))
    if any(p.also for p in flat):
        found["also_threshold"] = max(
            steps, key=lambda s: _micro([p.also for p in flat], [_over(also[i], t, s, flat[i].label) for i in range(len(flat))])
        )
    return found


def _over(row: Floats, t: Taxonomy, threshold: float, label: str) -> tuple[str, ...]:
    return tuple(c for c, p in zip(t.labels, row, strict=True) if p >= threshold and c != label)


def _micro(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> float:
    both = sum(len(set(a) & set(b)) for a, b in zip(gold, found, strict=True))
    return 2 * both / max(1, sum(map(len, gold)) + sum(map(len, found)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes corpora and configs for ``spacy train``."""
    parser = argparse.ArgumentParser(
        prog="python -m training.engines.spacy", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("--prepare", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--architecture", choices=["bow", "ensemble"], default="bow")
    options = parser.parse_args(arguments)
    try:
        kinds = prepare(
            load(), codebook_taxonomy(), options.prepare, seed=options.seed, settings={"architecture": options.architecture}
        )
    except GongkaiError as e:
        print(e, file=sys.stderr)
        return 1
    for kind in kinds:
        d = options.prepare
        print(
            f"spacy train {d}/{kind}.cfg --output {d}/{kind} --paths.train {d}/{kind}-train.spacy --paths.dev {d}/{kind}-dev.spacy"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
