"""``gongkai compare``: groups of reports as tidy tables and a page in a folder, or two reports side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.errors import UsageError
from corpus.files import filling, workspace, write_text
from corpus.store.manifest import is_store
from corpus.store.schema import STATES
from gongkai.codebook_text import FILE as CODEBOOK
from gongkai.codebook_text import write_codebook
from gongkai.codes import codes_of, is_own
from gongkai.commands.faults import check_folder_name, check_writable
from gongkai.commands.opening import open_store
from gongkai.compare.across_reports import more_tables
from gongkai.compare.comparable import REASONS
from gongkai.compare.frame import Study, check_by, study
from gongkai.compare.keys import split_names
from gongkai.compare.marking import RESTING, uncorrected
from gongkai.compare.pairing import PairedValue, differing, find_pair, pair_tables, side_by_side, summary
from gongkai.compare.panel import check_identity
from gongkai.compare.tables import CompareOptions, check_format, compare, file_name, write_csv, write_sheet, write_tables
from gongkai.pages.compare_page import render
from gongkai.pages.console import standard_output
from gongkai.pages.language import language
from gongkai.pages.pair_page import render_pair
from gongkai.pages.words import Namer, clean, namer, number, zh
from gongkai.web.coding.handed_on import coded_sheet
from models.seed import SEED

PAGE = "report.html"
#: the sheet that --draw writes, and what tells the folder of a comparison
DRAWN = "to_code.csv"
_NOT_COMPARED = dict(REASONS)
#: columns of a terminal that has room for the codes of cells beside their names
_CODED = 72


def parse_by(text: str) -> tuple[str, ...]:
    """``year,level`` as names of keys; :func:`~gongkai.compare.frame.study` knows which of them are columns of one's own.

    Raises:
        UsageError: an unknown key.
    """
    names = split_names(text)
    check_by(names)
    return tuple(dict.fromkeys(names))


def run(
    folder: Path, out: Path, by: str, *, weights: str | None = None, cluster: str | None = None, reference: str | None = None,
    coded: Path | None = None, draw: int | None = None, stratified: bool = False, seed: int = SEED,
    identity: str = "entity", lineage: Path | None = None, similarity: float = 0.8, across_forms: bool = False, to: str = "csv",
    doubtful: bool = False, lang: str | None = None,
) -> None:  # fmt: skip
    """Write the tables and the page of a comparison, or draw a sheet of reports to code.

    Raises:
        UsageError: arguments that do not fit together or the store.
    """
    keys = parse_by(by)
    wanted = None if reference is None else tuple(split_names(reference))
    if wanted is not None and len(wanted) != len(keys):
        raise UsageError(f"--reference {reference} has {len(wanted)} values", remedy=f"give one for each of {', '.join(keys)}")
    check_format(to)
    lang = language(lang)
    check_identity(identity, lineage)
    if out.exists() and not out.is_dir():
        raise UsageError("is a file, not a folder", source=str(out), remedy="name another --out folder")
    _check_no_results(out)
    store = open_store(folder)
    with workspace(out):
        pass  # better said before the work than after
    if draw is not None:
        path = out / DRAWN
        if path.exists():
            raise UsageError("is there already", source=str(path), remedy="keep it, or name another --out folder")
        count = write_sheet(
            study(store, keys, weights=weights, cluster=cluster, doubtful=doubtful),
            path,
            draw,
            seed=seed,
            stratified=stratified,
        )
        print(f"{count} reports to code in {path}; give it back with --coded")
        return

    def tell(name: str) -> None:
        if sys.stderr.isatty():
            print(f"… {name}", file=sys.stderr)

    with coded_sheet(coded, folder, of_reports=True) as sheet:
        found = compare(store, CompareOptions(keys, weights, cluster, wanted, sheet, seed, doubtful), tell)
    more, notes = more_tables(
        store, found.study, found.points, identity=identity, lineage=lineage, threshold=similarity, seed=seed, tell=tell
    )
    found.tables.update({n: uncorrected(found.study, store, t) if n in RESTING else t for n, t in more.items()})
    notes = [*found.notes, *notes]
    if not across_forms:
        found.tables["labels"], cut = within_form(found.tables["labels"], found.study)
        notes += cut
    tell(PAGE)
    page = None
    try:
        page = render(store, found.tables, found.study.by, found.study.groups, notes, to, lang)
    except UsageError as error:
        notes.append(f"{PAGE} is not written: {error.message}; {error.remedy}")
    paths = write_tables(found, out, to, None if page is None else (PAGE, page))
    codes = write_codebook(out, found.study.codes)
    count = len(found.study.groups)
    of = "agencies" if cluster is None else f"clusters by {cluster}"
    print(
        f"reports   {len(found.study.report_ids)} of {len(found.study.clusters)} {of} in {count} group{'' if count == 1 else 's'}"
    )
    for note in notes:
        print(f"note      {note}")
    for path in paths:
        if path.suffix == ".xlsx":
            sheets = [n for n, t in found.tables.items() if file_name(n, t, to) == path.name]
            print(f"{path.name:32} {len(sheets):>9,} sheets: {', '.join(sheets)}")
            continue
        if path.suffix not in {".csv", ".parquet"}:
            print(f"{path.name:32} example for outcomes.csv")
            continue
        rows = found.points.num_rows if path.stem == "points" else found.tables[path.stem].num_rows
        print(f"{path.name:32} {rows:>9,} rows")
    if page is not None:
        print(f"page      {out / PAGE}")
    print(f"codes     {codes}")


def _check_no_results(out: Path) -> None:
    check_folder_name(out)
    if is_store(out):
        # the page of the results has the name of the comparison's
        raise UsageError("holds results, whose files would be replaced", source=str(out), remedy="name another --out folder")
    if out.is_dir() and (there := {p.name for p in out.iterdir()}) and not there & {PAGE, DRAWN}:
        # some thirty tables among a user's reports, or over the passages.csv of an export
        raise UsageError("is not empty and holds no comparison", source=str(out), remedy="name a new folder: --out compared")


def within_form(labels: pa.Table, frame: Study) -> tuple[pa.Table, list[str]]:
    """Label shares without the years of the form of 2019, where the store holds both forms and groups by year.

    The later form asks for less narrative in some sections and more in others: a trend across the change shows the form.
    """
    if "year" not in frame.by or not {"2019", "2021"} <= set(frame.form):
        return labels, []
    new = pc.or_(pc.match_substring(labels["forms"], "2021"), pc.invert(pc.match_substring(labels["forms"], "2019")))
    notes = ["labels.csv leaves out the years of the form of 2019; --across-forms keeps them, marked in the column `forms`"]
    kept = labels.filter(new)
    if pc.any(pc.match_substring(kept["forms"], "2019")).as_py():
        notes.append("some groups of labels.csv mix both forms: see their column `forms`")
    return kept, notes


def folder_of_groups(out: Path | None, html: Path | None) -> Path:
    """The folder for the tables of groups.

    Raises:
        UsageError: there is none, or a page was asked for that only two reports have.
    """
    if html is not None:
        raise UsageError("--html is the page of two reports", remedy="name two reports; --out FOLDER gets the page of groups")
    if out is None:
        raise UsageError("no folder for the tables", remedy="give --out FOLDER, or name two reports to put side by side")
    return out


def run_pair(
    folder: Path, names: Sequence[str], out: Path | None = None, html: Path | None = None, lang: str | None = None,
    of_groups: Sequence[str] = (),
) -> None:  # fmt: skip
    """Print two reports side by side; a folder (``out``) gets their tables and a page, ``html`` the page alone.

    Raises:
        UsageError: other than two names, one that is no report, ``out`` is a file, or an option of groups was given (``of_groups``).
    """
    if of_groups:
        raise UsageError(
            f"{', '.join(of_groups)}: compares groups, not two reports",
            remedy="leave it out, or leave out the names of the two reports",
        )
    if len(names) != 2:
        raise UsageError(
            f"{len(names)} name{' is' if len(names) == 1 else 's are'} given",
            remedy="name two reports, or none and --out to compare groups",
        )
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError("is a file, not a folder", source=str(out), remedy="name another --out folder")
    if out is not None:
        _check_no_results(out)
    if lang is not None and out is None and html is None:
        raise UsageError("--lang is the language of the page", remedy="give --html FILE or --out FOLDER, too")
    if html is not None:
        check_writable(html)
    language(lang)
    store = open_store(folder)
    codes = codes_of(store)
    a, b = find_pair(store, *names)
    if a.report_id == b.report_id:
        raise UsageError(f"{names[0]!r} and {names[1]!r} are one report", remedy="name two reports")
    found = side_by_side(a, b)
    tables = pair_tables(found)
    page = "" if out is None and html is None else render_pair(found, lang, codes if is_own(codes) else None)
    if html is not None:
        write_text(html, page)
    if out is not None:
        with filling(out) as made:
            for name, table in tables.items():
                write_csv(table, made / f"{name}.csv")
            write_codebook(made, codes)
            (made / PAGE).write_text(page, encoding="utf-8")
    console = standard_output()
    head = Table(box=None, pad_edge=False)
    for title in (
        "",
        *(clean(f"{r.identity.agency or r.identity.title or r.source} {r.identity.year or ''}") for r in (a, b)),
    ):
        head.add_column(title, overflow="fold")
    for name, kind, one, other in (
        ("form 格式", "form", a.identity.form, b.identity.form),
        ("coverage 范围", "coverage", a.identity.coverage, b.identity.coverage),
    ):
        head.add_row(name, f"{one} {zh(kind, one)}", f"{other} {zh(kind, other)}")
    console.print(head)
    for side in (a, b):
        console.print(Text(f"file 文件  {clean(side.source)}"), soft_wrap=True)
    for note in found.notes:
        console.print(Text(f"note  {note}", "yellow"))
    counts = summary(found)
    console.print(
        f"\npassages  {counts['same']} the same but for numbers, {counts['reworded']} reworded, {counts['only_a']} only in the first, "
        f"{counts['only_b']} only in the second\ncells     {counts['cells_changed']} of {counts['cells_compared']} with a value in both differ\n"
    )
    _passages(console, found.pairs, namer(codes if is_own(codes) else None))
    _changes(console, "indicators 正文指标", found.indicators)
    _changes(console, "cells 表格单元格", [c for c in found.cells if c.a != c.b])
    if out is not None:
        for name, table in tables.items():
            console.print(Text(f"{name + '.csv':32} {table.num_rows:>9,} rows"))
        console.print(Text(f"codes     {out / CODEBOOK}"))
    for path in (html, None if out is None else out / PAGE):
        if path is not None:
            console.print(Text(f"page      {path}"))


def _passages(console: Console, pairs: Sequence[object], named: Namer) -> None:
    from gongkai.compare.pairing import Pair

    table = Table(show_lines=True, expand=True)
    table.add_column("", max_width=14, overflow="fold")  # 编制说明与套话
    for title in ("first 前者", "second 后者"):
        table.add_column(title, ratio=1, overflow="fold")
    for pair in pairs:
        assert isinstance(pair, Pair)
        side = pair.b or pair.a
        assert side is not None
        left, right = (clean(p[0].text) if p else "" for p in (pair.a, pair.b))
        if left == right:
            continue
        changed = Text()
        for kind, piece in differing(left, right) if left and right else [("same", right)]:
            if kind != "gone":
                changed.append(piece, "bold green" if kind == "new" else "")
        table.add_row(
            named("label", side[1].label), Text(left, "" if right else "red"), changed if left else Text(right, "green")
        )
    console.print(table if table.row_count else Text("all passages are the same", "dim"))


def _changes(console: Console, title: str, changes: Sequence[PairedValue]) -> None:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    coded = console.width >= _CODED
    table.add_column("", overflow="fold")
    if coded:
        table.add_column("code", no_wrap=True)
    for name in ("first 前者", "second 后者", "change 变化"):
        table.add_column(name.replace(" ", "\n"), justify="right", no_wrap=True)
    states: set[str] = set()
    for c in changes:
        shown = [number(v) if v is not None else s for v, s in ((c.a, c.a_state), (c.b, c.b_state))]
        states |= {s for v, s in ((c.a, c.a_state), (c.b, c.b_state)) if v is None}
        table.add_row(c.zh, *([c.code] if coded else []), *shown, _change(c))
    console.print(table)
    if states:
        names = dict(STATES) | {"absent": "文件中没有"}
        console.print(Text(", ".join(f"{s} {names[s]}" for s in sorted(states) if s in names), "dim"))


def _change(c: PairedValue) -> str:
    if c.difference is None:
        return _NOT_COMPARED.get(c.why_not, "") if None not in (c.a, c.b) else ""
    return f"{'+' if c.difference > 0 else ''}{number(c.difference)}"
