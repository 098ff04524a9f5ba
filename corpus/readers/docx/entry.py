"""The readers of word processors: DOCX, and what LibreOffice turns into it."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry, Signature


def _docx() -> Reader:
    from corpus.readers.docx.reader import DocxReader

    return DocxReader()


def _office() -> Reader:
    from corpus.readers.office import OfficeReader

    return OfficeReader()


READERS = (
    ReaderEntry(
        "docx",
        _docx,
        (".docx", ".docm"),
        (Signature(b"PK\x03\x04", "a ZIP container (DOCX, XLSX, ZIP)", ".docx"),),
    ),
    ReaderEntry(
        "office",
        _office,
        (".doc", ".wps", ".rtf", ".odt", ".fodt", ".xml"),
        (
            Signature(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (DOC, XLS, WPS)", ".doc"),
            Signature(b"{\\rtf", "an RTF file", ".rtf"),
        ),
        decides=True,
    ),
)
