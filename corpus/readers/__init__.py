"""Readers: one per kind of file, all returning a :class:`corpus.types.Document`.

A reader is registered under the suffixes it reads.  What follows it is the same for every format::

    read_document(path) -> Document -> corpus.text.canonical.build -> CanonicalText
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from corpus.errors import ReadError, UnknownFormat
from corpus.text.several import first_report
from corpus.types import Document

#: a report of 60,000 characters is long; a text of this size is a data dump
MAX_BYTES = 50_000_000


class Reader(Protocol):
    """Turns the bytes of one file into paragraphs and grids in reading order."""

    @property
    def name(self) -> str:
        """Name under which it is registered and stored with the results."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever equal bytes may give another document."""
        ...

    def read(self, data: bytes, name: str) -> Document:
        """The document of ``data``; ``name`` is used in messages only.

        Raises:
            ReadError: the bytes are not what this reader reads.
        """
        ...


ReaderFactory = Callable[[], Reader]


def _text() -> Reader:
    from corpus.readers.plain.reader import TextReader  # readers are imported when first used: PDF and DOCX need heavy packages

    return TextReader("text")


def _markdown() -> Reader:
    from corpus.readers.plain.reader import TextReader

    return TextReader("markdown")


def _html() -> Reader:
    from corpus.readers.html.reader import HtmlReader

    return HtmlReader()


def _docx() -> Reader:
    from corpus.readers.docx.reader import DocxReader

    return DocxReader()


def _office() -> Reader:
    from corpus.readers.office import OfficeReader

    return OfficeReader()


def _pdf() -> Reader:
    from corpus.readers.pdf.reader import PdfReader

    return PdfReader()


def _pdf_ocr() -> Reader:
    from corpus.readers.pdf.reader import PdfReader

    return PdfReader("pdf-ocr")


def _image() -> Reader:
    from corpus.readers.ocr.reader import ImageReader

    return ImageReader()


_FACTORIES: dict[str, ReaderFactory] = {"text": _text, "markdown": _markdown, "html": _html, "docx": _docx, "office": _office}
_SUFFIXES: dict[str, str] = {".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown"}
_SUFFIXES |= dict.fromkeys((".html", ".htm", ".xhtml", ".shtml", ".mht", ".mhtml"), "html")
_SUFFIXES |= {".docx": "docx", ".docm": "docx"} | dict.fromkeys((".doc", ".wps", ".rtf", ".odt"), "office")
_FACTORIES |= {"pdf": _pdf, "pdf-ocr": _pdf_ocr, "image": _image}
_SUFFIXES |= {".pdf": "pdf"} | dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), "image")
# what a file is, whatever its name says: (first bytes, offset, what it is, suffix to give it)
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF file", ".pdf"),
    (b"PK\x03\x04", "a ZIP container (DOCX, XLSX, OFD, ZIP)", ".docx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (DOC, XLS, WPS)", ".doc"),
    (b"{\\rtf", "an RTF file", ".rtf"),
    (b"\x89PNG", "a PNG picture", ".png"),
    (b"\xff\xd8\xff", "a JPEG picture", ".jpg"),
    (b"II*\x00", "a TIFF picture", ".tif"),
    (b"MM\x00*", "a TIFF picture", ".tif"),
    (b"\x1f\x8b", "a gzip archive", ".gz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", ".7z"),
    (b"Rar!", "a RAR archive", ".rar"),
)
_HTML_STARTS = (b"<!doctype html", b"<html")
_BOM_SPACE = b"\xef\xbb\xbf \t\r\n"
#: a DOCX with a password is an old Office container around this stream
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TEXT_READERS = frozenset({"text", "markdown"})
#: these readers look at the bytes themselves
_OWN_CONTENT = frozenset({".doc", ".wps", ".rtf", ".odt"})
_UTF_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def register(name: str, factory: ReaderFactory, suffixes: tuple[str, ...] = ()) -> None:
    """Add a reader under ``name`` and for ``suffixes`` (lower case, with their dot).

    Raises:
        ReadError: the name or a suffix is taken by another reader.
    """
    if name in _FACTORIES:
        raise ReadError(f"a reader named {name!r} is registered already", remedy="choose another name")
    if taken := [s for s in suffixes if s in _SUFFIXES]:
        raise ReadError(f"suffixes {taken} belong to other readers", remedy="register the reader for its own suffixes")
    _FACTORIES[name] = factory
    _SUFFIXES.update(dict.fromkeys(suffixes, name))


def reader_names() -> tuple[str, ...]:
    """Names of all registered readers."""
    return tuple(_FACTORIES)


def known_suffixes() -> tuple[str, ...]:
    """Suffixes that some reader reads."""
    return tuple(_SUFFIXES)


