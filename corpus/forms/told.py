"""Table 2 without columns: each value stands behind its own heading (``规章 | 本年制发件数 | 3 | 本年废止件数 | 0``), in one row or under each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from corpus.codebook import all_cells
from corpus.forms.cellvalue import heading_money_unit, is_value
from corpus.forms.claims import Claim, GridReading
from corpus.forms.columns import cell_column, money_cells
from corpus.forms.wordings import Label, LabelMemo
from corpus.types import GridCell

#: one row may be a slip of another layout
_FEWEST_ROWS = 2


class _Told(NamedTuple):
    """A row as told: the label of the row it begins with (none where it goes on with that above), headings with their values."""

    label: Label | None
    pairs: tuple[tuple[Label, str, GridCell], ...]


Rows = tuple[tuple[GridCell, ...], ...]


def read_told(rows: Rows, labels: LabelMemo) -> tuple[GridReading | None, Rows]:
    """What the rows say whose values have their headings beside them, and the other rows; ``None`` where there are none such."""
    told = [_told(row, labels) for row in rows]
    if sum(row is not None for row in told) < _FEWEST_ROWS:
        return None, rows
    claims: list[Claim] = []
    seen: set[str] = set()
    forms: set[tuple[str, str]] = set()
    current: Label | None = None
    for row in told:
        current = None if row is None else row.label or current
        if row is None:
            continue
        for heading, text, cell in row.pairs:
            code = f"{current.code}.{cell_column(heading.code)}" if current is not None else ""
            if code not in all_cells():
                return None, rows
            claims.append(Claim(code, cell, heading_money_unit(text) if code in money_cells() else ""))
            seen.add(code.rsplit(".", 1)[0])
            if heading.form:
                forms.add(("t2", heading.form if heading.code != "decisions" else f"{heading.form}?"))
    left = tuple(row for row, own in zip(rows, told, strict=True) if own is None)
    return GridReading(tuple(claims), (), frozenset(seen), frozenset({"t2"}), frozenset(forms)), left


def _told(row: Sequence[GridCell], labels: LabelMemo) -> _Told | None:
    cells = [cell for cell in row if not cell.merged]
    led = _led(cells, labels)
    if led is None:
        return None
    first, label = led
    while len(cells) > first and not cells[-1].text and ((len(cells) - first) % 2 or not cells[-2].text):
        cells.pop()
    pairs: list[tuple[Label, str, GridCell]] = []
    if len(cells) == first or (len(cells) - first) % 2:
        return None
    for name, value in zip(cells[first::2], cells[first + 1 :: 2], strict=True):
        heading = _kind(name, labels)
        if not isinstance(heading, Label) or heading.kind != "column" or (value.text and not is_value(value.text)):
            return None
        pairs.append((heading, name.text, value))
    # 信息内容 | 本年处理决定数量 | (blank) is a row of headings
    return _Told(label, tuple(pairs)) if any(value.text for _, _, value in pairs) else None


def _led(cells: Sequence[GridCell], labels: LabelMemo) -> tuple[int, Label | None] | None:
    """Where the first heading stands, and the label of the row before it; ``None`` where other words come first."""
    label: Label | None = None
    for n, cell in enumerate(cells):
        kind = _kind(cell, labels)
        if isinstance(kind, Label) and kind.kind == "column":
            return n, label
        if isinstance(kind, Label) and kind.kind == "row" and label is None:
            label = kind
        elif kind != "group":
            return None
    return None


def _kind(cell: GridCell, labels: LabelMemo) -> Label | str:
    """The label of table 2 that a cell is; ``group`` for one that only tells the group, a number of the row, or nothing."""
    hit = labels[cell.text] if cell.text else None
    if hit is None:
        return "group" if not cell.text or cell.text.isdigit() else "text"
    return (
        hit.of("row", "t2") or hit.of("column", "t2") or ("group" if hit.of("group", "t2") or hit.of("word", "t2") else "text")
    )
