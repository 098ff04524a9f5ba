"""A hundred wrong uses: each ends with the exit code of the README and one line that names the fault and the remedy, never a traceback."""

from __future__ import annotations

import contextlib
import csv
import json
import shlex
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

import gongkai
from gongkai.commands import app as cli
from gongkai.corrections import COLUMNS
from tests.support.factories import sample_text

IN_PROCESS = True

#: command -> exit code, words of what is printed
WRONG = """
| no command, or none that is known
tga reports | 2 | No such command 'tga'. Did you mean 'tag'
--verison | 2 | No such option: --verison (Possible options: --version)
nonsense | 2 | No such command 'nonsense'
tag | 2 | Missing argument 'PATH
tag reports | 2 | Missing option '--out'
tag reports --out | 2 | requires an argument
tag reports --out x --enigne linear | 2 | No such option: --enigne (Possible options: --engine)
show | 2 | Missing argument
query results | 2 | Missing argument 'SQL'
train | 2 | Missing option '--out'
annotate exprot results | 2 | No such command 'exprot'
| tag
tag nowhere --out x | 2 | nowhere: there is no such file or folder. Remedy: check the path
tag nowhere gone --out x | 2 | nowhere, gone: there is no such file
tag '*.nothing' --out x | 2 | the pattern matches no file
tag empty --out x | 2 | no file to read
tag reports --out '' | 2 | --out is empty
tag reports --out lost | 2 | holds parts of results whose manifest.sqlite is gone. Remedy: copy manifest.sqlite there again
tag reports --out results/cells/x | 2 | is among the parts of results
tag reports --out x --metadata '' | 2 | --metadata is empty
tag reports --out foreign | 2 | is not empty and holds no gongkai results
tag reports --out plain | 2 | plain
tag reports --out plain/x | 2 | plain
tag reports/a.txt --out results | 2 | made from other paths
tag reports --out results --engine keywords | 2 | made with model_id
tag reports --out x --engine oracle | 2 | unknown classifier 'oracle'. Remedy: use keywords, linear
tag reports --out x --engine foreign | 2 | unknown classifier
tag reports --out x --min-confidence 2 | 2 | Invalid value for '--min-confidence'
tag reports --out x --workers 0 | 2 | Invalid value for '--workers'
tag reports --out x --workers many | 2 | valid integer
tag reports --out x --cluster dask | 2 | unknown cluster 'dask'. Remedy: use ray
tag reports --out x --metadata nowhere.csv | 2 | nowhere.csv: there is no such file
tag reports --out x --metadata reports | 2 | reports: is a folder
tag reports --out x --metadata nopath.csv | 2 | no column `path`
tag reports --out x --metadata days.csv | 2 | days.csv, line 2: published '2020-70-56' is no day
tag reports --out x --metadata bytes.csv | 2 | neither UTF-8, UTF-16 nor GBK
tag reports --out x --metadata old.xls | 2 | old kind (.xls)
tag reports --out x --metadata big.csv | 2 | holds 1,000 MB
tag reports --out nosuch://bucket/x | 2 | nosuch
tag reports --out given | 2 | give the same --metadata FILE again
tag https://example.org/a.html --out x | 2 | is no file of this computer. Remedy: download it first
tag results --out x | 2 | results: is a folder of results, not of reports
tag reports --out reports | 2 | reports: is among the folders that are read. Remedy: name another --out folder
tag '' --out x | 2 | an empty name is given to `gongkai tag`
tag reports '' --out x | 2 | an empty path is among the files
tag reports --out old | 2 | was written with schema version 1
tag reports --out torn | 2 | manifest.sqlite cannot be read
tag reports --out x --lang zh | 2 | --lang is the language of report.html. Remedy: give --html, too
tag reports --out x --html --lang fr | 2 | no page is written in 'fr'
tag reports --out x --timeout 0 | 2 | Invalid value for '--timeout'
tag reports --out x --metadata words.csv | 2 | words.csv, line 2: year '二〇二三' is no year
tag reports --out x --metadata comma.csv | 2 | comma.csv, line 2: has 3 fields under 2 headings. Remedy: put quotation marks around a field that holds the comma
tag reports --out x --metadata open.csv | 2 | open.csv, line 3: a quotation mark is not closed
tag reports --out x --metadata words.xlsx | 2 | words.xlsx: is no workbook, whatever its name says
tag reports --out x --metadata column.csv | 2 | two columns mean `path`: path, 路径
tag reports --out x --metadata file.csv | 2 | file.csv, line 3: path 'a.txt' is given twice
tag reports --out x --metadata level.csv | 2 | level '很高' is none of central (中央), province (省级)
tag reports --out x --out y | 2 | --out is given 2 times. Remedy: give it once
tag reports --out=x --metadata good.csv --out y | 2 | --out is given 2 times
tag reports --out x.xlsx | 2 | is the name of a file; a folder is written. Remedy: name a folder: --out x
tag reports --out results/later | 2 | is in a folder of other results. Remedy: name a folder beside
tag reports --out newer | 2 | was written with schema version 99, this gongkai reads 3
shwo reports/a.txt | 2 | Did you mean 'show'?
| show, read, check
show nowhere.txt | 1 | nowhere.txt: there is no such file
show results | 2 | holds 2 reports. Remedy: name one
show results zzzz | 2 | no report 'zzzz'
show results '' | 2 | no report ''
show foreign | 2 | is a folder that holds no results. Remedy: name a report in it, or read all of it first: gongkai tag foreign --out
show a.zip | 1 | is an archive, no single report
show reports/a.txt reports/b.txt | 2 | is a file; NAME goes with a folder of results
show nowhere a.txt | 2 | holds no manifest.sqlite
show empty.txt | 1 | is empty
show reports/a.txt --ledger results | 2 | --ledger reads the file itself
show results --ledger | 2 | --ledger reads the file itself
read nowhere.txt | 1 | there is no such file
read reports | 1 | is a folder
read reports/a.txt --reader runes | 1 | runes
check nowhere.txt | 1 | there is no such file
check | 2 | Missing argument
check empty | 2 | empty: no report to check
check results reports | 2 | check one folder of results, or files
check reports --lang zh | 2 | --lang is the language of the page
check reports --html reports | 2 | reports: is a folder, not a file
check reports --html x.html --lang fr | 2 | no page is written in 'fr'. Remedy: use --lang zh, en or both
show results 海湾市财政局/1999 | 2 | no report '海湾市财政局/1999'. Remedy: give a report_id or source of the 2 reports
show no-report | 2 | no-report: holds no report. Remedy: not-read.csv in it says why
| query, verify, schema
query nowhere "SELECT 1" | 2 | holds no manifest.sqlite. Remedy: name the folder that was given to `gongkai tag --out`
query results " ; " | 2 | the query is empty
query results "SELECT 1; DROP TABLE reports" | 2 | the query
query old "SELECT 1" | 2 | was written with schema version 1, this gongkai reads
query torn "SELECT 1" | 2 | manifest.sqlite cannot be read
query results "SELECT 1; SELECT 2" | 2 | the query holds 2 SELECTs, and the rows of the last alone would be given. Remedy: give each a query of its own
query results "SELEC 1" | 2 | the query failed
query results "SELECT nothing FROM reports" | 2 | the query failed
query results "SELECT * FROM joinz" | 2 | `gongkai schema` lists tables and columns
query results "SELECT * FROM 'plain.csv'" | 2 | the query failed
query results "COPY reports TO 'x.csv'" | 2 | the query
query results "SELECT 1" --format xml | 2 | 'xml' is not one of 'table', 'csv', 'json'
query lacking "SELECT * FROM passages" | 2 | is named in the manifest but missing
query damaged "SELECT * FROM passages" | 2 | passages/part-000000.parquet
verify nowhere | 2 | holds no manifest.sqlite
verify damaged | 1 | passages/part-000000.parquet
schema passage | 2 | no table or list named 'passage'
schema 无此表 | 2 | no table or list named '无此表', and no column or code. Remedy: use one of sources
schema --format yaml | 2 | is not one of
schema --format csv | 2 | use --format json, or --codebook --format csv
schema labels --codebook | 2 | --codebook prints all codes
| export, bundle, corrections
export results --to xsl --out x | 2 | unknown format 'xsl'. Remedy: use one of csv
export results --to CSV --out x | 2 | unknown format 'CSV'
export results --to xlsx --out x.xlsx | 2 | x.xlsx: is the name of a file; a folder is written. Remedy: name a folder: --out x
export results --to csv --out results | 2 | holds results
export results --to csv --out foreign | 2 | is not empty
export results --to csv --out plain | 2 | plain
export results --to csv --out x --only nothing | 2 | nothing
export nowhere --to csv --out x | 2 | holds no manifest.sqlite
export damaged --to csv --out x | 2 | passages/part-000000.parquet
export results --to csv --out x --corrections nowhere.csv | 2 | nowhere.csv: there is no such file
export results --to csv --out x --corrections nopath.csv | 2 | has no column report_id
corrections results --corrections bytes.csv | 2 | neither UTF-8
corrections results --corrections wrong.csv | 1 | old is 'disclosure', but label is problem; a line before this one says so, keep one of them
export results --to csv --out '' | 2 | --out is empty. Remedy: give it a value, or leave it out
export results --to csv --out= | 2 | --out is empty
export '' --to csv --out x | 2 | an empty name is given to `gongkai export`
export results --to csv --out results/cells | 2 | is among the parts of results
export results --to csv --out results/cells/more --overwrite | 2 | is among the parts of results
export results --to csv --out results --overwrite | 2 | holds results
export results --to csv --out x --only 没有的表 | 2 | use sources 文件
bundle results --out results/passages/b.zip | 2 | is among the parts of results
bundle results --out '' | 2 | --out is empty
corrections results --template '' | 2 | --template is empty
bundle results --out x --queries wrong.sql | 2 | wrong.sql: the query failed
corrections results --report a.txt | 2 | --report goes with --template
corrections results --template nopath.csv | 2 | may hold corrections already
corrections results --template x.csv --report zzzz | 2 | no report 'zzzz'
bundle results --out foreign | 2 | exists already
bundle results --out x.tar.gz | 2 | no .gz archive is written. Remedy: name a .zip file
bundle results --out x --redact all | 2 | cannot redact 'all'. Remedy: use --redact contacts
bundle results --out x.zip --queries nowhere.sql | 2 | nowhere.sql
bundle results --out x.zip --queries two.sql | 2 | the query holds 2 SELECTs
bundle results --out x.zip --queries empty | 2 | holds no .sql file
export results --to csv --to xlsx --out x | 2 | --to is given 2 times
export results --to csv --out x --corrections twice.csv | 2 | has no column report_id, table
| compare, coverage, kwic
compare results | 2 | give --out FOLDER
compare results --by nothing --out x | 2 | cannot group by nothing
compare results a b | 2 | no report 'a'
compare damaged --out x | 2 | part passages/part-000000.parquet is damaged: its bytes are not those that were written. Remedy: `gongkai verify damaged`
compare damaged a.txt b.txt | 2 | part passages/part-000000.parquet is damaged
compare results 海湾市财政局/2022 海湾市财政局 --html results/cells/x.html | 2 | is among the parts of results
compare results --out '' | 2 | --out is empty. Remedy: give it a value
compare results a.txt b.txt --html '' | 2 | --html is empty
compare results --out results/cells | 2 | is among the parts of results
compare results --by '' --out x | 2 | --by is empty
compare results a.txt a.txt | 2 | 'a.txt' and 'a.txt' are one report
compare results a.txt b.txt --out given | 2 | holds results, whose files would be replaced
compare results --out given | 2 | holds results, whose files would be replaced
compare results --draw 1 --out x | 2 | Invalid value for '--draw'
compare results --by Year --out x | 2 | cannot group by Year
compare results a.txt | 2 | name two reports
compare results a.txt b.txt --by level | 2 | --by: compares groups, not two reports. Remedy: leave it out
compare results a.txt b.txt --to xlsx --seed 3 | 2 | --to, --seed: compares groups
compare results a.txt b.txt --lang zh | 2 | --lang is the language of the page. Remedy: give --html FILE
compare results a.txt b.txt --html x.html --lang fr | 2 | no page is written in 'fr'
compare results a.txt b.txt --html reports | 2 | reports: is a folder, not a file
compare results --out x --html x.html | 2 | --html is the page of two reports
compare results --by 主题 --out x | 2 | use one or more of year 年度, level 层级
compare results --by 年度，主题 --out x | 2 | cannot group by 主题
compare results --by 年度 --out x --reference 2022，2023 | 2 | has 2 values
compare results --out reports | 2 | is not empty and holds no comparison. Remedy: name a new folder
compare results --by year --by level --out x | 2 | --by is given 2 times. Remedy: give it once, as --by year,level
compare results 海湾市财政局／2022 海湾市财政局/2022 | 2 | are one report
compare results --by year --out x --reference 1999 | 2 | no group '1999'. Remedy: name one of the 2 groups: 2022; 2023
compare results --by year --weights agency --out x | 2 | Remedy: give every report a number with --metadata
compare results --out x --to ods | 2 | ods
compare results --out x --similarity 7 | 2 | Invalid value for '--similarity'
compare results --out x --identity soul | 2 | soul
compare results --out x --lineage nopath.csv | 2 | has no column date
compare results --out x --coded nopath.csv | 2 | no column report_id
coverage results | 2 | Missing option '--frame'
coverage results --frame nowhere.csv | 2 | nowhere.csv: there is no such file
coverage results --frame nopath.csv | 2 | give `year`
coverage results --frame frame.csv | 2 | frame.csv, line 2: due '2020-70-56' is no date
coverage results --frame twice.csv | 2 | twice.csv, line 3: expects the same report as line 2. Remedy: keep one of them
coverage results --frame good.csv --out plain | 2 | exists already
kwic results '  ' | 2 | nothing to look for
kwic results '' | 2 | nothing to look for
kwic results | 2 | Missing argument 'WORDS'
kwic results '(' --regex | 2 | is no regular expression
kwic results 培训 --label 困难 | 2 | problem 存在问题
kwic results x --label nothing | 2 | unknown label 'nothing'. Remedy: use one of boilerplate 编制说明与套话
| coding, training, measuring
sample damaged --out x.csv | 2 | part passages/part-000000.parquet is damaged
sample results --out '' | 2 | --out is empty
sample results --out results/passages/x.csv | 2 | is among the parts of results
annotate export results --to csv --out '' | 2 | --out is empty
train --data coded.jsonl --out '' | 2 | --out is empty
train --data coded.jsonl --out results/cells/x | 2 | is among the parts of results
evaluate --data coded.jsonl --plot x.gif | 2 | '.gif' names no picture. Remedy: end the name in .svg, .png or .pdf
evaluate --data coded.jsonl --errors-to x.csv | 2 | is the name of a file; a folder is written
evaluate --data coded.jsonl --json '' | 2 | --json is empty
check '' | 2 | an empty name is given to `gongkai check`
check reports --html '' | 2 | --html is empty
coverage results --frame good.csv --out '' | 2 | --out is empty
sample results --out x.xlsx | 2 | no workbook is written. Remedy: name a .csv file
compare results --out x.xlsx --to xlsx | 2 | is the name of a file; a folder is written
sample results --out x.csv --by luck | 2 | unknown design 'luck'
sample results --out x.csv --by Stratified --stratum year | 2 | unknown design 'Stratified'. Remedy: use one of simple, stratified
sample results --out x.csv --stratum year | 2 | --by stratified
sample results --out x.csv --by stratified --stratum nothing | 2 | nothing
sample results --out x.csv --by stratified --stratum 年度、主题 | 2 | cannot stratify by 主题. Remedy: use some of year 年度, level 层级
sample results --out plain | 2 | may hold codes already
sample results --out x.csv --seed -1 | 2 | Invalid value for '--seed'
sample results --out x.csv --by reports --n 2 --suggest | 2 | Remedy: leave out --suggest
sample results --out x.csv --n 0 | 2 | Invalid value for '--n'
annotate export results --to paper --out x | 2 | unknown format 'paper'. Remedy: use one of csv, labelstudio, doccano
annotate export results --to csv --out plain | 2 | may hold codes already
annotate import nopath.csv --from csv --out x | 2 | has no column passage_id
annotate import plain --from labelstudio --out x | 2 | plain
annotate import coded.jsonl --from csv --out x | 2 | has no column passage_id
annotate import nowhere.csv --from csv --out x | 2 | nowhere.csv
train --out x | 2 | nothing to train on
train --data nowhere.jsonl --out x | 2 | nowhere.jsonl: there is no such file. Remedy: check the path
train --data coded.jsonl --labels nowhere.toml --out x | 2 | nowhere.toml: there is no such file. Remedy: check the path
train --data coded.jsonl --labels reports --out x | 2 | reports: is a folder
train --data coded.jsonl --labels facets.toml --out x | 2 | there are facets but no label takes them. Remedy: name these labels in `coded`
train --data coded.jsonl --labels gbk.toml --out x | 2 | Remedy: save it as TOML in UTF-8
train --data plain --out x | 2 | plain
train --data foreign_label.jsonl --out x | 2 | unknown label 'praise'
train --data number.jsonl --out x | 2 | text is 3
train --data coded.jsonl --labels twice.toml --out x | 2 | code 'a' is no identifier or given twice
train --with-shipped --engine magic --out x | 2 | no engine 'magic' can be trained. Remedy: use one of linear
train --with-shipped --out foreign | 2 | holds something that is no model
train --with-shipped --set speed --out x | 2 | speed
train --on nowhere --out x | 2 | holds no manifest.sqlite
train --on results --method magic --out x | 2 | unknown method 'magic'. Remedy: use dawid-skene or agreement
train --data coded.jsonl --labels plain --out x | 2 | plain
evaluate | 2 | give one: --gold DIR
evaluate --gold gold | 2 | give either reports or --store
evaluate --gold nowhere reports | 2 | nowhere/joined.json: truth file is missing
evaluate --gold gold reports | 2 | truth of a: has no 'verdict'
evaluate --data nowhere.jsonl | 2 | nowhere.jsonl
evaluate --data coded.jsonl reports | 2 | --data holds its own passages
evaluate --coded nopath.csv | 2 | --store DIR
evaluate --coded nopath.csv --store results | 2 | has no column passage_id
serve nowhere | 2 | holds no manifest.sqlite
serve results --host 999.1.1.1 --port 0 | 2 | cannot listen at 999.1.1.1
serve results --port 99999 | 2 | Invalid value for '--port'
"""
ROWS = [
    tuple(p.strip() for p in line.rsplit(" | ", 2))
    for line in WRONG.strip().splitlines()
    if not line.startswith("|")
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with results, damaged ones, and files that are not what their names say."""
    root = tmp_path_factory.mktemp("wrong")
    prepare(root)
    return root


def prepare(root: Path) -> None:
    """The files that the wrong uses speak of."""
    for name in ("reports", "empty", "foreign", "gold"):
        (root / name).mkdir()
    (root / "reports" / "a.txt").write_text(sample_text(), encoding="utf-8")
    (root / "reports" / "b.txt").write_text(sample_text("海湾市财政局", 2022, received=14), encoding="utf-8")
    (root / "no-reports").mkdir()
    (root / "no-reports" / "a.txt").write_text("今天天气很好。\n", encoding="utf-8")
    with contextlib.chdir(root):
        gongkai.tag("reports", "results", workers=1)
        gongkai.tag("reports", "given", workers=1, metadata={"a.txt": {"theme": "水"}})
        gongkai.tag("no-reports", "no-report", workers=1)
    shutil.copytree(root / "results", root / "damaged")
    for name in ("old", "torn", "lost", "lacking", "newer"):
        shutil.copytree(root / "results", root / name)
    (root / "lost" / "manifest.sqlite").unlink()
    (root / "lacking" / "passages" / "part-000000.parquet").unlink()
    with contextlib.closing(sqlite3.connect(root / "newer" / "manifest.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with contextlib.closing(sqlite3.connect(root / "old" / "manifest.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    (root / "torn" / "manifest.sqlite").write_text("torn", encoding="utf-8")
    part = root / "damaged" / "passages" / "part-000000.parquet"
    part.write_bytes(part.read_bytes()[:-100] + b"x" * 100)
    texts = {
        "plain": "neither a table nor a model\n", "empty.txt": "", "foreign/thesis.docx": "x", "nopath.csv": "甲,乙\n1,2\n",
        "days.csv": "path,published\na.txt,2020-70-56\n", "frame.csv": "year,path,due\n2021,a.txt,2020-70-56\n",
        "good.csv": "年度,路径\n2021,a.txt\n", "coded.jsonl": json.dumps({"text": "甲。", "label": "problem"}) + "\n",
        "gold/joined.json": json.dumps({"a": {"join": [{"indicator": "request.received", "prose_value": 1, "table_value": 2}], "table_checks": {}, "prose_checks": []}}),
        "words.csv": "path,year\na.txt,二〇二三\n", "twice.csv": "机关,年度\n海湾市财政局,2022\n海湾市财政局,2022\n", "wrong.sql": "SELEC 1", "a.zip": "PK", "foreign_label.jsonl": json.dumps({"text": "甲。", "label": "praise"}) + "\n",
        "number.jsonl": json.dumps({"text": 3, "label": "problem"}) + "\n", "twice.toml": '[[label]]\ncode = "a"\nzh = "甲"\n' * 2,
        "comma.csv": "path,agency\na.txt,海湾市财政局,国资委\n", "open.csv": 'path,agency\na.txt,甲局\nb.txt,"乙局\nc.txt,丙局\n',
        "words.xlsx": "path\n", "column.csv": "path,路径\na.txt,a.txt\n", "file.csv": "path,agency\na.txt,甲局\na.txt,乙局\n",
        "level.csv": "path,level\na.txt,很高\n", "two.sql": "SELECT 1;\nSELECT 2;\n",
        "facets.toml": "".join(f'[[{kind}]]\ncode = "{code}"\nzh = "{code}"\n' for kind, code in (("label", "a"), ("label", "b"), ("facet", "f"))),
        "gold/a.tables.json": json.dumps({"form": "2021", "cells": {}}), "gold/a.passages.json": "[]",
    }  # fmt: skip
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    (row, *_) = gongkai.load(root / "results").rows("passages", [("label", "=", "disclosure")])
    line = {k: row[k] for k in ("report_id", "start", "end")} | {
        "table": "passages",
        "quote": row["text"],
        "field": "label",
        "old": "disclosure",
        "coder": "甲",
    }
    with (root / "wrong.csv").open("w", encoding="utf-8", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        writer.writerows({**line, "new": new} for new in ("problem", "problem"))
    (root / "gbk.toml").write_bytes('[[label]]\ncode = "a"\nzh = "甲"\n'.encode("gbk"))
    (root / "bytes.csv").write_bytes(b"path\n\xff\xff\xff")
    (root / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0rest")
    with (root / "big.csv").open("wb") as f:
        f.truncate(1_000_000_000)


def test_links_that_lead_to_each_other_are_a_file_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, other in (("a.txt", "b.txt"), ("b.txt", "a.txt")):
        try:
            Path(name).symlink_to(other)
        except OSError:
            pytest.skip("no right to make links")
    Path("c.txt").write_text(sample_text(), encoding="utf-8")
    gongkai.tag(["a.txt", "c.txt"], "out", workers=1)
    assert [(r["source"], r["status"]) for r in gongkai.load("out").rows("sources", [])] == [
        ("a.txt", "failed"),
        ("c.txt", "ok"),
    ]


def test_there_are_a_hundred() -> None:
    assert len(ROWS) >= 100
    assert len({r[0] for r in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("command", "code", "words"), ROWS, ids=[r[0][:60] for r in ROWS])
def test_a_wrong_use_is_one_line_with_the_remedy(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
    code: str,
    words: str,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    before = {p.name for p in folder.iterdir()}
    monkeypatch.setattr(sys, "argv", ["gongkai", *shlex.split(command)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capfd.readouterr()
    assert (ended.value.code, words in " ".join((out + err).split())) == (int(code), True), (
        ended.value.code,
        err[-600:],
        out[-300:],
    )
    assert "Traceback" not in err
    assert {p.name for p in folder.iterdir()} == before, "it left something behind"
    if err.startswith("gongkai: "):
        assert err.count("\n") == 1
