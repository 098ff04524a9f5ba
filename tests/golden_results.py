"""Golden results of the bundled samples: ``python -m tests.golden_results`` rewrites them after a deliberate change.

A golden file holds what must not change unnoticed: identity, sections, cells that are not zero, metrics, join, checks that do
not hold, issues.  Labels are left out: they change with every training.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from extract.pipeline import analyze
from extract.types import Report
from models.keywords import KeywordClassifier
from training.samples import build

GOLDEN = Path(__file__).resolve().parent / "golden"
LAYOUT = "tab-rows"


def summary(report: Report) -> dict[str, Any]:
    """The part of a report that is compared."""
    i = report.identity
    return {
        "identity": [i.title, i.agency, i.year, i.period_start, i.period_end, i.form, i.coverage],
        "sections": [s.code for s in report.sections],
        "passages": len(report.passages),
        "cells": {c.code: [c.raw, c.state] for c in report.cells if c.raw != "0"},
        "n_cells": len(report.cells),
        "mentions": [
            [m.text, float(m.value), m.unit, m.qualifier, m.scope, m.by, m.period, m.indicator] for m in report.mentions
        ],
        "joins": [[j.indicator, j.verdict, j.expression, j.explained_by] for j in report.joins],
        "checks": [[c.check, c.expression, c.verdict] for c in report.checks if c.verdict != "holds"],
        "issues": [i.code for i in report.issues],
    }


def results(folder: Path) -> dict[str, dict[str, Any]]:
    """Summaries of all samples by id; the texts are written to ``folder``."""
    engine = KeywordClassifier()
    return {path.stem: summary(analyze(path, classifier=engine)) for path in build(folder, [LAYOUT])}


def main() -> None:
    """Rewrite ``tests/golden``."""
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in results(Path(folder)).items():
            text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
            (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{len(list(GOLDEN.glob('*.json')))} files in {GOLDEN}")


if __name__ == "__main__":
    main()
