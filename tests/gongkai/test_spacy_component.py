"""The spaCy component: spans are exact, rows are those of the store, a DocBin keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from tests.support.factories import sample_text

spacy = pytest.importorskip("spacy")
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def nlp() -> Any:
    made = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})
    made.add_pipe("gongkai", first=True)
    return made


def test_spans_are_the_rows_of_the_store(nlp: Any) -> None:
    text = sample_text()
    doc = nlp(text)
    report = analyze_bytes(text.encode(), "text.txt")
    rows = report_rows(report, "text.txt")
    assert doc.text == report.text
    assert doc._.gongkai["agency"] == "临江区教育局"
    for group, table, key in (
        ("passages", "passages", "passage_id"),
        ("mentions", "mentions", "mention_id"),
        ("cells", "cells", "code"),
    ):
        wanted = {r[key]: r for r in rows[table] if str(report.text[int(str(r["start"])) : int(str(r["end"]))]).strip()}
        found = {s.id_: s for s in doc.spans[group]}
        assert set(found) == set(wanted)
        assert found
        for name, span in found.items():
            row = wanted[name]
            shown = str(row.get("text", row.get("raw"))).strip()
            assert span.text == shown
            assert doc.text[span.start_char : span.end_char] == shown
            assert {k: list(v) if isinstance(v, tuple) else v for k, v in span._.gongkai.items()} == row


def test_words_are_those_of_jieba_between_spans(nlp: Any) -> None:
    doc = nlp(sample_text())
    assert "".join(t.text_with_ws for t in doc) == doc.text
    assert "政府信息公开" in {t.text for t in doc}


def test_docbin_round_trip(nlp: Any, tmp_path: Path) -> None:
    from gongkai.spacy_component import to_docbin

    doc = nlp(sample_text())
    to_docbin([doc]).to_disk(tmp_path / "reports.spacy")
    back = next(spacy.tokens.DocBin().from_disk(tmp_path / "reports.spacy").get_docs(spacy.blank("zh").vocab))
    for group in ("passages", "mentions", "cells"):
        assert [(s.start_char, s.end_char, s.label_, s._.gongkai) for s in back.spans[group]] == [
            (s.start_char, s.end_char, s.label_, s._.gongkai) for s in doc.spans[group]
        ]
    assert back._.gongkai == doc._.gongkai


def test_component_takes_another_classifier(nlp: Any) -> None:
    other = spacy.blank("zh")
    other.add_pipe("gongkai", config={"classifier": "keywords"})
    doc = other(sample_text())
    assert {s._.gongkai["classifier"] for s in doc.spans["passages"]} == {other.get_pipe("gongkai").classifier.model_id}


def test_a_foreign_text_gives_an_empty_doc_with_its_words(nlp: Any) -> None:
    doc = nlp("今天天气很好。")
    assert doc.text.strip() == "今天天气很好。"
    assert not doc.spans["passages"]
    assert not doc.spans["mentions"]
