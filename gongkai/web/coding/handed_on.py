"""What was coded in the browser, for commands: ``--coded browser`` and ``--data STORE`` name it, and no file is touched by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import GongkaiError, UsageError
from corpus.files import write_text
from corpus.store.manifest import is_store
from gongkai.compare.passage_sheet import sheet_text
from gongkai.web.coding.codings import Codings, codings, training_lines
from gongkai.web.coding.draws import Draw, draws
from gongkai.web.writing.people import People
from models.taxonomy import Taxonomy, codebook_taxonomy

#: instead of the name of a sheet: what was coded in the explorer of the store; ``browser:DRAW`` where there are several draws
BROWSER = "browser"


def from_browser(given: Path | None) -> bool:
    """Whether a sheet is asked for that is no file."""
    text = "" if given is None else str(given)
    return (text == BROWSER or text.startswith(f"{BROWSER}:")) and not Path(text).exists()


@contextmanager
def coded_sheet(given: Path | None, folder: Path, *, of_reports: bool) -> Iterator[Path | None]:
    """The sheet that ``--coded`` names; of what was coded in the browser one is written for as long as it is read.

    Args:
        given: a file, or :data:`BROWSER`.
        folder: the store.
        of_reports: whether sections 五 of whole reports are wanted, else single passages with known chances.

    Raises:
        UsageError: nothing was coded there, or several draws were.
    """
    if given is None or not from_browser(given):
        yield given
        return
    people = People(folder)
    name = str(given).partition(":")[2]
    found = _chosen(people, folder, name, of_reports)
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / f"{found.name}.csv"
        path.write_text(_text(codings(people, found), of_reports=of_reports), encoding="utf-8", newline="")
        try:
            yield path
        except GongkaiError as error:
            # the file is gone when the message is read
            error.source = error.source.replace(str(path), f"{BROWSER}:{found.name}")
            raise


def coded_numbers(given: Path | None, folder: Path) -> Codings | None:
    """What was coded of the draw of numbers that ``--coded browser:DRAW`` names; ``None`` where it names anything else."""
    if given is None or not from_browser(given):
        return None
    people = People(folder)
    draw = draws(people).get(str(given).partition(":")[2])
    return codings(people, draw) if draw is not None and draw.of_numbers else None


def _text(found: Codings, *, of_reports: bool) -> str:
    return sheet_text(found.sheet() if of_reports else found.settled_sheet(), decided=True)


def _chosen(people: People, folder: Path, name: str, of_reports: bool) -> Draw:
    coded = {n: d for n, d in draws(people).items() if codings(people, d).codes}
    if name in coded and coded[name].of_numbers:
        raise UsageError(
            f"draw {name!r} is of numbers, not of passages",
            source=str(folder), remedy=f"gongkai evaluate --store {folder} --coded {BROWSER}:{name}",
        )  # fmt: skip
    if name:
        if name in coded:
            return coded[name]
        known = ", ".join(coded) or "none"
        raise UsageError(f"no draw {name!r} was coded in the explorer", source=str(folder), remedy=f"draws that were: {known}")
    fitting = {n: d for n, d in coded.items() if d.of_reports == of_reports and not d.stands_for_nothing and not d.of_numbers}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    what = "section 五 of reports (designs reports, active)" if of_reports else "passages (designs simple, stratified)"
    if not fitting:
        raise UsageError(
            f"nothing was coded in the explorer of a draw of {what}",
            source=str(folder), remedy=f"gongkai serve {folder}, page /coding: draw and code",
        )  # fmt: skip
    raise UsageError(
        f"{len(fitting)} draws of {what} were coded in the explorer",
        source=str(folder), remedy=f"name one: --coded {BROWSER}:{next(iter(fitting))} (there are {', '.join(fitting)})",
    )  # fmt: skip


def sheet_of_browser(folder: Path) -> Path | None:
    """The sheet of the last draw of reports that was coded to its end, kept beside the log of acts for the explorer's own pages.

    Half a draw corrects nothing: shares would move with every passage that somebody codes.
    """
    people = People(folder)
    for draw in draws(people).values():
        found = codings(people, draw) if draw.of_reports else None
        if found is None or not found.codes or len(found.whole_reports()) < len(draw.reports):
            continue
        path, text = people.path.with_name(f"{draw.name}.csv"), _text(found, of_reports=True)
        try:
            if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
                write_text(path, text, newline="")
        except (GongkaiError, OSError):
            return None
        return path
    return None


def coded_codes(given: Path) -> Taxonomy:
    """The codes of ``--data`` where nobody names others: of results those that their last draw was coded with, else the codebook's."""
    people = People(given)
    some = draws(people).values() if is_store(given) else ()
    coded = (d for d in some if not d.of_numbers and codings(people, d).codes)
    return next((d.codes for d in coded), codebook_taxonomy())


@contextmanager
def coded_lines(given: Path, codes: Taxonomy) -> Iterator[Path]:
    """The training data that ``--data`` names; of a folder of results what was coded in its explorer.

    Args:
        given: a file or a folder of results.
        codes: draws that were coded with others are left out.

    Raises:
        UsageError: nothing was coded there.
    """
    if not is_store(given):
        yield given
        return
    people = People(given)
    same = {n: d for n, d in draws(people).items() if (d.codes.labels, d.codes.facets) == (codes.labels, codes.facets)}
    found = training_lines(people, same)
    if not found.lines:
        raise UsageError(
            "nothing was coded in the explorer of these results",
            source=str(given),
            remedy=f"gongkai serve {given}, page /coding",
        )
    said = f"{len(found.lines)} passages coded in the explorer of {given.name} by {', '.join(found.coders)}"
    print(said + (f"; {found.tied} coded differently and not decided are left out" if found.tied else ""))
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / f"{given.resolve().name}-coded.jsonl"
        path.write_text("".join(f"{line}\n" for line in found.lines), encoding="utf-8")
        yield path
