"""``analyze`` one report, ``tag`` many into a folder of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import gongkai
from corpus.errors import UsageError
from corpus.store import StoreWriter
from extract import pipeline
from extract.batch import Outcome, Source, Summary, find_sources, load_metadata, tag_sources
from extract.types import Report
from models.base import Classifier
from models.registry import classifier as classifier_by_name
from models.registry import default_classifier

REPORT_HTML = "report.html"
Metadata = Mapping[str, Mapping[str, str]]


class Progress(Protocol):
    """Told of every file: how many are done, of how many, and what became of this one."""

    def __call__(self, done: int, total: int, outcome: Outcome) -> None: ...


def engine(classifier: Classifier | str | None = None, min_confidence: float | None = None) -> Classifier:
    """The classifier asked for: by name, ready-made, or the shipped linear model.

    Raises:
        UsageError: unknown name, a confidence outside 0…1, or one given beside a ready-made classifier.
    """
    if classifier is None and min_confidence is None:
        return default_classifier()
    if classifier is None:
        return classifier_by_name(min_confidence=min_confidence)
    if isinstance(classifier, str):
        return classifier_by_name(classifier, min_confidence=min_confidence)
    if min_confidence is not None:
        raise UsageError("min_confidence was given beside a ready-made classifier", remedy="set it when you make the classifier")
    return classifier


def analyze(
    path: str | Path,
    *,
    classifier: Classifier | str | None = None,
    min_confidence: float | None = None,
    reader: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Report:
    """Read one report: identity, cells, labelled passages, mentions, join and checks.

    Args:
        path: the file; its suffix chooses the reader unless ``reader`` names one.
        classifier: labels the passages: ``"linear"`` (shipped, default), ``"keywords"``, or an object of your own.
        min_confidence: passages whose label is less probable (0…1) are marked ``abstained``; their label stays.
        metadata: values that win over the text's (``agency``, ``year``, ``url``, ``retrieved``, ``published``).

    Returns:
        Everything that was found; all ``start``/``end`` are offsets in ``report.text``.

    Raises:
        GongkaiError: the file cannot be read (missing, empty, binary, unknown format).  A readable file that holds no
            disclosure report gives an empty result with the issue ``not_a_report``.
    """
    return pipeline.analyze(path, classifier=engine(classifier, min_confidence), reader=reader, metadata=metadata)


def tag(
    paths: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    overwrite: bool = False,
    classifier: Classifier | str | None = None,
    min_confidence: float | None = None,
    metadata: str | Path | Metadata | None = None,
    html: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Read many reports and write a folder of results (``gongkai schema`` describes its tables).

    Args:
        paths: files, folders (searched recursively) and globs.
        out: folder to write; new or empty, or one with results if ``overwrite`` is set.
        classifier: as for :func:`analyze`.
        min_confidence: as for :func:`analyze`.
        metadata: a CSV file with a column ``path``, or its rows by path; given values win over the text's.
        html: write ``report.html`` too, one self-contained page.
        progress: called after every file.

    Returns:
        Counts of the run.  A file that cannot be read is counted as ``failed`` and listed; it never stops the run.

    Raises:
        UsageError: nothing to read, metadata that cannot be used, an unknown classifier.
        StoreError: ``out`` holds results (without ``overwrite``) or foreign files.
    """
    folder = Path(out)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    sources = outside(find_sources(given), folder)
    if not sources:
        raise UsageError("no file to read", source=", ".join(map(str, given)), remedy="name files or a folder that holds some")
    rows = load_metadata(Path(metadata)) if isinstance(metadata, str | Path) else metadata
    model = engine(classifier, min_confidence)
    writer = StoreWriter(folder, {"gongkai_version": gongkai.__version__, "model_id": model.model_id}, overwrite=overwrite)
    page = folder / REPORT_HTML
    page.unlink(missing_ok=True)  # of an earlier run: it would tell of other results
    summary = tag_sources(sources, writer, classifier=model, metadata=rows, on_outcome=_counter(progress, len(sources)))
    if html:
        from gongkai.html import render_store
        from gongkai.store_access import load

        page.write_text(render_store(load(folder)), encoding="utf-8", newline="\n")
    return summary


def outside(sources: Sequence[Source], folder: Path) -> list[Source]:
    """Sources that do not stand in ``folder``: ``gongkai tag . --out results`` must not read its own results."""
    if not folder.is_dir():
        return list(sources)
    root = folder.resolve()
    return [s for s in sources if s.named or not s.path.resolve().is_relative_to(root)]


def unmatched(metadata: Metadata, paths: Sequence[str | Path]) -> list[str]:
    """Paths of ``metadata`` rows that belong to none of the files, in order: probably misspelt."""
    known = {name for s in find_sources(paths) for name in (s.name, s.path.name)}
    return [path for path in metadata if path not in known]


def _counter(progress: Progress | None, total: int) -> Callable[[Outcome], None] | None:
    if progress is None:
        return None
    done = 0

    def count(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        progress(done, total, outcome)

    return count
