"""The sample corpus: the authored format is checked strictly, and every layout holds the same report."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from corpus.text.normalise import Normalised, normalise
from corpus.types import Cell
from extract.against_tables.join import join_report
from extract.against_tables.table_checks import check_report
from extract.mentions.parts import with_wholes
from extract.types import Mention
from models.base import Passage
from training.measure.evaluate import MentionResult, PassageResult, Result, evaluate, score
from training.measure.gold import GoldJoin, GoldReport, load_gold
from training.samples.build import LIMIT, NARRATIVES, build, encode, load, shared, tables_truth
from training.samples.layout_spaces import prose, width
from training.samples.layouts import LAYOUTS
from training.samples.narrative import SampleError, parse

HEAD = """+++
id = "x"
title = "甲局2022年政府信息公开工作年度报告"
agency = "甲局"
kind = "other"
level = "county"
year = 2022
form = "2021"
coverage = "own"
[cells]
"t3.new.natural" = 2
"t3.new.total" = 2
"t3.granted.natural" = 2
"t3.granted.total" = 2
"t3.total.natural" = 2
"t3.total.total" = 2
{cells}
+++
@s1
"""
GOOD = "[request] 收到{2件|request.received}申请。"


def author(folder: Path, body: str = GOOD, cells: str = "", head: str = HEAD) -> Path:
    path = folder / "x.txt"
    path.write_text(head.replace("{cells}", cells) + body + "\n", encoding="utf-8")
    return path


def test_a_narrative_is_read_as_authored(tmp_path: Path) -> None:
    body = "\n".join(
        [
            "##~ （一）做得好。",
            "[service; also=platform] 好评率和办结率都是{100%|service.satisfaction_rate & service.completion_rate}，{23 件|}。",
            "[problem: capacity, format] 缺人{1.2万余条|disclosure.total|value=12000|unit=条|qualifier=at_least}；",
        ]
    )
    narrative = parse(
        author(tmp_path, body, '"t2.fee.amount" = "1.5万元"\n"t3.carried_in.other" = "/"\n[values]\n"t2.fee.amount" = 1.5')
    )
    (_, first), (_, second) = narrative.sentences()
    assert (first.text, first.heading, first.also) == ("好评率和办结率都是100%，23 件。", "（一）做得好", ("platform",))
    assert [(m.quote, m.start, float(m.value), m.unit, m.indicator) for m in first.marks] == [
        ("100%", 9, 100.0, "%", "service.satisfaction_rate"),
        ("100%", 9, 100.0, "%", "service.completion_rate"),
        ("23 件", 14, 23.0, "件", ""),
    ]
    assert (second.facets, int(second.marks[0].value), second.marks[0].qualifier) == (("capacity", "format"), 12000, "at_least")
    truth = tables_truth(narrative)
    assert (truth["cells"]["t2.fee.amount"], truth["states"], len(truth["cells"])) == (
        1.5,
        {"t3.carried_in.other": "dash"},
        200,
    )


@pytest.mark.parametrize(
    ("body", "cells", "message"),
    [
        ("收到申请。", "", r"begins with \[label\]"),
        ("[asked] 收到。", "", "'asked' is not one of the codebook's labels"),
        ("[problem: laziness] 懒。", "", "codebook's facets"),
        ("[problem] 懒。", "", "facets"),
        ("[request] {2件|request.got}。", "", "codebook's indicators"),
        ("[request] {两件|request.received}。", "", "spell them out"),
        ("[request] {1.2万件|request.received}。", "", "spell them out"),
        ("[request] {20多件||value=20|unit=件}。", "", "no qualifier"),
        ("[request] {2件||scale=part}。", "", "unknown key 'scale'"),
        ("[request] {2件||scope=some}。", "", "is not one of"),
        ("[request] {2件}。", "", "markup is left"),
        ("@s1", "", "doubled"),
        (GOOD, '"t3.new.pets" = 1', "no cell of the form"),
        (GOOD, '"t2.fee.amount" = "1.5万元"', "can be read"),
        (GOOD, '"t4.review.upheld" = 1', r"not meant to: \['review'\]"),
        (GOOD, '[[prose_check]]\ncheck = "sum"\nexpression = "3 = 1 + 1"\nverdict = "holds"', "is not holds"),
        (GOOD, '[[prose_check]]\ncheck = "sum"\nexpression = "1 + 1 = 2"\nverdict = "holds"', "total = part"),
        (GOOD, '[[join]]\nindicator = "review.total"\ntable_value = 1\nverdict = "agrees"', "does not fit agrees"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, body: str, cells: str, message: str) -> None:
    with pytest.raises(SampleError, match=message):
        parse(author(tmp_path, body, cells))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "other"', 'kin = "other"', "unknown key 'kin'"),
        ('form = "2021"', 'form = "2019"', "does not fit 2022"),
        ('id = "x"', 'id = "y"', "not the file's name"),
        ('coverage = "own"', 'coverage = "own"\ncut_after = "t3.everything"', "no row of the form"),
        ('coverage = "own"', 'coverage = "own"\nfails = ["row.new"]', r"do not: \['row.new'\]"),
    ],
)
def test_a_wrong_head_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(SampleError, match=message):
        parse(author(tmp_path, head=HEAD.replace(old, new)))


def test_narratives_too_alike_are_refused(tmp_path: Path) -> None:
    path = author(tmp_path, "[request] 全年一共收到{2件|request.received}书面申请。")
    (tmp_path / "z.txt").write_text(path.read_text(encoding="utf-8").replace('id = "x"', 'id = "z"'), encoding="utf-8")
    with pytest.raises(SampleError, match=r"share 1\.00"):
        load(tmp_path)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    assert len(build(out)) == 5 * len(list(NARRATIVES.glob("*.txt")))
    return out


def decoded(path: Path) -> str:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    return text.replace("\r\n", "\n")


def squeezed(text: str) -> str:
    """Prose without what a layout adds to it: white space, page numbers, Markdown markers."""
    text = re.sub(r"^ +(?:- \d+ -|\d+|— \d+ —)$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]*)\]\(http[^)]*\)", r"\1", text)
    return "".join(text.replace("**", "").replace("\ufeff", "").split())


def test_the_corpus_is_large_and_varied() -> None:
    narratives = load()
    assert len(narratives) >= 15
    assert {n.year for n in narratives} == set(range(2019, 2026))
    assert any(n.cut_after for n in narratives)
    assert {c.state for n in narratives for c in n.cells.values()} == {"value", "blank", "dash", "unreadable"}
    assert any(n.fails for n in narratives)
    assert shared(narratives)[0][0] < LIMIT


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_passage_stands_in_every_layout(corpus: Path, layout: str) -> None:
    for path in (corpus / layout).iterdir():
        text = squeezed(decoded(path))
        at = 0
        for passage in json.loads((corpus / "gold" / f"{path.stem}.passages.json").read_text(encoding="utf-8")):
            found = text.find("".join(passage["text"].split()), at)
            assert found >= 0, (path, passage["text"])
            at = found


def test_layouts_come_in_all_encodings() -> None:
    text = "甲\n乙"
    assert {encode(text, n, 0) for n in range(5)} == {encode(text, 0, n) for n in range(5)}
    assert len({encode(text, n, 0) for n in range(5)}) == 5


def test_blank_cells_are_white_space_where_the_layout_shows_them(corpus: Path) -> None:
    narrative = next(n for n in load() if any(c.state == "blank" for c in n.cells.values()))
    blanks = sum(c.state == "blank" for c in narrative.cells.values())
    assert decoded(corpus / "lines" / f"{narrative.id}.txt").split("\n").count("\u00a0") == blanks
    assert decoded(corpus / "tabbed-lines" / f"{narrative.id}.txt").split("\n").count("\t\u00a0") == blanks
    rows = decoded(corpus / "tab-rows" / f"{narrative.id}.txt").split("\n")
    assert sum(row.split("\t").count("\u00a0") for row in rows) == blanks


def test_a_cut_file_ends_after_its_row(corpus: Path) -> None:
    narrative = next(n for n in load() if n.cut_after)
    truth = json.loads((corpus / "gold" / f"{narrative.id}.tables.json").read_text(encoding="utf-8"))
    assert not any(code.startswith("t4.") for code in truth["cells"])
    for layout in LAYOUTS:
        (path,) = (corpus / layout).glob(f"{narrative.id}.*")
        assert "结转下年度继续办理" not in decoded(path)


def test_wrapped_prose_loses_nothing_and_keeps_the_margin() -> None:
    text = "全年公开12345678条，" * 30
    assert "".join(prose(text)).strip() == text
    assert max(width(line) for line in prose(text)) <= 80
    assert "12345678" in prose(text)[0]


def test_the_truth_is_valid_gold_and_scores_itself(corpus: Path) -> None:
    results = []
    for stem, gold in load_gold(corpus / "gold").items():
        text, passages, mentions = "", [], []
        for p in gold.passages:
            base = len(text)
            text += p.text + "\n"
            passages.append(PassageResult(base, base + len(p.text), p.label, p.also or (), p.facets))
            mentions += [
                MentionResult(base + m.start, base + m.end, m.value, m.unit, m.qualifier, m.scope, m.indicator)
                for m in p.mentions
            ]
        checks = [(name, "", verdict) for name, verdict in gold.table_checks.items()] + list(gold.prose_checks)
        results.append(Result(stem, text, tuple(passages), tuple(mentions), gold.cells, gold.joins, tuple(checks)))
    assert evaluate(results, corpus / "gold").total.errors == ()


def _mentions(gold: GoldReport) -> tuple[list[Mention], str]:
    """The mentions that a perfect extraction would give; what is part of what is read off the sentences."""
    text = "\n".join(p.text for p in gold.passages)
    found: list[list[Mention]] = []
    normals: list[tuple[Passage, Normalised]] = []
    base = 0
    for number, p in enumerate(gold.passages):
        here: list[Mention] = []
        totals = [m for m in p.mentions if m.scope == "total"]
        for m in p.mentions:
            wholes = [t for t in totals if t.indicator == m.indicator] if m.scope == "part" else []
            whole = next((t for t in reversed(wholes) if t.start < m.start), wholes[0] if wholes else None)
            here.append(
                Mention(
                    base + m.start,
                    base + m.end,
                    m.quote,
                    m.value,
                    m.unit,
                    cast(Any, m.qualifier),
                    cast(Any, m.scope),
                    cast(Any, m.by),
                    f"m{base + whole.start}" if whole else None,
                    cast(Any, m.period or "year"),
                    indicator=m.indicator,
                    passage=number,
                    number=1 + sum(h.start == base + m.start for h in here),
                )
            )
        passage = Passage(base, base + len(p.text), p.text, p.section, (p.heading,), number)
        normals.append((passage, normalise(p.text)))
        found.append(here)
        base += len(p.text) + 1
    adjacent = [bool(n and found[n - 1]) for n in range(len(found))]
    return [m for some in with_wholes(normals, found, adjacent) for m in some], text


def test_join_and_checks_are_those_that_the_authors_meant(corpus: Path) -> None:
    errors: list[str] = []
    for gold in load_gold(corpus / "gold").values():
        mentions, text = _mentions(gold)
        cells = [Cell(code, "", c.value, cast(Any, c.state), 0, 0) for code, c in gold.cells.items()]
        joins = join_report(mentions, cells, text)
        checks = check_report(mentions, cells, gold.form, text)
        result = Result(
            gold.stem,
            text,
            (),
            (),
            {},
            tuple(GoldJoin(j.indicator, j.prose_value, j.table_value, j.verdict, j.explained_by) for j in joins),
            tuple((c.check, c.expression, c.verdict) for c in checks),
        )
        errors += [e for e in score(gold, result).errors if " check " in e or ": join " in e]
    assert errors == []


def test_the_build_imports_nothing_that_it_judges() -> None:
    for path in NARRATIVES.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.split(".")[0] in ("corpus", "models", "extract", "gongkai")], path
