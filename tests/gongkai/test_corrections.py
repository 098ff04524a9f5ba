"""Corrections: applied on reading, found again by their quote, refused where what they correct is gone."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

import gongkai
from corpus.errors import UsageError
from extract.pipeline import analyze_bytes
from extract.rows import report_rows
from gongkai.commands.export import run_corrections
from gongkai.compare.expected import due_date
from gongkai.correcting import template
from gongkai.corrections import COLUMNS, anchor, read_corrections
from tests.support.factories import sample_text
from training.samples import build

IN_PROCESS = True


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two reports in ``in`` and their results in ``out``, tagged once."""
    home = tmp_path_factory.mktemp("tagged")
    (home / "in").mkdir()
    (home / "in" / "a.txt").write_text(sample_text(), encoding="utf-8")
    (home / "in" / "b.txt").write_text(sample_text("临江区民政局", said=15), encoding="utf-8")
    gongkai.tag(home / "in", home / "out")
    return home


@pytest.fixture
def store(tagged: Path, tmp_path: Path) -> Path:
    shutil.copytree(tagged, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def write(path: Path, *lines: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        for line in lines:
            writer.writerow({"coder": "李", "date": "2024-05-01", "reason": "重新判读", **line})
    return path


def label_line(store: Path, new: str = "platform", **other: Any) -> dict[str, Any]:
    row = gongkai.load(store, corrections=False).rows("passages", [("label", "=", "disclosure")])[0]
    return {
        "report_id": row["report_id"], "table": "passages", "start": row["start"], "end": row["end"], "quote": row["text"],
        "field": "label", "old": "disclosure", "new": new, **other,
    }  # fmt: skip


def test_a_label_is_set_and_marked_everywhere(store: Path) -> None:
    line = label_line(store)
    write(store / "corrections.csv", line)
    loaded = gongkai.load(store)
    where = [("report_id", "=", line["report_id"]), ("start", "=", line["start"])]
    row = loaded.rows("passages", where)[0]
    assert (row["label"], row["classifier"], row["score"], row["human"]) == ("platform", "human", None, ["label"])
    assert [r["human"] for r in loaded.table("passages").to_pylist()].count(["label"]) == 1
    sql = loaded.sql("SELECT label FROM passages WHERE len(human) > 0").to_pylist()
    assert sql == [{"label": "platform"}]
    assert (
        loaded.counts("passages", "label")["platform"]
        == gongkai.load(store, corrections=False).counts("passages", "label").get("platform", 0) + 1
    )
    shown = next(p for p in loaded.report(line["report_id"]).predictions if p.score is None)
    assert shown.label == "platform"
    assert "human" not in gongkai.load(store, corrections=False).table("passages").column_names


def test_whatever_is_asked_gives_the_corrected_rows_once(store: Path) -> None:
    write(store / "corrections.csv", label_line(store), label_line(store, field="nope"))
    loaded = gongkai.load(store)
    whole = loaded.table("passages").to_pylist()
    assert loaded.rows("passages", []) == whole
    assert loaded.sql("SELECT * FROM passages ORDER BY report_id, start").to_pylist() == whole
    assert loaded.rows("passages", [("label", "=", "platform")], ["report_id", "start", "human"]) == [
        {k: r[k] for k in ("report_id", "start", "human")} for r in whole if r["label"] == "platform"
    ]
    assert sum(loaded.counts("passages", "label").values()) == len(whole)
    # a line that cannot be applied changes nothing, and nothing stands twice
    write(store / "corrections.csv", label_line(store, field="nope"))
    assert len(gongkai.load(store).rows("cells", [])) == len(gongkai.load(store, corrections=False).rows("cells", []))


def test_the_parts_on_disk_stay_as_they_are(store: Path) -> None:
    before = {p: p.read_bytes() for p in store.rglob("*.parquet")}
    write(store / "corrections.csv", label_line(store))
    gongkai.load(store).table("passages")
    assert {p: p.read_bytes() for p in store.rglob("*.parquet")} == before


def test_numbers_cells_and_the_report_itself(store: Path) -> None:
    plain = gongkai.load(store, corrections=False)
    mention = plain.rows("mentions", [("indicator", "=", "request.received")])[0]
    cell = plain.rows("cells", [("report_id", "=", mention["report_id"]), ("code", "=", "t3.new.total")])[0]
    place = {"report_id": mention["report_id"]}
    write(
        store / "corrections.csv",
        {
            **place,
            "table": "mentions",
            "start": mention["start"],
            "end": mention["end"],
            "quote": mention["text"],
            "field": "value",
            "old": f"{mention['value']:g}",
            "new": "13",
        },
        {
            **place,
            "table": "cells",
            "start": cell["start"],
            "end": cell["end"],
            "quote": cell["raw"],
            "field": "value",
            "old": f"{cell['value']:g}",
            "new": "13",
        },
        {**place, "table": "reports", "field": "agency_id", "old": "", "new": "440000.教育"},
    )
    loaded = gongkai.load(store)
    assert loaded.rows("mentions", [("mention_id", "=", mention["mention_id"])])[0]["value"] == 13
    assert loaded.rows("reports", [("report_id", "=", mention["report_id"])])[0]["agency_id"] == "440000.教育"
    # several cells hold the same number in the same text, but one stands in this place
    assert [v.applied for name in ("mentions", "cells", "reports") for v in loaded.corrected(name)[1]] == [True, True, True]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quote": "没有写过的一句。"}, "stands 0 times"),
        ({"report_id": "0123456789abcdef"}, "no report"),
        ({"new": "nonsense"}, "is no code of label; `gongkai schema labels` lists those that there are"),
        ({"new": "存在问题"}, "存在问题 is no code of label; write problem"),
    ],
)
def test_refused_with_the_reason(store: Path, change: dict[str, Any], why: str) -> None:
    write(store / "corrections.csv", label_line(store, **change))
    table, verdicts = gongkai.load(store).corrected("passages")
    assert [v.applied for v in verdicts] == [False]
    assert why in verdicts[0].why
    assert all(r["human"] == [] for r in table.to_pylist())


