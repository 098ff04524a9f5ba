"""The lines of a canonical text, and which of them are of statutory tables.

A store keeps no blocks, so that everything here is worked out from the text and the places of the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpus.patterns import pattern
from corpus.text.headings import SectionHeading, section_heading
from corpus.text.sections import split_sections
from corpus.types import CanonicalText, Grid, Section, TableBlock, TextBlock
from extract.types import Report

#: rows of table 3 that carry the number of a section
_ROW_LABEL = pattern("extract", "row_heading")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of the text at ``start:end``; ``table``: it belongs to a statutory table; ``heading``: it reads as that of a section."""

    start: int
    end: int
    text: str
    table: bool = False
    heading: SectionHeading | None = None


def report_lines(report: Report) -> list[ReportLine]:
    """The lines that are not empty."""
    ends: dict[str, list[int]] = {}
    for cell in report.cells:
        ends.setdefault(cell.code[:2], []).extend((cell.start, cell.end))
    zones = [(min(places), max(places)) for places in ends.values()]
    found, start = [], 0
    for text in report.text.split("\n"):
        end = start + len(text)
        if text.strip():
            row = "\t" in text.strip() or _ROW_LABEL.match(text) is not None
            heading = None if row else section_heading(text)
            inside = any(a <= start and end <= b for a, b in zones) and (heading is None or heading.style != "top")
            found.append(ReportLine(start, end, text, row or inside, None if inside else heading))
        start = end + 1
    return found


def sections_of(report: Report, lines: list[ReportLine]) -> tuple[Section, ...]:
    """The sections; those of a stored report are found anew."""
    if report.sections:
        return report.sections
    blocks = tuple(TableBlock(n.start, n.end, Grid(())) if n.table else TextBlock(n.start, n.end) for n in lines)
    return split_sections(CanonicalText(report.text, blocks, ()))[0]


__all__ = ["ReportLine", "report_lines", "sections_of"]
