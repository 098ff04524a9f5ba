"""Title, agency, year, period and coverage, as real title lines vary them."""

import pytest

from corpus.readers import read_bytes
from corpus.text.canonical import build
from corpus.text.identity import Found, identify, report_form
from corpus.text.sections import split_sections
from corpus.types import Document, Paragraph


def found(*lines: str) -> Found:
    canonical = build(Document(tuple(Paragraph(line, joinable=True) for line in lines), "text", "1"))
    result = identify(canonical, split_sections(canonical)[0])
    assert all(0 <= a < b <= len(canonical.text) for a, b in result.evidence.values())
    return result


@pytest.mark.parametrize(
    ("title", "agency", "year"),
    [
        ("云岭县水务局2021年政府信息公开工作年度报告", "云岭县水务局", 2021),
        ("云岭县水务局 2021 年度政府信息公开工作年度报告", "云岭县水务局", 2021),
        ("2021年云岭县水务局政府信息公开工作年度报告", "云岭县水务局", 2021),
        ("云岭县水务局关于2022年度政府信息公开工作情况的报告", "云岭县水务局", 2022),
        ("云岭县水务局政府信息公开工作年度报告（2023年）", "云岭县水务局", 2023),
        ("云岭县水务局政府信息公开2020年年度报告", "云岭县水务局", 2020),
        ("云岭县水务局２０２０年政府信息公开工作年度报告", "云岭县水务局", 2020),
        ("云岭县水务局二〇一九年政府信息公开年度报告", "云岭县水务局", 2019),
        ("2017年度政府信息公开工作年度报告", "", 2017),
        ("国家税务总局澜江市税务局2024年政府信息公开工作年度报告", "国家税务总局澜江市税务局", 2024),
        ("澜江市人民政府办公室2019年政务公开工作年报", "澜江市人民政府办公室", 2019),
        ("云岭高新区（新市区）2022年政府信息公开工作年度报告", "云岭高新区（新市区）", 2022),
        ("云二中 [2015] 3号 签发人： 2014年云岭县第二中学 政府信息公开工作年度报告", "云岭县第二中学", 2014),
        # words of the end in another order
        ("云岭县大河镇2023年政府信息公开 工作告年度报", "云岭县大河镇", 2023),
    ],
)
def test_titles(title: str, agency: str, year: int) -> None:
    result = found(title, "一、总体情况", "工作平稳。")
    assert (result.agency, result.year) == (agency, year)


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("云岭县水务局2022年", "政府信息公开工作年度报告"), "云岭县水务局2022年政府信息公开工作年度报告"),
        (("云岭县水务局2022年政府信", "息公开工作年度报告"), "云岭县水务局2022年政府信息公开工作年度报告"),
        (("云岭县水务局2022年政府信息公开工作年度报", "告"), "云岭县水务局2022年政府信息公开工作年度报告"),
        (("云岭县水务局", "2022年政府信息公开", "工作年度报告"), "云岭县水务局 2022年政府信息公开工作年度报告"),
        (("附件2", "云岭县水务局2022年政府", "信息公开工作", "年度报告"), "云岭县水务局2022年政府信息公开工作年度报告"),
        # a column of the site, and the opening sentence, are no lines of the title
        (("政府信息公开年报", "云岭县水务局2022年政府信息公开工作年度报告"), "云岭县水务局2022年政府信息公开工作年度报告"),
        (("云岭县水务局2022年政府信息公开工作年度报告", "现将情况报告如下"), "云岭县水务局2022年政府信息公开工作年度报告"),
    ],
)
def test_wrapped_titles(lines: tuple[str, ...], title: str) -> None:
    result = found(*lines, "一、总体情况", "工作平稳。")
    assert (result.title, result.agency, result.year) == (title, "云岭县水务局", 2022)


