"""``make evaluate`` from end to end, with an engine that trains in milliseconds in the place of the linear one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models import registry
from models.folder import read_info, write_info
from models.registry import default_classifier
from models.taxonomy import codebook_taxonomy
from training.engines import registry as trainers
from training.passages import load
from training.shipped import report_accuracy
from training.shipped.accuracy_runs import Ablation, Engine, on_held, samples
from training.shipped.adapt_trial import halves
from training.shipped.adapt_trial import run as run_trials
from training.voices import held


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(trainers._MODULES, "linear", "tests.support.tiny_engine")
    monkeypatch.setitem(registry._ENGINES, "tiny", "tests.support.tiny_engine")


def test_everything_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report_accuracy, "LAYOUTS", ["tab-rows", "markdown"])
    monkeypatch.setattr(report_accuracy, "BASES", (6,))
    monkeypatch.setattr(report_accuracy, "ablations", lambda seed: [Ablation("all", 7, on_held(default_classifier()))])
    out = tmp_path / "accuracy.md"
    code = report_accuracy.main(["--out", str(out), "--real", str(tmp_path / "none"), "--jobs", "0"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    page = out.read_text(encoding="utf-8")
    assert printed.out.endswith(page)
    assert "| `markdown` | " in page
    assert f"| held voices, reworded from real reports | {len(held())} |" in page
    assert "| all (7 passages) | " in page
    assert "bundled synthetic reports (tab-rows) | 708 |" in page
    assert "| 6 | dawid-skene | " in page
    assert registry.default_classifier().model_id in page
    assert "| `keywords` | – | " in page, "speed of every engine"
    assert "(`unfamiliar_text`, `models/familiarity.py`): 1 of 163 held voices" in page
    assert f"| `linear` | held voices | {len(held())} | " in page
    assert "- `keywords` less `linear`, held voices: accuracy -0." in page


def test_models_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report_accuracy.main(["--model", "x", "--out", str(tmp_path / "a.md")]) == 1
    assert "names no folder" in capsys.readouterr().err
    assert not (tmp_path / "a.md").exists()


def test_engines_know_their_size(tmp_path: Path) -> None:
    assert Engine("keywords", "keywords").size is None
    size = Engine("linear", "linear").size
    assert size is not None
    assert size > 100_000
    trainers.trainer("linear")(load()[:300], codebook_taxonomy(), tmp_path, seed=1, settings={}, log=lambda _: None)
    assert Engine("tiny", str(tmp_path)).held_out == {}
    assert Engine("tiny", str(tmp_path)).trained_in == {}
    info = read_info(tmp_path)
    write_info(tmp_path, replace(info, metrics={"seconds": {"fitting": 3.0}}), list(info.files))
    assert Engine("tiny", str(tmp_path)).trained_in == {"fitting": 3.0}
    assert Engine("tiny", str(tmp_path)).load().model_id.startswith("tiny-")


def test_adaptation_is_measured_on_what_it_has_not_seen() -> None:
    near, far = halves(samples(), 1)
    assert {p.voice for p in near}.isdisjoint({p.voice for p in far})
    assert len(near) + len(far) == 708
    said: list[str] = []
    (trial,) = run_trials(load(), samples(), voices=(5,), seed=1, log=said.append, methods=("agreement",))
    assert trial.voices == 5
    assert 0 < trial.weak < len(near)
    assert 0.5 < trial.weak_right <= 1
    assert (trial.same.passages, trial.other.passages) == (len(near), len(far))
    assert len(said) == 2
