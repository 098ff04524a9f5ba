"""Which numbers of the narrative a finding may rest on (``data/claims.toml``).

A mention's indicator is a guess from its context.  Before a clerk is told that the report contradicts itself, the sentence must name
what is counted, and its clause nothing that would make it another count: 公报刊登规范性文件80件 are no documents made public this year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from corpus.datafile import entries, load_toml, pattern_of
from corpus.text.normalise import squeeze
from extract.types import Mention, Report

FILE = "data/claims.toml"
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


def rule_of(indicator: str) -> ClaimRule | None:
    """The rule of an indicator, where there is one."""
    return next((r for r in claim_rules() if indicator.startswith(r.indicators)), None)


def claims(report: Report, mention: Mention) -> bool:
    """Whether a mention surely claims what its indicator says; those without a rule are taken as read."""
    rule = rule_of(mention.indicator)
    if rule is None:
        return True
    passage = next((p for p in report.passages if p.start <= mention.start < p.end), None)
    if passage is None:
        return False
    before = report.text[passage.start : mention.start]
    behind = report.text[mention.end : min(passage.end, mention.end + _BEHIND)]
    clause = squeeze(_CLAUSE.split(before)[-1] + mention.text + re.split("[，,。;；]", behind)[0])
    return rule.allows(squeeze(" ".join(passage.heading_path) + passage.text), clause)


__all__ = ["FILE", "ClaimRule", "claim_rules", "claims", "rule_of"]
