"""Finding quantities: number and measure word, look-alikes left out.

Works on the normalised text of one passage (:func:`corpus.text.normalise.normalise`); what a quantity counts is the work of
:mod:`extract.mentions.indicators`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from corpus.datafile import later
from corpus.patterns import pattern
from corpus.text.numerals import LONGEST_NUMBER, Number, read_number
from extract.mentions.rule_index import filtered_spans, mask_of, number_index, start_pattern
from extract.mentions.rules import periods, units

# `1,906`, `3.5万`, `40余万`, `5千`, `1.2w+`, `13万2千`: digits, an infix 余/多 before a magnitude, the magnitude (not the 千 of 千瓦,
# the 百 of 百分点), what follows the magnitude in the spoken way, a plus.  Digits behind a comma that sets no thousands apart
# (`12,3456条`, `1234,567条`) are a misprint and never a number of their own.
_ARABIC = (
    r"(?<![\dA-Za-z.×/])(?<!(?<!南方)\+)(?<![A-Za-z]-)(?:(?<!\d,)|(?=\d{1,2}(?!\d)))(?P<sign>(?<=[率幅长降为约了达到:(])-)?"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++(?!,\d{3}))(?:\.\d++)?)"
    r"(?:(?P<letter>[wW](?![A-Za-z\d])|[kK](?=\+))|(?![A-Za-z×])"
    r"(?P<infix>[余多来几](?=[万亿]))?(?P<magnitude>(?:千(?![瓦米克卡伏])|百(?!分)|十)?[万亿]*)"
    r"(?P<tail>(?<=[百千万亿])零?\d++(?:[百千]\d*+)*万?)?)(?P<plus>\+(?![\dA-Za-z+×\"])|(?!\+))"
)
_PER_CENT = r"百分之(?P<percent>[零一二三四五六七八九两十百]+(?:点[零一二三四五六七八九]+)?|\d+(?:\.\d+)?)"
_NUMERALS = "零一二三四五六七八九两十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_CHINESE = (
    rf"(?P<chinese>(?:(?<![队退行入登大着内水收捡])(?=[伍陆拾])|(?![伍陆拾]))[{_NUMERALS}]+(?:点[零一二三四五六七八九]+)?"
    rf"(?P<infix2>[余多来几](?=[万亿]))?[万亿]*(?:(?<=[万亿])[{_NUMERALS}]+万?)?|(?<=[近逾超上过达破约])[万亿]|[万亿](?=[余多]))"
)
# the look ahead is for speed: most characters begin no number
_NUMBER = later(rf"(?=[-\d{_NUMERALS}万亿])(?:{_ARABIC}|{_PER_CENT}|{_CHINESE})", flags=re.ASCII)
_LETTERS = {"w": "万", "W": "万", "k": "千", "K": "千"}
_CAPITAL = later("[壹贰叁肆伍陆柒捌玖拾佰仟]")
# `5至8件`, `98%-100%`: what stands between the ends of a range
_TO = later(r"(?:至|到|[-~〜])-?")
_CHANGE = later(r"[由从自][^,;。:]{0,12}$")
# `12元5角`
_TENTHS = later(r"(?P<tenths>\d)角(?:(?P<cents>\d)分)?(?!\d)", flags=re.ASCII)
_UNIT_BEFORE = pattern("extract/mentions", "unit_before")
_ONE = Decimal(1)
_MORE = pattern("extract/mentions", "more")
_MORE_FIRST = frozenset("余多来几")
_CANDIDATE = re.compile(rf"[\d{_NUMERALS}万亿]", re.ASCII)
_BARE = pattern("extract/mentions", "bare_led")
_BARE_END = re.compile(r"$|[,、;。:)!?]")
_BARE_COUNTED = pattern("extract/mentions", "bare_counted")
_BARE_COUNTED_END = pattern("extract/mentions", "bare_counted_end")
# `上万条`, `万余条`: magnitudes alone
_ROUND_NUMBERS = {"万": Number(Decimal(10_000), Decimal(10_000)), "亿": Number(Decimal(100_000_000), Decimal(100_000_000))}
_CHINESE_DIGITS = re.compile(r"[零一二三四五六七八九两]{2,}")
_ONE_END = pattern("extract/mentions", "one_end")
_ONE_LED = pattern("extract/mentions", "one_led")
_ONE_PERSON = pattern("extract/mentions", "one_person")
_APIECE = later("[每各]")
_NOT_ONE = later(r"才[^,;。]?$|[到往于]$")  # `隔三差五才发一回`, `归到一处`
_ROUND = pattern("extract/mentions", "round_led")
_ONE_UNITS = frozenset(
    [
        "件",
        "起",
        "例",
        "次",
        "场",
        "期",
        "份",
        "篇",
        "宗",
        "轮",
        "部",
        "名",
        "块",
        "册",
        "条",
        "项",
        "个",
        "批",
        "人",
        "家",
        "台",
        "回",
        "处",
    ]
)


@dataclass(slots=True)
class Quantity:
    """A number with its measure word at ``start:end`` of the normalised text.

    ``value`` as the codebook wants it (per cent for rates, 万元 for 亿元); ``step`` the unit of the last significant printed
    digit; ``unit_start`` where the measure word begins (``end`` if none is printed); ``more`` the 余/多/来 printed in it;
    ``value_to`` the upper end of a range (`5至8件`); ``words_end`` where the words end that say what is counted.
    Not frozen, because one is made for every count and a frozen one takes five times as long to make; none is ever changed.
    """

    start: int
    end: int
    value: Decimal
    unit: str
    step: Decimal
    unit_start: int
    more: str = ""
    chinese: bool = False
    value_to: Decimal | None = None
    words_end: int = -1

    @property
    def words_to(self) -> int:
        """Where the words before it end: at the number, but `申请(件):35` and `信息上万条` have something between."""
        return self.start if self.words_end < 0 else self.words_end


def find_quantities(text: str) -> list[Quantity]:
    """Quantities in a normalised passage, in order, without overlaps.

    >>> [(q.value, q.unit) for q in find_quantities("全年公开信息1400余条,占比91.3%")]
    [(Decimal('1400'), '条'), (Decimal('91.3'), '%')]
    """
    if not _CANDIDATE.search(text):
        return []
    starts = start_pattern()
    mask = 0
    blocked: list[tuple[int, int]] = []
    found: list[Quantity] = []
    position = 0
    while (match := _NUMBER.search(text, position)) is not None:
        start, position = match.span()
        first = _read(text, match)
        quantity = _read_range(text, match, first) or first
        if quantity is None:
            continue
        # most numbers are no counts for want of a measure word, so that the look-alikes are sought for the others only
        if (date := starts.match(text, start)) is not None:
            position = max(date.end(), position)
            continue
        if not mask:
            mask = mask_of(text)
            blocked = [m.span() for needs, pattern in filtered_spans() if needs & mask for m in pattern.finditer(text)]
            blocked.sort(reverse=True)
        if blocked and _overlaps(blocked, start, quantity.end):
            continue
        if _is_blocked(text, position, quantity, mask):
            continue
        found.append(quantity)
        position = quantity.end
    return found


def _read_range(text: str, match: re.Match[str], first: Quantity | None) -> Quantity | None:
    """`5至8件`, `98%-100%`, `三到五次`: two numbers and what stands between them; ``None`` where it is no range.

    ``first``: what the number of ``match`` is alone.  The measure word may stand behind both; a magnitude behind the second is one of both (`5-8万次`).
    """
    end = match.end()
    to = None if match["percent"] else _TO.match(text, end)
    if to is not None:
        first = None
    elif first is not None and first.end >= end:
        to = _TO.match(text, first.end)
    follows = _NUMBER.match(text, to.end()) if to else None
    # a sign is no part of the second number, and nothing but its end may follow the first
    last = _read(text, follows) if follows else None
    if last is None:
        return None
    if first is not None:
        if first.unit != last.unit or _CHANGE.search(text, max(0, match.start() - 14), match.start()):
            return None
        low, unit = first.value, first.unit
    else:
        number = read_number(match[0].lstrip("-")) if match["plus"] in {None, ""} else None
        if number is None:
            return None
        low, unit = number.value, last.unit
        if follows and follows["magnitude"] and not match["magnitude"] and last.value > low:
            scaled = read_number(match[0].lstrip("-") + follows["magnitude"])
            low = scaled.value if scaled is not None and scaled.value < last.value else low
        if unit == "万元" and text[last.unit_start - 1 : last.unit_start] in {"万", "亿"}:
            low = low / 10_000 if low >= 10_000 else low
    if not low < last.value:
        return None
    return replace(last, start=match.start(), value=low, value_to=last.value)


def _overlaps(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of ``spans`` (the last first) holds a character of ``start:end``; as numbers come in order, those behind are dropped."""
    while spans and spans[-1][1] <= start:
        spans.pop()
    for first, last in reversed(spans):
        if first >= end:
            return False
        if last > start:
            return True
    return False


