"""One report in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from corpus.ledger import take_stock
from corpus.types import Cell
from extract.types import Mention, Report
from gongkai.pages import words as view
from gongkai.pages.console import standard_output, unbroken
from gongkai.pages.words import Namer, clean, number, zh
from models.base import Prediction
from models.taxonomy import Taxonomy

_STYLE = files("gongkai").joinpath("templates", "report.css").read_text(encoding="utf-8")
#: those of the marks on pages: between light and dark, so that they keep apart on either ground
LABEL_STYLES = dict(re.findall(r"\.f-(\w+)\{fill:(#\w{6})\}", _STYLE))
_METRIC = "bold reverse"
#: columns of the names of what a report is, and those whose values are there to be copied
_HEAD = 15
_WHOLE = ("file 文件", "url 网址")
#: columns that the names of rows are given where they are longer
_NAME = 12
_VERDICTS = {"agrees": "green", "disagrees": "bold red", "prose_only": "dim", "table_only": "yellow"}
_SEVERITIES = {"error": "bold red", "warning": "yellow", "info": "dim"}


def render_report(report: Report, *, all_rows: bool = False, codes: Taxonomy | None = None) -> Group:
    """Everything of one report for ``rich``.

    Args:
        report: what to show.
        all_rows: show rows of zeros and checks that hold, too.
        codes: a user's own, where the report was labelled with them.
    """
    named = view.namer(codes)
    parts: list[RenderableType] = [_identity(report)]
    if report.passages:
        parts += [Rule("Narrative 正文", align="left"), _legend(report, named), *_narrative(report, named)]
    if report.cells:
        parts += [Rule("Tables 表格", align="left"), *_tables(report, all_rows)]
    parts += [Rule("Prose against tables 正文与表格对照", align="left"), _joins(report)]
    parts += [Rule("Checks 核对", align="left"), _checks(report, all_rows)]
    if report.issues:
        parts += [Rule("Issues 问题提示", align="left"), _issues(report)]
    return Group(*parts)


def print_report(
    report: Report, console: Console | None = None, *, all_rows: bool = False, codes: Taxonomy | None = None
) -> None:
    """Print one report; ``console`` defaults to standard output, ``codes`` to those of the codebook."""
    # not cropped: what is to be copied goes on behind the edge, where a terminal breaks it without a line end
    (console or standard_output()).print(render_report(report, all_rows=all_rows, codes=codes), crop=False)


def print_ledger(report: Report, console: Console | None = None) -> None:
    """Print what a reader left out of the text of a report, by kind, and the counts of what it kept."""
    stock = take_stock(report.canonical, report.dropped)
    console = console or standard_output()
    console.print(
        f"{clean(report.source)}: {stock.kept} pieces in the text 保留, {stock.furniture} left out 版面, {stock.hidden} not shown 隐藏"
    )
    for kind in stock.kinds:
        console.print(Rule(f"{kind} ({stock.kinds[kind]})", align="left"))
        for dropped in report.dropped:
            if dropped.kind == kind:
                line = f"{dropped.place.line}: " if dropped.place.line is not None else ""
                page = f"p. {dropped.place.page}: " if dropped.place.page is not None else ""
                console.print(Text(f"{page}{line}{clean(' '.join(dropped.text.split()))[:160]}"))


def _plain_table(columns: int) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 1))
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table


def _identity(report: Report) -> Group:
    i = report.identity
    lines: list[RenderableType] = []
    period = f"{i.period_start} – {i.period_end}" if i.period_start and i.period_end else ""
    for name, value in (
        ("report 报告", report.report_id),
        ("file 文件", report.source),
        ("title 标题", i.title),
        ("agency 机关", i.agency),
        ("year 年度", f"{i.year or '–'}  {period}".rstrip()),
        ("form 格式", f"{i.form} {zh('form', i.form)}"),
        ("coverage 范围", f"{i.coverage} {zh('coverage', i.coverage)}"),
        ("url 网址", i.url or ""),
        ("read by 读取", f"{report.reader} {report.reader_version} {report.encoding}".rstrip()),
        (
            "found 数量",
            f"{len(report.passages)} passages 段落, {len(report.mentions)} metrics 正文数据, {len(report.cells)} cells 单元格",
        ),
    ):
        if value:
            head = Text(f"{name:{_HEAD - cell_len(name) + len(name)}}", "dim")
            lines.append(
                unbroken(head.append(clean(value), "not dim")) if name in _WHOLE else _hanging(head, Text(clean(value)))
            )
    return Group(*lines)


def _hanging(head: Text, value: Text) -> Table:
    grid = Table(box=None, show_header=False, pad_edge=False, padding=0)
    grid.add_column(width=_HEAD, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, value)
    return grid


def _legend(report: Report, named: Namer) -> Text:
    line = Text("")
    for label, n in view.label_counts(report).items():
        line.append(f"■ {named('label', label)} {label} {n}   ", LABEL_STYLES.get(label, ""))
    return line


def _narrative(report: Report, named: Namer) -> Iterator[RenderableType]:
    mentions = view.mentions_by_passage(report)
    predictions = dict(zip((p.index for p in report.passages), report.predictions, strict=True))
    grid = _passage_grid()
    for passage, headings in view.heading_changes(report.passages):
        if headings and grid.row_count:
            yield grid
            grid = _passage_grid()
        for depth, heading in headings:
            yield Padding(
                Text(clean(heading), "bold underline" if depth == 0 else "bold"), (1 if depth == 0 else 0, 0, 0, 2 * depth)
            )
        q = predictions[passage.index]
        style = LABEL_STYLES.get(q.label, "")
        line = Text(overflow="fold")
        for text, some in view.pieces(passage, mentions.get(passage.index, ())):
            line.append(clean(text), f"{style} {_METRIC}" if some else style)
            if indicators := [zh("indicator", m.indicator) for m in some if m.indicator]:
                line.append(f"‹{'、'.join(indicators)}›", "dim")
        grid.add_row(_tags(q, style, named), line)
    yield grid


def _passage_grid() -> Table:
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    grid.add_column(width=16, overflow="fold")  # 编制说明与套话 takes 14, and a sign of abstention
    grid.add_column(overflow="fold")
    return grid


def _tags(q: Prediction, style: str, named: Namer) -> Text:
    tags = Text(named("label", q.label) + (" ?" if q.abstained else ""), f"{style} bold")
    for a in q.also:
        tags.append("\n＋" + named("label", a), LABEL_STYLES.get(a, ""))
    if q.facets:
        tags.append("\n" + " ".join(named("facet", f) for f in q.facets), "dim")
    return tags


def _tables(report: Report, all_rows: bool) -> Iterator[RenderableType]:
    cells = {c.code: c for c in report.cells}
    for name, form in view.table_forms(report.cells, report.identity.form).items():
        yield Text(f"{name}  {view.TABLES[name]}  ({form})", "bold")
        layout = view.form_table(name, form)
        yield _table4(cells, layout) if name == "t4" else _rows(cells, layout, all_rows)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Rows of numbers under heads: as columns where all of them fit, else row by row; cut at the edge 14 would read 1.

    ``rows`` are name, heads and values; heads stand above the first of the rows that have them.
    """

    rows: Sequence[tuple[str, Sequence[str], Sequence[Text]]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[tuple[Text, ...]] = []
        above: Sequence[str] = ()
        for name, heads, values in self.rows:
            if heads != above:
                lines.append((Text(""), *(Text(_broken(h), "dim") for h in heads)))
                above = heads
            lines.append((Text(name), *values))
        widths = [
            max(cell_len(part) for cell in column for part in cell.plain.split("\n"))
            for column in zip_longest(*lines, fillvalue=Text(""))
        ]
        if min(widths[0], _NAME) + sum(w + 2 for w in widths[1:]) > options.max_width:
            yield from (_row_by_row(*row) for row in self.rows)
            return
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), collapse_padding=True)
        table.add_column(overflow="fold")
        for width in widths[1:]:
            table.add_column(justify="right", no_wrap=True, min_width=width)
        for line in lines:
            table.add_row(*line)
        yield table


