"""The six sections of the form: their headings, and what section five says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from corpus.codebook import SECTIONS
from corpus.patterns import pattern
from corpus.text.normalise import squeeze
from corpus.types import Section
from extract.checking.findings import Blame, CheckFinding, Quote, finding, quote
from extract.checking.lines import ReportLine
from extract.types import Report

CODES = tuple(code for code in SECTIONS if code != "preamble")
_NUMBERS = "一二三四五六七八九十"
_NUMBER = re.compile(rf"[#\s]*第?\s*([{_NUMBERS}])\s*(?:部\s*分|章|[、.,．，:：])")
#: a numbered line that may be a heading in other words is no longer than this
_HEADING = 40
#: how a report ends: a sentence, a date, a signature, nothing more to report
_ENDS = tuple("。！？!?.）)日局府委办厅院处心无")
#: words that a heading of the section has, whatever its wording
_KEYS = {
    "s1": pattern("extract", "section_word.s1"),
    "s2": pattern("extract", "section_word.s2"),
    "s3": pattern("extract", "section_word.s3"),
    "s4": pattern("extract", "section_word.s4"),
    "s5": pattern("extract", "section_word.s5"),
    "s6": pattern("extract", "section_word.s6"),
}
#: issues that say that the file was not read whole, or its tables not cell by cell
TORN = frozenset({
    "rows_missing", "cells_unassigned", "column_unlabelled", "row_unlabelled", "cell_conflict", "page_without_text", "page_unreadable",
    "page_crowded", "text_undecodable", "part_unreadable", "line_breaks_lost", "low_confidence", "elsewhere", "several_reports",
})  # fmt: skip
_MEASURE = pattern("extract", "measure_named")
_NOTHING = pattern("extract", "nothing_said")
_SCHOOL = pattern("extract", "school_named")


def torn(report: Report) -> bool:
    """Whether parts of the file were not read, or labels of its tables lost: what is missing may stand in the source."""
    return any(issue.code in TORN for issue in report.issues) or any(cell.basis == "proved" for cell in report.cells)


def has_form(report: Report) -> bool:
    """Whether a report is to follow the form of its year: not before there was one, nor that of a school, which has sections of its own."""
    school = any(_SCHOOL.search(squeeze(name)) for name in (report.identity.agency, report.identity.title))
    return report.identity.form != "pre2019" and (bool(report.cells) or not school)


def structure_findings(report: Report, lines: Sequence[ReportLine], sections: Sequence[Section]) -> Iterator[CheckFinding]:
    """Headings missing, doubled, misnumbered; section five empty or without a measure.  Nothing of reports without the form."""
    chosen = {s.code: s for s in sections if s.code != "preamble"}
    if not has_form(report) or len(chosen) < 2:
        return
    yield from _missing(report, lines, chosen)
    yield from _doubled(report, lines, chosen)
    yield from _misnumbered(report, sections)
    if "s5" in chosen:
        yield from _section_five(report, lines, chosen["s5"], sections)


def _missing(report: Report, lines: Sequence[ReportLine], chosen: dict[str, Section]) -> Iterator[CheckFinding]:
    lost = [code for code in CODES if code not in chosen or not chosen[code].heading]
    blame: Blame = (
        "reading" if torn(report) or len(lost) > len(CODES) // 2 or _part_of_a_file(report, lost, chosen) else "source"
    )
    if len(lost) > 1 and tuple(lost) == CODES[-len(lost) :]:
        final = max((s for s in chosen.values() if s.heading), key=lambda s: s.start)
        yield finding("cut_off", quote(report.text, final.start, final.end), blame="reading", sections=",".join(lost))
        return
    for code in lost:
        before = [chosen[c] for c in CODES[: CODES.index(code)] if c in chosen and chosen[c].heading]
        after = [chosen[c] for c in CODES[CODES.index(code) + 1 :] if c in chosen and chosen[c].heading]
        first = max((s.end for s in before), default=0)
        last = min((s.start for s in after if s.start >= first), default=len(report.text))
        other = _other_words(lines, code, first, last)
        if other is not None:
            yield finding("heading_wording", quote(report.text, other.start, other.end), section=code)
            continue
        places = [quote(report.text, s.start, s.end) for s in (*before[-1:], *after[:1])]
        yield finding("heading_missing", *places, blame=blame, section=code)


def _part_of_a_file(report: Report, lost: Sequence[str], chosen: dict[str, Section]) -> bool:
    """Whether the file begins in the middle of the report, or ends in the middle of a sentence."""
    if not lost:
        return False
    begins = min(s.start for s in chosen.values())
    head = tuple(lost) == CODES[: len(lost)] and not report.text[:begins].strip()
    return head or (lost[-1] == CODES[-1] and not report.text.rstrip().endswith(_ENDS))


def _other_words(lines: Sequence[ReportLine], code: str, first: int, last: int) -> ReportLine | None:
    """A line with the section's number between its neighbours: 五、下一步工作."""
    for line in lines:
        if line.table or line.start < first or line.end > last or len(line.text.strip()) > _HEADING:
            continue
        number = _NUMBER.match(line.text)
        if number and number[1] == _NUMBERS[CODES.index(code)] and line.heading is None and _KEYS[code].search(line.text):
            return line
    return None


