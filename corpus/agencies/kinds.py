"""What an agency does: functional kinds, agencies of the centre, and how reforms turned one kind into another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from corpus.agencies.divisions import Level, read_table
from corpus.datafile import entries, expect_keys, later, load_toml, one_of
from corpus.errors import DataError
from corpus.sheets import read_sheet

Control = Literal["local", "vertical"]
ChangeKind = Literal["rename", "merge", "split", "transfer", "abolish"]

_KEYS, _OPTIONAL = ("code", "zh", "control", "pattern", "yes", "no"), ("since", "until", "main")
_LINEAGE = ("date", "from", "to", "change", "source")
_LINEAGE_HEADINGS = {"date": ("日期",), "from": ("原机关",), "to": ("新机关",), "change": ("变化",), "source": ("来源", "依据")}
_CHANGES = ("rename", "merge", "split", "transfer", "abolish")


@dataclass(frozen=True, slots=True)
class Kind:
    """A functional kind.

    ``since``/``until`` (``YYYY-MM``) where a reform began or ended it; ``main`` begins the names of its main agency (交通运输局, where
    公路局 is another of the kind), ``None`` where the pattern itself does; ``yes``/``no`` are its examples.
    """

    code: str
    zh: str
    control: Control
    pattern: re.Pattern[str]
    since: str = ""
    until: str = ""
    main: re.Pattern[str] | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CentralAgency:
    """An agency of the State Council, or a body of one that serves a province (``place`` is then its code: 黄埔海关)."""

    name: str
    kind: str
    control: Control
    level: Level
    place: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class LineageEvent:
    """At ``date`` (``YYYY-MM``) ``origin`` became, or gave duties to, ``target``.

    Both are kinds (``land``) or, in a user's file, agency ids (``110105.land``); ``target`` is empty for ``abolish``.
    """

    date: str
    origin: str
    target: str
    change: ChangeKind
    source: str


@cache
def kinds() -> dict[str, Kind]:
    """Kinds by code, in file order.

    Raises:
        DataError: unknown keys, a repeated code, or a control that is neither local nor vertical.
    """
    raw = load_toml("corpus", "data/agencies/kinds.toml")
    expect_keys(raw, "kinds.toml", ("kind",))
    found: dict[str, Kind] = {}
    for row in entries(raw, "kind", "kinds.toml", _KEYS, _OPTIONAL, key="code"):
        one_of(row["control"], ("local", "vertical"), "control", f"kinds.toml: {row['code']}")
        found[row["code"]] = Kind(
            row["code"],
            row["zh"],
            row["control"],
            later(row["pattern"], f"kinds.toml: {row['code']}"),
            row.get("since", ""),
            row.get("until", ""),
            later(row["main"], f"kinds.toml: {row['code']}") if "main" in row else None,
            tuple(row["yes"]),
            tuple(row["no"]),
        )
    return found


def kind_of(body: str) -> tuple[Kind, int] | None:
    """Kind of a name without its place, and where its words begin; ``None`` where no kind is told.

    >>> kind_of("教育局")[0].code, kind_of("人民政府办公室")[0].code
    ('education', 'government_office')
    """
    # 人民政府国有资产监督管理委员会 is named for its duty, 人民政府办公室 is an office of the government
    if body.startswith("人民政府") and len(body) > 4 and not body.startswith("人民政府办"):
        body = body[4:]
    best: tuple[Kind, int] | None = None
    for kind in kinds().values():
        m = kind.pattern.search(body)
        if m is not None and (best is None or m.start() < best[1]):
            best = (kind, m.start())
            if m.start() == 0:
                break
    return best


@cache
def central() -> dict[str, CentralAgency]:
    """Agencies of the centre by full name and by each printed short name."""
    found: dict[str, CentralAgency] = {}
    for name, short, kind, control, level, place, since, until in read_table(
        "central.csv", ("name", "short", "kind", "control", "level", "place", "from", "until")
    ):
        if kind not in kinds() or control not in ("local", "vertical") or level not in ("central", "province"):
            raise DataError(f"{name}: kind {kind!r}, control {control!r}, level {level!r}", source="central.csv")
        agency = CentralAgency(name, kind, cast("Control", control), cast("Level", level), place, since, until)
        for alias in (name, *filter(None, short.split(";"))):
            if alias in found:
                raise DataError(f"{alias} stands twice", source="central.csv")
            found[alias] = agency
    return found


def central_prefix(name: str) -> tuple[CentralAgency, int] | None:
    """The central agency that ``name`` is, or begins with, and the length of that part."""
    agencies = central()
    for length in range(min(len(name), 24), 2, -1):
        agency = agencies.get(name[:length])
        if agency is not None:
            return agency, length
    return None


def lineage(extra: Path | None = None) -> tuple[LineageEvent, ...]:
    """Reforms of agencies by date: the vendored ones, with those of a user's CSV file of the same columns.

    Raises:
        UsageError: the file cannot be read.
        DataError: other columns, an unknown kind (a reference with a dot is an agency id and not looked up), or change.
    """
    rows = [("lineage.csv", row) for row in read_table("lineage.csv", _LINEAGE)]
    if extra is not None:
        sheet = read_sheet(extra, _LINEAGE_HEADINGS)
        if lost := [c for c in _LINEAGE if c not in sheet.columns]:
            raise DataError(f"has no column {', '.join(lost)}", source=str(extra), remedy=f"give {', '.join(_LINEAGE)}")
        rows += [(f"{extra}, line {r.line}", [r.values[c] for c in _LINEAGE]) for r in sheet.rows]
    events = []
    for source, (date, origin, target, change, where) in rows:
        for ref in (origin, target):
            if ref and "." not in ref and ref not in kinds():
                raise DataError(
                    f"unknown kind {ref!r} at {date}", remedy="use a code of kinds.toml or an agency id", source=source
                )
        if (
            not re.fullmatch(r"\d{4}(?:-\d\d){0,2}", date)
            or change not in _CHANGES
            or not origin
            or (not target and change != "abolish")
        ):
            raise DataError(f"row {[date, origin, target, change]} is not date,from,to,change", source=source)
        events.append(LineageEvent(date, origin, target, cast("ChangeKind", change), where))
    return tuple(sorted(events, key=lambda e: (e.date, e.origin, e.target)))
