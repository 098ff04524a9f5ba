"""``gongkai export`` and ``gongkai corrections``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from time import perf_counter

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from corpus.errors import UsageError
from corpus.files import write_text
from corpus.store.manifest import is_store
from gongkai.commands.faults import check_folder_name, check_writable
from gongkai.commands.opening import open_store
from gongkai.correcting import template
from gongkai.corrections import FIELDS, FILE, CorrectionOutcome
from gongkai.export import ALL, FORMATS, export
from gongkai.export.text_files import Watch
from gongkai.export.wide import WIDE
from gongkai.store_access import Store


class _Bar(Watch):
    """A bar on standard error; what to know of the files is kept for the end."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._tasks, self.notes = bar, dict[str, TaskID](), list[str]()

    def part(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name)
        self._bar.update(self._tasks[name], completed=done, total=total)

    def note(self, text: str) -> None:
        self.notes.append(text)


def run_export(folder: Path, to: str, out: Path, *, only: Sequence[str], corrections: Path | None, overwrite: bool) -> None:
    """Writes the export and names its files, with progress on standard error, time and size at the end."""
    began = perf_counter()
    check_folder_name(out)
    if is_store(out):
        raise UsageError("holds results", source=str(out), remedy="name another --out folder")
    store = open_store(folder, corrections=True if corrections is None else corrections)
    if store.corrections:
        _warn(store)
    errors = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True)
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        watch = _Bar(bar)
        files = export(store, to, out, only=only or None, overwrite=overwrite, codebook=True, watch=watch)
    for path in files:
        typer.echo(str(path))
    for text in watch.notes:
        typer.echo(f"note: {text}", err=True)
    size = sum(p.stat().st_size for p in files)
    typer.echo(
        f"{len(files)} file{'' if len(files) == 1 else 's'}, {size / 1e6:,.1f} MB in {perf_counter() - began:,.1f} s{_more(to, only)}",
        err=True,
    )


def _more(to: str, only: Sequence[str]) -> str:
    if only or FORMATS[to][1] != WIDE:
        return ""
    return f"; one row per agency and year. Other tables: --table NAME (`gongkai schema`), --table {ALL} for every one"


def run_corrections(folder: Path, corrections: Path | None, to: Path | None = None, report: str | None = None) -> bool:
    """Prints what becomes of each correction, or writes a table to correct in; tells whether one is refused.

    Raises:
        UsageError: a report without a table to write, or a table that would be overwritten.
    """
    if report is not None and to is None:
        raise UsageError("--report goes with --template", remedy="name the CSV to write: --template to-correct.csv")
    store = open_store(folder, corrections=True if corrections is None else corrections)
    if to is not None:
        return _template(store, to, report)
    if not store.corrections:
        typer.echo(
            f"{folder} has no corrections. `gongkai corrections {quote(str(folder))} --template to-correct.csv` writes a table to correct in; "
            f"saved as {folder / FILE} it applies whenever the results are read"
        )
        return False
    verdicts = _outcomes(store)
    for v in sorted(verdicts, key=lambda v: v.correction.line):
        c = v.correction
        state = f"REFUSED: {v.why}"
        if v.applied:
            over = "" if v.stood is None else f", over {v.stood!r}, which the results say now"
            state = ("applied, found at its quote" if v.moved else "applied") + over
        typer.echo(f"line {c.line}: {c.report_id} {c.table}.{c.field} {c.old!r} -> {c.new!r}: {state}")
    refused = sum(not v.applied for v in verdicts)
    typer.echo(f"{len(verdicts) - refused} applied, {refused} refused")
    return refused > 0


def _template(store: Store, to: Path, report: str | None) -> bool:
    if to.exists():
        raise UsageError("exists; it may hold corrections already", source=str(to), remedy="name another file")
    check_writable(to)
    text = template(store, None if report is None else store.report_id(report))
    write_text(to, text, newline="")
    typer.echo(
        f"{to}: {text.count(chr(13)) - 1:,} lines of what {'stands in the report' if report else 'looks doubtful'}. Fill in `new` and `coder` where it is "
        f"wrong, and save it as {store.folder / FILE}; lines without both are left out"
    )
    return False


def _outcomes(store: Store) -> list[CorrectionOutcome]:
    """What becomes of every line: those that no store could apply, and those of each table."""
    unusable = [CorrectionOutcome(c, False, c.fault) for c in store.corrections if c.fault]
    return unusable + [v for name in FIELDS for v in store.corrected(name)[1]]


def _warn(store: Store) -> None:
    refused = sum(not v.applied for v in _outcomes(store))
    if refused:
        typer.echo(
            f"gongkai: {refused} correction{' is' if refused == 1 else 's are'} refused; `gongkai corrections {quote(str(store.folder))}` says why",
            err=True,
        )
