"""All tables of a comparison, computed once and written as files that spreadsheets and statistics programs open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.errors import UsageError
from corpus.extras import install_remedy
from corpus.files import filling
from corpus.spreadsheets import write_csv as write_table
from gongkai.codes import is_own
from gongkai.compare.answering import answered_by_group, answers
from gongkai.compare.baseline import answers_baseline
from gongkai.compare.corrected import corrected_shares, draw_reports, read_coded
from gongkai.compare.corrected_passages import corrected_differences, corrected_from_passages
from gongkai.compare.derived import derived_by_group, derived_definitions, derived_rates
from gongkai.compare.differences import MOST_GROUPS, facet_differences, pairs_of
from gongkai.compare.families import family_shares
from gongkai.compare.frame import UNKNOWN, Study, study
from gongkai.compare.groups import facet_shares, indicator_distribution, indicator_within_agency, label_shares, section_shares
from gongkai.compare.marking import RESTING, marked, notes_of, uncorrected
from gongkai.compare.naming import in_both_languages
from gongkai.compare.one_report import agency_of, versions
from gongkai.compare.passage_sheet import is_passage_sheet, read_sheet
from gongkai.compare.pointing import points as points_of_store
from gongkai.compare.pseudo_outcomes import SCRIPTS, from_reports, from_sheet, scripts
from gongkai.further_columns import REGION_CODES
from gongkai.store_access import Store
from models.seed import SEED

#: each group gives some hundred rows: more groups make tables that nobody reads and no spreadsheet opens
_MOST = 2000
#: rows that a spreadsheet opens; longer tables are written as Parquet
MOST_ROWS = 1_000_000
#: every table that a comparison may have: those of an earlier run are taken away
NAMES = frozenset((
    "problems", "measures", "families", "differences", "labels", "indicators", "indicators_within_agency", "answers", "answers_by_group", "answers_baseline", "derived",
    "derived_by_group", "derived_definitions", "corrected", "words_problems", "words_measures", "quotations", "copied", "copied_by_report", "copied_edges",
    "own_codes", "words", "corrected_differences", "panel", "growth", "checks_across_years", "jumps", "sections", "versions", "outcomes",
))  # fmt: skip
FORMATS = ("csv", "parquet", "xlsx")
BOOK = "comparison.xlsx"


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What a comparison is asked for; see :func:`gongkai.compare.study` and the functions of each table."""

    by: tuple[str, ...] = ("year",)
    weights: str | None = None
    cluster: str | None = None
    reference: tuple[str, ...] | None = None
    coded: Path | None = None
    seed: int = SEED
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The reports, their points, and every table by name; ``notes`` say what was left out and why."""

    study: Study
    points: pa.Table
    tables: dict[str, pa.Table]
    notes: tuple[str, ...]


def compare(store: Store, options: CompareOptions, progress: Callable[[str], None] | None = None) -> Comparison:
    """Compute every table of a comparison.

    Args:
        progress: told the name of each table before it is made.

    Raises:
        UsageError, DataError: as the functions called.
    """
    tell = progress or (lambda _: None)
    found: dict[str, pa.Table] = {}
    notes: list[str] = []
    frame = study(store, options.by, weights=options.weights, cluster=options.cluster, doubtful=options.doubtful)
    if len(frame.groups) > _MOST:
        raise UsageError(
            f"{len(frame.groups)} groups by {', '.join(frame.by)}",
            remedy=f"group by fewer keys (at most {_MOST} groups), or use points.parquet",
        )
    if options.reference is not None:
        pairs_of(frame, options.reference)  # an unknown group is said before the work, not after
    notes += [f"{n} reports left out: {why}" for why, n in frame.excluded.items()]
    if options.weights:
        notes.append(f"shares, means and medians are weighted by {options.weights}; numbers of reports are not")
    if options.cluster:
        notes.append(f"intervals and tests draw values of {options.cluster}, which `clusters` counts, instead of agencies")
    for key in REGION_CODES.keys() & set(frame.by):
        k = frame.by.index(key)
        open_ = sum(frame.groups[g][k] == UNKNOWN for g in frame.group.tolist())
        notes.append(
            f"{key} (GB/T 2260, as of the report's year) is unknown of {open_} reports: of the agency's place nothing is certain, or it lies above"
        )
    named = store.table("reports").select(["report_id", "agency", "agency_id", "host"]).to_pylist()
    compared = set(frame.report_ids)
    if bare := sum(bool(r["agency"]) and agency_of(r) is None for r in named if r["report_id"] in compared):
        notes.append(
            f"{bare} reports name an agency without its place: those of one such name count as one agency; give `agency` or "
            "`agency_id` with --metadata"
        )
    sheet = read_sheet(options.coded, store, frame) if options.coded and is_passage_sheet(options.coded) else None
    coded = None if options.coded is None or sheet else read_coded(options.coded, frame)
    tell("points")
    points = points_of_store(store)
    counts = ", ".join(f"{c} {frame.coverage.count(c)}" for c in sorted(set(frame.coverage)))
    notes.append(
        f"coverage of the reports: {counts} ({frame.basis.count('printed')} in print, {frame.basis.count('presumed')} presumed); sums of "
        "cells are made within each coverage, of what is or may be consolidated at one level of government only"
    )
    told = Counter(frame.s5)
    if lost := told["unread"] + told["absent"]:
        notes.append(
            f"fifth section: {told['read']} reports read, {told['nothing']} say that there is nothing, {told['absent']} have none, "
            f"{told['unread']} could not be read; shares of problems and measures are of the first two, the other {lost} count in none"
        )
    found["sections"] = section_shares(frame)
    found["versions"] = versions(store)
    tell("problems, measures")
    shares = facet_shares(frame, points)
    own = is_own(frame.codes)
    if own:
        found["own_codes"] = shares
        notes.append(
            f"codes are those of {frame.codes.name} {frame.codes.version}: own_codes.csv stands for problems.csv and measures.csv; "
            "answers, and words by locus or status, are of the codebook's problems and measures only"
        )
    else:
        what = pc.equal(shares["what"], "problem")
        found["problems"], found["measures"] = shares.filter(what), shares.filter(pc.invert(what))
        found["families"] = family_shares(frame, store, points)
    tell("differences")
    if options.reference is None and len(frame.groups) > MOST_GROUPS:
        notes.append(f"differences.csv is not written: {len(frame.groups)} groups; name one with --reference")
    elif len(frame.groups) > 1:
        found["differences"] = facet_differences(frame, points, reference=options.reference)
    tell("labels")
    found["labels"] = label_shares(frame, store)
    tell("indicators")
    found["indicators"] = indicator_distribution(frame, store)
    found["indicators_within_agency"] = indicator_within_agency(frame, store)
    if not own:
        tell("answers")
        found["answers"] = answers(frame, store, points)
        found["answers_by_group"] = answered_by_group(frame, found["answers"])
        found["answers_baseline"] = answers_baseline(frame, store, points, seed=options.seed)
    tell("derived")
    found["derived"] = derived_rates(frame, store)
    found["derived_by_group"] = derived_by_group(frame, store)
    found["derived_definitions"] = pa.Table.from_pylist(
        [
            {
                "indicator": d.code,
                "zh": d.zh,
                "en": d.en,
                "kind": d.kind,
                "formula": d.formula,
                "n_min": d.n_min,
                "source": d.source,
            }
            for d in derived_definitions()
        ]
    )
    if coded is not None:
        tell("corrected")
        found["corrected"] = corrected_shares(frame, points, coded)
        found["outcomes"] = from_reports(frame, store, points, coded)
    if sheet is not None:
        tell("corrected")
        notes += [f"coded sheet: {note}" for note in sheet.notes]
        found["corrected"] = corrected_from_passages(frame, store, sheet)
        found["outcomes"] = from_sheet(frame, store, sheet)
        if len(frame.groups) > 1 and (options.reference is not None or len(frame.groups) <= MOST_GROUPS):
            found["corrected_differences"] = corrected_differences(frame, store, sheet, reference=options.reference)
    for name in {"problems", "measures", "own_codes"} & set(found):
        found[name] = marked(frame, store, found[name], found["corrected"] if sheet is not None else None)
    for name in set(RESTING) & set(found):
        found[name] = uncorrected(frame, store, found[name])
    found = {name: in_both_languages(frame.codes, table) for name, table in found.items()}
    notes += notes_of(frame, store, sheet is not None)
    return Comparison(frame, points, found, tuple(notes))


def _lines(table: pa.Table) -> Iterator[list[Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [batch[c].to_pylist() for c in batch.schema.names]
        yield from map(list, zip(*columns, strict=True))


def write_csv(table: pa.Table, path: Path) -> None:
    """A table as CSV in UTF-8 with the byte order mark by which Excel knows it; null is empty."""
    write_table(path, table.column_names, _lines(table))


def file_name(name: str, table: pa.Table, to: str = "csv") -> str:
    """The file of a table: in the format asked for, or Parquet where no spreadsheet would open it."""
    if to == "parquet" or table.num_rows > MOST_ROWS:
        return f"{name}.parquet"
    return BOOK if to == "xlsx" else f"{name}.csv"


def check_format(to: str) -> None:
    """Raises UsageError unless tables can be written so."""
    if to not in FORMATS:
        raise UsageError(f"cannot write tables as {to!r}", remedy=f"use {', '.join(FORMATS)}")
    if to == "xlsx" and find_spec("openpyxl") is None:
        raise UsageError("openpyxl is not installed", remedy=install_remedy("export"))


def write_tables(found: Comparison, folder: Path, to: str = "csv", page: tuple[str, str] | None = None) -> list[Path]:
    """Writes ``points.parquet`` and the tables, one file for each or all in one workbook; returns the paths.

    Tables of an earlier run in the folder are removed once the new ones are written, other files are left alone.

    Args:
        to: one of :data:`FORMATS`.
        page: name and content of a page that goes with them.

    Raises:
        UsageError: ``folder`` is a file, or the format is none.
        StoreError: it cannot be written; then nothing was.
    """
    check_format(to)
    if folder.exists() and not folder.is_dir():
        raise UsageError("is a file, not a folder", source=str(folder), remedy="name another --out folder")
    with filling(folder) as made:
        out = _write_all(found, made, to)
        if page is not None:
            (made / page[0]).write_text(page[1], encoding="utf-8", newline="\n")
    new = {path.name for path in out}
    for path in folder.iterdir():
        earlier = path.name in {BOOK, *SCRIPTS} or (path.stem in NAMES and path.suffix in {".csv", ".parquet"})
        if earlier and path.name not in new:
            path.unlink()  # perhaps of other groups
    return [folder / path.name for path in out]


def _write_all(found: Comparison, folder: Path, to: str) -> list[Path]:
    out = [folder / "points.parquet"]
    pq.write_table(found.points, out[0], compression="zstd")
    sheets = {}
    for name, table in found.tables.items():
        path = folder / file_name(name, table, to)
        if path.suffix == ".xlsx":
            sheets[name] = table
            continue
        if path.suffix == ".csv":
            write_csv(table, path)
        else:
            pq.write_table(table, path, compression="zstd")
        out.append(path)
    if (folder / "outcomes.csv") in out:
        for name, text in scripts(found.tables).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            out.append(folder / name)
    if sheets:
        from gongkai.export.excel import write_book

        write_book(folder / BOOK, sheets)
        out.append(folder / BOOK)
    return out


def write_sheet(frame: Study, path: Path, n: int, *, seed: int = SEED, stratified: bool = False) -> int:
    """Draws reports to code and writes their sheet; returns how many."""
    rows: Sequence[dict[str, object]] = draw_reports(frame, n, seed=seed, stratified=stratified)
    write_csv(pa.Table.from_pylist(list(rows)), path)
    return len(rows)
