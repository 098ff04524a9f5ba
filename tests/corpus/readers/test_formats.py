"""The format matrix: what it counts, what it writes, and that the forms which need no program are read without an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.readers import reader_names
from corpus.readers.names_zh import NAMES, reader_summary
from tests import format_matrix
from tests.format_matrix import Row, measure, recognised, replace_part, table

PLAIN = ("text-tab-rows", "markdown", "html", "docx")


def test_forms_without_a_program_are_read_rightly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_CACHE", "off")
    rows = list(measure(PLAIN, 2))
    assert len(rows) == 1 + 2 + 6 + 1
    for row in rows:
        assert row.files == row.titles >= 2
        assert (row.wrong, row.missing, row.invented) == (0, 0, 0), row.errors[:5]
        assert row.passages[0] == row.passages[1] == row.passages[2] > 0
        assert row.mentions[0] > 0
        assert row.seconds > 0


def test_a_form_whose_program_is_missing_is_said_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format_matrix, "chromium", lambda: None)
    (row,) = measure(["pdf-chromium"], 1)
    assert row.files == 0
    assert "not installed" in row.errors[0]
    assert "| – |" in table([row])


def test_rows_as_markdown() -> None:
    row = Row(
        "scan, clean",
        2,
        1,
        {"pdf-ocr"},
        right=398,
        wrong=2,
        passages=[9, 10, 11],
        mentions=[3, 4, 5],
        seconds=6.0,
        flagged_right=4,
        flagged_wrong=1,
        silent=1,
    )
    assert "| scan, clean | pdf-ocr | 2 | 1 | 398 | 2 | 0 | 9/11 (10) | 3/5 | 3.00 |" in table([row])
    assert "| scan, clean | 2 | 1 | 4 of 398 (1.0 %) |" in recognised([row])
    assert recognised([Row("DOCX", 1)]) == ""


def test_only_the_part_between_its_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("above\n<!-- matrix -->\nold\n<!-- /matrix -->\nbelow\n", encoding="utf-8")
    replace_part(page, "matrix", "new\n")
    assert page.read_text(encoding="utf-8") == "above\n<!-- matrix -->\nnew\n<!-- /matrix -->\nbelow\n"


def test_every_reader_has_a_name_for_the_summary() -> None:
    assert set(NAMES) == set(reader_names()), "a reader needs its Chinese name in corpus/readers/names_zh.py"
    assert reader_summary({"pdf": 1, "html": 2, "pdf-ocr": 1}) == "网页 html 2, PDF pdf 1, 扫描PDF pdf-ocr 1"
    assert reader_summary({}) == ""
