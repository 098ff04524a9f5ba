"""What more coding would bring, and the benchmark of codebooks of one's own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.own_codes import __main__ as bench
from models.taxonomy import load_taxonomy
from training.measure.heldout import held_out
from training.measure.learning_curve import CurvePoint, curve_lines, expected_accuracy
from training.voices import held, reworded

POINTS = [CurvePoint(100, 0.6), CurvePoint(200, 0.8)]


def test_a_power_law_is_continued() -> None:
    halved = [CurvePoint(50, 0.2), *POINTS]
    assert expected_accuracy(halved, 400) == pytest.approx(0.9)
    assert expected_accuracy(halved, 800) == pytest.approx(0.95)
    assert expected_accuracy(POINTS[:1], 800) == 0.6, "one point says nothing of more"


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4).map(lambda a: [CurvePoint(50 * 2**i, v) for i, v in enumerate(a)]),
    st.integers(1, 20),
)
def test_more_never_looks_worse_nor_perfect(points: list[CurvePoint], times: int) -> None:
    last = points[-1]
    found = expected_accuracy(points, last.passages * times)
    assert min(last.accuracy, 0.999) - 1e-9 <= found <= 1.0


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (POINTS, "code 250 more for about 0.920: gongkai sample RESULTS --by uncertainty --n 250"),
        ([CurvePoint(100, 0.8), CurvePoint(200, 0.801)], "twice as many would give about 0.802"),
    ],
)
def test_how_many_to_code_next(points: list[CurvePoint], says: str) -> None:
    lines = curve_lines(points, 250)
    assert f"{points[0].accuracy:.3f} from 100, {points[1].accuracy:.3f} from 200; about " in lines[0]
    assert says in lines[1]


def test_a_share_of_the_reports_is_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    class Watched:
        def __init__(self, folder: Path) -> None: ...

        def predict(self, passages):  # type: ignore[no-untyped-def]
            from models.base import Prediction

            return [Prediction("count", score=0.5) for _ in passages]

    def train(passages, taxonomy, out, **_):  # type: ignore[no-untyped-def]
        seen.append({p.voice for p in passages})

    monkeypatch.setattr("training.measure.heldout.trainer", lambda engine: train)
    monkeypatch.setattr("training.measure.heldout.classifier", Watched)
    coded = bench.coded("evidence")
    settings = {"folds": 3, "seed": 1, "settings": {}, "log": print}
    taxonomy = load_taxonomy(bench.HERE / "evidence.toml")
    (every,) = held_out("any", coded, taxonomy, **settings)  # type: ignore[arg-type]
    (third,) = held_out("any", coded, taxonomy, keep=1 / 3, **settings)  # type: ignore[arg-type]
    assert [i.text for i in every] == [i.text for i in third], "the same passages are measured on"
    for whole, part in zip(seen[:3], seen[3:], strict=True):
        assert part < whole
        assert len(part) == pytest.approx(len(whole) / 3, abs=3)


@pytest.mark.parametrize("name", bench.TAXONOMIES)
def test_coded_passages_are_of_training_voices_and_of_the_taxonomy(name: str) -> None:
    passages, taxonomy = bench.coded(name), load_taxonomy(bench.HERE / f"{name}.toml")
    assert len(passages) == len({(p.voice, p.order) for p in passages}) == 620
    assert {p.voice for p in passages} <= {p.voice for p in reworded()}
    assert not {p.voice for p in passages} & {p.voice for p in held()}
    counts = Counter(p.label for p in passages)
    assert set(counts) == set(taxonomy.labels)
    assert min(counts.values()) > 10


def test_tables_are_written_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "DRAWS", 1)
    monkeypatch.setattr(bench, "SIZES", (20, 40, 60))
    monkeypatch.setattr(bench, "TAXONOMIES", ("channel",))
    monkeypatch.setattr(bench, "one", lambda learn, test, taxonomy, encoder: ["none"] * len(test))
    page = tmp_path / "page.md"
    page.write_text(f"before\n{bench.BEGIN}\nold\n{bench.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["own_codes", "--out", str(page)])
    assert bench.main() == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{bench.BEGIN}\n\n| codes | engine | 20 passages |")
    assert text.endswith(f"{bench.END}\nafter\n")
    assert "| `channel` | linear | 0." in text
    assert "old" not in text
