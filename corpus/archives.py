"""Reports inside ZIP archives, and archives inside these, within bounds.

A member is named ``folder/report.html``, and one of an archive in an archive ``inner.zip!/report.html``.  Sizes are counted while
unpacking, never believed from the directory of the archive.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from corpus.errors import ReadError

SUFFIX = ".zip"
SEPARATOR = "!/"
_UTF8_FLAG = 0x800
_ENCRYPTED = 0x1
_UNICODE_PATH = 0x7075
_CHUNK = 1 << 20
#: what zipfile, and what unpacks its members, raise for bytes that are no archive (`IndexError`: a member without a name)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError, IndexError,
    KeyError, TypeError, struct.error,
)  # fmt: skip
_DRIVE = re.compile(r"^[A-Za-z]:")
_REMEDY = "unpack it yourself and give the files you trust"


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold; sizes in bytes.

    ``members`` and ``total`` count over all nested archives; ``ratio`` is bytes unpacked per byte stored, of a member larger than
    ``ratio_from``; ``depth`` 1 = no archive inside the archive.
    """

    members: int = 20_000
    member: int = 50_000_000
    total: int = 2_000_000_000
    ratio: int = 300
    ratio_from: int = 5_000_000
    depth: int = 3
    name: int = 1_000


@dataclass(slots=True)
class _Budget:
    members: int = 0
    declared: int = 0
    total: int = 0


DEFAULT = ArchiveLimits()


def expand(path: str | Path, limits: ArchiveLimits = DEFAULT) -> Iterator[tuple[str, bytes]]:
    """(member name, bytes) of every file in the archive at ``path`` and in archives inside it, in archive order.

    Folders, and what systems add to archives (``__MACOSX``, ``.DS_Store``, ``~$…``), are left out.

    Raises:
        ReadError: no archive, damaged, encrypted, a name that leads out of the archive, or a limit exceeded.  Members before
            the offending one have been given by then.
    """
    source = str(path)
    with _file(source) as data:
        yield from _expand(data, source, "", limits, _Budget(), 1)


def member_names(path: str | Path, limits: ArchiveLimits = DEFAULT) -> list[str]:
    """Names of all members, as :func:`expand` gives them; only archives inside the archive are unpacked.

    Raises:
        ReadError: as :func:`expand`, except for what shows only when a member is unpacked.
    """
    source = str(path)
    with _file(source) as data:
        return list(_names(data, source, "", limits, _Budget(), 1))


def read_member(path: str | Path, member: str, limits: ArchiveLimits = DEFAULT) -> bytes:
    """The bytes of one member.

    Raises:
        ReadError: as :func:`expand`, or there is no such member.
    """
    source = str(path)
    try:
        stat = Path(path).stat()
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}", remedy="check the path", source=source) from error
    *outer, name = member.split(SEPARATOR)
    archive, infos = _index(source, stat.st_mtime_ns, stat.st_size, tuple(outer), limits)
    if name not in infos:
        raise ReadError(f"has no member {member!r}", remedy="list the archive again", source=source)
    return _unpack(archive, infos[name], member, source, limits, _Budget())


@lru_cache(maxsize=3)
def _index(
    source: str, mtime: int, size: int, outer: tuple[str, ...], limits: ArchiveLimits
) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """The archive, opened, and its members by name; kept open because members are asked for one after another."""
    if len(outer) >= limits.depth:
        raise ReadError(f"archives are nested deeper than {limits.depth}", remedy=_REMEDY, source=source)
    stream: BinaryIO
    if outer:
        archive, infos = _index(source, mtime, size, outer[:-1], limits)
        if outer[-1] not in infos:
            raise ReadError(f"has no member {outer[-1]!r}", remedy="list the archive again", source=source)
        stream = io.BytesIO(_unpack(archive, infos[outer[-1]], outer[-1], source, limits, _Budget()))
    else:
        stream = _file(source)
    opened = _open(stream, SEPARATOR.join((source, *outer)))
    found: dict[str, zipfile.ZipInfo] = {}
    for info, name in _walk(opened, source, limits, _Budget()):
        found.setdefault(name, info)
    return opened, found


def _file(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}", remedy="check the path", source=source) from error


