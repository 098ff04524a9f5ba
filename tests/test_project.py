"""What holds for the project as a whole: one codebook, import direction, file sizes, no leaked report text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from setuptools import find_namespace_packages

from corpus.codebook import all_cells, codebook, form_cells
from corpus.store.schema import ISSUES, tables
from tests import rule_audit
from tests.conftest import ROOT

PACKAGES = ("corpus", "models", "extract", "training", "gongkai")


def _sources() -> list[Path]:
    return [p for name in (*PACKAGES, "benchmarks", "tests") for p in sorted((ROOT / name).rglob("*.py"))]


def test_spec_is_the_one_that_binds(shared: Path) -> None:
    for path in (shared / "spec2").iterdir():
        assert (ROOT / "corpus/data/spec" / path.name).read_bytes() == path.read_bytes(), path.name


def test_codes_are_those_of_the_codebook_page() -> None:
    page = (ROOT / "corpus/data/spec/codebook.md").read_text(encoding="utf-8")
    part1, rest = page.split("## 2. Prose metrics")
    labels, facets = part1.split("**Facet**")
    book = codebook()
    heads = re.findall(r"^\*\*L\d+ `([a-z]+)` ([^*]+)\*\*", labels, re.MULTILINE)
    assert {(c.code, c.zh) for c in book.labels.values()} == set(heads)
    rows = re.findall(r"^\| `([a-z_]+)` (\S+) \| ([^|]+?) \|", facets, re.MULTILINE)
    assert [(c.code, c.zh, c.definition) for c in book.facets.values()] == rows
    indicators = page_indicators(rest.split("| class | indicators")[1].split("\nClass A")[0])
    assert [(c.code, c.cls) for c in book.indicators.values()] == indicators
    assert len(indicators) == 73
    assert all(c.zh and c.en for table in (book.labels, book.facets, book.indicators) for c in table.values())


def page_indicators(table: str) -> list[tuple[str, str]]:
    """Codes and classes of the page's table: `.x` takes the prefix of the code before it, `C:` changes the class of its row."""
    found = []
    for cls, cells in re.findall(r"^\| ([BC]) \| (.*) \|$", table, re.MULTILINE):
        prefix = ""
        for other, code in re.findall(r"(C: )?`([a-z_.]+)`", cells):
            cls = "C" if other else cls
            prefix = prefix if code.startswith(".") else code.split(".")[0]
            found.append((prefix + code if code.startswith(".") else code, cls))
    return found


def test_families_are_those_of_the_codebook_page() -> None:
    page = (ROOT / "corpus/data/spec/codebook.md").read_text(encoding="utf-8")
    book = codebook()
    facets = re.sub(r"\s+", " ", page.split("**F17 ")[1].split(".\n\n")[0].split("`family`): ")[1])
    for family in facets.split("; "):
        name, zh, members = family.split(" ", 2)
        assert (book.facet_families[name].zh, {c for c, f in book.facets.items() if f.family == name}) == (
            zh,
            set(members.split(", ")),
        )
    assert {f.split(" ")[0] for f in facets.split("; ")} == set(book.facet_families), "families of F17 and [facet_families]"
    labels = re.sub(r"\s+", " ", page.split("**R2** Families of labels: ")[1].split(".\n")[0])
    named = {f.partition("* ")[0].strip("*") for f in labels.split(" · ")}
    assert named == set(book.label_families), "families of R2 and [label_families]"
    for family in labels.split(" · "):
        name, _, members = family.partition("* ")
        own = {c for c, f in book.labels.items() if f.family == name.strip("*")}
        assert own == set(members.split(", ") if members else [name.strip("*")])
    known = {"label": set(book.label_families), "facet": set(book.facet_families)}
    assert {c.family for c in book.labels.values()} <= known["label"], "a label's family is one of [label_families]"
    assert {c.family for c in book.facets.values() if c.family} <= known["facet"], "a facet's family is one of [facet_families]"
    assert book.facets["general"].family == ""
    assert all(c.family for c in book.labels.values())


def test_forms_have_the_cells_the_spec_counts() -> None:
    def count(form: str) -> list[int]:
        cells = form_cells("2019" if form == "2019" else "2021").values()
        return [sum(c.table == t for c in cells) for t in ("t2", "t3", "t4")]

    assert count("2019") == [22, 161, 15]
    assert count("2021") == [10, 175, 15]
    assert len(all_cells()) == 226


