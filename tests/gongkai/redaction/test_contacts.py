"""Patterns mask what their examples mark, of the same length; counts, public hotlines and words of prose stay."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.redaction import contacts as module
from gongkai.redaction.contacts import KINDS, MASK, Contact, again, contacts, folded, redact, unknowable

KEPT = [
    "全年共办理12345热线13912345件，办结率99.87%。",
    "12345政务服务便民热线受理1391234567件次。",
    "主动公开政府信息13812345678条。",
    "收到依申请公开政府信息公开申请88001234件。",
    "咨询8800123人次，电话咨询6600123次，网上咨询57188001人次",
    "电话受理量88001234，信件受理量66001234",
    "接听来电8800123个",
    "接听电话\t8800123\t1200",
    "本年新制作数量\t本年新公开数量\t对外公开总数量\n139\t1234\t5678\n",
    "行政许可\t13\t9\t13912345\n其他对外管理服务事项\t1\t-3\t88001234\n",
    "行政处罚 13 9 1 0 0 0 0 0 0 0 0 0",
    "项目 880012 3 4 0 0 1 2 3 9",
    "（一）予以公开 1391 2345 6789 1 0",
    "政府集中采购 13912345678.50万元",
    "投资额0571.88001234亿元",
    "点击量13912345678次",
    "国办公开办函〔2021〕30号",
    "青政发〔2023〕13912345号",
    "索引号：11330127002501234/2023-88001234",
    "统一社会信用代码：113301000024895593",
    "统计期限自2023年1月1日起，至2023年12月31日止",
    "发布日期：2024-01-13 10:23:45",
    "网址：http://www.qingyun.gov.cn/art/2024/1/13/art_1229123_5551234.html",
    "微信公众号：青云发布，微博：@青云发布",
    "“青云发布”微信公众号发布信息1234567条",
    "QQ、微信、抖音等平台发布12345条",
    "拨打12345、12388、96345等热线",
    "主要负责人任组长，分管负责人任副组长",
    "单位负责人高度重视，主要负责人亲自部署",
    "行政机关负责人应诉12件，负责人出庭应诉率100%",
    "各科室负责人为成员，联系人为各股室信息员",
    "联系人制度、负责人的责任意识、责任编辑审核制度",
    "联系人：办公室",
    "责任人：各科室、各乡镇",
    "经办人、审核人、签发人三级审核",
    "审核：政务公开办公室",
    "编辑：信息中心",
    "公开办公地址、联系电话、办公时间等信息12345条",
    "通讯地址变更、邮政编码等信息",
    "网站地址：http://www.qingyun.gov.cn/市区",
    "公布地址、电话、邮箱，方便群众",
    "第88号令、12号公告、国道320号、3号地块",
    "邮寄申请311400件",
    "身份证件办理110105件",
    "账号1234567个、公众号账号12345678",
    "党员同志负责宣讲，各位同志负责落实",
    "0.0571、99.99%、1,391,234,567元",
    "2019—2023年分别为13912345、88001234、0、1条",
    "表格1-2-3-4-5-6-7-8-9-10-11",
    "ISBN 978-7-301-12345-6",
    "热线\n350\n2012\n1345\n",
    "电话\n15\n20\n3000\n123\n",
]  # fmt: skip


@pytest.mark.parametrize("contact", contacts(), ids=lambda c: c.id)
def test_patterns_mask_what_their_examples_mark(contact: Contact) -> None:
    for example in contact.yes:
        plain = example.replace("{", "").replace("}", "")
        wanted = re.sub(r"\{([^}]*)\}", lambda m: re.sub(r"[^\t\r\n]", MASK, m[1]), example)
        assert redact(plain) == wanted
        assert contact.pattern.search(folded(plain)), f"{contact.id} does not find its own example {plain!r}"
    for example in contact.no:
        assert redact(example) == example
        assert folded(example) == folded(folded(example))


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_contact_stays(text: str) -> None:
    assert redact(text) == text


def test_docstring_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_every_kind_is_looked_for_and_limits_are_told() -> None:
    assert {c.kind for c in contacts()} == set(KINDS)
    assert all(zh and en for zh, en in (*KINDS.values(), *unknowable()))


@given(st.text(alphabet="0123456789０－- \t\n：:，联系人电话李明王路号@.a微信QQ", max_size=60))
def test_masks_keep_length_line_ends_and_tabs(text: str) -> None:
    made = redact(text)
    assert len(made) == len(text)
    for old, new in zip(text, made, strict=True):
        assert new == old or (new == MASK and old not in "\t\r\n")


def test_what_was_masked_once_is_masked_again() -> None:
    pattern = again(["李小明", "88001234"])
    assert redact("李小明来件８８００１２３４.txt", pattern) == "███来件████████.txt"
    assert redact("1288001234", pattern) == "1288001234"
    assert again([]) is None


def test_time_grows_with_length_only() -> None:
    # long runs that begin like a contact and never end as one
    for piece in ("a.b", "1 ", "139 ", "0571-", "李·", "路", "联系人：", "电话：8", "62220212 ", "地址：县"):
        assert len(redact(piece * 4000)) == len(piece) * 4000
