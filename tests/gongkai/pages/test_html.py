"""report.html: self-contained, safe against hostile reports, every link leads somewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import html as lxml_html

import gongkai
from corpus.codebook import FORM_NAMES, codebook, form_cells
from corpus.errors import UsageError
from gongkai.pages.language import language, language_of, system_language
from gongkai.pages.report_page import ReportView
from gongkai.pages.store_page import render_store
from gongkai.pages.words import cell_name, check_name, clean, form_table, heading_changes, number, pieces, table_forms
from tests.gongkai.test_store_access import write
from tests.support.factories import at, cell, full_report, mention, passage, report, sample_text

IN_PROCESS = True


def page(tmp_path: Path, *reports: gongkai.Report, limit: int = 200) -> str:
    return render_store(write(tmp_path / "store", *reports, batch=5), limit=limit)


def anchors(text: str) -> tuple[set[str], list[str]]:
    """Ids, and targets of links inside the page."""
    tree = lxml_html.fromstring(text)
    return set(tree.xpath("//@id")), [h[1:] for h in tree.xpath("//a/@href") if h.startswith("#")]


@pytest.mark.parametrize("form", FORM_NAMES)
def test_every_link_leads_somewhere_and_ids_are_unique(tmp_path: Path, form: str) -> None:
    text = page(tmp_path, full_report(form=form), full_report(agency="海湾市财政局", source="b.txt", form=form))  # type: ignore[arg-type]
    ids, links = anchors(text)
    assert len(re.findall(r'\sid="', text)) == len(ids)
    assert len(links) > 60
    assert set(links) <= ids
    for m in full_report().mentions:
        assert f"r0-{m.key}" in ids
        assert f"r0-x-{m.key}" in ids
    assert {f"r0-c-{c.code}" for c in full_report(form=form).cells} <= ids  # type: ignore[arg-type]


def test_a_metric_leads_to_its_join_row_and_back(tmp_path: Path) -> None:
    found = full_report()
    tree = lxml_html.fromstring(page(tmp_path, found))
    received = next(m for m in found.mentions if m.indicator == "request.received")
    (mark,) = tree.xpath(f'//a[@id="r0-{received.key}"]')
    assert mark.text == "12件"
    assert "m-disagrees" in mark.get("class")
    (row,) = tree.xpath(f'//tr[@id="{mark.get("href")[1:]}"]')
    assert f"#r0-{received.key}" in row.xpath(".//a/@href")
    assert "#r0-c-t3.new.total" in row.xpath(".//a/@href")
    (td,) = tree.xpath('//td[@id="r0-c-t3.new.total"]')
    assert td.xpath("./a/@href") == [f"#{row.get('id')}"]
    assert "line" in mark.xpath("ancestor::div[@data-label]/@title")[0]


def test_tables_of_sentences_and_sums_are_stacked_on_a_narrow_screen(tmp_path: Path) -> None:
    tree = lxml_html.fromstring(page(tmp_path, full_report()))
    scrolled = tree.xpath(
        '//table[contains(@class, "list") and not(contains(@class, "narrow") or contains(@class, "stacked"))]'
    )
    assert {h for t in scrolled for h in t.xpath(".//th/text()")} & {"sum", "in the sentence", "cells", "what is counted"} <= {
        "cells"
    }
    assert {td.get("data-h") for td in tree.xpath('//table[contains(@class, "narrow")]//td[@data-h]')} == {
        "left",
        "right",
        "prose",
        "table",
    }


def test_contradictions_stand_first(tmp_path: Path) -> None:
    text = page(tmp_path, full_report())
    assert text.index('id="contradictions"') < text.index('id="failing"') < text.index('id="labels"') < text.index("<article")
    tree = lxml_html.fromstring(text)
    (row,) = tree.xpath('//section[@id="contradictions"]//tbody/tr')
    shown = " ".join(row.text_content().split())
    assert "临江区教育局 2023" in shown
    assert "收到申请数 request.received 12 14" in shown
    assert "共收到申请12件，其中网络申请9件" in shown
    (failing,) = tree.xpath('//section[@id="failing"]//tbody/tr')
    assert "results.total" in failing.text_content()


def test_text_of_reports_never_becomes_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
    found = full_report(agency=f"临江区{evil}局", source=f"{evil}.txt", prefix=evil)
    tree = lxml_html.fromstring(page(tmp_path, found))
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//img")
    assert not [a for a in tree.xpath("//@*") if a.attrname.startswith("on")]
    assert evil in tree.text_content()
    assert tree.xpath("//@style") == []


def test_page_loads_nothing_and_its_policy_fits(tmp_path: Path) -> None:
    text = page(tmp_path, full_report())
    tree = lxml_html.fromstring(text)
    assert not tree.xpath("//link | //iframe | //script[@src] | //img | //form | //object")
    assert not tree.xpath("//a[not(starts-with(@href, '#'))]")
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)
        assert f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'" in policy
        assert "http" not in inline
    assert "\r" not in text


def without_the_reports(text: str, kept: str) -> str:
    """What a page says itself: without what is marked as Chinese or English text, codes, styles and scripts."""
    tree = lxml_html.fromstring(text)
    for gone in tree.xpath(f'//*[@lang="{kept}"][not(self::html)] | //style | //script | //code'):
        if gone.getparent() is not None:
            gone.drop_tree()
    said = [*tree.xpath("//text()"), *tree.xpath("//@aria-label | //@placeholder | //@data-h")]
    return "\n".join(s for s in said if s.strip())


def test_a_page_is_in_one_language_but_for_what_reports_say(tmp_path: Path) -> None:
    store = write(tmp_path / "store", full_report(), report(text="x", source="x.txt"), batch=5)
    english = without_the_reports(render_store(store, lang="en"), "zh-CN")
    assert [line for line in english.splitlines() if re.search(r"[\u3400-\u9fff]", line)] == []
    chinese = without_the_reports(render_store(store, lang="zh"), "en")
    english_words = {w.lower() for w in re.findall(r"[A-Za-z]{3,}", english)}
    assert {w for w in re.findall(r"[A-Za-z]{3,}", chinese) if w.lower() in english_words} <= {"gongkai", "text", "utf"}


def test_the_language_is_the_systems_unless_it_is_given(tmp_path: Path) -> None:
    for given, lang in (
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_TW", "LC_ALL": "C"}, "en"),
    ):
        assert system_language(given) == lang
    with pytest.raises(UsageError, match="no page is written in 'fr'"):
        language("fr")
    (tmp_path / "a.txt").write_text(sample_text(received=14), encoding="utf-8")
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out", html=True, lang="zh")
    page_file = tmp_path / "out" / "report.html"
    assert language_of(page_file) == "zh"
    (tmp_path / "a.txt").write_text(sample_text(received=15), encoding="utf-8")
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out")
    assert language_of(page_file) == "zh"
    assert "不一致" in page_file.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="--lang is the language of report"):
        gongkai.tag(tmp_path / "a.txt", tmp_path / "out", lang="zh")


def test_an_issue_that_few_reports_have_leads_to_them(tmp_path: Path) -> None:
    tree = lxml_html.fromstring(page(tmp_path, full_report()))
    assert tree.xpath('//section[@id="issues"]//a/@href')
    assert tree.xpath('//table[@id="report-list"]//a[contains(@href, "-issues")]')


def test_every_label_has_a_colour_and_a_name(tmp_path: Path) -> None:
    text = page(tmp_path, full_report())
    for label in codebook().labels:
        assert all(f".{kind}-{label}{{" in text for kind in "lbf")
        assert f"body.hide-{label} " in text
    assert "存在问题" in text


def test_sections_are_limited_and_prefer_contradictions(tmp_path: Path) -> None:
    quiet = [report(text=f"报告{n}", source=f"{n}.txt") for n in range(4)]
    text = page(tmp_path, *quiet, at(full_report(), "z.txt"), limit=2)
    ids, links = anchors(text)
    assert text.count("<article") == 2
    assert full_report().report_id in ids
    assert "2 of 5 reports have a section" in text
    assert set(links) <= ids


def test_empty_store_and_report_without_content(tmp_path: Path) -> None:
    assert "No number of the prose contradicts" in render_store(write(tmp_path / "none"))
    text = page(tmp_path, report(text="x"))
    assert "Nothing to compare." in text
    assert "Nothing to check." in text


def test_page_of_a_real_run_names_failed_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(received=14), encoding="utf-8")
    (tmp_path / "b<b>.txt").write_bytes(b"")
    gongkai.tag([tmp_path / "a.txt", tmp_path / "b<b>.txt"], tmp_path / "out", html=True)
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "b&lt;b&gt;.txt" in text
    assert "read_failed" in text
    ids, links = anchors(text)
    assert set(links) <= ids


@pytest.mark.parametrize("form", FORM_NAMES)
@pytest.mark.parametrize("table", ["t2", "t3", "t4"])
def test_forms_are_laid_out_without_gaps(table: str, form: str) -> None:
    layout = form_table(table, form)  # type: ignore[arg-type]
    codes = [c for row in layout.body for c in row.codes if c]
    assert codes == [s.code for s in form_cells(form).values() if s.table == table]  # type: ignore[arg-type]
    # headings with spans fill every row exactly
    carried: dict[int, int] = {}
    rows = [(heads, 0) for heads in layout.top] + [(r.heads, len(r.codes)) for r in layout.body]
    for n, (heads, cells) in enumerate(rows):
        assert sum(h.columns for h in heads) + cells + carried.get(n, 0) == layout.columns
        for h in heads:
            for later in range(n + 1, n + h.rows):
                carried[later] = carried.get(later, 0) + h.columns


def test_mixed_report_shows_each_table_in_its_form() -> None:
    cells = [cell("t2.normative.issued"), cell("t3.other.total"), cell("t3.new.total"), cell("t4.review.total")]
    assert table_forms(cells, "2019") == {"t2": "2021", "t3": "2019", "t4": "2019"}
    assert table_forms([cell("t4.review.total")], "mixed") == {"t4": "2021"}


def test_pieces_join_to_the_passage() -> None:
    p = passage("受理12件，办结率和满意率均达100%。", 40)
    twice = [mention("100%", 55, value=100, unit="%"), mention("100%", 55, value=100, unit="%", number=2)]
    found = list(pieces(p, [*twice, mention("12件", 42), mention("2件，", 43)]))
    assert "".join(text for text, _ in found) == p.text
    assert [(text, len(some)) for text, some in found if some] == [("12件", 1), ("100%", 2)]


def test_heading_changes() -> None:
    one, two = ("一、总体情况", "（一）公开"), ("一、总体情况", "（二）申请")
    passages = [passage("甲。", heading_path=one), passage("乙。", heading_path=one), passage("丙。", heading_path=two)]
    assert [h for _, h in heading_changes(passages)] == [((0, one[0]), (1, one[1])), (), ((1, two[1]),)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.0, "0"), (1725.0, "1725"), (126036.0, "126,036"), (91.3, "91.3"), (-16.0, "−16"), (1e-07, "0.0000001")],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_names() -> None:
    assert cell_name("t3.partial.total") == "（二）部分公开 · 总计"
    assert cell_name("t4.suit_direct.total") == "未经复议直接起诉 · 总计"
    assert cell_name("t9.x") == "t9.x"
    assert check_name("row.partial").endswith("（二）部分公开")
    assert check_name("balance.natural").endswith("自然人")
    assert check_name("suit_direct").endswith("未经复议直接起诉")
    assert {check_name("rate"), check_name("sum")} == {"比率＝两数之比", "总数＝各部分之和"}
    assert clean("a\x1b[2Jb\tc\n") == "a\ufffd[2Jb\tc\n"


def test_report_view_of_a_cell_that_is_contradicted_and_checked() -> None:
    views = {c.id: c for t in ReportView(full_report(), "r0").tables() for row in t.rows for c in row.cells}
    assert views["r0-c-t3.new.total"].mark == "disagrees"
    assert views["r0-c-t3.total.total"].mark == "fails"
    assert views["r0-c-t3.granted.natural"].href == ""
