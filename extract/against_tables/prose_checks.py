"""Checks of printed rates, totals and repetitions against other numbers of the same narrative (codebook, section 3).

A rate is checked only where its two counts are beyond doubt; a rate whose counts are not printed gives no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

from corpus.codebook import codebook
from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.normalise import fold
from extract.types import Check, CheckVerdict, Mention

# rate -> (indicators of the count above the line, indicators of the count below it in order of preference)
_PAIRS: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "service.completion_rate": (frozenset({"service.completed"}), ("service.accepted", "service.handled")),
    "service.online_rate": (frozenset({"service.online"}), ("service.handled", "service.accepted", "service.completed")),
}
# Families without an indicator for the count above the line: the word before the count names what the rate is of, as in
# 承办诉求300件，办结297件，办结率99%.
_SPOKEN: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "hotline.completion_rate": (pattern("extract", "act.settle"), ("hotline.accepted",)),
    "hotline.response_rate": (pattern("extract", "act.answer"), ("hotline.accepted",)),
    "hotline.acceptance_rate": (pattern("extract", "act.take"), ("hotline.accepted",)),
    "hotline.satisfaction_rate": (pattern("extract", "act.content"), ("hotline.accepted",)),
    "proposal.completion_rate": (pattern("extract", "act.settle_proposal"), ("proposal.handled",)),
    "proposal.satisfaction_rate": (pattern("extract", "act.content"), ("proposal.handled",)),
    "service.satisfaction_rate": (pattern("extract", "act.content"), ("service.handled", "service.completed")),
}
_SPOKEN_INDICATORS = frozenset({"", "service.completed", "service.handled", "hotline.accepted", "proposal.handled"})
# count -> the totals that a share behind it is of, where the sentence names no whole
_SHARE_OF: dict[str, tuple[str, ...]] = {
    **{
        f"request.{outcome}": ("request.answered", "request.received")
        for outcome in ("granted", "partial", "denied", "unavailable", "rejected", "other")
    },
    **{f"service.{way}": ("service.handled", "service.accepted") for way in ("online", "offline")},
    **{
        f"{kind}.{end}": (f"{kind}.total",)
        for kind in ("review", "litigation")
        for end in ("upheld", "corrected", "other", "pending")
    },
}
_SOME = pattern("extract", "some_parts")
_ALL = pattern("extract", "all_parts")
_DIGITS = later(r"\d+(?:\.(\d+))?")
# units of what is no count
_RELATIVE = frozenset({"%", "成", "倍", "个百分点", "百分点"})
_NAME = pattern("extract", "named_rate")
_CUT = later("[，,、；;。:：(（]")
_LIMIT = pattern("extract", "in_time")
_OWN_RATE = pattern("extract", "own_rate")
# words for one act: a rate may be called by another than its count (办完64件，办结率97%)
_SAME = (pattern("extract", "act.conclude"), pattern("extract", "act.answer"), pattern("extract", "act.collect"))
Link = Literal["some", "all", "none"]
Pair = tuple[Mention, Mention, bool]  # above the line, below it, and whether nothing else could be meant


def plain(value: Decimal) -> str:
    """A number without exponent and without idle zeros: ``86``, ``97.6``."""
    printed = str(value)
    if "E" in printed:  # 1E+3; rare, and format is slower
        printed = format(value, "f")
    return printed.rstrip("0").rstrip(".") if "." in printed else printed


def link_word(between: str) -> Link:
    """What the words between a total and its first part promise: some parts (其中), all of them (分别为, brackets), nothing."""
    folded = fold(between)
    if _SOME.search(folded):
        return "some"
    return "all" if _ALL.search(folded) else "none"


def _sum(whole: Mention, parts: Sequence[Mention], text: str) -> Check:
    """The check of a total against its parts.

    After 其中, or where an item has no number, the parts need not be all: only a larger sum fails.  After 分别为, 包括 or in
    parentheses the sum must be equal.
    """
    total = sum((m.value for m in parts), Decimal(0))
    first = min(m.start for m in parts)
    # a total after its parts (建议74件、提案93件，共167件) is meant to be their sum
    link: Link = link_word(text[whole.end : first]) if first >= whole.end else "all"
    verdict: CheckVerdict
    if total == whole.value:
        verdict = "holds"
    elif any(m.qualifier != "exact" for m in (whole, *parts)):
        verdict = "not_checkable"
    elif total > whole.value or (link == "all" and not _numberless(parts, text)):
        verdict = "fails"
    else:
        verdict = "not_checkable"
    expression = f"{plain(whole.value)} = {' + '.join(plain(m.value) for m in parts)}"
    return Check("sum", expression, whole.value, total, verdict, (whole.key, *(m.key for m in parts)))


def _numberless(parts: Sequence[Mention], text: str) -> bool:
    """Whether a list names an item without a number (`网站80条、公告栏、微信20条`, `等`)."""
    ordered = sorted(parts, key=lambda m: m.start)
    between = [text[a.end : b.start] for a, b in pairwise(ordered) if b.start >= a.end]
    if text[ordered[-1].end : ordered[-1].end + 1] == "等":
        return True
    return any(len(_SEPARATORS.findall(words.strip())) > 1 for words in between)


def _sums(mentions: Sequence[Mention], text: str) -> Iterable[Check]:
    """Sums of the parts that name their whole, one for each way of cutting it up (``by``), whatever their codes."""
    groups: dict[tuple[str, str | None], list[Mention]] = {}
    for m in mentions:
        if m.whole is not None and m.unit not in _RELATIVE and m.qualifier != "range":
            groups.setdefault((m.whole, m.by), []).append(m)
    wholes = {m.key: m for m in mentions} if groups else {}
    for (key, _), parts in groups.items():
        whole = wholes.get(key)
        if whole is None or whole.qualifier == "range":
            continue
        parts = [m for m in parts if m.period == whole.period]
        if len(parts) > 1:
            yield _sum(whole, parts, text)


def _repeats(mentions: Sequence[Mention]) -> Iterable[Check]:
    """Two totals of one indicator and period that differ (codebook, J2): once for each further value."""
    seen: dict[tuple[str, str, str], Mention] = {}
    carried = {m.key for m in mentions if m.indicator == "request.carried_in"}
    for m in mentions:
        if m.scope != "total" or not m.indicator or m.indicator in _UNREPEATED or m.qualifier == "range":
            continue
        if m.whole in carried:  # 含上年结转4件，其中予以公开4件: of these alone
            continue
        whatever = m.indicator == "disclosure.total" or codebook().indicators[m.indicator].cls == "B"
        if m.period != "year" or (not whatever and len(m.subject) < _NAMED):
            continue
        key = (m.indicator, m.unit if not whatever else "", "" if whatever else m.subject)
        first = seen.setdefault(key, m)
        if first.passage != m.passage and not _agree(first, m):
            expression = f"{plain(first.value)} = {plain(m.value)}"
            yield Check("repeat", expression, first.value, m.value, "fails", (first.key, m.key))


def _agree(a: Mention, b: Mention) -> bool:
    """Whether two printed values may be of one number: 1400余 and 1432, 14万 and 140321."""
    if a.value == b.value:
        return True
    for loose, sharp in ((a, b), (b, a)):
        if loose.qualifier == "at_least" and loose.value <= sharp.value:
            return True
        if loose.qualifier == "at_most" and loose.value >= sharp.value:
            return True
        if loose.qualifier == "about" and abs(loose.value - sharp.value) <= max(loose.step, abs(loose.value) / 20):
            return True
        if _ROUNDED.search(loose.text) and abs(loose.value - sharp.value) < loose.step:
            return True
    return False


_ROUNDED = later("[万亿]")
_SEPARATORS = later("[、，,；;]")
# changes and shares are of as many things as are named; kinds of information, meetings and checks too
# a subject of fewer characters (阅读量) may be that of another channel
_NAMED = 6
_UNREPEATED = frozenset({"growth", "share", "disclosure.category", "disclosure.increase"})


def _last(candidates: Sequence[Mention], before: int) -> tuple[Mention | None, bool]:
    """The nearest candidate before an offset, and whether it is the only candidate."""
    earlier = [m for m in candidates if m.start < before]
    return (earlier[-1] if earlier else None), len(earlier) == 1


def _precision(rate: Mention) -> tuple[str, Decimal]:
    """The printed digits of a rate, and the unit of its last one (``97.6``, 0.1)."""
    match = _DIGITS.search(fold(rate.text))
    if match is None or Decimal(match.group()) != abs(rate.value):
        printed = plain(rate.value)  # 九成, 百分之九十五: no digits to show
        match = _DIGITS.search(printed)
        return printed, Decimal(1).scaleb(-len(match.group(1) or "")) if match else Decimal(1)
    return match.group(), Decimal(1).scaleb(-len(match.group(1) or ""))


def _rate(rate: Mention, above: Mention, below: Mention) -> Check:
    printed, unit = _precision(rate)
    expression = f"{plain(above.value)} / {plain(below.value)} = {printed} %"
    evidence = (rate.key, above.key, below.key)
    if below.value == 0 or not above.qualifier == below.qualifier == "exact":
        return Check("rate", expression, None, rate.value, "not_checkable", evidence)
    ratio = above.value * 100 / below.value
    match rate.qualifier:
        case "exact" | "range":
            good = rate.value in (ratio.quantize(unit, ROUND_HALF_UP), ratio.quantize(unit, ROUND_DOWN))
        case "at_least":
            good = ratio >= rate.value
        case "at_most":
            good = ratio <= rate.value
        case "about":
            good = abs(ratio - rate.value) <= rate.value / 20
    left = ratio.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return Check("rate", expression, left, rate.value, "holds" if good else "fails", evidence)


def _name(rate: Mention, text: str) -> str:
    """The words of a rate before 率: 按期办结 for 按期办结率达到98%; empty where the number is no …率."""
    match = _NAME.search(text, max(0, rate.start - 14), rate.start)
    return match.group(1) if match else ""


def _clause(m: Mention, text: str) -> str:
    """The words right before a count, back to the last comma."""
    return _CUT.split(text[max(0, m.start - 10) : m.start])[-1]


def _named_counts(rate: Mention, counts: Sequence[Mention], name: str, text: str) -> Pair | None:
    """收回612份，回收率…: the count that is called like the rate, and the one right before it.

    The two are beyond doubt where the rate's word stands before the count above the line, nothing is counted between it and
    the rate, and the count before it has the same unit.
    """
    before = [m for m in counts if m.start < rate.start]
    if len(before) < 2 or before[-1].unit != before[-2].unit or before[-1].value > before[-2].value:
        return None
    clause = _clause(before[-1], text)
    words = next((group for group in _SAME if group.search(name)), None)
    if not (words.search(clause) if words else name[-2:] in clause):
        return None
    return before[-1], before[-2], len(before) == 2


def _known_counts(rate: Mention, counts: Sequence[Mention], text: str) -> Pair | None:
    """The counts whose indicators belong to the rate's."""
    if rate.indicator in _PAIRS:
        uppers, lowers = _PAIRS[rate.indicator]
        above, only_above = _last([m for m in counts if m.indicator in uppers and m.scope == "total"], rate.start)
    else:
        word, lowers = _SPOKEN[rate.indicator]
        spoken = [m for m in counts if m.indicator in _SPOKEN_INDICATORS and word.search(_clause(m, text))]
        above, only_above = _last(spoken, rate.start)
    if above is None:
        return None
    for name in lowers:
        same = [m for m in counts if m.indicator == name and m is not above and m.unit == above.unit]
        # the rate of a part stands in a sentence that counts nothing but this part
        below, only_below = _last([m for m in same if m.scope == "total"] or same, rate.start)
        if below is not None and not _side_by_side(above, below):
            return above, below, only_above and only_below
    return None


