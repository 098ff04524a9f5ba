"""The README.md in a model's folder: what it was trained on, what was measured, and what was not.  Written from measurements alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.folder import ModelInfo
from training.measure.calibration import coverage_at, reliability, threshold_at_risk
from training.measure.quality import JudgedPassage, Quality
from training.measure.quality_text import markdown_codes
from training.passages import TrainingPassage, by_voice

RISKS = (0.1, 0.05, 0.02)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card tells beside ``model.json``.

    ``source`` says where the passages come from, ``method`` how the held-out figures were got, ``limits`` what else to know.
    """

    source: str
    method: str
    limits: tuple[str, ...] = ()


def model_card(
    info: ModelInfo, passages: Sequence[TrainingPassage], quality: Quality | None, items: Sequence[JudgedPassage], facts: Facts
) -> str:
    """The card as Markdown.

    Args:
        info: what ``model.json`` says.
        passages: all that the model was trained on.
        quality: figures of reports that the measured models had not seen; ``None`` if nothing could be left out.
        items: the passages behind ``quality``.
        facts: source, method and limits in words.
    """
    t = info.taxonomy
    voices = by_voice(passages)
    labels, facets = Counter(p.label for p in passages), Counter(f for p in passages for f in p.facets)
    lines = [
        f"# {info.engine} model for {t.name} {t.version}",
        "",
        f"Written by `gongkai train` on {date.today().isoformat()}; every figure was measured then.",
        "",
        "| | |",
        "|---|---|",
        f"| engine | `{info.engine}`, files {info.digest} |",
        f"| codes | {t.name} {t.version}: {len(t.labels)} labels, {len(t.facets)} facets (taxonomy {t.digest}) |",
        f"| data | {len(passages)} passages of {len(voices)} reports or voices (hash `{info.data_hash}`) |",
        f"| source | {facts.source} |",
        f"| seed | {info.seed} |",
        f"| settings | `{json.dumps(dict(info.settings), ensure_ascii=False, sort_keys=True)}` |",
        "",
        "Use: `gongkai tag REPORTS --out RESULTS --engine FOLDER`, with this folder.",
        "",
        "## Data",
        "",
        "| label | | passages | share |",
        "|---|---|---:|---:|",
        *(f"| `{c}` | {t.zh.get(c, c)} | {labels[c]} | {labels[c] / len(passages):.1%} |" for c in t.labels),
        "",
    ]
    if t.facets:
        lines += ["| facet | | passages |", "|---|---|---:|"]
        lines += [f"| `{c}` | {t.zh.get(f'facet:{c}', c)} | {facets[c]} |" for c in t.facets]
        lines.append("")
    lines += ["## Held-out figures", ""]
    if quality is None:
        lines += [
            "None: the data has fewer than two reports, or measuring was switched off. Nothing is known of its errors.",
            "",
        ]
    else:
        lines += _figures(quality, items, facts)
    lines += ["## Limits", "", *(f"- {x}" for x in _limits(passages, quality, facts)), ""]
    return "\n".join(lines)


def _figures(q: Quality, items: Sequence[JudgedPassage], facts: Facts) -> list[str]:
    lines = [
        f"{facts.method} {q.items} passages of {q.reports} reports or voices. Intervals are 95 %, by bootstrap over whole reports.",
        "",
        "| figure | |",
        "|---|---:|",
        f"| accuracy | {q.accuracy} |",
        f"| macro-F1 | {q.macro_f1} |",
    ]
    if q.facet_f1 is not None:
        lines.append(f"| facets, micro-F1 | {q.facet_f1} |")
    if q.also_f1 is not None:
        lines.append(f"| further labels, micro-F1 | {q.also_f1:.3f} |")
    for name, value in (
        ("Cohen κ with the truth", q.kappa),
        ("Krippendorff α with the truth", q.alpha),
        ("calibration error", q.ece),
    ):
        if value is not None:
            lines.append(f"| {name} | {value:.3f} |")
    lines += ["", *markdown_codes(q.labels, q.label_f1), ""]
    if q.facets:
        lines += [*markdown_codes(q.facets), ""]
    if q.confusions:
        lines += [
            "Commonest confusions (truth → model): " + ", ".join(f"{g} → {f} {n}" for g, f, n in q.confusions[:8]) + ".",
            "",
        ]
    return lines + calibration_lines(items)


def calibration_lines(items: Sequence[JudgedPassage]) -> list[str]:
    """Reliability, coverage at 95 % accuracy and thresholds as Markdown; nothing for engines without probabilities."""
    scores, right = (
        zip(*((i.score, i.right) for i in items if i.score is not None), strict=True)
        if any(i.score is not None for i in items)
        else ((), ())
    )
    if not scores:
        return []
    lines = ["| probability | passages | mean | share right |", "|---|---:|---:|---:|"]
    lines += [
        f"| {b.low:.3f}–{b.high:.3f} | {b.count} | {b.score:.3f} | {b.accuracy:.3f} |" for b in reliability(scores, right)
    ]
    best = coverage_at(scores, right, 0.95)
    found = (
        "is not reached at any threshold"
        if best is None
        else f"{best.coverage:.1%} of the passages (probability ≥ {best.threshold:.3f})"
    )
    lines += ["", f"Coverage at 95 % accuracy: {found}.", ""]
    proposed = dict.fromkeys(
        replace(t, risk=0.0) for t in (threshold_at_risk(scores, right, risk) for risk in RISKS) if t is not None
    )
    for t in proposed:
        if t.threshold > 0:
            lines.append(
                f"- `--min-confidence {t.threshold:.4f}` keeps {t.coverage:.1%} with {t.error:.1%} wrong (at most {t.bound:.1%} with 95 % certainty, "
                "passages taken as independent)."
            )
    return [*lines, ""]


def _limits(passages: Sequence[TrainingPassage], quality: Quality | None, facts: Facts) -> list[str]:
    labels = Counter(p.label for p in passages)
    thin = [f"`{c}` {n}" for c, n in sorted(labels.items()) if n < 30]
    limits = list(facts.limits)
    if thin:
        limits.append(f"Labels with fewer than 30 passages to learn from: {', '.join(thin)}.")
    if quality is not None:
        limits.append("The figures hold for reports like those of the data; the model itself was trained on all of them.")
        if quality.reports < 20:
            limits.append(f"{quality.reports} reports are few: the intervals themselves are rough.")
    limits.append("Whether two people would agree on these codes is not measured here: see `gongkai evaluate --coded`.")
    return limits
