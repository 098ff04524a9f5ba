"""Numbers: rows for the ways of writing, properties for reading back what was written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.numerals import format_chinese, parse_number, read_number

ROWS = [
    ("0", "0"), ("12", "12"), ("１２", "12"), ("1,906", "1906"), ("1，906", "1906"), ("12,345,678", "12345678"),
    ("91.3", "91.3"), ("９１．３", "91.3"), (" 23 ", "23"), ("2 3", "23"), ("-16", "-16"), ("−16", "-16"), ("+3", "3"),
    ("3.5万", "35000"), ("14万", "140000"), ("1.25亿", "125000000"), ("3千", "3000"), ("2千万", "20000000"), ("2万亿", "2000000000000"),
    ("零", "0"), ("〇", "0"), ("两", "2"), ("十", "10"), ("十二", "12"), ("二十", "20"), ("一十二", "12"), ("一百零五", "105"),
    ("一百一十", "110"), ("一百五", "150"), ("三百二十一", "321"), ("两千", "2000"), ("二千零三", "2003"), ("两千零三十", "2030"),
    ("一万零九百", "10900"), ("三万五", "35000"), ("二万一千六百四十三", "21643"), ("十二万", "120000"), ("一亿两千万", "120000000"),
    ("二〇二二", "2022"), ("二零一九", "2019"), ("三点五", "3.5"), ("三点五万", "35000"), ("九十八点六", "98.6"), ("负五", "-5"),
    ("叁佰", "300"), ("百", "100"), ("千", "1000"), ("13万2千", "132000"), ("5百30", "530"), ("1万零5", "10005"), ("3万5", "35000"),
    ("2万3000", "23000"), ("1亿2千万", "120000000"),
]  # fmt: skip
NOT_NUMBERS = ["", "无", "/", "-", "增加8/9", "12件", "1,90", "1,9065", "万", "亿", "十十", "百千", "一二十", "零十", "两零", "二百零",
               "1.", ".5", "点五", "三点", "1.2.3", "2千3万", "5百300", "一万万万零", "12%", "一百一百", "-", "负", "a"]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), ROWS)
def test_value(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_not_a_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "step"),
    [("23", "1"), ("1400", "100"), ("14万", "10000"), ("3.5万", "1000"), ("91.3", "0.1"), ("一千四百", "100"), ("十", "10"),
     ("0", "1"), ("1,200", "100"), ("100", "100"), ("两万", "10000"), ("三点五万", "1000"), ("0万", "1")],
)  # fmt: skip
def test_step(text: str, step: str) -> None:
    number = read_number(text)
    assert number is not None
    assert number.step == Decimal(step)


@given(st.integers(min_value=-(10**16) + 1, max_value=10**16 - 1))
def test_chinese_round_trip(n: int) -> None:
    assert parse_number(format_chinese(n)) == n


@given(st.integers(min_value=0, max_value=10**12))
def test_arabic_round_trip(n: int) -> None:
    for written in (str(n), f"{n:,}", str(n).translate({ord("0") + i: ord("０") + i for i in range(10)})):
        assert parse_number(written) == n


@given(st.integers(min_value=200, max_value=2999))
def test_liang_is_two(n: int) -> None:
    written = format_chinese(n)
    if written.startswith("二"):
        assert parse_number("两" + written[1:]) == n


@given(st.text(alphabet="零一二三四五六七八九十百千万亿两〇点0123456789.,+-负 ", max_size=12))
def test_never_raises(text: str) -> None:
    number = read_number(text)
    assert number is None or number.step > 0


def test_too_large() -> None:
    with pytest.raises(ValueError, match="16 digits"):
        format_chinese(10**16)
