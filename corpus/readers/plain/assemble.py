"""Rows from the pieces of a table in running text.

Lines give pieces of labels and runs of values.  A row is one run of values with its label, which may stand before it, around it
or on several lines; headings wrapped over lines are put together the same way.  Nothing is joined unless the joined text is a
known label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from corpus.forms.wordings import LabelHit, LabelMemo, form_words, label_key, match_label

#: lines of a wrapped label above its values, and under them
_ABOVE = 6
_BELOW = 3
_REACH = 4
_SCRAP = 4
#: labels over several rows, printed downwards in narrow columns
_DOWNWARDS = tuple(
    words.rpartition("）")[2]
    for words in form_words("t3-results", "t3-denied", "t3-unavailable", "t3-rejected", "t3-other-row")
)


class CellPiece(NamedTuple):
    """Text of one cell, or of a part of it, and its source line; ``value``: it stands where values stand."""

    text: str
    line: int
    value: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class FlowRow:
    """Cells of one printed row, in order."""

    cells: tuple[CellPiece, ...]


@dataclass(slots=True)
class _Record:
    """One run of values; ``above``: the lines of text before it, ``own``: text on its line."""

    above: list[list[CellPiece]]
    own: list[CellPiece]
    values: list[CellPiece]
    label: CellPiece | None = None
    inline: bool = False


def assemble(lines: Sequence[Sequence[CellPiece]], known: LabelMemo) -> list[FlowRow]:
    """Rows of the table whose lines are given as pieces; ``known`` are the labels of this reading."""
    records, tail = _records(lines)
    for n, record in enumerate(records):
        below = records[n + 1].above if n + 1 < len(records) else tail
        _find_label(record, below, known)
    _drop_doubtful(records, tail, known)
    rows: list[FlowRow] = []
    for record in records:
        rows += _header_rows(record.above, known)
        cells = [*record.own]
        if record.label is not None:
            cells.append(record.label)
        rows.append(FlowRow((*cells, *record.values)))
    rows += _header_rows(tail, known)
    return rows


def _drop_doubtful(records: list[_Record], tail: list[list[CellPiece]], known: LabelMemo) -> None:
    """Take labels from values that may not be theirs: where the text is not in the order of rows.

    Converters may print all labels of a column first and then all values, or values above their labels.  Then labels stand
    without values, or values directly under a heading; no row of the region can be trusted.
    """
    for record, following in pairwise(records):
        if record.label is not None and following.label is None and not following.own and not any(following.above):
            _unlabel(record)
    labelled = sum(1 for r in records if r.label is not None)
    idle = sum(
        1 for lines in (*(r.above for r in records), tail) for line in lines for p in line if _is_idle_row(known[p.text])
    )
    headless = bool(records) and records[0].label is None and not records[0].own and _ends_in_heading(records[0].above, known)
    if labelled and (idle >= max(2, labelled) or headless):
        for record in records:
            _unlabel(record)


def _unlabel(record: _Record) -> None:
    if record.label is not None:
        record.above.append([*record.own, record.label])
        record.own, record.label = [], None


def _is_idle_row(hit: LabelHit | None) -> bool:
    row = hit.of("row") if hit is not None else None
    return row is not None and row.code != "t3.other" and hit is not None and hit.of("column") is None


def _ends_in_heading(above: list[list[CellPiece]], known: LabelMemo) -> bool:
    last = next((line[-1] for line in reversed(above) if line), None)
    hit = known[last.text] if last is not None else None
    if hit is None or not (hit.of("column") or hit.of("word")):
        return False
    near = [found for line in above for p in line if (found := known[p.text]) is not None]
    return not any(label.tables == ("t4",) for found in near for label in found.labels)


def _records(lines: Sequence[Sequence[CellPiece]]) -> tuple[list[_Record], list[list[CellPiece]]]:
    records: list[_Record] = []
    above: list[list[CellPiece]] = []
    for pieces in lines:
        values = [p for p in pieces if p.value]
        text = [p for p in pieces if not p.value] if len(values) < len(pieces) else []
        if not values:
            above.append(text)
        elif records and not above and not text and not records[-1].inline and len(values) == 1:
            records[-1].values += values
        else:
            inline = bool(text) or len(values) > 1
            records.append(_Record(above, text, values, inline=inline))
            above = []
    return records, above


def _is_row(hit: LabelHit | None) -> bool:
    return hit is not None and hit.of("row") is not None


def _is_own_row(hit: LabelHit | None) -> bool:
    return hit is not None and hit.enumerated and _is_row(hit)


def _is_heading(piece: CellPiece, above: list[list[CellPiece]], known: LabelMemo) -> bool:
    """Whether a bare 总计 or 其他 right above the values ends the headings (table 4) and is no row of table 3."""
    hit = known[piece.text]
    if hit is None or hit.enumerated or hit.of("column") is None or hit.of("row") is None:
        return False
    near = [found for line in above for p in line if p is not piece and (found := known[p.text]) is not None]
    if any(label.tables == ("t4",) for found in near for label in found.labels):
        return True
    same = [found for found in near if found.labels == hit.labels]
    return not same and any(found.of("column", "t3") for found in near)


def _find_label(record: _Record, below: list[list[CellPiece]], known: LabelMemo) -> None:
    """Set the record's label and take its pieces out of ``above``, ``own`` and ``below``."""
    own = record.own
    if own and _is_row(known[own[-1].text]) and not _goes_on(own[-1], below, known):
        record.label = own.pop()
        return
    if not own and record.above and record.above[-1]:
        last = record.above[-1][-1]
        if _is_heading(last, record.above, known):
            return
        if _is_row(known[last.text]) and not _goes_on(last, below, known):
            record.label = record.above[-1].pop()
            return
    for parts in _candidates(record, below):
        text = "".join(p.text for p in parts)
        if any(line and line[0] in parts and _is_own_row(known[line[0].text]) for line in below[:_BELOW]):
            continue  # 三、本年度办理结果 with values of its own, and （一）予以公开 under them
        if _is_row(known[text]) and not (len(parts) == 1 and _is_heading(parts[0], record.above, known)):
            _take(record, below, parts, text)
            return
    nearest = own[-1:] or [p for line in record.above[-1:] for p in line[-1:]]
    if nearest and _is_row(match_label(nearest[0].text)) and not _is_heading(nearest[0], record.above, known):
        _take(record, below, nearest, nearest[0].text)


