"""A small store with exactly the rows a test of the comparison needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.store.folder import StoreWriter
from gongkai.store_access import Store, load

#: a passage as (label, text) or (label, text, facets)
Words = tuple[str, str] | tuple[str, str, Sequence[str]]


class Rows:
    """Collects reports and writes them as a store."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {n: [] for n in ("reports", "passages", "cells", "mentions", "documents")}

    def report(
        self, report_id: str, passages: Sequence[Words] = (("boilerplate", "编制本报告。"),), *, cells: Mapping[str, object] | None = None,
        mentions: Sequence[tuple[str, float]] = (), **fields: object,
    ) -> Rows:  # fmt: skip
        """Adds a report.  A cell's value may be a number, or a state: ``blank``, ``dash``, ``unreadable``."""
        at = 0
        for label, text, *facets in passages:
            self.rows["passages"].append(
                {
                    "report_id": report_id, "passage_id": f"{report_id}.p{at}", "section": "s5", "heading_path": [], "text": text,
                    "start": at, "end": at + len(text), "label": label, "also": [], "facets": list(facets[0]) if facets else [],
                    "facets_guessed": False, "score": 0.9, "abstained": False, "classifier": "test",
                }
            )  # fmt: skip
            at += len(text) + 1
        for code, value in (cells or {}).items():
            number = float(value) if isinstance(value, int | float) else None
            state = "value" if number is not None else str(value)
            self.rows["cells"].append(
                {
                    "report_id": report_id,
                    "code": code,
                    "raw": "",
                    "value": number,
                    "state": state,
                    "basis": "label",
                    "start": 0,
                    "end": 0,
                }
            )
        for n, (indicator, value) in enumerate(mentions):
            self.rows["mentions"].append(
                {
                    "report_id": report_id, "passage_id": f"{report_id}.p0", "mention_id": f"{report_id}.m{n}", "start": n, "end": n + 1,
                    "text": "1", "value": value, "unit": "件", "qualifier": "exact", "scope": "total", "period": "year", "subject": "",
                    "indicator": indicator,
                }
            )  # fmt: skip
        self.rows["reports"].append(
            {
                "report_id": report_id, "source": f"{report_id}.txt", "title": "", "agency": fields.get("agency_id", report_id), "year": 2022,
                "form": "2021", "coverage": "own", "kind_of_text": "report", "kind_evidence": [], "sections_found": [], "s5": "read", "n_passages": len(passages), "n_mentions": len(mentions),
                "n_cells": len(cells or {}), **fields,
            }
        )  # fmt: skip
        return self

    def store(self, folder: Path, **meta: str) -> Store:
        """Writes what was added; ``meta`` goes into the manifest (`codes` of an own model)."""
        writer = StoreWriter(folder, {"gongkai_version": "test", "model_id": "test", **meta})
        writer.write_batch(0, self.rows)
        writer.finish()
        return load(folder)


LATE = ("problem", "栏目更新不及时。", ("timeliness",))
DULL = ("problem", "公开形式单一。", ("format",))
FASTER = ("improvement", "下一步做到及时更新。", ("timeliness",))
LEAD = ("problem", "工作中还存在不足：", ("general",))
