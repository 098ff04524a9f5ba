"""Shares, differences, labels and indicators by group, on stores small enough to count by hand."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import UsageError
from gongkai import compare
from gongkai.compare.statistics import wilson
from gongkai.compare.tables import CompareOptions
from gongkai.compare.tables import compare as compare_all
from gongkai.export.wide import wide
from tests.conftest import ROOT
from tests.support.compare_store import DULL, FASTER, LATE, LEAD, Rows

INFO = ("disclosure", "全年公开信息80条。")


def only(table: Any, **wanted: object) -> dict[str, Any]:
    rows = [r for r in table.to_pylist() if all(r[k] == v for k, v in wanted.items())]
    assert len(rows) == 1, rows
    return dict(rows[0])


def four(folder: Path) -> Any:
    """Two agencies of each of two kinds in one year: of the schools both are late, of the others one is dull."""
    rows = Rows()
    rows.report("r1", [LEAD, LATE, FASTER], agency_id="a1", kind="education")
    rows.report("r2", [LATE], agency_id="a2", kind="education")
    rows.report("r3", [DULL], agency_id="a3", kind="water")
    rows.report("r4", [INFO], agency_id="a4", kind="water")
    return rows.store(folder)


def test_shares_of_one_year_by_hand(tmp_path: Path) -> None:
    store = four(tmp_path)
    study, points = compare.study(store, by=("kind",)), compare.points(store)
    table = compare.facet_shares(study, points)
    late = only(table, kind="education", what="problem", facet="timeliness", dimension="all")
    assert (late["share"], late["stating"], late["reports"], late["method"], late["few"]) == (
        1.0,
        2,
        2,
        "under five agencies",
        True,
    )
    assert (late["low"], late["high"]) == (None, None)
    dull = only(table, kind="water", what="problem", facet="format", dimension="all")
    assert (dull["share"], dull["few_clusters"]) == (0.5, True)
    assert (
        only(table, kind="education", what="measure", facet="timeliness", dimension="status", value="planned")["share"] == 0.5
    )
    assert only(table, kind="education", what="problem", facet="general", dimension="all")["share"] == 0.5
    # a lead-in alone names no facet
    assert only(table, kind="water", what="problem", facet="any", dimension="all")["share"] == 0.5
    assert (
        only(table, kind="education", what="problem", facet="timeliness", dimension="locus", value="unstated")["share"] == 1.0
    )
    assert only(table, kind="education", what="problem", facet="timeliness", dimension="concrete", value="yes")["share"] == 0.0


def test_points_are_those_of_the_passages(tmp_path: Path) -> None:
    store = four(tmp_path / "store")
    table = compare.write_points(store, tmp_path / "points.parquet")
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "points.parquet").equals(table)
    first = table.to_pylist()[1]
    assert first == {
        "report_id": "r1", "passage_id": f"r1.p{len(LEAD[1]) + 1}", "facet": "timeliness", "start": len(LEAD[1]) + 1,
        "end": len(LEAD[1]) + len(LATE[1]), "status": None, "locus": "unstated", "concrete": False,
    }  # fmt: skip
    assert table.schema.metadata[b"gongkai_version"] == b"test"


def test_several_years_draw_agencies(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(12):
        for year in (2021, 2022):
            rows.report(f"r{k:02}{year}", [LATE if k % 3 == 0 else INFO], agency_id=f"a{k}", year=year)
    store = rows.store(tmp_path)
    points = compare.points(store)
    both = only(compare.facet_shares(compare.study(store, by=()), points), what="problem", facet="timeliness", dimension="all")
    assert (both["reports"], both["clusters"], both["method"]) == (24, 12, "effective sample")
    # the second year says nothing new: the interval is about that of 12, not of 24 reports
    assert both["high"] - both["low"] > 0.95 * (wilson(4, 12)[1] - wilson(4, 12)[0])
    alone = only(
        compare.facet_shares(compare.study(store, by=("year",)), points),
        year="2021",
        what="problem",
        facet="timeliness",
        dimension="all",
    )
    assert alone["method"] == "jeffreys"
    change = only(compare.facet_differences(compare.study(store, by=("year",)), points), what="problem", facet="timeliness")
    assert (change["group"], change["other"], change["difference"], change["p"]) == ("2022", "2021", 0.0, 1.0)


def test_differences_and_their_corrections(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(60):
        rows.report(
            f"r{k:02}", [LATE if (k % 2 == 0) == (k < 50) else INFO], agency_id=f"a{k}", kind="water" if k % 2 else "education"
        )
    store = rows.store(tmp_path)
    study, points = compare.study(store, by=("kind",)), compare.points(store)
    table = compare.facet_differences(study, points, reference=("education",))
    late = only(table, what="problem", facet="timeliness")
    assert (late["group"], late["other"], late["method"]) == ("water", "education", "score")
    assert late["difference"] == pytest.approx(5 / 30 - 25 / 30)
    assert late["p"] < 1e-6 and late["p_holm"] <= 1  # noqa: PT018
    # two columns vary (timeliness, any): Holm doubles the smaller p
    assert late["p_holm"] == pytest.approx(2 * late["p"])
    with pytest.raises(UsageError, match="no group"):
        compare.facet_differences(study, points, reference=("police",))


def test_many_groups_need_a_reference(tmp_path: Path) -> None:
    rows = Rows()
    for k in range(22):
        rows.report(f"r{k:02}", [INFO], agency_id=f"a{k:02}")
    store = rows.store(tmp_path)
    study, points = compare.study(store, by=("agency",)), compare.points(store)
    with pytest.raises(UsageError, match="22 groups give 231 pairs"):
        compare.facet_differences(study, points)
    assert compare.facet_differences(study, points, reference=("a03",)).num_rows == 21 * 2 * 17


def test_weights_and_clusters_of_the_users_own(tmp_path: Path) -> None:
    rows = Rows()
    for k, (passage, weight) in enumerate(((LATE, 3), (INFO, 1), (INFO, 2))):
        rows.report(f"r{k}", [passage], metadata=f'{{"w": "{weight}", "team": "t{k // 2}", "bad": "x"}}')
    store = rows.store(tmp_path)
    study = compare.study(store, by=(), weights="w", cluster="team")
    assert study.clusters == ("t0", "t1")
    late = only(compare.facet_shares(study, compare.points(store)), what="problem", facet="timeliness", dimension="all")
    assert (late["share"], late["method"], late["clusters"]) == (0.5, "under five agencies", 2)
    for name, message in (("bad", "'x'"), ("missing", "no report has a weight 'missing'")):
        with pytest.raises(UsageError, match=message):
            compare.study(store, weights=name)
    with pytest.raises(UsageError, match="cluster by"):
        compare.study(store, cluster="nothing")
    # a column of reports that no grouping needs
    assert compare.study(store, by=(), weights="n_passages", cluster="source").clusters == ("r0.txt", "r1.txt", "r2.txt")


def test_grouping_keys_and_what_is_left_out(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("r1", [INFO], province="甲省", prefecture="云市", county="东区", agency="云市东区人民政府", year=None)
    rows.report("r2", [INFO], province="乙省", prefecture="岭市", county="东区", agency_id="b")
    rows.report("r3", [], agency_id="c")
    store = rows.store(tmp_path)
    assert compare.study(store, by=("county",)).groups == (("乙省岭市东区",), ("甲省云市东区",))
    both = compare.study(store, by=("year", "agency"))
    assert both.groups == (("2022", "b"), ("unknown", "云市东区人民政府"))
    assert dict(both.excluded) == {"no narrative was read": 1}
    with pytest.raises(UsageError, match="cannot group by colour"):
        compare.study(store, by=("colour",))


def test_a_store_without_narrative_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no report with narrative \\(1 without\\)"):
        compare.study(Rows().report("r1", []).store(tmp_path))


def test_doubtful_texts_are_left_out_and_counted_unless_asked_for(tmp_path: Path) -> None:
    rows = Rows().report("r1", agency_id="a").report("r2", agency_id="b", kind_of_text="doubtful")
    # a plan of the same agency and year is no version of its report
    rows.report("r3", agency_id="a", kind_of_text="doubtful")
    store = rows.store(tmp_path)
    left = compare.study(store, by=())
    assert (left.report_ids, list(left.excluded.values())) == (("r1",), [2])
    assert wide(store).values["report_id"].to_pylist() == ["r1"]
    assert sorted(wide(store).left_out["report_id"].to_pylist()) == ["r2", "r3"]
    kept = compare.study(store, by=(), doubtful=True)
    assert set(kept.report_ids) >= {"r2"}
    assert len(kept.report_ids) == 2


def test_text_and_incidence_of_labels(tmp_path: Path) -> None:
    rows = Rows()
    rows.report("r1", [("problem", "一二三四五六", ("general",)), ("disclosure", "一二")], agency_id="a")
    rows.report("r2", [("disclosure", "一二三四")], agency_id="b")
    store = rows.store(tmp_path)
    table = compare.label_shares(compare.study(store, by=()), store)
    # mean of the reports' shares, not of their characters: (6/8 + 0)/2
    assert only(table, label="problem", measure="text")["share"] == pytest.approx(0.375)
    assert only(table, label="disclosure", measure="text")["share"] == pytest.approx(0.625)
    incidence = only(table, label="problem", measure="incidence")
    assert (incidence["share"], incidence["method"]) == (0.5, "under five agencies")


def test_indicators_keep_coverages_and_definitions_apart(tmp_path: Path) -> None:
    rows = Rows()
    for k, (coverage, value) in enumerate((("own", 10), ("own", 30), ("consolidated", 900))):
        rows.report(
            f"r{k}", coverage=coverage, agency_id=f"a{k}", mentions=[("request.received", value), ("disclosure.total", 5)]
        )
    rows.report("r9", coverage="own", agency_id="a0", year=2023, mentions=[("request.received", 12), ("disclosure.total", 8)])
    rows.report("r8", coverage="consolidated", agency_id="a1", year=2023, mentions=[("disclosure.total", 80)])
    store = rows.store(tmp_path)
    study = compare.study(store, by=("year",))
    table = compare.indicator_distribution(study, store)
    assert {r["indicator"] for r in table.to_pylist()} == {"request.received"}
    own = only(table, year="2022", coverage="own")
    assert (own["reports"], own["least"], own["median"], own["most"], own["mean"]) == (2, 10.0, 20.0, 30.0, 20.0)
    assert only(table, year="2022", coverage="consolidated")["median"] == 900.0
    with pytest.raises(UsageError, match="class C"):
        compare.indicator_distribution(study, store, ["disclosure.total"])
    with pytest.raises(UsageError, match="no such indicator"):
        compare.indicator_distribution(study, store, ["speed"])
    within = compare.indicator_within_agency(study, store)
    # a1 changed its coverage between the years: no series
    assert {(r["agency"], r["indicator"]) for r in within.to_pylist()} == {
        ("a0", "request.received"),
        ("a0", "disclosure.total"),
    }
    assert only(within, indicator="disclosure.total") == {
        "agency": "a0", "coverage": "own", "indicator": "disclosure.total", "class": "C", "years": 2, "first_year": 2022,
        "last_year": 2023, "first": 5.0, "last": 8.0, "least": 5.0, "median": 6.5, "most": 8.0,
    }  # fmt: skip


def test_counts_are_weighted_and_say_of_how_many(tmp_path: Path) -> None:
    rows = Rows()
    for k, values in enumerate(((10,), (20,), (30,), (40, 41), ())):
        rows.report(
            f"r{k}", agency_id=f"a{k}", mentions=[("request.received", v) for v in values], metadata=f'{{"wt": "{k + 1}"}}'
        )
    store = rows.store(tmp_path)
    row = only(compare.indicator_distribution(compare.study(store, by=()), store))
    # 40 and 41 are said of one thing, which of both is meant nobody knows; the fifth prints none
    assert (row["reports"], row["clusters"], row["conflicts"], row["of"]) == (3, 3, 1, 5)
    assert (row["least"], row["median"], row["most"], row["mean"]) == (10, 20, 30, 20)
    row = only(compare.indicator_distribution(compare.study(store, by=(), weights="wt"), store))
    # weights 1, 2, 3: half of the weight lies at 20 and below, half at 30
    assert (row["median"], row["mean"]) == (25, pytest.approx((10 + 40 + 90) / 6))


def test_bare_names_of_several_hosts_are_several_agencies(tmp_path: Path) -> None:
    rows = Rows()
    for k, host in enumerate(("a.gov.cn", "a.gov.cn", "b.gov.cn", None, None)):
        rows.report(f"r{k}", [LATE], agency="财政局", host=host, year=2020 + k)
    store = rows.store(tmp_path)
    assert compare.study(store).clusters == ("财政局", "财政局@a.gov.cn", "财政局@b.gov.cn")
    assert any("2 reports name an agency without its place" in n for n in compare_all(store, CompareOptions()).notes)


def test_estimates_do_not_depend_on_the_order_of_reports(tmp_path: Path) -> None:
    def made(order: list[int], folder: Path) -> Any:
        rows = Rows()
        for k in order:
            rows.report(f"r{k:02}", [LATE if k % 3 else DULL], agency_id=f"a{k // 2}", year=2020 + k % 2)
        store = rows.store(folder)
        return compare.facet_shares(compare.study(store, by=()), compare.points(store))

    shuffled = np.random.default_rng(0).permutation(20).tolist()
    assert made(list(range(20)), tmp_path / "a").equals(made(shuffled, tmp_path / "b"))


def test_every_function_that_the_page_names_is_there_and_is_no_module() -> None:
    page = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
    table = page[page.index("| question |") : page.index("`--by` takes")]
    named = {n for line in table.splitlines()[2:] if line.startswith("|") for n in re.findall(r"`(\w+)`", line.split("|")[2])}
    assert len(named) > 25
    assert named - set(compare.__all__) == set()
    for module in pkgutil.iter_modules(compare.__path__):
        import_module(f"gongkai.compare.{module.name}")
    assert [n for n in compare.__all__ if not callable(getattr(compare, n))] == []
