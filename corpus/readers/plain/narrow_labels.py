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

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

from corpus.datafile import later
from corpus.forms.cellvalue import spaced_values
from corpus.forms.wordings import LabelMemo, form_words
from corpus.readers.plain.lines import Line
from corpus.text.normalise import ideographs, squeeze

_BEGINS = later(r"[（(]?[一二三四五六七][）)、]|\d{1,2}[.．、](?!\d)")
#: labels that stand beside several rows
_GROUPS = form_words("t3-results", "t3-denied", "t3-unavailable", "t3-rejected", "t3-other-row")
#: how the first row begins
_FIRST = "一、本年"
_VALUES = 7
_MOST_LINES, _MOST_DROPPED = 14, 5
_LONGEST_PIECE = 24
#: lines of a narrow column; wider ones, with the values between them, are rows that are read as they stand
_NARROW = 12
HEADINGS = form_words("t3-natural", "t3-business", "t3-research", "t3-nonprofit", "t3-legal", "t3-other", "total-column")
#: as the form prints them, with the heading of five at its place
_GROUP = 1
_PRINTED = (HEADINGS[0], *form_words("t3-organisations"), *HEADINGS[1:])
#: what stands above them; the note may be in pieces
_ABOVE = form_words("t3-applicants", "t3-organisations")
_NOTE = f"（{form_words('t3-note')[0]}）"
_NOTE_PIECE = 4
_HEAD_LINES = 16
#: rows of pipes with scraps of labels above and below: so many lines each, so many times
_SMALL_RUN, _FEWEST_TORN = 6, 5
_RULER = later(r"[\s|｜:+\-=]+")
_PIPES = later(r"[|｜]")
_SENTENCE = later(r"[。；！？]")


@dataclass(slots=True)
class _Row:
    """A row in the making: number of its first line, pieces as (line, text), lines with seven values."""

    first: int
    pieces: list[tuple[int, str]] = field(default_factory=list)
    values: dict[int, str] = field(default_factory=dict)


def mend_narrow_labels(lines: list[Line], known: LabelMemo) -> list[Line]:
    """``lines`` with each label that was wrapped over several lines in front of its values."""
    if not any(_begins_table(line.text) for line in lines):
        return lines
    out = _whole_headings(_without_scattered_pipes(lines), known)
    for row in _rows(out, known):
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


def _begins_table(text: str) -> bool:
    return "、本年" in text and _FIRST in ideographs(text)


def _without_scattered_pipes(lines: Sequence[Line]) -> list[Line]:
    """The lines, with rows of pipes as plain text where a program took pieces of one table for tables of their own::

    律行政法
    |     |     |     | 0 0 | 0   | 0   | 0   | 0   | 0   |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    规禁止公
    """
    piped = [line.text.lstrip()[:1] in {"|", "｜"} for line in lines]
    runs, at = [], 0
    for is_row, group in groupby(piped):
        size = len(list(group))
        if is_row:
            runs.append((at, at + size))
        at += size
    small = [(a, b) for a, b in runs if b - a <= _SMALL_RUN]
    torn = [(a, b) for a, b in small if _is_scrap(lines, a - 1) and _is_scrap(lines, b)]
    if len(torn) < _FEWEST_TORN:
        return list(lines)
    out = list(lines)
    for i in {i for a, b in small for i in range(a, b)}:
        text = lines[i].text
        out[i] = lines[i]._replace(text="" if _RULER.fullmatch(text) else "  ".join(_PIPES.sub(" ", text).split()))
    return out


def _is_scrap(lines: Sequence[Line], at: int) -> bool:
    """Whether a line holds a piece of a label: a few characters, and no sentence."""
    text = lines[at].text.strip() if 0 <= at < len(lines) else ""
    return 0 < len(text) <= _NARROW + 2 and not _SENTENCE.search(text)