def _broken(head: str) -> str:
    """A head on lines of four characters and its unit on one: the seven of table 3 and their numbers have 80 columns."""
    return "\n".join(re.findall(r"（[^）]*）|[^（]{1,4}", head))


def _row_by_row(name: str, heads: Sequence[str], values: Sequence[Text]) -> Text:
    line = Text(name, "bold")
    for head, value in zip_longest(heads, values, fillvalue=""):
        if str(value):
            line.append(f"  {head}：", "dim").append_text(Text.assemble(value))
    return line


def _rows(cells: dict[str, Cell], layout: view.FormTable, all_rows: bool) -> RenderableType:
    heads = [h.text for h in layout.top[1][:1] + layout.top[2] + layout.top[1][2:]] if layout.top else []
    shown: list[tuple[str, Sequence[str], Sequence[Text]]] = []
    hidden = missing = 0
    for row in layout.body:
        if not row.codes:
            # table 2 prints the columns of each item above its rows: 制发件数 | 废止件数 | 现行有效件数
            heads = [h.text for h in row.heads[1:]] or heads
            continue
        found = [cells.get(code) if code else None for code in row.codes]
        if not any(found) and not all_rows:
            missing += 1
            continue
        if not all_rows and all(c is None or (c.state == "value" and c.value == 0) for c in found):
            hidden += 1
            continue
        values = [_cell(c) if code else Text("") for c, code in zip(found, row.codes, strict=True)]
        shown.append((row.heads[-1].text, heads, values))
    parts: list[RenderableType] = [_Sheet(shown)] if shown else []
    if hidden:
        parts.append(Text(f"rows of zeros not shown: {hidden} (--all)", "dim"))
    if missing:
        parts.append(Text(f"rows of the form that are not in the file: {missing} (--all)", "yellow"))
    return Padding(Group(*parts), (0, 0, 1, 2))


