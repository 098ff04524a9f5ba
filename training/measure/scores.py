"""Counts of right and wrong, their sums, and how they are shown as plain text and as JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Hits:
    """Predicted against gold items: precision, recall, F1 (1 where there is nothing to find and nothing was found)."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else float(self.gold == 0)

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else float(self.predicted == 0)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.predicted + self.gold) if self.predicted + self.gold else 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Right ones of a number of judged ones."""

    right: int = 0
    total: int = 0

    @property
    def accuracy(self) -> float:
        return self.right / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Keyed rows: right, wrong, missing (only in the truth), extra (only in the result)."""

    right: int = 0
    wrong: int = 0
    missing: int = 0
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """All counts of one report, or of many; ``confusions`` maps (gold label, predicted label) to how often.

    ``errors`` names each single error in words, prefixed with the stem.
    """

    cells: RowCounts = RowCounts()
    cells_nonzero: RowCounts = RowCounts()
    states: Share = Share()
    located: Share = Share()
    boundaries: Hits = Hits()
    starts: Hits = Hits()
    ends: Hits = Hits()
    labels: Share = Share()
    also: Share = Share()
    facets: Hits = Hits()
    mentions: Hits = Hits()
    indicators: Share = Share()
    scopes: Share = Share()
    qualifiers: Share = Share()
    joins: RowCounts = RowCounts()
    table_checks: RowCounts = RowCounts()
    prose_checks: RowCounts = RowCounts()
    confusions: dict[tuple[str, str], int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels that occur in the truth."""
        labels = {gold for gold, _ in self.confusions}
        scores = []
        for label in labels:
            right = self.confusions.get((label, label), 0)
            gold = sum(n for (g, _), n in self.confusions.items() if g == label)
            predicted = sum(n for (_, p), n in self.confusions.items() if p == label)
            scores.append(2 * right / (gold + predicted))
        return sum(scores) / len(scores) if scores else 1.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by stem and in total.

    ``missing`` are reports of the truth without result, ``unknown`` results without truth; neither is in the total.
    """

    reports: dict[str, Score]
    total: Score
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def add(scores: Iterable[Score]) -> Score:
    """The sum of scores, count by count."""
    scores = list(scores)
    summed: dict[str, Any] = {}
    for f in fields(Score):
        parts = [getattr(s, f.name) for s in scores]
        if f.name == "errors":
            summed[f.name] = tuple(e for p in parts for e in p)
        elif f.name == "confusions":
            summed[f.name] = dict(sum((Counter(p) for p in parts), Counter()))
        elif parts:
            kind = type(parts[0])
            summed[f.name] = kind(*(sum(getattr(p, g.name) for p in parts) for g in fields(kind)))
    return Score(**summed)


def _line(name: str, value: Hits | Share | RowCounts, wrong: str = "extra") -> str:
    match value:
        case Hits():
            body = f"F1 {value.f1:.3f}  P {value.precision:.3f}  R {value.recall:.3f}"
            body += f"  ({value.right} of {value.gold}, {value.predicted} found)"
        case Share():
            body = f"{value.accuracy:.3f}  ({value.right} of {value.total})"
        case RowCounts():
            body = f"right {value.right}  wrong {value.wrong}  missing {value.missing}  {wrong} {value.extra}"
    return f"  {name:<20} {body}"


def format_score(name: str, s: Score) -> str:
    """One report's measures, a line each."""
    lines = [
        name,
        _line("cells", s.cells, "invented"),
        _line("cells, non-zero", s.cells_nonzero, "invented"),
        _line("cell states", s.states),
        _line("passages located", s.located),
        _line("passage boundaries", s.boundaries),
        _line("  starts", s.starts),
        _line("  ends", s.ends),
        _line("labels", s.labels) + f"  macro-F1 {s.macro_f1:.3f}",
        _line("also", s.also),
        _line("facets (micro)", s.facets),
        _line("mentions", s.mentions),
        _line("  indicators", s.indicators),
        _line("  scopes", s.scopes),
        _line("  qualifiers", s.qualifiers),
        _line("joins", s.joins),
        _line("table checks", s.table_checks),
        _line("prose checks", s.prose_checks),
    ]
    return "\n".join(lines)


def format_evaluation(ev: Evaluation, *, errors: bool = False) -> str:
    """Every report, the total, the label confusions; with ``errors`` each single error too."""
    parts = [format_score(stem, s) for stem, s in sorted(ev.reports.items())]
    parts.append(format_score(f"TOTAL of {len(ev.reports)} reports", ev.total))
    confused = sorted(((n, g, p) for (g, p), n in ev.total.confusions.items() if g != p), reverse=True)
    if confused:
        parts.append("label confusions (gold -> result)\n" + "\n".join(f"  {n:>4}  {g} -> {p}" for n, g, p in confused))
    if errors and ev.total.errors:
        parts.append("errors\n" + "\n".join(f"  {e}" for e in ev.total.errors))
    if ev.missing:
        parts.append(f"NOT SCORED, no result for: {', '.join(ev.missing)}")
    if ev.unknown:
        parts.append(f"no truth for: {', '.join(ev.unknown)}")
    return "\n\n".join(parts) + "\n"


def _values(value: Hits | Share | RowCounts) -> dict[str, Any]:
    match value:
        case Hits():
            return {
                "right": value.right,
                "predicted": value.predicted,
                "gold": value.gold,
                "precision": round(value.precision, 4),
                "recall": round(value.recall, 4),
                "f1": round(value.f1, 4),
            }
        case Share():
            return {"right": value.right, "total": value.total, "accuracy": round(value.accuracy, 4)}
        case RowCounts():
            return {"right": value.right, "wrong": value.wrong, "missing": value.missing, "extra": value.extra}


def score_to_dict(s: Score) -> dict[str, Any]:
    """A score as JSON values; fractions to 4 places."""
    names = [n for n in s.__dataclass_fields__ if n not in ("confusions", "errors")]
    return {
        **{name: _values(getattr(s, name)) for name in names},
        "macro_f1": round(s.macro_f1, 4),
        "confusions": [{"gold": g, "result": p, "count": n} for (g, p), n in sorted(s.confusions.items())],
        "errors": list(s.errors),
    }


def to_dict(ev: Evaluation) -> dict[str, Any]:
    """An evaluation as JSON values."""
    return {
        "reports": {stem: score_to_dict(s) for stem, s in sorted(ev.reports.items())},
        "total": score_to_dict(ev.total),
        "missing": list(ev.missing),
        "unknown": list(ev.unknown),
    }
