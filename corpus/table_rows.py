"""What the printed rows of a grid are: headings, labelled rows, rows of values; with the table they belong to.

The scanner keeps what is known so far (the table, its headings, the last row), because some labels mean two things: 总计 is the
last heading of the applicants and row （七）, 其他 a heading and row 3. of （六）其他处理.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.cellvalue import is_value
from corpus.labels import Label, LabelHit, match_label
from corpus.table_columns import Heading
from corpus.types import GridCell

RowKind = Literal["header", "data", "values", "other"]
_UNIT = 2
_MISC_AFTER = frozenset({"t3.other", "t3.other_uncorrected", "t3.other_unpaid"})


@dataclass(frozen=True, slots=True)
class Segment:
    """A row label with the cells after it, up to the next row label; ``slots`` are indices into the row's cells.

    ``number`` counts the segments of the printed row: two blocks of table 2 may stand side by side.
    """

    label: Label
    at: int
    slots: tuple[int, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class RowView:
    """A printed row as understood: its kind, headings (with index of their cell) and labelled segments."""

    kind: RowKind
    cells: tuple[GridCell, ...]
    headings: tuple[tuple[int, Label], ...] = ()
    segments: tuple[Segment, ...] = ()


@dataclass(slots=True)
class Scanner:
    """State while the rows of a report's grids are read in order."""

    table: str = ""
    headings: tuple[Heading, ...] = ()
    header_open: bool = False
    last_row: str = ""
    row_number: int = 0
    header_number: int = 0

    def forget(self) -> None:
        """A new section begins: no heading above it counts any more."""
        self.table, self.last_row = "", ""
        self.headings = ()
        self.header_open = False

    def read(self, cells: Sequence[GridCell]) -> RowView:
        """Understand the next printed row, and take up its headings."""
        self.row_number += 1
        hits = [_hit(cell) for cell in cells]
        has_value = any(h is None and c.text and is_value(c.text) for c, h in zip(cells, hits, strict=True))
        heads = self._headings(cells, hits, has_value=has_value)
        if heads:
            self._take_up(cells, heads)
            return RowView("header", tuple(cells), tuple(heads))
        segments = self._segments(cells, hits)
        if segments:
            self.header_open = False
            self.last_row = segments[-1].label.code
            return RowView("data", tuple(cells), (), segments)
        if has_value:
            return RowView("values", tuple(cells))
        return RowView("other", tuple(cells))

    def _headings(
        self, cells: Sequence[GridCell], hits: Sequence[LabelHit | None], *, has_value: bool
    ) -> list[tuple[int, Label]]:
        """Headings of the row, if it is a heading row: it then has no row label."""
        sure = [h for h in hits if h is not None and all(label.kind != "row" for label in h.labels)]
        rows = [h for h in hits if h is not None and h.of("row") and not any(label.kind == "column" for label in h.labels)]
        sure = [
            h for h in sure if not any(label.code in {"results", "denied", "unavailable", "rejected"} for label in h.labels)
        ]
        if rows:
            return []
        if not sure and (has_value or not self.header_open):
            return []
        table = self._table_of(sure)
        found: list[tuple[int, Label]] = []
        seen = {h.label.code for h in self.headings} if self.header_open and self.table == table else set()
        for i, hit in enumerate(hits):
            if hit is None:
                continue
            label = hit.of("column", table) or hit.of("group", table) or hit.of("word", table)
            if label is None:
                continue
            if hit.of("row") is not None and not sure and (label.code in seen and table == "t3"):
                continue  # a second 总计 below the headings is the row
            found.append((i, label))
        return found

    def _table_of(self, sure: Sequence[LabelHit]) -> str:
        for hit in sure:
            tables = {t for label in hit.labels for t in label.tables}
            if len(tables) == 1:
                return tables.pop()
        return self.table

    def _take_up(self, cells: Sequence[GridCell], heads: Sequence[tuple[int, Label]]) -> None:
        tables = [label.tables[0] for _, label in heads if len(label.tables) == 1]
        table = tables[0] if tables else self.table
        new_block = table == "t2" and any(label.kind == "group" or label.code == "item" for _, label in heads)
        side_by_side = new_block and self.header_open and not any(h.label.kind == "column" for h in self.headings)
        if table != self.table or not self.header_open or (new_block and not side_by_side):
            self.headings = ()
            self.header_number += 1
        self.table, self.header_open = table, True
        added = tuple(Heading(label, cells[i].text, self.row_number, cells[i].column) for i, label in heads)
        self.headings = (*self.headings, *added)

    def _segments(self, cells: Sequence[GridCell], hits: Sequence[LabelHit | None]) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        label: Label | None = None
        at = 0
        slots: list[int] = []
        for i, (cell, hit) in enumerate(zip(cells, hits, strict=True)):
            row = self._row_label(hit)
            if row is not None:
                if label is not None and any(cells[s].text for s in slots):
                    segments.append(Segment(label, at, tuple(slots), len(segments)))
                label, at, slots = row, i, []
            elif label is None or (hit is not None and not slots and hit.of("group")):
                continue
            elif (
                cell.text and label.tables == ("t3",) and not any(cells[s].text for s in slots) and not _may_be_value(cell.text)
            ):
                # a unit (件) or a remark in parentheses may stand between label and values; other words make it another row
                slots = []
                if len(cell.text) > _UNIT and cell.text[0] not in "（(":
                    label = None
            else:
                slots.append(i)
        if label is not None:
            segments.append(Segment(label, at, tuple(slots), len(segments)))
        return tuple(segments)

    def _row_label(self, hit: LabelHit | None) -> Label | None:
        if hit is None:
            return None
        row = hit.of("row")
        if row is None:
            return None
        if row.code == "t3.other_misc" and not hit.enumerated and self.last_row not in _MISC_AFTER:
            return None
        if row.code == "t3.total" and not hit.enumerated and self.table != "t3":
            return None
        return row


def _hit(cell: GridCell) -> LabelHit | None:
    text = cell.text
    if not text or (text.isascii() and text[-1].isdigit() and text[0] in "0123456789-+.") or cell.merged:
        return None
    return match_label(text)


def _may_be_value(text: str) -> bool:
    return is_value(text) or any(c.isdigit() for c in text)
