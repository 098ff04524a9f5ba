"""The command ``gongkai``: each command parses its arguments, calls one function and prints the result.

Exit codes: 0; 1 if a file failed; 2 for arguments that cannot be used (a folder of results that would be overwritten or is
none counts as such); 130 after Ctrl-C; 141 if nobody reads on from the pipe it prints to.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import gongkai
from corpus.errors import UsageError
from extract.runs.options import TagOptions
from extract.runs.process import rare_collection
from gongkai.commands.faults import check_not_empty, guarded, printed_last
from gongkai.commands.options import WholeHelp, given_options, option, options_of
from gongkai.commands.streams import prepare_streams
from models.seed import SEED

app = typer.Typer(
    name="gongkai",
    cls=WholeHelp,
    help="Read Chinese government-disclosure annual reports (政府信息公开工作年度报告).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class TableFormat(StrEnum):
    """How ``query`` prints rows."""

    table = "table"
    csv = "csv"
    json = "json"


class SchemaFormat(StrEnum):
    """How ``schema`` prints."""

    text = "text"
    markdown = "markdown"
    json = "json"
    csv = "csv"


EngineName = Annotated[str, option(TagOptions, "engine")]
Confidence = Annotated[float | None, option(TagOptions, "min_confidence")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gongkai {gongkai.__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


@app.command()
@options_of(TagOptions)
def tag(
    paths: Annotated[list[str], typer.Argument(help="Files, folders (searched recursively) and globs.", metavar="PATH")],
    out: Annotated[str, typer.Option(help="Folder for the results, or a URL that fsspec opens.")],
    **given: Any,
) -> None:
    """Read reports and write a folder of results; the same command again resumes or updates it."""
    from gongkai.commands.tag import run

    if run(paths, out, TagOptions(**given)):
        raise typer.Exit(1)


@app.command()
def show(
    report: Annotated[str, typer.Argument(help="A report, or a folder of results.", metavar="REPORT|STORE")],
    report_id: Annotated[
        str | None, typer.Argument(help="With a folder of results: report_id or source.", metavar="NAME")
    ] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Show rows of zeros and checks that hold, too.")] = False,
    ledger: Annotated[bool, typer.Option("--ledger", help="List what was left out of the text, and why.")] = False,
    engine: EngineName = "linear",
    min_confidence: Confidence = None,
) -> None:
    """Print one report: identity, labelled passages, metrics, tables, join, checks, issues."""
    from gongkai.commands.show import run

    if not run(report, report_id, all_rows=all_rows, ledger=ledger, engine=engine, min_confidence=min_confidence):
        raise typer.Exit(1)


@app.command()
def query(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="DIR")],
    sql: Annotated[str, typer.Argument(help="DuckDB SQL over the tables of `gongkai schema`.", metavar="SQL")],
    fmt: Annotated[TableFormat, typer.Option("--format", help="How to print the rows.")] = TableFormat.table,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Let the query read and write other files: for SQL of your own.")
    ] = False,
) -> None:
    """Ask a folder of results with SQL; it reads the results and nothing else."""
    from gongkai.commands.faults import interruptible
    from gongkai.commands.opening import open_store
    from gongkai.commands.query import format_rows, print_rows

    if not sql.strip(" ;\n"):
        raise UsageError("the query is empty", remedy='ask for something, e.g. "SELECT agency, year FROM reports"')
    store = open_store(folder)
    with interruptible():
        table = store.sql(sql, unsafe=unsafe)
    if fmt is TableFormat.table:
        print_rows(table)
    else:
        sys.stdout.write(format_rows(table, fmt.value))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="DIR")],
    digest: Annotated[
        bool, typer.Option("--digest", help="Print one sha256 per table; equal digests are equal results.")
    ] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Look into every row, too: keys, references, offsets.")] = False,
) -> None:
    """Check a folder of results: manifest and checksums; with --rows keys, references, offsets."""
    from gongkai.commands.verify import run

    if not run(folder, rows=rows, digest=digest):
        raise typer.Exit(1)


@app.command()
def check(
    paths: Annotated[list[str], typer.Argument(help="Reports, or one folder of results.", metavar="FILE|STORE")],
    html: Annotated[Path | None, typer.Option(help="Write the page of findings to this file too.")] = None,
    lang: Annotated[
        str | None, typer.Option(help="Language of the page: zh, en or both; default is the system's.", metavar="zh|en|both")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    hierarchy: Annotated[
        Path | None, typer.Option(help="CSV of who reports to whom: agency, reports_to. Compares consolidated reports instead.")
    ] = None,
    residuals: Annotated[Path | None, typer.Option(help="With --hierarchy: write every cell compared to this CSV.")] = None,
) -> None:
    """Find what is wrong in reports: sums, contradictions, years, headings, blanks, words; beside last year's where it is given."""
    from gongkai.commands import check as check_command
    from gongkai.commands import hierarchy as hierarchy_command

    if hierarchy is None and residuals is not None:
        raise UsageError("--residuals goes with --hierarchy", remedy="give --hierarchy FRAME.csv")
    if lang is not None and html is None:
        raise UsageError("--lang is the language of the page", remedy="give --html FILE, too")
    if hierarchy is not None and html is not None:
        raise UsageError("--html has no page for --hierarchy", remedy="give --residuals FILE.csv or --json")
    good = (
        check_command.run(paths, html, as_json, lang=lang)
        if hierarchy is None
        else hierarchy_command.run(paths, hierarchy, residuals, as_json)
    )
    if not good:
        raise typer.Exit(1)


