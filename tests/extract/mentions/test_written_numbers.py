"""How numbers are written, kind by kind: what each sentence counts, by value, qualifier and period; look-alikes count nothing.

A row is a sentence and what is found in it: ``value unit indicator``, then ``>=`` (at least), ``~`` (about), ``<=`` (at most) and
the period where it is not the year's; ``5..8`` is a range.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.normalise import normalise
from extract.mentions.mentions import find_mentions
from extract.mentions.quantities import find_quantities
from extract.types import Mention
from models.base import Passage

SIGNS = {"exact": "", "at_least": ">=", "about": "~", "at_most": "<=", "range": ""}

ROWS = [
    # spoken and mixed
    ("全年公开政府信息13万2千条。", ["132000 条 disclosure.total"]),
    ("网站全年发布政府信息4万3千条。", ["43000 条 disclosure.website"]),
    ("全年公开政府信息3万2千余条。", ["32000 条 disclosure.total >="]),
    ("主动公开政府信息1万零500条。", ["10500 条 disclosure.total"]),
    ("全年公开政府信息2万3000条。", ["23000 条 disclosure.total"]),
    ("微信推送信息7百20条。", ["720 条 disclosure.wechat"]),
    ("公众号阅读量达2亿1千万次。", ["210000000 次 platform.visits"]),
    ("政务微博粉丝8万5。", ["85000 - platform.followers"]),
    # round numbers
    ("全年共发布政府信息上万条。", ["10000 条 disclosure.total >="]),
    ("公开政府信息逾万条。", ["10000 条 disclosure.total >="]),
    ("发放资料万余份。", ["10000 份 - >="]),
    ("网站访问量近亿次。", ["100000000 次 platform.visits ~"]),
    ("全年答复群众咨询上千次。", ["1000 次 mail.handled >="]),
    ("收到政府信息公开申请近百件。", ["100 件 request.received ~"]),
    ("本年度共收到政府信息公开申请十余件。", ["10 件 request.received >="]),
    ("收到公开申请十几件。", ["10 件 request.received ~"]),
    ("发布各类政务信息两千多件。", ["2000 件 disclosure.total >="]),
    # no number can be read
    ("收到政府信息公开申请几十件。", []),
    ("收到信息公开申请数十件。", []),
    ("全年收到申请好几百件。", []),
    ("办理各类事项成千上万件。", []),
    ("公开政府信息七八百条。", []),
    ("收到咨询三五件。", []),
    # ranges
    ("每月受理公开申请5至8件。", ["5..8 件 request.received other"]),
    ("受理公开申请5-8件。", ["5..8 件 request.received"]),
    ("全年受理信息公开申请约10至12件。", ["10..12 件 request.received"]),
    ("全年举办开放日三至五次。", ["3..5 次 interpretation.conferences"]),
    ("办结率均在98%—100%之间。", ["98..100 % service.completion_rate"]),
    ("群众满意率为百分之九十五至百分之九十八。", ["95..98 % service.satisfaction_rate"]),
    ("视频播放量5-8万次。", ["50000..80000 次 platform.visits"]),
    ("微信发布信息100条至120条。", ["100..120 条 disclosure.wechat"]),
    ("政务新媒体账号由5个到3个。", ["5 个 platform.accounts prior", "3 个 platform.accounts"]),
    # ordinals in a row
    ("共编发《简报》第1—12期，共12期。", ["12 期 -"]),
    ("刊发《公报》1-12期。", []),
    ("编印《政务简报》第三期至第九期。", []),
    # thousands
    ("主动公开政府信息1,234条。", ["1234 条 disclosure.total"]),
    ("主动公开政府信息１２，３４５条。", ["12345 条 disclosure.total"]),
    ("主动公开政府信息12,3456条。", []),
    ("主动公开政府信息1234,567条。", []),
    # letters and plus
    ("阅读量达1200w+。", ["12000000 - platform.visits >="]),
    ("公众号粉丝1.8w。", ["18000 - platform.followers"]),
    ("网站浏览量达3k+次。", ["3000 次 platform.visits >="]),
    ("微博阅读量1.2万余。", ["12000 - platform.visits >="]),
    ("共收到20＋件公开申请。", ["20 件 request.received >="]),
    ("公众号推送信息100+篇。", ["100 篇 disclosure.wechat >="]),
    ("推行“1+3+N”模式，播放4K视频。", []),
    # capitals and digits read out
    ("收取信息处理费叁佰捌拾元。", ["380 元 fee.collected"]),
    ("依申请公开收取信息处理费壹佰贰拾元。", ["120 元 fee.collected"]),
    ("本年度收到公开申请壹件。", ["1 件 request.received"]),
    ("收到信息公开申请贰件。", ["2 件 request.received"]),
    ("公开政府信息五三〇条。", ["530 条 disclosure.total"]),
    ("公开政府信息四〇六条。", ["406 条 disclosure.total"]),
    ("开展队伍人员培训，登陆人次增加。", []),
    ("收取信息处理费12元5角。", ["12.5 元 fee.collected"]),
    # the measure word set apart
    ("受理公开申请（件）：35。", ["35 件 request.received"]),
    ("受理公开申请数（件）：12；答复（件）：11。", ["12 件 request.received", "11 件 request.answered"]),
    # signs
    ("热线办结率≥95%。", ["95 % hotline.completion_rate >="]),
    ("热线满意率＞99%。", ["99 % hotline.satisfaction_rate >="]),
    ("差错率≤2%。", ["2 % - <="]),
    # years
    ("2020-2021年共受理公开申请35件。", ["35 件 request.received cumulative"]),
    ("2021至2023年累计受理公开申请35件。", ["35 件 request.received cumulative"]),
    ("2022年、2023年累计受理信息公开申请21件。", ["21 件 request.received cumulative"]),
    ("2023年1月1日至2023年12月31日，共受理公开申请5件。", ["5 件 request.received"]),
    ("公开政府信息530条，同比增加6.4%（2022年为498条）。", ["530 条 disclosure.total", "6.4 % growth", "498 条 disclosure.total prior"]),
    ("受理公开申请40件，比上年增加5件（上年为35件）。", ["40 件 request.received", "5 件 -", "35 件 request.received prior"]),
    ("公开政府信息2022条，比2021年的2019条多3条。", ["2022 条 disclosure.total", "2019 条 disclosure.total prior", "3 条 disclosure.increase"]),
    ("受理公开申请20件，比2022年的26件少6件。", ["20 件 request.received", "26 件 request.received prior", "-6 件 -"]),
    # a change between the noun and its number
    ("主动公开信息同比增长一倍以上，达到860条。", ["860 条 disclosure.total"]),
    ("主动公开信息量同比增长15%，达到860条。", ["15 % growth", "860 条 disclosure.total"]),
    ("政府信息公开申请量较去年增长两倍多，达33件。", ["2 倍 - >=", "33 件 request.received"]),
    # disputes by kind
    ("发生政府信息公开行政复议类案件134件，行政诉讼类案件57件。", ["134 件 review.total", "57 件 litigation.total"]),
    ("信息公开方面被申请行政复议案件类共12起。", ["12 起 review.total"]),
    # places, hours, sessions, editions
    ("地址：清河区人民路12号3楼302室，电话12345678。", []),
    ("办公地点位于建设路向南300米。", []),
    ("大厅在柳桥路与桐山路交口往北约80米。", []),
    ("工作时间为8时30分至17时30分。", []),
    ("县十七届人大四次会议审议通过。", []),
    ("政协九届三次会议期间的提案。", []),
    ("按照2019年版目录公开，印有第3版指南。", []),
    ("对照《条例》第10条至第15条逐项核对。", []),
]  # fmt: skip


def told(m: Mention) -> str:
    value = f"{m.value.normalize():f}" + (f"..{m.value_to.normalize():f}" if m.value_to is not None else "")
    words = [value, m.unit or "-", m.indicator or "-", SIGNS[m.qualifier], m.period if m.period != "year" else ""]
    return " ".join(word for word in words if word)


@pytest.mark.parametrize(("sentence", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_row(sentence: str, expected: list[str]) -> None:
    passages = [Passage(0, len(sentence), sentence, "s1", ("一、总体情况",), 0)]
    assert [told(m) for m in find_mentions(passages)] == expected
    assert all((m.value_to is not None) == (m.qualifier == "range") for m in find_mentions(passages))


# above stand years: `2021-2023`
NUMBER = st.integers(min_value=1, max_value=1899)


@given(NUMBER, NUMBER, st.sampled_from(["至", "到", "-", "—", "~"]), st.sampled_from(["件", "条", "次"]))
def test_a_range_is_one_quantity(first: int, second: int, to: str, unit: str) -> None:
    low, high = sorted((first, second))
    found = find_quantities(normalise(f"受理申请{low}{to}{high}{unit}。").text)
    if low < high:
        assert [(q.value, q.value_to, q.unit) for q in found] == [(low, high, unit)]
    else:
        assert all(q.value_to is None for q in found)


@given(st.integers(min_value=1, max_value=9999), st.integers(min_value=1, max_value=9))
def test_a_spoken_number_is_the_sum_of_its_parts(ten_thousands: int, thousands: int) -> None:
    (q,) = find_quantities(f"公开信息{ten_thousands}万{thousands}千条。")
    assert (q.value, q.step) == (ten_thousands * 10_000 + thousands * 1000, 1000)


@given(st.integers(min_value=0, max_value=999_999_999), st.integers(min_value=0, max_value=99_999))
def test_a_wrong_group_of_digits_is_no_number_of_its_own(first: int, second: int) -> None:
    printed = f"{first},{second:05}"
    assert not find_quantities(f"公开信息{printed}条。")