def _side_by_side(above: Mention, below: Mention) -> bool:
    """答复建议14件、提案22件，办结率100%: two counts of different things, not one of the other."""
    spoken = above.indicator in _SPOKEN_INDICATORS
    return spoken and (above.start < below.start or above.value > below.value or above.scope == below.scope == "part")


def _counts(rate: Mention, here: Sequence[Mention], text: str) -> Pair | None:
    """The counts above and below the line of a rate, and whether they are the only ones that could be meant."""
    counts = [m for m in here if m.unit not in _RELATIVE and m.period == rate.period]
    found = _known_counts(rate, counts, text) if rate.indicator in _PAIRS or rate.indicator in _SPOKEN else None
    name = _name(rate, text)
    alone = sum(m.start == rate.start for m in here) == 1
    if found is None and name and alone:
        found = _named_counts(rate, counts, name, text)
    if found is None:
        return None
    # 办结90件，按期办结率100%: of those in time nothing is counted
    limited = _LIMIT.search(name)
    certain = limited is None or limited.group() in _clause(found[0], text)
    return found[0], found[1], found[2] and certain


def _shares(rate: Mention, here: Sequence[Mention], above: Sequence[Mention], text: str) -> Iterable[Pair]:
    """网上提出12件，占60%: the count right before the share, and what it may be a share of; its whole may stand in the sentence ``above``."""
    before = [m for m in here if m.start < rate.start and m.unit not in _RELATIVE]
    if not before or rate.start - before[-1].end > 12:
        return []
    part = before[-1]
    if _OWN_RATE.search(text, part.end, rate.start):
        return []  # 文件12件，全文电子化率90%
    if part.whole is not None:
        wholes = [m for m in (*above, *here) if m.key == part.whole]
    else:
        names = _SHARE_OF.get(part.indicator, ())
        wholes = [m for m in before if m.indicator in names and m.scope == "total" and m.period == part.period]
    return [(part, whole, len(wholes) == 1) for whole in wholes]


