"""Does adapting to uncoded reports help?  Measured on the bundled samples, whose codes are hidden from the adaptation.

A base model is trained, then adapted to one half of the samples, and both are measured on that half and on the other, which the
adaptation has not seen either.  Once the base knows all shipped voices, once only a few: a model that lacks much has more to gain.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.base import Classifier
from models.registry import classifier
from models.taxonomy import codebook_taxonomy
from training.coding.labelling import DEFAULT, load_functions
from training.engines.adapt import METHODS, Method, Uncoded, renumbered, weak_labels
from training.engines.linear import SHIPPED_SETTINGS
from training.engines.registry import trainer
from training.engines.splits import group_folds
from training.measure.compare_models import ModelComparison, compare
from training.measure.heldout import items_of
from training.passages import TrainingPassage, as_report, by_voice


@dataclass(frozen=True, slots=True)
class Trial:
    """One adaptation: ``weak`` passages, of which ``weak_right`` (0…1) carry the label that the hidden codes give them.

    ``same`` compares adapted (A) with base (B) on the reports adapted to, ``other`` on the other half.
    """

    voices: int
    method: Method
    weak: int
    weak_right: float
    same: ModelComparison
    other: ModelComparison


def halves(samples: Sequence[TrainingPassage], seed: int) -> tuple[list[TrainingPassage], list[TrainingPassage]]:
    """The samples' passages, whole reports, in two halves."""
    fold = group_folds([p.voice for p in samples], 2, seed)
    return tuple([p for p, f in zip(samples, fold, strict=True) if f == k] for k in (0, 1))  # type: ignore[return-value]


def _train(passages: Sequence[TrainingPassage], seed: int) -> Classifier:
    with tempfile.TemporaryDirectory(prefix="gongkai-trial-", ignore_cleanup_errors=True) as name:
        trainer("linear")(passages, codebook_taxonomy(), Path(name), seed=seed, settings=SHIPPED_SETTINGS, log=lambda _: None)
        return classifier(Path(name))


def run(
    shipped: Sequence[TrainingPassage],
    samples: Sequence[TrainingPassage],
    *,
    voices: Sequence[int],
    seed: int,
    log: Callable[[str], None],
    methods: Sequence[Method] = METHODS,
) -> list[Trial]:
    """Trials for bases of so many voices, each adapted by each method.

    Args:
        shipped: the coded passages; the first ``voices`` voices, dealt out by ``seed``, make the base.
        samples: coded samples whose codes serve to measure alone.
        voices: sizes of the base.
        seed: of all choices.
        log: told of each training.
        methods: how evidence is weighed.
    """
    taxonomy = codebook_taxonomy()
    functions = load_functions(DEFAULT, taxonomy)
    near, far = halves(samples, seed)
    truth = {p.text: p.label for p in near}
    uncoded = [Uncoded(voice, tuple(as_report(own))) for voice, own in by_voice(near).items()]
    fold = group_folds([p.voice for p in shipped], len({p.voice for p in shipped}), seed)
    found = []
    for count in voices:
        base = [p for p, f in zip(shipped, fold, strict=True) if f < count]
        log(f"adaptation: base of {count} voices")
        plain = _train(base, seed)
        before = {"same": items_of(plain, near), "other": items_of(plain, far)}
        for method in methods:
            weak = weak_labels(uncoded, functions, plain, taxonomy, method=method, seed=seed)
            log(f"adaptation: {method}, {len(weak.chosen)} passages more")
            adapted = _train([*base, *renumbered(weak.chosen)], seed)
            right = sum(truth[p.text] == p.label for p in weak.chosen) / max(1, len(weak.chosen))
            same, other = (
                compare(items_of(adapted, part), before[name], taxonomy) for name, part in (("same", near), ("other", far))
            )
            found.append(Trial(len({p.voice for p in base}), method, len(weak.chosen), right, same, other))
    return found
