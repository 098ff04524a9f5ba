"""What the reading of a grid says: which printed cell is which statutory cell, and what could not be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from corpus.forms.scanner import RowView
from corpus.types import GridCell


class Claim(NamedTuple):
    """A cell of the grid that is the statutory cell ``code``; ``printed_unit`` is the heading's unit of money.

    A tuple, as a report has some two hundred of them and each lives for one step only.
    """

    code: str
    cell: GridCell
    printed_unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """An issue of a row or column, with the cells it is about.

    Findings with the same ``code`` and ``why`` make one issue, which lists their ``rows``; without ``why`` each is its own.
    ``table``: the statutory table that it is about.
    """

    code: str
    message: str
    cells: tuple[GridCell, ...] = ()
    rows: tuple[str, ...] = ()
    why: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class GridReading:
    """What grids gave: claims and findings in printed order, row labels seen, tables, and (table, form) that their headings show."""

    claims: tuple[Claim, ...] = ()
    findings: tuple[Finding, ...] = ()
    rows: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    forms: frozenset[tuple[str, str]] = frozenset()


def grid_reading(views: Iterable[tuple[str, RowView]], said: Sequence[Claim | Finding]) -> GridReading:
    """The reading of one grid.

    Args:
        views: its rows as understood, each with the table that it stands in.
        said: claims and findings.
    """
    rows: set[str] = set()
    tables: set[str] = set()
    forms: set[tuple[str, str]] = set()
    for table, view in views:
        for _, label in view.headings:
            if len(label.tables) == 1:
                tables.add(label.tables[0])
            if label.form:
                # 处理决定数量 and 本年处理决定数量 differ by two characters that agencies add and drop: weak evidence
                forms.add((table, label.form if label.code != "decisions" else f"{label.form}?"))
        rows.update(segment.label.code for segment in view.segments)
        tables.update(segment.label.tables[0] for segment in view.segments)
    claims = tuple(s for s in said if isinstance(s, Claim))
    findings = tuple(s for s in said if isinstance(s, Finding))
    return GridReading(claims, findings, frozenset(rows), frozenset(tables), frozenset(forms))


def together(readings: Sequence[GridReading]) -> GridReading:
    """The readings of a report's grids as one."""
    return GridReading(
        tuple(claim for r in readings for claim in r.claims),
        tuple(finding for r in readings for finding in r.findings),
        frozenset().union(*(r.rows for r in readings)),
        frozenset().union(*(r.tables for r in readings)),
        frozenset().union(*(r.forms for r in readings)),
    )
