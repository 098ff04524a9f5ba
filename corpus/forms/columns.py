"""Columns of a statutory table, from its printed headings.

Text layouts print headings in an order, not in columns: merged headings come before those beneath them, and a heading may be
lost.  The order of the form says which column a lost heading stood over; the column then counts as there but without label, so
that its cells are not claimed and those beside it keep their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from corpus.codebook import APPLICANTS, OUTCOMES, all_cells
from corpus.forms.wordings import Label
from corpus.records import quick_init

T3_COLUMNS: tuple[str, ...] = (*APPLICANTS, "total")
T4_LEAVES: tuple[str, ...] = (*OUTCOMES, "total")
T4_GROUPS: tuple[str, ...] = ("review", "suit_direct", "suit_after_review")
_T3_ORDER = ("natural", "organisations", *T3_COLUMNS[1:])
_T3_READ_BY_ROW = ("natural", "organisations", "total", *T3_COLUMNS[1:-1])
_T3_FIVE = T3_COLUMNS[1:-1]
#: headings that make a header of table 3; fewer may be words of any table
_FEWEST = 3

_MADE = ("made", "disclosed", "public_total")
_ISSUED = ("issued", "repealed", "effective")
_ITEMS = ("items_before", "items_change", "decisions")
#: columns of each row of table 2, by form; ``fee_amount`` is the heading of the cell ``t2.fee.amount``
T2_TEMPLATES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "t2.regulation": (("2019", _MADE), ("2021", _ISSUED)),
    "t2.normative": (("2019", _MADE), ("2021", _ISSUED)),
    "t2.licence": (("2021", ("decisions",)), ("2019", _ITEMS)),
    "t2.service": (("2019", _ITEMS), ("2021", ("decisions",))),
    "t2.penalty": (("2021", ("decisions",)), ("2019", _ITEMS)),
    "t2.coercion": (("2021", ("decisions",)), ("2019", _ITEMS)),
    "t2.fee": (("2019", ("items_before", "items_change")), ("2021", ("fee_amount",))),
    "t2.procurement": (("2019", ("items", "amount")),),
}
_CELL_COLUMN = {"fee_amount": "amount"}


class Heading(NamedTuple):
    """A matched heading: its label, printed text, place in its row (rank of the cell), number and width of its printed row.

    ``span``: the heading and the empty cells right behind it, which converters leave of a heading over several columns.
    """

    label: Label
    text: str
    row: int
    column: int
    width: int = 0
    span: int = 1


@quick_init
@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a table in printed order: ``codes[i]`` is the last part of the cell code, ``None`` for one without label.

    ``missing`` names the columns of the form that have no heading.  ``start`` is the place of the first value counted from the
    row label, where the headings show it.
    """

    codes: tuple[str | None, ...]
    missing: tuple[str, ...] = ()
    start: int | None = None


def cell_column(heading_code: str) -> str:
    """Last part of the cell code for a heading (``fee_amount`` → ``amount``)."""
    return _CELL_COLUMN.get(heading_code, heading_code)


@cache
def row_codes(row: str) -> dict[str, str]:
    """Code of the statutory cell by the code of its heading, for the row ``row`` (table 4: ``t4`` and ``review.upheld``)."""
    headings = {column: heading for heading, column in _CELL_COLUMN.items()}
    codes: dict[str, str] = {}
    for code in all_cells():
        if code.startswith(f"{row}."):
            column = code[len(row) + 1 :]
            codes[column] = codes[headings.get(column, column)] = code
    return codes


@cache
def money_cells() -> frozenset[str]:
    """Codes of the cells that hold money."""
    return frozenset(code for code, spec in all_cells().items() if spec.unit == "万元")


