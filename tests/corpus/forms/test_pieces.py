"""Pieces of tables in running text, values behind them, and rows of table 4: what they are and what they are not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.forms.cellvalue import heading_money_unit, is_value, read_cell, spaced_values
from corpus.forms.shreds import glued_labels, is_shred
from corpus.forms.turned import read_turned
from corpus.forms.wordings import LabelMemo, is_label_start, match_label
from corpus.types import GridCell

_APPLICANTS = "商业企业科研机构社会公益组织法律服务机构其他"


@pytest.mark.parametrize(
    ("text", "shred"),
    [
        ("", False), ("0", True), ("0 | 3", True), ("果", True), ("各", False), ("一", True), ("三、", True), ("A", False), ("ABC", False),
        ("（三）", True), ("（三）不", True), ("· 3", True), ("2023年", True), ("单位：万元）", True), ("位：件", True), ("自然人总计", True),
        (_APPLICANTS, True), ("公开了", False), ("公开的数", False), ("我局公开信息", False), ("没有公开", False), ("未予公开", False), ("不予公开", True),
        # two of five pairs may be unknown, and one character of ten
        ("维持纠正结果", True), ("维持纠正结果好", False), ("好的公开数量", False),
        # a sentence is none, however it is worded
        ("信息公开；", False), ("信息公开。", False), ("信息公开！", False),
        # 90 characters of words, and 270 with values and blanks
        ("公开" * 45, True), ("公开" * 46, False), ("0 " * 135, True), ("0 " * 136, False),
    ],
)  # fmt: skip
def test_pieces_of_tables(text: str, shred: bool) -> None:
    assert is_shred(text) == shred


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("信息内容本年处理决定数量", ["信息内容", "本年处理决定数量"]),
        (" 自然人总计 ", ["自然人", "总计"]),
        ("总计其他", ["总计", "其他"]),
        ("自然人 总计", ["自然人", " 总计"]),
        (_APPLICANTS, ["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]),
        ("商业企业" * 15, ["商业企业"] * 15),
        ("商业企业" * 15 + "其他", None),  # 62 characters
        ("自然人", None),
        ("总计", None),
        ("自人总计", None),
        ("自然人总计。", None),
        ("自然人总计好", None),
        ("1234", None),
    ],
)
def test_labels_run_together(text: str, labels: list[str] | None) -> None:
    assert glued_labels(text, LabelMemo()) == labels


@pytest.mark.parametrize(
    ("text", "head", "values"),
    [
        ("", "", []),
        ("  ", "", []),
        ("甲  ", "甲", []),
        ("3 甲", "3 甲", []),
        ("甲 3 乙 4", "甲 3 乙", ["4"]),
        ("甲 无 —", "甲", ["无", "—"]),
        ("甲 一 9", "甲 一", ["9"]),
        ("9 0 0", "", ["9", "0", "0"]),
        ("甲 9 件 3 件", "甲", ["9件", "3件"]),
        ("3 件", "", ["3件"]),
        ("金额 3 万元 5", "金额", ["3万元", "5"]),
        ("甲 增加 5 减 3", "甲", ["增加5", "减3"]),
        ("增 5", "", ["增5"]),
    ],
)
def test_values_at_the_end_of_a_line(text: str, head: str, values: list[str]) -> None:
    assert spaced_values(text) == (head, values)


@pytest.mark.parametrize(
    ("raw", "in_counts", "in_money", "in_thousands"),
    [
        # in a column of counts, of 万元, and of 万元 whose heading prints 千元
        ("12万", "120000", "12", "12"),
        ("1.2亿", "120000000", "12000", "12000"),
        ("12万元", None, "12", "12"),
        ("12百万元", None, "1200", "1200"),
        ("3千元", None, "0.3", "0.3"),
        ("25.10", "25.1", "25.1", "2.51"),
        ("5.0", "5", "5", "0.5"),
        ("-0", "0", "0", "0"),
        ("+0", "0", "0", "0"),
        ("净减5", "-5", "-5", "-0.5"),
        ("下降5", "-5", "-5", "-0.5"),
        ("↑5", "5", "5", "0.5"),
        ("1'234", "1234", "1234", "123.4"),
        ("约5", "5", "5", "0.5"),
        ("零", "0", "0", "0"),
        ("1000000000000000", "1000000000000000", "1000000000000000", "100000000000000"),
        ("5件3", None, None, None),
        ("元", None, None, None),
        ("3%", None, None, None),
    ],
)
def test_values_by_the_unit_of_their_column(
    raw: str, in_counts: str | None, in_money: str | None, in_thousands: str | None
) -> None:
    found = [read_cell(raw, unit="件"), read_cell(raw, unit="万元"), read_cell(raw, unit="万元", printed_unit="千元")]
    assert [None if f.value is None else str(f.value) for f in found] == [in_counts, in_money, in_thousands]
    assert [f.state for f in found] == ["unreadable" if v is None else "value" for v in (in_counts, in_money, in_thousands)]


def test_a_value_is_short() -> None:
    assert is_value("1" + " " * 38 + "2")
    assert not is_value("1" + " " * 39 + "2")
    assert is_value("无")
    assert not is_value("（5）")
    assert heading_money_unit("金额（万元）（单位：元）") == "元"
    assert read_cell("3亿", unit="万元").value == Decimal(30000)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # as near as 0.7 of the pairs of characters, and a sixth nearer than any other wording
        ("年结转申请有数量", "t3.carried_in"),
        ("保护的第三方合法权其", "t3.denied_third_party"),
        ("本收到政府信息公开申请数量", "t3.new"),
        ("上类结转政府信息公开申请数量", "t3.carried_in"),
        ("上结转政府信息公开申类数", None),
        ("无正当理由大量反各复类请的", None),
        ("其外公开数量", None),
        ("上年度结政府信息公开申请数量", None),
    ],
)
def test_what_is_near_a_label_is_one_only_where_no_other_is_near(text: str, code: str | None) -> None:
    hit = match_label(text)
    assert (hit.labels[0].code if hit is not None else None) == code


def test_the_beginning_of_a_label_has_two_characters_and_is_not_the_whole() -> None:
    assert is_label_start("自然")
    assert not is_label_start("自")
    assert not is_label_start("自然人")


_OUTCOMES = "结果维持|结果纠正|其他结果|尚未审结|总计"
_ROWS = ("行政复议|1|2|3|4|10", "行政诉讼|未经复议直接起诉|1|0|0|0|1", "行政诉讼|复议后起诉|0|2|0|0|2")


def turned(*rows: str) -> tuple[dict[str, str] | None, int]:
    """Values by code of a table given as rows, ``*`` for a merged cell, and the row it begins with."""
    grid = [
        [GridCell(n, k, "" if text == "*" else text, merged=text == "*") for k, text in enumerate(row.split("|"))]
        for n, row in enumerate(rows)
    ]
    reading, first = read_turned(grid, LabelMemo())
    return (None if reading is None else {claim.code: claim.cell.text for claim in reading.claims}), first


def test_table_4_told_by_rows() -> None:
    found, first = turned("题目", "|" + _OUTCOMES, *_ROWS)
    assert first == 1
    assert found is not None
    assert [found[f"t4.review.{o}"] for o in ("upheld", "corrected", "other", "pending", "total")] == ["1", "2", "3", "4", "10"]
    assert (found["t4.suit_direct.total"], found["t4.suit_after_review.corrected"], len(found)) == ("1", "2", 15)
    found, _ = turned("|总计|结果维持|结果纠正|其他结果|尚未审结", "行政复议|*|10|1|2|3|4", *_ROWS[1:])
    assert found is not None
    assert (found["t4.review.total"], found["t4.review.pending"]) == ("10", "4")
    direct, after = (row.replace("行政诉讼|", "行政诉讼（").replace("诉|", "诉）|") for row in _ROWS[1:])
    assert turned("类别|" + _OUTCOMES, _ROWS[0], direct, after) == turned("|" + _OUTCOMES, *_ROWS)


@pytest.mark.parametrize(
    "rows",
    [
        _ROWS,
        ("|" + _OUTCOMES, *_ROWS[:2]),
        ("|结果维持|结果纠正|其他结果|尚未审结", *_ROWS),
        ("|" + _OUTCOMES.replace("总计", "结果维持"), *_ROWS),
        ("|" + _OUTCOMES, *_ROWS, "行政复议|1|2|3|4|10"),
        ("|" + _OUTCOMES, _ROWS[0], _ROWS[1], "甲|0|2|0|0|2"),
        ("|" + _OUTCOMES, _ROWS[0], _ROWS[0], _ROWS[2]),
        ("|" + _OUTCOMES, "行政复议|1|2|3|总计|10", *_ROWS[1:]),
    ],
)
def test_rows_that_are_not_all_of_table_4(rows: tuple[str, ...]) -> None:
    assert turned(*rows) == (None, 0)
