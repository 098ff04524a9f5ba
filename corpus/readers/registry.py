"""Which readers there are: those in folders here, those that other packages bring, and those registered while the program runs.

A reader's folder states it in ``entry.py`` as :data:`READERS`.  Another package does so by an entry point of the group
``gongkai.readers`` that names a :class:`ReaderEntry`::

    [project.entry-points."gongkai.readers"]
    ofd = "my_package.ofd:ENTRY"

An entry says under which suffixes the reader's files come *and* how they begin: sites serve files under any name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple, Protocol

from corpus.errors import ReadError, UnknownFormat, UsageError
from corpus.types import Document

GROUP = "gongkai.readers"


class Reader(Protocol):
    """Turns the bytes of one file into paragraphs and grids in reading order."""

    @property
    def name(self) -> str:
        """Name under which it is registered and stored with the results."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever equal bytes may give another document."""
        ...

    def read(self, data: bytes, name: str) -> Document:
        """The document of ``data``; ``name`` is used in messages only.

        Raises:
            ReadError: the bytes are not what this reader reads.
        """
        ...


class Signature(NamedTuple):
    """How files of a kind begin: their first bytes, or a test of the whole file where these are shared (every ZIP is ``PK``).

    ``what`` names the kind in messages (``a PDF file``), ``suffix`` is the one to give it; ``text`` says that it is a text format,
    so that a text reader may still take it when asked by name.
    """

    begins: bytes | Callable[[bytes], bool]
    what: str
    suffix: str
    text: bool = False

    def fits(self, data: bytes) -> bool:
        """Whether a file begins so."""
        return data.startswith(self.begins) if isinstance(self.begins, bytes) else self.begins(data)


@dataclass(frozen=True, slots=True)
class ReaderEntry:
    """What is known of a reader before it is loaded.

    Args:
        name: stored with every result; never taken by two readers.
        make: gives the reader; what is heavy is imported there.
        suffixes: lower case, with their dot.
        signatures: how its files begin.
        decides: it looks at the bytes of files of its suffixes itself, whatever they begin with.
        rest: its files begin in no way (plain text), so that whatever begins as another kind is of that kind.
    """

    name: str
    make: Callable[[], Reader]
    suffixes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    decides: bool = False
    rest: bool = False


#: kinds that come up but that no reader reads
_UNREAD = (
    Signature(b"\x1f\x8b", "a gzip archive", ".gz"),
    Signature(b"7z\xbc\xaf\x27\x1c", "a 7z archive", ".7z"),
    Signature(b"Rar!", "a RAR archive", ".rar"),
)


@cache
def _table() -> dict[str, ReaderEntry]:
    """All readers by name: own ones in the order of their folders, then those of other packages."""
    found: dict[str, ReaderEntry] = {}
    here = Path(__file__).resolve().parent
    for path in sorted(here.glob("*/entry.py")):
        for entry in import_module(f"corpus.readers.{path.parent.name}.entry").READERS:
            _put(found, entry)
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        entry = point.load()
        if not isinstance(entry, ReaderEntry):
            raise UsageError(
                f"entry point {point.name!r} of {GROUP} is {type(entry).__name__}, no ReaderEntry",
                source=point.value,
                remedy="let it name a corpus.readers.ReaderEntry, or uninstall the package",
            )
        _put(found, entry)
    return found


def _put(table: dict[str, ReaderEntry], entry: ReaderEntry) -> None:
    if entry.name in table:
        raise ReadError(f"a reader named {entry.name!r} is registered already", remedy="choose another name")
    if taken := [s for s in entry.suffixes for other in table.values() if s in other.suffixes]:
        raise ReadError(f"suffixes {taken} belong to other readers", remedy="register the reader for its own suffixes")
    table[entry.name] = entry


def register(entry: ReaderEntry) -> None:
    """Add a reader.  Worker processes load it too if ``make`` is a function of a module that they can import.

    Raises:
        ReadError: the name or a suffix is taken by another reader.
    """
    _put(_table(), entry)
    _ADDED[entry.name] = entry


def unregister(name: str) -> None:
    """Take a reader away that was registered while the program runs."""
    del _ADDED[name]
    del _table()[name]


_ADDED: dict[str, ReaderEntry] = {}


