"""Which cells of a scanned report are to be compared with the page: uncertain characters, and digits that statutory sums speak against.

Sums flag and never change a value: a report whose own figures contradict each other fails the same checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from corpus.errors import Issue
from corpus.types import Cell
from extract.types import Check

#: cells recognised with less certainty are flagged
LOW = 0.8


def recognition_issues(cells: Sequence[Cell], checks: Sequence[Check]) -> tuple[Issue, ...]:
    """An issue ``low_confidence`` for each cell that was recognised and is to be looked at; empty for files that hold text.

    Flagged are cells under :data:`LOW`; cells in which two failing checks of the tables cross (a misread digit breaks the sum of
    its row and that of its column); and of a failing check that crosses none, its least certain cell.
    """
    recognised = {cell.code: cell for cell in cells if cell.confidence is not None}
    if not recognised:
        return ()
    failing = [c for c in checks if c.verdict == "fails" and any(code in recognised for code in c.evidence)]
    times = Counter(code for check in failing for code in set(check.evidence) if code in recognised)
    named: dict[str, list[str]] = {}
    for check in failing:
        crossed = [code for code in check.evidence if times[code] > 1]
        codes = crossed or [
            min((c for c in check.evidence if c in recognised), key=lambda c: (recognised[c].confidence or 0.0, c))
        ]
        for code in codes:
            named.setdefault(code, []).append(f"{check.check} ({check.expression})")
    out = []
    for cell in recognised.values():
        sure = cell.confidence or 0.0
        why = [f"was recognised with confidence {sure:.2f}"] if sure < LOW else []
        if cell.code in named:
            why.append(f"stands in sums that do not hold: {'; '.join(named[cell.code][:3])}")
        if why:
            where = f"page {cell.page}" if cell.page is not None else "the page"
            message = f"{cell.code}: “{cell.raw}” {' and '.join(why)}; compare it with {where}"
            out.append(Issue("low_confidence", "warning", message, cell.start, cell.end, cell.page))
    return tuple(out)
