"""What stands beside results: files that were not read, the page; nothing that earlier runs said is lost without a word."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import gongkai
from corpus.errors import ReadError, StoreError, UsageError
from gongkai import beside_store
from gongkai.beside_store import NOT_READ, REPORT_HTML
from tests.support.factories import sample_text

IN_PROCESS = True


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.txt").write_text(sample_text(), encoding="utf-8")
    return folder


def test_files_that_were_not_read_are_listed_for_excel(reports: Path, tmp_path: Path) -> None:
    (reports / "=b.txt").write_bytes(b"")
    (reports / "c.xyz").write_bytes(b"?")
    gongkai.tag(reports, tmp_path / "out")
    file = tmp_path / "out" / NOT_READ
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["path", "status", "reason", "remedy"]
    assert [r[:3] for r in rows[1:]] == [
        ["'=b.txt", "failed", "is empty"], ["c.xyz", "skipped", "no reader reads this kind of file"],
    ]  # fmt: skip
    assert all(r[3] for r in rows)
    (reports / "=b.txt").unlink()
    (reports / "c.xyz").unlink()
    gongkai.tag(reports, tmp_path / "out", prune=True)
    assert not file.exists()


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("a.txt: is empty. Remedy: give another", ("is empty", "give another")),
        ("a.txt: took longer than 9 s and was set aside; give more time with --timeout", ("took longer than 9 s and was set aside", "give more time with --timeout")),
        ("a.txt: a fault; of\nours", ("a fault; of\nours", "")),
        ("a.txt: something", ("something", "")),
    ],
)  # fmt: skip
def test_reason_and_remedy_of_a_file_that_was_not_read(message: str, found: tuple[str, str]) -> None:
    assert beside_store._reason("a.txt", "failed", message) == found


def test_the_page_stays_and_is_of_the_results_that_are_there(reports: Path, tmp_path: Path) -> None:
    gongkai.tag(reports, tmp_path / "out", html=True)
    (reports / "b.txt").write_text(sample_text("海湾市财政局", 2022), encoding="utf-8")
    gongkai.tag(reports, tmp_path / "out")
    assert "海湾市财政局" in (tmp_path / "out" / REPORT_HTML).read_text(encoding="utf-8")


def test_metadata_of_earlier_runs_are_not_dropped(reports: Path, tmp_path: Path) -> None:
    given = {"a.txt": {"theme": "水"}}
    gongkai.tag(reports, tmp_path / "out", metadata=given)
    (reports / "b.txt").write_text(sample_text("海湾市财政局", 2022), encoding="utf-8")
    with pytest.raises(StoreError, match="1 files have a row") as caught:
        gongkai.tag(reports, tmp_path / "out")
    assert "--metadata" in caught.value.remedy
    gongkai.tag(reports, tmp_path / "out", metadata=given)
    assert [r["metadata"] for r in gongkai.load(tmp_path / "out").table("reports").to_pylist()].count('{"theme": "水"}') == 1
    gongkai.tag(reports, tmp_path / "out", overwrite=True)


def test_a_misspelt_path_makes_no_folder(reports: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        gongkai.tag(tmp_path / "reprots", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert dict(gongkai.tag(reports, tmp_path / "out").statuses) == {"ok": 1}


def test_what_a_file_lacked_is_tried_again_when_it_is_there(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.readers.office.find_soffice", lambda: None)
    monkeypatch.setenv("GONGKAI_SOFFICE", str(tmp_path / "none"))
    (reports / "b.rtf").write_bytes(rb"{\rtf1 x}")
    first: Any = gongkai.tag(reports, tmp_path / "out", workers=1)
    assert dict(first.statuses) == {"failed": 1, "ok": 1}
    assert gongkai.tag(reports, tmp_path / "out", workers=1).tagged == 0
    monkeypatch.setattr("corpus.readers.office.find_soffice", lambda: "/bin/false")
    assert gongkai.tag(reports, tmp_path / "out", workers=1).tagged == 1


def test_results_among_the_reports_are_not_read(reports: Path, tmp_path: Path) -> None:
    gongkai.tag(reports, reports / "first", html=True)
    assert dict(gongkai.tag(reports, reports / "second").statuses) == {"ok": 1}
    page = tmp_path / "copy.html"
    page.write_bytes((reports / "first" / REPORT_HTML).read_bytes())
    with pytest.raises(ReadError, match="a page that gongkai wrote"):
        gongkai.analyze(page)
