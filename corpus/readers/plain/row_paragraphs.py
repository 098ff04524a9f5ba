"""Rows of pipes whose cells held several paragraphs, which Org has no way to say: each paragraph is a row, with an empty row between::

| 一、本年新收政府 | 3 |
|                  |   |
| 信息公开申请数量 |   |
"""

from __future__ import annotations

from corpus.datafile import later
from corpus.forms.cellvalue import is_value

_ROW = later(r"\s*\|.*\|\s*")
_EMPTY_ROW = later(r"\s*\|(?:\s*\|){2,}\s*")


def with_whole_rows(lines: list[str]) -> list[str]:
    """``lines`` with such rows whole; the empty lines that are left stand below their table.

    >>> with_whole_rows(["| 规章 | 3 | 4 |", "|  |  |  |", "| （件） |  |  |", ""])[0]
    '| 规章（件） | 3 | 4 |'
    """
    if not any(_EMPTY_ROW.fullmatch(line) for line in lines if line.lstrip()[:1] == "|"):
        return lines
    out: list[str] = []
    owed = 0
    at = 0
    while at < len(lines):
        if owed and not _ROW.fullmatch(lines[at]):
            out += [""] * owed
            owed = 0
        whole = _whole(out[-1], lines[at + 1]) if out and at + 1 < len(lines) and _EMPTY_ROW.fullmatch(lines[at]) else None
        if whole is None:
            out.append(lines[at])
            at += 1
        else:
            out[-1] = whole
            owed += 2
            at += 2
    return out + [""] * owed


def _whole(above: str, below: str) -> str | None:
    """One row of two, where the lower one says more and holds no value of its own."""
    if not _ROW.fullmatch(above) or not _ROW.fullmatch(below) or _EMPTY_ROW.fullmatch(above):
        return None
    upper, lower = ([cell.strip() for cell in line.strip()[1:-1].split("|")] for line in (above, below))
    if len(upper) != len(lower) or not any(lower) or any(cell and is_value(cell) for cell in lower):
        return None
    return f"| {' | '.join(a + b for a, b in zip(upper, lower, strict=True))} |"
