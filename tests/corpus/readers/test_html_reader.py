"""Web pages: the article and nothing else, exact grids, encodings, page data, hostile markup."""

from __future__ import annotations

import contextlib
import time
import tomllib
from collections.abc import Callable
from importlib.resources import files

import pytest

from corpus.errors import GongkaiError, ReadError
from corpus.readers import read_bytes
from corpus.readers.html.furniture import furniture_box
from corpus.text.canonical import build
from corpus.text.furniture import furniture_line, rules
from corpus.text.headings import no_narrative, section_heading
from corpus.text.normalise import squeeze
from corpus.types import Document, Grid, Paragraph
from extract.pipeline import analyze_bytes
from tests.support.exporters import pages
from tests.support.exporters.outline import Table, Text, outline
from training.samples.build import load
from training.samples.narrative import Narrative

IN_PROCESS = True

TITLE = "云岭县水务局2021年政府信息公开工作年度报告"
S1 = "<p>一、总体情况</p><p>2021年，我局主动公开信息40条，办理建议提案3件。</p>"
S56 = "<p>五、存在的主要问题及改进情况</p><p>更新不够及时，下一步将加强督促。</p><p>六、其他需要报告的事项</p><p>无。</p>"
TEXTS = [
    TITLE, "一、总体情况", "2021年，我局主动公开信息40条，办理建议提案3件。", "五、存在的主要问题及改进情况",
    "更新不够及时，下一步将加强督促。", "六、其他需要报告的事项", "无。",
]  # fmt: skip
NARRATIVES = load()


def read(html: str | bytes, name: str = "a.html", encoding: str = "utf-8") -> Document:
    return read_bytes(html.encode(encoding) if isinstance(html, str) else html, name)


def texts(document: Document) -> list[str]:
    return [b.text for b in document.blocks if isinstance(b, Paragraph)]


def grids(document: Document) -> list[Grid]:
    return [b for b in document.blocks if isinstance(b, Grid)]


def rows(grid: Grid) -> list[list[tuple[int, str]]]:
    return [[(c.column, c.text) for c in row] for row in grid.rows()]


def expected(narrative: Narrative) -> tuple[list[str], list[list[tuple[int, int, str, int, int]]]]:
    """Paragraphs and grids that a perfect reader gives."""
    parts = list(outline(narrative))
    cells = [
        sorted((c.row, c.column, squeeze(c.text), c.rows, c.columns) for c in p.cells) for p in parts if isinstance(p, Table)
    ]
    return [squeeze(p.text) for p in parts if isinstance(p, Text)], cells


@pytest.mark.parametrize("export", [pages.plain, pages.cluttered])
@pytest.mark.parametrize("number", range(len(NARRATIVES)), ids=[n.id for n in NARRATIVES])
def test_samples_come_back_whole_and_alone(export: Callable[[Narrative, int], bytes], number: int) -> None:
    narrative = NARRATIVES[number]
    document = read(export(narrative, number))
    paragraphs, cells = expected(narrative)
    canonical = build(document)
    found = [squeeze(canonical.text[b.start : b.end]) for b in canonical.blocks if type(b).__name__ == "TextBlock"]
    assert found == paragraphs
    got = [sorted((c.row, c.column, squeeze(c.text), c.row_span, c.column_span) for c in g.cells) for g in grids(document)]
    assert got == cells
    assert all(g.exact for g in grids(document))


@pytest.mark.parametrize("number", range(0, len(NARRATIVES), 4))
def test_results_are_those_of_the_plain_page(number: int) -> None:
    narrative = NARRATIVES[number]
    plain = analyze_bytes(pages.plain(narrative, number), "a.html")
    cluttered = analyze_bytes(pages.cluttered(narrative, number), "a.html")
    assert cluttered.text == plain.text
    assert [(c.code, c.value, c.state) for c in cluttered.cells] == [(c.code, c.value, c.state) for c in plain.cells]
    assert {c.code: (c.value, c.state) for c in plain.cells} == {k: (c.value, c.state) for k, c in narrative.cells.items()}
    assert cluttered.identity.published == "2022-01-28"


# the article and what stands around it


