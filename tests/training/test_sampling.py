"""Draws to be coded, and what is estimated from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from corpus.errors import DataError, UsageError
from training.coding.coded import CodedRow, agree, format_agreement
from training.coding.sampling import DrawablePassage, allocation, draw

UNITS = [DrawablePassage(f"r{i % 40}.p{i}", "big" if i % 10 else "small", i / 1000) for i in range(1000)]


def test_simple_draw() -> None:
    found = draw(UNITS, 50, seed=3)
    assert found == draw(list(reversed(UNITS)), 50, seed=3)
    assert found != draw(UNITS, 50, seed=4)
    assert len({d.passage_id for d in found}) == 50
    assert {d.probability for d in found} == {0.05}
    assert len({d.draw for d in found}) == 1
    assert len(draw(UNITS, 5000, seed=3)) == 1000


def test_inclusion_probabilities_are_kept() -> None:
    """Over many seeds each passage is drawn as often as its probability says."""
    units = UNITS[:30]
    times: Counter[str] = Counter()
    for seed in range(400):
        times.update(d.passage_id for d in draw(units, 9, by="stratified", allocate="equal", seed=seed))
    small = [times[u.passage_id] for u in units if u.stratum == "small"]
    big = [times[u.passage_id] for u in units if u.stratum == "big"]
    # 3 small ones are always drawn, 6 of 27 big ones
    assert small == [400] * 3
    assert np.mean(big) == pytest.approx(400 * 6 / 27)
    assert max(big) < 400 * 6 / 27 + 5 * np.sqrt(400 * 6 / 27)


def test_allocation() -> None:
    assert allocation({"a": 900, "b": 90, "c": 10}, 100, "proportional") == {"a": 89, "b": 9, "c": 2}
    assert allocation({"a": 900, "b": 90, "c": 1}, 99, "equal") == {"a": 49, "b": 49, "c": 1}
    assert allocation({"a": 5, "b": 5}, 50, "proportional") == {"a": 5, "b": 5}
    assert sum(allocation({str(i): i + 1 for i in range(30)}, 77, "proportional").values()) == 77
    with pytest.raises(UsageError, match="3 strata for 2"):
        allocation({"a": 9, "b": 9, "c": 9}, 2, "equal")


def test_draw_by_uncertainty_has_no_probability() -> None:
    found = draw([*UNITS, DrawablePassage("x", "", None)], 3, by="uncertainty", seed=1)
    assert [d.passage_id for d in found] == ["r0.p0", "r1.p1", "r2.p2"]
    assert {d.probability for d in found} == {None}
    with pytest.raises(UsageError, match="no probabilities"):
        draw([DrawablePassage("x")], 1, by="uncertainty", seed=1)


def test_draws_that_cannot_be_made() -> None:
    for units, n, by in (([], 1, "simple"), (UNITS, 0, "simple"), (UNITS, 3, "chance")):
        with pytest.raises(UsageError):
            draw(units, n, by=by, seed=1)


def row(passage: str, label: str, probability: float | None = 0.5, **other: str) -> CodedRow:
    given = {"report_id": passage.split(".")[0], "coder": "", "stratum": "", "design": "stratified", "draw": "d", **other}
    return CodedRow(passage, text="x", label=label, probability=probability, source="f.csv:2", **given)


def test_weights_stand_for_the_passages_not_drawn() -> None:
    # stratum 1: 10 of 10 drawn, all problems; stratum 2: 10 of 90 drawn, no problems: 10 of 100 are problems, not half
    rows = [row(f"a{i}.p", "problem", 1.0) for i in range(10)] + [row(f"b{i}.p", "service", 1 / 9) for i in range(10)]
    model = {r.passage_id: r.label for r in rows} | {"b0.p": "problem"}
    found = agree(rows, model, {"problem": 0.2, "service": 0.8}, 100, ["problem", "service"], "f.csv")
    shares = {p.label: p for p in found.prevalence}
    assert shares["problem"].coded.value == pytest.approx(0.1)
    # the model calls one in ten of the 90 a problem: it overshoots by 9 of 100
    assert shares["problem"].corrected.value == pytest.approx(0.2 - 0.09)
    assert found.accuracy.value == pytest.approx(0.91)
    rows_by = {r.code: r for r in found.labels}
    assert rows_by["problem"].precision == pytest.approx(10 / 19)
    assert rows_by["problem"].recall == 1
    assert (rows_by["problem"].support, rows_by["problem"].predicted) == (10, 11)
    assert found.confusions == (("service", "problem", 1),)
    assert "11.0" not in format_agreement(found)
    assert "problem" in format_agreement(found)


def test_the_corrected_share_is_unbiased() -> None:
    """Over many draws both estimates hit the true share; the corrected one varies less with a good model."""
    random = np.random.default_rng(0)
    truth = {f"r{i}.p{i}": "problem" if i % 5 == 0 else "service" for i in range(600)}
    model = {k: (v if random.random() < 0.9 else "problem") for k, v in truth.items()}
    share = sum(v == "problem" for v in model.values()) / 600
    alone, corrected = [], []
    for seed in range(120):
        drawn = draw([DrawablePassage(k) for k in truth], 60, seed=seed)
        rows = [row(d.passage_id, truth[d.passage_id], d.probability) for d in drawn]
        found = agree(rows, model, {"problem": share}, 600, ["problem"], "f", draws=2)
        p = next(p for p in found.prevalence if p.label == "problem")
        alone.append(p.coded.value)
        corrected.append(p.corrected.value)
    assert np.mean(alone) == pytest.approx(0.2, abs=0.015)
    assert np.mean(corrected) == pytest.approx(0.2, abs=0.012)
    assert np.std(corrected) < np.std(alone)


def test_two_coders() -> None:
    rows = [row(f"r{i}.p", "problem" if i < 5 else "service", coder="a") for i in range(10)]
    other = [replace(r, coder="b", label="problem" if i < 4 else "service") for i, r in enumerate(rows)]
    found = agree([*rows, *other], {r.passage_id: r.label for r in rows}, {}, 20, ["problem", "service"], "f")
    assert found.passages == 10
    assert found.accuracy.value == pytest.approx(0.95)  # one coder is right throughout, the other in 9 of 10
    ((a, b, kappa, n),) = found.pairs
    assert (a, b, n) == ("a", "b", 10)
    assert kappa == pytest.approx((0.9 - 0.5) / 0.5)
    assert found.alpha is not None
    assert "between 2 coders" in format_agreement(found)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"design": "uncertainty", "probability": None}, "drawn by uncertainty"),
        ({"probability": None}, "inclusion_probability is None"),
        ({"probability": 1.5}, "inclusion_probability is 1.5"),
        ({"draw": "other"}, "2 draws"),
    ],
)
def test_rows_that_stand_for_nothing_are_refused(change: dict[str, object], message: str) -> None:
    rows = [row("a.p", "problem"), replace(row("b.p", "problem"), **change)]  # type: ignore[arg-type]
    with pytest.raises(DataError, match=message):
        agree(rows, {"a.p": "problem", "b.p": "problem"}, {}, 9, ["problem"], "f.csv")