@pytest.mark.parametrize(
    ("lines", "agency"),
    [
        (("现将云岭县水务局2022年政府信息公开工作情况报告如下。", "一、总体情况", "平稳。"), "云岭县水务局"),
        (("本报告由云岭县水务局编制。", "一、总体情况", "平稳。"), "云岭县水务局"),
        (("澜江镇政府结合实际，认真编制了2022年度报告。", "一、总体情况", "平稳。"), "澜江镇政府"),
        (("本报告可在云岭县水务局网站查阅。", "一、总体情况", "我局工作平稳。"), "云岭县水务局"),
        (
            ("一、总体情况 2022年度，云岭县供水有限公司在县政府的指导下公开信息。", "二、主动公开政府信息情况"),
            "云岭县供水有限公司",
        ),
        # a school may publish on the site of the bureau above it
        (("本报告可在云岭县教育局网站查阅。", "一、总体情况", "我校工作平稳。"), ""),
        (("澜江市白沙区大桥街道办事处根据条例，编制本报告。", "一、总体情况", "平稳。"), "澜江市白沙区大桥街道办事处"),
        (("一、总体情况", "平稳。", "六、其他需要报告的事项", "无。", "云岭县水务局", "2023年1月20日"), "云岭县水务局"),
        # who asks for the report, and who stands by relation only, is not named as its author
        (("根据云岭县人民政府办公室通知要求，编制本报告。", "一、总体情况", "平稳。"), ""),
        (("由我县水务局编制。", "一、总体情况", "平稳。"), ""),
        (("一、总体情况", "我局配合云岭县水务局。", "2023年1月20日"), ""),
    ],
)
def test_agency_that_the_title_does_not_name(lines: tuple[str, ...], agency: str) -> None:
    assert found("2022年政府信息公开工作年度报告", *lines).agency == agency


def test_title_on_two_lines() -> None:
    result = found("云岭县大河镇人民政府", "2022年政府信息公开工作年度报告", "一、总体情况", "平稳。")
    assert (result.agency, result.year, result.title) == (
        "云岭县大河镇人民政府",
        2022,
        "云岭县大河镇人民政府 2022年政府信息公开工作年度报告",
    )


def test_breadcrumb_is_no_title_and_the_agency_may_stand_below() -> None:
    result = found("首页 > 政务公开 > 政府信息公开年报", "云岭县水务局2021年政府信息公开工作年度报告", "一、总体情况", "平稳。")
    assert (result.agency, result.year) == ("云岭县水务局", 2021)
    result = found("政府信息公开工作年度报告（2022年度）", "云岭县审计局", "一、总体情况", "平稳。")
    assert (result.agency, result.year) == ("云岭县审计局", 2022)


def test_place_left_out_of_the_title_is_taken_from_the_text() -> None:
    assert (
        found("水务局2021年政府信息公开工作年度报告", "2021年，云岭县水务局认真落实条例。", "一、总体情况").agency
        == "云岭县水务局"
    )
    assert found("水务局2021年政府信息公开工作年度报告", "2021年，我局认真落实条例。", "一、总体情况").agency == "水务局"


def test_period_and_conflict() -> None:
    result = found(
        "云岭县水务局2021年政府信息公开工作年度报告", "数据统计期限为2020年1月1日起至2020年12月31日止。", "一、总体情况"
    )
    assert (result.period_start, result.period_end, result.year) == ("2020-01-01", "2020-12-31", 2021)
    assert [i.code for i in result.issues] == ["period_conflict"]


@pytest.mark.parametrize(
    ("sentence", "period"),
    [
        ("数据的统计期限自2021年1月1日起，至2021年12月31日止。", ("2021-01-01", "2021-12-31")),
        # a converter lost 年 and 月
        ("本报告所列数据的统计期限自202111日—20211231日。", ("2021-01-01", "2021-12-31")),
        ("本报告统计数据202111日至1231日。", ("2021-01-01", "2021-12-31")),
        ("数据统计期限从202191日到2022831日止。", ("2021-09-01", "2022-08-31")),
        # 111 may be the 11th of January or the 1st of November
        ("数据统计期限从2021111日到20211231日止。", (None, None)),
        ("数据由2021项升至2022项。", (None, None)),
    ],
)
def test_periods_with_lost_marks(sentence: str, period: tuple[str | None, str | None]) -> None:
    result = found("云岭县水务局2021年政府信息公开工作年度报告", sentence, "一、总体情况", "平稳。")
    assert (result.period_start, result.period_end) == period