def added() -> tuple[ReaderEntry, ...]:
    """Readers that are not gongkai's own: results depend on them, too."""
    return tuple(e for e in _table().values() if not e.make.__module__.startswith("corpus.readers."))


def registered_while_running() -> tuple[str, ...]:
    """``module:name`` of the entries given to :func:`register`, for other processes.

    Raises:
        UsageError: an entry that no other process can import.
    """
    return tuple(_address(entry) for entry in _ADDED.values())


def _address(entry: ReaderEntry) -> str:
    module = entry.make.__module__
    name = next((k for k, v in vars(import_module(module)).items() if v is entry), "")
    if not name or module == "__main__":
        raise UsageError(
            f"the reader {entry.name!r} cannot be loaded in worker processes",
            source=module,
            remedy="assign its ReaderEntry to a name at the top of the module that defines its make function (no script), "
            "or declare it as an entry point of the group gongkai.readers",
        )
    return f"{module}:{name}"


def load_addresses(addresses: Iterable[str]) -> None:
    """Register what :func:`registered_while_running` of another process named."""
    for address in addresses:
        module, _, name = address.partition(":")
        entry = getattr(import_module(module), name)
        if entry.name not in _table():
            register(entry)


def reader_names() -> tuple[str, ...]:
    """Names of all registered readers."""
    return tuple(_table())


def known_suffixes() -> tuple[str, ...]:
    """Suffixes that some reader reads."""
    return tuple(s for entry in _table().values() for s in entry.suffixes)


def get_reader(name: str) -> Reader:
    """The reader registered under ``name``.

    Raises:
        UnknownFormat: no such reader; the message lists those there are.
    """
    entry = _table().get(name)
    if entry is None:
        raise UnknownFormat(f"no reader named {name!r}", remedy=f"use one of {', '.join(sorted(_table()))}")
    return entry.make()


def _entry_of(suffix: str) -> ReaderEntry | None:
    return next((e for e in _table().values() if suffix in e.suffixes), None)


def reader_for(name: str) -> Reader:
    """The reader for a file of this name, by its suffix.

    Raises:
        UnknownFormat: no reader reads this suffix.
    """
    suffix = Path(name).suffix.lower()
    entry = _entry_of(suffix)
    if entry is None and suffix == ".zip":
        raise UnknownFormat(
            "is an archive, no single report", remedy="read the reports in it: gongkai tag FILE.zip --out RESULTS", source=name
        )
    if entry is None:
        known = ", ".join(sorted(known_suffixes()))
        raise UnknownFormat(
            f"no reader for {suffix or 'a file without suffix'!r}",
            remedy=f"use a file of {known}, or name a reader ({', '.join(sorted(_table()))})",
            source=name,
        )
    return entry.make()


def _signatures() -> Iterator[Signature]:
    """All signatures, tests of whole files first: what begins like a ZIP may be an OFD."""
    given = [*(s for entry in _table().values() for s in entry.signatures), *_UNREAD]
    return iter(sorted(given, key=lambda s: isinstance(s.begins, bytes)))


def foreign(data: bytes, *own: str) -> tuple[str, str] | None:
    """What the first bytes of a file are, and the suffix for it, unless it is one of ``own``; ``None`` if they say nothing."""
    return next(((s.what, s.suffix) for s in _signatures() if not s.text and s.suffix not in own and s.fits(data)), None)


def sniff(data: bytes, suffix: str) -> str:
    """The suffix that the first bytes of a file ask for, or ``suffix`` itself where they leave it open.

    Sites serve web pages as ``.doc``, DOCX as ``.pdf`` and pictures under any name; what the bytes are decides.
    """
    own = _entry_of(suffix)
    if own is not None and (own.decides or not (own.signatures or own.rest)):
        return suffix
    found = next((s for s in _signatures() if s.fits(data)), None)
    if found is None or (own is not None and found in own.signatures):
        return suffix
    return found.suffix if _entry_of(found.suffix) is not None else suffix


__all__ = [
    "GROUP", "Reader", "ReaderEntry", "Signature", "added", "foreign", "get_reader", "known_suffixes", "load_addresses",
    "reader_for", "reader_names", "register", "registered_while_running", "sniff", "unregister",
]  # fmt: skip
