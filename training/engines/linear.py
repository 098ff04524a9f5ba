"""Trains the engine ``linear`` for any codes: ``train`` fits it and writes its folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.familiarity import LIMIT
from models.folder import ModelInfo, data_digest, write_info
from models.linear_folder import FILES
from models.taxonomy import Taxonomy
from training.engines.linear_fit import fit, settings_of, strangeness_limit
from training.passages import TrainingPassage

#: settings of the shipped model that its data asks for: the raise of facet thresholds that did best on the held voices
#: (``python -m training.shipped.build --raises``: 1.0 0.909, 1.2 0.914, 1.4 0.906)
SHIPPED_SETTINGS: Mapping[str, Any] = {"facet_raise": 1.2, "least_weight": 0.06}


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
    """Fits the linear model on whole voices and writes it into ``out``.

    Args:
        passages: the training passages.
        taxonomy: the codes; facets may be missing, sections and headings may be empty.
        out: the folder, made if it is not there.
        seed: of every choice at random.
        settings: names and values of :class:`training.engines.linear_fit.LinearSettings`; what is not given has its default.
        log: told what is done.
        typical: voices by which the limit of strangeness is chosen, if not by all.

    Raises:
        DataError: a setting that the engine does not have, or too few voices or labels.
    """
    chosen = settings_of(settings, seed)
    fitted = fit(passages, taxonomy, chosen, log)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in fitted.files.items():
        (out / name).write_bytes(content)
    log(f"a model of {sum(map(len, fitted.files.values())) / 1e6:.2f} MB")
    kept = {k: v for k, v in asdict(chosen).items() if k != "vector"}
    metrics = {LIMIT: strangeness_limit(fitted.strange, typical)}
    info = ModelInfo("linear", taxonomy, data_digest([p.to_json() for p in passages]), seed, kept, metrics)
    return write_info(out, info, FILES)
