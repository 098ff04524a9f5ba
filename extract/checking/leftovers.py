"""What a template left in the narrative (``data/leftovers.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from corpus.datafile import entries, load_toml, pattern_of
from extract.checking.findings import Blame, CheckFinding, finding, quote
from extract.checking.structure import torn
from extract.checking.wording import unnamed
from extract.types import Report

FILE = "data/leftovers.toml"


@dataclass(frozen=True, slots=True)
class LeftoverRule:
    """What a template leaves: its pattern, and whether it is a number that is not there."""

    id: str
    lost: bool
    pattern: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def leftover_rules() -> tuple[LeftoverRule, ...]:
    """The rules, in the order of the file.

    Raises:
        DataError: a key unknown or missing, an id used twice, a pattern that does not compile.
    """
    required = ("id", "lost", "pattern", "yes", "no")
    return tuple(
        LeftoverRule(e["id"], e["lost"], pattern_of(e["pattern"], f"{FILE}: {e['id']}"), tuple(e["yes"]), tuple(e["no"]))
        for e in entries(load_toml("extract", FILE), "leftover", FILE, required)
    )


def leftover_findings(report: Report) -> Iterator[CheckFinding]:
    """Places of the passages that a template left, by rule; of one sentence each place once."""
    for passage in report.passages:
        plain, seen = unnamed(passage.text), set[int]()
        for rule in leftover_rules():
            for match in rule.pattern.finditer(plain):
                if seen.intersection(range(*match.span())):
                    continue
                seen.update(range(*match.span()))
                blame: Blame = "reading" if rule.lost and torn(report) else "source"
                start, end = (passage.start + at for at in match.span())
                yield finding("leftover", quote(report.text, start, end), blame=blame, word=report.text[start:end])


__all__ = ["FILE", "LeftoverRule", "leftover_findings", "leftover_rules"]
