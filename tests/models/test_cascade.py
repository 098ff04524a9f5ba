"""The cascade: who is asked, how the two are mixed, how that is chosen, and a tiny one trained on the spot."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import DataError, UsageError
from models.base import Passage, Prediction
from models.cascade import CascadeClassifier, CascadeConfig, mix, sharpened, uncertain
from models.registry import classifier
from models.transformer import Probabilities, choose
from tests.models.test_transformer import CODES, TINY, passage, tiny_base, weather
from training.engines.cascade import THRESHOLDS, BothPredictions, outcome, step, train, tune
from training.passages import TrainingPassage, as_report, by_voice
from training.shipped.engines_report import main as report_main


def rows(*values: Sequence[float]) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float32)


#: of three passages: sure and right, unsure, unsure
QUICK = (
    rows([0.95, 0.03, 0.02], [0.5, 0.4, 0.1], [0.3, 0.35, 0.35]),
    rows([0.1] * 3, [0.1] * 3, [0.9, 0.2, 0.1]),
    rows(*[[0.0] * 3] * 3),
)
SLOW = (
    rows([0.1, 0.8, 0.1], [0.1, 0.85, 0.05], [0.05, 0.05, 0.9]),
    rows([0.9] * 3, [0.3, 0.8, 0.1], [0.1] * 3),
    rows(*[[0.0] * 3] * 3),
)


class Fixed:
    """An engine with given probabilities, which notes what it was asked."""

    def __init__(self, name: str, found: Probabilities) -> None:
        self.model_id = name
        self.found = found
        self.asked: list[list[int]] = []

    def scores(self, passages: Sequence[Passage], rows: Sequence[int] | None = None) -> Probabilities:
        wanted = list(range(len(passages))) if rows is None else list(rows)
        self.asked.append(wanted)
        labels, facets, also = (part[wanted] for part in self.found)
        return labels, facets, also

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return list(choose(CODES, self.found, facet_threshold=0.5, also_threshold=0.5, min_confidence=None))


REPORT = [Passage(i, i + 1, "雨", None) for i in range(3)]
CONFIG = CascadeConfig(threshold=0.8, weight=0.5, facet_weight=1.0)


def cascade(config: CascadeConfig = CONFIG, min_confidence: float | None = None) -> tuple[CascadeClassifier, Fixed]:
    slow = Fixed("transformer-1", SLOW)
    made = CascadeClassifier(CODES, config, Fixed("linear-1+rjieba", QUICK), slow, "abc", min_confidence=min_confidence)  # type: ignore[arg-type]
    return made, slow


def test_only_uncertain_passages_are_asked_about() -> None:
    model, slow = cascade()
    found = model.predict(REPORT)
    assert slow.asked == [[1, 2]]
    assert model.asked(REPORT) == [1, 2]
    # the first keeps what the quick engine says, though the slow one would say rain
    assert [(p.label, p.score) for p in found] == [("sun", 0.95), ("rain", 0.625), ("wish", 0.625)]
    # facets of the second are the slow engine's alone (facet_weight 1)
    assert [p.facets for p in found] == [(), ("long",), ()]


@pytest.mark.parametrize(("threshold", "asked"), [(0.0, []), (0.4, [2]), (0.8, [1, 2]), (1.0, [0, 1, 2])])
def test_threshold_says_how_many(threshold: float, asked: list[int]) -> None:
    found = Fixed("q", QUICK).predict(REPORT)
    assert uncertain(found, replace(CONFIG, threshold=threshold), ()) == asked


def test_passages_with_facets_can_all_be_asked_about() -> None:
    sure = [Prediction("rain", score=0.99), Prediction("sun", score=0.99), Prediction("sun", score=None)]
    assert uncertain(sure, replace(CONFIG, every_coded=True), CODES.coded) == [0, 2]


def test_no_question_no_cost() -> None:
    model, slow = cascade(replace(CONFIG, threshold=0.0))
    assert [p.label for p in model.predict(REPORT)] == ["sun", "sun", "rain"]
    assert slow.asked == []
    empty = Fixed("q", (rows().reshape(0, 3),) * 3)
    assert CascadeClassifier(CODES, CONFIG, empty, slow, "abc").predict([]) == []  # type: ignore[arg-type]


def test_mixing_is_an_average_sharpened() -> None:
    labels, facets, _ = mix(QUICK, SLOW, replace(CONFIG, weight=0.25, facet_weight=0.5))
    np.testing.assert_allclose(labels[1], [0.4, 0.5125, 0.0875], atol=1e-6)
    np.testing.assert_allclose(facets[2], [0.5, 0.15, 0.1], atol=1e-6)
    np.testing.assert_allclose(sharpened(rows([0.6, 0.4]), 0.5), [[9 / 13, 4 / 13]], atol=1e-6)
    np.testing.assert_allclose(sharpened(rows([0.6, 0.4]), 1.0), [[0.6, 0.4]], atol=1e-6)


def test_abstention_is_judged_by_the_final_probability() -> None:
    model, _ = cascade(min_confidence=0.7)
    assert [p.abstained for p in model.predict(REPORT)] == [False, True, True]
    assert model.model_id == "cascade-abc+rjieba"


# ---- how it is chosen ------------------------------------------------------------------------------------------------
def seen(labels: Sequence[str], quick: np.ndarray[Any, Any], slow: np.ndarray[Any, Any]) -> BothPredictions:
    truth = tuple(
        passage("雨" if c == "rain" else "晴", c, ("long",) if c == "rain" else (), "v", i) for i, c in enumerate(labels)
    )
    facets = np.tile(rows([0.1, 0.9, 0.1]), (len(labels), 1))
    nothing = np.zeros((len(labels), 3), dtype=np.float32)
    found = tuple(choose(CODES, (quick, facets, nothing), facet_threshold=0.5, also_threshold=0.5, min_confidence=None))
    return BothPredictions(truth, found, (quick, facets, nothing), (slow, facets, nothing))


def test_cheapest_threshold_of_the_best() -> None:
    """The quick engine errs exactly where it is under 0.6; the slow one is right there: 0.6 is enough, and asks for a third."""
    labels = ["sun", "rain", "wish"] * 8
    quick = np.concatenate([rows([0.92, 0.05, 0.03], [0.55, 0.4, 0.05], [0.05, 0.05, 0.9])] * 8)
    slow = np.concatenate([rows([0.8, 0.1, 0.1], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8])] * 8)
    config, steps = tune(seen(labels, quick, slow), CODES)
    assert [s.threshold for s in steps] == list(THRESHOLDS)
    by_threshold = {s.threshold: s for s in steps}
    assert (by_threshold[0.0].accuracy, by_threshold[0.0].asked) == (pytest.approx(2 / 3), 0.0)
    assert (by_threshold[0.6].accuracy, by_threshold[0.6].asked) == (1.0, pytest.approx(1 / 3))
    assert by_threshold[1.01].asked == 1.0
    assert config.threshold == 0.6
    assert config.weight > 0.3
    assert tune(seen(labels, quick, slow), CODES, 0.95)[0].threshold == 0.95


def test_a_slow_engine_that_knows_nothing_is_not_asked() -> None:
    labels = ["sun", "rain", "wish"] * 8
    quick = np.concatenate([rows([0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7])] * 8)
    slow = np.tile(rows([0.8, 0.1, 0.1]), (24, 1))
    config, _ = tune(seen(labels, quick, slow), CODES)
    assert (config.threshold, config.weight) == (0.0, 0.0)


def test_outcome_is_what_the_cascade_serves() -> None:
    labels = ("sun", "rain", "wish")
    truth = tuple(passage("雨", c, (), "v", i) for i, c in enumerate(labels))
    both = BothPredictions(truth, tuple(Fixed("q", QUICK).predict(REPORT)), QUICK, SLOW)
    found, given, asked = outcome(both, CONFIG, CODES)
    assert found == cascade()[0].predict(REPORT)
    assert asked == [1, 2]
    assert [float(given[i, CODES.labels.index(p.label)]) for i, p in enumerate(found)] == pytest.approx(
        [p.score for p in found]
    )
    tried = step(both, CONFIG, CODES)
    assert (tried.accuracy, tried.asked) == (1.0, pytest.approx(2 / 3))
    assert tried.log_loss == pytest.approx(-(math.log(0.95) + 2 * math.log(0.625)) / 3, abs=1e-6)


def test_accuracy_alone_does_not_end_the_asking() -> None:
    """The slow engine mends one error under 0.6, and is surer of the truth where the quick one is right with 0.7: both count."""
    labels = ["sun", "rain", "wish"] * 8
    quick = np.concatenate(
        [rows([0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.2, 0.1, 0.7])] * 7
        + [rows([0.4, 0.55, 0.05], [0.2, 0.7, 0.1], [0.2, 0.1, 0.7])]
    )
    slow = np.concatenate([rows([0.96, 0.02, 0.02], [0.02, 0.96, 0.02], [0.02, 0.02, 0.96])] * 8)
    config, steps = tune(seen(labels, quick, slow), CODES)
    by_threshold = {s.threshold: s for s in steps}
    assert by_threshold[0.6].accuracy == by_threshold[0.8].accuracy == 1.0
    assert by_threshold[0.6].log_loss > 2 * by_threshold[0.8].log_loss
    assert config.threshold == 0.8


def test_facets_are_the_quick_engines_own_unless_mixing_is_plainly_better() -> None:
    labels = ["rain"] * 8
    sure = np.tile(rows([0.05, 0.9, 0.05]), (8, 1))
    both = seen(labels, sure, sure)
    worse = np.tile(rows([0.9, 0.1, 0.1]), (8, 1))
    blind = replace(both, slow=(sure, worse, both.slow[2]))
    assert tune(blind, CODES)[0].facet_weight == 0.0
    shy = replace(both, quick=(sure, worse, both.quick[2]), found=tuple(replace(p, facets=("short",)) for p in both.found))
    assert tune(shy, CODES)[0].facet_weight > 0.0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"threshold": 2}, "no probability"),
        ({"linear": 3}, "linear is 3"),
        ({"slow": "transformer", "epochs": 1}, "needs a base model"),
        ({"slow": "fast"}, "use hybrid or transformer"),
        ({}, "needs an encoder"),
    ],
)
def test_settings_are_checked(given: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        train(weather(3), CODES, tmp_path, seed=1, settings=given, log=print)


# ---- a tiny one ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained cascade: ``base``, and ``model``."""
    folder = tmp_path_factory.mktemp("cascade")
    passages = weather()
    base = tiny_base(folder / "base", [p.text for p in passages])
    settings = {**TINY, "epochs": 2, "base": str(base), "threshold": 1.0}
    train(passages, CODES, folder / "model", seed=3, settings=settings, log=lambda _: None)
    return folder


