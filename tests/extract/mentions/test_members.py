"""Rows: which counts stand in one, and that most of a row decides for what stands alone in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from corpus.text.normalise import normalise
from extract.mentions.members import agree, rows_of
from extract.mentions.quantities import find_quantities
from extract.types import Mention


def mentions_of(text: str, codes: list[str]) -> tuple[str, list[tuple[int, int]], list[Mention]]:
    folded = normalise(text).text
    found = find_quantities(folded)
    assert len(found) == len(codes)
    mentions = [
        Mention(q.start, q.end, folded[q.start : q.end], q.value, q.unit, subject="", indicator=code, passage=0)
        for q, code in zip(found, codes, strict=True)
    ]
    return folded, [(q.start, q.end) for q in found], mentions


KIND = "disclosure.category"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("公开机构职能3条、“人事信息”8条，规划计划2条。", [[0, 1, 2]]),
        ("公开机构职能3条，占7%，人事信息8条，占20%，规划计划2条。", [[0, 2, 4]]),
        ("公开机构职能3条（7%）、人事信息8条（20%）和规划计划2条。", [[0, 2, 4]]),
        ("公开机构职能3条、人事信息8条。另有规划计划2条。", []),
        ("公开机构职能3条，受理申请8件，召开会议2次。", []),
        ("公开机构职能3条、人事信息8条，收到申请2条。", []),
        ("公开机构职能3条、人事信息8篇；规划计划2份，粉丝9万人。", [[0, 1, 2]]),
    ],
)
def test_rows(text: str, rows: list[list[int]]) -> None:
    folded, spans, mentions = mentions_of(
        text, ["share" if "%" in q.unit else "" for q in find_quantities(normalise(text).text)]
    )
    assert rows_of(folded, spans, mentions) == rows


@pytest.mark.parametrize(
    ("text", "said", "weighed", "expected"),
    [
        # no rule names the third, the row does
        ("机构职能3条、人事信息8条、老旧小区2条。", [KIND, KIND, ""], [KIND, KIND, ""], [KIND, KIND, KIND]),
        # the weights pull out what the rule keeps in
        ("机构职能3条、人事信息8条、办事服务2条。", [KIND] * 3, [KIND, KIND, "service.handled"], [KIND] * 3),
        # its own rule says another thing
        ("机构职能3条、人事信息8条、培训2条。", [KIND, KIND, "supervision.trainings"], [KIND, KIND, "supervision.trainings"],
         [KIND, KIND, "supervision.trainings"]),
        # its own word says another thing
        ("机构职能3条、人事信息8条、政策解读2条。", [KIND] * 3, [KIND, KIND, "interpretation.items"], [KIND, KIND, "interpretation.items"]),
        # half of a row decides nothing
        ("微信3条、微博8条、客户端2条、其余1条。", ["", "", "", ""], [KIND, KIND, "", ""], [KIND, KIND, "", ""]),
        # a code that no list shares
        ("机构职能3条、人事信息8条、老旧小区2条。", ["disclosure.total"] * 2 + [""], ["disclosure.total"] * 2 + [""],
         ["disclosure.total"] * 2 + [""]),
    ],
)  # fmt: skip
def test_agree(text: str, said: list[str], weighed: list[str], expected: list[str]) -> None:
    folded, spans, mentions = mentions_of(text, said)
    result = agree(folded, spans, mentions, [replace(m, indicator=code) for m, code in zip(mentions, weighed, strict=True)])
    assert [m.indicator for m in result] == expected
    assert [m.value for m in result] == [m.value for m in mentions]


def test_a_final_rule_stands_in_every_row() -> None:
    folded, spans, mentions = mentions_of("机构职能3条、人事信息8条、老旧小区2条。", [KIND, KIND, ""])
    assert [m.indicator for m in agree(folded, spans, mentions, mentions, {mentions[2].start})] == [KIND, KIND, ""]
    assert mentions[0].value == Decimal(3)
