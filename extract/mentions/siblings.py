"""Counts of one code that stand beside each other without a sum are each a part of what the code counts.

`在市政府网站公开信息48条，在镇网站公开7条`: neither is all that the websites carry (codebook, M15: kinds, channels or bodies of one code
without a printed sum are `part`, no `whole`).  What tells such counts apart is data: the table ``sibling`` of ``context.toml``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.normalise import Normalised
from extract.mentions.rules import sibling_rules
from extract.types import Mention
from models.base import Passage

_RELATIVE = frozenset({"%", "倍", "个百分点", "百分点"})
_CLAUSE = later(r"[;。!?]")
_OF_THEM = pattern("extract/mentions", "of_carried")
_STAGES = frozenset(
    {"request.received", "request.answered", "request.carried_in", "request.carried_out", "request.timely_rate"}
)
_WAY = pattern("extract/mentions", "sibling_way")


def apart(passage: Passage, normal: Normalised, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions of a passage, those that stand beside others of their code marked as parts."""
    if len(mentions) < 2:
        return list(mentions)
    starts, ends = zip(*(normal.place(m.start - passage.start, m.end - passage.start) for m in mentions), strict=True)
    result = _of_carried(normal.text, starts, ends, mentions)
    wholes = {m.whole for m in mentions if m.whole is not None}
    several = Counter(m.indicator for m in mentions)
    for rule in sibling_rules():
        if several[rule.indicator] < 2:
            continue
        names: dict[int, str] = {}
        unnamed = Decimal(0)
        for i, m in enumerate(mentions):
            if m.indicator != rule.indicator or m.unit in _RELATIVE:
                continue
            if m.scope != "total" or m.whole is not None or m.key in wholes or m.period != "year":
                names.clear()  # a sum or a part is printed: what the others are says the sentence
                break
            words = _CLAUSE.split(normal.text[ends[i - 1] if i and not rule.far else 0 : starts[i]])[-1]
            behind = normal.text[ends[i] : min([ends[i] + rule.reach, *starts[i + 1 : i + 2]])]
            name = rule.name.match(behind) or next(reversed(list(rule.name.finditer(words))), None)
            if name is not None and m.value > 0:
                names[i] = name[0]
            elif m.value > 0:
                unnamed = max(unnamed, m.value)
        values = [mentions[i].value for i in names]
        if _differ(list(names.values())) and not _sums_up(values) and unnamed < sum(values):
            for i in names:
                result[i] = replace(result[i], scope="part", by=rule.by)
    return result


def _differ(names: Sequence[str]) -> bool:
    """Whether several names are of more than one thing (`在县政府网站` and `县政府网站` are of one)."""
    return len({_WAY.sub("", name) for name in names}) > 1


def _sums_up(values: Sequence[Decimal]) -> bool:
    """Whether one of several counts, more than two, is the sum of the others."""
    return len(values) > 2 and max(values) * 2 == sum(values)


def _of_carried(text: str, starts: Sequence[int], ends: Sequence[int], mentions: Sequence[Mention]) -> list[Mention]:
    """`上年结转5件，其中予以公开3件、无法提供2件`: the outcomes of these requests alone, no totals of the year."""
    result = list(mentions)
    for i, carried in enumerate(mentions):
        if carried.indicator != "request.carried_in":
            continue
        run: list[int] = []
        for k in range(i + 1, len(mentions)):
            if not mentions[k].indicator.startswith("request.") or mentions[k].indicator in _STAGES:
                break
            run.append(k)
        between = text[ends[i] : starts[run[0]]] if run else ""
        # of what came in and what was carried over the outcomes are those of the year
        beside = any(m.indicator in {"request.received", "request.answered"} for m in mentions[:i])
        opened = between.startswith("(") if beside else _OF_THEM.search(between) is not None
        if opened and sum(mentions[k].value for k in run) <= carried.value:
            for k in run:
                result[k] = replace(mentions[k], scope="part", by="outcome", whole=carried.key)
    return result
