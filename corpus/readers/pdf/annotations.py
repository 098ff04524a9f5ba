"""Values of form fields and text that was put upon a page (free-text comments, struck lines), made part of the page.

PDFium draws the appearance of an annotation into the page; of one that has no appearance its words are given as characters.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as raw

from corpus.readers.pdf.characters import TurnedChar

_READ = frozenset({raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STRIKEOUT})
#: these may bear words that are not the report's (a seal, a reviewer's remark in a bubble)
_ASIDE = frozenset({raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FILEATTACHMENT})
_MOST = 5_000
_SIZE = 9.0


def take_in(page: Any) -> tuple[bool, list[TurnedChar]]:
    """Draw the annotations of a page that are read into it.

    Returns whether the page has to be loaded again, and the characters of comments and fields that have no appearance.
    """
    count = min(raw.FPDFPage_GetAnnotCount(page), _MOST)
    if count <= 0:
        return False, []
    aside: list[int] = []
    words: list[TurnedChar] = []
    wanted = False
    for n in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if kind in _READ:
            if kind != raw.FPDF_ANNOT_STRIKEOUT and not _shown(annotation):
                pass
            elif (
                raw.FPDFAnnot_GetValueType(annotation, b"AP") == raw.FPDF_OBJECT_DICTIONARY or kind == raw.FPDF_ANNOT_STRIKEOUT
            ):
                wanted = True
            else:
                words += _words(annotation, "Contents" if kind == raw.FPDF_ANNOT_FREETEXT else "V")
        elif kind in _ASIDE:
            aside.append(n)
        raw.FPDFPage_CloseAnnot(annotation)
    if not wanted:
        return False, words
    for n in reversed(aside):
        raw.FPDFPage_RemoveAnnot(page, n)
    return raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS, words


def _shown(annotation: Any) -> bool:
    return not raw.FPDFAnnot_GetFlags(annotation) & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW)


def _words(annotation: Any, key: str) -> list[TurnedChar]:
    """The value ``key`` of an annotation without appearance, as if it were set line by line at the top left of its box."""
    length = raw.FPDFAnnot_GetStringValue(annotation, key.encode(), None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFAnnot_GetStringValue(annotation, key.encode(), buffer, length)
    text = bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace")
    rect = raw.FS_RECTF()
    if not text.strip() or not raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rect)):
        return []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    size = max(4.0, min(_SIZE, 0.8 * (rect.top - rect.bottom) / len(lines)))
    out: list[TurnedChar] = []
    for n, line in enumerate(lines):
        x, y = rect.left + 1, rect.top - size * (1.2 * n + 1)
        for c in line:
            advance = size if c > "\u2e7f" else 0.5 * size
            out.append(TurnedChar(c, x, y, x, y - 0.1 * size, x + advance, y + 0.9 * size, size))
            x += advance
    return out
