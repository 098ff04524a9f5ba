"""The readers of this folder."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry, Signature


def _pdf() -> Reader:
    from corpus.readers.pdf.reader import PdfReader

    return PdfReader()


def _pdf_ocr() -> Reader:
    from corpus.readers.pdf.reader import PdfReader

    return PdfReader("pdf-ocr")


READERS = (
    ReaderEntry("pdf", _pdf, (".pdf",), (Signature(b"%PDF-", "a PDF file", ".pdf"),)),
    ReaderEntry("pdf-ocr", _pdf_ocr),
)
