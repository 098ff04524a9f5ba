"""The package's face: light import, shadow check, analyze and tag."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import gongkai
from corpus.errors import GongkaiError, ReadError, StoreError, UsageError
from extract.runs.run import Outcome
from gongkai import api
from models.base import Passage, Prediction
from tests.conftest import ROOT
from tests.support.factories import sample_text

IN_PROCESS = True

HEAVY = ("sklearn", "pandas", "duckdb", "spacy", "torch", "transformers", "pyarrow", "numpy", "polars", "rich", "jinja2")


def run(code: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def test_import_is_light() -> None:
    found = run(f"import sys, gongkai; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert found.stdout.strip() == "[]", found.stderr


def test_analysing_needs_no_training_package_and_no_data_frames(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text(), encoding="utf-8")
    heavy = ("sklearn", "pandas", "duckdb", "spacy", "torch", "transformers")
    found = run(f"import sys, gongkai; gongkai.analyze({str(file)!r}); print([m for m in {heavy!r} if m in sys.modules])")
    assert found.stdout.strip() == "[]", found.stderr


def test_a_stored_report_is_shown_without_what_reads_reports(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    gongkai.tag([tmp_path / "a.txt"], tmp_path / "s", workers=1)
    heavy = ("pandas", "pyarrow.dataset", "extract.pipeline", "corpus.agencies.divisions", "duckdb", "sklearn")
    show = "from gongkai.commands.show import run; run(sys.argv[1], None, all_rows=False, ledger=False, engine='linear', min_confidence=None)"
    found = run(
        f"import sys; sys.argv[1:] = [{str(tmp_path / 's')!r}]; {show}; print([m for m in {heavy!r} if m in sys.modules])"
    )
    assert found.stdout.strip().splitlines()[-1] == "[]", found.stderr


def test_show_loads_no_validator_for_texts_and_what_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    found = run(
        f"import atexit, sys; sys.argv = ['gongkai', 'show', '--engine', 'keywords', {str(tmp_path / 'a.txt')!r}]; "
        "atexit.register(lambda: print('pydantic' in sys.modules)); from gongkai.__main__ import main; main()"
    )
    assert found.stdout.strip().splitlines()[-1] == "False", found.stderr


def test_a_report_is_checked_from_python_and_findings_are_said_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(said=12, received=14), encoding="utf-8")
    found = gongkai.check(gongkai.analyze(tmp_path / "a.txt"))
    assert found.fails
    (one,) = [f for f in found.findings if f.kind == "prose_table"]
    assert gongkai.check_message(one).startswith("requests received: the text says 12件, the table 14")
    assert gongkai.check_message(one, "zh").startswith("收到申请数：正文为12件，表格为14")
    with pytest.raises(UsageError, match="unknown language 'de'"):
        gongkai.check_message(one, "de")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", gongkai.SIBLINGS)
def test_shadowing_module_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("print('mine')\n", encoding="utf-8")
    found = run(f"import sys; sys.path.append({str(ROOT)!r}); import gongkai", cwd=tmp_path)
    assert found.returncode == 1
    last = found.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError")
    assert f"{name}.py" in last
    assert "Remedy: rename it" in last
    assert "mine" not in found.stdout


def test_shadowing_package_and_missing_package_are_named(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "__init__.py").write_text("", encoding="utf-8")
    found = run(f"import sys; sys.path.append({str(ROOT)!r}); import gongkai", cwd=tmp_path)
    assert str(tmp_path / "corpus" / "__init__.py") in found.stderr.strip().splitlines()[-1]


def test_namespace_folder_does_not_shadow(tmp_path: Path) -> None:
    # a folder without __init__.py loses against a real package further down the path
    (tmp_path / "models").mkdir()
    found = run(f"import sys; sys.path.append({str(ROOT)!r}); import gongkai; print(gongkai.__version__)", cwd=tmp_path)
    assert found.stdout.strip() == gongkai.__version__, found.stderr


def test_siblings_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="shadows gongkai's own package 'corpus'"):
        gongkai.check_siblings(tmp_path)


def test_public_names() -> None:
    for name in gongkai.__all__:
        assert getattr(gongkai, name) is not None
        assert name in dir(gongkai)
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = gongkai.analyse
    assert issubclass(gongkai.GongkaiError, GongkaiError)


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert gongkai.__version__ == project["project"]["version"]


class Constant:
    """A classifier of one's own."""

    model_id = "constant-1"

    def predict(self, passages: list[Passage]) -> list[Prediction]:
        return [Prediction("other") for _ in passages]


