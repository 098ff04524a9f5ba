"""The engine ``hybrid``: what vectors add, whom the encoder is asked about, what is kept, and a tiny one built on the spot."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import DataError, UsageError
from gongkai.commands.app import main
from models.base import Passage
from models.cascade import CascadeClassifier, CascadeConfig
from models.features import Floats
from models.folder import read_info
from models.linear_folder import parse
from models.registry import classifier
from models.taxonomy import Taxonomy
from tests.models.test_transformer import CODES, tiny_base, weather
from training.engines.hybrid import source_of, train
from training.engines.linear_fit import LinearSettings, Spread, fit, settings_of
from training.engines.sentence_vectors import CACHE, CachedEncoder
from training.passages import TrainingPassage, as_report, by_voice
from training.shipped import engines as shipped_engines

pytestmark = pytest.mark.filterwarnings("ignore:.*failed to converge")
SIDES = Taxonomy("sides", "1", ("left", "right"), (), (), "", {})
_LEFT = tuple("甲丙戊庚壬天地玄黄宇宙洪荒日月盈")
_RIGHT = tuple("乙丁己辛癸寒来暑往秋收冬藏闰余成")


class Knowing:
    """An encoder that tells which of two lists a character is of; it notes what it was asked."""

    size = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        noise = [hashlib.sha256(t.encode()).digest()[0] / 255 for t in texts]
        rows = [(5.0 + 0.1 * (t in _LEFT), 5.0 - 0.1 * (t in _LEFT), n) for t, n in zip(texts, noise, strict=True)]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 3)


def sides(characters: Sequence[tuple[str, str]]) -> list[TrainingPassage]:
    first = weather(1)[0]
    return [
        replace(first, text=t, label=c, voice=f"v{i // 4}", order=i % 4, heading_path=()) for i, (t, c) in enumerate(characters)
    ]


def learnt() -> tuple[Any, Knowing]:
    """A model that saw the first ten characters of each list, in one voice each: n-grams say nothing."""
    pairs = [x for a, b in zip(_LEFT[:12], _RIGHT[:12], strict=True) for x in ((a, "left"), (b, "right"))]
    encoder = Knowing()
    fitted = fit(sides(pairs), SIDES, LinearSettings(folds=2, vector=1.0), encoder=encoder)
    encoder.asked.clear()
    return fitted, encoder


def report(text: str) -> list[Passage]:
    return [Passage(i, i + 1, t, None) for i, t in enumerate(text)]


def test_vectors_tell_apart_what_n_grams_do_not_know() -> None:
    fitted, encoder = learnt()
    new = [*_LEFT[12:], *_RIGHT[12:]]
    found = [fitted.classifier.predict(report(t))[0].label for t in new]
    assert found == ["left"] * 4 + ["right"] * 4
    assert encoder.asked == new
    assert fitted.classifier.model_id.startswith("hybrid-")


def test_encoder_is_asked_about_the_rows_alone() -> None:
    fitted, encoder = learnt()
    passages = report(_LEFT[12] + _RIGHT[12] + _LEFT[13])
    labels, facets, _ = fitted.classifier.scores(passages, [2, 1])
    assert encoder.asked == [_LEFT[13], _RIGHT[12]]
    assert labels.argmax(axis=1).tolist() == [0, 1], "in the order asked for"
    assert facets.shape == (2, 0)
    every, _, _ = fitted.classifier.scores(passages)
    assert every.argmax(axis=1).tolist() == [0, 1, 0]
    none, _, _ = fitted.classifier.scores(passages, [])
    assert none.shape == (0, 2)


def test_without_its_vector_a_passage_is_average() -> None:
    fitted, _ = learnt()
    w = fitted.classifier.weights
    assert w.vector.shape == (3, 2)
    spread = Spread.of(Knowing(), [*_LEFT[:12], *_RIGHT[:12]])
    np.testing.assert_allclose(w.centre, spread.centre, rtol=1e-5)
    np.testing.assert_allclose(spread.applied(spread.centre[None, :], 2.0), np.zeros((1, 3)), atol=1e-5)


def test_a_model_of_vectors_needs_the_encoder_it_was_trained_with() -> None:
    fitted, _ = learnt()

    class Wider(Knowing):
        size = 4

    for encoder in (None, Wider()):
        with pytest.raises(DataError, match=r"weights are for vectors of \(3, 2\)"):
            parse(fitted.files, SIDES, "x", "there", encoder=encoder)


def test_a_linear_model_has_no_setting_for_vectors() -> None:
    with pytest.raises(DataError, match="no setting 'vector'"):
        settings_of({"vector": 0.1}, 1)
    assert settings_of({"vector": 0.1}, 1, ()).vector == 0.1


@pytest.mark.parametrize(
    ("given", "says", "remedy"),
    [
        ({}, "needs an encoder", "convert_e5 --out models/e5"),
        ({"encoder": "no/such"}, "no folder 'no/such'", "cache=models/cache"),
        ({"encoder": 3}, "wrong type", "texts"),
        ({"encoder": "x", "max_length": "long"}, "wrong type", "whole number"),
    ],
)
def test_settings_of_the_encoder_are_checked(given: dict[str, Any], says: str, remedy: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says) as failed:
        train(weather(2), CODES, tmp_path, seed=1, settings=given, log=print)
    assert remedy in str(failed.value)


def test_cache_lies_beside_the_encoder(tmp_path: Path) -> None:
    source = source_of({"encoder": str(tmp_path)})
    assert (source.prefix, source.max_length, source.cache) == ("query: ", 128, tmp_path / "gongkai")
    assert source_of({"encoder": "hub/name", "cache": "c", "prefix": ""}).cache == Path("c")


@pytest.mark.parametrize("engine", ["hybrid", "cascade"])
def test_command_names_the_remedy(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.jsonl"
    lines = [{"text": p.text, "label": "problem" if p.label == "rain" else "other", "voice": p.voice} for p in weather(3)]
    data.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), encoding="utf-8")
    given = ["train", "--data", str(data), "--engine", engine, "--out", str(tmp_path / "model")]
    monkeypatch.setattr("sys.argv", ["gongkai", *given])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "python -m training.shipped.convert_e5" in said


def test_cascade_asks_the_encoder_only_where_it_is_unsure() -> None:
    slow, encoder = learnt()
    passages = report(_LEFT[0] + _LEFT[14] + _RIGHT[14])
    quick = fit(
        sides([(t, "left" if t in _LEFT else "right") for t in (*_LEFT[:8], *_RIGHT[:8])]), SIDES, LinearSettings(folds=2)
    )
    model = CascadeClassifier(SIDES, CascadeConfig(0.99, weight=1.0, facet_weight=0.0), quick.classifier, slow.classifier, "d")
    assert [p.label for p in model.predict(passages)] == ["left", "left", "right"]
    assert encoder.asked == [passages[i].text for i in model.asked(passages)]


# ---- a tiny one ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``base``, an encoder; ``hybrid``, trained with it; ``cascade``."""
    folder = tmp_path_factory.mktemp("hybrid")
    passages = weather()
    base = tiny_base(folder / "base", [p.text for p in passages])
    settings = {"encoder": str(base), "prefix": "", "folds": 2, "max_iter": 50}
    train(passages, CODES, folder / "hybrid", seed=3, settings=settings, log=lambda _: None)
    return folder


