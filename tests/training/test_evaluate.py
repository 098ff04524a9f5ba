"""Evaluation: a perfect result scores 1, and each kind of error lands in its measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from corpus.errors import DataError
from corpus.types import CanonicalText, Cell
from extract.types import Check, Identity, Join, Mention, Report
from models.base import Passage, Prediction
from training.measure.evaluate import (
    MentionResult,
    PassageResult,
    Result,
    Score,
    evaluate,
    format_evaluation,
    result_of_rows,
    to_dict,
)
from training.measure.gold import GoldCell, GoldJoin, load_gold

FIRST = "全年收到申请6件，公开率50%。"
SECOND = "工作力量不足。"
TEXT = f"标题\n{FIRST[:4]}\n{FIRST[4:]}{SECOND}\n"  # the first passage is broken over two lines


def write(folder: Path) -> Path:
    mention = {"unit": "件", "qualifier": "exact", "scope": "total"}
    passages = [
        {
            "section": "s1",
            "heading": "",
            "text": FIRST,
            "label": "request",
            "also": [],
            "facets": [],
            "mentions": [
                {"quote": "6件", "start": 6, "end": 8, "value": 6, "indicator": "request.received", **mention},
                {"quote": "50%", "start": 12, "end": 15, "value": 50, "indicator": "", **mention, "unit": "%"},
            ],
        },
        {"section": "s5", "heading": "", "text": SECOND, "label": "problem", "facets": ["capacity"], "mentions": []},
    ]
    tables = {
        "form": "2021",
        "year": 2022,
        "agency": "某局",
        "cells": {"t3.new.total": 6, "t3.new.natural": None, "t3.granted.total": 0},
        "states": {"t3.new.natural": "blank"},
    }
    joined = {
        "r": {
            "join": [
                {"indicator": "request.received", "prose_value": 6, "table_value": 6, "verdict": "agrees", "explained_by": None}
            ],
            "table_checks": [["row.new", "not_checkable"]],
            "prose_checks": [{"check": "rate", "expression": "3 / 6 = 50 %", "verdict": "holds"}],
        }
    }
    for name, value in (("r.tables", tables), ("r.passages", passages), ("joined", joined)):
        (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return folder


def perfect() -> Result:
    a, b = TEXT.index("全"), TEXT.index("工")
    six, fifty = TEXT.index("6"), TEXT.index("50")
    return Result(
        "r",
        TEXT,
        (PassageResult(a, b, "request"), PassageResult(b, b + len(SECOND), "problem", (), ("capacity",))),
        (
            MentionResult(six, six + 2, Decimal(6), "件", "exact", "total", "request.received"),
            MentionResult(fifty, fifty + 3, Decimal("50.0"), "%", "exact", "total", ""),
        ),
        {
            "t3.new.total": GoldCell(Decimal(6), "value"),
            "t3.new.natural": GoldCell(None, "blank"),
            "t3.granted.total": GoldCell(Decimal(0), "value"),
        },
        (
            GoldJoin("request.received", Decimal(6), Decimal(6), "agrees", None),
            GoldJoin("request.received", Decimal(9), None, "prose_only", None),
        ),
        (("row.new", "?", "not_checkable"), ("rate", "3 / 6 = 50.0 %", "holds")),
    )


def scored(folder: Path, change: Callable[[Result], Result]) -> Score:
    return evaluate([change(perfect())], write(folder)).total


def test_a_perfect_result(tmp_path: Path) -> None:
    score = scored(tmp_path, lambda r: r)
    assert score.errors == ()
    assert (score.boundaries.f1, score.labels.accuracy, score.macro_f1, score.mentions.f1, score.facets.f1) == (1, 1, 1, 1, 1)
    assert (score.cells.right, score.cells_nonzero.right, score.states.total) == (3, 1, 3)
    assert (score.joins.right, score.joins.extra, score.table_checks.right, score.prose_checks.right) == (1, 0, 1, 1)
    assert (score.also.right, score.also.total) == (1, 1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda r: replace(r, cells={**r.cells, "t3.new.total": GoldCell(Decimal(7), "value")}), "cell wrong"),
        (lambda r: replace(r, cells={"t3.new.total": r.cells["t3.new.total"]}), "cell missing"),
        (lambda r: replace(r, cells={**r.cells, "t3.new.other": GoldCell(Decimal(0), "value")}), "cell extra"),
        (lambda r: replace(r, cells={**r.cells, "t3.new.natural": GoldCell(None, "dash")}), "cell state"),
        (lambda r: replace(r, passages=r.passages[:1]), "label: gold problem result (none)"),
        (lambda r: replace(r, passages=(PassageResult(0, 99, "request"),)), "passage invented"),
        (lambda r: replace(r, mentions=r.mentions[1:]), "mention missing: 6件"),
        (lambda r: replace(r, mentions=(*r.mentions, r.mentions[0])), "mention invented: 6件"),
        (lambda r: replace(r, mentions=(replace(r.mentions[0], unit="份"), r.mentions[1])), "mention missing: 6件"),
        (lambda r: replace(r, mentions=(replace(r.mentions[0], indicator=""), r.mentions[1])), "mention indicator: 6件"),
        (lambda r: replace(r, mentions=(replace(r.mentions[0], scope="part"), r.mentions[1])), "mention scope: 6件"),
        (lambda r: replace(r, joins=()), "join missing"),
        (lambda r: replace(r, joins=(replace(r.joins[0], verdict="disagrees", explained_by="none"),)), "join wrong"),
        (lambda r: replace(r, joins=(*r.joins, GoldJoin("review.total", None, Decimal(1), "table_only", None))), "join extra"),
        (lambda r: replace(r, checks=r.checks[:1]), "prose check missing"),
        (lambda r: replace(r, checks=r.checks[1:]), "table check missing"),
        (lambda r: replace(r, text=TEXT.replace("力", "人")), "passage not in the text"),
    ],
)
def test_each_error_is_named(tmp_path: Path, change: Callable[[Result], Result], error: str) -> None:
    score = scored(tmp_path, change)
    assert any(e.startswith(f"r: {error}") for e in score.errors), score.errors


def test_other_boundaries_are_scored_by_overlap(tmp_path: Path) -> None:
    cut = TEXT.index("公开率")
    score = scored(
        tmp_path,
        lambda r: replace(
            r, passages=(replace(r.passages[0], end=cut), PassageResult(cut, r.passages[1].start, "other"), r.passages[1])
        ),
    )
    assert (score.boundaries.right, score.boundaries.predicted, score.boundaries.gold) == (1, 3, 2)
    assert (score.starts.right, score.ends.right) == (2, 2)
    assert score.labels.accuracy == 1  # the longer piece gives the label


def test_two_subjects_of_one_span_are_matched_by_indicator(tmp_path: Path) -> None:
    folder = write(tmp_path)
    path = folder / "r.passages.json"
    passages = json.loads(path.read_text(encoding="utf-8"))
    rate = passages[0]["mentions"][1]
    passages[0]["mentions"] = [{**rate, "indicator": i} for i in ("service.completion_rate", "service.satisfaction_rate")]
    path.write_text(json.dumps(passages, ensure_ascii=False), encoding="utf-8")
    one = perfect().mentions[1]
    both = tuple(replace(one, indicator=i) for i in ("service.satisfaction_rate", "service.completion_rate"))
    score = evaluate([replace(perfect(), mentions=both)], folder).total
    assert (score.mentions.f1, score.indicators.accuracy) == (1, 1)


def test_reports_without_partner_are_named(tmp_path: Path) -> None:
    ev = evaluate([replace(perfect(), stem="x")], write(tmp_path))
    assert (ev.missing, ev.unknown) == (("r",), ("x",))
    assert "NOT SCORED, no result for: r" in format_evaluation(ev)


def test_output_is_plain_text_and_json(tmp_path: Path) -> None:
    ev = evaluate([perfect()], write(tmp_path))
    assert "TOTAL of 1 reports" in format_evaluation(ev, errors=True)
    assert json.loads(json.dumps(to_dict(ev)))["total"]["mentions"]["f1"] == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("r.passages.json", '"request"', '"requests"', "unknown label"),
        ("r.passages.json", '"start": 6', '"start": 5', "not the quote"),
        ("r.tables.json", "t3.new.total", "t3.new.sum", "unknown cell"),
        ("r.tables.json", '"agency"', '"agent"', "unknown key 'agent'"),
        ("r.tables.json", '"cells"', '"note"', "has no cells"),
        ("r.passages.json", '"section"', '"heading"', "has no section"),
        ("joined.json", '"join"', '"joins"', "unknown key 'joins'"),
        ("joined.json", '"r"', '"s"', "no entry for r"),
        ("joined.json", "{", "", "no UTF-8 JSON"),
    ],
)
def test_broken_truth_is_refused(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    path = write(tmp_path) / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_gold(tmp_path)


def test_stored_rows_and_reports_in_memory_give_the_same_result(tmp_path: Path) -> None:
    r = perfect()
    rows = result_of_rows(
        "in/r.txt",
        r.text,
        [
            {"start": p.start, "end": p.end, "label": p.label, "also": list(p.also), "facets": list(p.facets)}
            for p in r.passages
        ],
        [{**asdict(m), "value": float(m.value), "indicator": m.indicator or None} for m in r.mentions],
        [{"code": k, "value": None if c.value is None else float(c.value), "state": c.state} for k, c in r.cells.items()],
        [asdict(j) for j in r.joins],
        [{"check": c, "expression": e, "verdict": v} for c, e, v in r.checks],
    )
    report = Report(
        "0" * 16,
        "in/r.txt",
        "",
        "",
        "",
        "",
        Identity(),
        CanonicalText(r.text, (), ()),
        (),
        tuple(Passage(p.start, p.end, r.text[p.start : p.end], "s1") for p in r.passages),
        tuple(Prediction(p.label, p.also, p.facets) for p in r.passages),
        tuple(Cell(k, "", c.value, cast(Any, c.state), 0, 0) for k, c in r.cells.items()),
        tuple(Mention(m.start, m.end, r.text[m.start : m.end], m.value, m.unit, indicator=m.indicator) for m in r.mentions),
        tuple(
            Join(j.indicator, None, j.prose_value, (), "", j.table_value, False, cast(Any, j.verdict), None) for j in r.joins
        ),
        tuple(Check(c, e, None, None, cast(Any, v)) for c, e, v in r.checks),
        (),
        "",
    )
    gold = write(tmp_path)
    assert evaluate([rows], gold).total == evaluate([report], gold).total == evaluate([r], gold).total
