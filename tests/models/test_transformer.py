"""The transformer: what it reads, how it decides, and a tiny one trained on the spot, exported, served and refused."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import DataError, UsageError
from models.base import Passage
from models.registry import classifier
from models.taxonomy import Taxonomy, codebook_taxonomy
from models.transformer import TransformerClassifier, choose, choose_facets, sigmoid, softmax
from models.transformer_input import Encoded, InputSettings, batches, names, padded, pairs, plain
from tests.conftest import ROOT
from training.engines.transformer import (
    TransformerSettings,
    best_threshold,
    fit_temperature,
    joined_passages,
    parse_settings,
    split_voices,
    train,
    varied_report,
)
from training.passages import TrainingPassage, as_report

CODES = Taxonomy("weather", "1", ("sun", "rain", "wish"), ("strong", "long", "plain"), ("rain",), "plain", {})
_SUN = ("今天晴朗明亮", "阳光照在屋顶", "万里无云好天气", "太阳晒得暖和", "晴空蔚蓝明亮")
_RAIN = {"strong": "下着暴雨很猛烈", "long": "阴雨连绵多日不停", "plain": "下起雨来了"}
_WISH = ("希望明天不刮风", "盼望早日降温", "希望周末凉快", "盼望秋天到来")


def passage(text: str, label: str, facets: tuple[str, ...], voice: str, order: int) -> TrainingPassage:
    path = ("天气记录", "（一）本周")
    return TrainingPassage(text, label, (), facets, None, path, voice, "", "county", 2024, order, order, 0)


def weather(voices: int = 10) -> list[TrainingPassage]:
    """Passages that a few characters tell apart, in reports of twelve."""
    found = []
    for v in range(voices):
        order = itertools.count()
        for i in range(4):
            day = f"第{v}周{i}日"
            found.append(passage(f"{day}{_SUN[(v + i) % 5]}。", "sun", (), f"w{v}", next(order)))
            facet = tuple(_RAIN)[(v + i) % 3]
            found.append(passage(f"{day}{_RAIN[facet]}。", "rain", (facet,), f"w{v}", next(order)))
            found.append(passage(f"{day}{_WISH[(v + i) % 4]}。", "wish", (), f"w{v}", next(order)))
    return found


def tiny_base(folder: Path, texts: Sequence[str], kind: str = "bert") -> Path:
    """A random encoder of two layers with a vocabulary of the characters of ``texts``."""
    torch = pytest.importorskip("torch", reason="needs gongkai[transformers]")
    transformers = pytest.importorskip("transformers", reason="needs gongkai[transformers]")
    import tokenizers

    vocabulary = {c: i for i, c in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", *sorted(set("".join(texts)))])}
    text = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    text.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    second = "[CLS] $A [SEP] $B:1 [SEP]:1" if kind == "bert" else "[CLS] $A [SEP] $B [SEP]"
    text.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair=second, special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    torch.manual_seed(1)
    sizes = {"vocab_size": len(vocabulary), "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"intermediate_size": 64, "max_position_embeddings": 80, "pad_token_id": 0}
    config = transformers.BertConfig(**sizes) if kind == "bert" else transformers.RobertaConfig(**sizes, type_vocab_size=1)
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    marks = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=text, **marks).save_pretrained(folder)
    return folder


TINY = {"epochs": 5, "batch": 8, "lr": 1e-3, "head_lr": 3e-3, "max_length": 64, "frozen_embeddings": False, "test_share": 0.2}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A trained model's folder and what its training said."""
    folder = tmp_path_factory.mktemp("tiny")
    passages = weather()
    base = tiny_base(folder / "base", [p.text for p in passages])
    said: list[str] = []
    train(passages, CODES, folder / "model", seed=3, settings={**TINY, "base": str(base)}, log=said.append)
    return folder / "model", said


# ---- what it reads ---------------------------------------------------------------------------------------------------
def test_layout_leaves_no_trace() -> None:
    assert plain(" 受理 23 件，\n均按 时办结 in time ") == "受理23件，均按时办结in time"


@pytest.mark.parametrize(
    ("section", "path", "expected"),
    [
        ("s5", ("五、问题", "（一）内容不全", "2. 格式"), ["存在的主要问题及改进情况", "内容不全", "格式"]),
        ("preamble", ("说明",), ["引言", "说明"]),
        (None, ("第一章 天气", "一、雨"), ["天气", "雨"]),
        (None, (), []),
    ],
)
def test_names_section_and_own_headings(section: str | None, path: tuple[str, ...], expected: list[str]) -> None:
    assert names(Passage(0, 1, "x", section, path), 30) == expected


