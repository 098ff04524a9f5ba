"""The linear model: equal to the fitted scikit-learn pipeline, deterministic, for any codes, and refused where it does not fit."""

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
from models.features import FIRST, Floats, clean, clean_all, clean_heading, flag_names, lexicon, runs
from models.folder import INFO
from models.linear import choose_facets, clause_starts, clause_texts, clauses, sigmoid, softmax, surroundings
from models.linear_folder import FILES, SHIPPED, load, parse
from models.lookup import GramTree, KeyTable
from models.registry import classifier, classifier_names, default_classifier
from models.taxonomy import Taxonomy, codebook_taxonomy
from models.weigher import Sparse, Vocabulary, Weigher
from training.engines.linear import train
from training.engines.linear_fit import (
    GROUPS,
    Fitted,
    LinearSettings,
    also_threshold,
    choose_thresholds,
    decisions,
    fit,
    matrix,
    settings_of,
    stack_features,
    text_matrix,
)
from training.passages import TrainingPassage, as_report, by_voice
from training.passages import load as load_passages

# tiny models are stopped early on purpose
pytestmark = pytest.mark.filterwarnings("ignore:.*failed to converge")
CODES = codebook_taxonomy()
CODED = CODES.coded
TINY = LinearSettings(folds=2, max_iter=100, c=3.0, facet_c=3.0)
# codes of a user's own: no facets, nothing that this codebook has
OWN = Taxonomy("own", "3", ("money", "people"), (), (), "", {"money": "钱", "people": "人"})


@pytest.fixture(scope="module")
def tiny() -> Fitted:
    # an eighth of the voices: enough for every label
    voices = list(by_voice(load_passages()).values())[::8]
    return fit([p for own in voices for p in own], CODES, TINY)


@pytest.fixture(scope="module")
def reports() -> list[list[Passage]]:
    return [as_report(own) for own in list(by_voice(load_passages()).values())[3:40:9]]


def test_equals_the_fitted_pipeline(tiny: Fitted, reports: list[list[Passage]]) -> None:
    # stored with six significant bits a weight: probabilities agree to two places
    model = tiny.classifier
    for report in reports:
        first = decisions(tiny.first, matrix(tiny.weigher, [report]))
        expected = tiny.stack.predict_proba(stack_features(first, [p.section for p in report], TINY.decay))
        labels, facets, also = model.scores(report)
        np.testing.assert_allclose(labels[:, tiny.stack.classes_], expected, atol=1e-2)
        assert also is labels
        for i, p in enumerate(report):
            text = clean(p.text)
            if len(clauses(text)) < 2:
                whole = sigmoid(decisions(tiny.facets, text_matrix(tiny.weigher, [text])))
                np.testing.assert_allclose(facets[i], whole[0], atol=1e-2)


def test_facets_of_clauses_are_averaged_with_the_whole(tiny: Fitted) -> None:
    text = clean("一是公开形式较为单一,渠道不够宽;二是工作人员业务能力有待提高。")
    model = tiny.classifier
    _, found, _ = model.scores([Passage(0, len(text), text, "s5", ("五、存在的主要问题及改进情况",))])
    starts = clause_starts(text)
    assert len(starts) == 3
    # n-grams by the clause that they end in, weighed one by one
    tree = {g: i for i, g in enumerate(model.weigher.vocabulary.text)}
    edged = f"\x01{text}\x02"
    hits: list[list[int]] = [[], [], []]
    for end in range(1, len(edged) + 1):
        clause = max(k for k, s in enumerate(starts) if s <= max(0, end - 2))
        hits[clause] += [tree[g] for n in (1, 2, 3) if end >= n and (g := edged[end - n : end]) in tree]
    classes = [{c for t, cs in lexicon().terms.items() if t in piece for c in cs} for piece in clause_texts(text)]

    def score(grams: list[int], present: set[int]) -> Floats:
        idf = model.weigher.idf[grams]
        own = (model.weights.facets[grams] * idf[:, None]).sum(axis=0) / np.sqrt((idf * idf).sum())
        term = model.weights.facets[[model.weigher.texts + c for c in present]].sum(axis=0)
        scored: Floats = own + term * model.weigher.vocabulary.scales["term"] + model.weights.facet_bias
        return scored

    whole = sigmoid(score([g for own in hits for g in own], set().union(*classes)))
    best = sigmoid(np.stack([score(g, c) for g, c in zip(hits, classes, strict=True)])).max(axis=0)
    general = CODES.facets.index("general")
    best[general] = whole[general]
    np.testing.assert_allclose(found[0], (whole + best) / 2, atol=1e-4)