def _open(stream: BinaryIO, source: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except _BROKEN as error:
        stream.close()
        raise ReadError(f"is no readable ZIP archive: {error}", remedy="download or pack it again", source=source) from error


def _walk(
    archive: zipfile.ZipFile, source: str, limits: ArchiveLimits, budget: _Budget
) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    taken: dict[str, int] = {}
    for info in archive.infolist():
        # `is_dir` fails for a member without a name, which is refused below
        if info.filename and info.is_dir():
            continue
        budget.members += 1
        if budget.members > limits.members:
            raise ReadError(f"holds more than {limits.members} files", remedy=_REMEDY, source=source)
        # zipfile gives no member more bytes than its archive declares: what is declared bounds what any reader of it unpacks
        budget.declared += info.file_size
        if budget.declared > limits.total:
            raise ReadError(f"unpacks to more than {limits.total} bytes in all", remedy=_REMEDY, source=source)
        name = _name_of(info)
        _refuse(name, source, limits)
        parts = name.split("/")
        if any(p.startswith((".", "~$")) or p == "__MACOSX" for p in parts):
            continue
        # two members of one name are two files; the second is called `a (2).txt`
        name = _free(name, taken)
        yield info, name


def _free(name: str, taken: dict[str, int]) -> str:
    free = name
    while free in taken:
        taken[name] = taken.get(name, 1) + 1
        free = numbered(name, taken[name])
    taken[free] = 1
    return free


def numbered(name: str, number: int) -> str:
    """A further file of one name; its suffix, by which a reader is chosen, stays.

    >>> numbered("2023/a.txt", 2), numbered("a.b/README", 3)
    ('2023/a (2).txt', 'a.b/README (3)')
    """
    stem, dot, suffix = name.rpartition(".")
    return f"{stem} ({number}){dot}{suffix}" if stem and "/" not in suffix else f"{name} ({number})"


def _refuse(name: str, source: str, limits: ArchiveLimits) -> None:
    if len(name) > limits.name or "\x00" in name:
        raise ReadError(f"holds a member with an unusable name ({name[:60]!r}…)", remedy=_REMEDY, source=source)
    if (
        name.startswith("/")
        or _DRIVE.match(name)
        or ".." in name.split("/")
        or SEPARATOR in name
        or posixpath.normpath(name) in (".", "")
    ):
        raise ReadError(f"holds a member whose name leads out of it: {name[:120]!r}", remedy=_REMEDY, source=source)


def _name_of(info: zipfile.ZipInfo) -> str:
    """The member's name: UTF-8 where the archive says so, else GB18030, in which Windows tools in China write them."""
    name = info.orig_filename if "\x00" not in info.orig_filename else info.filename
    if not info.flag_bits & _UTF8_FLAG:
        name = _unicode_path(info.extra) or _local_name(name)
    return name.replace("\\", "/")


def _local_name(name: str) -> str:
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    if raw.isascii():
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _unicode_path(extra: bytes) -> str:
    """The name in UTF-8 that Info-ZIP stores beside one in a local encoding, or ``""``."""
    at = 0
    while at + 4 <= len(extra):
        kind = int.from_bytes(extra[at : at + 2], "little")
        size = int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == _UNICODE_PATH and size > 5:
            try:
                return extra[at + 9 : at + 4 + size].decode("utf-8")
            except UnicodeDecodeError:
                return ""
        at += 4 + size
    return ""


def _unpack(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, source: str, limits: ArchiveLimits, budget: _Budget
) -> bytes:
    where = f"{source}{SEPARATOR}{name}"
    if info.flag_bits & _ENCRYPTED:
        raise ReadError("is encrypted", remedy="unpack the archive with its password", source=where)
    chunks: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                size += len(chunk)
                budget.total += len(chunk)
                if size > limits.member:
                    raise ReadError(f"unpacks to more than {limits.member} bytes", remedy=_REMEDY, source=where)
                if budget.total > limits.total:
                    raise ReadError(f"unpacks to more than {limits.total} bytes in all", remedy=_REMEDY, source=source)
                if size > limits.ratio_from and size > limits.ratio * max(1, info.compress_size):
                    raise ReadError(f"unpacks to more than {limits.ratio} times its size", remedy=_REMEDY, source=where)
                chunks.append(chunk)
    except _BROKEN as error:
        raise ReadError(f"cannot be unpacked: {error}", remedy="download or pack the archive again", source=where) from error
    return b"".join(chunks)


def _is_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


def _deeper(depth: int, limits: ArchiveLimits, where: str) -> None:
    if depth >= limits.depth:
        raise ReadError(f"archives are nested deeper than {limits.depth}", remedy=_REMEDY, source=where)


def _expand(
    stream: BinaryIO, source: str, prefix: str, limits: ArchiveLimits, budget: _Budget, depth: int
) -> Iterator[tuple[str, bytes]]:
    with _open(stream, f"{source}{SEPARATOR}{prefix}" if prefix else source) as archive:
        for info, name in _walk(archive, source, limits, budget):
            data = _unpack(archive, info, prefix + name, source, limits, budget)
            if _is_archive(name):
                _deeper(depth, limits, f"{source}{SEPARATOR}{prefix}{name}")
                yield from _expand(io.BytesIO(data), source, f"{prefix}{name}{SEPARATOR}", limits, budget, depth + 1)
            else:
                yield prefix + name, data


def _names(stream: BinaryIO, source: str, prefix: str, limits: ArchiveLimits, budget: _Budget, depth: int) -> Iterator[str]:
    with _open(stream, f"{source}{SEPARATOR}{prefix}" if prefix else source) as archive:
        for info, name in _walk(archive, source, limits, budget):
            if _is_archive(name):
                _deeper(depth, limits, f"{source}{SEPARATOR}{prefix}{name}")
                data = _unpack(archive, info, prefix + name, source, limits, budget)
                yield from _names(io.BytesIO(data), source, f"{prefix}{name}{SEPARATOR}", limits, budget, depth + 1)
            else:
                yield prefix + name


__all__ = ["DEFAULT", "SEPARATOR", "SUFFIX", "ArchiveLimits", "expand", "member_names", "numbered", "read_member"]
