"""Labels and headings of table 3 that narrow columns wrapped over many lines: put back where nothing else can be meant.

Text taken from a PDF prints the lines of a wrapped label above and below the values of its row, and the label of the group that
stands beside several rows between them::

              4.保护第
             三方合法     12   4   0   0   2   0   18
        （三）不 权益
         予公开 5.属于三
             类内部事     5    0   0   0   0   0   5
               务信息

A row begins with its number (``4.``, ``（二）``) and ends before the next.  The pieces between them, without those that are part of a
group's label, are its label if together they are a known one, and its values are the seven on one of its lines.  What is not known
so, or known in two ways, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from corpus.forms.cellvalue import spaced_values
from corpus.forms.wordings import LabelMemo
from corpus.readers.plain.lines import Line
from corpus.text.normalise import squeeze

_BEGINS = re.compile(r"[（(]?[一二三四五六七][）)、]|\d{1,2}[.．、](?!\d)")
#: labels that stand beside several rows
_GROUPS = ("三、本年度办理结果", "（三）不予公开", "（四）无法提供", "（五）不予处理", "（六）其他处理")
#: how the first row begins
_FIRST = "一、本年"
_VALUES = 7
_MOST_LINES, _MOST_DROPPED = 14, 5
_LONGEST_PIECE = 24
#: lines of a narrow column; wider ones, with the values between them, are rows that are read as they stand
_NARROW = 12
#: headings of table 3 on one line, and how many of them may go on below
_FEWEST_HEADINGS, _MOST_TORN = 3, 4


@dataclass(slots=True)
class _Row:
    """A row in the making: number of its first line, pieces as (line, text), lines with seven values."""

    first: int
    pieces: list[tuple[int, str]] = field(default_factory=list)
    values: dict[int, str] = field(default_factory=dict)


def mend_narrow_labels(lines: list[Line], known: LabelMemo) -> list[Line]:
    """``lines`` with each label that was wrapped over several lines in front of its values."""
    if not any(_FIRST in line.text for line in lines):
        return lines
    out = _whole_headings(lines, known)
    for row in _rows(out):
        found = _label(row, known)
        if found is None:
            continue
        label, dropped = found
        at, values = next(iter(row.values.items()))
        for i in sorted({i for i, _ in row.pieces} | {at}):
            left = [text for k, (n, text) in enumerate(row.pieces) if n == i and k in dropped]
            parts = [*_beside(out[i].text, row, i), *left, *((label, values) if i == at else ())]
            out[i] = out[i]._replace(text="  ".join(parts))
    return out


def _whole_headings(lines: Sequence[Line], known: LabelMemo) -> list[Line]:
    """The lines, with headings of table 3 that go on below put together: 社会公益 法律服务 | 组织 机构."""
    out = list(lines)
    for i, (line, below) in enumerate(pairwise(lines)):
        above, under = line.text.split(), below.text.split()
        if not 1 <= len(under) <= _MOST_TORN or sum(_is_column(piece, known) for piece in above) < _FEWEST_HEADINGS:
            continue
        torn = [k for k, piece in enumerate(above) if not _is_column(piece, known) and known[piece] is None]
        torn = torn[-len(under) :]
        if len(torn) == len(under) and all(_is_column(above[k] + rest, known) for k, rest in zip(torn, under, strict=True)):
            whole = dict(zip(torn, under, strict=True))
            out[i] = line._replace(text="  ".join(piece + whole.get(k, "") for k, piece in enumerate(above)))
            out[i + 1] = below._replace(text="")
    return out


def _is_column(text: str, known: LabelMemo) -> bool:
    hit = known[text]
    return hit is not None and hit.of("column", "t3") is not None


def _beside(text: str, row: _Row, at: int) -> list[str]:
    """What stands on a line in front of the row's own piece: part of a group's label."""
    head, _ = spaced_values(text.strip())
    return head.split()[:-1] if any(n == at for n, _ in row.pieces) else []


def _rows(lines: Sequence[Line]) -> Iterator[_Row]:
    """The rows of table 3, each from its number to the next."""
    row: _Row | None = None
    inside = False
    for i, line in enumerate(lines):
        text = line.text.strip()
        if _FIRST in text:
            inside = True
        if not inside or not text or "\t" in text or "|" in text:
            continue
        head, values = spaced_values(text)
        parts = head.split()
        last = parts[-1] if parts else ""
        if len(last) > _LONGEST_PIECE or "。" in head:
            inside, row = False, None
            continue
        if last and _BEGINS.match(last):
            if row is not None:
                yield row
            row = _Row(i)
        if row is None:
            continue
        if last:
            row.pieces.append((i, last))
        if len(values) == _VALUES:
            row.values[i] = "  ".join(values)
        elif values:
            row.pieces.append((i, ""))  # a line that holds something else
        if i - row.first > _MOST_LINES:
            row = None
    if row is not None:
        yield row


def _label(row: _Row, known: LabelMemo) -> tuple[str, frozenset[int]] | None:
    """The one label that the pieces of a row make, and the numbers of those that belong to a group instead."""
    texts = [text for _, text in row.pieces]
    at = next(iter(row.values), None)
    if at is None or len(row.values) != 1 or len(texts) < 2 or not all(texts):
        return None
    if max(map(len, texts)) > _NARROW or any(n == at and known[text] is not None for n, text in row.pieces):
        return None  # a wide column, or whole on its own line
    may_go = [k for k, text in enumerate(texts[1:], 1) if any(squeeze(text) in squeeze(group) for group in _GROUPS)]
    found: dict[str, tuple[str, frozenset[int]]] = {}
    for number in range(min(len(may_go), _MOST_DROPPED) + 1):
        for gone in combinations(may_go, number):
            label = "".join(text for k, text in enumerate(texts) if k not in gone)
            hit = known[label]
            code = hit.of("row", "t3") if hit is not None else None
            if code is not None:
                found.setdefault(code.code, (label, frozenset(gone)))
    return next(iter(found.values())) if len(found) == 1 else None
