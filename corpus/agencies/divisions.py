"""Divisions of China since 2008: names, codes, periods, what became of them, and how a name is read as a chain of places.

A division is one (code, name) with the period in which both held: 密云县 (110228, until 2015) and 密云区 (110118, since) are two,
led from the first to the second by ``changes.csv``.  Data and sources: ``data/agencies/README.md``.
"""

from __future__ import annotations

import bz2
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Literal

from corpus.errors import DataError
from corpus.patterns import pattern
from corpus.text.normalise import squeeze

Level = Literal["central", "province", "prefecture", "county", "township", "unknown"]

#: the four cities whose districts stand directly under a province-level government
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
#: the Xinjiang Production and Construction Corps has no GB/T 2260 code; the statistical code list calls it 66
CORPS_CODE = "660000"
CORPS = "新疆生产建设兵团"

_AUTONOMOUS = pattern("corpus/agencies", "autonomous")
_SUFFIX = pattern("corpus/agencies", "suffix")


@dataclass(frozen=True, slots=True)
class Division:
    """One (code, name) of a division.

    ``since``/``until`` are ``YYYY-MM`` of the first and last list that has it, empty where it was there before 2008 or still is.
    ``province``, ``prefecture``, ``county`` are names, empty where there is none (districts of Beijing have no prefecture); that
    of the prefecture is the last one of its period, see :meth:`Gazetteer.prefecture_at`.
    """

    code: str
    name: str
    since: str
    until: str
    level: Level
    province: str
    prefecture: str = ""
    county: str = ""

    @property
    def prefix(self) -> str:
        """The digits that the codes of all its parts begin with."""
        return self.code.rstrip("0") if self.level == "county" else self.code[:2] if self.level == "province" else self.code[:4]

    def holds(self, other: Division) -> bool:
        """Whether ``other`` is a part of this one (never of itself)."""
        return other.code != self.code and other.code.startswith(self.prefix) and self.level != "county"

    def years_off(self, year: int) -> int:
        """Years between ``year`` and its period; the year before and after count as inside.

        A report of 2018 is published in 2019 and may print the name of either year.
        """
        if self.since and year < int(self.since[:4]) - 1:
            return int(self.since[:4]) - 1 - year
        if self.until and year > int(self.until[:4]) + 1:
            return year - int(self.until[:4]) - 1
        return 0


@dataclass(frozen=True, slots=True)
class Zone:
    """A development zone or other area with a committee but no code: ``parent`` is the code of the division that set it up."""

    name: str
    parent: str
    level: Level


@dataclass(frozen=True, slots=True)
class Change:
    """``kind`` (rename, merge, split, transfer, abolish) of a division at ``date`` (``YYYY-MM``)."""

    date: str
    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    source: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All divisions with their look-up tables.

    ``names``: full and official short names (伊犁州); ``short``: provinces and prefectures without their suffix (南京); ``stems``:
    counties without it (番禺), good only under a known parent or before a word that asks for a place; ``endings``: last two
    characters to the lengths of the names that end so.
    """

    divisions: tuple[Division, ...]
    by_code: dict[str, tuple[Division, ...]]
    names: dict[str, tuple[Division, ...]]
    short: dict[str, tuple[Division, ...]]
    stems: dict[str, tuple[Division, ...]]
    zones: dict[str, Zone]
    hosts: dict[str, str]
    changes: tuple[Change, ...]
    successor_of: dict[tuple[str, str], tuple[tuple[str, str], ...]]
    endings: dict[str, tuple[int, ...]]
    longest: int

    def get(self, code: str, name: str) -> Division | None:
        return next((d for d in self.by_code.get(code, ()) if d.name == name), None)

    def prefecture_at(self, division: Division, year: int | None) -> str:
        """Name of a county's prefecture as of a year: 襄城区 was in 襄樊市 in 2009."""
        if year is None or division.level != "county" or not division.prefecture:
            return division.prefecture
        found = self.at(division.code[:4] + "00", year)
        return found.name if found is not None else division.prefecture

    def at(self, code: str, year: int | None = None) -> Division | None:
        """The division of a code as of a year (without year: the newest)."""
        found = self.by_code.get(code, ())
        return min(found, key=lambda d: (d.years_off(year) if year else 0, d.until != "", d.since), default=None)


