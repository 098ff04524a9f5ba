"""``gongkai tag``: progress while it runs, a summary when it is done."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from corpus.errors import UsageError
from corpus.readers.names_zh import reader_summary
from corpus.store.manifest import is_store
from extract.runs.options import TagOptions
from extract.runs.run import Outcome, Summary
from gongkai import api
from gongkai.beside_store import NOT_READ, REPORT_HTML
from gongkai.codes import codes_of, is_own
from gongkai.commands.faults import check_folder_name
from gongkai.pages.console import standard_output
from gongkai.pages.words import Namer, clean, namer, zh
from gongkai.store_access import Store, load
from models.base import Classifier

#: seconds between two lines of progress where there is no terminal to draw a bar on
EVERY = 30.0
#: columns of the names before what the summary says
_NAMES = 10
_PHASES = {"finding": "finding files", "hashing": "comparing files", "planning": "planning", "tagging": "reading"}


class ProgressLines:
    """Progress for a log: a line each :data:`EVERY` seconds, none for a run that is shorter."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = perf_counter) -> None:
        self._tell, self._clock = tell, clock
        self._began = self._told = clock()

    def __call__(self, done: int, total: int, failed: int) -> None:
        now = self._clock()
        if now - self._told < EVERY:
            return
        self._told = now
        bad = f", {failed:,} failed" if failed else ""
        self._tell(f"{done:,} of {total:,} files, {_rate(done / (now - self._began))}{bad}")


def _rate(speed: float) -> str:
    """``40/s``, ``0.2/s``: pages that are recognised in pictures take seconds each."""
    return f"{speed:,.0f}/s" if speed >= 1 else f"{speed:.1g}/s"


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(_rate(task.speed) if task.speed else "", "dim")


def _check_place(out: Path) -> None:
    check_folder_name(out)
    if around := next((folder for folder in out.absolute().parents if is_store(folder)), None):
        raise UsageError("is in a folder of other results", source=str(out), remedy=f"name a folder beside {around}")


def run(
    paths: Sequence[str],
    out: str | Path,
    options: TagOptions,
    console: Console | None = None,
    classifier: Classifier | None = None,
) -> bool:
    """Tag files with progress on standard error and a summary on standard output; tells whether a file failed."""
    console = console or standard_output()
    if "://" not in str(out):
        _check_place(Path(out))
    began = perf_counter()
    errors = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[failed]}", style="red"),
    )  # fmt: skip
    if lost := [] if options.overwrite else api.dropped_columns(options.rows(), out):
        shown = ", ".join(clean(c) for c in lost)
        errors.print(Text(f"columns given earlier are not in these metadata and will be dropped: {shown}", "yellow"))
    failed = 0
    lines = None if errors.is_terminal else ProgressLines(lambda line: errors.print(Text(line), soft_wrap=True))
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None, failed="")

        def phase(name: str, done: int, total: int) -> None:
            if done == 0:
                bar.reset(task, description=_PHASES[name], total=total or None)
            bar.update(task, completed=done)

        def progress(done: int, total: int, outcome: Outcome) -> None:
            nonlocal failed
            failed += outcome.status == "failed"
            bar.update(task, completed=done, total=total, failed=f"{failed:,} failed" if failed else "")
            if lines is not None:
                lines(done, total, failed)

        summary = api.tag(list(paths), out, classifier=classifier, options=options, progress=progress, phase=phase)
    seconds = perf_counter() - began
    store = None if "://" in str(out) else load(out, corrections=False)
    own = codes_of(store) if store is not None else None
    where = {} if store is None else _only_places(store)
    for name, said in _summary(summary, seconds, namer(own if own is not None and is_own(own) else None), where):
        print_entries(console, name, said)
    _failures(console, summary)
    if (list_of := Path(out) / NOT_READ).is_file():
        skipped = summary.statuses.get("skipped", 0)
        console.print(
            Text(f"\nnot read {list_of} (path, reason, remedy{f'; {skipped:,} skipped' if skipped else ''})"), soft_wrap=True
        )
    if summary.unmatched:
        shown = ", ".join(clean(x) for x in summary.unmatched[:5])
        more = " …" if len(summary.unmatched) > 5 else ""
        of = "rows of the metadata that belong to no file (a path in the folder, or a file's name, is looked for): "
        console.print(Text(f"\n{of}{len(summary.unmatched)}: {shown}{more}", "yellow"), soft_wrap=True)
    _next(console, out, options.html, store, issues=bool(summary.issues))
    return summary.statuses.get("failed", 0) > 0