@app.command()
def schema(
    table: Annotated[
        str | None, typer.Argument(help="A table, list of codes, column or code, or its Chinese name; all if left out.")
    ] = None,
    fmt: Annotated[SchemaFormat, typer.Option("--format", help="How to print; csv is for --codebook.")] = SchemaFormat.text,
    codebook: Annotated[bool, typer.Option("--codebook", help="Print what codes mean, with examples and families.")] = False,
) -> None:
    """Print every table, column, unit and code with its Chinese name."""
    if codebook:
        if table is not None:
            raise UsageError("--codebook prints all codes", remedy=f"leave out {table!r} or --codebook")
        from gongkai.codebook_text import codebook_text

        sys.stdout.write(codebook_text(fmt.value))
        return
    if fmt is SchemaFormat.csv:
        raise UsageError("the schema is no single table", remedy="use --format json, or --codebook --format csv")
    from gongkai.schema_text import Format, schema_text

    sys.stdout.write(schema_text(table, cast("Format", fmt.value)))


@app.command()
def evaluate(
    gold: Annotated[Path | None, typer.Option(help="Folder of truth files.")] = None,
    paths: Annotated[list[str] | None, typer.Argument(help="Reports to read and score.", metavar="PATH")] = None,
    store: Annotated[Path | None, typer.Option(help="Score the results of this folder instead.")] = None,
    data: Annotated[Path | None, typer.Option(help="Coded passages (JSON lines) as truth, of any codebook.")] = None,
    coded: Annotated[Path | None, typer.Option(help="With --store: a coded draw of it, or `browser`: coded there.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Codebook (TOML) of --data or --coded.")] = None,
    engine: EngineName = "linear",
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="Two classifiers, compared on the same passages.", metavar="A B")
    ] = None,
    risk: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Propose a --min-confidence that keeps errors at this share.")
    ] = None,
    errors: Annotated[bool, typer.Option("--errors", help="List every single error.")] = False,
    errors_to: Annotated[Path | None, typer.Option(help="Write label errors as CSV and HTML into this folder.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw calibration and coverage (.svg, .png; extra `plots`).")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the scores to this file too.")] = None,
) -> None:
    """Compare results with truth: cells, passages, labels, facets, metrics, join, checks; or one classifier with another."""
    from gongkai.commands.evaluate import Wanted, run

    wanted = Wanted(json_file, errors, errors_to, plot, risk)
    with printed_last():
        lacking = run(
            paths or [], gold, store=store, engine=engine, data=data, labels=labels, coded=coded, pair=compare, wanted=wanted
        )
    if lacking:
        raise typer.Exit(1)