def read_table(name: str, columns: Sequence[str]) -> list[list[str]]:
    """Rows of ``data/agencies/<name>``.

    Raises:
        DataError: other columns than ``columns``, or a row of another length.
    """
    text = files("corpus").joinpath("data/agencies", name).read_text(encoding="utf-8")
    return check_table(text, columns, name)


def check_table(text: str, columns: Sequence[str], source: str) -> list[list[str]]:
    """Rows of CSV text with exactly these columns; see :func:`read_table`."""
    rows = list(csv.reader(StringIO(text)))
    if not rows or rows[0] != list(columns):
        raise DataError(f"columns are {rows[0] if rows else []}, expected {list(columns)}", source=source)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            raise DataError(f"line {number} has {len(row)} fields, expected {len(columns)}", source=source)
    return rows[1:]


def stem(name: str) -> str:
    """Name without its generic ending: 南京市 -> 南京, 延边朝鲜族自治州 -> 延边; the whole name where under two characters remain."""
    m = _AUTONOMOUS.match(name)
    if m:
        return m[1]
    short = _SUFFIX.sub("", name)
    return short if len(short) >= 2 else name


def _level(code: str) -> Level:
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def _overlap(since: str, until: str, found: Iterable[tuple[str, str, str]]) -> str:
    """Name of the (name, since, until) that held during the period; the newest of several."""
    best = ""
    for name, a, b in found:
        if (not until or a <= until) and (not b or b >= since):
            best = name if not best or a else best
    return best


@cache
def gazetteer() -> Gazetteer:
    """The vendored divisions; read on first use (about 50 ms)."""
    rows = read_table("divisions.csv", ("code", "name", "from", "until"))
    periods: dict[str, list[tuple[str, str, str]]] = {}
    for code, name, since, until in rows:
        periods.setdefault(code, []).append((name, since, until))
    divisions = [Division(CORPS_CODE, CORPS, "", "", "province", CORPS)]
    for code, name, since, until in rows:
        level = _level(code)
        province = periods[code[:2] + "0000"][0][0]
        prefecture = name if level == "prefecture" else ""
        if level == "county":
            prefecture = _overlap(since, until, periods.get(code[:4] + "00", ()))
        divisions.append(Division(code, name, since, until, level, province, prefecture, name if level == "county" else ""))
    names: dict[str, list[Division]] = {}
    short: dict[str, list[Division]] = {}
    stems: dict[str, list[Division]] = {}
    by_code: dict[str, list[Division]] = {}
    for d in divisions:
        by_code.setdefault(d.code, []).append(d)
        names.setdefault(d.name, []).append(d)
        m = _AUTONOMOUS.match(d.name)
        root = m[1] if m else stem(d.name)
        if m and m[2] != "区":  # 恩施州, 长阳县, 长阳自治县
            for alias in (m[1] + m[2], m[1] + "自治" + m[2]):
                names.setdefault(alias, []).append(d)
        if root != d.name:
            (stems if d.level == "county" else short).setdefault(root, []).append(d)
    short["兵团"] = [divisions[0]]
    for alias, code, name in read_table("aliases.csv", ("alias", "code", "name")):
        meant = next((d for d in by_code.get(code, ()) if d.name == name), None)
        if meant is None:
            raise DataError(f"alias {alias}: no division {code} {name}", source="aliases.csv")
        if meant not in names.setdefault(alias, []):
            names[alias].append(meant)
    changes = tuple(
        Change(*row)
        for row in read_table("changes.csv", ("date", "kind", "from_code", "from_name", "to_code", "to_name", "source"))
    )
    successors: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for c in changes:
        successors.setdefault((c.from_code, c.from_name), []).append((c.to_code, c.to_name))
    endings: dict[str, set[int]] = {}
    for name in names:
        endings.setdefault(name[-2:], set()).add(len(name))
    return Gazetteer(
        tuple(divisions),
        {k: tuple(v) for k, v in by_code.items()},
        {k: tuple(v) for k, v in names.items()},
        {k: tuple(v) for k, v in short.items()},
        {k: tuple(v) for k, v in stems.items()},
        {
            squeeze(name): Zone(squeeze(name), parent, _zone_level(parent, level))
            for name, parent, level in read_table("zones.csv", ("name", "parent", "level"))
        },
        {row[0]: row[1] for row in read_table("hosts.csv", ("host", "code"))},
        changes,
        {k: tuple(v) for k, v in successors.items()},
        {k: tuple(sorted(v, reverse=True)) for k, v in endings.items()},
        max(map(len, names)),
    )


