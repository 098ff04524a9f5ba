"""``tag`` many reports into a folder of results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, Unpack

import gongkai
from corpus.errors import UsageError
from corpus.files import write_text
from corpus.readers.registry import registered_while_running
from corpus.store.manifest import is_store
from extract import pipeline
from extract.runs import run as batch
from extract.runs import sources
from extract.runs.metadata import columns_of
from extract.runs.options import Metadata, TagKeywords, TagOptions, options_from
from extract.runs.run import Job, OnPhase, Outcome, Runner, Spec, Summary
from gongkai.beside_store import REPORT_HTML, appeared, check_metadata, check_paths, write_not_read
from gongkai.one_file import analyze, engine, own_codes
from models.base import Classifier
from models.taxonomy import to_text


class Progress(Protocol):
    """Told of every file: how many are done, of how many, and what became of this one."""

    def __call__(self, done: int, total: int, outcome: Outcome) -> None: ...


def tag(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    classifier: Classifier | str | None = None,
    progress: Progress | None = None,
    phase: OnPhase | None = None,
    options: TagOptions | None = None,
    **given: Unpack[TagKeywords],
) -> Summary:
    """Read many reports and write a folder of results (``gongkai schema`` describes its tables).

    A folder that holds results of the same files, made alike, is resumed or updated: unchanged files are skipped, changed ones
    replace their rows.

    Args:
        paths: files, folders (searched recursively) and globs.
        out: folder to write; new or empty, or one with results.  A URL that fsspec opens (``s3://bucket/results``) is written to, too;
            copy the folder to a local one to read it.
        classifier: as for :func:`analyze`.  With an object of your own the work is done in this process, unsupervised.
        progress: called after every file.
        phase: told how far each phase of the run is.
        options: what else can be asked for, all at once.
        given: the fields of :class:`gongkai.TagOptions` one by one: ``html`` (write ``report.html`` too), ``lang`` (its language: ``zh``, ``en``, ``both``), ``metadata`` (a CSV file with a
            column ``path``, or its rows by path), ``overwrite``, ``min_confidence``, ``workers``, ``timeout`` (seconds a report),
            ``memory`` (megabytes a worker), ``prune``, ``retry``, ``cluster``.

    Returns:
        Counts of what ``out`` holds.  A file that cannot be read is counted as ``failed`` and listed; it never stops the run.

    Raises:
        UsageError: nothing to read, metadata that cannot be used, an unknown option or classifier, no Ray.
        StoreError: ``out`` holds results that were made otherwise (without ``overwrite``) or foreign files; the disk is full.
    """
    asked = _asked(options, given, classifier)
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    own = not (classifier is None or isinstance(classifier, str))
    model = engine(classifier if own else asked.engine, asked.min_confidence)
    count = asked.workers or batch.default_workers()
    runner = batch.inline(model) if own else _runner(asked, count)
    url = str(out) if "://" in str(out) else ""
    if url and asked.html:
        raise UsageError("the page cannot be written to a URL", source=url, remedy="copy the results to a local folder first")
    if asked.lang is not None:
        _check_language(asked)
    check_paths(files, None if url else Path(out))
    if not url:
        check_metadata(Path(out), asked)
        asked = replace(asked, retry=asked.retry or (not asked.overwrite and appeared(Path(out))))
    with TemporaryDirectory(prefix="gongkai-") if url else nullcontext(out) as where:
        folder = Path(where)
        codes = own_codes(model, asked.engine)
        job = Job(
            files, folder, model.model_id, gongkai.__version__, asked, url=url, codes="" if codes is None else to_text(codes)
        )
        # a worker takes seconds to start: a handful of files gets several only where they were asked for
        summary = batch.tag_corpus(job, runner, progress, phase, workers=1 if own else count, least=4 if asked.workers else 32)
        # a page of an earlier run would tell of other results
        if asked.html or ((summary.tagged or summary.pruned) and (folder / REPORT_HTML).exists()):
            from gongkai.pages.language import language, language_of
            from gongkai.pages.store_page import render_store
            from gongkai.store_access import load

            before = language_of(folder / REPORT_HTML) if (folder / REPORT_HTML).is_file() else None
            write_text(folder / REPORT_HTML, render_store(load(folder), lang=language(asked.lang or before)))
        if not url:
            write_not_read(folder)
    return summary


def _check_language(asked: TagOptions) -> None:
    from gongkai.pages.language import language

    language(asked.lang)
    if not asked.html:
        raise UsageError("--lang is the language of report.html", remedy="give --html, too")


def _asked(options: TagOptions | None, given: Mapping[str, object], classifier: Classifier | str | None) -> TagOptions:
    """The options of a run, with the rows of its metadata read and the folder of a model made absolute."""
    if options is not None and given:
        raise UsageError(f"options and {', '.join(sorted(given))} were both given", remedy="put all into options")
    asked = options or options_from(given)
    name = classifier if isinstance(classifier, str) else asked.engine
    return replace(asked, metadata=asked.rows(), engine=str(Path(name).absolute()) if Path(name).is_dir() else name)


def _runner(asked: TagOptions, workers: int) -> Callable[[Path], AbstractContextManager[Runner]]:
    spec = Spec(asked.engine, asked.min_confidence, readers=registered_while_running())
    if asked.cluster is None:
        return batch.pool(spec, workers, asked.limits)
    if asked.cluster != "ray":
        raise UsageError(f"unknown cluster {asked.cluster!r}", remedy="use ray, or leave it out to work on this machine")
    from extract.runs.ray_cluster import ray_runner

    return ray_runner(spec, workers, asked.limits)


def dropped_columns(metadata: Metadata, out: str | Path) -> list[str]:
    """Columns of metadata that the results in ``out`` were given and that ``metadata`` lack: tagging anew would drop them."""
    if not metadata or not is_store(Path(out)):
        return []
    from gongkai.store_access import load

    before: set[str] = set()
    names = [n for n in pipeline.METADATA_FIELDS if n in ("url", "retrieved")]
    for row in load(out, corrections=False).table("reports").select([*names, "metadata"]).to_pylist():
        before.update(n for n in names if row[n])
        before.update(json.loads(row["metadata"] or "{}"))
    return sorted(before - columns_of(metadata))


def unmatched(metadata: Metadata, paths: Sequence[str | Path]) -> list[str]:
    """Paths of ``metadata`` rows that belong to none of the files, in order: probably misspelt."""
    return sources.unmatched(sources.find_sources(paths), metadata)


__all__ = ["Progress", "analyze", "dropped_columns", "engine", "own_codes", "tag", "unmatched"]
