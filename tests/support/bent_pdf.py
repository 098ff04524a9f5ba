"""The report of :mod:`tests.support.bent` as PDF files that bend one thing each: borders, alignment, type, marks, hidden text.

All is drawn by :mod:`tests.support.pdf_writer`: nothing of the code under test, and no program, takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.bent import TITLE, t3_rows, t4_values, truth
from tests.support.pdf_writer import PdfPage

#: a value in its cell: page, left end, baseline, text, size of type
Extra = Callable[[PdfPage, str, float, float, str, float], None]
_T2 = (
    ("第二十条第（一）项", ("本年制发件数", "本年废止件数", "现行有效件数"),
     (("规章", "t2.regulation", ("issued", "repealed", "effective")),
      ("行政规范性文件", "t2.normative", ("issued", "repealed", "effective")))),
    ("第二十条第（五）项", ("本年处理决定数量",), (("行政许可", "t2.licence", ("decisions",)),)),
    ("第二十条第（六）项", ("本年处理决定数量",),
     (("行政处罚", "t2.penalty", ("decisions",)), ("行政强制", "t2.coercion", ("decisions",)))),
    ("第二十条第（八）项", ("本年收费金额（单位：万元）",), (("行政事业性收费", "t2.fee", ("amount",)),)),
)  # fmt: skip
_APPLICANTS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
_GROUPS = (
    ("三、本年度办理结果", 0),
    ("（三）不予公开", 1),
    ("（四）无法提供", 1),
    ("（五）不予处理", 1),
    ("（六）其他处理", 1),
)
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


@dataclass(slots=True)
class Sheet:
    """How the report is set.

    ``borders``: ``all``, ``none``, ``across`` (horizontal lines only), ``down``, ``inner`` (no outer border), ``dotted``, ``book`` (top,
    bottom and under the headings), ``label`` (lines across and behind the labels), ``frame`` (around each table only), tables ``bare`` have none; ``align`` of values; ``value_size`` of digits, ``letter`` their extra distance in points;
    ``extra`` draws beside each value; values that end in one of ``nameless`` have no names of their digits, those in ``comments`` are comments put upon the page; ``middle``: labels of several lines stand around the height of their values.
    """

    borders: str = "all"
    align: str = "centre"
    size: float = 9.0
    value_size: float = 9.0
    letter: float = 0.0
    middle: bool = True
    bottom: float = 780.0
    width: float = 595.0
    margin: float = 60.0
    extra: Extra | None = None
    bare: tuple[str, ...] = ()
    nameless: str = ""
    comments: str = ""
    pages: list[PdfPage] = field(default_factory=list)
    y: float = 80.0

    def page(self) -> PdfPage:
        if not self.pages:
            self.pages.append(PdfPage(width=self.width))
        return self.pages[-1]

    def turn(self) -> None:
        self.pages.append(PdfPage(width=self.width))
        self.y = 80.0

    # ---- prose
    def prose(self, text: str, size: float = 12.0, *, indent: bool = True) -> None:
        per_line = int((self.width - 2 * self.margin) / size)
        text = ("　　" if indent else "") + text
        while text:
            taken, room = 0, float(per_line)
            while taken < len(text) and room >= _width(text[taken]):
                room -= _width(text[taken])
                taken += 1
            if self.y > self.bottom:
                self.turn()
            self.page().text(self.margin, self.y, text[:taken], size)
            text = text[taken:]
            self.y += 1.8 * size

    # ---- tables
    def row(self, cells: list[tuple[float, float, str]], *, heading: bool = False) -> None:
        """A row of cells (left, right, text); a label that does not fit is wrapped."""
        wrapped = [_wrap(text, (right - left - 6) / self.size) for left, right, text in cells]
        height = max(len(lines) for lines in wrapped) * 1.4 * self.size + 6
        if self.y + height > self.bottom:
            self.turn()
        top, page = self.y, self.page()
        for (left, right, text), lines in zip(cells, wrapped, strict=True):
            value = text.isdigit()
            size = self.value_size if value else self.size
            first = top + 3 + 1.1 * self.size
            if self.middle:
                first += (height - 6 - 1.4 * self.size * len(lines)) / 2
            for n, line in enumerate(lines):
                step = 0.5 * size + self.letter if value else size
                length = step * len(line) if value else sum(map(_width, line)) * size
                x = {"left": left + 3, "right": right - 3 - length, "centre": (left + right - length) / 2}[self.align]
                y = first + 1.4 * self.size * n
                if value and self.letter:
                    for k, c in enumerate(line):
                        page.text(x + k * step, y, c, size)
                elif value and line[-1] in self.nameless:
                    page.nameless(x, y, line, size)
                elif value and line[-1] in self.comments:
                    page.comment(x, y, line, size)
                else:
                    page.text(x, y, line, size)
                if value and self.extra is not None:
                    self.extra(page, text, x, y, line, size)
            outer = (cells[0][0], cells[0][1] if self.borders == "label" else cells[-1][1], self.width - self.margin)
            self._borders(page, left, top, right, top + height, outer=outer)
        self.y += height

    def _borders(self, page: PdfPage, x0: float, y0: float, x1: float, y1: float, outer: tuple[float, ...]) -> None:
        draw = _dots if self.borders == "dotted" else lambda *at: page.line(*at)
        if self.borders in ("all", "across", "dotted", "inner", "label"):
            draw(page, x0, y0, x1, y0) if self.borders == "dotted" else draw(x0, y0, x1, y0)
            draw(page, x0, y1, x1, y1) if self.borders == "dotted" else draw(x0, y1, x1, y1)
        if self.borders in ("all", "down", "dotted", "inner", "label"):
            for x in (x0, x1):
                if (self.borders != "inner" or x not in outer) and (self.borders != "label" or x in outer):
                    draw(page, x, y0, x, y1) if self.borders == "dotted" else draw(x, y0, x, y1)

    def rule(self) -> None:
        """A line over the whole width, as books set it over, under and inside a table."""
        if self.borders == "book":
            self.page().line(self.margin, self.y, self.width - self.margin, self.y, 1.0)

    def table2(self) -> None:
        left, right = self.margin, self.width - self.margin
        step = (right - left) / 4
        self.rule()
        for article, columns, rows in _T2:
            self.row([(left, right, article)])
            edges = [left + n * step for n in range(len(columns) + 2)]
            self.row([*zip(edges, edges[1:], ("信息内容", *columns), strict=False)])
            self.rule()
            for label, code, leaves in rows:
                values = [str(truth()[f"{code}.{leaf}"]) for leaf in leaves]
                self.row([*zip(edges, edges[1:], (label, *values), strict=False)])
        self.rule()

    def table3(self) -> None:
        left, right = self.margin, self.width - self.margin
        first = left + 0.36 * (right - left)
        step = (right - first) / 7
        edges = [first + n * step for n in range(8)]
        self.rule()
        self.row(
            [
                (left, first, "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"),
                (first, right, "申请人情况"),
            ]
        )
        self.row([(edges[1], edges[6], "法人或其他组织")])
        self.row([(edges[0], edges[1], "自然人"), *zip(edges[1:], edges[2:], (*_APPLICANTS, "总计"), strict=False)])
        self.rule()
        groups = dict(_GROUPS)
        sub = left + 0.14 * (right - left)
        started: set[str] = set()
        for code, label, values in t3_rows():
            cells: list[tuple[float, float, str]] = []
            group = _group_of(code)
            for name in (("三、本年度办理结果",) if group is not None else ()) + ((group,) if group else ()):
                if name not in started:
                    at = (left, left + 0.07 * (right - left)) if not groups[name] else (left + 0.07 * (right - left), sub)
                    cells.append((*at, name))
                    started.add(name)
            start = left if group is None else sub if group else left + 0.07 * (right - left)
            self.row([*cells, (start, first, label), *zip(edges, edges[1:], values, strict=False)])
        self.rule()

    def table4(self) -> None:
        left, right = self.margin, self.width - self.margin
        step = (right - left) / 15
        edges = [left + n * step for n in range(16)]
        self.rule()
        self.row([(edges[0], edges[5], "行政复议"), (edges[5], edges[15], "行政诉讼")])
        self.row([(edges[5], edges[10], "未经复议直接起诉"), (edges[10], edges[15], "复议后起诉")])
        self.row([*zip(edges, edges[1:], _OUTCOMES * 3, strict=False)])
        self.rule()
        self.row([*zip(edges, edges[1:], [v for group in t4_values() for v in group], strict=False)])
        self.rule()

    def _table(self, code: str) -> None:
        ruled = self.borders
        self.borders = "none" if code in self.bare or ruled == "frame" else ruled
        top, first = self.y, len(self.pages)
        {"t2": self.table2, "t3": self.table3, "t4": self.table4}[code]()
        self.borders = ruled
        for page in self.pages[first - 1 :] if ruled == "frame" else ():
            page.box(self.margin, top, self.width - self.margin, self.y if page is self.pages[-1] else self.bottom)
            top = 80.0

    def report(self) -> list[PdfPage]:
        """All pages of the report."""
        self.page().text(self.width / 2 - 9 * 18 / 2 - 75, self.y, TITLE, 18)
        self.y += 40
        self.prose("根据《中华人民共和国政府信息公开条例》，云岭县水务局编制本报告。数据期限为2023年1月1日至12月31日。")
        self.prose("一、总体情况", 14, indent=False)
        self.prose("2023年，我局主动公开政府信息846条，通过门户网站公开530条。")
        self.prose("全年收到政府信息公开申请1339件，办结1343件，结转下年度28件。")
        self.prose("二、主动公开政府信息情况", 14, indent=False)
        self._table("t2")
        self.y += 20
        self.prose("三、收到和处理政府信息公开申请情况", 14, indent=False)
        self._table("t3")
        self.y += 20
        self.prose("四、政府信息公开行政复议、行政诉讼情况", 14, indent=False)
        self._table("t4")
        self.y += 20
        self.prose("五、存在的主要问题及改进情况", 14, indent=False)
        self.prose("虽然取得一定成效，但部分栏目更新不及时，业务人员能力有待提高。")
        self.prose("下一步，我局将加强业务培训，完善更新机制。")
        self.prose("六、其他需要报告的事项", 14, indent=False)
        self.prose("本年度未收取信息处理费。")
        return self.pages


def _dots(page: PdfPage, x0: float, y0: float, x1: float, y1: float) -> None:
    """A line of dots, each an object of its own, as browsers print it."""
    length = max(x1 - x0, y1 - y0)
    for n in range(int(length / 2)):
        at = n * 2
        x, y = (x0 + at, y0) if x1 > x0 else (x0, y0 + at)
        page.bar(x, y, x + 0.8, y + 0.8, 0.8)


def _group_of(code: str) -> str | None:
    """Printed group of a row of table 3: ``None`` for the rows outside of the results, ``""`` for those right under them."""
    name = code.removeprefix("t3.")
    if name in ("new", "carried_in", "carried_out"):
        return None
    for start, group in (("denied", 1), ("unavailable", 2), ("rejected", 3), ("other", 4)):
        if name.startswith(start):
            return _GROUPS[group][0]
    return ""


def _width(c: str) -> float:
    return 0.5 if c.isascii() else 1.0


def _wrap(text: str, room: float) -> list[str]:
    lines, used = [""], 0.0
    for c in text:
        if used + _width(c) > max(1.0, room) and lines[-1] and not text.isdigit():
            lines.append("")
            used = 0.0
        lines[-1] += c
        used += _width(c)
    return lines
