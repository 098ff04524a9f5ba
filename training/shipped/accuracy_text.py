"""``docs/accuracy.md`` from its measurements: tables, and what they do not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.codebook import codebook
from models.taxonomy import Taxonomy
from training.engines.card import calibration_lines
from training.measure.calibration import coverage_at
from training.measure.calibration_text import recalibrated, scored
from training.measure.compare_models import ModelComparison, compare
from training.measure.quality import Figure, JudgedPassage, Quality, measure
from training.measure.quality_text import markdown_codes
from training.measure.scores import Score
from training.shipped.accuracy_runs import Engine, Measured
from training.shipped.adapt_trial import Trial


@dataclass(frozen=True, slots=True)
class Everything:
    """All measurements of one run of :mod:`training.shipped.report_accuracy`."""

    day: str
    model_id: str
    codebook_version: str
    data_hash: str
    passages: int
    voices: int
    seed: int
    folds: int
    engines: tuple[Engine, ...]
    samples: tuple[Measured, ...]
    real: Measured | None
    shown: tuple[JudgedPassage, ...]
    hidden: tuple[JudgedPassage, ...]
    kinds: tuple[JudgedPassage, ...]
    rules: tuple[JudgedPassage, ...]
    trials: tuple[Trial, ...]
    taxonomy: Taxonomy
    seconds: float


def render(e: Everything) -> str:
    """The page."""
    lines = [
        "# Accuracy",
        "",
        f"Written by `make evaluate` (`python -m training.shipped.report_accuracy`) on {e.day}; do not edit. {e.seconds / 60:.1f} minutes.",
        f"Model `{e.model_id}`, codebook {e.codebook_version}, {e.passages:,} training passages of {e.voices} voices (hash `{e.data_hash}`),",
        f"seed {e.seed}. Intervals in brackets are 95 %, by bootstrap over whole reports or voices: passages of one report stand or fall",
        "together. How figures are defined stands in `training/measure/evaluate.py` and `training/measure/quality.py`.",
        "",
        *_short(e),
        *_real(e),
        *_samples(e),
        *_left_out(e),
        *_calibration(e),
        *_engines(e),
        *_adaptation(e),
        *_limits(e),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _figure(f: Figure | None) -> str:
    return "–" if f is None else str(f)


def _row(name: str, q: Quality) -> str:
    problem, improvement = q.label_f1.get("problem"), q.label_f1.get("improvement")
    ece = "–" if q.ece is None else f"{q.ece:.3f}"
    also = "–" if q.also_f1 is None else f"{q.also_f1:.3f}"
    return f"| {name} | {q.items} | {q.accuracy} | {q.macro_f1} | {_figure(problem)} | {_figure(improvement)} | {_figure(q.facet_f1)} | {also} | {ece} |"


_HEAD = [
    "| | passages | accuracy | macro-F1 | `problem` F1 | `improvement` F1 | facets, micro-F1 | also, micro-F1 | calibration error |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
]


def _short(e: Everything) -> list[str]:
    default = e.engines[0].name
    rows = [_row(f"voices left out of training, {e.folds} parts", measure(e.shown, e.taxonomy))]
    rows.append(_row(f"bundled synthetic reports ({e.samples[0].name})", measure(e.samples[0].items[default], e.taxonomy)))
    if e.real is not None:
        rows.append(_row(f"{len(e.real.evaluation.reports)} real reports", measure(e.real.items[default], e.taxonomy)))
    return ["## Labels and facets in short", "", *_HEAD, *rows, ""]


def _whole(name: str, s: Score) -> str:
    def wrong(rows: object) -> str:
        counts = [getattr(rows, k) for k in ("right", "wrong", "missing", "extra")]
        return f"{counts[0]} of {sum(counts[:3])}" + (f", {counts[3]} extra" if counts[3] else "")

    return (
        f"| {name} | {wrong(s.cells)} | {wrong(s.cells_nonzero)} | {s.boundaries.f1:.3f} | {s.labels.accuracy:.3f} | {s.facets.f1:.3f} | "
        f"{s.mentions.f1:.3f} | {s.indicators.accuracy:.3f} | {wrong(s.joins)} | {wrong(s.table_checks)} |"
    )


_WHOLE_HEAD = [
    "| | cells right | of these not 0 | passage boundaries F1 | labels | facets F1 | metrics F1 | indicators | join rows right | table checks right |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
]


def _real(e: Everything) -> list[str]:
    if e.real is None:
        return ["## Real reports", "", "Not measured in this run: no folder of real reports was there.", ""]
    found = e.real.evaluation
    q = measure(e.real.items[e.engines[0].name], e.taxonomy)
    return [
        "## Real reports",
        "",
        f"{len(found.reports)} real reports, read from their files to the join. All served for development: rules were written with them in",
        "sight. None of their text is in the project or was trained on.",
        "",
        *_WHOLE_HEAD,
        *(_whole(stem, s) for stem, s in sorted(found.reports.items())),
        _whole("**total**", found.total),
        "",
        *_HEAD,
        _row("labels and facets", q),
        "",
        *markdown_codes(q.labels, q.label_f1),
        "",
        *_confusions(q),
    ]


def _confusions(q: Quality) -> list[str]:
    shown = ", ".join(f"{g} → {f} {n}" for g, f, n in q.confusions[:10])
    return [f"Commonest confusions (truth → model): {shown or 'none'}.", ""]


def _samples(e: Everything) -> list[str]:
    return [
        "## Bundled synthetic reports",
        "",
        f"{len(e.samples[0].evaluation.reports)} invented reports, printed in {len(e.samples)} layouts; the model was not trained on their narratives.",
        "",
        *_WHOLE_HEAD,
        *(_whole(f"`{m.name}`", m.evaluation.total) for m in e.samples),
        "",
    ]


def _left_out(e: Everything) -> list[str]:
    q = measure(e.shown, e.taxonomy)
    lines = [
        "## What the linear model has not seen",
        "",
        "Trained and measured on authored passages, each part of the voices (or of the kinds of agency) left out in turn. Without headings the",
        "model sees text, place and neighbours alone: how far labels merely follow headings.",
        "",
        *_HEAD,
        _row("voices left out", q),
        _row("same, headings hidden", measure(e.hidden, e.taxonomy)),
        _row("kinds of agency left out", measure(e.kinds, e.taxonomy)),
        _row("`keywords`, all voices", measure(e.rules, e.taxonomy)),
        "",
    ]
    informative = [i for i in e.shown if len(i.heading_path) > (1 if i.section not in {None, "preamble"} else 0)]
    bare = [i for i in e.shown if len(i.heading_path) <= (1 if i.section not in {None, "preamble"} else 0)]
    if informative and bare:
        lines += [
            "Voices left out, by whether the passage stands under a heading below its section's own:",
            "",
            *_HEAD,
            _row("with such a heading", measure(informative, e.taxonomy)),
            _row("without", measure(bare, e.taxonomy)),
            "",
        ]
    lines += ["Voices left out, by label:", "", *markdown_codes(q.labels, q.label_f1), "", *_confusions(q)]
    return [*lines, "By facet:", "", *markdown_codes(q.facets), ""]


def _calibration(e: Everything) -> list[str]:
    errors = recalibrated(e.shown)
    return [
        "## Probabilities",
        "",
        "Linear model on voices left out. The second stage, which makes the probabilities, was fitted on voices that the first had not seen;",
        "those measured here neither had. Recalibrating further, fitted on four fifths of the voices and measured on the fifth, would give a",
        f"calibration error of {', '.join(f'{v:.3f} ({k})' for k, v in errors.items())}.",
        "",
        *calibration_lines(e.shown),
    ]


def _size(engine: Engine) -> str:
    return "–" if engine.size is None else f"{engine.size / 1e6:.1f}"


def _engines(e: Everything) -> list[str]:
    lines = [
        "## Engines",
        "",
        "| engine | MB | trained on | measured on | passages | accuracy | macro-F1 | `problem` F1 | `improvement` F1 | facets, micro-F1 | coverage at 95 % |",
        "|---|---:|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    sets = [("synthetic", e.samples[0])] + ([("real", e.real)] if e.real is not None else [])
    for engine in e.engines:
        lines += [_engine_row(engine, name, measured.items[engine.name], e) for name, measured in sets]
        lines += _held_out_row(engine)
    lines += [
        "",
        "`trained on` is the beginning of the hash of the training data: engines of different data are not compared fairly. Passages a",
        "second: `python -m benchmarks.engines`.",
        "",
    ]
    default = e.engines[0].name
    for engine in e.engines[1:]:
        for name, measured in sets:
            c = compare(measured.items[engine.name], measured.items[default], e.taxonomy)
            lines.append(f"- `{engine.name}` less `{default}` on {name} reports: {_difference(c)}.")
    if len(e.engines) == 2:
        lines += [
            "",
            "`spacy`, `transformer` and `cascade` are measured where a trained model is given: `--model NAME=FOLDER`.",
        ]
    return [*lines, ""]


def _data(engine: Engine) -> str:
    return f"`{engine.data}`" if engine.data else "–"


def _engine_row(engine: Engine, name: str, items: Sequence[JudgedPassage], e: Everything) -> str:
    q = measure(items, e.taxonomy)
    scores, right, _ = scored(items)
    best = coverage_at(scores, right, 0.95) if scores else None
    cover = "–" if best is None else f"{best.coverage:.1%}"
    shown = [_figure(f) for f in (q.accuracy, q.macro_f1, q.label_f1.get("problem"), q.label_f1.get("improvement"), q.facet_f1)]
    return f"| `{engine.name}` | {_size(engine)} | {_data(engine)} | {name} | {q.items} | {' | '.join(shown)} | {cover} |"


def _held_out_row(engine: Engine) -> list[str]:
    """What the model's own folder says of voices left out, measured when it was trained."""
    found = engine.held_out

    def value(key: str, *inner: str) -> str:
        at: object = found.get(key)
        for k in inner:
            at = at.get(k) if isinstance(at, dict) else None
        if isinstance(at, dict) and "value" in at:
            ends = at.get("interval_95")
            return f"{at['value']:.3f}" + (f" ({ends[0]:.3f}–{ends[1]:.3f})" if ends else "")
        return f"{at:.3f}" if isinstance(at, float) else "–"

    if not found:
        return []
    f1 = [value("labels", c, "f1") for c in codebook().coded]
    cells = [value("accuracy"), value("macro_f1"), *f1, value("facet_f1")]
    return [
        f"| `{engine.name}` | {_size(engine)} | {_data(engine)} | voices left out | {found.get('passages')} | {' | '.join(cells)} | – |"
    ]


