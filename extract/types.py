"""Mentions, joins and checks (codebook, sections 2 and 3), and the result of one report."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from corpus.errors import Issue
from corpus.records import quick_init
from corpus.types import CanonicalText, Cell, Dropped, Form, Section
from models.base import Passage, Prediction

if TYPE_CHECKING:  # who reads a store needs no gazetteer
    from corpus.agencies.coverage import CoverageBasis
    from corpus.agencies.resolve import Agency
    from corpus.text.report_kind import TextKind

Qualifier = Literal["exact", "at_least", "about", "at_most", "range"]
Scope = Literal["total", "part", "wider"]
By = Literal["body", "applicant", "channel", "topic", "outcome"]
Period = Literal["year", "prior", "cumulative", "other"]
JoinVerdict = Literal["agrees", "disagrees", "prose_only", "table_only"]
CheckVerdict = Literal["holds", "fails", "not_checkable"]
ExplainedBy = Literal["carried_in", "one_row", "other_row", "other_mention", "pending", "none"]


@quick_init
@dataclass(frozen=True, slots=True)
class Mention:
    """A quantity that measures the agency's work.

    ``start``/``end`` are canonical offsets and ``text`` what stands there (number and unit: ``388条``).  ``number`` is which
    mention of this span it is (1, or 2 for a second subject).  ``value`` follows the codebook (rates as percentages, falls
    negative, 万/亿 resolved, 亿元 as 万元); of a range it is the lower end and ``value_to`` the upper one.  ``step`` is the unit of the last significant printed digit (14万余 → 10000), used to
    read qualifiers.  ``whole`` is the key of the mention it is a part of, whatever the two indicators.  ``indicator`` is a codebook code or ``""``.
    """

    start: int
    end: int
    text: str
    value: Decimal
    unit: str
    qualifier: Qualifier = "exact"
    scope: Scope = "total"
    by: By | None = None
    whole: str | None = None
    period: Period = "year"
    subject: str = ""
    indicator: str = ""
    passage: int = 0
    number: int = 1
    step: Decimal = Decimal(1)
    value_to: Decimal | None = None

    @property
    def key(self) -> str:
        """Identity inside the report: ``m<start>``, and ``m<start>.2`` for a second subject of the span."""
        return f"m{self.start}" if self.number == 1 else f"m{self.start}.{self.number}"


@quick_init
@dataclass(frozen=True, slots=True)
class Join:
    """One row of the join of prose with table cells.

    ``prose_value`` is ``None`` for ``table_only``, ``table_value`` for ``prose_only`` without comparison.  ``derived`` says that
    printed applicant values stand for a blank total or that blank cells were left out of a sum.
    """

    indicator: str
    mention: str | None
    prose_value: Decimal | None
    cell_codes: tuple[str, ...]
    expression: str
    table_value: Decimal | None
    derived: bool
    verdict: JoinVerdict
    explained_by: ExplainedBy | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Check:
    """One arithmetic check; ``evidence`` holds cell codes (table checks) or mention keys (prose checks)."""

    check: str
    expression: str
    left: Decimal | None
    right: Decimal | None
    verdict: CheckVerdict
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who reports, and for which time.  Dates are ISO strings or ``None``; ``evidence`` maps a field to a canonical range."""

    title: str = ""
    agency: str = ""
    year: int | None = None
    period_start: str | None = None
    period_end: str | None = None
    form: Form = "unknown"
    coverage: Literal["own", "consolidated", "unknown"] = "unknown"
    url: str | None = None
    retrieved: str | None = None
    published: str | None = None
    evidence: dict[str, tuple[int, int]] = field(default_factory=dict)
    coverage_basis: CoverageBasis | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was read from one file; each value points to its range in ``canonical.text``."""

    report_id: str
    source: str
    sha256: str
    reader: str
    reader_version: str
    encoding: str
    identity: Identity
    canonical: CanonicalText
    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    predictions: tuple[Prediction, ...]
    cells: tuple[Cell, ...]
    mentions: tuple[Mention, ...]
    joins: tuple[Join, ...]
    checks: tuple[Check, ...]
    issues: tuple[Issue, ...]
    classifier: str
    agency: Agency | None = None
    host: str = ""
    dropped: tuple[Dropped, ...] = ()
    kind_of_text: TextKind = "report"
    kind_evidence: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The canonical text."""
        return self.canonical.text
