"""Who reports, and for which time: title, agency as printed, year, period, coverage, form.

Nothing is guessed: what the text does not say stays empty, and each value that was found keeps the range it was read from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from corpus.agencies.printed import begins_with_place, says_more
from corpus.datafile import later
from corpus.errors import Issue
from corpus.patterns import pattern
from corpus.text import who
from corpus.text.headings import is_title, no_narrative, section_heading
from corpus.text.normalise import ideographs, normalise, squeeze
from corpus.types import CanonicalText, Form, Section, TextBlock

Coverage = Literal["own", "consolidated", "unknown"]

_TITLE = pattern("corpus", "title_parts")
_BARE_TITLE = pattern("corpus", "title_parts_bare")
_PERIOD, _PERIOD_UNMARKED = pattern("corpus", "period"), pattern("corpus", "period_unmarked")
_YEAR_IN_TEXT = pattern("corpus", "year_in_text")
_OPENING = 12
_YEAR_OF_REPORT = pattern("corpus", "year_of_report")
_HAN_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"O": "0", "o": "0"}
_CONSOLIDATED = pattern("corpus", "consolidated")
_COVERAGE_CUE = pattern("corpus", "coverage_cue")
_OWN = pattern("corpus", "own_only")
#: names of the date of publication, the surest first
_PUBLISHED = (
    pattern("corpus", "published"),
    pattern("corpus", "published_site"),
    pattern("corpus", "published_bare"),
    pattern("corpus", "written"),
)
#: dates by name stand above the text or under it
_DATES_HEAD, _DATES_FOOT = 3000, 400


@dataclass(frozen=True, slots=True)
class Found:
    """What the text says; ``evidence`` maps each field to its canonical range.

    ``published`` (``YYYY-MM-DD`` or empty) is a date that is printed by name (``发布日期：2024-01-26``).
    """

    title: str = ""
    agency: str = ""
    year: int | None = None
    period_start: str | None = None
    period_end: str | None = None
    coverage: Coverage = "unknown"
    published: str = ""
    evidence: dict[str, tuple[int, int]] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


_AROUND_NAME = pattern("corpus", "around_name")
_LABELLED = pattern("corpus", "labelled_title")
_LETTER_HEAD = pattern("corpus", "letter_head")
_SCHOOL_YEAR = later(r"20\d\d年?\s*[-—–~～至到]+\s*20\d\d年?学年")
_YEAR_BEHIND, _BEHIND_NAME = pattern("corpus", "year_behind"), pattern("corpus", "behind_name")
_OF_DISCLOSURE = pattern("corpus", "speaks_of_disclosure")
#: names left out in print: ××县××局, **县**局
_NO_LETTERS = later(r"[*×＊]|[Xx]{2}")
_MARKS = "()（）[]【】《》:：,，-—·|"


def _year_number(text: str) -> int:
    return int("".join(_HAN_DIGITS.get(c, c) for c in text.replace("二", "2") if c))


def identify(canonical: CanonicalText, sections: Sequence[Section]) -> Found:
    """Read title, agency, year, period and coverage from the text."""
    evidence: dict[str, tuple[int, int]] = {}
    issues: list[Issue] = []
    title, span = _title(canonical, sections)
    agency, year = "", None
    if span is not None:
        evidence["title"] = span
        agency, year = _parse_title(title)
        if len(agency) < 2 or says_more(agency) or _NO_LETTERS.search(agency):
            agency = ""
        if agency:
            at = canonical.text.find(agency, span[0])
            evidence["agency"] = (at, at + len(agency)) if at >= 0 else span
            agency = ideographs(agency)
        if year is not None:
            evidence["year"] = span
    if not agency or not begins_with_place(squeeze(agency)):
        agency = who.named(canonical, sections, evidence, agency)
    agency = who.complete(agency, canonical.text, evidence)
    start, end = _period(canonical, evidence)
    if year is None:
        year = _year_from_text(canonical, sections, start, end, evidence)
    elif start is not None and end is not None and int(end[:4]) != year and not _names_both(title, year, end[:4]):
        issues.append(
            Issue(
                "period_conflict",
                "warning",
                f"the title says {year}, the statistical period runs {start} to {end}; the title's year is kept",
                *evidence["period"],
            )
        )
    if not title:
        issues.append(Issue("title_missing", "warning", "no title line was found (…政府信息公开工作年度报告)"))
    if not agency:
        issues.append(
            Issue("agency_unknown", "warning", "no agency was found in title, formulas or signature; give it with --metadata")
        )
    if year is None:
        issues.append(Issue("year_unknown", "warning", "no year was found; give it with --metadata"))
    coverage = _coverage(canonical, evidence)
    published = _published(canonical, sections, year, evidence)
    return Found(title, agency, year, start, end, coverage, published, evidence, tuple(issues))


def _title(canonical: CanonicalText, sections: Sequence[Section]) -> tuple[str, tuple[int, int] | None]:
    """The title line, with the agency's line above it or below it where the title itself names none."""
    first = sections[1].first if len(sections) > 1 else len(canonical.blocks)
    blocks = [b for b in canonical.blocks[: min(first, 16)] if isinstance(b, TextBlock)]
    texts = [canonical.text[b.start : b.end] for b in blocks]
    titles = [i for i, t in enumerate(texts) if is_title(t) and section_heading(t) is None]
    # 标题：… of the page's metadata is the title where no line of the text is
    found = [i for i in titles if no_narrative(texts[i]) is None] or [i for i in titles if _LABELLED.match(texts[i])]
    if not found:
        return "", None
    # a column's name (政府信息公开年报) may stand above the title, which has the year
    i = next((k for k in found if _parse_title(texts[k])[1] is not None), found[0])
    start, end = blocks[i].start, blocks[i].end
    if _parse_title(texts[i])[0] == "":
        if i and who.names_agency(texts[i - 1]):
            start = blocks[i - 1].start
        elif i + 1 < len(texts) and who.names_agency(texts[i + 1]) and who.AGENCY_END.search(squeeze(texts[i + 1])):
            name = " ".join(texts[i + 1].split())
            return f"{name} {' '.join(texts[i].split())}", (start, blocks[i + 1].end)
    return " ".join(canonical.text[start:end].split()), (start, end)


