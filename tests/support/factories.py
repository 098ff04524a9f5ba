"""Passages, mentions, cells … with defaults for everything a test does not care about, and a whole small report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from corpus.codebook import FormName, form_cells
from corpus.errors import Issue
from corpus.types import CanonicalText, Cell, CellState, Place, SourceRange, TextBlock
from extract.types import Check, Identity, Join, Mention, Report
from models.base import Passage, Prediction

Number = int | float | str | Decimal


def passage(text: str = "全年公开信息8条。", start: int = 0, *, section: str | None = "s1", **other: Any) -> Passage:
    """A passage; its end follows from its text."""
    return Passage(start, start + len(text), text, section, **other)


def prediction(label: str = "disclosure", *also: str, facets: Sequence[str] = (), **other: Any) -> Prediction:
    """A prediction with score 0.9."""
    return Prediction(label, tuple(also), tuple(facets), **{"score": 0.9, **other})


def mention(
    text: str = "8条", start: int = 0, *, value: Number = 8, unit: str = "条", indicator: str = "", **other: Any
) -> Mention:
    """A mention; its end follows from its text."""
    return Mention(start, start + len(text), text, Decimal(str(value)), unit, indicator=indicator, **other)


def cell(
    code: str = "t3.new.total", value: Number | None = 0, *, state: CellState = "value", start: int = 0, raw: str | None = None
) -> Cell:
    """A cell; ``raw`` is the value as text unless given."""
    shown = raw if raw is not None else "" if value is None else str(value)
    number = None if value is None or state != "value" else Decimal(str(value))
    return Cell(code, shown, number, state, start, start + len(shown))


def join(indicator: str = "request.received", prose: Number | None = 12, table: Number | None = 12, **other: Any) -> Join:
    """A join row; cells and verdict follow from the values unless given."""
    left, right = (None if v is None else Decimal(str(v)) for v in (prose, table))
    verdict = (
        "agrees"
        if left == right
        else "disagrees"
        if None not in (left, right)
        else "prose_only"
        if right is None
        else "table_only"
    )
    codes = ("t3.new.total",) if right is not None else ()
    defaults: dict[str, Any] = {
        "mention": None, "cell_codes": codes, "expression": " + ".join(codes), "derived": False, "verdict": verdict,
        "explained_by": "none" if verdict == "disagrees" else None,
    }  # fmt: skip
    return Join(indicator=indicator, prose_value=left, table_value=right, **{**defaults, **other})


def check(name: str = "balance.total", left: Number | None = 1, right: Number | None = 1, **other: Any) -> Check:
    """A check; the verdict follows from its sides unless given."""
    a, b = (None if v is None else Decimal(str(v)) for v in (left, right))
    verdict = "not_checkable" if a is None or b is None else "holds" if a == b else "fails"
    return Check(name, **{"expression": f"{a} = {b}", "left": a, "right": b, "verdict": verdict, **other})


def report(**fields: Any) -> Report:
    """An empty report; ``text`` gives its canonical text and the digest."""
    text = fields.pop("text", "")
    digest = fields.pop("sha256", hashlib.sha256(text.encode()).hexdigest())
    defaults: dict[str, Any] = {
        "report_id": digest[:16], "source": "report.txt", "sha256": digest, "reader": "text", "reader_version": "1",
        "encoding": "utf-8", "identity": Identity(), "canonical": CanonicalText(text, (), ()), "sections": (), "passages": (),
        "predictions": (), "cells": (), "mentions": (), "joins": (), "checks": (), "issues": (), "classifier": "test-0",
    }  # fmt: skip
    return Report(**{**defaults, **fields})


_PROSE: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str, int, str, dict[str, Any]], ...]], ...] = (
    ("s1|一、总体情况|（一）主动公开", "全年通过门户网站发布信息1,260条，同比增长12.5%。", "disclosure", (), (),
     (("1,260条", "条", 1260, "disclosure.website", {}), ("12.5%", "%", 12, "growth", {}))),
    ("s1|一、总体情况|（二）依申请公开", "共收到申请12件，其中网络申请9件，均按期答复。", "request", (), (),
     (("12件", "件", 12, "request.received", {}), ("9件", "件", 9, "request.received", {"scope": "part", "by": "channel"}))),
    ("s1|一、总体情况|（二）依申请公开", "予以公开10件。", "request", (), (), (("10件", "件", 10, "request.granted", {}),)),
    ("s1|一、总体情况|（三）平台建设", "新建查阅点3个，并在大厅增设自助终端。", "platform", ("service",), (),
     (("3个", "个", 3, "platform.accounts", {}),)),
    ("s5|五、存在的主要问题及改进情况", "一是个别栏目更新较慢，公开形式较为单一。", "problem", (), ("timeliness", "format"), ()),
    ("s5|五、存在的主要问题及改进情况", "下一步，将建立栏目更新台账，按月检查。", "improvement", (), ("timeliness", "supervision"), ()),
    ("s6|六、其他需要报告的事项", "本年度未收取信息处理费。", "other", (), (), (("未收取", "元", 0, "fee.collected", {}),)),
)  # fmt: skip


def _values(form: FormName) -> Mapping[str, int]:
    values = {"t3.new.natural": 13, "t3.new.business": 1, "t3.new.total": 14, "t3.granted.natural": 10, "t3.granted.total": 10,
              "t3.partial.natural": 3, "t3.partial.business": 1, "t3.partial.total": 4, "t3.total.natural": 13,
              "t3.total.business": 1, "t3.total.total": 13, "t4.review.upheld": 1, "t4.review.total": 1}  # fmt: skip
    return values | ({"t2.normative.issued": 4} if form == "2021" else {"t2.normative.made": 4})


def full_report(
    *, agency: str = "临江区教育局", year: int = 2023, form: FormName = "2021", source: str = "报告.txt", prefix: str = ""
) -> Report:
    """A report with every kind of content: passages of several labels, a cell of each state, a contradiction, a failing check.

    The prose says 12 requests, the table 14; the table's total of results is one too low.  ``prefix`` is put before the first
    sentence, to plant text.
    """
    title = f"{agency}{year}年政府信息公开工作年度报告"
    text, passages, predictions, mentions, blocks = title + "\n", [], [], [], [TextBlock(0, len(title), 1)]
    path: tuple[str, ...] = ()
    for where, sentence, label, also, facets, found in _PROSE:
        section, *headings = where.split("|")
        for n, h in enumerate(headings):
            if path[: n + 1] != tuple(headings[: n + 1]):
                blocks.append(TextBlock(len(text), len(text) + len(h), n + 1))
                text += h + "\n"
        path = tuple(headings)
        if not passages:
            sentence = prefix + sentence
        start = len(text)
        blocks.append(TextBlock(start, start + len(sentence)))
        for shown, unit, value, indicator, more in found:
            mentions.append(
                mention(
                    shown,
                    start + sentence.index(shown),
                    value=value,
                    unit=unit,
                    indicator=indicator,
                    passage=len(passages),
                    **more,
                )
            )
        passages.append(
            passage(sentence, start, section=section, heading_path=path, index=len(passages), paragraph=len(blocks))
        )
        predictions.append(prediction(label, *also, facets=facets))
        text += sentence + "\n"
    cells = []
    special: dict[str, tuple[CellState, str]] = {
        "t3.new.research": ("blank", ""), "t3.new.legal": ("dash", "/"), "t2.penalty.decisions": ("unreadable", "8/9"),
    }  # fmt: skip
    for code in form_cells(form):
        if code.startswith("t3.carried_out"):
            continue
        state, raw = special.get(code, ("value", str(_values(form).get(code, 0))))
        cells.append(cell(code, None if state != "value" else int(raw), state=state, start=len(text), raw=raw))
        text += raw + "\t"
    received = next(m for m in mentions if m.indicator == "request.received")
    granted = next(m for m in mentions if m.indicator == "request.granted")
    lines = [SourceRange(b.start, b.end, Place(line=n)) for n, b in enumerate(blocks, start=1)]
    return report(
        text=text, source=source,
        identity=Identity(title, agency, year, f"{year}-01-01", f"{year}-12-31", form, "own", url="https://example.org/1.html"),
        canonical=CanonicalText(text, tuple(blocks), tuple(lines)), passages=tuple(passages), predictions=tuple(predictions),
        cells=tuple(cells), mentions=tuple(mentions),
        joins=(
            join("request.granted", 10, 10, mention=granted.key, cell_codes=("t3.granted.total",), expression="t3.granted.total"),
            join("request.received", 12, 14, mention=received.key),
            join("review.total", None, 1, cell_codes=("t4.review.total",), expression="t4.review.total"),
        ),
        checks=(
            check("balance.total", 14, None, expression="14 + 0 = 13 + ?", evidence=("t3.new.total", "t3.total.total")),
            check("results.total", 13, 14, expression="13 = 10 + 4", evidence=("t3.total.total", "t3.granted.total", "t3.partial.total")),
            check("review", 1, 1, expression="1 = 1", evidence=("t4.review.total", "t4.review.upheld")),
        ),
        issues=(
            Issue("rows_missing", "warning", "table 3: row t3.carried_out was not found", None, None),
            Issue("cell_unreadable", "info", "t2.penalty.decisions holds '8/9'", passages[0].start, passages[0].end),
        ),
    )  # fmt: skip


def at(found: Report, source: str) -> Report:
    """The same report under another source."""
    return replace(found, source=source)


def sample_text(agency: str = "临江区教育局", year: int = 2023, *, said: int = 12, received: int = 12) -> str:
    """A whole short report as text, tables in tab-separated rows: the prose says ``said`` requests, the table ``received``."""
    rows3 = dict.fromkeys((s.row_code, s.row) for s in form_cells("2021").values() if s.table == "t3")
    filled = {"t3.new": received, "t3.granted": received, "t3.total": received}
    table3 = "\n".join("\t".join([row, *[str(n := filled.get(code, 0)), *"00000", str(n)]]) for code, row in rows3)
    return f"""{agency}{year}年政府信息公开工作年度报告

一、总体情况
（一）主动公开。全年通过门户网站公开政府信息1260条。
（二）依申请公开。全年共收到政府信息公开申请{said}件，均在规定期限内答复。
二、主动公开政府信息情况
第二十条第（一）项
信息内容\t本年制发件数\t本年废止件数\t现行有效件数
规章\t0\t0\t0
行政规范性文件\t4\t1\t20
第二十条第（五）项
信息内容\t本年处理决定数量
行政许可\t35
第二十条第（六）项
信息内容\t本年处理决定数量
行政处罚\t2
行政强制\t0
第二十条第（八）项
信息内容\t本年收费金额（单位：万元）
行政事业性收费\t0
三、收到和处理政府信息公开申请情况
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）\t申请人情况
自然人\t法人或其他组织\t总计
商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他
{table3}
四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t未经复议直接起诉\t复议后起诉
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计
0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0
五、存在的主要问题及改进情况
一是个别栏目更新较慢，公开形式较为单一。下一步，将建立栏目更新台账，按月检查。
六、其他需要报告的事项
本年度未收取信息处理费。
"""