def _read(text: str, match: re.Match[str]) -> Quantity | None:
    start, end = match.span()
    _, digits, letter, infix, magnitude, tail, plus, percent, chinese, _ = match.groups()
    if digits is None:
        if chinese:
            return _read_chinese(text, match)
        number = read_number(percent)
        return None if number is None else Quantity(start, end, number.value, "%", number.step, end, chinese=True)
    if letter:
        magnitude = _LETTERS[letter]
    following = text[end : end + 1]
    more = _MORE.match(text, end) if following in _MORE_FIRST else None
    unit_at = end
    if more:
        unit_at = more.end()
        following = text[unit_at : unit_at + 1]
    known = units().after_arabic.get(following)
    unit = known.match(text, unit_at) if known else None
    if unit is not None and unit[0] in periods():
        return None
    counted = unit is None and not magnitude and _is_counted(text, start, end)
    bare = unit is None and not magnitude and not counted and not _BARE.search(text, max(0, start - 6), start)
    if bare:
        return _read_set_apart(text, start, end, digits)
    plain = _plain_number(digits, magnitude, tail or "")
    if plain is None:
        return None
    value, step = plain
    if match["sign"]:
        value = -value
    word = infix or (more[0] if more else "") or plus
    if unit is not None and unit[0] == "元" and (small := _TENTHS.match(text, unit.end())):
        value += Decimal(f"0.{small['tenths']}{small['cents'] or ''}")
        return Quantity(start, small.end(), value, "元", Decimal("0.1"), unit.start())
    if unit is not None:
        return _quantity(start, unit, value, step, word, digits + magnitude)
    if more and not infix and not _BARE_END.match(text, unit_at):
        more, word, unit_at = (
            None,
            plus,
            end,
        )  # `14万余`, nothing after it: the word is in the span only where it closes the count
    at = unit_at if more else end
    led = magnitude or counted or (_BARE.search(text, max(0, start - 6), start) and _BARE_END.match(text, at))
    return Quantity(start, at, value, "", step, at, word) if led else None


