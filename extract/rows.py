"""From a report to the rows of the store (``corpus.store.schema``), by table: as columns, which Arrow takes as they are, or row by row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
#: values of a table by column, as many in each
Columns = dict[str, list[object]]

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


def _floats(values: Iterable[Decimal | None]) -> list[object]:
    return [None if value is None else float(value) for value in values]


def by_row(columns: Columns) -> list[Row]:
    """Rows of a table given by column."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


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


def issue_columns(source: str, report_id: str | None, issues: Sequence[Issue]) -> Columns:
    """``issues`` of one file."""
    return {
        "source": [source] * len(issues), "row": list(range(len(issues))), "report_id": [report_id] * len(issues),
        "code": [i.code for i in issues], "severity": [i.severity for i in issues], "message": [i.message for i in issues],
        "start": [i.start for i in issues], "end": [i.end for i in issues], "page": [i.page for i in issues],
    }  # fmt: skip


def issue_rows(source: str, report_id: str | None, issues: Sequence[Issue]) -> list[Row]:
    """As :func:`issue_columns`, row by row."""
    return by_row(issue_columns(source, report_id, issues))


def _grid_columns(report: Report) -> Columns:
    """``grids``: the tables of a report of 2008–2018, whose forms differ from place to place; no rows for later reports."""
    rid, text = report.report_id, report.text
    blocks = [b for b in report.canonical.blocks if isinstance(b, TableBlock)] if report.identity.form == "pre2019" else []
    found = [(block, cell) for block in blocks for cell in block.grid.cells if not cell.merged]
    return {
        "report_id": [rid] * len(found), "grid_id": [f"{rid}.g{b.start}" for b, _ in found], "row": [c.row for _, c in found],
        "column": [c.column for _, c in found], "text": [text[slice(*c.span)] for _, c in found],
        "row_span": [c.row_span for _, c in found], "column_span": [c.column_span for _, c in found],
        "start": [c.span[0] for _, c in found], "end": [c.span[1] for _, c in found], "page": [c.place.page for _, c in found],
    }  # fmt: skip


def source_map_json(source_map: Iterable[SourceRange]) -> str:
    """``[[start, end, line, page, x0, y0, x1, y1], …]`` with trailing nulls left out."""
    out: list[list[object]] = []
    for r in source_map:
        place = r.place
        if place.page is None and place.bbox is None and place.line is not None:  # every range of a text
            out.append([r.start, r.end, place.line])
            continue
        item: list[object] = [r.start, r.end, place.line, place.page, *(place.bbox or ())]
        while item[-1] is None:
            item.pop()
        out.append(item)
    return json.dumps(out, separators=(",", ":"))


def agency_columns(agency: Agency | None, host: str) -> Row:
    """Columns of ``reports`` that tell who the agency is."""
    certain = agency is not None and agency.certainty == "certain"
    known = agency is not None and (certain or agency.level != "unknown")
    return {
        "agency_id": agency.agency_id or None if agency else None,
        # kind and level are read off the name itself (区教育局 is a county's, whichever it is); the place only where it is certain
        "kind": agency.kind if agency else None,
        "level": agency.level_code if agency and known else None,
        "division_code": (agency.division_code or None) if agency and certain else None,
        "province": (agency.province or None) if agency and certain else None,
        "prefecture": (agency.prefecture or None) if agency and certain else None,
        "county": (agency.county or None) if agency and certain else None,
        "host": host or None,
    }


def report_rows(report: Report, source: str, metadata: Mapping[str, str] | None = None) -> Rows:
    """All rows of one report except those of ``sources`` and ``issues``."""
    return {table: by_row(columns) for table, columns in report_columns(report, source, metadata).items()}


