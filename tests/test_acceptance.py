"""Figures that must hold on the real reports beside the checkout, and on the bundled samples in every layout."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from extract.checking.check import check_one
from extract.pipeline import analyze
from extract.types import Report
from tests.support.plant_trial import trial
from training.measure.evaluate import Evaluation, evaluate
from training.samples import build
from training.samples.layouts import LAYOUTS


@cache
def _real(shared: Path) -> tuple[list[Report], Evaluation]:
    reports = [analyze(p) for p in sorted((shared / "reports").glob("*.txt"))]
    return reports, evaluate(reports, shared / "gold2")


@pytest.mark.acceptance
def test_real_reports(shared: Path) -> None:
    reports, evaluation = _real(shared)
    assert len(reports) == 5
    total = evaluation.total
    assert (total.cells.wrong, total.cells.missing, total.cells.extra) == (0, 0, 0)
    assert total.states.accuracy == 1
    assert total.boundaries.f1 >= 0.95
    assert total.mentions.f1 >= 0.95
    assert total.indicators.accuracy >= 0.90
    assert (total.joins.wrong, total.joins.missing, total.joins.extra) == (0, 0, 0)
    assert (total.table_checks.wrong, total.table_checks.missing, total.table_checks.extra) == (0, 0, 0)
    assert (total.prose_checks.wrong, total.prose_checks.missing, total.prose_checks.extra) == (0, 0, 0)


#: what `check` names in the real reports as published; each was read by eye and is true (docs/checking.md)
_FOUND = {
    "002_be932dc10881290c.txt": {"other_row": 1, "other_counting": 2},
    "003_06b7d66bc02cc0a1.txt": {"table_sum": 2, "zero_total": 3, "blank_cell": 1, "cell_unreadable": 1},
    "004_1e306fdba493dabd.txt": {"rate": 1, "heading_missing": 1, "table_missing": 1, "rows_missing": 1},
    "hongze2024.pdf": {"form_row": 1},
    "kewei2024.md": {"prose_sum": 1, "heading_missing": 1, "heading_number": 1, "blank_cell": 1},
    "shanghai2019.html": {"prose_table": 1, "blank_cell": 2, "other_counting": 1},
    "suqian2024.html": {"doubled_word": 1},
}


@pytest.mark.acceptance
def test_check_of_real_reports_names_what_is_there_and_nothing_else(shared: Path) -> None:
    found = {}
    for report in _all_real(shared):
        kinds = Counter(f.kind for f in check_one(report).findings)
        if kinds:
            found[Path(report.source).name] = dict(kinds)
    assert found == _FOUND


@pytest.mark.acceptance
def test_check_finds_errors_planted_in_real_reports(shared: Path) -> None:
    results = trial(_all_real(shared))
    assert sum(count > 0 for _, count, _ in results.values()) >= 12
    good, planted = (sum(r[n] for r in results.values()) for n in (0, 1))
    assert planted >= 200
    assert good >= 0.95 * planted, {name: missed for name, (_, _, missed) in results.items() if missed}


@cache
def _all_real(shared: Path) -> list[Report]:
    files = [*sorted((shared / "reports").glob("*.txt")), *sorted((shared / "real" / "reports").iterdir())]
    return [analyze(p) for p in files]


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    build(folder)
    return folder


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_bundled_samples(samples: Path, layout: str) -> None:
    reports = [analyze(p) for p in sorted((samples / layout).iterdir())]
    total = evaluate(reports, samples / "gold").total
    assert (total.cells.wrong, total.cells.extra) == (0, 0)
    if layout != "lines":  # one cell a line cannot show every blank cell: what is uncertain is left out, never guessed
        assert total.cells.missing == 0
    assert total.boundaries.f1 >= 0.98
    assert total.mentions.f1 >= 0.95
    assert total.indicators.accuracy >= 0.90
    for report in reports:
        assert_offsets(report)


def assert_offsets(report: Report) -> None:
    """Every offset reproduces its text."""
    text = report.text
    assert all(text[p.start : p.end] == p.text for p in report.passages)
    assert all(text[m.start : m.end] == m.text for m in report.mentions)
    assert all(text[c.start : c.end] == c.raw for c in report.cells)
    assert all(text[s.start : s.end].strip() == s.heading for s in report.sections)
    keys = [m.key for m in report.mentions]
    assert len(set(keys)) == len(keys)
    assert all(m.whole is None or m.whole in keys for m in report.mentions)
    inside = {p.index: (p.start, p.end) for p in report.passages}
    assert all(inside[m.passage][0] <= m.start < m.end <= inside[m.passage][1] for m in report.mentions)
