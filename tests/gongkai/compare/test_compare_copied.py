"""Copied text: planted copies with edits are found with their source, the first author is never a copier."""

from __future__ import annotations

import json
import random
from typing import Any

import pyarrow as pa
import pytest

from corpus.errors import UsageError
from tests.conftest import ROOT

pytest.importorskip("rensa")
pytest.importorskip("rapidfuzz")

from gongkai.compare import copying
from gongkai.compare.copying import OTHER, OWN, copied, copied_by_report, copied_characters, copied_matrix, masked

_COLUMNS = ["report_id", "passage_id", "agency", "year", "published", "label", "text"]
_LINES = (ROOT / "training" / "data" / "passages.jsonl").read_text(encoding="utf-8").splitlines()
SENTENCES = sorted(
    {p["text"] for p in map(json.loads, _LINES) if p["label"] in {"problem", "improvement"} and len(p["text"]) >= 30}
)


def table(*rows: tuple[Any, ...]) -> pa.Table:
    return pa.table(dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))


def row(agency: str, year: int, text: str, number: int = 0, published: str | None = None) -> tuple[Any, ...]:
    report = f"{agency}{year}"
    return (report, f"{report}.p{number}", agency, year, published, "problem", text)


A = "部分乡镇对政务公开工作重视不够，信息更新不够及时，公开内容与群众期待还有差距。"
B = "从事信息公开的人员多为兼职，业务培训次数偏少，办理依申请公开的能力需要提升。"


def found(*rows: tuple[Any, ...], **options: Any) -> list[tuple[str, str, str]]:
    return [(r["passage_id"], r["kind"], r["source_passage_id"]) for r in copied(table(*rows), **options).to_pylist()]


def test_own_report_of_the_year_before() -> None:
    assert found(row("甲", 2021, A), row("甲", 2022, A), row("乙", 2022, B)) == [("甲2022.p0", OWN, "甲2021.p0")]


def test_the_nearest_earlier_year_is_the_source_of_equal_ones() -> None:
    pairs = found(row("甲", 2020, A), row("甲", 2021, A), row("甲", 2022, A))
    assert pairs == [("甲2021.p0", OWN, "甲2020.p0"), ("甲2022.p0", OWN, "甲2020.p0")]


def test_the_earliest_of_another_agency_is_the_source_and_copies_nobody() -> None:
    pairs = found(row("丙", 2022, A), row("乙", 2021, A), row("甲", 2020, A))
    assert pairs == [("丙2022.p0", OTHER, "甲2020.p0"), ("乙2021.p0", OTHER, "甲2020.p0")]


def test_of_one_year_the_publication_date_decides() -> None:
    assert found(row("甲", 2022, A, 0, "2023-01-20"), row("乙", 2022, A, 0, "2023-01-05")) == [
        ("甲2022.p0", OTHER, "乙2022.p0")
    ]


def test_numbers_and_spaces_do_not_hide_a_copy() -> None:
    old, new = (
        "全年开展培训3次，参训120人次，但业务能力仍需提升。",
        "全年开展培训 14 次，参训１，０６０人次，但业务能力仍需提升。",
    )
    assert masked(old) == masked(new)
    assert found(row("甲", 2021, old), row("甲", 2022, new)) == [("甲2022.p0", OWN, "甲2021.p0")]


def test_short_and_different_passages_are_no_copies() -> None:
    assert found(row("甲", 2021, "针对上述问题："), row("甲", 2022, "针对上述问题：")) == []
    assert found(row("甲", 2021, A), row("甲", 2022, B)) == []


def test_one_report_does_not_copy_itself() -> None:
    assert found(row("甲", 2022, A, 0), row("甲", 2022, A, 1)) == []


def test_copied_characters_count_runs() -> None:
    assert copied_characters(masked(A), masked(A)) == len(masked(A))
    assert copied_characters("一二三四五六七八", "一二九三四五六十") == 4


def test_shares_by_report() -> None:
    rows = [row("甲", 2021, A), row("甲", 2022, A, 0), row("甲", 2022, B, 1), row("乙", 2022, B, 0)]
    passages = table(*rows)
    by = {r["report_id"]: r for r in copied_by_report(passages, copied(passages)).to_pylist()}
    a, b = len(masked(A)), len(masked(B))
    assert by["甲2021"]["either_share"] is None
    assert by["甲2022"]["own_earlier_share"] == pytest.approx(a / (a + b), abs=1e-4)
    # without dates the smaller report_id counts as the earlier one of the year
    late, early = ("甲2022", "乙2022") if "乙2022" < "甲2022" else ("乙2022", "甲2022")
    assert by[late]["other_agency_share"] > 0
    assert by[early]["other_agency_share"] == 0


def test_matrix_counts_pairs_of_agencies() -> None:
    passages = table(row("甲", 2020, A, 0), row("甲", 2020, B, 1), row("乙", 2021, A, 0), row("乙", 2021, B, 1))
    assert copied_matrix(copied(passages)).to_pylist() == [{"agency": "乙", "source_agency": "甲", "passages": 2}]


@pytest.mark.parametrize(("edit", "least"), [(0.0, 0.99), (0.05, 0.97), (0.1, 0.9)])
def test_planted_copies_are_found_with_their_source(edit: float, least: float) -> None:
    rng = random.Random(7)
    letters = sorted(set("".join(SENTENCES)))
    texts = rng.sample(SENTENCES, 400)
    rows, truth = [], {}
    for i, text in enumerate(texts):
        rows.append(row(f"机关{i % 40}", 2020, text, i))
        if i % 2:
            continue
        copy = "".join(rng.choice(letters) if rng.random() < edit else c for c in text)
        own = i % 4 == 0
        agency = f"机关{i % 40}" if own else f"机关{(i + 7) % 40}"
        rows.append(row(agency, 2021, copy, i))
        truth[f"{agency}2021.p{i}", OWN if own else OTHER] = f"机关{i % 40}2020.p{i}"
    # masking numbers and 20 % of edits both change what is alike: the threshold is low enough for 10 % of edits
    pairs = {(r["passage_id"], r["kind"]): r["source_passage_id"] for r in copied(table(*rows), threshold=0.75).to_pylist()}
    right = sum(pairs.get(key) == source for key, source in truth.items())
    assert right / len(truth) >= least
    assert sum(key not in truth for key in pairs) <= 0.02 * len(truth)


def test_bad_threshold() -> None:
    with pytest.raises(UsageError, match="no share"):
        copied(table(row("甲", 2021, A), row("甲", 2022, A)), threshold=0)


def test_passages_that_are_all_alike_make_some_pairs_each() -> None:
    counts = []
    for size in (200, 400):
        rows = [
            row(f"局{n % 40}", 2021 + n // 40 % 3, A.replace("不够及时", f"不够及时{chr(0x4E00 + n)}"), n) for n in range(size)
        ]
        counts.append(sum(map(len, copying._candidates(copying.ordered(table(*rows))).values())))
    assert 0 < counts[1] < 2.5 * counts[0]