def _parse_title(title: str) -> tuple[str, int | None]:
    """Agency and year of a title line, in any order.

    >>> _parse_title("2021年云岭县水务局政府信息公开工作年度报告")
    ('云岭县水务局', 2021)
    """
    norm = normalise(title)
    if head := _LETTER_HEAD.match(norm.text):
        return _parse_title(title[norm.span(*head.span())[1] :])
    m = _TITLE.search(norm.text) or _BARE_TITLE.search(norm.text)
    if m is None:
        return "", None
    groups = m.groupdict()
    year = next((groups[k] for k in ("y1", "y0", "y2") if groups.get(k)), None)
    if year is None:
        after = _YEAR_BEHIND.search(norm.text[m.end() :])
        year = after[1] if after else None
    a, b = m.span("agency")
    if norm.text[a:b].endswith("人民") and norm.text.startswith("政府", b):
        b += 2  # 泰州市人民政府信息公开年报: its 政府 belongs to both
    agency = title[slice(*norm.span(a, b))] if b > a else ""
    agency = _AROUND_NAME.sub("", re.sub(r"\s+", "", agency))
    return _unmarked(_BEHIND_NAME.sub("", agency)), _year_number(year) if year else None


def _unmarked(name: str) -> str:
    """The name without marks around it; the brackets of 云岭高新区(新市区) belong to it."""
    bare = name.strip(_MARKS)
    closed = next((c for c, o in ((")", "("), ("）", "（")) if bare.count(o) > bare.count(c)), "")
    return bare + closed if closed and name[name.find(bare) + len(bare) :].startswith(closed) else bare


def _period(canonical: CanonicalText, evidence: dict[str, tuple[int, int]]) -> tuple[str | None, str | None]:
    for words in (_PERIOD, _PERIOD_UNMARKED):
        for block in canonical.blocks[:40]:
            if not isinstance(block, TextBlock) or "日" not in canonical.text[block.start : block.end]:
                continue
            norm = normalise(canonical.text[block.start : block.end])
            m = words.search(norm.text)
            first, last = (_days if words is _PERIOD else _unmarked_days)(m) if m else (None, None)
            if m and first and last:
                a, b = norm.span(*m.span())
                evidence["period"] = (block.start + a, block.start + b)
                return first, last
    return None, None


def _names_both(title: str, year: int, end: str) -> bool:
    """Whether a title spans two years, as a school's does.

    >>> _names_both("云岭学院2015-2016学年信息公开年报", 2015, "2016"), _names_both("2015年年报（2016年1月公布）", 2015, "2016")
    (True, False)
    """
    return re.search(rf"{year}年?\s*[-—–~～至到]+\s*{end}", title) is not None


def _days(m: re.Match[str]) -> tuple[str, str]:
    return (
        f"{m['y1']}-{int(m['m1']):02d}-{int(m['d1']):02d}",
        f"{m['y2'] or m['y1']}-{int(m['m2']):02d}-{int(m['d2']):02d}",
    )


def _unmarked_days(m: re.Match[str]) -> tuple[str | None, str | None]:
    return _one_day(m["y1"], m["d1"]), _one_day(m["y2"] or m["y1"], m["d2"])


