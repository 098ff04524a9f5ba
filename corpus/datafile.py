"""One way to load data files: rules, word lists and codes in TOML, each key known, each pattern compiled, each error with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from corpus.errors import DataError, why_unread
from corpus.kept import compiled, kept

Entry = Mapping[str, Any]
#: what code asks of a pattern
_ASKED = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "groups", "groupindex")


def parse_toml(data: bytes, source: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        DataError: no UTF-8, or no TOML.
    """
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"cannot be read as TOML ({error})", source=source, remedy="save it as TOML in UTF-8") from error


def load_toml(package: str, name: str) -> dict[str, Any]:
    """A data file of one of our packages: ``load_toml("corpus", "data/headings.toml")``."""
    data = files(package).joinpath(name).read_bytes()
    return kept("toml", data, lambda: parse_toml(data, name))


def read_toml(path: Path) -> dict[str, Any]:
    """A user's file.

    Raises:
        DataError: missing, unreadable, or no TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(why_unread(error), source=str(path), remedy="check the path") from error
    return parse_toml(data, str(path))


def expect_keys(entry: Entry, where: str, required: Collection[str] = (), optional: Collection[str] = ()) -> None:
    """Refuse keys that nothing reads, and the lack of those that something does.

    >>> expect_keys({"id": "a", "pattren": "b"}, "x.toml: a", ("id", "pattern"))
    Traceback (most recent call last):
    corpus.errors.DataError: x.toml: a: unknown key 'pattren'. Remedy: use id, pattern
    """
    allowed = ", ".join((*sorted(required), *sorted(optional)))
    if unknown := sorted(set(entry) - set(required) - set(optional)):
        raise DataError(f"unknown key {unknown[0]!r}", source=where, remedy=f"use {allowed}")
    if lost := [key for key in required if key not in entry]:
        raise DataError(f"has no {', '.join(lost)}", source=where, remedy=f"give {allowed}")


def entries(
    raw: Entry, kind: str, source: str, required: Collection[str], optional: Collection[str] = (), *, key: str = "id"
) -> list[dict[str, Any]]:
    """The entries ``[[kind]]`` of a file, their keys checked; no two have the same ``key`` (empty: they have none).

    Raises:
        DataError: no list of tables, a key unknown or missing, or ``key`` given twice.
    """
    found = raw.get(kind, [])
    if not isinstance(found, list):
        raise DataError(f"{kind} is no list of tables", source=source, remedy=f"give [[{kind}]] entries")
    seen: set[object] = set()
    for number, entry in enumerate(found, 1):
        if not isinstance(entry, dict):
            raise DataError(f"is {entry!r}", source=f"{source}: {kind} {number}", remedy=f"give [[{kind}]] entries")
        where = place(source, kind, number, entry, key)
        expect_keys(entry, where, required, optional)
        if key and entry.get(key) in seen:
            raise DataError(f"{key} {entry[key]!r} is used twice", source=where, remedy=f"give every {kind} a {key} of its own")
        seen.add(entry.get(key))
    return found


def place(source: str, kind: str, number: int, entry: Entry, key: str = "id") -> str:
    """How an entry is named in messages: file, kind, and its key or number."""
    return f"{source}: {kind} {entry.get(key, number) if key else number}"


def pattern_of(
    text: str, where: str, flags: int = 0, compile: Callable[[str, int], re.Pattern[str]] = re.compile
) -> re.Pattern[str]:
    """A compiled pattern.

    Raises:
        DataError: it does not compile.
    """
    try:
        return compile(text, flags)
    except re.error as error:
        raise DataError(f"pattern does not compile: {error}", source=where, remedy="correct the regular expression") from error


class _Asked:
    """A pattern that was asked before: its methods are attributes of its own, which are found without a detour."""

    def __init__(self, text: str, where: str, flags: int) -> None:
        self.pattern, self._where, self.flags = text, where, flags

    def __repr__(self) -> str:
        return f"pattern({self.pattern!r})"


class _Later(_Asked):
    """A pattern that is compiled when it is first asked: of a thousand rules one report asks some dozens, and compiling all takes half a second."""

    def __getattr__(self, name: str) -> Any:
        if name not in _ASKED:
            raise AttributeError(name)
        made = pattern_of(self.pattern, self._where, self.flags, compiled)
        for asked in _ASKED:
            setattr(self, asked, getattr(made, asked))
        self.__class__ = _Asked  # type: ignore[assignment]
        return getattr(made, name)


def later(text: str, where: str = "", flags: int = 0) -> re.Pattern[str]:
    """A pattern of our own data or code, compiled when it is first used; a user's is compiled at once, by :func:`pattern_of`.

    Raises:
        DataError: when it is first used, that it does not compile.

    >>> rule = later("收到([0-9]+)件", "rules.toml: received")
    >>> rule.findall("收到12件"), rule.pattern
    (['12'], '收到([0-9]+)件')
    """
    return cast("re.Pattern[str]", _Later(text, where, flags))


def one_of(value: object, known: Collection[str], what: str, where: str) -> None:
    """Refuse a value that is none of those known.

    Raises:
        DataError: naming the value and those known.
    """
    if value not in known:
        raise DataError(f"unknown {what} {value!r}", source=where, remedy=f"use one of {', '.join(sorted(known))}")


def enough_examples(entry: Mapping[str, Sequence[Any]], where: str) -> None:
    """Three examples and a near miss, at least.

    Raises:
        DataError: fewer.
    """
    if len(entry["yes"]) < 3 or not entry["no"]:
        raise DataError("too few examples", source=where, remedy="give three `yes` to find and a near miss in `no`")


__all__ = [
    "Entry", "enough_examples", "entries", "expect_keys", "later", "load_toml", "one_of", "parse_toml", "pattern_of", "place", "read_toml",
]  # fmt: skip
