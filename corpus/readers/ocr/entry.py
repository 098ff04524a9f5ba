"""The reader of this folder."""

from __future__ import annotations

from corpus.readers.registry import Reader, ReaderEntry, Signature


def _image() -> Reader:
    from corpus.readers.ocr.reader import ImageReader

    return ImageReader()


READERS = (
    ReaderEntry(
        "image",
        _image,
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"),
        (
            Signature(b"\x89PNG", "a PNG picture", ".png"),
            Signature(b"\xff\xd8\xff", "a JPEG picture", ".jpg"),
            Signature(b"II*\x00", "a TIFF picture", ".tif"),
            Signature(b"MM\x00*", "a TIFF picture", ".tif"),
        ),
    ),
)
