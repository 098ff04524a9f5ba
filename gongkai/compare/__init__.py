"""Comparing what agencies say of themselves: functions on a store, each returning a tidy ``pyarrow.Table``.

>>> import gongkai
>>> from gongkai import compare
>>> store = gongkai.load("results")                                  # doctest: +SKIP
>>> study = compare.study(store, by=("year", "level"))               # doctest: +SKIP
>>> points = compare.points(store)                                   # doctest: +SKIP
>>> compare.facet_shares(study, points).to_pandas()                  # doctest: +SKIP

Nothing heavy is imported before it is used.  ``docs/comparing.md`` says what each number assumes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gongkai.compare.answering import answered_by_group, answers
    from gongkai.compare.baseline import answers_baseline
    from gongkai.compare.changes import checks_across_years, growth, jumps
    from gongkai.compare.copying import copied, copied_by_report, copied_edges, copied_matrix, passages_of
    from gongkai.compare.corrected import corrected_regression, corrected_shares, draw_reports, read_coded
    from gongkai.compare.derived import derived_by_group, derived_definitions, derived_rates
    from gongkai.compare.differences import facet_differences
    from gongkai.compare.expected import coverage, coverage_counts, read_frame
    from gongkai.compare.frame import Study, study
    from gongkai.compare.groups import (
        facet_shares,
        indicator_distribution,
        indicator_within_agency,
        label_shares,
        section_shares,
    )
    from gongkai.compare.one_report import versions
    from gongkai.compare.pairing import find_pair, find_report, pair_tables, side_by_side
    from gongkai.compare.panel import agency_years
    from gongkai.compare.pointing import points, write_points
    from gongkai.compare.statistics import Estimate
    from gongkai.compare.words import distinctive_words, keyword_in_context, quotations

_HOME = {
    "Estimate": "statistics",
    "Study": "frame",
    "agency_years": "panel",
    "answered_by_group": "answering",
    "answers": "answering",
    "answers_baseline": "baseline",
    "checks_across_years": "changes",
    "copied": "copying",
    "copied_by_report": "copying",
    "copied_edges": "copying",
    "copied_matrix": "copying",
    "corrected_regression": "corrected",
    "corrected_shares": "corrected",
    "coverage": "expected",
    "coverage_counts": "expected",
    "derived_by_group": "derived",
    "derived_definitions": "derived",
    "derived_rates": "derived",
    "distinctive_words": "words",
    "draw_reports": "corrected",
    "facet_differences": "differences",
    "facet_shares": "groups",
    "find_pair": "pairing",
    "find_report": "pairing",
    "growth": "changes",
    "indicator_distribution": "groups",
    "indicator_within_agency": "groups",
    "jumps": "changes",
    "keyword_in_context": "words",
    "label_shares": "groups",
    "pair_tables": "pairing",
    "passages_of": "copying",
    "points": "pointing",
    "quotations": "words",
    "read_coded": "corrected",
    "read_frame": "expected",
    "section_shares": "groups",
    "side_by_side": "pairing",
    "study": "frame",
    "versions": "one_report",
    "write_points": "pointing",
}
__all__ = [
    "Estimate", "Study", "agency_years", "answered_by_group", "answers", "answers_baseline", "checks_across_years", "copied",
    "copied_by_report", "copied_edges", "copied_matrix", "corrected_regression", "corrected_shares", "coverage", "coverage_counts",
    "derived_by_group", "derived_definitions", "derived_rates", "distinctive_words", "draw_reports",
    "facet_differences", "facet_shares", "find_pair", "find_report", "growth", "indicator_distribution", "indicator_within_agency",
    "jumps", "keyword_in_context", "label_shares", "pair_tables", "passages_of", "points", "quotations", "read_coded", "read_frame",
    "section_shares", "side_by_side", "study", "versions", "write_points",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"gongkai.compare.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gongkai.compare' has no attribute {name!r}")
