"""The index of the passages' text: every occurrence of a string of any length, from one character on.

The passages are laid end to end in shards of some million characters, with a character that no text holds between them.  For each pair
of neighbouring characters the index has the places where it stands, in order.  A string of one character is all pairs that begin with
it, of two is its pair, and a longer one is looked for at the places of its rarest pair; so nothing that a plain scan finds is missed,
and nothing is found that does not stand there.  The files are mapped into memory; what they hold is checked once, when they are opened, for a
byte that flips on a disk would be read as another place.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

VERSION = "2"
#: where the explorer keeps its own things in a store
HOME = "explorer"
_MADE = "index.json"
#: characters of a shard: sorting takes some 30 bytes for each while the index is made
SHARD = 4_000_000
#: characters of a block, as a power of two
_BLOCK = 5
_ARRAYS = ("text", "order", "keys", "starts", "passage", "offset", "report", "label", "facet_row", "facet_code")


@dataclass(frozen=True)
class Shard:
    """Some million characters: ``passage`` says where each passage begins in ``text``, ``offset`` where in its report, ``report`` and
    ``label`` what it is of; ``facet_row`` and ``facet_code`` are pairs of a passage and a facet."""

    text: NDArray[Any] = field(repr=False)
    order: NDArray[Any] = field(repr=False)
    keys: NDArray[Any] = field(repr=False)
    starts: NDArray[Any] = field(repr=False)
    passage: NDArray[Any] = field(repr=False)
    offset: NDArray[Any] = field(repr=False)
    report: NDArray[Any] = field(repr=False)
    label: NDArray[Any] = field(repr=False)
    facet_row: NDArray[Any] = field(repr=False)
    facet_code: NDArray[Any] = field(repr=False)

    def places(self, word: str) -> Ints:
        """Where a string stands in ``text``, in rising order."""
        codes = _codes(word).tolist()
        if not codes or 0 in codes:
            return np.zeros(0, np.int64)
        if len(codes) == 1:
            first, last = np.searchsorted(self.keys, np.array([codes[0] << 32, (codes[0] + 1) << 32], np.uint64))
            return np.sort(self.order[self.starts[first] : self.starts[last]]).astype(np.int64)
        ranges = [self._range(a, b) for a, b in pairwise(codes)]
        rarest = min(range(len(ranges)), key=lambda k: ranges[k][1] - ranges[k][0])
        found = self.order[ranges[rarest][0] : ranges[rarest][1]].astype(np.int64) - rarest
        found = found[(found >= 0) & (found + len(codes) <= len(self.text))]
        for k in (k for k in range(len(codes)) if k not in (rarest, rarest + 1)):
            found = found[self.text[found + k] == codes[k]]
        return found

    def _range(self, a: int, b: int) -> tuple[int, int]:
        key = np.uint64(a << 32 | b)
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return 0, 0
        return int(self.starts[at]), int(self.starts[at + 1])

    def rows(self, places: Ints) -> Ints:
        """The passages in which places stand, as rows."""
        first, ends = self._blocks, self.ends
        found: Ints = first[places >> _BLOCK]
        rest = np.flatnonzero(ends[found] <= places)
        while len(rest):  # as often as passages begin in one block
            found[rest] += 1
            rest = rest[ends[found[rest]] <= places[rest]]
        return found

    @cached_property
    def _blocks(self) -> Ints:
        """The passage at the beginning of every block of ``2**_BLOCK`` characters, from which it is a few steps to that of any place."""
        blocks = np.arange(0, len(self.text) + 1, 1 << _BLOCK)
        return np.searchsorted(self.passage, blocks, side="right").astype(np.int64) - 1

    @cached_property
    def ends(self) -> Ints:
        """Where the passages end, with the character behind each."""
        return np.append(self.passage[1:], len(self.text)).astype(np.int64)

    @cached_property
    def reports(self) -> range:
        """The numbers of its reports, and those between."""
        return range(int(self.report[0]), int(self.report[-1]) + 1) if len(self.report) else range(0)

    def of_reports(self, reports: Bools) -> Bools:
        """By passage, whether it is of some reports, given by their numbers."""
        return np.repeat(reports[self._reports[0]], self._reports[1])

    @cached_property
    def _reports(self) -> tuple[Ints, Ints]:
        """The numbers of its reports, and how many passages each has."""
        first = (
            np.flatnonzero(np.append(True, self.report[1:] != self.report[:-1])) if len(self.report) else np.zeros(0, np.int64)
        )
        return self.report[first].astype(np.int64), np.diff(np.append(first, len(self.report)))

    def rows_of(self, report: int) -> Ints:
        """The first passage of a report, and the one behind its last."""
        # numbers of another type would have the whole array cast each time
        return np.searchsorted(self.report, np.array([report, report + 1], self.report.dtype))

    def slice(self, start: int, end: int) -> str:
        """The text between two places."""
        return bytes(self.text[start:end].astype("<u4")).decode("utf-32-le", "surrogatepass")

    def end(self, row: int) -> int:
        """Where a passage ends, without the character behind it."""
        return (int(self.passage[row + 1]) if row + 1 < len(self.passage) else len(self.text)) - 1


@dataclass(frozen=True)
class TextIndex:
    """All shards; ``labels`` and ``facets`` are the codes that the shards number, ``size`` the bytes on the disk."""

    shards: tuple[Shard, ...]
    labels: tuple[str, ...]
    facets: tuple[str, ...]
    size: int
    folder: Path

    def ready(self) -> None:
        """Make what else the first search would wait for."""
        for shard in self.shards:
            shard.rows(np.zeros(0, np.int64))
            shard.of_reports(np.zeros(shard.reports.stop, np.bool_))


#: the passages of one batch: report number of each, then what a row of ``passages`` holds
Batch = tuple[Sequence[int], pa.Table]


def open_index(folder: Path, key: str, batches: Callable[[], Iterator[Batch]]) -> TextIndex:
    """The index of these results, made if it is not there yet.

    Args:
        folder: the store; the index lies in ``explorer/index-<key>``, or in a temporary folder if nothing can be written there.
        key: what the index depends on (:func:`index_key`).
        batches: gives the passages in order.
    """
    home = folder / HOME
    at = home / f"index-{key}"
    found = _opened(at)
    if found is not None:
        return found
    try:
        home.mkdir(exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=home))
    except OSError:
        home, work = Path(tempfile.gettempdir()), Path(tempfile.mkdtemp(prefix="gongkai-explorer-"))
        at = work
    try:
        _make(work, batches())
        if at != work:
            shutil.rmtree(at, ignore_errors=True)
            work.replace(at)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    for old in home.glob("index-*") if at != work else ():
        if old != at:
            shutil.rmtree(old, ignore_errors=True)  # of other results; a process that reads it has it mapped
    made = _opened(at)
    if made is None:
        raise OSError(f"{at}: the index cannot be read back")
    return made


def index_key(parts: Sequence[str]) -> str:
    """What tells one index from another: the sha256 of the parts that it was made of, and the way it is made."""
    return hashlib.sha256("\n".join((VERSION, *parts)).encode()).hexdigest()[:16]


def _opened(at: Path) -> TextIndex | None:
    """The index in a folder; ``None`` if it is not there as a whole."""
    try:
        said, _, text = (at / _MADE).read_text(encoding="utf-8").partition("\n")
        if said != _sum(text.encode()):
            return None
        made = json.loads(text)
        files = {at / f"{n:04}-{name}.npy": some[name] for n, some in enumerate(made["shards"]) for name in _ARRAYS}
        with ThreadPoolExecutor() as pool:  # a sum holds no other thread up
            if list(pool.map(_file_sum, files)) != list(files.values()):
                return None
        shards = [Shard(**{name: _mapped(at / f"{n:04}-{name}.npy") for name in _ARRAYS}) for n in range(len(made["shards"]))]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    size = sum(path.stat().st_size for path in files)
    return TextIndex(tuple(shards), tuple(made["labels"]), tuple(made["facets"]), size, at)


def _sum(held: bytes) -> str:
    return f"{zlib.crc32(held):08x}"


def _file_sum(path: Path) -> str:
    """A sum that tells every flipped byte, at a third of what a digest costs; nobody is kept from writing another file."""
    found = 0
    with path.open("rb") as file:
        while some := file.read(1 << 20):
            found = zlib.crc32(some, found)
    return f"{found:08x}"


def _mapped(path: Path) -> NDArray[Any]:
    """An array where it lies on the disk; a plain one, for a ``memmap`` makes every piece of it anew at ten times the cost."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


