"""Consolidated reports of a store against those of their members, by a frame of who reports to whom.

The frame is a CSV with the columns ``agency`` and ``reports_to`` (names as printed in the reports, or agency ids); ``reports_to`` is empty
at the top.  A body that stands only in ``reports_to`` needs no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from corpus.errors import DataError
from corpus.patterns import words
from corpus.sheets import read_sheet
from corpus.text.normalise import squeeze
from extract.checking.hierarchy import MemberReport, Residual, residuals, tree
from extract.runs.metadata import HEADINGS as METADATA_HEADINGS
from gongkai.compare.expected import ordered_by_date
from gongkai.store_access import Row, Store

COLUMNS = ("agency", "reports_to")
#: Chinese headings of a frame
HEADINGS = {"agency": METADATA_HEADINGS["agency"], "reports_to": words("gongkai", "column.reports_to")}
RESIDUAL_COLUMNS = ("agency", "year", "code", "zh", "value", "members", "residual", "verdict", "missing")


def read_hierarchy(path: Path) -> list[tuple[str, str]]:
    """(agency, reports_to) of a frame, white space removed.

    CSV or .xlsx, as :func:`corpus.sheets.read_sheet` reads it.

    Raises:
        UsageError: unreadable.
        DataError: without the two columns, or a row that names no agency; with the line.
    """
    sheet = read_sheet(path, HEADINGS)
    if not set(COLUMNS) <= set(sheet.columns):
        raise DataError(
            f"columns are {', '.join(sheet.columns) or 'none'}",
            source=str(path),
            remedy=f"give {', '.join(COLUMNS)} (机关, 上级机关)",
        )
    pairs = []
    for row in sheet.rows:
        agency, to = (squeeze(row.values[name]) for name in COLUMNS)
        if not agency:
            raise DataError("names no agency", source=f"{path}, line {row.line}", remedy="fill the column agency")
        pairs.append((agency, to))
    return pairs


def check_hierarchy(store: Store, pairs: Sequence[tuple[str, str]], source: str = "") -> list[Residual]:
    """Every cell of the consolidated reports that the frame names members of, by year.

    Of several reports of one agency and year the one that stands counts (codebook, D2); texts that may be no report do not.

    Raises:
        DataError: the frame lists an agency twice, or has a circle.
    """
    below = tree(pairs, source)
    names = {name for pair in pairs for name in pair if name}
    columns = [
        "report_id",
        "source",
        "agency",
        "agency_id",
        "year",
        "published",
        "n_cells",
        "n_passages",
        "coverage",
        "kind_of_text",
    ]
    rows = [r for r in store.rows("reports", (), columns) if r["kind_of_text"] == "report" and r["year"] is not None]
    chosen: dict[tuple[int, str], Row] = {}
    for row in ordered_by_date(rows):
        for name in (squeeze(row["agency"] or ""), row["agency_id"] or ""):
            if name in names:
                chosen.setdefault((row["year"], name), row)
    cells: dict[str, dict[str, Decimal | None]] = {}
    wanted = sorted({row["report_id"] for row in chosen.values()})
    for cell in store.rows("cells", [("report_id", "in", wanted)]) if wanted else ():
        value = None if cell["value"] is None else Decimal(repr(cell["value"])).normalize()
        cells.setdefault(cell["report_id"], {}).setdefault(cell["code"], value)
    found: list[Residual] = []
    for year in sorted({year for year, _ in chosen}):
        reports = {
            name: MemberReport(row["coverage"] == "consolidated", cells.get(row["report_id"], {}))
            for (y, name), row in chosen.items()
            if y == year
        }
        found += residuals(below, reports, year)
    return found


def hierarchy_counts(found: Sequence[Residual]) -> list[tuple[str, int, Counter[str], tuple[str, ...]]]:
    """(agency, year, cells by verdict, members without a value in some cell) of each consolidated report."""
    counts: dict[tuple[str, int], Counter[str]] = {}
    missing: dict[tuple[str, int], dict[str, None]] = {}
    for r in found:
        counts.setdefault((r.agency, r.year), Counter())[r.verdict] += 1
        missing.setdefault((r.agency, r.year), {}).update(dict.fromkeys(r.missing))
    return [(agency, year, count, tuple(missing[agency, year])) for (agency, year), count in counts.items()]


__all__ = ["RESIDUAL_COLUMNS", "check_hierarchy", "hierarchy_counts", "read_hierarchy"]
