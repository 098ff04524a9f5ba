"""Table 4 told by rows: 行政复议 and the two kinds of lawsuits, each with five values, under one row of outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from corpus.datafile import later
from corpus.forms.claims import Claim, GridReading
from corpus.forms.columns import T4_GROUPS, T4_LEAVES
from corpus.forms.wordings import LabelMemo
from corpus.types import GridCell

_REMARK = later(r"[（(]([^（）()]+)[）)]$")


def read_turned(rows: Sequence[Sequence[GridCell]], labels: LabelMemo) -> tuple[GridReading | None, int]:
    """What such a table says that ends the grid, and the row it begins with; ``None`` unless all three groups have all values.

    A row has one cell for each outcome behind its label, in the order of the outcomes above.
    """
    at = len(rows) - len(T4_GROUPS)
    outcomes = [_code(cell, "column", labels) for cell in rows[at - 1] if not cell.merged][-len(T4_LEAVES) :] if at > 0 else []
    if sorted(outcomes) != sorted(T4_LEAVES):
        return None, 0
    claims: list[Claim] = []
    seen: list[str] = []
    for row in rows[at:]:
        cells = [cell for cell in row if not cell.merged]
        named = [code for cell in cells[: -len(outcomes)] if (code := _code(cell, "group", labels))]
        # 行政诉讼 stands before its first kind; what has a label is no value
        if not named or any(cell.text and labels[cell.text] is not None for cell in cells[-len(outcomes) :]):
            return None, 0
        seen.append(named[-1])
        values = zip(cells[-len(outcomes) :], outcomes, strict=True)
        claims += [Claim(f"t4.{named[-1]}.{code}", cell) for cell, code in values]
    whole = sorted(seen) == sorted(T4_GROUPS)
    return (GridReading(tuple(claims), tables=frozenset({"t4"})), at - 1) if whole else (None, 0)


def _code(cell: GridCell, kind: Literal["column", "group"], labels: LabelMemo) -> str:
    hit = labels[cell.text] if cell.text else None
    label = hit.of(kind, "t4") if hit is not None else None
    if label is not None and label.code == "suit" and (remark := _REMARK.search(cell.text)) is not None:
        hit = labels[remark[1]]  # 行政诉讼（复议后起诉）
        label = (hit.of(kind, "t4") if hit is not None else None) or label
    return label.code if label is not None else ""