@pytest.mark.parametrize(
    "page",
    [
        f"<h1>{TITLE}</h1>{S1}{S56}",
        f"<nav>菜单<div><h1>{TITLE}</h1>{S1}{S56}<footer><p>主办：某县政府办公室</p>",
        f'<div class=w><div class="article-header"><h1>{TITLE}</h1><i>时间：2022年3月1日</i></div><div class=c>{S1}{S56}</div><div class="foot">编辑：张三</div></div>',
        f"<h1>{TITLE}</h1>{S1}<p style='display: none'>四、政府信息公开行政复议、行政诉讼情况</p><p hidden>藏。</p><script>'<p>错。</p>'</script>{S56}",
        f"<div><h1>{TITLE}</h1>{S1}{S56}</div><div><h3>热门文章</h3><ul><li>某县举行升旗仪式</li><li>某镇开展义诊</li></ul></div>",
        f"<div class=a><p>{TITLE}</p></div><div class=b>{S1}</div><div class=c>{S56}</div><p>上一篇：<a href=x>别的报告</a></p><p>某段站点说明文字。</p>",
        f"<form id=form1><table><tr><td>{TITLE}</td></tr><tr><td>{S1}{S56}</td></tr></table></form><table><tr><td>Copyright © 2022 某县人民政府</td></tr></table>",
        f"<body><p>当前位置：<a href=/>首页</a> &gt; 年报</p><p>{TITLE}</p><p>来源：县水务局　浏览次数：33</p>{S1}{S56}<p>扫一扫分享本页</p></body>",
        f"<p>{TITLE}</p>{S1.replace('。', '。<o:p></o:p>')}<![if !supportEmptyParas]>&nbsp;<![endif]><!--[if gte mso 9]><xml><p>错。</p></xml><![endif]-->{S56}",
        f"<p>{TITLE}{S1.replace('</p>', '')}{S56.replace('</p>', '')}",
    ],
)
def test_the_article_and_nothing_else(page: str) -> None:
    assert texts(read(f"<html><body>{page}</body></html>")) == TEXTS


def test_boxes_named_like_furniture_are_kept_when_they_hold_the_report() -> None:
    page = f'<div class="header-fixed nav-main"><h1>{TITLE}</h1><div id="share_content">{S1}{S56}</div></div>'
    assert texts(read(page)) == TEXTS


def test_the_report_spread_over_sibling_boxes_is_whole() -> None:
    lead = "<div class=Section0><p>根据条例要求，编制本报告。</p></div>"
    page = f"<div><h1>{TITLE}</h1>{lead}<div class=Section1>{S1}</div><div class=Section2>{S56}</div></div><div class=footer>主办：某县</div>"
    assert texts(read(page)) == [TITLE, "根据条例要求，编制本报告。", *TEXTS[1:]]


def test_the_title_may_stand_in_the_head_of_the_page_only() -> None:
    page = f"<html><head><title>{TITLE}_某县人民政府门户网站</title></head><body><div>{S1}{S56}</div></body></html>"
    assert texts(read(page)) == TEXTS


def test_page_data() -> None:
    head = '<link rel="canonical" href="https://www.example.gov.cn/a/b.html"><meta name="PubDate" content="2022-01-27 10:00">'
    document = read(f"<html><head>{head}</head><body><h1>{TITLE}</h1>{S1}{S56}</body></html>")
    assert (document.host, document.published) == ("www.example.gov.cn", "2022-01-27")
    document = read(
        f"<!-- saved from url=(0038)http://xxgk.example.gov.cn/art/1.html --><h1>{TITLE}</h1><p>【发布时间：2022年1月5日】</p>{S1}"
    )
    assert (document.host, document.published) == ("xxgk.example.gov.cn", "2022-01-05")
    assert TEXTS[:3] == texts(document)


# tables

STATUTORY = (
    "<tr><td colspan=4>第二十条第（一）项</td></tr><tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
    "<tr><td>规章</td><td>0</td><td>0</td><td>&nbsp;</td></tr><tr><td>行政规范性文件</td><td><p>1</p></td><td>2</td><td>3</td></tr>"
)


