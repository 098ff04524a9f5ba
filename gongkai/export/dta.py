"""Stata's files (format 118, Stata 14 and later), written a part at a time.

Each column takes the room that its values need: the smallest of byte, int, long and double that holds them all, a text of fixed width, or
a long text (``strL``), which takes its own length and no more.  So a table is looked through once before it is written.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: longest text of fixed width; a long text costs so much beside its bytes; a text up to so many bytes has always a fixed width
_FIXED, _LONG_COST, _SHORT = 2045, 29, 40
_STRL = 32768
#: name -> (type of the format, of numpy, smallest and largest value, value of a plain missing, format shown)
_NUMBERS = {
    "byte": (65530, "<i1", -127, 100, 101, "%8.0g"),
    "int": (65529, "<i2", -32_767, 32_740, 32_741, "%8.0g"),
    "long": (65528, "<i4", -2_147_483_647, 2_147_483_620, 2_147_483_621, "%12.0g"),
    "double": (65526, "<f8", -8.9e307, 8.9e307, 2.0**1023, "%10.0g"),
}
_MISSING_IN_LABELS = _NUMBERS["long"][4]


@dataclass(slots=True)
class StataColumn:
    """A column with its label and the name of its value labels, and what :func:`write` found out about the room that it needs."""

    name: str
    label: str = ""
    values: str = ""
    text: bool = False
    longest: int = 0
    bytes: int = 0
    low: float = 0.0
    high: float = 0.0
    whole: bool = True
    count: int = field(default=0, repr=False)

    @property
    def type(self) -> str:
        """One of the numbers' types, ``strL`` or ``str``."""
        if not self.text:
            some = ("byte", "int", "long") if self.whole else ()
            return next((n for n in some if _NUMBERS[n][2] <= self.low and self.high <= _NUMBERS[n][3]), "double")
        long = self.longest > _FIXED or (
            self.longest > _SHORT and 2 * (self.bytes + _LONG_COST * self.count) < self.longest * self.count
        )
        return "strL" if long else "str"

    @property
    def width(self) -> int:
        return max(1, self.longest)


@dataclass(frozen=True, slots=True)
class StataRows:
    """Some rows: texts (never null) and numbers (float64, NaN for none) by column; ``missing`` the letters of extended missing values."""

    columns: Mapping[str, pa.Array | NDArray[np.float64]]
    missing: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def write(
    path: Path, variables: Sequence[StataColumn], blocks: Callable[[], Iterable[StataRows]], *, label: str,
    value_labels: Mapping[str, Mapping[int | str, str]],
) -> int:  # fmt: skip
    """Write a file; returns the number of rows.

    Args:
        blocks: gives the rows; asked twice.
        value_labels: by name, the text of each number or letter of a missing value.
    """
    count = sum(_look(variables, block) for block in blocks())
    with path.open("wb") as file, TemporaryFile() as texts:
        places = [0, *_head(file, variables, count, label)]
        file.write(b"<data>")
        row = 0
        for block in blocks():
            file.write(_data(variables, block, row, texts))
            row += len(block)
        file.write(b"</data>")
        places.append(file.tell())
        file.write(b"<strls>")
        texts.seek(0)
        shutil.copyfileobj(texts, file)
        file.write(b"</strls>")
        places.append(file.tell())
        file.write(b"<value_labels>")
        file.writelines(_value_labels(name, some) for name, some in value_labels.items())
        file.write(b"</value_labels>")
        places.append(file.tell())
        file.write(b"</stata_dta>")
        places.append(file.tell())
        file.seek(places[1])
        file.write(b"<map>" + struct.pack("<14Q", *places))
    return count


def _look(variables: Sequence[StataColumn], block: StataRows) -> int:
    """Note what room the values of a block need."""
    for v in variables:
        values = block.columns[v.name]
        if isinstance(values, pa.Array):
            sizes = pc.binary_length(values)
            v.longest = max(v.longest, pc.max(sizes).as_py() or 0)
            v.bytes += pc.sum(sizes).as_py() or 0
            v.count += len(values)
            continue
        known = values[~np.isnan(values)]
        if len(known):
            v.low, v.high = min(v.low, float(known.min())), max(v.high, float(known.max()))
            v.whole = v.whole and bool((known == np.trunc(known)).all())
    return len(block)


