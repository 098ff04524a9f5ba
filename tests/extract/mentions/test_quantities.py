"""Finding numbers with their measure words, and leaving look-alikes alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.text.normalise import normalise
from extract.mentions.quantities import find_quantities

FOUND = [
    ("388条信息", [("388", "条")]), ("1,906户次", [("1906", "户次")]), ("2 3 件", [("23", "件")]), ("３．５万人次", [("35000", "人次")]),
    ("14万余条", [("140000", "条")]), ("40余万件", [("400000", "件")]), ("三千六百余条", [("3600", "条")]), ("两次", [("2", "次")]),
    ("十二件", [("12", "件")]), ("百余家", [("100", "家")]), ("一百多人次", [("100", "人次")]), ("6.38亿元", [("63800", "万元")]),
    ("112万元", [("112", "万元")]), ("640元", [("640", "元")]), ("四亿零八百万元", [("40800", "万元")]), ("91.3%", [("91.3", "%")]),
    ("百分之九十八点六", [("98.6", "%")]), ("七成", [("70", "%")]), ("2.3个百分点", [("2.3", "个百分点")]), ("粉丝突破550万", [("5500000", "")]),
    ("粉丝近十五万", [("150000", "")]), ("共计3020。", [("3020", "")]), ("1840万千瓦", [("18400000", "千瓦")]), ("5千余份", [("5000", "份")]),
    ("培训一次。", [("1", "次")]), ("21个领域、8家乡镇", [("21", "个"), ("8", "家")]), ("第三方测评4次", [("4", "次")]), ("南方+4条", [("4", "条")]),
]  # fmt: skip
NOTHING = [
    "2022年", "二〇二二年度", "1月1日", "2019.1.1-12.31", "2019—2021", "上午8:30", "5个工作日", "20日内", "7×24小时", "三个月", "十年", "第一季度",
    "〔2019〕60号", "第711号令", "第三十六条第一款", "第3次", "第六期", "0571-87654321", "13900001111", "邮编：310000", "12号3楼",
    "一是加强", "1.规范", "（二）完善", "1、学习", "12345热线受理", "12366平台", "三公经费", "“五公开”", "一件事一次办", "一网通办",
    "双随机、一公开", "四议两公开", "两会期间", "百姓", "十四五规划", "二十大精神", "进一步", "统一", "一批项目", "一项重要工作", "一系列", "每月2次",
    "三分之二", "六个部分", "三个方面", "5G网络", "A4纸", "IPv6改造", "1+N模式", "2.0版", "www.a12.gov.cn", "《十条措施》", "12条例", "年龄46岁",
    "最多跑一次", "三审三校", "八项规定", "二次复核", "十分重视", "印发一件、公开一件", "三四个", "排名前10的单位", "3/4的单位", "万元", "千方百计",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(q.value, q.unit) for q in find_quantities(normalise(text).text)] == [(Decimal(v), u) for v, u in expected]


@pytest.mark.parametrize("text", NOTHING)
def test_look_alike(text: str) -> None:
    assert find_quantities(normalise(text).text) == []


def test_spans_and_more() -> None:
    text = "受理1400余件"
    (quantity,) = find_quantities(text)
    assert text[quantity.start : quantity.end] == "1400余件"
    assert text[quantity.unit_start : quantity.end] == "件"
    assert (quantity.more, quantity.step) == ("余", Decimal(100))
