"""What the statutory tables say wrong by themselves: sums, blanks, counts that are none, the form of another year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from corpus.codebook import APPLICANTS, FORM_NAMES, OUTCOMES, FormName, all_cells, form_cells, result_rows
from corpus.types import Cell
from extract.against_tables.join import cells_by_code, row_total
from extract.against_tables.prose_checks import plain
from extract.against_tables.table_checks import folded
from extract.checking.findings import Blame, CheckFinding, Quote, finding, quote
from extract.checking.structure import has_form, torn
from extract.types import Check, Report

TABLES = ("t2", "t3", "t4")
#: cells whose places are given; the rest is counted
_SHOWN = 6
#: a single slip breaks a row, a column and a balance; more than this in one table is a table read askew
_ONE_SLIP = 6
#: how many cells a total and its parts are, where none is absent
_CASES = len(OUTCOMES) + 1
_LENGTHS: Mapping[str, int] = {"row": len(APPLICANTS) + 1, "review": _CASES, "suit_direct": _CASES, "suit_after_review": _CASES}
#: units of money are no counts
_MONEY = frozenset({"元", "万元"})
#: of the rows of 其他处理 only those of its own form are wanted: one row, or three
_OTHER = "t3.other"
_BEGAN: Mapping[str, int] = {"2019": 2019, "2021": 2021}


def table_findings(report: Report) -> Iterator[CheckFinding]:
    """Findings of tables 2 to 4, in that order for each kind.  Nothing of reports without the form."""
    if not has_form(report):
        return
    cells = cells_by_code(report.cells)
    yield from _sums(report, cells)
    yield from _blank_sums(report, cells)
    yield from _blanks(report)
    yield from _unreadable(report)
    yield from _not_whole(report)
    yield from _forms(report, cells)
    yield from _absent(report, cells)


def cell_quotes(report: Report, codes: Sequence[str], cells: Mapping[str, Cell]) -> list[Quote]:
    """The places of the first cells of a list; blank ones have an empty place."""
    found = [cells[code] for code in codes if code in cells]
    return [quote(report.text, c.start, c.end, cell=c.code) for c in found[:_SHOWN]]


def _sums(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    failing = [c for c in report.checks if c.verdict == "fails" and c.evidence and c.evidence[0].startswith(TABLES)]
    slips = Counter(c.evidence[0][:2] for c in failing)
    for check in failing:
        doubtful = slips[check.evidence[0][:2]] > _ONE_SLIP and torn(report)
        unsure = any(
            cells[code].basis == "proved" or cells[code].confidence is not None for code in check.evidence if code in cells
        )
        blame: Blame = "reading" if doubtful or unsure else "source"
        places = cell_quotes(report, _telling(check, cells), cells)
        if check.left == 0 and check.right and not check.check.startswith("balance."):
            yield finding("zero_total", *places, blame=blame, check=check.check, right=plain(check.right))
        elif check.left is not None and check.right is not None:
            left, right = plain(check.left), plain(check.right)
            yield finding(
                "table_sum", *places, blame=blame, check=check.check, expression=check.expression, left=left, right=right
            )


def _blank_sums(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """Rows and columns with blank cells: the codebook checks none, but a total of more or less than all that is printed is seen at once."""
    form = table_form([code for code in cells if code.startswith("t3")]) or "2021"
    lengths = {**_LENGTHS, "results": len(result_rows(form)) + 1}
    for check in report.checks:
        if check.verdict != "not_checkable" or len(check.evidence) != lengths.get(check.check.split(".")[0]):
            continue
        total, *parts = (cells[code] for code in check.evidence)
        values = [_stands_for(c, cells) for c in parts]
        if total.value is None or any(c.state == "unreadable" for c in parts) or all(v is None for v in values):
            continue
        printed = sum((v for v in values if v is not None), Decimal(0))
        if printed == total.value:
            continue
        places = cell_quotes(report, [total.code, *(c.code for c in parts if c.value)], cells)
        if total.value == 0:
            yield finding("zero_total", *places, check=check.check, right=plain(printed))
        else:
            yield finding("blank_sum", *places, check=check.check, left=plain(total.value), right=plain(printed))


def _stands_for(cell: Cell, cells: Mapping[str, Cell]) -> Decimal | None:
    """The value of a cell; of a blank total in table 3 that of the applicants printed beside it."""
    if cell.value is not None or not (cell.code.startswith("t3.") and cell.code.endswith(".total")):
        return cell.value
    state, total = row_total(cells, cell.code.removesuffix(".total"))
    return total.value if state == "value" else None


def _telling(check: Check, cells: Mapping[str, Cell]) -> list[str]:
    """The total, then the cells that are not 0: what a reader of the check looks at."""
    first = 4 if check.check.startswith("balance.") else 1
    return [*check.evidence[:first], *(c for c in check.evidence[first:] if c in cells and cells[c].value)]


def _blanks(report: Report) -> Iterator[CheckFinding]:
    for table in TABLES:
        blank = [c for c in report.cells if c.state == "blank" and c.code.startswith(table)]
        if blank:
            codes = [c.code for c in blank]
            unsure: Blame = "reading" if any(c.confidence is not None or c.basis == "proved" for c in blank) else "source"
            places = [quote(report.text, c.start, c.end, cell=c.code) for c in blank[:_SHOWN]]
            yield finding("blank_cell", *places, blame=unsure, table=table, count=len(blank), cells=listed(codes))


def listed(codes: Sequence[str]) -> str:
    """Codes for a message, by commas; ``…`` for those left out."""
    return ",".join(codes[:_SHOWN]) + (",…" if len(codes) > _SHOWN else "")


def _unreadable(report: Report) -> Iterator[CheckFinding]:
    for cell in report.cells:
        if cell.state == "unreadable":
            blame: Blame = "reading" if cell.confidence is not None else "source"
            place = quote(report.text, cell.start, cell.end, cell=cell.code)
            yield finding("cell_unreadable", place, blame=blame, cell=cell.code, raw=cell.raw)


def _not_whole(report: Report) -> Iterator[CheckFinding]:
    for cell in report.cells:
        spec = all_cells().get(cell.code)
        if cell.value is None or spec is None or spec.unit in _MONEY:
            continue
        negative = cell.value < 0 and not cell.code.endswith("_change")
        if negative or cell.value != cell.value.to_integral_value():
            blame: Blame = "reading" if cell.confidence is not None else "source"
            place = quote(report.text, cell.start, cell.end, cell=cell.code)
            yield finding("not_whole", place, blame=blame, what=cell.code, value=plain(cell.value))


def table_form(codes: Sequence[str]) -> FormName | None:
    """The form that a table's own cells show: those that only one form has; ``None`` where none is told."""
    only = {name: sum(code in form_cells(name) for code in codes) for name in FORM_NAMES}
    best = max(FORM_NAMES, key=lambda name: only[name])
    return best if all(only[best] > only[name] for name in FORM_NAMES if name != best) else None


