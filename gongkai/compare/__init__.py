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
    from gongkai.compare.corrected import corrected_regression, corrected_shares, draw_reports, read_coded
    from gongkai.compare.derived import derived_by_group, derived_definitions, derived_rates
    from gongkai.compare.differences import facet_differences
    from gongkai.compare.frame import Study, study
    from gongkai.compare.groups import facet_shares, indicator_distribution, indicator_within_agency, label_shares
    from gongkai.compare.pointing import points, write_points
    from gongkai.compare.statistics import Estimate

_HOME = {
    "Estimate": "statistics",
    "Study": "frame",
    "answered_by_group": "answering",
    "answers": "answering",
    "corrected_regression": "corrected",
    "corrected_shares": "corrected",
    "derived_by_group": "derived",
    "derived_definitions": "derived",
    "derived_rates": "derived",
    "draw_reports": "corrected",
    "facet_differences": "differences",
    "facet_shares": "groups",
    "indicator_distribution": "groups",
    "indicator_within_agency": "groups",
    "label_shares": "groups",
    "points": "pointing",
    "read_coded": "corrected",
    "study": "frame",
    "write_points": "pointing",
}
__all__ = [
    "Estimate", "Study", "answered_by_group", "answers", "corrected_regression", "corrected_shares", "derived_by_group",
    "derived_definitions", "derived_rates", "draw_reports", "facet_differences", "facet_shares", "indicator_distribution",
    "indicator_within_agency", "label_shares", "points", "read_coded", "study", "write_points",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"gongkai.compare.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gongkai.compare' has no attribute {name!r}")
