"""Hostile, damaged and mislabelled files: each ends soon, with a document or a coded error; a short run of the fuzzer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from corpus.errors import GongkaiError, ReadError, UnknownFormat
from corpus.readers import known_suffixes, read_bytes, sniff
from corpus.types import Paragraph
from extract.runs.run import find_sources, process
from tests import fuzz
from tests.support.exporters import pages, words
from tests.support.hostile import HOSTILE
from tests.support.pdf_writer import PdfPage, write_pdf
from training.samples.build import load

SECONDS = 60


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_OCR", "off")


def good() -> dict[str, bytes]:
    narrative = load()[0]
    page = PdfPage()
    page.text(60, 100, "一、总体情况")
    page.text(60, 130, "全年公开信息40条。")
    return {"html": pages.plain(narrative, 0), "docx": words.docx(narrative, 0), "pdf": write_pdf([page])}


@pytest.mark.parametrize("suffix", known_suffixes())
@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\x00" * 64, b"\xff" * 64], ids=["zero", "space", "nul", "ff"])
def test_files_of_nothing_say_so(suffix: str, data: bytes) -> None:
    with pytest.raises(ReadError) as error:
        read_bytes(data, f"a{suffix}")
    assert error.value.remedy
    assert str(error.value).startswith(f"a{suffix}: ")


@pytest.mark.parametrize("kind", ["html", "docx", "pdf"])
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".docx", ".pdf", ".png", ".aspx", ""])
def test_what_a_file_is_decides_and_not_its_name(kind: str, suffix: str) -> None:
    data = good()[kind]
    document = read_bytes(data, f"下载{suffix}")
    assert document.reader == kind
    assert document.blocks == read_bytes(data, f"a.{kind}").blocks


def test_a_run_says_how_each_file_was_read(tmp_path: Path) -> None:
    for name, kind in (("a.pdf", "docx"), ("b.html", "pdf"), ("c.txt", "html")):
        (tmp_path / name).write_bytes(good()[kind])
    outcomes = {o.source.name: o for o in (process(s, None, {}) for s in find_sources([tmp_path]))}
    assert {n: o.report.reader for n, o in outcomes.items() if o.report} == {"a.pdf": "docx", "b.html": "pdf", "c.txt": "html"}


def test_names_without_a_reader_are_still_refused_where_the_bytes_say_nothing() -> None:
    with pytest.raises(UnknownFormat):
        read_bytes("一、总体情况".encode(), "a.xyz")
    assert sniff("一、总体情况".encode(), ".txt") == ".txt"


@pytest.mark.parametrize("kind", ["html", "docx", "pdf"])
def test_a_file_cut_anywhere_ends_with_less_or_an_error(kind: str) -> None:
    data = good()[kind]
    messages = []
    for cut in range(1, len(data), max(1, len(data) // 60)):
        try:
            read_bytes(data[:cut], f"a.{kind}")
        except GongkaiError as error:
            messages.append(error.message)
    assert messages
    assert all(messages)


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_files_end_soon_with_a_document_or_a_coded_error(name: str) -> None:
    file, make = HOSTILE[name]
    data = make()
    began = time.perf_counter()
    error: GongkaiError | None = None
    try:
        document = read_bytes(data, file)
        assert all(b.text for b in document.blocks if isinstance(b, Paragraph))
    except GongkaiError as found:
        error = found
    assert error is None or (error.remedy and error.source == file)
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize("form", [f for f in fuzz.CASES if f not in ("picture", "doc")])
def test_mutated_files_end_with_a_document_or_a_coded_error(form: str) -> None:
    ends = [fuzz.run_case(form, number, fuzz.SEED + 1) for number in range(40)]
    assert [message for end, message in ends if end == "foreign"] == []
    assert {end for end, _ in ends} <= {"read", "error"}


def test_the_fuzzer_sees_a_fault_and_a_dead_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes, name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(fuzz, "read_bytes", broken)
    assert fuzz.run_case("html", 0, fuzz.SEED) == ("foreign", "KeyError: 'case0.html'")
    monkeypatch.setattr(fuzz, "_lines", lambda form, first, cases, seed: iter([{"number": first}]))
    tally = fuzz.fuzz("html", 2, fuzz.SEED)
    assert tally.ends == {"crash": 2}
    assert "the process died" in tally.found[0]
