"""The parts of an OFD package, read within bounds.

Producers write names with backslashes, in GBK, in another case, relative to the wrong folder, and namespaces of several
spellings: parts are found by whatever of these leads to one, and elements by their local names.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from corpus.errors import ReadError

ROOT = "OFD.xml"
MAX_PART = 40_000_000
MAX_MEMBERS = 20_000
#: bytes of markup of all parts together
MAX_TOTAL = 400_000_000
_UTF8_FLAG = 0x800
_REMEDY = "open the file in an OFD reader and save it again, or print it to PDF"
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, ValueError, zlib.error, NotImplementedError, RuntimeError, OverflowError)


def is_ofd(data: bytes) -> bool:
    """Whether a ZIP file is an OFD: it has ``OFD.xml`` at its root."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(_plain(n).casefold() == ROOT.casefold() for n in archive.namelist())
    except _DAMAGED:
        return True  # cut or damaged, and it names OFD.xml: the reader says what is wrong


class OfdPackage:
    """Parts by name; use as a context manager.

    Raises:
        ReadError: no ZIP file, no OFD, damaged, or too many parts.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGED as error:
            raise self.error(f"is a damaged OFD: {error}") from error
        infos = self._zip.infolist()
        if len(infos) > MAX_MEMBERS:
            raise self.error(f"is a package of {len(infos)} parts, more than {MAX_MEMBERS}")
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            self._parts.setdefault(_plain(_decoded(info)).casefold(), info)
        if ROOT.casefold() not in self._parts:
            raise ReadError("is a ZIP file, but holds no OFD document", remedy="unpack an archive first", source=name)

    def __enter__(self) -> OfdPackage:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def error(self, what: str) -> ReadError:
        """An error of this file."""
        return ReadError(what, remedy=_REMEDY, source=self._name)

    def find(self, base: str, location: str | None) -> str | None:
        """The part that ``location`` in the part ``base`` names, or ``None``."""
        where = _plain((location or "").strip(), keep_root=True)
        if not where:
            return None
        beside = posixpath.join(posixpath.dirname(base), where)
        for path in (where,) if where.startswith("/") else (beside, where):
            found = posixpath.normpath(path).lstrip("/").casefold()
            if found in self._parts:
                return found
        return None

    def parse(self, part: str) -> etree._Element:
        """The root element of a part.

        Raises:
            ReadError: missing, damaged, encrypted, too large, or no well-formed XML.
        """
        info = self._parts.get(_plain(part).casefold())
        if info is None:
            raise self.error(f"part {part} is missing")
        try:
            with self._zip.open(info) as f:
                data = f.read(MAX_PART + 1)
        except _DAMAGED as error:
            raise self.error(f"part {part} is damaged or encrypted: {error}") from error
        self._read += len(data)
        if len(data) > MAX_PART or self._read > MAX_TOTAL:
            raise self.error(f"part {part} unpacks to more than {MAX_PART} bytes, or all to more than {MAX_TOTAL}")
        if b"<!DOCTYPE" in data[:20000] or b"<!ENTITY" in data[:20000]:
            # no producer writes one, and entities are how XML bombs are made
            raise self.error(f"part {part} declares a document type")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True,
            recover=True,  # prefixes that nobody declared are common
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise self.error(f"part {part} is no well-formed XML: {error}") from error
        if root is None:
            raise self.error(f"part {part} is no XML")
        return root


def _plain(name: str, *, keep_root: bool = False) -> str:
    name = name.replace("\\", "/")
    return name if keep_root else posixpath.normpath(name).lstrip("/")


def _decoded(info: zipfile.ZipInfo) -> str:
    """A name without the UTF-8 flag as its producer most likely wrote it: :mod:`zipfile` takes it for CP437."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def local(element: etree._Element) -> str:
    """The name of an element without its namespace or prefix."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Child elements of this local name."""
    return (e for e in (element if element is not None else ()) if local(e) == name)


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first child of this name, its first child of the next name, and so on."""
    for name in names:
        element = next(children(element, name), None)
    return element


def text_of(element: etree._Element | None) -> str:
    """The text of an element without outer white space; empty without an element."""
    return (element.text or "").strip() if element is not None else ""
