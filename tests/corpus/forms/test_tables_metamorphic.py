"""What a change of the text may do to the cells, on real files and on generated ones in every layout."""

from __future__ import annotations

import json
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.forms.cellvalue import read_cell
from corpus.forms.read import read_tables
from corpus.forms.wordings import exact_label
from corpus.readers import read_document
from corpus.text.canonical import build
from corpus.types import CanonicalText, TableBlock
from tests.support.helpers_tables import cells, exact_grid, issue_codes, read, read_grids
from tests.support.layouts import (
    APPLICANTS,
    LEAF_NAMES,
    LEAVES,
    SUITS,
    WRITERS,
    codes,
    codes_under,
    headings,
    lines_a,
    lines_e_aligned,
    moved_columns,
    report,
    tables,
    without_heading,
)

FORMS = ("2019", "2021")
REAL = ("000_0c9827e6b67986f5", "001_28803fdb9c58317a", "002_be932dc10881290c", "003_06b7d66bc02cc0a1", "004_1e306fdba493dabd")


def _truth(form: str, seed: int, blanks: float = 0.0) -> dict[str, str]:
    rnd = random.Random(seed)
    return {c: "" if rnd.random() < blanks else str(rnd.randrange(600)) for c in codes(form)}


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest, shared: Path) -> str:
    """Text of a real report."""
    return (shared / "reports" / f"{request.param}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REAL)
def test_real_reports_give_every_gold_cell_and_no_other(name: str, shared: Path) -> None:
    gold = json.loads((shared / "gold" / f"{name}.tables.json").read_text(encoding="utf-8"))
    reading = read_tables(build(read_document(shared / "reports" / f"{name}.txt")), ())
    states = gold.get("states", {})
    expected = {
        code: (states.get(code, "value"), None if value is None else Decimal(str(value)))
        for code, value in gold["cells"].items()
    }
    assert {c.code: (c.state, c.value) for c in reading.cells} == expected
    assert set(reading.forms.values()) == {gold["form"]}


# ---------------------------------------------------------------- generated reports


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", WRITERS)
def test_one_truth_in_every_layout(form: str, layout: str) -> None:
    truth = _truth(form, 3)
    canonical, reading = read(report(tables(form, truth), WRITERS[layout]))
    assert {c.code: c.raw for c in reading.cells} == truth
    assert all(canonical.text[c.start : c.end] == c.raw for c in reading.cells)
    assert reading.forms == {"t2": form, "t3": form, "t4": form}
    assert not reading.issues


@pytest.mark.parametrize("form", FORMS)
def test_exact_grids(form: str) -> None:
    truth = _truth(form, 4, blanks=0.3)
    reading = read_grids([exact_grid(m) for m in tables(form, truth)])
    assert {c.code: c.raw for c in reading.cells} == truth
    assert reading.forms == {"t2": form, "t3": form, "t4": form}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", WRITERS)
def test_prose_around_tables_stays_prose(form: str, layout: str) -> None:
    canonical, _ = read(report(tables(form, _truth(form, 5)), WRITERS[layout]))
    for sentence in ("本年度共举办讲座4场", "二、主动公开政府信息情况", "四、政府信息公开行政复议", "宣传力度不够", "无。"):
        at = canonical.text.index(sentence)
        assert any(b.start <= at < b.end and not hasattr(b, "grid") for b in canonical.blocks), sentence


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FORMS),
    st.sampled_from([*WRITERS, "a-empty", "exact"]),
    st.integers(0, 10**6),
    st.sampled_from([0.003, 0.02, 0.1, 0.4, 0.9]),
)
def test_blank_cells_anywhere_are_right_or_absent(form: str, layout: str, seed: int, blanks: float) -> None:
    truth = _truth(form, seed, blanks)
    rnd = random.Random(seed)
    truth |= {c: rnd.choice(["/", "—", "无", "-3", "1,024"]) for c in truth if rnd.random() < blanks / 4}
    matrices = tables(form, truth)
    if layout == "exact":
        found = {c.code: c.raw for c in read_grids([exact_grid(m) for m in matrices]).cells}
    else:
        found = cells(report(matrices, WRITERS.get(layout, lambda m: lines_a(m, blank=""))))
    assert {code: truth[code] for code in found} == found


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FORMS), st.booleans(), st.booleans(), st.integers(0, 10**6), st.sampled_from([0.0, 0.02, 0.1, 0.5]))
def test_blank_cells_in_columns_of_spaces(form: str, wide: bool, right: bool, seed: int, blanks: float) -> None:
    truth = _truth(form, seed, blanks)
    found = cells(report(tables(form, truth), lambda m: lines_e_aligned(m, wide=wide, right=right)))
    assert {code: truth[code] for code in found} == found
    if not blanks:
        assert len(found) >= len(truth) - len([c for c in truth if c.startswith("t4")])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", WRITERS)
