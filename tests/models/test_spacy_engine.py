"""The spaCy engine: trained in seconds on a few voices, saved, loaded, refused where it does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import DataError, UsageError
from models.base import Passage
from models.folder import INFO
from models.registry import classifier
from models.spacy_tokens import FIELD, encode
from models.taxonomy import codebook_taxonomy
from training.passages import TrainingPassage, as_report, by_voice, load

spacy = pytest.importorskip("spacy")
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def some() -> list[TrainingPassage]:
    voices = list(by_voice(load()).values())[:14]
    return [p for v in voices for p in v]


@pytest.fixture(scope="module")
def model(some: list[TrainingPassage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.engines.spacy import train

    out = tmp_path_factory.mktemp("spacy") / "model"
    settings = {"epochs": 4, "length": 16384, "learn_rate": 0.01}
    train(some, codebook_taxonomy(), out, seed=3, settings=settings, log=lambda line: None)
    return out


def test_it_learns_and_is_loaded_by_folder(model: Path, some: list[TrainingPassage]) -> None:
    engine = classifier(model)
    assert engine.model_id.startswith("spacy-")
    right = total = 0
    for own in by_voice(some).values():
        found = engine.predict(as_report(own))
        assert len(found) == len(own)
        right += sum(a.label == b.label for a, b in zip(own, found, strict=True))
        total += len(own)
        assert all(p.score is not None and 0 < p.score <= 1 for p in found)
        assert all(bool(p.facets) == (p.label in {"problem", "improvement"}) for p in found)
    assert right / total > 0.6


def test_min_confidence_abstains(model: Path, some: list[TrainingPassage]) -> None:
    report = as_report(next(iter(by_voice(some).values())))
    sure = classifier(model, min_confidence=0.0).predict(report)
    unsure = classifier(model, min_confidence=0.9).predict(report)
    assert not any(p.abstained for p in sure)
    assert all(p.abstained == (p.score is not None and p.score < 0.9) for p in unsure)
    assert [p.label for p in sure] == [p.label for p in unsure]


def test_the_pipelines_open_in_spacy_alone(model: Path) -> None:
    nlp = spacy.load(model / "labels")
    doc = nlp(encode([Passage(0, 9, "更新不够及时。", "s5", ("五、存在的主要问题",))])[0])
    assert sum(doc.cats.values()) == pytest.approx(1, abs=1e-3)
    assert set(doc.cats) == {f"label_{c}" for c in codebook_taxonomy().labels}


def test_a_changed_file_is_refused(model: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(model, tmp_path / "m")
    (tmp_path / "m" / "labels" / "meta.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="not the one that was trained"):
        classifier(tmp_path / "m")


def test_a_model_of_other_settings_is_refused(model: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(model, tmp_path / "m")
    raw: dict[str, Any] = json.loads((tmp_path / "m" / INFO).read_text(encoding="utf-8"))
    raw["settings"].pop("temperature")
    (tmp_path / "m" / INFO).write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(DataError, match="temperature"):
        classifier(tmp_path / "m")


def test_what_spacy_sees() -> None:
    from models.spacy_tokens import PassageTokenizer

    first = Passage(0, 5, "先说一句。", "s5", ("五、问题", "（一）存在的问题"))
    second = Passage(6, 13, "更新不及时。", "s5", ("五、问题", "（一）存在的问题"), 1, 1)
    words = PassageTokenizer(spacy.blank("zh").vocab).words(encode([first, second])[1])
    assert words[:2] == ["S:s5", "H:存在"]
    assert "Q:1" in words
    assert any(w.startswith("B:") for w in words)
    assert not any(w.startswith("N:") for w in words)
    assert "".join(w for w in words if ":" not in w) == "更新不及时。"
    assert "c:更新" in words
    # the mark between the fields cannot be smuggled in by a text
    assert encode([Passage(0, 3, f"一{FIELD}二", None)])[0].count(FIELD) == 5


def test_unknown_settings_and_single_reports_are_refused(some: list[TrainingPassage], tmp_path: Path) -> None:
    from training.engines.spacy import train

    with pytest.raises(UsageError, match="unknown settings"):
        train(some, codebook_taxonomy(), tmp_path, seed=1, settings={"layers": 3}, log=lambda line: None)
    one = next(iter(by_voice(some).values()))
    with pytest.raises(DataError, match="1 report"):
        train(one, codebook_taxonomy(), tmp_path, seed=1, settings={}, log=lambda line: None)