def test_every_issue_code_is_documented_and_used() -> None:
    text = "\n".join(
        p.read_text(encoding="utf-8") for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py")) if p.name != "schema.py"
    )
    used = set(re.findall(r"Issue\(\s*\"([a-z_]+)\"", text)) | {c for c in ISSUES if f'"{c}"' in text}
    assert used <= set(ISSUES)
    assert set(ISSUES) - used == set()


def test_schema_keys_are_columns() -> None:
    for table in tables().values():
        names = [c.name for c in table.columns]
        assert len(set(names)) == len(names)
        assert set(table.key) <= set(names)


@pytest.mark.parametrize("path", _sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_import_is_light() -> None:
    heavy = ("sklearn", "pandas", "duckdb", "spacy", "torch", "transformers", "scipy", "polars")
    code = f"import sys, gongkai; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_analysis_needs_no_scikit_learn() -> None:
    code = (
        "import sys; from extract.pipeline import analyze_bytes;"
        "r = analyze_bytes('云岭县水务局2021年政府信息公开工作年度报告\\n一、总体情况\\n全年公开信息40条。\\n'.encode(), 'a.txt');"
        "print(r.passages[0].text, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.split() == ["全年公开信息40条。", "False"]


def test_no_rule_fits_one_real_report_only(shared: Path) -> None:
    assert shared.is_dir()
    assert rule_audit.audit() == []


# what the form, the law and the notice on reports print in every report: lists of its parts, its period, names of its bases
_SET_PHRASES = re.compile(
    r"《?中华人民共和国政府信息公开条例》?|以下简称|《?条例》?|(?:政府信息公开)?工作?年度报告|有关事项的通知|国务院办公厅|政府信息与政务公开办公室|国办公开办函"
    r"|总体情况|主动公开政府信息|收到和处理|政府信息公开(?:工作)?|被?申请|行政复议|提起|行政诉讼|存在的?|主要问题|及?改进|其他需要报告的?事?项?"
    r"|情况|全文|包括|组成|编制|要求|关于|根据|按照|严格落实|工作|所列数据的?|本?报告|统计期限|\d+[年月日号]|2019|60|20"
    r"|(?:坚持)?以?习?近?平?新?时代中国特色社会主义思想|为指导|深入|全面|认真|学习|贯彻|落实|党中?央?|习近平总书记|[、，。；：（）〔〕《》自从起至止和及与由因等的被]"
)


def _own_words(text: str) -> str:
    """What is left of a text without white space and set phrases."""
    return _SET_PHRASES.sub("", re.sub(r"\s+", "", text))


def test_no_text_of_the_real_reports_in_the_project(shared: Path) -> None:
    texts = [line for path in (shared / "reports").glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()]
    for path in [*(shared / "real" / "gold").glob("*.passages.json"), *(shared / "gold2").glob("*.passages.json")]:
        texts += [p["text"] for p in json.loads(path.read_text(encoding="utf-8"))]
    runs: set[str] = set()
    for line in texts:
        text = _own_words(line)
        if len(text) >= 26 and "\t" not in line.strip():
            runs.update(text[k : k + 26] for k in range(len(text) - 25))
    for name in (*PACKAGES, "tests", "docs", "benchmarks"):
        for path in sorted((ROOT / name).rglob("*")):
            if (
                path.suffix not in {".py", ".toml", ".txt", ".md", ".jsonl", ".json", ".csv", ".tsv", ".j2"}
                or "spec" in path.parts
            ):
                continue
            text = _own_words(path.read_text(encoding="utf-8"))
            found = {f for f in {text[k : k + 26] for k in range(len(text) - 25)} & runs if "勾稽关系" not in f}
            assert not found, (path.name, sorted(found)[:3])


def test_wheel_lists_every_package() -> None:
    find = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]["find"]
    listed = set(find_namespace_packages(str(ROOT), **find))
    for name in PACKAGES:
        for folder in [ROOT / name, *(p for p in (ROOT / name).rglob("*") if p.is_dir())]:
            files = [f for f in folder.iterdir() if f.is_file() and f.suffix != ".pyc"]
            if files and not {"__pycache__", "voices", "figures", "hard"} & set(folder.parts):
                assert ".".join(folder.relative_to(ROOT).parts) in listed, folder
