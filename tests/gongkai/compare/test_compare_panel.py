"""Agencies over years: identity, segments, growth across forms, checks across years, jumps, coverage of a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.errors import DataError, UsageError
from gongkai.compare.changes import checks_across_years, concordance, growth, jumps
from gongkai.compare.expected import coverage, coverage_counts, read_frame
from gongkai.compare.panel import agency_years
from tests.support.small_store import cells, report, small_store

EDU = "110105.education"


def segments(store: Any, **options: Any) -> list[tuple[str, int, int, str]]:
    rows = agency_years(store, **options).to_pylist()
    return [(r["series"], r["year"], r["segment"], r["break_before"]) for r in rows]


def test_a_segment_ends_at_a_gap_and_at_another_coverage(tmp_path: Path) -> None:
    years = [report(EDU, 2021), report(EDU, 2022), report(EDU, 2024), report(EDU, 2025, coverage="consolidated")]
    assert segments(small_store(tmp_path / "s", reports=years)) == [
        (EDU, 2021, 0, ""), (EDU, 2022, 0, ""), (EDU, 2024, 1, "missing_year"), (EDU, 2025, 2, "coverage_changed"),
    ]  # fmt: skip


def test_of_two_reports_of_a_year_the_fuller_one_stands(tmp_path: Path) -> None:
    two = [report(EDU, 2022, n_cells=150), report(EDU, 2022, report_id="x", source="x.txt", n_cells=185)]
    rows = agency_years(small_store(tmp_path / "s", reports=two)).to_pylist()
    assert [(r["report_id"], r["n_reports"]) for r in rows] == [("x", 2)]


def test_a_renamed_agency_goes_on_by_lineage_alone(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s", reports=[report("110105.environment", 2017), report("110105.ecology", 2018)])
    assert {s for s, *_ in segments(store)} == {"110105.environment", "110105.ecology"}
    assert segments(store, identity="lineage") == [("110105.ecology", 2017, 0, ""), ("110105.ecology", 2018, 0, "")]


def test_a_rename_ends_no_segment_by_function(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s", reports=[report("110105.environment", 2017), report("110105.ecology", 2018)])
    assert segments(store, identity="function") == [("110105.ecology", 2017, 0, ""), ("110105.ecology", 2018, 0, "")]


def test_a_transfer_of_some_duties_ends_no_segment(tmp_path: Path) -> None:
    years = [report("110105.civil_affairs", y) for y in (2022, 2023, 2024)]
    assert [s[2] for s in segments(small_store(tmp_path / "s", reports=years))] == [0, 0, 0]


def test_a_merger_ends_the_segment_and_joins_by_function(tmp_path: Path) -> None:
    before = [report("110105.industry_commerce", 2017), report("110105.quality", 2017)]
    store = small_store(
        tmp_path / "s",
        reports=[*before, report("110105.market", 2018), report("110105.market", 2019), report("110105.market", 2020)],
    )
    assert segments(store, identity="lineage")[2:] == [
        ("110105.market", 2019, 1, "agency_changed"), ("110105.market", 2020, 1, ""), ("110105.quality", 2017, 0, ""),
    ]  # fmt: skip
    by_function = segments(store, identity="function")
    assert [s[1:] for s in by_function] == [
        (2017, 0, ""), (2017, 0, ""), (2018, 1, "agency_changed"), (2019, 2, "agency_changed"), (2020, 2, ""),
    ]  # fmt: skip


def test_a_reform_of_the_users_own(tmp_path: Path) -> None:
    store = small_store(tmp_path / "s", reports=[report("110105.approval", 2020), report("110105.data", 2021)])
    mine = tmp_path / "mine.csv"
    mine.write_text("date,from,to,change,source\n2021-06,110105.approval,110105.data,rename,区政府公告\n", encoding="utf-8")
    assert segments(store, identity="lineage", extra=mine) == [("110105.data", 2020, 0, ""), ("110105.data", 2021, 0, "")]


def test_unknown_identity(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown identity"):
        agency_years(small_store(tmp_path / "s", reports=[report(EDU, 2021)]), identity="name")


def grown(store: Any, **options: Any) -> dict[tuple[str, int], tuple[Any, ...]]:
    rows = growth(store, agency_years(store, **options)).to_pylist()
    return {(r["code"], r["year_to"]): (r["value_from"], r["value_to"], r["change"], r["status"]) for r in rows}


def test_growth_within_a_form(tmp_path: Path) -> None:
    years = [report(EDU, 2021), report(EDU, 2022)]
    values = [
        *cells(f"{EDU}/2021", {"t3.new.total": 10, "t3.granted.total": 0, "t3.partial.total": 2}),
        *cells(f"{EDU}/2022", {"t3.new.total": 15, "t3.granted.total": 4, "t3.partial.total": None}),
    ]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    assert grown(store) == {
        ("t3.new.total", 2022): (10, 15, 5, "ok"), ("t3.granted.total", 2022): (0, 4, 4, "ok"),
        ("t3.partial.total", 2022): (2, None, None, "no_value"),
    }  # fmt: skip
    ratio = {r["code"]: r["ratio"] for r in growth(store, agency_years(store)).to_pylist()}
    assert ratio == {"t3.new.total": 1.5, "t3.granted.total": None, "t3.partial.total": None}


def test_growth_across_forms_only_where_the_concordance_allows(tmp_path: Path) -> None:
    old = {
        "t3.other.total": 6.0,
        "t2.normative.made": 3.0,
        "t2.normative.public_total": 30.0,
        "t2.licence.items_before": 5.0,
        "t3.new.total": 8.0,
    }
    new = {
        "t3.other_uncorrected.total": 1.0, "t3.other_unpaid.total": 0.0, "t3.other_misc.total": 4.0, "t2.normative.issued": 5.0,
        "t2.normative.effective": 25.0, "t3.new.total": 9.0,
    }  # fmt: skip
    store = small_store(
        tmp_path / "s",
        reports=[report(EDU, 2020), report(EDU, 2021)],
        cells=[*cells(f"{EDU}/2020", old), *cells(f"{EDU}/2021", new)],
    )
    assert grown(store) == {
        ("t3.other.total", 2021): (6, 5, -1, "ok"), ("t2.normative.made", 2021): (3, 5, 2, "ok"), ("t3.new.total", 2021): (8, 9, 1, "ok"),
    }  # fmt: skip


def test_no_growth_across_breaks(tmp_path: Path) -> None:
    years = [report(EDU, 2021), report(EDU, 2022, coverage="consolidated"), report(EDU, 2024, coverage="consolidated")]
    values = [c for r in years for c in cells(r["report_id"], {"t3.new.total": 10})]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    assert grown(store) == {
        ("t3.new.total", 2022): (10, 10, None, "coverage_changed"), ("t3.new.total", 2024): (10, 10, None, "missing_year"),
    }  # fmt: skip


def test_members_are_added_up_only_where_each_has_a_value(tmp_path: Path) -> None:
    ids = ["110105.industry_commerce", "110105.quality"]
    years = [report(i, y) for i in ids for y in (2019, 2020)]
    values = [
        c
        for r in years
        for c in cells(
            r["report_id"], {"t3.new.total": 5, "t3.granted.total": None if r["report_id"] == f"{ids[0]}/2020" else 2}
        )
    ]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    rows = grown(store, identity="function")
    assert rows["t3.new.total", 2020][:2] == (10, 10)
    assert rows["t3.granted.total", 2020][:2] == (4, None)


def test_an_unknown_form_is_said(tmp_path: Path) -> None:
    store = small_store(
        tmp_path / "s",
        reports=[report(EDU, 2021), report(EDU, 2022, form="mixed")],
        cells=cells(f"{EDU}/2021", {"t3.new.total": 1}),
    )
    assert grown(store) == {(None, 2022): (None, None, None, "form_unknown")}


def test_concordance_names_cells_of_the_forms() -> None:
    rows = concordance().to_pylist()
    sums = [r for r in rows if r["parts"] > 1]
    assert {r["code"].split(".")[1] for r in sums} == {"other"}
    assert len({(r["form_from"], r["form_to"], r["code"], r["part"]) for r in rows}) == len(rows)


@pytest.mark.parametrize(
    ("carried", "verdict", "why"),
    [
        (3.0, "holds", ""),
        (4.0, "unexplained_change", ""),
        (None, "not_checkable", "no_value"),
        ("absent", "not_checkable", "absent"),
    ],
)
def test_carried_in_is_what_was_carried_out(tmp_path: Path, carried: Any, verdict: str, why: str) -> None:
    now = {} if carried == "absent" else {"t3.carried_in.total": carried}
    values = [*cells(f"{EDU}/2021", {"t3.carried_out.total": 3.0}), *cells(f"{EDU}/2022", now)]
    store = small_store(tmp_path / "s", reports=[report(EDU, 2021), report(EDU, 2022)], cells=values)
    rows = {r["check"]: r for r in checks_across_years(store, agency_years(store)).to_pylist()}
    assert (rows["carried.total"]["verdict"], rows["carried.total"]["why"]) == (verdict, why)
    assert rows["carried.natural"]["verdict"] == "not_checkable"


def test_documents_in_force(tmp_path: Path) -> None:
    first = {"t2.normative.effective": 20.0}
    second = {"t2.normative.effective": 22.0, "t2.normative.issued": 3.0, "t2.normative.repealed": 1.0}
    third = {"t2.normative.effective": 30.0, "t2.normative.issued": 3.0, "t2.normative.repealed": 1.0}
    years = [report(EDU, y) for y in (2020, 2021, 2022, 2023)]
    values = [*cells(f"{EDU}/2021", first), *cells(f"{EDU}/2022", second), *cells(f"{EDU}/2023", third)]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    rows = {(r["check"], r["year"]): r for r in checks_across_years(store, agency_years(store)).to_pylist()}
    assert ("effective.normative", 2021) not in rows, "only from 2022 on"
    assert [(rows["effective.normative", y]["left"], rows["effective.normative", y]["right"], rows["effective.normative", y]["verdict"]) for y in (2022, 2023)] == [
        (22, 22, "holds"), (30, 24, "unexplained_change"),
    ]  # fmt: skip


def test_a_check_across_a_break_is_not_made(tmp_path: Path) -> None:
    values = [*cells(f"{EDU}/2021", {"t3.carried_out.total": 3.0}), *cells(f"{EDU}/2022", {"t3.carried_in.total": 3.0})]
    store = small_store(tmp_path / "s", reports=[report(EDU, 2021), report(EDU, 2022, coverage="consolidated")], cells=values)
    row = next(r for r in checks_across_years(store, agency_years(store)).to_pylist() if r["check"] == "carried.total")
    assert (row["verdict"], row["why"]) == ("not_checkable", "coverage_changed")


def test_jumps(tmp_path: Path) -> None:
    years = [report(EDU, y) for y in (2021, 2022, 2023)]
    values = [
        *cells(
            f"{EDU}/2021",
            {
                "t3.new.total": 120,
                "t3.granted.total": 100,
                "t3.denied_secret.natural": 90,
                "t3.denied_secret.business": 10,
                "t3.partial.total": 3,
            },
        ),
        *cells(
            f"{EDU}/2022",
            {
                "t3.new.total": 1200,
                "t3.granted.total": 130,
                "t3.denied_secret.natural": 11,
                "t3.denied_secret.business": 88,
                "t3.partial.total": 30,
            },
        ),
        *cells(
            f"{EDU}/2023",
            {
                "t3.new.total": 125,
                "t3.granted.total": 1300,
                "t3.denied_secret.natural": 92,
                "t3.denied_secret.business": 9,
                "t3.partial.total": 4,
            },
        ),
    ]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    found = {(r["code"], r["year"], r["kind"]): r["returns"] for r in jumps(store, agency_years(store)).to_pylist()}
    assert found[("t3.new.total", 2022, "factor_10")] is True
    assert found[("t3.granted.total", 2023, "factor_10")] is None
    assert found[("t3.denied_secret.business", 2022, "swapped")] is True
    assert not any(code == "t3.partial.total" for code, *_ in found), "3 to 30 happens"


def test_a_slip_that_also_grew_is_a_jump_and_its_way_back_is_none(tmp_path: Path) -> None:
    years = [report(EDU, y) for y in (2021, 2022, 2023)]
    series = {
        "t3.new.total": (120, 1500, 140),
        "t3.granted.total": (100, 480, 90),
        "t3.total.total": (30, 3400, 35),
        "t3.partial.total": (300, 28, 310),
    }
    values = [
        c for k, y in enumerate((2021, 2022, 2023)) for c in cells(f"{EDU}/{y}", {code: v[k] for code, v in series.items()})
    ]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    found = [(r["code"], r["year"], r["kind"], r["returns"]) for r in jumps(store, agency_years(store)).to_pylist()]
    assert found == [
        ("t3.new.total", 2022, "factor_10", True), ("t3.partial.total", 2022, "factor_10", True), ("t3.total.total", 2022, "factor_100", True),
    ]  # fmt: skip


def test_exchanged_columns_of_small_counts(tmp_path: Path) -> None:
    years = [report(EDU, y) for y in (2021, 2022, 2023)]
    natural, business = (60, 9, 63), (8, 55, 6)
    values = [
        c
        for k, y in enumerate((2021, 2022, 2023))
        for c in cells(f"{EDU}/{y}", {"t3.new.natural": natural[k], "t3.new.business": business[k]})
    ]
    store = small_store(tmp_path / "s", reports=years, cells=values)
    found = [
        (r["code"], r["other_code"], r["year"], r["kind"], r["returns"]) for r in jumps(store, agency_years(store)).to_pylist()
    ]
    assert found == [("t3.new.business", "t3.new.natural", 2022, "swapped", True)]


def frame(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "frame.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_a_path_of_a_frame_as_windows_writes_it(tmp_path: Path) -> None:
    assert [r["path"] for r in read_frame(frame(tmp_path, "year,path\n2022,2022\\街道.txt\n"))] == ["2022/街道.txt"]


def test_coverage_of_a_frame(tmp_path: Path) -> None:
    reports = [
        report(EDU, 2023, published="2024-01-20"), report("110105.civil_affairs", 2023, published="2024-03-02"),
        report("110105.audit", 2023), report("110105.audit", 2023, report_id="twin", source="twin.txt"), report("110105.health", 2023),
    ]  # fmt: skip
    sources = [{"source": r["source"], "report_id": r["report_id"], "status": "ok"} for r in reports]
    bad = {"source": "broken.pdf", "status": "failed"}
    issue = {"source": "broken.pdf", "code": "read_failed", "severity": "error", "message": "is encrypted"}
    store = small_store(tmp_path / "s", reports=reports, sources=[*sources, bad], issues=[issue])
    text = (
        "year,agency_id,path\n"
        f"2023,{EDU},\n2023,110105.civil_affairs,\n2023,110105.audit,\n2023,110105.police,broken.pdf\n2023,110105.tax,\n"
    )
    found = coverage(store, read_frame(frame(tmp_path, text)))
    assert [(r["agency_id"], r["status"]) for r in found.to_pylist()] == [
        (EDU, "found"), ("110105.civil_affairs", "late"), ("110105.audit", "duplicate"), ("110105.police", "unreadable"),
        ("110105.tax", "missing"), ("110105.health", "unexpected"),
    ]  # fmt: skip
    assert found.to_pylist()[3]["why"] == "is encrypted"
    assert coverage_counts(found).to_pylist() == [
        {"year": 2023, "expected": 5, "found": 1, "late": 1, "duplicate": 1, "unreadable": 1, "missing": 1, "unexpected": 1}
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agency\nx\n", "columns are agency"),
        ("year,agency\n二三,甲\n", "is no year"),
        ("year,agency,due\n2023,甲,1月31日\n", "is no date"),
        ("year,agency\n2023,\n", "names no report"),
    ],
)
def test_frames_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_frame(frame(tmp_path, text))
