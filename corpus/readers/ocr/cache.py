"""Pages that were read from pictures, kept on disk by the hash of their pixels: reading one takes seconds.

The folder is ``GONGKAI_CACHE``, or the user's cache folder of the platform; ``GONGKAI_CACHE=off`` keeps nothing.  A file that is
damaged, foreign or of another version counts as missing; a folder that cannot be written to is not an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.readers.ocr.engine import engine_version
from corpus.readers.ocr.read_page import VERSION, Recognised
from corpus.readers.page.blocks import Page
from corpus.readers.page.lines import TextLine
from corpus.readers.page.page_breaks import PageTable
from corpus.types import Grid, GridCell, Place

VARIABLE = "GONGKAI_CACHE"


def folder() -> Path | None:
    """Where pages are kept, or ``None`` where none are."""
    named = os.environ.get(VARIABLE, "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named) / "ocr"
    from platformdirs import user_cache_path

    return user_cache_path("gongkai", appauthor=False) / "ocr"


def key(image: Any, scale: float, number: int) -> str:
    """Hash of the pixels, of what else the result depends on, and of the versions of code and models."""
    digest = hashlib.sha256(f"{VERSION} {engine_version()} {scale:.6f} {number} {image.shape}".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def cached(image: Any, scale: float, number: int, read: Callable[[], Recognised]) -> Recognised:
    """The page from the cache, or else from ``read``, which is then kept."""
    place = folder()
    if place is None:
        return read()
    name = key(image, scale, number)
    file = place / name[:2] / f"{name}.json"
    if (found := _load(file)) is not None:
        return found
    page = read()
    # a full disk or a read-only home does not stop the work
    with contextlib.suppress(OSError):
        _store(file, page)
    return page


def _load(file: Path) -> Recognised | None:
    try:
        return _page(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, cut off, or of another shape


def _page(raw: dict[str, Any]) -> Recognised:
    page = raw["page"]
    tables = []
    for table in page["tables"]:
        cells = tuple(
            GridCell(
                **{
                    **cell,
                    "place": Place(cell["place"]["line"], cell["place"]["page"], tuple(cell["place"]["bbox"])),
                    "span": tuple(cell["span"]),
                }
            )
            for cell in table["grid"]["cells"]
        )
        tables.append(PageTable(Grid(cells, exact=True), tuple(table["xs"]), tuple(table["ys"]), table["em"]))
    lines = tuple(TextLine(**{**line, "pieces": ()}) for line in page["lines"])
    read = Page(page["number"], page["width"], page["height"], lines, tuple(tables))
    return Recognised(read, tuple(raw["back"]), raw["doubtful"], raw["lines"])


def _store(file: Path, page: Recognised) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # written beside it and renamed: another process never reads half a page
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(asdict(page), out, ensure_ascii=False)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
