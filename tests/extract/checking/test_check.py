"""Errors planted one by one in the bundled samples, and what each kind of finding needs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from extract.checking.check import check_all, check_one
from extract.pipeline import analyze, analyze_bytes
from extract.types import Identity, Report
from tests.support.factories import cell, full_report, passage, prediction, report
from tests.support.plant_trial import checked, told, trial
from tests.support.planting import PLANTS, as_document
from training.samples import build

#: samples of both forms, of every level and kind of agency
IDS = ("gov-county-2020", "forestry-grassland-2022", "police-county-2019", "town-2021", "tax-county-2022", "ministry-2020")


@cache
def _samples(folder: Path) -> tuple[Report, ...]:
    build(folder, ["tab-rows"])
    return tuple(analyze(folder / "tab-rows" / f"{name}.txt") for name in IDS)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, ...]:
    return _samples(tmp_path_factory.mktemp("samples"))


def kinds(found: Report, before: Report | None = None) -> list[str]:
    return [f.kind for f in check_one(found, before).findings]


def test_planted_in_the_samples(samples: tuple[Report, ...]) -> None:
    """Of each kind nearly all are found, of all kinds together at least 95 in a hundred."""
    tried = trial(samples, list(PLANTS))
    few = {name: missed for name, (good, count, missed) in tried.items() if good < 0.8 * count or not count}
    assert few == {}
    assert sum(good for good, _, _ in tried.values()) >= 0.95 * sum(count for _, count, _ in tried.values())


def test_taking_a_report_apart_plants_nothing(samples: tuple[Report, ...]) -> None:
    for one in samples:
        assert [(f.kind, f.values) for f in checked(as_document(one)).findings] == [
            (f.kind, f.values) for f in check_one(one).findings
        ]


def test_every_place_is_what_stands_there(samples: tuple[Report, ...]) -> None:
    for one in samples:
        planted = PLANTS["a cell of a row"](one)
        assert planted is not None
        found = checked(planted.document)
        assert told(found, planted, check_one(one))
        assert all(found.report.text[q.start : q.end] == q.text for f in found.findings for q in f.quotes)
        assert all(f.quotes for f in found.findings)


def _text(body: str, year: int = 2023) -> bytes:
    return (
        f"临江区教育局{year}年政府信息公开工作年度报告\n一、总体情况\n{body}\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
        "四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n一是更新不够及时。下一步，将建立台账。\n六、其他需要报告的事项\n无。\n"
    ).encode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("2022年，我局共公开信息80条。", ["year_text"]),
        ("2022年，我局共公开信息80条，2023年公开90条。", []),
        ("2022年印发的要点逐项落实。", []),
        ("2024年，我局将继续公开信息。", []),
        ("2023年，我局公开信息80条。", []),
        ("本报告所列数据的统计期限自2022年1月1日起至2022年12月31日止。", ["year_period"]),
        ("本报告所列数据的统计期限自2023年1月1日起至12月31日止。", []),
        ("以便民为目的的服务受到好评。", []),
        ("群众关心的的事项均已公开。", ["doubled_word"]),
        ("公开信息80条，，其中网站60条。", ["doubled_mark"]),
        ("全年公开信息80条（请根据实际情况填写）。", ["leftover"]),
        ("全年公开信息XX条。", ["leftover"]),
        ("全年收到依申请公开信息件。", ["leftover"]),
        ("本年度未收到申请查阅政务信息件。", []),
        ("印发《关于公布XX条措施的通知》，推行“1+X”模式。", []),
        ("我局收到的申请件，均按期答复。", []),
        ("通过网站公开公开政策文件8条。", ["doubled_word"]),
        ("通过公开公开栏张贴信息8条。", []),
        ("全年公开信息120条，其中政策文件50条、工作动态90条。", ["prose_sum"]),
        ("全年公开信息120条，其中政策文件50条、工作动态60条。", []),
        # parts that are told apart by several things
        ("网站公开信息443条，其中工作动态189条，通知公告115条，党务公开7条，部门预决算9条，其他132条。", ["prose_sum"]),
        ("网站公开信息443条，其中工作动态189条，通知公告105条，党务公开7条，部门预决算9条，其他133条。", []),
        ("在区政府网站公示共23条，其中市级部门信息公开20条、公示公告信息13条。", ["prose_sum"]),
        ("共制作信息3021条，其中主动公开信息1027条，依申请公开信息459条，不予公开信息1553条。", ["prose_sum"]),
        # the same list cut up twice, the same information on two channels, another thing behind the list
        ("公开信息120条，其中政策文件50条、工作动态70条，图片解读30条、文字解读30条。", []),
        ("公开信息68条，其中网站公开60条（部门动态30条、公告30条），公众号68条。", []),
        ("公开信息120条，其中政策文件50条、工作动态60条，发布政策解读40条，回应关切20条。", []),
        ("公开信息120条，其中政策文件50条、工作动态60条，另有转载信息90条。", []),
        ("许可受理12件，较上年增加3件，其中新办5件、变更6件。", []),
        ("发布信息200条、推送图文30条，其中政务动态150条、通知公告60条。", []),
        ("制发规范性文件2件，其中现行有效规范性文件9件。", []),
        ("开设网站1个，其中一级栏目8个、二级栏目30个。", []),
        ("收到申请9件（上年结转3件），其中予以公开5件，部分公开4件，不予公开3件。", []),
        ("公开预决算信息12条，包括部门预算6条、部门决算6条、“三公”经费公开12条。", []),
        ("公开信息500条，其中概况信息20条、政务动态480条；政务新媒体公开信息800条。", []),
        ("公开信息900条，制作图解12条。其中，教育类200条，医疗类300条。", []),
        # lists parted by semicolons, a last item of nouns, one in the next sentence, an open bracket
        ("公开信息202条，其中政策法规14条；规划计划、工作总结3条；社会救助、养老服务、慈善信息189条。", ["prose_sum"]),
        ("公开信息202条，其中政策法规14条；规划计划、工作总结3条；社会救助、养老服务、慈善信息89条。", []),
        ("公开信息50条。在主动公开的信息中，政策法规类4条，业务工作类10条，统计类46条。", ["prose_sum"]),
        ("公开信息50条。在主动公开的信息中，政策法规类4条，业务工作类10条，统计类36条。", []),
        ("公开信息76条。主要包括部门信息25条，规划许可31条，不动产登记29条。", ["prose_sum"]),
        ("公开信息76条。主要包括部门信息25条，规划许可31条，不动产登记9条。", []),
        ("网站公开95条信息，（其中：“指南”栏目发布信息33条，“征地公告”栏目发布信息46条，更新机构信息等29条。", ["prose_sum"]),
        ("网站公开95条信息，（其中：“指南”栏目发布信息33条，“征地公告”栏目发布信息46条，更新机构信息等9条。", []),
        # one part of more than its whole
        ("公开信息102条。其中，采购公告栏目发布采购信息392条。", ["prose_sum"]),
        ("发布文件24件，其中局长令4件、公告38件。", ["prose_sum"]),
        ("接待群众咨询270人次。其中，电话咨询720人次，以医保问题为主。", ["prose_sum"]),
        ("公开信息102条。其中，采购公告栏目发布采购信息92条。", []),
        ("公开信息102条，其中视频信息累计阅读392条次。", []),
        # a share of what the sentence before counts
        ("主动公开信息175条。在主动公开的信息中，业务动态类157条，占总体的比例为100%。", ["rate"]),
        ("主动公开信息175条。在主动公开的信息中，业务动态类157条，占总体的比例为89.7%。", []),
        ("公开信息68条，其中网站公开11条，微信公众号公开68条。", []),
        ("许可处理81宗，其中新办60宗、变更13宗；行政处罚共计51宗。", []),
        ("全年受理热线工单400件，办结380件，办结率99%。", ["rate"]),
        ("全年受理公开申请400件，办结380件，到期办结率100%。", []),
    ],
)
def test_narrative(body: str, wanted: list[str]) -> None:
    found = kinds(analyze_bytes(_text(body), "a.txt"))
    assert [k for k in found if k not in ("table_missing", "heading_missing")] == wanted


def test_the_title_is_wrong_where_the_text_tells_of_one_other_year() -> None:
    body = "本报告统计期限自2022年1月1日起至2022年12月31日止。\n2022年，我局公开信息80条。"
    found = check_one(analyze_bytes(_text(body), "a.txt")).findings
    title = next(f for f in found if f.kind == "year_title")
    assert title.values == {"year": "2023", "other": "2022"}
    assert [q.text for q in title.quotes] == ["2023", "2022"]


def test_a_report_before_the_form_has_no_headings_to_miss() -> None:
    text = "临江区教育局2015年政府信息公开工作年度报告\n一、概述\n全年公开信息80条。\n二、主动公开情况\n公开信息80条。\n"
    assert kinds(analyze_bytes(text.encode(), "a.txt")) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("云岭大学2020年", []), ("云岭职业学院2019-2020学年", []), ("云岭县教育局2020年政府", ["cut_off", "table_missing"])],
)
def test_schools_have_a_form_of_their_own(name: str, wanted: list[str]) -> None:
    text = f"{name}信息公开工作年度报告\n一、总体情况\n全年公开信息80条。\n二、主动公开情况\n公开招生信息30条。\n三、师生评议情况\n师生对公开工作较为满意。\n"
    assert kinds(analyze_bytes(text.encode(), "a.txt")) == wanted


def test_a_file_that_breaks_off_is_told_once_and_the_reading_is_blamed() -> None:
    text = _text("全年公开信息80条。").decode().split("三、")[0]
    (found,) = [f for f in check_one(analyze_bytes(text.encode(), "a.txt")).findings if f.kind != "table_missing"]
    assert (found.kind, found.blame, found.values["sections"]) == ("cut_off", "reading", "s3,s4,s5,s6")
    assert [q.text for q in found.quotes] == ["二、主动公开政府信息情况"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("全年收到公开申请6件，已全部办结。", True),
        ("收到申请6件，均已按时办结。", True),
        ("全年收到申请6件，均在法定期限内答复。", False),
        ("上年结转的申请2件已全部办结。", False),
        ("收到申请6件，办结4件，其余2件结转下年度。", False),
        ("收到申请6件，按期办结率100%。", False),
        ("依申请公开工作有序，承办的人大建议6件已全部办结。", False),
    ],
)
def test_all_concluded_and_some_carried_over(said: str, wanted: bool) -> None:
    text = f"{said}\n2"
    found = report(
        text=text, identity=Identity(year=2023, form="2021"), passages=(passage(said),), predictions=(prediction("request"),),
        cells=(cell("t3.carried_out.total", 2, start=len(said) + 1),),
    )  # fmt: skip
    assert ("all_done" in kinds(found)) is wanted


def _years(carried_out: int, carried_in: int) -> tuple[Report, Report]:
    def one(year: int, *cells: object) -> Report:
        return report(text="2 3 4 5 6 7", identity=Identity(agency="临江区教育局", year=year, form="2021"), cells=cells)

    before = one(2022, cell("t3.carried_out.total", carried_out), cell("t2.normative.effective", 9, start=2))
    now = one(
        2023,
        cell("t3.carried_in.total", carried_in),
        cell("t2.normative.effective", 14, start=2),
        cell("t2.normative.issued", 3, start=4),
        cell("t2.normative.repealed", 1, start=6),
    )
    return before, now


def test_last_years_numbers() -> None:
    before, now = _years(2, 3)
    found = {f.kind: f for f in check_one(now, before).findings}
    assert found["carried"].values == {"cell": "t3.carried_in.total", "value": "3", "year": "2022", "before": "2"}
    assert [q.year for q in found["carried"].quotes] == [None, 2022]
    assert found["effective"].values["expression"] == "9 + 3 − 1"
    assert "carried" not in kinds(_years(3, 3)[1], _years(3, 3)[0])


def test_sentences_taken_over_from_last_year() -> None:
    text = "全年通过门户网站发布政策文件和工作动态等各类信息1260条。"

    def one(year: int) -> Report:
        identity = Identity(agency="临江区教育局", year=year, form="2021")
        return report(text=text, identity=identity, passages=(passage(text),), predictions=(prediction(),))

    assert kinds(one(2023), one(2022))[-1:] == ["copied"]
    assert "copied" not in kinds(one(2024), one(2022))


def test_reports_of_one_agency_are_checked_beside_each_other() -> None:
    before, now = _years(2, 3)
    found = list(check_all([("a", before), ("a", now), ("b", now)]))
    assert [c.before is not None for c in found] == [False, True, False]


def test_a_stored_report_is_checked_as_its_file() -> None:
    """A store keeps neither sections nor blocks."""
    whole = full_report()
    bare = replace(
        whole, sections=(), canonical=replace(whole.canonical, blocks=()), identity=replace(whole.identity, evidence={})
    )
    assert set(kinds(bare)) == set(kinds(whole))