def _is_counted(text: str, start: int, end: int) -> bool:
    """Whether the number closes a clause directly behind what it counts (`行政复议2(维持2)`)."""
    return bool(_BARE_COUNTED.search(text, max(0, start - 6), start)) and bool(_BARE_COUNTED_END.match(text, end))


def _read_set_apart(text: str, start: int, end: int, digits: str) -> Quantity | None:
    """`受理申请(件):35`: a bare number whose measure word stands in parentheses before it."""
    before = _UNIT_BEFORE.search(text, max(0, start - 14), start)
    known = units().after_arabic.get(before["unit"][0]) if before else None
    if before is None or known is None or not _BARE_END.match(text, end):
        return None
    unit = known.fullmatch(before["unit"])
    plain = _plain_number(digits, "", "")
    if unit is None or unit[0] in periods() or plain is None:
        return None
    return Quantity(start, end, plain[0], unit[0], plain[1], end, words_end=before.start())


def _plain_number(digits: str, magnitude: str, tail: str) -> tuple[Decimal, Decimal] | None:
    """As :func:`corpus.text.numerals.read_number`, at once for what most counts are: digits and a point."""
    if magnitude:
        number = read_number(digits + magnitude + tail)
        return None if number is None else (number.value, number.step)
    if len(digits) > LONGEST_NUMBER:
        return None
    whole, _, fraction = digits.replace(",", "").partition(".")
    if fraction:
        return Decimal(f"{whole}.{fraction}"), Decimal(1).scaleb(-len(fraction))
    zeros = len(whole) - len(whole.rstrip("0"))
    return Decimal(whole), Decimal(10) ** zeros if zeros and zeros < len(whole) else _ONE


