"""``gongkai export`` and ``gongkai corrections``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from corpus.errors import UsageError
from gongkai.commands.opening import open_store
from gongkai.corrections import FIELDS, FILE, CorrectionOutcome
from gongkai.export import export
from gongkai.store_access import Store


def run_export(folder: Path, to: str, out: Path, *, only: Sequence[str], corrections: Path | None, overwrite: bool) -> None:
    """Writes the export and names its files."""
    store = open_store(folder, corrections=True if corrections is None else corrections)
    if store.corrections:
        _warn(store)
    for path in export(store, to, out, only=only or None, overwrite=overwrite):
        typer.echo(str(path))


def run_corrections(folder: Path, corrections: Path | None) -> bool:
    """Prints what becomes of each correction; tells whether one is refused.

    Raises:
        UsageError: there are none.
    """
    store = open_store(folder, corrections=True if corrections is None else corrections)
    if not store.corrections:
        raise UsageError(
            "has no corrections", source=str(folder), remedy=f"put a {FILE} into it, or name one with --corrections"
        )
    verdicts = _outcomes(store)
    for v in sorted(verdicts, key=lambda v: v.correction.line):
        c = v.correction
        state = ("applied, found at its quote" if v.moved else "applied") if v.applied else f"REFUSED: {v.why}"
        typer.echo(f"line {c.line}: {c.report_id} {c.table}.{c.field} {c.old!r} -> {c.new!r}: {state}")
    refused = sum(not v.applied for v in verdicts)
    typer.echo(f"{len(verdicts) - refused} applied, {refused} refused")
    return refused > 0


def _outcomes(store: Store) -> list[CorrectionOutcome]:
    """What becomes of every line: those that no store could apply, and those of each table."""
    unusable = [CorrectionOutcome(c, False, c.fault) for c in store.corrections if c.fault]
    return unusable + [v for name in FIELDS for v in store.corrected(name)[1]]


def _warn(store: Store) -> None:
    refused = sum(not v.applied for v in _outcomes(store))
    if refused:
        typer.echo(f"gongkai: {refused} corrections are refused; `gongkai corrections {store.folder}` says why", err=True)
