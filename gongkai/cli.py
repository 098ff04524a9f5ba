"""The command ``gongkai``: each command parses its arguments, calls one function and prints the result.

Exit codes: 0; 1 if a file failed; 2 for arguments that cannot be used (a folder of results that would be overwritten or is
none counts as such).
"""

from __future__ import annotations

import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import gongkai
from corpus.errors import GongkaiError, StoreError, UsageError

app = typer.Typer(
    name="gongkai",
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


class Engine(StrEnum):
    """Classifiers that come with gongkai."""

    linear = "linear"
    keywords = "keywords"


Confidence = Annotated[
    float | None, typer.Option(min=0.0, max=1.0, help="Mark passages as abstained whose label is less probable (0…1).")
]


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
def tag(
    paths: Annotated[list[str], typer.Argument(help="Files, folders (searched recursively) and globs.", metavar="PATH...")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    html: Annotated[bool, typer.Option("--html", help="Write report.html too, one self-contained page.")] = False,
    metadata: Annotated[Path | None, typer.Option(help="CSV with a column `path`; its values win over the text's.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that the folder holds.")] = False,
    engine: Annotated[Engine, typer.Option(help="Classifier.")] = Engine.linear,
    min_confidence: Confidence = None,
) -> None:
    """Read reports and write a folder of results."""
    from gongkai.cli_tag import run

    failed = run(
        paths, out, html=html, metadata=metadata, overwrite=overwrite, engine=engine.value, min_confidence=min_confidence
    )
    if failed:
        raise typer.Exit(1)


@app.command()
def show(
    report: Annotated[str, typer.Argument(help="A report, or a folder of results.", metavar="REPORT|STORE")],
    report_id: Annotated[str | None, typer.Argument(help="With a folder of results: report_id or source.")] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Show rows of zeros and checks that hold, too.")] = False,
    engine: Annotated[Engine, typer.Option(help="Classifier, for a file.")] = Engine.linear,
    min_confidence: Confidence = None,
) -> None:
    """Print one report: identity, labelled passages, metrics, tables, join, checks, issues."""
    from gongkai.api import analyze
    from gongkai.show import print_report
    from gongkai.store_access import load

    path = Path(report)
    if report_id is not None:
        print_report(load(path).report(report_id), all_rows=all_rows)
        return
    if path.is_dir():
        rows = load(path).table("reports").select(["report_id", "source"]).to_pylist()
        if len(rows) != 1:
            few = ", ".join(f"{r['report_id']} ({r['source']})" for r in rows[:5])
            raise UsageError(f"holds {len(rows)} reports", source=report, remedy=f"name one: gongkai show {report} REPORT_ID: {few}")
        print_report(load(path).report(rows[0]["report_id"]), all_rows=all_rows)
        return
    found = analyze(path, classifier=engine.value, min_confidence=min_confidence)
    print_report(found, all_rows=all_rows)
    if any(i.code == "not_a_report" for i in found.issues):
        raise typer.Exit(1)


@app.command()
def query(
    folder: Annotated[Path, typer.Argument(help="Folder of results.", metavar="DIR")],
    sql: Annotated[str, typer.Argument(help="DuckDB SQL over the tables of `gongkai schema`.", metavar="SQL")],
    fmt: Annotated[TableFormat, typer.Option("--format", help="How to print the rows.")] = TableFormat.table,
) -> None:
    """Ask a folder of results with SQL."""
    from gongkai.cli_query import format_rows, print_rows
    from gongkai.store_access import load

    table = load(folder).sql(sql)
    if fmt is TableFormat.table:
        print_rows(table)
    else:
        sys.stdout.write(format_rows(table, fmt.value))


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(help="A table or list of codes; all if left out.")] = None,
    fmt: Annotated[SchemaFormat, typer.Option("--format", help="How to print.")] = SchemaFormat.text,
) -> None:
    """Print every table, column, unit and code with its Chinese name."""
    from gongkai.schema_text import schema_text

    sys.stdout.write(schema_text(table, fmt.value))


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Option(help="Folder of truth files.")],
    paths: Annotated[list[str] | None, typer.Argument(help="Reports to read and score.", metavar="[PATH...]")] = None,
    store: Annotated[Path | None, typer.Option(help="Score the results of this folder instead.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the scores to this file too.")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="List every single error.")] = False,
    engine: Annotated[Engine, typer.Option(help="Classifier, for reports that are read.")] = Engine.linear,
) -> None:
    """Compare results with truth: cells, passages, labels, metrics, join and checks."""
    from gongkai.cli_evaluate import run

    if run(paths or [], gold, store=store, json_file=json_file, errors=errors, engine=engine.value):
        raise typer.Exit(1)


@app.command()
def read(
    file: Annotated[Path, typer.Argument(help="A report.")],
    reader: Annotated[str | None, typer.Option(help="Reader to use whatever the suffix.")] = None,
) -> None:
    """Print the canonical text with its blocks, to see what a layout was read as."""
    from gongkai.cli_read import print_document

    print_document(file, reader)


def _utf8(stream: Any) -> None:
    # the code page of a Windows console or pipe (cp1252, cp936) has no room for all of this; errors=replace, because a
    # report may hold a lone surrogate
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")


def one_line(error: GongkaiError) -> str:
    """File and place, what is wrong, and the remedy."""
    where = f"{error.source}: " if error.source else ""
    remedy = f". Remedy: {error.remedy.rstrip('.')}" if error.remedy else ""
    return " ".join(f"{where}{error.message.rstrip('. ')}{remedy}".split())


def main() -> None:
    """Run the command line; every error of gongkai is one line on standard error."""
    _utf8(sys.stdout)
    _utf8(sys.stderr)
    try:
        app()
    except GongkaiError as error:
        from gongkai.view import clean

        print(f"gongkai: {clean(one_line(error))}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError | StoreError) else 1)
    except KeyboardInterrupt:
        print("gongkai: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
