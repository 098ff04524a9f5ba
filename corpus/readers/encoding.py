"""Bytes to text: BOM, strict UTF-8, UTF-16 with BOM, strict GB18030; nothing is ever replaced or dropped."""

from __future__ import annotations

import codecs
import re

from corpus.datafile import later
from corpus.errors import ReadError

# GB18030 holds nearly every two-byte sequence, so a Big5 file decodes to rare characters instead of failing.  Chinese prose of
# any kind is full of these; the same bytes read in the wrong charset hardly ever give them.
_COMMON = later(r"[的是在有和一不了为中大人公开政府信息工作年度行时间于对及]")
_HAN = later(r"[一-鿿]")
_BIG5_COMMON = later(r"[的是在有和一不了為中大人公開政府資訊工作年度行時間於對及]")
_MIN_HAN = 30
_PROBE = 4096
_REMEDY_BIG5 = "convert the file to UTF-8 (iconv -f BIG5 -t UTF-8)"


def decode(data: bytes, *, source: str = "") -> tuple[str, str]:
    """Text of ``data`` and the encoding that was used (``utf-8``, ``utf-8-sig``, ``utf-16``, ``gb18030``).

    Raises:
        ReadError: the bytes are of no supported encoding; the message names offset and byte.
    """
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data, "utf-8-sig", source), "utf-8-sig"
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(data) % 4 == 0:
        return _strict(data, "utf-32", source), "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16", source), "utf-16"
    if (unmarked := utf16_unmarked(data)) is not None:
        return unmarked, "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        utf8_error = error
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as gb_error:
        if _is_big5(data, ""):
            raise ReadError("the text is encoded in Big5", remedy=_REMEDY_BIG5, source=source) from gb_error
        # the file is of the encoding that got further
        worst = utf8_error if utf8_error.start >= gb_error.start else gb_error
        message = (
            f"cannot be decoded: not UTF-8 (byte 0x{data[utf8_error.start]:02X} at offset {utf8_error.start}), "
            f"not GB18030 (byte 0x{data[gb_error.start]:02X} at offset {gb_error.start})"
        )
        raise ReadError(message, remedy="save the file as UTF-8", source=source) from worst
    if _is_big5(data, text):
        raise ReadError("the text is encoded in Big5, not GB18030", remedy=_REMEDY_BIG5, source=source)
    return text, "gb18030"


def utf16_unmarked(data: bytes) -> str | None:
    """Text in UTF-16 without a mark: its line ends and digits have zero bytes on one side, and it reads as Chinese."""
    if b"\0" not in data[:_PROBE] or len(data) % 2:
        return None
    zeros = [data[:_PROBE][side::2].count(0) for side in (0, 1)]
    if max(zeros) < 3 * min(zeros):  # 一 is U+4E00
        return None
    try:
        text = data.decode("utf-16-le" if zeros[1] > zeros[0] else "utf-16-be")
    except UnicodeDecodeError:
        return None
    return text if len(_HAN.findall(text)) >= _MIN_HAN and _density(_COMMON, text) > 0.04 else None


def _strict(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        at = min(error.start, len(data) - 1)
        message = f"announces {encoding} by its byte order mark, but byte 0x{data[at]:02X} at offset {error.start} does not fit"
        raise ReadError(message, remedy="save the file as UTF-8", source=source) from error


def _density(pattern: re.Pattern[str], text: str) -> float:
    han = len(_HAN.findall(text))
    return len(pattern.findall(text)) / han if han else 0.0


def _is_big5(data: bytes, as_gb: str) -> bool:
    """Whether the bytes are Big5: they decode as it, and read as Chinese clearly better than as GB18030."""
    try:
        text = data.decode("big5hkscs")
    except UnicodeDecodeError:
        return False
    if len(_HAN.findall(text)) < _MIN_HAN:
        # too little to judge by frequency: GB18030 is what mainland files are in
        return bool(not as_gb)
    return _density(_BIG5_COMMON, text) > 0.08 and _density(_COMMON, as_gb) < 0.04
