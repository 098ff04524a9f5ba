"""Word segmenters: both engines cut alike, and know the words of the domain."""

from __future__ import annotations

import pytest

from corpus.errors import UsageError
from models.features import clean
from models.words import domain_words, segmenter_names, word_segmenter
from training.passages import load

SENTENCES = (
    "全年主动公开政府信息0条,其中规范性文件0件。",
    "依申请公开办理流程不够规范;政务新媒体更新不及时。",
    "",
    "2024",
    "a b　c",
)


@pytest.mark.parametrize("name", ["rjieba", "jieba", "auto"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_words_joined_are_the_text(name: str, sentence: str) -> None:
    assert "".join(word_segmenter(name).cut(sentence)) == sentence


@pytest.mark.parametrize("name", ["rjieba", "jieba"])
def test_domain_words_stay_whole(name: str) -> None:
    cut = word_segmenter(name).cut("依申请公开和规范性文件,政务新媒体。")
    assert {"依申请公开", "规范性文件", "政务新媒体"} <= set(cut)


def test_both_engines_cut_the_training_texts_alike() -> None:
    fast, reference = word_segmenter("rjieba"), word_segmenter("jieba")
    # every third passage: jieba takes its time
    texts = [clean(p.text) for p in load()[::3]]
    different = [t for t in texts if fast.cut(t) != reference.cut(t)]
    assert different == []


def test_addresses_are_masked_before_cutting() -> None:
    # the one place where the engines differ
    assert clean("邮箱 bgs_01@xx.gov.cn，网址 https://www.xx.gov.cn/zwgk/?id=3。") == "邮箱a,网址a。"


def test_names_and_versions() -> None:
    assert segmenter_names() == ("auto", "jieba", "rjieba")
    assert word_segmenter("auto").name.startswith("rjieba-")
    assert word_segmenter("jieba").name.rpartition("+")[2] == word_segmenter("rjieba").name.rpartition("+")[2]
    with pytest.raises(UsageError, match=r"auto, jieba, rjieba"):
        word_segmenter("pkuseg")


def test_domain_words_are_distinct() -> None:
    words = [w for w, _, _ in domain_words()]
    assert len(words) == len(set(words)) > 50
