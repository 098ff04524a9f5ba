"""Reader of Word documents (DOCX): the text as it is printed, with tracked changes accepted, and tables as exact grids."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.errors import ReadError
from corpus.readers import foreign
from corpus.readers.docx.body import Body
from corpus.readers.docx.package import open_package
from corpus.readers.prose import finish
from corpus.readers.traditional import script_issues
from corpus.types import Document


@dataclass(frozen=True, slots=True)
class DocxReader:
    """Reads the body of a DOCX; page headers and footers are not part of the report."""

    name: str = "docx"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document in ``data``.

        Raises:
            ReadError: no DOCX, damaged, encrypted or too large.
        """
        if (found := foreign(data, ".docx")) is not None:
            what, suffix = found
            raise ReadError(f"is {what}, not a DOCX", remedy=f"rename it to *{suffix}", source=name)
        if not data.startswith(b"PK"):
            raise ReadError("is no DOCX", remedy="save it as DOCX in Word or WPS", source=name)
        package = open_package(data, name)
        body = Body.of(package, name)
        body.read()
        blocks = finish(body.blocks, name)
        return Document(
            blocks, self.name, self.version, issues=(*body.issues, *script_issues(blocks)), dropped=tuple(body.left_out)
        )
