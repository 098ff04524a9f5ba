"""Measuring the linear model on voices left out: who is left out, what is counted, and that nothing is written by an ablation."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.base import Prediction
from training.engines.linear_fit import GROUPS, LinearSettings, fit
from training.passages import by_voice, load
from training.shipped.build import Truth, _flat, calibration_error, judge, left_out, main

pytestmark = pytest.mark.filterwarnings("ignore:.*failed to converge")
TINY = LinearSettings(folds=2, max_iter=20, c=1.0, facet_c=1.0)


def test_every_voice_is_judged_once_and_by_a_model_that_has_not_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    passages = [p for own in list(by_voice(load()).values())[:12:2] for p in own]
    trained: list[set[str]] = []

    def watched(seen, taxonomy, settings):  # type: ignore[no-untyped-def]
        trained.append({p.voice for p in seen})
        return fit(seen, taxonomy, settings)

    monkeypatch.setattr("training.shipped.build.fit", watched)
    seen, bare = left_out(passages, TINY, lambda p: p.voice, 3)
    order = _flat(passages, TINY, 3)
    assert [t for t, _ in seen] == [t for t, _ in bare] == [Truth(p.label, p.facets, p.also) for p in order]
    assert sorted(p.text for p in order) == sorted(p.text for p in passages)
    voices = {p.voice for p in passages}
    assert [len(voices - t) for t in trained] == [2, 2, 2]
    assert set().union(*(voices - t for t in trained)) == voices


def test_figures_are_counted() -> None:
    judged = [
        (Truth("problem", ("content", "format"), ()), Prediction("problem", (), ("content",), 0.9)),
        (Truth("improvement", ("general",), ("service",)), Prediction("problem", ("service",), ("general",), 0.5)),
        (Truth("other", (), ()), Prediction("other", (), (), 0.7)),
    ]
    found = judge(judged)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.problem_f1 == pytest.approx(2 / 3)
    assert found.improvement_f1 == 0
    assert found.macro_f1 == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert found.facet_f1 == pytest.approx(2 * 2 / 5)
    assert found.also_f1 == 1
    assert "facets 0.800" in found.line()


def test_calibration_error_is_the_mean_distance_of_bins() -> None:
    assert calibration_error([0.9, 0.9, 0.5, 0.5], [True, True, True, False], bins=2) == pytest.approx(0.05)


def test_an_ablation_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = [(Truth("other", (), ()), Prediction("other", (), (), 0.7))] * 3
    asked: list[tuple[str, ...]] = []

    def counted(passages, settings, group, folds):  # type: ignore[no-untyped-def]
        asked.append(settings.without)
        return judged, judged

    monkeypatch.setattr("training.shipped.build.left_out", counted)
    under = sorted(load()[:60], key=lambda p: len(p.heading_path))
    monkeypatch.setattr("training.shipped.build._flat", lambda passages, settings, folds: [under[0], under[-1], under[-2]])
    assert main(["--ablate", "--out", str(tmp_path / "m")]) == 0
    assert not (tmp_path / "m").exists()
    assert asked[0] == ()
    assert {g for without in asked for g in without} == set(GROUPS)
    assert "without neighbours" in capsys.readouterr().out
