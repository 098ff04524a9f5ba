"""Complex fields (``PAGE``, ``TOC``, ``HYPERLINK``) whose marks do not match: everything after them would be taken for the field."""

from __future__ import annotations

from lxml import etree

from corpus.readers.docx.package import W


def unclosed_fields(document: etree._Element) -> frozenset[etree._Element]:
    """The marks that begin or separate a field which nothing ends: they are to be read as if they were not there."""
    pending: list[list[etree._Element]] = []
    for mark in document.iter(f"{W}fldChar"):
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            pending.append([mark])
        elif kind == "separate" and pending:
            pending[-1].append(mark)
        elif kind == "end" and pending:
            pending.pop()
    return frozenset(mark for field in pending for mark in field)
