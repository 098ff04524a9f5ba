"""The reader of this folder."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry, Signature


def _ofd() -> Reader:
    from corpus.readers.ofd.reader import OfdReader

    return OfdReader()


def _is_ofd(data: bytes) -> bool:
    if not data.startswith(b"PK\x03\x04") or b"OFD.xml" not in data:
        return False
    from corpus.readers.ofd.package import is_ofd

    return is_ofd(data)


READERS = (ReaderEntry("ofd", _ofd, (".ofd",), (Signature(_is_ofd, "an OFD file", ".ofd"),)),)
