"""Messages of other parts of gongkai in Chinese, by ``data/messages.toml``: ``cannot draw 9 of 3 reports`` → ``3份报告中不能抽取9份``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from corpus.codebook import all_cells, codebook
from corpus.datafile import load_toml
from corpus.store.schema import COVERAGES
from gongkai.pages.words import cell_name

_COVERAGES = dict(COVERAGES)
_COUNTED = re.compile(rf"\b({'|'.join(_COVERAGES)}) (\d+)(, )?")


@cache
def _patterns() -> Sequence[tuple[re.Pattern[str], str]]:
    found: dict[str, str] = load_toml("gongkai", "data/messages.toml")["said"]
    # the longest first: a draw of reports is also a draw; a value ends where the next message begins, (a; b) aside
    longest = sorted(found.items(), key=lambda item: -len(item[0]))
    return [(_pattern(en, "(.+?)" if "; " in en else r"((?:\([^()]*\)|(?!; ).)+?)"), zh) for en, zh in longest]


def _pattern(en: str, value: str) -> re.Pattern[str]:
    # words.csv is not written: 1 group(s) hold …: what is put before a message is no value of it
    first = r"(?=(?:(?!: ).)*?" + re.escape(en.split("{}")[1]) + ")" if en.startswith("{}") else ""
    return re.compile(first + value.join(map(re.escape, en.split("{}"))), re.DOTALL)


def _named(value: str) -> str:
    """A value as a reader knows it: a code by its name, a message in Chinese, a text without the quotation marks of Python."""
    if value in all_cells():
        return cell_name(value)
    indicators = codebook().indicators
    if value in indicators:
        return indicators[value].zh
    # own 3, consolidated 4
    return in_chinese(_COUNTED.sub(lambda m: f"{_COVERAGES[m[1]]}{m[2]}份{'、' if m[3] else ''}", value).strip("'"))


def in_chinese(text: str) -> str:
    """A message, or several joined by ``;``, in Chinese; what is not known stays as it is."""
    for pattern, chinese in _patterns():
        if hit := pattern.fullmatch(text):
            return chinese.format(*map(_named, hit.groups()))
    first, _, rest = text.partition("; ")
    if not rest:
        return text
    said, more = in_chinese(first), in_chinese(rest)
    return text if said == first and more == rest else f"{said}；{more}"


__all__ = ["in_chinese"]
