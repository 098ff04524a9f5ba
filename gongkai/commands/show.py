"""``gongkai show``: one report of a file or of a folder of results."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UsageError
from corpus.kept import keep
from corpus.store.manifest import is_store
from gongkai.pages.terminal import print_ledger, print_report

if TYPE_CHECKING:
    from gongkai.store_access import Store


def run(report: str, report_id: str | None, *, all_rows: bool, ledger: bool, engine: str, min_confidence: float | None) -> bool:
    """Print a report; tells whether it is one.

    Raises:
        UsageError: options that do not fit together, or a store of several reports of which none is named.
    """
    path = Path(report)
    if ledger and (report_id is not None or path.is_dir()):
        raise UsageError(
            "--ledger reads the file itself",
            source=report,
            remedy="gongkai show --ledger FILE; a store has its counts in sources",
        )
    if report_id is not None and path.is_file():
        raise UsageError(
            "is a file; NAME goes with a folder of results",
            source=report,
            remedy="show one file at a time, or read them first: gongkai tag FILES --out RESULTS",
        )
    if report_id is None and path.is_dir() and not is_store(path):
        raise UsageError(
            "is a folder that holds no results",
            source=report,
            remedy=f"name a report in it, or read all of it first: gongkai tag {shlex.quote(report)} --out RESULTS",
        )
    if report_id is not None or path.is_dir():
        from gongkai.codes import codes_of, is_own
        from gongkai.commands.opening import open_store
        from gongkai.report_names import find_report

        store = open_store(path)
        codes = codes_of(store)
        found = find_report(store, report_id if report_id is not None else _only(store, report))
        print_report(found, all_rows=all_rows, codes=codes if is_own(codes) else None)
        return True
    from gongkai import one_file

    model = one_file.engine(engine, min_confidence)
    found = one_file.analyze(path, classifier=model)
    if ledger:
        print_ledger(found)
        return True
    print_report(found, all_rows=all_rows, codes=one_file.own_codes(model, engine))
    keep()
    return not any(i.code == "not_a_report" for i in found.issues)


def _only(store: Store, name: str) -> str:
    rows = store.table("reports").select(["report_id", "source"]).to_pylist()
    if not rows:
        raise UsageError(
            "holds no report",
            source=name,
            remedy=f"not-read.csv in it says why its files were not read; else gongkai verify {shlex.quote(name)}",
        )
    if len(rows) != 1:
        few = ", ".join(f"{r['report_id']} ({r['source']})" for r in rows[:5])
        raise UsageError(
            f"holds {len(rows)} reports", source=name, remedy=f"name one: gongkai show {shlex.quote(name)} REPORT_ID: {few}"
        )
    return str(rows[0]["report_id"])
