"""What the terminal and the HTML page show alike: names of codes, pieces of a sentence, the tables as they are printed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby

from corpus.codebook import FORM_NAMES, SECTIONS, CellSpec, FormName, all_cells, codebook, form_cells
from corpus.datafile import later
from corpus.store import schema
from corpus.types import NOWHERE, Cell, Place, SourceRange
from extract.types import Join, Mention, Report
from models.base import Passage
from models.taxonomy import Taxonomy

TABLES = {
    "t2": "主动公开政府信息情况",
    "t3": "收到和处理政府信息公开申请情况",
    "t4": "政府信息公开行政复议、行政诉讼情况",
}
APPLICANT_NAMES = {
    "natural": "自然人", "business": "商业企业", "research": "科研机构", "nonprofit": "社会公益组织", "legal": "法律服务机构",
    "other": "其他", "total": "总计",
}  # fmt: skip
_CHECK_ROWS = {"review": "行政复议", "suit_direct": "未经复议直接起诉", "suit_after_review": "复议后起诉"}
# （二）部分公开（区分处理的，只计这一情形，不计其他情形）: the note on the form is no part of the row's name
_NOTE = later(r"(?<=.)（[^（）]{5,}）$")
#: the Chinese name of a code of a list
Namer = Callable[[str, str | None], str]
_CONTROL = later(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Text that is safe to print: control characters and direction overrides become U+FFFD.

    A report may hold an escape sequence that would rewrite the terminal's screen or title.
    """
    return _CONTROL.sub("\ufffd", text)


@cache
def names() -> dict[str, dict[str, str]]:
    """Chinese names of closed lists of codes, by list and code."""
    book = codebook()
    return {
        "label": {k: c.zh for k, c in book.labels.items()},
        "facet": {k: c.zh for k, c in book.facets.items()},
        "indicator": {k: c.zh for k, c in book.indicators.items()},
        "section": {k: v[0] for k, v in SECTIONS.items()},
        "form": dict(schema.FORMS),
        "coverage": dict(schema.COVERAGES),
        "status": dict(schema.STATUSES),
        "state": dict(schema.STATES),
        "basis": dict(schema.BASES),
        "qualifier": dict(schema.QUALIFIERS),
        "scope": dict(schema.SCOPES),
        "by": dict(schema.BYS),
        "period": dict(schema.PERIODS),
        "verdict": dict(schema.VERDICTS),
        "explained": dict(schema.EXPLAINED),
        "check": dict(schema.CHECKS),
        "severity": dict(schema.SEVERITIES),
        "issue": {k: v[0] for k, v in schema.ISSUES.items()},
    }


def zh(kind: str, code: str | None) -> str:
    """Chinese name of a code, or the code itself if the list has none."""
    return "" if code is None else names()[kind].get(code, code)


def namer(own: Taxonomy | None) -> Namer:
    """:func:`zh`, but with the names of a user's own labels and facets where a model of their own was used."""
    if own is None:
        return zh
    lists = {
        "label": {c: own.zh.get(c, c) for c in own.labels},
        "facet": {c: own.zh.get(f"facet:{c}", c) for c in own.facets},
    }
    return lambda kind, code: lists[kind].get(code or "", code or "") if kind in lists else zh(kind, code)


def number(value: Decimal | float | None) -> str:
    """``1,725``, ``91.3``, ``−16``; an en dash for no value.  Thousands are grouped from five digits on, as in Chinese print."""
    if value is None:
        return "–"
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    exact = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() and abs(exact) < 10**20 else exact.normalize()
    shown = f"{exact:,f}" if abs(exact) >= 10_000 else f"{exact:f}"
    return shown.replace("-", "−")


def cell_name(code: str) -> str:
    """``（一）予以公开 · 总计`` for ``t3.granted.total``."""
    spec = all_cells().get(code)
    if spec is None:
        return code
    return f"{_row_name(spec)} · {spec.column}"


def row_name(code: str) -> str:
    """``（一）予以公开`` for ``t3.granted``; the code itself where it is no row."""
    spec = next((s for s in all_cells().values() if s.row_code == code), None)
    return _row_name(spec) if spec else code


def _row_name(spec: CellSpec) -> str:
    return _NOTE.sub("", spec.row or spec.subgroup or spec.group)