def test_a_title_that_names_both_years_does_not_contradict_its_period() -> None:
    sentence = "现编制2020-2021学年云岭学院信息公开工作年度报告，统计期限为2020年9月1日至2021年8月31日。"
    result = found("云岭学院2020-2021学年信息公开工作年度报告", sentence, "一、概述", "平稳。")
    assert (result.year, result.period_end, result.issues) == (2020, "2021-08-31", ())
    assert found("目录", sentence, "一、概述", "平稳。").year == 2020


def test_a_school_year_is_of_the_year_it_begins_in_whatever_names_it() -> None:
    result = found("2020-2021学年，我校推进信息公开（统计期限自2020年9月1日至2021年8月31日）。", "一、概述", "平稳。")
    assert (result.year, result.period_end) == (2020, "2021-08-31")
    # no school: a slip for the year that has just ended
    assert found("数据统计期限自2020年1月1日至2021年12月31日。", "一、概述", "平稳。").year == 2021


@pytest.mark.parametrize(
    ("lines", "title", "agency"),
    [
        (("标题：云岭县水务局2021年政府信息公开工作年度报告", "云岭县水务局2021年政府信息公开工作年度报告"), "云岭县水务局2021年政府信息公开工作年度报告", "云岭县水务局"),
        (("www.yunling-info.com大河镇2021年政府信息公开工作年度报告",), "www.yunling-info.com大河镇2021年政府信息公开工作年度报告", "大河镇"),
    ],
)  # fmt: skip
def test_labels_and_addresses_of_sites_are_no_part_of_the_agency(lines: tuple[str, ...], title: str, agency: str) -> None:
    result = found(*lines, "一、总体情况", "平稳。")
    assert (result.title, result.agency) == (title, agency)


@pytest.mark.parametrize(
    ("sentence", "coverage"),
    [
        ("本报告数据涵盖县政府各部门和各乡镇。", "consolidated"),
        ("本年报汇总了全市各县区、市直各部门的数据。", "consolidated"),
        ("所列数据仅统计局机关，不含下属单位。", "own"),
        ("报告由总体情况等六部分组成。", "unknown"),
        ("本报告由县政府办公室及所属部门数据汇总而成。", "consolidated"),
        ("本报告数据为区政府（含所属街道）数据。", "consolidated"),
        ("本报告根据各乡镇、县直各部门报送的政府信息公开工作年度报告汇总编制。", "consolidated"),
        ("本报告所列数据包括局机关及下属事业单位。", "consolidated"),
        ("本年度报告数据为市本级数据。", "own"),
        ("统计范围为局机关，不包括直属事业单位。", "own"),
        ("本报告数据不含各县区。", "own"),
        ("报告中数据只反映本局工作，不含派出机构。", "own"),
        ("全县各部门网站栏目汇总为一个平台。", "unknown"),
        ("我局督促各下属单位更新数据，覆盖全部栏目。", "unknown"),
        ("政务公开专区覆盖所辖乡镇和街道。", "unknown"),
        ("本报告由县政府办公室编制，全文包括总体情况等六个部分。", "unknown"),
        ("财政数据公开范围包括预算和决算。", "unknown"),
    ],
)
def test_coverage(sentence: str, coverage: str) -> None:
    assert found("云岭县水务局2021年政府信息公开工作年度报告", sentence, "一、总体情况").coverage == coverage