@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_a_cut_file_gives_the_same_cells_or_none(form: str, layout: str, blanks: float) -> None:
    lines = report(tables(form, _truth(form, 6, blanks)), WRITERS[layout]).split("\n")
    whole = cells("\n".join(lines))
    # with blank cells at every third line alone: that takes a third of the time, and the lines are of the same kinds
    step = 1 if len(lines) < 120 and not blanks else 3
    for stop in range(6, len(lines), step):
        cut = cells("\n".join(lines[:stop]))
        assert cut.items() <= whole.items(), lines[stop - 1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", [*WRITERS, "exact"])
@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_cells_under_a_blanked_heading_are_not_claimed(form: str, layout: str, blanks: float) -> None:
    truth = _truth(form, 8, blanks)
    for heading in headings(form):
        matrices = [without_heading(m, heading) for m in tables(form, truth)]
        if layout == "exact":
            reading = read_grids([exact_grid(m) for m in matrices])
        else:
            reading = read(report(matrices, WRITERS[layout]))[1]
        found = {c.code: c.raw for c in reading.cells}
        assert not found.keys() & codes_under(form, heading), heading
        assert {code: truth[code] for code in found} == found
        assert issue_codes(reading) & {"column_unlabelled", "cells_unassigned"}, heading


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", ["a", "b", "c", "d", "e"])
def test_two_blanked_headings_never_move_a_value(form: str, layout: str) -> None:
    truth = _truth(form, 9)
    paths = headings(form)
    rnd = random.Random(1)
    for _ in range(25):
        first, second = rnd.sample(paths, 2)
        matrices = [without_heading(without_heading(m, first), second) for m in tables(form, truth)]
        found = cells(report(matrices, WRITERS[layout]))
        assert {code: truth[code] for code in found} == found
        assert not found.keys() & (codes_under(form, first) | codes_under(form, second))


@pytest.mark.parametrize("layout", [*WRITERS, "exact", "aligned"])
@pytest.mark.parametrize(
    "order",
    [
        (*APPLICANTS[-1:], *APPLICANTS[:-1]),  # 总计 in front
        ("natural", "nonprofit", "research", "business", "legal", "other", "total"),
        ("natural", "business", "research", "other", "legal", "nonprofit", "total"),
        (*APPLICANTS[1:6], "natural", "total"),
        ("natural", "total", *APPLICANTS[1:6]),
    ],
)
def test_columns_in_another_order_are_right_or_refused(layout: str, order: tuple[str, ...]) -> None:
    for seed, blanks in ((21, 0.0), (22, 0.1)):
        truth = _truth("2021", seed, blanks)
        matrices = [moved_columns(m, order) for m in tables("2021", truth)]
        if layout == "exact":
            reading = read_grids([exact_grid(m) for m in matrices])
        else:
            reading = read(report(matrices, WRITERS.get(layout, lines_e_aligned)))[1]
        found = {c.code: c.raw for c in reading.cells}
        assert {code: truth[code] for code in found} == found
        if not any(code.startswith("t3.") for code in found):
            assert issue_codes(reading) & {"column_unlabelled", "cells_unassigned"}


def test_swapped_headings_of_one_cell_a_line_are_read_as_printed() -> None:
    truth = _truth("2021", 23)
    order = ("natural", "nonprofit", "research", "business", "legal", "other", "total")
    found = cells(report([moved_columns(m, order) for m in tables("2021", truth)], lines_a))
    assert found == truth


_ROW, _NEXT = "5.属于三类内部事务信息", "6.属于四类过程性信息"


def _with_page(page: str, *, short: bool, pages: tuple[str, str] = ("", "")) -> dict[str, str]:
    """Cells of a report, one a line, with a page mark after a row; ``short``: the row lacks its last value."""
    zero = {c: "0" if c.startswith("t3.denied") else v for c, v in _truth("2021", 24).items()}
    text = report(tables("2021", zero), lines_a)
    values = "0\n" * (6 if short else 7)
    text = text.replace(f"{_ROW}\n" + "0\n" * 7, f"{_ROW}\n{values}{page}\n")
    before, after = pages
    text = text.replace("编印简报12期。\n", f"编印简报12期。\n{before}\n" if before else "编印简报12期。\n")
    return cells(text.replace("将加大培训。\n", f"将加大培训。\n{after}\n") if after else text)


@pytest.mark.parametrize("page", ["- 5", "5/8", "5 / 8", "- 5 -", "第5页"])
def test_a_page_mark_never_completes_a_row(page: str) -> None:
    row = [c for c in _with_page(page, short=True) if c.startswith("t3.denied_internal.")]
    assert not row
    assert _with_page(page, short=False)["t3.denied_internal.total"] == "0"


def test_the_page_between_two_pages_completes_no_row() -> None:
    found = _with_page("5", short=True, pages=("4", "6"))
    assert "t3.denied_internal.total" not in found
    assert found["t3.denied_process.total"] == "0"


def test_a_page_after_a_whole_row_is_dropped_where_pages_rise() -> None:
    assert _with_page("5", short=False, pages=("4", "6"))["t3.denied_internal.total"] == "0"
    assert "t3.denied_internal.total" not in _with_page("5", short=False, pages=("9", "10"))
    assert "t3.denied_internal.total" not in _with_page("5", short=False)


def test_totals_alone_in_fields_under_their_headings() -> None:
    truth = {c: "" if c.startswith("t3.") and not c.endswith(".total") else v for c, v in _truth("2021", 25).items()}
    found = cells(report(tables("2021", truth), WRITERS["c"]))
    assert {code: truth[code] for code in found} == found
    assert sum(code.startswith("t3.") for code in found) == 175


@pytest.mark.parametrize(
    ("odd", "value"),
    [
        ("157（含变更3件）", 157), ("12①", 12), ("12*", 12), ("12※", 12), ("12 件（注）", 12), ("12（注2）", 12),
        ("12(1)", None), ("12件次", None), ("O", None), ("-3", None), ("8万元（含罚款5万元）", None), ("1-2", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["a", "c"])
def test_a_cell_with_a_remark_keeps_its_place_and_text(odd: str, value: int | None, layout: str) -> None:
    truth = _truth("2021", 26) | {"t2.licence.decisions": odd, "t3.granted.business": odd}
    reading = read(report(tables("2021", truth), WRITERS[layout]))[1]
    assert {c.code: c.raw for c in reading.cells} == truth
    assert [c.value for c in reading.cells if c.raw == odd] == [value, value]


# ---------------------------------------------------------------- real reports


def test_digits_replaced_values_follow(real: str) -> None:
    before = {c.code: c for c in read(real)[1].cells}
    rnd = random.Random(11)
    lines = []
    for line in real.split("\n"):
        fields = [
            field if _is_label_or_heading(field) else re.sub(r"\d+", lambda m: _other(m.group(), rnd), field)
            for field in line.split("\t")
        ]
        lines.append("\t".join(fields))
    after = {c.code: c for c in read("\n".join(lines))[1].cells}
    assert after.keys() == before.keys()
    for code, cell in after.items():
        assert len(cell.raw) == len(before[code].raw)
        assert re.sub(r"\d", "0", cell.raw) == re.sub(r"\d", "0", before[code].raw)
        if re.fullmatch(r"-?\d+", cell.raw):
            assert cell.value == Decimal(cell.raw)


def _other(digits: str, rnd: random.Random) -> str:
    return "".join(rnd.choice("0123456789") for _ in digits)


def _is_label_or_heading(text: str) -> bool:
    return exact_label(text) is not None or re.match(r"[#\s　]*[一二三四五六]、", text) is not None


def test_real_files_cut_after_every_line(real: str) -> None:
    lines = real.split("\n")
    whole = {c.code: (c.raw, c.state) for c in read(real)[1].cells}
    for stop in range(2, len(lines)):
        text = "\n".join(lines[:stop])
        if not text.strip():
            continue
        cut = {c.code: (c.raw, c.state) for c in read(text)[1].cells}
        assert cut.items() <= whole.items(), lines[stop - 1]


def test_real_rows_swapped(real: str) -> None:
    canonical, reading = read(real)
    whole = {c.code: (c.raw, c.state) for c in reading.cells}
    lines = real.split("\n")
    ranges = _row_lines(canonical)
    blocks = [[r for r in ranges if r.startswith("t3.")]]
    blocks += [
        [r for r in pair if r in ranges]
        for pair in (("t2.regulation", "t2.normative"), ("t2.licence", "t2.service"), ("t2.penalty", "t2.coercion"))
    ]
    rnd = random.Random(2)
    tried = 0
    for block in blocks:
        for _ in range(40 if len(block) > 2 else 1):
            if len(block) < 2:
                continue
            a, b = sorted(rnd.sample(block, 2), key=lambda r: ranges[r])
            (a0, a1), (b0, b1) = ranges[a], ranges[b]
            swapped = [*lines[:a0], *lines[b0:b1], *lines[a1:b0], *lines[a0:a1], *lines[b1:]]
            found = {c.code: (c.raw, c.state) for c in read("\n".join(swapped))[1].cells}
            assert found == whole, (a, b)
            tried += 1
    assert tried > 10


def _row_lines(canonical: CanonicalText) -> dict[str, tuple[int, int]]:
    """Source lines (0-based, half-open) of each labelled row, from the places of its grid cells."""
    out: dict[str, tuple[int, int]] = {}
    for block in canonical.blocks:
        if not isinstance(block, TableBlock):
            continue
        for row in block.grid.rows():
            hits = [h.of("row") for c in row if (h := exact_label(c.text)) is not None]
            labels = [label.code for label in hits if label is not None]
            if labels and any(c.text.isdigit() for c in row):  # 三、本年度办理结果 alone is no row
                numbers = [c.place.line for c in row if c.place.line is not None]
                out[labels[-1]] = (min(numbers) - 1, max(numbers))
    return out


def test_real_headings_blanked(real: str) -> None:
    base = {c.code: c.raw for c in read(real)[1].cells}
    form = "2021" if any(c.startswith("t3.other_misc") for c in base) else "2019"
    lines = real.split("\n")
    seen: dict[str, int] = {}
    block = -1
    for number, line in enumerate(lines):
        if "第二十条第" in line and len(line) < 40:
            block += 1
        fields = line.split("\t")
        for i, field in enumerate(fields):
            hit = exact_label(field)
            label = hit.of("column") if hit is not None and not hit.enumerated else None
            if label is None or len(field) > 40:
                continue
            seen[label.id] = seen.get(label.id, 0) + 1
            path = _path(label.code, label.tables, seen[label.id], block)
            blanked = "\t".join([*fields[:i], "", *fields[i + 1 :]])
            reading = read("\n".join([*lines[:number], blanked, *lines[number + 1 :]]))[1]
            found = {c.code: c.raw for c in reading.cells}
            assert found.items() <= base.items(), (number, field)
            under = codes_under(form, path)
            proved = {c.code for c in reading.cells if c.basis == "proved"}  # by the sums, which no heading needs
            assert not (found.keys() - proved) & under, (number, field, path)
            assert proved & under or issue_codes(reading) & {"column_unlabelled", "cells_unassigned"}, (number, field)


def _path(code: str, labelled: tuple[str, ...], count: int, block: int) -> str:
    if labelled == ("t2",):
        return f"t2.{block}.{'amount' if code == 'fee_amount' else code}"
    if labelled == ("t3",):
        return f"t3.{code}"
    if code == "total" and count == 1:
        return "t3.total"
    if code in LEAVES and labelled != ("t3",):
        return f"t4.{SUITS[count - 1 - (code == 'total')]}.{code}"
    raise AssertionError(code, LEAF_NAMES)


def test_grids_of_text_are_never_exact(real: str) -> None:
    assert not any(b.grid.exact for b in read(real)[0].blocks if isinstance(b, TableBlock))


@given(st.text(max_size=60))
def test_read_cell_never_raises(text: str) -> None:
    read = read_cell(text, unit="万元", printed_unit="元")
    assert (read.value is not None) == (read.state == "value")
