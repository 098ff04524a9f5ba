"""A reader that another package might bring: text in a ZIP file with a member ``boxed.txt``."""

from __future__ import annotations

import io
import zipfile

from corpus.readers import Reader, ReaderEntry, Signature, get_reader
from corpus.types import Document

MEMBER = "boxed.txt"


class BoxedReader:
    """Reads the member as plain text."""

    name = "boxed"
    version = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document in ``data``."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = get_reader("text").read(archive.read(MEMBER), name)
        return Document(found.blocks, self.name, self.version)


def make() -> Reader:
    """The reader."""
    return BoxedReader()


def begins(data: bytes) -> bool:
    """Whether a file is one."""
    return data.startswith(b"PK") and MEMBER.encode() in data


ENTRY = ReaderEntry("boxed", make, (".boxed",), (Signature(begins, "a boxed text", ".boxed"),))


def boxed(text: str) -> bytes:
    """Such a file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(MEMBER, text)
    return out.getvalue()
