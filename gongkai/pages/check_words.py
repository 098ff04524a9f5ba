"""Findings of `gongkai check` in words: messages in Chinese and English, the names of the codes they hold, and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from corpus.codebook import SECTIONS, CellSpec, all_cells, codebook
from extract.checking.check import CheckedReport
from extract.checking.findings import CheckFinding, Quote, kinds
from gongkai.pages.words import TABLES, cell_name, check_name, clean, zh

BLAMES = {"source": ("原文", "the report"), "reading": ("读取", "the reading")}
SEVERITIES = {"error": ("错误", "error"), "warning": ("警示", "warning"), "info": ("提示", "note")}
_WHY = {
    "carried_in": ("差额与上年结转件数相等", "the difference is what was carried over"),
    "pending": ("差额与“尚未审结”件数相等", "the difference is the cases pending"),
    "one_row": ("正文与其中一行相等", "the text has one row of the group"),
    "with_partial": ("正文与“予以公开”“部分公开”之和相等", "the text has what was granted in full and in part"),
}
#: findings about a sum of cells
_SUMMED = ("prose_table", "other_row", "other_counting")
#: of more cells than this the first are named
_NAMED = 6
_BALANCE_EN = {
    "balance": "new + carried in = total + carried out",
    "results": "total = sum of results",
    "row": "total = sum of applicants",
}
_TABLE4_EN = {"review": "review", "suit_direct": "suit without review", "suit_after_review": "suit after review"}


def message_zh(found: CheckFinding) -> str:
    """What is said of a finding, in Chinese."""
    return clean(kinds()[found.kind].say_zh.format(**{k: _zh(found, k, v) for k, v in found.values.items()}))


def message_en(found: CheckFinding) -> str:
    """What is said of a finding, in English; words of the report stay as they are."""
    return clean(kinds()[found.kind].say_en.format(**{k: _en(found, k, v) for k, v in found.values.items()}))


def _zh(found: CheckFinding, field: str, value: str) -> str:
    match field:
        case "check":
            return check_name(value)
        case "cells" if group := _group(found.kind, value):
            return f"{group.subgroup}各行合计"
        case "cell" | "cells":
            return "、".join(_few([cell_name(code) for code in value.split(",")]))
        case "what":
            return cell_name(value) if value in all_cells() else zh("indicator", value)
        case "indicator":
            return "、".join(zh("indicator", code) for code in value.split(","))
        case "section" | "sections":
            return "”“".join(SECTIONS[code][0] for code in value.split(","))
        case "table":
            return TABLES.get(value, value)
        case "form":
            return f"{value}年式样"
        case "expected" if found.kind == "form_year":
            return f"{value}年式样"
        case "why":
            return _WHY[value][0] if value in _WHY else zh("explained", value)
    return value


def _group(kind: str, codes: str) -> CellSpec | None:
    """A cell of the group of rows, as （三）不予公开, whose cells a number of the text is held against together."""
    if kind not in _SUMMED:
        return None
    found = [all_cells().get(code) for code in codes.split(",")]
    first = found[0]
    same = (
        len(found) > 1
        and first is not None
        and first.row
        and all(c is not None and c.subgroup == first.subgroup for c in found)
    )
    return first if same and first is not None and first.subgroup else None


def _few(names: Sequence[str]) -> Sequence[str]:
    return [*names[:_NAMED], "…"] if len(names) > _NAMED else names


def cell_name_en(code: str) -> str:
    """``granted · total`` for ``t3.granted.total``: the names of row and column in English."""
    spec = all_cells().get(code)
    return code if spec is None else f"{spec.row_en} · {spec.column_en}"


def _en(found: CheckFinding, field: str, value: str) -> str:
    match field:
        case "check":
            return check_name_en(value)
        case "cells" if group := _group(found.kind, value):
            return f"sum of the rows {group.row_en.partition(':')[0]}"
        case "cell" | "cells":
            return ", ".join(_few([cell_name_en(code) for code in value.split(",")]))
        case "what" if value in all_cells():
            return cell_name_en(value)
        case "what" | "indicator":
            return ", ".join(
                codebook().indicators[code].en if code in codebook().indicators else code for code in value.split(",")
            )
        case "section" | "sections":
            return ", ".join(f"{SECTIONS[code][0]} ({SECTIONS[code][1]})" for code in value.split(","))
        case "why":
            return _WHY[value][1] if value in _WHY else value
    return value


def check_name_en(check: str) -> str:
    """What a check compares, in English; the check itself where it is of no known kind."""
    kind, _, part = check.partition(".")
    if kind in _BALANCE_EN:
        spec = all_cells().get(f"t3.{part}.total")
        return f"{_BALANCE_EN[kind]} ({spec.row_en if kind == 'row' and spec else part})"
    return f"{_TABLE4_EN[kind]}: total = upheld + corrected + other + pending" if kind in _TABLE4_EN else check


def place_name_zh(place: Quote) -> str:
    """The Chinese name of the cell that a place is, with the year of an earlier report; empty for a place in the narrative."""
    return " ".join(s for s in (f"{place.year}年报告" if place.year else "", cell_name(place.cell) if place.cell else "") if s)


def place_name_en(place: Quote) -> str:
    """The same in English."""
    said = (f"report of {place.year}" if place.year else "", cell_name_en(place.cell) if place.cell else "")
    return ", ".join(s for s in said if s)


def counts(found: Iterable[CheckFinding]) -> Counter[str]:
    """How many findings there are of each severity."""
    return Counter(f.severity for f in found)


def report_name(checked: CheckedReport) -> str:
    """Agency and year, or the file where no agency was found."""
    identity = checked.report.identity
    return clean(f"{identity.agency or identity.title or checked.report.source} {identity.year or ''}".strip())


def tested(checked: CheckedReport) -> dict[str, int]:
    """Sums, rates and comparisons of a report: how many hold, and how many could not be made."""
    verdicts = Counter(c.verdict for c in checked.report.checks)
    joins = Counter(j.verdict for j in checked.report.joins)
    return {"holds": verdicts["holds"] + joins["agrees"], "not_checkable": verdicts["not_checkable"]}


def as_json(checked: Sequence[CheckedReport]) -> list[dict[str, Any]]:
    """Findings by report, for other programs."""
    return [
        {
            "source": c.report.source,
            "report_id": c.report.report_id,
            "agency": c.report.identity.agency,
            "year": c.report.identity.year,
            "beside": c.before.source if c.before is not None else None,
            "checks": tested(c),
            "findings": [_finding_json(f) for f in c.findings],
        }
        for c in checked
    ]


def _finding_json(found: CheckFinding) -> dict[str, Any]:
    kind = kinds()[found.kind]
    return {
        "kind": found.kind, "zh": kind.zh, "en": kind.en, "severity": found.severity, "blame": found.blame,
        "message_zh": message_zh(found), "message_en": message_en(found), "values": dict(found.values),
        "places": [
            {"start": q.start, "end": q.end, "text": q.text, "before": q.before, "after": q.after, "cell": q.cell or None,
             "cell_zh": cell_name(q.cell) if q.cell else None, "year": q.year}
            for q in found.quotes
        ],
    }  # fmt: skip


__all__ = [
    "BLAMES", "SEVERITIES", "as_json", "cell_name_en", "check_name_en", "counts", "message_en", "message_zh", "place_name_en", "place_name_zh",
    "report_name", "tested",
]  # fmt: skip
