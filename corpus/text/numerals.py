"""Numbers as reports print them, to ``Decimal`` and back.

Arabic with separators (``1,906``, ``１２``), Chinese (``三百二十一``, ``二〇二二``, ``两千``), and both mixed (``3.5万``, ``14万``).
Every function reads a whole string; finding numbers in running text is the work of :mod:`extract.mentions.quantities`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from corpus.datafile import later
from corpus.records import quick_init
from corpus.text.normalise import squeeze

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "○": 0}
# the forms of cheques and receipts, met in amounts of money
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億貳參陸兩", "一二三四五六七八九十百千万亿二三六两")
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
MAGNITUDES = _SMALL | _LARGE

# `1,906.5`, `1906`, `.5` is not a number of a report
_ARABIC = later(r"(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<fraction>\d+))?(?P<magnitude>[十百千万亿]*)", flags=re.ASCII)
_SIGNED = later(r"(?P<sign>[+-]|[正负])?(?P<body>.+)", flags=re.DOTALL)
_MIXED = later(r"\d+(?:\.\d+)?[百千万亿]+(?:零?\d+[百千万]*)+", flags=re.ASCII)
_MIXED_PART = later(r"(\d+(?:\.\d+)?)([百千万亿]*)", flags=re.ASCII)
_CHINESE = later(r"[零一二三四五六七八九两十百千万亿]+")


@quick_init
@dataclass(frozen=True, slots=True)
class Number:
    """A number read from text.

    ``step`` is the unit of its last significant printed digit: 1 for ``23``, 100 for ``1400``, 1000 for ``3.5万``, 0.1 for
    ``91.3``; 1 for zero.
    """

    value: Decimal
    step: Decimal


#: characters of a number, and the value from which on it is none: 1亿亿亿亿件 counts nothing
LONGEST_NUMBER = 40
_MOST = Decimal(10) ** 18


@lru_cache(maxsize=1 << 10)  # one, two and ten stand in every report
def read_number(text: str) -> Number | None:
    """The number that ``text`` as a whole is, or ``None``.

    White space, full-width characters and thousands separators are allowed, a sign too (``-16``, ``＋3``, ``负五``); units and
    per-cent signs are not.

    >>> read_number("14万")
    Number(value=Decimal('140000'), step=Decimal('10000'))
    """
    found = _SIGNED.fullmatch(squeeze(text).translate(_CAPITALS))
    if found is None:
        return None
    body = found["body"]
    # no count of a report is so long; Decimal and int have limits of their own far above
    if len(body) > LONGEST_NUMBER:
        return None
    try:
        number = _read_arabic(body) or _read_chinese(body) or _read_mixed(body)
    except ArithmeticError:  # more digits than Decimal keeps: 1亿亿亿亿
        return None
    if number is not None and number.value >= _MOST:
        return None
    if number is not None and found["sign"] in {"-", "负"}:
        return Number(-number.value, number.step)
    return number


def parse_number(text: str) -> Decimal | None:
    """The value of a whole string, or ``None`` where it is not a number.

    >>> parse_number("1,906"), parse_number("两千零三十"), parse_number("3.5万"), parse_number("无")
    (Decimal('1906'), Decimal('2030'), Decimal('35000'), None)
    """
    number = read_number(text)
    return None if number is None else number.value


def format_chinese(n: int) -> str:
    """The usual Chinese writing of an integer below 10¹⁶ (``210`` → ``二百一十``, ``12`` → ``十二``).

    Raises:
        ValueError: ``n`` has more than 16 digits.
    """
    if n < 0:
        return "负" + format_chinese(-n)
    if n >= 10**16:
        message = f"{n} has more than 16 digits"
        raise ValueError(message)
    if n == 0:
        return "零"
    written = _format_large(n)
    return written[1:] if written.startswith("一十") else written


def _read_arabic(text: str) -> Number | None:
    found = _ARABIC.fullmatch(text)
    if found is None:
        return None
    digits, fraction = found["digits"].replace(",", ""), found["fraction"] or ""
    factor = 1
    for character in found["magnitude"]:  # `3千万`, `2万亿`: the magnitudes multiply
        factor *= MAGNITUDES[character]
    value = Decimal(f"{digits}.{fraction}" if fraction else digits)
    if fraction:
        step = Decimal(1).scaleb(-len(fraction))
    else:
        significant = digits.rstrip("0")
        step = Decimal(10) ** (len(digits) - len(significant)) if significant else Decimal(1)
    if factor == 1:
        return Number(value, step)
    return Number(_plain(value * factor), _plain(step * factor) if value else Decimal(1))


def _read_mixed(text: str) -> Number | None:
    """`13万2千`, `5百30`, `1亿2000万`: digits behind magnitudes in the spoken way, each part below the unit of the one before it.

    A single digit at the end is the short form of speech (`3万5` is 35000), as in words.
    """
    if not _MIXED.fullmatch(text):
        return None
    total, limit = Decimal(0), _MOST
    step = Decimal(1)
    parts = _MIXED_PART.findall(text)
    for i, (digits, magnitude) in enumerate(parts):
        size = Decimal(1)
        for character in magnitude:
            size *= MAGNITUDES[character]
        if not magnitude and len(digits) == 1 and i and not text.endswith("零" + digits):
            size = limit / 10
        value = Decimal(digits) * size
        if value >= limit:
            return None
        zeros = len(digits) - len(digits.rstrip("0")) if "." not in digits else -len(digits.partition(".")[2])
        step = _plain(size.scaleb(zeros)) if value else size
        total, limit = total + value, size
    return Number(_plain(total), step)


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros after the point and without an exponent (``35000.0`` → ``35000``)."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _read_chinese(text: str) -> Number | None:
    whole, point, fraction = text.partition("点")
    if not _CHINESE.fullmatch(whole):
        return None
    tail = ""
    if point:
        tail = fraction.rstrip("十百千万亿")
        magnitude = fraction[len(tail) :]
        if not tail or any(c not in DIGITS for c in tail):
            return None
        digits = _read_integer(whole)
        if digits is None:
            return None
        return _read_arabic(f"{digits}.{''.join(str(DIGITS[c]) for c in tail)}{magnitude}")
    integer = _read_integer(whole)
    if integer is None:
        return None
    # a number spelt digit by digit (二〇二〇) and one with magnitudes (一千四百) both end in zeros that are not significant
    written = str(integer)
    zeros = len(written) - len(written.rstrip("0")) if integer else 0
    return Number(Decimal(integer), Decimal(10) ** zeros)


def _read_integer(text: str) -> int | None:
    if len(text) > 1 and all(c in DIGITS for c in text):
        # 二〇二二, 一二三四五; `两` is never read out as a digit
        return None if "两" in text else int("".join(str(DIGITS[c]) for c in text))
    return _read_large(text)


def _read_large(text: str) -> int | None:
    for mark in ("亿", "万"):
        if mark in text:
            head, _, tail = text.rpartition(mark)
            high = _read_large(head) if head else None
            if high is None or high == 0:
                return None
            low = _read_tail(tail, _LARGE[mark])
            return None if low is None else high * _LARGE[mark] + low
    return _read_small(text)


def _read_tail(text: str, above: int) -> int | None:
    """What follows a magnitude: nothing, a number below it, or the short form of speech (`三万五` is 35000)."""
    if not text:
        return 0
    if len(text) == 1 and text in DIGITS and text != "零":
        return DIGITS[text] * above // 10
    low = _read_large(text)
    return low if low is not None and 0 < low < above else None


def _read_small(text: str) -> int | None:
    """A number below 10,000: at most one digit before each of 千, 百, 十, in falling order, 零 for gaps."""
    total, digit, limit, gap = 0, None, 10_000, False
    for character in text:
        if character in _SMALL:
            size = _SMALL[character]
            if size >= limit or digit == 0:
                return None
            if digit is None and not (size == 10 or not total):
                return None
            total += (1 if digit is None else digit) * size
            digit, limit, gap = None, size, False
        else:
            if digit is not None and not gap:
                return None
            if digit is not None and character == "零":
                return None
            gap = character == "零"
            digit = DIGITS[character]
    if digit is None:
        return total if total else None
    if gap:  # a number does not end in 零, but 零 itself is one
        return 0 if text == "零" else None
    if limit > 10 and total and "零" not in text[-2:]:  # 一百五 is 150, 一百零五 is 105
        return total + digit * limit // 10
    return total + digit


def _format_small(n: int) -> str:
    written, gap = "", False
    for size, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, size)
        if digit:
            written += ("零" if gap and written else "") + "零一二三四五六七八九"[digit] + mark
            gap = False
        else:
            gap = True
    return written


def _format_large(n: int) -> str:
    for size, mark in ((10**8, "亿"), (10**4, "万")):
        if n >= size:
            high, low = divmod(n, size)
            written = _format_large(high) + mark
            if low:
                written += ("零" if low < size // 10 else "") + _format_large(low)
            return written
    return _format_small(n)
