"""Lists under a total, read as they are printed: items that together, or one alone, are more than the total that they are taken from.

The codebook checks the parts of one kind (`sum`); here a list counts whole, whatever its items are told apart by (`443条，其中工作动态189条、部门预决算9条…`),
and is taken only as far as its items stand in one row and are alike.  A smaller sum is none of our business: 其中 need not name all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from corpus.patterns import pattern
from corpus.text.normalise import fold
from extract.types import Mention, Report
from models.base import Passage

_LED = pattern("extract", "list_led")
_ACT = pattern("extract", "item_act")
_CHANNEL = pattern("extract", "item_channel")
_APART = pattern("extract", "item_apart")
_STOCK = pattern("extract", "item_stock")
_ASIDE = pattern("extract", "count_aside")
#: measure words of what is taken apart; 网站1个，其中栏目20个 are two things
_UNITS = frozenset("条篇件份期次则部册场起宗") | {"人次"}
#: what was carried over, or is concluded later, may make the outcomes more than what was received
_OPEN = ("request.", "review.", "litigation.", "dispute.", "service.", "platform.")
#: numbers that compare or set in proportion: no totals
GROWN = frozenset({"growth", "share", "disclosure.increase"})
_CLOSED = re.compile(r"\([^()]*\)")
_MARKS = ",、;:。 \t\u3000"
_NAMED_KIND = pattern("extract", "kind_named")
#: words between two items of a list are no more than this
_WORDS = 80
#: words between a total and what leads to its parts
_NEAR = 16


def longer_lists(report: Report) -> Iterator[tuple[Mention, tuple[Mention, ...]]]:
    """(total, items) of lists whose items are more than their total."""
    counts: dict[int, list[Mention]] = {}
    for m in report.mentions:
        if m.number == 1:
            counts.setdefault(m.passage, []).append(m)
    previous: Passage | None = None
    for passage in report.passages:
        here = counts.get(passage.index, [])
        before = counts.get(previous.index, []) if previous is not None and previous.section == passage.section else []
        folded = fold(passage.text)
        for lead in _LED.finditer(folded) if here else ():
            found = _list(passage, folded, lead, here, before)
            if found is not None:
                yield found
        previous = passage


def _list(
    passage: Passage, folded: str, lead: re.Match[str], here: Sequence[Mention], before: Sequence[Mention]
) -> tuple[Mention, tuple[Mention, ...]] | None:
    start, end = (passage.start + at for at in lead.span())
    totals = _totals([m for m in here if m.end <= start], folded, passage.start)
    opens = not folded[: lead.start()].strip(_MARKS)
    if opens:
        totals = [m for m in before if m.whole is None and m.indicator not in GROWN and m.unit in _UNITS]
    if not totals or (not opens and start - totals[-1].end > _NEAR):
        return None
    total = totals[-1]
    bracket = "(" in lead.group()
    items = _items(total, folded, passage.start, end, [m for m in here if m.start >= end], bracket)
    total_of_all = total.value if bracket else sum(m.value for m in totals if m.unit == total.unit)
    if not items or sum(m.value for m in items) <= total_of_all or total.indicator.startswith(_OPEN):
        return None
    return (total, items) if total.qualifier == "exact" and total.value > 0 and total.unit in _UNITS else None


def _totals(counts: Sequence[Mention], folded: str, offset: int) -> list[Mention]:
    """The counts before a list that it may be of, in the same sentence: no shares, and no comparison (较上年增加3件)."""
    found: list[Mention] = []
    for m in counts:
        words = folded[(found[-1].end - offset if found else 0) : m.start - offset]
        if re.search("[;。]", words):
            found = []
        if m.unit in _UNITS and m.indicator not in GROWN and not _ASIDE.search(re.split("[,;。]", words)[-1]):
            found.append(m)
    return found


def _items(
    total: Mention, folded: str, offset: int, start: int, counts: Sequence[Mention], bracket: bool
) -> tuple[Mention, ...]:
    """The items of a list from ``start`` on, as far as they stand in one row and are alike; none where one may be another thing."""
    items: list[Mention] = []
    alike: tuple[object, ...] = ()
    marks: set[bool] = set()
    at, added = start, Decimal(0)
    for m in counts:
        between = folded[at - offset : m.start - offset]
        depth = between.count("(") - between.count(")")
        if depth > 0:  # 甲30条(乙10条、丙20条): a list inside the list
            continue
        if m.unit == "%":
            at = m.end
            continue
        words = _CLOSED.sub("", between)
        if depth < 0 or not _in_row(words, bool(items)) or m.unit != total.unit or m.period != total.period:
            break
        said = words.strip(_MARKS)
        if _APART.search(said):
            break
        if _STOCK.search(said) or m.qualifier != "exact" or (m.by == "channel" and m.value == total.value):
            return ()
        kind = _kind(said, m)
        if items:
            marks.add(";" in words)
        if (
            len(marks) > 1
            or (alike and kind != alike and not bracket)
            or folded[m.end - offset : m.end - offset + 1] not in _BEHIND
        ):
            break
        if items and added == total.value:
            return ()  # the list is whole: what follows cuts it up otherwise, or is of something else
        alike = alike or kind
        items.append(m)
        added += m.value
        at = m.end
    channels = any(
        m.by == "channel" or _CHANNEL.search(folded[max(0, m.start - offset - 12) : m.start - offset]) for m in items
    )
    if channels and all(m.value <= total.value for m in items):
        return ()  # 公开68条，其中网站60条、公众号65条: the same information on two channels
    return tuple(items)


#: what stands behind an item: a mark, its share, or nothing
_BEHIND = frozenset({",", "、", ";", "。", "(", ")", "占", ""})


def _in_row(words: str, later: bool) -> bool:
    """Whether the words before a count are those of an item: one clause, led by a mark where another item stands before it."""
    said = words.strip()
    inner = said.strip(_MARKS)
    led = not later or said[:1] in {",", "、", ";"}
    return led and len(said) <= _WORDS and bool(inner) and not re.search("[,;。:]", inner)


def own_act(said: str) -> str:
    """The act with which an item begins (发布解读), where it is more than the name of a kind (回应热点信息)."""
    act = _ACT.match(said)
    return act.group() if act and not _NAMED_KIND.search(said) else ""


def _kind(said: str, m: Mention) -> tuple[object, ...]:
    """What an item is like: the act it tells, whether it is of a channel, or of applicants."""
    return own_act(said), _CHANNEL.search(said) is not None, m.by if m.by in {"applicant", "channel"} else ""


__all__ = ["GROWN", "longer_lists", "own_act"]
