"""One report as the page shows it: what the template prints, with every link worked out.

Anchors inside report ``r3``: ``r3-m120`` the metric in its sentence, ``r3-x-m120`` its row in the list of metrics,
``r3-c-t3.new.total`` a cell, ``r3-j0`` a row of the join, ``r3-k7`` a check, ``r3-p0`` a passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.errors import Issue
from corpus.types import Cell
from extract.types import Check, Join, Mention, Report
from gongkai.pages import words as view
from gongkai.pages.language import BOTH, Language
from gongkai.pages.words import clean, number
from models.base import Passage, Prediction

#: a check that compares more than so many lists none that are 0
_FEW = 4


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to an anchor (``href`` without ``#``, empty for none)."""

    text: str
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of a sentence; ``ids`` are the anchors of the metrics that stand in it (empty for plain text)."""

    text: str
    ids: tuple[str, ...] = ()
    href: str = ""
    title: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage with the headings that are new above it."""

    id: str
    headings: tuple[tuple[int, str], ...]
    prediction: Prediction
    pieces: tuple[MarkedText, ...]
    place: str


@dataclass(frozen=True, slots=True)
class CellView:
    """A printed cell, ``columns`` wide; ``state`` adds ``absent`` to those of the codebook."""

    state: str
    text: str = ""
    id: str = ""
    href: str = ""
    title: str = ""
    mark: str = ""
    zero: bool = False
    columns: int = 1


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a statutory table."""

    heads: tuple[view.Head, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A statutory table as on the form."""

    layout: view.FormTable
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class JoinView:
    """A row of the join, with the ways to its sentence and its cells."""

    id: str
    join: Join
    prose: Link | None
    cells: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check with the ways to what it compares; ``more`` counts zero cells that are not listed."""

    id: str
    check: Check
    name: str
    evidence: tuple[Link, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class MetricView:
    """A row of the list of metrics."""

    id: str
    mention: Mention
    link: Link


@dataclass(frozen=True, slots=True)
class IssueView:
    """An issue with its place."""

    issue: Issue
    place: Link


class ReportView:
    """Everything the template prints of one report; ``anchor`` is its short name on the page (``r3``), ``t`` the page's language."""

    def __init__(self, report: Report, anchor: str, t: Language = BOTH) -> None:
        self.report = report
        self._t = t
        self.anchor = anchor
        self.labels = view.label_counts(report)
        self._place = view.Places(report.canonical.source_map)
        self._cells = {c.code: c for c in report.cells}
        self._mentions = {m.key: m for m in report.mentions}
        self._joins_of: dict[str, tuple[int, Join]] = {}
        self._joins_of_cell: dict[str, tuple[int, Join]] = {}
        for n, j in enumerate(report.joins):
            if j.mention:
                self._joins_of.setdefault(j.mention, (n, j))
            for code in j.cell_codes:
                known = self._joins_of_cell.get(code)
                # a cell leads to where it is contradicted, if it is
                if known is None or (j.verdict == "disagrees" and known[1].verdict != "disagrees"):
                    self._joins_of_cell[code] = (n, j)
        self._checks_of: dict[str, tuple[int, Check]] = {}
        for n, c in enumerate(report.checks):
            if trivial(c):
                continue
            for code in c.evidence:
                before = self._checks_of.get(code)
                if before is None or (c.verdict == "fails" and before[1].verdict != "fails"):
                    self._checks_of[code] = (n, c)
        self.disagreements = sum(j.verdict == "disagrees" for j in report.joins)
        self.failing = sum(c.verdict == "fails" for c in report.checks)

    @property
    def name(self) -> str:
        """Agency and year, or what else identifies the report."""
        i = self.report.identity
        who = i.agency or i.title or self.report.source
        return clean(f"{who} {i.year}" if i.year else who)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Identity as (name, value)."""
        r, i = self.report, self.report.identity
        period = f"{i.period_start} – {i.period_end}" if i.period_start and i.period_end else ""
        said = self._t.plain
        form, coverage = self._t.name("form", i.form), self._t.name("coverage", i.coverage)
        if self._t.code == "both":
            form, coverage = f"{i.form} {form}", f"{i.coverage} {coverage}"
        found = (
            (said("title", "标题"), i.title),
            (said("source", "文件"), r.source),
            (said("period", "统计期"), period),
            (said("form", "格式"), form),
            (said("coverage", "范围"), coverage),
            (said("published", "发布"), i.published or ""),
            (said("url", "网址"), i.url or ""),
            (said("report id", "编号"), r.report_id),
            (said("read by", "读取"), f"{r.reader} {r.reader_version} {r.encoding}".strip()),
        )
        return tuple((k, clean(v)) for k, v in found if v)

    def passages(self) -> Iterator[PassageView]:
        """The narrative in order."""
        inside = view.mentions_by_passage(self.report)
        predictions = dict(zip((p.index for p in self.report.passages), self.report.predictions, strict=True))
        for p, headings in view.heading_changes(self.report.passages):
            pieces = tuple(self._piece(text, some) for text, some in view.pieces(p, inside.get(p.index, ())))
            shown = tuple((depth, clean(h)) for depth, h in headings)
            yield PassageView(f"{self.anchor}-p{p.index}", shown, predictions[p.index], pieces, self._at(p.start))

    def _piece(self, text: str, some: tuple[Mention, ...]) -> MarkedText:
        if not some:
            return MarkedText(clean(text))
        ids = tuple(f"{self.anchor}-{m.key}" for m in some)
        title = "; ".join(
            f"{m.indicator or self._t.one('no indicator', '无指标')} {self._t.name('indicator', m.indicator)} = {number(m.value)} {m.unit}"
            for m in some
        )
        joined = next((self._joins_of[m.key] for m in some if m.key in self._joins_of), None)
        if joined is None:
            return MarkedText(clean(text), ids, f"{self.anchor}-x-{some[0].key}", clean(title))
        row, j = joined
        verdict = f"{self._t.name('verdict', j.verdict)} {j.verdict}"
        return MarkedText(clean(text), ids, f"{self.anchor}-j{row}", clean(f"{title} — {verdict}"), j.verdict)

    def _at(self, offset: int) -> str:
        return self._t.place(self._place(offset))

    def tables(self) -> Iterator[TableView]:
        """The statutory tables that have cells."""
        for table, form in view.table_forms(self.report.cells, self.report.identity.form).items():
            layout = view.form_table(table, form)
            yield TableView(layout, tuple(TableRow(r.heads, tuple(self._row(r.codes))) for r in layout.body))

    def _row(self, codes: Sequence[str | None]) -> Iterator[CellView]:
        for code, columns in spans(codes):
            yield self._cell(code, columns)

    def _cell(self, code: str, columns: int) -> CellView:
        cell = self._cells.get(code)
        if cell is None:
            return CellView("absent", title=f"{code}: {self._t.one('not in the file', '文件中没有')}", columns=columns)
        joined, checked = self._joins_of_cell.get(code), self._checks_of.get(code)
        href = mark = ""
        if joined and joined[1].verdict == "disagrees":
            href, mark = f"{self.anchor}-j{joined[0]}", "disagrees"
        elif checked and checked[1].verdict == "fails":
            href, mark = f"{self.anchor}-k{checked[0]}", "fails"
        elif joined:
            href, mark = f"{self.anchor}-j{joined[0]}", joined[1].verdict
        elif checked:
            href = f"{self.anchor}-k{checked[0]}"
        place = self._t.place(f"page {cell.page}") if cell.page is not None else self._at(cell.start)
        title = ", ".join(x for x in (code, self._t.name("state", cell.state) if cell.state != "value" else "", place) if x)
        zero = is_zero(cell)
        return CellView(cell.state, printed(cell), f"{self.anchor}-c-{code}", href, title, mark, zero, columns)

    def joins(self) -> Iterator[JoinView]:
        """The join, contradictions first."""
        for n, j in view.ranked_joins(self.report.joins):
            mention = self._mentions.get(j.mention or "")
            prose = Link(clean(mention.text), f"{self.anchor}-{mention.key}") if mention else None
            yield JoinView(f"{self.anchor}-j{n}", j, prose, tuple(self._cell_link(code) for code in j.cell_codes))

    def _cell_link(self, code: str) -> Link:
        cell = self._cells.get(code)
        if cell is None:
            return Link(f"{self._t.cell(code)} –", "", f"{code}: {self._t.one('not in the file', '文件中没有')}")
        shown = number(cell.value) if cell.state == "value" else self._t.name("state", cell.state)
        return Link(f"{self._t.cell(code)} {shown}", f"{self.anchor}-c-{code}", code)

    def checks(self, verdict: str) -> list[CheckView]:
        """Checks with this verdict, without the trivial ones."""
        return [self._check(n, c) for n, c in enumerate(self.report.checks) if c.verdict == verdict and not trivial(c)]

    @property
    def holding(self) -> int:
        """How many checks hold, the trivial ones included."""
        return sum(c.verdict == "holds" for c in self.report.checks)

    def _check(self, n: int, check: Check) -> CheckView:
        told = listed(check, self._cells)
        links = [
            Link(clean(mention.text), f"{self.anchor}-{mention.key}", mention.indicator)
            if (mention := self._mentions.get(item))
            else self._cell_link(item)
            for item in told
        ]
        left = len(check.evidence) - len(told)
        return CheckView(f"{self.anchor}-k{n}", check, self._t.check(check.check), tuple(links), left)

    def metrics(self) -> list[MetricView]:
        """Every metric, with the way to its sentence."""
        return [
            MetricView(f"{self.anchor}-x-{m.key}", m, Link(clean(m.text), f"{self.anchor}-{m.key}"))
            for m in self.report.mentions
        ]

    def issues(self) -> Iterator[IssueView]:
        """Issues with their place in the page or the source."""
        for i in self.report.issues:
            yield IssueView(i, self._where(i))

    def _where(self, issue: Issue) -> Link:
        if issue.start is None:
            return Link(self._t.place(f"page {issue.page}") if issue.page is not None else "")
        found_at = f"page {issue.page}" if issue.page is not None else self._place(issue.start)
        place = self._t.place(found_at or f"character {issue.start}")
        found = stands_in(issue, self.report)
        if isinstance(found, Cell):
            return Link(place, f"{self.anchor}-c-{found.code}")
        return Link(place, f"{self.anchor}-p{found.index}") if found is not None else Link(place)


def trivial(check: Check) -> bool:
    """0 = 0: most of a form is empty, and a list of such sums would hide the others."""
    return check.verdict == "holds" and check.left == 0 and check.right == 0


def is_zero(cell: Cell | None) -> bool:
    """Whether a cell is there and its value is 0."""
    return cell is not None and cell.state == "value" and cell.value == 0


def listed(check: Check, cells: Mapping[str, Cell]) -> list[str]:
    """What of the evidence of a check is listed: sums have up to 22 terms, nearly all 0, which are only counted."""
    few = len(check.evidence) <= _FEW
    return [item for item in check.evidence if few or not is_zero(cells.get(item))]


def spans(codes: Sequence[str | None]) -> Iterator[tuple[str, int]]:
    """The cells of a row with their widths: where table 2 has fewer than at its widest, the last fills the row, as on the form."""
    known = [code for code in codes if code is not None]
    for n, code in enumerate(known, start=1):
        yield code, 1 if n < len(known) else 1 + len(codes) - len(known)


def stands_in(issue: Issue, report: Report) -> Cell | Passage | None:
    """The cell or the passage in which an issue stands."""
    start = issue.start
    if start is None:
        return None
    end = issue.end if issue.end is not None else start
    for cell in report.cells:
        if cell.start <= start and end <= cell.end and cell.start < cell.end:
            return cell
    return next((p for p in report.passages if p.start <= start < p.end), None)


def printed(cell: Cell) -> str:
    """A cell as the pages print it: the number that was read, or what is printed in its place."""
    if cell.state == "value":
        return number(cell.value)
    return "" if cell.state == "blank" else clean(cell.raw)