def _goes_on(piece: CellPiece, below: list[list[CellPiece]], known: LabelMemo) -> bool:
    """Whether the text under the values is the rest of this label (the remark of （二）部分公开)."""
    for line in below[:1]:
        if line and known[line[0].text] is None and known.is_start(piece.text):
            return _is_row(known[piece.text + line[0].text]) or known.is_start(piece.text + line[0].text)
    return False


def _candidates(record: _Record, below: list[list[CellPiece]]) -> list[tuple[CellPiece, ...]]:
    """Ways to join the pieces around a run of values, longest first; each line gives its last piece.

    Text under the values alone is never their label: it is that of the next row.
    """
    up = [line[-1] for line in record.above[-_ABOVE:] if line]
    own = record.own[-1:]
    down = [line[-1] for line in below[:_BELOW] if line]
    scraps = {p for p in (*up, *down) if _is_scrap(p)}
    ways: dict[tuple[CellPiece, ...], None] = {}
    for n_up in range(len(up), -1, -1):
        around = up[len(up) - n_up :]
        if not around and not own:
            continue
        for n_down in range(len(down), -1, -1):
            way = (*around, *own, *down[:n_down])
            ways.setdefault(way)
            # pieces of a label printed downwards (本年 | 度办 | 理结 | 果) may stand between
            kept = tuple([p for p in way if p in own or p not in scraps])
            if scraps and len(kept) < len(way) and any(p in kept for p in (*around, *own)):
                ways.setdefault(kept)
    return sorted(ways, key=lambda way: -sum(len(p.text) for p in way))


