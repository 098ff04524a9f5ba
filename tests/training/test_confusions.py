"""The errors of the model on real reports, counted report by report."""

from __future__ import annotations

import json

from training.measure.quality import JudgedPassage
from training.shipped.confusions import counted, to_text


def item(report: str, gold: str, found: str, truth: tuple[str, ...], said: tuple[str, ...]) -> JudgedPassage:
    return JudgedPassage(report, "", gold, found, gold_facets=truth, found_facets=said)


def test_a_report_states_what_any_of_its_passages_states() -> None:
    items = [
        item("a", "problem", "problem", ("content",), ("format",)),
        item("a", "problem", "problem", ("format",), ("general",)),
        item("a", "improvement", "disclosure", ("standardisation",), ()),
        item("b", "problem", "improvement", ("content",), ("content",)),
    ]
    first, second = counted(items)
    assert first == {"problem": [1, 1, 0, 13], "measure": [0, 1, 0, 14]}  # format found, content missed
    assert second == {"problem": [0, 1, 0, 14], "measure": [0, 0, 1, 14]}
    written = json.loads(to_text(items, "m-1", "2026-01-31"))
    assert written["model"] == "m-1"
    assert sorted(r["problem"] for r in written["reports"]) == [second["problem"], first["problem"]]
