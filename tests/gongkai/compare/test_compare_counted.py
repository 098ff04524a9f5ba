"""What is counted: one report of an agency and year, and only reports whose section 五 was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.errors import UsageError
from corpus.types import Section
from extract.section_five import says_nothing, section_five
from gongkai import compare
from gongkai.compare.expected import due_date
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from gongkai.export.wide import wide
from models.base import Passage
from tests.support.compare_store import FASTER, LATE, Rows

INFO = ("disclosure", "全年公开信息80条。")


def late(store: Any, **kept: Any) -> dict[str, Any]:
    study = compare.study(store, by=())
    rows = compare.facet_shares(study, compare.points(store)).to_pylist()
    return next(r for r in rows if (r["what"], r["facet"], r["dimension"]) == ("problem", "timeliness", "all"))


def test_second_versions_do_not_turn_a_share_of_40_into_50_per_cent(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(100):
        rows.report(
            f"r{k:03}", [LATE if k < 40 else INFO], agency_id=f"a{k}", published="2023-01-20", cells={"t3.new.total": 1.0}
        )
    for k in range(20):  # the uncorrected version has more cells, and was published first
        rows.report(
            f"s{k:03}",
            [LATE],
            agency_id=f"a{40 + k}",
            published="2023-01-10",
            cells={"t3.new.total": 2.0, "t3.total.total": 2.0},
        )
    store = rows.store(tmp_path)
    row = late(store)
    assert (row["share"], row["reports"], row["clusters"]) == (0.4, 100, 100)
    assert wide(store).values.num_rows == compare.agency_years(store).num_rows == 100
    assert not [r for r in compare.agency_years(store)["report_id"].to_pylist() if r.startswith("s")]
    assert not [r for r in compare.passages_of(store)["report_id"].to_pylist() if r.startswith("s")]
    listed = compare.versions(store).to_pylist()
    assert len(listed) == 20
    first = next(r for r in listed if r["report_id"] == "s000")
    assert (first["chosen_report_id"], first["why"], first["cells_compared"], first["cells_differ"]) == (
        "r040",
        "published_last",
        1,
        1,
    )
    assert (first["cells_only_here"], first["cells_only_chosen"], first["passages_only_here"]) == (1, 0, 1)


def test_where_a_date_is_missing_the_version_with_most_cells_stands(tmp_path: Path) -> None:
    rows = Rows().report("r1", [INFO], agency_id="a", published="2023-02-01")
    rows.report("r2", [INFO], agency_id="a", cells={"t3.new.total": 1.0})
    listed = compare.versions(rows.store(tmp_path)).to_pylist()
    assert [(r["report_id"], r["chosen_report_id"], r["why"]) for r in listed] == [("r1", "r2", "most_cells")]


def test_bare_names_of_many_agencies_are_no_versions(tmp_path: Path) -> None:
    rows = Rows().report("r1", [INFO], agency="财政局").report("r2", [INFO], agency="财政局")
    rows.report("r3", [INFO], agency="云岭县财政局").report("r4", [INFO], agency="云岭县财政局")
    assert [r["report_id"] for r in compare.versions(rows.store(tmp_path)).to_pylist()] == ["r4"]


def test_unread_sections_are_in_no_denominator_and_null_in_the_wide_table(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(100):
        state = "read" if k < 8 else "nothing" if k < 10 else "absent" if k < 20 else "unread"
        rows.report(f"r{k:03}", [LATE if k < 5 else INFO], agency_id=f"a{k}", s5=state)
    store = rows.store(tmp_path)
    row = late(store)
    assert (row["share"], row["stating"], row["reports"], row["unread"], row["absent"]) == (0.5, 5, 10, 80, 10)
    section = compare.section_shares(compare.study(store, by=())).to_pylist()[0]
    assert (section["read"], section["nothing"], section["absent"], section["unread"], section["share"]) == (8, 2, 10, 80, 0.5)
    values = {r["report_id"]: r for r in wide(store).values.to_pylist()}
    assert (values["r000"]["facet_timeliness_problem"], values["r009"]["facet_timeliness_problem"]) == (1, 0)
    assert (values["r015"]["facet_timeliness_problem"], values["r050"]["facet_timeliness_problem"]) == (None, None)
    assert (values["r015"]["label_problem_share"], values["r050"]["label_problem_share"]) == (0.0, None)
    labels = compare.label_shares(compare.study(store, by=()), store).to_pylist()
    assert {(r["label"], r["reports"]) for r in labels if r["measure"] == "text"} >= {("problem", 10), ("disclosure", 20)}


def test_a_group_without_a_readable_section_has_no_share(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(12):
        rows.report(f"r{k:02}", [LATE], agency_id=f"a{k}", kind="x" if k < 6 else "y", s5="read" if k < 6 else "unread")
    store = rows.store(tmp_path)
    study, points = compare.study(store, by=("kind",)), compare.points(store)
    table = compare.facet_shares(study, points).to_pylist()
    assert {r["share"] for r in table if r["kind"] == "y"} == {None}
    assert {r["p"] for r in compare.facet_differences(study, points).to_pylist()} == {None}


def test_returns_do_not_cross_a_year_that_was_not_read(tmp_path: Path) -> None:
    rows = Rows()
    for year, state in ((2021, "read"), (2022, "unread"), (2023, "read")):
        rows.report(f"r{year}", [LATE, FASTER] if state == "read" else [INFO], agency_id="a", year=year, s5=state)
    store = rows.store(tmp_path)
    found = compare.answers(compare.study(store), store, compare.points(store)).to_pylist()
    assert [(r["report_id"], r["returns"]) for r in found] == [("r2021", None), ("r2023", None)]


def section(code: str, heading: str) -> Section:
    return Section(code, heading, 0, 0, 0, 0, 0)


def passage(text: str, section: str = "s5", path: tuple[str, ...] = ()) -> Passage:
    return Passage(0, len(text), text, section, path)


WHOLE = tuple(section(f"s{k}", "有标题") for k in (1, 2, 3, 4, 6))


@pytest.mark.parametrize(
    ("sections", "passages", "issues", "state"),
    [
        ((*WHOLE, section("s5", "五、存在的主要问题及改进情况")), [passage("栏目更新不及时。")], set(), "read"),
        ((*WHOLE, section("s5", "五、存在的主要问题及改进情况")), [passage("无。")], set(), "nothing"),
        ((*WHOLE, section("s5", "五、存在的主要问题及改进情况")), [], set(), "nothing"),
        ((*WHOLE, section("s5", "五、存在的主要问题及改进情况")), [], {"page_without_text"}, "unread"),
        (WHOLE, [], set(), "absent"),
        (WHOLE, [], {"page_unreadable"}, "unread"),
        (WHOLE[:4], [], set(), "unread"),
        ((*WHOLE[:4], section("s5", "五、存在的主要问题及改进情况")), [], set(), "unread"),
        ((), [passage("公开信息三条。", "preamble")], set(), "unread"),
    ],
)
def test_state_of_section_five(sections: Any, passages: Any, issues: set[str], state: str) -> None:
    assert section_five(sections, passages, issues) == state


def test_reports_before_2019_are_judged_by_their_own_headings() -> None:
    some = [passage("一些。", None, (h,)) for h in ("概述", "主动公开情况", "存在的不足和下一步打算")]
    assert section_five((), some, set(), pre2019=True) == "read"
    assert section_five((), some[:2], set(), pre2019=True) == "unread"


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("无", True),
        ("本年度无存在的问题。", True),
        ("没有需要报告的事项。", True),
        ("无障碍改造不足。", False),
        ("暂无专人。", False),
    ],
)
def test_what_says_nothing(text: str, nothing: bool) -> None:
    assert says_nothing(text) is nothing


@pytest.mark.parametrize(
    ("year", "agency", "level", "due"),
    [
        (2022, "云岭县水务局", "county_department", "2023-01-31"), (2022, "云岭县人民政府", "county", "2023-03-31"),
        (2022, "某镇人民政府", "township", "2023-01-31"), (2018, "云岭县水务局", "county_department", "2019-03-31"),
        (2019, "云岭县人民政府办公室", None, "2020-03-31"), (2022, "某镇人民政府", None, "2023-01-31"),
    ],
)  # fmt: skip
def test_due_dates_are_those_of_the_regulation(year: int, agency: str, level: str | None, due: str) -> None:
    assert due_date(year, agency, level) == due


def test_groupings_by_a_column_of_the_users_own(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(4):
        rows.report(f"r{k}", [LATE], agency_id=f"a{k}", metadata=f'{{"treated": "{k % 2}"}}')
    study = compare.study(rows.store(tmp_path), by=("treated",))
    assert study.groups == (("0",), ("1",))


def test_consolidated_figures_are_summed_at_one_level_only(tmp_path: Path) -> None:
    rows = Rows()
    for k, level in enumerate(("prefecture", "county", "county")):
        cells = {"t3.granted.total": 5.0, "t3.total.total": 10.0}
        rows.report(f"r{k}", [INFO], agency_id=f"a{k}", coverage="consolidated", level=level, cells=cells)
    store = rows.store(tmp_path)
    found = compare.derived_by_group(compare.study(store, by=()), store).to_pylist()
    rates = {(r["government_level"], r["denominator"]) for r in found if r["indicator"] == "granted_rate"}
    assert rates == {("county", 20.0), ("prefecture", 10.0)}


def test_medians_of_rates_use_weights(tmp_path: Path) -> None:
    rows = Rows()
    for k, (granted, weight) in enumerate(((10, 1), (20, 1), (40, 5))):
        cells = {"t3.granted.total": float(granted), "t3.total.total": 50.0}
        rows.report(f"r{k}", [INFO], agency_id=f"a{k}", cells=cells, metadata=f'{{"wt": "{weight}"}}')
    store = rows.store(tmp_path)
    for weights, median, rate in ((None, 0.4, 70 / 150), ("wt", 0.8, 230 / 350)):
        found = compare.derived_by_group(compare.study(store, by=(), weights=weights), store).to_pylist()
        row = next(r for r in found if r["indicator"] == "granted_rate")
        assert (row["median"], row["rate"], row["known"], row["reports"]) == (median, pytest.approx(rate), 3, 3)


@pytest.mark.parametrize(
    ("passages", "words"),
    [(("shortcoming", "人手不足。"), "labels.*shortcoming"), (("problem", "人手不足。", ("staff",)), "facets.*staff")],
)
def test_a_store_of_other_codes_is_refused_and_gives_no_zeros(tmp_path: Path, passages: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        compare.study(Rows().report("r1", [passages]).store(tmp_path))


def test_what_no_earlier_report_could_lend_is_empty(tmp_path: Path) -> None:
    pytest.importorskip("rensa")
    same = ("problem", "政务新媒体栏目更新还不够及时，信息发布时常滞后于工作进展。")
    rows = Rows().report("r1", [same], agency_id="a", year=2021).report("r2", [same], agency_id="a", published="2023-01-05")
    rows.report("r3", [same], agency_id="b", year=2022, published="2023-01-09")
    passages = compare.passages_of(rows.store(tmp_path))
    found = compare.copied(passages)
    shares = {
        r["report_id"]: (r["own_earlier_share"], r["other_agency_share"])
        for r in compare.copied_by_report(passages, found).to_pylist()
    }
    assert shares == {"r1": (None, None), "r2": (1.0, None), "r3": (None, 1.0)}
    edges = compare.copied_edges(found, passages).to_pylist()
    assert [(e["source_agency"], e["agency"], e["source_year"], e["year"], e["direction"], e["passages"]) for e in edges] == [
        ("a", "b", 2021, 2022, "known", 1)
    ]


def test_who_wrote_first_is_unknown_of_undated_reports_of_one_year(tmp_path: Path) -> None:
    pytest.importorskip("rensa")
    same = ("problem", "政务新媒体栏目更新还不够及时，信息发布时常滞后于工作进展。")
    rows = Rows().report("r1", [same], agency_id="a").report("r2", [same], agency_id="b", published="2023-01-09")
    passages = compare.passages_of(rows.store(tmp_path))
    assert [e["direction"] for e in compare.copied_edges(compare.copied(passages), passages).to_pylist()] == ["unknown"]


def test_corrected_shares_are_of_sections_that_were_read_and_have_no_interval_on_few_errors(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(60):
        rows.report(f"r{k:02}", [LATE if k < 20 else INFO], agency_id=f"a{k}", s5="read" if k < 40 else "unread")
    store = rows.store(tmp_path / "store")
    study, points = compare.study(store, by=()), compare.points(store)
    drawn = compare.draw_reports(study, 40)
    assert [r["report_id"] for r in drawn] == [f"r{k:02}" for k in range(40)]
    for errors, interval in ((4, False), (6, True)):
        sheet = tmp_path / "coded.csv"
        lines = [f"r{k:02},1.0,simple,{int(k < 20) if k >= errors else 0}" for k in range(40)]
        sheet.write_text("report_id,probability,design,problem.timeliness\n" + "\n".join(lines), encoding="utf-8")
        row = compare.corrected_shares(study, points, compare.read_coded(sheet, study)).to_pylist()[0]
        assert (row["reports"], row["model"], row["errors"]) == (40, 0.5, errors)
        assert row["share"] == pytest.approx((20 - errors) / 40)
        assert (row["low"] is not None) is interval


def test_a_column_of_the_users_own_cannot_be_called_like_one_of_a_table(tmp_path: Path) -> None:
    store = Rows().report("r1", [LATE], metadata='{"stating": "1", "coded": "2", "unread": "3"}').store(tmp_path)
    for key in ("stating", "unread"):
        with pytest.raises(UsageError, match=f"cannot group by {key}"):
            compare_all(store, CompareOptions(by=(key,)))
