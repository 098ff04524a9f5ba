"""Tasks for Label Studio, and what was coded in it (its JSON export).

Formats: https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions.  The model's suggestions are ``predictions``,
which coders see filled in; what they submit are ``annotations``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from corpus.errors import DataError
from models.taxonomy import Taxonomy
from training.coding.annotation import CodingTask, from_record, to_record

_NAMES = ("label", "also", "facets")


def choice(code: str, taxonomy: Taxonomy, *, facet: bool = False) -> str:
    """How a code is printed: ``problem 存在问题``; the code is what stands before the first space."""
    name = taxonomy.zh.get(f"facet:{code}" if facet else code, "")
    return f"{code} {name}" if name and name != code else code


def config(taxonomy: Taxonomy) -> str:
    """The labelling interface as XML, to be pasted into the project's settings."""
    view = ET.Element("View")
    ET.SubElement(view, "Header", value="$agency $year — $heading_path", size="4")
    ET.SubElement(view, "Text", name="context_before", value="$before", granularity="word")
    ET.SubElement(view, "Header", value="↓ 待编码 passage to code")
    ET.SubElement(view, "Text", name="text", value="$text")
    ET.SubElement(view, "Header", value="↑")
    ET.SubElement(view, "Text", name="context_after", value="$after", granularity="word")
    labels = [choice(c, taxonomy) for c in taxonomy.labels]
    _choices(view, "label", labels, choice="single-radio", required="true", requiredMessage="类别 label")
    _choices(view, "also", labels, choice="multiple")
    if taxonomy.facets:
        shown = ",".join(choice(c, taxonomy) for c in taxonomy.coded)
        facets = [choice(c, taxonomy, facet=True) for c in taxonomy.facets]
        _choices(
            view, "facets", facets, choice="multiple", visibleWhen="choice-selected", whenTagName="label", whenChoiceValue=shown
        )
    ET.SubElement(view, "TextArea", name="comment", toName="text", placeholder="备注 comment", maxSubmissions="1")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _choices(view: ET.Element, name: str, values: Sequence[str], **attributes: str) -> None:
    titles = {"label": "类别 label", "also": "兼属类别 also", "facets": "方面 facets"}
    ET.SubElement(view, "Header", value=titles[name], size="5")
    box = ET.SubElement(view, "Choices", {"name": name, "toName": "text", "showInLine": "true", **attributes})
    for value in values:
        ET.SubElement(box, "Choice", value=value)


def export(tasks: Sequence[CodingTask], taxonomy: Taxonomy) -> str:
    """Tasks as a JSON file to import; suggestions, where tasks hold them, as predictions."""
    return json.dumps([_task(t, taxonomy) for t in tasks], ensure_ascii=False, indent=1) + "\n"


def _task(task: CodingTask, taxonomy: Taxonomy) -> dict[str, Any]:
    hidden = {
        "label",
        "also",
        "facets",
        "coder",
        "comment",
        "suggested_label",
        "suggested_also",
        "suggested_facets",
        "score",
        "classifier",
    }
    found: dict[str, Any] = {"data": {k: v for k, v in to_record(task).items() if k not in hidden}}
    if task.suggested_label:
        result = [_result("label", [choice(task.suggested_label, taxonomy)])]
        if task.suggested_also:
            result.append(_result("also", [choice(c, taxonomy) for c in task.suggested_also]))
        if task.suggested_facets:
            result.append(_result("facets", [choice(c, taxonomy, facet=True) for c in task.suggested_facets]))
        found["predictions"] = [{"model_version": task.classifier or "gongkai", "score": task.score, "result": result}]
    return found


def _result(name: str, choices: Sequence[str]) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}}


def read(text: str, source: str) -> list[CodingTask]:
    """One task for each annotation of the JSON export (not JSON-MIN); uncoded if a task has none, skipped ones count as none.

    Raises:
        DataError: not such an export, a task without its passage, or two labels in one annotation.
    """
    try:
        raw = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise DataError(f"is no JSON ({error.msg}, line {error.lineno})", source=source, remedy="export as JSON") from error
    if not isinstance(raw, list) or not all(isinstance(t, dict) and isinstance(t.get("data"), dict) for t in raw):
        raise DataError("is no list of tasks with `data`", source=source, remedy="export as JSON, not JSON-MIN or CSV")
    tasks: list[CodingTask] = []
    for number, item in enumerate(raw, 1):
        place = f"{source}, task {item.get('id', number)}"
        task = from_record(item["data"], place)
        done = [a for a in item.get("annotations") or item.get("completions") or [] if not a.get("was_cancelled")]
        tasks += [_coded(task, a, place) for a in done] or [task]
    return tasks


def _coded(task: CodingTask, annotation: Mapping[str, Any], place: str) -> CodingTask:
    found: dict[str, list[str]] = {name: [] for name in _NAMES}
    comment = ""
    for result in annotation.get("result") or []:
        value, name = result.get("value") or {}, result.get("from_name")
        if name in found:
            found[name] += [str(c).split(" ")[0] for c in value.get("choices") or []]
        elif name == "comment":
            comment = " ".join(map(str, value.get("text") or []))
    if len(found["label"]) > 1:
        raise DataError(
            f"has {len(found['label'])} labels", source=place, remedy="a passage has one label; put others into `also`"
        )
    by = annotation.get("completed_by")
    coder = str(by.get("email") or by.get("id") or "") if isinstance(by, dict) else "" if by is None else str(by)
    label = found["label"][0] if found["label"] else ""
    return replace(task, label=label, also=tuple(found["also"]), facets=tuple(found["facets"]), coder=coder, comment=comment)
