"""What is seen beside last year's report: numbers that do not follow from it, sentences taken over from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corpus.codebook import APPLICANTS
from corpus.text.normalise import squeeze
from corpus.types import Cell
from extract.against_tables.join import cells_by_code
from extract.against_tables.prose_checks import plain
from extract.checking.findings import CheckFinding, finding, quote
from extract.types import Report

#: shorter sentences are alike by chance, and set phrases
_SENTENCE = 24
#: labels of what every report says alike
_FORMAL = frozenset({"boilerplate", "other"})
#: from this year on the count of documents in force has a year before it in the same form
_EFFECTIVE = 2022


def earlier_findings(report: Report, before: Report) -> Iterator[CheckFinding]:
    """Findings that need the report of the year before (same agency): carried over, documents in force, sentences."""
    year = before.identity.year
    if year is None or report.identity.year != year + 1:
        return
    cells, old = cells_by_code(report.cells), cells_by_code(before.cells)
    yield from _carried(report, before, cells, old, year)
    yield from _effective(report, before, cells, old, year)
    yield from _copied(report, before, year)


def _carried(
    report: Report, before: Report, cells: Mapping[str, Cell], old: Mapping[str, Cell], year: int
) -> Iterator[CheckFinding]:
    for column in ("total", *APPLICANTS):
        now, then = cells.get(f"t3.carried_in.{column}"), old.get(f"t3.carried_out.{column}")
        if now is None or then is None or now.value is None or then.value is None or now.value == then.value:
            continue
        yield finding(
            "carried",
            quote(report.text, now.start, now.end, cell=now.code),
            quote(before.text, then.start, then.end, cell=then.code, year=year),
            cell=now.code, value=plain(now.value), year=year, before=plain(then.value),
        )  # fmt: skip


def _effective(
    report: Report, before: Report, cells: Mapping[str, Cell], old: Mapping[str, Cell], year: int
) -> Iterator[CheckFinding]:
    """In force = last year's + issued − repealed (codebook, J3); more than last year's + issued whatever was repealed."""
    if year + 1 < _EFFECTIVE:
        return
    for row in ("t2.regulation", "t2.normative"):
        now, issued, repealed = (cells.get(f"{row}.{name}") for name in ("effective", "issued", "repealed"))
        then = old.get(f"{row}.effective")
        if now is None or then is None or issued is None or None in (now.value, then.value, issued.value):
            continue
        assert now.value is not None
        assert then.value is not None
        assert issued.value is not None
        gone = repealed.value if repealed is not None else None
        most = then.value + issued.value
        if now.value == most - gone if gone is not None else now.value <= most:
            continue
        expression = f"{plain(then.value)} + {plain(issued.value)} − {'?' if gone is None else plain(gone)}"
        yield finding(
            "effective",
            quote(report.text, now.start, now.end, cell=now.code),
            quote(before.text, then.start, then.end, cell=then.code, year=year),
            cell=now.code, value=plain(now.value), year=year, expression=expression,
        )  # fmt: skip


def _copied(report: Report, before: Report, year: int) -> Iterator[CheckFinding]:
    """Sentences that stand in both reports word for word; those with counts above the form of words weigh more."""
    known = {squeeze(p.text): p for p in before.passages}
    counted = {m.passage for m in report.mentions if m.period == "year" and m.value > 0 and m.unit != "%"}
    for passage, q in zip(report.passages, report.predictions, strict=True):
        said = squeeze(passage.text)
        old = known.get(said)
        if old is None or len(said) < _SENTENCE or q.label in _FORMAL:
            continue
        places = (quote(report.text, passage.start, passage.end), quote(before.text, old.start, old.end, year=year))
        yield finding("copied_number" if passage.index in counted else "copied", *places, year=year)


__all__ = ["earlier_findings"]
