"""Passages: where sentences and items begin and end, and what is a heading."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.canonical import build, mend, wrapping
from corpus.text.sections import split_sections
from corpus.types import Document, Paragraph, Place, TextBlock
from models.base import Passage
from models.segment import cut_sentences, segment


def passages_of(*lines: str, levels: dict[int, int] | None = None) -> tuple[Passage, ...]:
    """Passages of a report given as lines; ``levels`` marks headings by line number."""
    blocks = tuple(
        Paragraph(line, ((0, Place(line=i + 1)),), (levels or {}).get(i, 0), joinable=True) for i, line in enumerate(lines)
    )
    canonical = build(Document(blocks, "text", "1"))
    sections, _ = split_sections(canonical)
    passages = segment(canonical, sections)
    assert all(canonical.text[p.start : p.end] == p.text for p in passages)
    return passages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲事已办。乙事在办。", ["甲事已办。", "乙事在办。"]),
        ("主要不足有：一是更新慢；二是人手少。", ["主要不足有：", "一是更新慢；", "二是人手少。"]),
        ("主要不足有：1是更新慢；2是人手少。", ["主要不足有：", "1是更新慢；", "2是人手少。"]),
        ("全年发布400条，其中：动态300条；通知100条。", ["全年发布400条，其中：动态300条；通知100条。"]),
        ("做到“公开为常态。不公开为例外”，落实到位。", ["做到“公开为常态。不公开为例外”，落实到位。"]),
        ("印发《办法。试行》一份。", ["印发《办法。试行》一份。"]),
        ("下一步，一是更新勤些，二是写得短些。", ["下一步，一是更新勤些，", "二是写得短些。"]),
        ("不足如下，一是慢，二是少。", ["不足如下，", "一是慢，", "二是少。"]),
        ("工作要做好；同时要做快。", ["工作要做好；同时要做快。"]),
        ("包括：（1）指南；（2）目录。", ["包括：", "（1）指南；", "（2）目录。"]),
        ("每天9:00开门。占比1：1.5。", ["每天9:00开门。", "占比1：1.5。"]),
        ("他说“没有收尾。下一句。再一句。" + "长" * 300, None),
        ("  前后有空格。　", ["前后有空格。"]),
        ("。；", []),
        ("公开信息100条.收到申请11件.共办班3.5天.", ["公开信息100条.", "收到申请11件.", "共办班3.5天."]),
        ("一.总体平稳。", ["一.总体平稳。"]),
        ("一是主动公开方面写得勤二是平台建设方面专栏齐。", ["一是主动公开方面写得勤", "二是平台建设方面专栏齐。"]),
        ("收到申请0三是管理方面。", ["收到申请0三是管理方面。"]),
    ],
)
def test_cut_sentences(text: str, expected: list[str] | None) -> None:
    got = [text[a:b] for a, b in cut_sentences(text)]
    assert got == expected if expected is not None else len(got) > 1


@given(st.text(alphabet="甲乙。；：，一二是（）“”《》1.、 \n", max_size=80))
def test_sentences_are_ordered_disjoint_and_lose_nothing(text: str) -> None:
    spans = cut_sentences(text)
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    covered = "".join(text[a:b] for a, b in spans)
    left = [c for c in text if c in "甲乙是1"]
    assert [c for c in covered if c in "甲乙是1"] == left


def test_headings_become_the_path_and_not_passages() -> None:
    got = passages_of(
        "澜江市民政局2021年政府信息公开工作年度报告",
        "根据条例编制本报告。",
        "一、总体情况",
        "（一）主动公开情况",
        "全年公开信息40条。",
        "（二）抓实队伍，强化培训。我局办班两期。1、骨干先学。",
        "五、存在的主要问题及改进情况",
        "（一）内容不够丰富",
        "（二）更新不够及时",
        "六、其他需要报告的事项：无。",
    )
    assert [(p.section, p.heading_path, p.text) for p in got] == [
        ("preamble", (), "根据条例编制本报告。"),
        ("s1", ("一、总体情况", "（一）主动公开情况"), "全年公开信息40条。"),
        ("s1", ("一、总体情况", "（二）抓实队伍，强化培训"), "我局办班两期。"),
        ("s1", ("一、总体情况", "（二）抓实队伍，强化培训"), "1、骨干先学。"),
        ("s5", ("五、存在的主要问题及改进情况",), "（一）内容不够丰富"),
        ("s5", ("五、存在的主要问题及改进情况",), "（二）更新不够及时"),
        ("s6", ("六、其他需要报告的事项",), "无。"),
    ]


def test_the_last_of_several_items_is_no_heading_of_what_follows_them() -> None:
    """One paragraph or several: `（二）…` right behind the item `（一）…` stays an item, whatever stands beneath it."""
    items = ("（一）审核把关不够严格。", "（二）岗位人员流动大，交接常有脱节。", "下步我局将逐项整改。")
    for lines in (items, ("".join(items),), ("我们看到以下短板：" + "".join(items),)):
        got = passages_of("五、存在的主要问题及改进情况", *lines, "六、其他需要报告的事项", "无。")
        assert [p.text for p in got][-4:] == [*items, "无。"]
        assert {p.heading_path for p in got[:-1]} == {("五、存在的主要问题及改进情况",)}


def test_items_behind_headings_that_are_run_in_stay_headings() -> None:
    got = passages_of(
        "一、总体情况", "（一）强化统筹，明确分工。办公室牵头，各股室配合。（二）抓好日常，注重实效。每周巡查网站。",
        "（三）主动公开情况本年度公开信息三十条。", "五、存在的主要问题及改进情况", "更新不勤。",
    )  # fmt: skip
    assert [(p.heading_path[-1], p.text) for p in got] == [
        ("（一）强化统筹，明确分工", "办公室牵头，各股室配合。"),
        ("（二）抓好日常，注重实效", "每周巡查网站。"),
        ("（三）主动公开情况", "本年度公开信息三十条。"),
        ("五、存在的主要问题及改进情况", "更新不勤。"),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # what line breaks were stands as a blank, or as nothing
        (
            ("二、主动公开政府信息情况 （一）公开内容 公开各类政府信息三十条，并全部配发政策解读。（二）公开形式 通过门户网站和政务公开栏发布本镇各类政府信息。",),
            (("（一）公开内容", "公开各类政府信息三十条，并全部配发政策解读。"), ("（二）公开形式", "通过门户网站和政务公开栏发布本镇各类政府信息。")),
        ),
        (
            ("三、咨询情况 接受咨询十二次，均当场予以解答和说明。四、收费情况 2016年度未收取任何费用，也没有减免费用。",),
            (("三、咨询情况", "接受咨询十二次，均当场予以解答和说明。"), ("四、收费情况", "2016年度未收取任何费用，也没有减免费用。")),
        ),
        (("（一）公开的主要内容：全镇公开信息三十条。",), (("（一）公开的主要内容", "全镇公开信息三十条。"),)),
        # items, and a blank inside a name, are no headings
        (("主要是：一、信息更新慢。二、人员配备少 下一步将逐项加以改进和完善。",), (("", "主要是："), ("", "一、信息更新慢。"), ("", "二、人员配备少 下一步将逐项加以改进和完善。"))),
        (
            ("（一）印发《管委会办公室 （党工委办公室） 关于公开工作的通知》，明确了目标和措施。",),
            (("", "（一）印发《管委会办公室 （党工委办公室） 关于公开工作的通知》，明确了目标和措施。"),),
        ),
        # a main heading whose sub-heading opens a section is no passage
        (
            ("（一）健全机制。调整领导小组。", "二、2016年公开工作情况", "（一）主动公开政府信息情况", "公开三十条。", "（二）依申请公开政府信息情况", "未收到。"),
            (("（一）健全机制", "调整领导小组。"), ("（一）主动公开政府信息情况", "公开三十条。"), ("（二）依申请公开政府信息情况", "未收到。")),
        ),
    ],
)  # fmt: skip
def test_headings_where_line_breaks_or_marks_were_lost(lines: tuple[str, ...], expected: tuple[tuple[str, str], ...]) -> None:
    got = passages_of("云岭县大河镇2016年政府信息公开工作年度报告", "一、工作概述", *lines)
    paths = [p.heading_path[-1] if p.heading_path and p.heading_path[-1] != "一、工作概述" else "" for p in got]
    assert tuple(zip(paths, (p.text for p in got), strict=True)) == expected


def test_words_that_a_converter_closed_as_a_tag_are_no_passage() -> None:
    got = passages_of(
        "根据《关于印发 <年度报告格式> 的通知》编制本报告。请联系县水务局。 年度报告格式>", "一、总体情况", "公开率>90%。"
    )
    assert [p.text for p in got] == ["根据《关于印发 <年度报告格式> 的通知》编制本报告。", "请联系县水务局。", "公开率>90%。"]


def test_sub_headings_under_a_heading_that_is_no_section_stay_headings() -> None:
    got = passages_of("本报告由云岭县医院编制。", "一、院务公开情况", "公开三十条。", "（一）申请情况", "未收到申请。")
    assert [(p.text, p.heading_path) for p in got][1:] == [
        ("公开三十条。", ("一、院务公开情况",)),
        ("未收到申请。", ("一、院务公开情况", "（一）申请情况")),
    ]


def test_sub_heading_that_repeats_a_section_title_opens_no_section() -> None:
    got = passages_of(
        "一、总体情况", "（一）主动公开政府信息情况", "公开40条。", "（二）依申请公开政府信息情况", "受理3件。",
        "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "六、其他需要报告的事项", "无",
    )  # fmt: skip
    assert [(p.section, p.text) for p in got] == [("s1", "公开40条。"), ("s1", "受理3件。"), ("s6", "无")]


def test_rows_and_scraps_of_labels_are_no_passages_where_tables_stand() -> None:
    # a table without rules whose label column holds three characters
    torn = [
        "2.其他   67   0   1   0   4   3   75",
        "2.没有   51   0   1   2   4   1   59",
        "不予处   举报投",
        "（七）1113   31   32   43   84   40   1343",
    ]
    prose = ["收到申请 8 件，比上年多 2 件。", "2.其他申请均已在期限内答复。"]
    got = passages_of("一、总体情况", "公开40条。", "三、收到和处理政府信息公开申请情况", *torn, *prose)
    assert [(p.section, p.text) for p in got] == [("s1", "公开40条。"), *(("s3", line) for line in prose)]


def test_table_of_contents_and_signature_are_skipped() -> None:
    got = passages_of(
        "一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
        "一、总体情况", "全镇公开工作平稳。", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "六、其他需要报告的事项", "无其他事项。",
        "云岭县水务局", "2022年1月20日",
    )  # fmt: skip
    assert [(p.section, p.text) for p in got] == [("s1", "全镇公开工作平稳。"), ("s6", "无其他事项。")]


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["我镇全年围绕重点领域信息公开做了大量扎实的工作，群众普遍认", "可并给予好评。"], 1),
        (["我镇公开工作有序推进，做到应公开尽公开、应发布尽发布。", "群众满意。"], 2),
        (["现将有关情况报告如下，敬请社会各界给予监督和批评并提出宝贵意见", "一、总体情况", "平稳。"], 3),
        (["一份不到二十字的短行", "另一行。"], 2),
        (["（一）健全机制，细化分工，压实各站所责任", "镇党委定期研究。"], 2),
        (["发布信息的栏目有《政策文件", "解读》等。"], 1),
        # the bracket of a contact ends its sentence without a full stop
        (
            [
                "对本报告有任何疑问，请与云岭县水务局办公室联系（地址：和平路8号，电话：0000-1234567）",
                "公开工作是建设廉洁机关的举措。",
            ],
            2,
        ),
        (["对本报告有任何疑问，请与云岭县水务局办公室联系，电话：0000-1234567", "2021年，我局认真做好公开工作。"], 2),
        (["全年培训各股室和下属单位的信息员（含兼职人员以及各镇水管站）", "共40人次。"], 1),
    ],
)
def test_mending(lines: list[str], count: int) -> None:
    blocks = [Paragraph(line, ((0, Place(line=i)),), joinable=True) for i, line in enumerate(lines)]
    assert len(mend(blocks)) == count


def test_wrapped_prose_is_mended_and_keeps_its_lines() -> None:
    prose = (
        "本年度我办围绕全县中心工作持续推进政务公开把群众关心的事项逐一梳理并按照目录及时发布做到有问必答有诉必应" * 4 + "。"
    )
    lines = [prose[i : i + 30] for i in range(0, len(prose), 30)]
    blocks = [Paragraph(line, ((0, Place(line=i + 1)),), joinable=True) for i, line in enumerate(lines)]
    found = wrapping(blocks)
    assert found is not None
    assert found.size == 30
    canonical = build(Document(tuple(blocks), "text", "1"))
    assert canonical.text == prose + "\n"
    assert isinstance(canonical.blocks[0], TextBlock)
    assert [s.place.line for s in canonical.source_map] == list(range(1, len(lines) + 1))


def test_item_after_an_item_is_no_heading_of_the_measures_below() -> None:
    got = passages_of(
        "五、存在的主要问题及改进情况", "1.机制不够完善。", "2.内容质量有待提升。", "整改措施：", "1.健全机制。", "六、其他需要报告的事项", "无",
    )  # fmt: skip
    assert [p.text for p in got] == ["1.机制不够完善。", "2.内容质量有待提升。", "整改措施：", "1.健全机制。", "无"]


@pytest.mark.parametrize(
    "below", [(), ("标签：政务公开 年报",), ("附件：2021年统计表.xls",), ("2021年度报告.docx", "上一篇：2020年年报")]
)
def test_the_last_item_over_what_is_no_narrative_is_no_heading(below: tuple[str, ...]) -> None:
    items = "1.加强业务培训。认真学习条例，组织培训两次。", "2.进一步增加主动公开的数量。"
    got = passages_of("五、存在的主要问题及改进情况", "更新不够及时。", *items, *below)
    assert [p.text for p in got] == [
        "更新不够及时。",
        "1.加强业务培训。",
        "认真学习条例，组织培训两次。",
        "2.进一步增加主动公开的数量。",
    ]


def test_page_furniture_and_attachments_are_no_passages() -> None:
    got = passages_of(
        "首页 > 政务公开 > 政府信息公开年报", "云岭县水务局2021年政府信息公开工作年度报告", "一、总体情况", "工作平稳。", "3",
        "三、收到和处理政府信息公开申请情况", "申请人情况", "六、其他需要报告的事项", "无其他事项。", "附件：1.统计表", "2.清单（共24项）",
        "上一篇：2020年年报", "扫一扫在手机打开当前页",
    )  # fmt: skip
    assert [p.text for p in got] == ["工作平稳。", "无其他事项。"]


def test_menus_above_the_title_and_fields_of_the_page_are_no_passages() -> None:
    found = passages_of(
        "政务公开",
        "公开指南",
        "青禾县水利局2022年政府信息公开工作年度报告",
        "文 号成文日期：2023-01-12发布日期：2023-01-13",
        "根据条例编制本报告。",
        "一、总体情况",
        "（一）本单位主动公开政府信息情况",
        "全年公开信息40条。",
        "二、主动公开政府信息情况",
        "单位：青禾县水利局 2022年度",
        "六、其他需要报告的事项",
        "无。",
        "青禾县水利局 2023年1月12日",
        "扫码使用手机浏览本页内容",
    )
    assert [(p.text, p.heading_path[1:]) for p in found] == [
        ("根据条例编制本报告。", ()),
        ("全年公开信息40条。", ("（一）本单位主动公开政府信息情况",)),
        ("无。", ()),
    ]


def test_a_short_main_heading_of_an_old_report_is_no_entry_of_a_menu() -> None:
    found = passages_of(
        "云岭县人民政府 The People's Government of Yunling County",
        "政府信息公开",
        "云岭县2017年政府信息公开工作年度报告",
        "根据条例编制本报告。",
        "一、主要工作",
        "（一）健全机制。县政府办调整领导小组。",
        "二、公开情况",
        "全年公开信息40条。",
    )
    assert [(p.text, p.heading_path) for p in found] == [
        ("根据条例编制本报告。", ()),
        ("县政府办调整领导小组。", ("一、主要工作", "（一）健全机制")),
        ("全年公开信息40条。", ("二、公开情况",)),
    ]


def test_numbers_in_one_character_and_remarks_behind_headings() -> None:
    found = passages_of(
        "云岭县水务局2022年政府信息公开工作年度报告",
        "县政府：",
        "根据条例编制本报告。",
        "一、总体情况",
        "㈠主动公开情况。全年公开信息40条。",
        "㈡依申请公开情况。未收到申请。",
        "㈢受理申请的数量（含2017年度及历年累计数量）",
        "没有收到申请。",
        "2023-01-12 来源：本网",
        "• 发布时间：2023年1月12日",
    )
    assert [(p.text, p.heading_path[1:]) for p in found] == [
        ("根据条例编制本报告。", ()),
        ("全年公开信息40条。", ("㈠主动公开情况",)),
        ("未收到申请。", ("㈡依申请公开情况",)),
        ("没有收到申请。", ("㈢受理申请的数量（含2017年度及历年累计数量）",)),
    ]


@pytest.mark.parametrize(
    ("lines", "paths"),
    [
        (
            ["（一）概述", "全年公开40条。", "（二）公开情况", "1、公开的数量", "文件12件。", "（三）申请情况", "未收到申请。"],
            [("（一）概述",), ("（二）公开情况", "1、公开的数量"), ("（三）申请情况",)],
        ),
        (
            ["第一部分 概述", "一、组织领导", "成立了小组。", "二、制度建设", "制定三项制度。", "第二部分 工作情况", "一、公开数量", "文件12件。"],
            [("第一部分 概述", "一、组织领导"), ("第一部分 概述", "二、制度建设"), ("第二部分 工作情况", "一、公开数量")],
        ),
        (
            ["（一）总体情况", "（一）公开情况", "全年公开40条。", "（二）申请情况", "未收到申请。"],
            [("（一）总体情况", "（一）公开情况"), ("（一）总体情况", "（二）申请情况")],
        ),
    ],
)  # fmt: skip
def test_headings_of_one_style_stand_on_one_level_whether_they_open_a_section_or_not(
    lines: list[str], paths: list[tuple[str, ...]]
) -> None:
    found = passages_of("云岭县水务局2010年政府信息公开工作年度报告", *lines)
    assert [p.heading_path for p in found] == paths
