"""Reader of OFD files: paragraphs from lines, tables from ruling lines, as for PDF."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from corpus.errors import Issue, ReadError
from corpus.readers.ofd.package import ROOT, OfdPackage, child, children, local, text_of
from corpus.readers.ofd.page import DEFAULT_BOX, PageReader, box_of
from corpus.readers.page.apart import take_apart
from corpus.readers.page.blocks import Page, blocks_of
from corpus.readers.page.halves import halves
from corpus.readers.traditional import script_issues
from corpus.types import BBox, Document

MAX_PAGES = 500


@dataclass(frozen=True, slots=True)
class OfdReader:
    """Reads the text and tables of OFD files; annotations and seals are not part of the report."""

    name: str = "ofd"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document in ``data``.

        Raises:
            ReadError: no OFD, damaged, encrypted, too large, or without text.
        """
        if not data.startswith(b"PK"):
            raise ReadError("is no OFD", remedy="download it again", source=name)
        with OfdPackage(data, name) as package:
            return _read(package, name, self)


@dataclass(frozen=True, slots=True)
class _Body:
    """One document of a package: its main part, its usual page size, its templates and its composite units by ID."""

    part: str
    box: BBox
    templates: dict[str, str]
    units: dict[str, etree._Element]


def _read(package: OfdPackage, name: str, reader: OfdReader) -> Document:
    pages: list[Page] = []
    issues: list[Issue] = []
    empty: list[int] = []
    number = 0
    for body in _bodies(package):
        for location in _pages(package, body):
            number += 1
            if number > MAX_PAGES:
                raise ReadError(f"has more than {MAX_PAGES} pages", remedy="give one report per file", source=name)
            try:
                content = _page(package, body, location, number).content()
            except ReadError as error:
                message = f"page {number} is damaged and was not read ({error.message}); download the file again"
                issues.append(Issue("page_unreadable", "error", message, page=number))
                continue
            if content.crowded:
                message = f"page {number} holds too many drawing objects; its tables may be incomplete: print it to PDF"
                issues.append(Issue("page_crowded", "warning", message, page=number))
            if not content.chars and content.pictures:
                empty.append(number)
            pages += [take_apart(half) for half in halves(content)]
    if not any(page.lines or page.tables for page in pages):
        what = f"holds pictures of {len(empty)} pages and no text" if empty else f"holds no text on its {number} pages"
        raise ReadError(what, remedy="print it to a PDF file, which is recognised with the extra ocr", source=name)
    for n in empty:
        message = f"page {n} is a picture without text and was not read; print the file to PDF to have it recognised"
        issues.append(Issue("page_without_text", "error", message, page=n))
    blocks = blocks_of(pages)
    return Document(blocks, reader.name, reader.version, issues=(*issues, *script_issues(blocks)))


def _bodies(package: OfdPackage) -> list[_Body]:
    found: list[_Body] = []
    for entry in children(package.parse(ROOT), "DocBody"):
        part = package.find(ROOT, text_of(child(entry, "DocRoot")))
        if part is None:
            continue
        common = child(package.parse(part), "CommonData")
        templates: dict[str, str] = {}
        units: dict[str, etree._Element] = {}
        for element in common if common is not None else ():
            if local(element) == "TemplatePage" and (at := package.find(part, element.get("BaseLoc"))):
                templates[element.get("ID", "").strip()] = at
            elif local(element) in {"PublicRes", "DocumentRes"} and (at := package.find(part, element.text)):
                units |= _units(package, at)
        box = box_of(text_of(child(common, "PageArea", "PhysicalBox"))) or DEFAULT_BOX
        found.append(_Body(part, box, templates, units))
    if not found:
        raise package.error("names no document that it holds")
    return found


def _units(package: OfdPackage, part: str) -> dict[str, etree._Element]:
    try:
        root = package.parse(part)
    except ReadError:
        return {}  # fonts and pictures are in there; what is missing of drawings shows as an empty place
    some = children(child(root, "CompositeGraphicUnits"), "CompositeGraphicUnit")
    return {e.get("ID", "").strip(): e for e in some}


def _pages(package: OfdPackage, body: _Body) -> list[str | None]:
    listed = children(child(package.parse(body.part), "Pages"), "Page")
    return [package.find(body.part, page.get("BaseLoc")) for page in listed]


def _page(package: OfdPackage, body: _Body, location: str | None, number: int) -> PageReader:
    if location is None:
        raise package.error("its part is missing")
    root = package.parse(location)
    units = dict(body.units)
    for resource in children(root, "PageRes"):
        if at := package.find(location, resource.text):
            units |= _units(package, at)
    page = PageReader(number, box_of(text_of(child(root, "Area", "PhysicalBox"))) or body.box, units)
    for use in children(root, "Template"):
        if at := body.templates.get(use.get("TemplateID", "").strip()):
            page.take(package.parse(at))
    page.take(root)
    return page