def report_columns(report: Report, source: str, metadata: Mapping[str, str] | None = None) -> dict[str, Columns]:
    """As :func:`report_rows`, by column."""
    rid, text, identity = report.report_id, report.text, report.identity
    other = {k: v for k, v in (metadata or {}).items() if k not in METADATA_FIELDS and k != "path" and v}
    passages, predictions, mentions, cells, joins, checks = (
        report.passages, report.predictions, report.mentions, report.cells, report.joins, report.checks,
    )  # fmt: skip
    passage_ids: list[object] = [f"{rid}.p{p.start}" for p in passages]
    by_index = dict(zip([p.index for p in passages], passage_ids, strict=True))
    values = {m.key: m.value for m in mentions}
    one_report: Row = {
        "report_id": rid, "source": source, "title": identity.title or None, "agency": identity.agency or None,
        "year": identity.year, "period_start": identity.period_start, "period_end": identity.period_end,
        "form": identity.form, "coverage": identity.coverage, "coverage_basis": identity.coverage_basis,
        "kind_of_text": report.kind_of_text, "kind_evidence": list(report.kind_evidence),
        "sections_found": [s.code for s in report.sections if s.heading],
        "s5": section_five(report.sections, passages, {i.code for i in report.issues}, pre2019=identity.form == "pre2019"),
        "n_passages": len(passages), "n_mentions": len(mentions), "n_cells": len(cells),
        "url": identity.url, "retrieved": identity.retrieved, "published": identity.published,
        **agency_columns(report.agency, report.host), **({"level": metadata["level"]} if metadata and metadata.get("level") else {}),
        "metadata": json.dumps(other, ensure_ascii=False, sort_keys=True) if other else None,
    }  # fmt: skip
    document: Row = {
        "report_id": rid, "text": text, "text_sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "reader": report.reader, "reader_version": report.reader_version, "source_map": source_map_json(report.canonical.source_map),
    }  # fmt: skip
    return {
        "reports": {name: [value] for name, value in one_report.items()},
        "documents": {name: [value] for name, value in document.items()},
        "passages": {
            "report_id": [rid] * len(passages), "passage_id": passage_ids, "section": [p.section for p in passages],
            "heading_path": [list(p.heading_path) for p in passages], "text": [p.text for p in passages],
            "start": [p.start for p in passages], "end": [p.end for p in passages], "label": [q.label for q in predictions],
            "also": [list(q.also) for q in predictions], "facets": [list(q.facets) for q in predictions],
            "facets_guessed": [q.facets_guessed for q in predictions], "facet_scores": [list(q.facet_scores) or None for q in predictions],
            "score": [None if q.score is None else round(q.score, 4) for q in predictions],
            "abstained": [q.abstained for q in predictions], "classifier": [report.classifier] * len(passages),
        },
        "mentions": {
            "report_id": [rid] * len(mentions), "passage_id": [by_index[m.passage] for m in mentions],
            "mention_id": [f"{rid}.{m.key}" for m in mentions], "start": [m.start for m in mentions], "end": [m.end for m in mentions],
            "text": [m.text for m in mentions], "value": [float(m.value) for m in mentions], "value_to": _floats(m.value_to for m in mentions),
            "unit": [m.unit for m in mentions], "qualifier": [m.qualifier for m in mentions], "scope": [m.scope for m in mentions],
            "by": [m.by for m in mentions], "whole": [f"{rid}.{m.whole}" if m.whole else None for m in mentions],
            "whole_value": _floats(values[m.whole] if m.whole else None for m in mentions), "period": [m.period for m in mentions],
            "subject": [m.subject for m in mentions], "indicator": [m.indicator for m in mentions],
        },
        "cells": {
            "report_id": [rid] * len(cells), "code": [c.code for c in cells], "raw": [c.raw for c in cells],
            "value": _floats(c.value for c in cells), "state": [c.state for c in cells], "basis": [c.basis for c in cells],
            "start": [c.start for c in cells], "end": [c.end for c in cells], "page": [c.page for c in cells],
            "bbox": [list(c.bbox) if c.bbox else None for c in cells],
        },
        "checks": {
            "report_id": [rid] * len(checks), "row": list(range(len(checks))), "check": [c.check for c in checks],
            "expression": [c.expression for c in checks], "left": _floats(c.left for c in checks), "right": _floats(c.right for c in checks),
            "verdict": [c.verdict for c in checks],
            "evidence": [[f"{rid}.{e}" if e[0] == "m" else e for e in c.evidence] for c in checks],
        },
        "grids": _grid_columns(report),
        "joins": {
            "report_id": [rid] * len(joins), "row": _ranks([j.indicator for j in joins]), "indicator": [j.indicator for j in joins],
            "mention_id": [f"{rid}.{j.mention}" if j.mention else None for j in joins], "prose_value": _floats(j.prose_value for j in joins),
            "cell_codes": [list(j.cell_codes) for j in joins], "expression": [j.expression for j in joins],
            "table_value": _floats(j.table_value for j in joins), "derived": [j.derived for j in joins],
            "verdict": [j.verdict for j in joins], "explained_by": [j.explained_by for j in joins],
        },
    }  # fmt: skip


def _ranks(indicators: Iterable[str]) -> list[object]:
    """Of each the number of equal ones before it."""
    seen: Counter[str] = Counter()
    ranks: list[object] = []
    for indicator in indicators:
        ranks.append(seen[indicator])
        seen[indicator] += 1
    return ranks