def _whole_headings(lines: Sequence[Line], known: LabelMemo) -> list[Line]:
    """The lines, with the seven headings of table 3 on one line where those above the first row hold their characters and no other.

    `社会公益 法律服务 | 商业企业 科研机构 其他 | 组织 机构`: the form has one order of columns.
    """
    out = list(lines)
    for first in [i for i, line in enumerate(lines) if _begins_table(line.text)]:
        zone = range(max(0, first - _HEAD_LINES), first)
        top = next((i for i in zone if _ABOVE[0] in ideographs(lines[i].text)), None)
        if top is None or any(sum(_is_column(p, known) for p in lines[i].text.split()) == len(HEADINGS) for i in zone):
            continue
        places, letters, torn, ordered = [], Counter[str](), False, True
        for i in range(top, first):
            ordered = ordered and _in_order("".join(p for p in lines[i].text.split() if p in _PRINTED or not stands_above(p)))
            own = [p for p in lines[i].text.split() if not stands_above(p)]
            if own:
                places.append(i)
                letters.update(squeeze("".join(own)))
                torn = torn or not all(_is_column(p, known) for p in own)
        # whole ones, each on a line of its own, are a layout that is read as it stands
        if torn and ordered and letters == Counter("".join(HEADINGS)) and places:
            for i in places:
                rest = [p for p in lines[i].text.split() if stands_above(p)]
                out[i] = lines[i]._replace(text="  ".join(rest))
            out[places[-1]] = lines[places[-1]]._replace(text="  ".join([out[places[-1]].text, *HEADINGS]).strip())
    return out


def holds_headings(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the pieces of lines are the seven headings of table 3, torn or run together, in the order of the form."""
    whole = [squeeze("".join(pieces)) for pieces in rows]
    letters = Counter("".join(whole))
    printed = (HEADINGS, _PRINTED)  # 法人或其他组织 may touch its neighbour
    return any(letters == Counter("".join(words)) for words in printed) and all(map(_in_order, whole))


def _in_order(text: str, at: int = -1) -> bool:
    """Whether a line is made of pieces of headings in the order of the form, each over a column of its own."""
    text = squeeze(text)
    if not text:
        return True
    for k in range(at + 1, len(_PRINTED)):
        heading = _PRINTED[k]
        sizes = (len(heading),) if k == _GROUP else range(len(heading), 0, -1)
        if any(text[:n] in heading and len(text) >= n and _in_order(text[n:], k) for n in sizes):
            return True
    return False


def stands_above(piece: str) -> bool:
    """Whether a piece belongs to what stands above the headings of table 3: its caption, a group of columns, the note."""
    text = squeeze(piece)
    return text in _ABOVE or (len(text) >= _NOTE_PIECE and text in squeeze(_NOTE))


def _is_column(text: str, known: LabelMemo) -> bool:
    hit = known[text]
    return hit is not None and hit.of("column", "t3") is not None


def _beside(text: str, row: _Row, at: int) -> list[str]:
    """What stands on a line in front of the row's own piece: part of a group's label."""
    head, _ = spaced_values(text.strip())
    return head.split()[:-1] if any(n == at for n, _ in row.pieces) else []


def _rows(lines: Sequence[Line], known: LabelMemo) -> Iterator[_Row]:
    """The rows of table 3, each from its number to the next."""
    row: _Row | None = None
    inside = False
    for i, line in enumerate(lines):
        text = line.text.strip()
        if _begins_table(text):
            inside = True
        if not inside or not text or "\t" in text or "|" in text:
            continue
        head, values = spaced_values(text)
        last = head.split()[-1] if head else ""
        if len(last) > _LONGEST_PIECE or "。" in head:
            inside, row = False, None
            continue
        if last and _BEGINS.match(ideographs(last)) and not _goes_on(row, last, known):
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


def _goes_on(row: _Row | None, piece: str, known: LabelMemo) -> bool:
    """Whether a piece is the beginning of a group's label that stands between the lines of a row not complete yet."""
    group = any(squeeze(g).startswith(squeeze(piece)) for g in _GROUPS)
    return row is not None and group and known[piece] is None and _label(row, known) is None


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
