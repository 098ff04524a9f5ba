"""Every code is told with its names, what it covers, examples and family, in four formats that say the same."""

from __future__ import annotations

import csv
import json

from corpus.codebook import codebook
from gongkai.codebook_text import COLUMNS, codebook_rows, codebook_text


def test_no_label_or_facet_without_meaning_and_examples() -> None:
    rows = codebook_rows()
    book = codebook()
    assert [r["code"] for r in rows] == [*book.labels, *book.facets, *book.indicators]
    for row in rows:
        assert row["zh"]
        assert row["en"]
        assert row["definition"]
        if row["kind"] != "indicator":
            assert row["examples"], row["code"]
            assert row["family_zh"] or row["code"] == "general", row["code"]
        if row["kind"] == "label":
            assert row["not"], row["code"]
            assert row["definition_zh"], row["code"]


def test_examples_are_the_code_s_own() -> None:
    rows = {(r["kind"], r["code"]): r for r in codebook_rows()}
    assert "关停一个长期不更新的公众号" in rows["label", "platform"]["examples"]
    assert "本年没有收到公开申请" in rows["label", "request"]["examples"]
    assert "作出行政许可决定三百件" in rows["label", "service"]["examples"]
    assert "动态栏目长期不更新" in rows["facet", "timeliness"]["examples"]


def test_formats_say_the_same() -> None:
    rows = codebook_rows()
    assert json.loads(codebook_text("json"))["codes"] == rows
    table = list(csv.DictReader(codebook_text("csv").removeprefix("\ufeff").splitlines()))
    assert table == rows
    assert tuple(table[0]) == COLUMNS
    for fmt in ("text", "markdown"):
        text = codebook_text(fmt)
        assert all(r["code"] in text and r["zh"] in text for r in rows)