def _is_scrap(piece: CellPiece) -> bool:
    key = label_key(piece.text) or piece.text
    return len(key) <= _SCRAP and any(key in group for group in _DOWNWARDS)


def _take(record: _Record, below: list[list[CellPiece]], parts: Sequence[CellPiece], text: str) -> None:
    taken = {id(p) for p in parts}
    for lines in (record.above, below):
        for line in lines:
            line[:] = [p for p in line if id(p) not in taken]
    record.own = [p for p in record.own if id(p) not in taken]
    record.label = CellPiece(text, parts[0].line)


def _header_rows(lines: list[list[CellPiece]], known: LabelMemo) -> list[FlowRow]:
    """Rows of text without values; headings broken over lines are joined where their first piece stands."""
    rows: list[FlowRow] = []
    used: set[int] = set()
    for n, line in enumerate(lines):
        cells: dict[int, CellPiece] = {}
        # what is no label yet comes first: 商业企业 社会公益 法律服务 over 组织 机构, where 商业企业组织 would be one too
        pieces = [(at, piece) for at, piece in enumerate(line) if id(piece) not in used]
        for whole in (False, True):
            for at, piece in pieces:
                if (known[piece.text] is not None) == whole and id(piece) not in used:
                    cells[at] = _joined(piece, lines[n + 1 : n + 1 + _REACH], used, known)
        if cells:
            rows.append(FlowRow(tuple([cells[at] for at in sorted(cells)])))
    return rows


def _joined(piece: CellPiece, following: Sequence[list[CellPiece]], used: set[int], known: LabelMemo) -> CellPiece:
    """``piece`` with the pieces under it that complete a label (商业 + 企业), else as it is."""
    whole = known[piece.text]
    if whole is not None and _unclosed(piece.text):
        return _closed(piece, following, used)
    if whole is not None and whole.of("column") is None and not known.is_start(piece.text):
        return piece
    if not known.is_start(piece.text):
        return piece
    found = _chain(piece.text, following, used, known)
    if not found:
        return piece
    if whole is not None and label_key(piece.text) in {"其他", "其它"} and not any(len(p.text) <= 2 for p in found):
        return piece
    used.update(id(p) for p in found)
    return CellPiece(piece.text + "".join(p.text for p in found), piece.line)


def _unclosed(text: str) -> bool:
    return max(text.rfind("("), text.rfind("（")) > max(text.rfind(")"), text.rfind("）"))


def _closed(piece: CellPiece, following: Sequence[list[CellPiece]], used: set[int]) -> CellPiece:
    """``piece`` with the rest of its remark: 本年收费金额（单位 + ：元）, which holds the unit, on one or two lines."""
    free = [[p for p in line if id(p) not in used and "(" not in p.text and "（" not in p.text] for line in following[:2]]
    two = [(a, b) for a in free[0] for b in free[1]] if len(free) > 1 else []
    for way in (*((rest,) for line in free for rest in line), *two):
        if way[-1].text[-1:] in ")）":
            used.update(id(p) for p in way)
            return CellPiece(piece.text + "".join(p.text for p in way), piece.line)
    return piece


def _chain(text: str, following: Sequence[list[CellPiece]], used: set[int], known: LabelMemo) -> list[CellPiece]:
    for n, line in enumerate(following):
        for piece in line:
            if id(piece) in used or known[piece.text] is not None:
                continue
            joined = text + piece.text
            if known[joined] is not None:
                return [piece]
            if n + 1 < len(following) and known.is_start(joined) and label_key(piece.text):
                rest = _chain(joined, following[n + 1 :], used, known)
                if rest:
                    return [piece, *rest]
    return []
