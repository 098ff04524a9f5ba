"""The statutory tables of a report, read by the labels of rows and columns wherever they stand.

A cell is claimed only if its row label and its column heading were matched.  Nothing is ever counted off: where a row has other
cells than its columns and their places are not certain, none of it is claimed and an issue says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from operator import attrgetter

from corpus.codebook import FormName, all_cells, form_cells
from corpus.errors import Issue, Severity
from corpus.forms.alike import read_grid
from corpus.forms.cellvalue import COUNTS, CellValue, read_cell
from corpus.forms.claims import Claim, Finding, GridReading, together
from corpus.forms.columns import money_cells
from corpus.forms.label_blocks import with_label_blocks
from corpus.forms.proved import prove, rows_of_values
from corpus.forms.scanner import Scanner
from corpus.forms.spaced import join_digits
from corpus.forms.told import read_told
from corpus.forms.turned import read_turned
from corpus.forms.wordings import LabelMemo
from corpus.text.headings import section_heading
from corpus.types import CanonicalText, Cell, CellBasis, Form, GridCell, Section, TableReading, TextBlock

_PRINTED_ORDER = attrgetter("start", "end")
TABLES = ("t2", "t3", "t4")
_NAMES = {"t2": "二、主动公开政府信息情况", "t3": "三、收到和处理政府信息公开申请情况", "t4": "四、行政复议、行政诉讼情况"}
#: tables by the section that they stand in
_TABLE_OF = {"s2": "t2", "s3": "t3", "s4": "t4"}
_FORM_NAMES: dict[str, Form] = {"2019": "2019", "2021": "2021"}
#: the only column whose values may be negative (本年增/减)
_SIGNED = ".items_change"
_NUMERALS = frozenset("零〇二三四五六七八九十")
_UNREADABLE = CellValue("unreadable")
_OTHER_2021 = frozenset({"t3.other_uncorrected", "t3.other_unpaid", "t3.other_misc"})
_SEVERITY: dict[str, Severity] = {"cells_unassigned": "warning", "column_unlabelled": "warning"}


def read_tables(canonical: CanonicalText, sections: Sequence[Section] = ()) -> TableReading:
    """All statutory cells that stand in the report, the form of each table, and what could not be read.

    Args:
        canonical: the report's text with its table blocks.
        sections: used as a hint only (a section's heading ends the table before it); may be empty.

    Issues: ``table_missing``, ``rows_missing``, ``column_unlabelled``, ``cells_unassigned``, ``cell_conflict``, ``cell_unreadable``.
    """
    readings: list[GridReading] = []
    scanner = Scanner()
    heads = {section.start for section in sections}
    between: list[TextBlock] = []  # paragraphs since the last grid
    labels = LabelMemo()
    printed: list[tuple[str, tuple[GridCell, ...]]] = []  # rows, each with the table whose values are expected there
    table = ""  # by section heading or labels
    by_start = {section.start: _TABLE_OF[section.code] for section in sections if section.code in _TABLE_OF}
    for block in canonical.blocks:
        table = by_start.get(block.start, table)
        if isinstance(block, TextBlock):
            between.append(block)
            continue
        if scanner.knows_something and any(b.start in heads or _is_heading(canonical, b) for b in between):
            scanner = scanner.forget()
        between.clear()
        rows = block.grid.rows()
        turned, first = read_turned(rows, labels)
        if turned is not None:
            readings.append(turned)
            rows = rows[:first]
        told, rows = read_told(rows, labels)
        if told is not None:
            readings.append(told)
        reading, scanner = read_grid(rows, scanner, exact=block.grid.exact)
        readings.append(reading)
        for row in rows:
            table = _table_named(row, labels) or table
            printed.append((table, row))
    out, proved = prove(rows_of_values(printed, labels), together(readings))
    out = with_label_blocks(printed, labels, out)
    cells, issues = _cells(canonical, out, proved)
    forms = _forms(out, cells)
    issues += _findings(out)
    issues += _missing(out, cells, forms)
    return TableReading(cells, forms, tuple(issues))


def _table_named(row: Sequence[GridCell], labels: LabelMemo) -> str:
    """The table that the last label of a row belongs to, ``""`` where none says; 其他 and 总计 stand in several tables."""
    for cell in reversed(row):
        hit = labels[cell.text] if cell.text else None
        if hit is not None and len(hit.labels) == 1 and len(tables := set(hit.labels[0].tables)) == 1:
            return tables.pop()
    return ""


def _is_heading(canonical: CanonicalText, block: TextBlock) -> bool:
    return block.end - block.start <= 60 and section_heading(canonical.text[block.start : block.end]) is not None


def _cells(canonical: CanonicalText, out: GridReading, proved: frozenset[str]) -> tuple[tuple[Cell, ...], list[Issue]]:
    issues: list[Issue] = []
    first: dict[str, Claim] = {}
    again: dict[str, list[Claim]] = {}
    for claim in out.claims:
        if first.setdefault(claim.code, claim) is not claim:
            again.setdefault(claim.code, []).append(claim)
    # in the form since 2021 （六）其他处理 is only the name of its three rows; values on its own line are no cell of that form
    group_only = "t3" in out.tables and bool(_OTHER_2021 & out.rows)
    cells: list[Cell] = []
    for code in all_cells():
        if code not in first or (group_only and code.startswith("t3.other.")):
            continue
        claim = first[code]
        chosen = _cell(canonical, code, claim, "proved" if code in proved else "label")
        if code in again:
            found = [chosen, *(_cell(canonical, code, c) for c in again[code])]
            if not _agree(found):
                printed = " / ".join(dict.fromkeys(c.raw or "(blank)" for c in found))
                message = (
                    f"{code} stands {len(found)} times with different values: {printed}; none is claimed, compare the tables"
                )
                issues.append(Issue("cell_conflict", "error", message, found[0].start, found[0].end, found[0].page))
                continue
        cells.append(chosen)
    done = join_digits(_dashes(cells))
    for cell in done:
        if cell.state == "unreadable":
            message = f"{cell.code}: “{cell.raw}” is no number of its column; its text is kept, its value is empty"
            issues.append(Issue("cell_unreadable", "warning", message, cell.start, cell.end, cell.page))
    return tuple(sorted(done, key=_PRINTED_ORDER)), issues


def _dashes(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells, with 一 read as the dash that it was typed for, unless other counts are written in Chinese numerals too."""
    if all(c.raw != "一" for c in cells) or any(c.raw in _NUMERALS for c in cells):
        return tuple(cells)
    return tuple([replace(c, value=None, state="dash") if c.raw == "一" else c for c in cells])


def _agree(found: Sequence[Cell]) -> bool:
    """Whether all the cells found say the same (a table printed twice)."""
    first = found[0]
    return all((c.state, c.value) == (first.state, first.value) and (c.value is not None or c.raw == first.raw) for c in found)


def _cell(canonical: CanonicalText, code: str, claim: Claim, basis: CellBasis = "label") -> Cell:
    start, end = claim.cell.span
    raw = canonical.text[start:end]
    read = COUNTS.get(raw) if not claim.printed_unit else None
    if read is None:
        # of the units of a cell only money changes what it says
        read = read_cell(raw, unit="万元" if code in money_cells() else "", printed_unit=claim.printed_unit)
    if read.value is not None and read.value < 0 and not code.endswith(_SIGNED):
        read = _UNREADABLE  # `行政许可 -3` : a count is never negative, and what was meant (a dash, a page mark) is not known
    place = claim.cell.place
    return Cell(code, raw, read.value, read.state, start, end, place.page, place.bbox, claim.cell.confidence, basis)


def _forms(out: GridReading, cells: Sequence[Cell]) -> dict[str, Form]:
    """The form that each table's headings (table 3: its rows) show."""
    forms: dict[str, Form] = {}
    if "t2" in out.tables:
        forms["t2"] = _t2_form({form for table, form in out.forms if table == "t2"}, out.rows)
    shown = forms.get("t2", "unknown")
    if "t3" in out.tables:
        by_rows: Form = "unknown"
        if _OTHER_2021 & out.rows:
            by_rows = "2021"
        elif any(c.code.startswith("t3.other.") for c in cells):
            by_rows = "2019"
        forms["t3"] = by_rows if by_rows != "unknown" else shown
    if "t4" in out.tables:
        # equal in both forms: the neighbours decide
        forms["t4"] = shown if shown != "unknown" else forms.get("t3", "unknown")
    return forms


def _t2_form(shown: set[str], rows: frozenset[str]) -> Form:
    sure = {form for form in shown if not form.endswith("?")}
    if not sure and rows & {"t2.service", "t2.procurement"}:
        return "2019"
    if not sure:
        weak = {form.rstrip("?") for form in shown}
        sure = weak if len(weak) == 1 else set()
    if len(sure) > 1:
        return "mixed"
    return _FORM_NAMES[sure.pop()] if sure else "unknown"


def _findings(out: GridReading) -> list[Issue]:
    issues: list[Issue] = []
    for finding in _grouped(out.findings):
        ranges = [cell.span for cell in finding.cells]
        start, end = (min(a for a, _ in ranges), max(b for _, b in ranges)) if ranges else (None, None)
        page = _page(finding.cells)
        issues.append(Issue(finding.code, _SEVERITY.get(finding.code, "warning"), finding.message, start, end, page))
    return issues


def _grouped(findings: Sequence[Finding]) -> list[Finding]:
    """One finding per cause: 25 rows under headings that are not known are one thing to look at, not 25."""
    same: dict[tuple[str, str], list[Finding]] = {}
    for number, finding in enumerate(findings):
        same.setdefault((finding.code, finding.why or str(number)), []).append(finding)
    out: list[Finding] = []
    for group in same.values():
        first = group[0]
        if len(group) > 1:
            rows = tuple(dict.fromkeys(row for finding in group for row in finding.rows))
            message = f"{first.why}; {len(rows)} row(s): {', '.join(rows)}"
            first = Finding(first.code, message, tuple(c for f in group for c in f.cells), rows, first.why)
        out.append(first)
    return out


def _page(cells: Sequence[GridCell]) -> int | None:
    return next((c.place.page for c in cells if c.place.page is not None), None)


def _missing(out: GridReading, cells: Sequence[Cell], forms: dict[str, Form]) -> list[Issue]:
    issues: list[Issue] = []
    claimed = {c.code[:2] for c in cells}  # t2, t3, t4
    for table in TABLES:
        if table not in claimed:
            seen = table in out.tables
            message = f"table {_NAMES[table]} {'has headings but no cell that could be read' if seen else 'was not found'}"
            issues.append(Issue("table_missing", "warning", f"{message}; see whether the file holds it"))
            continue
        form = forms.get(table, "unknown")
        if table == "t4" or form not in _FORM_NAMES:
            continue
        absent = [row for row in _rows_of("2019" if form == "2019" else "2021", table) if row not in out.rows]
        if absent:
            message = f"rows not found in table {table}: {', '.join(absent)}; they may lie behind the end of the file"
            issues.append(Issue("rows_missing", "warning", message))
    return issues


@cache
def _rows_of(form: FormName, table: str) -> tuple[str, ...]:
    """Row codes of a table of the form, in printed order."""
    return tuple(dict.fromkeys(spec.row_code for spec in form_cells(form).values() if spec.table == table))
