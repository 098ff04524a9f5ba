"""``gongkai verify``: whether a folder of results is whole, and digests to compare it with another."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from corpus.store.verify import Verification, verify_store
from gongkai.pages.console import standard_output
from gongkai.pages.words import clean


def run(folder: Path, *, rows: bool = False, digest: bool = False, console: Console | None = None) -> bool:
    """Verify a store and print what was found; tells whether it is whole.

    Args:
        rows: look into every row; ``digest`` needs it.

    Raises:
        StoreError: there is no store.
    """
    console = console or standard_output()
    errors = Console(stderr=True)
    with Progress(
        TextColumn("verifying"),
        BarColumn(),
        MofNCompleteColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)
        found = verify_store(folder, lambda done, total: bar.update(task, completed=done, total=total), rows=rows or digest)
    if digest:
        for name, value in found.digests.items():
            console.print(Text(f"{value}  {name}"), soft_wrap=True)
    else:
        _print(found, rows, console)
    for problem in found.problems:
        (errors if digest else console).print(Text(clean(problem), "red"), soft_wrap=True)
    return not found.count


def _print(found: Verification, looked: bool, console: Console) -> None:
    counts = ", ".join(f"{name} {count:,}" for name, count in found.rows.items() if count)
    console.print(Text(f"parts     {found.parts:,}\nrows      {counts or 'none'}"), soft_wrap=True)
    if not found.finished:
        console.print(Text("finished  no: give the same `gongkai tag` again to go on", "yellow"))
    if found.count:
        console.print(Text(f"problems  {found.count:,}", "bold red"))
    elif looked:
        console.print(Text("problems  none: manifest, checksums, keys, references and offsets hold"))
    else:
        console.print(Text("problems  none: manifest, parts and checksums hold; --rows looks into every row"))


__all__ = ["run"]
