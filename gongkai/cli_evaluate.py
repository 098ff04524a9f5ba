"""``gongkai evaluate``: results against truth files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import GongkaiError, UsageError
from extract.batch import find_sources, read_source
from extract.pipeline import analyze_bytes
from extract.types import Report
from gongkai.api import engine as engine_by_name
from gongkai.store_access import load
from models.base import Classifier
from training.evaluate import evaluate, format_evaluation, to_dict


def run(
    paths: Sequence[str], gold: Path, *, store: Path | None, json_file: Path | None, errors: bool = False, engine: str = "linear"
) -> bool:
    """Score reports, print the scores, and tell whether a report of the truth has no result.

    Raises:
        UsageError: neither or both of ``paths`` and ``store`` are given.
        DataError: broken truth.
    """
    if bool(paths) == (store is not None):
        raise UsageError("give either reports or --store", remedy="gongkai evaluate --gold DIR PATH..., or --gold DIR --store DIR")
    reports = _stored(store) if store is not None else _analysed(paths, engine_by_name(engine))
    found = evaluate(reports, gold)
    sys.stdout.write(format_evaluation(found, errors=errors))
    if json_file is not None:
        json_file.write_text(json.dumps(to_dict(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return bool(found.missing)


def _stored(folder: Path) -> list[Report]:
    store = load(folder)
    return store.reports(store.table("reports")["report_id"].to_pylist())


def _analysed(paths: Sequence[str], classifier: Classifier) -> Iterator[Report]:
    for source in find_sources(paths):
        try:
            yield analyze_bytes(read_source(source), source.name, classifier=classifier)
        except GongkaiError as error:
            # the report counts as missing; the others are still scored
            print(f"gongkai: {error}", file=sys.stderr)
