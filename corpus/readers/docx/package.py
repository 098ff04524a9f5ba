"""The parts of a DOCX package, read within bounds."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass

from lxml import etree

from corpus.errors import ReadError

#: markup of one part; a report of 60,000 characters has 3 MB
MAX_PART = 40_000_000
MAX_MEMBERS = 5_000
_MAX_ELEMENTS = 1_500_000

_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_REMEDY = "open the file in Word or WPS and save it again as DOCX"


@dataclass(frozen=True, slots=True)
class DocxPackage:
    """Parsed parts; all but ``document`` may be missing."""

    document: etree._Element
    styles: etree._Element | None
    numbering: etree._Element | None
    footnotes: etree._Element | None
    endnotes: etree._Element | None


def open_package(data: bytes, name: str) -> DocxPackage:
    """The parts of a DOCX.

    Raises:
        ReadError: no ZIP, no Word document (an XLSX, an OFD, …), damaged, encrypted, too large, or markup that is not well-formed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive, name)
    except zipfile.BadZipFile as error:
        raise ReadError(f"is a damaged DOCX: {error}", remedy=_REMEDY, source=name) from error
    except (OSError, EOFError, ValueError, zlib.error, NotImplementedError, RuntimeError, OverflowError) as error:
        # what zipfile raises for headers that contradict each other, unknown compression and encryption
        raise ReadError(f"is a damaged or encrypted DOCX: {error}", remedy=_REMEDY, source=name) from error


def _parts(archive: zipfile.ZipFile, name: str) -> DocxPackage:
    members = set(archive.namelist())
    if len(members) > MAX_MEMBERS:
        raise ReadError(f"is a package of {len(members)} parts, more than {MAX_MEMBERS}", remedy=_REMEDY, source=name)
    main = _main_part(archive, members, name)
    if main not in members:
        raise ReadError("is a ZIP file, but holds no Word document", remedy="give a DOCX; unpack an archive first", source=name)
    folder = posixpath.dirname(main)

    def optional(part: str) -> etree._Element | None:
        path = posixpath.join(folder, part)
        return _parse(archive, path, name) if path in members else None

    document = _parse(archive, main, name)
    if not document.tag.endswith("}document"):
        raise ReadError(
            f"holds {etree.QName(document).localname!r}, not a Word document", remedy="save it as DOCX", source=name
        )
    return DocxPackage(
        document, optional("styles.xml"), optional("numbering.xml"), optional("footnotes.xml"), optional("endnotes.xml")
    )


def _main_part(archive: zipfile.ZipFile, members: set[str], name: str) -> str:
    if "_rels/.rels" in members:
        for rel in _parse(archive, "_rels/.rels", name).iter(f"{_REL}Relationship"):
            if (rel.get("Type") or "").endswith("/officeDocument"):
                return posixpath.normpath((rel.get("Target") or "").lstrip("/"))
    return "word/document.xml"


def _parse(archive: zipfile.ZipFile, part: str, name: str) -> etree._Element:
    with archive.open(part) as f:
        data = f.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise ReadError(f"part {part} unpacks to more than {MAX_PART} bytes", remedy=_REMEDY, source=name)
    if data.count(b"<") > 2 * _MAX_ELEMENTS:
        raise ReadError(f"part {part} has more than {_MAX_ELEMENTS} elements", remedy=_REMEDY, source=name)
    head = data[:2000]
    if b"<!DOCTYPE" in head or b"<!ENTITY" in data[:20000] or b"\x00" in head[:40]:
        # no producer writes one, and entities are how XML bombs are made
        raise ReadError(f"part {part} declares a document type", remedy=_REMEDY, source=name)
    if b"purl.oclc.org" in head:
        for strict, transitional in _STRICT:
            data = data.replace(strict, transitional)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ReadError(f"part {part} is no well-formed XML: {error}", remedy=_REMEDY, source=name) from error
