"""Wrong years: in the title, in the period, in sentences that tell the year's work, in the date at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from corpus.patterns import pattern
from corpus.text.headings import is_title, no_narrative
from corpus.text.normalise import normalise, squeeze
from extract.checking.findings import CheckFinding, Quote, finding, quote
from extract.checking.lines import ReportLine
from extract.types import Report

_PLAN = pattern("extract", "plan_ahead")
_BACK = pattern("extract", "looks_back")
_TOLD = pattern("extract", "year_told")
_PERIOD = pattern("extract", "period_told")
_YEARS = re.compile(r"20[0-3]\d")
_DATE = pattern("extract", "day_told")
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "O": 0, "o": 0, "0": 0}
#: lines at the end that may hold the date of the report
_TAIL = 8


def year_findings(report: Report, lines: Sequence[ReportLine]) -> Iterator[CheckFinding]:
    """Findings about years; nothing where the reporting year is not known."""
    year = report.identity.year
    if year is None:
        return
    period = _period(report, lines, year)
    told = list(_told(report, year))
    others = Counter(other for other, _, _ in told)
    title = _title(report, lines, year)
    if title is not None and len(others) == 1 and _is_slip(report, year, next(iter(others)), told, period):
        other = next(iter(others))
        yield finding("year_title", title, *[quote(report.text, a, b) for _, a, b in told[:3]], year=year, other=other)
        return
    if period is not None:
        place, printed = period
        yield finding("year_period", *([title] if title else []), place, year=year, period=printed)
    for other, start, end in told:
        yield finding("year_text", *([title] if title else []), quote(report.text, start, end), year=year, other=other)
    yield from _dated(report, lines, year)


def _title(report: Report, lines: Sequence[ReportLine], year: int) -> Quote | None:
    """The year in the title line."""
    for line in lines[:16]:
        at = line.text.find(str(year))
        if at >= 0 and is_title(line.text):
            return quote(report.text, line.start + at, line.start + at + 4)
    return None


def _period(report: Report, lines: Sequence[ReportLine], year: int) -> tuple[Quote, str] | None:
    """The statistical period where it is not the reporting year: 2022年1月1日至12月31日 in a report of 2023."""
    for line in lines[:60]:
        if line.table:
            continue
        folded = normalise(line.text)
        match = _PERIOD.search(folded.text)
        if match and (int(match[1]), int(match[2] or match[1])) != (year, year):
            a, b = folded.span(*match.span())
            return quote(report.text, line.start + a, line.start + b), match.group()
    return None


def _is_slip(
    report: Report, year: int, other: int, told: Sequence[tuple[int, int, int]], period: tuple[Quote, str] | None
) -> bool:
    """Whether it is the title that is wrong: the narrative tells of the other year throughout, and never of the title's."""
    own = sum(1 for p in report.passages if f"{year}年" in squeeze(p.text))
    return own == 0 and (len(told) > 1 or (period is not None and str(other) in period[1]))


def _told(report: Report, year: int) -> Iterator[tuple[int, int, int]]:
    """(year told, start, end) of sentences that tell the year's work as that of another: 2022年，我局公开… in a report of 2023."""
    for passage in report.passages:
        if passage.section == "s5" or passage.section == "s6":
            continue
        folded = normalise(passage.text)
        match = _TOLD.match(folded.text)
        if match is None or abs(int(match[1]) - year) not in (1, 2) or int(match[1]) == year:
            continue
        rest = folded.text[match.end(1) :]
        other = int(match[1])
        if str(year) in rest or _BACK.search(rest) or (other > year and _PLAN.search(rest)):
            continue
        if other > year and any(w in "".join(passage.heading_path) for w in ("下一步", "计划", "打算", "安排", "改进")):
            continue
        a, b = folded.span(*match.span(1))
        yield other, passage.start + a, passage.start + b


def _dated(report: Report, lines: Sequence[ReportLine], year: int) -> Iterator[CheckFinding]:
    """A date on a line of its own at the end that lies before the end of the reporting year (December is near enough)."""
    for line in lines[-_TAIL:]:
        folded = squeeze(line.text)
        match = _DATE.fullmatch(folded)
        if line.table or match is None or no_narrative(line.text) is None:
            continue
        when = _date(match[1], match[2], match[3])
        if when is not None and when < date(year, 12, 1):
            yield finding("year_date", quote(report.text, line.start, line.end), year=year, date=when.isoformat())


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(_number(year), _number(month), _number(day))
    except ValueError:
        return None


def _number(printed: str) -> int:
    if printed.isascii() and printed.isdigit():
        return int(printed)
    if "十" not in printed:  # 二〇二三
        return int("".join(str(_DIGITS[c] if c != "二" else 2) for c in printed))
    tens, _, ones = printed.partition("十")
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)


__all__ = ["year_findings"]
