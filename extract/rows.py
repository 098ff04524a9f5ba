"""From a report to the rows of the store (``corpus.store.schema``), one dictionary of lists of rows by table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

from corpus.agencies.resolve import Agency
from corpus.errors import Issue
from corpus.ledger import take_stock
from corpus.types import SourceRange, TableBlock
from extract.pipeline import METADATA_FIELDS
from extract.section_five import section_five
from extract.types import Report

Row = dict[str, object]
Rows = dict[str, list[Row]]

#: issues by which a report that was read counts as `partial`
PARTIAL = frozenset(
    {
        "section_missing",
        "table_missing",
        "rows_missing",
        "cells_unassigned",
        "column_unlabelled",
        "row_unlabelled",
        "cell_conflict",
    }
)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def status(report: Report) -> str:
    """``ok``, ``partial`` (something of the report was not found) or ``failed`` (no report in the file)."""
    codes = {i.code for i in report.issues}
    if "not_a_report" in codes:
        return "failed"
    return "partial" if codes & PARTIAL else "ok"


def source_row(source: str, state: str, report: Report | None = None, sha256: str | None = None) -> Row:
    """Row of ``sources``; ``report`` is ``None`` for files that gave none."""
    has_report = report is not None and state != "failed"
    stock = take_stock(report.canonical, report.dropped) if report else None
    return {
        "source": source,
        "sha256": report.sha256 if report else sha256,
        "report_id": report.report_id if report and has_report else None,
        "reader": report.reader if report else None,
        "encoding": (report.encoding or None) if report else None,
        "status": state,
        "n_kept": stock.kept if stock else None,
        "n_furniture": stock.furniture if stock else None,
        "n_hidden": stock.hidden if stock else None,
    }


def issue_rows(source: str, report_id: str | None, issues: Iterable[Issue]) -> list[Row]:
    """Rows of ``issues`` for one file."""
    return [
        {
            "source": source, "row": n, "report_id": report_id, "code": i.code, "severity": i.severity, "message": i.message,
            "start": i.start, "end": i.end, "page": i.page,
        }
        for n, i in enumerate(issues)
    ]  # fmt: skip


def grid_rows(report: Report) -> list[Row]:
    """Rows of ``grids``: the tables of a report of 2008–2018, whose forms differ from place to place; none for later reports."""
    if report.identity.form != "pre2019":
        return []
    rid = report.report_id
    return [
        {
            "report_id": rid, "grid_id": f"{rid}.g{block.start}", "row": cell.row, "column": cell.column,
            "text": report.text[slice(*cell.span)], "row_span": cell.row_span, "column_span": cell.column_span,
            "start": cell.span[0], "end": cell.span[1], "page": cell.place.page,
        }
        for block in report.canonical.blocks if isinstance(block, TableBlock)
        for cell in block.grid.cells if not cell.merged
    ]  # fmt: skip


def source_map_json(source_map: Iterable[SourceRange]) -> str:
    """``[[start, end, line, page, x0, y0, x1, y1], …]`` with trailing nulls left out."""
    out = []
    for r in source_map:
        item: list[object] = [r.start, r.end, r.place.line, r.place.page, *(r.place.bbox or ())]
        while item[-1] is None:
            item.pop()
        out.append(item)
    return json.dumps(out, separators=(",", ":"))


def agency_columns(agency: Agency | None, host: str) -> Row:
    """Columns of ``reports`` that tell who the agency is."""
    if agency is None:
        return {"host": host or None}
    certain = agency.certainty == "certain"
    return {
        "agency_id": agency.agency_id or None,
        # kind and level are read off the name itself (区教育局 is a county's, whichever it is); the place only where it is certain
        "kind": agency.kind,
        "level": agency.level_code if certain or agency.level != "unknown" else None,
        "division_code": (agency.division_code or None) if certain else None,
        "province": (agency.province or None) if certain else None,
        "prefecture": (agency.prefecture or None) if certain else None,
        "county": (agency.county or None) if certain else None,
        "host": host or None,
    }


def report_rows(report: Report, source: str, metadata: Mapping[str, str] | None = None) -> Rows:
    """All rows of one report except those of ``sources`` and ``issues``."""
    rid = report.report_id
    identity = report.identity
    other = {k: v for k, v in (metadata or {}).items() if k not in METADATA_FIELDS and k != "path" and v}
    passage_ids = [f"{rid}.p{p.start}" for p in report.passages]
    by_index = {p.index: i for i, p in enumerate(report.passages)}
    values = {m.key: m.value for m in report.mentions}
    rows: Rows = {
        "reports": [
            {
                "report_id": rid, "source": source, "title": identity.title or None, "agency": identity.agency or None,
                "year": identity.year, "period_start": identity.period_start, "period_end": identity.period_end,
                "form": identity.form, "coverage": identity.coverage, "coverage_basis": identity.coverage_basis,
                "kind_of_text": report.kind_of_text, "kind_evidence": list(report.kind_evidence),
                "sections_found": [s.code for s in report.sections if s.heading],
                "s5": section_five(report.sections, report.passages, {i.code for i in report.issues}, pre2019=identity.form == "pre2019"),
                "n_passages": len(report.passages), "n_mentions": len(report.mentions), "n_cells": len(report.cells),
                "url": identity.url, "retrieved": identity.retrieved, "published": identity.published,
                **agency_columns(report.agency, report.host), **({"level": metadata["level"]} if metadata and metadata.get("level") else {}),
                "metadata": json.dumps(other, ensure_ascii=False, sort_keys=True) if other else None,
            }
        ],
        "documents": [
            {
                "report_id": rid, "text": report.text, "text_sha256": hashlib.sha256(report.text.encode("utf-8", "surrogatepass")).hexdigest(),
                "reader": report.reader, "reader_version": report.reader_version,
                "source_map": source_map_json(report.canonical.source_map),
            }
        ],
        "passages": [
            {
                "report_id": rid, "passage_id": passage_ids[i], "section": p.section, "heading_path": list(p.heading_path),
                "text": p.text, "start": p.start, "end": p.end, "label": q.label, "also": list(q.also), "facets": list(q.facets), "facets_guessed": q.facets_guessed,
                "facet_scores": list(q.facet_scores) or None,
                "score": None if q.score is None else round(q.score, 4), "abstained": q.abstained, "classifier": report.classifier,
            }
            for i, (p, q) in enumerate(zip(report.passages, report.predictions, strict=True))
        ],
        "mentions": [
            {
                "report_id": rid, "passage_id": passage_ids[by_index[m.passage]], "mention_id": f"{rid}.{m.key}",
                "start": m.start, "end": m.end, "text": m.text, "value": float(m.value), "value_to": _float(m.value_to), "unit": m.unit,
                "qualifier": m.qualifier, "scope": m.scope, "by": m.by, "whole": f"{rid}.{m.whole}" if m.whole else None,
                "whole_value": _float(values[m.whole]) if m.whole else None,
                "period": m.period, "subject": m.subject, "indicator": m.indicator,
            }
            for m in report.mentions
        ],
        "cells": [
            {
                "report_id": rid, "code": c.code, "raw": c.raw, "value": None if c.value is None else float(c.value), "state": c.state, "basis": c.basis,
                "start": c.start, "end": c.end, "page": c.page, "bbox": list(c.bbox) if c.bbox else None,
            }
            for c in report.cells
        ],
        "checks": [
            {
                "report_id": rid, "row": n, "check": c.check, "expression": c.expression, "left": _float(c.left),
                "right": _float(c.right), "verdict": c.verdict,
                "evidence": [f"{rid}.{e}" if e.startswith("m") else e for e in c.evidence],
            }
            for n, c in enumerate(report.checks)
        ],
    }  # fmt: skip
    rows["grids"] = grid_rows(report)
    seen: dict[str, int] = {}
    joins: list[Row] = []
    for j in report.joins:
        n = seen.get(j.indicator, 0)
        seen[j.indicator] = n + 1
        joins.append(
            {
                "report_id": rid, "row": n, "indicator": j.indicator, "mention_id": f"{rid}.{j.mention}" if j.mention else None,
                "prose_value": _float(j.prose_value), "cell_codes": list(j.cell_codes), "expression": j.expression,
                "table_value": _float(j.table_value), "derived": j.derived, "verdict": j.verdict, "explained_by": j.explained_by,
            }
        )  # fmt: skip
    rows["joins"] = joins
    return rows
