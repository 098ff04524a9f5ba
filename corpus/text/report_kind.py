"""Whether a text is a disclosure report at all, with the evidence.

A scraped corpus holds plans, notices, guides, templates, news, lists and other reports, which speak of the same things.  A text with values
in statutory tables is a report; for any other the rules of ``data/report_kind.toml`` are weighed.  Nothing is thrown away: a doubtful
text is read like any other and said to be doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from corpus.datafile import entries, later, load_toml, one_of
from corpus.patterns import pattern
from corpus.text.headings import enumerator, is_title
from corpus.text.normalise import squeeze
from corpus.types import CanonicalText, Cell, Section, TextBlock

TextKind = Literal["report", "doubtful"]

_KEYS = ("id", "for", "where", "weight", "pattern", "yes", "no")
#: so many printed values in statutory tables say that it is a report
_VALUES = 4
#: titles stand among so many first lines and are no longer than this
_TITLE_LINES, _TITLE_LENGTH = 14, 80
_LINES = 150
_NAVIGATION = pattern("corpus", "navigation")
#: a text of some length that speaks of nothing else, where nothing says that it is another one
_LONG, _TALK = 200, 4
#: a report has at least this much in its favour
_LEAST = 3


@dataclass(frozen=True, slots=True)
class KindRule:
    """A rule that speaks for or against a report."""

    id: str
    for_report: bool
    where: str
    weight: int
    least: int
    pattern: re.Pattern[str]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """``evidence`` names the rules (and counts) that decided, those that won first; ``span`` is where the first of them was met."""

    kind: TextKind
    evidence: tuple[str, ...]
    span: tuple[int, int] | None = None


@cache
def kind_rules() -> tuple[KindRule, ...]:
    """The rules in file order.

    Raises:
        DataError: unknown keys or values.
    """
    found = []
    for row in entries(load_toml("corpus", "data/report_kind.toml"), "rule", "report_kind.toml", _KEYS, ("least",)):
        where = f"report_kind.toml: {row['id']}"
        one_of(row["for"], ("report", "other"), "for", where)
        one_of(row["where"], ("title", "head", "line"), "where", where)
        found.append(
            KindRule(
                row["id"],
                row["for"] == "report",
                row["where"],
                row["weight"],
                row.get("least", 1),
                later(row["pattern"], where),
                tuple(row["yes"]),
                tuple(row["no"]),
            )
        )
    return tuple(found)


def kind_of_text(canonical: CanonicalText, sections: Sequence[Section], cells: Sequence[Cell]) -> TextVerdict:
    """Tell a report from what only speaks of reports."""
    lines = list(_lines(canonical))
    first = _first_heading(canonical, sections)
    heads = [*[(t, s) for t, s in lines if s[0] < first][:_TITLE_LINES], *_printed_lines(canonical, first)]
    titles = [
        (t, s) for t, s in heads if len(t) <= _TITLE_LENGTH and not re.search(r"[。;]", t) and not _NAVIGATION.fullmatch(t)
    ]
    values = sum(c.state == "value" for c in cells)
    if values >= _VALUES and not any(_hits(r, titles) for r in kind_rules() if r.id == "template"):
        return TextVerdict("report", (f"{values} values in statutory tables",))
    places = {"title": titles, "head": [(t, s) for t, s in lines if s[0] < first][:_TITLE_LINES], "line": lines}
    hits = {r.id: found for r in kind_rules() if (found := _hits(r, places[r.where]))}
    template = [i for i in ("template", "placeholders") if i in hits]
    own = [
        (t, s) for t, s in titles if is_title(t) and not any(r.where == "title" and r.pattern.search(t) for r in kind_rules())
    ]
    named = len({s.code for s in sections if s.heading and s.code != "preamble"})
    weights = {r.id: r.weight for r in kind_rules()}
    against = [r.id for r in kind_rules() if not r.for_report and r.id in hits]
    pro = [r.id for r in kind_rules() if r.for_report and r.id in hits]
    score_pro = sum(weights[i] for i in pro) + 2 * bool(own) + min(named, 4)
    if not against and sum(t.count("公开") for t, _ in lines) >= _TALK and sum(len(t) for t, _ in lines) >= _LONG:
        score_pro += 2
    # 关于公布…年度报告的通知 with the report itself beneath it
    passed_on = bool(own) and named >= 2 and not template
    # what another report says of itself in its title counts for more where no title is this one's
    bare = 3 * ("other-report" in hits and not own)
    score_against = bare + sum(weights[i] for i in against if not (passed_on and i in ("notice", "addressed", "titles-listed")))
    in_favour = (*(["title"] if own else []), *([f"{named} sections"] if named else []), *pro)
    if score_pro < _LEAST or score_against > score_pro - (4 if template else 0):
        span = hits[against[0]][0] if against else None
        return TextVerdict("doubtful", (*(against or ["nothing of a report"]), *(f"but {i}" for i in in_favour)), span)
    return TextVerdict("report", (*in_favour, *(f"but {i}" for i in against)))


def _lines(canonical: CanonicalText) -> Iterator[tuple[str, tuple[int, int]]]:
    for block in canonical.blocks[:_LINES]:
        if isinstance(block, TextBlock):
            text = squeeze(canonical.text[block.start : block.end])
            if text:
                yield text, (block.start, block.end)


def _printed_lines(canonical: CanonicalText, first: int) -> list[tuple[str, tuple[int, int]]]:
    """Lines above the first heading as the source has them: a title may have been joined with the sentence below it."""
    ranges = [r for r in canonical.source_map[: 2 * _TITLE_LINES] if r.start < first]
    return [(squeeze(canonical.text[r.start : r.end]), (r.start, r.end)) for r in ranges][:_TITLE_LINES]


def _first_heading(canonical: CanonicalText, sections: Sequence[Section]) -> int:
    """Where the first section, or the first numbered heading, begins."""
    named = [s.start for s in sections if s.heading]
    numbered = next(
        (b.start for b in canonical.blocks if isinstance(b, TextBlock) and _is_top(canonical.text[b.start : b.start + 12])),
        len(canonical.text) + 1,
    )
    return min([*named, numbered])


def _is_top(text: str) -> bool:
    found = enumerator(text)
    return found is not None and found[0] == 1


def _hits(rule: KindRule, lines: Sequence[tuple[str, tuple[int, int]]]) -> list[tuple[int, int]]:
    """Where a rule is met; a longer line may meet it several times; empty under its least number."""
    found = [span for text, span in lines for _ in rule.pattern.finditer(text)]
    return found if len(found) >= rule.least else []
