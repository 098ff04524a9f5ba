"""One report as the explorer shows it: passages with their marks, the statutory tables, what is compared with what.

Anchors: ``p120`` a passage, ``m120`` a mention in its sentence, ``x-m120`` its row in the list, ``c-t3.new.total`` a cell, ``j0`` a row of the
join, ``k7`` a check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.types import Cell
from extract.types import Check, Join, Mention, Report
from gongkai.pages import words as view
from gongkai.pages.report_page import is_zero, listed, printed, spans, stands_in, trivial
from gongkai.pages.words import clean
from gongkai.web.tongue import Tongue
from models.base import Prediction


@dataclass(frozen=True, slots=True)
class Anchor:
    """Text that leads to an anchor of the page (``href`` without ``#``, empty for none)."""

    text: str
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a sentence: a mention with its ``keys``, or plain text (no keys)."""

    text: str
    keys: tuple[str, ...] = ()
    href: str = ""
    title: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class MarkedPassage:
    """A passage with the headings that are new above it."""

    anchor: str
    headings: tuple[tuple[int, str], ...]
    prediction: Prediction
    stretches: tuple[Stretch, ...]
    place: str


@dataclass(frozen=True, slots=True)
class FormCell:
    """A printed cell, ``columns`` wide: ``notes`` lead to what contradicts it; ``state`` adds ``absent``."""

    state: str
    text: str = ""
    anchor: str = ""
    title: str = ""
    proved: bool = False
    zero: bool = False
    mark: str = ""
    notes: tuple[Anchor, ...] = ()
    columns: int = 1


@dataclass(frozen=True, slots=True)
class FormLine:
    """A printed row of a form."""

    heads: tuple[view.Head, ...]
    cells: tuple[FormCell, ...]


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A statutory table as on the form."""

    layout: view.FormTable
    lines: tuple[FormLine, ...]
    found: int


@dataclass(frozen=True, slots=True)
class MentionLine:
    """A row of the list of metrics: what it counts and what it was compared with."""

    mention: Mention
    facts: tuple[str, ...]
    place: str
    partner: Anchor | None
    verdict: str


class ReportPage:
    """Everything the template prints of one report, in one language."""

    def __init__(self, report: Report, tongue: Tongue, grids: Sequence[Mapping[str, Any]] = ()) -> None:
        self.report = report
        self.tongue = tongue
        self.labels = view.label_counts(report)
        self.disagreements = sum(j.verdict == "disagrees" for j in report.joins)
        self.failing = sum(c.verdict == "fails" for c in report.checks)
        self.holding = sum(c.verdict == "holds" for c in report.checks)
        self.grids = list(_grids(grids))
        self._places = view.Places(report.canonical.source_map)
        self._cells = {c.code: c for c in report.cells}
        self._mentions = {m.key: m for m in report.mentions}
        self._join_of: dict[str, tuple[int, Join]] = {}
        self._joins_of_cell: dict[str, list[tuple[int, Join]]] = {}
        self._fails_of_cell: dict[str, list[tuple[int, Check]]] = {}
        for n, j in enumerate(report.joins):
            if j.mention:
                self._join_of.setdefault(j.mention, (n, j))
            for code in j.cell_codes:
                self._joins_of_cell.setdefault(code, []).append((n, j))
        for n, c in enumerate(report.checks):
            for code in c.evidence if c.verdict == "fails" else ():
                self._fails_of_cell.setdefault(code, []).append((n, c))

    def _place(self, offset: int) -> str:
        place = self._places.at(offset)
        return self.tongue.place(place.line, place.page)

    def passages(self) -> Iterator[MarkedPassage]:
        """The narrative in order."""
        inside = view.mentions_by_passage(self.report)
        predictions = dict(zip((p.index for p in self.report.passages), self.report.predictions, strict=True))
        for p, headings in view.heading_changes(self.report.passages):
            stretches = tuple(self._stretch(text, some) for text, some in view.pieces(p, inside.get(p.index, ())))
            above = tuple((depth, clean(h)) for depth, h in headings)
            yield MarkedPassage(f"p{p.start}", above, predictions[p.index], stretches, self._place(p.start))

    def _stretch(self, text: str, some: tuple[Mention, ...]) -> Stretch:
        if not some:
            return Stretch(clean(text))
        joined = next((self._join_of[m.key] for m in some if m.key in self._join_of), None)
        title = "; ".join("，".join(self._facts(m)) if self.tongue.code == "zh" else ", ".join(self._facts(m)) for m in some)
        if joined is None:
            return Stretch(clean(text), tuple(m.key for m in some), f"x-{some[0].key}", title)
        row, j = joined
        title += f" — {self.tongue.name('verdict', j.verdict)}"
        if j.cell_codes:
            title += f": {self.tongue.cell(j.cell_codes[0])} {view.number(j.table_value)}"
        return Stretch(clean(text), tuple(m.key for m in some), f"j{row}", clean(title), j.verdict)

    def _facts(self, m: Mention) -> tuple[str, ...]:
        """Indicator, value and unit, and what else is not as usual."""
        t = self.tongue
        named = t.name("indicator", m.indicator) if m.indicator else t("no_indicator")
        value = view.number(m.value) + (f"–{view.number(m.value_to)}" if m.value_to is not None else "")
        further = ((k, getattr(m, k)) for k in ("qualifier", "scope", "by", "period"))
        usual = ("exact", None)
        return (named, clean(f"{value} {m.unit}").strip(), *(t.name(k, v) for k, v in further if v not in usual))

    def sheets(self) -> Iterator[FormSheet]:
        """The statutory tables that have cells."""
        for table, form in view.table_forms(self.report.cells, self.report.identity.form).items():
            layout = view.form_table(table, form)
            lines = tuple(FormLine(r.heads, tuple(self._line(r.codes))) for r in layout.body)
            yield FormSheet(layout, lines, sum(c.state != "absent" for line in lines for c in line.cells))

    def _line(self, codes: Sequence[str | None]) -> Iterator[FormCell]:
        for code, columns in spans(codes):
            yield self._cell(code, columns)

    def _cell(self, code: str, columns: int) -> FormCell:
        cell, t = self._cells.get(code), self.tongue
        if cell is None:
            return FormCell("absent", title=f"{t.cell(code)}: {t('not_in_file')}", columns=columns)
        notes: list[Anchor] = []
        mark = ""
        for n, j in self._joins_of_cell.get(code, ()):
            if j.verdict == "disagrees":
                mark = "disagrees"
                m = self._mentions.get(j.mention or "")
                # beside 12 and 3 that are added up, 258 is no other value of either
                shown = t("prose_says_sum" if len(j.cell_codes) > 1 else "prose_says", value=view.number(j.prose_value))
                notes.append(Anchor(shown, m.key if m else f"j{n}", t.name("verdict", j.verdict)))
            mark = mark or j.verdict
        for n, c in self._fails_of_cell.get(code, ())[:3]:
            mark = mark if mark == "disagrees" else "fails"
            notes.append(
                Anchor(t("check_fails_short"), f"k{n}", f"{t.check(c.check)}: {view.number(c.left)} ≠ {view.number(c.right)}")
            )
        where = t.place(None, cell.page) or self._place(cell.start)
        title = "; ".join(x for x in (t.cell(code), t.name("state", cell.state), t.name("basis", cell.basis), where, code) if x)
        zero = is_zero(cell)
        return FormCell(
            cell.state, printed(cell), f"c-{code}", title, cell.basis == "proved", zero, mark, tuple(notes), columns
        )

    def joins(self) -> list[tuple[int, Join, Anchor | None, tuple[Anchor, ...]]]:
        """The join with the ways to sentence and cells, contradictions first."""
        found = []
        for n, j in view.ranked_joins(self.report.joins):
            m = self._mentions.get(j.mention or "")
            found.append((n, j, Anchor(clean(m.text), m.key) if m else None, tuple(self._cell_anchor(c) for c in j.cell_codes)))
        return found

    def _cell_anchor(self, code: str) -> Anchor:
        cell = self._cells.get(code)
        if cell is None:
            return Anchor(f"{self.tongue.cell(code)} –", "", self.tongue("not_in_file"))
        shown = view.number(cell.value) if cell.state == "value" else self.tongue.name("state", cell.state)
        return Anchor(f"{self.tongue.cell(code)} {shown}", f"c-{code}", code)

    def checks(self, verdict: str) -> list[tuple[int, Check, tuple[Anchor, ...], int]]:
        """Checks with this verdict and what they compare, with how many zero cells are not listed; without the trivial ones."""
        found = []
        for n, c in enumerate(self.report.checks):
            if c.verdict != verdict or trivial(c):
                continue
            told = listed(c, self._cells)
            found.append((n, c, tuple(self._evidence(item) for item in told), len(c.evidence) - len(told)))
        return found

    def _evidence(self, item: str) -> Anchor:
        m = self._mentions.get(item)
        return Anchor(clean(m.text), m.key, m.indicator) if m else self._cell_anchor(item)

    def mentions(self) -> Iterator[MentionLine]:
        """Every metric with its facts and its join partner."""
        for m in self.report.mentions:
            j = self._join_of[m.key][1] if m.key in self._join_of else None
            partner = self._cell_anchor(j.cell_codes[0]) if j and j.cell_codes else None
            yield MentionLine(m, self._facts(m), self._place(m.start), partner, j.verdict if j else "")

    def issues(self) -> Iterator[tuple[Any, str, str]]:
        """Issues with their place in words and the anchor where they stand."""
        for i in self.report.issues:
            if i.start is None:
                yield i, self.tongue.place(None, i.page), ""
                continue
            found = stands_in(i, self.report)
            anchor = f"c-{found.code}" if isinstance(found, Cell) else f"p{found.start}" if found is not None else ""
            yield i, self.tongue.place(None, i.page) or self._place(i.start), anchor


def _grids(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[list[Mapping[str, Any]]]]:
    """Tables of reports before 2019, as printed: rows of cells."""
    tables: dict[str, dict[int, list[Mapping[str, Any]]]] = {}
    for r in rows:
        tables.setdefault(r["grid_id"], {}).setdefault(r["row"], []).append(r)
    for table in tables.values():
        yield [sorted(line, key=lambda r: r["column"]) for _, line in sorted(table.items())]