def test_report_form() -> None:
    assert report_form({"t2": "2019", "t3": "2019"}, "", 2020) == "2019"
    assert report_form({"t2": "2021", "t3": "2019"}, "", 2021) == "2021"
    assert report_form({"t3": "2019"}, "", 2022) == "2021"
    assert report_form({"t3": "2019"}, "", 2020) == "2019"
    assert report_form({"t2": "2019", "t3": "2021"}, "", 2021) == "mixed"
    assert report_form({"t2": "2019", "t3": "2019"}, "", 2021) == "2019"
    assert report_form({}, "政府信息公开", 2012) == "pre2019"
    assert report_form({}, "天气", 2012) == "unknown"


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("发布日期：2022-01-26 10:22", "2022-01-26"),
        ("索引号：11/2022-5 成文日期：2022年1月20日 发布日期：2022年1月26日", "2022-01-26"),
        ("成文日期： 2022-01-20", "2022-01-20"),
        ("发布时间：2022/1/26  浏览次数：137", "2022-01-26"),
        ("公开日期: 2022.01.26", "2022-01-26"),
        ("添加时间：22-01-26 来源：县政府办", "2022-01-26"),
        ("发表日期 2022-01-26", "2022-01-26"),
        ("统计日期：22-01-26", ""),
        ("云岭县人民政府门户网站 www.yunling.gov.cn 2022-01-27", "2022-01-27"),
        ("2022年01月27日    来源：", "2022-01-27"),
        ("2022年01月27日", ""),
        ("统计日期：2022-01-01", ""),
        ("发布日期：2021-03-05", ""),
        ("发布日期：2022-02-31", ""),
        ("编号：2022-01-26", ""),
    ],
)
def test_date_of_publication_is_taken_by_its_name(line: str, published: str) -> None:
    assert found(line, "云岭县水务局2021年政府信息公开工作年度报告", "一、总体情况", "平稳。").published == published


@pytest.mark.parametrize(
    ("title", "opening", "agency"),
    [
        ("市人民政府办公室", "现公开青田县人民政府办公室2022年政府信息公开工作年度报告。", "市人民政府办公室"),
        ("县人民政府办公室", "现公开青田县人民政府办公室2022年政府信息公开工作年度报告。", "青田县人民政府办公室"),
        ("大港头镇", "受理机构为青田县大港头镇人民政府。", "青田县大港头镇"),
        ("县教育局", "2022年，青田县教育局认真贯彻条例。", "县教育局"),
        ("教育局", "本报告由青田县教育局编制。", "青田县教育局"),
        ("县教育局", "我局的报告通过青田县教育局网站公布。", "青田县教育局"),
        ("青田县门户网站 青田县教育局", "本报告由青田县教育局编制。", "青田县教育局"),
        ("", "如有疑问，请与青田县教育局（以下简称县教育局）联系。", "青田县教育局"),
        ("", "受理机构为青田县教育局。如有疑问，请与青田县教育局联系。", "青田县教育局"),
    ],
)
def test_a_title_that_only_says_whose_agency_it_is_takes_the_place_from_the_formulas(
    title: str, opening: str, agency: str
) -> None:
    assert found(f"{title}2022年政府信息公开工作年度报告", opening, "一、总体情况", "平稳。").agency == agency


def test_a_period_whose_character_for_year_was_lost() -> None:
    result = found("云岭县年报", "数据统计时限为20231月1日至202312月31日。", "一、总体情况", "平稳。")
    assert (result.period_start, result.period_end) == ("2023-01-01", "2023-12-31")


def test_rows_of_a_catalogue_are_no_title() -> None:
    """The number of a catalogue's row has a year of its own, and its class is called as a report is."""
    row = "信息索取号: AB65/2017-00087 类目名称: 政府信息公开工作年度报告"
    text = f"{row}\n\n2016年云岭县水务局政府信息公开年度报告\n\n一、概述\n2016年，我局公开信息12条。\n"
    canonical = build(read_bytes(text.encode(), "a.txt"))
    found = identify(canonical, split_sections(canonical)[0])
    assert (found.title, found.agency, found.year) == ("2016年云岭县水务局政府信息公开年度报告", "云岭县水务局", 2016)