SETTINGS = {"prefix": "", "folds": 2, "max_iter": 50}


@pytest.mark.heavy
def test_folder_serves_without_its_base(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny / "hybrid", tmp_path / "alone")
    model = classifier(tmp_path / "alone")
    assert model.model_id.startswith("hybrid-")
    found = [q.label for own in by_voice(weather(12)).values() for q in model.predict(as_report(own))]
    truth = [p.label for p in weather(12)]
    assert sum(a == b for a, b in zip(found, truth, strict=True)) / len(truth) > 0.9
    (tmp_path / "alone/encoder.onnx").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"encoder\.onnx' of the model is|encoder\.onnx' is not the one"):
        classifier(tmp_path / "alone")


@pytest.mark.heavy
def test_a_second_training_encodes_nothing_and_writes_the_same(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    train(weather(), CODES, tmp_path, seed=3, settings={**SETTINGS, "encoder": str(tiny / "base")}, log=said.append)
    assert not any("to encode" in line or "exporting" in line for line in said)
    files = [p.name for p in tmp_path.iterdir()]
    assert {f: (tmp_path / f).read_bytes() for f in files} == {f: (tiny / "hybrid" / f).read_bytes() for f in files}


@pytest.mark.heavy
def test_a_cache_of_another_encoder_is_refused_and_a_broken_one_is_made_again(tiny: Path, tmp_path: Path) -> None:
    given = {**SETTINGS, "encoder": str(tiny / "base")}
    with pytest.raises(UsageError, match="delete that folder"):
        train(weather(), CODES, tmp_path, seed=3, settings={**given, "max_length": 9}, log=print)
    shutil.copytree(tiny / "base/gongkai", tmp_path / "cache")
    source = source_of({**given, "cache": str(tmp_path / "cache")})
    wanted = CachedEncoder(source, print).vectors(["今天晴朗"])
    (tmp_path / "cache" / CACHE).write_bytes(b"cut off")
    said: list[str] = []
    again = CachedEncoder(source, said.append)
    np.testing.assert_array_equal(again.vectors(["今天晴朗", "今天晴朗"]), np.repeat(wanted, 2, axis=0))
    assert said[0] == "1 texts to encode"
    assert again.vectors([]).shape == (0, 32)


@pytest.mark.heavy
@pytest.mark.parametrize(("options", "slow"), [([], "transformer"), (["--frozen"], "hybrid")])
def test_one_command_builds_all_engines(
    options: list[str],
    slow: str,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(shipped_engines, "shipped", weather)
    monkeypatch.setattr(shipped_engines, "codebook_taxonomy", lambda: CODES)
    monkeypatch.setattr(
        shipped_engines, "FINE_TUNING", {**shipped_engines.FINE_TUNING, "dev_share": 0.3, "lr": 3e-3, "batch": 4}
    )
    shutil.copytree(tiny / "base", tmp_path / "e5", ignore=shutil.ignore_patterns("gongkai"))
    assert shipped_engines.main(["--out", str(tmp_path), *options]) == 0
    said = capsys.readouterr().out
    assert "exporting" in said
    assert [line.split("-")[0] for line in said.splitlines() if " -> " in line and "MB" not in line] == [
        "hybrid", *(["transformer"] if slow == "transformer" else []), "cascade",
    ]  # fmt: skip
    config = json.loads((tmp_path / "cascade/config.json").read_text(encoding="utf-8"))
    assert config["facet_weight"] == 0.0, "mixing is no better beyond chance: facets are left to the quick one"
    model = classifier(tmp_path / "cascade")
    assert isinstance(model, CascadeClassifier)
    own = weather()[:12]
    assert [q.label for q in model.predict(as_report(own))] == [p.label for p in own]
    metrics = json.loads((tmp_path / "cascade/model.json").read_text(encoding="utf-8"))["metrics"]
    assert metrics["calibration voices, by threshold"][0]["asked"] == 0.0
    assert metrics["seconds"]["fitting"] > 0
    assert read_info(tmp_path / "cascade/slow").files == read_info(tmp_path / slow).files
