"""The passages of truth files beside what a result says of them, as :mod:`training.measure.quality` measures them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extract.types import Report
from models.base import Classifier, Passage, Prediction
from models.places import placed
from training.measure.evaluate import align
from training.measure.gold import GoldReport
from training.measure.quality import NO_LABEL, JudgedPassage
from training.measure.reasons import reason
from training.measure.results import result_of


def gold_items(
    gold: GoldReport, report: Report, predictions: Sequence[Prediction] | None = None, *, explainer: Classifier | None = None
) -> list[JudgedPassage]:
    """One item for each gold passage of a report.

    Args:
        gold: the truth.
        report: the result; its passages are found again by place, as :func:`training.measure.evaluate.align` does.
        predictions: others than the report's own, of the same passages: what another model says.
        explainer: the model that made them, asked why it chose a wrong label; ``None`` for stored results.
    """
    found = report.predictions if predictions is None else predictions
    items = []
    for g, at in zip(gold.passages, align(gold, result_of(report)), strict=True):
        path = (g.heading,) if g.heading else ()
        if at is None:
            items.append(JudgedPassage(gold.stem, g.text, g.label, NO_LABEL, g.section, path, g.also, (), g.facets))
            continue
        q = found[at]
        why = reason(explainer, report.passages, at) if explainer is not None and q.label != g.label else ""
        items.append(
            JudgedPassage(
                gold.stem, g.text, g.label, q.label, g.section, path, g.also, q.also, g.facets, q.facets, q.score, q.abstained, why
            )
        )  # fmt: skip
    return items


def gold_passages(gold: GoldReport) -> list[Passage]:
    """The passages of a truth file as a classifier gets them: boundaries are the truth's, so that labels alone are judged.

    The section's own heading is not in the truth and stands empty in the path.
    """
    passages: list[Passage] = []
    position, last = 0, ("", "")
    for i, g in enumerate(gold.passages):
        position = position + 1 if i and (g.section or "", g.heading) == last else 0
        last = (g.section or "", g.heading)
        own = ("",) if g.section not in {None, "preamble"} else ()
        passages.append(Passage(0, len(g.text), g.text, g.section, (*own, g.heading) if g.heading else own, i, position, i))
    return placed(passages)


def stem(source: str) -> str:
    """The name by which truth and result are paired: the file's, without suffix."""
    return Path(source).stem
