"""``gongkai bundle`` and ``gongkai coverage``: each calls one function and prints what it made."""

from __future__ import annotations

import sys
from pathlib import Path

from corpus.errors import StoreError, UsageError
from gongkai.beside_store import check_place
from gongkai.bundle import bundle, read_queries, redaction_text
from gongkai.commands.faults import check_writable
from gongkai.commands.opening import open_store
from gongkai.commands.query import print_rows
from gongkai.compare.expected import coverage, coverage_counts, read_frame
from gongkai.compare.tables import write_csv


def run_bundle(folder: Path, out: Path, queries: Path | None, redact: str | None, unsafe: bool = False) -> None:
    """Freeze a store.

    Raises:
        UsageError: something else than contacts is to be redacted.
    """
    if redact not in {None, "contacts"}:
        raise UsageError(f"cannot redact {redact!r}", remedy="use --redact contacts")
    check_place(out)
    made = bundle(
        open_store(folder), out, queries=read_queries(queries) if queries is not None else None, hide_contacts=redact == "contacts", unsafe=unsafe,
        tell=lambda name: print(f"… {name}", file=sys.stderr) if sys.stderr.isatty() else None,
    )  # fmt: skip
    if redact:
        print(redaction_text(), file=sys.stderr)
    print(made)


def run_coverage(folder: Path, frame: Path, out: Path | None) -> None:
    """Print counts by year, and write every row of the frame with what became of it.

    Raises:
        StoreError: ``out`` exists.
    """
    if out is not None and out.exists():
        raise StoreError("exists already", source=str(out), remedy="name another --out file")
    if out is not None:
        check_writable(out)
    found = coverage(open_store(folder), read_frame(frame))
    if out is not None:
        write_csv(found.drop_columns(["others"]), out)
    print_rows(coverage_counts(found))
    if out is not None:
        print(out)