def t3_columns(headings: Sequence[Heading]) -> Columns | None:
    """Columns of table 3, or ``None`` where too few headings are known or a printed row contradicts the form's order.

    Headings of several printed rows do not tell an order between them (总计, which spans all three, may be read first).  Only where
    there is one level of headings is their printed order taken.
    """
    heads = [h for h in headings if "t3" in h.label.tables and (h.label.kind == "column" or h.label.code == "organisations")]
    rows: dict[int, list[str]] = {}
    for heading in heads:
        rows.setdefault(heading.row, []).append(heading.label.code)
    present = {h.label.code for h in heads if h.label.kind == "column"}
    if len(present) < _FEWEST:
        return None
    grouped = any(h.label.code == "organisations" for h in heads)
    for codes in rows.values():
        if not grouped and len(codes) == len(set(codes)) == len(T3_COLUMNS):
            # one level of headings; 自然人 总计 商业企业 … would be two levels read on end, with 法人或其他组织 lost
            return Columns(tuple(codes)) if codes[:2] != ["natural", "total"] else None
    if len(rows) == len(heads):
        return _t3_one_a_line([codes[0] for codes in rows.values()], grouped=grouped)
    if not all(_is_subsequence(codes, _T3_ORDER) or _is_subsequence(codes, _T3_READ_BY_ROW) for codes in rows.values()):
        return None
    return Columns(tuple(c if c in present else None for c in T3_COLUMNS), tuple(c for c in T3_COLUMNS if c not in present))


def _t3_one_a_line(codes: Sequence[str], *, grouped: bool) -> Columns | None:
    """Columns of table 3 from headings printed one a line, whose order is all that tells the columns.

    总计 follows 法人或其他组织 (two levels of headings, read level by level) or the five of them; these are taken as printed.  Any
    other arrangement (总计 in front) is not known to be that of the values, and neither is 自然人 总计 商业企业 … without its group.
    """
    half = len(codes) // 2
    if half and len(codes) % 2 == 0 and codes[:half] == codes[half:]:
        codes = codes[:half]  # headings repeated on the next page
    if len(set(codes)) != len(codes):
        return None
    five = [c for c in codes if c in _T3_FIVE]
    if not five:
        return None
    at = codes.index(five[0])
    if list(codes[at : at + len(five)]) != five:
        return None
    frame = [*codes[:at], "five", *codes[at + len(five) :]]
    ways = (("natural", "organisations", "five", "total"), ("natural", "organisations", "total", "five"))
    if not any(_is_subsequence(frame, way) for way in (ways if grouped else ways[:1])):
        return None
    if len(five) < len(_T3_FIVE) and not _is_subsequence(five, _T3_FIVE):
        return None
    order = ("natural", *(five if len(five) == len(_T3_FIVE) else _T3_FIVE), "total")
    return Columns(tuple(c if c in codes else None for c in order), tuple(c for c in order if c not in codes))


def t3_first_field(headings: Sequence[Heading]) -> tuple[int, int] | None:
    """Field of the first column of table 3 and number of fields, where headings and values stand in the same TAB positions.

    That is where the seven headings follow each other and the last one ends its row: a converter that drops merged cells would
    have moved them to the left and left fields over.
    """
    heads = sorted((h.column, h.label.code, h.width) for h in headings if "t3" in h.label.tables and h.label.kind == "column")
    if len(heads) != len(T3_COLUMNS) or tuple(code for _, code, _ in heads) != T3_COLUMNS:
        return None
    first, width = heads[0][0], heads[0][0] + len(T3_COLUMNS)
    if first == 0 or any((column, w) != (first + n, width) for n, (column, _, w) in enumerate(heads)):
        return None
    return first, width