@pytest.mark.heavy
def test_trains_and_serves(tiny: Path) -> None:
    info = json.loads((tiny / "model/model.json").read_text(encoding="utf-8"))
    assert {name.split("/")[0] for name in info["files"]} == {"config.json", "quick", "slow"}
    voices = info["settings"]["voices"]
    left_out = {v for part in ("dev", "test") for v in voices[part]}
    linear = json.loads((tiny / "model/quick/model.json").read_text(encoding="utf-8"))
    slow = json.loads((tiny / "model/slow/model.json").read_text(encoding="utf-8"))
    assert linear["data_hash"] != slow["data_hash"], "the quick part never sees the voices that the cascade is tuned on"
    assert left_out & set(voices["train"]) == set()
    model = classifier(tiny / "model", min_confidence=0.99)
    test: list[list[TrainingPassage]] = [own for v, own in by_voice(weather()).items() if v in voices["test"]]
    found = [q for own in test for q in model.predict(as_report(own))]
    accuracy = sum(p.label == q.label for p, q in zip([p for own in test for p in own], found, strict=True)) / len(found)
    assert accuracy == pytest.approx(info["metrics"]["voices left out"]["accuracy"], abs=1e-4)
    assert accuracy >= 0.8
    assert all(q.abstained == ((q.score or 0) < 0.99) for q in found)


