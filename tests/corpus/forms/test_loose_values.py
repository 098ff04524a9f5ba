"""Table 3 whose numbers are printed apart from their labels: read where one layout alone has all sums, and never wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.codebook import result_rows
from corpus.forms.loose_values import lay_out
from corpus.forms.proved import _balanced, _codes
from corpus.forms.read import read_tables
from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.sections import split_sections
from tests.support.bent import report, t3_rows, truth

CODES = _codes("2021")
HOLDS = partial(_balanced, codes=CODES, form="2021")
TABLE = [[int(v) for v in values] for _, _, values in t3_rows()]
T3 = {code: value for code, value in truth().items() if code.startswith("t3.")}

Pages = Sequence[tuple[int, tuple[int, ...]]]
LAYOUTS: dict[str, Pages] = {
    "rows": [(25, (7,))],
    "totals apart on the first page": [(3, (6, 1)), (22, (7,))],
    "columns apart on the last page": [(17, (7,)), (8, (1,) * 7)],
    "labels with the first column": [(13, (1, 5, 1)), (12, (7,))],
    "each page otherwise": [(3, (6, 1)), (16, (7,)), (6, (1, 6))],
}


def printed(table: Sequence[Sequence[int]], pages: Pages) -> list[int]:
    """The numbers of a table in the order in which pages with so many rows, and columns in such groups, print them."""
    out: list[int] = []
    first = 0
    for count, groups in pages:
        column = 0
        for width in groups if count > 1 else (7,):
            out += [n for row in table[first : first + count] for n in row[column : column + width]]
            column += width
        first += count
    return out


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str) -> None:
    numbers = printed(TABLE, LAYOUTS[name])
    laid = lay_out([Decimal(n) for n in numbers], 25, HOLDS)
    assert laid is not None
    assert [[numbers[i] for i in row] for row in laid] == TABLE


@pytest.mark.parametrize("name", LAYOUTS)
def test_text_of_a_converter(name: str) -> None:
    labels = "\n".join(label[i : i + 6] for _, label, _ in t3_rows() for i in range(0, len(label), 6))
    numbers = "\n\n".join(map(str, printed(TABLE, LAYOUTS[name])))
    canonical = build(read_bytes(report(f"{labels}\n\n{numbers}", "无").encode(), "a.txt"))
    reading = read_tables(canonical, split_sections(canonical)[0])
    cells = {c.code: (c.value, c.basis) for c in reading.cells if c.code.startswith("t3.")}
    assert cells == {code: (value, "proved") for code, value in T3.items()}


@pytest.mark.parametrize("name", LAYOUTS)
def test_numbers_above_all_labels(name: str) -> None:
    numbers = "\n".join(str(n) for n in printed(TABLE, LAYOUTS[name]))
    labels = "\n".join(label for _, label, _ in t3_rows())
    canonical = build(read_bytes(report(f"{numbers}\n\n{labels}", "").encode(), "a.txt"))
    reading = read_tables(canonical, split_sections(canonical)[0])
    assert {c.code: int(c.raw) for c in reading.cells} == T3
    assert {c.basis for c in reading.cells} == {"proved"}


@pytest.mark.parametrize("at", [0, 60, 174])
def test_a_number_that_is_wrong_or_lost_proves_nothing(at: int) -> None:
    numbers = [Decimal(n) for n in printed(TABLE, LAYOUTS["rows"])]
    assert lay_out(numbers[:at] + numbers[at + 1 :], 25, HOLDS) is None
    numbers[at] += 1
    assert lay_out(numbers, 25, HOLDS) is None


@st.composite
def tables(draw: st.DrawFn) -> list[list[int]]:
    """A table of the form whose sums hold, mostly of zeros as small agencies print it."""
    count = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 1, 2, 12])
    results = [[draw(count) for _ in range(6)] for _ in result_rows("2021")]
    total = [sum(column) for column in zip(*results, strict=True)]
    after = [draw(count) for _ in range(6)]
    before = [draw(st.integers(0, t + a)) if draw(st.booleans()) else 0 for t, a in zip(total, after, strict=True)]
    new = [t + a - b for t, a, b in zip(total, after, before, strict=True)]
    return [[*row, sum(row)] for row in (new, before, *results, total, after)]


@settings(max_examples=40, deadline=None)
@given(
    tables(), st.lists(st.tuples(st.integers(1, 12), st.sampled_from([(7,), (6, 1), (1, 5, 1), (1, 6), (1,) * 7])), max_size=3)
)
def test_what_is_claimed_is_true(table: list[list[int]], pages: list[tuple[int, tuple[int, ...]]]) -> None:
    rest = 25 - sum(n for n, _ in pages)
    layout = [*pages, (rest, (7,))] if rest > 0 else [(25, (7,))]
    numbers = printed(table, layout)
    laid = lay_out([Decimal(n) for n in numbers], 25, HOLDS)
    assert laid is None or [[numbers[i] for i in row] for row in laid] == table