def _difference(c: ModelComparison) -> str:
    first = c.differences[0]
    interval = f" ({first.interval.low:+.3f} to {first.interval.high:+.3f})" if first.interval else ""
    return (
        f"accuracy {first.a - first.b:+.3f}{interval}, McNemar p {c.p_passages:.3f}, permutation by report p {c.p_reports:.3f}"
    )


def _adaptation(e: Everything) -> list[str]:
    lines = [
        "## Adapting to reports that nobody coded",
        "",
        "`gongkai train --on STORE`, tried on the bundled samples with their codes hidden: adapted to one half, measured on that half and on the",
        "other. Base models know few or all of the shipped voices. Differences are adapted less base.",
        "",
        "| base voices | method | passages added | of these right | measured on | accuracy, base | accuracy | macro-F1 | facets | p by report |",
        "|---:|---|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for t in e.trials:
        for name, c in (("same half", t.same), ("other half", t.other)):
            by = {d.name: d for d in c.differences}
            shown = [
                "–"
                if d is None
                else f"{d.a - d.b:+.3f}" + (f" ({d.interval.low:+.3f} to {d.interval.high:+.3f})" if d.interval else "")
                for d in (by.get("accuracy"), by.get("macro-F1"), by.get("facets (micro-F1)"))
            ]
            lines.append(
                f"| {t.voices} | {t.method} | {t.weak} | {t.weak_right:.1%} | {name} | {by['accuracy'].b:.3f} | {' | '.join(shown)} | {c.p_reports:.3f} |"
            )
    return [*lines, "", *_verdicts(e.trials), ""]


def _verdicts(trials: Sequence[Trial]) -> list[str]:
    """In words, where the interval of the difference leaves 0 out; so that the text cannot say more than the table."""
    found: dict[str, list[str]] = {"better": [], "worse": [], "no difference shown": []}
    for t in trials:
        for name, c in (("same half", t.same), ("other half", t.other)):
            for d in c.differences:
                sure = d.interval is not None and (d.interval.low > 0 or d.interval.high < 0)
                verdict = "no difference shown" if not sure else "better" if d.a > d.b else "worse"
                found[verdict].append(f"{d.name} with {t.voices} voices, {t.method}, {name}")
    return [f"- **{verdict}**: {'; '.join(names) or 'nowhere'}." for verdict, names in found.items()]


def _limits(e: Everything) -> list[str]:
    real = len(e.real.evaluation.reports) if e.real is not None else 0
    return [
        "## What this does not show",
        "",
        f"- {real or 'No'} real reports are few, and all were in sight while rules were written; an interval over so few reports is rough, and on",
        "  other regions, years and formats errors will be more. Coding a draw of your own results (`gongkai sample`,",
        "  `gongkai evaluate --coded`) is the only way to know for your corpus.",
        "- Voices are authored with the help of a language model, one coder each; their sentences are more varied and their labels spread more",
        "  evenly than in real reports. Figures on voices left out compare models; they do not foretell real accuracy.",
        "- Nobody has measured yet how far two people agree on these codes; a model cannot be asked to agree more than they do.",
        "- Probabilities are calibrated on authored passages; on real text they may be too sure.",
        "- Adaptation was tried on synthetic reports of the same making as the training data: gains on real text may be smaller or larger.",
        "",
    ]
