"""``train``, ``sample``, ``annotate`` and ``evaluate`` as a user meets them: from uncoded reports to a model of one's own codes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

import gongkai
from gongkai.commands import app as cli
from gongkai.commands import train as command
from gongkai.tasks import draw_from
from models import registry
from models.folder import read_info
from models.linear_folder import SHIPPED
from tests.support.factories import sample_text
from tests.support.in_process import Run
from training.coding.sampling import DrawablePassage, draw
from training.engines import registry as trainers

IN_PROCESS = True


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine ``tiny`` can be trained."""
    monkeypatch.setitem(trainers._MODULES, "tiny", "tests.support.tiny_engine")
    monkeypatch.setitem(registry._ENGINES, "tiny", "tests.support.tiny_engine")


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four short reports in ``reports`` and their results in ``store``, tagged once."""
    home = tmp_path_factory.mktemp("tagged")
    folder = home / "reports"
    folder.mkdir()
    for i, name in enumerate(("临江区教育局", "海湾市财政局", "青石县水务局", "云岭县林业局")):
        text = sample_text(name, 2020 + i // 2, said=12 + i, received=12 + i)
        (folder / f"r{i}.txt").write_text(text, encoding="utf-8")
    gongkai.tag(folder, home / "store", workers=1)
    return home


@pytest.fixture
def store(tagged: Path, tmp_path: Path) -> Path:
    shutil.copytree(tagged, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store"


OWN = """
name = "mood"
version = "2"

[[label]]
code = "praise"
zh = "表扬"

