"""The parts of a DOCX package, read within bounds."""

from __future__ import annotations

import codecs
import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field

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
_MAX_CHUNKS = 50
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_REMEDY = "open the file in Word or WPS and save it again as DOCX"


#: entries of the package by their names, folders parted by slashes, in small letters
Members = dict[str, zipfile.ZipInfo]


@dataclass(frozen=True, slots=True)
class DocxPackage:
    """Parsed parts; all but ``document`` may be missing."""

    document: etree._Element
    styles: etree._Element | None
    numbering: etree._Element | None
    footnotes: etree._Element | None
    endnotes: etree._Element | None
    #: by relationship: name and bytes of the files (HTML, DOCX, …) that stand in the text as they are
    chunks: dict[str, tuple[str, bytes]] = field(default_factory=dict)


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
    # packages that were written on Windows may part folders by back-slashes; names of parts are alike in either case
    members = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in archive.infolist()}
    if len(members) > MAX_MEMBERS:
        raise ReadError(f"is a package of {len(members)} parts, more than {MAX_MEMBERS}", remedy=_REMEDY, source=name)
    main = _main_part(archive, members, name)
    if main.lower() not in members:
        raise ReadError("is a ZIP file, but holds no Word document", remedy="give a DOCX; unpack an archive first", source=name)
    folder = posixpath.dirname(main)

    def optional(part: str) -> etree._Element | None:
        info = members.get(posixpath.join(folder, part).lower())
        return _parse(archive, info, name) if info is not None else None

    document = _parse(archive, members[main.lower()], name)
    if not document.tag.endswith("}document"):
        raise ReadError(
            f"holds {etree.QName(document).localname!r}, not a Word document", remedy="save it as DOCX", source=name
        )
    return DocxPackage(
        document,
        optional("styles.xml"),
        optional("numbering.xml"),
        optional("footnotes.xml"),
        optional("endnotes.xml"),
        _chunks(archive, members, main, name),
    )


def _main_part(archive: zipfile.ZipFile, members: Members, name: str) -> str:
    if "_rels/.rels" in members:
        for rel in _parse(archive, members["_rels/.rels"], name).iter(f"{_REL}Relationship"):
            if (rel.get("Type") or "").endswith("/officeDocument"):
                return posixpath.normpath((rel.get("Target") or "").replace("\\", "/").lstrip("/"))
    return "word/document.xml"


def _chunks(archive: zipfile.ZipFile, members: Members, main: str, name: str) -> dict[str, tuple[str, bytes]]:
    folder, base = posixpath.split(main)
    info = members.get(posixpath.join(folder, "_rels", f"{base}.rels").lower())
    found: dict[str, tuple[str, bytes]] = {}
    for rel in _parse(archive, info, name).iter(f"{_REL}Relationship") if info is not None else ():
        if not (rel.get("Type") or "").endswith("/aFChunk") or len(found) >= _MAX_CHUNKS:
            continue
        target = (rel.get("Target") or "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        part = members.get(path.lower())
        if part is not None:
            found[rel.get("Id") or ""] = (path, _bytes(archive, part, name))
    return found


def _bytes(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(part) as f:
        data = f.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise ReadError(f"part {part.filename} unpacks to more than {MAX_PART} bytes", remedy=_REMEDY, source=name)
    return data


def _parse(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> etree._Element:
    data, part = _utf8(_bytes(archive, info, name)), info.filename
    if data.count(b"<") > 2 * _MAX_ELEMENTS:
        raise ReadError(f"part {part} has more than {_MAX_ELEMENTS} elements", remedy=_REMEDY, source=name)
    head = data[:2000]
    if b"<!DOCTYPE" in head or b"<!ENTITY" in data[:20000]:
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


def _utf8(data: bytes) -> bytes:
    """A part in UTF-8: XML may be written in UTF-16, with or without its mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[:4] == b"<\x00?\x00":
        encoding = "utf-16-le"
    elif data[:4] == b"\x00<\x00?":
        encoding = "utf-16-be"
    else:
        return data
    return _DECLARATION.sub("", data.decode(encoding, "replace")).encode("utf-8", "replace")