def _one_day(year: str, digits: str) -> str | None:
    """The day that month and day run together can only mean: 1231 is 12-31; 111 may be 1-11 or 11-1.

    >>> _one_day("2016", "1231"), _one_day("2016", "11"), _one_day("2016", "111")
    ('2016-12-31', '2016-01-01', None)
    """
    days = []
    for k in (1, 2):
        month, day = digits[:k], digits[k:]
        if day and not day.startswith("0") and not month.startswith("0"):
            with suppress(ValueError):
                days.append(date(int(year), int(month), int(day)).isoformat())
    return days[0] if len(days) == 1 else None


def _year_from_text(
    canonical: CanonicalText,
    sections: Sequence[Section],
    start: str | None,
    end: str | None,
    evidence: dict[str, tuple[int, int]],
) -> int | None:
    if start is not None and end is not None and (start[:4] == end[:4] or _SCHOOL_YEAR.search(canonical.text, 0, _DATES_HEAD)):
        evidence["year"] = evidence["period"]  # 2021-2022学年 is of the year it begins in, as in titles
        return int(start[:4])
    first = sections[1].first if len(sections) > 1 else _OPENING
    for block in canonical.blocks[: min(first + 2, _OPENING)]:
        if not isinstance(block, TextBlock):
            continue
        norm = normalise(canonical.text[block.start : block.end])
        if m := _YEAR_OF_REPORT.search(norm.text):
            a, b = norm.span(*m.span("y"))
            evidence["year"] = (block.start + a, block.start + b)
            return int(m["y"])
    if end is not None:  # 2018年1月1日 to 2019年12月31日 is a slip for the year that has just ended
        evidence["year"] = evidence["period"]
        return int(end[:4])
    ends = [s.start for s in sections if s.code in {"s2", "s5", "s6"}]
    stop = min((e for e in ends if e), default=min(len(canonical.text), 3000))
    years = [(m[1], m.start(1)) for m in _YEAR_IN_TEXT.finditer(canonical.text, 0, stop)]
    if not years:
        return None
    year, count = Counter(y for y, _ in years).most_common(1)[0]
    if 2 * count <= len(years):  # no majority: 2020年 beside 2021年 does not say which year is reported
        return None
    at = next(p for y, p in years if y == year)
    evidence["year"] = (at, at + 4)
    return int(year)


def _coverage(canonical: CanonicalText, evidence: dict[str, tuple[int, int]]) -> Coverage:
    if not _COVERAGE_CUE.search(canonical.text):
        return "unknown"
    for words, value in ((_OWN, "own"), (_CONSOLIDATED, "consolidated")):
        for block in canonical.blocks[:60]:
            if not isinstance(block, TextBlock):
                continue
            if not _COVERAGE_CUE.search(canonical.text, block.start, block.end):
                continue
            norm = normalise(canonical.text[block.start : block.end])
            m = words.search(norm.text)
            if m:
                a, b = norm.span(*m.span())
                evidence["coverage"] = (block.start + a, block.start + b)
                return "consolidated" if value == "consolidated" else "own"
    return "unknown"


def _published(
    canonical: CanonicalText, sections: Sequence[Section], year: int | None, evidence: dict[str, tuple[int, int]]
) -> str:
    """The date of publication as ``YYYY-MM-DD``, or ``""``: never one before the end of the reporting year."""
    text = canonical.text
    stop = min(next((s.start for s in sections if s.code != "preamble"), len(text)), _DATES_HEAD)
    for words in _PUBLISHED:
        for first, last in ((0, stop), (max(stop, len(text) - _DATES_FOOT), len(text))):
            for m in words.finditer(text, first, last):
                try:
                    day = date(int(m[1]) + 2000 * (len(m[1]) == 2), int(m[2]), int(m[3]))
                except ValueError:
                    continue
                if year is None or day.year > year or (day.year == year and day.month == 12):
                    evidence["published"] = m.span()
                    return day.isoformat()
    return ""


def report_form(forms: dict[str, Form], text: str, year: int | None) -> Form:
    """The form of a report from the forms of its tables.

    A table 3 that prints 其他处理 as one row is still of the form of 2021 where table 2 or the year says so (codebook, section 3).  Other
    tables of both forms in one file give ``mixed``.  Without statutory tables it is ``pre2019`` where year or text say so.
    """
    if forms.get("t3") == "2019" and (
        forms.get("t2") == "2021" or (year is not None and year >= 2021 and forms.get("t2") != "2019")
    ):
        return "2021"
    seen = {f for f in forms.values() if f in {"2019", "2021"}}
    if len(seen) == 1:
        return seen.pop()
    if len(seen) == 2:
        return "mixed"
    if year is not None and year < 2019 and _OF_DISCLOSURE.search(text):
        return "pre2019"
    return "unknown"