def test_spans_blanks_and_hidden_cells() -> None:
    body = (
        "<tr><td rowspan=2>甲</td><td colspan=2>乙</td><td style='display:none'>藏</td></tr><tr><td>1<td>&nbsp;</tr>"
        "<tr height=0 style='display:none'><td width=9></td></tr><tfoot><tr><td>脚</td><td>8</td><td>9</td></tr></tfoot>"
        "<tbody><tr><td>丙</td><td><p>3</p></td><td>4<br>5</td></tr></tbody>"
    )
    (grid,) = grids(read(f"<h1>{TITLE}</h1>{S1}<table>{body}</table>"))
    assert rows(grid) == [
        [(0, "甲"), (1, "乙")],
        [(1, "1"), (2, "")],
        [(0, "丙"), (1, "3"), (2, "4\n5")],
        [(0, "脚"), (1, "8"), (2, "9")],
    ]
    assert [(c.row_span, c.column_span) for c in grid.cells[:2]] == [(2, 1), (1, 2)]


def test_layout_tables_are_no_grids() -> None:
    inner = f"<table border=1>{STATUTORY}</table>"
    page = f"<table><tr><td>左</td><td><table><tr><td><h1>{TITLE}</h1></td></tr><tr><td>{S1}{inner}</td></tr></table></td></tr></table>"
    document = read(page)
    assert len(grids(document)) == 1
    assert texts(document) == TEXTS[:3]


def test_a_report_pasted_into_one_table() -> None:
    prose = "2021年，我局主动公开信息40条，办理建议提案3件。全年接受检查两次，整改到位。公开工作有序推进，各项指标均有提升，群众满意。"
    page = (
        f"<table><tr><td colspan=4>{TITLE}</td></tr><tr><td colspan=4>一、总体情况</td></tr><tr><td colspan=4><p>{prose}</p><p>还办了培训。</p></td></tr>"
        f"<tr><td colspan=4>二、主动公开政府信息情况</td></tr>{STATUTORY}<tr><td colspan=4>六、其他需要报告的事项</td></tr><tr><td colspan=4>无</td></tr></table>"
    )
    document = read(page)
    assert texts(document) == [
        TITLE,
        "一、总体情况",
        prose,
        "还办了培训。",
        "二、主动公开政府信息情况",
        "六、其他需要报告的事项",
        "无",
    ]
    assert [c.text for c in grids(document)[0].rows()[0]] == ["第二十条第（一）项"]
    cells = {c.code: c.value for c in analyze_bytes(page.encode(), "a.html").cells}
    assert cells["t2.normative.effective"] == 3


@pytest.mark.parametrize(
    "table",
    [
        "".join(
            f"<p>{t or '&nbsp;'}</p>"
            for t in (
                "第二十条第（一）项",
                "信息内容",
                "本年制发件数",
                "本年废止件数",
                "现行有效件数",
                "规章",
                "0",
                "0",
                "0",
                "行政规范性文件",
                "1",
                "2",
                "3",
            )
        ),
        '<div class="table">'
        + "".join(
            "<div class=tr>" + "".join(f"<div class=td>{t}</div>" for t in row) + "</div>"
            for row in (
                ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
                ("规章", "0", "0", "0"),
                ("行政规范性文件", "1", "2", "3"),
            )
        )
        + "</div>",
        "<pre>\t信息内容\t本年制发件数\t本年废止件数\t现行有效件数\n\t规章\t0\t0\t0\n\t行政规范性文件\t1\t2\t3\n</pre>",
        f"<table>{STATUTORY.replace('</td>', '').replace('</tr>', '')}</table>",
        f"<table><form>{STATUTORY}</form></table>",
        f"<table>{STATUTORY[: STATUTORY.index('<tr><td>规章')]}</table><p>&nbsp;</p><table>{STATUTORY[STATUTORY.index('<tr><td>规章') :]}</table>",
    ],
    ids=["paragraphs", "divs", "pre", "unclosed", "form", "fragments"],
)
def test_tables_without_proper_markup_are_read(table: str) -> None:
    page = f"<div><h1>{TITLE}</h1>{S1}<p>二、主动公开政府信息情况</p>{table}{S56}</div>"
    report = analyze_bytes(page.encode(), "a.html")
    cells = {c.code: c.value for c in report.cells}
    assert [cells.get(f"t2.normative.{c}") for c in ("issued", "repealed", "effective")] == [1, 2, 3]
    assert [p.text for p in report.passages][:1] == TEXTS[2:3]


