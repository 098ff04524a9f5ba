"""Rows of table 3 in which each value stands behind its own column (``自然人：4；商业企业：0；…；总计：4``): given on as rows with TABs.

The label stands before them on the line, or on the line above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.codebook import APPLICANTS
from corpus.datafile import later
from corpus.forms.cellvalue import is_value
from corpus.forms.wordings import exact_label

_FEWEST_ROWS = 3
_COLUMNS = len(APPLICANTS) + 1
#: a name of two characters, a value and a mark for each column
_SHORTEST = 4 * _COLUMNS - 1
_APART = later(r"\s*[;；,，、|｜]\s*")
_PAIR = later(r"(?P<before>.*?)(?P<name>[\u4e00-\u9fff]{2,8})\s*[:：]?\s*(?P<value>[-\d/—.]+|无)[。.]?")
#: how a value may end, beside digits
_LAST = frozenset("-/—.无")
_MARKS = " \t\u3000*#-•·_>"
_LABEL_ENDS = later(r"\s*[:：]\s*$")


def told_columns(lines: list[str]) -> list[str]:
    """``lines`` with such rows as rows with TABs, where all name the same columns; each row keeps its line."""
    found = {n: row for n, line in enumerate(lines) if (row := _row(line)) is not None}
    if len(found) < _FEWEST_ROWS or len({names for _, names, _ in found.values()}) != 1:
        return lines
    out = list(lines)
    head = -1
    for n, (label, _, values) in found.items():
        above = next(_filled_above(lines, n), -1)
        if not label and above not in found and above >= 0 and _label(lines[above]):
            label, out[above] = _label(lines[above]), ""
        if not label:
            return lines
        out[n] = "\t".join((label, *values))
        if head < 0:
            head = n - 1
    names = next(iter(found.values()))[1]
    if head < 0 or out[head].strip():
        return lines  # no line is free for the headings
    out[head] = "\t".join(("", *names))
    return out


def _filled_above(lines: list[str], n: int) -> Iterator[int]:
    return (k for k in range(n - 1, max(n - 3, -1), -1) if lines[k].strip())


def _row(line: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """Label (``""`` where the line has none), columns and values of a line."""
    if len(line) < _SHORTEST:
        return None
    text = line.strip().rstrip("。;；")
    if not (text[-1:].isdecimal() or text[-1:] in _LAST):  # most lines, before they are taken apart
        return None
    parts = _APART.split(text)
    if len(parts) < _COLUMNS:
        return None
    pairs = [m for part in parts[-_COLUMNS:] if (m := _PAIR.fullmatch(part)) is not None]
    if len(pairs) != _COLUMNS or any(m["before"].strip() for m in pairs[1:]):
        return None
    before = line[: line.index(pairs[0]["name"])]
    label = _label(_LABEL_ENDS.sub("", before))
    names = tuple(m["name"] for m in pairs)
    if (before.strip(_MARKS) and not label) or not all(map(_is_column, names)) or len(set(names)) != len(names):
        return None
    values = tuple(m["value"] for m in pairs)
    return (label, names, values) if all(map(is_value, values)) else None


def _label(text: str) -> str:
    """The row label that a text is, or ends with behind the names of its groups (``三、本年度办理结果 / （一）予以公开``)."""
    own = re.split(r"\s+[/>→]\s+", text.strip(_MARKS))[-1].strip(_MARKS)
    hit = exact_label(own) if own else None
    return own if hit is not None and hit.of("row", "t3") is not None else ""


def _is_column(name: str) -> bool:
    hit = exact_label(name)
    return hit is not None and hit.of("column", "t3") is not None