[[label]]
code = "blame"
zh = "批评"
"""


def own_data(tmp_path: Path) -> tuple[Path, Path]:
    """Coded passages of eight letters, and their codebook."""
    (tmp_path / "mood.toml").write_text(OWN, encoding="utf-8")
    lines = []
    for letter in range(8):
        for order, (text, label) in enumerate((("窗口态度很好，值得表扬", "praise"), ("办事太慢，很不满意", "blame"))):
            lines.append({"text": f"{text}，第{letter}封。", "label": label, "group": f"letter-{letter}", "order": order})
    path = tmp_path / "mood.jsonl"
    path.write_text("\n".join(json.dumps(x, ensure_ascii=False) for x in lines) + "\n", encoding="utf-8")
    return path, tmp_path / "mood.toml"


def test_train_on_own_codes(run: Run, tmp_path: Path, store: Path) -> None:
    data, labels = own_data(tmp_path)
    out = tmp_path / "model"
    r = run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--folds", 4, "--set", "depth=3", "--out", out)
    assert r.code == 0, r.err
    assert "accuracy               1.000 (1.000–1.000)" in r.out
    assert "16 passages of 8 reports, 2 labels" in r.err
    info = read_info(out)
    assert (info.taxonomy.name, info.taxonomy.version, info.taxonomy.labels) == ("mood", "2", ("praise", "blame"))
    assert (info.settings, info.seed) == ({"depth": 3}, 20240501)
    assert info.metrics["held_out"]["accuracy"]["value"] == 1
    card = (out / "README.md").read_text(encoding="utf-8")
    for wanted in (
        "| `praise` | 表扬 | 8 | 50.0% |",
        info.data_hash,
        "accuracy | 1.000",
        "8 reports are few",
        "fewer than 30",
        "16 of the 16 coded passages stand in several reports",
        "Coverage at 95 %",
    ):
        assert wanted in card, wanted
    # the model is used wherever an engine is named, and abstains if told to
    found = gongkai.analyze(tmp_path / "reports" / "r0.txt", classifier=str(out), min_confidence=1)
    assert {p.label for p in found.predictions} <= {"praise", "blame"}
    assert found.classifier == f"tiny-{info.digest}"
    assert any(p.abstained for p in found.predictions)
    shown = run("show", tmp_path / "reports" / "r0.txt", "--engine", out)
    assert shown.code == 0
    # and measured on passages of its own codes
    r = run(
        "evaluate",
        "--data",
        data,
        "--engine",
        out,
        "--risk",
        0.05,
        "--json",
        tmp_path / "e.json",
        "--errors-to",
        tmp_path / "err",
    )
    assert r.code == 0, r.err
    assert "--min-confidence" in r.out
    assert json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))["quality"]["labels"]["praise"]["f1"] == 1
    assert "0 of 16 passages" in (tmp_path / "err" / "errors.html").read_text(encoding="utf-8")


def test_a_model_is_not_overwritten_unasked(run: Run, tmp_path: Path) -> None:
    data, labels = own_data(tmp_path)
    ask = ("train", "--data", data, "--labels", labels, "--engine", "tiny", "--folds", 0, "--out", tmp_path / "m")
    first = run(*ask)
    assert first.code == 0
    assert "nothing was measured: --folds 0" in first.err
    assert "Nothing is known of its errors" in (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    r = run(*ask)
    assert r.code == 2
    assert "--overwrite" in r.err
    assert run(*ask, "--overwrite").code == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_bytes(b"x")
    r = run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--out", tmp_path / "other", "--overwrite")
    assert r.code == 2
    assert (tmp_path / "other" / "thesis.docx").is_file()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "好", "label": "prize"}', "unknown label 'prize'"),
        ('{"text": "好"}', "label is None"),
        ('{"text": " ", "label": "praise"}', "text is ' '"),
        ('{"text": "好", "label": "praise", "lable": 1}', r"unknown keys \['lable'\]"),
        ('{"text": "好", "label": "praise", "section": "五"}', "unknown section '五'"),
        ('{"text": "好", "label": "praise", "heading_path": "一"}', "heading_path is '一'"),
        ('{"text": "好", "label": "praise", "order": -1}', "order is -1"),
        ('{"text": "好", "label": "praise", "also": ["praise"]}', "given twice"),
        ('{"text": "好", "label": "praise", "facets": ["content"]}', "unknown facet 'content'"),
        ('{"text": "好", "label": "praise"', "is no JSON: .* at character"),
        ("[1]", "is list, not an object"),
    ],
)
def test_broken_lines_are_named(run: Run, tmp_path: Path, line: str, message: str) -> None:
    data, labels = own_data(tmp_path)
    data.write_text(data.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    r = run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--out", tmp_path / "m")
    assert r.code == 2
    assert r.err.count("\n") == 1
    assert re.search(rf"mood.jsonl:18: .*{message}.*Remedy: ", r.err), r.err
    assert not (tmp_path / "m").exists()


def test_training_says_how_many_to_code_next(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, labels = own_data(tmp_path)
    monkeypatch.setattr(command, "CURVED", {"tiny"})
    monkeypatch.setattr(command, "LEAST_CURVED", 10)
    given = ("train", "--data", data, "--labels", labels, "--engine", "tiny", "--folds", 2)
    r = run(*given, "--out", tmp_path / "m")
    assert r.code == 0, r.err
    assert re.search(r"more coding  accuracy [\d.]+ from \d+, [\d.]+ from \d+, [\d.]+ from \d+; about", r.out)
    monkeypatch.setattr(command, "LEAST_CURVED", 1000)
    assert "more coding" not in run(*given, "--out", tmp_path / "n").out


def test_the_shipped_passages_are_trained_on_alone(run: Run, tmp_path: Path) -> None:
    r = run("train", "--with-shipped", "--engine", "tiny", "--folds", 0, "--out", tmp_path / "m")
    assert r.code == 0
    info = read_info(tmp_path / "m")
    assert (info.engine, info.taxonomy.name) == ("tiny", "gongkai")
    assert info.data_hash == read_info(SHIPPED).data_hash
    assert run("train", "--with-shipped", "--labels", own_data(tmp_path)[1], "--out", tmp_path / "n").code == 2


def test_training_that_cannot_be(run: Run, tmp_path: Path) -> None:
    data, labels = own_data(tmp_path)
    out = ("--out", tmp_path / "m")
    assert run("train", *out).code == 2
    assert (
        "linear, hybrid, spacy, transformer"
        in run("train", "--data", data, "--labels", labels, "--engine", "keywords", *out).err
    )
    assert "not key=value" in run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--set", "c", *out).err
    assert run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--folds", -1, *out).code == 2
    assert run("train", "--data", data, "--labels", labels, "--with-shipped", "--engine", "tiny", *out).code == 2
    one = tmp_path / "one.jsonl"
    one.write_text('{"text": "好", "label": "praise"}\n', encoding="utf-8")
    assert "have the label 'praise'" in run("train", "--data", one, "--labels", labels, "--engine", "tiny", *out).err
    one.write_text("\n", encoding="utf-8")
    assert "holds no passage" in run("train", "--data", one, "--labels", labels, "--engine", "tiny", *out).err
    assert "there is no such file" in run("train", "--data", tmp_path / "none.jsonl", "--engine", "tiny", *out).err
    r = run("tag", tmp_path, "--out", tmp_path / "x", "--engine", tmp_path / "nowhere")
    assert r.code == 2
    assert "or the folder of a trained model" in r.err


def read_table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def stored_labels(run: Run, store: Path) -> dict[str, dict[str, Any]]:
    rows = json.loads(run("query", store, "SELECT passage_id, label, facets, score FROM passages", "--format", "json").out)
    return {r["passage_id"]: r for r in rows}


def test_sample_code_and_evaluate(run: Run, tmp_path: Path, store: Path) -> None:
    drawn = tmp_path / "draw.csv"
    r = run("sample", store, "--n", 8, "--by", "stratified", "--stratum", "year", "--seed", 5, "--out", drawn)
    assert r.code == 0, r.err
    rows = read_table(drawn)
    assert len(rows) == 8
    assert {x["stratum"] for x in rows} == {"2020", "2021"}
    assert {x["label"] + x["suggested_label"] for x in rows} == {""}, "coding is blind unless asked for"
    assert all(0 < float(x["inclusion_probability"]) <= 1 and x["seed"] == "5" for x in rows)
    model = stored_labels(run, store)
    assert all(len(x["text"]) == int(x["end"]) - int(x["start"]) for x in rows)
    assert run("sample", store, "--n", 8, "--out", drawn).code == 2, "somebody may have coded it"
    again = tmp_path / "again.csv"
    run("sample", store, "--n", 8, "--by", "stratified", "--stratum", "year", "--seed", 5, "--out", again)
    assert again.read_bytes() == drawn.read_bytes()
    # nothing coded yet
    assert "nothing is coded" in run("evaluate", "--coded", drawn, "--store", store).err
    for x in rows[:-1]:
        x["label"], x["coder"] = model[x["passage_id"]]["label"], "ann"
    write_table(drawn, rows)
    r = run("evaluate", "--coded", drawn, "--store", store, "--json", tmp_path / "c.json")
    assert r.code == 0, r.err
    assert "agreement with model   1.000" in r.out
    assert "1 of the draw are not coded" in r.out
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["agreement"] == 1
    rows[0]["text"] = "别的句子。"
    write_table(drawn, rows)
    assert "has another text there" in run("evaluate", "--coded", drawn, "--store", store).err
    assert run("evaluate", "--coded", drawn).code == 2


def test_draws_from_results_are_those_from_memory(run: Run, store: Path) -> None:
    opened = gongkai.load(store)
    years = {r["report_id"]: r["year"] for r in opened.table("reports").to_pylist()}
    rows = opened.table("passages").to_pylist()
    found = [DrawablePassage(r["passage_id"], f"{years[r['report_id']]}/{r['section']}/-", r["score"]) for r in rows]
    population = f"{opened.meta['model_id']}/year,section,county"
    for by, strata in (("simple", ()), ("stratified", ("year", "section", "county")), ("uncertainty", ())):
        drawn, sizes = draw_from(opened, 12, by=by, strata=strata, allocate="equal", seed=3)
        assert sum(sizes.values()) == len(rows)
        expected = draw(found, 12, by=by, allocate="equal", seed=3, population=population)
        assert [(d.passage_id, d.probability) for d in drawn] == [(d.passage_id, d.probability) for d in expected]
        if by == "stratified":
            assert drawn == expected


def test_least_certain_passages_are_for_training_alone(run: Run, tmp_path: Path, store: Path) -> None:
    drawn = tmp_path / "unsure.csv"
    r = run("sample", store, "--n", 4, "--by", "uncertainty", "--out", drawn, "--suggest")
    assert "refused where anything is estimated" in r.out
    rows, model = read_table(drawn), stored_labels(run, store)
    least = sorted(model.values(), key=lambda x: (x["score"], x["passage_id"]))[:4]
    assert [x["passage_id"] for x in rows] == [x["passage_id"] for x in least]
    assert {x["inclusion_probability"] for x in rows} == {""}
    for x in rows:
        x["label"], x["facets"] = x["suggested_label"], x["suggested_facets"]
    write_table(drawn, rows)
    r = run("evaluate", "--coded", drawn, "--store", store)
    assert r.code == 2
    assert "drawn by uncertainty" in r.err
    out = tmp_path / "unsure.jsonl"
    assert run("annotate", "import", drawn, "--from", "csv", "--out", out).code == 0
    assert "drawn by uncertainty" in run("evaluate", "--data", out).err
    r = run("train", "--data", out, "--with-shipped", "--engine", "tiny", "--folds", 2, "--out", tmp_path / "m")
    assert r.code == 0, r.err
    assert "nothing was measured" in r.err
    assert "4 passages were drawn because a model was unsure" in (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert run("sample", store, "--by", "uncertainty", "--stratum", "year", "--out", tmp_path / "x.csv").code == 2
    assert run("sample", store, "--by", "stratified", "--stratum", "colour", "--out", tmp_path / "x.csv").code == 2


@pytest.mark.parametrize("tool", ["labelstudio", "doccano", "csv"])
def test_out_to_a_tool_and_back(run: Run, tmp_path: Path, store: Path, tool: str) -> None:
    """What the model suggests is accepted by the coder; the training data holds the model's codes, traceable."""
    drawn, out, coded = tmp_path / "draw.csv", tmp_path / "tasks", tmp_path / "coded.jsonl"
    run("sample", store, "--n", 6, "--out", drawn)
    r = run("annotate", "export", store, "--to", tool, "--sample", drawn, "--out", out)
    assert r.code == 0, r.err
    assert run("annotate", "export", store, "--to", tool, "--out", out).code == 2, "not overwritten"
    if tool == "labelstudio":
        tasks = json.loads(out.read_text(encoding="utf-8"))
        done = [{**t, "annotations": [{"completed_by": 1, "result": t["predictions"][0]["result"]}]} for t in tasks]
        out.write_text(json.dumps(done), encoding="utf-8")
    elif tool == "csv":
        rows = read_table(out)
        write_table(out, [{**x, "label": x["suggested_label"], "facets": x["suggested_facets"]} for x in rows])
    r = run("annotate", "import", out, "--from", tool, "--out", coded)
    assert r.code == 0, r.err
    assert "6 coded passages" in r.out
    model = stored_labels(run, store)
    lines = [json.loads(x) for x in coded.read_text(encoding="utf-8").splitlines()]
    assert {x["passage_id"]: x["label"] for x in lines} == {x["passage_id"]: model[x["passage_id"]]["label"] for x in lines}
    assert all(x["report_id"] == x["passage_id"].partition(".")[0] and x["draw"] for x in lines)
    documents = {
        d["report_id"]: d["text"]
        for d in json.loads(run("query", store, "SELECT report_id, text FROM documents", "--format", "json").out)
    }
    assert all(documents[x["report_id"]][x["start"] : x["end"]] == x["text"] for x in lines)