def _read_chinese(text: str, match: re.Match[str]) -> Quantity | None:
    start, end = match.span()
    printed, infix = match["chinese"], match["infix2"] or ""
    more = _MORE.match(text, end) if text[end : end + 1] in _MORE_FIRST else None
    unit_at = more.end() if more else end
    known = units().after_chinese.get(text[unit_at : unit_at + 1])
    unit = known.match(text, unit_at) if known else None
    if unit is None and printed[-1] not in "万亿":
        return None
    if unit is not None and unit[0] in periods():
        return None
    if printed == "一" and (unit is None or not _is_one(text, start, unit)):
        return None
    number = _ROUND_NUMBERS.get(printed) or read_number(printed.replace(infix, "", 1) if infix else printed)
    if number is None or _is_guess(printed):
        return None
    if unit is None:  # `粉丝近十五万`
        led = _BARE.search(text, max(0, start - 6), start) and _BARE_END.match(text, end)
        return Quantity(start, end, number.value, "", number.step, end, infix, chinese=True) if led else None
    leads = _ROUND.search(text, max(0, start - 3), start) if printed[0] in "百千万亿" and len(printed) <= 2 else None
    if printed[0] in "百千万亿" and not more and not leads:
        return None
    if unit[0] == "成" and number.value > 10:
        return None
    quantity = _quantity(start, unit, number.value, number.step, infix or (more[0] if more else ""), printed, chinese=True)
    if leads:
        quantity.words_end = leads.start()
    return quantity


def _is_guess(printed: str) -> bool:
    """Whether digits in a row are a rough guess (`三四个`) or no number; `五三零条`, three digits read out, is 530."""
    if not _CHINESE_DIGITS.fullmatch(printed):
        return False
    return printed[0] == "零" or "两" in printed or (len(printed) == 2 and "零" not in printed)


def _is_one(text: str, start: int, unit: re.Match[str]) -> bool:
    """Whether 一 counts: at the end of its clause (`培训一次，`), or led by what is held or left (`召开一次会议`, `还有一件`; not `每年召开一次会议`)."""
    if unit[0] not in _ONE_UNITS:
        return False
    if _NOT_ONE.search(text, max(0, start - 6), start):
        return False
    if _ONE_END.match(text, unit.end()):
        return True
    if (
        unit[0] == "名"
        and _ONE_PERSON.search(text, max(0, start - 4), start)
        and not _APIECE.search(text, max(0, start - 12), start)
    ):
        return True
    return bool(_ONE_LED.search(text, max(0, start - 4), start)) and "每" not in text[max(0, start - 12) : start]


def _quantity(
    start: int, unit: re.Match[str], value: Decimal, step: Decimal, more: str, printed: str, *, chinese: bool = False
) -> Quantity:
    name = unit[0]
    if name == "成":  # `七成` is 70 per cent
        value, step, name = value * 10, Decimal(10), "%"
    elif name == "元" and printed[-1:] in {
        "万",
        "亿",
    }:  # `3.2万元` stays 3.2, `1.5亿元` is 15000: the codebook keeps money in 万元
        value, step, name = _plain(value / 10_000), _plain(step / 10_000), "万元"
    return Quantity(start, unit.end(), value, name, step, unit.start(), more, chinese)


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _is_blocked(text: str, end: int, quantity: Quantity, mask: int) -> bool:
    """Whether a rule says that this number, printed up to ``end``, is no quantity; ``mask``: of the text."""
    start, rules = quantity.start, number_index(quantity.chinese)
    near = (
        *rules.before.get(text[start - 1 : start], ()),
        *rules.after.get(text[end : end + 1], ()),
        *rules.behind.get(text[quantity.end : quantity.end + 1], ()),
        *(rule for needs, rule in rules.anywhere if needs & mask),
    )
    if not near:
        return False
    left = text[max(0, start - 12) : start]
    for rule in near:
        if rule.number is not None and not rule.number.fullmatch(text, start, end):
            continue
        if rule.after is not None and not rule.after.match(text, quantity.end if rule.behind == "unit" else end):
            continue
        if rule.before is not None and not rule.before.search(left):
            continue
        if rule.exception is None or not rule.exception.search(left):
            return True
    return False
