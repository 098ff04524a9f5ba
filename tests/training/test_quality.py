"""Figures of labels and facets, comparisons of two models, and how they are shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from corpus.codebook import CODEBOOK_VERSION
from corpus.errors import DataError, UsageError
from gongkai.pages.errors_page import errors_csv, errors_html
from models.base import Passage, Prediction
from models.keywords import KeywordClassifier
from models.taxonomy import codebook_taxonomy
from training.measure import calibration_text
from training.measure.agreement import cohen_kappa
from training.measure.calibration_text import format_calibration, plot
from training.measure.compare_models import compare, format_comparison
from training.measure.quality import JudgedPassage, measure
from training.measure.quality_text import format_quality, quality_to_dict
from training.measure.reasons import reason
from training.measure.scores import Evaluation, Score
from training.shipped.accuracy_runs import Ablation, Engine, Measured
from training.shipped.accuracy_text import Everything, render
from training.shipped.adapt_trial import Trial

BOOK = codebook_taxonomy()


def item(gold: str, found: str, report: str = "r1", **other: Any) -> JudgedPassage:
    return JudgedPassage(report, other.pop("text", f"{gold}{found}"), gold, found, **{"score": 0.9, **other})


SOME = [
    item("problem", "problem", gold_facets=("content", "format"), found_facets=("content",)),
    item("problem", "improvement", gold_facets=("general",), found_facets=("general",)),
    item("service", "service", "r2"),
    item("service", "platform", "r2"),
    item("request", "request", "r2"),
    item("request", "(none)", "r2", score=None),
]


def test_figures_by_hand() -> None:
    q = measure(SOME, BOOK)
    assert (q.items, q.reports) == (6, 2)
    assert q.accuracy.value == pytest.approx(3 / 6)
    rows = {r.code: r for r in q.labels}
    assert (rows["problem"].precision, rows["problem"].recall, rows["problem"].support) == (1.0, 0.5, 2)
    assert (rows["improvement"].precision, rows["improvement"].support, rows["improvement"].predicted) == (0.0, 0, 1)
    # F1 of problem, service and request is 2/3 each; improvement and platform are not in the truth
    assert q.macro_f1.value == pytest.approx(2 / 3)
    assert q.label_f1.keys() == {"problem", "service", "request"}
    # facets of gold problems: right content, general; missed format
    assert q.facet_f1 is not None
    assert q.facet_f1.value == pytest.approx(2 * 2 / (2 + 3))
    assert {r.code: r.recall for r in q.facets} == {"content": 1.0, "format": 0.0, "general": 1.0}
    assert q.also_f1 is None
    assert q.confusions == (("problem", "improvement", 1), ("request", "(none)", 1), ("service", "platform", 1))
    # r1 has 1 of 2 right, r2 2 of 4: whatever is drawn, half is right
    assert q.accuracy.interval is not None
    assert (q.accuracy.interval.low, q.accuracy.interval.high) == (0.5, 0.5)


def test_figures_do_not_depend_on_the_order() -> None:
    assert measure(list(reversed(SOME)), BOOK) == measure(SOME, BOOK)


def test_kappa_is_that_of_scikit_learn() -> None:
    metrics = import_module("sklearn.metrics")
    random = np.random.default_rng(2)
    a, b = random.integers(0, 4, 80), random.integers(0, 4, 80)
    weights = random.uniform(1, 9, 80)
    ours = cohen_kappa(list(zip(a.tolist(), b.tolist(), strict=True)), weights.tolist())
    assert ours == pytest.approx(metrics.cohen_kappa_score(a, b, sample_weight=weights))


def test_macro_f1_is_that_of_scikit_learn() -> None:
    metrics = import_module("sklearn.metrics")
    random = np.random.default_rng(4)
    labels = np.array(BOOK.labels)
    gold, found = labels[random.integers(0, 11, 300)], labels[random.integers(0, 11, 300)]
    q = measure(
        [item(g, f, f"r{i % 7}") for i, (g, f) in enumerate(zip(gold.tolist(), found.tolist(), strict=True))], BOOK, draws=0
    )
    assert q.macro_f1.value == pytest.approx(metrics.f1_score(gold, found, average="macro"))
    assert q.macro_f1.interval is None


def test_also_is_counted_where_the_truth_says() -> None:
    some = [
        item("service", "service", gold_also=("platform",), found_also=("platform", "request")),
        item("service", "service", found_also=("request",)),
    ]
    assert measure(some, BOOK).also_f1 == pytest.approx(2 / 3)


def test_text_and_json() -> None:
    q = measure(SOME, BOOK)
    text = format_quality(q, confusions=1)
    assert "accuracy               0.500 (0.500–0.500)" in text
    assert "… 2 more pairs" in text
    assert re.search(r"problem .* 存在问题$", text, re.MULTILINE)
    content = quality_to_dict(q)
    assert content["accuracy"] == {"value": 0.5, "interval_95": [0.5, 0.5]}
    assert content["labels"]["problem"]["recall"] == 0.5


def many(right: float, reports: int = 8, each: int = 25, seed: int = 0) -> list[JudgedPassage]:
    """Items that carry ``right`` of their labels; texts do not depend on ``right``."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(reports * each):
        gold = ("problem", "service")[i % 2]
        ok = bool(random.random() < right)
        score = float(random.uniform(0.6, 1.0) if ok else random.uniform(0.4, 0.9))
        facets = ("content",) if gold == "problem" else ()
        found.append(
            JudgedPassage(
                f"r{i // each}",
                f"t{i}",
                gold,
                gold if ok else "platform",
                score=round(score, 4),
                gold_facets=facets,
                found_facets=facets,
            )
        )
    return found