# paragraphs


def test_line_breaks_lists_and_headings() -> None:
    page = (
        f"<div>{TITLE}<br><br>　　一、总体情况<br>　　全年公开信息40条，<br>办理提案3件。<br>　　还办了培训。</div>"
        "<p><b>（一）主动公开情况</b></p><ol><li>加强学习。</li><li>（二）加强督促。</li><li value=7>补课。</li></ol><ul><li>点一。</li></ul>"
        '<ol style="list-style-type:cjk-ideographic"><li>甲事项。</li></ol><h3>（二）其他</h3><p><b>整段加粗的一句话，公开8条。</b></p>'
    )
    document = read(page)
    canonical = build(document)
    lines = canonical.text.split("\n")[:-1]
    assert lines == [
        TITLE, "一、总体情况", "全年公开信息40条，办理提案3件。", "还办了培训。", "（一）主动公开情况", "1.加强学习。", "（二）加强督促。", "7.补课。",
        "点一。", "一、甲事项。", "（二）其他", "整段加粗的一句话，公开8条。",
    ]  # fmt: skip
    levels = {b.text: b.level for b in document.blocks if isinstance(b, Paragraph)}
    assert (levels["（一）主动公开情况"], levels["（二）其他"], levels["整段加粗的一句话，公开8条。"]) == (2, 3, 0)


def test_spaces_of_the_source_are_not_text() -> None:
    page = f"<h1>{TITLE}</h1>{S1}<p>全年\n  公开&nbsp;12\n条，\r\n<span>其中\u200b</span>  微博 3 条。</p>"
    assert texts(read(page))[-1] == "全年公开\u00a012 条，其中 微博 3 条。"


# encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_whatever_the_page_says(encoding: str) -> None:
    page = f"<html><head><meta charset='iso-8859-1'></head><body><h1>{TITLE}</h1>{S1}{S56}</body></html>"
    assert texts(read(page.encode(encoding))) == TEXTS


def test_big5_is_said() -> None:
    page = (
        "<html><h1>某某局政府信息公開工作年度報告</h1><p>"
        + "本年度政府資訊公開工作的情況在於對外公開時間的行為與年度報告有關。" * 4
        + "</p></html>"
    )
    with pytest.raises(ReadError, match="Big5"):
        read(page, encoding="big5")
    traditional = "<html><p>" + "本年度各機關發佈資訊與辦理申請的情況，對應條例的規範，請參閱附表。" * 4 + "</p></html>"
    assert [i.code for i in read(traditional).issues] == ["traditional_script"]


def test_a_broken_character_does_not_lose_the_page() -> None:
    data = (f"<h1>{TITLE}</h1>{S1}{S56}" + "<p>补充说明文字若干。</p>" * 60).encode() + "末".encode()[:2]
    document = read(data)
    assert [i.code for i in document.issues] == ["encoding_guessed"]
    assert texts(document)[:7] == TEXTS


def test_mhtml() -> None:
    message = f'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\nContent-Type: text/html; charset="gb2312"\n\n<html><h1>{TITLE}</h1>{S1}{S56}</html>\n--x--\n'
    assert texts(read(message, "a.mht", "gb18030")) == TEXTS
    with pytest.raises(ReadError, match="MHTML"):
        read("MIME-Version: 1.0\nContent-Type: text/plain\n\nx", "a.mht")


