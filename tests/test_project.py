"""What holds for the project as a whole: one codebook, import direction, file sizes, no leaked report text."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from setuptools import find_namespace_packages

from corpus.codebook import SECTIONS, all_cells, codebook, form_cells
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
    labels = re.sub(r"\s+", " ", page.split("**R2** Families of labels: ")[1].split(".\n")[0])
    for family in labels.split(" · "):
        name, _, members = family.partition("* ")
        own = {c for c, f in book.labels.items() if f.family == name.strip("*")}
        assert own == set(members.split(", ") if members else [name.strip("*")])
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


def test_no_text_of_the_real_reports_in_the_project(shared: Path) -> None:
    runs: set[str] = set()
    for path in (shared / "reports").glob("*.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = re.sub(r"\s+", "", line)
            if len(text) >= 40 and "\t" not in line.strip():
                runs.update(text[k : k + 26] for k in range(len(text) - 25))
    law = "中华人民共和国政府信息公开条例"
    titles = "，".join(zh for zh, _ in SECTIONS.values())
    for name in (*PACKAGES, "tests", "docs", "benchmarks"):
        for path in sorted((ROOT / name).rglob("*")):
            if path.suffix not in {".py", ".toml", ".txt", ".md", ".jsonl", ".json", ".csv", ".j2"} or "spec" in path.parts:
                continue
            text = re.sub(r"\s+", "", path.read_text(encoding="utf-8"))
            found = {text[k : k + 26] for k in range(len(text) - 25)} & runs
            found = {f for f in found if law[:8] not in f and law[-8:] not in f and f not in titles and "勾稽关系" not in f}
            assert not found, (path.name, sorted(found)[:3])


def test_wheel_lists_every_package() -> None:
    find = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]["find"]
    listed = set(find_namespace_packages(str(ROOT), **find))
    for name in PACKAGES:
        for folder in [ROOT / name, *(p for p in (ROOT / name).rglob("*") if p.is_dir())]:
            files = [f for f in folder.iterdir() if f.is_file() and f.suffix != ".pyc"]
            if files and "__pycache__" not in folder.parts:
                assert ".".join(folder.relative_to(ROOT).parts) in listed, folder