def _doubled(report: Report, lines: Sequence[ReportLine], chosen: dict[str, Section]) -> Iterator[CheckFinding]:
    """The same section opened twice by headings with a number of their own; contents lists are none."""
    for n, line in enumerate(lines):
        heading = line.heading
        section = chosen.get(heading.code) if heading else None
        if heading is None or section is None or line.start == section.start or heading.style != "top":
            continue
        if not _NUMBER.match(section.heading) or _in_list(lines, n):
            continue
        places = sorted([(section.start, section.end), (line.start, line.start + heading.length)])
        yield finding("heading_doubled", *(quote(report.text, *p) for p in places), section=heading.code)


def _in_list(lines: Sequence[ReportLine], n: int) -> bool:
    """Whether it stands among three or more headings in a row: a list of contents."""
    first = last = n  # no further than needed: a file may hold nothing but headings
    while first > max(0, n - 2) and lines[first - 1].heading is not None:
        first -= 1
    while last < min(first + 2, len(lines) - 1) and lines[last + 1].heading is not None:
        last += 1
    return last - first >= 2


def _misnumbered(report: Report, sections: Sequence[Section]) -> Iterator[CheckFinding]:
    """Where the numbers leave the form's; a section added before moves all that follow and is found once."""
    shift, last = 0, None
    for section in sections:
        number = _NUMBER.match(section.heading)
        if section.code == "preamble" or number is None:
            continue
        here = _NUMBERS.index(number[1]) - CODES.index(section.code)
        if here not in (0, shift):
            places: list[Quote] = [quote(report.text, s.start, s.end) for s in (last, section) if s is not None]
            expected = _NUMBERS[CODES.index(section.code)]
            yield finding("heading_number", *places, section=section.code, number=number[1], expected=expected)
        shift, last = here, section


def _section_five(
    report: Report, lines: Sequence[ReportLine], section: Section, sections: Sequence[Section]
) -> Iterator[CheckFinding]:
    starts = sorted(s.start for s in sections if s.start > section.start)
    stop = starts[0] if starts else len(report.text)
    heading = quote(report.text, section.start, section.end)
    body = [n for n in lines if not n.table and n.end > section.end and n.start < stop]
    said = squeeze("".join(report.text[max(n.start, section.end) : n.end] for n in body)).lstrip(":。.")
    if not said or _NOTHING.fullmatch(said):
        cut = not starts and torn(report)  # the file may end here
        after = [quote(report.text, s.start, s.end) for s in sections if s.start == stop]
        yield finding("s5_empty", heading, *after, blame="reading" if cut else "source")
        return
    labels = [q for p, q in zip(report.passages, report.predictions, strict=True) if p.section == "s5"]
    if not labels or any("improvement" in (q.label, *q.also) for q in labels) or _MEASURE.search(said):
        return
    last = body[-1]
    yield finding("s5_no_measure", heading, quote(report.text, max(last.start, section.end), last.end))


__all__ = ["CODES", "TORN", "has_form", "structure_findings", "torn"]