def _bare(rate: Mention, text: str) -> bool:
    """Whether a rate stands alone in parentheses: `线上受理42件（17.5%）`."""
    return text[rate.start - 1 : rate.start] in _OPEN and text[rate.end : rate.end + 1] in _CLOSE


_OPEN, _CLOSE = ("(", "（"), (")", "）")


def _rates(by_passage: dict[int, list[Mention]], text: str) -> Iterable[Check]:
    for passage, here in by_passage.items():
        above = by_passage.get(passage - 1, ())
        for rate in here:
            if rate.unit != "%" or rate.scope != "total" or rate.qualifier == "range":
                continue
            if rate.indicator == "share" or _bare(rate, text):
                pairs = list(_shares(rate, here, above, text))
            else:
                found = _counts(rate, here, text)
                pairs = [] if found is None else [found]
            checks = [(_rate(rate, above, below), certain) for above, below, certain in pairs]
            # 许可受理9件，办结8件；服务受理20件，办结19件，办结率…: the rate may be of both, so only the match is a finding
            good = next((check for check, _ in checks if check.verdict == "holds"), None)
            if good is not None:
                yield good
            else:
                yield from (check for check, certain in checks if certain)


def check_prose(mentions: Sequence[Mention], text: str) -> tuple[Check, ...]:
    """Checks ``rate``, ``sum`` and ``repeat``, in the order in which the last number of each is printed.

    ``left`` of a rate is the ratio in percent (4 decimal places), ``right`` the printed rate; ``left`` of a sum is the printed
    total, ``right`` the sum of its parts.
    """
    ordered = sorted(mentions, key=lambda m: (m.start, m.number))
    by_passage: dict[int, list[Mention]] = {}
    for m in ordered:
        by_passage.setdefault(m.passage, []).append(m)
    checks: dict[frozenset[str], Check] = {}
    for check in (*_sums(ordered, text), *_rates(by_passage, text), *_repeats(ordered)):
        checks.setdefault(frozenset(check.evidence), check)
    if not checks:
        return ()
    place = {m.key: m.start for m in ordered}
    return tuple(sorted(checks.values(), key=lambda c: max(place[key] for key in c.evidence)))
