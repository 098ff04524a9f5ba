"""LaTeX that converters leave: what breaks the lines of a cell, tables inside a table that a page is laid out by, and prose around them."""

from __future__ import annotations

import pytest

from corpus.readers.plain.latex import without_latex
from corpus.readers.plain.reader import read_blocks
from corpus.types import Grid, Paragraph

ROW = "<tr><td>规章</td><td>0</td><td>3</td></tr>"


@pytest.mark.parametrize(
    "cell",
    [
        r"\begin{minipage}[t]{\linewidth}\raggedright 本年\\ 制发件数\strut \end{minipage}",
        r"\begin{tabular}[c]{@{}c@{}}本年\\制发件数\end{tabular}",
        r"\makecell[c]{本年\\制发件数}",
        r"\shortstack{本年 \\ 制发件数}",
    ],
)
@pytest.mark.parametrize("around", ["tabular", "longtable"])
def test_a_break_inside_of_a_cell_ends_no_row(cell: str, around: str) -> None:
    found = without_latex(rf"\begin{{{around}}}{{lll}} 信息内容 & {cell} & 现行有效件数 \\ 规章 & 0 & 3 \\ \end{{{around}}}")
    heads = "<tr><td>信息内容</td><td>本年 制发件数</td><td>现行有效件数</td></tr>"
    assert found == f"<table>{heads}{ROW}</table>"


def test_of_tables_in_a_table_the_inner_ones_are_read_and_the_outer_is_text() -> None:
    inner = r"\begin{longtable}[]{@{}lll@{}}\toprule 规章 & 0 & 3 \\ \bottomrule\end{longtable}"
    page = "\n".join([
        r"\begin{longtable}[]{@{}ll@{}}", r"\toprule", r"\endhead", r"\begin{minipage}[t]{\linewidth}\raggedright", "首页",
        r"\end{minipage} & \begin{minipage}[t]{\linewidth}\raggedright", "一、总体情况", "", "全年公开40条。", "", inner, "", "六、其他",
        r"\end{minipage} \\", r"\bottomrule", r"\end{longtable}",
    ])  # fmt: skip
    blocks = read_blocks(page, [])
    assert [b.text for b in blocks if isinstance(b, Paragraph)] == ["首页", "一、总体情况", "全年公开40条。", "六、其他"]
    (grid,) = (b for b in blocks if isinstance(b, Grid))
    assert [c.text for c in grid.cells] == ["规章", "0", "3"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"占33.9\%，增长1.05\%。", "占33.9%，增长1.05%。"),
        (r"推进``一件事''、``一张网''\,``一次办''。", "推进“一件事”、“一张网”“一次办”。"),
        (r"\textbf{一、总体情况}", "一、总体情况"),
        (r"\section{一、总体情况}\label{s1}", "一、总体情况"),
        (r"《实施\textless 条例\textgreater 办法》", "《实施<条例>办法》"),
        (r"见\href{http://a.cn/b\_c}{网站}。", "见网站。"),
    ],
)
def test_prose_around_tables(written: str, read: str) -> None:
    table = r"\begin{tabular}{lll} 规章 & 0 & 3 \\ \end{tabular}"
    assert without_latex(f"{written}\n{table}\n{written}") == f"{read}\n<table>{ROW}</table>\n{read}"
    assert without_latex(written) == written, "without a table of LaTeX nothing is known of the text"


def test_what_is_not_closed_stays() -> None:
    for text in (r"\begin{tabular}{ll} 规章 & 0 \\", r"\begin{tabular}{l}" * 300 + r"规章\end{tabular}" * 299):
        assert "规章" in without_latex(text)
