"""The join: what is compared, what is derived, and how qualifiers are read.  One row a case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpus.codebook import codebook
from corpus.types import Cell, CellState
from extract.against_tables.join import COMPARABLE, fits, join_report
from extract.against_tables.suspicions import suspicions
from extract.types import Join, Mention, Qualifier

REASONS = ("secret", "law", "security", "third_party", "internal", "process", "enforcement", "inquiry")
ROWS = [f"t3.denied_{r}" for r in REASONS]


def cell(code: str, value: int | str | None, state: CellState | None = None) -> Cell:
    """``None`` is a blank cell."""
    found: CellState = state or ("blank" if value is None else "value")
    return Cell(code, "", None if value is None else Decimal(value), found, 0, 0)


def mention(indicator: str, value: int | str, at: int = 0, **more: object) -> Mention:
    fields: dict[str, object] = {"start": at, "end": at + 3, "text": f"{value}件", "unit": "件", "indicator": indicator, **more}
    return Mention(value=Decimal(value), **fields)  # type: ignore[arg-type]


def row(joins: tuple[Join, ...]) -> tuple[str, str | None, object]:
    (join,) = joins
    return join.verdict, join.explained_by, join.table_value


@pytest.mark.parametrize(
    ("indicator", "codes"),
    [
        ("request.received", ["t3.new.total"]),
        ("request.answered", ["t3.total.total"]),
        ("request.granted", ["t3.granted.total"]),
        ("request.carried_out", ["t3.carried_out.total"]),
        ("request.denied", [f"{r}.total" for r in ROWS]),
        ("request.disclosed", ["t3.granted.total", "t3.partial.total"]),
        ("request.other", ["t3.other.total"]),
        ("request.other", ["t3.other_uncorrected.total", "t3.other_unpaid.total", "t3.other_misc.total"]),
        ("review.upheld", ["t4.review.upheld"]),
        ("litigation.total", ["t4.suit_direct.total", "t4.suit_after_review.total"]),
        ("normative.made", ["t2.normative.made"]),
        ("normative.made", ["t2.normative.issued"]),
        ("normative.effective", ["t2.normative.effective"]),
        ("regulation.made", ["t2.regulation.made"]),
        ("regulation.made", ["t2.regulation.issued"]),
        ("decision.licence", ["t2.licence.decisions"]),
        ("decision.penalty", ["t2.penalty.decisions"]),
        ("decision.coercion", ["t2.coercion.decisions"]),
        ("fee.administrative", ["t2.fee.amount"]),
        ("dispute.total", ["t4.review.total", "t4.suit_direct.total", "t4.suit_after_review.total"]),
    ],
)
def test_each_indicator_is_compared_with_its_cells(indicator: str, codes: list[str]) -> None:
    joins = join_report([mention(indicator, 2 * len(codes))], [cell(c, 2) for c in codes])
    assert [(j.verdict, j.cell_codes, j.expression) for j in joins] == [("agrees", tuple(codes), " + ".join(codes))]


@pytest.mark.parametrize("missing", ["t3.denied_law.total", "t3.denied_inquiry.total"])
def test_no_comparison_where_a_row_of_the_sum_is_absent(missing: str) -> None:
    cells = [cell(f"{r}.total", 1) for r in ROWS if f"{r}.total" != missing]
    (join,) = join_report([mention("request.denied", 7)], cells)
    assert (join.verdict, join.table_value, join.cell_codes) == ("prose_only", None, ())


@pytest.mark.parametrize(
    ("indicator", "form"), [("normative.repealed", "2019"), ("normative.effective", "2019"), ("normative.disclosed", "2021")]
)
def test_no_counterpart_in_the_form_is_no_comparison(indicator: str, form: str) -> None:
    cells = [cell("t2.normative.made" if form == "2019" else "t2.normative.issued", 3)]
    assert row(join_report([mention(indicator, 3)], cells)) == ("prose_only", None, None)


def test_blank_total_is_derived_from_printed_applicants() -> None:
    cells = [cell("t3.granted.total", None), cell("t3.granted.natural", 4), cell("t3.granted.legal", None)]
    (join,) = join_report([mention("request.granted", 4)], cells)
    assert (join.verdict, join.derived, join.cell_codes) == ("agrees", True, ("t3.granted.natural",))


def test_wholly_blank_rows_are_left_out_of_a_sum() -> None:
    cells = [cell(f"{r}.total", 1 if r == ROWS[0] else None) for r in ROWS]
    (join,) = join_report([mention("request.denied", 1)], cells)
    assert (join.verdict, join.derived, join.cell_codes) == ("agrees", True, (f"{ROWS[0]}.total",))


@pytest.mark.parametrize("state", ["blank", "dash", "unreadable"])
def test_no_value_anywhere_is_no_comparison(state: CellState) -> None:
    cells = [cell("t4.review.total", None, state)]
    assert row(join_report([mention("review.total", 0)], cells)) == ("prose_only", None, None)


def test_an_unreadable_applicant_hides_the_total() -> None:
    cells = [cell("t3.new.total", None), cell("t3.new.natural", 4), cell("t3.new.other", None, "unreadable")]
    assert row(join_report([mention("request.received", 4)], cells)) == ("prose_only", None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (20, ("agrees", None, 20)),
        (23, ("agrees", None, 23)),  # 收办总数 with what was carried over
        (17, ("disagrees", "carried_in", 20)),
        (24, ("disagrees", "none", 20)),
    ],
)
def test_received_may_include_what_was_carried_in(value: int, expected: tuple[str, str | None, int]) -> None:
    cells = [cell("t3.new.total", 20), cell("t3.carried_in.total", 3)]
    assert row(join_report([mention("request.received", value)], cells)) == expected


@pytest.mark.parametrize(
    ("indicator", "value", "why"),
    [
        ("request.unavailable", 6, "other_row"),  # the table has them under 其他处理
        ("request.unavailable", 7, "none"),
        ("request.granted", 6, "carried_in"),  # 8 - 2, although another row has 6 too
        ("request.granted", 0, "none"),  # some other row has 0 in every report
    ],
)
def test_explanations(indicator: str, value: int, why: str) -> None:
    cells = [cell(f"t3.unavailable_{r}.total", 0) for r in ("not_held", "needs_creation", "unclear")]
    cells += [cell("t3.other.total", 6), cell("t3.carried_in.total", 2), cell("t3.granted.total", 8)]
    joins = join_report([mention(indicator, value), mention("request.received", 1)], cells)
    assert [j.explained_by for j in joins if j.verdict == "disagrees"] == [why]


@pytest.mark.parametrize(
    ("indicator", "values", "cells", "why"),
    [
        ("request.granted", (10,), {"t3.granted": 8, "t3.carried_in": 2}, ["carried_in"]),  # of either sign
        ("request.denied", (4,), {r: n for n, r in enumerate(ROWS)}, ["one_row"]),
        ("request.denied", (9,), {**dict.fromkeys(ROWS, 2), "t3.partial": 9}, ["other_row"]),
        ("request.denied", (9,), {**dict.fromkeys(ROWS, 0), ROWS[1]: 3}, ["none"]),
        (
            "request.disclosed",
            (5,),
            {"t3.granted": 5, "t3.partial": 3, "t3.carried_in": 3},
            ["carried_in"],
        ),  # the first that fits
        ("request.granted", (8, 7), {"t3.granted": 8}, ["other_mention"]),
        ("request.granted", (7, 6), {"t3.granted": 8}, ["none", "none"]),
        ("review.total", (7,), {"t4.review": 9, "t4.review.pending": 2}, ["pending"]),
        ("litigation.total", (4,), {"t4.suit_direct": 4, "t4.suit_after_review": 3}, ["one_row"]),
        ("litigation.total", (0,), {"t4.suit_direct": 0, "t4.suit_after_review": 3}, ["none"]),
        ("dispute.total", (9,), {"t4.review": 5, "t4.suit_direct": 4, "t4.suit_after_review": 3}, ["none"]),
    ],
)
def test_explanations_in_order(indicator: str, values: tuple[int, ...], cells: dict[str, int], why: list[str]) -> None:
    found = [cell(code if code.count(".") > 1 else f"{code}.total", n) for code, n in cells.items()]
    zero = [cell(f"t4.{row}.pending", 0) for row in ("review", "suit_direct", "suit_after_review")]
    joins = join_report([mention(indicator, v, 10 * n) for n, v in enumerate(values)], [*found, *zero])
    assert [j.explained_by for j in joins if j.verdict == "disagrees"] == why


def test_money_is_compared_in_the_unit_of_the_cell() -> None:
    cells = [cell("t2.fee.amount", "0.251")]
    (join,) = join_report([mention("fee.administrative", 2510, unit="元")], cells)
    assert (join.verdict, join.prose_value) == ("agrees", Decimal("0.251"))
    (join,) = join_report([mention("fee.administrative", "0.26", unit="万元")], cells)
    assert (join.verdict, join.prose_value) == ("disagrees", Decimal("0.26"))


@pytest.mark.parametrize("more", [{"scope": "wider"}, {"scope": "part"}, {"qualifier": "range", "value_to": Decimal(9)}])
def test_what_is_no_total_of_the_year_is_not_compared(more: dict[str, object]) -> None:
    assert row(join_report([mention("review.upheld", 5, **more)], [cell("t4.review.upheld", 5)]))[0] == "prose_only"


def test_a_sum_counts_as_a_mention_of_its_members() -> None:
    cells = [cell(f"t4.{row}.total", 2) for row in ("review", "suit_direct", "suit_after_review")]
    cells += [cell("t3.granted.total", 1), cell("t3.partial.total", 1)]
    joins = join_report([mention("dispute.total", 6), mention("request.disclosed", 2)], cells)
    assert [(j.indicator, j.verdict) for j in joins] == [("request.disclosed", "agrees"), ("dispute.total", "agrees")]


def test_every_comparable_mention_is_compared() -> None:
    mentions = [
        mention("request.received", 9, 0, scope="part"),
        mention("request.received", 30, 10),
        mention("request.received", 31, 20),
        mention("request.received", 25, 30, period="prior"),
    ]
    joins = join_report(mentions, [cell("t3.new.total", 31)])
    assert [(j.verdict, j.mention, j.table_value) for j in joins] == [
        ("disagrees", "m10", 31),
        ("agrees", "m20", 31),
        ("prose_only", "m0", None),
        ("prose_only", "m30", None),
    ]


def test_table_only_for_four_indicators_above_zero() -> None:
    cells = [cell(c, 2) for c in ("t3.new.total", "t3.granted.total", "t3.partial.total", "t4.review.total")]
    cells += [cell("t4.suit_direct.total", 0), cell("t4.suit_after_review.total", 0)]
    joins = join_report([mention("disclosure.total", 5)], cells)
    assert [(j.indicator, j.verdict) for j in joins] == [
        ("request.received", "table_only"),
        ("request.granted", "table_only"),
        ("review.total", "table_only"),
    ]
    joins = join_report([mention("request.granted", 1, scope="part")], [cell("t3.granted.total", 2)])
    assert [j.verdict for j in joins] == ["prose_only", "table_only"]


def test_comparable_are_the_indicators_of_class_b() -> None:
    assert sorted(COMPARABLE) == sorted(code for code, c in codebook().indicators.items() if c.cls == "B")


def test_class_c_mentions_and_an_empty_report_have_no_rows() -> None:
    assert join_report([mention("hotline.accepted", 5)], []) == ()


@pytest.mark.parametrize(
    ("printed", "value", "step", "qualifier", "text", "yes", "no"),
    [
        ("14万余件", 140000, 10000, "at_least", "共14万余件", (140000, 149999), (139999, 150000)),
        ("1400多件", 1400, 100, "at_least", "共1400多件", (1400, 1499), (1399, 1500)),
        ("200件", 200, 100, "at_least", "超过200件", (200, 900), (199,)),
        ("200件", 200, 100, "about", "近200件", (100, 200), (99, 201)),
        ("200件", 200, 100, "about", "约200件", (190, 210), (189, 211)),
        ("200件", 200, 100, "at_most", "200件以内", (200, 0), (201,)),
        ("200件", 200, 100, "exact", "有200件", (200,), (199, 201)),
    ],
)
def test_qualifiers(
    printed: str, value: int, step: int, qualifier: Qualifier, text: str, yes: tuple[int, ...], no: tuple[int, ...]
) -> None:
    start = text.index(printed)
    m = mention("review.total", value, start, text=printed, qualifier=qualifier, step=Decimal(step))
    assert [fits(m, Decimal(v), text) for v in (*yes, *no)] == [True] * len(yes) + [False] * len(no)


def test_suspicions_name_the_cell() -> None:
    cells = [
        cell("t2.normative.made", 61),
        cell("t2.normative.disclosed", 61),
        cell("t2.normative.public_total", 61),
        cell("t2.licence.items_before", 30),
        cell("t2.licence.items_change", -4),
        cell("t2.licence.decisions", 26),
    ]
    found = suspicions(cells, [mention("disclosure.total", 61), mention("service.completed", 26)])
    assert [i.code for i in found] == ["suspicion_prose_count", "suspicion_decisions", "suspicion_equal_counts"]
    assert all(i.severity == "info" for i in found)
    assert suspicions([cell("t2.normative.made", 9)], [mention("disclosure.total", 9)]) == ()
