"""Figures of :mod:`training.measure.quality` as text for the terminal, as Markdown and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.measure.quality import CodeRow, Figure, Quality


def _maybe(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def summary_lines(q: Quality) -> list[str]:
    """The figures of all labels together, a line each."""
    lines = [
        f"  {'passages':<22} {q.items} of {q.reports} reports",
        f"  {'accuracy':<22} {q.accuracy}",
        f"  {'macro-F1':<22} {q.macro_f1}",
    ]
    if q.facet_f1 is not None:
        lines.append(f"  {'facets (micro-F1)':<22} {q.facet_f1}")
    if q.also_f1 is not None:
        lines.append(f"  {'also (micro-F1)':<22} {q.also_f1:.3f}")
    lines.append(f"  {'Cohen κ':<22} {_maybe(q.kappa)}   Krippendorff α {_maybe(q.alpha)}")
    if q.ece is not None:
        lines.append(f"  {'calibration error':<22} {q.ece:.3f}  (15 bins of equal mass)")
    return lines


def code_lines(rows: Sequence[CodeRow]) -> list[str]:
    """One line for each code."""
    head = f"  {'':<18} {'precision':>9} {'recall':>7} {'F1':>6} {'support':>8}"
    return [
        head,
        *(f"  {r.code:<18} {r.precision:>9.3f} {r.recall:>7.3f} {r.f1:>6.3f} {r.support:>8d}  {r.zh}".rstrip() for r in rows),
    ]


def format_quality(q: Quality, *, confusions: int = 12) -> str:
    """All figures; intervals in brackets are 95 %, by report; the ``confusions`` commonest confusions, 0 for none."""
    parts = ["\n".join(summary_lines(q)), "labels\n" + "\n".join(code_lines(q.labels))]
    if q.facets:
        parts.append("facets\n" + "\n".join(code_lines(q.facets)))
    if q.confusions and confusions:
        shown = "\n".join(f"  {n:>4}  {g} -> {f}" for g, f, n in q.confusions[:confusions])
        more = len(q.confusions) - confusions
        parts.append(f"confusions (gold -> result)\n{shown}" + (f"\n        … {more} more pairs" if more > 0 else ""))
    return "\n\n".join(parts) + "\n"


def markdown_codes(rows: Sequence[CodeRow], intervals: dict[str, Figure] | None = None) -> list[str]:
    """A Markdown table of codes; with intervals of F1 where they are given."""
    lines = ["| code | precision | recall | F1 | passages |", "|---|---:|---:|---:|---:|"]
    for r in rows:
        figure = (intervals or {}).get(r.code)
        lines.append(f"| `{r.code}` | {r.precision:.3f} | {r.recall:.3f} | {figure or f'{r.f1:.3f}'} | {r.support} |")
    return lines


def quality_to_dict(q: Quality) -> dict[str, Any]:
    """The figures as JSON values, to 4 places."""

    def number(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    def figure(f: Figure | None) -> dict[str, Any] | None:
        if f is None:
            return None
        ends = None if f.interval is None else [round(f.interval.low, 4), round(f.interval.high, 4)]
        return {"value": number(f.value), "interval_95": ends}

    def rows(given: Sequence[CodeRow]) -> dict[str, Any]:
        return {
            r.code: {"precision": number(r.precision), "recall": number(r.recall), "f1": number(r.f1), "support": r.support}
            for r in given
        }

    return {
        "passages": q.items, "reports": q.reports, "accuracy": figure(q.accuracy), "macro_f1": figure(q.macro_f1),
        "facet_f1": figure(q.facet_f1), "also_f1": number(q.also_f1), "kappa": number(q.kappa), "alpha": number(q.alpha),
        "ece": number(q.ece), "labels": rows(q.labels), "facets": rows(q.facets),
        "confusions": [{"gold": g, "result": f, "count": n} for g, f, n in q.confusions],
    }  # fmt: skip