def test_found_again_by_its_quote_after_the_text_moved(store: Path) -> None:
    line = label_line(store)
    write(store / "corrections.csv", {**line, "start": line["start"] + 7, "end": line["end"] + 7})
    verdicts = gongkai.load(store).corrected("passages")[1]
    assert [(v.applied, v.moved) for v in verdicts] == [(True, True)]


def test_what_a_later_model_says_is_overridden_and_told(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(store / "corrections.csv", label_line(store, old="service"))
    verdicts = gongkai.load(store).corrected("passages")[1]
    assert [(v.applied, v.stood) for v in verdicts] == [(True, "disclosure")]
    assert not run_corrections(store, None)
    assert "applied, over 'disclosure', which the results say now" in capsys.readouterr().out


def test_two_people_who_correct_the_same_otherwise_are_both_named(store: Path) -> None:
    line = label_line(store)
    write(
        store / "corrections.csv",
        line,
        {**line, "new": "service", "coder": "王"},
        {**line, "old": "platform", "new": "request"},
    )
    table, verdicts = gongkai.load(store).corrected("passages")
    assert [v.applied for v in verdicts] == [True, False, True]
    assert "old is 'disclosure', but label is platform" in verdicts[1].why
    row = next(r for r in table.to_pylist() if r["human"])
    assert (row["label"], row["human"]) == ("request", ["label"])


def test_a_file_with_other_bytes_is_found_by_its_path(store: Path) -> None:
    line = label_line(store)
    source = gongkai.load(store).report(line["report_id"]).source
    write(store / "corrections.csv", {**line, "report_id": "0123456789abcdef"})
    text = (store / "corrections.csv").read_text(encoding="utf-8-sig").replace("reason", "reason,source", 1)
    (store / "corrections.csv").write_text(text.rstrip("\r\n") + f",{source}\r\n", encoding="utf-8-sig", newline="")
    assert [v.applied for v in gongkai.load(store).corrected("passages")[1]] == [True]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
def test_what_is_no_finite_number_is_refused(store: Path, number: str) -> None:
    write(
        store / "corrections.csv", {"report_id": "a", "table": "cells", "start": 0, "end": 1, "field": "value", "new": number}
    )
    assert "is no number" in read_corrections(store / "corrections.csv")[0].fault


def test_a_quote_that_stands_twice_is_not_guessed() -> None:
    assert anchor("无。无。", 9, 11, "无。") is None
    assert anchor("无。无。", 2, 4, "无。") == (2, 4)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"table": "cells", "field": "raw"}, "cells.raw cannot be corrected"),
        ({"table": "mentions", "field": "scope", "new": "half", "start": 0, "end": 1}, "scope 'half' is no code"),
        ({"table": "mentions", "field": "value", "new": "十二", "start": 0, "end": 1}, "is no number"),
        ({"table": "passages", "field": "label", "start": "x", "end": 1}, "no offsets"),
        ({"table": "reports", "field": "year", "new": "2021", "coder": ""}, "has no coder"),
        ({"table": "reports", "field": "year", "new": "2021", "date": "2024-13-01"}, "date '2024-13-01' is no day"),
    ],
)
def test_lines_that_cannot_be_used_are_named_and_the_others_apply(
    store: Path, capsys: pytest.CaptureFixture[str], line: dict[str, Any], message: str
) -> None:
    write(store / "corrections.csv", {"report_id": "a", **line}, label_line(store))
    bad, good = read_corrections(store / "corrections.csv")
    assert (bad.line, message in bad.fault, good.fault) == (2, True, "")
    assert run_corrections(store, None)
    said = capsys.readouterr().out
    assert "line 2: " in said
    assert message in said
    assert "1 applied, 1 refused" in said


