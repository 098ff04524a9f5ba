"""Prints one truth (cell code → printed text) as a report in every layout that reports are met in.

The tables are built as a matrix of cells with spans; each writer turns it into lines.  Nothing here is taken from the code under
test: labels and structure are written out from the forms themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

APPLICANTS = ("natural", "business", "research", "nonprofit", "legal", "other", "total")
LEAVES = ("upheld", "corrected", "other", "pending", "total")
SUITS = ("review", "suit_direct", "suit_after_review")

_MADE = (("made", "本年新制作数量"), ("disclosed", "本年新公开数量"), ("public_total", "对外公开总数量"))
_ISSUED = (("issued", "本年制发件数"), ("repealed", "本年废止件数"), ("effective", "现行有效件数"))
_ITEMS = (("items_before", "上一年项目数量"), ("items_change", "本年增/减"), ("decisions", "处理决定数量"))
T2 = {
    "2019": (
        ("第二十条第（一）项", _MADE, (("regulation", "规章"), ("normative", "规范性文件"))),
        ("第二十条第（五）项", _ITEMS, (("licence", "行政许可"), ("service", "其他对外管理服务事项"))),
        ("第二十条第（六）项", _ITEMS, (("penalty", "行政处罚"), ("coercion", "行政强制"))),
        ("第二十条第（八）项", _ITEMS[:2], (("fee", "行政事业性收费"),)),
        (
            "第二十条第（九）项",
            (("items", "采购项目数量"), ("amount", "采购总金额（单位：万元，保留4位小数）")),
            (("procurement", "政府集中采购"),),
        ),
    ),
    "2021": (
        ("第二十条第（一）项", _ISSUED, (("regulation", "规章"), ("normative", "行政规范性文件"))),
        ("第二十条第（五）项", (("decisions", "本年处理决定数量"),), (("licence", "行政许可"),)),
        ("第二十条第（六）项", (("decisions", "本年处理决定数量"),), (("penalty", "行政处罚"), ("coercion", "行政强制"))),
        ("第二十条第（八）项", (("amount", "本年收费金额（单位：万元）"),), (("fee", "行政事业性收费"),)),
    ),
}
_DENIED = (
    ("denied_secret", "1.属于国家秘密"),
    ("denied_law", "2.其他法律行政法规禁止公开"),
    ("denied_security", "3.危及“三安全一稳定”"),
    ("denied_third_party", "4.保护第三方合法权益"),
    ("denied_internal", "5.属于三类内部事务信息"),
    ("denied_process", "6.属于四类过程性信息"),
    ("denied_enforcement", "7.属于行政执法案卷"),
    ("denied_inquiry", "8.属于行政查询事项"),
)
_UNAVAILABLE = (
    ("unavailable_not_held", "1.本机关不掌握相关政府信息"),
    ("unavailable_needs_creation", "2.没有现成信息需要另行制作"),
    ("unavailable_unclear", "3.补正后申请内容仍不明确"),
)
_REJECTED = (
    ("rejected_petition", "1.信访举报投诉类申请"),
    ("rejected_repeat", "2.重复申请"),
    ("rejected_publication", "3.要求提供公开出版物"),
    ("rejected_excessive", "4.无正当理由大量反复申请"),
    ("rejected_confirm", "5.要求行政机关确认或重新出具已获取信息"),
)
_OTHER = (
    ("other_uncorrected", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_unpaid", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_misc", "3.其他"),
)
_PARTIAL = "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
APPLICANT_NAMES = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
LEAF_NAMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


@dataclass(frozen=True, slots=True)
class C:
    """A cell: text, place, spans; ``code`` of a statutory cell or ``heading`` path of a column heading."""

    text: str
    row: int
    col: int
    rs: int = 1
    cs: int = 1
    code: str = ""
    heading: str = ""


Matrix = tuple[C, ...]


def codes(form: str) -> list[str]:
    """All cell codes of a form."""
    return [c.code for m in tables(form, {}) for c in m if c.code]


def _t2(form: str, truth: Mapping[str, str]) -> Matrix:
    cells: list[C] = []
    r = 0
    for number, (group, columns, rows) in enumerate(T2[form]):
        width = max(len(b[1]) for b in T2[form]) + 1
        cells.append(C(group, r, 0, cs=width))
        cells.append(C("信息内容", r + 1, 0))
        cells += [C(name, r + 1, 1 + i, heading=f"t2.{number}.{code}") for i, (code, name) in enumerate(columns)]
        r += 2
        for row, label in rows:
            cells.append(C(label, r, 0))
            for i, (column, _) in enumerate(columns):
                code = f"t2.{row}.{column}"
                cells.append(C(truth.get(code, "0"), r, 1 + i, code=code))
            r += 1
    return tuple(cells)


def _t3(form: str, truth: Mapping[str, str]) -> Matrix:
    cells = [
        C(NOTE, 0, 0, rs=3, cs=3),
        C("申请人情况", 0, 3, cs=7),
        C("自然人", 1, 3, rs=2, heading="t3.natural"),
        C("法人或其他组织", 1, 4, cs=5),
        C("总计", 1, 9, rs=2, heading="t3.total"),
    ]
    cells += [C(n, 2, 4 + i, heading=f"t3.{APPLICANTS[1 + i]}") for i, n in enumerate(APPLICANT_NAMES[1:6])]
    r = 3

    def values(row: str) -> None:
        cells.extend(C(truth.get(f"t3.{row}.{a}", "0"), r, 3 + i, code=f"t3.{row}.{a}") for i, a in enumerate(APPLICANTS))

    groups: list[tuple[str, tuple[tuple[str, str], ...]]] = [
        ("（一）予以公开", (("granted", ""),)),
        (_PARTIAL, (("partial", ""),)),
        ("（三）不予公开", _DENIED),
        ("（四）无法提供", _UNAVAILABLE),
        ("（五）不予处理", _REJECTED),
        ("（六）其他处理", _OTHER if form == "2021" else (("other", ""),)),
        ("（七）总计", (("total", ""),)),
    ]
    for row, label in (("new", "一、本年新收政府信息公开申请数量"), ("carried_in", "二、上年结转政府信息公开申请数量")):
        cells.append(C(label, r, 0, cs=3))
        values(row)
        r += 1
    height = sum(len(rows) for _, rows in groups)
    cells.append(C("三、本年度办理结果", r, 0, rs=height))
    for group, rows in groups:
        if not rows[0][1]:
            cells.append(C(group, r, 1, cs=2))
            values(rows[0][0])
            r += 1
            continue
        cells.append(C(group, r, 1, rs=len(rows)))
        for row, label in rows:
            cells.append(C(label, r, 2))
            values(row)
            r += 1
    cells.append(C("四、结转下年度继续办理", r, 0, cs=3))
    values("carried_out")
    return tuple(cells)


def _t4(truth: Mapping[str, str]) -> Matrix:
    cells = [C("行政复议", 0, 0, cs=5), C("行政诉讼", 0, 5, cs=10)]
    cells += [C(n, 1, i, rs=2, heading=f"t4.review.{LEAVES[i]}") for i, n in enumerate(LEAF_NAMES)]
    cells += [C("未经复议直接起诉", 1, 5, cs=5), C("复议后起诉", 1, 10, cs=5)]
    for g in (1, 2):
        cells += [C(n, 2, 5 * g + i, heading=f"t4.{SUITS[g]}.{LEAVES[i]}") for i, n in enumerate(LEAF_NAMES)]
    for g, suit in enumerate(SUITS):
        for i, leaf in enumerate(LEAVES):
            code = f"t4.{suit}.{leaf}"
            cells.append(C(truth.get(code, "0"), 3, 5 * g + i, code=code))
    return tuple(cells)


def tables(form: str, truth: Mapping[str, str]) -> tuple[Matrix, Matrix, Matrix]:
    """The three tables as matrices; a code that the truth lacks prints 0."""
    return _t2(form, truth), _t3(form, truth), _t4(truth)


def headings(form: str) -> list[str]:
    """Paths of all column headings (``t2.0.made``, ``t3.natural``, ``t4.review.upheld``)."""
    return [c.heading for m in tables(form, {}) for c in m if c.heading]


def codes_under(form: str, heading: str) -> set[str]:
    """Codes of the cells under a column heading."""
    for matrix in tables(form, {}):
        for head in matrix:
            if head.heading == heading:
                bottom = min(
                    (c.row for c in matrix if c.row > head.row and c.heading == "" and c.col == 0 and c.cs > 1), default=99
                )
                stop = bottom if heading.startswith("t2") else 99
                return {c.code for c in matrix if c.code and c.col == head.col and head.row < c.row < stop}
    raise KeyError(heading)


def without_heading(matrix: Matrix, heading: str) -> Matrix:
    """The matrix with one column heading blanked."""
    return tuple(replace(c, text="") if c.heading == heading else c for c in matrix)


def moved_columns(matrix: Matrix, order: tuple[str, ...]) -> Matrix:
    """Table 3 with its columns, headings and data, in another order of :data:`APPLICANTS`; other tables as they are."""
    if not any(c.text == NOTE for c in matrix):
        return matrix
    to = {3 + i: 3 + order.index(a) for i, a in enumerate(APPLICANTS)}
    group = min(to[4 + i] for i in range(5))
    return tuple(
        replace(c, col=group) if c.text == "法人或其他组织" else replace(c, col=to[c.col]) if c.code or c.heading else c
        for c in matrix
    )


def by_row(matrix: Matrix) -> list[list[C]]:
    """Cells by the row they begin in."""
    rows: dict[int, list[C]] = {}
    for c in sorted(matrix, key=lambda c: (c.row, c.col)):
        rows.setdefault(c.row, []).append(c)
    return [rows[r] for r in sorted(rows)]


def expanded(matrix: Matrix) -> list[list[tuple[str, bool]]]:
    """Every position of every row: text and whether it is a placeholder of a span."""
    height = 1 + max(c.row + c.rs - 1 for c in matrix)
    width = 1 + max(c.col + c.cs - 1 for c in matrix)
    out = [[("", True)] * width for _ in range(height)]
    for c in matrix:
        out[c.row][c.col] = (c.text, False)
    return out


def lines_a(matrix: Matrix, *, gap: bool = False, blank: str | None = None) -> list[str]:
    """One cell a line.  ``blank``: what a blank cell prints, ``None`` nothing at all; ``gap``: an empty line after every cell."""
    out: list[str] = []
    for row in by_row(matrix):
        for c in row:
            if c.text or blank is not None:
                out.append(c.text or blank or "")
                out += [""] * gap
    return out


def lines_b(matrix: Matrix) -> list[str]:
    """A TAB before each cell, lone TAB for a cell merged with the one above, TAB + NBSP for a blank one, empty line after a row."""
    out: list[str] = []
    for r in range(1 + max(c.row for c in matrix)):
        here = sorted((c for c in matrix if c.row <= r < c.row + c.rs), key=lambda c: c.col)
        for c in here:
            out.append("\t" if c.row < r else "\t" + (c.text or "\xa0"))
        out.append("")
    return out


def lines_c(matrix: Matrix, *, pad: bool = True) -> list[str]:
    """Tab rows with every position of every span printed."""
    rows = ["\t".join(text for text, _ in row) for row in expanded(matrix)]
    return rows if pad else [row.rstrip("\t") for row in rows]


def lines_c_short(matrix: Matrix) -> list[str]:
    """Tab rows as word processors copy them: a label over n columns takes n-1 places, the rest is filled up at the end."""
    width = 1 + max(c.col + c.cs - 1 for c in matrix)
    out: list[str] = []
    for r in range(1 + max(c.row for c in matrix)):
        fields: list[str] = []
        for c in sorted((c for c in matrix if c.row <= r < c.row + c.rs), key=lambda c: c.col):
            fields.append(c.text if c.row == r else "")
            span = c.cs - 1 if (c.cs > 1 and c.col == 0) or c.cs == 2 else c.cs
            fields += [""] * (max(1, span) - 1)
        fields += [""] * (width - len(fields))
        out.append("\t".join(fields))
    return out


def page_break(lines: list[str], at: int, *, jump: bool = True) -> list[str]:
    """Tab rows with a page break before row ``at``: an empty line, and with ``jump`` the rows on lose their empty cells in front."""
    moved: list[str] = []
    for line in lines[at:]:
        stripped = line.lstrip("\t") if jump else line
        moved.append(stripped + "\t" * (line.count("\t") - stripped.count("\t")))
    return [*lines[:at], "", *moved]


def lines_d(matrix: Matrix, *, ruler: bool = True) -> list[str]:
    """Markdown pipes, spans expanded to empty cells."""
    rows = ["| " + " | ".join(text for text, _ in row) + " |" for row in expanded(matrix)]
    width = rows[0].count("|") - 1
    return [rows[0], "|" + " --- |" * width, *rows[1:]] if ruler else rows


def lines_d_filled(matrix: Matrix) -> list[str]:
    """Markdown pipes by a converter that drops spans and fills up each row at its end."""
    rows = by_row(matrix)
    width = max(sum(1 for _ in row) for row in rows)
    out = ["| " + " | ".join([c.text for c in row] + [""] * (width - len(row))) + " |" for row in rows]
    return [out[0], "|" + "---|" * width, *out[1:]]


def _wrap(text: str, width: int) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), width)] or [""]


def lines_e(matrix: Matrix, *, wrap: int = 14, pages: Iterable[int] = (), vertical: bool = False) -> list[str]:
    """Columns apart by spaces; long labels and headings are wrapped, the values stand on the middle line."""
    out: list[str] = []
    pieces = {9: "三、", 11: "本年", 13: "度办", 15: "理结", 17: "果"} if vertical else {}
    breaks = set(pages)
    for n, row in enumerate(by_row(matrix)):
        if n in breaks:
            out += ["", f"{n}", ""]
        values = [c.text for c in row if c.code]
        labels = [c for c in row if not c.code and c.text]
        if not values:
            out += _header_lines(labels, wrap)
            continue
        label = labels[-1].text if labels else ""
        parts = _wrap(label, wrap)
        middle = len(parts) // 2 if len(parts) > 2 else 0
        front = [c.text for c in labels[:-1] if c.text != "三、本年度办理结果" or not vertical]
        for i, part in enumerate(parts):
            left = pieces.get(n, "") if i == middle else ""
            lead = "   ".join([*([left] if left else []), *(front if i == middle else []), part])
            run = "      ".join(v for v in values if v) if i == middle else ""
            out.append(f"   {lead}" + (f"        {run}" if run else ""))
    return out


def _width(text: str, *, wide: bool) -> int:
    return len(text) + (sum(1 for c in text if ord(c) > 0x2E7F) if wide else 0)


def lines_e_aligned(matrix: Matrix, *, wide: bool = True, right: bool = False) -> list[str]:
    """Columns of spaces in which a blank cell keeps its place; ``wide``: a Chinese character counts two columns."""
    labels = 3 if any(c.text == NOTE for c in matrix) else 0 if any(c.text == "行政复议" for c in matrix) else 1
    front = 90 if labels == 3 else 26 if labels else 0
    out: list[str] = []
    for row in by_row(matrix):
        line = "  ".join(c.text for c in row if c.col < labels and c.text)
        for c in row:
            if c.col < labels or not c.text:
                continue
            start = front + 32 * (c.col - labels)
            start += 30 - _width(c.text, wide=wide) if right and c.cs == 1 else 0
            line += " " * max(2 if line else 0, start - _width(line, wide=wide)) + c.text
        out.append(line)
    return out


def _header_lines(labels: list[C], wrap: int) -> list[str]:
    narrow = [_wrap(c.text, (2 if len(labels) > 7 else 3) if len(labels) > 3 else wrap) for c in labels]
    return ["     " + "    ".join(w[i] for w in narrow if i < len(w)) for i in range(max((len(w) for w in narrow), default=0))]


HEADS = ("二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况")


def report(matrices: Iterable[Matrix], writer: Callable[[Matrix], list[str]]) -> str:
    """A whole short report with its three tables in one layout."""
    out = ["某某县档案局2023年政府信息公开工作年度报告", "", "一、总体情况", "", "本年度共举办讲座4场，编印简报12期。", ""]
    for head, matrix in zip(HEADS, matrices, strict=True):
        out += [head, "", *writer(matrix), ""]
    out += ["五、存在的主要问题及改进情况", "", "宣传力度不够，下一步将加大培训。", "", "六、其他需要报告的事项", "", "无。"]
    return "\n".join(out) + "\n"


WRITERS: dict[str, Callable[[Matrix], list[str]]] = {
    "a": lines_a,
    "a-gaps": lambda m: lines_a(m, gap=True),
    "b": lines_b,
    "c": lines_c,
    "c-trimmed": lambda m: lines_c(m, pad=False),
    "c-short": lines_c_short,
    "c-page": lambda m: page_break(lines_c(m), 9),
    "c-page-short": lambda m: page_break(lines_c_short(m), 12),
    "d": lines_d,
    "d-filled": lines_d_filled,
    "e": lines_e,
    "e-pages": lambda m: lines_e(m, pages=(8, 15)),
    "e-wide": lambda m: lines_e(m, wrap=40),
    "e-narrow": lambda m: lines_e(m, wrap=9),
    "e-vertical": lambda m: lines_e(m, vertical=True, wrap=16),
}
