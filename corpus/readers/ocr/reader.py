"""Reader of reports that are pictures: PNG, JPEG, TIFF (with several pages), BMP and WebP.  It needs the extra ``ocr``."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from corpus.errors import Issue, ReadError
from corpus.readers.ocr.engine import require
from corpus.readers.ocr.scans import MAX_SCANNED, SCALE, placed_back, recognise
from corpus.readers.page.blocks import Page, blocks_of, left_out
from corpus.types import Document

#: pixels of one picture; an A3 page at 600 dots an inch has 70 million
MAX_PIXELS = 80_000_000
#: a page is taken to be this wide (points, A4) unless the picture says so itself
_A4 = (595.0, 842.0)
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "MPO")
#: a picture that says less or more dots an inch than this does not know
_LEAST_DPI, _MOST_DPI = 90, 1300


@dataclass(frozen=True, slots=True)
class ImageReader:
    """Reads a page, or several, from a picture file; places are in points of the page."""

    name: str = "image"
    version: str = "1"

    def read(self, data: bytes, name: str) -> Document:
        """The document in ``data``.

        Raises:
            ReadError: the extra ``ocr`` is missing, no picture of a known kind, damaged, too large, or without text.
        """
        require(name)
        pages: list[Page] = []
        issues: list[Issue] = []
        back: dict[int, tuple[float, ...]] = {}
        for number, (image, scale) in enumerate(_pictures(data, name), start=1):
            if number > MAX_SCANNED:
                raise ReadError(f"holds more than {MAX_SCANNED} pages", remedy="give one report per file", source=name)
            found = recognise(image, number, scale)
            pages.append(found.page)
            issues += found.issues
            back[number] = found.back
        if not any(page.lines or page.tables for page in pages):
            raise ReadError(
                "holds no text that could be recognised", remedy="scan it again with 200 dots an inch or more", source=name
            )
        return Document(
            placed_back(blocks_of(pages), back), self.name, self.version, issues=tuple(issues), dropped=left_out(pages)
        )


def _pictures(data: bytes, name: str) -> Iterator[tuple[Any, float]]:
    """Each page as (height, width, 3) at about 200 dots an inch, and its pixels a point."""
    import numpy as np
    from PIL import Image, ImageOps, ImageSequence

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as file:
                for frame in ImageSequence.Iterator(file):
                    width, height = frame.size
                    if width * height > MAX_PIXELS:
                        raise ReadError(
                            f"has {width} × {height} pixels, more than {MAX_PIXELS}",
                            remedy="scan it with 200 dots an inch",
                            source=name,
                        )
                    dpi = float(frame.info.get("dpi", (0, 0))[0] or 0)
                    upright = ImageOps.exif_transpose(frame).convert("RGBA" if "A" in frame.getbands() else "RGB")
                    if upright.mode == "RGBA":  # a screenshot with a transparent ground is black where nothing stands
                        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
                    points = _width(upright.size, dpi)
                    factor = SCALE * points / upright.width
                    size = (max(1, round(upright.width * factor)), max(1, round(upright.height * factor)))
                    if not 0.95 < factor < 1.05:
                        upright = upright.resize(size, Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.BICUBIC)
                    yield np.asarray(upright), upright.width / points
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        TypeError,
        KeyError,
        IndexError,
        ZeroDivisionError,
        OverflowError,
    ) as error:
        # what Pillow raises for damaged files of its various formats
        raise ReadError(f"is no readable picture: {error}", remedy="download or scan it again", source=name) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ReadError(f"is too large a picture: {error}", remedy="scan it with 200 dots an inch", source=name) from error


def _width(size: tuple[int, int], dpi: float) -> float:
    """Width of the page in points: from the dots an inch that the file gives if they make a usual page, else that of A4."""
    width, height = size
    if _LEAST_DPI <= dpi <= _MOST_DPI and 250 <= width * 72 / dpi <= 1300:
        return width * 72 / dpi
    return _A4[0] if width <= height else _A4[1]
