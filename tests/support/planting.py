"""Errors planted one by one in a report: its blocks with one thing changed, and where the finding must point.

A report is taken apart into the blocks of its canonical text, so that any layout can be planted in; a plant says what it changed
and which kinds of finding tell of it.  ``None`` where a report has no place for the error (a report without a table 4).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from corpus.types import Block, Document, Grid, Paragraph, TableBlock
from extract.against_tables.join import cells_by_code
from extract.checking.claims import claims
from extract.types import Report

_DIGITS = re.compile(r"\d+")
_NUMBERS = "一二三四五六"


@dataclass(frozen=True, slots=True)
class Planted:
    """A report with one error: its document, the kinds that tell of it, and a word that one of the finding's places must hold."""

    document: Document
    kinds: frozenset[str]
    word: str = ""


Plant = Callable[[Report], Planted | None]


def as_document(report: Report) -> Document:
    """The blocks of a report as a reader would give them."""
    return Document(tuple(_blocks(report)), "planted", "1", "utf-8")


def _blocks(report: Report) -> list[Block]:
    return [
        b.grid if isinstance(b, TableBlock) else Paragraph(report.text[b.start : b.end], level=b.level)
        for b in report.canonical.blocks
    ]


def _made(blocks: list[Block], *kinds: str, word: str = "") -> Planted:
    return Planted(Document(tuple(blocks), "planted", "1", "utf-8"), frozenset(kinds), word)


def _at(report: Report, start: int) -> int:
    return next(n for n, b in enumerate(report.canonical.blocks) if b.start <= start <= b.end)


def _write(report: Report, blocks: list[Block], start: int, end: int, new: str) -> None:
    """Put ``new`` where ``start:end`` stands, in a paragraph or a cell."""
    n = _at(report, start)
    old, block = report.canonical.blocks[n], blocks[n]
    if isinstance(block, Paragraph):
        text = block.text
        blocks[n] = replace(block, text=text[: start - old.start] + new + text[end - old.start :], places=block.places[:1])
        return
    assert isinstance(block, Grid)
    assert isinstance(old, TableBlock)
    spans = [cell.span for cell in old.grid.cells]
    k = spans.index((start, end)) if (start, end) in spans else None
    if k is None:  # a part of a cell
        k = next(i for i, (a, b) in enumerate(spans) if a <= start and end <= b)
        a = spans[k][0]
        new = block.cells[k].text[: start - a] + new + block.cells[k].text[end - a :]
    blocks[n] = replace(block, cells=(*block.cells[:k], replace(block.cells[k], text=new), *block.cells[k + 1 :]))


def _cell(report: Report, code: str, new: str | None = None, *kinds: str) -> Planted | None:
    cell = cells_by_code(report.cells).get(code)
    if cell is None or cell.state != "value" or cell.value is None:
        return None
    if any(c.start == cell.start and c.code != code for c in report.cells):
        return None
    blocks = _blocks(report)
    try:
        _write(report, blocks, cell.start, cell.end, str(int(cell.value) + 3) if new is None else new)
    except StopIteration:  # the values of several cells stand in one
        return None
    return _made(blocks, *kinds, word=code)


def _sentence(report: Report, text: str, *kinds: str, word: str = "", section: str = "s1") -> Planted | None:
    """A paragraph of its own at the end of a section's narrative."""
    found = [p for p in report.passages if p.section == section]
    if not found:
        return None
    blocks = _blocks(report)
    blocks.insert(_at(report, found[-1].start) + 1, Paragraph(text))
    return _made(blocks, *kinds, word=word or text[:6])


def _heading(report: Report, code: str) -> tuple[int, str] | None:
    section = next((s for s in report.sections if s.code == code and s.heading and s.heading[:1] in _NUMBERS), None)
    if section is None or section.body_start < report.canonical.blocks[_at(report, section.start)].end:
        return None
    return _at(report, section.start), section.heading


def _without_heading(report: Report, code: str = "s3") -> Planted | None:
    found = _heading(report, code)
    if found is None:
        return None
    blocks = _blocks(report)
    del blocks[found[0]]
    return _made(blocks, "heading_missing")