def filled(text: str, table: str, field: str, new: str) -> str:
    """A template with one line filled in, as a person would."""
    lines = list(csv.DictReader(text.removeprefix("\ufeff").splitlines(keepends=True)))
    line = next(x for x in lines if (x["table"], x["field"]) == (table, field))
    line.update(new=new, coder="李")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def test_what_a_template_asks_for_is_corrected_and_joins_and_checks_follow(store: Path) -> None:
    before = gongkai.load(store)
    assert before.rows("joins", [("verdict", "=", "disagrees")])
    text = template(before)
    assert "request.received: prose 15, table " in text
    (store / "corrections.csv").write_text(text, encoding="utf-8")
    assert gongkai.load(store).corrections == ()  # nobody filled anything in
    join = before.rows("joins", [("verdict", "=", "disagrees")])[0]
    new = f"{join['table_value']:g}"
    (store / "corrections.csv").write_text(filled(text, "mentions", "value", new), encoding="utf-8-sig")
    after = gongkai.load(store)
    assert [v.applied for v in after.corrected("mentions")[1]] == [True]
    where = [("report_id", "=", join["report_id"]), ("indicator", "=", join["indicator"])]
    assert [r["verdict"] for r in after.rows("joins", where)] == ["agrees"]
    assert after.sql("SELECT count(*) AS n FROM joins WHERE verdict = 'disagrees'").to_pylist()[0]["n"] == len(
        before.rows("joins", [("verdict", "=", "disagrees")])
    ) - len(before.rows("joins", [*where, ("verdict", "=", "disagrees")]))
    shown = next(j for j in after.report(join["report_id"]).joins if j.indicator == join["indicator"])
    assert shown.verdict == "agrees"


def test_all_of_a_report_can_be_asked_for(store: Path, tmp_path: Path) -> None:
    loaded = gongkai.load(store)
    report = loaded.report("a.txt")
    lines = list(csv.DictReader(template(loaded, report.report_id).splitlines()))
    assert len([x for x in lines if x["table"] == "cells"]) == len(report.cells)
    assert {x["table"] for x in lines} == {"passages", "mentions", "cells", "reports"}
    assert not run_corrections(store, None, tmp_path / "t.csv", "a.txt")
    assert len(read_corrections(tmp_path / "t.csv")) == 0
    with pytest.raises(UsageError, match="may hold corrections"):
        run_corrections(store, None, tmp_path / "t.csv")
    with pytest.raises(UsageError, match="goes with --template"):
        run_corrections(store, None, None, "a.txt")