def _is_subsequence(part: Sequence[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(code in rest for code in part)


def t4_columns(headings: Sequence[Heading]) -> Columns | None:
    """Columns of table 4: outcome under review, direct suit, suit after review; ``None`` where headings fit in no single way."""
    groups = [h.label.code for h in headings if h.label.kind == "group"]
    leaves = [h.label.code for h in headings if h.label.kind == "column"]
    known = [g for g in groups if g in T4_GROUPS]
    if len(known) != len(set(known)) or not leaves:
        return None
    ranks = [T4_LEAVES.index(leaf) for leaf in leaves]
    # 维持 纠正 维持 纠正 维持 纠正: where the order falls back the next group begins
    nth = list(accumulate((b <= a for a, b in pairwise(ranks)), initial=0))
    cycles = nth[-1] + 1
    if cycles == len(T4_GROUPS):
        order = T4_GROUPS
        if [g for g in order if g in known] != known:
            return None
    elif cycles == 1 and len(known) == 1 and "suit" not in groups:
        order = (known[0],)
    elif cycles == 2 and known == ["suit_direct", "suit_after_review"] and "review" not in groups:
        order = ("suit_direct", "suit_after_review")
    else:
        return None
    full = [leaf for _ in order for leaf in T4_LEAVES]
    has_suit = "suit" in groups
    codes: list[str | None] = [None] * len(full)
    for index in (n * len(T4_LEAVES) + rank for n, rank in zip(nth, ranks, strict=True)):
        group = order[index // len(T4_LEAVES)]
        labelled = group in known and (group == "review" or has_suit or len(order) < len(T4_GROUPS))
        if labelled:
            codes[index] = f"{group}.{full[index]}"
    names = [f"{order[i // len(T4_LEAVES)]}.{full[i]}" for i in range(len(full))]
    return Columns(tuple(codes), tuple(n for n, c in zip(names, codes, strict=True) if c is None), _t4_start(headings))


def _t4_start(headings: Sequence[Heading]) -> int | None:
    """Place of the first value, where all headings of outcomes stand in one row or in two that complete each other."""
    places = sorted({h.column for h in headings if h.label.kind == "column"})
    if len(places) == 3 * len(T4_LEAVES) and places[-1] - places[0] == len(places) - 1:
        return places[0]
    return None


def _t2_codes(headings: Sequence[Heading]) -> list[str]:
    """Codes of the headings in printed order, each once; 本年新 | 本年新 | 对外公开总数量 is 本年新制作数量 and 本年新公开数量 cut off."""
    printed = [h for h in headings if h.label.kind == "column" or h.label.code == "new_cut"]
    if len({h.row for h in printed}) > 1 and len({h.width for h in printed}) == 1:
        # 本年新 | 本年新 | 对外公开总数量 over 制作数量 | 公开数量: two lines of one heading row
        printed.sort(key=lambda h: h.column)
    codes = [h.label.code for h in printed]
    if codes.count("new_cut") == 2 and not {"made", "disclosed"} & set(codes):
        first = codes.index("new_cut")
        codes[first : first + 1] = ["made"]
        codes[codes.index("new_cut")] = "disclosed"
    return list(dict.fromkeys(codes))


def t2_columns(row: str, headings: Sequence[Heading], first_after: int | None) -> tuple[tuple[str, Columns], ...]:
    """Possible columns of a row of table 2 under ``headings``, with the form of each.

    Several are returned where the headings left (处理决定数量 alone) fit both forms; the number of printed places decides then.
    ``first_after``: distance of the first heading from 信息内容 where both stand in one printed row.
    """
    templates = T2_TEMPLATES[row]
    allowed = {code for _, template in templates for code in template}
    codes = [code for code in _t2_codes(headings) if code in allowed]
    fitting: list[tuple[str, Columns]] = []
    for form, template in templates:
        if not codes or not set(codes) <= set(template):
            continue
        if len(codes) == len(template):
            fitting.append((form, Columns(tuple(codes), (), first_after)))
        elif _is_subsequence(codes, template) and not _of_other_form(headings, codes, form):
            present = set(codes)
            columns = tuple(c if c in present else None for c in template)
            start = first_after if columns[0] is not None else None
            fitting.append((form, Columns(columns, tuple(c for c in template if c not in present), start)))
    return tuple(fitting)


def _of_other_form(headings: Sequence[Heading], codes: Sequence[str], form: str) -> bool:
    """Whether a heading has the wording of another form: under 本年处理决定数量 `1 8 7` is no row of 2019 whose headings were lost."""
    return any(h.label.form not in ("", form) for h in headings if h.label.code in codes)