def test_scores_are_those_of_the_weighed_features(reports: list[list[Passage]]) -> None:
    """Inference multiplies in fewer steps than training: headings once, flags as a matrix."""
    model = load()
    for report in [*reports, [replace(p, section=None) for p in reports[0]]]:
        first = dense(model.weigher.weigh(report), model.weights.own) + model.weights.bias
        around = surroundings(softmax(first), [p.section for p in report], model.thresholds.decay)
        expected = softmax(np.concatenate([first, around], axis=1) @ model.weights.stack + model.weights.stack_bias)
        labels, facets, _ = model.scores(report)
        np.testing.assert_allclose(labels, expected, atol=1e-4)
        assert facets.shape == (len(report), len(CODES.facets))
    assert [part.shape for part in model.scores([])] == [
        (0, len(codes)) for codes in (CODES.labels, CODES.facets, CODES.labels)
    ]


def test_texts_alone_have_the_scores_of_their_features() -> None:
    model = load()
    texts = ["更新不够及时", "形式单一,渠道不多", "", "𠮷"]
    found = model.facet_scores(texts)
    expected = dense(model.weigher.weigh_texts(texts), model.weights.facets) + model.weights.facet_bias
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert model.facet_scores([]).shape == (0, len(CODES.facets))


def dense(sparse: Sparse, weights: Floats) -> Floats:
    spans = pairwise(sparse.starts.tolist())
    return np.array([sparse.values[a:b] @ weights[sparse.ids[a:b]] for a, b in spans], dtype=np.float32)


def own_passages() -> list[TrainingPassage]:
    template = load_passages()[0]
    texts = [("预算资金", "money"), ("拨付经费", "money"), ("招聘人员", "people"), ("培训干部", "people")]
    return [
        replace(
            template, text=f"{text}第{k}批{end}", label=label, also=(), facets=(), section=None, heading_path=(),
            voice=f"v{k}", order=i, position=i, paragraph=i,
        )
        for k in range(6)
        for i, (text, label) in enumerate(texts)
        for end in ("已完成。",)
    ]  # fmt: skip


def test_codes_of_a_users_own(tmp_path: Path) -> None:
    lines: list[str] = []
    info = train(own_passages(), OWN, tmp_path / "m", seed=3, settings={"folds": 2, "min_passages": 2}, log=lines.append)
    assert (info.engine, info.seed, info.settings["folds"], info.taxonomy.labels) == ("linear", 3, 2, OWN.labels)
    assert sorted(f.name for f in (tmp_path / "m").iterdir()) == sorted([*FILES, INFO])
    assert lines
    model = classifier(tmp_path / "m", min_confidence=0.2)
    found = model.predict([Passage(0, 4, "下拨资金", None), Passage(5, 9, "新进人员", None)])
    assert [(f.label, f.facets, f.abstained) for f in found] == [("money", (), False), ("people", (), False)]
    again = train(own_passages(), OWN, tmp_path / "n", seed=3, settings={"folds": 2, "min_passages": 2}, log=lines.append)
    assert again.files == info.files
    assert again.digest in model.model_id


@pytest.mark.parametrize(
    "given", [{"nonsense": 1}, {"folds": 2.5}, {"c": -1}, {"c": "much"}, {"scales": {"text": 1}}, {"c": True}]
)
def test_settings_that_do_not_exist_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(DataError, match=next(iter(given))):
        settings_of(given, 1)


def test_too_little_to_train_on_is_refused() -> None:
    with pytest.raises(DataError, match="two voices"):
        fit(own_passages()[:4], OWN, TINY)


def test_same_data_same_bytes() -> None:
    voices = list(by_voice(load_passages()).values())[:12:2]
    passages = [p for own in voices for p in own]
    settings = replace(TINY, max_iter=15)
    assert fit(passages, CODES, settings).files == fit(passages, CODES, settings).files


