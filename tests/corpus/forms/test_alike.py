"""Grids printed alike are understood once, and each keeps its own values."""

from __future__ import annotations

import pytest

from corpus.forms import alike
from corpus.forms.alike import read_grid
from corpus.forms.scanner import Scanner
from corpus.types import GridCell

_HEADINGS = ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")


def _rows(*rows):
    return tuple(tuple(GridCell(r, c, text) for c, text in enumerate(row)) for r, row in enumerate(rows))


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(alike, "_KNOWN", {})


@pytest.mark.parametrize("exact", [False, True])
def test_grids_that_differ_in_counts_are_understood_once(exact):
    first, scanner = read_grid(_rows(_HEADINGS, ("规章", "1", "2", "13")), Scanner(), exact=exact)
    second, after = read_grid(_rows(_HEADINGS, ("规章", "0", "405", "7")), Scanner(), exact=exact)
    assert [(c.code, c.cell.text) for c in second.claims] == [
        ("t2.regulation.issued", "0"),
        ("t2.regulation.repealed", "405"),
        ("t2.regulation.effective", "7"),
    ]
    assert [c.code for c in first.claims] == [c.code for c in second.claims]
    assert (second.rows, second.tables, second.forms, after) == (first.rows, first.tables, first.forms, scanner)
    assert len(alike._KNOWN) == 1


@pytest.mark.parametrize(
    "row",
    [
        ("规章", "—", "2", "13"),
        ("规章", "", "2", "13"),
        ("规章", "1件", "2", "13"),
        ("规范性文件", "1", "2", "13"),
        ("规章", "1", "2"),
    ],
)
def test_grids_that_differ_in_more_are_each_understood(row):
    read_grid(_rows(_HEADINGS, ("规章", "1", "2", "13")), Scanner(), exact=False)
    again, _ = read_grid(_rows(_HEADINGS, row), Scanner(), exact=False)
    known = alike._KNOWN.copy()
    alike._KNOWN.clear()
    assert read_grid(_rows(_HEADINGS, row), Scanner(), exact=False)[0] == again
    assert len(known) + bool(again.findings) == 2


def test_findings_quote_the_values_of_their_own_grid():
    for value in ("31", "47"):
        reading, _ = read_grid(_rows(_HEADINGS, ("规章", value, "2")), Scanner(), exact=False)
        assert value in reading.findings[0].message
    assert not alike._KNOWN


def test_few_are_kept(monkeypatch):
    monkeypatch.setattr(alike, "_MOST_KNOWN", 2)
    for label in ("规章", "规范性文件", "行政规范性文件"):
        read_grid(_rows(_HEADINGS, (label, "1", "2", "13")), Scanner(), exact=False)
    assert len(alike._KNOWN) == 1
