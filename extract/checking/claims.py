"""Which numbers of the narrative a finding may rest on (``data/claims.toml``).

A mention's indicator is a guess from its context.  Before a clerk is told that the report contradicts itself, the sentence must name
what is counted, and its clause nothing that would make it another count: 公报刊登规范性文件80件 are no documents made public this year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from corpus.datafile import entries, load_toml, pattern_of
from corpus.patterns import pattern
from corpus.text.normalise import squeeze
from extract.mentions.context import report_year
from extract.types import Mention, Report
from models.base import Passage

FILE = "data/claims.toml"
#: ways of applying that were set up before the count
_SET_UP = pattern("extract", "ways_set_up")
_CLAUSE = re.compile("[。;；！？\n]")
#: words behind a number that still belong to its clause
_BEHIND = 12


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """What must, and what must not stand around a number of certain indicators."""

    id: str
    indicators: tuple[str, ...]
    needs: re.Pattern[str]
    never: re.Pattern[str]

    def allows(self, sentence: str, clause: str) -> bool:
        """Whether a number in ``clause`` of ``sentence`` (both squeezed, the headings before the sentence) may be held against others."""
        return self.needs.search(sentence) is not None and self.never.search(clause) is None


@dataclass(frozen=True, slots=True)
class ClaimFrame:
    """Words before a number by which it and those after it are another year's or another body's (上年收到申请9件，予以公开5件)."""

    id: str
    indicators: tuple[str, ...]
    opens: re.Pattern[str]
    closes: re.Pattern[str]

    def holds(self, before: str, year: int | None) -> bool:
        """Whether the frame is open at the end of ``before``; ``year``: the one that the report's sentences are about."""
        opened = None
        for found in self.opens.finditer(before):
            named = found.groupdict().get("year")
            if named is None or (year is not None and int(named) < year):
                opened = found
        if opened is None:
            return False
        closed = (found.groupdict().get("year") for found in self.closes.finditer(before, opened.end()))
        return not any(named is None or int(named) == year for named in closed)


@dataclass(frozen=True, slots=True)
class Apart:
    """Words of a sentence that say of its numbers that they are of something else (均与信息公开无关)."""

    id: str
    indicators: tuple[str, ...]
    said: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class OwnCell:
    """Words around a number (``#``) by which it is that of one cell, though its indicator sums several (复议后起诉2件)."""

    id: str
    cell: str
    indicator: str
    said: re.Pattern[str]


@cache
def claim_rules() -> tuple[ClaimRule, ...]:
    """The rules, in the order of the file.

    Raises:
        DataError: a key unknown or missing, an id used twice, a pattern that does not compile.
    """
    required = ("id", "indicators", "needs", "never", "yes", "no")
    return tuple(
        ClaimRule(
            e["id"], tuple(e["indicators"]), pattern_of(e["needs"], f"{FILE}: {e['id']}"), pattern_of(e["never"], f"{FILE}: {e['id']}")
        )
        for e in entries(load_toml("extract", FILE), "claim", FILE, required)
    )  # fmt: skip


@cache
def frames() -> tuple[ClaimFrame, ...]:
    """The frames, in the order of the file."""
    found = entries(load_toml("extract", FILE), "frame", FILE, ("id", "indicators", "opens", "closes", "yes", "no"))
    return tuple(
        ClaimFrame(
            e["id"], tuple(e["indicators"]), pattern_of(e["opens"], f"{FILE}: {e['id']}"), pattern_of(e["closes"], f"{FILE}: {e['id']}")
        )
        for e in found
    )  # fmt: skip


@cache
def aparts() -> tuple[Apart, ...]:
    """What sets the numbers of a sentence apart, in the order of the file."""
    found = entries(load_toml("extract", FILE), "apart", FILE, ("id", "indicators", "said", "yes", "no"))
    return tuple(Apart(e["id"], tuple(e["indicators"]), pattern_of(e["said"], f"{FILE}: {e['id']}")) for e in found)


@cache
def own_cells() -> tuple[OwnCell, ...]:
    """The numbers that have a cell of their own, in the order of the file."""
    found = entries(load_toml("extract", FILE), "own_cell", FILE, ("id", "cell", "indicator", "said", "yes", "no"))
    return tuple(OwnCell(e["id"], e["cell"], e["indicator"], pattern_of(e["said"], f"{FILE}: {e['id']}")) for e in found)


def rule_of(indicator: str) -> ClaimRule | None:
    """The rule of an indicator, where there is one."""
    return next((r for r in claim_rules() if indicator.startswith(r.indicators)), None)


def claims(report: Report, mention: Mention) -> bool:
    """Whether a mention surely claims what its indicator says; those without a rule are taken as read."""
    rule = rule_of(mention.indicator)
    if rule is None:
        return True
    passage = next((p for p in report.passages if p.start <= mention.start < p.end), None)
    if passage is None or elsewhere(report, passage, mention.end, mention.indicator):
        return False
    before = report.text[passage.start : mention.start]
    behind = report.text[mention.end : min(passage.end, mention.end + _BEHIND)]
    clause = squeeze(_CLAUSE.split(before)[-1] + mention.text + re.split("[，,。;；]", behind)[0])
    return rule.allows(squeeze(" ".join(passage.heading_path) + passage.text), _SET_UP.sub("", clause))


def around(report: Report, mention: Mention) -> str:
    """The words of a sentence around a number, which is ``#``, up to the numbers before and behind it."""
    passage = next((p for p in report.passages if p.start <= mention.start < p.end), None)
    if passage is None:
        return "#"
    first = max((m.end for m in report.mentions if m.end <= mention.start), default=0)
    last = min((m.start for m in report.mentions if m.start >= mention.end), default=passage.end)
    before = report.text[max(first, passage.start) : mention.start]
    return squeeze(before) + "#" + squeeze(report.text[mention.end : min(last, passage.end)])


def elsewhere(report: Report, passage: Passage, at: int, indicator: str) -> bool:
    """Whether what its sentence says at an offset of the text is of another year, of other bodies, or of something else."""
    before = squeeze(report.text[passage.start : at])
    asked = [f for f in frames() if indicator.startswith(f.indicators) and f.opens.search(before)]
    if asked:
        year = report_year([p.text for p in report.passages]) or report.identity.year
        if any(f.holds(before, year) for f in asked):
            return True
    said = squeeze(passage.text)
    return any(a.said.search(said) for a in aparts() if indicator.startswith(a.indicators))


__all__ = [
    "FILE",
    "Apart",
    "ClaimFrame",
    "ClaimRule",
    "OwnCell",
    "aparts",
    "around",
    "claim_rules",
    "claims",
    "elsewhere",
    "frames",
    "own_cells",
    "rule_of",
]