def check_name(check: str) -> str:
    """What a check compares, in Chinese: ``新收＋结转＝办结＋结转下年 · 自然人`` for ``balance.natural``."""
    kind, _, part = check.partition(".")
    match kind:
        case "balance":
            return f"新收＋上年结转＝总计＋结转下年 · {APPLICANT_NAMES.get(part, part)}"
        case "results":
            return f"总计＝各项办理结果之和 · {APPLICANT_NAMES.get(part, part)}"
        case "row":
            spec = all_cells().get(f"t3.{part}.total")
            return f"总计＝各类申请人之和 · {_row_name(spec) if spec else part}"
        case "rate":
            return "比率＝两数之比"
        case "sum":
            return "总数＝各部分之和"
        case "repeat":
            return "同一数字前后一致"
    return f"总计＝维持＋纠正＋其他＋未审结 · {_CHECK_ROWS[kind]}" if kind in _CHECK_ROWS else check


def pieces(passage: Passage, mentions: Iterable[Mention]) -> Iterator[tuple[str, tuple[Mention, ...]]]:
    """The passage cut at its mentions: (text, mentions of that span), in order; joined they are the passage.

    Of two spans that overlap only the first is marked; the mentions of one span stand together.
    """
    at = passage.start
    inside = sorted(
        (m for m in mentions if passage.start <= m.start and m.end <= passage.end), key=lambda m: (m.start, m.number)
    )
    for (start, end), some in groupby(inside, key=lambda m: (m.start, m.end)):
        if start < at:
            continue
        if start > at:
            yield passage.text[at - passage.start : start - passage.start], ()
        yield passage.text[start - passage.start : end - passage.start], tuple(some)
        at = end
    if at < passage.end:
        yield passage.text[at - passage.start :], ()


def mentions_by_passage(report: Report) -> dict[int, list[Mention]]:
    """Mentions by the ``index`` of their passage."""
    found: dict[int, list[Mention]] = {}
    for m in report.mentions:
        found.setdefault(m.passage, []).append(m)
    return found


def heading_changes(passages: Sequence[Passage]) -> Iterator[tuple[Passage, tuple[tuple[int, str], ...]]]:
    """Each passage with the headings that are new above it, as (depth, heading)."""
    last: tuple[str, ...] = ()
    section: str | None = ""
    for p in passages:
        common = 0
        if p.section == section:
            while common < min(len(last), len(p.heading_path)) and last[common] == p.heading_path[common]:
                common += 1
        yield p, tuple((depth, p.heading_path[depth]) for depth in range(common, len(p.heading_path)))
        last, section = p.heading_path, p.section


class Places:
    """Finds the place of an offset in the source file."""

    def __init__(self, source_map: Sequence[SourceRange]) -> None:
        self._map = sorted(source_map, key=lambda r: r.start)
        self._starts = [r.start for r in self._map]

    def __call__(self, offset: int) -> str:
        """``line 12`` or ``page 3``, or an empty string."""
        return place_name(self.at(offset))

    def at(self, offset: int) -> Place:
        """The place itself; :data:`NOWHERE` before the first one that is known."""
        at = bisect_right(self._starts, offset) - 1
        return NOWHERE if at < 0 else self._map[at].place


def place_name(place: Place) -> str:
    """``page 3``, ``line 12``, or an empty string."""
    if place.page is not None:
        return f"page {place.page}"
    return f"line {place.line}" if place.line is not None else ""


@dataclass(frozen=True, slots=True)
class Head:
    """A heading cell of a form as it is printed."""

    text: str
    rows: int = 1
    columns: int = 1
    code: str = ""


@dataclass(frozen=True, slots=True)
class FormRow:
    """A printed row: its headings from the left, then its cell codes (``None`` is no cell of the form)."""

    heads: tuple[Head, ...]
    codes: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class FormTable:
    """A statutory table as it is laid out: ``top`` are its rows of column headings (none for table 2, see ``body``)."""

    name: str
    zh: str
    form: FormName
    columns: int
    top: tuple[tuple[Head, ...], ...]
    body: tuple[FormRow, ...]


def table_forms(cells: Iterable[Cell], form: str) -> dict[str, FormName]:
    """The form of each table that has cells: the one that knows most of its codes, else that of the report."""
    codes: dict[str, list[str]] = {}
    for c in cells:
        codes.setdefault(c.code.split(".", 1)[0], []).append(c.code)
    return {
        table: max(FORM_NAMES, key=lambda f: (sum(c in form_cells(f) for c in some), f == form, f))
        for table, some in sorted(codes.items())
    }


