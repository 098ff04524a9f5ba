"""``gongkai check``: what a careful clerk looks for before a report is published, and an overseer after."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from corpus.errors import GongkaiError, UsageError
from corpus.files import workspace, write_text
from corpus.store.manifest import is_store
from corpus.types import CanonicalText
from extract.checking.check import CheckedReport, check_all
from extract.runs.sources import find_sources, read_source
from extract.types import Report
from gongkai.commands.opening import open_store
from gongkai.pages.check_page import print_checked, render_checked
from gongkai.pages.check_words import as_json
from gongkai.pages.console import standard_output
from gongkai.pages.language import language
from gongkai.pages.words import clean
from gongkai.store_access import Store

#: reports of a store that are in memory at a time
_BATCH = 200


def run(
    paths: Sequence[str],
    html: Path | None = None,
    to_json: bool = False,
    console: Console | None = None,
    *,
    lang: str | None = None,
) -> bool:
    """Check files, or the reports of a store, and print what was found; tells whether nothing is to be mended.

    Reports of one agency and successive years are checked beside each other.

    Raises:
        UsageError: a store among other paths, or nothing to read.
        StoreError: a store that cannot be read.
    """
    if html is not None:
        lang = language(lang)
        if html.is_dir():
            raise UsageError("is a folder, not a file", source=str(html), remedy="name a file in it")
        with workspace(html):
            pass  # better said before the work than after
    stores = [p for p in paths if is_store(Path(p))]
    if stores and len(paths) > 1:
        raise UsageError(f"{stores[0]} is a folder of results", remedy="check one folder of results, or files")
    failures: list[str] = []
    reports = _of_store(open_store(stores[0])) if stores else _of_files(paths, failures)
    checked = [_told(one) for one in check_all(reports)]
    if not checked and not failures:
        # silence and exit code 0 would say that all is well
        raise UsageError("no report to check", source=", ".join(paths), remedy="name reports, or a folder that holds some")
    if html is not None:  # before printing: whoever reads the first lines only (`| head`) gets the page, too
        write_text(html, render_checked(checked, lang))
    if to_json:
        sys.stdout.write(json.dumps(as_json(checked), ensure_ascii=False, indent=1) + "\n")
    else:
        print_checked(checked, console)
        if html is not None:
            (console or standard_output()).print(f"page      {html}", markup=False, soft_wrap=True)
    for line in failures:
        print(f"gongkai: {clean(line)}", file=sys.stderr)
    return not failures and not any(c.fails for c in checked)


def _told(one: CheckedReport) -> CheckedReport:
    """What is printed of a checked report: of ten thousand the texts and cells would not fit into memory."""
    return replace(one, report=_bare(one.report), before=None if one.before is None else _bare(one.before))


def _bare(report: Report) -> Report:
    places = CanonicalText("", (), report.canonical.source_map)
    return replace(report, canonical=places, sections=(), passages=(), predictions=(), cells=(), mentions=(), dropped=())


def _of_files(paths: Sequence[str], failures: list[str]) -> Iterator[tuple[str, Report]]:
    """Reports of files by agency and year; a file that holds none is told of in ``failures``."""
    from extract.pipeline import analyze_bytes

    found: list[tuple[str, Report]] = []
    for source in find_sources(paths):
        if source.skipped:
            continue
        try:
            report = analyze_bytes(read_source(source), source.name)
        except GongkaiError as error:
            failures.append(str(error))
            continue
        nothing = next((i.message for i in report.issues if i.code == "not_a_report"), None)
        if nothing is not None:
            failures.append(nothing)
            continue
        agency = report.agency
        known = agency.agency_id if agency is not None and agency.certainty == "certain" else ""
        found.append((known or report.identity.agency, report))
    return iter(sorted(found, key=lambda f: (f[0], f[1].identity.year or 0, f[1].source)))


def _of_store(store: Store) -> Iterator[tuple[str, Report]]:
    """Reports of a store by agency and year, a few in memory at a time; texts that may be no report are left out."""
    columns = ["report_id", "agency_id", "agency", "year", "source", "kind_of_text"]
    rows = [r for r in store.rows("reports", (), columns) if r["kind_of_text"] == "report"]
    rows.sort(key=lambda r: (r["agency_id"] or r["agency"] or "", r["year"] or 0, r["source"]))
    for n in range(0, len(rows), _BATCH):
        some = rows[n : n + _BATCH]
        reports = store.reports([r["report_id"] for r in some])
        yield from zip((r["agency_id"] or r["agency"] or "" for r in some), reports, strict=True)


__all__ = ["run"]
