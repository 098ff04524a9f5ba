"""What is masked: the patterns of ``data/contacts.toml``, and texts with what they find masked, of the same length.

Patterns run on folded text (:func:`corpus.text.normalise.fold`), in which every kind of space is a blank; offsets are those of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from corpus.datafile import enough_examples, entries, expect_keys, load_toml, one_of, pattern_of
from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import fold

MASK = "█"
SOURCE = "data/contacts.toml"
#: kinds of contacts, with what is looked for in Chinese and English
KINDS: Mapping[str, tuple[str, str]] = {
    "email": ("电子邮箱", "e-mail addresses"),
    "telephone": ("手机和固定电话号码（含分机）", "mobile and landline numbers with their extensions"),
    "person": (
        "“联系人”“负责人”“申请人”“工作人员”等之后、职务和科室旁的人名",
        "names of persons after words such as 联系人, 负责人, 申请人, 工作人员, and beside ranks and offices",
    ),
    "identity": ("身份证号码（15位、18位）", "numbers of identity cards (15 and 18 digits)"),
    "bank": ("银行卡号和账号", "numbers of bank cards and accounts"),
    "wechat": ("微信号", "WeChat names"),
    "qq": ("QQ号", "QQ numbers"),
    "address": ("通信地址和邮政编码", "postal addresses and postcodes"),
}
#: regions of identity cards (GB/T 2260); later years of birth are those of numbers of documents
_REGIONS = frozenset((
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50", "51",
    "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91",
))  # fmt: skip
_YOUNGEST = "2013"
_PART = re.compile(r"«(\w+)»")
#: every kind of blank is one; line ends and tabs part lines and cells
_BLANKS = {ord(c): " " for c in "\u00a0\u1680\u3000\u202f\u205f\u200b\u200c\u200d\u2060\ufeff\u00ad"} | dict.fromkeys(
    range(0x2000, 0x200B), " "
)
_KEEP = frozenset("\t\r\n")
#: of digits from here on it is known what they are where they stand alone
_LONG_DIGITS = 7
_HEADING = 24
_COUNTS = pattern("gongkai", "counts_heading")
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,}")


Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Contact:
    """What is masked: the group ``hide`` of a pattern, if ``check`` (where there is one) holds; ``yes`` and ``no`` are its examples."""

    id: str
    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None
    yes: tuple[str, ...]
    no: tuple[str, ...]


def _id18(text: str) -> bool:
    """Date and check digit (GB 11643) of an identity card.

    >>> _id18("11010519491231002X"), _id18("110105194912310021")
    (True, False)
    """
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    told = "10X98765432"[sum(int(c) * w for c, w in zip(text, weights, strict=False)) % 11]
    return len(text) == 18 and _is_date(text[6:14]) and text[-1].upper() == told


def _born(text: str) -> bool:
    """Whether a number could be that of a card by region and date of birth, whatever its check digit: slips of the pen are numbers, too.

    >>> _born("110105194912310021"), _born("330106202201011234")
    (True, False)
    """
    return _id18(text) or (text[:2] in _REGIONS and _is_date(text[6:14]) and text[6:10] < _YOUNGEST)


def _is_date(digits: str) -> bool:
    try:
        return 1880 < date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _luhn(text: str) -> bool:
    """
    >>> _luhn("4111111111111111"), _luhn("4111111111111112")
    (True, False)
    """
    doubled = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(text))]
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


_NUMBER = re.compile(r"(?:86)?(?:1[3-9]\d{9}|(?:0(?:10|2\d|[3-9]\d\d))?[2-8]\d{6,7})")
_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "born": _born, "id15": lambda t: _is_date("19" + t[6:12]), "luhn": _luhn, "phone": lambda t: _NUMBER.fullmatch(t) is not None,
}  # fmt: skip


def _alternatives(words: Iterable[str]) -> str:
    """Words as a pattern, the longest first, with up to three blanks between their characters."""
    return f"(?:{'|'.join('[ ]{0,3}'.join(map(re.escape, w)) for w in sorted(words, key=lambda w: (-len(w), w)))})"


@cache
def _raw() -> dict[str, Any]:
    raw = load_toml("gongkai", SOURCE)
    expect_keys(raw, SOURCE, ("words", "parts", "contact", "unknown"))
    return raw


def _filled(pattern: str, known: Mapping[str, str], where: str) -> str:
    def part(m: re.Match[str]) -> str:
        if m[1] not in known:
            raise DataError(f"unknown part «{m[1]}»", source=where, remedy=f"use {', '.join(known)}")
        return known[m[1]]

    return _PART.sub(part, pattern)


@cache
def contacts() -> tuple[Contact, ...]:
    """The patterns of ``data/contacts.toml``.

    Raises:
        DataError: unknown keys, kinds, checks or parts, a pattern without ``hide``, fewer than three examples.
    """
    raw = _raw()
    known = {name: _alternatives(words) for name, words in raw["words"].items()}
    for name, text in raw["parts"].items():
        known[name] = _filled(text, known, f"{SOURCE}: {name}")
    found = []
    for item in entries(raw, "contact", SOURCE, ("id", "kind", "pattern", "yes", "no"), ("check",)):
        where = f"{SOURCE}: {item['id']}"
        enough_examples(item, where)
        one_of(item["kind"], KINDS, "kind", where)
        one_of(item.get("check", "luhn"), _CHECKS, "check", where)
        pattern = pattern_of(_filled(item["pattern"], known, where), where)
        if "hide" not in pattern.groupindex:
            raise DataError(f"{item['id']} hides nothing", source=SOURCE, remedy="name a group `hide`")
        check = _CHECKS[item["check"]] if "check" in item else None
        found.append(Contact(item["id"], item["kind"], pattern, check, tuple(item["yes"]), tuple(item["no"])))
    return tuple(found)


def unknowable() -> tuple[tuple[str, str], ...]:
    """What no pattern can know, in Chinese and English."""
    return tuple((e["zh"], e["en"]) for e in entries(_raw(), "unknown", SOURCE, ("zh", "en"), key=""))


def folded(text: str) -> str:
    """The text that patterns run on, of the same length."""
    return fold(text).translate(_BLANKS)


def spans(text: str) -> Iterator[Span]:
    """Start, end and kind of every contact; they may overlap."""
    plain = folded(text)
    yield from _found(plain)
    if "\t" in plain:
        yield from _in_columns(plain)


def _found(plain: str) -> Iterator[Span]:
    for contact in contacts():
        for m in contact.pattern.finditer(plain):
            start, end = m.span("hide")
            if contact.check is None or contact.check(re.sub(r"[^\dXx]", "", plain[start:end])):
                yield start, end, contact.kind


def _in_columns(plain: str) -> Iterator[Span]:
    """What stands in a column under a heading such as 联系电话; a line of the text is a row, its cells are parted by tabs."""
    heads: list[str] = []
    at = 0
    for line in plain.split("\n"):
        cells = line.split("\t")
        if any(is_heading(c) for c in cells):
            heads = cells
        elif len(cells) == len(heads):
            start = at
            for head, cell in zip(heads, cells, strict=True):
                if is_heading(head):
                    yield from ((start + a, start + b, kind) for a, b, kind in under(head, cell))
                start += len(cell) + 1
        else:
            heads = []
        at += len(line) + 1


@cache
def is_heading(text: str) -> bool:
    """Whether what stands under it, or beside it as a value, is a contact; a column that counts calls is none.

    >>> is_heading("联系电话"), is_heading("电话受理数")
    (True, False)
    """
    words = _raw()["words"]
    cues = "|".join(_alternatives(words[name]) for name in words if name.endswith("_cue")) + "|邮箱|e-?mail"
    return len(text) < _HEADING and not _COUNTS.search(text) and re.search(cues, text, re.IGNORECASE) is not None


def under(head: str, value: str) -> Iterator[Span]:
    """Contacts in a value that is known by the heading of its column."""
    before = f"{head.strip()}:"
    for start, end, kind in _found(folded(before + value)):
        if start >= len(before):
            yield start - len(before), end - len(before), kind


def redact(text: str, also: re.Pattern[str] | None = None) -> str:
    """The text with contacts masked, of the same length; line ends and tabs stay.

    Args:
        also: what is masked besides (:func:`again`).

    >>> redact("联系人：李明，电话0571-88001234。")
    '联系人：██，电话█████████████。'
    """
    hide = [(start, end) for start, end, _ in spans(text)]
    if also is not None:
        hide += [m.span() for m in also.finditer(folded(text))]
    return masked(text, hide)


def masked(text: str, hide: Iterable[tuple[int, int]]) -> str:
    """The text with these ranges masked."""
    made = None
    for start, end in hide:
        made = made or list(text)
        made[start:end] = [c if c in _KEEP else MASK for c in made[start:end]]
    return text if made is None else "".join(made)


def originals(text: str, found: Iterable[Span]) -> Iterator[str]:
    """What is masked in a text and can be told where it stands alone: not postcodes, short numbers, or parts of addresses."""
    for start, end, kind in found:
        here = folded(text[start:end]).strip()
        digits = re.sub(r"\D", "", here)
        if kind == "person":
            yield from _NAME.findall(re.sub(r"(?<=[\u4e00-\u9fff])\s(?=[\u4e00-\u9fff]$)", "", here))
        elif kind == "address":
            if len(here) > _LONG_DIGITS and not here.isdigit():
                yield here
        elif len(digits) >= _LONG_DIGITS or (kind in {"email", "wechat"} and not here.isdigit()):
            yield from {here, re.sub(r"\s", "", here), *re.findall(r"\d{7,}", digits)}


def again(found: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for what was masked elsewhere in the same report: a file may be named after the person whom its text calls the contact."""
    parts = sorted({f for f in found if len(f) > 1}, key=lambda f: (-len(f), f))
    if not parts:
        return None
    return re.compile(
        "|".join(rf"(?<!\d){re.escape(p)}(?!\d)" if p[0].isdigit() or p[-1].isdigit() else re.escape(p) for p in parts)
    )


__all__ = [
    "KINDS",
    "MASK",
    "Contact",
    "Span",
    "again",
    "contacts",
    "folded",
    "is_heading",
    "masked",
    "originals",
    "redact",
    "spans",
    "under",
    "unknowable",
]
