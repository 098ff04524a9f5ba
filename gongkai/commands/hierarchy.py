"""``gongkai check STORE --hierarchy FRAME.csv``: consolidated reports against the sum of their members."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.errors import UsageError
from corpus.spreadsheets import write_csv
from corpus.store.manifest import is_store
from extract.checking.hierarchy import Residual
from gongkai.commands.opening import open_store
from gongkai.compare.hierarchy import RESIDUAL_COLUMNS, check_hierarchy, hierarchy_counts, read_hierarchy
from gongkai.pages.console import standard_output
from gongkai.pages.words import cell_name, clean, number

#: cells that fail and are listed in the terminal; the CSV has all
_LISTED = 40
#: missing members that are named on a line
_NAMED = 8


def run(
    paths: Sequence[str], frame: Path, residuals: Path | None, to_json: bool = False, console: Console | None = None
) -> bool:
    """Print what became of each consolidated report; write every cell to ``residuals``; tells whether none fails.

    Raises:
        UsageError: something else than one store.
        DataError: a frame that cannot be used.
    """
    if len(paths) != 1 or not is_store(Path(paths[0])):
        raise UsageError(
            "--hierarchy compares the reports of one folder of results", remedy="gongkai tag first, then name its folder"
        )
    found = check_hierarchy(open_store(paths[0]), read_hierarchy(frame), str(frame))
    if residuals is not None:
        rows = map(residual_row, found)
        write_csv(residuals, RESIDUAL_COLUMNS, ([_plain(row.get(c)) for c in RESIDUAL_COLUMNS] for row in rows))
    if to_json:
        sys.stdout.write(json.dumps([residual_row(r) for r in found], ensure_ascii=False, indent=1) + "\n")
    else:
        _print(found, console or standard_output())
    return not any(r.verdict == "fails" for r in found)


def residual_row(r: Residual) -> dict[str, Any]:
    """A cell as a row of the CSV."""
    value, members, residual = (None if v is None else float(v) for v in (r.value, r.members, r.residual))
    return {
        "agency": r.agency, "year": r.year, "code": r.code, "zh": cell_name(r.code), "value": value, "members": members,
        "residual": residual, "verdict": r.verdict, "missing": "; ".join(r.missing),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _print(found: Sequence[Residual], console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("agency 机关", "year 年度"):
        table.add_column(head, overflow="fold")
    for head in ("holds 相符", "fails 不符", "not checkable 无法核对"):
        table.add_column(head, justify="right")
    table.add_column("without a value 缺数据的下级", overflow="fold")
    for agency, year, count, missing in hierarchy_counts(found):
        named = "、".join(missing[:_NAMED]) + (f" … ({len(missing)})" if len(missing) > _NAMED else "")
        verdicts = (str(count[v]) for v in ("holds", "fails", "not_checkable"))
        table.add_row(Text(clean(agency)), str(year), *verdicts, Text(clean(named)))
    console.print(
        table if table.row_count else Text("no consolidated report with members in the frame 名单中没有汇总报告", "yellow")
    )
    failing = [r for r in found if r.verdict == "fails"]
    for r in failing[:_LISTED]:
        line = f"{r.agency} {r.year}  {cell_name(r.code)}: {number(r.value)} ≠ {number(r.members)}"
        known = f" (without 不含 {'、'.join(r.missing[:_NAMED])})" if r.missing else f" (residual 差额 {number(r.residual)})"
        console.print(Text(clean(line + known), "bold red"))
    if len(failing) > _LISTED:
        console.print(Text(f"{len(failing) - _LISTED} more: --residuals FILE.csv", "dim"))


__all__ = ["residual_row", "run"]