def test_headings_are_cut_and_can_be_left_out() -> None:
    p = Passage(0, 1, "x", "s1", ("一、总体情况", "主动公开政府信息的情况"))
    assert names(p, 4) == ["总体情况", "主动公开"]
    assert names(p, 0) == ["总体情况"]


def test_context_ends_with_the_section() -> None:
    report = [Passage(0, 3, "甲乙丙", "s1"), Passage(3, 5, "丁戊", "s1"), Passage(5, 7, "己庚", "s5")]
    found = pairs(report, InputSettings(prefix="query: ", before_chars=2))
    assert found == [
        ("query: 甲乙丙", "总体情况。"),
        ("query: 丁戊", "总体情况。上文：甲乙"),
        ("query: 己庚", "存在的主要问题及改进情况。"),
    ]
    assert pairs([Passage(0, 1, "x", None)], InputSettings()) == [("x", "")]


def test_batches_hold_every_item_once() -> None:
    lengths = [7, 1, 4, 4, 9, 2]
    found = list(batches(lengths, 4))
    assert [[lengths[i] for i in b] for b in found] == [[1, 2, 4, 4], [7, 9]]
    assert sorted(i for b in found for i in b) == list(range(6))


def test_padding_is_masked() -> None:
    ids, mask, types = padded([Encoded((5, 6, 7), (0, 0, 1)), Encoded((8,), (0,))], 9)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert types.tolist() == [[0, 0, 1], [0, 0, 0]]


# ---- how it decides --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.7, 0.6, 0.1], ("strong", "long")),
        ([0.2, 0.3, 0.1], ("long",)),  # none over the threshold: the likeliest
        ([0.6, 0.1, 0.9], ("plain",)),  # the general facet stands alone …
        ([0.9, 0.6, 0.8], ("strong", "long")),  # … or not at all
    ],
)
def test_facets(probabilities: list[float], expected: tuple[str, ...]) -> None:
    assert choose_facets(CODES, probabilities, 0.5) == expected
    assert choose_facets(replace(CODES, facets=(), general=""), [], 0.5) == ()


def test_predictions_of_probabilities() -> None:
    labels = np.array([[0.2, 0.7, 0.1], [0.51, 0.1, 0.39]], dtype=np.float32)
    facets = np.array([[0.9, 0.1, 0.1], [0.9, 0.9, 0.1]], dtype=np.float32)
    also = np.array([[0.6, 0.9, 0.1], [0.1, 0.1, 0.5]], dtype=np.float32)
    first, second = choose(CODES, (labels, facets, also), facet_threshold=0.5, also_threshold=0.5, min_confidence=0.6)
    assert (first.label, first.also, first.facets, first.score, first.abstained) == ("rain", ("sun",), ("strong",), 0.7, False)
    # a label that takes no facets has none, whatever their probabilities
    assert (second.label, second.also, second.facets, second.score, second.abstained) == ("sun", ("wish",), (), 0.51, True)


def test_temperature_makes_less_sure() -> None:
    scores = np.array([[2.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    np.testing.assert_allclose(softmax(scores)[0], [0.8808, 0.1192], atol=1e-4)
    np.testing.assert_allclose(softmax(scores, 2.0)[0], [0.7311, 0.2689], atol=1e-4)
    np.testing.assert_allclose(sigmoid(np.array([0.0, 100.0], dtype=np.float32)), [0.5, 1.0], atol=1e-6)
    assert softmax(np.zeros((0, 3), dtype=np.float32)).shape == (0, 3)


def test_temperature_is_found_again() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(4000, 3)).astype(np.float32) * 2
    truth = [
        int(random.choice(3, p=row))
        for row in softmax(scores).astype(np.float64) / softmax(scores).sum(1, keepdims=True, dtype=np.float64)
    ]
    assert fit_temperature(scores * 3, truth) == pytest.approx(3.0, rel=0.1)
    # six passages that are all right prove little
    sure = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]] * 20
    assert 0.8 < softmax(sure, fit_temperature(sure, [0, 1, 2, 0, 1, 2])).max() < 0.95


def test_threshold_with_the_best_micro_f1() -> None:
    probabilities = np.array([[0.9, 0.32], [0.31, 0.1], [0.25, 0.22]], dtype=np.float32)
    truth = np.array([[1, 1], [1, 0], [0, 0]], dtype=np.float32)
    assert best_threshold(probabilities, truth, 0.5) == 0.3
    assert best_threshold(probabilities, np.zeros_like(truth), 0.5) == 0.5


