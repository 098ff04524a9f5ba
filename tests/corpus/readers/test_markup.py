"""Reports in the markup of other programs: wikis, AsciiDoc, Org, reStructuredText, whole LaTeX files, Markdown with a head of keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from corpus.readers.plain.markup import without_markup
from corpus.readers.plain.row_paragraphs import with_whole_rows
from corpus.text.furniture import furniture_line
from corpus.text.headings import no_narrative
from corpus.types import Dropped
from extract.types import Report
from tests.corpus.test_bent_reports import analysed
from tests.support.bent import TITLE
from tests.support.layouts import C, Matrix, by_row, codes, tables
from tests.support.layouts_converters import _anchored, grid, latex

TRUTH = {code: str(n % 23) for n, code in enumerate(codes("2021"))}
PARTS = (
    "一、总体情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
)


def wiki(matrix: Matrix, *, inline: bool = False) -> str:
    def cell(c: C) -> str:
        spans = f'rowspan="{c.rs}" ' * (c.rs > 1) + f"colspan={c.cs} " * (c.cs > 1)
        return (f"{spans}| " if spans else "") + c.text

    rows = [[cell(c) for c in row] for row in by_row(matrix)]
    lines = ["| " + " || ".join(row) if inline else "\n".join(f"| {c}" for c in row) for row in rows]
    return '{| class="wikitable"\n|+ 表\n|-\n' + "\n|-\n".join(lines) + "\n|}"


def asciidoc(matrix: Matrix, *, spans: bool = True) -> str:
    def spec(c: C) -> str:
        found = (f"{c.cs}" if c.cs > 1 else "") + (f".{c.rs}" if c.rs > 1 else "")
        return f"{found}+|" if found else "|"

    width = len(_anchored(matrix)[0])
    if spans:
        rows = [" ".join(spec(c) + c.text for c in row) for row in by_row(matrix)]
        return f'[cols="{width}*"]\n|===\n' + "\n".join(rows) + "\n|==="
    rows = [" ".join(f"|{text}" for text in row) for row in _anchored(matrix)]
    return f'[cols="{"," * (width - 1)}",]\n|===\n' + "\n\n".join(r.replace(" |", "\n|", 3) for r in rows) + "\n|==="


def org(matrix: Matrix) -> str:
    rows = ["| " + " | ".join(row) + " |" for row in _anchored(matrix)]
    return "\n".join([rows[0], "|---+---|", *rows[1:]])


def written(table: Callable[[Matrix], str], head: Callable[[str], str], title: str) -> str:
    """A report with its tables 3 and 4."""
    _, t3, t4 = tables("2021", TRUTH)
    heads = [head(h) for h in PARTS]
    return f"{title}\n\n{heads[0]}\n\n公开信息12条。\n\n{heads[1]}\n\n{table(t3)}\n\n{heads[2]}\n\n{table(t4)}\n\n{heads[3]}\n\n更新慢。\n"


def assert_whole(report: Report) -> None:
    want = {code: value for code, value in TRUTH.items() if not code.startswith("t2")}
    assert {c.code: c.raw for c in report.cells} == want
    assert [p.text for p in report.passages] == ["公开信息12条。", "更新慢。"]
    assert report.identity.title == TITLE


@pytest.mark.parametrize(
    ("table", "head", "title"),
    [
        (wiki, "== {} ==", f"= {TITLE} ="),
        (wiki, "== {} ==", f"__NOTOC__\n= {TITLE} =\n[[分类:年报]]"),
        (org, "## {}", f"+++\ntitle = \"{TITLE}\"\ndate = 2024-01-20\n+++"),
        (lambda m: wiki(m, inline=True), "==={}===", f"<div class='a'>\n\n={TITLE}="),
        (asciidoc, "== {}", f"= {TITLE}\n:toc:"),
        (lambda m: asciidoc(m, spans=False), "=== {}", f"== {TITLE}"),
        (org, "* {}", f"#+TITLE: {TITLE}\n#+OPTIONS: toc:nil"),
        (org, "** {}\n   :PROPERTIES:\n   :CUSTOM_ID: x\n   :END:", f"* {TITLE}"),
        (lambda m: "\n".join(grid(m)), "{}\n==================", f".. container:: article\n\n   .. rubric:: {TITLE}\n      :name: x"),
        (org, "h2. {}", f"h1. {{anchor:x}}{TITLE}"),
        (org, "h2(#a). {}", f"h1(#b). {TITLE}"),
        (org, "## {}", f"---\ntitle: '{TITLE}'\ndate: 2024-01-20\ntags:\n  - 年报\n---"),
        (org, "## {}", f"---\ntitle: {TITLE}\n---\n\n# {TITLE}"),
    ],
)  # fmt: skip
def test_markup(table: Callable[[Matrix], str], head: str, title: str) -> None:
    assert_whole(analysed(written(table, head.format, title).encode(), "a.txt"))


def test_a_title_in_large_type_and_tables_that_float() -> None:
    def table(matrix: Matrix) -> str:
        return "\\begin{table}[h]\\centering\n" + "\n".join(latex(matrix)) + "\n\\end{table}"

    head = "\\documentclass{ctexart}\n\\begin{document}\n\\begin{center}{\\Large\\bfseries " + TITLE + "}\\end{center}"
    text = written(table, "\\section*{{{}}}".format, head) + "\\end{document}\n"
    assert_whole(analysed(text.encode(), "a.tex"))


@pytest.mark.parametrize("form", ["| {} |", "<td>{}</td>"])
def test_numbers_in_marks_of_formulas(form: str) -> None:
    def table(matrix: Matrix) -> str:
        rows = ["".join(form.format(f"$ {t} $" if t.isdigit() else t) for t in row) for row in _anchored(matrix)]
        if form[0] == "|":
            return "\n".join(row.replace("||", "|") for row in rows)
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"

    assert_whole(analysed(written(table, "## {}".format, f"# {TITLE}").encode(), "a.md"))


@pytest.mark.parametrize("hyper", ["", "\\hypertarget{x}{%\n"])
def test_a_whole_latex_file(hyper: str) -> None:
    def table(matrix: Matrix) -> str:
        return "\n".join(latex(matrix))

    head = (
        "\\documentclass{ctexart}\n% 注释\n\\usepackage{multirow}\n\\title{"
        + TITLE
        + "}\n\\date{2024}\n\\begin{document}\n\\maketitle"
    )
    closed = "\\label{x}}" if hyper else ""
    text = written(table, lambda h: f"{hyper}\\section{{{h}}}{closed}", head) + "% 完\n\\end{document}\n\\bye\n"
    assert_whole(analysed(text.encode(), "a.tex"))


def test_lines_stay_and_what_is_left_out_is_told() -> None:
    dropped: list[Dropped] = []
    text = "#+DATE: 2024\n{|\n! 规章 !! 0\n|}\n:PROPERTIES:\n:A: b\n:END:\n末\n"
    done = without_markup(text, dropped)
    assert done.count("\n") == text.count("\n")
    assert [d.text for d in dropped] == ["#+DATE: 2024", ":PROPERTIES:", ":A: b", ":END:"]


@pytest.mark.parametrize("text", ["h1n1. 防控\n", "{|不是表\n", "|===\n无边\n", "---\n\n一、总体情况\n---\n", "A=={}==B\n"])
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert without_markup(text, []) == text


def in_wiki(page: str) -> str:
    return f'{{|\n|width="20%"|\n* [[a|首页]]\n* [[b|政务公开]]\n|width="80%"|\n<div>\n\n{page}\n\n</div>\n|}}'


def in_asciidoc(page: str) -> str:
    inner = re.sub(r"(?ms)^\|===$.*?^\|===$", lambda m: m[0].replace("|", "!"), page)
    return f'[cols="20%,80%",]\n|===\na|\n* link:/a[首页]\n\na|\n{inner}\n|==='


def in_html(page: str) -> str:
    return f"<table>\n<tr><td>* 首页\n* 政务公开\n</td>\n<td>\n{page}\n</td></tr>\n</table>"


@pytest.mark.parametrize(
    ("frame", "table"),
    [
        (in_wiki, wiki),
        (lambda page: in_wiki(in_wiki(page)), wiki),
        (in_asciidoc, lambda m: asciidoc(m, spans=False)),
        (in_asciidoc, asciidoc),
        (in_html, org),
    ],
)
def test_a_page_laid_out_as_a_table_in_markup(frame: Callable[[str], str], table: Callable[[Matrix], str]) -> None:
    page = written(table, lambda head: head, TITLE).replace("公开信息12条。", "公开信息12条。\n\n认真落实条例。\n\n完善制度。")
    report = analysed(f"{frame(page)}\n".encode(), "a.txt")
    want = {code: value for code, value in TRUTH.items() if not code.startswith("t2")}
    assert {c.code: c.raw for c in report.cells} == want
    assert [p.text for p in report.passages] == ["公开信息12条。", "认真落实条例。", "完善制度。", "更新慢。"]
    assert report.identity.title == TITLE


def test_a_break_inside_a_cell_of_a_wiki_is_no_text() -> None:
    text = without_markup("{|\n| 本年新<br />\n制作数量\n| 3<br>4\n|}", [])
    assert text.strip() == "<table><tr><td>本年新<br>制作数量</td><td>3<br>4</td></tr></table>"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("'''二、主动公开政府信息情况'''", "二、主动公开政府信息情况"),
        ("形\\ `成本报告，请 <#_x>`__\\ 查阅。", "形成本报告，请查阅。"),
        ("`公开指南 <http://www.yunling.gov.cn/a>`_", "公开指南"),
        ("详见[[#_x][公开指南]]。", "详见公开指南。"),
        ("详见link:#_x[公开指南]。", "详见公开指南。"),
        ("云政办[2021][附件]", "云政办[2021][附件]"),
        ("{|\n| <span>规章</span>\n| <s>3</s>\n|}", "<table><tr><td>规章</td><td>&lt;s&gt;3&lt;/s&gt;</td></tr></table>"),
        ("称为`指南`（见附件）", "称为`指南`（见附件）"),
    ],
)
def test_marks_of_wikis_and_links(text: str, read: str) -> None:
    assert without_markup(text, []).strip() == read


def in_paragraphs(matrix: Matrix) -> str:
    """Org of a program that prints the second paragraph of a label as a row of its own."""
    rows = []
    for row in _anchored(matrix):
        cut = [len(text) // 2 if len(text) > 6 else len(text) for text in row]
        rows.append([text[:at] for text, at in zip(row, cut, strict=True)])
        if any(text[at:] for text, at in zip(row, cut, strict=True)):
            rows += [[""] * len(row), [text[at:] for text, at in zip(row, cut, strict=True)]]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def test_paragraphs_of_a_cell_that_are_rows_of_their_own() -> None:
    assert_whole(analysed(written(in_paragraphs, lambda head: f"* {head}", TITLE).encode(), "a.org"))


@pytest.mark.parametrize(
    "lines",
    [
        ["| 规章 | 3 | 4 |", "|  |  |  |", "| 规范性文件 | 5 | 6 |"],  # an empty row, and a row with values
        ["| 规章 | 3 | 4 |", "|  |  |  |", "正文"],
        ["| 规章 | 3 | 4 |", "|  |  |  |", "| （件） |  |"],
    ],
)
def test_an_empty_row_that_joins_nothing(lines: list[str]) -> None:
    assert with_whole_rows(lines) == lines


def test_fences_of_boxes_are_told_and_left_out() -> None:
    dropped: list[Dropped] = []
    assert without_markup("::: foot\n正文。\n:::\n", dropped) == "\n正文。\n\n"
    assert [d.text for d in dropped] == ["::: foot", ":::"]


def test_marks_that_never_end_are_read_in_one_pass() -> None:
    text = "link:" * 20_000
    assert without_markup(text, []) == text
    assert furniture_line("看不清?" * 40 + "甲") is None
    assert no_narrative("看不清?" * 20 + "甲") is None
