"""Corrections laid over what was made of the results as they were tagged give what would be made of the corrected results."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import gongkai
from gongkai import compare
from gongkai.correction_file import add_lines
from gongkai.corrections import COLUMNS, FURTHER
from gongkai.web.held import Held
from gongkai.web.opening import hold
from tests.support.explorer import three_reports


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Held, Held, Path]:
    """The snapshot of three reports before and after corrections: a label with its facets, a metric, an agency."""
    folder = tmp_path_factory.mktemp("corrected") / "s"
    three_reports(folder)
    before = hold(folder)
    store = gongkai.load(folder)
    empty = dict.fromkeys((*COLUMNS, *FURTHER), "")
    row = store.rows("passages", [("label", "=", "problem")])[0]
    place = {
        **empty,
        "report_id": row["report_id"],
        "start": str(row["start"]),
        "end": str(row["end"]),
        "quote": row["text"],
        "coder": "李",
    }
    other = store.rows("passages", [("label", "=", "disclosure")])[-1]
    there = {"report_id": other["report_id"], "start": str(other["start"]), "end": str(other["end"]), "quote": other["text"]}
    join = store.rows("joins", [("verdict", "=", "disagrees")])[0]
    m = store.rows("mentions", [("mention_id", "=", join["mention_id"])])[0]
    said = {
        "report_id": m["report_id"],
        "start": str(m["start"]),
        "end": str(m["end"]),
        "quote": m["text"],
        "table": "mentions",
    }
    add_lines(
        folder,
        [
            {**place, "table": "passages", "field": "label", "old": "problem", "new": "platform"},
            {**place, "table": "passages", "field": "facets", "old": ";".join(row["facets"]), "new": ""},
            {**place, **there, "table": "passages", "field": "label", "old": "disclosure", "new": "problem"},
            {**place, **there, "table": "passages", "field": "facets", "old": "", "new": "format;timeliness"},
            {**place, **said, "field": "value", "old": f"{m['value']:.0f}", "new": f"{join['table_value']:.0f}"},
            {
                **empty,
                "report_id": m["report_id"],
                "table": "reports",
                "field": "agency",
                "old": "x",
                "new": "某某局",
                "coder": "李",
            },
        ],
    )
    return before, hold(folder), folder


def test_the_index_has_the_corrected_labels_and_facets_and_is_not_made_anew(opened: tuple[Held, Held, Path]) -> None:
    before, held, folder = opened
    assert held.index.folder == before.index.folder
    rows = gongkai.load(folder).table("passages").to_pylist()
    labels = Counter(held.index.labels[c] for s in held.index.shards for c in s.label.tolist())
    assert labels == Counter(r["label"] for r in rows)
    facets = Counter(held.index.facets[c] for s in held.index.shards for c in s.facet_code.tolist())
    assert facets == Counter(f for r in rows for f in r["facets"])
    assert all((np.diff(s.facet_row.astype(np.int64)) >= 0).all() for s in held.index.shards)


def test_marks_and_counts_are_those_of_the_corrected_results(opened: tuple[Held, Held, Path]) -> None:
    before, held, folder = opened
    store = gongkai.load(folder)
    everyone = np.ones(len(held.numbers), np.bool_)
    counts = held.marks.counts(everyone)
    found = store.sql("SELECT label, count(DISTINCT report_id) AS n FROM passages GROUP BY ALL").to_pylist()
    assert counts["label"] == {r["label"]: r["n"] for r in found}
    wrong = "SELECT sum(disagrees)::BIGINT AS n FROM reports"
    assert held.rows(wrong)[0]["n"] == len(store.rows("joins", [("verdict", "=", "disagrees")])) < before.rows(wrong)[0]["n"]
    assert "某某局" in {r["agency"] for r in held.rows("SELECT agency FROM reports")}


def test_points_are_those_of_the_corrected_results(opened: tuple[Held, Held, Path]) -> None:
    _, held, folder = opened
    held.book.wait()
    assert held.book.error == ""
    wanted = compare.points(gongkai.load(folder)).to_pylist()
    assert sorted(map(str, held.book.table().to_pylist())) == sorted(map(str, wanted))


def test_one_report_is_what_it_is_in_the_whole_store(opened: tuple[Held, Held, Path]) -> None:
    held, store = opened[1], gongkai.load(opened[2])
    for report_id in held.batches:
        one = held.one(report_id)
        assert one is not None
        for name in store.tables:
            if name == "sources":  # a file is found by its path
                continue
            where = [("report_id", "=", report_id)]
            # a report that nobody corrected has no column that says so
            rows = [{"human": [], **r} for r in one.rows(name, where)]
            assert rows == [{"human": [], **r} for r in store.rows(name, where)], name
            assert one.table(name).num_rows == len(store.rows(name, where))
        assert one.reports([report_id]) == store.reports([report_id])
        # the plain one beside it is not mixed up with the corrected
        plain = held.one(report_id, ())
        assert plain is not None
        assert plain.rows("reports", []) == gongkai.load(opened[2], corrections=False).rows(
            "reports", [("report_id", "=", report_id)]
        )
