"""Readers: one per kind of file, all returning a :class:`corpus.types.Document`.

A reader states its suffixes and how its files begin (:mod:`corpus.readers.registry`).  What follows it is the same for every format::

    read_document(path) -> Document -> corpus.text.canonical.build -> CanonicalText
"""

from __future__ import annotations

from pathlib import Path

from corpus.errors import ReadError
from corpus.readers.encoding import utf16_unmarked
from corpus.readers.pinyin import without_readings
from corpus.readers.registry import (
    Reader,
    ReaderEntry,
    Signature,
    foreign,
    get_reader,
    known_suffixes,
    reader_for,
    reader_names,
    register,
    sniff,
)
from corpus.text.several import first_report
from corpus.types import Document

#: a report of 60,000 characters is long; a text of this size is a data dump
MAX_BYTES = 50_000_000
#: a DOCX with a password is an old Office container around this stream
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TEXT_READERS = frozenset({"text", "markdown"})
_UTF_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def _refuse_binary(data: bytes, name: str) -> None:
    if (found := foreign(data)) is not None:
        raise ReadError(f"is {found[0]}, not text", remedy=f"rename it to *{found[1]} or convert it to text", source=name)
    marked = data.startswith((*_UTF_BOMS, b"\x00\x00\xfe\xff"))
    if b"\x00" in data and not marked and utf16_unmarked(data) is None:
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
        chosen = reader_for(f"_{suffix}") if suffix in known_suffixes() else reader_for(name)
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
    return first_report(without_readings(chosen.read(data, name)))


def read_file_bytes(path: str | Path) -> bytes:
    """The bytes of the file at ``path``.

    Raises:
        ReadError: missing, a folder, unreadable, or larger than :data:`MAX_BYTES`, which is asked before anything is read.
    """
    file = Path(path)
    try:
        size = file.stat().st_size
        if size <= MAX_BYTES:
            with file.open("rb") as f:
                data = f.read(MAX_BYTES + 1)  # a file may grow, or have no size (a device)
            if len(data) <= MAX_BYTES:
                return data
            size = len(data)
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
    raise ReadError(f"has {size} bytes, more than {MAX_BYTES}", remedy="give one report per file", source=str(file))


def read_document(path: str | Path, *, reader: str | None = None) -> Document:
    """Read the file at ``path``.

    Raises:
        ReadError: missing, a folder, unreadable, or what :func:`read_bytes` raises.
    """
    return read_bytes(read_file_bytes(path), str(Path(path)), reader=reader)


__all__ = [
    "MAX_BYTES", "Reader", "ReaderEntry", "Signature", "foreign", "get_reader", "known_suffixes", "read_bytes", "read_document",
    "read_file_bytes", "reader_for", "reader_names", "register", "sniff",
]  # fmt: skip