def _heading_twice(report: Report) -> Planted | None:
    found, last = _heading(report, "s5"), [p for p in report.passages if p.section == "s5"]
    if found is None or not last:
        return None
    blocks = _blocks(report)
    blocks.insert(_at(report, last[-1].start) + 1, Paragraph(found[1]))
    return _made(blocks, "heading_doubled", word=found[1])


def _heading_number(report: Report) -> Planted | None:
    found = _heading(report, "s4")
    if found is None:
        return None
    blocks, wrong = _blocks(report), f"五{found[1][1:]}"
    blocks[found[0]] = Paragraph(wrong)
    return _made(blocks, "heading_number", word=wrong)


def _section_five(report: Report, text: str, kind: str) -> Planted | None:
    found = _heading(report, "s5")
    if found is None:
        return None
    blocks, start = _blocks(report), found[0] + 1
    later = [s.start for s in report.sections if s.start > report.canonical.blocks[found[0]].start]
    stop = _at(report, min(later)) if later else len(blocks)
    blocks[start:stop] = [Paragraph(text)] if text else []
    return _made(blocks, kind)


def _prose_number(report: Report) -> Planted | None:
    """The number of a sentence that agrees with the tables, seven higher."""
    mentions = {m.key: m for m in report.mentions}
    for join in report.joins:
        mention = mentions.get(join.mention or "")
        if join.verdict != "agrees" or mention is None or not claims(report, mention) or not mention.value:
            continue
        digits = _DIGITS.search(mention.text)
        if digits is None or mention.qualifier != "exact":
            continue
        wrong = mention.text.replace(digits.group(), str(int(digits.group()) + 7), 1)
        blocks = _blocks(report)
        _write(report, blocks, mention.start, mention.end, wrong)
        return _made(blocks, "prose_table", "other_row", "other_counting", "repeat", "prose_sum", "rate", word=wrong)
    return None


def _said_again(report: Report) -> Planted | None:
    new = cells_by_code(report.cells).get("t3.new.total")
    if new is None or new.value is None:
        return None
    text = f"全年共收到政府信息公开申请{int(new.value) + 11}件。"
    return _sentence(report, text, "repeat", "prose_table", word=f"{int(new.value) + 11}件", section="s6")


def _all_done(report: Report) -> Planted | None:
    planted = _sentence(report, "全年收到的政府信息公开申请已全部办结。", "all_done")
    cell = cells_by_code(report.cells).get("t3.carried_out.total")
    if planted is None or cell is None or cell.state != "value":
        return None
    open_ = _cell(report, "t3.carried_out.total", "4")
    if open_ is None:
        return None
    at = _at(report, [p for p in report.passages if p.section == "s1"][-1].start) + 1
    blocks = list(open_.document.blocks)
    blocks.insert(at, planted.document.blocks[at])
    return _made(blocks, "all_done", word="全年收到")


def _years(report: Report, change: Callable[[int], int], first: int, last: int) -> list[Block] | None:
    """The blocks with the year changed in the paragraphs ``first:last``; ``None`` where it does not stand there."""
    year = report.identity.year
    if year is None:
        return None
    blocks, found = _blocks(report), False
    for n, block in enumerate(blocks[first:last], first):
        if isinstance(block, Paragraph) and str(year) in block.text:
            found = True
            blocks[n] = replace(block, text=block.text.replace(str(year), str(change(year))), places=block.places[:1])
    return blocks if found else None


def _period(report: Report) -> Planted | None:
    year = report.identity.year
    title = report.identity.evidence.get("title")
    if year is None or title is None:
        return None
    blocks = _blocks(report)
    period = report.identity.evidence.get("period")
    if period is not None:
        said = report.text[slice(*period)]
        _write(report, blocks, *period, said.replace(str(year), str(year - 1)))
    else:
        text = f"本报告所列数据的统计期限自{year - 1}年1月1日起至{year - 1}年12月31日止。"
        blocks.insert(_at(report, title[0]) + 1, Paragraph(text))
    return _made(blocks, "year_period", word=str(year - 1))