def test_groups_of_features_left_out_weigh_nothing() -> None:
    voices = list(by_voice(load_passages()).values())[:12:2]
    passages = [p for own in voices for p in own]
    fitted = fit(passages, CODES, replace(TINY, max_iter=15, without=("neighbours", "headings")))
    names = [fitted.weigher.name(i) for i in range(fitted.weigher.grams + len(flag_names()))]
    own = fitted.classifier.weights.own
    gone = [i for i, n in enumerate(names) if n.startswith(GROUPS["neighbours"] + GROUPS["headings"])]
    assert gone
    assert not own[gone].any()
    assert own[[i for i, n in enumerate(names) if n.startswith("text:")]].any()
    assert all(any(n.startswith(begin) for n in names) for begins in GROUPS.values() for begin in begins)


def test_no_training_library_at_inference() -> None:
    code = (
        "import sys; from models.registry import default_classifier; from models.base import Passage;"
        "default_classifier().predict([Passage(0, 4, '公开信息', 's1')]);"
        "bad = {'sklearn', 'scipy', 'pandas', 'torch', 'spacy', 'jieba'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


def test_shipped_model_is_small_and_of_this_codebook() -> None:
    assert sum(f.stat().st_size for f in SHIPPED.iterdir()) <= 3_000_000
    model = load()
    assert model.taxonomy == CODES
    assert model.model_id.startswith("linear-")
    assert set(FILES) | {INFO} == {f.name for f in SHIPPED.iterdir()}


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
    # the probabilities of its facets are kept where its label has facets, and the surest is among those it is given
    assert len(found.facet_scores) == (len(CODES.facets) if label in CODED else 0)
    assert not found.facets or CODES.facets[int(np.argmax(found.facet_scores))] in found.facets


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


@pytest.mark.parametrize(
    "change", ["format", "flags_hash", "extra", "missing", "json", "thresholds", "vocabulary", "keys", "weights"]
)
def test_models_that_do_not_fit_are_refused(change: str) -> None:
    content = {name: (SHIPPED / name).read_bytes() for name in FILES}
    config, words = json.loads(content["linear.json"]), json.loads(content["vocabulary.json"])
    if change == "missing":
        del config["scales"]
    elif change == "thresholds":
        config["facet_thresholds"].pop()
    elif change == "vocabulary":
        words["text"].pop()
    elif change == "keys":
        words["more"] = []
    else:
        config[change] = "0"
    content["linear.json"] = b"{" if change == "json" else json.dumps(config).encode()
    content["vocabulary.json"] = json.dumps(words).encode()
    if change == "weights":
        content["linear.json"], content["weights.safetensors"] = (SHIPPED / "linear.json").read_bytes(), b"12"
    with pytest.raises(DataError):
        parse(content, CODES, "x", "test")
    if change == "format":
        with pytest.raises(DataError, match="codes need"):
            parse({name: (SHIPPED / name).read_bytes() for name in FILES}, OWN, "x", "test")


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no model"):
        load(tmp_path)
    (tmp_path / INFO).write_bytes((SHIPPED / INFO).read_bytes())
    with pytest.raises(DataError, match=r"linear\.json"):
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


def test_mean_of_all_before_is_that_of_a_plain_loop() -> None:
    sections = ["s1"] * 37 + ["s5"] * 9 + ["s1"] * 4 + [None] * 2
    given = softmax(np.random.default_rng(4).normal(size=(len(sections), 5)).astype(np.float32))
    found = surroundings(given, sections, 0.6)[:, 10:]
    for i in range(len(sections)):
        begin = max(k for k in range(i + 1) if k == 0 or sections[k] != sections[k - 1])
        weights = [0.6 ** (i - 1 - j) for j in range(begin, i)]
        expected = (
            sum(w * given[j] for w, j in zip(weights, range(begin, i), strict=True)) / sum(weights) if weights else np.zeros(5)
        )
        np.testing.assert_allclose(found[i], expected, atol=1e-5)


def test_runs_of_sections() -> None:
    assert [a.tolist() for a in runs(["s1", "s5", "s5", "s1"])] == [[0, 1, 1, 3], [1, 2, 2, 1]]
    assert [a.tolist() for a in runs([])] == [[], []]


def test_facets_are_chosen_by_threshold_and_general_stands_alone() -> None:
    least = np.array([0.4, 0.2, 0.5], dtype=np.float32)
    given = np.array([[0.5, 0.3, 0.6], [0.9, 0.3, 0.1], [0.1, 0.1, 0.3], [0.1, 0.25, 0.1]], dtype=np.float32)
    assert choose_facets(given, least, 2).tolist() == [
        [False, False, True],
        [True, True, False],
        [False, False, True],
        [False, True, False],
    ]
    assert choose_facets(given, least, None)[0].tolist() == [True, True, True]


def test_thresholds_follow_the_scores() -> None:
    truth = np.array([[True, False], [False, True]] * 20)
    given = np.where(truth, 0.3, 0.2).astype(np.float32)
    assert all(0.2 < t <= 0.3 for t in choose_thresholds(given, truth, None))
    labels = np.zeros(40, dtype=np.int64)
    also = np.array([[False, False], [False, True]] * 20)
    assert 0.2 < also_threshold(np.where(also, 0.3, 0.2).astype(np.float32), also, labels) <= 0.3


def test_clauses_tile_the_text() -> None:
    for text in ("一是,更新不够及时,形式单一。", "", "短。", "没有标点的一句话", "甲,乙,丙,丁,戊,己,庚"):
        assert "".join(clauses(text)) == text
        assert "".join(clause_texts(text)) == text
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


def test_grams_found_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(5)
    alphabet = "甲乙丙丁戊己"
    grams = {"".join(rng.choice(list(alphabet), size=int(n))) for n in rng.integers(1, 5, 60)}
    tree = GramTree(alphabet, grams)
    names = {n: g for g, n in tree.nodes.items()}
    for size in (0, 1, 2, 3, 200):
        text = "".join(rng.choice([*alphabet, "子"], size=size))
        for end, row in enumerate(tree.find(tree.codes(text)).tolist(), 1):
            expected = [text[end - n : end] if end >= n and text[end - n : end] in tree.nodes else "" for n in range(1, 5)]
            assert [names.get(k, "") for k in row] == expected
    for wrong in (["甲子"], ["甲甲甲甲甲"], [""]):
        with pytest.raises(DataError):
            GramTree(alphabet, wrong)
    with pytest.raises(DataError):
        GramTree("甲𠮷", [])


def test_weights_of_rarity_fit_the_vocabulary() -> None:
    scales = {"text": 1.0, "heading": 1.0, "clause": 1.0, "flag": 1.0, "term": 1.0}
    with pytest.raises(DataError):
        Weigher(Vocabulary("公开", ("公开",), (), (), scales), np.zeros(2, dtype=np.float32))
    weigher = Weigher(Vocabulary("公开", ("公开", f"{FIRST}公"), ("开",), (), scales), np.ones(3, dtype=np.float32))
    seen = weigher.weigh([Passage(0, 4, "公开公开", None, ("开",))])
    assert [weigher.name(i) for i in seen.ids.tolist() if i < 3] == ["text:^公", "text:公开", "text:公开", "heading:开"]
    np.testing.assert_allclose(seen.values[:4], [3**-0.5, 3**-0.5, 3**-0.5, 1.0], rtol=1e-6)


def test_facets_that_were_only_the_likeliest_are_marked() -> None:
    engine = classifier("linear")
    report = [
        Passage(0, 30, "一是政策解读形式单一，更新不够及时；", "s5", ("五、存在的主要问题及改进情况",), 0, 0),
        Passage(31, 60, "二是饮用水井盖丢失两处无人过问。", "s5", ("五、存在的主要问题及改进情况",), 1, 1),
        Passage(61, 80, "全年公开信息80条。", "s1", ("一、总体情况",), 2, 0),
    ]
    sure, guessed, other = engine.predict(report)
    assert sure.facets
    assert not sure.facets_guessed
    assert (guessed.label, len(guessed.facets), guessed.facets_guessed) == ("problem", 1, True)
    assert not other.facets_guessed