def test_annotating_whole_results_and_own_codes(run: Run, tmp_path: Path, store: Path) -> None:
    _, labels = own_data(tmp_path)
    out = tmp_path / "all.jsonl"
    r = run("annotate", "export", store, "--to", "doccano", "--labels", labels, "--out", out)
    assert r.code == 0
    lines = [json.loads(x) for x in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(stored_labels(run, store))
    assert {str(x["label"]) for x in lines} == {"[]"}, "a model of other codes has nothing to suggest"
    shown = json.loads((tmp_path / "all.jsonl.labels.json").read_text(encoding="utf-8"))
    assert {x["text"] for x in shown} == {"label_praise", "label_blame", "also_praise", "also_blame"}
    lines[0]["label"] = ["label_problem"]
    out.write_text("\n".join(json.dumps(x, ensure_ascii=False) for x in lines), encoding="utf-8")
    r = run("annotate", "import", out, "--from", "doccano", "--labels", labels, "--out", tmp_path / "x.jsonl")
    assert r.code == 2
    assert "unknown label 'problem'" in r.err
    assert run("annotate", "import", out, "--from", "brat", "--out", tmp_path / "x.jsonl").code == 2
    assert run("annotate", "export", store, "--to", "brat", "--out", tmp_path / "x.jsonl").code == 2


def test_train_on_uncoded_results(run: Run, tmp_path: Path, store: Path) -> None:
    out = tmp_path / "adapted"
    r = run("train", "--on", store, "--engine", "tiny", "--folds", 0, "--sure", 0.5, "--out", out)
    assert r.code == 0, r.err
    assert re.search(r"\d+ passages of 4 reports without codes; \d+ are labelled surely enough", r.err)
    assert read_info(out).metrics["adapted_on"]["passages"] > 0
    assert "that nobody coded" in (out / "README.md").read_text(encoding="utf-8")
    assert run("train", "--on", store, "--method", "vote", "--engine", "tiny", "--out", tmp_path / "x").code == 2
    _, labels = own_data(tmp_path)
    assert (
        "needs --data and --functions"
        in run("train", "--on", store, "--labels", labels, "--engine", "tiny", "--out", tmp_path / "x").err
    )


def gold_of(run: Run, store: Path, tmp_path: Path) -> Path:
    """Truth files of the four reports: the model's own labels, but for one passage each."""
    folder = tmp_path / "gold"
    folder.mkdir()
    rows = json.loads(
        run(
            "query",
            store,
            "SELECT s.source, p.* FROM passages p JOIN reports s USING (report_id) ORDER BY 1, p.start",
            "--format",
            "json",
        ).out
    )
    joined = {}
    for source in sorted({r["source"] for r in rows}):
        own = [r for r in rows if r["source"] == source]
        passages = [
            {
                "section": r["section"],
                "heading": "",
                "text": r["text"],
                "label": r["label"],
                "facets": r["facets"],
                "mentions": [],
            }
            for r in own
        ]
        passages[0]["label"], passages[0]["facets"] = "boilerplate", []
        name = Path(source).stem
        (folder / f"{name}.passages.json").write_text(json.dumps(passages, ensure_ascii=False), encoding="utf-8")
        (folder / f"{name}.tables.json").write_text(json.dumps({"form": "2021", "cells": {}}), encoding="utf-8")
        joined[name] = {"join": [], "table_checks": [], "prose_checks": []}
    (folder / "joined.json").write_text(json.dumps(joined), encoding="utf-8")
    return folder


def test_evaluate_in_detail(run: Run, tmp_path: Path, store: Path) -> None:
    gold, reports = gold_of(run, store, tmp_path), tmp_path / "reports"
    r = run("evaluate", "--gold", gold, reports, "--errors-to", tmp_path / "err", "--risk", 0.3, "--json", tmp_path / "e.json")
    assert r.code == 0, r.err
    for wanted in (
        "TOTAL of 4 reports",
        "labels and facets, with 95 % intervals",
        "Krippendorff α",
        "calibration error as it is",
        "precision",
    ):
        assert wanted in r.out
    content = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert content["quality"]["accuracy"]["value"] == pytest.approx(content["total"]["labels"]["accuracy"], abs=1e-4)
    errors = read_table(tmp_path / "err" / "errors.csv")
    assert [(e["kind"], e["gold"], e["predicted"]) for e in errors] == [("label", "boilerplate", "disclosure")] * 4
    assert all(e["reason"] and 0 < float(e["probability"]) <= 1 for e in errors)
    stored = run("evaluate", "--gold", gold, "--store", store, "--errors-to", tmp_path / "err2")
    assert stored.code == 0
    assert {e["reason"] for e in read_table(tmp_path / "err2" / "errors.csv")} == {""}, "results do not say why"


def test_compare_two_engines(run: Run, tmp_path: Path, store: Path) -> None:
    gold, reports = gold_of(run, store, tmp_path), tmp_path / "reports"
    r = run(
        "evaluate",
        "--gold",
        gold,
        reports,
        "--compare",
        "linear",
        "keywords",
        "--json",
        tmp_path / "c.json",
        "--errors-to",
        tmp_path / "err",
    )
    assert r.code == 0, r.err
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert content["reports"] == 4
    wrong_b = [e for e in read_table(tmp_path / "err" / "B" / "errors.csv") if e["kind"] == "label"]
    assert content["right_in_both"] + content["right_in_a_alone"] + len(wrong_b) == content["passages"]
    assert "with 4 reports no p by report can be under 0.125" in r.out
    same = run("evaluate", "--gold", gold, reports, "--compare", "linear", "linear")
    assert "p = 1.0000" in same.out
    assert run("evaluate", "--gold", gold, "--store", store, "--compare", "linear", "keywords").code == 2
    data, labels = own_data(tmp_path)
    run("train", "--data", data, "--labels", labels, "--engine", "tiny", "--folds", 0, "--out", tmp_path / "m")
    assert "has other labels" in run("evaluate", "--data", data, "--labels", labels, "--compare", tmp_path / "m", "linear").err
    assert run("evaluate", "--data", data, "--compare", tmp_path / "m", tmp_path / "m").code == 0


def test_ways_to_evaluate_exclude_each_other(run: Run, tmp_path: Path) -> None:
    for arguments in ((), ("--gold", tmp_path, "--data", tmp_path / "x"), ("--data", tmp_path / "x", "--store", tmp_path)):
        r = run("evaluate", *arguments)
        assert r.code == 2
        assert r.err.count("\n") == 1


def test_commands_of_the_page_exist() -> None:
    """Every command and option that ``docs/own-codes.md`` shows is one."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "own-codes.md").read_text(encoding="utf-8")
    app: Any = typer.main.get_command(cli.app)
    shown = re.findall(r"gongkai (annotate (?:export|import)|[a-z]+)((?: [^`\n→│]*)?)", page)
    assert len(shown) > 12
    for name, rest in shown:
        command = app
        for word in name.split():
            assert word in command.commands, name
            command = command.commands[word]
        options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        for option in re.findall(r"--[a-z-]+", rest.partition("#")[0]):
            assert option in options, f"gongkai {name} {option}"
    known = {o for c in ("tag", "sample", "evaluate", "train") for p in app.commands[c].params for o in p.opts}
    known |= {o for c in app.commands["annotate"].commands.values() for p in c.params for o in (*p.opts, *p.secondary_opts)}
    assert set(re.findall(r"`(--[a-z-]+)", page)) <= known