def _head(file: IO[bytes], variables: Sequence[StataColumn], count: int, label: str) -> Iterator[int]:
    """Everything before the rows; yields where each section begins."""
    title = label.encode()[:320]
    file.write(
        b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>" + struct.pack("<H", len(variables)) + b"</K><N>"
        + struct.pack("<Q", count) + b"</N><label>" + struct.pack("<H", len(title)) + title + b"</label><timestamp>\0</timestamp></header>"
    )  # fmt: skip
    yield file.tell()
    file.write(b"<map>" + bytes(14 * 8) + b"</map>")
    types = [_STRL if v.type == "strL" else v.width if v.type == "str" else _NUMBERS[v.type][0] for v in variables]
    shown = ["%9s" if v.type == "strL" else f"%{v.width}s" if v.type == "str" else _NUMBERS[v.type][5] for v in variables]
    sections = {
        "variable_types": struct.pack(f"<{len(types)}H", *types),
        "varnames": _padded([v.name for v in variables], 129),
        "sortlist": bytes(2 * (len(variables) + 1)),
        "formats": _padded(shown, 57),
        "value_label_names": _padded([v.values for v in variables], 129),
        "variable_labels": _padded([v.label for v in variables], 321),
        "characteristics": b"",
    }
    for name, content in sections.items():
        yield file.tell()
        file.write(f"<{name}>".encode() + content + f"</{name}>".encode())
    yield file.tell()


def _padded(texts: Sequence[str], width: int) -> bytes:
    return b"".join(t.encode().ljust(width, b"\0") for t in texts)


def _data(variables: Sequence[StataColumn], block: StataRows, first: int, texts: IO[bytes]) -> bytes:
    """The rows of a block; its long texts go into ``texts``, each named by its column and row, numbered from 1."""
    kinds = {"strL": "<u8"}
    formats = [f"S{v.width}" if v.type == "str" else kinds.get(v.type) or _NUMBERS[v.type][1] for v in variables]
    rows = np.zeros(len(block), np.dtype(list(zip((v.name for v in variables), formats, strict=True))))
    long: list[tuple[int, list[str]]] = []
    for number, v in enumerate(variables, 1):
        values = block.columns[v.name]
        if not isinstance(values, pa.Array):
            rows[v.name] = _numbers(v.type, values, block.missing.get(v.name))
        elif v.type == "str":
            rows[v.name] = values.cast(pa.binary()).to_numpy(zero_copy_only=False)
        else:
            told = values.to_pylist()
            long.append((number, told))
            here = np.arange(first + 1, first + 1 + len(told), dtype=np.uint64)
            rows[v.name] = np.where(np.array([bool(t) for t in told]), here << np.uint64(16) | np.uint64(number), 0)
    for row in range(len(block)) if long else ():
        for number, told in long:
            if content := told[row].encode().replace(b"\0", b"") if told[row] else b"":
                texts.write(b"GSO" + struct.pack("<IQBI", number, first + row + 1, 130, len(content) + 1) + content + b"\0")
    return rows.tobytes()


def _numbers(kind: str, values: NDArray[np.float64], letters: NDArray[np.str_] | None) -> NDArray[np.float64]:
    """Numbers with Stata's missing values: a plain one, or one of 26 behind it, in the place of NaN."""
    none = np.isnan(values)
    if not none.any():
        return values
    step = np.zeros(len(values)) if letters is None else np.array([ord(x) - 96 if x else 0 for x in letters], np.float64)
    # of doubles the letter stands in the third byte
    missing = 2.0**1023 * (1 + step / 4096) if kind == "double" else _NUMBERS[kind][4] + step
    return np.where(none, missing, values)


def _value_labels(name: str, labels: Mapping[int | str, str]) -> bytes:
    numbers = [_MISSING_IN_LABELS + ord(k) - 96 if isinstance(k, str) else k for k in labels]
    out, places = BytesIO(), []
    for text in labels.values():
        places.append(out.tell())
        out.write(text.encode() + b"\0")
    n = len(numbers)
    table = struct.pack(f"<II{n}i{n}i", n, len(out.getvalue()), *places, *numbers) + out.getvalue()
    return b"<lbl>" + struct.pack("<I", len(table)) + name.encode().ljust(129, b"\0") + bytes(3) + table + b"</lbl>"


__all__ = ["StataColumn", "StataRows", "write"]
