"""What the printed rows of a grid are: headings, labelled rows, rows of values; with the table they belong to.

What is known so far (the table, its headings, the last row) goes from row to row, because some labels mean two things: 总计 is
the last heading of the applicants and row （七）, 其他 a heading and row 3. of （六）其他处理.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from corpus.forms.cellvalue import COUNTS, is_value
from corpus.forms.columns import Heading
from corpus.forms.wordings import Label, LabelHit, match_label
from corpus.records import quick_init
from corpus.types import GridCell

RowKind = Literal["header", "data", "values", "other"]
_UNIT = 2
#: groups over rows of table 3, which stand beside row labels and not over columns
_ROW_GROUPS = frozenset({"results", "denied", "unavailable", "rejected"})
_MISC_AFTER = frozenset({"t3.other", "t3.other_uncorrected", "t3.other_unpaid"})


class Segment(NamedTuple):
    """A row label with the cells after it, up to the next row label; ``slots`` are indices into the row's cells.

    ``number`` counts the segments of the printed row: two blocks of table 2 may stand side by side.
    """

    label: Label
    at: int
    slots: tuple[int, ...]
    number: int = 0


class RowView(NamedTuple):
    """A printed row as understood: its kind, headings (with index of their cell) and labelled segments."""

    kind: RowKind
    cells: tuple[GridCell, ...]
    headings: tuple[tuple[int, Label], ...] = ()
    segments: tuple[Segment, ...] = ()


@quick_init
@dataclass(frozen=True, slots=True)
class Scanner:
    """What the rows of a report's grids that were read so far say about the next one.

    ``header_open``: the last rows were headings, to which the next may add.  ``row_number`` and ``header_number`` count rows and headers.
    """

    table: str = ""
    headings: tuple[Heading, ...] = ()
    header_open: bool = False
    last_row: str = ""
    row_number: int = 0
    header_number: int = 0

    @property
    def knows_something(self) -> bool:
        """Whether there is anything to forget."""
        return bool(self.table or self.last_row or self.headings or self.header_open)

    def forget(self) -> Scanner:
        """What is known where a new section begins: no heading above it counts any more."""
        return Scanner(row_number=self.row_number, header_number=self.header_number)

    def below_header(self) -> Scanner:
        """What is known once the rows of headings are over."""
        return replace(self, header_open=False) if self.header_open else self

    def read(self, cells: Sequence[GridCell]) -> tuple[RowView, Scanner]:
        """The next printed row as understood, and what is known after it."""
        hits: dict[int, LabelHit] = {}  # by index of the cell
        has_value = False
        for i, cell in enumerate(cells):
            text = cell.text
            if text in COUNTS:
                has_value = True
            elif text:
                hit = _hit(cell)
                if hit is not None:
                    hits[i] = hit
                elif not has_value:
                    has_value = is_value(text)
        if hits:
            heads = self._headings(hits, has_value=has_value)
            if heads:
                return RowView("header", tuple(cells), tuple(heads)), self._with(cells, heads)
            segments = self._segments(cells, hits)
            if segments:
                known = Scanner(
                    self.table, self.headings, False, segments[-1].label.code, self.row_number + 1, self.header_number
                )
                return RowView("data", tuple(cells), (), segments), known
        return RowView("values" if has_value else "other", tuple(cells)), replace(self, row_number=self.row_number + 1)

    def _headings(self, hits: Mapping[int, LabelHit], *, has_value: bool) -> list[tuple[int, Label]]:
        """Headings of the row, if it is a heading row: it then has no row label."""
        for hit in hits.values():
            if "row" in hit.kinds and "column" not in hit.kinds:
                return []
        sure = [h for h in hits.values() if "row" not in h.kinds and not any(label.code in _ROW_GROUPS for label in h.labels)]
        if not sure and (has_value or not self.header_open):
            return []
        table = self._table_of(sure)
        found: list[tuple[int, Label]] = []
        seen = {h.label.code for h in self.headings} if self.header_open and self.table == table else set()
        for i, hit in hits.items():
            label = hit.of("column", table) or hit.of("group", table) or hit.of("word", table)
            if label is None:
                continue
            if "row" in hit.kinds and not sure and (label.code in seen and table == "t3"):
                continue  # a second 总计 below the headings is the row
            found.append((i, label))
        return found

    def _table_of(self, sure: Sequence[LabelHit]) -> str:
        for hit in sure:
            tables = {t for label in hit.labels for t in label.tables}
            if len(tables) == 1:
                return tables.pop()
        return self.table

    def _with(self, cells: Sequence[GridCell], heads: Sequence[tuple[int, Label]]) -> Scanner:
        """What is known once the headings of a row are taken up."""
        tables = [label.tables[0] for _, label in heads if len(label.tables) == 1]
        table = tables[0] if tables else self.table
        new_block = table == "t2" and any(label.kind == "group" or label.code == "item" for _, label in heads)
        if new_block and table == self.table and self.header_open and all(label.kind != "group" for _, label in heads):
            # 本年收费金额 above 信息内容: the headings of one block, which narrow columns print in two lines
            new_block = any(h.label.code == "item" for h in self.headings)
        side_by_side = new_block and self.header_open and not any(h.label.kind == "column" for h in self.headings)
        fresh = table != self.table or not self.header_open or (new_block and not side_by_side)
        row = self.row_number + 1
        added = tuple(Heading(label, cells[i].text, row, cells[i].column, len(cells), span_of(cells, i)) for i, label in heads)
        above = () if fresh else self.headings
        return Scanner(table, (*above, *added), True, self.last_row, row, self.header_number + fresh)

    def _segments(self, cells: Sequence[GridCell], hits: Mapping[int, LabelHit]) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        label: Label | None = None
        at = 0
        slots: list[int] = []
        filled = False  # whether one of the slots has a text
        for i, cell in enumerate(cells):
            hit = hits.get(i)
            row = self._row_label(hit) if hit is not None else None
            if row is not None:
                if label is not None and filled:
                    segments.append(Segment(label, at, tuple(slots), len(segments)))
                label, at, slots, filled = row, i, [], False
            elif label is None or (hit is not None and not slots and "group" in hit.kinds):
                continue
            elif hit is not None and filled:
                # a row of another group goes on in the same line: 二、上年结转… 0 0 三、本年度办理结果 （一）予以公开 1 0
                segments.append(Segment(label, at, tuple(slots), len(segments)))
                label = None
            elif not filled and cell.text and label.tables == ("t3",) and not _may_be_value(cell.text):
                # a unit (件) or a remark in parentheses may stand between label and values; other words make it another row
                slots = []
                if len(cell.text) > _UNIT and cell.text[0] not in "（(":
                    label = None
            else:
                slots.append(i)
                filled = filled or bool(cell.text)
        if label is not None:
            segments.append(Segment(label, at, tuple(slots), len(segments)))
        return tuple(segments)

    def _row_label(self, hit: LabelHit) -> Label | None:
        row = hit.of("row")
        if row is None:
            return None
        if row.code == "t3.other_misc" and not hit.enumerated and self.last_row not in _MISC_AFTER:
            return None
        if row.code == "t3.total" and not hit.enumerated and self.table != "t3":
            return None
        return row


def span_of(cells: Sequence[GridCell], at: int) -> int:
    """How many cells are the one ``at`` and the empty ones right behind it."""
    return next((i for i in range(at + 1, len(cells)) if cells[i].text or cells[i].merged), len(cells)) - at


def _hit(cell: GridCell) -> LabelHit | None:
    return None if cell.merged else match_label(cell.text)


def _may_be_value(text: str) -> bool:
    return text in COUNTS or is_value(text) or any(c.isdigit() for c in text)
