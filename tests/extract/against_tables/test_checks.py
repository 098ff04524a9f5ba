"""Table checks and prose checks, a row a case; sentences are marked ``[number unit|indicator|part of]``."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from corpus.codebook import APPLICANTS, FORM_NAMES, FormName, form_cells, result_rows
from corpus.types import Cell
from extract.against_tables.prose_checks import link_word
from extract.against_tables.table_checks import check_report
from extract.types import Mention, Qualifier


def full(form: FormName, **changes: int | None) -> list[Cell]:
    """All cells of a form with 0, but for changes such as ``t3__new__total=5``; ``None`` is blank."""
    given = {k.replace("__", "."): v for k, v in changes.items()}
    cells = []
    for code in form_cells(form):
        value = given.get(code, 0)
        cells.append(Cell(code, "", None if value is None else Decimal(value), "blank" if value is None else "value", 0, 0))
    return cells


@pytest.mark.parametrize(("form", "count"), [("2019", 40), ("2021", 42)])
def test_every_check_of_the_form_has_a_row(form: FormName, count: int) -> None:
    checks = check_report([], full(form), form, "")
    assert len(checks) == count
    assert [c.check for c in checks if c.check.startswith("row.")] == [
        f"row.{r.removeprefix('t3.')}" for r in ("t3.new", "t3.carried_in", *result_rows(form), "t3.total", "t3.carried_out")
    ]
    assert {c.verdict for c in checks} == {"holds"}


@pytest.mark.parametrize("form", [*FORM_NAMES, "mixed", "unknown"])
def test_cells_decide_where_the_form_does_not(form: str) -> None:
    assert len(check_report([], full("2021"), form, "")) == 42
    assert check_report([], [], form, "") == ()


def test_a_wrong_total_fails_exactly_its_checks() -> None:
    checks = check_report([], full("2021", t3__new__natural=4, t3__new__total=5, t3__total__natural=4), "2021", "")
    wrong = {c.check: c.expression for c in checks if c.verdict == "fails"}
    assert wrong == {
        "balance.total": "5 + 0 = 0 + 0",
        "results.natural": "4 = 0",
        "row.new": "5 = 4",
        "row.total": "0 = 4",
    }


def test_a_blank_cell_is_not_checkable_and_never_zero() -> None:
    checks = {c.check: c for c in check_report([], full("2019", t3__new__legal=None, t4__review__other=None), "2019", "")}
    assert [n for n, c in checks.items() if c.verdict == "not_checkable"] == ["balance.legal", "row.new", "review"]
    assert checks["balance.legal"].left is None
    assert checks["balance.legal"].expression == "? + 0 = 0 + 0"


# short names for the indicators of the sentences below
SHORT = {
    "hot": "hotline.accepted",
    "hot%": "hotline.completion_rate",
    "hot☺": "hotline.satisfaction_rate",
    "acc": "service.accepted",
    "done": "service.completed",
    "done%": "service.completion_rate",
    "all": "service.handled",
    "net%": "service.online_rate",
    "net": "service.online",
    "off": "service.offline",
    "in": "request.received",
    "out": "request.answered",
    "yes": "request.granted",
    "no": "request.denied",
}


def read(marked: str) -> tuple[list[Mention], str]:
    """Passages are parted by ``/``; ``[12件|yes]``, ``[3件|hot|1]``: a part of the first mention."""
    text, passage = "", 0
    mentions: list[Mention] = []
    for piece in re.split(r"(\[[^\]]+\]|/)", marked):
        if piece == "/":
            passage += 1
        elif piece.startswith("["):
            quote, indicator, *whole = piece[1:-1].split("|")
            number = re.match(r"[\d.]+", quote)
            assert number is not None
            vague: Qualifier = "at_least" if "余" in quote else "exact"
            mentions.append(
                Mention(
                    len(text),
                    len(text) + len(quote),
                    quote,
                    Decimal(number.group()),
                    quote[number.end() :].replace("余", ""),
                    vague,
                    "part" if whole else "total",
                    "topic" if whole else None,
                    mentions[int(whole[0]) - 1].key if whole else None,
                    indicator=SHORT.get(indicator, indicator),
                    passage=passage,
                )
            )
            text += quote
        else:
            text += piece
    return mentions, text


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        # explicit parts: what the linking word promises
        ("承办诉求[30件|hot]，其中咨询[20件|hot|1]、投诉[10件|hot|1]。", "30 = 20 + 10 holds"),
        ("承办诉求[30件|hot]，其中咨询[20件|hot|1]、投诉[9件|hot|1]。", "30 = 20 + 9 not_checkable"),
        ("承办诉求[30件|hot]，主要包括咨询[20件|hot|1]、投诉[9件|hot|1]。", "30 = 20 + 9 not_checkable"),
        ("承办诉求[30件|hot]，其中咨询[20件|hot|1]、投诉[11件|hot|1]。", "30 = 20 + 11 fails"),
        ("承办诉求[30件|hot]，包括咨询[20件|hot|1]、投诉[9件|hot|1]。", "30 = 20 + 9 fails"),
        ("承办诉求[30件|hot]（咨询[20件|hot|1]、投诉[9件|hot|1]）。", "30 = 20 + 9 fails"),
        ("承办诉求[30件|hot]（其中咨询[20件|hot|1]、投诉[9件|hot|1]）。", "30 = 20 + 9 not_checkable"),
        ("承办诉求[30余件|hot]，包括咨询[20件|hot|1]、投诉[9件|hot|1]。", "30 = 20 + 9 not_checkable"),
        ("承办诉求[30件|hot]，其中咨询[20件|hot|1]。", ""),
        # known decompositions, in the sentence and in the next
        ("答复申请[9件|out]，予以公开[5件|yes|1]、不予公开[4件|no|1]。", "9 = 5 + 4 holds"),
        ("收到[9件|in]，答复[9件|out]。/其中，公开[5件|yes|2]；不予公开[4件|no|2]。", "9 = 5 + 4 holds"),
        ("答复[9件|out]。/予以公开[5件|yes]、不予公开[4件|no]。", ""),
        ("收到[9件|in]，其中予以公开[5件|yes|1]、不予公开[6件|no|1]。", "9 = 5 + 6 fails"),
        ("收到申请[9件|in]，予以公开[9件|yes]。", ""),
        ("办件[50件|all]，线上[40件|net|1]，线下[10件|off|1]。", "50 = 40 + 10 holds"),
        ("审结[3件|review.total]，维持[2件|review.upheld|1]、纠正[1件|review.corrected|1]。", "3 = 2 + 1 holds"),
        # rates
        ("受理[300件|acc]，办结[299件|done]，办结率[99.6%|done%]。", "299 / 300 = 99.6 % holds"),
        ("受理[300件|acc]，办结[299件|done]，办结率[99.7%|done%]。", "299 / 300 = 99.7 % holds"),
        ("受理[300件|acc]，办结[299件|done]，办结率[100%|done%]。", "299 / 300 = 100 % holds"),
        ("受理[300件|acc]，办结[290件|done]，办结率[98%|done%]。", "290 / 300 = 98 % fails"),
        ("办件[300件|all]，网办[150件|net]，网办率[50.0%|net%]。", "150 / 300 = 50.0 % holds"),
        ("接诉[60件|hot]，办妥[57件|]，办结率[95%|hot%]。", "57 / 60 = 95 % holds"),
        ("接诉[60件|hot]，办结[57件|]，按期办结率[100%|hot%]。", ""),
        ("接诉[60件|hot]，满意率[95%|hot☺]。", ""),
        ("发放问卷[80份|]，收回[60份|]，回收率[75%|]。", "60 / 80 = 75 % holds"),
        ("收到申请[50件|in]，其中网上[20件|in|1]，占[40%|share]。", "20 / 50 = 40 % holds"),
        ("答复[50件|out]，予以公开[20件|yes]（占[44%|share]）。", "20 / 50 = 44 % fails"),
        ("受理[0件|acc]，办结[0件|done]，办结率[100%|done%]。", "0 / 0 = 100 % not_checkable"),
        # a part larger than its whole is a finding though it stands alone
        ("承办诉求[30件|hot]，其中咨询[31件|hot|1]。", ""),
        ("承办诉求[30件|hot]，分别为咨询[20件|hot|1]、投诉[9件|hot|1]。", "30 = 20 + 9 fails"),
        ("承办诉求[30件|hot]，其中咨询[20余件|hot|1]、投诉[11件|hot|1]。", "30 = 20 + 11 not_checkable"),
        ("收到[9件|in]，予以公开[5件|yes|1]、不予公开[4件|no|1]。", "9 = 5 + 4 holds"),
        ("答复[9件|out]，分别予以公开[5件|yes|1]、部分公开、不予公开[2件|no|1]。", "9 = 5 + 2 not_checkable"),
        ("答复[9件|out]（公开[5件|yes|1]、不予公开[3件|no|1]）。", "9 = 5 + 3 fails"),
        ("收到[9件|in]。/全年收到申请[9件|in]。", ""),
        ("收到[9件|in]。/全年收到申请[8件|in]。", "9 = 8 fails"),
        ("收到[9件|in]。/全年收到申请[8余件|in]。", ""),
        ("受理[9件|acc]。/受理[8件|acc]。", ""),
        ("答复[9件|out]，又答复[8件|out]，公开[5件|yes]、不予公开[4件|no]。", ""),
        ("收到[9件|in]，答复[9件|out]。/同时，公开[5件|yes]；不予公开[4件|no]。", ""),
        # rates with counts that are not the ratio's: no row rather than a guess
        ("受理[300件|acc]，办结[299件|done]，办结率[99.5%|done%]。", "299 / 300 = 99.5 % fails"),
        ("受理[300余件|acc]，办结[299件|done]，办结率[99%|done%]。", "299 / 300 = 99 % not_checkable"),
        ("受理[100件|acc]，办结[95件|done]，办结率[90余%|done%]。", "95 / 100 = 90 % holds"),
        ("受理[100件|acc]，办结[85件|done]，办结率[90余%|done%]。", "85 / 100 = 90 % fails"),
        ("接诉[60件|hot]，回复[54件|]，回复率[90%|hotline.response_rate]。", "54 / 60 = 90 % holds"),
        ("接诉[60件|hot]，签收[54件|]，受理率[91%|hotline.acceptance_rate]。", "54 / 60 = 91 % fails"),
        ("接诉[50件|hot]，办结[60件|]，办结率[95%|hot%]。", ""),
        ("接诉[60件|hot]，走访[57户|]，办结率[95%|hot%]。", ""),
        ("答复建议[14件|proposal.handled]、提案[22件|proposal.handled]，办结率[100%|proposal.completion_rate]。", ""),
        ("发放问卷[80份|]，走访[60户|]，回收率[75%|]。", ""),
        ("发放问卷[80份|]，抽查[60份|]，回收率[75%|]。", ""),
        ("收回[60份|]，发放[80份|]，回收率[75%|]。", ""),
        ("受理[90件|acc]，如期办结[90件|done]，如期办结率[98%|done%]。", "90 / 90 = 98 % fails"),
        ("收到申请[50件|in]，其中网上[20件|in|1]，占[41%|share]。", "20 / 50 = 41 % fails"),
        ("收到申请[50件|in]，其中网上[20件|in|1]，与往年同一时期相比有明显变化，占[41%|share]。", ""),
        # two pairs before one rate: only a match is a finding
        (
            "受理[9件|acc]，办结[8件|done]；受理[20件|acc]，办结[19件|done]，"
            "办结率[93.1%|done%]。",
            "",
        ),
    ],
)  # fmt: skip
def test_prose_checks(marked: str, expected: str) -> None:
    mentions, text = read(marked)
    assert "; ".join(f"{c.expression} {c.verdict}" for c in check_report(mentions, [], "unknown", text)) == expected


@pytest.mark.parametrize(
    ("words", "link"),
    [
        ("，其中", "some"),
        ("（其中：", "some"),
        ("，主要有", "some"),
        ("，含", "some"),
        ("，分别为", "all"),
        ("，包含", "all"),
        ("，包括但不限于", "some"),
        ("，主要涉及", "some"),
        ("：", "none"),
        ("(", "all"),
        ("，", "none"),
    ],
)
def test_link_words(words: str, link: str) -> None:
    assert link_word(words) == link


def test_at_least_rates_compare_and_evidence_points_to_mentions() -> None:
    mentions, text = read("受理[300件|acc]，办结[270件|done]，办结率[90%|done%]。")
    (check,) = check_report(mentions, [], "unknown", text)
    assert check.evidence == tuple(mentions[i].key for i in (2, 1, 0))
    assert (check.left, check.right) == (Decimal(90), Decimal(90))


def test_other_results_in_one_row_of_the_form_of_2021() -> None:
    cells = [c for c in full("2021") if not c.code.startswith("t3.other_")]
    template = next(c for c in cells if c.code == "t3.granted.total")
    cells += [replace(template, code=f"t3.other.{column}", value=Decimal(0)) for column in (*APPLICANTS, "total")]
    checks = {c.check: c.verdict for c in check_report([], cells, "2021", "")}
    assert checks["row.other"] == "holds"
    assert {checks[f"row.other_{row}"] for row in ("uncorrected", "unpaid", "misc")} == {"not_checkable"}
    assert "not_checkable" not in {v for name, v in checks.items() if name.startswith("results.")}
    assert not any(name.startswith("row.other_") for name in {c.check for c in check_report([], cells, "2019", "")})