@app.command()
def train(
    out: Annotated[Path, typer.Option(help="Folder for the model.")],
    data: Annotated[Path | None, typer.Option(help="Coded passages, JSON lines; or STORE: coded in its explorer.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Your codebook (TOML); gongkai's own if left out.")] = None,
    with_shipped: Annotated[bool, typer.Option("--with-shipped", help="Train on gongkai's own passages, too.")] = False,
    engine: Annotated[str, typer.Option(help="linear, spacy, hybrid, transformer or cascade.")] = "linear",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of splits and training.")] = SEED,
    folds: Annotated[
        int | None, typer.Option(help="Parts left out to measure on; 1: one fifth, once; 0: none. Default 5, heavy engines 1.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the engine; may be repeated.", metavar="KEY=VALUE")
    ] = None,
    on: Annotated[Path | None, typer.Option(help="Adapt to these results, which nobody coded.", metavar="STORE")] = None,
    functions: Annotated[
        Path | None, typer.Option(help="With --on: labelling functions (TOML); gongkai's own if left out.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="With --on: the model that has a say, or none.", metavar="NAME|DIR")] = None,
    method: Annotated[str, typer.Option(help="With --on: dawid-skene or agreement.")] = "dawid-skene",
    sure: Annotated[float, typer.Option(min=0.0, max=1.0, help="With --on: least probability of a label to train on.")] = 0.95,
    most: Annotated[int, typer.Option(min=1, help="With --on: at most so many passages.")] = 3000,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a model that the folder holds.")] = False,
) -> None:
    """Train a classifier on coded passages, and say what it is worth on reports it has not seen."""
    from gongkai.commands.train import Adaptation, TrainOptions, run

    options = TrainOptions(out, engine, seed, folds, tuple(settings or ()), overwrite)
    adaptation = None if on is None else Adaptation(on, functions, base, method, sure, most)
    run(data, labels, options, with_shipped=with_shipped, adaptation=adaptation)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    out: Annotated[Path, typer.Option(help="CSV to be coded.")],
    n: Annotated[int, typer.Option("--n", min=1, help="How many passages (with --by reports or active: reports).")] = 200,
    by: Annotated[
        str,
        typer.Option(
            help="simple, stratified, uncertainty (to train on only); reports or active: section 五 of whole reports."
        ),
    ] = "simple",
    stratum: Annotated[str, typer.Option(help="Columns that make the strata, e.g. year,level,label.")] = "",
    allocate: Annotated[str, typer.Option(help="Share of each stratum: proportional or equal.")] = "proportional",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same results, same seed, same draw.")] = SEED,
    suggest: Annotated[bool, typer.Option("--suggest", help="Show the model's codes; they pull coders towards them.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Draw passages, or section 五 of reports, for people to code, with their probability of being drawn."""
    from gongkai.commands.sample import run
    from gongkai.compare.keys import keys_of, split_names

    strata = keys_of(split_names(stratum))
    run(folder, out, n=n, by=by, strata=strata, allocate=allocate, seed=seed, suggest=suggest, overwrite=overwrite)


annotate = typer.Typer(
    cls=WholeHelp, help="Passages to and from Label Studio, doccano and tables.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(annotate, name="annotate")


@annotate.command("export")
def annotate_export(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    to: Annotated[str, typer.Option(help="labelstudio, doccano or csv.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    sample_file: Annotated[Path | None, typer.Option("--sample", help="Only the passages of this draw.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Your codebook (TOML); gongkai's own if left out.")] = None,
    suggest: Annotated[bool, typer.Option("--suggest/--no-suggest", help="Fill in what the model says.")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Write passages for a tool, and the settings that the tool needs."""
    from gongkai.commands.annotate import run_export

    run_export(folder, to, out, sample=sample_file, labels=labels, suggest=suggest, overwrite=overwrite)


@annotate.command("import")
def annotate_import(
    files: Annotated[list[Path], typer.Argument(help="What the tool exported.", metavar="FILE")],
    source: Annotated[str, typer.Option("--from", help="labelstudio, doccano or csv.")],
    out: Annotated[Path, typer.Option(help="Training data to write, JSON lines.")],
    labels: Annotated[Path | None, typer.Option(help="Your codebook (TOML); gongkai's own if left out.")] = None,
    coder: Annotated[str | None, typer.Option(help="Take this person's codes alone.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Turn what people coded into training data, and say how far they agreed."""
    from gongkai.commands.annotate import run_import

    run_import(files, source, out, labels=labels, coder=coder, overwrite=overwrite)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    to: Annotated[str, typer.Option(help="csv, xlsx, dta, jsonl, parquet or spacy.")],
    out: Annotated[Path, typer.Option(help="Folder for the export.")],
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table", "--only", help="Table, `wide` or `all`; repeat for several. Default: all; in xlsx and dta `wide`."
        ),
    ] = None,
    corrections: Annotated[Path | None, typer.Option(help="CSV of corrections; default is STORE/corrections.csv.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write into a folder that holds files.")] = False,
) -> None:
    """Write a folder of results in another format: tables, and one row per agency and year (`wide`)."""
    from gongkai.commands.export import run_export

    run_export(folder, to, out, only=table or [], corrections=corrections, overwrite=overwrite)


@app.command()
def corrections(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    file: Annotated[
        Path | None, typer.Option("--corrections", help="CSV of corrections; default is STORE/corrections.csv.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="Write what looks doubtful to this CSV, to be corrected there.")] = None,
    report: Annotated[str | None, typer.Option(help="With --template: all of this report (report_id or source).")] = None,
) -> None:
    """Say what becomes of each correction by people; with --template write a table to correct in."""
    from gongkai.commands.export import run_corrections

    if run_corrections(folder, file, template, report):
        raise typer.Exit(1)


@app.command()
def compare(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    reports: Annotated[
        list[str] | None,
        typer.Argument(help="Two reports to put side by side: report_id, source, AGENCY/YEAR, or two agencies.", metavar="A B"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and report.html.")] = None,
    html: Annotated[Path | None, typer.Option(help="With two reports: write their page to this file.")] = None,
    by: Annotated[
        str,
        typer.Option(
            help="Grouping keys: year 年度, level 层级, kind 机关类型, province 省, prefecture 市, county 县, agency 机关, form 表格式样."
        ),
    ] = "year",
    weights: Annotated[str | None, typer.Option(help="Column with the weight of each report.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Column whose reports are drawn together; default is the agency.")] = None,
    reference: Annotated[str | None, typer.Option(help="Group that the others are compared with: values of --by.")] = None,
    coded: Annotated[Path | None, typer.Option(help="Coded sheet to correct shares with; `browser`: coded there.")] = None,
    draw: Annotated[int | None, typer.Option(min=2, help="Draw so many reports to code instead, and write the sheet.")] = None,
    stratified: Annotated[bool, typer.Option("--stratified", help="Draw as many from each group.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random numbers.")] = SEED,
    identity: Annotated[
        str, typer.Option(help="What makes an agency of two years the same: entity, lineage or function.")
    ] = "entity",
    lineage: Annotated[Path | None, typer.Option(help="CSV of further reforms: date, from, to, change, source.")] = None,
    similarity: Annotated[float, typer.Option(min=0.1, max=1.0, help="Least similarity of copied passages.")] = 0.8,
    across_forms: Annotated[
        bool, typer.Option("--across-forms", help="Keep trends of text across the form change of 2021, marked.")
    ] = False,
    to: Annotated[str, typer.Option(help="Format of the tables: csv, parquet, or xlsx (one workbook).")] = "csv",
    doubtful: Annotated[
        bool, typer.Option("--doubtful", help="Keep texts that may be no report; else they are counted.")
    ] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            help="Language of the page and its figures: zh, en, or both; default is the system's.", metavar="zh|en|both"
        ),
    ] = None,
) -> None:
    """Compare groups of reports, as tables and a page; or put two reports side by side."""
    from gongkai.commands.compare import folder_of_groups, run, run_pair

    if reports:
        run_pair(folder, reports, out, html, lang, of_groups=given_options(context, but=("out", "html", "lang")))
        return
    run(
        folder, folder_of_groups(out, html), by, weights=weights, cluster=cluster, reference=reference, coded=coded, draw=draw, stratified=stratified,
        seed=seed, identity=identity, lineage=lineage, similarity=similarity, across_forms=across_forms, to=to,
        doubtful=doubtful, lang=lang,
    )  # fmt: skip


@app.command()
def bundle(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    out: Annotated[Path, typer.Option(help="New folder, or a .zip file.")],
    queries: Annotated[Path | None, typer.Option(help="A .sql file or a folder of them; kept with their answers.")] = None,
    redact: Annotated[str | None, typer.Option(help="`contacts` masks names, numbers and addresses; it says which.")] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Let the queries read and write other files: for SQL of your own.")
    ] = False,
) -> None:
    """Freeze results, versions, checksums, queries and a methods paragraph for replication."""
    from gongkai.commands.bundle import run_bundle

    run_bundle(folder, out, queries, redact, unsafe)


@app.command()
def coverage(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    frame: Annotated[Path, typer.Option(help="CSV of the reports that should exist: year, and agency, agency_id or path.")],
    out: Annotated[Path | None, typer.Option(help="Write every expected report with what became of it to this CSV.")] = None,
) -> None:
    """Compare a corpus with what it should hold: found, late, duplicate, unreadable, missing."""
    from gongkai.commands.bundle import run_coverage

    run_coverage(folder, frame, out)


@app.command()
def kwic(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    pattern: Annotated[str, typer.Argument(help="Words to find in the passages.", metavar="WORDS")],
    width: Annotated[int, typer.Option(min=0, help="Characters on each side.")] = 20,
    label: Annotated[list[str] | None, typer.Option(help="Only passages of this label; may be given several times.")] = None,
    regex: Annotated[bool, typer.Option("--regex", help="WORDS is a regular expression.")] = False,
    fmt: Annotated[TableFormat, typer.Option("--format", help="How to print the rows.")] = TableFormat.table,
) -> None:
    """Print keywords in context."""
    from gongkai.commands.kwic import run

    run(folder, pattern, width, label or [], regex, fmt.value)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="STORE")],
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than this machine's own is opened with a token only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    browse: Annotated[bool, typer.Option("--browse", help="Open the address in the browser.")] = False,
    coded: Annotated[
        Path | None, typer.Option(help="Coded sheet of `gongkai sample --by reports`; default is STORE/coded.csv.")
    ] = None,
    files: Annotated[list[Path] | None, typer.Option(help="Folder of the files that were read, to show their pages.")] = None,
) -> None:
    """Read, search and compare the results in the browser."""
    from gongkai.commands.serve import run

    run(folder, host, port, browse=browse, coded=coded, files=files or [])


@app.command()
def read(
    file: Annotated[Path, typer.Argument(help="A report.")],
    reader: Annotated[str | None, typer.Option(help="Reader to use whatever the suffix.")] = None,
) -> None:
    """Print the canonical text with its blocks, to see what a layout was read as."""
    from gongkai.commands.read import print_document

    print_document(file, reader)


def main() -> None:
    """Run the command line; every error that a user can cause is one line on standard error."""
    prepare_streams()
    guarded(_app_alone)


def _app_alone() -> None:
    check_not_empty(sys.argv[1:])
    with rare_collection():
        app()


if __name__ == "__main__":
    main()
