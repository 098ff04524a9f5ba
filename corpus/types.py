"""The document that every reader returns, and what the following steps make of it.

One report passes through these shapes, all frozen::

    bytes -> Document (paragraphs and grids, each with its place)
          -> CanonicalText (one string; every block knows its range in it)
          -> Section, Cell (corpus) -> Passage (models) -> Mention, Join, Check (extract)

All ``start``/``end`` are 0-based, half-open offsets in code points of ``CanonicalText.text``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Literal

from corpus.errors import Issue
from corpus.records import quick_init

CellState = Literal["value", "blank", "dash", "unreadable"]
CellBasis = Literal["label", "proved"]
Form = Literal["2019", "2021", "mixed", "pre2019", "unknown"]
BBox = tuple[float, float, float, float]


@quick_init
@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the source file.

    ``line`` is 1-based (text formats), ``page`` 1-based, ``bbox`` (x0, y0, x1, y1) in points from the page's top left corner.
    """

    line: int | None = None
    page: int | None = None
    bbox: BBox | None = None


NOWHERE = Place()


@quick_init
@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of prose.  ``places`` gives (offset in ``text``, place) where each source line begins, first offset 0.

    ``level`` is 0 for text and 1… for what the source itself marks as a heading (``##``, ``<h2>``, Word heading style).
    ``joinable`` says that the source gives lines and not paragraphs, so that a sentence may go on in the next one.
    ``indented``: the source indents its first line, so that it begins a paragraph.
    """

    text: str
    places: tuple[tuple[int, Place], ...] = ((0, NOWHERE),)
    level: int = 0
    joinable: bool = False
    indented: bool = False


@quick_init
@dataclass(frozen=True, slots=True)
class GridCell:
    """One printed cell.  ``row``/``column`` are 0-based; ``text`` has its outer white space removed.

    ``merged`` marks a placeholder that the layout prints for a cell merged with the one above or before it: it is no cell of
    the table and never a blank value.  ``confidence`` is set by readers that recognise characters (0…1).
    ``span`` is its range in the canonical text, empty for a blank cell; (0, 0) before that text is written.
    """

    row: int
    column: int
    text: str
    row_span: int = 1
    column_span: int = 1
    place: Place = NOWHERE
    merged: bool = False
    confidence: float | None = None
    span: tuple[int, int] = (0, 0)

    def __hash__(self) -> int:
        return hash((self.row, self.column, self.text))  # what cells differ in; that of all fields takes three times as long


_ROW, _COLUMN = attrgetter("row"), attrgetter("column")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as printed.

    ``exact``: the layout itself says in which column each cell stands (HTML, DOCX, PDF with ruling lines).  Otherwise
    ``column`` is only the rank of the cell in its printed row (tab-separated text, one cell a line), and columns must be found
    from the headings.
    """

    cells: tuple[GridCell, ...]
    exact: bool = False

    def rows(self) -> tuple[tuple[GridCell, ...], ...]:
        """Cells by printed row, in column order."""
        by_row: dict[int, list[GridCell]] = {}
        for row, cells in groupby(self.cells, _ROW):  # readers print row after row, but nothing obliges them to
            by_row.setdefault(row, []).extend(cells)
        return tuple(tuple(sorted(by_row[r], key=_COLUMN)) for r in sorted(by_row))


Block = Paragraph | Grid


@quick_init
@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece of the source that a reader left out, and why.

    ``kind`` is the id of a rule of ``furniture.toml`` or one of ``page_mark``, ``page_number``, ``ruler``, ``markup``, ``navigation``,
    ``other_report``, ``watermark``, ``undecodable``, ``caption``, ``reading`` (pinyin) and, for what is not shown, ``hidden``, ``struck``, ``note``, ``control``.
    """

    kind: str
    text: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader returns: blocks in reading order; ``dropped`` is everything else that the file holds.

    ``encoding`` is the one that was used to decode text formats, else empty.  ``host``, ``published`` and ``address``
    are kept where the format carries them (HTML).
    """

    blocks: tuple[Block, ...]
    reader: str
    reader_version: str
    encoding: str = ""
    host: str = ""
    published: str = ""
    issues: tuple[Issue, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    address: str = ""


@quick_init
@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph in the canonical text: ``text[start:end]``; ``level`` as in :class:`Paragraph`."""

    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A grid in the canonical text, whose cells have their ``span``."""

    start: int
    end: int
    grid: Grid


@quick_init
@dataclass(frozen=True, slots=True)
class SourceRange:
    """Canonical range ``start:end`` stands at ``place`` in the source file."""

    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """The one text of a report, its blocks in order, and the way back to the source."""

    text: str
    blocks: tuple[TextBlock | TableBlock, ...]
    source_map: tuple[SourceRange, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A statutory section (``s1`` … ``s6``), or the ``preamble``: heading range and the blocks that belong to it.

    ``heading`` is as printed, ``""`` for the preamble.  ``blocks`` are block indices ``first:last`` (half-open), the heading's
    own block not included unless prose is run into it (then the prose starts at ``body_start``).
    """

    code: str
    heading: str
    start: int
    end: int
    body_start: int
    first: int
    last: int


@quick_init
@dataclass(frozen=True, slots=True)
class Cell:
    """A statutory cell that stands in the file.

    ``code`` is one of ``forms.json``; ``raw`` is ``text[start:end]``; ``value`` is in the unit of the column and ``None`` unless
    ``state`` is ``value``.  ``basis`` is ``proved`` where a label was lost and the sums of the table leave one place for the cell.
    """

    code: str
    raw: str
    value: Decimal | None
    state: CellState
    start: int
    end: int
    page: int | None = None
    bbox: BBox | None = None
    confidence: float | None = None
    basis: CellBasis = "label"


@dataclass(frozen=True, slots=True)
class TableReading:
    """All statutory cells of a report, with the form that the headings of each table show (``t2``, ``t3``, ``t4``)."""

    cells: tuple[Cell, ...]
    forms: dict[str, Form] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