def test_comparison_of_two_models() -> None:
    good, bad = many(0.95), many(0.7, seed=1)
    c = compare(good, bad, BOOK)
    by = {d.name: d for d in c.differences}
    assert by["accuracy"].a - by["accuracy"].b == pytest.approx((c.only_a - c.only_b) / c.passages)
    assert by["accuracy"].interval is not None
    assert by["accuracy"].interval.low > 0
    assert by["facets (micro-F1)"].a == 1
    assert c.p_passages < 0.001
    assert c.p_reports == pytest.approx(2 / 2**8)
    same = compare(good, good, BOOK)
    assert (same.only_a, same.only_b, same.p_passages, same.p_reports) == (0, 0, 1, 1)
    assert "+0.000" in format_comparison(same, "x", "y")
    assert "p < 0.0001" in format_comparison(replace(same, p_passages=2e-9), "x", "y")  # never 0.0000
    with pytest.raises(DataError, match="different passages"):
        compare(good, bad[1:], BOOK)


def test_calibration_in_words() -> None:
    text = format_calibration(many(0.9), 0.05)
    assert text.count("–0.") + text.count("–1.") == 15
    assert "temperature" in text
    assert re.search(r"--min-confidence 0\.\d{4} keeps \d+\.\d% with [0-4]\.\d% wrong", text)
    assert "chosen on one half of the reports" in text
    assert "no --min-confidence keeps errors" in format_calibration([item("problem", "service")] * 5, 0.05)
    assert "no probabilities" in format_calibration([item("problem", "problem", score=None)], 0.05)


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_plot(tmp_path: Path, suffix: str, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / f"plot{suffix}"
    plot(many(0.9), path, "linear: 200 passages")
    first = path.read_bytes()
    plot(many(0.9), path, "linear: 200 passages")
    assert path.read_bytes() == first, "same measurements, same bytes"
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    if suffix == ".svg":
        assert b"share of passages kept" in first


def test_plots_that_cannot_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="names no picture"):
        plot(many(0.9), tmp_path / "plot.txt", "x")
    with pytest.raises(UsageError, match="no probabilities"):
        plot([item("problem", "problem", score=None)], tmp_path / "plot.svg", "x")

    def missing(name: str) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(calibration_text, "import_module", missing)
    with pytest.raises(UsageError, match=r"\[plots\]"):
        plot(many(0.9), tmp_path / "plot.svg", "x")


EVIL = '<script>alert("x")</script>\x1b[2J=cmd()'


