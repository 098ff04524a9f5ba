"""No cell begins a formula, and what was guarded is read back as it was."""

from __future__ import annotations

import csv
import doctest
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus.spreadsheets as module
from corpus.spreadsheets import guarded, safe, typed, write_csv, write_rows

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "- 条",
    "-",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\n=1",
    "＝1",
    "＋1",
    "－5",
    "＠x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_guarded_and_read_back(text: str) -> None:
    assert safe(text) == "'" + text
    assert typed(safe(text)) == text
    assert safe("'" + text) == "''" + text


@pytest.mark.parametrize("text", ["", "12件", "－", "——", "'quoted'", "a=b", "（=1）", " 1"])
def test_other_texts_stay(text: str) -> None:
    assert safe(text) == text == typed(text)


@given(st.text(alphabet="'=+-@\t\r\n＝＋－＠a1件 ", max_size=8))
def test_guarding_is_undone(text: str) -> None:
    assert typed(safe(text)) == text
    assert not re.match(r"[=+\-@\t\r\n]", safe(text))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (-5, "-5"), (-0.5, "-0.5"), (float("nan"), "None"), (float("-inf"), "None"), (None, "None"), (True, "True"),
        (2245.0, "2245"), (-0.0, "0"), (1e20, "1e+20"), (Decimal("12.0"), "12"), (Decimal("3.50"), "3.5"),
    ],
)  # fmt: skip
def test_numbers_are_numbers_or_nothing(value: object, kept: str) -> None:
    assert str(guarded(value)) == kept  # as it is written: 2245, never 2245.0


def test_headers_are_guarded_and_files_marked(tmp_path: Path) -> None:
    out = io.StringIO()
    write_rows(out, ["=1", "b"], [["@x", float("inf")]], end="\n")
    assert out.getvalue() == "'=1,b\n'@x,\n"
    write_csv(tmp_path / "a.csv", ["a"], [["=1"]])
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbfa\r\n'=1\r\n"
    assert list(csv.reader(io.StringIO(out.getvalue()))) == [["'=1", "b"], ["'@x", ""]]


def test_whoever_writes_csv_guards_it() -> None:
    packages = ("corpus", "models", "extract", "training", "gongkai")
    texts = {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for name in packages for p in (ROOT / name).rglob("*.py")}
    writers = {name for name, text in texts.items() if re.search(r"csv\.(writer|DictWriter)|\.to_csv\(|csv\.write_csv", text)}
    assert "corpus/spreadsheets.py" in writers
    assert [
        n for n in sorted(writers - {"corpus/spreadsheets.py"}) if "corpus.spreadsheets import guarded" not in texts[n]
    ] == []


def test_docstring_examples() -> None:
    assert doctest.testmod(module).failed == 0