def test_what_follows_from_a_stored_report_is_what_the_run_found(tmp_path: Path) -> None:
    build(tmp_path / "samples", ["tab-rows"])
    gongkai.tag(tmp_path / "samples" / "tab-rows", tmp_path / "out")
    plain = gongkai.load(tmp_path / "out")
    lines = []
    for row in plain.rows("reports", []):
        cell = [c for c in plain.rows("cells", [("report_id", "=", row["report_id"])]) if c["value"] is not None]
        if cell:
            at = {"start": cell[0]["start"], "end": cell[0]["end"], "quote": cell[0]["raw"]}
            old = f"{cell[0]['value']:.10g}"
            lines.append({"report_id": row["report_id"], "table": "cells", **at, "field": "value", "old": old, "new": old})
    assert len(lines) > 10
    write(tmp_path / "out" / "corrections.csv", *lines)
    corrected = gongkai.load(tmp_path / "out")
    assert sum(v.applied for v in corrected.corrected("cells")[1]) > 10
    for name in ("joins", "checks"):
        assert corrected.table(name).to_pylist() == plain.table(name).to_pylist()


@pytest.mark.parametrize("name", ["南京市鼓楼区人民政府", "南京市鼓楼区教育局", "某某局"])
def test_a_corrected_agency_brings_all_that_the_name_tells(tmp_path: Path, name: str) -> None:
    text = sample_text("云岭县民政局").replace("全年共收到", "全县共收到", 1)
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out")
    plain = gongkai.load(tmp_path / "out")
    (row,) = plain.rows("reports", [])
    line = {"report_id": row["report_id"], "table": "reports", "field": "agency", "old": row["agency"], "new": name}
    write(tmp_path / "out" / "corrections.csv", line)
    corrected = gongkai.load(tmp_path / "out")
    # as if the file had been read with that name given
    said = analyze_bytes(text.encode(), "a.txt", metadata={"agency": name})
    rows = report_rows(said, "a.txt")
    (now,) = corrected.rows("reports", [])
    derived = ("agency_id", "kind", "level", "division_code", "province", "prefecture", "county", "coverage", "coverage_basis")
    assert {k: now[k] for k in derived} == {k: rows["reports"][0][k] for k in derived}
    assert due_date(2022, name, now["level"]) == ("2023-03-31" if name.endswith("人民政府") else "2023-01-31")
    for table, fields in (
        ("mentions", ("mention_id", "scope", "by")),
        ("joins", ("mention_id", "verdict")),
        ("checks", ("check", "verdict")),
    ):
        found, wanted = ([[str(r[f]) for f in fields] for r in some] for some in (corrected.rows(table, []), rows[table]))
        assert sorted(found) == sorted(wanted), table
    scopes = {m["scope"] for m in plain.rows("mentions", [])}, {m["scope"] for m in corrected.rows("mentions", [])}
    # what all bodies together received is wider than a department's own report, and just what a government reports; of an unknown body nothing is presumed
    assert ["wider" in s for s in scopes] == [True, name.endswith("教育局")]


def test_what_a_person_set_is_not_derived(store: Path) -> None:
    (row, *_) = gongkai.load(store, corrections=False).rows("reports", [])
    place = {"report_id": row["report_id"], "table": "reports"}
    write(
        store / "corrections.csv",
        {**place, "field": "agency", "old": row["agency"], "new": "南京市鼓楼区人民政府"},
        {**place, "field": "agency_id", "old": row["agency_id"] or "", "new": "my.own"},
        {**place, "field": "coverage", "old": row["coverage"], "new": "own"},
    )
    (now, *_) = gongkai.load(store).rows("reports", [("report_id", "=", row["report_id"])])
    assert (now["agency_id"], now["level"], now["coverage"], now["coverage_basis"]) == ("my.own", "county", "own", "printed")
