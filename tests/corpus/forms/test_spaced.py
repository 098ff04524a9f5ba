"""Digits that stand apart are one number where the sums say so, and only there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.forms.cellvalue import read_cell
from corpus.forms.spaced import join_digits
from corpus.types import Cell
from tests.support.bent import truth

REVIEW = ("upheld", "corrected", "other", "pending", "total")


def cells(values: dict[str, str]) -> list[Cell]:
    found = []
    for code, raw in values.items():
        read = read_cell(raw)
        found.append(Cell(code, raw, read.value, read.state, 0, len(raw)))
    return found


def read(values: dict[str, str]) -> dict[str, Decimal | None]:
    return {c.code: c.value for c in join_digits(cells(values))}


def review(*raw: str) -> dict[str, str]:
    return {f"t4.review.{leaf}": text for leaf, text in zip(REVIEW, raw, strict=True)}


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        (("7 2", "6 4", "1 7 8", "3 7", "3 5 1"), (72, 64, 178, 37, 351)),
        (("1 2", "0", "", "/", "12"), (12, 0, None, None, 12)),
        (("10 0", "0", "0", "0", "1 00"), (100, 0, 0, 0, 100)),
        (("5 3", "0", "0", "0", "8"), (None, 0, 0, 0, 8)),  # two numbers in one cell
        (("1 2", "增加1 2", "0", "0", "24"), (None, None, 0, 0, 24)),
    ],
)
def test_a_sum_proves_digits_to_be_one_number(raw: tuple[str, ...], right: tuple[int | None, ...]) -> None:
    found = read(review(*raw))
    assert [found[f"t4.review.{leaf}"] for leaf in REVIEW] == [None if v is None else Decimal(v) for v in right]


def test_a_row_and_a_column_that_contradict_each_other_prove_nothing() -> None:
    values = {code: str(value) for code, value in truth().items() if code.startswith("t3.")}
    values["t3.granted.natural"] = "7 3"
    assert read(values)["t3.granted.natural"] == 73
    values["t3.total.natural"] = "1114"
    assert read(values)["t3.granted.natural"] is None


@pytest.mark.parametrize(
    ("code", "raw", "right"),
    [
        ("t2.licence.decisions", "2 3 4 6", 2346),
        ("t2.licence.decisions", "23 46", None),
        ("t2.fee.amount", "6 1 3 . 2 5", Decimal("613.25")),
        ("t2.fee.amount", "6 1 3.2 5", Decimal("613.25")),
        ("t2.fee.amount", "61 3.2 5", None),
        ("t2.fee.amount", "6 1 . 3 . 2", None),
    ],
)
def test_a_report_that_is_set_so_throughout_is_read_throughout(code: str, raw: str, right: Decimal | int | None) -> None:
    values = {code: " ".join(str(value)) for code, value in truth().items()}
    values[code] = raw
    found = read(values)
    assert found[code] == right
    del values[code]
    if raw == "6 1 . 3 . 2":  # no number, so that nothing is known of the report
        return
    assert all(found[code] == truth()[code] for code in values)


def test_one_number_that_is_set_solid_says_that_the_report_is_not_set_so() -> None:
    values = {code: " ".join(str(value)) for code, value in truth().items()}
    values["t2.penalty.decisions"] = "187"
    found = read(values)
    assert found["t2.licence.decisions"] is None
    assert found["t2.penalty.decisions"] == 187