@pytest.mark.heavy
def test_takes_a_trained_transformer_of_the_same_data_alone(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    given = {"transformer": str(tiny / "model/slow")}
    info = train(weather(), CODES, tmp_path / "again", seed=3, settings=given, log=said.append)
    assert not any("epoch" in line for line in said)
    assert info.settings["voices"]["test"]
    with pytest.raises(DataError, match="not a transformer trained on"):
        train(weather(9), CODES, tmp_path / "other", seed=3, settings=given, log=print)
    with pytest.raises(UsageError, match="beside a trained transformer"):
        train(weather(), CODES, tmp_path / "other", seed=3, settings={**given, "epochs": 1}, log=print)


@pytest.mark.heavy
def test_refuses_a_changed_part(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny / "model", tmp_path / "model")
    (tmp_path / "model/slow/config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"slow/config\.json' is not the one"):
        classifier(tmp_path / "model")


@pytest.mark.heavy
def test_report_prints_every_engine(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = [
        {"text": p.text, "label": p.label, "facets": list(p.facets), "heading_path": list(p.heading_path), "voice": p.voice}
        for p in weather()
    ]
    data = tmp_path / "data.jsonl"
    data.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in labels), encoding="utf-8")
    assert report_main(["--model", str(tiny / "model"), "--model", str(tiny / "model/slow"), "--data", str(data)]) == 0
    out = capsys.readouterr().out
    for line in (
        "trained on 84 passages of 7 voices",
        "cascade model",
        "transformer slow",
        "linear, same voices",
        "text alone",
    ):
        assert line in out
    assert "under 1.01  asked 100.0%" in out
    data.write_text(json.dumps({"text": "晴", "label": "sun", "voice": "x"}) + "\n", encoding="utf-8")
    assert report_main(["--model", str(tiny / "model"), "--data", str(data)]) == 1
    assert "are not in the data" in capsys.readouterr().err
