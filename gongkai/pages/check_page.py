"""Findings of `gongkai check` in the terminal and as one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from markupsafe import Markup
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from extract.checking.check import CheckedReport
from extract.checking.findings import CheckFinding, Quote, kinds
from gongkai.pages import check_words as words
from gongkai.pages.console import standard_output, unbroken
from gongkai.pages.template import asset, content_policy, environment
from gongkai.pages.words import Places, clean

_STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}
#: characters of a place that are shown; the rest is behind its offsets
_LONGEST = 120
#: reports with a section on the page; of so many only those with findings have one
SECTIONS = 1000
#: reports whose findings the terminal lists one by one; of more it gives the counts
LISTED = 20


def short(text: str) -> str:
    """A place's text on one line, cut where it is long."""
    line = " ".join(clean(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def beside(text: str) -> str:
    """What stands beside a place: a blank between them stays, else the cells 252 and 12 read 25212."""
    return f"{' ' * text[:1].isspace()}{short(text)}{' ' * text[-1:].isspace()}"


def print_checked(checked: Sequence[CheckedReport], console: Console | None = None) -> None:
    """Print findings report by report, and the counts of each kind."""
    console = console or standard_output()
    for one in checked if len(checked) <= LISTED else ():
        for part in _report(one):
            console.print(part, crop=False)
    if len(checked) > 1:
        console.print(_summary(checked))
    if len(checked) > LISTED:
        console.print(_by_report(checked))
        console.print(Text("every finding with its places: --html FILE or --json 各项发现及其位置见 --html 或 --json", "dim"))


def _report(one: CheckedReport) -> Iterator[RenderableType]:
    found = words.counts(one.findings)
    yield Rule(Text(words.report_name(one)), align="left")
    yield unbroken(Text(f"  file 文件: {clean(one.report.source)}"))
    if one.before is not None:
        yield unbroken(Text(f"  beside 对照 {one.before.identity.year}: {clean(one.before.source)}", "dim"))
    tested = words.tested(one)
    line = f"  errors 错误 {found['error']}, warnings 警示 {found['warning']}, notes 提示 {found['info']}"
    line += f"; checks 勾稽: hold 相符 {tested['holds']}, not checkable 无法核对 {tested['not_checkable']}"
    yield Text(line, "bold" if one.fails else "green")
    place = Places(one.report.canonical.source_map)
    for n, finding in enumerate(one.findings, 1):
        yield Padding(_finding(n, finding, place), (0, 0, 0, 2))


def _finding(n: int, found: CheckFinding, place: Places) -> Table:
    kind, style = kinds()[found.kind], _STYLES[found.severity]
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column(width=3, justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    head = Text(f"{words.SEVERITIES[found.severity][0]} {found.severity}  {kind.zh} {kind.en}", style)
    if found.blame == "reading":
        head.append("  读取所致？ may be the reading's fault", "magenta")
    grid.add_row(str(n), head)
    grid.add_row("", Text(words.message_zh(found)))
    grid.add_row("", Text(words.message_en(found), "dim"))
    for quote in found.quotes:
        grid.add_row("", _quote(quote, place))
    return grid


def _quote(quote: Quote, place: Places) -> Text:
    where = "" if quote.year else place(quote.start)
    name = words.place_name_zh(quote)
    line = Text("  ")
    line.append(" ".join(s for s in (f"[{quote.start}:{quote.end}]", where, name) if s) + "  ", "cyan")
    line.append(beside(quote.before), "dim").append(f"【{short(quote.text)}】", "bold").append(
        beside(quote.after).rstrip(), "dim"
    )
    return line


def _summary(checked: Sequence[CheckedReport]) -> Table:
    table = Table(title="kinds 种类", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("findings 发现", "reports 报告"):
        table.add_column(head, justify="right")
    table.add_column("")
    for kind, count, reports in by_kind(checked):
        severity = kinds()[kind].severity
        table.add_row(str(count), str(reports), Text(f"{kinds()[kind].zh} {kinds()[kind].en}", _STYLES[severity]))
    return table


def by_kind(checked: Sequence[CheckedReport]) -> list[tuple[str, int, int]]:
    """(kind, findings, reports that have one), in the order of the kinds."""
    count = Counter(f.kind for c in checked for f in c.findings)
    reports = Counter(kind for c in checked for kind in {f.kind for f in c.findings})
    return [(kind, count[kind], reports[kind]) for kind in kinds() if count[kind]]


def _by_report(checked: Sequence[CheckedReport]) -> Table:
    table = Table(
        title="reports 报告", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim"
    )
    for head in ("errors 错误", "warnings 警示", "notes 提示"):
        table.add_column(head, justify="right")
    table.add_column("")
    for one in (c for c in checked if c.findings):
        found = words.counts(one.findings)
        numbers = (str(found[s]) for s in ("error", "warning", "info"))
        table.add_row(*numbers, Text(f"{words.report_name(one)}  {clean(one.report.source)}"))
    return table


def render_checked(checked: Sequence[CheckedReport], lang: str | None = "both") -> str:
    """The page: counts by kind, then the reports with their findings, at most :data:`SECTIONS`; it loads and runs nothing.

    Args:
        checked: the reports.
        lang: ``zh``, ``en`` or ``both``; the system's if there is none.
    """
    from gongkai.pages.language import Language, language

    shown = (
        checked if len(checked) <= LISTED else sorted((c for c in checked if c.findings), key=lambda c: not c.fails)[:SECTIONS]
    )
    style = asset("check.css")
    env = environment()
    env.filters |= {"short": short, "beside": beside}
    places = {c.report.report_id: Places(c.report.canonical.source_map) for c in shown}
    return env.get_template("check.html.j2").render(
        policy=content_policy(style, ""), style=Markup(style), checked=checked, shown=shown, kinds=kinds(), by_kind=by_kind(checked),
        words=words, places=places, t=Language(language(lang)),
    )  # fmt: skip


__all__ = ["LISTED", "by_kind", "print_checked", "render_checked", "short"]
