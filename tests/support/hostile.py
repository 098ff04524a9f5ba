"""Files made to exhaust a reader: each is (name, function that makes its bytes)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from corpus.readers import MAX_BYTES
from tests.support.pdf_writer import PdfPage, write_pdf


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def _docx(part: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", part)
    return out.getvalue()


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><x>&l11;</x>'.encode()


def _nested_forms() -> bytes:
    """A PDF whose form object draws itself."""
    page = PdfPage(form=["/X1 Do", "0 0 m 90 0 l S"])
    page.text(60, 100, "公开")
    return write_pdf([page])


def _huge_page() -> bytes:
    page = PdfPage(width=2e6, height=2e6)
    page.text(60, 100, "公开")
    return write_pdf([page])


def _many_lines() -> bytes:
    page = PdfPage()
    page.text(60, 100, "公开")
    page.operators += [f"{n % 500} {n % 800} m {n % 500 + 9} {n % 800} l S" for n in range(1_000_000)]
    return write_pdf([page])


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a page of one line of 100 MB": ("a.html", lambda: b"<p>" + "公开".encode() * (100_000_000 // 6)),
    "a page of one line under the limit": ("a.html", lambda: b"<p>" + "公开".encode() * (MAX_BYTES // 6 - 10)),
    "a text of one line under the limit": ("a.txt", lambda: "公开".encode() * (MAX_BYTES // 6 - 10)),
    "a page nested deep": ("a.html", lambda: b"<html>" + b"<div>" * 400_000 + "公开".encode()),
    "a page of entities": ("a.html", lambda: b"<html><p>" + b"&nbsp;&#9;" * 3_000_000),
    "tables in tables": ("a.html", lambda: b"<html>" + b"<table><tr><td>" * 2_000 + b"1"),
    "a table of absurd spans": ("a.html", lambda: b"<html><table><tr>" + b"<td rowspan=65000 colspan=1000>1" * 3_000),
    "an entity bomb": ("a.docx", lambda: _docx(_laughs())),
    "a package that unpacks to much": ("a.docx", lambda: _docx(b" " * 200_000_000)),
    "a picture of 2,500 million pixels": ("a.png", lambda: _png(50_000, 50_000)),
    "a form that draws itself": ("a.pdf", _nested_forms),
    "a page of two million points": ("a.pdf", _huge_page),
    "a file of 600 pages": ("a.pdf", lambda: write_pdf([PdfPage()] * 600)),
    "columns without end": ("a.txt", lambda: ("\t".join("0" * 5_000) + "\n").encode() * 500),
    "pipes without end": ("a.md", lambda: b"|" * 2_000_000),
    "spaces without end": ("a.txt", lambda: b"a" + b" " * 5_000_000 + b"b"),
    "brackets without end": ("a.md", lambda: b"[" * 1_000_000),
    "enumerators without end": ("a.txt", lambda: "一、（一）1.".encode() * 100_000),
    "a page of a million lines": ("a.pdf", _many_lines),
}