def test_errors_are_listed_safely() -> None:
    wrong = item("problem", "service", f"r{EVIL}", text=EVIL, heading_path=(EVIL,), reason=EVIL, gold_facets=("content",))
    facets = item("problem", "problem", gold_facets=("content",), found_facets=("format",), text="方面不同。")
    page = errors_html([wrong, facets, *SOME[2:]], BOOK, EVIL)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "存在问题" in page
    formula = replace(facets, text="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(errors_csv([wrong, formula], BOOK).removeprefix("\ufeff"))))
    assert [(r["kind"], r["gold"], r["predicted"], r["predicted_facets"]) for r in rows] == [
        ("label", "problem", "service", ""), ("facets", "problem", "problem", "format"),
    ]  # fmt: skip
    assert rows[1]["text"] == "'=HYPERLINK(1)"
    assert "\x1b" not in rows[0]["text"]


def test_no_errors_is_a_page_too() -> None:
    shown = errors_html([item("problem", "problem", gold_facets=("content",), found_facets=("timeliness",))], BOOK, "linear")
    assert "1份报告的1个段落中，0个类别与真值不同，1个仅方面不同。" in shown
    assert "公开内容 <code>content</code>" in shown
    page = errors_html([item("service", "service")], BOOK, "linear")
    assert "0 of 1 passages" in page


def everything(real: bool, trials: Sequence[Trial] = ()) -> Everything:
    good, bad = many(0.95), many(0.7, seed=1)
    rules = [replace(i, score=None) for i in bad]
    found = Measured("tab-rows", Evaluation({"r": Score()}, Score()), {"linear": good, "keywords": rules})
    engines = (Engine("linear", "linear"), Engine("keywords", "keywords"))
    return Everything(
        "2030-01-02", "linear-0", CODEBOOK_VERSION, "abc", 200, 8, 1, engines, (found,), (found,) if real else (),
        {"linear": tuple(good), "keywords": tuple(rules)}, tuple(bad), (Ablation("without headings", 7, tuple(bad)),), tuple(trials), BOOK,
        {"linear": 100.0, "keywords": 200.0}, (1, 100), 61.0,
    )  # fmt: skip


def test_accuracy_page() -> None:
    good, bad = many(0.95), many(0.7, seed=1)
    trial = Trial(6, "agreement", 50, 0.98, compare(good, bad, BOOK), compare(bad, good, BOOK))
    page = render(everything(True, [trial]))
    for heading in (
        "in short",
        "Real reports",
        "Bundled",
        "Held",
        "What brings",
        "Probabilities",
        "Engines",
        "nobody coded",
        "does not show",
    ):
        assert re.search(rf"^## .*{heading}", page, re.MULTILINE), heading
    assert "2030-01-02" in page
    assert "linear-0" in page
    assert re.search(r"- \*\*better\*\*: accuracy with 6 voices, agreement, same half", page)
    assert re.search(r"- \*\*worse\*\*: accuracy with 6 voices, agreement, other half", page)
    assert "1 real reports are few" in page
    # every table is one: as many cells in each row as in its head
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({re.sub(r"`[^`]*`", "", line).count("|") for line in block.splitlines()}) == 1, block
    alone = render(everything(False))
    assert "Not measured in this run" in alone
    assert "- No real reports" in alone


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ("text:屏。", "屏。"),
        ("text:\x01一是", "^一是"),
        ("heading:公开\x02", "heading 公开$"),
        ("flag:after:manage", "passage after has words of manage"),
        ("flag:section=s1", "section=s1"),
        ("好", "好"),
    ],
)
def test_features_are_named_for_people(feature: str, said: str) -> None:
    class Says:
        model_id = "says"

        def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
            return []

        def explain(self, passages: Sequence[Passage], index: int, *, top: int) -> list[tuple[str, float]]:
            return [(feature, 1.5)] * min(2, top)

    given = Passage(0, 1, "好", "s1")
    assert reason(Says(), [given], 0) == f"{said} +1.50; {said} +1.50"
    assert reason(KeywordClassifier(), [Passage(0, 9, "二是培训不够深入。", "s5")], 0)


def test_engines_that_cannot_say_why() -> None:
    class Silent:
        model_id = "silent"

        def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
            return []

    assert reason(Silent(), [Passage(0, 1, "好", "s1")], 0) == ""
