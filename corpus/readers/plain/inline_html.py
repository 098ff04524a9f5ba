"""Tables that converters leave as HTML inside Markdown or text (``<table><tr><td colspan="3">…``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from corpus.datafile import later
from corpus.readers.plain.lines import without_math
from corpus.readers.stacked import unstacked
from corpus.text.headings import section_heading
from corpus.types import Grid, GridCell, Place

#: a table that holds none; what stands around it in a frame is text
TABLE = later(r"<table\b(?:(?!<table\b).)*?(?:</table\s*>|\Z)", flags=re.IGNORECASE | re.DOTALL)
_SENTENCES = 3
#: what ends a line of text in such a frame
_BLOCK = later(r"</?(?:td|th|tr|p|div|h[1-6]|li|br)\b[^<>]*>", flags=re.IGNORECASE)
_SPACE = later(r"[ \t\r\n\f]+")
#: what begins a line in a cell
_BREAKS = frozenset({"br", "p", "div", "li"})
#: no statutory table is wider or deeper; a larger span is damage
_MAX_SPAN = 200


def is_frame(table: str) -> bool:
    """Whether a table holds a page, its sentences and lines: in one cell, or with headings of sections on lines of their own."""
    if table.count("。") < _SENTENCES:
        return False
    return table.lower().count("<td") == 1 or sum(section_heading(line.strip()) is not None for line in table.split("\n")) > 1


def framed_lines(source: str, first: int) -> Iterator[tuple[int, str]]:
    """The lines of text in a torn frame (``<table><tr><td><p>…</p>``), with the numbers of those they stand in."""
    for number, raw in enumerate(source.split("\n"), first):
        for part in _BLOCK.split(raw):
            yield number, part


class _TableParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[tuple[str, int, int]]] = []
        self._text: list[str] | None = None
        self._spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS and self._text:
            self._text.append("\v")
        if tag == "tr":
            self._close()
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._close()
            named = dict(attrs)
            self._spans = (_span(named.get("rowspan")), _span(named.get("colspan")))
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._close()

    def _close(self) -> None:
        if self._text is not None:
            if not self.rows:
                self.rows.append([])
            lines = (_SPACE.sub(" ", line).strip() for line in "".join(self._text).split("\v"))
            text = without_math("\n".join(line for line in lines if line))
            self.rows[-1].append((text, *self._spans))
            self._text = None


def _span(value: str | None) -> int:
    number = (value or "").strip()
    return min(max(int(number), 1), _MAX_SPAN) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def read_html_table(source: str, line: int) -> Grid:
    """The grid of one HTML table, spans expanded to positions; ``line`` is where it begins in the file."""
    parser = _TableParser()
    parser.feed(source)
    parser.close()
    cells: list[GridCell] = []
    taken: set[tuple[int, int]] = set()
    for r, row in enumerate(parser.rows):
        column = 0
        for text, row_span, column_span in row:
            while (r, column) in taken:
                column += 1
            # a row span may reach beyond the last row: `rowspan="99"` for the rest of the table
            rows = min(row_span, len(parser.rows) - r)
            cells.append(GridCell(r, column, text, rows, column_span, Place(line=line)))
            taken.update((r + i, column + j) for i in range(rows) for j in range(column_span))
            column += column_span
    return Grid(unstacked(tuple(cells)), exact=True)