def get_reader(name: str) -> Reader:
    """The reader registered under ``name``.

    Raises:
        UnknownFormat: no such reader; the message lists those there are.
    """
    factory = _FACTORIES.get(name)
    if factory is None:
        raise UnknownFormat(f"no reader named {name!r}", remedy=f"use one of {', '.join(sorted(_FACTORIES))}")
    return factory()


def reader_for(name: str) -> Reader:
    """The reader for a file of this name, by its suffix.

    Raises:
        UnknownFormat: no reader reads this suffix.
    """
    suffix = Path(name).suffix.lower()
    found = _SUFFIXES.get(suffix)
    if found is None:
        raise UnknownFormat(
            f"no reader for {suffix or 'a file without suffix'!r}",
            remedy=f"use a file of {', '.join(sorted(_SUFFIXES))}, or name a reader ({', '.join(sorted(_FACTORIES))})",
            source=name,
        )
    return get_reader(found)


def foreign(data: bytes, *own: str) -> tuple[str, str] | None:
    """What the first bytes of a file are, and the suffix for it, unless it is one of ``own``; ``None`` if they say nothing."""
    return next(((what, suffix) for magic, what, suffix in _MAGIC if data.startswith(magic) and suffix not in own), None)


def sniff(data: bytes, suffix: str) -> str:
    """The suffix that the first bytes of a file ask for, or ``suffix`` itself where they leave it open.

    Sites serve web pages as ``.doc``, DOCX as ``.pdf`` and pictures under any name; what the bytes are decides.
    """
    if suffix in _OWN_CONTENT:
        return suffix
    found = foreign(data)
    if found is not None:
        return found[1] if found[1] in _SUFFIXES and _SUFFIXES[found[1]] != _SUFFIXES.get(suffix) else suffix
    if data[:1024].lstrip(_BOM_SPACE)[:20].lower().startswith(_HTML_STARTS):
        return suffix if _SUFFIXES.get(suffix) == "html" else ".html"
    return suffix


def _refuse_binary(data: bytes, name: str) -> None:
    for magic, what, suffix in _MAGIC:
        if data.startswith(magic):
            raise ReadError(f"is {what}, not text", remedy=f"rename it to *{suffix} or convert it to text", source=name)
    if b"\x00" in data and not data.startswith(_UTF_BOMS) and not data.startswith(b"\x00\x00\xfe\xff"):
        at = data.index(b"\x00")
        raise ReadError(
            f"is binary: byte 0x00 at offset {at}",
            remedy="give a text file (UTF-16 needs a byte order mark)",
            source=name,
        )


def read_bytes(data: bytes, name: str, *, reader: str | None = None) -> Document:
    """Read the bytes of one file.

    Args:
        data: the whole file.
        name: its name; the suffix chooses the reader unless the bytes are plainly of another kind, and messages carry it.
        reader: name of a reader that is to read it whatever the suffix.

    Raises:
        ReadError: empty, binary, undecodable or too large.
        UnknownFormat: no reader for this suffix or of this name.
    """
    if reader is None:
        suffix = sniff(data, Path(name).suffix.lower())
        chosen = get_reader(_SUFFIXES[suffix]) if suffix in _SUFFIXES else reader_for(name)
    else:
        chosen = get_reader(reader)
    if len(data) > MAX_BYTES:
        raise ReadError(f"has {len(data)} bytes, more than {MAX_BYTES}", remedy="give one report per file", source=name)
    if not data.strip():
        raise ReadError("is empty", remedy="download or export the report again", source=name)
    if data.startswith(b"\xd0\xcf\x11\xe0") and _ENCRYPTED in data:
        raise ReadError("is encrypted: it opens only with a password", remedy="save a copy without a password", source=name)
    if chosen.name in _TEXT_READERS:
        _refuse_binary(data, name)
    return first_report(chosen.read(data, name))


def read_file_bytes(path: str | Path) -> bytes:
    """The bytes of the file at ``path``.

    Raises:
        ReadError: missing, a folder, or unreadable.
    """
    file = Path(path)
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ReadError("there is no such file", remedy="check the path", source=str(file)) from error
    except IsADirectoryError as error:
        raise ReadError("is a folder", remedy="name a file in it", source=str(file)) from error
    except OSError as error:
        raise ReadError(
            f"cannot be read: {error.strerror or error}", remedy="check its permissions", source=str(file)
        ) from error
    except ValueError as error:
        raise ReadError(f"is no usable path: {error}", remedy="check the path", source=repr(str(file))) from error


def read_document(path: str | Path, *, reader: str | None = None) -> Document:
    """Read the file at ``path``.

    Raises:
        ReadError: missing, a folder, unreadable, or what :func:`read_bytes` raises.
    """
    return read_bytes(read_file_bytes(path), str(Path(path)), reader=reader)
