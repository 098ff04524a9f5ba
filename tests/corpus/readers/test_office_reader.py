"""DOC, WPS and RTF by LibreOffice, and what these names often hide."""

from __future__ import annotations

import pytest

from corpus.errors import ReadError
from corpus.readers import office, read_bytes
from corpus.text.normalise import squeeze
from corpus.types import TextBlock
from extract.pipeline import analyze_bytes
from tests.corpus.readers.test_html_reader import S1, S56, TEXTS, TITLE, expected, texts
from tests.support.exporters import words
from training.samples.build import load

needs_office = pytest.mark.skipif(office.find_soffice() is None, reason="LibreOffice is not installed")
NARRATIVES = load()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@needs_office
@pytest.mark.parametrize("number", [2, 4, 7])
def test_samples_come_back_whole(number: int) -> None:
    narrative = NARRATIVES[number]
    report = analyze_bytes(words.doc(narrative, number), "a.wps" if number == 2 else "a.doc")
    assert report.reader == "office"
    assert {c.code: (c.value, c.state) for c in report.cells} == {k: (c.value, c.state) for k, c in narrative.cells.items()}
    found = [squeeze(report.text[b.start : b.end]) for b in report.canonical.blocks if isinstance(b, TextBlock)]
    assert found == expected(narrative)[0]


@needs_office
def test_what_libreoffice_cannot_read_is_said() -> None:
    with pytest.raises(ReadError, match=r"LibreOffice cannot convert|no DOCX|damaged") as caught:
        read_bytes(OLE + b"\x00" * 4096, "a.doc")
    assert caught.value.remedy


@needs_office
def test_a_conversion_ends_in_time() -> None:
    with pytest.raises(ReadError, match=r"longer than 0\.01 s"):
        office.convert(b"{\\rtf1 x}", ".rtf", "a.rtf", timeout=0.01)


def test_without_libreoffice_the_remedy_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_SOFFICE", "/nowhere/soffice")
    with pytest.raises(ReadError, match="needs LibreOffice") as caught:
        read_bytes(OLE + b"\x00" * 600, "a.doc")
    assert "libreoffice-writer-nogui" in caught.value.remedy


def test_a_program_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_SOFFICE", __file__)  # a file, but no program
    with pytest.raises(ReadError, match=r"cannot be started|cannot convert"):
        read_bytes(b"{\\rtf1 x}", "a.rtf")


def test_web_pages_saved_as_doc() -> None:
    page = f'<html xmlns:w="urn:schemas-microsoft-com:office:word"><body><h1>{TITLE}</h1>{S1}{S56}</body></html>'
    assert texts(read_bytes(page.encode("gb18030"), "a.doc")) == TEXTS


def test_other_files_named_doc() -> None:
    for data, message in ((b"%PDF-1.4", "PDF"), ("一、总体情况".encode(), "no Office file"), (b"\x89PNG", "PNG")):
        with pytest.raises(ReadError, match=message):
            read_bytes(data, "a.doc")
