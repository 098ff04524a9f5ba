"""The lexicon of printed labels: every entry on its own examples, and what matching must never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.codebook import all_cells
from corpus.forms.columns import cell_column
from corpus.forms.wordings import LabelMemo, entries, exact_label, is_label_start, label_key, match_label

ENTRIES = entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e[0].id)
def test_wordings_and_examples(entry: tuple[object, tuple[str, ...], tuple[str, ...], tuple[str, ...]]) -> None:
    label, printed, yes, no = entry
    assert yes
    assert no
    for text in (*printed, *yes):
        hit = exact_label(text)
        assert hit is not None, text
        assert label in hit.labels, text
    for text in no:
        hit = match_label(text)
        assert hit is None or label not in hit.labels, text


def test_ids_are_unique_and_codes_are_those_of_the_forms() -> None:
    ids = [label.id for label, *_ in ENTRIES]
    assert len(ids) == len(set(ids))
    rows = {spec.row_code for spec in all_cells().values()} - {"t4.review", "t4.suit_direct", "t4.suit_after_review"}
    columns = {spec.column_code for spec in all_cells().values()}
    assert {label.code for label, *_ in ENTRIES if label.kind == "row"} == rows
    assert {cell_column(label.code) for label, *_ in ENTRIES if label.kind == "column"} == columns


def test_every_label_of_the_forms_is_known() -> None:
    for spec in all_cells().values():
        for text in (spec.row, spec.column, spec.group, spec.subgroup):
            assert not text or exact_label(text) is not None, text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("结果锥持", "upheld"),
        ("本年处理绝对数量", "decisions"),
        ("子以公开", "t3.granted"),
        ("本年新收政府信息公开申清数量", "t3.new"),
        ("一本年新收政府信息公开申请数量", "t3.new"),
        ("4.保护第三方合法权", "t3.denied_third_party"),
        ("2.申请人逾期未按收费通知要求缴纳费用，行政机关不在处理其政府信息公开申请", "t3.other_unpaid"),
        ("（三）不予公开1.属于国家秘密", "t3.denied_secret"),
        ("（六）其他处理 3.其他", "t3.other_misc"),
        ("采购总金额（单位：元）", "amount"),
    ],
)
def test_slips_and_additions(text: str, code: str) -> None:
    hit = match_label(text)
    assert hit is not None
    assert code in {label.code for label in hit.labels}


@pytest.mark.parametrize(
    "text",
    [
        "规章制度",
        "（六）其他",
        "六、其他",
        "不予",
        "申请人无正当理由",
        "主动公开政府信息数",
        "2.不同意公开答复数",
        "（一）行政复议数量",
        "0",
        "1.5",
        "公开情况",
        "行政许可类事项网办率",
        "",
        "二、主动公开政府信息情况",
        "四、政府信息公开行政复议、行政诉讼情况",
    ],
)
def test_no_label(text: str) -> None:
    assert match_label(text) is None


def test_the_place_decides_between_two_meanings() -> None:
    bare, numbered = exact_label("总计"), exact_label("（七）总计")
    assert bare is not None
    assert numbered is not None
    assert {label.kind for label in bare.labels} == {"column", "row"}
    assert {label.kind for label in numbered.labels} == {"row"}


def test_starts_of_labels() -> None:
    assert is_label_start("（二）部分公开（区分处理的，只计")
    assert is_label_start("法律服")
    assert not is_label_start("本局认真")


@given(st.text(max_size=80))
def test_no_text_raises_and_keys_are_stable(text: str) -> None:
    match_label(text)
    assert label_key(label_key(text)) == label_key(label_key(label_key(text)))


@pytest.mark.parametrize(
    "text", ["1. 属于国家秘密", "1、属于国家秘密", "(一) 予以公开", "（一） 予以公开", "三、 本年度办理结果", "总计"]
)
def test_usual_wordings_need_no_folding_and_give_the_same(text: str) -> None:
    # an ideographic space inside takes the text off the list of usual wordings, so that it is folded
    assert exact_label(text) == exact_label(text[:-1] + "\u3000" + text[-1]) is not None


def test_memo_gives_what_the_functions_give() -> None:
    memo = LabelMemo()
    for text in ("重复申请", "重复申请", "我局", "", "行政事", "１．重复申请"):
        assert memo[text] == exact_label(text)
        assert memo.is_start(text) is is_label_start(text)
