"""What a Chinese page says of an issue, whose message is stored in English: ``data/issues.toml``."""

from __future__ import annotations

import re
from functools import cache

from corpus.codebook import all_cells, codebook
from corpus.datafile import load_toml
from gongkai.pages.words import cell_name, row_name, zh

_CODE = re.compile(r"\b[a-z]\w*(?:\.[a-z_0-9]+)+\b")


@cache
def _said() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    found = load_toml("gongkai", "data/issues.toml")
    return {code: [(re.compile(pattern, re.S), text) for pattern, text in rows] for code, rows in found.items()}


def issue_zh(code: str, message: str) -> str:
    """The message in Chinese, with the values and places of the English one; the English one where none is known.

    >>> issue_zh("page_unreadable", "page 3 is damaged and was not read; download the file again")
    '第3页损坏，未读取；请重新下载'
    """
    for pattern, text in _said().get(code, ()):
        if m := pattern.search(message):
            return text.format(*(_CODE.sub(_named, g or "") for g in m.groups()), message=message)
    return message


def _named(m: re.Match[str]) -> str:
    code = m[0]
    if code in all_cells():
        return cell_name(code)
    if code in codebook().indicators:
        return zh("indicator", code)
    return row_name(code)


__all__ = ["issue_zh"]
