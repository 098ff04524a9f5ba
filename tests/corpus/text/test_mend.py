"""Where a line goes on in the next one: wrapped prose, cut lines, pages, decimals, brackets, headings and items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.canonical import Wrap, build, cut_length, headings_apart, mend, wrapping
from corpus.types import Document, Paragraph, Place

_PROSE = "做好各项服务的同时把群众关心的事项逐一梳理并按照目录及时发布到各镇街道和村组里" * 4


def han(count: int) -> str:
    """So many characters of a sentence that neither ends nor pauses."""
    return _PROSE[:count]


def line(text: str, number: int = 1, **options: Any) -> Paragraph:
    """A line as a reader of texts gives it."""
    return Paragraph(text, ((0, Place(line=number)),), **{"joinable": True, **options})


def mended(*lines: str | Paragraph) -> list[str]:
    """Texts of the paragraphs that the lines are."""
    given_lines = [line(one, n) if isinstance(one, str) else one for n, one in enumerate(lines, 1)]
    return [p.text for p in mend(given_lines) if isinstance(p, Paragraph)]


#: seven lines of 30 and the end of their paragraph: prose that was wrapped at 30
WRAPPED = (*[han(30)] * 7, "到此为止。")


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (han(24), "可并好评。", True),
        (line(han(24), joinable=False), "可并好评。", False),
        (han(24), line("可并好评。", joinable=False), False),
        (line(han(24), level=1), "可并好评。", False),
        (han(24), line("可并好评。", level=2), False),
        (han(24), line("可并好评。", indented=True), False),
        ("见（附件", line("可并好评）。", indented=True), False),
        # a mark that closes begins no paragraph
        ("他说“办得好。", "”群众点头。", True),
        ("他说“办得好。", "群众点头。", False),
        ("公开信息", "，共40条。", True),
        ("达到98", "％以上。", True),
        # nor does an end of a sentence go on, be it in brackets or quotes or behind a bracket left open
        (han(24) + "（见附件。", "群众点头。", False),
        (han(24) + "。）", "群众点头。", False),
        (han(24) + "；", "群众点头", False),
        (han(24) + "……", "群众点头", False),
        (han(24) + ".", "群众点头", False),
        # sections, titles, dates
        (han(24), "一、总体情况", False),
        ("一、总体情况", "，良好", False),
        (han(24), "2022年1月20日", False),
        ("公开单位：青禾镇人民政府关 键 词：年报工作开展", "群众点头", False),
        (han(24), "澜江市民政局2021年政府信息公开工作年度报告", False),
        ("澜江市民政局2021年政府信息公开工作年度报告", "可并好评。", False),
        # a link breaks the line before the name of a law
        ("按照", "《条例》规定，我局编制了目录。", True),
        ("2023年是", "《条例》实施的一年。", True),
        ("重点工作", "《条例》规定的事项", False),
        # a decimal
        ("增长3.", "5万件", True),
        ("增长3．", "5万件", True),
        ("增长3.", "5、办理", False),
        ("增长3.", "万件", False),
        # a mark that does not end
        ("我局坚持，", "落实到位。", True),
        ("我局坚持,", "落实到位。", True),
        ("我局坚持、", "落实到位。", True),
        ("我局坚持—", "落实到位。", True),
        ("我局坚持/", "落实到位。", True),
        ("我局坚持，", "1.落实到位。", False),
        ("我局坚持、", "1.落实到位。", False),
        ("包括（", "1.落实到位。", True),
        ("我局坚持—", "一、落实到位。", True),
        # a bracket that is open
        ("见（附件", "可并好评）。", True),
        ("见《附件", "可并好评》。", True),
        ("见“附件", "可并好评”。", True),
        ("见（附件）", "可并好评。", False),
        ("见（附件", "1.可并好评）。", False),
        # a short line ends, a long one goes on, unless an item begins
        (han(19), "可并好评。", False),
        (han(20), "可并好评。", True),
        (han(24), "一是可并好评。", False),
        (han(24), "首先可并好评。", False),
        # a numbered line without a sentence is a heading, if it is not too long for one
        ("（一）" + han(36), "可并好评。", False),
        ("（一）" + han(37), "可并好评。", True),
        ("（一）甲；" + han(20), "可并好评。", True),
    ],
)  # fmt: skip
def test_two_lines(first: str | Paragraph, second: str | Paragraph, joined: bool) -> None:
    assert (len(mended(first, second)) == 1) == joined


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        # 18 wide and 15 wide: both are full lines of a narrow column
        ((han(17) + "，", han(15), "可并"), 1),
        ((han(17) + "，", han(14), "可并"), 2),
        # the number that begins the next line did not fit
        ((han(17) + "，", han(14) + "1", "23456条"), 1),
        ((han(17) + "，", han(14) + "1", "2条"), 2),
        ((han(17) + "，", han(13) + "1", "23456条"), 2),
        ((han(17) + "，", han(13) + "1", "23,456条"), 1),
        # a line behind the widest is measured by the widest, wherever that stands
        ((han(12) + "，", han(17) + "，", han(15), "可并"), 1),
        ((han(12) + "，", han(17) + "，", han(14), "可并"), 2),
    ],
)
def test_lines_of_a_narrow_column(lines: tuple[str, ...], count: int) -> None:
    assert len(mended(*lines)) == count


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        # an enumerator that the end of the line cut off
        (("政策不熟。3.", "政策解读质量不高"), True),
        (("政策不熟；（二）", "政策解读质量不高"), True),
        (("政策不熟：（12）", "政策解读质量不高"), True),
        (("政策不熟；（二）", "1.政策解读质量不高"), False),
        # a full line: the indent of its first line and three characters that did not fit counted in
        ((han(25), "可并好评"), True),
        ((han(24), "可并好评"), False),
        ((han(24) + "1", "2846条"), True),
        ((han(24), "284条"), False),
        ((han(25) + "；", "可并好评"), True),
        ((han(25) + "：", "可并好评"), True),
        ((han(25) + "…", "可并好评"), False),
        ((han(12) + "；", "可并好评"), False),
        ((han(25) + "；", "二是可并好评"), False),
        ((han(26), "一是可并好评"), True),
        # a line that stops behind a comma: broken by a page or another font
        ((han(10) + "，" + han(9), "可并好评"), True),
        ((han(10) + "，" + han(8), "可并好评"), False),
        ((han(10) + "》" + han(9), "可并好评"), True),
        ((han(20), "可并好评"), False),
        (("（一）" + han(10) + "，" + han(9), "可并好评"), False),
        ((han(10) + "，" + han(9), "一是可并好评"), False),
        # the second line of a paragraph has no indent
        ((han(28), han(27), "可并好评"), True),
        ((han(28), han(26), "可并好评"), False),
        ((han(28), han(3) + "、" + han(3), "可并好评"), True),
        ((han(28), han(3) + "、" + han(3), "一是可并好评"), False),
    ],
)  # fmt: skip
def test_lines_among_wrapped_prose(lines: tuple[str, ...], joined: bool) -> None:
    got = mended(*WRAPPED, *lines)
    assert got[0] == "".join(WRAPPED)
    assert "".join(got[1:]) == "".join(lines)
    assert (len(got) == 2) == joined


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([30] * 6, Wrap(30.0)),
        ([30] * 5, None),  # too few to tell
        ([20] * 6, Wrap(20.0)),
        ([19] * 6, None),  # headings of one length
        ([64] * 6, Wrap(64.0)),
        ([65] * 6, None),  # no page is so wide
        ([30, 30, 30, 30, 30, 80], None),
        ([30] * 10 + [47], Wrap(30.0)),  # one line that sticks out
        ([28, 28, 28, 30, 30, 31], Wrap(31.0)),
        ([27, 27, 28, 30, 30, 31], None),
        ([12] * 6 + [30] * 4 + [31], Wrap(30.0)),
        ([12] * 6 + [30] * 4 + [32], None),
        ([80, 210, 47, 120, 95, 33], None),
        ([30] * 5 + [12] * 7, Wrap(30.0)),
        ([30] * 5 + [12] * 8, None),
        ([30] * 5 + [11] * 20, None),  # five lines alone are too few, shorter than twelve tell nothing
        ([30] * 6 + [11] * 20, Wrap(30.0)),
    ],
)
def test_width_at_which_prose_is_wrapped(sizes: list[int], expected: Wrap | None) -> None:
    assert wrapping([line(han(n)) for n in sizes]) == expected


def test_lines_that_do_not_tell_how_prose_is_wrapped() -> None:
    whole = [line(han(30)) for _ in range(5)]
    assert wrapping([*whole, line(han(30), joinable=False)]) is None
    assert wrapping([*whole, line(han(29) + "。")]) is None
    assert wrapping([*whole, line("1." + han(28))]) is None
    assert wrapping([*whole, line(han(30))]) == Wrap(30.0)


def test_lines_of_one_length_are_counted_in_characters_and_those_of_one_width_in_width() -> None:
    by_length = [line(han(30 - n) + "8" * n) for n in (0, 4, 8, 12, 16, 20)]
    assert wrapping(by_length) == Wrap(30.0, by_length=True)
    by_width = [line(han(30 - n) + "8" * (2 * n)) for n in (0, 4, 8, 12, 16, 20)]
    assert wrapping(by_width) == Wrap(30.0)
    assert Wrap(30.0).measure("公开2019年") == 5.0
    assert Wrap(30.0, by_length=True).measure("公开2019年") == 7.0


def test_a_number_that_did_not_fit_counts_twice_where_lines_are_counted_in_characters() -> None:
    lines = [han(30 - n) + "8" * n for n in (0, 4, 8, 12, 16, 20)]
    ends = [(23, "2846条", 2), (22, "2846条", 3), (22, "28467条", 2), (24, "公开", 3), (25, "公开", 2)]
    for size, word, count in ends:
        assert len(mended(*lines, "到此为止。", han(size), word)) == count


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([han(16)] * 4, 16),
        ([han(16)] * 3, None),
        ([han(10)] * 4, 10),
        ([han(9)] * 4, None),
        ([han(16)] * 4 + [han(14), han(13), han(12), han(11)], 16),
        ([han(16)] * 4 + [han(14), han(13), han(12), han(11), han(15)], None),
        ([han(16)] * 9 + [han(20)], 16),
        ([han(16)] * 8 + [han(20)], None),
        ([han(16)] * 9 + [han(19) + "。"], 16),
        ([han(16)] * 4 + [han(15) + "。"] * 9, 16),  # lines that end tell nothing
        ([han(16)] * 3 + [han(15) + "。"] * 9, None),
        ([han(16)] * 4 + ["三、收到和处理政府信息公开申请情况"] * 2, 16),
        ([han(16)] * 4 + ["澜江市民政局2021年政府信息公开工作年度报告"] * 2, 16),
    ],
)
def test_length_after_which_lines_were_cut(lines: list[str], expected: int | None) -> None:
    assert cut_length([line(text) for text in lines]) == expected


def test_an_indent_that_the_reader_took_off_counts_for_the_cut() -> None:
    lines = [line(han(16))] * 3
    assert cut_length([*lines, line(han(14), indented=True)]) == 16
    assert cut_length([*lines, line(han(14))]) is None
    assert cut_length([*lines, line(han(16), joinable=False)]) is None
    assert mended(*[han(16)] * 4, "止。", line(han(14), indented=True), "可并好评。")[-1] == han(14) + "可并好评。"


def test_a_cut_line_goes_on_whatever_stands_behind_it() -> None:
    lines = [han(16)] * 4
    assert mended(*lines, "止。", han(15) + "1", "2.一是") == ["".join(lines) + "止。", han(15) + "12.一是"]
    assert mended(*lines, "止。", han(15), "可并") == ["".join(lines) + "止。", han(15), "可并"]


def test_two_latin_words_are_parted_and_a_torn_one_of_han_is_not() -> None:
    joined = {
        ("网址为www.a.cn，", "公开"): "网址为www.a.cn，公开",
        ("见（Web", "site）"): "见（Web site）",
        ("见（Web", "2年）"): "见（Web2年）",
        ("见（20", "件）"): "见（20件）",
        ("见（2", "nd）"): "见（2 nd）",
        ("见（公", "site）"): "见（公site）",
        ("见（a-", "site）"): "见（a-site）",
        ("见（b", "site）"): "见（b site）",
        ("见（b", "s2）"): "见（b s2）",
        ("见（Web", "ｓite）"): "见（Webｓite）",
    }
    for (first, second), whole in joined.items():
        assert mended(first, second) == [whole]


def test_a_sentence_of_very_many_lines_is_joined_by_its_last_line() -> None:
    lines = [han(28) + "，"] * 40
    whole = "".join(lines)
    assert mended(*lines, han(26), "一是可并好评。") == [whole + han(26) + "一是可并好评。"]
    assert mended(*lines, han(25), "一是可并好评。") == [whole + han(25), "一是可并好评。"]
    assert len(mended("见（" + han(26), *lines, han(19), "一是可并好评。")) == 2  # an open bracket is not remembered for ever
    assert len(mended(*lines, "见（" + han(26), han(19), "一是可并好评。")) == 1


def test_a_title_on_two_lines_is_one() -> None:
    place = [line("澜江市民政局2021年政府信", 1), line("息公开工作年度报告", 2), line("一、总体情况", 3)]
    got = build(Document(tuple(place), "text", "1"))
    assert got.text == "澜江市民政局2021年政府信息公开工作年度报告\n一、总体情况\n"
    assert [(got.text[s.start : s.end], s.place.line) for s in got.source_map] == [
        ("澜江市民政局2021年政府信", 1), ("息公开工作年度报告", 2), ("一、总体情况", 3),
    ]  # fmt: skip


@given(
    st.lists(st.text("甲乙丙aB1.，。；：（）《》“”、一二是年%/-", min_size=1, max_size=40), min_size=1, max_size=30),
    st.booleans(),
)
def test_joining_loses_nothing_and_every_line_keeps_its_place(lines: list[str], indented: bool) -> None:
    """A blank between words of Latin script is all that is added."""
    blocks = tuple(line(text, n, indented=indented) for n, text in enumerate(lines, 1))
    got = build(Document(blocks, "text", "1"))
    assert got.text.replace("\n", "").replace(" ", "") == "".join(lines)
    assert [s.place.line for s in got.source_map] == list(range(1, len(lines) + 1))
    assert [got.text[s.start : s.end].rstrip() for s in got.source_map] == lines
    assert [got.text[b.end : b.end + 1] for b in got.blocks] == ["\n"] * len(got.blocks)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("如有疑问，请与县水务局联系（电话：0000-1234567）。一、总体情况", "一、总体情况"),
        ("全年公开信息40条。 二、主动公开政府信息情况", "二、主动公开政府信息情况"),
        ("下一步将加强培训。 六、其他需要报告的事项 无", "六、其他需要报告的事项 无"),
        ("下一步将加强培训。六、其他需要报告的事项：无。", "六、其他需要报告的事项：无。"),
        ("全文包括：一、总体情况；二、主动公开政府信息情况；六、其他需要报告的事项", ""),
        ("我局认真落实条例。一、公开及时", ""),
        ("详见年报第六部分。六、其他需要报告的事项已在网站公布", ""),
        ("一、总体情况", ""),
    ],
)
def test_a_section_heading_behind_a_sentence_is_a_paragraph(text: str, heading: str) -> None:
    parts = [b for b in headings_apart([line(text, 7)]) if isinstance(b, Paragraph)]
    assert [p.text for p in parts] == [*([text[: -len(heading)].strip(), heading] if heading else [text])]
    assert all(p.places == ((0, Place(line=7)),) for p in parts)


def test_a_heading_behind_a_sentence_keeps_the_lines_it_stands_on() -> None:
    places = ((0, Place(line=1)), (6, Place(line=2)), (10, Place(line=3)))
    first, second = headings_apart([Paragraph("公开信息。二、主动公开政府信息情况", places)])
    assert isinstance(first, Paragraph)
    assert isinstance(second, Paragraph)
    assert (first.places, second.places) == (
        ((0, Place(line=1)),),
        ((0, Place(line=1)), (1, Place(line=2)), (5, Place(line=3))),
    )