# ---- what it learns from ---------------------------------------------------------------------------------------------
def test_voices_are_split_whole() -> None:
    split = split_voices(weather(10), 0.2, 0.3, seed=1)
    parts = [{p.voice for own in part for p in own} for part in (split.train, split.dev, split.test)]
    assert [len(p) for p in parts] == [5, 2, 3]
    assert set.union(*parts) == {f"w{v}" for v in range(10)}
    assert all(len(own) == 12 for part in (split.train, split.dev, split.test) for own in part)
    small = split_voices(weather(2), 0.1, 0.4, seed=1)
    assert [len(part) for part in (small.train, small.dev, small.test)] == [1, 1, 0]
    with pytest.raises(DataError, match=r"1 report\(s\)"):
        split_voices(weather(1), 0.1, 0.1, seed=1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"base": "x", "epoch": 3}, "unknown settings"),
        ({"base": "x", "epochs": "3"}, "wrong type"),
        ({"epochs": 3}, "needs a base model"),
        ({"base": "x", "dev_share": 0.6, "test_share": 0.5}, "no shares"),
        ({"base": "x", "batch": 0}, "must be positive"),
    ],
)
def test_settings_are_checked(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_settings(given)


def test_whole_numbers_are_rates_too() -> None:
    assert parse_settings({"base": "x", "lr": 1}) == TransformerSettings(base="x", lr=1.0)


def test_joined_passages_have_the_facets_of_all() -> None:
    own = weather(1)
    found = joined_passages(own, CODES, 1.0, "seed")
    assert found == joined_passages(own, CODES, 1.0, "seed")
    assert len(found) == sum(p.label == "rain" and p.facets != ("plain",) for p in own)
    for p in found:
        assert p.label == "rain"
        assert {f for f in ("strong", "long") if _RAIN[f] in p.text} == set(p.facets)
        assert p.text.endswith("。")
    assert joined_passages(own, replace(CODES, coded=()), 1.0, "seed") == []


def test_an_epoch_hides_part_of_the_context() -> None:
    own = [replace(p, section="s1") for p in weather(1)]
    shown = TransformerSettings(base="x", bare=0.0, alone=0.0, nowhere=0.0, joined=0.0)
    assert varied_report(own, shown, CODES, "1") == pairs(as_report(own), InputSettings())
    hidden = replace(shown, bare=0.999999, alone=0.999999, nowhere=0.999999)
    assert {context for _, context in varied_report(own, hidden, CODES, "1")} == {""}
    half = replace(shown, bare=0.5, alone=0.5)
    assert varied_report(own, half, CODES, "1") != varied_report(own, half, CODES, "2")


def test_refuses_codes_outside_the_taxonomy(tmp_path: Path) -> None:
    passages = [*weather(2), passage("雪", "snow", (), "w9", 0)]
    with pytest.raises(DataError, match="'snow'") as caught:
        train(passages, CODES, tmp_path, seed=1, settings={"base": "x"}, log=print)
    assert caught.value.source == "w9, passage 0"


# ---- a tiny one ------------------------------------------------------------------------------------------------------
@pytest.mark.heavy
def test_learns_serves_and_says_what_it_is(tiny: tuple[Path, list[str]]) -> None:
    folder, said = tiny
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.json", "model.onnx", "tokenizer.json"]
    info = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert info["taxonomy"]["labels"] == list(CODES.labels)
    voices = info["settings"]["voices"]
    assert [len(voices[k]) for k in ("train", "dev", "test")] == [7, 1, 2]
    assert info["settings"]["base"] == "base", "a path of the machine it was trained on is nobody's business"
    assert 2 <= sum("epoch" in line for line in said) <= 5
    model = classifier(folder)
    unseen = [p for p in weather(10) if p.voice in voices["test"]]
    found = [q for v in voices["test"] for q in model.predict(as_report([p for p in unseen if p.voice == v]))]
    wanted = [p for v in voices["test"] for p in unseen if p.voice == v]
    assert sum(p.label == q.label for p, q in zip(wanted, found, strict=True)) >= 0.8 * len(found)
    assert all(bool(q.facets) == (q.label == "rain") for q in found)
    assert all(0 < (q.score or 0) <= 1 for q in found)
    assert info["metrics"]["voices left out"]["passages"] == len(found)


@pytest.mark.heavy
def test_a_passage_is_judged_alike_in_any_company(tiny: tuple[Path, list[str]]) -> None:
    model = classifier(tiny[0])
    assert isinstance(model, TransformerClassifier)
    report = as_report(weather(1))
    every = model.scores(report)
    some = model.scores(report, [7, 2])
    for whole, part in zip(every, some, strict=True):
        np.testing.assert_array_equal(whole[[7, 2]], part)
    np.testing.assert_allclose(every[0].sum(axis=1), 1, rtol=1e-5)
    assert model.predict([]) == []
    assert model.scores([])[1].shape == (0, len(CODES.facets))


@pytest.mark.heavy
def test_abstains_below_the_confidence_asked_for(tiny: tuple[Path, list[str]]) -> None:
    report = as_report(weather(1))
    scores = [p.score or 0 for p in classifier(tiny[0]).predict(report)]
    middle = sorted(scores)[len(scores) // 2]
    assert [p.abstained for p in classifier(tiny[0], min_confidence=middle).predict(report)] == [s < middle for s in scores]


@pytest.mark.heavy
def test_same_seed_same_model(tiny: tuple[Path, list[str]], tmp_path: Path) -> None:
    passages = weather()
    base = tiny_base(tmp_path / "base", [p.text for p in passages])
    info = train(passages, CODES, tmp_path / "model", seed=3, settings={**TINY, "base": str(base)}, log=lambda _: None)
    assert f"transformer-{info.digest}" == classifier(tiny[0]).model_id


@pytest.mark.heavy
def test_encoders_without_segments(tmp_path: Path) -> None:
    passages = [replace(p, facets=()) for p in weather(4)]
    base = tiny_base(tmp_path / "base", [p.text for p in passages], "roberta")
    settings = {**TINY, "epochs": 1, "base": str(base), "test_share": 0.0}
    info = train(
        passages, replace(CODES, facets=(), coded=(), general=""), tmp_path / "model", seed=3, settings=settings, log=print
    )
    found = classifier(tmp_path / "model").predict(as_report(weather(1)))
    assert info.metrics == {}
    assert len(found) == 12
    assert all(not q.facets for q in found)


@pytest.mark.heavy
def test_serving_loads_no_torch(tiny: tuple[Path, list[str]]) -> None:
    code = (
        "import sys; from models.base import Passage; from models.registry import classifier\n"
        f"print(classifier({str(tiny[0])!r}).predict([Passage(0, 4, '下着暴雨', None)])[0].label)\n"
        "print([m for m in ('torch', 'transformers', 'onnx', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.split("\n")[:2] == ["rain", "[]"]


@pytest.mark.heavy
def test_refuses_what_does_not_fit(tiny: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.folder import read_info, write_info

    copy = tmp_path / "model"
    copy.mkdir()
    for path in tiny[0].iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    info = read_info(copy)
    # the files are whole, but the taxonomy has a label more
    write_info(copy, replace(info, taxonomy=replace(CODES, labels=(*CODES.labels, "snow"))), tuple(info.files))
    with pytest.raises(DataError, match="9 outputs, weather needs 11"):
        classifier(copy)
    write_info(copy, info, tuple(info.files))
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps({**config, "more": 1}), encoding="utf-8")
    with pytest.raises(DataError, match=r"config\.json.* is not the one that was trained"):
        classifier(copy)
    write_info(copy, info, tuple(info.files))
    with pytest.raises(DataError, match="another format"):
        classifier(copy)
    (copy / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (copy / "model.onnx").write_bytes(b"no network")
    write_info(copy, info, tuple(info.files))
    with pytest.raises(DataError, match="is no ONNX network"):
        classifier(copy)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UsageError, match="onnxruntime") as caught:
        classifier(tiny[0])
    assert "[transformers]" in caught.value.remedy


@pytest.mark.heavy
def test_a_base_that_is_none(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be loaded"):
        train(weather(2), CODES, tmp_path / "model", seed=1, settings={"base": str(tmp_path)}, log=print)


def test_training_without_the_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match="training a transformer needs") as caught:
        train(weather(2), CODES, tmp_path, seed=1, settings={"base": "x"}, log=print)
    assert "[transformers]" in caught.value.remedy


@pytest.mark.heavy
def test_converted_base() -> None:
    """The folder that ``python -m training.shipped.convert_e5`` made knows which sentences mean alike, before any training."""
    folder = os.environ.get("GONGKAI_E5", "")
    if not folder:
        pytest.skip("GONGKAI_E5 does not name the folder that training.shipped.convert_e5 made")
    from models.transformer_input import encode, open_tokenizer
    from training.engines.transformer_net import Net, _tensors, load_base

    encoder, text, pad = load_base(folder)
    t = codebook_taxonomy()
    net = Net(encoder, len(t.labels), len(t.facets), 0.0).eval()
    said = ["网站栏目更新得不够快。", "部分信息公布得太晚。", "组织全局干部听了一堂课。", "办公室请专家给工作人员培训。"]
    settings = InputSettings(prefix="query: ")
    vectors = (
        net.pooled(*_tensors(encode(open_tokenizer(text, settings), [(f"query: {s}", "") for s in said]), pad)).detach().numpy()
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = vectors @ vectors.T
    assert min(alike[0, 1], alike[2, 3]) > max(alike[0, 2], alike[0, 3], alike[1, 2], alike[1, 3])
