"""Findings and their kinds (``data/findings.toml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from corpus.datafile import entries, load_toml, one_of
from corpus.errors import DataError, Severity

#: whose fault it is: what the report prints, or what was read of it
Blame = Literal["source", "reading"]
FILE = "data/findings.toml"
_SEVERITIES = ("error", "warning", "info")
#: characters of the text shown on each side of a place
_AROUND = 24
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: its names, how grave it is, and what is said of it."""

    id: str
    zh: str
    en: str
    severity: Severity
    say_zh: str
    say_en: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A place of a finding: ``text`` is what stands at ``start:end`` of the canonical text, ``before`` and ``after`` what stands around it.

    ``cell`` is the code of the cell that it is.  ``year`` is that of the report it stands in, where that is an earlier one.
    """

    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""
    cell: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One finding: its kind, whose fault it is, the places it is seen at, and the values its message names."""

    kind: str
    blame: Blame
    quotes: tuple[Quote, ...]
    values: Mapping[str, str]

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return kinds()[self.kind].severity

    @property
    def fails(self) -> bool:
        """Whether it is to be mended: an error or a warning."""
        return self.severity != "info"


@cache
def kinds() -> Mapping[str, FindingKind]:
    """The kinds by id, in the order in which they are listed.

    Raises:
        DataError: a key unknown or missing, an id used twice, a message that names no field or one that is not given.
    """
    found: dict[str, FindingKind] = {}
    required = ("id", "zh", "en", "severity", "fields", "say_zh", "say_en")
    for entry in entries(load_toml("extract", FILE), "finding", FILE, required):
        where = f"{FILE}: {entry['id']}"
        one_of(entry["severity"], _SEVERITIES, "severity", where)
        for key in ("say_zh", "say_en"):
            if set(_FIELD.findall(entry[key])) != set(entry["fields"]):
                raise DataError(f"{key} does not name just {entry['fields']}", source=where, remedy="name each field once")
        entry["fields"] = tuple(entry["fields"])
        found[entry["id"]] = FindingKind(**entry)
    return found


def quote(text: str, start: int, end: int, *, cell: str = "", year: int | None = None) -> Quote:
    """The place ``start:end`` of a canonical text, with the words of its line around it."""
    first = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    stop = text.find("\n", end)
    last = min(len(text) if stop < 0 else stop, end + _AROUND)
    return Quote(start, end, text[start:end], text[first:start], text[end:last], cell, year)


def finding(
    kind: str, *quotes: Quote, blame: Blame = "source", values: Mapping[str, object] | None = None, **more: object
) -> CheckFinding:
    """A finding of a kind; ``values`` and ``more`` are those that its messages name.

    Raises:
        DataError: another set of values than the kind names.
    """
    named = {name: str(value) for name, value in {**(values or {}), **more}.items()}
    if set(named) != set(kinds()[kind].fields):
        raise DataError(f"was given {sorted(named)}", source=f"{FILE}: {kind}", remedy=f"give {kinds()[kind].fields}")
    return CheckFinding(kind, blame, quotes, named)


__all__ = ["Blame", "CheckFinding", "FindingKind", "Quote", "finding", "kinds", "quote"]
