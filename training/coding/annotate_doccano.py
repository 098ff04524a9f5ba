"""Tasks for doccano (project type: text classification with several labels a text), and what was coded in it (its JSONL export).

doccano has one list of labels a text, and facets share codes with labels; so they are written ``label_problem``, ``also_service``,
``facet_content``.  Every other key of a line is metadata that doccano keeps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from corpus.errors import DataError
from models.taxonomy import Taxonomy
from training.coding.annotation import CodingTask, from_record, to_record

_KINDS = ("label", "also", "facet")
_HIDDEN = {
    "text", "label", "also", "facets", "coder", "comment", "suggested_label", "suggested_also", "suggested_facets", "score", "classifier",
}  # fmt: skip


def config(taxonomy: Taxonomy) -> str:
    """The labels to import on doccano's page "Labels", as JSON."""
    colours = {"label": "#209cee", "also": "#7a7a7a", "facet": "#ff8000"}
    codes = (
        [("label", c) for c in taxonomy.labels]
        + [("also", c) for c in taxonomy.labels]
        + [("facet", c) for c in taxonomy.facets]
    )
    found = [{"text": f"{kind}_{code}", "background_color": colours[kind], "text_color": "#ffffff"} for kind, code in codes]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def export(tasks: Sequence[CodingTask], taxonomy: Taxonomy) -> str:
    """Tasks as JSON lines to import (columns ``text`` and ``label``); suggestions, where tasks hold them, as labels already given."""
    lines = []
    for t in tasks:
        given = [f"label_{t.suggested_label}"] if t.suggested_label else []
        given += [f"also_{c}" for c in t.suggested_also] + [f"facet_{c}" for c in t.suggested_facets]
        record = {"text": t.text, "label": given, **{k: v for k, v in to_record(t).items() if k not in _HIDDEN}}
        lines.append(json.dumps(record, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def read(text: str, source: str) -> list[CodingTask]:
    """One task for each line of the JSONL export; the annotator's name, where doccano exports by person, is the file's name.

    Raises:
        DataError: a line that is no object, lost its passage, or has two labels or one of no known kind.
    """
    tasks = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            raw = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"is no JSON ({error.msg})", source=place, remedy="export as JSONL") from error
        if not isinstance(raw, dict):
            raise DataError(f"is {type(raw).__name__}, not an object", source=place, remedy="export as JSONL")
        # versions of doccano before 1.6 keep metadata in an object of its own
        meta: Any = raw.get("meta")
        record = {
            **(meta if isinstance(meta, dict) else {}),
            **raw,
            "text": raw.get("text", raw.get("data")),
            "label": "",
            "also": "",
            "facets": "",
        }
        tasks.append(_coded(from_record(record, place), raw, place))
    return tasks


def _coded(task: CodingTask, raw: Mapping[str, Any], place: str) -> CodingTask:
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    given = raw.get("label", raw.get("labels")) or []
    for name in [given] if isinstance(given, str) else given:
        kind, _, code = str(name).partition("_")
        if kind not in found or not code:
            raise DataError(
                f"has the label {name!r}",
                source=place,
                remedy="labels begin with label_, also_ or facet_, as `annotate export` writes",
            )
        found[kind].append(code)
    if len(found["label"]) > 1:
        raise DataError(
            f"has {len(found['label'])} labels: {found['label']}",
            source=place,
            remedy="leave one label_…; the others are also_…",
        )
    label = found["label"][0] if found["label"] else ""
    coder = str(raw.get("user") or raw.get("annotator") or task.coder or "")
    comment = " ".join(map(str, raw.get("Comments") or raw.get("comments") or []))
    return replace(task, label=label, also=tuple(found["also"]), facets=tuple(found["facet"]), coder=coder, comment=comment)