@cache
def form_table(table: str, form: FormName) -> FormTable:
    """The layout of ``t2``, ``t3`` or ``t4``."""
    specs = [s for s in form_cells(form).values() if s.table == table]
    if table == "t2":
        return _table2(specs, form)
    if table == "t3":
        return _table3(specs, form)
    return _table4(specs, form)


def _by_row(specs: Sequence[CellSpec]) -> list[list[CellSpec]]:
    return [list(some) for _, some in groupby(specs, key=lambda s: s.row_code)]


def _table2(specs: Sequence[CellSpec], form: FormName) -> FormTable:
    # every item (第二十条第（一）项 …) has column headings of its own
    body: list[FormRow] = []
    width = max(len(row) for row in _by_row(specs))
    last: tuple[str, tuple[str, ...]] | None = None
    for row in _by_row(specs):
        columns = tuple(s.column for s in row)
        if (row[0].group, columns) != last:
            if last is None or row[0].group != last[0]:
                body.append(FormRow((Head(row[0].group, columns=width + 1),)))
            heads = [Head("信息内容"), *(Head(_with_unit(s)) for s in row)]
            heads[-1] = Head(heads[-1].text, columns=width - len(columns) + 1)
            body.append(FormRow(tuple(heads)))
            last = (row[0].group, columns)
        codes = (*(s.code for s in row), *[None] * (width - len(row)))
        body.append(FormRow((Head(row[0].row, code=row[0].row_code),), codes))
    return FormTable("t2", TABLES["t2"], form, width + 1, (), tuple(body))


def _with_unit(spec: CellSpec) -> str:
    return f"{spec.column}（{spec.unit}）" if spec.unit not in ("件", "项") else spec.column


def _table3(specs: Sequence[CellSpec], form: FormName) -> FormTable:
    rows = _by_row(specs)
    top = (
        (Head("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 3, 3), Head("申请人情况", columns=7)),
        (Head("自然人", 2), Head("法人或其他组织", columns=5), Head("总计", 2)),
        tuple(Head(s.column) for s in rows[0][1:6]),
    )
    groups = {g: sum(1 for r in rows if r[0].group == g) for g in {r[0].group for r in rows}}
    subgroups = {g: sum(1 for r in rows if r[0].subgroup == g) for g in {r[0].subgroup for r in rows}}
    body: list[FormRow] = []
    group = subgroup = ""
    for row in rows:
        spec, heads = row[0], []
        if spec.group and spec.group != group:
            heads.append(Head(spec.group, rows=groups[spec.group]))
        if spec.subgroup and spec.subgroup != subgroup:
            heads.append(Head(spec.subgroup, rows=subgroups[spec.subgroup]))
        heads.append(Head(spec.row, columns=3 - bool(spec.group) - bool(spec.subgroup), code=spec.row_code))
        body.append(FormRow(tuple(heads), tuple(s.code for s in row)))
        group, subgroup = spec.group, spec.subgroup
    return FormTable("t3", TABLES["t3"], form, 10, top, tuple(body))


def _table4(specs: Sequence[CellSpec], form: FormName) -> FormTable:
    rows = _by_row(specs)
    width = len(rows[0])
    top = (
        (Head(rows[0][0].group, 2, width), Head(rows[1][0].group, columns=width * (len(rows) - 1))),
        tuple(Head(r[0].subgroup, columns=width) for r in rows[1:]),
        tuple(Head(s.column) for r in rows for s in r),
    )
    body = (FormRow((), tuple(s.code for r in rows for s in r)),)
    return FormTable("t4", TABLES["t4"], form, width * len(rows), top, body)


_RANK = {"disagrees": 0, "table_only": 1, "agrees": 2, "prose_only": 3}


def ranked_joins(joins: Sequence[Join]) -> list[tuple[int, Join]]:
    """Rows of the join with their rank in the report, contradictions first, then by indicator."""
    return sorted(enumerate(joins), key=lambda pair: (_RANK[pair[1].verdict], pair[1].indicator, pair[0]))


def label_counts(report: Report) -> Mapping[str, int]:
    """Passages by label, in codebook order, labels without passages left out."""
    counts = dict.fromkeys(codebook().labels, 0)
    for p in report.predictions:
        counts[p.label] = counts.get(p.label, 0) + 1
    return {k: n for k, n in counts.items() if n}
