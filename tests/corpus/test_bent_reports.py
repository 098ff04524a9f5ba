"""One report, bent in the ways in which files of agencies are bent; each stands for its kind, with two more made here."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import quote

import pytest

from extract.pipeline import analyze_bytes
from extract.types import Report
from models.base import Passage, Prediction
from tests.support.bent import FOLDER, TITLE, truth

PASSAGES = (
    "根据《中华人民共和国政府信息公开条例》，云岭县水务局编制本报告。",
    "数据期限为2023年1月1日至12月31日。",
    "2023年，我局主动公开政府信息846条，通过门户网站公开530条。",
    "全年收到政府信息公开申请1339件，办结1343件，结转下年度28件。",
    "虽然取得一定成效，但部分栏目更新不及时，业务人员能力有待提高。",
    "下一步，我局将加强业务培训，完善更新机制。",
    "本年度未收取信息处理费。",
)


class Unlabelled:
    model_id = "none"

    def predict(self, passages: Sequence[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


def analysed(data: bytes, name: str) -> Report:
    return analyze_bytes(data, name, classifier=Unlabelled())


def wrong_cells(report: Report) -> dict[str, object]:
    """Cells that are not as in the truth."""
    got = {c.code: (None if c.value is None else int(c.value)) for c in report.cells}
    return {code: got.get(code, "absent") for code, value in truth().items() if got.get(code, "absent") != value}


def assert_right(report: Report, passages: Sequence[str] = PASSAGES) -> None:
    assert wrong_cells(report) == {}
    assert [p.text for p in report.passages] == list(passages)
    assert report.identity.title == TITLE
    assert report.identity.year == 2023


@cache
def page() -> str:
    """The report as a plain page."""
    return (
        (FOLDER / "a05_struck_number.html")
        .read_text(encoding="utf-8")
        .replace("<s>2351</s>", "")
        .replace("<s>88</s>", "")
        .replace("<s>69</s>", "")
    )


def test_the_plain_page() -> None:
    assert_right(analysed(page().encode(), "a.html"))


@pytest.mark.parametrize(
    "name",
    ["a03_input_values.html", "a04_sup_note.html", "a05_struck_number.html", "a06_css_class_hidden.html", "a08_iframe_srcdoc.html",
     "a09_json_content.html", "a10_document_write.html", "a11_textarea_content.html", "a11b_double_escaped.html",
     "g03_tables_first.html", "g04_heads_roman.html", "p04_mht_frameset.mht", "t06_two_reports.html", "t09_wrong_colspans.html"],
)  # fmt: skip
def test_pages(name: str) -> None:
    report = analysed((FOLDER / name).read_bytes(), name)
    assert_right(report)
    codes = {i.code for i in report.issues}
    assert ("embedded" in codes) == name.startswith(("a08", "a09", "a1"))
    assert ("several_reports" in codes) == name.startswith("t06")


def _put(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


_STYLE = "<style>{}</style></head>"


def _panes(text: str) -> str:
    """The page in three panes, of which the first is shown."""
    head, body = text.split('<div class="article">')
    body, end = body.rsplit("</div>", 1)
    first, second, third = re.split("(?=<p>[三五]、)", body, maxsplit=2)
    rest = "".join(f'<div class="pane">{part}</div>' for part in (second, third))
    return f'{head}<div class="article"><div class="pane on">{first}</div>{rest}</div>{end}'


HTML = {
    # note marks
    "sup in brackets": _put("<td>83</td>", "<td>83<sup>[2]</sup></td>"),
    "sup with circled number in prose": _put("846条", "846<sup>①</sup>条"),
    "raised by style": _put("<td>83</td>", '<td>83<span style="vertical-align:super">1</span></td>'),
    "raised by class": lambda t: t.replace("</head>", _STYLE.format("td .fn{vertical-align:super}")).replace(
        "<td>613</td>", '<td>613<b class="fn">注1</b></td>'
    ),
    "moved up by style": _put("<td>83</td>", '<td>83<span style="position:relative;top:-4.5pt;mso-text-raise:4.5pt">2</span></td>'),
    "text of notes": lambda t: t.replace("<td>83</td>", '<td>83<sup><a href="#_ftn1">[1]</a></sup></td>').replace(
        "</body>", '<div><hr><div id=ftn1><p><a href="#_ftnref1">[1]</a> 不含转办的来件。</p></div></div></body>'
    ),
    # struck text
    "del": _put("<td>2346</td>", "<td><del>23</del>2346</td>"),
    "line-through": _put("846条", '<span style="color:red;text-decoration: line-through">84</span>846条'),
    "struck by class": lambda t: t.replace("</head>", _STYLE.format(".old{text-decoration:underline line-through}")).replace(
        "<td>2346</td>", '<td><i class="old">2351</i>2346</td>'
    ),
    "struck paragraph": _put("<p>下一步", "<p><s>全年无申请。</s></p><p>下一步"),
    # hidden by the page's own sheet
    "hidden by id": lambda t: t.replace("</head>", _STYLE.format("#x, td > .n { visibility: hidden }")).replace(
        "<td>83</td>", '<td>83<em class="n">99</em></td>'
    ),
    "hidden, the last rule wins": lambda t: t.replace("</head>", _STYLE.format(".a{display:inline}.a.b{display:none}.a{color:red}")).replace(
        "846条", '<span class="a b">9</span>846条'
    ),
    "shown again by a later rule": lambda t: t.replace("</head>", _STYLE.format(".v{display:none} .v{display:inline}")).replace(
        "<td>83</td>", '<td><span class="v">83</span></td>'
    ),
    "hidden in print only": lambda t: t.replace("</head>", _STYLE.format("@media print{.v{display:none}}")).replace(
        "<td>83</td>", '<td><span class="v">83</span></td>'
    ),
    "hidden until a script has run": lambda t: t.replace("</head>", _STYLE.format(".article{display:none}")),
    # not seen for other reasons
    "size nought": _put("<td>83</td>", '<td>83<span style="font-size:0px">9</span></td>'),
    "size nought by class, in prose": lambda t: t.replace("</head>", _STYLE.format(".x{font-size:0}")).replace("846条", '8<b class="x">1</b>46条'),
    "transparent": _put("<td>83</td>", '<td><i style="opacity:0">9</i>83</td>'),
    "transparent colour": _put("<td>83</td>", '<td>8<i style="color:transparent">9</i>3</td>'),
    "colour without any part": _put("846条", '8<b style="color:rgba(9, 9, 9, 0)">5</b>46条'),
    "cut to no height": _put("<p>五、", '<div style="max-height:0;overflow:hidden"><p>旧的说明不再使用。</p></div><p>五、'),
    "a link that unfolds": _put("<p>五、", "<a>展开全文</a><p>五、"),
    "for readers of screens": lambda t: t.replace(
        "</head>", _STYLE.format(".sr{position:absolute;width:1px;overflow:hidden;clip:rect(0 0 0 0)}")
    ).replace("<td>2346</td>", '<td><span class="sr">99</span>2346</td>'),
    "moved out of the page": lambda t: t.replace("</head>", _STYLE.format(".o{text-indent:-9999px;display:inline-block}")).replace(
        "<td>83</td>", '<td>83<span class="o">9</span></td>'
    ),
    "white": _put("<td>83</td>", '<td>83<font color="#ffffff">9</font></td>'),
    "white by class": lambda t: t.replace("</head>", _STYLE.format("td i.w{color:#fff} .head{background:#123;color:#fff}")).replace(
        "<td>2346</td>", '<td><i class="w">7</i>2346</td>'
    ),
    "white on a ground of its own": lambda t: t.replace("</head>", _STYLE.format(".w{color:#fff}.g{background:#24a}")).replace(
        "<td>2346</td>", '<td class="g">2<span class="w">346</span></td>'
    ),
    "hidden on wide screens": lambda t: t.replace("</head>", _STYLE.format("@media (min-width: 768px){.v{display:none}}")).replace(
        "<td>83</td>", '<td>83<span class="v">9</span></td>'
    ),
    "hidden on wide screens only": lambda t: t.replace("</head>", _STYLE.format("@media (min-width: 2400px){.v{display:none}}")).replace(
        "<td>83</td>", '<td><span class="v">83</span></td>'
    ),
    # captions
    "captions": _put('<table border="1" cellspacing="0">', "<table><caption>表格</caption>"),
    "captions that name the table": _put('<table border="1" cellspacing="0">', "<table><caption>2023年度办理情况</caption>"),
    "lines over tables": _put('<table border="1" cellspacing="0">', "<p>政府信息公开情况统计表</p><table>"),
    # fields
    "select": _put("<td>83</td>", "<td><select><option>1</option><option selected>83</option></select></td>"),
    "textarea": _put("<td>83</td>", "<td><textarea>83</textarea></td>"),
    "field in prose": _put("846条", '<input type="text" value="846">条'),
    "search box": _put('<div class="article">', '<div class="search"><input value="请输入关键字"></div><div class="article">'),
    # soft hyphens
    "soft hyphen entity": _put("2346", "23&shy;46"),
    "soft hyphens in prose": _put("846条", "8\u00ad46\u00ad条"),
    # embedded
    "template": lambda t: f'<html><body><div id="app"></div><script type="text/html">{t}</script></body></html>',
    "string of JSON in an attribute of a script": lambda t: f"<html><body><script>var a={json.dumps({'c': html.escape(t)})}</script></body></html>",
    "pieces of document.write": lambda t: "<html><body><script>" + "".join(f"document.write({json.dumps(line)});\n" for line in t.split("\n")) + "</script></body></html>",
    "JSON in a string of a script": lambda t: f"<html><body><script>s=JSON.parse({json.dumps(json.dumps({'c': t}))})</script></body></html>",
    "field that is not shown": lambda t: f'<html><body><input type="hidden" id="c" value="{html.escape(t)}"></body></html>',
    "data of an element": lambda t: f'<html><body><div data-content="{html.escape(t)}"></div></body></html>',
    "island of XML": lambda t: f'<html><body><script type="text/xml"><r><![CDATA[{t}]]></r></script></body></html>',
    "escapes of bytes": lambda t: f"<html><body><script>document.write(decodeURIComponent('{quote(t)}'))</script></body></html>",
    "escapes of characters": lambda t: "<html><script>document.write(unescape('" + "".join(f"%u{ord(c):04X}" for c in t) + "'))</script>",
    "base 64": lambda t: f"<html><script>document.write(decode(atob('{base64.b64encode(t.encode()).decode()}')))</script>",
    "a call with data": lambda t: f"callback({json.dumps({'data': {'content': t}})})",
    "data alone": lambda t: json.dumps({"data": {"content": t}}, ensure_ascii=False),
    # parts shown one at a time
    "panes of tabs": lambda t: _panes(t).replace("</head>", _STYLE.format(".pane{display:none}.pane.on{display:block}")),
    "panes hidden by their own style": lambda t: _panes(t).replace('<div class="pane">', '<div class="pane" style="display:none">'),
    # spans and headings
    "headings as 【一】": lambda t: re.sub(r"<p>([一二三四五六])、", r"<p>【\1】", t),
    "headings as ㈠": lambda t: re.sub(r"<p>([一二三四五六])、", lambda m: f"<p>{'㈠㈡㈢㈣㈤㈥'['一二三四五六'.index(m[1])]} ", t),
    "headings with a year": lambda t: re.sub(r"<p>([二三四五六])、", r"<p>\1、2023年度", t),
    "headings as I.": lambda t: re.sub(r"<p>([一二三四五六])、", lambda m: f"<p>{['I', 'II', 'III', 'IV', 'V', 'VI']['一二三四五六'.index(m[1])]}. ", t),
}  # fmt: skip


@pytest.mark.parametrize("name", HTML)
def test_further_pages(name: str) -> None:
    bent = HTML[name](page())
    assert bent != page()
    passages = PASSAGES
    if "prose" in name:
        passages = tuple(p.replace("846条", "846条") for p in PASSAGES)
    assert_right(analysed(bent.encode(), "a.html"), passages)


@pytest.mark.parametrize(
    ("bent", "kept"),
    [
        ("面积12m<sup>2</sup>。", "面积12m2。"),
        ("约3×10<sup>4</sup>条。", "约3×104条。"),
        ("H<sub>2</sub>O<sup>+</sup>检测。", "H2O+检测。"),
    ],
)
def test_powers_are_no_notes(bent: str, kept: str) -> None:
    report = analysed(page().replace("846条", f"846条，{bent}").encode(), "a.html")
    assert any(p.text.endswith(kept) for p in report.passages)


def test_a_hidden_pane_that_repeats_what_is_shown_stays_hidden() -> None:
    again = (
        re.split("(?=<p>五、)", page().split('<div class="article">')[1])[1].rsplit("</div>", 1)[0].replace("不及时", "很及时")
    )
    text = (
        page()
        .replace('<div class="article">', '<div><div class="pane on">')
        .replace("</div>", f'</div><div class="pane" style="display:none">{again}</div></div>', 1)
    )
    assert_right(analysed(text.encode(), "a.html"))


@pytest.mark.parametrize("value", ["", "<b>——</b>", "一"])
def test_what_is_no_number_stays_none(value: str) -> None:
    report = analysed(page().replace("<td>613</td>", f"<td>{value}</td>").encode(), "a.html")
    cell = next(c for c in report.cells if c.code == "t2.fee.amount")
    assert (cell.value, cell.state) == (None, "dash" if value else "blank")


def test_one_as_a_numeral_beside_other_numerals() -> None:
    report = analysed(
        page().replace("<td>规章</td><td>1</td><td>2</td>", "<td>规章</td><td>一</td><td>二</td>").encode(), "a.html"
    )
    assert wrong_cells(report) == {}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('<iframe src="nb.html"></iframe>', "nb.html"),
        ('<div id="app"></div><script src="/app.js"></script>', "scripts load it"),
        ('<p>云岭县水务局年报</p><a href="/files/2023.xlsx">附件</a><a href="b.pdf">下载</a>', "/files/2023.xlsx, b.pdf"),
    ],
)
def test_a_report_that_stands_elsewhere_is_named(body: str, named: str) -> None:
    report = analysed(f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>".encode(), "a.html")
    assert any(i.code == "elsewhere" and named in i.message for i in report.issues)


def test_tables_in_an_attachment_are_named() -> None:
    without = re.sub(r"<table.*?</table>", "", page(), flags=re.DOTALL).replace(
        "</div>", '<p><a href="t.xls">附件</a></p></div>'
    )
    report = analysed(without.encode(), "a.html")
    assert [i.code for i in report.issues].count("elsewhere") == 1


@pytest.mark.parametrize("name", ["h01_compat.html", "h01_kangxi.html", "h01_supplement.html"])
def test_radicals_and_compatibility_characters(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    report = analysed(data, name)
    assert wrong_cells(report) == {}
    assert {s.code for s in report.sections} == {"preamble", "s1", "s2", "s3", "s4", "s5", "s6"}
    assert len(report.passages) == 8
    assert all(p.text in data.decode() for p in report.passages)  # as printed


@pytest.mark.parametrize("one", ["⼀", "\ufa5b", "一"])
def test_items_are_cut_whatever_character_numbers_them(one: str) -> None:
    text = page().replace("业务人员能力有待提高。", f"还有问题：{one}是更新慢；二是人手少。")
    cut = [p.text for p in analysed(text.encode(), "a.html").passages if "是" in p.text]
    assert cut == ([f"{one}是更新慢；", "二是人手少。"] if one != "\ufa5b" else cut)


def test_an_excel_archive_with_a_sheet_a_part() -> None:
    head, rest = page().split("<p>三、", 1)
    sheets = [head + "</div></body></html>", f"<html><body><p>三、{rest}"]
    parts = ["<html><frameset rows='*,39'><frame src='a'></frameset></html>", *sheets]
    body = "".join(f'--x\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n{p}\r\n' for p in parts)
    message = f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n{body}--x--\r\n'
    assert_right(analysed(message.encode(), "a.mht"))


@pytest.mark.parametrize("second", ["云岭县档案局2023年政府信息公开工作年度报告", "云岭县水务局2022年政府信息公开工作年度报告"])
def test_of_two_reports_the_first_is_read(second: str) -> None:
    body = page().split("<body>")[1].split("</body>")[0]
    report = analysed(
        page().replace("</body>", body.replace(TITLE, second).replace("2346", "99") + "</body>").encode(), "a.html"
    )
    assert_right(report)
    assert any(i.code == "several_reports" and second in i.message for i in report.issues)


@pytest.mark.parametrize(
    "head",
    [
        '<link rel="canonical" href="https://www.yunling.gov.cn/a/1.html">',
        '<meta property="og:url" content="https://www.yunling.gov.cn/a/1.html">',
    ],
)
def test_the_address_of_a_page_is_kept(head: str) -> None:
    report = analysed(page().replace("<head>", f"<head>{head}").encode(), "a.html")
    assert (report.identity.url, report.host) == ("https://www.yunling.gov.cn/a/1.html", "www.yunling.gov.cn")


def test_the_printed_date_comes_before_that_of_the_site() -> None:
    text = (
        page()
        .replace("<head>", '<head><meta name="PubDate" content="2025-06-01 08:00">')
        .replace("</h1>", "</h1><p>发布时间：2024-01-20 来源：本局</p>", 1)
    )
    assert analysed(text.encode(), "a.html").identity.published == "2024-01-20"
