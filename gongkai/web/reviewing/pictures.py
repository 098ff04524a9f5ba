"""The picture of the page of a PDF that something was read from, with its box.

An address names a report and a page, never a file.  Which file that is the results say; it is looked for in the folders that were given when
the explorer was started, must lie in one of them, and must have the bytes that were read: else the page says why there is no picture.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gongkai.web.held import Held
from gongkai.web.reviewing.things import Thing
from gongkai.web.tongue import Tongue

#: pixels for a point, pixels of the longer side at most, bytes of a file at most
_SCALE, _MOST_PIXELS, _MOST_BYTES = 2.0, 3000.0, 300 * 1024 * 1024
_KEPT = 16


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page that can be shown: its size in points and the box (x0, y0, x1, y1); ``fault`` says why it cannot."""

    href: str = ""
    page: int = 0
    width: float = 0.0
    height: float = 0.0
    box: Sequence[float] = ()
    fault: str = ""


class Pictures:
    """Files of a store in some folders, and pictures of their pages; PDFium is entered by one thread at a time."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._lock = threading.Lock()
        self._pictures: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def content(self, source: str, sha256: str) -> bytes | str:
        """The bytes of a file of the results; or the key of the text that says why not."""
        if not self._folders:
            return "no_files_given"
        changed = False
        for folder in self._folders:
            try:
                path = (folder / source).resolve()
                if not path.is_relative_to(folder.resolve()) or not path.is_file() or path.stat().st_size > _MOST_BYTES:
                    continue
                data = path.read_bytes()
            except (OSError, ValueError):
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
            changed = True
        return "file_changed" if changed else "file_gone"

    def size(self, data: bytes, page: int) -> tuple[float, float] | None:
        """Width and height of a page in points; ``None`` where it cannot be opened."""
        import pypdfium2

        with self._lock:
            try:
                document = pypdfium2.PdfDocument(data)
                try:
                    if not 1 <= page <= len(document):
                        return None
                    width, height = document[page - 1].get_size()
                finally:
                    document.close()
            except pypdfium2.PdfiumError:
                return None
        return (width, height) if width > 0 and height > 0 else None

    def png(self, data: bytes, sha256: str, page: int) -> bytes | None:
        """A page as PNG; ``None`` where it cannot be drawn."""
        import pypdfium2

        size = None if (sha256, page) in self._pictures else self.size(data, page)
        with self._lock:
            if (sha256, page) in self._pictures:
                self._pictures.move_to_end((sha256, page))
                return self._pictures[sha256, page]
            if size is None:
                return None
            try:
                document = pypdfium2.PdfDocument(data)
                try:
                    picture = document[page - 1].render(scale=min(_SCALE, _MOST_PIXELS / max(size))).to_pil()
                finally:
                    document.close()
            except (pypdfium2.PdfiumError, MemoryError, ValueError):
                return None
            out = io.BytesIO()
            picture.convert("RGB").save(out, "PNG")
            self._pictures[sha256, page] = out.getvalue()
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
            return out.getvalue()


def _file(held: Held, report_id: str) -> tuple[str, str]:
    """Path (in the results) and hash of the file of a report."""
    store = held.one(report_id, ())
    if store is None:
        raise HTTPException(404)
    source = store.rows("reports", [("report_id", "=", report_id)], ["report_id", "source"])[0]["source"]
    found = store.rows("sources", [("source", "=", source)], ["source", "sha256"])
    return source, (found[0]["sha256"] or "") if found else ""


def picture_of(request: Request, held: Held, thing: Thing, tongue: Tongue) -> PagePicture | None:
    """The page that a thing stands on, with its box; ``None`` where its file has no pages."""
    page, box = _where(held, thing)
    source, sha256 = _file(held, thing.report_id)
    if page is None or not source.lower().endswith(".pdf"):
        return None
    pictures: Pictures = request.app.state.pictures
    data = pictures.content(source, sha256)
    if isinstance(data, str):
        return PagePicture(page=page, fault=tongue(data))
    size = pictures.size(data, page)
    if size is None:
        return PagePicture(page=page, fault=tongue("file_not_drawn"))
    return PagePicture(f"/picture/{thing.report_id}/{page}", page, size[0], size[1], box)


def _where(held: Held, thing: Thing) -> tuple[int | None, Sequence[float]]:
    """Page and box of a thing: its own, else those of the ranges of the source map that it stands in."""
    row = thing.row
    if thing.table == "cells" and row["page"] is not None and row["bbox"]:
        return row["page"], tuple(row["bbox"])
    store = held.one(thing.report_id, ())
    if store is None:
        return None, ()
    document = store.rows("documents", [("report_id", "=", thing.report_id)], ["report_id", "source_map"])[0]
    start, end = (0, 1) if thing.table == "reports" else (row["start"], row["end"])
    found: list[list[Any]] = [r for r in json.loads(document["source_map"]) if r[0] < max(end, start + 1) and r[1] > start]
    pages = [r[3] for r in found if len(r) > 3 and r[3] is not None]
    if not pages:
        return (row["page"], ()) if thing.table in ("cells", "grids") else (None, ())
    boxes = [r[4:8] for r in found if len(r) >= 8 and r[3] == pages[0] and None not in r[4:8]]
    if not boxes:
        return pages[0], ()
    return pages[0], (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


def picture_page(request: Request, held: Held) -> Response:
    """A page of the file of a report as PNG."""
    report_id, text = request.path_params["report_id"], request.path_params["page"]
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 5):
        raise HTTPException(404)
    source, sha256 = _file(held, report_id)
    pictures: Pictures = request.app.state.pictures
    data = pictures.content(source, sha256) if source.lower().endswith(".pdf") else "file_gone"
    picture = None if isinstance(data, str) else pictures.png(data, sha256, int(text))
    if picture is None:
        raise HTTPException(404)
    return Response(picture, media_type="image/png", headers={"cache-control": "private, max-age=600"})


__all__ = ["PagePicture", "Pictures", "picture_of", "picture_page"]
