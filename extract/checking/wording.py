"""Words, marks and sentences that stand twice in a row (``data/doubled.toml``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from corpus.datafile import entries, load_toml, pattern_of
from corpus.text.normalise import squeeze
from extract.checking.findings import CheckFinding, finding, quote
from extract.types import Report

FILE = "data/doubled.toml"
#: a shorter sentence may be meant twice (无。 无。)
_SENTENCE = 16
#: what is quoted or named may hold any words: 《关于关于…的批复》
_NAMED = re.compile("《[^》]*》|“[^”]*”")


@dataclass(frozen=True, slots=True)
class DoubledRule:
    """Something that never stands twice: its pattern finds both, from the first to the second."""

    kind: str
    pattern: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@cache
def doubled_rules() -> tuple[DoubledRule, ...]:
    """The rules, words first.

    Raises:
        DataError: a key unknown or missing, a pattern that does not compile.
    """
    raw = load_toml("extract", FILE)
    keys = ("not_before", "not_after", "yes", "no")
    found = []
    for kind, name in (("word", "words"), ("mark", "marks")):
        for entry in entries(raw, kind, FILE, (name, *keys), key=""):
            twice = "|".join(re.escape(w) if kind == "mark" else f"{re.escape(w)}[ \u3000]*{re.escape(w)}" for w in entry[name])
            before = f"(?<!{')(?<!'.join(entry['not_before'].split('|'))})" if entry["not_before"] else ""
            after = f"(?!{entry['not_after']})" if entry["not_after"] else ""
            rule = pattern_of(f"{before}(?:{twice}){after}", f"{FILE}: {entry[name][0]}")
            found.append(DoubledRule(f"doubled_{kind}", rule, tuple(entry["yes"]), tuple(entry["no"])))
    return tuple(found)


def unnamed(text: str) -> str:
    """A text with what it quotes or names blotted out, at the same offsets."""
    return _NAMED.sub(lambda m: "·" * len(m.group()), text)


def doubled(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of what stands twice in a row in a text."""
    plain = unnamed(text)
    for rule in doubled_rules():
        for match in rule.pattern.finditer(plain):
            yield rule.kind, *match.span()


def wording_findings(report: Report) -> Iterator[CheckFinding]:
    """Words and marks in the passages, in the order of the rules, then sentences printed twice."""
    for passage in report.passages:
        for kind, start, end in doubled(passage.text):
            at = passage.start + start
            yield finding(kind, quote(report.text, at, passage.start + end), word=passage.text[start:end])
    for a, b in pairwise(report.passages):
        if a.section == b.section and len(squeeze(a.text)) >= _SENTENCE and squeeze(a.text) == squeeze(b.text):
            yield finding("doubled_sentence", quote(report.text, a.start, a.end), quote(report.text, b.start, b.end))


__all__ = ["FILE", "DoubledRule", "doubled", "doubled_rules", "unnamed", "wording_findings"]
