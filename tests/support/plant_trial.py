"""How many planted errors `check` finds: ``python -m tests.support.plant_trial FILE...``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from corpus.types import Document
from extract import pipeline
from extract.checking.check import CheckedReport, check_one
from extract.checking.findings import CheckFinding
from extract.types import Report
from tests.support.planting import PLANTS, Planted


@contextmanager
def _given(document: Document) -> Iterator[None]:
    with patch.object(pipeline, "_read", lambda *_: (document, "")):
        yield


def checked(document: Document, name: str = "planted.txt") -> CheckedReport:
    """What is found in a document."""
    with _given(document):
        return check_one(pipeline.analyze_bytes(name.encode(), name))


def _key(found: CheckFinding) -> tuple[object, ...]:
    return found.kind, tuple(sorted(found.values.items())), tuple(q.before + q.text + q.after for q in found.quotes)


def told(after: CheckedReport, planted: Planted, before: CheckedReport) -> bool:
    """Whether a finding tells of the error: of its kind, at its place, and not there before."""
    known = {_key(f) for f in before.findings}
    new = [f for f in after.findings if f.kind in planted.kinds and _key(f) not in known]
    word = planted.word
    return any(not word or word in _said(f) or any(q.text and q.text in word for q in f.quotes) for f in new)


def _said(found: CheckFinding) -> str:
    return " ".join((*(q.text for q in found.quotes), *(q.cell for q in found.quotes), *found.values.values()))


def trial(reports: Sequence[Report], names: Sequence[str] = tuple(PLANTS)) -> dict[str, tuple[int, int, list[str]]]:
    """By planted error: how often it was found, how often it was planted, and the reports it was missed in."""
    results: dict[str, tuple[int, int, list[str]]] = {}
    for name in names:
        good, missed, count = 0, [], 0
        for report in reports:
            planted = PLANTS[name](report)
            if planted is None:
                continue
            count += 1
            if told(checked(planted.document, report.source), planted, check_one(report)):
                good += 1
            else:
                missed.append(report.source)
        results[name] = (good, count, missed)
    return results


if __name__ == "__main__":
    results = trial([pipeline.analyze(path) for path in sys.argv[1:]])
    for name, (good, count, missed) in results.items():
        print(f"{name:32} {good:3} of {count:3}  {' '.join(missed)}")
    found, planted = sum(r[0] for r in results.values()), sum(r[1] for r in results.values())
    print(f"{'all':32} {found:3} of {planted:3}  {found / max(planted, 1):.3f}")