# hostile and foreign files


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<div>" * 10_000 + f"<h1>{TITLE}</h1>{S1}", "nested"),
        ("<table><tr><td>" * 10_000 + S1, "nested"),
        ("<p>" * 700_000, "tags"),
        ("<p>" + "公开" * 11_000_000, "more than"),
        ("<p>" + "公开。" * 40_000, "a paragraph of 120000"),
        ("<p>公开四十件。</p>" * 110_000, "660000 characters of prose"),
        ("一、总体情况", "no HTML markup"),
        ("PK\x03\x04", "damaged DOCX"),
        ("%PDF-1.7", "PDF file"),
        ("", "empty"),
    ],
)
def test_hostile_and_foreign_pages_end_soon(page: str, message: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ReadError, match=message):
        read(page)
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    "page",
    [
        "<script>" * 200_000,
        "<!--" * 200_000 + "<p>x",
        "<a href='" + "x" * 5_000_000,
        "<b>" * 100_000 + "x",
        f"<h1>{TITLE}</h1>{S1}<table><tr><td colspan=99999999 rowspan=99999999>a</td><td>1</td></tr>"
        + "<tr><td>2</td><td>3</td></tr>" * 9_000
        + "</table>",
        "<table>" + "<tr><td>1</td><td>2</td></tr>" * 40_000,
        "<html>" + "&nbsp;" * 1_000_000,
        "<p>" + "&#xD800;&#0;&#1114112;&amp;lt;" * 10_000,
        "<!DOCTYPE html [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><p>&c;</p>",
        f"<p class='{'share ' * 50_000}'>{TITLE}</p>",
    ],
    ids=["scripts", "comments", "attribute", "bold", "spans", "rows", "spaces", "references", "entities", "class"],
)
def test_odd_pages_end_soon(page: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(GongkaiError):
        read(page)
    assert time.perf_counter() - started < 20


# rules


def test_rules_hold_on_their_examples() -> None:
    raw = tomllib.loads(files("corpus").joinpath("data/furniture.toml").read_text(encoding="utf-8"))
    ids = [rule["id"] for rule in raw["line"]]
    assert len(set(ids)) == len(ids) == len(rules().lines)
    for rule in raw["line"]:
        assert len(rule["yes"]) >= 2
        assert rule["no"]
        for text in rule["yes"]:
            found = furniture_line(text)
            assert (found.effect if found else "aside") == rule["effect"], (rule["id"], text, found)
            assert (no_narrative(text) is None) == (rule["effect"] == "foot"), (rule["id"], text)
        for text in rule["no"]:
            assert (furniture_line(text), no_narrative(text)) == (None, None), (rule["id"], text)
    for text in ("一、总体情况", TITLE, "（一）主动公开情况", "无。", "下一步打算", "云岭县水务局", "1.加强学习。"):
        assert furniture_line(text) is None, text
        assert section_heading(text) is None or not furniture_box("div", text, None)


@pytest.mark.parametrize(
    ("tag", "class_name", "found"),
    [
        ("footer", None, True), ("div", "page-footer", True), ("div", "bdsharebuttonbox", True), ("div", "prevNext", True),
        ("div", "xgxx list", True), ("div", "content", False), ("div", "navigationBar", True), ("div", "TRS_Editor", False), ("td", "navy", False),
    ],
)  # fmt: skip
def test_names_of_boxes(tag: str, class_name: str | None, found: bool) -> None:
    assert furniture_box(tag, class_name, None) is found


def test_a_report_printed_for_two_screens_is_one() -> None:
    page = f"<div class=pc><h1>{TITLE}</h1>{S1}{S56}</div><div class=phone><h1>{TITLE}</h1>{S1}{S56}</div>"
    assert texts(read(page)) == TEXTS


def test_a_list_of_reports_gives_none_of_them() -> None:
    items = "".join(
        f"<li><a href={y}>云岭县水务局{y}年政府信息公开工作年度报告</a> <i>{y + 1}-01-20</i></li>" for y in range(2012, 2022)
    )
    assert texts(read(f"<h3>政府信息公开年报</h3><ul>{items}</ul>")) == ["政府信息公开年报"]


def test_a_bare_date_under_the_title_is_the_date_of_publication() -> None:
    document = read(
        f"<h2>{TITLE}</h2><div><span>2022-01-20 10:10</span><span>来源：</span><span>县水务局</span></div>{S1}{S56}<p>2022-01-18</p>"
    )
    assert (texts(document), document.published) == ([*TEXTS, "2022-01-18"], "2022-01-20")


def test_the_article_stays_in_bounds_for_the_steps_after_it() -> None:
    page = f"<h1>{TITLE}</h1><p>一、总体情况</p><div>" + "全年公开信息若干，不断提升<br>" * 20_000 + "</div>"
    started = time.perf_counter()
    assert len(build(read(page)).blocks) >= 20_000
    assert time.perf_counter() - started < 20