def _title_year(report: Report) -> Planted | None:
    title, period = report.identity.evidence.get("title"), report.identity.evidence.get("period")
    year = report.identity.year
    if title is None or period is None or year is None or str(year) not in report.text[slice(*title)]:
        return None
    blocks = _blocks(report)
    _write(report, blocks, *title, report.text[slice(*title)].replace(str(year), str(year - 1)))
    return _made(blocks, "year_title", "year_period")


def _other_era(report: Report) -> Planted | None:
    """All years moved into the time of the other form."""
    shift = 3 if report.identity.year is not None and report.identity.year < 2021 else -4
    blocks = _years(report, lambda y: y + shift, 0, len(report.canonical.blocks))
    year = report.identity.year
    if (
        blocks is None
        or year is None
        or year + shift < 2019
        or not report.cells
        or report.identity.form not in ("2019", "2021")
    ):
        return None
    return _made(blocks, "form_year", "form_row")


def _text_year(report: Report) -> Planted | None:
    year = report.identity.year
    return None if year is None else _sentence(report, f"{year - 1}年，我单位共主动公开信息83条。", "year_text")


def _doubled(report: Report) -> Planted | None:
    for p in report.passages:
        at = p.text.find("的")
        if (
            p.section == "s1"
            and at > 0
            and p.text[at - 1] not in "目标端有无中"
            and p.text[at + 1 : at + 2] not in ("确", "士", "")
        ):
            blocks = _blocks(report)
            _write(report, blocks, p.start + at, p.start + at + 1, "的的")
            return _made(blocks, "doubled_word", word="的的")
    return None


def _blank(report: Report) -> Planted | None:
    planted = _cell(report, "t3.granted.natural", "", "blank_cell")
    return None if planted is None else replace(planted, word="")


#: planted errors by name
PLANTS: Mapping[str, Plant] = {
    "a cell of a row": lambda r: _cell(r, "t3.granted.natural", None, "table_sum", "zero_total", "blank_sum"),
    "a cell of table 4": lambda r: _cell(r, "t4.review.upheld", None, "table_sum", "zero_total", "blank_sum"),
    "a total of 0": lambda r: (
        _cell(r, "t3.new.total", "0", "zero_total")
        if cells_by_code(r.cells).get("t3.new.total") and cells_by_code(r.cells)["t3.new.total"].value
        else _cell(r, "t3.new.natural", "3", "zero_total")
    ),
    "prose against table": _prose_number,
    "said again otherwise": _said_again,
    "a sum in prose": lambda r: _sentence(
        r, "全年编发政务简报120条，其中政策信息50条、工作动态90条。", "prose_sum", word="120条"
    ),
    "a part of more than its whole": lambda r: _sentence(
        r, "全年编发政务简报120条。其中，部门动态130条，党务要闻9条。", "prose_sum", word="120条"
    ),
    "a rate": lambda r: _sentence(r, "全年受理政务热线工单400件，办结380件，办结率99%。", "rate", word="99%"),
    "period": _period,
    "title": _title_year,
    "year in the text": _text_year,
    "all concluded": _all_done,
    "heading missing": _without_heading,
    "heading twice": _heading_twice,
    "heading misnumbered": _heading_number,
    "section five empty": lambda r: _section_five(r, "", "s5_empty"),
    "section five without a measure": lambda r: _section_five(
        r, "一是公开意识有待提高，二是栏目更新不够及时，三是解读形式较为单一。", "s5_no_measure"
    ),
    "blank cell": _blank,
    "no whole number": lambda r: _cell(r, "t3.new.natural", "2.5", "not_whole"),
    "form of another year": _other_era,
    "doubled word": _doubled,
    "left over from a template": lambda r: _sentence(r, "全年组织公开业务培训XX次（请根据实际情况填写）。", "leftover", word="XX次"),
    "number not filled in": lambda r: _sentence(r, "本年度通过信函收到依申请公开信息件。", "leftover", word="信息件"),
    "doubled mark": lambda r: _sentence(r, "全年组织公开业务培训，，参训人员较多。", "doubled_mark", word="，，"),
}  # fmt: skip

__all__ = ["PLANTS", "Plant", "Planted", "as_document"]