def _forms(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    year = report.identity.year
    if year is None or year < _BEGAN["2019"]:
        return
    expected = "2021" if year >= _BEGAN["2021"] else "2019"
    for table in ("t2", "t3"):
        codes = [code for code in cells if code.startswith(table)]
        form = table_form(codes)
        if form is None or form == expected:
            continue
        other = form_cells("2019" if expected == "2019" else "2021")
        own = [code for code in codes if code not in other]
        places = [*_year_place(report), *cell_quotes(report, own[:1], cells)]
        if table == "t3" and form == "2019":  # the row that agencies still print in the form of 2021
            yield finding("form_row", *places, year=year)
            continue
        yield finding("form_year", *places, table=table, year=year, form=form, expected=expected)


def _year_place(report: Report) -> list[Quote]:
    at = report.text.find(str(report.identity.year))
    return [quote(report.text, at, at + 4)] if at >= 0 else []


def _absent(report: Report, cells: Mapping[str, Cell]) -> Iterator[CheckFinding]:
    """Tables and cells of the form that the file does not hold, or that were not read."""
    if not cells and not any(s.code in {"s2", "s3", "s4"} for s in report.sections):
        return  # a text without any of the form
    for table in TABLES:
        codes = [code for code in cells if code.startswith(table)]
        if not codes:
            places = [quote(report.text, s.start, s.end) for s in report.sections if s.code == f"s{table[1]}"]
            # it may be a picture, an attachment, or lost where the page was saved
            yield finding("table_missing", *places, blame="reading", table=table)
            continue
        form: FormName = table_form(codes) or ("2021" if report.identity.form == "2021" else "2019")
        wanted = [c for c in form_cells(form) if c.startswith(table) and c not in cells]
        if folded(cells):
            wanted = [c for c in wanted if not c.startswith(_OTHER)]
        if wanted:
            yield finding("rows_missing", *cell_quotes(report, codes[-1:], cells), blame="reading", table=table,
                          count=len(wanted), cells=listed(wanted))  # fmt: skip


__all__ = ["TABLES", "cell_quotes", "listed", "table_findings", "table_form"]
