"""From a text or a grid to cells, for the tests of readers and tables."""

from __future__ import annotations

from collections.abc import Iterable

from corpus.forms.read import read_tables
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.types import CanonicalText, Document, Grid, GridCell, TableReading
from tests.support.layouts import Matrix


def read(text: str, name: str = "report.txt") -> tuple[CanonicalText, TableReading]:
    """Canonical text and cells of a report given as text."""
    canonical = build(read_bytes(text.encode("utf-8"), name))
    return canonical, read_tables(canonical, ())


def cells(text: str) -> dict[str, str]:
    """Printed text of every cell that is claimed, by code."""
    return {c.code: c.raw for c in read(text)[1].cells}


def read_grids(grids: Iterable[Grid]) -> TableReading:
    """Cells of grids as another reader (HTML, DOCX, PDF) would give them."""
    return read_tables(build(Document(tuple(grids), "test", "1")), ())


def exact_grid(matrix: Matrix) -> Grid:
    """The matrix as a grid whose columns are known."""
    return Grid(tuple(GridCell(c.row, c.col, c.text, c.rs, c.cs) for c in matrix), exact=True)


def issue_codes(reading: TableReading) -> set[str]:
    """Codes of the issues of a reading."""
    return {issue.code for issue in reading.issues}
