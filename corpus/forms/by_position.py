"""Cells of grids whose layout fixes columns (HTML, DOCX, PDF with ruling lines): by position under the headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus.codebook import all_cells
from corpus.datafile import later
from corpus.forms.cellvalue import heading_money_unit
from corpus.forms.claims import Claim, Finding, GridReading, grid_reading
from corpus.forms.columns import T2_TEMPLATES, T3_COLUMNS, T4_GROUPS, T4_LEAVES, Heading, cell_column, t2_columns
from corpus.forms.scanner import RowView, Scanner, span_of
from corpus.forms.wordings import Label, exact_label
from corpus.types import GridCell

#: between the names of several columns in one heading
_BETWEEN = later(r"[、，,/／;；\s]+")


@dataclass(slots=True)
class _Heads:
    """Headings over each column, from above, with their printed texts."""

    stacks: dict[int, list[tuple[Label, str]]] = field(default_factory=dict)
    #: what :meth:`leaf` has answered, for every row asks it anew
    leaves: dict[tuple[int, str], tuple[str, str] | None] = field(default_factory=dict)
    #: columns under an empty cell behind a heading, and the column of that heading: `本年增/减 |  | 处理决定数量` lost its spans
    behind: dict[int, int] = field(default_factory=dict)

    def take(self, view: RowView) -> None:
        """The headings of a row."""
        for cell in view.cells:
            if cell.text or cell.merged:
                self.behind.pop(cell.column, None)
        for i, label in view.headings:
            self.put(view.cells[i], label)
            for cell in view.cells[i + 1 : i + span_of(view.cells, i)]:
                if cell.column not in self.stacks:
                    self.behind[cell.column] = view.cells[i].column

    def put(self, cell: GridCell, label: Label) -> None:
        self.leaves.clear()
        for column in range(cell.column, cell.column + max(1, cell.column_span)):
            self.stacks.setdefault(column, []).append((label, cell.text))

    def leaf(self, column: int, table: str) -> tuple[str, str] | None:
        """Code (``natural``, ``review.upheld``) and printed text of the lowest heading over a column."""
        if (column, table) not in self.leaves:
            self.leaves[column, table] = self._leaf(column, table)
        return self.leaves[column, table]

    def _leaf(self, column: int, table: str) -> tuple[str, str] | None:
        stack = [(label, text) for label, text in self.stacks.get(column, ()) if table in label.tables]
        leaf = next(((label.code, text) for label, text in reversed(stack) if label.kind == "column"), None)
        if leaf is None or table != "t4":
            return leaf
        groups = [label.code for label, _ in stack if label.kind == "group"]
        group = next((g for g in reversed(groups) if g in T4_GROUPS), None)
        if group is None or (group != "review" and "suit" not in groups):
            return None
        return f"{group}.{leaf[0]}", leaf[1]


def read_exact_grid(rows: Sequence[Sequence[GridCell]], scanner: Scanner) -> tuple[GridReading, Scanner] | None:
    """What the rows of one grid say by position, and what is known after them.

    ``None`` where headings and values do not stand over each other (spans were lost): the grid is then to be read in the order of
    its headings.  Headings are those of the grid itself: columns of another grid are others.
    """
    heads = _Heads()
    views: list[tuple[str, RowView]] = []
    said: list[Claim | Finding] = []
    above = scanner.headings if scanner.table == "t2" else ()
    scanner = replace(scanner, headings=())
    for printed in rows:
        cells = _apart(printed)
        header = scanner.header_number
        view, scanner = scanner.read(cells)
        if view.kind == "header":
            if scanner.header_number != header:
                heads = _Heads()
            heads.take(view)
        views.append((scanner.table, view))
        found = _continued(view, above) if above and not heads.stacks else None
        found = found or _of_row(view, scanner.table, heads)
        if found is None:
            return None
        said += found
        if view.kind == "values" and scanner.table == "t4":
            scanner = scanner.below_header()
    reading = grid_reading(views, _each_once(said))
    return None if not heads.stacks and reading.rows and not reading.claims else (reading, scanner)


def _apart(cells: Sequence[GridCell]) -> Sequence[GridCell]:
    """The cells of a row, with one heading over several columns that names them all as one over each: 制发件数、废止件数、现行有效件数."""
    if all(c.column_span == 1 or not _BETWEEN.search(c.text) for c in cells):
        return cells
    out: list[GridCell] = []
    for cell in cells:
        names = [part for part in _BETWEEN.split(cell.text) if part]
        hits = [exact_label(name) for name in names]
        if len(names) == cell.column_span > 1 and all(hit is not None and hit.of("column") for hit in hits):
            out += [replace(cell, column=cell.column + n, column_span=1, text=name) for n, name in enumerate(names)]
        else:
            out.append(cell)
    return out


def _continued(view: RowView, above: Sequence[Heading]) -> list[Claim | Finding] | None:
    """The claims of a row of table 2 that a page end parted from its headings, where it has one value for each of them."""
    if view.kind != "data" or len(view.segments) != 1:
        return None
    row = view.segments[0].label.code
    cells = [c for i in view.segments[0].slots if not (c := view.cells[i]).merged]
    filled = [c for c in cells if c.text]
    ways = t2_columns(row, above, None) if row in T2_TEMPLATES else ()
    whole = [codes for _, columns in ways if not columns.missing and len(codes := columns.codes) in (len(cells), len(filled))]
    if len(whole) != 1:
        return None
    claims: list[Claim | Finding] = []
    for heading, cell in zip(whole[0], cells if len(cells) == len(whole[0]) else filled, strict=True):
        code = f"{row}.{cell_column(heading or '')}"
        text = next((h.text for h in above if h.label.code == heading), "")
        claims.append(Claim(code, cell, heading_money_unit(text) if all_cells()[code].unit == "万元" else ""))
    return claims


def _each_once(said: Sequence[Claim | Finding]) -> list[Claim | Finding]:
    """All that was said, but no finding twice: a column without heading is one thing to look at, however many rows it has."""
    first = {s.message: n for n, s in reversed([*enumerate(said)]) if isinstance(s, Finding)}
    return [s for n, s in enumerate(said) if isinstance(s, Claim) or first[s.message] == n]


def _of_row(view: RowView, table: str, heads: _Heads) -> list[Claim | Finding] | None:
    """What the cells of a row say that stands in ``table``; ``None`` where they do not stand under the headings."""
    if view.kind == "values" and table == "t4":
        return _of_values(view.cells, "t4", "t4", heads, labelled=True)
    said: list[Claim | Finding] = []
    for segment in view.segments:
        of = segment.label.tables[0]
        cells = [view.cells[i] for i in segment.slots]
        found = _of_values(cells, of, segment.label.code, heads, labelled=of == table) if cells else []
        if found is None:
            return None
        said += found
    return said


def _of_values(
    cells: Sequence[GridCell], table: str, row: str, heads: _Heads, *, labelled: bool
) -> list[Claim | Finding] | None:
    """What the cells of a row say; ``None`` unless each labelled column has one cell and each value a heading."""
    known = all_cells()
    claims: list[Claim] = []
    bare: list[GridCell] = []
    if labelled and (ranked := _by_rank(cells, table, row, heads)) is not None:
        return [*ranked]
    for cell in cells:
        if cell.merged:
            continue
        span = range(cell.column, cell.column + max(1, cell.column_span))
        leaves = {leaf for c in span if labelled and (leaf := heads.leaf(c, table)) is not None}
        code = f"{row}.{cell_column(next(iter(leaves))[0])}" if len(leaves) == 1 else ""
        if code in known:
            unit = heading_money_unit(next(iter(leaves))[1]) if known[code].unit == "万元" else ""
            claims.append(Claim(code, cell, unit))
        elif cell.text:
            bare.append(cell)
    if len({claim.code for claim in claims}) < len(claims):
        return None
    missing = _missing(table, row, {claim.code.removeprefix(f"{row}.") for claim in claims})
    if not missing:  # else a column without heading may be one of these
        claims, bare = _behind(claims, bare, heads.behind)
    covered = {c for cell in cells for c in range(cell.column, cell.column + max(1, cell.column_span))}
    expected = {c for c in heads.stacks if (leaf := heads.leaf(c, table)) and f"{row}.{cell_column(leaf[0])}" in known}
    if bare and (table == "t4" or expected - covered):
        return None
    if missing:
        message = f"{table}: no heading for {', '.join(missing)}: their cells are not claimed; check the headings"
        return [*claims, Finding("column_unlabelled", message, tuple(bare), table=table)]
    if bare:
        columns = ", ".join(str(c.column + 1) for c in bare)
        message = f"row {row}: no heading over column {columns}: its cells are not claimed; check the heading"
        return [*claims, Finding("column_unlabelled", message, tuple(bare), table=table)]
    return [*claims]


def _behind(claims: Sequence[Claim], bare: Sequence[GridCell], behind: Mapping[int, int]) -> tuple[list[Claim], list[GridCell]]:
    """The claims, a blank one with the value that stands behind it under the same heading; and the values that are left."""
    blank = {claim.cell.column: n for n, claim in enumerate(claims) if not claim.cell.text}
    owners = [behind.get(cell.column, -1) for cell in bare]
    moved = {blank[o]: cell for o, cell in zip(owners, bare, strict=True) if o in blank and owners.count(o) == 1}
    return [c._replace(cell=moved.get(n, c.cell)) for n, c in enumerate(claims)], [c for c in bare if c not in moved.values()]


def _by_rank(cells: Sequence[GridCell], table: str, row: str, heads: _Heads) -> list[Claim] | None:
    """Claims in the order of the headings, where a row has as many cells as there are columns but stands askew under them.

    Pages give a row other spans than its headings (``colspan="2"`` on a label that spans three); the order is not touched by it.
    """
    columns = [(leaf, c) for c in sorted(heads.stacks) if (leaf := heads.leaf(c, table)) is not None]
    leaves = list(dict.fromkeys(leaf for leaf, _ in columns))
    if table == "t4" or len(cells) != len(leaves) or any(c.merged for c in cells):
        return None
    codes = [f"{row}.{cell_column(code)}" for code, _ in leaves]
    known = all_cells()
    if (
        len(set(codes)) != len(codes)
        or any(code not in known for code in codes)
        or _missing(table, row, {c[len(row) + 1 :] for c in codes})
    ):
        return None
    places = {code: {c for leaf, c in columns if leaf == found} for found, code in zip(leaves, codes, strict=True)}
    if all(
        set(range(c.column, c.column + max(1, c.column_span))) <= places[code] for c, code in zip(cells, codes, strict=True)
    ):
        return None  # it stands straight
    units = [
        heading_money_unit(text) if known[code].unit == "万元" else "" for (_, text), code in zip(leaves, codes, strict=True)
    ]
    return [Claim(code, cell, unit) for code, cell, unit in zip(codes, cells, units, strict=True)]


def _missing(table: str, row: str, present: set[str]) -> tuple[str, ...]:
    """Columns of the form that the row should have but for which no heading stands."""
    if table == "t3":
        return tuple(c for c in T3_COLUMNS if c not in present)
    if table == "t4":
        return tuple(c for c in (f"{g}.{leaf}" for g in T4_GROUPS for leaf in T4_LEAVES) if c not in present)
    templates = [tuple(cell_column(c) for c in template) for _, template in T2_TEMPLATES[row]]
    fitting = [t for t in templates if present <= set(t)]
    if any(present == set(t) for t in fitting) or not fitting:
        return ()
    return tuple(c for c in fitting[0] if c not in present)