def _summary(summary: Summary, seconds: float, named: Namer, where: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The rows of the summary: their names, and entries with ``, `` between them."""
    files = summary.tagged
    rate = f" in {seconds:.1f} s ({_rate(files / seconds)})" if seconds > 0 else ""
    yield "files", f"{_counts('status', summary.statuses)}{rate if files else ''}"
    if summary.readers:
        yield "read as", reader_summary(summary.readers)
    if run := _this_run(summary):
        yield "this run", run
    yield "reports", f"{summary.reports:,}"
    yield "passages", f"{summary.passages:,}: {_counts('label', summary.labels, named)}" if summary.passages else "0"
    yield "metrics", f"{summary.mentions:,}"
    yield "cells", f"{summary.cells:,}"
    yield "join", _counts("verdict", summary.verdicts) or "nothing to compare"
    fails = f" (by kind: {', '.join(f'{k} {n}' for k, n in summary.failing.items())})" if summary.failing else ""
    yield "checks", (_counts("check", summary.checks) or "none") + fails
    if summary.issues:
        yield "issues", ", ".join(f"{zh('issue', k)} {k} {n:,}{where.get(k, '')}" for k, n in summary.issues.items() if n)


def print_entries(console: Console, name: str, said: str) -> None:
    """One row of the summary: on a terminal broken between entries, never inside one; in a file or a pipe one line."""
    line = ""
    head = f"{name:<{_NAMES}}"
    room = console.width - _NAMES
    for entry in said.split(", ") if console.is_terminal else [said]:
        longer = f"{line}, {entry}" if line else entry
        if line and cell_len(longer) >= room:
            console.print(Text.assemble((head, "bold"), f"{line},"), soft_wrap=True)
            head, line = " " * _NAMES, entry
        else:
            line = longer
    console.print(Text.assemble((head, "bold"), line), soft_wrap=True)


def _only_places(store: Store) -> dict[str, str]:
    """Where an issue was met, for the kinds that only one file has: "agency_open 1" alone would not say which."""
    rows = store.sql("SELECT code, min(source) AS source FROM issues GROUP BY code HAVING count(DISTINCT source) = 1")
    return {r["code"]: f" ({clean(r['source'])})" for r in rows.to_pylist()}


def _this_run(summary: Summary) -> str:
    """What an update did; empty for a run that tagged everything."""
    if not (summary.unchanged or summary.gone or summary.pruned):
        return ""
    found = [f"{summary.tagged:,} tagged", f"{summary.unchanged:,} unchanged"]
    if summary.gone:
        found.append(f"{summary.gone:,} gone but kept (--prune drops them)")
    if summary.pruned:
        found.append(f"{summary.pruned:,} pruned")
    return ", ".join(found)


def _counts(kind: str, counts: Mapping[str, int], named: Namer = zh) -> str:
    return ", ".join(f"{named(kind, k)} {k} {n:,}" for k, n in counts.items() if n)


def _failures(console: Console, summary: Summary) -> None:
    failed = summary.statuses.get("failed", 0)
    if not failed:
        return
    console.print(Text(f"\n{failed} failed:", "bold red"))
    for source, reason in summary.failures:
        # the reason names the file already, unless the fault is ours
        line = reason if source in reason else f"{source}: {reason}"
        console.print(Text(f"  {clean(line.strip())}"), soft_wrap=True)
    if failed > len(summary.failures):
        console.print(Text(f"  … and {failed - len(summary.failures)} more: see the table `issues`", "dim"))


def _next(console: Console, out: str | Path, html: bool, store: Store | None, *, issues: bool) -> None:
    # the commands are meant to be copied: never wrapped
    name = shlex.quote(str(out))
    lines = [f"\nresults  {out}"]
    if html:
        lines.append(f"page     {Path(out) / REPORT_HTML}")
    if store is not None and (first := store.sql("SELECT source FROM reports ORDER BY source LIMIT 1").to_pylist()):
        lines += [
            f"next     gongkai show {'-- ' if first[0]['source'][0] == '-' else ''}{name} {shlex.quote(first[0]['source'])}",
            f"         gongkai check {name}",
            f'         gongkai query {name} "SELECT agency, year, n_passages, source FROM reports"',
            "         gongkai schema reports",
        ]
        if issues:
            lines.insert(-1, f'         gongkai query {name} "SELECT source, code, message FROM issues"')
    for line in lines:
        console.print(Text(line), soft_wrap=True)
