"""What is scored of a report, as plain structures: made of a report in memory, or of the rows of a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from extract.types import Report
from training.measure.gold import GoldCell, GoldJoin, number


@dataclass(frozen=True, slots=True)
class PassageResult:
    """A predicted passage; offsets in the canonical text."""

    start: int
    end: int
    label: str
    also: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MentionResult:
    """A predicted mention; offsets in the canonical text."""

    start: int
    end: int
    value: Decimal
    unit: str
    qualifier: str
    scope: str
    indicator: str


@dataclass(frozen=True, slots=True)
class Result:
    """What is scored of one report; ``stem`` is its file's name without suffix."""

    stem: str
    text: str
    passages: tuple[PassageResult, ...]
    mentions: tuple[MentionResult, ...]
    cells: dict[str, GoldCell]
    joins: tuple[GoldJoin, ...]
    checks: tuple[tuple[str, str, str], ...]


def result_of(report: Report) -> Result:
    """The scored part of a report in memory."""
    return Result(
        Path(report.source).stem,
        report.canonical.text,
        tuple(
            PassageResult(p.start, p.end, q.label, q.also, q.facets)
            for p, q in zip(report.passages, report.predictions, strict=True)
        ),
        tuple(MentionResult(m.start, m.end, m.value, m.unit, m.qualifier, m.scope, m.indicator) for m in report.mentions),
        {c.code: GoldCell(c.value, c.state) for c in report.cells},
        tuple(GoldJoin(j.indicator, j.prose_value, j.table_value, j.verdict, j.explained_by) for j in report.joins),
        tuple((c.check, c.expression, c.verdict) for c in report.checks),
    )


Row = Mapping[str, Any]


def result_of_rows(
    source: str,
    text: str,
    passages: Iterable[Row],
    mentions: Iterable[Row],
    cells: Iterable[Row],
    joins: Iterable[Row],
    checks: Iterable[Row],
) -> Result:
    """The scored part of a stored report, from rows with the columns of the store."""
    return Result(
        Path(source).stem,
        text,
        tuple(PassageResult(r["start"], r["end"], r["label"], tuple(r["also"]), tuple(r["facets"])) for r in passages),
        tuple(
            MentionResult(
                r["start"], r["end"], _known(r["value"]), r["unit"] or "", r["qualifier"], r["scope"], r["indicator"] or ""
            )
            for r in mentions
        ),
        {r["code"]: GoldCell(number(r["value"]), r["state"]) for r in cells},
        tuple(
            GoldJoin(r["indicator"], number(r["prose_value"]), number(r["table_value"]), r["verdict"], r["explained_by"])
            for r in joins
        ),
        tuple((r["check"], r["expression"], r["verdict"]) for r in checks),
    )


def _known(value: object) -> Decimal:
    return number(value) or Decimal(0)
