"""The linear model: equal to the fitted scikit-learn pipeline, deterministic, and refused where it does not fit."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from corpus.codebook import codebook
from corpus.errors import DataError, UsageError
from models.base import Passage
from models.features import Floats, clean, clean_all, clean_heading, lexicon
from models.linear import CODED, SHIPPED, clauses, load, parse, sigmoid, softmax, surroundings
from models.lookup import KeyTable
from models.registry import classifier, classifier_names, default_classifier
from models.weigher import Sparse
from training.corpus import as_report, by_voice
from training.corpus import load as load_passages
from training.learn import Fitted, Settings, facet_scale, fit, joined_passages, matrix, stack_features, text_matrix

# tiny models are stopped early on purpose
pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")

# an eighth of the voices: enough for every label
TINY = Settings(folds=3, max_iter=60)


@pytest.fixture(scope="module")
def tiny() -> Fitted:
    voices = list(by_voice(load_passages()).values())[::8]
    return fit([p for own in voices for p in own], TINY, {"data_hash": "tiny"})


@pytest.fixture(scope="module")
def reports() -> list[list[Passage]]:
    return [as_report(own) for own in list(by_voice(load_passages()).values())[3:40:9]]


def test_equals_the_fitted_pipeline(tiny: Fitted, reports: list[list[Passage]]) -> None:
    # stored in half precision: probabilities agree to three places
    for report in reports:
        x = matrix(tiny.weigher, [report])
        first = np.full((len(report), len(codebook().labels)), -9.0)
        first[:, tiny.first.classes_] = tiny.first.decision_function(x)
        expected = tiny.stack.predict_proba(stack_features(first, [p.section for p in report], TINY.decay))
        labels, facets, also = tiny.classifier.scores(report)
        np.testing.assert_allclose(labels[:, tiny.stack.classes_], expected, atol=4e-3)
        alone = text_matrix(tiny.weigher, [p.text for p in report]).multiply(facet_scale(tiny.weigher, TINY)).tocsr()
        coded = labels.argmax(axis=1) <= max(tiny.classifier.labels.index(c) for c in CODED)
        for i, model in enumerate(tiny.facets):
            if model is not None:
                whole = model.predict_proba(alone)[:, 1]
                np.testing.assert_allclose(facets[~coded, i], whole[~coded], atol=4e-3)
        for i, model in enumerate(tiny.also):
            if model is not None:
                np.testing.assert_allclose(also[:, i], model.predict_proba(x)[:, 1], atol=4e-3)


def test_facets_of_clauses_are_averaged_with_the_whole(tiny: Fitted) -> None:
    text = "一是公开形式较为单一,渠道不够宽;二是工作人员业务能力有待提高。"
    report = [Passage(0, len(text), text, "s5", ("五、存在的主要问题及改进情况",))]
    labels, facets, _ = tiny.classifier.scores(report)
    assert tiny.classifier.labels[int(labels.argmax())] in CODED
    pieces = clauses(clean(text))
    assert len(pieces) == 3
    for i, model in enumerate(tiny.facets):
        if model is None or tiny.classifier.facets[i] == "general":
            continue
        scale = facet_scale(tiny.weigher, TINY)
        whole, *parts = (float(model.predict_proba(text_matrix(tiny.weigher, [t]).multiply(scale))[0, 1]) for t in (text, *pieces))
        assert facets[0, i] == pytest.approx((whole + max(parts)) / 2, abs=4e-3)


def test_same_data_same_bytes() -> None:
    voices = list(by_voice(load_passages()).values())[:12:2]
    passages = [p for own in voices for p in own]
    settings = replace(TINY, max_iter=15)
    assert fit(passages, settings).files == fit(passages, settings).files


def test_no_training_library_at_inference() -> None:
    code = (
        "import sys; from models.registry import default_classifier; from models.base import Passage;"
        "default_classifier().predict([Passage(0, 4, '公开信息', 's1')]);"
        "bad = {'sklearn', 'scipy', 'pandas', 'torch', 'spacy', 'jieba'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


def test_shipped_model_is_small_and_of_this_codebook() -> None:
    assert sum(f.stat().st_size for f in SHIPPED.iterdir()) <= 2_500_000
    model = load()
    assert model.labels == tuple(codebook().labels)
    assert model.facets == tuple(codebook().facets)
    assert model.model_id.startswith("linear-")


def p(text: str, section: str, *headings: str) -> Passage:
    return Passage(0, len(text), text, section, (section, *headings))


@pytest.mark.parametrize(
    ("given", "label"),
    [
        (p("全年通过网站公开各类政府信息三百余条。", "s1"), "disclosure"),
        (p("共收到信息公开申请9件，均在期限内答复。", "s1"), "request"),
        (p("举办信息公开业务培训班两期，参训八十人次。", "s1"), "supervision"),
        (p("承办12345热线工单640件，办结率100%。", "s1"), "service"),
        (p("开设政策解读专栏，发布图解12期。", "s1"), "interpretation"),
        (p("三是公开的形式还不够丰富。", "s5"), "problem"),
        (p("下一步，我局将加强学习培训，提高业务能力。", "s5"), "improvement"),
        (p("无其他需要报告的事项。", "s6"), "other"),
    ],
)
def test_plain_sentences(given: Passage, label: str) -> None:
    (found,) = default_classifier().predict([given])
    assert found.label == label
    assert bool(found.facets) == (label in CODED)
    assert found.score is not None
    assert 0 < found.score <= 1


def test_empty_report_and_strange_texts() -> None:
    model = default_classifier()
    assert model.predict([]) == []
    strange = ["", "\n", "𠮷𠮷", "\x00\x01\x02", "a" * 5000, "，" * 50, "１２３"]
    found = model.predict([Passage(0, len(t), t, None) for t in strange])
    assert len(found) == len(strange)
    assert all(f.label in codebook().labels for f in found)


def test_abstains_under_the_threshold() -> None:
    given = [p("全年公开信息三百条。", "s1"), p("其他。", "s1")]
    assert not any(f.abstained for f in classifier("linear").predict(given))
    sure = classifier("linear", min_confidence=1.0).predict(given)
    assert [f.label for f in sure] == [f.label for f in classifier("linear").predict(given)]
    assert all(f.abstained == (f.score is not None and f.score < 1.0) for f in sure)


def test_explains_by_features() -> None:
    reasons = load().explain([p("共收到信息公开申请9件，均在期限内答复。", "s1")], 0)
    assert any("申请" in name or "答复" in name for name, _ in reasons)
    assert [w for _, w in reasons] == sorted((w for _, w in reasons), reverse=True)


@pytest.mark.parametrize("change", ["codebook_version", "format", "flags_hash", "segmenter", "extra", "missing", "json"])
def test_models_that_do_not_fit_are_refused(change: str) -> None:
    content = {f.name: f.read_bytes() for f in SHIPPED.iterdir()}
    config = json.loads(content["config.json"])
    if change == "missing":
        del config["labels"]
    elif change == "extra":
        config["extra"] = 1
    else:
        config[change] = "0"
    content["config.json"] = b"{" if change == "json" else json.dumps(config).encode()
    with pytest.raises(DataError):
        parse(content, "test")


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"training\.fit"):
        load(tmp_path)


def test_names_of_classifiers_are_frozen() -> None:
    assert classifier_names() == ("keywords", "linear")
    with pytest.raises(UsageError, match="keywords, linear"):
        classifier("bert")
    with pytest.raises(UsageError):
        classifier("linear", min_confidence=2.0)
    assert default_classifier() is default_classifier()


def test_surroundings() -> None:
    given = softmax(np.array([[2.0, 0], [0, 2.0], [0, 0], [1.0, 0]], dtype=np.float32))
    found = surroundings(given, ["s1", "s1", "s1", "s5"], 0.5)
    assert not found[0, :2].any()
    np.testing.assert_allclose(found[0, 2:4], given[1])
    np.testing.assert_allclose(found[2, :2], given[1])
    np.testing.assert_allclose(found[2, 4:], (given[1] + 0.5 * given[0]) / 1.5, rtol=1e-6)
    assert not found[3].any()  # another section says nothing


def test_clauses_tile_the_text() -> None:
    for text in ("一是,更新不够及时,形式单一。", "", "短。", "没有标点的一句话", "甲,乙,丙,丁,戊,己,庚"):
        assert "".join(clauses(text)) == text
    assert clauses("一是,更新不够及时,形式单一。") == ["一是,更新不够及时,", "形式单一。"]


def test_clean() -> None:
    assert clean("全年公开１，２３４条，网址 www.x.gov.cn。") == "全年公开0条,网址a。"
    assert clean("1.主动公开3.5万件") == "0.主动公开0万件"
    assert clean_heading("（一）主动公开情况") == "主动公开情况"
    assert clean_heading("1.加强领导") == "加强领导"


def test_lexicon_examples() -> None:
    raw = tomllib.loads(files("models").joinpath("data/lexicon.toml").read_text(encoding="utf-8"))
    assert tuple(raw) == lexicon().classes
    for name, entry in raw.items():
        assert entry["yes"]
        assert entry["no"]
        assert all(any(t in y for t in entry["terms"]) for y in entry["yes"]), name
        assert not any(t in n for n in entry["no"] for t in entry["terms"]), name


def test_joined_passages_have_all_facets() -> None:
    own = next(iter(by_voice(load_passages()).values()))
    texts = {f: [q.text for q in own if f in q.facets] for f in codebook().facets}
    joined = joined_passages(own, 1)
    assert joined
    assert joined == joined_passages(own, 1)
    assert all(texts[f] for j in joined for f in j.facets)


def test_scores_are_those_of_the_weighed_features(reports: list[list[Passage]]) -> None:
    """Inference multiplies in fewer steps than training: headings once, flags as a matrix, clauses as pieces of their passages."""
    model = load()
    n, m = len(model.labels), len(model.facets)
    for report in [*reports, [replace(p, section=None) for p in reports[0]]]:
        first = dense(model.weigher.weigh(report), model.weights.own) + model.weights.bias
        around = surroundings(softmax(first[:, :n]), [p.section for p in report], model.config["decay"])
        expected = softmax(np.concatenate([first[:, :n], around], axis=1) @ model.weights.stack + model.weights.stack_bias)
        labels, facets, also = model.scores(report)
        np.testing.assert_allclose(labels, expected, atol=1e-5)
        np.testing.assert_allclose(also, sigmoid(first[:, n + m :]), atol=1e-5)
        whole = sigmoid(first[:, n : n + m])
        for i, p in enumerate(report):
            pieces = clauses(clean(p.text))
            if model.labels[int(labels[i].argmax())] in CODED and len(pieces) > 1:
                own = dense(model.weigher.weigh_texts(pieces), model.weights.own) + model.weights.bias
                general = model.facets.index("general")
                best = sigmoid(own[:, n : n + m]).max(axis=0)
                best[general] = whole[i, general]
                whole[i] = (whole[i] + best) / 2
        np.testing.assert_allclose(facets, whole, atol=1e-5)
        chosen = [f for f, q in zip(facets, model.predict(report), strict=True) if q.label in CODED]
        assert chosen


def dense(sparse: Sparse, weights: Floats) -> Floats:
    spans = pairwise(sparse.starts.tolist())
    return np.array([sparse.values[a:b] @ weights[sparse.ids[a:b]] for a, b in spans], dtype=np.float32)


def test_found_keys_are_those_of_the_set() -> None:
    rng = np.random.default_rng(1)
    for count in (0, 1, 7, 3000):
        keys = np.unique(rng.integers(0, 1 << 60, count))
        rng.shuffle(keys)
        asked = np.concatenate([keys[::2], rng.integers(0, 1 << 60, 500), keys[:5], [0]])
        at, places = KeyTable(keys).find(asked)
        place = {int(k): i for i, k in enumerate(keys)}
        expected = [(i, place[int(k)]) for i, k in enumerate(asked) if int(k) in place]
        assert list(zip(at.tolist(), places.tolist(), strict=True)) == expected


def test_texts_are_cleaned_alike_one_by_one_and_together() -> None:
    texts = ["全年公开１，２３４条，", "", "网址 www.x.gov.cn。", "含\0号", "　", "５0" * 80]
    assert clean_all(texts) == [clean(t) for t in texts]
    assert clean_all(texts[:3]) == [clean(t) for t in texts[:3]]
