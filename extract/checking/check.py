"""All findings of one report, beside last year's where that is at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extract.checking.earlier import earlier_findings
from extract.checking.findings import CheckFinding, kinds
from extract.checking.leftovers import leftover_findings
from extract.checking.lines import report_lines, sections_of
from extract.checking.prose import prose_findings
from extract.checking.structure import structure_findings
from extract.checking.tables import table_findings
from extract.checking.wording import wording_findings
from extract.checking.years import year_findings
from extract.types import Report


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """A report with its findings, the gravest first; ``before`` is the report of the year before, where there is one."""

    report: Report
    findings: tuple[CheckFinding, ...]
    before: Report | None = None

    @property
    def fails(self) -> bool:
        """Whether anything is to be mended."""
        return any(f.fails for f in self.findings)


_RANK = {"error": 0, "warning": 1, "info": 2}


def check_one(report: Report, before: Report | None = None) -> CheckedReport:
    """Check a report.

    Args:
        report: as :func:`extract.pipeline.analyze` gives it, or read from a store.
        before: the same agency's report of the year before; without it nothing is said of what follows from it.
    """
    lines = report_lines(report)
    sections = sections_of(report, lines)
    found = [
        *table_findings(report),
        *prose_findings(report),
        *year_findings(report, lines),
        *structure_findings(report, lines, sections),
        *wording_findings(report),
        *leftover_findings(report),
        *(earlier_findings(report, before) if before is not None else ()),
    ]
    # of what the file breaks off before, the tables need no finding of their own
    gone = {f"t{code[1]}" for f in found if f.kind == "cut_off" for code in f.values["sections"].split(",")}
    found = [f for f in found if f.kind != "table_missing" or f.values["table"] not in gone]
    order = {kind: n for n, kind in enumerate(kinds())}
    found.sort(key=lambda f: (_RANK[f.severity], order[f.kind], f.quotes[0].start if f.quotes else 0))
    return CheckedReport(report, tuple(found), before)


def check_all(reports: Iterable[tuple[str, Report]]) -> Iterator[CheckedReport]:
    """Check reports that come with a key of their agency, sorted by key and year: each beside the one before it, where that is last year's."""
    last_key, last = "", None
    for key, report in reports:
        year = report.identity.year
        follows = (
            last is not None and key and key == last_key and last.identity.year is not None and year == last.identity.year + 1
        )
        yield check_one(report, last if follows else None)
        if year is not None:
            last_key, last = key, report


__all__ = ["CheckedReport", "check_all", "check_one"]