def _zone_level(parent: str, level: str) -> Level:
    if level == "prefecture":
        return "prefecture"
    if level:
        raise DataError(f"level {level!r} of a zone under {parent}: only prefecture is written out", source="zones.csv")
    return below(_level(parent), parent)


def below(level: Level, code: str) -> Level:
    """Level of a zone that a division of ``level`` sets up: one below, and county in the four municipalities."""
    if level == "province":
        return "county" if code[:2] in MUNICIPALITIES else "prefecture"
    return "county" if level == "prefecture" else "township"


@cache
def townships() -> dict[str, tuple[str, ...]]:
    """Names of townships (中关村街道) to the codes of the counties that have one; read on first use (about 50 ms)."""
    found: dict[str, list[str]] = {}
    packed = files("corpus").joinpath("data/agencies/townships.txt.bz2").read_bytes()
    for line in bz2.decompress(packed).decode("gb18030").splitlines():
        code, *names = line.split(" ")
        for name in names:
            found.setdefault(name, []).append(code)
    return {k: tuple(v) for k, v in found.items()}


@cache
def lookalikes() -> dict[str, str]:
    """Characters to those they are mistaken for (剡 for 郯), in either direction."""
    groups = files("corpus").joinpath("data/agencies/lookalikes.txt").read_text(encoding="utf-8").split()
    return {c: group.replace(c, "") for group in groups for c in group}


@cache
def _names_like() -> dict[tuple[int, str], list[str]]:
    """Names of divisions by their length and last character."""
    found: dict[tuple[int, str], list[str]] = {}
    for name in gazetteer().names:
        found.setdefault((len(name), name[-1]), []).append(name)
    return found


def slips(name: str) -> tuple[tuple[Division, ...], int]:
    """Divisions whose name ``name`` begins with but for one character, and the length of that part.

    A short name must differ by a character that looks alike (剡城县: 郯城县), a longer one (莫力达瓦…自治旗) by any.
    """
    g = gazetteer()
    for length in range(min(g.longest, len(name)), 2, -1):
        part = name[:length]
        if not _SUFFIX.search(part):
            continue
        alike = {part[:i] + c + part[i + 1 :] for i, old in enumerate(part) for c in lookalikes().get(old, "")}
        found = [d for n in sorted(alike) for d in g.names.get(n, ())]
        if not found and length > 3:
            near = _names_like().get((length, part[-1]), ())
            found = [d for n in near if sum(a != b for a, b in zip(n, part, strict=True)) == 1 for d in g.names[n]]
        if found:
            return tuple(dict.fromkeys(found)), length
    return (), 0


def successors(division: Division) -> tuple[Division, ...]:
    """What the division is today: itself if it exists, else the ends of its chain of changes, in order."""
    g = gazetteer()
    done: list[Division] = []
    open_: list[Division] = [division]
    seen: set[tuple[str, str]] = set()
    while open_:
        d = open_.pop(0)
        if (d.code, d.name) in seen:
            continue
        seen.add((d.code, d.name))
        following = [x for code, name in g.successor_of.get((d.code, d.name), ()) if (x := g.get(code, name)) is not None]
        if following:
            open_.extend(following)
        elif not d.until:
            done.append(d)
    return tuple(done)
