"""Lists are coded together: what stands in a row counts one kind of thing.

A *row* are three counts or more of alike measure words between which nothing stands but the name of the next one (`机构职能3条、
“人事信息”8条，规划计划2条`; shares of theirs do not break it).  Most of a row decides for those of its members that no rule names, and
for those whose rule agrees with the row, whatever the weights say of the one; a member whose own rule or own word says another thing
keeps that (`政策解读6条` among kinds of information, `办结2件` behind applicants).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from extract.mentions.rules import context_rules, part_rules
from extract.types import Mention

_RELATIVE = frozenset({"%", "个百分点", "百分点", "倍"})
_ITEMS = frozenset({"条", "篇", "件", "份", "则", "期", "部"})
#: the fewest counts that make a row
LEAST = 3


def _alike(one: Mention, other: Mention) -> bool:
    return one.unit == other.unit or {one.unit, other.unit} <= _ITEMS


def rows_of(text: str, spans: Sequence[tuple[int, int]], mentions: Sequence[Mention]) -> list[list[int]]:
    """The rows among the mentions of a normalised passage, each as their numbers."""
    gap, verb = context_rules()["row-gap"], context_rules()["row-verb"]
    rows: list[list[int]] = []
    row: list[int] = []
    for i, mention in enumerate(mentions):
        if mention.unit in _RELATIVE:
            continue
        if row:
            last = row[-1]
            # what stands before the next name: shares in their clause or in parentheses are no break (`3条,占7%,规划计划2条`)
            between = text[spans[i - 1][1] : spans[i][0]]
            follows = gap.fullmatch(between) is not None and verb.search(between) is None
            if follows and spans[i][0] > spans[last][0] and _alike(mentions[last], mention):
                row.append(i)
                continue
        if len(row) >= LEAST:
            rows.append(row)
        row = [i]
    return [*rows, row] if len(row) >= LEAST else rows


def agree(
    text: str,
    spans: Sequence[tuple[int, int]],
    said: Sequence[Mention],
    weighed: Sequence[Mention],
    final: Collection[int] = frozenset(),
) -> list[Mention]:
    """The weighed mentions of a passage, the members of each row coded together.

    Args:
        text: the normalised passage.
        spans: of the mentions in it.
        said: the mentions as the rules code them.
        weighed: the same as the weights code them.
        final: where those start whose rule decides.
    """
    result = list(weighed)
    shared = part_rules().inherited | {"disclosure.category"}
    plain = context_rules()["plain-word"]
    for row in rows_of(text, spans, said):
        (code, votes), *_ = Counter(weighed[i].indicator for i in row).most_common(1)
        if not code or votes * 2 <= len(row):
            continue
        for i in row:
            if weighed[i].indicator == code or said[i].start in final:
                continue
            own = text[spans[i - 1][1] if i else 0 : spans[i][0]]
            alone = said[i].indicator == "" and code in shared
            if (alone or said[i].indicator == code) and not plain.search(own[-26:]):
                result[i] = replace(weighed[i], indicator=code)
    return result
