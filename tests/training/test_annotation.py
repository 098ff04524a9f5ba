"""Passages to and from people who code them: nothing that leads back to the report is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from corpus.errors import DataError
from models.taxonomy import Taxonomy, codebook_taxonomy
from training.coding import annotate_doccano, annotate_labelstudio
from training.coding.annotation import (
    COLUMNS,
    NO_PASSAGE,
    CodingTask,
    check_tasks,
    coded_rows,
    from_record,
    read_coded,
    read_csv,
    read_tasks,
    read_text,
    settle,
    to_record,
    training_line,
    write_csv,
)
from training.coding.dataset import load_coded

TASK = CodingTask(
    "0123456789abcdef.p40", "0123456789abcdef", 40, 58, '一是"栏目"更新较慢，\n形式, 单一。', "s5", ("五、存在的问题", "（一）不足"), "上一句。",
    "下一句。", "某某局", 2023, draw="simple-2-1-x", design="simple", stratum="2023", inclusion_probability=0.1, seed=1,
)  # fmt: skip
SUGGESTED = replace(
    TASK,
    suggested_label="problem",
    suggested_also=("platform",),
    suggested_facets=("timeliness", "format"),
    score=0.71,
    classifier="m-1",
)
CODED = replace(TASK, label="problem", also=("platform",), facets=("timeliness", "format"), coder="ann")
BOOK = codebook_taxonomy()


def test_csv_round_trip() -> None:
    other = replace(
        CODED, passage_id="0123456789abcdef.p60", heading_path=(), year=None, score=None, inclusion_probability=None
    )
    assert read_csv(write_csv([SUGGESTED, CODED, other]), "t.csv") == [SUGGESTED, CODED, other]
    assert write_csv([]).removeprefix("\ufeff").strip().split(",") == list(COLUMNS)


def test_csv_saved_by_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    # in GB18030, with numbers turned into decimals, spaces around codes and a column of its own
    text = (
        write_csv([CODED])
        .removeprefix("\ufeff")
        .replace(",40,58,", ",40.0,58.0,")
        .replace("timeliness;format", "timeliness; format ")
    )
    path.write_bytes(text.encode("gb18030"))
    assert read_tasks(path) == [CODED]
    # a report_id that looks like a number
    path.write_text(write_csv([CODED]).replace(f",{CODED.report_id},", ",1.23E+15,"), encoding="utf-8")
    assert read_csv(read_text(path), "t.csv") == [CODED]
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(DataError, match="neither UTF-8 nor GB18030"):
        read_text(path)


def test_lost_columns_are_named() -> None:
    with pytest.raises(DataError, match="no column passage_id"):
        read_csv("text,label\nx,problem\n", "t.csv")
    record = {**to_record(CODED), "report_id": ""}
    with pytest.raises(DataError, match="has no report_id"):
        from_record(record, "t.csv:2")
    with pytest.raises(DataError, match="start is 'x'"):
        from_record({**to_record(CODED), "start": "x"}, "t.csv:2")


def test_label_studio_round_trip() -> None:
    (task,) = json.loads(annotate_labelstudio.export([SUGGESTED], BOOK))
    assert task["data"]["passage_id"] == TASK.passage_id
    assert "suggested_label" not in task["data"]
    (suggestion,) = task["predictions"]
    assert (suggestion["model_version"], suggestion["score"]) == ("m-1", 0.71)
    assert [r["value"]["choices"] for r in suggestion["result"]] == [
        ["problem 存在问题"], ["platform 平台建设"], ["timeliness 时效性", "format 形式渠道"],
    ]  # fmt: skip
    # a coder accepts it: Label Studio returns the result as an annotation
    result = [*suggestion["result"], {"from_name": "comment", "value": {"text": ["clear"]}}]
    done = {**task, "id": 7, "annotations": [{"completed_by": {"id": 3, "email": "ann"}, "result": result}]}
    assert annotate_labelstudio.read(json.dumps([done]), "ls.json") == [replace(CODED, comment="clear")]


def test_label_studio_several_coders_and_skipped_tasks() -> None:
    (task,) = json.loads(annotate_labelstudio.export([TASK], BOOK))
    assert "predictions" not in task
    label = annotate_labelstudio._result("label", ["service 政务服务"])
    several = {**task, "annotations": [{"completed_by": 1, "result": [label]}, {"completed_by": 2, "result": [label]}]}
    assert [t.coder for t in annotate_labelstudio.read(json.dumps([several]), "x")] == ["1", "2"]
    skipped = {**task, "annotations": [{"completed_by": 1, "was_cancelled": True, "result": []}]}
    assert annotate_labelstudio.read(json.dumps([skipped]), "x") == [TASK]
    two = {**task, "annotations": [{"result": [label, label]}]}
    for broken, message in ((json.dumps([two]), "2 labels"), ("{", "no JSON"), ('[{"label": 1}]', "no list of tasks")):
        with pytest.raises(DataError, match=message):
            annotate_labelstudio.read(broken, "x")


def test_label_studio_interface() -> None:
    view = ET.fromstring(annotate_labelstudio.config(BOOK))
    names = {c.get("name"): [x.get("value") for x in c] for c in view.iter("Choices")}
    assert [str(v).split(" ")[0] for v in names["label"]] == list(BOOK.labels)
    assert [str(v).split(" ")[0] for v in names["facets"]] == list(BOOK.facets)
    assert {"text", "before", "after"} <= {str(t.get("value")).removeprefix("$") for t in view.iter("Text")}
    own = Taxonomy("own", "1", ("a", "b"), (), (), "", {"a": "甲 <&>", "b": "b"})
    assert "facets" not in annotate_labelstudio.config(own)
    assert "甲 &lt;&amp;&gt;" in annotate_labelstudio.config(own)


def test_doccano_round_trip() -> None:
    line = json.loads(annotate_doccano.export([SUGGESTED], BOOK))
    assert line["label"] == ["label_problem", "also_platform", "facet_timeliness", "facet_format"]
    assert "score" not in line
    back = {**line, "id": 9, "user": "ann", "Comments": []}
    assert annotate_doccano.read(json.dumps(back), "d.jsonl") == [CODED]
    old = {
        "id": 9,
        "data": line["text"],
        "label": line["label"],
        "user": "ann",
        "meta": {k: v for k, v in line.items() if k not in {"text", "label"}},
    }
    assert annotate_doccano.read(json.dumps(old), "d.jsonl") == [CODED]
    assert {x["text"] for x in json.loads(annotate_doccano.config(BOOK))} >= {
        "label_platform",
        "facet_platform",
        "also_platform",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": ["label_problem", "label_service"]}, "2 labels"),
        ({"label": ["problem"]}, "has the label 'problem'"),
        ({"passage_id": ""}, "has no passage_id"),
    ],
)
def test_doccano_lines_that_cannot_be_used(change: dict[str, Any], message: str) -> None:
    line = {**json.loads(annotate_doccano.export([TASK], BOOK)), **change}
    with pytest.raises(DataError, match=f"d.jsonl:1.*{message}"):
        annotate_doccano.read(json.dumps(line), "d.jsonl")


def test_codes_are_those_of_the_taxonomy() -> None:
    check_tasks([CODED, TASK], BOOK, "x")
    for wrong in (replace(CODED, label="problems"), replace(CODED, label="service", also=(), facets=("content",))):
        with pytest.raises(DataError, match=f"passage {CODED.passage_id}"):
            check_tasks([wrong], BOOK, "x")


def test_training_lines_are_read_as_training_data(tmp_path: Path) -> None:
    later = replace(
        CODED, passage_id="0123456789abcdef.p90", start=90, end=94, text="后一句。", label="service", also=(), facets=()
    )
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join([training_line(later), training_line(CODED)]), encoding="utf-8")
    found = load_coded(path, BOOK)
    assert [(p.text, p.order, p.voice) for p in found.passages] == [
        (CODED.text, 0, TASK.report_id),
        (later.text, 1, TASK.report_id),
    ]
    assert found.passages[0].heading_path == CODED.heading_path
    assert found.uncertain == frozenset()
    path.write_text(training_line(replace(CODED, design="uncertainty", inclusion_probability=None)), encoding="utf-8")
    assert load_coded(path, BOOK).uncertain == {(TASK.report_id, 0)}


def test_several_coders_are_settled() -> None:
    def by(coder: str, label: str, passage: str = "r.p1") -> CodingTask:
        return replace(CODED, passage_id=passage, coder=coder, label=label, facets=(), also=())

    tasks = [
        by("a", "problem"),
        by("b", "problem"),
        by("c", "service"),
        by("a", "problem", "r.p2"),
        by("b", "service", "r.p2"),
        by("", "", "r.p3"),
    ]
    found = settle(tasks)
    assert [(t.passage_id, t.label, t.coder) for t in found.tasks] == [("r.p1", "problem", "a;b;c")]
    assert (found.tied, found.uncoded, found.disagreed) == (("r.p2",), 1, 2)
    assert [(a, b, n) for a, b, _, n in found.kappas] == [("a", "b", 2), ("a", "c", 1), ("b", "c", 1)]
    assert [t.label for t in settle(tasks, "b").tasks] == ["problem", "service"]
    with pytest.raises(DataError, match="coders are: a, b, c"):
        settle(tasks, "d")
    assert [r.label for r in coded_rows(tasks, "x")] == ["problem", "problem", "service", "problem", "service"]
    # what was decided stands in place of a tie, whoever decided; what is no passage is counted and not learnt from
    over = settle(tasks, None, [by("d", "request", "r.p2"), by("d", NO_PASSAGE, "r.p1")])
    assert [(t.passage_id, t.label, t.coder) for t in over.tasks] == [("r.p2", "request", "d")]
    assert (over.tied, over.none) == ((), 1)
    assert settle([by("a", NO_PASSAGE), by("b", NO_PASSAGE)]).none == 1


def test_a_sheet_with_passages_that_are_none_and_with_decisions(tmp_path: Path) -> None:
    rows = [
        replace(CODED, coder=c, label=label, also=(), facets=())
        for c, label in (("a", "x"), ("b", "problem"), ("c", "service"))
    ]
    head, *lines = write_csv(rows).splitlines()
    path = tmp_path / "sheet.csv"
    text = "\n".join([f"{head},decided", *(f"{line},{(n == 2 and 1) or ''}" for n, line in enumerate(joined(lines)))])
    path.write_text(text, encoding="utf-8")
    coded, decided = read_coded(path)
    check_tasks([*coded, *decided], BOOK, "sheet.csv")
    assert [t.label for t in coded] == ["x", "problem"]
    assert [(t.coder, t.label) for t in settle(coded, None, decided).tasks] == [("c", "service")]
    assert [r.label for r in coded_rows(coded, "x")] == ["problem"]


def joined(lines: list[str]) -> list[str]:
    """Rows of a table whose text has a line break."""
    return ["\n".join(lines[n : n + 2]) for n in range(0, len(lines), 2)]