def test_analyze_takes_any_classifier(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text(), encoding="utf-8")
    report = gongkai.analyze(file, classifier=Constant())
    assert {p.label for p in report.predictions} == {"other"}
    assert report.classifier == "constant-1"
    assert len(report.cells) == 200
    assert all(report.text[p.start : p.end] == p.text for p in report.passages)
    assert gongkai.analyze(file, classifier="linear").predictions == gongkai.analyze(file).predictions


def test_analyze_marks_what_is_less_probable(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(sample_text(), encoding="utf-8")
    assert all(
        p.abstained for p in gongkai.analyze(file, min_confidence=1.0).predictions if p.score is not None and p.score < 1
    )
    with pytest.raises(UsageError):
        gongkai.analyze(file, min_confidence=1.5)
    with pytest.raises(UsageError, match="beside a ready-made"):
        gongkai.analyze(file, classifier=Constant(), min_confidence=0.5)
    with pytest.raises(UsageError, match="unknown classifier"):
        gongkai.analyze(file, classifier="oracle")
    with pytest.raises(ReadError):
        gongkai.analyze(tmp_path / "none.txt")


def test_tag_a_folder_with_progress_and_bad_files(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.txt").write_text(sample_text(received=14), encoding="utf-8")
    (folder / "b.txt").write_text(sample_text("海湾市财政局", 2022), encoding="gb18030")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "notes.xyz").write_bytes(b"?")
    seen: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, outcome: Outcome) -> None:
        seen.append((done, total, outcome.status))

    summary = gongkai.tag([folder, tmp_path / "missing.txt"], tmp_path / "out", progress=progress)
    assert dict(summary.statuses) == {"ok": 2, "failed": 2, "skipped": 1}
    assert summary.verdicts["disagrees"] == 1
    assert [n for n, _, _ in seen] == [1, 2, 3, 4, 5]
    assert {t for _, t, _ in seen} == {5}
    assert {name for name, _ in summary.failures} == {"empty.txt", "missing.txt"}
    assert not (tmp_path / "out" / "report.html").exists()


def test_tag_does_not_read_its_own_results(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    gongkai.tag(tmp_path, tmp_path / "out", html=True)
    summary = gongkai.tag(tmp_path, tmp_path / "out", overwrite=True)
    assert dict(summary.statuses) == {"ok": 1}


def test_tag_refuses(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").write_bytes(b"x")
    with pytest.raises(UsageError, match="no file to read"):
        gongkai.tag(tmp_path / "nothing", tmp_path / "out")
    with pytest.raises(StoreError, match="not empty"):
        gongkai.tag(tmp_path / "a.txt", tmp_path / "foreign", overwrite=True)
    gongkai.tag(tmp_path / "a.txt", tmp_path / "out")
    with pytest.raises(StoreError, match="holds results already, made with model_id"):
        gongkai.tag(tmp_path / "a.txt", tmp_path / "out", classifier="keywords")
    with pytest.raises(UsageError, match="unknown cluster 'dask'"):
        gongkai.tag(tmp_path / "a.txt", tmp_path / "out", cluster="dask")
    assert (tmp_path / "foreign" / "thesis.doc").exists()


def test_metadata_from_file_and_from_rows(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(sample_text(), encoding="utf-8")
    csv = tmp_path / "meta.csv"
    csv.write_text("path,url,agency,tier\na.txt,https://example.org/a,临江区教育和体育局,区\nb.txt,,,\n", encoding="utf-8-sig")
    rows = {"a.txt": {"url": "https://example.org/a", "agency": "临江区教育和体育局", "tier": "区"}}
    for n, given in enumerate((csv, rows)):
        gongkai.tag(tmp_path / "a.txt", tmp_path / f"out{n}", metadata=given)
        (row,) = gongkai.load(tmp_path / f"out{n}").table("reports").to_pylist()
        assert (row["agency"], row["url"], row["metadata"]) == ("临江区教育和体育局", "https://example.org/a", '{"tier": "区"}')
    assert api.unmatched({"a.txt": {}, "b.txt": {}}, [tmp_path / "a.txt"]) == ["b.txt"]
