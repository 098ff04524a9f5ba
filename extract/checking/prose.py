"""What the narrative says against the tables and against itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise

from corpus.patterns import pattern
from corpus.text.normalise import fold, normalise, squeeze
from corpus.types import Cell
from extract.against_tables.join import cells_by_code, table_value
from extract.against_tables.prose_checks import plain
from extract.checking.claims import OwnCell, around, claims, elsewhere, own_cells
from extract.checking.findings import CheckFinding, Quote, finding, quote
from extract.checking.lists import GROWN, longer_lists, own_act
from extract.checking.tables import cell_quotes
from extract.types import Check, Join, Mention, Report
from models.base import Passage

_CONCLUDED = pattern("extract", "all_concluded")
_OTHER_WORK = pattern("extract", "other_work")
_NOT_ALL = pattern("extract", "not_all_requests")
#: differences that the report itself explains: another way of counting, no contradiction
_EXPLAINED = frozenset({"carried_in", "pending", "one_row"})
#: 公民1030件，占98.5%: a part, whatever its scope was read as
_SHARE = pattern("extract", "share_of")
_TOTAL = pattern("extract", "whole_told")
_STRONG = re.compile("[；;。]")
#: a list inside a list: 造林6000亩<乔木2500亩、灌木3500亩>
_NESTED = re.compile("[<〈＜]|（[^（）]*（")
#: what leads from a total to its parts, and what promises that they are all
_LINK = pattern("extract", "part_link")
_ALL = pattern("extract", "list_exhaustive")
#: a number under this is found in some row by chance
_BY_CHANCE = 10
_REASON = pattern("extract", "reason_named")
_AGREED = pattern("extract", "agreed_to")
_BOTH = pattern("extract", "received_and_done")
#: families whose numbers may have a cell of their own; some have no indicator
_OWN = ("litigation", "request", "")
_BOTH_CODES = ("request.received", "request.answered")
#: measure words of what comes in whole numbers
_COUNTED = frozenset("件条篇次个人名份期项场起宗例部册家户处")
_OF_COUNT = pattern("extract", "said_of_count")
_AVERAGE = pattern("extract", "averaged")
#: what a failed check of prose is told as: the finding's kind, for each kind of check
TOLD = {"repeat": "repeat", "rate": "rate", "sum": "prose_sum"}


def prose_findings(report: Report) -> Iterator[CheckFinding]:
    """Findings of joins and prose checks, then requests said to be concluded and counts that are none."""
    mentions = {m.key: m for m in report.mentions}
    sure = {key for key, m in mentions.items() if claims(report, m)}
    cells = cells_by_code(report.cells)
    against = {j.mention for j in report.joins if j.verdict == "disagrees"}
    # of two numbers for one count the first is held against the table, or the one that the table contradicts
    repeated = [c.evidence for c in report.checks if _repeats(report, c, mentions, sure)]
    again = {key for first, *rest in repeated if first in against for key in rest}
    own = {key: cell for key, m in mentions.items() if (cell := _own_cell(report, m)) is not None}
    yield from _against_tables(report, mentions, sure - again - own.keys(), cells)
    for key, cell in own.items():
        yield from _against_own_cell(report, mentions[key], cell, cells)
    told = list(_against_itself(report, mentions, sure))
    yield from told
    yield from _longer_lists(report, {f.quotes[0].start for f in told if f.kind == "prose_sum"})
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
    words = around(report, mention)
    if join.indicator == "request.answered" and _BOTH.search(words):
        yield from _received_and_done(report, mention, cells)
        return
    places = [_place(report, mention), *cell_quotes(report, join.cell_codes, cells)]
    values: dict[str, object] = {"indicator": join.indicator, "table": plain(table), "cells": ",".join(join.cell_codes)}
    why = _explanation(join, mention, words, cells)
    kind = "other_row" if why == "other_row" else "other_counting" if why else "prose_table"
    if kind == "other_row":
        places += [quote(report.text, c.start, c.end, cell=c.code) for c in _same_result(join, mention, cells)]
    elif why:
        values["why"] = why
    yield finding(kind, *places, values=values, prose=_printed(mention))


def _explanation(join: Join, mention: Mention, words: str, cells: Mapping[str, Cell]) -> str:
    """What explains that text and table differ; empty: nothing, for what is denied (没有发生, 0件) is counted in no other way.

    With a single digit some row holds the number by chance: it is one row of several if the text names the reason, and stands in
    another row if nothing stands in its own.
    """
    why = join.explained_by or ""
    by_chance = mention.value < _BY_CHANCE
    if not mention.value:
        return ""
    if why == "one_row":
        return "" if by_chance and not _REASON.search(words) else why
    if join.indicator == "request.granted" and why not in _EXPLAINED and _AGREED.search(words):
        both = table_value(cells, "request.disclosed")
        if both is not None and both.value == mention.value:
            return "with_partial"
    if why == "other_row":
        return "" if by_chance and join.table_value else why
    return why if why in _EXPLAINED else ""


def _received_and_done(report: Report, mention: Mention, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """收到并办结申请6件: wrong only where it is neither what was received nor what was concluded."""
    sums = [s for code in _BOTH_CODES for s in (table_value(cells, code),) if s is not None]
    values = dict.fromkeys(plain(s.value) for s in sums)
    if plain(mention.value) in values:
        return
    codes = [code for s in sums for code in s.codes]
    yield finding(
        "prose_table", _place(report, mention), *cell_quotes(report, codes, cells),
        indicator=",".join(_BOTH_CODES), prose=_printed(mention), table="、".join(values), cells=",".join(codes),
    )  # fmt: skip


def _printed(mention: Mention) -> str:
    """A number as it is printed, a denial with what it says: “没有发生”（0件）."""
    worded = not mention.value and not any(c.isdigit() for c in mention.text) and mention.text[:1] != "零"
    return f"“{mention.text}”（0{mention.unit}）" if worded else mention.text


def _own_cell(report: Report, mention: Mention) -> OwnCell | None:
    """The cell that a number names (复议后起诉2件), where it is one of the year and the agency."""
    if mention.indicator.partition(".")[0] not in _OWN or mention.period != "year" or mention.qualifier != "exact":
        return None
    passage = next((p for p in report.passages if p.start <= mention.start < p.end), None)
    if passage is None:
        return None
    before, behind = report.text[passage.start : mention.start], report.text[mention.end : passage.end]
    words = f"{squeeze(before)}#{squeeze(behind)}"
    own = next((o for o in own_cells() if o.said.search(words)), None)
    return None if own is None or elsewhere(report, passage, mention.end, own.indicator) else own


def _against_own_cell(report: Report, mention: Mention, own: OwnCell, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """未经复议直接起诉1件、复议后起诉2件 are not the sum of both."""
    cell = cells.get(own.cell)
    if cell is not None and cell.value is not None and cell.value != mention.value:
        places = [_place(report, mention), quote(report.text, cell.start, cell.end, cell=cell.code)]
        values = {"indicator": own.indicator, "prose": _printed(mention), "cells": own.cell}
        yield finding("prose_table", *places, values=values, table=plain(cell.value))


def _same_result(join: Join, mention: Mention, cells: Mapping[str, Cell]) -> list[Cell]:
    """Totals of other result rows that hold the number of the text."""
    no_result = ("t3.new", "t3.carried_in", "t3.total", "t3.carried_out")
    totals = [c for c in cells.values() if c.code.startswith("t3.") and c.code.endswith(".total")]
    return [
        c for c in totals if c.value == mention.value and c.code not in join.cell_codes and not c.code.startswith(no_result)
    ]


def _repeats(report: Report, check: Check, mentions: Mapping[str, Mention], sure: set[str]) -> bool:
    """Whether a check tells of two numbers for one count, both beyond doubt; the tables are then beside the point."""
    if check.check != "repeat" or check.verdict != "fails" or not sure.issuperset(check.evidence):
        return False
    return not any(_SHARE.match(squeeze(report.text[mentions[k].end : mentions[k].end + 6])) for k in check.evidence)


def _against_itself(report: Report, mentions: Mapping[str, Mention], sure: set[str]) -> Iterator[CheckFinding]:
    for check in report.checks:
        some = [mentions[key] for key in check.evidence if key in mentions]
        if check.verdict != "fails" or not some or check.check not in TOLD:
            continue
        places = [_place(report, m) for m in some]
        if check.check == "repeat":
            if _repeats(report, check, mentions, sure):
                yield finding("repeat", *places, indicator=some[0].indicator, first=some[0].text, second=some[1].text)
        elif check.check != "sum" or _one_list(report, some[0], some[1:]):
            yield _two_sides(check, places)


def _longer_lists(report: Report, told: set[int]) -> Iterator[CheckFinding]:
    """Lists of more than their total that the checks of the codebook do not tell of."""
    for whole, parts in longer_lists(report):
        if whole.start in told:
            continue
        told.add(whole.start)
        right = plain(sum((m.value for m in parts), Decimal(0)))
        expression = f"{plain(whole.value)} = {' + '.join(plain(m.value) for m in parts)}"
        places = [_place(report, m) for m in (whole, *parts)]
        yield finding("prose_sum", *places, left=plain(whole.value), right=right, expression=expression)


def _one_list(report: Report, whole: Mention, parts: Sequence[Mention]) -> bool:
    """Whether the parts of a sum surely are those of that total, in one list: 许可81宗，其中新办60宗、变更13宗；处罚51宗 are two."""
    ordered = sorted(parts, key=lambda m: m.start)
    first, last = ordered[0], ordered[-1]
    if any(_TOTAL.search(squeeze(report.text[max(0, m.start - 6) : m.start])) for m in ordered):
        return False  # …，共计51宗 is a total of its own
    if any(m.by == "channel" and m.value == whole.value for m in ordered):
        return False  # 公开68条，其中网站11条，公众号68条: the same information on two channels
    between = [report.text[a.end : b.start] for a, b in pairwise(ordered) if a.end <= b.start]
    marks = sum(_STRONG.search(words) is not None for words in between)
    if (
        0 < marks < len(between)
        or any("其中" in words for words in between)
        or _NESTED.search(report.text[whole.start : last.end])
    ):
        return False  # 甲60个、乙13个；丙51宗 | 甲11条、乙15条，其中主站采用18条
    if whole.value in list(accumulate(m.value for m in ordered))[:-1] and last.value:
        return False  # 预决算12条，包括预算6条、决算6条、“三公”经费12条: whole before its last item
    if _other_act(report, whole, first, between):
        return False
    if first.start < whole.start:
        return True
    return _follows(report, whole, first, sum(m.value for m in ordered) < whole.value)


def _other_act(report: Report, whole: Mention, first: Mention, between: Sequence[str]) -> bool:
    """Whether an item tells an act of its own, and the first does not: 其中政策文件50条、工作动态60条，发布解读40条."""
    led = report.text[whole.end : first.start]
    if first.start < whole.end or {"（", "("}.intersection(led):
        return False
    acts = [own_act(fold(words).strip(" ,、;:")) for words in (_LINK.split(led)[-1], *between)]
    return not acts[0] and any(acts)


def _follows(report: Report, whole: Mention, first: Mention, all_: bool) -> bool:
    """Whether the words between a total and its first part lead from one to the other, no other number in between.

    ``all_``: the parts must be said to be all of it (分别为, 包括, an open bracket), for their sum is smaller.
    """
    words = report.text[whole.end : first.start]
    links = list(_LINK.finditer(words))
    at = whole.end + (links[-1].start() if links else 0)
    if any(whole.end <= m.start < at and m.indicator not in GROWN for m in report.mentions):
        return False
    if all_ and not _ALL.search(words) and not any(words.count(a) > words.count(b) for a, b in ("（）", "()")):
        return False
    return first.passage == whole.passage or bool(links)


def _two_sides(check: Check, places: Sequence[Quote]) -> CheckFinding:
    left, right = ("?" if side is None else plain(side) for side in (check.left, check.right))
    return finding(TOLD[check.check], *places, left=left, right=right, expression=check.expression)


def _concluded(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """已全部办结 in a sentence about requests, while the table carries some over."""
    open_ = cells.get("t3.carried_out.total")
    if open_ is None or not open_.value:
        return
    for passage, q in zip(report.passages, report.predictions, strict=True):
        folded = normalise(passage.text)
        said = folded.text
        about = "request" in (q.label, *q.also) or "申请" in said
        if (
            passage.section not in ("preamble", "s1", "s3", None)
            or not about
            or _OTHER_WORK.search(said)
            or _NOT_ALL.search(said)
        ):
            continue
        match = _CONCLUDED.search(said)
        if match is None or "申请" not in said + squeeze("".join(passage.heading_path)):
            continue
        at = passage.start + folded.span(*match.span())[0]
        if not _of_some(report, passage, at, cells) and not elsewhere(report, passage, at, "request.answered"):
            yield finding(
                "all_done",
                quote(report.text, passage.start, passage.end),
                quote(report.text, open_.start, open_.end, cell=open_.code),
                value=plain(open_.value),
            )


def _of_some(report: Report, passage: Passage, at: int, cells: Mapping[str, Cell]) -> bool:
    """Whether 全部 at ``at`` belongs to a number before it that is not that of all requests: 18件申请中，17件已全部办结，1件延期."""
    counts = [m for m in report.mentions if passage.start <= m.start < passage.end and m.unit in _COUNTED]
    counted = next((m for m in reversed(counts) if m.end <= at), None)
    if counted is None or not _OF_COUNT.fullmatch(squeeze(report.text[counted.end : at])):
        return False
    done, new = (cells[code].value if code in cells else None for code in ("t3.total.total", "t3.new.total"))
    return counted.value < max(m.value for m in counts) or (counted.value == done and counted.value != new)


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