class _Codes(dict[str, int]):
    """Numbers codes as they come."""

    def __missing__(self, code: str) -> int:
        self[code] = len(self)
        return self[code]


def _make(work: Path, batches: Iterator[Batch]) -> None:
    labels, facets = _Codes(), _Codes()
    sums: list[dict[str, str]] = []
    held: list[Batch] = []
    characters = 0
    for reports, table in batches:
        for at in range(0, len(table), 20_000):
            some = table.slice(at, 20_000)
            held.append((reports[at : at + 20_000], some))
            characters += sum(map(len, some["text"].to_pylist()))
            if characters >= SHARD:
                sums.append(_write(work, len(sums), held, labels, facets))
                held, characters = [], 0
    if held:
        sums.append(_write(work, len(sums), held, labels, facets))
    made = json.dumps({"version": VERSION, "shards": sums, "labels": list(labels), "facets": list(facets)})
    (work / _MADE).write_text(f"{_sum(made.encode())}\n{made}", encoding="utf-8")


def _write(work: Path, number: int, held: Sequence[Batch], labels: _Codes, facets: _Codes) -> dict[str, str]:
    texts = [t.replace("\0", "\ufffd") for _, table in held for t in table["text"].to_pylist()]
    codes = _codes("\0".join([*texts, ""]))
    lengths = np.array([len(t) + 1 for t in texts], np.int64)
    named = [f for _, table in held for f in table["facets"].to_pylist()]
    arrays = {
        "text": codes.astype(np.uint16) if not len(codes) or codes.max() < 1 << 16 else codes,
        "passage": (np.cumsum(lengths) - lengths).astype(np.uint32),
        "offset": np.array([s for _, table in held for s in table["start"].to_pylist()], np.uint32),
        "report": np.array([n for reports, _ in held for n in reports], np.uint32),
        "label": np.array([labels[c] for _, table in held for c in table["label"].to_pylist()], np.uint16),
        "facet_row": np.array([row for row, some in enumerate(named) for _ in some], np.uint32),
        "facet_code": np.array([facets[c] for some in named for c in some], np.uint16),
    }
    arrays |= _pairs(arrays["text"])
    sums = {}
    for name in _ARRAYS:
        path = work / f"{number:04}-{name}.npy"
        np.save(path, arrays[name], allow_pickle=False)
        sums[name] = _file_sum(path)
    return sums


def _pairs(codes: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The places of every pair of neighbouring characters, by pair; the pair of a passage's last character has 0 for its second."""
    at = np.flatnonzero(codes[:-1]).astype(np.uint32) if len(codes) else np.zeros(0, np.uint32)
    # by the second, then by the first: characters of two bytes are sorted without comparing them
    at = at[np.lexsort((codes[at + 1], codes[at]))]
    keys = codes[at].astype(np.uint64) << np.uint64(32) | codes[at + 1].astype(np.uint64)
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, np.int64)
    return {"order": at, "keys": keys[first], "starts": np.append(first, len(keys)).astype(np.int64)}


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)