def _cell(cell: Cell | None) -> Text:
    if cell is None:
        return Text("absent", "dim red")
    if cell.state == "value":
        return Text(number(cell.value), "dim" if cell.value == 0 else "bold")
    if cell.state == "unreadable":
        return Text(clean(cell.raw) + "?", "red")
    return Text("blank" if cell.state == "blank" else clean(cell.raw), "dim yellow")


def _table4(cells: dict[str, Cell], layout: view.FormTable) -> RenderableType:
    # the form prints 15 numbers in one row; in a terminal each procedure gets a row of its own
    columns = [h.text for h in layout.top[2][: len(layout.body[0].codes) // 3]]
    rows = []
    for n, name in enumerate((layout.top[0][0].text, *(h.text for h in layout.top[1]))):
        codes = layout.body[0].codes[n * len(columns) : (n + 1) * len(columns)]
        rows.append((name, columns, [_cell(cells.get(c or "")) for c in codes]))
    return Padding(_Sheet(rows), (0, 0, 1, 2))


def _joins(report: Report) -> RenderableType:
    if not report.joins:
        return Text("  nothing to compare", "dim")
    mentions: dict[str | None, Mention] = {m.key: m for m in report.mentions}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("verdict", "indicator", "prose", "table", "cells"):
        table.add_column(head, justify="right" if head in ("prose", "table") else "left", overflow="fold")
    for _, j in view.ranked_joins(report.joins):
        verdict = Text(f"{zh('verdict', j.verdict)}\n{j.verdict}", _VERDICTS[j.verdict])
        note = Text()
        if j.explained_by and j.explained_by != "none":
            note.append(f"{zh('explained', j.explained_by)}\n", "yellow")
        mention = mentions.get(j.mention)
        prose = clean(mention.text) if mention else number(j.prose_value)
        note.append(j.expression + (" (derived 推算)" if j.derived else ""), "dim")
        table.add_row(verdict, f"{zh('indicator', j.indicator)}\n{j.indicator}", prose, number(j.table_value), note)
    return Padding(table, (0, 0, 0, 1))


def _checks(report: Report, all_rows: bool) -> RenderableType:
    holds = sum(c.verdict == "holds" for c in report.checks)
    parts: list[RenderableType] = []
    table = _plain_table(5)
    for c in report.checks:
        if c.verdict == "holds" and not all_rows:
            continue
        style = {"fails": "bold red", "not_checkable": "yellow", "holds": "green"}[c.verdict]
        sides = f"{number(c.left)} ≠ {number(c.right)}" if c.verdict == "fails" else ""
        table.add_row(
            Text(f"{zh('check', c.verdict)} {c.verdict}", style),
            c.check,
            view.check_name(c.check),
            Text(clean(c.expression)),
            sides,
        )
    if table.row_count:
        parts.append(table)
    parts.append(Text(f"  {holds} of {len(report.checks)} checks hold", "green" if holds == len(report.checks) else ""))
    return Group(*parts)


def _issues(report: Report) -> Table:
    table = _plain_table(4)
    place = view.Places(report.canonical.source_map)
    for i in report.issues:
        where = f"page {i.page}" if i.page is not None else place(i.start) if i.start is not None else ""
        table.add_row(
            Text(f"{zh('severity', i.severity)} {i.severity}", _SEVERITIES[i.severity]),
            f"{i.code} {zh('issue', i.code)}",
            where,
            Text(clean(i.message)),
        )
    return table
