"""Coded numbers: the results measured on them, and what was coded as a table."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.spreadsheets import MARK, write_rows
from gongkai.compare.passage_sheet import JUNK
from gongkai.store_access import Store
from gongkai.web.coding.codings import Codings, GivenCode, given_code
from gongkai.web.coding.numbers import NO_INDICATOR, met_by, shown, spans_of
from training.measure.agreement import cohen_kappa


def model_numbers(store: Store, rows: Sequence[Mapping[str, Any]]) -> dict[str, GivenCode]:
    """What the results say of drawn numbers: indicator and value, or that it is no metric.

    Args:
        store: without corrections.
        rows: of the draw.
    """
    spans = spans_of(store, sorted({r["report_id"] for r in rows}))
    found = {}
    for r in rows:
        m = met_by(spans.get(r["report_id"], ()), r["start"], r["end"])
        if m is None:
            found[r["passage_id"]] = GivenCode(JUNK)
            continue
        # of 3至5件 the second number is the upper end
        upper = m["value_to"] is not None and r["start"] > m["start"]
        found[r["passage_id"]] = GivenCode(m["indicator"] or NO_INDICATOR, value=shown(m["value_to" if upper else "value"]))
    return found


@dataclass(frozen=True, slots=True)
class NumberFigures:
    """Of ``n`` coded numbers: shares of what was read that is a metric (``precision``), with its value and indicator right; of metrics
    that were read (``recall``); each weighted by the chance of being drawn, ``None`` where nothing is counted."""

    n: int
    metrics: int
    precision: float | None
    recall: float | None
    values: float | None
    indicators: float | None
    both: float | None
    kappa: float | None


def number_figures(found: Codings, model: Mapping[str, GivenCode]) -> NumberFigures:
    """The results measured on what people coded: decided codes, else those of who coded most."""
    truth = settled_numbers(found)
    weight = {r["passage_id"]: 1 / float(r["inclusion_probability"]) for r in found.draw.rows}
    some = [(weight[i], t, model[i]) for i, t in truth.items() if i in model]
    met = [(w, t, m) for w, t, m in some if JUNK not in (t.label, m.label)]

    def share(part: float, whole: float) -> float | None:
        return part / whole if whole else None

    hit = sum(w for w, _, _ in met)
    return NumberFigures(
        len(some),
        sum(t.label != JUNK for _, t, _ in some),
        share(hit, sum(w for w, _, m in some if m.label != JUNK)),
        share(hit, sum(w for w, t, _ in some if t.label != JUNK)),
        share(sum(w for w, t, m in met if t.value == m.value), hit),
        share(sum(w for w, t, m in met if t.label == m.label), hit),
        share(sum(w for w, t, m in met if (t.label, t.value) == (m.label, m.value)), hit),
        cohen_kappa([(t.label, m.label) for _, t, m in some]) if len(some) > 1 else None,
    )


def settled_numbers(found: Codings) -> dict[str, GivenCode]:
    """One coding of each number that somebody coded: what was decided, else that of who coded most."""
    chosen = {}
    for thing, by in found.codes.items():
        act = found.decided.get(thing) or next(by[w] for w in found.coders if w in by)
        chosen[thing] = given_code(act)
    return chosen


_COLUMNS = (
    "passage_id", "report_id", "start", "end", "quote", "text", "agency", "year", "section", "indicator", "value", "coder", "comment", "decided", "draw",
    "design", "stratum", "inclusion_probability", "seed",
)  # fmt: skip


def numbers_sheet(found: Codings) -> str:
    """Every coding and decision of a draw as CSV that spreadsheets open; :data:`JUNK` where it is no metric."""
    out = io.StringIO()
    lines: list[dict[str, Any]] = []
    for row in found.draw.rows:
        a, b = row["number"]
        thing = row["passage_id"]
        acts = [(act, "") for _, act in sorted(found.codes.get(thing, {}).items())]
        acts += [(found.decided[thing], "1")] if acts and thing in found.decided else []
        for act, decided in acts:
            code = given_code(act)
            lines.append(
                {**row, "quote": row["text"][a:b], "indicator": "" if code.label == NO_INDICATOR else code.label, "value": code.value,
                 "coder": act.who, "comment": code.comment, "decided": decided}
            )  # fmt: skip
    write_rows(out, _COLUMNS, ([line[c] for c in _COLUMNS] for line in lines))
    return MARK + out.getvalue()


def figures_text(name: str, figures: NumberFigures) -> str:
    """What ``gongkai evaluate`` prints."""

    def said(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    return (
        f"numbers coded in the explorer, draw {name}, weighted by the chance of being drawn\n"
        f"  coded {figures.n}, of which {figures.metrics} are metrics\n"
        f"  read ones that are metrics (precision)   {said(figures.precision)}\n"
        f"  metrics that were read (recall)          {said(figures.recall)}\n"
        f"  of these with the right value            {said(figures.values)}\n"
        f"  with the right indicator                 {said(figures.indicators)}\n"
        f"  with both                                {said(figures.both)}\n"
        f"  Cohen κ of indicator, x and none         {said(figures.kappa)}\n"
    )


__all__ = ["NumberFigures", "figures_text", "model_numbers", "number_figures", "numbers_sheet", "settled_numbers"]
