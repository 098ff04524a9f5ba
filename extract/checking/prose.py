"""What the narrative says against the tables and against itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from corpus.patterns import pattern
from corpus.text.normalise import squeeze
from corpus.types import Cell
from extract.against_tables.join import cells_by_code
from extract.against_tables.prose_checks import plain
from extract.checking.claims import claims
from extract.checking.findings import CheckFinding, Quote, finding, quote
from extract.checking.tables import cell_quotes, listed
from extract.types import Check, Join, Mention, Report

_CONCLUDED = pattern("extract", "all_concluded")
_OTHER_WORK = pattern("extract", "other_work")
#: differences that the report itself explains: another way of counting, no contradiction
_EXPLAINED = frozenset({"carried_in", "pending", "one_row"})
#: measure words of what comes in whole numbers
_COUNTED = frozenset("件条篇次个人名份期项场起宗例部册家户处")
_AVERAGE = re.compile("平均|日均|月均|年均|人均|户均|件均|每|约|评分|得分|分值|倍")


def prose_findings(report: Report) -> Iterator[CheckFinding]:
    """Findings of joins and prose checks, then requests said to be concluded and counts that are none."""
    mentions = {m.key: m for m in report.mentions}
    sure = {key for key, m in mentions.items() if claims(report, m)}
    cells = cells_by_code(report.cells)
    yield from _against_tables(report, mentions, sure, cells)
    yield from _against_itself(report, mentions, sure)
    yield from _concluded(report, cells)
    yield from _not_whole(report)


def _place(report: Report, mention: Mention) -> Quote:
    return quote(report.text, mention.start, mention.end)


def _against_tables(
    report: Report, mentions: Mapping[str, Mention], sure: set[str], cells: Mapping[str, Cell]
) -> Iterator[CheckFinding]:
    for join in report.joins:
        mention = mentions.get(join.mention or "")
        if join.verdict != "disagrees" or mention is None or mention.key not in sure or join.table_value is None:
            continue
        yield from _disagreement(report, join, mention, join.table_value, cells)


def _disagreement(
    report: Report, join: Join, mention: Mention, table: Decimal, cells: Mapping[str, Cell]
) -> Iterator[CheckFinding]:
    places = [_place(report, mention), *cell_quotes(report, join.cell_codes, cells)]
    kind = "other_counting" if join.explained_by in _EXPLAINED else "prose_table"
    values: dict[str, object] = {"why": join.explained_by} if kind == "other_counting" else {}
    if join.explained_by == "other_row":
        kind = "other_row"
        places += [quote(report.text, c.start, c.end, cell=c.code) for c in _same_result(join, mention, cells)]
    if join.explained_by == "other_mention" and _repeated(report, join):
        return
    values |= {"indicator": join.indicator, "prose": mention.text, "table": plain(table), "cells": listed(join.cell_codes)}
    yield finding(kind, *places, values=values)


def _same_result(join: Join, mention: Mention, cells: Mapping[str, Cell]) -> list[Cell]:
    """Totals of other result rows that hold the number of the text."""
    no_result = ("t3.new", "t3.carried_in", "t3.total", "t3.carried_out")
    totals = [c for c in cells.values() if c.code.startswith("t3.") and c.code.endswith(".total")]
    return [
        c for c in totals if c.value == mention.value and c.code not in join.cell_codes and not c.code.startswith(no_result)
    ]


def _repeated(report: Report, join: Join) -> bool:
    """Whether a check tells of the mention already, with the other mention beside it."""
    return any(c.check == "repeat" and c.verdict == "fails" and join.mention in c.evidence for c in report.checks)


def _against_itself(report: Report, mentions: Mapping[str, Mention], sure: set[str]) -> Iterator[CheckFinding]:
    for check in report.checks:
        some = [mentions[key] for key in check.evidence if key in mentions]
        if check.verdict != "fails" or not some or any(m.key not in sure for m in some):
            continue
        places = [_place(report, m) for m in some]
        if check.check == "repeat":
            yield finding("repeat", *places, indicator=some[0].indicator, first=some[0].text, second=some[1].text)
        else:
            yield _sum_or_rate(check, places)


def _sum_or_rate(check: Check, places: Sequence[Quote]) -> CheckFinding:
    left, right = ("?" if side is None else plain(side) for side in (check.left, check.right))
    kind = "rate" if check.check == "rate" else "prose_sum"
    return finding(kind, *places, left=left, right=right, expression=check.expression)


def _concluded(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """已全部办结 in a sentence about requests, while the table carries some over."""
    open_ = cells.get("t3.carried_out.total")
    if open_ is None or not open_.value:
        return
    for passage, q in zip(report.passages, report.predictions, strict=True):
        said = squeeze(passage.text)
        about = "request" in (q.label, *q.also) or "申请" in said
        if passage.section not in ("preamble", "s1", "s3", None) or not about or _OTHER_WORK.search(said):
            continue
        match = _CONCLUDED.search(said)
        if match is not None and "申请" in said + squeeze("".join(passage.heading_path)):
            yield finding(
                "all_done",
                quote(report.text, passage.start, passage.end),
                quote(report.text, open_.start, open_.end, cell=open_.code),
                value=plain(open_.value),
            )


def _not_whole(report: Report) -> Iterator[CheckFinding]:
    for mention in report.mentions:
        if mention.unit not in _COUNTED or mention.period != "year" or mention.qualifier != "exact":
            continue
        if mention.value == mention.value.to_integral_value() or _AVERAGE.search(
            report.text[max(0, mention.start - 12) : mention.end]
        ):
            continue
        yield finding("not_whole", _place(report, mention), what=mention.indicator or mention.subject, value=mention.text)


__all__ = ["prose_findings"]
