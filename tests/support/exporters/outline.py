"""A narrative as the parts of a document: title, headings, paragraphs and tables with spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.samples.narrative import HeadingLine, Narrative
from training.samples.pages import HEADINGS, PARTS_PRINTED
from training.samples.tables import Row, table


@dataclass(frozen=True, slots=True)
class Cell:
    """An anchored cell; ``value`` cells are numbers or blank."""

    row: int
    column: int
    text: str
    rows: int
    columns: int
    value: bool


@dataclass(frozen=True, slots=True)
class Table:
    cells: tuple[Cell, ...]

    @property
    def height(self) -> int:
        return 1 + max(c.row + c.rows - 1 for c in self.cells)

    @property
    def width(self) -> int:
        return max(c.column + c.columns for c in self.cells)

    def by_row(self) -> list[list[Cell]]:
        return [[c for c in self.cells if c.row == r] for r in range(self.height)]


@dataclass(frozen=True, slots=True)
class Text:
    """``kind``: ``title``, ``section``, ``heading`` or ``para``; ``lead`` is the heading run into a paragraph."""

    kind: str
    text: str
    lead: str = ""


def spanned(rows: Sequence[Row]) -> Table:
    """Rows of the samples with their merged places turned into spans: to the right first, then down."""
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []

    def merged(r: int, c: int) -> bool:
        return r < len(rows) and c < len(rows[r]) and rows[r][c].kind == "merged" and (r, c) not in taken

    for r, row in enumerate(rows):
        for c, item in enumerate(row):
            if item.kind == "merged":
                continue
            wide = 1
            while merged(r, c + wide):
                wide += 1
            high = 1
            while item.kind == "label" and all(merged(r + high, k) for k in range(c, c + wide)):
                high += 1
            taken.update((r + i, c + k) for i in range(high) for k in range(wide))
            cells.append(Cell(r, c, item.text, high, wide, item.kind in ("value", "blank")))
    return Table(tuple(cells))


def outline(narrative: Narrative) -> Iterator[Text | Table]:
    """The parts in printed order; a narrative that is cut ends where its file ends."""
    yield Text("title", narrative.title)
    for part in PARTS_PRINTED:
        rows = table(narrative, part) if part in ("s2", "s3", "s4") else []
        if narrative.cut_after and part in ("s3", "s4", "s5", "s6") and not rows:
            return
        if part != "preamble":
            yield Text("section", narrative.headings.get(part, HEADINGS[part]))
        for block in narrative.parts.get(part, ()):
            if isinstance(block, HeadingLine):
                yield Text("heading", block.text)
            else:
                yield Text("para", block.text, block.lead)
        if rows:
            yield spanned(rows)
