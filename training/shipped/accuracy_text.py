"""``docs/accuracy.md`` from its measurements: tables, and what they do not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from training.shipped.accuracy_runs import Ablation, Engine, Measured
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
    engines: tuple[Engine, ...]
    samples: tuple[Measured, ...]
    real: tuple[Measured, ...]
    held: Mapping[str, tuple[JudgedPassage, ...]]
    hidden: tuple[JudgedPassage, ...]
    ablations: tuple[Ablation, ...]
    trials: tuple[Trial, ...]
    taxonomy: Taxonomy
    speeds: Mapping[str, float]
    unfamiliar: tuple[int, int]
    seconds: float

    @property
    def shown(self) -> tuple[JudgedPassage, ...]:
        """The default engine on the held voices."""
        return self.held[self.engines[0].name]


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
        *_held(e),
        *_ablated(e),
        *_samples(e),
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
    rows = [_row(f"{len(m.evaluation.reports)} real reports ({m.name})", measure(m.items[default], e.taxonomy)) for m in e.real]
    rows.append(_row("held voices, reworded from real reports", measure(e.shown, e.taxonomy)))
    rows.append(_row(f"bundled synthetic reports ({e.samples[0].name})", measure(e.samples[0].items[default], e.taxonomy)))
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
    if not e.real:
        return ["## Real reports", "", "Not measured in this run: no folder of real reports was there.", ""]
    lines = [
        "## Real reports",
        "",
        "Read from their files to the join. All served for development: rules were written with them in sight. None of their text is in the",
        "project or was trained on.",
        "",
    ]
    for m in e.real:
        q = measure(m.items[e.engines[0].name], e.taxonomy)
        lines += [
            f"### The {m.name}",
            "",
            *_WHOLE_HEAD,
            *(_whole(stem, s) for stem, s in sorted(m.evaluation.reports.items())),
            _whole("**total**", m.evaluation.total),
            "",
            *markdown_codes(q.labels, q.label_f1),
            "",
            *_confusions(q),
        ]
    return lines


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


def _held(e: Everything) -> list[str]:
    q = measure(e.shown, e.taxonomy)
    own = [len(i.heading_path) > (1 if i.section not in {None, "preamble"} else 0) for i in e.shown]
    lines = [
        "## Held voices",
        "",
        "Voices reworded from real reports that nothing was trained on and no rule was written by (`training/data/README.md` says how they",
        "were made and how far two coders agree on them). Boundaries and sections are given.",
        "",
        *_HEAD,
        _row("all", q),
    ]
    for name, wanted in (("under a heading of their own", True), ("without such a heading", False)):
        some = [i for i, has in zip(e.shown, own, strict=True) if has is wanted]
        lines += [_row(name, measure(some, e.taxonomy))] if some else []
    lines += [
        _row("headings hidden from all", measure(e.hidden, e.taxonomy)),
        _row("`keywords`", measure(e.held["keywords"], e.taxonomy)),
        "",
    ]
    return [
        *lines,
        "By label:",
        "",
        *markdown_codes(q.labels, q.label_f1),
        "",
        *_confusions(q),
        "By facet:",
        "",
        *markdown_codes(q.facets),
        "",
    ]


def _ablated(e: Everything) -> list[str]:
    rows = [_row(f"{a.name} ({a.passages:,} passages)", measure(a.items, e.taxonomy)) for a in e.ablations]
    return [
        "## What brings how much",
        "",
        "Linear models trained for this table alone, on the held voices.",
        "",
        *_HEAD,
        *rows,
        "",
    ]


def _calibration(e: Everything) -> list[str]:
    errors = recalibrated(e.shown)
    held = f"{e.unfamiliar[0]} of {e.unfamiliar[1]} held voices that are long enough to say"
    return [
        "## Probabilities",
        "",
        "Linear model on the held voices. The second stage, which makes the probabilities, was fitted on voices that the first had not seen;",
        "those measured here neither had. Recalibrating further, fitted on four fifths of the voices and measured on the fifth, would give a",
        f"calibration error of {', '.join(f'{v:.3f} ({k})' for k, v in errors.items())}.",
        "",
        *calibration_lines(e.shown),
        "Warned of as unlike the training texts (`unfamiliar_text`, `models/familiarity.py`): "
        + "; ".join([f"{m.unfamiliar} of {len(m.evaluation.reports)} real reports ({m.name})" for m in e.real] + [held])
        + ".",
        "The limit is what one in fifty of the training voices that stand for one report is above, left out of the model that judges it.",
        "",
    ]


def _size(engine: Engine) -> str:
    return "–" if engine.size is None else f"{engine.size / 1e6:.1f}"


def _engines(e: Everything) -> list[str]:
    lines = [
        "## Engines",
        "",
        "| engine | MB | passages/s, one core | training | trained on |",
        "|---|---:|---:|---|---|",
        *(f"| `{n.name}` | {_size(n)} | {e.speeds[n.name]:,.0f} | {_training(n, e)} | {_data(n)} |" for n in e.engines),
        "",
        "`trained on` is the beginning of the hash of the training data: engines of different data are not compared fairly. Passages are",
        "encoded once, whichever engine is then fitted.",
        "",
        "| engine | measured on | passages | accuracy | macro-F1 | `problem` F1 | `improvement` F1 | facets, micro-F1 | calibration error | coverage at 95 % |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    sets: list[tuple[str, Mapping[str, Sequence[JudgedPassage]]]] = [(f"real, the {m.name}", m.items) for m in e.real]
    sets += [("held voices", e.held), ("synthetic", e.samples[0].items)]
    for engine in e.engines:
        lines += [_engine_row(engine, name, items[engine.name], e) for name, items in sets]
        lines += _held_out_row(engine)
    default = e.engines[0].name
    lines.append("")
    for engine in e.engines[1:]:
        for name, items in sets:
            c = compare(items[engine.name], items[default], e.taxonomy)
            lines.append(f"- `{engine.name}` less `{default}`, {name}: {_difference(c)}.")
    if len(e.engines) == 2:
        lines += [
            "",
            "`hybrid` and `cascade` are measured where `make engines` built them, others where a folder is given: `--model NAME=FOLDER`.",
        ]
    return [*lines, ""]


def _training(engine: Engine, e: Everything) -> str:
    seconds = engine.trained_in
    if not seconds and engine.source == "linear" and e.ablations:
        seconds = {"fitting": e.ablations[0].seconds}
    return ", ".join(f"{step} {s / 60:.1f} min" for step, s in seconds.items()) or "–"


def _data(engine: Engine) -> str:
    return f"`{engine.data}`" if engine.data else "–"


def _engine_row(engine: Engine, name: str, items: Sequence[JudgedPassage], e: Everything) -> str:
    q = measure(items, e.taxonomy)
    scores, right, _ = scored(items)
    best = coverage_at(scores, right, 0.95) if scores else None
    cover = "–" if best is None else f"{best.coverage:.1%}"
    shown = [_figure(f) for f in (q.accuracy, q.macro_f1, q.label_f1.get("problem"), q.label_f1.get("improvement"), q.facet_f1)]
    ece = "–" if q.ece is None else f"{q.ece:.3f}"
    return f"| `{engine.name}` | {name} | {q.items} | {' | '.join(shown)} | {ece} | {cover} |"


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
    return [f"| `{engine.name}` | voices left out | {found.get('passages')} | {' | '.join(cells)} | – | – |"]


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
    real = sum(len(m.evaluation.reports) for m in e.real)
    return [
        "## What this does not show",
        "",
        f"- {real or 'No'} real reports are few, and all were in sight while rules were written; an interval over so few reports is rough, and on",
        "  other regions, years and formats errors will be more. Coding a draw of your own results (`gongkai sample`,",
        "  `gongkai evaluate --coded`) is the only way to know for your corpus.",
        "- Held voices are reworded with the help of a language model from what public excerpts show, mostly the beginnings of reports: later",
        "  sections of long reports are rarer in them than in reality.",
        "- Two coders of one kind agree on held labels with κ 0.93; nobody has measured yet how far two people agree.",
        "- Adaptation was tried on synthetic reports of the same making as the training data: gains on real text may be smaller or larger.",
        "",
    ]
