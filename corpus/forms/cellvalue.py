"""State and value of one printed cell (codebook, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from corpus.datafile import later
from corpus.patterns import pattern, words
from corpus.text.normalise import squeeze
from corpus.text.numerals import parse_number
from corpus.types import CellState

_DASH = pattern("corpus/forms", "dash")
_CELL = pattern("corpus/forms", "cell")
_FALLS = frozenset({"减少", "净减", "下降", "减", "降", "↓"})
_NOTE = pattern("corpus/forms", "note_behind")
# two numbers in one cell (`5 3`) are not the number 53
_APART = later(r"\d\s+\d")
_PLAIN = later(r"-?\d{1,15}")
_MONEY = pattern("corpus/forms", "money")
_TO_MONEY: dict[str, Decimal] = {
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "百万元": Decimal(1_000_000),
    "亿元": Decimal(100_000_000),
}


#: units as they stand alone in a column of units
UNITS = frozenset({*words("corpus/forms", "count_units"), "元", "万元"})


@dataclass(frozen=True, slots=True)
class CellValue:
    """``value`` is ``None`` unless ``state`` is ``value``; it is in the unit of the column."""

    state: CellState
    value: Decimal | None = None


#: most cells of a report: small counts in plain digits, with what they say
COUNTS: dict[str, CellValue] = {str(n): CellValue("value", Decimal(n)) for n in range(1000)}
_BLANK = CellValue("blank")
_IS_DASH = CellValue("dash")
_UNREADABLE = CellValue("unreadable")


def heading_money_unit(heading: str) -> str:
    """Unit of money that a column heading prints (``采购总金额（单位：元）`` → ``元``), else empty."""
    found = _MONEY.findall(squeeze(heading))
    return str(found[-1]) if found else ""


@lru_cache(maxsize=1 << 12)
def read_cell(raw: str, *, unit: str = "", printed_unit: str = "") -> CellValue:
    """State and value of the printed text ``raw``.

    Args:
        raw: the text of the cell.
        unit: the column's unit in the codebook (``件``, ``项``, ``万元``).
        printed_unit: unit of money that the column's heading prints, if any.

    >>> read_cell("613.64万元", unit="万元").value, read_cell("251000元", unit="万元").value, read_cell("减少3").value
    (Decimal('613.64'), Decimal('25.1'), Decimal('-3'))
    >>> read_cell("12①").value, read_cell("157（含变更3件）").value, read_cell("12(1)").state
    (Decimal('12'), Decimal('157'), 'unreadable')
    >>> read_cell("增加8/9").state, read_cell("——").state, read_cell("").state
    ('unreadable', 'dash', 'blank')
    """
    text = squeeze(raw)
    if not text:
        return _BLANK
    if raw == text and not printed_unit and _PLAIN.fullmatch(text):
        return CellValue("value", Decimal(text) + 0)  # -0 is 0
    if _DASH.fullmatch(text):
        return _IS_DASH
    # before anything is folded: 12① would be 121
    raw = _NOTE.sub("", raw)
    text = squeeze(raw)
    if _APART.search(raw):
        return _UNREADABLE
    money = unit == "万元"
    found = _CELL.fullmatch(text)
    if found is None:
        return _UNREADABLE
    number = found["number"].replace("'", "")
    cell_unit = found["unit"] or ""
    if cell_unit == "元":
        # 613.64万元 : in a column of money the magnitude before 元 is part of the unit, and the value the same either way
        if not money:
            return _UNREADABLE
        value = parse_number(number)
        return _UNREADABLE if value is None else CellValue("value", _plain(_sign(found["word"], value) / _TO_MONEY["万元"]))
    value = parse_number(number)
    if value is None or (value < 0 and found["word"] in _FALLS):
        return _UNREADABLE
    value = _sign(found["word"], value)
    if money:
        if number[-1] in "万亿":
            # 12万 in a column of 万元 may mean 12 or 120000 : the magnitude is printed, so it is read
            value /= _TO_MONEY["万元"]
        elif printed_unit and printed_unit != "万元":
            value = value * _TO_MONEY[printed_unit] / _TO_MONEY["万元"]
    return CellValue("value", _plain(value))


def _sign(word: str | None, value: Decimal) -> Decimal:
    return -value if word in _FALLS and value else value


def _plain(value: Decimal) -> Decimal:
    # 25.10 and 2.51E+1 are both 25.1
    if value == value.to_integral_value():
        return value.quantize(Decimal(1)) if abs(value) < Decimal(10) ** 20 else value
    return value.normalize()


_VALUE_LIKE = pattern("corpus/forms", "value_like")


# with these a cell of numbers may begin (无, 增加5, 三十); other words, and parentheses, are told apart before anything is folded
_FIRST_WORD = frozenset("无暂不没增减新净上下升降共约零一二三四五六七八九十百千两")


@lru_cache(maxsize=1 << 12)
def is_value(text: str) -> bool:
    """Whether ``text`` looks like what stands in a cell of numbers: a number with or without unit, a dash, 无.

    >>> [is_value(t) for t in ("0", "-16", "增加8/9", "613.64万元", "——", "1.属于国家秘密", "三、", "本年")]
    [True, True, True, True, True, False, False, False]

    A single Chinese numeral is none: it is a piece of a label that is printed downwards (三 、 本 年 度).
    """
    if len(text) > 40:
        return False
    if text.isascii() and text.isdigit():
        return True
    first = text[:1]
    if ("一" <= first <= "鿿" and first not in _FIRST_WORD) or first in {"（", "("}:
        return False
    squeezed = squeeze(text)
    return bool(squeezed) and len(squeezed) <= 36 and _VALUE_LIKE.fullmatch(squeezed) is not None


_SIGN_APART = pattern("corpus/forms", "sign_apart")
_UNIT_APART = pattern("corpus/forms", "unit_apart")
_UNITS_APART = frozenset(words("corpus/forms", "units_apart"))


def spaced_values(text: str) -> tuple[str, list[str]]:
    """``text`` cut into what stands before its final run of values, and the values.

    >>> spaced_values("（一） 予以公开   9 0 0")
    ('（一） 予以公开', ['9', '0', '0'])
    """
    if ("增" in text or "减" in text) and _SIGN_APART.search(text):
        text = _SIGN_APART.sub(r"\1", text)
    tokens = text.split()
    if len(tokens) > 1 and not _UNITS_APART.isdisjoint(tokens):
        text = _UNIT_APART.sub(r"\1\2", text)
        tokens = text.split()
    n = len(tokens)
    while n and is_value(tokens[n - 1]):
        n -= 1
    if n == len(tokens):
        return text.strip(), []
    if n == 0:
        return "", tokens
    return text.rsplit(None, len(tokens) - n)[0].strip(), tokens[n:]
