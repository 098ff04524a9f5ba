"""What a trained model says of reports that it has not seen: models trained for measuring alone, and thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.base import Classifier
from models.registry import classifier
from models.taxonomy import Taxonomy
from training.engines.registry import Log, trainer
from training.engines.splits import group_folds
from training.measure.quality import JudgedPassage
from training.measure.reasons import reason
from training.passages import TrainingPassage, as_report, by_voice

#: finest share of ``keep``
_PARTS = 12
Skip = frozenset[tuple[str, int]]


def items_of(
    model: Classifier,
    passages: Sequence[TrainingPassage],
    *,
    headings: bool = True,
    reasons: bool = False,
    skip: Skip = frozenset(),
) -> list[JudgedPassage]:
    """Coded passages beside what a model says of them, whole voices at a time.

    Args:
        model: the classifier.
        passages: whole voices.
        headings: whether the model sees the headings below the section's own.
        reasons: whether to say of wrong labels what spoke for them.
        skip: passages (voice, order) that the model sees as neighbours but that are not judged.
    """
    items: list[JudgedPassage] = []
    for own in by_voice(passages).values():
        report = as_report(own, headings=headings)
        for i, (p, q) in enumerate(zip(own, model.predict(report), strict=True)):
            if (p.voice, p.order) in skip:
                continue
            why = reason(model, report, i) if reasons and q.label != p.label else ""
            items.append(
                JudgedPassage(
                    p.voice, p.text, p.label, q.label, p.section, p.heading_path, p.also, q.also, p.facets, q.facets, q.score,
                    q.abstained, why,
                )
            )  # fmt: skip
    return items


def held_out(
    engine: str,
    passages: Sequence[TrainingPassage],
    taxonomy: Taxonomy,
    *,
    folds: int,
    seed: int,
    settings: Mapping[str, Any],
    log: Log,
    group: Callable[[TrainingPassage], str] = lambda p: p.voice,
    always: Sequence[TrainingPassage] = (),
    headings: Sequence[bool] = (True,),
    reasons: bool = False,
    skip: Skip = frozenset(),
    keep: float = 1.0,
) -> list[list[JudgedPassage]]:
    """Items of passages whose group the model was not trained on.

    Args:
        engine: which one to train, once for each fold.
        passages: whole voices.
        taxonomy: the codes.
        folds: parts the groups are dealt into, each left out in turn; 1 leaves out one fifth, once.
        seed: of the dealing and of the training.
        settings: of the engine.
        log: told of each fold.
        group: what stays together; voices, unless kinds of agency or the like are to be left out.
        always: passages that are trained on in every fold and never judged.
        headings: one list of items for each of these: ``False`` hides the headings below the section's own.
        reasons: as for :func:`items_of`.
        skip: as for :func:`items_of`.
        keep: share of the groups learnt from that are kept, drawn at random: for what fewer coded passages would give.

    Returns:
        For each entry of ``headings`` the items of all folds; empty where there are fewer than two groups.
    """
    found: list[list[JudgedPassage]] = [[] for _ in headings]
    fold = group_folds([group(p) for p in passages], 5 if folds == 1 else folds, seed)
    if len(set(fold)) < 2:
        return found
    for k in sorted(set(fold))[: 1 if folds == 1 else None]:
        train = [p for p, f in zip(passages, fold, strict=True) if f != k]
        test = [p for p, f in zip(passages, fold, strict=True) if f == k]
        if keep < 1.0:
            part = group_folds([group(p) for p in train], _PARTS, seed + k)
            train = [p for p, f in zip(train, part, strict=True) if f < round(keep * _PARTS)]
        log(f"fold {k + 1}: {len(train) + len(always)} passages to train on, {len(test)} to measure on")
        with tempfile.TemporaryDirectory(prefix="gongkai-fold-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            trainer(engine)([*train, *always], taxonomy, folder, seed=seed, settings=settings, log=lambda _: None)
            model = classifier(folder)
            for at, shown in enumerate(headings):
                found[at] += items_of(model, test, headings=shown, reasons=reasons, skip=skip)
    return found
