"""Printed reports as scans: PDF files whose pages are pictures and hold no text.

- ``clean``: 200 dots an inch, straight.
- ``bad``: 110 dots an inch, blurred, pale, more noise, JPEG of quality 35; worse than agencies publish.
- ``poor``: 150 dots an inch, each page turned by up to two degrees, noise of sensor and paper, JPEG of quality 40.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter

MANNERS = ("clean", "poor", "bad")
#: dots an inch and JPEG quality
_DPI = {"clean": 200, "poor": 150, "bad": 110}
_QUALITY = {"clean": 92, "poor": 40, "bad": 35}


def pictures(pdf: bytes, manner: str, seed: int = 0) -> list[Image.Image]:
    """The pages of a PDF as a scanner would give them."""
    rng = np.random.default_rng(seed)
    dpi = _DPI[manner]
    out = []
    file = pdfium.PdfDocument(pdf)
    try:
        for number in range(len(file)):
            page = file[number]
            image = page.render(scale=dpi / 72).to_pil().convert("L")
            page.close()
            if manner == "poor":
                angle = float(rng.uniform(0.8, 2.0)) * (1 if number % 2 else -1)
                image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
                pixels = np.asarray(image, np.float32)
                pixels = 25 + pixels * 0.86 + rng.normal(0, 9, pixels.shape)  # gray paper, pale ink, noise
                image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
            elif manner == "bad":
                pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
                pixels = 40 + pixels * 0.75 + rng.normal(0, 14, pixels.shape)
                image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
            out.append(image)
    finally:
        file.close()
    return out


def scan(pdf: bytes, manner: str, seed: int = 0) -> bytes:
    """The same pages as a PDF of pictures."""
    images = pictures(pdf, manner, seed)
    out = io.BytesIO()
    images[0].save(out, "PDF", resolution=_DPI[manner], save_all=True, append_images=images[1:], quality=_QUALITY[manner])
    return out.getvalue()


def scan_file(pdf: Path, out: Path, manner: str, seed: int = 0) -> Path:
    """Write the scan of the file ``pdf`` to ``out``, a folder, under the same name."""
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{pdf.stem}.pdf"
    target.write_bytes(scan(pdf.read_bytes(), manner, seed))
    return target
