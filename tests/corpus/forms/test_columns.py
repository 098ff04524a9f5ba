"""Columns of the statutory tables from their headings in the orders in which they are printed, and headings that fit no order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.forms.columns import (
    T3_COLUMNS,
    Columns,
    Heading,
    cell_column,
    money_cells,
    row_codes,
    t2_columns,
    t3_columns,
    t3_first_field,
    t4_columns,
)
from corpus.forms.wordings import Kind, Label

#: letters for the columns of table 3, o for 法人或其他组织, T for the total
_T3 = {"n": "natural", "o": "organisations", "b": "business", "r": "research", "p": "nonprofit", "l": "legal", "x": "other", "T": "total"}  # fmt: skip
_T4 = {"u": "upheld", "c": "corrected", "o": "other", "p": "pending", "T": "total", "R": "review", "S": "suit", "D": "suit_direct", "A": "suit_after_review"}  # fmt: skip
_GROUPS = {"organisations", "review", "suit", "suit_direct", "suit_after_review"}


def heading(code: str, table: str, row: int, column: int, width: int = 0) -> Heading:
    """A heading of a table."""
    kind: Kind = "group" if code in _GROUPS else "word" if code == "new_cut" else "column"
    return Heading(Label(code, kind, (table,), code), code, row, column, width)


def t3(rows: str, first: int = 0) -> list[Heading]:
    """Headings of table 3 by letters, printed rows divided by a blank."""
    lines = rows.split()
    return [heading(_T3[c], "t3", n, first + k, first + len(line)) for n, line in enumerate(lines) for k, c in enumerate(line)]


def letters(columns: Columns | None, names: dict[str, str]) -> str | None:
    """The columns by letters, ``.`` for one without label."""
    back = {name: letter for letter, name in names.items()}
    return None if columns is None else "".join("." if c is None else back[c] for c in columns.codes)


@pytest.mark.parametrize(
    ("rows", "expected", "missing"),
    [
        ("nbrplxT", "nbrplxT", ""),  # one level of headings
        ("Tnbrplx", "Tnbrplx", ""),  # as printed
        ("nTbrplx", None, ""),  # two levels read on end
        ("noT brplx", "nbrplxT", ""),
        ("onT brplx", None, ""),
        ("nT brplx", "nbrplxT", ""),
        ("noTbrplx", "nbrplxT", ""),
        ("nobrplxT", "nbrplxT", ""),
        ("noT brlx", "nbr.lxT", "p"),
        ("noT blrx", None, ""),
        ("no brplx", "nbrplx.", "T"),
        ("oT bx", "." + "b...xT", "nrpl"),
        ("oT b", None, ""),  # two headings make no table 3
        ("brl", ".br.l..", "npxT"),
        # one a line: the order is all that there is
        ("n o T b r p l x", "nbrplxT", ""),
        ("n o b r p l x T", "nbrplxT", ""),
        ("n b r p l x T", "nbrplxT", ""),
        ("n T b r p l x", None, ""),
        ("T n o b r p l x", None, ""),
        ("n o T b p r l x", "nbprlxT", ""),
        ("n o T b p r x", None, ""),
        ("n o T b r l x", "nbr.lxT", "p"),
        ("n o b r T p l x", None, ""),
        ("n o T b r p l x n o T b r p l x", "nbrplxT", ""),  # repeated on the next page
        ("n o T b r p l x n o T b r p l", None, ""),
        ("n o T b b r", None, ""),
        ("n o T", None, ""),
        ("b r p", ".brp...", "nlxT"),
    ],
)
def test_columns_of_table_3(rows: str, expected: str | None, missing: str) -> None:
    got = t3_columns(t3(rows))
    assert letters(got, _T3) == expected
    if got is not None:
        assert sorted(got.missing) == sorted(_T3[c] for c in missing)
        assert got.start is None


def test_headings_of_other_tables_are_none_of_table_3() -> None:
    assert t3_columns([heading(h.label.code, "t4", h.row, h.column) for h in t3("nbrplxT")]) is None


@pytest.mark.parametrize(
    ("rows", "first", "expected"),
    [("nbrplxT", 3, (3, 10)), ("nbrplxT", 1, (1, 8)), ("nbrplxT", 0, None), ("nbrplx", 3, None), ("nbrpxlT", 3, None)],
)
def test_field_of_the_first_column_of_table_3(rows: str, first: int, expected: tuple[int, int] | None) -> None:
    assert t3_first_field(t3(rows, first)) == expected


def test_fields_that_converters_moved_or_left_over_tell_no_column() -> None:
    right = t3("nbrplxT", 3)
    assert t3_first_field([*right[:-1], right[-1]._replace(column=10)]) is None
    assert t3_first_field([*right[:-1], right[-1]._replace(width=11)]) is None
    assert t3_first_field([*right, heading("organisations", "t3", 0, 4, 10)]) == (3, 10)


def t4(rows: str) -> list[Heading]:
    """Headings of table 4 by letters, printed rows divided by a blank."""
    return [heading(_T4[c], "t4", n, k) for n, line in enumerate(rows.split()) for k, c in enumerate(line)]


@pytest.mark.parametrize(
    ("rows", "groups", "expected"),
    [
        ("RS DA ucopTucopTucopT", "RDA", "ucopTucopTucopT"),
        ("RDA ucopTucopTucopT", "RDA", "ucopT.........."),  # 行政诉讼 is lost
        ("RSA ucopTucopTucopT", "RDA", "ucopT.....ucopT"),
        ("SDA ucopTucopTucopT", "RDA", ".....ucopTucopT"),
        ("RSAD ucopTucopTucopT", None, ""),
        ("RSDDA ucopTucopTucopT", None, ""),
        ("R ucopT", "R", "ucopT"),
        ("D ucopT", "D", "ucopT"),
        ("A ucopT", "A", "ucopT"),
        ("RS ucopT", None, ""),
        ("RD ucopT", None, ""),
        ("S ucopT", None, ""),
        ("R ucpT", "R", "uc.pT"),
        ("R uucT", None, ""),
        ("DA ucopTucopT", "DA", "ucopTucopT"),
        ("SDA ucopTucopT", "DA", "ucopTucopT"),
        ("RDA ucopTucopT", None, ""),
        ("AD ucopTucopT", None, ""),
        ("RD ucopTucopT", None, ""),
        ("RSDA", None, ""),
        # two leaves are lost, where only one place is left for the others
        ("RSDA ucopucopTucopT", "RDA", "ucop.ucopTucopT"),
        ("RSDA opTucopTucopT", "RDA", "..opTucopTucopT"),
        ("RSDA ucopTucopTucop", "RDA", "ucopTucopTucop."),
        ("RSDA ucopTucopTucopTucopT", None, ""),
        # the break between the groups is seen where the order falls back
        ("RSDA ucouTuT", "RDA", "uco..u...Tu...T"),
        ("RSDA ucucuc", "RDA", "uc...uc...uc..."),
    ],
)  # fmt: skip
def test_columns_of_table_4(rows: str, groups: str | None, expected: str) -> None:
    got = t4_columns(t4(rows))
    if groups is None:
        assert got is None
        return
    assert got is not None
    names = [f"{_T4[g]}.{_T4[leaf]}" for g in groups for leaf in "ucopT"]
    assert list(got.codes) == [None if c == "." else name for c, name in zip(expected, names, strict=True)]
    assert list(got.missing) == [name for c, name in zip(expected, names, strict=True) if c == "."]


def test_place_of_the_first_value_of_table_4() -> None:
    whole = "ucopT" * 3
    leaves = [heading(_T4[c], "t4", 1, 2 + k) for k, c in enumerate(whole)]
    groups = t4("RSDA")
    got = t4_columns([*groups, *leaves])
    assert got is not None
    assert got.start == 2
    for broken in ([*leaves[:-1], leaves[-1]._replace(column=17)], leaves[:-1]):
        got = t4_columns([*groups, *broken])
        assert got is not None
        assert got.start is None


@pytest.mark.parametrize(
    ("row", "codes", "expected"),
    [
        ("t2.normative", ["made", "disclosed", "public_total"], [("2019", ("made", "disclosed", "public_total"), 2)]),
        ("t2.normative", ["issued", "repealed", "effective"], [("2021", ("issued", "repealed", "effective"), 2)]),
        ("t2.normative", ["issued", "effective", "repealed"], [("2021", ("issued", "effective", "repealed"), 2)]),
        ("t2.normative", ["issued", "effective"], [("2021", ("issued", None, "effective"), 2)]),
        ("t2.normative", ["repealed", "effective"], [("2021", (None, "repealed", "effective"), None)]),
        ("t2.normative", ["effective", "issued"], []),
        ("t2.normative", ["issued", "made"], []),
        ("t2.normative", [], []),
        ("t2.normative", ["issued", "decisions", "repealed", "effective"], [("2021", ("issued", "repealed", "effective"), 2)]),
        ("t2.normative", ["new_cut", "new_cut", "public_total"], [("2019", ("made", "disclosed", "public_total"), 2)]),
        ("t2.normative", ["new_cut", "public_total"], [("2019", (None, None, "public_total"), None)]),
        ("t2.normative", ["made", "new_cut", "new_cut"], [("2019", ("made", None, None), 2)]),
        ("t2.licence", ["decisions"], [("2021", ("decisions",), 2), ("2019", (None, None, "decisions"), None)]),
        ("t2.service", ["decisions"], [("2019", (None, None, "decisions"), None), ("2021", ("decisions",), 2)]),
        ("t2.licence", ["items_before", "items_change", "decisions"], [("2019", ("items_before", "items_change", "decisions"), 2)]),
        ("t2.licence", ["decisions", "decisions"], [("2021", ("decisions",), 2), ("2019", (None, None, "decisions"), None)]),
        ("t2.fee", ["fee_amount"], [("2021", ("fee_amount",), 2)]),
        ("t2.procurement", ["items", "amount"], [("2019", ("items", "amount"), 2)]),
    ],
)  # fmt: skip
def test_columns_of_a_row_of_table_2(
    row: str, codes: Sequence[str], expected: list[tuple[str, tuple[str | None, ...], int | None]]
) -> None:
    got = t2_columns(row, [heading(code, "t2", 0, n) for n, code in enumerate(codes)], 2)
    assert [(form, columns.codes, columns.start) for form, columns in got] == expected


def test_missing_columns_of_table_2_are_named() -> None:
    ((_, columns),) = t2_columns("t2.regulation", [heading("issued", "t2", 0, 1)], 1)
    assert columns.missing == ("repealed", "effective")


def test_codes_of_cells_by_heading() -> None:
    assert cell_column("fee_amount") == "amount"
    assert cell_column("natural") == "natural"
    assert row_codes("t2.fee")["fee_amount"] == row_codes("t2.fee")["amount"] == "t2.fee.amount"
    assert {row_codes("t3.new")[c] for c in T3_COLUMNS} == {f"t3.new.{c}" for c in T3_COLUMNS}
    assert row_codes("t4")["review.upheld"] == "t4.review.upheld"
    assert "t2.fee.amount" in money_cells()
    assert not any(code.startswith(("t3.", "t4.")) for code in money_cells())
